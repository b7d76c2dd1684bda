internal import CordonTensor

/// A student learns to look where a teacher looks that was trained on clean rows.
///
/// The teacher is the model after plain training on clean rows; the student is the model itself. Where convolutions look is the
/// sum of the squares of their channels, as a direction. Source: Li and others 2021, "Neural Attention Distillation",
/// equations 2 to 4.
struct AttentionDistillation: RepairStrategy {
    private static let weight = 50.0

    func run(_ classifier: Classifier, _ task: RepairTask) throws -> Classifier {
        let teacher = try CleanTraining(steps: 150, rate: 2e-3, weightDecay: 1e-4).run(classifier, task)
        let layers = Array(classifier.graph.values(of: ["Conv"]).suffix(3))
        return try CleanTraining(steps: 200, rate: 2e-3).run(classifier, task) { logits, rows, labels, weights in
            var loss = try logits.crossEntropies(labels).mean([0])
            guard !layers.isEmpty else { return loss }
            let own = try classifier.values(rows, layers, weights: weights)
            let other = try teacher.values(rows, layers)
            for (a, b) in zip(own, other) {
                let gap = try Self.attention(a) - Self.attention(b.detached())
                loss = try loss + (gap * gap).sum([1]).mean([0]) * Self.weight
            }
            return loss
        }
    }

    /// `[rows, places]`, each row of length 1.
    private static func attention(_ values: Tensor) throws -> Tensor {
        let map = try (values * values).mean([1])
        let flat = try map.reshaped([map.shape[0], map.count / max(1, map.shape[0])])
        return try flat / ((flat * flat).sum([1], keep: true) + 1e-12).squareRoots()
    }
}
