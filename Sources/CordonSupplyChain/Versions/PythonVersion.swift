internal import CordonFormats

/// A version of a Python package.
///
/// Source: PyPA "Version specifiers" (PEP 440), with the alternative spellings its Appendix B allows.
package struct PythonVersion: Comparable, Sendable {
    private let epoch: Int
    /// The release segment without trailing zeros.
    private let release: [Int]
    /// How many parts the release segment was written with.
    package let releaseCount: Int
    /// The pre-release phase: 0 alpha, 1 beta, 2 candidate.
    private let pre: (phase: Int, number: Int)?
    private let post: Int?
    private let dev: Int?
    private let local: [LocalPart]

    private enum LocalPart: Comparable {
        // Text sorts before numbers.
        case text(String)
        case number(Int)
    }

    /// Reads a version; `nil` when it is none.
    package init?(_ text: some StringProtocol) {
        var scanner = VersionScanner(String(text).trimmingWhitespace.lowercased())
        _ = scanner.take("v")
        var numbers: [Int] = []
        guard let first = scanner.number() else { return nil }
        if scanner.take("!") {
            epoch = first
            guard let next = scanner.number() else { return nil }
            numbers = [next]
        } else {
            epoch = 0
            numbers = [first]
        }
        while scanner.hasDigit(after: ".") {
            _ = scanner.take(".")
            guard let number = scanner.number(), numbers.count < 64 else { return nil }
            numbers.append(number)
        }
        releaseCount = numbers.count
        while numbers.count > 1, numbers.last == 0 { numbers.removeLast() }
        release = numbers
        pre = scanner.phase(Self.phases)
        post = scanner.implicitPost() ?? scanner.phase(Self.posts)?.number
        dev = scanner.phase(Self.devs)?.number
        var local: [LocalPart] = []
        if scanner.take("+") {
            repeat {
                guard let word = scanner.word(), local.count < 32 else { return nil }
                local.append(Int(word).map { .number($0) } ?? .text(word))
            } while scanner.takeSeparator()
        }
        self.local = local
        guard scanner.isAtEnd else { return nil }
    }

    private static let phases = [
        ("alpha", 0), ("beta", 1), ("preview", 2), ("pre", 2), ("rc", 2), ("a", 0), ("b", 1), ("c", 2),
    ]
    private static let posts = [("post", 0), ("rev", 0), ("r", 0)]
    private static let devs = [("dev", 0)]

    /// Whether it is a pre-release or a development release.
    package var isPrerelease: Bool { pre != nil || dev != nil }
    /// Whether it has a local part, such as `+cu121`.
    package var isLocal: Bool { !local.isEmpty }

    /// -1, 0 or 1. Local parts count only when the other version has one: a build such as `1.0+cu121` is release 1.0.
    func compareAsBuild(to other: PythonVersion) -> Int { compare(other, withLocal: other.isLocal) }
    /// Order without the local part.
    func precedesPublicly(_ other: PythonVersion) -> Bool { compare(other, withLocal: false) < 0 }
    /// Equality without the local part.
    func equalsPublicly(_ other: PythonVersion) -> Bool { compare(other, withLocal: false) == 0 }

    /// Whether the release segment begins with the other's, as `==1.4.*` asks.
    func hasPrefix(_ other: PythonVersion) -> Bool {
        guard epoch == other.epoch else { return false }
        let count = other.releaseCount
        let own = Self.padded(release, count), theirs = Self.padded(other.release, count)
        guard own.prefix(count).elementsEqual(theirs.prefix(count)) else { return false }
        guard let wanted = other.pre else { return true }
        return pre.map { $0 == wanted } ?? false
    }

    /// Whether the first parts of the release segments agree.
    func hasRelease(of other: PythonVersion, count: Int) -> Bool {
        let own = Self.padded(release, count), theirs = Self.padded(other.release, count)
        return epoch == other.epoch && own.prefix(count).elementsEqual(theirs.prefix(count))
    }

    /// Whether only the release segments agree, whatever suffix follows.
    func hasSameRelease(_ other: PythonVersion) -> Bool { epoch == other.epoch && release == other.release }
    /// Whether it is a post-release.
    var isPost: Bool { post != nil }

    private static func padded(_ release: [Int], _ count: Int) -> [Int] {
        release + Array(repeating: 0, count: max(0, count - release.count))
    }

    package static func < (a: PythonVersion, b: PythonVersion) -> Bool { a.compare(b, withLocal: true) < 0 }
    package static func == (a: PythonVersion, b: PythonVersion) -> Bool { a.compare(b, withLocal: true) == 0 }

    private func compare(_ other: PythonVersion, withLocal: Bool) -> Int {
        if epoch != other.epoch { return epoch < other.epoch ? -1 : 1 }
        if release != other.release { return release.lexicographicallyPrecedes(other.release) ? -1 : 1 }
        let (own, theirs) = (suffix, other.suffix)
        if own != theirs { return own.lexicographicallyPrecedes(theirs) ? -1 : 1 }
        guard withLocal, local != other.local else { return 0 }
        return local.lexicographicallyPrecedes(other.local) ? -1 : 1
    }

    /// Phase, number, post-release, development release, so that an array comparison sorts as PEP 440 asks:
    /// `1.dev0 < 1a0.dev0 < 1a0 < 1 < 1.post0.dev0 < 1.post0`.
    private var suffix: [Int] {
        let phase: Int = pre.map(\.phase) ?? (post == nil && dev != nil ? -1 : 3)
        return [phase, pre?.number ?? 0, post ?? -1, dev ?? Int.max]
    }
}

/// A requirement such as `>=1.4,!=1.5.*,<2`.
///
/// Source: PyPA "Version specifiers". Pre-releases count as inside a range that covers them: the question here is
/// whether a version that is used satisfies a range, not which version to choose.
package struct PythonRequirement: Sendable {
    /// One clause.
    package struct Clause: Sendable {
        /// `==`, `!=`, `<=`, `>=`, `<`, `>`, `~=` or `===`.
        package let comparison: String
        /// The version as written.
        package let text: String
    }
    /// All of them must hold.
    package let clauses: [Clause]

    /// Reads a requirement; `nil` when a clause is none. The empty text allows everything.
    package init?(_ text: some StringProtocol) {
        var clauses: [Clause] = []
        for part in text.split(separator: ",") {
            let clause = part.trimmingWhitespace
            if clause.isEmpty { continue }
            let comparison = clause.prefix { "=!<>~".contains($0) }
            let version = clause.dropFirst(comparison.count).trimmingWhitespace
            guard ["==", "!=", "<=", ">=", "<", ">", "~=", "==="].contains(comparison), !version.isEmpty else {
                return nil
            }
            if comparison != "===", PythonVersion(Self.bare(version)) == nil { return nil }
            clauses.append(Clause(comparison: String(comparison), text: String(version)))
        }
        self.clauses = clauses
    }

    private static func bare(_ version: some StringProtocol) -> String {
        version.hasSuffix(".*") ? String(version.dropLast(2)) : String(version)
    }

    /// The one version it allows: a single `==` or `===` without a wildcard.
    package var pin: String? {
        let pins = clauses.filter { ["==", "==="].contains($0.comparison) && !$0.text.hasSuffix(".*") }
        return pins.first?.text
    }

    /// Whether a version satisfies every clause.
    package func contains(_ version: PythonVersion, text: String) -> Bool {
        clauses.allSatisfy { Self.holds($0, version, text) }
    }

    private static func holds(_ clause: Clause, _ version: PythonVersion, _ text: String) -> Bool {
        if clause.comparison == "===" { return clause.text.lowercased() == text.lowercased() }
        guard let wanted = PythonVersion(bare(clause.text)) else { return false }
        let isPrefix = clause.text.hasSuffix(".*")
        let isEqual =
            isPrefix ? version.hasPrefix(wanted) : wanted.isLocal ? version == wanted : version.equalsPublicly(wanted)
        switch clause.comparison {
        case "==": return isEqual
        case "!=": return !isEqual
        case "<=": return !wanted.precedesPublicly(version)
        case ">=": return !version.precedesPublicly(wanted)
        case "<":
            // `<1.2` does not allow `1.2rc1`.
            return version.precedesPublicly(wanted)
                && (wanted.isPrerelease || !version.isPrerelease || !version.hasSameRelease(wanted))
        case ">":
            // `>1.2` allows neither `1.2.post1` nor `1.2+local`.
            return wanted.precedesPublicly(version)
                && (wanted.isPost || !version.isPost || !version.hasSameRelease(wanted))
        case "~=":
            return !version.precedesPublicly(wanted)
                && version.hasRelease(of: wanted, count: max(1, wanted.releaseCount - 1))
        default: return false
        }
    }
}

/// A position in a version's text.
struct VersionScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { position == bytes.count }
    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func takeSeparator() -> Bool { take(".") || take("-") || take("_") }

    func hasDigit(after character: Unicode.Scalar) -> Bool {
        peek == UInt8(ascii: character) && position + 1 < bytes.count && Self.isDigit(bytes[position + 1])
    }

    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// Digits; numbers beyond 18 digits are cut off there, which keeps dates and build numbers in order.
    mutating func number() -> Int? {
        let start = position
        var value = 0
        while let byte = peek, Self.isDigit(byte) {
            if position - start < 18 { value = value * 10 + Int(byte - 0x30) }
            position += 1
        }
        return position > start ? value : nil
    }

    mutating func word() -> String? {
        let start = position
        while let byte = peek, Self.isDigit(byte) || (0x61...0x7A).contains(byte) { position += 1 }
        return position > start ? String(decoding: bytes[start..<position], as: UTF8.self) : nil
    }

    /// `[-_.]?NAME[-_.]?N*`, the first name that fits.
    mutating func phase(_ names: [(String, Int)]) -> (phase: Int, number: Int)? {
        let start = position
        _ = takeSeparator()
        for (name, phase) in names where bytes[position...].starts(with: name.utf8) {
            position += name.utf8.count
            let end = position
            if takeSeparator(), peek.map({ !Self.isDigit($0) }) ?? true { position = end }
            return (phase, number() ?? 0)
        }
        position = start
        return nil
    }

    /// `-N`, the short form of a post-release.
    mutating func implicitPost() -> Int? {
        guard hasDigit(after: "-") else { return nil }
        _ = take("-")
        return number()
    }
}
