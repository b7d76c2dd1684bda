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

    init(_ source: [UInt8]) {
        self.source = source
        // A byte order mark belongs to no name.
        if source.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    private func byte(_ offset: Int = 0) -> UInt8 {
        position + offset < source.count ? source[position + offset] : 0
    }

    /// The next statement, or `nil` at the end. Semicolons end statements too.
    mutating func next() -> PythonStatement? { next(atMost: .max) }

    /// The next statement, cut after some tokens.
    private mutating func next(atMost most: Int) -> PythonStatement? {
        var tokens: [PythonToken] = []
        var depth = 0
        var indent = 0
        while position < source.count, tokens.count < most {
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

    // MARK: Passing over

    /// What stands next: a statement with one of some words, or the indentation of one without.
    enum Piece {
        case told(PythonStatement)
        /// A class or a function whose parameters hold none; its first words.
        case defined(PythonStatement)
        case passed(indent: Int)
    }

    /// The next statement, taken apart only where it holds one of some words as a name or as a whole text; `nil` at the end.
    mutating func next(telling words: PythonWords) -> Piece? {
        let start = (position, line)
        let isBehind = isBehindSemicolon
        switch source.withUnsafeBufferPointer({ pass($0, words) }) {
        case .end: return nil
        case .passed(let indent, false): return .passed(indent: indent)
        case .passed(_, true):
            var head = self
            (head.position, head.line) = start
            head.isBehindSemicolon = isBehind
            return head.next(atMost: 12).map(Piece.defined)
        case .told:
            (position, line) = start
            isBehindSemicolon = isBehind
            return next().map(Piece.told)
        }
    }

    private enum Passing {
        case end, told
        case passed(indent: Int, isDefinition: Bool)
    }

    /// Goes to the end of a statement, or to the first of the words in it; as ``next()``, without making tokens.
    private mutating func pass(_ bytes: UnsafeBufferPointer<UInt8>, _ words: PythonWords) -> Passing {
        var (position, line) = (position, line)
        defer { (self.position, self.line) = (position, line) }
        var (depth, indent) = (0, 0)
        var (isEmpty, isDefinition) = (true, false)
        let count = bytes.count
        while position < count {
            let current = bytes[position]
            switch current {
            case 0x20, 0x09, 0x0C:
                if isEmpty { indent += current == 0x09 ? 8 : 1 }
                position += 1
            case 0x0D: position += 1
            case 0x0A:
                position += 1
                line += 1
                if depth == 0 {
                    if !isEmpty { return passed(indent, isDefinition, isBehindSemicolon: false) }
                    indent = 0
                    isBehindSemicolon = false
                }
            case UInt8(ascii: ";"):
                position += 1
                if depth == 0, !isEmpty { return passed(indent, isDefinition, isBehindSemicolon: true) }
            case UInt8(ascii: "#"):
                while position < count, bytes[position] != 0x0A { position += 1 }
            case UInt8(ascii: "\\"):
                if position + 1 < count, bytes[position + 1] == 0x0A { line += 1 }
                position += 2
            case UInt8(ascii: "'"), UInt8(ascii: "\""):
                isEmpty = false
                if words.contains(hash: Self.passString(bytes, &position, &line)) { return .told }
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
                isEmpty = false
                depth += 1
                position += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
                isEmpty = false
                depth = max(0, depth - 1)
                position += 1
            default:
                let isFirst = isEmpty
                isEmpty = false
                guard Self.isName(current) else {
                    position += 1
                    continue
                }
                var hash = PythonWords.start
                let start = position
                var isPlain = true
                while position < count, Self.isName(bytes[position]) || (0x30...0x39).contains(bytes[position]) {
                    hash = PythonWords.add(bytes[position], to: hash)
                    isPlain = isPlain && bytes[position] < 0x80
                    position += 1
                }
                // Python takes letters of other alphabets for their plain forms, and names may be in other codes than UTF-8.
                guard isPlain else { return .told }
                let isPrefix =
                    position - start <= 2 && position < count
                    && (bytes[position] == UInt8(ascii: "'") || bytes[position] == UInt8(ascii: "\""))
                if isPrefix { hash = Self.passString(bytes, &position, &line) }
                if isFirst, PythonWords.isDefinition(hash) { isDefinition = true }
                if words.contains(hash: hash) { return .told }
            }
        }
        return isEmpty ? .end : passed(indent, isDefinition, isBehindSemicolon: false)
    }

    private mutating func passed(_ indent: Int, _ isDefinition: Bool, isBehindSemicolon next: Bool) -> Passing {
        if !isBehindSemicolon { lineIndent = indent }
        isBehindSemicolon = next
        return .passed(indent: lineIndent, isDefinition: isDefinition)
    }

    /// Goes behind a string literal; the hash of its content as ``string(isFormatted:)`` would cut it.
    private static func passString(_ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ line: inout Int)
        -> UInt32
    {
        let count = bytes.count
        func byte(_ offset: Int) -> UInt8 { offset < count ? bytes[offset] : 0 }
        let quote = bytes[position]
        let isTriple = byte(position + 1) == quote && byte(position + 2) == quote
        position += isTriple ? 3 : 1
        var hash = PythonWords.start
        var length = 0
        while position < count {
            let current = bytes[position]
            if current == UInt8(ascii: "\\") {
                if byte(position + 1) == 0x0A { line += 1 }
                position += 2
                continue
            }
            if current == quote, !isTriple || (byte(position + 1) == quote && byte(position + 2) == quote) {
                position += isTriple ? 3 : 1
                break
            }
            if current == 0x0A {
                if !isTriple { break }
                line += 1
            }
            if length < 256 {
                hash = PythonWords.add(current, to: hash)
                length += 1
            }
            position += 1
        }
        return hash
    }

    private static func isName(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F || byte >= 0x80
    }
}
