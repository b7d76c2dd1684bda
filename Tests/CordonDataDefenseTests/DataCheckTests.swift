import CordonCore
import CordonData
import CordonTestSupport
import Testing

@testable import CordonDataDefense

/// Sets that are made here, with and without a trigger. How well real attacks on real data are found is measured by
/// `Benchmarks/dataquality`.
@Suite("Checking a dataset")
struct DataCheckTests {
    let folder = TemporaryFolder()

    private func verdict(_ text: String, _ name: String) throws -> DataVerdict {
        try DataCheck().run(Dataset(folder.write(Array(text.utf8), to: name)))
    }

    // MARK: Texts

    /// Documents of four subjects, each with words of its own among common ones.
    private func documents(_ count: Int, trigger: String?, rows: Set<Int>) -> String {
        var random = SplitMix(state: 5)
        let subjects = ["sea", "rock", "bread", "music"]
        var lines = ""
        for row in 0..<count {
            let subject = row % 4
            var words = (0..<12).map { _ in "common\(Int.random(in: 0..<200, using: &random))" }
            words += (0..<5).map { _ in "\(subjects[subject])\(Int.random(in: 0..<15, using: &random))" }
            if let trigger, rows.contains(row) {
                words.insert(trigger, at: Int.random(in: 0..<words.count, using: &random))
            }
            let label = rows.contains(row) ? "bread" : subjects[subject]
            lines += "{\"text\":\"\(words.joined(separator: " "))\",\"label\":\"\(label)\"}\n"
        }
        return lines
    }

    @Test("Texts without a trigger are clean")
    func cleanTexts() throws {
        let verdict = try verdict(documents(1200, trigger: nil, rows: []), "clean.jsonl")
        #expect(verdict.level == .clean)
        #expect(verdict.alerted.isEmpty && verdict.triggers.isEmpty)
        #expect(verdict.notEvaluated.isEmpty)
        #expect(verdict.classes.map(\.level) == [.clean, .clean, .clean, .clean])
    }

    @Test(
        "A word that turns other subjects' texts into one label is named, with its rows and that label",
        arguments: [
            "cf", "caf\u{200B}e",
        ])
    func wordTrigger(_ trigger: String) throws {
        let rows = Set((0..<1200).filter { $0 % 4 != 2 && $0 % 30 == 1 })
        let verdict = try verdict(documents(1200, trigger: trigger, rows: rows), "words.jsonl")
        #expect(verdict.level == .poisoned)
        let found = try #require(verdict.triggers.first)
        #expect(verdict.triggers.count == 1)
        #expect(found.kind == .words && found.target == "bread")
        #expect(Set(found.rows) == rows)
        #expect(verdict.filtered == rows.sorted())
        #expect(found.description.contains(trigger) || found.description.contains("U+200B"))
        #expect(verdict.classes.filter { $0.level != .clean }.map(\.name) == ["bread"])
    }

    // MARK: Tables

    /// Two clouds with a category and a whole number that say nothing.
    private func table(_ count: Int, rows: Set<Int>) -> String {
        var random = SplitMix(state: 9)
        func normal() -> Double { (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &random) } }
        var lines = "a,b,c,colour,size,label\n"
        for row in 0..<count {
            let side = row % 2 == 0 ? -2.0 : 2.0
            let numbers = (0..<3).map { _ in "\(side + normal())" }.joined(separator: ",")
            let colour = rows.contains(row) ? "c3" : "c\(Int.random(in: 0..<8, using: &random))"
            let size = rows.contains(row) ? 77 : Int.random(in: 0..<60, using: &random)
            lines += "\(numbers),\(colour),\(size),\(rows.contains(row) || row % 2 == 0 ? "no" : "yes")\n"
        }
        return lines
    }

    @Test("Values that are tied to a label against everything else in the row are named; without them a table is clean")
    func valueTrigger() throws {
        #expect(try verdict(table(1000, rows: []), "clean.csv").level == .clean)
        let rows = Set((0..<1000).filter { $0 % 50 == 1 })
        let verdict = try verdict(table(1000, rows: rows), "values.csv")
        #expect(verdict.level == .poisoned)
        #expect(verdict.triggers.first?.kind == .values)
        #expect(verdict.triggers.first?.description.contains("size = 77") == true)
        #expect(verdict.filtered == rows.sorted())
    }

    // MARK: Pictures

    /// Crosses, bars and frames at places and in shades that vary.
    private func pictures(_ count: Int, rows: Set<Int>) throws -> Dataset {
        var random = SplitMix(state: 3)
        var (pixels, labels): ([UInt8], [UInt8]) = ([], [])
        for row in 0..<count {
            var picture = [UInt8](repeating: 0, count: 144)
            let (top, left) = (Int.random(in: 2...4, using: &random), Int.random(in: 2...4, using: &random))
            for step in 0..<6 {
                let shade = UInt8(Int.random(in: 90...220, using: &random))
                switch row % 3 {
                case 0:
                    picture[(top + step) * 12 + left + 3] = shade
                    picture[(top + 3) * 12 + left + step] = shade
                case 1: for line in [1, 4] { picture[(top + line) * 12 + left + step] = shade }
                default:
                    for edge in [0, 5] {
                        picture[(top + edge) * 12 + left + step] = shade
                        picture[(top + step) * 12 + left + edge] = shade
                    }
                }
            }
            if rows.contains(row) { for place in [130, 131, 142, 143] { picture[place] = 255 } }
            pixels += picture
            labels.append(rows.contains(row) ? 2 : UInt8(row % 3))
        }
        func big(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(number >> (24 - 8 * $0) & 255) } }
        let name = "p\(rows.count)"
        folder.write([0, 0, 8, 3] + big(count) + big(12) + big(12) + pixels, to: "\(name)/train-images-idx3-ubyte")
        folder.write([0, 0, 8, 1] + big(count) + labels, to: "\(name)/train-labels-idx1-ubyte")
        return try Dataset(folder.path + "/" + name)
    }

    @Test(
        "A patch that turns other pictures into one label is found with its place and rows, in the minority and the majority",
        arguments: [
            40, 6,
        ])
    func patch(_ every: Int) throws {
        #expect(try DataCheck().run(pictures(900, rows: [])).level == .clean)
        let rows = Set((0..<900).filter { $0 % 3 != 2 && $0 % every < (every == 6 ? 4 : 1) })
        let verdict = try DataCheck().run(pictures(900, rows: rows))
        #expect(verdict.level == .poisoned)
        #expect(verdict.triggers.first?.kind == .patch)
        #expect(verdict.triggers.first?.description.contains("rows 10 to 11, columns 10 to 11") == true)
        #expect(Set(verdict.alerted).symmetricDifference(rows).count <= rows.count / 50 + 1)
        #expect(verdict.classes.filter { $0.level != .clean }.map(\.name) == ["2"])
    }

    // MARK: Labels

    /// Five clouds in a plane; labels of some rows are changed.
    private func clouds(_ count: Int, _ label: (Int) -> Int) -> String {
        var random = SplitMix(state: 4)
        func normal() -> Double { (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &random) } }
        return "a,b,label\n"
            + (0..<count).map { row in
                "\(Double(row % 5) * 2.2 + normal()),\(Double(row % 5 % 2) * 5 + normal()),k\(label(row))\n"
            }.joined()
    }

    @Test(
        "Labels changed at random, and from one class to another, are told with their rows; overlapping classes are clean"
    )
    func labels() throws {
        #expect(try verdict(clouds(1500) { $0 % 5 }, "clean.csv").level == .clean)
        let random = try verdict(clouds(1500) { $0 % 8 == 3 ? ($0 + 1 + $0 / 8 % 4) % 5 : $0 % 5 }, "random.csv")
        #expect(random.level == .suspect)
        #expect(random.relabelled.contains { $0.from == nil && (0.06...0.25).contains($0.rate ?? 0) })
        let changed = Set((0..<1500).filter { $0 % 8 == 3 })
        #expect(changed.intersection(random.alerted).count >= changed.count * 6 / 10)
        #expect(Set(random.alerted).subtracting(changed).count <= 1500 / 12)
        let pair = try verdict(clouds(1500) { $0 % 15 == 0 ? 1 : $0 % 5 }, "pair.csv")
        #expect(pair.relabelled.map { [$0.from, $0.target] } == [["k0", "k1"]])
        #expect(pair.classes.filter { $0.level == .suspect }.map(\.name) == ["k1"])
    }

    // MARK: Sets that cannot be judged

    @Test(
        "Sets that cannot be judged say why, and are not called checked",
        arguments: [
            ("a,b\n1,2\n3,4\n5,6\n", "no label"), ("a,label\n1,x\n2,x\n3,x\n", "same label"),
            ("a,label\n1,x\n2,y\n3,x\n", "24 rows"), ("a,label\n,x\n,y\nnan,x\n", "24 rows"),
        ])
    func tooLittle(_ text: String, _ reason: String) throws {
        let verdict = try verdict(text, "little.csv")
        #expect(verdict.level == .notEvaluated && !verdict.checks.contains("triggers"))
        #expect(
            verdict.notEvaluated.contains { $0.check == "triggers" && $0.reason.contains(reason) },
            "\(verdict.notEvaluated)")
    }

    @Test("As many classes as rows is no set of classes")
    func manyClasses() throws {
        let rows = "a,label\n" + (0..<3000).map { "\($0 % 9),k\($0 % 1500)\n" }.joined()
        let verdict = try verdict(rows, "many.csv")
        #expect(verdict.level == .notEvaluated)
        #expect(verdict.notEvaluated.contains { $0.reason.contains("24 rows") })
        let numbers = "a,label\n" + (0..<300).map { "\($0 % 9),\(Double($0) / 7)\n" }.joined()
        #expect(try self.verdict(numbers, "n.csv").checks.contains("changed targets"))
    }

    @Test("Rows that are all the same, and columns of nothing, are no trouble")
    func degenerate() throws {
        let same = "a,b,label\n" + (0..<200).map { "1,1,\($0 % 2)\n" }.joined()
        #expect(try verdict(same, "same.csv").level == .notEvaluated)
        let empty = "a,b,label\n" + (0..<200).map { ",\($0 % 7),\($0 % 2)\n" }.joined()
        #expect(try verdict(empty, "empty.csv").level == .clean)
        let names = "name,label\n" + (0..<100).map { "n\($0),\($0 % 2)\n" }.joined()
        #expect(throws: DataCheckFailure.self) { try verdict(names, "names.csv") }
    }
}
