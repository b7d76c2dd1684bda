internal import CordonCore
internal import CordonTensor

/// Changes the weights of a classifier's layers so that a number gets small. Statistics of batch normalisation stay.
struct WeightDescent {
    let classifier: Classifier
    private let names: [String]
    private let descent: Descent

    /// - Throws: ``TensorFailure`` where the model has no weights.
    init(
        _ classifier: Classifier, optimizer: OptimizerKind = .adam(), weightDecay: Double = 0
    ) throws {
        self.classifier = classifier
        names = classifier.graph.layerWeightNames
        guard !names.isEmpty else {
            throw TensorFailure(.unsupported, "the model has no layers with weights: nothing can be repaired")
        }
        descent = try Descent(
            names.map { try classifier.graph.weight($0).cast(to: .float32) }, optimizer: optimizer,
            weightDecay: weightDecay)
    }

    /// The weights as they are now, for ``Classifier/logits(_:weights:options:)``.
    var weights: [String: Tensor] { Dictionary(uniqueKeysWithValues: zip(names, descent.parameters)) }

    /// One step; gives the number before it.
    @discardableResult
    func step(rate: Double, _ loss: ([String: Tensor]) throws -> Tensor) throws -> Double {
        try descent.step(rate: rate) { try loss(Dictionary(uniqueKeysWithValues: zip(names, $0))) }
    }

    /// The classifier with the weights as they are now.
    func changed() throws -> Classifier {
        var graph = classifier.graph
        for (name, tensor) in zip(names, try descent.values()) { try graph.setWeight(name, tensor) }
        return classifier.replacing(graph)
    }
}

/// Batches of clean rows for a repair, changed a little each time so that few rows last longer.
struct CleanBatches {
    let samples: SampleRows
    let classifier: Classifier
    let batchRows: Int
    private var random: SplitMix
    private var order: [Int] = []

    init(_ samples: SampleRows, _ classifier: Classifier, batchRows: Int = 64, seed: UInt64) {
        (self.samples, self.classifier, self.batchRows) = (samples, classifier, batchRows)
        random = SplitMix(state: seed)
    }

    /// The next rows and their classes.
    mutating func next() throws -> (rows: Tensor, labels: [Int]) {
        if order.count < min(batchRows, samples.count) { order += Array(0..<samples.count).shuffled(using: &random) }
        let chosen = Array(order.prefix(batchRows))
        order.removeFirst(chosen.count)
        return (try varied(samples.rows.picked(0, chosen)), chosen.map { samples.labels[$0] })
    }

    /// Pictures moved by up to a pixel in fourteen and scaled by up to a twentieth; rows of numbers as they are.
    private mutating func varied(_ rows: Tensor) throws -> Tensor {
        guard classifier.isPicture else { return rows }
        var numbers: [Float] = []
        for _ in 0..<rows.shape[0] {
            let scale = Float.random(in: 0.95...1.05, using: &random)
            let (x, y) = (
                Float.random(in: -0.14...0.14, using: &random), Float.random(in: -0.14...0.14, using: &random)
            )
            numbers += [scale, 0, x, 0, scale, y]
        }
        return try rows.bent(by: Tensor(numbers, shape: [rows.shape[0], 2, 3]))
    }
}

extension Classifier {
    /// Share of rows that get their label.
    func accuracy(on samples: SampleRows) throws -> Double {
        let said = try predictions(samples.rows)
        return Double(zip(said, samples.labels).count { $0 == $1 }) / Double(max(1, samples.count))
    }
}

extension Tensor {
    /// Classes as a tensor.
    static func classes(_ labels: [Int]) throws -> Tensor { try Tensor(labels.map(Int64.init), shape: [labels.count]) }

    /// Mean divergence of these scores from those of a teacher, softened by a temperature (Hinton and others 2015).
    func divergence(from teacher: Tensor, temperature: Double) throws -> Tensor {
        let (own, other) = (try (self / temperature).logSoftmax(1), try (teacher / temperature).logSoftmax(1))
        return try (other.apply("exp") * (other - own)).total() * (temperature * temperature / Double(shape[0]))
    }
}
