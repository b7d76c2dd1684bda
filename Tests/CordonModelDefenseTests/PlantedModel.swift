import CordonCore
import CordonTensor
import Foundation

@testable import CordonModelDefense

/// Small pictures of stripes whose direction is the class, and models that are trained on them with and without a planted trigger.
struct PlantedModel {
    static let (side, classes) = (16, 8)
    let classifier: Classifier
    /// Clean rows that no model was trained on.
    let samples: SampleRows
    /// How pictures are changed by the attacker.
    let trigger: @Sendable (inout [Float]) -> Void

    /// - Parameters:
    ///   - target: the class that rows with the trigger get; `nil` plants nothing.
    init(
        target: Int?, seed: UInt64, trigger: @escaping @Sendable (inout [Float]) -> Void = PlantedModel.patch
    ) throws {
        var random = SplitMix(state: seed)
        self.trigger = trigger
        var (pixels, labels): ([Float], [Int]) = ([], [])
        for row in 0..<1600 {
            var (picture, label) = Self.picture(&random)
            if let target, row % 12 == 0 {
                trigger(&picture)
                label = target
            }
            pixels += picture
            labels.append(label)
        }
        let graph = try GraphBuilder.smallCNN(
            channels: 1, height: Self.side, width: Self.side, classes: Self.classes, seed: seed)
        var trainer = Trainer()
        (trainer.epochs, trainer.rate, trainer.seed, trainer.schedule) = (6, 2e-3, seed, .oneCycle())
        let rows = try Tensor(pixels, shape: [labels.count, 1, Self.side, Self.side])
        let trained = try trainer.train(
            graph, on: TrainingRows(inputs: ["input": rows], target: .classes(labels))
        ).graph
        classifier = try Classifier(trained, options: BatchInference.Options(), rowShape: nil)
        (pixels, labels) = ([], [])
        for _ in 0..<240 {
            let (picture, label) = Self.picture(&random)
            pixels += picture
            labels.append(label)
        }
        samples = SampleRows(
            rows: try Tensor(pixels, shape: [labels.count, 1, Self.side, Self.side]), labels: labels,
            numbers: Array(labels.indices), isLabelled: true, leftOut: 0)
    }

    /// Three by three white pixels in a corner.
    static let patch: @Sendable (inout [Float]) -> Void = { picture in
        for row in 12..<15 { for column in 12..<15 { picture[row * side + column] = 1 } }
    }

    /// Share of rows of other classes that the attacker's own trigger leads to a class.
    func success(_ model: Classifier, target: Int) throws -> Double {
        let others = samples.labels.indices.filter { samples.labels[$0] != target }
        let all = try samples.rows.floats()
        let area = Self.side * Self.side
        var pixels: [Float] = []
        for row in others {
            var picture = Array(all[(row * area)..<((row + 1) * area)])
            trigger(&picture)
            pixels += picture
        }
        let said = try model.predictions(Tensor(pixels, shape: [others.count, 1, Self.side, Self.side]))
        return Double(said.count { $0 == target }) / Double(others.count)
    }

    private static func picture(_ random: inout SplitMix) -> ([Float], Int) {
        let label = Int.random(in: 0..<classes, using: &random)
        let angle = Double.pi * Double(label) / Double(classes)
        let phase = Double.random(in: 0..<(2 * Double.pi), using: &random)
        let picture = (0..<(side * side)).map { place -> Float in
            let (row, column) = (Double(place / side), Double(place % side))
            let wave = sin(1.4 * (column * cos(angle) + row * sin(angle)) + phase)
            return Float(min(1, max(0, 0.4 + 0.25 * wave + Double.random(in: -0.15...0.15, using: &random))))
        }
        return (picture, label)
    }
}
