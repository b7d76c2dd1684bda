internal import CordonCore
internal import CordonData

/// Changes values one by one. A row gets the same change whatever is read before it.
struct Distorter: ValueChange, Sendable {
    let steps: [Distortion]
    let seed: UInt64
    /// Statistics of numbers and categories by the column's name; of vectors by `name[place]`.
    let columns: [String: ColumnStatistics]
    let vocabulary: Vocabulary
    /// Labels that randomised response chooses among.
    let labels: [String]

    /// - Parameters:
    ///   - set: rows that say how columns scatter and which words there are.
    ///   - bounds: least and greatest values of columns that do not come from the data.
    init(_ steps: [Distortion], _ set: SampleSet?, bounds: [String: ClosedRange<Double>], seed: UInt64) {
        (self.steps, self.seed) = (steps.filter { !$0.method.isSelection && $0.method != .fields }, seed)
        var columns: [String: ColumnStatistics] = [:]
        var texts: [String] = []
        switch set?.content {
        case .table(let found):
            for column in found {
                var own = ColumnStatistics(column)
                if let bound = bounds[column.name] { (own.low, own.high) = (bound.lowerBound, bound.upperBound) }
                columns[column.name] = own
            }
        case .texts(let found): texts = found
        default: break
        }
        (self.columns, vocabulary) = (columns, Vocabulary(texts))
        labels = set.flatMap { $0.targets == nil ? $0.classes : nil } ?? []
    }

    /// What each value of a row may use up: a row's epsilon is shared by its columns and its label.
    private func epsilon(_ step: Distortion) -> Double {
        step.amount / Double(columns.count + (labels.isEmpty ? 0 : 1))
    }

    private func random(_ row: Int, _ step: Int, _ column: Int = 0) -> SplitMix {
        var start = SplitMix(state: seed ^ UInt64(bitPattern: Int64(row)) &* 0x9E37_79B9_7F4A_7C15)
        start.state ^= start.next() &+ UInt64(step) &* 0xBF58_476D_1CE4_E5B9 &+ UInt64(column) &* 0x94D0_49BB_1331_11EB
        return start
    }

    func picture(_ image: Image, row: Int) throws -> Image {
        try steps.enumerated().reduce(image) { image, step in
            var random = random(row, step.offset)
            return try PictureNoise.apply(step.element, image, &random)
        }
    }

    func text(_ text: String, row: Int) -> String {
        steps.enumerated().reduce(text) { text, step in
            var random = random(row, step.offset)
            return TextNoise.apply(step.element, text, vocabulary, &random)
        }
    }

    /// - Parameter place: tells the columns of a row apart.
    func number(_ value: Double, of name: String, place: Int, row: Int) -> Double? {
        guard let column = columns[name] else { return value }
        return steps.enumerated().reduce(Optional(value)) { value, step in
            var random = random(row, step.offset, place)
            return value.flatMap {
                TableNoise.number($0, step.element, column, epsilon: epsilon(step.element), &random)
            }
        }
    }

    func category(_ value: String, of name: String, place: Int, row: Int) -> String? {
        guard let column = columns[name] else { return value }
        return steps.enumerated().reduce(Optional(value)) { value, step in
            var random = random(row, step.offset, place)
            return value.flatMap {
                TableNoise.category($0, step.element, column.names, epsilon: epsilon(step.element), &random)
            }
        }
    }

    private static let labelPlace = -1

    /// Labels change under ``Distortion/Method/privacy`` in tables only: a row's epsilon would not hold without.
    var changesLabels: Bool { !columns.isEmpty && !labels.isEmpty && steps.contains { $0.method == .privacy } }

    func label(_ value: String, row: Int) -> String {
        guard changesLabels else { return value }
        return steps.enumerated().filter { $0.element.method == .privacy }.reduce(value) { value, step in
            var random = random(row, step.offset, Self.labelPlace & 0xFFFF)
            return TableNoise.response(value, labels, epsilon: epsilon(step.element), &random)
        }
    }
}
