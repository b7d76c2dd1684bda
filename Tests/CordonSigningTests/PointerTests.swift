import CordonCore
import CordonFetch
import CordonFormats
import CordonTestSupport
import Crypto
import Glibc
import Synchronization
import Testing

@testable import CordonSigning

/// Answers from a table instead of the network.
private struct TableFetcher: PointerFetcher {
    let answers: [String: (body: String, outcome: FetchOutcome)]

    func fetch(
        _ url: String, byteLimit: Int, timeout: Duration, take: @escaping (UnsafeRawBufferPointer) -> Void
    ) -> FetchOutcome {
        guard let (body, outcome) = answers[url] else { return FetchOutcome(status: 404, effectiveURL: url) }
        Array(body.utf8).withUnsafeBytes { take($0) }
        return outcome
    }
}

private func sha256(_ text: String) -> String { Hexadecimal.encode(SHA256.hash(data: Array(text.utf8))) }

@Suite("Lists of addresses")
struct PointerTests {
    private func list(_ text: String, _ name: String = "l.csv", url: String? = nil, digest: String? = nil) throws
        -> PointerList
    {
        try PointerList(ByteView(copying: Array(text.utf8)), path: AssetPath(name), url: url, digest: digest)
    }

    private func rows(_ list: PointerList) throws -> [PointerList.Row] {
        var rows: [PointerList.Row] = []
        try list.forEachRow {
            rows.append($0)
            return true
        }
        return rows
    }

    @Test("CSV with quotes, TSV and JSONL give the same rows")
    func formats() throws {
        let csv = try rows(try list("URL,TEXT,sha256\r\nhttps://a/1,\"x, \"\"y\"\"\nz\",aa\r\n\nhttps://a/2,,bb"))
        let tsv = try rows(try list("url\tsha256\nhttps://a/1\taa\nhttps://a/2\tbb\n", "l.tsv"))
        let jsonl = try rows(
            try list(
                "{\"url\":\"https://a/1\",\"sha256\":\"aa\"}\n\n{\"sha256\":\"bb\",\"url\":\"https://a/2\"}", "l.jsonl")
        )
        #expect(csv == tsv && tsv == jsonl && csv.map(\.digest) == ["aa", "bb"] && csv.map(\.number) == [1, 2])
    }

    @Test(
        "Lists that cannot be read say where and why",
        arguments: [
            ("a,b\n1,2", "l.csv", "no column"), ("url,sha256\nx", "l.csv", "fields only"),
            ("url,sha256\n\"x", "l.csv", "quote"), ("url,sha256\n\"x\"y,z", "l.csv", "closing quote"),
            ("x", "l.parquet", "CSV or JSONL"), ("x", "l.txt", "not a list"), ("{", "l.jsonl", "line 1"),
            ("", "l.csv", "no column"),
        ])
    func malformed(_ text: String, _ name: String, _ words: String) {
        let failure = #expect(throws: IntegrityFailure.self) { _ = try rows(try list(text, name)) }
        #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
    }

    @Test("What the digest column is worth")
    func sanity() throws {
        let good = sha256("x")
        let lines = [
            "https://a/1,\(good)", "https://a/2,\(good)", "https://a/1,\(sha256("y"))", "https://a/3,",
            "https://a/4,123",
            "ftp://a/5,\(good)", "https://a/6,d41d8cd98f00b204e9800998ecf8427e", "https://a/7,sha256:\(good)",
        ]
        let sanity = try PointerSanity(try list("url,sha256\n" + lines.joined(separator: "\n")))
        #expect(sanity.rowCount == 8 && sanity.emptyCount == 1 && sanity.wrongCount == 1)
        #expect(sanity.algorithms == ["sha256": 5, "md5": 1] && sanity.contradictionCount == 1)
        let text = sanity.problems.joined(separator: "\n")
        for words in ["no digest", "not a digest", "mixed", "md5 is broken", "another digest", "not http"] {
            #expect(text.contains(words), "\(words)")
        }
        #expect(try PointerSanity(try list("url,sha256\nhttps://a/1,\(good)\n")).problems.isEmpty)
    }

    @Test("Every outcome, and every changed row in the report")
    func outcomes() throws {
        let fetcher = TableFetcher(answers: [
            "https://a/same": ("x", FetchOutcome(status: 200, byteCount: 1, effectiveURL: "https://a/same")),
            "https://a/changed": ("y", FetchOutcome(status: 200, byteCount: 1, effectiveURL: "https://a/changed")),
            "https://a/moved": (
                "x", FetchOutcome(status: 200, redirects: 1, byteCount: 1, effectiveURL: "https://cdn.b/x")
            ),
            "https://a/large": ("x", FetchOutcome(status: 200, isTooLarge: true)),
            "https://a/broken": ("", FetchOutcome(status: 503)),
            "https://a/dns": ("", FetchOutcome(status: 0, problem: "Couldn't resolve host name", isNameGone: true)),
            "https://a/offline": ("", FetchOutcome(status: 0, problem: "Couldn't resolve host name")),
            "https://a/refused": ("", FetchOutcome(status: 0, problem: "its address is not of the public Internet")),
        ])
        let names = ["same", "changed", "moved", "large", "broken", "dns", "refused", "missing", "offline"]
        let text =
            "url,sha256\n" + names.map { "https://a/\($0),\(sha256("x"))" }.joined(separator: "\n")
            + "\nhttps://a/same,\n"
        let results = Mutex<[String: PointerResult.Kind]>([:])
        let report = try PointerChecker(fetcher, options: PointerOptions()).check(try list(text)) { result in
            results.withLock { $0["\(result.row.number)"] = result.kind }
        }
        let kinds = results.withLock { $0 }
        #expect(
            (1...10).map { kinds["\($0)"] } == [
                .same, .changed, .redirected, .notChecked, .notChecked, .gone, .notChecked, .gone,
                .notChecked, .notChecked,
            ])
        #expect(report.changed.map(\.row.url) == ["https://a/changed"] && report.count(.notChecked) == 5)
    }

    @Test("A domain whose rows changed in bulk is suspect; one changed row among many is not")
    func concentration() {
        var statistics = DomainStatistics()
        func note(_ host: String, _ kind: PointerResult.Kind, to target: String? = nil) {
            statistics.note(
                PointerResult(
                    row: .init(number: 1, url: "https://\(host)/x", digest: ""), kind: kind, detail: "",
                    effectiveURL: "https://\(target ?? host)/x"))
        }
        for number in 0..<2000 { note("img\(number % 40).example.org", number == 7 ? .changed : .same) }
        for _ in 0..<8 { note("www.sold.co.uk", .changed) }
        note("once.net", .changed)
        for domain in ["one.com", "two.com", "three.com"] { note(domain, .changed, to: "parking.example") }
        let names = statistics.suspects.map(\.name)
        #expect(names == ["sold.co.uk", "parking.example"])
    }

    @Test(
        "Hosts and registered domains",
        arguments: [
            ("https://User@WWW.Example.co.uk:8080/x?y#z", "www.example.co.uk", "example.co.uk"),
            ("http://a.b.example.com/", "a.b.example.com", "example.com"),
            ("http://10.0.0.1/x", "10.0.0.1", "10.0.0.1"),
            ("http://[::1]:80/x", "[::1]", "[::1]"), ("nonsense", "", ""),
        ])
    func domains(_ url: String, _ host: String, _ registered: String) {
        #expect(Domain.host(url) == host && Domain.registered(host) == registered)
    }

    @Test(
        "Addresses that are not of the public Internet are refused, whatever their spelling",
        .enabled(if: (try? Fetcher(allowsPrivateAddresses: false)) != nil, "libcurl is not installed"))
    func addresses() throws {
        let fetcher = try Fetcher(allowsPrivateAddresses: false)
        for host in [
            "127.0.0.1", "localhost", "0x7f000001", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254",
            "10.1.2.3",
        ] {
            let outcome = fetcher.fetch("http://\(host):9/", byteLimit: 10, timeout: .seconds(3)) { _ in }
            #expect(outcome.status == 0 && outcome.problem?.contains("public") == true, "\(host): \(outcome)")
        }
        let other = fetcher.fetch("file:///etc/hostname", byteLimit: 100, timeout: .seconds(3)) { _ in }
        #expect(other.status == 0 && other.problem != nil)
    }

    @Test("The binomial tail agrees with small cases counted by hand")
    func tail() {
        #expect(abs(DomainStatistics.tail(2, of: 2, rate: 0.5) - 0.25) < 1e-9)
        #expect(abs(DomainStatistics.tail(1, of: 3, rate: 0.5) - 0.875) < 1e-9)
        #expect(DomainStatistics.tail(0, of: 5, rate: 0.1) > 0.999999)
    }
}
