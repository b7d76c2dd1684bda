import Testing

@testable import CordonScan

/// The numbers were drawn with Python's `random` (seed 7) and sorted into right and wrong ones by python-stdnum 2.x; NRIC's is the usual sample.
@Suite("Identity numbers of more countries")
struct PersonalNumberTests {
    @Test(
        "Check digits are held against the countries' rules",
        arguments: [
            (PersonalKind.nif, ["231757328", "185872840", "302258744", "200539892"], ["216053050", "300481269"]),
            (.ahv, ["7568686200723", "756.8245.7763.31", "7567741612303"], ["7561221853395", "7562869148890"]),
            (.fodselsnummer, ["28028841932", "10039001050", "23069736939"], ["26077913894", "06039904515"]),
            (.cnp, ["1850622217888", "2551201140781", "2990107215353"], ["2621019349575", "1840118073264"]),
            (.egn, ["6808075639", "8108184622", "9512234400"], ["4611265939", "4911086567"]),
            (.rodneCislo, ["956115/9465", "825919/3624", "7757151831"], ["635722/7248", "605817/5609"]),
            (.oib, ["97761724532", "27054096493", "37388140563"], ["32345312696", "71934767009"]),
            (.isikukood, ["44609266252", "34401181402", "46907220125"], ["34908017845", "38812043062"]),
            (.svnr, ["1464110712", "9821 080766", "1453031226"], ["3197090544", "3656150383"]),
            (.pps, ["9564496K", "3502308E", "8487254HA"], ["1504824H", "4674541YA"]),
            (.kimlik, ["23811706626", "23104174002", "59688909150"], ["30406556762", "63355598768"]),
            (.rut, ["19051954-6", "14.253.969-1", "12144328-7"], ["14308573-K", "21874130-2", "190519546"]),
            (.cuit, ["23512599931", "27-22892553-0", "27771232979"], ["30013492116", "27306201041"]),
            (.curp, ["BECS480416MJCPZL77", "HOFV431117HNLRRN96", "GOGR670818HOCPZL80"], ["BODZ850126MNLRRN71"]),
            (
                .southAfricanID, ["8402084058080", "8512029927080", "4205057558083"],
                ["8812229193184", "8212013641183"]
            ),
            (.nric, ["S1234567D"], ["S1234567E", "X1234567D"]),
            (.myNumber, ["598766075650", "895258503519", "156367975504"], ["718389130861", "932981998551"]),
            (.teudatZehut, ["430278721", "336464425", "833768781"], ["199200081", "815955514"]),
        ])
    func numbers(_ kind: PersonalKind, _ right: [String], _ wrong: [String]) {
        for text in right { #expect(kind.matches(Array(text.utf8)), "\(kind) \(text)") }
        for text in wrong + ["", "1", "abc", "-", "........."] {
            #expect(!kind.matches(Array(text.utf8)), "\(kind) \(text)")
        }
    }

    @Test("Every kind bears any text", arguments: PersonalKind.allCases)
    func hostile(_ kind: PersonalKind) {
        for length in 0...40 {
            for byte in [UInt8(0), 0x20, 0x2D, 0x2E, 0x30, 0x39, 0x41, 0x5A, 0x6B, 0xC3, 0xFF] {
                _ = kind.matches([UInt8](repeating: byte, count: length))
                _ = kind.matches((0..<length).map { $0 % 2 == 0 ? byte : 0x31 })
                _ = kind.matches((0..<length).map { $0 + 1 == length ? byte : 0x38 })
            }
        }
    }

    @Test(
        "Addresses that the Internet routes, and no others",
        arguments: [
            ("91.124.81.237", true), ("2a02:2f0b::1", true), ("10.1.2.3", false), ("192.168.1.1", false),
            ("172.20.0.1", false), ("127.0.0.1", false), ("203.0.113.9", false), ("999.1.1.1", false),
            ("1.2.3", false), ("fe80::1", false), ("2001:db8::1", false), ("12:30:15", false),
        ])
    func addresses(_ text: String, _ isPublic: Bool) {
        #expect(PersonalForms.isPublicAddress(Array(text.utf8)) == isPublic)
    }
}

@Suite("Printed tables")
struct PrintedTableTests {
    private func columns(_ tables: [PrintedTable]) -> [String: [String]] {
        var result: [String: [String]] = [:]
        for table in tables {
            for (index, name) in table.header.enumerated() {
                result[name] = table.rows.map { index < $0.count ? String(decoding: $0[index], as: UTF8.self) : "" }
            }
        }
        return result
    }

    @Test("pandas' HTML")
    func html() {
        let text =
            "<table border=\"1\" class=\"dataframe\"><thead><tr><th></th><th>name</th><th>a&amp;b</th></tr></thead><tbody>"
            + "<tr><th>0</th><td>Ada &lt;L&gt;</td><td>1</td></tr>\n<tr><th>1</th><td><b>Alan</b> T</td><td>2</td></tr></tbody></table>"
        let columns = columns(PrintedTable.html(Array(text.utf8)))
        #expect(
            columns["name"] == ["Ada <L>", "Alan T"] && columns["a&b"] == ["1", "2"] && columns[""] == ["0", "1"])
    }

    @Test("pandas' columns of text, with names that hold spaces and letters of several bytes")
    func aligned() {
        func line(_ cells: [(String, Int)]) -> String {
            cells.map { text, width in String(repeating: " ", count: max(0, width - text.count)) + text }.joined()
        }
        let rows = [
            "Shape: (3, 3)", line([("", 2), ("employee", 10), ("full name", 13), ("ssn", 13)]),
            line([("0 ", 2), ("10159", 10), ("Jürgen Maß", 13), ("010-51-7885", 13)]),
            line([("1 ", 2), ("28658", 10), ("Ana Sá", 13), ("625-12-4458", 13)]),
            line([("10", 2), ("17396", 10), ("Li", 13), ("363-04-0650", 13)]), "", "[3 rows x 3 columns]",
        ]
        let columns = columns(PrintedTable.text(Array(rows.joined(separator: "\n").utf8)))
        #expect(columns["ssn"] == ["010-51-7885", "625-12-4458", "363-04-0650"], "\(columns)")
        #expect(columns["full name"] == ["Jürgen Maß", "Ana Sá", "Li"], "\(columns)")
        #expect(columns["employee"] == ["10159", "28658", "17396"], "\(columns)")
    }

    @Test("Markdown and frames drawn with bars")
    func barred() {
        let markdown = "| id | mail |\n|----|:----:|\n| 1 | a@b.org |\n| 2 | c@d.org |\n"
        #expect(columns(PrintedTable.text(Array(markdown.utf8)))["mail"] == ["a@b.org", "c@d.org"])
        let drawn =
            "shape: (2, 2)\n┌─────┬─────────┐\n│ id  ┆ mail    │\n╞═════╪═════════╡\n│ 1   ┆ a@b.org │\n│ 2   ┆ c@d.org │\n└─────┴─────────┘\n"
        #expect(columns(PrintedTable.text(Array(drawn.utf8)))["mail"] == ["a@b.org", "c@d.org"])
    }

    @Test(
        "Hostile text ends",
        arguments: [
            "<table>", "<tr>", "<td>", "<", "<td", "|", "||\n", "│", "┆\n", "  a  b\nc\n", "\n", "&", " \n1\n",
            "----\n", "  a  b\n",
        ])
    func hostile(_ piece: String) {
        let text = Array(String(repeating: piece, count: 20_000).utf8)
        #expect(PrintedTable.html(text).count <= 16)
        #expect(PrintedTable.text(text).count <= 16)
    }
}
