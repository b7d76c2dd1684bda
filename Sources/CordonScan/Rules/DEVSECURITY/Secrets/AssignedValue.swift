/// A value that is given to a name: `name = "value"`, `"name": "value"`, `--name value`, `<name>value</name>`.
struct AssignedValue {
    /// The name as it stands there.
    let name: String
    /// Its words in lower case: `awsSecretKey` is `aws`, `secret`, `key`.
    let words: [String]
    let value: Range<Int>
    let isQuoted: Bool

    /// Reads the assignment around a keyword, or `nil` where there is none.
    ///
    /// - Parameter offset: of the keyword.
    init?(_ bytes: TextBytes, around offset: Int) {
        var (start, end) = (offset, offset)
        while start > 0, offset - start < 64, Self.isName(bytes[start - 1]) { start -= 1 }
        while end < bytes.count, end - offset < 64, Self.isName(bytes[end]) { end += 1 }
        guard
            let (value, isQuoted) = Self.separateValue(bytes, after: end)
                ?? Self.value(bytes, after: end, isOption: bytes[start] == UInt8(ascii: "-"))
        else { return nil }
        self.value = isQuoted ? value : Self.lengthened(bytes, value, name: start..<end)
        // A parameter of an address ends where the address does, quotes or not.
        self.isQuoted = isQuoted || "&?;".utf8.contains(bytes[start - 1])
        name = bytes.text(start..<end)
        words = Self.words(bytes.copy(start..<end))
    }

    /// In lines of their own, as INI files have them, values hold signs that end them elsewhere.
    private static func lengthened(_ bytes: TextBytes, _ value: Range<Int>, name: Range<Int>) -> Range<Int> {
        var before = name.lowerBound
        while before > 0, TextBytes.isSpace(bytes[before - 1]) { before -= 1 }
        let isLine = before == 0 || bytes[before - 1] == 0x0A || bytes[before - 1] == 0x0D
        guard isLine, bytes[value.upperBound] > 0x20, ",;)]}&|".utf8.contains(bytes[value.upperBound]) else {
            return value
        }
        let lineEnd = bytes.lineEnd(value.upperBound, most: 300)
        var end = value.upperBound
        while end < lineEnd, bytes[end] > 0x20 { end += 1 }
        // What goes on behind a space, or ends with the sign, is a list or a statement.
        guard end == lineEnd, end - value.lowerBound <= 100, !",;)]}&|".utf8.contains(bytes[end - 1]) else {
            return value
        }
        return value.lowerBound..<end
    }

    private static func isName(_ byte: UInt8) -> Bool {
        TextBytes.isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: ".")
    }

    /// Words of a name in snake, kebab or camel case.
    static func words(_ name: [UInt8]) -> [String] {
        var words: [[UInt8]] = [[]]
        for (index, byte) in name.enumerated() {
            let isUpper = byte >= 0x41 && byte <= 0x5A
            let before = index > 0 ? name[index - 1] : 0
            let next = index + 1 < name.count ? name[index + 1] : 0
            let wasUpper = before >= 0x41 && before <= 0x5A
            if !TextBytes.isAlphanumeric(byte) {
                words.append([])
            } else if isUpper, !wasUpper || next >= 0x61 && next <= 0x7A, before != 0 {
                words.append([byte | 0x20])
            } else {
                words[words.count - 1].append(TextBytes.lower(byte))
            }
        }
        return words.filter { !$0.isEmpty }.map { String(decoding: $0, as: UTF8.self) }
    }

    // MARK: Value

    /// `{"name": "DB_PASSWORD", "value": "…"}`, and `- name: DB_PASSWORD` with `value: …` in the next line: a list of variables.
    private static func separateValue(_ bytes: TextBytes, after end: Int) -> (Range<Int>, Bool)? {
        var position = end
        if isQuote(bytes[position]) { position += 1 }
        if bytes[position] == UInt8(ascii: ",") { position += 1 }
        let gap = position
        while position < bytes.count, position - gap < 60, bytes[position] <= 0x20 { position += 1 }
        guard position > gap else { return nil }
        if isQuote(bytes[position]) { position += 1 }
        guard bytes.has("value", at: position, foldingCase: true) else { return nil }
        position += 5
        if isQuote(bytes[position]) { position += 1 }
        while TextBytes.isSpace(bytes[position]) { position += 1 }
        guard bytes[position] == UInt8(ascii: ":") || bytes[position] == UInt8(ascii: "=") else { return nil }
        position += 1
        let lineEnd = bytes.lineEnd(position, most: 2048)
        while position < lineEnd, TextBytes.isSpace(bytes[position]) { position += 1 }
        return content(bytes, position, lineEnd)
    }

    /// The value behind a name's end: over a closing quote or bracket, a separator, spaces and an opening quote.
    private static func value(_ bytes: TextBytes, after end: Int, isOption: Bool) -> (Range<Int>, Bool)? {
        // Most words are no names of values: nothing of a separator follows.
        var probe = end
        while TextBytes.isSpace(bytes[probe]), probe - end < 64 { probe += 1 }
        guard
            isOption || isQuote(bytes[probe]) || "\\]=:,>".utf8.contains(bytes[probe])
                || bytes.has("password ", at: end - 8) || probe > end && bytes.has("is ", at: probe)
                || bytes.has("</", at: probe)
                || probe > end && bytes.has("password", at: end - 8, foldingCase: true)
        else { return nil }
        var position = end
        let lineEnd = bytes.lineEnd(end, most: 2048)
        func skipSpaces() { while position < lineEnd, TextBytes.isSpace(bytes[position]) { position += 1 } }
        // An escaped quote is a quote inside of a text inside of a text.
        if bytes[position] == UInt8(ascii: "\\"), isQuote(bytes[position + 1]) { position += 1 }
        let wasQuoted = isQuote(bytes[position])
        if wasQuoted { position += 1 }
        if bytes[position] == UInt8(ascii: "]") { position += 1 }
        let gap = position
        skipSpaces()
        switch bytes[position] {
        case UInt8(ascii: "="):
            guard bytes[position + 1] != UInt8(ascii: "=") else { return nil }
            position += bytes[position + 1] == UInt8(ascii: ">") ? 2 : 1
        case UInt8(ascii: ":"):
            position += bytes[position + 1] == UInt8(ascii: "=") ? 2 : 1
            skipAnnotation(bytes, &position, lineEnd)
        case UInt8(ascii: ",") where wasQuoted: position += 1
        case UInt8(ascii: ">") where position == gap: position += 1
        case UInt8(ascii: "i") where position > gap && bytes.has("is ", at: position) && !wasQuoted: position += 3
        case UInt8(ascii: "<") where bytes[position + 1] == UInt8(ascii: "/"):
            // The next cell of a table.
            guard let cell = cell(bytes, behind: position, lineEnd) else { return nil }
            position = cell
        default:
            // A command-line option and its value, or a word of a .netrc file.
            guard position > gap, !wasQuoted, isOption || bytes.has("password ", at: end - 8, foldingCase: true) else {
                return nil
            }
        }
        skipSpaces()
        return content(bytes, position, lineEnd)
    }

    /// Behind `</th><td>` and its like.
    private static func cell(_ bytes: TextBytes, behind start: Int, _ lineEnd: Int) -> Int? {
        var position = start
        var opens = false
        for _ in 0..<4 where bytes[position] == UInt8(ascii: "<") {
            opens = bytes.has("<td", at: position, foldingCase: true)
            while position < lineEnd, bytes[position] != UInt8(ascii: ">") { position += 1 }
            position += 1
            while position < lineEnd, TextBytes.isSpace(bytes[position]) { position += 1 }
        }
        return opens && position < lineEnd ? position : nil
    }

    /// `: str = ` between a Python name and its value.
    private static func skipAnnotation(_ bytes: TextBytes, _ position: inout Int, _ lineEnd: Int) {
        var probe = position
        while probe < lineEnd, TextBytes.isSpace(bytes[probe]) { probe += 1 }
        let start = probe
        while probe < lineEnd, isName(bytes[probe]) || [0x5B, 0x5D, 0x7C, 0x26].contains(bytes[probe]) { probe += 1 }
        guard probe > start else { return }
        while probe < lineEnd, TextBytes.isSpace(bytes[probe]) { probe += 1 }
        let next = bytes[probe + 1]
        if bytes[probe] == UInt8(ascii: "="), TextBytes.isSpace(next) || isQuote(next) { position = probe + 1 }
    }

    private static func content(_ bytes: TextBytes, _ start: Int, _ lineEnd: Int) -> (Range<Int>, Bool)? {
        var position = start
        // Prefixes of Python's texts.
        if "rbfu".utf8.contains(bytes[position] | 0x20), isQuote(bytes[position + 1]) { position += 1 }
        let isEscaped = bytes[position] == UInt8(ascii: "\\") && isQuote(bytes[position + 1])
        if isEscaped { position += 1 }
        guard isQuote(bytes[position]) else {
            var end = position
            while end < lineEnd, !isEnd(bytes[end]) { end += 1 }
            return end > position ? (position..<end, false) : nil
        }
        let quote = bytes[position]
        while bytes[position] == quote, position < lineEnd { position += 1 }
        var end = position
        while end < lineEnd, bytes[end] != quote, bytes[end] != UInt8(ascii: "\\") { end += 1 }
        guard bytes[end] == quote || isEscaped && bytes[end] == UInt8(ascii: "\\") else { return nil }
        return end > position ? (position..<end, true) : nil
    }

    /// What ends a value without quotes.
    private static func isEnd(_ byte: UInt8) -> Bool {
        byte <= 0x20 || isQuote(byte)
            || [
                UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "<"), UInt8(ascii: ")"), UInt8(ascii: "]"),
                UInt8(ascii: "}"),
                UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "\\"),
            ].contains(byte)
    }

    private static func isQuote(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`")
    }
}
