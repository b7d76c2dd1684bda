internal import CordonCore
internal import Glibc

/// What is known of every path of a watched tree: the pure part of a watch. Paths go in, events come out.
struct TreeState {
    struct Known {
        var identity: FileIdentity
        var difference: Difference?
        /// Whether somebody can write to it without its times changing.
        var isShared = false
    }

    let tree: Tree
    private let expected: [[UInt8]: [ModelManifest.Resource]]
    let rules: TreeRules
    private let plan: HashPlan
    private let coversEmptyFiles: Bool
    private let hasher: TreeHasher
    var known: [[UInt8]: Known] = [:]
    /// Sizes of files when they were found as signed: another size needs no reading.
    private var sizes: [[UInt8]: Int] = [:]

    init(tree: Tree, manifest: ModelManifest, signature: [UInt8]?, jobs: Int) {
        self.tree = tree
        var expected: [[UInt8]: [ModelManifest.Resource]] = [:]
        for resource in manifest.resources {
            expected[resource.name == "." ? tree.single ?? [0x2E] : Array(resource.name.utf8), default: []]
                .append(resource)
        }
        self.expected = expected
        var ignored = Set(manifest.serialization.ignoredPaths.map { Array($0.utf8) })
        if let signature, expected[signature] == nil { ignored.insert(signature) }
        rules = TreeRules(ignored: ignored, followsLinks: manifest.serialization.followsLinks)
        plan = HashPlan(
            algorithm: manifest.serialization.algorithm, shardByteCount: manifest.serialization.shardByteCount,
            jobs: jobs)
        coversEmptyFiles = manifest.serialization.coversEmptyFiles
        hasher = TreeHasher(tree: tree, plan: plan, asksForWriters: true)
    }

    /// Everything that is not as signed at the moment.
    var differences: [Difference] {
        known.values.compactMap(\.difference).sorted { $0.path < $1.path }
    }

    /// Number of signed files.
    var fileCount: Int { expected.count }

    /// Whether a path is left out.
    func isIgnored(_ path: [UInt8]) -> Bool { rules.isIgnored(path) }

    /// What the kernel says of a path that was found as signed.
    func verifiedIdentity(_ path: [UInt8]) -> FileIdentity? {
        guard let known = known[path], known.difference == nil, !known.isShared else { return nil }
        return known.identity
    }

    /// The same for every path.
    var verifiedIdentities: [[UInt8]: FileIdentity] {
        known.compactMapValues { $0.difference == nil && !$0.isShared ? $0.identity : nil }
    }

    /// The digests of files that were signed as a whole.
    var signedDigests: [[UInt8]: [UInt8]] {
        expected.compactMapValues { $0.count == 1 && $0[0].range == nil ? $0[0].digest : nil }
    }

    /// The hash function of all digests.
    var algorithm: HashAlgorithm { plan.algorithm }

    // MARK: Looking

    /// Looks at one path.
    ///
    /// - Returns: what changed since it was last looked at.
    mutating func check(_ path: [UInt8]) -> WatchEvent? {
        if rules.isIgnored(path) || (tree.single != nil && path != tree.single) { return nil }
        guard let status = FileStatus(folder: tree.descriptor, path, follow: false) else {
            return settle(
                path, .init(), expected[path] == nil ? nil : difference(.missing, path, "signed, but not there"))
        }
        switch status.kind {
        case .folder:
            guard expected[path] != nil else { return nil }
            return settle(path, status.identity, difference(.folder, path, "a folder stands where a file was signed"))
        case .regular: return check(TreeEntry(path: path, kind: .regular, identity: status.identity))
        case .link where rules.followsLinks:
            guard let target = FileStatus(folder: tree.descriptor, path, follow: true) else { fallthrough }
            return check(TreeEntry(path: path, kind: .link, identity: target.identity))
        case .link: return settle(path, status.identity, difference(.link, path, "a symbolic link"))
        case .fifo: return settle(path, status.identity, difference(.special, path, "a FIFO"))
        case .socket: return settle(path, status.identity, difference(.special, path, "a socket"))
        case .device: return settle(path, status.identity, difference(.special, path, "a device"))
        }
    }

    private mutating func check(_ entry: TreeEntry) -> WatchEvent? {
        guard let resources = expected[entry.path] else {
            if entry.identity.byteCount == 0, !coversEmptyFiles { return settle(entry.path, .init(), nil) }
            return settle(
                entry.path, entry.identity,
                difference(.added, entry.path, "not in the signature (\(entry.identity.byteCount) bytes)"))
        }
        guard hasSignedLength(entry) else {
            return settle(
                entry.path, entry.identity, difference(.changed, entry.path, "its length is not that which was signed"))
        }
        return settle(entry, hasher.digestsNow(of: entry), resources)
    }

    private mutating func settle(
        _ entry: TreeEntry, _ digests: FileDigests, _ resources: [ModelManifest.Resource]
    ) -> WatchEvent? {
        switch digests {
        case .unreadable(let reason):
            return settle(entry.path, .init(), difference(.unreadable, entry.path, reason))
        case .digests(let values, let writers):
            let fits = plan.shardByteCount == nil || resources.last?.range?.upperBound == entry.identity.byteCount
            let isSame = fits && values == resources.map(\.digest)
            if isSame { sizes[entry.path] = entry.identity.byteCount }
            return settle(
                entry.path, entry.identity,
                isSame ? nil : difference(.changed, entry.path, "content differs from what was signed"),
                isShared: writers == .some)
        }
    }

    /// Whether the length can be the signed one. A file of another length is not read, however long it is.
    private func hasSignedLength(_ entry: TreeEntry) -> Bool {
        let byteCount = entry.identity.byteCount
        return expected[entry.path]?.count == plan.rangeCount(byteCount: byteCount)
            && sizes[entry.path].map { $0 == byteCount } ?? true
    }

    private func difference(_ kind: Difference.Kind, _ path: [UInt8], _ detail: String) -> Difference {
        Difference(kind: kind, path: AssetPath(bytes: path), detail: detail)
    }

    /// Remembers a verdict; says what is new about it.
    private mutating func settle(
        _ path: [UInt8], _ identity: FileIdentity, _ difference: Difference?, isShared: Bool = false
    ) -> WatchEvent? {
        let before = known[path]?.difference
        if difference == nil, identity == FileIdentity() {
            known[path] = nil
        } else {
            known[path] = Known(identity: identity, difference: difference, isShared: isShared)
        }
        if let difference { return difference == before ? nil : WatchEvent(difference) }
        let detail = expected[path] == nil ? "not there any more" : "as signed again"
        return before == nil ? nil : WatchEvent(.restored, path: AssetPath(bytes: path), detail: detail)
    }

    /// Looks at everything below a folder: what is there, and what should be.
    mutating func check(below folder: [UInt8]) throws(IntegrityFailure) -> [WatchEvent] {
        let prefix = folder.isEmpty ? [] : folder + [UInt8(ascii: "/")]
        var paths = Set(known.keys.filter { $0.starts(with: prefix) })
        paths.formUnion(expected.keys.filter { $0.starts(with: prefix) })
        for entry in try tree.entries(rules) where entry.path.starts(with: prefix) { paths.insert(entry.path) }
        return paths.sorted { $0.lexicographicallyPrecedes($1) }.compactMap { check($0) }
    }

    // MARK: Sweeps

    /// Looks at everything. Files whose times did not change are read only when asked for.
    ///
    /// - Parameters:
    ///   - reading: which unchanged files are read all the same: their share, from 0 to 1.
    ///   - cache: where digests of unchanged files may come from.
    mutating func sweep(reading share: Double, comparer: TreeComparer? = nil) async throws(IntegrityFailure)
        -> [WatchEvent]
    {
        var events: [WatchEvent] = []
        var met: Set<[UInt8]> = []
        var toRead: [TreeEntry] = []
        for entry in try tree.entries(rules) {
            met.insert(entry.path)
            switch entry.kind {
            case .regular, .link:
                guard hasSignedLength(entry) else {
                    if let event = check(entry) { events.append(event) }
                    continue
                }
                let isKnown = known[entry.path].map { $0.identity == entry.identity && !$0.isShared } ?? false
                if !isKnown || Double.random(in: 0..<1) < share { toRead.append(entry) }
            case .refusedLink(let reason):
                if let event = settle(entry.path, .init(), difference(.link, entry.path, reason)) {
                    events.append(event)
                }
            case .special(let what):
                if let event = settle(entry.path, .init(), difference(.special, entry.path, what)) {
                    events.append(event)
                }
            case .unreadable(let reason):
                if let event = settle(entry.path, .init(), difference(.unreadable, entry.path, reason)) {
                    events.append(event)
                }
            }
        }
        let digests: [FileDigests] =
            if let comparer { await comparer.hash(toRead, tree, plan).digests } else {
                await hasher.digests(of: toRead)
            }
        for (entry, digests) in zip(toRead, digests) {
            // A file that changed meanwhile is looked at again rather than reported as unreadable.
            let event =
                if case .unreadable = digests { check(entry.path) } else {
                    settle(entry, digests, expected[entry.path] ?? [])
                }
            if let event { events.append(event) }
        }
        for path in expected.keys where !met.contains(path) { if let event = check(path) { events.append(event) } }
        for path in known.keys where !met.contains(path) && expected[path] == nil {
            if let event = check(path) { events.append(event) }
        }
        return events.sorted { ($0.path ?? AssetPath("")) < ($1.path ?? AssetPath("")) }
    }
}
