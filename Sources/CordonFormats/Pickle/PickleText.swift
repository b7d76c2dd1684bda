/// Decodes the string literals of the text opcodes, as the unpicklers do.
///
/// Source: CPython `Lib/pickle.py`, `Lib/pickletools.py` (protocols 0–5).
enum PickleText {
    /// `raw-unicode-escape`, of the UNICODE opcode: Latin-1 with `\uXXXX` and `\UXXXXXXXX`.
    static func rawUnicodeEscape(_ bytes: [UInt8]) -> String {
        var result = String.UnicodeScalarView()
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count,
                let digits = unicodeDigits(bytes[index + 1]),
                let (scalar, length) = hexScalar(bytes, at: index + 2, most: digits)
            {
                result.append(scalar)
                index += 2 + length
            } else {
                result.append(Unicode.Scalar(bytes[index]))
                index += 1
            }
        }
        return String(result)
    }

    /// `string-escape`, of the STRING opcode: quotes removed, backslash escapes resolved.
    static func stringEscape(_ bytes: [UInt8]) -> String {
        var content = bytes[...]
        if let first = content.first, first == UInt8(ascii: "'") || first == UInt8(ascii: "\"") {
            content = content.dropFirst()
            if content.last == first { content = content.dropLast() }
        }
        let source = Array(content)
        var result = String.UnicodeScalarView()
        var index = 0
        while index < source.count {
            guard source[index] == UInt8(ascii: "\\"), index + 1 < source.count else {
                result.append(Unicode.Scalar(source[index]))
                index += 1
                continue
            }
            let (scalar, length) = escape(source, at: index + 1)
            if let scalar { result.append(scalar) }
            index += 1 + length
        }
        return String(result)
    }

    /// A decimal integer as Python's `int` reads it: white space around, a sign, leading zeros, single underscores.
    static func integer(_ bytes: [UInt8]) -> Int? {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) || (0x1C...0x1F).contains($0) }
        var text = bytes[...].drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        let isNegative = text.first == UInt8(ascii: "-")
        if isNegative || text.first == UInt8(ascii: "+") { text.removeFirst() }
        var value = 0
        var wasDigit = false
        for byte in text {
            if byte == UInt8(ascii: "_"), wasDigit {
                wasDigit = false
                continue
            }
            guard (0x30...0x39).contains(byte), value < 1 << 58 else { return nil }
            value = value * 10 + Int(byte - 0x30)
            wasDigit = true
        }
        return wasDigit ? (isNegative ? -value : value) : nil
    }

    private static func unicodeDigits(_ letter: UInt8) -> Int? {
        switch letter {
        case UInt8(ascii: "u"): 4
        case UInt8(ascii: "U"): 8
        default: nil
        }
    }

    private static func escape(_ bytes: [UInt8], at index: Int) -> (Unicode.Scalar?, Int) {
        switch bytes[index] {
        case UInt8(ascii: "n"): return ("\n", 1)
        case UInt8(ascii: "t"): return ("\t", 1)
        case UInt8(ascii: "r"): return ("\r", 1)
        case UInt8(ascii: "a"): return ("\u{7}", 1)
        case UInt8(ascii: "b"): return ("\u{8}", 1)
        case UInt8(ascii: "f"): return ("\u{C}", 1)
        case UInt8(ascii: "v"): return ("\u{B}", 1)
        case UInt8(ascii: "\n"): return (nil, 1)
        case UInt8(ascii: "x"):
            if let (scalar, length) = hexScalar(bytes, at: index + 1, most: 2) {
                return (scalar, 1 + length)
            }
            return ("x", 1)
        case UInt8(ascii: "0")...UInt8(ascii: "7"): return octal(bytes, at: index)
        default: return (Unicode.Scalar(bytes[index]), 1)
        }
    }

    private static func octal(_ bytes: [UInt8], at start: Int) -> (Unicode.Scalar?, Int) {
        var value: UInt32 = 0
        var index = start
        while index < bytes.count, index < start + 3, (0x30...0x37).contains(bytes[index]) {
            value = value * 8 + UInt32(bytes[index] - 0x30)
            index += 1
        }
        return (Unicode.Scalar(value & 0xFF), index - start)
    }

    private static func hexScalar(
        _ bytes: [UInt8], at start: Int, most: Int
    ) -> (Unicode.Scalar, Int)? {
        var value: UInt32 = 0
        var index = start
        while index < bytes.count, index < start + most, let digit = Unicode.Scalar(bytes[index]).hexDigit {
            value = value &* 16 &+ digit
            index += 1
        }
        guard index - start == most, let scalar = Unicode.Scalar(value) else { return nil }
        return (scalar, most)
    }
}

extension Unicode.Scalar {
    /// 0–15 for a hexadecimal digit, otherwise `nil`.
    var hexDigit: UInt32? {
        switch value {
        case 0x30...0x39: value - 0x30
        case 0x41...0x46: value - 0x37
        case 0x61...0x66: value - 0x57
        default: nil
        }
    }
}
