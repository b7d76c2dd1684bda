package import CordonFormats

/// What flows between the nodes of a graph.
package enum Value: Sendable {
    /// Numbers. `code` is ONNX's `TensorProto.DataType`; see ``ElementCode`` for those that libtorch lacks.
    case tensor(Tensor, code: Int)
    /// Text, row by row.
    case texts([String], shape: [Int])
    case sequence([Value])
    /// An optional without a value.
    case nothing
    /// Scores by class, one map per row: what scikit-learn's classifiers give.
    case maps(keys: [String], scores: Tensor)

    /// A tensor of the ONNX type that has its elements' type.
    package init(_ tensor: Tensor) { self = .tensor(tensor, code: ElementCode.code(tensor.type)) }

    /// The tensor, if it is one.
    package var tensor: Tensor? {
        if case .tensor(let tensor, _) = self { return tensor }
        return nil
    }

    /// What it is, for messages.
    var kind: String {
        switch self {
        case .tensor(let tensor, let code): "\(ONNXConstant.typeName(code)) tensor \(tensor.shape)"
        case .texts(_, let shape): "text tensor \(shape)"
        case .sequence(let values): "sequence of \(values.count)"
        case .nothing: "empty optional"
        case .maps: "maps"
        }
    }
}

/// ONNX's element types on libtorch's.
///
/// libtorch 1.13 has no unsigned types beyond 8 bits: `uint16` is kept in `int32`, `uint32` and `uint64` in `int64` — the
/// last as its bit pattern, so that values from 2⁶³ compare and divide as negative ones; operators refuse those.
package enum ElementCode {
    /// Numbers of `TensorProto.DataType`.
    package static let float32 = 1, uint8 = 2, int8 = 3, uint16 = 4, int16 = 5, int32 = 6, int64 = 7, text = 8, bool = 9
    /// More of them.
    package static let float16 = 10, float64 = 11, uint32 = 12, uint64 = 13, bfloat16 = 16

    /// The type that elements are kept in; `nil` for types that cannot be.
    package static func element(_ code: Int) -> ElementType? {
        switch code {
        case float32: .float32
        case uint8: .uint8
        case int8: .int8
        case int16: .int16
        case int32, uint16: .int32
        case int64, uint32, uint64: .int64
        case bool: .bool
        case float16: .float16
        case float64: .float64
        case bfloat16: .bfloat16
        default: SmallElement(code)?.element
        }
    }

    /// The ONNX type of elements that are kept as they are.
    package static func code(_ type: ElementType) -> Int {
        switch type {
        case .float32: float32
        case .uint8: uint8
        case .int8: int8
        case .int16: int16
        case .int32: int32
        case .int64: int64
        case .bool: bool
        case .float16: float16
        case .float64: float64
        case .bfloat16: bfloat16
        }
    }

    /// Whether elements are kept in a wider type.
    static func isWidened(_ code: Int) -> Bool { code == uint16 || code == uint32 }

    /// Cuts results of arithmetic to the width of a type that is kept in a wider one.
    static func wrap(_ tensor: Tensor, _ code: Int) throws(TensorFailure) -> Tensor {
        switch code {
        case uint16: try call("aten::bitwise_and", "Scalar", .tensor(tensor), 0xFFFF)
        case uint32: try call("aten::bitwise_and", "Scalar", .tensor(tensor), 0xFFFF_FFFF)
        default: tensor
        }
    }
}

extension Value {
    /// A constant of a model. Its bytes are used where they lie when they can be.
    package init(_ constant: ONNXConstant) throws(TensorFailure) {
        switch constant.data {
        case .texts(let texts):
            self = .texts(texts.map { String(decoding: $0, as: UTF8.self) }, shape: constant.shape)
        case .bytes(let view): self = try Self.numbers(view, constant)
        case .external:
            throw TensorFailure(.model, "the data of constant '\(constant.name)' was not loaded")
        }
    }

    private static func numbers(_ view: ByteView, _ constant: ONNXConstant) throws(TensorFailure) -> Value {
        guard let type = ElementCode.element(constant.type) else {
            throw TensorFailure(
                .unsupported,
                "constant '\(constant.name)' has elements of type \(ONNXConstant.typeName(constant.type))")
        }
        let owner = ViewOwner(view)
        if let small = SmallElement(constant.type) {
            let tensor = try small.unpacked(
                owner.elements(UInt8.self), shape: constant.shape, count: constant.count ?? .max)
            return .tensor(tensor, code: constant.type)
        }
        if constant.type == ElementCode.uint16 || constant.type == ElementCode.uint32 {
            let widened: Tensor =
                try constant.type == ElementCode.uint16
                ? .of(owner.elements(UInt16.self).map(Int32.init), shape: constant.shape, type: type)
                : .of(owner.elements(UInt32.self).map(Int64.init), shape: constant.shape, type: type)
            return .tensor(widened, code: constant.type)
        }
        let tensor = try Tensor.wrapping(
            owner.aligned(to: type.byteCount), owner: owner, shape: constant.shape, type: type)
        return .tensor(tensor, code: constant.type)
    }

    /// The same value as a constant, to be written into a model.
    package func constant(name: String) throws -> ONNXConstant {
        switch self {
        case .tensor(let tensor, let code):
            let bytes: [UInt8]
            switch code {
            case ElementCode.uint16: bytes = Self.bytes(try tensor.integers().map { UInt16(truncatingIfNeeded: $0) })
            case ElementCode.uint32: bytes = Self.bytes(try tensor.integers().map { UInt32(truncatingIfNeeded: $0) })
            default: bytes = try SmallElement(code)?.packed(tensor) ?? tensor.withBytes { Array($0) }
            }
            return ONNXConstant(
                name: name, type: code, shape: tensor.shape, data: .bytes(ByteView(copying: bytes)))
        case .texts(let texts, let shape):
            return ONNXConstant(
                name: name, type: ElementCode.text, shape: shape, data: .texts(texts.map { Array($0.utf8) }))
        default: throw TensorFailure(.type, "\(kind) is no constant")
        }
    }

    private static func bytes<Element: FixedWidthInteger>(_ elements: [Element]) -> [UInt8] {
        elements.withUnsafeBytes { Array($0) }
    }
}

/// Keeps a view's storage alive, and a copy where the view lies at an odd address.
private final class ViewOwner {
    private let view: ByteView
    private var copy: ByteView?

    init(_ view: ByteView) { self.view = view }

    func elements<Element: FixedWidthInteger & BitwiseCopyable>(_ type: Element.Type) -> [Element] {
        view.withSpan { span in
            (0..<(span.byteCount / MemoryLayout<Element>.size)).map {
                span.littleEndian(at: $0 * MemoryLayout<Element>.size, as: type) ?? 0
            }
        }
    }

    /// The bytes at an address that is a multiple of `size`; valid as long as this object lives.
    func aligned(to size: Int) -> UnsafeRawBufferPointer {
        let address = view.withSpan { span in span.withUnsafeBytes { $0 } }
        guard let base = address.baseAddress, Int(bitPattern: base) % max(1, size) != 0 else { return address }
        let fresh = view.copied
        copy = fresh
        return fresh.withSpan { span in span.withUnsafeBytes { $0 } }
    }
}
