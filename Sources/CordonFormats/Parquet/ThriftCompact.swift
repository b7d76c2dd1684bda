/// Reads the Thrift compact protocol as far as file footers use it. Every read is checked; `nil` means it does not fit.
///
/// Source: apache/thrift, `doc/specs/thrift-compact-protocol.md`.
struct ThriftCompact {
    enum Kind: UInt8 {
        case yes = 1, no, byte, i16, i32, i64, double, binary, list, set, map, structure
    }
    private(set) var position: Int
    private let end: Int
    private static let depthLimit = 32

    init(position: Int, end: Int) {
        self.position = position
        self.end = end
    }

    mutating func byte(_ bytes: RawSpan) -> UInt8? {
        guard position < end, let value = bytes.byte(at: position) else { return nil }
        position += 1
        return value
    }

    mutating func varint(_ bytes: RawSpan) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = byte(bytes), shift < 63 || byte <= 1 else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    /// A zigzag integer.
    mutating func integer(_ bytes: RawSpan) -> Int? {
        guard let raw = varint(bytes) else { return nil }
        return Int(truncatingIfNeeded: Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1))
    }

    /// Calls `body` for every field of a structure; `body` reads the value, or says `false` to have it skipped.
    mutating func fields(
        _ bytes: RawSpan, depth: Int = 0, _ body: (inout ThriftCompact, Int, Kind) -> Bool?
    ) -> Bool {
        var id = 0
        while let head = byte(bytes) {
            if head == 0 { return true }
            guard let kind = Kind(rawValue: head & 15) else { return false }
            if head >> 4 != 0 {
                id += Int(head >> 4)
            } else {
                guard let next = integer(bytes), (0..<1 << 20).contains(next) else { return false }
                id = next
            }
            guard let isRead = body(&self, id, kind) else { return false }
            if !isRead, !skip(bytes, kind, depth) { return false }
        }
        return false
    }

    /// The element kind and count of a list.
    mutating func list(_ bytes: RawSpan) -> (kind: Kind, count: Int)? {
        guard let head = byte(bytes), let kind = Kind(rawValue: head & 15) else { return nil }
        guard head >> 4 == 15 else { return (kind, Int(head >> 4)) }
        // Every element takes a byte at least.
        guard let count = varint(bytes), count <= UInt64(max(0, end - position)) else { return nil }
        return (kind, Int(count))
    }

    /// Passes over a value.
    mutating func skip(_ bytes: RawSpan, _ kind: Kind, _ depth: Int) -> Bool {
        guard depth < Self.depthLimit else { return false }
        switch kind {
        case .yes, .no: return true
        case .byte: return byte(bytes) != nil
        case .i16, .i32, .i64: return varint(bytes) != nil
        case .double: return move(8)
        case .binary:
            guard let count = varint(bytes), count <= UInt64(Int32.max) else { return false }
            return move(Int(count))
        case .list, .set:
            guard let (kind, count) = list(bytes) else { return false }
            for _ in 0..<count where !skipElement(bytes, kind, depth + 1) { return false }
            return true
        case .map: return skipMap(bytes, depth)
        case .structure: return fields(bytes, depth: depth + 1) { _, _, _ in false }
        }
    }

    private mutating func skipMap(_ bytes: RawSpan, _ depth: Int) -> Bool {
        guard let count = varint(bytes), count <= UInt64(max(0, end - position)) else { return false }
        if count == 0 { return true }
        guard let kinds = byte(bytes), let key = Kind(rawValue: kinds >> 4), let value = Kind(rawValue: kinds & 15)
        else {
            return false
        }
        for _ in 0..<count where !skipElement(bytes, key, depth + 1) || !skipElement(bytes, value, depth + 1) {
            return false
        }
        return true
    }

    /// Truth values take a byte in lists and maps.
    private mutating func skipElement(_ bytes: RawSpan, _ kind: Kind, _ depth: Int) -> Bool {
        kind == .yes || kind == .no ? byte(bytes) != nil : skip(bytes, kind, depth)
    }

    private mutating func move(_ count: Int) -> Bool {
        guard count >= 0, count <= end - position else { return false }
        position += count
        return true
    }
}
