internal import CordonTensor

/// How far above all others the score of each class can get, over everything that a row could hold.
///
/// Needs no data. A class that was made the target of a backdoor reaches a margin that others do not, whatever the trigger is.
/// Source: Wang and others 2024, "MM-BD: Post-Training Detection of Backdoor Attacks with Arbitrary Backdoor Pattern Types
/// Using a Maximum Margin Statistic".
///
/// - Note: Misses backdoors in models whose margins are limited in training, and depends on how scores grow beyond the data.
/// - Complexity: steps · classes · starts runs of the model, forward and backward.
struct MaximumMargin {
    var steps = 40
    var starts = 4
    var isCancelled: @Sendable () -> Bool = { false }

    /// The greatest margin of each class.
    func run(_ classifier: Classifier, seed: UInt64) throws -> [Double] {
        let generator = try Generator(seed: seed)
        let (classes, shape) = (classifier.classes, classifier.shape)
        let targets = (0..<classes).flatMap { [Int64](repeating: Int64($0), count: starts) }
        let index = try Tensor(targets, shape: [targets.count, 1])
        let start = try Tensor.normal([targets.count] + shape, generator, deviation: 1)
        let descent = try Descent([start], optimizer: .adam())
        var margins = [Double](repeating: -.infinity, count: classes)
        for step in 0..<steps {
            if isCancelled() { throw TensorFailure(.cancelled, "cancelled") }
            try descent.step(rate: 0.1 * (1 - 0.8 * Double(step) / Double(steps))) { parameters in
                let share = try parameters[0].sigmoid()
                let rows = try classifier.low + share * (classifier.high - classifier.low)
                let logits = try classifier.logits(rows)
                let own = try logits.gathered(1, index).reshaped([targets.count])
                let rest = try logits.scattering(1, index, -1e9).maxima(1)
                let margin = try own - rest
                for (place, value) in try margin.detached().doubles().enumerated() {
                    margins[place / starts] = max(margins[place / starts], value)
                }
                return try margin.total() * -1
            }
        }
        return margins
    }
}
