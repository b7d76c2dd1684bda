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
    package private(set) var trace = PickleTrace()

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
    private var frameEnd = 0
    private var depth = 0
    private var seenAnomalies: Set<PickleAnomaly.Kind> = []

    /// Items kept of each container: enough to abbreviate arguments and to read an array's description.
    static let keptItems: UInt32 = 64
    private static let nestingLimit = 16
    /// Most embedded parts of each kind that are remembered.
    private static let partLimit = 4096
    /// Most distinct imports; honest models have a few dozen.
    private static let importLimit = 10_000
    private static let deepNesting: UInt32 = 20_000

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

    private mutating func execute(_ bytes: RawSpan, from start: Int) -> PickleEnd {
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

    private enum Step {
        case next, stop
        case fail(PickleAnomaly.Kind, String)
        static var truncated: Step { .fail(.truncated, "the data ends inside an opcode") }
        static var underflow: Step { .fail(.underflow, "an opcode needs more values than there are") }
    }

    @inline(__always)
    private mutating func step(_ opcode: UInt8, _ bytes: RawSpan, _ offset: Int, _ position: inout Int) -> Step {
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
            trace.protocolVersion = max(trace.protocolVersion, Int(version))
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
    private var top: PickleValue? {
        stack.count > (marks.last ?? 0) ? stack.last : nil
    }

    @inline(__always)
    private mutating func push(_ value: PickleValue) -> Step {
        guard stack.count < limits.stack else { return .fail(.limit, "too many values on the stack") }
        stack.append(value)
        return .next
    }

    @inline(__always)
    private mutating func popValue() -> PickleValue? {
        guard stack.count > (marks.last ?? 0) else { return nil }
        return stack.popLast()
    }

    private mutating func pop() -> Step {
        if popValue() != nil { return .next }
        return marks.popLast() == nil ? .underflow : .next
    }

    private mutating func memoize(at index: Int, _ offset: Int) -> Step {
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
    private mutating func recall(_ index: Int) -> Step {
        if index >= 0, index < memo.count { return push(memo[index]) }
        guard let value = sparseMemo[index] else { return .fail(.underflow, "memo has no entry \(index)") }
        return push(value)
    }

    // MARK: Literals

    @inline(__always)
    private mutating func skip(
        _ count: Int, _ bytes: RawSpan, _ position: inout Int, pushing value: PickleValue
    ) -> Step {
        guard bytes.contains(offset: position, count: count) else { return .truncated }
        position += count
        return push(value)
    }

    @inline(__always)
    private mutating func counted<Length: FixedWidthInteger & BitwiseCopyable>(
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
    private mutating func noticeNested(_ bytes: RawSpan, _ start: Int, _ count: Int) {
        guard trace.nestedPickles.count < Self.partLimit, bytes.contains(offset: start, count: count),
            let first = bytes.byte(at: start), let second = bytes.byte(at: start + 1),
            (first == 0x80 && (1...5).contains(second)) || (first == 0x50 && second == 0x4B)
        else { return }
        trace.nestedPickles.append(start..<(start + count))
    }

    /// The same for base64 text: protocols 2 to 5 begin with `gAJ`, `gAN`, `gAS`, `gAW`.
    private mutating func noticeEncoded(_ bytes: RawSpan, _ start: Int, _ count: Int) {
        guard trace.encodedPickles.count < Self.partLimit, bytes.hasBytes("gA", at: start),
            bytes.contains(offset: start, count: count),
            let third = bytes.byte(at: start + 2), [0x4A, 0x4E, 0x53, 0x54, 0x56, 0x57].contains(third)
        else { return }
        trace.encodedPickles.append(start..<(start + count))
    }

    private mutating func longInteger(_ bytes: RawSpan, _ position: inout Int) -> Step {
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

    private mutating func textNumber(_ bytes: RawSpan, _ offset: Int, _ position: inout Int) -> Step {
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
    private func line(_ bytes: RawSpan, _ position: inout Int) -> Range<Int>? {
        let start = position
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n"), from: start, to: bytes.byteCount) else { return nil }
        position = end + 1
        return start..<end
    }

    private func lineNumber(_ bytes: RawSpan, _ position: inout Int) -> Int? {
        guard let range = line(bytes, &position), range.count <= 4096 else { return nil }
        return bytes.copy(at: range.lowerBound, count: range.count).flatMap { PickleText.integer($0) }
    }

    // MARK: Containers

    /// A new empty node, or an opaque value once the limit is reached.
    mutating func make(_ kind: PickleNode.Kind) -> PickleValue {
        guard nodes.count < limits.nodes else {
            if isFirst(.limit) { note(.limit, 0, "more than \(limits.nodes) composite values") }
            return .opaque
        }
        nodes.append(PickleNode(kind: kind))
        return PickleValue(.node, nodes.count - 1)
    }

    private mutating func tuple(of count: Int) -> Step {
        guard stack.count - (marks.last ?? 0) >= count else { return .underflow }
        let value = make(.tuple)
        append(from: stack.count - count, to: value)
        stack.removeLast(count)
        stack.append(value)
        return .next
    }

    private mutating func gather(_ kind: PickleNode.Kind) -> Step {
        guard let mark = marks.popLast() else { return .underflow }
        let value = make(kind)
        append(from: mark, to: value)
        stack.removeSubrange(mark...)
        return push(value)
    }

    private mutating func store(_ count: Int, _ offset: Int) -> Step {
        guard stack.count - (marks.last ?? 0) > count else { return .underflow }
        let target = stack[stack.count - count - 1]
        append(from: stack.count - count, to: target)
        markPatched(target, offset)
        stack.removeLast(count)
        return .next
    }

    private mutating func storeMarked(_ offset: Int) -> Step {
        guard let mark = marks.popLast(), mark > (marks.last ?? 0) else { return .underflow }
        let target = stack[mark - 1]
        append(from: mark, to: target)
        markPatched(target, offset)
        stack.removeSubrange(mark...)
        return .next
    }

    /// Adds `stack[low...]` to a container's kept items and weight.
    private mutating func append(from low: Int, to target: PickleValue) {
        guard target.kind == .node, low < stack.count else { return }
        let index = target.payload
        var added: Float = 0
        var deepest: UInt32 = 0
        for position in low..<stack.count where stack[position].kind == .node {
            let child = nodes[stack[position].payload]
            added += child.weight - 1
            deepest = max(deepest, child.depth)
        }
        nodes[index].weight += added + Float(stack.count - low)
        nodes[index].depth = max(nodes[index].depth, deepest + 1)
        if nodes[index].depth == Self.deepNesting {
            note(
                .expansion, 0,
                "containers nested \(Self.deepNesting) deep overflow the stack of whoever frees or prints them")
        }
        if nodes[index].weight > 1e9, nodes[index].weight > 1000 * Float(items.count + 1) {
            note(.expansion, 0, "shared containers expand to more than a thousand million values")
        }
        let keep = min(UInt32(clamping: stack.count - low), Self.keptItems &- min(Self.keptItems, nodes[index].kept))
        guard keep > 0 else { return }
        nodes[index].kept += keep
        let start = UInt32(clamping: items.count)
        items.append(contentsOf: stack[low..<(low + Int(keep))])
        if nodes[index].count == 0 {
            nodes[index].start = start
            nodes[index].count = keep
        } else if nodes.count < limits.nodes {
            // New runs go right behind the first one, linked; `keptItems(of:)` sorts by position.
            nodes.append(PickleNode(kind: .more, count: keep, start: start, next: nodes[index].next))
            nodes[index].next = UInt32(clamping: nodes.count - 1)
        }
    }

    /// The kept items of a container in the order they were added.
    func keptItems(of value: PickleValue) -> [PickleValue] {
        guard value.kind == .node else { return [] }
        var runs: [Range<Int>] = []
        var index = value.payload
        repeat {
            let node = nodes[index]
            runs.append(Int(node.start)..<Int(node.start + node.count))
            index = Int(node.next)
        } while index != 0 && runs.count <= Int(Self.keptItems)
        return runs.sorted { $0.lowerBound < $1.lowerBound }.flatMap { items[$0] }
    }

    // MARK: Imports

    private mutating func global(_ bytes: RawSpan, _ offset: Int, _ position: inout Int) -> Step {
        guard let module = line(bytes, &position), let name = line(bytes, &position) else { return .truncated }
        return push(intern(bytes, module, name, .opcode, offset))
    }

    private mutating func stackGlobal(_ bytes: RawSpan, _ offset: Int) -> Step {
        guard let name = popValue(), let module = popValue() else { return .underflow }
        if let moduleRange = plainRange(of: module, in: bytes), let nameRange = plainRange(of: name, in: bytes) {
            return push(intern(bytes, moduleRange, nameRange, .stack, offset))
        }
        guard let moduleText = text(of: module, in: bytes), let nameText = text(of: name, in: bytes) else {
            if isFirst(.computedName) {
                let detail = "module \(describe(module, bytes)), name \(describe(name, bytes))"
                note(.computedName, offset, detail)
            }
            return push(.opaque)
        }
        return push(intern(moduleText, nameText, .stack, offset))
    }

    private mutating func intern(
        _ bytes: RawSpan, _ module: Range<Int>, _ name: Range<Int>, _ origin: PickleImport.Origin, _ offset: Int
    ) -> PickleValue {
        guard module.count <= limits.nameBytes, name.count <= limits.nameBytes else {
            note(.longName, offset, "a name of \(max(module.count, name.count)) bytes")
            return .opaque
        }
        let hash = PickleNames.hash(bytes, module, name)
        if let known = names.number(hash, bytes, module, name) { return PickleValue(.imported, known) }
        let moduleText = bytes.text(at: module.lowerBound, count: module.count) ?? ""
        let nameText = bytes.text(at: name.lowerBound, count: name.count) ?? ""
        let value = intern(moduleText, nameText, origin, offset)
        if value.kind == .imported { names.remember(value.payload, hash, module, name) }
        return value
    }

    private mutating func intern(
        _ module: String, _ name: String, _ origin: PickleImport.Origin, _ offset: Int
    ) -> PickleValue {
        guard module.utf8.count <= limits.nameBytes, name.utf8.count <= limits.nameBytes else {
            note(.longName, offset, "a name of \(max(module.utf8.count, name.utf8.count)) bytes")
            return .opaque
        }
        guard trace.imports.count < Self.importLimit else {
            note(.resource, offset, "more than \(Self.importLimit) distinct imports, the later ones unjudged")
            return .opaque
        }
        let number = names.number(module: module, name: name, origin: origin) {
            trace.imports.append(PickleImport(module: module, name: name, origin: origin, offset: offset))
            return trace.imports.count - 1
        }
        return PickleValue(.imported, number)
    }

    // MARK: Calls

    private mutating func instance(_ bytes: RawSpan, _ offset: Int, _ position: inout Int) -> Step {
        guard let module = line(bytes, &position), let name = line(bytes, &position) else { return .truncated }
        let callee = intern(bytes, module, name, .opcode, offset)
        guard let mark = marks.popLast() else { return .underflow }
        let arguments = make(.tuple)
        append(from: mark, to: arguments)
        stack.removeSubrange(mark...)
        return push(call(callee, arguments, .called, bytes, offset))
    }

    private mutating func object(_ bytes: RawSpan, _ offset: Int) -> Step {
        guard let mark = marks.popLast(), mark < stack.count else { return .underflow }
        let callee = stack[mark]
        let arguments = make(.tuple)
        append(from: mark + 1, to: arguments)
        stack.removeSubrange(mark...)
        return push(call(callee, arguments, .called, bytes, offset))
    }

    private mutating func reduce(_ bytes: RawSpan, _ offset: Int) -> Step {
        guard let arguments = popValue(), let callee = popValue() else { return .underflow }
        return push(call(callee, arguments, .called, bytes, offset))
    }

    private mutating func newObject(_ bytes: RawSpan, _ offset: Int, keywords: Bool) -> Step {
        if keywords, popValue() == nil { return .underflow }
        guard let arguments = popValue(), let callee = popValue() else { return .underflow }
        return push(call(callee, arguments, .instantiated, bytes, offset))
    }

    private mutating func call(
        _ callee: PickleValue, _ arguments: PickleValue, _ use: PickleUse, _ bytes: RawSpan, _ offset: Int
    ) -> PickleValue {
        guard let target = callable(callee) else {
            if isFirst(.computedCall) {
                let detail = describe(callee, bytes) + describeArguments(arguments, bytes)
                note(.computedCall, offset, detail)
            }
            return .opaque
        }
        let special = names.special(target.number)
        record(target, arguments, use, bytes, offset, sensitive: [.codec, .metaclass, .typeLoader].contains(special))
        if target.throughResult, special != .none, special != .typeLoader, isFirst(.computedCall) {
            let detail = describe(callee, bytes) + describeArguments(arguments, bytes)
            note(.computedCall, offset, detail)
        }
        noteSizes(special, arguments, bytes, offset)
        if special == .bytesLoader { noteLoaded(arguments, bytes, offset) }
        if special == .applier, use == .called { return apply(arguments, bytes, offset) }
        if special == .getattr, use == .called { return attribute(arguments, bytes, offset) }
        if special == .importer, use == .called { return importing(arguments, bytes, offset) }
        let result = make(use == .instantiated ? .instantiated : .called)
        guard result.kind == .node else { return result }
        let index = result.payload
        nodes[index].callee = callee
        if arguments.kind == .node {
            nodes[index].weight = nodes[arguments.payload].weight
            nodes[index].depth = nodes[arguments.payload].depth + 1
        }
        nodes[index].start = UInt32(clamping: items.count)
        nodes[index].count = 1
        items.append(arguments)
        return result
    }

    /// Calls that ask for more memory than any model, or for an endless sequence.
    private mutating func noteSizes(
        _ special: PickleNames.Special, _ arguments: PickleValue, _ bytes: RawSpan, _ offset: Int
    ) {
        guard special == .sized || special == .consumer, let first = keptItems(of: arguments).first else { return }
        if special == .consumer {
            guard first.kind == .node, let source = callable(first), names.special(source.number) == .endless else {
                return
            }
            let sizes = keptItems(of: keptItems(of: first).first ?? .opaque).compactMap(\.integerValue)
            if trace.imports[source.number].name != "range" || (sizes.max() ?? 0) > 1 << 31 {
                note(.resource, offset, "a container is filled from \(describe(first, bytes))")
            }
            return
        }
        let extents = first.integerValue.map { [$0] } ?? keptItems(of: first).compactMap(\.integerValue)
        let total = extents.reduce(1.0) { $0 * Double($1) }
        if total > 4e9 { note(.resource, offset, "\(Int(min(total, 1e18))) elements are asked for") }
    }

    /// `torch.storage._load_from_bytes(data)` loads its argument: it is a file of its own.
    private mutating func noteLoaded(_ arguments: PickleValue, _ bytes: RawSpan, _ offset: Int) {
        guard let data = keptItems(of: arguments).first, trace.loadedParts.count < Self.partLimit else {
            return note(.computedCall, offset, "data to load that cannot be read")
        }
        if data.kind == .bytes || data.kind == .string, let range = range(of: data, in: bytes) {
            trace.loadedParts.append(PickleLoadedPart(range: range, isLatin1Text: false))
        } else if data.kind == .node, let maker = callable(data), names.special(maker.number) == .codec,
            let text = keptItems(of: keptItems(of: data).first ?? .opaque).first, let range = range(of: text, in: bytes)
        {
            trace.loadedParts.append(PickleLoadedPart(range: range, isLatin1Text: true))
        } else {
            note(.computedCall, offset, "data to load that is computed: \(describe(data, bytes))")
        }
    }

    /// `torch._tensor._rebuild_from_type_v2(function, type, arguments, state)` calls the function.
    private mutating func apply(_ arguments: PickleValue, _ bytes: RawSpan, _ offset: Int) -> PickleValue {
        let parts = keptItems(of: arguments)
        guard parts.count >= 3 else {
            note(.computedCall, offset, "a call that is computed: \(describe(arguments, bytes))")
            return .opaque
        }
        return call(parts[0], parts[2], .called, bytes, offset)
    }

    /// The import behind a callee: itself, or what made the value that is called.
    private func callable(_ value: PickleValue) -> (number: Int, throughResult: Bool)? {
        var current = value
        var through = false
        for _ in 0..<8 {
            switch current.kind {
            case .imported: return (current.payload, through)
            case .node:
                let node = nodes[current.payload]
                guard node.kind == .called || node.kind == .instantiated else { return nil }
                current = wrapped(by: current) ?? node.callee
                through = true
            default: return nil
            }
        }
        return nil
    }

    private mutating func record(
        _ target: (number: Int, throughResult: Bool), _ arguments: PickleValue, _ use: PickleUse, _ bytes: RawSpan,
        _ offset: Int, sensitive: Bool
    ) {
        let number = target.number
        trace.imports[number].uses.formUnion(target.throughResult ? [use, .resultCalled] : use)
        if trace.imports[number].callOffset == nil { trace.imports[number].callOffset = offset }
        if sensitive { recordTexts(arguments, number, bytes) }
        guard trace.imports[number].callCount < 3 else { return }
        trace.imports[number].callCount += 1
        let described = describeArguments(arguments, bytes)
        if !trace.imports[number].arguments.contains(described) { trace.imports[number].arguments.append(described) }
    }

    /// Keeps distinct argument lists; when there are too many, a list that no rule accepts stands for the rest.
    private mutating func recordTexts(_ arguments: PickleValue, _ number: Int, _ bytes: RawSpan) {
        var texts = keptItems(of: arguments).prefix(4).map { text(of: $0, in: bytes) ?? "" }
        // Of a decoding only the codec matters.
        if names.special(number) == .codec, !texts.isEmpty { texts[0] = "" }
        guard !trace.imports[number].textArguments.contains(texts) else { return }
        if trace.imports[number].textArguments.count < 64 {
            trace.imports[number].textArguments.append(texts)
        } else if trace.imports[number].textArguments.count == 64 {
            trace.imports[number].textArguments.append(["?", "?", "?"])
        }
    }

    /// `getattr(base, "name")`: a new import when both are known, an anomaly otherwise.
    private mutating func attribute(_ arguments: PickleValue, _ bytes: RawSpan, _ offset: Int) -> PickleValue {
        let values = keptItems(of: arguments)
        guard values.count >= 2, let base = callable(values[0]), let name = text(of: values[1], in: bytes) else {
            if isFirst(.computedName) {
                let detail = "getattr" + describeArguments(arguments, bytes)
                note(.computedName, offset, detail)
            }
            return .opaque
        }
        let owner = trace.imports[base.number]
        return intern(owner.module, owner.name + "." + name, .attribute, offset)
    }

    /// `_ufunc_reconstruct("numpy", "log1p")`: imports what its arguments name.
    private mutating func importing(_ arguments: PickleValue, _ bytes: RawSpan, _ offset: Int) -> PickleValue {
        let values = keptItems(of: arguments)
        guard values.count == 2, let module = text(of: values[0], in: bytes), let name = text(of: values[1], in: bytes)
        else {
            if isFirst(.computedName) {
                let detail = "an import of" + describeArguments(arguments, bytes)
                note(.computedName, offset, detail)
            }
            return .opaque
        }
        return intern(module, name, .attribute, offset)
    }

    /// The function inside a `functools.partial`, from its state or else from its arguments.
    private func wrapped(by value: PickleValue) -> PickleValue? {
        let callee = nodes[value.payload].callee
        guard callee.kind == .imported, names.special(callee.payload) == .partial else { return nil }
        let parts = keptItems(of: value)
        return parts.last.flatMap { keptItems(of: $0).first }
    }

    // MARK: State

    private mutating func build(_ bytes: RawSpan, _ offset: Int, _ position: inout Int) -> Step {
        guard let state = popValue(), let target = top else { return .underflow }
        markPatched(target, offset)
        guard target.kind == .node else { return .next }
        let owner = nodes[target.payload].callee
        if owner.kind == .imported {
            trace.imports[owner.payload].uses.insert(.setState)
            let made =
                names.special(owner.payload) == .reconstructor
                ? keptItems(of: keptItems(of: target).first ?? .opaque).first : nil
            if made?.kind == .imported, names.special(made?.payload ?? 0) == .arrayWrapper {
                return followArray(state, bytes, &position)
            }
            if names.special(owner.payload) == .arrayWrapper { return followArray(state, bytes, &position) }
            if names.special(owner.payload) == .fileWrapper { noteState("filename", state, owner.payload, bytes) }
            if names.special(owner.payload) == .formula { noteState("formula", state, owner.payload, bytes) }
        } else if let maker = callable(target) {
            trace.imports[maker.number].uses.insert(.setState)
        }
        // numpy.dtype and others replace what their arguments said; keep the state where readers look for it.
        let kept = nodes[target.payload].next
        if kept != 0 {
            // The last state wins.
            nodes[Int(kept)].start = UInt32(clamping: items.count)
            items.append(state)
        } else if nodes[target.payload].count == 1, nodes.count < limits.nodes {
            nodes.append(PickleNode(kind: .more, count: 1, start: UInt32(clamping: items.count)))
            items.append(state)
            nodes[target.payload].next = UInt32(clamping: nodes.count - 1)
        }
        return .next
    }

    /// Remembers one text of a state dictionary: the file of joblib's old arrays, the formula of statsmodels' data.
    private mutating func noteState(_ key: String, _ state: PickleValue, _ number: Int, _ bytes: RawSpan) {
        let pairs = keptItems(of: state)
        for index in stride(from: 0, to: pairs.count - 1, by: 2) where text(of: pairs[index], in: bytes) == key {
            guard trace.imports[number].textArguments.count < 64 else { return }
            trace.imports[number].textArguments.append([text(of: pairs[index + 1], in: bytes) ?? ""])
        }
    }

    private mutating func markPatched(_ target: PickleValue, _ offset: Int) {
        guard target.kind == .imported else { return }
        trace.imports[target.payload].uses.insert(.patched)
        if trace.imports[target.payload].callOffset == nil { trace.imports[target.payload].callOffset = offset }
    }

    /// joblib writes an array's raw bytes, or for object arrays a pickle of its own, right behind the wrapper's BUILD.
    private mutating func followArray(_ state: PickleValue, _ bytes: RawSpan, _ position: inout Int) -> Step {
        guard let array = JoblibArray(state: state, machine: self, bytes: bytes) else {
            return .fail(.computedName, "an array whose shape or type cannot be read")
        }
        if array.isObject {
            guard depth < Self.nestingLimit else { return .fail(.limit, "object arrays nested too deep") }
            return followNested(bytes, &position)
        }
        if array.isAligned {
            guard let padding = bytes.byte(at: position) else { return .truncated }
            position += 1 + Int(padding)
        }
        guard bytes.contains(offset: position, count: array.byteCount) else { return .truncated }
        if array.byteCount > 0, trace.skippedArrays.count < Self.partLimit {
            trace.skippedArrays.append(position..<(position + array.byteCount))
        } else if array.byteCount > 0, isFirst(.limit) {
            note(.limit, position, "more than \(Self.partLimit) arrays, the later ones unsearched")
        }
        position += array.byteCount
        // The pickler closes its frame before the raw bytes.
        frameEnd = 0
        return .next
    }

    private mutating func followNested(_ bytes: RawSpan, _ position: inout Int) -> Step {
        let outer = (stack, marks, memo, sparseMemo, frameEnd)
        (stack, marks, memo, sparseMemo, frameEnd) = ([], [], [], [:], 0)
        depth += 1
        let end = execute(bytes, from: position)
        depth -= 1
        (stack, marks, memo, sparseMemo, frameEnd) = outer
        switch end {
        case .stop(let next):
            position = next
            frameEnd = 0
            return .next
        case .broken(let offset), .limit(let offset):
            position = offset
            return .fail(.truncated, "a nested object array breaks off")
        }
    }

    /// PyTorch's `('module', class, file, source)` stands for the class; other ids for data outside the pickle.
    private mutating func persistent(_ offset: Int, _ identifier: PickleValue, _ bytes: RawSpan) -> Step {
        if trace.firstPersistentID == nil { trace.firstPersistentID = offset }
        let parts = keptItems(of: identifier)
        if parts.count >= 2, parts[1].kind == .imported, text(of: parts[0], in: bytes) == "module" {
            return push(parts[1])
        }
        return push(PickleValue(.persistent, 0))
    }

    private mutating func skipExtension(
        _ size: Int, _ bytes: RawSpan, _ offset: Int, _ position: inout Int
    ) -> Step {
        note(.extensionCode, offset, "an import by number from the extension registry")
        return skip(size, bytes, &position, pushing: .opaque)
    }

    private mutating func frame(_ bytes: RawSpan, _ offset: Int, _ position: inout Int) -> Step {
        guard let length = bytes.littleEndian(at: position, as: UInt64.self) else { return .truncated }
        position += 8
        if offset < frameEnd { note(.frame, offset, "a frame begins inside another") }
        let room = bytes.byteCount - position
        if length > UInt64(room) {
            note(.frame, offset, "a frame of \(length) bytes where \(room) are left")
            frameEnd = bytes.byteCount
        } else {
            frameEnd = position + Int(length)
        }
        return .next
    }

    // MARK: Anomalies

    /// Asked before a detail is put together, so that a million anomalies cost no more than one.
    private func isFirst(_ kind: PickleAnomaly.Kind) -> Bool { !seenAnomalies.contains(kind) }

    private mutating func note(_ kind: PickleAnomaly.Kind, _ offset: Int, _ detail: String) {
        guard seenAnomalies.insert(kind).inserted else { return }
        trace.anomalies.append(PickleAnomaly(kind: kind, offset: offset, detail: detail))
    }

    private mutating func fail(_ kind: PickleAnomaly.Kind, _ offset: Int, _ detail: String) -> PickleEnd {
        note(kind, offset, detail)
        return kind == .limit ? .limit(offset: offset) : .broken(offset: offset)
    }

    private func hexByte(_ byte: UInt8) -> String { "0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}
