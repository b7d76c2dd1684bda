/// Makes text from hostile files safe to show on a terminal, in a log or in a web page's source.
public enum PrintableText {
    /// Replaces control, format, bidirectional and line-breaking characters by escapes and cuts after `limit` scalars.
    ///
    /// - Parameter limit: the most scalars kept, at least 1; what is cut is marked by `…`.
    /// - Complexity: O(`limit`), however long the text.
    public static func quoting(_ text: String, limit: Int = 120) -> String {
        if text.utf8.count <= limit, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
        var result = ""
        var kept = 0
        for scalar in text.unicodeScalars {
            if kept == limit { return result + "…" }
            kept += 1
            if isPrintable(scalar) {
                result.unicodeScalars.append(scalar)
            } else if scalar.value < 0x100 {
                result += "\\x" + hex(scalar.value, digits: 2)
            } else {
                result += "\\u{" + hex(scalar.value, digits: 4) + "}"
            }
        }
        return result
    }

    /// The same for bytes that may not be UTF-8: invalid sequences show as `\xNN`.
    public static func quoting(bytes: [UInt8], limit: Int = 120) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return quoting(text, limit: limit) }
        var result = ""
        for (index, byte) in bytes.enumerated() {
            if index == limit { return result + "…" }
            if byte >= 0x20, byte < 0x7F {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "\\x" + hex(UInt32(byte), digits: 2)
            }
        }
        return result
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value >= 0x20, scalar.value < 0x7F { return true }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: return false
        default: return true
        }
    }

    private static func hex(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
