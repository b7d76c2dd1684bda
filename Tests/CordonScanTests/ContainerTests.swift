import CordonCore
import CordonFormats
import CordonScan
import CordonTestSupport
import Testing

@Suite("Containers are opened, and their lies reported")
struct ContainerTests {
    private static let evil = PickleAssembler.calling("os", "system")
    private static let torch = ZipBuilder([.init("archive/data.pkl", evil), .init("archive/version", [0x33])])

    @Test("A pickle in a PyTorch archive is found with its member")
    func torch() throws {
        let report = Scanner().scan(bytes: Self.torch.bytes, name: "model.pt")
        let finding = try #require(report.findings.first)
        #expect(finding.ruleID == "CORDON-PKL-001" && finding.place.member == "archive/data.pkl")
        #expect(report.findings.count == 1 && report.entries.first?.notEvaluated == [])
    }

    @Test("Zips in zips in zips are opened to the limit, and the limit is a finding")
    func nesting() {
        var bytes = Self.evil
        for depth in 1...20 {
            bytes = ZipBuilder([.init("inner", bytes)]).bytes
            let found = rules(in: bytes, name: "x.zip")
            if depth < 8 { #expect(found == ["CORDON-PKL-001"], "depth \(depth)") }
            if depth > 8 { #expect(found.contains("CORDON-LIM-001"), "depth \(depth)") }
        }
    }

    @Test(
        "Structural lies are named",
        arguments: [
            ("CORDON-ZIP-001", changed { $0.members[0].localName = "archive/readme" }),
            ("CORDON-ZIP-002", changed { $0.members.append(.init("../../etc/cron.d/x", [1])) }),
            ("CORDON-ZIP-003", changed { $0.members[0].flags = 1 }),
            ("CORDON-ZIP-004", changed { $0.prefix = Array("MZjunk".utf8) }),
            ("CORDON-ZIP-004", changed { $0.suffix = [1, 2, 3] }),
            ("CORDON-ZIP-006", changed { $0.members.append($0.members[0]) }),
            ("CORDON-ZIP-007", changed { $0.members.append(link) }),
            ("CORDON-ZIP-008", changed { $0.members[0].crc = 7 }),
            ("CORDON-ZIP-010", changed { $0.members.append(hidden) }),
            ("CORDON-ZIP-011", changed { $0.members[0].method = 99 }),
        ])
    func lies(_ rule: String, _ builder: ZipBuilder) {
        #expect(rules(in: builder.bytes, name: "model.pt").contains(rule), "\(rules(in: builder.bytes))")
    }

    private static var link: ZipBuilder.Member {
        var member = ZipBuilder.Member("link", Array("/etc/passwd".utf8))
        member.mode = 0xA1FF
        return member
    }
    private static var hidden: ZipBuilder.Member {
        var member = ZipBuilder.Member("hidden.pkl", evil)
        member.isListed = false
        return member
    }
    private static func changed(_ change: (inout ZipBuilder) -> Void) -> ZipBuilder {
        var builder = torch
        change(&builder)
        return builder
    }

    @Test("A name that promises another format is a finding", arguments: ["safetensors", "onnx", "json", "png", "txt"])
    func masquerade(_ name: String) {
        #expect(rules(in: Self.evil, name: "weights.\(name)").contains("CORDON-FIL-001"))
    }

    @Test("A truncated file of a strict format is not clean", arguments: ["safetensors", "gguf", "onnx", "npy", "h5"])
    func truncated(_ name: String) {
        #expect(outcome(of: [1, 2, 3], name: "x.\(name)") == .failed)
    }

    @Test("What is not recognised or not inspected is never clean")
    func notEvaluated() {
        for bytes in [
            [], [0, 1, 2], [0x89, 0x50, 0x4E, 0x47], [0x52, 0x61, 0x72, 0x21, 0x1A, 7, 0],
        ] as [[UInt8]] {
            guard case .notEvaluated = outcome(of: bytes) else {
                Issue.record("\(bytes.prefix(4)) was \(String(describing: outcome(of: bytes)))")
                continue
            }
        }
    }

    @Test("A decompression bomb is cut and reported")
    func bomb() throws {
        var options = ScanOptions()
        options.limits.totalBytes = 4096
        // 1 MB of zeros in zlib.
        let zeros = try #require(
            Base64.decode(Array("eNrtwTEBAAAAwqD1T20ND6AAAAAAAAAAAAAAAAAAAAAAAAAAAH4MPQAAAQ==".utf8)))
        let report = Scanner(options: options).scan(bytes: zeros, name: "x.joblib")
        #expect(report.findings.contains { $0.ruleID == "CORDON-LIM-003" || $0.ruleID == "CORDON-CMP-001" })
    }

    @Test(
        "A member that grows much weighs by what the archive says of it",
        arguments: [(20 << 20, nil), (1000, Severity.high), (2 << 30, .high)] as [(UInt32, Severity?)])
    func growth(_ stated: UInt32, _ severity: Severity?) throws {
        // A deflate block (RFC 1951, 3.2.7) whose code for 258 times the byte before is one bit long; each zero byte behind it gives 1,032.
        let zeros: [UInt8] =
            [0xEC, 0xC1, 0x01, 0x01, 0, 0, 0, 0x80, 0x90, 0xFE, 0xAF, 0xEE, 0x08, 0x0A]
            + .init(repeating: 0, count: 20_000)
        var member = ZipBuilder.Member("a.npy", zeros)
        (member.method, member.size, member.crc) = (8, stated, 0)
        let report = Scanner().scan(bytes: ZipBuilder([member]).bytes, name: "a.npz")
        #expect(report.findings.first { $0.ruleID == "CORDON-LIM-002" }?.severity == severity, "\(report.findings)")
        // What it does grow to is not what is stated.
        #expect(report.entries.first?.notEvaluated.isEmpty == false)
    }

    @Test(
        "A gzip stream weighs by what its trailer says",
        arguments: [(24_768_006, nil), (20_000_000, .high)] as [(UInt32, Severity?)])
    func statedByStream(_ stated: UInt32, _ severity: Severity?) throws {
        // Six blocks of 4,128,001 zeros each, as zlib 1.2.13 writes them between full flushes, and an empty one.
        let block: [UInt8] =
            [0xEC, 0xC1, 0x01, 0x01, 0, 0, 0, 0x82, 0x20, 0xFF, 0xAF, 0x6E, 0x48, 0x40, 0x01]
            + .init(repeating: 0, count: 3999) + [0xF7, 6, 0, 0, 0xFF, 0xFF]
        let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 2, 3]
        let zeros = [[UInt8]](repeating: block, count: 6).flatMap(\.self) + [3, 0]
        let bytes = header + zeros + littleEndian(UInt32(0xE263_3341)) + littleEndian(stated)
        let report = Scanner().scan(bytes: bytes, name: "a.dcm.gz")
        #expect(report.findings.first { $0.ruleID == "CORDON-LIM-002" }?.severity == severity, "\(report.findings)")
        #expect(report.findings.allSatisfy { $0.ruleID == "CORDON-LIM-002" })
    }

    @Test("What an archive is honest about is read to its end")
    func behindZeros() throws {
        // A pickle that calls posix.system behind 20 MiB of zeros, made with python-zstandard 0.25.0 at level 19.
        let packed = try #require(
            Base64.decode(
                Array(
                    ("KLUv/YBoHwBAAYQAAECABEIAAEABAAEA9f854AICABAAAgAQ"
                        + String(repeating: "AAIAEAACABAAAgAQ", count: 52)
                        + "AAIAEAD5AAAAAAAAAAAAMIwFcG9zaXiMBnN5c3RlbZOMAmlkhVIu").utf8)))
        var member = ZipBuilder.Member("a.pkl", packed)
        (member.method, member.size, member.crc) = (93, 20_971_551, 0xb9df_3cc3)
        var options = ScanOptions()
        options.limits.time = .seconds(60)
        let report = Scanner(options: options).scan(bytes: ZipBuilder([member]).bytes, name: "a.zip")
        #expect(report.findings.contains { $0.severity == .critical }, "\(report.findings)")
        #expect(report.findings.allSatisfy { !$0.ruleID.hasPrefix("CORDON-LIM") && !$0.ruleID.hasPrefix("CORDON-ZIP") })
        // One that grows beyond what it says is cut.
        member.size = 20_000_000
        let liar = Scanner(options: options).scan(bytes: ZipBuilder([member]).bytes, name: "a.zip")
        #expect(liar.findings.contains { $0.ruleID == "CORDON-LIM-002" && $0.severity == .high }, "\(liar.findings)")
    }
}
