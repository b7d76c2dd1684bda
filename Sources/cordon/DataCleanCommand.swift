import ArgumentParser
import CordonCore
import CordonData
import CordonDataDefense
import CordonSigning
import CordonReport
import Glibc

extension DataCommand {
    /// `cordon data clean`.
    struct Clean: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes a dataset without the rows that 'data check' would leave out; the original stays.",
            discussion: """
                Beside OUTPUT come OUTPUT.manifest.csv, which leads every row back to its source, and OUTPUT.removed.csv: \
                what went and why. Exit code 0: written, whether rows went or not. 2: the dataset could not be checked or \
                written; nothing is called clean that was not checked.
                """)

        @Argument(help: "A file or a folder, as for 'data info'.", completion: .file())
        var path: String
        @Option(name: .shortAndLong, help: "Where rows go: .parquet, .csv, .jsonl or .npz.", completion: .file())
        var output: String
        @Flag(help: "Leave out rows that were only to be looked at as well.") var alerted = false
        @OptionGroup var columns: ColumnOptions
        @Option(help: "Start of everything that is drawn.") var seed: UInt64 = 0
        @Flag(help: "Say nothing on standard error.") var quiet = false

        func run() async throws {
            let format = try DataFiles.format(output, besides: path)
            let verdict = try DataCheckRun.verdict(path, columns, seed: seed)
            if verdict.level == .notEvaluated {
                let reasons = verdict.notEvaluated.map { "\($0.check): \($0.reason)" }.joined(separator: "; ")
                throw Terminal.failure("\(path): not evaluated, so nothing is written: \(reasons)")
            }
            do {
                let dataset = try Dataset(path, options: columns.options())
                let progress = StatusLine()
                let result = try DataCleaning(dataset, verdict).write(
                    to: output, format: format, includingAlerted: alerted
                ) { progress.update($0) }
                progress.clear()
                guard !quiet else { return }
                Terminal.note(
                    "\(verdict.level.rawValue): \(result.kept) rows to '\(output)', \(result.removed.count) left out ('\(output).removed.csv' says why)"
                )
                if result.unreadable > 0 {
                    Terminal.note("  \(result.unreadable) rows could not be read and are not there")
                }
            } catch let failure as DatasetFailure { throw Terminal.failure(failure.message) }
        }
    }

    /// `cordon data review`.
    struct Review: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Gives people a queue of rows to look at, and takes their verdicts back.",
            subcommands: [Export.self, Import.self])

        /// `cordon data review export`.
        struct Export: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Writes the rows that 'data check' alerts as a queue.",
                discussion: """
                    OUTPUT ends with .csv — fill in verdict (keep, drop or relabel), new_label, reviewer and note — or with \
                    .html, a page that shows the rows and saves the same CSV. Exit code 0: written. 2: it could not be.
                    """)

            @Argument(help: "A file or a folder, as for 'data info'.", completion: .file())
            var path: String
            @Option(name: .shortAndLong, help: "Where the queue goes: .csv or .html.", completion: .file())
            var output: String
            @Option(help: "Most rows.") var limit = 500
            @OptionGroup var columns: ColumnOptions
            @Option(help: "Start of everything that is drawn.") var seed: UInt64 = 0

            func run() async throws {
                let isPage = output.hasSuffix(".html")
                guard isPage || output.hasSuffix(".csv") else {
                    throw Terminal.failure("'\(output)': end the name with .csv or .html")
                }
                let verdict = try DataCheckRun.verdict(path, columns, seed: seed, illustrates: true, excerpts: limit)
                do {
                    let dataset = try Dataset(path, options: columns.options())
                    let items = try DataReview.queue(dataset, verdict, limit: limit)
                    if isPage {
                        let labels = verdict.classes.map(\.name)
                        try Terminal.write(DataReviewHTML.render(items, labels: labels, path: path), to: output)
                    } else {
                        try DataReview.write(items, to: output)
                    }
                    Terminal.note("\(items.count) \(items.count == 1 ? "row" : "rows") to look at in '\(output)'")
                } catch let failure as DatasetFailure { throw Terminal.failure(failure.message) }
            }
        }

        /// `cordon data review import`.
        struct Import: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Writes a dataset as people decided, and their decisions as evidence.",
                discussion: """
                    EVIDENCE is an in-toto test-result predicate; sign it with 'cordon sign --statement EVIDENCE \
                    --predicate-type test-result DATASET'. Rows that changed since they were reviewed are refused. Exit \
                    code 0: written. 1: written, and rows are still undecided. 2: nothing was written.
                    """)

            @Argument(help: "The queue that people filled in.", completion: .file())
            var queue: String
            @Argument(help: "The dataset that was reviewed.", completion: .file())
            var path: String
            @Option(name: .shortAndLong, help: "Where rows go: .parquet, .csv, .jsonl or .npz.", completion: .file())
            var output: String
            @Option(help: "Where the evidence goes.", completion: .file())
            var evidence: String?
            @OptionGroup var columns: ColumnOptions

            func run() async throws {
                let format = try DataFiles.format(output, besides: path)
                do {
                    let digest = Digest.sha256(of: try SmallFile.contents(queue, what: "queue", limit: 1 << 30))
                    let decisions = try DataReview.read(queue)
                    let dataset = try Dataset(path, options: columns.options())
                    let rows = try DataReview.apply(decisions, to: dataset, writing: output, format: format)
                    if let evidence {
                        try Terminal.write(
                            DataReviewEvidence.render(decisions, queue: queue, digest: digest, path: path),
                            to: evidence,
                            option: "--evidence")
                    }
                    Terminal.note(
                        "\(rows) rows to '\(output)': \(decisions.dropped.count) dropped, \(decisions.relabelled.count) relabelled, \(decisions.kept.count) kept, \(decisions.open.count) undecided and kept"
                    )
                    if !decisions.open.isEmpty { throw ExitCode(1) }
                } catch let failure as DatasetFailure {
                    throw Terminal.failure(failure.message)
                } catch let failure as IntegrityFailure {
                    throw Terminal.failure(failure.message)
                }
            }
        }
    }
}

/// Names of files that are written.
enum DataFiles {
    /// The format that a name asks for; never the dataset itself.
    static func format(_ output: String, besides path: String) throws -> TableWriter.Format {
        guard let format = TableWriter.Format(path: output) else {
            throw Terminal.failure("'\(output)': end the name with .parquet, .csv, .jsonl or .npz")
        }
        if isSame(output, path) {
            throw Terminal.failure("'\(output)' is the dataset itself; choose another --output")
        }
        return format
    }

    /// Whether two paths name one file, which need not be there yet.
    static func isSame(_ a: String, _ b: String) -> Bool { resolved(a) == resolved(b) }

    private static func resolved(_ path: String) -> String {
        if let real = realpath(path, nil) {
            defer { free(real) }
            return String(cString: real)
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard let last = parts.last else { return path }
        let folder = parts.count == 1 ? "." : parts.dropLast().joined(separator: "/") + "/"
        guard let real = realpath(folder, nil) else { return path }
        defer { free(real) }
        return String(cString: real) + "/" + last
    }
}
