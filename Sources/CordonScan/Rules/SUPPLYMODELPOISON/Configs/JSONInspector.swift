internal import CordonCore
internal import CordonFormats

/// JSON files: Hugging Face, Keras and Hydra configurations, by their keys, not by their names.
struct JSONInspector {
    private let spot: Spot
    private let inspection: Inspection

    private static let sizeLimit = 256 << 20

    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        guard view.count <= sizeLimit else {
            return inspection.skipped("\(spot.prefix)JSON of \(view.count) bytes, more than \(sizeLimit)")
        }
        let inspector = JSONInspector(spot: spot, inspection: inspection)
        if view.count <= 1 << 20 || view.withSpan({ hasInterestingKey($0) }) {
            inspector.inspectDocument(view)
        } else {
            inspector.checkSyntax(view)
        }
    }

    /// Whether any key that a rule is about occurs; most files of numbers and vocabularies have none.
    private static func hasInterestingKey(_ bytes: RawSpan) -> Bool {
        let needles = [
            "auto_map", "_target_", "custom_pipeline", "_class_name", "loader_module", "template", "class_name",
            "base_model", "trust_remote", "{%", "\\u", "__lambda__",
        ]
        return needles.contains { bytes.firstRange(of: Array($0.utf8), from: 0, to: bytes.byteCount) != nil }
    }

    private func checkSyntax(_ view: ByteView) {
        do throws(JSONFailure) {
            _ = try JSONDocument.parse(view)
        } catch {
            notJSON(view, error)
        }
    }

    private func inspectDocument(_ view: ByteView) {
        do throws(JSONFailure) {
            let document = try JSONDocument.parse(view)
            if KerasInspector.matches(document.root) || document.root["model_config"]?.isObject == true {
                KerasInspector.inspect(document.root, at: spot, in: inspection)
            }
            PipelineConfig.inspect(document.root, at: spot, in: inspection)
            // Names in a browser's source map are those of the program it was made from.
            let isSourceMap =
                (spot.name ?? inspection.path.name).pathExtension == "map" && document.root["mappings"] != nil
            if !isSourceMap { walk(document.root) }
            JSONModels.inspect(document.root, at: spot, in: inspection)
            let name = spot.name ?? inspection.path.name
            if name.display == "package.json" {
                InstallHooks.inspectPackage(document.root, view, at: spot, in: inspection)
            }
            PersonalDataInspector.inspectRecords(document.root, at: spot, in: inspection)
            PersonalDataInspector.inspectText(
                view, at: Place(member: spot.member), countsLines: true, leavingOut: PersonalDataInspector.contacts,
                in: inspection)
        } catch {
            notJSON(view, error)
        }
    }

    /// JSON lines, or something that only begins like JSON.
    private func notJSON(_ view: ByteView, _ failure: JSONFailure) {
        if !failure.isLimit, inspectLines(view) { return }
        let yaml = view.count <= 1 << 20 ? view.withSpan { YAMLReader.read($0) } : nil
        if let yaml, yaml.failure == nil, yaml.hasCollection {
            return YAMLInspector.report(yaml, at: spot, in: inspection)
        }
        PersonalDataInspector.inspectText(view, at: Place(member: spot.member), countsLines: true, in: inspection)
        inspection.skipped("\(spot.prefix)neither JSON (offset \(failure.offset): \(failure.reason)) nor YAML")
    }

    private func inspectLines(_ view: ByteView) -> Bool {
        var position = 0
        var lines = 0
        while position < view.count, !inspection.isExpired {
            let end = view.withSpan { $0.firstIndex(of: 0x0A, from: position, to: $0.byteCount) ?? $0.byteCount }
            defer { position = end + 1 }
            guard let line = view.part(offset: position, count: end - position), !line.isPadding else { continue }
            guard let document = try? JSONDocument.parse(line) else { return false }
            lines += 1
            walk(document.root, base: position)
        }
        if lines > 1 { PersonalDataInspector.inspectLines(view, at: spot, in: inspection) }
        return lines > 1
    }

    // MARK: Keys

    private func walk(_ root: JSONValue, base: Int = 0) {
        var queue: [(value: JSONValue, path: String)] = [(root, "")]
        while let (value, path) = queue.popLast() {
            guard !inspection.isExpired else { return }
            if value.isObject {
                var seen: Set<String> = []
                var count = 0
                value.forEachMember { key, child in
                    count += 1
                    if Self.unique.contains(key), !seen.insert(key).inserted {
                        inspection.report(
                            Rules.configMalformed, at: spot.element(path + "/" + key, offset: base + child.offset),
                            "the key '\(key)' appears twice", subject: path)
                    }
                    check(key, child, path: path, base: base)
                    if child.isObject || child.isArray { queue.append((child, path + "/" + key)) }
                    return count & 1023 != 0 || !inspection.isExpired
                }
            } else {
                for child in value.elements {
                    if child.isString(beginningWith: "$"), let text = child.string {
                        ConfigTarget.checkExpression(
                            text, at: spot.element(path, offset: base + child.offset), in: inspection)
                    } else if child.isObject || child.isArray {
                        queue.append((child, path))
                    }
                }
            }
        }
    }

    private static let unique: Set<String> = ["auto_map", "_target_", "chat_template"]
    private static let keys: Set<String> = [
        "auto_map", "custom_pipelines", "trust_remote_code", "base_model_name_or_path", "base_model_name_or_path_hash",
        "_target_", "__target__", "_cls_", "_partial_target_", "loader_module", "weight_map", "attn_implementation",
        "_attn_implementation", "parent_library",
    ]

    /// Whether any rule is about the key or about a value like this one.
    private func isInteresting(_ key: String, _ value: JSONValue) -> Bool {
        Self.keys.contains(key) || ConfigTarget.possibleKeys.contains(key) || value.isString(beginningWith: "$")
            || key.contains(ascii: "template") || key.hasSuffix("_file") || key.hasSuffix("_path")
    }

    private func check(_ key: String, _ value: JSONValue, path parent: String, base: Int) {
        guard isInteresting(key, value) else { return }
        let path = parent + "/" + key
        let place = spot.element(path, offset: base + value.offset)
        switch key {
        case "auto_map": autoMap(value, place)
        case "custom_pipelines": autoMap(value, place)
        case "trust_remote_code":
            if value.boolean == true {
                inspection.report(Rules.huggingFaceTrust, at: place, "trust_remote_code is true", subject: path)
            }
        case "base_model_name_or_path", "base_model_name_or_path_hash": adapter(value, place)
        case "_target_", "__target__", "_cls_", "_partial_target_":
            if let target = value.string { ConfigTarget.check(target, at: place, in: inspection) }
        case "attn_implementation", "_attn_implementation":
            // Transformers loads compiled kernels from a repository of this name.
            if let name = value.string, name.contains("/") {
                inspection.report(
                    Rules.huggingFaceRemote, at: place,
                    "attention code from '\(PrintableText.quoting(name, limit: 120))'",
                    subject: name)
            }
        case "parent_library":
            if let module = value.string { PipelineConfig.library(module, key, at: place, in: inspection) }
        case "loader_module":
            if let module = value.string { ConfigTarget.checkModule(module, at: place, in: inspection) }
        default:
            if key.contains(ascii: "template") { template(value, place) }
            if let text = value.string {
                if ConfigTarget.possibleKeys.contains(key) {
                    ConfigTarget.checkPossible(text, at: place, in: inspection)
                }
                ConfigTarget.checkExpression(text, at: place, in: inspection)
            }
            if key == "weight_map" { for (_, file) in value.members { fileElsewhere(key, file, place) } }
            if key.hasSuffix("_file") || key.hasSuffix("_path") { fileElsewhere(key, value, place) }
        }
    }

    private func autoMap(_ value: JSONValue, _ place: Place) {
        var references: [String] = []
        func collect(_ value: JSONValue, depth: Int) {
            if let text = value.string { references.append(text) }
            guard depth < 4 else { return }
            for child in value.elements + value.members.map(\.value) { collect(child, depth: depth + 1) }
        }
        collect(value, depth: 0)
        let remote = references.filter { $0.contains("--") }
        if let first = remote.first {
            let more = remote.count > 1 ? " and \(remote.count - 1) more" : ""
            inspection.report(
                Rules.huggingFaceRemote, at: place, "code from '\(PrintableText.quoting(first))'\(more)", subject: first
            )
        }
        if let local = references.first(where: { !$0.contains("--") && $0.contains(".") }) {
            inspection.report(
                Rules.huggingFaceLocal, at: place, "code from '\(PrintableText.quoting(local))'", subject: "auto_map")
        }
    }

    private func adapter(_ value: JSONValue, _ place: Place) {
        guard let base = value.string, !base.isEmpty else { return }
        let reason = MemberPath.escape(Array(base.utf8)) ?? (base.contains("://") ? "a network address" : nil)
        guard let reason else { return }
        inspection.report(
            Rules.adapterBase, at: place, "the base model '\(PrintableText.quoting(base))' is \(reason)", subject: base)
    }

    /// Paths that climb out of the folder or name the machine's own secrets. An absolute path alone is what savers
    /// leave behind everywhere, and says nothing.
    private func fileElsewhere(_ key: String, _ value: JSONValue, _ place: Place) {
        if let path = value.string { Self.reportElsewhere(key, path, at: place, in: inspection) }
    }

    /// The same for a value of any format.
    static func reportElsewhere(_ key: String, _ path: String, at place: Place, in inspection: Inspection) {
        guard path.utf8.count < 4096 else { return }
        let secrets = ["/etc/", "/proc/", "/.ssh", "/.aws", "/.netrc", "/var/run/"]
        let climbs = !path.hasPrefix("/") && MemberPath.escape(Array(path.utf8)) != nil
        guard climbs || secrets.contains(where: { path.contains($0) }) else { return }
        inspection.report(
            Rules.configPath, at: place, "'\(PrintableText.quoting(key))' is '\(PrintableText.quoting(path))'",
            subject: key + path)
    }

    private func template(_ value: JSONValue, _ place: Place) {
        if let text = value.string { JinjaInspector.inspect(text, at: place, in: inspection) }
        for entry in value.elements {
            if let text = entry["template"]?.string { JinjaInspector.inspect(text, at: place, in: inspection) }
        }
    }
}
