internal import CordonFormats

/// A description of a dataset in JSON-LD: Croissant, schema.org, DCAT, RO-Crate.
///
/// Source: MLCommons Croissant 1.0 and 1.1, RAI vocabulary 1.0; PROV-O terms as 1.1 uses them; W3C DCAT 3; RO-Crate 1.1.
/// Keys are read with the prefixes people write (`sc:`, `cr:`, `rai:`, `prov:`, `dct:`, none, or the full address); no
/// context is fetched, so prefixes that a context renames are not known.
struct Croissant {
    private let root: DataNode
    /// Nodes of a graph by their identifier.
    private let entities: [String: DataNode]

    init(_ root: DataNode) {
        let graph = (root["@graph"]?.elements ?? []).prefix(100_000)
        entities = Dictionary(
            graph.compactMap { node in node["@id"]?.string.map { ($0, node) } }, uniquingKeysWith: { first, _ in first }
        )
        // An RO-Crate is about the folder it lies in; other graphs about their first dataset.
        self.root = entities["./"] ?? graph.first(where: Self.isDataset) ?? root
    }

    private static func isDataset(_ node: DataNode) -> Bool {
        (node["@type"]?.strings ?? []).contains { $0.hasSuffix("Dataset") }
    }

    /// What a node that is only an identifier stands for.
    private func resolved(_ node: DataNode) -> DataNode {
        guard node.isMap, node.members.count == 1, let id = node["@id"]?.string else { return node }
        return entities[id] ?? node
    }

    /// Whether a JSON object is such a description.
    static func matches(_ root: DataNode) -> Bool {
        guard root["@context"] != nil else { return false }
        return isDataset(root) || (root["@graph"]?.elements ?? []).prefix(100_000).contains(where: isDataset)
    }

    private func node(_ key: String, in object: DataNode? = nil) -> DataNode? {
        let object = object ?? root
        for prefix in ["", "sc:", "cr:", "schema:", "rai:", "prov:", "dct:", "dcterms:", "dcat:", "foaf:", "rdfs:"] {
            if let found = object[prefix + key] { return found }
        }
        let suffixes = ["/" + key, "#" + key]
        return object.members.last { member in suffixes.contains { member.key.hasSuffix($0) } }?.value
    }

    private func list(_ node: DataNode?) -> [DataNode] {
        guard let node else { return [] }
        return (node.isList ? node.elements : [node]).map(resolved)
    }

    /// A value's text: a string, `{"@value": …}`, a name or an address.
    private func label(_ node: DataNode) -> String? {
        if let text = node.string { return text }
        for key in ["name", "label", "title", "@value", "url", "@id"] {
            if let found = self.node(key, in: node), let text = found.string { return text }
        }
        return nil
    }

    func texts(_ key: String) -> [String] { list(node(key)).compactMap(label) }
    func text(_ key: String) -> String? { texts(key).first }

    /// A value of the responsible-AI vocabulary.
    func rai(_ key: String) -> [String] {
        list(
            root["rai:" + key] ?? root["http://mlcommons.org/croissant/RAI/" + key]
                ?? root["https://mlcommons.org/croissant/RAI/" + key] ?? root[key]
        ).compactMap(label)
    }

    /// `owner/name` when the address is one of the hub.
    var repository: String? {
        for key in ["url", "@id", "sameAs"] {
            for text in texts(key) where text.contains("huggingface.co/datasets/") {
                let reference = AssetReference(text)
                if reference.owner != nil { return reference.name }
            }
        }
        return nil
    }

    /// Names of the columns.
    var columns: [String] {
        list(node("recordSet")).flatMap { list(node("field", in: $0)) }.compactMap { self.node("name", in: $0)?.string }
    }

    private static let derivationKeys = [
        "isBasedOn", "wasDerivedFrom", "source", "hadPrimarySource", "wasRevisionOf", "isVersionOf",
    ]

    /// Datasets that it is based on.
    var sources: [String] { sourceNodes.compactMap(sourceName) }

    private var sourceNodes: [DataNode] {
        let used = list(node("wasGeneratedBy")).flatMap { list(node("used", in: $0)) }
        let files = list(node("distribution")).prefix(10_000)
        let ofFiles = files.flatMap { list(node("wasDerivedFrom", in: $0)) }
        let own = Set(files.compactMap { $0["@id"]?.string })
        return (Self.derivationKeys.flatMap { list(node($0)) } + used + ofFiles)
            .filter { !own.contains($0["@id"]?.string ?? "") }
    }

    private func sourceName(_ source: DataNode) -> String? {
        let address = node("url", in: source)?.string ?? source["@id"]?.string ?? source.string
        if let address, address.contains("huggingface.co/datasets/") { return address }
        return ["name", "label", "title"].lazy.compactMap { node($0, in: source)?.string }.first ?? address
    }

    /// What the description says of the datasets that it is based on: name, relation and where it leads.
    var remotes: [(name: String, relation: ProvenanceGraph.Relation, other: String)] {
        var result: [(String, ProvenanceGraph.Relation, String)] = []
        var queue = sourceNodes.map { ($0, 0) }
        while let (source, depth) = queue.popLast(), result.count < 1000 {
            guard source.isMap, depth < 8, let name = sourceName(source) else { continue }
            for key in Self.derivationKeys {
                for inner in list(node(key, in: source)) {
                    guard let other = sourceName(inner) else { continue }
                    result.append((name, .derivedFrom, other))
                    queue.append((inner, depth + 1))
                }
            }
            for (key, relation) in [
                ("wasAttributedTo", ProvenanceGraph.Relation.collectedBy), ("creator", .collectedBy),
                ("publisher", .suppliedBy),
            ] {
                for party in list(node(key, in: source)) {
                    if let other = label(party) { result.append((name, relation, other)) }
                }
            }
        }
        return result
    }

    /// Last parts of the addresses of its files, at most 100.
    var fileNames: Set<String> {
        let addresses = list(node("distribution")).prefix(100).flatMap { object in
            ["contentUrl", "downloadURL", "accessURL"].flatMap { list(node($0, in: object)) }.compactMap(label)
        }
        return Set(addresses.map { InventoryCollector.last(String($0.prefix { $0 != "?" })) })
    }

    /// Files with a SHA-256: path and digest. Placeholders that are no digest are left out.
    var files: [(path: String, digest: String)] {
        list(node("distribution")).compactMap { object in
            guard let path = node("contentUrl", in: object)?.string, !PythonRequirementLine.isURL(path),
                let digest = node("sha256", in: object)?.string?.lowercased(), digest.utf8.count == 64,
                digest.utf8.allSatisfy({ VersionScanner.isDigit($0) || (0x61...0x66).contains($0) })
            else { return nil }
            return (path.hasPrefix("./") ? String(path.dropFirst(2)) : path, digest)
        }
    }

    /// Who made, supplied, collected and labelled it.
    var parties: [(ProvenanceGraph.Relation, String, String)] {
        var result: [(ProvenanceGraph.Relation, String, String)] = []
        for party in list(node("creator")) + list(node("author")) {
            if let name = label(party) { result.append((.collectedBy, name, "creator")) }
        }
        for (key, relation) in [
            ("publisher", ProvenanceGraph.Relation.suppliedBy), ("provider", .suppliedBy),
            ("sourceOrganization", .suppliedBy), ("producer", .collectedBy), ("distributor", .republishedBy),
        ] {
            for party in list(node(key)) { if let name = label(party) { result.append((relation, name, key)) } }
        }
        for key in ["dataAnnotationPlatform", "annotationPlatform", "machineAnnotationTools"] {
            for name in rai(key) { result.append((.labelledBy, name, "rai:\(key)")) }
        }
        // An agent with a role that is spelled out.
        for attribution in list(node("qualifiedAttribution")) {
            guard let name = list(node("agent", in: attribution)).first.flatMap(label) else { continue }
            let role = list(node("hadRole", in: attribution)).compactMap(label).joined(separator: " ")
            let relation = ProvenanceGraph.Relation(words: role, from: .dataset, isParty: true)
            result.append((relation ?? .collectedBy, name, "prov:qualifiedAttribution"))
        }
        activities(root, &result, depth: 0)
        return result
    }

    /// `prov:wasGeneratedBy` and `prov:wasAttributedTo` on the dataset, its files and fields.
    private func activities(
        _ object: DataNode, _ result: inout [(ProvenanceGraph.Relation, String, String)], depth: Int
    ) {
        guard depth < 4 else { return }
        for activity in list(node("wasGeneratedBy", in: object)) {
            let words =
                ([label(activity)] + [activity["@type"]?.strings.joined(separator: " ")]
                + list(node("type", in: activity)).map(label) + list(node("description", in: activity)).map(label))
                .compactMap { $0 }.joined(separator: " ").lowercased()
            for agent in list(node("wasAssociatedWith", in: activity)) + list(node("agent", in: activity)) {
                guard let name = label(agent) else { continue }
                result.append((Self.relation(words), name, "prov:wasGeneratedBy"))
            }
        }
        let isLabel =
            [object["@id"], node("name", in: object), node("description", in: object)].compactMap { $0?.string }
            .contains { Self.relation($0.lowercased()) == .labelledBy }
            || list(node("dataType", in: object)).compactMap(\.string).contains { $0.hasSuffix("Label") }
        for agent in list(node("wasAttributedTo", in: object)) {
            guard let name = label(agent) else { continue }
            result.append((depth > 0 && isLabel ? .labelledBy : .collectedBy, name, "prov:wasAttributedTo"))
        }
        for key in ["distribution", "recordSet", "field"] {
            for child in list(node(key, in: object)).prefix(1000) { activities(child, &result, depth: depth + 1) }
        }
    }

    private static func relation(_ words: String) -> ProvenanceGraph.Relation {
        ["label", "annotat", "rating", "judg", "tagging"].contains { words.contains($0) } ? .labelledBy : .collectedBy
    }
}
