internal import CordonCore
internal import CordonFormats
internal import CordonSigning

/// The tensors of a model in safetensors or ONNX, wherever its shards lie.
struct WeightSet: Sendable {
    /// One tensor and where its bytes are.
    struct Tensor: Sendable {
        let name: String
        let type: NumberType
        let shape: [Int]
        let view: ByteView
        let storage: ByteStorage

        var count: Int { shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).overflow ? 0 : $0 * $1 } }
    }
    /// By bare name.
    private(set) var tensors: [String: Tensor] = [:]
    /// Tensors of types that are not compared by value, such as packed integers.
    private(set) var opaque = 0

    /// Opens a model: a file, or a folder whose weight files are taken together.
    init(_ path: String) throws(IntegrityFailure) {
        let tree = try Tree(path)
        var found = false
        for entry in try tree.entries(TreeRules(followsLinks: true)) where entry.kind == .regular || entry.kind == .link
        {
            let name = String(decoding: entry.path, as: UTF8.self)
            // Only what lies at the top: subfolders hold other exports of the same weights.
            guard tree.single != nil || !name.contains("/") else { continue }
            let ending = FileRoles.ending(InventoryCollector.last(name)[...])
            guard ending == "safetensors" || ending == "onnx", let storage = tree.storage(of: entry.path) else {
                continue
            }
            found = true
            let shown = PrintableText.quoting(tree.single == nil ? path + "/" + name : path, limit: 300)
            var problem: String?
            let hasShrunk = storage.guarded {
                if ending == "onnx" { addONNX(storage) } else { problem = addSafetensors(storage) }
            }
            if hasShrunk {
                throw IntegrityFailure(
                    .changedWhileRead, "'\(shown)' became shorter while it was read; try again")
            }
            if let problem {
                throw IntegrityFailure(.malformed, "'\(shown)': \(problem); get the file anew")
            }
        }
        guard found, !tensors.isEmpty else {
            throw IntegrityFailure(
                .malformed,
                "'\(PrintableText.quoting(path, limit: 300))' holds no safetensors or ONNX weights; pickled weights are not read: convert them to safetensors in a safe place"
            )
        }
    }

    private mutating func addSafetensors(_ storage: ByteStorage) -> String? {
        let view = ByteView(storage)
        guard view.withSpan({ SafetensorsFile.matches($0) }) else { return "not a safetensors file" }
        let file = SafetensorsFile.read(view)
        if let broken = file.anomalies.first(where: { $0.kind == .header || $0.kind == .size }) { return broken.detail }
        for tensor in file.tensors {
            let type = NumberType(safetensors: tensor.type)
            let (low, overflow) = file.dataOffset.addingReportingOverflow(tensor.start)
            guard !overflow, tensor.end >= tensor.start,
                let part = view.part(offset: low, count: tensor.end - tensor.start)
            else {
                return "the tensor '\(PrintableText.quoting(tensor.name))' lies outside the file"
            }
            add(tensor.name, type, tensor.shape, part, storage)
        }
        return nil
    }

    private mutating func addONNX(_ storage: ByteStorage) {
        let view = ByteView(storage)
        for tensor in view.withSpan({ ONNXTensor.list($0) }) {
            guard let part = view.part(offset: tensor.data.lowerBound, count: tensor.data.count) else { continue }
            add(tensor.name, NumberType(onnx: tensor.type), tensor.shape, part, storage)
        }
    }

    private mutating func add(
        _ name: String, _ type: NumberType, _ shape: [Int], _ view: ByteView, _ storage: ByteStorage
    ) {
        if type == .other { opaque += 1 }
        let tensor = Tensor(name: name, type: type, shape: shape, view: view, storage: storage)
        guard type == .other || tensor.count == view.count / max(1, type.byteCount) else { return }
        tensors[TensorLayout.bare(name)] = tensor
    }
}

/// Types whose values are compared.
enum NumberType: Sendable {
    case float64, float32, float16, bfloat16, other

    init(safetensors name: String) {
        switch name {
        case "F64": self = .float64
        case "F32": self = .float32
        case "F16": self = .float16
        case "BF16": self = .bfloat16
        default: self = .other
        }
    }

    init(onnx code: Int) {
        switch code {
        case 1: self = .float32
        case 10: self = .float16
        case 11: self = .float64
        case 16: self = .bfloat16
        default: self = .other
        }
    }

    var byteCount: Int {
        switch self {
        case .float64: 8
        case .float32: 4
        case .float16, .bfloat16: 2
        case .other: 1
        }
    }

    /// Decodes `range` of the elements into a buffer that is large enough; NaN and infinities count as zero.
    func decode(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) {
        for (position, index) in range.enumerated() {
            let value: Float
            switch self {
            case .float32: value = Float(bitPattern: bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
            case .float64:
                value = Float(Double(bitPattern: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)))
            case .bfloat16:
                value = Float(bitPattern: UInt32(bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)) << 16)
            case .float16: value = Self.half(bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
            case .other: value = 0
            }
            buffer[position] = value.isFinite ? value : 0
        }
    }

    /// IEEE 754 binary16.
    private static func half(_ bits: UInt16) -> Float {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = UInt32(bits >> 10 & 0x1F), fraction = UInt32(bits & 0x3FF)
        if exponent == 0 { return (sign == 0 ? 1 : -1) * Float(fraction) * 0x1p-24 }
        if exponent == 31 { return .infinity }
        return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
}
