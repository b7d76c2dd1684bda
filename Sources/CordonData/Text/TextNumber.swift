internal import CSystem
internal import Glibc

/// Numbers in text, without copies for the forms that tables mostly hold.
enum TextNumber {
    /// Without white space at both ends.
    static func trimmed(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var (low, high) = (0, text.count)
        while low < high, text[low] == 0x20 || text[low] == 0x09 || text[low] == 0x0D { low += 1 }
        while high > low, text[high - 1] == 0x20 || text[high - 1] == 0x09 || text[high - 1] == 0x0D { high -= 1 }
        return UnsafeRawBufferPointer(rebasing: text[low..<high])
    }

    /// A whole number of 64 bits; `nil` for anything else.
    static func integer(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard text.count > 0, text.count <= 20 else { return nil }
        var (index, value, isNegative) = (0, Int64(0), false)
        if text[0] == 0x2D || text[0] == 0x2B {
            isNegative = text[0] == 0x2D
            index = 1
            guard text.count > 1 else { return nil }
        }
        while index < text.count {
            let digit = text[index] &- 0x30
            guard digit < 10 else { return nil }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, more) = scaled.subtractingReportingOverflow(Int64(digit))
            guard !overflow, !more else { return nil }
            value = sum
            index += 1
        }
        // Collected below zero, where there is one number more.
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    private static let powers: [Double] = (0...22).map { pow(10, Double($0)) }

    /// A number of 64 bits; `nil` for anything else. "nan" and "inf" are numbers.
    ///
    /// Up to 15 digits and powers of ten up to 22 both are exact in 64 bits, so one operation rounds once (Clinger 1990);
    /// other forms go to libstdc++.
    static func real(_ text: UnsafeRawBufferPointer) -> Double? {
        guard text.count > 0, text.count <= 64 else { return nil }
        var (index, mantissa, digits, scale, isNegative) = (0, UInt64(0), 0, 0, false)
        if text[0] == 0x2D || text[0] == 0x2B {
            isNegative = text[0] == 0x2D
            index = 1
        }
        let first = index
        while index < text.count, text[index] &- 0x30 < 10 {
            mantissa = mantissa &* 10 &+ UInt64(text[index] &- 0x30)
            digits += mantissa == 0 ? 0 : 1
            index += 1
        }
        var seen = index - first
        if index < text.count, text[index] == 0x2E {
            index += 1
            while index < text.count, text[index] &- 0x30 < 10 {
                mantissa = mantissa &* 10 &+ UInt64(text[index] &- 0x30)
                digits += mantissa == 0 ? 0 : 1
                scale -= 1
                seen += 1
                index += 1
            }
        }
        guard seen > 0 else { return slow(text) }
        if index < text.count, text[index] | 0x20 == 0x65 {
            guard let power = integer(UnsafeRawBufferPointer(rebasing: text[(index + 1)...])), power > -400, power < 400
            else {
                return slow(text)
            }
            scale += Int(power)
            index = text.count
        }
        guard index == text.count else { return nil }
        guard digits <= 15, abs(scale) <= 22 else { return slow(text) }
        let value = scale < 0 ? Double(mantissa) / powers[-scale] : Double(mantissa) * powers[scale]
        return isNegative ? -value : value
    }

    private static func slow(_ text: UnsafeRawBufferPointer) -> Double? {
        // The library takes no plus sign.
        let body = text.first == 0x2B ? UnsafeRawBufferPointer(rebasing: text.dropFirst()) : text
        var number = 0.0
        guard cordon_read_double(body.bindMemory(to: CChar.self).baseAddress, body.count, &number) else { return nil }
        return number
    }

    /// What tables write for a value that is missing.
    static func isMissing(_ text: UnsafeRawBufferPointer) -> Bool {
        guard text.count <= 4 else { return false }
        switch text.count {
        case 0: return true
        case 2: return text.elementsEqual("NA".utf8)
        case 3:
            return text.elementsEqual("N/A".utf8) || text.elementsEqual("NaN".utf8) || text.elementsEqual("nan".utf8)
        case 4:
            return text.elementsEqual("null".utf8) || text.elementsEqual("NULL".utf8) || text.elementsEqual("None".utf8)
        default: return false
        }
    }

    /// A truth value in words.
    static func boolean(_ text: UnsafeRawBufferPointer) -> Bool? {
        switch text.count {
        case 4
        where text.elementsEqual("true".utf8) || text.elementsEqual("True".utf8) || text.elementsEqual("TRUE".utf8):
            true
        case 5
        where text.elementsEqual("false".utf8) || text.elementsEqual("False".utf8) || text.elementsEqual("FALSE".utf8):
            false
        default: nil
        }
    }
}
