package import CordonCore

/// Personal data in the columns of a table that somebody else reads, for example Parquet.
package struct PersonalTable {
    private var columns = PersonalColumns()

    /// An empty table.
    package init() {}

    /// Adds a value; at most 4,000 of a column and 2,000 columns count.
    package mutating func add(_ value: String, to column: String) {
        columns.add(Array(value.utf8), to: column)
    }

    /// A finding for each column that holds personal data.
    ///
    /// - Parameter coverage: the share of the rows that were added, from 0 to 1.
    package func findings(_ path: AssetPath, coverage: Double) -> [Finding] {
        columns.found().map { found in
            let rule = found.kind.rule
            return Finding(
                ruleID: rule.id, severity: rule.severity,
                confidence: PersonalDataInspector.confidence(found), path: path,
                place: Place(element: PersonalDataInspector.element(found)),
                message: PersonalDataInspector.message(found, coverage),
                subject: PersonalDataInspector.subject(found))
        }
    }
}

extension PersonalDataInspector {
    static func element(_ found: PersonalColumns.Found) -> String {
        "column \(PrintableText.quoting(found.column, limit: 60))"
    }

    static func message(_ found: PersonalColumns.Found, _ coverage: Double) -> String {
        let part = coverage < 1 ? ", \(max(1, Int(coverage * 100))) % of the file looked at" : ""
        return
            "column '\(PrintableText.quoting(found.column, limit: 60))': \(found.matching) of \(found.sampled) values are of the kind "
            + found.kind.rawValue + part
    }

    static func subject(_ found: PersonalColumns.Found) -> String {
        "\(PrintableText.quoting(found.column, limit: 60)) \(found.kind.rawValue)"
    }

    static func confidence(_ found: PersonalColumns.Found) -> Confidence {
        found.matching * 10 >= found.sampled * 9 ? .high : .medium
    }
}
