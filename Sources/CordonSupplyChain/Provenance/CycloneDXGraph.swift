internal import CordonCore
internal import CordonFormats

/// Reads components, pedigrees, dependencies, formulas and governance of a CycloneDX document into a graph.
///
/// Source: ECMA-424, CycloneDX 1.4 to 1.7.
struct CycloneDXGraph {
    let place: BillPlace
    var graph: ProvenanceGraph
    private var nodes: [String: Int] = [:]
    private var pending: [(from: Int, relation: ProvenanceGraph.Relation, reference: String, place: String)] = []

    init(_ place: BillPlace, _ graph: ProvenanceGraph) {
        self.place = place
        self.graph = graph
    }

    mutating func read(_ root: JSONValue) {
        let parts = root["components"]?.elements ?? []
        graph.reserve(parts.count)
        nodes.reserveCapacity(parts.count)
        let metadata = root["metadata"]
        let main = metadata?["component"].flatMap {
            component($0, "metadata.component", depth: 0, isMain: true)
        }
        if let main, let party = name(of: metadata?["supplier"]) {
            add(main, .suppliedBy, graph.node(.party, party), "metadata.supplier")
        }
        if let main, let party = name(of: metadata?["manufacturer"] ?? metadata?["manufacture"]) {
            add(main, .builtBy, graph.node(.party, party), "metadata.manufacturer")
        }
        // A bill beside a model that describes an application means the model by its only one.
        let isOnly = parts.count { $0["type"]?.string == "machine-learning-model" } == 1
        for part in parts {
            let isModel = isOnly && main.map { graph.nodes[$0].kind != .model } ?? true
            _ = component(
                part, "components", depth: 0,
                isMain: isModel && part["type"]?.string == "machine-learning-model")
        }
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
        link()
        for formula in root["formulation"]?.elements ?? [] { workflows(formula) }
    }

    private mutating func link() {
        for link in pending {
            guard let target = nodes[link.reference] else {
                dangling(link.reference, link.place)
                continue
            }
            var relation = link.relation
            if relation == .uses {
                // A model that depends on a model or dataset was made from it.
                relation = .made(graph.nodes[link.from].kind, of: graph.nodes[target].kind)
                if relation != .uses, isLinked(link.from, target) { continue }
            }
            add(link.from, relation, target, link.place)
        }
        pending = []
    }

    private func isLinked(_ from: Int, _ to: Int) -> Bool {
        graph.outgoing[from].contains { graph.edges[$0].to == to && graph.edges[$0].relation != .uses }
    }

    private mutating func dangling(_ reference: String, _ source: String) {
        // An address of another document is no gap in this one.
        guard !reference.hasPrefix("urn:cdx:") else { return }
        graph.problem(
            .gap,
            "\(source) names '\(PrintableText.quoting(reference, limit: 160))', which the document does not contain",
            file: place.file)
    }

    private mutating func add(_ from: Int, _ relation: ProvenanceGraph.Relation, _ to: Int, _ source: String) {
        graph.add(from, relation, to, .claimed, Evidence(file: place.file, place: source))
    }

    /// A person or organisation: a text, or an object with a name, an organisation or a contact in it.
    private func name(of party: JSONValue?) -> String? {
        guard let party else { return nil }
        let text =
            party.string ?? party["name"]?.string ?? party["organization"]?["name"]?.string
            ?? party["contact"]?["name"]?.string
        return text.flatMap { $0.isEmpty ? nil : $0 }
    }

    static func isDigest(_ text: String) -> Bool {
        [32, 40, 56, 64, 96, 128].contains(text.utf8.count)
            && text.utf8.allSatisfy { VersionScanner.isDigit($0) || (0x61...0x66).contains($0 | 0x20) }
    }

    // MARK: Components

    private mutating func component(_ json: JSONValue, _ source: String, depth: Int, isMain: Bool = false) -> Int? {
        guard depth < 32, let name = json["name"]?.string else { return nil }
        let purl = json["purl"]?.string
        let kind: ProvenanceGraph.Kind
        switch json["type"]?.string {
        case "machine-learning-model": kind = .model
        case "data": kind = .dataset
        case "file": kind = .file
        default: kind = purl?.hasPrefix("pkg:huggingface/") ?? false ? .model : .software
        }
        let full = json["group"]?.string.map { $0.isEmpty ? name : "\($0)/\(name)" } ?? name
        var digests = DigestSet()
        for hash in json["hashes"]?.elements ?? [] {
            guard let algorithm = hash["alg"]?.string, let value = hash["content"]?.string else { continue }
            guard Self.isDigest(value) else { continue }
            digests[DigestName.plain(algorithm)] = DigestName.value(value)
        }
        let number = place.node(kind, kind == .software ? purl ?? full : full, digests, isMain: isMain, &graph)
        if let reference = json["bom-ref"]?.string { nodes[reference] = number }
        if kind == .software { graph.alias(number, full) }
        for (key, relation) in [
            ("supplier", ProvenanceGraph.Relation.suppliedBy), ("manufacturer", .builtBy), ("publisher", .republishedBy),
        ] {
            if let party = self.name(of: json[key]) {
                add(number, relation, graph.node(.party, party), "components.\(key)")
            }
        }
        if let pedigree = json["pedigree"] { self.pedigree(pedigree, json, number, kind, depth) }
        for child in json["components"]?.elements ?? [] {
            if let target = component(child, source, depth: depth + 1) {
                add(number, .contains, target, "components.components")
            }
        }
        data(json, number, kind, depth)
        return number
    }

    private mutating func pedigree(
        _ pedigree: JSONValue, _ json: JSONValue, _ number: Int, _ kind: ProvenanceGraph.Kind, _ depth: Int
    ) {
        for ancestor in pedigree["ancestors"]?.elements ?? [] {
            guard let target = component(ancestor, "pedigree", depth: depth + 1) else { continue }
            // What an ancestor is to a model, its notes or properties may say.
            add(number, relation(ancestor, json, kind), target, "components.pedigree.ancestors")
        }
        for descendant in pedigree["descendants"]?.elements ?? [] {
            guard let child = component(descendant, "pedigree", depth: depth + 1) else { continue }
            add(child, relation(json, descendant, graph.nodes[child].kind), number, "components.pedigree.descendants")
        }
        // A variant has a common ancestor; which one, nobody says.
        for variant in pedigree["variants"]?.elements ?? [] { _ = component(variant, "pedigree", depth: depth + 1) }
    }

    private func relation(
        _ ancestor: JSONValue, _ json: JSONValue, _ kind: ProvenanceGraph.Kind
    ) -> ProvenanceGraph.Relation {
        let stated = (ancestor["properties"]?.elements ?? []).first { $0["name"]?.string == "cordon:relation" }
        if let relation = stated?["value"]?.string.flatMap({ ProvenanceGraph.Relation(rawValue: $0) }) {
            return relation
        }
        guard kind == .model else { return .derivedFrom }
        for text in [
            json["pedigree"]?["notes"]?.string, ancestor["pedigree"]?["notes"]?.string, ancestor["description"]?.string,
            json["modelCard"]?["modelParameters"]?["approach"]?["type"]?.string,
        ] {
            let found = text.flatMap { ProvenanceGraph.Relation(words: $0, from: kind, isParty: false) }
            if let found { return found }
        }
        return .fineTunedFrom
    }

    /// Training data of a model card; governance of a dataset.
    private mutating func data(_ json: JSONValue, _ number: Int, _ kind: ProvenanceGraph.Kind, _ depth: Int) {
        for dataset in json["modelCard"]?["modelParameters"]?["datasets"]?.elements ?? [] {
            // The XML form writes a reference as an element.
            let reference = dataset["ref"] ?? dataset.string.map { _ in dataset }
            if let reference = reference?.string {
                pending.append((number, .trainedOn, reference, "modelCard.modelParameters.datasets"))
            } else if let name = dataset["name"]?.string {
                let target = place.node(.dataset, name, DigestSet(), isMain: false, &graph)
                if let reference = dataset["bom-ref"]?.string { nodes[reference] = target }
                add(number, .trainedOn, target, "modelCard.modelParameters.datasets")
                governance(dataset, target)
            }
        }
        for part in json["data"]?.elements ?? [] {
            if let reference = part["bom-ref"]?.string { nodes[reference] = number }
            governance(part, number)
        }
        for property in json["properties"]?.elements ?? [] {
            guard let name = property["name"]?.string, name.hasPrefix("cordon:edge:"),
                let relation = ProvenanceGraph.Relation(rawValue: String(name.dropFirst(12))),
                let value = property["value"]?.string
            else { continue }
            let kind: ProvenanceGraph.Kind =
                relation.isParty ? .party : relation.isDerivation ? graph.nodes[number].kind : .dataset
            add(number, relation, graph.node(kind, value), "components.properties")
        }
    }

    /// Who answers for a dataset: custodians, stewards and owners all stand behind what it holds.
    private mutating func governance(_ data: JSONValue, _ number: Int) {
        guard let governance = data["governance"] else { return }
        for key in ["owners", "custodians", "stewards"] {
            for party in governance[key]?.elements ?? [] {
                guard let name = name(of: party) else { continue }
                add(number, .suppliedBy, graph.node(.party, name), "data.governance.\(key)")
            }
        }
    }

    // MARK: Formulas

    /// What workflows, tasks and steps made from what.
    private mutating func workflows(_ formula: JSONValue) {
        for part in formula["components"]?.elements ?? [] { _ = component(part, "formulation.components", depth: 0) }
        for workflow in formula["workflows"]?.elements ?? [] {
            process(workflow, "formulation.workflows")
            for task in workflow["tasks"]?.elements ?? [] { process(task, "formulation.workflows.tasks") }
        }
    }

    private mutating func process(_ process: JSONValue, _ source: String) {
        let inputs = resources(process["inputs"], source)
        let outputs = resources(process["outputs"], source)
        guard inputs.count * max(1, outputs.count) <= 10_000 else {
            graph.problem(
                .statement,
                "\(source) has \(inputs.count) inputs and \(outputs.count) outputs; at most 10000 pairs are followed",
                file: place.file)
            return
        }
        let words =
            [process["name"]?.string, process["description"]?.string].compactMap { $0 }.joined(separator: " ")
        for output in outputs {
            for input in inputs where input != output {
                let (from, to) = (graph.nodes[output].kind, graph.nodes[input].kind)
                var relation = ProvenanceGraph.Relation.made(from, of: to)
                if relation == .derivedFrom {
                    relation = ProvenanceGraph.Relation(words: words, from: from, isParty: false) ?? relation
                }
                if isLinked(output, input), relation == .derivedFrom || relation == .uses { continue }
                add(output, relation, input, source)
            }
        }
    }

    private mutating func resources(_ list: JSONValue?, _ source: String) -> [Int] {
        var found: [Int] = []
        for element in list?.elements ?? [] {
            for key in ["resource", "source", "data"] {
                guard let resource = element[key], let reference = resource["ref"]?.string ?? resource.string else {
                    continue
                }
                if let number = nodes[reference] {
                    if graph.nodes[number].kind != .party { found.append(number) }
                } else {
                    dangling(reference, source)
                }
            }
        }
        return found
    }
}
