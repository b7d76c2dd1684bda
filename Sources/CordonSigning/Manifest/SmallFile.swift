internal import CSystem
internal import CordonCore
package import CordonFormats
internal import Glibc

/// Whole small files: signatures, keys, records.
package enum SmallFile {
    /// The bytes of a regular file of at most `limit` bytes; `nil` when it cannot be had.
    package static func read(_ path: String, limit: Int) -> [UInt8]? {
        try? contents(path, what: "file", limit: limit)
    }

    /// The bytes of a regular file of at most `limit` bytes.
    ///
    /// - Parameter what: what the file is to the reader, for the message.
    package static func contents(_ path: String, what: String, limit: Int) throws(IntegrityFailure) -> [UInt8] {
        let shown = PrintableText.quoting(path, limit: 300)
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else {
            throw IntegrityFailure(
                .cannotRead, "cannot read the \(what) '\(shown)': \(String(cString: strerror(errno)))")
        }
        defer { close(file) }
        guard let status = FileStatus(descriptor: file), status.kind == .regular else {
            throw IntegrityFailure(.cannotRead, "the \(what) '\(shown)' is not a regular file")
        }
        guard status.identity.byteCount <= limit else {
            throw IntegrityFailure(
                .malformed,
                "the \(what) '\(shown)' has \(status.identity.byteCount) bytes; at most \(limit) are accepted")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.identity.byteCount) + 1)
        var done = 0
        while done < bytes.count {
            let room = bytes.count - done
            let count = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress! + done, room) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw IntegrityFailure(
                    .cannotRead, "cannot read the \(what) '\(shown)': \(String(cString: strerror(errno)))")
            }
            if count == 0 { break }
            done += count
        }
        guard done <= status.identity.byteCount else {
            throw IntegrityFailure(.changedWhileRead, "the \(what) '\(shown)' grew while it was read; try again")
        }
        bytes.removeLast(bytes.count - done)
        return bytes
    }
}

extension SmallFile {
    /// A regular file of any size, mapped.
    package static func storage(_ path: String, what: String) throws(IntegrityFailure) -> ByteStorage {
        let shown = PrintableText.quoting(path, limit: 300)
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else {
            throw IntegrityFailure(
                .cannotRead, "cannot read the \(what) '\(shown)': \(String(cString: strerror(errno)))")
        }
        defer { close(file) }
        guard let status = FileStatus(descriptor: file), status.kind == .regular,
            let storage = try? ByteStorage.file(descriptor: file, byteCount: Int(status.identity.byteCount))
        else { throw IntegrityFailure(.cannotRead, "the \(what) '\(shown)' is not a file that can be read") }
        return storage
    }
}

/// What stands at a path.
package enum FileKind {
    /// Whether it is something other than a regular file: a device, a FIFO, a socket, a folder.
    package static func isSpecial(_ path: String) -> Bool {
        guard let status = FileStatus(path: path, follow: true) else { return false }
        return status.kind != .regular
    }
}

/// Files that are still in the making.
package enum TemporaryFile {
    /// A new file beside another one: its descriptor, -1 with `errno` on failure, and its name.
    package static func make(beside path: String) -> (descriptor: Int32, name: String) {
        var template = Array((path + ".XXXXXX").utf8CString)
        let file = template.withUnsafeMutableBufferPointer { cordon_temporary_file($0.baseAddress!) }
        return (file, String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}

/// Files that appear whole or not at all.
package enum AtomicFile {
    /// Writes beside the destination, flushes, then renames. Returns whether it worked; `errno` says why not.
    @discardableResult
    package static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o644) -> Bool {
        let (file, temporary) = TemporaryFile.make(beside: path)
        guard file >= 0 else { return false }
        var isDone = fchmod(file, mode) == 0 && write(bytes, file) && fsync(file) == 0
        isDone = close(file) == 0 && isDone
        if isDone, rename(temporary, path) == 0 { return true }
        let reason = errno
        unlink(temporary)
        errno = reason
        return false
    }

    private static func write(_ bytes: [UInt8], _ file: Int32) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + done, bytes.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }
}
