internal import CordonCore
internal import CordonTensor

/// Makes a model forget with wrong labels, then teaches the task again from clean rows: the backdoor is not in them.
///
/// Source: Zhu and others 2023, "Selective Amnesia" (SEAM), algorithm 1: forget until the accuracy is that of chance on the rows
/// with random labels, then recover with what the model said before.
struct SelectiveAmnesia: RepairStrategy {
    private static let (forgettingSteps, forgettingRate) = (60, 1e-3)
    private static let (recoverySteps, recoveryRate) = (400, 2e-3)

    func run(_ classifier: Classifier, _ task: RepairTask) throws -> Classifier {
        var random = SplitMix(state: task.seed &+ 3)
        // A wrong class for each row, drawn once.
        let wrong = task.samples.labels.map { label in
            (label + Int.random(in: 1..<classifier.classes, using: &random)) % classifier.classes
        }
        let samples = SampleRows(
            rows: task.samples.rows, labels: wrong, numbers: task.samples.numbers, isLabelled: true, leftOut: 0)
        let lost = RepairTask(of: samples, [], [], seed: task.seed, isCancelled: task.isCancelled)
        let empty = try CleanTraining(steps: Self.forgettingSteps, rate: Self.forgettingRate).run(classifier, lost)
        return try CleanTraining(steps: Self.recoverySteps, rate: Self.recoveryRate).run(
            empty, task, teacher: classifier)
    }
}
