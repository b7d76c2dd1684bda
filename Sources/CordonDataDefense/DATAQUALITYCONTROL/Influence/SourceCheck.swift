internal import CordonCore
internal import Glibc

/// What the rows of each source do to a model: reject on negative impact, by source, supplier or labeller.
///
/// The model is that of nearest neighbours, because it can be had with and without a source without training twice: for every
/// row of others, what its neighbours say of its label with this source's rows among them and without (reject on negative
/// impact, Nelson and others 2008, as the neighbours' classifier allows it, Jia and others 2019). Texts have no neighbours:
/// for them models are trained with and without the sources that look worst (``Retraining``). The mean difference in
/// logarithmic loss is the harm, its deviation gives bounds. Beside it stands the direction in which rows of the source pull a
/// model that did not see them: the gradient of the loss at its outputs, against that of all others.
///
/// - Note: Sources of another kind of data may harm without being wrong. Sources with fewer than 20 rows are only counted.
struct SourceCheck: DatasetCheck {
    var name: String { "influence of sources" }

    private static let neighbours = 15
    private static let listed = 45
    private static let fewest = 20
    private static let mostSources = 200
    private static let splitClasses = 50
    /// Sources that models are trained without.
    private static let retrained = 8

    func concerns(_ set: SampleSet) -> Bool { set.sources != nil }

    func decides(_ set: SampleSet) -> Bool { false }

    func obstacle(_ context: CheckContext) -> String? {
        guard TriggerCheck().concerns(context.set) else {
            return "only sets with classes have labels that a source can harm"
        }
        return LabelCheck().obstacle(context)
    }

    func run(_ context: CheckContext) throws -> [DataCause] {
        guard let sources = context.set.sources else { return [] }
        let groups = sources.rows
        let judged = groups.indices.filter { groups[$0].count >= Self.fewest }
            .sorted { (groups[$1].count, $0) < (groups[$0].count, $1) }.prefix(Self.mostSources)
        let pulls = try pulls(sources, judged: judged, context)
        let doubtful = try doubtful(context)
        var harms = try harms(sources, judged: Set(judged), context)
        if harms.isEmpty {
            // Those that look worst first: training is dear.
            let shares = groups.map { Self.share($0, doubtful) }
            let worst = judged.sorted { (shares[$1], pulls[$0], $0) < (shares[$0], pulls[$1], $1) }
            harms = try Retraining(context).harms(of: worst.prefix(Self.retrained).map { ($0, groups[$0]) })
        }
        let usual = Self.share(groups.flatMap(\.self), doubtful)
        var causes: [DataCause] = []
        for (source, name) in sources.names.enumerated() {
            let harm = harms[source]
            // One side: only harm counts.
            let pValue = harm.map {
                min(1, 0.5 * erfc($0.mean / max(1e-12, $0.error) / 2.0.squareRoot()) * Double(max(1, judged.count)))
            }
            context.sources.append(
                SourceImpact(
                    name: name, rows: groups[source],
                    harm: harm.map { ($0.mean, $0.mean - 1.96 * $0.error, $0.mean + 1.96 * $0.error) },
                    pValue: pValue, pull: pulls[source]))
            guard let harm, let pValue, pValue < context.falseAlarms, harm.mean > 0 else { continue }
            let wrong = groups[source].filter(doubtful.contains)
            // A source is bad when much of it is: a few hard rows are in every one.
            let share = Self.share(groups[source], doubtful)
            guard share >= 0.1, share >= 1.5 * usual else { continue }
            var cause = DataCause(
                .harmfulSource, level: .suspect, "rows of '\(name)' harm a model", rows: wrong, pValue: pValue)
            cause.evidence = [
                "without its \(groups[source].count) rows the loss on a row of the others is \(Self.number(harm.mean)) lower (95 %: \(Self.number(harm.mean - 1.96 * harm.error)) to \(Self.number(harm.mean + 1.96 * harm.error)))",
                "\(wrong.count) of its rows have labels for which little speaks",
                "its rows pull the model \(pulls[source] < 0 ? "against" : "with") the others (cosine \(Self.number(pulls[source])))",
            ]
            causes.append(cause)
        }
        return causes
    }

    private static func number(_ value: Double) -> String { "\(Float((value * 10_000).rounded() / 10_000))" }

    /// Mean harm of each source per row of others, and its standard error.
    private func harms(
        _ sources: SampleSet.Grouping, judged: Set<Int>, _ context: CheckContext
    ) throws -> [Int: (mean: Double, error: Double)] {
        guard let space = try context.space() else { return [:] }
        let (set, classes) = (context.set, Double(context.set.classes.count))
        var (sums, squares) = (
            [Double](repeating: 0, count: sources.names.count), [Double](repeating: 0, count: sources.names.count)
        )
        var isKnown = false
        try space.forEachNearest(Self.listed) { row, others in
            isKnown = true
            let label = set.labels[row]
            guard label >= 0 else { return }
            func loss(without source: Int32) -> Double {
                var (own, all) = (0, 0)
                for other in others where sources.places[other] != source || source < 0 {
                    all += 1
                    if set.labels[other] == label { own += 1 }
                    if all == Self.neighbours { break }
                }
                return -log((Double(own) + 1 / classes) / (Double(all) + 1))
            }
            let whole = loss(without: -1)
            for source in Set(others.prefix(Self.neighbours).map { sources.places[$0] }) {
                guard source >= 0, source != sources.places[row], judged.contains(Int(source)) else { continue }
                let harm = whole - loss(without: source)
                sums[Int(source)] += harm
                squares[Int(source)] += harm * harm
            }
        }
        guard isKnown else { return [:] }
        var found: [Int: (mean: Double, error: Double)] = [:]
        for source in judged {
            let count = Double(max(2, set.count - sources.places.count { Int($0) == source }))
            let mean = sums[source] / count
            found[source] = (mean, max(0, squares[source] / count - mean * mean).squareRoot() / count.squareRoot())
        }
        return found
    }

    /// Cosine of the gradient at a model's outputs that each source's rows give, with that of all other rows; 0 for sources that
    /// are not judged.
    private func pulls(
        _ sources: SampleSet.Grouping, judged: some Collection<Int>, _ context: CheckContext
    ) throws -> [Double] {
        let (set, classes) = (context.set, context.set.classes.count)
        let fit = try context.fit()
        var places = [Int](repeating: judged.count, count: sources.names.count)
        for (place, source) in judged.enumerated() { places[source] = place }
        // Per class that is predicted, so that a source with labels of its own is not taken for one that pulls.
        let isSplit = classes <= Self.splitClasses
        let width = isSplit ? classes * classes : classes
        var gradients = [[Double]](repeating: [Double](repeating: 0, count: width), count: judged.count + 1)
        for row in 0..<set.count where set.labels[row] >= 0 {
            let group = sources.places[row] < 0 ? judged.count : places[Int(sources.places[row])]
            let shares = fit.probabilities[(row * classes)..<((row + 1) * classes)]
            let predicted =
                shares.indices.reduce(shares.startIndex) { shares[$1] > shares[$0] ? $1 : $0 } - row * classes
            for (label, share) in shares.enumerated() {
                gradients[group][(isSplit ? predicted * classes : 0) + label] +=
                    Double(share) - (label == Int(set.labels[row]) ? 1 : 0)
            }
        }
        var total = [Double](repeating: 0, count: classes * classes)
        for gradient in gradients { for place in total.indices { total[place] += gradient[place] } }
        let cosines = gradients.dropLast().map { own in
            let rest = total.indices.map { total[$0] - own[$0] }
            let product = own.indices.reduce(0) { $0 + own[$1] * rest[$1] }
            let lengths = own.reduce(0) { $0 + $1 * $1 } * rest.reduce(0) { $0 + $1 * $1 }
            return lengths > 0 ? product / lengths.squareRoot() : 0
        }
        return places.map { $0 < cosines.count ? cosines[$0] : 0 }
    }

    private static func share(_ rows: [Int], _ doubtful: Set<Int>) -> Double {
        Double(rows.count(where: doubtful.contains)) / Double(max(1, rows.count))
    }

    /// Rows for whose label neighbours, or models where there are none, give less than half as much as for another.
    private func doubtful(_ context: CheckContext) throws -> Set<Int> {
        let votes = try context.survey()?.votes ?? context.fit().probabilities
        let (labels, classes) = (context.set.labels, context.set.classes.count)
        return Set(
            labels.indices.filter { row in
                guard labels[row] >= 0 else { return false }
                let own = votes[row * classes + Int(labels[row])]
                return own < 0.5 * ((0..<classes).map { votes[row * classes + $0] }.max() ?? 0)
            })
    }
}

/// What a source does.
struct SourceImpact {
    let name: String
    let rows: [Int]
    let harm: (mean: Double, low: Double, high: Double)?
    let pValue: Double?
    let pull: Double
}
