import CordonCore
import CordonFormats
import CordonScan
import CordonSupplyChain
import CordonTestSupport
import Testing

/// A project that springs a rule, and one like it that must not.
@Suite("Dependency and lineage rules")
struct SupplyChainRuleTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let rule: String
        let name: String
        let bad: [String: String]
        let fine: [String: String]
        var testDescription: String { "\(rule) \(name)" }

        init(_ rule: String, _ name: String, _ bad: [String: String], fine: [String: String]) {
            (self.rule, self.name, self.bad, self.fine) = (rule, name, bad, fine)
        }
    }

    private static let commit = String(repeating: "ab12", count: 10)
    private static let hash = "--hash=sha256:" + String(repeating: "0a", count: 32)

    private static let dependencies: [Case] = [
        Case(
            "CORDON-DEP-001", "a version below the fix", ["requirements.txt": "torch==2.4.1\n"],
            fine: ["requirements.txt": "torch==2.10.0\n"]),
        Case(
            "CORDON-DEP-001", "in a lock file",
            [
                "uv.lock":
                    "[[package]]\nname = \"torch\"\nversion = \"2.4.1\"\nsource = { registry = \"https://pypi.org/simple\" }\n"
            ],
            fine: [
                "uv.lock":
                    "[[package]]\nname = \"torch\"\nversion = \"2.10.0\"\nsource = { registry = \"https://pypi.org/simple\" }\n"
            ]),
        Case(
            "CORDON-DEP-001", "in a notebook's install line",
            ["a.ipynb": #"{"cells":[{"cell_type":"code","source":["%pip install torch==2.4.1\n"]}],"nbformat":4}"#],
            fine: [
                "a.ipynb":
                    #"{"cells":[{"cell_type":"markdown","source":["%pip install torch==2.4.1\n"]}],"nbformat":4}"#
            ]),
        Case(
            "CORDON-DEP-001", "in a Dockerfile", ["Dockerfile": "FROM scratch\nRUN pip install \\\n    torch==2.4.1\n"],
            fine: ["Dockerfile": "FROM scratch\n# RUN pip install torch==2.4.1\n"]),
        Case(
            "CORDON-DEP-002", "a compromised release", ["requirements.txt": "ultralytics==8.3.41\n"],
            fine: ["requirements.txt": "ultralytics==8.3.40\n"]),
        Case(
            "CORDON-DEP-002", "a range that ends at a compromised release",
            ["requirements.txt": "ultralytics>=8.3.41,<8.3.43\n"], fine: ["requirements.txt": "ultralytics>=8.3\n"]),
        Case(
            "CORDON-DEP-003", "one letter too few", ["requirements.txt": "reqests==2.31.0\n"],
            fine: ["requirements.txt": "requests==2.32.4\n"]),
        Case(
            "CORDON-DEP-003", "letters of another alphabet", ["requirements.txt": "n\u{443}mpy==1.26.4\n"],
            fine: ["requirements.txt": "numpy==1.26.4\n"]),
        Case(
            "CORDON-DEP-004", "a second index",
            ["requirements.txt": "--extra-index-url https://pypi.acme.example/simple\nacme-private-features==1.0\n"],
            fine: [
                "requirements.txt":
                    "--extra-index-url https://pypi.acme.example/simple\nacme-private-features==1.0 \(hash)\n"
            ]),
        Case(
            "CORDON-DEP-004", "an entry of a lock file that leads elsewhere",
            ["package-lock.json": lock("left-pad", "https://evil.example/left-pad/-/left-pad-1.3.0.tgz", "}" + others)],
            // All of them from one place is a mirror.
            fine: ["package-lock.json": lock("left-pad", "https://mirror.example/left-pad/-/left-pad-1.3.0.tgz")]),
        Case(
            "CORDON-DEP-005", "http",
            ["requirements.txt": "--index-url http://pypi.acme.example/simple\nnumpy==1.26.4\n"],
            fine: ["requirements.txt": "--index-url http://localhost:3141/simple\nnumpy==1.26.4\n"]),
        Case(
            "CORDON-DEP-006", "a branch", ["requirements.txt": "acme @ git+https://github.com/acme/acme@main\n"],
            fine: ["requirements.txt": "acme @ git+https://github.com/acme/acme@\(commit)\n"]),
        Case(
            "CORDON-DEP-007", "ranges", ["requirements.txt": "numpy>=1.20\n"],
            fine: ["requirements.txt": "-c constraints.txt\nnumpy>=1.20\n", "constraints.txt": "numpy==1.26.4\n"]),
        Case(
            "CORDON-DEP-008", "one of two has a hash", ["requirements.txt": "numpy==1.26.4 \(hash)\nscipy==1.13.0\n"],
            fine: ["requirements.txt": "numpy==1.26.4 \(hash)\nscipy==1.13.0 \(hash)\n"]),
        Case(
            "CORDON-DEP-009", "another name", ["requirements.txt": "sklearn==0.0.post12\n"],
            fine: ["requirements.txt": "scikit-learn==1.5.2\n"]),
        Case(
            "CORDON-DEP-010", "an install script",
            [
                "package-lock.json": lock(
                    "left-pad", "https://registry.npmjs.org/left-pad/-/left-pad-1.3.0.tgz", #","hasInstallScript":true"#
                )
            ],
            fine: ["package-lock.json": lock("left-pad", "https://registry.npmjs.org/left-pad/-/left-pad-1.3.0.tgz")]),
        Case(
            "CORDON-DEP-011", "a circle of includes",
            ["requirements.txt": "-r other.txt\n", "other.txt": "-r requirements.txt\n"],
            fine: ["requirements.txt": "-r other.txt\n", "other.txt": "numpy==1.26.4\n"]),
        Case(
            "CORDON-DEP-011", "broken YAML", ["environment.yml": "dependencies:\n  - numpy=1.26\n - pip: [\n"],
            fine: ["environment.yml": "dependencies:\n  - numpy=1.26\n"]),
        Case(
            "CORDON-DEP-011", "an include that is not there", ["requirements.txt": "-r gone.txt\n"],
            fine: ["requirements.txt": "numpy==1.26.4\n"]),
        Case(
            "CORDON-DEP-012", "locked to another version",
            [
                "package.json": #"{"dependencies":{"left-pad":"^2.0.0"}}"#,
                "package-lock.json": lock("left-pad", "https://registry.npmjs.org/left-pad/-/left-pad-1.3.0.tgz"),
            ],
            fine: [
                "package.json": #"{"dependencies":{"left-pad":"^1.0.0"}}"#,
                "package-lock.json": lock("left-pad", "https://registry.npmjs.org/left-pad/-/left-pad-1.3.0.tgz"),
            ]),
        Case(
            "CORDON-DEP-013", "built-in records only", ["requirements.txt": "numpy==1.26.4\n"], fine: ["a.txt": "numpy"]
        ),
    ]

    private static let others =
        ["chalk", "ms"].map {
            #","node_modules/\#($0)":{"version":"9.9.9","resolved":"https://registry.npmjs.org/\#($0)/-/\#($0)-9.9.9.tgz","integrity":"sha512-AAAA""#
        }.joined(separator: "}")

    private static func lock(_ name: String, _ url: String, _ extra: String = "") -> String {
        #"{"lockfileVersion":3,"packages":{"":{"dependencies":{}},"node_modules/\#(name)":{"version":"1.3.0","resolved":"\#(url)","integrity":"sha512-AAAA"\#(extra)}}}"#
    }

    private static let lineage: [Case] = [
        Case(
            "CORDON-PRV-001", "a model that comes from itself",
            [
                "one/README.md": "---\nbase_model: acme/two\n---\n", "one/config.json": config("acme/one"),
                "two/README.md": "---\nbase_model: acme/one\n---\n", "two/config.json": config("acme/two"),
                "one/model.safetensors": "", "two/model.safetensors": "",
                "bom.cdx.json":
                    #"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"machine-learning-model","name":"a","bom-ref":"a"},{"type":"machine-learning-model","name":"b","bom-ref":"b"}],"dependencies":[{"ref":"a","dependsOn":["b"]},{"ref":"b","dependsOn":["a"]}]}"#,
            ],
            fine: [
                "bom.cdx.json":
                    #"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"machine-learning-model","name":"a","bom-ref":"a"},{"type":"machine-learning-model","name":"b","bom-ref":"b"}],"dependencies":[{"ref":"a","dependsOn":["b"]}]}"#
            ]),
        Case(
            "CORDON-PRV-003", "card and adapter name different bases",
            [
                "README.md": "---\nbase_model: acme/alpha-7b\n---\n",
                "adapter_config.json": #"{"peft_type":"LORA","base_model_name_or_path":"other/beta-13b"}"#,
            ],
            fine: [
                "README.md": "---\nbase_model: acme/alpha-7b\n---\n",
                "adapter_config.json": #"{"peft_type":"LORA","base_model_name_or_path":"acme/alpha-7b"}"#,
            ]),
        Case(
            "CORDON-PRV-004", "front matter that is no YAML",
            ["README.md": "---\nbase_model: [acme/a\nx: ]\n---\n", "config.json": config("a")],
            fine: ["README.md": "---\nbase_model: acme/a\n---\n", "config.json": config("a")]),
    ]

    private static func config(_ name: String) -> String {
        #"{"architectures":["LlamaForCausalLM"],"model_type":"llama","_name_or_path":"\#(name)"}"#
    }

    private func found(_ files: [String: String], _ advisories: (any AdvisorySource)? = nil) async throws -> Set<String>
    {
        let folder = TemporaryFolder()
        for (name, text) in files { folder.write(Array(text.utf8), to: name) }
        var options = ScanOptions()
        if let advisories { options.advisories = advisories }
        return Set(try await Scanner(options: options).scan([folder.path]).findings.map(\.ruleID))
    }

    @Test("Sprung by what is wrong, not by what is right", arguments: dependencies + lineage)
    func springs(_ sample: Case) async throws {
        let bad = try await found(sample.bad)
        #expect(bad.contains(sample.rule), "found \(bad.sorted())")
        let fine = try await found(sample.fine)
        #expect(!fine.contains(sample.rule), "found \(fine.sorted())")
    }

    @Test("Models are found by name and by digest, commits that a record leaves out are not")
    func models() async throws {
        let weights = Array("weights".utf8)
        let records = try [
            #"{"id":"X-1","modified":"2026-01-01T00:00:00Z","summary":"bad","affected":[{"package":{"ecosystem":"Hugging Face","name":"acme/bad"},"versions":["\#(Self.commit)"]}]}"#,
            #"{"id":"X-2","modified":"2026-01-01T00:00:00Z","summary":"bad","affected":[{"package":{"ecosystem":"Hugging Face","name":"other/name"},"ecosystem_specific":{"sha256":["\#(Digest.sha256(of: weights).hex)"]}}]}"#,
        ].map { try Advisory(try DataNode.json(Array($0.utf8))) }
        let list = AdvisoryList(records, source: "test")
        let named = ["README.md": "---\nbase_model: acme/bad\n---\n", "config.json": Self.config("x")]
        #expect(try await found(named, list).contains("CORDON-DEP-014"))
        let other = String(repeating: "cd34", count: 10)
        let pinned = ["README.md": "---\nbase_model: acme/bad@\(other)\n---\n", "config.json": Self.config("x")]
        #expect(try await !found(pinned, list).contains("CORDON-DEP-014"))
        #expect(try await found(["copy.bin": "weights"], list).contains("CORDON-DEP-014"))
        #expect(try await !found(["copy.bin": "weighty"], list).contains("CORDON-DEP-014"))
    }

    @Test("Secrets in addresses do not reach findings")
    func secrets() async throws {
        let folder = TemporaryFolder()
        folder.write(
            Array(
                "--index-url http://user:hunter2secret@pypi.acme.example/simple\nx @ git+https://oauth2:ghp_abcdefghijklmnop1234@github.com/a/b@main\n"
                    .utf8), to: "requirements.txt")
        let report = try await Scanner().scan([folder.path])
        let text = report.findings.map { $0.message + $0.subject }.joined()
        #expect(report.findings.contains { $0.ruleID == "CORDON-DEP-005" })
        #expect(!text.contains("hunter2secret") && !text.contains("ghp_abcdefghijklmnop1234"))
    }
}
