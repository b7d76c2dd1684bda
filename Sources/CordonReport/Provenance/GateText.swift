internal import CordonCore
package import CordonSupplyChain

/// The decision of a gate.
package enum GateText {
    /// What was not met, what was waived by whom and until when, and the verdict.
    package static func render(_ decision: GateDecision, colour: Bool) -> String {
        let style = TextStyle(colour)
        var lines: [String] = []
        for refusal in decision.refusals {
            let asset = PrintableText.quoting(refusal.asset, limit: 160)
            if let waiver = refusal.waiver {
                lines.append(
                    "waived   \(asset): \(refusal.check): \(refusal.reason) \(style.dim("by \(PrintableText.quoting(waiver.by, limit: 80)) until \(PrintableText.quoting(waiver.until, limit: 30)): \(PrintableText.quoting(waiver.reason, limit: 160))"))"
                )
            } else {
                lines.append("\(style.bad("refused"))  \(asset): \(refusal.check): \(refusal.reason)")
            }
        }
        let count = decision.assets.count
        lines.append(
            decision.isPassed
                ? "PASSED: \(count) assets may enter\(decision.waived.isEmpty ? "" : ", \(decision.waived.count) checks waived")"
                : style.bad("FAILED")
                    + ": \(decision.refusals.count - decision.waived.count) checks of \(count) assets are not met")
        return lines.joined(separator: "\n") + "\n"
    }

    /// The same as JSON, described by `docs/schemas/gate-decision-1.0.schema.json`.
    package static func json(_ decision: GateDecision) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.string("schemaVersion", "1.0")
            json.string("result", decision.isPassed ? "PASSED" : "FAILED")
            json.array("assets") { json in
                for asset in decision.assets {
                    json.object { json in
                        json.string("name", PrintableText.quoting(asset.name, limit: 1000))
                        json.string("kind", asset.kind.rawValue)
                        json.string("location", PrintableText.quoting(asset.location, limit: .max))
                    }
                }
            }
            json.array("refusals") { json in
                for refusal in decision.refusals {
                    json.object { json in
                        json.string("asset", PrintableText.quoting(refusal.asset, limit: 1000))
                        json.string("check", refusal.check)
                        json.string("reason", refusal.reason)
                        if let waiver = refusal.waiver {
                            json.object("waiver") { json in
                                json.string("by", PrintableText.quoting(waiver.by, limit: 200))
                                json.string("until", PrintableText.quoting(waiver.until, limit: 40))
                                json.string("reason", PrintableText.quoting(waiver.reason, limit: 1000))
                            }
                        }
                    }
                }
            }
        }
        return json.bytes
    }
}

extension ProvenanceText {
    /// One line a step, worst grade first.
    package static func grades(_ graph: ProvenanceGraph, colour: Bool) -> String {
        let style = TextStyle(colour)
        var lines: [String] = []
        for edge in graph.edges.sorted(by: { ($1.grade, $0.from, $0.to) < ($0.grade, $1.from, $1.to) }) {
            let source =
                edge.evidence.last.map {
                    "\(PrintableText.quoting($0.file, limit: 160)), \(PrintableText.quoting($0.place, limit: 120))"
                } ?? ""
            let pad = String(repeating: " ", count: max(0, 8 - edge.grade.name.count))
            lines.append(
                "\(edge.grade.name)\(pad)  \(graph.shown(edge.from)) \(edge.relation.rawValue) \(graph.shown(edge.to))  \(style.dim(source))"
            )
        }
        let counts = Grade.allCases.compactMap { grade -> String? in
            let count = graph.edges.count { $0.grade == grade }
            return count == 0 ? nil : "\(count) \(grade.name)"
        }
        lines.append(
            graph.edges.isEmpty
                ? "nothing is said about where anything comes from"
                : "\(graph.edges.count) steps: \(counts.joined(separator: ", "))")
        for problem in graph.problems {
            lines.append(
                "\(style.bad(problem.kind.rawValue)) \(problem.message)\(problem.file.isEmpty ? "" : style.dim(" [\(PrintableText.quoting(problem.file, limit: 200))]"))"
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
