internal import CordonCore
public import CordonData
public import CordonTensor
internal import Glibc

/// Trains a small or medium classifier on data that may be poisoned.
///
/// Control: POISONROBUSTMODEL. ``TrainingMethod/antiBackdoor`` follows Li and others 2021: rows of a backdoor are learned first, so a first
/// phase holds the loss of every row at ``lossFloor``, the rows below it most are set aside, the model is trained on the rest, and the
/// rows set aside are unlearned. ``TrainingMethod/adversarial`` makes small patterns worthless.
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
    /// Loss that no row falls below in the first phase: for ``TrainingMethod/antiBackdoor``.
    public var lossFloor = 0.5
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
        var isolated: [Int] = []
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
        case .antiBackdoor: isolated = try antiBackdoor(&training, set, progress)
        }
        let graph = try training.trained()
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

    /// Share of the passes in which rows are told apart, and of those in which the isolated ones are unlearned.
    private static let isolating = 0.2, unlearning = 0.15

    private func antiBackdoor(
        _ training: inout RowTraining, _ set: TrainingSet, _ progress: (Int, Double) -> Void
    ) throws -> [Int] {
        let first = max(1, Int((Double(epochs) * Self.isolating).rounded()))
        for epoch in 1...first {
            let loss = try training.epoch(share: 0.3) { losses in
                // Downhill above the floor, uphill below it.
                try ((losses.each - lossFloor).signs().detached() * losses.each).mean([0])
            }
            progress(epoch, loss)
        }
        let losses = try training.losses()
        let count = max(1, Int((isolatedShare * Double(losses.count)).rounded()))
        let isolated = Array(losses.indices.sorted { (losses[$0], $0) < (losses[$1], $1) }.prefix(count))
        let own = Set(isolated)
        training.rows = set.labels.indices.filter { !own.contains($0) }
        let last = max(1, Int((Double(epochs) * Self.unlearning).rounded()))
        for epoch in first..<max(first + 1, epochs) {
            let share = Double(epoch - first) / Double(max(1, epochs - first))
            progress(epoch + 1, try training.epoch(share: share) { try $0.mean })
        }
        // The rest is rehearsed beside the rows that are unlearned.
        for _ in 0..<last { try training.unlearn(isolated) }
        return isolated
    }
}
