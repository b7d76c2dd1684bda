internal import CordonTensor

/// How far what a model makes of a row, before its last layer, is from what it makes of clean rows that get the same class.
///
/// Distance to the centre of the class in directions whitened by how clean rows scatter around their centres. Sources: Lee and
/// others 2018, "A Simple Unified Framework for Detecting Out-of-Distribution Samples"; Chen and others 2018, activation
/// clustering, for the layer.
struct ActivationDistance: GuardTest {
    let kind = ModelGuard.Test.activation
    private let layer: String
    private let centres: Tensor
    private let whitening: Tensor

    private static let widest = 2048
    private static let ridge = 0.05

    /// - Returns: `nil` for a model without a hidden layer of moderate width.
    init?(_ classifier: Classifier, _ samples: SampleRows) throws {
        guard let layer = classifier.graph.lastHiddenName else { return nil }
        let values = try Self.flat(classifier.values(samples.rows, [layer])[0])
        let width = values.shape[1]
        guard width <= Self.widest else { return nil }
        self.layer = layer
        let said = try classifier.predictions(samples.rows)
        let whole = try values.mean([0], keep: true)
        let means = try (0..<classifier.classes).map { label -> Tensor in
            let own = said.indices.filter { said[$0] == label }
            return own.isEmpty ? whole : try values.picked(0, own).mean([0], keep: true)
        }
        centres = try .concatenated(means, 0)
        let gaps = try values - centres.picked(0, said)
        let scatter = try gaps.transposed(0, 1).matmul(gaps) / Double(samples.count)
        let (spread, directions) = try scatter.eigen()
        let mean = try spread.doubles().reduce(0, +) / Double(width)
        let scale = try (spread.clamped(0, nil) + max(1e-12, Self.ridge * mean)).squareRoots()
        whitening = try directions / scale.unsqueezed(0)
    }

    func scores(_ rows: Tensor, _ logits: Tensor, _ classifier: Classifier) throws -> [Double] {
        let values = try Self.flat(classifier.values(rows, [layer])[0])
        let gaps = try (values - centres.picked(0, logits.argmax(1))).matmul(whitening)
        return try (gaps * gaps).sum([1]).squareRoots().doubles()
    }

    private static func flat(_ values: Tensor) throws -> Tensor {
        try values.reshaped([values.shape[0], values.count / max(1, values.shape[0])])
    }
}
