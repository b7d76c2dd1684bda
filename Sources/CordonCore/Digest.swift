internal import Crypto

/// A SHA-256 digest (FIPS 180-4): the identity of an asset.
public struct Digest: Hashable, Sendable {
    /// 32 bytes.
    public let bytes: [UInt8]

    /// Digests bytes that are already in memory.
    public static func sha256(of bytes: [UInt8]) -> Digest { Digest(bytes: Array(SHA256.hash(data: bytes))) }

    /// Digests a span, in steps, so that a mapped file of any size stays bounded in memory.
    ///
    /// - Complexity: O(n); near the hardware's hash rate.
    public static func sha256(of span: RawSpan) -> Digest {
        var hasher = SHA256()
        span.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        return Digest(bytes: Array(hasher.finalize()))
    }

    /// 64 lower-case hexadecimal digits.
    public var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
