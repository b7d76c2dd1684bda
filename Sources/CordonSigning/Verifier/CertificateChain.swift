internal import CordonCore
internal import CordonFormats
internal import FoundationEssentials
internal import SwiftASN1
@_spi(FixedExpiryValidationTime) internal import X509

/// A signer's certificate and those that are said to lead from it to a root.
struct CertificateChain {
    /// What a certificate must be good for.
    enum Purpose {
        /// Signing models: `digitalSignature`, and code signing where extended usages are named.
        case signing
        /// Fulcio's certificates: code signing, named.
        case codeSigning
        /// Time stamps (RFC 3161, section 2.3): time stamping only, critical.
        case timeStamping
    }
    let leaf: Certificate
    let intermediates: [Certificate]

    /// Reads DER certificates, the signer's first.
    init(der: [[UInt8]]) throws(IntegrityFailure) {
        var certificates: [Certificate] = []
        for (number, bytes) in der.enumerated() {
            guard let certificate = try? Certificate(derEncoded: bytes) else {
                throw IntegrityFailure(
                    .malformed, "certificate \(number + 1) of the signature is not an X.509 certificate")
            }
            certificates.append(certificate)
        }
        guard let first = certificates.first else {
            throw IntegrityFailure(.malformed, "the signature has no certificate")
        }
        leaf = first
        intermediates = Array(certificates.dropFirst())
    }

    init(leaf: Certificate, intermediates: [Certificate]) {
        self.leaf = leaf
        self.intermediates = intermediates
    }

    /// Builds and checks a path (RFC 5280): signatures, validity, basic and name constraints, key usages.
    ///
    /// - Returns: the root that vouches for the leaf.
    @discardableResult
    func verify(
        roots: [Certificate], at time: Date, purpose: Purpose, signing what: String
    ) async throws(IntegrityFailure) -> Certificate {
        try checkUsage(purpose, what)
        var verifier = Verifier(rootCertificates: CertificateStore(roots)) {
            RFC5280Policy(fixedExpiryValidationTime: time)
            IssuerUsagePolicy()
            HandledElsewhere()
        }
        switch await verifier.validate(leaf: leaf, intermediates: CertificateStore(intermediates)) {
        case .validCertificate(let chain):
            guard let root = Array(chain).last else { break }
            return root
        case .couldNotValidate(let failures): throw refusal(failures, time, what)
        }
        throw IntegrityFailure(.certificateUntrusted, "\(what) is not vouched for by a given root")
    }

    private func refusal(
        _ failures: [CertificateValidationResult.PolicyFailure], _ time: Date, _ what: String
    ) -> IntegrityFailure {
        let subject = PrintableText.quoting(leaf.subject.description, limit: 200)
        let late = ([leaf] + failures.flatMap { Array($0.chain) }).first { $0.notValidAfter < time }
        if let late {
            return IntegrityFailure(
                .certificateExpired,
                "\(what) is not valid any more: '\(PrintableText.quoting(late.subject.description, limit: 200))' expired on \(UTCTime.text(late.notValidAfter))"
            )
        }
        let early = ([leaf] + failures.flatMap { Array($0.chain) }).first { $0.notValidBefore > time }
        if let early {
            return IntegrityFailure(
                .certificateExpired,
                "\(what) is not valid yet: '\(PrintableText.quoting(early.subject.description, limit: 200))' starts on \(UTCTime.text(early.notValidBefore))"
            )
        }
        if let first = failures.first {
            return IntegrityFailure(
                .certificateUntrusted,
                "\(what), '\(subject)', breaks the rules of its chain: \(PrintableText.quoting(first.policyFailureReason.description, limit: 200))"
            )
        }
        return IntegrityFailure(
            .certificateUntrusted, "\(what), '\(subject)', is not vouched for by a given root")
    }

    /// Requires the common name or one of the alternative names to be the given one, exactly.
    func checkIdentity(_ identity: String) throws(IntegrityFailure) {
        var names: [String] = []
        for name in (try? leaf.extensions.subjectAlternativeNames).map({ Array($0) }) ?? [] {
            switch name {
            case .rfc822Name(let text), .uniformResourceIdentifier(let text), .dnsName(let text): names.append(text)
            default: continue
            }
        }
        for part in leaf.subject {
            for attribute in part where attribute.type == .RDNAttributeType.commonName {
                if !names.contains(attribute.value.description) { names.append(attribute.value.description) }
            }
        }
        // By bytes: Swift would take a KELVIN SIGN for a K.
        guard names.contains(where: { $0.utf8.elementsEqual(identity.utf8) }) else {
            throw IntegrityFailure(
                .identityMismatch,
                "it was signed by \(PrintableText.quoting(names.isEmpty ? "nobody who is named" : names.joined(separator: ", "), limit: 300)), not by \(PrintableText.quoting(identity, limit: 300))"
            )
        }
    }

    private func checkUsage(_ purpose: Purpose, _ what: String) throws(IntegrityFailure) {
        func refuse(_ reason: String) -> IntegrityFailure {
            IntegrityFailure(
                .certificateUsage,
                "\(what), '\(PrintableText.quoting(leaf.subject.description, limit: 200))', \(reason)")
        }
        let usage = try? leaf.extensions.keyUsage
        let extended = try? leaf.extensions.extendedKeyUsage
        switch purpose {
        case .signing:
            guard usage?.digitalSignature == true else {
                throw refuse("is not for signing: no key usage digitalSignature")
            }
            if let extended, !extended.contains(.codeSigning), !extended.contains(.any) {
                throw refuse("is for other things than signing code")
            }
        case .codeSigning:
            guard extended?.contains(.codeSigning) == true else { throw refuse("is not for signing code") }
            if let usage, !usage.digitalSignature { throw refuse("is not for signing") }
        case .timeStamping:
            guard let extended, extended.contains(.timeStamping), Array(extended).count == 1 else {
                throw refuse("is not for time stamping alone")
            }
        }
    }
}

/// Issuers must be allowed to issue: key usage `keyCertSign` where it is named. The library leaves this to its callers.
private struct IssuerUsagePolicy: VerifierPolicy {
    let verifyingCriticalExtensions: [ASN1ObjectIdentifier] = []

    func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) async -> PolicyEvaluationResult {
        for issuer in Array(chain).dropFirst() {
            if let usage = try? issuer.extensions.keyUsage, !usage.keyCertSign {
                return .failsToMeetPolicy(reason: "an issuer may not issue certificates")
            }
        }
        return .meetsPolicy
    }
}

/// Critical extensions that ``CertificateChain`` or its callers look at themselves.
private struct HandledElsewhere: VerifierPolicy {
    let verifyingCriticalExtensions: [ASN1ObjectIdentifier] = [
        .X509ExtensionID.extendedKeyUsage, .X509ExtensionID.subjectAlternativeName,
    ]

    func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) async -> PolicyEvaluationResult {
        .meetsPolicy
    }
}

/// Dates as text without a locale.
enum UTCTime {
    /// For example `2026-11-21T09:30:00Z`.
    static func text(_ date: Date) -> String { date.formatted(.iso8601) }

    /// The date, or `nil` when the text is not RFC 3339.
    static func date(_ text: String) -> Date? {
        if let date = try? Date(text, strategy: .iso8601) { return date }
        return try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}

/// Certificates in PEM files.
package enum CertificateFile {
    /// The roots in a PEM file.
    package static func anchors(_ path: String) throws(IntegrityFailure) -> [TrustAnchor] {
        try read(path, what: "trust root").map { TrustAnchor($0) }
    }

    /// The certificates that a signature carries: the signer's, and those that lead towards a root.
    ///
    /// - Throws: when the first certificate is not for `key`.
    package static func chain(
        _ path: String, others: [String], for key: VerificationKey
    ) throws(IntegrityFailure) -> [[UInt8]] {
        var certificates = try read(path, what: "certificate")
        guard certificates[0].publicKey == key.key else {
            throw IntegrityFailure(
                .keyUnusable,
                "the certificate '\(PrintableText.quoting(path, limit: 300))' is for another key than the given private key"
            )
        }
        for other in others { certificates += try read(other, what: "certificate chain") }
        // Roots are what the verifier must already have.
        let kept = certificates.prefix(1) + certificates.dropFirst().filter { $0.issuer != $0.subject }
        var chain: [[UInt8]] = []
        for certificate in kept {
            var serializer = DER.Serializer()
            guard (try? serializer.serialize(certificate)) != nil else {
                throw IntegrityFailure(.keyUnusable, "a certificate cannot be written again")
            }
            if !chain.contains(serializer.serializedBytes) { chain.append(serializer.serializedBytes) }
        }
        return chain
    }

    /// Every certificate of a PEM file, in order.
    static func read(_ path: String, what: String) throws(IntegrityFailure) -> [Certificate] {
        let shown = PrintableText.quoting(path, limit: 300)
        let text = String(decoding: try SmallFile.contents(path, what: what, limit: 16 << 20), as: UTF8.self)
        guard let documents = try? PEMDocument.parseMultiple(pemString: text) else {
            throw IntegrityFailure(.trustRootUnusable, "the \(what) '\(shown)' is not a PEM file")
        }
        var certificates: [Certificate] = []
        for document in documents where document.discriminator == "CERTIFICATE" {
            guard let certificate = try? Certificate(derEncoded: document.derBytes) else {
                throw IntegrityFailure(
                    .trustRootUnusable, "the \(what) '\(shown)' holds something that is not an X.509 certificate")
            }
            certificates.append(certificate)
        }
        guard !certificates.isEmpty else {
            throw IntegrityFailure(.trustRootUnusable, "the \(what) '\(shown)' holds no certificate")
        }
        return certificates
    }
}

/// PEM text that holds one certificate.
enum PEMText {
    /// The DER bytes, or `nil` when the text is something else. Lines may be of any length, as logs keep them.
    static func certificate(_ pem: [UInt8]) -> [UInt8]? {
        let (begin, end) = (Array("-----BEGIN CERTIFICATE-----".utf8), Array("-----END CERTIFICATE-----".utf8))
        var rest = pem[...]
        while let last = rest.last, last == 0x0A || last == 0x0D || last == 0x20 { rest.removeLast() }
        guard rest.count > begin.count + end.count, rest.starts(with: begin), rest.suffix(end.count) == end[...] else {
            return nil
        }
        return Base64.decode(Array(rest.dropFirst(begin.count).dropLast(end.count)))
    }
}
