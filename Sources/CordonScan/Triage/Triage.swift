package import CordonCore

/// What the user decided about findings: which rules count, how grave they are, what is known and what is accepted.
///
/// Nothing disappears: what is not shown is kept in the report with the reason, and counted.
package struct Triage: Sendable {
    /// Shell patterns of rules to report; empty means all.
    package var rules: [String] = []
    /// Shell patterns of rules not to report.
    package var skippedRules: [String] = []
    /// Severities by shell pattern of rules; the last that fits counts.
    package var severities: [(pattern: String, severity: Severity)] = []
    /// Accepted findings.
    package var suppressions: [Suppression] = []
    /// Findings of an earlier day.
    package var baseline: Baseline?
    /// The baseline's path, as reports show it.
    package var baselinePath: String?

    /// Everything is shown as it is.
    package init() {}

    /// A pattern that fits no rule, so that a misspelt one does not pass silently.
    package var unknownPattern: String? {
        (rules + skippedRules + severities.map(\.pattern) + suppressions.map(\.rule).filter { !$0.isEmpty }).first {
            pattern in
            !Rules.all.contains { Self.fits([pattern], $0.id) }
        }
    }

    /// The report after triage.
    ///
    /// - Parameters:
    ///   - now: seconds since 1970, for suppressions that end.
    ///   - isPartial: whether only some files were scanned, so that what was not met may still be there.
    /// - Complexity: O(findings × suppressions).
    package func apply(to report: ScanReport, now: Int, isPartial: Bool = false) -> ScanReport {
        var use = ScanReport.TriageUse()
        let valid = suppressions.map { !$0.isExpired(now: now) }
        use.expired = zip(suppressions, valid).filter { !$1 }.map(\.0.summary)
        use.baseline = baselinePath
        var used = [Bool](repeating: false, count: suppressions.count)
        var left = baseline?.known.mapValues(\.count) ?? [:]
        var shown: [Finding] = []
        var hidden = report.hidden
        for original in report.findings {
            // That the scan was configured by what it scans cannot be hidden by that configuration.
            if original.ruleID == Rules.scanConfigured.id {
                shown.append(original)
                continue
            }
            let finding = graded(original)
            if finding.severity != original.severity { use.changedSeverities += 1 }
            if !isSelected(finding.ruleID) {
                hidden.append(.init(finding: finding, reason: .rule, note: "rule switched off"))
                continue
            }
            let fitting = suppressions.indices.filter { suppressions[$0].fits(finding) }
            for index in fitting { used[index] = true }
            let known = baseline?.known[finding.fingerprint]
            if let index = fitting.first(where: { valid[$0] }) {
                // What is suppressed does not use up what the baseline knows, but does not count as gone either.
                if let count = left[finding.fingerprint] { left[finding.fingerprint] = count - 1 }
                hidden.append(.init(finding: finding, reason: .suppression, note: suppressions[index].note))
            } else if let known, let count = left[finding.fingerprint], count > 0 {
                left[finding.fingerprint] = count - 1
                let note = PrintableText.quoting(known.justification, limit: 300)
                hidden.append(.init(finding: finding, reason: .baseline, note: note))
            } else {
                shown.append(finding)
            }
        }
        if !isPartial {
            use.unused = suppressions.indices.filter { !used[$0] && valid[$0] }.map { suppressions[$0].summary }
            use.gone = left.values.reduce(0) { $0 + max(0, $1) }
        }
        return ScanReport(
            toolVersion: report.toolVersion, roots: report.roots,
            entries: entries(report.entries, bad: shown + hidden.map(\.finding)), findings: shown, rules: report.rules,
            excludedCount: report.excludedCount, configuration: report.configuration, duration: report.duration,
            advisories: report.advisories, hidden: hidden, triage: use, excluded: report.excluded)
    }

    /// A severity that was changed to or from a note changes what a file counts as.
    private func entries(_ entries: [ScanReport.Entry], bad findings: [Finding]) -> [ScanReport.Entry] {
        guard !severities.isEmpty else { return entries }
        let bad = Set(findings.filter { $0.severity > .info }.map(\.path))
        return entries.map { entry in
            let isBad = bad.contains(entry.asset.path)
            guard isBad != (entry.outcome == .failed) else { return entry }
            let other: Outcome = entry.notEvaluated.first.map { .notEvaluated(reason: $0) } ?? .passed
            return ScanReport.Entry(
                asset: entry.asset, outcome: isBad ? .failed : other, notEvaluated: entry.notEvaluated)
        }
    }

    private func graded(_ finding: Finding) -> Finding {
        guard let severity = severities.last(where: { Self.fits([$0.pattern], finding.ruleID) })?.severity,
            severity != finding.severity
        else { return finding }
        return Finding(
            ruleID: finding.ruleID, severity: severity, confidence: finding.confidence, path: finding.path,
            place: finding.place,
            message: finding.message, subject: finding.subject)
    }

    private func isSelected(_ rule: String) -> Bool {
        (rules.isEmpty || Self.fits(rules, rule)) && !Self.fits(skippedRules, rule)
    }

    private static func fits(_ patterns: [String], _ rule: String) -> Bool {
        !patterns.isEmpty && PathFilter(include: patterns, exclude: []).allows(AssetPath(rule))
    }
}
