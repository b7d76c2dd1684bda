internal import CordonCore
package import CordonSigning

/// What `verify urls` says.
package enum PointerText {
    /// For people.
    package static func render(
        _ sanity: PointerSanity, _ report: PointerReport?, columns: (url: String, digest: String), quarantine: String?
    ) -> String {
        let kinds = sanity.algorithms.sorted { $0.key < $1.key }.map { "\($0.key) \(IntegrityText.grouped($0.value))" }
        var lines = [
            "list      \(IntegrityText.count(sanity.rowCount, "row")); address in '\(PrintableText.quoting(columns.url, limit: 60))', digest in '\(PrintableText.quoting(columns.digest, limit: 60))': \(kinds.isEmpty ? "none" : kinds.joined(separator: ", "))"
        ]
        lines += sanity.problems.map { "problem   \($0)" }
        lines += sanity.notes.map { "note      \($0)" }
        guard let report else { return lines.joined(separator: "\n") + "\n" }
        lines.append(
            "fetched   "
                + PointerResult.Kind.allCases.map { "\(name($0)) \(IntegrityText.grouped(report.count($0)))" }
                .joined(separator: ", "))
        for suspect in report.suspects.prefix(50) {
            lines.append("suspect   \(PrintableText.quoting(suspect.name, limit: 100)): \(suspect.reason)")
        }
        lines += report.changed.prefix(20).map { "  changed      row \(line($0))" }
        if report.changed.count > 20 { lines.append("  and more") }
        lines += report.notChecked.prefix(10).map { "  not checked  row \(line($0))" }
        if let quarantine, report.count(.changed) > 0 {
            lines.append("quarantine \(PrintableText.quoting(quarantine, limit: 300)): every row that changed")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func name(_ kind: PointerResult.Kind) -> String {
        kind == .notChecked ? "not checked" : kind.rawValue
    }

    private static func line(_ result: PointerResult) -> String {
        "\(result.row.number): \(PrintableText.quoting(result.row.url, limit: 150)): \(PrintableText.quoting(result.detail, limit: 200))"
    }

    /// One row as a line of JSON.
    package static func json(_ result: PointerResult) -> [UInt8] {
        var writer = JSONWriter(isCompact: true)
        writer.object { json in
            json.number("row", result.row.number)
            json.string("url", result.row.url)
            json.string("digest", result.row.digest)
            json.string("outcome", result.kind.rawValue)
            if !result.detail.isEmpty { json.string("detail", result.detail) }
            if !result.effectiveURL.isEmpty { json.string("effectiveURL", result.effectiveURL) }
        }
        return writer.bytes + [0x0A]
    }

    /// The whole report for programs.
    package static func json(_ sanity: PointerSanity, _ report: PointerReport?) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { json in
            json.string("schemaVersion", IntegrityJSON.schemaVersion)
            json.number("rows", sanity.rowCount)
            json.array("problems") { list in for problem in sanity.problems { list.string(nil, problem) } }
            json.array("notes") { list in for note in sanity.notes { list.string(nil, note) } }
            guard let report else { return }
            json.object("outcomes") { counts in
                for kind in PointerResult.Kind.allCases { counts.number(kind.rawValue, report.count(kind)) }
            }
            json.array("suspects") { list in
                for suspect in report.suspects {
                    list.object { entry in
                        entry.string("name", suspect.name)
                        entry.number("changed", suspect.changedCount)
                        entry.number("checked", suspect.checkedCount)
                        entry.string("reason", suspect.reason)
                    }
                }
            }
        }
        return writer.bytes
    }
}
