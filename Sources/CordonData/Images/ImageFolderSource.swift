internal import CordonCore
internal import CordonFormats
internal import Glibc

/// A folder of pictures: one row each, labelled by the folder that it lies in.
///
/// `metadata.csv` and `metadata.jsonl` with a column `file_name`, as Hugging Face has them, add their columns.
struct ImageFolderSource: TableSource {
    let format = "image folder"
    let fields: [Field]
    var rowCount: Int? { files.count }
    private let root: String
    private let files: [String]
    private let labels: [String?]
    private let hasLabels: Bool
    private let extra: [Column]
    /// Row of the metadata for each picture; -1 for none.
    private let extraRows: [Int]
    /// Most bytes of one picture's file.
    private static let fileLimit = 256 << 20

    static let endings: Set<String> = ["png", "jpg", "jpeg", "webp"]

    /// - Parameter files: paths below the root, in order.
    init(root: String, files: [String], metadata: (any TableSource)?) throws {
        self.root = root
        self.files = files
        var labels = files.map { path -> String? in
            let parts = path.split(separator: "/")
            return parts.count > 1 ? String(parts[parts.count - 2]) : nil
        }
        // Folders that are parts of a split, not classes.
        let splits: Set<String> = ["train", "test", "val", "valid", "validation", "images", "data"]
        if labels.allSatisfy({ $0.map { splits.contains($0.lowercased()) } ?? true }) {
            labels = labels.map { _ in nil }
        }
        self.labels = labels
        hasLabels = labels.contains { $0 != nil }
        var fields = [Field(name: "image", type: .bytes, role: .image), Field(name: "path", type: .text, role: .id)]
        if hasLabels { fields.append(Field(name: "label", type: .text, role: .label)) }
        var (extra, rows): ([Column], [String: Int]) = ([], [:])
        if let metadata, let key = metadata.fields.firstIndex(where: { $0.name == "file_name" || $0.name == "file" }) {
            let places = metadata.fields.indices.filter {
                $0 != key && !fields.map(\.name).contains(metadata.fields[$0].name)
            }
            var batches: [Batch] = []
            try metadata.read(columns: [key] + places) { batch in
                batches.append(batch)
                return true
            }
            var base = 0
            for batch in batches {
                for row in 0..<batch.count { if let name = batch.columns[0].text(row) { rows[name] = base + row } }
                base += batch.count
            }
            for (slot, place) in places.enumerated() {
                extra.append(Self.joined(batches.map { $0.columns[slot + 1] }, metadata.fields[place].type))
                fields.append(metadata.fields[place])
            }
        }
        self.extra = extra
        extraRows = files.map { rows[$0] ?? -1 }
        self.fields = fields
    }

    /// Columns of several batches as one, of the types that builders know.
    private static func joined(_ columns: [Column], _ type: ColumnType) -> Column {
        var builder = ColumnBuilder(type)
        for column in columns {
            for row in 0..<column.count { builder.append(column, row) }
        }
        return builder.finish()
    }

    func read(columns: [Int], _ body: (Batch) throws -> Bool) throws {
        var start = 0
        try OrderedPipeline.run(
            { () -> Range<Int>? in
                guard start < files.count else { return nil }
                // At most 16 MiB of files in a batch, or one file.
                var (end, size) = (start, 0)
                while end < files.count, end - start < 256, end == start || size < 16 << 20 {
                    var status = stat()
                    if stat(root + "/" + files[end], &status) == 0 {
                        size += min(Self.fileLimit, max(0, Int(status.st_size)))
                    }
                    end += 1
                }
                defer { start = end }
                return start..<end
            }, { batch($0, columns) }, body)
    }

    func rows(_ rows: Range<Int>, columns: [Int]) throws -> [Batch]? {
        [batch(rows.clamped(to: 0..<files.count), columns)]
    }

    private func batch(_ rows: Range<Int>, _ columns: [Int]) -> Batch {
        var problems: [RowProblem] = []
        let made = columns.map { index -> Column in
            switch fields[index].name {
            case "image" where index == 0: return pictures(rows, &problems)
            case "path" where index == 1: return Self.texts(rows.map { files[$0] })
            case "label" where index == 2 && hasLabels: return Self.texts(rows.map { labels[$0] })
            default:
                let source = extra[index - (hasLabels ? 3 : 2)]
                var builder = ColumnBuilder(fields[index].type)
                for row in rows {
                    if extraRows[row] < 0 { builder.appendNull() } else { builder.append(source, extraRows[row]) }
                }
                return builder.finish()
            }
        }
        var batch = Batch(
            fields: columns.map { fields[$0] }, columns: made, count: rows.count, file: root,
            places: .members(rows.map { files[$0] }))
        batch.firstRow = rows.lowerBound
        batch.problems = problems
        batch.problemCount = problems.count
        return batch
    }

    private static func texts(_ texts: [String?]) -> Column {
        var builder = ColumnBuilder(.text)
        for text in texts { if let text { builder.append(text) } else { builder.appendNull() } }
        return builder.finish()
    }

    /// The files' bytes; a file that cannot be read is missing and told.
    private func pictures(_ rows: Range<Int>, _ problems: inout [RowProblem]) -> Column {
        var builder = ColumnBuilder(.bytes)
        for row in rows {
            do {
                let bytes = try FileBytes(root + "/" + files[row], name: files[row])
                guard bytes.byteCount <= Self.fileLimit else {
                    throw DatasetFailure(
                        .limit, "\(files[row]): \(bytes.byteCount) bytes are more than a picture may have")
                }
                builder.append(try bytes.bytes(0, bytes.byteCount))
            } catch {
                builder.appendNull()
                problems.append(RowProblem(file: root, place: files[row], reason: "\(error)"))
            }
        }
        return builder.finish()
    }
}
