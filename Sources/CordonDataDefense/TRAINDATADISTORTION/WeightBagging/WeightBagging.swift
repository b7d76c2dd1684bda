internal import CordonCore
internal import CordonTensor
internal import Glibc

/// Rows drawn with replacement, those in thinly populated places seldom: poison that lies apart gets little say.
///
/// Weighted bagging (Segui, Igual and Vitrià 2010) as a defence against poisoning (Biggio and others 2011, "Bagging classifiers for
/// fighting poisoning attacks in adversarial classification tasks"). The chance of a row is proportional to the density of its own class
/// about it: Gaussian kernels over the nearest rows, as wide as the median distance to the tenth.
///
/// - Note: One bag changes little; train one model on each of several bags (one seed each) and let them vote. Does not help against
///   poison that is as thick as other rows, and costs natural rare rows.
/// - Complexity: rows² · width within a class.
struct WeightBagging {
    private static let neighbours = 30
    private static let bandwidth = 10

    /// Chances of all rows, which sum to 1.
    func chances(_ set: SampleSet, _ points: Tensor) throws -> [Double] {
        var densities = [Double](repeating: 0, count: set.count)
        let index = try NeighbourIndex(points)
        let groups = set.targets == nil && !set.classes.isEmpty ? set.rowsByClass : [Array(0..<set.count)]
        for rows in groups where !rows.isEmpty {
            var distances: [[Double]] = []
            if rows.count > 1 {
                try index.forEachNearest(rows, among: rows, count: min(Self.neighbours, rows.count - 1)) { block in
                    for place in 0..<block.rows.count {
                        distances.append(
                            (0..<block.count).filter { block.places[place * block.count + $0] >= 0 }
                                .map { Double(block.distances[place * block.count + $0]) })
                    }
                }
            }
            let widths = distances.compactMap { $0.isEmpty ? nil : $0[min($0.count, Self.bandwidth) - 1] }.sorted()
            let width = widths.isEmpty ? 1 : max(widths[widths.count / 2], .leastNormalMagnitude)
            for (place, row) in rows.enumerated() {
                let near = place < distances.count ? distances[place] : []
                let sum = near.reduce(0) { $0 + exp(-$1 / (2 * width)) } / Double(max(1, near.count))
                // A row whose distances are no numbers is as rare as can be.
                densities[row] = (sum.isFinite ? max(1e-6, sum) : 1e-6) * Double(rows.count)
            }
            // Every class keeps its share.
            let total = rows.reduce(0) { $0 + densities[$1] }
            for row in rows { densities[row] *= Double(rows.count) / total }
        }
        let total = densities.reduce(0, +)
        return total > 0 ? densities.map { $0 / total } : densities
    }

    /// How often each row is drawn, as many times in all as there are rows.
    func counts(_ chances: [Double], seed: UInt64) -> [Int] {
        var (sums, sum) = ([Double](), 0.0)
        for chance in chances {
            sum += chance
            sums.append(sum)
        }
        var (counts, random) = ([Int](repeating: 0, count: chances.count), SplitMix(state: seed))
        for _ in chances {
            let wanted = random.unit() * sum
            var (low, high) = (0, sums.count - 1)
            while low < high {
                let middle = (low + high) / 2
                if sums[middle] <= wanted { low = middle + 1 } else { high = middle }
            }
            counts[low] += 1
        }
        return counts
    }
}
