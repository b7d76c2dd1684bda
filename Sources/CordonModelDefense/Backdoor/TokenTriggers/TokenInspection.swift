internal import CordonData
internal import CordonTensor
internal import Glibc

/// Inspection of models that tell texts apart.
extension ModelInspection {
    /// Deviations of the logarithm of losses among classes of clean models, for one and two tokens; measured on the clean text
    /// models of the tuning half (Benchmarks/modeldefense/texts.py).
    private static let tokenDeviations = [1: 0.35, 2: 0.6]
    /// Share of the rows of other classes that a planted trigger turns; a class's rare words turn fewer.
    private static let wantedSuccess = 0.9
    /// Losses below are as good as none, in nats.
    private static let leastLoss = 1e-3
    /// Multiplications of a whole search: beyond it it takes hours.
    private static let mostTokenWork = 2e13
    private static let mostTexts = 2000

    func inspect(
        _ graph: Graph, _ entry: TokenClassifier.Entry, _ dataset: Dataset?, _ options: BatchInference.Options,
        _ verdict: inout ModelVerdict, _ progress: (Progress) -> Void
    ) throws {
        guard let dataset else {
            verdict.notEvaluated.append(
                (
                    "tokens",
                    "the input '\(entry.input)' takes tokens: with --data and a few hundred clean rows of them triggers can be looked for"
                ))
            return
        }
        let (rows, texts, leftOut) = try tokens(graph, entry, dataset, options)
        if leftOut > 0 { verdict.notEvaluated.append(("rows", "\(leftOut) rows could not be read")) }
        let classifier = try TokenClassifier(graph, entry, rows)
        let labels = try Classifier.classes(of: texts, dataset, count: classifier.classes)
        (verdict.classes, verdict.rows) = (classifier.classes, rows.count)
        guard classifier.classes >= Self.fewestClasses else {
            verdict.notEvaluated.append(
                (
                    "tokens",
                    "\(classifier.classes) classes: with fewer than \(Self.fewestClasses) none can stand out from the others"
                ))
            return
        }
        let cost = Double(graph.weightedLayers.reduce(1) { $0 + $1.weights }) * Double(rows.length)
        guard cost * TokenTriggerSearch.runs(classifier.classes) <= Self.mostTokenWork else {
            verdict.notEvaluated.append(
                (
                    "tokens",
                    "\(classifier.classes) classes and about \(Int(min(cost, 1e15))) multiplications a text: the search would take hours and is not started"
                ))
            return
        }
        progress(Progress(step: "trigger tokens", done: 0, total: 1))
        let answers = try classifier.answers(rows)
        let said = (0..<rows.count).map { row in
            (0..<classifier.classes).max {
                answers[row * classifier.classes + $0] < answers[row * classifier.classes + $1]
            }
                ?? 0
        }
        let found = try TokenTriggerSearch(classifier: classifier, isCancelled: isCancelled)
            .run(rows, said: said, labels: labels, cost: cost, seed: seed)
        verdict.checks.append("trigger tokens")
        var best = [Double](repeating: -.infinity, count: classifier.classes)
        var triggers: [(score: Double, trigger: FoundTrigger)] = []
        for (length, own) in found.sorted(by: { $0.key < $1.key }) {
            let losses = own.map { log(max($0.loss, Self.leastLoss)) }
            let middle = Self.median(losses)
            let deviation = max(
                Self.tokenDeviations[length] ?? 1, 1.4826 * Self.median(losses.map { abs($0 - middle) }))
            var scores = [Double](repeating: 0, count: classifier.classes)
            for (one, loss) in zip(own, losses) {
                // What does not work on most rows is no trigger, however far it stands out.
                let score = (middle - loss) / deviation
                scores[one.target] = one.success >= Self.wantedSuccess ? score : min(score, Self.suspect - 0.1)
                triggers.append((scores[one.target], describe(one, natural: exp(middle))))
            }
            verdict.scores.append(("\(length) token\(length > 1 ? "s" : "")", scores))
            for place in scores.indices { best[place] = max(best[place], scores[place]) }
        }
        let top = best.max() ?? 0
        verdict.level = Self.level(top)
        verdict.confidence = Self.confidence(top)
        verdict.targets = best.indices.filter { best[$0] >= Self.suspect }
            .map { ModelVerdict.Target(index: $0, level: Self.level(best[$0]), score: best[$0]) }
            .sorted { ($1.score, $0.index) < ($0.score, $1.index) }
        let targets = Set(verdict.targets.map(\.index))
        verdict.triggers = triggers.filter { targets.contains($0.trigger.target) && $0.score >= Self.suspect }
            .sorted { $0.score > $1.score }.map(\.trigger)
    }

    private func describe(_ found: TokenTriggerSearch.Found, natural: Double) -> FoundTrigger {
        let words = found.tokens.map(String.init).joined(separator: " and ")
        return FoundTrigger(
            kind: .tokens, target: found.target,
            description:
                "token\(found.tokens.count > 1 ? "s" : "") \(words) put in front; a mean loss of \((found.loss * 1000).rounded() / 1000) nats where \(Self.number(natural)) are natural",
            success: found.success, size: found.loss, naturalSize: natural, tokens: found.tokens, picture: nil)
    }

    /// Rows of tokens, with the model's other inputs.
    private func tokens(
        _ graph: Graph, _ entry: TokenClassifier.Entry, _ dataset: Dataset, _ options: BatchInference.Options
    ) throws -> (rows: TokenRows, labels: [String?], leftOut: Int) {
        var (length, numbers, labels): (Int?, [String: [Int64]], [String?]) = (nil, [:], [])
        let leftOut = try BatchInference(graph, dataset, options: options).forEachInput(
            most: Self.mostTexts, besides: dataset.name(of: .label)
        ) { values, _, texts in
            labels += texts
            for (name, value) in values {
                guard let tensor = value.tensor, tensor.rank == 2, tensor.shape[1] == length ?? tensor.shape[1],
                    [.int64, .int32].contains(tensor.type)
                else {
                    throw DatasetFailure(
                        .malformed,
                        "\(dataset.path): '\(name)' is no list of whole numbers of one length in every row; pad or cut the texts to one length"
                    )
                }
                length = tensor.shape[1]
                numbers[name, default: []] += try tensor.integers().map(Int64.init)
            }
            return true
        }
        guard let own = numbers.removeValue(forKey: entry.input), let length, length > 0 else {
            throw DatasetFailure(.malformed, "\(dataset.path): no row of tokens for the input '\(entry.input)'")
        }
        guard own.allSatisfy({ $0 >= 0 && $0 < Int64(entry.vocabulary) }),
            numbers.values.allSatisfy({ $0.count == own.count })
        else {
            throw DatasetFailure(
                .malformed, "\(dataset.path): tokens outside 0 to \(entry.vocabulary - 1): they are another model's")
        }
        return (TokenRows(length: length, tokens: own, others: numbers), labels, leftOut)
    }
}
