internal import CordonFormats
internal import Glibc

/// Writes batches to a file, which appears under its name only when it is whole.
public final class TableWriter {
    /// Formats that are written.
    public enum Format: String, CaseIterable, Sendable {
        case parquet, csv, jsonl, npz

        /// The format of a file's ending; `nil` for others.
        public init?(path: String) {
            switch path.split(separator: ".").last?.lowercased() {
            case "parquet": self = .parquet
            case "csv": self = .csv
            case "jsonl", "ndjson": self = .jsonl
            case "npz": self = .npz
            default: return nil
            }
        }
    }

    private let path: String
    private let temporary: String
    private var descriptor: Int32
    private var sink: any Sink
    private var isFinished = false

    /// Begins a file.
    public init(_ path: String, format: Format, fields: [Field]) throws(DatasetFailure) {
        if let field = fields.first(where: { $0.type.isUnread }) {
            throw DatasetFailure(
                .argument,
                "column '\(field.name)' is a \(field.type.description), which is not read; leave it out with --columns")
        }
        self.path = path
        temporary = path + ".cordon-\(getpid())"
        descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            let reason = errno == ENOENT ? "there is no such folder" : String(cString: strerror(errno))
            throw DatasetFailure(.system, "cannot write '\(path)': \(reason)")
        }
        do {
            switch format {
            case .parquet: sink = try ParquetSink(descriptor, fields, path)
            case .csv: sink = try CSVSink(descriptor, fields)
            case .jsonl: sink = JSONSink(descriptor)
            case .npz: sink = NPZSink(descriptor, fields)
            }
        } catch {
            close(descriptor)
            unlink(temporary)
            throw error
        }
    }

    deinit {
        guard !isFinished else { return }
        close(descriptor)
        unlink(temporary)
    }

    /// Adds rows.
    public func write(_ batch: Batch) throws { try sink.write(batch) }

    /// Ends the file and gives it its name.
    public func finish() throws {
        try sink.finish()
        let isClosed = close(descriptor) == 0
        isFinished = true
        guard isClosed, rename(temporary, path) == 0 else {
            let reason = String(cString: strerror(errno))
            unlink(temporary)
            throw DatasetFailure(.system, "cannot write '\(path)': \(reason)")
        }
    }
}

/// Where batches go in one format.
protocol Sink {
    mutating func write(_ batch: Batch) throws
    mutating func finish() throws
}

enum FileOutput {
    /// Writes all bytes.
    static func write(_ descriptor: Int32, _ bytes: [UInt8]) throws(DatasetFailure) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, bytes.count - done) }
            if count < 0 {
                if errno == EINTR { continue }
                throw DatasetFailure(.system, "it cannot be written: \(String(cString: strerror(errno)))")
            }
            done += count
        }
    }
}
