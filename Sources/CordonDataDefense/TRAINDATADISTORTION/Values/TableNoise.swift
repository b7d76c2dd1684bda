internal import CordonCore
internal import Glibc

/// What noise in a table is measured by.
struct ColumnStatistics: Sendable {
    /// Least and greatest number, and how far numbers scatter.
    var low = 0.0, high = 0.0, deviation = 0.0
    /// Words of a column of categories; empty for numbers.
    var names: [String] = []

    init(_ column: SampleSet.TableColumn) {
        switch column {
        case .numbers(_, let values):
            let finite = values.filter(\.isFinite).map(Double.init)
            guard let least = finite.min(), let greatest = finite.max() else { return }
            (low, high) = (least, greatest)
            let mean = finite.reduce(0, +) / Double(finite.count)
            deviation = (finite.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(finite.count)).squareRoot()
        case .categories(_, _, let names): self.names = names
        }
    }
}

/// Noise in the values of a table, measured by the column's own spread.
enum TableNoise {
    /// A number; `nil` where it goes.
    ///
    /// - Parameter epsilon: what a column has of the row's.
    static func number(
        _ value: Double, _ step: Distortion, _ column: ColumnStatistics, epsilon: Double, _ random: inout SplitMix
    ) -> Double? {
        let amount = step.amount
        switch step.method {
        case .gaussian: return value + random.normal() * amount * column.deviation
        case .laplace: return value + random.laplace() * amount * column.deviation / 2.0.squareRoot()
        case .saltAndPepper:
            return random.unit() < amount ? (random.next() & 1 == 0 ? column.low : column.high) : value
        case .bits:
            let (steps, range) = (pow(2, amount.rounded()) - 1, column.high - column.low)
            guard range > 0 else { return value }
            return column.low + ((value - column.low) / range * steps).rounded() / steps * range
        case .dropout: return random.unit() < amount ? nil : value
        // The Laplace mechanism on a clamped value (Dwork and others 2006).
        case .privacy:
            let range = column.high - column.low
            return max(column.low, min(column.high, value)) + random.laplace() * range / epsilon
        default: return value
        }
    }

    /// A category; `nil` where it goes.
    static func category(
        _ value: String, _ step: Distortion, _ names: [String], epsilon: Double, _ random: inout SplitMix
    ) -> String? {
        switch step.method {
        case .dropout: random.unit() < step.amount ? nil : value
        case .privacy: response(value, names, epsilon: epsilon, &random)
        default: value
        }
    }

    /// Randomised response among some names (Warner 1965; Kairouz and others 2016).
    static func response(
        _ value: String, _ names: [String], epsilon: Double, _ random: inout SplitMix
    ) -> String {
        guard names.count > 1 else { return value }
        let keeps = 1 / (1 + Double(names.count - 1) * exp(-epsilon))
        guard random.unit() >= keeps else { return value }
        let others = random.below(names.count - 1)
        let own = names.firstIndex(of: value) ?? names.count
        return names[others < own ? others : others + 1]
    }
}
