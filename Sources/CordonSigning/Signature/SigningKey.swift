internal import Crypto
package import CordonCore
internal import FoundationEssentials

/// Something that signs, and whose public key is known.
package protocol Signer: Sendable {
    /// The key that verifies what this signs.
    var publicKey: VerificationKey { get }
    /// A DER-encoded ECDSA signature over the message, hashed as ``EllipticCurve`` says.
    func sign(_ message: [UInt8]) throws(IntegrityFailure) -> [UInt8]
}

/// The curves of OpenSSF Model Signing (FIPS 186-5), each with the hash of its strength.
package enum EllipticCurve: String, CaseIterable, Sendable {
    case p256 = "P-256"
    case p384 = "P-384"
    case p521 = "P-521"

    /// The hash that ECDSA is used with.
    var hash: HashAlgorithm {
        switch self {
        case .p256: .sha256
        case .p384: .sha384
        case .p521: .sha512
        }
    }
}

/// A private key in memory: P-256, P-384 or P-521.
package struct SigningKey: Signer {
    private enum Key: Sendable {
        case p256(P256.Signing.PrivateKey)
        case p384(P384.Signing.PrivateKey)
        case p521(P521.Signing.PrivateKey)
    }
    private let key: Key
    /// The key that verifies what this signs.
    package let publicKey: VerificationKey

    /// Reads a PEM file: `PRIVATE KEY` (PKCS #8), `EC PRIVATE KEY` (SEC 1) or `ENCRYPTED PRIVATE KEY` (PBES2).
    ///
    /// - Parameter passphrase: asked for only when the key is encrypted.
    package init(
        pemFile path: String, passphrase: () throws(IntegrityFailure) -> SecretBytes?
    ) throws(IntegrityFailure) {
        var text = try SmallFile.contents(path, what: "private key", limit: 1 << 20)
        defer { text.withUnsafeMutableBytes { Self.erase($0) } }
        try self.init(pem: text, name: path, passphrase: passphrase)
    }

    /// Reads PEM text.
    package init(
        pem: [UInt8], name: String, passphrase: () throws(IntegrityFailure) -> SecretBytes?
    ) throws(IntegrityFailure) {
        let shown = PrintableText.quoting(name, limit: 300)
        var (der, isEncrypted) = try PrivateKeyFile.der(pem: pem, name: shown)
        defer { der.withUnsafeMutableBytes { Self.erase($0) } }
        if isEncrypted {
            guard let secret = try passphrase() else {
                throw IntegrityFailure(
                    .keyUnusable, "the private key '\(shown)' is encrypted; give --passphrase-file, or use a terminal")
            }
            der = try EncryptedPrivateKey.decrypt(der, with: secret, name: shown)
        }
        if let key = try? P256.Signing.PrivateKey(derRepresentation: der) {
            self.key = .p256(key)
            publicKey = VerificationKey(key.publicKey)
        } else if let key = try? P384.Signing.PrivateKey(derRepresentation: der) {
            self.key = .p384(key)
            publicKey = VerificationKey(key.publicKey)
        } else if let key = try? P521.Signing.PrivateKey(derRepresentation: der) {
            self.key = .p521(key)
            publicKey = VerificationKey(key.publicKey)
        } else {
            throw IntegrityFailure(
                .keyUnusable,
                "the private key '\(shown)' is not an elliptic-curve key on P-256, P-384 or P-521; make one with 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384'"
            )
        }
    }

    /// A DER-encoded ECDSA signature over the message.
    package func sign(_ message: [UInt8]) throws(IntegrityFailure) -> [UInt8] {
        do {
            return switch key {
            case .p256(let key): Array(try key.signature(for: message).derRepresentation)
            case .p384(let key): Array(try key.signature(for: message).derRepresentation)
            case .p521(let key): Array(try key.signature(for: message).derRepresentation)
            }
        } catch {
            throw IntegrityFailure(.keyUnusable, "the private key cannot sign")
        }
    }

    private static func erase(_ bytes: UnsafeMutableRawBufferPointer) {
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }
}
