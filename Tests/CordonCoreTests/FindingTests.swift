import CordonCore
import Testing

@Suite("Findings")
struct FindingTests {
    private func finding(offset: Int? = 7, subject: String = "os.system", message: String = "calls os.system")
        -> Finding
    {
        Finding(
            ruleID: "CORDON-PKL-001", severity: .critical, confidence: .high, path: AssetPath("a/model.pkl"),
            place: Place(member: "data.pkl", offset: offset), message: message, subject: subject)
    }

    @Test("The fingerprint survives a moved offset and a new wording")
    func fingerprintIsStable() {
        #expect(finding().fingerprint == finding(offset: 99, message: "other words").fingerprint)
        #expect(finding().fingerprint.count == 32)
    }

    @Test("The fingerprint of another subject is another one")
    func fingerprintDistinguishes() {
        #expect(finding().fingerprint != finding(subject: "os.popen").fingerprint)
    }

    @Test("Severities are ordered and found by their words")
    func severities() {
        #expect(Severity.info < .low && Severity.high < .critical)
        #expect(Severity.allCases.allSatisfy { Severity(name: $0.name) == $0 })
        #expect(Severity(name: "awful") == nil)
    }

    @Test(
        "SHA-256 of the FIPS 180-4 examples",
        arguments: [
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ])
    func digest(_ text: String, _ expected: String) {
        #expect(Digest.sha256(of: Array(text.utf8)).hex == expected)
    }

    @Test(
        "Text from files cannot steer a terminal",
        arguments: [
            ("plain", "plain"), ("a\u{1B}[31mb", "a\\x1b[31mb"), ("line\nbreak", "line\\x0abreak"),
            ("bidi\u{202E}x", "bidi\\u{202e}x"), ("zero\u{200B}width", "zero\\u{200b}width"), ("größe 模型", "größe 模型"),
        ])
    func quoting(_ text: String, _ expected: String) { #expect(PrintableText.quoting(text) == expected) }

    @Test("Long text is cut")
    func cutting() { #expect(PrintableText.quoting(String(repeating: "x", count: 10), limit: 4) == "xxxx…") }

    @Test("Names that are not UTF-8 are shown byte by byte")
    func invalidNames() {
        let path = AssetPath(bytes: Array("dir/".utf8) + [0xFF, 0x41])
        #expect(path.display == "dir/\\xffA")
        #expect(path.name.bytes == [0xFF, 0x41])
        #expect(AssetPath("a/b.Tar.GZ").pathExtension == "gz")
        #expect(AssetPath(".hidden").pathExtension == "")
    }
}
