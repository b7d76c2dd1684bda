import ArgumentParser
import CordonCore
import CordonScan
import CordonSigning

/// Options of every command that checks a signature: who must have signed.
struct SignerOptions: ParsableArguments {
    @Option(help: "PEM public key of the signer.", completion: .file())
    var publicKey: String?

    @Option(
        help: "PEM certificate of a root that vouches for the signer; repeatable.", completion: .file())
    var trustRoot: [String] = []

    @Option(help: "Sigstore's trusted_root.json, for keyless signatures.", completion: .file())
    var sigstoreRoot: String?

    @Option(help: "Who must have signed: the identity in the certificate, exactly.")
    var identity: String?

    @Option(help: "Who must have vouched for the identity: the OpenID Connect issuer, exactly.")
    var issuer: String?

    var isGiven: Bool { publicKey != nil || !trustRoot.isEmpty || sigstoreRoot != nil }

    func validate() throws {
        let kinds = [publicKey != nil, !trustRoot.isEmpty, sigstoreRoot != nil].count { $0 }
        if kinds > 1 {
            throw ValidationError("--public-key, --trust-root and --sigstore-root exclude each other")
        }
        if sigstoreRoot != nil, identity == nil || issuer == nil {
            throw ValidationError(
                "--sigstore-root needs --identity and --issuer: anyone can get a certificate, so the name is the check")
        }
        if issuer != nil, sigstoreRoot == nil { throw ValidationError("--issuer belongs to --sigstore-root") }
        if identity != nil, sigstoreRoot == nil, trustRoot.isEmpty {
            throw ValidationError("--identity belongs to --sigstore-root or --trust-root")
        }
    }

    /// The options as policy entries; without options, those of `cordon.toml` for the path.
    func requirements(for path: String, _ configuration: ConfigurationOptions) throws -> [SignerRequirement] {
        if let publicKey { return [.key(try VerificationKey(pemFile: publicKey))] }
        if !trustRoot.isEmpty {
            return [.certificate(roots: try trustRoot.flatMap { try CertificateFile.anchors($0) }, identity: identity)]
        }
        if let sigstoreRoot, let identity, let issuer {
            return [
                .sigstore(try TrustedRoot(file: sigstoreRoot), SigstoreIdentity(identity: identity, issuer: issuer))
            ]
        }
        let policy = try configuration.trustPolicy()
        let entries = policy?.entries(for: path) ?? []
        if policy != nil, entries.isEmpty {
            throw IntegrityFailure(
                .wrongUse,
                "the configuration has no [[trust]] entry for '\(PrintableText.quoting(path, limit: 300))', or lies inside it, where it says nothing: add one, or name the signer"
            )
        }
        guard let policy else {
            throw IntegrityFailure(
                .wrongUse,
                "nobody is named who must have signed: give --public-key, --trust-root or --sigstore-root, or --config with a cordon.toml, outside of this path, that has a [[trust]] entry for it"
            )
        }
        return try entries.map { try policy.requirement($0) }
    }
}

/// Options of every command that signs: with what.
struct KeyOptions: ParsableArguments {
    @Option(help: "PEM private key: P-256, P-384 or P-521.", completion: .file())
    var privateKey: String?

    @Option(help: "PEM certificate of the private key.", completion: .file())
    var certificate: String?

    @Option(help: "PEM certificates that lead from --certificate towards a root; repeatable.", completion: .file())
    var chain: [String] = []

    @Option(help: "A key in a token, for example 'pkcs11:token=prod;object=release?module-path=/path/module.so'.")
    var pkcs11: String?

    @Option(
        help: "File whose first line is the private key's passphrase or the token's PIN. Default: ask on the terminal.",
        completion: .file())
    var passphraseFile: String?

    func validate() throws {
        if (privateKey == nil) == (pkcs11 == nil) { throw ValidationError("give one of --private-key and --pkcs11") }
        if certificate == nil, !chain.isEmpty { throw ValidationError("--chain belongs to --certificate") }
    }

    /// Signs a statement into a bundle.
    func bundle(_ statement: [UInt8], _ signer: any Signer) throws -> [UInt8] {
        guard let certificate else { return try BundleWriter.bundle(statement, signer: signer) }
        let chain = try CertificateFile.chain(certificate, others: chain, for: signer.publicKey)
        return try BundleWriter.bundle(statement, signer: signer, chain: chain)
    }

    /// Opens the key; nothing of it can end up in a core dump afterwards.
    func signer() throws -> any Signer {
        ProcessSecrets.protect()
        if let pkcs11 {
            return try PKCS11Signer(try PKCS11URI(pkcs11)) { () throws(IntegrityFailure) in
                try secret("PIN of the token: ")
            }
        }
        return try SigningKey(pemFile: privateKey ?? "") { () throws(IntegrityFailure) in
            try secret("Passphrase of the private key: ")
        }
    }

    private func secret(_ prompt: String) throws(IntegrityFailure) -> SecretBytes? {
        if let passphraseFile { return try Passphrase.file(passphraseFile) }
        return Passphrase.prompt(prompt)
    }
}

/// Which configuration file.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        help: "Configuration whose [[trust]] entries say who may sign. CORDON_CONFIG says the same.",
        completion: .file())
    var config: String?

    @Flag(help: "Ignore configuration files.")
    var noConfig = false

    func validate() throws {
        if config != nil, noConfig { throw ValidationError("--config and --no-config contradict each other") }
    }

    /// The `[[trust]]` entries of a configuration that was named. One that merely lies upward from the working directory
    /// may have come with what is to be verified.
    func trustPolicy() throws -> TrustPolicy? {
        do {
            if let named = config ?? Terminal.variable("CORDON_CONFIG") {
                return try ScanSettings.load(file: named, isOff: noConfig).trust
            }
            let found = try ScanSettings.load(file: nil, isOff: noConfig)
            if found.trust != nil, let file = found.options.configuration {
                throw IntegrityFailure(
                    .wrongUse,
                    "'\(file.display)' says who may sign; confirm that it is yours with --config '\(file.display)' or CORDON_CONFIG, or name the signer"
                )
            }
            return nil
        } catch let failure as SettingsFailure {
            throw IntegrityFailure(.wrongUse, failure.message)
        }
    }
}
