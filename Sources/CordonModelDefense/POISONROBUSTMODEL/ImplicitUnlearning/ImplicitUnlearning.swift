internal import CordonTensor

/// Unlearns the worst change that is the same for all rows, with the change's own reaction in view.
///
/// The inner player looks for one perturbation that makes clean rows be misread; the outer one changes weights so that it does
/// not help. The outer gradient has a second part: how the perturbation would move with the weights, solved for by a
/// fixed-point iteration. Source: Zeng and others 2022, "Adversarial Unlearning of Backdoors via Implicit Hypergradient",
/// algorithm 1. Products with second derivatives are differences of gradients.
struct ImplicitUnlearning: RepairStrategy {
    private static let (rounds, innerSteps, fixedPoints) = (60, 5, 3)
    private static let (innerRate, rate) = (0.03, 5e-4)
    private static let step = 1e-2

    func run(_ classifier: Classifier, _ task: RepairTask) throws -> Classifier {
        let descent = try WeightDescent(classifier)
        var batches = CleanBatches(task.samples, classifier, seed: task.seed)
        let range = try classifier.high - classifier.low
        for _ in 0..<Self.rounds {
            try task.stopIfCancelled()
            let (rows, labels) = try batches.next()
            let goal = try Tensor.classes(labels)
            /// Loss of rows with the perturbation; the size is held down as in the published code.
            func loss(_ change: Tensor, _ weights: [String: Tensor]) throws -> Tensor {
                let turned = try (rows + change * range).limited(classifier.low, classifier.high)
                return try classifier.logits(turned, weights: weights).crossEntropies(goal).mean([0])
            }
            let still = try descent.weights.mapValues { try $0.detached() }
            let inner = try Descent([.filled([1] + classifier.shape, 0)], optimizer: .adam())
            for _ in 0..<Self.innerSteps {
                try inner.step(rate: Self.innerRate) { change in
                    try loss(change[0], still) * -1 + (change[0] * change[0]).mean(Array(0..<change[0].rank))
                }
            }
            let change = try inner.values()[0]
            let reaction = try reaction(change, still, loss)
            let length = max(1e-12, try (reaction * reaction).total().doubles()[0].squareRoot())
            let ahead = try change + reaction * (Self.step / length)
            let behind = try change - reaction * (Self.step / length)
            try descent.step(rate: Self.rate) { weights in
                let clean = try classifier.logits(rows, weights: weights).crossEntropies(goal).mean([0])
                // The difference of the loss along the reaction has the mixed derivative as its gradient.
                let mixed = try (loss(ahead, weights) - loss(behind, weights)) * (length / (2 * Self.step))
                return try clean + loss(change, weights) + mixed * Self.innerRate
            }
        }
        return try descent.changed()
    }

    /// How the perturbation moves with the weights: a few terms of the series that solves for its fixed point.
    private func reaction(
        _ change: Tensor, _ weights: [String: Tensor], _ loss: (Tensor, [String: Tensor]) throws -> Tensor
    ) throws -> Tensor {
        func gradient(_ place: Tensor) throws -> Tensor {
            try Tensor.gradients([place]) { try loss($0[0], weights) }.gradients[0]
        }
        let own = try gradient(change)
        var solution = own
        for _ in 0..<Self.fixedPoints {
            let length = max(1e-12, try (solution * solution).total().doubles()[0].squareRoot())
            let unit = try solution * (Self.step / length)
            let curved = try (gradient(change + unit) - gradient(change - unit)) * (length / (2 * Self.step))
            solution = try own + solution + curved * Self.innerRate
        }
        return solution
    }
}
