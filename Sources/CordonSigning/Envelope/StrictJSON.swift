internal import CordonCore
package import CordonFormats

/// JSON that every parser reads alike: UTF-8, no duplicate keys, no `NaN`, bounded in size, depth and number of values.
///
/// Source: RFC 8259; I-JSON (RFC 7493), section 2.
package enum StrictJSON {
    /// Most bytes of a signature file. A manifest of a million files takes about 250 MB.
    package static let byteLimit = 256 << 20

    /// Parses and checks.
    ///
    /// - Parameter what: what the text is to the reader, for the message.
    /// - Complexity: O(n).
    package static func parse(_ bytes: [UInt8], what: String, byteLimit: Int = byteLimit) throws(IntegrityFailure)
        -> JSONValue
    {
        guard bytes.count <= byteLimit else {
            throw IntegrityFailure(.malformed, "\(what) has \(bytes.count) bytes; at most \(byteLimit) are accepted")
        }
        guard !bytes.isEmpty else { throw IntegrityFailure(.malformed, "\(what) is empty") }
        let view = ByteView(copying: bytes)
        guard view.withSpan({ $0.isUTF8 }) else {
            throw IntegrityFailure(.malformed, "\(what) is not UTF-8 text")
        }
        let document: JSONDocument
        do {
            document = try JSONDocument.parse(view, depthLimit: 32, valueLimit: 8_000_000)
        } catch {
            throw IntegrityFailure(
                .malformed, "\(what) is not the JSON it should be: byte \(error.offset): \(error.reason)")
        }
        if let place = document.strictnessViolation() {
            throw IntegrityFailure(.malformed, "\(what): byte \(place.offset): \(place.reason)")
        }
        return document.root
    }
}

extension JSONValue {
    /// The member of an object that must be there, of the kind that `read` accepts.
    func require<T>(
        _ key: String, _ expected: String, in what: String, _ read: (JSONValue) -> T?
    ) throws(IntegrityFailure) -> T {
        guard let member = self[key] else { throw IntegrityFailure(.malformed, "\(what) has no '\(key)'") }
        guard let value = read(member) else {
            throw IntegrityFailure(.malformed, "'\(key)' in \(what) is not \(expected)")
        }
        return value
    }

    /// A string that must be there.
    func text(_ key: String, in what: String) throws(IntegrityFailure) -> String {
        try require(key, "a string", in: what) { $0.string }
    }

    /// Base64 that must be there; in a message never shown.
    func base64(_ key: String, in what: String) throws(IntegrityFailure) -> [UInt8] {
        try require(key, "base64", in: what) { $0.base64 }
    }

    /// The bytes behind base64 text.
    var base64: [UInt8]? { string.flatMap { Base64.decode(Array($0.utf8)) } }

    /// An integer as protobuf's JSON form writes 64-bit ones: a number or a decimal string.
    var int64: Int? {
        if let integer { return integer }
        guard let string, !string.isEmpty, string.utf8.count <= 20, string.utf8.first != 0x2B else { return nil }
        return Int(string)
    }

    /// An object, or nothing.
    var object: JSONValue? { isObject ? self : nil }
    /// An array, or nothing.
    var array: [JSONValue]? { isArray ? elements : nil }
}
