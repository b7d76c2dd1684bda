/// Trains the model that tells orders from other text; `cordon-bench orders` runs it.
package struct OrderTraining {
    private var rows: [TextFeatures] = []
    private var labels: [Int] = []
    private var importance: [Float] = []
    private let bits: Int

    /// A training without texts.
    package init(bits: Int) { self.bits = bits }

    /// Adds a text: orders, or a text that gives none, of which every passage counts.
    package mutating func add(_ text: String, isOrder: Bool, importance: Float = 1) {
        let plain = HiddenText(text).plain
        let passages = isOrder ? [plain] : Passages(plain).passages.map(\.text)
        for passage in passages {
            rows.append(TextFeatures(binary: passage, bits: bits))
            labels.append(isOrder ? 1 : 0)
            self.importance.append(importance)
        }
    }

    /// Trains, keeps the greatest weights, and rounds them to 8 bits.
    package func run(epochs: Int, decay: Float, kept: Int, seed: UInt64) -> (
        bias: Double, scale: Double, weights: [Int8]
    ) {
        let linear = SparseLinear(
            rows, labels: labels, classes: 2, bits: bits, epochs: epochs, rate: 0.1, decay: decay,
            seed: seed,
            importance: importance)
        let differences = (0..<(1 << bits)).map { Double(linear.weights[$0 * 2 + 1] - linear.weights[$0 * 2]) }
        // The few greatest are cut, so that the many keep their steps.
        let sizes = differences.map(abs).sorted()
        let scale = max(1e-9, sizes[min(sizes.count - 1, sizes.count * 9995 / 10_000)] / 127)
        let least = sizes[max(0, sizes.count - kept)]
        let weights = differences.map { abs($0) < least ? 0 : Int8(max(-127, min(127, ($0 / scale).rounded()))) }
        return (Double(linear.bias[1] - linear.bias[0]), scale, weights)
    }

    /// What a trained model makes of a text, with all signs.
    package static func weight(
        of text: String, _ model: (bias: Double, scale: Double, weights: [Int8]), bits: Int
    ) -> Double {
        OrderScanner(OrderModel(bias: model.bias, bits: bits, scale: model.scale, weights: model.weights)).scan(text)
            .weight
    }
}
