/// A path as the file system has it: bytes, not necessarily UTF-8.
public struct AssetPath: Hashable, Comparable, Sendable {
    /// The bytes without a terminating zero.
    public let bytes: [UInt8]

    /// Makes a path from raw bytes.
    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// Makes a path from text.
    public init(_ text: String) { bytes = Array(text.utf8) }

    /// The path for people: invalid UTF-8 and control characters are escaped, nothing is cut.
    public var display: String { PrintableText.quoting(bytes: bytes, limit: .max) }

    /// The last component.
    public var name: AssetPath {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return self }
        return AssetPath(bytes: Array(bytes[(slash + 1)...]))
    }

    /// The lower-case ending after the last dot of the name, without the dot; empty when there is none.
    public var pathExtension: String {
        let name = name.bytes
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > 0 else { return "" }
        return String(decoding: name[(dot + 1)...], as: UTF8.self).lowercased()
    }

    /// This path with one more component.
    public func appending(_ component: [UInt8]) -> AssetPath {
        if bytes.isEmpty { return AssetPath(bytes: component) }
        if bytes.last == UInt8(ascii: "/") { return AssetPath(bytes: bytes + component) }
        return AssetPath(bytes: bytes + [UInt8(ascii: "/")] + component)
    }

    /// Byte order.
    public static func < (lhs: AssetPath, rhs: AssetPath) -> Bool {
        lhs.bytes.lexicographicallyPrecedes(rhs.bytes)
    }
}

/// Anything that enters, is worked on or leaves: a dataset, a model, an adapter, a script, a dependency.
///
/// Its identity is its content's digest; the path only says where it was met.
public struct Asset: Hashable, Sendable {
    /// Where it was met.
    public let path: AssetPath
    /// Size in bytes, when it could be told.
    public var byteCount: Int?
    /// What the content was recognised as, for example `pickle` or `zip`; `nil` when nothing was recognised.
    public var format: String?
    /// SHA-256 of the content, when it was asked for.
    public var digest: Digest?

    /// Makes an asset.
    public init(path: AssetPath, byteCount: Int? = nil, format: String? = nil, digest: Digest? = nil) {
        self.path = path
        self.byteCount = byteCount
        self.format = format
        self.digest = digest
    }
}
