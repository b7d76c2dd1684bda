internal import Glibc
internal import TorchABI

/// The type of a tensor's elements. Raw values are libtorch's.
public enum ElementType: Int32, CaseIterable, Sendable {
    case uint8 = 0
    case int8, int16, int32, int64, float16, float32, float64
    case bool = 11
    case bfloat16 = 15

    /// Bytes of one element.
    public var byteCount: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .int16, .float16, .bfloat16: 2
        case .int32, .float32: 4
        case .int64, .float64: 8
        }
    }
    /// Whether elements are floating-point numbers.
    public var isFloating: Bool {
        switch self {
        case .float16, .float32, .float64, .bfloat16: true
        default: false
        }
    }
}

/// A rectangular array of numbers with a shape and an element type.
///
/// `@unchecked Sendable`: the handle never changes and libtorch's counts are atomic; elements are only written by the
/// methods that end in `inPlace`, whose callers own the tensor.
public final class Tensor: @unchecked Sendable {
    let handle: OpaquePointer
    /// Extents; empty for a scalar.
    public let shape: [Int]
    /// The type of the elements.
    public let type: ElementType

    /// Takes over a handle.
    init(owning handle: OpaquePointer, _ table: cordon_torch) throws(TensorFailure) {
        guard let type = ElementType(rawValue: table.type(handle)) else {
            table.release(handle)
            throw TensorFailure(.type, "libtorch gave elements of a type that Cordon does not use")
        }
        self.handle = handle
        self.type = type
        let rank = Int(table.rank(handle))
        guard rank > 0 else {
            shape = []
            return
        }
        shape = [Int](unsafeUninitializedCapacity: rank) { buffer, count in
            buffer.withMemoryRebound(to: Int64.self) { table.extents(handle, $0.baseAddress) }
            count = rank
        }
        // A tensor without elements may have extents of any size. From here on the object is whole: `deinit` releases.
        _ = try Self.elementCount(shape)
    }

    deinit {
        // A tensor exists only where the table does.
        if let table = try? Engine.table() { table.release(handle) }
    }

    /// Elements in all.
    public var count: Int { shape.reduce(1, *) }
    /// Number of axes.
    public var rank: Int { shape.count }
}

// MARK: In and out of Swift's memory

extension Tensor {
    /// Keeps the owner of wrapped memory alive.
    private final class Owner {
        let value: AnyObject
        init(_ value: AnyObject) { self.value = value }
    }

    /// Elements of a shape, or an error where an extent is negative or the extents, those that are 0 left aside, are more
    /// than any memory holds: arithmetic with any of them stays within 63 bits.
    static func elementCount(_ shape: [Int]) throws(TensorFailure) -> Int {
        var (count, isEmpty) = (1, false)
        for extent in shape {
            guard extent >= 0 else { throw TensorFailure(.shape, "a negative extent in \(shape)") }
            let (product, overflow) = count.multipliedReportingOverflow(by: max(1, extent))
            guard !overflow, product <= 1 << 44 else {
                throw TensorFailure(.shape, "more elements in \(shape) than any memory holds")
            }
            count = product
            isEmpty = isEmpty || extent == 0
        }
        // Expanding takes no memory, but going through what was expanded takes time.
        guard isEmpty || count <= 1 << 36 else {
            throw TensorFailure(.shape, "more elements in \(shape) than are gone through")
        }
        return isEmpty ? 0 : count
    }

    /// A tensor over memory that `owner` keeps valid; nothing is copied. The memory must not change while it lives.
    package static func wrapping(
        _ memory: UnsafeRawBufferPointer, owner: AnyObject, shape: [Int], type: ElementType
    ) throws(TensorFailure) -> Tensor {
        let (bytes, overflow) = try elementCount(shape).multipliedReportingOverflow(by: type.byteCount)
        guard !overflow, bytes <= memory.count else {
            throw TensorFailure(.shape, "\(shape) needs more than the \(memory.count) bytes that are there")
        }
        let table = try Engine.table()
        let context = Unmanaged.passRetained(Owner(owner)).toOpaque()
        var failure = cordon_error()
        let extents = shape.map(Int64.init)
        // libtorch wants an address even for no elements.
        let base = memory.baseAddress ?? UnsafeRawPointer(context)
        guard
            let handle = table.wrap(
                UnsafeMutableRawPointer(mutating: base), type.rawValue, extents, Int64(extents.count), context,
                { Unmanaged<Owner>.fromOpaque($0!).release() }, &failure)
        else { throw TensorFailure(failure) }
        return try Tensor(owning: handle, table)
    }

    /// A tensor of these numbers; the array's memory is used as it is.
    package static func of<Element: BitwiseCopyable>(
        _ elements: [Element], shape: [Int], type: ElementType
    ) throws(TensorFailure) -> Tensor {
        let storage = ArrayStorage(elements)
        return try wrapping(UnsafeRawBufferPointer(storage.buffer), owner: storage, shape: shape, type: type)
    }

    /// A tensor of 32-bit numbers that are written in place: zeros until `fill` says otherwise.
    package static func filling(
        _ shape: [Int], _ fill: (UnsafeMutableBufferPointer<Float>) throws -> Void
    ) throws -> Tensor {
        let storage = ArrayStorage<Float>(zeros: try elementCount(shape))
        try fill(storage.buffer)
        return try wrapping(UnsafeRawBufferPointer(storage.buffer), owner: storage, shape: shape, type: .float32)
    }

    /// A tensor of numbers. Throws when the shape has another number of elements.
    public convenience init(_ elements: [Float], shape: [Int]) throws(TensorFailure) {
        try self.init(copyOf: elements, shape, .float32)
    }

    /// A tensor of whole numbers. Throws when the shape has another number of elements.
    public convenience init(_ elements: [Int64], shape: [Int]) throws(TensorFailure) {
        try self.init(copyOf: elements, shape, .int64)
    }

    private convenience init<Element: BitwiseCopyable>(
        copyOf elements: [Element], _ shape: [Int], _ type: ElementType
    ) throws(TensorFailure) {
        guard try Self.elementCount(shape) == elements.count else {
            throw TensorFailure(.shape, "\(elements.count) elements do not fill \(shape)")
        }
        let table = try Engine.table()
        // A second owner of the same native tensor: an initialiser cannot return another object.
        let wrapped = try Tensor.of(elements, shape: shape, type: type)
        let handle = withExtendedLifetime(wrapped) { table.retain(wrapped.handle) }
        guard let handle else { throw TensorFailure(.memory, "out of memory") }
        try self.init(owning: handle, table)
    }

    /// Lends the elements in row-major order, copied first only where they do not lie so.
    public func withBytes<Value>(_ body: (UnsafeRawBufferPointer) throws -> Value) throws -> Value {
        let table = try Engine.table()
        let flat = table.is_contiguous(handle) ? self : try call("aten::contiguous", "", .tensor(self))
        defer { withExtendedLifetime(flat) {} }
        return try body(UnsafeRawBufferPointer(start: table.data(flat.handle), count: count * type.byteCount))
    }

    /// All elements as 32-bit numbers.
    public func floats() throws -> [Float] { try elements(as: .float32) }
    /// All elements as 64-bit numbers.
    public func doubles() throws -> [Double] { try elements(as: .float64) }
    /// All elements as whole numbers; fractions are cut off.
    public func integers() throws -> [Int] { try elements(as: .int64) }
    /// All elements as truth values.
    public func booleans() throws -> [Bool] { try elements(as: .bool) }

    private func elements<Element: BitwiseCopyable>(as type: ElementType) throws -> [Element] {
        try cast(to: type).withBytes { Array($0.bindMemory(to: Element.self)) }
    }

    /// The same elements in another type.
    package func cast(to type: ElementType) throws(TensorFailure) -> Tensor {
        self.type == type
            ? self
            : try call("aten::to", "dtype", .tensor(self), .integer(Int(type.rawValue)))
    }
}

/// An array's elements at an address that stays.
private final class ArrayStorage<Element: BitwiseCopyable> {
    let buffer: UnsafeMutableBufferPointer<Element>

    init(_ elements: [Element]) {
        buffer = .allocate(capacity: max(1, elements.count))
        _ = buffer.initialize(from: elements)
    }

    init(zeros count: Int) where Element == Float {
        buffer = .allocate(capacity: max(1, count))
        buffer.initialize(repeating: 0)
    }

    deinit { buffer.deallocate() }
}

extension TensorFailure {
    /// A failure that the shim told.
    init(_ error: cordon_error) {
        var error = error
        let text = withUnsafeBytes(of: &error.message) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        self.init(error.kind == Int32(CORDON_FAILURE_MEMORY.rawValue) ? .memory : .native, text)
    }
}
