internal import CSystem
internal import Glibc

/// What the kernel says of a file without reading it: changes whenever the content does, unless the clock was set back
/// or a privileged process wrote to the disk below the file system.
package struct FileIdentity: Hashable, Sendable {
    /// Device number.
    package var device: UInt64 = 0
    /// Inode number.
    package var inode: UInt64 = 0
    /// Size in bytes.
    package var byteCount = 0
    /// Last change of content or attributes, nanoseconds since 1970.
    package var changed: Int64 = 0
    /// Last change of content, nanoseconds since 1970.
    package var modified: Int64 = 0
}

/// Identity, kind and owner of a file.
struct FileStatus {
    enum Kind { case regular, folder, link, fifo, socket, device }
    let identity: FileIdentity
    let kind: Kind
    let owner: UInt32
    /// The lower twelve bits of the mode.
    let permissions: UInt32

    /// - Parameters:
    ///   - folder: a descriptor, or the working directory.
    ///   - path: relative to the folder; empty for the folder itself.
    init?(folder: Int32 = AT_FDCWD, _ path: [UInt8], follow: Bool) {
        var status = cordon_status()
        let result = (path + [0]).withUnsafeBytes {
            cordon_status_at(folder, $0.bindMemory(to: CChar.self).baseAddress!, follow, &status)
        }
        guard result == 0 else { return nil }
        identity = FileIdentity(
            device: status.device, inode: status.inode, byteCount: Int(status.size), changed: status.changed,
            modified: status.modified)
        owner = status.owner
        permissions = status.mode & 0o7777
        kind =
            switch status.mode & 0o170000 {
            case 0o100000: .regular
            case 0o040000: .folder
            case 0o120000: .link
            case 0o010000: .fifo
            case 0o140000: .socket
            default: .device
            }
    }

    init?(descriptor: Int32) { self.init(folder: descriptor, [], follow: false) }

    init?(path: String, follow: Bool) { self.init(Array(path.utf8), follow: follow) }
}
