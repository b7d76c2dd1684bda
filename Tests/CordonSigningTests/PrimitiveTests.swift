import CordonCore
import CordonFormats
import CordonTestSupport
import Testing

@testable import CordonSigning

@Suite("Hash functions against published vectors")
struct HashTests {
    /// Inputs are the bytes 0…250 again and again, as in BLAKE3's `test_vectors.json`.
    @Test(
        "BLAKE3",
        arguments: [
            (0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"),
            (1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"),
            (63, "e9bc37a594daad83be9470df7f7b3798297c3d834ce80ba85d6e207627b7db7b"),
            (64, "4eed7141ea4a5cd4b788606bd23f46e212af9cacebacdc7d1f4c6dc7f2511b98"),
            (65, "de1e5fa0be70df6d2be8fffd0e99ceaa8eb6e8c93a63f2d8d1c30ecb6b263dee"),
            (1023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11"),
            (1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"),
            (1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"),
            (2048, "e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a"),
            (2049, "5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030"),
            (3072, "b98cb0ff3623be03326b373de6b9095218513e64f1ee2edd2525c7ad1e5cffd2"),
            (3073, "7124b49501012f81cc7f11ca069ec9226cecb8a2c850cfe644e327d22d3e1cd3"),
            (5121, "628bd2cb2004694adaab7bbd778a25df25c47b9d4155a55f8fbd79f2fe154cff"),
            (31744, "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47"),
            (102_400, "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085"),
        ])
    func blake3(_ count: Int, _ expected: String) {
        let input = (0..<count).map { UInt8($0 % 251) }
        #expect(Hexadecimal.encode(HashAlgorithm.blake3.digest(of: input)) == expected)
        // In pieces of another size.
        var hasher = StreamHasher(.blake3)
        for start in stride(from: 0, to: count, by: 77) {
            input[start..<min(count, start + 77)].withUnsafeBytes { hasher.update($0) }
        }
        #expect(Hexadecimal.encode(hasher.finalize()) == expected)
    }

    @Test("BLAKE2b, RFC 7693 appendix A; SHA-2, FIPS 180-4 examples")
    func abc() {
        let expected: [HashAlgorithm: String] = [
            .blake2b:
                "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
            .sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            .sha384:
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
            .sha512:
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ]
        for (algorithm, digest) in expected {
            #expect(Hexadecimal.encode(algorithm.digest(of: Array("abc".utf8))) == digest, "\(algorithm)")
        }
    }
}

@Suite("Merkle trees")
struct MerkleTreeTests {
    /// The example that RFC 6962's reference implementation tests with.
    private let inputs: [[UInt8]] = [
        [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
        [0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57], Array(0x60...0x6F),
    ]

    @Test(
        "Roots of the published example",
        arguments: [
            (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
            (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
            (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
        ])
    func roots(_ count: Int, _ expected: String) {
        let leaves = inputs.prefix(count).map { MerkleTree.leafHash($0) }
        #expect(Hexadecimal.encode(MerkleTree.root(leaves)) == expected)
    }

    @Test("Every path of every tree leads to the root, and a changed one does not")
    func paths() {
        for count in 1...33 {
            let leaves = (0..<count).map { MerkleTree.leafHash([UInt8($0)]) }
            let root = MerkleTree.root(leaves)
            for index in 0..<count {
                let path = MerkleTree.path(leaves[...], index: index)
                #expect(MerkleTree.root(leaf: leaves[index], index: index, count: count, path: path) == root)
                #expect(MerkleTree.root(leaf: leaves[index], index: index, count: count, path: path + [root]) != root)
                if count > 1 {
                    #expect(
                        MerkleTree.root(leaf: leaves[index], index: (index + 1) % count, count: count, path: path)
                            != root)
                    #expect(
                        MerkleTree.root(leaf: leaves[index], index: index, count: count, path: path.dropLast()) != root)
                }
            }
        }
        #expect(MerkleTree.root(leaf: [], index: -1, count: 2, path: []) == nil)
        #expect(MerkleTree.root(leaf: [], index: 2, count: 2, path: []) == nil)
    }
}

@Suite("Strict JSON")
struct StrictJSONTests {
    @Test(
        "What parsers read differently is refused",
        arguments: [
            "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "[NaN]", "[Infinity]", "[01]", "[1.]", "[+1]", "[.5]",
            "[\"\\ud800\"]", "[\"\\x41\"]", "\u{FEFF}{}", "{", "", "[1] 2", "[1e]", "{\"k\":{\"b\":1,\"c\":2,\"b\":3}}",
        ])
    func refused(_ text: String) {
        let failure = #expect(throws: IntegrityFailure.self) { try StrictJSON.parse(Array(text.utf8), what: "text") }
        #expect(failure?.code == .malformed)
    }

    @Test("Bytes that are not UTF-8, depth and size are refused")
    func limits() {
        #expect(throws: IntegrityFailure.self) { try StrictJSON.parse([0x22, 0xFF, 0x22], what: "text") }
        let deep = [UInt8](repeating: 0x5B, count: 100) + [UInt8](repeating: 0x5D, count: 100)
        #expect(throws: IntegrityFailure.self) { try StrictJSON.parse(deep, what: "text") }
        #expect(throws: IntegrityFailure.self) { try StrictJSON.parse([0x5B, 0x5D], what: "text", byteLimit: 1) }
    }

    @Test(
        "Ordinary JSON is read",
        arguments: ["{}", "[0,-1,1.5,2e3,-0.1E-5]", "\"\\ud83d\\ude00 \\u00e9\\n\"", "{\"a\":{\"a\":1}}"])
    func accepted(_ text: String) throws { _ = try StrictJSON.parse(Array(text.utf8), what: "text") }

    @Test("Long strings with escapes and control characters at every offset")
    func strings() throws {
        for offset in 0..<24 {
            let plain = String(repeating: "x", count: offset)
            let value = try StrictJSON.parse(Array("[\"\(plain)\\\"\(plain)é\"]".utf8), what: "text")
            #expect(value.elements.first?.string == plain + "\"" + plain + "é")
            #expect(throws: IntegrityFailure.self) {
                try StrictJSON.parse(Array("[\"\(plain)\u{01}\(plain)\"]".utf8), what: "text")
            }
        }
    }

    @Test("Base64 and hexadecimal come back as they went")
    func encodings() {
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            #expect(Base64.decode(Array(Base64.encode(bytes).utf8)) == bytes)
            #expect(Hexadecimal.decode(Hexadecimal.encode(bytes)) == bytes)
        }
        #expect(Hexadecimal.decode("0") == nil && Hexadecimal.decode("0g") == nil)
    }
}

@Suite("Secrets")
struct SecretTests {
    @Test("A secret does not print itself")
    func description() throws {
        let secret = try #require(SecretBytes(copying: Array("hunter2".utf8)))
        #expect(!"\(secret)".contains("hunter2") && !String(reflecting: secret).contains("hunter2"))
        var text = ""
        dump(secret, to: &text)
        #expect(!text.contains("hunter2"))
        #expect(secret.withBytes { Array($0) } == Array("hunter2".utf8))
    }
}
