internal import CordonTensor

/// Ways to take a backdoor out of a model.
public enum RepairMethod: String, Sendable, CaseIterable {
    /// Reconstructed triggers are unlearned, found anew as the model changes.
    case unlearning
    /// Channels that clean rows do not use are removed, then the rest is trained.
    case finePruning = "fine-pruning"
    /// Channels that a small change of their weights turns against the model are removed.
    case adversarialNeuronPruning = "anp"
    /// The worst change that is the same for all rows is unlearned, with its own reaction in view.
    case implicitUnlearning = "i-bau"
    /// Training towards flat minima.
    case sharpnessAware = "sam"
    /// The task is forgotten with wrong labels, and learned again from clean rows.
    case selectiveAmnesia = "amnesia"
    /// A student learns from a model that was trained on clean rows where that one looks.
    case distillation
}

/// One way to repair, as it is run.
protocol RepairStrategy: Sendable {
    /// Gives a repaired classifier; the one that is given stays.
    func run(_ classifier: Classifier, _ task: RepairTask) throws -> Classifier
}

/// What repairs work with.
struct RepairTask: Sendable {
    /// Clean rows with their labels.
    let samples: SampleRows
    /// Classes that a backdoor may lead to; empty where none stands out.
    let targets: [Int]
    /// The smallest triggers that are no natural ones.
    let triggers: [ReconstructedTrigger]
    /// What triggers of each target would need by nature.
    let naturalSizes: [ReconstructedTrigger.Kind: [Int: Double]]
    /// Deviations of the logarithm of sizes.
    let deviations: [ReconstructedTrigger.Kind: Double]
    let seed: UInt64
    let isCancelled: @Sendable () -> Bool

    /// - Parameter measured: triggers of all classes; those of the targets that are no natural ones are kept.
    init(
        of samples: SampleRows, _ targets: [Int], _ measured: [ModelInspection.Measured], seed: UInt64,
        isCancelled: @escaping @Sendable () -> Bool
    ) {
        (self.samples, self.targets, self.seed, self.isCancelled) = (samples, targets, seed, isCancelled)
        triggers = measured.filter { targets.contains($0.trigger.target) && $0.score >= ModelInspection.strange }
            .map(\.trigger)
        var natural: [ReconstructedTrigger.Kind: [Int: Double]] = [:]
        for one in measured { natural[one.trigger.kind, default: [:]][one.trigger.target] = one.natural }
        naturalSizes = natural
        deviations = Dictionary(measured.map { ($0.trigger.kind, $0.deviation) }) { first, _ in first }
    }

    func stopIfCancelled() throws {
        if isCancelled() { throw TensorFailure(.cancelled, "cancelled") }
    }
}

/// Trains the weights of a classifier on clean rows, with something of one's own in the loss.
struct CleanTraining {
    var steps = 200
    var rate = 1e-3
    var optimizer = OptimizerKind.adam()
    var weightDecay = 0.0

    /// - Parameter loss: of the scores of a batch, its rows, its classes and the weights.
    func run(
        _ classifier: Classifier, _ task: RepairTask,
        _ loss: (_ logits: Tensor, _ rows: Tensor, _ labels: Tensor, _ weights: [String: Tensor]) throws -> Tensor
    ) throws -> Classifier {
        let descent = try WeightDescent(classifier, optimizer: optimizer, weightDecay: weightDecay)
        var batches = CleanBatches(task.samples, classifier, seed: task.seed)
        for step in 0..<steps {
            try task.stopIfCancelled()
            let (rows, labels) = try batches.next()
            let goal = try Tensor.classes(labels)
            try descent.step(rate: rate * (1 - 0.9 * Double(step) / Double(steps))) { weights in
                try loss(classifier.logits(rows, weights: weights), rows, goal, weights)
            }
        }
        return try descent.changed()
    }

    /// Plain training: cross entropy, beside what a teacher says where there is one.
    func run(_ classifier: Classifier, _ task: RepairTask, teacher: Classifier? = nil) throws -> Classifier {
        try run(classifier, task) { logits, rows, labels, _ in
            let own = try logits.crossEntropies(labels).mean([0])
            guard let teacher else { return own }
            let said = try teacher.logits(rows).detached()
            return try own * 0.1 + logits.divergence(from: said, temperature: 2)
        }
    }
}
