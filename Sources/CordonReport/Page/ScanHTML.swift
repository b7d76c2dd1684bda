public import CordonCore

/// The scan report as one page for browsers, print and archives: no scripts, nothing loaded from elsewhere.
///
/// Every number leads to the list of what it counts. A rule is explained once for each severity it was found at, so that a hundred findings
/// stay below 100 KB.
public struct ScanHTML {
    /// Longest lists of files; the rest is counted and left to the JSON report.
    private static let listLimit = 500

    private let report: ScanReport
    private let failOn: Severity?
    private let rules: [String: Rule]
    private var page = Page()

    /// Renders a report.
    ///
    /// - Parameter failOn: the severity from which the command fails, for the verdict.
    public static func render(_ report: ScanReport, failOn: Severity?) -> String {
        var renderer = ScanHTML(report: report, failOn: failOn)
        renderer.head()
        renderer.findings()
        renderer.files()
        renderer.foot()
        return renderer.page.text
    }

    private init(report: ScanReport, failOn: Severity?) {
        self.report = report
        self.failOn = failOn
        rules = Dictionary(uniqueKeysWithValues: report.rules.map { ($0.id, $0) })
    }

    // MARK: Head

    private mutating func head() {
        let roots = report.roots.map { $0 == "." ? "the working folder" : PrintableText.quoting($0, limit: 200) }
            .joined(separator: ", ")
        page.begin("Cordon scan of \(roots)", style: Self.style)
        page.add("<a class=\"skip\" href=\"#findings\">To the findings</a>")
        let (word, mood) = verdict
        page.add(
            "<header class=\"\(mood)\"><p class=\"dim\">Cordon \(report.toolVersion), scan of</p><h1>\(Page.escaped(roots))</h1><p class=\"verdict\">\(word)</p></header>"
        )
        page.add("<nav aria-label=\"Numbers\"><ul class=\"numbers\">")
        for severity in Severity.allCases.reversed() {
            number(report.findings.count { $0.severity == severity }, severity.name, severity.name, badge: severity)
        }
        number(report.failedCount, "flagged files", "flagged")
        number(report.notEvaluatedFiles.count, "not wholly evaluated", "not-evaluated")
        number(report.hidden.count, "hidden", "hidden")
        number(report.excludedCount, "excluded", "excluded")
        number(report.passedCount, "clean files", "clean")
        page.add("</ul></nav>")
    }

    private var verdict: (String, String) {
        if let failOn, report.findings.contains(where: { $0.severity >= failOn }) {
            return ("Do not use the flagged files before each finding is explained.", "bad")
        }
        if report.findings.contains(where: { $0.severity > .info }) {
            return (
                "Nothing at or above \u{201C}\(failOn?.name ?? "none")\u{201D}; read the findings before you rely on the files.",
                "warn"
            )
        }
        if !report.hidden.isEmpty { return ("Nothing found but what is hidden.", "warn") }
        if report.notEvaluatedCount > 0 { return ("Nothing found in what was looked at.", "warn") }
        return report.entries.isEmpty ? ("There was nothing to scan.", "warn") : ("Nothing found.", "good")
    }

    private mutating func number(_ value: Int, _ label: String, _ id: String, badge: Severity? = nil) {
        let mark = badge.map { " class=\"\($0.name)\"" } ?? ""
        if value == 0 {
            page.add("<li><span\(mark)><b>0</b> \(label)</span></li>")
        } else {
            page.add("<li><a href=\"#\(id)\"\(mark)><b>\(value)</b> \(label)</a></li>")
        }
    }

    // MARK: Findings

    private mutating func findings() {
        page.add("<main id=\"findings\">")
        for severity in Severity.allCases.reversed() {
            let group = report.findings.filter { $0.severity == severity }
            guard !group.isEmpty else { continue }
            page.add(
                "<section id=\"\(severity.name)\"><h2><span class=\"badge \(severity.name)\">\(severity.name)</span> \(Self.count(group.count, "finding"))</h2>"
            )
            var order: [String] = []
            var byRule: [String: [Finding]] = [:]
            for finding in group {
                if byRule[finding.ruleID] == nil { order.append(finding.ruleID) }
                byRule[finding.ruleID, default: []].append(finding)
            }
            for id in order { rule(id, byRule[id] ?? []) }
            page.add("</section>")
        }
        page.add("</main>")
    }

    private mutating func rule(_ id: String, _ findings: [Finding]) {
        let rule = rules[id]
        page.add(
            "<article class=\"\(findings[0].severity.name)\"><h3>\(Page.escaped(rule?.title ?? id)) <span class=\"dim\">\(id)</span></h3>"
        )
        if let rule {
            page.add("<p>\(Page.escaped(rule.why)) <b>Do:</b> \(Page.escaped(rule.remedy))</p>")
        }
        page.add("<ol>")
        for finding in findings {
            page.add(
                "<li id=\"f-\(finding.fingerprint.prefix(12))\"><code>\(Page.escaped(finding.path.display))</code>\(place(finding.place))<br>\(Page.escaped(finding.message))\(confidence(finding))</li>"
            )
        }
        page.add("</ol>")
        if let rule {
            let threat = rule.threat.entry
            let links =
                ["<a href=\"\(Page.escaped(threat.permalink))\">\(Page.escaped(threat.name))</a>"]
                + rule.cwe.map { "CWE-\($0)" }
            page.add(
                "<p class=\"dim\">Not detected: \(Page.escaped(rule.limits)) \(links.joined(separator: " · "))</p>")
        }
        page.add("</article>")
    }

    private func place(_ place: Place) -> String {
        var parts: [String] = []
        if let member = place.member { parts.append("in \(member)") }
        if let element = place.element { parts.append("at \(element)") }
        if let cell = place.cell { parts.append("cell \(cell)") }
        if let line = place.line { parts.append("line \(line)") }
        if let offset = place.offset { parts.append("offset \(offset)") }
        return parts.isEmpty ? "" : " <span class=\"dim\">\(Page.escaped(parts.joined(separator: ", ")))</span>"
    }

    private func confidence(_ finding: Finding) -> String {
        finding.confidence == .high ? "" : " <span class=\"dim\">(\(finding.confidence.rawValue) confidence)</span>"
    }

    // MARK: Files

    private mutating func files() {
        var counts: [AssetPath: Int] = [:]
        for finding in report.findings where finding.severity > .info { counts[finding.path, default: 0] += 1 }
        list(
            "flagged", "Flagged files",
            report.entries.filter { $0.outcome == .failed }.map { entry in
                let number = counts[entry.asset.path] ?? 0
                let what = number > 0 ? Self.count(number, "finding") : "hidden findings only"
                return "<code>\(Page.escaped(entry.asset.path.display))</code> <span class=\"dim\">\(what)</span>"
            })
        notEvaluated()
        list(
            "hidden", "Hidden findings",
            report.hidden.map { item in
                let note = item.note.isEmpty ? "" : ": \(item.note)"
                let why = Page.escaped("\(item.finding.severity.name), by \(TerminalReport.words(item.reason))\(note)")
                let title = Page.escaped(rules[item.finding.ruleID]?.title ?? "")
                return
                    "<code>\(Page.escaped(item.finding.path.display))</code> \(title) <span class=\"dim\">\(item.finding.ruleID), \(why)</span>"
            })
        list(
            "excluded", "Excluded files", report.excluded.map { "<code>\(Page.escaped($0.display))</code>" },
            of: report.excludedCount)
        list(
            "clean", "Clean files",
            report.entries.filter { $0.outcome == .passed }.map {
                "<code>\(Page.escaped($0.asset.path.display))</code>"
            })
    }

    private mutating func notEvaluated() {
        let files = report.notEvaluatedFiles
        guard !files.isEmpty else { return }
        var order: [String] = []
        var byReason: [String: [String]] = [:]
        for entry in files {
            for reason in entry.notEvaluated {
                if byReason[reason] == nil { order.append(reason) }
                byReason[reason, default: []].append(entry.asset.path.display)
            }
        }
        page.add(
            "<section id=\"not-evaluated\"><h2>Not wholly evaluated: \(Self.count(files.count, "file"))</h2><p>Not or only partly looked at, so not known to be clean.</p>"
        )
        for reason in order.prefix(Self.listLimit) {
            let names = byReason[reason] ?? []
            let shown = names.prefix(60).map { "<code>\(Page.escaped($0))</code>" }.joined(separator: ", ")
            let more = names.count > 60 ? " and \(names.count - 60) more, which the JSON report lists" : ""
            page.add("<p><b>\(Page.escaped(reason))</b><br>\(shown)\(more)</p>")
        }
        page.add("</section>")
    }

    private mutating func list(_ id: String, _ title: String, _ items: [String], of total: Int? = nil) {
        guard !items.isEmpty else { return }
        let total = total ?? items.count
        page.add("<section id=\"\(id)\"><h2>\(title): \(total)</h2><ul class=\"list\">")
        for item in items.prefix(Self.listLimit) { page.add("<li>\(item)</li>") }
        page.add("</ul>")
        if total > Self.listLimit {
            page.add("<p>and \(total - Self.listLimit) more; the JSON report lists them all.</p>")
        }
        page.add("</section>")
    }

    private mutating func foot() {
        var lines: [String] = []
        if let use = report.advisories {
            let age = use.ageInDays.map { ", the newest \(Self.count($0, "day")) old" } ?? ""
            lines.append(
                "Advisories: \(PrintableText.quoting(use.source, limit: 200)), \(Self.count(use.recordCount, "record"))\(age)."
            )
        }
        if let configuration = report.configuration { lines.append("Configuration: \(configuration).") }
        if let baseline = report.triage.baseline { lines.append("Baseline: \(baseline).") }
        if report.triage.changedSeverities > 0 {
            lines.append(
                "The configuration changed the severity of \(Self.count(report.triage.changedSeverities, "finding")).")
        }
        for text in report.triage.expired.prefix(100) { lines.append("Suppression expired: \(text).") }
        page.add("<footer>\(lines.map { "<p class=\"dim\">\(Page.escaped($0))</p>" }.joined())</footer>")
        page.end()
    }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    /// Colours keep a contrast of 4.5:1 (WCAG 2.2, 1.4.3) with their ground in both schemes.
    private static let style = """
        :root{color-scheme:light dark;--bg:#fff;--fg:#1b1d20;--dim:#565c63;--line:#d4d8dd;--link:#0b57c2;--critical:#8e1a6e;--high:#b3261e;--medium:#8a5200;--low:#1d5f8a;--info:#565c63;--good:#1f6b37;--on:#fff}
        @media(prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e7e9ec;--dim:#a7afb8;--line:#3a4047;--link:#8ab8ff;--critical:#f0a3da;--high:#ff9d95;--medium:#f2bd6b;--low:#8fcbf2;--info:#a7afb8;--good:#85d69c;--on:#14171a}}
        *{box-sizing:border-box}body{font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);max-width:62rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}
        a{color:var(--link)}a:focus-visible{outline:3px solid var(--link);outline-offset:2px}.skip{position:absolute;left:-99rem}.skip:focus{position:static}
        .dim{color:var(--dim);font-weight:400;font-size:.88em}code{font:13px/1.5 ui-monospace,monospace}
        header{border-left:.5rem solid var(--line);padding:.2rem 1rem;margin:1rem 0}header p{margin:0}h1{font-size:1.6rem;margin:.1rem 0}.verdict{font-weight:600}
        .bad{border-color:var(--high)}.bad .verdict{color:var(--high)}.warn{border-color:var(--medium)}.warn .verdict{color:var(--medium)}.good{border-color:var(--good)}.good .verdict{color:var(--good)}
        .numbers{list-style:none;display:flex;flex-wrap:wrap;gap:.5rem;padding:0}.numbers a,.numbers span{display:block;border:1px solid var(--line);border-radius:.4rem;padding:.3rem .7rem;text-decoration:none}
        .numbers b{font-size:1.25rem;font-variant-numeric:tabular-nums}.numbers span{color:var(--dim)}
        .numbers a.critical,.badge.critical{background:var(--critical)}.numbers a.high,.badge.high{background:var(--high)}.numbers a.medium,.badge.medium{background:var(--medium)}.numbers a.low,.badge.low{background:var(--low)}.numbers a.info,.badge.info{background:var(--info)}
        .numbers a.critical,.numbers a.high,.numbers a.medium,.numbers a.low,.numbers a.info,.badge{color:var(--on);border-color:transparent}.badge{border-radius:.3rem;padding:.1rem .5rem;font-size:.85em}
        section{border-top:1px solid var(--line);margin-top:1.5rem;scroll-margin-top:1rem}h2{font-size:1.2rem}h3{font-size:1rem;margin:.2rem 0}
        article{border-left:.3rem solid var(--line);padding:0 0 0 1rem;margin:1.2rem 0}article.critical{border-color:var(--critical)}article.high{border-color:var(--high)}article.medium{border-color:var(--medium)}article.low{border-color:var(--low)}
        article p{margin:.3rem 0}ol,.list{padding-left:1.6rem}li{margin:.25rem 0}li:target{outline:2px solid var(--link)}.list{columns:2 20rem}
        @media print{:root{color-scheme:light;--bg:#fff;--fg:#000;--dim:#444;--on:#000}body{max-width:none;font-size:10pt}.skip{display:none}.badge,.numbers a{background:none!important;border:1px solid #000!important;color:#000!important}article,li{break-inside:avoid}a{color:inherit}}
        """
}
