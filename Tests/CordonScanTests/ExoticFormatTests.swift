import CordonCore
import CordonScan
import CordonTestSupport
import Testing

@Suite("Less common model formats")
struct ExoticFormatTests {
    private func findings(_ bytes: [UInt8], _ name: String) -> [Finding] {
        Scanner().scan(bytes: bytes, name: name).findings
    }
    private func outcome(_ bytes: [UInt8], _ name: String) -> Outcome? {
        Scanner().scan(bytes: bytes, name: name).entries.first?.outcome
    }

    // MARK: R

    private static func big(_ value: Int32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> Int32(24 - 8 * $0)) }
    }
    private static let rHead = Array("X\n".utf8) + big(2) + big(0x0004_0202) + big(0x0002_0300)
    private static func symbol(_ name: String) -> [UInt8] {
        big(1) + big(0x0004_0009) + big(Int32(name.utf8.count)) + Array(name.utf8)
    }
    private static func text(_ value: String) -> [UInt8] {
        big(16) + big(1) + big(0x0004_0009) + big(Int32(value.utf8.count)) + Array(value.utf8)
    }
    /// `name("argument")`.
    private static func call(_ name: String, _ argument: String) -> [UInt8] {
        big(6) + symbol(name) + big(2) + text(argument) + big(254)
    }

    @Test("A promise without a value at the top of an R object is critical (CVE-2024-27322)")
    func promise() {
        let bytes = Self.rHead + Self.big(5) + Self.big(252) + Self.call("system", "id")
        #expect(findings(bytes, "m.rds").first { $0.ruleID == "CORDON-RDS-001" }?.severity == .critical)
    }

    @Test("Numbers, texts and a call as models keep it are clean")
    func ordinaryObject() {
        let list = Self.big(19) + Self.big(2) + Self.text("a") + Self.call("lm", "y ~ x")
        #expect(outcome(Self.rHead + list, "m.rds") == .passed)
    }

    @Test("A workspace with a function that runs at start")
    func hook() {
        let closure = Self.big(3) + Self.big(253) + Self.big(254) + Self.call("cat", "x")
        let bytes =
            Array("RDX2\n".utf8) + Self.rHead + Self.big(0x402) + Self.symbol(".First") + closure + Self.big(254)
        #expect(findings(bytes, "w.RData").contains { $0.ruleID == "CORDON-RDS-003" })
    }

    @Test("R objects that lie are said to be broken", arguments: [19, 13, 9, 16, 4, 21, 238, 99] as [Int32])
    func brokenObjects(_ type: Int32) {
        let found = findings(Self.rHead + Self.big(type) + Self.big(Int32.max) + Self.big(-1) + Self.big(-1), "m.rds")
        #expect(found.contains { $0.ruleID == "CORDON-EXO-001" }, "\(found)")
    }

    // MARK: Text

    @Test(
        "XML models: entities, classes, scripts, native layers",
        arguments: [
            (
                #"<!DOCTYPE PMML [<!ENTITY x SYSTEM "file:///etc/passwd">]><PMML version="4.4"><Header>&x;</Header></PMML>"#,
                "CORDON-EXO-006"
            ),
            (
                #"<PMML version="4.4"><TransformationDictionary><Apply function="com.acme.Run"/></TransformationDictionary></PMML>"#,
                "CORDON-EXO-003"
            ),
            (#"<PMML version="4.4"><Extension value="Runtime.getRuntime().exec('id')"/></PMML>"#, "CORDON-EXO-003"),
            (
                #"<net name="a" version="11"><layers><layer id="0" name="x" type="Evil" version="mine"/></layers><edges/></net>"#,
                "CORDON-EXO-003"
            ),
            (
                #"<net name="a" version="11"><layers><layer id="0" type="Const" version="opset1"><data element_type="f32" shape="2,2" offset="0" size="4"/></layer></layers><edges/></net>"#,
                "CORDON-EXO-001"
            ),
            (
                #"<net name="a" version="11"><layers/><edges><edge from-layer="0" to-layer="7"/></edges></net>"#,
                "CORDON-EXO-001"
            ),
        ])
    func xml(_ text: String, _ rule: String) {
        #expect(
            findings(Array(text.utf8), "model.xml").contains { $0.ruleID == rule },
            "\(findings(Array(text.utf8), "model.xml"))")
    }

    @Test(
        "JSON of models",
        arguments: [
            (
                #"{"__class__": "call", "__module__": "os", "__loader__": "OperatorFuncNode", "attrs": {}}"#,
                "CORDON-EXO-003"
            ),
            (#"{"__class__": "system", "__module__": "os", "__loader__": "FunctionNode"}"#, "CORDON-EXO-003"),
            (
                #"{"nodes": [{"op": "_NDArray", "name": "a", "attrs": {"info": "0x1"}, "inputs": []}], "heads": [[0, 0, 0]], "arg_nodes": [0]}"#,
                "CORDON-EXO-003"
            ),
            (
                #"{"nodes": [{"op": "null", "name": "a", "inputs": [[5, 0, 0]]}], "heads": [[0, 0, 0]], "arg_nodes": [0]}"#,
                "CORDON-EXO-001"
            ),
            (
                #"{"learner": {"learner_model_param": {"num_feature": "2"}, "gradient_booster": {"model": {"gbtree_model_param": {"num_trees": "1"}, "tree_info": [0], "trees": [{"left_children": [7], "right_children": [1], "split_indices": [0], "tree_param": {"num_nodes": "1"}}]}}}}"#,
                "CORDON-EXO-001"
            ),
            (#"{"model": {"handler": "../../evil.py", "serializedFile": "m.pt"}}"#, "CORDON-EXO-002"),
            (
                #"{"zarr_format": 2, "shape": [2], "chunks": [2], "filters": [{"id": "pickle"}], "dtype": "|O"}"#,
                "CORDON-EXO-003"
            ),
            (#"{"schemaVersion": 2, "layers": [{"digest": "sha256:../../x", "size": 1}]}"#, "CORDON-EXO-001"),
            (#"{"itemInfoEntries": {"A": {"path": "../../../etc/x"}}, "rootModelIdentifier": "A"}"#, "CORDON-EXO-002"),
        ])
    func json(_ text: String, _ rule: String) {
        #expect(
            findings(Array(text.utf8), "a.json").contains { $0.ruleID == rule },
            "\(findings(Array(text.utf8), "a.json"))")
    }

    @Test("An ordinary skops schema is clean")
    func skops() {
        let text =
            #"{"__class__": "LogisticRegression", "__module__": "sklearn.linear_model._logistic", "__loader__": "ObjectNode", "content": {"__class__": "dict", "__module__": "builtins", "__loader__": "DictNode", "content": {}}}"#
        #expect(findings(Array(text.utf8), "schema.json").filter { $0.severity > .info }.isEmpty)
    }

    // MARK: Binary

    @Test("Protocol buffers: a custom class, Python in a program, a function of one's own")
    func protobuf() {
        let coreML =
            Protobuf.field(1, UInt64(4)) + Protobuf.field(2, []) + Protobuf.field(555, Protobuf.field(10, "NSTask"))
        #expect(findings(coreML, "m.mlmodel").contains { $0.ruleID == "CORDON-EXO-003" && $0.severity == .high })
        let operation = Protobuf.field(3, "py_func")
        let block = Protobuf.field(1, UInt64(0)) + Protobuf.field(2, UInt64(0)) + Protobuf.field(4, operation)
        #expect(findings(Protobuf.field(1, block), "m.pdmodel").contains { $0.ruleID == "CORDON-EXO-003" })
        let value = Protobuf.field(1, UInt64(1)) + Protobuf.field(2, UInt64(7)) + Protobuf.field(8, "evil")
        let cntk =
            Protobuf.field(1, UInt64(1)) + Protobuf.field(2, Protobuf.field(1, "module") + Protobuf.field(2, value))
        #expect(findings(cntk, "m.model").contains { $0.ruleID == "CORDON-EXO-003" })
    }

    @Test("MessagePack: pickled arrays, lengths that lie")
    func messagePack() {
        let objects: [UInt8] =
            [0x82, 0xA2] + Array("nd".utf8) + [0xC3, 0xA4] + Array("kind".utf8) + [0xC4, 1, UInt8(ascii: "O")]
        #expect(findings(objects, "m.msgpack").contains { $0.ruleID == "CORDON-EXO-003" && $0.severity == .critical })
        let lie: [UInt8] =
            [0x81, 0xA6] + Array("params".utf8) + [
                0x85, 0xA1, 0x61, 1, 0xA1, 0x62, 2, 0xA1, 0x63, 0xDD, 0xFF, 0xFF, 0xFF, 0xFF,
            ]
        #expect(findings(lie, "m.msgpack").contains { $0.ruleID == "CORDON-EXO-001" })
    }

    @Test("Host code in weights is found, an accelerator's is not")
    func native() {
        func elf(_ machine: UInt8) -> [UInt8] {
            [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0] + [UInt8](repeating: 0, count: 8) + [3, 0, machine, 0]
                + [UInt8](repeating: 0, count: 64)
        }
        let head =
            Array("ftrt".utf8) + [UInt8](repeating: 0, count: 20) + [10, 0, 1, 6] + [UInt8](repeating: 0x55, count: 64)
        #expect(findings(head + elf(62), "m.engine").contains { $0.ruleID == "CORDON-EXO-004" })
        #expect(!findings(head + elf(190), "m.engine").contains { $0.ruleID == "CORDON-EXO-004" })
        guard case .notEvaluated = outcome(head + elf(190), "m.engine") else {
            Issue.record("an engine was said to be clean")
            return
        }
    }

    @Test(
        "Sizes that lie: MXNet, CatBoost, ExecuTorch, UBJSON, Core ML's weights",
        arguments: [
            [0x12, 1, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 8) + [9, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3],
            Array("CBM1".utf8) + [0xFF, 0xFF, 0, 0, 1, 2, 3, 4],
            [0xFF, 0, 0, 0] + Array("ET12".utf8) + [UInt8](repeating: 0, count: 40),
            Array("{L".utf8) + [0, 0, 0, 0, 0, 0, 0, 7] + Array("learner[$l#L".utf8) + [
                0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
            ],
            [2, 0, 0, 0, 2, 0, 0, 0] + [UInt8](repeating: 0, count: 56) + [
                0xEF, 0xBE, 0xAD, 0xDE, 1, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0x80,
            ] + [UInt8](repeating: 0, count: 64),
        ] as [[UInt8]])
    func lies(_ bytes: [UInt8]) {
        #expect(findings(bytes, "m.bin").contains { $0.ruleID == "CORDON-EXO-001" }, "\(findings(bytes, "m.bin"))")
    }
}
