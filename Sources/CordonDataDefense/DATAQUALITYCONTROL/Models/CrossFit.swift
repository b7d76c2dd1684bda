internal import CordonCore

/// Probabilities of classes for every row from models that did not see it: models trained on random parts of a set, each
/// asked about the rows that it was not given.
///
/// The method that OWASP describes as training on random subsets and comparing the models per sample; with the folds of cross
/// validation every row is out of sample once in each repetition.
struct CrossFit {
    /// Mean over the models that did not see a row: `rows · classes`.
    let probabilities: [Float]
    let models: Int

    private static let folds = 3
    private static let repetitions = 3

    /// - Throws: ``TensorFailure`` where training fails.
    init(_ context: CheckContext) throws {
        let (set, classes) = (context.set, context.set.classes.count)
        let proxy = try ProxyRows(context)
        var labels = set.labels
        for row in context.explained { labels[row] = -1 }
        let count = max(1, set.count)
        let repetitions = max(1, min(Self.repetitions, proxy.budget / (2 * count * proxy.mostEpochs)))
        let epochs = max(proxy.fewestEpochs, min(proxy.mostEpochs, proxy.budget / (2 * count * repetitions)))
        // Large sets are cut in two, and a model sees no more rows than there is time for.
        let folds = 4 * count * epochs > 3 * proxy.budget ? 2 : Self.folds
        var random = SplitMix(state: context.seed &+ 11)
        var outside = [Float](repeating: 0, count: set.count * classes)
        for repetition in 0..<repetitions {
            let fold = Self.folded(labels, classes, folds, &random)
            for own in 0..<folds {
                try context.stopIfCancelled()
                let seen = random.sample(
                    labels.indices.filter { labels[$0] >= 0 && Int(fold[$0]) != own }, max(1000, proxy.budget / epochs))
                let seed = context.seed &+ UInt64(repetition * folds + own)
                let model = try proxy.trained(
                    on: seen, labels, classes, epochs: epochs, seed: seed, context.isCancelled)
                let asked = labels.indices.filter { Int(fold[$0]) == own }
                try model.forEachRow(asked) { row, shares in
                    for (label, share) in shares.enumerated() {
                        outside[row * classes + label] += share / Float(repetitions)
                    }
                }
            }
        }
        probabilities = outside
        models = repetitions * folds
    }

    /// The fold of every row; classes are spread evenly.
    private static func folded(_ labels: [Int32], _ classes: Int, _ folds: Int, _ random: inout SplitMix) -> [UInt8] {
        var fold = [UInt8](repeating: 0, count: labels.count)
        var order = Array(labels.indices)
        order.shuffle(using: &random)
        var next = [Int](repeating: 0, count: classes + 1)
        for row in order {
            let label = Int(labels[row]) + 1
            fold[row] = UInt8((next[label] + label) % folds)
            next[label] += 1
        }
        return fold
    }
}
