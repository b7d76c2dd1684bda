internal import CordonCore
internal import CordonTensor

/// What nearest neighbours say of labels.
struct NeighbourSupport: Sendable {
    let index: NeighbourIndex
    let labels: [Int32]
    let classCount: Int
    let seed: UInt64

    static let neighbours = 15
    private static let witnesses = 4000

    private static let mostVoters = 10_000

    /// Shares of the votes of each row's neighbours, row by row: `rows · classes`. A row never votes for itself.
    func votes() throws -> [Float] {
        let voters = voters
        let count = max(5, min(25, voters.count / 40))
        var votes = [Float](repeating: 0, count: labels.count * classCount)
        let found = try index.nearest(Array(labels.indices), among: voters, count: count)
        for (row, near) in found.enumerated() {
            for other in near { votes[row * classCount + Int(labels[other])] += 1 / Float(near.count) }
        }
        return votes
    }

    /// Rows with labels that may vote.
    private var voters: [Int] {
        var random = SplitMix(state: seed &+ 1)
        return random.sample(labels.indices.filter { labels[$0] >= 0 }, Self.mostVoters)
    }

    /// The nearest voters of each row.
    func nearest(_ count: Int) throws -> [[Int]] {
        try index.nearest(Array(labels.indices), among: voters, count: count)
    }

    /// Share of the votes of the nearest witnesses that a label gets; classes with fewer witnesses have more weight each.
    func support(
        _ rows: [Int], label: Int, leavingOut columns: [Int], excluding excluded: Set<Int>
    ) throws -> [Double] {
        var random = SplitMix(state: seed)
        let pool = labels.indices.filter { labels[$0] >= 0 && !excluded.contains($0) }
        let witnesses = random.sample(Array(pool), Self.witnesses)
        var counts = [Double](repeating: 0, count: classCount)
        for row in witnesses { counts[Int(labels[row])] += 1 }
        let found = try index.nearest(rows, among: witnesses, count: Self.neighbours, leavingOut: columns)
        return found.map { near in
            var (own, all) = (0.0, 0.0)
            for row in near {
                let weight = 1 / counts[Int(labels[row])]
                all += weight
                if Int(labels[row]) == label { own += weight }
            }
            return all == 0 ? 0 : own / all
        }
    }
}
