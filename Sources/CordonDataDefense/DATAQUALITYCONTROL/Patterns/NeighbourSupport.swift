internal import CordonCore
internal import CordonTensor
internal import Glibc

/// What the nearest rows of each row say.
struct NeighbourSurvey: Sendable {
    /// Shares of the votes on each row, row by row: `rows · classes`. A row never votes for itself.
    let votes: [Float]
    /// Local intrinsic dimensionality of each row: the maximum-likelihood estimate from the distances of its neighbours
    /// (Amsaleg and others 2015); 0 where too few differ.
    let dimensions: [Float]
}

/// What nearest neighbours say of labels.
struct NeighbourSupport: Sendable {
    let index: NeighbourIndex
    let labels: [Int32]
    let classCount: Int
    let seed: UInt64
    /// Rows with labels in an order that was drawn: the first ones are witnesses.
    private let drawn: [Int]

    static let neighbours = 15
    private static let witnesses = 4000

    /// Rows times voters that are worth their time, and how many there are at least and most.
    private static let voteWork = 1_000_000_000
    private static let voterCounts = (fewest: 2_000, most: 10_000)
    private static let dimensionNeighbours = 20

    init(index: NeighbourIndex, labels: [Int32], classCount: Int, seed: UInt64) {
        (self.index, self.labels, self.classCount, self.seed) = (index, labels, classCount, seed)
        var random = SplitMix(state: seed)
        drawn = labels.indices.filter { labels[$0] >= 0 }.shuffled(using: &random)
    }

    /// Votes and dimensionality of every row, in one pass.
    func survey() throws -> NeighbourSurvey {
        let voters = voters
        let count = max(5, min(25, voters.count / 40))
        var votes = [Float](repeating: 0, count: labels.count * classCount)
        var dimensions = [Float](repeating: 0, count: labels.count)
        try index.forEachNearest(
            Array(labels.indices), among: voters, count: max(count, Self.dimensionNeighbours)
        ) { block in
            for (place, row) in block.rows.enumerated() {
                let near = (place * block.count)..<((place + 1) * block.count)
                let own = block.places[near].prefix(count).filter { $0 >= 0 }
                for other in own {
                    votes[row * classCount + Int(labels[voters[Int(other)]])] += 1 / Float(own.count)
                }
                dimensions[row] = Self.dimension(block.distances[near].prefix(Self.dimensionNeighbours))
            }
        }
        return NeighbourSurvey(votes: votes, dimensions: dimensions)
    }

    /// Rows with labels that may vote.
    private var voters: [Int] {
        let most = max(Self.voterCounts.fewest, min(Self.voterCounts.most, Self.voteWork / max(1, labels.count)))
        return drawn.prefix(most).sorted()
    }

    /// The nearest voters of each row, nearest first.
    func forEachNearest(_ count: Int, _ body: (_ row: Int, _ near: [Int]) -> Void) throws {
        let voters = voters
        try index.forEachNearest(Array(labels.indices), among: voters, count: count) { block in
            for (place, row) in block.rows.enumerated() {
                let near = block.places[(place * block.count)..<((place + 1) * block.count)]
                body(row, near.filter { $0 >= 0 }.map { voters[Int($0)] })
            }
        }
    }

    /// For each row two others, drawn from the class other than its label that its nearest witness has.
    func others(of rows: [Int], label: Int, leavingOut columns: [Int], seed: UInt64) -> [Int] {
        let pool = Array(drawn.lazy.filter { Int(labels[$0]) != label }.prefix(Self.witnesses))
        guard let near = try? index.nearest(rows, among: pool, count: 1, leavingOut: columns) else { return [] }
        let own = Set(rows)
        let byClass = Dictionary(grouping: pool.filter { !own.contains($0) }) { labels[$0] }
        var random = SplitMix(state: seed &+ 43)
        return near.flatMap { found -> [Int] in
            guard let first = found.first, let others = byClass[labels[first]] else { return [] }
            return (0..<2).map { _ in others[Int.random(in: others.indices, using: &random)] }
        }
    }

    /// - Parameter distances: squared, in rising order.
    private static func dimension(_ distances: ArraySlice<Float>) -> Float {
        let positive = distances.filter { $0 > 0 }
        guard let last = positive.last, positive.count > 2 else { return 0 }
        // The logarithm of a squared distance is twice the distance's.
        let mean = positive.reduce(Float(0)) { $0 + log($1 / last) } / Float(2 * positive.count)
        return mean < 0 ? -1 / mean : 0
    }

    /// The nearest witnesses of each row.
    func nearest(_ rows: [Int], leavingOut columns: [Int], excluding excluded: Set<Int>) throws -> [[Int]] {
        try index.nearest(rows, among: witnesses(without: excluded), count: Self.neighbours, leavingOut: columns)
    }

    private func witnesses(without excluded: Set<Int>) -> [Int] {
        Array(drawn.lazy.filter { !excluded.contains($0) }.prefix(Self.witnesses))
    }

    /// Share of the votes of the nearest witnesses that a label gets; classes with fewer witnesses have more weight each.
    func support(
        _ rows: [Int], label: Int, leavingOut columns: [Int], excluding excluded: Set<Int>
    ) throws -> [Double] {
        var counts = [Double](repeating: 0, count: classCount)
        for row in witnesses(without: excluded) { counts[Int(labels[row])] += 1 }
        return try nearest(rows, leavingOut: columns, excluding: excluded).map { near in
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
