internal import CordonCore
public import CordonData
public import CordonTensor

/// Takes backdoors out of a model: OWASP AI Exchange, POISONROBUSTMODEL.
///
/// The model is inspected, repaired by one method or by several, and what is left of the backdoor is measured on rows that no
/// repair saw: with the triggers that were reconstructed, and with a battery of known ones. The model that is given stays as it is.
///
/// - Note: What is measured are reconstructed and known triggers, not the attacker's own. Backdoors that the inspection does not
///   see are reached only by methods that need no target.
public struct ModelRepair: Sendable {
    /// The method; `nil` tries them and keeps the best.
    public var method: RepairMethod?
    /// Accuracy that a repair may cost, as a share of all rows.
    public var allowedLoss = 0.02
    /// Start of everything that is drawn.
    public var seed: UInt64 = 0
    /// Asked between steps.
    public var isCancelled: @Sendable () -> Bool = { false }

    /// A repair with the standard settings.
    public init() {}

    /// What one method reached.
    public struct Trial: Sendable {
        /// The method.
        public let method: RepairMethod
        /// Share of the rows kept aside that get their label.
        public let accuracy: Double
        /// What is left of the attack: the greatest share of rows of other classes that a trigger leads to a target.
        public let residual: Double
        /// Why the method could not be run; `nil` where it was.
        public let failure: String?
    }
    /// What came of a repair.
    public struct Outcome: Sendable {
        /// The model to use; `nil` where no method was good enough.
        public let graph: Graph?
        /// The verdict on the model that was given.
        public let before: ModelVerdict
        /// Accuracy and success of reconstructed triggers before, on the rows kept aside.
        public let accuracy: Double, success: Double
        /// All methods that were tried, in order.
        public let trials: [Trial]
        /// The method that was kept.
        public let kept: RepairMethod?
        /// Rows that repairs used, and those kept aside.
        public let rows: Int, asked: Int
    }

    /// Below this no other method is tried.
    private static let enough = 0.1
    /// The most that the few rows kept aside are allowed to be wrong about the accuracy.
    private static let mostDoubt = 0.02
    /// Share of the rows that are kept aside.
    private static let askedShare = 5
    private static let fewestRows = 50

    /// Repairs a model.
    ///
    /// - Parameters:
    ///   - graph: an ONNX classifier.
    ///   - dataset: clean rows with labels, a few hundred.
    ///   - options: how pictures become numbers and which columns feed the input.
    /// - Throws: where the model is no classifier with weights, rows have no labels, do not fit or are too few.
    public func run(
        _ graph: Graph, _ dataset: Dataset, options: BatchInference.Options = BatchInference.Options(),
        progress: (ModelInspection.Progress) -> Void = { _ in }
    ) throws -> Outcome {
        let (classifier, found) = try Classifier.open(graph, dataset, options: options, seed: seed)
        guard let samples = found, samples.isLabelled else {
            throw DatasetFailure(
                .argument, "\(dataset.path): rows without labels; name their column with --label to repair a model")
        }
        guard samples.count >= Self.fewestRows else {
            throw DatasetFailure(
                .argument,
                "\(dataset.path): \(samples.count) rows are too few to repair with; \(Self.fewestRows) are wanted")
        }
        var random = SplitMix(state: seed &+ 17)
        let order = Array(0..<samples.count).shuffled(using: &random)
        let asked = try samples.picking(order.prefix(samples.count / Self.askedShare).sorted())
        let own = try samples.picking(order.dropFirst(samples.count / Self.askedShare).sorted())
        var inspection = ModelInspection()
        (inspection.seed, inspection.isCancelled, inspection.illustrates) = (seed, isCancelled, true)
        var verdict = ModelVerdict()
        let triggers = try inspection.inspect(classifier, own, &verdict, progress)
        let targets = verdict.targets.map(\.index)
        let task = RepairTask(of: own, targets, triggers, seed: seed, isCancelled: isCancelled)
        let battery = try AttackBattery(classifier, seed: seed)
        func residual(_ candidate: Classifier) throws -> Double {
            let all = targets.isEmpty ? Array(0..<classifier.classes) : targets
            return try task.triggers.reduce(battery.success(candidate, asked, targets: all).share) {
                max($0, try Self.success(of: $1, candidate, asked))
            }
        }
        let before = (accuracy: try classifier.accuracy(on: asked), success: try residual(classifier))
        var (trials, best): ([Trial], (graph: Graph, trial: Trial)?) = ([], nil)
        let methods = method.map { [$0] } ?? RepairMethod.allCases
        for (place, method) in methods.enumerated() {
            progress(ModelInspection.Progress(step: method.rawValue, done: place, total: methods.count))
            do {
                let repaired = try Self.strategy(method).run(classifier, task)
                let trial = Trial(
                    method: method, accuracy: try repaired.accuracy(on: asked), residual: try residual(repaired),
                    failure: nil)
                trials.append(trial)
                let isFine =
                    try before.accuracy - trial.accuracy <= allowedLoss + Self.doubt(classifier, repaired, asked)
                if isFine, trial.residual < (best?.trial.residual ?? .infinity) { best = (repaired.graph, trial) }
                if isFine, trial.residual <= Self.enough { break }
            } catch let failure as TensorFailure where failure.code != .cancelled {
                trials.append(Trial(method: method, accuracy: 0, residual: 1, failure: failure.message))
            }
        }
        return Outcome(
            graph: best?.graph, before: verdict, accuracy: before.accuracy, success: before.success, trials: trials,
            kept: best?.trial.method, rows: own.count, asked: asked.count)
    }

    /// Share of rows of other classes that a trigger leads to its target, those that go there without it included.
    private static func success(
        of trigger: ReconstructedTrigger, _ classifier: Classifier, _ samples: SampleRows
    ) throws -> Double {
        let others = samples.labels.indices.filter { samples.labels[$0] != trigger.target }
        guard !others.isEmpty else { return 0 }
        let rows = try samples.rows.picked(0, Array(others))
        let said = try classifier.predictions(trigger.applied(to: rows, classifier))
        return Double(said.count { $0 == trigger.target }) / Double(others.count)
    }

    /// Deviation of the difference of two models' accuracies, from the rows that one of them alone gets right.
    private static func doubt(_ before: Classifier, _ after: Classifier, _ samples: SampleRows) throws -> Double {
        let said = zip(try before.predictions(samples.rows), try after.predictions(samples.rows))
        let different = zip(said, samples.labels).count { ($0.0 == $1) != ($0.1 == $1) }
        return min(mostDoubt, Double(max(1, different)).squareRoot() / Double(samples.count))
    }

    static func strategy(_ method: RepairMethod) -> any RepairStrategy {
        switch method {
        case .unlearning: TriggerUnlearning()
        case .finePruning: FinePruning()
        case .adversarialNeuronPruning: AdversarialNeuronPruning()
        case .implicitUnlearning: ImplicitUnlearning()
        case .sharpnessAware: SharpnessAwareTuning()
        case .selectiveAmnesia: SelectiveAmnesia()
        case .distillation: AttentionDistillation()
        }
    }
}
