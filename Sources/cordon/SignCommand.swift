import ArgumentParser
import CordonCore
import CordonReport
import CordonSigning

/// `cordon sign`.
struct SignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Signs a model, dataset or tree (OpenSSF Model Signing v1.0), or an attestation about it.",
        discussion: """
            The key is given with --private-key, with --certificate beside it, or lies in a token (--pkcs11). Exit code \
            0: signed. 1: refused, since something cannot be signed. 2: the job could not be done. 64: wrong usage.
            """
    )

    @Argument(
        help: "A folder or a file. With --statement: one or more that the attestation is about.", completion: .file())
    var paths: [String]

    @Option(help: "Where to write the signature.", completion: .file())
    var signature: String

    @OptionGroup var key: KeyOptions

    @Option(help: "files: a digest a file. shards: a digest a byte range, so that huge files use all processors.")
    var method: Method = .files

    @Option(help: "Bytes in a shard.")
    var shardSize: Int = 1_000_000_000

    @Option(help: "sha256, blake2b or blake3.")
    var hash: ModelHash = .sha256

    @Flag(help: "Follow symbolic links to files inside the model. Others are always refused.")
    var allowSymlinks = false

    @Option(help: "Path inside the model that is left out; repeatable.")
    var ignore: [String] = []

    @Flag(help: "Also sign .git, .github, .gitattributes and .gitignore at the top.")
    var includeVersionControl = false

    @Flag(
        help: """
            Digest JSONL lines, zip and tar members and Parquet row groups one by one, so that a changed one is named. \
            Their hashes go beside the signature.
            """)
    var elements = false

    @Option(
        help: "Sign an in-toto predicate (a JSON file) about the paths instead of their manifest.", completion: .file())
    var statement: String?

    @Option(help: "What the predicate is: slsa-provenance, test-result, vsa, or a URI.")
    var predicateType: String?

    @Flag(help: "Read every file, also those that have not changed since they were last read.")
    var full = false

    @Option(name: .shortAndLong, help: "Files worked on at the same time. Default: number of processors.")
    var jobs: Int?

    @Flag(name: .shortAndLong, help: "Print nothing.")
    var quiet = false

    func validate() throws {
        if let jobs, jobs < 1 { throw ValidationError("--jobs takes a number from 1, not \(jobs)") }
        if shardSize < 1 { throw ValidationError("--shard-size takes a number from 1, not \(shardSize)") }
        if statement == nil, paths.count != 1 { throw ValidationError("a signature is about one path") }
        if statement == nil, predicateType != nil { throw ValidationError("--predicate-type belongs to --statement") }
        if statement != nil, elements { throw ValidationError("--elements does not fit --statement") }
        if elements, method == .shards { throw ValidationError("--elements digests whole files: use --method files") }
    }

    func run() async throws {
        try await Terminal.integrity {
            if let statement {
                try await sign(statement)
            } else {
                try await signModel()
            }
        }
    }

    private func comparer(_ progress: StatusLine?) -> TreeComparer {
        var comparer = TreeComparer()
        comparer.jobs = jobs ?? comparer.jobs
        comparer.usesCache = !full
        if let progress { comparer.progress = { progress.update($0, $1) } }
        return comparer
    }

    private func signModel() async throws {
        let tree = try Tree(paths[0])
        let signer = try key.signer()
        let progress = quiet ? nil : StatusLine()
        var model = ModelSigner()
        model.algorithm = hash.algorithm
        model.shardByteCount = method == .shards ? shardSize : nil
        model.followsLinks = allowSymlinks
        model.ignoredPaths = ignore
        model.ignoresVersionControl = !includeVersionControl
        model.hasElements = elements
        model.comparer = comparer(progress)
        let place = tree.relativePath(of: signature)
        var summary = try await model.manifest(tree, signature: place)
        if elements { summary = try await model.addElements(to: summary, tree: tree, beside: signature) }
        progress?.clear()
        let bundle = try key.bundle(summary.manifest.statement(), signer)
        try write(bundle)
        if !quiet {
            try Terminal.write(Array(IntegrityText.signed(summary, signature, signer.publicKey.hint).utf8), to: nil)
        }
    }

    private func sign(_ predicate: String) async throws {
        let signer = try key.signer()
        let progress = quiet ? nil : StatusLine()
        let statement = try await StatementSigner(comparer: comparer(progress)).statement(
            about: paths, predicateFile: predicate, type: predicateType)
        progress?.clear()
        try write(try key.bundle(statement.bytes, signer))
        if !quiet {
            try Terminal.write(Array(IntegrityText.signed(statement, signature, signer.publicKey.hint).utf8), to: nil)
        }
    }

    private func write(_ bundle: [UInt8]) throws {
        try Terminal.write(bundle, to: signature, option: "--signature")
    }

    /// Serialization methods of OpenSSF Model Signing.
    enum Method: String, ExpressibleByArgument, CaseIterable { case files, shards }

    /// Hash functions of OpenSSF Model Signing.
    enum ModelHash: String, ExpressibleByArgument, CaseIterable {
        case sha256, blake2b, blake3

        var algorithm: HashAlgorithm {
            switch self {
            case .sha256: .sha256
            case .blake2b: .blake2b
            case .blake3: .blake3
            }
        }
    }
}
