internal import CordonCore
internal import CordonFormats
package import CordonSigning

/// Everything in a tree that an AI bill of materials is about, and where it comes from.
package struct Inventory: Sendable {
    /// The name of what was looked at.
    package let name: String
    /// Models, datasets, services and agent components, by kind and location.
    package internal(set) var assets: [InventoryAsset] = []
    /// Dependency files, connected.
    package internal(set) var dependencies = ProjectDependencies([]) { _ in nil }
    /// Where everything comes from.
    package internal(set) var graph = ProvenanceGraph()
    /// Names of models and datasets that files mention, with the place.
    package internal(set) var mentions: [(name: String, evidence: Evidence)] = []
    /// What trusted signers stated about assets that are as they were then.
    package internal(set) var attestations: [GateDecision.Attestation] = []
    /// Source files by language.
    package internal(set) var languages: [String: Int] = [:]
    /// Commit and remote of the git repository, when the tree is one.
    package internal(set) var revision: String?
    /// What could not be read, for people.
    package internal(set) var skipped: [String] = []
    /// Files met.
    package internal(set) var fileCount = 0

    init(name: String) { self.name = name }
}

/// Says who signed a statement; `nil` when nobody who is trusted for the file did.
///
/// The path is that of the file that holds the statement, relative to the tree.
package typealias StatementTrust = @Sendable (_ bundle: [UInt8], _ path: String) async -> String?

/// Reads a tree into an inventory. Nothing is executed, unpickled or fetched.
///
/// - Note: Not found: models inside archives and images, datasets behind code, names that only code builds.
package struct InventoryReader: Sendable {
    let tree: Tree
    let trust: StatementTrust
    /// Files at the same time, from 1.
    package var jobs = HashPlan.processors
    /// Whether the files of assets are digested. Without it, only what statements name is.
    package var digestsAssets = true
    static let textLimit = 8 << 20

    /// Makes a reader.
    ///
    /// - Parameter trust: decides whose statements count as attested; by default nobody's.
    package init(_ tree: Tree, trust: @escaping StatementTrust = { _, _ in nil }) {
        self.tree = tree
        self.trust = trust
    }

    /// One file with its parts.
    struct Item: Sendable {
        let path: String
        let folder: String
        let name: Substring
        let entry: TreeEntry
    }

    /// Reads the tree.
    ///
    /// - Complexity: O(files + bytes of models, datasets and manifests).
    package func read() async throws(IntegrityFailure) -> Inventory {
        var inventory = Inventory(name: tree.name)
        let items = try items(&inventory)
        var collector = InventoryCollector(reader: self, items: items, inventory: inventory)
        await collector.run()
        return collector.inventory
    }

    private static let leftOut: Set<Substring> = [
        ".git", "node_modules", "__pycache__", ".tox", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".build",
        ".ipynb_checkpoints",
    ]

    private func items(_ inventory: inout Inventory) throws(IntegrityFailure) -> [Item] {
        var rules = TreeRules(ignored: Set(Self.leftOut.map { Array($0.utf8) }))
        rules.followsLinks = true
        var items: [Item] = []
        for entry in try tree.entries(rules) {
            guard let path = String(validating: entry.path, as: UTF8.self) else {
                inventory.skipped.append("\(AssetPath(bytes: entry.path).display): its name is not UTF-8")
                continue
            }
            switch entry.kind {
            case .regular, .link: break
            case .refusedLink(let reason), .special(let reason), .unreadable(let reason):
                inventory.skipped.append("\(AssetPath(path).display): \(reason)")
                continue
            }
            let slash = path.lastIndex(of: "/")
            let folder = slash.map { String(path[..<$0]) } ?? ""
            if !folder.isEmpty, folder.split(separator: "/").contains(where: { Self.leftOut.contains($0) }) { continue }
            items.append(
                Item(
                    path: path, folder: folder, name: path[(slash.map { path.index(after: $0) } ?? path.startIndex)...],
                    entry: entry))
        }
        inventory.fileCount = items.count
        return items
    }

    /// The text of a small file.
    func text(_ item: Item) -> [UInt8]? { tree.contents(of: item.entry.path, limit: Self.textLimit) }
}

/// Groups files into assets and reads each.
struct InventoryCollector {
    let reader: InventoryReader
    let items: [InventoryReader.Item]
    var inventory: Inventory
    /// Files by folder.
    let byFolder: [String: [Int]]
    /// Files by path.
    let byPath: [String: Int]
    /// Files by the last part of their path.
    let byLastName: [String: [Int]]
    /// How many folders with weights lie in a folder, itself among them.
    let weightFolders: [String: Int]
    /// Cards by folder.
    var cards: [String: Card] = [:]
    /// Digests by path, of the files that belong to assets or statements.
    var digests: [String: String] = [:]
    var digestValues: Set<String> = []
    /// Digests of whole folders, by asset.
    var folderDigests: [Int: String] = [:]
    /// Digests other than SHA-256 that statements asked for, by algorithm and path.
    var otherDigests: [String: String] = [:]
    /// What assets refer to, resolved when all are known.
    var references: [Reference] = []
    /// What documents say about datasets that are only named: name, relation, what it leads to, file and place.
    var remotes: [(String, ProvenanceGraph.Relation, String, String, String)] = []
    /// Bases that documents name, by asset: the document's kind, the base's node, the file.
    var claims: [(asset: Int, source: String, node: Int, file: String)] = []
    /// Models of which a file does not hold what its header says.
    var partial: Set<Int> = []
    /// Assets by the digests of their files, and the first asset that a file belongs to.
    var assetsByDigest: [String: [Int]] = [:]
    var assetByFile: [String: Int] = [:]
    /// Nodes of files that were made from another file of the same model, by digest.
    var splitNodes: [String: Int] = [:]
    /// Bills of materials that statements carry, with the file and the node that they are about.
    var statedBills: [(bill: JSONValue, file: String, node: Int)] = []
    /// Datasets of which somebody says that they are original.
    var origins: Set<Int> = []
    /// Elements by type of the models' tensors, summed over their files.
    var elementCounts: [Int: [String: Int]] = [:]
    /// Assets by the folder or file they stand for.
    var assetByLocation: [String: Int] = [:]

    /// The only asset below a folder; `nil` where there are several.
    private var onlyAssets: [String: Int?] = [:]

    /// A name in some file that another asset should have.
    struct Reference {
        let asset: Int
        let relation: ProvenanceGraph.Relation
        let kind: ProvenanceGraph.Kind
        let name: String
        let grade: Grade
        let evidence: Evidence
        /// Which kind of document says it, to tell contradictions.
        let source: String
    }

    init(reader: InventoryReader, items: [InventoryReader.Item], inventory: Inventory) {
        self.reader = reader
        self.items = items
        self.inventory = inventory
        byFolder = Dictionary(grouping: items.indices, by: { items[$0].folder })
        byLastName = Dictionary(grouping: items.indices, by: { String(items[$0].name) })
        var counts: [String: Int] = [:]
        for folder in Set(items.lazy.filter { FileRoles.isWeights($0.name) }.map(\.folder)) {
            var current: String? = folder
            while let here = current {
                counts[here, default: 0] += 1
                current = Self.parent(here)
            }
        }
        weightFolders = counts
        byPath = Dictionary(items.indices.map { (items[$0].path, $0) }, uniquingKeysWith: { first, _ in first })
    }

    mutating func run() async {
        readCards()
        let models = groupModels()
        let datasets = groupDatasets(modelFolders: models)
        noteFolders()
        if reader.digestsAssets { await digest(Set(inventory.assets.flatMap { $0.files.map(\.path) })) }
        for index in inventory.assets.indices { complete(index) }
        for index in models.values.flatMap({ $0 }).sorted() { readModel(index) }
        for index in datasets { readDataset(index) }
        makeNodes()
        resolve()
        await StatementCollector.run(&self)
        readBills()
        readPipelines()
        readLineageDocuments()
        inventory.graph.dropGeneralEdges()
        compareClaims()
        compareWeights()
        judge()
        readDependencies()
        readAgents()
        readMentions()
        readCode()
        readRevision()
        inventory.assets.sort { ($0.kind.rawValue, $0.location, $0.name) < ($1.kind.rawValue, $1.location, $1.name) }
    }

    private mutating func readCards() {
        for item in items where item.name.lowercased() == "readme.md" {
            guard let bytes = reader.text(item) else { continue }
            let card = Card(bytes)
            if let failure = card.failure {
                inventory.graph.problem(
                    .statement, "the card's front matter, line \(failure.line): \(failure.reason)", file: item.path)
            }
            cards[item.folder] = card
        }
    }

    func item(_ folder: String, _ name: String) -> InventoryReader.Item? {
        byPath[folder.isEmpty ? name : folder + "/" + name].map { items[$0] }
    }

    static func parent(_ folder: String) -> String? {
        if folder.isEmpty { return nil }
        return folder.lastIndex(of: "/").map { String(folder[..<$0]) } ?? ""
    }

    static func last(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    // MARK: Digests

    /// Files that a document in a folder may mean by a name: the nearest one on the way up, else all whose path ends so.
    func paths(named name: String, from folder: String) -> [String] {
        var wanted = name[...]
        while wanted.hasPrefix("./") { wanted = wanted.dropFirst(2) }
        guard !wanted.isEmpty, !wanted.hasPrefix("/"), !wanted.hasPrefix("../") else { return [] }
        var current = folder
        while true {
            let path = current.isEmpty ? String(wanted) : current + "/" + wanted
            if byPath[path] != nil { return [path] }
            if current.isEmpty { break }
            current = Self.parent(current) ?? ""
        }
        let ending = "/" + wanted
        return (byLastName[Self.last(String(wanted))] ?? []).map { items[$0].path }.filter { $0.hasSuffix(ending) }
    }

    /// Digests the named files that were not digested yet.
    mutating func digest(_ paths: Set<String>) async {
        let wanted = paths.filter { digests[$0] == nil }.compactMap { byPath[$0] }.sorted()
        let hasher = TreeHasher(tree: reader.tree, plan: HashPlan(jobs: reader.jobs))
        let results = await hasher.digests(of: wanted.map { items[$0].entry })
        for (index, result) in zip(wanted, results) {
            switch result {
            case .digests(let values, _):
                if let value = values.first.map({ Hexadecimal.encode($0) }) {
                    digests[items[index].path] = value
                    digestValues.insert(value)
                }
            case .unreadable(let reason):
                inventory.skipped.append("\(AssetPath(items[index].path).display): \(reason)")
            }
        }
    }

    /// Whether a file that was digested has this SHA-256.
    func isDigest(_ value: String) -> Bool { digestValues.contains(value) }

    private mutating func complete(_ index: Int) {
        inventory.assets[index].files = inventory.assets[index].files.map { file in
            InventoryFile(path: file.path, byteCount: file.byteCount, digest: digests[file.path])
        }.sorted { $0.path < $1.path }
        let total = inventory.assets[index].files.reduce(0) { $0 + $1.byteCount }
        inventory.assets[index].add(
            .bytes, String(total), .verified, Evidence(file: inventory.assets[index].location, place: "files"))
    }

    // MARK: Nodes and references

    private mutating func makeNodes() {
        for index in inventory.assets.indices {
            let asset = inventory.assets[index]
            let kind: ProvenanceGraph.Kind = asset.kind == .dataset ? .dataset : .model
            // Two folders of the same name are two assets.
            let isTaken = inventory.graph.find(kind, asset.name) != nil
            let number = inventory.graph.node(kind, isTaken ? asset.location : asset.name)
            let main = asset.files.filter {
                FileRoles.isWeights(Self.last($0.path)[...]) || FileRoles.isData(Self.last($0.path)[...])
            }
            inventory.graph.place(number, at: asset.location, digest: main.count == 1 ? main[0].digest : nil)
            for file in main where file.digest != nil { inventory.graph.alias(number, digest: file.digest ?? "") }
            inventory.graph.alias(number, asset.location)
            for file in main { inventory.graph.alias(number, file.path) }
            inventory.assets[index].node = number
        }
        // Bare names after all full ones, so that a full name is never taken by another asset.
        for asset in inventory.assets {
            inventory.graph.alias(asset.node, Self.last(asset.name))
            if let parent = Self.parent(asset.location), !parent.isEmpty {
                inventory.graph.alias(asset.node, "\(Self.last(parent))/\(Self.last(asset.location))")
            }
        }
    }

    /// The node that a name in a file of an asset leads to.
    mutating func target(
        _ name: String, _ kind: ProvenanceGraph.Kind, from location: String
    ) -> Int {
        let reference = AssetReference(name)
        if reference.isPath {
            if !name.hasPrefix("/"), let asset = assetByLocation[Self.joined(location, name)] {
                return inventory.assets[asset].node
            }
            if let found = inventory.graph.find(kind, reference.last), inventory.graph.nodes[found].location != nil {
                return found
            }
            return inventory.graph.node(kind, reference.last.isEmpty ? name : reference.last)
        }
        if let found = inventory.graph.find(kind, reference.name) { return found }
        if let found = inventory.graph.find(kind, reference.last), inventory.graph.nodes[found].location != nil,
            AssetReference(inventory.graph.nodes[found].name).matches(reference)
        {
            return found
        }
        return inventory.graph.node(kind, reference.name)
    }

    private mutating func resolve() {
        for reference in references {
            let asset = inventory.assets[reference.asset]
            let number =
                reference.kind == .party
                ? inventory.graph.node(.party, reference.name)
                : target(reference.name, reference.kind, from: asset.location)
            inventory.graph.add(asset.node, reference.relation, number, reference.grade, reference.evidence)
            // A teacher beside a base is no second base.
            let isTeacher = reference.relation == .distilledFrom && reference.source == "text"
            if reference.relation.isDerivation, reference.kind == .model, !isTeacher {
                claims.append((reference.asset, reference.source, number, reference.evidence.file))
            }
        }
        for (name, relation, other, file, place) in remotes {
            let number = target(name, .dataset, from: "")
            let end = relation.isParty ? inventory.graph.node(.party, other) : target(other, .dataset, from: "")
            inventory.graph.add(number, relation, end, .claimed, Evidence(file: file, place: place))
        }
        for index in origins { inventory.graph.setOrigin(inventory.assets[index].node) }
    }

    /// The asset that lies at a path, or the only one below it.
    func asset(at path: String) -> Int? {
        if let found = assetByLocation[path] { return found }
        return path.isEmpty ? nil : onlyAssets[path] ?? nil
    }

    /// Notes of every folder which asset lies below it, when there is only one.
    private mutating func noteFolders() {
        for (index, asset) in inventory.assets.enumerated() {
            var current = Self.parent(asset.location)
            while let here = current, !here.isEmpty {
                onlyAssets[here] = onlyAssets[here] == nil ? .some(index) : .some(nil)
                current = Self.parent(here)
            }
        }
    }

    mutating func refer(
        _ asset: Int, _ relation: ProvenanceGraph.Relation, _ kind: ProvenanceGraph.Kind, _ name: String,
        _ grade: Grade,
        _ file: String, _ place: String, source: String
    ) {
        let trimmed = Redaction.text(String(name.trimmingWhitespace))
        guard !trimmed.isEmpty, trimmed.utf8.count <= 1000 else { return }
        if kind != .party { inventory.mentions.append((trimmed, Evidence(file: file, place: place))) }
        references.append(
            Reference(
                asset: asset, relation: relation, kind: kind, name: trimmed, grade: grade,
                evidence: Evidence(file: file, place: place), source: source))
    }
}
