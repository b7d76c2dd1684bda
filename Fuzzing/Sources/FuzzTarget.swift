import CordonCore
import CordonData
import CordonFormats
import CordonScan
import CordonSigning
import CordonSupplyChain
import CordonTensor
import Glibc

/// One fuzz target per reader, chosen by the environment variable `FUZZ_TARGET`.
private let target: @Sendable (ByteView) -> Void = {
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? "scan"
    guard let target = targets[name] else {
        print("there is no fuzz target '\(name)'")
        exit(64)
    }
    return target
}()

private let limits = DecompressionLimits(bytes: 1 << 20, ratio: 200) { false }

private let targets: [String: @Sendable (ByteView) -> Void] = [
    "pickle": { view in
        view.withSpan { bytes in
            var machine = PickleMachine(limits: PickleLimits(opcodes: 100_000))
            var position = 0
            while case .stop(let next) = machine.run(bytes, from: position), next > position { position = next }
        }
    },
    "zip": { view in _ = view.withSpan { ZipArchive.read($0, memberLimit: 1000) } },
    "sevenzip": { view in
        _ = Scanner().scan(
            bytes: view.withSpan { $0.copy(at: 0, count: min($0.byteCount, 1 << 16)) ?? [] }, name: "a.7z")
        // Without its checksums, which random bytes do not have.
        _ = view.withSpan { bytes in
            try? SevenZipArchive.read(bytes, fileSize: 1 << 20, memberLimit: 1000).archive.entries.count
        }
    },
    "objects": { view in
        view.withSpan { bytes in
            _ = JavaStream.read(bytes)
            _ = DotNetStream.read(bytes)
            _ = Torch7Archive.read(bytes)
            _ = BSONDocument.read(bytes)
            _ = AvroFile.read(bytes)
            _ = MATFile.read(bytes)
        }
    },
    "textmodels": { view in
        let names = [
            "m.txt", "m.param", "net.prototxt", "Modelfile", "dvc.yaml", "m.dvc", "m.caffemodel", "m.pdiparams",
            "m.mlmodel", "m.dnn",
        ]
        let bytes = view.withSpan { $0.copy(at: 0, count: min($0.byteCount, 1 << 16)) ?? [] }
        guard let first = bytes.first else { return }
        _ = Scanner().scan(bytes: Array(bytes.dropFirst()), name: names[Int(first) % names.count])
    },
    "baseline": { view in
        _ = try? Baseline(view.withSpan { $0.copy(at: 0, count: $0.byteCount) ?? [] })
    },
    "tar": { view in _ = view.withSpan { TarArchive.read($0, memberLimit: 1000) } },
    "stream": { view in
        for compression in Compression.allCases {
            _ = view.withSpan { Decompressor.run(compression, $0, limits: limits) }
        }
    },
    "numpy": { view in _ = try? view.withSpan { bytes throws(NumPyFailure) in try NumPyHeader(bytes) }.byteCount },
    "json": { view in
        guard let document = try? JSONDocument.parse(view) else { return }
        for (_, value) in document.root.members { _ = (value.string, value.integer, value["a"]?.elements.count) }
    },
    "safetensors": { view in _ = SafetensorsFile.read(view).anomalies },
    "onnx": { view in _ = view.withSpan { ONNXModel.read($0)?.recursiveFunctions } },
    "graph": { view in
        guard let program = try? ONNXReader.read(view), let graph = try? Graph(program) else { return }
        _ = (GraphSummary(graph).lastHidden, try? graph.onnx())
    },
    "dataset": { view in
        guard let dataset = try? Dataset(view, name: "input") else { return }
        _ = try? DatasetSummary(dataset)
        _ = try? dataset.rows(1..<3)
    },
    "separated": { view in
        // The first byte chooses the separator.
        var options = DatasetOptions()
        options.separator = [0x2C, 0x09, 0x3B][Int(view.withSpan { $0.byte(at: 0) ?? 0 }) % 3]
        guard let dataset = try? Dataset(view.suffix(from: 1), name: "input", options: options) else { return }
        _ = try? DatasetSummary(dataset)
    },
    "picture": { view in
        view.withSpan { span in span.withUnsafeBytes { _ = try? Image($0, limit: 1 << 20).png() } }
    },
    "tensorflow": { view in _ = view.withSpan { TensorFlowGraph.read($0) } },
    "gguf": { view in _ = view.withSpan { GGUFFile.read($0) } },
    "hdf5": { view in _ = view.withSpan { HDF5File.read($0) } },
    "tflite": { view in _ = view.withSpan { TFLiteModel.read($0) } },
    "jinja": { view in _ = JinjaTemplate(view.withSpan { $0.text(0..<$0.byteCount) }) },
    "python": { view in _ = view.withSpan { PythonSource.read($0) } },
    "robject": { view in _ = view.withSpan { RSerialization.read($0) } },
    "messagepack": { view in _ = view.withSpan { MessagePackReader.read($0) } },
    "ubjson": { view in _ = view.withSpan { UBJSONReader.read($0) } },
    "xgboost": { view in _ = view.withSpan { XGBoostBinary.read($0) } },
    "notebook": { view in
        guard let document = try? JSONDocument.parse(view), let notebook = Notebook(document.root) else { return }
        notebook.forEachCell { cell in
            _ = NotebookText(cell.source, language: cell.language ?? notebook.language ?? "")
            return true
        }
    },
    "project": { view in
        // The first byte chooses the name that the rest has.
        let names = [
            "a.csv", "b.py", "c.sh", "pyproject.toml", "d.ipynb", "package.json", "e.pth", "f.env", "g.jsonl", "h.md",
            "setup.py", "i.xml",
        ]
        let name = names[Int(view.withSpan { $0.byte(at: 0) ?? 0 }) % names.count]
        _ = Scanner().scan(bytes: bytes(view.suffix(from: 1)), name: name)
    },
    "yaml": { view in _ = view.withSpan { YAMLReader.read($0) } },
    "bundle": { view in
        guard let bundle = try? UnverifiedBundle.parse(bytes(view)), case .envelope(let envelope) = bundle.content,
            let statement = try? Statement.parse(envelope.payload)
        else { return }
        _ = try? UnverifiedManifest(statement)
    },
    "statement": { view in
        guard let statement = try? Statement.parse(bytes(view)) else { return }
        _ = try? UnverifiedManifest(statement)
    },
    "trustroot": { view in _ = try? TrustedRoot(bytes(view)) },
    "timestamp": { view in _ = try? UnverifiedTimestamp(bytes(view)) },
    "checkpoint": { view in _ = try? UnverifiedCheckpoint(String(decoding: bytes(view), as: UTF8.self)) },
    "key": { view in
        _ = try? VerificationKey(pem: bytes(view), name: "fuzz")
        _ = try? SigningKey(pem: bytes(view), name: "fuzz") { () throws(IntegrityFailure) in nil }
    },
    "table": { view in
        for name in ["l.csv", "l.tsv", "l.jsonl"] {
            guard let list = try? PointerList(view, path: AssetPath(name), url: nil, digest: nil) else { continue }
            _ = try? PointerSanity(list)
        }
    },
    "parquet": { view in _ = view.withSpan { ParquetFooter.read($0) } },
    "proof": { view in _ = try? ElementProof(bytes(view)) },
    "toml": { view in _ = try? TOMLReader.parse(bytes(view)) },
    "yamltree": { view in _ = try? DataNode.yaml(bytes(view)) },
    "xml": { view in _ = try? XMLElement.parse(bytes(view)) },
    "lockfile": { view in
        for (name, folder) in lockFiles { _ = DependencyReader.read(bytes(view), name: name, folder: folder) }
        _ = InstalledPackage.read(bytes(view))
        _ = InstalledPackage.origin(bytes(view))
    },
    "version": { view in
        let parts = bytes(view).split(separator: 0x0A, maxSplits: 1).map { String(decoding: $0, as: UTF8.self) }
        guard parts.count == 2 else { return }
        for order in [VersionOrder.python, .semantic, .maven, .debian, .ruby, .numeric] {
            _ = order.compare(parts[0], parts[1])
        }
        _ = PythonRequirement(parts[0])
        for dialect in [SemanticRequirement.Dialect.npm, .cargo] { _ = SemanticRequirement(parts[0], dialect: dialect) }
    },
    "advisory": { view in
        guard let node = try? DataNode.json(bytes(view)), let advisory = try? Advisory(node) else { return }
        for affected in advisory.affected { _ = affected.verdict("1.2.3") }
    },
    "card": { view in
        let card = Card(bytes(view))
        _ = (
            CardText.hints(card).count, card.isModel, card.isDataset,
            AssetReference(card.strings("base_model").first?.value ?? "")
        )
    },
    "lineage": { view in
        guard let document = try? JSONDocument.parse(view) else { return }
        var graph = ProvenanceGraph()
        BillGraph.add(document.root, file: "fuzz", to: &graph)
        _ = StatementFile.read(view) { _ in }
        _ = (graph.cycles().count, graph.openEnds.count)
    },
    "bill": { view in
        guard let node = try? DataNode.json(bytes(view)) else { return }
        _ = BillRules.breaches(node)
        guard let bill = BillView(node) else { return }
        for element in BillElements.all { _ = BillElements.outcome(element, bill) }
        _ = BillDifference(bill, bill)
        _ = try? BillMerge.merge(
            [("a", node), ("b", node)], name: "m", stamp: BillStamp(now: 0, epoch: 0), version: "0")
    },
    "scan": { view in
        _ = Scanner().scan(bytes: view.withSpan { $0.copy(at: 0, count: $0.byteCount) ?? [] }, name: "fuzz")
    },
]

private let lockFiles = [
    ("requirements.txt", ""), ("pyproject.toml", ""), ("setup.cfg", ""), ("Pipfile", ""), ("Pipfile.lock", ""),
    ("poetry.lock", ""),
    ("pdm.lock", ""), ("uv.lock", ""), ("pylock.toml", ""), ("environment.yml", ""), ("conda-lock.yml", ""),
    ("explicit.txt", ""),
    ("pixi.lock", ""), ("a.ipynb", ""), ("Dockerfile", ""), ("package.json", ""), ("package-lock.json", ""),
    ("yarn.lock", ""),
    ("pnpm-lock.yaml", ""), ("Package.resolved", ""), ("go.mod", ""), ("Cargo.lock", ""), ("Cargo.toml", ""),
    ("pom.xml", ""),
    ("gradle.lockfile", ""), ("Gemfile", ""), ("Gemfile.lock", ""), ("renv.lock", ""), ("DESCRIPTION", ""),
]

private func bytes(_ view: ByteView) -> [UInt8] { view.withSpan { $0.copy(at: 0, count: $0.byteCount) ?? [] } }

/// Called by libFuzzer for every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    target(ByteView(copying: Array(UnsafeBufferPointer(start: data, count: size))))
    return 0
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The package manager starts an executable here instead of at libFuzzer's own `main`.
@_cdecl("cordon_fuzz_main")
public func fuzzMain(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt {
    var (count, arguments) = (count, arguments)
    return runDriver(&count, &arguments) { testOneInput($0, $1) }
}
