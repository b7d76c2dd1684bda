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
    private let overlays: [Tensor]
    /// Scores of the first overlays above this are looked at more closely.
    private let doubt: Double

    /// Rows that are laid over each one, and the ones more over rows that may be strange.
    private static let counts = [6, 10]
    /// Share of clean rows that are looked at closely.
    private static let closely = 0.3

    /// - Complexity: nine runs of the model for a clean row, sixteen for a strange one.
    init(_ classifier: Classifier, _ samples: SampleRows, seed: UInt64) throws {
        var random = SplitMix(state: seed &+ 61)
        var chosen = Array(0..<samples.count).shuffled(using: &random)[...]
        overlays = try Self.counts.map { count in
            defer { chosen = chosen.dropFirst(count) }
            return try samples.rows.picked(0, Array(chosen.prefix(count)))
        }
        let usual = try Self.scores(samples.rows, under: overlays[0], classifier).sorted()
        doubt = usual[Int(Double(usual.count) * (1 - Self.closely))]
    }

    func scores(_ rows: Tensor, _ logits: Tensor, _ classifier: Classifier) throws -> [Double] {
        var scores = try Self.scores(rows, under: overlays[0], classifier)
        let close = scores.indices.filter { scores[$0] >= doubt }
        guard !close.isEmpty else { return scores }
        let more = try Self.scores(rows.picked(0, close), under: overlays[1], classifier)
        let (first, second) = (Double(Self.counts[0]), Double(Self.counts[1]))
        for (place, row) in close.enumerated() {
            scores[row] = (scores[row] * first + more[place] * second) / (first + second)
        }
        return scores
    }

    /// Mean entropies, negative: high is strange, as with all tests.
    private static func scores(_ rows: Tensor, under overlays: Tensor, _ classifier: Classifier) throws -> [Double] {
        var found: [Double] = []
        for start in stride(from: 0, to: rows.shape[0], by: block) {
            let part = try rows.sliced(0, start, min(rows.shape[0], start + block))
            let (count, own) = (overlays.shape[0], part.shape[0])
            // Pictures are added, as published; rows of numbers take the mean, which stays where rows are.
            let sum = try part.unsqueezed(1) + (overlays.unsqueezed(0) - classifier.low)
            let laid =
                try classifier.isPicture
                ? sum.limited(classifier.low, classifier.high) : (part.unsqueezed(1) + overlays.unsqueezed(0)) * 0.5
            let logs = try classifier.scores(laid.reshaped([own * count] + classifier.shape)).logSoftmax(1)
            found += try (logs.apply("exp") * logs).sum([1]).reshaped([own, count]).mean([1]).doubles()
        }
        return found
    }

    /// Rows at a time: more need memory that is cold.
    private static let block = 32
}
