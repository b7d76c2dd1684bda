internal import CordonCore
package import CordonDataDefense

/// A verdict on a dataset in SARIF 2.1.0: one result for every row that is alerted and every cause, with the row as a logical
/// location, because rows of most formats have no lines.
package enum DataCheckSARIF {
    /// Most results: services refuse longer reports; the number of all is in the properties of the run.
    private static let limit = 5000

    /// The report as UTF-8, at most 5,000 results in it.
    package static func render(_ verdict: DataVerdict, path: String, version: String) -> [UInt8] {
        var writer = JSONWriter()
        let causes = verdict.causes.filter { $0.level > .clean }
        let kinds = DataCause.Kind.allCases.filter { kind in causes.contains { $0.kind == kind } }
        writer.object { json in
            json.string("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
            json.string("version", "2.1.0")
            json.array("runs") { json in
                json.object { json in
                    json.object("tool") { json in
                        json.object("driver") { json in
                            json.string("name", "Cordon")
                            json.string("semanticVersion", version)
                            json.array("rules") { json in for kind in kinds { rule(kind, &json) } }
                        }
                    }
                    json.array("invocations") { json in
                        json.object { json in
                            json.boolean("executionSuccessful", verdict.level != .notEvaluated)
                            json.array("toolExecutionNotifications") { json in
                                for (check, reason) in verdict.notEvaluated {
                                    json.object { json in
                                        text("message", "not evaluated: \(check): \(reason)", &json)
                                        json.string("level", "note")
                                    }
                                }
                            }
                        }
                    }
                    json.object("properties") { json in
                        json.string("verdict", verdict.level.rawValue)
                        json.number("rows", verdict.rows)
                        json.number("alerted", verdict.alerted.count)
                        json.number("filtered", verdict.filtered.count)
                    }
                    json.array("results") { json in
                        var left = limit
                        for cause in causes {
                            let index = kinds.firstIndex(of: cause.kind)
                            result(cause, nil, index, verdict, path, &json)
                            let filtered = Set(cause.filtered)
                            for row in cause.rows.prefix(max(0, left)) {
                                result(cause, (row, filtered.contains(row)), index, verdict, path, &json)
                            }
                            left -= cause.rows.count
                        }
                    }
                }
            }
        }
        return writer.bytes
    }

    private static func rule(_ kind: DataCause.Kind, _ json: inout JSONWriter) {
        json.object { json in
            json.string("id", id(kind))
            json.string("name", kind.rawValue.prefix(1).uppercased() + kind.rawValue.dropFirst())
            text("shortDescription", DataCauseWords.title(kind), &json)
            text("help", DataCauseWords.remedy(kind), &json)
            json.string("helpUri", Control.dataqualitycontrol.entry.permalink)
            json.object("properties") { json in
                json.array("tags") { json in
                    json.string(nil, "security")
                    json.string(nil, "owasp/\(Control.dataqualitycontrol.rawValue)")
                }
            }
        }
    }

    private static func id(_ kind: DataCause.Kind) -> String {
        let number = (DataCause.Kind.allCases.firstIndex(of: kind) ?? 0) + 1
        return "CORDON-DATA-\(number < 10 ? "00" : "0")\(number)"
    }

    private static func result(
        _ cause: DataCause, _ row: (number: Int, isFiltered: Bool)?, _ index: Int?, _ verdict: DataVerdict,
        _ path: String, _ json: inout JSONWriter
    ) {
        json.object { json in
            json.string("ruleId", id(cause.kind))
            json.number("ruleIndex", index)
            json.string("level", cause.level == .poisoned && row?.isFiltered != false ? "error" : "warning")
            let name = row.map { verdict.ids?.names[$0.number] ?? "\($0.number)" }
            text("message", (name.map { "row \($0): " } ?? "") + DatasetText.shown(cause.description, 512), &json)
            json.array("locations") { json in
                json.object { json in
                    json.object("physicalLocation") { json in
                        json.object("artifactLocation") { $0.string("uri", SARIFReport.uri(path)) }
                    }
                    guard let row else { return }
                    json.array("logicalLocations") { json in
                        json.object { json in
                            json.string("name", name)
                            json.string("fullyQualifiedName", "row \(row.number)")
                            json.string("kind", "element")
                        }
                    }
                }
            }
            json.object("properties") { json in
                json.string("verdict", cause.level.rawValue)
                if let pValue = cause.pValue { json.raw("pValue", "\(pValue)".utf8) }
                if let row { json.boolean("filtered", row.isFiltered) }
            }
        }
    }

    private static func text(_ key: String, _ value: String, _ json: inout JSONWriter) {
        json.object(key) { $0.string("text", value) }
    }
}
