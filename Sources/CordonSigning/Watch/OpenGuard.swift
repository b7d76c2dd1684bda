internal import CSystem
internal import CordonCore
internal import CordonFormats
internal import Glibc
internal import Synchronization

/// Refuses to open files that are not as signed (fanotify permission events, Linux 5.0, CAP_SYS_ADMIN).
///
/// The answering thread opens nothing itself, so that it never waits for its own answer: it reads the file through the
/// descriptor that came with the question.
/// - Note: Guards opening, not reading: a file that was opened before it changed stays readable to whoever has it open.
final class OpenGuard: Sendable {
    /// What was found as signed. Its lock is held for a look-up only: whoever reads files holds another one, since a
    /// reader waits for the guard's answer.
    final class Verdicts: Sendable {
        private let verified = Mutex<[[UInt8]: FileIdentity]>([:])
        /// Sizes of files when they were first found as signed: another size needs no reading.
        private let sizes = Mutex<[[UInt8]: Int]>([:])
        let algorithm: HashAlgorithm
        private let digests: [[UInt8]: [UInt8]]
        private let rules: TreeRules

        init(_ state: TreeState) {
            algorithm = state.algorithm
            digests = state.signedDigests
            rules = state.rules
        }

        func isVerified(_ path: [UInt8], _ identity: FileIdentity) -> Bool {
            verified.withLock { $0[path] == identity }
        }

        func signedDigest(_ path: [UInt8]) -> [UInt8]? { digests[path] }
        func isIgnored(_ path: [UInt8]) -> Bool { rules.isIgnored(path) }

        /// Takes over what is known of everything.
        func replace(_ identities: [[UInt8]: FileIdentity]) {
            verified.withLock { $0 = identities }
            sizes.withLock { $0.merge(identities.mapValues(\.byteCount)) { first, _ in first } }
        }

        /// Whether a file of this size can be the signed one, and is short enough to be read while somebody waits.
        func mayRead(_ path: [UInt8], _ byteCount: Int) -> Bool {
            byteCount <= OpenGuard.readByteLimit && sizes.withLock { $0[path].map { $0 == byteCount } ?? true }
        }

        /// Takes over what is known of one path.
        func set(_ path: [UInt8], _ identity: FileIdentity?) { verified.withLock { $0[path] = identity } }
    }

    private let group: Int32
    private let root: String
    private let verdicts: Verdicts
    /// What was refused and not told yet; at most a thousand, since whoever is refused may try again at once.
    private let refused = Mutex<[WatchEvent]>([])
    private let isStopped = Atomic<Bool>(false)

    fileprivate static let readByteLimit = 64 << 20

    init(_ tree: Tree, verdicts: Verdicts) throws(IntegrityFailure) {
        group = cordon_permission_group()
        guard group >= 0 else {
            throw IntegrityFailure(
                .toolMissing,
                "opening cannot be guarded: \(String(cString: strerror(errno))). It needs CAP_SYS_ADMIN and fanotify permission events in the kernel."
            )
        }
        guard let real = realpath(tree.path, nil) else {
            close(group)
            throw IntegrityFailure(.cannotRead, "cannot resolve '\(PrintableText.quoting(tree.path, limit: 300))'")
        }
        root = String(cString: real)
        free(real)
        self.verdicts = verdicts
    }

    deinit { close(group) }

    /// Guards the files directly in every folder of the tree.
    func mark(_ tree: Tree, _ folders: [[UInt8]]) throws(IntegrityFailure) {
        for folder in folders {
            let descriptor =
                folder.isEmpty
                ? openat(tree.descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : tree.open(folder, follow: false)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            guard cordon_permission_mark(group, descriptor) == 0 else {
                throw IntegrityFailure(
                    .toolMissing,
                    "opening cannot be guarded in '\(AssetPath(bytes: folder).display)': \(String(cString: strerror(errno)))"
                )
            }
        }
    }

    /// What was refused since the last call.
    func takeRefused() -> [WatchEvent] {
        refused.withLock { events in
            defer { events = [] }
            return events
        }
    }

    /// Stops answering; the kernel then allows everything.
    func stop() { isStopped.store(true, ordering: .relaxed) }

    /// Answers questions until stopped. Runs on a thread of its own.
    func run() {
        var waiting = pollfd(fd: group, events: Int16(POLLIN), revents: 0)
        while !isStopped.load(ordering: .relaxed) {
            guard poll(&waiting, 1, 200) > 0 else { continue }
            var (descriptor, process): (Int32, Int32) = (-1, 0)
            while cordon_permission_next(group, &descriptor, &process) == 1 {
                let allowed = process == getpid() || isAllowed(descriptor)
                cordon_permission_answer(group, descriptor, allowed)
            }
        }
    }

    private func isAllowed(_ descriptor: Int32) -> Bool {
        guard let path = relativePath(descriptor), let status = FileStatus(descriptor: descriptor),
            status.kind == .regular, !verdicts.isIgnored(path)
        else { return true }
        if verdicts.isVerified(path, status.identity) { return true }
        if let digest = verdicts.signedDigest(path), verdicts.mayRead(path, status.identity.byteCount),
            Self.digest(descriptor, verdicts.algorithm) == digest
        {
            return true
        }
        // Told by somebody else: a sink may wait, and even open a guarded file itself.
        refused.withLock { events in
            guard events.count < 1000 else { return }
            events.append(
                WatchEvent(.refused, path: AssetPath(bytes: path), detail: "not as signed, so it was not opened"))
        }
        return false
    }

    private func relativePath(_ descriptor: Int32) -> [UInt8]? {
        var target = [UInt8](repeating: 0, count: 4097)
        let count = "/proc/self/fd/\(descriptor)".withCString { path in
            target.withUnsafeMutableBytes { readlink(path, $0.bindMemory(to: CChar.self).baseAddress!, 4096) }
        }
        let prefix = Array((root == "/" ? root : root + "/").utf8)
        guard count > prefix.count, target.starts(with: prefix) else { return nil }
        return Array(target[prefix.count..<count])
    }

    private static func digest(_ descriptor: Int32, _ algorithm: HashAlgorithm) -> [UInt8]? {
        var hasher = StreamHasher(algorithm)
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        var position = 0
        while true {
            let count = pread(descriptor, &buffer, buffer.count, position)
            if count < 0 { return nil }
            if count == 0 { return hasher.finalize() }
            buffer.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            position += count
        }
    }
}
