internal import CordonCore
internal import Glibc

/// One thing found below a root.
struct FoundFile: Sendable {
    enum Kind: Sendable {
        case regular
        /// Not a file that can be read, and why.
        case special(String)
        /// A link out of the folder.
        case linkOutside(target: String)
    }
    /// As reports show it.
    let path: AssetPath
    /// Whether it is a file with content of its own.
    var isRegular: Bool { if case .regular = kind { true } else { false } }
    /// Relative to the root's descriptor; links out of a Hugging Face snapshot are followed to their blob.
    let relative: [UInt8]
    let root: Int
    let kind: Kind
    /// Whether opening may follow a symbolic link at the last component.
    let mayFollow: Bool
    /// Whether the file itself was named on the command line, not a folder that it is in.
    var isNamed = false

    /// Whether it is a test, an example or a document by its place in the project; folders above the project do not count.
    var isIllustration: Bool {
        if !isNamed { return AssetPath(bytes: relative).isIllustration }
        return (path.bytes.first == UInt8(ascii: "/") ? path.name : path).isIllustration
    }
}

/// A root that was named on the command line: a folder, or the folder of a single file.
final class ScanRoot: Sendable {
    let descriptor: Int32
    let real: String
    /// The folder that relative paths start from, resolved.
    let folder: String
    /// Links into this folder are allowed: the root itself, or the Hugging Face repository around a snapshot.
    let boundary: String
    let isHuggingFaceSnapshot: Bool

    init(descriptor: Int32, real: String, folder: String) {
        self.descriptor = descriptor
        self.real = real
        self.folder = folder
        if let range = real.rangeOfSnapshots {
            boundary = String(real[..<range])
            isHuggingFaceSnapshot = true
        } else {
            boundary = real
            isHuggingFaceSnapshot = false
        }
    }

    deinit { close(descriptor) }

    /// Opens below the root; paths longer than the system allows are walked in parts.
    func open(_ relative: [UInt8], flags: Int32) -> Int32 {
        var current = descriptor
        var rest = relative[...]
        while rest.count > 4000 {
            guard let slash = rest.prefix(4000).lastIndex(of: UInt8(ascii: "/")) else { break }
            let next = Self.openAt(current, Array(rest[..<slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
            let failure = errno
            if current != descriptor { close(current) }
            guard next >= 0 else {
                errno = failure
                return -1
            }
            current = next
            rest = rest[(slash + 1)...]
        }
        let result = Self.openAt(current, Array(rest), flags | O_CLOEXEC)
        let failure = errno
        if current != descriptor { close(current) }
        errno = failure
        return result
    }

    static func openAt(_ folder: Int32, _ path: [UInt8], _ flags: Int32) -> Int32 {
        var terminated = path.isEmpty ? [UInt8(ascii: ".")] : path
        terminated.append(0)
        return terminated.withUnsafeBytes { openat(folder, $0.bindMemory(to: CChar.self).baseAddress!, flags) }
    }
}

extension String {
    /// The end of `models--…` in `…/models--x--y/snapshots/rev`, the layout of the Hugging Face cache.
    fileprivate var rangeOfSnapshots: String.Index? {
        let parts = split(separator: "/", omittingEmptySubsequences: false)
        guard let index = parts.lastIndex(of: "snapshots"), index > 0,
            ["models--", "datasets--", "spaces--"].contains(where: { parts[index - 1].hasPrefix($0) })
        else { return nil }
        return parts[index - 1].endIndex
    }
}

/// Walks a folder without recursion and without following links.
struct Discovery {
    private let root: ScanRoot
    private let rootIndex: Int
    private let prefix: AssetPath?
    private(set) var files: [FoundFile] = []
    private var pending: [[UInt8]] = [[]]

    /// - Parameter prefix: put before reported paths when there are several roots.
    init(root: ScanRoot, index: Int, prefix: AssetPath?) {
        self.root = root
        rootIndex = index
        self.prefix = prefix
    }

    /// Everything below the root. O(entries).
    mutating func walk() {
        while let folder = pending.popLast() { list(folder) }
    }

    private mutating func list(_ folder: [UInt8]) {
        let descriptor = root.open(folder, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0, let stream = fdopendir(descriptor) else {
            return add(folder, .special("folder cannot be read: \(String(cString: strerror(errno)))"))
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: UInt8.self, capacity: 256) {
                    Array(UnsafeBufferPointer(start: $0, count: strlen($0)))
                }
            }
            if name == [0x2E] || name == [0x2E, 0x2E] { continue }
            let path = folder.isEmpty ? name : folder + [UInt8(ascii: "/")] + name
            visit(path, name, type: Int32(entry.pointee.d_type), folderDescriptor: dirfd(stream))
        }
    }

    private mutating func visit(_ path: [UInt8], _ name: [UInt8], type: Int32, folderDescriptor: Int32) {
        var type = type
        if type == Int32(DT_UNKNOWN) { type = statType(folderDescriptor, name) }
        switch type {
        case Int32(DT_DIR): pending.append(path)
        case Int32(DT_REG): add(path, .regular)
        case Int32(DT_LNK): link(path, name, folderDescriptor)
        case Int32(DT_FIFO): add(path, .special("FIFO: not read"))
        case Int32(DT_SOCK): add(path, .special("socket: not read"))
        case Int32(DT_CHR), Int32(DT_BLK): add(path, .special("device: not read"))
        default: add(path, .special("not a file"))
        }
    }

    private func statType(_ folder: Int32, _ name: [UInt8]) -> Int32 {
        var info = stat()
        let result = (name + [0]).withUnsafeBytes {
            fstatat(folder, $0.bindMemory(to: CChar.self).baseAddress!, &info, AT_SYMLINK_NOFOLLOW)
        }
        guard result == 0 else { return -1 }
        return Int32((info.st_mode & S_IFMT) >> 12)
    }

    /// A link inside the root names something that is met under its own name; any other is reported.
    private mutating func link(_ path: [UInt8], _ name: [UInt8], _ folder: Int32) {
        let own = "/proc/self/fd/\(folder)/"
        let full = Array(own.utf8) + name + [0]
        let resolved = full.withUnsafeBytes { realpath($0.bindMemory(to: CChar.self).baseAddress!, nil) }
        guard let resolved else {
            return add(path, .special("link that is broken or leads in a circle"))
        }
        defer { free(resolved) }
        let target = String(cString: resolved)
        if isInside(target, root.real) { return }
        if root.isHuggingFaceSnapshot, isInside(target, root.boundary) {
            add(path, .regular, mayFollow: true)
        } else {
            add(path, .linkOutside(target: target))
        }
    }

    private func isInside(_ path: String, _ folder: String) -> Bool {
        path == folder || path.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
    }

    private mutating func add(_ path: [UInt8], _ kind: FoundFile.Kind, mayFollow: Bool = false) {
        let shown = prefix?.appending(path) ?? AssetPath(bytes: path.isEmpty ? [UInt8(ascii: ".")] : path)
        files.append(FoundFile(path: shown, relative: path, root: rootIndex, kind: kind, mayFollow: mayFollow))
    }
}
