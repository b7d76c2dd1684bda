import ArgumentParser
import CordonCore
import CordonReport
import CordonSigning

/// `cordon prove`.
struct ProveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Writes a proof that one sample belongs to a dataset signed with --elements.",
        discussion: "The proof and the sample are all that 'cordon verify proof' needs beside the signature."
    )

    @Argument(help: "The dataset: a folder or a file.", completion: .file())
    var path: String

    @Option(help: "The dataset's signature.", completion: .file())
    var signature: String

    @Option(
        help: "FILE:NUMBER (lines from 1, row groups from 0) or FILE:MEMBER; FILE is '.' for a dataset of one file.")
    var element: String

    @Option(name: .shortAndLong, help: "Write the proof to a file instead of standard output.", completion: .file())
    var output: String?

    func run() async throws {
        try await Terminal.integrity {
            let proof = try ElementProof(dataset: try Tree(path), element: element, signature: signature)
            try Terminal.write(proof.json, to: output)
        }
    }
}

/// `cordon verify proof`.
struct VerifyProof: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proof", abstract: "Checks that a sample belongs to a signed dataset, without the dataset.")

    @Argument(help: "The sample: a line, a member's content, or a row group's bytes.", completion: .file())
    var sample: String

    @Option(help: "The proof, as 'cordon prove' wrote it.", completion: .file())
    var proof: String

    @Option(help: "The dataset's signature.", completion: .file())
    var signature: String

    @OptionGroup var signer: SignerOptions
    @OptionGroup var configuration: ConfigurationOptions

    func run() async throws {
        try await Terminal.integrity {
            let requirements = try signer.requirements(for: sample, configuration)
            let proof = try ElementProof(try SmallFile.contents(proof, what: "proof", limit: 1 << 20))
            let content = try SmallFile.contents(sample, what: "sample", limit: 1 << 30)
            let bundle = try UnverifiedBundle.parse(
                try SmallFile.contents(signature, what: "signature", limit: StrictJSON.byteLimit), file: signature)
            let verified = try await AnyOf(requirements).first { requirement in
                try await ModelVerifier(EnvelopeVerifier(requirement)).manifest(bundle)
            }
            try proof.verify(sample: content, in: verified.manifest)
            try Terminal.write(Array(IntegrityText.proved(proof, verified).utf8), to: nil)
        }
    }
}
