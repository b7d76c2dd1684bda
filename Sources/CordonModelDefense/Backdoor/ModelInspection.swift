internal import CordonCore
public import CordonData
public import CordonTensor
internal import Glibc

/// Looks for backdoors in a model that tells classes apart: OWASP AI Exchange, threats "data poisoning", "development-time model
/// poisoning" and "transfer learning attack".
///
/// The file is looked at without running it; then the model is asked how small a trigger each class needs, in three families
/// (``ReconstructedTrigger/Kind``), and a small model of the clean rows says what is natural for each class. A class that needs
/// far less than it would by nature was made the target of a backdoor.
///
/// - Note: Finds triggers that are the same for all rows. Misses triggers that differ from row to row, those that act for rows
///   of one class only, and backdoors that do not change the class. Sizes vary: see the limits in docs/poisonrobustmodel.md.
public struct ModelInspection: Sendable {
    /// Start of everything that is drawn.
    public var seed: UInt64 = 0
    /// Pictures of triggers, for reports.
    public var illustrates = true
    /// Asked between steps.
    public var isCancelled: @Sendable () -> Bool = { false }

    /// An inspection with the standard settings.
    public init() {}

    /// Deviations of the logarithm of sizes beside the reference's among classes of clean models, by family; measured on
    /// the clean models of the tuning half (Benchmarks/modeldefense).
    static let deviations: [ReconstructedTrigger.Kind: Double] = [.covering: 0.37, .added: 0.28, .bending: 0.48]
    /// Rows of numbers vary more between classes than pictures do.
    private static let numbersFactor = 1.5
    /// Multiplications of one row for each class: beyond it a search takes hours.
    private static let mostWork = 2e10
    /// With fewer classes none can stand out.
    static let fewestClasses = 5
    /// Deviation of the logarithm of margins among classes of clean models of the tuning half.
    private static let marginDeviation = 0.42
    /// How much of what the reference says about classes is taken off.
    private static let referenceShare = 0.7
    /// Scores from which on a class is called suspect, and a model backdoored.
    static let (suspect, backdoored) = (3.5, 4.2)
    /// Scores from which on a trigger of a class that stands out is no natural one.
    static let strange = 1.5
    /// Scores from which on margins make a class suspect, which are never enough for more than a suspicion.
    private static let suspectMargin = 4.0
    /// Multiplications that one step may take for a class, and rows between which it keeps.
    private static let (stepCost, rowLimits) = (3e7, 3...5)

    /// What is done now.
    public struct Progress: Sendable {
        /// In words.
        public let step: String
        /// Steps that are done, and all of them.
        public let done: Int, total: Int
    }

    /// Inspects a model.
    ///
    /// - Parameters:
    ///   - graph: the model.
    ///   - dataset: a few hundred clean rows; `nil` for none, which leaves the margins of classes to go by.
    ///   - options: how pictures become numbers and which columns feed the input.
    /// - Throws: ``DatasetFailure`` where the rows do not fit the model; ``TensorFailure/Code/cancelled``.
    /// - Complexity: about 20,000 runs of the model, forward and backward, whatever its size; fewer for large models.
    public func run(
        _ graph: Graph, _ dataset: Dataset?, options: BatchInference.Options = BatchInference.Options(),
        progress: (Progress) -> Void = { _ in }
    ) throws -> ModelVerdict {
        var verdict = ModelVerdict()
        let still = StaticInspection(graph)
        verdict.remarks = still.remarks
        verdict.notEvaluated = still.notEvaluated
        verdict.checks = ["graph and weights"]
        do {
            if let entry = TokenClassifier.entry(of: graph) {
                try inspect(graph, entry, dataset, options, &verdict, progress)
            } else {
                let (classifier, samples) = try Classifier.open(graph, dataset, options: options, seed: seed)
                try inspect(classifier, samples, &verdict, progress)
            }
        } catch let failure as TensorFailure where failure.code != .cancelled {
            verdict.notEvaluated.append(("behaviour", failure.message))
        }
        let worst = verdict.remarks.map(\.level).max() ?? .clean
        if worst > .clean { verdict.level = max(verdict.level, worst) }
        if worst == .suspect { verdict.confidence = max(verdict.confidence, 0.5) }
        if worst == .backdoored { verdict.confidence = max(verdict.confidence, 0.9) }
        return verdict
    }

    /// Behaviour of a classifier.
    ///
    /// - Returns: all triggers that were found, those of natural size as well.
    @discardableResult
    func inspect(
        _ classifier: Classifier, _ samples: SampleRows?, _ verdict: inout ModelVerdict,
        _ progress: (Progress) -> Void
    ) throws -> [Measured] {
        verdict.classes = classifier.classes
        guard let samples else {
            try inspectMargins(classifier, &verdict, progress)
            return []
        }
        verdict.rows = samples.count
        guard classifier.classes >= Self.fewestClasses else {
            verdict.notEvaluated.append(
                (
                    "triggers",
                    "\(classifier.classes) classes: with fewer than \(Self.fewestClasses) none can stand out from the others"
                ))
            return []
        }
        let cost = try classifier.multiplications
        guard cost * Double(classifier.classes) <= Self.mostWork else {
            verdict.notEvaluated.append(
                (
                    "triggers",
                    "\(classifier.classes) classes of a model with \(Int(min(cost, 1e15))) multiplications a row: the search would take hours and is not started"
                ))
            return []
        }
        let found = try measure(classifier, samples, &verdict, progress)
        var best = [Double](repeating: -.infinity, count: classifier.classes)
        for (_, own) in verdict.scores { for place in own.indices { best[place] = max(best[place], own[place]) } }
        let top = best.max() ?? 0
        verdict.level = Self.level(top)
        verdict.confidence = Self.confidence(top)
        verdict.targets = best.indices.filter { best[$0] >= Self.suspect }
            .map { ModelVerdict.Target(index: $0, level: Self.level(best[$0]), score: best[$0]) }
            .sorted { ($1.score, $0.index) < ($0.score, $1.index) }
        for target in verdict.targets {
            let own = found.filter { $0.trigger.target == target.index && $0.score >= Self.strange }
            for one in own.sorted(by: { $0.score > $1.score }) {
                verdict.triggers.append(try describe(one.trigger, natural: one.natural, classifier, samples))
            }
        }
        return found
    }

    static func level(_ score: Double) -> ModelVerdict.Level {
        score >= backdoored ? .backdoored : score >= suspect ? .suspect : .clean
    }

    /// A logistic curve that is a half at the border.
    static func confidence(_ score: Double) -> Double { 1 / (1 + exp(-2 * (score - suspect))) }

    /// Without rows there are only margins: enough for a suspicion, not for a verdict that the model is clean.
    private func inspectMargins(
        _ classifier: Classifier, _ verdict: inout ModelVerdict, _ progress: (Progress) -> Void
    ) throws {
        progress(Progress(step: "margins", done: 0, total: 1))
        let margins = try MaximumMargin(isCancelled: isCancelled).run(classifier, seed: seed).map { log(max($0, 1e-3)) }
        verdict.checks.append("margins")
        let scores = margins.map { ($0 - Self.median(margins)) / Self.marginDeviation }
        verdict.scores = [("margins", scores)]
        verdict.notEvaluated.append(
            ("triggers", "no clean rows: with --data and a few hundred of them triggers can be reconstructed"))
        verdict.targets = scores.indices.filter { scores[$0] >= Self.suspectMargin }
            .map { ModelVerdict.Target(index: $0, level: .suspect, score: scores[$0]) }
            .sorted { ($1.score, $0.index) < ($0.score, $1.index) }
        verdict.level = verdict.targets.isEmpty ? .notEvaluated : .suspect
        verdict.confidence = Self.confidence((scores.max() ?? 0) - Self.suspectMargin + Self.suspect)
    }

    /// A trigger with what is needed to judge it.
    struct Measured {
        let trigger: ReconstructedTrigger
        let score: Double
        /// What its class would need by nature.
        let natural: Double
        /// Deviation of the logarithm of sizes that the score was made with.
        let deviation: Double
    }

    /// Families that can change the rows of a classifier.
    static func families(_ classifier: Classifier) -> [ReconstructedTrigger.Kind] {
        ReconstructedTrigger.Kind.allCases.filter { $0 != .bending || classifier.isPicture }
    }

    /// Scores of all classes by family, and the triggers.
    private func measure(
        _ classifier: Classifier, _ samples: SampleRows, _ verdict: inout ModelVerdict,
        _ progress: (Progress) -> Void
    ) throws -> [Measured] {
        let families = Self.families(classifier)
        let total = 2 * families.count + 1
        progress(Progress(step: "learning what is natural", done: 0, total: total))
        let reference = try ReferenceModel(of: samples, classifier, seed: seed, isCancelled: isCancelled)
        if reference == nil {
            verdict.notEvaluated.append(
                (
                    "what is natural for a class",
                    "\(samples.count) rows are too few to learn it from; \(5 * classifier.classes) are enough"
                ))
        }
        let targets = Array(0..<classifier.classes)
        let said = try classifier.predictions(samples.rows)
        let saidByReference = try reference?.classifier.predictions(samples.rows)
        var measured: [Measured] = []
        for (place, kind) in families.enumerated() {
            progress(Progress(step: "\(kind.rawValue) triggers", done: 1 + 2 * place, total: total))
            var search = TriggerReconstruction(family: ReconstructedTrigger.family(kind), isCancelled: isCancelled)
            search.rowsPerTarget = min(
                Self.rowLimits.upperBound,
                max(Self.rowLimits.lowerBound, Int(Self.stepCost / (try classifier.multiplications))))
            let own = try search.run(classifier, targets: targets, rows: samples.rows, classes: said, seed: seed)
            progress(Progress(step: "natural \(kind.rawValue) triggers", done: 2 + 2 * place, total: total))
            var natural: [Double]?
            if let reference, let saidByReference {
                search.rowsPerTarget = Self.rowLimits.upperBound
                natural = try search.run(
                    reference.classifier, targets: targets, rows: samples.rows, classes: saidByReference, seed: seed
                ).sizes
            }
            let expected = Self.expected(own.sizes, natural)
            let deviation = Self.deviation(kind, own.sizes, expected, classifier)
            let scores = zip(own.sizes, expected).map { Self.score($0, $1, deviation) }
            verdict.scores.append((kind.rawValue, scores))
            verdict.checks.append("\(kind.rawValue) triggers")
            measured += own.triggers.map {
                Measured(
                    trigger: $0, score: scores[$0.target], natural: expected[$0.target], deviation: deviation)
            }
        }
        // What makes triggers of several kinds smaller makes a backdoor surer than one kind alone.
        func join(_ kinds: [ReconstructedTrigger.Kind]) {
            let own = kinds.compactMap { kind in verdict.scores.first { $0.measure == kind.rawValue }?.classes }
            guard own.count == kinds.count else { return }
            verdict.scores.append(
                (
                    kinds.map(\.rawValue).joined(separator: " and "),
                    targets.map { place in own.reduce(0) { $0 + $1[place] } / Double(own.count).squareRoot() }
                ))
        }
        join([.covering, .added])
        join([.covering, .added, .bending])
        return measured
    }

    /// The size that each class's trigger would have by nature: the median, moved as the reference says of the class.
    private static func expected(_ sizes: [Double], _ reference: [Double]?) -> [Double] {
        let shifts =
            reference.map { own in
                own.map { referenceShare * log(max($0, 1e-9) / max(median(own), 1e-9)) }
            } ?? [Double](repeating: 0, count: sizes.count)
        let middle = median(zip(sizes, shifts).map { log(max($0, 1e-9)) - $1 })
        return shifts.map { exp(middle + $0) }
    }

    /// How much smaller than by nature a trigger is, in deviations among classes of clean models.
    static func score(_ size: Double, _ natural: Double, _ deviation: Double) -> Double {
        log(max(natural, 1e-9) / max(size, 1e-9)) / deviation
    }

    /// How much classes differ: as in clean models, or as in this one where they differ more (median absolute deviation).
    private static func deviation(
        _ kind: ReconstructedTrigger.Kind, _ sizes: [Double], _ expected: [Double], _ classifier: Classifier
    ) -> Double {
        let usual = (deviations[kind] ?? 1) * (classifier.isPicture ? 1 : numbersFactor)
        let own = median(zip(sizes, expected).map { abs(log(max($0, 1e-9) / max($1, 1e-9))) })
        return max(usual, 1.4826 * own)
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    // MARK: For people

    private func describe(
        _ trigger: ReconstructedTrigger, natural: Double, _ classifier: Classifier, _ samples: SampleRows
    ) throws -> FoundTrigger {
        let shape = classifier.shape
        let text =
            switch trigger.kind {
            case .covering:
                "\(Self.number(trigger.size)) of \(classifier.isPicture ? shape[1] * shape[2] : shape[0]) \(classifier.isPicture ? "pixels" : "features") covered; \(Self.number(natural)) are natural"
            case .added:
                "\(Self.number(100 * trigger.size)) % of the range added to a value on average; \(Self.number(100 * natural)) % are natural"
            case .bending:
                "pixels moved by \(Self.number(100 * trigger.size / 2)) % of the picture on average; \(Self.number(100 * natural / 2)) % are natural"
            }
        return FoundTrigger(
            kind: FoundTrigger.Kind(trigger.kind), target: trigger.target, description: text, success: trigger.success,
            size: trigger.size, naturalSize: natural, tokens: [],
            picture: illustrates && classifier.isPicture ? try picture(trigger, classifier, samples) : nil)
    }

    static func number(_ value: Double) -> String { "\(Float((value * 10).rounded() / 10))" }

    /// The trigger on the first row that it turns.
    private func picture(
        _ trigger: ReconstructedTrigger, _ classifier: Classifier, _ samples: SampleRows
    ) throws -> FoundTrigger.Picture? {
        let others = samples.labels.indices.filter { samples.labels[$0] != trigger.target }.prefix(32)
        guard !others.isEmpty else { return nil }
        let rows = try samples.rows.picked(0, Array(others))
        let turned = try trigger.applied(to: rows, classifier)
        let place = try classifier.predictions(turned).firstIndex(of: trigger.target) ?? 0
        let (before, after) = (try rows.sliced(0, place, place + 1), try turned.sliced(0, place, place + 1))
        let range = try classifier.high - classifier.low
        func pixels(_ row: Tensor) throws -> [UInt8] {
            try row.reshaped(classifier.shape).permuted([1, 2, 0]).floats().map { UInt8(max(0, min(255, $0 * 255))) }
        }
        func share(_ row: Tensor) throws -> Tensor { try (row - classifier.low) / range }
        let change = try (share(after) - share(before)) * 0.5 + 0.5
        return FoundTrigger.Picture(
            height: classifier.shape[1], width: classifier.shape[2], channels: classifier.shape[0],
            trigger: try pixels(change), before: try pixels(share(before)), after: try pixels(share(after)))
    }
}
