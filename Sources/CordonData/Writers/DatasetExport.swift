internal import CordonFormats
internal import Crypto
internal import Glibc

/// Writes rows of a dataset in another format, with a manifest that leads every written row back to where it came from.
///
/// The manifest is a CSV file beside the output — `OUTPUT.manifest.csv`, or `manifest.csv` within a folder of pictures —
/// with the columns `row` (in the output, from 0), `source_row`, `source_file`, `source_place` and `sha256`, the digest
/// of the source row's values.
public struct DatasetExport {
    private let dataset: Dataset
    private let columns: [String]?

    /// What was written.
    public struct Result: Sendable {
        /// Rows in the output.
        public var rows = 0
        /// The first problems of rows that were left out.
        public var problems: [RowProblem] = []
        /// Problems in all.
        public var problemCount = 0
    }

    /// - Parameter columns: names of the columns to write; `nil` for all.
    public init(_ dataset: Dataset, columns: [String]? = nil) {
        self.dataset = dataset
        self.columns = columns
    }

    /// Writes a table.
    ///
    /// - Parameter chosen: whether a row — by its number in the dataset — is written.
    /// - Throws: where a column cannot be held by the format; nothing is left under the output's name then.
    public func write(
        to path: String, format: TableWriter.Format, chosen: @escaping (Int) -> Bool = { _ in true },
        progress: (Int) -> Void = { _ in }
    ) throws -> Result {
        try write(to: path, format: format, chosen: chosen, changing: ("", [:]), progress: progress)
    }

    /// The same with other values in one column, by the number of the row in the dataset.
    package func write(
        to path: String, format: TableWriter.Format, chosen: @escaping (Int) -> Bool,
        changing changes: (column: String, values: [Int: String]), progress: (Int) -> Void = { _ in }
    ) throws -> Result {
        let part = Part(dataset, columns: columns, chosen: chosen) { batch, _ in
            var own: [Int: String] = [:]
            for row in 0..<batch.count { own[row] = changes.values[batch.firstRow + row] }
            return [(batch, try batch.changing(changes.column, own))]
        }
        return try Self.write([part], to: path, format: format, fields: chosenFields(), progress: progress)
    }

    /// Rows of one dataset on their way into a table: which, and what becomes of them.
    package struct Part {
        let dataset: Dataset
        let columns: [String]?
        let chosen: (Int) -> Bool
        let change: (Batch, (RowProblem) -> Void) throws -> [(source: Batch, made: Batch)]

        /// - Parameters:
        ///   - columns: names of the columns that are read; `nil` for all.
        ///   - chosen: whether a row — by its number in the dataset — is written.
        ///   - change: the rows of a batch, in pieces, beside what they become: as many rows, with the same columns in every piece
        ///     of every part. Rows that cannot be changed are left out and told.
        package init(
            _ dataset: Dataset, columns: [String]? = nil, chosen: @escaping (Int) -> Bool = { _ in true },
            change: @escaping (Batch, (RowProblem) -> Void) throws -> [(source: Batch, made: Batch)]
        ) {
            (self.dataset, self.columns, self.chosen, self.change) = (dataset, columns, chosen, change)
        }

        /// The same, telling how many rows each piece makes.
        package func counting(_ count: @escaping (Int) -> Void) -> Part {
            Part(dataset, columns: columns, chosen: chosen) { [change] batch, tell in
                let pieces = try change(batch, tell)
                for piece in pieces { count(piece.made.count) }
                return pieces
            }
        }

        /// The chosen rows of every batch, and what they become.
        fileprivate func forEach(
            _ result: inout Result, _ body: (_ source: Batch, _ made: Batch, _ result: inout Result) throws -> Void
        ) throws {
            try dataset.forEachBatch(columns: columns) { batch in
                DatasetExport.note(batch, &result)
                for (start, count) in DatasetExport.runs(batch, chosen) {
                    var problems: [RowProblem] = []
                    let pieces = try change(batch.slice(start, count)) { problems.append($0) }
                    DatasetExport.note(problems, problems.count, &result)
                    for (source, made) in pieces where made.count > 0 { try body(source, made, &result) }
                }
                return true
            }
        }
    }

    /// Writes several datasets one after the other as one table, with a manifest as ever.
    ///
    /// - Parameter fields: of the table; `nil` takes those of the first rows that are made.
    package static func write(
        _ parts: [Part], to path: String, format: TableWriter.Format, fields: [Field]? = nil,
        progress: (Int) -> Void = { _ in }
    ) throws -> Result {
        var result = Result()
        var writer = try fields.map { try TableWriter(path, format: format, fields: $0) }
        let manifest = try Manifest(path + ".manifest.csv")
        for part in parts {
            try part.forEach(&result) { source, made, result in
                let table = try writer ?? TableWriter(path, format: format, fields: made.fields)
                writer = table
                try table.write(made)
                try manifest.add(source, of: parts.count > 1 ? part.dataset.path : nil, from: result.rows)
                result.rows += made.count
                progress(result.rows)
            }
        }
        guard let writer else {
            throw DatasetFailure(
                .malformed, "\(parts.first?.dataset.path ?? path): no rows to write; give a dataset with rows")
        }
        try writer.finish()
        try manifest.finish()
        return result
    }

    /// Writes the pictures of a dataset as PNG files, in a folder per label where there are labels.
    ///
    /// Pictures that are PNG, JPEG or WebP already are written as they are, bit for bit.
    public func writePictures(
        to folder: String, chosen: @escaping (Int) -> Bool = { _ in true }, progress: (Int) -> Void = { _ in }
    ) throws -> Result {
        guard let image = dataset.name(of: .image) else {
            throw DatasetFailure(.argument, "\(dataset.path): no column of pictures; name one with --image")
        }
        let columns = [image] + (dataset.name(of: .label).map { [$0] } ?? [])
        let part = Part(dataset, columns: columns, chosen: chosen) { batch, _ in [(batch, batch)] }
        return try Self.writePictures([part], to: folder, progress: progress)
    }

    /// Writes the pictures of several datasets one after the other, named by the row they come from; where a row comes more
    /// than once, with the number of its part.
    package static func writePictures(
        _ parts: [Part], to folder: String, progress: (Int) -> Void = { _ in }
    ) throws -> Result {
        guard mkdir(folder, 0o755) == 0 else {
            throw DatasetFailure(.system, "cannot make the folder '\(folder)': \(String(cString: strerror(errno)))")
        }
        var result = Result()
        let manifest = try Manifest(folder + "/manifest.csv")
        var labels: Set<String> = []
        for (number, part) in parts.enumerated() {
            let name = parts.count > 1 ? part.dataset.path : nil
            try part.forEach(&result) { source, made, result in
                guard let pictures = made.column(.image) else {
                    throw DatasetFailure(.argument, "\(part.dataset.path): no column of pictures")
                }
                for row in 0..<made.count {
                    do {
                        let (bytes, ending) = try Self.encoded(pictures, row)
                        let label = made.column(.label).map { Self.folderName($0.text(row) ?? "none") }
                        let place = label.map { folder + "/" + $0 } ?? folder
                        if let label, labels.insert(label).inserted, mkdir(place, 0o755) != 0 {
                            throw DatasetFailure(
                                .system, "cannot make the folder '\(place)': \(String(cString: strerror(errno)))")
                        }
                        let copy = number == 0 ? "" : "-\(number)"
                        try Self.save(bytes, place + "/\(source.firstRow + row)\(copy).\(ending)")
                        try manifest.add(source.slice(row, 1), of: name, from: result.rows)
                        result.rows += 1
                    } catch let failure as DatasetFailure where failure.code == .malformed {
                        let problem = RowProblem(
                            file: source.file, place: source.place(row), reason: failure.message)
                        Self.note([problem], 1, &result)
                    }
                }
                progress(result.rows)
            }
        }
        try manifest.finish()
        return result
    }

    // MARK: Parts

    private func chosenFields() throws(DatasetFailure) -> [Field] {
        guard let columns else { return dataset.fields }
        var fields: [Field] = []
        for name in columns {
            guard let field = dataset.fields.first(where: { $0.name == name }) else {
                throw DatasetFailure(
                    .argument, "no column '\(name)'; there are \(dataset.fields.map(\.name).joined(separator: ", "))")
            }
            fields.append(field)
        }
        return fields
    }

    private static func note(_ batch: Batch, _ result: inout Result) {
        note(batch.problems, batch.problemCount, &result)
    }

    private static func note(_ problems: [RowProblem], _ count: Int, _ result: inout Result) {
        result.problemCount += count
        result.problems += problems.prefix(max(0, CSVSource.problemLimit - result.problems.count))
    }

    /// Consecutive rows of a batch that are chosen.
    private static func runs(_ batch: Batch, _ chosen: (Int) -> Bool) -> [(start: Int, count: Int)] {
        var runs: [(start: Int, count: Int)] = []
        for row in 0..<batch.count where chosen(batch.firstRow + row) {
            if let last = runs.last, last.start + last.count == row {
                runs[runs.count - 1].count += 1
            } else {
                runs.append((row, 1))
            }
        }
        return runs
    }

    private static func encoded(_ column: Column, _ row: Int) throws -> (bytes: [UInt8], ending: String) {
        let raw = column.withPicture(row) { bytes -> [UInt8]? in Image.matches(bytes) ? Array(bytes) : nil } ?? nil
        if let raw {
            let image = try raw.withUnsafeBytes { bytes throws(DatasetFailure) in try Image(bytes) }
            let endings = ["PNG": "png", "JPEG": "jpg", "WebP": "webp"]
            return (raw, endings[image.format] ?? "png")
        }
        guard let image = try column.image(row) else { throw DatasetFailure(.malformed, "no picture") }
        return (try image.png(), "png")
    }

    /// A label as the name of a folder: nothing that leads elsewhere.
    private static func folderName(_ label: String) -> String {
        let safe = String(
            label.map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == " " ? $0 : "_" }.prefix(100))
        return safe.isEmpty ? "none" : safe
    }

    private static func save(_ bytes: [UInt8], _ path: String) throws(DatasetFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw DatasetFailure(.system, "cannot write '\(path)': \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        try FileOutput.write(descriptor, bytes)
    }

    /// Leads rows back to their source.
    private final class Manifest {
        private let writer: TableWriter
        private var digest = RowDigest()
        private static let fields = [
            Field(name: "row", type: .integer(bits: 64, isSigned: true)),
            Field(name: "source_row", type: .integer(bits: 64, isSigned: true)),
            Field(name: "source_file", type: .text),
            Field(name: "source_place", type: .text), Field(name: "sha256", type: .text),
        ]

        init(_ path: String) throws(DatasetFailure) {
            writer = try TableWriter(path, format: .csv, fields: Self.fields)
        }

        /// - Parameter name: stands for the dataset where there are several.
        func add(_ batch: Batch, of name: String? = nil, from first: Int) throws {
            let rows = 0..<batch.count
            let digests = rows.map { row in
                digest.digest(batch, row).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            }
            try writer.write(
                Batch(
                    fields: Self.fields,
                    columns: [
                        .lists(rows.map { Int64(first + $0) }, size: [], rows: batch.count),
                        .lists(rows.map { Int64(batch.firstRow + $0) }, size: [], rows: batch.count),
                        .texts(
                            rows.map { _ in
                                [name, batch.file].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: "/")
                            }), .texts(rows.map { batch.place($0) }), .texts(digests),
                    ], count: batch.count, file: batch.file, places: .rows(from: first)))
        }

        func finish() throws { try writer.finish() }
    }
}
