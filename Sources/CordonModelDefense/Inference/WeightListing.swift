package import CordonFormats

/// What a file of weights without a graph holds: safetensors, or PyTorch's zip. Nothing is loaded.
package struct WeightListing: Sendable {
    /// What the format is called.
    package let format: String
    /// The tensors in the order of the file.
    package let tensors: [ListedTensor]

    /// Elements of all tensors.
    package var parameters: Int { tensors.reduce(0) { $0 &+ $1.count } }

    /// Elements by type, most first.
    package var types: [(name: String, elements: Int)] {
        var counts: [String: Int] = [:]
        for tensor in tensors { counts[tensor.type, default: 0] += tensor.count }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
    }

    /// Reads a listing; `nil` when the bytes are of neither format.
    ///
    /// - Throws: the first structural fault of a safetensors file, or a zip without a readable pickle.
    package init?(_ view: ByteView) throws(ONNXFailure) {
        if view.withSpan({ SafetensorsFile.matches($0) }) {
            let file = SafetensorsFile.read(view)
            if let fault = file.anomalies.first {
                throw ONNXFailure(offset: fault.offset, reason: "not whole safetensors: \(fault.detail)")
            }
            format = "safetensors"
            tensors = file.tensors.map { ListedTensor(name: $0.name, type: Self.type($0.type), shape: $0.shape) }
            return
        }
        guard
            let archive = view.withSpan({
                $0.hasBytes("PK\u{3}\u{4}") ? ZipArchive.read($0, memberLimit: 1_000_000) : nil
            }),
            let member = archive.members.first(where: { $0.name.hasSuffix("/data.pkl") || $0.name == "data.pkl" })
        else { return nil }
        guard member.header.method == 0,
            let data = view.part(offset: member.dataOffset, count: member.header.compressedSize)
        else { throw ONNXFailure(offset: member.localOffset, reason: "'\(member.name)' cannot be read") }
        format = "PyTorch zip"
        tensors = data.withSpan { PyTorchTensors.list($0) }
    }

    /// The field's words for safetensors' types.
    private static func type(_ code: String) -> String {
        let names = [
            "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
            "I16": "int16", "I8": "int8", "U8": "uint8", "U16": "uint16", "U32": "uint32", "U64": "uint64",
            "BOOL": "bool",
            "F8_E4M3": "float8e4m3fn", "F8_E5M2": "float8e5m2",
        ]
        return names[code] ?? code
    }
}
