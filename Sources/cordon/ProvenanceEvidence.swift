import ArgumentParser
import CordonCore
import CordonFormats
import CordonReport
import CordonScan
import CordonSigning
import CordonSupplyChain
import Glibc

extension ProvenanceCommand {
    /// `cordon provenance verify`.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Checks every step of the lineage and prints its grade: compares weights, digests and signatures.",
            discussion: """
                Whose signatures count is said by the [[trust]] entries of the file that --config names. Exit code 0: every \
                step has at least the grade asked for, and nothing contradicts. 1: not. 2: could not be read.
                """)

        @Argument(help: "A folder with the models.", completion: .directory)
        var path: String

        @Option(help: "Least grade of every step: verified, attested, claimed or inferred.")
        var minimumGrade: MinimumGrade = .inferred

        @Option(help: "text or json.")
        var format: ListFormat = .text

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            try await Terminal.integrity {
                let tree = try Tree(path)
                var inventory = try await InventoryReader(tree, trust: try configuration.statementTrust(for: path))
                    .read()
                await inventory.verifyWeights(in: path)
                let graph = inventory.graph
                guard !graph.nodes.isEmpty else {
                    throw Terminal.failure(
                        "no model or dataset was found in '\(PrintableText.quoting(path, limit: 300))': nothing was checked"
                    )
                }
                let text =
                    format == .json
                    ? ProvenanceJSON.trace(graph, roots: [])
                    : Array(ProvenanceText.grades(graph, colour: Terminal.wantsColour).utf8)
                try Terminal.write(text, to: nil)
                let isBad =
                    graph.edges.contains { $0.grade > minimumGrade.grade }
                    || graph.problems.contains { $0.kind == .contradiction || $0.kind == .cycle }
                throw ExitCode(isBad ? 1 : 0)
            }
        }
    }

    /// `cordon provenance record`.
    struct Record: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Runs a command and records what went in and came out as a signed SLSA statement.",
            usage:
                "cordon provenance record --output <file> (--private-key <pem> | --pkcs11 <uri> | --unsigned) [<options>] -- <command> …",
            discussion: """
                Inputs are the files and folders below the working folder that the arguments name, and those of --input. \
                Products are what is new or changed afterwards, or what --product names. Secrets in arguments are redacted. \
                The exit code is the command's own when it fails; nothing is recorded then.
                """)

        @Argument(parsing: .postTerminator, help: "The command with its arguments.")
        var command: [String] = []

        @Option(name: .shortAndLong, help: "Write the statement to this file.", completion: .file())
        var output: String

        @Option(help: "The folder that the command works in. Default: the working folder.", completion: .directory)
        var folder: String = "."

        @Option(help: "A further file or folder that the command reads; repeatable.", completion: .file())
        var input: [String] = []

        @Option(help: "What the command wrote; repeatable. Default: everything new or changed.", completion: .file())
        var product: [String] = []

        @Option(help: "URI that names who ran it.")
        var builder = "urn:cordon:local-run"

        @Option(
            help: "Name of an environment variable to record with its value; repeatable. Those of secrets are refused.")
        var environmentName: [String] = []

        @Flag(help: "Write a bare statement without a signature.")
        var unsigned = false

        @Option(help: "PEM private key: P-256, P-384 or P-521.", completion: .file())
        var privateKey: String?
        @Option(help: "PEM certificate of the private key.", completion: .file())
        var certificate: String?
        @Option(help: "A key in a token.")
        var pkcs11: String?
        @Option(help: "File whose first line is the passphrase or PIN.", completion: .file())
        var passphraseFile: String?

        func validate() throws {
            if command.isEmpty { throw ValidationError("name the command behind '--'") }
            let keys = [privateKey != nil, pkcs11 != nil, unsigned].count { $0 }
            if keys != 1 { throw ValidationError("give one of --private-key, --pkcs11 and --unsigned") }
            if let bad = environmentName.first(where: Redaction.isSecretName) {
                throw ValidationError("the variable '\(bad)' is named like a secret, and is not recorded")
            }
        }

        private var key: KeyOptions {
            var options = KeyOptions()
            options.privateKey = privateKey
            options.certificate = certificate
            options.chain = []
            options.pkcs11 = pkcs11
            options.passphraseFile = passphraseFile
            return options
        }

        func run() async throws {
            try await Terminal.integrity {
                // A key that cannot be opened is found out before hours of training.
                let signer = unsigned ? nil : try key.signer()
                let recorder = try await RunRecorder(folder: folder, inputs: input, command: command)
                let started = Int(time(nil))
                let status = ForegroundProgram.run(command, folder: folder)
                guard status == 0 else {
                    throw Terminal.abandonedRun(command[0], status)
                }
                let values = environmentName.compactMap { name in
                    Terminal.variable(name).map { (name, Redaction.isSecretValue($0) ? "[redacted]" : $0) }
                }
                let (statement, products) = try await recorder.statement(
                    command: command, products: product, builder: builder, started: started, finished: Int(time(nil)),
                    identifier: RunNumber.make(), environment: values)
                let bytes = try signer.map { try key.bundle(statement, $0) } ?? statement
                try Terminal.write(bytes, to: output)
                Terminal.note(
                    "recorded \(recorder.inputs.count) inputs and \(products.count) products in '\(PrintableText.quoting(output, limit: 300))'\(unsigned ? ", unsigned" : "")"
                )
            }
        }
    }

    /// `cordon provenance gate`.
    struct Gate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "May this enter? Evaluates the supplier policy and states the decision as a signed VSA.",
            discussion: """
                The policy is [gate], [[supplier]] and [[waiver]] of the file that --policy names; whose signatures count, its \
                [[trust]] entries. Exit code 0: everything is met or waived. 1: refused. 2: could not be evaluated.
                """)

        @Argument(help: "A folder with models and datasets.", completion: .directory)
        var path: String

        @Option(help: "The policy: a cordon.toml of yours, not one that came with the assets.", completion: .file())
        var policy: String

        @Option(
            name: .shortAndLong, help: "Write the decision as a verification summary to this file.", completion: .file()
        )
        var output: String?

        @Option(help: "URI that names who decides.")
        var verifier = "urn:cordon:gate"

        @Option(help: "PEM private key that signs the decision.", completion: .file())
        var privateKey: String?
        @Option(help: "File whose first line is the key's passphrase.", completion: .file())
        var passphraseFile: String?

        @Option(help: "text or json.")
        var format: ListFormat = .text

        func validate() throws {
            if privateKey != nil, output == nil { throw ValidationError("--private-key belongs to --output") }
        }

        func run() async throws {
            try await Terminal.integrity {
                let bytes = try SmallFile.contents(policy, what: "policy", limit: 1 << 20)
                let rules: SupplierPolicy
                do throws(DataFailure) {
                    rules = try SupplierPolicy(try TOMLReader.parse(bytes))
                } catch {
                    throw Terminal.failure(
                        "'\(PrintableText.quoting(policy, limit: 300))', line \(error.line): \(error.reason)")
                }
                if Self.isInside(policy, path) {
                    throw Terminal.failure(
                        "the policy lies inside what it is to decide about; whoever made the assets made it too")
                }
                var configuration = ConfigurationOptions()
                configuration.config = policy
                configuration.noConfig = false
                let inventory = try await InventoryReader(
                    try Tree(path), trust: try configuration.statementTrust(for: path)
                ).read()
                let decision = GateDecision(
                    inventory, policy: rules, attestations: inventory.attestations, now: Int(time(nil)))
                let text =
                    format == .json
                    ? GateText.json(decision) : Array(GateText.render(decision, colour: Terminal.wantsColour).utf8)
                try Terminal.write(text, to: nil)
                if let output { try await state(decision, inventory, bytes, output) }
                throw ExitCode(decision.isPassed ? 0 : 1)
            }
        }

        /// Subjects are the files of the assets; what was waived stands in the policy's annotations.
        private func state(_ decision: GateDecision, _ inventory: Inventory, _ policyBytes: [UInt8], _ output: String)
            async throws
        {
            let subjects = decision.assets.flatMap(\.files).compactMap { file in
                file.digest.map { Statement.Subject(name: file.path, digests: ["sha256": $0]) }
            }
            guard !subjects.isEmpty else {
                throw Terminal.failure("no file has a digest, so the decision is about nothing; it was not written")
            }
            let predicate = decision.summary(
                verifier: verifier, policyURI: "urn:cordon:policy", policyDigest: Digest.sha256(of: policyBytes).hex,
                statements: [])
            let statement = Statement.encode(
                subjects: subjects, predicateType: KnownPredicate.verificationSummary.rawValue
            ) {
                $0.raw("predicate", predicate)
            }
            guard let privateKey else { return try Terminal.write(statement, to: output) }
            var options = KeyOptions()
            options.privateKey = privateKey
            options.certificate = nil
            options.chain = []
            options.pkcs11 = nil
            options.passphraseFile = passphraseFile
            try Terminal.write(try options.bundle(statement, try options.signer()), to: output)
        }

        private static func isInside(_ file: String, _ folder: String) -> Bool {
            guard let one = realpath(file, nil), let two = realpath(folder, nil) else { return false }
            defer {
                free(one)
                free(two)
            }
            return String(cString: one).hasPrefix(String(cString: two) + "/")
        }
    }
}

/// A grade on the command line.
enum MinimumGrade: String, ExpressibleByArgument, CaseIterable {
    case verified, attested, claimed, inferred

    var grade: Grade {
        switch self {
        case .verified: .verified
        case .attested: .attested
        case .claimed: .claimed
        case .inferred: .inferred
        }
    }
}

/// Numbers for runs.
enum RunNumber {
    /// Thirty-two random hexadecimal digits.
    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        var text = ""
        for _ in 0..<2 {
            let part = String(generator.next() as UInt64, radix: 16)
            text += String(repeating: "0", count: 16 - part.count) + part
        }
        return text
    }
}
