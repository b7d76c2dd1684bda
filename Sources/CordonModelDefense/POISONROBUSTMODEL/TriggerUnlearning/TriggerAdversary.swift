internal import CordonCore
internal import CordonTensor

/// One trigger that is kept strong against a model as it changes, and no larger than a planted one would be.
struct TriggerAdversary {
    let target: Int
    private let family: any TriggerFamily
    /// The largest size it may have.
    private let limit: Double
    private let classifier: Classifier
    private var descent: Descent
    /// How much its size counts beside its success.
    private var balance: Double
    /// Its size after the last step.
    private(set) var size: Double
    private(set) var age = 0
    private var random: SplitMix

    /// Success above which its size counts for more.
    private static let wanted = 0.9
    private static let (up, down) = (1.12, 1.15)

    /// - Parameter limit: in the family's own unit.
    init(_ kind: ReconstructedTrigger.Kind, _ target: Int, limit: Double, _ classifier: Classifier, seed: UInt64) throws
    {
        (self.target, self.limit, self.classifier) = (target, limit, classifier)
        family = ReconstructedTrigger.family(kind)
        random = SplitMix(state: seed)
        descent = try Self.start(family, classifier, &random)
        (balance, size) = (0, 0)
        try restart()
    }

    private static func start(
        _ family: any TriggerFamily, _ classifier: Classifier, _ random: inout SplitMix
    ) throws -> Descent {
        try Descent(
            family.start(1, classifier, Generator(seed: random.next())), optimizer: .adam(beta1: 0.5, beta2: 0.9))
    }

    /// Begins anew with a random trigger.
    mutating func restart() throws {
        descent = try Self.start(family, classifier, &random)
        size = try family.sizes(descent.values(), classifier).doubles()[0]
        balance = 0.1 / max(1e-3, size)
        age = 0
    }

    /// Whether it is still much larger than it may be.
    var isTooLarge: Bool { size > 2.5 * limit }

    /// Triggers that scale are brought to the limit; those that cover are pressed towards it by their weight.
    private func limited(_ parameters: [Tensor]) throws -> [Tensor] {
        guard family.isScalable else { return parameters }
        let size = try family.sizes(parameters, classifier).doubles()[0]
        return size > limit ? try parameters.map { try $0 * (limit / size) } : parameters
    }

    /// Rows with the trigger.
    func applied(to rows: Tensor) throws -> Tensor {
        try family.applied(limited(descent.values()), to: rows.unsqueezed(0), classifier).reshaped(rows.shape)
    }

    /// Makes the trigger stronger against a model with weights that are not its own.
    mutating func climb(_ rows: Tensor, weights: [String: Tensor], steps: Int) throws {
        let goal = try Tensor.classes([Int](repeating: target, count: rows.shape[0]))
        for _ in 0..<steps {
            var said: [Int] = []
            let (own, factor) = (self, balance)
            try descent.step(rate: family.rate) { parameters in
                let turned = try own.family.applied(
                    own.limited(parameters), to: rows.unsqueezed(0), own.classifier
                ).reshaped(rows.shape)
                let logits = try own.classifier.logits(turned, weights: weights)
                said = try logits.detached().argmax(1)
                return try logits.crossEntropies(goal).mean([0])
                    + own.family.sizes(parameters, own.classifier).total() * factor
            }
            size = try family.sizes(descent.values(), classifier).doubles()[0]
            let works = Double(said.count { $0 == target }) >= Self.wanted * Double(said.count)
            balance = max(0.002 / limit, balance * (works || size > 1.3 * limit ? Self.up : 1 / Self.down))
            age += 1
        }
    }
}
