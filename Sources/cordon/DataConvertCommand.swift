import ArgumentParser
import CordonData
import Glibc

extension DataCommand {
    /// `cordon data convert`.
    struct Convert: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes a dataset in another format, with a manifest that leads every row back to its source.",
            discussion: """
                OUTPUT ends with .parquet, .csv, .jsonl or .npz; with a slash it is a folder of pictures, one folder per \
                label. The manifest is OUTPUT.manifest.csv, or manifest.csv within the folder. Exit code 0: every row \
                was written. 1: some rows could not be read and are left out. 2: nothing was written.
                """)

        @Argument(help: "A file or a folder.", completion: .file())
        var path: String
        @Option(name: .shortAndLong, help: "Where rows go.", completion: .file())
        var output: String
        @Option(help: "Rows by number, the last included: 0-99.")
        var rows: String?
        @Option(help: "Columns by name, separated by commas.")
        var columns: String?
        @OptionGroup var roles: ColumnOptions
        @Flag(help: "Say nothing on standard error.") var quiet = false

        func run() async throws {
            let range = try chosenRows()
            do {
                let dataset = try Dataset(path, options: roles.options())
                let export = DatasetExport(dataset, columns: columns.map { $0.split(separator: ",").map(String.init) })
                let progress = StatusLine()
                let result: DatasetExport.Result
                if output.hasSuffix("/") {
                    let folder = String(output.dropLast())
                    result = try export.writePictures(to: folder, chosen: range.contains) { progress.update($0) }
                } else {
                    guard let format = TableWriter.Format(path: output) else {
                        throw Terminal.failure(
                            "'\(output)': end the name with .parquet, .csv, .jsonl or .npz, or with a slash for a folder of pictures"
                        )
                    }
                    result = try export.write(to: output, format: format, chosen: range.contains) {
                        progress.update($0)
                    }
                }
                progress.clear()
                if !quiet {
                    Terminal.note("\(result.rows) rows to '\(output)'")
                    for problem in result.problems.prefix(8) {
                        Terminal.note("  left out: \(problem.place): \(problem.reason)")
                    }
                    if result.problemCount > 8 { Terminal.note("  … \(result.problemCount - 8) more") }
                }
                if result.problemCount > 0 { throw ExitCode(1) }
            } catch let failure as DatasetFailure { throw Terminal.failure(failure.message) }
        }

        private func chosenRows() throws -> ClosedRange<Int> {
            guard let rows else { return 0...Int.max - 1 }
            let ends = rows.split(separator: "-").map { Int($0) }
            guard ends.count == 2, let low = ends[0], let high = ends[1], low >= 0, low <= high else {
                throw ValidationError("--rows wants FIRST-LAST, such as 0-99, not '\(rows)'")
            }
            return low...high
        }
    }
}
