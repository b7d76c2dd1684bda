/// What Python source calls, with which arguments, and what runs as soon as it is imported.
///
/// A tolerant reader of tokens, indentation and imports (Python language reference, chapters 2, 7 and 8), for Python 2 and 3. Values are
/// followed through variables by what they were made from, in the order of the lines. Nothing is executed.
///
/// - Note: Not followed: names that are computed, values through functions' parameters, containers and attributes of objects.
package struct PythonSource: Sendable {
    /// Calls in order, at most 20,000.
    package private(set) var calls: [PythonCall] = []
    /// Settings in order, at most 20,000.
    package private(set) var settings: [PythonSetting] = []

    private struct Block {
        let indent: Int
        let isDeferred: Bool
        /// `class` or `def` with its name; `nil` for other blocks.
        let name: String?
    }
    private var blocks: [Block] = []
    /// Names that imports have bound.
    private var bound: [String: String] = [:]
    /// What variables were made from.
    private var origins: [String: Set<String>] = [:]
    /// Whether attributes are among ``origins``, by their whole dotted name.
    private var hasMembers = false
    /// What files with a literal name were made from.
    private var fileOrigins: [String: Set<String>] = [:]
    /// Constants of dictionaries, for calls that take them with `**`.
    private var entriesByName: [String: [(key: String, value: PythonArgument.Value)]] = [:]
    private var part = 0
    /// Words that are asked for; `nil` for all.
    private let telling: PythonWords?
    /// What a statement has to hold in order to be read: the words, and names that stand for them or were made by them.
    private var words: PythonWords

    private static let most = 20_000
    /// The longest dotted name in bytes that is followed; names that grow by being bound again and again end here.
    private static let longest = 1024

    /// An empty source.
    ///
    /// - Parameter words: read only statements that hold one of these as a name or as a whole text, or a variable that was made by such a
    ///   statement, and what gives the places their meaning: imports, classes and functions. `nil` reads everything, which takes about ten times as long.
    package init(telling words: PythonWords? = nil) { (telling, self.words) = (words, words ?? PythonWords([])) }

    /// Reads a file of at most 4 MiB; the rest is left out.
    ///
    /// - Parameter words: as for ``init(telling:)``.
    /// - Complexity: O(n).
    package static func read(_ bytes: RawSpan, telling words: PythonWords? = nil) -> PythonSource {
        var source = PythonSource(telling: words)
        source.read(bytes.copy(at: 0, count: min(bytes.byteCount, 4 << 20)) ?? [], part: 0)
        return source
    }

    /// Reads on, as if the text stood behind what was read before: imports and variables stay.
    ///
    /// - Parameter part: a number that calls and settings carry, for example that of a notebook's cell.
    package mutating func read(_ text: [UInt8], part: Int) {
        self.part = part
        blocks.removeAll()
        var lexer = PythonLexer(text)
        while calls.count < Self.most {
            guard telling != nil else {
                guard let statement = lexer.next() else { return }
                take(statement)
                continue
            }
            switch lexer.next(telling: words) {
            case .told(let statement): take(statement)
            case .defined(let statement):
                leaveBlocks(statement.indent)
                open(statement)
            case .passed(let indent): leaveBlocks(indent)
            case nil: return
            }
        }
    }

    private mutating func leaveBlocks(_ indent: Int) {
        while let last = blocks.last, last.indent >= indent { blocks.removeLast() }
    }

    private mutating func take(_ statement: PythonStatement) {
        leaveBlocks(statement.indent)
        let words = statement.tokens
        guard let first = words.first else { return }
        switch first.text {
        case "import" where first.kind == .name: return bindImport(words.dropFirst())
        case "from" where first.kind == .name: return bindFrom(words.dropFirst())
        default: break
        }
        open(statement)
        expression(words)
    }

    /// Goes into the block that a statement opens.
    private mutating func open(_ statement: PythonStatement) {
        let words = statement.tokens
        guard let first = words.first else { return }
        let isDefinition = ["def", "class", "async"].contains(first.text) && first.kind == .name
        let opens =
            words.last?.text == ":" || isDefinition
            || ["if", "else", "elif", "try", "for", "while", "with"].contains(first.text)
        guard opens else { return }
        let isFunction = first.text == "def" || (first.text == "async" && words.dropFirst().first?.text == "def")
        let isMain = first.text == "if" && words.contains { $0.text == "__name__" }
        // What stands behind the colon of the same line is deferred as well; defaults and bases are not worth the trouble.
        blocks.append(
            Block(
                indent: statement.indent, isDeferred: isFunction || isMain,
                name: isFunction || first.text == "class" ? header(words) : nil))
    }

    /// `def name` or `class name(bases)`.
    private func header(_ words: [PythonToken]) -> String {
        var text = ""
        for word in words.prefix(12) {
            if word.text == ":" { break }
            text += word.text == "class" || word.text == "def" ? word.text + " " : String(word.text.prefix(80))
            if word.kind == .name, text.hasPrefix("def "), text.count > 4 { break }
        }
        return text
    }

    // MARK: Imports

    private mutating func bindImport(_ words: ArraySlice<PythonToken>) {
        for part in words.split(whereSeparator: { $0.text == "," }) {
            let (name, alias) = aliased(part)
            guard let top = name.split(separator: ".").first else { continue }
            bind(alias ?? String(top), to: alias == nil ? String(top) : name)
        }
    }

    private mutating func bindFrom(_ words: ArraySlice<PythonToken>) {
        guard let index = words.firstIndex(where: { $0.text == "import" }) else { return }
        guard words[..<index].reduce(0, { $0 + $1.text.utf8.count }) <= Self.longest else { return }
        let module = words[..<index].map(\.text).joined()
        for part in words[(index + 1)...].filter({ $0.text != "(" && $0.text != ")" }).split(whereSeparator: {
            $0.text == ","
        }) {
            let (name, alias) = aliased(part)
            bind(alias ?? name, to: module + "." + name)
        }
    }

    /// Gives a name to what stands elsewhere.
    private mutating func bind(_ name: String, to path: String) {
        guard bound.count < 100_000, path.utf8.count <= Self.longest else { return }
        bound[name] = path
        if tells(path) { words.insert(name) }
    }

    /// Whether a dotted name has one of the words that are asked for.
    private func tells(_ path: String) -> Bool {
        guard let telling else { return true }
        return path.split(separator: ".").contains { telling.contains($0) }
    }

    private func aliased(_ words: ArraySlice<PythonToken>) -> (name: String, alias: String?) {
        guard let index = words.firstIndex(where: { $0.text == "as" }), index + 1 < words.endIndex else {
            return (words.map(\.text).joined(), nil)
        }
        return (words[..<index].map(\.text).joined(), words[index + 1].text)
    }

    // MARK: Expressions

    /// A call while its arguments are being read.
    private struct Found {
        let name: String
        let line: Int
        let open: Int
        let close: Int
    }

    private mutating func expression(_ words: [PythonToken]) {
        let closing = Self.closings(words)
        var found: [Found] = []
        var index = 0
        while index < words.count {
            guard words[index].kind == .name, !Self.keywords.contains(words[index].text) else {
                // What stands behind these is defined here, not called.
                let isDefinition = ["def", "class"].contains(words[index].text) && words[index].kind == .name
                index += isDefinition ? 2 : 1
                continue
            }
            let (name, end) = chain(words, index)
            if end < words.count, words[end].text == "(", words[end].kind == .symbol, found.count < 1000 {
                found.append(Found(name: name, line: words[index].line, open: end, close: closing[end]))
            }
            index = max(index + 1, end)
        }
        let isDeferred = blocks.contains { $0.isDeferred }
        let context = found.isEmpty ? [] : blocks.compactMap(\.name)
        let all = Set(found.map(\.name))
        for call in found {
            // Nobody writes statements of thousands of words by hand, and each call reads its arguments again.
            let arguments = words.count < 4000 ? arguments(words, call) : []
            for argument in arguments {
                if let keyword = argument.keyword { note(keyword, argument.value, argument.line, isAssigned: false) }
            }
            calls.append(
                PythonCall(
                    name: call.name, line: call.line, statement: all, arguments: arguments, isDeferred: isDeferred,
                    context: context, part: part))
            // `partial(f, …)` calls f with these arguments later on.
            if call.name == "functools.partial", case .name(let inner)? = arguments.first?.value {
                calls.append(
                    PythonCall(
                        name: inner, line: call.line, statement: all, arguments: Array(arguments.dropFirst()),
                        isDeferred: isDeferred, context: context, part: part))
            }
            remember(call.name, arguments, all)
        }
        entries(words)
        assignment(words, found)
    }

    /// For each opening bracket the place of its closing one; the end where there is none.
    private static func closings(_ words: [PythonToken]) -> [Int] {
        var result = [Int](repeating: words.count, count: words.count)
        var stack: [Int] = []
        for (index, word) in words.enumerated() where word.kind == .symbol {
            switch word.text {
            case "(", "[", "{": stack.append(index)
            case ")", "]", "}": if let open = stack.popLast() { result[open] = index }
            default: break
            }
        }
        return result
    }

    private func arguments(_ words: [PythonToken], _ call: Found) -> [PythonArgument] {
        var result: [PythonArgument] = []
        var (depth, start) = (0, call.open + 1)
        let end = min(call.close, words.count)
        var index = start
        while index <= end, result.count < 64 {
            let text = index < end && words[index].kind == .symbol ? words[index].text : ""
            if index == end || depth == 0 && text == "," {
                if start < index { result += expanded(Array(words[start..<index])) }
                start = index + 1
            }
            if ["(", "[", "{"].contains(text) { depth += 1 }
            if [")", "]", "}"].contains(text) { depth -= 1 }
            index += 1
        }
        return result
    }

    /// An argument, or those that a dictionary behind `**` gives.
    private func expanded(_ words: [PythonToken]) -> [PythonArgument] {
        guard words.count > 2, words[0].text == "*", words[1].text == "*", words[0].kind == .symbol else {
            return [argument(words)]
        }
        let line = words[0].line
        let rest = Array(words.dropFirst(2))
        let known = rest.count == 1 ? entriesByName[rest[0].text] ?? [] : Self.constants(rest)
        return known.map { PythonArgument(keyword: $0.key, value: $0.value, line: line, origins: []) }
            + [PythonArgument(keyword: "**", value: .other, line: line, origins: origins(of: rest))]
    }

    /// Constants of a dictionary: `{"key": True}` or `dict(key=True)`.
    private static func constants(_ words: [PythonToken]) -> [(key: String, value: PythonArgument.Value)] {
        var result: [(key: String, value: PythonArgument.Value)] = []
        guard words.count > 3 else { return [] }
        for index in 1..<(words.count - 2) where words[index + 1].text == ":" || words[index + 1].text == "=" {
            let (key, value) = (words[index], words[index + 2])
            guard key.kind != .symbol, value.kind == .name || value.kind == .string, result.count < 64 else { continue }
            let isConstant = value.kind == .name && ["True", "False", "None"].contains(value.text)
            result.append(
                (
                    key.text,
                    value.kind == .string ? .text(value.text) : isConstant ? .constant(value.text) : .name(value.text)
                ))
        }
        return result
    }

    private func argument(_ words: [PythonToken]) -> PythonArgument {
        let line = words.first?.line ?? 0
        if words.count >= 3, words[0].kind == .name, words[1].text == "=", words[2].text != "=" {
            let rest = Array(words.dropFirst(2))
            return PythonArgument(
                keyword: words[0].text, value: value(rest), line: line, origins: origins(of: rest),
                program: Self.program(rest))
        }
        return PythonArgument(
            keyword: nil, value: value(words), line: line, origins: origins(of: words), program: Self.program(words))
    }

    /// The first text of a list of several items.
    private static func program(_ words: [PythonToken]) -> String? {
        guard words.count > 3, words[0].kind == .symbol, words[0].text == "[", words[1].kind == .string,
            !words[1].isFormatted, words[2].kind == .symbol, words[2].text == ","
        else { return nil }
        return words[1].text
    }

    private func value(_ words: [PythonToken]) -> PythonArgument.Value {
        guard let first = words.first else { return .other }
        if first.text == "[" || first.text == "(", first.kind == .symbol, words.count > 2 {
            let inner = words.dropFirst().dropLast()
            if inner.contains(where: { $0.kind == .string }),
                inner.allSatisfy({ $0.kind == .string && !$0.isFormatted || $0.text == "," })
            {
                return .texts(inner.filter { $0.kind == .string }.map(\.text))
            }
        }
        let hasText = words.contains { $0.kind == .string }
        if hasText {
            let strings = words.filter { $0.kind == .string }
            if strings.count == words.count {
                if strings.contains(where: \.isFormatted) { return .composed }
                return .text(strings.map(\.text).joined())
            }
            let isSum = words.contains { $0.kind == .symbol && ["+", "%"].contains($0.text) }
            let formats = words.contains { $0.kind == .name && ["format", "join"].contains($0.text) }
            if isSum || formats || words.contains(where: \.isFormatted) { return .composed }
            return .other
        }
        guard first.kind == .name else { return .other }
        if words.count == 1, ["True", "False", "None"].contains(first.text) { return .constant(first.text) }
        let (name, end) = chain(words, 0)
        if end == words.count { return .name(name) }
        // A call of `str` or a sum of names is put together as well.
        return words.contains { $0.kind == .symbol && $0.text == "+" } ? .composed : .other
    }

    /// What an expression is made from: calls in it, and the origins of its variables.
    private func origins(of words: [PythonToken]) -> Set<String> {
        var result: Set<String> = []
        var index = 0
        while index < words.count, result.count < 64 {
            let word = words[index]
            if word.kind == .string, let known = fileOrigins[word.text] { result.formUnion(known) }
            guard word.kind == .name, !Self.keywords.contains(word.text) else {
                index += 1
                continue
            }
            if let known = origins[word.text], index == 0 || words[index - 1].text != "." { result.formUnion(known) }
            let (name, end) = chain(words, index)
            if hasMembers { result.formUnion(memberOrigins(name)) }
            let next = end < words.count && words[end].kind == .symbol ? words[end].text : ""
            if next == "(", Self.measures.contains(name) {
                index = Self.closing(words, end)
                continue
            }
            if next == "(" || Self.isRequest(name) || name == "os.environ" && next != "[" { result.insert(name) }
            index = max(index + 1, end)
        }
        return result
    }

    /// What gives a number or a yes, of which nothing can be run.
    private static let measures: Set<String> = ["len", "int", "float", "bool", "isinstance", "hasattr", "range", "id"]

    /// The place behind the bracket that closes the one at a place. O(words).
    private static func closing(_ words: [PythonToken], _ open: Int) -> Int {
        var depth = 0
        for index in open..<words.count where words[index].kind == .symbol {
            switch words[index].text {
            case "(", "[", "{": depth += 1
            case ")", "]", "}":
                depth -= 1
                if depth == 0 { return index + 1 }
            default: break
            }
        }
        return words.count
    }

    /// What attributes on the way of a dotted name were made from.
    private func memberOrigins(_ name: String) -> Set<String> {
        var result: Set<String> = []
        var dots = 0
        for index in name.indices.dropFirst() where name[index] == "." {
            dots += 1
            guard dots > 1, dots < 5, let known = origins[String(name[..<index])] else { continue }
            result.formUnion(known)
        }
        if dots > 0, let known = origins[name] { result.formUnion(known) }
        return result
    }

    /// What a web server was asked, read without a call.
    private static func isRequest(_ name: String) -> Bool {
        guard name.hasPrefix("request.") || name.hasPrefix("flask.request.") else { return false }
        let plain = name.hasPrefix("flask.") ? name.dropFirst(6) : name[...]
        return [
            "request.args", "request.form", "request.json", "request.data", "request.values", "request.GET",
            "request.POST",
        ]
        .contains { plain == $0 || plain.hasPrefix($0 + ".") }
    }

    // MARK: Values that stay

    private mutating func assignment(_ words: [PythonToken], _ found: [Found]) {
        guard !words.isEmpty else { return }
        // `with call(...) as name`, `for name in …`, `name := …` bind as well.
        if ["with", "async"].contains(words[0].text) {
            for (index, word) in words.enumerated()
            where word.text == "as" && word.kind == .name && index + 1 < words.count {
                bind(words[index + 1].text, Array(words[..<index]))
            }
        }
        var depth = 0
        for (index, word) in words.enumerated() where word.kind == .symbol {
            if ["(", "[", "{"].contains(word.text) { depth += 1 }
            if [")", "]", "}"].contains(word.text) { depth -= 1 }
            guard word.text == "=", depth == 0, index > 0, index + 1 < words.count else { continue }
            let before = words[index - 1].text
            guard words[index + 1].text != "=", !["=", "!", "<", ">"].contains(before) else { continue }
            let rest = Array(words[(index + 1)...])
            target(Array(words[..<index]), rest)
            return
        }
    }

    private mutating func target(_ words: [PythonToken], _ rest: [PythonToken]) {
        guard let first = words.first, first.kind == .name else { return }
        let (name, end) = chain(words, 0)
        let isAnnotated = end < words.count && words[end].text == ":"
        let isAugmented = end < words.count && ["+", "|"].contains(words[end].text)
        if end == words.count || isAnnotated {
            note(name, value(rest), first.line, isAssigned: true)
        } else if words[end].text == "[", end + 1 < words.count, words[end + 1].kind == .string {
            note(name + "." + words[end + 1].text, value(rest), first.line, isAssigned: true)
        }
        // An attribute is one of its own; an entry belongs to what it is an entry of.
        let isEntry = end < words.count && words[end].text == "["
        if name.contains("."), end == words.count || isAnnotated || isAugmented || isEntry {
            return bind(name, rest, adding: isAugmented || isEntry, member: words[max(0, end - 1)].text)
        }
        if isEntry { return bind(first.text, rest, adding: true) }
        for word in words where word.kind == .name && !Self.keywords.contains(word.text) {
            bind(word.text, rest, adding: isAugmented)
            if end != words.count { continue }
            break
        }
    }

    /// - Parameter member: for an attribute, its own name.
    private mutating func bind(
        _ name: String, _ words: [PythonToken], adding: Bool = false, member: String? = nil
    ) {
        guard origins.count < 100_000, name.utf8.count <= Self.longest else { return }
        let made = origins(of: words).filter { telling?.carries($0) ?? true }
        if words.first?.text == "{" || words.first?.text == "dict" {
            let constants = Self.constants(words)
            entriesByName[name] = constants.isEmpty ? nil : constants
            if !constants.isEmpty { self.words.insert(member ?? name) }
        }
        if adding {
            if !made.isEmpty { origins[name, default: []].formUnion(made) }
        } else {
            origins[name] = made.isEmpty ? nil : made
        }
        if !made.isEmpty {
            self.words.insert(member ?? name)
            if member != nil { hasMembers = true }
        }
        // `load = torch.load` is another name for it.
        if words.first?.kind == .name, member == nil, bound.count < 100_000 {
            let (value, end) = chain(words, 0)
            if end == words.count, value.contains(".") { bind(name, to: value) }
        }
    }

    /// Files that a call writes: `urlretrieve(url, "name")`, `open("name", "wb").write(…)`.
    private mutating func remember(_ name: String, _ arguments: [PythonArgument], _ statement: Set<String>) {
        guard fileOrigins.count < 10_000 else { return }
        let last = name.split(separator: ".").last.map(String.init) ?? name
        if ["urlretrieve", "download", "retrieve", "download_file", "cached_download", "wget"].contains(last) {
            for argument in arguments.dropFirst() {
                if case .text(let path) = argument.value {
                    fileOrigins[path, default: []].insert(name)
                    words.insert(path)
                }
                if case .name(let variable) = argument.value {
                    origins[variable, default: []].insert(name)
                    words.insert(variable)
                }
            }
        }
        if last == "write" || last == "write_bytes" || last == "write_text" || last == "copyfileobj" {
            let made = arguments.reduce(into: Set<String>()) { $0.formUnion($1.origins) }
            guard !made.isEmpty else { return }
            for path in openedForWriting {
                fileOrigins[path, default: []].formUnion(made)
                words.insert(path)
            }
        }
        if name == "open" || last == "Path" || last == "open", case .text(let path)? = arguments.first?.value {
            openedForWriting = [path]
        }
    }
    private var openedForWriting: [String] = []

    /// What a file with a literal name was made from, as far as the source says.
    package func origins(ofFile path: String) -> Set<String> { fileOrigins[path] ?? [] }

    /// `"key": value` in a dictionary.
    private mutating func entries(_ words: [PythonToken]) {
        guard words.count > 2 else { return }
        for index in 0..<(words.count - 2)
        where words[index].kind == .string && words[index + 1].text == ":" && words[index + 1].kind == .symbol {
            let next = words[index + 2]
            guard next.kind == .name || next.kind == .string else { continue }
            let value: PythonArgument.Value =
                next.kind == .string
                ? .text(next.text)
                : ["True", "False", "None"].contains(next.text) ? .constant(next.text) : .name(next.text)
            note(words[index].text, value, words[index].line, isAssigned: false)
        }
    }

    private mutating func note(_ name: String, _ value: PythonArgument.Value, _ line: Int, isAssigned: Bool) {
        guard settings.count < Self.most, value != .other else { return }
        settings.append(PythonSetting(name: name, value: value, line: line, part: part, isAssigned: isAssigned))
    }

    // MARK: Names

    /// A dotted name with imports resolved; `__import__('m')`, `import_module('m')` and `getattr(x, 'n')` count as names.
    private func chain(_ words: [PythonToken], _ start: Int, depth: Int = 0) -> (name: String, end: Int) {
        let isMember = start > 0 && words[start - 1].text == "." && words[start - 1].kind == .symbol
        var name = isMember ? "." + words[start].text : bound[words[start].text] ?? words[start].text
        var index = start + 1
        while index < words.count {
            if words[index].text == ".", words[index].kind == .symbol, index + 1 < words.count,
                words[index + 1].kind == .name
            {
                if name.utf8.count <= Self.longest { name += "." + words[index + 1].text }
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
        guard end + 2 < words.count, words[end].text == "," else { return nil }
        // A text, or a sum of texts.
        var name = ""
        var index = end + 1
        while index + 1 < words.count, words[index].kind == .string, name.utf8.count < 256 {
            name += words[index].text
            index += 1
            if words[index].text == "+", words[index].kind == .symbol { index += 1 }
        }
        guard !name.isEmpty, words[index].text == ")" else { return nil }
        return (base + "." + name, index + 1)
    }

    private static let keywords: Set<String> = [
        "if", "elif", "else", "for", "while", "with", "try", "except", "finally", "return", "yield", "in", "not", "and",
        "or", "is",
        "lambda", "import", "from", "as", "def", "class", "async", "await", "assert", "del", "raise", "pass", "global",
        "print",
    ]
}
