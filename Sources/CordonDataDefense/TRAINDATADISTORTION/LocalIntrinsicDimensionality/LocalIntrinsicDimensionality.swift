internal import CordonTensor
internal import Glibc

/// How many dimensions a row's surroundings seem to have, compared with those of its neighbours: rows that were moved or
/// mislabelled lie off the surface that the others lie on.
///
/// The maximum-likelihood estimate from the distances r₁ … r_k to the nearest rows, −(1/k · Σ ln(rᵢ / r_k))⁻¹ (Amsaleg and others
/// 2015), and its ratio to the mean of the neighbours' (Weerasinghe and others 2021). Where rows have classes, neighbours are of the same class,
/// so that a changed label shows; where labels are numbers, the label is one more dimension.
///
/// - Note: Misses poison that lies as thick as other rows: many near copies, or triggers that change few values.
/// - Complexity: rows² · width within a class.
struct LocalIntrinsicDimensionality {
    private static let neighbours = 20

    /// The ratio of every row, around 1; higher is more suspect. Rows without enough neighbours of their class get 1.
    func ratios(_ set: SampleSet, _ points: Tensor) throws -> [Double] {
        var found = [Double](repeating: 1, count: set.count)
        let index = try NeighbourIndex(points)
        let groups = set.targets == nil && !set.classes.isEmpty ? set.rowsByClass : [Array(0..<set.count)]
        for rows in groups where rows.count > 2 * Self.neighbours {
            var (dimensions, near): ([Double], [[Int]]) = ([], [])
            try index.forEachNearest(rows, among: rows, count: Self.neighbours) { block in
                for place in 0..<block.rows.count {
                    let range = (place * block.count)..<((place + 1) * block.count)
                    dimensions.append(Self.estimate(block.distances[range].map { Double($0).squareRoot() }))
                    near.append(block.places[range].filter { $0 >= 0 }.map(Int.init))
                }
            }
            for (place, row) in rows.enumerated() {
                let around = near[place].reduce(0) { $0 + dimensions[$1] } / Double(max(1, near[place].count))
                found[row] = around > 0 ? dimensions[place] / around : 1
            }
        }
        return found
    }

    /// From distances, the nearest first.
    private static func estimate(_ distances: [Double]) -> Double {
        guard let furthest = distances.last, furthest > 0 else { return 0 }
        let mean = distances.reduce(0) { $0 + log(max($1, furthest * 1e-6) / furthest) } / Double(distances.count)
        return mean < 0 ? -1 / mean : 0
    }
}
