/// What one check of a source tree found.
package struct SourceCheck: Sendable, Equatable {
    /// The three outcomes.
    package enum Outcome: String, Sendable {
        case passed, failed, notEvaluated
    }
    /// What was checked.
    package let name: String
    /// The outcome.
    package var outcome: Outcome
    /// What was found, in one line.
    package var summary: String
    /// What is wrong, a line each.
    package var details: [String] = []

    /// Makes a result.
    package init(_ name: String, _ outcome: Outcome, _ summary: String, details: [String] = []) {
        self.name = name
        self.outcome = outcome
        self.summary = summary
        self.details = details
    }
}

/// What a check of a source tree found.
package struct SourceReport: Sendable {
    /// Every check, in the order in which they were made.
    package var checks: [SourceCheck]

    /// 0 everything passed, 1 something failed, 2 something could not be checked.
    package var exitCode: Int32 {
        if checks.contains(where: { $0.outcome == .failed }) { return 1 }
        return checks.contains { $0.outcome == .notEvaluated } ? 2 : 0
    }
}
