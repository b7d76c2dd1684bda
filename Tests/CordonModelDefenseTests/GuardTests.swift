import CordonTensor
import Testing

@testable import CordonModelDefense

/// Rows with a trigger are told at run time, at the rate of false alarms that was asked for.
@Suite("Guarding a model in use")
struct GuardTests {
    /// Clean rows, and those of other classes with the attacker's trigger.
    private func rows(_ model: PlantedModel, _ target: Int) throws -> (clean: Tensor, triggered: Tensor) {
        let area = PlantedModel.side * PlantedModel.side
        let all = try model.samples.rows.floats()
        let others = model.samples.labels.indices.filter { model.samples.labels[$0] != target }
        var pixels: [Float] = []
        for row in others {
            var picture = Array(all[(row * area)..<((row + 1) * area)])
            model.trigger(&picture)
            pixels += picture
        }
        return (
            model.samples.rows, try Tensor(pixels, shape: [others.count, 1, PlantedModel.side, PlantedModel.side])
        )
    }

    @Test("Triggered rows are alarms, clean rows hardly ever")
    func planted() throws {
        let model = try PlantedModel(target: 1, seed: 31)
        let fresh = try PlantedModel(target: nil, seed: 32)
        let modelGuard = try ModelGuard(model.classifier, model.samples, falseAlarms: 0.02)
        #expect(modelGuard.tests == ModelGuard.Test.allCases)
        let (clean, _) = try rows(fresh, 1)
        let alarms = try modelGuard(clean).count(where: \.isAlarm)
        #expect(Double(alarms) <= 0.06 * Double(clean.shape[0]))
        let triggered = try rows(model, 1).triggered
        let led = try modelGuard(triggered).filter { $0.label == 1 }
        #expect(led.count > triggered.shape[0] * 8 / 10)
        #expect(Double(led.count(where: \.isAlarm)) >= 0.9 * Double(led.count))
    }

    @Test("STRIP: a feature that decides whatever lies over it has less entropy than any clean row")
    func strip() throws {
        var graph = try GraphBuilder.logisticRegression(features: 8, classes: 4, seed: 1)
        // Four features speak for a class each; the last one is the trigger for class 0.
        var weights = [Float](repeating: 0, count: 32)
        for label in 0..<4 { weights[label * 8 + label] = 2 }
        weights[7] = 50
        try graph.setWeight(graph.weightNames[0], Tensor(weights, shape: [4, 8]))
        let classifier = try Classifier(graph, options: BatchInference.Options(), rowShape: nil)
        func rows(_ trigger: Float) throws -> Tensor {
            try Tensor(
                (0..<40).flatMap { row in (0..<8).map { $0 == row % 4 ? 1 : $0 == 7 ? trigger : 0 } }, shape: [40, 8])
        }
        let clean = try rows(0)
        let samples = SampleRows(
            rows: clean, labels: (0..<40).map { $0 % 4 }, numbers: Array(0..<40), isLabelled: true, leftOut: 0)
        let test = try StripTest(classifier, samples, seed: 0)
        func scores(_ rows: Tensor) throws -> [Double] { try test.scores(rows, classifier.scores(rows), classifier) }
        let (usual, strange) = (try scores(clean), try scores(rows(1)))
        #expect((usual.max() ?? 0) < (strange.min() ?? 0) - 0.5)
    }

    @Test("Too few rows for a border are refused")
    func few() throws {
        let model = try PlantedModel(target: nil, seed: 33)
        #expect { try ModelGuard(model.classifier, model.samples.picking(Array(0..<50))) } throws: {
            ($0 as? TensorFailure)?.message.contains("too few") ?? false
        }
    }
}
