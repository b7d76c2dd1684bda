internal import CordonCore
internal import CordonFormats
internal import Glibc

/// What can be told of a token without asking its provider.
enum TokenChecks {
    /// Whether a check holds; `nil` where there is none.
    static func holds(_ check: TokenKind.Check, _ token: [UInt8]) -> Bool? {
        switch check {
        case .none: nil
        case .crc32: crc32(token)
        case .bech32: bech32(token)
        case .base64: Base64.decode(token).map { $0.starts(with: "{\"api_address\":".utf8) } ?? false
        }
    }

    private static let base62 = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// GitHub's and npm's tokens: thirty random characters, then their CRC-32 in base 62 (GitHub, "Behind GitHub's new
    /// authentication token formats", 2021).
    private static func crc32(_ token: [UInt8]) -> Bool {
        guard token.count == 40 else { return false }
        var value = ByteView(copying: Array(token[4..<34])).withSpan { CRC32.checksum($0) }
        for place in (34..<40).reversed() {
            guard token[place] == base62[Int(value % 62)] else { return false }
            value /= 62
        }
        return true
    }

    /// The checksum of BIP 173 over a text in upper case.
    private static func bech32(_ token: [UInt8]) -> Bool {
        let alphabet = Array("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L".utf8)
        guard let separator = token.lastIndex(of: UInt8(ascii: "1")) else { return false }
        let prefix = token[..<separator].map { TextBytes.lower($0) }
        var values = prefix.map { UInt32($0 >> 5) } + [0] + prefix.map { UInt32($0 & 31) }
        for byte in token[(separator + 1)...] {
            guard let value = alphabet.firstIndex(of: byte) else { return false }
            values.append(UInt32(value))
        }
        var check: UInt32 = 1
        for value in values {
            let top = check >> 25
            check = (check & 0x1FF_FFFF) << 5 ^ value
            for (bit, generator) in generators.enumerated() where top >> UInt32(bit) & 1 == 1 { check ^= generator }
        }
        return check == 1
    }

    private static let generators: [UInt32] = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3]
}

/// Whether a text was drawn at random or made by a person as an example.
enum Randomness {
    /// Shannon's entropy of the bytes, in bits a byte.
    static func entropy(_ text: some Collection<UInt8>) -> Double {
        guard !text.isEmpty else { return 0 }
        var counts = [Int](repeating: 0, count: 256)
        for byte in text { counts[Int(byte)] += 1 }
        let total = Double(text.count)
        return counts.reduce(0) { sum, count in
            guard count > 0 else { return sum }
            let share = Double(count) / total
            return sum - share * log2(share)
        }
    }

    /// Whether a token is an example that somebody typed: words that say so, few different characters, or long runs up or down the
    /// alphabet.
    static func isExample(_ token: [UInt8]) -> Bool {
        let lower = token.map { TextBytes.lower($0) }
        if words.contains(where: { contains(lower, $0) }) { return true }
        if token.count >= 16, Set(token).count * 4 <= min(token.count, 40) { return true }
        return longestRun(lower) * 3 >= max(18, token.count)
    }

    /// The longest stretch in which each byte is the next, the same or the previous one of the one before.
    private static func longestRun(_ text: [UInt8]) -> Int {
        var (longest, current, last) = (1, 1, Int.max)
        for index in text.indices.dropFirst() {
            let step = Int(text[index]) - Int(text[index - 1])
            if (-1...1).contains(step), last == .max || step == last {
                current += 1
                last = step
            } else {
                (current, last) = (1, .max)
            }
            longest = max(longest, current)
        }
        return text.isEmpty ? 0 : longest
    }

    private static let words: [[UInt8]] = [
        "example", "xxxxx", "yourtoken", "your_", "your-", "placeholder", "redacted", "changeme", "dummy", "fake",
        "sample", "notreal", "hunter2",
        "invalid", "insert", "0000000000", "*****", ".....", "123456789",
    ].map { Array($0.utf8) }

    private static func contains(_ text: [UInt8], _ word: [UInt8]) -> Bool {
        guard text.count >= word.count else { return false }
        return (0...(text.count - word.count)).contains { text[$0..<($0 + word.count)].elementsEqual(word) }
    }

    private static func log2(_ value: Double) -> Double { Glibc.log2(value) }
}
