internal import CordonCore
internal import CordonFormats
internal import FoundationEssentials
internal import SwiftASN1
internal import X509

/// Checks a keyless signature without asking anyone: certificate, its log, the signature's log, times, identity.
///
/// Every time that the bundle proves must lie within the validity of the certificate: one that does not refuses the
/// bundle, even beside one that does. A time in a log entry counts only when the log signed it.
/// - Note: Does not notice a certificate authority or a log that was taken over: their monitors do.
///
/// Source: sigstore/architecture-docs, client specification.
struct SigstoreVerifier {
    let root: TrustedRoot
    let identity: SigstoreIdentity
    private static let issuer: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 57264, 1, 8]
    private static let firstIssuer: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 57264, 1, 1]
    private static let otherName: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 57264, 1, 7]

    func verify(
        _ bundle: UnverifiedBundle, signature: [UInt8], subject: SignedSubject
    ) async throws(IntegrityFailure) -> SignerDescription {
        let der = try leaf(bundle)
        let chain = try CertificateChain(der: [der])
        let key = VerificationKey(chain.leaf.publicKey)
        try checkSignature(key, signature, subject)
        var times = try await stampedTimes(bundle, signature)
        let entries = LogEntryVerifier(
            root: root, certificate: der, certificateKey: key, signature: signature, subject: subject,
            bundleVersion: bundle.minorVersion)
        guard !bundle.logEntries.isEmpty else {
            throw IntegrityFailure(.logEntryInvalid, "the bundle is in no transparency log: 'tlogEntries' is empty")
        }
        for entry in bundle.logEntries { if let time = try entries.verify(entry) { times.append(time) } }
        guard let first = times.min() else {
            throw IntegrityFailure(
                .timeMissing,
                "nothing proves when it was signed: neither a signed time of the log nor a time stamp, so the short-lived certificate cannot be checked"
            )
        }
        for time in times {
            let issuer = try await path(chain, at: time)
            try CertificateTimestamp.verify(der, issuer: issuer, logs: root.certificateLogs)
        }
        try checkIdentity(chain.leaf)
        return SignerDescription(
            method: "sigstore", name: identity.identity, issuer: identity.issuer,
            time: Int(first.timeIntervalSince1970))
    }

    private func leaf(_ bundle: UnverifiedBundle) throws(IntegrityFailure) -> [UInt8] {
        switch bundle.material {
        case .certificate(let der): return der
        case .certificateChain(let chain):
            guard bundle.minorVersion < 3, let der = chain.first else {
                throw IntegrityFailure(
                    .malformed, "a Sigstore bundle of version 0.3 holds one certificate, not a chain")
            }
            return der
        case .publicKey:
            throw IntegrityFailure(.wrongKey, "the signature was made with a key, not with a Sigstore identity")
        }
    }

    private func checkSignature(
        _ key: VerificationKey, _ signature: [UInt8], _ subject: SignedSubject
    ) throws(IntegrityFailure) {
        let isRight =
            switch subject {
            case .envelope(_, let message): key.verifies(signature, of: message)
            case .artifact(let bytes, _):
                bytes.withSpan { span in
                    span.withUnsafeBytes { key.verifies(signature, of: $0.bindMemory(to: UInt8.self)) }
                }
            }
        guard isRight else {
            throw IntegrityFailure(
                .signatureInvalid,
                "the signature does not fit what was signed under its certificate: one of the two was altered")
        }
    }

    private func stampedTimes(_ bundle: UnverifiedBundle, _ signature: [UInt8]) async throws(IntegrityFailure) -> [Date]
    {
        var times: [Date] = []
        for bytes in bundle.timestamps {
            let timestamp = try UnverifiedTimestamp(bytes)
            times.append(try await timestamp.verify(over: signature, authorities: root.timestampAuthorities))
        }
        return times
    }

    /// The certificate that issued the leaf, from the first authority that vouches for it at that time.
    private func path(_ chain: CertificateChain, at time: Date) async throws(IntegrityFailure) -> Certificate {
        var refusal: IntegrityFailure?
        for authority in root.certificateAuthorities {
            guard let anchor = authority.chain.last, authority.validity.contains(time) else { continue }
            let candidate = CertificateChain(leaf: chain.leaf, intermediates: Array(authority.chain.dropLast()))
            do {
                try await candidate.verify(
                    roots: [anchor], at: time, purpose: .codeSigning, signing: "the signer's certificate")
            } catch {
                if refusal == nil || error.code != .certificateUntrusted { refusal = error }
                continue
            }
            let issuer = authority.chain.first {
                $0.subject == chain.leaf.issuer && $0.publicKey.isValidSignature(chain.leaf.signature, for: chain.leaf)
            }
            if let issuer { return issuer }
        }
        throw refusal
            ?? IntegrityFailure(
                .certificateUntrusted,
                "the signer's certificate is by no authority that the trusted root has for \(UTCTime.text(time))")
    }

    private func checkIdentity(_ leaf: Certificate) throws(IntegrityFailure) {
        let names = (try? leaf.extensions.subjectAlternativeNames).map { Array($0) } ?? []
        let found = names.compactMap(Self.text)
        // By bytes: Swift would take a KELVIN SIGN for a K.
        guard found.count == 1, names.count == 1, found[0].utf8.elementsEqual(identity.identity.utf8) else {
            throw IntegrityFailure(
                .identityMismatch,
                "it was signed by \(PrintableText.quoting(found.isEmpty ? "nobody who is named" : found.joined(separator: ", "), limit: 300)), not by \(PrintableText.quoting(identity.identity, limit: 300))"
            )
        }
        let issuer = issuerText(leaf)
        guard let issuer, issuer.utf8.elementsEqual(identity.issuer.utf8) else {
            throw IntegrityFailure(
                .identityMismatch,
                "the signer's identity was vouched for by \(PrintableText.quoting(issuer ?? "nobody who is named", limit: 300)), not by \(PrintableText.quoting(identity.issuer, limit: 300))"
            )
        }
    }

    private static func text(_ name: GeneralName) -> String? {
        switch name {
        case .rfc822Name(let text), .uniformResourceIdentifier(let text): text
        case .otherName(let other) where other.typeID == otherName:
            other.value.flatMap { try? ASN1UTF8String(asn1Any: $0) }.map { String($0) }
        default: nil
        }
    }

    private func issuerText(_ leaf: Certificate) -> String? {
        if let value = leaf.extensions[oid: Self.issuer]?.value {
            return (try? ASN1UTF8String(derEncoded: Array(value))).map { String($0) }
        }
        return leaf.extensions[oid: Self.firstIssuer].map { String(decoding: $0.value, as: UTF8.self) }
    }
}
