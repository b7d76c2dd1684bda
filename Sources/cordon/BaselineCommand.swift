import ArgumentParser
import CordonCore
import CordonReport
import CordonScan
import CordonSigning
import Glibc

/// `cordon baseline update`.
struct BaselineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "baseline",
        abstract: "Which findings are known already? Keeps them in a SARIF file, so that scans report new ones only.",
        subcommands: [Update.self], defaultSubcommand: Update.self)

    /// Writes what a scan finds now.
    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Scans, and writes what is found into the baseline; what is gone is taken out of it.",
            discussion: """
                Reasons that were written down before are kept. Suppressed findings and rules that are switched off do \
                not get in. Exit code 0: written. 2: it could not be.
                """)

        @Argument(help: "Files or folders, the same as for 'cordon scan'.", completion: .file())
        var paths: [String]

        @Option(help: "The baseline.", completion: .file())
        var baseline: String?

        @Option(help: "Why new findings are accepted.")
        var reason: String?

        @OptionGroup var job: ScanJobOptions

        func run() async throws {
            let settings = try job.settings()
            let path = baseline ?? settings.baseline ?? "cordon-baseline.sarif"
            let old = access(path, F_OK) == 0 ? try BaselineFile.read(path) : Baseline()
            let found = try await ScanJob(settings: settings, isQuiet: job.quiet).run(paths)
            let report = settings.triage.apply(to: found, now: Int(time(nil)))
            let file = BaselineSARIF.render(
                report.findings, justifications: old.known.mapValues(\.justification), reason: reason ?? "",
                version: report.toolVersion)
            try Terminal.write(file, to: path, option: "--baseline")
            let now = Set(report.findings.map(\.fingerprint))
            let kept = now.count { old.known[$0] != nil }
            let gone = old.known.keys.count { !now.contains($0) }
            Terminal.line(
                "\(PrintableText.quoting(path, limit: 300)): \(report.findings.count) findings under \(now.count) fingerprints: "
                    + "\(kept) known before, \(now.count - kept) new, \(gone) gone")
        }
    }
}

/// A baseline on disk.
enum BaselineFile {
    static func read(_ path: String) throws -> Baseline {
        do {
            let bytes = try SmallFile.contents(path, what: "baseline", limit: 256 << 20)
            return try Baseline(bytes)
        } catch let failure as IntegrityFailure {
            throw Terminal.failure(failure.message)
        } catch let failure as BaselineFailure {
            throw Terminal.failure("baseline '\(PrintableText.quoting(path, limit: 300))': \(failure.message)")
        }
    }
}
