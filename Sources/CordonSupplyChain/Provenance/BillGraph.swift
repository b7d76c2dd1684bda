internal import CordonCore
package import CordonFormats
internal import CordonSigning

/// Adds what bills of materials say to a graph: CycloneDX 1.4 to 1.7 as JSON or XML, SPDX 3.0.1, SPDX 2.2 and 2.3 as JSON.
package enum BillGraph {
    /// Whether a JSON text is a bill that is read.
    package static func matches(_ root: JSONValue) -> Bool { isCycloneDX(root) || isSPDX(root) || isOldSPDX(root) }

    static func isCycloneDX(_ root: JSONValue) -> Bool { root["bomFormat"]?.string == "CycloneDX" }
    static func isSPDX(_ root: JSONValue) -> Bool {
        root["@graph"]?.isArray ?? false
            && (root["@context"]?.string ?? root["@context"]?.elements.first?.string ?? "").contains("spdx.org/rdf/3")
    }
    static func isOldSPDX(_ root: JSONValue) -> Bool { root["spdxVersion"]?.string?.hasPrefix("SPDX-2.") ?? false }

    /// Adds the bill's components and relations.
    ///
    /// - Parameter file: where it lies, for evidence.
    /// - Complexity: O(n).
    package static func add(_ root: JSONValue, file: String, to graph: inout ProvenanceGraph) {
        add(root, BillPlace(file: file), to: &graph)
    }

    static func add(_ root: JSONValue, _ place: BillPlace, to graph: inout ProvenanceGraph) {
        if isCycloneDX(root) {
            var reader = CycloneDXGraph(place, graph)
            reader.read(root)
            graph = reader.graph
        } else if isSPDX(root) {
            var reader = SPDXGraph(place, graph)
            reader.read(root)
            graph = reader.graph
        } else if isOldSPDX(root) {
            var reader = SPDXGraph(place, graph)
            reader.readOld(root)
            graph = reader.graph
        }
    }

    /// The JSON form of a CycloneDX document in XML; `nil` when it is none.
    ///
    /// - Throws: ``DataFailure`` when it is XML and broken.
    package static func json(xml bytes: [UInt8]) throws(DataFailure) -> [UInt8]? {
        let head = String(decoding: bytes.prefix(4096), as: UTF8.self)
        guard head.holds("cyclonedx.org/schema/bom") else { return nil }
        let root = try XMLElement.parse(bytes)
        return root.name == "bom" ? CycloneDXXML.json(root) : nil
    }
}

/// Where a bill lies, and which of the assets around it its components may be.
struct BillPlace {
    /// The bill's file, for evidence.
    let file: String
    /// Nodes of assets that are here, by kind and the last part of their name in lower case; `nil` where several have it.
    var assets: [ProvenanceGraph.Kind: [String: Int?]] = [:]
    /// The asset whose folder the bill lies in.
    var folder: Int?
    /// Digests of the one file of assets that have only one.
    var digests: [Int: String] = [:]
    /// SHA-256 of the files that were read, by path.
    var files: [String: String] = [:]

    /// The node of a component: by digest, by name, or as the asset that the bill lies with.
    ///
    /// Content that lies here under the same name with another digest is a contradiction; what the bill says still counts
    /// as said about what lies here.
    func node(
        _ kind: ProvenanceGraph.Kind, _ name: String, _ digests: DigestSet, isMain: Bool,
        _ graph: inout ProvenanceGraph
    ) -> Int {
        if assets.isEmpty, folder == nil { return graph.node(kind, name, digests: digests) }
        if let digest = digests["sha256"], let number = graph.find(digest: digest) { return number }
        if kind == .file, let stated = digests["sha256"], let (path, own) = file(name), own != stated {
            problem(path, stated, own, &graph)
        }
        guard kind == .model || kind == .dataset, let found = local(kind, name, isMain: isMain, graph) else {
            return graph.node(kind, name, digests: digests)
        }
        guard let stated = digests["sha256"], let own = self.digests[found], own != stated else {
            graph.alias(found, name)
            return found
        }
        problem(name, stated, own, &graph)
        return found
    }

    private func problem(_ name: String, _ stated: String, _ own: String, _ graph: inout ProvenanceGraph) {
        graph.problem(
            .contradiction,
            "the bill names '\(PrintableText.quoting(name, limit: 200))' with the SHA-256 \(stated.prefix(12))…, and what lies here has \(own.prefix(12))…",
            file: file)
    }

    /// The file here that a component names, and its digest: relative to the bill, else to the whole.
    private func file(_ name: String) -> (path: String, digest: String)? {
        let folder = InventoryCollector.parent(file) ?? ""
        for path in [InventoryCollector.joined(folder, name), InventoryCollector.joined("", name)] {
            if let digest = files[path] { return (path, digest) }
        }
        return nil
    }

    private func local(
        _ kind: ProvenanceGraph.Kind, _ name: String, isMain: Bool, _ graph: ProvenanceGraph
    ) -> Int? {
        if let found = graph.find(kind, name) { return graph.nodes[found].location == nil ? nil : found }
        let reference = AssetReference(name)
        if let found = assets[kind]?[reference.last.lowercased()] ?? nil,
            AssetReference(graph.nodes[found].name).matches(reference)
        {
            return found
        }
        guard isMain, let folder, graph.nodes[folder].kind == kind else { return nil }
        return folder
    }
}

extension ProvenanceGraph.Relation {
    /// The relation that free words name; `nil` when they do not.
    init?(words: String, from kind: ProvenanceGraph.Kind, isParty: Bool) {
        let text = words.lowercased()
        if let exact = Self(rawValue: text) {
            self = exact
            return
        }
        let table: [(String, Self)] =
            isParty
            ? [
                ("label", .labelledBy), ("annotat", .labelledBy), ("collect", .collectedBy), ("curat", .collectedBy),
                ("republish", .republishedBy), ("redistribut", .republishedBy), ("mirror", .republishedBy),
                ("build", .builtBy), ("built", .builtBy), ("train", .builtBy), ("suppl", .suppliedBy),
                ("provid", .suppliedBy), ("publish", .suppliedBy),
            ]
            : kind == .model
                ? [
                    ("quanti", .quantizedFrom), ("gguf", .quantizedFrom), ("gptq", .quantizedFrom),
                    ("awq", .quantizedFrom), ("lora", .adapterOf), ("adapter", .adapterOf), ("peft", .adapterOf),
                    ("merge", .mergedFrom), ("distil", .distilledFrom), ("teacher", .distilledFrom),
                    ("fine-tun", .fineTunedFrom), ("finetun", .fineTunedFrom), ("fine tun", .fineTunedFrom),
                ] : []
        guard let found = table.first(where: { text.holds($0.0) }) else { return nil }
        self = found.1
    }

    /// What it means that one thing was made with another as input.
    static func made(_ from: ProvenanceGraph.Kind, of input: ProvenanceGraph.Kind) -> Self {
        switch (from, input) {
        case (.model, .dataset): .trainedOn
        case (.model, .model), (.dataset, .dataset), (.file, .file): .derivedFrom
        default: .uses
        }
    }
}

extension InventoryCollector {
    /// Bills of materials that lie in the tree.
    mutating func readBills() {
        var place = BillPlace(file: "")
        for asset in inventory.assets where asset.kind == .model || asset.kind == .dataset {
            let kind: ProvenanceGraph.Kind = asset.kind == .model ? .model : .dataset
            for name in Set([Self.last(asset.name).lowercased(), Self.last(asset.location).lowercased()]) {
                let known = place.assets[kind]?[name]
                place.assets[kind, default: [:]][name] = known == nil ? .some(asset.node) : .some(nil)
            }
            let main = asset.files.filter {
                FileRoles.isWeights(Self.last($0.path)[...]) || FileRoles.isData(Self.last($0.path)[...])
            }
            if main.count == 1, let digest = main[0].digest { place.digests[asset.node] = digest }
        }
        for (bill, file, node) in statedBills {
            var own = BillPlace(file: file)
            own.assets = place.assets
            own.digests = place.digests
            own.files = digests
            own.folder = node
            BillGraph.add(bill, own, to: &inventory.graph)
            claims(of: file)
        }
        for item in items where item.entry.identity.byteCount < 256 << 20 && isBill(item) {
            guard let storage = reader.tree.storage(of: item.entry.path) else { continue }
            var own = BillPlace(file: item.path)
            own.assets = place.assets
            own.digests = place.digests
            own.files = digests
            own.folder = assetByLocation[item.folder].map { inventory.assets[$0].node }
            var failure: String?
            _ = storage.guarded { failure = read(ByteView(storage), own, isXML: item.name.hasSuffix(".xml")) }
            if let failure { inventory.graph.problem(.statement, failure, file: item.path) }
            claims(of: item.path)
        }
    }

    private func isBill(_ item: InventoryReader.Item) -> Bool {
        let name = item.name.lowercased()
        guard [".json", ".xml", ".jsonld", ".cdx"].contains(where: { name.hasSuffix($0) }) else { return false }
        if name.hasSuffix(".json"), ["bom", "cdx", "spdx", "cyclonedx"].contains(where: { name.contains($0) }) {
            return true
        }
        guard let head = reader.tree.head(of: item.entry.path, count: 2048) else { return false }
        let text = String(decoding: head, as: UTF8.self)
        return ["CycloneDX", "cyclonedx.org/schema", "spdx.org/rdf/3", "SPDX-2."].contains { text.holds($0) }
    }

    private mutating func read(_ view: ByteView, _ place: BillPlace, isXML: Bool) -> String? {
        var text = view
        if isXML {
            do throws(DataFailure) {
                let bytes = view.withSpan { $0.copy(at: 0, count: $0.byteCount) } ?? []
                guard let json = try BillGraph.json(xml: bytes) else { return nil }
                text = ByteView(copying: json)
            } catch {
                return "line \(error.line): \(error.reason)"
            }
        }
        do throws(JSONFailure) {
            let document = try JSONDocument.parse(text)
            BillGraph.add(document.root, place, to: &inventory.graph)
            return nil
        } catch {
            return "byte \(error.offset): \(error.reason)"
        }
    }

    /// What a bill says about the bases of models that are here is held against what others say.
    private mutating func claims(of file: String) {
        let models = Dictionary(
            inventory.assets.indices.filter { inventory.assets[$0].kind == .model }
                .map { (inventory.assets[$0].node, $0) }, uniquingKeysWith: { first, _ in first })
        for edge in inventory.graph.edges where edge.relation.isDerivation {
            guard let asset = models[edge.from], inventory.graph.nodes[edge.to].kind == .model,
                edge.evidence.contains(where: { $0.file == file })
            else { continue }
            claims.append((asset, "bill", edge.to, file))
        }
    }
}
