import CordonFormats
import CordonTensor
import CordonTestSupport
import Foundation
import Testing

@Suite("Data and model commands")
struct EngineCommandTests {
    let folder = TemporaryFolder()

    private func table(_ rows: Int) -> String {
        let lines = (0..<rows).map { "\($0 % 7),\(Double($0) / 3),\($0 % 2)\n" }
        return folder.write(Array(("a,b,label\n" + lines.joined()).utf8), to: "t.csv")
    }

    private func model() throws -> String {
        folder.write(try GraphBuilder.logisticRegression(features: 2, classes: 3, seed: 1).onnx(), to: "m.onnx")
    }

    @Test("data info tells rows, columns and labels, as text and as JSON of the published schema")
    func info() throws {
        let path = table(100)
        let text = try cordon(["data", "info", path])
        #expect(text.status == 0)
        #expect(text.output.contains("CSV, 100 rows"))
        #expect(text.output.contains("labels"))
        let json = try cordon(["data", "info", path, "--format", "json"])
        #expect(try schemaErrors(json.output, "dataset-info") == [])
    }

    @Test("Rows that cannot be read give exit code 1 and are named; what is no dataset gives 2")
    func bad() throws {
        let path = folder.write(Array("a,b\n1,2\n3\n".utf8), to: "r.csv")
        let run = try cordon(["data", "info", path])
        #expect(run.status == 1)
        #expect(run.output.contains("line 3: 1 fields where 2 were expected"))
        for bad in [folder.path + "/nowhere", folder.write([0, 1, 2, 3], to: "x.bin"), folder.write([], to: "empty")] {
            let run = try cordon(["data", "info", bad])
            #expect(run.status == 2)
            #expect(run.errors.hasPrefix("cordon: "))
        }
        let wrong = try cordon(["data", "info", path, "--label", "nothing"])
        #expect(wrong.status == 2)
        #expect(wrong.errors.contains("there are a, b"))
    }

    @Test("data convert writes what it read, with a manifest, and leaves nothing where it fails")
    func convert() throws {
        let path = table(50)
        for ending in ["parquet", "jsonl", "npz"] {
            let run = try cordon(["data", "convert", path, "--output", folder.path + "/o.\(ending)", "--rows", "10-19"])
            #expect(run.status == 0, "\(run.errors)")
            let info = try cordon(["data", "info", folder.path + "/o.\(ending)"])
            #expect(info.output.contains("10 rows"))
            #expect(FileManager.default.fileExists(atPath: folder.path + "/o.\(ending).manifest.csv"))
        }
        let text = folder.write(Array("t\nhello there\n".utf8), to: "w.csv")
        let failed = try cordon(["data", "convert", text, "--output", folder.path + "/w.npz"])
        #expect(failed.status == 2)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/w.npz"))
        #expect(
            !(try FileManager.default.contentsOfDirectory(atPath: folder.path)).contains { $0.contains(".cordon-") })
        #expect(try cordon(["data", "convert", path, "--output", folder.path + "/o.doc"]).status == 2)
        #expect(
            try cordon(["data", "convert", path, "--output", folder.path + "/o.csv", "--rows", "9-2"]).status == 64)
    }

    @Test("model info tells inputs, weights and operators of a graph, and tensors of other files")
    func models() throws {
        let path = try model()
        let text = try cordon(["model", "info", path])
        #expect(text.status == 0)
        #expect(text.output.contains("9 parameters"))
        #expect(try schemaErrors(cordon(["model", "info", path, "--format", "json"]).output, "model-info") == [])
        let header = Array("{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}".utf8)
        let safetensors = folder.write(
            [UInt8(header.count), 0, 0, 0, 0, 0, 0, 0] + header + [UInt8](repeating: 0, count: 8), to: "w.safetensors")
        let weights = try cordon(["model", "info", safetensors, "--format", "json"])
        #expect(weights.status == 0)
        #expect(try schemaErrors(weights.output, "model-info") == [])
        #expect(try cordon(["model", "info", folder.write([1, 2, 3], to: "no.onnx")]).status == 2)
    }

    @Test("model run writes a row per row, whatever the format, and leaves out rows that lack a value")
    func running() throws {
        let (data, model) = (table(64), try model())
        for ending in ["parquet", "csv", "jsonl", "npz"] {
            let run = try cordon(["model", "run", model, "--data", data, "--output", folder.path + "/p.\(ending)"])
            #expect(run.status == 0, "\(run.errors)")
            #expect(try cordon(["data", "info", folder.path + "/p.\(ending)"]).output.contains("64 rows"))
        }
        let gaps = folder.write(Array("a,b,label\n1,2,0\n,2,1\n3,4,1\n".utf8), to: "g.csv")
        let run = try cordon(["model", "run", model, "--data", gaps, "--output", folder.path + "/g.jsonl"])
        #expect(run.status == 1)
        #expect(run.errors.contains("line 3"))
        let wrong = folder.write(Array("text\nhello\n".utf8), to: "text.csv")
        let refused = try cordon(["model", "run", model, "--data", wrong, "--output", folder.path + "/n.csv"])
        #expect(refused.status == 2)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/n.csv"))
    }

    @Test("Commands that need no tensors load neither native library")
    func lazy() throws {
        let run = try run("/usr/bin/strace", ["-f", "-e", "trace=openat", binary.path, "model", "info", model()])
        #expect(run.status == 0)
        #expect(!run.errors.contains("libCordonTorch"))
        #expect(!run.errors.contains("libtorch"))
        #expect(!run.errors.contains("libCordonArrow"))
    }
}
