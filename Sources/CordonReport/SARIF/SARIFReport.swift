public import CordonCore

/// The scan report in SARIF 2.1.0 (OASIS, 2020-03-27), for code-scanning services.
///
/// Critical and high are `error`, medium `warning`, low and info `note`. A finding inside a container names the outer
/// file in `artifactLocation` and the member as a logical location. What was not evaluated is a tool notification.
public enum SARIFReport {
    /// The report's bytes, ending in a line feed.
    public static func render(_ report: ScanReport) -> [UInt8] {
        var writer = JSONWriter()
        let used = Set((report.findings + report.hidden.map(\.finding)).map(\.ruleID))
        let rules = report.rules.filter { used.contains($0.id) }
        let indices = Dictionary(uniqueKeysWithValues: rules.enumerated().map { ($1.id, $0) })
        writer.object { json in
            json.string("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
            json.string("version", "2.1.0")
            json.array("runs") { json in
                json.object { json in
                    tool(report, rules, &json)
                    invocation(report, &json)
                    json.string("columnKind", "unicodeCodePoints")
                    if let use = report.advisories {
                        json.object("properties") { json in
                            json.object("advisories") { json in
                                json.string("source", PrintableText.quoting(use.source, limit: .max))
                                json.number("records", use.recordCount)
                                json.string("newest", use.newest)
                                json.number("ageInDays", use.ageInDays)
                            }
                        }
                    }
                    json.array("results") { json in
                        for finding in report.findings { result(finding, indices[finding.ruleID], nil, &json) }
                        for item in report.hidden where item.reason != .rule {
                            result(item.finding, indices[item.finding.ruleID], item, &json)
                        }
                    }
                }
            }
        }
        return writer.bytes
    }

    private static func tool(_ report: ScanReport, _ rules: [Rule], _ json: inout JSONWriter) {
        json.object("tool") { json in
            json.object("driver") { json in
                json.string("name", "Cordon")
                json.string("semanticVersion", report.toolVersion)
                json.array("rules") { json in for rule in rules { descriptor(rule, &json) } }
            }
        }
    }

    private static func descriptor(_ rule: Rule, _ json: inout JSONWriter) {
        json.object { json in
            json.string("id", rule.id)
            json.string("name", pascalCase(rule.title))
            text("shortDescription", rule.title, &json)
            text("fullDescription", rule.why, &json)
            text("help", "\(rule.remedy) Not detected: \(rule.limits)", &json)
            json.string("helpUri", rule.threat.entry.permalink)
            json.object("defaultConfiguration") { $0.string("level", level(rule.severity)) }
            json.object("properties") { json in
                json.string("security-severity", score(rule.severity))
                json.array("tags") { json in
                    json.string(nil, "security")
                    json.string(nil, "owasp/\(rule.threat.rawValue)")
                    json.string(nil, "owasp/\(rule.control.rawValue)")
                    for id in rule.cwe { json.string(nil, "external/cwe/cwe-\(id)") }
                    for id in rule.atlas { json.string(nil, "atlas/\(id)") }
                }
            }
        }
    }

    private static func invocation(_ report: ScanReport, _ json: inout JSONWriter) {
        json.array("invocations") { json in
            json.object { json in
                json.boolean("executionSuccessful", true)
                json.array("toolExecutionNotifications") { json in
                    for entry in report.entries {
                        for reason in entry.notEvaluated { notification(entry.asset.path, reason, &json) }
                    }
                }
            }
        }
    }

    private static func notification(_ path: AssetPath, _ reason: String, _ json: inout JSONWriter) {
        json.object { json in
            text("message", "not evaluated: \(reason)", &json)
            json.string("level", "note")
            json.array("locations") { json in json.object { json in physical(path, nil, nil, &json) } }
        }
    }

    /// - Parameter hidden: what hides the finding: a suppression of SARIF, section 3.27.23.
    private static func result(
        _ finding: Finding, _ index: Int?, _ hidden: ScanReport.Hidden?, _ json: inout JSONWriter
    ) {
        json.object { json in
            json.string("ruleId", finding.ruleID)
            json.number("ruleIndex", index)
            json.string("level", level(finding.severity))
            text("message", finding.message, &json)
            json.array("locations") { json in
                json.object { json in
                    physical(finding.path, finding.place, finding.place.member, &json)
                    logical(finding.place, &json)
                }
            }
            json.object("partialFingerprints") { $0.string("cordonFinding/v1", finding.fingerprint) }
            if let hidden {
                if hidden.reason == .baseline { json.string("baselineState", "unchanged") }
                json.array("suppressions") { json in
                    json.object { json in
                        json.string("kind", "external")
                        json.string("status", "accepted")
                        if !hidden.note.isEmpty { json.string("justification", hidden.note) }
                    }
                }
            }
            json.object("properties") { json in
                json.string("severity", finding.severity.name)
                json.string("confidence", finding.confidence.rawValue)
            }
        }
    }

    /// Byte offsets and lines count only in the outer file; inside a member they would point at the wrong bytes.
    private static func physical(_ path: AssetPath, _ place: Place?, _ member: String?, _ json: inout JSONWriter) {
        json.object("physicalLocation") { json in
            json.object("artifactLocation") { $0.string("uri", uri(path)) }
            guard member == nil, let place, place.cell == nil else { return }
            if let line = place.line, line > 0 {
                json.object("region") { $0.number("startLine", line) }
            } else if let offset = place.offset {
                json.object("region") { json in
                    json.number("byteOffset", offset)
                    json.number("byteLength", 0)
                }
            }
        }
    }

    private static func logical(_ place: Place, _ json: inout JSONWriter) {
        guard place.member != nil || place.element != nil || place.cell != nil else { return }
        json.array("logicalLocations") { json in
            if let member = place.member {
                json.object { json in
                    json.string("fullyQualifiedName", place.offset.map { "\(member)@\($0)" } ?? member)
                    json.string("kind", "member")
                }
            }
            if let cell = place.cell {
                json.object { json in
                    json.string("name", place.line.map { "cell \(cell), line \($0)" } ?? "cell \(cell)")
                    json.string("kind", "cell")
                }
            }
            if let element = place.element {
                json.object { json in
                    json.string("name", element)
                    json.string("kind", "element")
                }
            }
        }
    }

    private static func text(_ key: String, _ value: String, _ json: inout JSONWriter) {
        json.object(key) { $0.string("text", value) }
    }

    private static func level(_ severity: Severity) -> String {
        switch severity {
        case .critical, .high: "error"
        case .medium: "warning"
        case .low, .info: "note"
        }
    }

    /// The number that code-scanning services sort by.
    private static func score(_ severity: Severity) -> String {
        switch severity {
        case .critical: "9.5"
        case .high: "8.0"
        case .medium: "5.5"
        case .low: "3.0"
        case .info: "1.0"
        }
    }

    private static func pascalCase(_ title: String) -> String {
        title.split { !$0.isLetter && !$0.isNumber }.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    /// RFC 3986: every byte that is not unreserved or a slash is percent-encoded.
    static func uri(_ path: String) -> String { uri(AssetPath(path)) }

    static func uri(_ path: AssetPath) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in path.bytes {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E, 0x2F: result.append(byte)
            default: result += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        let text = String(decoding: result, as: UTF8.self)
        return text.hasPrefix("/") ? "file://" + text : text
    }
}
