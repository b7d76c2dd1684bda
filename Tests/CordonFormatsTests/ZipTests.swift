import CordonFormats
import CordonTestSupport
import Testing

private func read(_ bytes: [UInt8]) -> ZipArchive? {
    ByteView(copying: bytes).withSpan { ZipArchive.read($0, memberLimit: 1000) }
}

@Suite("Zip archives")
struct ZipTests {
    private static let member = ZipBuilder.Member("a/data.pkl", [1, 2, 3])

    @Test("An honest archive has members and no anomalies")
    func honest() throws {
        let archive = try #require(read(ZipBuilder([Self.member, .init("b", [])]).bytes))
        #expect(archive.members.map(\.name) == ["a/data.pkl", "b"])
        #expect(
            archive.anomalies.isEmpty && archive.prefixCount == 0 && archive.trailing.isEmpty && archive.gaps.isEmpty)
    }

    @Test("An empty archive is one")
    func empty() throws { #expect(try #require(read(ZipBuilder([]).bytes)).members.isEmpty) }

    private static func changed(_ change: (inout ZipBuilder.Member) -> Void) -> [UInt8] {
        var copy = member
        change(&copy)
        return ZipBuilder([copy]).bytes
    }

    private static func surrounded(_ change: (inout ZipBuilder) -> Void) -> [UInt8] {
        var builder = ZipBuilder([member, .init("b", [9])])
        change(&builder)
        return builder.bytes
    }

    @Test(
        "Every disagreement between the two headers is found",
        arguments: [
            ("name", changed { $0.localName = "a/data.txt" }), ("method", changed { $0.localMethod = 8 }),
            ("encryption", changed { $0.localFlags = 1 }),
        ])
    func disagreements(_ word: String, _ bytes: [UInt8]) throws {
        let anomaly = try #require(read(bytes)?.anomalies.first)
        #expect(anomaly.kind == .disagreement && anomaly.detail.contains(word))
    }

    @Test("A local entry that the directory does not list is found and kept")
    func unlisted() throws {
        var hidden = ZipBuilder.Member("hidden.pkl", [7])
        hidden.isListed = false
        let archive = try #require(read(ZipBuilder([Self.member, hidden]).bytes))
        #expect(archive.anomalies.map(\.kind) == [.unlisted])
        #expect(archive.members.last?.name == "hidden.pkl" && archive.members.last?.central == nil)
    }

    @Test("Duplicates, data around and between members are found")
    func surroundings() throws {
        #expect(read(ZipBuilder([Self.member, Self.member]).bytes)?.anomalies.map(\.kind) == [.duplicate])
        #expect(read(Self.surrounded { $0.prefix = [1, 2, 3, 4] })?.prefixCount == 4)
        #expect(read(Self.surrounded { $0.suffix = [1, 2] })?.trailing.count == 2)
        #expect(read(Self.surrounded { $0.comment = [1, 2] })?.comment.count == 2)
        #expect(read(Self.surrounded { $0.gap = [UInt8](repeating: 1, count: 40) })?.gaps.map(\.count) == [40, 40])
    }

    @Test("Overlapping members are found")
    func overlap() throws {
        var bytes = ZipBuilder([Self.member, .init("b", [9])]).bytes
        // The second directory entry points to the first local header.
        let start = try #require(bytes.firstIndex(ofSequence: [0x50, 0x4B, 1, 2], after: bytes.count - 75 - 46))
        bytes.replaceSubrange((start + 42)..<(start + 46), with: [0, 0, 0, 0])
        #expect(read(bytes)?.anomalies.contains { $0.kind == .overlap } == true)
    }

    @Test("Cut anywhere, the reader neither traps nor loops")
    func truncation() {
        let bytes = Self.surrounded { $0.comment = [1] }
        for length in 0..<bytes.count { _ = read(Array(bytes.prefix(length))) }
        for offset in 0..<bytes.count {
            var damaged = bytes
            damaged[offset] = 0xFF
            _ = read(damaged)
        }
    }
}

extension Array where Element == UInt8 {
    /// The first place of `needle` at or after `start`.
    func firstIndex(ofSequence needle: [UInt8], after start: Int) -> Int? {
        guard count >= needle.count else { return nil }
        return (Swift.max(0, start)...(count - needle.count)).first {
            self[$0..<($0 + needle.count)].elementsEqual(needle)
        }
    }
}
