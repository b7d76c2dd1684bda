/// Writes JSON text piece by piece, keys in the order given, so that reports are the same byte for byte.
package struct JSONWriter {
    /// What has been written.
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false
    private var depth = 0
    private let isCompact: Bool

    /// - Parameter isCompact: one line without spaces, instead of indented.
    package init(isCompact: Bool = false) { self.isCompact = isCompact }

    /// An object; `body` writes its members.
    package mutating func object(_ key: String? = nil, _ body: (inout JSONWriter) -> Void) {
        nested(key, 0x7B, 0x7D, body)
    }

    /// An array; `body` writes its elements.
    package mutating func array(_ key: String? = nil, _ body: (inout JSONWriter) -> Void) {
        nested(key, 0x5B, 0x5D, body)
    }

    /// A string; nothing when it is `nil`.
    package mutating func string(_ key: String? = nil, _ value: String?) {
        guard let value else { return }
        begin(key)
        quote(value)
        needsComma = true
    }

    /// An integer; nothing when it is `nil`.
    package mutating func number(_ key: String? = nil, _ value: Int?) {
        guard let value else { return }
        begin(key)
        bytes += String(value).utf8
        needsComma = true
    }

    /// A number; `null` where it is not finite, because JSON has no such numbers.
    package mutating func number(_ key: String? = nil, _ value: Double) {
        raw(key, (value.isFinite ? "\(value)" : "null").utf8)
    }

    /// `true` or `false`.
    package mutating func boolean(_ key: String, _ value: Bool) {
        begin(key)
        bytes += Array((value ? "true" : "false").utf8)
        needsComma = true
    }

    /// An array of integers, on one line.
    package mutating func numbers(_ key: String? = nil, _ values: some Sequence<Int>) {
        raw(key, ("[" + values.map(String.init).joined(separator: ",") + "]").utf8)
    }

    /// An array of numbers, on one line; `null` where one is not finite, because JSON has no such numbers.
    package mutating func numbers(_ key: String? = nil, _ values: some Sequence<Double>) {
        raw(key, ("[" + values.map { $0.isFinite ? "\($0)" : "null" }.joined(separator: ",") + "]").utf8)
    }

    /// Text that is JSON already, written as it is.
    package mutating func raw(_ key: String? = nil, _ json: some Sequence<UInt8>) {
        begin(key)
        bytes += json
        needsComma = true
    }

    /// Milliseconds precision; JSON has no infinities, and durations have none either.
    package mutating func seconds(_ key: String, _ value: Duration) {
        begin(key)
        let milliseconds = value.components.seconds * 1000 + value.components.attoseconds / 1_000_000_000_000_000
        let fraction = String(milliseconds % 1000)
        bytes += Array("\(milliseconds / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)".utf8)
        needsComma = true
    }

    private mutating func nested(_ key: String?, _ open: UInt8, _ close: UInt8, _ body: (inout JSONWriter) -> Void) {
        begin(key)
        bytes.append(open)
        needsComma = false
        depth += 1
        let start = bytes.count
        body(&self)
        depth -= 1
        if bytes.count > start { newline() }
        bytes.append(close)
        needsComma = true
        if depth == 0, !isCompact { bytes.append(0x0A) }
    }

    private mutating func begin(_ key: String?) {
        if needsComma { bytes.append(0x2C) }
        if depth > 0 { newline() }
        needsComma = false
        guard let key else { return }
        quote(key)
        bytes.append(0x3A)
        if !isCompact { bytes.append(0x20) }
    }

    private mutating func newline() {
        if isCompact { return }
        bytes.append(0x0A)
        bytes += Array(repeating: 0x20, count: 2 * depth)
    }

    private mutating func quote(_ text: String) {
        bytes.append(0x22)
        for byte in text.utf8 {
            switch byte {
            case 0x22: bytes += [0x5C, 0x22]
            case 0x5C: bytes += [0x5C, 0x5C]
            case 0x0A: bytes += [0x5C, 0x6E]
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                bytes += [0x5C, 0x75, 0x30, 0x30, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(0x22)
    }
}
