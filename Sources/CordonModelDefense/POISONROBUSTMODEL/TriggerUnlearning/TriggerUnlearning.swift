internal import CordonCore
internal import CordonTensor

/// Teaches a model that rows with triggers are what they are without, while it keeps what it says of clean rows.
///
/// The smallest triggers of the suspect targets are unlearned; then triggers are looked for again, until those that are left
/// are as large as natural ones. Sources: unlearning of a reconstructed trigger, Wang and others 2019 ("Neural Cleanse"); two
/// players in turn as in Zeng and others 2022 ("I-BAU"); the teacher that keeps the accuracy, Hinton and others 2015.
///
/// - Note: Takes out what a family of triggers can imitate, and nothing else.
struct TriggerUnlearning: RepairStrategy {
    private static let rounds = 4
    private static let steps = 200
    private static let rate = 3e-3
    private static let rowsPerTarget = 24

    func run(_ classifier: Classifier, _ task: RepairTask) throws -> Classifier {
        var current = classifier
        var triggers = task.triggers
        var batches = CleanBatches(task.samples, classifier, seed: task.seed)
        for round in 1...Self.rounds where !triggers.isEmpty {
            current = try unlearn(triggers, current, classifier, &batches, task)
            guard round < Self.rounds else { break }
            triggers = []
            let said = try current.predictions(task.samples.rows)
            for kind in ModelInspection.families(classifier) {
                var search = TriggerReconstruction(
                    family: ReconstructedTrigger.family(kind), isCancelled: task.isCancelled)
                search.rowsPerTarget = Self.rowsPerTarget
                let found = try search.run(
                    current, targets: task.targets, rows: task.samples.rows, classes: said,
                    seed: task.seed &+ UInt64(round))
                triggers += found.triggers.filter { trigger in
                    let natural = task.naturalSizes[kind]?[trigger.target] ?? 0
                    let deviation = task.deviations[kind] ?? 1
                    return ModelInspection.score(trigger.size, natural, deviation) >= ModelInspection.strange
                }
            }
        }
        return current
    }

    /// Rows bent by a random field that is about as strong as a trigger: the attacker's is one of many that are alike.
    private func alike(
        _ trigger: ReconstructedTrigger, _ rows: Tensor, _ classifier: Classifier, _ random: inout SplitMix
    ) throws -> Tensor {
        let nodes = Int.random(in: 3...6, using: &random)
        let strength = trigger.size * Double.random(in: 0.7...1.6, using: &random)
        let field = try Tensor.normal([1, 2, nodes, nodes], Generator(seed: random.next()), deviation: strength)
        return try BendingTriggers().applied([field], to: rows.unsqueezed(0), classifier).reshaped(rows.shape)
    }

    private func unlearn(
        _ triggers: [ReconstructedTrigger], _ current: Classifier, _ teacher: Classifier,
        _ batches: inout CleanBatches, _ task: RepairTask
    ) throws -> Classifier {
        let descent = try WeightDescent(current)
        var random = SplitMix(state: task.seed &+ 7)
        for step in 0..<Self.steps {
            try task.stopIfCancelled()
            let (rows, labels) = try batches.next()
            let (said, goal) = (try teacher.logits(rows).detached(), try Tensor.classes(labels))
            let trigger = triggers[step % triggers.count]
            let isRandom = trigger.kind == .bending && random.next() % 2 == 0
            let turned =
                try isRandom
                ? alike(trigger, rows, current, &random) : trigger.applied(to: rows, current)
            try descent.step(rate: Self.rate * (1 - 0.7 * Double(step) / Double(Self.steps))) { weights in
                let own = try current.logits(rows, weights: weights)
                let other = try current.logits(turned, weights: weights)
                return try own.divergence(from: said, temperature: 2) + own.crossEntropies(goal).mean([0]) * 0.1
                    + other.divergence(from: said, temperature: 1)
            }
        }
        return try descent.changed()
    }
}
