internal import CordonCore
internal import CordonFormats
internal import Synchronization

/// Held by whoever looks at a large text.
private let heavyLane = Mutex(())

extension Inspection {
    /// Inspects the file itself.
    func inspectFile(_ view: ByteView) {
        guard view.count > 0 else { return skipped("empty file") }
        let spot = Spot(name: path.name)
        let recognised = Sniffer.format(of: view)
        format = recognised
        ClaimedFormat.check(path.name, recognised, at: spot, in: self)
        inspect(view, as: recognised, at: spot)
        if recognised != .zip, recognised != .tar { ZipInspector.inspectAppended(view, at: spot, in: self) }
    }

    /// Inspects a member or embedded part.
    ///
    /// - Parameter quietly: do not report that the part's format is not inspected; for guesses about raw bytes.
    func inspectPart(_ view: ByteView, at spot: Spot, quietly: Bool = false) {
        guard view.count > 0, !isExpired, !isTooDeep(spot) else { return }
        let recognised = Sniffer.format(of: view)
        if quietly, recognised == nil || recognised?.notInspected != nil { return }
        if quietly, recognised == .pickle, !view.withSpan({ PickleSniffer.runs($0, from: 0, needsImport: false) }) {
            return
        }
        if recognised == .executable {
            report(
                Rules.fileNativeMember, at: spot.offset(0), "a native program or library", subject: spot.member ?? "")
        }
        if let name = spot.name { ClaimedFormat.check(name.name, recognised, at: spot, in: self) }
        inspect(view, as: recognised, at: spot)
    }

    /// Inspects bytes that no part of a format owns: as what they are, or by searching them for pickles.
    func inspectLeftover(_ view: ByteView, offset: Int, at spot: Spot) {
        let recognised = Sniffer.format(of: view)
        if let recognised, recognised.notInspected == nil {
            inspectPart(view, at: spot.inside("bytes@\(offset)"))
        } else {
            HiddenPickles.search(view, from: 0, at: spot.shifted(offset), in: self)
        }
    }

    /// A parsed notebook; `nil` for other JSON.
    private func notebook(_ view: ByteView) -> JSONDocument? {
        let mayBe = view.withSpan { $0.contains("\"nbformat\"") || $0.contains("\"cell_type\"") }
        return mayBe ? try? JSONDocument.parse(view) : nil
    }

    /// What people write into text: secrets, personal data, characters that deceive.
    private func inspectWords(_ view: ByteView, as format: FileFormat, at spot: Spot) {
        guard [.text, .python, .yaml, .json, .jinja, .textGraph].contains(format) else { return }
        let name = (spot.name ?? path).name
        let isProgram = format == .python || Self.programs.contains(name.pathExtension)
        if format == .text { inspectTail(view, at: spot) }
        SecretInspector.inspect(view, .init(spot: spot), allowsBare: !isProgram, in: self)
        if [".pgpass", "pgpass.conf"].contains(name.display) {
            SecretInspector.inspectPasswords(view, at: spot, in: self)
        }
        if name.pathExtension == "pth" { InstallHooks.inspectPath(view, at: spot, in: self) }
        switch format {
        case .python:
            if view.count < 4 << 20, ["py", "pyi", "pyw", ""].contains(name.pathExtension) {
                view.withSpan { span in
                    span.withUnsafeBytes { raw in
                        TextTricks.inspect(raw.bindMemory(to: UInt8.self), in: self) { spot.line($0) }
                    }
                }
            }
        case .text where XMLModels.matches(view): XMLModels.inspect(view, at: spot, in: self)
        case .text where spot.member != nil && ModelCode.isRequirements(name):
            ModelCode.inspectRequirements(view, at: spot, in: self)
        case .text where TextModels.matches(view, name): TextModels.inspect(view, name, at: spot, in: self)
        case .text where isProgram:
            skipped("\(spot.prefix)source code other than Python: looked at for secrets only")
        case .text:
            if ScriptInspector.matches(view, name) { ScriptInspector.inspect(view, at: spot, in: self) }
            let isTable =
                !Self.documents.contains(name.pathExtension)
                && PersonalDataInspector.inspectTable(view, name: name, at: spot, in: self)
            if !isTable { PersonalDataInspector.inspectDocument(view, at: Place(member: spot.member), in: self) }
        case .yaml where TextModels.matches(view, name): TextModels.inspect(view, name, at: spot, in: self)
        case .yaml where ScriptInspector.matches(view, name): ScriptInspector.inspect(view, at: spot, in: self)
        case .json where name.display == "pyproject.toml": ScriptInspector.inspect(view, at: spot, in: self)
        case .yaml where Self.configurations.contains(name.pathExtension):
            PersonalDataInspector.inspectText(
                view, at: Place(member: spot.member), countsLines: true,
                leavingOut: PersonalDataInspector.contacts, in: self)
        case .yaml:
            // A table or a letter may begin like YAML.
            if !PersonalDataInspector.inspectTable(view, name: name, at: spot, in: self) {
                PersonalDataInspector.inspectText(view, at: Place(member: spot.member), countsLines: true, in: self)
            }
        default: break
        }
    }

    /// Text ends at a zero byte; what stands behind it is something else.
    private func inspectTail(_ view: ByteView, at spot: Spot) {
        guard let zero = view.withSpan({ $0.firstIndex(of: 0, from: 0, to: $0.byteCount) }) else { return }
        NativeInspector.search(view, from: max(1, zero - 64), at: spot, in: self)
        HiddenPickles.search(view, from: max(0, zero - 64), at: spot, in: self)
    }

    private static let programs: Set<String> = [
        "py", "pyx", "pxd", "pyi", "js", "mjs", "cjs", "ts", "tsx", "jsx", "c", "h", "cc", "cpp", "hpp", "cxx", "cu",
        "cuh", "java", "kt", "scala", "go",
        "rs", "swift", "rb", "php", "cs", "m", "mm", "r", "jl", "f", "f90", "css", "scss", "less", "html", "htm", "lua",
        "dart", "vue", "svelte",
    ]
    private static let documents: Set<String> = [
        "md", "rst", "tex", "adoc", "html", "htm", "xml", "svg", "po", "pot", "sql",
    ]
    private static let configurations: Set<String> = ["yaml", "yml", "toml", "ini", "cfg", "conf", "env", "properties"]

    /// Large texts become trees and strings of several times their size, so that only one at a time is looked at.
    private func inspect(_ view: ByteView, as format: FileFormat?, at spot: Spot) {
        let grows: Set<FileFormat?> = [
            .text, .python, .yaml, .json, .jinja, .textGraph, .wideText, .ubjson, .messagePack, .rObject, .bson,
        ]
        guard view.count > 8 << 20, !isInLane, grows.contains(format) else {
            return inspectContent(view, as: format, at: spot)
        }
        isInLane = true
        defer { isInLane = false }
        heavyLane.withLock { _ in inspectContent(view, as: format, at: spot) }
    }

    private func inspectContent(_ view: ByteView, as format: FileFormat?, at spot: Spot) {
        // Text has been tried as a pickle already.
        let isSettled = [.pickle, .text, .python, .yaml, .json, .jinja].contains(format)
        if !isSettled, view.withSpan({ PickleSniffer.isPolyglot($0) }) {
            report(
                Rules.pickleHidden, at: spot.offset(0),
                "the file is a pickle as well\(format.map { " as \($0.rawValue)" } ?? "")", subject: "polyglot")
            PickleInspector.inspect(view, at: spot, setting: .init(allowsTrailing: true), in: self)
        }
        var format = format
        if [.text, .yaml, .jinja].contains(format), ["py", "pyw"].contains((spot.name ?? path.name).pathExtension) {
            format = .python
        }
        // Braces of scripts and of messages as text are no templates.
        if [.yaml, .jinja].contains(format),
            ["prototxt", "pbtxt", "js", "mjs", "cjs", "ts", "css"].contains((spot.name ?? path.name).pathExtension)
        {
            format = .text
        }
        // `${{ … }}` is GitHub's form of an expression; one that reaches for internals is not.
        if format == .jinja, ["yml", "yaml"].contains((spot.name ?? path.name).pathExtension),
            view.withSpan({ text in
                !JinjaTemplate.matches(text, behindDollar: false)
                    && !["__", "|attr", "| attr"].contains { (word: StaticString) in text.contains(word) }
            })
        {
            format = .yaml
        }
        guard let format else { return UnknownInspector.inspect(view, at: spot, in: self) }
        if format == .json, let document = notebook(view), NotebookInspector.inspect(document.root, at: spot, in: self)
        {
            return
        }
        inspectWords(view, as: format, at: spot)
        if let reason = format.notInspected {
            skipped("\(spot.prefix)\(reason)")
            if format != .bytecode { HiddenPickles.search(view, from: 0, at: spot, in: self) }
            return
        }
        switch format {
        case .pickle: PickleInspector.inspect(view, at: spot, in: self)
        case .zip: ZipInspector.inspect(view, at: spot, in: self)
        case .sevenZip: SevenZipInspector.inspect(view, at: spot, in: self)
        case .tar: TarInspector.inspect(view, at: spot, in: self)
        case .gzip, .zlib, .bzip2, .xz, .lzma, .zstd, .lz4: StreamInspector.inspect(view, format, at: spot, in: self)
        case .numpy: NumPyInspector.inspect(view, at: spot, in: self)
        case .safetensors: SafetensorsInspector.inspect(view, at: spot, in: self)
        case .onnx: ONNXInspector.inspect(view, at: spot, in: self)
        case .gguf: GGUFInspector.inspect(view, at: spot, in: self)
        case .tflite: TFLiteInspector.inspect(view, at: spot, in: self)
        case .hdf5: HDF5Inspector.inspect(view, at: spot, in: self)
        case .tensorflow: TensorFlowInspector.inspect(view, at: spot, in: self)
        case .json: JSONInspector.inspect(view, at: spot, in: self)
        case .yaml: YAMLInspector.inspect(view, at: spot, in: self)
        case .jinja: JinjaInspector.inspect(view, at: spot, in: self)
        case .python:
            if path.bytes.reversed().starts(with: Array("custom_generate/generate.py".utf8).reversed()) {
                report(
                    Rules.huggingFaceLocal, at: spot.offset(0), "generation code that the loader runs on request",
                    subject: "custom_generate")
            }
            PythonInspector.inspect(view, at: spot, in: self)
            if spot.member != nil { ModelCode.inspect(view, at: spot, in: self) }
        case .coreML: ProtobufModels.inspectCoreML(view, at: spot, in: self)
        case .coreMLWeights: ProtobufModels.inspectWeights(view, at: spot, in: self)
        case .paddle: ProtobufModels.inspectPaddle(view, at: spot, in: self)
        case .cntk: ProtobufModels.inspectCNTK(view, at: spot, in: self)
        case .tensorRT: BinaryModels.inspectTensorRT(view, at: spot, in: self)
        case .executorch: BinaryModels.inspectExecuTorch(view, at: spot, in: self)
        case .catBoost: BinaryModels.inspectCatBoost(view, at: spot, in: self)
        case .mxnetParameters: BinaryModels.inspectMXNet(view, at: spot, in: self)
        case .ubjson: BinaryModels.inspectUBJSON(view, at: spot, in: self)
        case .xgboost: BinaryModels.inspectXGBoost(view, at: spot, in: self)
        case .messagePack: BinaryModels.inspectMessagePack(view, at: spot, in: self)
        case .javaObject: SerializedObjects.inspectJava(view, at: spot, in: self)
        case .dotNetObject: SerializedObjects.inspectDotNet(view, at: spot, in: self)
        case .torch7: SerializedObjects.inspectTorch7(view, at: spot, in: self)
        case .bson: SerializedObjects.inspectBSON(view, at: spot, in: self)
        case .juliaStream: SerializedObjects.inspectJulia(view, at: spot, in: self)
        case .avro: SerializedObjects.inspectAvro(view, at: spot, in: self)
        case .matlab: SerializedObjects.inspectMATLAB(view, at: spot, in: self)
        case .zfile:
            // The size in front takes 19 characters; Python 2 put an L behind it.
            let start = view.withSpan { $0.byte(at: 21) } == 0x78 ? 21 : 22
            StreamInspector.inspect(view.suffix(from: start), .zlib, at: spot.shifted(start), in: self)
        case .caffe: ProtobufModels.inspectCaffe(view, at: spot, in: self)
        case .paddleParameters: ProtobufModels.inspectPaddleParameters(view, at: spot, in: self)
        case .rObject: RInspector.inspect(view, at: spot, in: self)
        case .textGraph: TensorFlowInspector.inspectText(view, at: spot, in: self)
        case .wideText:
            let text = view.withSpan { bytes in TextEncoding.wide(bytes).map { TextEncoding.utf8(bytes, $0) } } ?? []
            inspectPart(ByteView(copying: text), at: spot.inside("utf-8"))
        default: break
        }
    }
}
