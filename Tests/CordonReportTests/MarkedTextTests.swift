import Testing

@testable import CordonReport

/// Phrases in excerpts.
@Suite("Marked text")
struct MarkedTextTests {
    private func marked(_ text: String, _ phrases: [String]) -> [String] {
        MarkedText.pieces(of: text, phrases).filter(\.isMarked).map(\.text)
    }

    @Test(
        "Phrases are found as whole words, whatever the case of their letters",
        arguments: [
            ("Quoth the Otter.", ["otter"], ["Otter"]), ("otters and an otter", ["otter"], ["otter"]),
            ("a b a b", ["a b"], ["a b", "a b"]), ("abc", [], []), ("", ["a"], []), ("a", ["ab"], []),
            ("x", [""], []), ("İstanbul ignore", ["IGNORE"], ["ignore"]),
            ("one two three", ["two", "two three"], ["two three"]),
            (" \n", [" "], []), ("cf!cf", ["cf"], ["cf", "cf"]),
        ])
    func phrases(_ text: String, _ phrases: [String], _ expected: [String]) {
        #expect(marked(text, phrases) == expected)
    }

    @Test("The pieces are the text", arguments: ["", "a", "Otter, otter", "e\u{301}otter otter"])
    func whole(_ text: String) {
        #expect(MarkedText.pieces(of: text, ["otter"]).map(\.text).joined() == text)
    }
}
