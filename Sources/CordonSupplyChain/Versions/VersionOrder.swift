internal import CordonFormats

/// How the versions of an ecosystem are put in order.
package enum VersionOrder: Sendable {
    case python, semantic, maven, debian, ruby, numeric

    /// -1, 0 or 1; `nil` when one of the two is not a version in this order.
    ///
    /// - Parameters:
    ///   - a: the version that is used. A local build of a Python release counts as that release unless `b` is local too.
    ///   - b: what it is held against.
    package func compare(_ a: String, _ b: String) -> Int? {
        switch self {
        case .python:
            guard let one = PythonVersion(a), let two = PythonVersion(b) else { return nil }
            return one.compareAsBuild(to: two)
        case .semantic:
            guard let one = SemanticVersion(a), let two = SemanticVersion(b) else { return nil }
            return one == two ? 0 : one < two ? -1 : 1
        case .maven: return MavenVersion.compare(a, b)
        case .debian: return DebianVersion.compare(a, b)
        case .ruby: return RubyVersion.compare(a, b)
        case .numeric: return NumericVersion.compare(a, b)
        }
    }

    /// Whether two spellings name the same version.
    package func isSame(_ a: String, _ b: String) -> Bool {
        a == b || (compare(a, b) ?? 1) == 0
    }
}
