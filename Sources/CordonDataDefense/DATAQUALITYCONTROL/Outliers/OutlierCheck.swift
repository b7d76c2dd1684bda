internal import CordonCore
internal import CordonTensor
internal import Glibc

/// Rows far from all others, by three measures whose chances are joined: the robust distance of Mahalanobis from the middle of
/// its label, an isolation forest (Liu, Ting and Zhou 2008), and local intrinsic dimensionality (Ma and others 2018, Amsaleg and
/// others 2015).
///
/// Each measure gives a row its rank among all as a chance; chances are joined by Cauchy's combination (Liu and Xie 2020), which
/// holds for measures that depend on each other. Every set has rows that are furthest out, so that they are told and not
/// alarmed about.
///
/// - Complexity: rows · (width² + 20,000) and the neighbours of ``NeighbourSupport``.
struct OutlierCheck: DatasetCheck {
    var name: String { "outliers" }

    private static let neighbours = 20
    private static let mostCells = 64_000_000
    private static let widest = 1024

    func concerns(_ set: SampleSet) -> Bool {
        switch set.content {
        case .pictures, .table: true
        case .texts, .dialogues: false
        }
    }

    func decides(_ set: SampleSet) -> Bool { false }

    func obstacle(_ context: CheckContext) -> String? {
        if context.set.count < 50 { return "fewer than 50 rows" }
        let width = context.set.width
        if width > Self.widest || context.set.count * width > Self.mostCells {
            return "\(context.set.count) rows of \(width) numbers are more than are compared"
        }
        return nil
    }

    func run(_ context: CheckContext) throws -> [DataCause] {
        let set = context.set
        guard let numbers = try context.numbers() else { return [] }
        var measures = [
            try Self.mahalanobis(numbers.points, set),
            try numbers.points.withBytes {
                Self.forest($0.bindMemory(to: Float.self), numbers.width, set.count, context.seed)
            },
        ]
        try context.stopIfCancelled()
        if let near = try context.survey() { measures.append(near.dimensions) }
        var sums = [Double](repeating: 0, count: set.count)
        for scores in measures {
            // Rows with the same score share their middle rank.
            let order = scores.indices.sorted { scores[$0] > scores[$1] }
            var start = 0
            while start < order.count {
                var end = start
                while end < order.count, scores[order[end]] == scores[order[start]] { end += 1 }
                let chance = (Double(start + end) / 2 + 0.5) / Double(order.count + 1)
                for place in start..<end { sums[order[place]] += tan((0.5 - chance) * .pi) / Double(measures.count) }
                start = end
            }
        }
        let chances = sums.map { 0.5 - atan($0) / .pi }
        let furthest = chances.indices.sorted { (chances[$0], $0) < (chances[$1], $1) }.prefix(max(3, set.count / 1000))
        let rows = furthest.filter { chances[$0] < 0.01 }.sorted()
        guard !rows.isEmpty else { return [] }
        return [DataCause(.outliers, level: .clean, "\(rows.count) rows are furthest from all others", rows: rows)]
    }

    private static let blockRows = 8192
    /// Rows of a label that say where its middle is.
    private static let middleRows = 20_000

    /// Squared distance from the middle of the row's label, in units of how rows scatter about theirs; the scatter is taken of
    /// the nearer three quarters, so that what is far out does not stretch its own measure.
    private static func mahalanobis(_ points: Tensor, _ set: SampleSet) throws -> [Float] {
        let labels = set.targets == nil ? set.labels : [Int32](repeating: 0, count: set.count)
        let groups = Dictionary(grouping: labels.indices, by: { labels[$0] }).sorted { $0.key < $1.key }
        var place: [Int32: Int] = [:]
        for (at, group) in groups.enumerated() { place[group.key] = at }
        var random = SplitMix(state: 0)
        let middles = try Tensor.concatenated(
            groups.map { try points.picked(0, random.sample($0.value, middleRows)).median(0) }, 0)
        /// Rows less the middles of their labels, some at a time.
        func forEachBlock(_ rows: [Int], _ body: (Tensor) throws -> Void) throws {
            for start in stride(from: 0, to: rows.count, by: blockRows) {
                let own = Array(rows[start..<min(rows.count, start + blockRows)])
                try body(points.picked(0, own) - middles.picked(0, own.map { place[labels[$0]] ?? 0 }))
            }
        }
        let all = Array(labels.indices)
        var lengths: [Float] = []
        try forEachBlock(all) { lengths += try ($0 * $0).sum([1]).floats() }
        let limit = lengths.sorted()[set.count * 3 / 4]
        let core = all.filter { lengths[$0] <= limit }
        var scatter = try Tensor.filled([points.shape[1], points.shape[1]], 0)
        try forEachBlock(core) { scatter = try scatter + $0.transposed(0, 1).matmul($0) / Double(core.count) }
        let (values, vectors) = try scatter.eigen()
        let scales = try values.doubles()
        let floor = max(1e-9, (scales.last ?? 0) * 1e-3)
        let whitening =
            try vectors * Tensor(scales.map { Float(1 / max($0, floor).squareRoot()) }, shape: [1, scales.count])
        var distances: [Float] = []
        try forEachBlock(all) {
            let white = try $0.matmul(whitening)
            distances += try (white * white).sum([1]).floats()
        }
        return distances
    }

    private static let trees = 64
    private static let sample = 256

    /// How few cuts at random places part a row from others, the fewer the greater.
    private static func forest(
        _ numbers: UnsafeBufferPointer<Float>, _ width: Int, _ count: Int, _ seed: UInt64
    ) -> [Float] {
        nonisolated(unsafe) let numbers = numbers
        var depths = [Float](repeating: 0, count: count)
        // Every processor has some trees of its own.
        let parts = min(trees, 2 * OrderedPipeline.processors)
        var next = (0..<parts).makeIterator()
        OrderedPipeline.run({ next.next() }) { part in
            var own = [Float](repeating: 0, count: count)
            for tree in stride(from: part, to: trees, by: parts) {
                var random = SplitMix(state: seed &+ UInt64(tree) &* 0x9E37)
                let rows = (0..<sample).map { _ in Int.random(in: 0..<count, using: &random) }
                var nodes: [Node] = []
                _ = Node.grow(Array(Set(rows)).sorted(), 0, numbers, width, &nodes, &random)
                nodes.withUnsafeBufferPointer { nodes in
                    for row in 0..<count {
                        var place = 0
                        while nodes[place].right > 0 {
                            place =
                                numbers[row * width + nodes[place].column] < nodes[place].value
                                ? nodes[place].left : nodes[place].right
                        }
                        own[row] += nodes[place].depth
                    }
                }
            }
            return own
        } _: { own in
            for row in 0..<count { depths[row] -= own[row] }
            return true
        }
        return depths
    }

    private struct Node {
        var column = 0
        var value: Float = 0
        var left = 0
        /// 0 at an end.
        var right = 0
        var depth: Float = 0

        private static let deepest = 8

        /// Cuts rows at a random place of a random column; the number of the node.
        static func grow(
            _ rows: [Int], _ depth: Int, _ numbers: UnsafeBufferPointer<Float>, _ width: Int,
            _ nodes: inout [Node],
            _ random: inout SplitMix
        ) -> Int {
            let own = nodes.count
            nodes.append(Node(depth: Float(depth) + rest(rows.count)))
            guard depth < deepest, rows.count > 1 else { return own }
            // A column in which these rows differ, if one is soon found.
            for _ in 0..<8 {
                let column = Int.random(in: 0..<width, using: &random)
                let values = rows.map { numbers[$0 * width + column] }
                guard let low = values.min(), let high = values.max(), high > low else { continue }
                let value = Float.random(in: low...high, using: &random)
                let (left, right) = (
                    rows.filter { numbers[$0 * width + column] < value },
                    rows.filter { numbers[$0 * width + column] >= value }
                )
                guard !left.isEmpty, !right.isEmpty else { continue }
                (nodes[own].column, nodes[own].value) = (column, value)
                nodes[own].left = grow(left, depth + 1, numbers, width, &nodes, &random)
                nodes[own].right = grow(right, depth + 1, numbers, width, &nodes, &random)
                break
            }
            return own
        }

        /// Cuts that would still part so many rows, on average.
        private static func rest(_ count: Int) -> Float {
            let (all, others) = (Float(count), Float(count - 1))
            return count < 2 ? 0 : 2 * (log(others) + 0.5772157) - 2 * others / all
        }
    }
}
