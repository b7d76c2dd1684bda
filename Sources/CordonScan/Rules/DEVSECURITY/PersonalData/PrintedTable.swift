/// A table as notebooks show it: pandas' HTML and its columns of text, Markdown and frames drawn with bars.
struct PrintedTable {
    private(set) var header: [String] = []
    private(set) var rows: [[[UInt8]]] = []

    private static let mostRows = 4000
    private static let mostColumns = 500
    private static let mostTables = 16

    /// The columns' values, by name; columns without a name, which hold the row's number, are left out.
    var columns: PersonalColumns {
        var columns = PersonalColumns()
        for row in rows {
            for (name, cell) in zip(header, row) where !name.isEmpty { columns.add(cell, to: name) }
        }
        return columns
    }

    private mutating func add(_ row: [[UInt8]]) {
        guard rows.count < Self.mostRows else { return }
        if header.isEmpty {
            header = row.map { String(decoding: $0.prefix(80), as: UTF8.self) }
        } else {
            rows.append(row)
        }
    }

    // MARK: HTML

    /// The tables of a page, in order, at most 16.
    ///
    /// - Complexity: O(n).
    static func html(_ text: [UInt8]) -> [PrintedTable] {
        var tables: [PrintedTable] = []
        var table: PrintedTable?
        var row: [[UInt8]] = []
        var cell: [UInt8]?
        var position = 0
        while position < text.count, tables.count < mostTables {
            guard text[position] == UInt8(ascii: "<") else {
                if cell != nil, cell?.count ?? 0 < 400 { cell?.append(text[position]) }
                position += 1
                continue
            }
            let (name, isEnd, end) = tag(text, position)
            position = end
            switch (name, isEnd) {
            case ("table", false): table = PrintedTable()
            case ("tr", false): row = []
            case ("td", false), ("th", false): cell = []
            case ("td", true), ("th", true):
                if let content = cell, row.count < mostColumns { row.append(plain(content)) }
                cell = nil
            case ("tr", true):
                if !row.isEmpty { table?.add(row) }
                row = []
            case ("table", true):
                if let table, !table.rows.isEmpty { tables.append(table) }
                table = nil
            default: break
            }
        }
        if let table, !table.rows.isEmpty { tables.append(table) }
        return tables
    }

    /// A tag's name in small letters, whether it closes, and where it ends.
    private static func tag(_ text: [UInt8], _ start: Int) -> (name: String, isEnd: Bool, end: Int) {
        var position = start + 1
        let isEnd = position < text.count && text[position] == UInt8(ascii: "/")
        if isEnd { position += 1 }
        let nameStart = position
        while position < text.count, TextBytes.isAlphanumeric(text[position]) { position += 1 }
        let name = String(decoding: text[nameStart..<position].prefix(12).map(TextBytes.lower), as: UTF8.self)
        while position < text.count, text[position] != UInt8(ascii: ">") { position += 1 }
        return (name, isEnd, min(position + 1, text.count))
    }

    private static let entities: [(String, String)] = [
        ("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&"),
    ]

    private static func plain(_ content: [UInt8]) -> [UInt8] {
        guard content.contains(UInt8(ascii: "&")) else { return trimmed(content[...]) }
        var text = String(decoding: content, as: UTF8.self)
        for (entity, sign) in entities {
            text = text.split(separator: entity, omittingEmptySubsequences: false).joined(separator: sign)
        }
        return trimmed(Array(text.utf8)[...])
    }

    private static func trimmed(_ content: ArraySlice<UInt8>) -> [UInt8] {
        var content = content
        while let first = content.first, first <= 0x20 { content = content.dropFirst() }
        while let last = content.last, last <= 0x20 { content = content.dropLast() }
        return Array(content)
    }

    // MARK: Text

    /// The tables of printed text, in order, at most 16.
    ///
    /// - Complexity: O(n).
    static func text(_ text: [UInt8]) -> [PrintedTable] {
        let lines = text.split(separator: 0x0A, maxSplits: 20_000, omittingEmptySubsequences: false)
        var tables: [PrintedTable] = []
        var index = 0
        while index + 1 < lines.count, tables.count < mostTables {
            let (table, next) = barred(lines, index)
            if let found = table.map({ ($0, next) }) ?? aligned(lines, index) {
                tables.append(found.0)
                index = found.1
            } else {
                // Lines that are no table together are none from their second on.
                index = max(index + 1, next)
            }
        }
        return tables
    }

    /// Cells between bars, as Markdown and several libraries print them.
    private static func barred(_ lines: [ArraySlice<UInt8>], _ start: Int) -> (table: PrintedTable?, next: Int) {
        var table = PrintedTable()
        var index = start
        while index < lines.count, let cells = barredCells(lines[index]) {
            if !cells.isEmpty { table.add(cells) }
            index += 1
        }
        return (table.rows.count >= 2 ? table : nil, index)
    }

    /// The cells of a line; none of a rule between lines, `nil` where there are no bars.
    private static func barredCells(_ line: ArraySlice<UInt8>) -> [[UInt8]]? {
        guard line.count < 8192 else { return nil }
        let drawn: [UInt8] = Array("│┆".utf8)
        var cells: [[UInt8]] = [[]]
        var (bars, isRule) = (0, true)
        var position = line.startIndex
        while position < line.endIndex {
            let byte = line[position]
            let isDrawn =
                byte == drawn[0] && position + 2 < line.endIndex
                && (line[(position + 1)...].starts(with: drawn[1...2])
                    || line[(position + 1)...].starts(with: drawn[4...5]))
            if byte == UInt8(ascii: "|") || isDrawn {
                bars += 1
                cells.append([])
                position += isDrawn ? 3 : 1
                continue
            }
            // Rules are drawn with signs of U+2500 to U+257F.
            if byte == 0xE2, position + 2 < line.endIndex, [0x94, 0x95].contains(line[position + 1]) {
                position += 3
                continue
            }
            if ![0x20, 0x2D, 0x3A, 0x2B, 0x3D, 0x0D].contains(byte) { isRule = false }
            cells[cells.count - 1].append(byte)
            position += 1
        }
        if isRule, line.contains(where: { $0 > 0x20 }) { return [] }
        guard bars >= 2, cells.count <= mostColumns else { return nil }
        // What stands outside of the outer bars is no cell.
        if trimmed(cells[0][...]).isEmpty { cells.removeFirst() }
        if let last = cells.last, trimmed(last[...]).isEmpty { cells.removeLast() }
        return cells.map { trimmed($0[...]) }
    }

    /// Columns that end below their names, as pandas prints them; the first one numbers the rows and has no name.
    private static func aligned(_ lines: [ArraySlice<UInt8>], _ start: Int) -> (PrintedTable, Int)? {
        guard lines[start].first == 0x20, lines[start].count < 8192, let next = lines[start + 1].first, next > 0x20
        else {
            return nil
        }
        let head = scalars(lines[start])
        let ends = columnEnds(head)
        guard ends.count >= 2, ends.count <= mostColumns else { return nil }
        var table = PrintedTable()
        table.header = cells(head, ends).map { String(decoding: $0.prefix(80), as: UTF8.self) }
        var index = start + 1
        while index < lines.count, table.rows.count < mostRows, let first = lines[index].first, first > 0x20,
            lines[index].count < 8192
        {
            let row = scalars(lines[index])
            // The last column ends where its name does.
            guard let last = ends.last, row.count <= last else { break }
            var values = cells(row, ends)
            // The number of the row stands in front of the first value.
            if let value = values.first, let gap = value.lastIndex(of: 0x20) { values[0] = Array(value[(gap + 1)...]) }
            table.rows.append(values)
            index += 1
        }
        return table.rows.count >= 2 ? (table, index) : nil
    }

    private static func scalars(_ line: ArraySlice<UInt8>) -> [Unicode.Scalar] {
        var scalars = Array(String(decoding: line, as: UTF8.self).unicodeScalars)
        while let last = scalars.last, last == " " || last == "\r" || last == "\\" { scalars.removeLast() }
        return scalars
    }

    /// Where names end that two spaces stand between.
    private static func columnEnds(_ head: [Unicode.Scalar]) -> [Int] {
        var ends: [Int] = []
        for index in head.indices where head[index] != " " {
            let isLast =
                index + 1 == head.count
                || index + 2 <= head.count - 1 && head[index + 1] == " " && head[index + 2] == " "
            if isLast { ends.append(index + 1) }
        }
        return ends
    }

    private static func cells(_ line: [Unicode.Scalar], _ ends: [Int]) -> [[UInt8]] {
        var start = 0
        return ends.map { end in
            defer { start = end }
            guard start < line.count else { return [] }
            var text = String.UnicodeScalarView()
            text.append(contentsOf: line[start..<min(end, line.count)])
            return trimmed(Array(String(text).utf8)[...])
        }
    }
}
