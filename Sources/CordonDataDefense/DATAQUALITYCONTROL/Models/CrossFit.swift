internal import CordonCore

/// Probabilities of classes for every row from models that did not see it: models trained on random parts of a set, each
/// asked about the rows that it was not given.
///
/// The method that OWASP describes as training on random subsets and comparing the models per sample; with the folds of cross
/// validation every row is out of sample once in each repetition.
struct CrossFit {
    /// Mean over the models that did not see a row: `rows · classes`.
    let probabilities: [Float]
    /// Probability of a row's own label from models that saw it, less that from models that did not: how much it was learned
    /// by heart (Feldman and Zhang 2020).
    let memorised: [Float]
    let models: Int

    private static let folds = 3
    private static let repetitions = 3
    private static let block = 512

    /// - Throws: ``TensorFailure`` where training fails.
    init(_ context: CheckContext) throws {
        let (set, classes) = (context.set, context.set.classes.count)
        let proxy = try ProxyRows(set)
        var labels = set.labels
        for row in context.explained { labels[row] = -1 }
        let count = max(1, set.count)
        let repetitions = max(1, min(Self.repetitions, proxy.budget / (2 * count * proxy.mostEpochs)))
        let epochs = max(proxy.fewestEpochs, min(proxy.mostEpochs, proxy.budget / (2 * count * repetitions)))
        var random = SplitMix(state: context.seed &+ 11)
        var outside = [Float](repeating: 0, count: set.count * classes)
        var inside = [Float](repeating: 0, count: set.count)
        for repetition in 0..<repetitions {
            let fold = Self.folded(labels, classes, &random)
            for own in 0..<Self.folds {
                try context.stopIfCancelled()
                let seen = labels.indices.filter { labels[$0] >= 0 && fold[$0] != own }
                let seed = context.seed &+ UInt64(repetition * Self.folds + own)
                let model = try proxy.trained(
                    on: seen, labels, classes, epochs: epochs, seed: seed, context.isCancelled)
                for start in stride(from: 0, to: labels.count, by: Self.block) {
                    let block = Array(start..<min(labels.count, start + Self.block))
                    let shares = try model(block)
                    for (place, row) in block.enumerated() {
                        let at = place * classes
                        if fold[row] == own {
                            for label in 0..<classes { outside[row * classes + label] += shares[at + label] }
                        } else if labels[row] >= 0 {
                            inside[row] += shares[at + Int(labels[row])]
                        }
                    }
                }
            }
        }
        for place in outside.indices { outside[place] /= Float(repetitions) }
        probabilities = outside
        let seenBy = Float(repetitions * (Self.folds - 1))
        memorised = labels.indices.map { row in
            labels[row] < 0 ? 0 : inside[row] / seenBy - outside[row * classes + Int(labels[row])]
        }
        models = repetitions * Self.folds
    }

    /// The fold of every row; classes are spread evenly.
    private static func folded(_ labels: [Int32], _ classes: Int, _ random: inout SplitMix) -> [Int] {
        var fold = [Int](repeating: 0, count: labels.count)
        var order = Array(labels.indices)
        order.shuffle(using: &random)
        var next = [Int](repeating: 0, count: classes + 1)
        for row in order {
            let label = Int(labels[row]) + 1
            fold[row] = (next[label] + label) % folds
            next[label] += 1
        }
        return fold
    }
}
