internal import CordonCore
internal import Synchronization

/// Compares a tree with a manifest.
package struct TreeComparer: Sendable {
    /// Files or shards worked on at the same time.
    package var jobs = HashPlan.processors
    /// Whether digests of files that did not change may be taken from the cache.
    package var usesCache = true
    /// Folder of the cache; `nil` is the user's own.
    package var cacheFolder: String?
    /// Told the number of bytes read so far and the number to read.
    package var progress: @Sendable (Int, Int) -> Void = { _, _ in }

    /// Makes a comparer.
    package init() {}

    /// Compares every byte, name and link.
    ///
    /// - Parameter signature: path of the signature file relative to the tree, when it lies inside and was not signed.
    /// - Complexity: O(bytes); O(entries) when nothing changed since the last time and the cache is used.
    package func compare(
        _ tree: Tree, with manifest: ModelManifest, signature: [UInt8]? = nil
    ) async throws(IntegrityFailure) -> TreeComparison {
        let serialization = manifest.serialization
        var rules = TreeRules(
            ignored: Set(serialization.ignoredPaths.map { Array($0.utf8) }), followsLinks: serialization.followsLinks)
        let expected = Self.expected(manifest, tree)
        if let signature, expected[signature] == nil { rules.ignored.insert(signature) }
        let entries = try tree.entries(rules)
        let plan = HashPlan(
            algorithm: serialization.algorithm, shardByteCount: serialization.shardByteCount, jobs: jobs)
        var comparison = Comparison(expected: expected, serialization: serialization)
        let readable = entries.filter { comparison.sort($0) }
        let (digests, unread) = await hash(readable, tree, plan)
        comparison.result.unreadCount = unread
        comparison.result.leftOut = serialization.ignoredPaths.prefix(1000).filter {
            FileStatus(folder: tree.descriptor, Array($0.utf8), follow: false) != nil && Array($0.utf8) != signature
        }
        for (number, (entry, digests)) in zip(readable, digests).enumerated() {
            comparison.compare(number, entry, digests)
        }
        comparison.compareNames(tree, manifest)
        await comparison.explain(tree, plan)
        return comparison.finished()
    }

    /// Resources by path, in order of their ranges.
    private static func expected(_ manifest: ModelManifest, _ tree: Tree) -> [[UInt8]: [ModelManifest.Resource]] {
        var expected: [[UInt8]: [ModelManifest.Resource]] = [:]
        expected.reserveCapacity(manifest.resources.count)
        for resource in manifest.resources {
            let path = resource.name == "." ? tree.single ?? [UInt8(ascii: ".")] : Array(resource.name.utf8)
            expected[path, default: []].append(resource)
        }
        return expected
    }

    /// Digests, from the cache where it has them.
    func hash(_ entries: [TreeEntry], _ tree: Tree, _ plan: HashPlan) async -> (digests: [FileDigests], unread: Int) {
        var cache = usesCache ? DigestCache(tree: tree, plan: plan, folder: cacheFolder) : nil
        var result = [FileDigests](repeating: .digests([]), count: entries.count)
        var open: [Int] = []
        for (index, entry) in entries.enumerated() {
            if let known = cache?.digests(of: entry, plan) {
                result[index] = .digests(known)
            } else {
                open.append(index)
            }
        }
        let started = DigestCache.now
        let (progress, total) = (progress, open.reduce(0) { $0 + entries[$1].identity.byteCount })
        let fresh = await TreeHasher(tree: tree, plan: plan, asksForWriters: cache != nil).digests(
            of: open.map { entries[$0] }
        ) {
            progress($0, total)
        }
        for (index, digests) in zip(open, fresh) {
            result[index] = digests
            // Without knowing that nobody else writes, unchanged times would prove nothing.
            if case .digests(let values, .none) = digests {
                cache?.remember(values, of: entries[index], readAt: started)
            }
        }
        cache?.save()
        return (result, entries.count - open.count)
    }
}

/// A comparison in the making.
private struct Comparison {
    private let expected: [[UInt8]: [ModelManifest.Resource]]
    private let serialization: ModelManifest.Serialization
    var result = TreeComparison()
    /// Signed paths that were met, in whatever state; each once at most.
    private var met: [[UInt8]] = []
    /// What was signed of the entries that are read, in their order.
    private var read: [[ModelManifest.Resource]] = []
    private var added: [TreeEntry] = []
    private var changed: [(path: [UInt8], digests: [[UInt8]])] = []

    init(expected: [[UInt8]: [ModelManifest.Resource]], serialization: ModelManifest.Serialization) {
        self.expected = expected
        self.serialization = serialization
    }

    /// Reports what is wrong by its kind alone; says whether the entry is to be read.
    mutating func sort(_ entry: TreeEntry) -> Bool {
        let signed = expected[entry.path]
        let isSigned = signed != nil
        if isSigned { met.append(entry.path) }
        switch entry.kind {
        case .regular, .link:
            if !isSigned {
                if entry.identity.byteCount == 0, !serialization.coversEmptyFiles { return false }
                added.append(entry)
            }
            guard let resources = signed else { return false }
            // A length that is far from the signed one is told without reading, however long the file is now.
            guard isNearlyAsLong(resources, entry) else {
                report(
                    .changed, entry.path, "its length, \(entry.identity.byteCount) bytes, is not that which was signed")
                return false
            }
            read.append(resources)
            return true
        case .refusedLink(let reason):
            report(.link, entry.path, "\(reason) \(isSigned ? "where a file was signed" : "was put there")")
        case .special(let what):
            report(.special, entry.path, "\(what) \(isSigned ? "where a file was signed" : "was put there")")
        case .unreadable(let reason): report(.unreadable, entry.path, reason)
        }
        return false
    }

    /// - Parameter number: how many entries were said to be read before this one.
    mutating func compare(_ number: Int, _ entry: TreeEntry, _ digests: FileDigests) {
        let resources = read[number]
        switch digests {
        case .unreadable(let reason): report(.unreadable, entry.path, reason)
        case .digests(let values, _):
            let isSame =
                values.count == resources.count && zip(values, resources).allSatisfy { $0 == $1.digest }
            if isSame, rangesFit(resources, entry) {
                result.matchedCount += 1
                result.byteCount += entry.identity.byteCount
            } else {
                changed.append((entry.path, values))
            }
        }
    }

    private func isNearlyAsLong(_ resources: [ModelManifest.Resource], _ entry: TreeEntry) -> Bool {
        let plan = HashPlan(shardByteCount: serialization.shardByteCount, jobs: 1)
        return plan.rangeCount(byteCount: entry.identity.byteCount) <= resources.count + 1000
    }

    private func rangesFit(_ resources: [ModelManifest.Resource], _ entry: TreeEntry) -> Bool {
        guard serialization.shardByteCount != nil else { return true }
        return resources.last?.range?.upperBound == entry.identity.byteCount
    }

    /// A model of one file is known by the name in the signature's subject.
    mutating func compareNames(_ tree: Tree, _ manifest: ModelManifest) {
        guard let single = tree.single, expected[single] != nil, !manifest.name.isEmpty,
            manifest.resources.contains(where: { $0.name == "." }), Array(manifest.name.utf8) != tree.singleName
        else { return }
        report(.moved, single, "signed under the name '\(PrintableText.quoting(manifest.name, limit: 200))'")
    }

    /// Finds out where added and changed content comes from, so that the report says what happened.
    mutating func explain(_ tree: Tree, _ plan: HashPlan) async {
        let seen = met.count == expected.count ? [] : Set(met)
        var missing =
            met.count == expected.count
            ? [] : expected.keys.filter { !seen.contains($0) }.sorted { $0.lexicographicallyPrecedes($1) }
        if missing.isEmpty, added.isEmpty, changed.isEmpty { return }
        var origin: [[[UInt8]]: [UInt8]] = [:]
        for (path, resources) in expected where !changed.isEmpty { origin[resources.map(\.digest)] = path }
        for (path, digests) in changed { reportChange(path, digests, origin[digests]) }
        let isExplained = await explainAdded(tree, plan, &missing)
        for entry in added where !isExplained.contains(entry.path) {
            report(.added, entry.path, "not in the signature (\(entry.identity.byteCount) bytes)")
        }
        let hidden = result.differences.filter { $0.kind == .unreadable }.map { $0.path.bytes + [UInt8(ascii: "/")] }
        for path in missing { reportMissing(path, tree, hidden) }
    }

    /// Most bytes of added files that are read to find out where they come from.
    private static let explainedByteCount = 1 << 30

    /// Finds signed files among those that were added: under another name, or another case of it.
    private mutating func explainAdded(_ tree: Tree, _ plan: HashPlan, _ missing: inout [[UInt8]]) async -> Set<[UInt8]>
    {
        guard !missing.isEmpty else { return [] }
        var budget = Self.explainedByteCount
        let candidates = added.prefix(1000).filter { entry in
            budget -= min(budget, entry.identity.byteCount)
            return budget > 0
        }
        let contents = await TreeHasher(tree: tree, plan: plan).digests(of: candidates)
        var byCase: [String: [UInt8]] = [:]
        var byContent: [[[UInt8]]: [UInt8]] = [:]
        for path in missing.reversed() {
            byCase[Self.lowercased(path)] = path
            byContent[(expected[path] ?? []).map(\.digest)] = path
        }
        var gone: Set<[UInt8]> = []
        var isExplained: Set<[UInt8]> = []
        for (entry, digests) in zip(candidates, contents) {
            let sameCase = byCase[Self.lowercased(entry.path)]
            guard let from = sameCase ?? digests.values.flatMap({ byContent[$0] }), gone.insert(from).inserted else {
                continue
            }
            let isSame = digests.values == (expected[from] ?? []).map(\.digest)
            report(
                sameCase == nil ? .moved : .caseRenamed, entry.path,
                "signed as '\(AssetPath(bytes: from).display)'\(isSame ? "" : ", and its content is another one")")
            isExplained.insert(entry.path)
        }
        missing.removeAll { gone.contains($0) }
        return isExplained
    }

    private mutating func reportMissing(_ path: [UInt8], _ tree: Tree, _ hidden: [[UInt8]]) {
        if FileStatus(folder: tree.descriptor, path, follow: false)?.kind == .folder {
            return report(.folder, path, "a folder stands where a file was signed")
        }
        // What lies in a folder that could not be listed is not known to be missing.
        let isHidden = hidden.contains { path.starts(with: $0) }
        report(
            isHidden ? .unreadable : .missing, path, isHidden ? "its folder cannot be listed" : "signed, but not there")
    }

    private mutating func reportChange(_ path: [UInt8], _ digests: [[UInt8]], _ origin: [UInt8]?) {
        let resources = expected[path] ?? []
        if let origin, origin != path {
            return report(.swapped, path, "holds the content that was signed as '\(AssetPath(bytes: origin).display)'")
        }
        let name = serialization.algorithm.rawValue
        guard serialization.shardByteCount != nil else {
            let (old, new) = (resources.first?.digest ?? [], digests.first ?? [])
            return report(
                .changed, path,
                "content differs: signed \(name):\(Hexadecimal.encode(old.prefix(8)))…, found \(name):\(Hexadecimal.encode(new.prefix(8)))…"
            )
        }
        let places = zip(resources, digests).filter { $0.digest != $1 }.compactMap(\.0.range)
        let size = digests.count == resources.count ? "" : ", and its length is another one"
        let shown = places.prefix(5).map { "\($0.lowerBound)..<\($0.upperBound)" }.joined(separator: ", ")
        report(.changed, path, "content differs in bytes \(shown.isEmpty ? "after its end" : shown)\(size)")
    }

    private mutating func report(_ kind: Difference.Kind, _ path: [UInt8], _ detail: String) {
        let shown = path.isEmpty ? [UInt8(ascii: ".")] : path
        result.differences.append(Difference(kind: kind, path: AssetPath(bytes: shown), detail: detail))
    }

    func finished() -> TreeComparison {
        var result = result
        result.differences.sort { ($0.path, $0.kind.rawValue) < ($1.path, $1.kind.rawValue) }
        return result
    }

    private static func lowercased(_ path: [UInt8]) -> String { String(decoding: path, as: UTF8.self).lowercased() }
}
