import CordonCore
import CordonFormats
import CordonReport
import CordonScan
import CordonTestSupport
import Foundation
import Testing

/// The project's root folder.
private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// A report about the bundled example.
private func exampleReport() async throws -> ScanReport {
    try await Scanner().scan([root.appending(path: "Examples/compromised-project").path])
}

@Suite("Reports")
struct ReportTests {
    @Test("The JSON report fits its published schema")
    func jsonSchema() async throws {
        let schema = try JSONSchema(
            [UInt8](Data(contentsOf: root.appending(path: "docs/schemas/scan-report-1.0.schema.json"))))
        let report = JSONReport.render(try await exampleReport())
        #expect(schema.errors(in: try JSONDocument.parse(ByteView(copying: report)).root) == [])
    }

    @Test("The validator refuses what does not fit")
    func validator() throws {
        let schema = try JSONSchema(
            [UInt8](Data(contentsOf: root.appending(path: "docs/schemas/scan-report-1.0.schema.json"))))
        let wrong =
            #"{"schemaVersion":"2","tool":{"name":"cordon"},"summary":{},"roots":[1],"findings":[{}],"assets":[],"x":1}"#
        let errors = schema.errors(in: try JSONDocument.parse(ByteView(copying: Array(wrong.utf8))).root)
        #expect(errors.count >= 10, "\(errors)")
    }

    @Test("SARIF has the shape that the specification asks for")
    func sarifShape() async throws {
        let report = try await exampleReport()
        let log = try JSONDocument.parse(ByteView(copying: SARIFReport.render(report))).root
        #expect(log["version"]?.string == "2.1.0")
        let run = try #require(log["runs"]?.elements.first)
        let rules = run["tool"]?["driver"]?["rules"]?.elements ?? []
        let results = run["results"]?.elements ?? []
        #expect(results.count == report.findings.count)
        for (result, finding) in zip(results, report.findings) {
            let index = try #require(result["ruleIndex"]?.integer)
            #expect(rules[index]["id"]?.string == finding.ruleID && result["ruleId"]?.string == finding.ruleID)
            let location = try #require(result["locations"]?.elements.first)
            #expect(location["physicalLocation"]?["artifactLocation"]?["uri"]?.string == finding.path.display)
            #expect(
                (location["physicalLocation"]?["region"] == nil)
                    == (finding.place.member != nil || finding.place.cell != nil
                        || (finding.place.offset ?? finding.place.line) == nil))
            if let member = finding.place.member {
                #expect(
                    location["logicalLocations"]?.elements.first?["fullyQualifiedName"]?.string?.hasPrefix(member)
                        == true)
            }
            #expect(result["partialFingerprints"]?["cordonFinding/v1"]?.string == finding.fingerprint)
        }
        let levels: [Severity: String] = [
            .critical: "error", .high: "error", .medium: "warning", .low: "note", .info: "note",
        ]
        #expect(zip(results, report.findings).allSatisfy { $0["level"]?.string == levels[$1.severity] })
        #expect(run["invocations"]?.elements.first?["toolExecutionNotifications"]?.elements.isEmpty == false)
    }

    @Test("File names that are not URIs are percent-encoded")
    func uris() throws {
        let finding = Finding(
            ruleID: "CORDON-PKL-001", severity: .high, confidence: .high,
            path: AssetPath(bytes: Array("a b/%ü".utf8) + [0xFF]),
            place: Place(), message: "m", subject: "s")
        let report = ScanReport(
            toolVersion: "0", roots: [], entries: [], findings: [finding], rules: Rules.all, excludedCount: 0,
            configuration: nil, duration: .zero)
        #expect(String(decoding: SARIFReport.render(report), as: UTF8.self).contains("\"a%20b/%25%C3%BC%FF\""))
    }

    @Test("The terminal report says what, why and what to do, worst first, without colour when not asked")
    func terminal() async throws {
        let text = TerminalReport.render(try await exampleReport(), colour: false, failOn: .high)
        #expect(!text.contains("\u{1B}"))
        let critical = try #require(text.range(of: " CRITICAL "))
        let medium = try #require(text.range(of: " MEDIUM "))
        #expect(critical.lowerBound < medium.lowerBound)
        for line in [
            "what calls posix.system(", "why  Whatever loads these bytes runs this call", "do   Do not load it",
        ] {
            #expect(text.contains(line), "\(line)")
        }
        #expect(text.contains("Not evaluated") && text.contains("34 files in "))
        #expect(TerminalReport.render(try await exampleReport(), colour: true, failOn: .high).contains("\u{1B}["))
    }

    @Test("Two scans give the same report but for the time")
    func deterministic() async throws {
        func withoutTime(_ report: ScanReport) -> String {
            String(decoding: JSONReport.render(report), as: UTF8.self).split(separator: "\n").filter {
                !$0.contains("\"seconds\"")
            }.joined()
        }
        #expect(withoutTime(try await exampleReport()) == withoutTime(try await exampleReport()))
    }
}

@Suite("The bundled example")
struct ExampleTests {
    /// Which rule each trap is there to show; `Examples/README.md` describes them.
    private static let traps: [(String, String)] = [
        ("models/base/pytorch_model.bin", "CORDON-PKL-001"), ("models/churn/scaler.joblib", "CORDON-PKL-007"),
        ("models/base/adapter_model.safetensors", "CORDON-FIL-001"),
        ("models/base/model-00002-of-00002.safetensors", "CORDON-STN-003"),
        ("models/checkpoints/epoch-03.pt", "CORDON-ZIP-001"), ("models/export/churn_large.onnx", "CORDON-ONX-001"),
        ("models/export/churn.keras", "CORDON-KER-001"),
        ("models/assistant/churn-assistant-f32.gguf", "CORDON-JNJ-001"),
        ("models/base/tokenizer_config.json", "CORDON-JNJ-001"), ("models/base/config.json", "CORDON-CFG-001"),
        ("configs/callbacks/notify.yaml", "CORDON-CFG-005"), ("configs/preprocess.yaml", "CORDON-CFG-007"),
        ("data/segment_names.npy", "CORDON-PKL-001"),
        ("models/base/model-00001-of-00002.safetensors", "CORDON-STN-001"), ("requirements.txt", "CORDON-DEP-001"),
        ("notebooks/explore.ipynb", "CORDON-NBK-001"), ("scripts/publish.py", "CORDON-PYS-004"),
        ("configs/serving.env", "CORDON-SEC-003"), ("data/contacts.csv", "CORDON-PII-001"),
        ("models/trees/churn.pmml", "CORDON-EXO-006"), ("models/trees/churn.rds", "CORDON-RDS-001"),
        ("models/export/embeddings.7z", "CORDON-PKL-001"), ("models/export/churn.mar", "CORDON-EXO-003"),
    ]

    @Test("Every trap springs its rule", arguments: traps)
    func springs(_ path: String, _ rule: String) async throws {
        let report = try await exampleReport()
        #expect(report.findings.contains { $0.path.display == path && $0.ruleID == rule })
    }

    @Test("Nothing but the traps is flagged")
    func clean() async throws {
        let flagged = Set(try await exampleReport().entries.filter { $0.outcome == .failed }.map(\.asset.path.display))
        #expect(flagged == Set(Self.traps.map(\.0)))
    }
}
