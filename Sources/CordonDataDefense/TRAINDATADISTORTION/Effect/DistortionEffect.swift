public import CordonData

/// What treatments of training data do to attacks that were planted for the purpose, and what they cost.
public struct EffectReport: Sendable {
    /// One treatment.
    public struct Trial: Sendable {
        /// What was done; "as it is" for nothing.
        public let name: String
        /// Share of rows without trigger that get their class.
        public let accuracy: Double
        /// Share of rows of other classes that each trigger leads to the target, beyond those that go there without it; in the order
        /// of ``EffectReport/canaries``.
        public let success: [Double]
        /// Rows that were trained on.
        public let rows: Int
        /// Share of them that carries a trigger.
        public let poisonShare: Double
        /// Why it could not be tried; `nil` where it was.
        public let failure: String?
    }
    /// Names of the triggers.
    public let canaries: [String]
    /// The class that they lead to.
    public let target: String
    /// Share of the rows to train on that carried a trigger before any treatment.
    public let poisonShare: Double
    /// How often each was trained.
    public let seeds: Int
    /// What was tried, nothing first.
    public let trials: [Trial]

    init(
        _ experiment: CanaryExperiment, _ set: SampleSet, poisonShare: Double, seeds: Int,
        _ found: [CanaryExperiment.Outcome]
    ) {
        let names = experiment.canaries.map(\.name)
        canaries = names
        target = set.classes.indices.contains(experiment.target) ? set.classes[experiment.target] : ""
        (self.poisonShare, self.seeds) = (poisonShare, seeds)
        trials = found.map { outcome in
            Trial(
                name: outcome.name, accuracy: outcome.accuracy, success: names.map { outcome.success[$0] ?? 0 },
                rows: outcome.rows, poisonShare: outcome.poisonShare, failure: outcome.failure)
        }
    }
}

/// Measures distortions: canary triggers are planted in a part of the rows, a small model is trained with and without each
/// distortion, and the rest of the rows says what it costs and what is left of the attack.
///
/// - Note: Canaries are simple triggers and the model is small: what works here may not work against another attack, and an attacker who
///   knows the distortion can plant a trigger that survives it.
public struct DistortionEffect: Sendable {
    /// Share of rows that carry a canary, from 0.001 to 0.5.
    public var poisonShare = 0.05
    /// How often everything is trained, at least 1.
    public var seeds = 2
    /// Start of everything that is drawn.
    public var seed: UInt64 = 0
    /// Asked between steps.
    public var isCancelled: @Sendable () -> Bool = { false }

    /// An experiment with the standard settings.
    public init() {}

    /// What is tried where nothing is named: every method that fits, by itself, with its usual amount.
    public static func usual(for dataset: Dataset) throws -> [[Distortion]] {
        let kind = try DataKind(dataset)
        return try Distortion.Method.allCases.filter { $0.kinds.contains(kind) }.map { [try Distortion($0)] }
    }

    /// - Parameter distortions: what is tried; each is some steps that are done together.
    /// - Throws: ``DataCheckFailure`` where rows have no classes or are too few.
    /// - Complexity: a training of a small model for each distortion, canary and seed.
    public func run(
        _ dataset: Dataset, _ distortions: [[Distortion]], progress: (_ step: String, _ done: Int, _ of: Int) -> Void
    ) throws -> EffectReport {
        var loader = SampleLoader(dataset, isCancelled: isCancelled)
        let set = try loader.load()
        let experiment = try CanaryExperiment(
            set, poisonShare: poisonShare, seeds: seeds, seed: seed, isCancelled: isCancelled)
        let plain = CanaryExperiment.Treatment(name: "as it is") { ($0, $1.count) }
        let treatments = try distortions.map { steps in
            var distortion = try DataDistortion(steps)
            (distortion.seed, distortion.isCancelled) = (seed, isCancelled)
            let own = distortion
            return CanaryExperiment.Treatment(name: steps.map(\.description).joined(separator: " ")) { set, planted in
                // Its own numbers: rows of the part, not of the dataset.
                let numbered = set.numbered()
                let plan = try DistortionPlan(own, numbered, path: dataset.path)
                let made = try numbered.distorted(by: plan)
                return (made, made.rowNumbers.count { planted.contains($0) })
            }
        }
        let found = try experiment.run([plain] + treatments, progress)
        return EffectReport(experiment, set, poisonShare: poisonShare, seeds: seeds, found)
    }
}

extension SampleSet {
    /// The set with its rows numbered from 0.
    func numbered() -> SampleSet {
        SampleSet(
            content: content, grouping: grouping, targets: targets, sources: nil, splits: nil, ids: nil,
            rowNumbers: Array(0..<count), leftOut: leftOut)
    }
}
