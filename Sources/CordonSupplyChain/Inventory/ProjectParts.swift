internal import CordonCore
internal import CordonFormats
internal import CordonSigning

/// Dependencies, pipelines, code and the repository of a tree.
extension InventoryCollector {
    mutating func readDependencies() {
        var files: [ProjectDependencies.File] = []
        for item in items {
            let folder = Self.last(item.folder)
            let name = String(item.name)
            let isMetadata =
                (name == "METADATA" && folder.hasSuffix(".dist-info"))
                || (name == "PKG-INFO" && folder.hasSuffix(".egg-info"))
            if isMetadata, let bytes = reader.text(item), var dependency = InstalledPackage.read(bytes) {
                if let direct = self.item(item.folder, "direct_url.json"), let bytes = reader.text(direct),
                    let (origin, hashes) = InstalledPackage.origin(bytes)
                {
                    (dependency.origin, dependency.hashes) = (origin, hashes)
                }
                var content = DependencyFile(format: "installed package", role: .installed)
                content.dependencies = [dependency]
                files.append(.init(path: item.path, content: content))
                continue
            }
            guard DependencyReader.reads(name: name, folder: folder), !item.folder.contains("site-packages"),
                let bytes = reader.tree.contents(of: item.entry.path, limit: DependencyReader.byteLimit),
                let content = DependencyReader.read(bytes, name: name, folder: folder)
            else { continue }
            for problem in content.problems {
                inventory.skipped.append(
                    "\(AssetPath(item.path).display)\(problem.line > 0 ? ", line \(problem.line)" : ""): \(PrintableText.quoting(problem.reason, limit: 200))"
                )
            }
            files.append(.init(path: item.path, content: content))
        }
        let tree = reader.tree
        inventory.dependencies = ProjectDependencies(files) { path in
            tree.contents(of: Array(path.utf8), limit: DependencyReader.byteLimit)
        }
    }

    /// What DVC and trainers' configurations say was made from what.
    ///
    /// Source: DVC documentation, "dvc.lock", "dvc.yaml", ".dvc files". Its digests are MD5, and older ones of normalised
    /// text: names only count. Stages that are made from templates (`foreach`, `${…}`) are read from `dvc.lock` alone.
    mutating func readPipelines() {
        var locked: [String: Set<String>] = [:]
        for item in items where item.name == "dvc.lock" {
            guard let root = yaml(item) else { continue }
            for stage in root["stages"]?.members ?? [] {
                locked[item.folder, default: []].insert(stage.key)
                let paths: (String) -> [String] = { key in
                    (stage.value[key]?.elements ?? []).compactMap { $0["path"]?.string }
                }
                link(paths("outs"), to: paths("deps"), item, "stages.\(stage.key)", folder: item.folder)
            }
        }
        for item in items where item.name == "dvc.yaml" {
            guard let root = yaml(item) else { continue }
            for stage in root["stages"]?.members ?? [] where !(locked[item.folder]?.contains(stage.key) ?? false) {
                let folder = Self.joined(item.folder, stage.value["wdir"]?.string ?? "")
                let paths: (String) -> [String] = { key in
                    // An output with options is a map of one path.
                    (stage.value[key]?.elements ?? []).compactMap {
                        $0.string ?? $0["path"]?.string ?? $0.members.first?.key
                    }
                    .filter { !$0.contains("${") }
                }
                link(paths("outs"), to: paths("deps"), item, "stages.\(stage.key)", folder: folder)
            }
        }
        for item in items where item.name.hasSuffix(".dvc") && item.entry.identity.byteCount < 1 << 20 {
            guard let root = yaml(item) else { continue }
            let outputs = (root["outs"]?.elements ?? []).compactMap { $0["path"]?.string }
            let inputs = (root["deps"]?.elements ?? []).compactMap { dependency -> String? in
                guard let path = dependency["path"]?.string else { return nil }
                guard let repository = dependency["repo"]?["url"]?.string else { return path }
                return "\(repository.hasSuffix("/") ? String(repository.dropLast()) : repository)/\(path)"
            }
            link(outputs, to: inputs, item, "deps", folder: Self.joined(item.folder, root["wdir"]?.string ?? ""))
        }
        for item in items where TrainingConfig.isCandidate(item.name) && assetByLocation[item.folder] == nil {
            guard item.entry.identity.byteCount < 1 << 18, let bytes = reader.text(item),
                TrainingConfig.mentionsBase(bytes), let config = TrainingConfig(bytes, name: item.name)
            else { continue }
            train(config, item)
        }
    }

    private mutating func yaml(_ item: InventoryReader.Item) -> DataNode? {
        guard let bytes = reader.text(item) else { return nil }
        do throws(DataFailure) {
            return try .yaml(bytes)
        } catch {
            inventory.graph.problem(.statement, "line \(error.line): \(error.reason)", file: item.path)
            return nil
        }
    }

    /// A configuration elsewhere in the project, about the model that lies where it puts its result, that has the name it
    /// gives it, or that is the only one.
    private mutating func train(_ config: TrainingConfig, _ item: InventoryReader.Item) {
        let models = inventory.assets.indices.filter { inventory.assets[$0].kind == .model }
        var asset: Int?
        if let output = config.output {
            asset = [Self.joined("", output), Self.joined(item.folder, output)].compactMap { self.asset(at: $0) }.first
            if asset == nil {
                let wanted = AssetReference(output)
                asset = models.first { AssetReference(inventory.assets[$0].name).matches(wanted) }
            }
        }
        let isStated = asset != nil
        guard let asset = asset ?? (models.count == 1 ? models[0] : nil), inventory.assets[asset].kind == .model else {
            return
        }
        let isAdapter = inventory.assets[asset].fact(.adapter) != nil
        for (relation, kind, name, key) in config.edges {
            let number = target(Redaction.text(name), kind, from: item.folder)
            let own = isAdapter && relation == .fineTunedFrom ? .adapterOf : relation
            inventory.graph.add(
                inventory.assets[asset].node, own, number, isStated ? .claimed : .inferred,
                Evidence(file: item.path, place: key))
            if relation.isDerivation, isStated {
                claims.append((asset, relation == .mergedFrom ? "merge" : "training", number, item.path))
            }
        }
    }

    /// A path relative to a folder, `.` and `..` resolved.
    static func joined(_ folder: String, _ path: String) -> String {
        var parts = folder.split(separator: "/").map(String.init)
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(String(part)) }
        }
        return parts.joined(separator: "/")
    }

    private mutating func link(
        _ outputs: [String], to inputs: [String], _ item: InventoryReader.Item, _ place: String, folder: String
    ) {
        guard inputs.count * max(1, outputs.count) <= 10_000 else {
            inventory.graph.problem(
                .statement,
                "'\(PrintableText.quoting(place, limit: 80))' has \(inputs.count) inputs and \(outputs.count) outputs; at most 10000 pairs are followed",
                file: item.path)
            return
        }
        let sources = inputs.compactMap { pipelineNode($0, folder) }
        for output in outputs {
            guard let (target, kind) = pipelineNode(output, folder) else { continue }
            for (source, sourceKind) in sources {
                inventory.graph.add(
                    target, .made(kind, of: sourceKind), source, .claimed, Evidence(file: item.path, place: place))
            }
        }
    }

    private mutating func pipelineNode(_ path: String, _ folder: String) -> (Int, ProvenanceGraph.Kind)? {
        let isAddress = PythonRequirementLine.isURL(path)
        let full = isAddress ? path : Self.joined(folder, path)
        if !isAddress, let asset = asset(at: full) {
            let kind: ProvenanceGraph.Kind = inventory.assets[asset].kind == .dataset ? .dataset : .model
            return (inventory.assets[asset].node, kind)
        }
        let last = Self.last(path)
        let kind: ProvenanceGraph.Kind
        if FileRoles.isWeights(last[...])
            || (FileRoles.ending(last[...]).isEmpty && path.lowercased().contains("model"))
        {
            kind = .model
        } else if FileRoles.language(last[...]) != nil {
            kind = .code
        } else if ["json", "yaml", "yml", "toml", "md", "txt", "png", "html"].contains(FileRoles.ending(last[...])) {
            return nil
        } else {
            kind = .dataset
        }
        if let found = inventory.graph.find(kind, full) { return (found, kind) }
        return (inventory.graph.node(kind, isAddress ? Redaction.text(path) : full), kind)
    }

    /// Names that configurations give to models which do not lie beside them.
    mutating func readMentions() {
        for item in items {
            let key: String
            switch item.name {
            case "config.json", "model_index.json": key = "_name_or_path"
            case "adapter_config.json": key = "base_model_name_or_path"
            default: continue
            }
            guard item.entry.identity.byteCount < 1 << 20, let bytes = reader.text(item),
                let name = (try? DataNode.json(bytes))?[key]?.string, AssetReference(name).owner != nil
            else { continue }
            let evidence = Evidence(file: item.path, place: key)
            if !inventory.mentions.contains(where: { $0.evidence == evidence }) {
                inventory.mentions.append((name, evidence))
            }
        }
    }

    mutating func readCode() {
        for item in items where !item.folder.contains("site-packages") {
            if let language = FileRoles.language(item.name) { inventory.languages[language, default: 0] += 1 }
        }
    }

    /// The commit that is checked out, as `.git` says it; no program is run.
    mutating func readRevision() {
        func text(_ path: String) -> String? {
            reader.tree.contents(of: Array(path.utf8), limit: 1 << 20).map { String(decoding: $0, as: UTF8.self) }
        }
        guard let head = text(".git/HEAD")?.trimmingWhitespace else { return }
        guard head.hasPrefix("ref: ") else {
            if GitReference.isCommit(head) { inventory.revision = String(head) }
            return
        }
        let name = String(head.dropFirst(5))
        guard !name.contains("..") else { return }
        if let commit = text(".git/\(name)")?.trimmingWhitespace, GitReference.isCommit(commit) {
            inventory.revision = String(commit)
            return
        }
        for line in (text(".git/packed-refs") ?? "").split(whereSeparator: \.isNewline) where line.hasSuffix(" " + name)
        {
            let commit = line.prefix { $0 != " " }
            if GitReference.isCommit(commit) { inventory.revision = String(commit) }
        }
    }
}
