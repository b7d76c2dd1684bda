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
        read(relative) { $0 <= limit ? $0 : nil }
    }

    /// A copy of at most `count` bytes from the beginning of a file; `nil` when it cannot be had.
    package func head(of relative: [UInt8], count: Int) -> [UInt8]? { read(relative) { min($0, count) } }

    private func read(_ relative: [UInt8], count: (Int) -> Int?) -> [UInt8]? {
        let file = open(relative, follow: true)
        guard file >= 0 else { return nil }
        defer { close(file) }
        guard let status = FileStatus(descriptor: file), status.kind == .regular,
            let wanted = count(Int(status.identity.byteCount))
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: wanted)
        var done = 0
        while done < bytes.count {
            let room = bytes.count - done
            let got = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress! + done, room) }
            if got < 0, errno == EINTR { continue }
            if got <= 0 { break }
            done += got
        }
        bytes.removeLast(bytes.count - done)
        return bytes
    }
}
