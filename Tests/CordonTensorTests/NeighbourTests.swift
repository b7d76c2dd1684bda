import CordonCore
import Testing

@testable import CordonTensor

@Suite("Nearest neighbours")
struct NeighbourTests {
    private static func points(_ rows: Int, _ width: Int, seed: UInt64) -> [[Float]] {
        var random = SplitMix(state: seed)
        return (0..<rows).map { _ in (0..<width).map { _ in Float.random(in: -1...1, using: &random) } }
    }

    private static func exact(
        _ points: [[Float]], _ row: Int, _ references: [Int], _ count: Int, leavingOut columns: Set<Int>
    ) -> [Int] {
        func distance(_ other: Int) -> Double {
            points[row].indices.reduce(0.0) { sum, column in
                let difference = Double(points[row][column]) - Double(points[other][column])
                return columns.contains(column) ? sum : sum + difference * difference
            }
        }
        return references.filter { $0 != row }.map { (distance($0), $0) }.sorted { $0 < $1 }.prefix(count).map(\.1)
    }

    @Test(
        "They are those of plain distances: among themselves over several blocks, among others, without some columns",
        arguments: [(2500, 2500, 7, []), (400, 1700, 15, []), (300, 300, 4, [0, 3]), (50, 3, 20, [])])
    func agreement(_ asked: Int, _ references: Int, _ count: Int, _ columns: [Int]) throws {
        let points = Self.points(2600, 12, seed: 5)
        let index = try NeighbourIndex(Tensor(points.flatMap { $0 }, shape: [2600, 12]))
        let (rows, others) = (Array(0..<asked), Array(0..<references))
        let found = try index.nearest(rows, among: others, count: count, leavingOut: columns)
        #expect(found.count == asked)
        for row in stride(from: 0, to: asked, by: 37) {
            #expect(found[row] == Self.exact(points, row, others, count, leavingOut: Set(columns)))
        }
    }

    @Test("Equal points are neighbours in the order of their places; distances are squared and rise")
    func ties() throws {
        let index = try NeighbourIndex(Tensor([0, 0, 0, 3, 4] as [Float], shape: [5, 1]))
        #expect(try index.nearest([1, 4], among: [0, 1, 2, 3, 4], count: 3) == [[0, 2, 3], [3, 0, 1]])
        try index.forEachNearest([4], among: [0, 3], count: 2) { block in
            #expect(block.distances == [1, 16] && block.places == [1, 0])
        }
    }

    @Test("Without points, references or a count there are none")
    func none() throws {
        let index = try NeighbourIndex(Tensor([0, 1] as [Float], shape: [2, 1]))
        #expect(try index.nearest([], among: [0, 1], count: 1) == [])
        #expect(try index.nearest([0, 1], among: [1], count: 1) == [[], []])
        #expect(try index.nearest([0], among: [0, 1], count: 0) == [[]])
    }
}
