internal import CordonTensor
internal import Glibc

/// How many dimensions a row's surroundings seem to have, compared with what they should be: rows that were moved or mislabelled lie
/// off the surface that the others lie on.
///
/// The maximum-likelihood estimate from the distances r₁ … r_k to the nearest rows, −(1/k · Σ ln(rᵢ / r_k))⁻¹ (Amsaleg and others
/// 2015). Where rows have classes, the estimate among rows of the own class is divided by the one among rows of all others: a row that is
/// far from its own class sees it from outside, in many dimensions, and the class that it came from from within. Without classes
/// it is divided by the mean of the neighbours' (Weerasinghe and others 2021), the label one more dimension where it is a number.
///
/// - Note: Misses poison that lies as thick as other rows: many near copies, triggers that change few values, labels that were all
///   changed to one class in high dimensions, and any where classes lie so far apart that changed rows are a heap of their own.
/// - Complexity: rows² · width.
struct LocalIntrinsicDimensionality {
    private static let neighbours = 50
    private static let fewest = 8

    /// The ratio of every row, around 1; higher is more suspect. Rows of classes that are too small get 1.
    func ratios(_ set: SampleSet, _ points: Tensor) throws -> [Double] {
        guard set.targets == nil, set.classes.count > 1 else { return try ratios(points, set.targets) }
        var found = [Double](repeating: 1, count: set.count)
        let index = try NeighbourIndex(points)
        for (label, rows) in set.rowsByClass.enumerated() {
            let others = set.labels.indices.filter { set.labels[$0] >= 0 && set.labels[$0] != Int32(label) }
            let count = min(Self.neighbours, rows.count / 4, others.count / 4)
            guard count >= Self.fewest else { continue }
            let (own, across) = (
                try Self.dimensions(index, rows, among: rows, count),
                try Self.dimensions(index, rows, among: others, count)
            )
            for (place, row) in rows.enumerated() where across[place] > 0 { found[row] = own[place] / across[place] }
        }
        return found
    }

    private func ratios(_ points: Tensor, _ targets: [Float]?) throws -> [Double] {
        var points = points
        if let targets {
            let sorted = Quantiles(targets)
            let deviation = sorted.count > 0 ? sorted.deviation : 0
            let scaled = targets.map { $0.isFinite && deviation > 0 ? ($0 - sorted.at(0.5)) / deviation : 0 }
            points = try .concatenated([points, Tensor(scaled, shape: [targets.count, 1])], 1)
        }
        let rows = Array(0..<points.shape[0])
        let count = min(Self.neighbours, rows.count / 4)
        guard count >= Self.fewest else { return rows.map { _ in 1 } }
        let index = try NeighbourIndex(points)
        let dimensions = try Self.dimensions(index, rows, among: rows, count)
        return try zip(dimensions, index.nearest(rows, among: rows, count: count)).map { own, near in
            let around = near.reduce(0) { $0 + dimensions[$1] } / Double(max(1, near.count))
            return around > 0 ? own / around : 1
        }
    }

    private static func dimensions(
        _ index: NeighbourIndex, _ rows: [Int], among references: [Int], _ count: Int
    ) throws -> [Double] {
        var found: [Double] = []
        try index.forEachNearest(rows, among: references, count: count) { block in
            for place in 0..<block.rows.count {
                let range = (place * block.count)..<((place + 1) * block.count)
                found.append(estimate(block.distances[range].map { Double($0).squareRoot() }))
            }
        }
        return found
    }

    /// From distances, the nearest first.
    static func estimate(_ distances: [Double]) -> Double {
        guard let furthest = distances.last, furthest > 0 else { return 0 }
        let mean = distances.reduce(0) { $0 + log(max($1, furthest * 1e-6) / furthest) } / Double(distances.count)
        return mean < 0 ? -1 / mean : 0
    }
}
