import ArgumentParser
import CordonCore
import CordonReport
import CordonSigning

/// `cordon verify`.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract:
            "Is this exactly what its owner signed? Checks models, attestations, single samples, sources and URL lists.",
        subcommands: [VerifyModel.self, VerifyProof.self, VerifySource.self, VerifyURLs.self],
        defaultSubcommand: VerifyModel.self
    )
}

/// `cordon verify MODEL`.
struct VerifyModel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        // A name that no folder has: `cordon verify model` must mean the folder.
        commandName: "against-signature",
        abstract: "Checks a model, dataset or tree against its signature. The default.",
        usage:
            "cordon verify <path> [--signature <file>] (--public-key <pem> | --trust-root <pem> … | --sigstore-root <json> --identity <id> --issuer <url>) [<options>]",
        discussion: """
            Who must have signed is given with --public-key, with --trust-root, or with --sigstore-root, --identity and \
            --issuer; otherwise the [[trust]] entries of the file that --config names say it. Exit code 0: verified. 1: refused, with the \
            reason. 2: could not be checked. 64: wrong usage.
            """
    )

    @Argument(help: "A folder or a file.", completion: .file())
    var path: String

    @Option(help: "The signature. Default: where a [[trust]] entry or habit puts it.", completion: .file())
    var signature: String?

    @OptionGroup var signer: SignerOptions
    @OptionGroup var configuration: ConfigurationOptions

    @Flag(help: "Read every file, also those that have not changed since they were last read.")
    var full = false

    @Option(name: .shortAndLong, help: "Files worked on at the same time. Default: number of processors.")
    var jobs: Int?

    @Option(help: "text or json.")
    var format: ListFormat = .text

    @Option(name: .shortAndLong, help: "Write the report to a file instead of standard output.", completion: .file())
    var output: String?

    @Flag(name: .shortAndLong, help: "Print nothing when it is verified.")
    var quiet = false

    func validate() throws {
        if let jobs, jobs < 1 { throw ValidationError("--jobs takes a number from 1, not \(jobs)") }
    }

    func run() async throws {
        try await Terminal.integrity(format: format, output: output) {
            let requirements = try signer.requirements(for: path, configuration)
            let signature = try place()
            let progress = quiet ? nil : StatusLine()
            defer { progress?.clear() }
            let outcome = try await AnyOf(requirements).first { requirement in
                try await verify(signature, requirement, progress)
            }
            progress?.clear()
            let text =
                switch format {
                case .text:
                    Array(IntegrityText.verified(outcome, path, colour: output == nil && Terminal.wantsColour).utf8)
                case .json: IntegrityJSON.verified(outcome, path)
                }
            if !(quiet && outcome.exitCode == 0) { try Terminal.write(text, to: output) }
            throw ExitCode(outcome.exitCode)
        }
    }

    private func verify(
        _ signature: String, _ requirement: SignerRequirement, _ progress: StatusLine?
    ) async throws -> SignatureOutcome {
        var verifier = SignatureVerifier(EnvelopeVerifier(requirement))
        verifier.comparer.jobs = jobs ?? verifier.comparer.jobs
        verifier.comparer.usesCache = !full
        if let progress { verifier.comparer.progress = { progress.update($0, $1) } }
        return try await verifier.verify(path, signature: signature)
    }

    private func place() throws -> String {
        if let signature { return signature }
        let entries = try configuration.trustPolicy()?.entries(for: path) ?? []
        return try SignatureFinder.find(path, named: entries.compactMap(\.signature))
    }
}

/// Several signers of whom any will do.
struct AnyOf {
    private let requirements: [SignerRequirement]

    init(_ requirements: [SignerRequirement]) { self.requirements = requirements }

    /// The first result; when every signer is refused, the refusal of the last.
    func first<Result>(_ check: (SignerRequirement) async throws -> Result) async throws -> Result {
        var refusal: (any Error)?
        for requirement in requirements {
            do {
                return try await check(requirement)
            } catch let failure as IntegrityFailure where failure.isRefusal {
                refusal = failure
            }
        }
        throw refusal ?? IntegrityFailure(.wrongUse, "nobody is named who must have signed")
    }
}
