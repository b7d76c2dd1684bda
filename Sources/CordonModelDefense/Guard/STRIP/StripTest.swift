internal import CordonCore
internal import CordonTensor

/// How sure a model stays of a row's class when other rows are laid over it.
///
/// A clean row loses its class under others; a trigger keeps its own. The score is the mean entropy of the classes that the
/// model gives the row with each of some clean rows on top; low is strange. Source: Gao and others 2019, "STRIP", equations 2
/// to 4; ENISA 2021, annex C.
///
/// - Note: Misses triggers that other rows cover up (blends, waves), and triggers that need their own class's rows. Rows of
///   classes that the model is always sure of look strange.
struct StripTest: GuardTest {
    let kind = ModelGuard.Test.strip
    private let overlays: Tensor

    /// Rows that are laid over each one.
    private static let count = 16

    init(_ classifier: Classifier, _ samples: SampleRows, seed: UInt64) throws {
        var random = SplitMix(state: seed &+ 61)
        let chosen = Array(0..<samples.count).shuffled(using: &random).prefix(Self.count)
        overlays = try samples.rows.picked(0, Array(chosen))
    }

    func scores(_ rows: Tensor, _ logits: Tensor, _ classifier: Classifier) throws -> [Double] {
        let (count, own) = (overlays.shape[0], rows.shape[0])
        // Pictures are added, as published; rows of numbers take the mean, which stays where rows are.
        let sum = try rows.unsqueezed(1) + (overlays.unsqueezed(0) - classifier.low)
        let laid =
            try classifier.isPicture
            ? sum.limited(classifier.low, classifier.high) : (rows.unsqueezed(1) + overlays.unsqueezed(0)) * 0.5
        let scores = try classifier.scores(laid.reshaped([own * count] + classifier.shape))
        let logs = try scores.logSoftmax(1)
        let entropy = try (logs.apply("exp") * logs).sum([1]).reshaped([own, count]).mean([1]) * -1
        // High is strange, as with all tests.
        return try entropy.doubles().map { -$0 }
    }
}
