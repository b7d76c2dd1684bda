internal import CordonCore
internal import CordonFormats
internal import Crypto
package import FoundationEssentials
internal import SwiftASN1
internal import X509

/// A public key that signatures are checked against.
package struct VerificationKey: Sendable, Hashable {
    let key: Certificate.PublicKey

    init(_ key: P256.Signing.PublicKey) { self.key = Certificate.PublicKey(key) }
    init(_ key: P384.Signing.PublicKey) { self.key = Certificate.PublicKey(key) }
    init(_ key: P521.Signing.PublicKey) { self.key = Certificate.PublicKey(key) }
    init(_ key: Certificate.PublicKey) { self.key = key }

    /// Reads a PEM file with one `PUBLIC KEY` (SubjectPublicKeyInfo).
    package init(pemFile path: String) throws(IntegrityFailure) {
        let text = try SmallFile.contents(path, what: "public key", limit: 1 << 20)
        try self.init(pem: text, name: path)
    }

    /// Reads PEM text.
    package init(pem: [UInt8], name: String) throws(IntegrityFailure) {
        let shown = PrintableText.quoting(name, limit: 300)
        guard let documents = try? PEMDocument.parseMultiple(pemString: String(decoding: pem, as: UTF8.self)),
            documents.count == 1, let document = documents.first
        else {
            throw IntegrityFailure(.keyUnusable, "'\(shown)' is not a PEM file with one public key")
        }
        guard document.discriminator == "PUBLIC KEY" else {
            throw IntegrityFailure(
                .keyUnusable,
                "'\(shown)' holds a \(PrintableText.quoting(document.discriminator, limit: 60)), not a PUBLIC KEY")
        }
        guard let key = try? Certificate.PublicKey(derEncoded: document.derBytes) else {
            throw IntegrityFailure(.keyUnusable, "the public key '\(shown)' is of no kind that is known")
        }
        self.key = key
    }

    /// Reads a DER SubjectPublicKeyInfo.
    init?(der: [UInt8]) {
        guard let key = try? Certificate.PublicKey(derEncoded: der) else { return nil }
        self.key = key
    }

    /// The curve, for the keys that sign models.
    package var curve: EllipticCurve? {
        if P256.Signing.PublicKey(key) != nil { return .p256 }
        if P384.Signing.PublicKey(key) != nil { return .p384 }
        if P521.Signing.PublicKey(key) != nil { return .p521 }
        return nil
    }

    /// For example `P-384`, `Ed25519` or `RSA3072`.
    var kind: String {
        if let curve { return curve.rawValue }
        return key.description.split(separator: ".").first.map(String.init) ?? "unknown"
    }

    /// DER SubjectPublicKeyInfo.
    package var der: [UInt8] {
        var serializer = DER.Serializer()
        // The library serialises every key that it could make.
        guard (try? serializer.serialize(key)) != nil else { return [] }
        return serializer.serializedBytes
    }

    /// SubjectPublicKeyInfo as PEM, the way OpenSSL writes it: 64 characters a line.
    package var pem: String {
        let text = Base64.encode(der)
        var lines: [Substring] = []
        var rest = text[...]
        while !rest.isEmpty {
            lines.append(rest.prefix(64))
            rest = rest.dropFirst(64)
        }
        return "-----BEGIN PUBLIC KEY-----\n" + lines.joined(separator: "\n") + "\n-----END PUBLIC KEY-----\n"
    }

    /// SHA-256 of the PEM text in hexadecimal: how OpenSSF Model Signing names a key.
    package var hint: String { Hexadecimal.encode(SHA256.hash(data: Array(pem.utf8))) }

    /// Whether an ECDSA signature is right that was made with SHA-256, whichever the curve.
    func verifiesWithSHA256(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        curve != nil && key.isValidSignature(signature, for: message, signatureAlgorithm: .ecdsaWithSHA256)
    }

    /// Whether a signature is right: ECDSA in DER with the hash of the curve, Ed25519, or RSA PKCS #1 with SHA-256.
    package func verifies(_ signature: [UInt8], of message: some DataProtocol) -> Bool {
        let algorithm: Certificate.SignatureAlgorithm =
            switch curve {
            case .p256: .ecdsaWithSHA256
            case .p384: .ecdsaWithSHA384
            case .p521: .ecdsaWithSHA512
            case nil: Curve25519.Signing.PublicKey(key) == nil ? .sha256WithRSAEncryption : .ed25519
            }
        return key.isValidSignature(signature, for: message, signatureAlgorithm: algorithm)
    }
}
