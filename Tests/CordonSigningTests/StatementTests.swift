import CordonTestSupport
import Testing

@testable import CordonSigning

@Suite("Attestations")
struct StatementTests {
    private static let good: [String: String] = [
        "slsa-provenance":
            "{\"buildDefinition\":{\"buildType\":\"https://example.org/train\",\"externalParameters\":{}},\"runDetails\":{\"builder\":{\"id\":\"https://example.org/builder\"}}}",
        "test-result": "{\"result\":\"PASSED\",\"configuration\":[]}",
        "vsa":
            "{\"verifier\":{\"id\":\"https://example.org/v\"},\"resourceUri\":\"m\",\"policy\":{},\"verificationResult\":\"PASSED\",\"verifiedLevels\":[]}",
        "https://example.org/own/v1": "{\"anything\":[1,2,{\"x\":null}]}",
    ]

    private func attest(_ model: SignedModel, _ type: String?, _ predicate: String) async throws {
        let file = model.folder.write(Array(predicate.utf8), to: "predicate.json")
        let prepared = try await StatementSigner(comparer: SignedModel.comparer).statement(
            about: [model.path], predicateFile: file, type: type)
        model.folder.write(try BundleWriter.bundle(prepared.bytes, signer: model.key), to: "model.sig")
    }

    private func verify(_ model: SignedModel) async throws -> SignatureOutcome {
        var verifier = SignatureVerifier(EnvelopeVerifier(.key(model.publicKey)))
        verifier.comparer = SignedModel.comparer
        return try await verifier.verify(model.path, signature: model.signature)
    }

    @Test("An attestation verifies about what it was made for, and nothing else", arguments: Array(good.keys))
    func roundTrip(_ type: String) async throws {
        let model = try SignedModel()
        try await attest(model, type, try #require(Self.good[type]))
        guard case .statement(let report) = try await verify(model) else { return #expect(Bool(false)) }
        #expect(report.predicateType == KnownPredicate.uri(type))
        model.write("changed", to: "config.json")
        let failure = await #expect(throws: IntegrityFailure.self) { _ = try await verify(model) }
        #expect(failure?.code == .contentMismatch)
    }

    @Test("A renamed file changes the digest of a folder")
    func renamed() async throws {
        let model = try SignedModel()
        let before = try await SubjectDigester(comparer: SignedModel.comparer).subject(model.path)
        model.remove("empty.txt")
        model.write("", to: "other.txt")
        let after = try await SubjectDigester(comparer: SignedModel.comparer).subject(model.path)
        #expect(before.digests != after.digests && before.digests.keys.first == "dirHash")
    }

    /// `printf 'SHA  a\nSHA  b/c\n' | sha256sum` with the digests of "1" and "2".
    @Test("dirHash is what sha256sum over sha256sum's lines gives")
    func directoryHash() async throws {
        let folder = TemporaryFolder()
        folder.write(Array("1".utf8), to: "d/a")
        folder.write(Array("2".utf8), to: "d/b/c")
        let subject = try await SubjectDigester(comparer: SignedModel.comparer).subject(folder.path + "/d")
        #expect(subject.digests["dirHash"] == "48139a6be73548c99b6a1f64ee150afb3a81ddabab5d333a51d5a0ac762880c0")
    }

    @Test(
        "Predicates that lack what their specification requires are not signed",
        arguments: [
            ("slsa-provenance", "{\"buildDefinition\":{}}"),
            ("test-result", "{\"result\":\"GOOD\",\"configuration\":[]}"),
            ("vsa", "{\"verificationResult\":\"PASSED\"}"), ("test-result", "[]"),
            ("test-result", "{\"result\":1,\"result\":2}"),
            ("words", "{}"),
        ])
    func refused(_ type: String, _ predicate: String) async throws {
        let model = try SignedModel()
        await #expect(throws: IntegrityFailure.self) { try await attest(model, type, predicate) }
    }

    @Test("An attestation that says FAILED does not verify with exit code 0")
    func failed() async throws {
        let model = try SignedModel()
        try await attest(model, "test-result", "{\"result\":\"FAILED\",\"configuration\":[]}")
        #expect(try await verify(model).exitCode == 1)
    }

    @Test("An attestation is not a signature of the model")
    func confusion() async throws {
        let model = try SignedModel()
        try await attest(model, "test-result", try #require(Self.good["test-result"]))
        let bundle = try UnverifiedBundle.parse(try #require(SmallFile.read(model.signature, limit: 1 << 20)))
        let failure = await #expect(throws: IntegrityFailure.self) {
            _ = try await ModelVerifier(EnvelopeVerifier(.key(model.publicKey))).manifest(bundle)
        }
        #expect(failure?.code == .wrongPredicate)
    }
}
