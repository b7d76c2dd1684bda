/// A program's text with its literals joined where they are added up: `"ghp_" + "abc"` becomes `"ghp_abc"`.
struct JoinedLiterals {
    private(set) var text: [UInt8] = []
    /// For each joint the offset in the joined text, and how many bytes were left out up to there.
    private var joints: [(offset: Int, dropped: Int)] = []

    /// Joins the literals of a text of at most 4 MiB; `nil` where there is nothing to join.
    ///
    /// - Complexity: O(n).
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count <= 4 << 20 else { return nil }
        var copied = 0
        var position = 0
        while position < bytes.count {
            guard bytes[position] == UInt8(ascii: "+"), let gap = Self.gap(bytes, around: position),
                gap.lowerBound >= copied
            else {
                position += 1
                continue
            }
            text.append(contentsOf: bytes[copied..<gap.lowerBound])
            joints.append((text.count, gap.upperBound - text.count))
            (copied, position) = (gap.upperBound, gap.upperBound)
            if joints.count >= 10_000 { break }
        }
        guard !joints.isEmpty else { return nil }
        text.append(contentsOf: bytes[copied...])
    }

    /// The closing quote, the sign and the opening quote.
    private static func gap(_ bytes: UnsafeBufferPointer<UInt8>, around sign: Int) -> Range<Int>? {
        var (low, high) = (sign, sign + 1)
        while low > 0, sign - low < 80, bytes[low - 1] <= 0x20 { low -= 1 }
        while high < bytes.count, high - sign < 80, bytes[high] <= 0x20 { high += 1 }
        guard low > 0, high < bytes.count, isQuote(bytes[low - 1]), isQuote(bytes[high]) else { return nil }
        return (low - 1)..<(high + 1)
    }

    private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

    /// Whether a range of the joined text was in one piece.
    func isWhole(_ range: Range<Int>) -> Bool {
        !joints.contains { $0.offset > range.lowerBound && $0.offset < range.upperBound }
    }

    /// Where an offset of the joined text is in the original one.
    func original(_ offset: Int) -> Int { offset + (joints.last { $0.offset <= offset }?.dropped ?? 0) }
}
