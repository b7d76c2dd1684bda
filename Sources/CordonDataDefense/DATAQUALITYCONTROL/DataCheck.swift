public import CordonData
internal import CordonTensor
internal import Glibc

/// Looks for poisoned rows in a training set: OWASP AI Exchange, DATAQUALITYCONTROL.
///
/// Needs no clean model, no expected share of poison and no settings. See ``UnsupportedPatternSearch`` for what is found and
/// what is missed.
public struct DataCheck: Sendable {
    /// Start of everything that is drawn.
    public var seed: UInt64 = 0
    /// Chance that a clean dataset is called suspect by one check.
    public var falseAlarms = 1e-3
    /// Asked between steps; the check ends with a failure that says so when it says yes.
    public var isCancelled: @Sendable () -> Bool = { false }

    /// A check with the standard settings.
    public init() {}

    /// Checks a dataset.
    ///
    /// - Parameter progress: called with what is done now.
    /// - Throws: ``DataCheckFailure`` where nothing can be checked; ``DatasetFailure`` where it cannot be read.
    /// - Complexity: O(rows · width) memory; time grows with rows · width and with the patterns that are tried.
    public func run(_ dataset: Dataset, progress: (String) -> Void = { _ in }) throws -> DataVerdict {
        progress("reading")
        var loader = SampleLoader(dataset, isCancelled: isCancelled)
        let set = try loader.load()
        try stopIfCancelled()
        var verdict = DataVerdict()
        (verdict.rows, verdict.leftOut) = (set.count, set.leftOut)
        let rows = set.rowsByClass
        guard let reason = Self.obstacle(set, rows) else {
            progress("looking for triggers")
            let found = try triggers(set, rows)
            verdict.checks.append("unsupported patterns")
            Self.judge(&verdict, set, rows, found)
            return verdict
        }
        verdict.notEvaluated.append(("unsupported patterns", reason))
        Self.judge(&verdict, set, rows, [])
        return verdict
    }

    private func stopIfCancelled() throws(DataCheckFailure) {
        if isCancelled() { throw DataCheckFailure("cancelled") }
    }

    /// Why labels cannot be compared; `nil` where they can.
    private static func obstacle(_ set: SampleSet, _ rows: [[Int]]) -> String? {
        if set.classes.isEmpty { return "there is no label; name its column with --label" }
        if set.classes.count == 1 { return "all rows have the same label" }
        let enough = rows.count { $0.count >= 3 * 8 }
        if enough == 0 { return "no label has 24 rows or more" }
        if set.classes.count > 1000 { return "\(set.classes.count) different labels; is the column a class?" }
        return nil
    }

    private func triggers(_ set: SampleSet, _ rows: [[Int]]) throws -> [(DataTrigger, Int)] {
        switch set.content {
        case .pictures(let pixels, let height, let width, let channels):
            return try search(
                PicturePatterns(set, pixels: pixels, height: height, width: width, channels: channels, seed: seed), set,
                rows)
        case .texts(let texts): return try search(TextPatterns(set, texts: texts), set, rows)
        case .table(let columns): return try search(TablePatterns(set, columns, seed: seed), set, rows)
        }
    }

    private func search(_ space: some PatternSpace, _ set: SampleSet, _ rows: [[Int]]) throws -> [(DataTrigger, Int)] {
        let search = UnsupportedPatternSearch(space: space, rowsByClass: rows, falseAlarms: falseAlarms, seed: seed)
        let found = try search.run { !isCancelled() }
        try stopIfCancelled()
        return found.map { one in
            let (kind, text) = space.describe(one.features, carriers: one.rows)
            let trigger = DataTrigger(
                kind: kind, description: text, target: set.classes[one.label],
                rows: one.rows.map { set.rowNumbers[$0] },
                pValue: exp(one.logP), unsupported: (one.unsupported, one.usual))
            return (trigger, one.label)
        }
    }

    /// Chance below which a trigger is called poison.
    private static let certain = 1e-6

    private static func judge(
        _ verdict: inout DataVerdict, _ set: SampleSet, _ rows: [[Int]], _ found: [(trigger: DataTrigger, label: Int)]
    ) {
        let best: DataVerdict.Level = verdict.checks.isEmpty ? .notEvaluated : .clean
        verdict.level = best
        verdict.triggers = found.map(\.trigger)
        var (alerted, filtered): (Set<Int>, Set<Int>) = ([], [])
        for (trigger, _) in found {
            alerted.formUnion(trigger.rows)
            if trigger.pValue < certain { filtered.formUnion(trigger.rows) }
        }
        verdict.alerted = alerted.sorted()
        verdict.filtered = filtered.sorted()
        for (label, name) in set.classes.enumerated() where !rows[label].isEmpty {
            let own = found.filter { $0.label == label }.map(\.trigger)
            let pValue = own.map(\.pValue).min() ?? 1
            let level: DataVerdict.Level = own.isEmpty ? best : pValue < certain ? .poisoned : .suspect
            verdict.classes.append(
                DataVerdict.ClassVerdict(
                    name: name, rows: rows[label].count, level: level, pValue: pValue,
                    alerted: own.reduce(into: Set<Int>()) { $0.formUnion($1.rows) }.count))
            verdict.level = max(verdict.level, level)
        }
    }
}
