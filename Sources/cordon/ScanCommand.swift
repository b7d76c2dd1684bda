import ArgumentParser
import CordonCore
import CordonReport
import CordonScan

/// `cordon scan`.
struct ScanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan",
        abstract: "What is wrong here? Finds code, hidden data and lies in model files without loading them.",
        discussion: """
            Exit code 0: nothing at or above --fail-on. 1: findings. 2: the job could not be done, or, with --strict, \
            something was not evaluated. 64: wrong usage.
            """
    )

    @Argument(help: "Files or folders.", completion: .file())
    var paths: [String]

    @Option(help: "text, json or sarif.")
    var format: OutputFormat?

    @Option(name: .shortAndLong, help: "Write the report to a file instead of standard output.", completion: .file())
    var output: String?

    @Option(
        help: "Least severity that makes the command fail: critical, high, medium, low, info or none. Default: high.")
    var failOn: FailOn?

    @Flag(help: "Fail when something could not be evaluated.")
    var strict = false

    @Option(help: "Scan only paths that match this pattern; repeatable.")
    var include: [String] = []

    @Option(help: "Leave out paths that match this pattern; repeatable.")
    var exclude: [String] = []

    @Option(name: .shortAndLong, help: "Files worked on at the same time. Default: number of processors.")
    var jobs: Int?

    @Flag(help: "Compute every file's SHA-256 (reads every byte).")
    var digests = false

    @OptionGroup var advisories: AdvisoryOptions

    @Flag(name: .shortAndLong, help: "Print the summary only.")
    var quiet = false

    @Option(help: "Configuration file. Default: cordon.toml, upward from the working directory.", completion: .file())
    var config: String?

    @Flag(help: "Ignore configuration files.")
    var noConfig = false

    func validate() throws {
        if let jobs, jobs < 1 { throw ValidationError("--jobs takes a number from 1, not \(jobs)") }
        if config != nil, noConfig { throw ValidationError("--config and --no-config contradict each other") }
    }

    func run() async throws {
        let settings: ScanSettings
        do {
            settings = try ScanSettings.load(file: config, isOff: noConfig)
        } catch {
            throw Terminal.failure(error.message)
        }
        let failOn = failOn ?? settings.failOn ?? FailOn(severity: .high)
        var options = options(settings)
        options.advisories = try advisories.source(settings)
        var report = try await scan(options)
        if let trust = settings.trust {
            report = report.adding(await SignatureAudit(trust, jobs: jobs ?? settings.options.jobs).run(report))
        }
        report = lookingAtDatasets(report)
        let colour = output == nil && Terminal.wantsColour
        let text =
            switch format ?? settings.format ?? .text {
            case .text:
                Array(TerminalReport.render(report, colour: colour, failOn: failOn.severity, quiet: quiet).utf8)
            case .json: JSONReport.render(report)
            case .sarif: SARIFReport.render(report)
            }
        try Terminal.write(text, to: output)
        throw ExitCode(exitCode(report, failOn, isStrict: strict || settings.strict))
    }

    private func options(_ settings: ScanSettings) -> ScanOptions {
        var options = settings.options
        options.include += include
        options.exclude += exclude
        options.jobs = jobs ?? options.jobs
        options.digests = digests || options.digests
        return options
    }

    private func scan(_ options: ScanOptions) async throws -> ScanReport {
        let progress = quiet ? nil : StatusLine()
        defer { progress?.clear() }
        do {
            return try await Scanner(options: options).scan(paths) { progress?.update($0) }
        } catch {
            switch error {
            case .cannotOpen(let path, let reason):
                throw Terminal.failure(
                    "cannot open '\(PrintableText.quoting(path, limit: 300))': \(reason). Check the path and its permissions."
                )
            }
        }
    }

    private func lookingAtDatasets(_ report: ScanReport) -> ScanReport {
        let progress = quiet ? nil : StatusLine()
        defer { progress?.clear() }
        return DatasetAudit.adding(to: report) { progress?.update(step: $0) }
    }

    private func exitCode(_ report: ScanReport, _ failOn: FailOn, isStrict: Bool) -> Int32 {
        if let least = failOn.severity, report.findings.contains(where: { $0.severity >= least }) { return 1 }
        return isStrict && report.incompleteCount > 0 ? 2 : 0
    }
}

/// Formats of the report.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json, sarif
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
