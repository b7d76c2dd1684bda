internal import CordonCore
internal import CordonFormats

/// Compares what a name promises with what the content is.
enum ClaimedFormat {
    private static let claims: [String: Set<FileFormat>] = [
        "safetensors": [.safetensors], "onnx": [.onnx], "gguf": [.gguf], "ggml": [.gguf], "npy": [.numpy],
        "npz": [.zip], "h5": [.hdf5], "hdf5": [.hdf5], "keras": [.zip, .hdf5], "tflite": [.tflite],
        "json": [.json, .wideText],
        "yaml": text, "yml": text, "toml": text,
        "txt": text, "md": text, "csv": text, "tsv": text, "jinja": text, "py": text, "jsonl": text,
        "ipynb": [.json], "png": [.image], "jpg": [.image], "jpeg": [.image], "gif": [.image],
        "webp": [.image, .audio],
        "bmp": [.image], "pdf": [.pdf], "parquet": [.parquet], "arrow": [.arrow], "feather": [.arrow], "log": text,
    ]
    private static let text: Set<FileFormat> = [
        .text, .python, .yaml, .json, .jinja, .textGraph, .wideText, .lfsPointer,
    ]
    /// Formats whose loading can run code or unpack files.
    private static let active: Set<FileFormat> = [
        .pickle, .zip, .tar, .hdf5, .gzip, .bzip2, .xz, .lzma, .zstd, .lz4, .zlib, .bytecode,
    ]

    static func check(_ name: AssetPath, _ format: FileFormat?, at spot: Spot, in inspection: Inspection) {
        let claim = name.pathExtension
        guard let format else {
            if let model = models[claim] {
                return inspection.report(
                    Rules.fileMasquerade, at: spot.offset(0),
                    "named '.\(claim)' but its content is no \(model.first?.rawValue ?? "such file")",
                    subject: "\(claim) unknown",
                    severity: .low)
            }
            guard strict.contains(claim) else { return }
            return inspection.report(
                Rules.fileMasquerade, at: spot.offset(0), "named '.\(claim)' but its content is not recognised",
                subject: "\(claim) unknown", severity: .medium)
        }
        if format == .lfsPointer { return }
        if format == .executable, claim == "bin", spot.member == nil {
            return inspection.report(
                Rules.fileExecutable, at: spot.offset(0), "a native program named '.bin'", subject: claim,
                severity: .medium)
        }
        let isVersioned = name.display.contains(ascii: ".so.")
        if format == .executable, !programs.contains(claim), !claim.isEmpty, !isVersioned {
            return inspection.report(
                Rules.fileExecutable, at: spot.offset(0), "a native program named '.\(claim)'", subject: claim)
        }
        if let model = models[claim], !model.contains(format) {
            return inspection.report(
                Rules.fileMasquerade, at: spot.offset(0), "named '.\(claim)' but its content is \(format.rawValue)",
                subject: "\(claim) \(format.rawValue)", severity: .low)
        }
        guard let expected = claims[claim], !expected.contains(format),
            active.contains(format) || strict.contains(claim)
        else { return }
        inspection.report(
            Rules.fileMasquerade, at: spot.offset(0), "named '.\(claim)' but its content is \(format.rawValue)",
            subject: "\(claim) \(format.rawValue)", severity: format == .pickle ? .high : .medium)
    }

    /// Endings of models: another content is a broken file, or somebody else's use of the ending.
    private static let models: [String: [FileFormat]] = [
        "t7": [.torch7], "bson": [.bson], "ubj": [.ubjson], "msgpack": [.messagePack, .pickle], "mlmodel": [.coreML],
        "pte": [.executorch], "cbm": [.catBoost], "pdmodel": [.paddle, .json, .pickle], "avro": [.avro],
        "pdiparams": [.paddleParameters, .pickle],
        "caffemodel": [.caffe, .hdf5], "dnn": [.cntk],
    ]
    /// Extensions that promise one format and nothing else.
    private static let strict: Set<String> = [
        "safetensors", "onnx", "gguf", "npy", "npz", "h5", "hdf5", "keras", "tflite", "parquet",
    ]
    private static let programs: Set<String> = [
        "so", "dll", "exe", "dylib", "pyd", "o", "a", "node", "elf", "com", "sys", "bin", "out", "llamafile", "wasm",
        "jnilib", "bundle", "ko", "xpi", "mexa64",
    ]
}
