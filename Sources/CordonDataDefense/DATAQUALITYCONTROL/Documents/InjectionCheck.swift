internal import Glibc

/// Orders to a model in texts that it will read, and text that people do not see: indirect prompt injection (Greshake and
/// others 2023), in documents for retrieval, training texts and dialogues.
///
/// See ``OrderScanner`` for what a text weighs. Of documents that give no orders, fewer than one of 100 weigh more than ``alert``,
/// one of 1,000 more than ``filter`` and fewer than one of 10,000 more than ``blatant`` (`cordon-bench orders`, documents that
/// the model did not see). More than that is beyond chance (binomial tail); what is not is told without alarm.
///
/// - Note: Misses orders in pictures, orders that read like statements ("The manual says that …"), and languages of which the
///   model saw little.
struct InjectionCheck: DatasetCheck {
    var name: String { "orders to models" }
    var comparesRows: Bool { false }

    func isQuick(_ set: SampleSet) -> Bool { true }

    static let alert = -0.9
    static let filter = 0.2
    static let blatant = 1.0
    /// Shares of harmless texts beyond the last two, rounded up.
    private static let usual = (filter: 0.0015, blatant: 0.0001)
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
        let logP = [(Self.filter, Self.usual.filter), (Self.blatant, Self.usual.blatant)].map { limit, chance in
            Binomial.logTail(
                hits: hits.count { $0.result.weight >= limit }, trials: context.set.count, chance: chance)
        }
        let pValue = min(1, 2 * exp(logP.min() ?? 0))
        let isAlarm = pValue < context.falseAlarms
        var cause = DataCause(
            .injection, level: isAlarm ? DataCause.level(pValue) : .clean,
            isAlarm
                ? "\(hits.count) texts give orders to a model or hide text from people"
                : "\(hits.count) texts read a little like orders to a model, no more than usual",
            rows: hits.map(\.row).sorted(), pValue: pValue, filtered: isAlarm ? strong.sorted() : [])
        cause.phrases = hits.flatMap(\.result.sentences)
        cause.evidence = hits.prefix(Self.shown).map { hit in
            let signs = hit.result.signs.isEmpty ? "" : " (" + hit.result.signs.joined(separator: "; ") + ")"
            return "row \(context.set.rowNumbers[hit.row]): “\(hit.result.passage)”" + signs
        }
        return [cause]
    }
}
