/// One field of a protocol-buffers message on the wire.
package struct ProtobufField: Hashable, Sendable {
    /// The content by wire type.
    package enum Value: Hashable, Sendable {
        case varint(UInt64)
        /// 4 or 8 little-endian bytes.
        case fixed(Range<Int>)
        /// Length-delimited: a string, bytes, a message or packed numbers.
        case bytes(Range<Int>)
    }
    /// Field number, at least 1.
    package let number: Int
    /// The content.
    package let value: Value

    /// The range of a length-delimited field.
    package var range: Range<Int>? {
        if case .bytes(let range) = value { return range }
        return nil
    }
    /// The value of a varint field.
    package var varint: UInt64? {
        if case .varint(let value) = value { return value }
        return nil
    }
}

/// Walks the fields of one message. Source: Protocol Buffers documentation, "Encoding". Payloads are skipped, not read.
package struct ProtobufReader {
    private var position: Int
    private let end: Int
    /// Set when the message does not parse; what came before stays valid.
    package private(set) var isMalformed = false

    /// A reader of `range`, cut to the span by every read.
    package init(_ range: Range<Int>) {
        position = range.lowerBound
        end = range.upperBound
    }

    /// The next field, or `nil` at the end or at the first malformed one.
    package mutating func next(_ bytes: RawSpan) -> ProtobufField? {
        guard position < end, !isMalformed else { return nil }
        guard let tag = Self.varint(bytes, &position, end), tag >> 3 != 0, tag >> 3 < 1 << 29 else { return fail() }
        let number = Int(tag >> 3)
        switch tag & 7 {
        case 0:
            guard let value = Self.varint(bytes, &position, end) else { return fail() }
            return ProtobufField(number: number, value: .varint(value))
        case 1: return fixed(number, 8)
        case 5: return fixed(number, 4)
        case 2:
            guard let length = Self.varint(bytes, &position, end), let count = Int(exactly: length),
                count <= end - position
            else { return fail() }
            defer { position += count }
            return ProtobufField(number: number, value: .bytes(position..<(position + count)))
        default: return fail()
        }
    }

    private mutating func fixed(_ number: Int, _ size: Int) -> ProtobufField? {
        guard end - position >= size else { return fail() }
        defer { position += size }
        return ProtobufField(number: number, value: .fixed(position..<(position + size)))
    }

    private mutating func fail() -> ProtobufField? {
        isMalformed = true
        return nil
    }

    /// Reads one varint of at most ten bytes.
    package static func varint(_ bytes: RawSpan, _ position: inout Int, _ end: Int) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end, shift < 64, let byte = bytes.byte(at: position) {
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        return nil
    }
}

extension RawSpan {
    /// Text of a field's range, cut at `limit` bytes.
    package func text(_ range: Range<Int>, limit: Int = 4096) -> String {
        text(at: range.lowerBound, count: min(range.count, limit)) ?? ""
    }
}
