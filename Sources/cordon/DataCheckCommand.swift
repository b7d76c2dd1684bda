import ArgumentParser
import CordonCore
import CordonData
import CordonDataDefense
import CordonReport
import CordonScan
import CordonSigning
import CordonTensor
import Glibc

extension DataCommand {
    /// `cordon data check`.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Is this training set poisoned: which rows, which trigger, how sure.",
            discussion: """
                Needs no clean model, no expected share of poison and no GPU. Looks for triggers (features that rows of one \
                label share, where nothing else in those rows speaks for the label), changed labels and targets, orders to \
                models and hidden text, duplicates, outliers and harmful sources. Exit code 0: clean. 1: suspect or \
                poisoned. 2: it could not be checked.
                """)

        @Argument(help: "A file or a folder, as for 'data info'.", completion: .file())
        var path: String
        @OptionGroup var columns: ColumnOptions
        @Option(help: "A few rows that are known to be good, with the same columns; never needed.", completion: .file())
        var trusted: String?
        @Option(help: "Your ONNX model, whose layers are looked at instead of a proxy's.", completion: .file())
        var model: String?
        @Option(
            help: "A version that 'data register' wrote; tells what came and how values drifted.", completion: .file())
        var reference: String?
        @Option(help: "Start of everything that is drawn.")
        var seed: UInt64 = 0
        @Option(
            help: "Keep what checks found in this file and, after a stop, go on from it; gone when the check ends.",
            completion: .file())
        var resume: String?
        @Option(help: "text, json, sarif or html.")
        var format: Format = .text
        @Option(name: .shortAndLong, help: "Write to a file instead of standard output.", completion: .file())
        var output: String?

        /// Forms of the report.
        enum Format: String, ExpressibleByArgument, CaseIterable {
            case text, json, sarif, html
        }

        func run() async throws {
            if let resume {
                // What --resume names is replaced while the check runs, and removed when it ends.
                for (other, what) in [
                    (path, "the dataset"), (output, "--output"), (trusted, "--trusted"), (model, "--model"),
                    (reference, "--reference"),
                ] {
                    guard let other, DataFiles.isSame(other, resume) else { continue }
                    throw Terminal.failure("'\(resume)' is \(what) as well; name another file with --resume")
                }
            }
            let verdict = try DataCheckRun.verdict(
                path, columns, seed: seed, illustrates: format == .html,
                reference: reference.map { try DataReferences.read($0) }, model: model,
                trusted: trusted, resume: resume)
            let text =
                switch format {
                case .text:
                    Array(
                        DataCheckText.render(verdict, path: path, colour: output == nil && Terminal.wantsColour).utf8)
                case .json: DataCheckText.json(verdict, path: path)
                case .sarif: DataCheckSARIF.render(verdict, path: path, version: Scanner.version)
                case .html: DataCheckHTML.render(verdict, path: path)
                }
            try Terminal.write(text, to: output)
            if let resume { unlink(resume) }
            if verdict.level == .notEvaluated { throw ExitCode(2) }
            if verdict.level != .clean { throw ExitCode(1) }
        }
    }
}

/// Checks a dataset with progress, and turns failures into messages.
enum DataCheckRun {
    static func verdict(
        _ path: String, _ columns: ColumnOptions, seed: UInt64, illustrates: Bool = false, excerpts: Int? = nil,
        reference: DatasetProfile? = nil, model: String? = nil,
        trusted: String? = nil, resume: String? = nil
    ) throws -> DataVerdict {
        let progress = StatusLine()
        defer { progress.clear() }
        do {
            let dataset = try Dataset(path, options: columns.options())
            var check = DataCheck()
            (check.seed, check.illustrates) = (seed, illustrates)
            check.reference = reference
            if let trusted { check.trusted = try Dataset(trusted, options: columns.options()) }
            if let model { check.model = try Graph(contentsOf: model) }
            if let excerpts { check.excerpts = excerpts }
            if let resume { check.resumption = try resumption(resume, columns, model) }
            return try check.run(dataset) { progress.update($0) }
        } catch let failure as DatasetFailure {
            throw Terminal.failure(failure.message)
        } catch let failure as DataCheckFailure {
            throw Terminal.failure(failure.message)
        } catch let failure as TensorFailure {
            let place = model.map { "\($0): a model that takes the rows of '\(path)' as they are is wanted: " } ?? ""
            throw Terminal.failure(place + failure.message)
        }
    }

    private static let journalLimit = 1 << 30
    private static let modelLimit = 1 << 31

    /// Goes on from a file that is the user's own, if there is one, and keeps what is found in it.
    private static func resumption(
        _ path: String, _ columns: ColumnOptions, _ model: String?
    ) throws -> DataCheck.Resumption {
        var kept: [UInt8]?
        var status = stat()
        if lstat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
                throw Terminal.failure(
                    "'\(path)' is no file that only you can write to; what it says would be believed. Name another one with --resume."
                )
            }
            kept = SmallFile.read(path, limit: journalLimit)
            guard kept != nil else { throw Terminal.failure("cannot read '\(path)'. Name another file with --resume.") }
        }
        let graph = try model.map { path in
            guard let bytes = SmallFile.read(path, limit: modelLimit) else {
                throw Terminal.failure("cannot read '\(path)' whole, to know it again; leave --resume out.")
            }
            return Digest.sha256(of: bytes).hex
        }
        let roles = columns.options().roles.map { "\($0.key)=\($0.value)" }.sorted()
        return DataCheck.Resumption(name: path, kept: kept, settings: [Scanner.version, graph ?? ""] + roles) { bytes in
            try Terminal.write(bytes, to: path, option: "--resume")
        }
    }
}
