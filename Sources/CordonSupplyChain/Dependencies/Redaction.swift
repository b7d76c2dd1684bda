/// Takes secrets out of text before it is shown or recorded.
package enum Redaction {
    /// Text with every address in it redacted.
    package static func text(_ text: String) -> String {
        guard text.utf8.count >= 8, mayHoldSecret(text) else { return text }
        return text.split(separator: " ", omittingEmptySubsequences: false).map { url(String($0)) }.joined(
            separator: " ")
    }

    /// Whether a look at the bytes leaves it open that the text has something to redact: it has an address with a user,
    /// a query or a fragment, or a long part.
    private static func mayHoldSecret(_ text: String) -> Bool {
        var isAddress = false, hasMark = false, isHost = false
        var previous: UInt8 = 0
        var run = 0
        for byte in text.utf8 {
            switch byte {
            case 0x2F:
                if previous == 0x3A { isAddress = true }
                isHost = previous == 0x2F && isAddress
                // Conda's `/t/TOKEN/`.
                if run == 1, previous == 0x74 { hasMark = true }
                run = 0
            case 0x40, 0x3F, 0x23:
                hasMark = true
                run += 1
            default:
                run += 1
                if run >= 16, !isHost { hasMark = true }
            }
            previous = byte
        }
        return isAddress && hasMark
    }

    /// An address without user name, password, token and query.
    package static func url(_ text: String) -> String {
        guard let scheme = text.firstRange(of: "://") else { return text }
        var rest = text[scheme.upperBound...]
        // A password may hold a slash: an `@` behind a colon ends the user's part wherever it stands.
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        let at =
            rest[..<end].lastIndex(of: "@")
            ?? rest.firstIndex(of: ":").flatMap { colon in
                rest[colon...].dropFirst().first.map(\.isNumber) == true
                    ? nil : rest.lastIndex(of: "@").flatMap { $0 > colon ? $0 : nil }
            }
        if let at {
            let user = rest[..<at]
            // `git@host` is no secret.
            if user != "git" { rest = "…@" + rest[rest.index(after: at)...] }
        }
        if let fragment = rest.firstIndex(of: "#"), rest[fragment...].lowercased().contains("token") {
            rest = rest[..<fragment] + "#…"
        }
        rest =
            rest.split(separator: "/", omittingEmptySubsequences: false).map { isSecretSegment($0) ? "…" : $0 }
            .joined(separator: "/")[...]
        if let query = rest.firstIndex(of: "?") { rest = rest[..<query] + "?…" }
        // conda's channels carry tokens in the path.
        if let token = rest.firstRange(of: "/t/") {
            let tail = rest[token.upperBound...]
            let next = tail.firstIndex(of: "/") ?? tail.endIndex
            rest = rest[..<token.upperBound] + "…" + tail[next...]
        }
        return String(text[..<scheme.upperBound] + rest)
    }
}

extension Redaction {
    /// Whether a part of an address's path looks like a secret. Names, commits and digests stand there too, so a value
    /// without a known prefix has to be one unbroken run.
    private static func isSecretSegment(_ segment: Substring) -> Bool {
        let value = String(segment)
        if prefixes.contains(where: { value.hasPrefix($0) }) { return isSecretValue(value) }
        return value.utf8.allSatisfy { VersionScanner.isDigit($0) || (0x61...0x7A).contains($0 | 0x20) }
            && isSecretValue(value)
    }

    /// Scheme and host of an address.
    package static func host(_ text: String) -> String {
        guard let scheme = text.firstRange(of: "://") else { return "" }
        let rest = text[scheme.upperBound...].prefix { !"/?#".contains($0) }
        let host = rest.lastIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest
        return String(text[..<scheme.upperBound] + host)
    }

    private static let secretWords = [
        "token", "secret", "password", "passwd", "apikey", "api-key", "api_key", "credential", "auth", "private",
        "passphrase",
        "access-key", "access_key", "bearer", "_pass", "-pass", "pwd", "dsn",
    ]

    /// Whether a name is that of a secret.
    package static func isSecretName(_ name: String) -> Bool {
        let lower = name.lowercased()
        return secretWords.contains { lower.contains($0) } || lower == "key" || lower == "--pat" || lower == "-u"
            || lower.hasSuffix("_key")
            || lower.hasSuffix("-key")
    }

    private static let prefixes = [
        "sk-", "hf_", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "AKIA", "ASIA", "AIza", "eyJ",
        "npm_",
        "pypi-", "dop_v1_", "wandb_", "r8_", "gsk_",
    ]

    /// Whether a value looks like one: a known prefix, or a long run of mixed characters that is neither path nor digest.
    package static func isSecretValue(_ value: String) -> Bool {
        if prefixes.contains(where: { value.hasPrefix($0) }) && value.utf8.count >= 16 { return true }
        guard value.utf8.count >= 32, value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !value.contains("/"),
            !value.contains(".")
        else { return false }
        let isHexadecimal = value.utf8.allSatisfy { VersionScanner.isDigit($0) || (0x61...0x66).contains($0 | 0x20) }
        guard !isHexadecimal else { return false }
        let kinds = [
            value.contains(where: \.isUppercase), value.contains(where: \.isLowercase),
            value.contains(where: \.isNumber),
        ]
        return kinds.allSatisfy { $0 }
    }

    /// Arguments of a command with secrets replaced: values of options named so, values that look so, and what
    /// addresses carry.
    package static func arguments(_ arguments: [String]) -> [String] {
        var result: [String] = []
        var hidesNext = false
        for argument in arguments {
            if hidesNext, !argument.hasPrefix("-") {
                result.append("[redacted]")
                hidesNext = false
                continue
            }
            hidesNext = false
            let name = argument.prefix { $0 != "=" && $0 != ":" }
            if isSecretName(String(name)), argument.hasPrefix("-") || argument.contains("=") || argument.contains(":") {
                if name.utf8.count < argument.utf8.count {
                    let mark = argument[name.endIndex]
                    result.append("\(name)\(mark)[redacted]")
                } else {
                    result.append(argument)
                    hidesNext = true
                }
                continue
            }
            let value = argument.split(separator: "=", maxSplits: 1).last.map(String.init) ?? argument
            if isSecretValue(value) {
                result.append(String(argument.dropLast(value.count)) + "[redacted]")
            } else {
                result.append(url(argument))
            }
        }
        return result
    }
}
