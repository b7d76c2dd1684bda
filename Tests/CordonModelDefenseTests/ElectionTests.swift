import CordonCore
import Testing

@testable import CordonModelDefense

/// Certificates against every change that an attacker could make, tried out.
@Suite("Elections among members: MODELENSEMBLE")
struct ElectionTests {
    private static let classes = 3

    /// All orders of the classes: what a member can be made to say.
    private static let orders: [[Float]] = [
        [2, 1, 0], [2, 0, 1], [1, 2, 0], [0, 2, 1], [1, 0, 2], [0, 1, 2],
    ]

    /// Whether some change of the members of at most `count` buckets changes the winner.
    private func canBeChanged(_ election: Election, _ partition: Partition, _ scores: [[Float]], by count: Int) -> Bool
    {
        let winner = election.decide(scores).winner
        func buckets(_ from: Int, _ left: Int, _ reached: Set<Int>) -> Bool {
            if tries(Array(reached), scores[...]) { return true }
            guard left > 0 else { return false }
            return (from..<partition.members).contains {
                buckets($0 + 1, left - 1, reached.union(partition.members(ofBucket: $0)))
            }
        }
        func tries(_ open: [Int], _ now: ArraySlice<[Float]>) -> Bool {
            guard let member = open.first else { return election.decide(Array(now)).winner != winner }
            return Self.orders.contains { order in
                var changed = now
                changed[member] = order
                return tries(Array(open.dropFirst()), changed)
            }
        }
        return buckets(0, count, [])
    }

    @Test(
        "No change of as many buckets as are certified changes the winner",
        arguments: [(5, 1), (3, 2)], Election.Rule.allCases)
    func sound(shape: (parts: Int, spread: Int), rule: Election.Rule) throws {
        let partition = try Partition(parts: shape.parts, spread: shape.spread)
        let election = Election(
            rule, partition, voting: Array(0..<partition.members), classes: Self.classes)
        var (random, certified, tight) = (SplitMix(state: 5), 0, 0)
        for _ in 0..<60 {
            let scores = (0..<partition.members).map { _ -> [Float] in
                Self.orders[random.next() % 3 == 0 ? random.below(6) : 0]
            }
            let decision = election.decide(scores)
            guard decision.certified >= 0 else { continue }
            #expect(!canBeChanged(election, partition, scores, by: decision.certified), "\(scores)")
            certified += decision.certified
            if canBeChanged(election, partition, scores, by: decision.certified + 1) { tight += 1 }
        }
        // It says something, and mostly all there is to say.
        #expect(certified > 20 && tight > 30)
    }

    @Test("Deep partition aggregation's own numbers: (n₁ - n₂ - [the other is first]) / 2, rounded down")
    func published() throws {
        let partition = try Partition(parts: 10)
        let election = Election(.vote, partition, voting: Array(0..<10), classes: 3)
        func votes(_ counts: [Int]) -> [[Float]] {
            counts.enumerated().flatMap { label, count in
                (0..<count).map { _ in (0..<3).map { $0 == label ? 1 : 0 } }
            }
        }
        for (counts, winner, certified) in [
            ([7, 2, 1], 0, 2), ([2, 7, 1], 1, 2), ([5, 5, 0], 0, 0), ([4, 6, 0], 1, 0), ([10, 0, 0], 0, 5),
            ([0, 10, 0], 1, 4), ([1, 3, 6], 2, 1),
        ] {
            let decision = election.decide(votes(counts))
            #expect(decision.winner == winner && decision.certified == certified, "\(counts)")
            #expect(decision.votes == counts[winner])
        }
    }

    @Test("A run-off goes to the class that more members prefer, and scores that are no numbers do no harm")
    func runOff() throws {
        let partition = try Partition(parts: 5)
        let election = Election(.runOff, partition, voting: [0, 1, 2, 3, 4], classes: 3)
        // Two for 0, two for 1, one for 2 who prefers 1.
        let scores: [[Float]] = [[2, 1, 0], [2, 1, 0], [1, 2, 0], [1, 2, 0], [0, 1, 2]]
        #expect(election.decide(scores).winner == 1)
        #expect(Election(.vote, partition, voting: [0, 1, 2, 3, 4], classes: 3).decide(scores).winner == 0)
        let broken = [[Float]](repeating: [.nan, .nan, .nan], count: 5)
        #expect(election.decide(broken).winner == 0)
    }

    @Test("Members that do not vote count nowhere: the certificate is that of the others")
    func excluded() throws {
        let partition = try Partition(parts: 5)
        let election = Election(.vote, partition, voting: [0, 2, 4], classes: 3)
        let decision = election.decide([[1, 0, 0], [1, 0, 0], [1, 0, 0]])
        #expect(decision.winner == 0 && decision.votes == 3 && decision.certified == 1)
    }
}
