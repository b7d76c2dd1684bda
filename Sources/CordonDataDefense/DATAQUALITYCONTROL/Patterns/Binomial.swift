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
