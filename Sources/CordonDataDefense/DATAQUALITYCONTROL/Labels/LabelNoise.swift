internal import Glibc

/// Finds labels that were changed, at random or from one class to another, by votes on each row's label.
///
/// Natural confusion lies between classes, where votes are close, and between few pairs of classes. Changed labels lie
/// everywhere. So the rows of every class with the clearest votes are looked at, its inner quarter and half. There, labels at
/// random show as disagreement in many pairs of classes at once — as many pairs as there are classes are left aside as natural
/// — and changes from one class to another as one direction that stands out from all others. With two or three classes
/// disagreement must not fall towards the inside, as natural disagreement does. Confident learning (Northcutt, Jiang and
/// Chuang 2021) counts the same disagreements over all rows.
///
/// - Note: Misses changes between classes that are confused anyway, and changes of so much of a class that votes follow them.
struct LabelNoise: Sendable {
    /// Shares of the votes on each row, row by row: `rows · classes`.
    let votes: [Float]
    let labels: [Int32]
    let classCount: Int
    /// Rows that are the same as rows with another label: their disagreement is known.
    let disputed: Set<Int>
    let falseAlarms: Double
    /// Whether no two natural classes are so much alike that half of the labels of either may be the other's.
    let mayBeMixed: Bool

    /// What was found.
    struct Found: Sendable {
        /// The class that rows come from; `nil` for many.
        let from: Int?
        /// The label that they were given; `nil` for many.
        let to: Int?
        let rows: [Int]
        /// Those that are surest.
        let certain: [Int]
        let logP: Double
        /// Share of labels that were changed, estimated.
        let rate: Double
    }

    /// Disagreement in the inner quarter that natural sets have, and what is left of it when it lies in all pairs of classes
    /// alike, as natural disagreement does not.
    private static let natural = 0.008
    private static let evenNatural = 0.003
    /// The most of one pair, for the inner quarter and half; with few classes there is nothing to compare with.
    private static let naturalPair = (quarter: 0.03, half: 0.05, fewClasses: 0.12)
    /// The least that is taken for it in sets without other disagreement, and how much more than all other pairs together, for
    /// each row, one pair of them may have.
    private static let quietPair = (quarter: 0.012, half: 0.015, lead: (quarter: 4.0, half: 6.0))
    /// How much more than the pair that comes next a natural one may have.
    private static let lead = 1.6
    private static let fewestInner = 10
    /// Rows that may be looked at in vain.
    private static let spare = 0.032

    private struct Inner {
        var sizes: [Int]
        /// Rows of the inner part of the first class with the second label.
        var counts: [[Int]]

        func rate(_ from: Int, _ to: Int) -> Double {
            sizes[from] == 0 ? 0 : Double(counts[from][to]) / Double(sizes[from])
        }

        /// Rows of all parts that have other labels, but for those between two classes.
        func rest(besides one: Int, _ other: Int) -> Double {
            var hits = -counts[one][other] - counts[other][one]
            for from in counts.indices { for to in counts.indices where from != to { hits += counts[from][to] } }
            return Double(hits) / Double(max(1, sizes.reduce(0, +)))
        }
    }

    func run() -> [Found] {
        let tops = labels.indices.map { top($0) }
        let (quarter, half) = (inner(tops, 4), inner(tops, 2))
        // A label without rows of its own kind cannot be told from one that means the same.
        let known = (0..<classCount).filter { half.sizes[$0] > 0 }
        let (usual, quiet) = (Self.naturalPair, Self.quietPair)
        func natural(_ lead: Double, _ range: ClosedRange<Double>) -> (Int, Int) -> Double {
            { min(range.upperBound, max(range.lowerBound, lead * half.rest(besides: $0, $1))) }
        }
        var found = pairs(quarter, known, natural(quiet.lead.quarter, quiet.quarter...usual.quarter), tops)
        for one in pairs(half, known, natural(quiet.lead.half, quiet.half...usual.half), tops)
        where !found.contains(where: { $0.from == one.from && $0.to == one.to }) { found.append(one) }
        if let random = random(quarter, tops, Set(found.map { [$0.from ?? -1, $0.to ?? -1] })) { found.append(random) }
        return found
    }

    private func share(_ row: Int, _ label: Int) -> Float { votes[row * classCount + label] }

    private func top(_ row: Int) -> Int {
        (0..<classCount).reduce(0) { share(row, $1) > share(row, $0) ? $1 : $0 }
    }

    /// The rows with the clearest votes of every class: one of so many.
    private func inner(_ tops: [Int], _ part: Int) -> Inner {
        var inner = Inner(
            sizes: [Int](repeating: 0, count: classCount),
            counts: [[Int]](repeating: [Int](repeating: 0, count: classCount), count: classCount))
        var rows = [[Int]](repeating: [], count: classCount)
        for (row, top) in tops.enumerated() where labels[row] >= 0 && !disputed.contains(row) { rows[top].append(row) }
        for (label, own) in rows.enumerated() {
            guard own.count >= part * Self.fewestInner else { continue }
            let sorted = own.sorted { (share($1, label), $0) < (share($0, label), $1) }.prefix(own.count / part)
            inner.sizes[label] = sorted.count
            for row in sorted { inner.counts[label][Int(labels[row])] += 1 }
        }
        return inner
    }

    /// One direction between two classes.
    private func pairs(
        _ inner: Inner, _ known: [Int], _ natural: (Int, Int) -> Double, _ tops: [Int]
    ) -> [Found] {
        var rates: [(rate: Double, from: Int, to: Int)] = []
        for from in known where inner.sizes[from] > 0 {
            for to in known where to != from { rates.append((inner.rate(from, to), from, to)) }
        }
        rates.sort { ($1.rate, $0.from, $0.to) < ($0.rate, $1.from, $1.to) }
        var found: [Found] = []
        for (place, (rate, from, to)) in rates.prefix(8).enumerated() {
            // What comes after it, another way round, is what classes are confused anyway.
            let next = rates.dropFirst(place + 1).first { !($0.from == to && $0.to == from) }?.rate ?? 0
            let back = (Double(inner.counts[to][from]) + 0.5) / Double(inner.sizes[to] + 1)
            // Where most of what votes call a class has another label, votes say nothing of it.
            guard rate < 0.5 else { continue }
            // So much both ways is two classes that were mixed, unless they are the same kind of thing.
            let isMixed = classCount > 3 && min(rate, back) >= Self.mixed
            let usual = max(
                classCount < 4 ? Self.naturalPair.fewClasses : natural(from, to), Self.lead * next,
                isMixed ? 0 : 2 * back)
            let logP = min(
                0,
                Binomial.logTail(hits: inner.counts[from][to], trials: inner.sizes[from], chance: min(0.9, usual))
                    + log(2 * Double(classCount * (classCount - 1))))
            guard logP < log(falseAlarms) else { continue }
            let rows = given(to, insteadOf: from, rate)
            let certain = rows.filter { share($0, from) >= 0.8 }
            found.append(Found(from: from, to: to, rows: rows, certain: certain, logP: logP, rate: rate))
        }
        return found
    }

    /// The rows of a label that look most like another class: as many as were changed, and some that may be looked at in vain.
    private func given(_ to: Int, insteadOf from: Int, _ rate: Double) -> [Int] {
        let left = labels.count { Int($0) == from }
        let changed = rate / (1 - rate) * Double(left)
        func doubt(_ row: Int) -> Float { share(row, from) - share(row, to) }
        return labels.indices.filter { Int(labels[$0]) == to && share($0, from) >= Self.leastDoubt }
            .sorted { (doubt($1), $0) < (doubt($0), $1) }.prefix(Int(Self.pairSpare * changed) + 5).sorted()
    }

    /// Share of the inner part of either class with the label of the other that no two natural classes have.
    private static let mixed = 0.3

    /// Votes of the other class that rows of a changed pair have at least, and how many are taken for each that was changed.
    private static let leastDoubt: Float = 0.2
    private static let pairSpare = 1.3

    /// All classes at once.
    private func random(_ inner: Inner, _ tops: [Int], _ known: Set<[Int]>) -> Found? {
        let trials = inner.sizes.reduce(0, +)
        guard trials > 0 else { return nil }
        var counts: [Int] = []
        for from in 0..<classCount where inner.sizes[from] > 0 {
            for to in 0..<classCount where to != from && !known.contains([from, to]) {
                counts.append(inner.counts[from][to])
            }
        }
        // Few disagreements cannot lie in many pairs.
        let natural = min(classCount, counts.reduce(0, +) / 4)
        let kept = counts.sorted().dropLast(natural)
        var (hits, chance) = (kept.reduce(0, +), Self.isEven(counts) ? Self.evenNatural : Self.natural)
        var rate = Double(hits) / Double(trials) * Double(counts.count) / Double(max(1, kept.count))
        let all = labels.indices.filter { labels[$0] >= 0 && !disputed.contains($0) }
        let wrong = all.count { tops[$0] != Int(labels[$0]) }
        // Labels that do not follow from the rows at all are no changed labels.
        var sizes = [Int](repeating: 0, count: classCount)
        for row in all { sizes[Int(labels[row])] += 1 }
        guard Double(wrong) < 0.8 * Double(all.count - (sizes.max() ?? 0)) else { return nil }
        if classCount < 4 {
            guard known.isEmpty else { return nil }
            hits = counts.reduce(0, +)
            chance = max(2 * Self.natural, 0.5 * Double(wrong) / Double(max(1, all.count)))
            rate = Double(hits) / Double(trials)
        }
        let logP = Binomial.logTail(hits: hits, trials: trials, chance: min(0.9, chance))
        guard logP < log(falseAlarms) else { return nil }
        return chosen(rate, logP, tops)
    }

    /// Whether as many of some cells are empty as when chance filled them.
    static func isEven(_ counts: [Int]) -> Bool {
        let (cells, hits) = (Double(counts.count), Double(counts.reduce(0, +)))
        guard cells > 0 else { return false }
        let mean = hits / cells
        let empty = exp(-mean)
        let deviation = (cells * empty * max(0, 1 - (1 + mean) * empty)).squareRoot()
        return Double(counts.count { $0 > 0 }) >= cells * (1 - empty) - 2 * deviation
    }

    /// The rows whose label has the fewest votes: as many as were changed, and some that may be looked at in vain.
    private func chosen(_ rate: Double, _ logP: Double, _ tops: [Int]) -> Found {
        // With few classes votes are close, and doubt is no evidence.
        let most: Float = classCount < 4 ? 0.25 : 1
        let rows = labels.indices.filter {
            labels[$0] >= 0 && tops[$0] != Int(labels[$0]) && share($0, Int(labels[$0])) < most
        }
        .sorted { (share($0, Int(labels[$0])), $0) < (share($1, Int(labels[$1])), $1) }
        let count = Double(labels.count { $0 >= 0 })
        let chosen = rows.prefix(Int((rate + (1 - rate) * Self.spare) * count))
        let certain = chosen.prefix(Int(0.8 * rate * count)).sorted()
        return Found(from: nil, to: nil, rows: chosen.sorted(), certain: certain, logP: logP, rate: rate)
    }
}
