internal import Crypto
package import Foundation
internal import SwiftASN1
package import X509

/// A certificate authority that exists in a test only.
package struct VirtualAuthority: Sendable {
    /// The root's certificate.
    package let root: Certificate
    /// A certificate that the root issued and that issues others.
    package let intermediate: Certificate
    private let intermediateKey: P384.Signing.PrivateKey

    /// Makes a root and an intermediate with keys of their own.
    package init(name: String = "Test", notAfter: Date = .distantFuture) throws {
        let rootKey = P384.Signing.PrivateKey()
        intermediateKey = P384.Signing.PrivateKey()
        let rootName = try DistinguishedName { CommonName(name + " root") }
        let start = Date(timeIntervalSince1970: 1_700_000_000)
        let authority = try Certificate.Extensions {
            Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
            Critical(KeyUsage(keyCertSign: true))
        }
        let end = min(notAfter, Date(timeIntervalSince1970: 4_000_000_000))
        root = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(rootKey.publicKey), notValidBefore: start,
            notValidAfter: Date(timeIntervalSince1970: 4_000_000_000), issuer: rootName, subject: rootName,
            signatureAlgorithm: .ecdsaWithSHA384, extensions: authority, issuerPrivateKey: .init(rootKey))
        intermediate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(intermediateKey.publicKey), notValidBefore: start,
            notValidAfter: end, issuer: rootName, subject: try DistinguishedName { CommonName(name + " intermediate") },
            signatureAlgorithm: .ecdsaWithSHA384, extensions: authority, issuerPrivateKey: .init(rootKey))
    }

    /// Issues a certificate for a key.
    package func leaf(
        _ key: Certificate.PublicKey, name: String = "signer",
        from start: Date = Date(timeIntervalSince1970: 1_700_000_000),
        until end: Date = Date(timeIntervalSince1970: 4_000_000_000),
        usage: KeyUsage = KeyUsage(digitalSignature: true),
        extended: [ExtendedKeyUsage.Usage] = [.codeSigning], hasMail: Bool = true
    ) throws -> Certificate {
        try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key, notValidBefore: start, notValidAfter: end,
            issuer: intermediate.subject, subject: try DistinguishedName { CommonName(name) },
            signatureAlgorithm: .ecdsaWithSHA384,
            extensions: try Certificate.Extensions {
                Critical(usage)
                if !extended.isEmpty { try ExtendedKeyUsage(extended) }
                if hasMail { SubjectAlternativeNames([.rfc822Name(name + "@example.org")]) }
            }, issuerPrivateKey: .init(intermediateKey))
    }

    /// A certificate as PEM text.
    package static func pem(_ certificates: Certificate...) throws -> String {
        try certificates.map { try $0.serializeAsPEM().pemString + "\n" }.joined()
    }
}
