internal import CSystem
internal import CordonCore
internal import Glibc

/// A folder, or a single file in its folder, opened once; everything in it is reached through that descriptor.
package final class Tree: Sendable {
    /// The folder's descriptor.
    let descriptor: Int32
    /// The path as it was named.
    package let path: String
    /// The only file that belongs, when a single file was named; where a link was named, what it leads to.
    package let single: [UInt8]?
    /// What that file was called.
    package let singleName: [UInt8]?
    /// Device and inode of the folder, which say whether it is still the same one.
    let device: UInt64
    let inode: UInt64

    /// Opens a folder or a regular file.
    package init(_ path: String) throws(IntegrityFailure) {
        guard let status = FileStatus(path: path, follow: true) else { throw Self.cannot("open", path) }
        let folder: String
        switch status.kind {
        case .folder:
            single = nil
            singleName = nil
            folder = path
        case .regular:
            guard let real = realpath(path, nil) else { throw Self.cannot("open", path) }
            defer { free(real) }
            let resolved = AssetPath(String(cString: real))
            singleName = AssetPath(path).name.bytes
            single = resolved.name.bytes
            folder = String(decoding: resolved.bytes.dropLast(resolved.name.bytes.count), as: UTF8.self)
        default:
            throw IntegrityFailure(
                .malformed,
                "'\(PrintableText.quoting(path, limit: 300))' is neither a folder nor a regular file, so it cannot be a model"
            )
        }
        descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0, let opened = FileStatus(descriptor: descriptor) else {
            throw Self.cannot("open", path)
        }
        self.path = path
        device = opened.identity.device
        inode = opened.identity.inode
    }

    deinit { close(descriptor) }

    private static func cannot(_ verb: String, _ path: String) -> IntegrityFailure {
        IntegrityFailure(
            .cannotRead,
            "cannot \(verb) '\(PrintableText.quoting(path, limit: 300))': \(String(cString: strerror(errno))). Check the path and its permissions."
        )
    }

    /// The name people know the model by: the last component of its path.
    package var name: String {
        if let singleName { return AssetPath(bytes: singleName).display }
        guard let real = realpath(path, nil) else { return AssetPath(path).name.display }
        defer { free(real) }
        return AssetPath(String(cString: real)).name.display
    }

    /// Whether the path still leads to the folder that was opened.
    var isInPlace: Bool {
        guard single == nil else { return true }
        guard let status = FileStatus(path: path, follow: true) else { return false }
        return status.identity.device == device && status.identity.inode == inode
    }

    /// Opens a file below the folder for reading; links only when they stay inside and are asked for.
    func open(_ relative: [UInt8], follow: Bool) -> Int32 {
        (relative + [0]).withUnsafeBytes {
            cordon_open_beneath(
                descriptor, $0.bindMemory(to: CChar.self).baseAddress!, O_RDONLY | O_NONBLOCK | O_NOCTTY, follow)
        }
    }
}

/// One thing met in a tree.
package struct TreeEntry: Sendable {
    /// What it is.
    package enum Kind: Sendable, Equatable {
        /// A regular file.
        case regular
        /// A symbolic link to a regular file inside, which is followed.
        case link
        /// A symbolic link that is not followed, and why.
        case refusedLink(String)
        /// A FIFO, socket or device.
        case special(String)
        /// A folder that cannot be listed, and why.
        case unreadable(String)
    }
    /// Relative to the tree, bytes as the file system has them.
    package let path: [UInt8]
    /// What it is.
    package let kind: Kind
    /// What the kernel says of it.
    package let identity: FileIdentity
}

/// What a walk goes into and what it leaves out.
package struct TreeRules: Sendable {
    /// Paths relative to the tree that are left out, with everything below.
    package var ignored: Set<[UInt8]>
    /// Whether links to files inside the tree are followed.
    package var followsLinks: Bool
    /// Most entries; more are refused.
    package var entryLimit = 5_000_000

    /// Makes rules.
    package init(ignored: Set<[UInt8]> = [], followsLinks: Bool = false) {
        self.ignored = ignored
        self.followsLinks = followsLinks
    }

    /// What version control keeps for itself, at the top of the tree, as OpenSSF Model Signing leaves it out.
    package static let versionControl: [String] = [".git", ".gitattributes", ".github", ".gitignore"]

    /// Whether a path lies at or below an ignored one. O(depth).
    package func isIgnored(_ path: [UInt8]) -> Bool {
        // Few paths are left out, and most of them at the top, so comparing bytes beats hashing prefixes.
        if ignored.count < 16 {
            return ignored.contains {
                path.starts(with: $0) && (path.count == $0.count || path[$0.count] == UInt8(ascii: "/"))
            }
        }
        if ignored.contains(path) { return true }
        for index in path.indices where path[index] == UInt8(ascii: "/") {
            if ignored.contains(Array(path[..<index])) { return true }
        }
        return false
    }
}

extension Tree {
    /// Everything in the tree that is not ignored, in byte order of the paths. Never follows a link out.
    ///
    /// - Complexity: O(n log n) time, about 150 bytes an entry.
    package func entries(_ rules: TreeRules) throws(IntegrityFailure) -> [TreeEntry] {
        if let single {
            guard let status = FileStatus(folder: descriptor, single, follow: false), status.kind == .regular else {
                return []
            }
            return [TreeEntry(path: single, kind: .regular, identity: status.identity)]
        }
        var walk = Walk(tree: self, rules: rules)
        try walk.run()
        return walk.found.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    }
}

private struct Walk {
    let tree: Tree
    let rules: TreeRules
    var found: [TreeEntry] = []
    private var pending: [[UInt8]] = [[]]

    init(tree: Tree, rules: TreeRules) {
        self.tree = tree
        self.rules = rules
    }

    mutating func run() throws(IntegrityFailure) {
        while let folder = pending.popLast() { try list(folder) }
    }

    private mutating func list(_ folder: [UInt8]) throws(IntegrityFailure) {
        let descriptor =
            folder.isEmpty
            ? openat(tree.descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : tree.open(folder, follow: false)
        guard descriptor >= 0, let stream = fdopendir(descriptor) else {
            let reason = String(cString: strerror(errno))
            if descriptor >= 0 { close(descriptor) }
            return add(folder, .unreadable("the folder cannot be listed: \(reason)"))
        }
        defer { closedir(stream) }
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: UInt8.self, capacity: 256) {
                    Array(UnsafeBufferPointer(start: $0, count: strlen($0)))
                }
            }
            if name == [0x2E] || name == [0x2E, 0x2E] { continue }
            try visit(folder.isEmpty ? name : folder + [UInt8(ascii: "/")] + name, name, descriptor)
            errno = 0
        }
        if errno != 0 {
            add(folder, .unreadable("the folder cannot be listed: \(String(cString: strerror(errno)))"))
        }
    }

    private mutating func visit(_ path: [UInt8], _ name: [UInt8], _ folder: Int32) throws(IntegrityFailure) {
        guard !rules.ignored.contains(path) else { return }
        guard found.count + pending.count < rules.entryLimit else {
            throw IntegrityFailure(.limit, "more than \(rules.entryLimit) files below '\(tree.path)'")
        }
        guard let status = FileStatus(folder: folder, name, follow: false) else {
            return add(path, .unreadable(String(cString: strerror(errno))))
        }
        switch status.kind {
        case .folder: pending.append(path)
        case .regular: add(path, .regular, status.identity)
        case .link: link(path)
        case .fifo: add(path, .special("a FIFO"))
        case .socket: add(path, .special("a socket"))
        case .device: add(path, .special("a device"))
        }
    }

    /// Decides with the kernel's own resolution, so that the decision and a later open agree.
    private mutating func link(_ path: [UInt8]) {
        guard rules.followsLinks else {
            return add(path, .refusedLink("a symbolic link"))
        }
        let target = tree.open(path, follow: true)
        guard target >= 0 else {
            let reason =
                errno == EXDEV
                ? "a symbolic link that leads out of the folder"
                : "a symbolic link that cannot be followed: \(String(cString: strerror(errno)))"
            return add(path, .refusedLink(reason))
        }
        defer { close(target) }
        guard let status = FileStatus(descriptor: target), status.kind == .regular else {
            return add(path, .refusedLink("a symbolic link to something that is not a file"))
        }
        add(path, .link, status.identity)
    }

    private mutating func add(_ path: [UInt8], _ kind: TreeEntry.Kind, _ identity: FileIdentity = .init()) {
        found.append(TreeEntry(path: path, kind: kind, identity: identity))
    }
}
