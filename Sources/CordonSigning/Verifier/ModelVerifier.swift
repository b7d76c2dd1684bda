internal import CordonCore
internal import CordonFormats

/// A manifest whose signer was checked. Only ``ModelVerifier`` makes one.
package struct VerifiedManifest: Sendable {
    /// What was signed.
    package let manifest: ModelManifest
    /// Who signed.
    package let signer: SignerDescription

    fileprivate init(manifest: ModelManifest, signer: SignerDescription) {
        self.manifest = manifest
        self.signer = signer
    }

    /// The same for a tree that holds the signed files only.
    package func leavingNothingOut() -> VerifiedManifest {
        VerifiedManifest(manifest: manifest.leavingNothingOut(), signer: signer)
    }
}

/// What a verification found.
package struct VerificationReport: Sendable {
    /// Who signed.
    package let signer: SignerDescription
    /// What was signed.
    package let manifest: ModelManifest
    /// Whether the tree is what was signed.
    package let comparison: TreeComparison
}

/// Checks signatures that must be manifests: what is watched or released.
package struct ModelVerifier: Sendable {
    private let envelopes: EnvelopeVerifier
    /// How the content is compared.
    package var comparer = TreeComparer()

    /// Makes a verifier.
    package init(_ envelopes: EnvelopeVerifier) { self.envelopes = envelopes }

    /// The manifest of a signature whose signer is the required one.
    package func manifest(_ bundle: UnverifiedBundle) async throws(IntegrityFailure) -> VerifiedManifest {
        let payload = try await envelopes.verify(bundle)
        guard payload.type == Envelope.inToto else {
            throw IntegrityFailure(
                .wrongPredicate,
                "the signed payload is '\(PrintableText.quoting(payload.type, limit: 100))', not an in-toto statement")
        }
        return try Self.manifest(try Statement.parse(payload.bytes), payload)
    }

    static func isManifest(_ statement: Statement) -> Bool {
        // Other types under this address are refused by name, rather than taken for attestations.
        statement.predicateType.hasPrefix("https://model_signing/")
    }

    /// The manifest in a statement that came out of a verified payload.
    static func manifest(_ statement: Statement, _ payload: VerifiedPayload) throws(IntegrityFailure)
        -> VerifiedManifest
    {
        VerifiedManifest(manifest: try UnverifiedManifest(statement).manifest, signer: payload.signer)
    }

    /// Checks a signature, then every file below `path`.
    package func verify(_ path: String, signature: String) async throws(IntegrityFailure) -> VerificationReport {
        let bytes = try SmallFile.contents(signature, what: "signature", limit: StrictJSON.byteLimit)
        let verified = try await manifest(try UnverifiedBundle.parse(bytes))
        let tree = try Tree(path)
        let comparison = try await comparer.compare(
            tree, with: verified.manifest, signature: tree.relativePath(of: signature))
        return VerificationReport(signer: verified.signer, manifest: verified.manifest, comparison: comparison)
    }
}
