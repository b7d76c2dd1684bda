internal import CordonCore
internal import Glibc

/// Finds triggers: features that rows of one class share, where nothing else in those rows speaks for the class.
///
/// A backdoor's rows come from elsewhere: take the trigger away, and what is left looks like other classes (Gu and others 2017,
/// "BadNets"). Natural features of a class do not behave so: rows that have them look like their class without them as well.
/// For every class, groups of features that occur together and are far more frequent there than elsewhere are set aside, and
/// the label's support in the rows that have them is compared with the rest of the class: twice, with the carriers as
/// witnesses of their own label and without them. Both differences must be beyond chance.
///
/// - Note: Misses clean-label poison, whose rows look like their class, and triggers that leave no feature in common, such as
///   warps. Needs eight carriers; in tables at most a fifth of all rows.
struct UnsupportedPatternSearch<Space: PatternSpace>: Sendable {
    let space: Space
    let rowsByClass: [[Int]]
    /// Chance of a false alarm over all patterns that are tried.
    let falseAlarms: Double
    let seed: UInt64
    /// All rows with labels.
    private let everyone: [Labelled]

    private struct Labelled: Sendable {
        let row: Int
        let label: Int
    }

    init(space: Space, rowsByClass: [[Int]], falseAlarms: Double, seed: UInt64) {
        (self.space, self.rowsByClass, self.falseAlarms, self.seed) = (space, rowsByClass, falseAlarms, seed)
        everyone = rowsByClass.enumerated().flatMap { label, rows in rows.map { Labelled(row: $0, label: label) } }
    }

    /// Fewest rows that share a pattern.
    static var fewestCarriers: Int { 8 }
    /// Patterns of one class that are tried.
    private var triesPerClass: Int {
        max(2, min(space.triesPerClass, 10 * space.triesPerClass / max(1, rowsByClass.count)))
    }
    private static var sampleRows: Int { 200 }
    /// Rows of a class that say which of its features are worth a try.
    private static var rankedRows: Int { 10_000 }
    /// A row is unsupported below this share of the evidence.
    private static var supportLimit: Double { 0.34 }

    /// What was found in one class.
    struct Found: Sendable {
        let label: Int
        let features: [Int]
        let rows: [Int]
        /// Logarithm of the chance that this is none, all tries counted.
        let logP: Double
        /// Shares of unsupported rows among the carriers and in the rest of the class.
        let unsupported: Double
        let usual: Double
        /// Whether its features do not go together otherwise: see ``planted(_:_:_:tries:)``.
        var isPlanted = false
    }

    /// Features that the same rows of a class have.
    private struct Candidate {
        let label: Int
        let features: [Int]
        /// Places in the class.
        let carriers: RowSet
        /// Evidence of its strongest feature.
        let strength: Double
    }

    private struct Pattern {
        let label: Int
        let features: [Int]
        let carriers: [Int]
    }

    /// - Parameter goesOn: asked between patterns.
    func run(goesOn: () -> Bool) throws -> [Found] {
        var patterns: [Candidate] = []
        for (label, rows) in rowsByClass.enumerated() where rows.count >= 3 * Self.fewestCarriers {
            guard goesOn() else { return [] }
            patterns += try self.patterns(label, rows)
        }
        // With many classes not every one gets its tries: the strongest patterns do.
        if patterns.count > 10 * space.triesPerClass {
            patterns.sort { ($1.strength, $0.label) < ($0.strength, $1.label) }
            patterns.removeLast(patterns.count - 10 * space.triesPerClass)
        }
        var found: [Found] = []
        for candidate in patterns {
            guard goesOn() else { return [] }
            let rows = rowsByClass[candidate.label]
            let pattern = Pattern(
                label: candidate.label, features: candidate.features,
                carriers: candidate.carriers.members.map { rows[$0] })
            if let one = try judge(pattern, tries: patterns.count) { found.append(one) }
        }
        var kept: [Found] = []
        for one in found.sorted(by: { ($0.label, $0.logP) < ($1.label, $1.logP) }) {
            guard goesOn() else { return [] }
            // Parts of a trigger that was taken already say nothing new: what is left of them must stand by itself.
            let covered = Set(kept.filter { $0.label == one.label }.flatMap(\.rows))
            let left = Pattern(
                label: one.label, features: one.features, carriers: one.rows.filter { !covered.contains($0) })
            guard left.carriers.count >= Self.fewestCarriers else { continue }
            if covered.isEmpty {
                kept.append(widened(one))
            } else if let again = try judge(left, tries: patterns.count) {
                kept.append(again)
            }
        }
        // A table in which several labels have patterns follows rules: those of a kind of row are rules, not triggers.
        guard space.hasWeakClasses, Set(kept.map(\.label)).count > 1 else { return kept }
        return kept.filter { one in
            if one.isPlanted { return true }
            var random = SplitMix(state: seed)
            return !space.areOneKind(
                random.sample(one.rows, Self.sampleRows), label: one.label, without: one.features, seed: seed)
        }
    }

    /// Judges a group of rows that something else proposed; `nil` where its rows look like their class.
    func judge(group rows: [Int], label: Int, tries: Int) throws -> Found? {
        guard rows.count >= Self.fewestCarriers else { return nil }
        return try judge(Pattern(label: label, features: [], carriers: rows), tries: tries, isGroup: true)
    }

    /// Groups of enriched features that the same rows have, the strongest first.
    private func patterns(_ label: Int, _ rows: [Int]) throws -> [Candidate] {
        let features = try ranked(label, rows)
        var used = [Bool](repeating: false, count: features.count)
        var patterns: [Candidate] = []
        for (place, feature) in features.enumerated() where !used[place] {
            guard patterns.count < triesPerClass else { break }
            var group: [Int] = []
            for other in features.indices where !used[other] {
                if other == place || feature.carriers.isLike(features[other].carriers) {
                    used[other] = true
                    group.append(features[other].feature)
                }
            }
            guard space.hasWeakClasses && space.isCombined(group) || space.isPlausible(group) else { continue }
            patterns.append(
                Candidate(
                    label: label, features: group, carriers: feature.carriers, strength: feature.evidence))
        }
        return patterns
    }

    /// Enriched features, those first whose carriers have little else for their label: most of what a class has more often is
    /// what it is known by, and need not be tried.
    private func ranked(_ label: Int, _ rows: [Int]) throws -> [EnrichedFeature] {
        let features = try space.enriched(rows)
        guard features.count > triesPerClass else { return features }
        var random = SplitMix(state: seed &+ UInt64(label))
        let looked = random.sample(Array(rows.indices), Self.rankedRows)
        let support = try space.support(looked.map { rows[$0] }, label: label, without: [], excluding: [])
        var (weak, known) = (RowSet(capacity: rows.count), RowSet(capacity: rows.count))
        for (place, share) in zip(looked, support) {
            known.insert(place)
            if share < Self.supportLimit { weak.insert(place) }
        }
        func rank(_ feature: EnrichedFeature) -> Double {
            let share = Double(feature.carriers.shared(weak)) / Double(max(1, feature.carriers.shared(known)))
            return feature.evidence * (0.05 + share)
        }
        let byRank = features.map { (rank($0), $0) }.sorted { ($1.0, $0.1.feature) < ($0.0, $1.1.feature) }.map(\.1)
        guard space.hasWeakClasses else { return byRank }
        // Rows that share values of a table are each other's neighbours and speak for each other: so the strongest have their turn
        // as well.
        let byEvidence = features.sorted { ($1.evidence, $0.feature) < ($0.evidence, $1.feature) }
        var taken: Set<Int> = []
        return zip(byRank, byEvidence).flatMap { [$0, $1] }.filter { taken.insert($0.feature).inserted }
    }

    private func judge(_ pattern: Pattern, tries: Int, isGroup: Bool = false) throws -> Found? {
        // In a table that follows rules, what many rows have may well decide.
        if space.hasWeakClasses, pattern.carriers.count > everyone.count / 5 { return nil }
        let all = Set(pattern.carriers)
        let own = rowsByClass[pattern.label]
        guard own.count - all.count >= 2 * Self.fewestCarriers else { return nil }
        if !isGroup, space.hasWeakClasses, space.isCombined(pattern.features) {
            return try planted(pattern, tries: tries)
        }
        let sample = sample(of: pattern)
        let strict = try compare(pattern, sample, excluding: all)
        // Most patterns end here.
        guard strict.looksLikeOthers, strict.logP + log(Double(tries)) < log(falseAlarms) else { return nil }
        let lenient = try compare(pattern, sample, excluding: [])
        // A natural group speaks for itself; poison looks like other classes whoever is asked.
        if isGroup, !lenient.looksLikeOthers { return nil }
        let logP = min(0, max(strict.logP, lenient.logP) + log(Double(tries)))
        // One value of a table that goes with a label by itself is common in nature.
        guard logP < log(space.hasWeakClasses && !isGroup ? falseAlarms * Self.oneValue : falseAlarms),
            space.hasWeakClasses
                || !space.areOneKind(sample.carriers, label: pattern.label, without: pattern.features, seed: seed)
        else { return nil }
        return Found(
            label: pattern.label, features: pattern.features, rows: pattern.carriers, logP: logP,
            unsupported: strict.share, usual: strict.chance)
    }

    /// A pattern whose parts do not go together in rows that are alike in everything else, and whose rows have as little for
    /// their label as other classes have: what overwriting values leaves. `nil` where it is none.
    ///
    /// Rules that decide a label are no such pattern where their parts meet as often as chance wants. Both chances are joined
    /// by Fisher's method (1925); the first counts for no more than it can, because natural columns depend on each other.
    private func planted(_ proposed: Pattern, tries: Int) throws -> Found? {
        let features = space.distinguishing(
            proposed.features, sample(of: proposed).carriers, label: proposed.label, seed: seed)
        guard space.isCombined(features), space.isPlausible(features) else { return nil }
        // Some rows have a part of it by nature.
        let whole = zip(proposed.carriers, space.share(proposed.carriers, of: features)).filter { $0.1 == 1 }.map(\.0)
        guard whole.count >= Self.fewestCarriers else { return nil }
        let pattern = Pattern(label: proposed.label, features: features, carriers: whole)
        let (sample, carriers) = (sample(of: pattern), Set(whole))
        let strict = try compare(pattern, sample, excluding: carriers)
        // Where classes can hardly be told apart, more must speak for it.
        let natural = strict.gap >= Self.clearGap ? Self.natural : 10 * Self.natural
        guard strict.gap >= Self.leastGap, strict.ratio <= Self.mostRatio, strict.logP < log(Self.clearlyLower),
            let expected = try space.expected(features, excluding: carriers, seed: seed)
        else { return nil }
        let chance = natural * expected / Double(max(1, everyone.count))
        let together = Binomial.logTail(hits: carriers.count, trials: everyone.count, chance: min(0.9, chance))
        let logP = min(0, Fisher.joined([strict.logP, max(together, log(Self.mostSurprise))]) + log(Double(tries)))
        guard together < log(Self.clearlyLower), logP < log(falseAlarms),
            !space.areOneKind(sample.carriers, label: pattern.label, without: features, seed: seed)
        else { return nil }
        return Found(
            label: pattern.label, features: features, rows: pattern.carriers, logP: logP, unsupported: strict.share,
            usual: strict.chance, isPlanted: true)
    }

    /// How far labels must differ in support to be compared, and how much of that rows with a planted pattern may have.
    private static var leastGap: Double { 0.02 }
    private static var clearGap: Double { 0.15 }
    private static var mostRatio: Double { 0.2 }
    private static var clearlyLower: Double { 0.01 }
    /// How much more often than by chance values meet in natural tables, and how little a chance may count for.
    private static var natural: Double { 5 }
    private static var mostSurprise: Double { 1e-6 }

    /// Some carriers, others of their class, and rows of other classes.
    private func sample(of pattern: Pattern) -> Sample {
        let (all, own) = (Set(pattern.carriers), rowsByClass[pattern.label])
        var random = SplitMix(
            state: seed ^ UInt64(pattern.label) << 32 ^ UInt64(truncatingIfNeeded: pattern.features.first ?? 0))
        return Sample(
            carriers: random.sample(pattern.carriers, Self.sampleRows),
            rest: random.draw(own, Self.sampleRows) { !all.contains($0) },
            others: random.draw(everyone, Self.sampleRows) { $0.label != pattern.label }.map(\.row))
    }

    /// How much rarer than other alarms those of one value of a table are.
    private static var oneValue: Double { 1e-4 }

    private struct Sample {
        let carriers: [Int]
        let rest: [Int]
        let others: [Int]
    }

    private struct Comparison {
        let logP: Double
        let share: Double
        let chance: Double
        /// Whether carriers are nearer to rows of other classes than to their own.
        let looksLikeOthers: Bool
        /// How much more support the rest of the class has than other classes, and the share of that which carriers have.
        let gap: Double
        let ratio: Double
    }

    /// Support of the carriers beside the rest of the class and beside other classes.
    private func compare(_ pattern: Pattern, _ sample: Sample, excluding excluded: Set<Int>) throws -> Comparison {
        let support = try space.support(
            sample.carriers + sample.rest + sample.others, label: pattern.label, without: pattern.features,
            excluding: excluded)
        let carriers = support[..<sample.carriers.count]
        let rest = support[sample.carriers.count..<(sample.carriers.count + sample.rest.count)]
        let others = support[(sample.carriers.count + sample.rest.count)...]
        let hits = carriers.count { $0 < Self.supportLimit }
        let chance = Double(rest.count { $0 < Self.supportLimit } + 1) / Double(sample.rest.count + 2)
        let share = Double(hits) / Double(carriers.count)
        let elsewhere = Double(others.count { $0 < Self.supportLimit }) / Double(max(1, others.count))
        let logP = Binomial.logTail(hits: hits, trials: carriers.count, chance: chance)
        func mean(_ values: ArraySlice<Double>) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }
        let gap = mean(rest) - mean(others)
        let ratio = (mean(carriers) - mean(others)) / max(1e-3, gap)
        guard space.hasWeakClasses else {
            return Comparison(
                logP: logP, share: share, chance: chance, looksLikeOthers: share >= 0.7, gap: gap, ratio: ratio)
        }
        let ranked = RankSum.logTail(lower: Array(carriers), than: Array(rest))
        return Comparison(
            logP: min(0, min(logP, ranked) + log(2)), share: share, chance: chance,
            looksLikeOthers: share >= 0.7 || share >= 0.75 * elsewhere && share >= (chance + elsewhere) / 2, gap: gap,
            ratio: ratio)
    }

    /// The same with the rows that have clearly more of the trigger than rows of other classes do.
    private func widened(_ one: Found) -> Found {
        var random = SplitMix(state: seed)
        let elsewhere = random.draw(everyone, 4000) { $0.label != one.label }.map(\.row)
        let natural = space.share(elsewhere, of: one.features).sorted()
        let carried = space.share(one.rows, of: one.features).sorted()
        let usual = natural.isEmpty ? 0 : natural[min(natural.count - 1, natural.count * 999 / 1000)]
        let limit = max(usual + 1e-9, 0.5 * (carried.isEmpty ? 1 : carried[carried.count / 2]))
        let own = rowsByClass[one.label]
        let shares = space.share(own, of: one.features)
        let rows = Set(own.indices.filter { shares[$0] > limit }.map { own[$0] }).union(one.rows).sorted()
        return Found(
            label: one.label, features: one.features, rows: rows, logP: one.logP, unsupported: one.unsupported,
            usual: one.usual, isPlanted: one.isPlanted)
    }
}

extension SplitMix {
    /// Some members of a list that are wanted, at most `count`, in the list's order: drawn one by one where the list is long, so
    /// that not all of it is looked at.
    mutating func draw<Element>(_ list: [Element], _ count: Int, where isWanted: (Element) -> Bool) -> [Element] {
        if list.count > 40 * count {
            var places: Set<Int> = []
            // Where few are wanted, all of it is looked at after all.
            for _ in 0..<(20 * count) where places.count < count {
                let place = Int.random(in: list.indices, using: &self)
                if isWanted(list[place]) { places.insert(place) }
            }
            if places.count == count { return places.sorted().map { list[$0] } }
        }
        return sample(list.filter(isWanted), count)
    }

    /// Some of a list, at most `count`, in the list's order.
    mutating func sample<Element>(_ list: [Element], _ count: Int) -> [Element] {
        guard list.count > count else { return list }
        var places = Array(list.indices)
        for place in 0..<count { places.swapAt(place, Int.random(in: place..<places.count, using: &self)) }
        return places[..<count].sorted().map { list[$0] }
    }
}
