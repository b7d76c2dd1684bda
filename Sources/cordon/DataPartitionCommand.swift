import ArgumentParser
import CordonData
import CordonModelDefense
import CordonReport
import Glibc

extension DataCommand {
    /// `cordon data partition`.
    struct Partition: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Divides a dataset among the members of an ensemble, by the content of each row.",
            discussion: """
                Every row goes to --spread of --parts times --spread members, whoever wrote it and wherever it stands, so that \
                a planted row reaches no others. OUTPUT is a new folder with a table and a manifest for each member. Exit \
                code 0: written. 1: some rows could not be read and are nowhere. 2: nothing was written.
                """)

        @Argument(help: "A file or a folder, as for 'data info'.", completion: .file())
        var path: String
        @Option(help: "Each member gets about one row in so many, at least 2.")
        var parts: Int
        @Option(help: "Members that each row goes to (finite aggregation); 1 divides (deep partition aggregation).")
        var spread: Int = 1
        @Option(name: .shortAndLong, help: "A folder that is not there yet.", completion: .directory)
        var output: String
        @Option(help: "parquet, csv, jsonl or npz.")
        var format: String = "parquet"
        @OptionGroup var columns: ColumnOptions
        @Flag(help: "Say nothing on standard error.") var quiet = false

        func run() async throws {
            guard let kind = TableWriter.Format(rawValue: format) else {
                throw ValidationError("--format \(format): there are parquet, csv, jsonl and npz")
            }
            var (made, hasFolder): ([String], Bool) = ([], false)
            do {
                let partition = try CordonModelDefense.Partition(parts: parts, spread: spread)
                let dataset = try Dataset(path, options: columns.options())
                guard mkdir(output, 0o755) == 0 else {
                    throw Terminal.failure(
                        "cannot make the folder '\(output)': \(String(cString: strerror(errno))). Choose another --output."
                    )
                }
                hasFolder = true
                let progress = StatusLine()
                defer { progress.clear() }
                let result = try partition.write(dataset, format: kind) { member in
                    let number = String(member)
                    let name = "part-" + String(repeating: "0", count: max(0, 4 - number.count)) + number
                    let file = "\(output)/\(name).\(kind.rawValue)"
                    made += [file, file + ".manifest.csv"]
                    return file
                } progress: {
                    progress.update($0)
                }
                progress.clear()
                if !quiet {
                    let (least, most) = (result.rows.min() ?? 0, result.rows.max() ?? 0)
                    Terminal.note("\(partition.members) members with \(least) to \(most) rows each in '\(output)'")
                    if result.unreadable > 0 {
                        Terminal.note("  \(result.unreadable) rows could not be read and are nowhere")
                    }
                }
                if result.unreadable > 0 { throw ExitCode(1) }
            } catch let failure as DatasetFailure {
                for file in made { unlink(file) }
                if hasFolder { rmdir(output) }
                throw Terminal.failure(failure.message)
            }
        }
    }
}
