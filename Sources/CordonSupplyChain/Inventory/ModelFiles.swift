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

    private func node(_ folder: String, _ name: String, yaml: Bool = false) -> (root: DataNode, file: String)? {
        guard let item = item(folder, name), let bytes = reader.text(item) else { return nil }
        guard let root = try? yaml ? DataNode.yaml(bytes) : DataNode.json(bytes), root.isMap else { return nil }
        return (root, item.path)
    }

    // MARK: Weights

    private mutating func readWeights(_ index: Int, _ file: InventoryFile) {
        let evidence = Evidence(file: file.path, place: "header")
        let ending = FileRoles.ending(Self.last(file.path)[...])
        switch ending {
        case "safetensors":
            guard let header = safetensors(file.path) else { return }
            inventory.assets[index].add(.format, "safetensors", .verified, evidence)
            add(
                tensors: header.tensors.map { ($0.type, $0.shape) }, to: index, evidence,
                isWhole: !header.anomalies.contains { $0.kind == .size || $0.kind == .header })
            readMetadata(index, header, file.path)
        case "gguf": readGGUF(index, file, evidence)
        case "onnx": readONNX(index, file, evidence)
        default:
            inventory.assets[index].add(
                .format, ending == "bin" || ending == "pt" || ending == "pth" ? "pickle" : ending, .inferred, evidence)
        }
    }

    func safetensors(_ path: String) -> SafetensorsFile? {
        guard let index = byPath[path], let storage = reader.tree.storage(of: items[index].entry.path) else {
            return nil
        }
        var result: SafetensorsFile?
        let hasShrunk = storage.guarded {
            let view = ByteView(storage)
            if view.withSpan({ SafetensorsFile.matches($0) }) { result = SafetensorsFile.read(view) }
        }
        return hasShrunk ? nil : result
    }

    /// Parameters are summed over the files of a model; types are listed by how many elements they hold.
    private mutating func add(
        tensors: [(type: String, shape: [Int])], to index: Int, _ evidence: Evidence, isWhole: Bool
    ) {
        var counts: [String: Int] = [:]
        for tensor in tensors {
            var product = 1
            for extent in tensor.shape {
                let (result, overflow) = product.multipliedReportingOverflow(by: extent)
                product = overflow ? 0 : result
            }
            let (sum, overflow) = counts[tensor.type, default: 0].addingReportingOverflow(product)
            if !overflow { counts[tensor.type] = sum }
        }
        addCounts(counts, to: index, evidence, isWhole: isWhole)
    }

    private mutating func addCounts(_ counts: [String: Int], to index: Int, _ evidence: Evidence, isWhole: Bool) {
        for (type, count) in counts {
            let (sum, overflow) = (elementCounts[index]?[type] ?? 0).addingReportingOverflow(count)
            guard !overflow, sum <= 1 << 56 else { return }
            elementCounts[index, default: [:]][type] = sum
        }
        if !isWhole { partial.insert(index) }
        let all = elementCounts[index] ?? [:]
        // What a header says of data that is not there is a claim.
        let grade: Grade = partial.contains(index) ? .claimed : .verified
        let total = all.values.reduce(0) { $0.addingReportingOverflow($1).overflow ? $0 : $0 + $1 }
        guard total > 0 else { return }
        for field in [InventoryAsset.Field.parameters, .dtype] { inventory.assets[index].removeMeasured(field) }
        inventory.assets[index].add(.parameters, String(total), grade, evidence)
        let types = all.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key).joined(separator: ", ")
        inventory.assets[index].add(.dtype, types, grade, evidence)
    }

    /// Keys of `__metadata__`. Source: Stability-AI/ModelSpec 1.0.1; kohya-ss/sd-scripts for the `ss_` keys;
    /// AUTOMATIC1111/stable-diffusion-webui, "Checkpoint Merger", for the `sd_merge_` keys; diffusers for
    /// `lora_adapter_metadata`.
    private mutating func readMetadata(_ index: Int, _ header: SafetensorsFile, _ file: String) {
        let metadata = Dictionary(header.metadata.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        func evidence(_ key: String) -> Evidence { Evidence(file: file, place: "__metadata__.\(key)") }
        for (key, field) in [
            ("modelspec.architecture", InventoryAsset.Field.architecture), ("modelspec.license", .licence),
            ("modelspec.author", .author), ("modelspec.description", .description), ("license", .licence),
            ("modelspec.date", .released), ("modelspec.usage_hint", .intendedUse),
        ] {
            guard let value = metadata[key] else { continue }
            let text = field == .licence ? LicenceName.normalised(value) : value
            inventory.assets[index].add(field, text, .claimed, evidence(key))
        }
        if let merged = metadata["modelspec.merged_from"] {
            for name in merged.split(separator: ",") {
                refer(
                    index, .mergedFrom, .model, String(name), .claimed, file, "__metadata__.modelspec.merged_from",
                    source: "safetensors")
            }
        }
        // By the hash of what was merged: its name, and the recipe when it was a merge itself.
        if let merged = metadata["sd_merge_models"].flatMap({ try? DataNode.json(Array($0.utf8)) }) {
            for member in merged.members.prefix(100) {
                guard let name = member.value["name"]?.string else { continue }
                let last = Self.last(name)[...]
                refer(
                    index, .mergedFrom, .model, FileRoles.isWeights(last) ? FileRoles.stem(last) : name, .claimed, file,
                    "__metadata__.sd_merge_models", source: "safetensors")
            }
        }
        let isAdapter =
            metadata["ss_network_module"] != nil || metadata["lora_adapter_metadata"] != nil
            || (metadata["modelspec.architecture"] ?? "").contains("/lora")
        if isAdapter { inventory.assets[index].add(.adapter, "LoRA", .claimed, evidence("ss_network_module")) }
        if let rank = metadata["ss_network_dim"] {
            inventory.assets[index].add(.hyperparameters, "network_dim=\(rank)", .claimed, evidence("ss_network_dim"))
        }
        var bases: Set<String> = []
        // PEFT's configuration, written into the file by key.
        if let adapter = metadata["lora_adapter_metadata"].flatMap({ try? DataNode.json(Array($0.utf8)) }) {
            for member in adapter.members.prefix(1000) where member.key.hasSuffix("base_model_name_or_path") {
                guard let base = member.value.string, bases.insert(base.lowercased()).inserted else { continue }
                refer(
                    index, .adapterOf, .model, base, .claimed, file, "__metadata__.lora_adapter_metadata",
                    source: "safetensors")
            }
        }
        for key in ["base_model", "base_model_name_or_path", "ss_base_model", "ss_sd_model_name"] {
            guard let base = metadata[key] else { continue }
            let name = FileRoles.isWeights(Self.last(base)[...]) ? FileRoles.stem(Self.last(base)[...]) : base
            guard name.lowercased() != "none", bases.insert(name.lowercased()).inserted else { continue }
            // What the trainer was given may be a copy under another name: a second name is a second step at most.
            refer(
                index, isAdapter ? .adapterOf : .fineTunedFrom, .model, name, .claimed, file, "__metadata__.\(key)",
                source: "safetensors")
        }
        for key in ["dataset", "datasets", "training_data", "modelspec.training_data"] {
            for name in (metadata[key] ?? "").split(separator: ",") {
                refer(
                    index, .trainedOn, .dataset, String(name), .claimed, file, "__metadata__.\(key)",
                    source: "safetensors")
            }
        }
        for dataset in metadata["ss_datasets"].flatMap({ try? DataNode.json(Array($0.utf8)) })?.elements ?? [] {
            for part in (dataset["subsets"]?.elements ?? []).prefix(1000) {
                guard let name = part["image_dir"]?.string ?? part["metadata_file"]?.string else { continue }
                refer(
                    index, .trainedOn, .dataset, name, .claimed, file, "__metadata__.ss_datasets",
                    source: "safetensors")
            }
        }
        if let folders = metadata["ss_dataset_dirs"], let node = try? DataNode.json(Array(folders.utf8)) {
            for member in node.members {
                refer(
                    index, .trainedOn, .dataset, member.key, .claimed, file, "__metadata__.ss_dataset_dirs",
                    source: "safetensors")
            }
        }
    }

    /// Source: ggml-org/ggml `docs/gguf.md`, "Standardized key-value pairs".
    private mutating func readGGUF(_ index: Int, _ file: InventoryFile, _ evidence: Evidence) {
        guard let number = byPath[file.path], let storage = reader.tree.storage(of: items[number].entry.path) else {
            return
        }
        var texts: [String: String] = [:]
        var header: GGUFFile?
        let hasShrunk = storage.guarded {
            ByteView(storage).withSpan { span in
                guard GGUFFile.matches(span) else { return }
                let read = GGUFFile.read(span)
                for text in read.texts where text.range.count <= 4096 { texts[text.key] = span.text(text.range) }
                header = read
            }
        }
        guard !hasShrunk, let header else { return }
        inventory.assets[index].add(.format, "gguf", .verified, evidence)
        addCounts(
            Dictionary(
                header.elementsByType.map { (GGUFFile.typeName($0.key) ?? "type \($0.key)", $0.value) },
                uniquingKeysWith: +), to: index, evidence, isWhole: header.failure == nil && header.anomalies.isEmpty)
        func place(_ key: String) -> Evidence { Evidence(file: file.path, place: key) }
        for (key, field) in [
            ("general.architecture", InventoryAsset.Field.architecture), ("general.author", .author),
            ("general.organization", .supplier), ("general.version", .version), ("general.description", .description),
            ("general.url", .homepage), ("general.license", .licence), ("tokenizer.ggml.model", .tokenizer),
        ] {
            guard let value = texts[key] else { continue }
            let isMeasured = field == .architecture || field == .tokenizer
            inventory.assets[index].add(
                field, field == .licence ? LicenceName.normalised(value) : value, isMeasured ? .verified : .claimed,
                place(key))
        }
        if let architecture = texts["general.architecture"],
            let length = header.integers["\(architecture).context_length"]
        {
            inventory.assets[index].add(
                .contextLength, String(length), .verified, place("\(architecture).context_length"))
        }
        if texts["general.license"] == "other", let name = texts["general.license.name"] {
            inventory.assets[index].add(.licence, name, .claimed, place("general.license.name"))
        }
        if texts["general.type"] == "adapter" {
            inventory.assets[index].add(.adapter, texts["adapter.type"] ?? "adapter", .claimed, place("general.type"))
        }
        let isQuantised = header.elementsByType.contains { ![0, 1, 28, 30].contains($0.key) }
        if isQuantised {
            let types = inventory.assets[index].fact(.dtype)?.value ?? ""
            inventory.assets[index].add(.quantisation, types, .verified, evidence)
        }
        if let party = texts["general.quantized_by"] {
            refer(index, .builtBy, .party, party, .claimed, file.path, "general.quantized_by", source: "gguf")
        }
        if let party = texts["general.organization"] {
            refer(index, .suppliedBy, .party, party, .claimed, file.path, "general.organization", source: "gguf")
        }
        let name = Self.last(file.path).lowercased()
        let isNamedSo = isQuantised || ["q4_", "q5_", "q6_", "q8_", "-f16", "-bf16"].contains { name.contains($0) }
        lineage(index, texts, file.path, isQuantised: isNamedSo)
    }

    private mutating func lineage(_ index: Int, _ texts: [String: String], _ file: String, isQuantised: Bool) {
        func named(_ prefix: String) -> String? {
            if let url = texts[prefix + ".repo_url"] { return url }
            guard let name = texts[prefix + ".name"] else { return nil }
            let owner = texts[prefix + ".organization"] ?? texts[prefix + ".author"]
            return owner.map { "\($0)/\(name)".replacing(" ", with: "-") } ?? name
        }
        if let source = texts["general.source.repo_url"] ?? texts["general.source.url"] {
            refer(index, .quantizedFrom, .model, source, .claimed, file, "general.source.repo_url", source: "gguf")
        }
        var bases = 0
        while bases < 64, let base = named("general.base_model.\(bases)") {
            let hasSource = texts["general.source.repo_url"] != nil
            let isAdapter = texts["general.type"] == "adapter"
            refer(
                index, isAdapter ? .adapterOf : !hasSource && isQuantised ? .quantizedFrom : .derivedFrom, .model, base,
                .claimed, file, "general.base_model.\(bases)", source: hasSource ? "gguf ancestor" : "gguf")
            bases += 1
        }
        var number = 0
        while number < 64, let data = named("general.dataset.\(number)") {
            refer(index, .trainedOn, .dataset, data, .claimed, file, "general.dataset.\(number)", source: "gguf")
            number += 1
        }
    }

    private mutating func readONNX(_ index: Int, _ file: InventoryFile, _ evidence: Evidence) {
        guard let number = byPath[file.path], let storage = reader.tree.storage(of: items[number].entry.path) else {
            return
        }
        var model: ONNXModel?
        let hasShrunk = storage.guarded { model = ByteView(storage).withSpan { ONNXModel.read($0) } }
        guard !hasShrunk, let model else { return }
        inventory.assets[index].add(.format, "onnx", .verified, evidence)
        addCounts(
            Dictionary(
                model.elementsByType.map { (Self.onnxTypes[$0.key] ?? "type \($0.key)", $0.value) }, uniquingKeysWith: +
            ),
            to: index, evidence,
            isWhole: !model.isMalformed && model.sizeMismatches.isEmpty && model.external.isEmpty)
        let operators = model.operators.keys.map(\.type).sorted().prefix(12).joined(separator: ", ")
        inventory.assets[index].add(.architecture, "ONNX graph of \(operators)", .verified, evidence)
        for (key, value) in model.metadata {
            let place = Evidence(file: file.path, place: "metadata_props.\(key)")
            switch key.lowercased() {
            case "license", "licence":
                inventory.assets[index].add(.licence, LicenceName.normalised(value), .claimed, place)
            case "author": inventory.assets[index].add(.author, value, .claimed, place)
            case "description": inventory.assets[index].add(.description, value, .claimed, place)
            case "base_model", "source_model":
                refer(index, .derivedFrom, .model, value, .claimed, file.path, "metadata_props.\(key)", source: "onnx")
            case "dataset", "datasets", "training_data":
                for name in value.split(separator: ",") {
                    refer(
                        index, .trainedOn, .dataset, String(name), .claimed, file.path, "metadata_props.\(key)",
                        source: "onnx")
                }
            default: continue
            }
        }
    }

    private static let onnxTypes: [UInt64: String] = [
        1: "F32", 2: "U8", 3: "I8", 4: "U16", 5: "I16", 6: "I32", 7: "I64", 9: "BOOL", 10: "F16", 11: "F64", 12: "U32",
        13: "U64", 16: "BF16", 17: "F8_E4M3", 19: "F8_E5M2", 21: "U4", 22: "I4",
    ]

    // MARK: Configuration

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

    // MARK: Cards

    private mutating func readModelCard(_ index: Int, _ folder: String, _ card: Card) {
        let file = folder.isEmpty ? "README.md" : item(folder, "README.md")?.path ?? folder + "/README.md"
        func add(_ field: InventoryAsset.Field, _ key: String) {
            for (value, line) in card.strings(key) {
                inventory.assets[index].add(field, value, .claimed, Evidence(file: file, place: "\(key), line \(line)"))
            }
        }
        for (value, line) in card.strings("license")
        where value.lowercased() != "other" || card.matter?["license_name"] == nil {
            inventory.assets[index].add(
                .licence, LicenceName.normalised(value), .claimed, Evidence(file: file, place: "license, line \(line)"))
        }
        add(.licence, "license_name")
        add(.task, "pipeline_tag")
        add(.library, "library_name")
        add(.language, "language")
        add(.author, "model_creator")
        readBases(index, card, file)
        for block in card.blocks {
            guard let root = try? DataNode.yaml(Array(block.text.utf8)), let config = TrainingConfig(root) else {
                continue
            }
            // What the front matter or a file says is better.
            let isKnown = references.contains {
                $0.asset == index && ($0.relation.isDerivation || $0.relation == .trainedOn) && $0.source != "training"
            }
            if !isKnown { config.add(to: index, file, line: block.line, &self) }
        }
        for (value, line) in card.strings("quantized_by") {
            refer(index, .builtBy, .party, value, .claimed, file, "quantized_by, line \(line)", source: "card")
        }
        readResults(index, folder, card, file)
        if let energy = card.matter?["co2_eq_emissions"] {
            let value = energy["emissions"]?.string ?? energy.string
            inventory.assets[index].add(
                .energy, value.map { "\($0) g CO2eq" }, .claimed, Evidence(file: file, place: "co2_eq_emissions"))
        }
        readSections(index, card, file)
        readHints(index, card, file)
    }

    /// How a model relates to the base that its card names: what the card says, else what its files show.
    private func relation(_ index: Int, _ card: Card, count: Int = 1) -> ProvenanceGraph.Relation {
        let tags = Set(card.strings("tags").map { $0.value.lowercased() })
        switch card.strings("base_model_relation").first?.value.lowercased() {
        case "finetune": return .fineTunedFrom
        case "adapter": return .adapterOf
        case "merge": return .mergedFrom
        case "quantized": return .quantizedFrom
        default: break
        }
        for (word, relation) in Self.tagRelations where tags.contains(where: { $0.hasPrefix("base_model:\(word):") }) {
            return relation
        }
        let asset = inventory.assets[index]
        let libraries = card.strings("library_name").map { $0.value.lowercased() }
        let isAdapter =
            asset.fact(.adapter) != nil || !tags.isDisjoint(with: ["lora", "peft", "adapter", "qlora", "dora"])
            || libraries.contains { ["peft", "adapter-transformers", "adapters"].contains($0) }
        if isAdapter { return .adapterOf }
        if count > 1 {
            let isMerge =
                !tags.isDisjoint(with: ["merge", "mergekit", "moe"])
                || references.contains { $0.asset == index && $0.relation == .mergedFrom }
            return isMerge ? .mergedFrom : .derivedFrom
        }
        let isQuantised =
            asset.fact(.quantisation) != nil
            || !tags.isDisjoint(with: ["gguf", "gptq", "awq", "exl2", "exl3", "bnb", "quantized", "mlx-4bit"])
            || asset.values(.format).contains("gguf")
        if isQuantised { return .quantizedFrom }
        guard !tags.isDisjoint(with: ["distillation", "distilled"]) else { return .fineTunedFrom }
        // A student has a teacher, and may have a base that it was started from.
        let bases = card.strings("base_model").map { AssetReference($0.value) }
        let hasOtherTeacher = CardText.hints(card).contains { hint in
            hint.relation == .distilledFrom && !bases.contains { $0.matches(AssetReference(hint.value)) }
        }
        return hasOtherTeacher ? .fineTunedFrom : .distilledFrom
    }

    private static let tagRelations: [(String, ProvenanceGraph.Relation)] = [
        ("finetune", .fineTunedFrom), ("adapter", .adapterOf), ("merge", .mergedFrom), ("quantized", .quantizedFrom),
    ]

    /// Bases and datasets of the front matter, and of the tags that the hub makes of them.
    private mutating func readBases(_ index: Int, _ card: Card, _ file: String) {
        let bases = card.strings("base_model")
        let stated = relation(index, card, count: bases.count)
        for (value, line) in bases {
            refer(index, stated, .model, value, .claimed, file, "base_model, line \(line)", source: "card")
        }
        for (value, line) in card.strings("datasets") {
            refer(index, .trainedOn, .dataset, value, .claimed, file, "datasets, line \(line)", source: "card")
        }
        for (tag, line) in card.strings("tags") {
            var parts = tag.split(separator: ":", maxSplits: 2).map(String.init)
            guard parts.count > 1, let name = parts.popLast(), AssetReference(name).owner != nil else { continue }
            let place = "tags, line \(line)"
            switch parts[0].lowercased() {
            case "dataset" where card.strings("datasets").isEmpty:
                refer(index, .trainedOn, .dataset, name, .claimed, file, place, source: "card")
            case "base_model" where bases.isEmpty:
                let kind = parts.count > 1 ? Self.tagRelations.first { $0.0 == parts[1].lowercased() }?.1 : nil
                // The hub gives every base two tags, one of them with the relation.
                refer(index, kind ?? .derivedFrom, .model, name, .claimed, file, place, source: "card")
            default: continue
            }
        }
    }

    /// `model-index` and `.eval_results`: datasets it was evaluated on, with the metrics.
    ///
    /// Source: Hugging Face hub documentation, "Model Cards" and "Evaluation Results".
    private mutating func readResults(_ index: Int, _ folder: String, _ card: Card, _ file: String) {
        for number in (byFolder[folder.isEmpty ? ".eval_results" : folder + "/.eval_results"] ?? []).prefix(100) {
            let item = items[number]
            guard item.name.hasSuffix(".yaml") || item.name.hasSuffix(".yml"), item.entry.identity.byteCount < 1 << 20,
                let bytes = reader.text(item), let root = try? DataNode.yaml(bytes)
            else { continue }
            for result in root.elements {
                guard let dataset = result["dataset"]?["id"]?.string else { continue }
                refer(
                    index, .evaluatedOn, .dataset, dataset, .claimed, item.path, "line \(result.line + 1)",
                    source: "card")
                if let value = result["value"]?.string {
                    inventory.assets[index].metrics.append(
                        (result["dataset"]?["task_id"]?.string ?? "value", value, dataset))
                }
            }
        }
        for model in card.matter?["model-index"]?.elements ?? [] {
            for result in model["results"]?.elements ?? [] {
                let dataset = result["dataset"]?["type"]?.string ?? result["dataset"]?["name"]?.string
                if let dataset {
                    refer(
                        index, .evaluatedOn, .dataset, dataset, .claimed, file,
                        "model-index, line \(result.line + 1)", source: "card")
                }
                inventory.assets[index].add(
                    .task, result["task"]?["type"]?.string, .claimed, Evidence(file: file, place: "model-index"))
                for metric in result["metrics"]?.elements ?? [] {
                    guard let name = metric["type"]?.string ?? metric["name"]?.string,
                        let value = metric["value"]?.string
                    else { continue }
                    inventory.assets[index].metrics.append((name, value, dataset))
                }
            }
        }
    }

    /// Sections that the card template has: what the model is for, and what it cannot do.
    private mutating func readSections(_ index: Int, _ card: Card, _ file: String) {
        var field: InventoryAsset.Field?
        var text = ""
        var start = 0
        func flush(_ asset: inout InventoryAsset) {
            let value = text.trimmingWhitespace
            if let field, !value.isEmpty, !value.contains("More Information Needed") {
                asset.add(field, String(value.prefix(2000)), .claimed, Evidence(file: file, place: "line \(start)"))
            }
            text = ""
        }
        for (line, raw) in card.body {
            if raw.hasPrefix("#") {
                flush(&inventory.assets[index])
                let title = raw.drop { $0 == "#" }.trimmingWhitespace.lowercased()
                start = line
                switch true {
                case title.contains("intended use"), title == "uses", title.contains("direct use"): field = .intendedUse
                case title.contains("limitation"), title.contains("bias, risks"): field = .limitations
                case title.contains("training procedure"), title.contains("training details"): field = .training
                case title.contains("model description"): field = .description
                default: field = nil
                }
            } else if field != nil, text.utf8.count < 4000 {
                text += (text.isEmpty ? "" : "\n") + raw
            }
        }
        flush(&inventory.assets[index])
    }

    /// What the text says, where the front matter says nothing. Labelled lines win over sentences.
    private mutating func readHints(_ index: Int, _ card: Card, _ file: String) {
        let own = references.filter { $0.asset == index }
        let hasBase = own.contains { $0.relation.isDerivation }
        let hasData = own.contains { $0.relation == .trainedOn }
        let hasResults = own.contains { $0.relation == .evaluatedOn }
        let hints = CardText.hints(card)
        for hint in hints {
            let isOutdone =
                !hint.isLabelled
                && hints.contains { $0.isLabelled && $0.kind == hint.kind && $0.relation == hint.relation }
            if isOutdone { continue }
            let place = "text, line \(hint.line)"
            switch hint.kind {
            case .base where !hasBase || hint.relation == .distilledFrom || hint.relation == .derivedFrom:
                let reference = AssetReference(hint.value)
                if reference.matches(AssetReference(inventory.assets[index].name)) || reference.isDataset { continue }
                let isConverted = hint.relation == .derivedFrom && inventory.assets[index].fact(.quantisation) != nil
                refer(
                    index, isConverted ? .quantizedFrom : hint.relation ?? relation(index, card), .model, hint.value,
                    .inferred, file, place, source: "text")
            case .dataset where !hasData:
                refer(index, .trainedOn, .dataset, hint.value, .inferred, file, place, source: "text")
            case .evaluation where !hasResults:
                refer(index, .evaluatedOn, .dataset, hint.value, .inferred, file, place, source: "text")
            case .party:
                refer(
                    index, hint.relation ?? .suppliedBy, .party, hint.value, .inferred, file, place, source: "text")
            case .licence:
                inventory.assets[index].add(.licence, hint.value, .inferred, Evidence(file: file, place: place))
            default: continue
            }
        }
    }
}

extension TrainingConfig {
    /// Adds what a configuration says of a model.
    func add(to index: Int, _ file: String, line: Int?, _ collector: inout InventoryCollector) {
        for (relation, kind, name, key) in edges {
            let place = line.map { "text, line \($0), \(key)" } ?? key
            collector.refer(
                index, relation, kind, name, line == nil ? .claimed : .inferred, file, place,
                source: relation == .mergedFrom ? "merge" : "training")
        }
    }
}
