/// How a provider's tokens look, written as literal text with runs in braces: `ghp_{w36}`, `SG.{x22}.{x43}`.
///
/// A run is a class and a length or range of lengths. Runs are as long as their class allows, so that a longer text of the same class
/// is no match. Classes: `d` digits, `h` lower-case hexadecimal, `H` hexadecimal, `a` letters, `l` lower-case letters and digits,
/// `u` upper-case letters and digits, `t` base32, `w` letters and digits, `x` letters, digits, `_` and `-`, `b` base64, `v` `x` with dots.
struct TokenShape: Sendable {
    enum Part: Hashable, Sendable {
        case text([UInt8])
        case run(UInt8, ClosedRange<Int>)
    }

    let parts: [Part]
    /// The part that is looked for, and what it begins with.
    let anchorPart: Int
    let anchor: [UInt8]

    /// Parses a shape of ours. A shape that cannot be parsed has no parts and matches nothing; a test tries them all.
    init(_ pattern: String) {
        var parts: [Part] = []
        var rest = Array(pattern.utf8)[...]
        while let first = rest.first {
            if first == UInt8(ascii: "{"), let end = rest.firstIndex(of: UInt8(ascii: "}")) {
                parts.append(Self.run(Array(rest[(rest.startIndex + 1)..<end])))
                rest = rest[(end + 1)...]
            } else {
                let text = Array(rest.prefix { $0 != UInt8(ascii: "{") })
                parts.append(.text(text))
                rest = rest.dropFirst(text.count)
            }
        }
        self.parts = parts
        let texts = parts.enumerated().compactMap { place, part -> (Int, [UInt8])? in
            if case .text(let text) = part, text.count >= 2 { (place, text) } else { nil }
        }
        // Two letters make a poor anchor, and do where there is no better one.
        let chosen = texts.first { $0.1.count >= 3 } ?? texts.first
        anchorPart = chosen?.0 ?? 0
        anchor = chosen.map { Array($0.1.prefix(3)) } ?? []
    }

    private static func run(_ text: [UInt8]) -> Part {
        let numbers = String(decoding: text.dropFirst(), as: UTF8.self).split(separator: "-").compactMap { Int($0) }
        guard let kind = text.first, let low = numbers.first, let high = numbers.last, low <= high else {
            return .text([])
        }
        return .run(kind, low...high)
    }

    /// Where the token lies when its anchor stands at `offset`.
    func match(_ bytes: TextBytes, anchorAt offset: Int) -> Range<Int>? {
        guard anchorPart < parts.count, case .text(let text) = parts[anchorPart], has(text, bytes, offset) else {
            return nil
        }
        var start = offset
        for part in parts[..<anchorPart].reversed() {
            guard let before = backward(part, bytes, start) else { return nil }
            start = before
        }
        var end = offset + text.count
        for index in parts.indices.dropFirst(anchorPart + 1) {
            guard let after = forward(parts[index], bytes, end, isLast: index == parts.count - 1) else { return nil }
            end = after
        }
        // A token stands alone: nothing that could be its own goes on before it.
        guard let first = parts.first else { return nil }
        if case .text(let text) = first, TextBytes.isAlphanumeric(text[0]), TextBytes.isAlphanumeric(bytes[start - 1]),
            !isEscape(bytes, start)
        {
            return nil
        }
        return start..<end
    }

    /// Whether what stands before is the letter of an escape such as `\n`.
    private func isEscape(_ bytes: TextBytes, _ start: Int) -> Bool {
        bytes[start - 2] == UInt8(ascii: "\\") && [0x6E, 0x74, 0x72].contains(bytes[start - 1])
    }

    private func has(_ text: [UInt8], _ bytes: TextBytes, _ offset: Int) -> Bool {
        for (index, byte) in text.enumerated() where bytes[offset + index] != byte { return false }
        return offset >= 0 && offset + text.count <= bytes.count
    }

    private func forward(_ part: Part, _ bytes: TextBytes, _ offset: Int, isLast: Bool) -> Int? {
        switch part {
        case .text(let text): return has(text, bytes, offset) ? offset + text.count : nil
        case .run(let kind, let lengths):
            var end = offset
            // Inside of a token a run of one length ends there, although what follows could be of the same kind.
            let most = isLast || lengths.lowerBound < lengths.upperBound ? lengths.upperBound : lengths.upperBound - 1
            while end - offset <= most, end < bytes.count, Self.isMember(bytes[end], of: kind) {
                end += 1
            }
            return lengths.contains(end - offset) ? end : nil
        }
    }

    private func backward(_ part: Part, _ bytes: TextBytes, _ offset: Int) -> Int? {
        switch part {
        case .text(let text): return has(text, bytes, offset - text.count) ? offset - text.count : nil
        case .run(let kind, let lengths):
            var start = offset
            while offset - start <= lengths.upperBound, start > 0, Self.isMember(bytes[start - 1], of: kind) {
                start -= 1
            }
            return lengths.contains(offset - start) ? start : nil
        }
    }

    static func isMember(_ byte: UInt8, of kind: UInt8) -> Bool {
        let isDigit = TextBytes.isDigit(byte)
        let isUpper = byte >= 0x41 && byte <= 0x5A
        let isLower = byte >= 0x61 && byte <= 0x7A
        switch kind {
        case UInt8(ascii: "d"): return isDigit
        case UInt8(ascii: "h"): return isDigit || byte >= 0x61 && byte <= 0x66
        case UInt8(ascii: "H"): return isDigit || byte >= 0x61 && byte <= 0x66 || byte >= 0x41 && byte <= 0x46
        case UInt8(ascii: "a"): return isUpper || isLower
        case UInt8(ascii: "l"): return isDigit || isLower
        case UInt8(ascii: "u"): return isDigit || isUpper
        case UInt8(ascii: "t"): return isUpper || byte >= 0x32 && byte <= 0x37
        case UInt8(ascii: "w"): return isDigit || isUpper || isLower
        case UInt8(ascii: "x"): return isDigit || isUpper || isLower || byte == 0x2D || byte == 0x5F
        case UInt8(ascii: "v"): return isDigit || isUpper || isLower || byte == 0x2D || byte == 0x5F || byte == 0x2E
        case UInt8(ascii: "p"): return isDigit || isUpper || isLower || [0x25, 0x2B, 0x2F, 0x3D].contains(byte)
        case UInt8(ascii: "c"): return isDigit || isUpper || isLower || byte == 0x2E || byte == 0x2F
        case UInt8(ascii: "b"): return isDigit || isUpper || isLower || byte == 0x2B || byte == 0x2F
        default: return false
        }
    }
}
