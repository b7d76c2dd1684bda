internal import CordonCore
internal import CordonFormats
package import CordonSigning

/// Where a graph is read from: a tree, a bill of materials, or a file of statements.
package enum ProvenanceSource {
    /// Reads the graph of a path.
    ///
    /// - Throws: when the path cannot be read.
    /// - Complexity: O(bytes) for documents; as ``InventoryReader/read()`` for folders.
    package static func graph(
        _ path: String, trust: @escaping StatementTrust = { _, _ in nil }
    ) async throws(IntegrityFailure) -> (graph: ProvenanceGraph, inventory: Inventory?) {
        let tree = try Tree(path)
        if let single = tree.single, let storage = tree.storage(of: single) {
            var graph: ProvenanceGraph?
            var failure: DataFailure?
            let hasShrunk = storage.guarded {
                do throws(DataFailure) {
                    graph = try document(ByteView(storage), file: tree.name)
                } catch {
                    failure = error
                }
            }
            if let failure {
                throw IntegrityFailure(
                    .cannotRead, "'\(path)', line \(failure.line): \(failure.reason); make the bill of materials anew")
            }
            if hasShrunk {
                throw IntegrityFailure(.changedWhileRead, "'\(path)' became shorter while it was read; try again")
            }
            if let graph { return (graph, nil) }
        }
        let inventory = try await InventoryReader(tree, trust: trust).read()
        if tree.single != nil, inventory.graph.nodes.isEmpty {
            let reason = inventory.graph.problems.first?.message ?? "neither a model, a dataset, a bill nor statements"
            throw IntegrityFailure(
                .cannotRead,
                "'\(path)': \(reason). Name a folder, a CycloneDX or SPDX bill, or a file of in-toto statements.")
        }
        return (inventory.graph, inventory)
    }

    /// The graph of one document; `nil` when it is neither a bill nor statements. Statements count as claimed: whose they
    /// are is checked for trees only.
    private static func document(_ view: ByteView, file: String) throws(DataFailure) -> ProvenanceGraph? {
        var graph = ProvenanceGraph()
        var view = view
        let isXML = view.count < 256 << 20 && view.withSpan { $0.byte(at: 0) } == UInt8(ascii: "<")
        if isXML, let bytes = view.withSpan({ $0.copy(at: 0, count: $0.byteCount) }),
            let json = try BillGraph.json(xml: bytes)
        {
            view = ByteView(copying: json)
        }
        if let document = try? JSONDocument.parse(view, valueLimit: 64_000_000) {
            if BillGraph.matches(document.root) {
                BillGraph.add(document.root, file: file, to: &graph)
                return finished(graph)
            }
        }
        var count = 0
        let failures = StatementFile.read(view) { entry in
            count += 1
            add(entry, file, &graph)
        }
        guard count > 0 else { return nil }
        for failure in failures { graph.problem(.statement, failure, file: file) }
        return finished(graph)
    }

    private static func finished(_ graph: ProvenanceGraph) -> ProvenanceGraph {
        var graph = graph
        for cycle in graph.cycles() {
            let edges = cycle.map { graph.edges[$0] }
            let names = (edges.map(\.from) + [edges.last?.to ?? 0]).map {
                PrintableText.quoting(graph.nodes[$0].name, limit: 100)
            }
            graph.problem(
                .cycle, "comes from itself: \(names.joined(separator: " ← "))",
                file: edges.last?.evidence.first?.file ?? "")
        }
        return graph
    }

    private static func add(_ entry: StatementFile.Entry, _ file: String, _ graph: inout ProvenanceGraph) {
        let statement = entry.statement
        let evidence = Evidence(file: file, place: entry.line > 0 ? "line \(entry.line)" : "statement")
        for subject in statement.subjects {
            let kind = subject.kind ?? .model
            let name = subject.name.isEmpty ? subject.uri ?? "_" : subject.name
            let from = graph.node(kind, name, digests: subject.digests)
            for material in statement.materials {
                let materialKind = material.kind ?? .model
                let known = material.digests["sha256"].flatMap { graph.find(digest: $0) }
                let target =
                    known
                    ?? graph.node(
                        materialKind, material.name.isEmpty ? material.uri ?? "_" : material.name,
                        digests: material.digests)
                let found = graph.nodes[target].kind
                graph.add(from, statement.relation(kind, found, role: material.role), target, .claimed, evidence)
            }
            if let bill = statement.bill {
                var place = BillPlace(file: file)
                place.folder = from
                BillGraph.add(bill, place, to: &graph)
            }
            if let builder = statement.builder {
                graph.add(from, statement.builderRelation, graph.node(.party, builder), .claimed, evidence)
            }
        }
    }
}

extension ProvenanceGraph {
    /// Nodes that a text names: a digest or its beginning, a full name, or the last part of one.
    ///
    /// Names that agree wholly win over those that agree in their last part. O(nodes).
    package func search(_ text: String) -> [Int] {
        let wanted = text.lowercased()
        let digest = wanted.hasPrefix("sha256:") ? String(wanted.dropFirst(7)) : wanted
        if let number = find(digest: digest) { return [number] }
        if digest.utf8.count >= 12, digest.utf8.allSatisfy({ VersionScanner.isDigit($0) || (0x61...0x66).contains($0) })
        {
            let found = nodes.indices.filter { nodes[$0].digests["sha256"]?.hasPrefix(digest) ?? false }
            if !found.isEmpty { return found }
        }
        let exact = nodes.indices.filter {
            nodes[$0].name.lowercased() == wanted || nodes[$0].location?.lowercased() == wanted
        }
        if !exact.isEmpty { return exact }
        return nodes.indices.filter { number in
            let name = nodes[number].name.lowercased()
            return name.hasSuffix("/" + wanted)
                || (nodes[number].location?.lowercased().hasSuffix("/" + wanted) ?? false)
        }
    }
}
