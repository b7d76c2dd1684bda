internal import CordonCore
internal import CordonFormats

/// JSON that is part of a model or of its container, told apart by keys: skops, MXNet, XGBoost, CatBoost, TorchServe, Core ML packages,
/// zarr, OCI.
enum JSONModels {
    static func inspect(_ root: JSONValue, at spot: Spot, in inspection: Inspection) {
        guard root.isObject || root.isArray else { return }
        if root["__class__"] != nil, root["__module__"] != nil, root["__loader__"] != nil {
            skops(root, at: spot, in: inspection)
        }
        if root["nodes"]?.isArray == true, root["heads"] != nil || root["arg_nodes"] != nil {
            mxnet(root, at: spot, in: inspection)
        }
        if let learner = root["learner"], learner.isObject { xgboost(learner, at: spot, in: inspection) }
        if root["oblivious_trees"] != nil || root["trees"] != nil, root["features_info"] != nil {
            catboost(root, at: spot, in: inspection)
        }
        if let model = root["model"], model.isObject, model["handler"] != nil || model["serializedFile"] != nil {
            torchServe(model, at: spot, in: inspection)
        }
        if let items = root["itemInfoEntries"], items.isObject { coreMLPackage(root, items, at: spot, in: inspection) }
        if root["zarr_format"] != nil || root["kvstore"] != nil || root["driver"] != nil {
            zarr(root, at: spot, in: inspection)
        }
        if root["schemaVersion"] != nil, root["layers"] != nil || root["manifests"] != nil {
            oci(root, at: spot, in: inspection)
        }
        if root["rootfs"] != nil || root["config"]?["Entrypoint"] != nil || root["config"]?["Cmd"] != nil,
            let config = root["config"]
        {
            container(config, at: spot, in: inspection)
        }
        for entry in root.elements.prefix(64) where entry["Layers"] != nil {
            for layer in entry["Layers"]?.elements ?? [] { path(layer.string, "layer", at: spot, in: inspection) }
            path(entry["Config"]?.string, "Config", at: spot, in: inspection)
        }
        if let program = root["base_code"], program["magic"]?.string == "pir" { paddle(root, at: spot, in: inspection) }
    }

    private static func path(_ path: String?, _ key: String, at spot: Spot, in inspection: Inspection) {
        guard let path, let reason = MemberPath.escape(Array(path.utf8)) else { return }
        inspection.report(
            Rules.exoticOutside, at: spot.element(key), "'\(PrintableText.quoting(path))' is \(reason)", subject: path)
    }

    // MARK: skops

    /// skops.io (documentation, "Secure persistence with skops"; CVE-2025-54412, CVE-2025-54413).
    private static func skops(_ root: JSONValue, at spot: Spot, in inspection: Inspection) {
        var pending: [(value: JSONValue, depth: Int)] = [(root, 0)]
        var identifiers: Set<Int> = []
        var cached: [(Int, Int)] = []
        var count = 0
        while let (node, depth) = pending.popLast(), count < 1_000_000 {
            count += 1
            if node.isObject {
                if let id = node["__id__"]?.integer, node["__loader__"]?.string != "CachedNode" {
                    identifiers.insert(id)
                }
                if node["__loader__"]?.string == "CachedNode", let id = node["__id__"]?.integer {
                    cached.append((id, node.offset))
                }
                if let type = node["__class__"]?.string, let module = node["__module__"]?.string {
                    skopsNode(node, module, type, at: spot, in: inspection)
                }
                if let file = node["file"]?.string {
                    if MemberPath.escape(Array(file.utf8)) != nil {
                        path(file, "file", at: spot, in: inspection)
                    } else if !inspection.memberNames.isEmpty, !inspection.memberNames.contains(file) {
                        inspection.report(
                            Rules.exoticMalformed, at: spot.offset(node.offset),
                            "the member '\(PrintableText.quoting(file, limit: 100))' is not there",
                            subject: "member \(file)")
                    }
                }
            }
            guard depth < 150 else { continue }
            for child in node.elements { pending.append((child, depth + 1)) }
            node.forEachMember { _, child in
                if child.isObject || child.isArray { pending.append((child, depth + 1)) }
                return true
            }
        }
        for (id, offset) in cached where !identifiers.contains(id) {
            inspection.report(
                Rules.exoticMalformed, at: spot.offset(offset), "a node refers to node \(id), which is not there",
                subject: "cached \(id)")
        }
    }

    private static func skopsNode(
        _ node: JSONValue, _ module: String, _ type: String, at spot: Spot, in inspection: Inspection
    ) {
        let loader = node["__loader__"]?.string ?? ""
        let name = "\(module).\(type)"
        let shown = PrintableText.quoting(name, limit: 100)
        let place = spot.element(loader, offset: node.offset)
        let mixed = loader == "OperatorFuncNode" && !["operator", "_operator"].contains(module)
        if mixed {
            return inspection.report(
                Rules.exoticCode, at: place, "an operator of '\(shown)', which is not the operator module",
                subject: name, severity: .critical)
        }
        if loader == "OperatorFuncNode", !["itemgetter", "attrgetter", "methodcaller"].contains(type) {
            return inspection.report(
                Rules.exoticCode, at: place, "operator.\(PrintableText.quoting(type, limit: 60)) is called",
                subject: name)
        }
        if loader == "MethodNode", let inner = node["content"]?["obj"] {
            let isOther =
                inner["__class__"]?.string.map { $0 != type } ?? false
                || inner["__module__"]?.string.map { $0 != module } ?? false
            let method = node["content"]?["func"]?.string ?? ""
            if isOther || method.hasPrefix("__") {
                return inspection.report(
                    Rules.exoticCode, at: place,
                    "a method '\(PrintableText.quoting(method, limit: 60))' of another object than is stated",
                    subject: name, severity: .critical)
            }
        }
        if loader == "RandomGeneratorNode" {
            var texts: [String] = []
            func collect(_ value: JSONValue, _ depth: Int) {
                if let text = value.string { texts.append(text) }
                guard depth < 8 else { return }
                for child in value.elements + value.members.map(\.value) { collect(child, depth + 1) }
            }
            if let content = node["content"]?["bit_generator"] { collect(content, 0) }
            let generator = node["content"]?["bit_generator"]?["content"]?["bit_generator"]?["content"]?.string?.filter
            { $0 != "\"" }
            if let generator, !["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"].contains(generator) {
                inspection.report(
                    Rules.exoticCode, at: place,
                    "numpy.random.\(PrintableText.quoting(generator, limit: 60)) is called", subject: generator)
            }
        }
        if !loader.isEmpty, !skopsLoaders.contains(loader), !loader.hasSuffix("Node") {
            inspection.report(
                Rules.exoticMalformed, at: place,
                "the loader '\(PrintableText.quoting(loader, limit: 60))' is not known", subject: loader)
        }
        if PickleDangers.reason(module: module, name: type) != nil {
            return inspection.report(
                Rules.exoticCode, at: place, "'\(shown)' is imported and used", subject: name, severity: .critical)
        }
        guard PickleAllowList.shared.uses(module: module, name: type).isEmpty, !isLibrary(module) else { return }
        inspection.report(
            Rules.exoticCode, at: place, "'\(shown)' is imported", subject: name, severity: .medium, confidence: .medium
        )
    }

    private static func isLibrary(_ module: String) -> Bool {
        [
            "sklearn", "numpy", "scipy", "builtins", "collections", "xgboost", "lightgbm", "catboost",
            "quantile_forest", "functools", "operator", "pandas", "imblearn", "joblib", "sklego", "category_encoders",
            "feature_engine", "skops", "datetime",
        ].contains(module.split(separator: ".").first.map(String.init) ?? "")
    }

    private static let skopsLoaders: Set<String> = ["CachedNode"]

    // MARK: MXNet, trees

    private static func mxnet(_ root: JSONValue, at spot: Spot, in inspection: Inspection) {
        let nodes = root["nodes"]?.elements ?? []
        for (index, node) in nodes.enumerated() {
            let op = node["op"]?.string ?? ""
            let attributes = node["attrs"] ?? node["attr"] ?? node["param"]
            let place = spot.element(node["name"]?.string ?? "node \(index)")
            if op == "Custom" || op.hasPrefix("_Custom") {
                inspection.report(
                    Rules.exoticCode, at: place,
                    "a custom operator '\(PrintableText.quoting(attributes?["op_type"]?.string ?? "", limit: 60))' is Python of the program's own",
                    subject: "Custom \(index)", severity: .medium)
            } else if op == "_Native" || op == "_NDArray" || op == "TVMBridge" || op == "_FusedOp" {
                inspection.report(
                    Rules.exoticCode, at: place,
                    "the operator '\(PrintableText.quoting(op, limit: 40))' takes an address in memory or code",
                    subject: "\(op) \(index)", severity: .critical)
            }
            attributes?.forEachMember { key, value in
                guard let text = value.string else { return true }
                if ["library", "lib", "path", "file", "filename", "lib_path"].contains(key) || text.hasSuffix(".so")
                    || text.hasSuffix(".dll")
                {
                    inspection.report(
                        Rules.exoticOutside, at: place,
                        "'\(PrintableText.quoting(key, limit: 40))' names '\(PrintableText.quoting(text))'",
                        subject: text)
                }
                return true
            }
            for input in node["inputs"]?.elements ?? [] {
                if let source = input.elements.first?.integer, source >= index || source < 0 {
                    inspection.report(
                        Rules.exoticMalformed, at: place, "node \(index) takes node \(source)",
                        subject: "input \(index)")
                }
            }
        }
        for list in [root["arg_nodes"], root["heads"]] {
            for entry in list?.elements ?? [] {
                if let index = entry.integer ?? entry.elements.first?.integer, index < 0 || index >= nodes.count {
                    inspection.report(
                        Rules.exoticMalformed, at: spot.offset(entry.offset), "node \(index) of \(nodes.count)",
                        subject: "node \(index)")
                }
            }
        }
        root["attrs"]?.forEachMember { key, value in
            if key.contains("lib") || (value.string ?? "").hasSuffix(".so") {
                inspection.report(
                    Rules.exoticOutside, at: spot.element(key),
                    "a library '\(PrintableText.quoting(value.string ?? ""))' is named", subject: key)
            }
            return true
        }
    }

    private static func xgboost(_ learner: JSONValue, at spot: Spot, in inspection: Inspection) {
        let model = learner["gradient_booster"]?["model"] ?? learner["gradient_booster"]?["gbtree"]?["model"]
        let trees = model?["trees"]?.elements ?? []
        func lie(_ text: String, _ subject: String) {
            inspection.report(Rules.exoticMalformed, at: spot.element("learner"), text, subject: subject)
        }
        if let stated = model?["gbtree_model_param"]?["num_trees"]?.string.flatMap({ Int($0) }), stated != trees.count {
            lie("\(trees.count) trees where \(stated) are stated", "trees")
        }
        let features = learner["learner_model_param"]?["num_feature"]?.string.flatMap { Int($0) }
        if let info = model?["tree_info"]?.elements, info.count != trees.count {
            lie("\(info.count) entries for \(trees.count) trees", "tree_info")
        }
        for (index, tree) in trees.enumerated() {
            let left = tree["left_children"]?.elements.map { $0.integer ?? -2 } ?? [],
                right = tree["right_children"]?.elements.map { $0.integer ?? -2 } ?? []
            let splits = tree["split_indices"]?.elements.map { $0.integer ?? -1 } ?? []
            let stated = tree["tree_param"]?["num_nodes"]?.string.flatMap { Int($0) } ?? left.count
            if let problem = XGBoostTree.problem(
                left: left, right: right, splits: splits, stated: stated, features: features)
            {
                lie("tree \(index): \(problem)", "tree \(index)")
            }
        }
    }

    private static func catboost(_ root: JSONValue, at spot: Spot, in inspection: Inspection) {
        let features = root["features_info"]?["float_features"]?.elements.count ?? 0
        for (index, tree) in (root["oblivious_trees"]?.elements ?? []).enumerated() {
            let splits = tree["splits"]?.elements ?? []
            let leaves = tree["leaf_values"]?.elements.count ?? 0
            if splits.count > 20 || leaves > 0 && leaves % (1 << min(20, splits.count)) != 0 {
                inspection.report(
                    Rules.exoticMalformed, at: spot.element("tree \(index)"),
                    "\(leaves) leaf values for \(splits.count) splits", subject: "leaves \(index)")
            }
            for split in splits {
                if let feature = split["float_feature_index"]?.integer, feature < 0 || feature >= max(1, features) {
                    inspection.report(
                        Rules.exoticMalformed, at: spot.element("tree \(index)"), "feature \(feature) of \(features)",
                        subject: "feature \(index)")
                }
            }
        }
    }

    // MARK: Containers

    private static func torchServe(_ model: JSONValue, at spot: Spot, in inspection: Inspection) {
        let builtIn = [
            "image_classifier", "text_classifier", "object_detector", "image_segmenter", "text_handler", "base_handler",
            "vision_handler",
        ]
        for key in ["handler", "modelFile", "serializedFile", "requirementsFile", "configFile", "extraFiles"] {
            guard let value = model[key]?.string, !value.isEmpty else { continue }
            let file = value.split(separator: ":").first.map(String.init) ?? value
            if MemberPath.escape(Array(file.utf8)) != nil || value.contains("://") {
                inspection.report(
                    Rules.exoticOutside, at: spot.element(key),
                    "'\(PrintableText.quoting(value))' is outside of the archive", subject: value)
            } else if key == "handler", !builtIn.contains(value) {
                inspection.report(
                    Rules.exoticCode, at: spot.element(key), "the server runs '\(PrintableText.quoting(value))'",
                    subject: value, severity: .low)
            }
        }
    }

    private static func coreMLPackage(_ root: JSONValue, _ items: JSONValue, at spot: Spot, in inspection: Inspection) {
        for (_, item) in items.members { path(item["path"]?.string, "path", at: spot, in: inspection) }
        if let identifier = root["rootModelIdentifier"]?.string, items[identifier] == nil {
            inspection.report(
                Rules.exoticMalformed, at: spot.element("rootModelIdentifier"), "the root model is not among the items",
                subject: "root")
        }
    }

    private static func zarr(_ root: JSONValue, at spot: Spot, in inspection: Inspection) {
        var codecs = (root["filters"]?.elements ?? []) + (root["codecs"]?.elements ?? [])
        if let compressor = root["compressor"] { codecs.append(compressor) }
        for codec in codecs {
            let name = codec["id"]?.string ?? codec["name"]?.string ?? ""
            if name.contains("pickle") {
                inspection.report(
                    Rules.exoticCode, at: spot.element("codec"),
                    "chunks are unpickled by the codec '\(PrintableText.quoting(name, limit: 40))'", subject: name)
            }
        }
        if root["dtype"]?.string == "|O",
            !codecs.contains(where: {
                ["vlen-utf8", "json2", "vlen-bytes", "vlen-array", "msgpack2"].contains($0["id"]?.string ?? "")
            })
        {
            inspection.report(
                Rules.exoticCode, at: spot.element("dtype"), "an array of Python objects", subject: "dtype",
                severity: .medium)
        }
        for store in [root["kvstore"], root["base"], root["kvstore"]?["base"]] {
            guard let store else { continue }
            let driver = store["driver"]?.string ?? "",
                target = store["path"]?.string ?? store["base_url"]?.string ?? store.string ?? ""
            let isOutside =
                ["http", "gcs", "s3", "https"].contains(driver) || target.contains("://")
                || MemberPath.escape(Array(target.utf8)) != nil
            if isOutside {
                inspection.report(
                    Rules.exoticOutside, at: spot.element("kvstore"),
                    "the array lies at '\(PrintableText.quoting(driver + " " + target))'", subject: target)
            }
        }
        if let shape = root["shape"]?.elements.map({ $0.integer ?? -1 }),
            let chunks = root["chunks"]?.elements.map({ $0.integer ?? -1 })
        {
            let total = shape.reduce(1.0) { $0 * Double($1) }, chunk = chunks.reduce(1.0) { $0 * Double($1) }
            if shape.count != chunks.count || shape.contains(where: { $0 < 0 }) || chunks.contains(where: { $0 <= 0 })
                || total > 1e13 || chunk > 1e10
            {
                inspection.report(
                    Rules.exoticMalformed, at: spot.element("shape"),
                    "a shape of \(shape.count) extents and chunks of \(chunks.count) do not fit", subject: "shape")
            }
        }
    }

    private static func oci(_ root: JSONValue, at spot: Spot, in inspection: Inspection) {
        let parts =
            (root["layers"]?.elements ?? []) + (root["manifests"]?.elements ?? [])
            + [root["config"], root["subject"]].compactMap { $0 }
        for part in parts {
            let digest = part["digest"]?.string ?? ""
            let hex = digest.split(separator: ":").dropFirst().first ?? ""
            if !digest.isEmpty,
                digest.contains("/") || digest.contains("..") || !hex.allSatisfy(\.isHexDigit)
                    || ![64, 96, 128].contains(hex.count)
            {
                inspection.report(
                    Rules.exoticMalformed, at: spot.element("digest"),
                    "'\(PrintableText.quoting(digest))' is no digest", subject: digest, severity: .high)
            }
            if let address = part["urls"]?.elements.first?.string {
                inspection.report(
                    Rules.exoticOutside, at: spot.element("urls"),
                    "a layer is fetched from '\(PrintableText.quoting(address))'", subject: address, severity: .medium)
            }
            if let size = part["size"]?.integer, size < 0 {
                inspection.report(Rules.exoticMalformed, at: spot.element("size"), "a size of \(size)", subject: "size")
            }
        }
        root["annotations"]?.forEachMember { key, value in
            if key.hasSuffix("image.title") { path(value.string, "annotation", at: spot, in: inspection) }
            return true
        }
        for part in parts {
            if let title = part["annotations"]?["org.opencontainers.image.title"]?.string {
                path(title, "title", at: spot, in: inspection)
            }
        }
    }

    /// What a container runs, by the image's configuration.
    private static func container(_ config: JSONValue, at spot: Spot, in inspection: Inspection) {
        let commands =
            ["Entrypoint", "Cmd", "OnBuild"].flatMap { key in
                [config[key]?.elements.compactMap(\.string).joined(separator: " ") ?? ""]
            } + [config["Healthcheck"]?["Test"]?.elements.compactMap(\.string).joined(separator: " ") ?? ""]
        for command in commands
        where ShellCommand.fetchesAndRuns(command) || ShellCommand.decodesAndRuns(command)
            || ShellCommand.handsOverShell(command)
        {
            inspection.report(
                Rules.exoticCode, at: spot.element("config"), "the image runs '\(PrintableText.quoting(command))'",
                subject: command)
        }
        for entry in config["Env"]?.elements.compactMap(\.string) ?? []
        where entry.hasPrefix("LD_PRELOAD=") || entry.hasPrefix("PYTHONSTARTUP=")
            || entry.hasPrefix("LD_LIBRARY_PATH=/tmp")
        {
            inspection.report(
                Rules.exoticCode, at: spot.element("Env"),
                "'\(PrintableText.quoting(entry))' loads code into every program", subject: entry)
        }
    }

    private static func paddle(_ root: JSONValue, at spot: Spot, in inspection: Inspection) {
        let text = String(decoding: root.source, as: UTF8.self)
        if text.contains("py_func") || text.contains("py_layer") {
            inspection.report(
                Rules.exoticCode, at: spot.element("program"), "the program calls Python functions", subject: "py_func")
        }
    }
}

/// Whether the arrays of one of XGBoost's trees are a tree.
enum XGBoostTree {
    static func problem(left: [Int], right: [Int], splits: [Int], stated: Int, features: Int?) -> String? {
        guard left.count == right.count, left.count == stated else {
            return "\(left.count) and \(right.count) children of \(stated) nodes"
        }
        for (node, children) in zip(left, right).enumerated() {
            for child in [children.0, children.1] where child < -1 || child >= stated || child >= 0 && child <= node {
                return "node \(node) has the child \(child) of \(stated)"
            }
            if let features, features > 0, children.0 >= 0, node < splits.count, splits[node] >= features {
                return "node \(node) splits feature \(splits[node]) of \(features)"
            }
        }
        return splits.count == stated ? nil : "\(splits.count) splits of \(stated) nodes"
    }
}
