/// Rows as sets of features — a pixel with a value, a word, a column with a value — and what else speaks for a row's label.
protocol PatternSpace: Sendable {
    /// Features that a class has far more often than all others, the strongest first.
    ///
    /// - Parameter rows: the rows of the class.
    func enriched(_ rows: [Int]) throws -> [EnrichedFeature]

    /// Patterns of one class that are worth trying: as many as the time for one allows.
    var triesPerClass: Int { get }

    /// Whether classes may be so hard to tell apart that rows of other classes have support as well: then carriers are compared
    /// by ranks, and with other classes.
    var hasWeakClasses: Bool { get }

    /// Whether these features together may be a trigger, and leave enough of a row to judge it by.
    func isPlausible(_ features: [Int]) -> Bool

    /// How much speaks for a label in some rows when some features do not count, from 0 to 1.
    ///
    /// - Parameters:
    ///   - features: what does not count.
    ///   - excluded: rows that are no witnesses.
    func support(_ rows: [Int], label: Int, without features: [Int], excluding excluded: Set<Int>) throws -> [Double]

    /// Share of these features that each row has.
    func share(_ rows: [Int], of features: [Int]) -> [Double]

    /// Whether rows with these features are alike in more than the features: then they are a kind of row, and no trigger that was
    /// put into rows of other kinds.
    func areOneKind(_ carriers: [Int], label: Int, without features: [Int], seed: UInt64) -> Bool

    /// What most carriers of some features have, and few of the rows of other classes that they look most like: the
    /// features without what is natural in those rows, and with what else was put there.
    func distinguishing(_ features: [Int], _ carriers: [Int], label: Int, seed: UInt64) -> [Int]

    /// Whether these features are about more than one column.
    func isCombined(_ features: [Int]) -> Bool

    /// How many rows would have all of these features if, among rows that are alike in everything else, they came together by
    /// chance; `nil` where that cannot be said.
    func expected(_ features: [Int], excluding carriers: Set<Int>, seed: UInt64) throws -> Double?

    /// What the nearest rows of each row say; `nil` where rows have no neighbours.
    func survey() throws -> NeighbourSurvey?

    /// The nearest rows with labels of each row, nearest first; never calls where rows have no neighbours.
    func forEachNearest(_ count: Int, _ body: (_ row: Int, _ near: [Int]) -> Void) throws

    /// A trigger in words.
    func describe(_ features: [Int], carriers: [Int]) -> (kind: DataCause.Kind, text: String)

    /// What to look for in texts that have these features; empty where rows are no texts.
    func phrases(_ features: [Int]) -> [String]

    /// A trigger as a picture; `nil` where it is none.
    func picture(_ features: [Int], carriers: [Int]) -> TriggerPicture?
}

extension PatternSpace {
    var triesPerClass: Int { 40 }
    var hasWeakClasses: Bool { false }
    func areOneKind(_ carriers: [Int], label: Int, without features: [Int], seed: UInt64) -> Bool { false }
    func distinguishing(_ features: [Int], _ carriers: [Int], label: Int, seed: UInt64) -> [Int] { features }
    func isCombined(_ features: [Int]) -> Bool { false }
    func expected(_ features: [Int], excluding carriers: Set<Int>, seed: UInt64) throws -> Double? { nil }
    func survey() throws -> NeighbourSurvey? { nil }
    func forEachNearest(_ count: Int, _ body: (_ row: Int, _ near: [Int]) -> Void) throws {}
    func phrases(_ features: [Int]) -> [String] { [] }
    func picture(_ features: [Int], carriers: [Int]) -> TriggerPicture? { nil }
    func isPlausible(_ features: [Int]) -> Bool { true }
}

/// A feature that one class has far more often than the others.
struct EnrichedFeature: Sendable {
    /// What it is; the space knows.
    let feature: Int
    /// Which of the class's rows have it, by their place in the class.
    let carriers: RowSet
    /// Rows of the class that have it, times the logarithm of how much more often they do.
    let evidence: Double
}

/// A set of small whole numbers.
struct RowSet: Sendable {
    private(set) var words: [UInt64]
    private(set) var count = 0

    init(capacity: Int) { words = [UInt64](repeating: 0, count: (capacity + 63) / 64) }

    mutating func insert(_ place: Int) {
        let bit: UInt64 = 1 << UInt64(place & 63)
        if words[place >> 6] & bit == 0 {
            words[place >> 6] |= bit
            count += 1
        }
    }

    func contains(_ place: Int) -> Bool { words[place >> 6] >> UInt64(place & 63) & 1 == 1 }

    func intersection(_ other: RowSet) -> RowSet {
        var result = self
        result.count = 0
        for index in words.indices {
            result.words[index] &= other.words[index]
            result.count += result.words[index].nonzeroBitCount
        }
        return result
    }

    /// How many members are in both.
    func shared(_ other: RowSet) -> Int {
        var both = 0
        for index in words.indices { both += (words[index] & other.words[index]).nonzeroBitCount }
        return both
    }

    /// Whether more than half of the members of either are members of both (Jaccard 1912).
    func isLike(_ other: RowSet) -> Bool {
        // Both hold no more than the smaller one does.
        guard 2 * min(count, other.count) > max(count, other.count) else { return false }
        let both = shared(other)
        return 2 * both > count + other.count - both
    }

    /// The members in order.
    var members: [Int] {
        var found: [Int] = []
        found.reserveCapacity(count)
        for (index, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                found.append(index * 64 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
        return found
    }
}
