internal import CordonCore
public import CordonData
internal import CordonFormats
public import CordonTensor

/// Rows with known classes, in memory, as a classifier takes them.
public struct SampleRows: Sendable {
    /// `[rows, channels, height, width]` or `[rows, features]`.
    public let rows: Tensor
    /// The class of each row, as the model counts classes.
    public let labels: [Int]
    /// Numbers of the rows in their dataset.
    public let numbers: [Int]
    /// Whether labels came with the data; else they are what the model says.
    public let isLabelled: Bool
    /// Rows that could not be read.
    public let leftOut: Int

    /// How many rows there are.
    public var count: Int { labels.count }

    init(rows: Tensor, labels: [Int], numbers: [Int], isLabelled: Bool, leftOut: Int) {
        (self.rows, self.labels, self.numbers) = (rows, labels, numbers)
        (self.isLabelled, self.leftOut) = (isLabelled, leftOut)
    }

    /// Some of the rows.
    func picking(_ chosen: [Int]) throws -> SampleRows {
        SampleRows(
            rows: try rows.picked(0, chosen), labels: chosen.map { labels[$0] }, numbers: chosen.map { numbers[$0] },
            isLabelled: isLabelled, leftOut: leftOut)
    }
}

extension Classifier {
    /// Reads a model and, where there are some, rows to look at it with.
    ///
    /// Labels are class numbers, or names in order — numbers by their value, others by the alphabet — where there are as many names as classes.
    ///
    /// - Parameters:
    ///   - graph: the model.
    ///   - dataset: rows; `nil` for none.
    ///   - options: how pictures become numbers and which columns feed the input.
    ///   - most: rows, at most.
    ///   - seed: which rows are taken where there are more.
    /// - Throws: ``TensorFailure`` where the model is no classifier; ``DatasetFailure`` where rows do not fit it, or labels
    ///   are not those of its outputs.
    public static func open(
        _ graph: Graph, _ dataset: Dataset?, options: BatchInference.Options = BatchInference.Options(),
        most: Int = 2000, seed: UInt64 = 0
    ) throws -> (classifier: Classifier, samples: SampleRows?) {
        guard let dataset else { return (try Classifier(graph, options: options, rowShape: nil), nil) }
        let (inputs, texts, numbers, leftOut) = try inputs(graph, dataset, options)
        let own = try Classifier(graph, options: options, rowShape: Array(inputs.shape.dropFirst()))
        let rows = try own.canonical(inputs)
        let classifier = try own.limited(to: rows)
        let said = try classifier.predictions(rows)
        let labels = try classes(of: texts, dataset, count: classifier.classes)
        if let labels { try classifier.checkLabels(labels, said, dataset) }
        let all = SampleRows(
            rows: rows, labels: labels ?? said, numbers: numbers, isLabelled: labels != nil, leftOut: leftOut)
        guard all.count > most else { return (classifier, all) }
        var random = SplitMix(state: seed)
        return (classifier, try all.picking(Array(0..<all.count).shuffled(using: &random).prefix(most).sorted()))
    }

    /// How many rows a model gives their label, and how many it was asked about.
    ///
    /// - Throws: ``TensorFailure`` where the model is no classifier; ``DatasetFailure`` where rows do not fit it or have no labels of its
    ///   classes.
    public static func accuracy(
        of graph: Graph, on dataset: Dataset, options: BatchInference.Options = BatchInference.Options()
    ) throws -> (right: Int, rows: Int, leftOut: Int) {
        let (inputs, texts, _, leftOut) = try inputs(graph, dataset, options)
        let classifier = try Classifier(graph, options: options, rowShape: Array(inputs.shape.dropFirst()))
        guard let labels = try classes(of: texts, dataset, count: classifier.classes) else {
            throw DatasetFailure(.argument, "\(dataset.path): rows without labels; name their column with --label")
        }
        let said = try classifier.predictions(classifier.canonical(inputs))
        return (zip(said, labels).count { $0 == $1 }, labels.count, leftOut)
    }

    /// Other rows for the same model, without labels.
    ///
    /// - Throws: ``DatasetFailure`` where they do not fit the model.
    public func rows(
        of dataset: Dataset, options: BatchInference.Options = BatchInference.Options()
    ) throws -> (rows: Tensor, numbers: [Int], leftOut: Int) {
        let (inputs, _, numbers, leftOut) = try Self.inputs(graph, dataset, options)
        return (try canonical(inputs), numbers, leftOut)
    }

    /// Inputs as the model takes them, the label and number of each row, and how many could not be read.
    private static func inputs(
        _ graph: Graph, _ dataset: Dataset, _ options: BatchInference.Options
    ) throws -> (inputs: Tensor, labels: [String?], numbers: [Int], leftOut: Int) {
        let inference = try BatchInference(graph, dataset, options: options)
        var (parts, texts, numbers): ([Tensor], [String?], [Int]) = ([], [], [])
        var elements = 0
        let label = dataset.name(of: .label)
        let leftOut = try inference.forEachInput(most: readLimit, besides: label) { values, rows, labels in
            guard let tensor = values.values.first?.tensor else {
                throw DatasetFailure(
                    .malformed, "\(dataset.path): the rows are no numbers; a classifier of numbers is looked at")
            }
            parts.append(tensor)
            texts += labels
            numbers += rows
            elements += tensor.count
            return elements < elementLimit
        }
        guard let first = parts.first else {
            throw DatasetFailure(
                .malformed, "\(dataset.path): no row that the model can run on; give rows like those it was trained on")
        }
        guard parts.allSatisfy({ $0.shape.dropFirst() == first.shape.dropFirst() }) else {
            throw DatasetFailure(.malformed, "\(dataset.path): rows of different shapes")
        }
        return (try Tensor.concatenated(parts, 0), texts, numbers, leftOut)
    }

    private static let readLimit = 20_000
    /// One GiB of rows.
    private static let elementLimit = 1 << 28

    /// The classes that labels stand for; `nil` without labels.
    static func classes(of texts: [String?], _ dataset: Dataset, count classes: Int) throws -> [Int]? {
        guard texts.contains(where: { $0 != nil }) else { return nil }
        let whole = texts.map { $0.flatMap { Int($0) ?? Double($0).flatMap { Int(exactly: $0) } } }
        var labels: [Int]
        if whole.allSatisfy({ $0.map { (0..<classes).contains($0) } ?? false }) {
            labels = whole.map { $0 ?? 0 }
        } else {
            let names = TrainingSet.ordered(Set(texts.compactMap(\.self)))
            guard names.count == classes, texts.allSatisfy({ $0 != nil }) else {
                throw DatasetFailure(
                    .argument,
                    "\(dataset.path): \(names.count) different labels for a model of \(classes) classes; labels are class numbers from 0 to \(classes - 1), or one name for each class"
                )
            }
            let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
            labels = texts.map { $0.flatMap { places[$0] } ?? 0 }
        }
        return labels
    }

    /// Refuses labels that the model seems not to know.
    private func checkLabels(_ labels: [Int], _ said: [Int], _ dataset: Dataset) throws {
        let right = zip(labels, said).count { $0 == $1 }
        guard Double(right) >= 1.5 * Double(labels.count) / Double(classes) else {
            throw DatasetFailure(
                .argument,
                "\(dataset.path): the model gives \(right) of \(labels.count) rows their label, no more than chance: labels, or --scale, --mean and --std, are not the model's"
            )
        }
    }
}
