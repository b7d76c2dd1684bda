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
        to path: String, format: TableWriter.Format, chosen: (Int) -> Bool = { _ in true },
        progress: (Int) -> Void = { _ in }
    ) throws -> Result {
        try write(to: path, format: format, chosen: chosen, changing: ("", [:]), progress: progress)
    }

    /// The same with other values in one column, by the number of the row in the dataset.
    package func write(
        to path: String, format: TableWriter.Format, chosen: (Int) -> Bool,
        changing changes: (column: String, values: [Int: String]), progress: (Int) -> Void = { _ in }
    ) throws -> Result {
        var result = Result()
        let writer = try TableWriter(path, format: format, fields: chosenFields())
        let manifest = try Manifest(path + ".manifest.csv")
        try dataset.forEachBatch(columns: columns) { batch in
            for (start, count) in Self.runs(batch, chosen) {
                let part = batch.slice(start, count)
                var own: [Int: String] = [:]
                for row in 0..<part.count { own[row] = changes.values[part.firstRow + row] }
                try writer.write(part.changing(changes.column, own))
                try manifest.add(part, from: result.rows)
                result.rows += count
            }
            Self.note(batch, &result)
            progress(result.rows)
            return true
        }
        try writer.finish()
        try manifest.finish()
        return result
    }

    /// Writes the pictures of a dataset as PNG files, in a folder per label where there are labels.
    ///
    /// Pictures that are PNG, JPEG or WebP already are written as they are, bit for bit.
    public func writePictures(
        to folder: String, chosen: (Int) -> Bool = { _ in true }, progress: (Int) -> Void = { _ in }
    ) throws -> Result {
        guard let image = dataset.name(of: .image) else {
            throw DatasetFailure(.argument, "\(dataset.path): no column of pictures; name one with --image")
        }
        guard mkdir(folder, 0o755) == 0 else {
            throw DatasetFailure(.system, "cannot make the folder '\(folder)': \(String(cString: strerror(errno)))")
        }
        var result = Result()
        let manifest = try Manifest(folder + "/manifest.csv")
        let label = dataset.name(of: .label)
        var made: Set<String> = []
        try dataset.forEachBatch(columns: [image] + (label.map { [$0] } ?? [])) { batch in
            Self.note(batch, &result)
            for row in 0..<batch.count where chosen(batch.firstRow + row) {
                do {
                    let (bytes, ending) = try Self.encoded(batch.columns[0], row)
                    let part = label == nil ? "" : Self.folderName(batch.columns[1].text(row) ?? "none")
                    let place = part.isEmpty ? folder : folder + "/" + part
                    if !part.isEmpty, made.insert(part).inserted, mkdir(place, 0o755) != 0 {
                        throw DatasetFailure(
                            .system, "cannot make the folder '\(place)': \(String(cString: strerror(errno)))")
                    }
                    try Self.save(bytes, place + "/\(batch.firstRow + row).\(ending)")
                    try manifest.add(batch.slice(row, 1), from: result.rows)
                    result.rows += 1
                } catch let failure as DatasetFailure where failure.code == .malformed {
                    result.problemCount += 1
                    if result.problems.count < CSVSource.problemLimit {
                        result.problems.append(
                            RowProblem(file: batch.file, place: batch.place(row), reason: failure.message))
                    }
                }
            }
            progress(result.rows)
            return true
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
        result.problemCount += batch.problemCount
        result.problems += batch.problems.prefix(max(0, CSVSource.problemLimit - result.problems.count))
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

        func add(_ batch: Batch, from first: Int) throws {
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
                        .texts(rows.map { _ in batch.file }), .texts(rows.map { batch.place($0) }), .texts(digests),
                    ], count: batch.count, file: batch.file, places: .rows(from: first)))
        }

        func finish() throws { try writer.finish() }
    }
}
