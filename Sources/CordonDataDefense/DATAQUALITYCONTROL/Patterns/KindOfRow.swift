internal import Glibc

/// Whether rows are of one kind: whether they can be told from others.
enum KindOfRow {
    private static let folds = 5
    private static let fewestShared = 2
    /// Whether a classifier (naive Bayes over features that a row has or has not) tells rows that it did not see from their
    /// peers.
    ///
    /// - Parameters:
    ///   - carriers: features of each row.
    ///   - peers: those of the rows they are compared with.
    ///   - margin: how much better than chance rows of no kind of their own may be told, above 0.5.
    static func isOne(_ carriers: [[Int32]], peers: [[Int32]], margin: Double) -> Bool {
        let rows = carriers.map { (features: $0, isCarrier: true) } + peers.map { (features: $0, isCarrier: false) }
        var scores = [Double](repeating: 0, count: rows.count)
        for fold in 0..<folds {
            var counts: [Int32: (carriers: Double, peers: Double)] = [:]
            var sizes = (carriers: 0.0, peers: 0.0)
            for (place, row) in rows.enumerated() where place % folds != fold {
                if row.isCarrier { sizes.carriers += 1 } else { sizes.peers += 1 }
                for feature in row.features {
                    if row.isCarrier {
                        counts[feature, default: (0, 0)].carriers += 1
                    } else {
                        counts[feature, default: (0, 0)].peers += 1
                    }
                }
            }
            for place in stride(from: fold, to: rows.count, by: folds) {
                for feature in rows[place].features {
                    guard let count = counts[feature], count.carriers + count.peers >= Double(fewestShared) else {
                        continue
                    }
                    scores[place] += log((count.carriers + 0.5) / (sizes.carriers + 1))
                    scores[place] -= log((count.peers + 0.5) / (sizes.peers + 1))
                }
            }
        }
        let (area, error) = RankSum.area(
            of: Array(scores[..<carriers.count]), over: Array(scores[carriers.count...]))
        return area >= 0.5 + max(margin, 2 * error)
    }
}
