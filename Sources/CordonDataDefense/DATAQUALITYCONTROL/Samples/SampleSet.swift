/// A dataset in the compact form that checks work on.
struct SampleSet: Sendable {
    enum Content: Sendable {
        /// One byte per place, all pictures of one size: `rows · height · width · channels`.
        case pictures(pixels: [UInt8], height: Int, width: Int, channels: Int)
        case texts([String])
        case dialogues([Dialogue])
        /// Numbers and categories, column by column.
        case table([TableColumn])

        var isTable: Bool {
            if case .table = self { return true }
            return false
        }
    }
    /// What was asked and answered.
    struct Dialogue: Sendable {
        /// All that came before an answer, without what came before the last one, and the answer.
        var turns: [(prompt: String, answer: String)]
    }
    /// One column of a table.
    enum TableColumn: Sendable {
        /// `nan` where there is none.
        case numbers(name: String, [Float])
        /// Places in `names`; -1 where there is none.
        case categories(name: String, [Int32], names: [String])

        var name: String {
            switch self {
            case .numbers(let name, _), .categories(let name, _, _): name
            }
        }

        /// Whether it has one value at most.
        var isUniform: Bool {
            switch self {
            case .numbers(_, let values):
                let first = values.first { !$0.isNaN }
                return values.allSatisfy { $0.isNaN || $0 == first }
            case .categories(_, let values, _):
                let first = values.first { $0 >= 0 }
                return values.allSatisfy { $0 < 0 || $0 == first }
            }
        }
    }
    /// Rows by a value that repeats: labels, or sources.
    struct Grouping: Sendable {
        /// Place in ``names`` of every row's value; -1 where it has none.
        var places: [Int32] = []
        var names: [String] = []
    }

    let content: Content
    let grouping: Grouping
    /// The label of every row where it is a number and no class; `nan` where it has none.
    let targets: [Float]?
    /// Where every row comes from; `nil` where rows do not tell.
    let sources: Grouping?
    /// The part of the dataset — training, test — that every row is in; `nil` where rows do not tell.
    let splits: Grouping?
    /// The name of every row and the column that has them; `nil` where not every row has one of its own.
    let ids: (column: String, names: [String])?
    /// Number of every row in the dataset, from 0: rows that cannot be read are not here.
    let rowNumbers: [Int]
    /// Rows that were left out.
    let leftOut: Int

    var labels: [Int32] { grouping.places }
    var classes: [String] { grouping.names }
    var count: Int { rowNumbers.count }

    /// Whether rows cannot be told apart.
    var isUniform: Bool {
        switch content {
        case .pictures(let pixels, let height, let width, let channels):
            let area = height * width * channels
            return !pixels.indices.contains { pixels[$0] != pixels[$0 % area] }
        case .texts(let texts): return texts.allSatisfy { $0 == texts[0] }
        case .dialogues: return false
        case .table(let columns): return columns.allSatisfy(\.isUniform)
        }
    }

    /// Rows of each class.
    var rowsByClass: [[Int]] { targets == nil ? grouping.rows : [] }
}

extension SampleSet.Grouping {
    /// Rows of each value.
    var rows: [[Int]] {
        var rows = [[Int]](repeating: [], count: names.count)
        for (row, place) in places.enumerated() where place >= 0 { rows[Int(place)].append(row) }
        return rows
    }
}
