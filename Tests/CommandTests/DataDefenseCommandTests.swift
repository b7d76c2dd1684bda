import CordonCore
import CordonTestSupport
import Foundation
import Testing

/// `cordon data distort`, `augment` and `null-label`, `cordon model train`, `test` and `ensemble` as users meet them.
@Suite("Commands: distortion, augmentation, ensembles")
struct DataDefenseCommandTests {
    let folder = TemporaryFolder()

    private func table(_ rows: Int, _ name: String, seed: UInt64) -> String {
        var random = SplitMix(state: seed)
        var text = "a,b,c,label\n"
        for _ in 0..<rows {
            let (a, b) = (random.normal(), random.normal())
            text += "\(a),\(b),\(random.normal()),\(a + b > 0 ? "yes" : "no")\n"
        }
        return folder.write(Array(text.utf8), to: name)
    }

    private func content(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test("A distorted copy has a manifest beside it, the original stays, and the experiment's JSON fits its schema")
    func distort() throws {
        let data = table(200, "t.csv", seed: 1)
        let (before, output) = (try content(data), folder.path + "/d.csv")
        let run = try cordon(["data", "distort", data, "-m", "gaussian=0.2", "--method", "fields=c", "-o", output])
        #expect(run.status == 0 && run.errors.contains("200 rows") && run.errors.contains("without the columns c"))
        #expect(try content(output).hasPrefix("a,b,label\n"))
        #expect(try content(data) == before)
        #expect(try content(output + ".manifest.csv").split(separator: "\n").count == 201)
        let effect = try cordon([
            "data", "distort", data, "--effect", "--method", "dropout=0.3", "--seeds", "1", "--format", "json",
        ])
        #expect(effect.status == 0 && effect.output.contains("\"as it is\"") && effect.output.contains("dropout=0.3"))
        #expect(try schemaErrors(effect.output, "data-effect") == [])
        let dilution = try cordon([
            "data", "augment", data, "--dilution", "--clean", table(200, "clean.csv", seed: 2), "--seeds", "1",
            "--format", "json", "--report", folder.path + "/r.json",
        ])
        #expect(dilution.status == 0)
        #expect(try schemaErrors(content(folder.path + "/r.json"), "data-effect") == [])
    }

    @Test("A larger copy and one with null labels are written, and say what they hold")
    func larger() throws {
        let data = table(120, "t.csv", seed: 3)
        let run = try cordon(["data", "augment", data, "--copies", "2", "-o", folder.path + "/a.parquet"])
        #expect(run.status == 0 && run.errors.contains("360 rows"))
        let null = try cordon(["data", "null-label", data, "--share", "0.5", "-o", folder.path + "/n.csv"])
        #expect(null.status == 0 && null.errors.contains("60 changed ones added"))
        #expect(try content(folder.path + "/n.csv").contains(",null\n"))
    }

    @Test("What cannot be distorted is refused, names what there is, and writes nothing")
    func refused() throws {
        let data = table(60, "t.csv", seed: 4)
        let output = folder.path + "/o.csv"
        for (arguments, words) in [
            (["data", "distort", data, "-m", "jpeg", "-o", output], "jpeg is not for table; there are gaussian"),
            (["data", "distort", data, "-m", "blur", "-o", output], "no distortion 'blur'; there are"),
            (["data", "distort", data, "-m", "gaussian", "-o", data], "is the dataset itself"),
            (["data", "distort", data, "-m", "private", "--bound", "z=0,1", "-o", output], "no column of numbers 'z'"),
            (["data", "distort", folder.path + "/none.csv", "--effect"], "none.csv"),
            (["data", "augment", data, "--copies", "0", "-o", output], "nothing would be added"),
            (["data", "null-label", data, "--share", "99", "-o", output], "from 0.01 to 5"),
        ] {
            let run = try cordon(arguments)
            #expect(run.status == 2 && run.errors.contains(words), "\(run.errors)")
        }
        for arguments in [
            ["data", "distort", data], ["data", "distort", data, "-o", output],
            ["data", "distort", data, "--effect", "--seeds", "0"], ["data", "augment", data],
        ] { #expect(try cordon(arguments).status == 64) }
        #expect(!FileManager.default.fileExists(atPath: output))
    }

    @Test("Members are trained in folders of their own, vote with certificates, and a swapped one is refused")
    func ensemble() throws {
        let (data, held) = (table(600, "t.csv", seed: 5), table(100, "h.csv", seed: 6))
        let output = folder.path + "/members"
        let run = try cordon([
            "model", "ensemble", "train", data, "-o", output, "--parts", "5", "--jobs", "2", "--epochs", "6",
        ])
        #expect(run.status == 0 && run.errors.contains("5 members"), "\(run.errors)")
        #expect(try schemaErrors(content(output + "/ensemble.json"), "ensemble") == [])
        #expect(FileManager.default.fileExists(atPath: output + "/member-0004/data.parquet.manifest.csv"))
        let curve = try cordon(["model", "ensemble", "certify", output, "--data", held, "--format", "json"])
        #expect(curve.status == 0)
        #expect(try schemaErrors(curve.output, "ensemble-certificate") == [])
        let predicted = folder.path + "/p.csv"
        let votes = try cordon(["model", "ensemble", "predict", output, "--data", held, "-o", predicted])
        #expect(votes.status == 0)
        #expect(try content(predicted).hasPrefix("row,class,votes,certified\n"))
        let without = try cordon([
            "model", "ensemble", "predict", output, "--data", held, "-o", predicted, "--exclude", "1,3", "--rule",
            "vote",
        ])
        #expect(without.status == 0)
        folder.write(Array("x".utf8), to: "members/member-0002/model.onnx")
        let swapped = try cordon(["model", "ensemble", "certify", output, "--data", held])
        #expect(swapped.status == 2 && swapped.errors.contains("member 2: its digest is another one"))
        let again = try cordon(["model", "ensemble", "train", data, "-o", output, "--parts", "5"])
        #expect(again.status == 2 && again.errors.contains("cannot make the folder"))
    }

    @Test("A member's own command is run without a shell; one that fails is told with its last words")
    func ownCommand() throws {
        let data = table(300, "t.csv", seed: 7)
        let model = folder.path + "/one.onnx"
        let trained = try cordon(["model", "train", data, "-o", model, "--epochs", "2"])
        #expect(trained.status == 0 && trained.errors.contains("2 classes from 300 rows"))
        let copied = try cordon([
            "model", "ensemble", "train", data, "-o", folder.path + "/e", "--parts", "2", "--", "cp", model, "{model}",
        ])
        #expect(copied.status == 0, "\(copied.errors)")
        let failing = try cordon([
            "model", "ensemble", "train", data, "-o", folder.path + "/f", "--parts", "2", "--", "ls", "{model};true",
        ])
        #expect(failing.status == 2 && failing.errors.contains("member 0 was not trained (exit code 2)"))
        #expect(FileManager.default.fileExists(atPath: folder.path + "/f/member-0000/log.txt"))
        let silent = try cordon([
            "model", "ensemble", "train", data, "-o", folder.path + "/g", "--parts", "2", "--", "true",
        ])
        #expect(silent.status == 64 && silent.errors.contains("{model}"))
    }

    @Test("A test counts the rows that get their label, those of a trigger too")
    func test() throws {
        let signs = repository.appending(path: "Examples/signs").path
        let clean = try cordon(["model", "test", signs + "/clean.onnx", "--data", signs + "/triggered.npz"])
        #expect(clean.status == 0 && clean.output.hasSuffix("%)\n"))
        let attacked = try cordon(["model", "test", signs + "/backdoored.onnx", "--data", signs + "/triggered.npz"])
        #expect(attacked.output.contains("of 450 rows get their label (99"))
        let refused = try cordon(["model", "test", signs + "/clean.onnx", "--data", table(20, "t.csv", seed: 8)])
        #expect(refused.status == 2)
    }
}
