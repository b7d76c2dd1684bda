internal import CordonCore
internal import CordonFormats

/// One entry of a bill of materials, before it is written in any format.
struct BillPart {
    /// What it is.
    enum Kind: String {
        case model, dataset, library, container, service, mcpServer = "mcp-server", skill, prompt, agent, tokenizer
    }
    let kind: Kind
    /// Unique in the bill, and the same in every run over the same content.
    var reference: String
    var name: String
    var version: Fact?
    var purl: String?
    /// CycloneDX algorithm name and hexadecimal digest.
    var hashes: [(algorithm: String, value: String)] = []
    var licences: [Fact] = []
    var isOptional = false
    var files: [InventoryFile] = []
    /// Where it is named: file and line.
    var occurrences: [(file: String, line: Int)] = []
    /// Where it comes from.
    var edges: [BillEdge] = []
    /// Everything else that is known.
    var asset: InventoryAsset?
    /// Further statements, name and value.
    var properties: [(name: String, value: String)] = []
    /// References of parts that it needs.
    var dependsOn: Set<String> = []

    init(_ kind: Kind, name: String, reference: String) {
        self.kind = kind
        self.name = name
        self.reference = reference
    }

    /// `owner/name` in two parts.
    var group: String? {
        guard kind == .model || kind == .dataset, let slash = name.lastIndex(of: "/"), !name.contains(" ") else {
            return nil
        }
        return String(name[..<slash])
    }
    /// The part behind the last slash for models and datasets.
    var shortName: String {
        group == nil ? name : String(name[name.index(after: name.lastIndex(of: "/") ?? name.startIndex)...])
    }
}

/// A relation of a part, with the reference of the other end when that is a part.
struct BillEdge {
    let relation: ProvenanceGraph.Relation
    let name: String
    let reference: String?
    let grade: Grade
    let evidence: Evidence?
}

/// The content of a bill of materials.
struct BillContent {
    let name: String
    let revision: String?
    var parts: [BillPart] = []
    let languages: [(language: String, files: Int)]
    /// Reference of the whole.
    let root = "project"
    let skipped: [String]
}

/// Turns an inventory into the content of a bill.
enum BillBuilder {
    static func content(_ inventory: Inventory) -> BillContent {
        var content = BillContent(
            name: inventory.name, revision: inventory.revision,
            languages: inventory.languages.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
                ($0.key, $0.value)
            },
            skipped: inventory.skipped.sorted())
        var references: Set<String> = [content.root, "tool:cordon"]
        var byNode: [Int: String] = [:]
        for asset in inventory.assets {
            var part = self.part(asset, &references)
            if asset.kind == .model || asset.kind == .dataset { byNode[asset.node] = part.reference }
            part.asset = asset
            content.parts.append(part)
        }
        // Assets that are only named: bases and datasets that lie elsewhere.
        for number in inventory.graph.nodes.indices where byNode[number] == nil {
            let node = inventory.graph.nodes[number]
            guard node.kind == .model || node.kind == .dataset else { continue }
            let kind: BillPart.Kind = node.kind == .model ? .model : .dataset
            var part = BillPart(kind, name: node.name, reference: unique("\(kind.rawValue):\(node.name)", &references))
            if kind == .model, AssetReference(node.name).owner != nil,
                !FileRoles.isWeights(InventoryCollector.last(node.name)[...])
            {
                part.purl = Ecosystem.huggingface.purl(node.name, version: nil)
            }
            part.properties.append(("cordon:presence", "named, not present"))
            part.hashes = node.digests["sha256"].flatMap { HashText.cycloneDX("sha256:" + $0) }.map { [$0] } ?? []
            byNode[number] = part.reference
            content.parts.append(part)
        }
        let numbers = Dictionary(byNode.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
        for index in content.parts.indices {
            guard let node = numbers[content.parts[index].reference] else { continue }
            for number in inventory.graph.outgoing[node] {
                let edge = inventory.graph.edges[number]
                let reference = byNode[edge.to]
                content.parts[index].edges.append(
                    BillEdge(
                        relation: edge.relation, name: inventory.graph.nodes[edge.to].name, reference: reference,
                        grade: edge.grade, evidence: edge.evidence.first))
                if let reference { content.parts[index].dependsOn.insert(reference) }
            }
            content.parts[index].edges.sort { ($0.relation.rawValue, $0.name) < ($1.relation.rawValue, $1.name) }
        }
        content.parts += packages(inventory, &references)
        content.parts.sort { ($0.kind.rawValue, $0.reference) < ($1.kind.rawValue, $1.reference) }
        return content
    }

    private static func part(_ asset: InventoryAsset, _ references: inout Set<String>) -> BillPart {
        let kind: BillPart.Kind =
            switch asset.kind {
            case .model: .model
            case .dataset: .dataset
            case .service: .service
            case .mcpServer: .mcpServer
            case .skill: .skill
            case .prompt: .prompt
            case .agent: .agent
            }
        let suffix = asset.location.isEmpty || asset.location == asset.name ? "" : "@" + asset.location
        var part = BillPart(
            kind, name: asset.name, reference: unique("\(kind.rawValue):\(asset.name)\(suffix)", &references))
        part.files = asset.files
        let main = asset.files.filter {
            let last = InventoryCollector.last($0.path)[...]
            return FileRoles.isWeights(last) || FileRoles.isData(last)
        }
        let single = main.count == 1 ? main[0] : asset.files.count == 1 ? asset.files[0] : nil
        if let digest = single?.digest { part.hashes = [("SHA-256", digest)] }
        part.licences = asset.facts[.licence] ?? []
        part.version = asset.fact(.version)
        if asset.kind == .model, asset.owner != nil {
            part.purl = Ecosystem.huggingface.purl(asset.name, version: nil)
        }
        if let package = asset.fact(.package)?.value, package.hasPrefix("pkg:") { part.purl = package }
        return part
    }

    private static func unique(_ wanted: String, _ references: inout Set<String>) -> String {
        if references.insert(wanted).inserted { return wanted }
        // Thousands may share a name: the size of the set is a number that is mostly free.
        var number = references.count
        while !references.insert("\(wanted)#\(number)").inserted { number += 1 }
        return "\(wanted)#\(number)"
    }

    // MARK: Packages

    private static func packages(_ inventory: Inventory, _ references: inout Set<String>) -> [BillPart] {
        var parts: [String: BillPart] = [:]
        for file in inventory.dependencies.files {
            for dependency in file.content.dependencies {
                if case .local = dependency.origin, file.content.role != .installed { continue }
                let key = dependency.ecosystem.purl(dependency.key, version: dependency.version)
                var part =
                    parts[key]
                    ?? {
                        var fresh = BillPart(
                            dependency.ecosystem == .docker ? .container : .library, name: dependency.name,
                            reference: key)
                        fresh.purl = dependency.purl
                        fresh.isOptional = true
                        return fresh
                    }()
                let evidence = Evidence(file: file.path, place: "line \(dependency.line)")
                if let version = dependency.version, part.version == nil {
                    part.version = Fact(version, .claimed, evidence)
                }
                for hash in dependency.hashes.compactMap(HashText.cycloneDX)
                where !part.hashes.contains(where: { $0.algorithm == hash.algorithm && $0.value == hash.value }) {
                    part.hashes.append(hash)
                }
                if let licence = dependency.licence, licence.utf8.count < 200, licence.lowercased() != "unknown" {
                    let fact = Fact(LicenceName.normalised(licence), .claimed, evidence)
                    if !part.licences.contains(where: { $0.value == fact.value }) { part.licences.append(fact) }
                }
                if dependency.group == nil { part.isOptional = false }
                if let requirement = dependency.requirement, dependency.version == nil {
                    part.properties.append(("cordon:requirement", requirement))
                }
                if part.occurrences.count < 50 { part.occurrences.append((file.path, dependency.line)) }
                parts[key] = part
            }
        }
        return parts.values.map { part in
            var part = part
            part.hashes.sort { ($0.algorithm, $0.value) < ($1.algorithm, $1.value) }
            if part.hashes.count > 40 { part.hashes = Array(part.hashes.prefix(40)) }
            part.properties = Set(part.properties.map(\.value)).sorted().prefix(10).map { ("cordon:requirement", $0) }
            part.occurrences.sort { ($0.file, $0.line) < ($1.file, $1.line) }
            part.reference = unique(part.reference, &references)
            return part
        }
    }
}

/// Digests as lock files spell them.
enum HashText {
    /// CycloneDX's name of the algorithm and the digest in hexadecimal; `nil` for what CycloneDX has no name for.
    static func cycloneDX(_ text: String) -> (algorithm: String, value: String)? {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let names = [
            "sha256": ("SHA-256", 32), "sha512": ("SHA-512", 64), "sha384": ("SHA-384", 48), "sha1": ("SHA-1", 20),
            "md5": ("MD5", 16),
        ]
        guard let (name, count) = names[text[..<colon].lowercased()] else { return nil }
        let value = text[text.index(after: colon)...]
        if value.utf8.count == 2 * count,
            value.utf8.allSatisfy({ VersionScanner.isDigit($0) || (0x61...0x66).contains($0 | 0x20) })
        {
            return (name, value.lowercased())
        }
        guard let bytes = Base64.decode(Array(value.utf8)), bytes.count == count else { return nil }
        return (name, Hexadecimal.encode(bytes))
    }
}
