internal import CordonCore
internal import CordonFormats
internal import CordonSigning

/// Reading what a model's own files say of it.
extension InventoryCollector {
    mutating func readModel(_ index: Int) {
        let location = inventory.assets[index].location
        let folder = byPath[location] == nil ? location : Self.parent(location) ?? ""
        for file in inventory.assets[index].files where FileRoles.isWeights(Self.last(file.path)[...]) {
            readWeights(index, file)
        }
        // A file that shares its folder with other models has no card of its own.
        guard
            byPath[location] == nil
                || inventory.assets.count(where: { asset in
                    asset.kind == .model
                        && (asset.location == folder
                            || byPath[asset.location] != nil && Self.parent(asset.location) == folder)
                }) == 1
        else { return }
        for part in [folder] + parts(index, folder) {
            readConfig(index, part)
            readAdapter(index, part)
            readMerge(index, part)
            readTokenizer(index, part)
            readTracking(index, part)
            readTraining(index, part)
        }
        if let card = cards[folder], !card.isDataset { readModelCard(index, folder, card) }
        readLicence(index, folder)
    }

    /// Folders below the model's own that hold its weights; those of a pipeline are parts with a configuration each.
    private func parts(_ index: Int, _ folder: String) -> [String] {
        guard ["model_index.json", "modules.json"].allSatisfy({ item(folder, $0) == nil }) else { return [] }
        let weights = inventory.assets[index].files.map(\.path).filter { FileRoles.isWeights(Self.last($0)[...]) }
        return Set(weights.map { Self.parent($0) ?? "" }).filter { $0 != folder }.sorted().prefix(16).map { $0 }
    }

    func node(_ folder: String, _ name: String, yaml: Bool = false) -> (root: DataNode, file: String)? {
        guard let item = item(folder, name), let bytes = reader.text(item) else { return nil }
        guard let root = try? yaml ? DataNode.yaml(bytes) : DataNode.json(bytes), root.isMap else { return nil }
        return (root, item.path)
    }

    private mutating func readConfig(_ index: Int, _ folder: String) {
        if let (root, file) = node(folder, "config.json") {
            func add(_ field: InventoryAsset.Field, _ key: String, _ value: String?) {
                inventory.assets[index].add(field, value, .claimed, Evidence(file: file, place: key))
            }
            add(.architecture, "architectures", root["architectures"]?.strings.joined(separator: ", "))
            add(.family, "model_type", root["model_type"]?.string)
            add(.vocabulary, "vocab_size", root["vocab_size"]?.string)
            add(
                .contextLength, "max_position_embeddings",
                root["max_position_embeddings"]?.string ?? root["n_positions"]?.string)
            add(.library, "transformers_version", root["transformers_version"]?.string.map { "transformers \($0)" })
            add(.dtype, "torch_dtype", root["torch_dtype"]?.string ?? root["dtype"]?.string)
            if let quantisation = root["quantization_config"] {
                let method = quantisation["quant_method"]?.string ?? "quantised"
                let bits = quantisation["bits"]?.string.map { " \($0) bit" } ?? ""
                add(.quantisation, "quantization_config", method + bits)
            }
            if let origin = root["_name_or_path"]?.string {
                ownName(
                    index, origin, file, key: "_name_or_path",
                    root["quantization_config"] == nil ? .fineTunedFrom : .quantizedFrom)
            }
        }
        readCompositeConfig(index, folder)
        if let (root, file) = node(folder, "model_index.json") {
            inventory.assets[index].add(
                .architecture, root["_class_name"]?.string, .claimed, Evidence(file: file, place: "_class_name"))
            inventory.assets[index].add(.library, "diffusers", .claimed, Evidence(file: file, place: "_class_name"))
            if let origin = root["_name_or_path"]?.string { ownName(index, origin, file, key: "_name_or_path") }
        }
    }

    /// Models made of two: an encoder and a decoder, a text and a vision model.
    ///
    /// Source: transformers, `EncoderDecoderConfig`, `RagConfig`, `LlavaConfig` and others with configurations inside.
    private mutating func readCompositeConfig(_ index: Int, _ folder: String) {
        guard let (root, file) = node(folder, "config.json") else { return }
        for key in [
            "encoder", "decoder", "text_config", "vision_config", "audio_config", "text_encoder", "audio_encoder",
            "vision_model", "text_model", "question_encoder", "generator", "llm_config", "speech_config",
        ] {
            guard let name = root[key]?["_name_or_path"]?.string, AssetReference(name).owner != nil else { continue }
            let own = AssetReference(inventory.assets[index].name)
            if AssetReference(name).matches(own) { continue }
            refer(
                index, .derivedFrom, .model, name, .claimed, file, "\(key)._name_or_path", source: "config part")
        }
    }

    /// `_name_or_path` is where the model was loaded from: itself, a checkpoint on somebody's disk, or its base.
    private mutating func ownName(
        _ index: Int, _ text: String, _ file: String, key: String, _ relation: ProvenanceGraph.Relation = .fineTunedFrom
    ) {
        // A quantised copy often has the configuration of what it was copied from, with that one's base in it.
        let source = relation == .quantizedFrom ? "config ancestor" : "config"
        let reference = AssetReference(text)
        if !reference.isPath, reference.owner == nil {
            // `bert-base-uncased`, `gpt2`: names from before owners were needed.
            let own = AssetReference(inventory.assets[index].name)
            let isName =
                reference.name.utf8.count >= 3 && !reference.name.contains(" ")
                && !FileRoles.genericFolders.contains(reference.name.lowercased())
                && !FileRoles.genericStems.contains(reference.name.lowercased())
                && !reference.name.lowercased().hasPrefix("checkpoint")
                && own.last.lowercased() != reference.name.lowercased()
            if isName { refer(index, relation, .model, reference.name, .claimed, file, key, source: source) }
            return
        }
        guard !reference.isPath else {
            if reference.owner != nil {
                refer(index, relation, .model, reference.name, .claimed, file, key, source: source)
            } else if let found = [Self.joined(Self.parent(file) ?? "", text), Self.joined("", text)]
                .compactMap({ asset(at: $0) }).first(where: { $0 != index && inventory.assets[$0].kind == .model })
            {
                // A folder of the project. Others are on the disk of whoever trained.
                refer(index, relation, .model, inventory.assets[found].name, .claimed, file, key, source: source)
            }
            return
        }
        let own = AssetReference(inventory.assets[index].name)
        inventory.mentions.append((reference.name, Evidence(file: file, place: key)))
        if own.last.lowercased() == reference.last.lowercased() {
            if own.owner == nil { inventory.assets[index].name = reference.name }
            return
        }
        refer(index, relation, .model, reference.name, .claimed, file, key, source: source)
    }

    private mutating func readAdapter(_ index: Int, _ folder: String) {
        guard let (root, file) = node(folder, "adapter_config.json") else { return }
        let evidence = Evidence(file: file, place: "peft_type")
        let type = root["peft_type"]?.string ?? "adapter"
        let rank = root["r"]?.string.map { " of rank \($0)" } ?? ""
        inventory.assets[index].add(.adapter, type + rank, .claimed, evidence)
        inventory.assets[index].add(
            .task, root["task_type"]?.string, .claimed, Evidence(file: file, place: "task_type"))
        for key in ["r", "lora_alpha", "lora_dropout", "use_dora", "use_rslora"] {
            guard let value = root[key]?.string ?? root[key]?.boolean.map({ $0 ? "true" : "false" }) else { continue }
            inventory.assets[index].add(
                .hyperparameters, "\(key)=\(value)", .claimed, Evidence(file: file, place: key))
        }
        if let base = root["base_model_name_or_path"]?.string {
            refer(index, .adapterOf, .model, base, .claimed, file, "base_model_name_or_path", source: "adapter")
        }
    }

    /// Source: arcee-ai/mergekit README, "Merge Configuration".
    private mutating func readMerge(_ index: Int, _ folder: String) {
        for name in TrainingConfig.mergeFiles {
            guard let (root, file) = node(folder, name, yaml: true) else { continue }
            inventory.assets[index].add(
                .training, root["merge_method"]?.string.map { "merge: \($0)" }, .claimed,
                Evidence(file: file, place: "merge_method"))
            TrainingConfig(merge: root).add(to: index, file, line: nil, &self)
        }
    }

    private mutating func readTokenizer(_ index: Int, _ folder: String) {
        if let (root, file) = node(folder, "tokenizer_config.json") {
            inventory.assets[index].add(
                .tokenizer, root["tokenizer_class"]?.string, .claimed, Evidence(file: file, place: "tokenizer_class"))
            if let length = root["model_max_length"]?.integer, length < 1 << 30 {
                inventory.assets[index].add(
                    .contextLength, String(length), .claimed, Evidence(file: file, place: "model_max_length"))
            }
        }
        if let (root, file) = node(folder, "tokenizer.json"), let type = root["model"]?["type"]?.string {
            if inventory.assets[index].fact(.tokenizer) == nil {
                inventory.assets[index].add(.tokenizer, type, .verified, Evidence(file: file, place: "model.type"))
            }
            if let words = root["model"]?["vocab"]?.members, !words.isEmpty {
                inventory.assets[index].add(
                    .vocabulary, String(words.count), .verified, Evidence(file: file, place: "model.vocab"))
            }
        }
        for name in ["tokenizer.model", "spiece.model", "vocab.txt", "vocab.json", "merges.txt"] {
            guard inventory.assets[index].fact(.tokenizer) == nil, let item = item(folder, name) else { continue }
            inventory.assets[index].add(.tokenizer, name, .inferred, Evidence(file: item.path, place: "file name"))
        }
    }

    /// MLflow's `MLmodel` and Ollama's `Modelfile`.
    private mutating func readTracking(_ index: Int, _ folder: String) {
        if let (root, file) = node(folder, "MLmodel", yaml: true) {
            for flavor in root["flavors"]?.members ?? [] {
                if let source = flavor.value["source_model_name"]?.string {
                    let isAdapter = ["peft_adaptor", "peft_adapter"].contains { flavor.value[$0] != nil }
                    refer(
                        index, isAdapter ? .adapterOf : .derivedFrom, .model, source, .claimed, file,
                        "flavors.\(flavor.key).source_model_name",
                        source: "mlflow")
                }
                inventory.assets[index].add(
                    .task, flavor.value["task"]?.string, .claimed,
                    Evidence(file: file, place: "flavors.\(flavor.key).task"))
            }
            inventory.assets[index].add(
                .released, root["utc_time_created"]?.string, .claimed, Evidence(file: file, place: "utc_time_created"))
        }
        if let item = item(folder, "Modelfile"), let bytes = reader.text(item) { readModelfile(index, item, bytes) }
    }

    /// Source: Ollama documentation, "Modelfile Reference".
    private mutating func readModelfile(_ index: Int, _ item: InventoryReader.Item, _ bytes: [UInt8]) {
        var isText = false
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            // Texts between three quotes run over lines.
            let quotes = line.ranges(of: "\"\"\"").count
            let wasText = isText
            if quotes % 2 == 1 { isText.toggle() }
            let words = line.trimmingWhitespace.split(separator: " ", maxSplits: 1)
            guard !wasText, words.count == 2 else { continue }
            let value = words[1].trimmingWhitespace
            switch words[0].uppercased() {
            case "FROM":
                // `hf.co/owner/name:Q4_K_M`: the tag names a file of the repository.
                let last = value.split(separator: "/").last ?? ""
                let tag = last.split(separator: ":", maxSplits: 1).dropFirst().first
                let isQuantised = tag.map { $0.lowercased().hasPrefix("q") || $0.lowercased().hasPrefix("iq") } ?? false
                let name = tag.map { value.dropLast($0.count + 1) } ?? value
                refer(
                    index, isQuantised ? .quantizedFrom : .derivedFrom, .model, String(name), .claimed, item.path,
                    "FROM", source: "modelfile")
            case "ADAPTER":
                refer(
                    index, .derivedFrom, .model, String(value), .claimed, item.path, "ADAPTER", source: "adapter file")
            default: continue
            }
        }
    }

    /// Configurations of trainers that lie beside the weights, and Kaggle's description of a model's variation.
    ///
    /// Source: Kaggle API, "Model Instance Metadata".
    private mutating func readTraining(_ index: Int, _ folder: String) {
        if let (root, file) = node(folder, "model-instance-metadata.json") {
            func refer(
                _ relation: ProvenanceGraph.Relation, _ kind: ProvenanceGraph.Kind, _ name: String, _ key: String
            ) {
                self.refer(index, relation, kind, name, .claimed, file, key, source: "description")
            }
            if let base = root["externalBaseModelUrl"]?.string {
                refer(.fineTunedFrom, .model, base, "externalBaseModelUrl")
            }
            if let base = root["baseModelInstance"]?.string {
                let name = base.split(separator: "/").prefix(2).joined(separator: "/")
                refer(.fineTunedFrom, .model, name, "baseModelInstance")
            }
            for name in (root["trainingData"]?.strings ?? []).prefix(1000) {
                let path = name.firstRange(of: "kaggle.com/datasets/").map { String(name[$0.upperBound...]) }
                refer(.trainedOn, .dataset, path ?? name, "trainingData")
            }
            inventory.assets[index].add(
                .licence, root["licenseName"]?.string.map(LicenceName.normalised), .claimed,
                Evidence(file: file, place: "licenseName"))
        }
        for number in byFolder[folder] ?? [] where TrainingConfig.isCandidate(items[number].name) {
            guard items[number].entry.identity.byteCount < 1 << 20, let bytes = reader.text(items[number]),
                let config = TrainingConfig(bytes, name: items[number].name)
            else { continue }
            config.add(to: index, items[number].path, line: nil, &self)
        }
    }

    mutating func readLicence(_ index: Int, _ folder: String) {
        for name in ["LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "COPYING", "LICENSE.rst"] {
            guard let item = item(folder, name), let bytes = reader.text(item) else { continue }
            let text = String(decoding: bytes, as: UTF8.self)
            if let found = LicenceName.ofText(text) {
                inventory.assets[index].add(.licence, found, .claimed, Evidence(file: item.path, place: "text"))
            }
            return
        }
    }
}
