internal import CordonFormats
public import CordonTensor
internal import Glibc

/// A model that tells classes apart, as inspection, repair and guards see it.
///
/// Rows are kept with channels first; the model gets them as it wants them.
public struct Classifier: Sendable {
    /// The model.
    public let graph: Graph
    /// Extents of one row: `[channels, height, width]` for pictures, `[features]` for the rest.
    public let shape: [Int]
    /// Classes that the model tells apart.
    public let classes: Int
    /// Least and greatest value of each place of a row: where triggers may be looked for. As `shape`, or an extent 1 for all.
    package let low: Tensor, high: Tensor
    /// Name of the scores: logits, or the logarithm of probabilities where nothing else is there.
    let scores: String
    private let input: String
    private let layout: Layout
    private let isProbability: Bool

    private enum Layout {
        case asIs
        case channelsLast
        case withoutChannels
    }

    /// Whether rows are pictures.
    public var isPicture: Bool { shape.count == 3 }

    /// - Parameters:
    ///   - graph: the model.
    ///   - options: how pictures become numbers.
    ///   - rowShape: extents of a row in the model's own order, from data; `nil` takes what the model declares.
    /// - Throws: ``TensorFailure`` where the model has several inputs, gives no class scores or cannot be run.
    init(_ graph: Graph, options: BatchInference.Options, rowShape: [Int]?) throws {
        self.graph = graph
        guard graph.inputs.count == 1, case .tensor(let code, let declared) = graph.inputs[0].kind else {
            throw TensorFailure(
                .unsupported, "a model with \(graph.inputs.count) inputs; one input of numbers is wanted")
        }
        guard code == ElementCode.float32 else {
            throw TensorFailure(
                .unsupported,
                "an input of \(ONNXConstant.typeName(code)); triggers can be followed in models that take float32 only")
        }
        input = graph.inputs[0].name
        let own = try rowShape ?? Self.extents(declared)
        // One extent after the other: their product may be more than a number holds.
        var elements = 1
        for extent in own where elements <= Self.largestRow { elements *= min(max(extent, 1), Self.largestRow + 1) }
        guard elements <= Self.largestRow, own.allSatisfy({ (1...Self.largestRow).contains($0) }) else {
            throw TensorFailure(.shape, "rows of \(own), more than are inspected")
        }
        let pictures = PictureLayout(declared)
        switch (own.count, declared?.count) {
        case (3, _):
            layout = pictures.isChannelsFirst ? .asIs : .channelsLast
            shape = pictures.isChannelsFirst ? own : [own[2], own[0], own[1]]
        case (2, _):
            layout = .withoutChannels
            shape = [1] + own
        case (1, _):
            layout = .asIs
            shape = own
        default: throw TensorFailure(.shape, "rows of \(own); pictures or rows of numbers are wanted")
        }
        (scores, isProbability) = try graph.classScores
        (low, high) = try Self.domain(shape, options)
        let sample = try Tensor.filled([1] + own, 0)
        let found = try graph([input: sample], wanted: [scores])[scores]
        guard let found, found.rank == 2, found.shape[0] == 1, found.shape[1] >= 2 else {
            throw TensorFailure(
                .unsupported,
                "the output \(found.map { "\($0.shape)" } ?? "nothing") for one row is no list of class scores")
        }
        guard found.shape[1] <= Self.mostClasses else {
            throw TensorFailure(.unsupported, "\(found.shape[1]) classes; up to \(Self.mostClasses) are looked at")
        }
        classes = found.shape[1]
    }

    private init(_ other: Classifier, _ graph: Graph, _ low: Tensor, _ high: Tensor) {
        (self.graph, shape, classes) = (graph, other.shape, other.classes)
        (self.low, self.high, scores) = (low, high, other.scores)
        (input, layout, isProbability) = (other.input, other.layout, other.isProbability)
    }

    /// The same with another graph of the same inputs and values.
    func replacing(_ graph: Graph) -> Classifier { Classifier(self, graph, low, high) }

    /// Another model of the same rows and classes: one of ``GraphBuilder``, with the output "output".
    func replacing(graph: Graph) throws -> Classifier { try Classifier(alike: self, graph) }

    private init(alike other: Classifier, _ graph: Graph) throws {
        (self.graph, shape, classes) = (graph, other.shape, other.classes)
        (low, high) = (other.low, other.high)
        (scores, isProbability) = try graph.classScores
        (input, layout) = (graph.inputNames[0], .asIs)
    }

    /// The same with limits of each feature, for rows that are no pictures.
    func limited(to rows: Tensor) throws -> Classifier {
        guard !isPicture else { return self }
        return Classifier(self, graph, try rows.minima(0), try rows.maxima(0))
    }

    private static let largestRow = 3 * 1024 * 1024
    private static let mostClasses = 1000

    private static func extents(_ declared: [ONNXValueInfo.Extent]?) throws -> [Int] {
        let extents = (declared ?? []).dropFirst().map { extent -> Int? in
            if case .fixed(let number) = extent, number > 0 { return number }
            return nil
        }
        let known = extents.compactMap(\.self)
        guard !known.isEmpty, known.count == extents.count else {
            throw TensorFailure(.shape, "the model does not say how large a row is; give rows with --data")
        }
        return known
    }

    /// Where the values of rows lie: what pixels from 0 to 255 become, or three deviations of standardised columns.
    private static func domain(_ shape: [Int], _ options: BatchInference.Options) throws -> (low: Tensor, high: Tensor)
    {
        guard shape.count == 3 else { return (try .filled([1], -3), try .filled([1], 3)) }
        func values(_ pixel: Double) -> [Float] {
            (0..<shape[0]).map { channel in
                let mean = channel < options.mean.count ? options.mean[channel] : 0
                let deviation = channel < options.deviation.count ? options.deviation[channel] : 1
                return Float((pixel * options.scale - mean) / (deviation == 0 ? 1 : deviation))
            }
        }
        let (a, b) = (values(0), values(255))
        return (
            try Tensor(zip(a, b).map { min($0, $1) }, shape: [shape[0], 1, 1]),
            try Tensor(zip(a, b).map { max($0, $1) }, shape: [shape[0], 1, 1])
        )
    }
}

// MARK: Running

extension Classifier {
    /// Rows as the model wants them.
    func given(_ rows: Tensor) throws -> [String: Tensor] {
        switch layout {
        case .asIs: return [input: rows]
        case .channelsLast: return [input: try rows.permuted([0, 2, 3, 1])]
        case .withoutChannels: return [input: try rows.reshaped([rows.shape[0]] + shape.dropFirst())]
        }
    }

    /// Rows with channels first, from what the model wants.
    func canonical(_ rows: Tensor) throws -> Tensor {
        switch layout {
        case .asIs: rows
        case .channelsLast: try rows.permuted([0, 3, 1, 2]).reshaped([rows.shape[0]] + shape)
        case .withoutChannels: try rows.reshaped([rows.shape[0]] + shape)
        }
    }

    /// Scores of all classes `[rows, classes]`, with operations recorded where they are recorded now.
    ///
    /// - Parameter weights: tensors that stand for weights, by name.
    func logits(_ rows: Tensor, weights: [String: Tensor] = [:]) throws -> Tensor {
        try checked(graph.recorded(given(rows), weights: weights, wanted: [scores])[scores], rows)
    }

    /// The same without history, by the optimised plan.
    func scores(_ rows: Tensor) throws -> Tensor {
        try checked(graph(given(rows), wanted: [scores])[scores], rows)
    }

    /// Scores with a row for each row that was given: models can give anything.
    private func checked(_ found: Tensor?, _ rows: Tensor) throws -> Tensor {
        guard let found, found.shape == [rows.shape[0], classes] else {
            throw TensorFailure(
                .shape,
                "scores of the shape \(found.map { "\($0.shape)" } ?? "none") for \(rows.shape[0]) rows in \(classes) classes: export the model with a batch axis of any size"
            )
        }
        return isProbability ? try found.clamped(1e-12, nil).apply("log") : found
    }

    /// Values in between, recorded where operations are; each has an extent for the rows in front.
    func values(_ rows: Tensor, _ names: [String], weights: [String: Tensor] = [:]) throws -> [Tensor] {
        let found = try graph.recorded(given(rows), weights: weights, wanted: names)
        return try names.map { name in
            guard let value = found[name], value.rank > 1, value.shape[0] == rows.shape[0] else {
                throw TensorFailure(.shape, "the value '\(name)' has no row for each row")
            }
            return value
        }
    }

    /// One row of numbers in the model's own order.
    package func row(_ numbers: [Float]) throws -> Tensor {
        let own: [Int] =
            switch layout {
            case .asIs, .withoutChannels: shape
            case .channelsLast: [shape[1], shape[2], shape[0]]
            }
        return try canonical(Tensor(numbers, shape: [1] + own))
    }

    /// The class that the model gives each row.
    public func predictions(_ rows: Tensor) throws -> [Int] {
        var found: [Int] = []
        for start in stride(from: 0, to: rows.shape[0], by: Self.block) {
            let part = try rows.sliced(0, start, min(rows.shape[0], start + Self.block))
            found += try scores(part).argmax(1)
        }
        return found
    }

    private static let block = 256

    /// Multiplications that one row takes, those of convolutions and products with weights: what a run costs.
    var multiplications: Double {
        get throws {
            let layers = graph.weightedLayers
            let row = try Tensor.filled([1] + shape, 0)
            let found = try graph(given(row), wanted: layers.map(\.output))
            return layers.reduce(1) { sum, layer in
                let places = found[layer.output].map { $0.rank == 4 ? $0.shape[2] * $0.shape[3] : 1 } ?? 1
                return sum + Double(places) * Double(layer.weights)
            }
        }
    }
}

extension Graph {
    /// The value that holds class scores: what goes into a last softmax, or the first output of floating-point numbers.
    var classScores: (name: String, isProbability: Bool) {
        get throws {
            var producers: [String: ONNXNode] = [:]
            for node in program.graph.nodes { for name in node.outputs { producers[name] = node } }
            let output = outputs.first { info in
                if case .tensor(let type, _) = info.kind { return type == ElementCode.float32 || type == 0 }
                return false
            }
            guard var name = output?.name else {
                throw TensorFailure(.unsupported, "no output of float32 numbers: class scores are wanted")
            }
            for _ in 0..<8 {
                guard let node = producers[name], let before = node.inputs.first else { break }
                switch node.type {
                case "Softmax", "LogSoftmax": return (before, false)
                case "Identity", "Flatten", "Squeeze": name = before
                default: return (output?.name ?? name, isTreeLike(node))
                }
            }
            return (output?.name ?? name, false)
        }
    }

    private func isTreeLike(_ node: ONNXNode) -> Bool { node.domain == "ai.onnx.ml" || node.type == "Sigmoid" }
}
