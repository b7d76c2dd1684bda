/// What a check says about an asset. "Could not look" has its own word and never counts as clean.
public enum Outcome: Hashable, Sendable {
    /// Everything that Cordon knows how to check was checked, and nothing was found.
    case passed
    /// Something was found; the findings say what.
    case failed
    /// Some or all of the asset was not looked at, for this reason.
    case notEvaluated(reason: String)

    /// The word used in reports.
    public var name: String {
        switch self {
        case .passed: "passed"
        case .failed: "failed"
        case .notEvaluated: "notEvaluated"
        }
    }
}
