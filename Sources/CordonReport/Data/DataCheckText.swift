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
        for cause in verdict.causes where cause.level > .clean {
            lines += ["", style.bold("  \(cause.level.rawValue): ") + words(cause)] + details(cause)
        }
        let told = verdict.causes.filter { $0.level == .clean }
        if !told.isEmpty { lines += [""] + told.map { "  note: " + DatasetText.shown($0.description, 300) } }
        let bad = verdict.classes.filter { $0.level > .clean }
        if !bad.isEmpty {
            lines += ["", style.bold("  classes")]
            for one in bad.prefix(classLimit) {
                lines.append(
                    "    \(DatasetText.shown(one.name, 40)): \(one.level.rawValue), \(DatasetText.count(one.alerted)) of \(DatasetText.count(one.rows, "row")), p \(number(one.pValue))"
                )
            }
            if bad.count > classLimit { lines.append("    … \(bad.count - classLimit) more") }
        }
        if !verdict.sources.isEmpty {
            lines += ["", style.bold("  sources, the most harmful first")]
            for one in verdict.sources.prefix(classLimit) { lines.append("    " + words(one)) }
            if verdict.sources.count > classLimit { lines.append("    … \(verdict.sources.count - classLimit) more") }
        }
        if !verdict.notEvaluated.isEmpty { lines.append("") }
        for (checks, reason) in DataCauseWords.unchecked(verdict) {
            lines.append("  not evaluated: \(checks): \(DatasetText.shown(reason, 400))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func summary(_ verdict: DataVerdict) -> String {
        var text = ", " + DatasetText.count(verdict.rows, "row")
        if !verdict.classes.isEmpty { text += " in " + DatasetText.count(verdict.classes.count, "class", "classes") }
        if verdict.leftOut > 0 { text += ", \(DatasetText.count(verdict.leftOut)) not readable" }
        guard !verdict.alerted.isEmpty else { return text }
        return text
            + ": \(DatasetText.count(verdict.alerted.count)) to look at, \(DatasetText.count(verdict.filtered.count)) of them to leave out"
    }

    private static func words(_ cause: DataCause) -> String {
        let label = cause.kind.isTrigger ? cause.target.map { ", label '\(DatasetText.shown($0, 60))'" } ?? "" : ""
        return DatasetText.shown(cause.description, 300) + label
    }

    private static func words(_ source: SourceVerdict) -> String {
        let harm =
            source.harm.map {
                ", harm \(digits($0.mean)) per row of others (95 %: \(digits($0.low)) to \(digits($0.high)))"
            } ?? ""
        return
            "\(DatasetText.shown(source.name, 60)): \(DatasetText.count(source.rows, "row")), \(percent(source.alerted)) to look at\(harm), pull \(digits(source.pull))"
    }

    private static func digits(_ value: Double) -> String { "\(Float((value * 10_000).rounded() / 10_000))" }

    private static func details(_ cause: DataCause) -> [String] {
        let rows = cause.rows.prefix(rowLimit).map(String.init).joined(separator: ", ")
        let chance = cause.pValue.map { "; p \(number($0))" } ?? ""
        var lines = [
            "    \(DatasetText.count(cause.rows.count, "row")): \(rows)" + (cause.rows.count > rowLimit ? ", …" : "")
                + chance
        ]
        if let (carriers, usual) = cause.unsupported {
            lines.append(
                "    without it, nothing speaks for the label in \(percent(carriers)) of them (usual here: \(percent(usual)))"
            )
        }
        return lines + cause.evidence.map { "    " + DatasetText.shown($0, 400) }
    }

    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    static func number(_ p: Double) -> String { p < 1e-12 ? "below 1e-12" : "\(Float(p))" }

    /// The same as JSON; schema `data-check-1.0`.
    package static func json(_ verdict: DataVerdict, path: String) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.string("schemaVersion", "1.0")
            json.string("path", DatasetText.shown(path, .max))
            json.string("verdict", verdict.level.rawValue)
            json.number("rows", verdict.rows)
            json.number("leftOut", verdict.leftOut)
            names("filtered", verdict.filtered, verdict, &json)
            names("alerted", verdict.alerted, verdict, &json)
            json.numbers("alertedPValues", verdict.alertedPValues)
            json.string("idColumn", verdict.ids.map { DatasetText.shown($0.column, 512) })
            json.object("positions") { json in
                json.numbers("filtered", verdict.filtered)
                json.numbers("alerted", verdict.alerted)
            }
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
            json.array("triggers") { json in for one in verdict.triggers { json.object { write(one, &$0) } } }
            json.array("causes") { json in
                for one in verdict.causes where !(one.kind.isTrigger && one.level > .clean) {
                    json.object { write(one, &$0) }
                }
            }
            json.array("sources") { json in
                for one in verdict.sources {
                    json.object { json in
                        json.string("name", DatasetText.shown(one.name, 512))
                        json.number("rows", one.rows)
                        json.raw("alerted", "\(one.alerted)".utf8)
                        if let harm = one.harm {
                            json.raw("harm", "\(harm.mean)".utf8)
                            json.raw("harmLow", "\(harm.low)".utf8)
                            json.raw("harmHigh", "\(harm.high)".utf8)
                        }
                        if let pValue = one.pValue { json.raw("pValue", "\(pValue)".utf8) }
                        json.raw("pull", "\(one.pull)".utf8)
                    }
                }
            }
            json.checks(verdict.checks, verdict.notEvaluated, limit: 512)
        }
        return json.bytes
    }

    private static func write(_ cause: DataCause, _ json: inout JSONWriter) {
        json.string("kind", cause.kind.rawValue)
        json.string("verdict", cause.level.rawValue)
        json.string("description", DatasetText.shown(cause.description, 512))
        if let target = cause.target { json.string("target", DatasetText.shown(target, 512)) }
        if let from = cause.from { json.string("from", DatasetText.shown(from, 512)) }
        if let rate = cause.rate { json.raw("rate", "\(rate)".utf8) }
        if let pValue = cause.pValue { json.raw("pValue", "\(pValue)".utf8) }
        if let (carriers, usual) = cause.unsupported {
            json.raw("unsupported", "\(carriers)".utf8)
            json.raw("usual", "\(usual)".utf8)
        }
        json.array("evidence") { json in
            for one in cause.evidence { json.string(nil, DatasetText.shown(one, 1024)) }
        }
        json.numbers("rows", cause.rows)
        json.numbers("filtered", cause.filtered)
    }

    /// Rows by their names, or by their numbers where they have none.
    private static func names(_ key: String, _ rows: [Int], _ verdict: DataVerdict, _ json: inout JSONWriter) {
        guard let ids = verdict.ids else { return json.numbers(key, rows) }
        json.array(key) { json in
            for row in rows {
                let name = ids.names[row] ?? "\(row)"
                if let number = Int(name), "\(number)" == name {
                    json.number(nil, number)
                } else {
                    json.string(nil, DatasetText.shown(name, 512))
                }
            }
        }
    }
}
