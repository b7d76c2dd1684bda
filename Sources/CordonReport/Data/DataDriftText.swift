internal import CordonCore
package import CordonDataDefense

/// What `cordon data diff` prints.
package enum DataDriftText {
    private static let limit = 20

    /// What came and went, then what drifted, at most twenty lines of each.
    package static func render(_ drift: DatasetDrift, path: String, reference: String, colour: Bool) -> String {
        let style = TextStyle(colour)
        var lines = [style.bold(DatasetText.shown(path, 200)) + " beside " + DatasetText.shown(reference, 200)]
        if drift.isSame { return lines[0] + "\n  the same rows\n" }
        lines.append(
            "  rows: \(DatasetText.count(drift.added)) new, \(DatasetText.count(drift.removed)) gone (a changed row is both)"
        )
        for one in drift.columns.prefix(limit) { lines.append("  column \(DatasetText.shown(one, 200))") }
        if drift.shifts.isEmpty { lines.append("  no column is spread otherwise beyond chance") }
        for one in drift.shifts.prefix(limit) {
            let label = one.label.map { ", label '\(DatasetText.shown($0, 60))'" } ?? ""
            lines.append(
                "  drift: \(DatasetText.shown(one.column, 60))\(label): \(DatasetText.shown(one.description, 200)); distance \(Float((one.distance * 1000).rounded() / 1000)), p \(DataCheckText.number(one.pValue))"
            )
        }
        if drift.shifts.count > limit { lines.append("  … \(drift.shifts.count - limit) more") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The same as JSON; schema `data-diff-1.0`.
    package static func json(_ drift: DatasetDrift, path: String, reference: String) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.string("schemaVersion", "1.0")
            json.string("path", DatasetText.shown(path, .max))
            json.string("reference", DatasetText.shown(reference, .max))
            json.number("added", drift.added)
            json.number("removed", drift.removed)
            json.numbers("addedRows", drift.addedRows)
            json.array("columns") { json in for one in drift.columns { json.string(nil, DatasetText.shown(one, 512)) } }
            json.array("shifts") { json in
                for one in drift.shifts {
                    json.object { json in
                        json.string("column", DatasetText.shown(one.column, 512))
                        if let label = one.label { json.string("label", DatasetText.shown(label, 512)) }
                        json.raw("distance", "\(one.distance)".utf8)
                        json.raw("pValue", "\(one.pValue)".utf8)
                        json.string("description", DatasetText.shown(one.description, 512))
                    }
                }
            }
        }
        return json.bytes
    }
}
