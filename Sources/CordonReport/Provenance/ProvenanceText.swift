package import CordonSupplyChain
internal import CordonCore

/// A provenance graph for people: a tree from each asset to what it comes from.
package enum ProvenanceText {
    /// Lineage as a tree, then gaps and problems.
    ///
    /// - Parameter roots: nodes to begin at; every asset that nothing else comes from when empty.
    package static func trace(_ graph: ProvenanceGraph, roots: [Int], colour: Bool) -> String {
        var renderer = TreeRenderer(graph: graph, style: TextStyle(colour))
        for root in roots.isEmpty ? graph.tops : roots { renderer.root(root) }
        if renderer.lines.isEmpty { renderer.lines.append("no model or dataset was found") }
        renderer.ends(roots.isEmpty ? nil : Set(graph.reachable(from: roots)))
        renderer.problems()
        return renderer.lines.joined(separator: "\n") + "\n"
    }

    /// What a node's turning bad would affect, nearest first, each with its path.
    package static func impact(_ graph: ProvenanceGraph, of sources: [Int], colour: Bool) -> String {
        let style = TextStyle(colour)
        let found = graph.impact(of: sources)
        let names = sources.map { "'\(graph.shown($0))'" }.joined(separator: ", ")
        guard !found.isEmpty else { return "nothing here depends on \(names)\n" }
        var lines = ["\(style.bold("\(found.count) affected")) if \(names) turns bad"]
        let byNode = Dictionary(found.map { ($0.node, $0.via) }, uniquingKeysWith: { first, _ in first })
        for (node, _, distance) in found.prefix(2000) {
            var path: [String] = []
            var current = node
            while let via = byNode[current], path.count < 64 {
                let edge = graph.edges[via]
                path.append("\(edge.relation.rawValue) \(graph.shown(edge.to)) \(style.dim("(\(edge.grade.name))"))")
                current = edge.to
            }
            lines.append(
                "  \(style.bold(graph.shown(node))) \(style.dim("\(graph.nodes[node].kind.rawValue), \(distance) away"))"
            )
            lines.append("      \(path.joined(separator: " → "))")
        }
        if found.count > 2000 { lines.append("  and \(found.count - 2000) more; use --format json") }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// Bold, dim and warning text where colour is wanted.
struct TextStyle {
    private let isOn: Bool
    init(_ isOn: Bool) { self.isOn = isOn }
    func bold(_ text: String) -> String { isOn ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
    func dim(_ text: String) -> String { isOn ? "\u{1B}[2m\(text)\u{1B}[0m" : text }
    func bad(_ text: String) -> String { isOn ? "\u{1B}[31m\(text)\u{1B}[0m" : text }
}

extension ProvenanceGraph {
    /// The name of a node, safe to print.
    func shown(_ node: Int) -> String { PrintableText.quoting(nodes[node].name, limit: 160) }

    /// Assets that nothing else comes from, those with a known origin first.
    var tops: [Int] {
        nodes.indices.filter { number in
            guard nodes[number].kind == .model || nodes[number].kind == .dataset || nodes[number].kind == .software
            else {
                return false
            }
            if nodes[number].kind == .software, outgoing[number].isEmpty { return false }
            return incoming[number].isEmpty || incoming[number].allSatisfy { edges[$0].from == number }
        }.sorted { (nodes[$0].name, $0) < (nodes[$1].name, $1) } + ringed
    }

    /// One node of every circle that nothing outside leads to.
    private var ringed: [Int] {
        cycles().compactMap { $0.first.map { edges[$0].from } }
    }

    /// Everything that the nodes come from, themselves included.
    func reachable(from sources: [Int]) -> [Int] {
        var seen = Set(sources)
        var queue = sources
        var next = 0
        while next < queue.count {
            for edge in outgoing[queue[next]] where seen.insert(edges[edge].to).inserted {
                queue.append(edges[edge].to)
            }
            next += 1
        }
        return queue
    }
}

private struct TreeRenderer {
    let graph: ProvenanceGraph
    let style: TextStyle
    var lines: [String] = []
    private var expanded: Set<Int> = []

    init(graph: ProvenanceGraph, style: TextStyle) {
        self.graph = graph
        self.style = style
    }

    mutating func root(_ node: Int) {
        guard !expanded.contains(node) else { return }
        lines.append(title(node))
        children(node, indent: "", path: [node])
    }

    private func title(_ node: Int) -> String {
        let known =
            graph.nodes[node].digests["sha256"].map {
                " \(style.dim("sha256:" + PrintableText.quoting(String($0.prefix(12)), limit: 12)))"
            } ?? ""
        let place = graph.nodes[node].location == nil ? style.dim(" not here") : ""
        let isParty = graph.nodes[node].kind == .party || graph.nodes[node].kind == .code
        return
            "\(style.bold(graph.shown(node))) \(style.dim(graph.nodes[node].kind.rawValue))\(isParty ? "" : known + place)"
    }

    private mutating func children(_ node: Int, indent: String, path: [Int]) {
        guard lines.count < 20_000, path.count < 64 else { return }
        let isNew = expanded.insert(node).inserted
        let edges = graph.outgoing[node].sorted {
            (graph.edges[$0].relation.order, graph.edges[$0].to) < (graph.edges[$1].relation.order, graph.edges[$1].to)
        }
        if !isNew, !edges.isEmpty {
            lines.append("\(indent)└ \(style.dim("as above"))")
            return
        }
        for (number, index) in edges.enumerated() {
            let edge = graph.edges[index]
            let isLast = number == edges.count - 1
            let source =
                edge.evidence.first.map {
                    " \(style.dim("[\(PrintableText.quoting($0.file, limit: 200))]"))"
                } ?? ""
            let back = path.contains(edge.to) ? style.bad(" (circle)") : ""
            lines.append(
                "\(indent)\(isLast ? "└" : "├") \(edge.relation.rawValue) \(title(edge.to)) \(edge.grade.name)\(source)\(back)"
            )
            if back.isEmpty { children(edge.to, indent: indent + (isLast ? "  " : "│ "), path: path + [edge.to]) }
        }
    }

    mutating func ends(_ only: Set<Int>?) {
        let ends = graph.openEnds.filter { only?.contains($0) ?? true }
        guard !ends.isEmpty else { return }
        let names = ends.prefix(20).map { graph.shown($0) }.joined(separator: ", ")
        lines.append("open ends (\(ends.count)): \(names)\(ends.count > 20 ? " and \(ends.count - 20) more" : "")")
    }

    mutating func problems() {
        for problem in graph.problems {
            let file = problem.file.isEmpty ? "" : " [\(PrintableText.quoting(problem.file, limit: 200))]"
            lines.append("\(style.bad(problem.kind.rawValue)) \(problem.message)\(style.dim(file))")
        }
    }
}

extension ProvenanceGraph.Relation {
    /// Derivations first, parties last.
    var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
