internal import CordonCore
internal import CordonTensor
internal import Glibc

/// Rows of a table as sets of values, ranges and pairs of them; neighbours are rows that are alike in the other columns.
struct TablePatterns: PatternSpace {
    /// A condition on one column.
    private struct Condition: Sendable {
        let column: Int
        let text: String
        let rows: RowSet
        var isRange = false
    }
    private let conditions: [Condition]
    private let near: NeighbourSupport
    /// Columns of the neighbours' matrix that belong to each column of the table.
    private let places: [Range<Int>]
    private let count: Int

    private static let conditionLimit = 4000
    /// Most bytes of the rows of all conditions.
    private static let byteLimit = 256 << 20
    private static let mostPaired = 300
    private static let pairWork = 5e7
    /// Pairs that are tried with a third condition.
    private static let widened = 300
    private static let featureLimit = 4000

    init(_ set: SampleSet, _ columns: [SampleSet.TableColumn], _ numbers: RowNumbers, seed: UInt64) throws {
        count = set.count
        places = numbers.places
        near = NeighbourSupport(
            index: try NeighbourIndex(numbers.points), labels: set.labels, classCount: set.classes.count, seed: seed)
        var found: [Condition] = []
        let most = min(Self.conditionLimit, Self.byteLimit / max(8, set.count / 8))
        var left = columns.enumerated().makeIterator()
        OrderedPipeline.run({ left.next() }, { Self.conditions($0.element, $0.offset) }) { own in
            found += own
            return found.count < most
        }
        conditions = found
    }

    /// Values that repeat; for numbers with many values also the outer and inner eighths of their range.
    private static func conditions(_ column: SampleSet.TableColumn, _ place: Int) -> [Condition] {
        switch column {
        case .categories(let name, let values, let names):
            var counts = [Int](repeating: 0, count: names.count)
            for value in values where value >= 0 { counts[Int(value)] += 1 }
            let kept = counts.indices.filter { counts[$0] >= UnsupportedPatternSearch<Self>.fewestCarriers }
                .sorted { (counts[$1], $0) < (counts[$0], $1) }.prefix(repeatLimit)
            return rows(of: kept.map { Int32($0) }, in: values).map {
                Condition(column: place, text: "\(name) = \(names[Int($0.key)])", rows: $0.rows)
            }
        case .numbers(let name, let values):
            let sorted = values.filter { !$0.isNaN }.sorted()
            var found = groups(values, repeating: sorted).map {
                Condition(column: place, text: "\(name) = \($0.key)", rows: $0.rows)
            }
            guard sorted.count >= 64, Set(sorted.prefix(10_000)).count > 16 else { return found }
            let parts = 0..<8
            let lows = parts.map { sorted[sorted.count * $0 / 8] }
            let highs = parts.map { sorted[min(sorted.count - 1, sorted.count * ($0 + 1) / 8)] }
            var rows = parts.map { _ in RowSet(capacity: values.count) }
            for (row, value) in values.enumerated() {
                for part in parts where value >= lows[part] && (value < highs[part] || part == 7) {
                    rows[part].insert(row)
                }
            }
            for part in parts {
                found.append(
                    Condition(
                        column: place, text: "\(name) from \(lows[part]) to \(highs[part])", rows: rows[part],
                        isRange: true))
            }
            return found
        }
    }

    /// Rows with each of the numbers that repeat.
    private static func groups(_ values: [Float], repeating sorted: [Float]) -> [(key: Float, rows: RowSet)] {
        var runs: [(value: Float, count: Int)] = []
        var start = 0
        while start < sorted.count {
            var end = start + 1
            while end < sorted.count, sorted[end] == sorted[start] { end += 1 }
            if end - start >= UnsupportedPatternSearch<Self>.fewestCarriers {
                runs.append((sorted[start], end - start))
            }
            start = end
        }
        runs.sort { ($1.count, $0.value) < ($0.count, $1.value) }
        return rows(of: runs.prefix(repeatLimit).map(\.value), in: values)
    }

    private static let repeatLimit = 500

    private static func rows<Value: Hashable>(of kept: [Value], in values: [Value]) -> [(key: Value, rows: RowSet)] {
        guard !kept.isEmpty else { return [] }
        var places: [Value: Int] = [:]
        for (place, value) in kept.enumerated() { places[value] = place }
        var sets = kept.map { _ in RowSet(capacity: values.count) }
        for (row, value) in values.enumerated() { if let place = places[value] { sets[place].insert(row) } }
        return Array(zip(kept, sets))
    }

    // MARK: Features

    /// Up to three conditions, 16 bits each, from 1.
    private static func feature(_ conditions: [Int]) -> Int {
        conditions.enumerated().reduce(0) { $0 | ($1.element + 1) << ($1.offset * 16) }
    }

    private func parts(_ feature: Int) -> [Int] {
        (0..<3).compactMap { feature >> ($0 * 16) & 0xFFFF }.filter { $0 > 0 }.map { $0 - 1 }
    }

    func enriched(_ rows: [Int]) -> [EnrichedFeature] {
        var own = RowSet(capacity: count)
        for row in rows { own.insert(row) }
        var place = Dictionary<Int, Int>(minimumCapacity: rows.count)
        for (index, row) in rows.enumerated() { place[row] = index }
        let (inside, outside) = (Double(rows.count), Double(count - rows.count))
        var found: [(feature: Int, evidence: Double)] = []
        var lifts: [Int: Double] = [:]
        /// How much more often some rows are in the class; what passes and says more than its parts is kept.
        func consider(_ parts: [Int], _ all: Int, _ mine: Int) -> Double {
            guard mine >= UnsupportedPatternSearch<Self>.fewestCarriers else { return 0 }
            let elsewhere = (Double(all - mine) + 0.5) / (outside + 1)
            let lift = Double(mine) / inside / elsewhere
            guard lift > 8 else { return lift }
            var known = 0.0
            for left in parts.indices where parts.count > 1 {
                var fewer = parts
                fewer.remove(at: left)
                known = max(known, lifts[Self.feature(fewer)] ?? 0)
            }
            lifts[Self.feature(parts)] = max(lift, known)
            guard lift >= 2 * known else { return lift }
            // Of patterns that say the same, the one with fewer parts is the trigger.
            let plain = 1.1 - 0.1 * Double(parts.count)
            found.append((Self.feature(parts), plain * Double(mine) * log(lift)))
            return lift
        }
        let frequent = conditions.indices.filter {
            conditions[$0].rows.shared(own) >= UnsupportedPatternSearch<Self>.fewestCarriers
        }
        for index in frequent {
            _ = consider([index], conditions[index].rows.count, conditions[index].rows.shared(own))
        }
        let paired = frequent.map { ($0, strength($0, own)) }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
            .prefix(pairedConditions).map(\.0)
        var wider: [(parts: [Int], evidence: Double)] = []
        for (at, first) in paired.enumerated() {
            for second in paired.dropFirst(at + 1) where conditions[first].column != conditions[second].column {
                let both = conditions[first].rows.intersection(conditions[second].rows)
                let mine = both.shared(own)
                let lift = consider([first, second], both.count, mine)
                if lift > 1.5, lift <= 8 { wider.append(([first, second], Double(mine) * log(lift))) }
            }
        }
        wider.sort { ($1.evidence, $0.parts[0], $0.parts[1]) < ($0.evidence, $1.parts[0], $1.parts[1]) }
        for pair in wider.prefix(Self.widened) {
            let columns = pair.parts.map { conditions[$0].column }
            let both = conditions[pair.parts[0]].rows.intersection(conditions[pair.parts[1]].rows)
            for third in paired where third > pair.parts[1] && !columns.contains(conditions[third].column) {
                let all = both.intersection(conditions[third].rows)
                _ = consider(pair.parts + [third], all.count, all.shared(own))
            }
        }
        found += together(own, Set(found.map(\.feature)))
        found.sort { ($1.evidence, $0.feature) < ($0.evidence, $1.feature) }
        return found.prefix(Self.featureLimit).map { feature, evidence in
            var carriers = RowSet(capacity: rows.count)
            for row in held(feature, own).members { if let index = place[row] { carriers.insert(index) } }
            return EnrichedFeature(feature: feature, carriers: carriers, evidence: evidence)
        }
    }

    /// Pairs of conditions that meet more often than by chance, and nearly only in some rows: where the class of those is most of
    /// the table, nothing is much more frequent in it.
    private func together(_ own: RowSet, _ known: Set<Int>) -> [(feature: Int, evidence: Double)] {
        let fewest = UnsupportedPatternSearch<Self>.fewestCarriers
        // Few rows besides those of a pair have its parts.
        let chosen = conditions.indices.filter { conditions[$0].rows.shared(own) >= fewest }
            .sorted { (conditions[$0].rows.count, $0) < (conditions[$1].rows.count, $1) }
            .prefix(pairedConditions)
        var found: [(feature: Int, evidence: Double)] = []
        for (at, first) in chosen.enumerated() {
            for second in chosen.dropFirst(at + 1) where conditions[first].column != conditions[second].column {
                let both = conditions[first].rows.intersection(conditions[second].rows)
                let feature = Self.feature([first, second].sorted())
                guard both.count >= fewest, !known.contains(feature) else { continue }
                let chance =
                    Double(conditions[first].rows.count) * Double(conditions[second].rows.count) / Double(count)
                let lift = Double(both.count) / chance
                let mine = both.shared(own)
                guard lift > Self.mostByChance, mine * 20 >= both.count * 19 else { continue }
                found.append((feature, 0.9 * Double(mine) * log(lift)))
            }
        }
        return found
    }

    private static let mostByChance = 8.0

    /// Rows of some that meet all conditions of a feature.
    private func held(_ feature: Int, _ own: RowSet) -> RowSet {
        parts(feature).reduce(own) { $0.intersection(conditions[$1].rows) }
    }

    /// Conditions of which pairs are tried: as many as the time for all pairs allows.
    private var pairedConditions: Int {
        let words = Double(max(1, count / 64))
        return max(40, min(Self.mostPaired, Int((Self.pairWork / words).squareRoot())))
    }

    /// How much more often a condition holds in a class than elsewhere.
    private func strength(_ index: Int, _ own: RowSet) -> Double {
        let rows = conditions[index].rows
        let mine = rows.shared(own)
        let lift =
            Double(mine) / Double(max(1, own.count))
            / ((Double(rows.count - mine) + 0.5) / Double(count - own.count + 1))
        return Double(mine) * log(max(1e-9, lift))
    }

    /// Rows are short, and in a few columns the trigger itself decides who is whose neighbour, so that many must be tried.
    var triesPerClass: Int { 300 }

    var hasWeakClasses: Bool { true }

    /// Rows that agree in many columns are a kind of row, not a trigger.
    func isPlausible(_ features: [Int]) -> Bool {
        Set(features.flatMap(parts).map { conditions[$0].column }).count <= 4
    }

    func support(_ rows: [Int], label: Int, without features: [Int], excluding excluded: Set<Int>) throws -> [Double] {
        let apart = Set(features.flatMap(parts).map { conditions[$0].column })
        return try near.support(
            rows, label: label, leavingOut: apart.flatMap { Array(places[$0]) }, excluding: excluded)
    }

    /// Rows with a trigger come from all over other classes: where the other columns tell them from rows of the classes that they
    /// look most like, they are a kind of row.
    func areOneKind(_ carriers: [Int], label: Int, without features: [Int], seed: UInt64) -> Bool {
        let apart = Set(features.flatMap(parts).map { conditions[$0].column })
        let others = near.others(
            of: carriers, label: label, leavingOut: apart.flatMap { Array(places[$0]) }, seed: seed)
        guard others.count >= carriers.count else { return false }
        let open = conditions.indices.filter { !apart.contains(conditions[$0].column) }
        func held(_ row: Int) -> [Int32] { open.filter { conditions[$0].rows.contains(row) }.map { Int32($0) } }
        return KindOfRow.isOne(carriers.map(held), peers: others.map(held), margin: 0.3)
    }

    func distinguishing(_ features: [Int], _ carriers: [Int], label: Int, seed: UInt64) -> [Int] {
        let apart = Set(features.flatMap(parts).map { conditions[$0].column })
        let peers = near.others(
            of: carriers, label: label, leavingOut: apart.flatMap { Array(places[$0]) }, seed: seed)
        guard !peers.isEmpty else { return features }
        var found: [(place: Int, natural: Int)] = []
        for (place, condition) in conditions.enumerated() where !condition.isRange {
            let own = carriers.count { condition.rows.contains($0) }
            let natural = peers.count { condition.rows.contains($0) }
            if own * 5 >= carriers.count * 4, 2 * natural < peers.count { found.append((place, natural)) }
        }
        found.sort { ($0.natural, $0.place) < ($1.natural, $1.place) }
        return found.prefix(Self.parts).map(\.place).sorted().map { Self.feature([$0]) }
    }

    /// Columns of a trigger, at most: what rows share more of is a kind of row.
    private static let parts = 3

    func isCombined(_ features: [Int]) -> Bool { Set(features.flatMap(parts).map { conditions[$0].column }).count > 1 }

    func expected(_ features: [Int], excluding carriers: Set<Int>, seed: UInt64) throws -> Double? {
        // Of several conditions on one column the narrowest counts.
        var narrowest: [Int: Int] = [:]
        for part in features.flatMap(parts) {
            let column = conditions[part].column
            if narrowest[column].map({ conditions[part].rows.count < conditions[$0].rows.count }) ?? true {
                narrowest[column] = part
            }
        }
        guard narrowest.count > 1 else { return nil }
        let chosen = narrowest.values.sorted()
        let usual = chosen.map { part in
            Double(conditions[part].rows.count - carriers.count { conditions[part].rows.contains($0) })
                / Double(max(1, count - carriers.count))
        }
        var random = SplitMix(state: seed &+ 71)
        let rows = random.sample(Array(0..<count), Self.surveyed)
        let columns = narrowest.keys.flatMap { Array(places[$0]) }.sorted()
        let near = try near.nearest(rows, leavingOut: columns, excluding: carriers)
        let chances = near.map { near in
            zip(chosen, usual).reduce(1.0) { product, one in
                let held = near.count { conditions[one.0].rows.contains($0) }
                return product * (Double(held) + 0.5 * one.1) / (Double(near.count) + 0.5)
            }
        }
        return chances.reduce(0, +) / Double(max(1, chances.count)) * Double(count)
    }

    /// Rows that say how often conditions meet.
    private static let surveyed = 500

    func survey() throws -> NeighbourSurvey? { try near.survey() }

    func forEachNearest(_ count: Int, _ body: (_ row: Int, _ near: [Int]) -> Void) throws {
        try near.forEachNearest(count, body)
    }

    func share(_ rows: [Int], of features: [Int]) -> [Double] {
        rows.map { row in
            let held = features.count { parts($0).allSatisfy { conditions[$0].rows.contains(row) } }
            return Double(held) / Double(max(1, features.count))
        }
    }

    func describe(_ features: [Int], carriers: [Int]) -> (kind: DataCause.Kind, text: String) {
        let texts = Array(Set(features.flatMap(parts))).sorted().map { conditions[$0].text }
        let more = texts.count > 4 ? " and \(texts.count - 4) more" : ""
        return (.values, "the values " + texts.prefix(4).joined(separator: " and ") + more)
    }
}
