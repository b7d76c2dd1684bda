internal import CordonCore
package import CordonData

/// What `cordon data info` prints.
package enum DatasetText {
    /// Schema, rows, balance, gaps, sources, samples and problems.
    package static func render(_ summary: DatasetSummary, colour: Bool) -> String {
        let style = TextStyle(colour)
        let files = summary.files == 1 ? "" : " in \(count(summary.files)) files"
        var lines = [
            style.bold(shown(summary.path, 200)),
            "  \(summary.format), \(count(summary.rows)) rows\(files), \(IntegrityText.bytes(summary.byteCount))",
            "  digest sha256:\(summary.digest)", "",
            style.bold("  columns"),
        ]
        let width = min(28, summary.columns.map { shown($0.field.name, 28).count }.max() ?? 0)
        let typeWidth = min(26, summary.columns.map { shown($0.field.type.description, 26).count }.max() ?? 0)
        for column in summary.columns.prefix(columnLimit) {
            lines.append("    " + row(column, summary.rows, width, typeWidth, style))
        }
        if summary.columns.count > columnLimit { lines.append("    … \(summary.columns.count - columnLimit) more") }
        if let labels = summary.labels { lines += shares("labels", labels, summary.rows, style) }
        if let pictures = summary.pictures { lines += shares("pictures", pictures.sizes, pictures.looked, style) }
        if summary.sources.count > 1 { lines += shares("sources", summary.sources, summary.rows, style) }
        if !summary.samples.isEmpty {
            lines += ["", style.bold("  first rows")]
            for sample in summary.samples {
                lines.append("    " + sample.prefix(8).map { shown($0, 48) }.joined(separator: "  |  "))
            }
        }
        lines += problems(summary.problems, summary.problemCount, style)
        if !summary.columns.contains(where: { $0.field.role == .label }) {
            lines += ["", style.dim("  no label column was found; name one with --label COLUMN")]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A number with what it counts: 1 row, 2 rows.
    static func count(_ number: Int, _ one: String, _ more: String? = nil) -> String {
        "\(count(number)) \(number == 1 ? one : more ?? one + "s")"
    }

    private static let columnLimit = 60
    private static let shareLimit = 12

    private static func row(
        _ column: DatasetSummary.ColumnSummary, _ rows: Int, _ width: Int, _ typeWidth: Int, _ style: TextStyle
    ) -> String {
        var notes: [String] = []
        if column.field.type.isUnread { notes.append("not read, and not in the digest") }
        if column.field.role != .feature { notes.append(column.field.role.rawValue) }
        if let least = column.least, let greatest = column.greatest {
            notes.append("\(number(least)) to \(number(greatest))" + (column.mean.map { ", mean \(number($0))" } ?? ""))
        }
        if column.missing > 0 { notes.append("\(count(column.missing)) missing (\(percent(column.missing, rows)))") }
        if column.notFinite > 0 { notes.append("\(count(column.notFinite)) not finite") }
        return pad(shown(column.field.name, 28), width) + "  "
            + pad(shown(column.field.type.description, 26), typeWidth) + "  "
            + notes.joined(separator: "; ")
    }

    private static func shares(_ title: String, _ shares: [DatasetSummary.Share], _ rows: Int, _ style: TextStyle)
        -> [String]
    {
        let more = shares.count >= DatasetSummary.shareLimit ? "\(count(shares.count)) or more" : count(shares.count)
        var lines = ["", style.bold("  \(title)") + " (\(more) different)"]
        let width = min(32, shares.prefix(shareLimit).map { shown($0.value, 32).count }.max() ?? 0)
        let top = shares.first?.rows ?? 1
        for share in shares.prefix(shareLimit) {
            let bar = String(repeating: "█", count: max(1, share.rows * 24 / max(1, top)))
            lines.append(
                "    " + pad(shown(share.value, 32), width) + "  " + pad(count(share.rows), 11)
                    + pad(percent(share.rows, rows), 8) + bar)
        }
        if shares.count > shareLimit { lines.append("    … \(count(shares.count - shareLimit)) more") }
        return lines
    }

    static func problems(_ problems: [RowProblem], _ total: Int, _ style: TextStyle) -> [String] {
        guard total > 0 else { return [] }
        var lines = [
            "",
            style.bad("  \(count(total)) problem\(total == 1 ? "" : "s")")
                + ": these rows or values were left out, the others were read",
        ]
        for problem in problems.prefix(8) {
            lines.append("    \(shown(problem.file, 80)), \(shown(problem.place, 80)): \(shown(problem.reason, 160))")
        }
        if total > 8 { lines.append("    … \(count(total - min(8, problems.count))) more") }
        return lines
    }

    /// The same as JSON; schema `dataset-info-1.0`.
    package static func json(_ summary: DatasetSummary) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.string("schemaVersion", "1.0")
            json.string("path", shown(summary.path, .max))
            json.string("format", summary.format)
            json.number("files", summary.files)
            json.number("bytes", summary.byteCount)
            json.number("rows", summary.rows)
            json.string("digest", "sha256:" + summary.digest)
            json.array("columns") { json in
                for column in summary.columns {
                    json.object { json in
                        json.string("name", shown(column.field.name, 512))
                        json.string("type", shown(column.field.type.description, 512))
                        json.string("role", column.field.role.rawValue)
                        if column.field.type.isUnread { json.boolean("unread", true) }
                        json.number("missing", column.missing)
                        json.number("notFinite", column.notFinite)
                        for (key, value) in [
                            ("least", column.least), ("greatest", column.greatest), ("mean", column.mean),
                        ] {
                            if let value, value.isFinite { json.raw(key, "\(value)".utf8) }
                        }
                    }
                }
            }
            if let labels = summary.labels { self.shares("labels", labels, &json) }
            if let pictures = summary.pictures { self.shares("pictureSizes", pictures.sizes, &json) }
            self.shares("sources", summary.sources, &json)
            json.array("samples") { json in
                for sample in summary.samples {
                    json.array { json in for value in sample { json.string(nil, shown(value, 256)) } }
                }
            }
            problems(summary.problems, summary.problemCount, &json)
        }
        return json.bytes
    }

    static func problems(_ problems: [RowProblem], _ total: Int, _ json: inout JSONWriter) {
        json.number("problemCount", total)
        json.array("problems") { json in
            for problem in problems {
                json.object { json in
                    json.string("file", shown(problem.file, 512))
                    json.string("place", shown(problem.place, 512))
                    json.string("reason", shown(problem.reason, 512))
                }
            }
        }
    }

    private static func shares(_ key: String, _ shares: [DatasetSummary.Share], _ json: inout JSONWriter) {
        json.array(key) { json in
            for share in shares {
                json.object { json in
                    json.string("value", shown(share.value, 512))
                    json.number("rows", share.rows)
                }
            }
        }
    }

    // MARK: Words

    static func shown(_ text: String, _ limit: Int) -> String { PrintableText.quoting(text, limit: limit) }
    /// Text with its lines, and everything else that cannot be seen spelt out.
    static func lines(_ text: String, _ limit: Int) -> String {
        text.prefix(limit).split(separator: "\n", omittingEmptySubsequences: false)
            .map { PrintableText.quoting(String($0), limit: limit) }.joined(separator: "\n")
    }

    static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// A count with commas.
    static func count(_ number: Int) -> String {
        var (digits, result) = (Array("\(number)"), "")
        while digits.count > 3 {
            result = "," + String(digits.suffix(3)) + result
            digits.removeLast(3)
        }
        return String(digits) + result
    }

    private static func percent(_ part: Int, _ whole: Int) -> String {
        let tenths = whole == 0 ? 0 : (part * 1000 + whole / 2) / whole
        return "\(tenths / 10).\(tenths % 10) %"
    }

    /// A number with four digits that count.
    private static func number(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e15 { return count(Int(value)) }
        let magnitude = abs(value)
        guard magnitude >= 1e-4, magnitude < 1e9 else { return "\(Float(value))" }
        let scale = magnitude >= 1000 ? 10.0 : magnitude >= 1 ? 1000 : 1e6
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() ? count(Int(rounded)) : "\(rounded)"
    }
}
