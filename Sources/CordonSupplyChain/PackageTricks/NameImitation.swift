/// A name that resembles one that many people install.
package struct NameImitation: Sendable, Equatable {
    /// How the two names differ.
    package enum Trick: String, Sendable {
        /// Characters that look alike, or separators.
        case lookalike = "looks the same"
        /// One character more, less, other or swapped.
        case misspelling = "one letter differs"
        /// A word added in front or behind.
        case affix = "a word was added"
        /// Letters outside ASCII in a registry that has none.
        case foreignLetters = "letters of another alphabet"
        /// The name of another project's import, not of its package.
        case otherName = "the package has another name"
    }
    /// The name that it resembles.
    package let target: String
    /// How they differ.
    package let trick: Trick
    /// Whether the sign is strong enough for a high severity.
    package let isStrong: Bool

    /// Looks for an imitation.
    ///
    /// - Parameter name: in the ecosystem's normal form.
    /// - Returns: `nil` for a name that many people install itself, and for one that resembles none.
    /// - Complexity: O(watched names · length) at worst.
    /// - Note: Not detected: names that resemble packages outside the list, and impostors that have become popular.
    ///   Source of the classes: Vu et al., "Typosquatting and Combosquatting Attacks on the Python Ecosystem", 2020.
    package static func find(_ name: String, _ ecosystem: Ecosystem) -> NameImitation? {
        guard let known = KnownNames.list(ecosystem), !known.contains(name) else { return nil }
        if ecosystem == .npm, name.hasPrefix("@") { return scoped(name, known) }
        let skeleton = NameSkeleton.of(name)
        if !name.utf8.allSatisfy({ $0 < 0x80 }) {
            return NameImitation(
                target: known.lookalike(skeleton) ?? name, trick: .foreignLetters,
                isStrong: known.lookalike(skeleton) != nil)
        }
        if skeleton.utf8.count >= 3, let target = known.lookalike(skeleton), target != name {
            return NameImitation(target: target, trick: .lookalike, isStrong: true)
        }
        if let target = misspelled(name, known) {
            // Names that fewer people type are as near to others' by chance.
            let isFamous = known.rank(target).map { $0 < 1000 } ?? false
            return NameImitation(
                target: target, trick: .misspelling,
                isStrong: isFamous && name.utf8.count >= 6
                    && TypingSlip.isOne(Array(name.utf8), for: Array(target.utf8)))
        }
        return affixed(name, ecosystem, known)
    }

    /// `@scope/name` belongs to the scope's owner; an unknown scope that imitates a known one does not.
    private static func scoped(_ name: String, _ known: KnownNames) -> NameImitation? {
        guard let slash = name.firstIndex(of: "/") else { return nil }
        let rest = name[name.index(after: slash)...]
        // `@typs/node` for `@types/node`: the same package under a scope one letter away.
        guard let target = misspelled(name, known), target.hasSuffix("/" + rest) else { return nil }
        return NameImitation(target: target, trick: .misspelling, isStrong: true)
    }

    /// Short names are near each other by chance: below five bytes only the hundred most used ones count.
    private static func misspelled(_ name: String, _ known: KnownNames) -> String? {
        let bytes = Array(name.utf8)
        guard bytes.count >= 4, bytes.count <= 64 else { return nil }
        var best: (name: String, rank: Int)?
        for target in known.near(bytes.count) where isOneEdit(bytes, target) {
            let text = String(decoding: target, as: UTF8.self)
            guard let rank = known.rank(text), rank < limit(min(bytes.count, target.count)) else { continue }
            if isVersionSuffix(bytes, target) { continue }
            if rank < best?.rank ?? .max { best = (text, rank) }
        }
        return best?.name
    }

    private static func limit(_ length: Int) -> Int {
        switch length {
        case ..<4: 0
        case 4: 150
        case 5: 600
        case 6: 1500
        default: 4000
        }
    }

    /// `psycopg2` beside `psycopg3`, `foo` beside `foo2`: series of one project.
    private static func isVersionSuffix(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        let isDigit = VersionScanner.isDigit
        if a.count == b.count, let one = a.last, let two = b.last, isDigit(one), isDigit(two) {
            return a.dropLast() == b.dropLast()
        }
        return false
    }

    /// Optimal string alignment distance of exactly one.
    static func isOneEdit(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        let (short, long) = a.count <= b.count ? (a, b) : (b, a)
        guard long.count - short.count <= 1 else { return false }
        var start = 0
        while start < short.count, short[start] == long[start] { start += 1 }
        var end = 0
        while end < short.count - start, short[short.count - 1 - end] == long[long.count - 1 - end] { end += 1 }
        let (left, right) = (short.count - start - end, long.count - start - end)
        if left == 0, right == 1 { return true }
        if left == 1, right == 1 { return true }
        return left == 2 && right == 2 && short[start] == long[start + 1] && short[start + 1] == long[start]
    }

    /// Words that impostors add to a known name. Honest packages add words too, so the whole rest must be one of them.
    private static let pythonAffixes: (front: [String], behind: [String]) = (
        ["python-", "python3-", "py-", "py", "py3-", "lib", "the-", "real-", "new-", "my-", "official-"],
        [
            "-python", "-python3", "-py", "py", "-py3", "3", "-3", "-lib", "-official", "-latest", "-new", "-pip",
            "-pkg", "s",
            "-package", "-install", "-update", "-sdk", "-api", "-dev", "-tool", "-tools", "-pro", "-plus", "-core",
            "-client",
        ]
    )
    private static let nodeAffixes: (front: [String], behind: [String]) = (
        ["node-", "nodejs-", "js-", "npm-", "node", "real-", "the-"],
        ["-js", "js", ".js", "-node", "-npm", "-javascript", "-latest", "-official", "-new", "s"]
    )

    private static func affixed(_ name: String, _ ecosystem: Ecosystem, _ known: KnownNames) -> NameImitation? {
        let (front, behind) = ecosystem == .npm ? nodeAffixes : pythonAffixes
        var candidates: [(String, String)] = []
        for word in front where name.hasPrefix(word) { candidates.append((String(name.dropFirst(word.count)), word)) }
        for word in behind where name.hasSuffix(word) { candidates.append((String(name.dropLast(word.count)), word)) }
        for (target, word) in candidates {
            guard let rank = known.rank(target), target.utf8.count >= 4 else { continue }
            let isPlain = [
                "python-", "python3-", "py-", "py3-", "-python", "-py", "3", "-js", "node-", "-node", "py", "s",
            ]
            .contains(word)
            // Words with a meaning of their own are used by honest plug-ins of everything that is well known.
            if rank < (isPlain ? 400 : 60) {
                return NameImitation(target: target, trick: .affix, isStrong: false)
            }
        }
        return nil
    }
}
