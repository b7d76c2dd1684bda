/// The SPDX licence list.
enum LicenceList {
    private static let byLowercase = Dictionary(
        identifiers.split(whereSeparator: { $0 == " " || $0 == "\n" }).map { ($0.lowercased(), String($0)) },
        uniquingKeysWith: { first, _ in first })

    /// The identifier as the list spells it; `nil` for a name that is not on it.
    static func identifier(_ text: String) -> String? { byLowercase[text.lowercased()] }

    /// Whether a text is an expression over listed identifiers: `MIT OR Apache-2.0`, `GPL-2.0-only WITH …`.
    ///
    /// Source: SPDX 3.0.1, annex B.
    static func isExpression(_ text: String) -> Bool {
        let words = text.replacing("(", with: " ( ").replacing(")", with: " ) ").split(separator: " ")
        guard words.count >= 3, words.count < 200 else { return false }
        var depth = 0
        var expectsName = true
        for word in words {
            switch word {
            case "(" where expectsName: depth += 1
            case ")" where !expectsName && depth > 0: depth -= 1
            case "AND", "OR", "WITH":
                if expectsName { return false }
                expectsName = true
            default:
                let name = word.hasSuffix("+") ? word.dropLast() : word
                guard expectsName, identifier(String(name)) != nil || word.hasPrefix("LicenseRef-") else {
                    return false
                }
                expectsName = false
            }
        }
        return depth == 0 && !expectsName
    }
}
