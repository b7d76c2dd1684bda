import CordonFormats
import CordonTensor
import CordonTestSupport
import Testing

/// Gradients against differences, for every operator that has them.
@Suite("Gradients")
struct GradientTests {
    /// A node to differentiate: shapes of its floating-point inputs, and constants behind them.
    struct Case: Sendable, CustomTestStringConvertible {
        let op: String
        let shapes: [[Int]]
        var attributes: [String: ONNXAttribute] = [:]
        /// Whole-number inputs by place.
        var fixed: [Int: ([Int], [Int])] = [:]
        /// Keeps inputs away from places where there is no gradient.
        var range: ClosedRange<Float> = -1.5...1.5
        var outputs = 1
        var domain = ""
        var testDescription: String { op }
    }

    static let cases: [Case] = {
        let unary = [
            "Abs", "Neg", "Exp", "Sin", "Cos", "Tanh", "Sinh", "Cosh", "Atan", "Asinh", "Erf", "Sigmoid", "Relu",
            "LeakyRelu", "Elu", "Celu", "Selu", "HardSigmoid", "HardSwish", "Mish", "Gelu", "Softplus", "Softsign",
            "Softmax", "LogSoftmax", "Identity", "Flatten", "Transpose", "ReduceMean", "ReduceSum", "ReduceL2",
            "ReduceL1",
            "ReduceLogSumExp", "ReduceSumSquare", "ReduceMax", "ReduceMin", "ReduceProd", "Swish", "ThresholdedRelu",
        ].map { Case(op: $0, shapes: [[2, 3, 4]]) }
        let positive = ["Sqrt", "Log", "Reciprocal", "ReduceLogSum"].map {
            Case(op: $0, shapes: [[2, 5]], range: 0.5...2)
        }
        let narrow = ["Asin", "Acos", "Atanh", "Tan"].map { Case(op: $0, shapes: [[2, 5]], range: -0.7...0.7) }
        let binary = ["Add", "Sub", "Mul", "Max", "Min", "Sum", "Mean"].map {
            Case(op: $0, shapes: [[2, 3, 4], [3, 4]])
        }
        let pool: [String: ONNXAttribute] = ["kernel_shape": .integers([2, 2]), "strides": .integers([2, 2])]
        return unary + positive + narrow + binary
            + [
                Case(op: "Acosh", shapes: [[2, 5]], range: 1.5...3),
                Case(op: "Div", shapes: [[2, 3], [3]], range: 0.5...2),
                Case(op: "Pow", shapes: [[2, 3], [3]], range: 0.5...2),
                Case(op: "PRelu", shapes: [[2, 3, 4], [3, 1]]), Case(op: "MatMul", shapes: [[2, 3, 4], [4, 5]]),
                Case(
                    op: "Gemm", shapes: [[3, 4], [4, 5], [5]], attributes: ["alpha": .float(0.5), "beta": .float(2)]),
                Case(
                    op: "Einsum", shapes: [[2, 3, 4], [2, 4, 5]],
                    attributes: ["equation": .text(Array("bij,bjk->bik".utf8))]),
                Case(
                    op: "Conv", shapes: [[2, 4, 6, 5], [6, 2, 3, 3], [6]],
                    attributes: ["group": .integer(2), "pads": .integers([1, 0, 2, 1])]),
                Case(
                    op: "ConvTranspose", shapes: [[1, 3, 4, 4], [3, 2, 3, 3], [2]],
                    attributes: ["strides": .integers([2, 2])]),
                Case(op: "MaxPool", shapes: [[1, 2, 6, 6]], attributes: pool),
                Case(op: "AveragePool", shapes: [[1, 2, 6, 6]], attributes: pool),
                Case(op: "LpPool", shapes: [[1, 2, 6, 6]], attributes: pool, range: 0.5...2),
                Case(op: "GlobalAveragePool", shapes: [[2, 3, 4, 4]]),
                Case(op: "GlobalMaxPool", shapes: [[2, 3, 4, 4]]),
                Case(op: "BatchNormalization", shapes: [[2, 3, 4], [3], [3], [3], [3]], range: 0.5...2),
                Case(op: "InstanceNormalization", shapes: [[2, 3, 5], [3], [3]]),
                Case(op: "LayerNormalization", shapes: [[2, 3, 5], [5], [5]]),
                Case(op: "RMSNormalization", shapes: [[2, 3, 5], [5]]),
                Case(
                    op: "GroupNormalization", shapes: [[2, 4, 5], [4], [4]], attributes: ["num_groups": .integer(2)]),
                Case(op: "LRN", shapes: [[1, 5, 3, 3]], attributes: ["size": .integer(3)]),
                Case(op: "LpNormalization", shapes: [[2, 5]], range: 0.5...2),
                Case(op: "MeanVarianceNormalization", shapes: [[2, 3, 4, 4]]),
                Case(op: "Concat", shapes: [[2, 3], [2, 4]], attributes: ["axis": .integer(1)]),
                Case(op: "Gather", shapes: [[5, 4]], fixed: [1: ([3], [0, 3, 3])]),
                Case(op: "GatherElements", shapes: [[3, 4]], fixed: [1: ([2, 4], [0, 1, 2, 0, 2, 2, 1, 0])]),
                Case(op: "GatherND", shapes: [[3, 4]], fixed: [1: ([2, 2], [0, 1, 2, 3])]),
                Case(
                    op: "Slice", shapes: [[5, 4]], fixed: [1: ([1], [4]), 2: ([1], [0]), 3: ([1], [0]), 4: ([1], [-2])]),
                Case(
                    op: "Pad", shapes: [[3, 4]], attributes: ["mode": .text(Array("reflect".utf8))],
                    fixed: [1: ([4], [1, 2, 0, 1])]),
                Case(op: "Expand", shapes: [[3, 1]], fixed: [1: ([2], [3, 4])]),
                Case(op: "Tile", shapes: [[2, 3]], fixed: [1: ([2], [2, 2])]),
                Case(op: "Reshape", shapes: [[2, 6]], fixed: [1: ([2], [3, -1])]),
                Case(op: "Squeeze", shapes: [[2, 1, 3]], fixed: [1: ([1], [1])]),
                Case(op: "Unsqueeze", shapes: [[2, 3]], fixed: [1: ([1], [1])]),
                Case(op: "CumSum", shapes: [[3, 4]], fixed: [1: ([], [1])]),
                Case(op: "DepthToSpace", shapes: [[1, 4, 2, 2]], attributes: ["blocksize": .integer(2)]),
                Case(op: "SpaceToDepth", shapes: [[1, 1, 4, 4]], attributes: ["blocksize": .integer(2)]),
                Case(op: "Trilu", shapes: [[3, 4]]), Case(op: "Split", shapes: [[4, 3]], outputs: 2),
                Case(op: "Where", shapes: [[2, 3], [2, 3]]), Case(op: "Clip", shapes: [[2, 5]]),
                Case(op: "TopK", shapes: [[3, 5]], fixed: [1: ([1], [2])]),
                Case(
                    op: "LSTM", shapes: [[3, 2, 4], [1, 12, 4], [1, 12, 3], [1, 24]],
                    attributes: ["hidden_size": .integer(3)]),
                Case(
                    op: "GRU", shapes: [[3, 2, 4], [1, 9, 4], [1, 9, 3], [1, 18]],
                    attributes: ["hidden_size": .integer(3)]),
                Case(
                    op: "RNN", shapes: [[3, 2, 4], [1, 3, 4], [1, 3, 3], [1, 6]],
                    attributes: ["hidden_size": .integer(3)]),
                Case(op: "Attention", shapes: [[1, 2, 3, 4], [1, 2, 5, 4], [1, 2, 5, 4]]),
                Case(op: "DFT", shapes: [[1, 6, 1]]),
                Case(op: "Gelu", shapes: [[3, 4]], domain: "com.microsoft"),
                Case(op: "FastGelu", shapes: [[3, 4]], domain: "com.microsoft"),
                Case(op: "QuickGelu", shapes: [[3, 4]], domain: "com.microsoft"),
                Case(op: "FusedMatMul", shapes: [[3, 4], [4, 2]], domain: "com.microsoft"),
                Case(
                    op: "SkipLayerNormalization", shapes: [[2, 3, 4], [2, 3, 4], [4], [4]], domain: "com.microsoft"),
            ]
    }()

    @Test("Gradients agree with central differences", arguments: cases)
    func agree(_ entry: Case) throws {
        var inputs: [String: Tensor] = [:]
        var program = ONNXProgram()
        program.operatorSets = ["": 24, "com.microsoft": 1]
        var (names, place): ([String], Int) = ([], 0)
        var floats = entry.shapes.enumerated().makeIterator()
        let total = entry.shapes.count + entry.fixed.count + (entry.op == "Where" ? 1 : 0)
        while names.count < total {
            if entry.op == "Where", place == 0 {
                let bits = ByteView(copying: [1, 0, 1, 1, 0, 0])
                program.graph.constants.append(
                    ONNXConstant(name: "condition", type: 9, shape: [2, 3], data: .bytes(bits)))
                names.append("condition")
            } else if let (shape, numbers) = entry.fixed[place] {
                let bytes = numbers.map(Int64.init).withUnsafeBytes { Array($0) }
                program.graph.constants.append(
                    ONNXConstant(name: "fixed\(place)", type: 7, shape: shape, data: .bytes(ByteView(copying: bytes))))
                names.append("fixed\(place)")
            } else if let (index, shape) = floats.next() {
                let name = "x\(index)"
                // In 64 bits, so that differences are sharper than the tolerance.
                inputs[name] = try Self.numbers(shape, seed: UInt64(index + 3), entry.range).doubles64()
                program.graph.inputs.append(ONNXValueInfo(name: name, kind: .tensor(type: 0, shape: nil)))
                names.append(name)
            }
            place += 1
        }
        let outputs = (0..<entry.outputs).map { "y\($0)" }
        program.graph.nodes = [
            ONNXNode(
                entry.op, name: "node", domain: entry.domain, inputs: names, outputs: outputs,
                attributes: entry.attributes)
        ]
        program.graph.outputs = outputs.map { ONNXValueInfo(name: $0, kind: .other) }
        let graph = try Graph(program)
        try Self.compare(graph, inputs)
    }

    /// Compares the gradient of a weighted sum of all outputs with central differences at some places of every input.
    static func compare(_ graph: Graph, _ inputs: [String: Tensor]) throws {
        func loss(_ results: [String: Value]) throws -> Tensor {
            try GraphTesting.weightedSum(graph.outputNames.compactMap { results[$0]?.tensor })
        }
        let values = inputs.mapValues { Value($0) }
        let found = try graph.gradients(values, of: inputs.keys.sorted(), loss: loss)
        let step = 1e-5
        for (name, tensor) in inputs.sorted(by: { $0.key < $1.key }) {
            let elements = try tensor.doubles()
            let gradient = try #require(found.values[name], "no gradient of \(name)").doubles()
            for place in Set([0, elements.count / 2, elements.count - 1]) {
                func moved(_ by: Double) throws -> Double {
                    try loss(graph.run(Self.moving(values, name, place, by))).doubles()[0]
                }
                let difference = try (moved(step) - moved(-step)) / (2 * step)
                #expect(abs(difference - gradient[place]) <= 1e-4 * max(1, abs(difference)), "\(name)[\(place)]")
            }
        }
    }

    /// The same inputs with one element of one of them moved.
    static func moving(_ inputs: [String: Value], _ name: String, _ place: Int, _ by: Double) throws -> [String: Value]
    {
        guard let tensor = inputs[name]?.tensor else { return inputs }
        var elements = try tensor.doubles()
        elements[place] += by
        return inputs.merging([name: Value(try Tensor.doubles(elements, shape: tensor.shape))]) { $1 }
    }

    /// Numbers that are nowhere equal, from a seed.
    static func numbers(_ shape: [Int], seed: UInt64, _ range: ClosedRange<Float>) throws -> Tensor {
        var state = seed
        let list = (0..<shape.reduce(1, *)).map { index -> Float in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let unit = Float(state >> 40) / Float(1 << 24)
            // Off the kinks at 0 and at the bounds of clamped activations.
            let value = range.lowerBound + (range.upperBound - range.lowerBound) * unit
            return abs(value) < 0.05 ? value + 0.11 : value + Float(index) * 1e-4
        }
        return try Tensor(list, shape: shape)
    }
}

/// The same for the models that the `onnx` package ships: operators in all their forms.
extension GradientTests {
    @Test(
        "Gradients of the suite's models agree with central differences",
        .enabled(if: NodeCase.suite != nil, "run 'make test-deps' for the suite"))
    func suite() throws {
        let suite = try #require(NodeCase.suite)
        var (models, operators): (Int, Set<String>) = (0, [])
        for name in Vectors.names("\(suite)/node") {
            let folder = "\(suite)/node/\(name)"
            guard let graph = try? Graph(contentsOf: folder + "/model.onnx"), graph.unsupported.isEmpty,
                graph.program.graph.nodes.count == 1, let op = graph.program.graph.nodes.first?.type,
                let given = try? NodeCase.inputs(graph, folder + "/test_data_set_0")
            else { continue }
            var inputs: [String: Value] = [:]
            for (name, value) in given {
                guard case .tensor(let tensor, let code) = value else {
                    inputs[name] = value
                    continue
                }
                let isReal = tensor.type.isFloating && [1, 10, 11, 16].contains(code)
                inputs[name] = isReal ? Value(try tensor.cast(to: .float64)) : value
            }
            let open = graph.undeclared()
            guard (try? open.run(inputs)) != nil else { continue }
            guard !Self.withoutGradient.contains(op) else { continue }
            if try Self.check(open, inputs, op, name) {
                models += 1
                operators.insert(op)
            }
        }
        #expect(models >= 500 && operators.count >= 120)
        print("gradients: \(models) models, \(operators.count) operators: \(operators.sorted().joined(separator: " "))")
    }

    /// Operators whose results are steps: their derivative is 0 or there is none.
    private static let withoutGradient: Set<String> = [
        "Bernoulli", "Binarizer", "DynamicQuantizeLinear", "Hardmax", "MelWeightMatrix", "QuantizeLinear", "Range",
        "Sign",
        "TreeEnsemble",
    ]
    /// Inputs that choose what is computed, by place: no gradient flows to them.
    private static let choices: [String: Set<Int>] = [
        "Dropout": [1], "NegativeLogLikelihoodLoss": [2], "Pad": [2], "Resize": [1, 2],
        "RoiAlign": [1], "SoftmaxCrossEntropyLoss": [2], "Upsample": [1],
        // Computed in 32 bits, as the operator says, where differences this small are lost.
        "DequantizeLinear": [1],
    ]

    /// Compares at some places of every input that data may flow through; says whether there was anything to compare.
    private static func check(_ graph: Graph, _ given: [String: Value], _ op: String, _ model: String) throws -> Bool {
        let node = try #require(graph.program.graph.nodes.first)
        let chosen = Set(node.inputs.indices.filter { choices[op]?.contains($0) ?? false }.map { node.inputs[$0] })
        // Numbers of 4 and 8 bits have no neighbours that near.
        if case .integer(let code)? = node.attributes["to"], ![1, 10, 11, 16].contains(code) { return false }
        if op == "CastLike", given["like"]?.tensor?.type != .float64 { return false }
        let inputs = given
        func loss(_ results: [String: Value]) throws -> Tensor {
            try GraphTesting.weightedSum(graph.outputNames.compactMap { results[$0]?.tensor })
        }
        let reals = inputs.filter { !chosen.contains($0.key) }.filter {
            $0.value.tensor.map { $0.type == .float64 && $0.count > 0 && $0.count <= 4096 } ?? false
        }
        guard !reals.isEmpty, let start = try? loss(graph.run(inputs)).doubles()[0], start.isFinite, start != 0 else {
            return false
        }
        let found = try graph.gradients(inputs, of: reals.keys.sorted(), loss: loss).values
        let step = 1e-6
        for (name, value) in reals.sorted(by: { $0.key < $1.key }) {
            guard let tensor = value.tensor else { continue }
            let elements = try tensor.doubles()
            guard elements.allSatisfy(\.isFinite) else { continue }
            let gradient = try found[name]?.doubles() ?? elements.map { _ in 0 }
            for place in Set([0, elements.count / 3, elements.count / 2, elements.count - 1]) {
                func moved(_ by: Double) throws -> Double {
                    try loss(graph.run(moving(inputs, name, place, by))).doubles()[0]
                }
                guard let right = try? (moved(step) - start) / step, let left = try? (start - moved(-step)) / step
                else { continue }
                // A jump, or the edge of what the operator is defined on.
                guard abs(left) < 1e5, abs(right) < 1e5 else { continue }
                // At a kink there is no gradient: anything between the two sides will do.
                let (low, high) = (min(left, right), max(left, right))
                let room = 1e-3 * max(1, abs(low), abs(high))
                #expect(
                    gradient[place] >= low - room && gradient[place] <= high + room,
                    "\(model), \(op), \(name)[\(place)]: \(gradient[place]) where \(low) to \(high) was expected")
            }
        }
        return true
    }
}
