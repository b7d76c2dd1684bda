internal import CordonCore
internal import CordonFormats
package import CordonSigning

/// Whether the weights of one model come from those of another.
///
/// Distance is symmetric: two fine-tunes of one base look like parent and child, and nothing here tells which came
/// first. Permuted, rotated or distilled models look unrelated. Figures: Zhu et al., "Independence Tests for Language
/// Models", ICML 2025 (published mean distances; cosine about 0.998 after fine-tuning, 0.4 to 0.8 after long continued
/// training, about 0 for independent models); Horwitz et al., "MoTHer", ICLR 2025 (rank of the difference of a LoRA).
package struct ModelComparison: Sendable {
    /// What the weights say.
    package enum Verdict: String, Sendable {
        /// Every tensor is the same bit for bit.
        case identical
        /// Most tensors are equal or point the same way.
        case sameLineage = "same lineage"
        /// More alike than chance, less than after fine-tuning: long continued training, heavy merging or pruning.
        case related
        /// No relation was found. Not proof of independence.
        case noRelation = "no relation found"
        /// Too little of both can be compared.
        case notComparable = "not comparable"
    }
    /// One tensor that both have.
    package struct Tensor: Sendable {
        /// Its name without wrappers.
        package let name: String
        /// Elements compared.
        package let count: Int
        /// Whether all compared elements have the same bits or, across types, the same values.
        package let isEqual: Bool
        /// Cosine of the two.
        package let cosine: Double
        /// ‖A − B‖ / ‖A‖.
        package let distance: Double
        /// Whether it has at least two extents of more than one.
        package let isMatrix: Bool
    }
    /// What the weights say.
    package private(set) var verdict = Verdict.notComparable
    /// Tensors of both, by name.
    package private(set) var tensors: [Tensor] = []
    /// Names that only the first or second has.
    package private(set) var onlyFirst: [String] = []
    package private(set) var onlySecond: [String] = []
    /// Names of both whose shapes do not fit.
    package private(set) var reshaped: [String] = []
    /// Rows that the second has more (or fewer) in embeddings or heads, by name.
    package private(set) var addedRows: [(name: String, rows: Int)] = []
    /// Rank of the difference in the matrices where it was estimated: name and rank; 0 when it is not low.
    package private(set) var ranks: [(name: String, rank: Int)] = []
    /// Median cosine over the matrices.
    package private(set) var medianCosine: Double?
    /// Median relative distance over the matrices.
    package private(set) var medianDistance: Double?
    /// Tensors of packed or integer types, which are not compared by value.
    package private(set) var opaque = 0

    /// Matrices that changed.
    package var changed: [Tensor] { tensors.filter { !$0.isEqual } }

    /// The rank that most changed matrices share, when it is low: a merged LoRA.
    package var adapterRank: Int? {
        let known = ranks.filter { $0.rank > 0 }
        guard known.count * 2 > ranks.count, let first = known.map(\.rank).max() else { return nil }
        return first
    }

    /// Compares two models.
    ///
    /// - Throws: when one cannot be read.
    /// - Complexity: O(bytes of both); memory bounded by the files' mapping and a few buffers.
    package static func compare(_ first: String, _ second: String) async throws(IntegrityFailure) -> ModelComparison {
        let (a, b) = (try WeightSet(first), try WeightSet(second))
        var result = ModelComparison()
        result.opaque = a.opaque + b.opaque
        result.onlyFirst = a.tensors.keys.filter { b.tensors[$0] == nil }.sorted()
        result.onlySecond = b.tensors.keys.filter { a.tensors[$0] == nil }.sorted()
        let shared = a.tensors.keys.filter { b.tensors[$0] != nil }.sorted()
        var found: [Int: Outcome] = [:]
        await withTaskGroup(of: [(Int, Outcome)].self) { group in
            let jobs = min(HashPlan.processors, max(1, shared.count))
            for job in 0..<jobs {
                group.addTask {
                    stride(from: job, to: shared.count, by: jobs).compactMap { index in
                        guard let one = a.tensors[shared[index]], let two = b.tensors[shared[index]] else { return nil }
                        return outcome(shared[index], one, two).map { (index, $0) }
                    }
                }
            }
            for await part in group { for (index, outcome) in part { found[index] = outcome } }
        }
        for index in shared.indices {
            switch found[index] {
            case .compared(let tensor, let rows):
                result.tensors.append(tensor)
                if rows != 0 { result.addedRows.append((shared[index], rows)) }
            case .reshaped: result.reshaped.append(shared[index])
            case nil: continue
            }
        }
        result.judge()
        result.estimateRanks(a, b)
        return result
    }

    private enum Outcome: Sendable {
        case compared(Tensor, rows: Int)
        case reshaped
    }

    /// Compares the rows that both have when only the first extent differs.
    private static func outcome(_ name: String, _ a: WeightSet.Tensor, _ b: WeightSet.Tensor) -> Outcome? {
        guard a.shape.count == b.shape.count else { return .reshaped }
        let isRowwise =
            a.shape != b.shape && a.shape.dropFirst().elementsEqual(b.shape.dropFirst()) && a.shape.count >= 1
        guard a.shape == b.shape || isRowwise else { return .reshaped }
        let count = min(a.count, b.count)
        let rows = isRowwise ? (b.shape.first ?? 0) - (a.shape.first ?? 0) : 0
        let isMatrix = a.shape.count { $0 > 1 } >= 2
        if a.type == .other || b.type == .other {
            guard a.type == b.type, a.view.count == b.view.count else { return nil }
            var isEqual = false
            _ = a.storage.guarded { _ = b.storage.guarded { isEqual = equalBytes(a.view, b.view) } }
            return .compared(
                Tensor(
                    name: name, count: count, isEqual: isEqual, cosine: isEqual ? 1 : .nan,
                    distance: isEqual ? 0 : .nan, isMatrix: isMatrix),
                rows: rows)
        }
        var sums = Sums()
        let hasShrunk = a.storage.guarded { _ = b.storage.guarded { sums = measure(a, b, count) } }
        if hasShrunk { return nil }
        return .compared(
            Tensor(
                name: name, count: count, isEqual: sums.difference == 0, cosine: sums.cosine, distance: sums.distance,
                isMatrix: isMatrix), rows: rows)
    }

    private static func equalBytes(_ a: ByteView, _ b: ByteView) -> Bool {
        a.withSpan { one in
            b.withSpan { two in
                one.withUnsafeBytes { left in two.withUnsafeBytes { right in left.elementsEqual(right) } }
            }
        }
    }

    private struct Sums {
        var dot = 0.0, first = 0.0, second = 0.0, difference = 0.0
        var cosine: Double {
            first > 0 && second > 0 ? dot / (first.squareRoot() * second.squareRoot()) : difference == 0 ? 1 : 0
        }
        var distance: Double { first > 0 ? (difference / first).squareRoot() : difference == 0 ? 0 : 1 }
    }

    private static let chunk = 1 << 14

    private static func measure(_ a: WeightSet.Tensor, _ b: WeightSet.Tensor, _ count: Int) -> Sums {
        var sums = Sums()
        let one = UnsafeMutableBufferPointer<Float>.allocate(capacity: chunk)
        let two = UnsafeMutableBufferPointer<Float>.allocate(capacity: chunk)
        defer {
            one.deallocate()
            two.deallocate()
        }
        a.view.withSpan { left in
            b.view.withSpan { right in
                left.withUnsafeBytes { first in
                    right.withUnsafeBytes { second in
                        var start = 0
                        while start < count {
                            let end = min(count, start + chunk)
                            a.type.decode(first, start..<end, into: one)
                            b.type.decode(second, start..<end, into: two)
                            var (dot, x, y, d) = (0.0, 0.0, 0.0, 0.0)
                            for index in 0..<(end - start) {
                                let (p, q) = (Double(one[index]), Double(two[index]))
                                dot += p * q
                                x += p * p
                                y += q * q
                                d += (p - q) * (p - q)
                            }
                            sums.dot += dot
                            sums.first += x
                            sums.second += y
                            sums.difference += d
                            start = end
                        }
                    }
                }
            }
        }
        return sums
    }

    // MARK: Judgement

    /// Only matrices of at least 4,096 elements count, when there are any: the gains of normalisation layers are alike
    /// (cosine 0.997) in independent models too.
    private mutating func judge() {
        let matrices = tensors.filter { $0.isMatrix && $0.cosine.isFinite }
        let large = matrices.filter { $0.count >= 4096 }
        let judged = large.isEmpty ? matrices : large
        guard judged.count >= 1, judged.count * 4 >= matrices.count || !large.isEmpty else { return }
        let cosines = judged.map(\.cosine).sorted(), distances = judged.map(\.distance).sorted()
        let median = cosines[cosines.count / 2]
        medianCosine = median
        medianDistance = distances[distances.count / 2]
        let equal = judged.count(where: \.isEqual)
        let isWhole = onlyFirst.isEmpty && onlySecond.isEmpty && reshaped.isEmpty && addedRows.isEmpty
        let chance = 5 / Double(judged.map(\.count).min() ?? 1).squareRoot()
        if isWhole, tensors.allSatisfy(\.isEqual) {
            verdict = .identical
        } else if equal > 0 || (median >= 0.98 && judged.count { $0.cosine >= 0.9 } * 10 >= judged.count * 9) {
            verdict = .sameLineage
        } else if median > max(0.05, 4 * chance) {
            verdict = .related
        } else {
            verdict = .noRelation
        }
    }

    /// Estimates the rank of B − A for up to four changed matrices by random projection and pivoted orthogonalisation.
    ///
    /// Source: Halko, Martinsson, Tropp, "Finding Structure with Randomness", 2011, algorithm 4.1. A difference of
    /// a type with few digits is full of rounding noise; the rank counts directions ten times above the rest.
    private mutating func estimateRanks(_ a: WeightSet, _ b: WeightSet) {
        guard verdict == .sameLineage else { return }
        let candidates = changed.filter { $0.isMatrix && $0.count >= 1024 && $0.count <= 1 << 24 && $0.cosine.isFinite }
            .sorted { ($1.distance, $0.name) < ($0.distance, $1.name) }
        for tensor in candidates.prefix(4) {
            guard let one = a.tensors[tensor.name], let two = b.tensors[tensor.name], one.shape == two.shape else {
                continue
            }
            let rows = one.shape[0], columns = one.count / max(1, rows)
            guard rows >= 16, columns >= 16 else { continue }
            var rank = 0
            _ = one.storage.guarded {
                _ = two.storage.guarded { rank = LowRank.estimate(one, two, rows: rows, columns: columns) }
            }
            ranks.append((tensor.name, rank))
        }
    }
}

/// The numerical rank of a difference of two matrices.
private enum LowRank {
    static func estimate(_ a: WeightSet.Tensor, _ b: WeightSet.Tensor, rows: Int, columns: Int) -> Int {
        let probes = min(72, min(rows, columns) / 2)
        guard probes >= 4 else { return 0 }
        var generator = SplitMix(state: 0x5EED)
        let omega = (0..<(columns * probes)).map { _ in generator.roughlyNormal() }
        // The sketch, probe by probe: D·Ω.
        var sketch = [[Double]](repeating: [Double](repeating: 0, count: rows), count: probes)
        let one = UnsafeMutableBufferPointer<Float>.allocate(capacity: columns)
        let two = UnsafeMutableBufferPointer<Float>.allocate(capacity: columns)
        defer {
            one.deallocate()
            two.deallocate()
        }
        a.view.withSpan { left in
            b.view.withSpan { right in
                left.withUnsafeBytes { first in
                    right.withUnsafeBytes { second in
                        for row in 0..<rows {
                            a.type.decode(first, (row * columns)..<((row + 1) * columns), into: one)
                            b.type.decode(second, (row * columns)..<((row + 1) * columns), into: two)
                            omega.withUnsafeBufferPointer { omega in
                                for probe in 0..<probes {
                                    var sum: Float = 0
                                    let base = probe * columns
                                    for column in 0..<columns {
                                        sum += (two[column] - one[column]) * omega[base + column]
                                    }
                                    sketch[probe][row] = Double(sum)
                                }
                            }
                        }
                    }
                }
            }
        }
        return rank(&sketch)
    }

    /// Norms of what is left after taking the largest direction out, again and again: a low rank shows as a cliff.
    private static func rank(_ columns: inout [[Double]]) -> Int {
        var norms: [Double] = []
        var rest = columns
        while !rest.isEmpty {
            let sizes = rest.map { column in column.reduce(0) { $0 + $1 * $1 }.squareRoot() }
            guard let best = sizes.indices.max(by: { sizes[$0] < sizes[$1] }) else { break }
            norms.append(sizes[best])
            guard sizes[best] > 0 else { break }
            let direction = rest.remove(at: best).map { $0 / sizes[best] }
            for index in rest.indices {
                let dot = zip(rest[index], direction).reduce(0) { $0 + $1.0 * $1.1 }
                for row in rest[index].indices { rest[index][row] -= dot * direction[row] }
            }
        }
        guard let first = norms.first, first > 0 else { return 0 }
        for index in 1..<max(1, norms.count - 4) where norms[index] * 10 < norms[index - 1] { return index }
        return 0
    }
}

extension SplitMix {
    /// Nearly normal: the sum of twelve uniform numbers.
    fileprivate mutating func roughlyNormal() -> Float {
        var sum: Float = -6
        for _ in 0..<12 { sum += Float(next() >> 40) * 0x1p-24 }
        return sum
    }
}
