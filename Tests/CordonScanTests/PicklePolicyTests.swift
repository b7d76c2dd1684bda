import CordonCore
import CordonScan
import CordonTestSupport
import Testing

@Suite("Pickles are judged by what they import and how they use it")
struct PicklePolicyTests {
    @Test(
        "Dangerous calls are critical",
        arguments: [
            ("os", "system"), ("posix", "popen"), ("nt", "system"), ("subprocess", "Popen"), ("builtins", "eval"),
            ("__builtin__", "exec"),
            ("commands", "getoutput"), ("importlib", "import_module"), ("runpy", "run_path"), ("pickle", "loads"),
            ("torch", "load"),
            ("numpy", "load"), ("numpy.f2py.crackfortran", "getlincoef"),
            ("idlelib.pyshell", "ModifiedInterpreter.runcode"),
            ("pydoc", "pipepager"), ("shutil", "rmtree"), ("socket", "create_connection"), ("ctypes", "CDLL"),
            ("code", "interact"),
            ("pip", "main"), ("webbrowser", "open"), ("io", "open"), ("types", "FunctionType"),
            ("pandas", "read_pickle"),
        ])
    func dangerousCalls(_ module: String, _ name: String) {
        let report = Scanner().scan(bytes: PickleAssembler.calling(module, name), name: "m.pkl")
        #expect(report.findings.first?.ruleID == "CORDON-PKL-001" && report.findings.first?.severity == .critical)
        #expect(report.findings.first?.message.contains("echo cordon") == true)
    }

    @Test("A dangerous function that is only kept is high, not critical")
    func references() {
        let report = Scanner().scan(
            bytes: PickleAssembler().proto().stackGlobal("os", "system").stop.bytes, name: "m.pkl")
        #expect(report.findings.map(\.ruleID) == ["CORDON-PKL-002"] && report.findings.first?.severity == .high)
    }

    @Test(
        "Library calls that nobody has named yet are refused",
        arguments: ["statistics.mean", "textwrap.dedent", "torch._dynamo.x.y", "numpy.lib.x.y"])
    func unnamed(_ name: String) {
        let parts = name.split(separator: ".")
        let bytes = PickleAssembler.calling(parts.dropLast().joined(separator: "."), String(parts.last ?? ""))
        let findings = Scanner().scan(bytes: bytes, name: "m.pkl").findings
        #expect(findings.count == 1 && findings.first?.severity == .high, "\(findings)")
    }

    @Test("Unknown packages are medium")
    func unknown() {
        let report = Scanner().scan(bytes: PickleAssembler.calling("acme.models", "Net"), name: "m.pkl")
        #expect(report.findings.map(\.ruleID) == ["CORDON-PKL-004"] && report.findings.first?.severity == .medium)
    }

    @Test(
        "Attribute walks to something else are critical",
        arguments: [
            ("logging", "os.system"), ("torch", "serialization.os.system"), ("a", "B.__globals__"),
            ("builtins", "object.__subclasses__"),
        ])
    func reach(_ module: String, _ name: String) {
        #expect(
            rules(in: PickleAssembler.calling(module, name)).first.map {
                ["CORDON-PKL-007", "CORDON-PKL-001"].contains($0)
            } == true)
    }

    @Test(
        "Ordinary uses are clean",
        arguments: [
            PickleAssembler().proto().stackGlobal("collections", "OrderedDict").op(")R.").bytes,
            PickleAssembler().proto(2).op("c_codecs\nencode\n").string("ab").string("latin1").raw([0x86]).op("R.")
                .bytes,
            PickleAssembler().proto().stackGlobal("numpy", "dtype").string("f8").call.stop.bytes,
            PickleAssembler().proto().stackGlobal("numpy._core", "_ufunc_reconstruct").string("numpy").string("log1p")
                .raw([0x86]).op("R.").bytes,
            PickleAssembler().proto().stackGlobal("sklearn.linear_model._base", "LinearRegression").op(")").raw([0x81])
                .op("}b.").bytes,
            PickleAssembler().proto().stackGlobal("builtins", "getattr").stackGlobal(
                "sklearn.tree._classes", "BaseDecisionTree"
            ).string("fit").raw([0x86]).op("R.").bytes,
            PickleAssembler().proto().stackGlobal("functools", "partial").stackGlobal("numpy", "mean").raw([0x85]).op(
                "R."
            ).bytes,
            PickleAssembler().proto().stackGlobal("builtins", "ValueError").string("x").call.stop.bytes,
            PickleAssembler().op("(dp0\nS'a'\np1\nI1\ns.").bytes,
        ])
    func ordinary(_ bytes: [UInt8]) { #expect(outcome(of: bytes) == .passed, "\(rules(in: bytes))") }

    @Test(
        "Harmless imports in unusual roles are reported",
        arguments: [
            PickleAssembler().proto(2).op("c_codecs\nencode\n").string("cbf").string("rot13").raw([0x86]).op("R.")
                .bytes,
            PickleAssembler().proto().stackGlobal("numpy._core", "_ufunc_reconstruct").string("os").string("system")
                .raw([0x86]).op("R.").bytes,
            PickleAssembler().proto().stackGlobal("operator", "attrgetter").string("a").call.integer(1).raw([0x85]).op(
                "R."
            ).bytes,
            PickleAssembler().proto().stackGlobal("builtins", "type").string("X").op(")}").raw([0x87]).op("R.").bytes,
            PickleAssembler().proto().stackGlobal("collections", "OrderedDict").op("}").string("x").integer(1).op("sb.")
                .bytes,
        ])
    func unusual(_ bytes: [UInt8]) { #expect(rules(in: bytes).first?.hasPrefix("CORDON-PKL") == true) }

    @Test("Code carried by cloudpickle and dill is named as such")
    func carriedCode() {
        #expect(rules(in: PickleAssembler.calling("cloudpickle.cloudpickle", "_make_function")) == ["CORDON-PKL-015"])
        #expect(rules(in: PickleAssembler.calling("dill._dill", "_load_type", "CodeType")) == ["CORDON-PKL-015"])
        #expect(rules(in: PickleAssembler.calling("dill._dill", "_load_type", "list")) == [])
    }

    @Test("Pickles after pickles, inside bytes, in base64 and behind padding are all followed")
    func everywhere() {
        let evil = PickleAssembler.calling("os", "system")
        let fine = PickleAssembler().proto().integer(1).stop.bytes
        #expect(rules(in: fine + evil).contains("CORDON-PKL-001"))
        #expect(rules(in: PickleAssembler().proto().byteString(evil).stop.bytes).contains("CORDON-PKL-001"))
        #expect(rules(in: fine + [UInt8](repeating: 0, count: 999) + evil).contains("CORDON-PKL-013"))
        #expect(rules(in: [0, 1, 2, 3, 0xFF, 0xFE] + evil).contains("CORDON-PKL-013"))
        #expect(rules(in: Array("\u{1}\u{2}xx(cos\nsystem\nS'id'\ntR.".utf8)).contains("CORDON-PKL-001") == false)
        let base64 = PickleAssembler().proto().string("gASVHAAAAAAAAACMAm9zlIwGc3lzdGVtlJOUjAJpZJSFlFKULg==").stop.bytes
        #expect(rules(in: base64).contains("CORDON-PKL-001"))
    }

    @Test("A pickle broken after its payload, and one whose frames lie, are reported")
    func broken() {
        let call = PickleAssembler().proto().stackGlobal("os", "system").string("id").call
        #expect(rules(in: call.raw([0xFF]).bytes).contains("CORDON-PKL-010"))
        let frame = PickleAssembler().proto().raw([0x95]).raw(littleEndian(UInt64(4000))).op("N.")
        #expect(rules(in: frame.bytes) == ["CORDON-PKL-011"])
    }
}
