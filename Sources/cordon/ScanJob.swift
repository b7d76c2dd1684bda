import ArgumentParser
import CordonCore
import CordonReport
import CordonScan
import CordonSigning
import Glibc

/// The options of everything that scans.
struct ScanJobOptions: ParsableArguments {
    @Option(help: "Scan only paths that match this pattern; repeatable.")
    var include: [String] = []

    @Option(help: "Leave out paths that match this pattern; repeatable.")
    var exclude: [String] = []

    @Option(help: "Report only rules that match this pattern, such as 'CORDON-SEC-*'; repeatable.")
    var rule: [String] = []

    @Option(help: "Do not report rules that match this pattern; repeatable. They are counted as hidden.")
    var skipRule: [String] = []

    @Option(help: "Another severity for a rule, as RULE=SEVERITY; repeatable.")
    var severity: [String] = []

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
        for text in severity where Self.graded(text) == nil {
            throw ValidationError(
                "--severity takes RULE=SEVERITY, such as CORDON-PYS-001=low, not '\(PrintableText.quoting(text))'")
        }
    }

    static func graded(_ text: String) -> (pattern: String, severity: Severity)? {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, let severity = Severity(name: String(parts[1])) else { return nil }
        return (String(parts[0]), severity)
    }

    /// The settings that are in force.
    func settings() throws -> ScanSettings {
        var settings: ScanSettings
        do {
            settings = try ScanSettings.load(file: config, isOff: noConfig)
        } catch {
            throw Terminal.failure(error.message)
        }
        settings.options.include += include
        settings.options.exclude += exclude
        settings.options.jobs = jobs ?? settings.options.jobs
        settings.options.digests = digests || settings.options.digests
        settings.triage.rules += rule
        settings.triage.skippedRules += skipRule
        settings.triage.severities += severity.compactMap(Self.graded)
        if let pattern = settings.triage.unknownPattern {
            throw Terminal.failure(
                "no rule is called '\(PrintableText.quoting(pattern))'; 'cordon rules' lists them all")
        }
        settings.options.advisories = try advisories.source(settings)
        return settings
    }
}

/// One scan with everything that belongs to it, before anything is hidden.
struct ScanJob {
    let settings: ScanSettings
    let isQuiet: Bool
    /// Revision that the files are compared with; `nil` scans all.
    var since: String?
    /// Whether past commits are looked at.
    var history = false

    func run(_ paths: [String]) async throws -> ScanReport {
        var options = settings.options
        if let since { options.only = try changed(since, paths) }
        var report = try await scan(paths, options)
        if let trust = settings.trust {
            report = report.adding(await SignatureAudit(trust, jobs: options.jobs).run(report))
        }
        report = lookingAtDatasets(report)
        return history ? try lookingBack(report, paths) : report
    }

    private func scan(_ paths: [String], _ options: ScanOptions) async throws -> ScanReport {
        let progress = isQuiet ? nil : StatusLine()
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
        let progress = isQuiet ? nil : StatusLine()
        defer { progress?.clear() }
        return DatasetAudit.adding(to: report) { progress?.update(step: $0) }
    }

    // MARK: Git

    private func changed(_ revision: String, _ paths: [String]) throws -> Set<[UInt8]> {
        do {
            var found: Set<[UInt8]> = []
            for path in paths {
                let history = try GitHistory(path, revision: revision)
                let top = Array((history.top == "/" ? "/" : history.top + "/").utf8)
                for changed in try history.changedPaths() { found.insert(top + changed) }
            }
            return found
        } catch {
            throw Terminal.failure("--since: \(error.message)")
        }
    }

    private func lookingBack(_ report: ScanReport, _ paths: [String]) throws -> ScanReport {
        let progress = isQuiet ? nil : StatusLine()
        defer { progress?.clear() }
        let start = ContinuousClock.now
        var entries = report.entries
        var findings: [Finding] = []
        var seen: Set<String> = []
        do {
            for path in paths {
                guard seen.insert(try GitHistory(path).top).inserted else { continue }
                var scan = HistoryScan(settings.options)
                let past = try scan.run(path) { done, total in progress?.update(step: "history: \(done) of \(total)") }
                entries += past.entries
                findings += past.findings
            }
        } catch {
            throw Terminal.failure("--history: \(error.message)")
        }
        return report.adding(entries: entries, findings: findings, taking: start.duration(to: .now))
    }
}
