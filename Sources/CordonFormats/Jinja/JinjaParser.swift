/// The value of an expression as far as a reader cares: a constant string or integer, a list of constants, a name.
struct JinjaValue {
    var constant: String?
    var integer: Int?
    var list: [JinjaValue]?
    var variable: String?
    /// Taken from something by a key that is not known.
    var isComputed = false
    static let unknown = JinjaValue()
}

/// A precedence-climbing parser of Jinja expressions that folds constants and records what is reached for.
///
/// Tolerant: a token that fits nowhere is passed over, because the statement grammar (for, set, macro …) is a sequence
/// of expressions with words between them, and because a reader that stops can be made to stop.
struct JinjaParser {
    private let tokens: [JinjaToken]
    private let constants: [String: String]
    private var position = 0
    private var depth = 0
    private(set) var accesses: [JinjaAccess] = []
    private(set) var variables: [String: Int] = [:]
    private(set) var calls: [String: Int] = [:]
    private(set) var folded: [(text: String, offset: Int)] = []
    private(set) var isTooDeep = false
    /// Bytes that folding may still produce.
    private(set) var foldBudget: Int
    /// The largest constant that a loop or a repetition is given.
    private(set) var largest = 0

    private static let words: Set<String> = [
        "in", "not", "is", "and", "or", "if", "else", "recursive", "as", "import", "with", "without", "context",
        "ignore",
        "missing", "true", "false", "none", "True", "False", "None",
    ]

    init(tokens: [JinjaToken], constants: [String: String], foldBudget: Int) {
        self.tokens = tokens
        self.constants = constants
        self.foldBudget = foldBudget
    }

    mutating func skip() { position += 1 }

    /// Every expression to the end of the block.
    mutating func parseAll() -> [JinjaValue] {
        var values: [JinjaValue] = []
        while position < tokens.count {
            let before = position
            values.append(expression(0))
            if position == before { position += 1 }
        }
        return values
    }

    private var current: JinjaToken? { position < tokens.count ? tokens[position] : nil }

    private func isSymbol(_ text: String) -> Bool { current?.kind == .symbol && current?.text == text }

    private mutating func accept(_ text: String) -> Bool {
        guard isSymbol(text) else { return false }
        position += 1
        return true
    }

    // MARK: Operators

    private static let precedence: [String: Int] = [
        "if": 1, "else": 1, "or": 2, "and": 3, "in": 5, "is": 5, "not": 4, "==": 5, "!=": 5, "<": 5, ">": 5, "<=": 5,
        ">=": 5, "~": 6, "+": 7, "-": 7, "*": 8, "/": 8, "//": 8, "%": 8, "**": 9,
    ]

    private mutating func expression(_ minimum: Int) -> JinjaValue {
        guard depth < 128 else {
            isTooDeep = true
            position = tokens.count
            return .unknown
        }
        depth += 1
        defer { depth -= 1 }
        var left = unary()
        while let token = current, token.kind == .symbol || token.kind == .name,
            let level = Self.precedence[token.text], level > minimum
        {
            position += 1
            if token.text == "not" { continue }
            let right = expression(level)
            left = fold(token.text, left, right, token.offset)
        }
        return left
    }

    private mutating func fold(_ operation: String, _ a: JinjaValue, _ b: JinjaValue, _ offset: Int) -> JinjaValue {
        var result = JinjaValue.unknown
        guard foldBudget > 0 else { return result }
        switch operation {
        case "~":
            if let left = a.constant ?? a.integer.map(String.init), let right = b.constant ?? b.integer.map(String.init)
            {
                result.constant = left + right
            }
        case "+":
            if let left = a.constant, let right = b.constant { result.constant = left + right }
            if let left = a.list, let right = b.list, left.count + right.count < 4096 { result.list = left + right }
        case "*":
            if a.constant != nil || a.list != nil, let count = b.integer { largest = max(largest, count) }
            if let text = a.constant, let count = b.integer, (0...1024).contains(count), text.utf8.count * count < 65536
            {
                result.constant = String(repeating: text, count: count)
            }
        case "%":
            if let format = a.constant { result.constant = Self.format(format, b.list ?? [b]) }
        case "if", "or", "and", "else":
            result.constant = a.constant ?? b.constant
        default: break
        }
        if let left = a.integer, let right = b.integer { result.integer = Self.arithmetic(operation, left, right) }
        remember(result.constant, offset)
        return result
    }

    /// Integers beyond 63 bits become the largest one.
    private static func arithmetic(_ operation: String, _ a: Int, _ b: Int) -> Int? {
        func product(_ a: Int, _ b: Int) -> Int {
            let (result, overflow) = a.multipliedReportingOverflow(by: b)
            return overflow ? .max : result
        }
        switch operation {
        case "+":
            let (sum, overflow) = a.addingReportingOverflow(b)
            return overflow ? .max : sum
        case "*": return product(a, b)
        case "**": return (0...512).contains(b) ? (0..<b).reduce(1) { power, _ in product(power, a) } : .max
        default: return nil
        }
    }

    private mutating func remember(_ text: String?, _ offset: Int) {
        guard let text else { return }
        foldBudget -= text.utf8.count
        if text.utf8.count <= 4096, folded.count < 1000 { folded.append((text, offset)) }
    }

    private mutating func unary() -> JinjaValue {
        var negative = false
        while let token = current {
            if token.kind == .symbol, token.text == "-" || token.text == "+" {
                if token.text == "-" { negative.toggle() }
                position += 1
            } else if token.kind == .name, token.text == "not" {
                position += 1
            } else {
                break
            }
        }
        var value = postfix(primary())
        if negative { value.integer = value.integer.map { 0 &- $0 } }
        return value
    }

    // MARK: Operands

    private mutating func primary() -> JinjaValue {
        guard let token = current else { return .unknown }
        switch token.kind {
        case .string:
            position += 1
            var text = token.text
            // Adjacent literals join.
            while let next = current, next.kind == .string {
                text += next.text
                position += 1
            }
            return JinjaValue(constant: text)
        case .number:
            position += 1
            return JinjaValue(integer: Int(token.text))
        case .name:
            guard !Self.words.contains(token.text) else { return .unknown }
            position += 1
            if variables[token.text] == nil { variables[token.text] = token.offset }
            return JinjaValue(constant: constants[token.text], variable: token.text)
        case .symbol: return bracketed(token)
        case .end: return .unknown
        }
    }

    private mutating func bracketed(_ token: JinjaToken) -> JinjaValue {
        switch token.text {
        case "(":
            position += 1
            let values = list(until: ")")
            return values.count == 1 ? values[0] : JinjaValue(list: values)
        case "[":
            position += 1
            return JinjaValue(list: list(until: "]"))
        case "{":
            position += 1
            _ = list(until: "}")
            return .unknown
        default: return .unknown
        }
    }

    /// Values separated by anything, up to the closing bracket.
    private mutating func list(until closing: String) -> [JinjaValue] {
        var values: [JinjaValue] = []
        while position < tokens.count, !accept(closing) {
            let before = position
            let value = expression(0)
            if position == before {
                position += 1
            } else if values.count < 4096 {
                values.append(value)
            }
        }
        return values
    }

    // MARK: Postfixes

    private mutating func postfix(_ start: JinjaValue) -> JinjaValue {
        var value = start
        while let token = current, token.kind == .symbol {
            switch token.text {
            case ".":
                position += 1
                value = attribute(value, token.offset)
            case "[":
                position += 1
                value = item(value, list(until: "]"), token.offset)
            case "(":
                position += 1
                value = call(value, list(until: ")"), token.offset)
            case "|":
                position += 1
                value = filter(value, token.offset)
            default: return value
            }
        }
        return value
    }

    private var lastName: String? {
        guard let access = accesses.last else { return nil }
        return access.name
    }

    private mutating func attribute(_ base: JinjaValue, _ offset: Int) -> JinjaValue {
        guard let token = current, token.kind == .name || token.kind == .number else { return .unknown }
        position += 1
        note(.attribute, token.text, base, offset)
        if isSymbol("("), let text = base.constant ?? nil {
            position += 1
            let arguments = list(until: ")")
            if calls[token.text] == nil { calls[token.text] = offset }
            return transform(JinjaValue(constant: text), token.text, arguments, offset)
        }
        return JinjaValue(variable: nil)
    }

    private mutating func item(_ base: JinjaValue, _ keys: [JinjaValue], _ offset: Int) -> JinjaValue {
        if let key = keys.first?.constant {
            note(.subscripted, key, base, offset)
            return .unknown
        }
        if let index = keys.first?.integer {
            if let list = base.list, list.indices.contains(index) { return list[index] }
            if let text = base.constant, text.utf8.count <= 1024, index >= 0, index < text.count {
                foldBudget -= text.utf8.count
                return JinjaValue(constant: String(text[text.index(text.startIndex, offsetBy: index)]))
            }
        }
        // `text[::-1]`: a reversed constant.
        if let text = base.constant, keys.count == 1, keys[0].integer == -1, text.utf8.count <= 4096, foldBudget > 0 {
            let reversed = String(text.reversed())
            remember(reversed, offset)
            return JinjaValue(constant: reversed)
        }
        // A slice of a constant with known bounds.
        if let text = base.constant, keys.count == 2, let low = keys[0].integer, let high = keys[1].integer,
            text.utf8.count <= 4096, foldBudget > 0
        {
            let characters = Array(text)
            let start = min(max(0, low < 0 ? characters.count + low : low), characters.count)
            let end = min(max(start, high < 0 ? characters.count + high : high), characters.count)
            let slice = String(characters[start..<end])
            remember(slice, offset)
            return JinjaValue(constant: slice)
        }
        return JinjaValue(isComputed: keys.first?.integer == nil && keys.first?.variable != nil)
    }

    private mutating func call(_ callee: JinjaValue, _ arguments: [JinjaValue], _ offset: Int) -> JinjaValue {
        let name = callee.variable ?? lastName ?? ""
        if calls[name] == nil { calls[name] = offset }
        if name == "range", let bound = arguments.compactMap(\.integer).max() { largest = max(largest, bound) }
        // A value found by a name that came from elsewhere is called: the shape of every escape, and of no chat template.
        if callee.isComputed { note(.filter, nil, callee, offset) }
        if name == "attr", arguments.count == 1 { note(.filter, arguments[0].constant, .unknown, offset) }
        if name == "getattr" || name == "attr", arguments.count > 1 {
            note(.filter, arguments[1].constant, arguments[0], offset)
        }
        return .unknown
    }

    private mutating func filter(_ input: JinjaValue, _ offset: Int) -> JinjaValue {
        guard let token = current, token.kind == .name else { return .unknown }
        position += 1
        var arguments: [JinjaValue] = []
        var attributeArgument: String?
        if isSymbol("(") {
            let named = tokens.dropFirst(position + 1).prefix(2).map(\.text) == ["attribute", "="]
            position += 1
            arguments = list(until: ")")
            if named { attributeArgument = arguments.last?.constant }
        }
        if token.text == "attr" {
            note(.filter, arguments.first?.constant, input, offset)
            return .unknown
        }
        if let path = attributeArgument {
            for part in path.split(separator: ".") { note(.filter, String(part), input, offset) }
        } else if Self.attributeFilters.contains(token.text) {
            for path in arguments.compactMap(\.constant) {
                for part in path.split(separator: ".") where part.hasPrefix("_") {
                    note(.filter, String(part), input, offset)
                }
            }
        }
        return transform(input, token.text, arguments, offset)
    }

    /// Filters that take attributes of the items they are given.
    private static let attributeFilters: Set<String> = [
        "map", "select", "reject", "selectattr", "rejectattr", "groupby", "sum", "unique", "sort", "max", "min", "join",
        "dictsort",
    ]

    private mutating func note(_ form: JinjaAccess.Form, _ name: String?, _ base: JinjaValue, _ offset: Int) {
        guard accesses.count < 100_000 else { return }
        accesses.append(JinjaAccess(form: form, name: name, base: base.variable, offset: offset))
    }

    // MARK: Folding

    /// Filters and string methods whose result on constants is known.
    private mutating func transform(
        _ input: JinjaValue, _ name: String, _ arguments: [JinjaValue], _ offset: Int
    ) -> JinjaValue {
        var result = JinjaValue.unknown
        guard foldBudget > 0, (input.constant?.utf8.count ?? 0) <= 65536, (input.list?.count ?? 0) <= 4096 else {
            return result
        }
        foldBudget -= (input.constant?.utf8.count ?? 0) + (input.list?.count ?? 0)
        let first = arguments.first?.constant
        switch name {
        case "lower", "casefold": result.constant = input.constant?.lowercased()
        case "upper": result.constant = input.constant?.uppercased()
        case "string", "trim", "strip", "safe", "e", "escape", "default", "d":
            result.constant = input.constant ?? input.integer.map(String.init)
            result.list = input.list
        case "swapcase":
            result.constant = input.constant.map { text in
                text.map { $0.isUppercase ? $0.lowercased() : $0.uppercased() }.joined()
            }
        case "lstrip", "rstrip": result.constant = input.constant
        case "title", "capitalize": result.constant = input.constant?.lowercased()
        case "split":
            let separator = first?.first ?? " "
            result.list = input.constant?.split(separator: separator).map { JinjaValue(constant: String($0)) }
        case "reverse": result.constant = input.constant.map { String($0.reversed()) }
        case "list": result.list = input.list ?? input.constant?.prefix(4096).map { JinjaValue(constant: String($0)) }
        case "join":
            let parts = input.list ?? arguments.first?.list
            let texts = parts?.map { $0.constant ?? $0.integer.map(String.init) } ?? [nil]
            let separator = input.list == nil ? input.constant ?? "" : first ?? ""
            if !texts.contains(nil) { result.constant = texts.compactMap { $0 }.joined(separator: separator) }
        case "replace":
            if let text = input.constant, let first, arguments.count > 1, let second = arguments[1].constant {
                result.constant = Self.replace(text, first, second)
            }
        case "format":
            if let text = input.constant { result.constant = Self.format(text, arguments) }
        case "first": result.constant = input.list?.first?.constant ?? input.constant?.first.map(String.init)
        case "last": result.constant = input.list?.last?.constant ?? input.constant?.last.map(String.init)
        default: break
        }
        remember(result.constant, offset)
        return result
    }

    private static func replace(_ text: String, _ old: String, _ new: String) -> String? {
        guard !old.isEmpty, text.utf8.count < 4096 else { return nil }
        var result = ""
        var rest = Substring(text)
        while let found = String(rest).range(of: old) {
            let whole = String(rest)
            result += whole[..<found.lowerBound] + new
            rest = Substring(whole[found.upperBound...])
        }
        return result + rest
    }

    /// `%s`, `%d`, `%c` and `{}` with constant arguments.
    private static func format(_ format: String, _ arguments: [JinjaValue]) -> String? {
        var remaining = arguments[...]
        var result = ""
        var scalars = format.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            guard scalar == "%" || scalar == "{" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            guard let code = scalars.next() else { return result }
            if code == "%" || (scalar == "{" && code != "}") {
                result.unicodeScalars.append(scalar)
                if code != "%" { result.unicodeScalars.append(code) }
                continue
            }
            guard let argument = remaining.popFirst() else { return nil }
            if code == "c", let number = argument.integer, let character = Unicode.Scalar(UInt32(clamping: number)) {
                result.unicodeScalars.append(character)
            } else if let text = argument.constant ?? argument.integer.map(String.init) {
                result += text
            } else {
                return nil
            }
        }
        return result
    }
}
