/// One token of a Jinja expression or statement.
struct JinjaToken: Hashable {
    enum Kind: Hashable {
        case name, string, number, symbol
        /// Ends an expression block or statement.
        case end
    }
    let kind: Kind
    let text: String
    let offset: Int
}

/// One `{{ … }}` or `{% … %}` block.
struct JinjaBlock {
    let isStatement: Bool
    let tokens: [JinjaToken]
    /// Offset past the block's closing delimiter.
    let end: Int
}

/// Cuts a Jinja template into blocks and tokens. Source: Jinja 3.1 template documentation, "Synopsis" and "Expressions".
struct JinjaLexer {
    private let source: [UInt8]
    private var position = 0
    /// Offset of a block that does not end or a character that cannot be.
    private(set) var failure: Int?

    init(_ source: [UInt8]) { self.source = source }

    /// Every block in order; comments and raw sections are passed over as the template engine does.
    mutating func blocks() -> [JinjaBlock] {
        var result: [JinjaBlock] = []
        while let start = nextOpening() {
            switch source[start + 1] {
            case UInt8(ascii: "#"):
                guard let end = find("#}", from: start + 2) else {
                    failure = failure ?? start
                    return result
                }
                position = end + 2
            default:
                position = start + 2
                // Whitespace control belongs to the opening.
                if position < source.count, [UInt8(ascii: "-"), UInt8(ascii: "+")].contains(source[position]) {
                    position += 1
                }
                let isStatement = source[start + 1] == UInt8(ascii: "%")
                let tokens = tokens(until: isStatement ? UInt8(ascii: "%") : UInt8(ascii: "}"))
                result.append(JinjaBlock(isStatement: isStatement, tokens: tokens, end: position))
                if isStatement, tokens.first?.text == "raw" { skipRaw() }
            }
        }
        return result
    }

    private mutating func nextOpening() -> Int? {
        while position + 1 < source.count {
            if source[position] == UInt8(ascii: "{"), [0x7B, 0x25, 0x23].contains(source[position + 1]) {
                return position
            }
            position += 1
        }
        return nil
    }

    private func find(_ text: StaticString, from start: Int) -> Int? {
        let (first, second) = (text.utf8Start[0], text.utf8Start[1])
        var index = start
        while index + 1 < source.count {
            if source[index] == first, source[index + 1] == second { return index }
            index += 1
        }
        return nil
    }

    private mutating func skipRaw() {
        while let start = find("{%", from: position) {
            position = start + 2
            var probe = start + 2
            while probe < source.count, [0x20, 0x2D, 0x2B, 0x0A, 0x09, 0x0B, 0x0C, 0x0D].contains(source[probe]) {
                probe += 1
            }
            if source[probe...].starts(with: "endraw".utf8) {
                position = (find("%}", from: probe) ?? source.count - 2) + 2
                return
            }
        }
        position = source.count
    }

    /// Tokens up to `%}` or `}}` outside strings and brackets.
    private mutating func tokens(until closing: UInt8) -> [JinjaToken] {
        var result: [JinjaToken] = []
        var braces = 0
        while position < source.count {
            var byte = source[position]
            // Whitespace control belongs to the closing.
            if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+"), position + 2 < source.count,
                source[position + 1] == closing, source[position + 2] == UInt8(ascii: "}"),
                closing == UInt8(ascii: "%") || braces == 0
            {
                position += 1
                byte = closing
            }
            if byte == closing, position + 1 < source.count, source[position + 1] == UInt8(ascii: "}"),
                closing == UInt8(ascii: "%") || braces == 0
            {
                position += 2
                return result
            }
            if byte == UInt8(ascii: "{") { braces += 1 }
            if byte == UInt8(ascii: "}") { braces -= 1 }
            if let token = token(byte) { result.append(token) }
        }
        failure = failure ?? position
        return result
    }

    private mutating func token(_ byte: UInt8) -> JinjaToken? {
        let start = position
        switch byte {
        case 0x20, 0x09...0x0D:
            position += 1
            return nil
        case UInt8(ascii: "'"), UInt8(ascii: "\""):
            return JinjaToken(kind: .string, text: string(byte), offset: start)
        case 0x30...0x39:
            advance { (0x30...0x39).contains($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x65 }
            return JinjaToken(kind: .number, text: text(start), offset: start)
        case 0x41...0x5A, 0x61...0x7A, 0x5F, 0x80...:
            advance { Self.isNameByte($0) }
            return JinjaToken(kind: .name, text: text(start), offset: start)
        default:
            let pair = source[start..<min(start + 2, source.count)]
            let isPair = ["**", "//", "==", "!=", "<=", ">="].contains { pair.elementsEqual($0.utf8) }
            position += isPair ? 2 : 1
            return JinjaToken(kind: .symbol, text: text(start), offset: start)
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F
            || byte >= 0x80
    }

    private mutating func advance(while condition: (UInt8) -> Bool) {
        while position < source.count, condition(source[position]) { position += 1 }
    }

    private func text(_ start: Int) -> String { String(decoding: source[start..<position], as: UTF8.self) }

    /// A string literal with Python's escapes resolved.
    private mutating func string(_ quote: UInt8) -> String {
        position += 1
        var raw: [UInt8] = [UInt8(ascii: "'")]
        while position < source.count, source[position] != quote {
            if source[position] == UInt8(ascii: "\\"), position + 1 < source.count {
                raw.append(source[position])
                position += 1
            }
            raw.append(source[position])
            position += 1
        }
        position += 1
        raw.append(UInt8(ascii: "'"))
        let unicode = PickleText.rawUnicodeEscape(raw)
        return unicode.utf8.contains(UInt8(ascii: "\\"))
            ? PickleText.stringEscape(Array(unicode.utf8)).fixingLatin1()
            : String(unicode.dropFirst().dropLast()).fixingLatin1()
    }
}

extension String {
    /// Undoes the reading of UTF-8 bytes as Latin-1, when that is what happened.
    fileprivate func fixingLatin1() -> String {
        guard unicodeScalars.allSatisfy({ $0.value < 0x100 }) else { return self }
        let bytes = unicodeScalars.map { UInt8($0.value) }
        return String(validating: bytes, as: UTF8.self) ?? self
    }
}
