internal import CSystem

/// Looks for many words at once by the hash of their first three bytes.
///
/// - Complexity: about a nanosecond a byte where no word begins, whatever their number.
struct AnchorMap<Target: Sendable>: Sendable {
    /// A word of at least three bytes and what it stands for.
    struct Entry: Sendable {
        let word: [UInt8]
        /// Whether capital letters of the text count as small ones; the word is in small letters then.
        var foldsCase = false
        let target: Target
    }

    private let map: [UInt64]
    /// For each hash the number of its bucket, counted from 1; 0 where there is none.
    private let slots: [UInt16]
    private let buckets: [[Entry]]

    /// A map of words; shorter ones than three bytes are left out.
    init(_ entries: [Entry]) {
        var map = [UInt64](repeating: 0, count: 1024)
        var slots = [UInt16](repeating: 0, count: 65_536)
        var buckets: [[Entry]] = []
        for entry in entries where entry.word.count >= 3 {
            let hash = cordon_anchor_hash(entry.word[0], entry.word[1], entry.word[2])
            map[Int(hash >> 6)] |= 1 << UInt64(hash & 63)
            if slots[Int(hash)] == 0 {
                buckets.append([])
                slots[Int(hash)] = UInt16(clamping: buckets.count)
            }
            buckets[Int(slots[Int(hash)]) - 1].append(entry)
        }
        (self.map, self.slots, self.buckets) = (map, slots, buckets)
    }

    /// The next offset from `position` on at which a word may begin; the text's length where there is none.
    func next(_ bytes: UnsafeBufferPointer<UInt8>, from position: Int) -> Int {
        guard let base = bytes.baseAddress else { return bytes.count }
        let found = cordon_next_anchor(base, position, bytes.count, map)
        return found + 3 <= bytes.count ? found : bytes.count
    }

    /// Goes through the words that stand at an offset until `body` says that it is enough.
    func forEach(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int, _ body: (Target) -> Bool) -> Bool {
        guard position + 3 <= bytes.count else { return false }
        let slot = slots[Int(cordon_anchor_hash(bytes[position], bytes[position + 1], bytes[position + 2]))]
        guard slot > 0 else { return false }
        for entry in buckets[Int(slot) - 1] where Self.stands(entry, bytes, at: position) {
            if body(entry.target) { return true }
        }
        return false
    }

    private static func stands(_ entry: Entry, _ bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> Bool {
        guard position + entry.word.count <= bytes.count else { return false }
        for index in 0..<entry.word.count {
            let byte = bytes[position + index]
            guard (entry.foldsCase ? TextBytes.lower(byte) : byte) == entry.word[index] else { return false }
        }
        return true
    }
}
