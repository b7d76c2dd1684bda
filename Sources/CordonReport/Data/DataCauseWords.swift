package import CordonDataDefense

/// What causes are called, what they cost and what to do about them.
package enum DataCauseWords {
    /// In a few words.
    package static func title(_ kind: DataCause.Kind) -> String {
        switch kind {
        case .patch: "Trigger: a patch"
        case .blend: "Trigger: a pattern over the picture"
        case .words: "Trigger: words"
        case .values: "Trigger: values"
        case .subgroup: "A subgroup that does not look like its class"
        case .changedLabels: "Changed labels"
        case .changedTargets: "Changed targets"
        case .injection: "Orders to a model"
        case .hiddenText: "Hidden text"
        case .duplicates: "Duplicates"
        case .conflictingDuplicates: "Duplicates with other labels"
        case .badValues: "Values that do not fit"
        case .outliers: "Outliers"
        case .harmfulSource: "A source that harms the model"
        case .changedRows: "Rows that were changed"
        case .drift: "Drift from the reference"
        }
    }

    /// What could not be checked, checks with the same reason together.
    static func unchecked(_ verdict: DataVerdict) -> [(checks: String, reason: String)] {
        var found: [(checks: String, reason: String)] = []
        for (check, reason) in verdict.notEvaluated {
            if let place = found.firstIndex(where: { $0.reason == reason }) {
                found[place].checks += ", " + check
            } else {
                found.append((check, reason))
            }
        }
        return found
    }

    /// What to do.
    package static func remedy(_ kind: DataCause.Kind) -> String {
        switch kind {
        case .patch, .blend, .words, .values, .subgroup:
            "Look at the rows and where they come from; leave them out with `cordon data clean`, and train again what was trained on them."
        case .changedLabels, .changedTargets:
            "Have the labels looked at with `cordon data review export`, and check who labelled them."
        case .injection, .hiddenText: "Take the documents out of the index, and look at where they come from."
        case .duplicates, .conflictingDuplicates: "Keep one of each; decide which label is right."
        case .badValues: "Correct the values at their source."
        case .outliers: "Look at the rows."
        case .harmfulSource: "Leave the source out until it was looked at."
        case .changedRows, .drift: "Compare with the registered version: `cordon data diff`."
        }
    }

    /// What is lost where the verdict is wrong.
    package static func cost(_ cause: DataCause, of verdict: DataVerdict) -> String {
        let share = Double(cause.rows.count) / Double(max(1, verdict.rows)) * 100
        let rows = "\(DatasetText.count(cause.rows.count, "row")) (\(Float((share * 10).rounded() / 10)) % of all)"
        switch cause.kind {
        case .patch, .blend, .words, .values, .subgroup:
            return "Wrongly left out: \(rows) less to learn from. Wrongly kept: a model that obeys the trigger."
        case .changedLabels, .changedTargets:
            return
                "Wrongly left out: \(rows) less to learn from, the hard ones first. Wrongly kept: a less accurate model."
        case .injection, .hiddenText:
            return "Wrongly left out: \(rows) that nobody finds. Wrongly kept: answers that others dictate."
        default: return "Wrongly left out: \(rows)."
        }
    }
}
