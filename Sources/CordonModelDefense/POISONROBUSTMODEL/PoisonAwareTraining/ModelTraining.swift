internal import CordonCore
public import CordonData
public import CordonTensor
internal import Glibc

/// Trains a small or medium classifier on data that may be poisoned.
///
/// Control: POISONROBUSTMODEL. ``TrainingMethod/antiBackdoor`` is in the manner of Li and others 2021: rows of a backdoor are learned
/// first, so the rows whose loss is lowest over a first phase are set aside, a model is trained on the rest, and the rows set aside are
/// unlearned. Losses are compared within a class, on a logarithmic scale, because some classes are easy by nature; the paper's gradient
/// ascent below a floor made the isolated rows less pure here. A class that has most of the rows set aside loses its easier half. ``TrainingMethod/adversarial`` makes small patterns worthless.
///
/// - Note: Meant for models that train in minutes on one machine. Backdoors that are learned slowly (blends, clean labels) are not
///   isolated; adversarial training costs accuracy, and does nothing against triggers larger than ``radius``.
public struct ModelTraining: Sendable {
    /// How it is trained.
    public var method = TrainingMethod.plain
    /// Passes over all rows, from 1 to 1000.
    public var epochs = 10
    /// Rows per step, at least 1.
    public var batchRows = 64
    /// Rate of learning at its highest.
    public var rate = 2e-3
    /// Share of rows that are set aside, from 0.001 to 0.2: for ``TrainingMethod/antiBackdoor``.
    public var isolatedShare = 0.01
    /// How far a value is changed, as a share of the range of pictures or of a column's deviation: for ``TrainingMethod/adversarial``.
    public var radius = 0.1
    /// Start of weights and of the order of rows.
    public var seed: UInt64 = 0
    /// Asked before every step.
    public var isCancelled: @Sendable () -> Bool = { false }

    /// Plain training with the standard settings.
    public init() {}

    /// A model that was trained.
    public struct Outcome: Sendable {
        /// The model.
        public let graph: Graph
        /// Names of the classes, in the order of the outputs.
        public let classes: [String]
        /// Rows that were trained on, and rows that could not be.
        public let rows: Int, leftOut: Int
        /// Share of the rows that the model gives their label.
        public let accuracy: Double
        /// Numbers of the rows that were set aside, the most suspect first.
        public let isolated: [Int]

        /// Share of other rows that the model gives their label, and how many they are.
        ///
        /// - Throws: ``DatasetFailure`` where they have no labels, or others.
        public func accuracy(
            on dataset: Dataset, options: BatchInference.Options = BatchInference.Options()
        ) throws -> (accuracy: Double, rows: Int) {
            let set = try TrainingSet(dataset, start: graph, classes: classes, options: options, seed: 0)
            let said = try RowTraining.predictions(graph, set.rows)
            return (Double(zip(said, set.labels).count { $0 == $1 }) / Double(said.count), said.count)
        }
    }

    /// Trains a model.
    ///
    /// - Parameters:
    ///   - start: a model to go on from; `nil` builds a small one. Statistics of batch normalisation stay as they are.
    ///   - classes: names in the order of the outputs; `nil` takes the labels in order.
    /// - Throws: ``DatasetFailure`` where rows cannot be learned; ``TensorFailure`` where the model does not take them, or the loss is no
    ///   number any more.
    public func run(
        _ dataset: Dataset, start: Graph? = nil, classes: [String]? = nil,
        options: BatchInference.Options = BatchInference.Options(), progress: (_ epoch: Int, _ loss: Double) -> Void
    ) throws -> Outcome {
        guard (1...1000).contains(epochs), batchRows > 0, rate > 0, (0.001...0.2).contains(isolatedShare) else {
            throw DatasetFailure(
                .argument,
                "\(epochs) epochs of \(batchRows) rows a step at a rate of \(rate), \(isolatedShare) set aside")
        }
        let set = try TrainingSet(dataset, start: start, classes: classes, options: options, seed: seed)
        var training = try RowTraining(set, self)
        var (unlearned, isolated): (Graph?, [Int]) = (nil, [])
        switch method {
        case .plain:
            for epoch in 1...epochs {
                progress(epoch, try training.epoch(share: Double(epoch - 1) / Double(epochs)) { try $0.mean })
            }
        case .adversarial:
            for epoch in 1...epochs {
                progress(
                    epoch, try training.epoch(share: Double(epoch - 1) / Double(epochs), radius: radius) { try $0.mean }
                )
            }
        case .antiBackdoor: (unlearned, isolated) = try antiBackdoor(&training, set, progress)
        }
        let graph = try unlearned ?? training.trained()
        let said = try RowTraining.predictions(graph, set.rows)
        return Outcome(
            graph: graph, classes: set.classes, rows: set.labels.count, leftOut: set.leftOut,
            accuracy: Double(zip(said, set.labels).count { $0 == $1 }) / Double(set.labels.count),
            isolated: isolated.map { set.numbers[$0] })
    }

    /// The labels of a dataset, in the order that a model's outputs have: numbers by their value, then the rest as text.
    ///
    /// - Throws: ``DatasetFailure`` where there is no label.
    public static func classes(of dataset: Dataset) throws -> [String] {
        guard let label = dataset.name(of: .label) else {
            throw DatasetFailure(.argument, "\(dataset.path): no label to learn; name its column with --label")
        }
        var names: Set<String> = []
        try dataset.forEachBatch(columns: [label]) { batch in
            for row in 0..<batch.count { if let name = batch.columns[0].text(row) { names.insert(name) } }
            return names.count <= TrainingSet.classLimit
        }
        guard (2...TrainingSet.classLimit).contains(names.count) else {
            throw DatasetFailure(
                .argument,
                "\(dataset.path): \(names.count) different labels in '\(label)'; a classifier has from 2 to \(TrainingSet.classLimit)"
            )
        }
        return TrainingSet.ordered(names)
    }

    /// Share of the passes in which rows are told apart, at least so many, and share of those in which isolated ones are unlearned.
    private static let isolating = 0.3, fewestPasses = 3, unlearning = 0.1
    private static let fewestSteps = 100

    private func antiBackdoor(
        _ training: inout RowTraining, _ set: TrainingSet, _ progress: (Int, Double) -> Void
    ) throws -> (Graph, [Int]) {
        let first = max(min(Self.fewestPasses, epochs), Int((Double(epochs) * Self.isolating).rounded()))
        var ease = [Double](repeating: 0, count: set.labels.count)
        for epoch in 1...first {
            progress(epoch, try training.epoch(share: 0.3) { try $0.mean })
            // The first pass is too early for any row.
            guard epoch > 1 || first == 1 else { continue }
            for (row, own) in Self.ease(try training.losses(), set).enumerated() { ease[row] += own }
        }
        let count = max(1, Int((isolatedShare * Double(ease.count)).rounded()))
        let isolated = Array(ease.indices.sorted { (ease[$0], $0) < (ease[$1], $1) }.prefix(count))
        // From the start again: what the first phase learned of a trigger is not there.
        training = try RowTraining(set, self)
        training.rows = Self.remaining(isolated, ease, set)
        for epoch in first..<max(first + 1, epochs) {
            let share = Double(epoch - first) / Double(max(1, epochs - first))
            progress(epoch + 1, try training.epoch(share: share) { try $0.mean })
        }
        let steps = Double(epochs) * Self.unlearning * Double(ease.count) / Double(batchRows)
        return (try training.unlearn(isolated, steps: max(Self.fewestSteps, Int(steps))), isolated)
    }

    /// Rows that are trained on: poison that was not isolated is as easy as what was, so of classes that have three times their share of the
    /// isolated rows only the harder half.
    private static func remaining(_ isolated: [Int], _ ease: [Double], _ set: TrainingSet) -> [Int] {
        let own = Set(isolated)
        return set.classes.indices.flatMap { label -> [Int] in
            let rows = set.labels.indices.filter { set.labels[$0] == label }
            let found = isolated.count { set.labels[$0] == label }
            let isSuspect = Double(found) > 3 * Double(isolated.count * rows.count) / Double(set.labels.count)
            let order = isSuspect ? rows.sorted { (ease[$0], $0) < (ease[$1], $1) } : rows
            return order.dropFirst(isSuspect ? rows.count / 2 : 0).filter { !own.contains($0) }
        }
    }

    /// How low the logarithm of each row's loss is among those of its class, in scaled medians of the distance to the median.
    private static func ease(_ losses: [Float], _ set: TrainingSet) -> [Double] {
        let logs = losses.map { log(Double($0) + 1e-6) }
        var found = [Double](repeating: 0, count: losses.count)
        for label in set.classes.indices {
            let rows = set.labels.indices.filter { set.labels[$0] == label }
            guard let middle = median(rows.map { logs[$0] }) else { continue }
            let spread = median(rows.map { abs(logs[$0] - middle) }) ?? 0
            for row in rows { found[row] = (logs[row] - middle) / max(spread, 1e-6) }
        }
        return found
    }

    private static func median(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.sorted()[values.count / 2]
    }
}
