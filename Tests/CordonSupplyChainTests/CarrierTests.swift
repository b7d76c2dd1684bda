import CordonCore
import CordonFormats
import CordonSigning
import CordonTestSupport
import Crypto
import Foundation
import Testing

@testable import CordonSupplyChain

private func sha256(_ bytes: [UInt8]) -> String { Hexadecimal.encode(SHA256.hash(data: bytes)) }

@Suite("Documents that state lineage")
struct CarrierTests {
    private let folder = TemporaryFolder()

    private func write(_ name: String, _ text: String) { folder.write(Array(text.utf8), to: name) }
    private func weights(_ name: String, metadata: String = "", _ values: [Float] = [1, 2, 3, 4]) {
        folder.write(modelFile(values, metadata: metadata), to: name)
    }
    private func graph() async throws -> ProvenanceGraph { try await ProvenanceSource.graph(folder.path).graph }

    private func expect(_ wanted: [String], _ location: SourceLocation = #_sourceLocation) async throws {
        let lines = try await graph().lines
        for line in wanted {
            #expect(lines.contains(line), "\(line) not in \(lines.sorted())", sourceLocation: location)
        }
    }

    // MARK: Cards

    @Test("Tables and labelled lines of a card are read where its front matter says nothing")
    func labelledLines() async throws {
        weights("m/model.safetensors")
        write(
            "m/README.md",
            """
            ---
            library_name: transformers
            ---
            | | |
            |---|---|
            | **Base model** | [acme/base](https://huggingface.co/acme/base) |
            | Training data | acme/notes, `acme/talk` |
            | Evaluation data | glue |

            - **Developed by:** Acme Labs
            - **Shared by [optional]:** [More Information Needed]
            - **Quantized by:** Jo Bright
            """)
        try await expect([
            "m fine-tuned-from acme/base inferred", "m trained-on acme/notes inferred",
            "m trained-on acme/talk inferred", "m evaluated-on glue inferred", "m supplied-by Acme Labs inferred",
            "m built-by Jo Bright inferred",
        ])
        #expect(try await graph().nodes.contains { $0.name.contains("More Information") } == false)
    }

    @Test("Sentences name bases, merges and data; examples of use and empty words do not")
    func sentences() async throws {
        weights("a/model.safetensors")
        write(
            "a/README.md",
            """
            ---
            pipeline_tag: text-generation
            ---
            This model is a fine-tuned version of [acme/base](https://huggingface.co/acme/base) on the imdb dataset.

            ```python
            model = AutoModel.from_pretrained("other/example")  # based on other/example
            ```
            """)
        weights("b/model.safetensors")
        write(
            "b/README.md",
            """
            ---
            tags: [merge]
            ---
            This is a merge of acme/one, acme/two and [acme/three](https://huggingface.co/acme/three).
            It was merged using the TIES merge method using [acme/four](https://huggingface.co/acme/four) as a base.
            It was trained on the following dataset.
            """)
        let lines = try await graph().lines
        #expect(
            lines == [
                "a fine-tuned-from acme/base inferred", "a trained-on imdb inferred", "b merged-from acme/one inferred",
                "b merged-from acme/two inferred", "b merged-from acme/three inferred",
                "b merged-from acme/four inferred",
            ])
    }

    @Test("Tables of a mixture and of results, in Markdown and HTML")
    func tables() async throws {
        weights("m/model.safetensors")
        write(
            "m/README.md",
            """
            ---
            base_model: acme/base
            ---
            | Dataset | Share |
            |---|---:|
            | [acme/notes](https://huggingface.co/datasets/acme/notes) | 60 % |
            | acme/talk | 40 % |

            | Model | Score |
            |---|---:|
            | other/rival | 61 |

            <table><tr><th>Shared by</th><td><a href="https://mirror.example">Mirror Ltd</a></td></tr></table>
            """)
        #expect(
            try await graph().lines == [
                "m fine-tuned-from acme/base claimed", "m trained-on acme/notes inferred",
                "m trained-on acme/talk inferred", "m republished-by Mirror Ltd inferred",
            ])
    }

    @Test("A student has a teacher beside the base it was started from")
    func teacher() async throws {
        weights("m/model.safetensors")
        write(
            "m/README.md",
            "---\nbase_model: acme/small\ntags: [distillation]\n---\nThis model is distilled from acme/large.\n")
        let graph = try await graph()
        #expect(
            graph.lines == ["m fine-tuned-from acme/small claimed", "m distilled-from acme/large inferred"])
        #expect(graph.problems(.contradiction).isEmpty)
    }

    @Test("Tags that the hub makes, and configurations in code blocks, count")
    func tagsAndBlocks() async throws {
        weights("a/model.safetensors")
        write(
            "a/README.md",
            "---\ntags:\n- base_model:acme/base\n- base_model:quantized:acme/base\n- dataset:acme/notes\n- region:us\nlibrary_name: x\n---\n"
        )
        weights("b/model.safetensors")
        write(
            "b/README.md",
            "---\nlibrary_name: peft\n---\n<details><summary>axolotl</summary>\n\n```yaml\nbase_model: acme/base\nadapter: qlora\ndatasets:\n  - path: acme/notes\n    type: alpaca\noutput_dir: ./out\n```\n</details>\n"
        )
        try await expect([
            "a quantized-from acme/base claimed", "a trained-on acme/notes claimed", "b adapter-of acme/base inferred",
            "b trained-on acme/notes inferred",
        ])
    }

    @Test("A card above the only weights is about them; one above several is not")
    func nestedWeights() async throws {
        weights("one/weights/model.safetensors")
        write("one/weights/config.json", #"{"model_type":"llama"}"#)
        write("one/README.md", "---\nbase_model: acme/base\n---\n")
        weights("ml/model/model.safetensors")
        write("ml/MLmodel", "flavors:\n  transformers:\n    source_model_name: acme/other\n    peft_adaptor: x\n")
        let graph = try await graph()
        #expect(graph.lines.contains("one fine-tuned-from acme/base claimed"))
        #expect(graph.lines.contains("ml adapter-of acme/other claimed"))
        #expect(graph.problems(.gap).isEmpty)
    }

    // MARK: Configurations and headers

    @Test("A trainer's configuration elsewhere is about the model where its result lies")
    func trainingConfig() async throws {
        weights("out/model.safetensors")
        write(
            "configs/train.yaml",
            "model:\n  model_name_or_path: acme/base\ndata:\n  dataset: notes, talk\ntraining:\n  output_dir: ../out\n")
        write("deploy.yaml", "model: acme/served\nreplicas: 2\n")
        let graph = try await graph()
        #expect(
            graph.lines == [
                "out fine-tuned-from acme/base claimed", "out trained-on notes claimed", "out trained-on talk claimed",
            ])
    }

    @Test("Keys in safetensors files name merged models, adapters' bases and data")
    func safetensorsKeys() async throws {
        weights(
            "a/soup.safetensors",
            metadata:
                #""__metadata__":{"sd_merge_models":"{\"aa\":{\"name\":\"one.safetensors\"},\"bb\":{\"name\":\"two.ckpt\"}}"},"#
        )
        weights(
            "b/lora.safetensors",
            metadata:
                #""__metadata__":{"lora_adapter_metadata":"{\"unet.base_model_name_or_path\":\"acme/sd\"}","ss_datasets":"[{\"subsets\":[{\"image_dir\":\"cats\"}]}]"},"#
        )
        try await expect([
            "a merged-from one claimed", "a merged-from two claimed", "b adapter-of acme/sd claimed",
            "b trained-on cats claimed",
        ])
    }

    @Test("Models of two parts come from both, and one that is quantised from what it was loaded from")
    func compositeConfig() async throws {
        weights("pair/model.safetensors")
        write(
            "pair/config.json",
            #"{"model_type":"encoder-decoder","encoder":{"_name_or_path":"acme/e"},"decoder":{"_name_or_path":"acme/d"}}"#
        )
        weights("packed/model.safetensors")
        write(
            "packed/config.json",
            #"{"_name_or_path":"acme/full","quantization_config":{"quant_method":"gptq","bits":4}}"#)
        try await expect([
            "pair derived-from acme/e claimed", "pair derived-from acme/d claimed",
            "packed quantized-from acme/full claimed",
        ])
    }

    @Test("Old names without an owner, folders of the project and the only configuration of one model count")
    func plainNames() async throws {
        weights("a/model.safetensors")
        write("a/config.json", #"{"_name_or_path":"bert-base-uncased"}"#)
        weights("b/model.safetensors")
        write("b/config.json", #"{"_name_or_path":"../a"}"#)
        weights("c/model.safetensors")
        write("c/config.json", #"{"_name_or_path":"/home/jo/checkpoint-500"}"#)
        let lines = try await graph().lines
        #expect(lines == ["a fine-tuned-from bert-base-uncased claimed", "b fine-tuned-from a claimed"])
        let single = TemporaryFolder()
        single.write(modelFile([1, 2, 3, 4]), to: "net/model.safetensors")
        single.write(
            Array("base_model: acme/base\nadapter: lora\ndatasets:\n- path: acme/notes\n".utf8),
            to: "configs/axolotl.yml")
        #expect(
            try await ProvenanceSource.graph(single.path).graph.lines == [
                "net adapter-of acme/base inferred", "net trained-on acme/notes inferred",
            ])
    }

    @Test("An adapter whose matrices do not fit the base that lies beside it contradicts")
    func adapterThatDoesNotFit() async throws {
        func file(_ tensors: [(String, [Int])]) -> [UInt8] {
            var offset = 0
            var parts: [String] = []
            for (name, shape) in tensors {
                let size = shape.reduce(4, *)
                parts.append(
                    #""\#(name)":{"dtype":"F32","shape":\#(shape),"data_offsets":[\#(offset),\#(offset + size)]}"#)
                offset += size
            }
            return safetensors("{\(parts.joined(separator: ","))}", [UInt8](repeating: 0, count: offset))
        }
        for (name, width) in [("fits", 4), ("misfits", 6)] {
            let folder = TemporaryFolder()
            folder.write(
                file([("model.q.weight", [4, 4]), ("model.v.weight", [4, 4])]), to: "base/model.safetensors")
            folder.write(Array("---\ndatasets: x/y\n---\n".utf8), to: "base/README.md")
            folder.write(
                file(
                    ["q", "v"].flatMap { layer in
                        [
                            ("base_model.model.model.\(layer).lora_A.weight", [2, width]),
                            ("base_model.model.model.\(layer).lora_B.weight", [width, 2]),
                        ]
                    }), to: "lora/adapter_model.safetensors")
            folder.write(
                Array(#"{"peft_type":"LORA","base_model_name_or_path":"../base"}"#.utf8), to: "lora/adapter_config.json"
            )
            let problems = try await ProvenanceSource.graph(folder.path).graph.problems(.contradiction)
            #expect(problems.count == (name == "fits" ? 0 : 1), "\(problems)")
        }
    }

    // MARK: Datasets and pipelines

    @Test("Data packages, Kaggle, Hugging Face and JSON-LD descriptions say where data comes from")
    func descriptions() async throws {
        write("a/train.csv", "x\n1\n")
        write(
            "a/datapackage.json",
            #"{"name":"prices","licenses":[{"name":"CC0-1.0"}],"sources":[{"title":"World Bank","path":"https://wb.example"}],"contributors":[{"title":"Ann Org","role":"author"},{"title":"Pub","role":"publisher"},{"title":"Labels Ltd","role":"annotator"}],"resources":[{"path":"train.csv","hash":"00112233445566778899aabbccddeeff"}]}"#
        )
        write("b/train.csv", "x\n2\n")
        write(
            "b/dataset-metadata.json",
            #"{"id":"kai/birds","licenses":[{"name":"MIT"}],"userSpecifiedSources":"from https://src.example/x today"}"#
        )
        write("c/train.csv", "x\n3\n")
        write(
            "c/dataset_infos.json",
            #"{"default":{"download_checksums":{"hf://datasets/acme/raw@0123/x.parquet":{},"https://up.example/y.csv":{}}}}"#
        )
        write("d/train.csv", "x\n4\n")
        write(
            "d/ro-crate-metadata.json",
            ##"{"@context":"https://w3id.org/ro/crate/1.1/context","@graph":[{"@id":"ro-crate-metadata.json","about":{"@id":"./"}},{"@id":"./","@type":"Dataset","name":"Tides","creator":{"@id":"#p"},"isBasedOn":{"@id":"https://gauges.example"}},{"@id":"#p","@type":"Person","name":"Noor"}]}"##
        )
        let graph = try await graph()
        for wanted in [
            "a derived-from World Bank claimed", "a collected-by Ann Org claimed", "a supplied-by Pub claimed",
            "a labelled-by Labels Ltd claimed", "kai/birds supplied-by kai claimed",
            "kai/birds derived-from https://src.example/x claimed", "c derived-from acme/raw claimed",
            "c derived-from https://up.example/y.csv claimed", "d collected-by Noor claimed",
            "d derived-from https://gauges.example claimed",
        ] {
            #expect(graph.lines.contains(wanted), "\(wanted) not in \(graph.lines.sorted())")
        }
        // The package states a digest that the file does not have.
        #expect(graph.problems(.contradiction).count == 1)
    }

    @Test("DVC's imports, stages and locked stages")
    func dvc() async throws {
        write("data/raw.csv", "x\n1\n")
        write(
            "data/raw.csv.dvc",
            "deps:\n- path: raw.csv\n  repo:\n    url: https://git.example/reg\nouts:\n- path: raw.csv\n")
        weights("models/final.safetensors")
        write(
            "dvc.yaml",
            "stages:\n  train:\n    wdir: src\n    cmd: python t.py\n    deps: [../data/raw.csv, t.py]\n    outs:\n    - ../models/final.safetensors:\n        cache: true\n  each:\n    foreach: [a]\n    do:\n      cmd: x ${item}\n"
        )
        try await expect([
            "data/raw.csv derived-from https://git.example/reg/raw.csv claimed",
            "models/final.safetensors trained-on data/raw.csv claimed",
            "models/final.safetensors uses src/t.py claimed",
        ])
    }

    @Test("OpenLineage events, PROV-JSON and Kitfiles")
    func platforms() async throws {
        write("data/clean.csv", "x\n1\n")
        weights("model/model.safetensors")
        write(
            "events.ndjson",
            """
            {"eventType":"START","schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json","job":{"name":"c"},"inputs":[{"namespace":"s3://lake","name":"raw"}],"outputs":[]}
            {"eventType":"COMPLETE","schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json","job":{"name":"c"},"inputs":[{"namespace":"s3://lake","name":"raw"}],"outputs":[{"namespace":"file","name":"data/clean.csv"}]}
            {"eventType":"FAIL","schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json","job":{"name":"c"},"inputs":[{"namespace":"s3://lake","name":"no"}],"outputs":[{"namespace":"file","name":"data/clean.csv"}]}
            """)
        write(
            "prov.json",
            #"{"entity":{"e:m":{"prov:label":"model","prov:type":"ml:Model"},"e:b":{"prov:label":"acme/base","prov:type":"ml:Model"}},"agent":{"a:v":{"prov:label":"Vendor B"}},"wasDerivedFrom":{"_:1":{"prov:generatedEntity":"e:m","prov:usedEntity":"e:b","prov:type":"fine-tuning"}},"wasAttributedTo":{"_:2":{"prov:entity":"e:m","prov:agent":"a:v"}}}"#
        )
        write(
            "Kitfile",
            "manifestVersion: 1.0.0\npackage:\n  authors: [Jo]\nmodel:\n  path: model\ndatasets:\n- path: data/clean.csv\n"
        )
        let lines = try await graph().lines
        for wanted in [
            "data/clean.csv derived-from s3://lake/raw claimed",
            "model/model.safetensors fine-tuned-from acme/base claimed",
            "model/model.safetensors built-by Vendor B claimed",
            "model/model.safetensors trained-on data/clean.csv claimed", "model/model.safetensors built-by Jo claimed",
        ] {
            #expect(lines.contains(wanted), "\(wanted) not in \(lines.sorted())")
        }
        #expect(!lines.contains { $0.contains("lake/no") })
    }

    // MARK: Bills

    @Test("CycloneDX in XML says what the JSON form says")
    func cycloneDXXML() async throws {
        write(
            "bom.xml",
            """
            <?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1">
            <metadata><component type="machine-learning-model" bom-ref="m"><name>m</name></component></metadata>
            <components><component type="machine-learning-model" bom-ref="t"><group>acme</group><name>tuned</name>
            <hashes><hash alg="SHA-256">\(String(repeating: "ab", count: 32))</hash></hashes>
            <pedigree><ancestors><component type="machine-learning-model"><name>base</name></component></ancestors>
            <notes>Quantized with GPTQ</notes></pedigree></component>
            <component type="data" bom-ref="d"><supplier><name>Vendor B</name></supplier><name>d</name></component></components>
            <dependencies><dependency ref="m"><dependency ref="t"/><dependency ref="d"/></dependency></dependencies></bom>
            """)
        let graph = try await graph()
        #expect(
            graph.lines == [
                "acme/tuned quantized-from base claimed", "d supplied-by Vendor B claimed",
                "m derived-from acme/tuned claimed", "m trained-on d claimed",
            ])
        #expect(graph.nodes.first { $0.name == "acme/tuned" }?.digests["sha256"] == String(repeating: "ab", count: 32))
        write("bom.xml", "<bom xmlns='http://cyclonedx.org/schema/bom/1.6'><components>")
        #expect(try await self.graph().problems(.statement).count == 1)
    }

    @Test("Formulas, governance, descendants and inline datasets of CycloneDX")
    func cycloneDXDetails() async throws {
        write(
            "x.cdx.json",
            #"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"machine-learning-model","name":"m","bom-ref":"m","pedigree":{"descendants":[{"type":"machine-learning-model","name":"child"}]},"modelCard":{"modelParameters":{"datasets":[{"type":"dataset","name":"inline","governance":{"owners":[{"organization":{"name":"Own"}}]}}]}}},{"type":"data","name":"d","bom-ref":"d","data":[{"type":"dataset","governance":{"stewards":[{"contact":{"name":"Stew"}}]}}]}],"formulation":[{"bom-ref":"f","workflows":[{"bom-ref":"w","uid":"u","taskTypes":["build"],"inputs":[{"resource":{"ref":"d"}},{"resource":{"ref":"nowhere"}}],"outputs":[{"resource":{"ref":"m"}}]}]}]}"#
        )
        let graph = try await graph()
        #expect(
            graph.lines == [
                "child fine-tuned-from m claimed", "m trained-on inline claimed", "inline supplied-by Own claimed",
                "d supplied-by Stew claimed", "m trained-on d claimed",
            ])
        #expect(graph.problems(.gap).contains { $0.contains("nowhere") })
    }

    @Test("SPDX 2.3 and SPDX 3 with builds, publishers and copies")
    func spdx() async throws {
        write(
            "a.spdx.json",
            #"{"spdxVersion":"SPDX-2.3","packages":[{"SPDXID":"SPDXRef-m","name":"acme/m","supplier":"Organization: Acme (a@b.c)","externalRefs":[{"referenceLocator":"pkg:huggingface/acme/m@1"}]},{"SPDXID":"SPDXRef-b","name":"acme/b","externalRefs":[{"referenceLocator":"pkg:huggingface/acme/b@1"}]},{"SPDXID":"SPDXRef-d","name":"notes","description":"training dataset"}],"relationships":[{"spdxElementId":"SPDXRef-m","relationshipType":"DESCENDANT_OF","relatedSpdxElement":"SPDXRef-b","comment":"fine-tuning"},{"spdxElementId":"SPDXRef-d","relationshipType":"DEPENDENCY_OF","relatedSpdxElement":"SPDXRef-m"}]}"#
        )
        write(
            "b.spdx3.json",
            #"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[{"type":"ai_AIPackage","spdxId":"u:m","name":"made"},{"type":"dataset_DatasetPackage","spdxId":"u:d","name":"used"},{"type":"software_Package","spdxId":"u:c","name":"copy","software_primaryPurpose":"model"},{"type":"Organization","spdxId":"u:o","name":"Org"},{"type":"build_Build","spdxId":"u:x"},{"type":"Relationship","spdxId":"u:1","from":"u:x","relationshipType":"hasInput","to":["u:d"]},{"type":"Relationship","spdxId":"u:2","from":"u:x","relationshipType":"hasOutput","to":["u:m"]},{"type":"Relationship","spdxId":"u:3","from":"u:x","relationshipType":"invokedBy","to":["u:o"]},{"type":"Relationship","spdxId":"u:4","from":"u:m","relationshipType":"copiedTo","to":["u:c"]},{"type":"Relationship","spdxId":"u:5","from":"u:c","relationshipType":"publishedBy","to":["u:o"]},{"type":"Relationship","spdxId":"u:6","from":"u:d","relationshipType":"other","comment":"labelled by","to":["u:o"]}]}"#
        )
        #expect(
            try await graph().lines == [
                "acme/m supplied-by Acme claimed", "acme/m fine-tuned-from acme/b claimed",
                "acme/m trained-on notes claimed", "made trained-on used claimed", "made built-by Org claimed",
                "copy derived-from made claimed", "copy supplied-by Org claimed", "used labelled-by Org claimed",
            ])
    }

    @Test("A bill beside a model is about it; one about other content, or with another base, contradicts")
    func bills() async throws {
        func bill(_ digest: String, base: String) -> String {
            #"{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"component":{"type":"machine-learning-model","name":"Big Model","bom-ref":"m","hashes":[{"alg":"SHA-256","content":"\#(digest)"}],"pedigree":{"ancestors":[{"type":"machine-learning-model","name":"\#(base)"}]}}}}"#
        }
        let own = sha256(modelFile([1, 2, 3, 4]))
        weights("m/model.safetensors")
        write("m/README.md", "---\nbase_model: acme/base\n---\n")
        write("m/bom.json", bill(own, base: "acme/base"))
        let good = try await graph()
        #expect(good.problems.isEmpty)
        #expect(good.lines == ["m fine-tuned-from acme/base claimed"])
        write("m/bom.json", bill(own, base: "zeta/unrelated"))
        #expect(try await graph().problems(.contradiction).count == 1)
        write("m/bom.json", bill(String(repeating: "ab", count: 32), base: "acme/base"))
        let other = try await graph().problems(.contradiction)
        #expect(other.count == 1 && other[0].contains("abababababab"))
    }

    // MARK: Statements

    @Test("Links of in-toto, attributes of SCAI and bills that statements carry")
    func statements() async throws {
        weights("m/model.safetensors")
        write("data/train.csv", "x\n1\n")
        let (own, data) = (sha256(modelFile([1, 2, 3, 4])), sha256(Array("x\n1\n".utf8)))
        let other = String(repeating: "ab", count: 32)
        write(
            "train.0123abcd.link",
            #"{"signatures":[],"signed":{"_type":"link","name":"train","command":["python","t.py"],"materials":{"data/train.csv":{"sha256":"\#(data)"},"m/model.safetensors":{"sha256":"\#(other)"}},"products":{"m/model.safetensors":{"sha256":"\#(own)"},"data/train.csv":{"sha256":"\#(data)"}}}}"#
        )
        write(
            "m/scai.intoto.json",
            #"{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"model.safetensors","digest":{"sha256":"\#(own)"}}],"predicateType":"https://in-toto.io/attestation/scai/v0.3","predicate":{"attributes":[{"attribute":"FINE_TUNED_FROM","evidence":{"uri":"https://huggingface.co/acme/base","digest":{"sha256":"\#(other)"}}},{"attribute":"HAS_CARD","evidence":{"uri":"https://huggingface.co/acme/card","digest":{"sha256":"\#(other)"}}}]}}"#
        )
        write(
            "m/bill.intoto.json",
            #"{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"model.safetensors","digest":{"sha256":"\#(own)"}}],"predicateType":"https://cyclonedx.org/bom","predicate":{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"component":{"type":"machine-learning-model","name":"anything","modelCard":{"modelParameters":{"datasets":[{"type":"dataset","name":"acme/extra"}]}}}}}}"#
        )
        let graph = try await graph()
        #expect(
            graph.lines == [
                "m trained-on data/train.csv claimed", "m fine-tuned-from acme/base claimed",
                "m trained-on acme/extra claimed",
            ])
        #expect(graph.problems(.contradiction).isEmpty)
    }

    @Test(
        "Two statements that name different bases contradict, and a file made from its neighbour is a model of its own")
    func twoStatements() async throws {
        weights("m/model.safetensors")
        folder.write(modelFile([9, 9]), to: "m/dist/small.onnx")
        let (own, packed) = (sha256(modelFile([1, 2, 3, 4])), sha256(modelFile([9, 9])))
        write("m/config.json", "{}")
        func base(_ name: String) -> String {
            #"{"name":"\#(name)","uri":"https://huggingface.co/\#(name)","digest":{"gitCommit":"0123456789012345678901234567890123456789"}}"#
        }
        let lines = [
            statement("model.safetensors", own, materials: base("acme/one")),
            statement("model.safetensors", own, materials: base("zeta/two"), builder: "https://ci.example/2"),
            statement(
                "small.onnx", packed, materials: #"{"name":"model.safetensors","digest":{"sha256":"\#(own)"}}"#),
        ]
        write("m/all.intoto.jsonl", lines.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n"))
        let graph = try await graph()
        #expect(graph.problems(.contradiction).count == 1)
        #expect(graph.lines.contains("m/dist/small.onnx derived-from m claimed"), "\(graph.lines.sorted())")
    }

    @Test("What a later step changed is no contradiction; what nobody changed is")
    func steps() async throws {
        write("data/train.csv", "x\n2\n")
        let (now, before) = (sha256(Array("x\n2\n".utf8)), String(repeating: "cd", count: 32))
        func link(_ name: String, _ material: String, _ product: String) {
            write(
                "\(name).link",
                #"{"signed":{"_type":"link","name":"\#(name)","materials":{"data/raw.csv":{"sha256":"\#(material)"}},"products":{"data/train.csv":{"sha256":"\#(product)"}}}}"#
            )
        }
        link("collect", String(repeating: "ee", count: 32), before)
        #expect(try await graph().problems(.contradiction).count == 1)
        link("clean", before, now)
        #expect(try await graph().problems(.contradiction).isEmpty)
    }

    @Test("Parameters that are nested or resource descriptors name bases and data")
    func parameters() async throws {
        weights("m/model.safetensors")
        let own = sha256(modelFile([1, 2, 3, 4]))
        write(
            "m/p.intoto.json",
            #"{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"model.safetensors","digest":{"sha256":"\#(own)"}}],"predicateType":"https://slsa.dev/provenance/v1","predicate":{"buildDefinition":{"buildType":"https://x.example/train","externalParameters":{"inputs":{"base_model":{"uri":"https://huggingface.co/acme/base","digest":{"gitCommit":"0123456789012345678901234567890123456789"}},"training_data":["acme/notes"]}}},"runDetails":{"builder":{"id":"https://ci.example/b"}}}}"#
        )
        try await expect([
            "m fine-tuned-from acme/base claimed", "m trained-on acme/notes claimed",
            "m built-by https://ci.example/b claimed",
        ])
    }
}
