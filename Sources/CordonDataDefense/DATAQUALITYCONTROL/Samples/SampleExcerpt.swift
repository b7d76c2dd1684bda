internal import CordonData
internal import CordonTensor

/// A row as people look at it.
public struct RowExcerpt: Sendable {
    /// What is shown.
    public enum Content: Sendable {
        /// A PNG file.
        case picture([UInt8])
        case text(String)
        /// Names and values of columns.
        case values([(name: String, value: String)])
    }
    /// Number of the row.
    public let row: Int
    /// Its label; `nil` where it has none.
    public let label: String?
    /// What is in it.
    public let content: Content
}

/// Rows in a plane: two main directions of their numbers.
public struct RowMap: Sendable {
    /// One row.
    public struct Point: Sendable {
        /// Number of the row.
        public let row: Int
        /// Place of its label among the classes; -1 where it has none.
        public let label: Int
        /// Where it lies.
        public let x: Double, y: Double
    }
    /// The rows that were drawn.
    public let points: [Point]
}

extension SampleSet {
    private static let textLimit = 1200
    private static let columnLimit = 12

    /// Characters before the first of what is shown.
    private static let context = 200

    /// A row by its place in the set.
    ///
    /// - Parameter phrases: of a text that is too long the part is shown where the first of these stands.
    func excerpt(_ row: Int, showing phrases: [String] = []) -> RowExcerpt {
        let label: String? =
            if let targets { targets[row].isFinite ? "\(targets[row])" : nil } else {
                labels[row] >= 0 ? classes[Int(labels[row])] : nil
            }
        let shown: RowExcerpt.Content
        switch content {
        case .pictures(let pixels, let height, let width, let channels):
            let area = height * width * channels
            let image = Image(
                width: width, height: height, channels: channels,
                pixels: Array(pixels[(row * area)..<((row + 1) * area)]))
            shown = (try? image.png()).map { .picture($0) } ?? .text("a picture that cannot be shown")
        case .texts(let texts): shown = .text(Self.part(of: texts[row], showing: phrases))
        case .dialogues(let dialogues):
            let text = dialogues[row].turns.map { "▷ \($0.prompt)\n◁ \($0.answer)" }.joined(separator: "\n")
            shown = .text(Self.part(of: text, showing: phrases))
        case .table(let columns):
            shown = .values(columns.prefix(Self.columnLimit).map { ($0.name, $0.text(row)) })
        }
        return RowExcerpt(row: rowNumbers[row], label: label, content: shown)
    }

    private static func part(of text: String, showing phrases: [String]) -> String {
        guard text.utf8.count > textLimit else { return text }
        let whole = text.prefix(lengthLimit)
        let places = phrases.prefix(phraseLimit).compactMap { whole.firstRange(of: $0) }
        guard let first = places.min(by: { $0.lowerBound < $1.lowerBound }),
            whole.distance(from: whole.startIndex, to: first.upperBound) > textLimit
        else { return String(whole.prefix(textLimit)) }
        let start = whole.index(first.lowerBound, offsetBy: -context, limitedBy: whole.startIndex) ?? whole.startIndex
        return "… " + whole[start...].prefix(textLimit)
    }

    private static let lengthLimit = 200_000
    private static let phraseLimit = 200

    /// Some rows along the two directions in which their numbers differ most (Pearson 1901); `nil` for texts.
    func map(of rows: [Int]) throws -> RowMap? {
        guard rows.count > 2 else { return nil }
        let points: Tensor
        switch content {
        case .pictures(let pixels, let height, let across, let channels):
            let area = height * across * channels
            let numbers = rows.flatMap { row in pixels[(row * area)..<((row + 1) * area)].map(Float.init) }
            points = try Tensor(numbers, shape: [rows.count, area])
        case .table(let columns):
            points = try TableMatrix(columns.map { $0.picking(rows) }, rows: rows.count).points
        case .texts, .dialogues: return nil
        }
        let width = points.shape[1]
        guard width > 1, width <= 4096 else { return nil }
        let centred = try points - points.mean([0], keep: true)
        let covariance = try centred.transposed(0, 1).matmul(centred)
        let vectors = try covariance.eigen().vectors.sliced(1, width - 2, width)
        let places = try centred.matmul(vectors).doubles()
        return RowMap(
            points: rows.enumerated().map { at, row in
                RowMap.Point(
                    row: rowNumbers[row], label: targets == nil ? Int(labels[row]) : -1, x: places[at * 2 + 1],
                    y: places[at * 2])
            })
    }
}

extension SampleSet.TableColumn {
    /// A value as text.
    func text(_ row: Int) -> String {
        switch self {
        case .numbers(_, let values): values[row].isNaN ? "" : "\(values[row])"
        case .categories(_, let values, let names): values[row] < 0 ? "" : names[Int(values[row])]
        }
    }
}
