/// One result of a cell.
package struct NotebookOutput: Sendable {
    /// The output's number within its cell, counted from 1.
    package let number: Int
    /// Texts with their media types; pictures, sounds and fonts are left out.
    package let texts: [(type: String, text: String)]
}

/// One cell of a notebook.
package struct NotebookCell: Sendable {
    /// What a cell holds.
    package enum Kind: Sendable { case code, markdown, raw }

    /// Counted from 1 over all worksheets.
    package let number: Int
    /// What it holds.
    package let kind: Kind
    /// The text as one piece; lines end in a line feed.
    package let source: String
    /// The language where the cell itself names one (nbformat 3).
    package let language: String?
    /// Where the metadata hides it, the key; `nil` for a cell that is shown.
    package let hiddenBy: String?
    /// Its results, for code.
    package let outputs: [NotebookOutput]
}

/// A Jupyter notebook, nbformat 1 to 4 (nbformat's documentation, "The Notebook file format"; schemas v3 and v4).
///
/// Tolerant: missing keys, texts in lists or alone, and unknown cell types are taken as what they are nearest to.
package struct Notebook: Sendable {
    private let root: JSONValue
    private let cells: [JSONValue]
    /// The kernel's language in lower case; `nil` where none is named.
    package let language: String?

    /// Reads a parsed file, or `nil` where it is no notebook.
    package init?(_ root: JSONValue) {
        guard root.isObject,
            root["nbformat"] != nil || root["cells"]?.isArray == true || root["worksheets"]?.isArray == true
        else { return nil }
        let sheets = root["worksheets"]?.elements ?? []
        let found = sheets.flatMap { $0["cells"]?.elements ?? [] } + (root["cells"]?.elements ?? [])
        guard root["nbformat"] != nil || found.contains(where: { $0["cell_type"] != nil }) else { return nil }
        self.root = root
        cells = found
        let metadata = root["metadata"]
        let kernel = metadata?["kernelspec"]
        language =
            (metadata?["language_info"]?["name"]?.string ?? kernel?["language"]?.string ?? kernel?["name"]?.string
            ?? kernel?.string)?
            .lowercased()
    }

    /// Number of cells.
    package var count: Int { cells.count }

    /// The notebook's own metadata.
    package var metadata: JSONValue? { root["metadata"] }

    /// Calls `body` for each cell in order until it says `false`; one cell's text is in memory at a time.
    package func forEachCell(_ body: (NotebookCell) -> Bool) {
        for (index, cell) in cells.enumerated() {
            guard body(Self.cell(cell, index + 1)) else { return }
        }
    }

    private static func cell(_ cell: JSONValue, _ number: Int) -> NotebookCell {
        let type = cell["cell_type"]?.string ?? "code"
        let kind: NotebookCell.Kind = type == "code" ? .code : type == "raw" ? .raw : .markdown
        let source = cell["source"] ?? cell["input"] ?? cell["code"] ?? cell["text"]
        let outputs = (cell["outputs"]?.elements ?? []).enumerated().map { output($1, $0 + 1) }
        return NotebookCell(
            number: number, kind: kind, source: joined(source), language: cell["language"]?.string?.lowercased(),
            hiddenBy: hiding(cell), outputs: outputs)
    }

    /// A text, or a list of its lines.
    static func joined(_ value: JSONValue?) -> String {
        guard let value else { return "" }
        return value.string ?? value.elements.compactMap(\.string).joined()
    }

    /// The metadata key that keeps the cell's source from being seen.
    private static func hiding(_ cell: JSONValue) -> String? {
        let metadata = cell["metadata"]
        if metadata?["jupyter"]?["source_hidden"]?.boolean == true { return "source_hidden" }
        for key in ["hide_input", "collapsed", "hidden", "init_cell_hidden", "hide_code"]
        where metadata?[key]?.boolean == true { return key }
        if cell["collapsed"]?.boolean == true { return "collapsed" }
        if metadata?["cellView"]?.string == "form" { return "cellView" }
        for key in ["extensions", "jupyter", "vscode", "deepnote", "nbgrader"] {
            if metadata?[key]?["hidden"]?.boolean == true
                || metadata?[key]?["jupyter_dashboards"]?["hidden"]?.boolean == true
            {
                return key
            }
        }
        let tags = metadata?["tags"]?.elements.compactMap(\.string) ?? []
        if let tag = tags.first(where: {
            [
                "hide-input", "hide-cell", "remove-input", "remove-cell", "hide_input", "hide_cell", "remove_input",
                "remove_cell", "hidden", "hide",
            ].contains($0)
        }) {
            return "tag '\(tag)'"
        }
        return nil
    }

    private static func output(_ output: JSONValue, _ number: Int) -> NotebookOutput {
        var texts: [(type: String, text: String)] = []
        func add(_ type: String, _ value: JSONValue) {
            let isBinary =
                ["image/", "audio/", "video/", "font/"].contains { type.hasPrefix($0) } && type != "image/svg+xml"
            guard !isBinary, texts.count < 64 else { return }
            if value.isObject {
                texts.append((type, String(decoding: value.source, as: UTF8.self)))
            } else {
                texts.append((type, joined(value)))
            }
        }
        for key in ["data"] { for (type, value) in output[key]?.members ?? [] { add(type, value) } }
        // nbformat 3 and before: one key for each type.
        for (key, type) in old { if let value = output[key] { add(type, value) } }
        for key in ["traceback", "evalue"] { if let value = output[key] { add("text/plain", value) } }
        return NotebookOutput(number: number, texts: texts)
    }

    private static let old = [
        ("text", "text/plain"), ("html", "text/html"), ("javascript", "application/javascript"),
        ("svg", "image/svg+xml"), ("latex", "text/latex"),
        ("json", "application/json"),
    ]
}
