internal import CordonFormats

/// Holds a lock file against its manifest.
package enum LockComparison {
    /// A package on which the two disagree.
    package struct Difference: Sendable {
        /// The dependency as the manifest declares it.
        package let declared: Dependency
        /// The versions that the lock has; empty when the package is absent.
        package let locked: [String]
    }

    /// Declared packages that are absent from the lock, or locked to versions outside the declared range.
    ///
    /// Requirements with markers, build requirements and packages from elsewhere than a registry are left out: whether
    /// they are locked depends on the platform and the tool. Complexity: O(declared + locked).
    package static func differences(_ manifest: DependencyFile, _ lock: DependencyFile) -> [Difference] {
        let locked = Dictionary(grouping: lock.dependencies, by: \.key)
        var result: [Difference] = []
        for declared in manifest.dependencies {
            guard !declared.hasMarker, !["build", "peer", "override"].contains(declared.group ?? ""),
                case .registry = declared.origin
            else { continue }
            guard lock.dependencies.contains(where: { $0.ecosystem == declared.ecosystem }) || !locked.isEmpty else {
                continue
            }
            if lock.ownPackages.contains(declared.key) { continue }
            guard let entries = locked[declared.key] else {
                // Groups and extras are not always locked.
                let isMain = declared.group == nil || declared.ecosystem == .npm && declared.group == "dev"
                if isMain { result.append(Difference(declared: declared, locked: [])) }
                continue
            }
            let versions = entries.compactMap(\.version)
            if versions.isEmpty || entries.contains(where: { if case .registry = $0.origin { false } else { true } }) {
                continue
            }
            if !versions.contains(where: { satisfies(declared, $0) }) {
                result.append(Difference(declared: declared, locked: versions))
            }
        }
        return result
    }

    /// Whether a range ends at a version: it allows it, but neither the next patch release nor the next minor one.
    package static func isBestAllowed(_ declared: Dependency, _ version: String) -> Bool {
        guard satisfies(declared, version) else { return false }
        var numbers = version.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }.split(separator: ".")
            .map { Int($0.prefix(15)) ?? 0 }
        guard !numbers.isEmpty else { return false }
        while numbers.count < 3 { numbers.append(0) }
        return !numbers.indices.dropFirst().contains { position in
            var next = numbers
            next[position] += 1
            for later in next.indices where later > position { next[later] = 0 }
            return satisfies(declared, next.map(String.init).joined(separator: "."))
        }
    }

    /// Whether a version satisfies a declared requirement; a requirement that is not understood is satisfied.
    static func satisfies(_ declared: Dependency, _ version: String) -> Bool {
        guard let text = declared.requirement else { return true }
        switch declared.ecosystem {
        case .pypi:
            guard let requirement = PythonRequirement(text), let found = PythonVersion(version) else { return true }
            return requirement.contains(found, text: version)
        case .npm, .crates:
            let range = text.hasPrefix("npm:") ? text.dropFirst(5).drop { $0 != "@" }.dropFirst() : text[...]
            guard
                let requirement = SemanticRequirement(
                    String(range), dialect: declared.ecosystem == .npm ? .npm : .cargo),
                let found = SemanticVersion(version)
            else { return true }
            return requirement.contains(found)
        case .rubygems: return RubyRequirement.contains(text, version)
        default:
            return declared.version.map { declared.ecosystem.order.isSame($0, version) } ?? true
        }
    }
}

/// RubyGems' requirements: `~> 1.2`, `>= 1`.
enum RubyRequirement {
    static func contains(_ requirement: String, _ version: String) -> Bool {
        for clause in requirement.split(separator: ",") {
            let text = String(clause).trimmingCharacters(" '\"")
            let comparison = String(text.prefix { "<>=~!".contains($0) })
            let wanted = text.dropFirst(comparison.count).trimmingWhitespace
            if wanted.isEmpty { continue }
            let order = RubyVersion.compare(version, String(wanted))
            let holds: Bool
            switch comparison {
            case "", "=": holds = order == 0
            case "!=": holds = order != 0
            case ">": holds = order > 0
            case ">=": holds = order >= 0
            case "<": holds = order < 0
            case "<=": holds = order <= 0
            case "~>": holds = order >= 0 && RubyVersion.compare(version, bumped(wanted)) < 0
            default: holds = true
            }
            if !holds { return false }
        }
        return true
    }

    /// `1.2.3` to `1.3`: the first version that `~> 1.2.3` does not allow.
    private static func bumped(_ version: some StringProtocol) -> String {
        var numbers = version.split(separator: ".").prefix { $0.utf8.allSatisfy(VersionScanner.isDigit) }
            .map { Int($0.prefix(15)) ?? 0 }
        if numbers.count > 1 { numbers.removeLast() }
        guard let last = numbers.indices.last else { return String(version) }
        numbers[last] += 1
        return numbers.map(String.init).joined(separator: ".")
    }
}
