internal import CordonCore
package import CordonSupplyChain

/// A provenance graph as JSON, described by `docs/schemas/provenance-graph-1.0.schema.json`.
package enum ProvenanceJSON {
    /// The whole graph, or what some nodes come from.
    package static func trace(_ graph: ProvenanceGraph, roots: [Int]) -> [UInt8] {
        let wanted = roots.isEmpty ? Set(graph.nodes.indices) : Set(graph.reachable(from: roots))
        var json = JSONWriter()
        json.object { json in
            json.string("schemaVersion", "1.0")
            json.array("nodes") { json in for number in wanted.sorted() { node(graph, number, nil, &json) } }
            json.array("edges") { json in
                for edge in graph.edges where wanted.contains(edge.from) && wanted.contains(edge.to) {
                    self.edge(graph, edge, &json)
                }
            }
            json.array("gaps") { json in
                for number in graph.openEnds where wanted.contains(number) {
                    json.object { json in
                        json.string("node", id(graph, number))
                        json.string("name", graph.shown(number))
                        json.string(
                            "reason",
                            graph.nodes[number].location == nil
                                ? "it is named, and nothing further is known of it" : "nothing says where it comes from"
                        )
                    }
                }
            }
            findings(graph, &json)
        }
        return json.bytes
    }

    /// What is affected, nearest first, with one path each; described by `docs/schemas/provenance-impact-1.0.schema.json`.
    package static func impact(_ graph: ProvenanceGraph, of sources: [Int]) -> [UInt8] {
        let found = graph.impact(of: sources)
        var json = JSONWriter(isCompact: found.count > 1000)
        json.object { json in
            json.string("schemaVersion", "1.0")
            json.array("sources") { json in for source in sources { node(graph, source, nil, &json) } }
            json.number("count", found.count)
            json.array("affected") { json in
                for (number, via, distance) in found {
                    json.object { json in
                        json.string("id", id(graph, number))
                        json.string("kind", graph.nodes[number].kind.rawValue)
                        json.string("name", graph.shown(number))
                        json.number("distance", distance)
                        json.string("relation", graph.edges[via].relation.rawValue)
                        json.string("through", graph.shown(graph.edges[via].to))
                        json.string("grade", graph.edges[via].grade.name)
                    }
                }
            }
        }
        return json.bytes
    }

    /// Number and name: names of different kinds may agree.
    private static func id(_ graph: ProvenanceGraph, _ number: Int) -> String { "n\(number)" }

    private static func node(_ graph: ProvenanceGraph, _ number: Int, _ distance: Int?, _ json: inout JSONWriter) {
        let node = graph.nodes[number]
        json.object { json in
            json.string("id", id(graph, number))
            json.string("kind", node.kind.rawValue)
            json.string("name", graph.shown(number))
            json.string("location", node.location.map { PrintableText.quoting($0, limit: .max) })
            if !node.digests.isEmpty {
                json.object("digests") { json in
                    for (algorithm, value) in node.digests.sorted {
                        json.string(PrintableText.quoting(algorithm), PrintableText.quoting(value, limit: 256))
                    }
                }
            }
        }
    }

    private static func edge(_ graph: ProvenanceGraph, _ edge: ProvenanceGraph.Edge, _ json: inout JSONWriter) {
        json.object { json in
            json.string("from", id(graph, edge.from))
            json.string("to", id(graph, edge.to))
            json.string("relation", edge.relation.rawValue)
            json.string("grade", edge.grade.name)
            json.array("evidence") { json in
                for evidence in edge.evidence {
                    json.object { json in
                        json.string("file", PrintableText.quoting(evidence.file, limit: .max))
                        json.string("place", PrintableText.quoting(evidence.place, limit: 300))
                    }
                }
            }
        }
    }

    private static func findings(_ graph: ProvenanceGraph, _ json: inout JSONWriter) {
        json.array("findings") { json in
            for problem in graph.problems {
                json.object { json in
                    json.string("rule", problem.kind.rawValue)
                    json.string("message", problem.message)
                    json.string("file", PrintableText.quoting(problem.file, limit: .max))
                }
            }
        }
    }
}
