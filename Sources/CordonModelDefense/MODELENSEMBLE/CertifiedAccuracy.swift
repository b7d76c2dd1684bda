public import CordonData

/// The share of rows that get their label, and would get it whatever so many rows had been added to or removed from the training data.
public struct CertifiedAccuracy: Sendable {
    private let places: [String: Int]
    /// By rule: how many right rows have each number as their certificate.
    private var counts = [[Int: Int]](repeating: [:], count: Election.Rule.allCases.count)
    /// Rows with a label.
    public private(set) var rows = 0

    /// - Parameter classes: names in the order of the outputs.
    public init(classes: [String]) {
        places = Dictionary(classes.enumerated().map { ($1, $0) }) { first, _ in first }
    }

    /// Adds rows.
    ///
    /// - Throws: ``DatasetFailure`` for a row without a label, or with one that no member knows.
    public mutating func add(_ decided: [EnsembleRun.Row]) throws(DatasetFailure) {
        for row in decided {
            guard let label = row.label.flatMap({ places[$0] }) else {
                throw DatasetFailure(
                    .argument, "row \(row.number) has no label that the members know; name the column with --label")
            }
            rows += 1
            for (place, decision) in row.decisions.enumerated() where decision.winner == label {
                counts[place][max(0, decision.certified), default: 0] += 1
            }
        }
    }

    /// For so many rows that were added or removed.
    ///
    /// - Parameter rule: place among the rules.
    public func accuracy(_ rule: Int, _ poisoned: Int) -> Double {
        Double(counts[rule].reduce(0) { $0 + ($1.key >= poisoned ? $1.value : 0) }) / Double(max(1, rows))
    }

    /// Numbers of rows that a table has: 0, and then ever larger steps until nothing is certified.
    public var steps: [Int] {
        let most = counts.flatMap(\.keys).max() ?? 0
        var found = [0]
        while let last = found.last, last <= most { found.append(last + max(1, last / 4)) }
        return found
    }
}
