internal import CordonCore
internal import CordonFormats

extension ModelSigner {
    /// Adds the elements of every file that has some, and writes the index beside the signature.
    ///
    /// Files that have not changed since they were last read keep the hashes of the index that is there.
    package func addElements(
        to summary: Summary, tree: Tree, beside signature: String
    ) async throws(IntegrityFailure) -> Summary {
        var known = KnownElements(tree, comparer, index: ElementIndex.path(beside: signature))
        var resources: [ModelManifest.Resource] = []
        var index: [(path: String, hashes: [[UInt8]])] = []
        for resource in summary.manifest.resources {
            let path = resource.name == "." ? tree.single ?? [] : Array(resource.name.utf8)
            let found = known.find(path, resource.name, follow: followsLinks)
            if let found { index.append((resource.name, found.hashes)) }
            resources.append(
                .init(name: resource.name, range: nil, digest: resource.digest, elements: found?.summary))
        }
        guard AtomicFile.write(ElementIndex.encode(index), to: ElementIndex.path(beside: signature)) else {
            throw IntegrityFailure(
                .cannotRead,
                "the index of elements cannot be written beside '\(PrintableText.quoting(signature, limit: 200))'")
        }
        known.save()
        let manifest = ModelManifest(
            name: summary.manifest.name, resources: resources, serialization: summary.manifest.serialization)
        return Summary(manifest: manifest, byteCount: summary.byteCount, unreadCount: summary.unreadCount)
    }
}

/// Elements of files, from the index that is there where the cache vouches for it, otherwise read.
private struct KnownElements {
    private static let plan = HashPlan()
    /// Root hash, number of elements, kind.
    private static let valueByteCount = 41

    private let tree: Tree
    private let index: ByteView?
    private var cache: DigestCache?

    init(_ tree: Tree, _ comparer: TreeComparer, index path: String) {
        self.tree = tree
        index = SmallFile.read(path, limit: 4 << 30).map { ByteView(copying: $0) }
        cache =
            comparer.usesCache
            ? DigestCache(
                tree: tree, plan: Self.plan, folder: comparer.cacheFolder, purpose: "elements",
                valueByteCount: Self.valueByteCount) : nil
    }

    mutating func find(_ path: [UInt8], _ name: String, follow: Bool) -> (summary: ElementSummary, hashes: [[UInt8]])? {
        guard let status = FileStatus(folder: tree.descriptor, path, follow: follow) else { return nil }
        let entry = TreeEntry(path: path, kind: .regular, identity: status.identity)
        if let value = cache?.digests(of: entry, Self.plan)?.first {
            guard let summary = Self.decode(value) else { return nil }
            if let index, let hashes = ElementIndex.leaves(index, name, summary) { return (summary, hashes) }
        }
        let started = DigestCache.now
        let followed = TreeEntry(path: path, kind: follow ? .link : .regular, identity: status.identity)
        guard let reader = ElementReader.read(tree, followed) else {
            cache?.remember([[UInt8](repeating: 0, count: Self.valueByteCount)], of: entry, readAt: started)
            return nil
        }
        let hashes = reader.elements.map(\.leaf)
        let summary = ElementSummary(kind: reader.kind, count: hashes.count, rootHash: MerkleTree.root(hashes))
        cache?.remember([Self.encode(summary)], of: entry, readAt: started)
        return (summary, hashes)
    }

    func save() { cache?.save() }

    /// A kind of 0 stands for a file without elements.
    private static func encode(_ summary: ElementSummary) -> [UInt8] {
        let kind = ElementSummary.Kind.allCases.firstIndex(of: summary.kind).map { UInt8($0 + 1) } ?? 0
        return summary.rootHash + withUnsafeBytes(of: UInt64(summary.count).littleEndian) { Array($0) } + [kind]
    }

    private static func decode(_ value: [UInt8]) -> ElementSummary? {
        guard value.count == valueByteCount, let kind = value.last,
            (1...ElementSummary.Kind.allCases.count).contains(Int(kind))
        else { return nil }
        let count = value[32..<40].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        return ElementSummary(
            kind: ElementSummary.Kind.allCases[Int(kind) - 1], count: Int(truncatingIfNeeded: count),
            rootHash: Array(value.prefix(32)))
    }
}
