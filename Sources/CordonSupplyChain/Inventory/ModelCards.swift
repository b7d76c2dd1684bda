internal import CordonCore
internal import CordonFormats
internal import CordonSigning

/// Reading what model cards say.
extension InventoryCollector {
    mutating func readModelCard(_ index: Int, _ folder: String, _ card: Card) {
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
