internal import CordonTensor
internal import Glibc

/// Rows of a table as sets of values, ranges and pairs of them; neighbours are rows that are alike in the other columns.
struct TablePatterns: PatternSpace {
    /// A condition on one column.
    private struct Condition: Sendable {
        let column: Int
        let text: String
        let rows: RowSet
    }
    private let columns: [SampleSet.TableColumn]
    private let conditions: [Condition]
    private let near: NeighbourSupport
    /// Columns of the neighbours' matrix that belong to each column of the table.
    private let places: [Range<Int>]
    private let count: Int

    private static let conditionLimit = 4000
    /// Most bytes of the rows of all conditions, and of the matrix of neighbours.
    private static let byteLimit = 256 << 20
    private static let matrixLimit = 1 << 30
    private static let mostPaired = 300
    private static let pairWork = 5e7
    /// Pairs that are tried with a third condition.
    private static let widened = 300
    private static let featureLimit = 4000

    init(_ set: SampleSet, _ columns: [SampleSet.TableColumn], seed: UInt64) throws {
        self.columns = columns
        count = set.count
        let width = columns.reduce(0) { $0 + TableMatrix.width($1) }
        guard set.count * width * 4 <= Self.matrixLimit else {
            throw DataCheckFailure(
                "\(set.count) rows of \(width) numbers and categories are more than are compared; check a part")
        }
        let matrix = TableMatrix(columns, rows: set.count)
        places = matrix.places
        near = NeighbourSupport(
            index: try NeighbourIndex(Tensor(matrix.numbers, shape: [set.count, matrix.width])), labels: set.labels,
            classCount: set.classes.count, seed: seed)
        var conditions: [Condition] = []
        let most = min(Self.conditionLimit, Self.byteLimit / max(8, set.count / 8))
        for (place, column) in columns.enumerated() where conditions.count < most {
            conditions += Self.conditions(column, place)
        }
        self.conditions = conditions
    }

    /// Values that repeat; for numbers with many values also the outer and inner eighths of their range.
    private static func conditions(_ column: SampleSet.TableColumn, _ place: Int) -> [Condition] {
        switch column {
        case .categories(let name, let values, let names):
            return groups(
                values.enumerated().compactMap { $0.element < 0 ? nil : ($0.offset, $0.element) }, values.count
            )
            .map { Condition(column: place, text: "\(name) = \(names[Int($0.key)])", rows: $0.rows) }
        case .numbers(let name, let values):
            let real = values.enumerated().filter { !$0.element.isNaN }.map { ($0.offset, $0.element) }
            var found = groups(real, values.count).map {
                Condition(column: place, text: "\(name) = \($0.key)", rows: $0.rows)
            }
            let sorted = real.map(\.1).sorted()
            guard sorted.count >= 64, Set(sorted.prefix(10_000)).count > 16 else { return found }
            for part in 0..<8 {
                let (low, high) = (
                    sorted[sorted.count * part / 8], sorted[min(sorted.count - 1, sorted.count * (part + 1) / 8)]
                )
                var rows = RowSet(capacity: values.count)
                for (row, value) in real where value >= low && (value < high || part == 7) { rows.insert(row) }
                found.append(Condition(column: place, text: "\(name) from \(low) to \(high)", rows: rows))
            }
            return found
        }
    }

    private static func groups<Value: Hashable>(_ values: [(Int, Value)], _ count: Int) -> [(key: Value, rows: RowSet)]
    {
        var counts: [Value: Int] = [:]
        for (_, value) in values { counts[value, default: 0] += 1 }
        let kept = counts.filter { $0.value >= UnsupportedPatternSearch<Self>.fewestCarriers }
            .sorted { $0.value > $1.value }.prefix(500)
        var sets: [Value: RowSet] = [:]
        for entry in kept { sets[entry.key] = RowSet(capacity: count) }
        for (row, value) in values where sets[value] != nil { sets[value]?.insert(row) }
        return kept.map { ($0.key, sets[$0.key]!) }
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
        var place: [Int: Int] = [:]
        for (index, row) in rows.enumerated() { place[row] = index }
        let (inside, outside) = (Double(rows.count), Double(count - rows.count))
        var found: [EnrichedFeature] = []
        var lifts: [Int: Double] = [:]
        /// How much more often some rows are in the class; what passes and says more than its parts is kept.
        func consider(_ parts: [Int], _ all: RowSet, _ mine: Int) -> Double {
            guard mine >= UnsupportedPatternSearch<Self>.fewestCarriers else { return 0 }
            let elsewhere = (Double(all.count - mine) + 0.5) / (outside + 1)
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
            var carriers = RowSet(capacity: rows.count)
            for row in all.intersection(own).members { if let index = place[row] { carriers.insert(index) } }
            // Of patterns that say the same, the one with fewer parts is the trigger.
            let plain = 1.1 - 0.1 * Double(parts.count)
            found.append(
                EnrichedFeature(
                    feature: Self.feature(parts), carriers: carriers, evidence: plain * Double(mine) * log(lift)))
            return lift
        }
        let frequent = conditions.indices.filter {
            conditions[$0].rows.shared(own) >= UnsupportedPatternSearch<Self>.fewestCarriers
        }
        for index in frequent { _ = consider([index], conditions[index].rows, conditions[index].rows.shared(own)) }
        let paired = frequent.map { ($0, strength($0, own)) }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
            .prefix(pairedConditions).map(\.0)
        var wider: [(parts: [Int], rows: RowSet, evidence: Double)] = []
        for (at, first) in paired.enumerated() {
            for second in paired.dropFirst(at + 1) where conditions[first].column != conditions[second].column {
                let both = conditions[first].rows.intersection(conditions[second].rows)
                let mine = both.shared(own)
                let lift = consider([first, second], both, mine)
                if lift > 1.5, lift <= 8 { wider.append(([first, second], both, Double(mine) * log(lift))) }
            }
        }
        wider.sort { ($1.evidence, $0.parts[0], $0.parts[1]) < ($0.evidence, $1.parts[0], $1.parts[1]) }
        for pair in wider.prefix(Self.widened) {
            let columns = pair.parts.map { conditions[$0].column }
            for third in paired where third > pair.parts[1] && !columns.contains(conditions[third].column) {
                let all = pair.rows.intersection(conditions[third].rows)
                _ = consider(pair.parts + [third], all, all.shared(own))
            }
        }
        return found.sorted { ($1.evidence, $0.feature) < ($0.evidence, $1.feature) }
            .prefix(Self.featureLimit).map { $0 }
    }

    /// Conditions of which pairs are tried: as many as the time for all pairs allows.
    private var pairedConditions: Int {
        let words = Double(max(1, count / 64))
        return max(40, min(Self.mostPaired, Int((Self.pairWork / words).squareRoot())))
    }

    /// How much more often a condition holds in a class than elsewhere.
    private func strength(_ index: Int, _ own: RowSet) -> Double {
        let rows = conditions[index].rows
        let mine = rows.intersection(own).count
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

    func votes() throws -> [Float]? { try near.votes() }

    func neighbours(_ count: Int) throws -> [[Int]]? { try near.nearest(count) }

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

/// A table as numbers in which distances mean something: columns by their median and spread, categories as corners.
struct TableMatrix {
    let numbers: [Float]
    let width: Int
    let places: [Range<Int>]

    /// Categories of one column that get a place of their own.
    private static let categoryLimit = 32

    /// Places that a column takes.
    static func width(_ column: SampleSet.TableColumn) -> Int {
        if case .categories(_, _, let names) = column { return min(categoryLimit, max(1, names.count)) }
        return 1
    }

    init(_ columns: [SampleSet.TableColumn], rows: Int) {
        var (width, places): (Int, [Range<Int>]) = (0, [])
        for column in columns {
            let own = Self.width(column)
            places.append(width..<(width + own))
            width += own
        }
        var numbers = [Float](repeating: 0, count: rows * width)
        for (column, range) in zip(columns, places) {
            switch column {
            case .numbers(_, let values):
                let sorted = values.filter(\.isFinite).sorted()
                guard !sorted.isEmpty else { continue }
                let middle = sorted[sorted.count / 2]
                // The middle half's width is 1.349 standard deviations of a normal distribution.
                var spread = (sorted[sorted.count * 3 / 4] - sorted[sorted.count / 4]) / 1.349
                if spread <= 0 { spread = Self.deviation(sorted) }
                for row in 0..<rows where values[row].isFinite && spread > 0 {
                    numbers[row * width + range.lowerBound] = max(-8, min(8, (values[row] - middle) / spread))
                }
            case .categories(_, let values, _):
                for row in 0..<rows where values[row] >= 0 {
                    numbers[row * width + range.lowerBound + Int(values[row]) % range.count] = 1
                }
            }
        }
        (self.numbers, self.width, self.places) = (numbers, width, places)
    }

    private static func deviation(_ values: [Float]) -> Float {
        let mean = values.reduce(0, +) / Float(values.count)
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(values.count)).squareRoot()
    }
}
