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
            component($0, "metadata.component", isMain: true)
        }
        if let main, let party = CycloneDXComponent.name(of: metadata?["supplier"]) {
            add(main, .suppliedBy, graph.node(.party, party), "metadata.supplier")
        }
        if let main, let party = CycloneDXComponent.name(of: metadata?["manufacturer"] ?? metadata?["manufacture"]) {
            add(main, .builtBy, graph.node(.party, party), "metadata.manufacturer")
        }
        // A bill beside a model that describes an application means the model by its only one.
        var only: Int?
        if place.folder != nil, main.map({ graph.nodes[$0].kind != .model }) ?? true {
            let models = parts.indices.filter { parts[$0]["type"]?.string == "machine-learning-model" }
            if models.count == 1 { only = models[0] }
        }
        insert(all: parts, mainIndex: only)
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

    static func isDigest(_ text: String) -> Bool {
        [32, 40, 56, 64, 96, 128].contains(text.utf8.count)
            && text.utf8.allSatisfy { VersionScanner.isDigit($0) || (0x61...0x66).contains($0 | 0x20) }
    }

    // MARK: Components

    private mutating func component(_ json: JSONValue, _ source: String, isMain: Bool = false) -> Int? {
        CycloneDXComponent(json).map { insert($0, source, isMain: isMain) }
    }

    /// Reads many components, on every processor, and adds them in their order.
    private mutating func insert(all parts: [JSONValue], mainIndex: Int?) {
        let size = 4096
        guard parts.count > size else {
            for (index, part) in parts.enumerated() {
                _ = component(part, "components", isMain: index == mainIndex)
            }
            return
        }
        var start = 0
        var index = 0
        OrderedPipeline.run({
            guard start < parts.count else { return nil }
            let range = start..<min(start + size, parts.count)
            start = range.upperBound
            return parts[range]
        }) { (slice: ArraySlice<JSONValue>) -> [CycloneDXComponent?] in
            guard let twin = slice.first?.owner.twin else { return [] }
            return slice.map { CycloneDXComponent($0.value(in: twin)) }
        } _: { read in
            for part in read {
                if let part { _ = insert(part, "components", isMain: index == mainIndex) }
                index += 1
            }
            return true
        }
    }

    private mutating func insert(_ part: CycloneDXComponent, _ source: String, isMain: Bool = false) -> Int {
        let number = place.node(part.kind, part.name, part.digests, isMain: isMain, &graph)
        if let reference = part.reference { nodes[reference] = number }
        if let other = part.otherName { graph.alias(number, other) }
        for (relation, name, key) in part.parties { add(number, relation, graph.node(.party, name), key) }
        // What an ancestor is to a model, its notes or properties may say.
        for (relation, base) in part.ancestors {
            add(number, relation, insert(base, "pedigree"), "components.pedigree.ancestors")
        }
        for (relation, heir) in part.descendants {
            add(insert(heir, "pedigree"), relation, number, "components.pedigree.descendants")
        }
        // A variant has a common ancestor; which one, nobody says.
        for variant in part.variants { _ = insert(variant, "pedigree") }
        for child in part.components { add(number, .contains, insert(child, source), "components.components") }
        for reference in part.datasetReferences {
            pending.append((number, .trainedOn, reference, "modelCard.modelParameters.datasets"))
        }
        for dataset in part.datasets {
            let target = place.node(.dataset, dataset.name, DigestSet(), isMain: false, &graph)
            if let reference = dataset.reference { nodes[reference] = target }
            add(number, .trainedOn, target, "modelCard.modelParameters.datasets")
            for (relation, name, key) in dataset.parties { add(target, relation, graph.node(.party, name), key) }
        }
        for reference in part.dataReferences { nodes[reference] = number }
        for (relation, name) in part.edges {
            let kind: ProvenanceGraph.Kind =
                relation.isParty ? .party : relation.isDerivation ? graph.nodes[number].kind : .dataset
            add(number, relation, graph.node(kind, name), "components.properties")
        }
        return number
    }

    // MARK: Formulas

    /// What workflows, tasks and steps made from what.
    private mutating func workflows(_ formula: JSONValue) {
        for part in formula["components"]?.elements ?? [] { _ = component(part, "formulation.components") }
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
