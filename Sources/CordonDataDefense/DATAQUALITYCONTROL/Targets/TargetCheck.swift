internal import CordonTensor
internal import Glibc

/// Numbers that were changed where the label is a number: regression.
///
/// A target does most harm at the end of its range (Xiao and others 2015; Jagielski and others 2018). So rows at both ends are
/// set aside, a linear model is fitted to the rest by ``TrimmedFit``, and rows at an end that the model puts far away are
/// counted. Natural targets get rarer towards an end: as many as in the next parts of the range, or as are far from
/// the model among rows that belong there, are usual, and more are changed beyond chance (binomial tail). Their share is the rate; nobody
/// needs to tell it.
///
/// - Note: Misses targets that were changed to the middle of the range, that were all changed to the same value (told without
///   alarm: many natural targets pile up at their end), and few among many that are noisy.
struct TargetCheck: DatasetCheck {
    var name: String { "changed targets" }

    private static let band = 0.06
    /// Deviations from which on a target is far from the model, the smallest first.
    private static let thresholds = [1.5, 2, 2.5, 4, 7, 12]
    /// Logarithm of the chance that is enough for one end where the other was used.
    private static let little = log(1e-3)
    private static let share = 0.8
    private static let cellLimit = 50_000_000

    func concerns(_ set: SampleSet) -> Bool { set.targets != nil }

    func obstacle(_ context: CheckContext) -> String? {
        guard case .table(let columns) = context.set.content else {
            return "numbers as labels are checked in tables only"
        }
        let width = columns.reduce(0) { $0 + TableMatrix.width($1) }
        if context.set.count < 50 { return "\(context.set.count) rows are too few to fit a model" }
        if context.set.count * width > Self.cellLimit || width > 500 {
            return "\(context.set.count) rows of \(width) numbers are more than are fitted; check a part"
        }
        if width * 5 > context.set.count { return "\(width) columns are too many for \(context.set.count) rows" }
        return nil
    }

    func run(_ context: CheckContext) throws -> [DataCause] {
        guard case .table(let columns) = context.set.content, let all = context.set.targets else { return [] }
        let rows = all.indices.filter { all[$0].isFinite }
        let targets = rows.map { Double(all[$0]) }
        guard rows.count >= 50, let low = targets.min(), let high = targets.max(), high > low else { return [] }
        let places = targets.map { ($0 - low) / (high - low) }
        let matrix = try TableMatrix(columns.map { $0.picking(rows) }, rows: rows.count)
        let (residuals, deviation) = try Self.residuals(matrix, targets, places, context.seed)
        let distances = residuals.map { abs($0) / deviation }
        let ends = [false, true].map { side in
            Self.thresholds.map { Self.end(side, places, targets, distances, beyond: $0) }
        }
        let tries = Double(2 * Self.thresholds.count)
        let every = ends.flatMap { $0 }
        let best = every.filter { !$0.isPile }.map(\.logP).min() ?? 0
        guard best + log(tries) < log(context.falseAlarms) else { return Self.piles(every, rows) }
        // Where one end was used, little is enough for the other, and rows that are not far away go with the others.
        let used = ends.compactMap { side in side.first { $0.logP < Self.little && !$0.isPile } }
        let range = high - low
        let far = Self.across(used, places, residuals.map { $0 / range }, distances)
        let found = try Self.joined(Set(used.flatMap(\.rows) + far), used, places, matrix)
        let pValue = min(1, tries * exp(best))
        let rate = Double(found.count) / Double(rows.count)
        var cause = DataCause(
            .changedTargets, level: DataCause.level(pValue),
            "\(Float((rate * 1000).rounded() / 10)) % of the labels are at an end of their range where the rest of the row speaks against it",
            rows: found.map { rows[$0] }, pValue: pValue)
        cause.rate = rate
        cause.evidence = used.map {
            "\($0.rows.count) rows from \(Float($0.least)) to \(Float($0.greatest)); usual there: \($0.usual)"
        }
        return [cause]
    }

    /// Rows that were found, with those at the ends that were used beside which nearly only such rows lie: leverage points stand together.
    private static func joined(
        _ found: Set<Int>, _ used: [End], _ places: [Double], _ matrix: TableMatrix
    ) throws -> [Int] {
        let open = places.indices.filter { row in
            !found.contains(row) && used.contains { depth(places[row], $0.isHigh) < band }
        }
        guard !open.isEmpty else { return found.sorted() }
        let near = try NeighbourIndex(matrix.points).nearest(open, among: Array(places.indices), count: beside)
        let more = zip(open, near).filter { $0.1.count { found.contains($0) } >= beside - 2 }.map(\.0)
        return found.union(more).sorted()
    }

    private static let beside = 7

    /// How far a place is from an end of the range.
    private static func depth(_ place: Double, _ isHigh: Bool) -> Double { isHigh ? 1 - place : place }

    /// Rows at the end opposite to the surest of those that were used, for which the model says something far from there.
    ///
    /// Who changes targets to their far end changes some at either, in the same share of those that could be; more than twice
    /// that share are natural, and none is named.
    private static func across(
        _ used: [End], _ places: [Double], _ shares: [Double], _ distances: [Double]
    ) -> [Int] {
        guard let sure = used.min(by: { $0.logP < $1.logP }) else { return [] }
        let rate = Double(sure.rows.count) / Double(max(1, places.count { depth($0, sure.isHigh) > 0.5 }))
        let possible = places.count { depth($0, !sure.isHigh) > 0.5 }
        let rows = places.indices.filter {
            depth(places[$0], !sure.isHigh) < band && abs(shares[$0]) >= leastJump && distances[$0] > leastDistance
        }
        return Double(rows.count) <= 2 * rate * Double(possible) + 3 ? rows : []
    }

    /// The least of the range between a target that was changed to the far end and what the model says.
    private static let leastJump = 0.4
    /// Deviations beyond which such a target is far from the model.
    private static let leastDistance = 2.0

    /// Residuals of every target from what the model says, and their deviation in the rows that it fits.
    private static func residuals(
        _ matrix: TableMatrix, _ targets: [Double], _ places: [Double], _ seed: UInt64
    ) throws -> (residuals: [Double], deviation: Double) {
        var core = places.indices.filter { places[$0] >= band && places[$0] <= 1 - band }
        if core.count * 2 < places.count {
            // Most targets are at one end: only the other is set aside.
            let lows = places.count { $0 < band }
            let isLow = lows * 2 > places.count { $0 < band || $0 > 1 - band }
            core = places.indices.filter { isLow ? places[$0] <= 1 - band : places[$0] >= band }
        }
        let residuals = try TrimmedFit(matrix, targets).residuals(trimming: core, share: share, seed: seed)
        let sizes = core.map { abs(residuals[$0]) }.sorted()
        // The median of absolute values is 0.6745 deviations of a normal distribution.
        let deviation = max(sizes[sizes.count / 2] / 0.6745, 1e-12)
        return (residuals, deviation)
    }

    private struct End {
        let isHigh: Bool
        let rows: [Int]
        let usual: Int
        let logP: Double
        let least: Double
        let greatest: Double
        /// Whether most rows have one value.
        let isPile: Bool
    }

    private static func end(
        _ isHigh: Bool, _ places: [Double], _ targets: [Double], _ distances: [Double], beyond far: Double
    ) -> End {
        var counts = [0, 0, 0]
        var (natural, rows): (Int, [Int]) = (0, [])
        for (row, place) in places.enumerated() {
            let part = Int(depth(place, isHigh) / Self.band)
            guard part < 3 else { continue }
            if distances[row] > far {
                counts[part] += 1
                if part == 0 { rows.append(row) }
            } else if part == 0 {
                natural += 1
            }
        }
        // Of those that belong to this end, as many are far away as elsewhere, twice over.
        let elsewhere = distances.indices.filter { places[$0] >= band && places[$0] <= 1 - band }
        let share = Double(elsewhere.count { distances[$0] > far }) / Double(max(1, elsewhere.count))
        let usual =
            (rows.count + natural) * 2 > places.count
            ? natural : max(counts[1], counts[2], Int((Double(natural) * 2 * share).rounded(.up)))
        let logP = Binomial.logTail(hits: rows.count, trials: rows.count + usual + 1, chance: 0.5)
        let values = rows.map { targets[$0] }
        var most = 0
        for same in Dictionary(grouping: values, by: { $0 }).values { most = max(most, same.count) }
        return End(
            isHigh: isHigh, rows: rows, usual: usual, logP: logP, least: values.min() ?? 0, greatest: values.max() ?? 0,
            isPile: most * 2 >= rows.count && rows.count > 1)
    }

    private static func piles(_ ends: [End], _ rows: [Int]) -> [DataCause] {
        ends.filter { $0.isPile && $0.logP < log(1e-3) }.suffix(1).map { end in
            DataCause(
                .changedTargets, level: .clean,
                "\(end.rows.count) labels pile up at \(Float(end.least)) where the rest of the row speaks against it",
                rows: end.rows.map { rows[$0] })
        }
    }
}

extension SampleSet.TableColumn {
    /// Some rows of the column.
    func picking(_ rows: [Int]) -> SampleSet.TableColumn {
        switch self {
        case .numbers(let name, let values): .numbers(name: name, rows.map { values[$0] })
        case .categories(let name, let values, let names):
            .categories(name: name, rows.map { values[$0] }, names: names)
        }
    }
}
