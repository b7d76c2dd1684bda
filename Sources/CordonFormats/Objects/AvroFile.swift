/// The header and blocks of an Avro object container file (Apache Avro specification 1.12, "Object Container Files").
package struct AvroFile: Sendable {
    /// The schema's JSON.
    package private(set) var schema: [UInt8] = []
    /// What does not fit.
    package private(set) var failure: String?

    private struct Broken: Error { let reason: String }

    /// Whether the bytes begin with the magic.
    package static func matches(_ bytes: RawSpan) -> Bool { bytes.hasBytes([0x4F, 0x62, 0x6A, 0x01]) }

    /// Reads the header and skips over the blocks. O(blocks).
    package static func read(_ bytes: RawSpan) -> AvroFile {
        var file = AvroFile()
        do throws(Broken) { try file.walk(bytes) } catch { file.failure = error.reason }
        return file
    }

    private mutating func walk(_ bytes: RawSpan) throws(Broken) {
        var position = 4
        func number() throws(Broken) -> Int {
            var value: UInt64 = 0, shift: UInt64 = 0
            while true {
                guard let byte = bytes.byte(at: position), shift < 64 else {
                    throw Broken(reason: "a number without an end")
                }
                position += 1
                value |= UInt64(byte & 0x7F) << shift
                if byte & 0x80 == 0 { break }
                shift += 7
            }
            return Int(bitPattern: UInt(value >> 1)) ^ -Int(value & 1)
        }
        func content(_ what: String) throws(Broken) -> [UInt8] {
            let count = try number()
            guard count >= 0, let found = bytes.copy(at: position, count: count) else {
                throw Broken(reason: "\(what) of \(count) bytes")
            }
            position += count
            return found
        }
        while true {
            var count = try number()
            if count == 0 { break }
            if count < 0 {
                _ = try number()
                count = count == .min ? .max : -count
            }
            guard count <= bytes.byteCount else { throw Broken(reason: "\(count) entries in the header") }
            for _ in 0..<count {
                let key = try content("a key"), value = try content("a value")
                if key == Array("avro.schema".utf8) { schema = value }
            }
        }
        guard let sync = bytes.copy(at: position, count: 16) else { throw Broken(reason: "no mark after the header") }
        position += 16
        while position < bytes.byteCount {
            let records = try number(), size = try number()
            guard records >= 0, size >= 0, bytes.contains(offset: position, count: size) else {
                throw Broken(reason: "a block of \(size) bytes")
            }
            if records > 8 * max(1, size) { throw Broken(reason: "\(records) records in a block of \(size) bytes") }
            position += size
            guard bytes.copy(at: position, count: 16) == sync else {
                throw Broken(reason: "the mark after a block is another")
            }
            position += 16
        }
    }
}
