internal import CordonData

/// Rows and columns beside a registered version; see ``DatasetDrift``.
///
/// Rows that are new are told. Columns that came, went or are spread otherwise are suspect: new data is rarely like that by
/// chance, and poison that is added to a good version is among the new rows.
struct ReferenceCheck {
    let reference: DatasetProfile

    static let name = "drift from the reference"
    private static let shown = 8

    /// Rows are numbers in the dataset.
    func run(_ dataset: Dataset, isCancelled: @escaping @Sendable () -> Bool) throws -> [DataCause] {
        let drift = DatasetDrift(from: reference, to: try DatasetProfile(dataset, isCancelled: isCancelled))
        var causes: [DataCause] = []
        if drift.added + drift.removed > 0 {
            causes.append(
                DataCause(
                    .changedRows, level: .clean,
                    "\(drift.added) rows are not in the reference, \(drift.removed) of the reference are gone",
                    rows: drift.addedRows))
        }
        guard !drift.columns.isEmpty || !drift.shifts.isEmpty else { return causes }
        var cause = DataCause(
            .drift, level: .suspect,
            "\(drift.columns.count) columns and the spread of \(drift.shifts.count) columns or labels differ from the reference",
            rows: [], pValue: drift.shifts.map(\.pValue).min(), filtered: [])
        cause.evidence =
            drift.columns.prefix(Self.shown).map { "column \($0)" }
            + drift.shifts.prefix(Self.shown).map { shift in
                "\(shift.column)\(shift.label.map { " of label '\($0)'" } ?? ""): \(shift.description)"
            }
        causes.append(cause)
        return causes
    }
}
