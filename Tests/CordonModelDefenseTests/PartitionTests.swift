import CordonData
import CordonTestSupport
import Foundation
import Testing

@testable import CordonModelDefense

/// Rows go to members by their content, to as many as was asked for, and to no others.
@Suite("Partitions for ensembles")
struct PartitionTests {
    let folder = TemporaryFolder()

    private func table(_ rows: [(Int, String)], _ name: String) throws -> Dataset {
        let lines = rows.map { "\($0.0),\($0.0 * 31 % 17),\($0.1)\n" }
        return try Dataset(folder.write(Array(("a,b,label\n" + lines.joined()).utf8), to: name))
    }

    /// The members of each row, by the value of its column `a`.
    private func members(_ partition: Partition, _ dataset: Dataset, _ name: String) throws -> [Int: Set<Int>] {
        var found: [Int: Set<Int>] = [:]
        _ = try partition.write(dataset, format: .jsonl) { "\(folder.path)/\(name)-\($0).jsonl" }
        for member in 0..<partition.members {
            let path = "\(folder.path)/\(name)-\(member).jsonl"
            guard let part = try? Dataset(path) else { continue }
            try part.forEachBatch { batch in
                for row in 0..<batch.count {
                    if let value = batch.column("a")?.integer(row) { found[value, default: []].insert(member) }
                }
                return true
            }
        }
        return found
    }

    @Test("Every row is in as many members as the spread says", arguments: [(5, 1), (4, 3)])
    func spread(parts: Int, spread: Int) throws {
        let partition = try Partition(parts: parts, spread: spread)
        let rows = (0..<400).map { ($0, $0 % 2 == 0 ? "x" : "y") }
        let found = try members(partition, table(rows, "t.csv"), "m")
        #expect(found.count == 400 && found.values.allSatisfy { $0.count == spread })
        // Members get about as many rows each.
        let counts = (0..<partition.members).map { member in found.values.count { $0.contains(member) } }
        #expect(counts.allSatisfy { $0 > 400 / parts / 2 && $0 < 400 / parts * 2 })
    }

    @Test("A row stays where it is when others come, go or change, and when its label changes")
    func stable() throws {
        let partition = try Partition(parts: 5)
        let rows = (0..<200).map { ($0, "x") }
        let before = try members(partition, table(rows, "before.csv"), "b")
        let other = Array((100..<150).map { ($0, "poison") } + (150..<300).reversed().map { ($0, "y") })
        let after = try members(partition, table(other, "after.csv"), "a")
        for (row, member) in after where row < 200 { #expect(before[row] == member) }
    }

    @Test("Numbers out of range are refused", arguments: [(1, 1), (2, 0), (20_000, 1), (100, 101)])
    func refused(parts: Int, spread: Int) {
        #expect(throws: DatasetFailure.self) { try Partition(parts: parts, spread: spread) }
    }
}
