internal import CordonFormats

/// A version as npm, Cargo, Go, Swift and Hex write it.
///
/// Source: Semantic Versioning 2.0.0. Missing parts count as zero, a leading `v` is dropped: what tags and manifests hold.
package struct SemanticVersion: Comparable, Sendable {
    /// Major, minor and patch.
    package let numbers: [Int]
    /// Identifiers behind the hyphen.
    package let prerelease: [Identifier]

    /// A part of a pre-release: numbers sort before text.
    package enum Identifier: Comparable, Sendable {
        case number(Int)
        case text(String)
    }

    /// Reads a version; `nil` when it is none.
    package init?(_ text: some StringProtocol) {
        var rest = text.trimmingWhitespace.drop { $0 == "v" || $0 == "V" || $0 == "=" }
        if let plus = rest.firstIndex(of: "+") { rest = rest[..<plus] }
        let parts = rest.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let core = parts.first, !core.isEmpty else { return nil }
        var numbers: [Int] = []
        for part in core.split(separator: ".", omittingEmptySubsequences: false) {
            guard !part.isEmpty, part.utf8.allSatisfy(VersionScanner.isDigit), numbers.count < 4,
                let number = Int(part.prefix(18))
            else { return nil }
            numbers.append(number)
        }
        while numbers.count < 3 { numbers.append(0) }
        self.numbers = numbers
        prerelease =
            parts.count < 2
            ? []
            : parts[1].split(separator: ".").map { part in
                part.utf8.allSatisfy(VersionScanner.isDigit) && part.utf8.count <= 18
                    ? .number(Int(part) ?? 0) : .text(String(part))
            }
    }

    package static func < (a: SemanticVersion, b: SemanticVersion) -> Bool {
        if a.numbers != b.numbers { return a.numbers.lexicographicallyPrecedes(b.numbers) }
        if a.prerelease.isEmpty || b.prerelease.isEmpty { return !a.prerelease.isEmpty && b.prerelease.isEmpty }
        return a.prerelease.lexicographicallyPrecedes(b.prerelease)
    }
}

/// A range as npm or Cargo write it: `^1.2`, `~1.2.3`, `1.x`, `>=1 <2`, `1.2 - 2.3`, `a || b`.
///
/// Source: npm "node-semver" README, "Ranges"; The Cargo Book, "Specifying Dependencies".
package struct SemanticRequirement: Sendable {
    /// Who reads the range: a bare version is exact to npm and a caret range to Cargo.
    package enum Dialect: Sendable { case npm, cargo }

    private struct Bound {
        let comparison: String
        let version: SemanticVersion
    }
    private let alternatives: [[Bound]]

    /// Reads a range; `nil` when it is none, such as a tag or a URL.
    package init?(_ text: String, dialect: Dialect) {
        var alternatives: [[Bound]] = []
        for part in text.split(separator: "||", omittingEmptySubsequences: false) {
            guard let bounds = Self.bounds(part.trimmingWhitespace, dialect) else { return nil }
            alternatives.append(bounds)
        }
        self.alternatives = alternatives.isEmpty ? [[]] : alternatives
    }

    /// Whether a version lies inside. A pre-release does only when a bound of the same version names one (npm's rule).
    package func contains(_ version: SemanticVersion) -> Bool {
        alternatives.contains { bounds in
            guard bounds.allSatisfy({ Self.holds($0, version) }) else { return false }
            return version.prerelease.isEmpty
                || bounds.contains { !$0.version.prerelease.isEmpty && $0.version.numbers == version.numbers }
        }
    }

    /// The one version it allows.
    package var pin: SemanticVersion? {
        guard alternatives.count == 1, alternatives[0].count == 1, alternatives[0][0].comparison == "=" else {
            return nil
        }
        return alternatives[0][0].version
    }

    private static func holds(_ bound: Bound, _ version: SemanticVersion) -> Bool {
        switch bound.comparison {
        case "<": version < bound.version
        case "<=": version <= bound.version
        case ">": version > bound.version
        case ">=": version >= bound.version
        default: version == bound.version
        }
    }

    private static func bounds(_ text: some StringProtocol, _ dialect: Dialect) -> [Bound]? {
        if let hyphen = text.firstRange(of: " - ") {
            guard let low = partial(text[..<hyphen.lowerBound]), let high = partial(text[hyphen.upperBound...]) else {
                return nil
            }
            return [Bound(comparison: ">=", version: low.floor)] + high.upperBound(inclusive: true)
        }
        var result: [Bound] = []
        var operators = ""
        for word in text.split(whereSeparator: { $0 == " " || $0 == "," || $0 == "\t" }) {
            let comparison = word.prefix { "<>=~^".contains($0) }
            let rest = word.dropFirst(comparison.count)
            if rest.isEmpty {
                operators = String(comparison)
                continue
            }
            guard let bounds = bounds(operators.isEmpty ? String(comparison) : operators, rest, dialect) else {
                return nil
            }
            operators = ""
            result += bounds
        }
        return operators.isEmpty ? result : nil
    }

    private static func bounds(_ comparison: String, _ text: some StringProtocol, _ dialect: Dialect) -> [Bound]? {
        guard let version = partial(text) else { return nil }
        switch comparison {
        case "^": return version.caret
        case "~", "~>": return version.tilde
        case "":
            if dialect == .cargo, version.count > 0, !version.hasWildcard { return version.caret }
            return version.exact
        case "=": return version.exact
        case ">=": return [Bound(comparison: ">=", version: version.floor)]
        case "<": return [Bound(comparison: "<", version: version.floorOfRange)]
        case ">":
            guard version.count < 3 else { return [Bound(comparison: ">", version: version.floor)] }
            return version.count == 0
                ? [Bound(comparison: "<", version: version.floorOfRange)]
                : [Bound(comparison: ">=", version: version.nextRelease(version.count - 1))]
        case "<=": return version.upperBound(inclusive: true)
        default: return nil
        }
    }

    /// A version of which the last parts may be missing.
    private struct Partial {
        /// Parts that are there: 0 to 3.
        let count: Int
        let hasWildcard: Bool
        let floor: SemanticVersion

        /// The least version, pre-releases included, of a range that stops before it.
        var floorOfRange: SemanticVersion {
            count == 3
                ? floor : SemanticVersion("\(floor.numbers[0]).\(floor.numbers[1]).\(floor.numbers[2])-0") ?? floor
        }

        /// The first version past this one when the part at `index` grows.
        func next(_ index: Int) -> SemanticVersion {
            var numbers = floor.numbers
            numbers[index] += numbers[index] == .max ? 0 : 1
            for later in (index + 1)..<max(index + 1, 3) { numbers[later] = 0 }
            return SemanticVersion("\(numbers[0]).\(numbers[1]).\(numbers[2])-0") ?? floor
        }

        /// The same without its pre-releases.
        func nextRelease(_ index: Int) -> SemanticVersion {
            SemanticVersion(next(index).numbers.map(String.init).joined(separator: ".")) ?? floor
        }

        var caret: [Bound] {
            guard count > 0 else { return [] }
            let index = floor.numbers.prefix(count).firstIndex { $0 != 0 } ?? count - 1
            return between(index)
        }
        var tilde: [Bound] { count == 0 ? [] : between(min(1, count - 1)) }
        var exact: [Bound] {
            if count == 0 { return [] }
            return count == 3 ? [Bound(comparison: "=", version: floor)] : between(count - 1)
        }
        func upperBound(inclusive: Bool) -> [Bound] {
            if count == 0 { return [] }
            return count == 3
                ? [Bound(comparison: "<=", version: floor)] : [Bound(comparison: "<", version: next(count - 1))]
        }
        private func between(_ index: Int) -> [Bound] {
            [Bound(comparison: ">=", version: floor), Bound(comparison: "<", version: next(index))]
        }
    }

    private static func partial(_ text: some StringProtocol) -> Partial? {
        let text = text.trimmingWhitespace.drop { $0 == "v" || $0 == "=" }
        if text.isEmpty || ["*", "x", "X"].contains(text) {
            guard let zero = SemanticVersion("0") else { return nil }
            return Partial(count: 0, hasWildcard: true, floor: zero)
        }
        let core = text.prefix { $0 != "-" && $0 != "+" }
        let parts = core.split(separator: ".", omittingEmptySubsequences: false)
        let known = parts.prefix { !["*", "x", "X"].contains($0) }
        if known.count == parts.count {
            guard parts.count <= 3, let version = SemanticVersion(text) else { return nil }
            return Partial(count: parts.count, hasWildcard: false, floor: version)
        }
        guard let version = SemanticVersion(known.isEmpty ? "0" : known.joined(separator: ".")) else { return nil }
        return Partial(count: min(known.count, 3), hasWildcard: true, floor: version)
    }
}
