import ArgumentParser
import CordonData
import CordonFormats
import CordonModelDefense
import CordonReport
import CordonSigning
import CordonTensor

extension ModelCommand {
    /// `cordon model train`.
    struct Train: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Trains a small classifier of pictures or numbers, also so that poison has less say.",
            discussion: """
                Without --model a small CNN or perceptron is built for the rows; with it that model is trained on. 'abl' \
                sets the rows aside that are learned first, trains on the rest and unlearns them: OUTPUT.isolated.csv has \
                their numbers. 'adversarial' trains on rows that are changed against the model. Meant for models that train \
                in minutes. Exit code 0: written. 1: some rows could not be read. 2: nothing was written.
                """)

        @Argument(help: "Rows with labels: a file or a folder, as for 'data info'.", completion: .file())
        var data: String
        @Option(name: .shortAndLong, help: "Where the model goes, ending with .onnx.", completion: .file())
        var output: String
        @Option(help: "plain, abl or adversarial.") var method = "plain"
        @Option(help: "An ONNX model to go on from.", completion: .file()) var model: String?
        @Option(help: "Passes over all rows.") var epochs = 10
        @Option(help: "Rows per step.") var batch = 64
        @Option(help: "Rate of learning at its highest.") var rate = 0.002
        @Option(help: "Share of rows that 'abl' sets aside.") var isolate = 0.01
        @Option(help: "How far 'adversarial' changes values: share of a picture's range, or of a column's deviation.")
        var radius = 0.1
        @Option(help: "Rows to measure the accuracy on.", completion: .file()) var test: String?
        @Option(help: "A JSON array of the classes' names, in the order of the outputs.", completion: .file())
        var classes: String?
        @OptionGroup var rows: RowOptions
        @Option(help: "Threads that one operation may use.") var threads: Int?
        @Option(help: "Start of everything that is drawn.") var seed: UInt64 = 0
        @Flag(help: "Say nothing on standard error.") var quiet = false

        func validate() throws {
            guard TrainingMethod(rawValue: method) != nil else {
                let names = TrainingMethod.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--method \(method): there are \(names)")
            }
            guard (0...10).contains(radius), radius.isFinite else {
                throw ValidationError("--radius is from 0 to 10, not \(radius)")
            }
        }

        func run() async throws {
            for other in [data, model, test, classes].compactMap(\.self) where DataFiles.isSame(other, output) {
                throw Terminal.failure("'\(output)' is read from; choose another --output")
            }
            if let threads { try ModelFiles.failing(output) { try Engine.setThreadCount(threads) } }
            let leftOut = try ModelFiles.failing(model ?? data) {
                var training = ModelTraining()
                training.method = TrainingMethod(rawValue: method) ?? .plain
                (training.epochs, training.batchRows, training.rate) = (epochs, batch, rate)
                (training.isolatedShare, training.radius, training.seed) = (isolate, radius, seed)
                let progress = StatusLine()
                defer { progress.clear() }
                let outcome = try training.run(
                    Dataset(data, options: rows.columns.options()), start: model.map { try Graph(contentsOf: $0) },
                    classes: classes.map { try Self.names($0) }, options: rows.options()
                ) { epoch, loss in
                    progress.update(step: "pass \(epoch) of \(epochs), loss \(Float(loss))")
                }
                progress.clear()
                try Terminal.write(outcome.graph.onnx(), to: output)
                if !outcome.isolated.isEmpty { try writeIsolated(outcome.isolated) }
                if !quiet { try tell(outcome) }
                return outcome.leftOut
            }
            if leftOut > 0 { throw ExitCode(1) }
        }

        private func tell(_ outcome: ModelTraining.Outcome) throws {
            func percent(_ share: Double) -> String { "\(Float((share * 1000).rounded() / 10)) %" }
            Terminal.note(
                "'\(output)': \(outcome.classes.count) classes from \(outcome.rows) rows, \(percent(outcome.accuracy)) of which it gives their label"
            )
            if let test {
                let found = try outcome.accuracy(
                    on: Dataset(test, options: rows.columns.options()), options: rows.options())
                Terminal.note("  accuracy \(percent(found.accuracy)) on \(found.rows) rows of '\(test)'")
            }
            if !outcome.isolated.isEmpty {
                Terminal.note("  \(outcome.isolated.count) rows set aside and unlearned: '\(output).isolated.csv'")
            }
            if outcome.leftOut > 0 { Terminal.note("  \(outcome.leftOut) rows could not be read or have no label") }
        }

        /// Numbers of the rows, the most suspect first.
        private func writeIsolated(_ numbers: [Int]) throws {
            let text = "row\n" + numbers.map { "\($0)\n" }.joined()
            try Terminal.write(Array(text.utf8), to: output + ".isolated.csv")
        }

        private static let namesLimit = 1 << 20

        private static func names(_ path: String) throws -> [String] {
            guard let bytes = SmallFile.read(path, limit: namesLimit),
                let document = try? JSONDocument.parse(ByteView(copying: bytes)), document.root.isArray
            else { throw DatasetFailure(.malformed, "\(path): no JSON array of names") }
            let names = document.root.elements.map(\.string)
            guard names.allSatisfy({ $0 != nil }) else {
                throw DatasetFailure(.malformed, "\(path): names of classes are texts")
            }
            return names.compactMap(\.self)
        }
    }
}

extension ModelCommand {
    /// `cordon model test`.
    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "How many rows an ONNX classifier gives their label.",
            discussion: """
                With rows that carry a trigger, labelled with its target, that is the success of the attack. Exit code 0: \
                measured. 1: some rows could not be read. 2: it could not be.
                """)

        @Argument(help: "The model.", completion: .file()) var model: String
        @Option(help: "Rows with labels: a file or a folder, as for 'data info'.", completion: .file())
        var data: String
        @OptionGroup var rows: RowOptions

        func run() async throws {
            let found = try ModelFiles.failing(model) {
                try Classifier.accuracy(
                    of: Graph(contentsOf: model), on: Dataset(data, options: rows.columns.options()),
                    options: rows.options())
            }
            let share = Float((Double(found.right) / Double(max(1, found.rows)) * 1000).rounded() / 10)
            Terminal.line("\(found.right) of \(found.rows) rows get their label (\(share) %)")
            if found.leftOut > 0 {
                Terminal.note("  \(found.leftOut) rows could not be read")
                throw ExitCode(1)
            }
        }
    }
}
