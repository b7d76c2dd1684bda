internal import CordonCore
package import CordonFormats
internal import CordonSigning

/// Adds what bills of materials say to a graph: CycloneDX 1.4 to 1.7 and SPDX 3.0.1.
package enum BillGraph {
    /// Whether a JSON text is a bill that is read.
    package static func matches(_ root: JSONValue) -> Bool { isCycloneDX(root) || isSPDX(root) }

    static func isCycloneDX(_ root: JSONValue) -> Bool { root["bomFormat"]?.string == "CycloneDX" }
    static func isSPDX(_ root: JSONValue) -> Bool {
        root["@graph"]?.isArray ?? false
            && (root["@context"]?.string ?? root["@context"]?.elements.first?.string ?? "").contains("spdx.org/rdf/3")
    }

    /// Adds the bill's components and relations.
    ///
    /// - Parameter file: where it lies, for evidence.
    /// - Complexity: O(n).
    package static func add(_ root: JSONValue, file: String, to graph: inout ProvenanceGraph) {
        if isCycloneDX(root) {
            var reader = CycloneDXGraph(file: file, graph: graph)
            reader.read(root)
            graph = reader.graph
        } else if isSPDX(root) {
            var reader = SPDXGraph(file: file, graph: graph)
            reader.read(root)
            graph = reader.graph
        }
    }
}

private struct CycloneDXGraph {
    let file: String
    var graph: ProvenanceGraph
    private var nodes: [String: Int] = [:]
    private var pending: [(from: Int, relation: ProvenanceGraph.Relation, reference: String, place: String)] = []

    init(file: String, graph: ProvenanceGraph) {
        self.file = file
        self.graph = graph
    }

    mutating func read(_ root: JSONValue) {
        if let main = root["metadata"]?["component"] { _ = component(main, "metadata.component", depth: 0) }
        let parts = root["components"]?.elements ?? []
        graph.reserve(parts.count)
        nodes.reserveCapacity(parts.count)
        for part in parts { _ = component(part, "components", depth: 0) }
        for service in root["services"]?.elements ?? [] {
            if let reference = service["bom-ref"]?.string, let name = service["name"]?.string {
                nodes[reference] = graph.node(.software, name)
            }
        }
        for dependency in root["dependencies"]?.elements ?? [] {
            guard let reference = dependency["ref"]?.string else { continue }
            guard let from = nodes[reference] else {
                dangling(reference, "dependencies")
                continue
            }
            for target in dependency["dependsOn"]?.elements ?? [] {
                if let text = target.string { pending.append((from, .uses, text, "dependencies")) }
            }
        }
        for link in pending {
            guard let target = nodes[link.reference] else {
                dangling(link.reference, link.place)
                continue
            }
            var relation = link.relation
            if relation == .uses {
                // A model that depends on a model or dataset was made from it.
                switch (graph.nodes[link.from].kind, graph.nodes[target].kind) {
                case (.model, .dataset): relation = .trainedOn
                case (.model, .model), (.dataset, .dataset): relation = .derivedFrom
                default: break
                }
                if relation != .uses, isLinked(link.from, target) { continue }
            }
            add(link.from, relation, target, link.place)
        }
    }

    private func isLinked(_ from: Int, _ to: Int) -> Bool {
        graph.outgoing[from].contains { graph.edges[$0].to == to && graph.edges[$0].relation != .uses }
    }

    private mutating func dangling(_ reference: String, _ place: String) {
        // An address of another document is no gap in this one.
        guard !reference.hasPrefix("urn:cdx:") else { return }
        graph.problem(
            .gap,
            "\(place) names '\(PrintableText.quoting(reference, limit: 160))', which the document does not contain",
            file: file)
    }

    private mutating func add(_ from: Int, _ relation: ProvenanceGraph.Relation, _ to: Int, _ place: String) {
        graph.add(from, relation, to, .claimed, Evidence(file: file, place: place))
    }

    fileprivate static func isDigest(_ text: String) -> Bool {
        [32, 40, 56, 64, 96, 128].contains(text.utf8.count)
            && text.utf8.allSatisfy { VersionScanner.isDigit($0) || (0x61...0x66).contains($0 | 0x20) }
    }

    private mutating func component(_ json: JSONValue, _ place: String, depth: Int) -> Int? {
        guard depth < 32, let name = json["name"]?.string else { return nil }
        let kind: ProvenanceGraph.Kind
        switch json["type"]?.string {
        case "machine-learning-model": kind = .model
        case "data": kind = .dataset
        case "file": kind = .file
        default: kind = .software
        }
        let full = json["group"]?.string.map { $0.isEmpty ? name : "\($0)/\(name)" } ?? name
        var digests = DigestSet()
        for hash in json["hashes"]?.elements ?? [] {
            guard let algorithm = hash["alg"]?.string, let value = hash["content"]?.string else { continue }
            guard Self.isDigest(value) else { continue }
            digests[DigestName.plain(algorithm)] = DigestName.value(value)
        }
        let number = graph.node(kind, kind == .software ? json["purl"]?.string ?? full : full, digests: digests)
        let reference = json["bom-ref"]?.string
        if let reference { nodes[reference] = number }
        if kind == .software { graph.alias(number, full) }
        if let party = json["supplier"]?["name"]?.string, !party.isEmpty {
            add(number, .suppliedBy, graph.node(.party, party), "components.supplier")
        }
        if let party = json["manufacturer"]?["name"]?.string, !party.isEmpty {
            add(number, .builtBy, graph.node(.party, party), "components.manufacturer")
        }
        if let publisher = json["publisher"]?.string, !publisher.isEmpty {
            add(number, .republishedBy, graph.node(.party, publisher), "components.publisher")
        }
        for ancestor in json["pedigree"]?["ancestors"]?.elements ?? [] {
            guard let target = component(ancestor, "pedigree", depth: depth + 1) else { continue }
            // What an ancestor is to a model, its notes or properties may say.
            add(number, relation(ancestor, json, kind), target, "components.pedigree.ancestors")
        }
        for child in json["components"]?.elements ?? [] {
            if let target = component(child, place, depth: depth + 1) {
                add(number, .contains, target, "components.components")
            }
        }
        data(json, number, place)
        return number
    }

    private func relation(
        _ ancestor: JSONValue, _ json: JSONValue, _ kind: ProvenanceGraph.Kind
    ) -> ProvenanceGraph.Relation {
        if let stated = (ancestor["properties"]?.elements ?? []).first(where: {
            $0["name"]?.string == "cordon:relation"
        }),
            let relation = stated["value"]?.string.flatMap({ ProvenanceGraph.Relation(rawValue: $0) })
        {
            return relation
        }
        guard let notes = json["pedigree"]?["notes"]?.string?.lowercased() else {
            return kind == .model ? .fineTunedFrom : .derivedFrom
        }
        if notes.holds("quanti") { return .quantizedFrom }
        if notes.holds("adapter") || notes.holds("lora") { return .adapterOf }
        if notes.holds("merge") { return .mergedFrom }
        if notes.holds("distil") { return .distilledFrom }
        return kind == .model ? .fineTunedFrom : .derivedFrom
    }

    /// Training data of a model card; governance of a dataset.
    private mutating func data(_ json: JSONValue, _ number: Int, _ place: String) {
        for dataset in json["modelCard"]?["modelParameters"]?["datasets"]?.elements ?? [] {
            if let reference = dataset["ref"]?.string {
                pending.append((number, .trainedOn, reference, "modelCard.modelParameters.datasets"))
            } else if let name = dataset["name"]?.string {
                let target = graph.node(.dataset, name)
                if let reference = dataset["bom-ref"]?.string { nodes[reference] = target }
                add(number, .trainedOn, target, "modelCard.modelParameters.datasets")
            }
        }
        for part in json["data"]?.elements ?? [] {
            if let reference = part["bom-ref"]?.string { nodes[reference] = number }
        }
        for property in json["properties"]?.elements ?? [] {
            guard let name = property["name"]?.string, name.hasPrefix("cordon:edge:"),
                let relation = ProvenanceGraph.Relation(rawValue: String(name.dropFirst(12))),
                let value = property["value"]?.string
            else { continue }
            let isParty = [.labelledBy, .collectedBy, .builtBy, .suppliedBy, .republishedBy].contains(relation)
            let kind: ProvenanceGraph.Kind =
                isParty ? .party : relation.isDerivation ? graph.nodes[number].kind : .dataset
            add(number, relation, graph.node(kind, value), "components.properties")
        }
    }
}

private struct SPDXGraph {
    let file: String
    var graph: ProvenanceGraph
    private var nodes: [String: Int] = [:]

    init(file: String, graph: ProvenanceGraph) {
        self.file = file
        self.graph = graph
    }

    mutating func read(_ root: JSONValue) {
        let elements = root["@graph"]?.elements ?? []
        for element in elements {
            guard let id = element["spdxId"]?.string, let name = element["name"]?.string else { continue }
            switch element["type"]?.string {
            case "ai_AIPackage": nodes[id] = graph.node(.model, name, digests: digests(element))
            case "dataset_DatasetPackage": nodes[id] = graph.node(.dataset, name, digests: digests(element))
            case "software_Package":
                nodes[id] = graph.node(
                    .software, element["software_packageUrl"]?.string ?? name, digests: digests(element))
            case "software_File": nodes[id] = graph.node(.file, name, digests: digests(element))
            case "Organization", "Person", "SoftwareAgent": nodes[id] = graph.node(.party, name)
            default: continue
            }
        }
        for element in elements {
            if let id = element["spdxId"]?.string, let number = nodes[id] {
                if let party = element["suppliedBy"]?.string { add(number, .suppliedBy, party, "suppliedBy") }
                for party in element["originatedBy"]?.elements ?? [] {
                    if let text = party.string { add(number, .collectedBy, text, "originatedBy") }
                }
            }
            guard let type = element["relationshipType"]?.string,
                let from = element["from"]?.string.flatMap({ nodes[$0] })
            else { continue }
            let comment = element["comment"]?.string ?? ""
            for target in element["to"]?.elements ?? [] {
                guard let text = target.string else { continue }
                switch type {
                case "trainedOn": add(from, .trainedOn, text, type)
                case "testedOn": add(from, .evaluatedOn, text, type)
                case "descendantOf":
                    add(from, ProvenanceGraph.Relation(rawValue: comment) ?? .derivedFrom, text, type)
                case "ancestorOf":
                    if let child = nodes[text] {
                        graph.add(child, .derivedFrom, from, .claimed, Evidence(file: file, place: type))
                    }
                case "contains": add(from, .contains, text, type)
                case "dependsOn": add(from, .uses, text, type)
                case "other":
                    if let relation = ProvenanceGraph.Relation(rawValue: comment) { add(from, relation, text, type) }
                default: continue
                }
            }
        }
    }

    private func digests(_ element: JSONValue) -> DigestSet {
        var result = DigestSet()
        for hash in element["verifiedUsing"]?.elements ?? [] {
            guard let algorithm = hash["algorithm"]?.string, let value = hash["hashValue"]?.string else { continue }
            guard CycloneDXGraph.isDigest(value) else { continue }
            result[DigestName.plain(algorithm)] = DigestName.value(value)
        }
        return result
    }

    private mutating func add(_ from: Int, _ relation: ProvenanceGraph.Relation, _ id: String, _ place: String) {
        guard let target = nodes[id] else {
            guard !id.contains("NoAssertion"), !id.contains("NoneElement") else { return }
            graph.problem(
                .gap, "\(place) names '\(PrintableText.quoting(id, limit: 160))', which the document does not contain",
                file: file)
            return
        }
        graph.add(from, relation, target, .claimed, Evidence(file: file, place: place))
    }
}

extension InventoryCollector {
    /// Bills of materials that lie in the tree.
    mutating func readBills() {
        for item in items where item.name.hasSuffix(".json") && item.entry.identity.byteCount < 256 << 20 {
            let name = item.name.lowercased()
            guard name.contains("bom") || name.contains("cdx") || name.contains("spdx") || name.contains("cyclonedx")
            else {
                continue
            }
            guard let storage = reader.tree.storage(of: item.entry.path) else { continue }
            var failure: String?
            _ = storage.guarded {
                do throws(JSONFailure) {
                    let document = try JSONDocument.parse(ByteView(storage))
                    BillGraph.add(document.root, file: item.path, to: &inventory.graph)
                } catch {
                    failure = "byte \(error.offset): \(error.reason)"
                }
            }
            if let failure { inventory.graph.problem(.statement, failure, file: item.path) }
        }
    }
}
