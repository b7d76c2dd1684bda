/// Names that many people install: what impostors imitate.
package struct KnownNames: Sendable {
    /// Names by rank, most used first.
    private let ranks: [String: Int]
    /// The names that are worth imitating, by length in bytes.
    private let targets: [Int: [[UInt8]]]
    /// The same names without separators and with look-alike characters made equal.
    private let skeletons: [String: String]

    /// How many of the most used names are watched for imitations.
    private static let targetCount = 4000

    /// The list for an ecosystem; `nil` where Cordon has none.
    package static func list(_ ecosystem: Ecosystem) -> KnownNames? {
        switch ecosystem {
        case .pypi: pypi
        case .npm: npm
        default: nil
        }
    }

    private static let pypi = KnownNames(pypiNames)
    private static let npm = KnownNames(npmNames)

    private init(_ text: String) {
        let names = text.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init)
        ranks = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
        targets = Dictionary(grouping: names.prefix(Self.targetCount).map { Array($0.utf8) }, by: \.count)
        skeletons = Dictionary(
            names.prefix(Self.targetCount).map { (NameSkeleton.of($0), $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Whether many people install a package of that name.
    package func contains(_ name: String) -> Bool { ranks[name] != nil }

    /// Rank from 0; `nil` for a name that is not on the list.
    func rank(_ name: String) -> Int? { ranks[name] }

    /// Watched names whose length differs by at most one.
    func near(_ length: Int) -> [[UInt8]] { (max(1, length - 1)...(length + 1)).flatMap { targets[$0] ?? [] } }

    /// The watched name that looks the same.
    func lookalike(_ skeleton: String) -> String? { skeletons[skeleton] }
}

/// What is left of a name when separators are dropped and characters that look alike are made equal.
///
/// Source: Unicode TS 39, "Confusable detection", for the Cyrillic and Greek letters that resemble Latin ones.
enum NameSkeleton {
    static func of(_ name: String) -> String {
        var result = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "-", "_", ".": continue
            case "0": result.append("o")
            case "1", "i", "|": result.append("l")
            case "5": result.append("s")
            default: result.unicodeScalars.append(confusables[scalar] ?? scalar)
            }
        }
        if result.holds("rn") { result = result.replacing("rn", with: "m") }
        return result.holds("vv") ? result.replacing("vv", with: "w") : result
    }

    private static let confusables: [Unicode.Scalar: Unicode.Scalar] = [
        "а": "a", "с": "c", "ԁ": "d", "е": "e", "һ": "h", "і": "l", "ј": "j", "к": "k", "ӏ": "l", "м": "m", "о": "o",
        "р": "p", "ѕ": "s", "т": "t", "у": "y", "х": "x", "ԝ": "w", "ν": "v", "ο": "o", "α": "a", "ρ": "p", "ι": "l",
        "κ": "k", "ɡ": "g", "ı": "l", "ⅼ": "l", "ѵ": "v",
    ]
}
