import ArgumentParser
import CordonData
import CordonReport
import Glibc

/// `cordon data`.
struct DataCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Reads datasets, and finds and removes what was planted in them.",
        subcommands: [
            Info.self, Convert.self, Check.self, Clean.self, Review.self, Register.self, Diff.self, Partition.self,
            Distort.self, Augment.self, NullLabel.self,
        ])

    /// `cordon data info`.
    struct Info: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What is in a dataset: columns, rows, labels, gaps, sources, first rows, digest.",
            discussion: """
                PATH is a file or a folder: Parquet, Arrow (also what datasets.save_to_disk writes), CSV, TSV, JSON, JSON \
                Lines (also .gz, .zst), NumPy .npy and .npz, IDX, WebDataset tar, or a folder of pictures. The format is \
                told by content. Exit code 0: read. 1: some rows could not be read. 2: no dataset.
                """)

        @Argument(help: "A file or a folder.", completion: .file())
        var path: String
        @OptionGroup var columns: ColumnOptions
        @Option(help: "Write a sheet of pictures, one row per label, as PNG.", completion: .file())
        var preview: String?
        @Option(help: "text or json.")
        var format: ListFormat = .text
        @Option(name: .shortAndLong, help: "Write to a file instead of standard output.", completion: .file())
        var output: String?

        func run() async throws {
            let summary: DatasetSummary
            do {
                let dataset = try Dataset(path, options: columns.options())
                let progress = StatusLine()
                summary = try DatasetSummary(dataset) { rows in
                    progress.update(rows)
                    return true
                }
                progress.clear()
                if let preview {
                    try Terminal.write(PreviewSheet.draw(dataset).png(), to: preview, option: "--preview")
                }
            } catch let failure as DatasetFailure { throw Terminal.failure(failure.message) }
            let text =
                format == .json
                ? DatasetText.json(summary)
                : Array(DatasetText.render(summary, colour: output == nil && Terminal.wantsColour).utf8)
            try Terminal.write(text, to: output)
            if summary.problemCount > 0 { throw ExitCode(1) }
        }
    }
}

/// Columns that guessing gets wrong.
struct ColumnOptions: ParsableArguments {
    @Option(help: "The column of labels.") var label: String?
    @Option(help: "The column of text.") var text: String?
    @Option(help: "The column of pictures.") var image: String?
    @Option(help: "The column that tells where a row comes from.") var source: String?
    @Option(help: "The column of row names.") var id: String?
    @Option(help: "The column of embeddings.") var embedding: String?

    private var named: [(role: Role, name: String)] {
        [
            (Role.label, label), (.text, text), (.image, image), (.source, source), (.id, id), (.embedding, embedding),
        ].compactMap { role, name in name.map { (role, $0) } }
    }

    func options() -> DatasetOptions {
        var options = DatasetOptions()
        for (role, name) in named { options.roles[role] = name }
        return options
    }

    /// The same options on a command line.
    var arguments: [String] { named.flatMap { ["--\($0.role.rawValue)", $0.name] } }
}
