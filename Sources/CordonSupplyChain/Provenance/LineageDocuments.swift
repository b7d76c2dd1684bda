internal import CordonCore
internal import CordonFormats
internal import CordonSigning

/// Lineage in the formats of data platforms and packagers.
///
/// Source: W3C PROV-JSON (member submission of 2013); OpenLineage 2.0.2, `RunEvent`; KitOps Kitfile 1.0.0.
extension InventoryCollector {
    mutating func readLineageDocuments() {
        for item in items where item.entry.identity.byteCount < 64 << 20 {
            let name = item.name.lowercased()
            if name == "kitfile" {
                readKitfile(item)
            } else if name.hasSuffix(".json") || name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson") {
                guard let head = reader.tree.head(of: item.entry.path, count: 4096) else { continue }
                let text = String(decoding: head, as: UTF8.self)
                if text.holds("openlineage.io/spec") {
                    readEvents(item)
                } else if text.holds("\"entity\"") || text.holds("\"wasDerivedFrom\"") {
                    readProvenance(item)
                }
            }
        }
    }

    private mutating func add(
        _ from: Int, _ relation: ProvenanceGraph.Relation, _ to: Int, _ item: InventoryReader.Item, _ place: String
    ) {
        inventory.graph.add(from, relation, to, .claimed, Evidence(file: item.path, place: place))
        guard relation.isDerivation, inventory.graph.nodes[to].kind == .model,
            let asset = inventory.assets.firstIndex(where: { $0.kind == .model && $0.node == from })
        else { return }
        claims.append((asset, "document", to, item.path))
    }

    /// The node of a path or name, by what it looks like; `nil` for what is neither a model nor a dataset nor code.
    private mutating func node(
        _ name: String, _ folder: String, _ stated: ProvenanceGraph.Kind? = nil
    ) -> (number: Int, kind: ProvenanceGraph.Kind)? {
        let plain = name.hasPrefix("file://") ? String(name.dropFirst(7)) : name
        for path in [Self.joined(folder, plain), Self.joined("", plain)] {
            guard let asset = asset(at: path) else { continue }
            return (inventory.assets[asset].node, inventory.assets[asset].kind == .dataset ? .dataset : .model)
        }
        for kind in [ProvenanceGraph.Kind.model, .dataset] where stated == nil || stated == kind {
            if let found = inventory.graph.find(kind, AssetReference(plain).name) { return (found, kind) }
        }
        let resource = ProvenanceStatement.Resource(name: plain, uri: nil, digests: DigestSet(), role: "")
        guard let kind = stated ?? resource.kind else { return nil }
        return (target(Redaction.text(plain), kind, from: folder), kind)
    }

    // MARK: OpenLineage

    private mutating func readEvents(_ item: InventoryReader.Item) {
        guard let storage = reader.tree.storage(of: item.entry.path) else { return }
        var events: [(inputs: [String], outputs: [String], job: String)] = []
        _ = storage.guarded {
            let view = ByteView(storage)
            if let document = try? JSONDocument.parse(view) {
                let root = document.root
                for event in root.isArray ? root.elements : [root] { Self.event(event, &events) }
                return
            }
            var start = 0
            while start < view.count {
                let end = view.withSpan { $0.firstIndex(of: 0x0A, from: start, to: view.count) } ?? view.count
                defer { start = end + 1 }
                guard end > start, let line = view.part(offset: start, count: end - start),
                    let document = try? JSONDocument.parse(line)
                else { continue }
                Self.event(document.root, &events)
            }
        }
        for event in events {
            guard event.inputs.count * max(1, event.outputs.count) <= 10_000 else {
                inventory.graph.problem(
                    .statement,
                    "the job '\(PrintableText.quoting(event.job, limit: 80))' has \(event.inputs.count) inputs and \(event.outputs.count) outputs; at most 10000 pairs are followed",
                    file: item.path)
                continue
            }
            for output in event.outputs {
                // A job reads and writes datasets, whatever they hold; a name that looks like a model is one.
                guard let made = node(output, item.folder) ?? node(output, item.folder, .dataset) else { continue }
                for input in event.inputs {
                    guard let used = node(input, item.folder) ?? node(input, item.folder, .dataset) else { continue }
                    add(made.number, .made(made.kind, of: used.kind), used.number, item, "job \(event.job)")
                }
            }
        }
    }

    private static func event(
        _ root: JSONValue, _ events: inout [(inputs: [String], outputs: [String], job: String)]
    ) {
        guard root["job"] != nil, events.count < 100_000 else { return }
        if let type = root["eventType"]?.string, type == "FAIL" || type == "ABORT" { return }
        func names(_ key: String) -> [String] {
            (root[key]?.elements ?? []).compactMap { dataset in
                guard let name = dataset["name"]?.string else { return nil }
                let space = dataset["namespace"]?.string ?? ""
                // A bucket or database says where a name belongs; the local file system says nothing.
                return space.contains("://") && !space.hasPrefix("file") ? "\(space)/\(name)" : name
            }
        }
        let (inputs, outputs) = (names("inputs"), names("outputs"))
        guard !inputs.isEmpty, !outputs.isEmpty else { return }
        events.append((inputs, outputs, PrintableText.quoting(root["job"]?["name"]?.string ?? "", limit: 80)))
    }

    // MARK: PROV-JSON

    private mutating func readProvenance(_ item: InventoryReader.Item) {
        guard let bytes = reader.text(item), let root = try? DataNode.json(bytes), root["entity"]?.isMap ?? false else {
            return
        }
        var entities: [String: (number: Int, kind: ProvenanceGraph.Kind)] = [:]
        for member in (root["entity"]?.members ?? []).prefix(100_000) {
            let words = ["prov:type", "type"].compactMap { Self.text(member.value[$0])?.lowercased() }.joined()
            let kind: ProvenanceGraph.Kind? = words.holds("model") ? .model : words.holds("dataset") ? .dataset : nil
            let label = ["prov:label", "label", "prov:location", "name"].lazy.compactMap { Self.text(member.value[$0]) }
                .first
            let bare = member.key.split(separator: ":", maxSplits: 1).last.map(String.init) ?? member.key
            entities[member.key] = node(label ?? bare, item.folder, kind)
        }
        var agents: [String: Int] = [:]
        for member in (root["agent"]?.members ?? []).prefix(100_000) {
            let label = ["prov:label", "foaf:name", "name"].lazy.compactMap { Self.text(member.value[$0]) }.first
            let bare = member.key.split(separator: ":", maxSplits: 1).last.map(String.init) ?? member.key
            agents[member.key] = inventory.graph.node(.party, Redaction.text(label ?? bare))
        }
        func pairs(_ relation: String, _ from: String, _ to: String) -> [(String, String, DataNode)] {
            (root[relation]?.members ?? []).prefix(100_000).flatMap { $0.value.isList ? $0.value.elements : [$0.value] }
                .compactMap { node in
                    guard let one = Self.text(node["prov:" + from]), let two = Self.text(node["prov:" + to]) else {
                        return nil
                    }
                    return (one, two, node)
                }
        }
        for key in ["wasDerivedFrom", "wasRevisionOf", "hadPrimarySource"] {
            for (one, two, details) in pairs(key, "generatedEntity", "usedEntity") {
                guard let made = entities[one], let used = entities[two] else { continue }
                var relation = ProvenanceGraph.Relation.made(made.kind, of: used.kind)
                if relation == .derivedFrom, let words = Self.text(details["prov:type"]) {
                    relation = .init(words: words, from: made.kind, isParty: false) ?? relation
                }
                add(made.number, relation, used.number, item, key)
            }
        }
        let used = Dictionary(grouping: pairs("used", "activity", "entity"), by: \.0)
        let workers = Dictionary(grouping: pairs("wasAssociatedWith", "activity", "agent"), by: \.0)
        let generated = Dictionary(grouping: pairs("wasGeneratedBy", "entity", "activity"), by: \.1)
        for (activity, outputs) in generated.sorted(by: { $0.key < $1.key }) {
            let (inputs, agents) = (
                used[activity] ?? [], (workers[activity] ?? []).compactMap { agents[$0.1] }.prefix(100)
            )
            guard outputs.count * max(1, inputs.count) <= 10_000 else {
                inventory.graph.problem(
                    .statement,
                    "the activity '\(PrintableText.quoting(activity, limit: 80))' has \(inputs.count) inputs and \(outputs.count) outputs; at most 10000 pairs are followed",
                    file: item.path)
                continue
            }
            let words = activity + " " + (Self.text(root["activity"]?[activity]?["prov:label"]) ?? "")
            for made in outputs.compactMap({ entities[$0.0] }) {
                for source in inputs.compactMap({ entities[$0.1] }) {
                    add(made.number, .made(made.kind, of: source.kind), source.number, item, "wasGeneratedBy")
                }
                let relation = ProvenanceGraph.Relation(words: words, from: made.kind, isParty: true)
                for party in agents { add(made.number, relation ?? .builtBy, party, item, "wasAssociatedWith") }
            }
        }
        for (entity, agent, details) in pairs("wasAttributedTo", "entity", "agent") {
            guard let made = entities[entity], let party = agents[agent] else { continue }
            let words = [details["prov:role"], details["prov:type"]].compactMap { Self.text($0) }.joined(separator: " ")
            let relation = ProvenanceGraph.Relation(words: words, from: made.kind, isParty: true)
            add(
                made.number, relation ?? (made.kind == .dataset ? .collectedBy : .builtBy), party, item,
                "wasAttributedTo")
        }
    }

    /// A literal: a text, or `{"$": text, "type": …}`.
    private static func text(_ node: DataNode?) -> String? {
        guard let node else { return nil }
        return node.string ?? node["$"]?.string ?? node.elements.first.flatMap { $0.string ?? $0["$"]?.string }
    }

    // MARK: Kitfile

    /// A Kitfile packs a model with the data and code it was made with.
    private mutating func readKitfile(_ item: InventoryReader.Item) {
        guard let bytes = reader.text(item), let root = try? DataNode.yaml(bytes), let model = root["model"],
            let path = model["path"]?.string
        else { return }
        let place = Self.joined(item.folder, path)
        let isReference = asset(at: place) == nil && byPath[place] == nil
        let inside = isReference ? (model["parts"]?.elements ?? []).compactMap { $0["path"]?.string } : [path]
        guard let own = inside.compactMap({ asset(holding: Self.joined(item.folder, $0)) }).first else { return }
        let number = inventory.assets[own].node
        // A model that is a reference to another kit is built on that one.
        if isReference {
            add(number, .derivedFrom, inventory.graph.node(.model, Redaction.text(path)), item, "model.path")
        }
        for dataset in (root["datasets"]?.elements ?? []).prefix(1000) {
            guard let path = dataset["path"]?.string ?? dataset["name"]?.string,
                let data = node(path, item.folder, .dataset)
            else { continue }
            add(number, .trainedOn, data.number, item, "datasets")
        }
        for author in (root["package"]?["authors"]?.elements ?? []).prefix(100).compactMap(\.string) {
            add(number, .builtBy, inventory.graph.node(.party, Redaction.text(author)), item, "package.authors")
        }
    }

    private func asset(holding path: String) -> Int? {
        asset(at: path)
            ?? inventory.assets.firstIndex { asset in asset.kind == .model && asset.files.contains { $0.path == path } }
    }
}
