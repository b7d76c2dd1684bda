import CordonTestSupport
import Glibc
import Testing

@testable import CordonSigning

/// A repository with one commit signed by SSH.
private struct Repository {
    let folder = TemporaryFolder()
    var path: String { folder.path + "/repo" }
    var allowed: String { folder.path + "/allowed" }
    private let environment: [String: String]

    init() throws {
        environment = [
            "PATH": getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin", "HOME": folder.path,
            "GIT_CONFIG_NOSYSTEM": "1",
        ]
        try run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder.path + "/key")
        let key = try #require(SmallFile.read(folder.path + "/key.pub", limit: 1000))
        folder.write(Array("me@example.org ".utf8) + key, to: "allowed")
        folder.write(Array("numpy==1 --hash=sha256:aa\n".utf8), to: "repo/requirements.txt")
        folder.write(Array("text\n".utf8), to: "repo/a.txt")
        try git("init", "-q")
        for (name, value) in [
            ("user.name", "a"), ("user.email", "me@example.org"), ("gpg.format", "ssh"),
            ("user.signingkey", folder.path + "/key.pub"),
        ] {
            try git("config", name, value)
        }
        try git("add", ".")
        try git("commit", "-q", "-S", "-m", "one")
        try git("tag", "-s", "v1", "-m", "v1")
    }

    func git(_ words: String...) throws { try run(["git", "-C", path] + words) }
    func run(_ words: String...) throws { try run(words) }

    private func run(_ words: [String]) throws {
        let (output, status) = try Program.run(words, environment: environment)
        try #require(status == 0, "\(words): \(String(decoding: output, as: UTF8.self))")
    }

    func verify(_ adjust: (inout SourceVerifier) -> Void = { _ in }) throws -> [String: SourceCheck] {
        var verifier = SourceVerifier()
        verifier.allowedSigners = allowed
        adjust(&verifier)
        return Dictionary(try verifier.verify(path).checks.map { ($0.name, $0) }, uniquingKeysWith: { one, _ in one })
    }
}

@Suite("Source trees")
struct SourceTests {
    @Test("A signed, clean, locked tree passes; without allowed signers it is not evaluated")
    func clean() throws {
        let repository = try Repository()
        let checks = try repository.verify()
        #expect(["commits", "tags", "tree", "locks"].allSatisfy { checks[$0]?.outcome == .passed }, "\(checks)")
        #expect(try repository.verify { $0.allowedSigners = nil }["commits"]?.outcome == .notEvaluated)
    }

    @Test("Unsigned commits and commits by another key fail")
    func signatures() throws {
        let repository = try Repository()
        let (first, _) = try Program.run(
            ["git", "-C", repository.path, "rev-parse", "HEAD"], environment: ["PATH": "/usr/bin:/bin"])
        let base = String(decoding: first.dropLast(), as: UTF8.self)
        try repository.git("commit", "-q", "--allow-empty", "-m", "unsigned")
        #expect(try repository.verify()["commits"]?.details.first?.contains("not signed") == true)
        try repository.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", repository.folder.path + "/evil")
        try repository.git("config", "user.signingkey", repository.folder.path + "/evil.pub")
        try repository.git("commit", "-q", "-S", "--allow-empty", "-m", "evil")
        #expect(try repository.verify()["commits"]?.details.first?.contains("not among the allowed") == true)
        let all = try repository.verify { $0.base = base }["commits"]
        #expect(all?.outcome == .failed && all?.details.count == 2)
        // A name is the repository's to move, and a commit that did not come before leaves nothing to check.
        for wrong in ["--upload-pack=x", "v1", "HEAD", String(repeating: "0", count: 40)] {
            #expect(throws: IntegrityFailure.self) { try repository.verify { $0.base = wrong } }
        }
        #expect(throws: IntegrityFailure.self) { try repository.verify { $0.revision = "nothing" } }
    }

    @Test("Changed, added and removed files fail, staged or not")
    func tree() throws {
        let repository = try Repository()
        repository.folder.write(Array("changed\n".utf8), to: "repo/a.txt")
        try repository.git("add", "a.txt")
        repository.folder.write([1], to: "repo/new.py")
        unlink(repository.path + "/requirements.txt")
        let check = try repository.verify()["tree"]
        #expect(check?.outcome == .failed && check?.details.count == 3)
    }

    @Test("Nothing that the repository configures is run")
    func hostile() throws {
        let repository = try Repository()
        let mark = repository.folder.path + "/pwned"
        repository.folder.write(Array("#!/bin/sh\ntouch \(mark)\n".utf8), to: "repo/.git/hooks/post-index-change")
        chmod(repository.path + "/.git/hooks/post-index-change", 0o755)
        repository.folder.write(Array("* filter=x diff=x\n".utf8), to: "repo/.gitattributes")
        for (name, value) in [
            ("core.fsmonitor", "touch \(mark); false"), ("filter.x.clean", "touch \(mark); cat"),
            ("filter.x.process", "touch \(mark)"), ("diff.x.textconv", "touch \(mark); cat"),
            ("gpg.ssh.program", "touch \(mark); false"), ("gpg.program", "touch \(mark); false"),
            ("core.pager", "touch \(mark)"), ("core.sshCommand", "touch \(mark)"),
            ("alias.rev-parse", "!touch \(mark)"),
        ] {
            try repository.git("config", name, value)
        }
        #expect(try repository.verify()["commits"]?.outcome == .passed)
        #expect(access(mark, F_OK) != 0)
    }

    @Test("A missing object is not fetched: what would fetch it is the repository's to name")
    func promisor() throws {
        let repository = try Repository()
        let mark = repository.folder.path + "/pwned"
        repository.folder.write(Array("#!/bin/sh\ntouch \(mark)\n".utf8), to: "fetch.sh")
        chmod(repository.folder.path + "/fetch.sh", 0o755)
        for (name, value) in [
            ("core.repositoryformatversion", "1"), ("extensions.partialClone", "origin"),
            ("remote.origin.promisor", "true"),
            ("remote.origin.url", "ssh://x/y"), ("core.sshCommand", repository.folder.path + "/fetch.sh"),
            ("remote.origin.uploadpack", repository.folder.path + "/fetch.sh"),
        ] {
            try repository.git("config", name, value)
        }
        let (id, _) = try Program.run(
            ["git", "-C", repository.path, "rev-parse", "HEAD"], environment: ["PATH": "/usr/bin:/bin"])
        let text = String(decoding: id.dropLast(), as: UTF8.self)
        unlink(repository.path + "/.git/objects/\(text.prefix(2))/\(text.dropFirst(2))")
        #expect(throws: IntegrityFailure.self) { try repository.verify() }
        #expect(access(mark, F_OK) != 0)
    }

    @Test("Files do not hide behind ignore rules, attributes and repositories that nobody committed")
    func hidden() throws {
        let repository = try Repository()
        repository.folder.write(Array("*.so\n".utf8), to: "repo/.gitignore")
        try repository.git("add", ".")
        try repository.git("commit", "-q", "-S", "-m", "two")
        repository.folder.write([1], to: "repo/x.so")
        #expect(try repository.verify()["tree"]?.outcome == .passed)
        #expect(try repository.verify()["rest"]?.outcome == .notEvaluated)
        #expect(try repository.verify { $0.allowsIgnored = true }["rest"] == nil)
        repository.folder.write(Array("*\n".utf8), to: "repo/pkg/.gitignore")
        repository.folder.write(Array("import os\n".utf8), to: "repo/pkg/__init__.py")
        repository.folder.write(Array("import os\n".utf8), to: "repo/deep/.git/x.py")
        let check = try repository.verify { $0.allowsIgnored = true }["tree"]
        #expect(check?.details.count == 3, "\(String(describing: check))")
    }

    @Test("The folder that was named is compared, whatever the configuration calls the working tree")
    func elsewhere() throws {
        let repository = try Repository()
        repository.folder.write(Array("text\n".utf8), to: "clean/a.txt")
        repository.folder.write(Array("numpy==1 --hash=sha256:aa\n".utf8), to: "clean/requirements.txt")
        repository.folder.write(Array("changed\n".utf8), to: "repo/a.txt")
        try repository.git("config", "core.worktree", repository.folder.path + "/clean")
        #expect(try repository.verify()["tree"]?.outcome == .failed)
    }

    @Test("A link, a mode and a tag's name count")
    func details() throws {
        let repository = try Repository()
        symlink("a.txt", repository.path + "/link")
        try repository.git("add", ".")
        try repository.git("commit", "-q", "-S", "-m", "two")
        #expect(try repository.verify()["tree"]?.outcome == .passed)
        unlink(repository.path + "/link")
        symlink("/etc/passwd", repository.path + "/link")
        chmod(repository.path + "/a.txt", 0o755)
        #expect(try repository.verify()["tree"]?.details.count == 2)
        try repository.git("tag", "-s", "v1.0", "-m", "x")
        try repository.git("update-ref", "refs/tags/v9.9", "refs/tags/v1.0")
        #expect(try repository.verify()["tags"]?.details.first?.contains("calls itself 'v1.0'") == true)
    }

    @Test(
        "Lock files with and without hashes",
        arguments: [
            ("requirements.txt", "a==1 --hash=sha256:x\nb==2 \\\n  --hash=sha256:y\n", true),
            ("requirements.txt", "a==1\n", false),
            ("uv.lock", "[[package]]\nname = \"a\"\nhash = \"sha256:x\"\n", true),
            ("uv.lock", "[[package]]\nname = \"a\"\nsource = { editable = \".\" }\n", true),
            ("poetry.lock", "[[package]]\nname = \"a\"\n", false),
            ("Pipfile.lock", "{\"default\":{\"a\":{\"hashes\":[\"sha256:x\"]}}}", true),
            ("Pipfile.lock", "{\"default\":{\"a\":{}}}", false),
            ("package-lock.json", "{\"packages\":{\"\":{},\"node_modules/a\":{\"integrity\":\"sha512-x\"}}}", true),
            ("package-lock.json", "{\"packages\":{\"node_modules/a\":{}}}", false),
            ("Cargo.lock", "[[package]]\nname = \"a\"\nsource = \"registry+x\"\nchecksum = \"y\"\n", true),
            ("Cargo.lock", "[[package]]\nname = \"a\"\nsource = \"registry+x\"\n", false),
            ("pyproject.toml", "[project]\n", false),
            ("Pipfile.lock", "{", false), ("requirements.txt", "a==1 --hash=sha256:x\r\nevil==2\r\n", false),
            ("requirements.txt", "-e git+https://evil.example/x\n", false),
            ("requirements.txt", "-r d/e/all.txt\n", false),
            ("requirements.txt", "--index-url http://evil.example/\na==1 --hash=sha256:x\n", false),
        ])
    func locks(_ name: String, _ text: String, _ passes: Bool) {
        let folder = TemporaryFolder()
        folder.write(Array(text.utf8), to: name)
        #expect((LockFiles.check(folder.path).outcome == .passed) == passes, "\(LockFiles.check(folder.path))")
    }

    @Test("Installed packages are compared with their records; what no record names is found")
    func packages() throws {
        let folder = TemporaryFolder()
        folder.write(Array("x = 1\n".utf8), to: "site/p/__init__.py")
        // SHA-256 of "x = 1\n" in URL-safe base64, as an installer writes it.
        let hash = "sha256=nia_NpkRxFwkPGhBR7I_yeHc_PJX0pmhxjIBam_NM_Q"
        folder.write(Array("p/__init__.py,\(hash),6\np-1.dist-info/RECORD,,\n".utf8), to: "site/p-1.dist-info/RECORD")
        let good = InstalledPackages.check(folder.path + "/site")
        folder.write(Array("x = 2\n".utf8), to: "site/p/__init__.py")
        folder.write(Array("import os\n".utf8), to: "site/evil.pth")
        let bad = InstalledPackages.check(folder.path + "/site")
        #expect(bad.outcome == .failed && bad.details.count == 2, "\(bad)")
        #expect(good.outcome == .passed, "\(good)")
        folder.write(Array("../../../../etc/passwd,\(hash),6\n".utf8), to: "site/p-1.dist-info/RECORD")
        #expect(InstalledPackages.check(folder.path + "/site").details.contains { $0.contains("leads out") })
        #expect(InstalledPackages.check(folder.path + "/none").outcome == .notEvaluated)
    }
}
