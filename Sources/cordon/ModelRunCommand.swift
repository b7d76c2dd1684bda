import ArgumentParser
import CordonCore
import CordonData
import CordonFormats
import CordonModelDefense
import CordonReport
import CordonTensor
import Glibc
import Synchronization

extension ModelCommand {
    /// `cordon model info`.
    struct Info: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What a model is: inputs, outputs, weights, operators, and whether it can be run here.",
            discussion:
                "MODEL is an ONNX file, safetensors, or a PyTorch zip (.pt, .pth, .ckpt). Nothing is run or unpickled. Exit code 0: read. 1: an ONNX model with operators that are not supported. 2: it cannot be read."
        )

        @Argument(help: "The model.", completion: .file())
        var model: String
        @Option(help: "text or json.")
        var format: ListFormat = .text
        @Option(name: .shortAndLong, help: "Write to a file instead of standard output.", completion: .file())
        var output: String?

        func run() async throws {
            var status = stat()
            stat(model, &status)
            let size = Int(status.st_size)
            let colour = output == nil && Terminal.wantsColour
            if let weights = try listing() {
                return try write(
                    ModelText.json(weights, path: model, byteCount: size),
                    ModelText.render(weights, path: model, byteCount: size, colour: colour))
            }
            let summary: GraphSummary
            do { summary = GraphSummary(try Graph(describing: model)) } catch { throw Terminal.failure(error.message) }
            try write(
                ModelText.json(summary, path: model, byteCount: size),
                ModelText.render(summary, path: model, byteCount: size, colour: colour))
            if summary.operators.contains(where: { !$0.isSupported }) { throw ExitCode(1) }
        }

        private func write(_ json: @autoclosure () -> [UInt8], _ text: @autoclosure () -> String) throws {
            try Terminal.write(format == .json ? json() : Array(text().utf8), to: output)
        }

        /// The tensors of a file without a graph; `nil` for any other file.
        private func listing() throws -> WeightListing? {
            do {
                return try WeightListing(ByteView(ByteStorage.whole(model)))
            } catch let failure as FileFailure {
                throw Terminal.failure("\(model): \(failure.words)")
            } catch let failure as ONNXFailure { throw Terminal.failure("\(model): \(failure.reason)") }
        }
    }

    /// `cordon model operators`.
    struct Operators: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the ONNX operators that can be run, one a line.")

        func run() { for name in OperatorSet.names { Terminal.line(name) } }
    }

    /// `cordon model run`.
    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Runs an ONNX model over a dataset and writes its outputs, a row per row.",
            discussion: """
                Inputs take the column of their name; a single input takes the pictures, the embedding or all numeric \
                columns. Exit code 0: every row was run. 1: some rows could not be. 2: nothing was written.
                """)

        @Argument(help: "The model.", completion: .file())
        var model: String
        @Option(help: "The dataset: a file or a folder.", completion: .file())
        var data: String
        @Option(name: .shortAndLong, help: "Where results go: .parquet, .csv, .jsonl or .npz.", completion: .file())
        var output: String
        @Option(name: .customLong("set"), help: "INPUT=NUMBER: a number that an input gets for all rows.")
        var numbers: [String] = []
        @Option(help: "Rows that run at once.")
        var batch: Int = 32
        @Option(help: "Threads that one operation may use.")
        var threads: Int?
        @OptionGroup var inputs: RowOptions
        @Flag(help: "Say nothing on standard error.") var quiet = false
        @Flag(
            help:
                "End standard error with a line of JSON: the model's seconds for each batch, and all seconds by operator."
        )
        var timing = false

        func run() async throws {
            guard let kind = TableWriter.Format(path: output) else {
                throw Terminal.failure("'\(output)': end the name with .parquet, .csv, .jsonl or .npz")
            }
            do {
                let clock = OperatorClock()
                let (rows, problems, time, batches) = try write(kind, timing ? clock : nil)
                if !quiet {
                    let rate = time > 0 ? " (\(Int(Double(rows) / time)) rows a second)" : ""
                    Terminal.note("\(rows) rows to '\(output)' in \((time * 100).rounded() / 100) s\(rate)")
                    for problem in problems.shown.prefix(8) {
                        Terminal.note("  left out: \(problem.place): \(problem.reason)")
                    }
                    if problems.count > 8 { Terminal.note("  … \(problems.count - 8) more") }
                }
                if timing { Terminal.note(clock.json(batches)) }
                if problems.count > 0 { throw ExitCode(1) }
            } catch let failure as DatasetFailure { throw Terminal.failure(failure.message) } catch let failure
                as TensorFailure
            { throw Terminal.failure(failure.message) }
        }

        private func write(_ kind: TableWriter.Format, _ clock: OperatorClock?) throws -> (
            Int, (shown: [RowProblem], count: Int), Double, [Double]
        ) {
            if let threads { try Engine.setThreadCount(threads) }
            let graph = try Graph(contentsOf: model)
            let dataset = try Dataset(data, options: inputs.columns.options())
            var options = try inputs.options()
            options.batchRows = max(1, batch)
            for number in numbers {
                let (input, text) = try RowOptions.pair(number, "--set")
                guard let value = Double(text) else {
                    throw ValidationError("--set \(number): '\(text)' is not a number")
                }
                options.constants[input] = value
            }
            let inference = try BatchInference(graph, dataset, options: options)
            var writer: TableWriter?
            var (rows, shown, count): (Int, [RowProblem], Int) = (0, [], 0)
            let progress = StatusLine()
            let start = ContinuousClock.now
            var batches: [Double] = []
            var runOptions = RunOptions()
            if let clock { runOptions.profile = { clock.add($0, $1) } }
            let omitted = try inference.run(runOptions: runOptions) { result, seconds in
                batches.append(seconds)
                count += result.problemCount
                shown += result.problems.prefix(max(0, 8 - shown.count))
                guard result.count > 0 else { return }
                if writer == nil { writer = try TableWriter(output, format: kind, fields: result.fields) }
                try writer?.write(result)
                rows += result.count
                progress.update(rows)
            }
            progress.clear()
            guard let writer else { throw DatasetFailure(.malformed, "\(data): no row that the model can run on") }
            try writer.finish()
            for name in omitted {
                Terminal.note(
                    "output '\(PrintableText.quoting(name, limit: 80))' has no row for each input row: left out")
            }
            return (rows, (shown, count), BatchInference.seconds(since: start), batches)
        }
    }
}

/// Sums the time of each operator.
private final class OperatorClock: Sendable {
    private let sums = Mutex<[String: Duration]>([:])

    func add(_ op: String, _ time: Duration) { sums.withLock { $0[op, default: .zero] += time } }

    func json(_ batches: [Double]) -> String {
        let sorted = sums.withLock { $0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let operators = sorted.map { name, time -> String in
            let parts = time.components
            return "\"\(name)\": \(Double(parts.seconds) + Double(parts.attoseconds) / 1e18)"
        }
        return
            "{\"operatorSeconds\": {\(operators.joined(separator: ", "))}, \"batchSeconds\": [\(batches.map { "\($0)" }.joined(separator: ", "))]}"
    }
}
