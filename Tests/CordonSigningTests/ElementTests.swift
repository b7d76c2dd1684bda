import CordonCore
import CordonFormats
import CordonTestSupport
import Glibc
import Testing

@testable import CordonSigning

@Suite("Data signed element by element")
struct ElementTests {
    private func dataset() throws -> SignedModel {
        let model = try SignedModel()
        model.write((1...50).map { "{\"id\": \($0)}\n" }.joined(), to: "train.jsonl")
        model.folder.write(
            ZipBuilder([.init("a.txt", [1, 2, 3]), .init("b.txt", [4, 5, 6])]).bytes, to: "model/images.zip")
        return model
    }

    @Test("A changed line or member is named, and only that")
    func named() async throws {
        let model = try dataset()
        try await model.sign { $0.hasElements = true }
        #expect(try await model.verify().isMatch)
        model.write((1...50).map { "{\"id\": \($0 == 42 ? 43 : $0)}\n" }.joined(), to: "train.jsonl")
        model.folder.write(
            ZipBuilder([.init("a.txt", [1, 2, 3]), .init("b.txt", [4, 5, 7])]).bytes, to: "model/images.zip")
        let differences = try await model.verify().differences
        #expect(differences.map(\.elements) == [["member 'b.txt' changed"], ["line 42 changed"]])
    }

    @Test("Removed and inserted lines do not make all later ones differ")
    func shifted() async throws {
        let model = try dataset()
        try await model.sign { $0.hasElements = true }
        model.write((1...50).filter { $0 != 10 }.map { "{\"id\": \($0)}\n" }.joined(), to: "train.jsonl")
        #expect(try await model.verify().differences.first?.elements == ["1 signed line from number 10 on removed"])
        model.write("new\n" + (1...50).map { "{\"id\": \($0)}\n" }.joined(), to: "train.jsonl")
        #expect(try await model.verify().differences.first?.elements == ["line 1 was added"])
    }

    @Test("An altered index is noticed, and the verdict does not depend on it")
    func index() async throws {
        let model = try dataset()
        try await model.sign { $0.hasElements = true }
        let path = ElementIndex.path(beside: model.signature)
        var bytes = try #require(SmallFile.read(path, limit: 1 << 20))
        bytes[bytes.count - 1] ^= 1
        bytes[bytes.count - 32 * 40] ^= 1
        model.folder.write(bytes, to: "model.sig.elements.safetensors")
        #expect(try await model.verify().isMatch)
        model.write("x\n", to: "train.jsonl")
        #expect(try await model.verify().differences.first?.elements.first?.contains("index") == true)
        unlink(path)
        let comparison = try await model.verify()
        #expect(
            comparison.hasRefusals && comparison.differences.first?.elements.first?.contains("cannot be read") == true)
    }

    @Test("One sample is proved; another, another position and another signature are not")
    func proof() async throws {
        let model = try dataset()
        try await model.sign { $0.hasElements = true }
        let bundle = try UnverifiedBundle.parse(try #require(SmallFile.read(model.signature, limit: 1 << 20)))
        let manifest = try await ModelVerifier(EnvelopeVerifier(.key(model.publicKey))).manifest(bundle).manifest
        let tree = try Tree(model.path)
        let made = try ElementProof(dataset: tree, element: "train.jsonl:42", signature: model.signature)
        let proof = try ElementProof(made.json)
        try proof.verify(sample: Array("{\"id\": 42}\n".utf8), in: manifest)
        for sample in ["{\"id\": 43}", "", "{\"id\": 42} "] {
            #expect(throws: IntegrityFailure.self) { try proof.verify(sample: Array(sample.utf8), in: manifest) }
        }
        let member = try ElementProof(dataset: tree, element: "images.zip:b.txt", signature: model.signature)
        try member.verify(sample: [4, 5, 6], in: manifest)
        #expect(throws: IntegrityFailure.self) { try member.verify(sample: [1, 2, 3], in: manifest) }
        // A proof of a member must name it, and one of a line must not.
        let text = String(decoding: member.json, as: UTF8.self)
        let nameless = try ElementProof(
            Array(text.split(separator: "\n").filter { !$0.contains("\"member\"") }.joined(separator: "\n").utf8))
        #expect(throws: IntegrityFailure.self) {
            try nameless.verify(sample: [0, 0, 0, 5] + Array("b.txt".utf8) + [4, 5, 6], in: manifest)
        }
        model.write("", to: "empty.jsonl")
        for text in [
            "empty.jsonl:1", "train.jsonl:0", "train.jsonl:51", "train.jsonl:x", "none", "images.zip:c.txt", "../x:1",
        ] {
            #expect(throws: IntegrityFailure.self) {
                try ElementProof(dataset: tree, element: text, signature: model.signature)
            }
        }
        #expect(throws: IntegrityFailure.self) { try ElementProof(Array("{}".utf8)) }
    }

    @Test("Unchanged files keep their elements when the dataset is signed again")
    func incremental() async throws {
        let model = try dataset()
        let cache = model.folder.path + "/cache"
        try await model.sign {
            $0.hasElements = true
            $0.comparer.usesCache = true
            $0.comparer.cacheFolder = cache
        }
        let first = SmallFile.read(ElementIndex.path(beside: model.signature), limit: 1 << 20)
        try await model.sign {
            $0.hasElements = true
            $0.comparer.usesCache = true
            $0.comparer.cacheFolder = cache
        }
        #expect(SmallFile.read(ElementIndex.path(beside: model.signature), limit: 1 << 20) == first)
        #expect(try await model.verify().isMatch)
    }

    @Test("Row groups of a Parquet file are told apart by its footer")
    func parquet() throws {
        // Magic, two row groups of 10 and 20 bytes, and a footer in Thrift's compact protocol that says so.
        func column(_ start: Int, _ size: Int) -> [UInt8] {
            // ColumnChunk { 3: ColumnMetaData { 7: i64 size, 9: i64 start } }
            [0x3C, 0x76, UInt8(size * 2), 0x26, UInt8(start * 2), 0x00, 0x00]
        }
        func group(_ start: Int, _ size: Int) -> [UInt8] { [0x19, 0x1C] + column(start, size) + [0x00] }
        let footer = [0x49, 0x2C] + group(4, 10) + group(14, 20) + [0x00]
        let length = withUnsafeBytes(of: UInt32(footer.count).littleEndian) { Array($0) }
        let bytes = Array("PAR1".utf8) + [UInt8](repeating: 7, count: 30) + footer + length + Array("PAR1".utf8)
        let groups = bytes.withUnsafeBytes { ParquetFooter.read($0.bytes)?.rowGroups }
        #expect(groups == [4..<14, 14..<34])
        for cut in 0..<bytes.count {
            bytes[..<cut].withUnsafeBytes { #expect(ParquetFooter.read($0.bytes) == nil) }
        }
        let reader = ElementReader.read(ByteView(copying: bytes), .init("t.parquet"))
        #expect(reader?.elements.map(\.name) == ["row group 0", "row group 1", "everything outside the row groups"])
    }
}

@Suite("The cache of digests")
struct DigestCacheTests {
    private let folder = TemporaryFolder()
    private let plan = HashPlan()

    private func entry(_ changed: Int64, inode: UInt64 = 7) -> TreeEntry {
        TreeEntry(
            path: [0x61], kind: .regular,
            identity: FileIdentity(device: 1, inode: inode, byteCount: 3, changed: changed, modified: changed))
    }

    private func cache() throws -> DigestCache {
        try #require(DigestCache(tree: try Tree(folder.path), plan: plan, folder: folder.path + "/cache"))
    }

    @Test("What was read is remembered, until anything about the file changes")
    func remembered() throws {
        let digest = [UInt8](repeating: 9, count: 32)
        var first = try cache()
        first.remember([digest], of: entry(100), readAt: 100 + 3_000_000_000)
        first.save()
        var second = try cache()
        #expect(second.digests(of: entry(100), plan) == [digest])
        #expect(second.digests(of: entry(101), plan) == nil && second.digests(of: entry(100, inode: 8), plan) == nil)
    }

    @Test("A file that changed just before it was read is not remembered")
    func settling() throws {
        var first = try cache()
        first.remember([[UInt8](repeating: 9, count: 32)], of: entry(100), readAt: 100 + 1_000_000_000)
        first.save()
        var second = try cache()
        #expect(second.digests(of: entry(100), plan) == nil)
    }

    @Test("An altered cache, another key and a key that others can read are left aside")
    func altered() throws {
        var first = try cache()
        first.remember([[UInt8](repeating: 9, count: 32)], of: entry(100), readAt: 100 + 3_000_000_000)
        first.save()
        let name = try #require(Vectors.names(folder.path + "/cache").first { $0 != "key" })
        let path = folder.path + "/cache/" + name
        let good = try #require(SmallFile.read(path, limit: 1 << 20))
        for index in [0, good.count / 2, good.count - 1] {
            var bad = good
            bad[index] ^= 1
            AtomicFile.write(bad, to: path)
            var second = try cache()
            #expect(second.digests(of: entry(100), plan) == nil)
        }
        AtomicFile.write(good, to: path)
        chmod(folder.path + "/cache/key", 0o644)
        #expect(DigestCache(tree: try Tree(folder.path), plan: plan, folder: folder.path + "/cache") == nil)
        unlink(folder.path + "/cache/key")
        var third = try cache()
        #expect(third.digests(of: entry(100), plan) == nil)
    }

    @Test("A file that somebody has mapped for writing is told from one that nobody has")
    func writers() async throws {
        let model = try SignedModel()
        let tree = try Tree(model.path)
        let entry = try #require(try tree.entries(TreeRules()).first { $0.path == Array("weights.bin".utf8) })
        let hasher = TreeHasher(tree: tree, plan: plan, asksForWriters: true)
        guard case .digests(_, .none) = hasher.digestsNow(of: entry) else { return #expect(Bool(false)) }
        let file = open(model.path + "/weights.bin", O_RDWR)
        let base = try #require(mmap(nil, 10, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0))
        close(file)
        guard case .digests(_, .some) = hasher.digestsNow(of: entry) else { return #expect(Bool(false)) }
        munmap(base, 10)
        guard case .digests(_, .none) = hasher.digestsNow(of: entry) else { return #expect(Bool(false)) }
    }

    @Test("A verification that uses the cache still finds a change")
    func end() async throws {
        let model = try SignedModel()
        try await model.sign()
        var verifier = SignatureVerifier(EnvelopeVerifier(.key(model.publicKey)))
        verifier.comparer.cacheFolder = folder.path + "/cache"
        #expect(try await verifier.verify(model.path, signature: model.signature).exitCode == 0)
        model.write("wwwwwvwwww", to: "weights.bin")
        #expect(try await verifier.verify(model.path, signature: model.signature).exitCode == 1)
    }
}
