internal import CordonCore
internal import Glibc

/// A git repository, looked at through git without letting the repository say what git runs.
///
/// A repository's configuration can name programs: signature checkers, filters, hooks, file-system monitors. So git
/// works in a repository of our own, made for the moment, that borrows nothing but the objects.
struct GitRepository {
    /// The top of the working tree.
    let top: String
    /// The commit that is checked out, or was asked for.
    let commit: String
    private let realFolder: String
    private let scratch: ScratchFolder
    private let environment: [String: String]

    /// - Parameters:
    ///   - allowedSigners: SSH keys that may sign (ssh-keygen(1), "ALLOWED SIGNERS").
    ///   - gpgHome: GnuPG home that holds only keys that may sign; without it, keys must be fully trusted.
    init(_ path: String, revision: String, allowedSigners: String?, gpgHome: String?) throws(IntegrityFailure) {
        var environment = Self.cleanEnvironment
        if let gpgHome { environment["GNUPGHOME"] = Self.absolute(gpgHome) }
        self.environment = environment
        let ask = { (words: [String]) throws(IntegrityFailure) -> String in
            let words = ["git", "-C", path, "-c", "safe.directory=*", "-c", "core.fsmonitor=false"] + words
            let (output, status) = try Program.run(words, environment: environment)
            guard status == 0 else {
                throw IntegrityFailure(
                    .cannotRead,
                    "git cannot read '\(PrintableText.quoting(path, limit: 300))': \(PrintableText.quoting(bytes: output, limit: 300))"
                )
            }
            return String(decoding: output.prefix { $0 != 0x0A }, as: UTF8.self)
        }
        top = try ask(["rev-parse", "--show-toplevel"])
        realFolder = try ask(["rev-parse", "--absolute-git-dir"])
        var common = try ask(["rev-parse", "--git-common-dir"])
        if !common.hasPrefix("/") { common = Self.absolute(path) + "/" + common }
        guard !revision.hasPrefix("-") else { throw IntegrityFailure(.wrongUse, "a revision does not begin with '-'") }
        commit = try ask(["rev-parse", "--verify", "--end-of-options", revision + "^{commit}"])
        scratch = try ScratchFolder()
        try Self.make(scratch.path, objects: common + "/objects", commit, allowedSigners, gpgHome != nil)
    }

    /// Nothing of the caller's environment reaches git but where programs and keys are.
    private static var cleanEnvironment: [String: String] {
        var environment = [
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C",
        ]
        for name in ["PATH", "HOME", "GNUPGHOME", "TMPDIR"] {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        return environment
    }

    private static func absolute(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    private static func make(
        _ folder: String, objects: String, _ commit: String, _ allowedSigners: String?, _ hasOwnKeys: Bool
    ) throws(IntegrityFailure) {
        for name in ["/objects", "/objects/info", "/refs"] { mkdir(folder + name, 0o700) }
        var config = "[core]\n\tbare = false\n\thooksPath = /dev/null\n\tfsmonitor = false\n"
        config +=
            commit.utf8.count == 64
            ? "\trepositoryformatversion = 1\n[extensions]\n\tobjectformat = sha256\n"
            : "\trepositoryformatversion = 0\n"
        config += "[gpg]\n\tprogram = gpg\n\tminTrustLevel = \(hasOwnKeys ? "undefined" : "fully")\n"
        if let allowedSigners {
            let quoted = absolute(allowedSigners).replacingAll("\\", "\\\\").replacingAll("\"", "\\\"")
            config += "[gpg \"ssh\"]\n\tprogram = ssh-keygen\n\tallowedSignersFile = \"\(quoted)\"\n"
        }
        let files = ["/config": config, "/HEAD": commit + "\n", "/objects/info/alternates": objects + "\n"]
        for (name, text) in files {
            guard AtomicFile.write(Array(text.utf8), to: folder + name) else {
                throw IntegrityFailure(
                    .cannotRead, "a temporary folder cannot be written: \(String(cString: strerror(errno)))")
            }
        }
    }

    /// Runs git in the repository of our own.
    func git(_ words: [String]) throws(IntegrityFailure) -> (output: [UInt8], status: Int32) {
        try Program.run(
            ["git", "--git-dir", scratch.path, "--work-tree", top, "-c", "safe.directory=*"] + words,
            environment: environment)
    }

    /// Commits that are reachable from the commit and not from another.
    func commits(since base: String) throws(IntegrityFailure) -> [String] {
        let (resolved, status) = try Program.run(
            [
                "git", "-C", top, "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "rev-parse", "--verify",
                "--end-of-options", base + "^{commit}",
            ],
            environment: environment)
        guard status == 0, !base.hasPrefix("-") else {
            throw IntegrityFailure(.wrongUse, "there is no commit '\(PrintableText.quoting(base, limit: 100))'")
        }
        let start = String(decoding: resolved.prefix { $0 != 0x0A }, as: UTF8.self)
        let (output, code) = try git(["rev-list", commit, "^" + start])
        guard code == 0 else { throw IntegrityFailure(.cannotRead, "git cannot list the commits") }
        return Self.lines(output)
    }

    /// Annotated tags of the commit: name and object.
    func tags() throws(IntegrityFailure) -> [(name: String, object: String)] {
        let (output, status) = try Program.run(
            [
                "git", "-C", top, "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "for-each-ref", "--points-at",
                commit,
                "--format=%(objecttype) %(objectname) %(refname:short)", "refs/tags",
            ], environment: environment)
        guard status == 0 else { throw IntegrityFailure(.cannotRead, "git cannot list the tags") }
        return Self.lines(output).compactMap { line in
            let parts = line.split(separator: " ", maxSplits: 2)
            return parts.count == 3 && parts[0] == "tag" ? (String(parts[2]), String(parts[1])) : nil
        }
    }

    static func lines(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension String {
    fileprivate func replacingAll(_ old: Character, _ new: String) -> String {
        reduce(into: "") { $0 += $1 == old ? new : String($1) }
    }
}

/// A folder that is removed when the last reference goes.
final class ScratchFolder: Sendable {
    let path: String

    init() throws(IntegrityFailure) {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array((base + "/cordon-XXXXXX").utf8CString)
        guard let made = mkdtemp(&template) else {
            throw IntegrityFailure(.cannotRead, "no temporary folder can be made: \(String(cString: strerror(errno)))")
        }
        path = String(cString: made)
    }

    deinit {
        FolderRemoval.empty(path)
        rmdir(path)
    }
}
