internal import CordonCore
package import CordonSupplyChain

/// A provenance graph as a picture: Graphviz DOT, or SVG drawn without any tool.
package enum ProvenancePicture {
    /// Graphviz's language; what an asset comes from stands to its right.
    package static func dot(_ graph: ProvenanceGraph, roots: [Int]) -> String {
        let wanted = roots.isEmpty ? Array(graph.nodes.indices) : graph.reachable(from: roots)
        let shown = Set(wanted)
        var lines = ["digraph provenance {", "  rankdir=LR;", "  node [shape=box, fontname=\"Helvetica\"];"]
        for number in wanted.sorted() {
            let shape = graph.nodes[number].kind == .party ? ", shape=ellipse" : ""
            lines.append(
                "  n\(number) [label=\(quoted(graph.shown(number) + "\n" + graph.nodes[number].kind.rawValue))\(shape)];"
            )
        }
        for edge in graph.edges where shown.contains(edge.from) && shown.contains(edge.to) {
            let line = edge.grade <= .attested ? "" : edge.grade == .claimed ? ", style=dashed" : ", style=dotted"
            lines.append(
                "  n\(edge.from) -> n\(edge.to) [label=\(quoted("\(edge.relation.rawValue)\n\(edge.grade.name)"))\(line)];"
            )
        }
        lines.append("}")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func quoted(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        return "\"\(escaped)\""
    }

    /// A self-contained SVG: assets in columns, what they come from to the right.
    ///
    /// - Parameter marked: nodes drawn as affected.
    /// - Returns: `nil` when there are more than 400 nodes, which no picture makes clear.
    package static func svg(_ graph: ProvenanceGraph, roots: [Int], marked: Set<Int> = []) -> String? {
        let wanted = roots.isEmpty ? Array(graph.nodes.indices) : graph.reachable(from: roots)
        let shown = Set(wanted)
        guard wanted.count <= 400,
            graph.edges.count(where: { shown.contains($0.from) && shown.contains($0.to) }) <= 1500
        else { return nil }
        return SVGDrawing(graph: graph, wanted: Set(wanted), marked: marked).text
    }
}

private struct SVGDrawing {
    let graph: ProvenanceGraph
    let wanted: Set<Int>
    let marked: Set<Int>
    private let edges: [ProvenanceGraph.Edge]
    private var column: [Int: Int] = [:]
    private var columns: [[Int]] = []
    private var place: [Int: (x: Int, y: Int)] = [:]
    /// Places that long edges keep free in the columns they pass, by edge; numbered downwards from -1.
    private var routes: [Int: [Int]] = [:]
    /// Pairs of neighbours in adjacent columns.
    private var links: [(from: Int, to: Int)] = []

    private static let boxWidth = 220
    private static let boxHeight = 46
    private static let gapX = 170
    private static let gapY = 34
    private static let margin = 30

    init(graph: ProvenanceGraph, wanted: Set<Int>, marked: Set<Int>) {
        self.graph = graph
        self.wanted = wanted
        self.marked = marked
        edges = graph.edges.filter { wanted.contains($0.from) && wanted.contains($0.to) }
        layer()
        route()
        order()
        position()
    }

    /// Gives an edge that passes columns a place in each, so that it does not run behind boxes. Source: Sugiyama, Tagawa,
    /// Toda, "Methods for Visual Understanding of Hierarchical System Structures", 1981.
    private mutating func route() {
        var next = -1
        for (number, edge) in edges.enumerated() {
            var previous = edge.from
            let (start, end) = (column[edge.from] ?? 0, column[edge.to] ?? 0)
            if end > start + 1, next > -4000 {
                for index in (start + 1)..<end {
                    columns[index].append(next)
                    routes[number, default: []].append(next)
                    links.append((previous, next))
                    previous = next
                    next -= 1
                }
            }
            links.append((previous, edge.to))
        }
    }

    /// Each node stands one column right of the furthest node that comes from it; circles stop at the node count.
    private mutating func layer() {
        for number in wanted { column[number] = 0 }
        for _ in 0..<wanted.count {
            var isChanged = false
            for edge in edges where (column[edge.to] ?? 0) <= (column[edge.from] ?? 0) {
                guard (column[edge.from] ?? 0) + 1 < wanted.count else { continue }
                column[edge.to] = (column[edge.from] ?? 0) + 1
                isChanged = true
            }
            if !isChanged { break }
        }
        let used = Set(column.values).sorted()
        let rank = Dictionary(uniqueKeysWithValues: used.enumerated().map { ($1, $0) })
        columns = Array(repeating: [], count: used.count)
        for number in wanted.sorted() {
            let index = rank[column[number] ?? 0] ?? 0
            column[number] = index
            columns[index].append(number)
        }
    }

    /// A few sweeps that put each node near the middle of its neighbours.
    private mutating func order() {
        var neighbours: [Int: [Int]] = [:]
        for link in links {
            neighbours[link.from, default: []].append(link.to)
            neighbours[link.to, default: []].append(link.from)
        }
        for sweep in 0..<8 {
            var position: [Int: Double] = [:]
            for list in columns { for (index, node) in list.enumerated() { position[node] = Double(index) } }
            for index in sweep % 2 == 0 ? Array(columns.indices) : columns.indices.reversed() {
                let weights = Dictionary(
                    uniqueKeysWithValues: columns[index].map { node -> (Int, Double) in
                        let near = (neighbours[node] ?? []).compactMap { position[$0] }
                        return (node, near.isEmpty ? position[node] ?? 0 : near.reduce(0, +) / Double(near.count))
                    })
                columns[index].sort { (weights[$0] ?? 0, $0) < (weights[$1] ?? 0, $1) }
                for (order, node) in columns[index].enumerated() { position[node] = Double(order) }
            }
        }
    }

    private mutating func position() {
        let tallest = columns.map(\.count).max() ?? 0
        let height = tallest * (Self.boxHeight + Self.gapY)
        for (index, list) in columns.enumerated() {
            let own = list.count * (Self.boxHeight + Self.gapY)
            for (row, node) in list.enumerated() {
                place[node] = (
                    Self.margin + index * (Self.boxWidth + Self.gapX),
                    Self.margin + (height - own) / 2 + row * (Self.boxHeight + Self.gapY)
                )
            }
        }
    }

    var text: String {
        let tallest = columns.map(\.count).max() ?? 1
        let width = 2 * Self.margin + columns.count * Self.boxWidth + max(0, columns.count - 1) * Self.gapX
        let height = 2 * Self.margin + tallest * (Self.boxHeight + Self.gapY) + 26
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" viewBox=\"0 0 \(width) \(height)\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\" role=\"img\" aria-label=\"Where models and datasets come from\">",
            "<defs><marker id=\"a\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#44546a\"/></marker></defs>",
            "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>",
        ]
        for (number, edge) in edges.enumerated() { lines += draw(edge, routes[number] ?? []) }
        for node in wanted.sorted() { lines += draw(node) }
        lines.append(
            "<text x=\"\(Self.margin)\" y=\"\(height - 10)\" fill=\"#44546a\">solid: verified or attested; dashed: claimed; dotted: inferred. Arrows point to what an asset comes from.</text>"
        )
        lines.append("</svg>")
        return lines.joined(separator: "\n") + "\n"
    }

    private func draw(_ node: Int) -> [String] {
        guard let (x, y) = place[node] else { return [] }
        let kind = graph.nodes[node].kind
        let isMarked = marked.contains(node)
        let fill =
            isMarked
            ? "#fde0dc" : [.model: "#dce9f9", .dataset: "#e2f2df", .party: "#fff3d6"][kind] ?? "#eeeeee"
        let stroke = isMarked ? "#b3261e" : "#44546a"
        let radius = kind == .party ? 22 : 5
        let dash = graph.nodes[node].location == nil && kind != .party ? " stroke-dasharray=\"4 3\"" : ""
        return [
            "<g><title>\(escaped(graph.shown(node)))</title><rect x=\"\(x)\" y=\"\(y)\" width=\"\(Self.boxWidth)\" height=\"\(Self.boxHeight)\" rx=\"\(radius)\" fill=\"\(fill)\" stroke=\"\(stroke)\" stroke-width=\"1.3\"\(dash)/>",
            "<text x=\"\(x + Self.boxWidth / 2)\" y=\"\(y + 20)\" text-anchor=\"middle\" fill=\"#14202e\" font-weight=\"bold\">\(escaped(shortened(graph.shown(node), 30)))</text>",
            "<text x=\"\(x + Self.boxWidth / 2)\" y=\"\(y + 36)\" text-anchor=\"middle\" fill=\"#44546a\">\(kind.rawValue)\(graph.nodes[node].location == nil && kind != .party ? ", not here" : "")</text></g>",
        ]
    }

    private func draw(_ edge: ProvenanceGraph.Edge, _ route: [Int]) -> [String] {
        guard let from = place[edge.from], let to = place[edge.to] else { return [] }
        let isForward = to.x > from.x
        let bend = isForward ? Self.gapX / 2 : -Self.gapX / 2
        let middle = Self.boxHeight / 2
        var (x, y) = (from.x + (isForward ? Self.boxWidth : 0), from.y + middle)
        var path = "M\(x) \(y)"
        var label: (x: Int, y: Int)?
        let stops = route.compactMap { place[$0] }.map { ($0.x, $0.y + middle, $0.x + Self.boxWidth) }
        let endX = to.x + (isForward ? 0 : Self.boxWidth)
        for (nextX, nextY, endX) in stops + [(endX, to.y + middle, endX)] {
            path += "C\(x + bend) \(y) \(nextX - bend) \(nextY) \(nextX) \(nextY)"
            // The label stands in the free space right of the box that the edge begins at.
            if label == nil { label = bezier(0.5, (x, y), (x + bend, y), (nextX - bend, nextY), (nextX, nextY)) }
            if endX != nextX { path += "L\(endX) \(nextY)" }
            (x, y) = (endX, nextY)
        }
        let dash =
            edge.grade <= .attested
            ? "" : edge.grade == .claimed ? " stroke-dasharray=\"7 4\"" : " stroke-dasharray=\"2 4\""
        return [
            "<path d=\"\(path)\" fill=\"none\" stroke=\"#44546a\" stroke-width=\"1.2\"\(dash) marker-end=\"url(#a)\"/>",
            "<text x=\"\(label?.x ?? x)\" y=\"\((label?.y ?? y) - 5)\" text-anchor=\"middle\" fill=\"#14202e\" font-size=\"11\" stroke=\"#ffffff\" stroke-width=\"3\" paint-order=\"stroke\">\(edge.relation.rawValue)</text>",
        ]
    }

    private func bezier(_ t: Double, _ points: (x: Int, y: Int)...) -> (Int, Int) {
        let u = 1 - t
        let weights = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t]
        var (x, y) = (0.0, 0.0)
        for (weight, point) in zip(weights, points) {
            x += weight * Double(point.x)
            y += weight * Double(point.y)
        }
        return (Int(x), Int(y))
    }

    private func shortened(_ text: String, _ limit: Int) -> String {
        text.count <= limit ? text : "…" + text.suffix(limit - 1)
    }

    private func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
