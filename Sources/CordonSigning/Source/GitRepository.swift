internal import CordonCore
internal import Glibc

/// A git repository, looked at through git without letting the repository say what git runs.
///
/// A repository's configuration can name programs: signature checkers, filters, hooks, file-system monitors, transports
/// that fetch what is missing. So git works in a repository of our own, made for the moment, that borrows nothing but the
/// objects. Only names are looked up in the real one, with every transport forbidden.
struct GitRepository {
    /// The folder that holds the repository: not what its configuration says the working tree is.
    let top: String
    /// The commit that is checked out, or was asked for.
    let commit: String
    private let scratch: ScratchFolder
    private let environment: [String: String]

    /// - Parameters:
    ///   - allowedSigners: SSH keys that may sign (ssh-keygen(1), "ALLOWED SIGNERS").
    ///   - gpgHome: GnuPG home that holds only keys that may sign; without it, keys must be fully trusted.
    init(_ path: String, revision: String, allowedSigners: String?, gpgHome: String?) throws(IntegrityFailure) {
        var environment = Self.cleanEnvironment
        if let gpgHome { environment["GNUPGHOME"] = Self.absolute(gpgHome) }
        self.environment = environment
        if let allowedSigners {
            _ = try SmallFile.contents(allowedSigners, what: "list of allowed signers", limit: 16 << 20)
        }
        if let gpgHome, FileStatus(path: gpgHome, follow: true)?.kind != .folder {
            throw IntegrityFailure(.cannotRead, "'\(PrintableText.quoting(gpgHome, limit: 300))' is not a GnuPG home")
        }
        top = try Self.top(path)
        guard !revision.hasPrefix("-") else { throw IntegrityFailure(.wrongUse, "a revision does not begin with '-'") }
        var common = try Self.ask(top, ["rev-parse", "--git-common-dir"], environment)
        if !common.hasPrefix("/") { common = top + "/" + common }
        commit = try Self.ask(
            top, ["rev-parse", "--verify", "--end-of-options", revision + "^{commit}"], environment)
        scratch = try ScratchFolder()
        try Self.make(scratch.path, objects: common + "/objects", commit, allowedSigners, gpgHome != nil)
    }

    /// Looks something up in the real repository: the first line of the answer.
    private static func ask(
        _ top: String, _ words: [String], _ environment: [String: String]
    ) throws(IntegrityFailure) -> String {
        let (output, status) = try Program.run(real(top) + words, environment: environment)
        guard status == 0 else {
            throw IntegrityFailure(
                .cannotRead,
                "git cannot read '\(PrintableText.quoting(top, limit: 300))': \(PrintableText.quoting(bytes: output, limit: 300))"
            )
        }
        return String(decoding: output.prefix { $0 != 0x0A }, as: UTF8.self)
    }

    private static func real(_ top: String) -> [String] {
        ["git", "-C", top, "-c", "safe.directory=*", "-c", "core.fsmonitor=false"]
    }

    /// Nothing of the caller's environment reaches git but where programs and keys are.
    private static var cleanEnvironment: [String: String] {
        var environment = [
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C",
            // A missing object must not be fetched: what fetches is configured by the repository.
            "GIT_ALLOW_PROTOCOL": "", "GIT_NO_LAZY_FETCH": "1",
        ]
        for name in ["PATH", "HOME", "GNUPGHOME", "TMPDIR"] {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        return environment
    }

    /// The nearest folder upward that holds a repository.
    private static func top(_ path: String) throws(IntegrityFailure) -> String {
        var folder = absolute(path)
        while FileStatus(path: folder + "/.git", follow: false) == nil {
            guard let slash = folder.lastIndex(of: "/"), folder != "/" else {
                throw IntegrityFailure(
                    .cannotRead, "'\(PrintableText.quoting(path, limit: 300))' is not in a git working tree")
            }
            folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
        }
        return folder
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
            // A line feed in the path would name a second store of objects.
            guard !objects.utf8.contains(0x0A), AtomicFile.write(Array(text.utf8), to: folder + name) else {
                throw IntegrityFailure(
                    .cannotRead, "a temporary folder cannot be written: \(String(cString: strerror(errno)))")
            }
        }
    }

    /// Runs git in the repository of our own.
    ///
    /// - Parameters:
    ///   - tree: another working tree than the real one.
    ///   - input: file that becomes standard input.
    func git(
        _ words: [String], tree: String? = nil, input: String? = nil
    ) throws(IntegrityFailure) -> (output: [UInt8], status: Int32) {
        try Program.run(
            ["git", "--git-dir", scratch.path, "--work-tree", tree ?? top, "-c", "safe.directory=*"] + words,
            environment: environment, input: input)
    }

    /// Which of the paths the commit's own `.gitignore` files leave out; those in the working tree are not asked.
    func ignored(_ paths: [[UInt8]], rules: [(path: String, blob: String)]) throws(IntegrityFailure) -> Set<[UInt8]> {
        guard !rules.isEmpty else { return [] }
        let folder = try ScratchFolder()
        for rule in rules {
            var parent = folder.path + "/tree"
            mkdir(parent, 0o700)
            for part in rule.path.split(separator: "/").dropLast() {
                parent += "/" + part
                mkdir(parent, 0o700)
            }
            let (content, status) = try git(["cat-file", "blob", rule.blob])
            guard status == 0, AtomicFile.write(content, to: folder.path + "/tree/" + rule.path) else {
                throw IntegrityFailure(
                    .cannotRead, "'\(PrintableText.quoting(rule.path, limit: 200))' of the commit cannot be read")
            }
        }
        let list = folder.path + "/paths"
        guard AtomicFile.write(Array(paths.joined(separator: [0])) + [0], to: list) else {
            throw IntegrityFailure(
                .cannotRead, "a temporary folder cannot be written: \(String(cString: strerror(errno)))")
        }
        let (output, _) = try git(
            ["check-ignore", "-z", "--stdin", "--no-index"], tree: folder.path + "/tree", input: list)
        return Set(output.split(separator: 0).map { Array($0) })
    }

    /// Commits that are reachable from the commit and not from another.
    ///
    /// - Parameter base: a full object id: names of commits are the repository's to move.
    func commits(since base: String) throws(IntegrityFailure) -> [String] {
        guard base.utf8.count == commit.utf8.count, Hexadecimal.decode(base.utf8) != nil else {
            throw IntegrityFailure(
                .wrongUse,
                "--since takes the full id of a commit that you know: branches and tags are the repository's to move")
        }
        let (_, status) = try git(["merge-base", "--is-ancestor", base, commit])
        guard status == 0, base != commit else {
            throw IntegrityFailure(
                .wrongUse, "commit \(base.prefix(12)) is not one that came before \(commit.prefix(12))")
        }
        let (output, code) = try git(["rev-list", commit, "^" + base])
        let found = Self.lines(output)
        guard code == 0, found.contains(commit) else {
            throw IntegrityFailure(.cannotRead, "git cannot list the commits")
        }
        return found
    }

    /// What the commit holds: mode, object and path of every entry.
    func entries() throws(IntegrityFailure) -> [(mode: String, object: String, path: [UInt8])] {
        let (output, status) = try git(["ls-tree", "-r", "-z", "--full-tree", commit])
        guard status == 0 else {
            throw IntegrityFailure(
                .cannotRead, "git cannot read the commit: \(PrintableText.quoting(bytes: output, limit: 200))")
        }
        return output.split(separator: 0).compactMap { line in
            guard let tab = line.firstIndex(of: 0x09) else { return nil }
            let words = line[..<tab].split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
            return words.count == 3 ? (words[0], words[2], Array(line[line.index(after: tab)...])) : nil
        }
    }

    /// Annotated tags of the commit: name and object.
    func tags() throws(IntegrityFailure) -> [(name: String, object: String)] {
        let (output, status) = try Program.run(
            Self.real(top) + [
                "for-each-ref", "--points-at", commit, "--format=%(objecttype) %(objectname) %(refname:strip=2)",
                "refs/tags",
            ], environment: environment)
        guard status == 0 else { throw IntegrityFailure(.cannotRead, "git cannot list the tags") }
        return Self.lines(output).compactMap { line in
            let parts = line.split(separator: " ", maxSplits: 2)
            return parts.count == 3 && parts[0] == "tag" ? (String(parts[2]), String(parts[1])) : nil
        }
    }

    /// The commits that branches, tags, stashes and the checked-out state name.
    func references() throws(IntegrityFailure) -> [String] {
        let (output, status) = try Program.run(
            Self.real(top) + ["for-each-ref", "--format=%(objectname)"], environment: environment)
        guard status == 0 else { throw IntegrityFailure(.cannotRead, "git cannot list the branches") }
        return Self.lines(output) + [commit]
    }

    /// Makes the real repository's index known here, so that files in the working tree can be compared with it.
    func borrowIndex() throws(IntegrityFailure) {
        var index = try Self.ask(top, ["rev-parse", "--git-path", "index"], environment)
        if !index.hasPrefix("/") { index = top + "/" + index }
        guard FileStatus(path: index, follow: true) != nil else { return }
        let bytes = try SmallFile.contents(index, what: "index of git", limit: 1 << 30)
        guard AtomicFile.write(bytes, to: scratch.path + "/index") else {
            throw IntegrityFailure(
                .cannotRead, "a temporary folder cannot be written: \(String(cString: strerror(errno)))")
        }
    }

    /// Puts text where a command of git can read it as standard input.
    func scratchFile(_ name: String, _ text: String) throws(IntegrityFailure) -> String {
        let path = scratch.path + "/list-" + name
        guard AtomicFile.write(Array(text.utf8), to: path) else {
            throw IntegrityFailure(
                .cannotRead, "a temporary folder cannot be written: \(String(cString: strerror(errno)))")
        }
        return path
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
