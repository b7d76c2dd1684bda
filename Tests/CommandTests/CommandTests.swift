import CordonTestSupport
import Foundation
import Testing

private let evil = PickleAssembler.calling("os", "system")
private let fine = PickleAssembler().proto().integer(1).stop.bytes

@Suite("cordon, as users meet it")
struct CommandTests {
    private let folder = TemporaryFolder()

    @Test("A dangerous pickle: exit 1, the call, the reason and the remedy")
    func dangerous() throws {
        folder.write(evil, to: "model.pkl")
        let run = try cordon(["scan", folder.path])
        #expect(run.status == 1 && run.errors.isEmpty)
        for text in ["CRITICAL", "model.pkl", "calls os.system('echo cordon')", "CORDON-PKL-001", "1 flagged"] {
            #expect(run.output.contains(text), "\(text)")
        }
    }

    @Test("A clean file: exit 0")
    func clean() throws {
        let run = try cordon(["scan", folder.write(fine, to: "a.pkl")])
        #expect(
            run.status == 0 && run.output.contains("1 clean, 0 flagged, 0 not evaluated")
                && run.output.contains("Nothing found."))
    }

    @Test("An empty folder: exit 0, and it is said")
    func empty() throws {
        let run = try cordon(["scan", folder.path])
        #expect(run.status == 0 && run.output.contains("There was nothing to scan."))
    }

    @Test(
        "Thresholds decide the exit code",
        arguments: [
            (["--fail-on", "critical"], 0), (["--fail-on", "medium"], 1), (["--fail-on", "none"], 0), ([], 0),
        ])
    func failOn(_ flags: [String], _ status: Int) throws {
        folder.write(PickleAssembler.calling("acme", "Net"), to: "m.pkl")
        #expect(try cordon(["scan", folder.path] + flags).status == Int32(status))
    }

    @Test("Not evaluated is not clean: exit 2 with --strict")
    func strict() throws {
        folder.write(Array("%PDF-1.7\n".utf8), to: "notes.pdf")
        #expect(try cordon(["scan", folder.path]).status == 0)
        let strict = try cordon(["scan", folder.path, "--strict"])
        #expect(strict.status == 2 && strict.output.contains("Not evaluated") && strict.output.contains("notes.pdf"))
    }

    @Test("A baseline hides what it knows; rules, severities and suppressions do as they are told, and say so")
    func triage() throws {
        folder.write(PickleAssembler.calling("posix", "system"), to: "a/m.pkl")
        let baseline = folder.path + "/known.sarif"
        #expect(try cordon(["baseline", "update", folder.path + "/a", "--baseline", baseline]).status == 0)
        let known = try cordon(["scan", folder.path + "/a", "--baseline", baseline])
        #expect(known.status == 0 && known.output.contains("hidden: 1 finding: 1 by the baseline"))
        #expect(try cordon(["scan", folder.path + "/a", "--skip-rule", "CORDON-PKL-*"]).status == 0)
        #expect(try cordon(["scan", folder.path + "/a", "--severity", "CORDON-PKL-001=low"]).status == 0)
        let wrong = try cordon(["scan", folder.path + "/a", "--rule", "CORDON-NONE-*"])
        #expect(wrong.status == 2 && wrong.errors.contains("no rule is called"))
        folder.write(Array("not sarif".utf8), to: "bad.sarif")
        #expect(try cordon(["scan", folder.path + "/a", "--baseline", folder.path + "/bad.sarif"]).status == 2)
        func configured(_ text: String) throws -> Run {
            folder.write(Array(text.utf8), to: "c.toml")
            return try cordon(["scan", folder.path + "/a", "--config", folder.path + "/c.toml"])
        }
        let entry = "[[suppress]]\nrule = 'CORDON-PKL-*'\nreason = 'example'\nby = 'ana'\n"
        #expect(try configured(entry).status == 0)
        let expired = try configured(entry + "until = '2020-01-01'\n")
        #expect(expired.status == 1 && expired.output.contains("suppression expired: CORDON-PKL-*"))
        let nameless = try configured("[[suppress]]\nrule = 'CORDON-PKL-*'\nreason = 'example'\n")
        #expect(nameless.status == 2 && nameless.errors.contains("'by'"))
        let page = try cordon(["scan", folder.path + "/a", "--format", "html"])
        #expect(page.status == 1 && page.output.hasPrefix("<!doctype html>"))
        #expect(try cordon(["scan", folder.path + "/a", "--since", "HEAD"]).status == 2)
        #expect(try cordon(["scan", folder.path + "/a", "--history"]).errors.contains("not in a git working tree"))
    }

    @Test("A path that is not there: exit 2, the path and the remedy on standard error")
    func missing() throws {
        let run = try cordon(["scan", "/does/not/exist"])
        #expect(run.status == 2 && run.output.isEmpty)
        #expect(
            run.errors
                == "cordon: cannot open '/does/not/exist': No such file or directory. Check the path and its permissions.\n"
        )
    }

    @Test(
        "Wrong usage: exit 64 and a usage line",
        arguments: [
            ["scan"], ["scan", ".", "--fail-on", "awful"], ["scan", ".", "--jobs", "0"], ["scan", ".", "--nonsense"],
            ["nonsense"],
        ])
    func usage(_ arguments: [String]) throws {
        let run = try cordon(arguments)
        #expect(run.status == 64 && run.errors.contains("Usage:"))
    }

    @Test("--include and --exclude choose files, and what is left out is counted")
    func filters() throws {
        folder.write(evil, to: "bad/model.pkl")
        folder.write(fine, to: "good/model.pkl")
        #expect(try cordon(["scan", folder.path, "--exclude", "bad"]).output.contains("1 excluded"))
        #expect(try cordon(["scan", folder.path, "--exclude", "bad"]).status == 0)
        #expect(try cordon(["scan", folder.path, "--include", "good/*"]).status == 0)
        #expect(try cordon(["scan", folder.path, "--include", "*.pkl"]).status == 1)
    }

    @Test("--output writes the file whole and prints nothing")
    func output() throws {
        folder.write(evil, to: "model.pkl")
        let target = folder.path + "/report.json"
        let run = try cordon(["scan", folder.path + "/model.pkl", "--format", "json", "--output", target])
        #expect(run.status == 1 && run.output.isEmpty)
        #expect(try String(contentsOfFile: target, encoding: .utf8).hasPrefix("{\n  \"schemaVersion\": \"1.0\""))
        let unwritable = try cordon(["scan", folder.path, "--output", "/proc/nope/x"])
        #expect(unwritable.status == 2 && unwritable.errors.contains("cannot write '/proc/nope/x'"))
    }

    @Test("cordon.toml is found upward, reported, and overridden by the environment and flags")
    func configuration() throws {
        folder.write(Array("[scan]\nfail-on = \"none\"\n[limits]\ndepth = 3\n".utf8), to: "cordon.toml")
        folder.write(evil, to: "project/model.pkl")
        let inside = folder.path + "/project"
        let quiet = try cordon(["scan", "."], in: inside)
        #expect(
            quiet.status == 0 && quiet.output.contains("configuration: ") && quiet.output.contains("calls os.system"))
        #expect(try cordon(["scan", "."], in: inside, environment: ["CORDON_FAIL_ON": "high"]).status == 1)
        #expect(try cordon(["scan", ".", "--fail-on", "high"], in: inside).status == 1)
        #expect(try cordon(["scan", ".", "--no-config"], in: inside).status == 1)
    }

    @Test("A configuration inside what is scanned is itself a finding")
    func suspiciousConfiguration() throws {
        folder.write(Array("[scan]\nexclude = [\"*\"]\n".utf8), to: "cordon.toml")
        folder.write(evil, to: "model.pkl")
        #expect(try cordon(["scan", "."], in: folder.path).output.contains("CORDON-SCN-001"))
    }

    @Test(
        "Mistakes in cordon.toml: exit 2 with the file and the key",
        arguments: [
            ("[scan]\nfail-on = 3", "scan.fail-on"), ("[scan]\nnonsense = 1", "scan.nonsense"),
            ("[limits]\ndepth = 0", "limits.depth"),
            ("[other]\na = 1", "other"), ("[scan\n", "line 1"),
        ])
    func configurationMistakes(_ text: String, _ named: String) throws {
        folder.write(Array(text.utf8), to: "cordon.toml")
        let run = try cordon(["scan", "."], in: folder.path)
        #expect(run.status == 2 && run.errors.contains("cordon.toml") && run.errors.contains(named), "\(run.errors)")
    }

    @Test("Rules are listed and explained, unknown ones refused")
    func rules() throws {
        let list = try cordon(["rules"])
        #expect(list.status == 0 && list.output.contains("CORDON-PKL-001") && list.output.contains("supplymodelpoison"))
        let one = try cordon(["rules", "show", "cordon-pkl-001"])
        #expect(
            one.status == 0 && one.output.contains("not detected") && one.output.contains("https://owaspai.org/go/"))
        #expect(try cordon(["rules", "show", "CORDON-XXX-999"]).status == 2)
        #expect(try cordon(["rules", "--format", "json"]).output.contains("\"notDetected\""))
        #expect(try cordon(["--version"]).output.hasPrefix("cordon 0."))
    }
}

@Suite("Bad input never stops a scan")
struct BadInputTests {
    private let folder = TemporaryFolder()

    @Test(
        "FIFOs, sockets, links, cycles, odd names and unreadable files each get their line; the payload is still found")
    func zoo() throws {
        folder.write(evil, to: "z/model.pkl")
        folder.write([], to: "empty.bin")
        mkfifo(folder.path + "/pipe", 0o600)
        symlink("pipe-that-is-not-there", folder.path + "/broken")
        symlink("cycle-b", folder.path + "/cycle-a")
        symlink("cycle-a", folder.path + "/cycle-b")
        symlink("..", folder.path + "/z/up")
        symlink("/etc/hostname", folder.path + "/outside")
        symlink("z/model.pkl", folder.path + "/inside")
        let odd: [CChar] =
            (Array(folder.path.utf8) + [0x2F, 0x6E, 0xFF, 0x0A, 0x1B, 0x5B]).map { CChar(bitPattern: $0) } + [0]
        fclose(fopen(odd, "w"))
        let run = try cordon(["scan", folder.path])
        #expect(run.status == 1)
        for text in [
            "FIFO: not read", "empty file", "link that is broken or leads in a circle", "CORDON-FIL-002",
            "calls os.system",
            "n\\xff\\x0a\\x1b[", "2 flagged",
        ] { #expect(run.output.contains(text), "\(text)\n\(run.output)") }
        #expect(!run.output.contains("\u{1B}"))
    }

    @Test("Of a 10-GiB sparse file only a stated part is searched")
    func sparse() throws {
        let path = folder.write([], to: "sparse.bin")
        #expect(truncate(path, 10 << 30) == 0)
        let run = try cordon(["scan", path])
        #expect(run.status == 0 && run.output.contains("1 not evaluated") && run.output.contains("were not searched"))
    }

    @Test("Folders three thousand deep are walked to the bottom")
    func deep() throws {
        var descriptor = open(folder.path, O_RDONLY | O_DIRECTORY)
        for _ in 0..<3000 {
            mkdirat(descriptor, "dd", 0o755)
            let next = openat(descriptor, "dd", O_RDONLY | O_DIRECTORY)
            close(descriptor)
            descriptor = next
        }
        let file = openat(descriptor, "model.pkl", O_WRONLY | O_CREAT, 0o644)
        _ = evil.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        close(file)
        close(descriptor)
        let run = try cordon(["scan", folder.path])
        #expect(run.status == 1 && run.output.contains("calls os.system"))
        _ = try Process.run(URL(filePath: "/bin/rm"), arguments: ["-rf", folder.path + "/dd"]).waitUntilExit()
    }

    @Test("A device named on the command line is not read")
    func device() throws { #expect(try cordon(["scan", "/dev/zero"]).output.contains("not a regular file: not read")) }

    @Test("One broken file does not hide another")
    func manyBroken() throws {
        for (index, head)
            in ([[0x80, 4, 0xFF], [0x50, 0x4B, 3, 4], [0x1F, 0x8B], [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]] as [[UInt8]])
            .enumerated()
        {
            folder.write(head, to: "broken\(index)")
        }
        folder.write(evil, to: "model.pkl")
        #expect(try cordon(["scan", folder.path]).output.contains("calls os.system"))
    }
}
