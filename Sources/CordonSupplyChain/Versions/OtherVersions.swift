internal import CordonFormats

/// Debian's order of versions.
///
/// Source: deb-version(7): epoch, upstream version, revision; `~` sorts before everything, letters before other signs.
enum DebianVersion {
    static func compare(_ a: String, _ b: String) -> Int {
        let (left, right) = (parts(a), parts(b))
        if left.epoch != right.epoch { return left.epoch < right.epoch ? -1 : 1 }
        let upstream = compareParts(Array(left.upstream.utf8), Array(right.upstream.utf8))
        return upstream != 0 ? upstream : compareParts(Array(left.revision.utf8), Array(right.revision.utf8))
    }

    private static func parts(_ text: String) -> (epoch: Int, upstream: Substring, revision: Substring) {
        var rest = text[...]
        var epoch = 0
        if let colon = rest.firstIndex(of: ":") {
            epoch = Int(rest[..<colon].prefix(18)) ?? 0
            rest = rest[rest.index(after: colon)...]
        }
        guard let hyphen = rest.lastIndex(of: "-") else { return (epoch, rest, "") }
        return (epoch, rest[..<hyphen], rest[rest.index(after: hyphen)...])
    }

    private static func compareParts(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var (i, j) = (0, 0)
        while i < a.count || j < b.count {
            while (i < a.count && !VersionScanner.isDigit(a[i])) || (j < b.count && !VersionScanner.isDigit(b[j])) {
                let (left, right) = (order(i < a.count ? a[i] : nil), order(j < b.count ? b[j] : nil))
                if left != right { return left < right ? -1 : 1 }
                i += 1
                j += 1
            }
            let difference = Digits.compare(a, &i, b, &j)
            if difference != 0 { return difference }
        }
        return 0
    }

    private static func order(_ byte: UInt8?) -> Int {
        guard let byte, !VersionScanner.isDigit(byte) else { return 0 }
        if byte == UInt8(ascii: "~") { return -1 }
        let isLetter = (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        return isLetter ? Int(byte) : Int(byte) + 256
    }
}

/// Runs of digits of any length.
enum Digits {
    /// Compares the digits that begin at the two positions and moves past them.
    static func compare(_ a: [UInt8], _ i: inout Int, _ b: [UInt8], _ j: inout Int) -> Int {
        while i < a.count, a[i] == 0x30 { i += 1 }
        while j < b.count, b[j] == 0x30 { j += 1 }
        let (startA, startB) = (i, j)
        while i < a.count, VersionScanner.isDigit(a[i]) { i += 1 }
        while j < b.count, VersionScanner.isDigit(b[j]) { j += 1 }
        if i - startA != j - startB { return i - startA < j - startB ? -1 : 1 }
        if a[startA..<i].elementsEqual(b[startB..<j]) { return 0 }
        return a[startA..<i].lexicographicallyPrecedes(b[startB..<j]) ? -1 : 1
    }
}

/// RubyGems' order: segments of digits and letters, letters before digits, trailing zeros dropped.
///
/// Source: rubygems `Gem::Version`.
enum RubyVersion {
    static func compare(_ a: String, _ b: String) -> Int {
        let (left, right) = (canonical(a), canonical(b))
        for index in 0..<max(left.count, right.count) {
            let one = index < left.count ? left[index] : "0", two = index < right.count ? right[index] : "0"
            if one == two { continue }
            let (isText, isOtherText) = (isText(one), Self.isText(two))
            if isText != isOtherText { return isText ? -1 : 1 }
            if isText { return one < two ? -1 : 1 }
            var (i, j) = (0, 0)
            let difference = Digits.compare(Array(one.utf8), &i, Array(two.utf8), &j)
            if difference != 0 { return difference }
        }
        return 0
    }

    private static func isText(_ segment: String) -> Bool { !(segment.utf8.first.map(VersionScanner.isDigit) ?? true) }

    /// Zeros at the end, and before the first letters, count for nothing.
    private static func canonical(_ text: String) -> [String] {
        let parts = segments(text.replacing("-", with: ".pre."))
        let firstText = parts.firstIndex(where: isText) ?? parts.count
        return trimmed(Array(parts[..<firstText])) + trimmed(Array(parts[firstText...]))
    }

    private static func trimmed(_ parts: [String]) -> [String] {
        var parts = parts
        while let last = parts.last, last.allSatisfy({ $0 == "0" }) { parts.removeLast() }
        return parts
    }

    private static func segments(_ text: String) -> [String] {
        var result: [String] = []
        var current = ""
        var wasDigit: Bool?
        for character in text {
            let isDigit = character.isASCII && character.isNumber
            guard isDigit || (character.isASCII && character.isLetter) else {
                if !current.isEmpty { result.append(current) }
                (current, wasDigit) = ("", nil)
                continue
            }
            if let was = wasDigit, was != isDigit {
                result.append(current)
                current = ""
            }
            current.append(character)
            wasDigit = isDigit
        }
        if !current.isEmpty { result.append(current) }
        return result
    }
}

/// Runs of digits separated by anything: R packages, and whatever has no rule of its own.
enum NumericVersion {
    static func compare(_ a: String, _ b: String) -> Int {
        let split: (String) -> [Substring] = { $0.split { !($0.isASCII && $0.isNumber) } }
        let (left, right) = (split(a), split(b))
        for (one, two) in zip(left, right) {
            var (i, j) = (0, 0)
            let difference = Digits.compare(Array(one.utf8), &i, Array(two.utf8), &j)
            if difference != 0 { return difference }
        }
        if left.count != right.count { return left.count < right.count ? -1 : 1 }
        return 0
    }
}

/// Maven's order.
///
/// Source: Apache Maven, "POM reference", Version Order Specification, and `ComparableVersion`: tokens between `.`, `-`,
/// and changes from digits to letters; qualifiers `alpha < beta < milestone < rc = cr < snapshot < "" = final = ga =
/// release < sp < others < numbers`.
enum MavenVersion {
    /// A list is what stands behind a hyphen.
    private indirect enum Item {
        case number([UInt8])
        case text(String)
        case list([Item])

        var isNull: Bool {
            switch self {
            case .number(let digits): digits.isEmpty
            case .text(let text): MavenVersion.rank(text) == MavenVersion.rank("")
            case .list(let items): items.isEmpty
            }
        }
    }

    static func compare(_ a: String, _ b: String) -> Int {
        compare(.list(parse(a)), .list(parse(b)))
    }

    private static let qualifiers = ["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"]

    static func rank(_ text: String) -> String {
        let canonical = ["ga": "", "final": "", "release": "", "cr": "rc"][text] ?? text
        guard let index = qualifiers.firstIndex(of: canonical) else { return "\(qualifiers.count)-\(canonical)" }
        return "\(index)"
    }

    private static func parse(_ text: String) -> [Item] {
        let bytes = Array(text.lowercased().utf8.prefix(512))
        var stack: [[Item]] = [[]]
        var start = 0
        var isDigit = false
        func token(_ end: Int, followedByDigit: Bool) -> Item {
            let part = Array(bytes[start..<end])
            if isDigit { return .number(Array(part.drop { $0 == 0x30 })) }
            let word = String(decoding: part, as: UTF8.self)
            guard followedByDigit, part.count == 1 else { return .text(word) }
            return .text(["a": "alpha", "b": "beta", "m": "milestone"][word] ?? word)
        }
        // A word behind a full stop counts as one behind a hyphen: 1.foo is 1-foo.
        func word(_ item: Item) {
            if !stack[stack.count - 1].isEmpty { stack.append([]) }
            stack[stack.count - 1].append(item)
        }
        for (index, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") {
                stack[stack.count - 1].append(index == start ? .number([]) : token(index, followedByDigit: false))
                start = index + 1
                if byte == UInt8(ascii: "-") { stack.append([]) }
            } else if VersionScanner.isDigit(byte) {
                if !isDigit, index > start {
                    word(token(index, followedByDigit: true))
                    start = index
                    stack.append([])
                }
                isDigit = true
            } else {
                if isDigit, index > start {
                    stack[stack.count - 1].append(token(index, followedByDigit: false))
                    start = index
                    stack.append([])
                }
                isDigit = false
            }
        }
        if bytes.count > start {
            let last = token(bytes.count, followedByDigit: false)
            if isDigit { stack[stack.count - 1].append(last) } else { word(last) }
        }
        var inner = normalised(stack[stack.count - 1])
        for outer in stack.dropLast().reversed() { inner = normalised(outer + [.list(inner)]) }
        return inner
    }

    /// Without what counts for nothing at the end, and before the lists at the end.
    private static func normalised(_ items: [Item]) -> [Item] {
        var items = items
        for index in items.indices.reversed() {
            if items[index].isNull {
                items.remove(at: index)
            } else if case .list = items[index] {
                continue
            } else {
                break
            }
        }
        return items
    }

    private static func compare(_ a: Item?, _ b: Item?) -> Int {
        switch (a, b) {
        case (nil, nil): 0
        case (nil, let b?): -compare(b, nil)
        case (.number(let digits), nil): digits.isEmpty ? 0 : 1
        case (.text(let text), nil): order(rank(text), rank(""))
        case (.list(let items), nil): items.lazy.map { compare($0, nil) }.first { $0 != 0 } ?? 0
        case (.number(let one), .number(let two)):
            one.count != two.count
                ? (one.count < two.count ? -1 : 1)
                : one.elementsEqual(two) ? 0 : one.lexicographicallyPrecedes(two) ? -1 : 1
        case (.number, _): 1
        case (.text(let one), .text(let two)): order(rank(one), rank(two))
        case (.text, _): -1
        case (.list, .number): -1
        case (.list, .text): 1
        case (.list(let one), .list(let two)):
            (0..<max(one.count, two.count)).lazy.map { index in
                compare(index < one.count ? one[index] : nil, index < two.count ? two[index] : nil)
            }.first { $0 != 0 } ?? 0
        }
    }

    private static func order(_ a: String, _ b: String) -> Int { a == b ? 0 : a < b ? -1 : 1 }
}
