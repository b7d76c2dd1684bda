import ArgumentParser
import CordonCore
import CordonReport
import CordonSigning
import CordonSupplyChain

/// `cordon provenance`.
struct ProvenanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provenance",
        abstract:
            "Where do models and datasets come from, who vouches for it, and what is hit when a supplier turns bad?",
        subcommands: [Trace.self, Impact.self, Verify.self, Record.self, Gate.self]
    )

    /// `cordon provenance trace`.
    struct Trace: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Draws what every model and dataset comes from, with the grade of each step.",
            discussion: """
                PATH is a folder, a bill of materials (CycloneDX, SPDX 3) or a file of in-toto statements. Grades: verified \
                (Cordon checked it), attested (signed by somebody you trust), claimed, inferred. Exit code 0: no \
                contradiction. 1: contradictions or circles. 2: could not be read.
                """
        )

        @Argument(help: "A folder, a bill of materials, or a file of statements.", completion: .file())
        var path: String

        @Argument(help: "Only what this asset comes from: a name, or a SHA-256. Default: all.")
        var asset: String?

        @Option(help: "text, json, dot or svg.")
        var format: GraphFormat = .text

        @Option(name: .shortAndLong, help: "Write to a file instead of standard output.", completion: .file())
        var output: String?

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            try await Terminal.integrity(output: output) {
                let (graph, _) = try await ProvenanceSource.graph(
                    path, trust: try configuration.statementTrust(for: path))
                let roots = try asset.map { try ProvenanceCommand.find($0, in: graph, path) } ?? []
                try Terminal.write(try render(graph, roots), to: output)
                let isBad = graph.problems.contains { $0.kind == .contradiction || $0.kind == .cycle }
                throw ExitCode(isBad ? 1 : 0)
            }
        }

        private func render(_ graph: ProvenanceGraph, _ roots: [Int]) throws -> [UInt8] {
            switch format {
            case .text:
                return Array(
                    ProvenanceText.trace(graph, roots: roots, colour: output == nil && Terminal.wantsColour).utf8)
            case .json: return ProvenanceJSON.trace(graph, roots: roots)
            case .dot: return Array(ProvenancePicture.dot(graph, roots: roots).utf8)
            case .svg:
                guard let picture = ProvenancePicture.svg(graph, roots: roots) else {
                    throw Terminal.failure(
                        "there are more than 400 assets, which no picture makes clear: name one, or use --format dot")
                }
                return Array(picture.utf8)
            }
        }
    }

    /// `cordon provenance impact`.
    struct Impact: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What is affected when a supplier, dataset or model turns bad, and by which path?",
            discussion:
                "Exit code 0: nothing is affected. 1: something is. 2: could not be read, or nothing has that name.")

        @Argument(help: "A party, dataset, model or builder: its name, or a SHA-256.")
        var source: String

        @Argument(help: "A folder, a bill of materials, or a file of statements.", completion: .file())
        var path: String

        @Option(help: "text, json or svg.")
        var format: GraphFormat = .text

        @Option(name: .shortAndLong, help: "Write to a file instead of standard output.", completion: .file())
        var output: String?

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            try await Terminal.integrity(output: output) {
                let (graph, _) = try await ProvenanceSource.graph(
                    path, trust: try configuration.statementTrust(for: path))
                let sources = try ProvenanceCommand.find(source, in: graph, path)
                let affected = graph.impact(of: sources)
                let text: [UInt8]
                switch format {
                case .text:
                    text = Array(
                        ProvenanceText.impact(graph, of: sources, colour: output == nil && Terminal.wantsColour).utf8)
                case .json: text = ProvenanceJSON.impact(graph, of: sources)
                case .svg, .dot:
                    let marked = Set(affected.map(\.node) + sources)
                    guard
                        let picture = ProvenancePicture.svg(
                            graph, roots: affected.map(\.node) + sources, marked: marked)
                    else { throw Terminal.failure("there are more than 400 assets: use --format json") }
                    text = Array(picture.utf8)
                }
                try Terminal.write(text, to: output)
                // The process ends here: to free a large graph node by node would take a tenth of the time.
                _ = Unmanaged.passRetained(Kept(graph))
                throw ExitCode(affected.isEmpty ? 0 : 1)
            }
        }
    }

    /// Keeps a graph for as long as the process lives.
    private final class Kept {
        let graph: ProvenanceGraph
        init(_ graph: ProvenanceGraph) { self.graph = graph }
    }

    /// The nodes of a name; a name that leads nowhere is an error with what is there.
    static func find(_ name: String, in graph: ProvenanceGraph, _ path: String) throws -> [Int] {
        let found = graph.search(name)
        guard found.isEmpty else { return found }
        let known = graph.nodes.prefix(12).map { "'\(PrintableText.quoting($0.name, limit: 80))'" }.joined(
            separator: ", ")
        throw Terminal.failure(
            "nothing in '\(PrintableText.quoting(path, limit: 200))' is called '\(PrintableText.quoting(name, limit: 120))'\(known.isEmpty ? "" : "; there are \(known)\(graph.nodes.count > 12 ? " and \(graph.nodes.count - 12) more" : "")")"
        )
    }
}

/// Formats of a graph.
enum GraphFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json, dot, svg
}

extension ConfigurationOptions {
    /// Whose statements count as attested: those whom the `[[trust]]` entries of a named configuration trust for the file
    /// that holds the statement. Without a named configuration nobody's do.
    func statementTrust(for root: String) throws -> StatementTrust {
        guard config != nil || Terminal.variable("CORDON_CONFIG") != nil, let policy = try trustPolicy() else {
            return { _, _ in nil }
        }
        let prefix = root.hasSuffix("/") ? root : root + "/"
        return { bundle, path in
            for candidate in [prefix + path, root] {
                for entry in policy.entries(for: candidate) {
                    guard let requirement = try? policy.requirement(entry),
                        let parsed = try? UnverifiedBundle.parse(bundle),
                        let verified = try? await EnvelopeVerifier(requirement).verify(parsed)
                    else { continue }
                    return verified.signer.name
                }
            }
            return nil
        }
    }
}
