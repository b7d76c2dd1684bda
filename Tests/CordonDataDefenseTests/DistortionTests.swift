import CordonCore
import CordonData
import CordonTensor
import CordonTestSupport
import Glibc
import Testing

@testable import CordonDataDefense

@Suite("Distortions: TRAINDATADISTORTION")
struct DistortionTests {
    let folder = TemporaryFolder()

    private func image(_ size: Int, channels: Int = 1, _ value: (Int) -> UInt8) -> Image {
        Image(width: size, height: size, channels: channels, pixels: (0..<(size * size * channels)).map(value))
    }

    private func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
        let mean = values.reduce(0, +) / Double(values.count)
        return (mean, (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot())
    }

    // MARK: Values

    @Test("Noise in pictures has the deviation that was asked for", arguments: [Distortion.Method.gaussian, .laplace])
    func noise(method: Distortion.Method) throws {
        var random = SplitMix(state: 1)
        let made = try PictureNoise.apply(Distortion(method, 0.05), image(64) { _ in 128 }, &random)
        let (mean, deviation) = moments(made.pixels.map(Double.init))
        #expect(abs(mean - 128) < 1 && abs(deviation - 0.05 * 255) < 0.7)
    }

    @Test("Salt and pepper, bits, erasing and smoothing do to a picture what they say")
    func losses() throws {
        var random = SplitMix(state: 2)
        let grey = image(50) { _ in 100 }
        let salted = try PictureNoise.apply(Distortion(.saltAndPepper, 0.2), grey, &random)
        #expect(abs(Double(salted.pixels.count { $0 != 100 }) / 2500 - 0.2) < 0.03)
        #expect(Set(salted.pixels) == [0, 100, 255])
        let ramp = image(16) { UInt8($0) }
        #expect(try Set(PictureNoise.apply(Distortion(.bits, 2), ramp, &random).pixels) == [0, 85, 170, 255])
        let erased = try PictureNoise.apply(Distortion(.erasing, 0.3), grey, &random)
        #expect(abs(Double(zip(erased.pixels, grey.pixels).count { $0 != $1 }) / 2500 - 0.3) < 0.08)
        // A step of 255 after a Gaussian kernel of deviation 2: the normal distribution's own values on both sides.
        let step = image(40) { $0 % 40 < 20 ? 0 : 255 }
        let smooth = try PictureNoise.apply(Distortion(.smoothing, 2), step, &random)
        #expect(abs(Double(smooth.pixels[40 * 20 + 20]) / 255 - 0.599) < 0.01)
        #expect(smooth.pixels[40 * 20 + 2] == 0 && smooth.pixels[40 * 20 + 37] == 255)
        let compressed = try PictureNoise.apply(Distortion(.jpeg, 20), ramp, &random)
        #expect(compressed.pixels != ramp.pixels && compressed.pixels.count == ramp.pixels.count)
    }

    @Test("Opacity stays as it is", arguments: Distortion.Method.allCases.filter { $0.kinds.contains(.pictures) })
    func opacity(method: Distortion.Method) throws {
        guard !method.isSelection else { return }
        var random = SplitMix(state: 3)
        let picture = image(16, channels: 4) { $0 % 4 == 3 ? UInt8($0 / 4 % 256) : UInt8($0 * 7 % 251) }
        let made = try PictureNoise.apply(Distortion(method), picture, &random)
        #expect(made.channels == 4 && made.pixels != picture.pixels)
        #expect(stride(from: 3, to: made.pixels.count, by: 4).allSatisfy { made.pixels[$0] == picture.pixels[$0] })
    }

    @Test("Randomised response keeps a value as often as e^ε / (e^ε + k - 1), and the others are drawn alike")
    func response() {
        var random = SplitMix(state: 4)
        let names = ["a", "b", "c", "d"]
        let said = (0..<40_000).map { _ in TableNoise.response("b", names, epsilon: 1, &random) }
        let keeps = exp(1.0) / (exp(1.0) + 3)
        #expect(abs(Double(said.count { $0 == "b" }) / 40_000 - keeps) < 0.01)
        for name in ["a", "c", "d"] {
            #expect(abs(Double(said.count { $0 == name }) / 40_000 - (1 - keeps) / 3) < 0.01)
        }
    }

    @Test("The Laplace mechanism clamps to the limits and has the scale range / ε")
    func laplaceMechanism() throws {
        var random = SplitMix(state: 5)
        var column = ColumnStatistics(.numbers(name: "a", [0, 10]))
        let step = try Distortion(.privacy, 2)
        let made = (0..<20_000).compactMap { _ in TableNoise.number(99, step, column, epsilon: 2, &random) }
        let (mean, deviation) = moments(made)
        #expect(abs(mean - 10) < 0.2 && abs(deviation - 5 * 2.0.squareRoot()) < 0.3)
        column.high = 20
        let wider = (0..<20_000).compactMap { _ in TableNoise.number(99, step, column, epsilon: 2, &random) }
        #expect(abs(moments(wider).mean - 20) < 0.3)
    }

    @Test("Letters and words of texts change as often as was asked for, and some word stays")
    func texts() throws {
        let words = (0..<400).map { "word\($0 % 40)" }
        let vocabulary = Vocabulary([words.joined(separator: " ")])
        var random = SplitMix(state: 6)
        let text = words.joined(separator: " ")
        let dropped = try TextNoise.apply(Distortion(.dropout, 0.3), text, vocabulary, &random)
        #expect(abs(Double(dropped.split(separator: " ").count) / 400 - 0.7) < 0.07)
        let replaced = try TextNoise.apply(Distortion(.words, 0.5), text, vocabulary, &random).split(separator: " ")
        let same = Double(zip(replaced, words).count { $0 == $1 }) / 400
        // One of forty draws hits the word itself.
        #expect(replaced.count == 400 && abs(same - (0.5 + 0.5 / 40)) < 0.08)
        #expect(try !TextNoise.apply(Distortion(.dropout, 0.9), "one two", vocabulary, &random).isEmpty)
        let letters = try TextNoise.apply(Distortion(.characters, 0.2), "straßenbahn 漢字 naïve", vocabulary, &random)
        #expect(!letters.isEmpty)
    }

    @Test("A row gets the same whatever was read before it, and another with another seed")
    func reproducible() throws {
        let rows = (0..<50).map { "\($0),\($0 % 7),\($0 % 2 == 0 ? "x" : "y")\n" }
        func distorted(_ text: String, _ name: String, _ seed: UInt64) throws -> [String] {
            let path = folder.write(Array(("a,b,label\n" + text).utf8), to: name)
            var distortion = try DataDistortion([Distortion(.gaussian, 0.2)])
            distortion.seed = seed
            _ = try distortion.write(Dataset(path), to: .table("\(folder.path)/out-\(name)", .csv))
            return try lines(of: "\(folder.path)/out-\(name)")
        }
        let first = try distorted(rows.joined(), "a.csv", 1)
        #expect(try first == distorted(rows.joined(), "b.csv", 1))
        #expect(try first != distorted(rows.joined(), "c.csv", 2))
        // Whole numbers stay whole.
        #expect(first.dropFirst().allSatisfy { !$0.contains(".") })
    }

    private func lines(of path: String) throws -> [String] {
        var found: [String] = []
        try Dataset(path).forEachBatch { batch in
            for row in 0..<batch.count {
                found.append(batch.columns.map { $0.text(row) ?? "-" }.joined(separator: ","))
            }
            return true
        }
        return found
    }

    @Test("Values that go are missing in the copy, columns that go are not there, and the manifest leads back")
    func copies() throws {
        let rows = (0..<200).map { "\($0),\($0 % 5),\(["u", "v", "w"][$0 % 3]),\($0 % 2 == 0 ? "x" : "y")\n" }
        let path = folder.write(Array(("a,b,c,label\n" + rows.joined()).utf8), to: "t.csv")
        let distortion = try DataDistortion([Distortion("dropout=0.4"), Distortion("fields=b")])
        let output = folder.path + "/t.parquet"
        let result = try distortion.write(Dataset(path), to: .table(output, .parquet))
        #expect(result.rows == 200 && result.removedFields == ["b"])
        let copy = try Dataset(output)
        #expect(copy.fields.map(\.name) == ["a", "c", "label"])
        let written = try lines(of: output).map { $0.split(separator: ",").map(String.init) }
        let missing = written.reduce(0) { $0 + $1.prefix(2).count { $0 == "-" } }
        #expect(abs(Double(missing) / 400 - 0.4) < 0.08 && written.allSatisfy { $0[2] != "-" })
        let manifest = try lines(of: output + ".manifest.csv")
        #expect(manifest.count == 200 && manifest[17].contains(",17,") && manifest[17].contains("line 19"))
    }

    @Test("Pictures keep their form: numbers stay numbers, files become PNG, one that is damaged is told")
    func pictures() throws {
        for row in 0..<6 {
            let label = row % 2 == 0 ? "even" : "odd"
            let bytes = row == 3 ? [1, 2, 3] : try image(8, channels: 3) { UInt8(($0 * 5 + row * 30) % 256) }.png()
            folder.write(bytes, to: "pics/\(label)/\(row).png")
        }
        let dataset = try Dataset(folder.path + "/pics")
        let distortion = try DataDistortion([Distortion("jpeg=40")])
        let result = try distortion.write(dataset, to: .pictures(folder.path + "/made"))
        #expect(result.rows == 5 && result.unreadable == 1)
        let made = try Dataset(folder.path + "/made")
        #expect(made.name(of: .image) != nil)
        let table = try distortion.write(dataset, to: .table(folder.path + "/made.parquet", .parquet))
        #expect(table.rows == 5 && table.unreadable == 1)
    }

    @Test(
        "What does not fit is refused with what there is",
        arguments: [
            "foo", "gaussian=9", "gaussian=x", "jpeg", "fields=nope", "fields=9", "characters", "smoothing=1",
        ])
    func refused(text: String) throws {
        let rows = (0..<60).map { "\($0),\($0 % 5),\($0 % 2 == 0 ? "x" : "y")\n" }
        let path = folder.write(Array(("a,b,label\n" + rows.joined()).utf8), to: "t.csv")
        let output = folder.path + "/out.csv"
        #expect(throws: (any Error).self) {
            _ = try DataDistortion([Distortion(text)]).write(Dataset(path), to: .table(output, .csv))
        }
        #expect(access(output, F_OK) != 0)
    }

    // MARK: Selections

    /// Three classes that touch, with changed labels in some rows.
    private func flipped(_ changed: Set<Int>) throws -> SampleSet {
        var random = SplitMix(state: 9)
        var text = "a,b,c,d,e,label\n"
        for row in 0..<900 {
            let values = (0..<5).map { _ in random.normal() }
            let sum = values[0] + values[1] - values[2]
            let place = sum < -0.7 ? 0 : sum < 0.7 ? 1 : 2
            let label = changed.contains(row) ? (place + 1) % 3 : place
            text += values.map { "\($0)" }.joined(separator: ",") + ",c\(label)\n"
        }
        var loader = SampleLoader(try Dataset(folder.write(Array(text.utf8), to: "flipped.csv"))) { false }
        return try loader.load()
    }

    @Test("The dimensionality of a plane in ten dimensions is estimated as two, as its maximum likelihood is")
    func dimensionality() throws {
        var random = SplitMix(state: 10)
        // A disc: distances to its middle have the density of two dimensions.
        let estimates = (0..<300).map { _ in
            LocalIntrinsicDimensionality.estimate((0..<100).map { _ in random.unit().squareRoot() }.sorted())
        }
        let mean = estimates.reduce(0, +) / 300
        #expect(abs(mean - 2) < 0.1)
    }

    @Test("LID and TRIM put rows with changed labels first; without any they take about as much of each class")
    func selections() throws {
        let changed = Set(stride(from: 7, to: 900, by: 20))
        let set = try flipped(changed)
        let context = CheckContext(set, seed: 1, falseAlarms: 0, isCancelled: { false })
        let points = try #require(try context.numbers()).points
        let ratios = try LocalIntrinsicDimensionality().ratios(set, points)
        let pairs = changed.reduce((0, 0)) { sum, bad in
            let good = set.labels.indices.filter { !changed.contains($0) }
            return (sum.0 + good.count { ratios[$0] < ratios[bad] }, sum.1 + good.count)
        }
        #expect(Double(pairs.0) / Double(pairs.1) > 0.8, "area under the curve")
        let trimmed = Set(try TrimmedLoss().trimmed(context, share: 0.1))
        #expect(Double(trimmed.intersection(changed).count) / Double(changed.count) > 0.7)
        let clean = try flipped([])
        let none = try TrimmedLoss().trimmed(
            CheckContext(clean, seed: 1, falseAlarms: 0, isCancelled: { false }), share: 0.1)
        for (place, rows) in clean.rowsByClass.enumerated() {
            #expect(none.count { clean.labels[$0] == Int32(place) } == rows.count / 10)
        }
    }

    @Test("TRIM takes the leverage points of a regression, and a fit without them is near the true one")
    func trimmedTargets() throws {
        var random = SplitMix(state: 11)
        var text = "a,b,target\n"
        let planted = Set(stride(from: 5, to: 400, by: 10))
        for row in 0..<400 {
            let (a, b) = (random.normal(), random.normal())
            let target = planted.contains(row) ? 30.5 : 10 + 2 * a - b + random.normal() * 0.3
            text += "\(planted.contains(row) ? 2.5 : a),\(b),\(target)\n"
        }
        var loader = SampleLoader(try Dataset(folder.write(Array(text.utf8), to: "r.csv"))) { false }
        let context = CheckContext(try loader.load(), seed: 1, falseAlarms: 0, isCancelled: { false })
        let gone = Set(try TrimmedLoss().trimmed(context, share: 0.1))
        #expect(planted.isSubset(of: gone))
    }

    @Test("Weighted bags draw rows far from others seldom, and keep the shares of the classes")
    func bagging() throws {
        var text = "a,b,label\n"
        var random = SplitMix(state: 12)
        for row in 0..<500 {
            let isFar = row % 25 == 3
            let middle = row % 5 == 0 ? 4.0 : 0
            text += "\(isFar ? 9 + 3 * random.normal() : middle + random.normal()),"
            text += "\(isFar ? 3 * random.normal() : random.normal()),\(row % 5 == 0 ? "x" : "y")\n"
        }
        var loader = SampleLoader(try Dataset(folder.write(Array(text.utf8), to: "b.csv"))) { false }
        let set = try loader.load()
        let context = CheckContext(set, seed: 1, falseAlarms: 0, isCancelled: { false })
        let bagging = WeightBagging()
        let chances = try bagging.chances(set, #require(try context.numbers()).points)
        #expect(abs(chances.reduce(0, +) - 1) < 1e-9)
        let far = stride(from: 3, to: 500, by: 25).filter { $0 % 5 != 0 }
        #expect(far.reduce(0) { $0 + chances[$1] } < 0.3 * Double(far.count) / 500)
        let counts = bagging.counts(chances, seed: 5)
        #expect(counts.reduce(0, +) == 500)
        #expect(abs(stride(from: 0, to: 500, by: 5).reduce(0) { $0 + counts[$1] } - 100) < 35)
    }

    @Test(
        "Sets of a few rows, gaps and numbers that are not finite are distorted or refused, never trapped on",
        arguments: Distortion.Method.allCases.filter { $0.kinds.contains(.table) },
        ["a,b,label\n", "a,b,label\n1,2,x\n", "a,b,label\ninf,nan,x\n1e308,-1e308,y\n,,\n3,4,x\n"])
    func few(method: Distortion.Method, text: String) throws {
        let dataset = try Dataset(folder.write(Array(text.utf8), to: "few.csv"))
        let output = folder.path + "/few-out.csv"
        do {
            let result = try DataDistortion([Distortion(method)]).write(dataset, to: .table(output, .csv))
            #expect(result.rows > 0 && access(output, F_OK) == 0)
        } catch { #expect(access(output, F_OK) != 0) }
        #expect(throws: (any Error).self) { try DistortionEffect().run(dataset, []) { _, _, _ in } }
        #expect(throws: (any Error).self) { try NullLabelling().write(dataset, to: .table(output, .csv)) }
    }

    @Test("A column of random numbers helps to memorise and is worth nothing; it goes first")
    func ranking() throws {
        var random = SplitMix(state: 13)
        var text = "useful,noise,other,label\n"
        for row in 0..<600 {
            let label = row % 2
            text +=
                "\(Double(label) * 2 + random.normal()),\(random.normal()),\(Double(label) + random.normal()),l\(label)\n"
        }
        var loader = SampleLoader(try Dataset(folder.write(Array(text.utf8), to: "f.csv"))) { false }
        let ranking = try FieldRanking(CheckContext(loader.load(), seed: 1, falseAlarms: 0, isCancelled: { false }))
        #expect(ranking.entries.first?.name == "noise" && ranking.entries.last?.name == "useful")
        #expect(try #require(ranking.entries.first).memorization > 0)
        #expect(try #require(ranking.entries.last).accuracy > 0.05)
    }

    // MARK: Effects

    /// Pictures of ten by ten: a bar at one of three heights.
    private func bars(_ rows: Int, _ name: String, seed: UInt64) throws -> Dataset {
        var random = SplitMix(state: seed)
        for row in 0..<rows {
            let place = row % 3
            let picture = image(10) { at in
                let isBar = (at / 10) / 3 == place
                return UInt8(max(0, min(255, (isBar ? 90 : 60) + Int(random.normal() * 25))))
            }
            folder.write(try picture.png(), to: "\(name)/c\(place)/\(row).png")
        }
        return try Dataset("\(folder.path)/\(name)")
    }

    @Test(
        "Planted triggers work on a model of the data as it is; the report says what noise and clean sources leave of them"
    )
    func effects() throws {
        let dataset = try bars(900, "bars", seed: 14)
        var effect = DistortionEffect()
        effect.seeds = 1
        let report = try effect.run(dataset, [[Distortion(.gaussian, 0.3)], [Distortion(.trim)]]) { _, _, _ in }
        #expect(report.trials.map(\.name) == ["as it is", "gaussian=0.3", "trim=0.1"])
        #expect(report.canaries == ["patch", "blend"] && report.trials.allSatisfy { $0.failure == nil })
        let plain = report.trials[0]
        #expect(plain.accuracy > 0.85 && plain.success[0] > 0.5, "\(report)")
        #expect(abs(plain.poisonShare - 0.05) < 0.005 && plain.rows == 630)
        #expect(report.trials[1].accuracy < plain.accuracy + 0.05)
        #expect(report.trials[2].rows < 630)
        var augmentation = DataAugmentation()
        augmentation.clean = [try bars(900, "more", seed: 15)]
        let dilution = try augmentation.dilution(of: dataset, poisonShare: 0.05, seeds: 1) { _, _, _ in }
        #expect(dilution.trials.map(\.name) == ["as it is", "1 changed copies", "clean sources", "both"])
        #expect(abs(dilution.trials[1].poisonShare - 0.05) < 0.005, "copies of poison are poison")
        #expect(abs(dilution.trials[2].poisonShare - 0.025) < 0.005)
    }

    @Test("A larger copy has every row and its copies, and clean sources; sources with other columns are refused")
    func augmented() throws {
        let dataset = try bars(12, "few", seed: 16)
        var augmentation = DataAugmentation()
        (augmentation.copies, augmentation.cleanCopies) = (2, 1)
        augmentation.clean = [try bars(6, "clean", seed: 17)]
        let result = try augmentation.write(dataset, to: .table(folder.path + "/big.parquet", .parquet))
        #expect(result.own == 36 && result.clean == 12 && result.rows == 48)
        let labels = try lines(of: folder.path + "/big.parquet.manifest.csv")
        #expect(labels.count == 48)
        let pictures = try augmentation.write(dataset, to: .pictures(folder.path + "/big"))
        #expect(pictures.rows == 48)
        let other = folder.write(Array("a,label\n1,x\n".utf8), to: "other.csv")
        augmentation.clean = [try Dataset(other)]
        #expect(throws: DatasetFailure.self) {
            _ = try augmentation.write(dataset, to: .table(folder.path + "/x.parquet", .parquet))
        }
    }

    @Test("With a null class fewer rows made to fool another model fool the one trained on it")
    func nullLabels() throws {
        let dataset = try bars(450, "null", seed: 18)
        let effect = try NullLabelling().effect(on: dataset) { _, _, _ in }
        let strongest = try #require(effect.trials.last)
        #expect(strongest.surrogate > 0.6)
        #expect(strongest.wrong < strongest.plain - 0.2 && strongest.refused > 0.3)
        #expect(try #require(effect.trials.first).wrong < 0.1)
        let result = try NullLabelling().write(dataset, to: .pictures(folder.path + "/nulled"))
        #expect(result.rows == 450 && result.added == 450 && result.null > 50 && result.label == "null")
        #expect(NullRows.label(besides: ["0", "7", "3"]) == "8")
        #expect(NullRows.label(besides: ["null", "a"]) == "null-1")
    }
}
