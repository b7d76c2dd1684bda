internal import CordonCore
internal import CordonFormats
internal import Glibc

/// `cordon verify source`: signed history, a clean tree, locked dependencies, installed packages as recorded.
package struct SourceVerifier: Sendable {
    /// Which commit; by default the one that is checked out.
    package var revision = "HEAD"
    /// Commits after this one must be signed too; `nil` looks at one commit.
    package var base: String?
    /// SSH keys that may sign.
    package var allowedSigners: String?
    /// GnuPG home that holds only keys that may sign.
    package var gpgHome: String?
    /// Whether files that the commit's own `.gitignore` files leave out may be there.
    package var allowsIgnored = false
    /// Folders with installed Python packages; virtual environments inside the tree are found by themselves.
    package var sitePackages: [String] = []

    /// Makes a verifier.
    package init() {}

    /// Checks a working tree.
    package func verify(_ path: String) throws(IntegrityFailure) -> SourceReport {
        let repository = try GitRepository(
            path, revision: revision, allowedSigners: allowedSigners, gpgHome: gpgHome)
        var checks = [try commits(repository), try tags(repository)]
        checks += try WorkingTree(repository, allowsIgnored: allowsIgnored).check()
        checks.append(LockFiles.check(repository.top))
        var folders = sitePackages
        if folders.isEmpty { folders = InstalledPackages.environments(in: repository.top) }
        for folder in folders { checks.append(InstalledPackages.check(folder)) }
        return SourceReport(checks: checks)
    }

    // MARK: Signatures

    private func commits(_ repository: GitRepository) throws(IntegrityFailure) -> SourceCheck {
        let commits =
            try base.map { base throws(IntegrityFailure) in try repository.commits(since: base) } ?? [repository.commit]
        return try signatures("commits", commits.map { ($0.prefix(12).description, $0) }, "verify-commit", repository)
    }

    private func tags(_ repository: GitRepository) throws(IntegrityFailure) -> SourceCheck {
        let tags = try repository.tags()
        guard !tags.isEmpty else { return SourceCheck("tags", .passed, "the commit has no annotated tag") }
        return try signatures("tags", tags.map { ($0.name, $0.object) }, "verify-tag", repository)
    }

    private func signatures(
        _ name: String, _ objects: [(shown: String, id: String)], _ command: String, _ repository: GitRepository
    ) throws(IntegrityFailure) -> SourceCheck {
        var (unsigned, wrong, unknown): ([String], [String], [String]) = ([], [], [])
        for (shown, id) in objects {
            let text = PrintableText.quoting(shown, limit: 100)
            let (content, _) = try repository.git(["cat-file", "-p", id])
            let kind = Self.signatureKind(content)
            if kind == nil {
                unsigned.append("\(text): not signed")
            } else if kind != "SSH", allowedSigners != nil, gpgHome == nil {
                unknown.append("\(text): signed with \(kind ?? ""); give --gpg-home with the keys that may sign")
            } else if let name = Self.tagName(content), name != shown {
                wrong.append("\(text): the tag calls itself '\(PrintableText.quoting(name, limit: 100))'")
            } else if kind == "SSH", allowedSigners == nil {
                unknown.append("\(text): signed with SSH; give --allowed-signers to check by whom")
            } else {
                let (output, status) = try repository.git([command, "--raw", id])
                if status != 0 { wrong.append("\(text): \(Self.reason(output))") }
            }
        }
        let details = wrong + unsigned + unknown
        let good = objects.count - details.count
        let summary = "\(good) of \(objects.count) \(name) signed by an allowed key"
        if !wrong.isEmpty || !unsigned.isEmpty { return SourceCheck(name, .failed, summary, details: details) }
        return SourceCheck(name, unknown.isEmpty ? .passed : .notEvaluated, summary, details: details)
    }

    /// Which program made the signature in a commit's header or at a tag's end.
    private static func signatureKind(_ object: [UInt8]) -> String? {
        let text = String(decoding: object.prefix(1 << 20), as: UTF8.self)
        if text.contains("-----BEGIN SSH SIGNATURE-----") { return "SSH" }
        if text.contains("-----BEGIN PGP SIGNATURE-----") || text.contains("-----BEGIN PGP MESSAGE-----") {
            return "GPG"
        }
        return text.contains("-----BEGIN SIGNED MESSAGE-----") ? "X.509" : nil
    }

    /// What a tag object calls itself; `nil` for a commit.
    private static func tagName(_ object: [UInt8]) -> String? {
        let lines = object.prefix(1 << 12).split(separator: 0x0A, maxSplits: 4, omittingEmptySubsequences: false)
        guard lines.count > 2, lines[0].starts(with: Array("object ".utf8)), lines[2].starts(with: Array("tag ".utf8))
        else { return nil }
        return String(decoding: lines[2].dropFirst(4), as: UTF8.self)
    }

    private static func reason(_ output: [UInt8]) -> String {
        let lines = GitRepository.lines(output)
        if lines.contains(where: { $0.contains("BADSIG") }) { return "the signature is wrong: the content was altered" }
        if lines.contains(where: { $0.contains("NO_PUBKEY") || $0.contains("ERRSIG") }) {
            return "signed with a key that is not known"
        }
        if lines.contains(where: { $0.contains("EXPKEYSIG") || $0.contains("KEYEXPIRED") }) {
            return "signed with a key that expired"
        }
        if lines.contains(where: { $0.contains("REVKEYSIG") }) { return "signed with a key that was revoked" }
        if lines.contains(where: { $0.contains("GOODSIG") }) {
            return "signed with a key that is not fully trusted; give --gpg-home with the allowed keys"
        }
        if lines.contains(where: { $0.contains("No principal matched") || $0.contains("not in allowed") }) {
            return "signed with a key that is not among the allowed signers"
        }
        return "the signature does not verify: \(PrintableText.quoting(lines.last ?? "", limit: 150))"
    }
}
