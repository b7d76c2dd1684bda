/// One abstract value on the pickle machine's stack: 8 bytes, no reference counting.
///
/// The top byte is the kind, the rest a payload: the offset of the opcode that made a string or bytes, the number of an
/// import or node, or a 56-bit integer. Strings are decoded only when somebody asks.
struct PickleValue: Hashable {
    enum Kind: UInt8 {
        case opaque, integer, string, bytes, imported, node, persistent
    }

    private let bits: UInt64

    init(_ kind: Kind, _ payload: Int) {
        bits = UInt64(kind.rawValue) << 56 | (UInt64(bitPattern: Int64(payload)) & 0x00FF_FFFF_FFFF_FFFF)
    }

    static let opaque = PickleValue(.opaque, 0)

    /// An integer if it fits 56 bits, otherwise an opaque value.
    static func integer(_ value: Int) -> PickleValue {
        abs(value) < 1 << 54 ? PickleValue(.integer, value) : .opaque
    }

    // Only `init` makes the top byte, so the raw value is always a kind; the fallback costs nothing.
    var kind: Kind { Kind(rawValue: UInt8(truncatingIfNeeded: bits >> 56)) ?? .opaque }
    var payload: Int { Int(truncatingIfNeeded: bits & 0x00FF_FFFF_FFFF_FFFF) }

    var integerValue: Int? {
        kind == .integer ? Int(truncatingIfNeeded: Int64(bitPattern: bits << 8) >> 8) : nil
    }
}

/// A composite value: containers keep their first items only, calls keep the callee and its arguments.
struct PickleNode {
    enum Kind: UInt8 {
        case tuple, list, dictionary, set
        /// Result of REDUCE, INST or OBJ, or of NEWOBJ: `callee` made it from the first item.
        case called, instantiated
        /// The rest of a container whose items did not fit in one run.
        case more
    }

    var kind: Kind
    /// Kept items: `items[start ..< start + count]` of the machine, then those of node `next` (0 means none).
    var count: UInt32 = 0
    var start: UInt32 = 0
    var next: UInt32 = 0
    /// Kept items in all linked runs.
    var kept: UInt32 = 0
    /// Values that a full copy would hold; grows exponentially in expansion attacks.
    var weight: Float = 1
    /// Levels of containers below, for nesting attacks.
    var depth: UInt32 = 0
    var callee: PickleValue = .opaque
}
