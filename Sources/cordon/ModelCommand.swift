import ArgumentParser
import CordonReport
import CordonSigning
import CordonSupplyChain

/// `cordon model`.
struct ModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Looks into models, and runs those that are graphs.",
        subcommands: [
            Info.self, Inspect.self, Repair.self, Guard.self, Train.self, Test.self, EnsembleGroup.self, Run.self,
            Operators.self,
            Compare.self,
        ])

    /// `cordon model compare`.
    struct Compare: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Does the second model really come from the first? Compares weights in safetensors or ONNX.",
            discussion:
                "Exit code 0: same weights or same lineage. 1: related but far, or no relation found. 2: cannot be compared."
        )

        @Argument(help: "The model that the other is said to come from: a file or a folder.", completion: .file())
        var base: String
        @Argument(help: "The model that is said to come from it.", completion: .file())
        var model: String
        @Option(help: "text or json.")
        var format: ListFormat = .text
        @Option(name: .shortAndLong, help: "Write to a file instead of standard output.", completion: .file())
        var output: String?

        func run() async throws {
            try await Terminal.integrity(format: format, output: output) {
                let comparison: ModelComparison
                do {
                    comparison = try await ModelComparison.compare(base, model)
                } catch let failure as IntegrityFailure {
                    throw Terminal.failure(failure.message)
                }
                let text =
                    format == .json
                    ? ComparisonText.json(comparison, base, model)
                    : Array(
                        ComparisonText.render(comparison, base, model, colour: output == nil && Terminal.wantsColour)
                            .utf8)
                try Terminal.write(text, to: output)
                switch comparison.verdict {
                case .identical, .sameLineage: throw ExitCode(0)
                case .related, .noRelation: throw ExitCode(1)
                case .notComparable: throw ExitCode(2)
                }
            }
        }
    }
}
