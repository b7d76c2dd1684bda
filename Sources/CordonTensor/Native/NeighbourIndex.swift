internal import CordonCore
internal import Dispatch

/// Points in memory, asked for those that lie nearest to others: brute force, one product of matrices per block of rows, then
/// the nearest of each row in one pass over its distances.
///
/// Distances are Euclidean. Exact up to the rounding of 32-bit numbers.
package struct NeighbourIndex: Sendable {
    private let points: Tensor
    private static let blockRows = 1024
    /// Rows that are asked about each other with every distance worked out once.
    private static let mutualRows = 20_000

    /// - Parameter points: `[n, d]`, 32-bit numbers.
    package init(_ points: Tensor) throws(TensorFailure) {
        guard points.rank == 2, points.type == .float32 else {
            throw TensorFailure(.shape, "points of \(points.shape)")
        }
        self.points = points
    }

    /// The nearest points of some rows, `count` of each, nearest first.
    package struct Block: Sendable {
        /// Which of the rows that were asked about.
        package let rows: Range<Int>
        /// Places found for each row.
        package let count: Int
        /// Places in the references, `rows · count`; -1 where there are fewer.
        package fileprivate(set) var places: [Int32]
        /// Squared distances, `rows · count`.
        package fileprivate(set) var distances: [Float]
    }

    /// The nearest points of some, nearest first, never a point itself.
    ///
    /// - Parameters:
    ///   - rows: points to find neighbours of.
    ///   - references: points that may be neighbours.
    ///   - count: neighbours of each, fewer where there are fewer references.
    ///   - columns: columns that do not count.
    /// - Returns: for every row, numbers of points.
    /// - Complexity: O(rows · references · d).
    package func nearest(
        _ rows: [Int], among references: [Int], count: Int, leavingOut columns: [Int] = []
    ) throws -> [[Int]] {
        var found: [[Int]] = []
        found.reserveCapacity(rows.count)
        try forEachNearest(rows, among: references, count: count, leavingOut: columns) { block in
            for place in 0..<block.rows.count {
                let own = block.places[(place * block.count)..<((place + 1) * block.count)]
                found.append(own.filter { $0 >= 0 }.map { references[Int($0)] })
            }
        }
        return found.isEmpty ? rows.map { _ in [] } : found
    }

    /// The same block by block, so that memory does not grow with the rows.
    package func forEachNearest(
        _ rows: [Int], among references: [Int], count: Int, leavingOut columns: [Int] = [],
        body: (Block) throws -> Void
    ) throws {
        let count = min(count, references.count)
        guard !rows.isEmpty, references.count > 1, count > 0 else { return }
        var mask: Tensor?
        if !columns.isEmpty {
            var ones = [Float](repeating: 1, count: points.shape[1])
            for column in columns where ones.indices.contains(column) { ones[column] = 0 }
            mask = try Tensor(ones, shape: [ones.count])
        }
        func picked(_ chosen: [Int]) throws -> Tensor {
            let own = try points.picked(0, chosen)
            return try mask.map { try own * $0 } ?? own
        }
        let others = try picked(references)
        let squares = try (others * others).sum([1])
        if rows.count <= Self.mutualRows, rows == references {
            return try mutual(others, squares, count, body)
        }
        let turned = try others.transposed(0, 1)
        for start in stride(from: 0, to: rows.count, by: Self.blockRows) {
            let range = start..<min(rows.count, start + Self.blockRows)
            let own = try picked(Array(rows[range]))
            let lengths = try (own * own).sum([1]).floats()
            // What a row adds to all its distances does not change their order.
            let distances = try call(
                "aten::addmm", "", .tensor(squares), .tensor(own), .tensor(turned), .real(1), .real(-2))
            // One more is sought, because a point may be among its own references.
            var nearest = NearestRows(rows: range.count, count: count + 1)
            try nearest.look(at: distances, rows: 0..<range.count, from: 0)
            try body(
                nearest.block(range, 0..<range.count, count, lengths) {
                    references[Int($1)] == rows[range.lowerBound + $0]
                })
        }
    }

    /// Rows among themselves: every distance is worked out once and serves both rows.
    private func mutual(
        _ rows: Tensor, _ squares: Tensor, _ count: Int, _ body: (Block) throws -> Void
    ) throws {
        let total = rows.shape[0]
        var nearest = NearestRows(rows: total, count: count + 1)
        let parts = stride(from: 0, to: total, by: Self.blockRows).map { $0..<min(total, $0 + Self.blockRows) }
        for (place, first) in parts.enumerated() {
            let own = try rows.sliced(0, first.lowerBound, first.upperBound)
            for second in parts[place...] {
                let others = try rows.sliced(0, second.lowerBound, second.upperBound).transposed(0, 1)
                let products = try own.matmul(others) * -2
                let forth = try products + squares.sliced(0, second.lowerBound, second.upperBound)
                try nearest.look(at: forth, rows: first, from: second.lowerBound)
                guard second != first else { continue }
                let back = try call(
                    "aten::contiguous", "",
                    .tensor(products.transposed(0, 1) + squares.sliced(0, first.lowerBound, first.upperBound)))
                try nearest.look(at: back, rows: second, from: first.lowerBound)
            }
        }
        let lengths = try squares.floats()
        for part in parts {
            try body(nearest.block(part, part, count, Array(lengths[part])) { Int($1) == part.lowerBound + $0 })
        }
    }
}

/// The least numbers of every row, gathered from blocks of them.
private struct NearestRows {
    private let count: Int
    private var distances: [Float]
    private var places: [Int32]
    private var filled: [Int32]

    init(rows: Int, count: Int) {
        self.count = count
        distances = [Float](repeating: .infinity, count: rows * count)
        places = [Int32](repeating: -1, count: rows * count)
        filled = [Int32](repeating: 0, count: rows)
    }

    /// Looks at a block of distances on every processor.
    ///
    /// - Parameters:
    ///   - rows: rows that the block is about.
    ///   - first: place of the first column.
    mutating func look(at block: Tensor, rows: Range<Int>, from first: Int) throws {
        let (count, width) = (count, block.shape[1])
        try block.withBytes { bytes in
            distances.withUnsafeMutableBufferPointer { distances in
                places.withUnsafeMutableBufferPointer { places in
                    filled.withUnsafeMutableBufferPointer { filled in
                        nonisolated(unsafe) let numbers = bytes.bindMemory(to: Float.self)
                        nonisolated(unsafe) let (distances, places, filled) = (distances, places, filled)
                        let parts = min(rows.count, OrderedPipeline.processors)
                        DispatchQueue.concurrentPerform(iterations: parts) { part in
                            for at in (rows.count * part / parts)..<(rows.count * (part + 1) / parts) {
                                let row = rows.lowerBound + at
                                let held = (row * count)..<((row + 1) * count)
                                var nearest = Nearest(
                                    distances: UnsafeMutableBufferPointer(rebasing: distances[held]),
                                    places: UnsafeMutableBufferPointer(rebasing: places[held]),
                                    filled: Int(filled[row]))
                                nearest.add(
                                    UnsafeBufferPointer(rebasing: numbers[(at * width)..<((at + 1) * width)]),
                                    from: first)
                                filled[row] = Int32(nearest.filled)
                            }
                        }
                    }
                }
            }
        }
    }

    /// What was found, without the rows themselves.
    ///
    /// - Parameters:
    ///   - held: the rows of the block among those that are here.
    ///   - lengths: what each row adds to its distances.
    ///   - isOwn: whether a place is the row itself.
    func block(
        _ rows: Range<Int>, _ held: Range<Int>, _ count: Int, _ lengths: [Float], isOwn: (Int, Int32) -> Bool
    ) -> NeighbourIndex.Block {
        var block = NeighbourIndex.Block(
            rows: rows, count: count, places: [Int32](repeating: -1, count: rows.count * count),
            distances: [Float](repeating: 0, count: rows.count * count))
        for (at, row) in held.enumerated() {
            var kept = at * count
            for place in (row * self.count)..<(row * self.count + Int(filled[row]))
            where kept < (at + 1) * count && !isOwn(at, places[place]) {
                block.places[kept] = places[place]
                block.distances[kept] = max(0, distances[place] + lengths[at])
                kept += 1
            }
        }
        return block
    }
}

/// The least numbers of a row, in rising order; of equal ones the first.
private struct Nearest {
    let distances: UnsafeMutableBufferPointer<Float>
    let places: UnsafeMutableBufferPointer<Int32>
    private(set) var filled: Int

    init(distances: UnsafeMutableBufferPointer<Float>, places: UnsafeMutableBufferPointer<Int32>, filled: Int) {
        (self.distances, self.places, self.filled) = (distances, places, filled)
    }

    /// - Complexity: O(n), and O(kept) for each number that is less than all but a few before it.
    mutating func add(_ numbers: UnsafeBufferPointer<Float>, from first: Int) {
        guard let base = numbers.baseAddress else { return }
        var limit = filled == distances.count ? distances[filled - 1] : .infinity
        var place = 0
        while place < numbers.count {
            let end = min(numbers.count, place + 32)
            if filled == distances.count, end - place == 32 {
                // Numbers that are all too great are passed over at once: the compiler makes few instructions of this.
                let part = base + place
                var hits: Int32 = 0
                for lane in 0..<32 { hits &+= part[lane] < limit ? 1 : 0 }
                if hits == 0 {
                    place = end
                    continue
                }
            }
            while place < end {
                if base[place] < limit { limit = insert(base[place], first + place) }
                place += 1
            }
        }
    }

    /// - Returns: what a number must be less than from now on.
    private mutating func insert(_ number: Float, _ place: Int) -> Float {
        var at = filled < distances.count ? filled : filled - 1
        while at > 0, distances[at - 1] > number {
            distances[at] = distances[at - 1]
            places[at] = places[at - 1]
            at -= 1
        }
        (distances[at], places[at]) = (number, Int32(place))
        filled = min(distances.count, filled + 1)
        return filled == distances.count ? distances[filled - 1] : .infinity
    }
}
