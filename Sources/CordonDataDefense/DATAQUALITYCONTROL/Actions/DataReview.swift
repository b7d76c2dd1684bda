public import CordonData

/// People's part of a check: a queue of rows to look at, and what they decided.
public enum DataReview {
    /// Columns of a queue; people fill in the last four.
    static let columns = [
        "row", "id", "label", "suggested_label", "cause", "p_value", "description", "excerpt", "sha256", "verdict",
        "new_label", "reviewer", "note",
    ]
    private static let excerptLimit = 300

    /// One row of a queue.
    public struct Item: Sendable {
        /// Values by name of column.
        public let values: [String: String]
        /// What people see of the row.
        public let excerpt: RowExcerpt?
        /// Number of the row.
        public let row: Int
    }

    /// Rows to look at, those first that are surest to be wrong.
    public static func queue(_ dataset: Dataset, _ verdict: DataVerdict, limit: Int) throws -> [Item] {
        let causes = verdict.causes.filter { $0.level > .clean }
        var order: [Int] = []
        var seen: Set<Int> = []
        for cause in causes {
            let certain = Set(cause.filtered)
            for row in cause.filtered + cause.rows.filter({ !certain.contains($0) }) where seen.insert(row).inserted {
                order.append(row)
            }
        }
        order = Array(order.prefix(limit))
        let wanted = Set(order)
        var found: [Int: Item] = [:]
        try dataset.forEachBatch { batch in
            for row in 0..<batch.count where wanted.contains(batch.firstRow + row) {
                let number = batch.firstRow + row
                let own = causes.filter { $0.rows.contains(number) }
                let excerpt = verdict.excerpts[number]
                var text = ""
                if case .text(let shown)? = excerpt?.content { text = String(shown.prefix(excerptLimit)) }
                if case .values(let values)? = excerpt?.content {
                    text = values.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
                }
                let values = [
                    "row": "\(number)", "id": verdict.ids?.names[number] ?? "",
                    "label": batch.column(.label)?.text(row) ?? "",
                    "suggested_label": own.compactMap(\.from).first ?? "",
                    "cause": own.map(\.kind.rawValue).joined(separator: "; "),
                    "p_value": own.compactMap(\.pValue).min().map { "\($0)" } ?? "",
                    "description": own.map(\.description).joined(separator: "; "), "excerpt": text,
                    "sha256": RowList.hex(batch.digest(row)),
                ]
                found[number] = Item(values: values, excerpt: excerpt, row: number)
            }
            return true
        }
        return order.compactMap { found[$0] }
    }

    /// Writes a queue as CSV.
    public static func write(_ items: [Item], to path: String) throws {
        var list = RowList()
        for item in items { list.add(item.values) }
        try list.written(to: path, columns).finish()
    }

    // MARK: Decisions

    /// What people decided.
    public struct Decisions: Sendable {
        /// Rows that stay as they are.
        public internal(set) var kept: [Int] = []
        /// Rows that go.
        public internal(set) var dropped: [Int] = []
        /// New labels by row.
        public internal(set) var relabelled: [Int: String] = [:]
        /// Rows that nobody decided on.
        public internal(set) var open: [Int] = []
        /// Who decided.
        public internal(set) var reviewers: [String] = []
        fileprivate var digests: [Int: String] = [:]
    }

    /// Reads a queue that people filled in: `verdict` is keep, drop or relabel, the last with `new_label`.
    ///
    /// - Throws: ``DatasetFailure`` with the row where something is missing or not understood.
    public static func read(_ path: String) throws -> Decisions {
        let queue = try Dataset(path)
        let names = Set(queue.fields.map(\.name))
        for name in ["row", "sha256", "verdict"] where !names.contains(name) {
            throw DatasetFailure(
                .argument, "\(path): no column '\(name)'; give the queue that 'data review export' wrote")
        }
        var decisions = Decisions()
        var reviewers: Set<String> = []
        var seen: Set<Int> = []
        try queue.forEachBatch { batch in
            func value(_ name: String, _ row: Int) -> String { batch.column(name)?.text(row) ?? "" }
            for row in 0..<batch.count {
                func failure(_ reason: String) -> DatasetFailure {
                    DatasetFailure(.malformed, "\(path): \(batch.place(row)): \(reason)")
                }
                guard let number = Int(value("row", row)), number >= 0 else { throw failure("no number of a row") }
                guard seen.insert(number).inserted else { throw failure("row \(number) is there twice") }
                decisions.digests[number] = value("sha256", row)
                let verdict = value("verdict", row).lowercased()
                switch verdict {
                case "": decisions.open.append(number)
                case "keep": decisions.kept.append(number)
                case "drop": decisions.dropped.append(number)
                case "relabel":
                    let label = value("new_label", row)
                    guard !label.isEmpty else { throw failure("'relabel' wants a new_label") }
                    decisions.relabelled[number] = label
                default: throw failure("the verdict '\(verdict.prefix(40))' is none of keep, drop, relabel")
                }
                let reviewer = value("reviewer", row)
                if !verdict.isEmpty, !reviewer.isEmpty { reviewers.insert(reviewer) }
            }
            return true
        }
        decisions.reviewers = reviewers.sorted()
        return decisions
    }

    /// Writes a dataset as people decided.
    ///
    /// - Throws: ``DatasetFailure`` where a row is not the one that people looked at, or a label does not fit its column.
    public static func apply(
        _ decisions: Decisions, to dataset: Dataset, writing path: String, format: TableWriter.Format
    ) throws -> Int {
        var unseen = decisions.digests
        try dataset.forEachBatch { batch in
            for row in 0..<batch.count {
                guard let digest = unseen.removeValue(forKey: batch.firstRow + row) else { continue }
                guard digest == RowList.hex(batch.digest(row)) else {
                    throw DatasetFailure(
                        .malformed,
                        "\(dataset.path): \(batch.place(row)): row \(batch.firstRow + row) is not the one that was reviewed; export the queue again"
                    )
                }
            }
            return true
        }
        if let row = unseen.keys.min() {
            throw DatasetFailure(
                .malformed, "\(dataset.path): there is no row \(row); is this the dataset that was reviewed?")
        }
        guard decisions.relabelled.isEmpty || dataset.name(of: .label) != nil else {
            throw DatasetFailure(
                .argument, "\(dataset.path): there is no label to change; name its column with --label")
        }
        let gone = Set(decisions.dropped)
        return try DatasetExport(dataset).write(
            to: path, format: format, chosen: { !gone.contains($0) },
            changing: (dataset.name(of: .label) ?? "", decisions.relabelled)
        ).rows
    }
}
