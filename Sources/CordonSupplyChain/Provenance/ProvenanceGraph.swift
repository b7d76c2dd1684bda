/// Which asset comes from which, and who made, supplied or labelled it.
///
/// Nodes are identified by digest where one is known, else by kind and name. Adding is O(1) on average.
package struct ProvenanceGraph: Sendable {
    /// What a node stands for.
    package enum Kind: String, Sendable {
        case model, dataset, party, code, file, software
    }
    /// How the first node of an edge relates to the second.
    package enum Relation: String, Sendable, CaseIterable {
        case fineTunedFrom = "fine-tuned-from"
        case adapterOf = "adapter-of"
        case mergedFrom = "merged-from"
        case quantizedFrom = "quantized-from"
        case distilledFrom = "distilled-from"
        case derivedFrom = "derived-from"
        case trainedOn = "trained-on"
        case evaluatedOn = "evaluated-on"
        case labelledBy = "labelled-by"
        case collectedBy = "collected-by"
        case builtBy = "built-by"
        case suppliedBy = "supplied-by"
        case republishedBy = "republished-by"
        case contains = "contains"
        case uses = "uses"

        /// Whether it says that one asset comes from another.
        package var isDerivation: Bool {
            switch self {
            case .fineTunedFrom, .adapterOf, .mergedFrom, .quantizedFrom, .distilledFrom, .derivedFrom: true
            default: false
            }
        }

        /// Whether it says who stands behind an asset.
        package var isParty: Bool {
            switch self {
            case .labelledBy, .collectedBy, .builtBy, .suppliedBy, .republishedBy: true
            default: false
            }
        }
    }
    /// An asset or a party.
    package struct Node: Sendable {
        /// What it stands for.
        package let kind: Kind
        /// The name for people.
        package fileprivate(set) var name: String
        /// Digests by algorithm, lower-case hexadecimal.
        package fileprivate(set) var digests = DigestSet()
        /// The folder or file it was found in; `nil` for one that is only named.
        package fileprivate(set) var location: String?
        /// Whether nothing is missing when no origin is stated: somebody said that it starts here.
        package var isOrigin = false
        /// Name under which it can be asked for: kind and lower-case name.
        package var id: String {
            digests["sha256"].map { "sha256:" + $0 } ?? "\(kind.rawValue):\(name)"
        }
    }
    /// One relation, with everything that says so.
    package struct Edge: Sendable {
        /// Number of the node that comes from the other.
        package let from: Int
        /// Number of the node that it comes from.
        package let to: Int
        /// How they relate.
        package let relation: Relation
        /// How well it is known: the best of the evidence.
        package fileprivate(set) var grade: Grade
        /// Where it is said.
        package fileprivate(set) var evidence: [Evidence]
    }
    /// Something that is wrong with what is said.
    package struct Problem: Sendable {
        /// The kind of problem.
        package enum Kind: String, Sendable {
            case cycle = "CORDON-PRV-001"
            case gap = "CORDON-PRV-002"
            case contradiction = "CORDON-PRV-003"
            case statement = "CORDON-PRV-004"
        }
        /// The kind of problem.
        package let kind: Kind
        /// What is wrong, for people.
        package let message: String
        /// The file that says it; empty when there is none.
        package let file: String
    }

    /// Nodes by number.
    package private(set) var nodes: [Node] = []
    /// Edges in the order they were met.
    package private(set) var edges: [Edge] = []
    /// What is wrong.
    package private(set) var problems: [Problem] = []
    /// Edges out of each node.
    package private(set) var outgoing: [[Int]] = []
    /// Edges into each node.
    package private(set) var incoming: [[Int]] = []
    private var byName: [NameKey: Int] = [:]
    private var byDigest: [String: Int] = [:]
    private var edgeNumbers: [EdgeKey: Int] = [:]

    private struct EdgeKey: Hashable {
        let from: Int
        let to: Int
        let relation: Relation
    }

    /// An empty graph.
    package init() {}

    /// Makes room for that many nodes.
    package mutating func reserve(_ count: Int) {
        nodes.reserveCapacity(count)
        outgoing.reserveCapacity(count)
        incoming.reserveCapacity(count)
        byName.reserveCapacity(count)
        byDigest.reserveCapacity(count)
    }

    private struct NameKey: Hashable {
        let kind: Kind
        let name: String
    }

    private static func key(_ kind: Kind, _ name: String) -> NameKey {
        // Most names are lower case already, and making another string of each is what this would cost most.
        let isLower = name.utf8.allSatisfy { $0 < 0x80 && !(0x41...0x5A).contains($0) }
        return NameKey(kind: kind, name: isLower ? name : name.lowercased())
    }

    /// The node of that name, made when it is not there.
    package mutating func node(_ kind: Kind, _ name: String) -> Int {
        let key = Self.key(kind, name)
        if let number = byName[key] { return number }
        return add(Node(kind: kind, name: name), key)
    }

    /// The node with that digest, else of that name; what is known of it is completed.
    package mutating func node(_ kind: Kind, _ name: String, digests: DigestSet) -> Int {
        if let digest = digests["sha256"], let number = byDigest[digest] { return number }
        var number = node(kind, name)
        // Another digest is another thing, whatever its name is.
        if let digest = digests["sha256"],
            nodes[number].location != nil || (nodes[number].digests["sha256"].map { $0 != digest } ?? false)
        {
            number = node(kind, "\(name) (sha256:\(digest.prefix(12)))")
        }
        if nodes[number].digests.isEmpty {
            nodes[number].digests = digests
        } else {
            for (algorithm, value) in digests.sorted where nodes[number].digests[algorithm] == nil {
                nodes[number].digests[algorithm] = value
            }
        }
        if let digest = digests["sha256"], nodes[number].digests["sha256"] == digest { byDigest[digest] = number }
        return number
    }

    private mutating func add(_ node: Node, _ key: NameKey) -> Int {
        nodes.append(node)
        outgoing.append([])
        incoming.append([])
        byName[key] = nodes.count - 1
        return nodes.count - 1
    }

    /// The node that a name leads to.
    package func find(_ kind: Kind, _ name: String) -> Int? { byName[Self.key(kind, name)] }
    /// The node with a digest.
    package func find(digest: String) -> Int? { byDigest[digest] }

    /// Lets a node be found under another name too; a name that is taken stays where it is.
    package mutating func alias(_ number: Int, _ name: String) {
        let key = Self.key(nodes[number].kind, name)
        if byName[key] == nil { byName[key] = number }
    }

    /// Lets a node be found by the digest of a file that belongs to it.
    package mutating func alias(_ number: Int, digest: String) {
        if byDigest[digest] == nil { byDigest[digest] = number }
    }

    /// Makes a node of its own for a file that another node stood for so far.
    package mutating func split(_ kind: Kind, _ path: String, digest: String) -> Int {
        let number = add(Node(kind: kind, name: path), Self.key(kind, path))
        place(number, at: path, digest: digest)
        byDigest[digest] = number
        return number
    }

    /// Says where a node was found.
    package mutating func place(_ number: Int, at location: String, digest: String?) {
        nodes[number].location = location
        if let digest { nodes[number].digests["sha256"] = digest }
    }

    /// Says that somebody stated that the asset starts here.
    package mutating func setOrigin(_ number: Int) { nodes[number].isOrigin = true }

    /// Adds an edge, or evidence to one that is there.
    package mutating func add(
        _ from: Int, _ relation: Relation, _ to: Int, _ grade: Grade, _ evidence: Evidence
    ) {
        guard from != to else { return }
        if let number = edge(from, relation, to) {
            edges[number].grade = min(edges[number].grade, grade)
            let known = edges[number].evidence
            if known.count < Self.evidenceLimit, !known.contains(evidence) { edges[number].evidence.append(evidence) }
            return
        }
        append(Edge(from: from, to: to, relation: relation, grade: grade, evidence: [evidence]))
    }

    /// Most places that one edge remembers: what more of them say is nothing new.
    private static let evidenceLimit = 64
    /// Most edges out of a node that are looked through one by one.
    private static let scanLimit = 16

    private func edge(_ from: Int, _ relation: Relation, _ to: Int) -> Int? {
        if outgoing[from].count <= Self.scanLimit {
            return outgoing[from].first { edges[$0].to == to && edges[$0].relation == relation }
        }
        return edgeNumbers[EdgeKey(from: from, to: to, relation: relation)]
    }

    private mutating func append(_ edge: Edge) {
        outgoing[edge.from].append(edges.count)
        incoming[edge.to].append(edges.count)
        edges.append(edge)
        // Only nodes with many edges need the table.
        if outgoing[edge.from].count == Self.scanLimit + 1 {
            for number in outgoing[edge.from] { enter(number) }
        } else if outgoing[edge.from].count > Self.scanLimit {
            enter(edges.count - 1)
        }
    }

    private mutating func enter(_ number: Int) {
        let edge = edges[number]
        edgeNumbers[EdgeKey(from: edge.from, to: edge.to, relation: edge.relation)] = number
    }

    /// Raises the grade of an edge that was checked against the content.
    package mutating func raise(_ edge: Int, to grade: Grade, _ evidence: Evidence) {
        edges[edge].grade = min(edges[edge].grade, grade)
        edges[edge].evidence.append(evidence)
    }

    /// Adds a problem; the same one counts once.
    package mutating func problem(_ kind: Problem.Kind, _ message: String, file: String) {
        guard problems.count < 10_000, !problems.contains(where: { $0.message == message && $0.file == file }) else {
            return
        }
        problems.append(Problem(kind: kind, message: message, file: file))
    }

    /// Replaces general edges by a particular one: `derived-from` beside `fine-tuned-from` between the same two nodes.
    package mutating func dropGeneralEdges() {
        // The best grade of a particular derivation between two nodes.
        var particular: [EdgeKey: Grade] = [:]
        for edge in edges where edge.relation.isDerivation && edge.relation != .derivedFrom {
            let key = EdgeKey(from: edge.from, to: edge.to, relation: .derivedFrom)
            particular[key] = min(particular[key] ?? edge.grade, edge.grade)
        }
        let kept = edges.filter { edge in
            guard edge.relation == .derivedFrom,
                let other = particular[EdgeKey(from: edge.from, to: edge.to, relation: .derivedFrom)]
            else { return true }
            // A statement that is better known than the particular one stays beside it.
            return other > edge.grade
        }
        guard kept.count < edges.count else { return }
        let merged = Dictionary(
            edges.map { (EdgeKey(from: $0.from, to: $0.to, relation: $0.relation), $0.grade) },
            uniquingKeysWith: { min($0, $1) })
        outgoing = Array(repeating: [], count: nodes.count)
        incoming = outgoing
        edgeNumbers = [:]
        edges = []
        for var edge in kept {
            edge.grade = merged[EdgeKey(from: edge.from, to: edge.to, relation: edge.relation)] ?? edge.grade
            append(edge)
        }
    }
}

// MARK: Questions

extension ProvenanceGraph {
    /// Everything that is affected when a node turns bad, with the edge that leads one step towards it.
    ///
    /// Follows every edge backwards: what was trained on, derived from, labelled, supplied or built by it.
    /// Complexity: O(nodes + edges).
    package func impact(of sources: [Int]) -> [(node: Int, via: Int, distance: Int)] {
        var distance = [Int](repeating: -1, count: nodes.count)
        var result: [(Int, Int, Int)] = []
        var queue = sources
        for source in sources { distance[source] = 0 }
        var next = 0
        while next < queue.count {
            let current = queue[next]
            next += 1
            for edge in incoming[current] where distance[edges[edge].from] < 0 {
                let node = edges[edge].from
                distance[node] = distance[current] + 1
                result.append((node, edge, distance[node]))
                queue.append(node)
            }
        }
        return result
    }

    /// Assets that are named and of which nothing further is known: open ends.
    package var openEnds: [Int] {
        nodes.indices.filter { number in
            guard nodes[number].kind == .model || nodes[number].kind == .dataset, !nodes[number].isOrigin else {
                return false
            }
            return !outgoing[number].contains {
                edges[$0].relation.isDerivation || edges[$0].relation == .trainedOn
                    || edges[$0].relation == .collectedBy
                    || edges[$0].relation == .contains
            }
        }
    }

    /// One circle of derivations for each strongly connected group, as edge numbers. O(nodes + edges).
    package func cycles() -> [[Int]] {
        var state = [UInt8](repeating: 0, count: nodes.count)
        var result: [[Int]] = []
        for start in nodes.indices where state[start] == 0 {
            var stack: [(node: Int, next: Int)] = [(start, 0)]
            var path: [Int] = []
            state[start] = 1
            while let (node, next) = stack.last {
                guard next < outgoing[node].count else {
                    state[node] = 2
                    stack.removeLast()
                    _ = path.popLast()
                    continue
                }
                stack[stack.count - 1].next += 1
                let edge = outgoing[node][next]
                guard edges[edge].relation.isDerivation || edges[edge].relation == .trainedOn else { continue }
                let target = edges[edge].to
                if state[target] == 1, result.count < 100 {
                    let first = stack.firstIndex { $0.node == target } ?? 0
                    result.append(Array(path[first...]) + [edge])
                } else if state[target] == 0 {
                    state[target] = 1
                    path.append(edge)
                    stack.append((target, 0))
                }
            }
        }
        return result
    }
}
