internal import Glibc

/// Triggers in labelled sets; see ``UnsupportedPatternSearch``.
struct TriggerCheck: DatasetCheck {
    var name: String { "triggers" }

    func concerns(_ set: SampleSet) -> Bool {
        if set.targets != nil { return false }
        switch set.content {
        case .pictures, .table: return true
        case .texts: return !set.classes.isEmpty
        case .dialogues: return false
        }
    }

    func isQuick(_ set: SampleSet) -> Bool {
        if case .texts = set.content { return true }
        return false
    }

    func obstacle(_ context: CheckContext) -> String? { context.labelObstacle }

    func run(_ context: CheckContext) throws -> [DataCause] {
        guard let space = try context.space() else { return [] }
        return try search(space, context)
    }

    private func search(_ space: some PatternSpace, _ context: CheckContext) throws -> [DataCause] {
        let search = UnsupportedPatternSearch(
            space: space, rowsByClass: context.rowsByClass, falseAlarms: context.falseAlarms, seed: context.seed)
        let patterns = try search.run { !context.isCancelled() }
        return patterns.map { one in
            let (kind, text) = space.describe(one.features, carriers: one.rows)
            let pValue = exp(one.logP)
            var cause = DataCause(
                kind, level: DataCause.level(pValue), text, rows: one.rows, pValue: pValue)
            cause.classes = [context.set.classes[one.label]]
            cause.unsupported = (one.unsupported, one.usual)
            cause.phrases = space.phrases(one.features)
            cause.picture = space.picture(one.features, carriers: one.rows)
            return cause
        }
    }
}
