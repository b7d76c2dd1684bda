internal import CSystem
internal import CordonCore
internal import CordonFormats
internal import Synchronization

/// Separated values: RFC 4180 with any separator, read in blocks on every processor.
///
/// Rows with another number of fields are left out and told; fields that are not of their column's type are missing and
/// told.
final class CSVSource: TableSource {
    let format: String
    let fields: [Field]
    let rowCount: Int? = nil
    private let bytes: FileBytes
    private let separator: UInt8
    /// Where the rows begin.
    private let start: Int
    private let startLine: Int
    private let index: RowIndex

    /// Bytes of a block.
    static let blockBytes = 4 << 20
    /// Most bytes of one record.
    static let recordLimit = 64 << 20
    private static let sampleRows = 10_000
    static let problemLimit = 100

    /// Looks at the first block: separator, header, types.
    ///
    /// - Parameter asText: columns that stay text whatever they hold.
    init(_ bytes: FileBytes, separator given: UInt8? = nil, asText: Set<String> = []) throws(DatasetFailure) {
        self.bytes = bytes
        let head = try bytes.start(Self.blockBytes)
        if head.count >= 2, [[0xFF, 0xFE], [0xFE, 0xFF]].contains(Array(head[..<2])) {
            throw DatasetFailure(.malformed, "\(bytes.name): UTF-16; save it as UTF-8")
        }
        let mark = head.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let body = Array(head[mark...])
        separator = given ?? Self.guessSeparator(body)
        format = separator == 0x09 ? "TSV" : "CSV"
        let isWhole = head.count == bytes.byteCount
        let records = Self.sample(body, separator, isWhole: isWhole)
        guard let first = records.first else {
            throw DatasetFailure(.malformed, "\(bytes.name): no record in the first \(head.count) bytes")
        }
        let hasHeader = Self.isHeader(first.fields, records.dropFirst().map(\.fields))
        let names =
            hasHeader
            ? Self.unique(first.fields.map { String(decoding: $0, as: UTF8.self).trimmed })
            : first.fields.indices.map { "column\($0 + 1)" }
        let rows = hasHeader ? records.dropFirst().map(\.fields) : records.map(\.fields)
        start = mark + (hasHeader ? first.end : 0)
        startLine = hasHeader ? 1 + Self.lineCount(body.prefix(first.end)) : 1
        fields = names.enumerated().map { column, name in
            Field(
                name: name,
                type: asText.contains(name)
                    ? .text : Self.guessType(rows.lazy.filter { $0.count == names.count }.map { $0[column] }))
        }
        index = RowIndex()
    }

    func read(columns: [Int], _ body: (Batch) throws -> Bool) throws {
        var first = 0
        var problems = Problems()
        try blocks(from: Block(offset: start, line: startLine)) { block in
            self.parse(block, columns)
        } _: { result in
            var batch = try result.get()
            batch.firstRow = first
            first += batch.count
            problems.count(&batch)
            return batch.count == 0 && batch.problemCount == 0 ? true : try body(batch)
        }
    }

    func rows(_ rows: Range<Int>, columns: [Int]) throws -> [Batch]? {
        let known = try index.get {
            // One pass that only counts: rows per block.
            var entries: [RowIndex.Entry] = []
            var row = 0
            var block = Block(offset: start, line: startLine)
            var marks = Marks()
            while let next = try self.next(&block, &marks) {
                let batch = try parse(next, []).get()
                entries.append(RowIndex.Entry(offset: next.offset, line: next.line, firstRow: row, count: batch.count))
                row += batch.count
            }
            return entries
        }
        var found: [Batch] = []
        for entry in known where entry.firstRow < rows.upperBound && entry.firstRow + entry.count > rows.lowerBound {
            var block = Block(offset: entry.offset, line: entry.line)
            var marks = Marks()
            guard let next = try self.next(&block, &marks) else { continue }
            var batch = try parse(next, columns).get()
            batch.firstRow = entry.firstRow
            let low = max(rows.lowerBound, entry.firstRow) - entry.firstRow
            let high = min(rows.upperBound, entry.firstRow + entry.count) - entry.firstRow
            found.append(batch.slice(low, high - low))
        }
        return found
    }

    // MARK: Blocks

    /// Where a block begins; after `next`, where the one behind it does.
    private struct Block {
        var offset: Int
        var line: Int
    }

    /// Whole records, with the places where fields end.
    private struct Records: Sendable {
        let bytes: [UInt8]
        let marks: [UInt32]
        let offset: Int
        let line: Int
        /// Line feeds in the bytes, and those of them that end a record.
        let lines: Int
        let ends: Int
    }

    private struct Marks {
        var memory = [UInt32](repeating: 0, count: 1 << 16)
    }

    private func blocks(
        from start: Block, _ transform: @escaping @Sendable (Records) -> Result<Batch, DatasetFailure>,
        _ body: (Result<Batch, DatasetFailure>) throws -> Bool
    ) throws {
        var block = start
        var marks = Marks()
        try OrderedPipeline.run({ try next(&block, &marks) }, transform, body)
    }

    /// The records of the next block; `nil` at the end.
    private func next(_ block: inout Block, _ marks: inout Marks) throws(DatasetFailure) -> Records? {
        guard block.offset < bytes.byteCount else { return nil }
        var size = Self.blockBytes
        while true {
            let wanted = min(size, bytes.byteCount - block.offset)
            var content = try bytes.bytes(block.offset, wanted)
            let isLast = block.offset + wanted == bytes.byteCount
            // The last record may lack its line feed.
            if isLast, content.last != 0x0A { content.append(0x0A) }
            let count = Self.mark(content, separator, &marks.memory)
            let end = marks.memory[..<count].last { content[Int($0)] == 0x0A }
            guard let end else {
                if isLast {
                    throw DatasetFailure(.malformed, "\(bytes.name), line \(block.line): a quote that does not end")
                }
                size *= 4
                guard size <= Self.recordLimit else {
                    throw DatasetFailure(
                        .limit, "\(bytes.name), line \(block.line): a record of more than \(Self.recordLimit) bytes")
                }
                continue
            }
            let length = Int(end) + 1
            let kept = marks.memory[..<count].prefix { $0 <= end }
            if isLast, length < content.count {
                throw DatasetFailure(
                    .malformed,
                    "\(bytes.name), line \(block.line + Self.lineCount(content[..<length])): a quote that does not end")
            }
            if length < content.count { content.removeLast(content.count - length) }
            let records = Records(
                bytes: content, marks: Array(kept), offset: block.offset, line: block.line,
                lines: Self.lineCount(content[...]),
                ends: kept.count { content[Int($0)] == 0x0A })
            block.offset += length
            block.line += records.lines
            return records
        }
    }

    private static func lineCount(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.withUnsafeBufferPointer { buffer in buffer.reduce(into: 0) { $0 &+= $1 == 0x0A ? 1 : 0 } }
    }

    /// Marks the ends of fields; grows the memory as needed.
    private static func mark(_ bytes: [UInt8], _ separator: UInt8, _ marks: inout [UInt32]) -> Int {
        var isSlow = false
        while true {
            let count = bytes.withUnsafeBufferPointer { buffer in
                marks.withUnsafeMutableBufferPointer { marks in
                    isSlow
                        ? cordon_table_marks_slowly(
                            buffer.baseAddress, buffer.count, separator, marks.baseAddress, marks.count)
                        : cordon_table_marks(
                            buffer.baseAddress, buffer.count, separator, marks.baseAddress, marks.count)
                }
            }
            if count >= 0 { return count }
            if count == -1 { isSlow = true } else { marks = [UInt32](repeating: 0, count: marks.count * 2) }
        }
    }

    // MARK: Parsing

    private func parse(_ records: Records, _ columns: [Int]) -> Result<Batch, DatasetFailure> {
        if let batch = RegularBlock(records.bytes, records.marks, fields.count)?
            .batch(fields, columns, file: bytes.name, line: records.line, isSimple: records.lines == records.ends)
        {
            return .success(batch)
        }
        return parseSlowly(records, columns)
    }

    /// Any block: rows with other numbers of fields, empty lines.
    private func parseSlowly(_ records: Records, _ columns: [Int]) -> Result<Batch, DatasetFailure> {
        var builders = columns.map {
            ColumnBuilder(fields[$0].type, capacity: records.marks.count / max(1, fields.count) + 1)
        }
        var lines: [Int] = []
        var (problems, problemCount): ([RowProblem], Int) = ([], 0)
        func tell(_ line: Int, _ reason: String) {
            problemCount += 1
            if problems.count < Self.problemLimit {
                problems.append(RowProblem(file: bytes.name, place: "line \(line)", reason: reason))
            }
        }
        records.bytes.withUnsafeBytes { content in
            Self.forEachRecord(records, content) { line, start, ends in
                // An empty line is a record of one empty field.
                if ends.count == 1, ends[0] == start || (ends[0] == start + 1 && content[start] == 0x0D) { return }
                guard ends.count == fields.count else {
                    tell(line, "\(ends.count) fields where \(fields.count) were expected")
                    return
                }
                for (slot, column) in columns.enumerated() {
                    let from = column == 0 ? start : Int(ends[column - 1]) + 1
                    var to = Int(ends[column])
                    if column == fields.count - 1, to > from, content[to - 1] == 0x0D { to -= 1 }
                    if !Self.append(UnsafeRawBufferPointer(rebasing: content[from..<to]), &builders[slot]) {
                        let field = fields[column]
                        tell(line, "column '\(field.name)' holds something that is no \(field.type.description)")
                    }
                }
                lines.append(line)
            }
        }
        let isRegular = lines.enumerated().allSatisfy { $0.element == records.line + $0.offset }
        var batch = Batch(
            fields: columns.map { fields[$0] }, columns: builders.map { $0.finish() }, count: lines.count,
            file: bytes.name, places: isRegular ? .lines(from: records.line) : .lineList(lines))
        batch.problems = problems
        batch.problemCount = problemCount
        return .success(batch)
    }

    /// Calls `body` with every record: its line, where it starts, and where each of its fields ends.
    private static func forEachRecord(
        _ records: Records, _ content: UnsafeRawBufferPointer,
        _ body: (_ line: Int, _ start: Int, _ ends: UnsafeBufferPointer<UInt32>) -> Void
    ) {
        records.marks.withUnsafeBufferPointer { marks in
            var (at, start, line) = (0, 0, records.line)
            while at < marks.count {
                // The marks of one record end with a line feed.
                var last = at
                while content[Int(marks[last])] != 0x0A { last += 1 }
                body(line, start, UnsafeBufferPointer(rebasing: marks[at...last]))
                let end = Int(marks[last])
                line += 1
                if records.lines != records.ends { line += innerLines(content, start, end) }
                at = last + 1
                start = end + 1
            }
        }
    }

    private static func innerLines(_ content: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Int {
        var count = 0
        for index in start..<end where content[index] == 0x0A { count += 1 }
        return count
    }

    /// Adds a field; says whether it is of the column's type.
    private static func append(_ field: UnsafeRawBufferPointer, _ builder: inout ColumnBuilder) -> Bool {
        if field.count >= 2, field[0] == 0x22 { return appendQuoted(field, &builder) }
        switch builder.type {
        case .integer:
            if let number = TextNumber.integer(field) ?? TextNumber.integer(TextNumber.trimmed(field)) {
                builder.append(number)
                return true
            }
        case .real:
            if let number = TextNumber.real(field) ?? TextNumber.real(TextNumber.trimmed(field)) {
                builder.append(number)
                return true
            }
        case .boolean:
            if let truth = TextNumber.boolean(TextNumber.trimmed(field)) {
                builder.append(truth)
                return true
            }
        default:
            if field.count == 0 { builder.appendNull() } else { builder.append(field) }
            return true
        }
        builder.appendNull()
        return TextNumber.isMissing(TextNumber.trimmed(field))
    }

    /// A field in quotes: pairs of quotes stand for one.
    private static func appendQuoted(_ field: UnsafeRawBufferPointer, _ builder: inout ColumnBuilder) -> Bool {
        guard let content = unquoted(field) else {
            builder.appendNull()
            return false
        }
        return content.withUnsafeBytes { content in
            if case .text = builder.type {
                builder.append(content)
                return true
            }
            guard content.first != 0x22 else {
                builder.appendNull()
                return false
            }
            return append(content, &builder)
        }
    }

    /// What a quoted field holds; `nil` where something follows the closing quote.
    static func unquoted(_ field: UnsafeRawBufferPointer) -> [UInt8]? {
        var end = field.count
        while end > 1, field[end - 1] == 0x20 || field[end - 1] == 0x0D { end -= 1 }
        guard end >= 2, field[end - 1] == 0x22 else { return nil }
        var content: [UInt8] = []
        content.reserveCapacity(end)
        var index = 1
        while index < end - 1 {
            if field[index] == 0x22 {
                guard index + 1 < end - 1, field[index + 1] == 0x22 else { return nil }
                index += 1
            }
            content.append(field[index])
            index += 1
        }
        return content
    }
}

// MARK: Guessing

extension CSVSource {
    private struct Record {
        let fields: [[UInt8]]
        /// Offset past the record's line feed.
        let end: Int
        /// Lines that it takes.
        let lines: Int
    }

    /// The separator that the first line has most of.
    private static func guessSeparator(_ bytes: [UInt8]) -> UInt8 {
        let line = bytes.prefix(64 << 10).prefix { $0 != 0x0A }
        let counts = [0x2C, 0x09, 0x3B, 0x7C].map { separator in (separator, line.count { $0 == separator }) }
        let best = counts.max { $0.1 < $1.1 }
        return best.map { $0.1 > 0 ? UInt8($0.0) : 0x2C } ?? 0x2C
    }

    private static func sample(_ bytes: [UInt8], _ separator: UInt8, isWhole: Bool) -> [Record] {
        var content = bytes
        if isWhole, !content.isEmpty, content.last != 0x0A { content.append(0x0A) }
        var marks = [UInt32](repeating: 0, count: 1 << 16)
        let count = mark(content, separator, &marks)
        var records: [Record] = []
        var fields: [[UInt8]] = []
        var (start, from) = (0, 0)
        for mark in marks[..<count] {
            let to = Int(mark)
            var field = Array(content[from..<to])
            if content[to] == 0x0A, field.last == 0x0D { field.removeLast() }
            if field.count >= 2, field[0] == 0x22 { field = field.withUnsafeBytes { unquoted($0) } ?? field }
            fields.append(field)
            from = to + 1
            guard content[to] == 0x0A else { continue }
            if fields.count > 1 || !fields[0].isEmpty {
                records.append(Record(fields: fields, end: to + 1, lines: lineCount(content[start...to])))
            }
            fields = []
            start = to + 1
            if records.count > sampleRows { break }
        }
        return records
    }

    /// Whether the first record names the columns: every field has text, no two are alike, and none is a number.
    private static func isHeader(_ first: [[UInt8]], _ rest: [[[UInt8]]]) -> Bool {
        let names = first.map { String(decoding: $0, as: UTF8.self).trimmed }
        guard names.allSatisfy({ !$0.isEmpty }) || names.count(where: \.isEmpty) == 1 else { return false }
        guard Set(names).count == names.count else { return false }
        if first.contains(where: { $0.withUnsafeBytes { TextNumber.real(TextNumber.trimmed($0)) != nil } }) {
            return false
        }
        guard names.count == 1, let second = rest.first else { return true }
        // One column of text: a header is short and without spaces where the rows are not.
        return names[0].utf8.count <= 32 && !names[0].contains(" ") && second != first
    }

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.enumerated().map { index, name in
            var wanted = name.isEmpty ? "column\(index + 1)" : name
            while !seen.insert(wanted).inserted { wanted += "_2" }
            return wanted
        }
    }

    private static func guessType(_ values: some Sequence<[UInt8]>) -> ColumnType {
        var (canBeInteger, canBeReal, canBeBoolean, seen) = (true, true, true, false)
        for value in values {
            value.withUnsafeBytes { raw in
                let text = TextNumber.trimmed(raw)
                if TextNumber.isMissing(text) { return }
                seen = true
                if canBeInteger, TextNumber.integer(text) == nil { canBeInteger = false }
                if canBeReal, TextNumber.real(text) == nil { canBeReal = false }
                if canBeBoolean, TextNumber.boolean(text) == nil { canBeBoolean = false }
            }
            if !canBeInteger, !canBeReal, !canBeBoolean { return .text }
        }
        guard seen else { return .text }
        return canBeInteger ? .integer(bits: 64, isSigned: true) : canBeReal ? .real(bits: 64) : .boolean
    }
}

/// Where blocks of rows begin, found once.
final class RowIndex: Sendable {
    struct Entry: Sendable {
        let offset: Int
        let line: Int
        let firstRow: Int
        let count: Int
    }
    private let entries = Mutex<[Entry]?>(nil)

    func get(_ make: () throws -> [Entry]) throws -> [Entry] {
        try entries.withLock { entries in
            if let entries { return entries }
            let made = try make()
            entries = made
            return made
        }
    }
}

/// Keeps the first problems of a whole reading.
struct Problems {
    private var kept = 0

    /// Cuts a batch's list so that no more than the limit are kept in all.
    mutating func count(_ batch: inout Batch) {
        batch.problems = Array(batch.problems.prefix(max(0, CSVSource.problemLimit - kept)))
        kept += batch.problems.count
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        var part = self[...]
        while let first = part.first, first.isWhitespace { part.removeFirst() }
        while let last = part.last, last.isWhitespace { part.removeLast() }
        return String(part)
    }
}
