import CordonFormats
import CordonTestSupport
import Testing

@Suite("ONNX")
struct ONNXTests {
    private func model(_ graph: [UInt8], _ rest: [UInt8] = []) -> [UInt8] { Protobuf.onnx(graph: graph, rest) }
    private func read(_ bytes: [UInt8]) -> ONNXModel? { ByteView(copying: bytes).withSpan { ONNXModel.read($0) } }

    @Test("Operators, domains and their strings are found")
    func operators() throws {
        let attribute = Protobuf.field(1, "path") + Protobuf.field(4, "x.so")
        let node =
            Protobuf.field(3, "n") + Protobuf.field(4, "Custom") + Protobuf.field(7, "my.domain")
            + Protobuf.field(5, attribute)
        let found = try #require(read(model(Protobuf.field(1, node))))
        let use = try #require(found.operators[ONNXOperator(domain: "my.domain", type: "Custom")])
        #expect(use.node == "n" && use.strings.map(\.value) == ["x.so"])
        #expect(found.hasOpset && !found.isMalformed)
    }

    @Test("External data and its settings are found in graphs, attributes and functions")
    func external() throws {
        let entry =
            Protobuf.field(13, Protobuf.field(1, "location") + Protobuf.field(2, "../x"))
            + Protobuf.field(13, Protobuf.field(1, "offset") + Protobuf.field(2, "-1"))
        let tensor = Protobuf.field(8, "w") + entry
        let inAttribute = Protobuf.field(
            1, Protobuf.field(4, "Constant") + Protobuf.field(5, Protobuf.field(1, "value") + Protobuf.field(5, tensor))
        )
        let function = Protobuf.field(
            25,
            Protobuf.field(1, "F")
                + Protobuf.field(7, Protobuf.field(4, "Constant") + Protobuf.field(5, Protobuf.field(5, tensor))))
        let found = try #require(read(model(Protobuf.field(5, tensor) + inAttribute, function)))
        #expect(found.external.map(\.location) == ["../x", "../x", "../x"])
        #expect(found.external.first?.settings == ["offset": "-1"])
    }

    @Test("Dimensions that do not fit the data are found")
    func sizes() throws {
        let short =
            Protobuf.field(1, UInt64(4)) + Protobuf.field(2, UInt64(1)) + Protobuf.field(9, [1, 2, 3])
            + Protobuf.field(8, "short")
        let huge =
            Protobuf.field(1, UInt64(1) << 62) + Protobuf.field(1, UInt64(4)) + Protobuf.field(2, UInt64(1))
            + Protobuf.field(8, "huge")
        let right =
            Protobuf.field(1, UInt64(1)) + Protobuf.field(2, UInt64(1)) + Protobuf.field(9, [1, 2, 3, 4])
            + Protobuf.field(8, "right")
        let found = try #require(
            read(model(Protobuf.field(5, short) + Protobuf.field(5, huge) + Protobuf.field(5, right))))
        #expect(found.sizeMismatches.map(\.tensor) == ["short", "huge"])
    }

    @Test("Functions that call each other in a circle are found")
    func recursion() throws {
        func function(_ name: String, calls other: String) -> [UInt8] {
            Protobuf.field(
                25,
                Protobuf.field(1, name) + Protobuf.field(10, "d")
                    + Protobuf.field(7, Protobuf.field(4, other) + Protobuf.field(7, "d")))
        }
        let found = try #require(
            read(model([], function("A", calls: "B") + function("B", calls: "A") + function("C", calls: "A"))))
        #expect(found.recursiveFunctions.map(\.type) == ["A", "B"])
    }

    @Test("Subgraphs nested without end are a limit, not a crash")
    func depth() throws {
        var graph: [UInt8] = []
        for _ in 0..<100 {
            graph = Protobuf.field(1, Protobuf.field(4, "If") + Protobuf.field(5, Protobuf.field(6, graph)))
        }
        #expect(try #require(read(model(graph))).isTooDeep)
    }

    @Test("Cut anywhere, the reader neither traps nor loops")
    func truncation() {
        let bytes = model(
            Protobuf.field(1, Protobuf.field(4, "Relu"))
                + Protobuf.field(5, Protobuf.field(8, "w") + Protobuf.field(9, [1, 2, 3])))
        for length in 0..<bytes.count { _ = read(Array(bytes.prefix(length))) }
    }
}

@Suite("TensorFlow")
struct TensorFlowTests {
    private func node(_ operation: String) -> [UInt8] { Protobuf.field(1, "n") + Protobuf.field(2, operation) }

    @Test("Operations are found in frozen graphs, SavedModels and function libraries")
    func operations() throws {
        let function = Protobuf.field(
            2, Protobuf.field(1, Protobuf.field(1, Protobuf.field(1, "f")) + Protobuf.field(3, node("WriteFile"))))
        let graph = Protobuf.field(1, node("Const")) + function
        let saved = Protobuf.field(1, UInt64(1)) + Protobuf.field(2, Protobuf.field(2, graph))
        for bytes in [graph, saved] {
            let found = try #require(ByteView(copying: bytes).withSpan { TensorFlowGraph.read($0) })
            #expect(Set(found.operations.keys) == ["Const", "WriteFile"])
            #expect(found.functions == ["f"])
        }
    }

    @Test("Other messages are not graphs")
    func others() {
        #expect(
            ByteView(copying: Protobuf.field(1, "hello") + Protobuf.field(2, "world")).withSpan {
                TensorFlowGraph.read($0)
            } == nil)
    }
}

@Suite("Jinja templates")
struct JinjaTests {
    private func names(_ text: String) -> [String?] { JinjaTemplate(text).accesses.map(\.name) }

    @Test(
        "Every way to reach an attribute is seen, constants folded",
        arguments: [
            "{{ x.__class__ }}", "{{ x['__class__'] }}", "{{ x|attr('__class__') }}", "{{ x|attr('__cl' ~ 'ass__') }}",
            "{{ x['__cl' + 'ass__'] }}", "{{ x['\\x5f\\x5fclass\\x5f\\x5f'] }}", "{{ x|attr('__%s__' % 'class') }}",
            "{{ x|attr('__%s__'|format('class')) }}", "{{ x|attr(['__','class','__']|join) }}",
            "{% set a = '__class__' %}{{ x|attr(a) }}", "{{ x|attr('__ssalc__'|reverse) }}",
            "{{ x|attr('__CLASS__'|lower) }}", "{{ [x]|map(attribute='__class__')|list }}", "{{ (x).__class__ }}",
            "{% if x.__class__ %}{% endif %}", "{{ f(x)[0].__class__ }}",
            "{{ x|attr('aaclassaa'|replace('aa','__')) }}",
        ])
    func reaching(_ text: String) { #expect(names(text).contains("__class__"), "\(names(text))") }

    @Test("A computed attribute name is seen as computed")
    func computed() {
        let template = JinjaTemplate("{{ x|attr(user_input) }}")
        #expect(template.accesses.map(\.name) == [nil] && template.accesses.first?.form == .filter)
    }

    @Test(
        "Ordinary chat templates reach for nothing special",
        arguments: [
            "{% for m in messages %}{{ m['role'] + ': ' + m.content|trim }}{% endfor %}",
            "{% if messages[0]['role'] == 'system' %}{% set s = messages[0]['content'] %}{% endif %}",
            "{{ bos_token }}{% raw %}{{ x.__class__ }}{% endraw %}{# {{ x.__class__ }} #}",
        ])
    func ordinary(_ text: String) {
        #expect(!names(text).contains { $0?.hasPrefix("__") == true } && JinjaTemplate(text).failure == nil)
    }

    @Test("Repetitions are measured, however they are spelled")
    func repetition() {
        #expect(JinjaTemplate("{% for i in range(999999999) %}x{% endfor %}").largestRepetition == 999_999_999)
        #expect(JinjaTemplate("{{ 'a' * 10**9 }}").largestRepetition == 1_000_000_000)
    }

    @Test("Brackets nested without end are a limit, not a crash")
    func depth() {
        #expect(JinjaTemplate("{{ " + String(repeating: "(", count: 100_000)).failure != nil)
        #expect(JinjaTemplate("{{ x" + String(repeating: "|a(", count: 100_000)).failure != nil)
    }
}

@Suite("YAML")
struct YAMLTests {
    private func read(_ text: String) -> YAMLReader {
        ByteView(copying: Array(text.utf8)).withSpan { YAMLReader.read($0) }
    }

    @Test("Scalars carry their keys, aliases their anchor's text")
    func scalars() {
        let reader = read("a:\n  b: &x os.system\n  c: [1, {d: 2}]\ne: *x\n")
        #expect(reader.scalars.map(\.value) == ["os.system", "1", "2", "os.system"])
        #expect(reader.scalars.map(\.path) == [["a", "b"], ["a", "c"], ["a", "c", "d"], ["e"]])
        #expect(reader.scalars.last?.line == 4)
    }

    @Test(
        "Python tags are seen in every spelling",
        arguments: [
            "!!python/object/apply:os.system [x]", "a: !<tag:yaml.org,2002:python/object/apply:os.system> [x]",
            "%TAG ! tag:yaml.org,2002:python/\n---\n!object/apply:os.system [x]",
        ])
    func tags(_ text: String) {
        #expect(read(text).tags.map(\.tag) == ["tag:yaml.org,2002:python/object/apply:os.system"])
    }

    @Test("Aliases are not expanded")
    func laughs() {
        var text = "a0: &a0 [x, x]\n"
        for level in 1..<60 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(read(text).scalars.count < 1000 && read(text).failure == nil)
    }

    @Test("Deep nesting is cut")
    func depth() { #expect(read(String(repeating: "[", count: 5000)).isCut) }

    @Test("Text that is not YAML has a place")
    func failure() { #expect(read("a: b\n  c: [").failure != nil) }
}
