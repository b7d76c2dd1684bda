/// Takes secrets out of text before it is shown or recorded.
package enum Redaction {
    /// An address without user name, password, token and query.
    package static func url(_ text: String) -> String {
        guard let scheme = text.firstRange(of: "://") else { return text }
        var rest = text[scheme.upperBound...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        if let at = rest[..<end].lastIndex(of: "@") {
            let user = rest[..<at]
            // `git@host` is no secret.
            if user != "git" { rest = "…@" + rest[rest.index(after: at)...] }
        }
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
