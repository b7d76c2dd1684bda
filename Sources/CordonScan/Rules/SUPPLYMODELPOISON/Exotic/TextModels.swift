internal import CordonCore
internal import CordonFormats

/// Models and their settings as text: LightGBM, NCNN, text forms of protocol buffers (Caffe, Triton), Ollama's and MLflow's files, DVC.
enum TextModels {
    private enum Kind { case lightGBM, ncnn, message, modelfile, pipeline, project, pointer }

    private static func kind(_ view: ByteView, _ name: AssetPath) -> Kind? {
        let lower = name.display.lowercased()
        switch name.pathExtension {
        case "prototxt", "pbtxt": return .message
        case "dvc": return .pointer
        case "modelfile": return .modelfile
        default: break
        }
        switch lower {
        case "modelfile": return .modelfile
        case "dvc.yaml", "dvc.lock": return .pipeline
        case "mlproject": return .project
        default: break
        }
        if lower.hasPrefix("modelfile.") { return .modelfile }
        return view.withSpan { bytes in
            if bytes.hasBytes("tree\n"), bytes.contains("version=v") { return .lightGBM }
            return bytes.hasBytes("7767517") ? .ncnn : nil
        }
    }

    static func matches(_ view: ByteView, _ name: AssetPath) -> Bool { kind(view, name) != nil }

    static func inspect(_ view: ByteView, _ name: AssetPath, at spot: Spot, in inspection: Inspection) {
        let text = view.withSpan { bytes in
            bytes.copy(at: 0, count: min(bytes.byteCount, 32 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        switch kind(view, name) {
        case .lightGBM: lightGBM(text, at: spot, in: inspection)
        case .ncnn: ncnn(text, at: spot, in: inspection)
        case .message: message(text, at: spot, in: inspection)
        case .modelfile: modelfile(text, at: spot, in: inspection)
        case .pipeline, .project: commands(text, at: spot, in: inspection)
        case .pointer: pointer(text, at: spot, in: inspection)
        case nil: break
        }
        if view.count > 32 << 20 { inspection.skipped("\(spot.prefix)text beyond 32 MiB") }
    }

    /// Lines that are told apart; models have fewer.
    private static let mostLines = 500_000

    private static func malformed(_ what: String, _ text: String, line: Int, at spot: Spot, in inspection: Inspection) {
        inspection.report(Rules.exoticMalformed, at: spot.line(line), "\(what): \(text)", subject: "\(what) \(line)")
    }

    // MARK: Trees and layers

    /// LightGBM's text form (`GBDT::SaveModelToString`): sizes of trees in bytes, and arrays that have to fit each other.
    private static func lightGBM(_ text: String, at spot: Spot, in inspection: Inspection) {
        var sizes: [Int]?
        var features: Int?
        var tree: [String: Substring] = [:]
        var treeLine = 0, treeStart = 0, offset = 0
        var starts: [Int] = []
        var end: Int?
        func close() {
            guard treeLine > 0 else { return }
            if let problem = problem(tree, features) {
                malformed(
                    "LightGBM model", "the tree at line \(treeLine) \(problem)", line: treeLine, at: spot,
                    in: inspection)
            }
            (tree, treeLine) = ([:], 0)
        }
        for (index, line) in text.split(separator: "\n", maxSplits: mostLines, omittingEmptySubsequences: false)
            .enumerated()
        {
            let parts = line.split(separator: "=", maxSplits: 1)
            let key = parts.first.map(String.init) ?? "", value = parts.count == 2 ? parts[1] : ""
            switch key {
            case "Tree":
                close()
                (treeLine, treeStart) = (index + 1, offset)
                starts.append(treeStart)
            case "end of trees":
                close()
                end = offset
            case "tree_sizes": sizes = numbers(value)
            case "max_feature_idx": features = Int(value).map { $0 &+ 1 }
            default: if treeLine > 0 { tree[key] = value }
            }
            offset += line.utf8.count + 1
        }
        close()
        guard let sizes else { return }
        let real = zip(starts, starts.dropFirst() + [end ?? offset]).map { $1 - $0 }
        if sizes != real, !text.utf8.contains(0x0D) {
            malformed("LightGBM model", "tree_sizes do not fit the trees", line: 1, at: spot, in: inspection)
        }
    }

    private static func numbers(_ text: Substring?) -> [Int] {
        (text ?? "").split(separator: " ").prefix(1_000_000).map { Int($0) ?? .min }
    }

    private static func problem(_ tree: [String: Substring], _ features: Int?) -> String? {
        guard let leaves = tree["num_leaves"].flatMap({ Int($0) }), leaves >= 1, leaves < 1 << 30 else {
            return "has no number of leaves"
        }
        let values = (tree["leaf_value"] ?? "").split(separator: " ").count
        if values != leaves { return "has \(values) values for \(leaves) leaves" }
        let splits = numbers(tree["split_feature"])
        if splits.count != leaves - 1 { return "has \(splits.count) splits for \(leaves) leaves" }
        for side in ["left_child", "right_child"] {
            let children = numbers(tree[side])
            if children.count != leaves - 1 { return "has \(children.count) children for \(leaves) leaves" }
            if let wrong = children.first(where: { $0 >= leaves - 1 || $0 < -leaves }) { return "has a child \(wrong)" }
        }
        if let features, let wrong = splits.first(where: { $0 < 0 || $0 >= features }) {
            return "splits on feature \(wrong) of \(features)"
        }
        return nil
    }

    /// NCNN's text form: a magic, the numbers of layers and blobs, a line a layer.
    private static func ncnn(_ text: String, at spot: Spot, in inspection: Inspection) {
        let lines = text.split(separator: "\n", maxSplits: 100_000).map { $0.split(separator: " ", maxSplits: 8) }
        guard lines.count > 1, let layers = lines[1].first.flatMap({ Int($0) }) else {
            return malformed("NCNN model", "the number of layers is missing", line: 2, at: spot, in: inspection)
        }
        if layers != lines.count - 2 {
            malformed(
                "NCNN model", "\(lines.count - 2) layers where \(layers) are stated", line: 2, at: spot, in: inspection)
        }
    }

    // MARK: Messages as text

    /// The text form of protocol buffers: fields with the path of their messages.
    static func fields(_ text: String) -> [(path: [String], value: String, line: Int)] {
        var result: [(path: [String], value: String, line: Int)] = []
        var path: [String] = []
        var name = ""
        var line = 1
        var index = text.utf8.startIndex
        let bytes = text.utf8
        while index < bytes.endIndex, result.count < 20_000 {
            let byte = bytes[index]
            switch byte {
            case 0x0A:
                line += 1
                index = bytes.index(after: index)
            case UInt8(ascii: "#"):
                while index < bytes.endIndex, bytes[index] != 0x0A { index = bytes.index(after: index) }
            case UInt8(ascii: "{"), UInt8(ascii: "<"):
                if path.count < 20 { path.append(name) }
                name = ""
                index = bytes.index(after: index)
            case UInt8(ascii: "}"), UInt8(ascii: ">"):
                if !path.isEmpty { path.removeLast() }
                index = bytes.index(after: index)
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                var content: [UInt8] = []
                index = bytes.index(after: index)
                while index < bytes.endIndex, bytes[index] != byte {
                    if bytes[index] == 0x0A { line += 1 }
                    if bytes[index] == UInt8(ascii: "\\"), bytes.index(after: index) < bytes.endIndex {
                        index = bytes.index(after: index)
                    }
                    if content.count < 4096 { content.append(bytes[index]) }
                    index = bytes.index(after: index)
                }
                if index < bytes.endIndex { index = bytes.index(after: index) }
                result.append((path + [name], String(decoding: content, as: UTF8.self), line))
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D, 0x2E:
                let start = index
                while index < bytes.endIndex, isWord(bytes[index]) { index = bytes.index(after: index) }
                name = String(text[start..<index])
            default: index = bytes.index(after: index)
            }
        }
        return result
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte | 0x20 & 0xDF) || (0x61...0x7A).contains(byte)
            || byte == 0x5F
            || byte == 0x2D || byte == 0x2E
    }

    private static func message(_ text: String, at spot: Spot, in inspection: Inspection) {
        let fields = fields(text)
        for field in fields {
            let parent = field.path.dropLast().last ?? ""
            let place = Place(
                member: spot.member, line: field.line,
                element: PrintableText.quoting(field.path.joined(separator: "."), limit: 120))
            switch (parent, field.path.last ?? "") {
            case ("python_param", "module"):
                inspection.report(
                    Rules.exoticCode, at: place,
                    "a Python layer: the module '\(PrintableText.quoting(field.value, limit: 80))' is imported",
                    subject: "module \(field.value)",
                    severity: PickleDangers.reason(module: field.value, name: "system") != nil ? .critical : .medium)
            case ("python_param", "param_str")
            where field.value.contains("__import__") || field.value.contains("!!python/"):
                inspection.report(
                    Rules.exoticCode, at: place, "code in the parameters of a Python layer",
                    subject: "param_str \(field.line)",
                    severity: .critical)
            case (_, "op_library_filename"), (_, "library"), (_, "lib_path"):
                inspection.report(
                    Rules.exoticCode, at: place, "the library '\(PrintableText.quoting(field.value))' is loaded",
                    subject: field.value)
            case (_, "string_value"):
                // Triton: the archive of a Python backend's environment, whose programs run.
                guard fields.contains(where: { $0.value == "EXECUTION_ENV_PATH" }), field.value.contains("/"),
                    !field.value.hasPrefix("$$TRITON_MODEL_DIRECTORY")
                else { continue }
                inspection.report(
                    Rules.exoticOutside, at: place,
                    "the environment comes from '\(PrintableText.quoting(field.value))'",
                    subject: field.value, severity: .medium)
            default: continue
            }
        }
    }

    // MARK: Settings

    /// Ollama's Modelfile: instructions at the beginning of lines.
    private static func modelfile(_ text: String, at spot: Spot, in inspection: Inspection) {
        for (index, line) in text.split(separator: "\n", maxSplits: mostLines, omittingEmptySubsequences: false)
            .enumerated()
        {
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let word = parts[0].uppercased(), value = parts[1].trimmingSpaces
            guard word == "FROM" || word == "ADAPTER" else {
                if word == "SYSTEM" || word == "MESSAGE", givesOrders(value) {
                    inspection.report(
                        Rules.exoticOutside, at: spot.line(index + 1),
                        "the model is told to act behind its user's back: '\(PrintableText.quoting(value, limit: 100))'",
                        subject: "\(word) \(index + 1)", severity: .medium, confidence: .medium)
                }
                continue
            }
            if value.contains("://") {
                inspection.report(
                    Rules.exoticOutside, at: spot.line(index + 1),
                    "\(word) takes '\(PrintableText.quoting(value))' from an address",
                    subject: value, severity: value.hasPrefix("https://") ? .low : .medium)
            } else if MemberPath.escape(Array(value.utf8)) != nil {
                inspection.report(
                    Rules.exoticOutside, at: spot.line(index + 1), "\(word) reads '\(PrintableText.quoting(value))'",
                    subject: value, severity: .medium)
            }
        }
    }

    /// Orders to hide something, or to send something away.
    private static func givesOrders(_ text: String) -> Bool {
        let lower = text.lowercased()
        let hides = [
            "ignore the user", "silently", "without telling", "do not tell", "don't tell", "never mention",
            "ignore previous", "ignore all previous",
        ]
        let acts = [
            "run ", "execute", "send", "secret", "password", "http://", "https://", "upload", "credential", "token",
        ]
        return hides.contains { lower.contains($0) } && acts.contains { lower.contains($0) }
    }

    /// `cmd:` and `command:` of DVC's stages and MLflow's projects, which a shell runs.
    private static func commands(_ text: String, at spot: Spot, in inspection: Inspection) {
        let reader = Array(text.utf8).withUnsafeBytes { YAMLReader.read($0.bytes) }
        for scalar in reader.scalars {
            guard scalar.path.contains(where: { $0 == "cmd" || $0 == "command" }) else { continue }
            let command = scalar.value
            guard
                ShellCommand.fetchesAndRuns(command) || ShellCommand.decodesAndRuns(command)
                    || ShellCommand.handsOverShell(command)
            else { continue }
            inspection.report(
                Rules.exoticCode, at: spot.line(scalar.line),
                "a stage runs what it fetches or decodes: '\(PrintableText.quoting(command))'",
                subject: command)
        }
    }

    /// Paths of a DVC pointer, which `dvc checkout` writes.
    private static func pointer(_ text: String, at spot: Spot, in inspection: Inspection) {
        let reader = Array(text.utf8).withUnsafeBytes { YAMLReader.read($0.bytes) }
        for scalar in reader.scalars where scalar.path.last == "path" && scalar.path.contains("outs") {
            guard let reason = MemberPath.escape(Array(scalar.value.utf8)) else { continue }
            inspection.report(
                Rules.exoticOutside, at: spot.line(scalar.line),
                "the output '\(PrintableText.quoting(scalar.value))' has \(reason)",
                subject: scalar.value)
        }
    }
}

extension StringProtocol {
    /// Without spaces and quotes at both ends.
    fileprivate var trimmingSpaces: String {
        func isOuter(_ character: Character) -> Bool {
            character == " " || character == "\t" || character == "\r" || character == "\""
        }
        var text = drop(while: isOuter)
        while let last = text.last, isOuter(last) { text = text.dropLast() }
        return String(text)
    }
}
