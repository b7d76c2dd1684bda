public import CordonCore

/// The scan report for people: worst first, one line each for what, why and what to do.
public struct TerminalReport {
    private let report: ScanReport
    private let style: TerminalStyle
    private let failOn: Severity?
    private var lines: [String] = []

    /// Renders a report.
    ///
    /// - Parameters:
    ///   - colour: whether escape sequences are wanted.
    ///   - failOn: the severity from which the command fails, for the last line.
    ///   - quiet: summary only.
    public static func render(_ report: ScanReport, colour: Bool, failOn: Severity?, quiet: Bool = false) -> String {
        var renderer = TerminalReport(report: report, style: TerminalStyle(isOn: colour), failOn: failOn)
        if !quiet {
            renderer.findings()
            renderer.notEvaluated()
        }
        renderer.summary()
        return renderer.lines.joined(separator: "\n") + "\n"
    }

    private init(report: ScanReport, style: TerminalStyle, failOn: Severity?) {
        self.report = report
        self.style = style
        self.failOn = failOn
    }

    // MARK: Findings

    private mutating func findings() {
        var rules: [String: Rule] = [:]
        for rule in report.rules { rules[rule.id] = rule }
        for severity in Severity.allCases.reversed() {
            let group = report.findings.filter { $0.severity == severity }
            guard !group.isEmpty else { continue }
            lines.append(
                style.severity(severity, " \(severity.name.uppercased()) ") + "  \(count(group.count, "finding"))")
            lines.append("")
            var last: AssetPath?
            for finding in group {
                if finding.path != last { lines.append(style.bold(finding.path.display)) }
                last = finding.path
                show(finding, rules[finding.ruleID])
            }
        }
    }

    private mutating func show(_ finding: Finding, _ rule: Rule?) {
        lines.append(
            "  \(style.severity(severityMark: finding.severity)) \(rule?.title ?? finding.ruleID)  \(style.dim(finding.ruleID))"
        )
        lines.append("    \(style.dim("what")) \(finding.message)\(place(finding.place))")
        if let rule {
            lines.append("    \(style.dim("why ")) \(rule.why)")
            lines.append("    \(style.dim("do  ")) \(rule.remedy)")
        }
        lines.append("")
    }

    private func place(_ place: Place) -> String {
        var parts: [String] = []
        if let member = place.member { parts.append("in \(member)") }
        if let element = place.element { parts.append("at \(element)") }
        if let cell = place.cell { parts.append("cell \(cell)") }
        if let line = place.line { parts.append("line \(line)") }
        if let offset = place.offset { parts.append("offset \(offset)") }
        return parts.isEmpty ? "" : style.dim("  (" + parts.joined(separator: ", ") + ")")
    }

    // MARK: Not evaluated

    /// The same reason is said once, with the files it holds for.
    private mutating func notEvaluated() {
        var order: [String] = []
        var files: [String: [String]] = [:]
        for entry in report.entries {
            for reason in entry.notEvaluated {
                if files[reason] == nil { order.append(reason) }
                files[reason, default: []].append(entry.asset.path.display)
            }
        }
        guard !order.isEmpty else { return }
        lines.append(
            style.bold("Not evaluated") + style.dim("  (not or only partly looked at, so not known to be clean)"))
        for reason in order.prefix(20) {
            let names = files[reason] ?? []
            let more = names.count > 4 ? " and \(names.count - 4) more" : ""
            lines.append("  \(reason)")
            lines.append("    \(style.dim(names.prefix(4).joined(separator: ", ") + more))")
        }
        if order.count > 20 { lines.append("  and \(order.count - 20) more reasons; --format json lists them all") }
        lines.append("")
    }

    // MARK: Summary

    private mutating func summary() {
        let total = report.entries.count
        var parts = [
            style.good("\(report.passedCount) clean"),
            style.bad("\(report.failedCount) flagged", when: report.failedCount > 0),
            "\(report.notEvaluatedCount) not evaluated",
        ]
        let partly = report.incompleteCount - report.notEvaluatedCount
        if partly > 0 { parts[2] += " (and \(partly) flagged only in part)" }
        if report.hiddenOnlyCount > 0 { parts[1] += " (\(report.hiddenOnlyCount) of them with hidden findings only)" }
        if report.excludedCount > 0 { parts.append("\(report.excludedCount) excluded") }
        lines.append("\(count(total, "file")) in \(seconds): \(parts.joined(separator: ", "))")
        let severities = Severity.allCases.reversed().compactMap { severity -> String? in
            let number = report.findings.count { $0.severity == severity }
            return number == 0 ? nil : "\(number) \(severity.name)"
        }
        if !severities.isEmpty { lines.append("findings: \(severities.joined(separator: ", "))") }
        triage()
        if let use = report.advisories {
            let age = use.ageInDays.map { $0 == 1 ? "1 day old" : "\($0) days old" } ?? "of unknown age"
            lines.append(
                style.dim(
                    "advisories: \(PrintableText.quoting(use.source, limit: 200)), \(count(use.recordCount, "record")), newest \(age)"
                ))
        }
        if let configuration = report.configuration { lines.append(style.dim("configuration: \(configuration)")) }
        lines.append(verdict)
    }

    private mutating func triage() {
        if !report.hidden.isEmpty {
            let parts = ScanReport.Hidden.Reason.allCases.compactMap { reason -> String? in
                let number = report.hidden.count { $0.reason == reason }
                return number == 0 ? nil : "\(number) by \(Self.words(reason))"
            }
            lines.append("hidden: \(count(report.hidden.count, "finding")): \(parts.joined(separator: ", "))")
        }
        let use = report.triage
        if use.changedSeverities > 0 {
            lines.append("severity changed by configuration: \(count(use.changedSeverities, "finding"))")
        }
        for text in use.expired.prefix(20) { lines.append("suppression expired: \(text)") }
        for text in use.unused.prefix(20) { lines.append(style.dim("suppression fits nothing: \(text)")) }
        if use.gone > 0, let path = use.baseline {
            lines.append(
                style.dim(
                    "\(count(use.gone, "finding")) of the baseline not met: 'cordon baseline update --baseline \(path)' forgets what is gone"
                ))
        }
    }

    static func words(_ reason: ScanReport.Hidden.Reason) -> String {
        switch reason {
        case .baseline: "the baseline"
        case .suppression: "suppressions"
        case .rule: "rules that are switched off"
        }
    }

    private var verdict: String {
        if let failOn, report.findings.contains(where: { $0.severity >= failOn }) {
            return style.bad("Do not use the flagged files before each finding is explained.", when: true)
        }
        if report.findings.contains(where: { $0.severity > .info }) {
            return "Nothing at or above '\(failOn?.name ?? "none")'; read the findings before you rely on the files."
        }
        if !report.hidden.isEmpty { return "Nothing found but what is hidden." }
        if report.notEvaluatedCount > 0 { return "Nothing found in what was looked at." }
        if report.entries.isEmpty {
            return report.excludedCount > 0 ? "Every file was left out by the patterns." : "There was nothing to scan."
        }
        return style.good(report.findings.isEmpty ? "Nothing found." : "Nothing found but notes.")
    }

    private var seconds: String {
        let milliseconds =
            report.duration.components.seconds * 1000 + report.duration.components.attoseconds / 1_000_000_000_000_000
        return milliseconds < 1000
            ? "\(max(1, milliseconds)) ms" : "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
    }

    private func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}

/// Colours of a terminal, or none.
struct TerminalStyle {
    let isOn: Bool

    func bold(_ text: String) -> String { wrap(text, "1") }
    func dim(_ text: String) -> String { wrap(text, "2") }
    func good(_ text: String) -> String { wrap(text, "32") }
    func bad(_ text: String) -> String { wrap(text, "1;31") }
    func bad(_ text: String, when condition: Bool) -> String { condition ? wrap(text, "1;31") : text }

    func severity(_ severity: Severity, _ text: String) -> String { wrap(text, code(severity) + ";7") }
    func severity(severityMark severity: Severity) -> String { wrap("●", code(severity)) }

    private func code(_ severity: Severity) -> String {
        switch severity {
        case .critical: "1;35"
        case .high: "1;31"
        case .medium: "1;33"
        case .low: "1;36"
        case .info: "2"
        }
    }

    private func wrap(_ text: String, _ code: String) -> String { isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
}
