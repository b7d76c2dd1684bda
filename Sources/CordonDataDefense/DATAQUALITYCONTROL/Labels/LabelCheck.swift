internal import Glibc

/// Changed labels; see ``LabelNoise``. Half of the votes are neighbours', half those of models that did not see the row
/// (``CrossFit``): confident learning with probabilities out of sample.
struct LabelCheck: DatasetCheck {
    var name: String { "changed labels" }

    /// Most votes in memory.
    private static let voteLimit = 100_000_000

    func concerns(_ set: SampleSet) -> Bool { TriggerCheck().concerns(set) }

    func obstacle(_ context: CheckContext) -> String? {
        if let reason = context.labelObstacle { return reason }
        let (rows, classes) = (context.set.count, context.set.classes.count)
        return rows * classes > Self.voteLimit ? "\(rows) rows of \(classes) classes are too many" : nil
    }

    func decides(_ set: SampleSet) -> Bool { false }

    func run(_ context: CheckContext) throws -> [DataCause] {
        let set = context.set
        let fit = try context.fit()
        var votes = fit.probabilities
        if let near = try context.survey()?.votes {
            for place in votes.indices { votes[place] = (votes[place] + near[place]) / 2 }
        }
        var labels = set.labels
        for row in context.explained { labels[row] = -1 }
        let noise = LabelNoise(
            votes: votes, labels: labels, classCount: set.classes.count, disputed: context.conflicting,
            falseAlarms: context.falseAlarms, mayBeMixed: !set.content.isTable)
        return noise.run().map { one in
            let pValue = exp(one.logP)
            let percent = "\(Int((one.rate * 100).rounded())) %"
            let names = (one.from.map { set.classes[$0] }, one.to.map { set.classes[$0] })
            let text =
                if let from = names.0, let to = names.1 {
                    "\(percent) of what looks like '\(from)' has the label '\(to)'"
                } else {
                    "about \(percent) of the labels were changed at random"
                }
            var cause = DataCause(
                .changedLabels, level: .suspect, text, rows: one.rows, pValue: pValue,
                filtered: pValue < DataCause.certain ? one.certain : [])
            (cause.from, cause.rate, cause.classes) = (names.0, one.rate, names.1.map { [$0] } ?? [])
            return cause
        }
    }
}
