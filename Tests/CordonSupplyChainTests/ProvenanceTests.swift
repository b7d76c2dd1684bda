import CordonCore
import CordonFormats
import CordonSigning
import CordonTestSupport
import Foundation
import Testing

@testable import CordonSupplyChain

/// Two matrices, so that files are real models.
func modelFile(_ values: [Float], rows: Int = 2, metadata: String = "") -> [UInt8] {
    let bytes = values.flatMap { littleEndian($0.bitPattern) }
    let header =
        #"{\#(metadata)"layer.weight":{"dtype":"F32","shape":[\#(rows),\#(values.count / rows)],"data_offsets":[0,\#(bytes.count)]}}"#
    return safetensors(header, bytes)
}

func statement(
    _ subject: String, _ digest: String, materials: String = "", builder: String = "https://ci.example/b",
    predicate: String = "https://slsa.dev/provenance/v1"
) -> [UInt8] {
    Array(
        #"{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"\#(subject)","digest":{"sha256":"\#(digest)"}}],"predicateType":"\#(predicate)","predicate":{"buildDefinition":{"buildType":"https://x.example/train","externalParameters":{},"resolvedDependencies":[\#(materials)]},"runDetails":{"builder":{"id":"\#(builder)"},"metadata":{"finishedOn":"2026-01-01T00:00:00Z"}}}}"#
            .utf8)
}

extension ProvenanceGraph {
    /// Edges as text: `child relation parent grade`.
    var lines: Set<String> {
        Set(edges.map { "\(nodes[$0.from].name) \($0.relation.rawValue) \(nodes[$0.to].name) \($0.grade.name)" })
    }
    func problems(_ kind: Problem.Kind) -> [String] { problems.filter { $0.kind == kind }.map(\.message) }
}

@Suite("Provenance")
struct ProvenanceTests {
    private let folder = TemporaryFolder()

    private func write(_ name: String, _ text: String) { folder.write(Array(text.utf8), to: name) }

    private func graph(trust: @escaping StatementTrust = { _, _ in nil }) async throws -> ProvenanceGraph {
        try await ProvenanceSource.graph(folder.path, trust: trust).graph
    }

    @Test("Cards, adapters, mergers, quantised files and datasets give typed edges")
    func carriers() async throws {
        write("tuned/README.md", "---\nbase_model: acme/base\ndatasets:\n- acme/notes\n- 'other/talk'\n---\n")
        folder.write(modelFile([1, 2, 3, 4]), to: "tuned/model.safetensors")
        write("tuned/config.json", #"{"architectures":["LlamaForCausalLM"],"model_type":"llama"}"#)
        write("lora/adapter_config.json", #"{"peft_type":"LORA","base_model_name_or_path":"acme/base","r":8}"#)
        folder.write(modelFile([1, 2]), to: "lora/adapter_model.safetensors")
        write(
            "soup/mergekit_config.yml",
            "merge_method: slerp\nbase_model: acme/a\nmodels:\n- model: acme/a\n- model: acme/b\ndtype: bfloat16\n")
        folder.write(modelFile([1, 2]), to: "soup/model.safetensors")
        write(
            "data/README.md",
            "---\nannotations_creators:\n- expert-generated\nsource_datasets:\n- extended|other/raw\ntask_categories:\n- text-classification\n---\n"
        )
        write("data/train.jsonl", "{\"text\":\"a\"}\n")
        let lines = try await graph().lines
        for wanted in [
            "tuned fine-tuned-from acme/base claimed", "tuned trained-on acme/notes claimed",
            "tuned trained-on other/talk claimed", "lora adapter-of acme/base claimed",
            "soup merged-from acme/a claimed",
            "soup merged-from acme/b claimed", "data derived-from other/raw claimed",
        ] {
            #expect(lines.contains(wanted), "\(wanted) not in \(lines.sorted())")
        }
    }

    @Test("An unsigned statement is a claim; one by a trusted signer about these bytes is attested")
    func grades() async throws {
        let weights = modelFile([1, 2, 3, 4])
        folder.write(weights, to: "m/model.safetensors")
        write("m/config.json", #"{"model_type":"llama"}"#)
        let base = #"{"uri":"hf://acme/base@main","name":"acme/base","annotations":{"role":"base-model"}}"#
        let text = statement("model.safetensors", Digest.sha256(of: weights).hex, materials: base)
        folder.write(text, to: "m/provenance.intoto.json")
        let claimed = try await graph().lines
        #expect(
            claimed.contains("m fine-tuned-from acme/base claimed")
                && claimed.contains("m built-by https://ci.example/b claimed"))
        // A signature is judged by the caller: here everybody is believed, as in an envelope with one.
        let envelope =
            #"{"payloadType":"application/vnd.in-toto+json","payload":"\#(Data(text).base64EncodedString())","signatures":[{"sig":"AA=="}]}"#
        write("m/provenance.intoto.json", envelope)
        #expect(try await graph().lines.contains("m fine-tuned-from acme/base claimed"))
        let attested = try await graph { _, _ in "somebody" }
        #expect(attested.lines.contains("m fine-tuned-from acme/base attested"))
    }

    @Test(
        "A statement about other bytes joins nothing, wherever it lies",
        arguments: ["m/provenance.json", "m/attestations/p.intoto.json", "statements/p.json"])
    func otherBytes(_ place: String) async throws {
        folder.write(modelFile([1, 2, 3, 4]), to: "m/model.safetensors")
        write("m/config.json", #"{"model_type":"llama"}"#)
        let base = #"{"name":"acme/base","annotations":{"role":"base-model"}}"#
        folder.write(statement("model.safetensors", String(repeating: "0a", count: 32), materials: base), to: place)
        let found = try await graph { _, _ in "somebody" }
        #expect(!found.lines.contains { $0.hasPrefix("m ") }, "\(found.lines)")
        #expect(!found.lines.contains { $0.hasSuffix("attested") })
        #expect(found.problems(.contradiction).count == 1, "\(found.problems)")
    }

    @Test("Training data that was changed since is a contradiction, and the step no more than a claim")
    func changedMaterial() async throws {
        let weights = modelFile([1, 2, 3, 4])
        folder.write(weights, to: "m/model.safetensors")
        write("m/config.json", #"{"model_type":"llama"}"#)
        write("data/train.jsonl", "{\"text\":\"changed\"}\n")
        let material =
            #"{"uri":"file:data/train.jsonl","name":"data/train.jsonl","digest":{"sha256":"\#(String(repeating: "0b", count: 32))"}}"#
        let text = statement("model.safetensors", Digest.sha256(of: weights).hex, materials: material)
        write(
            "m/p.intoto.json",
            #"{"payloadType":"application/vnd.in-toto+json","payload":"\#(Data(text).base64EncodedString())","signatures":[{"sig":"AA=="}]}"#
        )
        let found = try await graph { _, _ in "somebody" }
        #expect(found.lines.contains { $0.contains("trained-on") && $0.hasSuffix("claimed") }, "\(found.lines)")
        #expect(found.problems(.contradiction).count == 1)
    }

    @Test("Gaps, circles, lying cards and adapters that do not fit are problems")
    func problems() async throws {
        folder.write(modelFile([1, 2, 3, 4]), to: "lonely/model.safetensors")
        folder.write(modelFile([1, 2, 3, 4]), to: "one/model.safetensors")
        folder.write(modelFile([4, 3, 2, 1]), to: "two/model.safetensors")
        write("one/README.md", "---\nbase_model: ../two\n---\n")
        write("two/README.md", "---\nbase_model: ../one\n---\n")
        write("liar/README.md", "---\nbase_model: acme/alpha-7b\n---\n")
        write("liar/adapter_config.json", #"{"peft_type":"LORA","base_model_name_or_path":"other/beta-13b"}"#)
        folder.write(modelFile([1, 2]), to: "liar/adapter_model.safetensors")
        let found = try await graph()
        #expect(found.problems(.gap).contains { $0.contains("'lonely'") })
        #expect(found.problems(.cycle).count == 1, "\(found.problems)")
        #expect(found.problems(.contradiction).contains { $0.contains("beta-13b") && $0.contains("alpha-7b") })
    }

    @Test("Impact follows every kind of edge backwards, and nothing else")
    func impact() {
        var graph = ProvenanceGraph()
        let evidence = Evidence(file: "f", place: "p")
        let (b, z, y) = (graph.node(.party, "Vendor B"), graph.node(.dataset, "Z"), graph.node(.dataset, "Y"))
        let (base, tuned, other) = (
            graph.node(.model, "base"), graph.node(.model, "tuned"), graph.node(.model, "other")
        )
        graph.add(z, .labelledBy, b, .claimed, evidence)
        graph.add(base, .trainedOn, z, .claimed, evidence)
        graph.add(base, .trainedOn, y, .claimed, evidence)
        graph.add(tuned, .fineTunedFrom, base, .claimed, evidence)
        graph.add(other, .trainedOn, y, .claimed, evidence)
        let found = graph.impact(of: [b])
        #expect(found.map(\.node) == [z, base, tuned] && found.map(\.distance) == [1, 2, 3])
    }

    @Test("Many edges of one node stay one each")
    func manyEdges() {
        var graph = ProvenanceGraph()
        let soup = graph.node(.model, "soup")
        for round in 0..<3 {
            for number in 0..<100 {
                graph.add(
                    soup, .mergedFrom, graph.node(.model, "part-\(number)"), round == 2 ? .attested : .claimed,
                    Evidence(file: "f", place: "\(round)"))
            }
        }
        #expect(graph.edges.count == 100 && graph.outgoing[soup].count == 100)
        #expect(graph.edges.allSatisfy { $0.grade == .attested && $0.evidence.count == 3 })
    }

    @Test("Bills and lines of statements are graphs too; dangling references are gaps")
    func documents() async throws {
        let bill = folder.write(
            Array(
                #"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"machine-learning-model","group":"acme","name":"m","bom-ref":"m","pedigree":{"ancestors":[{"type":"machine-learning-model","name":"base"}]},"modelCard":{"modelParameters":{"datasets":[{"ref":"d"}]}}},{"type":"data","name":"d","bom-ref":"d","supplier":{"name":"Vendor B"}}],"dependencies":[{"ref":"m","dependsOn":["gone"]}]}"#
                    .utf8), to: "bom.json")
        let found = try await ProvenanceSource.graph(bill).graph
        #expect(
            found.lines == [
                "acme/m fine-tuned-from base claimed", "acme/m trained-on d claimed", "d supplied-by Vendor B claimed",
            ], "\(found.lines)")
        #expect(found.problems(.gap).count == 1)
        let lines = [
            statement("a", String(repeating: "1", count: 64)),
            statement(
                "b", String(repeating: "2", count: 64),
                materials: #"{"name":"a","digest":{"sha256":"\#(String(repeating: "1", count: 64))"}}"#),
        ]
        let file = folder.write(Array(lines.joined(separator: [0x0A])), to: "all.jsonl")
        let graph = try await ProvenanceSource.graph(file).graph
        #expect(graph.lines.contains { $0.hasPrefix("b ") && $0.hasSuffix(" a claimed") }, "\(graph.lines)")
    }

    @Test("A recorded run names inputs and products by digest, and no secret")
    func record() async throws {
        write("train.py", "print()\n")
        write("data/train.csv", "a,b\n1,2\n")
        let command = [
            "python3", "train.py", "--data", "data/train.csv", "--api-key", "hunter2secret", "--token=abc123xyz",
        ]
        let recorder = try await RunRecorder(folder: folder.path, inputs: [], command: command)
        #expect(Set(recorder.inputs.map(\.path)) == ["train.py", "data/train.csv"])
        #expect(
            recorder.inputs.first { $0.path == "data/train.csv" }?.digest
                == Digest.sha256(of: Array("a,b\n1,2\n".utf8)).hex)
        let words = Redaction.arguments(command).joined(separator: " ")
        #expect(words == "python3 train.py --data data/train.csv --api-key [redacted] --token=[redacted]")
    }

    @Test(
        "Addresses lose what is secret and keep what names something",
        arguments: [
            ("https://user:hunter2@host.example/a", "https://…@host.example/a"),
            ("git+ssh://git@github.com/a/b", "git+ssh://git@github.com/a/b"),
            ("https://host.example/a?token=1", "https://host.example/a?…"),
            ("https://conda.example/t/abcd-1234/channel", "https://conda.example/t/…/channel"),
            (
                "https://huggingface.co/BlueHeron/Harbor-1B-v2@0123456789abcdef0123456789abcdef01234567",
                "https://huggingface.co/BlueHeron/Harbor-1B-v2@0123456789abcdef0123456789abcdef01234567"
            ),
            ("https://host.example/hf_AbCdEfGhIjKlMnOpQrSt/x", "https://host.example/…/x"),
            ("https://supplier-174.example/builder", "https://supplier-174.example/builder"),
        ])
    func redaction(_ text: String, _ expected: String) {
        #expect(Redaction.text(text) == expected)
    }
}

@Suite("Who may supply what")
struct GateTests {
    private func decision(_ policy: String, signer: String? = nil, now: String = "2026-06-01T00:00:00Z") async throws
        -> GateDecision
    {
        let folder = TemporaryFolder()
        let weights = modelFile([1, 2, 3, 4])
        folder.write(weights, to: "model.safetensors")
        folder.write(Array("---\nbase_model: acme/base\nlicense: apache-2.0\n---\n".utf8), to: "README.md")
        folder.write(Array(#"{"model_type":"llama"}"#.utf8), to: "config.json")
        let text = statement(
            "model.safetensors", Digest.sha256(of: weights).hex,
            materials: #"{"name":"acme/base","annotations":{"role":"base-model"}}"#, builder: "Vendor A")
        folder.write(
            Array(
                #"{"payloadType":"application/vnd.in-toto+json","payload":"\#(Data(text).base64EncodedString())","signatures":[{"sig":"AA=="}]}"#
                    .utf8), to: "p.intoto.json")
        let inventory = try await InventoryReader(try Tree(folder.path)) { _, _ in signer }.read()
        return GateDecision(
            inventory, policy: try SupplierPolicy(try TOMLReader.parse(Array(policy.utf8))),
            attestations: inventory.attestations, now: try #require(Timestamp.seconds(now)))
    }

    @Test(
        "Each check refuses by itself",
        arguments: [
            ("[gate]\nminimum-grade = \"attested\"\n", "grade"), ("[gate]\nlicences = [\"mit\"]\n", "licence"),
            ("[gate]\nrequire-statements = [\"https://slsa.dev/provenance/v1\"]\n", "statement"),
            ("[gate]\napprovals = 1\n", "approvals"), ("[[supplier]]\nname = \"Vendor Q\"\n", "supplier"),
            ("[[supplier]]\nname = \"Vendor A\"\nidentities = [\"release@a.example\"]\n", "supplier"),
        ])
    func refused(_ policy: String, _ check: String) async throws {
        let found = try await decision(policy)
        #expect(!found.isPassed && found.refusals.map(\.check) == [check], "\(found.refusals)")
    }

    @Test(
        "What is asked for and there passes",
        arguments: [
            "", "[gate]\nminimum-grade = \"claimed\"\nlicences = [\"apache-2.0\"]\n",
            "[[supplier]]\nname = \"Vendor A\"\n",
        ])
    func passed(_ policy: String) async throws { #expect(try await decision(policy).isPassed) }

    @Test("Signed statements by trusted signers fulfil what asks for them, until they are too old")
    func signed() async throws {
        let policy =
            "[gate]\nrequire-statements = [\"https://slsa.dev/provenance/v1\"]\nminimum-grade = \"attested\"\nmax-age-days = 365\n[[supplier]]\nname = \"Vendor A\"\nidentities = [\"release@a.*\"]\n"
        #expect(try await decision(policy, signer: "release@a.example").isPassed)
        #expect(try await decision(policy, signer: "somebody").refusals.map(\.check) == ["supplier"])
        let late = try await decision(policy, signer: "release@a.example", now: "2028-01-01T00:00:00Z")
        #expect(late.refusals.map(\.check) == ["age"])
    }

    @Test("A waiver counts for its check and until its date, and stands in the summary")
    func waivers() async throws {
        let policy =
            "[gate]\nlicences = [\"mit\"]\n[[waiver]]\nasset = \"*\"\ncheck = \"licence\"\nreason = \"LEG-12\"\nby = \"ana\"\nuntil = \"2026-12-31T00:00:00Z\"\n"
        let waived = try await decision(policy)
        #expect(waived.isPassed && waived.waived.count == 1)
        let summary = String(
            decoding: waived.summary(verifier: "urn:x", policyURI: "cordon.toml", policyDigest: "00", statements: []),
            as: UTF8.self)
        #expect(summary.contains("LEG-12") && summary.contains("\"ana\"") && summary.contains("PASSED"))
        #expect(try await !decision(policy, now: "2027-01-02T00:00:00Z").isPassed)
    }

    @Test(
        "A policy that cannot be read is refused, with its line",
        arguments: [
            ("[gate]\nminimum-grad = \"claimed\"\n", 2), ("[gate]\nminimum-grade = \"good\"\n", 2),
            ("[gates]\nx = 1\n", 1), ("[[supplier]]\nassets = [\"a\"]\n", 1),
            ("[[waiver]]\nasset = \"a\"\ncheck = \"licence\"\nreason = \"r\"\nby = \"b\"\nuntil = \"soon\"\n", 1),
        ])
    func policies(_ text: String, _ line: Int) throws {
        do throws(DataFailure) {
            _ = try SupplierPolicy(try TOMLReader.parse(Array(text.utf8)))
            Issue.record("accepted")
        } catch {
            #expect(error.line == line, "\(error)")
        }
    }
}
