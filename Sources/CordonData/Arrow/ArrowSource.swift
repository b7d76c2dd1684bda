internal import ArrowABI
internal import Glibc

/// Parquet and Arrow IPC files. Memory is bounded: row groups are read in batches, pages as they come.
///
/// `@unchecked Sendable`: the handle is used by one thread at a time, which the lock sees to.
final class ArrowSource: TableSource, @unchecked Sendable {
    let format: String
    let fields: [Field]
    private let handle: OpaquePointer
    private let table: cordon_arrow
    private let file: String
    private let partCount: Int
    private var schema = ArrowSchema()
    private let lock = Lock()

    /// Most rows in a batch.
    static let batchRows = 1 << 15

    /// Opens a file. The descriptor is copied.
    init(_ descriptor: Int32, file: String, isParquet: Bool) throws(DatasetFailure) {
        table = try ArrowLibrary.table()
        var failure = cordon_arrow_error()
        let opened = isParquet ? table.open_parquet(descriptor, &failure) : table.open_ipc(descriptor, &failure)
        guard let opened else { throw DatasetFailure(failure, file) }
        handle = opened
        self.file = file
        format = isParquet ? "Parquet" : "Arrow IPC"
        guard table.schema(opened, &schema, &failure) else {
            table.close(opened)
            throw DatasetFailure(failure, file)
        }
        fields = ArrowColumns.fields(schema)
        partCount = Int(table.part_count(opened))
    }

    deinit {
        schema.release?(&schema)
        table.close(handle)
    }

    var rowCount: Int? {
        guard partCount >= 0 else { return nil }
        var total = 0
        for part in 0..<partCount {
            let rows = Int(table.part_rows(handle, Int64(part)))
            let (sum, overflow) = total.addingReportingOverflow(rows)
            guard rows >= 0, !overflow else { return nil }
            total = sum
        }
        return total
    }

    func read(columns: [Int], _ body: (Batch) throws -> Bool) throws {
        var first = 0
        if partCount < 0 {
            _ = try stream(0, 0, columns, &first, body)
            return
        }
        for part in 0..<partCount {
            let start = first
            guard try stream(part, part + 1, columns, &first, body) else { return }
            try check(part, Int(table.part_rows(handle, Int64(part))), first - start)
        }
    }

    private func check(_ part: Int, _ told: Int, _ given: Int) throws(DatasetFailure) {
        guard told < 0 || given == told else {
            throw DatasetFailure(.malformed, "\(file): part \(part) says it has \(told) rows and gives \(given)")
        }
    }

    func rows(_ rows: Range<Int>, columns: [Int]) throws -> [Batch]? {
        guard format == "Parquet" else { return nil }
        var (found, start): ([Batch], Int) = ([], 0)
        for part in 0..<partCount {
            let count = Int(table.part_rows(handle, Int64(part)))
            guard count >= 0 else { return nil }
            if start < rows.upperBound, start + count > rows.lowerBound {
                var first = start
                let isWhole = try stream(part, part + 1, columns, &first) { batch in
                    let low = max(rows.lowerBound, batch.firstRow) - batch.firstRow
                    let high = min(rows.upperBound, batch.firstRow + batch.count) - batch.firstRow
                    if low < high { found.append(batch.slice(low, high - low)) }
                    return batch.firstRow + batch.count < rows.upperBound
                }
                if isWhole { try check(part, count, first - start) }
            }
            guard count <= 1 << 48 else { return nil }
            start += count
        }
        return found
    }

    /// Reads some parts; says whether to go on. `first` counts rows.
    private func stream(
        _ from: Int, _ to: Int, _ columns: [Int], _ first: inout Int, _ body: (Batch) throws -> Bool
    ) throws -> Bool {
        try lock.locked {
            var stream = ArrowArrayStream()
            var failure = cordon_arrow_error()
            let chosen = columns.map(Int32.init)
            guard
                table.read(
                    handle, Int64(from), Int64(to), chosen, Int64(chosen.count), Int64(Self.batchRows), &stream,
                    &failure)
            else { throw DatasetFailure(failure, file) }
            defer { stream.release?(&stream) }
            var schema = ArrowSchema()
            guard stream.get_schema(&stream, &schema) == 0 else {
                throw DatasetFailure(.malformed, "\(file): no schema")
            }
            defer { schema.release?(&schema) }
            while true {
                var array = ArrowArray()
                guard stream.get_next(&stream, &array) == 0 else {
                    let reason = stream.get_last_error(&stream).map { String(cString: $0) } ?? "no reason given"
                    throw DatasetFailure(
                        .malformed, "\(file), after row \(first): \(reason.split(separator: "\n").first ?? "")")
                }
                guard array.release != nil else { return true }
                let count = Int(array.length)
                guard count >= 0, count <= 1 << 31, first <= 1 << 48 else {
                    array.release?(&array)
                    throw DatasetFailure(
                        .malformed, "\(file), after row \(first): a batch that says it has \(count) rows")
                }
                if ArrowColumns.isHollow(array, schema) {
                    array.release?(&array)
                    throw DatasetFailure(.limit, "\(file), after row \(first): lists of more nothings than are read")
                }
                var batch = Batch(
                    fields: columns.map { fields[$0] }, columns: ArrowColumns.columns(array, schema), count: count,
                    file: file, places: .rows(from: first))
                guard batch.columns.count == columns.count, batch.columns.allSatisfy({ $0.count == count }) else {
                    throw DatasetFailure(.malformed, "\(file), after row \(first): columns of different lengths")
                }
                batch.firstRow = first
                first += count
                if count > 0, try !body(batch) { return false }
            }
        }
    }
}
