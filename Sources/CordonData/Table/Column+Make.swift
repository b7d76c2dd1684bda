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
