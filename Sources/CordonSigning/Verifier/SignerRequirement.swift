internal import X509

/// Who must have signed. There is no way to say "anyone".
package enum SignerRequirement: Sendable {
    /// The holder of this key.
    case key(VerificationKey)
    /// The holder of a certificate that one of these roots vouches for; with an identity, only of one in that name.
    case certificate(roots: [TrustAnchor], identity: String?)
    /// The holder of an identity that an issuer vouched for, as Sigstore's certificate authority and logs recorded it.
    case sigstore(TrustedRoot, SigstoreIdentity)
}

/// A certificate that is trusted to vouch for others.
package struct TrustAnchor: Sendable, Hashable {
    let certificate: Certificate

    init(_ certificate: Certificate) { self.certificate = certificate }
}

/// A keyless signer: both values are compared exactly.
package struct SigstoreIdentity: Sendable, Hashable {
    /// Subject alternative name of the certificate: a mail address or a workflow's URI.
    package let identity: String
    /// The OpenID Connect issuer that vouched for it.
    package let issuer: String

    /// Makes an identity.
    package init(identity: String, issuer: String) {
        self.identity = identity
        self.issuer = issuer
    }
}

/// Who signed, as far as the check proved it.
public struct SignerDescription: Sendable, Hashable {
    /// `key`, `certificate` or `sigstore`.
    public let method: String
    /// A key's fingerprint, a certificate's subject, or an identity.
    public let name: String
    /// The identity's issuer, for `sigstore`; the root's subject, for `certificate`.
    public let issuer: String?
    /// When it was signed, in seconds since 1970, when a log or a time-stamping authority proved it.
    public let time: Int?
}

/// A payload whose signature is right, by a signer that was required. Only ``EnvelopeVerifier`` makes one.
package struct VerifiedPayload: Sendable {
    /// What was signed.
    package let bytes: [UInt8]
    /// Its media type.
    package let type: String
    /// Who signed.
    package let signer: SignerDescription

    init(bytes: [UInt8], type: String, signer: SignerDescription) {
        self.bytes = bytes
        self.type = type
        self.signer = signer
    }
}
