extension Column {
    /// A column of texts.
    package static func texts(_ texts: [String]) -> Column {
        var builder = ColumnBuilder(.text, capacity: texts.count)
        for text in texts { builder.append(text) }
        return builder.finish()
    }

    /// Rows of 32-bit numbers, each of these extents.
    package static func lists(_ numbers: [Float], size: [Int], rows: Int) -> Column {
        make(numbers, .real(bits: 32), size, rows)
    }
    /// Rows of 64-bit numbers.
    package static func lists(_ numbers: [Double], size: [Int], rows: Int) -> Column {
        make(numbers, .real(bits: 64), size, rows)
    }
    /// Rows of whole numbers.
    package static func lists(_ numbers: [Int64], size: [Int], rows: Int) -> Column {
        make(numbers, .integer(bits: 64, isSigned: true), size, rows)
    }
    /// Rows of numbers from 0 to 255.
    package static func lists(_ numbers: [UInt8], size: [Int], rows: Int) -> Column {
        make(numbers, .integer(bits: 8, isSigned: false), size, rows)
    }

    private static func make<Element: BitwiseCopyable>(
        _ numbers: [Element], _ type: ColumnType, _ size: [Int], _ rows: Int
    ) -> Column {
        let memory = ColumnBuilder.copy(numbers)
        // An allocation has an address.
        return lists(
            of: type, width: MemoryLayout<Element>.size, size: size, count: rows,
            memory: UnsafeRawPointer(memory.baseAddress!), owner: ColumnBuilder.Memory([memory]))
    }
}

extension Batch {
    /// Results for some rows of another batch: the rows' numbers in the dataset come first.
    package static func results(
        _ fields: [Field], _ columns: [Column], rows: [Int], of batch: Batch, problems: [RowProblem]
    ) -> Batch {
        var result = Batch(
            fields: [Field(name: "row", type: .integer(bits: 64, isSigned: true), role: .id)] + fields,
            columns: [Column.lists(rows.map(Int64.init), size: [], rows: rows.count)] + columns, count: rows.count,
            file: batch.file, places: .rows(from: batch.firstRow))
        result.firstRow = batch.firstRow
        result.problems = problems
        result.problemCount = problems.count
        return result
    }
}

extension Batch {
    /// Rows that are made here.
    package static func table(_ columns: [(field: Field, column: Column)], rows: Int, file: String = "") -> Batch {
        Batch(
            fields: columns.map(\.field), columns: columns.map(\.column), count: rows, file: file,
            places: .rows(from: 0))
    }

    /// The batch with other values in a column of texts, whole numbers, numbers or booleans.
    ///
    /// - Parameter changes: new values by row of this batch.
    /// - Throws: where a value cannot be held by the column.
    package func changing(_ name: String, _ changes: [Int: String]) throws(DatasetFailure) -> Batch {
        guard !changes.isEmpty else { return self }
        guard let place = fields.firstIndex(where: { $0.name == name }) else {
            throw DatasetFailure(.argument, "no column '\(name)'")
        }
        let old = columns[place]
        var builder = ColumnBuilder(old.type, capacity: count)
        func refused(_ text: String) -> DatasetFailure {
            DatasetFailure(.argument, "column '\(name)' of \(old.type.description) cannot hold '\(text)'")
        }
        for row in 0..<count {
            let text = changes[row] ?? old.text(row)
            guard let text else {
                builder.appendNull()
                continue
            }
            switch old.type {
            case .text: builder.append(text)
            case .integer:
                guard let number = Int64(text) else { throw refused(text) }
                builder.append(number)
            case .real:
                guard let number = Double(text) else { throw refused(text) }
                builder.append(number)
            case .boolean:
                guard let value = ["true": true, "1": true, "false": false, "0": false][text] else {
                    throw refused(text)
                }
                builder.append(value)
            default: throw refused(text)
            }
        }
        var changed = columns
        changed[place] = builder.finish()
        var batch = Batch(fields: fields, columns: changed, count: count, file: file, places: places)
        (batch.firstRow, batch.problems, batch.problemCount) = (firstRow, problems, problemCount)
        return batch
    }
}

extension Batch {
    /// The batch with other columns in place of those of the same name, further ones after its own, and without some.
    package func replacing(_ made: [(field: Field, column: Column)], without gone: Set<String> = []) -> Batch {
        var (own, columns): ([Field], [Column]) = ([], [])
        for (field, column) in zip(fields, self.columns) where !gone.contains(field.name) {
            let other = made.first { $0.field.name == field.name }
            own.append(other?.field ?? field)
            columns.append(other?.column ?? column)
        }
        for (field, column) in made where !fields.contains(where: { $0.name == field.name }) {
            own.append(field)
            columns.append(column)
        }
        var batch = Batch(fields: own, columns: columns, count: count, file: file, places: places)
        batch.firstRow = firstRow
        return batch
    }

    /// Why a row is left out.
    package func problem(_ row: Int, _ reason: String) -> RowProblem {
        RowProblem(file: file, place: place(row), reason: reason)
    }
}

extension Column {
    /// A column of values of any type that is read, made one by one; `nil` for none.
    package static func made(_ type: ColumnType, count: Int, _ value: (Int) -> ColumnValue?) -> Column {
        var builder = ColumnBuilder(type, capacity: count)
        for row in 0..<count {
            switch value(row) {
            case .none: builder.appendNull()
            case .text(let text): builder.append(text)
            case .bytes(let bytes): builder.append(bytes)
            case .number(let number):
                switch type {
                case .integer: builder.append(Int64(max(-9.2e18, min(9.2e18, number.rounded()))))
                case .boolean: builder.append(number >= 0.5)
                default: builder.append(number)
                }
            }
        }
        return builder.finish()
    }
}

/// One value on its way into a column; numbers are rounded where the column holds whole ones.
package enum ColumnValue {
    case text(String)
    case bytes([UInt8])
    case number(Double)
}
