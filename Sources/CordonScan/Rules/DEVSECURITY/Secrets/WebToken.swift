internal import CordonFormats

/// A JSON Web Token (RFC 7519): three parts in base64url, the first of them a header that names an algorithm.
struct WebToken {
    let range: Range<Int>
    /// Whether its issuer says that it is a service's key for everybody, or it is the specification's own example.
    let isHarmless: Bool

    /// Reads the token that begins at `offset`.
    init?(_ bytes: TextBytes, at offset: Int) {
        guard bytes.has("eyJ", at: offset), !TokenShape.isMember(bytes[offset - 1], of: UInt8(ascii: "x")) else {
            return nil
        }
        var parts: [Range<Int>] = []
        var position = offset
        while parts.count < 3 {
            let start = position
            while position < bytes.count, position - offset < 16_384,
                TokenShape.isMember(bytes[position], of: UInt8(ascii: "x"))
            { position += 1 }
            guard position > start else { return nil }
            parts.append(start..<position)
            guard bytes[position] == UInt8(ascii: "."), parts.count < 3 else { break }
            position += 1
        }
        guard parts.count == 3, parts[2].count >= 20, let header = Self.object(bytes.copy(parts[0])),
            header.root["alg"]?.string != nil,
            let claims = Self.object(bytes.copy(parts[1]))
        else { return nil }
        range = offset..<position
        let role = claims.root["role"]?.string ?? ""
        let subject = claims.root["sub"]?.string ?? ""
        isHarmless =
            role == "anon" || subject == "1234567890" || claims.root["name"]?.string == "John Doe"
            || claims.root["iss"]?.string == "joe"
    }

    private static func object(_ text: [UInt8]) -> JSONDocument? {
        guard let decoded = Base64.decode(text),
            let document = try? JSONDocument.parse(ByteView(copying: decoded), depthLimit: 8, valueLimit: 500)
        else {
            return nil
        }
        return document.root.isObject ? document : nil
    }
}
