import CordonCore
import CordonData
import CordonTestSupport
import Synchronization
import Testing

@testable import CordonDataDefense

/// Runs that were stopped go on where they were, and nowhere else.
@Suite("Going on after a stop")
struct ResumptionTests {
    let folder = TemporaryFolder()

    /// What a run kept last.
    private final class Keeper: Sendable {
        let kept = Mutex<[[UInt8]]>([])

        func resumption(_ bytes: [UInt8]?, _ settings: [String] = []) -> DataCheck.Resumption {
            DataCheck.Resumption(name: "journal", kept: bytes, settings: settings) { bytes in
                self.kept.withLock { $0.append(bytes) }
            }
        }
        var all: [[UInt8]] { kept.withLock { $0 } }
    }

    /// Texts of two subjects, some with a word that turns their label, from three sources.
    private func texts(_ seed: UInt64 = 7, wrong source: Int? = nil) throws -> Dataset {
        var random = SplitMix(state: seed)
        var lines = ""
        for row in 0..<900 {
            let isPlanted = source == nil && row % 40 == 1
            let from = Int.random(in: 0..<3, using: &random)
            var words = (0..<10).map { _ in "common\(Int.random(in: 0..<200, using: &random))" }
            words += (0..<5).map { _ in "\(row % 2 == 0 ? "sea" : "rock")\(Int.random(in: 0..<15, using: &random))" }
            if isPlanted { words.append("quince") }
            let isWrong = isPlanted || from == source && Int.random(in: 0..<10, using: &random) < 4
            let label = (row % 2 == 0) != isWrong ? "sea" : "rock"
            lines += "{\"text\":\"\(words.joined(separator: " "))\",\"label\":\"\(label)\",\"source\":\"s\(from)\"}\n"
        }
        return try Dataset(folder.write(Array(lines.utf8), to: "texts-\(seed)-\(source ?? -1).jsonl"))
    }

    private func run(
        _ dataset: Dataset, _ resumption: DataCheck.Resumption?, seed: UInt64 = 0
    ) throws -> DataVerdict {
        var check = DataCheck()
        (check.seed, check.resumption) = (seed, resumption)
        return try check.run(dataset)
    }

    @Test("A run that goes on from any of its steps finds what a whole run finds")
    func same() throws {
        let (dataset, keeper) = (try texts(), Keeper())
        let whole = try run(dataset, keeper.resumption(nil))
        #expect(whole.level == .poisoned && whole.triggers.contains { $0.description.contains("quince") })
        #expect(keeper.all.count == whole.checks.count)
        for kept in keeper.all {
            let again = Keeper()
            let verdict = try run(dataset, again.resumption(kept))
            #expect(verdict.level == whole.level && verdict.alerted == whole.alerted)
            #expect(verdict.filtered == whole.filtered && verdict.alertedPValues == whole.alertedPValues)
            #expect(
                verdict.checks == whole.checks && verdict.causes.map(\.description) == whole.causes.map(\.description))
            #expect(verdict.causes.map(\.phrases) == whole.causes.map(\.phrases))
            #expect(verdict.sources.map(\.name) == whole.sources.map(\.name))
            #expect(verdict.sources.map { $0.harm?.mean } == whole.sources.map { $0.harm?.mean })
        }
        // Nothing is looked at twice.
        let last = Keeper()
        _ = try run(dataset, last.resumption(keeper.all.last))
        #expect(last.all.isEmpty)
    }

    @Test("What was kept of other rows, of another seed or with other settings is refused")
    func others() throws {
        let (dataset, keeper) = (try texts(), Keeper())
        _ = try run(dataset, keeper.resumption(nil, ["a"]))
        let kept = try #require(keeper.all.last)
        #expect(throws: DataCheckFailure.self) { try run(texts(8), keeper.resumption(kept, ["a"])) }
        #expect(throws: DataCheckFailure.self) { try run(dataset, keeper.resumption(kept, ["a"]), seed: 1) }
        #expect(throws: DataCheckFailure.self) { try run(dataset, keeper.resumption(kept, ["b"])) }
    }

    @Test("A damaged journal is refused: cut anywhere, or with rows that are not there")
    func damaged() throws {
        let (dataset, keeper) = (try texts(), Keeper())
        _ = try run(dataset, keeper.resumption(nil))
        let kept = try #require(keeper.all.last)
        for length in stride(from: 0, to: kept.count - 1, by: kept.count / 23) {
            #expect(throws: DataCheckFailure.self) {
                try run(dataset, keeper.resumption(Array(kept.prefix(length))))
            }
        }
        let text = String(decoding: kept, as: UTF8.self)
        for (old, new) in [
            ("\"rows\":[", "\"rows\":[900,"), ("\"rows\":[", "\"rows\":[-1,"), ("\"check\":", "\"chick\":"),
        ] {
            #expect(text.contains(old))
            #expect(throws: DataCheckFailure.self) {
                try run(dataset, keeper.resumption(Array(text.replacing(old, with: new).utf8)))
            }
        }
    }

    @Test("Progress counts checks up to all of them")
    func progress() throws {
        var steps: [DataCheck.Progress] = []
        _ = try DataCheck().run(texts()) { steps.append($0) }
        #expect(steps.first?.step == "reading" && steps.first?.total == 0)
        let checks = steps.dropFirst()
        #expect(checks.map(\.done) == Array(checks.indices.lazy.map { $0 - 1 }))
        #expect(checks.allSatisfy { $0.total == checks.count })
    }

    @Test("Texts of a source with wrong labels harm models that are trained with them; those of others do not")
    func harm() throws {
        let verdict = try run(texts(9, wrong: 1), nil)
        #expect(verdict.sources.first?.name == "s1")
        #expect((verdict.sources.first?.harm?.low ?? 0) > 0)
        #expect(verdict.causes.contains { $0.kind == .harmfulSource && $0.level > .clean })
        #expect(verdict.sources.dropFirst().allSatisfy { ($0.harm?.low ?? 0) <= 0 })
    }
}
