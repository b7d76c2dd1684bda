internal import CordonCore
internal import Glibc

/// Rows that fit worst go: a model is fitted to those that fit best, again and again, until they stay the same.
///
/// For labels that are numbers it is TRIM (Jagielski and others 2018) from several starts: see ``TrimmedFit``. For classes it is
/// iterative trimmed loss minimisation (Shen and Sanghavi 2019): a small model is trained on the rows kept so far, and the rows of
/// each class with the least loss are kept.
///
/// - Note: Wants a share that is at least that of the poison. Backdoors with a clear trigger fit *well* and stay; hard natural rows go.
/// - Complexity: a training for each round.
struct TrimmedLoss {
    private static let rounds = 4

    /// Places of the rows that go.
    func trimmed(_ context: CheckContext, share: Double) throws -> [Int] {
        let set = context.set
        if let targets = set.targets { return try trimmed(context, targets, share) }
        if let obstacle = context.labelObstacle { throw DataCheckFailure("trim: \(obstacle)") }
        let proxy = try ProxyRows(context)
        let all = set.labels.indices.filter { set.labels[$0] >= 0 }
        let epochs = max(proxy.fewestEpochs, min(proxy.mostEpochs, proxy.budget / max(1, all.count)))
        var kept = all
        var gone: Set<Int> = []
        for round in 0..<Self.rounds {
            try context.stopIfCancelled()
            // Few passes: what everything is fitted to has no loss to tell rows by.
            let model = try proxy.trained(
                on: kept, set.labels, set.classes.count, epochs: max(1, min(epochs, 4)),
                seed: context.seed &+ UInt64(round), context.isCancelled)
            var losses = [Float](repeating: 0, count: set.count)
            try model.forEachRow(all) { row, shares in
                losses[row] = -log(max(1e-6, shares[shares.startIndex + Int(set.labels[row])]))
            }
            var now: Set<Int> = []
            for rows in set.rowsByClass {
                let worst = rows.sorted { (losses[$0], $0) > (losses[$1], $1) }
                now.formUnion(worst.prefix(Int(share * Double(rows.count))))
            }
            if now == gone { break }
            gone = now
            kept = all.filter { !now.contains($0) }
        }
        return gone.sorted()
    }

    private func trimmed(_ context: CheckContext, _ targets: [Float], _ share: Double) throws -> [Int] {
        guard case .table(let columns) = context.set.content else {
            throw DataCheckFailure("trim: labels that are numbers are fitted for tables only")
        }
        let rows = targets.indices.filter { targets[$0].isFinite }
        guard rows.count >= 50 else {
            throw DataCheckFailure("trim: \(rows.count) rows with a label are too few to fit a model; 50 are wanted")
        }
        let matrix = try TableMatrix(columns.map { $0.picking(rows) }, rows: rows.count)
        guard matrix.width * 5 <= rows.count, matrix.width <= 500 else {
            throw DataCheckFailure("trim: \(matrix.width) columns are too many for \(rows.count) rows")
        }
        let residuals = try TrimmedFit(matrix, rows.map { Double(targets[$0]) })
            .residuals(trimming: Array(rows.indices), share: 1 - share, seed: context.seed)
        let worst = rows.indices.sorted { (abs(residuals[$0]), $0) > (abs(residuals[$1]), $1) }
        return worst.prefix(Int(share * Double(rows.count))).map { rows[$0] }.sorted()
    }
}
