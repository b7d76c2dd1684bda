import CordonCore
import CordonTestSupport
import Crypto
import Foundation

@testable import CordonSigning

/// A model in a temporary folder, with a key and a signature.
struct SignedModel {
    let folder = TemporaryFolder()
    let key: SigningKey
    var path: String { folder.path + "/model" }
    var signature: String { folder.path + "/model.sig" }
    var publicKey: VerificationKey { key.publicKey }

    static let files: [String: String] = [
        "config.json": "{\"hidden_size\": 4}", "weights.bin": "wwwwwwwwww", "sub/deep/vocab.txt": "a\nb\n",
        "sub-file.txt": "sorts after sub/", "name with é.txt": "text", "empty.txt": "",
    ]

    init(_ curve: EllipticCurve = .p256) throws {
        key = try Self.key(curve)
        for (name, text) in Self.files { folder.write(Array(text.utf8), to: "model/" + name) }
    }

    static func key(_ curve: EllipticCurve) throws -> SigningKey {
        let pem =
            switch curve {
            case .p256: P256.Signing.PrivateKey().pemRepresentation
            case .p384: P384.Signing.PrivateKey().pemRepresentation
            case .p521: P521.Signing.PrivateKey().pemRepresentation
            }
        return try SigningKey(pem: Array(pem.utf8), name: "test key") { () throws(IntegrityFailure) in nil }
    }

    /// A comparer that remembers nothing.
    static var comparer: TreeComparer {
        var comparer = TreeComparer()
        comparer.usesCache = false
        return comparer
    }

    /// Signs the model as it is.
    func sign(_ adjust: (inout ModelSigner) -> Void = { _ in }) async throws {
        var signer = ModelSigner()
        signer.comparer = Self.comparer
        adjust(&signer)
        let tree = try Tree(path)
        var summary = try await signer.manifest(tree, signature: tree.relativePath(of: signature))
        if signer.hasElements { summary = try await signer.addElements(to: summary, tree: tree, beside: signature) }
        let bundle = try BundleWriter.bundle(summary.manifest.statement(), signer: key)
        folder.write(bundle, to: "model.sig")
    }

    /// Verifies the model as it is.
    func verify(_ requirement: SignerRequirement? = nil) async throws -> TreeComparison {
        var verifier = SignatureVerifier(EnvelopeVerifier(requirement ?? .key(publicKey)))
        verifier.comparer = Self.comparer
        guard case .model(let report) = try await verifier.verify(path, signature: signature) else {
            throw IntegrityFailure(.malformed, "not a model signature")
        }
        return report.comparison
    }

    func write(_ text: String, to name: String) { folder.write(Array(text.utf8), to: "model/" + name) }

    func remove(_ name: String) { unlink(path + "/" + name) }
}

extension SignedModel {
    /// Another model of the same files, signed by the same key.
    init(copying other: SignedModel) {
        key = other.key
        for (name, text) in Self.files { folder.write(Array(text.utf8), to: "model/" + name) }
    }
}
