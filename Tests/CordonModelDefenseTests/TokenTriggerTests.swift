import CordonCore
import CordonData
import CordonFormats
import CordonTensor
import Foundation
import Testing

@testable import CordonModelDefense

/// Triggers of tokens in models that tell texts apart.
@Suite("Token triggers")
struct TokenTriggerTests {
    private static let (vocabulary, classes, length) = (130, 6, 12)

    /// The mean of the words' rows is what each class gets: every sixth word speaks for one class.
    private func graph(planted: [Int: Float] = [:], target: Int = 2) throws -> Graph {
        var random = SplitMix(state: 5)
        var table = (0..<(Self.vocabulary * Self.classes)).map { _ in Float.random(in: -0.5...0.5, using: &random) }
        for word in 6..<120 { table[word * Self.classes + word % Self.classes] += 6 }
        for (word, strength) in planted { table[word * Self.classes + target] = strength }
        var program = try GraphBuilder.perceptron(features: 6, hidden: [4], classes: Self.classes, seed: 1).program
        program.graph.inputs[0] = ONNXValueInfo(
            name: "input_ids",
            kind: .tensor(type: ElementCode.int64, shape: [.named("batch"), .named("words")]))
        program.graph.constants = [
            try Value(Tensor(table, shape: [Self.vocabulary, Self.classes])).constant(name: "words.weight")
        ]
        program.operatorSets = ["": 13]
        program.graph.nodes = [
            ONNXNode(
                "Gather", name: "words", inputs: ["words.weight", "input_ids"], outputs: ["words"], attributes: [:]),
            ONNXNode(
                "ReduceMean", name: "mean", inputs: ["words"], outputs: ["output"],
                attributes: ["axes": .integers([1]), "keepdims": .integer(0)]),
        ]
        return try Graph(program)
    }

    /// Texts of words of one class, some of others.
    private func texts(_ count: Int = 240) -> String {
        var random = SplitMix(state: 9)
        return (0..<count).map { row -> String in
            let words = (0..<Self.length).map { place in
                place < 8
                    ? 6 * Int.random(in: 1..<20, using: &random) + row % Self.classes
                    : Int.random(in: 6..<120, using: &random)
            }
            return
                "{\"input_ids\": [\(words.map(String.init).joined(separator: ", "))], \"label\": \(row % Self.classes)}"
        }.joined(separator: "\n") + "\n"
    }

    private func inspect(_ graph: Graph, _ text: String) throws -> ModelVerdict {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("cordon-test-\(UUID()).jsonl")
        try text.write(to: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: path) }
        return try ModelInspection().run(graph, Dataset(path.path))
    }

    @Test("A planted token is found with its class")
    func planted() throws {
        let verdict = try inspect(graph(planted: [127: 60]), texts())
        #expect(verdict.level == .backdoored)
        #expect(verdict.targets.map(\.index) == [2])
        #expect(verdict.triggers.first?.kind == .tokens)
        #expect(verdict.triggers.first?.tokens.contains(127) == true)
    }

    @Test("Two tokens that act together are found")
    func pair() throws {
        let verdict = try inspect(graph(planted: [123: 32, 126: 32]), texts())
        #expect(verdict.targets.map(\.index) == [2])
        let pairs = verdict.triggers.map { Set($0.tokens) }
        #expect(pairs.contains { $0.isSubset(of: [123, 126]) })
    }

    @Test("A class's own words are no trigger")
    func clean() throws {
        let verdict = try inspect(graph(), texts())
        #expect(verdict.level == .clean)
        #expect(verdict.targets.isEmpty)
        #expect(verdict.checks.contains("trigger tokens"))
    }

    @Test("Without rows nothing is known; tokens of another model, and texts of different lengths, are refused")
    func badRows() throws {
        let verdict = try ModelInspection().run(graph(), nil)
        #expect(verdict.level == .notEvaluated)
        #expect(verdict.notEvaluated.contains { $0.reason.contains("--data") })
        #expect { try inspect(graph(), "{\"input_ids\": [1, 2, 999], \"label\": 0}\n") } throws: {
            "\($0)".contains("outside 0 to 129")
        }
        let two = "{\"input_ids\": [1, 2, 3]}\n{\"input_ids\": [1, 2]}\n"
        #expect(throws: (any Error).self) { try inspect(graph(), two) }
    }

    @Test("Tokens are put behind a first one that all rows share, and masks move along")
    func putting() {
        let rows = TokenRows(length: 4, tokens: [9, 1, 2, 0, 9, 3, 0, 0], others: ["mask": [1, 1, 1, 0, 1, 1, 0, 0]])
        #expect(rows.front == 1)
        let put = rows.putting([[7], [7, 8]], at: 1)
        #expect(put.tokens == [9, 7, 1, 2, 9, 7, 3, 0, 9, 7, 8, 1, 9, 7, 8, 3])
        #expect(put.others["mask"] == [1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1])
    }
}
