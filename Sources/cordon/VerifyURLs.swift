import ArgumentParser
import CordonCore
import CordonFetch
import CordonReport
import CordonSigning
import Glibc
import Synchronization

/// `cordon verify urls`.
struct VerifyURLs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "urls",
        abstract: "Checks a dataset that is a list of addresses with digests: is what lies there still what lay there?",
        discussion: """
            The digests are looked at before anything is fetched. Rows that changed go to the quarantine list. Exit code \
            0: every row is the same or gone. 1: rows changed, domains are suspect, or the digests are not sane. 2: rows \
            could not be checked.
            """
    )

    @Argument(help: "A .csv, .tsv, .jsonl or .ndjson file.", completion: .file())
    var list: String

    @Option(help: "Column with the address. Default: found by its name.")
    var urlColumn: String?

    @Option(help: "Column with the digest of the content. Default: found by its name.")
    var hashColumn: String?

    @Flag(help: "Look at the list only; fetch nothing.")
    var offline = false

    @Option(help: "Requests at the same time.")
    var concurrency: Int = 16

    @Option(help: "Most bytes of one download.")
    var maxBytes: Int = 100 << 20

    @Option(help: "Seconds for one request.")
    var timeout: Int = 30

    @Option(help: "Fetch the first rows only.")
    var limit: Int?

    @Option(help: "Where rows that changed go. Default: the list's name with '.quarantine.jsonl'.", completion: .file())
    var quarantine: String?

    @Option(help: "Write every row's outcome to this file, as JSON lines.", completion: .file())
    var rows: String?

    @Flag(help: "Also fetch from loopback, link-local and private networks. A hostile list can then reach them.")
    var allowPrivateAddresses = false

    @Option(help: "text or json.")
    var format: ListFormat = .text

    func validate() throws {
        guard (1...1000).contains(concurrency) else { throw ValidationError("--concurrency takes 1 to 1000") }
        guard maxBytes > 0, timeout > 0, timeout <= 86_400, limit.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--max-bytes, --timeout and --limit take numbers from 1")
        }
    }

    func run() async throws {
        try await Terminal.integrity(format: format) {
            let list = try PointerList(list, url: urlColumn, digest: hashColumn)
            let sanity = try PointerSanity(list)
            let report = offline ? nil : try fetch(list)
            let text =
                switch format {
                case .text:
                    Array(PointerText.render(sanity, report, columns: list.columns, quarantine: quarantinePath).utf8)
                case .json: PointerText.json(sanity, report)
                }
            try Terminal.write(text, to: nil)
            if !sanity.problems.isEmpty || (report?.count(.changed) ?? 0) > 0 || !(report?.suspects.isEmpty ?? true) {
                throw ExitCode(1)
            }
            // Everything gone at once says more about this machine's network than about the list.
            let isNothingLeft =
                report.map { $0.count(.gone) > 0 && $0.count(.same) + $0.count(.redirected) == 0 } ?? false
            throw ExitCode((report?.count(.notChecked) ?? 0) > 0 || isNothingLeft ? 2 : 0)
        }
    }

    private var quarantinePath: String { quarantine ?? list + ".quarantine.jsonl" }

    private func fetch(_ list: PointerList) throws -> PointerReport {
        var options = PointerOptions()
        options.concurrency = concurrency
        options.byteLimit = maxBytes
        options.timeout = .seconds(timeout)
        options.rowLimit = limit
        let checker = PointerChecker(try Fetcher(allowsPrivateAddresses: allowPrivateAddresses), options: options)
        let all = try rows.map { try LineFile($0) }
        let changed = LineFile(lazily: quarantinePath)
        let report = try checker.check(list) { result in
            let line = PointerText.json(result)
            all?.append(line)
            if result.kind == .changed { changed.append(line) }
        }
        for file in [all, changed] { try file?.finish() }
        return report
    }
}

/// A file that grows line by line from several threads and takes its place when it is finished.
final class LineFile: Sendable {
    private let path: String
    /// The temporary file, -1 before the first line, its name, and the first error.
    private let state = Mutex<(descriptor: Int32, name: String, failure: Int32)>((-1, "", 0))

    /// Makes the file at once.
    init(_ path: String) throws {
        self.path = path
        append([])
        try check()
    }

    /// Makes the file with the first line.
    init(lazily path: String) { self.path = path }

    /// Adds a line.
    func append(_ line: [UInt8]) {
        state.withLock { state in
            if state.descriptor < 0, state.failure == 0 {
                (state.descriptor, state.name) = TemporaryFile.make(beside: path)
            }
            var done = 0
            while state.descriptor >= 0, done < line.count {
                let count = line.withUnsafeBytes { write(state.descriptor, $0.baseAddress! + done, line.count - done) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                done += count
            }
            if state.descriptor < 0 || done < line.count, state.failure == 0 {
                state.failure = errno == 0 ? EIO : errno
            }
        }
    }

    /// Puts the file in its place, whatever stood there, without writing through a link; an error on the way is told now.
    func finish() throws {
        try check()
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            if close(state.descriptor) != 0 || rename(state.name, path) != 0 { state.failure = errno }
        }
        try check()
    }

    private func check() throws {
        let failure = state.withLock { $0.failure }
        guard failure == 0 else {
            throw IntegrityFailure(
                .cannotRead,
                "cannot write '\(PrintableText.quoting(path, limit: 300))': \(String(cString: strerror(failure)))")
        }
    }
}
