internal import CordonCore
internal import CordonTensor
internal import Glibc

/// Groups within a class that a model keeps apart, and that do not look like their class.
///
/// A model that learned a backdoor has the poisoned rows of a class in a corner of their own (spectral signatures, Tran, Li and
/// Madry 2018; activation clustering, Chen and others 2018). Which of two groups is the poison its size does not tell: at 10 %
/// poison in one of ten classes it is the majority. So directions are measured against how rows of *all* classes scatter about
/// their class (the robust whitening of SPECTRE, Hayase and others 2021; the decomposition of SCAn, Tang and others 2021), the
/// class is cut in two along its widest direction, and each part is judged by what speaks for its label elsewhere, as
/// ``UnsupportedPatternSearch`` does with rows that share a pattern. The last layers are tried, each costs its tries.
///
/// In tables a group is told without alarm unless a model was given: one of twenty natural tables has some.
///
/// - Note: Misses groups that look like one or two classes, what a small proxy does not learn, and clean-label poison, whose rows look like their class. Texts have no
///   layers here.
struct RepresentationCheck: DatasetCheck {
    var name: String { "representation" }

    private static let layers = 2
    private static let mostRows = 20_000
    private static let epochs = 4

    func concerns(_ set: SampleSet) -> Bool { InflowCheck().concerns(set) }

    func decides(_ set: SampleSet) -> Bool { false }

    func obstacle(_ context: CheckContext) -> String? { InflowCheck().obstacle(context) }

    func run(_ context: CheckContext) throws -> [DataCause] {
        guard let space = try context.space() else { return [] }
        return try run(space, context)
    }

    private func run(_ space: some PatternSpace, _ context: CheckContext) throws -> [DataCause] {
        let set = context.set
        let proxy = try ProxyRows(context)
        let epochs = max(2, min(Self.epochs, proxy.budget / max(1, set.count)))
        guard
            let model = try proxy.representation(
                of: context.model, set.labels, set.classes.count, epochs: epochs, seed: context.seed,
                context.isCancelled)
        else { return [] }
        var random = SplitMix(state: context.seed &+ 31)
        let rows = random.sample(set.labels.indices.filter { set.labels[$0] >= 0 }, Self.mostRows)
        let names = model.layers(Self.layers)
        let classes = set.classes.indices.filter { context.rowsByClass[$0].count >= 3 * 8 }
        let search = UnsupportedPatternSearch(
            space: space, rowsByClass: context.rowsByClass, falseAlarms: context.falseAlarms, seed: context.seed)
        let tries = max(1, 2 * names.count * classes.count)
        var causes: [DataCause] = []
        for layer in names {
            try context.stopIfCancelled()
            guard let (numbers, width) = try model.numbers(rows, layer: layer) else { continue }
            let groups = try Self.groups(numbers, width, rows, set.labels, classes)
            for (label, parts, spread) in groups {
                for part in parts {
                    let fresh = part.filter { !context.explained.contains($0) }
                    guard fresh.count * 5 >= part.count * 4 else { continue }
                    guard !causes.contains(where: { $0.classes == [set.classes[label]] }),
                        let found = try search.judge(group: fresh, label: label, tries: tries),
                        try Self.comeFromMany(found.rows, label, context)
                    else { continue }
                    var cause = cause(found, layer, spread, set)
                    if set.content.isTable, context.model == nil { cause.level = .clean }
                    causes.append(cause)
                }
            }
        }
        return causes
    }

    /// Whether rows look like many classes: those that look like one or two are natural, or labels that were changed.
    private static func comeFromMany(
        _ rows: [Int], _ label: Int, _ context: CheckContext
    ) throws -> Bool {
        guard let votes = try context.survey()?.votes else { return false }
        let classes = context.set.classes.count
        var counts = [Int](repeating: 0, count: classes)
        for row in rows {
            let others = (0..<classes).filter { $0 != label }
            if let top = others.max(by: { votes[row * classes + $0] < votes[row * classes + $1] }) { counts[top] += 1 }
        }
        return counts.sorted().suffix(2).reduce(0, +) * 10 < rows.count * mostFromTwo
    }

    /// Tenths of a group that the two classes it looks most like may hold.
    private static let mostFromTwo = 6

    private func cause(
        _ found: UnsupportedPatternSearch<some PatternSpace>.Found, _ layer: String, _ spread: Double, _ set: SampleSet
    ) -> DataCause {
        let pValue = exp(found.logP)
        var cause = DataCause(
            .subgroup, level: DataCause.level(pValue),
            "a group that a model keeps apart from its class, and that does not look like it",
            rows: found.rows.sorted(), pValue: pValue)
        cause.classes = [set.classes[found.label]]
        cause.unsupported = (found.unsupported, found.usual)
        cause.evidence = [
            "layer '\(layer)': \(Float((spread * 10).rounded() / 10)) times as wide as rows scatter in other classes"
        ]
        return cause
    }

    /// Every class cut in two along its widest direction, in units of the scatter of all classes.
    private static func groups(
        _ numbers: Tensor, _ width: Int, _ rows: [Int], _ labels: [Int32], _ classes: [Int]
    ) throws -> [(label: Int, parts: [[Int]], spread: Double)] {
        let places = classes.map { label in rows.indices.filter { Int(labels[rows[$0]]) == label } }
        // The middle of a class by medians, which poison moves least.
        let centred = try places.map { own -> Tensor in
            let part = try numbers.picked(0, own)
            return try part - part.median(0)
        }
        let total = Double(max(1, rows.count))
        var scatter = try Tensor.filled([width, width], 0)
        for part in centred { scatter = try scatter + part.transposed(0, 1).matmul(part) / total }
        let (values, vectors) = try scatter.eigen()
        let scales = try values.doubles()
        let floor = max(1e-9, (scales.last ?? 0) * 1e-4)
        let whitening = try vectors * Tensor(scales.map { Float(1 / max($0, floor).squareRoot()) }, shape: [1, width])
        var found: [(label: Int, parts: [[Int]], spread: Double)] = []
        for (place, label) in classes.enumerated() where places[place].count >= 3 * 8 {
            let white = try centred[place].matmul(whitening)
            let spread = try white.transposed(0, 1).matmul(white) / Double(places[place].count)
            let own = try spread.eigen()
            let widest = try own.vectors.sliced(1, width - 1, width)
            let line = try white.matmul(widest).doubles()
            let low = cut(line)
            found.append(
                (
                    label,
                    [
                        places[place].indices.filter { line[$0] <= low }.map { rows[places[place][$0]] },
                        places[place].indices.filter { line[$0] > low }.map { rows[places[place][$0]] },
                    ], try own.values.doubles().last ?? 1
                ))
        }
        return found
    }

    /// Where two groups of numbers part best: the least scatter within them (two means in one dimension, exact).
    private static func cut(_ line: [Double]) -> Double {
        let sorted = line.sorted()
        let (sum, squares) = (sorted.reduce(0, +), sorted.reduce(0) { $0 + $1 * $1 })
        var best = (scatter: Double.infinity, value: sorted[sorted.count / 2])
        var (left, leftSquares) = (0.0, 0.0)
        for index in 0..<(sorted.count - 1) {
            left += sorted[index]
            leftSquares += sorted[index] * sorted[index]
            let (few, many) = (Double(index + 1), Double(sorted.count - index - 1))
            let scatter =
                leftSquares - left * left / few + (squares - leftSquares) - (sum - left) * (sum - left) / many
            if scatter < best.scatter { best = (scatter, sorted[index]) }
        }
        return best.value
    }
}
