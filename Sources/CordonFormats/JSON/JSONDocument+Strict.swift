/// A place in a JSON text where parsers disagree.
package struct JSONAmbiguity: Hashable, Sendable {
    /// Offset of its first byte.
    package let offset: Int
    /// What it is, in words.
    package let reason: String
}

extension JSONDocument {
    /// The first duplicate key, number outside RFC 8259's grammar, or byte-order mark; `nil` for a text without any.
    ///
    /// - Complexity: O(n) on average.
    package func strictnessViolation() -> JSONAmbiguity? {
        bytes.withSpan { span in
            if span.hasBytes("\u{FEFF}") { return JSONAmbiguity(offset: 0, reason: "a byte-order mark") }
            for (index, record) in records.enumerated() {
                switch record.kind {
                case .number where !Self.isNumber(span, record):
                    return JSONAmbiguity(offset: record.start, reason: "not a number of RFC 8259")
                case .string where !Self.areEscapesSound(span, record):
                    return JSONAmbiguity(offset: record.start, reason: "a wrong escape or a lone surrogate")
                case .object:
                    if let twin = duplicateKey(span, index) { return twin }
                default: continue
                }
            }
            return nil
        }
    }

    private func duplicateKey(_ span: RawSpan, _ index: Int) -> JSONAmbiguity? {
        var keys: [Int] = []
        var position = index + 1
        while position < Int(records[index].next) {
            keys.append(position)
            position = Int(records[Int(records[position].next)].next)
        }
        guard keys.count > 1 else { return nil }
        if keys.count <= 8, keys.allSatisfy({ isPlain(span, records[$0]) }) { return duplicateAmongFew(span, keys) }
        var seen: Set<String> = []
        for key in keys {
            let text = JSONParser.decode(span, records[key].start..<records[key].end)
            if !seen.insert(text).inserted { return twin(key) }
        }
        return nil
    }

    /// The same without making strings: most objects have a handful of short keys.
    private func duplicateAmongFew(_ span: RawSpan, _ keys: [Int]) -> JSONAmbiguity? {
        for (number, key) in keys.enumerated() {
            for other in keys[..<number] where isEqual(span, records[key], records[other]) { return twin(key) }
        }
        return nil
    }

    private func twin(_ key: Int) -> JSONAmbiguity {
        JSONAmbiguity(offset: records[key].start, reason: "a key that was there already")
    }

    private func isPlain(_ span: RawSpan, _ record: Record) -> Bool {
        span.firstIndex(of: UInt8(ascii: "\\"), from: record.start, to: record.end) == nil
    }

    private func isEqual(_ span: RawSpan, _ one: Record, _ two: Record) -> Bool {
        guard one.end - one.start == two.end - two.start else { return false }
        for offset in 0..<(one.end - one.start)
        where span.byte(at: one.start + offset) != span.byte(at: two.start + offset) {
            return false
        }
        return true
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    private static func isNumber(_ span: RawSpan, _ record: Record) -> Bool {
        var position = record.start
        func at(_ offset: Int) -> UInt8 { offset < record.end ? span.byte(at: offset) ?? 0 : 0 }
        func digits() -> Bool {
            let start = position
            while (0x30...0x39).contains(at(position)) { position += 1 }
            return position > start
        }
        if at(position) == UInt8(ascii: "-") { position += 1 }
        if at(position) == UInt8(ascii: "0") { position += 1 } else if !digits() { return false }
        if at(position) == UInt8(ascii: ".") {
            position += 1
            if !digits() { return false }
        }
        if at(position) | 0x20 == UInt8(ascii: "e") {
            position += 1
            if at(position) == UInt8(ascii: "+") || at(position) == UInt8(ascii: "-") { position += 1 }
            if !digits() { return false }
        }
        return position == record.end
    }

    private static func areEscapesSound(_ span: RawSpan, _ record: Record) -> Bool {
        var position = record.start
        while let backslash = span.firstIndex(of: UInt8(ascii: "\\"), from: position, to: record.end) {
            switch span.byte(at: backslash + 1) {
            case UInt8(ascii: "u"):
                guard let unit = unit(span, backslash, record.end), !(0xDC00...0xDFFF).contains(unit) else {
                    return false
                }
                position = backslash + 6
                if (0xD800...0xDBFF).contains(unit) {
                    guard let low = Self.unit(span, position, record.end), (0xDC00...0xDFFF).contains(low) else {
                        return false
                    }
                    position += 6
                }
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
                UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
                position = backslash + 2
            default: return false
            }
        }
        return true
    }

    /// The UTF-16 unit of `\uXXXX` at an offset.
    private static func unit(_ span: RawSpan, _ offset: Int, _ end: Int) -> Int? {
        guard offset + 6 <= end, span.byte(at: offset) == UInt8(ascii: "\\"),
            span.byte(at: offset + 1) == UInt8(ascii: "u"), let digits = span.text(at: offset + 2, count: 4),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20) })
        else { return nil }
        return Int(digits, radix: 16)
    }
}
