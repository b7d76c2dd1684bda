import CordonCore
import CordonFormats
import CordonTestSupport
import Crypto
import Foundation
import Testing

/// A copy of the OWASP example, with a key.
private struct Chain {
    let folder = TemporaryFolder()
    let environment: [String: String]

    init() throws {
        try FileManager.default.copyItem(
            at: repository.appending(path: "Examples/owasp-supply-chain"),
            to: URL(filePath: folder.path).appending(path: "project"))
        environment = [
            "HOME": folder.path, "XDG_CONFIG_HOME": folder.path, "XDG_DATA_HOME": folder.path,
            "SOURCE_DATE_EPOCH": "1767225600",
        ]
        let key = P256.Signing.PrivateKey()
        folder.write(Array(key.pemRepresentation.utf8), to: "key.pem")
        folder.write(Array(key.publicKey.pemRepresentation.utf8), to: "key.pub")
    }

    func cordon(_ arguments: String...) throws -> Run {
        try runCordon(arguments, in: folder.path, environment: environment)
    }

    func write(_ name: String, _ text: String) { folder.write(Array(text.utf8), to: name) }
    func text(_ name: String) throws -> String {
        try String(contentsOf: URL(filePath: folder.path).appending(path: name), encoding: .utf8)
    }
}

@Suite("bom, provenance, model and advisories, as users meet them")
struct SupplyChainCommandTests {
    // MARK: Bills

    @Test("A bill is the same twice, in three formats, and says what the project has")
    func bills() throws {
        let chain = try Chain()
        let summary = try chain.cordon("bom", "project", "--no-config")
        #expect(summary.status == 0 && summary.output.contains("base-model (fine-tuned-from)"))
        for name in ["bom.cdx.json", "bom.spdx.json"] {
            for copy in ["a-", "b-"] {
                let run = try chain.cordon("bom", "project", "--no-config", "--output", copy + name)
                #expect(run.status == 0, "\(run.errors)")
            }
            #expect(try chain.text("a-" + name) == chain.text("b-" + name))
            let check = try chain.cordon("bom", "check", "a-" + name, "--format", "json")
            #expect(check.status == 0)
            #expect(try schemaErrors(check.output, "bill-check") == [])
        }
        let old = try chain.cordon("bom", "project", "--no-config", "--format", "cyclonedx-1.6")
        #expect(old.output.contains(#""specVersion": "1.6""#))
        let same = try chain.cordon("bom", "diff", "a-bom.cdx.json", "a-bom.spdx.json")
        #expect(same.status == 0, "\(same.output)")
    }

    @Test("A difference is exit 1 and names the fields; a merge is all or nothing")
    func billDifferences() throws {
        let chain = try Chain()
        _ = try chain.cordon("bom", "project", "--no-config", "--output", "a.cdx.json")
        let card = try chain.text("project/models/support-model/README.md")
        chain.write("project/models/support-model/README.md", card.replacing("apache-2.0", with: "mit"))
        _ = try chain.cordon("bom", "project", "--no-config", "--output", "b.cdx.json")
        let text = try chain.cordon("bom", "diff", "a.cdx.json", "b.cdx.json")
        #expect(text.status == 1 && text.output.contains("Apache-2.0 → MIT"), "\(text.output)")
        let json = try chain.cordon("bom", "diff", "a.cdx.json", "b.cdx.json", "--format", "json")
        #expect(try schemaErrors(json.output, "bill-diff") == [])
        #expect(json.output.contains("support-model"))
        let merged = try chain.cordon("bom", "merge", "a.cdx.json", "a.cdx.json", "--output", "m.cdx.json")
        #expect(merged.status == 0, "\(merged.errors)")
        #expect(try chain.cordon("bom", "check", "m.cdx.json").status == 0)
        // The same release with another digest.
        func bill(_ name: String, _ digest: String) {
            chain.write(
                name,
                #"{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[{"type":"library","name":"x","version":"1.0","purl":"pkg:pypi/x@1.0","bom-ref":"x","hashes":[{"alg":"SHA-256","content":"\#(String(repeating: digest, count: 32))"}]}]}"#
            )
        }
        bill("one.json", "ab")
        bill("two.json", "cd")
        let refused = try chain.cordon("bom", "merge", "one.json", "two.json", "--output", "n.cdx.json")
        #expect(refused.status == 2 && refused.errors.contains("two.json"), "\(refused.errors)")
        #expect(!FileManager.default.fileExists(atPath: chain.folder.path + "/n.cdx.json"))
        // Two datasets of one name and different content are two datasets.
        let digest = try #require(try chain.text("a.cdx.json").firstMatch(of: /"content": "([0-9a-f]{64})"/)).1
        let other = try chain.text("a.cdx.json").replacing(digest, with: String(repeating: "ab", count: 32))
        chain.write("c.cdx.json", other)
        #expect(try chain.cordon("bom", "merge", "a.cdx.json", "c.cdx.json", "--output", "n.cdx.json").status == 0)
        let both = try chain.text("n.cdx.json")
        #expect(both.contains(digest) && both.contains(String(repeating: "ab", count: 32)))
        #expect(try chain.cordon("bom", "check", "n.cdx.json").status == 0)
    }

    @Test("A bill that breaks its format's rules is exit 1 with the line; what is none is exit 2")
    func brokenBills() throws {
        let chain = try Chain()
        _ = try chain.cordon("bom", "project", "--no-config", "--output", "a.cdx.json")
        let good = try chain.text("a.cdx.json")
        chain.write("dangling.json", good.replacing(#""dependsOn": ["#, with: #""dependsOn": ["nowhere","#))
        let run = try chain.cordon("bom", "check", "dangling.json", "--format", "json")
        #expect(run.status == 1 && run.output.contains("nowhere"))
        #expect(try schemaErrors(run.output, "bill-check") == [])
        for (name, text) in [
            ("cut.json", String(good.prefix(good.count / 2))), ("other.json", "{}"), ("empty.json", ""),
        ] {
            chain.write(name, text)
            let run = try chain.cordon("bom", "check", name)
            #expect(run.status == 2 && run.errors.contains(name), "\(name): \(run.errors)")
        }
        #expect(try chain.cordon("bom", "nothing-here").status == 2)
    }

    // MARK: Provenance

    @Test("The OWASP example: what the model comes from, and what vendor B touches")
    func owasp() throws {
        let chain = try Chain()
        let trace = try chain.cordon("provenance", "trace", "project", "--no-config")
        #expect(trace.status == 0)
        for line in [
            "fine-tuned-from base-model", "trained-on dataset-X", "trained-on dataset-Z", "labelled-by Vendor B",
        ] {
            #expect(trace.output.contains(line), "\(line)")
        }
        let json = try chain.cordon("provenance", "trace", "project", "--no-config", "--format", "json")
        #expect(try schemaErrors(json.output, "provenance-graph") == [])
        let picture = try chain.cordon("provenance", "trace", "project", "--no-config", "--format", "svg")
        #expect(try XMLElement.parse(Array(picture.output.utf8)).name == "svg")
        #expect(
            try chain.cordon("provenance", "trace", "project", "--no-config", "--format", "dot").output.hasPrefix(
                "digraph"))
        let impact = try chain.cordon("provenance", "impact", "Vendor B", "project", "--no-config", "--format", "json")
        #expect(impact.status == 1)
        #expect(try schemaErrors(impact.output, "provenance-impact") == [])
        let report = try #require(try JSONSerialization.jsonObject(with: Data(impact.output.utf8)) as? [String: Any])
        let names = Set((report["affected"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String })
        #expect(names.isSuperset(of: ["dataset-Z", "base-model", "support-model"]))
        #expect(names.isDisjoint(with: ["dataset-X", "dataset-Y"]))
        let unknown = try chain.cordon("provenance", "impact", "Vendor Q", "project", "--no-config")
        #expect(unknown.status == 2 && unknown.errors.contains("Vendor Q"))
    }

    @Test("A lineage that nothing contradicts verifies; a card that lies is exit 1")
    func verification() throws {
        let chain = try Chain()
        let good = try chain.cordon("provenance", "verify", "project", "--no-config")
        #expect(good.status == 0 && good.output.contains("verified"), "\(good.output)")
        // Other weights under the same names.
        let path = URL(filePath: chain.folder.path).appending(path: "project/models/support-model/model.safetensors")
        var bytes = [UInt8](try Data(contentsOf: path))
        let start = 8 + bytes[0..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        var state: UInt64 = 1
        for index in stride(from: start, to: bytes.count, by: 4) {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = littleEndian(Float(Int64(bitPattern: state) >> 40).bitPattern)
            bytes.replaceSubrange(index..<(index + 4), with: value)
        }
        try Data(bytes).write(to: path)
        let bad = try chain.cordon("provenance", "verify", "project", "--no-config")
        #expect(bad.status == 1 && bad.output.contains("CORDON-PRV-003"), "\(bad.output)")
    }

    @Test("Where nothing can be read or checked, the exit code is 2 and the file is named")
    func nothingToCheck() throws {
        let chain = try Chain()
        chain.write("empty/note.txt", "nothing")
        chain.write("noise.bin", "noise")
        chain.write("cut.json", #"{"bomFormat":"CycloneDX","#)
        chain.write("cut.xml", "<bom xmlns='http://cyclonedx.org/schema/bom/1.6'><components>")
        for name in ["noise.bin", "cut.json", "cut.xml"] {
            for arguments in [["trace", name], ["impact", "Vendor B", name]] {
                let run = try runCordon(
                    ["provenance"] + arguments + ["--no-config"], in: chain.folder.path, environment: chain.environment)
                #expect(run.status == 2 && run.errors.contains(name), "\(arguments): \(run.errors)")
            }
        }
        for name in ["empty", "noise.bin"] {
            let run = try chain.cordon("provenance", "verify", name, "--no-config")
            #expect(run.status == 2 && run.errors.contains(name), "\(run.errors)")
        }
        #expect(try chain.cordon("bom", "check", "cut.xml").errors.contains("JSON"))
    }

    @Test("A recorded run is a signed statement that counts once its key is trusted, and has no secret in it")
    func record() throws {
        let chain = try Chain()
        chain.write("work/data.csv", "a\n1\n")
        chain.write("work/train.sh", "cp data.csv model.safetensors\n")
        let run = try chain.cordon(
            "provenance", "record", "--folder", "work", "--output", "run.intoto.json", "--private-key", "key.pem",
            "--builder", "https://ci.example/1", "--", "sh", "train.sh", "--token=hunter2", "data.csv")
        #expect(run.status == 0, "\(run.errors)")
        let bundle = try chain.text("run.intoto.json")
        let payload = try #require(
            try JSONDocument.parse(ByteView(copying: Array(bundle.utf8))).root["dsseEnvelope"]?["payload"]?.string)
        let statement = String(decoding: try #require(Data(base64Encoded: payload)), as: UTF8.self)
        #expect(statement.contains("model.safetensors") && statement.contains("data.csv"))
        #expect(!statement.contains("hunter2"))
        let failed = try chain.cordon(
            "provenance", "record", "--folder", "work", "--output", "no.json", "--unsigned", "--", "sh", "-c", "exit 7")
        #expect(failed.status == 7)
        #expect(!FileManager.default.fileExists(atPath: chain.folder.path + "/no.json"))
    }

    @Test("The gate lets in what the policy allows, names what it refuses, and states the decision")
    func gate() throws {
        let chain = try Chain()
        chain.write(
            "open.toml",
            "[gate]\nminimum-grade = \"inferred\"\nallow-gaps = true\n")
        chain.write("strict.toml", "[gate]\nlicences = [\"mit\"]\nallow-gaps = true\n")
        let good = try chain.cordon(
            "provenance", "gate", "project", "--policy", "open.toml", "--output", "vsa.json", "--private-key", "key.pem"
        )
        #expect(good.status == 0, "\(good.output)\(good.errors)")
        #expect(try chain.text("vsa.json").contains("dsseEnvelope"))
        let bad = try chain.cordon("provenance", "gate", "project", "--policy", "strict.toml", "--format", "json")
        #expect(bad.status == 1)
        #expect(try schemaErrors(bad.output, "gate-decision") == [])
        chain.write("broken.toml", "[gate]\nminimum-grade = \"splendid\"\n")
        let broken = try chain.cordon("provenance", "gate", "project", "--policy", "broken.toml")
        #expect(broken.status == 2 && broken.errors.contains("broken.toml"))
    }

    // MARK: Weights

    @Test("Two models are compared, and what cannot be is said")
    func comparison() throws {
        let chain = try Chain()
        let run = try chain.cordon(
            "model", "compare", "project/models/base-model", "project/models/support-model", "--format", "json")
        #expect(run.status == 0, "\(run.errors)")
        #expect(try schemaErrors(run.output, "model-comparison") == [])
        let report = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
        #expect(report["verdict"] as? String == "same lineage" && report["adapterRank"] as? Int == 4)
        chain.write("not.safetensors", "no")
        let bad = try chain.cordon("model", "compare", "not.safetensors", "project/models/base-model")
        #expect(bad.status == 2 && bad.errors.contains("not.safetensors"))
    }

    // MARK: Advisories

    @Test("Records are imported once, matched by a scan with the version that fixes them, and their age is told")
    func advisories() throws {
        let chain = try Chain()
        chain.write(
            "osv/GHSA-test.json",
            #"{"schema_version":"1.6.0","id":"GHSA-test","modified":"2026-01-01T00:00:00Z","summary":"bad","affected":[{"package":{"ecosystem":"PyPI","name":"examplelib"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2.0"}]}]}]}"#
        )
        chain.write("code/requirements.txt", "examplelib==1.5\n")
        let empty = try chain.cordon("advisories", "status", "--database", "db.sqlite")
        #expect(empty.status == 2 && empty.errors.contains("db.sqlite"))
        let first = try chain.cordon("advisories", "import", "osv", "--database", "db.sqlite")
        #expect(first.status == 0 && first.output.hasPrefix("1 added, 0 changed, 0 unchanged"), "\(first.errors)")
        #expect(
            try chain.cordon("advisories", "import", "osv", "--database", "db.sqlite").output
                .hasPrefix("0 added, 0 changed, 1 unchanged"))
        #expect(
            try chain.cordon("advisories", "status", "--database", "db.sqlite", "--max-age-days", "100000").status == 0)
        #expect(try chain.cordon("advisories", "status", "--database", "db.sqlite", "--max-age-days", "1").status == 1)
        let scan = try chain.cordon("scan", "code", "--no-config", "--advisories", "db.sqlite")
        #expect(scan.output.contains("GHSA-test") && scan.output.contains("2.0"), "\(scan.output)\(scan.errors)")
        chain.write("osv/broken.json", "{\"id\":")
        chain.write(
            "osv/GHSA-more.json", try chain.text("osv/GHSA-test.json").replacing("GHSA-test", with: "GHSA-more"))
        let broken = try chain.cordon("advisories", "import", "osv", "--database", "db.sqlite")
        #expect(broken.status == 2 && broken.errors.contains("broken.json"))
        #expect(
            try chain.cordon("advisories", "status", "--database", "db.sqlite", "--max-age-days", "100000").output
                .contains("records: 1,"))
    }
}
