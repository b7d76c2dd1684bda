internal import CordonCore
internal import CordonFormats
internal import Glibc

/// What a signature turned out to prove.
package enum SignatureOutcome: Sendable {
    /// A manifest, compared with the tree.
    case model(VerificationReport)
    /// An attestation about the path.
    case statement(StatementReport)
    /// A bare signature over a file.
    case file(SignerDescription)

    /// 0 verified, 1 refused (also an attestation that says so itself), 2 something could not be read.
    package var exitCode: Int32 {
        if case .statement(let report) = self { return report.conclusion == "FAILED" ? 1 : 0 }
        guard case .model(let report) = self, !report.comparison.isMatch else { return 0 }
        return report.comparison.hasRefusals ? 1 : 2
    }
}

/// An attestation whose signer and subject were checked.
package struct StatementReport: Sendable {
    /// Who signed.
    package let signer: SignerDescription
    /// What it says.
    package let predicateType: String
    /// What it concludes, when it is of a kind that concludes.
    package let conclusion: String?
    /// The subject that the path is.
    package let subject: Statement.Subject
}

/// `cordon verify`: signature first, then whatever it is about.
package struct SignatureVerifier: Sendable {
    private let envelopes: EnvelopeVerifier
    /// How the content is compared.
    package var comparer = TreeComparer()

    /// Makes a verifier.
    package init(_ envelopes: EnvelopeVerifier) { self.envelopes = envelopes }

    /// Checks a signature, then the path.
    package func verify(_ path: String, signature: String) async throws(IntegrityFailure) -> SignatureOutcome {
        let bytes = try SmallFile.contents(signature, what: "signature", limit: StrictJSON.byteLimit)
        let bundle = try UnverifiedBundle.parse(bytes, file: signature)
        guard case .envelope = bundle.content else { return .file(try await verifyFile(path, bundle)) }
        let payload = try await envelopes.verify(bundle)
        guard payload.type == Envelope.inToto else {
            throw IntegrityFailure(
                .wrongPredicate,
                "the signed payload is '\(PrintableText.quoting(payload.type, limit: 100))', not an in-toto statement")
        }
        let statement = try Statement.parse(payload.bytes)
        guard !ModelVerifier.isManifest(statement) else {
            let verified = try ModelVerifier.manifest(statement, payload)
            let tree = try Tree(path)
            var comparison = try await comparer.compare(
                tree, with: verified.manifest, signature: tree.relativePath(of: signature))
            ElementIndex.explain(&comparison, verified.manifest, tree, signature)
            return .model(
                VerificationReport(
                    signer: verified.signer, manifest: verified.manifest, comparison: comparison))
        }
        return .statement(try await verify(statement, payload, path, signature))
    }

    private func verifyFile(_ path: String, _ bundle: UnverifiedBundle) async throws(IntegrityFailure)
        -> SignerDescription
    {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        defer { if file >= 0 { close(file) } }
        guard file >= 0, let status = FileStatus(descriptor: file), status.kind == .regular,
            let storage = try? ByteStorage.file(descriptor: file, byteCount: status.identity.byteCount)
        else {
            throw IntegrityFailure(
                .cannotRead,
                "'\(PrintableText.quoting(path, limit: 300))' cannot be read as the file that a bare signature is about"
            )
        }
        return try await envelopes.verify(bundle, artifact: ByteView(storage))
    }

    private func verify(
        _ statement: Statement, _ payload: VerifiedPayload, _ path: String, _ signature: String
    ) async throws(IntegrityFailure) -> StatementReport {
        let known = KnownPredicate(rawValue: statement.predicateType)
        let subject = try await SubjectDigester(comparer: comparer).subject(path, leaving: signature)
        let found = statement.subjects.first { candidate in
            subject.digests.contains { candidate.digests[$0.key]?.lowercased() == $0.value }
        }
        guard let found else {
            let named = statement.subjects.prefix(5).map { PrintableText.quoting($0.name, limit: 60) }
            throw IntegrityFailure(
                .contentMismatch,
                "the attestation is about \(named.joined(separator: ", ")), and '\(PrintableText.quoting(path, limit: 200))' is not that: no digest fits"
            )
        }
        return StatementReport(
            signer: payload.signer, predicateType: statement.predicateType,
            conclusion: known?.conclusion(statement.predicate), subject: found)
    }
}

/// Finds the signature of a model where people put it.
package enum SignatureFinder {
    /// The first place that exists.
    package static func find(_ path: String, named: [String]) throws(IntegrityFailure) -> String {
        let isFolder = FileStatus(path: path, follow: true)?.kind == .folder
        var places: [String] = []
        for name in named { places += TrustPolicy.signatures(of: path, isFolder: isFolder, named: name) }
        places += TrustPolicy.signatures(of: path, isFolder: isFolder, named: nil)
        guard let found = places.first(where: { FileStatus(path: $0, follow: true)?.kind == .regular }) else {
            throw IntegrityFailure(
                .cannotRead,
                "there is no signature: neither \(places.prefix(3).map { "'\(PrintableText.quoting($0, limit: 200))'" }.joined(separator: " nor ")). Give --signature."
            )
        }
        return found
    }
}
