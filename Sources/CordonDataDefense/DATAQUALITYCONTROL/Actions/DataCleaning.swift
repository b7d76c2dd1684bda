public import CordonData

/// Writes a dataset without the rows that a check would leave out, and what went and why. The original stays as it is.
public struct DataCleaning {
    private let dataset: Dataset
    private let verdict: DataVerdict

    /// A cleaning of the dataset that the verdict is about.
    public init(_ dataset: Dataset, _ verdict: DataVerdict) {
        self.dataset = dataset
        self.verdict = verdict
    }

    /// What was written.
    public struct Result: Sendable {
        /// Rows that were kept and written.
        public let kept: Int
        /// Numbers of the rows that were left out.
        public let removed: [Int]
        /// Rows that could not be read and are therefore not there.
        public let unreadable: Int
    }

    /// Writes the rows that stay, beside them `PATH.manifest.csv` of where each comes from, and `PATH.removed.csv`: row, name,
    /// label, cause, verdict, chance, description and digest of every row that went.
    ///
    /// - Parameter includingAlerted: whether rows go that were only to be looked at.
    /// - Throws: ``DatasetFailure`` where something cannot be written; the original is never touched.
    public func write(
        to path: String, format: TableWriter.Format, includingAlerted: Bool, progress: (Int) -> Void = { _ in }
    ) throws -> Result {
        let gone = Set(includingAlerted ? verdict.alerted : verdict.filtered)
        // Nothing has its name before all of it could be written.
        let removed = try removedList(gone, path + ".removed.csv")
        let result = try DatasetExport(dataset).write(
            to: path, format: format, chosen: { !gone.contains($0) }, progress: progress)
        try removed.finish()
        return Result(kept: result.rows, removed: gone.sorted(), unreadable: result.problemCount)
    }

    private func removedList(_ gone: Set<Int>, _ path: String) throws -> TableWriter {
        var list = RowList()
        try dataset.forEachBatch { batch in
            for row in 0..<batch.count where gone.contains(batch.firstRow + row) {
                let number = batch.firstRow + row
                let own = verdict.causes.filter { $0.level > .clean && $0.rows.contains(number) }
                list.add(
                    [
                        "row": "\(number)", "id": verdict.ids?.names[number] ?? "",
                        "label": batch.column(.label)?.text(row) ?? "",
                        "cause": own.map(\.kind.rawValue).joined(separator: "; "),
                        "verdict": (own.map(\.level).max() ?? .clean).rawValue,
                        "p_value": own.compactMap(\.pValue).min().map { "\($0)" } ?? "",
                        "description": own.map(\.description).joined(separator: "; "), "place": batch.place(row),
                        "sha256": RowList.hex(batch.digest(row)),
                    ])
            }
            return true
        }
        return try list.written(
            to: path, ["row", "id", "label", "cause", "verdict", "p_value", "description", "place", "sha256"])
    }
}

/// Rows of texts on their way to a CSV file.
struct RowList {
    private(set) var rows: [[String: String]] = []

    mutating func add(_ row: [String: String]) { rows.append(row) }

    static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// The file before it has its name: `finish()` gives it.
    func written(to path: String, _ columns: [String]) throws -> TableWriter {
        let made = columns.map { name in
            (field: Field(name: name, type: .text), column: Column.texts(rows.map { $0[name] ?? "" }))
        }
        let writer = try TableWriter(path, format: .csv, fields: made.map(\.field))
        try writer.write(Batch.table(made, rows: rows.count))
        return writer
    }
}
