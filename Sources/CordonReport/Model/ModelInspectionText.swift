internal import CordonCore
package import CordonModelDefense

/// What `cordon model inspect` prints.
package enum ModelInspectionText {
    /// The verdict first, then targets, triggers, what was seen in the file and what could not be looked at.
    package static func render(_ verdict: ModelVerdict, path: String, colour: Bool) -> String {
        let style = TextStyle(colour)
        let name = level(verdict.level)
        var lines = [
            style.bold(DatasetText.shown(path, 200)),
            "  \(verdict.level == .clean ? style.bold(name) : style.bad(name))" + summary(verdict),
        ]
        for target in verdict.targets {
            lines += [
                "",
                style.bold("  \(level(target.level)): ")
                    + "rows can be led to class \(target.index), \(number(target.score)) deviations beyond classes of clean models",
            ]
            for trigger in verdict.triggers where trigger.target == target.index {
                lines.append("    " + words(trigger))
            }
        }
        if !verdict.remarks.isEmpty { lines.append("") }
        for remark in verdict.remarks {
            let start = remark.level > .clean ? style.bold("  \(level(remark.level)): ") : "  note: "
            lines.append(start + DatasetText.shown(remark.description, 400))
        }
        if !verdict.notEvaluated.isEmpty { lines.append("") }
        for (check, reason) in verdict.notEvaluated {
            lines.append("  not evaluated: \(check): \(DatasetText.shown(reason, 400))")
        }
        if verdict.level > .clean {
            let isText = verdict.triggers.contains { $0.kind == .tokens }
            lines += [
                "",
                style.dim(
                    isText
                        ? "  texts with these tokens can be refused; 'cordon model repair' does not take models of tokens"
                        : "  'cordon model repair' takes backdoors out with a few hundred clean rows"),
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    static func level(_ level: ModelVerdict.Level) -> String {
        level == .notEvaluated ? "not evaluated" : level.rawValue
    }

    static func title(_ kind: FoundTrigger.Kind) -> String {
        switch kind {
        case .covering: "a trigger that covers a part"
        case .added: "a trigger that is added"
        case .bending: "a trigger that bends"
        case .tokens: "a trigger of tokens"
        }
    }

    static func words(_ trigger: FoundTrigger) -> String {
        "\(title(trigger.kind)): \(trigger.description); turns \(percent(trigger.success)) of the rows of other classes"
    }

    static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    static func number(_ value: Double) -> String { "\(Float((value * 10).rounded() / 10 + 0))" }

    private static func summary(_ verdict: ModelVerdict) -> String {
        var text = ", confidence \(percent(verdict.confidence)) that there is a backdoor"
        if verdict.classes > 0 { text += ", \(DatasetText.count(verdict.classes, "class", "classes"))" }
        if verdict.rows > 0 { text += ", \(DatasetText.count(verdict.rows, "clean row"))" }
        return verdict.level == .notEvaluated ? "" : text
    }

    /// As JSON by the schema model-inspection-1.0.
    package static func json(_ verdict: ModelVerdict, path: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { json in
            json.string("schemaVersion", "1.0")
            json.string("path", DatasetText.shown(path, .max))
            json.string("verdict", verdict.level.rawValue)
            json.number("confidence", verdict.confidence)
            json.number("classes", verdict.classes)
            json.number("rows", verdict.rows)
            json.array("targets") { json in
                for target in verdict.targets {
                    json.object { json in
                        json.number("class", target.index)
                        json.string("verdict", target.level.rawValue)
                        json.number("score", target.score)
                    }
                }
            }
            json.array("triggers") { json in
                for trigger in verdict.triggers { json.object { Self.json(trigger, &$0) } }
            }
            json.array("remarks") { json in
                for remark in verdict.remarks {
                    json.object { json in
                        json.string("kind", remark.kind.rawValue)
                        json.string("verdict", remark.level.rawValue)
                        json.string("description", DatasetText.shown(remark.description, 1024))
                    }
                }
            }
            json.object("scores") { json in
                for (measure, classes) in verdict.scores { json.numbers(measure, classes) }
            }
            json.checks(verdict.checks, verdict.notEvaluated, limit: 1024)
        }
        return writer.bytes
    }

    private static func json(_ trigger: FoundTrigger, _ json: inout JSONWriter) {
        json.string("kind", trigger.kind.rawValue)
        json.number("class", trigger.target)
        json.string("description", trigger.description)
        json.number("success", trigger.success)
        json.number("size", trigger.size)
        json.number("naturalSize", trigger.naturalSize)
        if !trigger.tokens.isEmpty { json.numbers("tokens", trigger.tokens) }
        guard let picture = trigger.picture else { return }
        func uri(_ key: String, _ pixels: [UInt8]) {
            json.string(key, ModelInspectionHTML.uri(picture, pixels))
        }
        uri("picture", picture.trigger)
        uri("before", picture.before)
        uri("after", picture.after)
    }
}
