import CordonFormats
import CordonTestSupport
import Crypto
import Foundation
import Testing

/// A model and a key in a temporary folder.
struct Workshop {
    let folder = TemporaryFolder()
    var path: String { folder.path }
    let environment: [String: String]

    init() throws {
        environment = ["XDG_CACHE_HOME": folder.path + "/cache", "HOME": folder.path]
        let key = P256.Signing.PrivateKey()
        folder.write(Array(key.pemRepresentation.utf8), to: "key.pem")
        folder.write(Array(key.publicKey.pemRepresentation.utf8), to: "key.pub")
        for (name, text) in [("config.json", "{}"), ("weights.bin", "wwww"), ("sub/vocab.txt", "a b c")] {
            folder.write(Array(text.utf8), to: "model/" + name)
        }
    }

    @discardableResult
    func cordon(_ arguments: String...) throws -> Run {
        try runCordon(arguments, in: folder.path, environment: environment)
    }

    func sign(_ model: String = "model") throws {
        let run = try cordon("sign", model, "--signature", model + ".sig", "--private-key", "key.pem")
        try #require(run.status == 0, "\(run.errors)")
    }

    func verify(_ more: String...) throws -> Run {
        try runCordon(
            ["verify", "model", "--signature", "model.sig", "--public-key", "key.pub"] + more, in: folder.path,
            environment: environment)
    }
}

func runCordon(_ arguments: [String], in folder: String, environment: [String: String]) throws -> Run {
    try cordon(arguments, in: folder, environment: environment)
}

@Suite("sign, verify, release and watch, as users meet them")
struct IntegrityCommandTests {
    @Test("Verified: exit 0. Refused: exit 1 and every reason. Not checked: exit 2")
    func exitCodes() throws {
        let workshop = try Workshop()
        try workshop.sign()
        let good = try workshop.verify()
        #expect(good.status == 0 && good.output.hasPrefix("verified  model: 3 files"))
        workshop.folder.write(Array("evil".utf8), to: "model/weights.bin")
        workshop.folder.write([1], to: "model/evil.py")
        let bad = try workshop.verify()
        #expect(
            bad.status == 1 && bad.output.contains("changed") && bad.output.contains("evil.py: not in the signature"))
        let json = try workshop.verify("--format", "json")
        for text in [
            json.output,
            try workshop.cordon("verify", "model", "--signature", "none", "--public-key", "key.pub", "--format", "json")
                .output,
        ] {
            #expect(try schemaErrors(text, "integrity-report") == [])
        }
        let report = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect(report["outcome"] as? String == "refused" && (report["differences"] as? [Any])?.count == 2)
        let gone = try workshop.cordon("verify", "nothing", "--signature", "model.sig", "--public-key", "key.pub")
        #expect(gone.status == 2 && gone.errors.contains("cannot open 'nothing'"))
        let noKey = try workshop.cordon("verify", "model", "--signature", "model.sig", "--public-key", "none.pub")
        #expect(noKey.status == 2)
        let nobody = try workshop.cordon("verify", "model", "--signature", "model.sig")
        #expect(nobody.status == 2 && nobody.errors.contains("nobody is named"))
    }

    @Test(
        "There is no way to accept any signer",
        arguments: [
            ["--sigstore-root", "r.json"], ["--sigstore-root", "r.json", "--identity", "a"],
            ["--sigstore-root", "r.json", "--issuer", "a"], ["--identity", "a"], ["--issuer", "a"],
            ["--public-key", "key.pub", "--trust-root", "r.pem"],
        ])
    func anySigner(_ options: [String]) throws {
        let workshop = try Workshop()
        try workshop.sign()
        let run = try runCordon(
            ["verify", "model", "--signature", "model.sig"] + options, in: workshop.path, environment: [:])
        #expect(run.status == 64, "\(run)")
    }

    @Test(
        "Malformed signatures are refused, with the place",
        arguments: [
            ("", "empty"), ("{", "not the JSON"), ("{\"a\":1,\"a\":2}", "key that was there"),
            ("[]", "not a JSON object"),
            (String(repeating: "[", count: 100), "nested deeper"), ("{\"mediaType\":\"x\"}", "media type"),
        ])
    func malformed(_ text: String, _ words: String) throws {
        let workshop = try Workshop()
        workshop.folder.write(Array(text.utf8), to: "model.sig")
        let run = try workshop.verify()
        #expect(run.status == 1 && run.errors.contains(words), "\(run.errors)")
    }

    @Test(
        "A passphrase comes from a file, a wrong one is no crash, and neither is printed",
        .enabled(if: access("/usr/bin/openssl", X_OK) == 0, "openssl is not installed"))
    func passphrase() throws {
        let workshop = try Workshop()
        workshop.folder.write(Array("hunter2\n".utf8), to: "pass")
        workshop.folder.write(Array("hunter3\n".utf8), to: "wrong")
        _ = try run(
            "/usr/bin/openssl",
            [
                "pkcs8", "-topk8", "-in", workshop.path + "/key.pem", "-out", workshop.path + "/enc.pem", "-passout",
                "file:" + workshop.path + "/pass",
            ])
        for (file, status) in [("pass", Int32(0)), ("wrong", 2)] {
            let run = try workshop.cordon(
                "sign", "model", "--signature", "s", "--private-key", "enc.pem", "--passphrase-file", file)
            #expect(run.status == status && !(run.output + run.errors).contains("hunter"), "\(run)")
        }
        let none = try workshop.cordon("sign", "model", "--signature", "s2", "--private-key", "enc.pem")
        #expect(none.status == 2 && none.errors.contains("--passphrase-file"))
    }

    @Test(
        "A key in a token signs",
        .enabled(if: access("/usr/lib/softhsm/libsofthsm2.so", R_OK) == 0, "softhsm2 is not installed"))
    func token() throws {
        let workshop = try Workshop()
        workshop.folder.write(
            Array("directories.tokendir = \(workshop.path)/tokens\nobjectstore.backend = file\n".utf8), to: "hsm.conf")
        mkdir(workshop.path + "/tokens", 0o700)
        workshop.folder.write(Array("1234".utf8), to: "pin")
        var environment = workshop.environment
        environment["SOFTHSM2_CONF"] = workshop.path + "/hsm.conf"
        for words in [
            ["--init-token", "--free", "--label", "t", "--so-pin", "12345678", "--pin", "1234"],
            ["--import", workshop.path + "/key.pem", "--token", "t", "--label", "k", "--id", "01", "--pin", "1234"],
        ] {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/softhsm2-util")
            process.arguments = words
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0)
        }
        let uri = "pkcs11:token=t;object=k?module-path=/usr/lib/softhsm/libsofthsm2.so"
        let signed = try cordon(
            ["sign", "model", "--signature", "model.sig", "--pkcs11", uri, "--passphrase-file", "pin"],
            in: workshop.path,
            environment: environment)
        #expect(signed.status == 0, "\(signed.errors)")
        #expect(try workshop.verify().status == 0)
        workshop.folder.write(Array("9999".utf8), to: "pin")
        let wrong = try cordon(
            ["sign", "model", "--signature", "s2", "--pkcs11", uri, "--passphrase-file", "pin"], in: workshop.path,
            environment: environment)
        #expect(wrong.status == 2 && wrong.errors.contains("PIN is wrong") && !wrong.errors.contains("9999"))
    }

    @Test("Who may sign is taken from cordon.toml, but never from one inside the model")
    func policy() throws {
        let workshop = try Workshop()
        try workshop.sign()
        let entry = "[[trust]]\npaths = [\"model\"]\npublic-key = \"key.pub\"\n"
        workshop.folder.write(Array(entry.utf8), to: "cordon.toml")
        #expect(try workshop.cordon("verify", "model", "--config", "cordon.toml").status == 0)
        // One that merely lies there may have come with the model.
        let found = try workshop.cordon("verify", "model")
        #expect(found.status == 2 && found.errors.contains("--config"))
        workshop.folder.write([1], to: "model/evil.py")
        let scan = try workshop.cordon("scan", "model")
        #expect(scan.status == 1 && scan.output.contains("CORDON-SIG-002") && scan.output.contains("CRITICAL"))
        // A pattern that also names the folder above: the path that has a signature is the one that is checked.
        workshop.folder.write(Array(entry.replacingOccurrences(of: "\"model\"", with: "\"*\"").utf8), to: "cordon.toml")
        #expect(try workshop.cordon("scan", ".").output.contains("CORDON-SIG-002"))
        workshop.folder.write(Array(entry.utf8), to: "cordon.toml")
        unlink(workshop.path + "/model.sig")
        let unsigned = try workshop.cordon("scan", "model")
        #expect(unsigned.status == 0 && unsigned.output.contains("CORDON-SIG-001"))
        // A supplier's own policy, with the supplier's own key.
        let other = try Workshop()
        other.folder.write(
            Array("[[trust]]\npaths = [\"*\"]\npublic-key = \"../key.pub\"\n".utf8), to: "model/cordon.toml")
        try other.sign()
        let run = try cordon(
            ["verify", ".", "--signature", "../model.sig", "--config", "cordon.toml"], in: other.path + "/model",
            environment: other.environment)
        #expect(run.status == 2 && run.errors.contains("lies inside it"))
        for wrong in [
            "[[trust]]\npaths = []\npublic-key = \"k\"\n", "[[trust]]\npaths = [\"a\"]\n",
            "[[trust]]\npaths=[\"a\"]\nsigstore-root=\"r\"\nidentity=\"i\"\n", "[[trust]]\nwhat = 1\n",
        ] {
            workshop.folder.write(Array(wrong.utf8), to: "cordon.toml")
            #expect(try workshop.cordon("verify", "model", "--signature", "x", "--config", "cordon.toml").status == 2)
        }
    }

    @Test("Every JSON output fits its published schema")
    func schemas() throws {
        let workshop = try Workshop()
        try workshop.sign()
        _ = try workshop.cordon(
            "release", "put", "store", "model", "--signature", "model.sig", "--public-key", "key.pub", "--activate")
        let releases = try workshop.cordon("release", "list", "store", "--format", "json")
        #expect(try schemaErrors(releases.output, "release-list") == [])
        workshop.folder.write(Array("url,sha256\nhttp://127.0.0.1:9/x,aa\n".utf8), to: "l.csv")
        let list = try workshop.cordon("verify", "urls", "l.csv", "--format", "json")
        #expect(list.status == 1)
        #expect(try schemaErrors(list.output, "pointer-report") == [])
        _ = try run("/usr/bin/git", ["-C", workshop.path, "init", "-q"])
        _ = try run(
            "/usr/bin/git",
            [
                "-C", workshop.path, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m",
                "x",
            ])
        let source = try workshop.cordon("verify", "source", ".", "--format", "json")
        #expect(source.status == 1)
        #expect(try schemaErrors(source.output, "source-report") == [])
        workshop.folder.write([1], to: "model/evil.py")
        let watch = try workshop.cordon(
            "watch", "model", "--signature", "model.sig", "--public-key", "key.pub", "--once", "--format", "jsonl")
        let events = watch.output.split(separator: "\n")
        #expect(events.count == 2)
        for event in events { #expect(try schemaErrors(String(event), "watch-event") == []) }
    }

    @Test("A report written to a device does not replace the device")
    func device() throws {
        let workshop = try Workshop()
        try workshop.sign()
        #expect(try workshop.verify("--output", "/dev/null").status == 0)
        var info = stat()
        #expect(stat("/dev/null", &info) == 0 && info.st_mode & S_IFMT == S_IFCHR)
    }

    @Test("What the signature leaves out is named")
    func leftOut() throws {
        let workshop = try Workshop()
        try workshop.sign()
        workshop.folder.write([1], to: "model/.github/evil.py")
        let run = try workshop.verify()
        #expect(run.status == 0 && run.output.contains("but what the signature leaves out (.github)"), "\(run.output)")
    }

    @Test("A watch says what changed, once and for all time")
    func watch() throws {
        let workshop = try Workshop()
        try workshop.sign()
        let words = [
            "watch", "model", "--signature", "model.sig", "--public-key", "key.pub", "--once", "--format", "jsonl",
        ]
        #expect(try cordon(words, in: workshop.path, environment: workshop.environment).status == 0)
        workshop.folder.write([1], to: "model/evil.py")
        let run = try cordon(words, in: workshop.path, environment: workshop.environment)
        #expect(run.status == 1 && run.output.contains("\"kind\":\"added\",\"path\":\"evil.py\""))
    }
}

@Suite(
    "A store survives kill -9 at every step",
    .enabled(if: access("/usr/bin/strace", X_OK) == 0, "strace is not installed"))
struct InterruptionTests {
    /// System calls that change something, or wait for it to reach the disk.
    private static let calls = [
        "mkdir", "rmdir", "write", "rename", "renameat2", "symlink", "fsync", "unlink", "ftruncate", "copy_file_range",
        "fchmod", "flock",
    ]

    /// Runs a command that is killed at its n-th call of a kind; says whether it was.
    private func killed(_ number: Int, _ call: String, _ arguments: [String]) throws -> Bool {
        let run = try run(
            "/usr/bin/strace",
            [
                "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e",
                "inject=\(call):signal=SIGKILL:when=\(number)", binary.path,
            ] + arguments)
        return run.status != 0
    }

    private func oldest(_ store: String) throws -> String {
        let list = try cordon(["release", "list", store]).output
        let line = try #require(list.split(separator: "\n").last)
        return String(try #require(line.split(separator: " ").first))
    }

    @Test("put, activate and rollback")
    func everyStep() throws {
        let workshop = try Workshop()
        let store = workshop.path + "/store"
        let key = ["--public-key", workshop.path + "/key.pub", "--no-config"]
        try workshop.sign()
        for text in ["v1", "v2"] {
            workshop.folder.write(Array(text.utf8), to: "model/config.json")
            try workshop.sign()
            #expect(
                try workshop.cordon(
                    "release", "put", "store", "model", "--signature", "model.sig", "--public-key", "key.pub",
                    "--activate"
                ).status == 0)
        }
        workshop.folder.write(Array("v3".utf8), to: "model/config.json")
        try workshop.sign()
        let commands = [
            [
                "release", "put", store, workshop.path + "/model", "--signature", workshop.path + "/model.sig",
                "--activate",
            ] + key,
            ["release", "rollback", store] + key, ["release", "activate", store, try oldest(store)] + key,
        ]
        let files = FileManager.default
        try files.moveItem(atPath: store, toPath: store + "-before")
        for command in commands {
            var kills = 0
            for call in Self.calls {
                for number in 1..<100 {
                    try? files.removeItem(atPath: store)
                    try files.copyItem(atPath: store + "-before", toPath: store)
                    guard try killed(number, call, command) else { break }
                    kills += 1
                    let status = try workshop.cordon("release", "status", "store", "--public-key", "key.pub")
                    #expect(
                        status.status == 0,
                        "killed at \(call) \(number) of \(command[1]): \(status.output)\(status.errors)")
                    let text = try String(contentsOfFile: store + "/current/config.json", encoding: .utf8)
                    #expect(["v1", "v2", "v3"].contains(text))
                    // What was interrupted can be done again.
                    #expect(try cordon(command).status == 0)
                }
            }
            #expect(kills >= (command[1] == "put" ? 25 : 5), "\(command[1]) was killed \(kills) times only")
        }
    }
}

@Suite("The bundled demonstrations")
struct DemonstrationTests {
    private let examples = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Examples").path

    @Test("Twelve changes, each caught with a message of its own")
    func twelve() throws {
        let run = try run("/bin/bash", [examples + "/tamper_twelve_ways.sh", binary.path])
        #expect(run.status == 0 && run.output.contains("12 of 12 changes were caught"), "\(run.output)\(run.errors)")
        // The first word of each reason, after the number of the change.
        let lines = run.output.split(separator: "\n").map { $0.drop { $0 == " " } }
        let found = lines.compactMap { line in
            self.kinds.first { line.hasPrefix($0 + " ") } ?? (line.hasPrefix("cordon: refused:") ? String(line) : nil)
        }
        #expect(Set(found).count >= 12, "\(found)")
    }

    private let kinds = [
        "changed", "added", "missing", "moved", "case-renamed", "swapped", "link", "special", "folder",
    ]

    @Test("A damaged deployment rolls back by itself")
    func rollback() throws {
        let run = try run("/bin/bash", [examples + "/watch_and_roll_back.sh", binary.path])
        #expect(run.status == 0 && run.output.contains("rolled back"), "\(run.output)\(run.errors)")
    }
}
