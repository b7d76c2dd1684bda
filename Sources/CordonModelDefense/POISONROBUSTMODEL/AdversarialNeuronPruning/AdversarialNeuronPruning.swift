internal import CordonTensor

/// Removes channels that a small change of their weights turns against the model.
///
/// Every channel of every layer has a factor. One player changes all factors by up to `reach` so that clean rows are
/// misread; the other lowers factors so that this hurts least while clean rows are still read well. Channels whose factor falls
/// below the threshold go; a short training follows. Source: Wu and Wang 2021, "Adversarial Neuron Pruning", equations 4 to 6.
struct AdversarialNeuronPruning: RepairStrategy {
    private static let (reach, balance) = (0.4, 0.2)
    private static let (steps, rate) = (150, 0.1)
    private static let threshold = 0.2

    func run(_ classifier: Classifier, _ task: RepairTask) throws -> Classifier {
        let names = classifier.graph.channelWeights
        guard names.count > 1 else {
            throw TensorFailure(.unsupported, "a model of one layer has no channels to prune")
        }
        // The last layer's channels are the classes.
        let layers = Array(names.dropLast())
        let weights = try layers.map { try classifier.graph.weight($0.name).cast(to: .float32) }
        func shape(_ place: Int) -> [Int] {
            var shape = [Int](repeating: 1, count: weights[place].rank)
            shape[layers[place].axis] = weights[place].shape[layers[place].axis]
            return shape
        }
        let masks = try Descent(
            layers.indices.map { try .filled(shape($0), 1) }, optimizer: .sgd(momentum: 0.9))
        var batches = CleanBatches(task.samples, classifier, seed: task.seed)
        func scaled(_ factors: [Tensor]) throws -> [String: Tensor] {
            Dictionary(
                uniqueKeysWithValues: try layers.indices.map { (layers[$0].name, try weights[$0] * factors[$0]) })
        }
        for _ in 0..<Self.steps {
            try task.stopIfCancelled()
            let (rows, labels) = try batches.next()
            let goal = try Tensor.classes(labels)
            func loss(_ factors: [Tensor]) throws -> Tensor {
                try classifier.logits(rows, weights: scaled(factors)).crossEntropies(goal).mean([0])
            }
            // One step of the first player is as long as it may be (sign of the gradient).
            let still = try masks.values()
            let (_, uphill) = try Tensor.gradients(still, of: loss)
            let moves = try uphill.map { try $0.signs() * Self.reach }
            try masks.step(rate: Self.rate) { factors in
                let worst = try loss(zip(factors, moves).map { try $0 + $1 })
                return try loss(factors) * Self.balance + worst * (1 - Self.balance)
            }
            for place in layers.indices { try masks.clamp(place, 0, 1) }
        }
        var graph = classifier.graph
        for (place, factors) in try masks.values().enumerated() {
            let kept = try factors.floats().map { Double($0) < Self.threshold ? Float(0) : 1 }
            // A layer without channels is no layer.
            guard kept.contains(1) else { continue }
            try graph.setWeight(layers[place].name, weights[place] * Tensor(kept, shape: shape(place)))
        }
        return try CleanTraining(steps: 100, rate: 5e-4).run(classifier.replacing(graph), task)
    }
}
