internal import CordonCore
internal import Glibc

/// What groups of rows do to a model, found by training it with and without them.
///
/// Reject on negative impact (Nelson and others 2008): of some halves of a set each trains one model with a group's rows and one
/// without, and the other half says, row by row, what that changes in logarithmic loss. The deviation between rows and the
/// one between halves give the bounds.
///
/// - Note: A group that is so large that nothing is left to learn from is not judged.
/// - Complexity: one training of half of the set for each half and group.
struct Retraining {
    private let context: CheckContext
    private let proxy: ProxyRows

    private static let halves = 4
    private static let fewestRows = 40
    /// Rows of a large set that are enough.
    private static let mostRows = 12_000

    init(_ context: CheckContext) throws {
        self.context = context
        proxy = try ProxyRows(context)
    }

    /// Mean harm per row of others, and its standard error; groups that cannot be judged are missing.
    func harms(of groups: [(place: Int, rows: [Int])]) throws -> [Int: (mean: Double, error: Double)] {
        let set = context.set
        var random = SplitMix(state: context.seed &+ 31)
        let known = random.sample(set.labels.indices.filter { set.labels[$0] >= 0 }, Self.mostRows)
        let epochs = max(proxy.fewestEpochs, min(proxy.mostEpochs, proxy.budget / max(1, known.count)))
        var changes = [[[Double]]](repeating: [], count: groups.count)
        for half in 0..<Self.halves {
            let chosen = Set(random.sample(known, known.count / 2))
            let (training, others) = (known.filter(chosen.contains), known.filter { !chosen.contains($0) })
            let seed = context.seed &+ UInt64(half)
            let whole = try losses(training, others, epochs, seed)
            for (place, group) in groups.enumerated() {
                try context.stopIfCancelled()
                let own = Set(group.rows)
                let rest = training.filter { !own.contains($0) }
                guard rest.count >= Self.fewestRows, 4 * rest.count >= training.count else { continue }
                let without = try losses(rest, others, epochs, seed)
                changes[place].append(
                    others.indices.filter { !own.contains(others[$0]) }.map { Double(whole[$0] - without[$0]) })
            }
        }
        var found: [Int: (mean: Double, error: Double)] = [:]
        for (group, halves) in zip(groups, changes) where halves.count == Self.halves {
            let means = halves.map { $0.reduce(0, +) / Double(max(1, $0.count)) }
            let mean = means.reduce(0, +) / Double(means.count)
            let between = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(means.count - 1)
            let all = halves.flatMap(\.self)
            let within = all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, all.count - 1))
            // Every row is asked in about half of the halves: they are not all new.
            let rows = Double(max(1, all.count)) / (Double(Self.halves) / 2)
            found[group.place] = (mean, (within / rows + between / Double(means.count)).squareRoot())
        }
        return found
    }

    /// Logarithmic loss on each of some rows of a model that is trained on others.
    private func losses(_ training: [Int], _ asked: [Int], _ epochs: Int, _ seed: UInt64) throws -> [Float] {
        let (labels, classes) = (context.set.labels, context.set.classes.count)
        let model = try proxy.trained(
            on: training, labels, classes, epochs: epochs, seed: seed, context.isCancelled)
        var losses: [Float] = []
        losses.reserveCapacity(asked.count)
        try model.forEachRow(asked) { row, shares in
            losses.append(-log(max(1e-6, shares[shares.startIndex + Int(labels[row])])))
        }
        return losses
    }
}
