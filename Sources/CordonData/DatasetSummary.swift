internal import Crypto

/// What `cordon data info` tells of a dataset. One pass over all rows.
public struct DatasetSummary: Sendable {
    /// One column.
    public struct ColumnSummary: Sendable {
        /// Name, type and role.
        public let field: Field
        /// Rows without a value.
        public internal(set) var missing = 0
        /// Numbers that are not a number, and infinite ones.
        public internal(set) var notFinite = 0
        /// Least, greatest and mean of numbers; `nil` for other types or without values.
        public internal(set) var least: Double?
        /// Greatest number.
        public internal(set) var greatest: Double?
        /// Mean of the finite numbers.
        public internal(set) var mean: Double?
        /// Distinct values, up to the limit.
        public internal(set) var distinct: Int?
        var sum = 0.0
        var counted = 0
    }
    /// A value and how many rows have it.
    public struct Share: Sendable {
        /// The value as text.
        public let value: String
        /// Rows that have it.
        public let rows: Int
    }

    /// What was opened.
    public let path: String
    /// What the format is called.
    public let format: String
    /// Files that rows come from, at least 1.
    public let files: Int
    /// Bytes of all files.
    public let byteCount: Int
    /// Rows that were read.
    public private(set) var rows = 0
    /// The columns in order.
    public private(set) var columns: [ColumnSummary]
    /// Rows per label, most first; `nil` without a label column.
    public private(set) var labels: [Share]?
    /// Rows per source — the source column's values, or files — most first.
    public private(set) var sources: [Share] = []
    /// SHA-256 over the digests of all rows in order, as hexadecimal digits.
    public private(set) var digest = ""
    /// The first rows as text, cut.
    public private(set) var samples: [[String]] = []
    /// The first problems, and how many there were.
    public private(set) var problems: [RowProblem] = []
    /// Problems in all.
    public private(set) var problemCount = 0
    /// Pictures that do not decode, among those that were looked at.
    public private(set) var pictures: (looked: Int, sizes: [Share])?

    /// Most distinct labels or sources that are counted.
    public static let shareLimit = 10_000

    /// Reads the whole dataset.
    ///
    /// - Parameter progress: called with the rows so far; says whether to go on.
    /// - Complexity: O(bytes), memory of a few batches and the distinct labels.
    public init(_ dataset: Dataset, progress: (Int) -> Bool = { _ in true }) throws {
        path = dataset.path
        format = dataset.format
        files = max(1, dataset.files.count)
        byteCount = dataset.byteCount
        columns = dataset.fields.map { ColumnSummary(field: $0) }
        var state = State(dataset)
        try dataset.forEachBatch { batch in
            take(batch, &state)
            return progress(rows)
        }
        finish(state)
    }

    private struct State {
        var row = RowDigest()
        var all = SHA256()
        var labels: [String: Int] = [:]
        var sources: [String: Int] = [:]
        var sizes: [String: Int] = [:]
        var looked = 0
        let label: Int?
        let source: Int?
        let image: Int?

        init(_ dataset: Dataset) {
            label = dataset.fields.firstIndex { $0.role == .label }
            source = dataset.fields.firstIndex { $0.role == .source }
            image = dataset.fields.firstIndex { $0.role == .image }
        }
    }

    private mutating func take(_ batch: Batch, _ state: inout State) {
        rows += batch.count
        problemCount += batch.problemCount
        problems += batch.problems.prefix(max(0, CSVSource.problemLimit - problems.count))
        for (place, column) in batch.columns.enumerated() { columns[place].take(column) }
        for row in 0..<batch.count {
            let digest = state.row.digest(batch, row)
            digest.withUnsafeBytes { state.all.update(bufferPointer: $0) }
            if let label = state.label, let value = batch.columns[label].text(row) { Self.count(value, &state.labels) }
            let origin = state.source.flatMap { batch.columns[$0].text(row) } ?? batch.file
            Self.count(origin, &state.sources)
            if samples.count < 5 { samples.append(batch.columns.map { Self.shown($0, row) }) }
        }
        if let image = state.image { look(batch, batch.columns[image], &state) }
    }

    private static func count(_ value: String, _ counts: inout [String: Int]) {
        // Long values are counted by their beginning, so that memory is bounded.
        let key = value.utf8.count > 512 ? String(value.prefix(120)) + "…" : value
        if counts[key] != nil || counts.count < shareLimit { counts[key, default: 0] += 1 }
    }

    /// Sizes of pictures, by their headers.
    private mutating func look(_ batch: Batch, _ column: Column, _ state: inout State) {
        for row in 0..<batch.count {
            guard
                let size = column.withPicture(
                    row,
                    { bytes -> Result<String, DatasetFailure> in
                        do throws(DatasetFailure) {
                            let header = try Image.header(bytes)
                            return .success("\(header.width) × \(header.height) × \(header.channels)")
                        } catch { return .failure(error) }
                    })
            else { continue }
            state.looked += 1
            switch size {
            case .success(let size): Self.count(size, &state.sizes)
            case .failure(let failure):
                problemCount += 1
                if problems.count < CSVSource.problemLimit {
                    problems.append(
                        RowProblem(
                            file: batch.file, place: batch.place(row),
                            reason: "the picture does not decode: \(failure.message)"))
                }
            }
        }
    }

    private mutating func finish(_ state: State) {
        digest = state.all.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        if state.label != nil { labels = Self.shares(state.labels) }
        sources = Self.shares(state.sources)
        if state.looked > 0 { pictures = (state.looked, Self.shares(state.sizes)) }
        for place in columns.indices where columns[place].counted > 0 {
            columns[place].mean = columns[place].sum / Double(columns[place].counted)
        }
    }

    private static func shares(_ counts: [String: Int]) -> [Share] {
        counts.map { Share(value: $0.key, rows: $0.value) }.sorted { ($1.rows, $0.value) < ($0.rows, $1.value) }
    }

    /// A value in at most 60 characters; bytes and long lists as what they are.
    private static func shown(_ given: Column, _ place: Int) -> String {
        let (column, row) = given.resolved(place)
        if column.isNull(row) { return "" }
        switch column.type {
        case .bytes: return column.withBytes(row) { "\($0.count) bytes" } ?? ""
        case .list:
            guard let (values, rows) = column.list(row) else { return "" }
            let inner = rows.prefix(4).map { shown(values, $0) }.joined(separator: ", ")
            return "[\(inner)\(rows.count > 4 ? ", … \(rows.count)" : "")]"
        case .record(let fields):
            return "{"
                + fields.map { field in column.part(field.name).map { shown($0, row) } ?? "" }.joined(separator: ", ")
                + "}"
        default:
            let text = (column.text(row) ?? column.type.description).map { $0.isNewline ? " " : $0 }
            return text.count > 60 ? String(text.prefix(59)) + "…" : String(text)
        }
    }
}

extension DatasetSummary.ColumnSummary {
    mutating func take(_ column: Column) {
        guard field.type.isNumeric else {
            for row in 0..<column.count where column.isNull(row) { missing += 1 }
            return
        }
        for row in 0..<column.count {
            guard let number = column.double(row) else {
                missing += 1
                continue
            }
            guard number.isFinite else {
                notFinite += 1
                continue
            }
            least = Swift.min(least ?? number, number)
            greatest = Swift.max(greatest ?? number, number)
            sum += number
            counted += 1
        }
    }
}

extension Column {
    /// Lends the encoded bytes of a picture: a binary value, or the `bytes` of a struct. `nil` where there are none.
    func withPicture<Value>(_ row: Int, _ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value? {
        if type.isEncodedMedia { return try part("bytes")?.withBytes(row, body) }
        guard type == .bytes else { return nil }
        return try withBytes(row, body)
    }

    /// The decoded picture of a row: encoded bytes, or numbers of 0 to 255 in two or three axes.
    public func image(_ row: Int) throws -> Image? {
        if let result = withPicture(
            row,
            { bytes -> Result<Image, DatasetFailure> in
                do throws(DatasetFailure) { return .success(try Image(bytes)) } catch { return .failure(error) }
            })
        {
            return try result.get()
        }
        guard case .list(let inner, let height?) = type, case .list(let element, let width?) = inner, height > 0,
            width > 0
        else {
            return nil
        }
        var channels = 1
        if case .list(_, let last?) = element { channels = last }
        var numbers: [Float] = []
        guard [1, 3, 4].contains(channels), self.numbers(row, into: &numbers),
            numbers.count == height * width * channels
        else { return nil }
        let scale: Float = (numbers.max() ?? 0) <= 1 ? 255 : 1
        return Image(
            width: width, height: height, channels: channels,
            pixels: numbers.map { UInt8(max(0, min(255, ($0 * scale).rounded()))) })
    }

}
