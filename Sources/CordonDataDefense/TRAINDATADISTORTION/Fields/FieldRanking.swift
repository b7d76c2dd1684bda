internal import CordonCore

/// How much each column of a table helps a model to memorise rows, beside how much it helps to tell classes apart.
///
/// Memorisation of a row is the difference between what models that saw it and models that did not give its label (Feldman and
/// Zhang 2020). A column's share is how much that mean difference falls where the column is not there; what it is worth is how much
/// the accuracy on rows that were not seen falls.
///
/// - Note: Small models on a part of the rows stand for yours. Columns that say the same share what they are worth.
/// - Complexity: folds · (columns + 1) trainings of a small model.
public struct FieldRanking: Sendable {
    /// One column.
    public struct Entry: Sendable {
        /// The column's name.
        public let name: String
        /// How much less is memorised without it; below 0 where more is.
        public let memorization: Double
        /// How much accuracy on rows that were not seen it is worth.
        public let accuracy: Double
    }

    /// All columns, the one that helps most to memorise for the accuracy that it is worth first.
    public let entries: [Entry]

    private static let folds = 3
    private static let mostRows = 3000
    private static let mostColumns = 64

    init(_ context: CheckContext) throws {
        let set = context.set
        guard case .table(let columns) = set.content, set.targets == nil else {
            throw DataCheckFailure(
                "fields: columns are ranked for tables with classes; name those that go: fields=NAME")
        }
        if let obstacle = context.labelObstacle { throw DataCheckFailure("fields: \(obstacle)") }
        let names = columns.map(\.field).reduce(into: [String]()) { if $0.last != $1 { $0.append($1) } }
        guard names.count >= 2, names.count <= Self.mostColumns else {
            throw DataCheckFailure(
                "fields: \(names.count) columns; from 2 to \(Self.mostColumns) are ranked; name those that go: fields=NAME"
            )
        }
        var random = SplitMix(state: context.seed &+ 61)
        let part = set.picking(random.sample(set.labels.indices.filter { set.labels[$0] >= 0 }, Self.mostRows))
        let whole = try Self.measure(part, context)
        let found = try names.map { name in
            try context.stopIfCancelled()
            let without = try Self.measure(part.without([name]), context)
            return Entry(
                name: name, memorization: whole.memorization - without.memorization,
                accuracy: whole.accuracy - without.accuracy)
        }
        entries = found.sorted {
            ($0.accuracy - $0.memorization, $0.name) < ($1.accuracy - $1.memorization, $1.name)
        }
    }

    /// Mean memorisation and the accuracy on rows that were not seen.
    private static func measure(
        _ set: SampleSet, _ context: CheckContext
    ) throws -> (memorization: Double, accuracy: Double) {
        let own = CheckContext(set, seed: context.seed, falseAlarms: 0, isCancelled: context.isCancelled)
        let proxy = try ProxyRows(own)
        let epochs = max(proxy.fewestEpochs, min(proxy.mostEpochs, proxy.budget / max(1, set.count)))
        var random = SplitMix(state: context.seed &+ 67)
        let order = Array(0..<set.count).shuffled(using: &random)
        var (seen, unseen, right) = (0.0, 0.0, 0)
        for fold in 0..<folds {
            let asked = order.indices.filter { $0 % folds == fold }.map { order[$0] }
            let training = order.indices.filter { $0 % folds != fold }.map { order[$0] }
            let model = try proxy.trained(
                on: training, set.labels, set.classes.count, epochs: epochs, seed: context.seed &+ UInt64(fold),
                context.isCancelled)
            try model.forEachRow(training) { row, shares in
                seen += Double(shares[shares.startIndex + Int(set.labels[row])]) / Double(folds - 1)
            }
            try model.forEachRow(asked) { row, shares in
                let own = shares[shares.startIndex + Int(set.labels[row])]
                unseen += Double(own)
                if own == shares.max() { right += 1 }
            }
        }
        let count = Double(max(1, set.count))
        return ((seen - unseen) / count, Double(right) / count)
    }
}
