import CordonFormats
import CordonTestSupport
import Testing

@testable import CordonSigning

private let identity = SigstoreIdentity(
    identity:
        "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main",
    issuer: "https://token.actions.githubusercontent.com")

private let cases: [String] = {
    guard let folder = Vectors.folder else { return [] }
    return Vectors.names(folder + "/sigstore/bundle-verify").filter { $0 != "a.txt" }
}()

@Suite("Sigstore's conformance cases", .enabled(if: Vectors.has("sigstore"), "shared/vectors/sigstore is absent"))
struct SigstoreVectorTests {
    private func path(_ name: String) throws -> String {
        try #require(Vectors.folder) + "/sigstore/bundle-verify/" + name
    }

    private func exists(_ path: String) -> Bool { SmallFile.read(path, limit: 64 << 20) != nil }

    /// Checks a case as the conformance suite does.
    private func verify(_ name: String, root: String) async throws {
        let folder = try path(name)
        let artifact = exists(folder + "/artifact") ? folder + "/artifact" : try path("a.txt")
        let key = folder + "/key.pub"
        let requirement: SignerRequirement =
            exists(key) ? .key(try VerificationKey(pemFile: key)) : .sigstore(try TrustedRoot(file: root), identity)
        var verifier = SignatureVerifier(EnvelopeVerifier(requirement))
        verifier.comparer.usesCache = false
        _ = try await verifier.verify(artifact, signature: folder + "/bundle.sigstore.json")
    }

    @Test("Each case is accepted or refused as its name says", arguments: cases)
    func conformance(_ name: String) async throws {
        let own = try path(name) + "/trusted_root.json"
        guard let root = exists(own) ? own : Vectors.sigstoreRoot else {
            // Says in the output which cases could not be looked at.
            withKnownIssue("\(name): needs the production trusted root; run 'make deps'") {
                Issue.record("not checked")
            }
            return
        }
        if name.hasSuffix("_fail") {
            await #expect(throws: IntegrityFailure.self) { try await verify(name, root: root) }
        } else {
            try await verify(name, root: root)
        }
    }

    @Test(
        "Refused for the right reason",
        arguments: [
            ("intoto-expired-certificate_fail", IntegrityFailure.Code.certificateExpired),
            ("intoto-tsa-timestamp-outside-cert-validity_fail", .certificateExpired),
            ("intoto-missing-inclusion-proof_fail", .logEntryInvalid),
            ("rekor2-no-timestamp_fail", .timeMissing),
            ("rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail", .timestampInvalid),
            ("rekor2-timestamp-outside-tsa-cert-validity_fail", .timestampInvalid),
            ("rekor2-checkpoint-missing-origin_fail", .logEntryInvalid),
            ("rekor2-checkpoint-no-matching-signature_fail", .logEntryInvalid),
            ("rekor2-dsse-mismatch-envelope_fail", .logEntryInvalid),
            ("rekor2-timestamp-with-incorrect-time_fail", .certificateExpired),
            ("trust-root-tlog-missing-validity-start_fail", .trustRootUnusable),
        ])
    func reasons(_ name: String, _ code: IntegrityFailure.Code) async throws {
        let root = try path(name) + "/trusted_root.json"
        let failure = await #expect(throws: IntegrityFailure.self) { try await verify(name, root: root) }
        #expect(failure?.code == code, "\(failure?.message ?? "")")
    }

    @Test("Another identity or issuer is refused, and named")
    func otherIdentity() async throws {
        let folder = try path("rekor2-happy-path")
        let root = try TrustedRoot(file: folder + "/trusted_root.json")
        for other in [
            SigstoreIdentity(identity: identity.identity + "x", issuer: identity.issuer),
            SigstoreIdentity(identity: identity.identity, issuer: "https://evil.example"),
        ] {
            let verifier = SignatureVerifier(EnvelopeVerifier(.sigstore(root, other)))
            let failure = await #expect(throws: IntegrityFailure.self) {
                _ = try await verifier.verify(try path("a.txt"), signature: folder + "/bundle.sigstore.json")
            }
            #expect(failure?.code == .identityMismatch)
        }
    }
}

@Suite("OpenSSF Model Signing's vectors", .enabled(if: Vectors.has("oms"), "shared/vectors/oms is absent"))
struct ModelSigningVectorTests {
    private func bytes(_ name: String) throws -> [UInt8] {
        try SmallFile.contents(
            try #require(Vectors.folder) + "/oms/test-vectors/v1.0/" + name, what: "vector", limit: 1 << 20)
    }

    private func parse(_ name: String) throws {
        let bundle = try UnverifiedBundle.parse(try bytes(name))
        guard case .envelope(let envelope) = bundle.content else { throw IntegrityFailure(.malformed, "no envelope") }
        _ = try UnverifiedManifest(try Statement.parse(envelope.payload))
    }

    @Test("Valid bundles are read", arguments: ["key", "certificate", "sigstore"])
    func valid(_ name: String) throws { try parse("valid/\(name).bundle.json") }

    @Test("Invalid bundles are refused", arguments: ["empty", "missing-envelope", "missing-verification-material"])
    func invalid(_ name: String) throws {
        #expect(throws: IntegrityFailure.self) { try parse("invalid/\(name).bundle.json") }
    }

    @Test("Another predicate is not a model signature")
    func predicate() throws {
        let failure = #expect(throws: IntegrityFailure.self) {
            try parse("invalid-payload/wrong-predicate.bundle.json")
        }
        #expect(failure?.code == .wrongPredicate)
    }

    @Test(
        "The keyless bundle verifies against its model, offline; without log entries it does not",
        .enabled(if: Vectors.sigstoreRoot != nil, "run 'make deps' for the production trusted root"))
    func keyless() async throws {
        let root = try TrustedRoot(file: try #require(Vectors.sigstoreRoot))
        let signer = SigstoreIdentity(identity: "stefanb@us.ibm.com", issuer: "https://sigstore.verify.ibm.com/oauth2")
        let folder = TemporaryFolder()
        folder.write(Array("signme-1".utf8), to: "v1.1.0-sigstore/signme-1")
        folder.write(Array("signme-2".utf8), to: "v1.1.0-sigstore/signme-2")
        var verifier = SignatureVerifier(EnvelopeVerifier(.sigstore(root, signer)))
        verifier.comparer.usesCache = false
        let vectors = try #require(Vectors.folder) + "/oms/test-vectors/v1.0/"
        let outcome = try await verifier.verify(
            folder.path + "/v1.1.0-sigstore", signature: vectors + "valid/sigstore.bundle.json")
        #expect(outcome.exitCode == 0)
        let failure = await #expect(throws: IntegrityFailure.self) {
            _ = try await verifier.verify(
                folder.path + "/v1.1.0-sigstore", signature: vectors + "invalid/missing-tlog-entries.bundle.json")
        }
        #expect(failure?.code == .logEntryInvalid)
    }
}
