internal import Synchronization
internal import TorchABI

/// One argument of a libtorch operator.
enum Argument: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral
{
    /// What the operator's schema says.
    case standard
    case none
    case tensor(Tensor)
    case integer(Int)
    case real(Double)
    case boolean(Bool)
    case integers([Int])
    case reals([Double])
    case booleans([Bool])
    case tensors([Tensor])
    case optionalTensors([Tensor?])
    case generator(Generator)
    case text(String)

    init(integerLiteral value: Int) { self = .integer(value) }
    init(floatLiteral value: Double) { self = .real(value) }
    init(booleanLiteral value: Bool) { self = .boolean(value) }
    init(nilLiteral: ()) { self = .none }

    /// A tensor, or nothing.
    static func optional(_ tensor: Tensor?) -> Argument { tensor.map(Argument.tensor) ?? .none }
}

/// A seeded source of random numbers: the same seed gives the same numbers on the same machine.
///
/// `@unchecked Sendable`: libtorch locks a generator while it draws.
public final class Generator: @unchecked Sendable {
    let handle: OpaquePointer
    /// What it was started with.
    public let seed: UInt64

    /// Starts a generator.
    public init(seed: UInt64) throws(TensorFailure) {
        guard let handle = try Engine.table().generator(seed) else { throw TensorFailure(.memory, "out of memory") }
        self.handle = handle
        self.seed = seed
    }

    deinit {
        if let table = try? Engine.table() { table.release_generator(handle) }
    }
}

/// Operators found so far, by name and overload.
private let found = Mutex<[String: OperatorHandle]>([:])

/// Immutable after it was found; libtorch never unregisters.
private struct OperatorHandle: @unchecked Sendable {
    let pointer: OpaquePointer
}

private func handle(_ name: String, _ overload: String, _ table: cordon_torch) throws(TensorFailure) -> OpaquePointer {
    let key = overload.isEmpty ? name : name + "." + overload
    if let known = found.withLock({ $0[key] }) { return known.pointer }
    var failure = cordon_error()
    guard let pointer = table.find(name, overload, &failure) else { throw TensorFailure(failure) }
    let entry = OperatorHandle(pointer: pointer)
    found.withLock { $0[key] = entry }
    return pointer
}

/// Calls a libtorch operator that gives one tensor.
@discardableResult
func call(_ name: String, _ overload: String = "", _ arguments: Argument...) throws(TensorFailure) -> Tensor {
    try callList(name, overload, arguments, first: true)[0]
}

/// Calls a libtorch operator that gives several tensors, or a list of them.
func callMany(_ name: String, _ overload: String = "", _ arguments: Argument...) throws(TensorFailure) -> [Tensor] {
    try callList(name, overload, arguments, first: false)
}

/// Calls an operator; results that are no tensors are passed over.
func callList(
    _ name: String, _ overload: String, _ arguments: [Argument], first: Bool
) throws(TensorFailure) -> [Tensor] {
    let table = try Engine.table()
    let op = try handle(name, overload, table)
    var frame = Frame()
    defer { frame.free() }
    let values = arguments.map { frame.value($0) }
    var results = (cordon_value(), cordon_value(), cordon_value(), cordon_value(), cordon_value())
    var produced: Int64 = 0
    var failure = cordon_error()
    let isDone = withExtendedLifetime(arguments) {
        withUnsafeMutableBytes(of: &results) { buffer in
            let slots = buffer.bindMemory(to: cordon_value.self)
            return table.call(op, values, Int64(values.count), slots.baseAddress, 5, &produced, &failure)
        }
    }
    guard isDone else { throw TensorFailure(failure) }
    return try withUnsafeBytes(of: &results) { buffer throws(TensorFailure) in
        let slots = buffer.bindMemory(to: cordon_value.self)
        var tensors: [Tensor] = []
        for slot in slots.prefix(Int(produced)) {
            switch slot.tag {
            case Int32(CORDON_TENSOR.rawValue):
                tensors.append(try Tensor(owning: OpaquePointer(slot.pointer), table))
            case Int32(CORDON_TENSORS.rawValue):
                let list = slot.pointer.assumingMemoryBound(to: OpaquePointer?.self)
                defer { table.release_list(slot.pointer) }
                for index in 0..<Int(slot.count) {
                    if let handle = list[index] { tensors.append(try Tensor(owning: handle, table)) }
                }
            default: continue
            }
        }
        guard !first || !tensors.isEmpty else { throw TensorFailure(.native, "\(name) gave no tensor") }
        return tensors
    }
}

/// Memory of one call's arguments.
private struct Frame {
    private var allocations: [UnsafeMutableRawPointer] = []

    mutating func value(_ argument: Argument) -> cordon_value {
        var value = cordon_value()
        switch argument {
        case .standard: value.tag = Int32(CORDON_DEFAULT.rawValue)
        case .none: value.tag = Int32(CORDON_NONE.rawValue)
        case .tensor(let tensor):
            value.tag = Int32(CORDON_TENSOR.rawValue)
            value.pointer = UnsafeRawPointer(tensor.handle)
        case .integer(let integer):
            value.tag = Int32(CORDON_INTEGER.rawValue)
            value.integer = Int64(integer)
        case .real(let real):
            value.tag = Int32(CORDON_REAL.rawValue)
            value.real = real
        case .boolean(let truth):
            value.tag = Int32(CORDON_BOOLEAN.rawValue)
            value.integer = truth ? 1 : 0
        case .integers(let numbers): set(&value, CORDON_INTEGERS, numbers.map(Int64.init))
        case .reals(let numbers): set(&value, CORDON_REALS, numbers)
        case .booleans(let truths): set(&value, CORDON_BOOLEANS, truths.map { $0 ? UInt8(1) : 0 })
        case .tensors(let tensors): set(&value, CORDON_TENSORS, tensors.map(\.handle))
        case .optionalTensors(let tensors): set(&value, CORDON_OPTIONAL_TENSORS, tensors.map { $0?.handle })
        case .generator(let generator):
            value.tag = Int32(CORDON_GENERATOR.rawValue)
            value.pointer = UnsafeRawPointer(generator.handle)
        case .text(let text): set(&value, CORDON_TEXT, Array(text.utf8))
        }
        return value
    }

    private mutating func set<Element>(_ value: inout cordon_value, _ tag: cordon_tag, _ elements: [Element]) {
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
        memory.initialize(from: elements, count: elements.count)
        allocations.append(UnsafeMutableRawPointer(memory))
        value.tag = Int32(tag.rawValue)
        value.pointer = UnsafeRawPointer(memory)
        value.count = Int64(elements.count)
    }

    mutating func free() {
        for allocation in allocations { allocation.deallocate() }
    }
}
