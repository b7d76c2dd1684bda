import ArgumentParser
import CordonCore
import CordonScan
import CordonStore
import CordonSupplyChain
import Glibc

/// `cordon advisories`.
struct AdvisoriesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "advisories",
        abstract: "Keeps the database of known vulnerabilities, malicious packages, models and datasets.",
        subcommands: [Import.self, Status.self]
    )

    /// `cordon advisories import`.
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Adds OSV records from folders, zip dumps (all.zip of osv.dev) or single files: all of them, or none.",
            discussion: "Records that are there already and have not changed are passed over.")

        @Argument(help: "Folders, .zip dumps or .json records.", completion: .file())
        var paths: [String]

        @Option(
            help: "The database. Default: CORDON_ADVISORIES, or advisories.sqlite in your data folder.",
            completion: .file())
        var database: String?

        func run() async throws {
            let path = database ?? AdvisoryOptions.defaultPath
            do {
                if database == nil { AdvisoryOptions.makeFolder(of: path) }
                var files = try AdvisoryFiles(paths)
                let summary = try AdvisoryDatabase.importing(path: path) { () throws(AdvisoryFailure) in
                    try files.record()
                }
                let status = try AdvisoryDatabase(path: path).status
                Terminal.line(
                    "\(summary.added) added, \(summary.changed) changed, \(summary.unchanged) unchanged; \(status.recordCount) records in \(PrintableText.quoting(path, limit: 300))"
                )
                if summary.unmatched > 0 {
                    Terminal.line(
                        "\(summary.unmatched) records are about packages of ecosystems that Cordon does not read")
                }
            } catch {
                throw Terminal.failure(error.message)
            }
        }
    }

    /// `cordon advisories status`.
    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tells how many records there are and how old the newest is.",
            discussion: "Exit code 0: usable. 1: older than --max-age-days. 2: there is none.")

        @Option(help: "The database.", completion: .file())
        var database: String?

        @Option(help: "Days after which the records count as old.")
        var maxAgeDays = 30

        func run() async throws {
            do {
                let status = try AdvisoryDatabase(path: database ?? AdvisoryOptions.defaultPath).status
                let age = status.age(now: Int(time(nil)))
                Terminal.line("database: \(PrintableText.quoting(status.source, limit: 300))")
                Terminal.line("records: \(status.recordCount), built-in: \(AdvisorySeed.list.status.recordCount)")
                Terminal.line("newest: \(status.newest) (\(age.map { "\($0) days old" } ?? "of unknown age"))")
                guard let age, age <= maxAgeDays else { throw ExitCode(1) }
            } catch let failure as AdvisoryFailure {
                throw Terminal.failure(failure.message)
            }
        }
    }
}

/// Which advisories are used.
struct AdvisoryOptions: ParsableArguments {
    @Option(
        help: "Advisory database. Default: CORDON_ADVISORIES, or the one that 'cordon advisories import' made.",
        completion: .file())
    var advisories: String?

    /// The database that was named, or the default one when it is there.
    func source(_ settings: ScanSettings) throws -> (any AdvisorySource)? {
        let named = advisories ?? settings.advisories
        let path = named ?? Self.defaultPath
        if named == nil, access(path, F_OK) != 0 { return nil }
        do {
            return try AdvisoryDatabase(path: path)
        } catch {
            throw Terminal.failure(error.message)
        }
    }

    /// `advisories.sqlite` in the user's data folder (XDG Base Directory Specification).
    static var defaultPath: String {
        if let named = Terminal.variable("CORDON_ADVISORIES"), !named.isEmpty { return named }
        let base =
            Terminal.variable("XDG_DATA_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
            ?? (Terminal.variable("HOME") ?? ".") + "/.local/share"
        return base + "/cordon/advisories.sqlite"
    }

    /// Makes the folders that lead to a file.
    static func makeFolder(of path: String) {
        var current = ""
        for part in path.split(separator: "/").dropLast() {
            current += "/" + part
            mkdir(current, 0o755)
        }
    }
}
