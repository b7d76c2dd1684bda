/// A format's way to give rows.
protocol TableSource: Sendable {
    /// What the format is called.
    var format: String { get }
    /// Columns with guessed roles.
    var fields: [Field] { get }
    /// Rows in all, where the file tells.
    var rowCount: Int? { get }

    /// Reads all rows in order.
    ///
    /// - Parameters:
    ///   - columns: places in `fields`, rising.
    ///   - body: gets batches; says whether to go on.
    func read(columns: [Int], _ body: (Batch) throws -> Bool) throws

    /// Reads rows by number in this source, where that is quicker than reading all; `nil` where it is not.
    func rows(_ rows: Range<Int>, columns: [Int]) throws -> [Batch]?
}

extension TableSource {
    func rows(_ rows: Range<Int>, columns: [Int]) throws -> [Batch]? { nil }
}
