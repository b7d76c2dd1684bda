internal import CordonCore
internal import CordonFormats
internal import CordonSigning

/// Grouping files into models and datasets.
extension InventoryCollector {
    private static let modelFiles =
        [
            "config.json", "adapter_config.json", "model_index.json", "modules.json", "MLmodel", "saved_model.pb",
            "Modelfile", "params.json",
        ] + TrainingConfig.mergeFiles

    /// Whether the folder says by itself that it is one model.
    private func isModelFolder(_ folder: String) -> Bool {
        if let card = cards[folder], card.isModel { return true }
        return Self.modelFiles.contains { item(folder, $0) != nil && isModelFile(folder, $0) }
    }

    private func isModelFile(_ folder: String, _ name: String) -> Bool {
        guard name == "config.json" || name == "params.json" || name == "modules.json" else { return true }
        // A config.json without weights beside it may belong to anything.
        return (byFolder[folder] ?? []).contains { FileRoles.isWeights(items[$0].name) }
    }

    /// The folder of the model that a folder is part of: a pipeline's parts, exports, original weights.
    private func owner(of folder: String) -> String {
        var current = folder
        while let parent = Self.parent(current) {
            let isWhole = ["model_index.json", "modules.json", "MLmodel"].contains { item(parent, $0) != nil }
            let isPart =
                !isModelFolder(folder) && isModelFolder(parent)
                && (byFolder[parent] ?? []).contains {
                    FileRoles.isWeights(items[$0].name) || items[$0].name == "config.json"
                }
            if isWhole || isPart || isOnlyPart(folder, of: parent) { return owner(of: parent) }
            current = parent
        }
        return folder
    }

    /// Whether the card above a folder is about the weights in it: they are the only ones below the card, and the folder
    /// has no card and no name of its own.
    private func isOnlyPart(_ folder: String, of parent: String) -> Bool {
        cards[parent]?.isModel == true && cards[folder] == nil && isGeneric(folder) && weightFolders[parent] == 1
    }

    mutating func groupModels() -> [String: [Int]] {
        var members: [String: [Int]] = [:]
        for index in items.indices where FileRoles.isWeights(items[index].name) {
            members[owner(of: items[index].folder), default: []].append(index)
        }
        for folder in byFolder.keys where members[folder] == nil && isModelFolder(folder) {
            guard
                cards[folder]?.isModel == true
                    || (["adapter_config.json", "MLmodel", "Modelfile"] + TrainingConfig.mergeFiles)
                        .contains(where: { item(folder, $0) != nil })
            else { continue }
            members[folder] = []
        }
        var result: [String: [Int]] = [:]
        for (folder, all) in members.sorted(by: { $0.key < $1.key }) {
            // An adapter that a Modelfile puts onto its model is a model of its own.
            let adapters = adapterFiles(folder)
            let files = all.filter { !adapters.contains(items[$0].path) }
            for index in all where adapters.contains(items[index].path) {
                result[items[index].path] = [addModel(fileName(index), location: items[index].path, [index])]
            }
            let stems = Dictionary(grouping: files) { FileRoles.stem(items[$0].name) }
            let isOne = isModelFolder(folder) || stems.count <= 1
            if isOne {
                let isNamed = isModelFolder(folder) || !isGeneric(folder)
                let name = isNamed ? folderName(folder) : files.first.map { fileName($0) } ?? folderName(folder)
                result[folder] = [
                    addModel(name, location: isNamed ? folder : files.first.map { items[$0].path } ?? folder, files)
                ]
            } else {
                result[folder] = stems.sorted { $0.key < $1.key }.map { stem, files in
                    addModel(fileName(files[0]), location: items[files[0]].path, files)
                }
            }
        }
        return result
    }

    private func adapterFiles(_ folder: String) -> Set<String> {
        guard let item = item(folder, "Modelfile"), let bytes = reader.text(item) else { return [] }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        return Set(
            lines.filter { $0.lowercased().hasPrefix("adapter ") }
                .map { Self.joined(folder, String($0.dropFirst(8).trimmingWhitespace)) })
    }

    private func isGeneric(_ folder: String) -> Bool {
        folder.isEmpty || FileRoles.genericFolders.contains(Self.last(folder).lowercased())
    }

    /// `owner/name` below a folder such as `models`, else the last component.
    private func folderName(_ folder: String) -> String {
        if folder.isEmpty { return inventory.name }
        let parts = folder.split(separator: "/")
        if let hub = parts.first(where: { $0.hasPrefix("models--") || $0.hasPrefix("datasets--") }) {
            return AssetReference(String(hub)).name
        }
        let last = parts[parts.count - 1]
        // A code of a language or a number says too little.
        if last.utf8.count <= 3, parts.count >= 2 { return "\(parts[parts.count - 2])/\(last)" }
        guard parts.count >= 3, ["models", "datasets", "hub", "adapters", "weights"].contains(parts[parts.count - 3])
        else {
            return String(last)
        }
        return "\(parts[parts.count - 2])/\(last)"
    }

    private func fileName(_ index: Int) -> String {
        let stem = FileRoles.stem(items[index].name)
        return FileRoles.genericStems.contains(stem.lowercased()) ? items[index].path : stem
    }

    private static let modelExtras: Set<String> = [
        "config.json", "adapter_config.json", "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "vocab.txt",
        "vocab.json", "merges.txt", "special_tokens_map.json", "generation_config.json", "chat_template.jinja",
        "model_index.json", "modules.json", "README.md", "LICENSE",
        "LICENSE.txt", "LICENSE.md", "USE_POLICY.md", "preprocessor_config.json", "spiece.model",
    ]

    private mutating func addModel(_ name: String, location: String, _ files: [Int]) -> Int {
        var asset = InventoryAsset(.model, name: name, location: location)
        var paths = files
        for folder in Set(files.map { items[$0].folder } + [location]) {
            for index in byFolder[folder] ?? []
            where Self.modelExtras.contains(String(items[index].name))
                || TrainingConfig.mergeFiles.contains(String(items[index].name))
            {
                paths.append(index)
            }
        }
        asset.files = Set(paths).map {
            InventoryFile(path: items[$0].path, byteCount: items[$0].entry.identity.byteCount, digest: nil)
        }
        inventory.assets.append(asset)
        assetByLocation[location] = inventory.assets.count - 1
        return inventory.assets.count - 1
    }

    mutating func groupDatasets(modelFolders: [String: [Int]]) -> [Int] {
        var described: Set<String> = []
        var distributed: [String: Set<String>] = [:]
        for item in items where DatasetDescription.isCandidate(item.name) && !described.contains(item.folder) {
            guard item.entry.identity.byteCount < 64 << 20,
                let head = reader.tree.head(of: item.entry.path, count: 4096),
                DatasetDescription.mayBe(head, name: item.name), let bytes = reader.text(item),
                let root = try? DataNode.json(bytes)
            else { continue }
            if Croissant.matches(root) || DatasetDescription(root, name: item.name) != nil {
                // Splits that were saved together are one dataset.
                let parent = Self.parent(item.folder)
                let isSplit = parent.map { self.item($0, "dataset_dict.json") != nil } ?? false
                described.insert(isSplit ? parent ?? "" : item.folder)
                if Croissant.matches(root) { distributed[item.folder] = Croissant(root).fileNames }
            }
        }
        func home(_ folder: String) -> String? {
            var current: String? = folder
            while let here = current {
                if cards[here]?.isDataset == true || described.contains(here) { return here }
                current = Self.parent(here)
            }
            return nil
        }
        var members: [String: [Int]] = [:]
        for folder in described.union(cards.filter { $0.value.isDataset }.keys) { members[folder] = [] }
        for index in items.indices {
            let item = items[index]
            let isInstalled = item.folder.contains("site-packages")
            guard !isInstalled, FileRoles.isData(item.name), item.name != "RECORD", !isStatements(item) else {
                continue
            }
            if let folder = home(item.folder) {
                members[folder, default: []].append(index)
            } else if modelFolders[item.folder] != nil || isGeneric(item.folder) {
                members[item.path] = [index]
            } else {
                members[item.folder, default: []].append(index)
            }
        }
        // A description in a folder of its own names the files that it is about.
        for (folder, names) in distributed.sorted(by: { $0.key < $1.key }) where members[folder]?.isEmpty ?? false {
            for name in names.sorted() {
                guard let found = byLastName[name], found.count == 1, FileRoles.isData(items[found[0]].name),
                    let old = members.first(where: { $0.key != folder && $0.value == found })
                else { continue }
                members[old.key] = nil
                members[folder, default: []] += found
            }
        }
        var result: [Int] = []
        for (location, files) in members.sorted(by: { $0.key < $1.key }) {
            let isFile = byPath[location] != nil
            var asset = InventoryAsset(
                .dataset, name: isFile ? location : folderName(location), location: location)
            var paths = Set(files.map { items[$0].path })
            for name in ["README.md", "LICENSE"] { if let item = item(location, name) { paths.insert(item.path) } }
            for number in byFolder[location] ?? [] where !isFile && DatasetDescription.isCandidate(items[number].name) {
                paths.insert(items[number].path)
            }
            asset.files = paths.map { path in
                InventoryFile(
                    path: path, byteCount: byPath[path].map { items[$0].entry.identity.byteCount } ?? 0, digest: nil)
            }
            inventory.assets.append(asset)
            assetByLocation[location] = inventory.assets.count - 1
            result.append(inventory.assets.count - 1)
        }
        return result
    }

    /// Whether lines of JSON are statements or events about data rather than data.
    private func isStatements(_ item: InventoryReader.Item) -> Bool {
        guard ["jsonl", "ndjson"].contains(FileRoles.ending(item.name)),
            let head = reader.tree.head(of: item.entry.path, count: 1024)
        else { return false }
        let text = String(decoding: head, as: UTF8.self)
        return [
            "in-toto.io/Statement", "dev.sigstore.bundle", "\"payloadType\"", "\"dsseEnvelope\"", "openlineage.io/spec",
        ]
        .contains { text.holds($0) }
    }
}
