internal import CordonCore
internal import CordonTensor
internal import Glibc

/// Steps of training with a loss of one's own.
struct RowTraining {
    /// Losses of the rows of a step.
    struct Losses {
        /// One for each row.
        let each: Tensor
        /// Their mean.
        var mean: Tensor { get throws { try each.mean([0]) } }
    }
    private let set: TrainingSet
    private let settings: ModelTraining
    private let names: [String]
    private let descent: Descent
    private let input: String, scores: String
    /// Whether the scores are logarithms of probabilities already.
    private let isProbability: Bool
    private let reach: Tensor
    private let low: Tensor, high: Tensor
    private var random: SplitMix
    private var step = 0
    /// Places of the rows that are trained on.
    var rows: [Int]

    init(_ set: TrainingSet, _ settings: ModelTraining) throws {
        (self.set, self.settings, rows) = (set, settings, Array(set.labels.indices))
        names = set.graph.layerWeightNames
        guard !names.isEmpty else { throw TensorFailure(.unsupported, "the model has no layers with weights to train") }
        input = set.graph.inputNames[0]
        (scores, isProbability) = try set.graph.classScores
        descent = try Descent(names.map { try set.graph.weight($0).cast(to: .float32) }, weightDecay: 1e-4)
        random = SplitMix(state: settings.seed &+ 7)
        (low, high) = (try set.rows.minima(0), try set.rows.maxima(0))
        if set.rows.rank == 2 {
            let mean = try set.rows.mean([0])
            reach = try ((set.rows - mean) * (set.rows - mean)).mean([0]).squareRoots() * settings.radius
        } else {
            reach = try (high - low).apply("max") * settings.radius
        }
        let asked = min(2, set.labels.count)
        let found = try Self.scores(set.graph, set.rows.sliced(0, 0, asked))
        guard found.shape == [asked, set.classes.count] else {
            throw TensorFailure(
                .shape,
                "the model gives scores of \(found.shape) for \(asked) rows; \(set.classes.count) classes are wanted")
        }
    }

    /// One pass; the mean of the loss.
    ///
    /// - Parameters:
    ///   - share: how far training is, from 0 to 1, for the rate.
    ///   - radius: how far rows are changed against the model first; 0 leaves them.
    mutating func epoch(
        share: Double, radius: Double = 0, _ loss: (Losses) throws -> Tensor
    ) throws -> Double {
        let order = rows.shuffled(using: &random)
        var (sum, steps) = (0.0, 0)
        let epochs = Double(settings.epochs)
        for start in stride(from: 0, to: order.count, by: settings.batchRows) {
            let chosen = Array(order[start..<min(order.count, start + settings.batchRows)])
            let done = min(1, share + Double(start) / Double(order.count) / epochs)
            var batch = try set.rows.picked(0, chosen)
            let goal = try Tensor.classes(chosen.map { set.labels[$0] })
            if radius > 0 { batch = try against(batch, goal) }
            sum += try descend(rate: settings.rate * Self.schedule(done), batch, goal, loss)
            steps += 1
        }
        return sum / Double(max(1, steps))
    }

    /// Up over the first fifth, then half a cosine down (Smith 2018).
    private static func schedule(_ done: Double) -> Double {
        done < 0.2 ? 0.1 + 0.9 * done / 0.2 : (1 + cos(Double.pi * (done - 0.2) / 0.8)) / 2 + 1e-3
    }

    @discardableResult
    private mutating func descend(
        rate: Double, _ batch: Tensor, _ goal: Tensor, _ loss: (Losses) throws -> Tensor
    ) throws -> Double {
        if settings.isCancelled() { throw TensorFailure(.cancelled, "training was cancelled") }
        step += 1
        var options = RunOptions()
        options.isTraining = true
        options.seed = settings.seed &+ UInt64(step) &* 0x9E37_79B9
        options.isCancelled = settings.isCancelled
        let own = options
        do {
            return try descent.step(rate: rate) { weights in
                let logits = try recorded(batch, Dictionary(uniqueKeysWithValues: zip(names, weights)), own)
                return try loss(Losses(each: logits.crossEntropies(goal)))
            }
        } catch let failure as TensorFailure where failure.code == .model {
            throw TensorFailure(.model, "training diverges: \(failure.message); a lower --rate may help")
        }
    }

    private func recorded(_ batch: Tensor, _ weights: [String: Tensor], _ options: RunOptions) throws -> Tensor {
        let found = try set.graph.recorded([input: batch], weights: weights, wanted: [scores], options: options)[scores]
        guard let found, found.rank == 2 else { throw TensorFailure(.shape, "the model gives no class scores") }
        return isProbability ? try found.clamped(1e-12, nil).apply("log") : found
    }

    /// One step along the sign of the gradient from a random start, within the reach and the range of the rows.
    private mutating func against(_ batch: Tensor, _ goal: Tensor) throws -> Tensor {
        let generator = try Generator(seed: random.next())
        let start = try Tensor.normal(batch.shape, generator).tanh() * reach
        let weights = Dictionary(uniqueKeysWithValues: zip(names, try descent.values()))
        let gradient = try Tensor.gradients([try batch + start]) { rows in
            try recorded(rows[0], weights, RunOptions()).crossEntropies(goal).total()
        }.gradients[0]
        let moved = try (start + gradient.signs() * reach * 1.25).limited(reach * -1, reach)
        return try (batch + moved).limited(low, high)
    }

    /// Steps between two looks at what unlearning costs, and how much accuracy it may.
    private static let look = 20, allowed = 0.04
    private static let watchedRows = 1000

    /// Makes the classes of some rows unlikely (unlikelihood training, Welleck and others 2020), with others learned beside each step;
    /// other rows suffer at first, and stay so where the isolated ones were natural.
    ///
    /// - Returns: the model of the last look at which they did not suffer.
    mutating func unlearn(_ isolated: [Int], steps: Int) throws -> Graph {
        let half = max(1, settings.batchRows / 2)
        let watched = rows.shuffled(using: &random).prefix(Self.watchedRows)
        let (asked, labels) = (try set.rows.picked(0, Array(watched)), watched.map { set.labels[$0] })
        func accuracy(_ graph: Graph) throws -> Double {
            Double(zip(try Self.predictions(graph, asked), labels).count { $0 == $1 }) / Double(max(1, labels.count))
        }
        var last = try trained()
        let before = try accuracy(last)
        for step in 1...max(1, steps) {
            let away = (0..<min(half, isolated.count)).map { _ in isolated[random.below(isolated.count)] }
            let kept = (0..<half).map { _ in rows[random.below(rows.count)] }
            let batch = try set.rows.picked(0, away + kept)
            let goal = try Tensor.classes((away + kept).map { set.labels[$0] })
            try descend(rate: settings.rate * 0.2, batch, goal) { losses in
                let split = away.count
                // -log(1 - p) of the own class: the gradient of the loss itself vanishes where a row is known best.
                let shares = try (losses.each.sliced(0, 0, split) * -1).apply("exp")
                let off = try (shares * -1 + 1.0001).apply("log").mean([0])
                return try losses.each.sliced(0, split, split + kept.count).mean([0]) - off
            }
            guard step % Self.look == 0 || step == steps else { continue }
            let now = try trained()
            if try accuracy(now) >= before - Self.allowed { last = now }
        }
        return last
    }

    /// The loss of every row.
    func losses() throws -> [Float] {
        let graph = try trained()
        return try stride(from: 0, to: set.labels.count, by: 512).flatMap { start in
            let end = min(set.labels.count, start + 512)
            let goal = try Tensor.classes(Array(set.labels[start..<end]))
            return try Self.scores(graph, set.rows.sliced(0, start, end)).crossEntropies(goal).floats()
        }
    }

    /// The model with the weights as they are now.
    func trained() throws -> Graph {
        var graph = set.graph
        for (name, tensor) in zip(names, try descent.values()) { try graph.setWeight(name, tensor) }
        return graph
    }

    // MARK: Asking

    private static func scores(_ graph: Graph, _ rows: Tensor) throws -> Tensor {
        let (name, isProbability) = try graph.classScores
        guard let found = try graph([graph.inputNames[0]: rows], wanted: [name])[name] else {
            throw TensorFailure(.shape, "the model gives no class scores")
        }
        return isProbability ? try found.clamped(1e-12, nil).apply("log") : found
    }

    /// The class that a model gives each row.
    static func predictions(_ graph: Graph, _ rows: Tensor) throws -> [Int] {
        try stride(from: 0, to: rows.shape[0], by: 512).flatMap { start in
            try scores(graph, rows.sliced(0, start, min(rows.shape[0], start + 512))).argmax(1)
        }
    }
}
