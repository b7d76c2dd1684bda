internal import CordonCore

/// Rows that were made to fool one model are given to others, with and without a null class.
struct TransferExperiment {
    private let context: CheckContext
    private let isCancelled: @Sendable () -> Bool
    /// Rows that the attacker's model is trained on, those of the defender, and those that are asked about.
    private let surrogate: [Int], own: [Int], asked: [Int]

    private static let mostRows = 6000
    private static let fewestRows = 100

    init(_ set: SampleSet, seed: UInt64, isCancelled: @escaping @Sendable () -> Bool) throws {
        self.isCancelled = isCancelled
        var random = SplitMix(state: seed &+ 101)
        let all = CheckContext(set, seed: seed, falseAlarms: 0, isCancelled: isCancelled)
        if let obstacle = all.labelObstacle { throw DataCheckFailure("the effect cannot be measured: \(obstacle)") }
        let known = random.sample(set.labels.indices.filter { set.labels[$0] >= 0 }, Self.mostRows)
        guard known.count >= Self.fewestRows else {
            throw DataCheckFailure(
                "the effect cannot be measured: \(known.count) rows with a label are too few; \(Self.fewestRows) are wanted"
            )
        }
        context = CheckContext(set.picking(known).numbered(), seed: seed, falseAlarms: 0, isCancelled: isCancelled)
        let order = Array(known.indices).shuffled(using: &random)
        let part = order.count * 2 / 5
        (surrogate, own, asked) = (
            Array(order[..<part]), Array(order[part..<(2 * part)]), Array(order[(2 * part)...])
        )
    }

    func run(share: Double, _ progress: (String, Int, Int) -> Void) throws -> [NullLabelling.Effect.Trial] {
        let set = context.set
        progress("changes", 0, 4)
        guard let signs = try context.ascent(training: surrogate, of: asked) else {
            throw DataCheckFailure("the effect cannot be measured: texts have no gradients here to make changes with")
        }
        let sizes = [0] + Perturbation.sizes(set)
        var all = set
        for size in sizes {
            var change = Perturbation(set, seed: context.seed, label: "")
            for row in asked { change.add(row, size, signs[row], isNull: false) }
            all = try all.joined(with: set.picking(asked).changed(by: change), from: "")
        }
        let variants = Array(set.count..<all.count)
        progress("null labels", 1, 4)
        let defended = set.picking(own).numbered()
        let made = try NullRows(defended, share: share, seed: context.seed, isCancelled: isCancelled)
        let first = all.count
        for change in made.changes {
            let rows = defended.rowNumbers.filter { change.sizes[$0] != nil }
            all = try all.joined(with: defended.picking(rows).changed(by: change), from: "")
        }
        let added = Array(first..<all.count)
        let models = context.over(all)
        progress("models", 2, 4)
        let theirs = try models.predictions(of: variants, training: surrogate, seed: context.seed)
        let plain = try models.predictions(of: variants, training: own, seed: context.seed &+ 1)
        progress("models", 3, 4)
        let guarded = try models.predictions(of: variants, training: own + added, seed: context.seed &+ 2)
        let null = all.classes.firstIndex(of: made.label)
        return sizes.enumerated().map { place, size in
            func share(_ said: [Int], _ isCounted: (_ said: Int, _ label: Int) -> Bool) -> Double {
                let range = (place * asked.count)..<((place + 1) * asked.count)
                return Double(range.count { isCounted(said[$0], Int(all.labels[variants[$0]])) }) / Double(asked.count)
            }
            return NullLabelling.Effect.Trial(
                size: size, surrogate: share(theirs) { $0 != $1 }, plain: share(plain) { $0 != $1 },
                wrong: share(guarded) { $0 != $1 && $0 != null }, refused: share(guarded) { said, _ in said == null })
        }
    }
}

extension CheckContext {
    /// The same with other rows.
    func over(_ set: SampleSet) -> CheckContext {
        CheckContext(set, seed: seed, falseAlarms: falseAlarms, isCancelled: isCancelled)
    }

    /// A small model that is trained on some rows, and its rows.
    private func model(training rows: [Int], seed: UInt64) throws -> (ProxyRows, ProxyRows.Model) {
        let proxy = try ProxyRows(self)
        let epochs = max(proxy.fewestEpochs, min(proxy.mostEpochs, proxy.budget / max(1, rows.count)))
        let model = try proxy.trained(
            on: rows, set.labels, set.classes.count, epochs: epochs, seed: seed, isCancelled)
        return (proxy, model)
    }

    /// The classes that a small model, trained on some rows, gives others.
    func predictions(of asked: [Int], training rows: [Int], seed: UInt64) throws -> [Int] {
        try stopIfCancelled()
        var said: [Int] = []
        try model(training: rows, seed: seed).1.forEachRow(asked) { _, shares in
            said.append(shares.indices.max { shares[$0] < shares[$1] }.map { $0 - shares.startIndex } ?? 0)
        }
        return said
    }

    /// Signs of the gradient of the loss of a small model, trained on some rows, for others; `nil` where it has none.
    func ascent(training rows: [Int], of asked: [Int]) throws -> [Int: [Int8]]? {
        try stopIfCancelled()
        let (proxy, model) = try model(training: rows, seed: seed)
        return try proxy.ascent(of: model, asked, set.labels)
    }
}
