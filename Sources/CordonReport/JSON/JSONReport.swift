public import CordonCore

/// The scan report as JSON, described by `docs/schemas/scan-report-1.0.schema.json`.
public enum JSONReport {
    /// Raised when a field changes its meaning or goes away; new fields do not raise it.
    public static let schemaVersion = "1.0"

    /// The report's bytes, ending in a line feed.
    public static func render(_ report: ScanReport) -> [UInt8] {
        var writer = JSONWriter()
        let rules = Dictionary(uniqueKeysWithValues: report.rules.map { ($0.id, $0) })
        writer.object { json in
            json.string("schemaVersion", schemaVersion)
            json.object("tool") { json in
                json.string("name", "cordon")
                json.string("version", report.toolVersion)
            }
            summary(report, &json)
            json.array("roots") { json in
                for root in report.roots { json.string(nil, PrintableText.quoting(root, limit: .max)) }
            }
            json.string("configuration", report.configuration)
            if let use = report.advisories {
                json.object("advisories") { json in
                    json.string("source", PrintableText.quoting(use.source, limit: .max))
                    json.number("records", use.recordCount)
                    json.string("newest", use.newest)
                    json.number("ageInDays", use.ageInDays)
                }
            }
            json.array("findings") { json in
                for item in report.findings { json.object { finding(item, rules[item.ruleID], &$0) } }
            }
            if !report.hidden.isEmpty {
                json.array("hidden") { json in
                    for item in report.hidden {
                        json.object { json in
                            finding(item.finding, rules[item.finding.ruleID], &json)
                            json.string("hiddenBy", item.reason.rawValue)
                            json.string("note", item.note.isEmpty ? nil : item.note)
                        }
                    }
                }
            }
            if report.triage != ScanReport.TriageUse() { triage(report.triage, &json) }
            json.array("assets") { json in for entry in report.entries { asset(entry, &json) } }
        }
        return writer.bytes
    }

    private static func summary(_ report: ScanReport, _ json: inout JSONWriter) {
        json.object("summary") { json in
            json.number("files", report.entries.count)
            json.number("passed", report.passedCount)
            json.number("failed", report.failedCount)
            json.number("notEvaluated", report.notEvaluatedCount)
            json.number("incomplete", report.incompleteCount)
            json.number("excluded", report.excludedCount)
            json.object("findings") { json in
                for severity in Severity.allCases.reversed() {
                    json.number(severity.name, report.findings.count { $0.severity == severity })
                }
            }
            json.object("hidden") { json in
                for reason in ScanReport.Hidden.Reason.allCases {
                    json.number(reason.rawValue, report.hidden.count { $0.reason == reason })
                }
            }
            json.seconds("seconds", report.duration)
        }
    }

    private static func triage(_ use: ScanReport.TriageUse, _ json: inout JSONWriter) {
        json.object("triage") { json in
            json.string("baseline", use.baseline)
            json.number("goneFromBaseline", use.gone)
            json.number("changedSeverities", use.changedSeverities)
            json.array("expired") { json in for text in use.expired { json.string(nil, text) } }
            json.array("unused") { json in for text in use.unused { json.string(nil, text) } }
        }
    }

    private static func finding(_ finding: Finding, _ rule: Rule?, _ json: inout JSONWriter) {
        json.string("ruleID", finding.ruleID)
        json.string("severity", finding.severity.name)
        json.string("confidence", finding.confidence.rawValue)
        json.string("path", finding.path.display)
        json.string("member", finding.place.member)
        json.number("offset", finding.place.offset)
        json.number("line", finding.place.line)
        json.number("cell", finding.place.cell)
        json.string("element", finding.place.element)
        json.string("title", rule?.title)
        json.string("message", finding.message)
        json.string("why", rule?.why)
        json.string("remedy", rule?.remedy)
        json.string("threat", rule?.threat.rawValue)
        json.string("control", rule?.control.rawValue)
        json.array("cwe") { json in for id in rule?.cwe ?? [] { json.string(nil, "CWE-\(id)") } }
        json.array("atlas") { json in for id in rule?.atlas ?? [] { json.string(nil, id) } }
        json.string("fingerprint", finding.fingerprint)
    }

    private static func asset(_ entry: ScanReport.Entry, _ json: inout JSONWriter) {
        json.object { json in
            json.string("path", entry.asset.path.display)
            json.string("format", entry.asset.format)
            json.number("byteCount", entry.asset.byteCount)
            json.string("sha256", entry.asset.digest?.hex)
            json.string("outcome", entry.outcome.name)
            if !entry.notEvaluated.isEmpty {
                json.array("notEvaluated") { json in for reason in entry.notEvaluated { json.string(nil, reason) } }
            }
        }
    }
}
