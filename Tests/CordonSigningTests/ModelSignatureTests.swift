import CordonCore
import CordonFormats
import CordonTestSupport
import Crypto
import Foundation
import Testing
import X509

@testable import CordonSigning

@Suite("Model signatures")
struct ModelSignatureTests {
    @Test("What was signed verifies", arguments: EllipticCurve.allCases, [nil, 4, 1000])
    func roundTrip(_ curve: EllipticCurve, _ shard: Int?) async throws {
        let model = try SignedModel(curve)
        for algorithm in HashAlgorithm.modelSigning {
            try await model.sign {
                $0.shardByteCount = shard
                $0.algorithm = algorithm
            }
            let comparison = try await model.verify()
            #expect(comparison.isMatch && comparison.matchedCount == SignedModel.files.count)
        }
    }

    /// What is done to a signed model, and the kinds of difference that must come out.
    enum Tampering: String, CaseIterable {
        case flippedByte, truncated, appended, added, removed, renamed, caseRenamed, swapped, linkInside, linkOutside
        case fifo, folderInstead, hidden, emptyAdded, duplicate

        var expected: Set<Difference.Kind> {
            switch self {
            case .flippedByte, .truncated, .appended: [.changed]
            case .added, .hidden, .emptyAdded, .duplicate: [.added]
            case .removed: [.missing]
            case .renamed: [.moved]
            case .caseRenamed: [.caseRenamed]
            case .swapped: [.swapped]
            case .linkInside, .linkOutside: [.link]
            case .fifo: [.special]
            case .folderInstead: [.folder]
            }
        }

        func apply(_ model: SignedModel) {
            let path = model.path
            switch self {
            case .flippedByte: model.write("wwwwwvwwww", to: "weights.bin")
            case .truncated: model.write("wwwww", to: "weights.bin")
            case .appended: model.write("wwwwwwwwwww", to: "weights.bin")
            case .added: model.write("import os", to: "evil.py")
            case .removed: model.remove("config.json")
            case .renamed: rename(path + "/config.json", path + "/settings.json")
            case .caseRenamed: rename(path + "/config.json", path + "/Config.json")
            case .swapped:
                model.write(SignedModel.files["weights.bin"] ?? "", to: "config.json")
                model.write(SignedModel.files["config.json"] ?? "", to: "weights.bin")
            case .linkInside:
                model.remove("config.json")
                symlink("weights.bin", path + "/config.json")
            case .linkOutside:
                model.remove("config.json")
                symlink("/etc/hostname", path + "/config.json")
            case .fifo:
                model.remove("config.json")
                mkfifo(path + "/config.json", 0o600)
            case .folderInstead:
                model.remove("config.json")
                mkdir(path + "/config.json", 0o755)
            case .hidden: model.write("x", to: ".hidden")
            case .emptyAdded: model.write("", to: "sub/new-empty")
            case .duplicate: model.write(SignedModel.files["config.json"] ?? "", to: "copy.json")
            }
        }
    }

    @Test("Every tampering is refused, by its kind", arguments: Tampering.allCases, [nil, 4])
    func tampering(_ tampering: Tampering, _ shard: Int?) async throws {
        let model = try SignedModel()
        try await model.sign { $0.shardByteCount = shard }
        tampering.apply(model)
        let comparison = try await model.verify()
        #expect(Set(comparison.differences.map(\.kind)) == tampering.expected, "\(comparison.differences)")
        #expect(comparison.hasRefusals)
    }

    @Test("A name that is not UTF-8 is not signed, and is found when it was added")
    func names() async throws {
        let model = try SignedModel()
        try await model.sign()
        let name = Array((model.path + "/bad").utf8) + [0xFF, 0]
        let file = name.withUnsafeBytes { open($0.bindMemory(to: CChar.self).baseAddress!, O_WRONLY | O_CREAT, 0o644) }
        close(file)
        #expect(try await model.verify().differences.map(\.kind) == [.added])
        let failure = await #expect(throws: IntegrityFailure.self) { try await model.sign() }
        #expect(failure?.code == .nameRefused)
    }

    @Test("Links are signed only when they stay inside and are asked for")
    func links() async throws {
        let model = try SignedModel()
        symlink("weights.bin", model.path + "/link.bin")
        let refused = await #expect(throws: IntegrityFailure.self) { try await model.sign() }
        #expect(refused?.code == .linkRefused && refused?.message.contains("link.bin") == true)
        try await model.sign { $0.followsLinks = true }
        #expect(try await model.verify().isMatch)
        unlink(model.path + "/link.bin")
        symlink("/etc/hostname", model.path + "/link.bin")
        #expect(try await model.verify().differences.map(\.kind) == [.link])
        let outside = await #expect(throws: IntegrityFailure.self) { try await model.sign { $0.followsLinks = true } }
        #expect(outside?.code == .linkRefused)
    }

    @Test("A signature inside the model is left out; so is what the signer said, and nothing else")
    func ignoring() async throws {
        let model = try SignedModel()
        model.write("x", to: ".git/config")
        model.write("log", to: "logs/a.log")
        try await model.sign { $0.ignoredPaths = ["logs"] }
        model.write("y", to: ".git/config")
        model.write("more", to: "logs/b.log")
        #expect(try await model.verify().isMatch)
        model.write("x", to: "logs2")
        #expect(try await model.verify().differences.map(\.path.display) == ["logs2"])
        for path in [".", "..", "a/../b", "", "/"] {
            await #expect(throws: IntegrityFailure.self) { try await model.sign { $0.ignoredPaths = [path] } }
        }
    }

    @Test("A model of one file keeps its name")
    func single() async throws {
        let folder = TemporaryFolder()
        let path = folder.write([1, 2, 3], to: "model.onnx")
        let key = try SignedModel.key(.p384)
        var signer = ModelSigner()
        signer.comparer = SignedModel.comparer
        let summary = try await signer.manifest(try Tree(path), signature: nil)
        #expect(summary.manifest.resources.map(\.name) == ["."])
        let signature = folder.write(try BundleWriter.bundle(summary.manifest.statement(), signer: key), to: "s")
        var verifier = SignatureVerifier(EnvelopeVerifier(.key(key.publicKey)))
        verifier.comparer = SignedModel.comparer
        #expect(try await verifier.verify(path, signature: signature).exitCode == 0)
        // As the Hugging Face cache keeps them.
        mkdir(folder.path + "/snapshot", 0o755)
        symlink("../model.onnx", folder.path + "/snapshot/model.onnx")
        #expect(try await verifier.verify(folder.path + "/snapshot/model.onnx", signature: signature).exitCode == 0)
        rename(path, folder.path + "/other.onnx")
        #expect(try await verifier.verify(folder.path + "/other.onnx", signature: signature).exitCode == 1)
    }

    @Test("Another key, another curve, a swapped signature and an altered statement are refused")
    func wrongSignatures() async throws {
        let model = try SignedModel()
        try await model.sign()
        for curve in EllipticCurve.allCases {
            let failure = await #expect(throws: IntegrityFailure.self) {
                try await model.verify(.key(try SignedModel.key(curve).publicKey))
            }
            #expect(failure?.code == .wrongKey)
        }
        let good = try #require(SmallFile.read(model.signature, limit: 1 << 20))
        // The same signer's signature of another model is right, and does not fit this one.
        let other = SignedModel(copying: model)
        other.write("other", to: "config.json")
        try await other.sign()
        model.folder.write(try #require(SmallFile.read(other.signature, limit: 1 << 20)), to: "model.sig")
        #expect(try await model.verify().differences.map(\.kind) == [.changed])
        guard case .envelope(let envelope) = try UnverifiedBundle.parse(good).content else {
            return #expect(Bool(false), "not an envelope")
        }
        let swapped = Envelope(
            payload: envelope.payload, payloadType: envelope.payloadType, signature: try model.key.sign([1]))
        var writer = JSONWriter(isCompact: true)
        writer.object { bundle in
            bundle.string("mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json")
            bundle.object("verificationMaterial") { $0.object("publicKey") { $0.string("hint", model.publicKey.hint) } }
            swapped.write(&bundle)
        }
        model.folder.write(writer.bytes, to: "model.sig")
        let failure = await #expect(throws: IntegrityFailure.self) { try await model.verify() }
        #expect(failure?.code == .signatureInvalid)
    }

    @Test("The order of resources is that of path components")
    func order() async throws {
        let model = try SignedModel()
        let summary = try await ModelSigner().manifest(try Tree(model.path), signature: nil)
        #expect(
            summary.manifest.resources.map(\.name) == [
                "config.json", "empty.txt", "name with é.txt", "sub/deep/vocab.txt", "sub-file.txt", "weights.bin",
            ])
    }

    @Test("A model that cannot be read is neither verified nor refused")
    func missing() async throws {
        let model = try SignedModel()
        try await model.sign()
        var verifier = SignatureVerifier(EnvelopeVerifier(.key(model.publicKey)))
        verifier.comparer = SignedModel.comparer
        let gone = await #expect(throws: IntegrityFailure.self) {
            _ = try await verifier.verify(model.path + "-gone", signature: model.signature)
        }
        #expect(gone?.isRefusal == false)
        let unsigned = await #expect(throws: IntegrityFailure.self) {
            _ = try await verifier.verify(model.path, signature: model.signature + "-gone")
        }
        #expect(unsigned?.isRefusal == false)
    }

    /// Statements that no signer should make, and what is said of them.
    @Test(
        "Hostile manifests are refused although their signature is right",
        arguments: [
            ("\"../evil\"", "[]", IntegrityFailure.Code.nameRefused), ("\"/etc/passwd\"", "[]", .nameRefused),
            ("\"a//b\"", "[]", .nameRefused), ("\"a/./b\"", "[]", .nameRefused), ("\"\"", "[]", .nameRefused),
            ("\"a\\u0000b\"", "[]", .nameRefused), ("\"config.json\"", "[\".\"]", .nameRefused),
            ("\"config.json\"", "[\"../x\"]", .nameRefused), ("\"config.json\"", "[\"\"]", .nameRefused),
            ("\"config.json\"", "[7]", .malformed), ("7", "[]", .malformed),
        ])
    func hostile(_ name: String, _ ignored: String, _ code: IntegrityFailure.Code) async throws {
        let model = try SignedModel()
        let digest = String(repeating: "ab", count: 32)
        let root = Hexadecimal.encode(HashAlgorithm.sha256.digest(of: Hexadecimal.decode(digest) ?? []))
        let statement =
            "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"name\":\"m\",\"digest\":{\"sha256\":\"\(root)\"}}],\"predicateType\":\"https://model_signing/signature/v1.0\",\"predicate\":{\"resources\":[{\"name\":\(name),\"algorithm\":\"sha256\",\"digest\":\"\(digest)\"}],\"serialization\":{\"method\":\"files\",\"hash_type\":\"sha256\",\"allow_symlinks\":false,\"ignore_paths\":\(ignored)}}}"
        model.folder.write(try BundleWriter.bundle(Array(statement.utf8), signer: model.key), to: "model.sig")
        let failure = await #expect(throws: IntegrityFailure.self) { try await model.verify() }
        #expect(failure?.code == code, "\(failure?.message ?? "")")
    }

    /// Shards as hostile signers might list them.
    @Test(
        "Shards that leave bytes out, overlap or are spelt otherwise are refused",
        arguments: [
            ["a:0:4", "a:5:8"], ["a:4:8"], ["a:0:4", "a:0:4"], ["a:0:3", "a:3:6"], ["a:+0:+4"], ["a:00:4"], ["a:0:9"],
            ["a:0"],
            ["a:-4:0"], ["a:0:4", "b:4:8"], ["a:0:99999999999999999999"],
        ])
    func shards(_ names: [String]) async throws {
        let model = try SignedModel()
        let digest = [UInt8](repeating: 7, count: 32)
        let root = Hexadecimal.encode(HashAlgorithm.sha256.digest(of: names.flatMap { _ in digest }))
        let entries = names.map {
            "{\"name\":\"\($0)\",\"algorithm\":\"sha256\",\"digest\":\"\(Hexadecimal.encode(digest))\"}"
        }
        let statement =
            "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"name\":\"m\",\"digest\":{\"sha256\":\"\(root)\"}}],\"predicateType\":\"https://model_signing/signature/v1.0\",\"predicate\":{\"resources\":[\(entries.joined(separator: ","))],\"serialization\":{\"method\":\"shards\",\"shard_size\":4,\"hash_type\":\"sha256\",\"allow_symlinks\":false}}}"
        model.folder.write(try BundleWriter.bundle(Array(statement.utf8), signer: model.key), to: "model.sig")
        let failure = await #expect(throws: IntegrityFailure.self) { try await model.verify() }
        #expect(failure?.code == .malformed, "\(failure?.message ?? "")")
    }

    @Test("Names that differ in Unicode normalisation are two names")
    func normalisation() async throws {
        let model = try SignedModel()
        model.write("composed", to: "\u{E9}.bin")
        model.write("decomposed", to: "e\u{301}.bin")
        try await model.sign()
        #expect(try await model.verify().isMatch)
        rename(model.path + "/\u{E9}.bin", model.path + "/x.bin")
        #expect(try await model.verify().hasRefusals)
    }

    @Test("A file of any length beside a missing one is not read to no end")
    func sparse() async throws {
        let model = try SignedModel()
        try await model.sign { $0.shardByteCount = 4 }
        model.remove("config.json")
        for name in ["huge.bin", "weights.bin"] {
            let file = open(model.path + "/" + name, O_RDWR | O_CREAT, 0o644)
            ftruncate(file, 1 << 43)
            close(file)
        }
        let kinds = try await model.verify().differences.map(\.kind)
        #expect(kinds == [.missing, .added, .changed])
    }

    @Test("Names that occur twice and roots that do not add up are refused")
    func contradictions() async throws {
        let model = try SignedModel()
        let digest = String(repeating: "cd", count: 32)
        let bytes = Hexadecimal.decode(digest) ?? []
        let two = Hexadecimal.encode(HashAlgorithm.sha256.digest(of: bytes + bytes))
        for (root, words) in [(two, "twice"), (digest, "add up")] {
            let entry = "{\"name\":\"a\",\"algorithm\":\"sha256\",\"digest\":\"\(digest)\"}"
            let statement =
                "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"name\":\"m\",\"digest\":{\"sha256\":\"\(root)\"}}],\"predicateType\":\"https://model_signing/signature/v1.0\",\"predicate\":{\"resources\":[\(entry),\(entry)],\"serialization\":{\"method\":\"files\",\"hash_type\":\"sha256\",\"allow_symlinks\":false}}}"
            model.folder.write(try BundleWriter.bundle(Array(statement.utf8), signer: model.key), to: "model.sig")
            let failure = await #expect(throws: IntegrityFailure.self) { try await model.verify() }
            #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
        }
    }
}

@Suite("Certificates")
struct CertificateTests {
    private func sign(_ model: SignedModel, _ leaf: Certificate, _ others: Certificate...) async throws {
        let summary = try await ModelSigner().manifest(try Tree(model.path), signature: nil)
        let leafFile = model.folder.write(Array(try VirtualAuthority.pem(leaf).utf8), to: "leaf.pem")
        var files: [String] = []
        for (number, other) in others.enumerated() {
            files.append(model.folder.write(Array(try VirtualAuthority.pem(other).utf8), to: "chain\(number).pem"))
        }
        let chain = try CertificateFile.chain(leafFile, others: files, for: model.publicKey)
        model.folder.write(
            try BundleWriter.bundle(summary.manifest.statement(), signer: model.key, chain: chain), to: "model.sig")
    }

    private func roots(_ authority: VirtualAuthority) -> [TrustAnchor] { [TrustAnchor(authority.root)] }

    @Test(
        "A chain to a given root verifies; the root is not written into the signature",
        arguments: EllipticCurve.allCases)
    func chain(_ curve: EllipticCurve) async throws {
        let authority = try VirtualAuthority()
        let model = try SignedModel(curve)
        try await sign(model, try authority.leaf(model.publicKey.key), authority.intermediate, authority.root)
        #expect(try await model.verify(.certificate(roots: roots(authority), identity: nil)).isMatch)
        #expect(try await model.verify(.certificate(roots: roots(authority), identity: "signer@example.org")).isMatch)
        let bundle = try UnverifiedBundle.parse(try #require(SmallFile.read(model.signature, limit: 1 << 20)))
        guard case .certificateChain(let chain) = bundle.material else { return #expect(Bool(false)) }
        #expect(chain.count == 2)
    }

    @Test(
        "Expired, early, misused and untrusted certificates are refused",
        arguments: [
            ("expired", IntegrityFailure.Code.certificateExpired), ("early", .certificateExpired),
            ("noSignature", .certificateUsage), ("serverOnly", .certificateUsage), ("otherRoot", .certificateUntrusted),
            ("noIntermediate", .certificateUntrusted), ("otherName", .identityMismatch),
            ("expiredIntermediate", .certificateExpired),
        ])
    func refused(_ what: String, _ code: IntegrityFailure.Code) async throws {
        let past = Date(timeIntervalSince1970: 1_710_000_000)
        let authority = try VirtualAuthority(notAfter: what == "expiredIntermediate" ? past : .distantFuture)
        let model = try SignedModel()
        let key = model.publicKey.key
        let leaf =
            switch what {
            case "expired": try authority.leaf(key, until: past)
            case "early": try authority.leaf(key, from: Date(timeIntervalSince1970: 3_900_000_000))
            case "noSignature": try authority.leaf(key, usage: KeyUsage(keyEncipherment: true))
            case "serverOnly": try authority.leaf(key, extended: [.serverAuth])
            default: try authority.leaf(key)
            }
        if what == "noIntermediate" {
            try await sign(model, leaf)
        } else {
            try await sign(model, leaf, authority.intermediate)
        }
        let trusted = what == "otherRoot" ? try VirtualAuthority() : authority
        let failure = await #expect(throws: IntegrityFailure.self) {
            try await model.verify(
                .certificate(roots: roots(trusted), identity: what == "otherName" ? "somebody@example.org" : nil))
        }
        #expect(failure?.code == code, "\(failure?.message ?? "")")
    }

    @Test("A certificate for another key is not put into a signature")
    func otherKey() async throws {
        let authority = try VirtualAuthority()
        let model = try SignedModel()
        let leaf = try authority.leaf(try SignedModel.key(.p256).publicKey.key)
        let failure = await #expect(throws: IntegrityFailure.self) { try await sign(model, leaf) }
        #expect(failure?.code == .keyUnusable)
    }

    @Test("Identities are compared by bytes: a KELVIN SIGN is no K")
    func identityBytes() async throws {
        let authority = try VirtualAuthority()
        let model = try SignedModel()
        try await sign(
            model, try authority.leaf(model.publicKey.key, name: "\u{212A}evin", hasMail: false), authority.intermediate
        )
        let failure = await #expect(throws: IntegrityFailure.self) {
            try await model.verify(.certificate(roots: roots(authority), identity: "Kevin"))
        }
        #expect(failure?.code == .identityMismatch)
    }

    @Test("A signature by key is not one by certificate")
    func method() async throws {
        let authority = try VirtualAuthority()
        let model = try SignedModel()
        try await model.sign()
        let failure = await #expect(throws: IntegrityFailure.self) {
            try await model.verify(.certificate(roots: roots(authority), identity: nil))
        }
        #expect(failure?.code == .wrongKey)
    }
}
