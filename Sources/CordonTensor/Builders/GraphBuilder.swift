internal import CordonCore
internal import CordonFormats
internal import Glibc

/// Builds models layer by layer. What comes out is an ONNX graph like any other: it runs, trains, and is written to a file.
///
/// Weights start as He and others 2015 recommend (normal, variance 2 / inputs), from a seed.
public struct GraphBuilder {
    private var graph = ONNXGraph()
    private var generator: SplitMix
    private var count = 0
    /// Name of the value that the next layer reads.
    private var current = "input"
    /// Extents of that value without the batch axis.
    private var shape: [Int]

    /// Begins a model.
    ///
    /// - Parameters:
    ///   - shape: extents of one row: `[features]`, or `[channels, height, width]` for pictures.
    ///   - seed: start of the weights.
    public init(input shape: [Int], seed: UInt64 = 0) {
        self.shape = shape
        generator = SplitMix(state: seed)
        graph.name = "cordon"
        graph.inputs = [
            ONNXValueInfo(
                name: "input",
                kind: .tensor(type: ElementCode.float32, shape: [.named("batch")] + shape.map { .fixed($0) }))
        ]
    }

    // MARK: Layers

    /// A fully connected layer. Pictures are flattened first.
    public mutating func dense(_ outputs: Int) {
        if shape.count > 1 { flatten() }
        let inputs = shape[0]
        let weights = constant("weight", [outputs, inputs], deviation: (2 / Double(inputs)).squareRoot())
        let bias = constant("bias", [outputs], deviation: 0)
        add("Gemm", [current, weights, bias], ["transB": .integer(1)])
        shape = [outputs]
    }

    /// A convolution with a square kernel and padding that keeps the size at stride 1.
    public mutating func convolution(_ outputs: Int, kernel: Int = 3, stride: Int = 1, hasBias: Bool = true) {
        let inputs = shape[0]
        let deviation = (2 / Double(inputs * kernel * kernel)).squareRoot()
        var names = [current, constant("weight", [outputs, inputs, kernel, kernel], deviation: deviation)]
        if hasBias { names.append(constant("bias", [outputs], deviation: 0)) }
        let pad = kernel / 2
        add(
            "Conv", names,
            [
                "kernel_shape": .integers([kernel, kernel]), "strides": .integers([stride, stride]),
                "pads": .integers([pad, pad, pad, pad]),
            ])
        shape = [outputs] + shape[1...].map { ($0 + 2 * pad - kernel) / stride + 1 }
    }

    /// Normalisation within groups of channels, with a scale and a shift per channel: needs no batch (Wu and He 2018).
    public mutating func groupNormalization(groups: Int) {
        let channels = shape[0]
        let scale = constant("scale", [channels], value: 1)
        let bias = constant("shift", [channels], value: 0)
        add("GroupNormalization", [current, scale, bias], ["num_groups": .integer(groups)])
    }

    /// max(0, x).
    public mutating func relu() { add("Relu", [current]) }

    /// Every feature less its mean, divided by its deviation: rows of numbers as they are in a table.
    ///
    /// - Parameters:
    ///   - mean: one for each feature.
    ///   - deviation: one for each feature, none of them 0.
    public mutating func standardize(mean: [Float], deviation: [Float]) {
        let center = constant("mean", [mean.count], mean)
        add("Sub", [current, center])
        let spread = constant("deviation", [deviation.count], deviation)
        add("Div", [current, spread])
    }

    /// The largest of each square window.
    public mutating func maxPool(_ size: Int = 2) {
        add("MaxPool", [current], ["kernel_shape": .integers([size, size]), "strides": .integers([size, size])])
        shape = [shape[0]] + shape[1...].map { $0 / size }
    }

    /// The mean of each channel.
    public mutating func globalAveragePool() {
        add("GlobalAveragePool", [current])
        shape = [shape[0], 1, 1]
    }

    /// One row of numbers.
    public mutating func flatten() {
        add("Flatten", [current])
        shape = [shape.reduce(1, *)]
    }

    /// Drops values while training.
    public mutating func dropout(_ ratio: Double) {
        let amount = number("ratio", Float(ratio))
        add("Dropout", [current, amount])
    }

    /// Two convolutions with a way around them; the way has a convolution of its own where the shape changes.
    public mutating func residual(_ outputs: Int, stride: Int = 1, groups: Int = 8) {
        let (start, before) = (current, shape)
        convolution(outputs, stride: stride, hasBias: false)
        groupNormalization(groups: groups)
        relu()
        convolution(outputs, hasBias: false)
        groupNormalization(groups: groups)
        let (end, after) = (current, shape)
        if before != after {
            (current, shape) = (start, before)
            convolution(outputs, kernel: 1, stride: stride, hasBias: false)
            let around = current
            add("Add", [end, around])
        } else {
            add("Add", [end, start])
        }
        shape = after
        relu()
    }

    /// The finished model, its last value named "output".
    public mutating func finish() throws(TensorFailure) -> Graph {
        add("Identity", [current], output: "output")
        graph.outputs = [
            ONNXValueInfo(
                name: "output",
                kind: .tensor(type: ElementCode.float32, shape: [.named("batch")] + shape.map { .fixed($0) }))
        ]
        var program = ONNXProgram()
        program.irVersion = 10
        program.operatorSets = ["": 21]
        program.producer = ("cordon", "")
        program.graph = graph
        return try Graph(program)
    }

    // MARK: Parts

    private mutating func add(
        _ type: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:], output: String? = nil
    ) {
        count += 1
        let name = "\(type.lowercased())\(count)"
        current = output ?? "\(name)/output"
        graph.nodes.append(ONNXNode(type, name: name, inputs: inputs, outputs: [current], attributes: attributes))
    }

    private mutating func constant(_ part: String, _ shape: [Int], deviation: Double) -> String {
        let total = shape.reduce(1, *)
        return constant(part, shape, (0..<total).map { _ in Float(generator.normal() * deviation) })
    }

    private mutating func constant(_ part: String, _ shape: [Int], value: Float) -> String {
        constant(part, shape, [Float](repeating: value, count: shape.reduce(1, *)))
    }

    private mutating func number(_ part: String, _ value: Float) -> String { constant(part, [], [value]) }

    private mutating func constant(_ part: String, _ shape: [Int], _ numbers: [Float]) -> String {
        let name = "layer\(count + 1)/\(part)"
        graph.constants.append(
            ONNXConstant(
                name: name, type: ElementCode.float32, shape: shape,
                data: .bytes(ByteView(copying: numbers.withUnsafeBytes { Array($0) }))))
        return name
    }
}

extension GraphBuilder {
    /// One fully connected layer: logistic regression once it is trained with cross entropy.
    public static func logisticRegression(features: Int, classes: Int, seed: UInt64 = 0) throws(TensorFailure) -> Graph
    {
        var builder = GraphBuilder(input: [features], seed: seed)
        builder.dense(classes)
        return try builder.finish()
    }

    /// Fully connected layers with ReLU between them.
    public static func perceptron(
        features: Int, hidden: [Int], classes: Int, seed: UInt64 = 0
    ) throws(TensorFailure) -> Graph {
        var builder = GraphBuilder(input: [features], seed: seed)
        for size in hidden {
            builder.dense(size)
            builder.relu()
        }
        builder.dense(classes)
        return try builder.finish()
    }

    /// Two convolutions, each followed by pooling, and two fully connected layers.
    public static func smallCNN(
        channels: Int, height: Int, width: Int, classes: Int, seed: UInt64 = 0
    ) throws(TensorFailure) -> Graph {
        var builder = GraphBuilder(input: [channels, height, width], seed: seed)
        for size in [16, 32] {
            builder.convolution(size)
            builder.relu()
            builder.maxPool()
        }
        builder.dense(128)
        builder.relu()
        builder.dense(classes)
        return try builder.finish()
    }

    /// A residual network: a first convolution, three stages of two blocks each, the mean of each channel (He and others
    /// 2016, with group normalisation as in Wu and He 2018).
    public static func residualNetwork(
        channels: Int, height: Int, width: Int, classes: Int, base: Int = 16, seed: UInt64 = 0
    ) throws(TensorFailure) -> Graph {
        var builder = GraphBuilder(input: [channels, height, width], seed: seed)
        builder.convolution(base, hasBias: false)
        builder.groupNormalization(groups: 8)
        builder.relu()
        for (stage, size) in [base, base * 2, base * 4].enumerated() {
            builder.residual(size, stride: stage == 0 ? 1 : 2)
            builder.residual(size)
        }
        builder.globalAveragePool()
        builder.dense(classes)
        return try builder.finish()
    }
}
