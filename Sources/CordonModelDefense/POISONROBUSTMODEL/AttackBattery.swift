internal import CordonCore
internal import CordonTensor
internal import Glibc

/// Triggers that attackers are known to use: what is left of a backdoor is also asked for with them.
///
/// White, black and chequered patches in corners and the middle (Gu and others 2017), waves (Barni and others 2019), noise that is
/// blended in (Chen and others 2017), smooth fields (Nguyen and Tran 2021); for rows of numbers single features at their limits.
struct AttackBattery {
    /// Rows with one trigger each.
    private let triggers: [(name: String, applied: (Tensor) throws -> Tensor)]

    init(_ classifier: Classifier, seed: UInt64) throws {
        triggers =
            try classifier.isPicture
            ? Self.patches(classifier) + Self.waves(classifier) + Self.noise(classifier, seed)
                + Self.fields(classifier, seed)
            : Self.features(classifier, seed)
    }

    /// The most that a trigger leads rows of other classes to each target, beyond those that are led there without it.
    ///
    /// - Returns: the greatest share for any target, and the trigger's name.
    func success(_ classifier: Classifier, _ samples: SampleRows, targets: [Int]) throws -> (
        share: Double, name: String
    ) {
        let plain = try classifier.predictions(samples.rows)
        var worst = (share: 0.0, name: "none")
        for trigger in triggers {
            let said = try classifier.predictions(trigger.applied(samples.rows))
            for target in targets {
                let others = samples.labels.indices.filter { samples.labels[$0] != target }
                let led = others.count { said[$0] == target } - others.count { plain[$0] == target }
                let share = Double(led) / Double(max(1, others.count))
                if share > worst.share { worst = (share, trigger.name) }
            }
        }
        return worst
    }

    private typealias Trigger = (name: String, applied: (Tensor) throws -> Tensor)

    private static func patches(_ classifier: Classifier) throws -> [Trigger] {
        let (height, width) = (classifier.shape[1], classifier.shape[2])
        let size = max(2, min(height, width) / 9)
        guard height > 2 * size, width > 2 * size else { return [] }
        let corners = [
            (1, 1), (1, width - size - 1), (height - size - 1, 1), (height - size - 1, width - size - 1),
            ((height - size) / 2, (width - size) / 2),
        ]
        var found: [Trigger] = []
        for (top, left) in corners {
            for (kind, value) in [
                ("white", { (_: Int, _: Int) -> Float in 1 }), ("black", { _, _ in 0 }),
                ("chequered", { Float(($0 + $1) % 2) }),
            ] {
                var (mask, pattern) = (
                    [Float](repeating: 0, count: height * width), [Float](repeating: 0, count: height * width)
                )
                for row in 0..<size {
                    for column in 0..<size {
                        let place = (top + row) * width + left + column
                        (mask[place], pattern[place]) = (1, value(row, column))
                    }
                }
                let cover = try Tensor(mask, shape: [1, height, width])
                let values =
                    try classifier.low + Tensor(pattern, shape: [1, height, width]) * (classifier.high - classifier.low)
                found.append(("a \(kind) patch", { try $0 + cover * (values - $0) }))
            }
        }
        return found
    }

    private static func added(_ name: String, _ classifier: Classifier, _ change: [Float]) throws -> Trigger {
        let tensor = try Tensor(change, shape: [1, classifier.shape[1], classifier.shape[2]])
        let move = try tensor * (classifier.high - classifier.low)
        return (name, { try ($0 + move).limited(classifier.low, classifier.high) })
    }

    private static func waves(_ classifier: Classifier) throws -> [Trigger] {
        let (height, width) = (classifier.shape[1], classifier.shape[2])
        return try [3.0, 6.0, 10.0].map { frequency in
            let change = (0..<height).flatMap { _ in
                (0..<width).map { Float(0.1 * sin(2 * Double.pi * Double($0) * frequency / Double(width))) }
            }
            return try added("a wave", classifier, change)
        }
    }

    private static func noise(_ classifier: Classifier, _ seed: UInt64) throws -> [Trigger] {
        var random = SplitMix(state: seed &+ 41)
        let area = classifier.shape[1] * classifier.shape[2]
        return try (0..<3).map { _ in
            try added("blended noise", classifier, (0..<area).map { _ in Float.random(in: -0.1...0.1, using: &random) })
        }
    }

    private static func fields(_ classifier: Classifier, _ seed: UInt64) throws -> [Trigger] {
        let generator = try Generator(seed: seed &+ 43)
        return try (0..<3).map { _ in
            let field = try Tensor.normal([1, 2, 4, 4], generator, deviation: 0.08)
            return (
                "a smooth field",
                { try BendingTriggers().applied([field], to: $0.unsqueezed(0), classifier).reshaped($0.shape) }
            )
        }
    }

    private static let mostFeatures = 32

    private static func features(_ classifier: Classifier, _ seed: UInt64) throws -> [Trigger] {
        var random = SplitMix(state: seed &+ 47)
        let width = classifier.shape[0]
        return try Array(0..<width).shuffled(using: &random).prefix(mostFeatures).flatMap { feature -> [Trigger] in
            let cover = try Tensor((0..<width).map { Float($0 == feature ? 1 : 0) }, shape: [width])
            return [classifier.low, classifier.high].map { limit in
                ("feature \(feature) at its limit", { try $0 + cover * (limit - $0) })
            }
        }
    }
}
