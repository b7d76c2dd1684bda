internal import CordonCore
internal import CordonFormats
internal import CordonSigning

/// Reading what the headers of weight files say.
extension InventoryCollector {
    mutating func readWeights(_ index: Int, _ file: InventoryFile) {
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
}
