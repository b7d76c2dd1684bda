/// A dataset in the compact form that checks work on.
struct SampleSet: Sendable {
    enum Content: Sendable {
        /// One byte per place, all pictures of one size: `rows · height · width · channels`.
        case pictures(pixels: [UInt8], height: Int, width: Int, channels: Int)
        case texts([String])
        /// Numbers and categories, column by column.
        case table([TableColumn])
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
    }

    let content: Content
    /// Place in ``classes`` of every row's label; -1 where it has none.
    let labels: [Int32]
    let classes: [String]
    /// Number of every row in the dataset, from 0: rows that cannot be read are not here.
    let rowNumbers: [Int]
    /// Rows that were left out.
    let leftOut: Int

    var count: Int { rowNumbers.count }

    /// Rows of each class.
    var rowsByClass: [[Int]] {
        var rows = [[Int]](repeating: [], count: classes.count)
        for (row, label) in labels.enumerated() where label >= 0 { rows[Int(label)].append(row) }
        return rows
    }
}
