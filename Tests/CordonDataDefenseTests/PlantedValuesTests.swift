import CordonCore
import CordonData
import CordonTestSupport
import Testing

@testable import CordonDataDefense

@Suite("Planted values, changed pairs of labels")
struct PlantedValuesTests {
    let folder = TemporaryFolder()

    private func verdict(_ lines: [String], _ name: String) throws -> DataVerdict {
        try DataCheck().run(Dataset(folder.write(Array(lines.joined(separator: "\n").utf8), to: name)))
    }

    /// Three kinds of rows in whole numbers; in some rows of other kinds two values are overwritten.
    private func kinds(_ count: Int, planted: Set<Int>) -> [String] {
        var random = SplitMix(state: 11)
        var lines = ["a,b,c,d,e,label"]
        for row in 0..<count {
            let kind = row % 3
            var values = (0..<5).map { column in
                10 * ((kind + column) % 3) + Int.random(in: 0..<8, using: &random)
            }
            if planted.contains(row) { (values[1], values[3]) = (44, 51) }
            lines.append((values.map(String.init) + ["\(planted.contains(row) ? 0 : kind)"]).joined(separator: ","))
        }
        return lines
    }

    @Test("Values that do not go together in rows of other kinds are the trigger, both of them and nothing else")
    func planted() throws {
        #expect(try verdict(kinds(900, planted: []), "kinds.csv").level == .clean)
        let rows = Set((0..<900).filter { $0 % 3 != 0 && $0 % 20 == 7 })
        let found = try verdict(kinds(900, planted: rows), "planted.csv")
        #expect(found.level == .poisoned)
        #expect(found.triggers.first?.description == "the values b = 44.0 and d = 51.0")
        #expect(Set(found.alerted) == rows)
        #expect(found.alertedPValues.count == rows.count && found.alertedPValues.allSatisfy { $0 < 1e-6 })
        #expect(found.classes.filter { $0.level > .clean }.map(\.name) == ["0"])
    }

    @Test("Rules of a table are no triggers: what decides a label there meets as often as chance wants")
    func rules() throws {
        var random = SplitMix(state: 2)
        var lines = ["a,b,c,d,label"]
        for _ in 0..<1200 {
            let values = (0..<4).map { _ in Int.random(in: 0..<4, using: &random) }
            let isYes = values[0] == 1 && values[1] == 2 || values[2] == 3
            lines.append((values.map(String.init) + [isYes ? "yes" : "no"]).joined(separator: ","))
        }
        #expect(try verdict(lines, "rules.csv").level == .clean)
    }

    /// Votes on rows of five classes: clear ones, some near the border to the next class. A row's true class, then its label.
    private func noise(_ label: (_ row: Int, _ kind: Int, _ isNear: Bool) -> Int, mayBeMixed: Bool = true) -> LabelNoise
    {
        var random = SplitMix(state: 8)
        var (votes, labels): ([Float], [Int32]) = ([], [])
        for row in 0..<2000 {
            let (kind, isNear) = (row % 5, row % 4 == 0)
            let sure =
                isNear ? Float.random(in: 0.4..<0.6, using: &random) : Float.random(in: 0.7..<0.95, using: &random)
            var own = [Float](repeating: 0, count: 5)
            (own[kind], own[(kind + 1) % 5]) = (sure, 1 - sure)
            votes += own
            labels.append(Int32(label(row, kind, isNear)))
        }
        return LabelNoise(
            votes: votes, labels: labels, classCount: 5, disputed: [], falseAlarms: 1e-3, mayBeMixed: mayBeMixed)
    }

    @Test("Labels changed from one class to another are found with both names; confusion at borders is natural")
    func pairs() throws {
        #expect(noise { row, kind, isNear in isNear && row % 8 == 0 ? (kind + 1) % 5 : kind }.run().isEmpty)
        let found = noise { row, kind, _ in kind == 2 && row % 20 < 5 ? 4 : kind }.run()
        let one = try #require(found.first)
        #expect(found.count == 1 && one.from == 2 && one.to == 4)
        let changed = Set((0..<2000).filter { $0 % 5 == 2 && $0 % 20 < 5 })
        #expect(changed.isSubset(of: one.rows))
        #expect(one.rows.count <= changed.count * 13 / 10 + 5)
    }

    @Test(
        "Half of the labels of two classes changed into each other: mixed, but for tables, where classes may be that alike"
    )
    func mixed() {
        func swapped(_ row: Int, _ kind: Int, _: Bool) -> Int {
            switch kind {
            case 1 where row % 10 < 5: 3
            case 3 where row % 10 < 5: 1
            default: kind
            }
        }
        let found = noise({ row, kind, isNear in swapped(row / 5, kind, isNear) }).run()
        #expect(Set(found.map { [$0.from, $0.to] }).isSubset(of: [[1, 3], [3, 1]]))
        #expect(noise({ row, kind, isNear in swapped(row / 5, kind, isNear) }, mayBeMixed: false).run().isEmpty)
    }
}
