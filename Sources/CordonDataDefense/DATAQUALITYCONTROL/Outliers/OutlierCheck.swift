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
        let (numbers, width) = set.matrix
        var measures = [
            try Self.mahalanobis(numbers, width, set), Self.forest(numbers, width, set.count, context.seed),
        ]
        try context.stopIfCancelled()
        if let near = try context.space()?.neighbours(Self.neighbours) {
            measures.append(Self.dimensionality(near, numbers, width))
        }
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

    /// Distance from the middle of the row's label, in units of how rows scatter about theirs; the scatter is taken of the
    /// nearer three quarters, so that what is far out does not stretch its own measure.
    private static func mahalanobis(_ numbers: [Float], _ width: Int, _ set: SampleSet) throws -> [Double] {
        let all = try Tensor(numbers, shape: [set.count, width])
        let labels = set.targets == nil ? set.labels : [Int32](repeating: 0, count: set.count)
        var centred = [Float](repeating: 0, count: set.count * width)
        for own in Dictionary(grouping: labels.indices, by: { labels[$0] }).values {
            let part = try all.picked(0, own)
            let moved = try (part - part.median(0)).floats()
            for (at, row) in own.enumerated() {
                for column in 0..<width { centred[row * width + column] = moved[at * width + column] }
            }
        }
        let points = try Tensor(centred, shape: [set.count, width])
        let lengths = try (points * points).sum([1]).doubles()
        let limit = lengths.sorted()[set.count * 3 / 4]
        let core = try points.picked(0, lengths.indices.filter { lengths[$0] <= limit })
        let (values, vectors) = try (core.transposed(0, 1).matmul(core) / Double(core.shape[0])).eigen()
        let scales = try values.doubles()
        let floor = max(1e-9, (scales.last ?? 0) * 1e-3)
        let weights = try Tensor(scales.map { Float(1 / max($0, floor).squareRoot()) }, shape: [1, width])
        let white = try points.matmul(vectors) * weights
        return try (white * white).sum([1]).doubles()
    }

    private static let trees = 64
    private static let sample = 256

    /// How few cuts at random places part a row from others, the fewer the greater.
    private static func forest(_ numbers: [Float], _ width: Int, _ count: Int, _ seed: UInt64) -> [Double] {
        var depths = [Double](repeating: 0, count: count)
        for tree in 0..<trees {
            var random = SplitMix(state: seed &+ UInt64(tree) &* 0x9E37)
            let rows = random.sample(Array(0..<count), sample)
            var nodes: [Node] = []
            _ = Node.grow(rows, 0, numbers, width, &nodes, &random)
            for row in 0..<count {
                var place = 0
                while nodes[place].right > 0 {
                    place =
                        numbers[row * width + nodes[place].column] < nodes[place].value
                        ? nodes[place].left : nodes[place].right
                }
                depths[row] += nodes[place].depth
            }
        }
        return depths.map { -$0 }
    }

    private struct Node {
        var column = 0
        var value: Float = 0
        var left = 0
        /// 0 at an end.
        var right = 0
        var depth = 0.0

        private static let deepest = 8

        /// Cuts rows at a random place of a random column; the number of the node.
        static func grow(
            _ rows: [Int], _ depth: Int, _ numbers: [Float], _ width: Int, _ nodes: inout [Node],
            _ random: inout SplitMix
        ) -> Int {
            let own = nodes.count
            nodes.append(Node(depth: Double(depth) + rest(rows.count)))
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
        private static func rest(_ count: Int) -> Double {
            count < 2 ? 0 : 2 * (log(Double(count - 1)) + 0.5772156649) - 2 * Double(count - 1) / Double(count)
        }
    }

    /// The maximum-likelihood estimate from the distances of neighbours.
    private static func dimensionality(_ near: [[Int]], _ numbers: [Float], _ width: Int) -> [Double] {
        near.enumerated().map { row, others in
            let distances = others.map { other -> Double in
                var sum: Float = 0
                for column in 0..<width {
                    let difference = numbers[row * width + column] - numbers[other * width + column]
                    sum += difference * difference
                }
                return Double(sum).squareRoot()
            }
            let positive = distances.filter { $0 > 0 }
            guard let last = positive.max(), positive.count > 2 else { return 0 }
            let mean = positive.reduce(0) { $0 + log($1 / last) } / Double(positive.count)
            return mean < 0 ? -1 / mean : 0
        }
    }
}

extension SampleSet {
    /// Numbers of a row.
    var width: Int {
        switch content {
        case .pictures(_, let height, let width, let channels): height * width * channels
        case .table(let columns): columns.reduce(0) { $0 + TableMatrix.width($1) }
        case .texts, .dialogues: 0
        }
    }

    /// Rows as numbers, `rows · width`.
    var matrix: (numbers: [Float], width: Int) {
        switch content {
        case .pictures(let pixels, _, _, _): return (pixels.map(Float.init), width)
        case .table(let columns):
            let made = TableMatrix(columns, rows: count)
            return (made.numbers, made.width)
        case .texts, .dialogues: return ([], 0)
        }
    }
}
