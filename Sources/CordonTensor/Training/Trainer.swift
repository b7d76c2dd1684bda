internal import CordonCore
internal import CordonFormats
internal import Glibc

/// What training makes small.
public enum TrainingLoss: Hashable, Sendable {
    /// Between classes; the target is a class number per row. `smoothing` spreads that share over all classes.
    case crossEntropy(smoothing: Double = 0)
    /// Between yes and no; the target is 0 or 1 per output.
    case binaryCrossEntropy
    case meanSquaredError
}

/// How the rate of learning changes over training.
public enum RateSchedule: Hashable, Sendable {
    case constant
    /// Half a cosine, down to nothing (Loshchilov and Hutter 2017).
    case cosine
    /// Up over the first part of the steps, then half a cosine down (Smith 2018).
    case oneCycle(warmup: Double = 0.2)
    /// Times `factor` after every so many epochs.
    case steps(every: Int, factor: Double)
}

/// Rows to train on: a number of them and a way to get some.
public struct TrainingRows: Sendable {
    /// Rows in all.
    public let count: Int
    let fetch: @Sendable ([Int]) throws -> (inputs: [String: Tensor], target: Tensor)

    /// Rows that are fetched as they are needed.
    public init(count: Int, fetch: @escaping @Sendable ([Int]) throws -> (inputs: [String: Tensor], target: Tensor)) {
        self.count = count
        self.fetch = fetch
    }

    /// Rows in memory: the first axis of both tensors.
    public init(inputs: [String: Tensor], target: Tensor) throws(TensorFailure) {
        let count = target.shape.first ?? 0
        for (name, tensor) in inputs where tensor.shape.first != count {
            throw TensorFailure(.shape, "'\(name)' has \(tensor.shape.first ?? 0) rows and the target \(count)")
        }
        self.init(count: count) { rows in
            let index = try Tensor(rows.map(Int64.init), shape: [rows.count])
            func pick(_ tensor: Tensor) throws -> Tensor {
                try call("aten::index_select", "", .tensor(tensor), 0, .tensor(index))
            }
            return (try inputs.mapValues { try pick($0) }, try pick(target))
        }
    }
}

/// How far training is, after every epoch.
public struct TrainingProgress: Hashable, Sendable {
    /// Counted from 1.
    public let epoch: Int
    /// Mean over the epoch.
    public let loss: Double
    /// On the validation rows; `nil` without them.
    public let validationLoss: Double?
    /// Share of validation rows whose greatest output is their class; `nil` for other losses or without rows.
    public let validationAccuracy: Double?
}

/// Trains the weights of any graph.
///
/// The same seed on the same machine with the same threads gives the same weights, bit for bit.
public struct Trainer: Sendable {
    /// What is made small.
    public var loss = TrainingLoss.crossEntropy()
    /// How weights follow gradients.
    public var optimizer = OptimizerKind.adam()
    /// Rate of learning at its highest.
    public var rate = 1e-3
    /// How the rate changes.
    public var schedule = RateSchedule.cosine
    /// Share of itself that a weight loses per unit of rate.
    public var weightDecay = 0.0
    /// Passes over all rows, at least 1.
    public var epochs = 5
    /// Rows per step, at least 1.
    public var batchRows = 64
    /// Start of shuffling, dropout and everything else that looks random.
    public var seed: UInt64 = 0
    /// Epochs without a better validation loss after which training ends; `nil` never ends early.
    public var patience: Int?
    /// Weights to train; `nil` for all.
    public var weights: [String]?
    /// Name of the value that the loss is taken of; `nil` for the first output.
    public var output: String?
    /// Asked before every step.
    public var isCancelled: @Sendable () -> Bool = { false }

    /// A trainer with the standard settings.
    public init() {}

    /// Trains a copy of a graph.
    ///
    /// - Returns: the graph with the weights of the best epoch — by validation loss, else the last — and how it went.
    /// - Throws: ``TensorFailure/Code/cancelled`` when asked to stop; where a loss is not a number any more.
    public func train(
        _ graph: Graph, on rows: TrainingRows, validation: TrainingRows? = nil,
        progress: (TrainingProgress) -> Void = { _ in }
    ) throws -> (graph: Graph, history: [TrainingProgress]) {
        guard rows.count > 0, epochs > 0, batchRows > 0 else {
            throw TensorFailure(.shape, "no rows or no epochs to train on")
        }
        let names = weights ?? graph.weightNames
        guard !names.isEmpty else { throw TensorFailure(.model, "the model has no weights to train") }
        let plan = try graph.plan(keeping: output.map { [$0] } ?? [], isOptimised: false)
        let leaves = try names.map { name -> Tensor in
            // A copy of its own: the updates are in place.
            let copy = try call("aten::clone", "", .tensor(graph.weight(name)))
            try copy.trackGradient()
            return copy
        }
        var run = Run(trainer: self, graph: graph, plan: plan, names: names, leaves: leaves)
        var history: [TrainingProgress] = []
        var best: (loss: Double, weights: [Tensor])?
        var worse = 0
        for epoch in 1...epochs {
            let mean = try run.epoch(epoch, rows)
            let (validationLoss, accuracy) = try validation.map { try run.evaluate($0) } ?? (nil, nil)
            history.append(
                TrainingProgress(epoch: epoch, loss: mean, validationLoss: validationLoss, validationAccuracy: accuracy)
            )
            progress(history[history.count - 1])
            guard let validationLoss else { continue }
            if best.map({ validationLoss < $0.loss }) ?? true {
                best = (validationLoss, try leaves.map { try call("aten::clone", "", .tensor($0.detached())) })
                worse = 0
            } else {
                worse += 1
                if let patience, worse >= patience { break }
            }
        }
        var trained = graph
        for (name, tensor) in zip(names, best?.weights ?? leaves) { try trained.setWeight(name, tensor.detached()) }
        return (trained, history)
    }

    /// The loss and, where classes are told apart, the accuracy of a graph on some rows.
    public func evaluate(_ graph: Graph, on rows: TrainingRows) throws -> (loss: Double, accuracy: Double?) {
        let plan = try graph.plan(keeping: output.map { [$0] } ?? [])
        return try Run(trainer: self, graph: graph, plan: plan, names: [], leaves: []).evaluate(rows)
    }

    // MARK: One training

    private struct Run {
        let trainer: Trainer
        let graph: Graph
        let plan: Plan
        let names: [String]
        let leaves: [Tensor]
        private let updater: WeightUpdater
        private var random: SplitMix
        private var step = 0

        init(trainer: Trainer, graph: Graph, plan: Plan, names: [String], leaves: [Tensor]) {
            self.trainer = trainer
            self.graph = graph
            self.plan = plan
            self.names = names
            self.leaves = leaves
            updater = WeightUpdater(trainer.optimizer, leaves, decay: trainer.weightDecay)
            random = SplitMix(state: trainer.seed)
        }

        /// One pass over all rows in a new order; the mean loss.
        mutating func epoch(_ number: Int, _ rows: TrainingRows) throws -> Double {
            var order = Array(0..<rows.count)
            for index in stride(from: order.count - 1, to: 0, by: -1) { order.swapAt(index, random.below(index + 1)) }
            let perEpoch = (rows.count + trainer.batchRows - 1) / trainer.batchRows
            var total: Tensor?
            for start in stride(from: 0, to: rows.count, by: trainer.batchRows) {
                if trainer.isCancelled() {
                    throw TensorFailure(.cancelled, "training was cancelled in epoch \(number)")
                }
                let chosen = Array(order[start..<min(rows.count, start + trainer.batchRows)])
                let (inputs, target) = try rows.fetch(chosen)
                let rate = trainer.rate(at: step, of: perEpoch * trainer.epochs, perEpoch: perEpoch)
                let loss = try descend(inputs, target, rate)
                // Summed where it is: reading every number would wait for it.
                let weighted = try loss * Double(chosen.count)
                total = try total.map { try $0 + weighted } ?? weighted
                step += 1
            }
            let mean = (try total?.doubles()[0] ?? 0) / Double(rows.count)
            guard mean.isFinite else {
                throw TensorFailure(.model, "the loss is not a number after epoch \(number); try a lower rate")
            }
            return mean
        }

        private func descend(_ inputs: [String: Tensor], _ target: Tensor, _ rate: Double) throws -> Tensor {
            var (loss, gradients) = try differentiate(inputs, target)
            try Engine.recording(false) {
                guard updater.climbs else { return }
                try updater.climb(gradients)
            }
            if updater.climbs { gradients = try differentiate(inputs, target).gradients }
            try Engine.recording(false) { try updater.step(gradients, rate: rate) }
            loss = try loss.detached()
            return loss
        }

        private func differentiate(
            _ inputs: [String: Tensor], _ target: Tensor
        ) throws -> (loss: Tensor, gradients: [Tensor?]) {
            try Engine.recording(true) {
                let loss = try trainer.loss(try forward(inputs, isTraining: true), target)
                return (loss, try loss.gradients(leaves))
            }
        }

        private func forward(_ inputs: [String: Tensor], isTraining: Bool) throws -> Tensor {
            var options = RunOptions()
            options.isTraining = isTraining
            options.seed = trainer.seed &+ UInt64(step) &* 0x9E37_79B9
            options.isCancelled = trainer.isCancelled
            var overrides: [String: Value] = [:]
            for (name, leaf) in zip(names, leaves) { overrides[name] = Value(leaf) }
            let wanted = trainer.output ?? graph.outputNames.first ?? ""
            let results = try graph.run(inputs.mapValues { Value($0) }, [wanted], plan, overrides, options)
            guard let tensor = results[wanted]?.tensor else { throw TensorFailure(.type, "'\(wanted)' is no tensor") }
            return tensor
        }

        func evaluate(_ rows: TrainingRows) throws -> (loss: Double, accuracy: Double?) {
            try Engine.recording(false) {
                var (sum, right) = (0.0, 0)
                var hasClasses = false
                for start in stride(from: 0, to: rows.count, by: 512) {
                    let chosen = Array(start..<min(rows.count, start + 512))
                    let (inputs, target) = try rows.fetch(chosen)
                    let output = try forward(inputs, isTraining: false)
                    sum += try trainer.loss(output, target).doubles()[0] * Double(chosen.count)
                    if case .crossEntropy = trainer.loss, output.rank == 2, target.rank == 1 {
                        hasClasses = true
                        let guesses = try call("aten::argmax", "", .tensor(output), 1).integers()
                        right += zip(guesses, try target.integers()).count { $0 == $1 }
                    }
                }
                let count = Double(max(1, rows.count))
                return (sum / count, hasClasses ? Double(right) / count : nil)
            }
        }
    }

    private func rate(at step: Int, of total: Int, perEpoch: Int) -> Double {
        let done = Double(step) / Double(max(1, total))
        switch schedule {
        case .constant: return rate
        case .cosine: return rate * Self.cosine(done)
        case .oneCycle(let warmup):
            return done < warmup
                ? rate * (0.1 + 0.9 * done / warmup) : rate * Self.cosine((done - warmup) / max(1e-9, 1 - warmup))
        case .steps(let every, let factor):
            return (0..<(step / max(1, perEpoch) / max(1, every))).reduce(rate) { value, _ in value * factor }
        }
    }

    /// From 1 at 0 down to 0 at 1.
    private static func cosine(_ share: Double) -> Double { (1 + cos(Double.pi * max(0, min(1, share)))) / 2 }

    private func loss(_ output: Tensor, _ target: Tensor) throws -> Tensor {
        switch loss {
        case .crossEntropy(let smoothing):
            return try call(
                "aten::cross_entropy_loss", "", .tensor(output), .tensor(target.cast(to: .int64)), .none, 1,
                .integer(-100), .real(smoothing))
        case .binaryCrossEntropy:
            return try call(
                "aten::binary_cross_entropy_with_logits", "", .tensor(output),
                .tensor(target.cast(to: output.type).reshaped(output.shape)))
        case .meanSquaredError:
            return try call(
                "aten::mse_loss", "", .tensor(output), .tensor(target.cast(to: output.type).reshaped(output.shape)))
        }
    }
}
