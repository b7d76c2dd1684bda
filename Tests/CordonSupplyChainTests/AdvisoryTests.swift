import CordonCore
import CordonFormats
import CordonTestSupport
import Foundation
import Testing

@testable import CordonStore
@testable import CordonSupplyChain

@Suite("Advisories")
struct AdvisoryTests {
    static func record(
        _ id: String, _ name: String, fixed: String, modified: String = "2026-01-01T00:00:00Z", extra: String = ""
    ) -> String {
        """
        {"id": "\(id)", "modified": "\(modified)", "summary": "bad"\(extra), "affected": [{"package": {"ecosystem": "PyPI", "name": "\(name)"},
         "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "\(fixed)"}]}]}]}
        """
    }

    private func advisory(_ text: String) throws -> Advisory { try Advisory(try DataNode.json(Array(text.utf8))) }

    @Test("Ranges are evaluated on sorted events, with limits and last-affected versions")
    func ranges() throws {
        let text = """
            {"id": "X-1", "modified": "2026-01-01T00:00:00Z", "affected": [{"package": {"ecosystem": "PyPI", "name": "a"}, "ranges": [
             {"type": "ECOSYSTEM", "events": [{"fixed": "1.5"}, {"introduced": "1.0"}, {"introduced": "2.0"}, {"last_affected": "2.3"}]},
             {"type": "GIT", "repo": "x", "events": [{"introduced": "0"}]}]}]}
            """
        let affected = try #require(try advisory(text).affected.first)
        let expected: [(String, Advisory.Affected.Verdict)] = [
            ("0.9", .unaffected), ("1.0", .affected(fixed: "1.5")), ("1.4.9", .affected(fixed: "1.5")),
            ("1.5", .unaffected),
            ("2.0", .affected(fixed: nil)), ("2.3", .affected(fixed: nil)), ("2.3.0+cpu", .affected(fixed: nil)),
            ("2.3.1", .unaffected),
            ("banana", .unknown),
        ]
        for (version, verdict) in expected { #expect(affected.verdict(version) == verdict, "\(version)") }
    }

    @Test("Listed versions are compared by meaning, and a record without versions says nothing about them")
    func listed() throws {
        let text = """
            {"id": "MAL-1", "modified": "2026-01-01T00:00:00Z", "affected": [{"package": {"ecosystem": "PyPI", "name": "A_b"}, "versions": ["1.0"]}]}
            """
        let record = try advisory(text)
        #expect(record.isMalicious && record.severity == .critical)
        #expect(record.affected[0].key == "a-b")
        #expect(record.affected[0].verdict("1.0.0") == .affected(fixed: nil))
        #expect(record.affected[0].verdict("1.0.1") == .unaffected)
    }

    @Test(
        "Records that lack what they need are refused",
        arguments: [
            "{}", "{\"id\": \"x\"}", "{\"id\": \"x\", \"modified\": \"yesterday\"}",
            "{\"id\": \"x\", \"modified\": \"2026-01-01T00:00:00Z\", \"affected\": [{\"package\": {\"ecosystem\": \"PyPI\", \"name\": \"a\"}, \"ranges\": [{\"type\": \"ODD\", \"events\": []}]}]}",
            "{\"id\": \"x\", \"modified\": \"2026-01-01T00:00:00Z\", \"affected\": [{\"package\": {\"ecosystem\": \"PyPI\", \"name\": \"a\"}, \"ranges\": [{\"type\": \"SEMVER\", \"events\": [{\"started\": \"1\"}]}]}]}",
        ])
    func refused(_ text: String) throws {
        #expect(throws: DataFailure.self) { try Advisory(try DataNode.json(Array(text.utf8))) }
    }

    @Test("An import is incremental, and whole or none")
    func imports() throws {
        let folder = TemporaryFolder()
        let path = folder.path + "/db.sqlite"
        func load(_ files: [String: String]) throws -> AdvisoryDatabase.ImportSummary {
            let place = TemporaryFolder()
            for (name, text) in files { place.write(Array(text.utf8), to: "osv/" + name) }
            var records = try AdvisoryFiles([place.path + "/osv"])
            return try AdvisoryDatabase.importing(path: path) { () throws(AdvisoryFailure) in try records.record() }
        }
        let one = Self.record("A-1", "numpy", fixed: "1.2"), two = Self.record("A-2", "torch", fixed: "2.0")
        #expect(try load(["1.json": one, "2.json": two]) == .init(added: 2))
        #expect(
            try load([
                "1.json": one, "2.json": Self.record("A-2", "torch", fixed: "2.1", modified: "2026-02-01T00:00:00Z"),
            ])
                == .init(changed: 1, unchanged: 1))
        #expect(throws: AdvisoryFailure.self) {
            try load(["3.json": Self.record("A-3", "x", fixed: "1"), "4.json": "{"])
        }
        let database = try AdvisoryDatabase(path: path)
        #expect(database.status.recordCount == 2 && database.status.newest == "2026-02-01T00:00:00Z")
        let found = try database.advisories(for: [
            PackageKey(.pypi, "Torch"), PackageKey(.pypi, "x"), PackageKey(.npm, "torch"),
        ])
        #expect(found.count == 1)
        #expect(found[PackageKey(.pypi, "torch")]?.first?.affected.verdict("2.0") == .affected(fixed: "2.1"))
    }

    @Test("Withdrawn records are not matched, and files can be named by digest")
    func special() throws {
        let digest = String(repeating: "ab", count: 32)
        let text = """
            {"id": "OWN-1", "modified": "2026-01-01T00:00:00Z", "affected": [{"package": {"ecosystem": "huggingface", "name": "Evil/Model"},
             "ecosystem_specific": {"sha256": ["\(digest.uppercased())"]}}]}
            """
        let withdrawn = Self.record("A-1", "numpy", fixed: "9", extra: ", \"withdrawn\": \"2026-01-02T00:00:00Z\"")
        let list = AdvisoryList([try advisory(text), try advisory(withdrawn)], source: "test")
        #expect(list.advisories(for: [PackageKey(.pypi, "numpy")]).isEmpty)
        #expect(list.advisories(digests: [digest])[digest]?.first?.id == "OWN-1")
        #expect(list.advisories(for: [PackageKey(.huggingface, "evil/model")]).count == 1)
    }

    @Test("The built-in records parse, all of them, and each has a source")
    func seed() throws {
        let nodes = try DataNode.json(Array(AdvisorySeed.records.utf8)).elements
        #expect(AdvisorySeed.list.status.recordCount == nodes.count && nodes.count >= 60)
        for node in nodes { #expect(node["references"]?.elements.isEmpty == false, "\(node["id"]?.string ?? "")") }
        let hit = try #require(
            AdvisorySeed.list.advisories(for: [PackageKey(.pypi, "ultralytics")]).values.first?.first)
        #expect(
            hit.affected.verdict("8.3.42") == .affected(fixed: nil) && hit.affected.verdict("8.3.40") == .unaffected)
    }

    @Test("Times are read and written as RFC 3339 has them")
    func times() {
        #expect(Timestamp.seconds("1970-01-01T00:00:00Z") == 0)
        #expect(Timestamp.seconds("2024-02-29T12:30:15.5+01:00") == 1_709_206_215)
        #expect(Timestamp.text(1_709_206_215) == "2024-02-29T11:30:15Z")
        for bad in ["", "2024", "2024-13-01T00:00:00Z", "2024-01-01T00:00:00", "2024-01-01 25"] {
            #expect(Timestamp.seconds(bad) == nil, "\(bad)")
        }
    }
}

@Suite("Names that resemble others")
struct NameImitationTests {
    @Test(
        "Known tricks are seen",
        arguments: [
            ("reqeusts", "requests"), ("numpi", "numpy"), ("tensorfl0w", "tensorflow"), ("python-requests", "requests"),
            ("scikitlearn", "scikit-learn"), ("transformerss", "transformers"), ("pandsa", "pandas"),
        ])
    func tricks(_ name: String, _ target: String) {
        #expect(NameImitation.find(name, .pypi)?.target == target)
    }

    @Test(
        "Slips of fingers and sounds weigh more than other edits, which are often other projects",
        arguments: [
            ("httpxx", "httpx", true), ("httx", "httpx", true), ("htpts", "https", true),
            ("requesrs", "requests", true),
            ("requezts", "requests", true), ("reqyuests", "requests", true), ("numpi", "numpy", true),
            ("httpx2", "httpx", false), ("cymysql", "pymysql", false), ("semiver", "semver", false),
            ("xrequests", "requests", false),
        ])
    func slips(_ name: String, _ target: String, _ isSlip: Bool) {
        #expect(TypingSlip.isOne(Array(name.utf8), for: Array(target.utf8)) == isSlip)
    }

    @Test("Letters of another alphabet are seen") func alphabets() {
        #expect(NameImitation.find("numру", .pypi)?.trick == .foreignLetters)
    }

    @Test(
        "Honest names are left alone",
        arguments: [
            "requests", "numpy", "torchvision", "python-dateutil", "types-requests", "my-company-tools", "x", "",
        ])
    func honest(_ name: String) { #expect(NameImitation.find(name, .pypi) == nil) }

    @Test("One edit is one insertion, deletion, substitution or swap")
    func distance() {
        let cases: [(String, String, Bool)] = [
            ("abc", "abcd", true), ("abcd", "abd", true), ("abc", "axc", true), ("abcd", "abdc", true),
            ("abc", "abc", false),
            ("abcd", "badc", false), ("a", "abc", false), ("", "a", true),
        ]
        for (a, b, expected) in cases {
            #expect(NameImitation.isOneEdit(Array(a.utf8), Array(b.utf8)) == expected, "\(a) \(b)")
        }
    }
}
