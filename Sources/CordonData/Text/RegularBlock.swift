internal import Glibc

/// A block in which every record has as many fields as the table: read column by column, which is what most files are.
struct RegularBlock {
    private let bytes: [UInt8]
    private let marks: [UInt32]
    private let width: Int
    private let rows: Int

    /// `nil` where some record has another number of fields, or is empty.
    init?(_ bytes: [UInt8], _ marks: [UInt32], _ width: Int) {
        guard width > 0, !marks.isEmpty, marks.count % width == 0 else { return nil }
        let isRegular = bytes.withUnsafeBufferPointer { bytes in
            marks.withUnsafeBufferPointer { marks in
                var last = 0
                for end in stride(from: width - 1, to: marks.count, by: width) {
                    guard bytes[Int(marks[end])] == 0x0A else { return false }
                    // An empty line is a record of one empty field.
                    if width == 1, Int(marks[end]) - last <= 1 { return false }
                    last = Int(marks[end]) + 1
                }
                var (place, ends) = (0, 0)
                while place < marks.count {
                    ends += bytes[Int(marks[place])] == 0x0A ? 1 : 0
                    place += 1
                }
                return ends == marks.count / width
            }
        }
        guard isRegular else { return nil }
        self.bytes = bytes
        self.marks = marks
        self.width = width
        rows = marks.count / width
    }

    /// The columns; `isSimple` where no field has a line feed, so that rows are lines.
    func batch(_ fields: [Field], _ columns: [Int], file: String, line: Int, isSimple: Bool) -> Batch {
        var bad: [(row: Int, column: Int)] = []
        var badCount = 0
        let made = columns.map { column(fields[$0].type, $0, &bad, &badCount) }
        let places: Batch.Places = isSimple ? .lines(from: line) : .lineList(lines(from: line))
        var batch = Batch(fields: columns.map { fields[$0] }, columns: made, count: rows, file: file, places: places)
        batch.problems = bad.map { entry in
            let field = fields[entry.column]
            return RowProblem(
                file: file, place: batch.place(entry.row),
                reason: "column '\(field.name)' holds something that is no \(field.type.description)")
        }
        batch.problemCount = badCount
        return batch
    }

    private func lines(from first: Int) -> [Int] {
        var (line, start): (Int, Int) = (first, 0)
        return (0..<rows).map { row in
            let end = Int(marks[row * width + width - 1])
            defer {
                for place in start...end where bytes[place] == 0x0A { line += 1 }
                start = end + 1
            }
            return line
        }
    }

    /// Calls `body` with every field of a column; the carriage return before a line feed is no part of it.
    @inline(__always)
    private func forEachField(_ column: Int, _ body: (Int, UnsafeRawBufferPointer) -> Void) {
        bytes.withUnsafeBytes { bytes in
            marks.withUnsafeBufferPointer { marks in
                let base = bytes.baseAddress!
                let isLast = column == width - 1
                var place = column
                for row in 0..<rows {
                    let start = place == 0 ? 0 : Int(marks[place - 1]) + 1
                    var end = Int(marks[place])
                    if isLast, end > start, base.load(fromByteOffset: end - 1, as: UInt8.self) == 0x0D { end -= 1 }
                    body(row, UnsafeRawBufferPointer(start: base + start, count: end - start))
                    place += width
                }
            }
        }
    }

    private func column(
        _ type: ColumnType, _ index: Int, _ bad: inout [(row: Int, column: Int)], _ badCount: inout Int
    ) -> Column {
        var missing: [Int] = []
        func refuse(_ row: Int, _ field: UnsafeRawBufferPointer) {
            missing.append(row)
            guard !TextNumber.isMissing(TextNumber.trimmed(field)),
                Self.plain(field, { TextNumber.isMissing($0) ? true : nil }) == nil
            else { return }
            badCount += 1
            if bad.count < CSVSource.problemLimit { bad.append((row, index)) }
        }
        @inline(__always)
        func numbers<Number: BitwiseCopyable>(_ none: Number, _ read: (UnsafeRawBufferPointer) -> Number?) -> Column {
            let memory = ColumnBuilder.allocate(rows * 8)
            let numbers = memory.bindMemory(to: Number.self)
            forEachField(index) { row, field in
                if let number = read(field) ?? Self.plain(field, read) {
                    numbers[row] = number
                } else {
                    numbers[row] = none
                    refuse(row, field)
                }
            }
            return finish(type, .fixed(8), [memory], missing)
        }
        switch type {
        case .integer: return numbers(Int64(0), TextNumber.integer)
        case .real: return numbers(Double.nan, TextNumber.real)
        case .boolean:
            let memory = ColumnBuilder.allocate((rows + 7) / 8)
            forEachField(index) { row, field in
                if let truth = TextNumber.boolean(field) ?? Self.plain(field, TextNumber.boolean) {
                    if truth { memory[row >> 3] |= 1 << UInt8(row & 7) }
                } else {
                    refuse(row, field)
                }
            }
            return finish(type, .bits, [memory], missing)
        default: return text(type, index, &bad, &badCount)
        }
    }

    /// A field without white space or quotes around it.
    private static func plain<Value>(_ field: UnsafeRawBufferPointer, _ read: (UnsafeRawBufferPointer) -> Value?)
        -> Value?
    {
        let inner = TextNumber.trimmed(field)
        if inner.first == 0x22, let content = CSVSource.unquoted(inner) {
            return content.withUnsafeBytes { read(TextNumber.trimmed($0)) }
        }
        return inner.count < field.count ? read(inner) : nil
    }

    private func text(
        _ type: ColumnType, _ index: Int, _ bad: inout [(row: Int, column: Int)], _ badCount: inout Int
    ) -> Column {
        var total = 0
        forEachField(index) { _, field in total += field.count }
        let offsets = ColumnBuilder.allocate((rows + 1) * 4)
        let ends = offsets.bindMemory(to: Int32.self)
        let data = UnsafeMutableRawBufferPointer.allocate(byteCount: max(8, total), alignment: 64)
        var missing: [Int] = []
        // A block has at most 64 MiB, so places fit 32 bits.
        var filled = 0
        forEachField(index) { row, field in
            if field.count == 0 {
                missing.append(row)
            } else if field[0] != 0x22 {
                memcpy(data.baseAddress! + filled, field.baseAddress!, field.count)
                filled += field.count
            } else if let count = Self.unquote(field, into: data.baseAddress! + filled) {
                filled += count
            } else {
                missing.append(row)
                badCount += 1
                if bad.count < CSVSource.problemLimit { bad.append((row, index)) }
            }
            ends[row + 1] = Int32(truncatingIfNeeded: filled)
        }
        return finish(type, .variable(isLarge: false), [offsets, data], missing)
    }

    /// Writes what a quoted field holds; `nil` where something follows the closing quote.
    private static func unquote(_ field: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer) -> Int? {
        guard field.count >= 2, field[field.count - 1] == 0x22,
            memchr(field.baseAddress! + 1, 0x22, field.count - 2) != nil
        else {
            if field.count >= 2, field[field.count - 1] == 0x22 {
                memcpy(target, field.baseAddress! + 1, field.count - 2)
                return field.count - 2
            }
            guard let content = CSVSource.unquoted(field) else { return nil }
            content.withUnsafeBytes { _ = memcpy(target, $0.baseAddress ?? UnsafeRawPointer(target), $0.count) }
            return content.count
        }
        guard let content = CSVSource.unquoted(field) else { return nil }
        content.withUnsafeBytes { _ = memcpy(target, $0.baseAddress ?? UnsafeRawPointer(target), $0.count) }
        return content.count
    }

    private func finish(
        _ type: ColumnType, _ layout: Column.Layout, _ memory: [UnsafeMutableRawBufferPointer], _ missing: [Int]
    ) -> Column {
        var all = memory
        var validity: UnsafeRawPointer?
        if !missing.isEmpty {
            let bits = ColumnBuilder.allocate((rows + 7) / 8)
            memset(bits.baseAddress!, 0xFF, bits.count)
            for row in missing { bits[row >> 3] &= ~(1 << UInt8(row & 7)) }
            validity = UnsafeRawPointer(bits.baseAddress)
            all.append(bits)
        }
        return Column(
            type: type, count: rows, layout: layout, offset: 0, validity: validity,
            buffers: memory.map { UnsafeRawPointer($0.baseAddress) }, bufferSizes: [], children: [],
            owner: ColumnBuilder.Memory(all))
    }
}
