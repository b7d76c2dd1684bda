internal import CordonTensor

/// A table as numbers in which distances mean something: columns by their median and spread, categories as corners.
struct TableMatrix: Sendable {
    /// `[rows, width]`; a missing value is 0.
    let points: Tensor
    let width: Int
    /// Where each column lies.
    let places: [Range<Int>]

    /// Categories of one column that get a place of their own.
    private static let categoryLimit = 32
    /// Values further out than so many deviations count as that far.
    private static let furthest: Float = 8

    /// Places that a column takes.
    static func width(_ column: SampleSet.TableColumn) -> Int {
        if case .categories(_, _, let names) = column { return min(categoryLimit, max(1, names.count)) }
        return 1
    }

    init(_ columns: [SampleSet.TableColumn], rows: Int) throws {
        var (width, places): (Int, [Range<Int>]) = (0, [])
        for column in columns {
            let own = Self.width(column)
            places.append(width..<(width + own))
            width += own
        }
        points = try Tensor.filling([rows, width]) { numbers in
            for (column, range) in zip(columns, places) {
                switch column {
                case .numbers(_, let values):
                    guard let (middle, spread) = Self.scale(values) else { continue }
                    for row in 0..<rows where values[row].isFinite {
                        numbers[row * width + range.lowerBound] =
                            max(-Self.furthest, min(Self.furthest, (values[row] - middle) / spread))
                    }
                case .categories(_, let values, _):
                    for row in 0..<rows where values[row] >= 0 {
                        numbers[row * width + range.lowerBound + Int(values[row]) % range.count] = 1
                    }
                }
            }
        }
        (self.width, self.places) = (width, places)
    }

    /// The median of a column and how far its values scatter about it; `nil` where they do not.
    private static func scale(_ values: [Float]) -> (middle: Float, spread: Float)? {
        let sorted = Quantiles(values)
        guard sorted.count > 0 else { return nil }
        // The middle half's width is 1.349 standard deviations of a normal distribution.
        var spread = (sorted.at(0.75) - sorted.at(0.25)) / 1.349
        if spread <= 0 { spread = sorted.deviation }
        return spread > 0 && spread.isFinite ? (sorted.at(0.5), spread) : nil
    }
}

/// What lies where among the finite numbers of a column: of all, or of every so many where there are more than ``limit``.
struct Quantiles {
    private let sorted: [Float]

    private static let limit = 100_000

    init(_ values: [Float]) {
        sorted = stride(from: 0, to: values.count, by: max(1, values.count / Self.limit)).map { values[$0] }
            .filter(\.isFinite).sorted()
    }

    /// Numbers that were looked at.
    var count: Int { sorted.count }

    /// The number that this share of the others lies below; wants at least one.
    func at(_ share: Double) -> Float { sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))] }

    /// Standard deviation.
    var deviation: Float {
        let mean = sorted.reduce(0, +) / Float(sorted.count)
        return (sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(sorted.count)).squareRoot()
    }
}
