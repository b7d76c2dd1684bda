internal import Glibc

/// Finds labels that were changed, at random or from one class to another, by the votes of each row's neighbours.
///
/// Natural confusion lies between classes, where neighbours disagree with each other, and between few pairs of classes. Changed
/// labels lie everywhere. So only the inner quarter of every class is looked at: the rows whose neighbours agree most. There,
/// labels at random show as disagreement in many pairs of classes at once — as many pairs as there are classes are left aside
/// as natural — and changes from one class to another as disagreement in one direction only. Confident learning (Northcutt,
/// Jiang and Chuang 2021) counts the same disagreements over all rows.
///
/// - Note: Needs four classes for labels at random. Misses changes between classes that are confused anyway.
struct LabelNoise: Sendable {
    /// Shares of the votes of each row's neighbours, row by row: `rows · classes`.
    let votes: [Float]
    let labels: [Int32]
    let classCount: Int
    let falseAlarms: Double

    /// What was found.
    struct Found: Sendable {
        /// The class that rows come from; `nil` for many.
        let from: Int?
        /// The label that they were given; `nil` for many.
        let to: Int?
        let rows: [Int]
        let logP: Double
        /// Share of labels that were changed, estimated.
        let rate: Double
    }

    /// Disagreement in the inner quarter that natural sets have.
    private static let natural = 0.005
    private static let naturalPair = 0.12
    private static let fewestInner = 20

    private struct Inner {
        var sizes: [Int]
        /// Rows of the inner quarter of the first class with the second label.
        var counts: [[Int]]
    }

    func run() -> [Found] {
        let tops = labels.indices.map { top($0) }
        let inner = self.inner(tops)
        var found = pairs(inner, tops)
        if let random = random(inner, Set(found.map { [$0.from ?? -1, $0.to ?? -1] })) { found.append(random) }
        return found
    }

    private func share(_ row: Int, _ label: Int) -> Float { votes[row * classCount + label] }

    private func top(_ row: Int) -> Int {
        (0..<classCount).reduce(0) { share(row, $1) > share(row, $0) ? $1 : $0 }
    }

    private func inner(_ tops: [Int]) -> Inner {
        var inner = Inner(
            sizes: [Int](repeating: 0, count: classCount),
            counts: [[Int]](repeating: [Int](repeating: 0, count: classCount), count: classCount))
        var rows = [[Int]](repeating: [], count: classCount)
        for (row, top) in tops.enumerated() where labels[row] >= 0 { rows[top].append(row) }
        for (label, own) in rows.enumerated() {
            guard own.count >= 4 * Self.fewestInner else { continue }
            let sorted = own.sorted { (share($1, label), $0) < (share($0, label), $1) }.prefix(own.count / 4)
            inner.sizes[label] = sorted.count
            for row in sorted { inner.counts[label][Int(labels[row])] += 1 }
        }
        return inner
    }

    /// One direction between two classes.
    private func pairs(_ inner: Inner, _ tops: [Int]) -> [Found] {
        var found: [Found] = []
        for from in 0..<classCount where inner.sizes[from] > 0 {
            // A label without rows of its own kind cannot be told from one that means the same.
            for to in 0..<classCount where to != from && inner.sizes[to] > 0 {
                let (hits, trials) = (inner.counts[from][to], inner.sizes[from])
                let back = Double(inner.counts[to][from] + 1) / Double(inner.sizes[to] + 1)
                let usual = max(Self.naturalPair, 2 * back)
                let logP = min(
                    0,
                    Binomial.logTail(hits: hits, trials: trials, chance: min(0.9, usual))
                        + log(Double(classCount * (classCount - 1))))
                guard logP < log(falseAlarms) else { continue }
                let rows = labels.indices.filter {
                    Int(labels[$0]) == to && tops[$0] == from && share($0, from) >= 0.4
                }
                found.append(
                    Found(from: from, to: to, rows: rows, logP: logP, rate: Double(hits) / Double(trials)))
            }
        }
        return found
    }

    /// All classes at once.
    private func random(_ inner: Inner, _ known: Set<[Int]>) -> Found? {
        guard classCount >= 4 else { return nil }
        var counts: [Int] = []
        for from in 0..<classCount where inner.sizes[from] > 0 {
            for to in 0..<classCount where to != from && !known.contains([from, to]) {
                counts.append(inner.counts[from][to])
            }
        }
        let trials = inner.sizes.reduce(0, +)
        let spread = counts.sorted().dropLast(classCount).reduce(0, +)
        let logP = Binomial.logTail(hits: spread, trials: trials, chance: Self.natural)
        guard trials > 0, logP < log(falseAlarms) else { return nil }
        let rate = Double(spread) / Double(trials) * Double(classCount - 1) / Double(max(1, classCount - 2))
        // The more labels are changed, the more of them have neighbours with the same wrong label.
        let limit = Float(0.09 + 0.1 * rate)
        let rows = labels.indices.filter { labels[$0] >= 0 && share($0, Int(labels[$0])) < limit }
        return Found(from: nil, to: nil, rows: rows, logP: logP, rate: rate)
    }
}
