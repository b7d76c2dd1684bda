internal import CordonTensor

/// The finest detail of a picture beside its other detail, and the strongest detail at one place.
///
/// Triggers leave traces in high frequencies that natural pictures do not have. The score is the larger of two logarithms of
/// energies of what a small blur takes away: over the picture, and at the strongest place. Source: Zeng and others 2021,
/// "Rethinking the Backdoor Attacks' Triggers: A Frequency Perspective", section 3.
struct FrequencyTest: GuardTest {
    let kind = ModelGuard.Test.frequency

    func scores(_ rows: Tensor, _ logits: Tensor, _ classifier: Classifier) throws -> [Double] {
        let share = try (rows - classifier.low) / (classifier.high - classifier.low)
        let (height, width) = (classifier.shape[1], classifier.shape[2])
        func shifted(_ down: Int, _ right: Int) throws -> Tensor {
            try share.sliced(2, 1 + down, height - 1 + down).sliced(3, 1 + right, width - 1 + right)
        }
        // A discrete Laplacian with diagonals: checkers answer most.
        var detail = try shifted(0, 0) * 4
        for (down, right) in [(-1, 0), (1, 0), (0, -1), (0, 1)] { detail = try detail - shifted(down, right) * 2 }
        for (down, right) in [(-1, -1), (-1, 1), (1, -1), (1, 1)] { detail = try detail + shifted(down, right) }
        let energy = try (detail * detail).mean([1, 2, 3])
        return try (energy + 1e-9).apply("log").doubles()
    }
}
