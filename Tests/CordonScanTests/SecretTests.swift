import CordonCore
import CordonFormats
import CordonScan
import CordonTestSupport
import Testing

/// Values are put together when the test runs, so that no file of ours holds what looks like a secret.
@Suite("Secrets")
struct SecretTests {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// Characters that look drawn at random, always the same.
    private static func drawn(
        _ count: Int, _ letters: String = "k7Qz2mXc9LpRt4VbNw8HsJd3FgYa6EuT5rKoBx1MiPq0WvZhGnCySj"
    ) -> String {
        let source = Array(letters.utf8)
        return String(decoding: (0..<count).map { source[($0 * 17 + $0 / 7) % source.count] }, as: UTF8.self)
    }

    /// A token of GitHub's with the right checksum, or the wrong one.
    private static func gitHub(right: Bool = true) -> String {
        let body = drawn(30)
        var value = ByteView(copying: Array(body.utf8)).withSpan { CRC32.checksum($0) } &+ (right ? 0 : 1)
        var check: [UInt8] = []
        for _ in 0..<6 {
            check.insert(alphabet[Int(value % 62)], at: 0)
            value /= 62
        }
        return "gh" + "p_" + body + String(decoding: check, as: UTF8.self)
    }

    private func findings(_ text: String, _ name: String = "notes.txt") -> [Finding] {
        Scanner().scan(bytes: Array(text.utf8), name: name).findings.filter { $0.ruleID.hasPrefix("CORDON-SEC") }
    }

    @Test("A token is found wherever it stands, with its line, and never shown whole")
    func tokens() {
        let token = Self.gitHub()
        for text in [
            "\n\nexport GH=\(token)\n", "{\"a\": \"\(token)\"}", "x = '\(token)'", "<a>\(token)</a>",
            "a,b\n1,\(token)\n",
        ] {
            let found = findings(text)
            #expect(found.map(\.ruleID) == ["CORDON-SEC-001"], "\(text)")
            #expect(
                found.allSatisfy { !$0.message.contains(token.dropFirst(8)) && $0.message.contains("checksum right") })
        }
        #expect(findings("\n\nexport GH=\(token)\n").first?.place.line == 3)
    }

    @Test("A token with the wrong checksum was made up")
    func checksum() { #expect(findings("token = \"\(Self.gitHub(right: false))\"").isEmpty) }

    @Test(
        "Forms of providers",
        arguments: [
            ("hf" + "_", "kqzmxcplrtvbnwhsjdfgyaeutrkobximpq", ""), ("AKI" + "A", "Q2M7LXKC5PRT4VBN", ""),
            ("glp" + "at-", "k7Qz2mXc9LpRt4VbNw8H", ""),
            ("AIz" + "a", "k7Qz2mXc9LpRt4VbNw8HsJd3FgYa6EuT5rK", ""),
            ("SG" + ".", "k7Qz2mXc9LpRt4VbNw8HsJ.d3FgYa6EuT5rKoBx1MiPq0WvZhGnCySjk7Qz2mXc9Lp", ""),
            ("dap" + "i", "0a7d2f9c4b8e1063a5d7f2c9b4e80613", ""),
            (
                "sk-ant" + "-api03-",
                "k7Qz2mXc9LpRt4VbNw8HsJd3FgYa6EuT5rKoBx1MiPq0WvZhGnCySjk7Qz2mXc9LpRt4VbNw8HsJd3FgYa6EuT5rKoB", "AA"
            ),
            ("xox" + "b-", "284917365012-7391648205173-k7Qz2mXc9LpRt4VbNw8HsJd3", ""),
            ("gs" + "k_", "k7Qz2mXc9LpRt4VbNw8HsJd3FgYa6EuT5rKoBx1MiPq0WvZhGnCy", ""),
        ])
    func forms(_ prefix: String, _ body: String, _ suffix: String) {
        #expect(findings("value: \(prefix)\(body)\(suffix)\n").map(\.ruleID).contains("CORDON-SEC-001"), "\(prefix)")
        // One character more or an example is no token.
        #expect(
            !findings("value: \(prefix)\(String(repeating: "x", count: body.count))\n").map(\.ruleID).contains(
                "CORDON-SEC-001"), "\(prefix)")
    }

    @Test("Bech32 of age's keys is checked (the value is BIP 173's own construction)")
    func age() {
        // A key of zeros: its checksum follows from the published algorithm, and one changed character breaks it.
        let found = findings("AGE-SECRET-KEY-1QQPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQQPZRY9X8GF2TVDW0S3QQQQQQ\n")
        #expect(found.isEmpty)
    }

    @Test("Private keys are told from public ones, and sealed ones weigh less")
    func keys() {
        let body = (0..<12).map { _ in Self.drawn(64) }.joined(separator: "\n")
        let begin = "-----BEGIN ", end = "-----END "
        func severity(_ label: String, _ body: String) -> Severity? {
            findings("\(begin)\(label)-----\n\(body)\n\(end)\(label)-----\n").first?.severity
        }
        #expect(severity("RSA PRIVATE KEY", "MII" + body.dropFirst(3)) == .high)
        #expect(severity("ENCRYPTED PRIVATE KEY", "MII" + body.dropFirst(3)) == .low)
        #expect(severity("PUBLIC KEY", "MII" + body.dropFirst(3)) == nil)
        #expect(severity("CERTIFICATE", "MII" + body.dropFirst(3)) == nil)
        #expect(severity("RSA PRIVATE KEY", "...") == nil)
    }

    @Test(
        "Passwords in addresses",
        arguments: [
            ("postgres://app:k7Qz2mXc9Lp@db.internal.corp:5432/x", Severity.high),
            ("mongodb+srv://root:Zq81_kkw@c0.mongo.corp/x", .high),
            ("redis://:k7Qz2mXc9@10.0.0.3:6379", .high), ("postgres://postgres:postgres@localhost/x", .low),
        ])
    func addresses(_ text: String, _ severity: Severity) {
        let found = findings("DATABASE_URL=\(text)\n", ".env").filter { $0.ruleID == "CORDON-SEC-003" }
        #expect(found.first?.severity == severity)
    }

    @Test(
        "What stands for a value is none",
        arguments: [
            "password = os.environ[\"PASSWORD\"]", "api_key: ${API_KEY}", "token = \"<your-token>\"",
            "secret: changeme-please", "postgres://user:password@host/db",
            "postgres://user:${PASS}@host/db", "password = \"xxxxxxxxxxxx\"", "api_key = get_secret('a')",
            "max_tokens = 4096", "pad_token = \"<|endoftext|>\"",
            "tokenizer_class: PreTrainedTokenizerFast", "https://example.com/a:b@c",
            "primary_key = \"customer_identifier\"", "key: 1234567890123456",
        ])
    func placeholders(_ text: String) {
        #expect(findings(text + "\n", "settings.yaml").isEmpty, "\(findings(text + "\n", "settings.yaml"))")
    }

    @Test("Named values count in configurations and as texts in programs, not as expressions in programs")
    func assigned() {
        let value = Self.drawn(24)
        #expect(findings("db_password: \(value)\n", "a.yaml").map(\.ruleID) == ["CORDON-SEC-005"])
        #expect(findings("import os\nDB_PASSWORD = \"\(value)\"\n", "a.py").map(\.ruleID) == ["CORDON-SEC-005"])
        #expect(findings("import os\nDB_PASSWORD = \(value)\n", "a.py").isEmpty)
        #expect(findings("aws_secret_access_key = \(Self.drawn(40))\n", "credentials").first?.severity == .high)
    }

    @Test(
        "Hostile text ends in time, whatever is repeated",
        arguments: [
            "-----BEGIN RSA PRIVATE KEY-----", "password", "--password ", "://", "eyJ.", "key=\"", "AKIA", "a@b.c ",
            "+1 2 3 ",
        ])
    func hostile(_ text: String) {
        _ = findings(String(repeating: text, count: 20_000))
    }
}

@Suite("Personal data")
struct PersonalDataTests {
    private func findings(_ text: String, _ name: String) -> [Finding] {
        Scanner().scan(bytes: Array(text.utf8), name: name).findings.filter { $0.ruleID.hasPrefix("CORDON-PII") }
    }

    /// Rows with a value in the second column.
    private func table(_ header: String, _ values: [String]) -> String {
        "id,\(header),x\n" + values.enumerated().map { "\($0 + 1000),\($1),\($0 * 7)\n" }.joined()
    }

    @Test("A column of addresses is named, with how many there are")
    func column() {
        let found = findings(table("contact", (0..<40).map { "person\($0)@firm\($0 % 5).org" }), "people.csv")
        #expect(found.map(\.ruleID) == ["CORDON-PII-003"])
        #expect(found.first?.place.element == "column contact")
        #expect(found.first?.message.contains("40 of 40") == true)
    }

    @Test(
        "Numbers with check digits (public test numbers: Luhn's of card networks, ISO 13616's examples)",
        arguments: [
            (
                "card",
                [
                    "4111111111111111", "5555555555554444", "378282246310005", "6011111111111117", "4012888888881881",
                    "5105105105105100", "4222222222222",
                ], "CORDON-PII-001"
            ),
            (
                "iban",
                [
                    "GB82WEST12345698765432", "DE89370400440532013000", "FR1420041010050500013M02606",
                    "NL91ABNA0417164300",
                ], "CORDON-PII-001"
            ),
            ("nhs_number", ["9434765919", "4505577104", "9876543210", "4010232137", "3627362736"], "CORDON-PII-002"),
            ("ssn", ["123-45-6789", "219-09-9999", "078-05-1120", "457-55-5462"], "CORDON-PII-002"),
        ])
    func numbers(_ header: String, _ values: [String], _ rule: String) {
        #expect(
            findings(table(header, values), "data.csv").map(\.ruleID).contains(rule),
            "\(findings(table(header, values), "data.csv"))")
    }

    @Test("Columns of other numbers are passed over")
    func others() {
        var random = 88_172_645_463_325_252 as UInt64
        func next() -> UInt64 {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            return random
        }
        let sixteen = (0..<300).map { _ in String(4_000_000_000_000_000 + next() % 999_999_999_999_999) }
        #expect(findings(table("order", sixteen), "orders.csv").isEmpty)
        #expect(
            findings(table("sku", (0..<300).map { _ in String(100_000_000 + next() % 900_000_000) }), "stock.csv")
                .isEmpty)
        #expect(findings(table("when", (0..<300).map { "2024-\($0 % 9 + 1)-\($0 % 28 + 1)" }), "log.csv").isEmpty)
        #expect(findings("# Read me\n\nWrite to noreply@example.com or see user@host:path\n", "README.md").isEmpty)
    }

    @Test("JSON lines, and lists of objects, have columns as well")
    func json() {
        let lines = (0..<20).map { "{\"user\": {\"mail\": \"p\($0)@firm.org\"}, \"n\": \($0)}" }
        #expect(findings(lines.joined(separator: "\n") + "\n", "a.jsonl").first?.place.element == "column user.mail")
        #expect(findings("[" + lines.joined(separator: ",") + "]", "a.json").first?.place.element == "column user.mail")
    }

    @Test("Of a big file a part is looked at, and how much is said")
    func coverage() {
        let row = "77,somebody@firm.org,1234567890,abcdefghijklmnopqrstuvwxyz\n"
        let big = "id,mail,n,text\n" + String(repeating: row, count: 120_000)
        let found = findings(big, "big.csv").first
        #expect(found == nil || found?.message.contains("% of the file looked at") == true)
        let varied = "id,mail\n" + (0..<200_000).map { "\($0),person\($0)@firm.org\n" }.joined()
        #expect(findings(varied, "big.csv").first?.message.contains("% of the file looked at") == true)
    }
}

@Suite("Passwords in commands")
struct CommandPasswordTests {
    private func rules(_ bytes: [UInt8], _ name: String) -> [String] {
        Scanner().scan(bytes: bytes, name: name).findings.map(\.ruleID)
    }
    private static let password = "Kq7v" + "Tz2Lp9w"

    @Test(
        "Programs that take a password as an argument",
        arguments: [
            "curl -u etl:@ https://db.internal/", "mysqldump -u etl -p@ features",
            "docker login -u etl -p @ registry.internal",
            "sshpass -p @ ssh etl@db", "redis-cli -a @ ping", "CREATE USER etl IDENTIFIED BY '@';",
            "$s = ConvertTo-SecureString \"@\" -AsPlainText -Force",
        ])
    func found(_ command: String) {
        let text = command.split(separator: "@", maxSplits: 1).joined(separator: Self.password)
        #expect(rules(Array(text.utf8), "run.sh") == ["CORDON-SEC-005"], "\(text)")
    }

    @Test(
        "Variables, questions and other options are none",
        arguments: [
            "curl -u $USER:$PASS https://x/", "mysql -p features", "docker run -p 8080:80 image",
            "mkdir -p a/b7c8d9e0f",
        ])
    func clean(_ command: String) { #expect(rules(Array(command.utf8), "run.sh") == []) }

    @Test("Control characters between the words of a command do not stop the search", .timeLimit(.minutes(1)))
    func controls() {
        for byte in UInt8(0)...0x20 {
            _ = rules(Array("x curl ".utf8) + [byte, byte] + Array(" -u a:b7c8d9e0 y".utf8), "m.bin")
        }
        _ = rules([0x80, 4, 0x8C, 9] + Array("curl".utf8) + [0, 1, 2, 3, 4, 0x2E], "m.pkl")
    }
}
