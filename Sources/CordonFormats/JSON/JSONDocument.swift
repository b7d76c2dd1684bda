/// Why text is not the JSON it should be.
package struct JSONFailure: Error, Hashable, Sendable {
    /// Offset of the first byte that does not fit.
    package let offset: Int
    /// What was expected, in words.
    package let reason: String
    /// Whether a limit, not the grammar, was broken.
    package let isLimit: Bool
}

/// A parsed JSON text (RFC 8259): a flat tape of 24-byte records over the bytes; strings are decoded when asked for.
///
/// Also accepts what Python's `json` does: `NaN`, `Infinity`, a byte-order mark. Duplicate keys are kept, all of them,
/// so that callers see what other parsers would drop.
package final class JSONDocument: Sendable {
    enum Kind: UInt8 { case null, boolean, number, string, array, object }

    struct Record {
        var kind: Kind
        /// Offsets of the first byte and past the last one; of a string without its quotes.
        var start: Int
        var end: Int
        /// Record number past this value and everything in it.
        var next: UInt32
    }

    let bytes: ByteView
    let records: ContiguousArray<Record>
    /// Offset past the value; only white space follows.
    package let end: Int

    private init(bytes: ByteView, records: ContiguousArray<Record>, end: Int) {
        self.bytes = bytes
        self.records = records
        self.end = end
    }

    /// The same document as an object of its own.
    ///
    /// Values count references to their document; threads that read one document would wait for each other at its counter.
    package var twin: JSONDocument { JSONDocument(bytes: bytes, records: records, end: end) }

    /// The outermost value.
    package var root: JSONValue { JSONValue(document: self, index: 0) }

    /// Parses a text.
    ///
    /// - Parameters:
    ///   - depthLimit: deepest nesting, so that hostile text cannot exhaust the stack.
    ///   - valueLimit: most values, keys included.
    /// - Complexity: O(n) time, 24 bytes a value.
    package static func parse(
        _ bytes: ByteView, depthLimit: Int = 192, valueLimit: Int = 4_000_000
    ) throws(JSONFailure) -> JSONDocument {
        let result = bytes.withSpan { span -> Result<(ContiguousArray<Record>, Int), JSONFailure> in
            var parser = JSONParser(depthLimit: depthLimit, valueLimit: valueLimit)
            // Large texts have a value in about every 24 bytes; growing step by step would copy them all again.
            if span.byteCount > 1 << 16 { parser.reserve(min(valueLimit, span.byteCount / 24)) }
            do throws(JSONFailure) {
                let end = try parser.parse(span)
                return .success((parser.records, end))
            } catch {
                return .failure(error)
            }
        }
        let (records, end) = try result.get()
        return JSONDocument(bytes: bytes, records: records, end: end)
    }
}

extension JSONDocument {
    /// The record of the last value of a key.
    fileprivate func find(_ key: String, in object: Int) -> Int? {
        bytes.withSpan { span in
            var found: Int?
            var position = object + 1
            let end = Int(records[object].next)
            while position < end {
                let name = records[position]
                let value = Int(name.next)
                if Self.has(key, span, name.start, name.end) { found = value }
                position = Int(records[value].next)
            }
            return found
        }
    }

    /// Whether the bytes of a string stand for a text. An escape is longer than what it stands for, so only longer
    /// spellings with one are resolved.
    fileprivate static func has(_ text: String, _ span: RawSpan, _ start: Int, _ end: Int) -> Bool {
        let (count, wanted) = (end - start, text.utf8.count)
        guard count >= wanted, count <= 6 * wanted else { return false }
        if count > wanted {
            guard span.firstIndex(of: UInt8(ascii: "\\"), from: start, to: end) != nil else { return false }
            return JSONParser.decode(span, start..<end).utf8.elementsEqual(text.utf8)
        }
        var offset = start
        for expected in text.utf8 {
            guard span.byte(at: offset) == expected, expected != UInt8(ascii: "\\") else { return false }
            offset += 1
        }
        return true
    }
}

/// One value of a document.
package struct JSONValue: Sendable {
    let document: JSONDocument
    let index: Int

    private var record: JSONDocument.Record { document.records[index] }

    /// The document that it is part of.
    package var owner: JSONDocument { document }
    /// The same value of a twin of its document.
    package func value(in twin: JSONDocument) -> JSONValue { JSONValue(document: twin, index: index) }

    /// Offset of the value's first byte.
    package var offset: Int { record.start }
    /// Whether it is an object.
    package var isObject: Bool { record.kind == .object }
    /// Whether it is an array.
    package var isArray: Bool { record.kind == .array }
    /// Whether it is a number.
    package var isNumber: Bool { record.kind == .number }

    /// The text of a string, escapes resolved; `nil` for other values.
    package var string: String? {
        guard record.kind == .string else { return nil }
        return document.bytes.withSpan { JSONParser.decode($0, record.start..<record.end) }
    }

    /// Whether this is a string that begins with an ASCII character; nothing is decoded.
    package func isString(beginningWith character: Unicode.Scalar) -> Bool {
        guard record.kind == .string else { return false }
        return document.bytes.withSpan { $0.byte(at: record.start) } == UInt8(ascii: character)
    }

    /// A number that is an integer and fits; `nil` otherwise.
    package var integer: Int? {
        guard record.kind == .number else { return nil }
        return document.bytes.withSpan { $0.text(at: record.start, count: record.end - record.start) }.flatMap {
            Int($0)
        }
    }

    /// A number, as near as a double comes; `nil` for other values.
    package var double: Double? {
        guard record.kind == .number else { return nil }
        return document.bytes.withSpan { $0.text(at: record.start, count: record.end - record.start) }.flatMap {
            Double($0)
        }
    }

    /// The bytes of the value as they stand in the text; of a string without its quotes.
    package var source: [UInt8] {
        document.bytes.withSpan { $0.copy(at: record.start, count: record.end - record.start) } ?? []
    }

    /// `true` or `false`; `nil` for other values.
    package var boolean: Bool? {
        guard record.kind == .boolean else { return nil }
        return record.end - record.start == 4
    }

    /// The elements of an array; empty for other values.
    package var elements: [JSONValue] {
        guard isArray else { return [] }
        return children()
    }

    /// Keys and values of an object in order, duplicates included; empty for other values.
    package var members: [(key: String, value: JSONValue)] {
        guard isObject else { return [] }
        let flat = children()
        return stride(from: 0, to: flat.count - 1, by: 2).map { (flat[$0].string ?? "", flat[$0 + 1]) }
    }

    /// Calls `body` for every key and value of an object in order until it says `false`; nothing is collected.
    package func forEachMember(_ body: (String, JSONValue) -> Bool) {
        guard isObject else { return }
        var position = index + 1
        while position < Int(record.next) {
            let name = JSONValue(document: document, index: position)
            let value = JSONValue(document: document, index: Int(document.records[position].next))
            guard body(name.string ?? "", value) else { return }
            position = Int(value.record.next)
        }
    }

    /// The last value of a key, as most parsers choose.
    package subscript(key: String) -> JSONValue? {
        guard isObject else { return nil }
        return document.find(key, in: index).map { JSONValue(document: document, index: $0) }
    }

    /// Every value of a key.
    package func all(_ key: String) -> [JSONValue] {
        guard isObject else { return [] }
        var found: [JSONValue] = []
        var position = index + 1
        while position < Int(record.next) {
            let name = JSONValue(document: document, index: position)
            let value = JSONValue(document: document, index: Int(document.records[position].next))
            if name.hasText(key) { found.append(value) }
            position = Int(value.record.next)
        }
        return found
    }

    private func hasText(_ text: String) -> Bool {
        let record = record
        return document.bytes.withSpan { JSONDocument.has(text, $0, record.start, record.end) }
    }

    private func children() -> [JSONValue] {
        var result: [JSONValue] = []
        var position = index + 1
        while position < Int(record.next) {
            result.append(JSONValue(document: document, index: position))
            position = Int(document.records[position].next)
        }
        return result
    }
}
