/// Why a GGUF file cannot be followed to its end.
package enum GGUFFailure: Error, Hashable, Sendable {
    /// A count, length or type that cannot be true, at an offset.
    case structure(offset: Int, String)
}

/// A string value of the metadata, such as a chat template.
package struct GGUFText: Sendable {
    /// The metadata key.
    package let key: String
    /// Where its text lies, in bytes.
    package let range: Range<Int>
}

/// A GGUF model file: header, metadata and tensor table; no tensor is read.
///
/// Source: ggml-org/ggml `docs/gguf.md`, versions 1–3.
package struct GGUFFile: Sendable {
    /// Version of the format.
    package private(set) var version = 0
    /// String values of the metadata, at most 4,096.
    package private(set) var texts: [GGUFText] = []
    /// Integer values of the metadata, at most 4,096.
    package private(set) var integers: [String: Int] = [:]
    /// Tensors in the table.
    package private(set) var tensorCount = 0
    /// Elements of all tensors.
    package private(set) var elementCount = 0
    /// Elements by ggml type number.
    package private(set) var elementsByType: [UInt32: Int] = [:]
    /// Departures that do not stop the reader, at most 64.
    package private(set) var anomalies: [(offset: Int, detail: String)] = []
    /// Why reading stopped early.
    package private(set) var failure: GGUFFailure?
    /// Bytes behind the last tensor.
    package private(set) var trailing: Range<Int> = 0..<0
    private var alignment = 32

    private init() {}

    /// Whether the file begins with the magic.
    package static func matches(_ bytes: RawSpan) -> Bool { bytes.hasBytes("GGUF") }

    /// Reads everything but the tensors. O(metadata + tensors), each count checked against the bytes that are left.
    package static func read(_ bytes: RawSpan) -> GGUFFile {
        var file = GGUFFile()
        do {
            try file.parse(bytes)
        } catch {
            file.failure = error
        }
        return file
    }

    private mutating func parse(_ bytes: RawSpan) throws(GGUFFailure) {
        var cursor = GGUFCursor(position: 4)
        version = Int(try cursor.integer(bytes, UInt32.self))
        guard (1...3).contains(version) else { throw .structure(offset: 4, "version \(version) does not exist") }
        cursor.isNarrow = version == 1
        let tensors = try cursor.count(bytes, least: 24)
        let entries = try cursor.count(bytes, least: 13)
        var keys: Set<String> = []
        for _ in 0..<entries { try entry(bytes, &cursor, &keys) }
        tensorCount = tensors
        var extents: [Range<Int>] = []
        var names: Set<String> = []
        for _ in 0..<tensors {
            if let extent = try tensor(bytes, &cursor, &names) { extents.append(extent) }
        }
        checkLayout(bytes, extents, dataStart: aligned(cursor.position))
    }

    private mutating func entry(
        _ bytes: RawSpan, _ cursor: inout GGUFCursor, _ keys: inout Set<String>
    ) throws(GGUFFailure) {
        let start = cursor.position
        let keyRange = try cursor.text(bytes)
        guard keyRange.count <= 65535 else { throw .structure(offset: start, "a key of \(keyRange.count) bytes") }
        let key = bytes.text(keyRange)
        if keyRange.isEmpty || !key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
            note(start, "a key that is not plain ASCII")
        }
        if !keys.insert(key).inserted { note(start, "the key '\(key)' appears twice") }
        let type = try cursor.integer(bytes, UInt32.self)
        if type == 8 {
            let range = try cursor.text(bytes)
            if texts.count < 4096 { texts.append(GGUFText(key: key, range: range)) }
        } else if type == 4, key == "general.alignment" {
            let value = Int(try cursor.integer(bytes, UInt32.self))
            guard value > 0, value & (value - 1) == 0, value <= 1 << 20 else {
                throw .structure(offset: start, "an alignment of \(value)")
            }
            alignment = value
        } else {
            if key == "general.alignment" || key == "general.architecture" {
                note(start, "'\(key)' has the wrong type")
            }
            let value = cursor.position
            try skip(type, bytes, &cursor, depth: 0)
            if integers.count < 4096 { integers[key] = Self.integer(type, bytes, at: value) }
        }
    }

    private static func integer(_ type: UInt32, _ bytes: RawSpan, at position: Int) -> Int? {
        switch type {
        case 4: bytes.littleEndian(at: position, as: UInt32.self).map { Int($0) }
        case 5: bytes.littleEndian(at: position, as: UInt32.self).map { Int(Int32(bitPattern: $0)) }
        case 10: bytes.littleEndian(at: position, as: UInt64.self).flatMap { Int(exactly: $0) }
        default: nil
        }
    }

    /// What ggml calls a type of tensor; `nil` for one that Cordon does not know.
    package static func typeName(_ type: UInt32) -> String? { typeNames[type] }

    private static let typeNames: [UInt32: String] = [
        0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K",
        12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S",
        20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64",
        29: "IQ1_M", 30: "BF16", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
    ]

    private func skip(_ type: UInt32, _ bytes: RawSpan, _ cursor: inout GGUFCursor, depth: Int) throws(GGUFFailure) {
        if let size = Self.scalarSizes[type] { return try cursor.skip(bytes, size) }
        switch type {
        case 8: _ = try cursor.text(bytes)
        case 9:
            guard depth < 8 else { throw .structure(offset: cursor.position, "arrays nested deeper than 8") }
            let element = try cursor.integer(bytes, UInt32.self)
            if let size = Self.scalarSizes[element] {
                let count = try cursor.count(bytes, least: size)
                try cursor.skip(bytes, count * size)
            } else {
                for _ in 0..<(try cursor.count(bytes, least: 8)) {
                    try skip(element, bytes, &cursor, depth: depth + 1)
                }
            }
        default: throw .structure(offset: cursor.position, "the value type \(type) does not exist")
        }
    }

    private mutating func tensor(
        _ bytes: RawSpan, _ cursor: inout GGUFCursor, _ names: inout Set<String>
    ) throws(GGUFFailure) -> Range<Int>? {
        let start = cursor.position
        let nameRange = try cursor.text(bytes)
        let name = bytes.text(nameRange, limit: 256)
        // GGML_MAX_NAME of ggml.h, with its terminating zero.
        if nameRange.isEmpty { note(start, "a tensor without a name") }
        if nameRange.count > 63 { note(start, "a tensor name of \(nameRange.count) bytes") }
        if !names.insert(name).inserted { note(start, "the tensor '\(name)' appears twice") }
        let rank = try cursor.integer(bytes, UInt32.self)
        guard rank <= 4 else { throw .structure(offset: start, "a tensor of \(rank) dimensions") }
        var elements: Int? = 1
        for _ in 0..<rank {
            let extent = try cursor.size(bytes)
            elements = elements.flatMap { Self.product($0, extent) }
        }
        let type = try cursor.integer(bytes, UInt32.self)
        let offset = Int(clamping: try cursor.integer(bytes, UInt64.self))
        guard let elements else { throw .structure(offset: start, "dimensions beyond 63 bits") }
        if offset % alignment != 0 { note(start, "the tensor '\(name)' is not aligned") }
        guard let block = Self.blocks[type] else {
            note(start, "the tensor '\(name)' has the unknown type \(type)")
            return nil
        }
        guard let size = Self.product(elements / block.elements, block.bytes), offset <= Int.max - size else {
            throw .structure(offset: start, "dimensions beyond 63 bits")
        }
        let (total, overflow) = elementCount.addingReportingOverflow(elements)
        if !overflow {
            elementCount = total
            elementsByType[type, default: 0] += elements
        }
        return offset..<(offset + size)
    }

    private mutating func checkLayout(_ bytes: RawSpan, _ extents: [Range<Int>], dataStart: Int) {
        let room = max(0, bytes.byteCount - dataStart)
        var covered = 0
        for extent in extents.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if extent.upperBound > room {
                note(dataStart, "a tensor ends \(extent.upperBound - room) bytes after the file")
            }
            if extent.lowerBound < covered { note(dataStart, "two tensors share bytes") }
            covered = max(covered, extent.upperBound)
        }
        let end = dataStart + min(room, aligned(covered))
        if !extents.isEmpty, end < bytes.byteCount { trailing = end..<bytes.byteCount }
    }

    private func aligned(_ value: Int) -> Int {
        let (sum, overflow) = value.addingReportingOverflow(alignment - 1)
        return overflow ? value : sum & ~(alignment - 1)
    }

    private mutating func note(_ offset: Int, _ detail: String) {
        if anomalies.count < 64 { anomalies.append((offset, detail)) }
    }

    private static func product(_ a: Int, _ b: Int) -> Int? {
        let (result, overflow) = a.multipliedReportingOverflow(by: b)
        return overflow ? nil : result
    }

    private static let scalarSizes: [UInt32: Int] = [
        0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8,
    ]

    /// Elements and bytes of one block of each ggml type.
    private static let blocks: [UInt32: (elements: Int, bytes: Int)] = [
        0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
        10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66),
        17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136),
        24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54),
        35: (256, 66), 39: (32, 17),
    ]
}

/// A position in a GGUF file; every count is checked against what is left before anything is looped over.
private struct GGUFCursor {
    var position: Int
    /// Version 1 wrote lengths and counts in four bytes.
    var isNarrow = false

    mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: RawSpan, _ type: T.Type
    ) throws(GGUFFailure) -> T {
        guard let value = bytes.littleEndian(at: position, as: type) else {
            throw .structure(offset: position, "the file ends inside the header")
        }
        position += MemoryLayout<T>.size
        return value
    }

    mutating func size(_ bytes: RawSpan) throws(GGUFFailure) -> Int {
        isNarrow ? Int(try integer(bytes, UInt32.self)) : Int(clamping: try integer(bytes, UInt64.self))
    }

    mutating func count(_ bytes: RawSpan, least: Int) throws(GGUFFailure) -> Int {
        let start = position
        let value = try size(bytes)
        guard value <= (bytes.byteCount - position) / max(1, isNarrow ? least / 2 : least) else {
            throw .structure(offset: start, "a count of \(value) in a file of \(bytes.byteCount) bytes")
        }
        return value
    }

    mutating func text(_ bytes: RawSpan) throws(GGUFFailure) -> Range<Int> {
        let start = position
        let length = try size(bytes)
        guard bytes.contains(offset: position, count: length) else {
            throw .structure(offset: start, "a string of \(length) bytes in a file of \(bytes.byteCount)")
        }
        position += length
        return (position - length)..<position
    }

    mutating func skip(_ bytes: RawSpan, _ count: Int) throws(GGUFFailure) {
        guard bytes.contains(offset: position, count: count) else {
            throw .structure(offset: position, "the file ends inside the header")
        }
        position += count
    }
}
