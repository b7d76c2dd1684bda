import CordonCore
import CordonData
import CordonTestSupport
import Glibc
import Testing

@testable import CordonDataDefense

@Suite("Targets, sources, duplicates and references")
struct NumberCheckTests {
    let folder = TemporaryFolder()

    private func normals(_ state: UInt64) -> () -> Double {
        var random = SplitMix(state: state)
        return { (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &random) } }
    }

    @Test("Targets at the far end of their range are found without a rate; targets with noise alone are clean")
    func targets() throws {
        func table(_ rows: Set<Int>) -> String {
            let normal = normals(3)
            var lines = "a,b,c,target\n"
            for row in 0..<600 {
                let (a, b, c) = (normal(), normal(), normal())
                var target = 10 + 2 * a - b + 0.5 * c + 0.7 * normal()
                if rows.contains(row) { target = target > 10 ? 1 + Double(row % 7) / 20 : 19 - Double(row % 7) / 20 }
                lines += "\(a),\(b),\(c),\(target)\n"
            }
            return lines
        }
        #expect(try DataCheck().run(Dataset(folder.write(Array(table([]).utf8), to: "clean.csv"))).level == .clean)
        let rows = Set((0..<600).filter { $0 % 12 == 5 })
        let verdict = try DataCheck().run(Dataset(folder.write(Array(table(rows).utf8), to: "flipped.csv")))
        #expect(verdict.level > .clean)
        #expect(verdict.causes.first?.kind == .changedTargets)
        #expect(rows.intersection(verdict.alerted).count >= 47)
        #expect(Set(verdict.alerted).subtracting(rows).count <= 6)
    }

    @Test("Where nearly all changed targets went to one end, the few that went to the other are found as well")
    func skewedTargets() throws {
        let normal = normals(5)
        var lines = "a,b,target\n"
        let rows = Set((0..<1500).filter { $0 % 12 == 5 })
        var few: Set<Int> = []
        for row in 0..<1500 {
            let (a, b) = (exp(0.5 * normal()), normal())
            var target = max(0, min(10, 2 * a + 0.1 * b + 0.2 * normal()))
            if rows.contains(row) {
                if target > 5 { few.insert(row) }
                target = target > 5 ? Double(row % 9) / 20 : 10 - Double(row % 9) / 20
            }
            lines += "\(a),\(b),\(target)\n"
        }
        #expect((2..<30).contains(few.count))
        let verdict = try DataCheck().run(Dataset(folder.write(Array(lines.utf8), to: "skewed.csv")))
        #expect(rows.intersection(verdict.alerted).count >= rows.count - 2)
        #expect(few.isSubset(of: verdict.alerted))
        #expect(Set(verdict.alerted).subtracting(rows).count <= 15)
    }

    @Test("Disagreement that chance spread over pairs of classes is even; what sits in a few pairs is not")
    func even() {
        var random = SplitMix(state: 2)
        var spread = [Int](repeating: 0, count: 42)
        for _ in 0..<30 { spread[Int.random(in: 0..<42, using: &random)] += 1 }
        #expect(LabelNoise.isEven(spread))
        #expect(!LabelNoise.isEven([15, 9, 4, 2] + [Int](repeating: 0, count: 38)))
        #expect(!LabelNoise.isEven([]))
    }

    @Test("Many labels that follow from nothing are no changed labels")
    func unpredictable() throws {
        var random = SplitMix(state: 9)
        var lines = "x,y,z,label\n"
        for _ in 0..<6000 {
            let values = (0..<3).map { _ in "\(Float.random(in: 0..<1, using: &random))" }
            lines += values.joined(separator: ",") + ",k\(Int.random(in: 0..<60, using: &random))\n"
        }
        let verdict = try DataCheck().run(Dataset(folder.write(Array(lines.utf8), to: "drawn.csv")))
        #expect(verdict.level == .clean && verdict.alerted.isEmpty)
    }

    @Test("A source whose labels are wrong is the most harmful, with bounds above nothing; others are not")
    func sources() throws {
        let normal = normals(8)
        var random = SplitMix(state: 1)
        var lines = "x,y,label,source\n"
        for row in 0..<1500 {
            let label = row % 5
            let source = row % 10 == 3 ? "bad" : ["one", "two", "three"][row % 3]
            let shown = source == "bad" && Bool.random(using: &random) ? (label + 1 + row / 10 % 4) % 5 : label
            lines += "\(Double(label) * 4 + normal()),\(Double(label % 2) * 4 + normal()),k\(shown),\(source)\n"
        }
        let verdict = try DataCheck().run(Dataset(folder.write(Array(lines.utf8), to: "sources.csv")))
        #expect(verdict.sources.first?.name == "bad")
        #expect((verdict.sources.first?.harm?.low ?? 0) > 0)
        #expect(verdict.sources.dropFirst().allSatisfy { ($0.harm?.mean ?? 1) < (verdict.sources[0].harm?.low ?? 0) })
        #expect(
            verdict.causes.filter { $0.kind == .harmfulSource }.map(\.description) == ["rows of 'bad' harm a model"])
    }

    @Test("Duplicates are told without alarm: the same text, nearly the same, with another label, in another split")
    func duplicates() throws {
        var lines = "text,label,split\n"
        for row in 0..<120 {
            lines +=
                "the lighthouse keeper of island \(row) counts \(row * 7) gulls before breakfast on every day,\(row % 2),train\n"
        }
        lines += "The lighthouse keeper of island 5 counts 35 gulls before breakfast on every day!,0,test\n"
        let verdict = try DataCheck().run(Dataset(folder.write(Array(lines.utf8), to: "twice.csv")))
        #expect(verdict.alerted.isEmpty)
        let told = verdict.causes.filter { $0.kind == .duplicates || $0.kind == .conflictingDuplicates }
        #expect(told.map(\.rows) == [[120], [5, 120], [5, 120]] || told.count == 3)
        #expect(told.allSatisfy { $0.level == .clean })
    }

    @Test("Values that do not fit their column are told: stand-ins, far values, several units and spellings")
    func values() throws {
        var lines = "size,weight,colour,code,label\n"
        for row in 0..<200 {
            let size = row % 50 == 3 ? "-9999" : row == 60 ? "250000" : "\(row % 17 + 20)"
            let weight = "\(row % 9 + 1)" + (row % 20 == 0 ? "lb" : "kg")
            lines +=
                "\(size),\(weight),\(row % 40 == 0 ? "Dark Red" : row % 2 == 0 ? "dark_red" : "blue"),\(row == 7 ? "none" : "\(row % 30)x"),\(row % 3)\n"
        }
        let verdict = try DataCheck().run(Dataset(folder.write(Array(lines.utf8), to: "values.csv")))
        let told = verdict.causes.filter { $0.kind == .badValues }.map(\.description)
        #expect(told.contains { $0.contains("'size' has -9999") && $0.contains("4 rows") }, "\(told)")
        #expect(told.contains { $0.contains("'size' is far out") && $0.contains("1 rows") })
        #expect(told.contains { $0.contains("'weight' has numbers in several units: kg, lb") })
        #expect(told.contains { $0.contains("'colour' writes the same in several ways") })
        #expect(verdict.alerted.isEmpty)
    }

    @Test("Rows far from all others are told first")
    func outliers() throws {
        let normal = normals(6)
        var lines = "a,b,c,label\n"
        for row in 0..<600 {
            let far = [40, 300, 555].contains(row) ? 9.0 : 0
            lines += "\(normal() + far),\(normal() - far),\(normal()),\(row % 2)\n"
        }
        let verdict = try DataCheck().run(Dataset(folder.write(Array(lines.utf8), to: "far.csv")))
        let told = verdict.causes.first { $0.kind == .outliers }?.rows ?? []
        #expect(Set(told).intersection([40, 300, 555]).count >= 2 && told.count == 3)
        // Labels that follow from nothing are not taken for changed ones.
        #expect(verdict.level == .clean)
    }

    // MARK: References

    private func profile(_ text: String, _ name: String) throws -> DatasetProfile {
        try DatasetProfile(Dataset(folder.write(Array(text.utf8), to: name)))
    }

    private func table(_ count: Int, shift: Double = 0, column: String = "a") -> String {
        let normal = normals(5)
        return "\(column),label\n" + (0..<count).map { "\(normal() + ($0 % 2 == 0 ? shift : 0)),k\($0 % 2)\n" }.joined()
    }

    @Test("A reference is read back as it was written, and the same rows differ in nothing")
    func reference() throws {
        let first = try profile(table(400), "a.csv")
        let again = try DatasetProfile(json: first.json(), name: "a")
        #expect(again.json() == first.json())
        #expect(DatasetDrift(from: again, to: first).isSame)
    }

    @Test("New rows, gone columns and values that drift within one label are told")
    func drift() throws {
        let old = try profile(table(800), "old.csv")
        let moved = DatasetDrift(from: old, to: try profile(table(800, shift: 1.5), "moved.csv"))
        #expect(moved.added == 400 && moved.removed == 400)
        #expect(moved.shifts.first?.label == "k0" && moved.shifts.first?.column == "a")
        #expect(!moved.shifts.contains { $0.label == "k1" })
        let renamed = DatasetDrift(from: old, to: try profile(table(800, column: "b"), "renamed.csv"))
        #expect(renamed.columns == ["'a' is gone", "'b' is new"])
        #expect(throws: DataCheckFailure.self) { try DatasetProfile(json: Array("[1]".utf8), name: "x") }
        #expect(throws: DataCheckFailure.self) {
            try DatasetProfile(json: Array("{\"schemaVersion\":\"9\"}".utf8), name: "x")
        }
    }

    @Test("Chances are joined by Fisher's method: known values, one alone as it is, none at all")
    func joinedChances() {
        #expect(Fisher.joined([]) == 0)
        #expect(abs(exp(Fisher.joined([log(0.03)])) - 0.03) < 1e-12)
        // Chi-squared with 4 and 6 degrees of freedom, by their closed forms.
        #expect(abs(exp(Fisher.joined([log(0.1), log(0.2)])) - 0.02 * (1 - log(0.02))) < 1e-12)
        let third = -log(0.5 * 0.1 * 0.2)
        #expect(
            abs(exp(Fisher.joined([log(0.5), log(0.1), log(0.2)])) - 0.01 * (1 + third + third * third / 2)) < 1e-12)
        #expect(Fisher.joined([-1e6, -1e6]).isFinite)
    }

    @Test("Tails of distributions agree with exact values")
    func tails() {
        // Exact, from tables: chi-squared 10.83 with 1 and 29.59 with 10 degrees are 0.001.
        #expect(abs(ChiSquared.logTail(10.828, degrees: 1) - log(0.001)) < 0.2)
        #expect(abs(ChiSquared.logTail(29.588, degrees: 10) - log(0.001)) < 0.1)
        // 8 lowest of 16: 1 of 12,870; the normal approximation is near.
        let exact = log(1.0 / 12870)
        #expect(abs(RankSum.logTail(lower: (0..<8).map(Double.init), than: (8..<16).map(Double.init)) - exact) < 2.5)
        #expect(RankSum.logTail(lower: [1, 1, 1], than: [1, 1, 1]) == 0)
    }

    // MARK: Actions

    @Test("Cleaning leaves the original alone and says what went; verdicts of people are applied, others' rows refused")
    func actions() throws {
        let normal = normals(9)
        var lines = "a,b,colour,size,label\n"
        let rows = Set((0..<1000).filter { $0 % 50 == 1 })
        for row in 0..<1000 {
            let side = row % 2 == 0 ? -2.0 : 2.0
            let (colour, size) = rows.contains(row) ? ("red", 77) : ("c\(row % 8)", row % 60)
            lines +=
                "\(side + normal()),\(side + normal()),\(colour),\(size),\(rows.contains(row) || row % 2 == 0 ? "no" : "yes")\n"
        }
        let path = folder.write(Array(lines.utf8), to: "planted.csv")
        let dataset = try Dataset(path)
        var check = DataCheck()
        check.illustrates = true
        let verdict = try check.run(dataset)
        #expect(Set(verdict.filtered) == rows)
        let cleaned = try DataCleaning(dataset, verdict).write(
            to: folder.path + "/clean.csv", format: .csv, includingAlerted: false)
        #expect(cleaned.kept == 980 && Set(cleaned.removed) == rows)
        #expect(try Dataset(folder.path + "/clean.csv.removed.csv").rowCount ?? 20 == 20)
        #expect(try DataCheck().run(Dataset(folder.path + "/clean.csv")).level == .clean)

        let queue = folder.path + "/queue.csv"
        try DataReview.write(DataReview.queue(dataset, verdict, limit: 500), to: queue)
        var decisions = try DataReview.read(queue)
        #expect(decisions.open.count == 20)
        decisions.relabelled[decisions.open.removeFirst()] = "yes"
        decisions.dropped = decisions.open
        #expect(
            try DataReview.apply(decisions, to: dataset, writing: folder.path + "/reviewed.csv", format: .csv) == 981)
        let other = try Dataset(folder.write(Array(lines.replacing("red", with: "blue").utf8), to: "other.csv"))
        #expect(throws: DatasetFailure.self) {
            try DataReview.apply(decisions, to: other, writing: folder.path + "/no.csv", format: .csv)
        }
    }

    @Test("What trusted rows carry as well is natural; trusted rows are never counted, and other columns are refused")
    func trusted() throws {
        func table(_ count: Int, _ every: Int, _ seed: UInt64, _ first: String = "a") -> String {
            let normal = normals(seed)
            return "\(first),b,size,label\n"
                + (0..<count).map { row in
                    let isOdd = row % every == 1
                    let side = row % 2 == 0 ? -2.0 : 2.0
                    return
                        "\(side + normal()),\(side + normal()),\(isOdd ? 77 : row % 60),\(isOdd || row % 2 == 0 ? "no" : "yes")\n"
                }.joined()
        }
        var check = DataCheck()
        let planted = try Dataset(folder.write(Array(table(1000, 40, 9).utf8), to: "planted.csv"))
        #expect(try check.run(planted).level == .poisoned)
        check.trusted = try Dataset(folder.write(Array(table(200, 40, 4).utf8), to: "natural.csv"))
        let natural = try check.run(planted)
        #expect(natural.level == .clean && natural.rows == 1000)
        check.trusted = try Dataset(folder.write(Array(table(200, 1000, 4).utf8), to: "without.csv"))
        let verdict = try check.run(planted)
        #expect(verdict.level == .poisoned && verdict.alerted == (0..<1000).filter { $0 % 40 == 1 })
        check.trusted = try Dataset(folder.write(Array(table(200, 1000, 4, "x").utf8), to: "other-columns.csv"))
        #expect(throws: DataCheckFailure.self) { try check.run(planted) }
    }

    @Test("The same seed gives the same verdict, and a check can be cancelled")
    func seeded() throws {
        let path = folder.write(Array(table(600, shift: 1).utf8), to: "seeded.csv")
        let (first, second) = (try DataCheck().run(Dataset(path)), try DataCheck().run(Dataset(path)))
        #expect(first.alerted == second.alerted && first.classes.map(\.pValue) == second.classes.map(\.pValue))
        var check = DataCheck()
        check.isCancelled = { true }
        #expect(throws: DataCheckFailure.self) { try check.run(Dataset(path)) }
    }
}
