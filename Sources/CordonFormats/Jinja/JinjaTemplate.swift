internal import CordonCore

/// One step from a value to something that belongs to it: `.name`, `['name']`, `|attr('name')`, `map(attribute='name')`.
package struct JinjaAccess: Hashable, Sendable {
    /// How it is written.
    package enum Form: Hashable, Sendable { case attribute, subscripted, filter }
    /// How it is written.
    package let form: Form
    /// The name, constants folded; `nil` when it is computed from data.
    package let name: String?
    /// What it is taken from when that is a plain variable.
    package let base: String?
    /// Offset in the template, in bytes.
    package let offset: Int
}

/// What a Jinja template reaches for. The template is parsed, never rendered.
///
/// Constant strings are folded through `~`, `+`, `%`, subscripts and the usual filters, so that `'__cl' ~ 'ass__'`,
/// `'\x5f\x5f'` and `'%c' % 95` are seen as what they become.
package struct JinjaTemplate: Sendable {
    /// Every such step, at most 100,000.
    package private(set) var accesses: [JinjaAccess] = []
    /// Variables that are read, with the offset of the first use.
    package private(set) var variables: [String: Int] = [:]
    /// Functions and methods that are called, by last name.
    package private(set) var calls: [String: Int] = [:]
    /// Statement keywords with the offset of their first use.
    package private(set) var statements: [String: Int] = [:]
    /// Constant strings in the template that folding produced, for example pieces joined by `~`.
    package private(set) var foldedStrings: [(text: String, offset: Int)] = []
    /// Strings and names with a double underscore that look like pieces of an internal name.
    package private(set) var fragments: [(text: String, offset: Int)] = []
    /// The largest constant that a loop or a repetition is given.
    package private(set) var largestRepetition = 0
    /// Where the template stops being one.
    package private(set) var failure: Int?

    private var constants: [String: String] = [:]
    private var source: [UInt8] = []
    /// Bytes that folding may still produce: enough for honest templates, and a bound for the others.
    private var foldBudget = 1 << 20

    /// Parses a template of at most 1 MiB; more is cut and marked as a failure.
    ///
    /// - Complexity: O(n).
    package init(_ text: String) {
        var source = Array(text.utf8)
        if source.count > 1 << 20 {
            source.removeSubrange((1 << 20)...)
            failure = 1 << 20
        }
        self.source = source
        var lexer = JinjaLexer(source)
        let blocks = lexer.blocks()
        failure = failure ?? lexer.failure
        for (index, block) in blocks.enumerated() {
            take(block)
            if index + 1 < blocks.count { takeBody(of: block, before: blocks[index + 1]) }
        }
        self.source = []
    }

    /// Whether text contains template blocks at all.
    ///
    /// - Parameter behindDollar: whether `${{` opens one.
    package static func matches(_ bytes: RawSpan, behindDollar: Bool = true) -> Bool {
        if bytes.hasPair(0x7B, 0x25) && bytes.hasPair(0x25, 0x7D) { return true }
        guard bytes.hasPair(0x7D, 0x7D) else { return false }
        if behindDollar { return bytes.hasPair(0x7B, 0x7B) }
        var position = 0
        while let hit = bytes.firstIndex(of: 0x7B, from: position, to: bytes.byteCount) {
            if bytes.byte(at: hit + 1) == 0x7B {
                if bytes.byte(at: hit - 1) != UInt8(ascii: "$") { return true }
                position = hit + 2
            } else {
                position = hit + 1
            }
        }
        return false
    }

    private mutating func take(_ block: JinjaBlock) {
        var parser = JinjaParser(tokens: block.tokens, constants: constants, foldBudget: foldBudget)
        noteLiterals(block)
        if block.isStatement, let keyword = block.tokens.first, keyword.kind == .name {
            if statements[keyword.text] == nil { statements[keyword.text] = keyword.offset }
            parser.skip()
            if keyword.text == "set", block.tokens.count > 2, block.tokens[1].kind == .name,
                block.tokens[2].text == "="
            {
                parser.skip()
                parser.skip()
                let value = parser.parseAll()
                constants[block.tokens[1].text] = value.first?.constant
                merge(parser)
                return
            }
        }
        _ = parser.parseAll()
        merge(parser)
    }

    /// Names written as strings, wherever they stand: a loop, a macro's default or a dictionary may carry them to a
    /// subscript that nothing can follow.
    private mutating func noteLiterals(_ block: JinjaBlock) {
        for token in block.tokens where token.text.contains(ascii: "__") {
            guard foldedStrings.count < 10_000, fragments.count < 1000 else { return }
            let words = token.text.split { !($0.isLetter || $0.isNumber || $0 == "_") }
            for word in words where word.utf8.count > 3 {
                if word.hasPrefix("__"), word.hasSuffix("__"), word.utf8.count > 4 {
                    if token.kind == .string { foldedStrings.append((String(word.prefix(80)), token.offset)) }
                } else if word.contains("__") {
                    fragments.append((String(word.prefix(80)), token.offset))
                }
            }
        }
    }

    /// `{% set name %}text{% endset %}`: the text is a constant like any other.
    private mutating func takeBody(of block: JinjaBlock, before next: JinjaBlock) {
        guard block.isStatement, block.tokens.first?.text == "set", block.tokens.count >= 2,
            !block.tokens.contains(where: { $0.text == "=" }), next.tokens.first?.text == "endset",
            let start = next.tokens.first?.offset, start - block.end < 4096, block.end < start
        else { return }
        let body = source[block.end..<start].prefix { $0 != UInt8(ascii: "{") }
        let text = String(decoding: body.drop { $0 <= 0x20 }, as: UTF8.self)
        let trimmed = String(text.reversed().drop { $0.isWhitespace }.reversed())
        constants[block.tokens[1].text] = trimmed
        if trimmed.hasPrefix("__"), foldedStrings.count < 10_000 { foldedStrings.append((trimmed, block.end)) }
    }

    private mutating func merge(_ parser: JinjaParser) {
        if accesses.count < 100_000 { accesses += parser.accesses }
        variables.merge(parser.variables) { first, _ in first }
        calls.merge(parser.calls) { first, _ in first }
        if foldedStrings.count < 10_000 { foldedStrings += parser.folded }
        largestRepetition = max(largestRepetition, parser.largest)
        foldBudget = parser.foldBudget
        if parser.isTooDeep { failure = failure ?? 0 }
    }
}
