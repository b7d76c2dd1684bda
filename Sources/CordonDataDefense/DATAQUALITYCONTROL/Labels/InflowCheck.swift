internal import Glibc

/// Rows of one label that look like many other classes: what a backdoor leaves whose trigger nobody sees.
///
/// A trigger that no pixel shows — a warp, a sinusoid, a style — leaves rows whose neighbours have other labels, all going into
/// one class. In the inner quarter of every class, where neighbours agree, rows with one other label are counted; the two
/// classes that give most are left aside as natural. More than natural sets have (binomial tail) and more than other labels get
/// is beyond chance. Pictures and tables, by neighbours; five classes or more.
///
/// - Note: Misses clean-label poison, rows that come from one class only (``LabelNoise`` looks for them), and triggers so strong
///   that their rows are each other's neighbours (``UnsupportedPatternSearch`` finds those).
struct InflowCheck: DatasetCheck {
    var name: String { "rows that look like other classes" }

    /// Share of the inner quarters of other classes that natural labels get.
    private static let natural = 0.005
    private static let fewestInner = 10

    func concerns(_ set: SampleSet) -> Bool {
        switch set.content {
        case .pictures, .table: set.targets == nil
        case .texts, .dialogues: false
        }
    }

    func decides(_ set: SampleSet) -> Bool { false }

    func obstacle(_ context: CheckContext) -> String? {
        if let reason = LabelCheck().obstacle(context) { return reason }
        return context.set.classes.count < 5 ? "\(context.set.classes.count) classes are too few to compare" : nil
    }

    func run(_ context: CheckContext) throws -> [DataCause] {
        let set = context.set
        guard let votes = try context.survey()?.votes else { return [] }
        let classes = set.classes.count
        func share(_ row: Int, _ label: Int) -> Float { votes[row * classes + label] }
        let tops = (0..<set.count).map { row in
            (0..<classes).reduce(0) { share(row, $1) > share(row, $0) ? $1 : $0 }
        }
        let known = (0..<set.count).filter {
            set.labels[$0] >= 0 && !context.explained.contains($0) && !context.conflicting.contains($0)
        }
        var (sizes, counts) = ([Int](repeating: 0, count: classes), [[Int]](repeating: [], count: classes))
        for from in 0..<classes {
            let own = known.filter { tops[$0] == from }.sorted { (share($1, from), $0) < (share($0, from), $1) }
            let inner = own.count >= 4 * Self.fewestInner ? own.prefix(own.count / 4) : []
            sizes[from] = inner.count
            counts[from] = [Int](repeating: 0, count: classes)
            for row in inner { counts[from][Int(set.labels[row])] += 1 }
        }
        let flows = (0..<classes).map { to -> (hits: Int, trials: Int) in
            let others = (0..<classes).filter { $0 != to }
            let sorted = others.map { counts[$0][to] }.sorted().dropLast(2)
            return (sorted.reduce(0, +), others.reduce(0) { $0 + sizes[$1] })
        }
        let middle = flows.map(\.hits).sorted()[classes / 2]
        var causes: [DataCause] = []
        for (to, flow) in flows.enumerated() where flow.trials > 0 && flow.hits >= 8 && flow.hits >= 4 * middle {
            let logP =
                Binomial.logTail(hits: flow.hits, trials: flow.trials, chance: Self.natural) + log(Double(classes))
            guard logP < log(context.falseAlarms) else { continue }
            let rows = known.filter {
                Int(set.labels[$0]) == to && tops[$0] != to && share($0, to) <= 0.25 && share($0, tops[$0]) >= 0.4
            }
            let pValue = exp(min(0, logP))
            var cause = DataCause(
                .subgroup, level: DataCause.level(pValue), "rows that look like many other classes have one label",
                rows: rows, pValue: pValue)
            cause.classes = [set.classes[to]]
            cause.evidence = [
                "among rows whose neighbours agree on other classes \(flow.hits) of \(flow.trials) have this label, beside \(middle) that others have"
            ]
            causes.append(cause)
        }
        return causes
    }
}
