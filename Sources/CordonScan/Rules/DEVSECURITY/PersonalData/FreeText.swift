/// Personal data in text that is no table: what has a form of its own, or a word before it that says what it is.
struct FreeText {
    /// Different values of each kind, and the line of the first.
    private(set) var counts: [PersonalKind: (values: Set<[UInt8]>, line: Int)] = [:]
    /// Eight digits and a letter that is not the check letter: in a table of codes one of 23 is right by chance.
    private(set) var wrongLetters = 0
    private let bytes: TextBytes
    private static let most = 10_000

    init(_ bytes: TextBytes) {
        self.bytes = bytes
        run()
    }

    private mutating func run() {
        var (position, line) = (0, 1)
        while position < bytes.count {
            let byte = bytes[position]
            if byte == 0x0A {
                line += 1
            } else if byte == UInt8(ascii: "@") {
                email(at: position, line)
            } else if isStart(position) {
                position = number(at: position, line)
                continue
            }
            position += 1
        }
    }

    private mutating func note(_ kind: PersonalKind, _ range: Range<Int>, _ line: Int) {
        guard counts[kind]?.values.count ?? 0 < Self.most else { return }
        counts[kind, default: ([], line)].values.insert(bytes.copy(range))
    }

    private mutating func email(at position: Int, _ line: Int) {
        var (start, end) = (position, position + 1)
        while start > 0, position - start < 64,
            TextBytes.isAlphanumeric(bytes[start - 1]) || "._%+-".utf8.contains(bytes[start - 1])
        { start -= 1 }
        while end < bytes.count, end - position < 255,
            TextBytes.isAlphanumeric(bytes[end]) || bytes[end] == 0x2E || bytes[end] == 0x2D
        { end += 1 }
        while end > position, bytes[end - 1] == 0x2E || bytes[end - 1] == 0x2D { end -= 1 }
        // `user:password@host` and `git@host:path` are addresses of machines.
        guard bytes[start - 1] != UInt8(ascii: ":") || !isAddress(start), bytes[start - 1] != UInt8(ascii: "/"),
            bytes[end] != UInt8(ascii: ":") || bytes[end + 1] == 0x20,
            PersonalForms.isEmail(bytes.copy(start..<end))
        else { return }
        note(.email, start..<end, line)
    }

    /// Whether what stands before is the beginning of an address with a scheme.
    private func isAddress(_ offset: Int) -> Bool {
        var position = offset - 1
        while position > 0, offset - position < 80, bytes[position] > 0x20, bytes[position] != UInt8(ascii: "\"") {
            if bytes[position] == UInt8(ascii: "/"), bytes[position - 1] == UInt8(ascii: "/") { return true }
            position -= 1
        }
        return false
    }

    /// A digit, a plus, or two capital letters and a digit, where nothing of a word stands before.
    private func isStart(_ position: Int) -> Bool {
        let before = bytes[position - 1]
        guard !TextBytes.isAlphanumeric(before), before != UInt8(ascii: "_"), before != UInt8(ascii: "."),
            before != UInt8(ascii: "#")
        else { return false }
        let byte = bytes[position]
        if TextBytes.isDigit(byte) || byte == UInt8(ascii: "+") { return true }
        return byte >= 0x41 && byte <= 0x5A && bytes[position + 1] >= 0x41 && bytes[position + 1] <= 0x5A
            && (TextBytes.isDigit(bytes[position + 2]) || bytes[position + 4] >= 0x41 && bytes[position + 4] <= 0x5A)
    }

    /// Reads a run of letters, digits and single signs between; gives where to go on.
    private mutating func number(at start: Int, _ line: Int) -> Int {
        var end = start
        var digits = 0
        let startsWithLetter = TextBytes.isLetter(bytes[start])
        while end < bytes.count, end - start < 48 {
            let byte = bytes[end]
            if TextBytes.isDigit(byte) {
                digits += 1
            } else if TextBytes.isLetter(byte) {
                // Letters only where a number of that kind has them.
                if !startsWithLetter, end - start < 6 || digits < 6 { break }
            } else if byte == 0x20 || byte == 0x2D || byte == 0x2B && end == start || "()./".utf8.contains(byte) {
                guard
                    TextBytes.isAlphanumeric(bytes[end + 1]) || bytes[end + 1] == UInt8(ascii: "(")
                        || byte == UInt8(ascii: ")")
                else { break }
                if startsWithLetter, byte != 0x20 && byte != 0x2D { break }
            } else {
                break
            }
            end += 1
        }
        guard end > start else { return start + 1 }
        guard digits >= 7 else { return end }
        classify(start..<end, line)
        return end
    }

    private mutating func classify(_ range: Range<Int>, _ line: Int) {
        let value = bytes.copy(range)
        let isWhole = !TextBytes.isAlphanumeric(bytes[range.upperBound]) && bytes[range.upperBound] != UInt8(ascii: "_")
        guard isWhole else { return }
        for kind in [PersonalKind.iban, .codiceFiscale, .dni, .hetu] {
            if let part = prefix(of: value, kind) {
                // Pairs of numbers and a letter are coordinates and their command.
                if kind == .dni, value[..<part].contains(0x20) { continue }
                return note(kind, range.lowerBound..<(range.lowerBound + part), line)
            }
        }
        if value.count == 9, TextBytes.isLetter(value[8]), value[..<8].allSatisfy(TextBytes.isDigit) {
            wrongLetters += 1
        }
        let names = words(before: range.lowerBound)
        if let part = parts(of: value).first(where: { PersonalForms.isCard($0) && $0.count >= 15 }),
            isGrouped(part) && standsAlone(range.lowerBound..<(range.lowerBound + part.count)) || isNamed(.card, names)
        {
            return note(.card, range.lowerBound..<(range.lowerBound + part.count), line)
        }
        if value.first == UInt8(ascii: "+"), let part = prefix(of: value, .phone) {
            return note(.phone, range.lowerBound..<(range.lowerBound + part), line)
        }
        guard !names.isEmpty else { return }
        for kind in Self.named where isNamed(kind, names) {
            guard let part = prefix(of: value, kind) else { continue }
            return note(kind, range.lowerBound..<(range.lowerBound + part), line)
        }
    }

    /// How much of a value is a number of this kind: an account's number may have a word behind it.
    private func prefix(of value: [UInt8], _ kind: PersonalKind) -> Int? {
        parts(of: value).first { kind.matches($0) }?.count
    }

    /// The value, and what is left of it when words are taken from its end.
    private func parts(of value: [UInt8]) -> [[UInt8]] {
        var found = [value]
        var cut = value
        while let space = cut.lastIndex(of: 0x20) {
            cut = Array(cut[..<space])
            found.append(cut)
        }
        return found
    }

    /// Whether no other number stands before or behind on the same line, as in a table of numbers.
    private func standsAlone(_ range: Range<Int>) -> Bool {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        var (before, behind) = (range.lowerBound - 1, range.upperBound)
        while before >= 0, isBlank(bytes[before]) { before -= 1 }
        while behind < bytes.count, isBlank(bytes[behind]) { behind += 1 }
        return !TextBytes.isDigit(bytes[before]) && !TextBytes.isDigit(bytes[behind])
    }

    /// Whether the digits stand in the groups that are printed on cards: 4-4-4-4, 4-6-5, 4-4-4-4-3.
    private func isGrouped(_ value: [UInt8]) -> Bool {
        for separator in [UInt8(0x20), 0x2D] where value.contains(separator) {
            let groups = value.split(separator: separator, omittingEmptySubsequences: false).map(\.count)
            return groups == [4, 4, 4, 4] || groups == [4, 6, 5] || groups == [4, 4, 4, 4, 3]
        }
        return false
    }

    /// Kinds that only a word in front tells apart from other numbers.
    private static let named = PersonalKind.allCases.filter {
        ![.email, .name, .birth, .address, .card, .iban, .internetAddress, .position].contains($0)
    }
    private static let allNames = Set(PersonalKind.allCases.flatMap(\.names))

    /// The words of the same line that say what a number may be.
    private func words(before offset: Int) -> Set<String> {
        let start = max(bytes.lineStart(offset, most: 48), offset - 48)
        var found: Set<String> = []
        var word: [UInt8] = []
        for position in start...offset {
            let byte = bytes[position]
            if position < offset, TextBytes.isLetter(byte) {
                word.append(TextBytes.lower(byte))
            } else if !word.isEmpty {
                if word.count > 1 {
                    let text = String(decoding: word, as: UTF8.self)
                    if Self.allNames.contains(text) { found.insert(text) }
                }
                word.removeAll(keepingCapacity: true)
            }
        }
        return found
    }

    private func isNamed(_ kind: PersonalKind, _ words: Set<String>) -> Bool {
        !words.isEmpty && kind.names.contains { words.contains($0) }
    }
}
