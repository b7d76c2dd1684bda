internal import CordonCore

/// Plants canaries in a part of a set, treats that part, trains a small model on it and asks about the rest: how much accuracy a
/// treatment costs and how much of the attack it leaves.
///
/// OWASP AI Exchange, TRAINDATADISTORTION: the effect has to be tested by experiment, and such an experiment does not settle what
/// other poison does. A small model stands for yours.
struct CanaryExperiment {
    /// What is done to the rows to train on.
    struct Treatment {
        let name: String
        /// Gets the planted rows and the places of those that carry the trigger; gives the rows to train on, and how many of them carry
        /// it.
        let apply: (SampleSet, _ planted: Set<Int>) throws -> (set: SampleSet, planted: Int)
    }
    /// What came out of one treatment.
    struct Outcome: Sendable {
        let name: String
        /// Mean over the canaries and seeds of the accuracy on rows without trigger.
        var accuracy = 0.0
        /// Share of rows of other classes that each canary's trigger leads to the target, beyond those that go there without.
        var success: [String: Double] = [:]
        /// Rows that were trained on, and the share of them that carries a trigger.
        var rows = 0, poisonShare = 0.0
        /// Why it could not be tried; `nil` where it was.
        var failure: String?
    }

    private let context: CheckContext
    private let poisonShare: Double
    private let seeds: Int
    let canaries: [Canary]
    private let training: SampleSet, asked: SampleSet
    /// The class that canaries lead to.
    let target: Int

    private static let mostRows = 6000
    private static let fewestRows = 60

    /// - Parameters:
    ///   - poisonShare: share of the rows to train on that carry a trigger.
    ///   - seeds: how often everything is trained.
    /// - Throws: ``DataCheckFailure`` where rows have no classes or are too few.
    init(_ set: SampleSet, poisonShare: Double, seeds: Int, seed: UInt64, isCancelled: @escaping () -> Bool) throws {
        guard set.count > 0 else { throw DataCheckFailure("the effect cannot be measured: there are no rows") }
        context = CheckContext(set, seed: seed, falseAlarms: 0, isCancelled: isCancelled)
        if let obstacle = context.labelObstacle {
            throw DataCheckFailure("the effect cannot be measured: \(obstacle)")
        }
        (self.poisonShare, self.seeds) = (poisonShare, seeds)
        var random = SplitMix(state: seed &+ 73)
        let known = random.sample(set.labels.indices.filter { set.labels[$0] >= 0 }, Self.mostRows).shuffled(
            using: &random)
        guard known.count >= Self.fewestRows else {
            throw DataCheckFailure(
                "the effect cannot be measured: \(known.count) rows with a label are too few; \(Self.fewestRows) are wanted"
            )
        }
        let part = known.count * 7 / 10
        (training, asked) = (set.picking(Array(known[..<part])), set.picking(Array(known[part...])))
        // The class with most rows: an attack towards a rare one would be told by its rows alone.
        let sizes = context.rowsByClass.map(\.count)
        target = sizes.indices.max { sizes[$0] < sizes[$1] } ?? 0
        canaries = Canary.suited(to: set, seed: seed)
        guard !canaries.isEmpty else {
            throw DataCheckFailure("the effect cannot be measured: no column of numbers to plant a trigger in")
        }
    }

    func run(_ treatments: [Treatment], _ progress: (String, Int, Int) -> Void) throws -> [Outcome] {
        var outcomes = treatments.map { Outcome(name: $0.name) }
        for (place, treatment) in treatments.enumerated() {
            progress(treatment.name, place, treatments.count)
            do {
                for canary in canaries {
                    for seed in 0..<seeds {
                        try context.stopIfCancelled()
                        try add(&outcomes[place], treatment, canary, context.seed &+ UInt64(seed))
                    }
                }
            } catch let failure as DataCheckFailure {
                try context.stopIfCancelled()
                outcomes[place].failure = failure.message
            }
        }
        return outcomes
    }

    /// One training.
    private func add(
        _ outcome: inout Outcome, _ treatment: Treatment, _ canary: Canary, _ seed: UInt64
    ) throws {
        var random = SplitMix(state: seed &+ 79)
        let others = training.labels.indices.filter { training.labels[$0] != Int32(target) }
        let planted = random.sample(others, Int((poisonShare * Double(training.count)).rounded(.up)))
        var poisoned = canary.planted(in: training, planted)
        var labels = poisoned.grouping
        for row in planted { labels.places[row] = Int32(target) }
        poisoned = poisoned.replacing(poisoned.content, labels)
        let treated = try treatment.apply(poisoned, Set(planted))
        guard treated.set.count >= 20 else { throw DataCheckFailure("\(treated.set.count) rows are left to train on") }
        let asked = self.asked.alike(treated.set)
        let triggered = canary.planted(in: self.asked, Array(0..<asked.count)).alike(treated.set)
        let all = try treated.set.joined(with: asked, from: "").joined(with: triggered, from: "")
        let own = CheckContext(all, seed: seed, falseAlarms: 0, isCancelled: context.isCancelled)
        let proxy = try ProxyRows(own)
        let epochs = max(proxy.fewestEpochs, min(proxy.mostEpochs, proxy.budget / max(1, treated.set.count)))
        let model = try proxy.trained(
            on: treated.set.labels.indices.filter { treated.set.labels[$0] >= 0 }, all.labels, all.classes.count,
            epochs: epochs, seed: seed, context.isCancelled)
        var (right, plain, led, count) = (0, 0, 0, 0)
        let first = treated.set.count
        try model.forEachRow(Array(first..<all.count)) { row, shares in
            let said = shares.indices.max { shares[$0] < shares[$1] }.map { $0 - shares.startIndex } ?? 0
            let isPlain = row < first + asked.count
            if isPlain, said == Int(all.labels[row]) { right += 1 }
            guard Int(all.labels[row]) != target else { return }
            count += isPlain ? 1 : 0
            if said == target { if isPlain { plain += 1 } else { led += 1 } }
        }
        let runs = Double(canaries.count * seeds)
        outcome.accuracy += Double(right) / Double(max(1, asked.count)) / runs
        outcome.success[canary.name, default: 0] += max(0, Double(led - plain)) / Double(max(1, count)) / Double(seeds)
        outcome.rows = treated.set.count
        outcome.poisonShare += Double(treated.planted) / Double(max(1, treated.set.count)) / runs
    }
}

extension SampleSet {
    /// The set with the columns that another has.
    fileprivate func alike(_ other: SampleSet) -> SampleSet {
        guard case .table(let columns) = content, case .table(let wanted) = other.content else { return self }
        let names = Set(wanted.map(\.name))
        return replacing(.table(columns.filter { names.contains($0.name) }))
    }
}
