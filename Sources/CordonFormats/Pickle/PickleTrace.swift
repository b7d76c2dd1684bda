/// What a pickle would do with something it imports.
package struct PickleUse: OptionSet, Hashable, Sendable {
    /// The bits.
    package let rawValue: UInt8
    /// Makes a set from bits.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Imported and kept as a value.
    package static let referenced = PickleUse(rawValue: 1)
    /// Called with arguments (REDUCE, INST, OBJ).
    package static let called = PickleUse(rawValue: 2)
    /// Made without calling its initialiser (NEWOBJ, NEWOBJ_EX).
    package static let instantiated = PickleUse(rawValue: 4)
    /// An instance of it received state (BUILD).
    package static let setState = PickleUse(rawValue: 8)
    /// The result of calling it was itself called.
    package static let resultCalled = PickleUse(rawValue: 16)
    /// State was set, or items were stored, on the imported object itself.
    package static let patched = PickleUse(rawValue: 32)
}

/// Something a pickle imports, and everything it does with it.
package struct PickleImport: Hashable, Sendable {
    /// How the name was written.
    package enum Origin: Hashable, Sendable {
        /// GLOBAL or INST: in the opcode.
        case opcode
        /// STACK_GLOBAL: strings on the stack.
        case stack
        /// `getattr` on something imported earlier.
        case attribute
    }

    /// The module as written, for example `torch._utils`.
    package let module: String
    /// The name as written; dots walk attributes.
    package let name: String
    /// How it was written.
    package let origin: Origin
    /// Offset of the opcode that first imported it.
    package let offset: Int
    /// Everything that is done with it.
    package internal(set) var uses: PickleUse = .referenced
    /// Offset of the first call or instantiation.
    package internal(set) var callOffset: Int?
    /// Calls whose arguments were looked at: the first three.
    var callCount = 0
    /// Abbreviated arguments of the first calls, at most three.
    package internal(set) var arguments: [String] = []
    /// String arguments of calls, decoded, where a rule depends on them; at most 64 distinct lists.
    package internal(set) var textArguments: [[String]] = []

    /// Module and name joined by a dot.
    package var fullName: String { module.isEmpty ? name : module + "." + name }
}

/// Something about a pickle that the standard library's own pickler never writes.
package struct PickleAnomaly: Hashable, Sendable {
    /// What is unusual.
    package enum Kind: Hashable, Sendable {
        /// STACK_GLOBAL or `getattr` with a name that is computed while loading.
        case computedName
        /// A call of something that is neither an import nor a value made by one.
        case computedCall
        /// EXT1, EXT2, EXT4: the import is in a registry outside the file.
        case extensionCode
        /// FRAME that overlaps another, or reaches beyond the data.
        case frame
        /// An opcode that does not exist.
        case unknownOpcode
        /// The data ends inside an opcode, or before STOP.
        case truncated
        /// An opcode needs more values than the stack or memo has.
        case underflow
        /// PROTO above 5.
        case protocolVersion
        /// A name longer than any real one.
        case longName
        /// Shared values that would grow beyond all bounds when copied, compared or hashed.
        case expansion
        /// A memo index or integer literal made to exhaust memory or time.
        case resource
        /// More values than the machine keeps; what came after was read but not followed.
        case limit
    }

    /// What is unusual.
    package let kind: Kind
    /// Offset of the opcode, in bytes.
    package let offset: Int
    /// What was found, in words.
    package let detail: String
}

/// Data that a pickle hands to a loader.
package struct PickleLoadedPart: Hashable, Sendable {
    /// Where the data lies, in bytes.
    package let range: Range<Int>
    /// Whether the bytes are written as text, one character each, in UTF-8.
    package let isLatin1Text: Bool
}

/// What one file's pickles would import, call and change when loaded. Nothing is imported or called to find out.
package struct PickleTrace: Sendable {
    /// Distinct imports in order of appearance.
    package internal(set) var imports: [PickleImport] = []
    /// At most one of each kind per run, in order of appearance.
    package internal(set) var anomalies: [PickleAnomaly] = []
    /// Opcodes executed.
    package internal(set) var opcodeCount = 0
    /// Offset of the first persistent id.
    package internal(set) var firstPersistentID: Int?
    /// Byte strings that begin like a pickle or a zip archive, at most 4,096.
    package internal(set) var nestedPickles: [Range<Int>] = []
    /// Strings that begin like a pickle in base64, at most 4,096.
    package internal(set) var encodedPickles: [Range<Int>] = []
    /// Data handed to `torch.storage._load_from_bytes`.
    package internal(set) var loadedParts: [PickleLoadedPart] = []
    /// Raw array bytes that only joblib skips; every other unpickler reads them as opcodes.
    package internal(set) var skippedArrays: [Range<Int>] = []
}

/// How one pickle ended.
package enum PickleEnd: Hashable, Sendable {
    /// STOP; the next byte is at `next`.
    case stop(next: Int)
    /// Loading would fail at `offset`, after everything before it was done.
    case broken(offset: Int)
    /// The caller's limit was hit at `offset`.
    case limit(offset: Int)
}
