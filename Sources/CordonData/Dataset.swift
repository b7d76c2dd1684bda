package import CordonFormats
internal import Glibc

/// How a dataset is to be understood where guessing is wrong.
public struct DatasetOptions: Sendable {
    /// Columns by role, by name.
    public var roles: [Role: String] = [:]
    /// Character between fields of a text table; guessed where `nil`.
    public var separator: UInt8?

    /// Everything guessed.
    public init() {}
}

/// Rows with typed columns, streamed from files as they are.
///
/// A row's number — from 0, in the order of the files — is its stable id. Nothing is loaded at once: memory is bounded by
/// a few batches, whatever the size of the files.
public struct Dataset: Sendable {
    /// What was opened.
    public let path: String
    /// What the format is called.
    public var format: String { source.format }
    /// Names, types and roles of the columns.
    public let fields: [Field]
    /// Files that rows come from, below the path; empty for a single file.
    public let files: [String]
    /// Bytes of all files.
    public let byteCount: Int
    let source: any TableSource

    /// Opens a file or a folder. The format is told by content, not by name.
    ///
    /// - Throws: what was tried and why it is no dataset.
    public init(_ path: String, options: DatasetOptions = DatasetOptions()) throws(DatasetFailure) {
        var opener = DatasetOpener(path: path, options: options)
        source = try opener.open()
        files = opener.files
        byteCount = opener.byteCount
        self.path = path
        fields = try RoleGuess.assign(source, options)
    }

    /// Opens bytes in memory: every format but Parquet and Arrow, which are read from files.
    package init(_ view: ByteView, name: String, options: DatasetOptions = DatasetOptions()) throws(DatasetFailure) {
        var opener = DatasetOpener(path: name, options: options)
        source = try opener.open(FileBytes(view, name: name))
        files = []
        byteCount = view.count
        path = name
        fields = try RoleGuess.assign(source, options)
    }

    /// Rows in all where the files tell; counting them is reading for text tables.
    public var rowCount: Int? { source.rowCount }

    /// The column of a role.
    public func name(of role: Role) -> String? { fields.first { $0.role == role }?.name }

    /// Reads all rows in order.
    ///
    /// - Parameters:
    ///   - columns: names of the columns to read; `nil` for all.
    ///   - body: gets batches; says whether to go on.
    public func forEachBatch(columns: [String]? = nil, _ body: (Batch) throws -> Bool) throws {
        let chosen = try places(columns)
        try source.read(columns: chosen) { try body(renamed($0, chosen)) }
    }

    /// Rows by number. Formats that can are read only where the rows are.
    ///
    /// - Parameter wanted: numbers of rows; those that the dataset does not have are left out.
    public func rows(_ wanted: Range<Int>, columns: [String]? = nil) throws -> [Batch] {
        let chosen = try places(columns)
        let rows = wanted.clamped(to: 0..<(source.rowCount ?? Int.max))
        guard !rows.isEmpty else { return [] }
        if let found = try source.rows(rows, columns: chosen) {
            return found.filter { $0.count > 0 }.map { renamed($0, chosen) }
        }
        var found: [Batch] = []
        try source.read(columns: chosen) { batch in
            let low = max(rows.lowerBound, batch.firstRow) - batch.firstRow
            let high = min(rows.upperBound, batch.firstRow + batch.count) - batch.firstRow
            if low < high { found.append(renamed(batch.slice(low, high - low), chosen)) }
            return batch.firstRow + batch.count < rows.upperBound
        }
        return found
    }

    private func places(_ columns: [String]?) throws(DatasetFailure) -> [Int] {
        guard let columns else { return Array(fields.indices) }
        var places: [Int] = []
        for name in columns {
            guard let place = fields.firstIndex(where: { $0.name == name }) else {
                throw DatasetFailure(
                    .argument, "\(path): no column '\(name)'; there are \(fields.map(\.name).joined(separator: ", "))")
            }
            guard !places.contains(place) else {
                throw DatasetFailure(.argument, "\(path): column '\(name)' is named twice")
            }
            places.append(place)
        }
        return places
    }

    /// The same batch with the roles that were found.
    private func renamed(_ batch: Batch, _ chosen: [Int]) -> Batch {
        var copy = Batch(
            fields: chosen.map { fields[$0] }, columns: batch.columns, count: batch.count, file: batch.file,
            places: batch.places)
        copy.firstRow = batch.firstRow
        copy.problems = batch.problems
        copy.problemCount = batch.problemCount
        return copy
    }
}
