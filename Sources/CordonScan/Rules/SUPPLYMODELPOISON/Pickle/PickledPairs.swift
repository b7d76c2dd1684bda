internal import CordonFormats

/// Texts of a pickle that stand behind a text which names a secret, as keys and values of a dictionary do.
enum PickledPairs {
    /// `key="value"` for each pair, a line each; at most 1,000.
    ///
    /// - Parameter limit: bytes that are looked at.
    /// - Complexity: O(n).
    static func text(_ bytes: RawSpan, limit: Int) -> [UInt8] {
        let end = min(bytes.byteCount, limit)
        var result: [UInt8] = []
        var (position, count) = (0, 0)
        while position < end, count < 1000 {
            guard let (key, behind) = literal(bytes, position) else {
                position += 1
                continue
            }
            position = behind
            let words = AssignedValue.words(key)
            guard key.count <= 64, AssignmentJudge.noun(words) != nil,
                let (value, next) = literal(bytes, memo(bytes, behind))
            else { continue }
            position = next
            count += 1
            result += key + Array("=\"".utf8) + value + Array("\"\n".utf8)
        }
        return result
    }

    /// A text of SHORT_BINUNICODE, BINUNICODE or UNICODE (pickletools): printable, without quotes, 1 to 300 bytes.
    private static func literal(_ bytes: RawSpan, _ position: Int) -> ([UInt8], Int)? {
        let start: Int, count: Int
        switch bytes.byte(at: position) {
        case 0x8C: (start, count) = (position + 2, Int(bytes.byte(at: position + 1) ?? 0))
        case 0x58: (start, count) = (position + 5, Int(bytes.littleEndian(at: position + 1, as: UInt32.self) ?? 0))
        case 0x56:
            guard let end = bytes.firstIndex(of: 0x0A, from: position, to: min(bytes.byteCount, position + 302)) else {
                return nil
            }
            (start, count) = (position + 1, end - position - 1)
        default: return nil
        }
        guard (1...300).contains(count), let text = bytes.copy(at: start, count: count),
            text.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C && $0 != 0x7F })
        else { return nil }
        return (text, start + count + (bytes.byte(at: position) == 0x56 ? 1 : 0))
    }

    /// Behind MEMOIZE, PUT, BINPUT and LONG_BINPUT, which stand between texts.
    private static func memo(_ bytes: RawSpan, _ position: Int) -> Int {
        switch bytes.byte(at: position) {
        case 0x94: position + 1
        case 0x71: position + 2
        case 0x72: position + 5
        case 0x70: (bytes.firstIndex(of: 0x0A, from: position, to: position + 24) ?? position) + 1
        default: position
        }
    }
}
