/// A token of a Python statement; the text of a string is its content.
struct PythonToken {
    enum Kind { case name, string, symbol }
    let kind: Kind
    let text: String
    let line: Int
    /// Whether other values are put into the text: a formatted string with a brace.
    var isFormatted = false
}

/// One logical line.
struct PythonStatement {
    let indent: Int
    let tokens: [PythonToken]
}

/// Cuts Python into logical lines: brackets, continuation lines, triple-quoted strings and comments are understood, numbers and
/// most symbols are passed over.
struct PythonLexer {
    private let source: [UInt8]
    private var position = 0
    private var line = 1
    /// The indentation of the line, for statements behind a semicolon.
    private var lineIndent = 0
    private var isBehindSemicolon = false

    init(_ source: [UInt8]) { self.source = source }

    private func byte(_ offset: Int = 0) -> UInt8 {
        position + offset < source.count ? source[position + offset] : 0
    }

    /// The next statement, or `nil` at the end. Semicolons end statements too.
    mutating func next() -> PythonStatement? {
        var tokens: [PythonToken] = []
        var depth = 0
        var indent = 0
        while position < source.count {
            let current = byte()
            switch current {
            case 0x20, 0x09, 0x0C:
                if tokens.isEmpty { indent += current == 0x09 ? 8 : 1 }
                position += 1
            case 0x0D: position += 1
            case 0x0A:
                position += 1
                line += 1
                if depth == 0 {
                    if !tokens.isEmpty { return statement(indent, tokens, isBehindSemicolon: false) }
                    indent = 0
                    isBehindSemicolon = false
                }
            case UInt8(ascii: ";"):
                position += 1
                if depth == 0, !tokens.isEmpty { return statement(indent, tokens, isBehindSemicolon: true) }
            case UInt8(ascii: "#"):
                while position < source.count, byte() != 0x0A { position += 1 }
            case UInt8(ascii: "\\"):
                if byte(1) == 0x0A { line += 1 }
                position += 2
            case UInt8(ascii: "'"), UInt8(ascii: "\""): tokens.append(string())
            default: token(current, &depth, &tokens)
            }
        }
        return tokens.isEmpty ? nil : statement(indent, tokens, isBehindSemicolon: false)
    }

    private mutating func statement(_ indent: Int, _ tokens: [PythonToken], isBehindSemicolon next: Bool)
        -> PythonStatement
    {
        if !isBehindSemicolon { lineIndent = indent }
        isBehindSemicolon = next
        return PythonStatement(indent: lineIndent, tokens: tokens)
    }

    private mutating func token(_ current: UInt8, _ depth: inout Int, _ tokens: inout [PythonToken]) {
        if Self.isName(current) {
            let start = position
            while Self.isName(byte()) || (0x30...0x39).contains(byte()) { position += 1 }
            let isPrefix = position - start <= 2 && (byte() == UInt8(ascii: "'") || byte() == UInt8(ascii: "\""))
            if isPrefix {
                let isFormatted = source[start..<position].contains { $0 | 0x20 == UInt8(ascii: "f") }
                return tokens.append(string(isFormatted: isFormatted))
            }
            append(.name, String(decoding: source[start..<position], as: UTF8.self), &tokens)
            return
        }
        if [UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{")].contains(current) { depth += 1 }
        if [UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}")].contains(current) { depth = max(0, depth - 1) }
        position += 1
        append(.symbol, String(UnicodeScalar(current)), &tokens)
    }

    /// Tokens of one statement beyond 100,000 are left out: nobody writes such statements by hand.
    private func append(_ kind: PythonToken.Kind, _ text: String, _ tokens: inout [PythonToken]) {
        if tokens.count < 100_000 { tokens.append(PythonToken(kind: kind, text: text, line: line)) }
    }

    /// A string literal, its content cut after 256 bytes.
    private mutating func string(isFormatted: Bool = false) -> PythonToken {
        let quote = byte()
        let startLine = line
        let isTriple = byte(1) == quote && byte(2) == quote
        position += isTriple ? 3 : 1
        var content: [UInt8] = []
        while position < source.count {
            let current = byte()
            if current == UInt8(ascii: "\\") {
                if byte(1) == 0x0A { line += 1 }
                position += 2
                continue
            }
            if current == quote, !isTriple || (byte(1) == quote && byte(2) == quote) {
                position += isTriple ? 3 : 1
                break
            }
            if current == 0x0A {
                if !isTriple { break }
                line += 1
            }
            if content.count < 256 { content.append(current) }
            position += 1
        }
        let text = String(decoding: content, as: UTF8.self)
        return PythonToken(
            kind: .string, text: text, line: startLine, isFormatted: isFormatted && content.contains(UInt8(ascii: "{")))
    }

    private static func isName(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F || byte >= 0x80
    }
}
