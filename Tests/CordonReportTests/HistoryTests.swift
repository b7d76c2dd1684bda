import CordonCore
import CordonFormats
import CordonReport
import CordonScan
import CordonSigning
import CordonTestSupport
import Glibc
import Testing

/// A repository whose past holds a token and a model that are gone.
private struct Repository {
    let folder = TemporaryFolder()
    var path: String { folder.path + "/repo" }
    private static let token = "hf" + "_" + "GbRtKqWzXcVnMlPoIuYtReWqAsDfGhJkLz"

    init() throws {
        try git("init", "-q")
        for (name, value) in [("user.name", "a"), ("user.email", "me@example.org")] { try git("config", name, value) }
        write("token = '\(Self.token)'\n", "config.py")
        folder.write(PickleAssembler.calling("posix", "system"), to: "repo/model.pkl")
        write("x = 1\n", "kept.py")
        try commit("one")
        write("token = None\n", "config.py")
        unlink(path + "/model.pkl")
        try commit("two")
    }

    func write(_ text: String, _ name: String) { folder.write(Array(text.utf8), to: "repo/" + name) }

    func commit(_ message: String) throws {
        try git("add", "-A")
        try git("commit", "-q", "-m", message)
    }

    func git(_ words: String...) throws {
        if !words.isEmpty, words[0] == "init" { mkdir(path, 0o755) }
        let environment = [
            "PATH": getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin", "HOME": folder.path,
            "GIT_CONFIG_NOSYSTEM": "1",
        ]
        let (output, status) = try Program.run(["git", "-C", path] + words, environment: environment)
        try #require(status == 0, "\(words): \(String(decoding: output, as: UTF8.self))")
    }
}

@Suite("The history of a git repository")
struct HistoryTests {
    @Test("Secrets and models of past commits are found with their commit; what is still there is left to the scan")
    func past() throws {
        let repository = try Repository()
        var scan = HistoryScan(ScanOptions())
        let (entries, findings) = try scan.run(repository.path)
        #expect(Set(findings.map(\.ruleID)) == ["CORDON-SEC-001", "CORDON-GIT-001", "CORDON-PKL-001"])
        #expect(findings.allSatisfy { $0.place.element?.hasPrefix("commit ") == true })
        #expect(Set(findings.map(\.path.display)) == ["config.py", "model.pkl"] && entries.count == 2)
    }

    @Test("Contents that only a merge, a tag or a stash brought are found too")
    func corners() throws {
        let repository = try Repository()
        repository.write("password = 'Kq7#vTz2Lp9wXe4R'\n", "stashed.py")
        try repository.git("stash", "-q", "-u")
        var scan = HistoryScan(ScanOptions())
        #expect(try scan.run(repository.path).findings.contains { $0.path.display == "stashed.py" })
        try repository.git("checkout", "-q", "-b", "side", "HEAD~1")
        repository.write("side\n", "side.txt")
        try repository.commit("side")
        try repository.git("merge", "-q", "--no-commit", "--no-ff", "-s", "ours", "-")
        repository.write("api_key = 'Zr8!mNb4Vc6xQa2Y'\n", "evil.py")
        try repository.commit("merge")
        try repository.git("rm", "-q", "evil.py")
        try repository.commit("gone")
        scan = HistoryScan(ScanOptions())
        #expect(try scan.run(repository.path).findings.contains { $0.path.display == "evil.py" })
    }

    @Test("Patterns leave out past paths; a folder without a repository is refused")
    func limits() throws {
        let repository = try Repository()
        var options = ScanOptions()
        options.exclude = ["config.py"]
        var scan = HistoryScan(options)
        #expect(try scan.run(repository.path).findings.allSatisfy { $0.path.display == "model.pkl" })
        #expect(throws: IntegrityFailure.self) { try GitHistory(TemporaryFolder().path) }
        #expect(throws: IntegrityFailure.self) { try GitHistory(repository.path, revision: "--output=x") }
        #expect(throws: IntegrityFailure.self) { try GitHistory(repository.path, revision: "nothing") }
    }

    @Test("What changed since a commit: edits, new files, names that are no text; ignored and unchanged files are not")
    func since() throws {
        let repository = try Repository()
        repository.write("x = 2\n", "kept.py")
        repository.write("new\n", "sub/né w.txt")
        repository.write("*.log\n", ".gitignore")
        repository.write("log\n", "a.log")
        let changed = try GitHistory(repository.path).changedPaths().map { String(decoding: $0, as: UTF8.self) }
        #expect(changed.sorted() == [".gitignore", "kept.py", "sub/né w.txt"])
        let more = try GitHistory(repository.path, revision: "HEAD~1").changedPaths()
        #expect(more.contains(Array("config.py".utf8)))
    }

    @Test("Nothing that the repository's configuration names is run")
    func hostile() throws {
        let repository = try Repository()
        let flag = repository.folder.path + "/ran"
        let command = "touch \(flag)"
        for name in [
            "core.fsmonitor", "filter.x.clean", "filter.x.smudge", "diff.external", "core.pager", "core.sshCommand",
        ] {
            try repository.git("config", name, command)
        }
        repository.write("* filter=x diff=x\n", ".gitattributes")
        repository.write("x = 3\n", "kept.py")
        var scan = HistoryScan(ScanOptions())
        _ = try scan.run(repository.path)
        _ = try GitHistory(repository.path).changedPaths()
        #expect(access(flag, F_OK) != 0)
    }
}
