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

    /// Stages of DVC: what was made from what.
    ///
    /// Source: DVC documentation, "dvc.lock". Its digests are MD5, and older ones of normalised text: names only count.
    mutating func readPipelines() {
        for item in items where item.name == "dvc.lock" {
            guard let bytes = reader.text(item) else { continue }
            let root: DataNode
            do throws(DataFailure) {
                root = try .yaml(bytes)
            } catch {
                inventory.graph.problem(.statement, "line \(error.line): \(error.reason)", file: item.path)
                continue
            }
            let prefix = item.folder.isEmpty ? "" : item.folder + "/"
            for stage in root["stages"]?.members ?? [] {
                let inputs = (stage.value["deps"]?.elements ?? []).compactMap { $0["path"]?.string }
                let outputs = (stage.value["outs"]?.elements ?? []).compactMap { $0["path"]?.string }
                guard inputs.count * max(1, outputs.count) <= 10_000 else {
                    inventory.graph.problem(
                        .statement,
                        "the stage '\(PrintableText.quoting(stage.key, limit: 80))' has \(inputs.count) inputs and \(outputs.count) outputs; at most 10000 pairs are followed",
                        file: item.path)
                    continue
                }
                for output in outputs {
                    guard let (target, kind) = pipelineNode(output, prefix) else { continue }
                    for input in inputs {
                        guard let (source, sourceKind) = pipelineNode(input, prefix) else { continue }
                        let relation: ProvenanceGraph.Relation
                        switch (kind, sourceKind) {
                        case (.model, .dataset): relation = .trainedOn
                        case (_, .code): relation = .uses
                        default: relation = .derivedFrom
                        }
                        inventory.graph.add(
                            target, relation, source, .claimed,
                            Evidence(file: item.path, place: "stages.\(stage.key)"))
                    }
                }
            }
        }
    }

    private mutating func pipelineNode(_ path: String, _ prefix: String) -> (Int, ProvenanceGraph.Kind)? {
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
        if let asset = assetByLocation[prefix + path] { return (inventory.assets[asset].node, kind) }
        if let found = inventory.graph.find(kind, prefix + path) { return (found, kind) }
        return (inventory.graph.node(kind, path), kind)
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
