internal import CordonCore
internal import CordonFormats
internal import Crypto
internal import CryptoExtras
internal import FoundationEssentials
internal import SwiftASN1

/// The PEM block of a private key.
enum PrivateKeyFile {
    /// The DER bytes of the first private key, and whether they are encrypted.
    static func der(pem: [UInt8], name: String) throws(IntegrityFailure) -> (der: [UInt8], isEncrypted: Bool) {
        let text = String(decoding: pem, as: UTF8.self)
        if text.contains("Proc-Type: 4,ENCRYPTED") {
            throw IntegrityFailure(
                .keyUnusable,
                "the private key '\(name)' uses OpenSSL's old encryption, which guesses quickly; convert it with 'openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out NEW'"
            )
        }
        guard let documents = try? PEMDocument.parseMultiple(pemString: text) else {
            throw IntegrityFailure(.keyUnusable, "the private key '\(name)' is not a PEM file")
        }
        for document in documents {
            switch document.discriminator {
            case "PRIVATE KEY", "EC PRIVATE KEY": return (document.derBytes, false)
            case "ENCRYPTED PRIVATE KEY": return (document.derBytes, true)
            default: continue
            }
        }
        let found = documents.map(\.discriminator).joined(separator: ", ")
        throw IntegrityFailure(
            .keyUnusable,
            "'\(name)' holds no private key\(found.isEmpty ? "" : ", only: \(PrintableText.quoting(found, limit: 100))")"
        )
    }
}

/// A private key under a passphrase: PKCS #8 with PBES2 (RFC 8018), PBKDF2 or scrypt (RFC 7914), AES in CBC mode.
enum EncryptedPrivateKey {
    private static let pbes2: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 5, 13]
    private static let pbkdf2: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 5, 12]
    private static let scrypt: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 11591, 4, 11]
    /// Key bytes by cipher.
    private static let ciphers: [ASN1ObjectIdentifier: Int] = [
        [2, 16, 840, 1, 101, 3, 4, 1, 2]: 16, [2, 16, 840, 1, 101, 3, 4, 1, 22]: 24,
        [2, 16, 840, 1, 101, 3, 4, 1, 42]: 32,
    ]
    private static let hashes: [ASN1ObjectIdentifier: KDF.Insecure.PBKDF2.HashFunction] = [
        [1, 2, 840, 113549, 2, 7]: .insecureSHA1, [1, 2, 840, 113549, 2, 9]: .sha256,
        [1, 2, 840, 113549, 2, 10]: .sha384, [1, 2, 840, 113549, 2, 11]: .sha512,
    ]
    /// Bounds on what a hostile file may make the key derivation cost.
    private static let roundLimit = 20_000_000
    private static let memoryLimit = 1 << 30

    /// How the passphrase becomes a key.
    private enum Derivation {
        case pbkdf2(salt: [UInt8], rounds: Int, hash: KDF.Insecure.PBKDF2.HashFunction)
        case scrypt(salt: [UInt8], cost: Int, blockSize: Int, parallelism: Int)
    }
    private struct Parameters {
        var derivation: Derivation
        var keyByteCount: Int
        var initialisationVector: [UInt8]
        var ciphertext: [UInt8]
    }
    private struct Unsupported: Error { let what: String }

    /// The DER bytes of the key.
    static func decrypt(_ der: [UInt8], with passphrase: SecretBytes, name: String) throws(IntegrityFailure) -> [UInt8]
    {
        let parameters: Parameters
        do {
            parameters = try parse(der)
        } catch let unsupported as Unsupported {
            throw IntegrityFailure(
                .keyUnusable,
                "the private key '\(name)' is encrypted with \(unsupported.what); convert it with 'openssl pkcs8 -topk8 -v2 aes-256-cbc'"
            )
        } catch {
            throw IntegrityFailure(.keyUnusable, "the encrypted private key '\(name)' is damaged")
        }
        do {
            let key = try passphrase.withBytes { try derive(Array($0), parameters) }
            let vector = try AES._CBC.IV(ivBytes: parameters.initialisationVector)
            return Array(try AES._CBC.decrypt(parameters.ciphertext, using: key, iv: vector))
        } catch {
            throw IntegrityFailure(.keyUnusable, "the passphrase does not open the private key '\(name)'")
        }
    }

    private static func derive(_ secret: [UInt8], _ parameters: Parameters) throws -> SymmetricKey {
        switch parameters.derivation {
        case .pbkdf2(let salt, let rounds, let hash):
            try KDF.Insecure.PBKDF2.deriveKey(
                from: secret, salt: salt, using: hash, outputByteCount: parameters.keyByteCount,
                unsafeUncheckedRounds: rounds)
        case .scrypt(let salt, let cost, let blockSize, let parallelism):
            try KDF.Scrypt.deriveKey(
                from: secret, salt: salt, outputByteCount: parameters.keyByteCount, rounds: cost,
                blockSize: blockSize, parallelism: parallelism, maxMemory: memoryLimit + (64 << 20))
        }
    }

    private static func parse(_ der: [UInt8]) throws -> Parameters {
        try DER.sequence(try DER.parse(der), identifier: .sequence) { nodes in
            let scheme = try nodes.required()
            let ciphertext = try ASN1OctetString(derEncoded: &nodes)
            return try DER.sequence(scheme, identifier: .sequence) { nodes in
                guard try ASN1ObjectIdentifier(derEncoded: &nodes) == pbes2 else {
                    throw Unsupported(what: "a scheme other than PBES2")
                }
                return try DER.sequence(try nodes.required(), identifier: .sequence) { nodes in
                    let derivation = try derivation(try nodes.required())
                    let (keyByteCount, vector) = try cipher(try nodes.required())
                    return Parameters(
                        derivation: derivation, keyByteCount: keyByteCount, initialisationVector: vector,
                        ciphertext: Array(ciphertext.bytes))
                }
            }
        }
    }

    private static func derivation(_ node: ASN1Node) throws -> Derivation {
        try DER.sequence(node, identifier: .sequence) { nodes in
            let kind = try ASN1ObjectIdentifier(derEncoded: &nodes)
            switch kind {
            case pbkdf2:
                return try DER.sequence(try nodes.required(), identifier: .sequence) { nodes in
                    let salt = try ASN1OctetString(derEncoded: &nodes)
                    let rounds = try Int(derEncoded: &nodes)
                    var hash = KDF.Insecure.PBKDF2.HashFunction.insecureSHA1
                    while let node = nodes.next() {
                        if node.identifier == .integer { continue }
                        hash = try Self.hash(node)
                    }
                    guard (1...roundLimit).contains(rounds) else { throw Unsupported(what: "\(rounds) rounds") }
                    return .pbkdf2(salt: Array(salt.bytes), rounds: rounds, hash: hash)
                }
            case scrypt:
                return try DER.sequence(try nodes.required(), identifier: .sequence) { nodes in
                    let salt = try ASN1OctetString(derEncoded: &nodes)
                    let cost = try Int(derEncoded: &nodes)
                    let blockSize = try Int(derEncoded: &nodes)
                    let parallelism = try Int(derEncoded: &nodes)
                    while nodes.next() != nil {}
                    guard (2...(1 << 24)).contains(cost), (1...64).contains(blockSize), (1...16).contains(parallelism),
                        cost * blockSize * 128 <= memoryLimit
                    else { throw Unsupported(what: "scrypt at a cost beyond 1 GiB") }
                    return .scrypt(
                        salt: Array(salt.bytes), cost: cost, blockSize: blockSize, parallelism: parallelism)
                }
            default: throw Unsupported(what: "a key derivation other than PBKDF2 and scrypt")
            }
        }
    }

    private static func hash(_ node: ASN1Node) throws -> KDF.Insecure.PBKDF2.HashFunction {
        try DER.sequence(node, identifier: .sequence) { nodes in
            let kind = try ASN1ObjectIdentifier(derEncoded: &nodes)
            while nodes.next() != nil {}
            guard let hash = hashes[kind] else { throw Unsupported(what: "an unusual hash") }
            return hash
        }
    }

    private static func cipher(_ node: ASN1Node) throws -> (Int, [UInt8]) {
        try DER.sequence(node, identifier: .sequence) { nodes in
            guard let keyByteCount = ciphers[try ASN1ObjectIdentifier(derEncoded: &nodes)] else {
                throw Unsupported(what: "a cipher other than AES in CBC mode")
            }
            return (keyByteCount, Array(try ASN1OctetString(derEncoded: &nodes).bytes))
        }
    }
}

extension ASN1NodeCollection.Iterator {
    /// The next node, which must be there.
    mutating func required() throws -> ASN1Node {
        guard let node = next() else { throw ASN1Error.invalidASN1Object(reason: "a field is missing") }
        return node
    }
}
