internal import CordonCore
internal import CordonFormats
internal import Glibc

/// Samples in tar archives: members that share a name up to the first dot are one row.
///
/// Source: WebDataset's convention for shards; tar as in ``TarArchive``. An archive that ends early gives the samples
/// before the end, and tells it.
struct WebDatasetSource: TableSource {
    /// One sample: where each column's member lies.
    private struct Sample: Sendable {
        let key: String
        let offset: Int
        /// Data of each column; `nil` where the sample lacks it.
        var members: [(offset: Int, size: Int)?]
    }
    let format = "WebDataset"
    let fields: [Field]
    var rowCount: Int? { samples.count }
    private let bytes: FileBytes
    private let samples: [Sample]
    /// What is told once, with the last rows.
    private let problems: [RowProblem]
    private let problemCount: Int

    private static let mostMembers = 20_000_000
    private static let columnLimit = 64
    private static let memberLimit = 256 << 20

    init(_ bytes: FileBytes) throws(DatasetFailure) {
        self.bytes = bytes
        let archive = try Self.headers(bytes)
        var (columns, samples): ([String: Int], [Sample]) = (["__key__": 0], [])
        var endings: [String] = ["__key__"]
        var (problems, problemCount): ([RowProblem], Int) = ([], 0)
        func tell(_ place: String, _ reason: String) {
            problemCount += 1
            if problems.count < CSVSource.problemLimit {
                problems.append(RowProblem(file: bytes.name, place: place, reason: reason))
            }
        }
        for entry in archive.entries where entry.kind == .file {
            let path = entry.text
            let name = path.split(separator: "/").last.map(String.init) ?? path
            guard let dot = name.firstIndex(of: "."), dot != name.startIndex else { continue }
            let ending = String(name[name.index(after: dot)...]).lowercased()
            let key = String(decoding: path.utf8.dropLast(name.utf8.count - name[..<dot].utf8.count), as: UTF8.self)
            if columns[ending] == nil {
                guard endings.count < Self.columnLimit else {
                    tell(path, "more than \(Self.columnLimit) kinds of members; it is left out")
                    continue
                }
                columns[ending] = endings.count
                endings.append(ending)
            }
            if samples.last?.key != key { samples.append(Sample(key: key, offset: entry.headerOffset, members: [nil])) }
            let slot = columns[ending] ?? 0
            while samples[samples.count - 1].members.count <= slot { samples[samples.count - 1].members.append(nil) }
            guard samples[samples.count - 1].members[slot] == nil else {
                tell(path, "the sample has this member twice; the first is read")
                continue
            }
            samples[samples.count - 1].members[slot] = (entry.dataOffset, entry.size)
        }
        guard !samples.isEmpty else { throw DatasetFailure(.malformed, "\(bytes.name): no samples in the archive") }
        self.samples = samples
        fields = endings.map(Self.field)
        if let failure = archive.failure {
            tell("byte \(failure.offset)", "the archive is damaged from here: \(failure.reason)")
        }
        self.problems = problems
        self.problemCount = problemCount
    }

    /// All headers. The file is mapped for that: members' data is not touched.
    private static func headers(_ bytes: FileBytes) throws(DatasetFailure) -> TarArchive {
        let box = Box()
        let isWhole = try bytes.withMapping { span in box.archive = TarArchive.read(span, memberLimit: mostMembers) }
        guard isWhole, let archive = box.archive else {
            throw DatasetFailure(.malformed, "\(bytes.name): the file shrank while it was read")
        }
        return archive
    }

    private final class Box {
        var archive: TarArchive?
    }

    private static func field(_ ending: String) -> Field {
        switch ending {
        case "__key__": Field(name: ending, type: .text, role: .id)
        case "png", "jpg", "jpeg", "webp": Field(name: ending, type: .bytes, role: .image)
        case "cls", "label": Field(name: ending, type: .text, role: .label)
        case "txt", "text", "caption": Field(name: ending, type: .text, role: .text)
        case "json", "csv", "transcript": Field(name: ending, type: .text)
        default: Field(name: ending, type: .bytes)
        }
    }

    func read(columns: [Int], _ body: (Batch) throws -> Bool) throws {
        var start = 0
        var last: Batch?
        var goesOn = true
        try OrderedPipeline.run(
            { () -> Range<Int>? in
                guard start < samples.count else { return nil }
                // At most 16 MiB of members in a batch.
                var (end, size) = (start, 0)
                while end < samples.count, end - start < 1024, end == start || size < 16 << 20 {
                    size += samples[end].members.reduce(0) { $0 + ($1?.size ?? 0) }
                    end += 1
                }
                defer { start = end }
                return start..<end
            }, { batch($0, columns) },
            { batch in
                if let before = last {
                    last = batch
                    goesOn = try body(before)
                    return goesOn
                }
                last = batch
                return true
            })
        if goesOn, var batch = last {
            batch.problems += problems
            batch.problemCount += problemCount
            _ = try body(batch)
        }
    }

    func rows(_ rows: Range<Int>, columns: [Int]) throws -> [Batch]? {
        [batch(rows.clamped(to: 0..<samples.count), columns)]
    }

    private func batch(_ rows: Range<Int>, _ columns: [Int]) -> Batch {
        var problems: [RowProblem] = []
        let made = columns.map { slot -> Column in
            var builder = ColumnBuilder(fields[slot].type)
            for row in rows {
                let sample = samples[row]
                if slot == 0 {
                    builder.append(sample.key)
                    continue
                }
                guard slot < sample.members.count, let member = sample.members[slot] else {
                    builder.appendNull()
                    continue
                }
                do throws(DatasetFailure) {
                    guard member.size <= Self.memberLimit else {
                        throw DatasetFailure(.limit, "\(member.size) bytes in one member")
                    }
                    var content = try bytes.bytes(member.offset, member.size)
                    // A class number is written as text, often with a line feed.
                    if fields[slot].role == .label {
                        while content.last.map({ $0 <= 0x20 }) ?? false { content.removeLast() }
                    }
                    builder.append(content)
                } catch {
                    builder.appendNull()
                    problems.append(RowProblem(file: bytes.name, place: sample.key, reason: error.message))
                }
            }
            return builder.finish()
        }
        var batch = Batch(
            fields: columns.map { fields[$0] }, columns: made, count: rows.count, file: bytes.name,
            places: .members(rows.map { samples[$0].key }))
        batch.firstRow = rows.lowerBound
        batch.problems = problems
        batch.problemCount = problems.count
        return batch
    }
}
