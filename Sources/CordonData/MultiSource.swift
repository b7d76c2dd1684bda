/// Several files of one form, one after the other.
struct MultiSource: TableSource {
    let format: String
    let fields: [Field]
    private let parts: [any TableSource]
    /// For each part: its place of each of `fields`.
    private let places: [[Int]]

    /// - Throws: where a file lacks a column of the first, or has it in another type.
    init(_ parts: [any TableSource], names: [String]) throws(DatasetFailure) {
        self.parts = parts
        fields = parts[0].fields
        format = parts[0].format
        var places: [[Int]] = []
        for (part, name) in zip(parts, names) {
            var row: [Int] = []
            for field in fields {
                guard let place = part.fields.firstIndex(where: { $0.name == field.name }) else {
                    throw DatasetFailure(.malformed, "\(name): it has no column '\(field.name)', which \(names[0]) has")
                }
                guard part.fields[place].type == field.type else {
                    throw DatasetFailure(
                        .malformed,
                        "\(name): column '\(field.name)' holds \(part.fields[place].type.description), in \(names[0]) it is \(field.type.description)"
                    )
                }
                row.append(place)
            }
            places.append(row)
        }
        self.places = places
    }

    var rowCount: Int? {
        var total = 0
        for part in parts {
            guard let count = part.rowCount else { return nil }
            total += count
        }
        return total
    }

    func read(columns: [Int], _ body: (Batch) throws -> Bool) throws {
        var first = 0
        for (index, part) in parts.enumerated() {
            var (end, goesOn) = (first, true)
            try read(index, part, columns) { batch in
                var moved = batch
                moved.firstRow += first
                end = moved.firstRow + moved.count
                goesOn = try body(moved)
                return goesOn
            }
            first = end
            if !goesOn { return }
        }
    }

    /// Columns in the order of the first file.
    private func read(_ index: Int, _ part: any TableSource, _ columns: [Int], _ body: (Batch) throws -> Bool) throws {
        let wanted = columns.map { places[index][$0] }
        let order = wanted.sorted()
        guard order != wanted else { return try part.read(columns: wanted, body) }
        try part.read(columns: order) { batch in
            var moved = Batch(
                fields: columns.map { fields[$0] }, columns: wanted.map { batch.columns[order.firstIndex(of: $0)!] },
                count: batch.count, file: batch.file, places: batch.places)
            moved.firstRow = batch.firstRow
            moved.problems = batch.problems
            moved.problemCount = batch.problemCount
            return try body(moved)
        }
    }

    func rows(_ rows: Range<Int>, columns: [Int]) throws -> [Batch]? {
        var (found, start): ([Batch], Int) = ([], 0)
        for (index, part) in parts.enumerated() {
            guard let count = part.rowCount else { return nil }
            let low = max(rows.lowerBound, start) - start
            let high = min(rows.upperBound, start + count) - start
            if low < high {
                let wanted = columns.map { places[index][$0] }
                guard wanted == wanted.sorted(), let batches = try part.rows(low..<high, columns: wanted) else {
                    return nil
                }
                found += batches.map { batch in
                    var moved = batch
                    moved.firstRow += start
                    return moved
                }
            }
            start += count
        }
        return found
    }
}
