internal import CordonTensor

/// Removes channels of the last convolution that clean rows do not use, then trains the rest on clean rows.
///
/// A backdoor lives in neurons that are silent on clean rows. They are removed from the most silent on, until the accuracy falls
/// by more than is allowed. Source: Liu, Dolan-Gavitt and Garg 2018, "Fine-Pruning", section 3.
///
/// - Note: Backdoors that share their neurons with the task stay (the paper's "pruning-aware attack").
struct FinePruning: RepairStrategy {
    /// Accuracy that pruning may cost before training.
    private static let allowedLoss = 0.04
    private static let steps = 150

    func run(_ classifier: Classifier, _ task: RepairTask) throws -> Classifier {
        let pruned = try prune(classifier, task)
        return try CleanTraining(steps: Self.steps, rate: 1e-3).run(pruned, task)
    }

    /// The classifier without channels that are not needed.
    func prune(_ classifier: Classifier, _ task: RepairTask) throws -> Classifier {
        let layers = classifier.graph.weightedLayers.map(\.output)
        // The last convolution; the last hidden product where there is none.
        let convolutions = Set(classifier.graph.values(of: ["Conv"]))
        guard let layer = layers.last(where: convolutions.contains) ?? layers.dropLast().last else {
            throw TensorFailure(.unsupported, "a model of one layer has no channels to prune")
        }
        let values = try classifier.values(task.samples.rows, [layer])[0].clamped(0, nil)
        let axes = (0..<values.rank).filter { $0 != 1 }
        let activity = try values.mean(axes).doubles()
        let order = activity.indices.sorted { (activity[$0], $0) < (activity[$1], $1) }
        let before = try classifier.accuracy(on: task.samples)
        var (best, low, high) = (classifier, 0, order.count - 1)
        // The accuracy falls with the number of channels: the greatest number that is allowed is found by halving.
        while low < high {
            let middle = (low + high + 1) / 2
            var graph = classifier.graph
            try graph.maskChannels(of: layer, Array(order.prefix(middle)))
            let candidate = classifier.replacing(graph)
            if try candidate.accuracy(on: task.samples) >= before - Self.allowedLoss {
                (best, low) = (candidate, middle)
            } else {
                high = middle - 1
            }
        }
        return best
    }
}
