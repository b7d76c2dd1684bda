internal import CordonCore
public import CordonData

/// Writes a dataset with more rows: changed copies of its own, and rows of sources that are known to be good.
///
/// Control: MORETRAINDATA. Poison that is small in number is outnumbered by clean rows; copies of rows nobody vouches for copy the poison as
/// well, so that its share falls only by ``clean`` sources, and a trigger that a change breaks is weakened by copies.
public struct DataAugmentation: Sendable {
    /// Changed copies of each row of the dataset, at least 0.
    public var copies = 1
    /// Sources of the same columns that are known to be good.
    public var clean: [Dataset] = []
    /// Changed copies of each of their rows, at least 0.
    public var cleanCopies = 0
    /// How much copies change, from 0.1 to 3; 1 is usual.
    public var strength = 1.0
    /// Start of everything that is drawn.
    public var seed: UInt64 = 0
    /// Asked between steps.
    public var isCancelled: @Sendable () -> Bool = { false }

    /// One changed copy of each row.
    public init() {}

    /// What was written.
    public struct Result: Sendable {
        /// Rows that were written.
        public let rows: Int
        /// Rows of the dataset, and of the sources that are known to be good, copies included.
        public let own: Int, clean: Int
        /// Rows that could not be read and are not there.
        public let unreadable: Int
    }

    private static let mostCopies = 100

    private func check() throws(DatasetFailure) {
        guard (0...Self.mostCopies).contains(copies), (0...Self.mostCopies).contains(cleanCopies),
            (0.1...3).contains(strength)
        else {
            throw DatasetFailure(
                .argument,
                "\(copies) and \(cleanCopies) copies with a strength of \(Float(strength)): from 0 to \(Self.mostCopies), and from 0.1 to 3"
            )
        }
        guard copies > 0 || !clean.isEmpty else {
            throw DatasetFailure(.argument, "no copies and no clean sources: nothing would be added")
        }
    }

    /// Writes the dataset, its copies and the clean sources with theirs, and a manifest that leads every row back.
    ///
    /// - Throws: ``DatasetFailure`` where a source has other columns, or something cannot be written.
    public func write(
        _ dataset: Dataset, to target: DataDistortion.Target, progress: (Int) -> Void = { _ in }
    ) throws -> Result {
        try check()
        let fields = dataset.fields
        let columns = try statistics(of: dataset)
        var parts: [DatasetExport.Part] = []
        func add(_ source: Dataset, _ copies: Int) throws {
            let plain = try BatchChange(source, Augmentation.Identity())
            parts.append(DatasetExport.Part(source, columns: fields.map(\.name)) { try plain($0, $1) })
            for copy in 0..<copies {
                let change = try BatchChange(
                    source, Augmentation(seed: seed, copy: copy + 1, strength: strength, columns: columns))
                parts.append(DatasetExport.Part(source, columns: fields.map(\.name)) { try change($0, $1) })
            }
        }
        try add(dataset, copies)
        let ownParts = parts.count
        for source in clean {
            for field in fields {
                guard let other = source.fields.first(where: { $0.name == field.name }) else {
                    throw DatasetFailure(.argument, "\(source.path): no column '\(field.name)', as \(dataset.path) has")
                }
                guard other.type == field.type else {
                    throw DatasetFailure(
                        .argument,
                        "\(source.path): column '\(field.name)' is \(other.type.description), and \(field.type.description) in \(dataset.path)"
                    )
                }
            }
            try add(source, cleanCopies)
        }
        let counted = CountedParts(parts)
        let written =
            switch target {
            case .table(let path, let format):
                try DatasetExport.write(counted.parts, to: path, format: format, progress: progress)
            case .pictures(let folder): try DatasetExport.writePictures(counted.parts, to: folder, progress: progress)
            }
        return Result(
            rows: written.rows, own: counted.counts[..<ownParts].reduce(0, +),
            clean: counted.counts[ownParts...].reduce(0, +),
            unreadable: written.problemCount)
    }

    /// How columns of a table scatter.
    private func statistics(of dataset: Dataset) throws -> [String: ColumnStatistics] {
        guard try DataKind(dataset) == .table else { return [:] }
        var loader = SampleLoader(dataset, isCancelled: isCancelled)
        guard case .table(let columns) = try loader.load().content else { return [:] }
        return Dictionary(columns.map { ($0.name, ColumnStatistics($0)) }) { first, _ in first }
    }

    // MARK: Dilution

    /// Plants canary triggers in the dataset, trains a small model as it is and with what would be added, and says what is left of
    /// the attack. A part of the clean sources takes part as they are.
    ///
    /// - Parameter poisonShare: share of the dataset's rows that carries a trigger.
    /// - Throws: ``DataCheckFailure`` where rows have no classes or are too few.
    public func dilution(
        of dataset: Dataset, poisonShare: Double, seeds: Int,
        progress: (_ step: String, _ done: Int, _ of: Int) -> Void
    ) throws -> EffectReport {
        try check()
        var loader = SampleLoader(dataset, isCancelled: isCancelled)
        let set = try loader.load()
        let experiment = try CanaryExperiment(
            set, poisonShare: poisonShare, seeds: seeds, seed: seed, isCancelled: isCancelled)
        let sources = try clean.map { source in
            var loader = SampleLoader(source, isCancelled: isCancelled)
            return (set: try loader.load(), path: source.path)
        }
        func treatment(_ name: String, copies: Int, clean: Bool) -> CanaryExperiment.Treatment {
            CanaryExperiment.Treatment(name: name) { part, planted in
                var all = try part.augmented(copies, self)
                let carrying = planted.count * (copies + 1)
                guard clean else { return (all, carrying) }
                for source in sources {
                    // As many for each row of the part as there are for each of the dataset.
                    let wanted = source.set.count * part.count / max(1, set.count)
                    var random = SplitMix(state: seed &+ 83)
                    let rows = random.sample(Array(0..<source.set.count), wanted)
                    let added = try source.set.picking(rows).augmented(cleanCopies, self)
                    all = try all.joined(with: added, from: source.path)
                }
                return (all, carrying)
            }
        }
        var treatments = [CanaryExperiment.Treatment(name: "as it is") { ($0, $1.count) }]
        if copies > 0 { treatments.append(treatment("\(copies) changed copies", copies: copies, clean: false)) }
        if !clean.isEmpty {
            treatments.append(treatment("clean sources", copies: 0, clean: true))
            if copies > 0 { treatments.append(treatment("both", copies: copies, clean: true)) }
        }
        let found = try experiment.run(treatments, progress)
        return EffectReport(experiment, set, poisonShare: poisonShare, seeds: seeds, found)
    }
}

/// Parts that count the rows they make.
private final class CountedParts {
    private(set) var counts: [Int]
    private(set) var parts: [DatasetExport.Part] = []

    init(_ parts: [DatasetExport.Part]) {
        counts = [Int](repeating: 0, count: parts.count)
        self.parts = parts.enumerated().map { place, part in
            part.counting { [unowned self] in counts[place] += $0 }
        }
    }
}

extension Augmentation {
    /// Rows as they are, in the form that changed ones have.
    struct Identity: ValueChange {
        func picture(_ image: Image, row: Int) -> Image { image }
        func text(_ text: String, row: Int) -> String { text }
        func number(_ value: Double, of name: String, place: Int, row: Int) -> Double? { value }
        func category(_ value: String, of name: String, place: Int, row: Int) -> String? { value }
        var changesLabels: Bool { false }
        func label(_ value: String, row: Int) -> String { value }
    }
}

extension SampleSet {
    /// The set with changed copies after it.
    fileprivate func augmented(_ copies: Int, _ augmentation: DataAugmentation) throws -> SampleSet {
        var columns: [String: ColumnStatistics] = [:]
        if case .table(let found) = content {
            columns = Dictionary(found.map { ($0.name, ColumnStatistics($0)) }) { first, _ in first }
        }
        let numbered = numbered()
        return try (0..<copies).reduce(self) { all, copy in
            let change = Augmentation(
                seed: augmentation.seed, copy: copy + 1, strength: augmentation.strength, columns: columns)
            return try all.joined(with: numbered.changed(by: change), from: "")
        }
    }
}
