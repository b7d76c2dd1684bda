import CordonFormats
import CordonTestSupport
import Testing

@Suite("Safetensors")
struct SafetensorsTests {
    private static let honest =
        #"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#

    @Test("An honest file has tensors, metadata and no anomalies")
    func honest() {
        let file = SafetensorsFile.read(ByteView(copying: safetensors(Self.honest, [UInt8](repeating: 0, count: 8))))
        #expect(file.anomalies.isEmpty && file.tensors.map(\.name) == ["a"] && file.metadata.map(\.value) == ["pt"])
    }

    @Test(
        "Every departure from the format is found",
        arguments: [
            (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, SafetensorsAnomaly.Kind.size),
            (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, .size),
            (
                #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}"#,
                .overlap
            ),
            (
                #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[6,8]}}"#,
                .gap
            ),
            (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, .trailing),
            (
                #"{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}"#,
                .duplicateKey
            ),
            (#"{"a":{"dtype":"Q7","shape":[8],"data_offsets":[0,8]}}"#, .field),
            (#"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,8]}}"#, .field),
            (#"{"a":{"dtype":"U8","shape":[8],"data_offsets":[8,0]}}"#, .field),
            (#"{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8],"code":"x"}}"#, .field),
            (#"{"a":{"dtype":"U8","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#, .size),
            (#"["a"]"#, .header), (#"{"a":"#, .header),
        ])
    func departures(_ header: String, _ kind: SafetensorsAnomaly.Kind) {
        let file = SafetensorsFile.read(ByteView(copying: safetensors(header, [UInt8](repeating: 1, count: 8))))
        #expect(file.anomalies.contains { $0.kind == kind }, "\(file.anomalies)")
    }

    @Test(
        "A header length beyond the file or the format's limit is refused",
        arguments: [UInt64(1000), 200_000_000, .max])
    func headerLength(_ length: UInt64) {
        let file = SafetensorsFile.read(ByteView(copying: littleEndian(length) + Array("{}".utf8)))
        #expect(file.anomalies.map(\.kind) == [.header])
    }
}

@Suite("JSON")
struct JSONTests {
    private func parse(_ text: String) throws -> JSONValue {
        try JSONDocument.parse(ByteView(copying: Array(text.utf8))).root
    }

    @Test("Values, escapes and duplicates are read")
    func values() throws {
        let root = try parse(#"{"a":[1,-2,true,null,NaN],"b":"\u0041\ud83d\ude00\n","a":{"c":2.5}}"#)
        #expect(root.all("a").count == 2)
        #expect(root["b"]?.string == "A😀\n")
        #expect(root.all("a")[0].elements.map(\.integer) == [1, -2, nil, nil, nil])
        #expect(root["a"]?["c"]?.isNumber == true && root["x"] == nil)
    }

    @Test(
        "Text that is not JSON is refused with its place",
        arguments: ["", "{", "[1,]", #"{"a"}"#, #"{"a":1,}"#, "[1 2]", "\"\u{1}\"", "\"abc", "{}x", "nul", "[1}", "]"])
    func refusals(_ text: String) { #expect(throws: JSONFailure.self) { try parse(text) } }

    @Test("A hundred thousand brackets are a limit, not a crash")
    func depth() {
        #expect(throws: JSONFailure.self) {
            try parse(String(repeating: "[", count: 100_000))
        }
    }

    @Test("More values than allowed are a limit")
    func valueLimit() {
        let bytes = ByteView(copying: Array("[1,2,3,4]".utf8))
        #expect(throws: JSONFailure.self) { try JSONDocument.parse(bytes, valueLimit: 3) }
    }
}

@Suite("NumPy headers")
struct NumPyTests {
    private func header(_ dictionary: String, version: UInt8 = 1) throws(NumPyFailure) -> NumPyHeader {
        let text = Array(dictionary.utf8)
        let length = version == 1 ? littleEndian(UInt16(text.count)) : littleEndian(UInt32(text.count))
        return try ByteView(copying: [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text)
            .withSpan { bytes throws(NumPyFailure) in try NumPyHeader(bytes) }
    }

    @Test(
        "Ordinary headers",
        arguments: [
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }", 48, false),
            ("{'descr': '|b1', 'fortran_order': True, 'shape': (), }", 1, false),
            ("{\"descr\": \"<U4\", 'fortran_order': False, 'shape': (5L,), }", 80, false),
            ("{'descr': '|O', 'fortran_order': False, 'shape': (3,), }", nil, true),
            ("{'descr': [('a', '<i4'), ('b', '|O')], 'fortran_order': False, 'shape': (1,), }", nil, true),
            ("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,), }", nil, false),
        ])
    func accepts(_ text: String, _ byteCount: Int?, _ hasObjects: Bool) throws {
        for version in [UInt8(1), 2, 3] {
            let header = try header(text, version: version)
            #expect(header.byteCount == byteCount && header.hasObjects == hasObjects)
        }
    }

    @Test(
        "Headers that are not a plain literal are refused",
        arguments: [
            "{'descr': '<f8'}", "{'shape': (1,)}", "{'descr': '<f8', 'shape': (-1,)}",
            "{'descr': '<f8', 'shape': exec('x')}",
            "{'descr': __import__('os'), 'shape': (1,)}", "",
        ])
    func refuses(_ text: String) { #expect(throws: NumPyFailure.self) { try header(text) } }

    @Test("A shape beyond 63 bits has no size")
    func overflow() throws {
        #expect(try header("{'descr': '<f8', 'shape': (4611686018427387904, 4)}").isOversized)
    }
}

@Suite("Tar")
struct TarTests {
    private func read(_ bytes: [UInt8]) -> TarArchive {
        ByteView(copying: bytes).withSpan { TarArchive.read($0, memberLimit: 100) }
    }

    @Test("Files, links, devices and long names are read")
    func entries() {
        let long = String(repeating: "n", count: 150)
        let bytes =
            Tar.entry("a", data: [1, 2]) + Tar.entry("l", type: "2", link: "/etc/passwd") + Tar.entry("d", type: "3")
            + Tar.entry("././@LongLink", type: "L", data: Array(long.utf8)) + Tar.entry("short")
            + Tar.entry("s", mode: "0004755")
            + Tar.end
        let archive = read(bytes)
        #expect(archive.failure == nil && archive.end == bytes.count)
        #expect(archive.entries.map(\.text) == ["a", "l", "d", long, "s"])
        #expect(archive.entries.map(\.kind) == [.file, .symbolicLink, .device, .file, .file])
        #expect(archive.entries[4].mode & 0o4000 != 0)
    }

    @Test("pax records override names and links")
    func pax() {
        let record = "20 path=../evil.txt\n"
        let archive = read(Tar.entry("pax", type: "x", data: Array(record.utf8)) + Tar.entry("good"))
        #expect(archive.entries.map(\.text) == ["../evil.txt"])
    }

    @Test("A wrong checksum and a size beyond the file are failures with their place")
    func failures() {
        var damaged = Tar.entry("a") + Tar.entry("b")
        damaged[512] = 0x58
        #expect(read(damaged).failure?.offset == 512)
        #expect(read(Array(Tar.entry("a", data: [UInt8](repeating: 1, count: 600)).prefix(600))).failure?.offset == 0)
    }
}

@Suite("Compressed streams")
struct DecompressorTests {
    /// Made with Python's own modules from b"cordon " * 100 (gzip, zlib, bz2, lzma).
    private static let samples: [(Compression, String)] = [
        (.gzip, "H4sIAAAAAAAC/0vOL0rJz1NIHqVGqaFGAQADLlzwvAIAAA=="),
        (.zlib, "eNpLzi9Kyc9TSB6lRqmhRgEAezwIhA=="),
        (.bzip2, "QlpoOTFBWSZTWaG3hGsAAGORgEAADAGQACAAMMAClUZ6nCL4ixFiLEWIvyLwu5IpwoSFDbwjWA=="),
        (
            .xz,
            "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AK7ABFdADGbyqrUe2QnECmrcphRbOAAAAAAACcGEF7tMl/gAAEtvAUAAAAS146ascRn+wIAAAAABFla"
        ),
        (.lzma, "XQAAgAD//////////wAxm8qq1HtkJxApq3KYWA9j///8+cAA"),
    ]

    private func limits(bytes: Int = 1 << 20, ratio: Int = 200) -> DecompressionLimits {
        DecompressionLimits(bytes: bytes, ratio: ratio) { false }
    }

    @Test("Published formats come out as they went in", arguments: samples)
    func decompresses(_ compression: Compression, _ text: String) throws {
        let bytes = try #require(Base64.decode(Array(text.utf8)))
        let result = ByteView(copying: bytes).withSpan { Decompressor.run(compression, $0, limits: limits()) }
        #expect(result.stop == nil && result.consumed == bytes.count)
        let output = result.view.withSpan { $0.text(0..<$0.byteCount) }
        #expect(output == String(repeating: "cordon ", count: 100))
    }

    @Test("Cut anywhere, a stream says that it is damaged", arguments: samples)
    func truncated(_ compression: Compression, _ text: String) throws {
        let bytes = try #require(Base64.decode(Array(text.utf8)))
        for length in 1..<(bytes.count - 8) {
            let view = ByteView(copying: Array(bytes.prefix(length)))
            let result = view.withSpan { Decompressor.run(compression, $0, limits: limits()) }
            guard case .corrupt = result.stop else {
                Issue.record("\(compression) cut at \(length): \(String(describing: result.stop))")
                return
            }
        }
    }

    @Test("The byte budget cuts the output exactly")
    func budget() throws {
        let bytes = try #require(Base64.decode(Array(Self.samples[1].1.utf8)))
        let result = ByteView(copying: bytes).withSpan { Decompressor.run(.zlib, $0, limits: limits(bytes: 10)) }
        #expect(result.stop == .bytes && result.view.count == 10)
    }

    @Test("Bytes that are not a stream of any kind give no output", arguments: Compression.allCases)
    func garbage(_ compression: Compression) {
        let view = ByteView(copying: Array("certainly not compressed".utf8))
        let result = view.withSpan { Decompressor.run(compression, $0, limits: limits()) }
        #expect(result.stop != nil)
    }
}

@Suite("GGUF")
struct GGUFTests {
    private func text(_ text: String) -> [UInt8] { littleEndian(UInt64(text.utf8.count)) + Array(text.utf8) }
    private func file(tensors: UInt64, entries: UInt64, _ body: [UInt8]) -> GGUFFile {
        let bytes = Array("GGUF".utf8) + littleEndian(UInt32(3)) + littleEndian(tensors) + littleEndian(entries) + body
        return ByteView(copying: bytes).withSpan { GGUFFile.read($0) }
    }

    @Test("Strings of the metadata are found")
    func strings() {
        let file = file(
            tensors: 0, entries: 1, text("tokenizer.chat_template") + littleEndian(UInt32(8)) + text("{{ x }}"))
        #expect(file.failure == nil && file.texts.map(\.key) == ["tokenizer.chat_template"])
    }

    @Test("Counts and lengths that cannot be true stop the reader", arguments: [UInt64(1) << 60, .max, 1000])
    func counts(_ count: UInt64) {
        #expect(file(tensors: count, entries: 0, []).failure != nil)
        #expect(file(tensors: 0, entries: count, []).failure != nil)
        #expect(file(tensors: 0, entries: 1, littleEndian(count)).failure != nil)
        #expect(
            file(
                tensors: 0, entries: 1,
                text("a") + littleEndian(UInt32(9)) + littleEndian(UInt32(8)) + littleEndian(count)
            ).failure != nil)
    }

    @Test("Tensors that overlap, repeat or leave the file are anomalies")
    func tensors() {
        func tensor(_ name: String, offset: UInt64) -> [UInt8] {
            text(name) + littleEndian(UInt32(1)) + littleEndian(UInt64(8)) + littleEndian(UInt32(0))
                + littleEndian(offset)
        }
        let file = file(
            tensors: 3, entries: 0, tensor("a", offset: 0) + tensor("a", offset: 0) + tensor("b", offset: 1 << 40))
        #expect(file.anomalies.contains { $0.detail.contains("twice") })
        #expect(file.anomalies.contains { $0.detail.contains("share bytes") })
        #expect(file.anomalies.contains { $0.detail.contains("after the file") })
    }
}
