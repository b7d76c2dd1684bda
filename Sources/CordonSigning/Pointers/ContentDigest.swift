internal import CordonCore
internal import CordonFormats
internal import Crypto

/// A digest as lists of addresses write it: hexadecimal, `sha256:` before it, or `sha256-` before base64.
struct ContentDigest: Hashable, Sendable {
    /// The hash function.
    enum Algorithm: String, Sendable {
        case md5, sha1, sha256, sha384, sha512

        /// Whether two contents with the same digest can be made on purpose.
        var isWeak: Bool { self == .md5 || self == .sha1 }

        init?(byteCount: Int) {
            switch byteCount {
            case 16: self = .md5
            case 20: self = .sha1
            case 32: self = .sha256
            case 48: self = .sha384
            case 64: self = .sha512
            default: return nil
            }
        }
    }
    let algorithm: Algorithm
    let bytes: [UInt8]

    /// `nil` for text that is no digest.
    init?(_ text: String) {
        var rest = Substring(text)
        while rest.last == " " || rest.last == "\r" { rest.removeLast() }
        var named: Algorithm?
        if let separator = rest.firstIndex(where: { $0 == ":" || $0 == "-" }),
            let known = Algorithm(rawValue: rest[..<separator].lowercased())
        {
            named = known
            let isBase64 = rest[separator] == "-"
            rest = rest[rest.index(after: separator)...]
            if isBase64 {
                guard let bytes = Base64.decode(Array(rest.utf8)), Algorithm(byteCount: bytes.count) == known else {
                    return nil
                }
                (algorithm, self.bytes) = (known, bytes)
                return
            }
        }
        guard let bytes = Hexadecimal.decode(rest.lowercased().utf8), let algorithm = Algorithm(byteCount: bytes.count),
            named == nil || named == algorithm
        else { return nil }
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// Digests content in pieces.
    struct Hasher {
        private enum State {
            case md5(Insecure.MD5)
            case sha1(Insecure.SHA1)
            case strong(StreamHasher)
        }
        private var state: State

        init(_ algorithm: Algorithm) {
            state =
                switch algorithm {
                case .md5: .md5(Insecure.MD5())
                case .sha1: .sha1(Insecure.SHA1())
                case .sha256: .strong(StreamHasher(.sha256))
                case .sha384: .strong(StreamHasher(.sha384))
                case .sha512: .strong(StreamHasher(.sha512))
                }
        }

        mutating func update(_ piece: UnsafeRawBufferPointer) {
            switch state {
            case .md5(var hasher):
                hasher.update(bufferPointer: piece)
                state = .md5(hasher)
            case .sha1(var hasher):
                hasher.update(bufferPointer: piece)
                state = .sha1(hasher)
            case .strong(var hasher):
                hasher.update(piece)
                state = .strong(hasher)
            }
        }

        func finalize() -> [UInt8] {
            switch state {
            case .md5(let hasher): Array(hasher.finalize())
            case .sha1(let hasher): Array(hasher.finalize())
            case .strong(let hasher): hasher.finalize()
            }
        }
    }
}
