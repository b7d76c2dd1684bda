/// Whether one edit between two names is one that fingers make: a key left out, pressed twice or too early, or one beside it.
///
/// Other edits, such as `pymysql` and `cymysql`, are as often another project's name. Classes: Wang et al., "Strider
/// Typo-Patrol", 2006, section 2.
enum TypingSlip {
    /// Whether `name` is `target` with such a slip; the names are one edit apart.
    ///
    /// - Complexity: O(length).
    static func isOne(_ name: [UInt8], for target: [UInt8]) -> Bool {
        var start = 0
        while start < min(name.count, target.count), name[start] == target[start] { start += 1 }
        switch name.count - target.count {
        case -1: return true
        case 1:
            // Pressed twice, or with a key beside it. A digit at the end may be the next of a series.
            let added = name[start]
            if start == target.count, isDigit(added) { return false }
            return [start - 1, start].contains { target.indices.contains($0) && areNear(added, target[$0]) }
        default:
            guard start < name.count else { return false }
            let rest = start + 1
            if rest < name.count, name[start] == target[rest], name[rest] == target[start] { return true }
            return areNear(name[start], target[start]) || areAlike(name[start], target[start])
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// Rows of the keyboard; keys touch those of the same place and the next in the rows around.
    private static let rows = ["1234567890-", "qwertyuiop", "asdfghjkl", "zxcvbnm"].map { Array($0.utf8) }

    private static func place(_ byte: UInt8) -> (row: Int, column: Int)? {
        for (row, keys) in rows.enumerated() {
            if let column = keys.firstIndex(of: byte) { return (row, column) }
        }
        return nil
    }

    private static func areNear(_ a: UInt8, _ b: UInt8) -> Bool {
        if a == b { return true }
        guard let one = place(a), let two = place(b) else { return false }
        let (rows, columns) = (two.row - one.row, two.column - one.column)
        switch rows {
        case 0: return abs(columns) == 1
        case 1: return columns == 0 || columns == -1
        case -1: return columns == 0 || columns == 1
        default: return false
        }
    }

    /// Vowels and sounds that people mix up, and signs that are used for each other.
    private static func areAlike(_ a: UInt8, _ b: UInt8) -> Bool {
        ["aeiouy", "ck", "sz", "sc", "mn", "bp", "dt", "-_.", "vw"].contains {
            $0.utf8.contains(a) && $0.utf8.contains(b)
        }
    }
}
