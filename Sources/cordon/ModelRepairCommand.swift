import ArgumentParser
import CordonCore
import CordonData
import CordonModelDefense
import CordonReport
import CordonSigning
import CordonTensor

extension ModelCommand {
    /// `cordon model repair`.
    struct Repair: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes backdoors out of an ONNX classifier, with a few hundred clean rows.",
            discussion: """
                The model is inspected, repaired, and what is left of the attack is measured on rows that no repair saw. \
                The model that is given stays. EVIDENCE is an in-toto test-result predicate; sign it with 'cordon sign \
                --statement EVIDENCE --predicate-type test-result OUTPUT'. Exit code 0: written. 1: no method kept the \
                accuracy, and nothing was written. 2: it could not be repaired.
                """)

        @Argument(help: "The model.", completion: .file())
        var model: String
        @Option(help: "Clean rows with labels: a file or a folder, as for 'data info'.", completion: .file())
        var data: String
        @Option(name: .shortAndLong, help: "Where the repaired model goes.", completion: .file())
        var output: String
        @OptionGroup var rows: RowOptions
        @Option(help: "auto, unlearning, fine-pruning, anp, i-bau, sam, amnesia or distillation.")
        var method: Choice = .auto
        @Option(help: "Accuracy that the repair may cost, as a share of all rows.")
        var allowedLoss: Double = 0.02
        @Option(help: "Start of everything that is drawn.")
        var seed: UInt64 = 0
        @Option(help: "Where the evidence goes.", completion: .file())
        var evidence: String?
        @Option(help: "text or json.")
        var format: ListFormat = .text

        private static let modelLimit = 1 << 31

        /// A method, or the best of all.
        enum Choice: ExpressibleByArgument {
            case auto
            case method(RepairMethod)

            init?(argument: String) {
                if argument == "auto" {
                    self = .auto
                } else if let method = RepairMethod(rawValue: argument) {
                    self = .method(method)
                } else {
                    return nil
                }
            }
        }

        func validate() throws {
            guard (0...1).contains(allowedLoss) else {
                throw ValidationError("--allowed-loss is a share from 0 to 1, not \(allowedLoss)")
            }
        }

        func run() async throws {
            for (other, what) in [(model, "the model"), (data, "the data")] where DataFiles.isSame(other, output) {
                throw Terminal.failure("'\(output)' is \(what) itself; choose another --output")
            }
            let outcome = try ModelFiles.failing(model) {
                var repair = ModelRepair()
                (repair.seed, repair.allowedLoss) = (seed, allowedLoss)
                if case .method(let method) = method { repair.method = method }
                let progress = StatusLine()
                defer { progress.clear() }
                return try repair.run(
                    Graph(contentsOf: model), Dataset(data, options: rows.columns.options()), options: rows.options()
                ) { progress.update($0) }
            }
            if let graph = outcome.graph {
                try Terminal.write(ModelFiles.failing(model) { try graph.onnx() }, to: output)
            }
            if let evidence {
                guard let bytes = SmallFile.read(model, limit: Self.modelLimit) else {
                    throw Terminal.failure("cannot read '\(model)' whole, for the evidence; leave --evidence out")
                }
                let text = ModelRepairText.evidence(
                    outcome, path: model, digest: Digest.sha256(of: bytes), output: output)
                try Terminal.write(text, to: evidence, option: "--evidence")
            }
            let text =
                format == .json
                ? ModelRepairText.json(outcome, path: model, output: output)
                : Array(
                    ModelRepairText.render(outcome, path: model, output: output, colour: Terminal.wantsColour).utf8)
            try Terminal.write(text, to: nil)
            if outcome.graph == nil { throw ExitCode(1) }
        }
    }
}
