import CordonCore
import CordonTestSupport
import Crypto
import Testing

@testable import CordonSigning

/// Made with `openssl pkcs8 -topk8 -scrypt` and `openssl pkcs8 -topk8 -v2 aes-256-cbc`; passphrase `correct horse`.
private let scryptKey = """
    -----BEGIN ENCRYPTED PRIVATE KEY-----
    MIHkME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAjJCDKJ4bSSwwICQAAC
    AQgCAQEwHQYJYIZIAWUDBAEqBBD3WCGc02949yhDx8Xhk/D1BIGQHLIVUOJ2D/aX
    V4qeZ0Bebx7IPhQGZyDC0mqatCwaQFnzFRcyADn2gZz0LqGt/vhGgF160S50Pviy
    iaLUcOXegEOMMZnOIpf8IpxUE6FEPu8B0udP2Cq0fnHAtxQvVVObiBC64rT5DyxR
    oYvV1K1n0GTKPuVa0DXJylnH2CKLEaC+hLpta8uAv2oMd+DhmRfS
    -----END ENCRYPTED PRIVATE KEY-----
    """
private let pbkdf2Key = """
    -----BEGIN ENCRYPTED PRIVATE KEY-----
    MIIBHDBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIC/YqCuik6oICAicQ
    MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBD4Fy6z331Dyr+jfjKA4YfLBIHA
    lK0DAS0lOkvbA4SBbyqnfAaaYbgdHY6DyCNdRUSOXoMxS42BupQWmc9dbJ5fNClv
    hAvOtbGyRz64xw0y1ZUdYVUgD+Z0dEtD2YCsvUmoyBsF1ATLcK2rFjCv/+GLe2sy
    25yup7jSORSW+I8w5t9OzK4xQjAhE2op0QIFWtopHtRu+WALLkhVxJAx2Zf8n2Oh
    kR7CXyoQSYOfAJgRC0WKMh00m7AjYh1TkYupWydKKptzWaMpbQ3Nfu7z+je5SHgY
    -----END ENCRYPTED PRIVATE KEY-----
    """

@Suite("Keys")
struct KeyTests {
    private func load(_ pem: String, _ passphrase: String?) throws -> SigningKey {
        try SigningKey(pem: Array(pem.utf8), name: "key.pem") { () throws(IntegrityFailure) in
            passphrase.flatMap { SecretBytes(copying: Array($0.utf8)) }
        }
    }

    @Test("Encrypted keys open with their passphrase only", arguments: [(scryptKey, "P-256"), (pbkdf2Key, "P-384")])
    func encrypted(_ pem: String, _ curve: String) throws {
        let key = try load(pem, "correct horse")
        #expect(key.publicKey.curve?.rawValue == curve)
        let signature = try key.sign([1, 2, 3])
        #expect(key.publicKey.verifies(signature, of: [1, 2, 3]) && !key.publicKey.verifies(signature, of: [1, 2, 4]))
        for wrong in ["wrong", ""] {
            let failure = #expect(throws: IntegrityFailure.self) { try load(pem, wrong) }
            #expect(failure?.code == .keyUnusable && failure?.message.contains("correct horse") == false)
        }
        #expect(throws: IntegrityFailure.self) { try load(pem, nil) }
    }

    @Test(
        "Files that are no usable key say what they are",
        arguments: [
            ("nonsense", "no private key"),
            ("-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n", "old encryption"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "CERTIFICATE"),
            ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "P-256, P-384 or P-521"),
            ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "damaged"),
        ])
    func unusable(_ pem: String, _ words: String) {
        let failure = #expect(throws: IntegrityFailure.self) { try load(pem, "x") }
        #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
    }

    @Test("A key's hint is the SHA-256 of its PEM text")
    func hint() throws {
        let key = P256.Signing.PrivateKey().publicKey
        let own = VerificationKey(key)
        let text = key.pemRepresentation + (key.pemRepresentation.hasSuffix("\n") ? "" : "\n")
        #expect(own.hint == Hexadecimal.encode(SHA256.hash(data: Array(text.utf8))))
        #expect(try VerificationKey(pem: Array(own.pem.utf8), name: "k") == own)
    }

    @Test(
        "PKCS #11 URIs that cannot work are refused",
        arguments: [
            "token=a", "pkcs11:token=a", "pkcs11:object=a", "pkcs11:object=a;object=b?module-path=/m",
            "pkcs11:object=a?module-path=/m&pin-value=1234", "pkcs11:object=%zz?module-path=/m",
            "pkcs11:object=a;slot-id=x?module-path=/m", "pkcs11:object=a;type=cert?module-path=/m",
            "pkcs11:object=a?module-path=/m&pin-source=|cat",
        ])
    func wrongURI(_ text: String) {
        let failure = #expect(throws: IntegrityFailure.self) { try PKCS11URI(text) }
        #expect(failure?.message.contains("1234") == false)
    }

    @Test("A PKCS #11 URI is taken apart")
    func uri() throws {
        let uri = try PKCS11URI("pkcs11:token=My%20Token;object=k;id=%01%ff?module-path=/m.so&pin-source=file:/pin")
        #expect(uri.token == "My Token" && uri.object == "k" && uri.id == [1, 255])
        #expect(uri.modulePath == "/m.so" && uri.pinSource == "/pin")
    }

    @Test("A module that is not there is an answer, not a crash")
    func module() throws {
        let uri = try PKCS11URI("pkcs11:object=k?module-path=/nonexistent.so")
        let failure = #expect(throws: IntegrityFailure.self) {
            try PKCS11Signer(uri) { () throws(IntegrityFailure) in nil }
        }
        #expect(failure?.code == .keyUnusable)
    }
}
