import CordonCore
import CordonScan
import CordonTestSupport
import Testing

@Suite("Configurations, templates and other formats")
struct FormatRuleTests {
    @Test(
        "JSON configurations",
        arguments: [
            ("CORDON-CFG-001", #"{"auto_map": {"AutoModel": "someone/repo--modeling.Net"}}"#),
            ("CORDON-CFG-002", #"{"auto_map": {"AutoModel": "modeling.Net"}}"#),
            ("CORDON-CFG-003", #"{"trust_remote_code": true}"#),
            ("CORDON-CFG-004", #"{"base_model_name_or_path": "../../other"}"#),
            ("CORDON-CFG-005", #"{"x": {"_target_": "os.system"}}"#),
            ("CORDON-CFG-005", #"{"x": {"_target_": "torch.utils.cpp_extension.load_inline"}}"#),
            ("CORDON-CFG-005", #"{"x": "$__import__('os').system('id')"}"#),
            ("CORDON-CFG-005", #"{"class_path": "subprocess.Popen"}"#),
            ("CORDON-CFG-010", #"{"vocab_file": "../../../etc/passwd"}"#),
            ("CORDON-CFG-011", #"{"_class_name": "P", "_diffusers_version": "0.1", "unet": ["my_code", "Net"]}"#),
            ("CORDON-JNJ-001", #"{"chat_template": "{{ cycler.__init__.__globals__ }}"}"#),
            ("CORDON-JNJ-001", #"{"chat_template": [{"name": "d", "template": "{{ x|attr('__class__') }}"}]}"#),
            ("CORDON-JNJ-003", #"{"chat_template": "{% for i in range(99999999) %}x{% endfor %}"}"#),
            ("CORDON-CFG-001", #"{"attn_implementation": "someone/kernel"}"#),
            ("CORDON-CFG-011", #"{"auto_mapping": {"base_model_class": "X", "parent_library": "os"}}"#),
            ("CORDON-KER-001", #"{"class_name": "Lambda", "config": {}}"#),
            ("CORDON-KER-002", #"{"class_name": "function", "config": "system", "module": "os"}"#),
            (
                "CORDON-KER-004",
                #"{"class_name": "function", "config": "get_file", "module": "keras.src.utils.file_utils"}"#
            ),
            (
                "CORDON-KER-004",
                #"{"class_name": "StringLookup", "module": "keras.layers", "config": {"vocabulary": "/etc/passwd"}}"#
            ),
        ])
    func json(_ rule: String, _ text: String) {
        #expect(rules(in: Array(text.utf8), name: "config.json").contains(rule), "\(rules(in: Array(text.utf8)))")
    }

    @Test(
        "YAML configurations",
        arguments: [
            ("CORDON-CFG-005", "a:\n  _target_: os.system\n"), ("CORDON-CFG-005", "_target_: builtins.eval\n"),
            ("CORDON-CFG-007", "a: !!python/object/apply:os.system [id]\n"),
            ("CORDON-CFG-007", "? !!python/object/new:type [x]\n: 1\n"),
            ("CORDON-CFG-008", "a: !!python/name:os.system\n"), ("CORDON-CFG-005", "loader_module: os\n"),
            ("CORDON-CFG-005", "a: !apply:os.system [id]\n"), ("CORDON-CFG-005", "run: $os.system('id') == 0\n"),
            ("CORDON-CFG-005", "run: $os == open('/etc/passwd')\n"), ("CORDON-CFG-005", "run: $(x-open('f'))\n"),
        ])
    func yaml(_ rule: String, _ text: String) {
        #expect(rules(in: Array(text.utf8), name: "c.yaml").contains(rule), "\(rules(in: Array(text.utf8)))")
    }

    @Test(
        "Ordinary configurations are clean",
        arguments: [
            #"{"architectures": ["BertModel"], "hidden_size": 768, "model_type": "bert", "transformers_version": "4.57.0"}"#,
            #"{"chat_template": "{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] }}{% endfor %}"}"#,
            #"{"peft_type": "LORA", "base_model_name_or_path": "org/base", "r": 8}"#,
            "optimizer:\n  lr: 0.001\n  betas: [0.9, 0.999]\n", "a: !!set {x, y}\nb: !!python/tuple [1, 2]\n",
            "run: |\n  $matrix = @{ 'os' = 1 }\n", "icon: $(open-preview)\n",
        ])
    func ordinary(_ text: String) {
        #expect(outcome(of: Array(text.utf8)) == .passed, "\(rules(in: Array(text.utf8)))")
    }

    @Test("JSON in UTF-16, in lines and as YAML is read all the same")
    func encodings() {
        let text = #"{"_target_": "os.system"}"#
        let wide: [UInt8] = [0xFF, 0xFE] + text.utf16.flatMap { littleEndian($0) }
        #expect(rules(in: wide).contains("CORDON-CFG-005"))
        #expect(rules(in: Array((text + "\n" + text).utf8)).contains("CORDON-CFG-005"))
        #expect(rules(in: Array("{_target_: os.system}".utf8)).contains("CORDON-CFG-005"))
    }

    @Test("A Type 1 font in segments is no pickle, unless it loads something")
    func fonts() {
        func font(_ text: String) -> [UInt8] {
            let text = Array("%!PS-AdobeFont-1.0: Sample\n\(text)".utf8)
            let filled = text + [UInt8](repeating: 0x20, count: 0x1A1A - text.count)
            return [0x80, 1, 0x1A, 0x1A, 0, 0] + filled + [0x80, 2, 1, 0, 0, 0, 0x2E, 0x80, 3]
        }
        #expect(rules(in: font("FontDirectory/Sample known")).isEmpty)
        // The length can be an opcode that passes over the words in front of a pickle: here 0x55, of 26 bytes.
        var hidden = font("\ncos\nsystem\n(S'id'\ntR.")
        hidden[2] = 0x55
        hidden[3] = 0x1C
        hidden.replaceSubrange(6 + 0x1A1A..<6 + 0x1A1A, with: [UInt8](repeating: 0x20, count: 0x1C55 - 0x1A1A))
        #expect(rules(in: hidden).contains("CORDON-PKL-001"), "\(rules(in: hidden))")
    }

    @Test("Python files are judged by what they do on import, and by what else they call")
    func python() {
        let hidden = "import base64\nexec(base64.b64decode('cHJpbnQoMSk='))\n"
        #expect(rules(in: Array(hidden.utf8)) == ["CORDON-PYS-001"])
        #expect(rules(in: Array("import subprocess\nsubprocess.run(['id'])\n".utf8)) == ["CORDON-PYS-002"])
        #expect(outcome(of: Array("import os\n\ndef f():\n    os.system('x')\n".utf8)) == .passed)
    }

    @Test("A safetensors file is searched between its tensors and in its metadata")
    func hiddenInTensors() {
        let evil = PickleAssembler.calling("os", "system")
        let hidden = safetensors(#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, [0] + evil)
        #expect(Set(rules(in: hidden, name: "m.safetensors")).isSuperset(of: ["CORDON-STN-003", "CORDON-PKL-001"]))
        let metadata = safetensors(#"{"__metadata__":{"config":"{'_target_': 'os.system'}"}}"#, [])
        #expect(rules(in: metadata).contains("CORDON-CFG-005"))
    }

    @Test("Object arrays are followed, numbers are not mistaken for them")
    func numpy() {
        func file(_ descr: String, _ shape: String, _ data: [UInt8]) -> [UInt8] {
            let header = "{'descr': '\(descr)', 'fortran_order': False, 'shape': \(shape), }\n"
            return [0x93] + Array("NUMPY".utf8) + [1, 0] + littleEndian(UInt16(header.utf8.count)) + Array(header.utf8)
                + data
        }
        #expect(rules(in: file("|O", "(1,)", PickleAssembler.calling("os", "system"))).contains("CORDON-PKL-001"))
        #expect(outcome(of: file("<f8", "(1,)", [UInt8](repeating: 0x80, count: 8))) == .passed)
        #expect(
            rules(in: file("<f8", "(1,)", [UInt8](repeating: 0, count: 8) + PickleAssembler.calling("os", "system")))
                .contains("CORDON-NPY-002"))
    }

    @Test("HDF5 with a Keras configuration in an attribute")
    func keras() {
        #expect(
            rules(in: HDF5Sample.file(attribute: "model_config", value: #"{"class_name": "Lambda"}"#), name: "m.h5")
                .contains("CORDON-KER-001"))
        #expect(outcome(of: HDF5Sample.file(attribute: "model_config", value: "{}"), name: "m.h5") == .passed)
    }
}

@Suite("Rules and controls")
struct RuleTests {
    @Test("Every rule is complete and its ids are of the field's form", arguments: Rules.all)
    func complete(_ rule: Rule) {
        #expect(rule.id.wholeMatch(of: /CORDON-[A-Z0-9]{3}-[0-9]{3}/) != nil)
        for text in [rule.why, rule.remedy, rule.limits] { #expect(text.hasSuffix(".") && text.count > 10) }
        #expect(!rule.cwe.isEmpty && rule.atlas.allSatisfy { $0.hasPrefix("AML.T") })
        #expect(rule.title.count <= 72 && !rule.title.hasSuffix("."))
        #expect(rule.threat.entry.related.contains(rule.control.rawValue))
    }

    @Test("No two rules share an id or a title")
    func distinct() {
        #expect(Set(Rules.all.map(\.id)).count == Rules.all.count)
        #expect(Set(Rules.all.map(\.title)).count == Rules.all.count)
    }
}
