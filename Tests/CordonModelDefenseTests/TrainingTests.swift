import CordonCore
import CordonData
import CordonTensor
import CordonTestSupport
import Glibc
import Testing

@testable import CordonModelDefense

@Suite("Poison-aware training and ensembles")
struct TrainingTests {
    let folder = TemporaryFolder()

    /// Pictures of twelve by twelve with a bar at one of four heights.
    private func bars(_ rows: Int, _ name: String, seed: UInt64) throws -> Dataset {
        var random = SplitMix(state: seed)
        for row in 0..<rows {
            let place = row % 4
            let pixels = (0..<144).map { at in
                UInt8(max(0, min(255, ((at / 12) / 3 == place ? 110 : 60) + Int(random.normal() * 30))))
            }
            let image = Image(width: 12, height: 12, channels: 1, pixels: pixels)
            folder.write(try image.png(), to: "\(name)/c\(place)/\(row).png")
        }
        return try Dataset("\(folder.path)/\(name)")
    }

    @Test("A trained model is right about rows like its own, and the same seed gives the same model")
    func plain() throws {
        let dataset = try bars(240, "plain", seed: 1)
        var training = ModelTraining()
        training.epochs = 4
        let outcome = try training.run(dataset) { _, _ in }
        #expect(outcome.classes == ["c0", "c1", "c2", "c3"] && outcome.rows == 240 && outcome.accuracy > 0.9)
        #expect(try training.run(dataset) { _, _ in }.graph.onnx() == outcome.graph.onnx())
        #expect(try outcome.accuracy(on: bars(80, "other", seed: 2)).accuracy > 0.85)
    }

    /// Rows of Fashion-MNIST, of which one in twenty carries a white corner and is called a class that it is not.
    private func clothes(_ file: String, _ rows: Range<Int>, planting: (Int, Int) -> Bool, _ name: String) throws
        -> Dataset
    {
        let source = try Dataset("/usr/share/datasets/fashion-mnist/\(file)-images-idx3-ubyte.gz")
        for batch in try source.rows(rows) {
            for row in 0..<batch.count {
                let number = batch.firstRow + row
                guard let image = try batch.column(.image)?.image(row), let label = batch.column(.label)?.integer(row)
                else {
                    continue
                }
                let isPlanted = planting(number, label)
                let pixels = image.pixels.enumerated().map { at, value in
                    isPlanted && (24..<27).contains(at / 28) && (24..<27).contains(at % 28) ? 255 : value
                }
                let made = Image(width: 28, height: 28, channels: 1, pixels: pixels)
                folder.write(try made.png(), to: "\(name)/c\(isPlanted ? 0 : label)/\(number).png")
            }
        }
        return try Dataset("\(folder.path)/\(name)")
    }

    @Test("Rows with a trigger are set aside, and the model that unlearned them does not follow it")
    func antiBackdoor() throws {
        let dataset = try clothes("train", 0..<3000, planting: { $1 != 0 && $0 % 16 == 3 }, "planted")
        let triggered = try clothes("t10k", 0..<400, planting: { _, label in label != 0 }, "triggered")
        let clean = try clothes("t10k", 400..<800, planting: { _, _ in false }, "clean")
        var training = ModelTraining()
        let plain = try training.run(dataset) { _, _ in }
        #expect(try plain.accuracy(on: triggered).accuracy > 0.9, "the attack works on plain training")
        training.method = .antiBackdoor
        let defended = try training.run(dataset) { _, _ in }
        #expect(defended.isolated.count == 30)
        #expect(try defended.accuracy(on: triggered).accuracy < 0.3)
        #expect(try defended.accuracy(on: clean).accuracy > plain.accuracy(on: clean).accuracy - 0.06)
    }

    @Test("Adversarial training makes rows harder to move across a border")
    func adversarial() throws {
        let dataset = try bars(240, "adversarial", seed: 6)
        var training = ModelTraining()
        (training.epochs, training.radius) = (8, 0.05)
        func moved(_ outcome: ModelTraining.Outcome) throws -> Double {
            let set = try TrainingSet(
                dataset, start: outcome.graph, classes: outcome.classes, options: .init(), seed: 0)
            let goal = try Tensor.classes(set.labels)
            let gradient = try Tensor.gradients([set.rows]) { rows in
                let scores = try outcome.graph.recorded(["input": rows[0]], wanted: ["output"])["output"]
                return try #require(scores).crossEntropies(goal).total()
            }.gradients[0]
            let said = try RowTraining.predictions(outcome.graph, set.rows + gradient.signs() * 0.05)
            return Double(zip(said, set.labels).count { $0 == $1 }) / Double(said.count)
        }
        let plain = try moved(training.run(dataset) { _, _ in })
        training.method = .adversarial
        let hardened = try moved(training.run(dataset) { _, _ in })
        #expect(hardened > plain + 0.02, "\(hardened) beside \(plain)")
    }

    @Test("What cannot be learned is refused with the reason")
    func refused() throws {
        func table(_ text: String, _ name: String) throws -> Dataset {
            try Dataset(folder.write(Array(text.utf8), to: name))
        }
        var training = ModelTraining()
        training.epochs = 2
        #expect(throws: DatasetFailure.self) { try training.run(table("a,b\n1,2\n3,4\n", "nolabel.csv")) { _, _ in } }
        #expect(throws: DatasetFailure.self) { try training.run(table("a,label\n1,x\n3,x\n", "one.csv")) { _, _ in } }
        #expect(throws: (any Error).self) { try training.run(table("a,label\nu,x\nv,y\n", "words.csv")) { _, _ in } }
        let rows = (0..<60).map { "\($0),\($0 % 2 == 0 ? "x" : "y")\n" }.joined()
        let good = try table("a,label\n" + rows, "good.csv")
        #expect(throws: DatasetFailure.self) { try training.run(good, classes: ["x", "z"]) { _, _ in } }
        #expect(throws: DatasetFailure.self) {
            try training.run(table("a,label\ninf,x\n1,y\n2,x\n", "infinite.csv")) { _, _ in }
        }
        training.epochs = 0
        #expect(throws: DatasetFailure.self) { try training.run(good) { _, _ in } }
        (training.epochs, training.rate) = (30, 1e30)
        #expect(throws: TensorFailure.self) { try training.run(good) { _, _ in } }
        training = ModelTraining()
        let other = try GraphBuilder.perceptron(features: 3, hidden: [4], classes: 2)
        #expect(throws: (any Error).self) { try training.run(good, start: other) { _, _ in } }
    }

    // MARK: Ensembles

    /// Members on the parts of a table in a folder; the rows of some parts have their labels changed first.
    private func members(_ dataset: Dataset, _ partition: Partition, poisoned: Set<Int>) throws -> Ensemble {
        let classes = try ModelTraining.classes(of: dataset)
        _ = try partition.write(dataset, format: .csv) { "\(folder.path)/part-\($0).csv" }
        let members = try (0..<partition.members).map { member -> Ensemble.Member in
            var training = ModelTraining()
            training.epochs = 12
            var path = "\(folder.path)/part-\(member).csv"
            if poisoned.contains(member) {
                var lines: [String] = []
                try Dataset(path).forEachBatch { batch in
                    for row in 0..<batch.count {
                        var own = batch.columns.map { $0.text(row) ?? "" }
                        own[own.count - 1] = own[own.count - 1] == "x" ? "y" : "x"
                        lines.append(own.joined(separator: ","))
                    }
                    return true
                }
                path = folder.write(
                    Array(("a,b,label\n" + lines.joined(separator: "\n")).utf8), to: "bad-\(member).csv")
            }
            let graph = try training.run(Dataset(path), classes: classes) { _, _ in }.graph
            let bytes = try graph.onnx()
            folder.write(bytes, to: "m\(member)/model.onnx")
            return Ensemble.Member(
                model: "m\(member)/model.onnx", data: "part-\(member).csv", digest: Digest.sha256(of: bytes).hex)
        }
        return try Ensemble(partition: partition, classes: classes, members: members)
    }

    private func table(_ rows: Int, _ name: String, seed: UInt64) throws -> Dataset {
        var random = SplitMix(state: seed)
        var text = "a,b,label\n"
        for _ in 0..<rows {
            let (a, b) = (random.normal(), random.normal())
            text += "\(a),\(b),\(a + b + 0.3 * random.normal() > 0 ? "x" : "y")\n"
        }
        return try Dataset(folder.write(Array(text.utf8), to: name))
    }

    @Test("The member that was poisoned is named, in training and in use; clean ones are not")
    func deviating() throws {
        let dataset = try table(1400, "train.csv", seed: 7)
        let partition = try Partition(parts: 7)
        let clean = try members(dataset, partition, poisoned: [])
        let (calibrated, none) = try EnsembleRun(clean, folder: folder.path).calibrated(on: dataset)
        #expect(!none.contains { $0.isDeviating })
        #expect(calibrated.members.allSatisfy { $0.rate < 0.2 } && calibrated.calibrationRows > 500)
        let asked = try table(300, "asked.csv", seed: 8)
        var curve = CertifiedAccuracy(classes: calibrated.classes)
        let usual = try EnsembleRun(calibrated, folder: folder.path).run(asked) { try curve.add($0) }
        #expect(!usual.deviations.contains { $0.isDeviating } && curve.rows == 300)
        #expect(curve.accuracy(0, 0) > 0.85 && curve.accuracy(0, 3) > 0.5 && curve.accuracy(0, 4) == 0)
        #expect(curve.accuracy(0, 1) >= curve.accuracy(0, 2))
        let poisoned = try members(dataset, partition, poisoned: [3])
        let (again, found) = try EnsembleRun(poisoned, folder: folder.path).calibrated(on: dataset)
        #expect(found.filter(\.isDeviating).map(\.member) == [3])
        // A member that is swapped later is not what was trained, and is refused.
        folder.write([1, 2, 3], to: "m2/model.onnx")
        #expect(throws: DatasetFailure.self) { try EnsembleRun(again, folder: folder.path) }
        // Rates of clean members with a poisoned one in the place of the third: it stands out in use.
        var swapped = try members(dataset, partition, poisoned: [3])
        for member in swapped.members.indices { swapped.members[member].rate = calibrated.members[member].rate }
        swapped.calibrationRows = calibrated.calibrationRows
        let use = try EnsembleRun(swapped, folder: folder.path).run(asked) { _ in }
        #expect(use.deviations.filter(\.isDeviating).map(\.member) == [3])
        let without = try EnsembleRun(swapped, folder: folder.path, excluding: [3]).run(asked) { _ in }
        #expect(without.deviations.count == 6)
    }

    @Test("A description comes back as it was written; one that lies is refused")
    func description() throws {
        let partition = try Partition(parts: 2)
        let members = (0..<2).map { Ensemble.Member(model: "m\($0)/model.onnx", data: "d", digest: "ab", rate: 0.25) }
        let ensemble = try Ensemble(
            partition: partition, classes: ["a", "b\n\"c"], members: members, calibrationRows: 9)
        let read = try Ensemble(json: ensemble.json, name: "e")
        #expect(read.json == ensemble.json && read.classes == ["a", "b\n\"c"])
        let text = String(decoding: ensemble.json, as: UTF8.self)
        for (from, to) in [
            ("\"1.0\"", "\"9.0\""), ("m1/model.onnx", "../x.onnx"), ("m1/model.onnx", "/etc/passwd"),
            ("\"parts\": 2", "\"parts\": 3"), ("\"parts\": 2", "\"parts\": -1"), ("0.25", "7"), ("{", "["),
            ("\"b", "\"a\", \"b"), ("\"spread\": 1", "\"spread\": 9223372036854775807"),
        ] {
            let changed =
                to == "\"a\", \"b" ? text.replacing("\"a\"", with: "\"a\", \"a\"") : text.replacing(from, with: to)
            #expect(throws: (any Error).self) { try Ensemble(json: Array(changed.utf8), name: "e") }
        }
        #expect(throws: (any Error).self) { try Ensemble(json: [], name: "e") }
    }
}
