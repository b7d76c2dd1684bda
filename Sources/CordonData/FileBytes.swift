internal import CordonFormats
internal import Glibc
internal import Synchronization

/// A file that is read by position: nothing is mapped, so a file that shrinks is an error and not a crash.
///
/// The descriptor is only read by position, which threads may do at the same time.
final class FileBytes: Sendable {
    /// The name for messages.
    let name: String
    let byteCount: Int
    private let descriptor: Int32
    private let view: ByteView?
    /// For a part of a file: the file, and where the part begins.
    private let whole: (file: FileBytes, offset: Int)?

    /// Opens a regular file.
    init(_ path: String, name: String) throws(DatasetFailure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw DatasetFailure(.system, "\(name): \(String(cString: strerror(errno)))") }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw DatasetFailure(.system, "\(name): not a regular file")
        }
        self.descriptor = descriptor
        self.name = name
        byteCount = Int(status.st_size)
        view = nil
        whole = nil
    }

    private init(_ file: FileBytes, _ offset: Int, _ count: Int, name: String) {
        whole = (file, offset)
        self.name = name
        byteCount = count
        view = nil
        descriptor = -1
    }

    /// Bytes that are here already, or were decompressed.
    init(_ view: ByteView, name: String) {
        self.view = view
        self.name = name
        byteCount = view.count
        descriptor = -1
        whole = nil
    }

    /// A part of the file; `nil` where the file is shorter.
    func part(_ offset: Int, _ count: Int, name: String) -> FileBytes? {
        guard offset >= 0, count >= 0, offset <= byteCount, count <= byteCount - offset else { return nil }
        return FileBytes(self, offset, count, name: name)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// The descriptor of a file, for libraries that read by themselves; `nil` for bytes in memory.
    var file: Int32? { descriptor >= 0 ? descriptor : nil }

    /// Fills `target` from `offset`; says how many bytes were there.
    func read(_ offset: Int, into target: UnsafeMutableRawBufferPointer) throws(DatasetFailure) -> Int {
        if let view {
            guard let part = view.part(offset: offset, count: min(target.count, max(0, view.count - offset))) else {
                return 0
            }
            part.withSpan { span in span.withUnsafeBytes { target.copyMemory(from: $0) } }
            return part.count
        }
        if let whole { return try whole.file.read(whole.offset + offset, into: target) }
        var done = 0
        while done < target.count {
            let got = pread(descriptor, target.baseAddress! + done, target.count - done, off_t(offset + done))
            if got < 0 {
                if errno == EINTR { continue }
                throw DatasetFailure(.system, "\(name): \(String(cString: strerror(errno)))")
            }
            if got == 0 { break }
            done += got
        }
        return done
    }

    /// Bytes that must be there.
    func bytes(_ offset: Int, _ count: Int) throws(DatasetFailure) -> [UInt8] {
        guard offset >= 0, count >= 0, offset <= byteCount, count <= byteCount - offset else {
            throw DatasetFailure(.malformed, "\(name): bytes \(offset) and \(count) more of a file of \(byteCount)")
        }
        var result = [UInt8](repeating: 0, count: count)
        var failure: DatasetFailure?
        result.withUnsafeMutableBytes { buffer in
            do throws(DatasetFailure) {
                if try read(offset, into: buffer) < count {
                    failure = DatasetFailure(.malformed, "\(name): the file shrank")
                }
            } catch { failure = error }
        }
        if let failure { throw failure }
        return result
    }

    /// The start of the file, at most `count` bytes.
    func start(_ count: Int) throws(DatasetFailure) -> [UInt8] { try bytes(0, min(count, byteCount)) }

    /// The whole file. Throws where it is larger than `limit`.
    func whole(limit: Int) throws(DatasetFailure) -> ByteView {
        guard byteCount <= limit else {
            throw DatasetFailure(.limit, "\(name): \(byteCount) bytes, more than the \(limit) that are read at once")
        }
        if let view { return view }
        return ByteView(copying: try bytes(0, byteCount))
    }

    /// The file decompressed, in memory or in an unnamed temporary file.
    ///
    /// - Parameter limit: most bytes that may come out.
    func decompressed(_ compression: Compression, limit: Int = 1 << 40) throws(DatasetFailure) -> FileBytes {
        let limits = DecompressionLimits(bytes: limit, ratio: 2000, isExpired: { false })
        let storage = Guarded()
        let isWhole = try withMapping { storage.result = Decompressor.run(compression, $0, limits: limits) }
        guard isWhole else { throw DatasetFailure(.malformed, "\(name): the file shrank while it was read") }
        guard let result = storage.result else { throw DatasetFailure(.system, "\(name): nothing was read") }
        if let stop = result.stop {
            let reason: String
            switch stop {
            case .corrupt(let text): reason = "the \(compression.rawValue) stream is damaged: \(text)"
            case .ratio: reason = "it decompresses to more than 2,000 times its size"
            case .bytes: reason = "it decompresses to more than \(limit) bytes"
            case .time: reason = "the time is over"
            case .spool(let text): reason = text
            }
            throw DatasetFailure(.malformed, "\(name): \(reason)")
        }
        return FileBytes(result.view, name: name)
    }

    /// Lends the whole file, mapped; says whether it kept its size meanwhile.
    func withMapping(_ body: (RawSpan) -> Void) throws(DatasetFailure) -> Bool {
        if let view {
            view.withSpan(body)
            return true
        }
        if let whole {
            var isThere = true
            let isWhole = try whole.file.withMapping { span in
                isThere = span.byteCount - whole.offset >= byteCount
                if isThere { body(span.extracting(whole.offset..<(whole.offset + byteCount))) }
            }
            return isWhole && isThere
        }
        let storage = try mapped()
        return !storage.guarded { ByteView(storage).withSpan(body) }
    }

    private final class Guarded {
        var result: Decompressed?
    }

    private let mapping = Mutex<ByteStorage?>(nil)

    private func mapped() throws(DatasetFailure) -> ByteStorage {
        let storage = mapping.withLock { known -> ByteStorage? in
            if known == nil { known = try? ByteStorage.file(descriptor: descriptor, byteCount: byteCount) }
            return known
        }
        guard let storage else { throw DatasetFailure(.system, "\(name): it cannot be read") }
        return storage
    }
}
