import ArgumentParser
import CordonCore
import CordonFormats
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
        subcommands: [Make.self, Check.self, Diff.self, Merge.self],
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
        return lower.hasSuffix(".spdx.json") || lower.hasSuffix(".spdx3.json") || lower.hasSuffix(".jsonld")
            ? .spdx301 : .cycloneDX17
    }
}

extension BillCommand {
    /// `cordon bom check`.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Checks a bill: does it keep its format's rules, and which elements are missing?",
            discussion: """
                Scores the bill against the G7 minimum elements for AI and Annexes XI and XII of the EU AI Act and names the \
                gaps. Exit code 0: a sound bill. 1: it breaks rules, or scores below --minimum. 2: it cannot be read.
                """)

        @Argument(help: "A bill: CycloneDX 1.4 to 1.7 or SPDX 3.0.1, JSON.", completion: .file())
        var file: String

        @Option(help: "Least share of the G7 elements, in percent.")
        var minimum: Int?

        @Option(help: "text or json.")
        var format: ListFormat = .text

        func validate() throws {
            if let minimum, !(0...100).contains(minimum) {
                throw ValidationError("--minimum takes 0 to 100, not \(minimum)")
            }
        }

        func run() async throws {
            let root = try BillCommand.read(file)
            let breaches = BillRules.breaches(root)
            guard var view = BillView(root) else {
                throw Terminal.failure("'\(PrintableText.quoting(file, limit: 300))' is neither CycloneDX nor SPDX 3")
            }
            // A signature beside the file is as good as one inside; whose it is, 'cordon verify' tells.
            if (try? SignatureFinder.find(file, named: [])) != nil { view.topics.insert(.signature) }
            let text =
                format == .json
                ? BillCheckText.json(view, breaches)
                : Array(BillCheckText.render(view, breaches, colour: Terminal.wantsColour).utf8)
            try Terminal.write(text, to: nil)
            let score = BillElements.score(.g7, view)
            let isEnough = minimum.map { score.of > 0 && score.have / Double(score.of) * 100 >= Double($0) } ?? true
            throw ExitCode(breaches.isEmpty && isEnough ? 0 : 1)
        }
    }

    /// `cordon bom diff`.
    struct Diff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tells what changed between two bills; their formats may differ.",
            discussion: "Exit code 0: nothing changed. 1: something did. 2: one cannot be read.")

        @Argument(help: "The earlier bill.", completion: .file())
        var before: String
        @Argument(help: "The later bill.", completion: .file())
        var after: String
        @Option(help: "text or json.")
        var format: ListFormat = .text

        func run() async throws {
            guard let one = BillView(try BillCommand.read(before)), let two = BillView(try BillCommand.read(after))
            else {
                throw Terminal.failure("both files must be CycloneDX or SPDX 3 bills")
            }
            let difference = BillDifference(one, two)
            let text =
                format == .json
                ? BillCheckText.json(difference)
                : Array(BillCheckText.render(difference, colour: Terminal.wantsColour).utf8)
            try Terminal.write(text, to: nil)
            throw ExitCode(difference.isEmpty ? 0 : 1)
        }
    }

    /// `cordon bom merge`.
    struct Merge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes one CycloneDX bill of several: all of them, or none when they contradict each other.")

        @Argument(help: "CycloneDX bills.", completion: .file())
        var files: [String]
        @Option(help: "Name of the whole.")
        var name = "merged"
        @Option(name: .shortAndLong, help: "Write to a file instead of standard output.", completion: .file())
        var output: String?

        func validate() throws {
            if files.count < 2 { throw ValidationError("name at least two bills") }
        }

        func run() async throws {
            var bills: [(String, DataNode)] = []
            for file in files {
                let root = try BillCommand.read(file)
                if let breach = BillRules.breaches(root).first {
                    throw Terminal.failure(
                        "'\(PrintableText.quoting(file, limit: 300))', line \(breach.line): \(breach.reason). Nothing was merged; 'cordon bom check' lists all."
                    )
                }
                bills.append((file, root))
            }
            do {
                let bytes = try BillMerge.merge(
                    bills, name: name, stamp: try BillCommand.stamp(), version: Scanner.version)
                try Terminal.write(bytes, to: output)
            } catch let failure as DataFailure {
                throw Terminal.failure(failure.reason)
            }
        }
    }

    /// A bill as data; errors name file and line.
    static func read(_ file: String) throws -> DataNode {
        do {
            let bytes = try SmallFile.contents(file, what: "bill", limit: 256 << 20)
            if bytes.first == UInt8(ascii: "<") {
                throw Terminal.failure(
                    "'\(PrintableText.quoting(file, limit: 300))' is XML, which only 'cordon provenance' reads: write the bill as JSON"
                )
            }
            return try DataNode.json(bytes)
        } catch let failure as IntegrityFailure {
            throw Terminal.failure(failure.message)
        } catch let failure as DataFailure {
            throw Terminal.failure(
                "'\(PrintableText.quoting(file, limit: 300))', line \(failure.line): \(failure.reason). Name a CycloneDX or SPDX bill in JSON."
            )
        }
    }
}
