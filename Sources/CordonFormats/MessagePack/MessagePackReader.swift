/// What a MessagePack file holds beside numbers and text (MessagePack specification; flax.serialization; msgpack-numpy).
package struct MessagePackReader: Sendable {
    /// Why reading stopped; `nil` where the value is whole.
    package private(set) var failure: String?
    /// Where the value ends.
    package private(set) var end = 0
    /// Byte strings and extensions that begin like a pickle.
    package private(set) var pickles: [Range<Int>] = []
    /// Whether msgpack-numpy would unpickle an array.
    package private(set) var hasPickledArrays = false
    /// Types of arrays that no numbers have.
    package private(set) var strangeTypes: Set<String> = []
    private var count = 0

    private static let deepest = 200
    private static let most = 5_000_000

    /// Whether bytes are a map of flax or msgpack-numpy: a map whose first key is a text.
    package static func matches(_ bytes: RawSpan) -> Bool {
        guard let first = bytes.byte(at: 0) else { return false }
        let key: Int
        switch first {
        case 0x81...0x8F: key = 1
        case 0xDE: key = 3
        case 0xDF: key = 5
        default: return false
        }
        guard let kind = bytes.byte(at: key) else { return false }
        let (length, start): (Int, Int) =
            switch kind {
            case 0xA1...0xBF: (Int(kind & 31), key + 1)
            case 0xD9, 0xC4: (Int(bytes.byte(at: key + 1) ?? 0), key + 2)
            default: (0, 0)
            }
        guard length > 0, let name = bytes.copy(at: start, count: length) else { return false }
        guard name.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { return false }
        let document = bytes.byteCount < 1 << 20 ? read(bytes) : nil
        return document.map { $0.failure == nil || $0.count > 4 } ?? true
    }

    /// Reads one value. O(n).
    package static func read(_ bytes: RawSpan) -> MessagePackReader {
        var reader = MessagePackReader()
        var position = 0
        if !reader.value(bytes, &position, 0), reader.failure == nil {
            reader.failure = "the data ends at offset \(position)"
        }
        reader.end = position
        return reader
    }

    private mutating func value(_ bytes: RawSpan, _ position: inout Int, _ depth: Int) -> Bool {
        count += 1
        guard depth < Self.deepest, count < Self.most else {
            failure = depth >= Self.deepest ? "nested deeper than \(Self.deepest)" : "more than \(Self.most) values"
            return false
        }
        guard let first = bytes.byte(at: position) else { return false }
        let start = position
        position += 1
        switch first {
        case 0x00...0x7F, 0xE0...0xFF, 0xC0, 0xC2, 0xC3: return true
        case 0x80...0x8F: return map(Int(first & 15), bytes, &position, depth)
        case 0x90...0x9F: return list(Int(first & 15), bytes, &position, depth)
        case 0xA0...0xBF: return skip(Int(first & 31), bytes, &position)
        case 0xC4, 0xD9:
            return length(1, bytes, &position).map { blob($0, bytes, &position, isBytes: first == 0xC4) } ?? false
        case 0xC5, 0xDA:
            return length(2, bytes, &position).map { blob($0, bytes, &position, isBytes: first == 0xC5) } ?? false
        case 0xC6, 0xDB:
            return length(4, bytes, &position).map { blob($0, bytes, &position, isBytes: first == 0xC6) } ?? false
        case 0xC7, 0xC8, 0xC9:
            guard let size = length([0xC7: 1, 0xC8: 2, 0xC9: 4][first] ?? 1, bytes, &position),
                let type = bytes.byte(at: position)
            else { return false }
            position += 1
            return self.extension(type, size, bytes, &position, depth)
        case 0xD4...0xD8:
            guard let type = bytes.byte(at: position) else { return false }
            position += 1
            return self.extension(type, 1 << Int(first - 0xD4), bytes, &position, depth)
        case 0xCA, 0xCE, 0xD2: return skip(4, bytes, &position)
        case 0xCB, 0xCF, 0xD3: return skip(8, bytes, &position)
        case 0xCC, 0xD0: return skip(1, bytes, &position)
        case 0xCD, 0xD1: return skip(2, bytes, &position)
        case 0xDC: return length(2, bytes, &position).map { list($0, bytes, &position, depth) } ?? false
        case 0xDD: return length(4, bytes, &position).map { list($0, bytes, &position, depth) } ?? false
        case 0xDE: return length(2, bytes, &position).map { map($0, bytes, &position, depth) } ?? false
        case 0xDF: return length(4, bytes, &position).map { map($0, bytes, &position, depth) } ?? false
        default:
            failure = "a type that does not exist at offset \(start)"
            return false
        }
    }

    private func length(_ width: Int, _ bytes: RawSpan, _ position: inout Int) -> Int? {
        defer { position += width }
        switch width {
        case 1: return bytes.byte(at: position).map(Int.init)
        case 2: return bytes.bigEndian(at: position, as: UInt16.self).map(Int.init)
        default: return bytes.bigEndian(at: position, as: UInt32.self).map(Int.init)
        }
    }

    private mutating func skip(_ size: Int, _ bytes: RawSpan, _ position: inout Int) -> Bool {
        guard bytes.contains(offset: position, count: size) else {
            failure = "\(size) bytes at offset \(position) do not fit"
            return false
        }
        position += size
        return true
    }

    private mutating func blob(_ size: Int, _ bytes: RawSpan, _ position: inout Int, isBytes: Bool) -> Bool {
        let start = position
        guard skip(size, bytes, &position) else { return false }
        if isBytes { notePickle(start..<position, bytes) }
        return true
    }

    private mutating func notePickle(_ range: Range<Int>, _ bytes: RawSpan) {
        guard range.count > 4, pickles.count < 64, bytes.byte(at: range.lowerBound) == 0x80,
            let version = bytes.byte(at: range.lowerBound + 1), (2...5).contains(version),
            bytes.byte(at: range.upperBound - 1) == UInt8(ascii: ".")
        else { return }
        pickles.append(range)
    }

    private mutating func list(_ size: Int, _ bytes: RawSpan, _ position: inout Int, _ depth: Int) -> Bool {
        guard size <= bytes.byteCount - position else {
            failure = "a list of \(size) at offset \(position) does not fit"
            return false
        }
        for _ in 0..<size where !value(bytes, &position, depth + 1) { return false }
        return true
    }

    private mutating func map(_ size: Int, _ bytes: RawSpan, _ position: inout Int, _ depth: Int) -> Bool {
        guard size <= (bytes.byteCount - position) / 2 + 1 else {
            failure = "a map of \(size) at offset \(position) does not fit"
            return false
        }
        var isArray = false, isObjects = false
        for _ in 0..<size {
            let keyStart = position
            guard value(bytes, &position, depth + 1) else { return false }
            let key = short(bytes, keyStart, position)
            let valueStart = position
            guard value(bytes, &position, depth + 1) else { return false }
            if key == "nd" { isArray = true }
            if key == "kind", short(bytes, valueStart, position) == "O" { isObjects = true }
            if key == "type", ["|O", "O", "object"].contains(short(bytes, valueStart, position)) { isObjects = true }
        }
        if isArray, isObjects { hasPickledArrays = true }
        return true
    }

    /// The text of a short key or value.
    private func short(_ bytes: RawSpan, _ start: Int, _ end: Int) -> String {
        guard end - start <= 40, let first = bytes.byte(at: start) else { return "" }
        let head = first >= 0xA0 && first <= 0xBF ? 1 : first == 0xC4 || first == 0xD9 ? 2 : 0
        return head == 0 ? "" : bytes.text(at: start + head, count: end - start - head) ?? ""
    }

    /// flax: 1 and 3 are arrays `[shape, type, bytes]`, 2 a complex number.
    private mutating func `extension`(_ type: UInt8, _ size: Int, _ bytes: RawSpan, _ position: inout Int, _ depth: Int)
        -> Bool
    {
        let start = position
        guard skip(size, bytes, &position) else { return false }
        notePickle(start..<position, bytes)
        guard type == 1 || type == 3 else { return true }
        // The payload is a MessagePack list itself.
        var inner = start
        guard let head = bytes.byte(at: inner), head == 0x93 else {
            failure = "an array at offset \(start) that is none"
            return false
        }
        inner += 1
        guard let extents = shape(bytes, &inner, position), let name = text(bytes, &inner, position),
            let data = payload(bytes, &inner, position)
        else {
            failure = "an array at offset \(start) that does not fit"
            return false
        }
        guard let width = Self.width(name) else {
            if strangeTypes.count < 16 { strangeTypes.insert(name) }
            return true
        }
        var expected = width
        for extent in extents {
            let (product, overflow) = expected.multipliedReportingOverflow(by: extent)
            expected = overflow ? .max : product
        }
        if expected != data {
            failure = "an array of \(data) bytes at offset \(start) where \(expected) are stated"
            return false
        }
        return true
    }

    private func shape(_ bytes: RawSpan, _ position: inout Int, _ end: Int) -> [Int]? {
        guard let head = bytes.byte(at: position), (0x90...0x9F).contains(head) else { return nil }
        position += 1
        var result: [Int] = []
        for _ in 0..<(head & 15) {
            guard position < end, let first = bytes.byte(at: position) else { return nil }
            position += 1
            switch first {
            case 0x00...0x7F: result.append(Int(first))
            case 0xCC: result.append(Int(bytes.byte(at: position) ?? 0)); position += 1
            case 0xCD: result.append(Int(bytes.bigEndian(at: position, as: UInt16.self) ?? 0)); position += 2
            case 0xCE: result.append(Int(bytes.bigEndian(at: position, as: UInt32.self) ?? 0)); position += 4
            case 0xCF: result.append(Int(clamping: bytes.bigEndian(at: position, as: UInt64.self) ?? 0)); position += 8
            default: return nil
            }
        }
        return result
    }

    private func text(_ bytes: RawSpan, _ position: inout Int, _ end: Int) -> String? {
        guard let first = bytes.byte(at: position) else { return nil }
        let (size, head) =
            first >= 0xA0 && first <= 0xBF
            ? (Int(first & 31), 1) : first == 0xD9 ? (Int(bytes.byte(at: position + 1) ?? 0), 2) : (-1, 0)
        guard size >= 0, position + head + size <= end else { return nil }
        defer { position += head + size }
        return bytes.text(at: position + head, count: size)
    }

    private func payload(_ bytes: RawSpan, _ position: inout Int, _ end: Int) -> Int? {
        guard let first = bytes.byte(at: position), [0xC4, 0xC5, 0xC6].contains(first) else { return nil }
        position += 1
        guard let size = length([0xC4: 1, 0xC5: 2, 0xC6: 4][first] ?? 1, bytes, &position), position + size == end
        else { return nil }
        return size
    }

    private static func width(_ type: String) -> Int? {
        [
            "float32": 4, "float64": 8, "float16": 2, "bfloat16": 2, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2,
            "int32": 4, "uint32": 4, "int64": 8, "uint64": 8, "bool": 1, "complex64": 8, "complex128": 16,
            "float8_e4m3fn": 1, "float8_e5m2": 1,
        ][type]
    }
}
