import ArgumentParser
import CordonCore
import CordonData
import CordonDataDefense
import CordonReport
import CordonSigning
import Glibc

extension DataCommand {
    /// `cordon data register`.
    struct Register: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keeps what a version of a dataset is like: digests of its rows and how values are spread.",
            discussion: """
                Later versions are compared with 'data diff' and 'data check --reference'. Sign the reference with 'cordon \
                sign' to know that it is the one you wrote. Exit code 0: written. 2: it could not be.
                """)

        @Argument(help: "A file or a folder, as for 'data info'.", completion: .file())
        var path: String
        @Option(name: .shortAndLong, help: "Where the reference goes: a JSON file.", completion: .file())
        var output: String
        @OptionGroup var columns: ColumnOptions

        func run() async throws {
            let profile = try DataReferences.profile(path, columns)
            try Terminal.write(profile.json(), to: output)
            Terminal.note("\(profile.rows) rows registered in '\(output)'")
        }
    }

    /// `cordon data diff`.
    struct Diff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "How a dataset differs from a registered version: rows, columns, and drift per column and label.",
            discussion: "Exit code 0: the same rows. 1: something differs. 2: it could not be compared.")

        @Argument(help: "The reference that 'data register' wrote.", completion: .file())
        var reference: String
        @Argument(help: "A file or a folder, as for 'data info'.", completion: .file())
        var path: String
        @OptionGroup var columns: ColumnOptions
        @Option(help: "text or json.") var format: ListFormat = .text
        @Option(name: .shortAndLong, help: "Write to a file instead of standard output.", completion: .file())
        var output: String?

        func run() async throws {
            let old = try DataReferences.read(reference)
            let drift = DatasetDrift(from: old, to: try DataReferences.profile(path, columns))
            let text =
                format == .json
                ? DataDriftText.json(drift, path: path, reference: reference)
                : Array(
                    DataDriftText.render(
                        drift, path: path, reference: reference, colour: output == nil && Terminal.wantsColour
                    ).utf8)
            try Terminal.write(text, to: output)
            if !drift.isSame { throw ExitCode(1) }
        }
    }
}

/// References of datasets.
enum DataReferences {
    private static let byteLimit = 1 << 30

    static func profile(_ path: String, _ columns: ColumnOptions) throws -> DatasetProfile {
        do {
            return try DatasetProfile(Dataset(path, options: columns.options()))
        } catch let failure as DatasetFailure {
            throw Terminal.failure(failure.message)
        } catch let failure as DataCheckFailure {
            throw Terminal.failure(failure.message)
        }
    }

    static func read(_ path: String) throws -> DatasetProfile {
        guard let bytes = SmallFile.read(path, limit: byteLimit) else {
            throw Terminal.failure("cannot read '\(path)'")
        }
        do { return try DatasetProfile(json: bytes, name: path) } catch let failure as DataCheckFailure {
            throw Terminal.failure(failure.message)
        }
    }
}
