internal import CordonCore

/// What changed in a git repository, and what its past commits hold, without running what the repository names.
package struct GitHistory {
    /// A file's content that a commit brought.
    package struct Blob: Sendable {
        /// Object id, hexadecimal.
        package let object: String
        /// Path in the oldest commit that brought the content there.
        package let path: [UInt8]
        /// That commit.
        package let commit: String
        /// When it was made, seconds since 1970, as its author's machine had it.
        package let time: Int
        /// Size in bytes; `nil` when the object is missing.
        package var byteCount: Int?
    }

    private let repository: GitRepository
    /// Commits of one call of git, so that memory stays bounded.
    private static let step = 2000

    /// The folder that holds the repository, resolved.
    package var top: String { repository.top }

    /// - Parameters:
    ///   - path: a file or folder in the working tree.
    ///   - revision: a commit in any spelling that git knows; it may not begin with a dash.
    package init(_ path: String, revision: String = "HEAD") throws(IntegrityFailure) {
        repository = try GitRepository(path, revision: revision, allowedSigners: nil, gpgHome: nil)
    }

    /// Paths below ``top`` whose content differs from the revision's, files that are not tracked and not ignored included.
    ///
    /// - Note: Files whose times differ from the index count as changed even when their content is the same.
    package func changedPaths() throws(IntegrityFailure) -> Set<[UInt8]> {
        try repository.borrowIndex()
        var paths: Set<[UInt8]> = []
        for words in [
            ["diff-index", "-z", "--name-only", "--no-renames", "--no-ext-diff", repository.commit, "--"],
            ["ls-files", "-z", "--others", "--exclude-standard", "--full-name"],
        ] {
            let (output, status) = try repository.git(words)
            guard status == 0 else {
                throw IntegrityFailure(
                    .cannotRead, "git cannot compare the files: \(PrintableText.quoting(bytes: output, limit: 200))")
            }
            for path in output.split(separator: 0) { paths.insert(Array(path)) }
        }
        return paths
    }

    /// Contents that any commit of any branch, tag or stash brought and that the checked-out commit no longer holds.
    ///
    /// - Complexity: O(commits × changed files) time; memory for one entry a content.
    package func pastBlobs() throws(IntegrityFailure) -> [Blob] {
        let current = Set(try repository.entries().map(\.object))
        let input = try repository.scratchFile("references", try repository.references().joined(separator: "\n") + "\n")
        let (output, status) = try repository.git(["rev-list", "--stdin"], input: input)
        guard status == 0 else {
            throw IntegrityFailure(
                .cannotRead,
                "git cannot list the commits: \(PrintableText.quoting(bytes: output, limit: 200)). Is the clone a shallow or partial one?"
            )
        }
        let commits = GitRepository.lines(output)
        var found: [String: Blob] = [:]
        // Newest first, so that the oldest commit of a content is written last.
        for start in stride(from: 0, to: commits.count, by: Self.step) {
            let part = commits[start..<min(commits.count, start + Self.step)]
            let input = try repository.scratchFile("commits", part.joined(separator: "\n") + "\n")
            let (output, status) = try repository.git(
                [
                    "log", "--stdin", "--no-walk=unsorted", "--raw", "-z", "-c", "--root", "--no-abbrev",
                    "--no-renames",
                    "--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-notes", "--format=%x02%H %ct",
                ], input: input)
            guard status == 0 else {
                throw IntegrityFailure(
                    .cannotRead, "git cannot read the commits: \(PrintableText.quoting(bytes: output, limit: 200))")
            }
            read(output, without: current, &found)
        }
        return try sized(
            found.values.sorted { a, b in
                a.path == b.path ? a.object < b.object : a.path.lexicographicallyPrecedes(b.path)
            })
    }

    private func read(_ output: [UInt8], without current: Set<String>, _ found: inout [String: Blob]) {
        var commit = "", time = 0
        var object: String?
        for token in output.split(separator: 0, omittingEmptySubsequences: true) {
            var token = token
            if object == nil { while token.first == 0x0A { token = token.dropFirst() } }
            if let id = object {
                object = nil
                guard !current.contains(id) else { continue }
                found[id] = Blob(object: id, path: Array(token), commit: commit, time: time, byteCount: nil)
            } else if token.first == 0x02 {
                let words = String(decoding: token.dropFirst(), as: UTF8.self).split(separator: " ")
                commit = words.first.map(String.init) ?? ""
                time = words.dropFirst().first.flatMap { Int($0) } ?? 0
            } else if token.first == 0x3A {
                object = Self.result(of: token)
                if object == nil { object = "" }
            }
        }
        found[""] = nil
    }

    /// The new object of a line such as `:100644 100644 <old> <new> M`; of merges there are as many old ones as parents.
    private static func result(of line: ArraySlice<UInt8>) -> String? {
        let parents = line.prefix { $0 == 0x3A }.count
        let words = line.dropFirst(parents).split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
        guard words.count == 2 * parents + 3 else { return nil }
        let mode = words[parents], object = words[2 * parents + 1]
        // Files only: no submodules, no links, nothing that was deleted.
        guard mode.hasPrefix("100"), object.utf8.contains(where: { $0 != 0x30 }) else { return nil }
        return object
    }

    private func sized(_ blobs: [Blob]) throws(IntegrityFailure) -> [Blob] {
        guard !blobs.isEmpty else { return [] }
        let input = try repository.scratchFile("objects", blobs.map(\.object).joined(separator: "\n") + "\n")
        let (output, status) = try repository.git(["cat-file", "--batch-check=%(objectsize)"], input: input)
        let sizes = GitRepository.lines(output).map { Int($0) }
        guard status == 0, sizes.count == blobs.count else {
            throw IntegrityFailure(.cannotRead, "git cannot look up the past files")
        }
        var blobs = blobs
        for index in blobs.indices { blobs[index].byteCount = sizes[index] }
        return blobs
    }

    /// The contents of some blobs, in order; `nil` where an object is missing.
    ///
    /// Memory: twice the sum of their sizes.
    package func contents(of blobs: [Blob]) throws(IntegrityFailure) -> [[UInt8]?] {
        let input = try repository.scratchFile("objects", blobs.map(\.object).joined(separator: "\n") + "\n")
        let (output, status) = try repository.git(["cat-file", "--batch=%(objecttype) %(objectsize)"], input: input)
        guard status == 0 else { throw IntegrityFailure(.cannotRead, "git cannot read the past files") }
        var position = 0
        var result: [[UInt8]?] = []
        for _ in blobs {
            guard let end = output[position...].firstIndex(of: 0x0A) else { break }
            let words = output[position..<end].split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
            position = end + 1
            guard words.count == 2, let count = Int(words[1]), count >= 0, count <= output.count - position else {
                result.append(nil)
                continue
            }
            result.append(words[0] == "blob" ? Array(output[position..<position + count]) : nil)
            position = min(output.count, position + count + 1)
        }
        guard result.count == blobs.count else { throw IntegrityFailure(.cannotRead, "git left out past files") }
        return result
    }
}
