/// One tensor as the header describes it.
package struct SafetensorsTensor: Sendable {
    /// The tensor's name.
    package let name: String
    /// Its type as written, for example `F32`.
    package let type: String
    /// Its extents, none negative.
    package let shape: [Int]
    /// Offsets into the data section, as written.
    package let start: Int
    /// Offset past its last byte.
    package let end: Int
}

/// A departure from the format.
package struct SafetensorsAnomaly: Hashable, Sendable {
    /// What is wrong.
    package enum Kind: Hashable, Sendable {
        /// The header cannot be read at all.
        case header
        /// The same key twice: readers disagree about which one counts.
        case duplicateKey
        /// Two tensors share bytes.
        case overlap
        /// Bytes between tensors that belong to none.
        case gap
        /// Bytes after the last tensor.
        case trailing
        /// Type and shape do not give the stated length, or the data is not all there.
        case size
        /// A field of the wrong kind.
        case field
    }
    /// What is wrong.
    package let kind: Kind
    /// Offset in the file, in bytes.
    package let offset: Int
    /// The key it is about.
    package let element: String?
    /// What was found, in words.
    package let detail: String
}

/// A safetensors file: header only, no tensor is read.
///
/// Source: huggingface/safetensors, README "Format" (header of at most 100 MB, JSON object, offsets without holes).
package struct SafetensorsFile: Sendable {
    /// Tensors in the order of the header.
    package private(set) var tensors: [SafetensorsTensor] = []
    /// Keys and values of `__metadata__`.
    package private(set) var metadata: [(key: String, value: String)] = []
    /// At most 64.
    package private(set) var anomalies: [SafetensorsAnomaly] = []
    /// Offset of the data section.
    package private(set) var dataOffset = 8
    /// Stretches of the file that belong to no tensor.
    package private(set) var hidden: [Range<Int>] = []

    private static let headerLimit = 100_000_000

    private init() {}

    /// Whether the file begins with a plausible header length and an opening brace.
    package static func matches(_ bytes: RawSpan) -> Bool {
        guard let length = bytes.littleEndian(at: 0, as: UInt64.self), length >= 2, length < 1 << 40 else {
            return false
        }
        return bytes.byte(at: 8) == UInt8(ascii: "{") && (bytes.byte(at: 9) ?? 0) != 0
            && [UInt8(ascii: "\""), UInt8(ascii: "}"), 0x20, 0x0A, 0x0D, 0x09].contains(bytes.byte(at: 9) ?? 0)
    }

    /// Reads the header. O(header).
    package static func read(_ view: ByteView) -> SafetensorsFile {
        var file = SafetensorsFile()
        let stored = view.withSpan { $0.littleEndian(at: 0, as: UInt64.self) } ?? 0
        guard stored <= UInt64(headerLimit), let length = Int(exactly: stored),
            let header = view.part(offset: 8, count: length)
        else {
            file.note(.header, 0, nil, "the header claims \(stored) bytes of a file of \(view.count)")
            return file
        }
        file.dataOffset = 8 + length
        if !header.withSpan({ $0.isUTF8 }) { file.note(.header, 8, nil, "the header is not UTF-8") }
        do {
            let document = try JSONDocument.parse(header)
            file.readHeader(document.root)
            file.checkLayout(dataCount: view.count - file.dataOffset)
        } catch {
            file.note(.header, 8 + error.offset, nil, "the header is not JSON: \(error.reason)")
        }
        return file
    }

    private mutating func readHeader(_ root: JSONValue) {
        guard root.isObject else {
            note(.header, 8, nil, "the header is not an object")
            return
        }
        var seen: Set<String> = []
        for (key, value) in root.members {
            if !seen.insert(key).inserted { note(.duplicateKey, 8 + value.offset, key, "the key appears twice") }
            if key == "__metadata__" {
                readMetadata(value)
            } else {
                readTensor(key, value)
            }
        }
    }

    private mutating func readMetadata(_ value: JSONValue) {
        guard value.isObject else {
            note(.field, 8 + value.offset, "__metadata__", "not an object")
            return
        }
        var seen: Set<String> = []
        for (key, entry) in value.members {
            if !seen.insert(key).inserted {
                note(.duplicateKey, 8 + entry.offset, key, "the metadata key appears twice")
            }
            guard let text = entry.string else {
                note(.field, 8 + entry.offset, key, "metadata that is not a string")
                continue
            }
            metadata.append((key, text))
        }
    }

    private mutating func readTensor(_ name: String, _ value: JSONValue) {
        let offsets = value["data_offsets"]?.elements.map(\.integer) ?? []
        let shape = value["shape"].map { $0.elements.map(\.integer) }
        guard let type = value["dtype"]?.string, let shape, !shape.contains(where: { ($0 ?? -1) < 0 }),
            offsets.count == 2,
            let start = offsets[0], let end = offsets[1], start >= 0, end >= start, end <= 1 << 60
        else {
            note(.field, 8 + value.offset, name, "dtype, shape or data_offsets is missing or malformed")
            return
        }
        if let extra = value.members.first(where: { !["dtype", "shape", "data_offsets"].contains($0.key) }) {
            note(.field, 8 + value.offset, name, "the unknown field '\(extra.key)'")
        }
        let known = SafetensorsTensor(name: name, type: type, shape: shape.compactMap { $0 }, start: start, end: end)
        tensors.append(known)
        guard let bits = Self.bits[type] else {
            note(.field, 8 + value.offset, name, "the type '\(type)' does not exist")
            return
        }
        if Self.byteCount(known.shape, bits: bits) != end - start {
            note(.size, 8 + value.offset, name, "\(type) \(known.shape) in \(end - start) bytes")
        }
    }

    private mutating func checkLayout(dataCount: Int) {
        var covered = 0
        for tensor in tensors.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
            if tensor.start < covered, tensor.end > tensor.start {
                note(.overlap, dataOffset + tensor.start, tensor.name, "shares bytes with another tensor")
            } else if tensor.start > covered {
                hide(covered..<min(tensor.start, max(covered, dataCount)))
                note(
                    .gap, dataOffset + covered, tensor.name,
                    "\(tensor.start - covered) bytes before it belong to no tensor")
            }
            if tensor.end > dataCount {
                note(
                    .size, dataOffset + tensor.start, tensor.name, "ends \(tensor.end - dataCount) bytes after the file"
                )
            }
            covered = max(covered, tensor.end)
        }
        if covered < dataCount {
            hide(covered..<dataCount)
            note(.trailing, dataOffset + covered, nil, "\(dataCount - covered) bytes after the last tensor")
        }
    }

    private mutating func hide(_ range: Range<Int>) {
        if hidden.count < 64, !range.isEmpty {
            hidden.append((dataOffset + range.lowerBound)..<(dataOffset + range.upperBound))
        }
    }

    private mutating func note(_ kind: SafetensorsAnomaly.Kind, _ offset: Int, _ element: String?, _ detail: String) {
        guard anomalies.count < 64 else { return }
        anomalies.append(SafetensorsAnomaly(kind: kind, offset: offset, element: element, detail: detail))
    }

    private static let bits: [String: Int] = [
        "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
        "U16": 16, "I16": 16, "F16": 16, "BF16": 16, "U32": 32, "I32": 32, "F32": 32, "U64": 64, "I64": 64, "F64": 64,
        "C64": 64, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
    ]

    private static func byteCount(_ shape: [Int], bits: Int) -> Int? {
        var total = bits
        for extent in shape {
            let (product, overflow) = total.multipliedReportingOverflow(by: extent)
            guard !overflow else { return nil }
            total = product
        }
        return total % 8 == 0 ? total / 8 : nil
    }
}
