internal import CordonCore
internal import CordonFormats

/// Models that are several files: what one of them says about the others.
///
/// Triton's repositories, MLflow's folders, Core ML's packages, OpenVINO's pairs, OCI layouts.
struct ModelFolders {
    private let files: [String: FoundFile]
    private let access: FolderAccess
    private(set) var findings: [Finding] = []

    /// Most bytes of a file that is read here.
    private static let limit = 64 << 20

    /// - Parameter files: those below one root.
    init(_ files: [FoundFile], access: FolderAccess) {
        var named: [String: FoundFile] = [:]
        for file in files { if let text = String(validating: file.relative, as: UTF8.self) { named[text] = file } }
        self.files = named
        self.access = access
    }

    /// Looks at every folder that has a file of such a model. O(files + bytes of those).
    mutating func run() {
        for path in files.keys.sorted() {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            let folder = path.dropLast(name.count).description
            switch name {
            case "config.pbtxt": triton(path, folder)
            case "MLmodel": mlflow(path, folder)
            case "Manifest.json" where folder.hasSuffix(".mlpackage/"): coreML(path, folder)
            case "index.json" where files[folder + "oci-layout"] != nil: oci(path, folder)
            default: if name.hasSuffix(".xml"), files[String(path.dropLast(4)) + ".bin"] != nil { openVINO(path) }
            }
        }
    }

    private mutating func report(
        _ rule: Rule, _ path: String, _ message: String, _ subject: String, severity: Severity? = nil, line: Int? = nil,
        confidence: Confidence = .high
    ) {
        guard let file = files[path] else { return }
        findings.append(
            Finding(
                ruleID: rule.id, severity: severity ?? rule.severity, confidence: confidence, path: file.path,
                place: Place(line: line), message: message, subject: PrintableText.quoting(subject, limit: 160)))
    }

    private func content(_ path: String, limit: Int = Self.limit) -> [UInt8]? {
        files[path].flatMap { access.contents($0.relative, limit: limit) }
    }

    private func size(_ path: String) -> Int? { files[path].flatMap { access.size($0.relative) } }

    /// Python that a server imports.
    private mutating func code(_ path: String, _ who: String) {
        guard let bytes = content(path, limit: 4 << 20) else { return }
        let source = bytes.withUnsafeBytes { PythonSource.read($0.bytes) }
        for danger in ModelCode.dangers(source) {
            report(
                Rules.exoticCode, path,
                "\(who) runs this code, which calls \(PrintableText.quoting(danger.name, limit: 80))",
                "\(danger.name) \(danger.line)", severity: .medium, line: danger.line, confidence: .medium)
        }
    }

    // MARK: Triton, MLflow

    /// NVIDIA Triton, "Model Repository" and "Backend": a Python backend runs `model.py`; a backend's library is looked for beside the model.
    private mutating func triton(_ path: String, _ folder: String) {
        guard let bytes = content(path, limit: 1 << 20) else { return }
        let fields = TextModels.fields(String(decoding: bytes, as: UTF8.self))
        let backend = fields.first { $0.path == ["backend"] }?.value
        for other in files.keys.sorted() where other.hasPrefix(folder) {
            let name = other.split(separator: "/").last.map(String.init) ?? other
            if name.hasPrefix("libtriton_"), name.hasSuffix(".so") {
                report(Rules.exoticNative, other, "the server loads this library as the model's backend", name)
            } else if backend == "python", name == "model.py" {
                code(other, "the server")
            }
        }
    }

    /// MLflow, "Models From Code": the file is run when the model is loaded.
    private mutating func mlflow(_ path: String, _ folder: String) {
        guard let bytes = content(path, limit: 1 << 20) else { return }
        let reader = bytes.withUnsafeBytes { YAMLReader.read($0.bytes) }
        for scalar in reader.scalars
        where ["model_path", "model_data", "data", "code", "uri"].contains(scalar.path.last) {
            guard MemberPath.escape(Array(scalar.value.utf8)) != nil else { continue }
            report(
                Rules.exoticOutside, path,
                "'\(PrintableText.quoting(scalar.value, limit: 100))' is loaded, which lies elsewhere",
                scalar.value, severity: .medium, line: scalar.line)
        }
        for scalar in reader.scalars where scalar.path.last == "model_code_path" {
            let other = folder + scalar.value
            if files[other] != nil { code(other, "MLflow") }
        }
    }

    // MARK: Core ML

    private mutating func coreML(_ path: String, _ folder: String) {
        guard let bytes = content(path, limit: 1 << 20),
            let document = try? JSONDocument.parse(ByteView(copying: bytes))
        else {
            return
        }
        for (_, item) in document.root["itemInfoEntries"]?.members ?? [] {
            guard let name = item["path"]?.string, MemberPath.escape(Array(name.utf8)) == nil else { continue }
            let full = folder + "Data/" + name
            if files[full] == nil, !files.keys.contains(where: { $0.hasPrefix(full + "/") }) {
                report(
                    Rules.exoticMalformed, path, "'\(PrintableText.quoting(name, limit: 100))' is not there",
                    "item \(name)")
            }
        }
        for other in files.keys.sorted() where other.hasPrefix(folder) && other.hasSuffix(".mlmodel") {
            guard let model = content(other) else { continue }
            let parent = other.split(separator: "/").dropLast().joined(separator: "/") + "/"
            for (name, offset) in ProtobufModels.weightFiles(ByteView(copying: model)) {
                guard name.hasPrefix("@model_path/") else { continue }
                let weights = parent + name.dropFirst("@model_path/".count)
                guard files[weights] != nil else {
                    report(
                        Rules.exoticMalformed, other,
                        "weights '\(PrintableText.quoting(name, limit: 100))' are not there", name)
                    continue
                }
                guard let size = size(weights), offset >= UInt64(size) else { continue }
                report(
                    Rules.exoticMalformed, other, "weights begin at \(offset) of \(size) bytes", "offset \(offset)")
            }
        }
    }

    // MARK: OpenVINO

    /// Constants lie at an offset of the `.bin` file of the same name.
    private mutating func openVINO(_ path: String) {
        guard let bytes = content(path), let weights = size(String(path.dropLast(4)) + ".bin") else { return }
        guard bytes.withUnsafeBytes({ $0.bytes.contains("<net ") && $0.bytes.contains("<layers") }),
            let root = try? XMLElement.parse(bytes)
        else { return }
        var pending = [root]
        while let element = pending.popLast() {
            pending += element.children
            guard element.name == "data", let first = element.attributes["offset"],
                let count = element.attributes["size"]
            else {
                continue
            }
            // What is no number that fits is as wrong as one that is too large.
            let offset = Int(first) ?? .max, size = Int(count) ?? .max
            let (end, overflow) = offset.addingReportingOverflow(size)
            if overflow || offset < 0 || size < 0 || end > weights {
                report(
                    Rules.exoticMalformed, path, "a constant of \(size) bytes at \(offset) of \(weights)",
                    "constant \(offset)", line: element.line)
                return
            }
        }
    }

    // MARK: OCI

    /// OCI image layout 1.1: blobs by digest, with the sizes that their descriptors state.
    private mutating func oci(_ path: String, _ folder: String) {
        var pending = [path]
        var seen: Set<String> = []
        while let current = pending.popLast(), seen.insert(current).inserted, seen.count < 1000 {
            guard let bytes = content(current, limit: 4 << 20),
                let document = try? JSONDocument.parse(ByteView(copying: bytes))
            else { continue }
            let root = document.root
            let inner = root["manifests"]?.elements ?? []
            for descriptor in inner + (root["layers"]?.elements ?? []) + (root["config"].map { [$0] } ?? []) {
                guard let digest = descriptor["digest"]?.string, digest.hasPrefix("sha256:"),
                    digest.utf8.dropFirst(7).allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
                else { continue }
                let blob = folder + "blobs/sha256/" + digest.dropFirst(7)
                guard files[blob] != nil else {
                    if descriptor["urls"] == nil {
                        report(Rules.exoticMalformed, current, "the blob \(digest.prefix(19))… is not there", digest)
                    }
                    continue
                }
                describe(descriptor, blob, current)
                if inner.contains(where: { $0["digest"]?.string == digest }) { pending.append(blob) }
            }
        }
    }

    private mutating func describe(_ descriptor: JSONValue, _ blob: String, _ from: String) {
        guard let real = size(blob), let file = files[blob], let head = access.head(file.relative, count: 4096) else {
            return
        }
        if let size = descriptor["size"]?.integer, size != real {
            report(Rules.exoticMalformed, from, "a blob of \(real) bytes where \(size) are stated", "size \(blob)")
        }
        let type = descriptor["mediaType"]?.string ?? ""
        let isWeights = ["model", "weight", "gguf", "safetensors"].contains { type.contains($0) }
        let view = ByteView(copying: head)
        if isWeights, Sniffer.format(of: view) == .executable {
            report(
                Rules.fileExecutable, blob,
                "a native program that the manifest calls '\(PrintableText.quoting(type, limit: 80))'", blob,
                severity: .high)
        }
    }
}
