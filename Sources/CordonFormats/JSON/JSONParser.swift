/// The grammar of RFC 8259 over checked reads, without recursion.
struct JSONParser {
    private enum State { case value, valueOrEnd, keyOrEnd, key, afterValue }

    private let depthLimit: Int
    private let valueLimit: Int
    private(set) var records: ContiguousArray<JSONDocument.Record> = []
    /// Record numbers of the arrays and objects that are open.
    private var open: [Int] = []

    init(depthLimit: Int, valueLimit: Int) {
        self.depthLimit = depthLimit
        self.valueLimit = valueLimit
    }

    /// Makes room for that many values.
    mutating func reserve(_ count: Int) { records.reserveCapacity(count) }

    /// Fills `records`; returns the offset past the value.
    mutating func parse(_ bytes: RawSpan) throws(JSONFailure) -> Int {
        var position = bytes.hasBytes("\u{FEFF}") ? 3 : 0
        var state = State.value
        while true {
            skipSpace(bytes, &position)
            switch state {
            case .value, .valueOrEnd:
                if state == .valueOrEnd, bytes.byte(at: position) == UInt8(ascii: "]") {
                    state = try closeOne(&position)
                } else {
                    state = try value(bytes, &position)
                }
            case .key, .keyOrEnd:
                if state == .keyOrEnd, bytes.byte(at: position) == UInt8(ascii: "}") {
                    state = try closeOne(&position)
                } else {
                    try key(bytes, &position)
                    state = .value
                }
            case .afterValue:
                guard let container = open.last else { return position }
                state = try separator(bytes, &position, records[container].kind)
            }
            if open.isEmpty, state == .afterValue {
                skipSpace(bytes, &position)
                guard position == bytes.byteCount else { throw failure(position, "something follows the value") }
                return position
            }
        }
    }

    private mutating func value(_ bytes: RawSpan, _ position: inout Int) throws(JSONFailure) -> State {
        let start = position
        switch bytes.byte(at: position) {
        case UInt8(ascii: "{"):
            try openOne(.object, &position)
            return .keyOrEnd
        case UInt8(ascii: "["):
            try openOne(.array, &position)
            return .valueOrEnd
        case UInt8(ascii: "\""):
            try string(bytes, &position)
        case UInt8(ascii: "t"): try word("true", .boolean, bytes, &position)
        case UInt8(ascii: "f"): try word("false", .boolean, bytes, &position)
        case UInt8(ascii: "n"): try word("null", .null, bytes, &position)
        case UInt8(ascii: "N"): try word("NaN", .number, bytes, &position)
        case UInt8(ascii: "I"): try word("Infinity", .number, bytes, &position)
        default:
            if bytes.hasBytes("-Infinity", at: position) {
                try word("-Infinity", .number, bytes, &position)
            } else {
                try number(bytes, &position)
            }
        }
        guard position > start else { throw failure(start, "a value was expected") }
        return .afterValue
    }

    private mutating func openOne(_ kind: JSONDocument.Kind, _ position: inout Int) throws(JSONFailure) {
        guard open.count < depthLimit else {
            throw JSONFailure(offset: position, reason: "nested deeper than \(depthLimit)", isLimit: true)
        }
        open.append(records.count)
        try append(kind, position, position)
        position += 1
    }

    private mutating func closeOne(_ position: inout Int) throws(JSONFailure) -> State {
        guard let container = open.popLast() else { throw failure(position, "a bracket closes nothing") }
        position += 1
        records[container].end = position
        records[container].next = UInt32(records.count)
        return .afterValue
    }

    private mutating func separator(
        _ bytes: RawSpan, _ position: inout Int, _ kind: JSONDocument.Kind
    ) throws(JSONFailure) -> State {
        let closing = kind == .object ? UInt8(ascii: "}") : UInt8(ascii: "]")
        switch bytes.byte(at: position) {
        case UInt8(ascii: ","):
            position += 1
            return kind == .object ? .key : .value
        case closing: return try closeOne(&position)
        default: throw failure(position, "',' or a closing bracket was expected")
        }
    }

    private mutating func key(_ bytes: RawSpan, _ position: inout Int) throws(JSONFailure) {
        guard bytes.byte(at: position) == UInt8(ascii: "\"") else { throw failure(position, "a key was expected") }
        try string(bytes, &position)
        skipSpace(bytes, &position)
        guard bytes.byte(at: position) == UInt8(ascii: ":") else { throw failure(position, "':' was expected") }
        position += 1
    }

    private mutating func string(_ bytes: RawSpan, _ position: inout Int) throws(JSONFailure) {
        let start = position + 1
        var cursor = start
        while true {
            // Eight bytes at a time as long as none of them is a quote, a backslash or a control character.
            while let word = bytes.littleEndian(at: cursor, as: UInt64.self), !Self.hasSpecialByte(word) { cursor += 8 }
            guard let byte = bytes.byte(at: cursor) else { break }
            if byte == UInt8(ascii: "\"") {
                try append(.string, start, cursor)
                position = cursor + 1
                return
            }
            guard byte >= 0x20 else { throw failure(cursor, "a control character in a string") }
            cursor += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        throw failure(start, "a string that does not end")
    }

    /// Whether one of the eight bytes is below 0x20, `"` or `\`: exact for "none", and for the first that is.
    private static func hasSpecialByte(_ word: UInt64) -> Bool {
        let (ones, highs): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let found =
            ((word &- ones &* 0x20) & ~word) | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
        return found & highs != 0
    }

    private mutating func number(_ bytes: RawSpan, _ position: inout Int) throws(JSONFailure) {
        let start = position
        while let byte = bytes.byte(at: position), Self.isNumberByte(byte) { position += 1 }
        if position > start { try append(.number, start, position) }
    }

    private static func isNumberByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || byte == 0x2B || byte == 0x2D || byte == 0x2E || byte == 0x45 || byte == 0x65
    }

    private mutating func word(
        _ text: StaticString, _ kind: JSONDocument.Kind, _ bytes: RawSpan, _ position: inout Int
    ) throws(JSONFailure) {
        guard bytes.hasBytes(text, at: position) else { throw failure(position, "a value was expected") }
        try append(kind, position, position + text.utf8CodeUnitCount)
        position += text.utf8CodeUnitCount
    }

    private mutating func append(_ kind: JSONDocument.Kind, _ start: Int, _ end: Int) throws(JSONFailure) {
        guard records.count < valueLimit else {
            throw JSONFailure(offset: start, reason: "more than \(valueLimit) values", isLimit: true)
        }
        records.append(.init(kind: kind, start: start, end: end, next: UInt32(records.count + 1)))
    }

    private func skipSpace(_ bytes: RawSpan, _ position: inout Int) {
        while let byte = bytes.byte(at: position), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    private func failure(_ offset: Int, _ reason: String) -> JSONFailure {
        JSONFailure(offset: offset, reason: reason, isLimit: false)
    }

    /// Resolves escapes; lone surrogates become U+FFFD.
    static func decode(_ bytes: RawSpan, _ range: Range<Int>) -> String {
        if bytes.firstIndex(of: UInt8(ascii: "\\"), from: range.lowerBound, to: range.upperBound) == nil {
            return bytes.text(at: range.lowerBound, count: range.count) ?? ""
        }
        var output: [UInt8] = []
        output.reserveCapacity(range.count)
        var position = range.lowerBound
        while position < range.upperBound, let byte = bytes.byte(at: position) {
            guard byte == UInt8(ascii: "\\"), let escape = bytes.byte(at: position + 1) else {
                output.append(byte)
                position += 1
                continue
            }
            if escape == UInt8(ascii: "u") {
                let (scalar, length) = unicode(bytes, at: position)
                output.append(contentsOf: String(Character(scalar)).utf8)
                position += length
            } else {
                output.append(plain(escape))
                position += 2
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func plain(_ escape: UInt8) -> UInt8 {
        switch escape {
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        default: escape
        }
    }

    private static func unicode(_ bytes: RawSpan, at position: Int) -> (Unicode.Scalar, Int) {
        guard let first = hex4(bytes, position + 2) else { return ("\u{FFFD}", 2) }
        if (0xD800..<0xDC00).contains(first), bytes.hasBytes("\\u", at: position + 6),
            let second = hex4(bytes, position + 8), (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        {
            return (scalar, 12)
        }
        return (Unicode.Scalar(first) ?? "\u{FFFD}", 6)
    }

    private static func hex4(_ bytes: RawSpan, _ position: Int) -> UInt32? {
        var value: UInt32 = 0
        for index in position..<(position + 4) {
            guard let byte = bytes.byte(at: index), let digit = Unicode.Scalar(byte).hexDigit else { return nil }
            value = value << 4 | digit
        }
        return value
    }
}
