internal import CSystem
internal import CordonCore
internal import Glibc

/// A folder of releases, of which one is active.
///
/// ```
/// STORE/releases/ID/tree        the model, exactly the signed files
/// STORE/releases/ID/signature   its signature
/// STORE/releases/ID/record.json order and environment
/// STORE/incoming/…              releases that are being put, worthless until they are moved
/// STORE/current                 a symbolic link to releases/ID/tree
/// ```
/// A release appears, and the active one changes, by one `rename`; everything it needs was flushed before. Whatever
/// instant a process is killed at, the store holds the old state or the new one.
package struct ReleaseStore: Sendable {
    /// The folder.
    package let path: String
    /// How content is compared; never from the cache, since an attacker may hold the machine.
    package var comparer: TreeComparer

    /// What is known of a release.
    package struct Entry: Sendable {
        /// The record, or why there is none that can be read.
        package let record: Result<ReleaseRecord, IntegrityFailure>
        /// The release's name.
        package let id: String
        /// Whether it is the active one.
        package let isActive: Bool

        /// Releases without a readable record are the oldest.
        var order: Int { (try? record.get())?.sequence ?? -1 }
    }

    /// Opens a store.
    ///
    /// - Parameter creating: makes the folder when it is not there.
    package init(_ path: String, creating: Bool = false) throws(IntegrityFailure) {
        self.path = path.hasSuffix("/") && path != "/" ? String(path.dropLast()) : path
        comparer = TreeComparer()
        comparer.usesCache = false
        if creating {
            for folder in ["", "/releases", "/incoming"] where mkdir(self.path + folder, 0o755) != 0 && errno != EEXIST
            {
                throw Self.cannot("make the store", self.path + folder)
            }
        }
        // Real folders: what is cleared and compared must not lie elsewhere.
        guard FileStatus(path: self.path + "/releases", follow: false)?.kind == .folder,
            FileStatus(path: self.path + "/incoming", follow: false)?.kind == .folder
        else {
            throw IntegrityFailure(
                .cannotRead,
                "'\(PrintableText.quoting(path, limit: 300))' is not a store of releases; 'cordon release put' makes one"
            )
        }
    }

    private static func cannot(_ what: String, _ path: String) -> IntegrityFailure {
        IntegrityFailure(
            .cannotRead,
            "cannot \(what) '\(PrintableText.quoting(path, limit: 300))': \(String(cString: strerror(errno)))")
    }

    // MARK: Looking

    /// The active release's name.
    package var activeID: String? {
        var target = [UInt8](repeating: 0, count: 4097)
        let count = target.withUnsafeMutableBytes {
            readlink(path + "/current", $0.bindMemory(to: CChar.self).baseAddress!, 4096)
        }
        guard count > 0 else { return nil }
        let text = String(decoding: target[..<count], as: UTF8.self)
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "releases", parts[2] == "tree", Self.isID(String(parts[1])) else {
            return nil
        }
        return String(parts[1])
    }

    /// The folder of a release.
    package func folder(_ id: String) -> String { path + "/releases/" + id }

    /// Every release, newest first.
    package func entries() throws(IntegrityFailure) -> [Entry] {
        guard let stream = opendir(path + "/releases") else { throw Self.cannot("list", path + "/releases") }
        defer { closedir(stream) }
        let active = activeID
        var entries: [Entry] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard Self.isID(name) else { continue }
            entries.append(Entry(record: record(name), id: name, isActive: name == active))
        }
        return entries.sorted { ($0.order, $0.id) > ($1.order, $1.id) }
    }

    private func record(_ id: String) -> Result<ReleaseRecord, IntegrityFailure> {
        Result { () throws(IntegrityFailure) in
            let bytes = try SmallFile.contents(folder(id) + "/record.json", what: "release's record", limit: 16 << 20)
            let record = try ReleaseRecord(bytes)
            guard record.id == id else { throw IntegrityFailure(.malformed, "the record is another release's") }
            return record
        }
    }

    private static func isID(_ name: String) -> Bool { name.utf8.count == 64 && Hexadecimal.decode(name.utf8) != nil }

    /// The one release whose name begins so.
    package func find(_ prefix: String) throws(IntegrityFailure) -> Entry {
        let found = try entries().filter { $0.id.hasPrefix(prefix.lowercased()) }
        guard let first = found.first, found.count == 1, prefix.utf8.count >= 4 else {
            throw IntegrityFailure(
                .wrongUse,
                "\(found.count) releases begin with '\(PrintableText.quoting(prefix, limit: 80))': give at least 4 digits of one that 'cordon release list' shows"
            )
        }
        return first
    }

    // MARK: Checking

    /// Checks a release's signature and content.
    package func verify(_ id: String, _ requirements: [SignerRequirement]) async throws(IntegrityFailure)
        -> VerificationReport
    {
        let verified = try await manifest(id, requirements)
        let comparison = try await comparer.compare(try tree(id), with: verified.manifest)
        return VerificationReport(signer: verified.signer, manifest: verified.manifest, comparison: comparison)
    }

    /// The files of a release, which must lie in the store itself.
    package func tree(_ id: String) throws(IntegrityFailure) -> Tree {
        for path in [folder(id), folder(id) + "/tree"] where FileStatus(path: path, follow: false)?.kind != .folder {
            throw IntegrityFailure(
                .contentMismatch, "'\(PrintableText.quoting(path, limit: 300))' is not a folder of the store")
        }
        return try Tree(folder(id) + "/tree")
    }

    /// The verified manifest of a release, for watching it.
    package func manifest(
        _ id: String, _ requirements: [SignerRequirement]
    ) async throws(IntegrityFailure) -> VerifiedManifest {
        let bytes = try SmallFile.contents(folder(id) + "/signature", what: "signature", limit: StrictJSON.byteLimit)
        let verified = try await Self.manifest(bytes, requirements)
        guard Self.id(verified.payload) == id else {
            throw IntegrityFailure(.contentMismatch, "the signature in release \(id.prefix(12)) is another release's")
        }
        // The store holds the signed files and nothing else, so nothing is left out.
        return verified.manifest.leavingNothingOut()
    }

    private static func manifest(
        _ bytes: [UInt8], _ requirements: [SignerRequirement]
    ) async throws(IntegrityFailure) -> (manifest: VerifiedManifest, payload: [UInt8]) {
        let bundle = try UnverifiedBundle.parse(bytes)
        guard case .envelope(let envelope) = bundle.content else {
            throw IntegrityFailure(.malformed, "the signature is not one of a model")
        }
        var refusal = IntegrityFailure(.wrongUse, "nobody is named who must have signed")
        for requirement in requirements {
            do throws(IntegrityFailure) {
                return (try await ModelVerifier(EnvelopeVerifier(requirement)).manifest(bundle), envelope.payload)
            } catch {
                refusal = error
            }
        }
        throw refusal
    }

    private static func id(_ payload: [UInt8]) -> String {
        Hexadecimal.encode(HashAlgorithm.sha256.digest(of: payload))
    }

    // MARK: Changing

    /// Puts a signed model into the store. A model that is there already is not put again.
    ///
    /// - Returns: the record, and whether it is new.
    package func put(
        _ source: String, signature: String, environment: DeployedEnvironment, _ requirements: [SignerRequirement]
    ) async throws(IntegrityFailure) -> (record: ReleaseRecord, isNew: Bool) {
        let lock = try StoreLock(path)
        defer { lock.release() }
        let bytes = try SmallFile.contents(signature, what: "signature", limit: StrictJSON.byteLimit)
        let (verified, payload) = try await Self.manifest(bytes, requirements)
        let id = Self.id(payload)
        let known = try entries()
        if let entry = known.first(where: { $0.id == id }), let record = try? entry.record.get(),
            let report = try? await verify(id, requirements), report.comparison.isMatch
        {
            guard environment != DeployedEnvironment(), environment != record.environment else {
                return (record, false)
            }
            // The same model in another environment.
            var record = record
            record.environment = environment
            guard AtomicFile.write(record.json, to: folder(id) + "/record.json") else {
                throw Self.cannot("write", folder(id) + "/record.json")
            }
            return (record, false)
        }
        clearIncoming()
        let incoming = path + "/incoming/" + id
        try make(incoming, source, verified.manifest)
        guard AtomicFile.write(bytes, to: incoming + "/signature") else { throw Self.cannot("write", incoming) }
        let record = ReleaseRecord(
            id: id, model: verified.manifest.name, sequence: (known.map(\.order).max() ?? 0) + 1,
            created: Int(DigestCache.now / 1_000_000_000), environment: environment)
        guard AtomicFile.write(record.json, to: incoming + "/record.json") else { throw Self.cannot("write", incoming) }
        try await check(incoming + "/tree", verified.manifest)
        try publish(incoming, id)
        return (record, true)
    }

    /// Copies the signed files, and only those.
    private func make(_ incoming: String, _ source: String, _ manifest: ModelManifest) throws(IntegrityFailure) {
        guard mkdir(incoming, 0o755) == 0, mkdir(incoming + "/tree", 0o755) == 0 else {
            throw Self.cannot("make", incoming)
        }
        let tree = try Tree(source)
        var folders: Set<String> = [incoming + "/tree"]
        for name in Set(manifest.resources.map(\.name)).sorted() {
            let file = name == "." ? String(decoding: tree.single ?? [], as: UTF8.self) : name
            var folder = incoming + "/tree"
            for part in file.split(separator: "/").dropLast() {
                folder += "/" + part
                if folders.insert(folder).inserted, mkdir(folder, 0o755) != 0 { throw Self.cannot("make", folder) }
            }
            try copy(
                tree, Array(file.utf8), to: incoming + "/tree/" + file, follow: manifest.serialization.followsLinks)
        }
        for folder in folders { Self.flush(folder) }
    }

    private func copy(_ tree: Tree, _ name: [UInt8], to path: String, follow: Bool) throws(IntegrityFailure) {
        let source = tree.open(name, follow: follow)
        guard source >= 0 else {
            throw IntegrityFailure(
                .contentMismatch,
                "'\(AssetPath(bytes: name).display)' was signed and cannot be read: \(String(cString: strerror(errno)))"
            )
        }
        defer { close(source) }
        let target = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard target >= 0 else { throw Self.cannot("write", path) }
        defer { close(target) }
        guard cordon_copy(source, target) == 0 else { throw Self.cannot("copy", path) }
        guard fsync(target) == 0 else { throw Self.cannot("write", path) }
    }

    private func check(_ tree: String, _ manifest: ModelManifest) async throws(IntegrityFailure) {
        let comparison = try await comparer.compare(try Tree(tree), with: manifest.leavingNothingOut())
        guard comparison.isMatch else {
            let first = comparison.differences.first
            throw IntegrityFailure(
                .contentMismatch,
                "the model is not what was signed, so it was not put: '\(first?.path.display ?? "")': \(first?.detail ?? "")"
            )
        }
    }

    /// One `rename` makes the release; one that was damaged makes room for it first.
    private func publish(_ incoming: String, _ id: String) throws(IntegrityFailure) {
        Self.flush(incoming)
        let place = folder(id)
        let isExchange = FileStatus(path: place, follow: false) != nil
        guard cordon_rename(incoming, place, isExchange) == 0 else { throw Self.cannot("publish", place) }
        Self.flush(path + "/releases")
        clearIncoming()
    }

    /// What an interrupted `put` left behind.
    private func clearIncoming() { FolderRemoval.empty(path + "/incoming") }

    /// Makes a release the active one, once it was found as signed.
    package func activate(_ id: String, _ requirements: [SignerRequirement]) async throws(IntegrityFailure)
        -> VerificationReport
    {
        let lock = try StoreLock(path)
        defer { lock.release() }
        let report = try await verify(id, requirements)
        guard report.comparison.isMatch else { return report }
        try point(to: id)
        return report
    }

    private func point(to id: String) throws(IntegrityFailure) {
        let link = path + "/.current-\(getpid())"
        unlink(link)
        guard symlink("releases/\(id)/tree", link) == 0, rename(link, path + "/current") == 0 else {
            throw Self.cannot("switch", path + "/current")
        }
        Self.flush(path)
    }

    /// Activates the newest other release that is as signed.
    ///
    /// - Returns: the release, and why newer ones were passed over.
    package func rollback(
        _ requirements: [SignerRequirement]
    ) async throws(IntegrityFailure) -> (id: String, passedOver: [String]) {
        let lock = try StoreLock(path)
        defer { lock.release() }
        let active = activeID
        var passedOver: [String] = []
        for entry in try entries() where entry.id != active {
            do throws(IntegrityFailure) {
                let report = try await verify(entry.id, requirements)
                guard !report.comparison.isMatch else {
                    try point(to: entry.id)
                    return (entry.id, passedOver)
                }
                passedOver.append("\(entry.id.prefix(12)): differences: \(report.comparison.differences.count)")
            } catch {
                passedOver.append("\(entry.id.prefix(12)): \(error.message)")
            }
        }
        throw IntegrityFailure(
            .contentMismatch,
            "no other release is as signed, so nothing was changed\(passedOver.isEmpty ? "" : ": " + passedOver.joined(separator: "; "))"
        )
    }

    private static func flush(_ folder: String) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}

/// Only one process changes a store at a time; the kernel gives the lock back when a process dies.
private struct StoreLock {
    private let descriptor: Int32

    init(_ path: String) throws(IntegrityFailure) {
        descriptor = open(path + "/.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0, flock(descriptor, LOCK_EX) == 0 else {
            throw IntegrityFailure(
                .cannotRead,
                "the store '\(PrintableText.quoting(path, limit: 300))' cannot be locked: \(String(cString: strerror(errno)))"
            )
        }
    }

    func release() { close(descriptor) }
}

/// Removes folders without following links, also when somebody exchanges them meanwhile.
enum FolderRemoval {
    /// Removes everything in a folder.
    static func empty(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if descriptor >= 0 { empty(descriptor, depth: 0) }
    }

    /// Takes over the descriptor.
    private static func empty(_ descriptor: Int32, depth: Int) {
        guard depth < 512, let stream = fdopendir(descriptor) else {
            close(descriptor)
            return
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            let child = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            if child >= 0 {
                empty(child, depth: depth + 1)
                unlinkat(descriptor, name, Int32(AT_REMOVEDIR))
            } else {
                unlinkat(descriptor, name, 0)
            }
        }
    }
}
