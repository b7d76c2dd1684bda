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
        try repository.git("commit", "-q", "--allow-empty", "-m", "unsigned")
        #expect(try repository.verify()["commits"]?.details.first?.contains("not signed") == true)
        try repository.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", repository.folder.path + "/evil")
        try repository.git("config", "user.signingkey", repository.folder.path + "/evil.pub")
        try repository.git("commit", "-q", "-S", "--allow-empty", "-m", "evil")
        #expect(try repository.verify()["commits"]?.details.first?.contains("not among the allowed") == true)
        let all = try repository.verify { $0.base = "v1" }["commits"]
        #expect(all?.outcome == .failed && all?.details.count == 2)
        #expect(throws: IntegrityFailure.self) { try repository.verify { $0.base = "--upload-pack=x" } }
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
            ("Pipfile.lock", "{", false),
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
