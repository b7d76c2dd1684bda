internal import CordonCore
package import CordonDataDefense

/// What `--effect` and `--dilution` print.
package enum EffectText {
    /// A table: what was done, what it costs, what is left of each attack.
    package static func render(_ report: EffectReport, path: String, colour: Bool) -> String {
        let style = TextStyle(colour)
        let width = min(40, max(12, report.trials.map { shown($0.name).count }.max() ?? 0))
        func row(_ name: String, _ cells: [String]) -> String {
            "  " + name.padded(width)
                + cells.map { cell in String(repeating: " ", count: max(1, 12 - cell.count)) + cell }
                .joined()
        }
        var lines = [
            style.bold(DatasetText.shown(path, 200)),
            "  canary triggers in \(percent(report.poisonShare)) of the rows lead to '\(DatasetText.shown(report.target, 40))'; trained \(DatasetText.count(report.seeds, "time")) each",
            "",
            style.bold(row("", ["accuracy"] + report.canaries + ["rows", "poison"])),
        ]
        for trial in report.trials {
            if let failure = trial.failure {
                lines.append("  " + shown(trial.name).padded(width) + "  not tried: \(DatasetText.shown(failure, 300))")
                continue
            }
            lines.append(
                row(
                    shown(trial.name),
                    [percent(trial.accuracy)] + trial.success.map(percent)
                        + [DatasetText.count(trial.rows), percent(trial.poisonShare)]))
        }
        let names = report.canaries.map { "'\($0)'" }.joined(separator: " and ")
        lines += [
            "",
            "  under \(names): share of rows of other classes that the trigger leads to '\(DatasetText.shown(report.target, 40))'",
            style.dim("  a small model and known triggers: what helps here may not help against another attack"),
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func shown(_ name: String) -> String { DatasetText.shown(name, 40) }

    private static func percent(_ share: Double) -> String { "\(Float((share * 1000).rounded() / 10)) %" }

    /// As JSON by the schema data-effect-1.0.
    package static func json(_ report: EffectReport, path: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { json in
            json.string("schemaVersion", "1.0")
            json.string("path", DatasetText.shown(path, .max))
            json.string("target", DatasetText.shown(report.target, 1024))
            json.number("poisonShare", report.poisonShare)
            json.number("seeds", report.seeds)
            json.array("canaries") { json in for name in report.canaries { json.string(nil, name) } }
            json.array("trials") { json in
                for trial in report.trials {
                    json.object { json in
                        json.string("name", DatasetText.shown(trial.name, 1024))
                        if let failure = trial.failure {
                            json.string("failure", DatasetText.shown(failure, 1024))
                            return
                        }
                        json.number("accuracy", trial.accuracy)
                        json.object("attackSuccess") { json in
                            for (name, share) in zip(report.canaries, trial.success) { json.number(name, share) }
                        }
                        json.number("rows", trial.rows)
                        json.number("poisonShare", trial.poisonShare)
                    }
                }
            }
        }
        return writer.bytes
    }
}

extension String {
    /// With spaces behind, up to a width.
    func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
