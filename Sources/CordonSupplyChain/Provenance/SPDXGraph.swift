internal import CordonCore
internal import CordonFormats

/// Reads packages, agents, builds and relationships of an SPDX document into a graph.
///
/// Source: SPDX 3.0.1, model and `RelationshipType`; SPDX 2.3, clauses 7 and 11.
struct SPDXGraph {
    let place: BillPlace
    var graph: ProvenanceGraph
    private var nodes: [String: Int] = [:]
    private var builds: [String: (inputs: [String], outputs: [String], parties: [String])] = [:]

    init(_ place: BillPlace, _ graph: ProvenanceGraph) {
        self.place = place
        self.graph = graph
    }

    mutating func read(_ root: JSONValue) {
        let elements = root["@graph"]?.elements ?? []
        let models = elements.count { $0["type"]?.string == "ai_AIPackage" }
        for element in elements {
            guard let id = element["spdxId"]?.string ?? element["@id"]?.string else { continue }
            let type = element["type"]?.string ?? ""
            if type == "build_Build" {
                builds[id] = ([], [], [])
                continue
            }
            guard let name = element["name"]?.string else { continue }
            switch type {
            case "ai_AIPackage": node(id, .model, name, element, isMain: models == 1)
            case "dataset_DatasetPackage": node(id, .dataset, name, element)
            case "software_Package", "software_File":
                node(id, kind(element, name, isFile: type == "software_File"), name, element)
            case "Organization", "Person", "SoftwareAgent", "Agent": nodes[id] = graph.node(.party, name)
            default: continue
            }
        }
        for element in elements {
            if let id = element["spdxId"]?.string, let number = nodes[id] {
                if let party = element["suppliedBy"]?.string { add(number, .suppliedBy, party, "suppliedBy") }
                // Who a dataset comes from has gathered it, who a model comes from has made it.
                let origin: ProvenanceGraph.Relation = graph.nodes[number].kind == .dataset ? .collectedBy : .builtBy
                for party in element["originatedBy"]?.elements ?? [] {
                    if let text = party.string { add(number, origin, text, "originatedBy") }
                }
            }
            guard let type = element["relationshipType"]?.string, let from = element["from"]?.string else { continue }
            let comment = element["comment"]?.string ?? element["description"]?.string ?? ""
            for target in element["to"]?.elements ?? [] {
                if let text = target.string { relate(from, type, text, comment) }
            }
        }
        finishBuilds()
    }

    private mutating func node(
        _ id: String, _ kind: ProvenanceGraph.Kind, _ name: String, _ element: JSONValue, isMain: Bool = false
    ) {
        let full = kind == .software ? element["software_packageUrl"]?.string ?? name : name
        nodes[id] = place.node(kind, full, digests(element["verifiedUsing"]), isMain: isMain, &graph)
    }

    /// What a package is, by its purpose, its address and the files' names.
    private func kind(_ element: JSONValue, _ name: String, isFile: Bool) -> ProvenanceGraph.Kind {
        switch element["software_primaryPurpose"]?.string {
        case "model": return .model
        case "data": return .dataset
        case "source": return .code
        default: break
        }
        let address = element["software_packageUrl"]?.string ?? ""
        if address.hasPrefix("pkg:huggingface/") { return .model }
        guard isFile else { return .software }
        let last = InventoryCollector.last(name)[...]
        return FileRoles.isWeights(last) ? .model : FileRoles.isData(last) ? .dataset : .file
    }

    private func digests(_ list: JSONValue?) -> DigestSet {
        var result = DigestSet()
        for hash in list?.elements ?? [] {
            guard let algorithm = hash["algorithm"]?.string,
                let value = hash["hashValue"]?.string ?? hash["checksumValue"]?.string
            else { continue }
            guard CycloneDXGraph.isDigest(value) else { continue }
            result[DigestName.plain(algorithm)] = DigestName.value(value)
        }
        return result
    }

    // MARK: Relationships

    private mutating func relate(_ from: String, _ type: String, _ to: String, _ comment: String) {
        if builds[from] != nil {
            switch type {
            case "hasInput": builds[from]?.inputs.append(to)
            case "hasOutput", "generates": builds[from]?.outputs.append(to)
            case "invokedBy", "delegatedTo", "hasHost": builds[from]?.parties.append(to)
            default: return
            }
            return
        }
        if builds[to] != nil {
            if type == "generates" { builds[to]?.inputs.append(from) }
            return
        }
        guard let source = nodes[from] else { return }
        let kind = graph.nodes[source].kind
        let target = nodes[to].map { graph.nodes[$0].kind }
        switch type {
        case "trainedOn": add(source, .trainedOn, to, type)
        case "testedOn": add(source, .evaluatedOn, to, type)
        case "descendantOf", "hasInput":
            add(source, derivation(kind, target ?? kind, comment), to, type)
        case "ancestorOf", "generates", "hasVariant", "copiedTo", "hasOutput":
            reverse(to, source, kind, comment, type)
        case "contains", "hasDataFile": add(source, .contains, to, type)
        case "dependsOn": add(source, .made(kind, of: target ?? .software), to, type)
        case "suppliedBy", "availableFrom", "providedBy", "publishedBy": add(source, .suppliedBy, to, type)
        case "republishedBy", "distributedBy": add(source, .republishedBy, to, type)
        case "packagedBy", "modifiedBy", "invokedBy", "patchedBy": add(source, .builtBy, to, type)
        case "originatedBy": add(source, kind == .dataset ? .collectedBy : .builtBy, to, type)
        case "other":
            let isParty = target == .party
            let relation = ProvenanceGraph.Relation(words: comment, from: kind, isParty: isParty)
            if let relation, relation.isParty == isParty { add(source, relation, to, type) }
        default: return
        }
    }

    private func derivation(
        _ kind: ProvenanceGraph.Kind, _ target: ProvenanceGraph.Kind, _ comment: String
    ) -> ProvenanceGraph.Relation {
        let made = ProvenanceGraph.Relation.made(kind, of: target)
        guard made == .derivedFrom else { return made }
        return ProvenanceGraph.Relation(words: comment, from: kind, isParty: false) ?? made
    }

    /// An edge from what was made to what it was made from, where the document says it the other way round.
    private mutating func reverse(
        _ child: String, _ base: Int, _ kind: ProvenanceGraph.Kind, _ comment: String, _ type: String
    ) {
        guard let number = nodes[child] else {
            dangling(child, type)
            return
        }
        let relation = derivation(graph.nodes[number].kind, kind, comment)
        graph.add(number, relation, base, .claimed, Evidence(file: place.file, place: type))
    }

    private mutating func finishBuilds() {
        for (_, build) in builds.sorted(by: { $0.key < $1.key }) {
            guard build.inputs.count * max(1, build.outputs.count) <= 10_000 else {
                graph.problem(
                    .statement,
                    "a build has \(build.inputs.count) inputs and \(build.outputs.count) outputs; at most 10000 pairs are followed",
                    file: place.file)
                continue
            }
            for output in build.outputs {
                guard let number = nodes[output] else {
                    dangling(output, "hasOutput")
                    continue
                }
                for input in build.inputs {
                    let kind = nodes[input].map { graph.nodes[$0].kind } ?? .software
                    add(number, .made(graph.nodes[number].kind, of: kind), input, "hasInput")
                }
                for party in build.parties where nodes[party].map({ graph.nodes[$0].kind == .party }) ?? false {
                    add(number, .builtBy, party, "invokedBy")
                }
            }
        }
    }

    private mutating func dangling(_ id: String, _ source: String) {
        guard !id.contains("NoAssertion"), !id.contains("NoneElement"), id != "NOASSERTION", id != "NONE" else {
            return
        }
        graph.problem(
            .gap, "\(source) names '\(PrintableText.quoting(id, limit: 160))', which the document does not contain",
            file: place.file)
    }

    private mutating func add(_ from: Int, _ relation: ProvenanceGraph.Relation, _ id: String, _ source: String) {
        guard let target = nodes[id] else {
            dangling(id, source)
            return
        }
        graph.add(from, relation, target, .claimed, Evidence(file: place.file, place: source))
    }

    // MARK: SPDX 2

    /// Reads the JSON form of SPDX 2.2 or 2.3, which has no models or datasets of its own: addresses and names tell.
    mutating func readOld(_ root: JSONValue) {
        for package in root["packages"]?.elements ?? [] {
            guard let id = package["SPDXID"]?.string, let name = package["name"]?.string else { continue }
            var kind = ProvenanceGraph.Kind.software
            var full = name
            for reference in package["externalRefs"]?.elements ?? [] {
                guard let address = reference["referenceLocator"]?.string, address.hasPrefix("pkg:") else { continue }
                full = address
                if address.hasPrefix("pkg:huggingface/") { (kind, full) = (.model, name) }
            }
            let words = [package["description"]?.string, package["comment"]?.string, package["summary"]?.string]
                .compactMap { $0 }.joined(separator: " ").lowercased()
            let place = package["downloadLocation"]?.string ?? ""
            if kind == .software, place.contains("huggingface.co/") {
                (kind, full) = (place.contains("huggingface.co/datasets/") ? .dataset : .model, name)
            } else if kind == .software, ["dataset", "training data", "corpus"].contains(where: { words.holds($0) }) {
                (kind, full) = (.dataset, name)
            } else if kind == .software, words.holds("model") {
                (kind, full) = (.model, name)
            }
            // What lies here says better what it is.
            for candidate in [ProvenanceGraph.Kind.model, .dataset] where kind == .software {
                if graph.find(candidate, name).map({ graph.nodes[$0].location != nil }) ?? false {
                    (kind, full) = (candidate, name)
                }
            }
            let number = self.place.node(kind, full, digests(package["checksums"]), isMain: false, &graph)
            nodes[id] = number
            for (key, relation) in [
                ("supplier", ProvenanceGraph.Relation.suppliedBy),
                ("originator", kind == .dataset ? .collectedBy : .builtBy),
            ] {
                guard let text = package[key]?.string, let colon = text.firstIndex(of: ":") else { continue }
                let party = text[text.index(after: colon)...].trimmingWhitespace.prefix { $0 != "(" }.trimmingWhitespace
                guard !party.isEmpty else { continue }
                graph.add(
                    number, relation, graph.node(.party, String(party)), .claimed,
                    Evidence(file: self.place.file, place: key))
            }
        }
        for file in root["files"]?.elements ?? [] {
            guard let id = file["SPDXID"]?.string, let name = file["fileName"]?.string else { continue }
            let bare = name.hasPrefix("./") ? String(name.dropFirst(2)) : name
            let last = InventoryCollector.last(bare)[...]
            let kind: ProvenanceGraph.Kind =
                FileRoles.isWeights(last) ? .model : FileRoles.isData(last) ? .dataset : .file
            nodes[id] = place.node(kind, bare, digests(file["checksums"]), isMain: false, &graph)
        }
        for relationship in root["relationships"]?.elements ?? [] {
            guard let from = relationship["spdxElementId"]?.string, from != "SPDXRef-DOCUMENT",
                let to = relationship["relatedSpdxElement"]?.string, let type = relationship["relationshipType"]?.string
            else { continue }
            let comment = relationship["comment"]?.string ?? ""
            guard let (name, isReversed) = Self.oldTypes[type] else { continue }
            if nodes[from] == nil {
                dangling(from, type)
            } else if nodes[to] == nil {
                dangling(to, type)
            } else {
                relate(isReversed ? to : from, name, isReversed ? from : to, comment)
            }
        }
    }

    /// Relationship types of SPDX 2 as SPDX 3 has them, and whether the ends change places.
    private static let oldTypes: [String: (String, Bool)] = [
        "DESCENDANT_OF": ("descendantOf", false), "ANCESTOR_OF": ("ancestorOf", false),
        "GENERATED_FROM": ("descendantOf", false), "GENERATES": ("generates", false),
        "VARIANT_OF": ("descendantOf", false), "COPY_OF": ("descendantOf", false), "CONTAINS": ("contains", false),
        "CONTAINED_BY": ("contains", true), "DEPENDS_ON": ("dependsOn", false), "DEPENDENCY_OF": ("dependsOn", true),
        "BUILD_DEPENDENCY_OF": ("dependsOn", true), "DATA_FILE_OF": ("hasDataFile", true), "OTHER": ("other", false),
        "TEST_OF": ("testedOn", true),
    ]
}
