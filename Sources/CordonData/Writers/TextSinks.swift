/// Separated values with quotes where they are needed (RFC 4180).
struct CSVSink: Sink {
    private let descriptor: Int32

    init(_ descriptor: Int32, _ fields: [Field]) throws(DatasetFailure) {
        self.descriptor = descriptor
        var line: [UInt8] = []
        for (index, field) in fields.enumerated() {
            if index > 0 { line.append(0x2C) }
            Self.add(Array(field.name.utf8), to: &line)
        }
        line.append(0x0A)
        try FileOutput.write(descriptor, line)
    }

    mutating func write(_ batch: Batch) throws {
        var lines: [UInt8] = []
        for row in 0..<batch.count {
            for (index, column) in batch.columns.enumerated() {
                if index > 0 { lines.append(0x2C) }
                Self.add(
                    JSONSink.isNested(column) ? JSONSink.text(column, row) : Array((column.text(row) ?? "").utf8),
                    to: &lines)
            }
            lines.append(0x0A)
        }
        try FileOutput.write(descriptor, lines)
    }

    mutating func finish() throws {}

    private static func add(_ value: [UInt8], to line: inout [UInt8]) {
        guard value.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }) else {
            line += value
            return
        }
        line.append(0x22)
        for byte in value {
            if byte == 0x22 { line.append(0x22) }
            line.append(byte)
        }
        line.append(0x22)
    }
}

/// One JSON object a line. Bytes that are no text are written in base64.
struct JSONSink: Sink {
    private let descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    mutating func write(_ batch: Batch) throws {
        var lines: [UInt8] = []
        let keys = batch.fields.map { Self.quoted($0.name) + [0x3A] }
        for row in 0..<batch.count {
            lines.append(0x7B)
            for (index, column) in batch.columns.enumerated() {
                if index > 0 { lines.append(0x2C) }
                lines += keys[index]
                lines += Self.text(column, row)
            }
            lines += [0x7D, 0x0A]
        }
        try FileOutput.write(descriptor, lines)
    }

    mutating func finish() throws {}

    static func isNested(_ column: Column) -> Bool {
        switch column.type {
        case .list, .record: true
        default: false
        }
    }

    /// A value as JSON.
    static func text(_ given: Column, _ place: Int) -> [UInt8] {
        let (column, row) = given.resolved(place)
        guard !column.isNull(row) else { return Array("null".utf8) }
        switch column.type {
        case .integer, .time, .decimal: return Array((column.text(row) ?? "null").utf8)
        case .boolean: return Array((column.integer(row) == 1 ? "true" : "false").utf8)
        case .real(let bits):
            guard let number = column.double(row), number.isFinite else { return Array("null".utf8) }
            return Array((bits == 64 ? "\(number)" : "\(Float(number))").utf8)
        case .list:
            guard let (values, rows) = column.list(row) else { return Array("null".utf8) }
            var text: [UInt8] = [0x5B]
            for inner in rows {
                if inner > rows.lowerBound { text.append(0x2C) }
                text += Self.text(values, inner)
            }
            return text + [0x5D]
        case .record(let fields):
            var text: [UInt8] = [0x7B]
            for (index, field) in fields.enumerated() {
                if index > 0 { text.append(0x2C) }
                text +=
                    quoted(field.name) + [0x3A]
                    + (column.part(field.name).map { Self.text($0, row) } ?? Array("null".utf8))
            }
            return text + [0x7D]
        case .bytes:
            return column.withBytes(row) { bytes in
                String(validating: bytes, as: UTF8.self).map(quoted) ?? quoted(base64(Array(bytes)))
            } ?? Array("null".utf8)
        default: return quoted(column.text(row) ?? "")
        }
    }

    static func quoted(_ text: String) -> [UInt8] {
        var result: [UInt8] = [0x22]
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5C: result += [0x5C, byte]
            case 0x0A: result += [0x5C, 0x6E]
            case 0x0D: result += [0x5C, 0x72]
            case 0x09: result += [0x5C, 0x74]
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                result += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: result.append(byte)
            }
        }
        return result + [0x22]
    }

    /// RFC 4648, section 4.
    private static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = (0..<3).map { start + $0 < bytes.count ? Int(bytes[start + $0]) : 0 }
            let bits = group[0] << 16 | group[1] << 8 | group[2]
            text += [alphabet[bits >> 18], alphabet[bits >> 12 & 63]]
            text.append(start + 1 < bytes.count ? alphabet[bits >> 6 & 63] : 0x3D)
            text.append(start + 2 < bytes.count ? alphabet[bits & 63] : 0x3D)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
