internal import CSystem
internal import Glibc

/// Why a file's bytes cannot be had.
package enum FileFailure: Error, Hashable, Sendable {
    /// The file cannot be opened or read; the text is the system's.
    case cannotRead(String)
    /// A FIFO, socket, device or other thing that is not a regular file.
    case notRegular(String)

    /// For messages.
    package var words: String {
        switch self {
        case .cannotRead(let reason), .notRegular(let reason): reason
        }
    }
}

/// Immutable bytes: a mapped file, a small file read whole, or the result of a decompression.
///
/// `@unchecked Sendable`: the memory is written only before `init` returns and never after; `deinit` frees it once.
package final class ByteStorage: @unchecked Sendable {
    private enum Release { case free, unmap }

    /// Address of the first byte.
    package let base: UnsafeRawPointer
    /// Number of bytes.
    package let count: Int
    private let release: Release

    private init(base: UnsafeRawPointer, count: Int, release: Release) {
        self.base = base
        self.count = count
        self.release = release
    }

    deinit {
        switch release {
        case .free: free(UnsafeMutableRawPointer(mutating: base))
        case .unmap: munmap(UnsafeMutableRawPointer(mutating: base), count)
        }
    }

    /// Files up to this size are read, not mapped: quicker, and nobody can change them under the reader.
    private static let readWhole = 128 << 10

    /// Takes the bytes of an open regular file. Small files are copied, others mapped read-only.
    package static func file(descriptor: Int32, byteCount: Int) throws(FileFailure) -> ByteStorage {
        if byteCount <= readWhole { return try reading(descriptor: descriptor, byteCount: byteCount) }
        guard let base = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE | MAP_NORESERVE, descriptor, 0),
            base != MAP_FAILED
        else { throw .cannotRead(String(cString: strerror(errno))) }
        return ByteStorage(base: base, count: byteCount, release: .unmap)
    }

    private static func reading(descriptor: Int32, byteCount: Int) throws(FileFailure) -> ByteStorage {
        guard let memory = malloc(max(1, byteCount)) else { throw .cannotRead("out of memory") }
        var filled = 0
        while filled < byteCount {
            let got = read(descriptor, memory + filled, byteCount - filled)
            if got < 0 {
                if errno == EINTR { continue }
                free(memory)
                throw .cannotRead(String(cString: strerror(errno)))
            }
            if got == 0 { break }
            filled += got
        }
        return ByteStorage(base: memory, count: filled, release: .free)
    }

    /// Reads a regular file into memory as a whole, so that nobody changes it under the reader.
    ///
    /// - Parameters:
    ///   - folder: an open folder that `path` must stay beneath, links included; `nil` for any path.
    ///   - range: the part to read; `nil` for all of it.
    package static func whole(
        _ path: String, beneath folder: Int32? = nil, range: (offset: Int, count: Int?)? = nil
    ) throws(FileFailure) -> ByteStorage {
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK
        let descriptor = folder.map { cordon_open_beneath($0, path, flags, true) } ?? open(path, flags)
        guard descriptor >= 0 else { throw .cannotRead(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .cannotRead(String(cString: strerror(errno))) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular("not a regular file") }
        let size = Int(status.st_size)
        let offset = range?.offset ?? 0
        let count = range?.count ?? max(0, size - offset)
        guard offset >= 0, count >= 0, offset <= size, count <= size - offset else {
            throw .cannotRead("bytes \(offset) and \(count) more of a file of \(size)")
        }
        guard lseek(descriptor, off_t(offset), SEEK_SET) == off_t(offset) else {
            throw .cannotRead(String(cString: strerror(errno)))
        }
        let storage = try reading(descriptor: descriptor, byteCount: count)
        guard storage.count == count else { throw .cannotRead("the file shrank while it was read") }
        return storage
    }

    /// Copies bytes. Swift's allocation is `malloc`'s on this platform, and an allocation of one byte or more has an address.
    package static func copying(_ bytes: [UInt8]) -> ByteStorage {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 16)
        memory.copyBytes(from: bytes)
        return owning(memory, count: bytes.count)
    }

    /// Takes over memory that `UnsafeMutableRawBufferPointer.allocate` gave.
    fileprivate static func owning(_ memory: UnsafeMutableRawBufferPointer, count: Int) -> ByteStorage {
        ByteStorage(base: UnsafeRawPointer(memory.baseAddress!), count: count, release: .free)
    }

    /// Runs `body` while a mapped file may shrink; says whether it did.
    ///
    /// Without the guard, touching a page beyond the new end would kill the process.
    package func guarded(_ body: () -> Void) -> Bool {
        guard case .unmap = release else {
            body()
            return false
        }
        cordon_guard_begin(base, count)
        body()
        return cordon_guard_end()
    }
}

/// A range of immutable bytes that keeps their storage alive. Cheap to copy and to cut.
package struct ByteView: Sendable {
    private let storage: ByteStorage
    private let start: Int
    /// Number of bytes.
    package let count: Int

    /// All bytes of a storage.
    package init(_ storage: ByteStorage) {
        self.storage = storage
        start = 0
        count = storage.count
    }

    private init(storage: ByteStorage, start: Int, count: Int) {
        self.storage = storage
        self.start = start
        self.count = count
    }

    /// A view of copied bytes.
    package init(copying bytes: [UInt8]) { self.init(ByteStorage.copying(bytes)) }

    /// A view of a copy of these bytes, which no change of a file reaches.
    package var copied: ByteView {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, count), alignment: 16)
        withSpan { span in span.withUnsafeBytes { memory.copyMemory(from: $0) } }
        return ByteView(ByteStorage.owning(memory, count: count))
    }

    /// The part `offset ..< offset + count`, or `nil` when it is not inside.
    package func part(offset: Int, count: Int) -> ByteView? {
        guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset else { return nil }
        return ByteView(storage: storage, start: start + offset, count: count)
    }

    /// Everything from `offset`; empty when `offset` is beyond the end.
    package func suffix(from offset: Int) -> ByteView {
        let low = min(max(0, offset), count)
        return ByteView(storage: storage, start: start + low, count: count - low)
    }

    /// Lends the bytes to a reader.
    package func withSpan<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let buffer = UnsafeRawBufferPointer(start: storage.base + start, count: count)
        return try body(buffer.bytes)
    }
}
