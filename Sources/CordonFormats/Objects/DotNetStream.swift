/// Names in a stream of .NET's BinaryFormatter ([MS-NRBF], .NET Remoting: Binary Format Data Structure, section 2).
///
/// Only the records that bring names are understood; the walk ends at values whose types the stream tells elsewhere.
package struct DotNetStream: Sendable {
    /// Classes and libraries in order.
    package private(set) var names: [String] = []
    /// What does not fit.
    package private(set) var failure: String?

    /// Whether the bytes begin with a header record of version 1.0 (section 2.6.1).
    package static func matches(_ bytes: RawSpan) -> Bool {
        bytes.byte(at: 0) == 0 && bytes.littleEndian(at: 9, as: UInt32.self) == 1
            && bytes.littleEndian(at: 13, as: UInt32.self) == 0 && bytes.littleEndian(at: 1, as: UInt32.self) != 0
            && bytes.littleEndian(at: 5, as: UInt32.self) == .max
            && [0x0C, 0x04, 0x05, 0x06, 0x0F, 0x10, 0x11, 0x07].contains(bytes.byte(at: 17) ?? 0xFF)
    }

    /// Reads names until the first values. O(names).
    package static func read(_ bytes: RawSpan) -> DotNetStream {
        var stream = DotNetStream()
        var position = 17
        func fail(_ reason: String) { if stream.failure == nil { stream.failure = reason } }
        func text() -> String? {
            var length = 0, shift = 0
            while true {
                guard let byte = bytes.byte(at: position), shift <= 28 else {
                    fail("a text without an end to its length")
                    return nil
                }
                position += 1
                length |= Int(byte & 0x7F) << shift
                if byte & 0x80 == 0 { break }
                shift += 7
            }
            guard bytes.contains(offset: position, count: length) else {
                fail("a text of \(length) bytes")
                return nil
            }
            defer { position += length }
            return String(decoding: bytes.copy(at: position, count: min(length, 512)) ?? [], as: UTF8.self)
        }
        while let record = bytes.byte(at: position), stream.names.count < 10_000 {
            position += 1
            switch record {
            case 0x0C:
                position += 4
                guard let name = text() else { return stream }
                stream.names.append(name)
            case 0x04, 0x05:
                position += 4
                guard let name = text(), let count = bytes.littleEndian(at: position, as: Int32.self) else {
                    return stream
                }
                stream.names.append(name)
                position += 4
                guard count >= 0, Int(count) <= bytes.byteCount else {
                    fail("\(count) members")
                    return stream
                }
                for _ in 0..<count { guard text() != nil else { return stream } }
                guard let kinds = bytes.copy(at: position, count: Int(count)) else { return stream }
                position += Int(count)
                for kind in kinds {
                    switch kind {
                    case 0, 7: position += 1
                    case 3:
                        guard let name = text() else { return stream }
                        stream.names.append(name)
                    case 4:
                        guard let name = text() else { return stream }
                        stream.names.append(name)
                        position += 4
                    default: break
                    }
                }
                if record == 0x05 { position += 4 }
                // Values of primitive types are not walked.
                if kinds.contains(0) { return stream }
            case 0x06:
                position += 4
                guard text() != nil else { return stream }
            case 0x09: position += 4
            case 0x0A: continue
            case 0x0B: return stream
            default: return stream
            }
        }
        if position > bytes.byteCount { fail("it ends early") }
        return stream
    }
}
