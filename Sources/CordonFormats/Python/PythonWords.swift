/// Names without which a statement is of no interest to whoever reads the source, as a Bloom filter (Bloom 1970, one hash).
///
/// A word that was put in is always found; about one in two hundred others is found as well, and its statement is read for nothing.
package struct PythonWords: Sendable {
    private var map = [UInt64](repeating: 0, count: 1024)
    private let carried: Set<String>

    /// A filter of some words.
    ///
    /// - Parameter carried: parts of the names of calls whose results are followed through variables.
    package init(_ words: some Sequence<String>, carried: Set<String> = []) {
        self.carried = carried
        for word in words { insert(word) }
        for word in carried { insert(word) }
        // The words that statements begin with whose effect reaches others.
        for word in ["import", "from", "__name__"] { insert(word) }
    }

    /// Puts a word in.
    package mutating func insert(_ word: String) {
        let bit = Self.bit(Self.hash(word))
        map[bit >> 6] |= 1 << UInt64(bit & 63)
    }

    /// Whether a word was put in; never `false` for one that was.
    package func contains(_ word: some StringProtocol) -> Bool { contains(hash: Self.hash(word)) }

    /// Whether what a call of this dotted name returns is followed through variables.
    func carries(_ path: String) -> Bool { path.split(separator: ".").contains { carried.contains(String($0)) } }

    func contains(hash: UInt32) -> Bool {
        let bit = Self.bit(hash)
        return map[bit >> 6] & (1 << UInt64(bit & 63)) != 0
    }

    /// Whether a hash is that of a word which begins a class or a function.
    static func isDefinition(_ hash: UInt32) -> Bool { definitions.contains(hash) }

    private static let definitions = ["def", "class", "async"].map { hash($0) }

    private static func hash(_ word: some StringProtocol) -> UInt32 {
        word.utf8.reduce(start) { add($1, to: $0) }
    }

    // FNV-1a, 32 bits (RFC 9923), folded to 16.
    static let start: UInt32 = 0x811C_9DC5
    static func add(_ byte: UInt8, to hash: UInt32) -> UInt32 { (hash ^ UInt32(byte)) &* 0x0100_0193 }
    private static func bit(_ hash: UInt32) -> Int { Int((hash ^ (hash >> 16)) & 0xFFFF) }
}
