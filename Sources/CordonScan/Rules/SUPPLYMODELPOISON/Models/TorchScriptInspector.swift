internal import CordonCore
internal import CordonFormats

/// The code members of TorchScript archives: dotted names that leave tensor arithmetic.
///
/// The code is cut into identifiers and strings; nothing is compiled. Comments and strings do not count as calls.
enum TorchScriptInspector {
    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let limit = 8 << 20
        guard view.count <= limit else {
            return inspection.skipped("\(spot.prefix)TorchScript code of \(view.count) bytes")
        }
        for (name, line) in view.withSpan({ names($0) }) {
            guard let reason = reason(name) else { continue }
            inspection.report(Rules.torchScriptOperation, at: spot.line(line), "\(name) \(reason)", subject: name)
        }
    }

    private static func reason(_ name: String) -> String? {
        let parts = name.split(separator: ".")
        if parts.first == "torch", let last = parts.last, parts.count == 2, files.contains(last) {
            return "reads or writes a file"
        }
        if let index = parts.firstIndex(of: "classes"), index > 0, parts[index - 1] == "torch", parts.count > index + 1
        {
            return knownNamespaces.contains(parts[index + 1]) ? nil : "is a class from a library outside PyTorch"
        }
        guard let index = parts.firstIndex(of: "ops"), index <= 1, parts.count > index + 1 else { return nil }
        if parts.count > index + 2, files.contains(parts[index + 2]) { return "reads or writes a file" }
        return knownNamespaces.contains(parts[index + 1]) ? nil : "comes from a library outside PyTorch"
    }

    private static let files: Set<Substring> = ["from_file", "save", "load", "_load_from_bytes"]
    private static let knownNamespaces: Set<Substring> = [
        "aten", "prim", "prims", "quantized", "torchvision", "torchaudio", "torchtext", "image", "video", "_caffe2",
        "sparse",
        "quantized_decomposed", "mkldnn_prepacked", "prepacked", "xnnpack", "metal_prepack", "static_runtime", "cuda",
        "onnx",
        "_quantized", "internal", "c10d_functional", "torch_scatter", "torch_sparse", "torch_cluster", "fbgemm", "ao",
    ]

    /// Dotted names followed by an opening parenthesis, with their lines. O(n).
    private static func names(_ bytes: RawSpan) -> [(String, Int)] {
        var result: [(String, Int)] = []
        var seen: Set<String> = []
        var current: [UInt8] = []
        var line = 1
        var position = 0
        while let byte = bytes.byte(at: position) {
            position += 1
            switch byte {
            case 0x0A:
                line += 1
                current = []
            case UInt8(ascii: "#"):
                position = bytes.firstIndex(of: 0x0A, from: position, to: bytes.byteCount) ?? bytes.byteCount
                current = []
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                while let inner = bytes.byte(at: position), inner != byte, inner != 0x0A {
                    position += inner == UInt8(ascii: "\\") ? 2 : 1
                }
                position += 1
                current = []
            case UInt8(ascii: "("):
                let name = String(decoding: current, as: UTF8.self)
                if name.contains("."), result.count < 10_000, seen.insert(name).inserted { result.append((name, line)) }
                current = []
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2E:
                if current.count < 512 { current.append(byte) }
            default: current = []
            }
        }
        return result
    }
}
