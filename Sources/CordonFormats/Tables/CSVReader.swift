/// Reads comma-separated values (RFC 4180) record by record; quoted fields may hold separators, quotes and line ends.
package struct CSVReader: Sendable {
    private let bytes: ByteView
    private let separator: UInt8
    private var position: Int
    /// Number of the record that `next` gave last, from 1.
    package private(set) var recordNumber = 0
    /// Line on which that record begins, from 1.
    package private(set) var line = 1
    private var nextLine = 1

    private static let fieldByteLimit = 16 << 20
    private static let fieldLimit = 100_000

    /// Begins at the start of the bytes, after a byte-order mark.
    package init(_ bytes: ByteView, separator: UInt8 = UInt8(ascii: ",")) {
        self.bytes = bytes
        self.separator = separator
        position = bytes.withSpan { $0.hasBytes("\u{FEFF}") } ? 3 : 0
    }

    /// The next record's fields, `nil` at the end. Empty lines are passed over.
    ///
    /// - Throws: where a quote does not end, something follows a closing quote, or a limit is exceeded.
    package mutating func next() throws(TableFailure) -> [[UInt8]]? {
        while position < bytes.count {
            line = nextLine
            let (fields, end, lines) = try record()
            position = end
            nextLine += lines
            if fields.count == 1, fields[0].isEmpty { continue }
            recordNumber += 1
            return fields
        }
        return nil
    }

    private func record() throws(TableFailure) -> (fields: [[UInt8]], end: Int, lines: Int) {
        let (start, separator, line) = (position, separator, line)
        return try bytes.withSpan { span throws(TableFailure) in
            var fields: [[UInt8]] = []
            var position = start
            var lines = 0
            while true {
                guard fields.count < Self.fieldLimit else { throw TableFailure(line: line, reason: "too many fields") }
                let field =
                    span.byte(at: position) == 0x22
                    ? try Self.quoted(span, &position, &lines, line) : Self.plain(span, &position, separator)
                fields.append(field)
                switch span.byte(at: position) {
                case separator: position += 1
                case nil: return (fields, position, lines + 1)
                case 0x0A: return (fields, position + 1, lines + 1)
                case 0x0D: return (fields, position + (span.byte(at: position + 1) == 0x0A ? 2 : 1), lines + 1)
                default: throw TableFailure(line: line + lines, reason: "something follows a closing quote")
                }
            }
        }
    }

    private static func plain(_ span: RawSpan, _ position: inout Int, _ separator: UInt8) -> [UInt8] {
        var end = position
        while let byte = span.byte(at: end), byte != separator, byte != 0x0A, byte != 0x0D { end += 1 }
        let field = span.copy(at: position, count: end - position) ?? []
        position = end
        return field
    }

    private static func quoted(
        _ span: RawSpan, _ position: inout Int, _ lines: inout Int, _ line: Int
    ) throws(TableFailure) -> [UInt8] {
        var field: [UInt8] = []
        position += 1
        while let byte = span.byte(at: position) {
            position += 1
            if byte == 0x22 {
                guard span.byte(at: position) == 0x22 else { return field }
                position += 1
            }
            if byte == 0x0A { lines += 1 }
            guard field.count < fieldByteLimit else {
                throw TableFailure(line: line, reason: "a field that is too long")
            }
            field.append(byte)
        }
        throw TableFailure(line: line, reason: "a quote that does not end")
    }
}

/// Where and why a table is not one.
package struct TableFailure: Error, Hashable, Sendable {
    /// Counted from 1.
    package let line: Int
    /// In words.
    package let reason: String
}
