internal import Glibc

/// How a dataset differs from a registered version: rows, columns, and the spread of values per column and label.
public struct DatasetDrift: Sendable {
    /// One column, of all rows or of one label.
    public struct Shift: Sendable {
        /// The column; `label` for the labels.
        public let column: String
        /// The label whose rows were compared; `nil` for all rows.
        public let label: String?
        /// How much changed: the greatest distance of cumulative shares for numbers, half the sum of the distances of shares
        /// for categories; from 0 to 1.
        public let distance: Double
        /// Chance of this without a change, all comparisons counted.
        public let pValue: Double
        /// What changed most, in words.
        public let description: String
    }
    /// Rows of the reference that are not here any more.
    public internal(set) var removed = 0
    /// Rows that are new.
    public internal(set) var added = 0
    /// Places, in the new version, of rows that are new.
    public internal(set) var addedRows: [Int] = []
    /// Columns that came, went or have another type.
    public internal(set) var columns: [String] = []
    /// Columns whose values are spread otherwise, the most changed first.
    public internal(set) var shifts: [Shift] = []

    /// Whether nothing differs.
    public var isSame: Bool { removed == 0 && added == 0 && columns.isEmpty }

    /// A change that is worth telling, beyond chance alone.
    private static let least = 0.1
    private static let chance = 1e-3

    /// Compares a version with its reference.
    public init(from reference: DatasetProfile, to current: DatasetProfile) {
        var left: [String: Int] = [:]
        for digest in reference.digests { left[digest, default: 0] += 1 }
        for (row, digest) in current.digests.enumerated() {
            if let count = left[digest], count > 0 { left[digest] = count - 1 } else { addedRows.append(row) }
        }
        added = addedRows.count
        removed = left.values.reduce(0, +)
        let (before, now) = (
            Dictionary(reference.fields.map { ($0.name, $0.type) }) { a, _ in a },
            Dictionary(current.fields.map { ($0.name, $0.type) }) { a, _ in a }
        )
        for (name, type) in before.sorted(by: { $0.key < $1.key }) {
            if let own = now[name] {
                if own != type { columns.append("'\(name)' was \(type) and is \(own)") }
            } else {
                columns.append("'\(name)' is gone")
            }
        }
        for name in now.keys.sorted() where before[name] == nil { columns.append("'\(name)' is new") }
        let shared = reference.spreads.keys.filter { current.spreads[$0] != nil }.sorted()
        for name in shared {
            guard let old = reference.spreads[name], let new = current.spreads[name] else { continue }
            guard let shift = Self.compare(name, old, new, tries: Double(shared.count)) else { continue }
            if shift.pValue < Self.chance, shift.distance >= Self.least { shifts.append(shift) }
        }
        shifts.sort { ($1.distance, $0.column) < ($0.distance, $1.column) }
    }

    private static func compare(
        _ name: String, _ old: DatasetProfile.Spread, _ new: DatasetProfile.Spread, tries: Double
    ) -> Shift? {
        let parts = name.split(separator: DatasetProfile.separator, omittingEmptySubsequences: false).map(String.init)
        let (label, column) = parts.count > 1 ? (parts[0], parts[1]) : (nil, parts[0])
        guard old.rows >= 30, new.rows >= 30 else { return nil }
        let result: (distance: Double, logP: Double, text: String)
        if !old.quantiles.isEmpty, !new.quantiles.isEmpty {
            result = numbers(old, new)
        } else if !old.counts.isEmpty, !new.counts.isEmpty {
            result = categories(old, new)
        } else {
            return nil
        }
        return Shift(
            column: column, label: label, distance: result.distance, pValue: min(1, exp(result.logP) * tries),
            description: result.text)
    }

    /// Kolmogorov and Smirnov's distance at the values that are kept; a lower bound of the whole one, so that chances are
    /// not made smaller than they are.
    private static func numbers(
        _ old: DatasetProfile.Spread, _ new: DatasetProfile.Spread
    ) -> (distance: Double, logP: Double, text: String) {
        func share(_ value: Double, _ spread: DatasetProfile.Spread) -> (low: Double, high: Double) {
            let steps = Double(spread.quantiles.count - 1)
            let below = Double(spread.quantiles.count { $0 < value })
            let upTo = Double(spread.quantiles.count { $0 <= value })
            return (max(0, below - 1) / steps, min(steps, upTo) / steps)
        }
        var distance = 0.0
        for value in Set(old.quantiles + new.quantiles) {
            let (a, b) = (share(value, old), share(value, new))
            distance = max(distance, a.low - b.high, b.low - a.high)
        }
        let count = Double(old.rows) * Double(new.rows) / Double(old.rows + new.rows)
        let middles = (old.quantiles[old.quantiles.count / 2], new.quantiles[new.quantiles.count / 2])
        return (
            distance, min(0, log(2) - 2 * count * distance * distance),
            "middle \(Float(middles.0)) → \(Float(middles.1)), from \(Float(old.quantiles[0])) to \(Float(old.quantiles[old.quantiles.count - 1])) → \(Float(new.quantiles[0])) to \(Float(new.quantiles[new.quantiles.count - 1]))"
        )
    }

    /// Pearson's chi-squared over the values that both know, the rest together.
    private static func categories(
        _ old: DatasetProfile.Spread, _ new: DatasetProfile.Spread
    ) -> (distance: Double, logP: Double, text: String) {
        var (distance, chi, cells) = (0.0, 0.0, 0)
        var most = (change: 0.0, text: "")
        let (oldRows, newRows) = (Double(old.rows), Double(new.rows))
        for value in Set(old.counts.keys).union(new.counts.keys).sorted() {
            let (a, b) = (Double(old.counts[value] ?? 0), Double(new.counts[value] ?? 0))
            let change = abs(a / oldRows - b / newRows)
            distance += change / 2
            if change > most.change {
                most = (
                    change,
                    "'\(value)' \(Int((a / oldRows * 100).rounded())) % → \(Int((b / newRows * 100).rounded())) %"
                )
            }
            let expected = (a + b) / (oldRows + newRows)
            guard (a + b) >= 10 else { continue }
            let (x, y) = (a - expected * oldRows, b - expected * newRows)
            chi += x * x / (expected * oldRows) + y * y / (expected * newRows)
            cells += 1
        }
        return (distance, ChiSquared.logTail(chi, degrees: Double(max(1, cells - 1))), most.text)
    }
}

/// The chi-squared distribution.
enum ChiSquared {
    /// The natural logarithm of the chance of at least this, by Wilson and Hilferty's approximation (1931).
    static func logTail(_ value: Double, degrees: Double) -> Double {
        guard value > 0 else { return 0 }
        let z = (cbrt(value / degrees) - (1 - 2 / (9 * degrees))) / (2 / (9 * degrees)).squareRoot()
        if z <= 0 { return 0 }
        return z < 30 ? log(max(0.5 * erfc(z / 2.0.squareRoot()), 1e-300)) : -z * z / 2
    }
}
