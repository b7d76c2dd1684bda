/// How members of an ensemble come to one class for a row, and how many rows of training data could not have changed it.
///
/// A row that an attacker adds or removes reaches the members of one bucket of the ``Partition`` only. What each bucket could do to the
/// distance between two classes is added up, the worst buckets first. Sources: Levine and Feizi 2021, theorem 1 (`spread` 1); Wang,
/// Levine and Feizi 2022, theorem 1 (finite aggregation); Rezaei and others 2023 (run-off election), with the same sums over buckets
/// in place of their case analysis.
///
/// - Note: The number holds for the vote as it was counted, for members trained on their parts alone — no common starting model, no
///   choice of settings by all data — and deterministically. A row that is changed counts twice unless only its label is.
public struct Election: Sendable {
    /// Ways to count.
    public enum Rule: String, Sendable, CaseIterable {
        /// The class that most members name; the first of equals.
        case vote
        /// The two classes that most members name, then the one of them that most members prefer.
        case runOff = "run-off"
    }
    /// What came out for one row.
    public struct Decision: Sendable {
        /// The class.
        public let winner: Int
        /// Members that named it first.
        public let votes: Int
        /// Rows that an attacker may have added or removed, in any number of members, without having changed the class.
        public let certified: Int
    }

    private let rule: Rule
    private let classes: Int
    /// Members of each bucket, as places among the members that vote.
    private let buckets: [[Int]]

    /// - Parameters:
    ///   - partition: how rows were given to members.
    ///   - voting: members that vote, by number, ascending.
    ///   - classes: at least 2.
    init(_ rule: Rule, _ partition: Partition, voting: [Int], classes: Int) {
        (self.rule, self.classes) = (rule, classes)
        let places = Dictionary(uniqueKeysWithValues: voting.enumerated().map { ($1, $0) })
        buckets = (0..<partition.members).map { bucket in partition.members(ofBucket: bucket).compactMap { places[$0] }
        }
    }

    /// - Parameter scores: of all classes from each member that votes; higher is more likely. Members whose scores are no numbers vote for
    ///   the first class.
    func decide(_ scores: [[Float]]) -> Decision {
        let votes = scores.map { Self.first($0) }
        var counts = [Int](repeating: 0, count: classes)
        for vote in votes { counts[vote] += 1 }
        let order = counts.indices.sorted { (counts[$1], $0) < (counts[$0], $1) }
        let leading = (order[0], order[1])
        guard rule == .runOff else {
            let least = rivals(counts, of: leading.0).map { rival in
                needed(gap(counts, leading.0, rival)) { Self.effect(votes[$0], leading.0, rival) }
            }
            return Decision(winner: leading.0, votes: counts[leading.0], certified: (least.min() ?? .max) - 1)
        }
        let (first, second) = leading
        func preferring(_ own: Int, _ other: Int) -> [Bool] {
            scores.map { scores in
                own < other ? !(scores[other] > scores[own]) : scores[own] > scores[other]
            }
        }
        func lead(_ prefer: [Bool], _ own: Int, _ other: Int) -> Int {
            let count = prefer.count { $0 }
            return count - (prefer.count - count) + (own < other ? 1 : 0)
        }
        let winner = lead(preferring(first, second), first, second) > 0 ? first : second
        let loser = winner == first ? second : first
        // Another class comes up against the winner, and beats it.
        let overtaking = rivals(counts, of: winner, all: true).map { rival in
            let prefer = preferring(winner, rival)
            let beats = needed(lead(prefer, winner, rival)) { prefer[$0] ? 2 : 0 }
            guard rival != loser else { return beats }
            let comesUp = needed(gap(counts, loser, rival)) { Self.effect(votes[$0], loser, rival) }
            return max(beats, comesUp)
        }
        let least = min(overtaking.min() ?? .max, eliminating(winner, counts, votes))
        return Decision(winner: winner, votes: counts[winner], certified: least - 1)
    }

    /// The greatest score, the first of equals.
    static func first(_ scores: [Float]) -> Int {
        var best = 0
        for place in scores.indices where scores[place] > scores[best] { best = place }
        return best
    }

    /// What changing a member's vote takes at most from the lead of one class over another.
    private static func effect(_ vote: Int, _ own: Int, _ other: Int) -> Int {
        vote == own ? 2 : vote == other ? 0 : 1
    }

    /// Above 0 where the first class comes before the other.
    private func gap(_ counts: [Int], _ own: Int, _ other: Int) -> Int {
        counts[own] - counts[other] + (own < other ? 1 : 0)
    }

    /// Buckets that must be changed so that two classes come before the winner in the first round.
    private func eliminating(_ winner: Int, _ counts: [Int], _ votes: [Int]) -> Int {
        let rivals = rivals(counts, of: winner)
        var least = Int.max
        for (place, first) in rivals.enumerated() {
            let alone = needed(gap(counts, winner, first)) { Self.effect(votes[$0], winner, first) }
            // Two need at least what either needs.
            guard alone < least else { continue }
            for second in rivals[(place + 1)...] {
                let other = needed(gap(counts, winner, second)) { Self.effect(votes[$0], winner, second) }
                let both = needed(gap(counts, winner, first) + gap(counts, winner, second)) {
                    votes[$0] == winner ? 3 : votes[$0] == first || votes[$0] == second ? 0 : 1
                }
                least = min(least, max(alone, other, both))
            }
        }
        return least
    }

    /// Classes that can come before another: all that are named, and of those that nobody names the first two, which are the nearest.
    private func rivals(_ counts: [Int], of own: Int, all: Bool = false) -> [Int] {
        var left = 2
        return counts.indices.filter { place in
            guard place != own else { return false }
            if all || counts[place] > 0 { return true }
            left -= 1
            return left >= 0
        }
    }

    /// The fewest buckets whose effects reach a gap; more than there are where they cannot.
    private func needed(_ gap: Int, _ effect: (Int) -> Int) -> Int {
        guard gap > 0 else { return 0 }
        var sum = 0
        for (place, own) in buckets.map({ $0.reduce(0) { $0 + effect($1) } }).sorted(by: >).enumerated() {
            sum += own
            if sum >= gap { return place + 1 }
        }
        return buckets.count + 1
    }
}
