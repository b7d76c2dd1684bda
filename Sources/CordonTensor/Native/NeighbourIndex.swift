/// Points in memory, asked for those that lie nearest to others: brute force, one product of matrices per block.
///
/// Distances are Euclidean. Exact up to the rounding of 32-bit numbers.
package struct NeighbourIndex: Sendable {
    private let points: Tensor
    private static let blockRows = 1024

    /// - Parameter points: `[n, d]`, 32-bit numbers.
    package init(_ points: Tensor) throws(TensorFailure) {
        guard points.rank == 2, points.type == .float32 else {
            throw TensorFailure(.shape, "points of \(points.shape)")
        }
        self.points = points
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
        guard !rows.isEmpty, references.count > 1, count > 0 else { return rows.map { _ in [] } }
        var mask: Tensor?
        if !columns.isEmpty {
            var ones = [Float](repeating: 1, count: points.shape[1])
            for column in columns where ones.indices.contains(column) { ones[column] = 0 }
            mask = try Tensor(ones, shape: [ones.count])
        }
        var others = try points.picked(0, references)
        if let mask { others = try others * mask }
        let squares = try (others * others).sum([1])
        let turned = try others.transposed(0, 1)
        // One more, because a point may be among its own references.
        let wanted = min(count + 1, references.count)
        var found: [[Int]] = []
        found.reserveCapacity(rows.count)
        for start in stride(from: 0, to: rows.count, by: Self.blockRows) {
            let block = Array(rows[start..<min(rows.count, start + Self.blockRows)])
            var own = try points.picked(0, block)
            if let mask { own = try own * mask }
            // What a row adds to all its distances does not change their order.
            let distances = try squares - own.matmul(turned) * 2
            let nearest = try callMany(
                "aten::topk", "", .tensor(distances), .integer(wanted), 1, .boolean(false), .boolean(true))[1]
                .integers()
            for (place, row) in block.enumerated() {
                let places = nearest[(place * wanted)..<((place + 1) * wanted)]
                found.append(Array(places.lazy.map { references[$0] }.filter { $0 != row }.prefix(count)))
            }
        }
        return found
    }
}
