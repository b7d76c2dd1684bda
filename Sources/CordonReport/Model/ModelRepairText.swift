package import CordonCore
package import CordonModelDefense

/// What `cordon model repair` prints and leaves as evidence.
package enum ModelRepairText {
    /// What was found, what each method reached, and what was written.
    package static func render(
        _ outcome: ModelRepair.Outcome, path: String, output: String, colour: Bool
    ) -> String {
        let style = TextStyle(colour)
        let level = ModelInspectionText.level(outcome.before.level)
        let targets = outcome.before.targets.map { "\($0.index)" }.joined(separator: ", ")
        var lines = [
            style.bold(DatasetText.shown(path, 200)),
            "  before: \(level)" + (targets.isEmpty ? "" : ", towards class \(targets)")
                + ", accuracy \(percent(outcome.accuracy)), attack success \(percent(outcome.success))",
        ]
        for trial in outcome.trials {
            let name = trial.method.rawValue.padded(18)
            let isKept = trial.method == outcome.kept
            lines.append(
                trial.failure.map { "  \(name)not run: \(DatasetText.shown($0, 300))" }
                    ?? "  \(name)accuracy \(percent(trial.accuracy)), attack success \(percent(trial.residual))\(isKept ? style.bold("  kept") : "")"
            )
        }
        lines.append("  measured on \(outcome.asked) rows that no repair saw, with reconstructed and known triggers")
        lines.append(
            outcome.kept == nil
                ? style.bad(
                    "  nothing was written: no method kept the accuracy; more clean rows or a higher --allowed-loss may help"
                )
                : "  written to '\(DatasetText.shown(output, 200))'")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func percent(_ share: Double) -> String { "\(Float((share * 1000).rounded() / 10)) %" }

    /// As JSON by the schema model-repair-1.0.
    package static func json(_ outcome: ModelRepair.Outcome, path: String, output: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { json in
            json.string("schemaVersion", "1.0")
            json.string("path", DatasetText.shown(path, .max))
            json.string("output", outcome.kept == nil ? nil : DatasetText.shown(output, .max))
            json.string("verdict", outcome.before.level.rawValue)
            json.numbers("targets", outcome.before.targets.map(\.index))
            json.number("rows", outcome.rows)
            json.number("rowsAside", outcome.asked)
            json.number("accuracy", outcome.accuracy)
            json.number("attackSuccess", outcome.success)
            json.string("kept", outcome.kept?.rawValue)
            json.array("trials") { json in
                for trial in outcome.trials {
                    json.object { json in
                        json.string("method", trial.method.rawValue)
                        if let failure = trial.failure {
                            json.string("failure", DatasetText.shown(failure, 1024))
                        } else {
                            json.number("accuracy", trial.accuracy)
                            json.number("attackSuccess", trial.residual)
                        }
                    }
                }
            }
        }
        return writer.bytes
    }

    /// An in-toto test-result predicate, version 0.1: before and after, about the model with this digest.
    package static func evidence(
        _ outcome: ModelRepair.Outcome, path: String, digest: Digest, output: String
    ) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.string("result", outcome.kept == nil ? "FAILED" : "PASSED")
            json.array("configuration") { json in
                json.object { json in
                    json.string("name", DatasetText.shown(path, 1024))
                    json.object("digest") { json in json.string("sha256", digest.hex) }
                    json.object("annotations") { json in
                        json.string("repaired", DatasetText.shown(output, 1024))
                        json.string("verdict", outcome.before.level.rawValue)
                        json.number("accuracy", outcome.accuracy)
                        json.number("attackSuccess", outcome.success)
                    }
                }
            }
            func tests(_ key: String, _ isKept: Bool) {
                json.array(key) { json in
                    for trial in outcome.trials where (trial.method == outcome.kept) == isKept {
                        json.string(
                            nil,
                            trial.failure.map { "\(trial.method.rawValue): not run: \(DatasetText.shown($0, 300))" }
                                ?? "\(trial.method.rawValue): accuracy \(trial.accuracy), attack success \(trial.residual)"
                        )
                    }
                }
            }
            tests("passedTests", true)
            tests("failedTests", false)
        }
        return json.bytes
    }
}
