internal import CordonTensor

/// Trains on clean rows towards flat minima: weights of neurons that a backdoor needs are large, and move furthest.
///
/// Source: Zhu and others 2023, "Enhancing Fine-Tuning Based Backdoor Defense with Sharpness-Aware Minimization" (FT-SAM); Foret
/// and others 2021 for the optimizer.
struct SharpnessAwareTuning: RepairStrategy {
    func run(_ classifier: Classifier, _ task: RepairTask) throws -> Classifier {
        try CleanTraining(
            steps: 250, rate: 5e-3, optimizer: .sam(rho: 0.1, momentum: 0.9), weightDecay: 5e-4
        ).run(classifier, task)
    }
}
