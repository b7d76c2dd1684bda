/// Why an array file cannot be read.
package enum NumPyFailure: Error, Hashable, Sendable {
    /// The magic, version or header length does not fit.
    case header(String)
    /// The header's dictionary is not the literal that NumPy writes.
    case dictionary(String)

    /// What happened, for people.
    package var reason: String {
        switch self {
        case .header(let text), .dictionary(let text): text
        }
    }
}

/// The header of a NumPy array file. Source: NumPy Enhancement Proposal 1, `numpy/lib/format.py` (versions 1.0–3.0).
///
/// The header is a Python literal; it is read by a small reader of such literals, never evaluated.
package struct NumPyHeader: Sendable {
    /// The `descr` entry as written, for example `'<f8'` or a list of fields.
    package let description: String
    /// Extents; the product times the item size is the size of the data.
    package let shape: [Int]
    /// Whether the first axis runs fastest, as in Fortran.
    package let isColumnMajor: Bool
    /// Whether elements are Python objects, that is, whether a pickle follows.
    package let hasObjects: Bool
    /// Size of one element in bytes; `nil` for structured types.
    package let itemSize: Int?
    /// Offset of the data.
    package let dataOffset: Int

    /// Reads the header at the start of `bytes`.
    package init(_ bytes: RawSpan) throws(NumPyFailure) {
        guard bytes.hasBytes([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]), let major = bytes.byte(at: 6) else {
            throw .header("no NumPy magic")
        }
        let wide = major >= 2
        guard (1...3).contains(major) else { throw .header("version \(major) does not exist") }
        let stored =
            wide
            ? bytes.littleEndian(at: 8, as: UInt32.self).map(Int.init)
            : bytes.littleEndian(at: 8, as: UInt16.self).map(Int.init)
        let start = wide ? 12 : 10
        guard let length = stored, length <= 1 << 20, let text = bytes.copy(at: start, count: length) else {
            throw .header("a header length that does not fit")
        }
        dataOffset = start + length
        guard let descr = Self.value(of: "descr", in: text), let shapeText = Self.value(of: "shape", in: text) else {
            throw .dictionary("'descr' or 'shape' is missing")
        }
        if let word = Self.foreignWord(text) { throw .dictionary("'\(word)' does not belong into a header") }
        description = descr
        var extents: [Int] = []
        for part in shapeText.split(whereSeparator: { "(), ".contains($0) }) {
            guard let extent = Int(part.hasSuffix("L") ? part.dropLast() : part), extent >= 0 else {
                throw .dictionary("a shape that is not a tuple of numbers")
            }
            extents.append(extent)
        }
        shape = extents
        isColumnMajor = Self.value(of: "fortran_order", in: text).map { $0.hasPrefix("True") } ?? false
        (itemSize, hasObjects) = Self.item(descr)
    }

    /// Bytes of data the header promises; `nil` for objects, structured types and sizes beyond 63 bits.
    package var byteCount: Int? {
        guard let itemSize, !hasObjects else { return nil }
        var total = itemSize
        for extent in shape {
            let (product, overflow) = total.multipliedReportingOverflow(by: extent)
            guard !overflow else { return nil }
            total = product
        }
        return total
    }

    /// The first word outside quotes that is neither a truth value nor the `L` of a Python 2 number.
    private static func foreignWord(_ text: [UInt8]) -> String? {
        var quote: UInt8?
        var word: [UInt8] = []
        for byte in text + [0x20] {
            if let open = quote {
                if byte == open { quote = nil }
                continue
            }
            if isLetter(byte) || (!word.isEmpty && (0x30...0x39).contains(byte)) {
                word.append(byte)
                continue
            }
            if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") { quote = byte }
            if !word.isEmpty, !["True", "False", "L", "None"].contains(String(decoding: word, as: UTF8.self)) {
                return String(decoding: word.prefix(40), as: UTF8.self)
            }
            word = []
        }
        return nil
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F || byte >= 0x80
    }

    /// Whether the promised size does not even fit 63 bits.
    package var isOversized: Bool { itemSize != nil && !hasObjects && byteCount == nil }

    /// The source text of one entry of a flat dictionary literal.
    private static func value(of key: String, in text: [UInt8]) -> String? {
        for quote in [UInt8(ascii: "'"), UInt8(ascii: "\"")] {
            let needle = [quote] + Array(key.utf8) + [quote]
            guard let found = place(of: needle, in: text) else { continue }
            let rest = text[(found + needle.count)...].drop { $0 == 0x20 }
            guard rest.first == UInt8(ascii: ":") else { continue }
            return String(decoding: balanced(rest.dropFirst().drop { $0 == 0x20 }), as: UTF8.self)
        }
        return nil
    }

    private static func place(of needle: [UInt8], in text: [UInt8]) -> Int? {
        guard text.count >= needle.count else { return nil }
        return (0...(text.count - needle.count)).first { text[$0] == needle[0] && text[$0...].starts(with: needle) }
    }

    /// Text up to the comma or brace that ends the entry, outside brackets and quotes.
    private static func balanced(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var depth = 0
        var quote: UInt8?
        for index in text.indices {
            let byte = text[index]
            if let open = quote {
                if byte == open { quote = nil }
                continue
            }
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\""): quote = byte
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: ","), UInt8(ascii: "}"):
                if depth == 0 { return text[..<index] }
                if byte == UInt8(ascii: "}") { depth -= 1 }
            case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
        }
        return text
    }

    private static func item(_ descr: String) -> (size: Int?, hasObjects: Bool) {
        let bare = descr.filter { !"'\" ".contains($0) }
        if bare.hasPrefix("[") || bare.hasPrefix("(") || bare.hasPrefix("{") {
            return (nil, objectCodes(descr))
        }
        let code = bare.drop { "<>|=".contains($0) }
        guard let kind = code.first else { return (nil, false) }
        if kind == "O" { return (nil, true) }
        guard let count = Int(code.dropFirst().prefix { $0.isNumber }), count < 1 << 32 else { return (nil, false) }
        return (kind == "U" ? count * 4 : count, false)
    }

    /// Whether a structured description contains an object field, such as `'|O'` or `'O'`.
    private static func objectCodes(_ descr: String) -> Bool {
        let parts = descr.split { "'\"".contains($0) }
        return parts.contains { part in
            let code = part.drop { "<>|=".contains($0) }
            return code == "O" || (code.hasPrefix("O") && code.dropFirst().allSatisfy(\.isNumber))
        }
    }
}
