internal import CordonCore
internal import CordonFormats
internal import Crypto
internal import Glibc

/// Digests of files that have not changed since they were last read, so that only what changed is read again.
///
/// Keyed on device, inode, size, change and modification time; authenticated with HMAC-SHA-256 (RFC 2104) under a key
/// that only this user can read. A file that was changed within two seconds of being read is not remembered: a second
/// change could have left the same times.
/// - Note: Does not notice a write below the file system by a privileged process, nor one under a clock set back.
package struct DigestCache: Sendable {
    private struct Key: Hashable {
        let identity: FileIdentity
        let shard: Int
    }

    private let path: String
    private let authenticationKey: SymmetricKey
    private let context: [UInt8]
    private let digestByteCount: Int
    private let shardByteCount: Int
    private var known: [Key: [UInt8]] = [:]
    private var used: [Key: [UInt8]] = [:]
    private var isChanged = false

    private static let magic = Array("cordon digests 1\n".utf8)
    private static let tagByteCount = 32
    private static let byteLimit = 1 << 30
    /// Nanoseconds between a file's last change and the moment from which its times can be relied on.
    private static let settling: Int64 = 2_000_000_000

    /// Opens the cache of a tree; `nil` when there is nowhere to keep one.
    ///
    /// - Parameters:
    ///   - purpose: what is remembered; caches for different things do not meet.
    ///   - valueByteCount: bytes remembered for every file or shard; `nil` for the plan's digests.
    package init?(
        tree: Tree, plan: HashPlan, folder: String? = nil, purpose: String = "files", valueByteCount: Int? = nil
    ) {
        guard let folder = folder ?? Self.folder(), let secret = Self.secret(folder) else { return nil }
        authenticationKey = secret
        context = Array(
            "\(purpose) \(tree.device) \(tree.inode) \(plan.algorithm.rawValue) \(plan.shardByteCount ?? 0)".utf8)
        digestByteCount = valueByteCount ?? plan.algorithm.byteCount
        shardByteCount = plan.shardByteCount ?? 0
        let name = Hexadecimal.encode(SHA256.hash(data: context).prefix(16))
        path = folder + "/" + name
        load()
    }

    /// The digests of a file that has not changed.
    package mutating func digests(of entry: TreeEntry, _ plan: HashPlan) -> [[UInt8]]? {
        guard entry.kind == .regular else { return nil }
        var result: [[UInt8]] = []
        for number in plan.ranges(byteCount: entry.identity.byteCount).indices {
            let key = Key(identity: entry.identity, shard: number)
            guard let digest = known[key] else { return nil }
            used[key] = digest
            result.append(digest)
        }
        return result
    }

    /// Remembers what was just read.
    package mutating func remember(_ digests: [[UInt8]], of entry: TreeEntry, readAt: Int64) {
        guard entry.kind == .regular, entry.identity.changed < readAt - Self.settling else { return }
        for (number, digest) in digests.enumerated() where digest.count == digestByteCount {
            used[Key(identity: entry.identity, shard: number)] = digest
        }
        isChanged = true
    }

    /// Now, as the kernel stamps files, nanoseconds since 1970.
    package static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// Writes what was used, in one step; a failure only costs time at the next run.
    package func save() {
        guard isChanged || used.count != known.count else { return }
        var body = Self.magic
        body.reserveCapacity(used.count * (48 + digestByteCount) + 64)
        for (key, digest) in used {
            for number in [
                key.identity.device, key.identity.inode, UInt64(bitPattern: Int64(key.identity.byteCount)),
                UInt64(bitPattern: key.identity.changed), UInt64(bitPattern: key.identity.modified),
                UInt64(key.shard),
            ] {
                withUnsafeBytes(of: number.littleEndian) { body += $0 }
            }
            body += digest
        }
        AtomicFile.write(body + tag(body), to: path, mode: 0o600)
    }

    private func tag(_ body: some Collection<UInt8>) -> [UInt8] {
        var authentication = HMAC<SHA256>(key: authenticationKey)
        authentication.update(data: context)
        authentication.update(data: Array(body))
        return Array(authentication.finalize())
    }

    /// Anything that is not exactly what was written is left aside.
    private mutating func load() {
        guard let bytes = SmallFile.read(path, limit: Self.byteLimit),
            bytes.count >= Self.magic.count + Self.tagByteCount, bytes.starts(with: Self.magic)
        else { return }
        let body = Array(bytes.dropLast(Self.tagByteCount))
        var authentication = HMAC<SHA256>(key: authenticationKey)
        authentication.update(data: context)
        authentication.update(data: body)
        guard authentication.finalize() == Array(bytes.suffix(Self.tagByteCount)) else { return }
        let width = 48 + digestByteCount
        guard (body.count - Self.magic.count).isMultiple(of: width) else { return }
        known.reserveCapacity((body.count - Self.magic.count) / width)
        body.withUnsafeBytes { raw in
            let span = raw.bytes
            for offset in stride(from: Self.magic.count, to: body.count, by: width) {
                guard let entry = Self.entry(span, offset),
                    let digest = span.copy(at: offset + 48, count: digestByteCount)
                else { return }
                known[entry] = digest
            }
        }
    }

    private static func entry(_ span: RawSpan, _ offset: Int) -> Key? {
        guard let device = span.littleEndian(at: offset, as: UInt64.self),
            let inode = span.littleEndian(at: offset + 8, as: UInt64.self),
            let byteCount = span.littleEndian(at: offset + 16, as: Int64.self),
            let changed = span.littleEndian(at: offset + 24, as: Int64.self),
            let modified = span.littleEndian(at: offset + 32, as: Int64.self),
            let shard = span.littleEndian(at: offset + 40, as: Int64.self)
        else { return nil }
        let identity = FileIdentity(
            device: device, inode: inode, byteCount: Int(byteCount), changed: changed, modified: modified)
        return Key(identity: identity, shard: Int(shard))
    }

    // MARK: Where it is kept

    /// `$XDG_CACHE_HOME/cordon`, made when it is missing and refused when others can write to it.
    private static func folder() -> String? {
        let base: String
        if let named = getenv("XDG_CACHE_HOME"), named.pointee != 0 {
            base = String(cString: named)
        } else if let home = getenv("HOME"), home.pointee != 0 {
            base = String(cString: home) + "/.cache"
        } else {
            return nil
        }
        mkdir(base, 0o700)
        return base + "/cordon"
    }

    private static func secret(_ folder: String) -> SymmetricKey? {
        mkdir(folder, 0o700)
        guard let status = FileStatus(path: folder, follow: true), status.owner == geteuid(),
            status.permissions & 0o022 == 0
        else { return nil }
        let path = folder + "/key"
        if FileStatus(path: path, follow: false) == nil {
            let made = SymmetricKey(size: .bits256)
            AtomicFile.write(made.withUnsafeBytes { Array($0) }, to: path, mode: 0o600)
        }
        guard let status = FileStatus(path: path, follow: false), status.kind == .regular, status.owner == geteuid(),
            status.permissions & 0o077 == 0, let bytes = SmallFile.read(path, limit: 64), bytes.count == 32
        else { return nil }
        return SymmetricKey(data: bytes)
    }
}
