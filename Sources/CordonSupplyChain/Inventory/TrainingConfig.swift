internal import CordonFormats

/// What the configuration of a trainer or of a merge says about the model that it makes.
///
/// Source: arcee-ai/mergekit README, "Merge Configuration"; axolotl configuration reference; LLaMA-Factory
/// `data` and `model` arguments; TRL `ModelConfig` and `ScriptArguments`; transformers `run_*` examples; Unsloth and
/// torchtune recipes are read as far as they use these keys.
struct TrainingConfig {
    typealias Edge = (
        relation: ProvenanceGraph.Relation, kind: ProvenanceGraph.Kind, name: String, key: String
    )
    /// What it says, in its own order.
    let edges: [Edge]
    /// Where the model goes, as it says.
    let output: String?

    private static let modelKeys = [
        "base_model", "model_name_or_path", "pretrained_model_name_or_path", "base_model_name_or_path", "model_name",
        "base_model_name", "model_id", "pretrained_model", "model_path", "pretrained_model_path",
        "pretrained_model_name", "restore_from_path", "base_model_path",
    ]
    private static let dataKeys = [
        "datasets", "dataset", "dataset_name", "dataset_id", "train_file", "train_data", "training_data",
        "train_dataset", "dataset_path", "data_path", "train_data_path", "dataset_mixer", "dataset_mixture",
        "pretraining_dataset", "data", "train_files", "training_dataset", "dataset_names", "instruct_data",
        "train_dataset_name",
    ]
    private static let evaluationKeys = [
        "eval_dataset", "test_datasets", "validation_file", "test_file", "eval_file", "eval_data",
    ]
    private static let outputKeys = [
        "output_dir", "output_path", "save_path", "out_dir", "hub_model_id", "adapter_path", "save_dir", "project_name",
    ]

    /// Names that mergekit and those who use it give to the recipe of a merge.
    static let mergeFiles = [
        "mergekit_config.yml", "mergekit_config.yaml", "mergekit-config.yml", "mergekit-config.yaml",
        "mergekit_moe_config.yml", "mergekit_moe_config.yaml",
    ]

    /// Whether a file of that name is looked at.
    static func isCandidate(_ name: Substring) -> Bool {
        let lower = name.lowercased()
        if lower.hasSuffix(".yml") || lower.hasSuffix(".yaml") { return !mergeFiles.contains(lower) }
        return [
            "training_args.json", "train_args.json", "training_config.json", "train_config.json", "args.json",
            "finetune_config.json", "training_parameters.json", "training_params.json",
        ].contains(lower)
    }

    /// Whether a text names a base somewhere: a look before it is parsed.
    static func mentionsBase(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        return (modelKeys + ["merge_method", "model"]).contains { text.holds($0 + ":") || text.holds("\"\($0)\"") }
    }

    /// Reads a file; `nil` when it is no such configuration.
    init?(_ bytes: [UInt8], name: Substring) {
        let isJSON = name.lowercased().hasSuffix(".json")
        guard let root = try? isJSON ? DataNode.json(bytes) : DataNode.yaml(bytes) else { return nil }
        self.init(root)
    }

    /// Reads a configuration; `nil` when it names no base or is of another kind.
    init?(_ root: DataNode) {
        guard root.isMap else { return nil }
        if root["merge_method"] != nil || root["gate_mode"] != nil || root["experts"] != nil {
            self = TrainingConfig(merge: root)
            return
        }
        // Recipes put their arguments below a heading.
        let parts =
            [root]
            + ["model", "model_args", "data", "data_args", "training", "train", "trainer", "peft", "lora"]
            .compactMap { root[$0] }.filter(\.isMap)
        func value(_ keys: [String]) -> (text: String, key: String)? {
            for part in parts {
                for key in keys { if let text = part[key]?.string, !text.isEmpty { return (text, key) } }
            }
            return nil
        }
        let torchtune = root["checkpointer"]?["checkpoint_dir"]?.string
        let named = value(Self.modelKeys) ?? root["model"]?.string.map { ($0, "model") }
        guard let base = named ?? torchtune.map({ ($0, "checkpointer.checkpoint_dir") }) else { return nil }
        var edges: [Edge] = []
        for (keys, relation) in [
            (Self.dataKeys, ProvenanceGraph.Relation.trainedOn), (Self.evaluationKeys, .evaluatedOn),
        ] {
            for part in parts {
                for key in keys {
                    for name in Self.names(part[key]) { edges.append((relation, .dataset, name, key)) }
                }
            }
        }
        let output = value(Self.outputKeys)?.text
        // A configuration for serving names a model too: without data or a place for the result it says nothing.
        guard !edges.isEmpty || output != nil else { return nil }
        let teacher = value(["teacher_model", "teacher_model_name_or_path", "teacher"])
        if let teacher { edges.append((.distilledFrom, .model, teacher.text, teacher.key)) }
        let isAdapter =
            parts.contains { part in
                ["adapter", "peft_type", "finetuning_type", "fine_tune_type", "peft_method"].contains {
                    ["lora", "qlora", "dora", "oft", "ia3"].contains(part[$0]?.string?.lowercased() ?? "")
                } || ["use_peft", "use_lora", "peft"].contains { part[$0]?.boolean ?? false }
            }
        self = TrainingConfig(
            [(isAdapter ? .adapterOf : .fineTunedFrom, .model, base.text, base.key)] + edges, output: output)
    }

    private init(_ edges: [Edge], output: String?) {
        self.edges = edges
        self.output = output
    }

    /// Reads a merge.
    init(merge root: DataNode) {
        var edges: [Edge] = []
        func add(_ node: DataNode?, _ place: String) {
            guard let node else { return }
            for name in (node.string ?? Self.path(node) ?? "").split(separator: "+") {
                edges.append((.mergedFrom, .model, String(name), place))
            }
            if let lora = node["lora"], let name = lora.string ?? Self.path(lora) {
                edges.append((.mergedFrom, .model, name, place))
            }
        }
        add(root["base_model"], "base_model")
        for model in root["models"]?.elements ?? [] { add(model["model"] ?? model, "models") }
        for slice in root["slices"]?.elements ?? [] {
            for source in slice["sources"]?.elements ?? [] { add(source["model"], "slices") }
        }
        for expert in root["experts"]?.elements ?? [] { add(expert["source_model"], "experts") }
        self = TrainingConfig(edges, output: nil)
    }

    private static func path(_ node: DataNode) -> String? { node["model"]?["path"]?.string ?? node["path"]?.string }

    /// Names of datasets: a text with commas, a list of texts, a list of maps with a path, a map of shares.
    private static func names(_ node: DataNode?) -> [String] {
        guard let node else { return [] }
        if let text = node.string {
            return text.split(separator: ",").map { String($0.trimmingWhitespace) }.filter { !$0.isEmpty }
        }
        if node.isMap {
            if let inner = node["datasets"] { return names(inner) }
            if let name = ["path", "name", "dataset_name", "id", "source"].lazy.compactMap({ node[$0]?.string }).first {
                return [name]
            }
            let shares = node.members.filter { $0.value.string.flatMap(Double.init) != nil || $0.value.isMap }
            return shares.count == node.members.count ? shares.map(\.key) : []
        }
        return node.elements.prefix(1000).flatMap { element -> [String] in
            if let text = element.string { return [text] }
            return ["path", "name", "dataset_name", "id", "source"].lazy.compactMap { element[$0]?.string }.first.map {
                [$0]
            }
                ?? []
        }
    }
}
