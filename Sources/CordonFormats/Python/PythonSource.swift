/// A call that runs when a Python file is imported.
package struct PythonCall: Hashable, Sendable {
    /// The dotted name with imports resolved, for example `os.system` for `from os import system as s; s()`.
    package let name: String
    /// Counted from 1.
    package let line: Int
    /// All calls of the same statement, this one included.
    package let statement: Set<String>
}

/// What a Python file does as soon as it is imported.
///
/// A tolerant reader of tokens, indentation and imports (Python language reference, chapters 2 and 8): bodies of functions and
/// of `if __name__ == …` are passed over, everything else runs. Nothing is executed, and nothing but names is followed.
package struct PythonSource: Sendable {
    /// Calls at import time in order, at most 10,000.
    package private(set) var calls: [PythonCall] = []

    private struct Block {
        let indent: Int
        let isDeferred: Bool
    }
    private var blocks: [Block] = []
    /// Names that imports have bound.
    private var bound: [String: String] = [:]

    /// Whether text begins like Python: an import, a definition, a decorator or a docstring among its first lines.
    package static func matches(_ bytes: RawSpan) -> Bool {
        var position = 0
        for _ in 0..<40 {
            let end = bytes.firstIndex(of: 0x0A, from: position, to: bytes.byteCount) ?? bytes.byteCount
            guard position < end || end < bytes.byteCount else { return false }
            let isStart =
                switch bytes.byte(at: position) {
                case UInt8(ascii: "i"): bytes.hasBytes("import ", at: position)
                case UInt8(ascii: "f"): bytes.hasBytes("from ", at: position)
                case UInt8(ascii: "d"): bytes.hasBytes("def ", at: position)
                case UInt8(ascii: "c"): bytes.hasBytes("class ", at: position)
                case UInt8(ascii: "a"): bytes.hasBytes("async def ", at: position)
                case UInt8(ascii: "@"): true
                default: false
                }
            if isStart {
                let line = bytes.text(position..<end, limit: 200)
                return line.hasPrefix("from ") ? line.contains(" import ") : !line.hasSuffix(";") && !line.contains("{")
            }
            position = end + 1
        }
        return false
    }

    /// Reads a file of at most 4 MiB; the rest is left out.
    ///
    /// - Complexity: O(n).
    package static func read(_ bytes: RawSpan) -> PythonSource {
        var source = PythonSource()
        var lexer = PythonLexer(bytes.copy(at: 0, count: min(bytes.byteCount, 4 << 20)) ?? [])
        while let statement = lexer.next(), source.calls.count < 10_000 { source.take(statement) }
        return source
    }

    private mutating func take(_ statement: PythonStatement) {
        while let last = blocks.last, last.indent >= statement.indent { blocks.removeLast() }
        let isDeferred = blocks.contains { $0.isDeferred }
        let words = statement.tokens
        guard let first = words.first else { return }
        switch first.text {
        case "import": bindImport(words.dropFirst())
        case "from": bindFrom(words.dropFirst())
        default: break
        }
        if words.last?.text == ":"
            || ["def", "class", "if", "else", "elif", "try", "for", "while", "with", "async"].contains(first.text)
        {
            let isFunction = first.text == "def" || (first.text == "async" && words.dropFirst().first?.text == "def")
            let isMain = first.text == "if" && words.contains { $0.text == "__name__" }
            blocks.append(Block(indent: statement.indent, isDeferred: isFunction || isMain))
            if isFunction || isMain { return }
        }
        if !isDeferred { noteCalls(words) }
    }

    // MARK: Imports

    private mutating func bindImport(_ words: ArraySlice<PythonToken>) {
        for part in words.split(whereSeparator: { $0.text == "," }) {
            let (name, alias) = aliased(part)
            guard let top = name.split(separator: ".").first else { continue }
            bound[alias ?? String(top)] = alias == nil ? String(top) : name
        }
    }

    private mutating func bindFrom(_ words: ArraySlice<PythonToken>) {
        guard let index = words.firstIndex(where: { $0.text == "import" }) else { return }
        let module = words[..<index].map(\.text).joined()
        for part in words[(index + 1)...].filter({ $0.text != "(" && $0.text != ")" }).split(whereSeparator: {
            $0.text == ","
        }) {
            let (name, alias) = aliased(part)
            if bound.count < 100_000 { bound[alias ?? name] = module + "." + name }
        }
    }

    private func aliased(_ words: ArraySlice<PythonToken>) -> (name: String, alias: String?) {
        guard let index = words.firstIndex(where: { $0.text == "as" }), index + 1 < words.endIndex else {
            return (words.map(\.text).joined(), nil)
        }
        return (words[..<index].map(\.text).joined(), words[index + 1].text)
    }

    // MARK: Calls

    private mutating func noteCalls(_ words: [PythonToken]) {
        var found: [(String, Int)] = []
        var index = 0
        while index < words.count {
            guard words[index].kind == .name, !Self.keywords.contains(words[index].text) else {
                index += 1
                continue
            }
            let (name, end) = chain(words, index)
            if end < words.count, words[end].text == "(", found.count < 1000 { found.append((name, words[index].line)) }
            index = max(index + 1, end)
        }
        let all = Set(found.map(\.0))
        for (name, line) in found { calls.append(PythonCall(name: name, line: line, statement: all)) }
    }

    /// A dotted name with imports resolved; `__import__('m')`, `import_module('m')` and `getattr(x, 'n')` count as names.
    private func chain(_ words: [PythonToken], _ start: Int, depth: Int = 0) -> (name: String, end: Int) {
        var name = bound[words[start].text] ?? words[start].text
        var index = start + 1
        while index < words.count {
            if words[index].text == ".", index + 1 < words.count, words[index + 1].kind == .name {
                name += "." + words[index + 1].text
                index += 2
            } else if isImporter(name), let module = literal(words, index), index + 2 < words.count,
                words[index + 2].text == ")"
            {
                // Only when something is taken from it; the call itself is a name of its own otherwise.
                guard index + 3 < words.count, words[index + 3].text == "." else { return (name, index) }
                name = module
                index += 3
            } else if name == "getattr", depth < 16, let (value, end) = attribute(words, index, depth) {
                name = value
                index = end
            } else {
                break
            }
        }
        return (name, index)
    }

    private func isImporter(_ name: String) -> Bool { name == "__import__" || name.hasSuffix("import_module") }

    private func literal(_ words: [PythonToken], _ open: Int) -> String? {
        guard words[open].text == "(", open + 1 < words.count, words[open + 1].kind == .string else { return nil }
        return words[open + 1].text
    }

    private func attribute(_ words: [PythonToken], _ open: Int, _ depth: Int) -> (String, Int)? {
        guard words[open].text == "(", open + 1 < words.count, words[open + 1].kind == .name else { return nil }
        let (base, end) = chain(words, open + 1, depth: depth + 1)
        guard end + 2 < words.count, words[end].text == ",", words[end + 1].kind == .string, words[end + 2].text == ")"
        else {
            return nil
        }
        return (base + "." + words[end + 1].text, end + 3)
    }

    private static let keywords: Set<String> = [
        "if", "elif", "else", "for", "while", "with", "try", "except", "finally", "return", "yield", "in", "not", "and",
        "or", "is",
        "lambda", "import", "from", "as", "def", "class", "async", "await", "assert", "del", "raise", "pass", "global",
        "print",
    ]
}
