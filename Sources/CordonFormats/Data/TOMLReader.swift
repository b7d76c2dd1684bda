/// TOML 1.0 with the line of every value. Bounded in depth and number of values; nothing is executed or fetched.
///
/// Source: toml.io/en/v1.0.0. Dates and numbers stay text; their grammar is checked only as far as where they end.
/// Own code because lock files are hostile input and findings name lines, which object loaders do not keep.
package struct TOMLReader {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var valueCount = 0
    private var depth = 0
    private static let depthLimit = 64

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// An array of tables in the making; a class, so that adding one does not copy the others.
    private final class TableArray {
        var tables: [Table]
        init(_ first: Table) { tables = [first] }
    }

    /// A table in the making.
    private final class Table {
        enum Entry {
            case value(DataNode)
            case table(Table)
            case array(TableArray)
        }
        var keys: [String] = []
        var entries: [String: Entry] = [:]
        let line: Int
        /// Whether a header named it, after which it may not be named again.
        var isNamed = false
        /// Whether dotted keys made it, after which no header may name it.
        var isDotted = false

        init(line: Int) { self.line = line }

        func set(_ key: String, _ entry: Entry) {
            if entries[key] == nil { keys.append(key) }
            entries[key] = entry
        }

        var node: DataNode {
            DataNode(.map(keys.map { DataNode.Member(key: $0, value: content(entries[$0])) }), line: line)
        }

        private func content(_ entry: Entry?) -> DataNode {
            switch entry {
            case .value(let node): node
            case .table(let table): table.node
            case .array(let array): DataNode(.list(array.tables.map(\.node)), line: array.tables.first?.line ?? line)
            case nil: DataNode(.null, line: line)
            }
        }
    }

    /// Reads a text. O(n).
    package static func parse(_ bytes: [UInt8]) throws(DataFailure) -> DataNode {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw DataFailure(line: 0, reason: "not UTF-8 text")
        }
        var reader = TOMLReader(bytes)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.position = 3 }
        return try reader.document()
    }

    private mutating func document() throws(DataFailure) -> DataNode {
        let root = Table(line: 1)
        var current = root
        while true {
            skipBlank()
            guard let byte = peek else { return root.node }
            if byte == UInt8(ascii: "[") {
                current = try header(root)
            } else {
                try keyValue(current)
            }
            try endOfLine()
        }
    }

    // MARK: Tables

    private mutating func header(_ root: Table) throws(DataFailure) -> Table {
        position += 1
        let isArray = peek == UInt8(ascii: "[")
        if isArray { position += 1 }
        let path = try key()
        for _ in 0..<(isArray ? 2 : 1) {
            skipSpace()
            guard take(UInt8(ascii: "]")) else { throw failure("']' expected at the end of a table's name") }
        }
        var table = root
        for part in path.dropLast() { table = try step(table, part) }
        let last = path[path.count - 1]
        let fresh = Table(line: line)
        fresh.isNamed = true
        try count()
        if isArray {
            switch table.entries[last] {
            case nil: table.set(last, .array(TableArray(fresh)))
            case .array(let array): array.tables.append(fresh)
            default: throw failure("'\(last)' is not an array of tables")
            }
            return fresh
        }
        switch table.entries[last] {
        case nil:
            table.set(last, .table(fresh))
            return fresh
        case .table(let existing) where !existing.isNamed && !existing.isDotted:
            existing.isNamed = true
            return existing
        default: throw failure("the table '\(last)' is there already")
        }
    }

    private func step(_ table: Table, _ key: String) throws(DataFailure) -> Table {
        switch table.entries[key] {
        case .table(let next): return next
        case .array(let array): return array.tables[array.tables.count - 1]
        case .value: throw failure("'\(key)' is a value, not a table")
        case nil:
            let next = Table(line: line)
            table.set(key, .table(next))
            return next
        }
    }

    private mutating func keyValue(_ table: Table) throws(DataFailure) {
        let path = try key()
        skipSpace()
        guard take(UInt8(ascii: "=")) else { throw failure("'=' expected after a key") }
        var target = table
        for part in path.dropLast() {
            if case .array = target.entries[part] { throw failure("'\(part)' is an array, not a table") }
            let isNew = target.entries[part] == nil
            target = try step(target, part)
            if isNew { target.isDotted = true }
        }
        let last = path[path.count - 1]
        guard target.entries[last] == nil else { throw failure("the key '\(last)' is there already") }
        skipSpace()
        target.set(last, .value(try value()))
    }

    private mutating func key() throws(DataFailure) -> [String] {
        var path: [String] = []
        repeat {
            skipSpace()
            path.append(try simpleKey())
            guard path.count <= Self.depthLimit else { throw failure("a key of more than \(Self.depthLimit) parts") }
            skipSpace()
        } while take(UInt8(ascii: "."))
        return path
    }

    private mutating func simpleKey() throws(DataFailure) -> String {
        switch peek {
        case UInt8(ascii: "\""): return try basicString()
        case UInt8(ascii: "'"): return try literalString()
        default:
            let start = position
            while let byte = peek, Self.isBare(byte) { position += 1 }
            guard position > start else { throw failure("a key expected") }
            return text(start, position)
        }
    }

    private static func isBare(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    // MARK: Values

    private mutating func value() throws(DataFailure) -> DataNode {
        try count()
        let start = line
        switch peek {
        case UInt8(ascii: "\""):
            return DataNode(.text(hasTriple(0x22) ? try multiline(0x22) : try basicString()), line: start)
        case UInt8(ascii: "'"):
            return DataNode(.text(hasTriple(0x27) ? try multiline(0x27) : try literalString()), line: start)
        case UInt8(ascii: "["): return try nested { reader throws(DataFailure) in try reader.array() }
        case UInt8(ascii: "{"): return try nested { reader throws(DataFailure) in try reader.inlineTable() }
        default: return try plain()
        }
    }

    private mutating func nested(
        _ body: (inout TOMLReader) throws(DataFailure) -> DataNode
    ) throws(DataFailure) -> DataNode {
        guard depth < Self.depthLimit else { throw failure("nested deeper than \(Self.depthLimit)") }
        depth += 1
        let node = try body(&self)
        depth -= 1
        return node
    }

    private mutating func array() throws(DataFailure) -> DataNode {
        let start = line
        position += 1
        var elements: [DataNode] = []
        while true {
            skipBlank()
            if take(UInt8(ascii: "]")) { return DataNode(.list(elements), line: start) }
            elements.append(try value())
            skipBlank()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "]")) else { throw failure("',' or ']' expected in an array") }
            return DataNode(.list(elements), line: start)
        }
    }

    /// Line breaks and a comma at the end are accepted, as TOML 1.1 does: writers of lock files differ.
    private mutating func inlineTable() throws(DataFailure) -> DataNode {
        let table = Table(line: line)
        position += 1
        while true {
            skipBlank()
            if take(UInt8(ascii: "}")) { return table.node }
            try keyValue(table)
            skipBlank()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else { throw failure("',' or '}' expected in an inline table") }
            return table.node
        }
    }

    private mutating func plain() throws(DataFailure) -> DataNode {
        let start = position
        while let byte = peek, Self.isBare(byte) || [0x2B, 0x2E, 0x3A].contains(byte) { position += 1 }
        // A date and a time may stand apart by one space.
        if position - start == 10, bytes[start + 4] == 0x2D, peek == 0x20, position + 2 < bytes.count,
            (0x30...0x39).contains(bytes[position + 1])
        {
            position += 1
            while let byte = peek, Self.isBare(byte) || [0x2E, 0x3A, 0x2B].contains(byte) { position += 1 }
        }
        let word = text(start, position)
        switch word {
        case "true": return DataNode(.boolean(true), line: line)
        case "false": return DataNode(.boolean(false), line: line)
        default:
            let digits = word.drop { $0 == "+" || $0 == "-" }
            guard digits.utf8.first.map({ (0x30...0x39).contains($0) }) ?? false || digits == "inf" || digits == "nan"
            else { throw failure("a value expected") }
            return DataNode(.plain(word.replacing("_", with: "")), line: line)
        }
    }

    // MARK: Strings

    private func hasTriple(_ quote: UInt8) -> Bool {
        position + 2 < bytes.count && bytes[position + 1] == quote && bytes[position + 2] == quote
    }

    private mutating func basicString() throws(DataFailure) -> String {
        position += 1
        var result: [UInt8] = []
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: result, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(&result)
            case 0x0A: throw failure("a string that does not end on its line")
            default: result.append(byte)
            }
        }
        throw failure("a string that does not end")
    }

    private mutating func literalString() throws(DataFailure) -> String {
        position += 1
        let start = position
        while let byte = peek {
            if byte == 0x0A { break }
            position += 1
            if byte == UInt8(ascii: "'") { return text(start, position - 1) }
        }
        throw failure("a string that does not end on its line")
    }

    private mutating func multiline(_ quote: UInt8) throws(DataFailure) -> String {
        position += 3
        if peek == 0x0D { position += 1 }
        if peek == 0x0A { newline() }
        var result: [UInt8] = []
        while let byte = peek {
            if byte == quote, hasTriple(quote) {
                position += 3
                // Up to two quotes may stand before the closing three.
                for _ in 0..<2 where peek == quote {
                    result.append(quote)
                    position += 1
                }
                return String(decoding: result, as: UTF8.self)
            }
            if byte == 0x0A { line += 1 }
            position += 1
            if byte == UInt8(ascii: "\\"), quote == 0x22 {
                if skipLineEnd() { continue }
                try escape(&result)
            } else {
                result.append(byte)
            }
        }
        throw failure("a string that does not end")
    }

    /// A backslash at the end of a line removes the break and the white space that follows.
    private mutating func skipLineEnd() -> Bool {
        var ahead = position
        while ahead < bytes.count, [0x20, 0x09, 0x0D].contains(bytes[ahead]) { ahead += 1 }
        guard ahead < bytes.count, bytes[ahead] == 0x0A else { return false }
        position = ahead
        while let byte = peek, [0x20, 0x09, 0x0D, 0x0A].contains(byte) {
            if byte == 0x0A { newline() } else { position += 1 }
        }
        return true
    }

    private mutating func escape(_ result: inout [UInt8]) throws(DataFailure) {
        guard let byte = peek else { throw failure("a string that does not end") }
        position += 1
        switch byte {
        case UInt8(ascii: "b"): result.append(0x08)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "n"): result.append(0x0A)
        case UInt8(ascii: "f"): result.append(0x0C)
        case UInt8(ascii: "r"): result.append(0x0D)
        case UInt8(ascii: "e"): result.append(0x1B)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): result.append(byte)
        case UInt8(ascii: "x"): try scalar(2, &result)
        case UInt8(ascii: "u"): try scalar(4, &result)
        case UInt8(ascii: "U"): try scalar(8, &result)
        default: throw failure("an escape that TOML does not have")
        }
    }

    private mutating func scalar(_ count: Int, _ result: inout [UInt8]) throws(DataFailure) {
        guard position + count <= bytes.count, let number = UInt32(text(position, position + count), radix: 16),
            let scalar = Unicode.Scalar(number)
        else { throw failure("an escape that names no character") }
        position += count
        result += UTF8.encode(scalar).map { Array($0) } ?? []
    }

    // MARK: Bytes

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func text(_ start: Int, _ end: Int) -> String { String(decoding: bytes[start..<end], as: UTF8.self) }

    private func failure(_ reason: String) -> DataFailure { DataFailure(line: line, reason: reason) }

    private mutating func count() throws(DataFailure) {
        valueCount += 1
        guard valueCount <= DataNode.valueLimit else { throw failure("more than \(DataNode.valueLimit) values") }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func newline() {
        position += 1
        line += 1
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x09 { position += 1 }
    }

    private mutating func skipBlank() {
        while let byte = peek {
            switch byte {
            case 0x20, 0x09, 0x0D: position += 1
            case 0x0A: newline()
            case UInt8(ascii: "#"):
                while let byte = peek, byte != 0x0A { position += 1 }
            default: return
            }
        }
    }

    private mutating func endOfLine() throws(DataFailure) {
        skipSpace()
        if peek == UInt8(ascii: "#") { while let byte = peek, byte != 0x0A { position += 1 } }
        if peek == 0x0D { position += 1 }
        guard let byte = peek else { return }
        guard byte == 0x0A else { throw failure("the end of the line expected") }
        newline()
    }
}
