internal import Glibc

/// Counts of yes among independent trials.
enum Binomial {
    /// The natural logarithm of the chance of at least `hits` in `trials`, each with `chance`.
    ///
    /// - Complexity: O(trials − hits).
    static func logTail(hits: Int, trials: Int, chance: Double) -> Double {
        guard hits > 0 else { return 0 }
        guard hits <= trials else { return -.infinity }
        let chance = max(1e-9, min(1 - 1e-9, chance))
        let (yes, no) = (log(chance), log(1 - chance))
        var terms: [Double] = []
        for count in hits...trials {
            terms.append(
                lgamma(Double(trials + 1)) - lgamma(Double(count + 1)) - lgamma(Double(trials - count + 1))
                    + Double(count) * yes + Double(trials - count) * no)
        }
        let top = terms.max() ?? 0
        return min(0, top + log(terms.reduce(0) { $0 + exp($1 - top) }))
    }
}

/// Whether numbers are lower than others (Mann and Whitney 1947).
enum RankSum {
    /// The natural logarithm of the chance of ranks as low as those of the first, by the normal approximation with ties.
    static func logTail(lower: [Double], than others: [Double]) -> Double {
        let (first, second) = (Double(lower.count), Double(others.count))
        guard first > 0, second > 0 else { return 0 }
        let all = (lower.map { ($0, true) } + others.map { ($0, false) }).sorted { $0.0 < $1.0 }
        var (rank, ties, start) = (0.0, 0.0, 0)
        while start < all.count {
            var end = start
            while end < all.count, all[end].0 == all[start].0 { end += 1 }
            let size = Double(end - start)
            rank += (Double(start + end) + 1) / 2 * Double(all[start..<end].count { $0.1 })
            ties += size * size * size - size
            start = end
        }
        let count = first + second
        let variance = first * second / 12 * (count + 1 - ties / (count * (count - 1)))
        guard variance > 0 else { return 0 }
        let z = (rank - first * (count + 1) / 2 + 0.5) / variance.squareRoot()
        if z >= 0 { return 0 }
        // Far out the tail is that of its first term.
        return z > -30 ? log(max(0.5 * erfc(-z / 2.0.squareRoot()), 1e-300)) : -z * z / 2
    }

    /// The chance that one of the first is greater than one of the others, ties half; and its standard error where they do not
    /// differ.
    static func area(of first: [Double], over others: [Double]) -> (area: Double, error: Double) {
        guard !first.isEmpty, !others.isEmpty else { return (0.5, 0.5) }
        let sorted = others.sorted()
        /// How many of the others are less, or not greater.
        func count(_ isBefore: (Double) -> Bool) -> Double {
            var (low, high) = (0, sorted.count)
            while low < high {
                let middle = (low + high) / 2
                if isBefore(sorted[middle]) { low = middle + 1 } else { high = middle }
            }
            return Double(low)
        }
        let wins = first.reduce(0.0) { sum, one in sum + (count { $0 < one } + count { $0 <= one }) / 2 }
        let (own, rest) = (Double(first.count), Double(others.count))
        return (wins / (own * rest), ((own + rest + 1) / (12 * own * rest)).squareRoot())
    }
}

/// Several chances as one (Fisher 1925): where all are of independent tests of nothing, minus twice the sum of their logarithms
/// is chi-squared with twice as many degrees of freedom as there are.
enum Fisher {
    /// The natural logarithm of the joint chance of natural logarithms of chances; 0 of none.
    static func joined(_ logs: [Double]) -> Double {
        guard !logs.isEmpty else { return 0 }
        let sum = -logs.reduce(0) { $0 + min(0, $1) }
        guard sum < .infinity else { return -.infinity }
        var (term, series) = (1.0, 1.0)
        for place in 1..<max(2, logs.count) where logs.count > 1 {
            term *= sum / Double(place)
            series += term
        }
        return min(0, log(series) - sum)
    }
}
