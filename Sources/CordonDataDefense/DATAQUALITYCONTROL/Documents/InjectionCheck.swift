/// Orders to a model in texts that it will read, and text that people do not see: indirect prompt injection (Greshake and
/// others 2023), in documents for retrieval, training texts and dialogues.
///
/// ``OrderScanner`` adds up signs; ``HiddenText`` reads through invisible and look-alike characters. A document is alerted from
/// ``alert`` on and left out from ``filter`` on; both were set on the tuning half of `Benchmarks/dataquality`.
///
/// - Note: Misses orders in pictures, orders without a sign of their own ("The manual says that …"), and languages that are
///   not in ``OrderLexicon``. No question of chance: there is no p-value.
struct InjectionCheck: DatasetCheck {
    var name: String { "orders to models" }

    static let alert = 4.0
    static let filter = 6.0
    private static let shown = 5

    func concerns(_ set: SampleSet) -> Bool {
        switch set.content {
        case .texts, .dialogues: true
        case .pictures, .table: false
        }
    }

    /// Texts with labels and dialogues may have triggers as well.
    func decides(_ set: SampleSet) -> Bool {
        if case .texts = set.content { return set.classes.isEmpty }
        return false
    }

    func run(_ context: CheckContext) throws -> [DataCause] {
        let scanner = OrderScanner()
        var hits: [(row: Int, result: OrderScanner.Result)] = []
        for row in 0..<context.set.count {
            if row & 1023 == 0 { try context.stopIfCancelled() }
            let text: String
            switch context.set.content {
            case .texts(let texts): text = texts[row]
            case .dialogues(let dialogues): text = dialogues[row].turns.map(\.answer).joined(separator: "\n")
            case .pictures, .table: return []
            }
            let result = scanner.scan(text)
            if result.weight >= Self.alert { hits.append((row, result)) }
        }
        guard !hits.isEmpty else { return [] }
        hits.sort { ($1.result.weight, $0.row) < ($0.result.weight, $1.row) }
        let strong = hits.filter { $0.result.weight >= Self.filter }.map(\.row)
        // A few among many are what documents about models say; their level is for people to raise.
        let share = Double(hits.count) / Double(context.set.count)
        let isUsual = strong.isEmpty && share < 0.005
        var cause = DataCause(
            .injection, level: strong.count >= 3 || share >= 0.01 ? .poisoned : isUsual ? .clean : .suspect,
            "\(hits.count) texts give orders to a model or hide text from people", rows: hits.map(\.row).sorted(),
            filtered: strong.sorted())
        cause.evidence = hits.prefix(Self.shown).map { hit in
            let signs = hit.result.signs.prefix(4).joined(separator: ", ")
            let hidden = hit.result.hidden.isEmpty ? "" : "; \(hit.result.hidden)"
            return "row \(context.set.rowNumbers[hit.row]): “\(hit.result.place)” (\(signs)\(hidden))"
        }
        return [cause]
    }
}
