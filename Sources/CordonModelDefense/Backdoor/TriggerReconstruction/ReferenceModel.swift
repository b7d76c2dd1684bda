internal import CordonCore
internal import CordonTensor

/// A small model of the clean rows alone: how large a trigger each class needs where nothing was planted.
///
/// Classes differ by nature: a bag is anything with a handle, and little turns a shirt into a coat. What a model that never
/// saw the attacker's data needs tells the two apart.
struct ReferenceModel {
    let classifier: Classifier

    private static let epochs = 12
    private static let fewestPerClass = 5

    /// - Returns: `nil` where rows are too few to learn from.
    init?(
        of samples: SampleRows, _ original: Classifier, seed: UInt64, isCancelled: @escaping @Sendable () -> Bool
    ) throws {
        guard samples.count >= Self.fewestPerClass * original.classes else { return nil }
        let shape = original.shape
        let graph = try Self.graph(shape, original.classes, seed)
        let start = try original.replacing(graph: graph)
        let descent = try WeightDescent(start, weightDecay: 1e-3)
        var batches = CleanBatches(samples, original, batchRows: 32, seed: seed)
        let steps = Self.epochs * samples.count / 32
        for step in 0..<steps {
            if isCancelled() { throw TensorFailure(.cancelled, "cancelled") }
            let (rows, labels) = try batches.next()
            let goal = try Tensor.classes(labels)
            try descent.step(rate: 3e-3 * (1 - Double(step) / Double(steps)) + 1e-5) { weights in
                try start.logits(rows, weights: weights).crossEntropies(goal).mean([0])
            }
        }
        classifier = try descent.changed()
    }

    private static func graph(_ shape: [Int], _ classes: Int, _ seed: UInt64) throws -> Graph {
        var builder = GraphBuilder(input: shape, seed: seed)
        if shape.count == 3, shape[1] >= 8, shape[2] >= 8 {
            for size in [8, 16] {
                builder.convolution(size)
                builder.relu()
                builder.maxPool()
            }
        }
        builder.dense(64)
        builder.relu()
        builder.dense(classes)
        return try builder.finish()
    }
}
