import CordonCore
import CordonTensor
import CordonTestSupport
import Foundation
import Testing

/// `cordon model inspect` and `repair` as users meet them.
@Suite("Commands: model inspect, repair")
struct ModelDefenseCommandTests {
    let folder = TemporaryFolder()

    /// A model of rows of twelve numbers in six classes, and clean rows as a table.
    private func made() throws -> (model: String, data: String) {
        var random = SplitMix(state: 8)
        func row() -> ([Float], Int) {
            let label = Int.random(in: 0..<6, using: &random)
            return (
                (0..<12).map { Float(($0 + label) % 6 == 0 ? 2 : 0) + Float.random(in: -0.8...0.8, using: &random) },
                label
            )
        }
        let (train, clean) = ((0..<600).map { _ in row() }, (0..<120).map { _ in row() })
        var trainer = Trainer()
        (trainer.epochs, trainer.rate) = (10, 5e-3)
        let graph = try trainer.train(
            GraphBuilder.perceptron(features: 12, hidden: [24], classes: 6, seed: 2),
            on: TrainingRows(
                inputs: ["input": Tensor(train.flatMap(\.0), shape: [600, 12])],
                target: Tensor(train.map { Int64($0.1) }, shape: [600]))
        ).graph
        let header = (0..<12).map { "f\($0)" }.joined(separator: ",") + ",label\n"
        let lines = clean.map { ($0.0.map { "\($0)" } + ["\($0.1)"]).joined(separator: ",") + "\n" }
        return (
            folder.write(try graph.onnx(), to: "model.onnx"),
            folder.write(Array((header + lines.joined()).utf8), to: "clean.csv")
        )
    }

    @Test("An inspection says what it found in every form, and JSON fits its schema")
    func inspect() throws {
        let (model, data) = try made()
        let json = try cordon(["model", "inspect", model, "--data", data, "--format", "json"])
        #expect(json.status == 0 && json.output.contains("\"verdict\": \"clean\""))
        #expect(try schemaErrors(json.output, "model-inspection") == [])
        let text = try cordon(["model", "inspect", model, "--data", data])
        #expect(text.status == 0 && text.output.contains("clean, confidence") && text.output.contains("120 clean rows"))
        let page = try cordon(["model", "inspect", model, "--data", data, "--format", "html"]).output
        #expect(page.hasPrefix("<!doctype html>") && page.contains("<h1>clean</h1>") && !page.contains("<script"))
        let sarif = try cordon(["model", "inspect", model, "--data", data, "--base", model, "--format", "sarif"])
        #expect(
            sarif.status == 0 && sarif.output.contains("\"version\": \"2.1.0\"")
                && sarif.output.contains("\"results\": []"))
        // A base that it does not come from speaks against it.
        let other = folder.write(
            try GraphBuilder.perceptron(features: 12, hidden: [24], classes: 6, seed: 77).onnx(), to: "other.onnx")
        let claimed = try cordon(["model", "inspect", model, "--data", data, "--base", other, "--format", "json"])
        #expect(claimed.status == 1 && claimed.output.contains("\"verdict\": \"suspect\""))
        #expect(try schemaErrors(claimed.output, "model-inspection") == [])
        // Without rows nothing is called clean.
        let blind = try cordon(["model", "inspect", model, "--format", "json"])
        #expect(blind.status != 0 && !blind.output.contains("\"verdict\": \"clean\""))
        #expect(try schemaErrors(blind.output, "model-inspection") == [])
    }

    @Test("A repair writes a model, evidence and a report; the model that was given stays")
    func repair() throws {
        let (model, data) = try made()
        let before = try Data(contentsOf: URL(fileURLWithPath: model))
        let (output, evidence) = (folder.path + "/repaired.onnx", folder.path + "/evidence.json")
        let run = try cordon([
            "model", "repair", model, "--data", data, "-o", output, "--method", "sam", "--allowed-loss", "0.2",
            "--evidence", evidence, "--format", "json",
        ])
        #expect(run.status == 0 && run.output.contains("\"kept\": \"sam\""))
        #expect(try schemaErrors(run.output, "model-repair") == [])
        #expect(try Data(contentsOf: URL(fileURLWithPath: model)) == before)
        #expect(try cordon(["model", "info", output]).status == 0)
        let statement = try String(contentsOfFile: evidence, encoding: .utf8)
        #expect(
            statement.contains("\"PASSED\"") && statement.contains("\"sha256\"") && statement.contains("sam: accuracy"))
    }

    @Test("A dataset is divided into a folder of tables; one that is there stays as it is")
    func partition() throws {
        let (_, data) = try made()
        let output = folder.path + "/parts"
        let run = try cordon(["data", "partition", data, "--parts", "4", "-o", output, "--format", "csv"])
        #expect(run.status == 0 && run.errors.contains("4 members"))
        let files = try FileManager.default.contentsOfDirectory(atPath: output)
        #expect(files.count == 8 && files.contains("part-0003.csv") && files.contains("part-0003.csv.manifest.csv"))
        let again = try cordon(["data", "partition", data, "--parts", "4", "-o", output])
        #expect(again.status == 2 && again.errors.contains("File exists"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: output).count == 8)
        let bare = folder.write(Array("a,b,label\n".utf8), to: "bare.csv")
        let empty = try cordon(["data", "partition", bare, "--parts", "3", "-o", folder.path + "/none"])
        #expect(empty.status == 2 && empty.errors.contains("bare.csv") && empty.errors.contains("no rows to divide"))
        let wrong = try cordon(["data", "partition", data, "--parts", "1", "-o", folder.path + "/none"])
        #expect(wrong.status == 2 && !FileManager.default.fileExists(atPath: folder.path + "/none"))
    }

    @Test("A guard answers each line with one line, and says which was no row")
    func guarding() throws {
        let (model, data) = try made()
        let lines = try String(contentsOfFile: data, encoding: .utf8).split(separator: "\n").dropFirst().prefix(3)
            .map { "[" + $0.split(separator: ",").dropLast().joined(separator: ",") + "]\n" }
        let run = try cordon(["model", "guard", model, "--data", data], input: lines.joined() + "[1,2]\nnothing\n")
        let answers = run.output.split(separator: "\n")
        #expect(run.status == 1 && answers.count == 5)
        #expect(answers[0].hasPrefix("{\"row\":0,\"class\":") && answers[0].contains("\"alarm\":"))
        #expect(answers[3] == "{\"row\":3,\"error\":\"12 numbers in a JSON array are wanted\"}")
        #expect(answers[4].contains("\"row\":4,\"error\""))
        let all = try cordon(["model", "guard", model, "--data", data, "--rows", data])
        #expect(all.status == 0 && all.output.split(separator: "\n").count == 120)
        #expect(try cordon(["model", "guard", model, "--data", data, "--false-alarms", "0"]).status == 64)
    }

    @Test("What does not fit is refused with the file, the reason and a remedy")
    func refused() throws {
        let (model, data) = try made()
        let wrong = folder.write(
            Array(
                try String(contentsOfFile: data, encoding: .utf8).split(separator: "\n").enumerated().map {
                    place, line in
                    place == 0 ? line + "\n" : line.dropLast() + "\((place * 5 + 3) % 6)\n"
                }.joined().utf8), to: "wrong.csv")
        let chance = try cordon(["model", "inspect", model, "--data", wrong])
        #expect(
            chance.status == 2 && chance.errors.contains("wrong.csv") && chance.errors.contains("no more than chance"))
        let itself = try cordon(["model", "repair", model, "--data", data, "-o", model])
        #expect(itself.status == 2 && itself.errors.contains("is the model itself"))
        let few = folder.write(
            Array(
                try String(contentsOfFile: data, encoding: .utf8).split(separator: "\n").prefix(20).map { $0 + "\n" }
                    .joined().utf8),
            to: "few.csv")
        let tooFew = try cordon(["model", "repair", model, "--data", few, "-o", folder.path + "/x.onnx"])
        #expect(tooFew.status == 2 && tooFew.errors.contains("few.csv") && tooFew.errors.contains("too few"))
        let unlabelled = folder.write(
            Array(try String(contentsOfFile: data, encoding: .utf8).replacing(",label", with: ",f12").utf8),
            to: "unlabelled.csv")
        let none = try cordon(["model", "repair", model, "--data", unlabelled, "-o", folder.path + "/x.onnx"])
        #expect(none.status == 2 && none.errors.contains("cordon: "))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/x.onnx"))
        #expect(
            try cordon(["model", "repair", model, "--data", data, "-o", "x.onnx", "--method", "magic"]).status == 64)
    }
}
