/// A password in an address: `scheme://user:password@host` (RFC 3986, section 3.2.1).
struct AddressWithPassword {
    let scheme: String
    let password: Range<Int>
    /// Whether the address names this machine or the service's own default account.
    let isLocal: Bool

    /// Reads the address whose `://` stands at `offset`.
    init?(_ bytes: TextBytes, at offset: Int) {
        var start = offset
        while start > 0, offset - start < 24, Self.isScheme(bytes[start - 1]) { start -= 1 }
        guard start < offset, TextBytes.isLetter(bytes[start]), bytes.has("://", at: offset) else { return nil }
        var userStart = offset + 3
        var colon: Int?
        var position = userStart
        var at: Int?
        while position < bytes.count, position - userStart < 512 {
            let byte = bytes[position]
            if byte <= 0x20 || [0x22, 0x27, 0x60, 0x3C, 0x3E, 0x5C, 0x2F, 0x3F, 0x23].contains(byte) { break }
            if byte == UInt8(ascii: ":"), colon == nil { colon = position }
            if byte == UInt8(ascii: "@") { at = position }
            position += 1
        }
        if let end = at, let port = colon, let second = Self.secondHost(bytes, behind: port, until: end) {
            (userStart, colon) = second
        }
        guard let at, let colon, colon < at, at - colon > 3 else { return nil }
        let password = (colon + 1)..<at
        let text = bytes.copy(password)
        guard !Randomness.isExample(text), !Self.isPlaceholder(bytes.text(password)) else { return nil }
        let user = bytes.text(userStart..<colon).lowercased()
        // `user2:pass2`, where there is a first one as well.
        let number = user.reversed().prefix { $0.isNumber }
        if !number.isEmpty, ["user", "username"].contains(String(user.dropLast(number.count))),
            bytes.text(password).lowercased() == "pass" + String(number.reversed())
        {
            return nil
        }
        // Scott and his tiger are Oracle's example.
        guard user != "anonymous",
            user != "scott"
                || !["tiger", "tiger%5ehhh", "tiger^5hhh", "tiger5hhh"].contains(bytes.text(password).lowercased())
        else {
            return nil
        }
        scheme = bytes.text(start..<offset).lowercased()
        self.password = password
        let host = bytes.text((at + 1)..<bytes.lineEnd(at, most: 300)).lowercased()
        let isHere =
            [
                "localhost", "127.", "0.0.0.0", "[::1]", "host.docker.internal", "db:", "postgres:", "redis:", "mysql:",
                "mongo:", "example.",
            ].contains { host.hasPrefix($0) } || host.contains("example.")
        isLocal = isHere || bytes.text(password).lowercased() == user
    }

    /// Go's form without a scheme: `user:password@tcp(host)`.
    init?(_ bytes: TextBytes, driverAt offset: Int) {
        var colon = offset
        while colon > 0, offset - colon < 80, bytes[colon] > 0x20, bytes[colon] != UInt8(ascii: ":") { colon -= 1 }
        guard bytes[colon] == UInt8(ascii: ":"), offset - colon > 5, TextBytes.isAlphanumeric(bytes[colon - 1]) else {
            return nil
        }
        let text = bytes.copy(colon + 1..<offset)
        guard !Randomness.isExample(text), !Self.isPlaceholder(bytes.text(colon + 1..<offset)) else { return nil }
        scheme = "tcp"
        password = colon + 1..<offset
        let host = bytes.text(offset + 5..<bytes.lineEnd(offset, most: 100))
        isLocal = host.hasPrefix("localhost") || host.hasPrefix("127.")
    }

    /// Several hosts may stand in a row, each with its port: `first:1,user:password@second`. Where the second begins, and its colon.
    private static func secondHost(_ bytes: TextBytes, behind port: Int, until end: Int) -> (Int, Int)? {
        var comma = port + 1
        while comma < end, TextBytes.isDigit(bytes[comma]) { comma += 1 }
        guard comma > port + 1, comma < end, bytes[comma] == UInt8(ascii: ",") else { return nil }
        var colon = comma + 1
        while colon < end, bytes[colon] != UInt8(ascii: ":") { colon += 1 }
        return colon < end ? (comma + 1, colon) : nil
    }

    private static func isScheme(_ byte: UInt8) -> Bool {
        TextBytes.isAlphanumeric(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: ".")
    }

    /// Words and variables that stand for a password in documents.
    private static func isPlaceholder(_ text: String) -> Bool {
        let lower = text.lowercased()
        let isFormat =
            ["%s", "%d", "%r", "%%"].contains(lower) || lower.hasPrefix("%(")
            || lower.hasPrefix("%") && lower.hasSuffix("%")
        if isFormat || ["$", "{", "<", "[", "*", "@"].contains(where: { lower.hasPrefix($0) }) || lower.contains("{") {
            return true
        }
        return [
            "password", "p@ssw0rd", "passw0rd", "p@ssword", "pass", "passwd", "pwd", "secret", "token", "user", "pw",
            "x-oauth-basic", "port", "apikey",
            "key",
        ].contains(lower)
            || lower.contains("password") || lower.contains("secret") || lower.hasSuffix("_pass")
            || lower.hasPrefix("your")
            || lower.hasPrefix("my")
            || lower.hasPrefix("some") || lower.allSatisfy { $0 == "x" || $0 == "*" || $0 == "." }
    }
}
