internal import CordonCore
internal import CordonTensor

/// Teaches a model that rows with triggers are what they are without, while it keeps what it says of clean rows.
///
/// Two players in turn: a few triggers for each suspect target and family climb against the model as it is, no larger than a share
/// of what is natural for the class; the model learns to see through them, through those that the inspection reconstructed, and
/// through random ones of the known kinds. Sources: unlearning of a reconstructed trigger, Wang and others 2019 ("Neural
/// Cleanse"); two players, Zeng and others 2022 ("I-BAU"); the teacher that keeps the accuracy, Hinton and others 2015.
///
/// - Note: Takes out what the families of triggers can imitate, and nothing else.
/// - Complexity: 1,000 steps of 128 rows, forward and backward, and three of the adversary's with 32 rows each.
struct TriggerUnlearning: RepairStrategy {
    private static let steps = 1000
    private static let rate = 3e-3
    /// Adversaries for each target and family, steps they climb each time, and steps after which they begin anew.
    private static let (adversaries, climbs, life) = (3, 3, 60)
    /// Targets that are gone for where none stands out.
    private static let mostTargets = 10
    /// How large a planted trigger may be, as a share of what is natural.
    private static let shares: [ReconstructedTrigger.Kind: Double] = [.covering: 0.3, .added: 0.6, .bending: 0.4]
    /// Few of a row's numbers are covered by nature already.
    private static let shareOfFeatures = 0.6

    func run(_ classifier: Classifier, _ task: RepairTask) throws -> Classifier {
        var random = SplitMix(state: task.seed &+ 7)
        var batches = CleanBatches(task.samples, classifier, seed: task.seed)
        var triggers = try RandomTriggers(classifier, task.samples, seed: task.seed &+ 8)
        var adversaries = try adversaries(classifier, task, &random)
        let descent = try WeightDescent(classifier)
        for step in 0..<Self.steps {
            try task.stopIfCancelled()
            let (rows, labels) = try batches.next()
            let (said, goal) = (try classifier.logits(rows).detached(), try Tensor.classes(labels))
            let half = rows.shape[0] / 2
            let (first, second) = (try rows.sliced(0, 0, half), try rows.sliced(0, half, rows.shape[0]))
            var turned = try triggers.applied(to: first)
            if !task.triggers.isEmpty, step % 4 == 0 {
                turned = try task.triggers[step / 4 % task.triggers.count].applied(to: first, classifier)
            } else if !adversaries.isEmpty {
                let place = Int.random(in: 0..<adversaries.count, using: &random)
                let others = (0..<half).filter { labels[$0] != adversaries[place].target }
                if adversaries[place].age >= Self.life { try adversaries[place].restart() }
                if !others.isEmpty {
                    try adversaries[place].climb(
                        first.picked(0, others), weights: descent.weights,
                        steps: adversaries[place].age == 0 ? 10 * Self.climbs : Self.climbs)
                }
                if !adversaries[place].isTooLarge { turned = try adversaries[place].applied(to: first) }
            }
            let both = try Tensor.concatenated([turned, triggers.applied(to: second)], 0)
            try descent.step(rate: Self.rate * (1 - 0.98 * Double(step) / Double(Self.steps))) { weights in
                let own = try classifier.logits(rows, weights: weights)
                let other = try classifier.logits(both, weights: weights)
                return try own.divergence(from: said, temperature: 2) + own.crossEntropies(goal).mean([0]) * 2
                    + other.divergence(from: said, temperature: 1) * 2
            }
        }
        return try descent.changed()
    }

    private func adversaries(
        _ classifier: Classifier, _ task: RepairTask, _ random: inout SplitMix
    ) throws -> [TriggerAdversary] {
        let targets = task.targets.isEmpty ? Array(0..<classifier.classes) : task.targets
        let count = task.targets.isEmpty ? 1 : Self.adversaries
        return try targets.prefix(Self.mostTargets).flatMap { target in
            try ModelInspection.families(classifier).flatMap { kind -> [TriggerAdversary] in
                guard let natural = task.naturalSizes[kind]?[target], let share = Self.shares[kind] else { return [] }
                let own = kind == .covering && !classifier.isPicture ? Self.shareOfFeatures : share
                return try (0..<count).map { _ in
                    try TriggerAdversary(kind, target, limit: own * natural, classifier, seed: random.next())
                }
            }
        }
    }
}
