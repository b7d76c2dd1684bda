internal import CordonCore
internal import CordonData
internal import CordonTensor
internal import Glibc

/// Labelled rows of a dataset in memory, and a model of their shape.
struct TrainingSet {
    /// Rows as the model takes them.
    let rows: Tensor
    /// The class of each row.
    let labels: [Int]
    /// Numbers of the rows in their dataset.
    let numbers: [Int]
    /// Names of the classes, in the order of the model's outputs.
    let classes: [String]
    /// The model before training.
    let graph: Graph
    /// Rows that could not be read or have no label.
    let leftOut: Int

    /// One GiB of rows.
    private static let elementLimit = 1 << 28
    static let classLimit = 1000

    /// - Parameters:
    ///   - start: a model to train; `nil` builds a small one for the rows.
    ///   - classes: names in the order of the outputs; `nil` takes the labels in order, numbers by their value.
    /// - Throws: ``DatasetFailure`` where there are no labels, other labels than `classes`, or rows that do not fit.
    init(
        _ dataset: Dataset, start: Graph?, classes: [String]?, options: BatchInference.Options, seed: UInt64
    ) throws {
        guard let label = dataset.name(of: .label) else {
            throw DatasetFailure(.argument, "\(dataset.path): no label to learn; name its column with --label")
        }
        let stub = try start ?? Self.model(for: dataset, classes: 2, moments: nil, seed: seed)
        let (tensor, texts, places, unreadable) = try Self.inputs(stub, dataset, label, options)
        let known = texts.indices.filter { texts[$0] != nil }
        guard !known.isEmpty else { throw DatasetFailure(.malformed, "\(dataset.path): no row has a label") }
        let names = classes ?? Self.ordered(Set(known.compactMap { texts[$0] }))
        guard (2...Self.classLimit).contains(names.count) else {
            throw DatasetFailure(
                .argument,
                "\(dataset.path): \(names.count) different labels in '\(label)'; a classifier has from 2 to \(Self.classLimit)"
            )
        }
        let place = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
        guard place.count == names.count else { throw DatasetFailure(.argument, "a class is named twice") }
        self.labels = try known.map { row in
            guard let own = place[texts[row] ?? ""] else {
                throw DatasetFailure(
                    .argument,
                    "\(dataset.path): label '\(String((texts[row] ?? "").prefix(40)))' is none of the \(names.count) classes"
                )
            }
            return own
        }
        rows = known.count == texts.count ? tensor : try tensor.picked(0, known)
        (self.classes, numbers) = (names, known.map { places[$0] })
        leftOut = unreadable + texts.count - known.count
        if let start {
            graph = start
        } else {
            graph = try Self.model(
                for: dataset, classes: names.count, moments: rows.rank == 2 ? Self.moments(rows) : nil, seed: seed)
        }
    }

    /// Numbers by their value, then the rest as text.
    static func ordered(_ names: Set<String>) -> [String] {
        names.sorted { first, second in
            switch (Double(first), Double(second)) {
            case (let a?, let b?): (a, first) < (b, second)
            case (nil, nil): first < second
            case (let a, _): a != nil
            }
        }
    }

    private static func inputs(
        _ graph: Graph, _ dataset: Dataset, _ label: String, _ options: BatchInference.Options
    ) throws -> (rows: Tensor, labels: [String?], numbers: [Int], unreadable: Int) {
        guard graph.inputNames.count == 1 else {
            throw TensorFailure(.unsupported, "a model with \(graph.inputNames.count) inputs; one input is wanted")
        }
        var options = options
        options.batchRows = 512
        let inference = try BatchInference(graph, dataset, options: options)
        var (parts, texts, numbers, elements): ([Tensor], [String?], [Int], Int) = ([], [], [], 0)
        let unreadable = try inference.forEachInput(most: .max, besides: label) { values, rows, labels in
            guard let tensor = values.values.first?.tensor, tensor.type == .float32 else {
                throw DatasetFailure(.malformed, "\(dataset.path): the rows are no 32-bit numbers for the model")
            }
            elements += tensor.count
            guard elements <= elementLimit else {
                throw DatasetFailure(
                    .argument, "\(dataset.path): more than \(elementLimit) numbers; train on a part, or on partitions")
            }
            parts.append(tensor)
            texts += labels
            numbers += rows
            return true
        }
        guard let first = parts.first else {
            throw DatasetFailure(.malformed, "\(dataset.path): no row that a model can be trained on")
        }
        guard parts.allSatisfy({ $0.shape.dropFirst() == first.shape.dropFirst() }) else {
            throw DatasetFailure(
                .malformed, "\(dataset.path): rows of different shapes; pictures of one size are wanted")
        }
        // Zero times anything that is not finite is no number.
        for part in parts where try !(part * 0).total().doubles()[0].isFinite {
            throw DatasetFailure(
                .malformed, "\(dataset.path): values that are not finite; 'cordon data check' names their rows")
        }
        return (try Tensor.concatenated(parts, 0), texts, numbers, unreadable)
    }

    // MARK: Models

    /// A small model for the rows of a dataset: a CNN for pictures of 8 by 8 and more, a perceptron for all else.
    ///
    /// - Parameter moments: means and deviations of the columns of a table.
    private static func model(
        for dataset: Dataset, classes: Int, moments: (mean: [Float], deviation: [Float])?, seed: UInt64
    ) throws -> Graph {
        if let image = dataset.name(of: .image) {
            let (channels, height, width) = try pictureSize(dataset, image)
            if height >= 8, width >= 8 {
                return try GraphBuilder.smallCNN(
                    channels: channels, height: height, width: width, classes: classes, seed: seed)
            }
            var builder = GraphBuilder(input: [channels, height, width], seed: seed)
            builder.dense(64)
            builder.relu()
            builder.dense(classes)
            return try builder.finish()
        }
        var width = dataset.fields.count { $0.type.isNumeric && $0.role == .feature }
        if let vector = dataset.fields.first(where: { $0.role == .embedding }),
            case .list(_, let size?) = vector.type
        {
            width = size
        }
        guard width > 0 else {
            throw DatasetFailure(
                .argument,
                "\(dataset.path): pictures or columns of numbers are learned here; there are \(dataset.fields.map(\.name).joined(separator: ", "))"
            )
        }
        var builder = GraphBuilder(input: [width], seed: seed)
        if let moments { builder.standardize(mean: moments.mean, deviation: moments.deviation) }
        for size in [64, 32] {
            builder.dense(size)
            builder.relu()
        }
        builder.dense(classes)
        return try builder.finish()
    }

    private static func pictureSize(_ dataset: Dataset, _ column: String) throws -> (Int, Int, Int) {
        var found: Image?
        try dataset.forEachBatch(columns: [column]) { batch in
            for row in 0..<batch.count where found == nil { found = (try? batch.columns[0].image(row)) ?? nil }
            return found == nil
        }
        guard let found else { throw DatasetFailure(.malformed, "\(dataset.path): no picture decodes") }
        return (found.channels == 1 ? 1 : 3, found.height, found.width)
    }

    private static func moments(_ rows: Tensor) throws -> (mean: [Float], deviation: [Float]) {
        let mean = try rows.mean([0])
        let deviation = try ((rows - mean) * (rows - mean)).mean([0]).squareRoots().floats()
        return (try mean.floats(), deviation.map { $0 > 1e-6 && $0.isFinite ? $0 : 1 })
    }
}
