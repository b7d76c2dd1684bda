internal import CSystem
internal import CordonCore
package import CordonFormats
internal import Glibc

extension Tree {
    /// The bytes of a file below the folder; small ones are read, large ones mapped. `nil` when it cannot be had.
    package func storage(of relative: [UInt8]) -> ByteStorage? {
        let file = open(relative, follow: true)
        guard file >= 0 else { return nil }
        defer { close(file) }
        guard let status = FileStatus(descriptor: file), status.kind == .regular else { return nil }
        return try? ByteStorage.file(descriptor: file, byteCount: Int(status.identity.byteCount))
    }

    /// A copy of a file's bytes; `nil` when it cannot be had or is larger than the limit.
    package func contents(of relative: [UInt8], limit: Int) -> [UInt8]? {
        let file = open(relative, follow: true)
        guard file >= 0 else { return nil }
        defer { close(file) }
        guard let status = FileStatus(descriptor: file), status.kind == .regular, status.identity.byteCount <= limit
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.identity.byteCount))
        var done = 0
        while done < bytes.count {
            let room = bytes.count - done
            let count = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress! + done, room) }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            done += count
        }
        bytes.removeLast(bytes.count - done)
        return bytes
    }
}
