import CordonCore
import CordonScan
import CordonTestSupport
import Testing

/// A sample for every rule that the other suites do not name.
@Suite("Every rule is sprung by a sample")
struct RuleSampleTests {
    /// What is scanned, and under which name.
    struct Sample: Sendable {
        let rule: String
        let bytes: [UInt8]
        var name = "sample.bin"

        init(_ rule: String, _ bytes: [UInt8], _ name: String = "sample.bin") {
            self.rule = rule
            self.bytes = bytes
            self.name = name
        }

        init(_ rule: String, text: String, _ name: String = "sample.bin") { self.init(rule, Array(text.utf8), name) }
    }

    private static let pickle = PickleAssembler().proto()
    private static let elf = [0x7F, 0x45, 0x4C, 0x46] + [UInt8](repeating: 0, count: 60)

    private static let pickles: [Sample] = [
        Sample("CORDON-PKL-003", PickleAssembler.calling("statistics", "mean")),
        Sample(
            "CORDON-PKL-005", pickle.op("c_codecs\nencode\n").string("a").string("rot13").raw([0x86]).op("R.").bytes),
        Sample("CORDON-PKL-006", pickle.string("os").integer(1).raw([0x93]).stop.bytes),
        Sample("CORDON-PKL-008", pickle.raw([0x82, 1]).stop.bytes),
        Sample("CORDON-PKL-009", pickle.string("id").op("Q.").bytes),
        Sample("CORDON-PKL-012", pickle.op("N.").raw([1, 2, 3]).bytes),
        Sample(
            "CORDON-PKL-014",
            pickle.stackGlobal("builtins", "bytearray").op("J").raw([0xFF, 0xFF, 0xFF, 0x7F]).raw([0x85]).op("R0")
                .stackGlobal("builtins", "list").stackGlobal("itertools", "count").op(")R").call.stop.bytes),
        Sample("CORDON-PKL-016", pickle.stackGlobal("collections", "OrderedDict").op("}b.").bytes),
        Sample("CORDON-NPY-001", numpy("'|O'", PickleAssembler().proto().op("N.").bytes)),
    ]

    private static func numpy(_ descr: String, _ data: [UInt8]) -> [UInt8] {
        let header = "{'descr': \(descr), 'fortran_order': False, 'shape': (1,), }"
        return [0x93] + Array("NUMPY".utf8) + [1, 0] + littleEndian(UInt16(header.utf8.count)) + Array(header.utf8)
            + data
    }

    private static let containers: [Sample] = [
        Sample("CORDON-TAR-001", Tar.entry("../../x", data: [1]) + Tar.end),
        Sample("CORDON-TAR-002", Tar.entry("l", type: "2", link: "../../etc") + Tar.end),
        Sample("CORDON-TAR-002", Tar.entry("d", type: "2", link: ".") + Tar.entry("d/x", data: [1]) + Tar.end),
        Sample("CORDON-TAR-003", Tar.entry("d", type: "3") + Tar.end),
        Sample("CORDON-TAR-003", Tar.entry("s", mode: "0004755") + Tar.end),
        Sample("CORDON-TAR-004", Tar.entry("a") + [UInt8](repeating: 7, count: 512)),
        Sample("CORDON-FIL-005", Tar.entry("lib", data: elf) + Tar.end), Sample("CORDON-FIL-004", elf, "weights.png"),
        Sample("CORDON-ZIP-009", Array(ZipBuilder([.init("a", [1, 2, 3])]).bytes.prefix(40))),
        Sample("CORDON-CMP-002", [0x78, 0x9C, 0x03, 0, 0, 0, 0, 1] + [1, 2, 3]),
        Sample("CORDON-PTS-001", torch(["m/code/__torch__.py": "def f(x):\n  ops.foreign.run(x)\n"])),
        Sample("CORDON-PTS-001", torch(["m/code/__torch__.py": "x = torch.from_file('/etc/passwd')\n"])),
        Sample("CORDON-PTS-002", torch(["m/.data/version": "6", "m/model.py": "import os\n"])),
    ]

    private static func torch(_ members: [String: String]) -> [UInt8] {
        let others = members.sorted { $0.key < $1.key }.map { ZipBuilder.Member($0.key, Array($0.value.utf8)) }
        return ZipBuilder([.init("m/data.pkl", PickleAssembler().proto().op("N.").bytes)] + others).bytes
    }

    private static let tensors: [Sample] = [
        Sample(
            "CORDON-STN-002",
            safetensors(
                #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}"#,
                [1, 2, 3, 4, 5, 6])),
        Sample(
            "CORDON-STN-004",
            safetensors(
                #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
                [1])),
        Sample("CORDON-STN-005", safetensors(#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,1]}}"#, [1])),
        Sample(
            "CORDON-GGU-001",
            Array("GGUF".utf8) + littleEndian(UInt32(3)) + littleEndian(UInt64.max) + littleEndian(UInt64(0))),
        Sample("CORDON-GGU-002", gguf + [UInt8](repeating: 7, count: 4096)),
    ]

    /// One tensor of eight bytes.
    private static var gguf: [UInt8] {
        var bytes = Array("GGUF".utf8) + littleEndian(UInt32(3)) + littleEndian(UInt64(1)) + littleEndian(UInt64(0))
        bytes +=
            littleEndian(UInt64(1)) + [0x61] + littleEndian(UInt32(1)) + littleEndian(UInt64(2))
            + littleEndian(UInt32(0)) + littleEndian(UInt64(0))
        bytes += [UInt8](repeating: 0, count: 64 - bytes.count % 32)
        return bytes
    }

    private static func node(_ type: String, _ domain: String = "", _ attribute: [UInt8] = []) -> [UInt8] {
        Protobuf.field(1, Protobuf.field(4, type) + Protobuf.field(7, domain) + attribute)
    }

    private static let graphs: [Sample] = [
        Sample("CORDON-ONX-002", Protobuf.onnx(graph: node("Run", "org.example"))),
        Sample("CORDON-ONX-002", Protobuf.onnx(graph: node("ShellExecute"))),
        Sample("CORDON-ONX-003", Protobuf.onnx(graph: node("PyOp", "ai.onnx.contrib"))),
        Sample(
            "CORDON-ONX-004",
            Protobuf.onnx(
                graph: Protobuf.field(
                    5, Protobuf.field(1, UInt64(9)) + Protobuf.field(2, UInt64(1)) + Protobuf.field(9, [1])))),
        Sample("CORDON-ONX-005", Protobuf.onnx(graph: node("Relu"), Protobuf.field(25, Protobuf.field(1, "Relu")))),
        Sample("CORDON-ONX-006", Protobuf.field(1, UInt64(8)) + Protobuf.field(7, node("Relu"))),
        Sample(
            "CORDON-ONX-007",
            Protobuf.onnx(
                graph: Protobuf.field(
                    5,
                    Protobuf.field(13, Protobuf.field(1, "location") + Protobuf.field(2, "w"))
                        + Protobuf.field(13, Protobuf.field(1, "__class__") + Protobuf.field(2, "x"))))),
        Sample("CORDON-TFG-001", tensorflow("PyFunc")), Sample("CORDON-TFG-002", tensorflow("WriteFile")),
        Sample("CORDON-TFG-002", text: "node {\n  name: \"w\"\n  op: \"WriteFile\"\n}\n"),
        Sample("CORDON-TFG-003", tensorflow("DebugIdentityV2")), Sample("CORDON-TFG-004", tensorflow("RunShell")),
        Sample("CORDON-TFL-001", tflite(custom: "Evil")),
        Sample("CORDON-TFL-002", [0xFF, 0xFF, 0, 0] + Array("TFL3".utf8) + [0, 0, 0, 0]),
    ]

    private static func tensorflow(_ operation: String) -> [UInt8] {
        Protobuf.field(1, Protobuf.field(1, "n") + Protobuf.field(2, operation))
    }

    /// A model table with one operator code whose custom code is a string.
    ///
    /// The root points to the model at 20 with its vtable at 8; its field 1 points to the vector at 28, whose one entry
    /// points to the operator code at 44 with its vtable at 36; that one's field 1 points to the string at 52.
    private static func tflite(custom: String) -> [UInt8] {
        let name = Array(custom.utf8)
        let vtable: [UInt8] = [8, 0, 8, 0, 0, 0, 4, 0]
        var bytes: [UInt8] = littleEndian(UInt32(20)) + Array("TFL3".utf8)
        bytes += vtable + [0, 0, 0, 0] + littleEndian(Int32(12)) + littleEndian(UInt32(4))
        bytes += littleEndian(UInt32(1)) + littleEndian(UInt32(12))
        bytes += vtable + littleEndian(Int32(8)) + littleEndian(UInt32(4))
        return bytes + littleEndian(UInt32(name.count)) + name + [0]
    }

    private static let configurations: [Sample] = [
        Sample("CORDON-CFG-006", text: "a:\n  _target_: torch.nn.Linear\n"),
        Sample("CORDON-CFG-009", text: #"{"_target_": "a.b", "_target_": "c.d"}"#),
        Sample("CORDON-JNJ-002", text: #"{"chat_template": "{{ x|attr(y) }}"}"#),
        Sample(
            "CORDON-KER-003",
            text: #"{"class_name": "Net", "module": null, "config": {}, "registered_name": "mine>Net"}"#),
        Sample("CORDON-H5F-002", [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 9]),
    ]

    @Test("Samples", arguments: pickles + containers + tensors + graphs + configurations)
    func springs(_ sample: Sample) {
        #expect(
            rules(in: sample.bytes, name: sample.name).contains(sample.rule),
            "\(sample.rule): \(rules(in: sample.bytes, name: sample.name))")
    }

    @Test("Zip members that share bytes")
    func overlap() {
        var bytes = ZipBuilder([.init("a", [1, 2, 3]), .init("b", [9])]).bytes
        // The second entry of the directory, 22 + 47 bytes before the end, is made to point to the first local header.
        bytes.replaceSubrange((bytes.count - 22 - 5)..<(bytes.count - 22 - 1), with: [0, 0, 0, 0])
        #expect(rules(in: bytes).contains("CORDON-ZIP-005"))
    }

    @Test("Limits are findings: members, time")
    func limits() {
        func found(_ bytes: [UInt8], _ change: (inout ScanLimits) -> Void) -> [String] {
            var options = ScanOptions()
            change(&options.limits)
            return Scanner(options: options).scan(bytes: bytes, name: "x").findings.map(\.ruleID)
        }
        let many = ZipBuilder((0..<20).map { .init("m\($0)", [1]) }).bytes
        #expect(found(many) { $0.members = 5 }.contains("CORDON-LIM-004"))
        #expect(
            found([UInt8](repeating: 0x4E, count: 3_000_000)) { $0.time = .nanoseconds(1) }.contains("CORDON-LIM-005"))
    }
}
