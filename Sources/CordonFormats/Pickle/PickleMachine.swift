/// Bounds of one run of the pickle machine.
package struct PickleLimits: Sendable {
    /// Opcodes executed before the run stops; the caller reports it.
    package var opcodes: Int
    /// Composite values kept. What comes later is opaque: calls are still seen, their arguments are not.
    package var nodes = 1 << 21
    /// Values on the stack, and entries in the memo.
    package var stack = 1 << 24
    /// Longest module or attribute name in bytes; longer ones are an anomaly and stay unresolved.
    package var nameBytes = 1024
    /// Called every 65,536 opcodes; `true` stops the run.
    package var isExpired: @Sendable () -> Bool

    /// Makes limits.
    package init(opcodes: Int = .max, isExpired: @escaping @Sendable () -> Bool = { false }) {
        self.opcodes = opcodes
        self.isExpired = isExpired
    }
}

/// An abstract interpreter of Python pickles, protocols 0–5.
///
/// Executes every opcode on abstract values and records what would be imported, called, instantiated and changed. It
/// imports and calls nothing. A name computed at load time, a call of a computed value and everything else that cannot
/// be followed is recorded as an anomaly, never passed over. One machine follows all pickles of a file.
///
/// - Complexity: O(bytes of opcodes); the payloads of strings and bytes are skipped, not read.
/// - Note: Source: CPython 3.14 `Lib/pickle.py`, `Modules/_pickle.c`, `Lib/pickletools.py`; joblib's array layout from
///   `joblib/numpy_pickle.py` 1.5 (raw array bytes follow the BUILD of a `NumpyArrayWrapper`).
package struct PickleMachine {
    /// What has been seen so far.
    package internal(set) var trace = PickleTrace()

    let limits: PickleLimits
    var stack: ContiguousArray<PickleValue> = []
    var marks: ContiguousArray<Int> = []
    var memo: ContiguousArray<PickleValue> = []
    /// Memo entries with indices far beyond the dense part.
    var sparseMemo: [Int: PickleValue] = [:]
    // Node 0 stands for "no next node".
    var nodes: ContiguousArray<PickleNode> = [PickleNode(kind: .more)]
    var items: ContiguousArray<PickleValue> = []
    var names = PickleNames()
    var frameEnd = 0
    var depth = 0
    var seenAnomalies: Set<PickleAnomaly.Kind> = []

    /// Items kept of each container: enough to abbreviate arguments and to read an array's description.
    static let keptItems: UInt32 = 64
    static let nestingLimit = 16
    /// Most embedded parts of each kind that are remembered.
    static let partLimit = 4096
    /// Most distinct imports; honest models have a few dozen.
    static let importLimit = 10_000
    static let deepNesting: UInt32 = 20_000

    /// Makes a machine.
    package init(limits: PickleLimits) { self.limits = limits }

    /// Follows one pickle that starts at `start`, to its STOP or to the place where loading would fail.
    package mutating func run(_ bytes: RawSpan, from start: Int) -> PickleEnd {
        stack.removeAll(keepingCapacity: true)
        marks.removeAll(keepingCapacity: true)
        memo.removeAll(keepingCapacity: true)
        sparseMemo.removeAll()
        frameEnd = 0
        return execute(bytes, from: start)
    }

    /// Follows opcodes that begin in the middle of a pickle: values from before are opaque.
    package mutating func resume(_ bytes: RawSpan, from start: Int) -> PickleEnd {
        memo = ContiguousArray(repeating: .opaque, count: 256)
        marks = []
        stack = ContiguousArray(repeating: .opaque, count: 64)
        return execute(bytes, from: start)
    }

    // MARK: The loop

    mutating func execute(_ bytes: RawSpan, from start: Int) -> PickleEnd {
        var position = start
        var count = 0
        defer { trace.opcodeCount += count }
        let budget = limits.opcodes - trace.opcodeCount
        while true {
            let offset = position
            guard let opcode = bytes.byte(at: offset) else { return fail(.truncated, offset, "no STOP") }
            count += 1
            if count & 0xFFFF == 0, limits.isExpired() { return .limit(offset: offset) }
            if count > budget { return .limit(offset: offset) }
            position = offset + 1
            switch step(opcode, bytes, offset, &position) {
            case .next: break
            case .stop: return .stop(next: position)
            case .fail(let kind, let detail): return fail(kind, offset, detail)
            }
            if position > frameEnd, offset < frameEnd {
                note(.frame, offset, "an opcode crosses the end of its frame")
            }
        }
    }

    enum Step {
        case next, stop
        case fail(PickleAnomaly.Kind, String)
        static var truncated: Step { .fail(.truncated, "the data ends inside an opcode") }
        static var underflow: Step { .fail(.underflow, "an opcode needs more values than there are") }
    }

    @inline(__always)
    mutating func step(_ opcode: UInt8, _ bytes: RawSpan, _ offset: Int, _ position: inout Int) -> Step {
        switch opcode {
        // Scalars
        case UInt8(ascii: "N"), 0x88, 0x89: return push(.opaque)
        case UInt8(ascii: "K"):
            guard let value = bytes.byte(at: position) else { return .truncated }
            position += 1
            return push(.integer(Int(value)))
        case UInt8(ascii: "M"):
            guard let value = bytes.littleEndian(at: position, as: UInt16.self) else { return .truncated }
            position += 2
            return push(.integer(Int(value)))
        case UInt8(ascii: "J"):
            guard let value = bytes.littleEndian(at: position, as: Int32.self) else { return .truncated }
            position += 4
            return push(.integer(Int(value)))
        case UInt8(ascii: "G"):
            return skip(8, bytes, &position, pushing: .opaque)
        case 0x8A:
            return longInteger(bytes, &position)
        case 0x8B:
            guard let length = bytes.littleEndian(at: position, as: Int32.self), length >= 0 else { return .truncated }
            position += 4
            return skip(Int(length), bytes, &position, pushing: .opaque)
        case UInt8(ascii: "I"), UInt8(ascii: "L"), UInt8(ascii: "F"):
            return textNumber(bytes, offset, &position)

        // Strings and bytes
        case 0x8C: return counted(UInt8.self, .string, bytes, offset, &position)
        case UInt8(ascii: "X"): return counted(UInt32.self, .string, bytes, offset, &position)
        case 0x8D: return counted(UInt64.self, .string, bytes, offset, &position)
        case UInt8(ascii: "U"): return counted(UInt8.self, .string, bytes, offset, &position)
        case UInt8(ascii: "T"): return counted(Int32.self, .string, bytes, offset, &position)
        case UInt8(ascii: "C"): return counted(UInt8.self, .bytes, bytes, offset, &position)
        case UInt8(ascii: "B"): return counted(UInt32.self, .bytes, bytes, offset, &position)
        case 0x8E, 0x96: return counted(UInt64.self, .bytes, bytes, offset, &position)
        case UInt8(ascii: "S"), UInt8(ascii: "V"):
            guard line(bytes, &position) != nil else { return .truncated }
            return push(PickleValue(.string, offset))

        // Containers
        case UInt8(ascii: ")"): return push(make(.tuple))
        case UInt8(ascii: "]"): return push(make(.list))
        case UInt8(ascii: "}"): return push(make(.dictionary))
        case 0x8F: return push(make(.set))
        case 0x85: return tuple(of: 1)
        case 0x86: return tuple(of: 2)
        case 0x87: return tuple(of: 3)
        case UInt8(ascii: "t"): return gather(.tuple)
        case UInt8(ascii: "l"): return gather(.list)
        case UInt8(ascii: "d"): return gather(.dictionary)
        case 0x91: return gather(.set)
        case UInt8(ascii: "a"): return store(1, offset)
        case UInt8(ascii: "s"): return store(2, offset)
        case UInt8(ascii: "e"), UInt8(ascii: "u"), 0x90: return storeMarked(offset)

        // Stack and memo
        case UInt8(ascii: "("):
            guard marks.count < limits.stack else { return .fail(.limit, "too many marks") }
            marks.append(stack.count)
            return .next
        case UInt8(ascii: "0"): return pop()
        case UInt8(ascii: "1"):
            guard let mark = marks.popLast() else { return .underflow }
            stack.removeSubrange(mark...)
            return .next
        case UInt8(ascii: "2"):
            guard let top = top else { return .underflow }
            return push(top)
        case 0x94: return memoize(at: memo.count + sparseMemo.count, offset)
        case UInt8(ascii: "q"):
            guard let index = bytes.byte(at: position) else { return .truncated }
            position += 1
            return memoize(at: Int(index), offset)
        case UInt8(ascii: "r"):
            guard let index = bytes.littleEndian(at: position, as: UInt32.self) else { return .truncated }
            position += 4
            return memoize(at: Int(index), offset)
        case UInt8(ascii: "p"):
            guard let index = lineNumber(bytes, &position) else { return .truncated }
            return memoize(at: index, offset)
        case UInt8(ascii: "h"):
            guard let index = bytes.byte(at: position) else { return .truncated }
            position += 1
            return recall(Int(index))
        case UInt8(ascii: "j"):
            guard let index = bytes.littleEndian(at: position, as: UInt32.self) else { return .truncated }
            position += 4
            return recall(Int(index))
        case UInt8(ascii: "g"):
            guard let index = lineNumber(bytes, &position) else { return .truncated }
            return recall(index)

        // Imports, calls, state
        case UInt8(ascii: "c"): return global(bytes, offset, &position)
        case 0x93: return stackGlobal(bytes, offset)
        case UInt8(ascii: "i"): return instance(bytes, offset, &position)
        case UInt8(ascii: "o"): return object(bytes, offset)
        case UInt8(ascii: "R"): return reduce(bytes, offset)
        case 0x81: return newObject(bytes, offset, keywords: false)
        case 0x92: return newObject(bytes, offset, keywords: true)
        case UInt8(ascii: "b"): return build(bytes, offset, &position)
        case UInt8(ascii: "P"):
            guard line(bytes, &position) != nil else { return .truncated }
            return persistent(offset, .opaque, bytes)
        case UInt8(ascii: "Q"):
            guard let identifier = popValue() else { return .underflow }
            return persistent(offset, identifier, bytes)
        case 0x82: return skipExtension(1, bytes, offset, &position)
        case 0x83: return skipExtension(2, bytes, offset, &position)
        case 0x84: return skipExtension(4, bytes, offset, &position)

        // The stream itself
        case 0x80:
            guard let version = bytes.byte(at: position) else { return .truncated }
            position += 1
            return version <= 5 ? .next : .fail(.protocolVersion, "protocol \(version) does not exist")
        case 0x95: return frame(bytes, offset, &position)
        case 0x97: return push(.opaque)
        case 0x98: return top == nil ? .underflow : .next
        case UInt8(ascii: "."):
            return popValue() == nil ? .underflow : .stop
        default:
            return .fail(.unknownOpcode, "opcode \(hexByte(opcode)) does not exist")
        }
    }

    // MARK: Stack

    /// The top value above the last mark.
    var top: PickleValue? {
        stack.count > (marks.last ?? 0) ? stack.last : nil
    }

    @inline(__always)
    mutating func push(_ value: PickleValue) -> Step {
        guard stack.count < limits.stack else { return .fail(.limit, "too many values on the stack") }
        stack.append(value)
        return .next
    }

    @inline(__always)
    mutating func popValue() -> PickleValue? {
        guard stack.count > (marks.last ?? 0) else { return nil }
        return stack.popLast()
    }

    mutating func pop() -> Step {
        if popValue() != nil { return .next }
        return marks.popLast() == nil ? .underflow : .next
    }

    mutating func memoize(at index: Int, _ offset: Int) -> Step {
        guard let value = top else { return .underflow }
        if index < 0 { return .fail(.underflow, "a memo index is negative") }
        if index > 1 << 20, index > 64 * (memo.count + sparseMemo.count + 1024) {
            note(.resource, offset, "memo index \(index) makes the unpickler allocate a table of that size")
        }
        if index < memo.count {
            memo[index] = value
        } else if index == memo.count, sparseMemo[index] == nil {
            memo.append(value)
        } else {
            sparseMemo[index] = value
        }
        guard memo.count + sparseMemo.count <= limits.stack else { return .fail(.limit, "too many memo entries") }
        return .next
    }

    @inline(__always)
    mutating func recall(_ index: Int) -> Step {
        if index >= 0, index < memo.count { return push(memo[index]) }
        guard let value = sparseMemo[index] else { return .fail(.underflow, "memo has no entry \(index)") }
        return push(value)
    }

    // MARK: Literals

    @inline(__always)
    mutating func skip(
        _ count: Int, _ bytes: RawSpan, _ position: inout Int, pushing value: PickleValue
    ) -> Step {
        guard bytes.contains(offset: position, count: count) else { return .truncated }
        position += count
        return push(value)
    }

    @inline(__always)
    mutating func counted<Length: FixedWidthInteger & BitwiseCopyable>(
        _ type: Length.Type, _ kind: PickleValue.Kind, _ bytes: RawSpan, _ offset: Int, _ position: inout Int
    ) -> Step {
        guard let length = bytes.littleEndian(at: position, as: type), let count = Int(exactly: length), count >= 0
        else { return .truncated }
        position += MemoryLayout<Length>.size
        if count > 1 << 32, count - bytes.byteCount > count / 2 {
            note(.resource, offset, "a literal claims \(count) bytes")
        }
        if kind == .string, count >= 16, count < 1 << 20 { noticeEncoded(bytes, position, count) }
        if kind == .bytes, count >= 4 { noticeNested(bytes, position, count) }
        return skip(count, bytes, &position, pushing: PickleValue(kind, offset))
    }

    /// Remembers byte strings that begin like a pickle, so that the caller can follow those too.
    mutating func noticeNested(_ bytes: RawSpan, _ start: Int, _ count: Int) {
        guard trace.nestedPickles.count < Self.partLimit, bytes.contains(offset: start, count: count),
            let first = bytes.byte(at: start), let second = bytes.byte(at: start + 1),
            (first == 0x80 && (1...5).contains(second)) || (first == 0x50 && second == 0x4B)
        else { return }
        trace.nestedPickles.append(start..<(start + count))
    }

    /// The same for base64 text: protocols 2 to 5 begin with `gAJ`, `gAN`, `gAS`, `gAW`.
    mutating func noticeEncoded(_ bytes: RawSpan, _ start: Int, _ count: Int) {
        guard trace.encodedPickles.count < Self.partLimit, bytes.hasBytes("gA", at: start),
            bytes.contains(offset: start, count: count),
            let third = bytes.byte(at: start + 2), [0x4A, 0x4E, 0x53, 0x54, 0x56, 0x57].contains(third)
        else { return }
        trace.encodedPickles.append(start..<(start + count))
    }

    mutating func longInteger(_ bytes: RawSpan, _ position: inout Int) -> Step {
        guard let length = bytes.byte(at: position), bytes.contains(offset: position + 1, count: Int(length)) else {
            return .truncated
        }
        position += 1
        defer { position += Int(length) }
        guard length <= 7 else { return push(.opaque) }
        var value: UInt64 = 0
        var last: UInt8 = 0
        for index in 0..<Int(length) {
            last = bytes.byte(at: position + index) ?? 0
            value |= UInt64(last) << UInt64(8 * index)
        }
        if last & 0x80 != 0 { value |= ~UInt64(0) << UInt64(8 * Int(length)) }
        return push(.integer(Int(Int64(bitPattern: value))))
    }

    mutating func textNumber(_ bytes: RawSpan, _ offset: Int, _ position: inout Int) -> Step {
        guard let range = line(bytes, &position) else { return .truncated }
        if range.count > 4096 {
            note(.resource, offset, "a number of \(range.count) digits takes quadratic time to read")
        }
        guard range.count <= 20, let text = bytes.text(at: range.lowerBound, count: range.count) else {
            return push(.opaque)
        }
        let digits = text.hasSuffix("L") ? String(text.dropLast()) : text
        return push(Int(digits).map(PickleValue.integer) ?? .opaque)
    }

    /// The bytes up to the next line feed, which is skipped.
    func line(_ bytes: RawSpan, _ position: inout Int) -> Range<Int>? {
        let start = position
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n"), from: start, to: bytes.byteCount) else { return nil }
        position = end + 1
        return start..<end
    }

    func lineNumber(_ bytes: RawSpan, _ position: inout Int) -> Int? {
        guard let range = line(bytes, &position), range.count <= 4096 else { return nil }
        return bytes.copy(at: range.lowerBound, count: range.count).flatMap { PickleText.integer($0) }
    }

    // MARK: Anomalies

    /// Asked before a detail is put together, so that a million anomalies cost no more than one.
    func isFirst(_ kind: PickleAnomaly.Kind) -> Bool { !seenAnomalies.contains(kind) }

    mutating func note(_ kind: PickleAnomaly.Kind, _ offset: Int, _ detail: String) {
        guard seenAnomalies.insert(kind).inserted else { return }
        trace.anomalies.append(PickleAnomaly(kind: kind, offset: offset, detail: detail))
    }

    mutating func fail(_ kind: PickleAnomaly.Kind, _ offset: Int, _ detail: String) -> PickleEnd {
        note(kind, offset, detail)
        return kind == .limit ? .limit(offset: offset) : .broken(offset: offset)
    }

    func hexByte(_ byte: UInt8) -> String { "0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}
