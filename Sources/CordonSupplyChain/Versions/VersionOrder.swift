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
            if let order = PlainVersion.compare(a, b) { return order }
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

/// Versions of nothing but numbers and dots: nearly all of them, compared without making anything.
enum PlainVersion {
    /// -1, 0 or 1, missing parts being zero; `nil` when one of the two is written otherwise.
    static func compare(_ a: String, _ b: String) -> Int? {
        let result = a.utf8.withContiguousStorageIfAvailable { one in
            b.utf8.withContiguousStorageIfAvailable { two in compare(one, two) }
        }
        return (result ?? nil) ?? nil
    }

    private static func compare(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Int? {
        var (left, right) = (0, 0)
        var order = 0
        repeat {
            guard let one = number(a, &left), let two = number(b, &right) else { return nil }
            if order == 0, one != two { order = one < two ? -1 : 1 }
        } while left < a.count || right < b.count
        return order
    }

    /// The next number and the dot behind it; 0 past the end, `nil` for anything else.
    private static func number(_ text: UnsafeBufferPointer<UInt8>, _ position: inout Int) -> Int? {
        guard position < text.count || position > 0 else { return nil }
        if position >= text.count { return 0 }
        var value = 0
        var count = 0
        while position < text.count, VersionScanner.isDigit(text[position]) {
            guard count < 18 else { return nil }
            value = value * 10 + Int(text[position] - 0x30)
            count += 1
            position += 1
        }
        guard count > 0 else { return nil }
        if position == text.count { return value }
        // A dot must have a number behind it.
        guard text[position] == UInt8(ascii: "."), position + 1 < text.count else { return nil }
        position += 1
        return value
    }
}
