internal import CordonCore
package import CordonModelDefense

/// A verdict on a model in SARIF 2.1.0: one result for every class that rows can be led to and everything that was seen in the file.
package enum ModelInspectionSARIF {
    /// What is reported as a rule: a class that rows can be led to, or a kind of remark.
    private struct Rule {
        let id: String, name: String, title: String, remedy: String

        static let target = Rule(
            id: "CORDON-MODEL-001", name: "BackdoorTarget",
            title: "rows can be led to a class by a trigger that is too small",
            remedy:
                "take another source, or 'cordon model repair' with a few hundred clean rows; look at the trigger's picture"
        )

        static func remark(_ kind: ModelVerdict.Remark.Kind) -> Rule {
            let number = (ModelVerdict.Remark.Kind.allCases.firstIndex(of: kind) ?? 0) + 2
            let (title, remedy) = words(kind)
            return Rule(
                id: "CORDON-MODEL-00\(number)", name: kind.rawValue.prefix(1).uppercased() + kind.rawValue.dropFirst(),
                title: title, remedy: remedy)
        }

        private static func words(_ kind: ModelVerdict.Remark.Kind) -> (String, String) {
            switch kind {
            case .customOperators:
                (
                    "operators that no standard knows",
                    "export the model with standard operators, or read the code of its own"
                )
            case .triggerSubgraph:
                (
                    "nodes that compare the raw input beside the layers",
                    "take the model from a source that can explain them"
                )
            case .weights:
                ("weights that are no numbers, or far beyond the others", "do not use the model; take another copy")
            case .outlierChannels: ("channels that stand out from their layer", "inspect the model with clean rows")
            case .hiddenPayload: ("content in the low bits of weights", "do not use the file; take another copy")
            case .base: ("the base that is claimed", "ask who trained it, on what")
            }
        }
    }

    /// The report as UTF-8.
    package static func render(_ verdict: ModelVerdict, path: String, version: String) -> [UInt8] {
        let remarks = verdict.remarks.filter { $0.level > .clean }
        let rules =
            (verdict.targets.isEmpty ? [] : [Rule.target])
            + ModelVerdict.Remark.Kind.allCases.filter { kind in remarks.contains { $0.kind == kind } }.map(Rule.remark)
        var writer = JSONWriter()
        writer.object { json in
            json.string("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
            json.string("version", "2.1.0")
            json.array("runs") { json in
                json.object { json in
                    json.object("tool") { json in
                        json.object("driver") { json in
                            json.string("name", "Cordon")
                            json.string("semanticVersion", version)
                            json.array("rules") { json in for rule in rules { Self.rule(rule, &json) } }
                        }
                    }
                    json.array("invocations") { json in
                        json.object { json in
                            json.boolean("executionSuccessful", verdict.level != .notEvaluated)
                            json.array("toolExecutionNotifications") { json in
                                for (check, reason) in verdict.notEvaluated {
                                    json.object { json in
                                        text(
                                            "message", "not evaluated: \(check): \(DatasetText.shown(reason, 1024))",
                                            &json)
                                        json.string("level", "note")
                                    }
                                }
                            }
                        }
                    }
                    json.object("properties") { json in
                        json.string("verdict", verdict.level.rawValue)
                        json.number("confidence", verdict.confidence)
                    }
                    json.array("results") { json in
                        for target in verdict.targets {
                            let triggers = verdict.triggers.filter { $0.target == target.index }
                            let words =
                                ["rows can be led to class \(target.index)"] + triggers.map(ModelInspectionText.words)
                            result(.target, rules, target.level, words.joined(separator: "; "), path, &json)
                        }
                        for remark in remarks {
                            result(.remark(remark.kind), rules, remark.level, remark.description, path, &json)
                        }
                    }
                }
            }
        }
        return writer.bytes
    }

    private static func rule(_ rule: Rule, _ json: inout JSONWriter) {
        json.object { json in
            json.string("id", rule.id)
            json.string("name", rule.name)
            text("shortDescription", rule.title, &json)
            text("help", rule.remedy, &json)
            json.string("helpUri", Control.poisonrobustmodel.entry.permalink)
            json.object("properties") { json in
                json.array("tags") { json in
                    json.string(nil, "security")
                    json.string(nil, "owasp/\(Control.poisonrobustmodel.rawValue)")
                }
            }
        }
    }

    private static func result(
        _ rule: Rule, _ rules: [Rule], _ level: ModelVerdict.Level, _ words: String, _ path: String,
        _ json: inout JSONWriter
    ) {
        json.object { json in
            json.string("ruleId", rule.id)
            json.number("ruleIndex", rules.firstIndex { $0.id == rule.id })
            json.string("level", level == .backdoored ? "error" : "warning")
            text("message", DatasetText.shown(words, 1024), &json)
            json.array("locations") { json in
                json.object { json in
                    json.object("physicalLocation") { json in
                        json.object("artifactLocation") { $0.string("uri", SARIFReport.uri(path)) }
                    }
                }
            }
            json.object("properties") { $0.string("verdict", level.rawValue) }
        }
    }

    private static func text(_ key: String, _ value: String, _ json: inout JSONWriter) {
        json.object(key) { $0.string("text", value) }
    }
}
