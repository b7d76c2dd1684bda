internal import CordonCore
internal import CordonFormats
internal import Crypto
internal import Glibc

/// Compares a working tree with a commit, file by file and byte by byte, without git's own idea of what is the same: that
/// depends on attributes, ignore rules and filters, which whoever changed the tree can change too.
///
/// - Note: Content that git converts on checkout (line ends, keywords, filters other than Git LFS) is reported as different.
struct WorkingTree {
    private typealias Entry = (mode: String, object: String, path: [UInt8])

    private let repository: GitRepository
    private let allowsIgnored: Bool

    init(_ repository: GitRepository, allowsIgnored: Bool) {
        self.repository = repository
        self.allowsIgnored = allowsIgnored
    }

    func check() throws(IntegrityFailure) -> [SourceCheck] {
        let tree = try Tree(repository.top)
        let committed = try repository.entries()
        var details: [String] = []
        var submodules: [String] = []
        var rules = TreeRules(ignored: [Array(".git".utf8)])
        for entry in committed {
            let shown = AssetPath(bytes: entry.path).display
            if entry.mode == "160000" {
                submodules.append("\(shown): a submodule, which is not looked into")
                rules.ignored.insert(entry.path)
            } else if let problem = try compare(entry, tree) {
                details.append("\(shown): \(problem)")
            }
        }
        let known = Set(committed.map(\.path))
        let extra = try tree.entries(rules).map(\.path).filter { !known.contains($0) }
        let left = try ignored(extra, committed)
        details += extra.filter { !left.contains($0) }.map { "\(AssetPath(bytes: $0).display): not in the commit" }
        return [summary(details), summary(ignored: left, submodules: submodules)].compactMap(\.self)
    }

    private func summary(_ details: [String]) -> SourceCheck {
        let commit = repository.commit.prefix(12)
        let place = PrintableText.quoting(repository.top, limit: 200)
        return details.isEmpty
            ? SourceCheck("tree", .passed, "every file of commit \(commit) is in '\(place)' as committed")
            : SourceCheck(
                "tree", .failed, "\(details.count) files in '\(place)' are not as in commit \(commit)", details: details
            )
    }

    /// What was not looked at; `nil` when there is nothing to say.
    private func summary(ignored: Set<[UInt8]>, submodules: [String]) -> SourceCheck? {
        var details = submodules
        if !ignored.isEmpty, !allowsIgnored {
            let first = ignored.sorted { $0.lexicographicallyPrecedes($1) }.prefix(3)
            let shown = first.map { AssetPath(bytes: $0).display }.joined(separator: ", ")
            details.append(
                "\(ignored.count) files that .gitignore leaves out, such as \(shown); --allow-ignored accepts them")
        }
        guard !details.isEmpty else { return nil }
        return SourceCheck("rest", .notEvaluated, "there is more than the commit holds", details: details)
    }

    private func ignored(_ extra: [[UInt8]], _ committed: [Entry]) throws(IntegrityFailure) -> Set<[UInt8]> {
        guard !extra.isEmpty else { return [] }
        let name = Array(".gitignore".utf8)
        let rules = committed.filter { $0.mode.hasPrefix("100") && AssetPath(bytes: $0.path).name.bytes == name }
        return try repository.ignored(
            extra, rules: rules.map { (String(decoding: $0.path, as: UTF8.self), $0.object) })
    }

    /// What is wrong with one committed file; `nil` when it is there as committed.
    private func compare(_ entry: Entry, _ tree: Tree) throws(IntegrityFailure) -> String? {
        guard let status = FileStatus(folder: tree.descriptor, entry.path, follow: false) else {
            return "in the commit, not in the tree"
        }
        if entry.mode == "120000" {
            guard status.kind == .link else { return "a link in the commit, something else in the tree" }
            let target = linkTarget(entry.path, tree)
            let found = target.withUnsafeBytes { Self.blob($0, entry.object.utf8.count) }
            return found == entry.object ? nil : "leads elsewhere than in the commit"
        }
        guard status.kind == .regular else { return "a file in the commit, something else in the tree" }
        let isExecutable = status.permissions & 0o100 != 0
        if isExecutable != (entry.mode == "100755") {
            return isExecutable ? "executable, and not so in the commit" : "not executable, and so in the commit"
        }
        let file = tree.open(entry.path, follow: false)
        guard file >= 0 else { return "cannot be read: \(String(cString: strerror(errno)))" }
        defer { close(file) }
        guard let opened = FileStatus(descriptor: file), opened.kind == .regular,
            let storage = try? ByteStorage.file(descriptor: file, byteCount: opened.identity.byteCount)
        else { return "cannot be read" }
        var found = ""
        let hasShrunk = storage.guarded {
            found = ByteView(storage).withSpan { span in
                span.withUnsafeBytes { Self.blob($0, entry.object.utf8.count) }
            }
        }
        if hasShrunk { return "changed while it was read" }
        if found == entry.object { return nil }
        return try isLargeFile(entry.object, ByteView(storage)) ? nil : "differs from the commit"
    }

    private func linkTarget(_ path: [UInt8], _ tree: Tree) -> [UInt8] {
        var target = [UInt8](repeating: 0, count: 4097)
        let count = (path + [0]).withUnsafeBytes { name in
            target.withUnsafeMutableBytes {
                readlinkat(
                    tree.descriptor, name.bindMemory(to: CChar.self).baseAddress!,
                    $0.bindMemory(to: CChar.self).baseAddress!, 4096)
            }
        }
        return Array(target.prefix(max(0, count)))
    }

    /// Git's name of a blob: SHA-1, or SHA-256 in repositories of that kind, over a header and the content.
    private static func blob(_ content: UnsafeRawBufferPointer, _ digits: Int) -> String {
        let header = Array("blob \(content.count)\0".utf8)
        if digits == 64 {
            var hasher = SHA256()
            hasher.update(data: header)
            hasher.update(bufferPointer: content)
            return Hexadecimal.encode(hasher.finalize())
        }
        var hasher = Insecure.SHA1()
        hasher.update(data: header)
        hasher.update(bufferPointer: content)
        return Hexadecimal.encode(hasher.finalize())
    }

    /// Whether the commit holds a Git LFS pointer to exactly the content that is in the tree.
    private func isLargeFile(_ object: String, _ content: ByteView) throws(IntegrityFailure) -> Bool {
        let (pointer, status) = try repository.git(["cat-file", "blob", object])
        guard status == 0, pointer.count < 1024 else { return false }
        let lines = String(decoding: pointer, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard lines.first == "version https://git-lfs.github.com/spec/v1",
            let line = lines.first(where: { $0.hasPrefix("oid sha256:") }),
            let expected = Hexadecimal.decode(String(line.dropFirst(11)))
        else { return false }
        return content.withSpan { span in span.withUnsafeBytes { HashAlgorithm.sha256.digest(of: $0) } } == expected
    }
}
