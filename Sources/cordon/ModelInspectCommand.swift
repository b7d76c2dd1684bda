import ArgumentParser
import CordonCore
import CordonData
import CordonModelDefense
import CordonReport
import CordonScan
import CordonSigning
import CordonSupplyChain
import CordonTensor

extension ModelCommand {
    /// `cordon model inspect`.
    struct Inspect: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Does an ONNX classifier have a backdoor: to which class, by which trigger, how sure.",
            discussion: """
                With a few hundred clean rows the smallest trigger of every class is reconstructed and compared with what \
                is natural; without rows only the file and the margins of classes are looked at. The model is run, never \
                changed. Exit code 0: clean. 1: suspect or backdoored. 2: it could not be inspected.
                """)

        @Argument(help: "The model.", completion: .file())
        var model: String
        @Option(help: "A few hundred clean rows: a file or a folder, as for 'data info'.", completion: .file())
        var data: String?
        @Option(help: "The model that it is said to come from, as for 'model compare'.", completion: .file())
        var base: String?
        @OptionGroup var rows: RowOptions
        @Option(help: "Start of everything that is drawn.")
        var seed: UInt64 = 0
        @Option(help: "text, json, html or sarif.")
        var format: Format = .text
        @Option(name: .shortAndLong, help: "Write to a file instead of standard output.", completion: .file())
        var output: String?

        /// Forms of the report.
        enum Format: String, ExpressibleByArgument, CaseIterable {
            case text, json, html, sarif
        }

        func run() async throws {
            var verdict = try ModelFiles.failing(model) {
                var inspection = ModelInspection()
                inspection.seed = seed
                inspection.illustrates = format != .text
                let progress = StatusLine()
                defer { progress.clear() }
                return try inspection.run(
                    Graph(contentsOf: model), data.map { try Dataset($0, options: rows.columns.options()) },
                    options: rows.options()
                ) { progress.update($0) }
            }
            if let base { verdict = try await compared(verdict, base) }
            let text =
                switch format {
                case .sarif: ModelInspectionSARIF.render(verdict, path: model, version: Scanner.version)
                case .text:
                    Array(
                        ModelInspectionText.render(
                            verdict, path: model, colour: output == nil && Terminal.wantsColour
                        ).utf8)
                case .json: ModelInspectionText.json(verdict, path: model)
                case .html: ModelInspectionHTML.render(verdict, path: model)
                }
            try Terminal.write(text, to: output)
            if verdict.level == .notEvaluated { throw ExitCode(2) }
            if verdict.level != .clean { throw ExitCode(1) }
        }

        /// With what the weights say of the model that this one is said to come from.
        private func compared(_ verdict: ModelVerdict, _ base: String) async throws -> ModelVerdict {
            let comparison: ModelComparison
            do {
                comparison = try await ModelComparison.compare(base, model)
            } catch { throw Terminal.failure(error.message) }
            let (level, words) = ComparisonText.remark(comparison, base)
            return verdict.adding(.base, level ? .suspect : .clean, words)
        }
    }
}

/// How rows become a model's input.
struct RowOptions: ParsableArguments {
    @Option(name: .customLong("map"), help: "INPUT=COLUMN: which column an input takes.")
    var maps: [String] = []
    @Option(help: "What pixels are multiplied with.")
    var scale: Double = 1.0 / 255
    @Option(help: "Mean per channel, taken off after scaling: 0.485,0.456,0.406.")
    var mean: String?
    @Option(name: .customLong("std"), help: "Deviation per channel, divided by at the end: 0.229,0.224,0.225.")
    var deviation: String?
    @OptionGroup var columns: ColumnOptions

    func options() throws -> BatchInference.Options {
        var options = BatchInference.Options()
        options.scale = scale
        options.mean = try Self.list(mean, "--mean")
        options.deviation = try Self.list(deviation, "--std")
        for map in maps {
            let (input, column) = try Self.pair(map, "--map")
            options.columns[input] = column
        }
        return options
    }

    /// The same options on a command line.
    var arguments: [String] {
        var words = maps.flatMap { ["--map", $0] } + ["--scale", "\(scale)"]
        if let mean { words += ["--mean", mean] }
        if let deviation { words += ["--std", deviation] }
        return words + columns.arguments
    }

    static func pair(_ text: String, _ option: String) throws -> (String, String) {
        guard let equals = text.lastIndex(of: "="), equals != text.startIndex else {
            throw ValidationError("\(option) wants NAME=VALUE, not '\(text)'")
        }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }

    private static func list(_ text: String?, _ option: String) throws -> [Double] {
        guard let text else { return [] }
        return try text.split(separator: ",").map { part in
            guard let number = Double(part) else { throw ValidationError("\(option): '\(part)' is not a number") }
            return number
        }
    }
}

/// Models that commands read.
enum ModelFiles {
    /// Turns failures into messages.
    static func failing<Value>(_ model: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let failure as DatasetFailure {
            throw Terminal.failure(failure.message)
        } catch let failure as TensorFailure {
            let message = failure.message.hasPrefix(model) ? failure.message : "\(model): \(failure.message)"
            throw Terminal.failure(message)
        }
    }
}
