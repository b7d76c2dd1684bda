internal import CordonCore
public import CordonData

/// Writes a distorted copy of a dataset; the original stays, and a manifest leads every row back to it.
///
/// Control: TRAINDATADISTORTION. Whether a distortion helps against a poison, and what it costs, is found by experiment: see
/// ``DistortionEffect``.
///
/// - Note: Only rows that were poisoned before they are distorted are concerned: whoever can write the copy can poison it.
public struct DataDistortion: Sendable {
    /// What is done, in this order; selections see the rows as they are.
    public let steps: [Distortion]
    /// Start of everything that is drawn.
    public var seed: UInt64 = 0
    /// Least and greatest values of columns, for ``Distortion/Method/privacy``. Columns without have those of the data, which are not
    /// private.
    public var bounds: [String: ClosedRange<Double>] = [:]
    /// Asked between steps.
    public var isCancelled: @Sendable () -> Bool = { false }

    /// A distortion in some steps.
    ///
    /// - Throws: ``DatasetFailure`` where there are none, or two of a kind that is done once.
    public init(_ steps: [Distortion]) throws(DatasetFailure) {
        guard !steps.isEmpty else { throw DatasetFailure(.argument, "no distortion is named") }
        for method in [Distortion.Method.fields, .lid, .trim, .bagging]
        where steps.count(where: { $0.method == method }) > 1 {
            throw DatasetFailure(.argument, "\(method.rawValue) is named twice")
        }
        self.steps = steps
    }

    /// What was written.
    public struct Result: Sendable {
        /// Rows in the copy.
        public let rows: Int
        /// Rows that could not be read and are not there.
        public let unreadable: Int
        /// Rows of the original that a selection left out.
        public let leftOut: Int
        /// Columns that went, and how all were ranked where they were.
        public let removedFields: [String], ranking: [FieldRanking.Entry]
        /// Columns whose limits come from the data, so that epsilon does not cover them.
        public let unboundedFields: [String]
    }

    /// Where a copy goes.
    public enum Target: Sendable {
        case table(String, TableWriter.Format)
        /// A folder of pictures that is not there yet, one folder per label.
        case pictures(String)
    }

    /// Writes the copy and its manifest.
    ///
    /// - Throws: ``DatasetFailure`` or ``DataCheckFailure`` where the data is of another kind or too little, or cannot be written.
    /// - Complexity: one pass; another one, and memory for all rows up to 1 GiB, for tables, texts and selections.
    public func write(_ dataset: Dataset, to target: Target, progress: (Int) -> Void = { _ in }) throws -> Result {
        let plan = try DistortionPlan(self, dataset)
        let change = try BatchChange(dataset, plan.distorter, without: plan.removed)
        let passes = plan.counts?.values.max() ?? 1
        let parts = (0..<max(1, passes)).map { pass in
            DatasetExport.Part(dataset, chosen: { plan.isWritten($0, pass: pass) }) { try change($0, $1) }
        }
        let written =
            switch target {
            case .table(let path, let format):
                try DatasetExport.write(parts, to: path, format: format, progress: progress)
            case .pictures(let folder): try DatasetExport.writePictures(parts, to: folder, progress: progress)
            }
        return Result(
            rows: written.rows, unreadable: written.problemCount / max(1, passes), leftOut: plan.leftOut,
            removedFields: plan.removed.sorted(), ranking: plan.ranking, unboundedFields: plan.unbounded)
    }
}

/// What a distortion does to one dataset, before any row is written.
struct DistortionPlan {
    let distorter: Distorter
    let removed: Set<String>
    let ranking: [FieldRanking.Entry]
    /// How often each row is written, by its number; `nil` for once.
    let counts: [Int: Int]?
    let leftOut: Int
    let unbounded: [String]

    init(_ distortion: DataDistortion, _ dataset: Dataset) throws {
        let kind = try DataKind(dataset)
        for step in distortion.steps where !step.method.kinds.contains(kind) {
            let own = Distortion.Method.allCases.filter { $0.kinds.contains(kind) }.map(\.rawValue)
            throw DatasetFailure(
                .argument,
                "\(dataset.path): \(step.method.rawValue) is not for \(kind.rawValue); there are \(own.joined(separator: ", "))"
            )
        }
        var set: SampleSet?
        if kind != .pictures || distortion.steps.contains(where: \.method.isSelection) {
            var loader = SampleLoader(dataset, isCancelled: distortion.isCancelled)
            let loaded = try loader.load()
            guard loaded.count > 0 else { throw DatasetFailure(.malformed, "\(dataset.path): no rows to distort") }
            set = loaded
        }
        try self.init(distortion, set, path: dataset.path)
    }

    /// - Parameter set: rows in memory; `nil` where no step needs them.
    init(_ distortion: DataDistortion, _ set: SampleSet?, path: String) throws {
        var (removed, ranking): (Set<String>, [FieldRanking.Entry]) = ([], [])
        var times: [Int]?
        if let set {
            let context = CheckContext(
                set, seed: distortion.seed, falseAlarms: 0, isCancelled: distortion.isCancelled)
            for step in distortion.steps {
                if step.method == .fields {
                    (removed, ranking) = try Self.fields(step, context, path)
                } else if step.method.isSelection {
                    let own = try Self.selection(step, context)
                    times = times.map { zip($0, own).map { min($0, $1) } } ?? own
                }
            }
        }
        let kept = set?.without(removed)
        if let kept, case .table(let columns) = kept.content, columns.isEmpty {
            throw DatasetFailure(.argument, "\(path): no column would be left")
        }
        (self.removed, self.ranking) = (removed, ranking)
        distorter = Distorter(distortion.steps, kept, bounds: distortion.bounds, seed: distortion.seed)
        unbounded =
            distortion.steps.contains { $0.method == .privacy }
            ? distorter.columns.filter { $0.value.names.isEmpty && distortion.bounds[$0.key] == nil }.keys.sorted() : []
        counts = set.flatMap { set in
            times.map { times in Dictionary(uniqueKeysWithValues: zip(set.rowNumbers, times)) }
        }
        leftOut = times?.count { $0 == 0 } ?? 0
        for name in distortion.bounds.keys.sorted() where distorter.columns[name]?.names.isEmpty != true {
            throw DatasetFailure(.argument, "\(path): no column of numbers '\(name)' to be bounded")
        }
    }

    /// Whether a row is written another time.
    func isWritten(_ row: Int, pass: Int) -> Bool {
        guard let counts else { return true }
        return (counts[row] ?? 0) > pass
    }

    private static func fields(
        _ step: Distortion, _ context: CheckContext, _ path: String
    ) throws -> (Set<String>, [FieldRanking.Entry]) {
        guard step.names.isEmpty else {
            guard case .table(let columns) = context.set.content else { return ([], []) }
            let known = Set(columns.map(\.field))
            for name in step.names where !known.contains(name) {
                throw DatasetFailure(
                    .argument,
                    "\(path): no column '\(name)' that can go; there are \(known.sorted().joined(separator: ", "))")
            }
            return (Set(step.names), [])
        }
        let ranking = try FieldRanking(context).entries
        guard Int(step.amount) < ranking.count else {
            throw DatasetFailure(
                .argument, "\(path): fields=\(Int(step.amount)) of \(ranking.count) columns leaves none")
        }
        return (Set(ranking.prefix(Int(step.amount)).map(\.name)), ranking)
    }

    /// How often each row of the set is kept.
    private static func selection(_ step: Distortion, _ context: CheckContext) throws -> [Int] {
        let set = context.set
        var times = [Int](repeating: 1, count: set.count)
        if step.method == .trim {
            for row in try TrimmedLoss().trimmed(context, share: step.amount) { times[row] = 0 }
            return times
        }
        guard let points = try context.numbers()?.points else {
            throw DataCheckFailure("\(step.method.rawValue): texts have no distances to each other here")
        }
        if step.method == .bagging {
            let bagging = WeightBagging()
            return bagging.counts(try bagging.chances(set, points), seed: context.seed)
        }
        let ratios = try LocalIntrinsicDimensionality().ratios(set, points)
        let worst = times.indices.sorted { (ratios[$0], $0) > (ratios[$1], $1) }
        for row in worst.prefix(Int(step.amount * Double(set.count))) { times[row] = 0 }
        return times
    }
}

extension SampleSet {
    /// The set as a plan writes it.
    func distorted(by plan: DistortionPlan) throws -> SampleSet {
        var rows = Array(0..<count)
        if let counts = plan.counts {
            rows = rows.flatMap { [Int](repeating: $0, count: counts[rowNumbers[$0]] ?? 0) }
        }
        return try picking(rows).without(plan.removed).changed(by: plan.distorter)
    }
}
