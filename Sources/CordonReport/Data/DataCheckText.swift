internal import CordonCore
package import CordonDataDefense

/// What `cordon data check` prints.
package enum DataCheckText {
    private static let classLimit = 20
    private static let rowLimit = 12

    /// The verdict first, then the triggers and what could not be checked.
    package static func render(_ verdict: DataVerdict, path: String, colour: Bool) -> String {
        let style = TextStyle(colour)
        let name = verdict.level == .notEvaluated ? "not evaluated" : verdict.level.rawValue
        let level = verdict.level == .clean ? style.bold(name) : style.bad(name)
        var lines = [style.bold(DatasetText.shown(path, 200)), "  \(level)" + summary(verdict)]
        for trigger in verdict.triggers {
            lines += ["", style.bold("  trigger: ") + words(trigger)] + details(trigger)
        }
        for change in verdict.relabelled { lines += ["", style.bold("  labels: ") + words(change)] }
        let bad = verdict.classes.filter { $0.level > .clean }
        if !bad.isEmpty {
            lines += ["", style.bold("  classes")]
            for one in bad.prefix(classLimit) {
                lines.append(
                    "    \(DatasetText.shown(one.name, 40)): \(one.level.rawValue), \(DatasetText.count(one.alerted)) of \(DatasetText.count(one.rows)) rows, p \(number(one.pValue))"
                )
            }
            if bad.count > classLimit { lines.append("    … \(bad.count - classLimit) more") }
        }
        for (check, reason) in verdict.notEvaluated { lines += ["", "  not evaluated: \(check): \(reason)"] }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func summary(_ verdict: DataVerdict) -> String {
        var text = ", \(DatasetText.count(verdict.rows)) rows in \(DatasetText.count(verdict.classes.count)) classes"
        if verdict.leftOut > 0 { text += ", \(DatasetText.count(verdict.leftOut)) not readable" }
        guard !verdict.alerted.isEmpty else { return text }
        return text
            + ": \(DatasetText.count(verdict.alerted.count)) to look at, \(DatasetText.count(verdict.filtered.count)) of them to leave out"
    }

    private static func words(_ trigger: DataTrigger) -> String {
        DatasetText.shown(trigger.description, 300) + ", label '\(DatasetText.shown(trigger.target, 60))'"
    }

    private static func words(_ change: ChangedLabels) -> String {
        let rows = DatasetText.count(change.rows.count)
        if let from = change.from, let to = change.to {
            return
                "\(percent(change.rate)) of what looks like '\(DatasetText.shown(from, 60))' has the label '\(DatasetText.shown(to, 60))': \(rows) rows to look at; p \(number(change.pValue))"
        }
        return
            "about \(percent(change.rate)) were changed at random: \(rows) rows to look at; p \(number(change.pValue))"
    }

    private static func details(_ trigger: DataTrigger) -> [String] {
        let rows = trigger.rows.prefix(rowLimit).map(String.init).joined(separator: ", ")
        return [
            "    \(DatasetText.count(trigger.rows.count)) rows carry it: \(rows)"
                + (trigger.rows.count > rowLimit ? ", …" : ""),
            "    without it, nothing speaks for the label in \(percent(trigger.unsupported.carriers)) of them (usual here: \(percent(trigger.unsupported.usual))); p \(number(trigger.pValue))",
        ]
    }

    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    private static func number(_ p: Double) -> String { p < 1e-12 ? "below 1e-12" : "\(Float(p))" }

    /// The same as JSON; schema `data-check-1.0`.
    package static func json(_ verdict: DataVerdict, path: String) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.string("schemaVersion", "1.0")
            json.string("path", DatasetText.shown(path, .max))
            json.string("verdict", verdict.level.rawValue)
            json.number("rows", verdict.rows)
            json.number("leftOut", verdict.leftOut)
            numbers("filtered", verdict.filtered, &json)
            numbers("alerted", verdict.alerted, &json)
            json.array("classes") { json in
                for one in verdict.classes {
                    json.object { json in
                        json.string("name", DatasetText.shown(one.name, 512))
                        json.string("verdict", one.level.rawValue)
                        json.raw("pValue", "\(one.pValue)".utf8)
                        json.number("rows", one.rows)
                        json.number("alerted", one.alerted)
                    }
                }
            }
            json.array("triggers") { json in
                for trigger in verdict.triggers {
                    json.object { json in
                        json.string("kind", trigger.kind.rawValue)
                        json.string("description", DatasetText.shown(trigger.description, 512))
                        json.string("target", DatasetText.shown(trigger.target, 512))
                        json.raw("pValue", "\(trigger.pValue)".utf8)
                        json.raw("unsupported", "\(trigger.unsupported.carriers)".utf8)
                        json.raw("usual", "\(trigger.unsupported.usual)".utf8)
                        numbers("rows", trigger.rows, &json)
                    }
                }
            }
            json.array("relabelled") { json in
                for change in verdict.relabelled {
                    json.object { json in
                        if let from = change.from { json.string("from", DatasetText.shown(from, 512)) }
                        if let to = change.to { json.string("to", DatasetText.shown(to, 512)) }
                        json.raw("rate", "\(change.rate)".utf8)
                        json.raw("pValue", "\(change.pValue)".utf8)
                        numbers("rows", change.rows, &json)
                    }
                }
            }
            json.array("checks") { json in for check in verdict.checks { json.string(nil, check) } }
            json.array("notEvaluated") { json in
                for (check, reason) in verdict.notEvaluated {
                    json.object { json in
                        json.string("check", check)
                        json.string("reason", DatasetText.shown(reason, 512))
                    }
                }
            }
        }
        return json.bytes
    }

    private static func numbers(_ key: String, _ rows: [Int], _ json: inout JSONWriter) {
        json.raw(key, ("[" + rows.map(String.init).joined(separator: ",") + "]").utf8)
    }
}
