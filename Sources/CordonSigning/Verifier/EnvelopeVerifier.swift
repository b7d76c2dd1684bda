internal import CordonCore
package import CordonFormats
package import FoundationEssentials
internal import X509

/// Checks a bundle's signature and its signer. Everything after it works on what it returns.
package struct EnvelopeVerifier: Sendable {
    /// Who must have signed.
    package let requirement: SignerRequirement
    /// The moment at which certificates must be valid, unless a log or a time stamp proves another; `nil` is now.
    package let time: Date?

    /// Makes a verifier.
    package init(_ requirement: SignerRequirement, time: Date? = nil) {
        self.requirement = requirement
        self.time = time
    }

    /// The payload of a bundle with a DSSE envelope, when its signature is right.
    package func verify(_ bundle: UnverifiedBundle) async throws(IntegrityFailure) -> VerifiedPayload {
        guard case .envelope(let envelope) = bundle.content else {
            throw IntegrityFailure(.malformed, "the bundle signs a bare file, not a statement about a model")
        }
        guard envelope.signatures.count == 1, let signature = envelope.signatures.first else {
            throw IntegrityFailure(
                .malformed, "the envelope has \(envelope.signatures.count) signatures; exactly one is expected")
        }
        let signer = try await verify(
            bundle, signature: signature.bytes, message: envelope.preAuthenticationEncoding, envelope: envelope)
        return VerifiedPayload(bytes: envelope.payload, type: envelope.payloadType, signer: signer)
    }

    /// The signer of a bundle over the bytes of an artifact.
    package func verify(_ bundle: UnverifiedBundle, artifact: ByteView) async throws(IntegrityFailure)
        -> SignerDescription
    {
        guard case .message(let algorithm, let digest, let signature) = bundle.content else {
            throw IntegrityFailure(.malformed, "the bundle signs a statement, not a bare file")
        }
        let actual = artifact.withSpan { span in span.withUnsafeBytes { HashAlgorithm.sha256.digest(of: $0) } }
        if let digest, algorithm == nil || algorithm == "SHA2_256", digest != actual {
            throw IntegrityFailure(.contentMismatch, "the file is not the one that was signed: its SHA-256 differs")
        }
        return try await verify(bundle, signature: signature, message: artifact, digest: actual)
    }

    private func verify(
        _ bundle: UnverifiedBundle, signature: [UInt8], message: [UInt8], envelope: Envelope
    ) async throws(IntegrityFailure) -> SignerDescription {
        switch (requirement, bundle.material) {
        case (.key(let key), .publicKey(let hint, _)):
            return try accept(key, hint, isRight(key, signature, envelope))
        case (.certificate(let roots, let identity), .certificateChain(let chain)):
            let chain = try CertificateChain(der: chain)
            let root = try await chain.verify(
                roots: roots.map(\.certificate), at: time ?? Date(), purpose: .signing,
                signing: "the signature's certificate")
            try check(chain.leaf, signature, envelope)
            if let identity { try chain.checkIdentity(identity) }
            return SignerDescription(
                method: "certificate", name: chain.leaf.subject.description, issuer: root.subject.description, time: nil
            )
        case (.sigstore(let root, let identity), .certificate), (.sigstore(let root, let identity), .certificateChain):
            let verifier = SigstoreVerifier(root: root, identity: identity)
            return try await verifier.verify(
                bundle, signature: signature, subject: .envelope(envelope, preAuthenticationEncoding: message))
        default: throw mismatch(bundle.material)
        }
    }

    private func verify(
        _ bundle: UnverifiedBundle, signature: [UInt8], message: ByteView, digest: [UInt8]
    ) async throws(IntegrityFailure) -> SignerDescription {
        switch (requirement, bundle.material) {
        case (.key(let key), .publicKey(let hint, _)):
            let isRight = message.withSpan { span in
                span.withUnsafeBytes { key.verifies(signature, of: $0.bindMemory(to: UInt8.self)) }
            }
            return try accept(key, hint, isRight)
        case (.sigstore(let root, let identity), .certificate), (.sigstore(let root, let identity), .certificateChain):
            let verifier = SigstoreVerifier(root: root, identity: identity)
            return try await verifier.verify(
                bundle, signature: signature, subject: .artifact(message, digest: digest))
        default: throw mismatch(bundle.material)
        }
    }

    /// Also takes what releases 0.1 and 0.2 of the reference implementation signed.
    private func isRight(_ key: VerificationKey, _ signature: [UInt8], _ envelope: Envelope) -> Bool {
        guard key.curve != nil else { return false }
        if key.verifies(signature, of: envelope.preAuthenticationEncoding) { return true }
        return key.verifiesWithSHA256(signature, of: HistoricalEncoding.encode(envelope))
    }

    /// The hint is no evidence; it only tells a wrong key from a wrong signature.
    private func accept(_ key: VerificationKey, _ hint: String?, _ isRight: Bool) throws(IntegrityFailure)
        -> SignerDescription
    {
        guard isRight else {
            if let hint, !hint.isEmpty, hint != key.hint {
                throw IntegrityFailure(
                    .wrongKey,
                    "it was signed with another key: the signature names \(PrintableText.quoting(hint, limit: 80)), the given \(key.kind) key is \(key.hint)"
                )
            }
            throw IntegrityFailure(
                .signatureInvalid,
                "the signature does not fit the signed statement under the given \(key.kind) key: one of the two was altered, or another key signed"
            )
        }
        return SignerDescription(method: "key", name: key.hint, issuer: nil, time: nil)
    }

    private func check(_ leaf: Certificate, _ signature: [UInt8], _ envelope: Envelope) throws(IntegrityFailure) {
        let key = VerificationKey(leaf.publicKey)
        guard key.curve != nil else {
            throw IntegrityFailure(
                .wrongKey, "the certificate's key is \(key.kind); models are signed with P-256, P-384 or P-521")
        }
        guard isRight(key, signature, envelope) else {
            throw IntegrityFailure(
                .signatureInvalid,
                "the signature does not fit the signed statement under its certificate: one of the two was altered")
        }
    }

    private func mismatch(_ material: UnverifiedBundle.Material) -> IntegrityFailure {
        let has =
            switch material {
            case .publicKey: "a key (verify with --public-key)"
            case .certificateChain: "certificates (verify with --trust-root)"
            case .certificate: "a Sigstore certificate (verify with --sigstore-root, --identity and --issuer)"
            }
        let wanted =
            switch requirement {
            case .key: "a given public key"
            case .certificate: "a certificate below a given root"
            case .sigstore: "a Sigstore identity"
            }
        return IntegrityFailure(.wrongKey, "the signature was made with \(has), not with \(wanted)")
    }
}
