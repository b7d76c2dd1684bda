internal import CordonCore
public import CordonData

/// Adds rows that were changed, with a class of their own for those that changed too much: a model that is trained on the result says
/// "null" to rows that were made to fool another model, instead of being fooled with it.
///
/// Control: TRAINDATADISTORTION, transferability blocking. Source: Hosseini and others 2017, "Blocking Transferability of Adversarial
/// Examples in Black-Box Learning Systems": a row that was changed by δ is null with the chance that a model trained on clean rows is
/// wrong about it. Here that chance is measured for random noise and for steps along the gradient of a small model, and drawn for each
/// row, which in the mean is the soft label of the paper.
///
/// - Note: Against rows made with another model only: who has the trained model itself can go around the null class.
public struct NullLabelling: Sendable {
    /// Rows that are added, as a share of those there are, from 0.01 to 5.
    public var share = 1.0
    /// Start of everything that is drawn.
    public var seed: UInt64 = 0
    /// Asked between steps.
    public var isCancelled: @Sendable () -> Bool = { false }

    /// A labelling with the standard settings.
    public init() {}

    /// What was written.
    public struct Result: Sendable {
        /// Rows of the dataset, and rows that were added.
        public let rows: Int, added: Int
        /// How many of the added rows are of the null class.
        public let null: Int
        /// The name of the null class.
        public let label: String
        /// Chance of the null class by size of the change.
        public let chances: [(size: Double, chance: Double)]
        /// Rows that could not be read and are not there.
        public let unreadable: Int
    }

    /// Writes the dataset with the added rows after its own, and a manifest that leads every row back.
    ///
    /// - Throws: ``DatasetFailure`` or ``DataCheckFailure`` where rows have no classes or cannot be written.
    /// - Complexity: one training of a small model, memory for all rows up to 1 GiB, two passes.
    public func write(
        _ dataset: Dataset, to target: DataDistortion.Target, progress: (Int) -> Void = { _ in }
    ) throws -> Result {
        _ = try DataKind(dataset)
        guard (0.01...5).contains(share) else {
            throw DatasetFailure(.argument, "a share of \(Float(share)) added rows; from 0.01 to 5")
        }
        var loader = SampleLoader(dataset, isCancelled: isCancelled)
        let set = try loader.load()
        let made = try NullRows(set, share: share, seed: seed, isCancelled: isCancelled)
        let passes = made.changes.map { change in
            (rows: Set(change.sizes.keys), change: change)
        }
        let plain = try BatchChange(dataset, Augmentation.Identity())
        let parts =
            try [DatasetExport.Part(dataset) { try plain($0, $1) }]
            + passes.map { pass in
                let change = try BatchChange(dataset, pass.change)
                return DatasetExport.Part(dataset, chosen: { pass.rows.contains($0) }) { try change($0, $1) }
            }
        let written =
            switch target {
            case .table(let path, let format):
                try DatasetExport.write(parts, to: path, format: format, progress: progress)
            case .pictures(let folder): try DatasetExport.writePictures(parts, to: folder, progress: progress)
            }
        let added = passes.reduce(0) { $0 + $1.rows.count }
        return Result(
            rows: written.rows - added, added: added, null: made.changes.reduce(0) { $0 + $1.null.count },
            label: made.label, chances: made.chances, unreadable: set.leftOut)
    }

    /// What the null class does to rows that were made to fool another model.
    public struct Effect: Sendable {
        /// Rows that were changed by one size.
        public struct Trial: Sendable {
            /// In shares of a picture's range, or in deviations of a column; 0 for rows as they are.
            public let size: Double
            /// Share of rows that the other model, which the change was made with, gets wrong.
            public let surrogate: Double
            /// Share of rows that a model without null class gets wrong.
            public let plain: Double
            /// Share that a model with null class gets wrong, and that it refuses.
            public let wrong: Double, refused: Double
        }
        /// One for each size.
        public let trials: [Trial]
    }

    /// Trains a model on one half of the rows to make changes with, and models with and without null class on the other half.
    ///
    /// - Throws: ``DataCheckFailure`` where rows have no classes, are too few, or are texts, which have no gradients here.
    public func effect(on dataset: Dataset, progress: (_ step: String, _ done: Int, _ of: Int) -> Void) throws -> Effect
    {
        var loader = SampleLoader(dataset, isCancelled: isCancelled)
        let set = try loader.load()
        let experiment = try TransferExperiment(set, seed: seed, isCancelled: isCancelled)
        return try Effect(trials: experiment.run(share: share, progress))
    }
}
