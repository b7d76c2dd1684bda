internal import CordonCore
internal import CordonFormats
internal import Glibc

/// Kernel events about what happens in folders (inotify, Linux 2.6.13).
final class Inotify {
    /// One event.
    enum Event: Equatable {
        /// Something happened to a path.
        case path([UInt8])
        /// A folder appeared or went away, with everything below.
        case folder([UInt8])
        /// The kernel dropped events.
        case overflow
    }

    let descriptor: Int32
    private var folders: [Int32: [UInt8]] = [:]
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 8)

    private static let modify: UInt32 = 0x2
    private static let attributes: UInt32 = 0x4
    private static let closedAfterWriting: UInt32 = 0x8
    private static let movedFrom: UInt32 = 0x40
    private static let movedTo: UInt32 = 0x80
    private static let created: UInt32 = 0x100
    private static let deleted: UInt32 = 0x200
    private static let selfDeleted: UInt32 = 0x400
    private static let selfMoved: UInt32 = 0x800
    private static let overflow: UInt32 = 0x4000
    private static let ignored: UInt32 = 0x8000
    private static let onlyFolders: UInt32 = 0x0100_0000
    private static let isFolder: UInt32 = 0x4000_0000

    init() throws(IntegrityFailure) {
        descriptor = inotify_init1(Int32(bitPattern: UInt32(O_CLOEXEC | O_NONBLOCK)))
        guard descriptor >= 0 else {
            throw IntegrityFailure(.toolMissing, "the kernel gives no events: \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        close(descriptor)
        buffer.deallocate()
    }

    /// Watches a folder and everything below; says whether all of it could be watched.
    ///
    /// - Parameter isIgnored: folders that are left out.
    func add(_ tree: Tree, _ folder: [UInt8], isIgnored: ([UInt8]) -> Bool) -> Bool {
        var pending = [folder]
        var isWhole = true
        while let folder = pending.popLast() {
            let descriptor =
                folder.isEmpty
                ? openat(tree.descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : tree.open(folder, follow: false)
            guard descriptor >= 0 else { continue }
            if !watch(descriptor, folder) { isWhole = false }
            guard let stream = fdopendir(descriptor) else {
                close(descriptor)
                continue
            }
            while let entry = readdir(stream) {
                let type = Int32(entry.pointee.d_type)
                guard type == Int32(DT_DIR) || type == Int32(DT_UNKNOWN) else { continue }
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: UInt8.self, capacity: 256) {
                        Array(UnsafeBufferPointer(start: $0, count: strlen($0)))
                    }
                }
                let path = folder.isEmpty ? name : folder + [UInt8(ascii: "/")] + name
                if name != [0x2E], name != [0x2E, 0x2E], !isIgnored(path) { pending.append(path) }
            }
            closedir(stream)
        }
        return isWhole
    }

    private func watch(_ folder: Int32, _ path: [UInt8]) -> Bool {
        let mask =
            Self.modify | Self.attributes | Self.closedAfterWriting | Self.movedFrom | Self.movedTo | Self.created
            | Self.deleted | Self.selfDeleted | Self.selfMoved | Self.onlyFolders
        let watch = inotify_add_watch(descriptor, "/proc/self/fd/\(folder)", mask)
        guard watch >= 0 else { return errno == ENOTDIR || errno == ENOENT }
        folders[watch] = path
        return true
    }

    /// Everything that happened since the last call; never waits.
    func read() -> [Event] {
        var events: [Event] = []
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            guard count > 0 else { return events }
            parse(count, into: &events)
        }
    }

    private func parse(_ count: Int, into events: inout [Event]) {
        let span = UnsafeRawBufferPointer(rebasing: buffer[..<count]).bytes
        var offset = 0
        while let watch = span.littleEndian(at: offset, as: Int32.self),
            let mask = span.littleEndian(at: offset + 4, as: UInt32.self),
            let length = span.littleEndian(at: offset + 12, as: UInt32.self),
            let padded = span.copy(at: offset + 16, count: Int(length))
        {
            offset += 16 + Int(length)
            note(watch, mask, Array(padded.prefix { $0 != 0 }), &events)
        }
    }

    private func note(_ watch: Int32, _ mask: UInt32, _ name: [UInt8], _ events: inout [Event]) {
        if mask & Self.overflow != 0 { return events.append(.overflow) }
        guard let folder = folders[watch] else { return }
        if mask & Self.ignored != 0 {
            folders[watch] = nil
            return
        }
        if name.isEmpty {
            if mask & (Self.selfDeleted | Self.selfMoved) != 0 { events.append(.folder(folder)) }
            return
        }
        let path = folder.isEmpty ? name : folder + [UInt8(ascii: "/")] + name
        let event: Event = mask & Self.isFolder != 0 ? .folder(path) : .path(path)
        if mask & Self.isFolder != 0, mask & (Self.created | Self.movedTo | Self.movedFrom | Self.deleted) == 0 {
            return
        }
        if events.last != event { events.append(event) }
    }
}
