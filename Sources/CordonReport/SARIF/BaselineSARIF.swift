package import CordonCore

/// Known findings in SARIF 2.1.0: one result a fingerprint, with the number of its findings and why they were accepted.
package enum BaselineSARIF {
    /// The file's bytes. Sorted by rule, path and fingerprint, without times, so that versions can be compared line by line.
    ///
    /// - Parameters:
    ///   - justifications: reasons by fingerprint that were written down before.
    ///   - reason: the reason of all others; empty for none.
    package static func render(
        _ findings: [Finding], justifications: [String: String], reason: String, version: String
    ) -> [UInt8] {
        let groups = Dictionary(grouping: findings, by: \.fingerprint)
        let sorted = groups.sorted { a, b in
            let (first, second) = (a.value[0], b.value[0])
            if first.ruleID != second.ruleID { return first.ruleID < second.ruleID }
            return first.path == second.path ? a.key < b.key : first.path < second.path
        }
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
                        }
                    }
                    json.array("results") { json in
                        for (fingerprint, group) in sorted {
                            result(
                                group, fingerprint,
                                justifications[fingerprint].flatMap { $0.isEmpty ? nil : $0 } ?? reason, &json)
                        }
                    }
                }
            }
        }
        return writer.bytes
    }

    private static func result(_ group: [Finding], _ fingerprint: String, _ reason: String, _ json: inout JSONWriter) {
        json.object { json in
            json.string("ruleId", group[0].ruleID)
            json.object("message") { $0.string("text", group[0].message) }
            json.array("locations") { json in
                json.object { json in
                    json.object("physicalLocation") { json in
                        json.object("artifactLocation") { $0.string("uri", SARIFReport.uri(group[0].path)) }
                    }
                }
            }
            json.object("partialFingerprints") { $0.string("cordonFinding/v1", fingerprint) }
            json.number("occurrenceCount", group.count)
            json.array("suppressions") { json in
                json.object { json in
                    json.string("kind", "external")
                    json.string("status", "accepted")
                    if !reason.isEmpty { json.string("justification", reason) }
                }
            }
        }
    }
}
