internal import CordonFormats

extension OperatorSet {
    private static let domain = "com.microsoft"

    /// Operators that ONNX Runtime's optimiser and quantiser write. Source: microsoft/onnxruntime `docs/ContribOperators.md`.
    static let microsoft: [Operator] = [
        Operator("Gelu", domain: domain) { node in try node.like(0, call("aten::gelu", "", .tensor(node.tensor(0)))) },
        Operator("FastGelu", domain: domain) { node in
            var x = try node.tensor(0)
            if let bias = try node.optional(1) { x = try x + bias }
            return try node.like(0, call("aten::gelu", "", .tensor(x), .text("tanh")))
        },
        Operator("BiasGelu", domain: domain) { node in
            try node.like(0, call("aten::gelu", "", .tensor(node.tensor(0) + node.tensor(1))))
        },
        Operator("QuickGelu", domain: domain) { node in
            let x = try node.tensor(0)
            return try node.like(0, x * (x * node.real("alpha", 1.702)).apply("sigmoid"))
        },
        Operator("FusedMatMul", domain: domain) { node in
            var (a, b) = (try node.tensor(0), try node.tensor(1))
            guard node.integer("transBatchA", 0) == 0, node.integer("transBatchB", 0) == 0 else {
                throw TensorFailure(.unsupported, "'transBatchA' and 'transBatchB'")
            }
            if node.integer("transA", 0) != 0, a.rank > 1 { a = try a.transposed(a.rank - 2, a.rank - 1) }
            if node.integer("transB", 0) != 0, b.rank > 1 { b = try b.transposed(b.rank - 2, b.rank - 1) }
            let y = try a.matmul(b)
            return try node.like(0, node.real("alpha", 1) == 1 ? y : y * node.real("alpha", 1))
        },
        Operator("FusedConv", domain: domain) { node in
            var y = try convolve(node, node.tensor(0), node.tensor(1), node.optional(2))
            if let added = try node.optional(3) { y = try y + added }
            switch node.text("activation", "") {
            case "": break
            case "Relu": y = try y.apply("relu")
            case "Sigmoid": y = try y.apply("sigmoid")
            case "Tanh": y = try y.apply("tanh")
            case let other: throw TensorFailure(.unsupported, "activation '\(other)'")
            }
            return try node.like(0, y)
        },
        Operator("SkipLayerNormalization", domain: domain) { node in
            var sum = try node.tensor(0) + node.tensor(1)
            if let bias = try node.optional(4) { sum = try sum + bias }
            let y = try call(
                "aten::layer_norm", "", .tensor(sum), .integers([sum.shape.last ?? 1]), .tensor(node.tensor(2)),
                .optional(node.optional(3)), .real(node.real("epsilon", 1e-12)))
            let empty = try Tensor.filled([0], 0)
            return [Value(y), Value(empty), Value(empty), Value(sum)]
        },
        Operator("MultiHeadAttention", domain: domain, body: multiHead),
        Operator("DynamicQuantizeMatMul", domain: domain) { node in
            let x = try node.tensor(0)
            let ends = try callMany("aten::aminmax", "", .tensor(x))
            let (low, high) = (min(0, try ends[0].floats()[0]), max(0, try ends[1].floats()[0]))
            let step = high == low ? 1 : (high - low) / 255
            let zero = max(0, min(255, (-low / step).rounded(.toNearestOrEven)))
            let whole = try ((x / Double(step)).apply("round") + Double(zero)).clamped(0, 255).cast(to: .uint8)
            let aZero = try Tensor.of([UInt8(zero)], shape: [], type: .uint8)
            let product = try wholeProduct(whole, zero: aZero, node.tensor(1), zero: node.optional(3))
            return try [Value(scaled(product, node.tensor(2) * Double(step), node.optional(4)))]
        },
        Operator("MatMulIntegerToFloat", domain: domain) { node in
            let product = try wholeProduct(
                node.tensor(0), zero: node.optional(4), node.tensor(1), zero: node.optional(5))
            return try [Value(scaled(product, node.tensor(2) * node.tensor(3), node.optional(6)))]
        },
        Operator("QuantizeLinear", domain: domain) { node in
            let code = node.optionalValue(2) == nil ? ElementCode.uint8 : node.code(2)
            return try [
                quantize(
                    node.tensor(0), scale: node.tensor(1), zero: node.optional(2), code: code,
                    axis: node.integer("axis", 1))
            ]
        },
        Operator("DequantizeLinear", domain: domain) { node in
            try [
                Value(
                    dequantized(
                        node.tensor(0), scale: node.tensor(1), zero: node.optional(2), axis: node.integer("axis", 1)))
            ]
        },
        Operator("QLinearAdd", domain: domain) { node in try quantizedBinary(node) { try $0 + $1 } },
        Operator("QLinearMul", domain: domain) { node in try quantizedBinary(node) { try $0 * $1 } },
        Operator("QLinearSigmoid", domain: domain) { node in try quantizedUnary(node) { try $0.apply("sigmoid") } },
        Operator("QLinearLeakyRelu", domain: domain) { node in
            try quantizedUnary(node) { try call("aten::leaky_relu", "", .tensor($0), .real(node.real("alpha", 0.01))) }
        },
        Operator("QLinearGlobalAveragePool", domain: domain) { node in
            try quantizedUnary(node) { x in
                let isLast = node.integer("channels_last", 0) == 1
                guard x.rank > 2 else { return x }
                return try x.mean(Array((isLast ? 1 : 2)..<(isLast ? x.rank - 1 : x.rank)), keep: true)
            }
        },
        Operator("QLinearConcat", domain: domain) { node in
            var parts: [Tensor] = []
            for start in stride(from: 2, to: node.inputs.count - 2, by: 3) {
                parts.append(
                    try dequantized(
                        node.tensor(start), scale: node.tensor(start + 1), zero: node.optional(start + 2), axis: 0))
            }
            guard let first = parts.first else { throw TensorFailure(.model, "nothing to join") }
            let axis = try node.axis(node.integer("axis", 0), rank: first.rank)
            return try [
                quantize(
                    .concatenated(parts, axis), scale: node.tensor(0), zero: node.optional(1), code: node.code(1),
                    axis: 0)
            ]
        },
    ]

    private static func scaled(_ product: Tensor, _ scale: Tensor, _ bias: Tensor?) throws -> Tensor {
        let y = try product.cast(to: .float32) * scale
        return try bias.map { try y + $0 } ?? y
    }

    private static func quantizedBinary(_ node: NodeCall, _ body: (Tensor, Tensor) throws -> Tensor) throws -> [Value] {
        let a = try dequantized(node.tensor(0), scale: node.tensor(1), zero: node.optional(2), axis: 0)
        let b = try dequantized(node.tensor(3), scale: node.tensor(4), zero: node.optional(5), axis: 0)
        return try [quantize(body(a, b), scale: node.tensor(6), zero: node.optional(7), code: node.code(0), axis: 0)]
    }

    private static func quantizedUnary(_ node: NodeCall, _ body: (Tensor) throws -> Tensor) throws -> [Value] {
        let x = try dequantized(node.tensor(0), scale: node.tensor(1), zero: node.optional(2), axis: 0)
        return try [quantize(body(x), scale: node.tensor(3), zero: node.optional(4), code: node.code(0), axis: 0)]
    }

    private static func multiHead(_ node: NodeCall) throws -> [Value] {
        let count = node.integer("num_heads", 0)
        guard node.optionalValue(4) == nil, node.optionalValue(6) == nil, node.optionalValue(7) == nil else {
            throw TensorFailure(.unsupported, "a key padding mask or past keys")
        }
        guard node.integer("unidirectional", 0) == 0 else {
            throw TensorFailure(.unsupported, "'unidirectional'")
        }
        var (q, k, v) = (try node.tensor(0), try node.tensor(1), try node.tensor(2))
        if let bias = try node.optional(3) {
            let (a, b) = (q.shape.last ?? 0, k.shape.last ?? 0)
            guard bias.rank == 1, bias.count == a + b + (v.shape.last ?? 0) else {
                throw TensorFailure(.shape, "a bias of \(bias.shape)")
            }
            (q, k, v) = (
                try q + bias.sliced(0, 0, a), try k + bias.sliced(0, a, a + b),
                try v + bias.sliced(0, a + b, bias.count)
            )
        }
        (q, k, v) = (try heads(q, count), try heads(k, count), try heads(v, count))
        let scale = node.real("scale") ?? 1 / Double(max(1, q.shape[3])).squareRoot()
        var scores = try (q * scale).matmul(k.transposed(2, 3))
        if let bias = try node.optional(5) { scores = try scores + bias }
        let y = try scores.softmax(3).matmul(v).permuted([0, 2, 1, 3])
        return try node.like(0, y.reshaped([y.shape[0], y.shape[1], y.shape[2] * y.shape[3]]))
    }
}
