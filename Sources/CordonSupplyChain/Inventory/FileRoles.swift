/// What files are to an AI project, by their names.
enum FileRoles {
    private static let weights: Set<String> = [
        "safetensors", "gguf", "ggml", "onnx", "pt", "pth", "ckpt", "h5", "hdf5", "keras", "tflite", "pb", "msgpack",
        "mlmodel", "pkl", "pickle", "joblib", "pdparams", "nemo", "cbm", "ubj", "llamafile", "engine", "pte", "skops",
        "mar", "gguf-split-a",
    ]
    private static let data: Set<String> = [
        "csv", "tsv", "jsonl", "ndjson", "parquet", "arrow", "feather", "npy", "npz", "tfrecord", "orc", "avro",
        "idx", "lance",
    ]
    private static let code: [String: String] = [
        "py": "Python", "ipynb": "Jupyter notebook", "swift": "Swift", "c": "C", "h": "C", "cc": "C++", "cpp": "C++",
        "hpp": "C++", "cu": "CUDA", "rs": "Rust", "go": "Go", "java": "Java", "kt": "Kotlin", "js": "JavaScript",
        "ts": "TypeScript", "tsx": "TypeScript", "jsx": "JavaScript", "r": "R", "jl": "Julia", "sh": "Shell",
        "rb": "Ruby", "scala": "Scala", "sql": "SQL", "lua": "Lua",
    ]

    /// The ending in lower case, without a dot; of `.jsonl.gz` the inner one.
    static func ending(_ name: Substring) -> String {
        guard name.utf8.contains(UInt8(ascii: ".")) else { return "" }
        var parts = name.split(separator: ".").dropFirst().map { $0.lowercased() }
        if let last = parts.last, ["gz", "zst", "bz2", "xz"].contains(last), parts.count > 1 { parts.removeLast() }
        return parts.last ?? ""
    }

    static func isWeights(_ name: Substring) -> Bool {
        let ending = ending(name)
        if weights.contains(ending) { return !name.hasSuffix("_state.pkl") }
        guard ending == "bin" else { return false }
        return [
            "pytorch_model", "adapter_model", "model", "diffusion_pytorch_model", "ggml", "consolidated", "tf_model",
        ]
        .contains { name.hasPrefix($0) }
    }

    static func isData(_ name: Substring) -> Bool {
        data.contains(ending(name))
            && ![".intoto.jsonl", ".att.jsonl", ".sigstore.jsonl"].contains { name.hasSuffix($0) }
    }
    static func language(_ name: Substring) -> String? { code[ending(name)] }

    /// Stems that name no model.
    static let genericStems: Set<String> = [
        "model", "pytorch_model", "adapter_model", "weights", "diffusion_pytorch_model", "best", "last", "checkpoint",
        "final", "consolidated", "tf_model", "flax_model", "saved_model", "data", "train", "test",
    ]
    /// Folders that name neither a model nor a dataset.
    static let genericFolders: Set<String> = [
        "models", "model", "checkpoints", "checkpoint", "weights", "output", "outputs", "data", "dataset", "datasets",
        "train", "test", "validation", "raw", "processed", "artifacts", "assets", "files", "hub", "snapshots", "src",
        "final", "export", "exported", "onnx", "safetensors", "pytorch", "gguf", "best", "merged", "release",
        "clean", "cleaned", "interim", "prepared", "external", "curated", "filtered", "splits", "csv", "jsonl",
        "parquet",
    ]

    /// The name without endings and without the number of a shard: `model-00001-of-00003.safetensors` is `model`.
    static func stem(_ name: Substring) -> String {
        var stem = name
        for ending in [".gz", ".zst"] where stem.hasSuffix(ending) { stem = stem.dropLast(ending.count) }
        if let dot = stem.lastIndex(of: "."), dot > stem.startIndex { stem = stem[..<dot] }
        if let marker = stem.firstRange(of: "-of-") {
            let before = stem[..<marker.lowerBound]
            if let hyphen = before.lastIndex(of: "-"), before[before.index(after: hyphen)...].allSatisfy(\.isNumber) {
                stem = before[..<hyphen]
            }
        }
        return String(stem)
    }
}
