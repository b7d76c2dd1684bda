/// What an R object file would make R do.
///
/// Source: R Internals, section 1.8 "Serialization Formats", and R's `serialize.c` for the codes. Everything is read, nothing evaluated.
package struct RSerialization: Sendable {
    /// A promise that has no value yet: R evaluates its expression when somebody looks at it.
    package struct Promise: Sendable {
        /// In bytes.
        package let offset: Int
        /// Functions that the expression calls.
        package let calls: Set<String>
        /// Whether it is a local argument of a saved function rather than a value of its own.
        package let isArgument: Bool
    }

    /// Promises without a value.
    package private(set) var promises: [Promise] = []
    /// Functions that calls anywhere name, with the first offset.
    package private(set) var calls: [String: Int] = [:]
    /// Functions that are called outside of functions' bodies: in formulas, calls, expressions.
    package private(set) var looseCalls: [String: Int] = [:]
    /// Names of the variables of a workspace, those that are functions marked.
    package private(set) var variables: [(name: String, isFunction: Bool)] = []
    /// Classes of ALTREP objects.
    package private(set) var alternatives: Set<String> = []
    /// Offsets of active bindings, whose function runs when they are looked at.
    package private(set) var activeBindings: [Int] = []
    /// Whether there are external pointers.
    package private(set) var hasPointers = false
    /// Texts that name files or addresses in alternatives' state.
    package private(set) var failure: String?
    /// Where reading ended.
    package private(set) var end = 0

    private var symbols: [String?] = []
    private var isWorkspace = false
    private var depth = 0
    private var functionDepth = 0
    private var items = 0

    private static let deepest = 600
    private static let most = 3_000_000

    /// Whether bytes begin like R's XDR or native form, or a workspace of it.
    package static func matches(_ bytes: RawSpan) -> Bool {
        if bytes.hasBytes("RDX2\n") || bytes.hasBytes("RDX3\n") || bytes.hasBytes("RDA2\n") || bytes.hasBytes("RDA3\n")
            || bytes.hasBytes("RDB2\n") || bytes.hasBytes("RDB3\n")
        {
            return true
        }
        if bytes.hasBytes("X\n") || bytes.hasBytes("B\n") {
            let version =
                bytes.hasBytes("X\n")
                ? bytes.bigEndian(at: 2, as: Int32.self) : bytes.littleEndian(at: 2, as: Int32.self)
            return version == 2 || version == 3
        }
        return bytes.hasBytes("A\n2\n") || bytes.hasBytes("A\n3\n")
    }

    /// Reads a file that is not compressed any more.
    ///
    /// - Complexity: O(n), vectors are passed over.
    package static func read(_ bytes: RawSpan) -> RSerialization {
        var result = RSerialization()
        var position = 0
        if bytes.hasBytes("RD") {
            result.isWorkspace = true
            position = 5
        }
        guard let form = bytes.byte(at: position), bytes.byte(at: position + 1) == 0x0A else {
            result.failure = "no header"
            return result
        }
        guard form != UInt8(ascii: "A") else {
            result.failure = "the text form is not read"
            return result
        }
        var reader = Reader(position: position + 2, isBig: form == UInt8(ascii: "X"))
        result.begin(bytes, &reader)
        result.end = reader.position
        return result
    }

    private struct Reader {
        var position: Int
        let isBig: Bool

        mutating func integer(_ bytes: RawSpan) -> Int? {
            defer { position += 4 }
            return
                (isBig
                ? bytes.bigEndian(at: position, as: Int32.self) : bytes.littleEndian(at: position, as: Int32.self)).map(
                    Int.init)
        }

        mutating func skip(_ count: Int, _ bytes: RawSpan) -> Bool {
            guard bytes.contains(offset: position, count: count) else { return false }
            position += count
            return true
        }

        /// A length: 32 bits, or minus one and 64.
        mutating func length(_ bytes: RawSpan) -> Int? {
            guard let short = integer(bytes) else { return nil }
            if short >= 0 { return short }
            guard short == -1, let high = integer(bytes), let low = integer(bytes), high >= 0 else { return nil }
            let whole = high << 32 | (low & 0xFFFF_FFFF)
            return whole < 0 ? nil : whole
        }
    }

    private struct Stop: Error {
        let reason: String
    }

    private mutating func begin(_ bytes: RawSpan, _ reader: inout Reader) {
        guard let version = reader.integer(bytes), reader.integer(bytes) != nil, reader.integer(bytes) != nil,
            version == 2 || version == 3
        else {
            failure = "a version that is not known"
            return
        }
        if version == 3 {
            guard let count = reader.integer(bytes), count >= 0, count < 256, reader.skip(count, bytes) else {
                failure = "the encoding does not fit"
                return
            }
        }
        do throws(Stop) {
            _ = try item(bytes, &reader, .top)
        } catch {
            failure = error.reason
        }
    }

    // MARK: Items

    /// Where an item stands.
    private enum Role { case top, element, frame, body }

    /// What an item turned out to be, as far as its owner wants to know.
    private enum Found {
        case symbol(String)
        case text(String)
        case function
        case call
        case unbound
        case other
    }

    private mutating func item(_ bytes: RawSpan, _ reader: inout Reader, _ role: Role) throws(Stop) -> Found {
        items += 1
        guard items < Self.most else { throw Stop(reason: "more than \(Self.most) objects") }
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.deepest else { throw Stop(reason: "objects nested deeper than \(Self.deepest)") }
        let offset = reader.position
        guard let flags = reader.integer(bytes) else { throw Stop(reason: "the data ends at offset \(offset)") }
        let (type, hasAttributes, hasTag) = (flags & 0xFF, flags & 0x200 != 0, flags & 0x400 != 0)
        switch type {
        case 254, 253, 251, 250, 242, 241: return .other
        case 252: return .unbound
        case 255: return .symbol(try reference(flags >> 8, bytes, &reader) ?? "")
        case 1:
            guard case .text(let name) = try item(bytes, &reader, role) else {
                throw Stop(reason: "a symbol without a name at offset \(offset)")
            }
            symbols.append(name)
            return .symbol(name)
        case 9:
            guard let count = reader.integer(bytes) else { throw Stop(reason: "the data ends at offset \(offset)") }
            guard count >= 0 else { return .text("") }
            let start = reader.position
            guard reader.skip(count, bytes) else {
                throw Stop(reason: "a text of \(count) bytes at offset \(offset) does not fit")
            }
            return .text(bytes.text(at: start, count: min(count, 512)) ?? "")
        case 2, 6, 3, 5, 17, 240, 239:
            return try pairs(type, flags, offset, hasAttributes, hasTag, bytes, &reader, role)
        case 4: try environment(bytes, &reader)
        case 7, 8:
            guard let count = reader.integer(bytes), count >= 0, reader.skip(count, bytes) else {
                throw Stop(reason: "a built-in at offset \(offset) does not fit")
            }
        case 10, 13, 14, 15, 24:
            let width = [10: 4, 13: 4, 14: 8, 15: 16, 24: 1][type] ?? 1
            guard let count = reader.length(bytes), count <= bytes.byteCount / width, reader.skip(count * width, bytes)
            else {
                throw Stop(reason: "a vector at offset \(offset) does not fit")
            }
            if hasAttributes { _ = try item(bytes, &reader, .element) }
        case 16, 19, 20:
            guard let count = reader.length(bytes), count <= bytes.byteCount / 4 else {
                throw Stop(reason: "a list at offset \(offset) does not fit")
            }
            var last = Found.other
            for _ in 0..<count { last = try item(bytes, &reader, type == 20 ? .body : .element) }
            if hasAttributes { _ = try item(bytes, &reader, .element) }
            if type == 16, count == 1, case .text = last { return last }
        case 21: try byteCode(bytes, &reader)
        case 22:
            hasPointers = true
            symbols.append(nil)
            _ = try item(bytes, &reader, .element)
            _ = try item(bytes, &reader, .element)
            if hasAttributes { _ = try item(bytes, &reader, .element) }
        case 23:
            symbols.append(nil)
            if hasAttributes { _ = try item(bytes, &reader, .element) }
        case 25: if hasAttributes { _ = try item(bytes, &reader, .element) }
        case 249, 248, 247:
            guard reader.integer(bytes) == 0, let count = reader.integer(bytes), count >= 0, count < 1000 else {
                throw Stop(reason: "a name space at offset \(offset) does not fit")
            }
            for _ in 0..<count { _ = try item(bytes, &reader, .element) }
            symbols.append(nil)
        case 238:
            try alternative(bytes, &reader)
        default: throw Stop(reason: "an object of the unknown type \(type) at offset \(offset)")
        }
        return .other
    }

    private mutating func reference(_ packed: Int, _ bytes: RawSpan, _ reader: inout Reader) throws(Stop) -> String? {
        var index = packed & 0xFF_FFFF
        if index == 0 {
            guard let next = reader.integer(bytes) else { throw Stop(reason: "a reference does not fit") }
            index = next
        }
        guard index > 0, index <= symbols.count else {
            throw Stop(reason: "a reference to object \(index) of \(symbols.count)")
        }
        return symbols[index - 1]
    }

    /// Lists of pairs, calls, functions and promises; long lists are followed without recursion.
    private mutating func pairs(
        _ first: Int, _ firstFlags: Int, _ firstOffset: Int, _ firstAttributes: Bool, _ firstTag: Bool,
        _ bytes: RawSpan, _ reader: inout Reader, _ role: Role
    ) throws(Stop) -> Found {
        var (type, flags, offset, hasAttributes, hasTag) = (first, firstFlags, firstOffset, firstAttributes, firstTag)
        let isTopList = role == .top && isWorkspace
        var head: String?
        while true {
            if hasAttributes { _ = try item(bytes, &reader, .element) }
            var tag: String?
            if hasTag, case .symbol(let name) = try item(bytes, &reader, .element) { tag = name }
            if type == 3 { return try function(bytes, &reader) }
            if type == 5 { return try promise(offset, hasTag, role, bytes, &reader) }
            let value = try item(bytes, &reader, type == 6 ? .body : role == .frame ? .frame : .element)
            if type == 6 || type == 240, case .symbol(let name) = value {
                note(name, offset)
                head = name
            } else if let head, head == "::" || head == ":::", case .symbol(let name) = value {
                note(name, offset)
            } else if let head, Self.callers.contains(head), case .text(let name) = value {
                // do.call("system", …) calls by name.
                note(name, offset)
            }
            if flags & 0x0800_0000 != 0, role == .frame { activeBindings.append(offset) }
            if isTopList, let tag {
                var isFunction = false
                if case .function = value { isFunction = true }
                if variables.count < 10_000 { variables.append((tag, isFunction)) }
            }
            // The rest of the list.
            let next = reader.position
            guard let nextFlags = reader.integer(bytes) else { throw Stop(reason: "a list ends at offset \(next)") }
            guard [2, 6, 239, 240].contains(nextFlags & 0xFF) else {
                reader.position = next
                _ = try item(bytes, &reader, type == 6 ? .body : .element)
                return first == 6 ? .call : .other
            }
            items += 1
            guard items < Self.most else { throw Stop(reason: "more than \(Self.most) objects") }
            (type, flags, offset) = (nextFlags & 0xFF == 6 ? 6 : first == 6 ? 2 : nextFlags & 0xFF, nextFlags, next)
            (hasAttributes, hasTag) = (nextFlags & 0x200 != 0, nextFlags & 0x400 != 0)
        }
    }

    /// Functions that call what their argument names.
    private static let callers: Set<String> = [
        "do.call", "match.fun", "get", "get0", "getFunction", "getExportedValue", "getFromNamespace", "call", "as.name",
        "lapply", "sapply", "vapply", "Map", "Reduce", "Filter", "mapply",
    ]

    private mutating func note(_ name: String, _ offset: Int) {
        guard calls.count < 100_000 else { return }
        if calls[name] == nil { calls[name] = offset }
        if functionDepth == 0, looseCalls[name] == nil { looseCalls[name] = offset }
    }

    private mutating func function(_ bytes: RawSpan, _ reader: inout Reader) throws(Stop) -> Found {
        functionDepth += 1
        defer { functionDepth -= 1 }
        _ = try item(bytes, &reader, .body)
        _ = try item(bytes, &reader, .body)
        return .function
    }

    private mutating func promise(
        _ offset: Int, _ hasEnvironment: Bool, _ role: Role, _ bytes: RawSpan, _ reader: inout Reader
    ) throws(Stop) -> Found {
        let value = try item(bytes, &reader, .element)
        // Calls that are known already count as well when they stand in the expression.
        let kept = calls
        calls = [:]
        _ = try item(bytes, &reader, .body)
        let own = Set(calls.keys)
        for (name, place) in kept { calls[name] = min(place, calls[name] ?? place) }
        if case .unbound = value, promises.count < 1000 {
            promises.append(Promise(offset: offset, calls: own, isArgument: role == .frame && hasEnvironment))
        }
        return .other
    }

    private mutating func environment(_ bytes: RawSpan, _ reader: inout Reader) throws(Stop) {
        guard reader.integer(bytes) != nil else { throw Stop(reason: "an environment does not fit") }
        symbols.append(nil)
        _ = try item(bytes, &reader, .element)
        _ = try item(bytes, &reader, .frame)
        try table(bytes, &reader)
        _ = try item(bytes, &reader, .element)
    }

    /// The hash table of an environment: a list of frames.
    private mutating func table(_ bytes: RawSpan, _ reader: inout Reader) throws(Stop) {
        let start = reader.position
        guard let flags = reader.integer(bytes), flags & 0xFF == 19 else {
            reader.position = start
            _ = try item(bytes, &reader, .frame)
            return
        }
        guard let count = reader.length(bytes), count <= bytes.byteCount / 4 else {
            throw Stop(reason: "a table does not fit")
        }
        for _ in 0..<count { _ = try item(bytes, &reader, .frame) }
        if flags & 0x200 != 0 { _ = try item(bytes, &reader, .element) }
    }

    private mutating func alternative(_ bytes: RawSpan, _ reader: inout Reader) throws(Stop) {
        // Class and package as a pair list of symbols, then the state, then attributes.
        let before = symbols.count
        let start = reader.position
        _ = try item(bytes, &reader, .element)
        if let name = symbols[before...].compactMap({ $0 }).first {
            alternatives.insert(name)
        } else {
            // The names were met before: read the list again for the first.
            var again = Reader(position: start, isBig: reader.isBig)
            if let flags = again.integer(bytes), flags & 0x400 == 0,
                case .symbol(let name)? = try? item(bytes, &again, .element)
            {
                alternatives.insert(name)
            }
        }
        _ = try item(bytes, &reader, .element)
        _ = try item(bytes, &reader, .element)
    }

    // MARK: Byte code

    private mutating func byteCode(_ bytes: RawSpan, _ reader: inout Reader) throws(Stop) {
        guard let count = reader.integer(bytes), count >= 0 else { throw Stop(reason: "byte code does not fit") }
        try code(bytes, &reader)
    }

    private mutating func code(_ bytes: RawSpan, _ reader: inout Reader) throws(Stop) {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.deepest else { throw Stop(reason: "objects nested deeper than \(Self.deepest)") }
        _ = try item(bytes, &reader, .body)
        guard let count = reader.integer(bytes), count >= 0, count <= bytes.byteCount / 4 else {
            throw Stop(reason: "byte code does not fit")
        }
        for _ in 0..<count {
            guard let type = reader.integer(bytes) else { throw Stop(reason: "byte code does not fit") }
            switch type {
            case 21: try code(bytes, &reader)
            case 2, 6, 239, 240, 243, 244: try language(type, bytes, &reader)
            default: _ = try item(bytes, &reader, .body)
            }
        }
    }

    private mutating func language(_ first: Int, _ bytes: RawSpan, _ reader: inout Reader) throws(Stop) {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.deepest else { throw Stop(reason: "objects nested deeper than \(Self.deepest)") }
        var type = first
        var isHead = true
        while true {
            items += 1
            guard items < Self.most else { throw Stop(reason: "more than \(Self.most) objects") }
            switch type {
            case 243:
                guard reader.integer(bytes) != nil else { throw Stop(reason: "byte code does not fit") }
                return
            case 244:
                guard reader.integer(bytes) != nil, let next = reader.integer(bytes) else {
                    throw Stop(reason: "byte code does not fit")
                }
                type = next
                continue
            case 2, 6, 239, 240:
                let offset = reader.position
                if type == 239 || type == 240 { _ = try item(bytes, &reader, .element) }
                _ = try item(bytes, &reader, .element)
                guard let head = reader.integer(bytes) else { throw Stop(reason: "byte code does not fit") }
                if [2, 6, 239, 240, 243, 244].contains(head) {
                    try language(head, bytes, &reader)
                } else if case .symbol(let name) = try item(bytes, &reader, .body), isHead, type == 6 || type == 240 {
                    note(name, offset)
                }
                guard let rest = reader.integer(bytes) else { throw Stop(reason: "byte code does not fit") }
                isHead = false
                guard [2, 6, 239, 240, 243, 244].contains(rest) else {
                    _ = try item(bytes, &reader, .body)
                    return
                }
                type = rest
            default:
                _ = try item(bytes, &reader, .body)
                return
            }
        }
    }
}
