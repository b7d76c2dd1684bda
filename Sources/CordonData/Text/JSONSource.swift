internal import CordonCore
internal import CordonFormats
internal import Glibc

/// JSON: one object a line, or one array of objects. Lines are read in blocks on every processor.
///
/// Lines that are no objects are left out and told. Values that are objects or lists, such as a chat's messages, are kept
/// as JSON text; lists of numbers become lists.
final class JSONSource: TableSource {
    let format: String
    let fields: [Field]
    let rowCount: Int?
    private let bytes: FileBytes
    private let isArray: Bool
    /// For an array: the whole document.
    private let document: JSONDocument?
    private let index = RowIndex()

    private static let wholeLimit = 1 << 30
    private static let lineLimit = 64 << 20
    private static let sampleRows = 2_000
    /// Most values, present or not, in one batch: short lines may lack most of many columns.
    private static let cellLimit = 1 << 20
    private var mostRows: Int { min(8192, max(1, Self.cellLimit / max(1, fields.count))) }

    init(_ bytes: FileBytes, asText: Set<String> = []) throws(DatasetFailure) {
        self.bytes = bytes
        let head = try bytes.start(4 << 20)
        let first = head.first { ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
        var samples: [JSONValue] = []
        if first == 0x5B {
            isArray = true
            let parsed: JSONDocument
            do {
                parsed = try JSONDocument.parse(bytes.whole(limit: Self.wholeLimit))
            } catch let failure as DatasetFailure { throw failure } catch {
                throw DatasetFailure(.malformed, "\(bytes.name): \(error)")
            }
            document = parsed
            samples = Array(parsed.root.elements.prefix(Self.sampleRows))
            rowCount = nil
            format = "JSON"
        } else {
            isArray = false
            document = nil
            rowCount = nil
            format = "JSON Lines"
            for line in head.split(separator: 0x0A).prefix(Self.sampleRows) {
                if let parsed = try? JSONDocument.parse(ByteView(copying: Array(line))), parsed.root.isObject {
                    samples.append(parsed.root)
                }
            }
            if samples.isEmpty, !head.isEmpty {
                // One object that spans lines: a table of one row.
                guard head.count < bytes.byteCount || (try? JSONDocument.parse(ByteView(copying: head))) == nil else {
                    throw DatasetFailure(
                        .malformed,
                        "\(bytes.name): one JSON value, but no rows: neither an array nor objects line by line")
                }
                throw DatasetFailure(
                    .malformed, "\(bytes.name): no line of the first \(head.count) bytes is a JSON object")
            }
        }
        fields = Self.guess(samples, asText)
    }

    func read(columns: [Int], _ body: (Batch) throws -> Bool) throws {
        var first = 0
        var problems = Problems()
        func give(_ result: Batch) throws -> Bool {
            var batch = result
            batch.firstRow = first
            first += batch.count
            problems.count(&batch)
            return batch.count == 0 && batch.problemCount == 0 ? true : try body(batch)
        }
        if let document {
            let elements = document.root.elements
            for start in stride(from: 0, to: elements.count, by: mostRows) {
                let part = elements[start..<min(elements.count, start + mostRows)].enumerated().map {
                    ($0.offset + start, $0.element)
                }
                guard
                    try give(
                        batch(
                            part.map { (place: $0.0, value: $0.1) }, columns, unit: "element", raw: .rows(from: start)))
                else { return }
            }
            return
        }
        var (offset, line) = (0, 1)
        try OrderedPipeline.run(
            { try self.next(&offset, &line) }, { block in self.parse(block, columns) }, { try give($0) })
    }

    func rows(_ rows: Range<Int>, columns: [Int]) throws -> [Batch]? {
        guard document == nil else { return nil }
        let known = try index.get {
            var (offset, line, row): (Int, Int, Int) = (0, 1, 0)
            var entries: [RowIndex.Entry] = []
            while let block = try next(&offset, &line) {
                let batch = parse(block, [])
                entries.append(
                    RowIndex.Entry(offset: block.offset, line: block.line, firstRow: row, count: batch.count))
                row += batch.count
            }
            return entries
        }
        var found: [Batch] = []
        for entry in known where entry.firstRow < rows.upperBound && entry.firstRow + entry.count > rows.lowerBound {
            var (offset, line) = (entry.offset, entry.line)
            guard let block = try next(&offset, &line) else { continue }
            var batch = parse(block, columns)
            batch.firstRow = entry.firstRow
            let low = max(rows.lowerBound, entry.firstRow) - entry.firstRow
            let high = min(rows.upperBound, entry.firstRow + entry.count) - entry.firstRow
            found.append(batch.slice(low, high - low))
        }
        return found
    }

    // MARK: Blocks

    /// Whole lines.
    private struct Block: Sendable {
        let bytes: ByteView
        let offset: Int
        let line: Int
    }

    private func next(_ offset: inout Int, _ line: inout Int) throws(DatasetFailure) -> Block? {
        guard offset < bytes.byteCount else { return nil }
        var size = 2 << 20
        while true {
            let wanted = min(size, bytes.byteCount - offset)
            var content = try bytes.bytes(offset, wanted)
            let isLast = offset + wanted == bytes.byteCount
            guard isLast || content.contains(0x0A) else {
                guard size < Self.lineLimit else {
                    throw DatasetFailure(.limit, "\(bytes.name), line \(line): longer than \(Self.lineLimit) bytes")
                }
                size = min(size * 4, Self.lineLimit)
                continue
            }
            if !isLast, let end = content.lastIndex(of: 0x0A) { content.removeLast(content.count - end - 1) }
            if let end = Self.end(of: mostRows, in: content) { content.removeLast(content.count - end) }
            let block = Block(bytes: ByteView(copying: content), offset: offset, line: line)
            offset += content.count
            line += content.withUnsafeBufferPointer { $0.reduce(into: 0) { $0 &+= $1 == 0x0A ? 1 : 0 } }
            return block
        }
    }

    /// Where so many lines end; `nil` where there are no more.
    private static func end(of lines: Int, in content: [UInt8]) -> Int? {
        content.withUnsafeBytes { bytes in
            var (start, seen) = (0, 0)
            while let base = bytes.baseAddress, start < bytes.count,
                let found = memchr(base + start, 0x0A, bytes.count - start)
            {
                start = UnsafeRawPointer(found) - base + 1
                seen += 1
                if seen == lines { return start }
            }
            return nil
        }
    }

    private func parse(_ block: Block, _ columns: [Int]) -> Batch {
        var rows: [(place: Int, value: JSONValue)] = []
        var (problems, count): ([RowProblem], Int) = ([], 0)
        var (start, line) = (0, block.line)
        while start < block.bytes.count {
            let end =
                block.bytes.withSpan { $0.firstIndex(of: 0x0A, from: start, to: block.bytes.count) }
                ?? block.bytes.count
            defer {
                start = end + 1
                line += 1
            }
            guard let part = block.bytes.part(offset: start, count: end - start) else { continue }
            let isBlank = part.withSpan { span in
                (0..<span.byteCount).allSatisfy { [0x20, 0x09, 0x0D].contains(span.byte(at: $0) ?? 0) }
            }
            if isBlank { continue }
            var reason = "no JSON object"
            do {
                let document = try JSONDocument.parse(part)
                if document.root.isObject {
                    rows.append((line, document.root))
                    continue
                }
            } catch { reason = "\(error.reason) at byte \(error.offset) of the line" }
            count += 1
            if problems.count < CSVSource.problemLimit {
                problems.append(RowProblem(file: bytes.name, place: "line \(line)", reason: reason))
            }
        }
        var result = batch(rows, columns, unit: "line", raw: .lineList(rows.map(\.place)))
        result.problems = problems + result.problems
        result.problemCount += count
        return result
    }

    // MARK: Columns

    private func batch(
        _ rows: [(place: Int, value: JSONValue)], _ columns: [Int], unit: String, raw places: Batch.Places
    ) -> Batch {
        var (problems, count): ([RowProblem], Int) = ([], 0)
        let values = values(rows.map(\.value), columns)
        let made = columns.enumerated().map { slot, index -> Column in
            let field = fields[index]
            let own = rows.indices.map { (rows[$0].place, values[$0 * columns.count + slot]) }
            return column(own, field) { place, reason in
                count += 1
                if problems.count < CSVSource.problemLimit {
                    problems.append(RowProblem(file: bytes.name, place: "\(unit) \(place)", reason: reason))
                }
            }
        }
        var batch = Batch(
            fields: columns.map { fields[$0] }, columns: made, count: rows.count, file: bytes.name, places: places)
        batch.problems = problems
        batch.problemCount = count
        return batch
    }

    /// What each row has for each column, found in one pass over its keys; of equal keys the last counts.
    private func values(_ rows: [JSONValue], _ columns: [Int]) -> [JSONValue?] {
        var slots: [String: Int] = [:]
        for (slot, column) in columns.enumerated() { slots[fields[column].name] = slot }
        var found = [JSONValue?](repeating: nil, count: rows.count * columns.count)
        for (row, value) in rows.enumerated() {
            value.forEachMember { name, value in
                if let slot = slots[name] { found[row * columns.count + slot] = value }
                return true
            }
        }
        return found
    }

    private func column(
        _ values: [(Int, JSONValue?)], _ field: Field, _ tell: (Int, String) -> Void
    ) -> Column {
        if case .list(let element, _) = field.type { return list(values, field, element, tell) }
        var builder = ColumnBuilder(field.type, capacity: values.count)
        for (place, value) in values {
            guard let value, !value.isNull else {
                builder.appendNull()
                continue
            }
            switch field.type {
            case .boolean where value.boolean != nil: builder.append(value.boolean ?? false)
            case .integer where value.integer != nil: builder.append(Int64(value.integer ?? 0))
            case .real where value.double != nil: builder.append(value.double ?? 0)
            case .text: builder.append(value.string ?? String(decoding: value.source, as: UTF8.self))
            default:
                builder.appendNull()
                tell(place, "'\(field.name)' holds something that is no \(field.type.description)")
            }
        }
        return builder.finish()
    }

    /// Lists of numbers of one length; others are missing and told.
    private func list(
        _ values: [(Int, JSONValue?)], _ field: Field, _ element: ColumnType, _ tell: (Int, String) -> Void
    ) -> Column {
        var builder = ColumnBuilder(.real(bits: 64))
        var ends: [Int32] = [0]
        var missing: [Int] = []
        for (row, (place, value)) in values.enumerated() {
            let numbers = value.map { $0.isArray ? $0.elements.map(\.double) : [nil] } ?? []
            if value == nil || value?.isNull == true {
                missing.append(row)
            } else if numbers.contains(where: { $0 == nil }) {
                missing.append(row)
                tell(place, "'\(field.name)' holds something that is no list of numbers")
            } else {
                for number in numbers { builder.append(number ?? 0) }
            }
            ends.append(Int32(clamping: builder.count))
        }
        let child = builder.finish()
        let offsets = ColumnBuilder.copy(ends)
        var memory = [offsets]
        var validity: UnsafeRawPointer?
        if !missing.isEmpty {
            let bits = ColumnBuilder.allocate((values.count + 7) / 8)
            for index in bits.indices { bits[index] = 0xFF }
            for row in missing { bits[row >> 3] &= ~(1 << UInt8(row & 7)) }
            validity = UnsafeRawPointer(bits.baseAddress)
            memory.append(bits)
        }
        return Column(
            type: field.type, count: values.count, layout: .list(isLarge: false), offset: 0, validity: validity,
            buffers: [UnsafeRawPointer(offsets.baseAddress)], bufferSizes: [], children: [child],
            owner: ColumnBuilder.Memory(memory, [child]))
    }

    /// Keys in the order in which they come, each with a type that its values have.
    private static func guess(_ samples: [JSONValue], _ asText: Set<String>) -> [Field] {
        var names: [String] = []
        var types: [String: ColumnType] = [:]
        for sample in samples {
            sample.forEachMember { name, value in
                if types[name] == nil, names.count < 4096 {
                    names.append(name)
                    types[name] = .null
                }
                if let known = types[name], !value.isNull { types[name] = merged(known, type(value)) }
                return true
            }
        }
        return names.map { name in
            let type = types[name] ?? .null
            return Field(name: name, type: asText.contains(name) || type == .null ? .text : type)
        }
    }

    private static func type(_ value: JSONValue) -> ColumnType {
        if value.isNumber { return value.integer != nil ? .integer(bits: 64, isSigned: true) : .real(bits: 64) }
        if value.boolean != nil { return .boolean }
        if value.isArray, value.elements.allSatisfy(\.isNumber), !value.elements.isEmpty {
            return .list(.real(bits: 64), size: nil)
        }
        return .text
    }

    private static func merged(_ a: ColumnType, _ b: ColumnType) -> ColumnType {
        if a == .null || a == b { return b }
        switch (a, b) {
        case (.integer, .real), (.real, .integer): return .real(bits: 64)
        default: return .text
        }
    }
}

extension JSONValue {
    /// Whether this is `null`.
    fileprivate var isNull: Bool { !isObject && !isArray && !isNumber && boolean == nil && string == nil }
}
