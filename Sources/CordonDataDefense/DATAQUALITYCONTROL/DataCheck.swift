internal import CSystem
public import CordonData
internal import CordonCore
public import CordonTensor
internal import Glibc

/// Looks for poisoned rows in a training set: OWASP AI Exchange, DATAQUALITYCONTROL.
///
/// Needs no clean model, no expected share of poison and no settings. Each check says what it finds and what it misses.
public struct DataCheck: Sendable {
    /// Start of everything that is drawn.
    public var seed: UInt64 = 0
    /// Chance that a clean dataset is called suspect by one check.
    public var falseAlarms = 1e-3
    /// A model whose layers are looked at instead of those of a proxy: its first input takes the rows as the proxy's does.
    public var model: Graph?
    /// A few rows that are known to be good; `nil` where there are none. They vote and teach, and what they carry as often as
    /// the rest is natural.
    public var trusted: Dataset?
    /// A registered version to compare with; `nil` compares with none.
    public var reference: DatasetProfile?
    /// Whether the verdict has excerpts of rows and a map for a report.
    public var illustrates = false
    /// Excerpts of each cause, at most.
    public var excerpts = 24
    /// Looks at the first rows only, at so many and the rest of their batch, and only for orders, hidden text and words that are a
    /// trigger; `nil` looks at all with every check.
    public var quickRows: Int?
    /// Keeps what checks found, and takes up what was kept, so that a run that was stopped can go on; `nil` keeps nothing.
    public var resumption: Resumption?
    /// Asked between steps; the check ends with a failure that says so when it says yes.
    public var isCancelled: @Sendable () -> Bool = { false }

    /// A check with the standard settings.
    public init() {}

    /// How a run that was stopped goes on.
    public struct Resumption: Sendable {
        /// Where it is kept, for messages: the path of a file.
        public let name: String
        /// What was kept last; `nil` where nothing was.
        public let kept: [UInt8]?
        /// What else decides what is found: the program's version, the digest of a model's file, the options of the columns.
        public let settings: [String]
        /// Keeps the bytes instead of those before; called after each check.
        public let keep: @Sendable ([UInt8]) throws -> Void

        /// - Parameters:
        ///   - name: where it is kept, for messages.
        ///   - kept: what `keep` was called with last.
        ///   - settings: what else decides what is found.
        ///   - keep: keeps the bytes instead of those before.
        public init(
            name: String, kept: [UInt8]?, settings: [String], keep: @escaping @Sendable ([UInt8]) throws -> Void
        ) {
            (self.name, self.kept, self.settings, self.keep) = (name, kept, settings, keep)
        }
    }

    /// How far a check is.
    public struct Progress: Sendable {
        /// What is done now.
        public let step: String
        /// Checks that are done, and all of them; both are 0 until the rows are read.
        public let done: Int, total: Int
    }

    private static let checks: [any DatasetCheck] = [
        DuplicateCheck(), ValueCheck(), OutlierCheck(), InjectionCheck(), TriggerCheck(), DialogueCheck(),
        InflowCheck(), RepresentationCheck(),
        LabelCheck(),
        TargetCheck(), SourceCheck(),
    ]

    /// Checks a dataset.
    ///
    /// - Parameter progress: called with what is done now.
    /// - Throws: ``DataCheckFailure`` where nothing can be checked; ``DatasetFailure`` where it cannot be read; what
    ///   ``Resumption/keep`` throws.
    /// - Complexity: O(rows · width) memory; time grows with rows · width and with the patterns that are tried.
    public func run(_ dataset: Dataset, progress: (Progress) -> Void = { _ in }) throws -> DataVerdict {
        progress(Progress(step: "reading", done: 0, total: 0))
        var loader = SampleLoader(dataset, isCancelled: isCancelled)
        loader.mostRows = quickRows ?? .max
        let own = try loader.load()
        try stopIfCancelled()
        guard own.count > 0 else {
            throw DataCheckFailure(
                "\(dataset.path): no rows to check, read as \(dataset.format)"
                    + (own.leftOut > 0 ? "; \(own.leftOut) could not be read" : ""))
        }
        let set = try trusted.map { try own.joined(with: rows(of: $0), from: $0.path) } ?? own
        let context = CheckContext(
            set, seed: seed, falseAlarms: falseAlarms, isCancelled: isCancelled)
        context.model = model
        var verdict = DataVerdict()
        (verdict.rows, verdict.leftOut) = (own.count, own.leftOut)
        let checks = Self.checks.filter { $0.concerns(set) && (quickRows == nil || $0.isQuick(set)) }
        let total = checks.count + (reference == nil ? 0 : 1)
        var (causes, isDecided) = try run(checks, context, own, &verdict, try journal(of: dataset, set)) {
            progress(Progress(step: $0, done: $1, total: total))
        }
        if model != nil, !verdict.checks.contains(RepresentationCheck().name) {
            verdict.notEvaluated.append(
                ("the model", "its layers were not looked at, because 'representation' could not run"))
        }
        if let reference {
            progress(Progress(step: ReferenceCheck.name, done: checks.count, total: checks.count + 1))
            let places = Dictionary(uniqueKeysWithValues: own.rowNumbers.enumerated().map { ($1, $0) })
            for var cause in try ReferenceCheck(reference: reference).run(dataset, isCancelled: isCancelled) {
                cause.rows = cause.rows.compactMap { places[$0] }
                causes.append(cause)
            }
            verdict.checks.append(ReferenceCheck.name)
        }
        try illustrate(&verdict, context, causes)
        Self.judge(&verdict, context, causes, best: isDecided ? .clean : .notEvaluated)
        return verdict
    }

    /// What was kept of a run of this kind; `nil` where nothing is to be kept.
    private func journal(of dataset: Dataset, _ set: SampleSet) throws -> CheckJournal? {
        guard let resumption else { return nil }
        let identity = try CheckJournal.identity(
            of: [dataset] + (trusted.map { [$0] } ?? []),
            settings: resumption.settings + ["\(seed)", "\(falseAlarms)", "\(quickRows ?? -1)"],
            isCancelled: isCancelled)
        try stopIfCancelled()
        guard let kept = resumption.kept else { return CheckJournal(identity: identity) }
        return try CheckJournal(json: kept, of: resumption.name, identity: identity, rowCount: set.count)
    }

    /// Runs checks, but for those that a journal has.
    private func run(
        _ checks: [any DatasetCheck], _ context: CheckContext, _ own: SampleSet, _ verdict: inout DataVerdict,
        _ journal: CheckJournal?, _ progress: (_ step: String, _ done: Int) -> Void
    ) throws -> (causes: [DataCause], isDecided: Bool) {
        var (journal, causes, isDecided) = (journal, [DataCause](), false)
        let isUniform = context.set.isUniform
        for (done, check) in checks.enumerated() {
            if let reason = check.obstacle(context) ?? (check.comparesRows && isUniform ? Self.uniform : nil) {
                verdict.notEvaluated.append((check.name, reason))
                continue
            }
            progress(check.name, done)
            let found: [DataCause]
            if let step = journal?[check.name] {
                found = step.causes
                context.conflicting = Set(step.conflicting)
                context.sources = step.sources
            } else {
                found = try check.run(context).map { Self.trusting($0, from: own.count, of: context.set.count) }
                try context.stopIfCancelled()
                journal?.add(
                    CheckJournal.Step(
                        check: check.name, causes: found, conflicting: context.conflicting.sorted(),
                        sources: context.sources))
                if let journal { try resumption?.keep(journal.json) }
            }
            // What one check freed is not there twice when the next one wants as much.
            cordon_release_memory()
            verdict.checks.append(check.name)
            isDecided = isDecided || check.decides(context.set)
            causes += found
            for cause in found where cause.level > .clean { context.explained.formUnion(cause.rows) }
        }
        return (causes, isDecided)
    }

    private static let uniform = "all rows hold the same values, or none"

    private func stopIfCancelled() throws(DataCheckFailure) {
        if isCancelled() { throw DataCheckFailure("cancelled") }
    }

    /// Trusted rows.
    private func rows(of trusted: Dataset) throws -> SampleSet {
        var loader = SampleLoader(trusted, isCancelled: isCancelled)
        let set = try loader.load()
        guard set.count > 0 else {
            throw DataCheckFailure("\(trusted.path): no rows to trust, read as \(trusted.format)")
        }
        return set
    }

    /// A cause without trusted rows; where those have it nearly as often as the others, it is natural.
    private static func trusting(_ cause: DataCause, from first: Int, of count: Int) -> DataCause {
        guard first < count else { return cause }
        var cause = cause
        let trusted = cause.rows.count { $0 >= first }
        cause.rows.removeAll { $0 >= first }
        cause.filtered.removeAll { $0 >= first }
        let (own, known) = (Double(cause.rows.count) / Double(max(1, first)), Double(trusted) / Double(count - first))
        guard cause.level > .clean, trusted >= 3, known >= own / 2 else { return cause }
        cause.level = .clean
        cause.filtered = []
        cause.evidence.append("\(trusted) trusted rows have it as well: it is natural")
        return cause
    }

    /// Rows for a report: those of the causes, and a map with them and others.
    private func illustrate(_ verdict: inout DataVerdict, _ context: CheckContext, _ causes: [DataCause]) throws {
        guard illustrates else { return }
        let set = context.set
        var random = SplitMix(state: seed &+ 21)
        for cause in causes {
            for row in random.sample(cause.rows, excerpts) {
                verdict.excerpts[set.rowNumbers[row]] = set.excerpt(row, showing: cause.phrases)
            }
        }
        let alerted = causes.filter { $0.level > .clean }.flatMap(\.rows)
        let drawn = Set(
            random.sample(set.rowNumbers.indices.filter { set.rowNumbers[$0] >= 0 }, Self.mapped)
                + random.sample(alerted, Self.mapped / 4))
        verdict.map = try set.map(of: drawn.sorted())
    }

    private static let mapped = 2000

    /// The joint chance of causes.
    private static func joined(_ causes: [DataCause]) -> Double {
        exp(Fisher.joined(causes.compactMap(\.pValue).map { log(max($0, .leastNormalMagnitude)) }))
    }

    /// The joint chance of the causes that each of some rows is in.
    private static func chances(of alerted: [Int], _ causes: [DataCause], _ set: SampleSet) -> [Double] {
        var held: [Int: [Int]] = [:]
        for (place, cause) in causes.enumerated() where cause.level > .clean {
            for row in cause.rows { held[set.rowNumbers[row], default: []].append(place) }
        }
        var known: [[Int]: Double] = [:]
        return alerted.map { row in
            let own = held[row] ?? []
            if let chance = known[own] { return chance }
            let chance = joined(own.map { causes[$0] })
            known[own] = chance
            return chance
        }
    }

    /// The verdict on the whole, on classes and on rows follows from the causes.
    private static func judge(
        _ verdict: inout DataVerdict, _ context: CheckContext, _ causes: [DataCause], best: DataVerdict.Level
    ) {
        let (set, rows) = (context.set, context.rowsByClass)
        verdict.level = causes.reduce(best) { $1.level > .clean ? max($0, $1.level) : $0 }
        var (alerted, filtered): (Set<Int>, Set<Int>) = ([], [])
        for cause in causes where cause.level > .clean {
            alerted.formUnion(cause.rows)
            filtered.formUnion(cause.filtered)
        }
        for (label, name) in set.classes.enumerated() where rows.indices.contains(label) {
            let count = rows[label].count { set.rowNumbers[$0] >= 0 }
            guard count > 0 else { continue }
            let own = causes.filter { $0.level > .clean && $0.classes.contains(name) }
            verdict.classes.append(
                DataVerdict.ClassVerdict(
                    name: name, rows: count, level: own.reduce(best) { max($0, $1.level) },
                    pValue: joined(own), alerted: rows[label].count(where: alerted.contains)))
        }
        func numbers(_ rows: some Sequence<Int>) -> [Int] { rows.map { set.rowNumbers[$0] }.sorted() }
        verdict.alerted = numbers(alerted)
        verdict.filtered = numbers(filtered)
        verdict.alertedPValues = chances(of: verdict.alerted, causes, set)
        if let ids = set.ids {
            let named = alerted.map { (set.rowNumbers[$0], ids.names[$0]) }
            verdict.ids = (ids.column, Dictionary(named) { first, _ in first })
        }
        verdict.sources = context.sources.map { source in
            SourceVerdict(
                name: source.name, rows: source.rows.count,
                alerted: Double(source.rows.count(where: alerted.contains)) / Double(max(1, source.rows.count)),
                harm: source.harm, pValue: source.pValue, pull: source.pull)
        }
        .sorted { ($1.harm?.mean ?? -1, $1.alerted, $0.name) < ($0.harm?.mean ?? -1, $0.alerted, $1.name) }
        verdict.causes = causes.map { cause in
            var cause = cause
            (cause.rows, cause.filtered) = (numbers(cause.rows), numbers(cause.filtered))
            return cause
        }
        .sorted { ($1.level, $0.pValue ?? 0) < ($0.level, $1.pValue ?? 0) }
    }
}
