import CordonFormats
import CordonTensor
import Testing

@testable import CordonModelDefense

/// Models that are not what they seem are refused with a reason; nothing traps.
@Suite("Hostile models")
struct HostileModelTests {
    private func perceptron() throws -> ONNXProgram {
        try GraphBuilder.perceptron(features: 8, hidden: [8], classes: 6, seed: 1).program
    }

    @Test("Extents whose product no number holds are refused", arguments: [1 << 62, 1 << 40, 0, 4_000_000])
    func extents(extent: Int) throws {
        var program = try perceptron()
        program.graph.inputs[0] = ONNXValueInfo(
            name: "input",
            kind: .tensor(
                type: ElementCode.float32, shape: [.named("batch"), .fixed(1), .fixed(extent), .fixed(extent)]))
        let graph = try Graph(program)
        #expect(throws: TensorFailure.self) {
            try Classifier(graph, options: BatchInference.Options(), rowShape: nil)
        }
        #expect(try ModelInspection().run(graph, nil).level == .notEvaluated)
    }

    @Test("A model that gives one row of scores for any number of rows is refused")
    func oneRow() throws {
        var program = try perceptron()
        let last = program.graph.nodes.count - 1
        program.graph.nodes[last] = ONNXNode(
            "ReduceMean", name: "mean", inputs: program.graph.nodes[last].inputs, outputs: ["output"],
            attributes: ["axes": .integers([0]), "keepdims": .integer(1)])
        program.operatorSets = ["": 13]
        let classifier = try Classifier(Graph(program), options: BatchInference.Options(), rowShape: nil)
        let rows = try Tensor([Float](repeating: 0, count: 40), shape: [5, 8])
        #expect { try classifier.predictions(rows) } throws: {
            ($0 as? TensorFailure)?.message.contains("for 5 rows in 6 classes") ?? false
        }
        #expect(throws: TensorFailure.self) { try classifier.logits(rows) }
    }
}
