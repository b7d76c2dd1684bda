internal import CordonCore
internal import CordonTensor

/// Least squares on the rows that fit best: the linear model that most rows agree on.
///
/// Source: least trimmed squares with concentration steps, Rousseeuw and Van Driessen 2006; TRIM, Jagielski and others 2018,
/// is the same from one start. A little ridge keeps columns that say the same apart.
///
/// - Complexity: starts · steps · rows · width².
struct TrimmedFit {
    private let rows: Tensor
    private let targets: Tensor
    private let count: Int
    private let width: Int

    private static let ridge = 1e-5
    private static let starts = 12
    private static let steps = 30

    /// - Parameters:
    ///   - matrix: `rows · width` numbers.
    ///   - targets: one for each row.
    init(_ matrix: TableMatrix, _ targets: [Double]) throws {
        count = targets.count
        width = matrix.width + 1
        let ones = try Tensor.filled([count, 1], 1, .float64)
        rows = try Tensor.concatenated([matrix.points.cast(to: .float64), ones], 1)
        self.targets = try Tensor.of(targets, shape: [count, 1], type: .float64)
    }

    /// Residuals of all rows from the fit to the best share of some.
    func residuals(trimming chosen: [Int], share: Double, seed: UInt64) throws -> [Double] {
        let kept = max(width + 1, Int(share * Double(chosen.count)))
        guard kept < chosen.count else { return try residuals(of: weights(chosen)) }
        var random = SplitMix(state: seed)
        var best: (loss: Double, residuals: [Double])?
        for start in 0..<Self.starts {
            var own = start == 0 ? chosen : random.sample(chosen, max(width + 5, 3 * width))
            var found: [Double] = []
            var loss = Double.infinity
            for _ in 0..<Self.steps {
                found = try residuals(of: weights(own))
                own = Array(chosen.sorted { (abs(found[$0]), $0) < (abs(found[$1]), $1) }.prefix(kept))
                let now = own.reduce(0) { $0 + found[$1] * found[$1] }
                if now >= loss * (1 - 1e-9) { break }
                loss = now
            }
            if best.map({ loss < $0.loss }) ?? true { best = (loss, found) }
        }
        return best?.residuals ?? []
    }

    /// Least squares on some rows.
    private func weights(_ chosen: [Int]) throws -> Tensor {
        let part = try rows.picked(0, chosen)
        let turned = try part.transposed(0, 1)
        var diagonal = [Double](repeating: 0, count: width * width)
        for place in 0..<width { diagonal[place * width + place] = Self.ridge * Double(chosen.count) }
        let square = try turned.matmul(part) + Tensor.of(diagonal, shape: [width, width], type: .float64)
        return try square.solving(turned.matmul(targets.picked(0, chosen)))
    }

    private func residuals(of weights: Tensor) throws -> [Double] {
        try (targets - rows.matmul(weights)).doubles()
    }
}
