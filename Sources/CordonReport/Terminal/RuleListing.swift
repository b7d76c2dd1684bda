public import CordonCore

/// `cordon rules`: what is looked for, for people and for programs.
public enum RuleListing {
    /// One line a rule: id, severity, threat, control, title.
    public static func list(_ rules: [Rule]) -> String {
        let width = rules.map(\.id.count).max() ?? 0
        return rules.map { rule in
            pad(rule.id, width) + "  " + pad(rule.severity.name, 8) + "  " + pad(rule.threat.rawValue, 16) + "  "
                + pad(rule.control.rawValue, 17) + "  " + pad(rule.cwe.map { "CWE-\($0)" }.joined(separator: ","), 24)
                + "  "
                + rule.title + "\n"
        }.joined()
    }

    /// Everything about one rule.
    public static func show(_ rule: Rule) -> String {
        let threat = rule.threat.entry
        let control = rule.control.entry
        return """
            \(rule.id)  \(rule.title)
              severity      \(rule.severity.name)
              why           \(rule.why)
              what to do    \(rule.remedy)
              not detected  \(rule.limits)
              threat        \(threat.slug): \(threat.name). \(threat.summary)
                            \(threat.permalink)
              control       \(control.slug): \(control.name). \(control.summary)
                            \(control.permalink)
              weakness      \(rule.cwe.map { "CWE-\($0)" }.joined(separator: ", "))
              MITRE ATLAS   \(rule.atlas.joined(separator: ", "))

            """
    }

    /// The rules as JSON.
    public static func json(_ rules: [Rule]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { json in
            json.string("schemaVersion", JSONReport.schemaVersion)
            json.array("rules") { json in for rule in rules { describe(rule, &json) } }
        }
        return writer.bytes
    }

    private static func describe(_ rule: Rule, _ json: inout JSONWriter) {
        json.object { json in
            json.string("id", rule.id)
            json.string("title", rule.title)
            json.string("severity", rule.severity.name)
            json.string("threat", rule.threat.rawValue)
            json.string("control", rule.control.rawValue)
            json.string("why", rule.why)
            json.string("remedy", rule.remedy)
            json.string("notDetected", rule.limits)
            json.array("cwe") { json in for id in rule.cwe { json.string(nil, "CWE-\(id)") } }
            json.array("atlas") { json in for id in rule.atlas { json.string(nil, id) } }
            json.string("permalink", rule.threat.entry.permalink)
        }
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
