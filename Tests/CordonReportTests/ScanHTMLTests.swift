import CordonCore
import CordonReport
import CordonScan
import Foundation
import Testing

@Suite("The scan report as a page")
struct ScanHTMLTests {
    private func report(_ count: Int, path: String = "folder/some/file.py") -> ScanReport {
        let rules = Rules.all.filter { $0.severity > .info }
        let findings = (0..<count).map { index in
            Finding(
                ruleID: rules[index % rules.count].id, severity: Severity.allCases[index % 5], confidence: .medium,
                path: AssetPath("\(path)\(index)"), place: Place(line: index + 1),
                message: String(repeating: "what was seen, told at some length; ", count: 5), subject: "\(index)")
        }
        let entries = findings.map {
            ScanReport.Entry(asset: Asset(path: $0.path), outcome: .failed, notEvaluated: ["a reason"])
        }
        let hidden = ScanReport.Hidden(finding: findings[0], reason: .suppression, note: "known (ana)")
        return ScanReport(
            toolVersion: "1", roots: ["."],
            entries: entries + [.init(asset: Asset(path: AssetPath("ok")), outcome: .passed, notEvaluated: [])],
            findings: findings, rules: Rules.all, excludedCount: 1, configuration: nil, duration: .zero,
            hidden: [hidden],
            excluded: [AssetPath("left/out")])
    }

    @Test("A hundred findings of a hundred rules take at most 100 KB")
    func size() {
        #expect(ScanHTML.render(report(100), failOn: .high).utf8.count <= 100_000)
    }

    @Test("Every number leads to a list that is there; no script, nothing from elsewhere")
    func links() throws {
        let page = ScanHTML.render(report(20), failOn: .high)
        let targets = page.matches(of: /href="#([a-z-]+)"/).map { String($0.1) }
        #expect(targets.count == 11)
        for target in targets { #expect(page.contains("id=\"\(target)\""), "\(target)") }
        #expect(!page.contains("<script") && !page.contains("src=") && !page.contains("url("))
        #expect(page.contains("default-src 'none'"))
        #expect(page.contains("known (ana)") && page.contains("left/out"))
    }

    @Test("What comes from files cannot become markup")
    func hostile() {
        let page = ScanHTML.render(report(3, path: "<img src=x onerror=alert(1)>\"'&"), failOn: .high)
        #expect(!page.contains("<img") && page.contains("&lt;img"))
    }

    @Test("Colours have a contrast of 4.5:1 on their ground in both schemes (WCAG 2.2, 1.4.3)")
    func contrast() throws {
        let page = ScanHTML.render(report(1), failOn: .high)
        let schemes = page.matches(of: /\{(?:color-scheme:light dark;)?(--bg:[^}]+)\}/).map { String($0.1) }
        let screens = schemes.filter { $0.contains("--critical") }
        #expect(screens.count == 2)
        for scheme in screens {
            var colours: [String: Double] = [:]
            for match in scheme.matches(of: /--([a-z]+):#([0-9a-f]{3,6})/) {
                colours[String(match.1)] = luminance(String(match.2))
            }
            let ground = try #require(colours["bg"]), on = try #require(colours["on"])
            for name in ["fg", "dim", "link", "high", "medium", "good"] {
                #expect(ratio(try #require(colours[name]), ground) >= 4.5, "\(name)")
            }
            for name in ["critical", "high", "medium", "low", "info"] {
                #expect(ratio(try #require(colours[name]), on) >= 4.5, "\(name)")
            }
        }
    }

    private func ratio(_ a: Double, _ b: Double) -> Double { (max(a, b) + 0.05) / (min(a, b) + 0.05) }

    private func luminance(_ hex: String) -> Double {
        let full = hex.count == 3 ? hex.map { "\($0)\($0)" }.joined() : hex
        let parts = stride(from: 0, to: 6, by: 2).map { start -> Double in
            let value = Double(Int(full.dropFirst(start).prefix(2), radix: 16) ?? 0) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }
}
