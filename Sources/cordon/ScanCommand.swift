import ArgumentParser
import CordonCore
import CordonReport
import CordonScan
import Glibc

/// `cordon scan`.
struct ScanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan",
        abstract: "What is wrong here? Looks at models, data, notebooks, code and settings without running any of it.",
        discussion: """
            Exit code 0: nothing at or above --fail-on. 1: findings. 2: the job could not be done, or, with --strict, \
            something was not evaluated. 64: wrong usage.
            """
    )

    @Argument(help: "Files or folders.", completion: .file())
    var paths: [String]

    @Option(help: "text, json, sarif or html.")
    var format: OutputFormat?

    @Option(name: .shortAndLong, help: "Write the report to a file instead of standard output.", completion: .file())
    var output: String?

    @Option(
        help: "Least severity that makes the command fail: critical, high, medium, low, info or none. Default: high.")
    var failOn: FailOn?

    @Flag(help: "Fail when something could not be evaluated.")
    var strict = false

    @Option(
        help: "Findings that are known and not shown: a file made by 'cordon baseline update'.", completion: .file())
    var baseline: String?

    @Option(help: "Scan only files that changed since this commit, branch or tag of git, and new files.")
    var since: String?

    @Flag(help: "Look for secrets and models in all past commits of the git repository too.")
    var history = false

    @OptionGroup var job: ScanJobOptions

    func run() async throws {
        let settings = try job.settings()
        let failOn = failOn ?? settings.failOn ?? FailOn(severity: .high)
        var triage = settings.triage
        if let path = baseline ?? settings.baseline {
            triage.baseline = try BaselineFile.read(path)
            triage.baselinePath = PrintableText.quoting(path, limit: 300)
        }
        let found = try await ScanJob(settings: settings, isQuiet: job.quiet, since: since, history: history).run(paths)
        let report = triage.apply(to: found, now: Int(time(nil)), isPartial: since != nil)
        let colour = output == nil && Terminal.wantsColour
        let text =
            switch format ?? settings.format ?? .text {
            case .text:
                Array(TerminalReport.render(report, colour: colour, failOn: failOn.severity, quiet: job.quiet).utf8)
            case .json: JSONReport.render(report)
            case .sarif: SARIFReport.render(report)
            case .html: Array(ScanHTML.render(report, failOn: failOn.severity).utf8)
            }
        try Terminal.write(text, to: output)
        throw ExitCode(exitCode(report, failOn, isStrict: strict || settings.strict))
    }

    private func exitCode(_ report: ScanReport, _ failOn: FailOn, isStrict: Bool) -> Int32 {
        if let least = failOn.severity, report.findings.contains(where: { $0.severity >= least }) { return 1 }
        return isStrict && report.incompleteCount > 0 ? 2 : 0
    }
}

/// Formats of the report.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json, sarif, html
}

/// A severity, or none at all.
struct FailOn: ExpressibleByArgument {
    let severity: Severity?

    init(severity: Severity?) { self.severity = severity }

    init?(argument: String) {
        if argument == "none" {
            severity = nil
        } else if let known = Severity(name: argument) {
            severity = known
        } else {
            return nil
        }
    }

    static let allValueStrings = Severity.allCases.reversed().map(\.name) + ["none"]
}
