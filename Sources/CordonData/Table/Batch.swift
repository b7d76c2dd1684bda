/// Some consecutive rows.
public struct Batch: Sendable {
    /// Where rows come from.
    enum Places: Sendable {
        /// Line of the first row, from 1, and one line each.
        case lines(from: Int)
        case lineList([Int])
        /// Number of the first row in its file, from 0.
        case rows(from: Int)
        case members([String])
    }
    /// Names, types and roles of the columns.
    public let fields: [Field]
    /// The columns, as many as fields.
    public let columns: [Column]
    /// Number of rows.
    public let count: Int
    /// The file, as the dataset names it.
    public let file: String
    /// Number of the first row in the whole dataset, from 0: the stable id of a row.
    public internal(set) var firstRow = 0
    /// Rows that were left out or lack a value that they should have, at most as many as the reader keeps.
    public internal(set) var problems: [RowProblem] = []
    /// Problems in all.
    public internal(set) var problemCount = 0
    var places: Places

    init(fields: [Field], columns: [Column], count: Int, file: String, places: Places) {
        self.fields = fields
        self.columns = columns
        self.count = count
        self.file = file
        self.places = places
    }

    /// A column by name.
    public func column(_ name: String) -> Column? {
        fields.firstIndex { $0.name == name }.map { columns[$0] }
    }

    /// The first column of a role.
    public func column(_ role: Role) -> Column? {
        fields.firstIndex { $0.role == role }.map { columns[$0] }
    }

    /// Where a row lies in its file, for people.
    public func place(_ row: Int) -> String {
        switch places {
        case .lines(let first): "line \(first + row)"
        case .lineList(let lines): "line \(lines[row])"
        case .rows(let first): "row \(first + row)"
        case .members(let names): names[row]
        }
    }

    /// Rows `start ..< start + count` of this batch.
    public func slice(_ start: Int, _ count: Int) -> Batch {
        let places: Places =
            switch self.places {
            case .lines(let first): .lines(from: first + start)
            case .lineList(let lines): .lineList(Array(lines[start..<(start + count)]))
            case .rows(let first): .rows(from: first + start)
            case .members(let names): .members(Array(names[start..<(start + count)]))
            }
        var part = Batch(
            fields: fields, columns: columns.map { $0.slice(start, count) }, count: count, file: file, places: places)
        part.firstRow = firstRow + start
        return part
    }
}
