internal import CSodium
internal import Crypto

/// Hash functions that manifests and statements name.
public enum HashAlgorithm: String, CaseIterable, Sendable {
    /// FIPS 180-4, 32 bytes.
    case sha256
    /// FIPS 180-4, 48 bytes.
    case sha384
    /// FIPS 180-4, 64 bytes.
    case sha512
    /// RFC 7693 without a key, 64 bytes.
    case blake2b
    /// BLAKE3 1.0 in its default mode, 32 bytes.
    case blake3

    /// Bytes in a digest.
    public var byteCount: Int {
        switch self {
        case .sha256, .blake3: 32
        case .sha384: 48
        case .sha512, .blake2b: 64
        }
    }

    /// The algorithms of OpenSSF Model Signing v1.0.
    package static let modelSigning: Set<HashAlgorithm> = [.sha256, .blake2b, .blake3]

    /// Digests bytes that are already in memory. O(n).
    package func digest(of bytes: some Collection<UInt8>) -> [UInt8] {
        var hasher = StreamHasher(self)
        if bytes.withContiguousStorageIfAvailable({ hasher.update(UnsafeRawBufferPointer($0)) }) == nil {
            Array(bytes).withUnsafeBytes { hasher.update($0) }
        }
        return hasher.finalize()
    }
}

/// A digest in the making, over any number of pieces.
package struct StreamHasher {
    private enum State {
        case lent
        case sha256(SHA256)
        case sha384(SHA384)
        case sha512(SHA512)
        case blake2b(BLAKE2b)
        case blake3(BLAKE3)
    }
    private var state: State

    /// Begins a digest.
    package init(_ algorithm: HashAlgorithm) {
        switch algorithm {
        case .sha256: state = .sha256(SHA256())
        case .sha384: state = .sha384(SHA384())
        case .sha512: state = .sha512(SHA512())
        case .blake2b: state = .blake2b(BLAKE2b())
        case .blake3: state = .blake3(BLAKE3())
        }
    }

    /// Adds a piece.
    package mutating func update(_ piece: UnsafeRawBufferPointer) {
        guard piece.count > 0 else { return }
        let current = state
        // The only other reference is given up, so that the library updates its state in place.
        state = .lent
        switch consume current {
        case .sha256(var hasher):
            hasher.update(bufferPointer: piece)
            state = .sha256(hasher)
        case .sha384(var hasher):
            hasher.update(bufferPointer: piece)
            state = .sha384(hasher)
        case .sha512(var hasher):
            hasher.update(bufferPointer: piece)
            state = .sha512(hasher)
        case .blake2b(let hasher):
            hasher.update(piece)
            state = .blake2b(hasher)
        case .blake3(var hasher):
            hasher.update(piece)
            state = .blake3(hasher)
        case .lent: preconditionFailure("update does not call itself")
        }
    }

    /// The digest of everything added.
    package consuming func finalize() -> [UInt8] {
        switch state {
        case .sha256(let hasher): Array(hasher.finalize())
        case .sha384(let hasher): Array(hasher.finalize())
        case .sha512(let hasher): Array(hasher.finalize())
        case .blake2b(let hasher): hasher.finalize()
        case .blake3(let hasher): hasher.finalize()
        case .lent: preconditionFailure("update has returned")
        }
    }
}

/// libsodium's BLAKE2b; its state wants an alignment that Swift's own storage does not promise.
private final class BLAKE2b {
    private let state = UnsafeMutableRawPointer.allocate(byteCount: cordon_blake2b_state_size(), alignment: 64)

    init() { cordon_blake2b_begin(state) }
    deinit { state.deallocate() }

    func update(_ piece: UnsafeRawBufferPointer) { cordon_blake2b_update(state, piece.baseAddress, piece.count) }

    func finalize() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 64)
        cordon_blake2b_end(state, &digest)
        return digest
    }
}
