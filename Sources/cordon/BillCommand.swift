import ArgumentParser
import CordonCore
import CordonReport
import CordonScan
import CordonSigning
import CordonSupplyChain
import Glibc

/// `cordon bom`.
struct BillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bom",
        abstract: "The AI bill of materials: what is in a project, with the evidence grade of every field.",
        subcommands: [Make.self],
        defaultSubcommand: Make.self
    )

    /// `cordon bom PATH`.
    struct Make: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            // A name that no folder has: `cordon bom model` must mean the folder.
            commandName: "of-a-path",
            abstract: "Writes the bill of a folder or model file. The default.",
            usage: "cordon bom <path> [--format <format>] [--output <file>] [<options>]",
            discussion: """
                Finds models, datasets, dependencies, services and agent components from the files themselves; nothing is \
                executed or fetched. Formats: text (a summary), cyclonedx-1.6, cyclonedx-1.7, spdx-3.0.1. Without --format, \
                --output writes CycloneDX 1.7, or SPDX when the name ends in .spdx.json. With SOURCE_DATE_EPOCH set, two \
                bills of the same content are the same byte for byte.
                """
        )

        @Argument(help: "A folder or a file.", completion: .file())
        var path: String

        @Option(help: "text, cyclonedx-1.6, cyclonedx-1.7 or spdx-3.0.1.")
        var format: BillOutput?

        @Option(name: .shortAndLong, help: "Write to a file instead of standard output.", completion: .file())
        var output: String?

        @Option(name: .shortAndLong, help: "Files worked on at the same time. Default: number of processors.")
        var jobs: Int?

        @OptionGroup var configuration: ConfigurationOptions

        func validate() throws {
            if let jobs, jobs < 1 { throw ValidationError("--jobs takes a number from 1, not \(jobs)") }
        }

        func run() async throws {
            try await Terminal.integrity(output: output) {
                let stamp = try BillCommand.stamp()
                var reader = InventoryReader(try Tree(path), trust: try configuration.statementTrust(for: path))
                reader.jobs = jobs ?? reader.jobs
                let inventory = try await reader.read()
                let bytes: [UInt8]
                if let format = (format ?? BillOutput.byName(output)).document {
                    bytes = BillOfMaterials(inventory).document(format, stamp: stamp, version: Scanner.version)
                } else {
                    bytes = Array(BillText.summary(inventory, colour: output == nil && Terminal.wantsColour).utf8)
                }
                try Terminal.write(bytes, to: output)
            }
        }
    }

    /// The time and number of a new document.
    static func stamp() throws -> BillStamp {
        guard let text = Terminal.variable("SOURCE_DATE_EPOCH"), !text.isEmpty else {
            return BillStamp(now: Int(time(nil)), epoch: nil)
        }
        guard let epoch = Int(text), (0...253_402_300_799).contains(epoch) else {
            throw Terminal.failure("SOURCE_DATE_EPOCH is not a number of seconds since 1970")
        }
        return BillStamp(now: epoch, epoch: epoch)
    }
}

/// What `cordon bom` writes.
enum BillOutput: String, ExpressibleByArgument, CaseIterable {
    case text
    case cycloneDX16 = "cyclonedx-1.6"
    case cycloneDX17 = "cyclonedx-1.7"
    case spdx301 = "spdx-3.0.1"

    /// The document's format; `nil` for the summary.
    var document: BillFormat? { BillFormat(rawValue: rawValue) }

    /// What the name of an output file asks for.
    static func byName(_ path: String?) -> BillOutput {
        guard let path, path != "-" else { return .text }
        let lower = path.lowercased()
        if lower.hasSuffix(".txt") { return .text }
        return lower.hasSuffix(".spdx.json") || lower.hasSuffix(".spdx3.json") || lower.hasSuffix(".jsonld") ? .spdx301 : .cycloneDX17
    }
}
