import CordonCore
import CordonData
import CordonDataDefense
import CordonScan

/// A quick look at the datasets that a scan meets: the first rows of those with texts, for orders, hidden text and triggers.
struct DatasetAudit {
    private static let endings: Set<String> = ["csv", "tsv", "jsonl", "ndjson", "parquet", "arrow"]
    /// Rows of one dataset, and of all.
    private static let (rows, allRows) = (2000, 20_000)
    private static let textLimit = 160

    private var left = allRows
    private var findings: [Finding] = []
    private var reasons: [AssetPath: String] = [:]

    /// The report with what was found, and with every dataset told as looked at in part only.
    static func adding(to report: ScanReport, progress: (String) -> Void) -> ScanReport {
        let start = ContinuousClock.now
        var audit = DatasetAudit()
        for entry in report.entries where endings.contains(entry.asset.path.pathExtension) {
            audit.look(at: entry.asset.path, report, progress)
        }
        let found = Set(audit.findings.map(\.path))
        let entries = report.entries.map { entry -> ScanReport.Entry in
            guard let reason = audit.reasons[entry.asset.path] else { return entry }
            let known = entry.notEvaluated.filter { !$0.hasPrefix("text: ") }
            let isFailed = entry.outcome == .failed || found.contains(entry.asset.path)
            return ScanReport.Entry(
                asset: entry.asset, outcome: isFailed ? .failed : .notEvaluated(reason: reason),
                notEvaluated: known + [reason])
        }
        return report.adding(entries: entries, findings: audit.findings, taking: start.duration(to: .now))
    }

    /// Columns of the formats that only the dataset's reader reads; the scanner itself looks into text tables.
    private mutating func lookForPeople(_ dataset: Dataset, _ path: AssetPath) {
        guard let batches = try? dataset.rows(0..<Self.rows) else { return }
        var table = PersonalTable()
        var count = 0
        for batch in batches {
            for (field, column) in zip(batch.fields, batch.columns) {
                for row in 0..<batch.count {
                    if let text = column.text(row) ?? column.integer(row).map(String.init) {
                        table.add(text, to: field.name)
                    }
                }
            }
            count += batch.count
        }
        let total = max(count, dataset.rowCount ?? count)
        guard count > 0 else { return }
        findings += table.findings(path, coverage: Double(count) / Double(total))
        reasons[path] =
            "dataset: \(count) of \(total) rows were looked at, for personal data only: 'cordon data check' looks at the rest"
    }

    private mutating func look(at path: AssetPath, _ report: ScanReport, _ progress: (String) -> Void) {
        guard let file = report.file(of: path), let dataset = try? Dataset(file) else { return }
        if ["parquet", "arrow"].contains(path.pathExtension) { lookForPeople(dataset, path) }
        guard dataset.name(of: .text) != nil || dataset.name(of: .messages) != nil else { return }
        guard left > 0 else {
            reasons[path] = "dataset: not looked at, as others were many: 'cordon data check' looks at all rows"
            return
        }
        progress(path.display)
        var check = DataCheck()
        check.quickRows = min(Self.rows, left)
        guard let verdict = try? check.run(dataset) else {
            reasons[path] = "dataset: no rows could be looked at: 'cordon data check' says why"
            return
        }
        left -= verdict.rows
        reasons[path] =
            "dataset: \(verdict.rows) rows were looked at, for personal data, orders and triggers only: 'cordon data check' looks at all of it"
        for cause in verdict.causes where cause.level > .clean {
            let rule = [.injection, .hiddenText].contains(cause.kind) ? Rules.datasetOrders : Rules.datasetTrigger
            let text = PrintableText.quoting(cause.description, limit: Self.textLimit)
            let label = cause.target.map { " with the label '\(PrintableText.quoting($0, limit: 60))'" } ?? ""
            let rows = cause.rows.prefix(3).map(String.init).joined(separator: ", ")
            let isPoisoned = cause.level == .poisoned
            findings.append(
                Finding(
                    ruleID: rule.id,
                    severity: isPoisoned && !path.isTestData ? rule.severity : .medium,
                    confidence: isPoisoned ? .high : .medium, path: path, place: Place(),
                    message:
                        "\(text)\(label): \(cause.rows.count) of \(verdict.rows) rows, such as \(rows); 'cordon data check' tells more",
                    subject: cause.kind.rawValue))
        }
    }
}
