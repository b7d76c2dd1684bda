internal import CordonCore
internal import CordonTensor
internal import Glibc

/// Rows of a set as a small model reads them, and a model that fits: a CNN for pictures, a perceptron for tables, a linear
/// model for texts.
struct ProxyRows {
    /// Rows times passes that are worth their time.
    let budget: Int
    let mostEpochs: Int
    var fewestEpochs: Int {
        if case .sparse = kind { return 5 }
        return 2
    }
    private let kind: Kind

    private enum Kind {
        /// Extents of one row, the rate of learning, rows by number.
        case dense(shape: [Int], rate: Double, fetch: @Sendable ([Int]) throws -> Tensor)
        case sparse([TextFeatures], bits: Int)
    }

    /// Most weights of a linear model.
    private static let weightLimit = 1 << 24

    init(_ context: CheckContext) throws {
        let set = context.set
        switch set.content {
        case .pictures(let pixels, let height, let width, let channels):
            (budget, mostEpochs) = (120_000 * 784 / max(784, height * width * channels), 8)
            let area = height * width * channels
            let (mean, deviation) = Self.moments(pixels)
            kind = .dense(shape: [channels, height, width], rate: 2e-3) { rows in
                var part: [UInt8] = []
                part.reserveCapacity(rows.count * area)
                for row in rows { part += pixels[(row * area)..<((row + 1) * area)] }
                let numbers = try Tensor.of(part, shape: [rows.count, height, width, channels], type: .uint8)
                    .cast(to: .float32).permuted([0, 3, 1, 2])
                return try (numbers - mean) / deviation
            }
        case .table:
            guard let numbers = try context.numbers() else { throw DataCheckFailure("a table without columns") }
            (budget, mostEpochs) = (800_000 * 64 / max(64, numbers.width), 40)
            kind = .dense(shape: [numbers.width], rate: 3e-3) { rows in try numbers.points.picked(0, rows) }
        case .texts(let texts):
            (budget, mostEpochs) = (150_000, 6)
            var bits = 18
            while set.classes.count << bits > Self.weightLimit, bits > 12 { bits -= 1 }
            kind = .sparse(TextFeatures.weighted(texts, bits: bits), bits: bits)
        case .dialogues:
            throw DataCheckFailure("dialogues have no classes")
        }
    }

    /// Trains on some rows.
    func trained(
        on rows: [Int], _ labels: [Int32], _ classes: Int, epochs: Int, seed: UInt64,
        _ isCancelled: @escaping () -> Bool
    ) throws -> Model {
        switch kind {
        case .sparse(let features, let bits):
            let model = SparseLinear(
                rows.map { features[$0] }, labels: rows.map { Int(labels[$0]) }, classes: classes, bits: bits,
                epochs: epochs, seed: seed, isCancelled: isCancelled)
            return Model(graph: nil, classes: classes) { chosen in chosen.flatMap { model.shares(features[$0]) } }
        case .dense(let shape, let rate, let fetch):
            let model = try Self.fitted(shape, rate, fetch, rows, labels, classes, epochs: epochs, seed: seed)
            return Model(graph: model, classes: classes) { chosen in
                try model(["input": fetch(chosen)])["output"]?.softmax(1).floats() ?? []
            }
        }
    }

    /// A trained model.
    struct Model {
        /// `nil` for a linear model.
        fileprivate let graph: Graph?
        fileprivate let classes: Int
        /// Shares of all classes for some rows, row by row.
        fileprivate let shares: ([Int]) throws -> [Float]

        private static let block = 512

        /// Calls `body` with each row and the shares of all classes that it gets.
        func forEachRow(_ rows: [Int], _ body: (_ row: Int, _ shares: ArraySlice<Float>) throws -> Void) throws {
            for start in stride(from: 0, to: rows.count, by: Self.block) {
                let block = Array(rows[start..<min(rows.count, start + Self.block)])
                let shares = try shares(block)
                for (place, row) in block.enumerated() {
                    try body(row, shares[(place * classes)..<((place + 1) * classes)])
                }
            }
        }
    }

    /// The direction of every value in which a model gets a row's class wrong soonest: signs of the gradient of its loss, in the order of
    /// the row's values. `nil` where the model has no gradients.
    func ascent(of model: Model, _ rows: [Int], _ labels: [Int32]) throws -> [Int: [Int8]]? {
        guard case .dense(_, _, let fetch) = kind, let graph = model.graph else { return nil }
        var found: [Int: [Int8]] = [:]
        for start in stride(from: 0, to: rows.count, by: 256) {
            let block = Array(rows[start..<min(rows.count, start + 256)])
            let goal = try Tensor(block.map { Int64(labels[$0]) }, shape: [block.count])
            var gradient = try Tensor.gradients([fetch(block)]) { inputs in
                let scores = try graph.recorded(["input": inputs[0]], wanted: ["output"])["output"]
                guard let scores else { throw TensorFailure(.model, "a model without scores") }
                return try scores.crossEntropies(goal).total()
            }.gradients[0]
            if gradient.rank == 4 { gradient = try gradient.permuted([0, 2, 3, 1]) }
            let numbers = try gradient.floats()
            let width = numbers.count / max(1, block.count)
            for (place, row) in block.enumerated() {
                found[row] = numbers[(place * width)..<((place + 1) * width)].map { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }
            }
        }
        return found
    }

    /// A model that is trained on all rows, or given, and what it makes of rows; `nil` where it has no layers within.
    func representation(
        of given: Graph?, _ labels: [Int32], _ classes: Int, epochs: Int, seed: UInt64,
        _ isCancelled: @escaping () -> Bool
    ) throws -> Representation? {
        guard case .dense(let shape, let rate, let fetch) = kind else { return nil }
        if let given { return Representation(graph: given, input: given.inputNames.first ?? "", fetch: fetch) }
        var random = SplitMix(state: seed)
        let rows = random.sample(labels.indices.filter { labels[$0] >= 0 }, max(1000, budget / max(1, epochs)))
        let graph = try Self.fitted(shape, rate, fetch, rows, labels, classes, epochs: epochs, seed: seed)
        return Representation(graph: graph, input: "input", fetch: fetch)
    }

    private static func fitted(
        _ shape: [Int], _ rate: Double, _ fetch: @escaping @Sendable ([Int]) throws -> Tensor, _ rows: [Int],
        _ labels: [Int32], _ classes: Int, epochs: Int, seed: UInt64
    ) throws -> Graph {
        var trainer = Trainer()
        trainer.epochs = epochs
        trainer.batchRows = rows.count > 5000 ? 128 : 64
        trainer.rate = rate
        trainer.schedule = .oneCycle()
        trainer.weightDecay = 1e-4
        trainer.seed = seed
        let training = TrainingRows(count: rows.count) { chosen in
            let own = chosen.map { rows[$0] }
            return (["input": try fetch(own)], try Tensor(own.map { Int64(labels[$0]) }, shape: [own.count]))
        }
        return try trainer.train(graph(shape, classes, seed), on: training).graph
    }

    /// A model before training.
    private static func graph(_ shape: [Int], _ classes: Int, _ seed: UInt64) throws -> Graph {
        if shape.count == 1 {
            return try GraphBuilder.perceptron(features: shape[0], hidden: [64, 32], classes: classes, seed: seed)
        }
        if shape[1] < 8 || shape[2] < 8 {
            return try GraphBuilder.perceptron(
                features: shape.reduce(1, *), hidden: [64], classes: classes, seed: seed)
        }
        return try GraphBuilder.smallCNN(
            channels: shape[0], height: shape[1], width: shape[2], classes: classes, seed: seed)
    }

    private static func moments(_ pixels: [UInt8]) -> (mean: Double, deviation: Double) {
        var (sum, squares, count) = (0.0, 0.0, 0.0)
        for place in stride(from: 0, to: pixels.count, by: max(1, pixels.count / 1_000_000)) {
            let value = Double(pixels[place])
            (sum, squares, count) = (sum + value, squares + value * value, count + 1)
        }
        let mean = sum / max(1, count)
        return (mean, max(1, (squares / max(1, count) - mean * mean).squareRoot()))
    }
}
