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
        if let reason = Self.obstacle(dataset, set, rows) {
            verdict.notEvaluated += [("triggers", reason), ("changed labels", reason)]
            Self.judge(&verdict, set, rows, Findings())
            return verdict
        }
        let found: Findings
        switch set.content {
        case .pictures(let pixels, let height, let width, let channels):
            progress("comparing pictures")
            found = try search(
                PicturePatterns(set, pixels: pixels, height: height, width: width, channels: channels, seed: seed), set,
                rows)
        case .texts(let texts):
            progress("comparing texts")
            found = try search(TextPatterns(set, texts: texts), set, rows)
        case .table(let columns):
            progress("comparing rows")
            found = try search(TablePatterns(set, columns, seed: seed), set, rows)
        }
        verdict.checks.append("triggers")
        if found.hasVotes {
            verdict.checks.append("changed labels")
        } else {
            verdict.notEvaluated.append(("changed labels", "texts are not compared with their neighbours"))
        }
        Self.judge(&verdict, set, rows, found)
        return verdict
    }

    /// What the checks found, with the numbers of classes.
    private struct Findings {
        var triggers: [(trigger: DataTrigger, label: Int)] = []
        var changes: [(change: ChangedLabels, label: Int?)] = []
        var hasVotes = false
    }

    private func stopIfCancelled() throws(DataCheckFailure) {
        if isCancelled() { throw DataCheckFailure("cancelled") }
    }

    /// Why labels cannot be compared; `nil` where they can.
    private static func obstacle(_ dataset: Dataset, _ set: SampleSet, _ rows: [[Int]]) -> String? {
        let label = dataset.fields.first { $0.role == .label }
        if case .real? = label?.type, set.classes.count > 20 {
            return "the label is a number with \(set.classes.count) values, not a class"
        }
        if set.classes.isEmpty { return "there is no label; name its column with --label" }
        if set.classes.count == 1 { return "all rows have the same label" }
        let enough = rows.count { $0.count >= 3 * 8 }
        if enough == 0 { return "no label has 24 rows or more" }
        if set.classes.count > 1000 { return "\(set.classes.count) different labels; is the column a class?" }
        return nil
    }

    private func search(_ space: some PatternSpace, _ set: SampleSet, _ rows: [[Int]]) throws -> Findings {
        let search = UnsupportedPatternSearch(space: space, rowsByClass: rows, falseAlarms: falseAlarms, seed: seed)
        let patterns = try search.run { !isCancelled() }
        try stopIfCancelled()
        var found = Findings()
        found.triggers = patterns.map { one in
            let (kind, text) = space.describe(one.features, carriers: one.rows)
            let trigger = DataTrigger(
                kind: kind, description: text, target: set.classes[one.label],
                rows: one.rows.map { set.rowNumbers[$0] },
                pValue: exp(one.logP), unsupported: (one.unsupported, one.usual))
            return (trigger, one.label)
        }
        guard set.count * set.classes.count <= Self.voteLimit, let votes = try space.votes() else { return found }
        found.hasVotes = true
        // Rows with a trigger are explained.
        var labels = set.labels
        for row in patterns.flatMap(\.rows) { labels[row] = -1 }
        let noise = LabelNoise(votes: votes, labels: labels, classCount: set.classes.count, falseAlarms: falseAlarms)
        found.changes = noise.run().map { one in
            let change = ChangedLabels(
                from: one.from.map { set.classes[$0] }, to: one.to.map { set.classes[$0] }, rate: one.rate,
                rows: one.rows.map { set.rowNumbers[$0] }, pValue: exp(one.logP))
            return (change, one.to)
        }
        return found
    }

    /// Most votes in memory.
    private static let voteLimit = 100_000_000

    /// Chance below which a trigger is called poison.
    private static let certain = 1e-6

    private static func judge(
        _ verdict: inout DataVerdict, _ set: SampleSet, _ rows: [[Int]], _ found: Findings
    ) {
        let best: DataVerdict.Level = verdict.checks.isEmpty ? .notEvaluated : .clean
        verdict.level = found.changes.isEmpty ? best : max(best, .suspect)
        verdict.triggers = found.triggers.map(\.trigger)
        verdict.relabelled = found.changes.map(\.change)
        var (alerted, filtered): (Set<Int>, Set<Int>) = ([], [])
        for (rows, pValue) in found.triggers.map({ ($0.trigger.rows, $0.trigger.pValue) })
            + found.changes.map({ ($0.change.rows, $0.change.pValue) })
        {
            alerted.formUnion(rows)
            if pValue < certain { filtered.formUnion(rows) }
        }
        verdict.alerted = alerted.sorted()
        verdict.filtered = filtered.sorted()
        for (label, name) in set.classes.enumerated() where !rows[label].isEmpty {
            let own = found.triggers.filter { $0.label == label }.map(\.trigger)
            let changed = found.changes.filter { $0.label == label }.map(\.change)
            let pValue = (own.map(\.pValue) + changed.map(\.pValue)).min() ?? 1
            var level = best
            if !own.isEmpty || !changed.isEmpty { level = .suspect }
            if own.contains(where: { $0.pValue < certain }) { level = .poisoned }
            verdict.classes.append(
                DataVerdict.ClassVerdict(
                    name: name, rows: rows[label].count, level: level, pValue: pValue,
                    alerted: rows[label].count { alerted.contains(set.rowNumbers[$0]) }))
            verdict.level = max(verdict.level, level)
        }
    }
}
