/// Bytes of a text, read without traps: beyond the ends are zeros.
struct TextBytes {
    let base: UnsafeBufferPointer<UInt8>

    var count: Int { base.count }

    subscript(offset: Int) -> UInt8 { offset >= 0 && offset < base.count ? base[offset] : 0 }

    /// A copy of a part, cut to what is there.
    func copy(_ range: Range<Int>) -> [UInt8] { Array(base[range.clamped(to: 0..<base.count)]) }

    /// The part as text.
    func text(_ range: Range<Int>) -> String { String(decoding: copy(range), as: UTF8.self) }

    /// Whether the bytes at `offset` are `text`, letters compared without case when asked.
    func has(_ text: StaticString, at offset: Int, foldingCase: Bool = false) -> Bool {
        let count = text.utf8CodeUnitCount
        guard offset >= 0, count <= self.count, offset <= self.count - count else { return false }
        for index in 0..<count {
            let (a, b) = (base[offset + index], text.utf8Start[index])
            if a != b, !foldingCase || Self.lower(a) != Self.lower(b) { return false }
        }
        return true
    }

    static func lower(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }
    static func isLetter(_ byte: UInt8) -> Bool { byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A }
    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
    static func isHexDigit(_ byte: UInt8) -> Bool { isDigit(byte) || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66 }
    static func isAlphanumeric(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) }
    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// The end of the line that `offset` is in.
    func lineEnd(_ offset: Int, most: Int = 4096) -> Int {
        var position = offset
        let limit = min(count, offset + most)
        while position < limit, base[position] != 0x0A, base[position] != 0x0D { position += 1 }
        return position
    }

    /// The beginning of the line that `offset` is in.
    func lineStart(_ offset: Int, most: Int = 4096) -> Int {
        var position = min(offset, count)
        let limit = max(0, offset - most)
        while position > limit, base[position - 1] != 0x0A, base[position - 1] != 0x0D { position -= 1 }
        return position
    }
}
