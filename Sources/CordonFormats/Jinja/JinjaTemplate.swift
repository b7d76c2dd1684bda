/// One step from a value to something that belongs to it: `.name`, `['name']`, `|attr('name')`, `map(attribute='name')`.
package struct JinjaAccess: Hashable, Sendable {
    package enum Form: Hashable, Sendable { case attribute, subscripted, filter }
    package let form: Form
    /// The name, constants folded; `nil` when it is computed from data.
    package let name: String?
    /// What it is taken from when that is a plain variable.
    package let base: String?
    package let offset: Int
}

/// What a Jinja template reaches for. The template is parsed, never rendered.
///
/// Constant strings are folded through `~`, `+`, `%`, subscripts and the usual filters, so that `'__cl' ~ 'ass__'`,
/// `'\x5f\x5f'` and `'%c' % 95` are seen as what they become.
package struct JinjaTemplate: Sendable {
    package private(set) var accesses: [JinjaAccess] = []
    /// Variables that are read, with the offset of the first use.
    package private(set) var variables: [String: Int] = [:]
    /// Functions and methods that are called, by last name.
    package private(set) var calls: [String: Int] = [:]
    /// Statement keywords with the offset of their first use.
    package private(set) var statements: [String: Int] = [:]
    /// Constant strings in the template that folding produced, for example pieces joined by `~`.
    package private(set) var foldedStrings: [(text: String, offset: Int)] = []
    /// The largest constant that a loop or a repetition is given.
    package private(set) var largestRepetition = 0
    /// Where the template stops being one.
    package private(set) var failure: Int?

    private var constants: [String: String] = [:]

    /// Parses a template of at most 1 MiB; more is cut and marked as a failure.
    ///
    /// - Complexity: O(n).
    package init(_ text: String) {
        var source = Array(text.utf8)
        if source.count > 1 << 20 {
            source.removeSubrange((1 << 20)...)
            failure = 1 << 20
        }
        var lexer = JinjaLexer(source)
        let blocks = lexer.blocks()
        failure = failure ?? lexer.failure
        for block in blocks { take(block) }
    }

    /// Whether text contains template blocks at all.
    package static func matches(_ bytes: RawSpan) -> Bool {
        let end = bytes.byteCount
        return
            (bytes.firstRange(of: [0x7B, 0x25], from: 0, to: end) != nil
            && bytes.firstRange(of: [0x25, 0x7D], from: 0, to: end) != nil)
            || (bytes.firstRange(of: [0x7B, 0x7B], from: 0, to: end) != nil
                && bytes.firstRange(of: [0x7D, 0x7D], from: 0, to: end) != nil)
    }

    private mutating func take(_ block: JinjaBlock) {
        var parser = JinjaParser(tokens: block.tokens, constants: constants)
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

    private mutating func merge(_ parser: JinjaParser) {
        if accesses.count < 100_000 { accesses += parser.accesses }
        variables.merge(parser.variables) { first, _ in first }
        calls.merge(parser.calls) { first, _ in first }
        if foldedStrings.count < 10_000 { foldedStrings += parser.folded }
        largestRepetition = max(largestRepetition, parser.largest)
        if parser.isTooDeep { failure = failure ?? 0 }
    }
}
