package import CordonCore
package import CordonFormats
internal import Glibc

/// A dataset that is a list of addresses with digests of what lay there when it was made.
package struct PointerList: Sendable {
    /// One row.
    package struct Row: Sendable, Equatable {
        /// Counted from 1, without the header.
        package let number: Int
        /// The address.
        package let url: String
        /// The digest as the list has it.
        package let digest: String
    }
    private enum Source: Sendable {
        case table(separator: UInt8, url: Int, digest: Int)
        case lines(url: String, digest: String)
    }
    private let bytes: ByteView
    private let source: Source
    /// Names of the columns that were taken.
    package let columns: (url: String, digest: String)

    private static let urlNames = ["url", "image_url", "img_url", "uri", "link", "src"]
    private static let digestNames = [
        "sha256", "sha-256", "sha512", "sha384", "md5", "sha1", "checksum", "digest", "hash", "content_hash",
        "image_hash",
    ]

    /// Opens a list: CSV, TSV or JSONL by the ending of its name.
    ///
    /// - Parameters:
    ///   - url: the address column; `nil` finds it by its name.
    ///   - digest: the digest column; `nil` finds it by its name.
    package init(_ path: String, url: String?, digest: String?) throws(IntegrityFailure) {
        let shown = PrintableText.quoting(path, limit: 300)
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        defer { if file >= 0 { close(file) } }
        guard file >= 0, let status = FileStatus(descriptor: file), status.kind == .regular,
            let storage = try? ByteStorage.file(descriptor: file, byteCount: status.identity.byteCount)
        else {
            throw IntegrityFailure(.cannotRead, "cannot read the list '\(shown)': \(String(cString: strerror(errno)))")
        }
        try self.init(ByteView(storage), path: AssetPath(path), url: url, digest: digest)
    }

    /// The same for bytes in memory; the name tells the format.
    package init(_ bytes: ByteView, path: AssetPath, url: String?, digest: String?) throws(IntegrityFailure) {
        self.bytes = bytes
        switch path.pathExtension {
        case "csv", "tsv", "tab":
            let separator = path.pathExtension == "csv" ? UInt8(ascii: ",") : UInt8(ascii: "\t")
            var reader = CSVReader(bytes, separator: separator)
            let header: [[UInt8]]?
            do { header = try reader.next() } catch { throw Self.failure(error) }
            let names = (header ?? []).map { String(decoding: $0, as: UTF8.self) }
            let (first, second) = try Self.choose(names, url, digest)
            source = .table(separator: separator, url: first, digest: second)
            columns = (names[first], names[second])
        case "jsonl", "ndjson":
            let first = bytes.withSpan { span in
                span.copy(at: 0, count: span.firstIndex(of: 0x0A, from: 0, to: span.byteCount) ?? span.byteCount) ?? []
            }
            let json = try StrictJSON.parse(first, what: "line 1 of the list", byteLimit: 16 << 20)
            let names = json.members.map(\.key)
            let (one, two) = try Self.choose(names, url, digest)
            source = .lines(url: names[one], digest: names[two])
            columns = (names[one], names[two])
        case "parquet":
            throw IntegrityFailure(
                .wrongUse,
                "'\(path.display)' is Parquet, whose columns are not read yet: export the two columns as CSV or JSONL")
        default:
            throw IntegrityFailure(
                .wrongUse, "'\(path.display)' is not a list that is known: give a .csv, .tsv, .jsonl or .ndjson file"
            )
        }
    }

    private static func choose(
        _ names: [String], _ url: String?, _ digest: String?
    ) throws(IntegrityFailure) -> (Int, Int) {
        func find(_ wanted: String?, _ known: [String], _ option: String) throws(IntegrityFailure) -> Int {
            let lowered = names.map { $0.lowercased() }
            if let wanted, let index = names.firstIndex(of: wanted) ?? lowered.firstIndex(of: wanted.lowercased()) {
                return index
            }
            if wanted == nil, let index = known.lazy.compactMap({ lowered.firstIndex(of: $0) }).first { return index }
            let found = PrintableText.quoting(names.prefix(30).joined(separator: ", "), limit: 300)
            throw IntegrityFailure(
                .wrongUse,
                "the list has no column \(wanted.map { "'\(PrintableText.quoting($0, limit: 60))'" } ?? "for \(option)"); it has: \(found). Name it with --\(option)-column."
            )
        }
        return (try find(url, urlNames, "url"), try find(digest, digestNames, "hash"))
    }

    private static func failure(_ failure: TableFailure) -> IntegrityFailure {
        IntegrityFailure(.malformed, "line \(failure.line) of the list: \(failure.reason)")
    }

    /// Gives every row in order until `body` says `false`. O(bytes), one row in memory.
    package func forEachRow(_ body: (Row) throws(IntegrityFailure) -> Bool) throws(IntegrityFailure) {
        switch source {
        case .table(let separator, let url, let digest):
            var reader = CSVReader(bytes, separator: separator)
            while true {
                let fields: [[UInt8]]?
                do { fields = try reader.next() } catch { throw Self.failure(error) }
                guard let fields else { return }
                if reader.recordNumber == 1 { continue }
                guard fields.count > max(url, digest) else {
                    throw IntegrityFailure(
                        .malformed, "line \(reader.line) of the list has \(fields.count) fields only")
                }
                let row = Row(
                    number: reader.recordNumber - 1, url: String(decoding: fields[url], as: UTF8.self),
                    digest: String(decoding: fields[digest], as: UTF8.self))
                guard try body(row) else { return }
            }
        case .lines(let url, let digest): try forEachLine(url, digest, body)
        }
    }

    private func forEachLine(
        _ url: String, _ digest: String, _ body: (Row) throws(IntegrityFailure) -> Bool
    ) throws(IntegrityFailure) {
        var (start, number) = (0, 0)
        while start < bytes.count {
            let from = start
            let line = bytes.withSpan { span in
                let end = span.firstIndex(of: 0x0A, from: from, to: span.byteCount) ?? span.byteCount
                return span.copy(at: from, count: end - from) ?? []
            }
            start += line.count + 1
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
            number += 1
            let json = try StrictJSON.parse(line, what: "row \(number) of the list", byteLimit: 16 << 20)
            let text = json[digest].map { $0.string ?? String(decoding: $0.source, as: UTF8.self) } ?? ""
            guard try body(Row(number: number, url: json[url]?.string ?? "", digest: text)) else { return }
        }
    }
}
