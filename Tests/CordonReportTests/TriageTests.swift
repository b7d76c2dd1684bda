import CordonCore
import CordonReport
import CordonScan
import Testing

@Suite("Triage: baseline, suppressions, rules and severities")
struct TriageTests {
    private static let now = 1_800_000_000

    private func finding(_ rule: String, _ path: String, _ subject: String, _ severity: Severity = .high) -> Finding {
        Finding(
            ruleID: rule, severity: severity, confidence: .high, path: AssetPath(path), place: Place(line: 1),
            message: subject, subject: subject)
    }

    private func report(_ findings: [Finding]) -> ScanReport {
        let paths = Set(findings.map(\.path))
        return ScanReport(
            toolVersion: "1", roots: ["."],
            entries: paths.map { .init(asset: Asset(path: $0), outcome: .failed, notEvaluated: []) },
            findings: findings,
            rules: Rules.all, excludedCount: 0, configuration: nil, duration: .seconds(1))
    }

    private func suppression(
        rule: String = "", path: String = "", fingerprint: String = "", until: String = ""
    ) -> Suppression {
        var result = Suppression()
        (result.rule, result.path, result.fingerprint, result.until) = (rule, path, fingerprint, until)
        (result.reason, result.by) = ("looked at", "ana")
        return result
    }

    @Test("A baseline hides as many equal findings as it counted; one more is reported")
    func counts() throws {
        let old = [finding("CORDON-PYS-004", "a.py", "torch.load"), finding("CORDON-PYS-004", "a.py", "torch.load")]
        let file = BaselineSARIF.render(old, justifications: [:], reason: "old code", version: "1")
        var triage = Triage()
        triage.baseline = try Baseline(file)
        let three = triage.apply(to: report(old + [old[0]]), now: Self.now)
        #expect(three.findings.count == 1 && three.hidden.count == 2)
        #expect(three.hidden.allSatisfy { $0.reason == .baseline && $0.note == "old code" })
        let one = triage.apply(to: report([old[0]]), now: Self.now)
        #expect(one.findings.isEmpty && one.triage.gone == 1 && one.hiddenOnlyCount == 1)
        #expect(triage.apply(to: report([old[0]]), now: Self.now, isPartial: true).triage.gone == 0)
    }

    @Test("A baseline keeps the reasons that were written down, and is itself valid and stable")
    func justifications() throws {
        let findings = [finding("CORDON-PYS-004", "b.py", "x"), finding("CORDON-PYS-001", "a.py", "y")]
        let known = [findings[0].fingerprint: "checked by hand"]
        let file = BaselineSARIF.render(findings, justifications: known, reason: "", version: "1")
        #expect(file == BaselineSARIF.render(findings.reversed(), justifications: known, reason: "", version: "1"))
        #expect(try Baseline(file).known[findings[0].fingerprint]?.justification == "checked by hand")
        #expect(try Baseline(SARIFReport.render(report(findings))).known.count == 2)
    }

    @Test(
        "What is no baseline is refused",
        arguments: ["", "{}", "[1", #"{"version":"2.1.0"}"#, #"{"version":"2.1.0","runs":[{"results":[{}]}]}"#])
    func refused(text: String) {
        #expect(throws: BaselineFailure.self) { try Baseline(Array(text.utf8)) }
    }

    @Test("Suppressions fit by rule, path and fingerprint together, and not past their date")
    func suppressions() {
        let findings = [
            finding("CORDON-PYS-004", "old/a.py", "x"), finding("CORDON-PYS-004", "new/a.py", "x"),
            finding("CORDON-SEC-001", "old/a.py", "k"),
        ]
        var triage = Triage()
        triage.suppressions = [suppression(rule: "CORDON-PYS-*", path: "old")]
        let some = triage.apply(to: report(findings), now: Self.now)
        #expect(some.findings.map(\.fingerprint).sorted() == findings[1...].map(\.fingerprint).sorted())
        #expect(some.hidden.first?.note == "looked at (ana)")
        triage.suppressions = [suppression(fingerprint: findings[2].fingerprint, until: "2027-01-15")]
        #expect(triage.apply(to: report(findings), now: Self.now).hidden.count == 0)
        #expect(triage.apply(to: report(findings), now: Self.now).triage.expired.count == 1)
        #expect(triage.apply(to: report(findings), now: Self.now - 86_400 * 30).hidden.count == 1)
        triage.suppressions = [suppression(path: "nowhere/*")]
        #expect(triage.apply(to: report(findings), now: Self.now).triage.unused == ["nowhere/*"])
    }

    @Test("A suppression needs something to fit, a reason, a name and a sound date")
    func problems() {
        #expect(suppression(rule: "CORDON-SEC-*").problem == nil)
        #expect(suppression().problem != nil)
        #expect(suppression(path: "a", until: "soon").problem != nil)
        var nameless = suppression(path: "a")
        nameless.by = ""
        #expect(nameless.problem != nil)
    }

    @Test("Rules are selected, severities changed; files follow, and what is hidden is counted")
    func selection() {
        let findings = [finding("CORDON-PYS-004", "a.py", "x"), finding("CORDON-SEC-001", "b.py", "k")]
        var triage = Triage()
        triage.rules = ["CORDON-SEC-*"]
        let selected = triage.apply(to: report(findings), now: Self.now)
        #expect(selected.findings.map(\.ruleID) == ["CORDON-SEC-001"])
        #expect(selected.hidden.map(\.reason) == [.rule])
        triage = Triage()
        triage.severities = [("CORDON-*", .low), ("CORDON-SEC-001", .info)]
        let graded = triage.apply(to: report(findings), now: Self.now)
        #expect(graded.findings.map(\.severity) == [.low, .info] && graded.triage.changedSeverities == 2)
        #expect(graded.failedCount == 1 && graded.passedCount == 1)
        triage.skippedRules = ["CORDON-XXX-*"]
        #expect(triage.unknownPattern == "CORDON-XXX-*")
    }
}
