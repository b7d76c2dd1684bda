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

    @Test(
        "Oracle's example is no secret, a password that begins like it is",
        arguments: [("tiger", false), ("tigerk7Qz2mXc9L", true)])
    func scott(_ password: String, _ isFound: Bool) {
        #expect(findings("url = oracle://scott:\(password)@db.corp/x\n").isEmpty != isFound)
    }

    @Test("A private key that is cut short opens nothing")
    func shortened() {
        // DER states 1,187 bytes behind its first four.
        let whole = "MII" + "EowIBAAKCAQEA" + Self.drawn(1572)
        func key(_ body: String) -> String {
            "-----BEGIN RSA " + "PRIVATE KEY-----\n\(body)\n-----END RSA " + "PRIVATE KEY-----\n"
        }
        #expect(findings(key(whole)).map(\.severity) == [.high])
        #expect(findings(key(String(whole.prefix(320)))).map(\.severity) == [.low])
        #expect(findings(key(String(whole.prefix(640)) + "\n.\n.\n" + whole.suffix(320))).map(\.severity) == [.low])
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
        #expect(severity("RSA PRIVATE KEY", "MIICPA" + body.dropFirst(6)) == .high)
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
            ("https://foo.com:123,foo:bar@bar.com/path", .low),
            ("https://foo.corp:123,app:k7Qz2mXc9Lp@bar.corp/path", .high),
        ])
    func addresses(_ text: String, _ severity: Severity) {
        let found = findings("DATABASE_URL=\(text)\n", ".env").filter { $0.ruleID == "CORDON-SEC-003" }
        #expect(found.first?.severity == severity)
    }

    @Test("A token whose form says nothing of its truth weighs less in a test")
    func illustrations() {
        let text = "key = \"sk_" + "live_4eC39HqLyjWDarjtT1zdp7dcQmXbVnRt\"\n"
        #expect(findings(text, "src/pay.py").first?.severity == .high)
        #expect(findings(text, "src/tests/pay.py").first?.severity == .medium)
        #expect(findings(text, "pkg/pay_test.go").first?.severity == .medium)
    }

    @Test("A token that is put together from literals is found at its beginning")
    func joined() {
        let token = Self.gitHub()
        for joint in ["\" + \"", "' +\n    '", "\"+\""] {
            let parts = token.prefix(4) + joint + token.dropFirst(4)
            let quote = joint.prefix(1)
            let found = findings("import x\n\nTOKEN = \(quote)\(parts)\(quote)\n", "push.py")
            #expect(found.map(\.ruleID) == ["CORDON-SEC-001"], "\(found)")
            #expect(found.first?.place.line == 3)
            #expect(found.allSatisfy { $0.message.contains("in parts") && !$0.message.contains(token.dropFirst(8)) })
        }
        #expect(findings("a = \"gh" + "p_\" + name\nb = \"x\" + \"y\"\n", "push.py").isEmpty)
    }

    @Test(
        "Passwords in lists of accounts, files of settings, tables and cells",
        arguments: [
            (
                "#cloud-config\nchpasswd:\n  list: |\n    ubuntu:LqhkvtK7A.bPkKjB\n  expire: false\n", "user-data.yaml",
                4
            ),
            ("echo \"root:LqhkvtK7A.bPkKjB\" | chpasswd\n", "setup.sh", 1),
            ("[internal]\nusername = jovyan\npassword = ZOZ7kG4,=JR^a^*^,.NT\n", ".pypirc", 3),
            ("host,login,password,notes\ndb.corp,batch,LfGN6RTvcm_iAA0,main\n", "table.csv", 2),
            ("<tr><th>API_KEY</th><td>cpuPgJwimxLmTK5sfk5LrnFBw</td></tr>\n", "settings.txt", 1),
            ("current CLIENT_SECRET is u6g8Qz-CDf7y9P4gCoZMHIIoai2WkcGZ\n", "status.txt", 1),
        ])
    func places(_ text: String, _ name: String, _ line: Int) {
        let found = findings(text, name)
        #expect(found.map(\.ruleID) == ["CORDON-SEC-005"], "\(found)")
        #expect(found.first?.place.line == line)
    }

    @Test(
        "Lists, hashes and prose are no passwords",
        arguments: [
            (
                "chpasswd:\n  list: |\n    ubuntu:$6$rounds=4096$abcdefgh$ijklmnop\n  expire: false\nntp:\n  servers: [a.b]\n",
                "u.yaml"
            ),
            ("password, username = load(), 1\n", "settings.ini"), ("the token is required for tests\n", "notes.txt"),
            ("a,password,b\n1,********,2\n2,,3\n", "t.csv"), ("<th>Password</th><td>Forgotten it?</td>\n", "notes.txt"),
        ])
    func noPasswords(_ text: String, _ name: String) {
        #expect(findings(text, name).isEmpty, "\(findings(text, name))")
    }

    @Test("A table of columns that are all called passwords ends in time")
    func wide() {
        let header = (0..<1500).map { "password\($0)_password" }.joined(separator: ",")
        let row = (0..<1500).map { "Qz\($0)kP7xLm" }.joined(separator: ",")
        let text = header + "\n" + String(repeating: row + "\n", count: 250)
        #expect(findings(text, "wide.csv").count <= 550)
    }

    @Test("Keys and values of pickled dictionaries")
    func pickled() {
        let value = "ny*+bl1E5g#,un"
        let binary = PickleAssembler().proto().op("}").raw([0x94]).op("(").string("host").raw([0x94]).string("db.corp")
            .raw([0x94])
            .string("password").raw([0x94]).string(value).raw([0x94]).op("u.").bytes
        let text = Array("(dp0\nVhost\np1\nVdb.corp\np2\nsVpassword\np3\nV\(value)\np4\ns.".utf8)
        for bytes in [binary, text] {
            let found = Scanner().scan(bytes: bytes, name: "session.pkl").findings
            #expect(found.map(\.ruleID) == ["CORDON-SEC-005"], "\(found)")
            #expect(found.allSatisfy { !$0.message.contains("bl1E5g") })
        }
        let other = PickleAssembler().proto().op("}(").string("password").string("name").string("x").integer(1).op("u.")
            .bytes
        #expect(Scanner().scan(bytes: other, name: "session.pkl").findings.isEmpty)
    }

    @Test(
        "What stands for a value is none",
        arguments: [
            "password = os.environ[\"PASSWORD\"]", "api_key: ${API_KEY}", "token = \"<your-token>\"",
            "secret: changeme-please", "postgres://user:password@host/db",
            "postgres://user:${PASS}@host/db", "a: https://user2:pass2@mydomain.com/path",
            "password = \"xxxxxxxxxxxx\"", "api_key = get_secret('a')",
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

    @Test("Numbers among codes of their form are there by chance", arguments: [(2, true), (40, false)])
    func byChance(_ others: Int, _ isFound: Bool) {
        // The ministry's example of a Spanish number, 12345678Z, and codes whose letter is another.
        let text = "ids: 12345678Z and\n" + (0..<others).map { "code 100000\(10 + $0)U\n" }.joined()
        #expect(findings(text, "notes.txt").contains { $0.message.contains("Spanish") } == isFound)
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

    @Test("Groups of digits among other numbers are no card")
    func tables() {
        let card = "4012 8888 8888 1881"
        #expect(
            findings("paid with \(card), and 5555 5555 5555 4444\n", "mail.txt").map(\.ruleID) == ["CORDON-PII-001"])
        #expect(findings("4067 2055 M\n4067 2055 L\n", "plot.eps").isEmpty)
        #expect(findings("2452 2645 \(card) 118\n326 \(card)\n", "miles.txt").isEmpty)
    }

    @Test("Tables of documents, logs that begin like JSON, transcripts and notebooks' sources")
    func prose() {
        let card = "4012-8888-8888-1881"
        let markdown =
            "# Report\n\n| no | ssn |\n| --- | --- |\n| 1 | 333-24-7966 |\n| 2 | 575-09-3388 |\n| 3 | 457-55-5462 |\n"
        #expect(findings(markdown, "report.md").map(\.ruleID) == ["CORDON-PII-002"])
        #expect(
            findings("[09:01] agent: hello\n[09:02] customer: charged twice on \(card)\n", "export.txt").map(\.ruleID)
                == ["CORDON-PII-001"])
        #expect(
            findings("{\"segments\": [{\"t\": 0.0, \"text\": \"it is \(card)\"}]}", "call.json").map(\.ruleID) == [
                "CORDON-PII-001"
            ])
        #expect(
            findings("{\"turn\": 1, \"text\": \"hi\"}\n{\"turn\": 2, \"text\": \"it is \(card) and\"}\n", "chat.jsonl")
                .map(\.ruleID) == ["CORDON-PII-001"])
        let notebook =
            "{\"nbformat\": 4, \"nbformat_minor\": 5, \"metadata\": {}, \"cells\": [{\"cell_type\": \"markdown\", \"metadata\": {}, \"source\": \"Call +39 339 6375639 when done\"}, "
            + "{\"cell_type\": \"code\", \"metadata\": {}, \"source\": \"x = 1\\nc = '\(card)'\", \"outputs\": [{\"output_type\": \"stream\", \"name\": \"stdout\", "
            + "\"text\": [\"           ssn  n\\n\", \"0  010-51-7885  1\\n\", \"1  625-12-4458  2\\n\", \"2  363-04-0650  3\\n\"]}]}]}"
        let found = findings(notebook, "a.ipynb")
        #expect(
            found.contains { $0.ruleID == "CORDON-PII-003" && $0.place.cell == 1 && $0.place.line == 1 }, "\(found)")
        #expect(
            found.contains { $0.ruleID == "CORDON-PII-001" && $0.place.cell == 2 && $0.place.line == 2 }, "\(found)")
        #expect(
            found.contains { $0.ruleID == "CORDON-PII-002" && $0.place.element == "output 1, column ssn" }, "\(found)")
    }

    @Test("Addresses of the Internet by their column, positions and plain names only beside people")
    func positions() {
        let sessions = (0..<20).map { "s\($0),91.124.81.\($0 + 9),\($0)\n" }.joined()
        #expect(findings("session,client_ip,pages\n" + sessions, "s.csv").map(\.ruleID) == ["CORDON-PII-004"])
        let inside = (0..<20).map { "s\($0),10.0.81.\($0 + 9),\($0)\n" }.joined()
        #expect(findings("session,client_ip,pages\n" + inside, "s.csv").isEmpty)
        let stations = (0..<20).map { "Station \($0),4\($0 % 9).123\($0)45,1.5\($0)678\n" }.joined()
        #expect(findings("name,latitude,longitude\n" + stations, "s.csv").isEmpty)
        let given = ["Ada", "Alan", "Grace", "Edsger", "Barbara"]
        let people = (0..<20).map { "\(given[$0 % 5]) Keller,Via Roma \($0 + 1),4\($0 % 9).123\($0)45\n" }.joined()
        #expect(
            Set(findings("recipient,street,latitude\n" + people, "d.csv").map(\.ruleID)) == [
                "CORDON-PII-003", "CORDON-PII-004",
            ])
        let mails = (0..<20).map { "\(given[$0 % 5]) Keller,k\($0)@firm.org\n" }.joined()
        #expect(findings("name,mail\n" + mails, "m.csv").count == 2)
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
