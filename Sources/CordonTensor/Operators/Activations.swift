extension OperatorSet {
    /// Activations and the softmax family.
    static let activations: [Operator] = [
        Operator("Relu") { node in try node.like(0, call("aten::relu", "", .tensor(node.tensor(0)))) },
        Operator("LeakyRelu") { node in
            try node.like(0, call("aten::leaky_relu", "", .tensor(node.tensor(0)), .real(node.real("alpha", 0.01))))
        },
        Operator("ThresholdedRelu") { node in
            let x = try node.tensor(0)
            return try node.like(0, call("aten::threshold", "", .tensor(x), .real(node.real("alpha", 1)), 0))
        },
        Operator("PRelu") { node in
            let x = try node.tensor(0)
            var slope = try node.tensor(1)
            // Before opset 7 a row of slopes belonged to the channels.
            if node.version < 7, slope.rank == 1, x.rank > 1 {
                slope = try slope.reshaped([slope.count] + x.shape[2...].map { _ in 1 })
            }
            let negative = try call("aten::mul", "Tensor", .tensor(x), .tensor(slope))
            let isNegative = try call("aten::lt", "Scalar", .tensor(x), 0)
            return try node.like(0, call("aten::where", "self", .tensor(isNegative), .tensor(negative), .tensor(x)))
        },
        Operator("Elu") { node in
            try node.like(0, call("aten::elu", "", .tensor(node.tensor(0)), .real(node.real("alpha", 1))))
        },
        Operator("Celu") { node in
            try node.like(0, call("aten::celu", "", .tensor(node.tensor(0)), .real(node.real("alpha", 1))))
        },
        Operator("Selu") { node in
            let alpha = node.real("alpha", 1.67326319217681884765625)
            let gamma = node.real("gamma", 1.05070102214813232421875)
            return try node.like(0, call("aten::elu", "", .tensor(node.tensor(0)), .real(alpha), .real(gamma)))
        },
        Operator("HardSigmoid") { node in
            let (alpha, beta) = (node.real("alpha", 0.2), node.real("beta", 0.5))
            return try node.like(0, affineClamped(node.tensor(0), alpha, beta))
        },
        // Made by the optimiser from its parts, whatever operator set the model has.
        Operator("Gelu", domain: "cordon") { node in try node.like(0, call("aten::gelu", "", .tensor(node.tensor(0))))
        },
        Operator("HardSwish") { node in try node.like(0, call("aten::hardswish", "", .tensor(node.tensor(0)))) },
        Operator("Swish") { node in
            let x = try node.tensor(0)
            let gate = try call(
                "aten::sigmoid", "", .tensor(call("aten::mul", "Scalar", .tensor(x), .real(node.real("alpha", 1)))))
            return try node.like(0, call("aten::mul", "Tensor", .tensor(x), .tensor(gate)))
        },
        Operator("Mish") { node in try node.like(0, call("aten::mish", "", .tensor(node.tensor(0)))) },
        Operator("Gelu") { node in
            let approximation = node.text("approximate", "none")
            return try node.like(0, call("aten::gelu", "", .tensor(node.tensor(0)), .text(approximation)))
        },
        Operator("Softplus") { node in try node.like(0, call("aten::softplus", "", .tensor(node.tensor(0)))) },
        Operator("Softsign") { node in
            let x = try node.tensor(0)
            let divisor = try call("aten::add", "Scalar", .tensor(call("aten::abs", "", .tensor(x))), 1)
            return try node.like(0, call("aten::div", "Tensor", .tensor(x), .tensor(divisor)))
        },
        Operator("Shrink") { node in
            let x = try node.tensor(0)
            let (bias, lambda) = (node.real("bias", 0), node.real("lambd", 0.5))
            let above = try call("aten::sub", "Scalar", .tensor(x), .real(bias))
            let below = try call("aten::add", "Scalar", .tensor(x), .real(bias))
            let zero = try call("aten::zeros_like", "", .tensor(x))
            let isBelow = try call("aten::lt", "Scalar", .tensor(x), .real(-lambda))
            let isAbove = try call("aten::gt", "Scalar", .tensor(x), .real(lambda))
            let upper = try call("aten::where", "self", .tensor(isAbove), .tensor(above), .tensor(zero))
            let result = try call("aten::where", "self", .tensor(isBelow), .tensor(below), .tensor(upper))
            return try node.like(0, result.cast(to: x.type))
        },
        Operator("Softmax") { node in try softmax(node, "aten::softmax") },
        Operator("LogSoftmax") { node in try softmax(node, "aten::log_softmax") },
        Operator("Hardmax") { node in
            try flattened(node) { x, axis in
                let largest = try call("aten::argmax", "", .tensor(x), .integer(axis), true)
                let zero = try call("aten::zeros_like", "", .tensor(x))
                return try call("aten::scatter", "value", .tensor(zero), .integer(axis), .tensor(largest), 1)
            }
        },
    ]

    /// max(0, min(1, alpha·x + beta)).
    static func affineClamped(_ x: Tensor, _ alpha: Double, _ beta: Double) throws -> Tensor {
        // The form that most models use has a kernel of its own.
        if abs(alpha - 1.0 / 6) < 1e-7, beta == 0.5 { return try call("aten::hardsigmoid", "", .tensor(x)) }
        let scaled = try call("aten::mul", "Scalar", .tensor(x), .real(alpha))
        let moved = try call("aten::add", "Scalar", .tensor(scaled), .real(beta))
        return try call("aten::clamp", "", .tensor(moved), .real(0), .real(1))
    }

    private static func softmax(_ node: NodeCall, _ native: String) throws -> [Value] {
        try flattened(node) { x, axis in try call(native, "int", .tensor(x), .integer(axis), .none) }
    }

    /// Before opset 13 everything from the axis on is one row; since then the axis stands alone.
    private static func flattened(
        _ node: NodeCall, _ body: (Tensor, Int) throws -> Tensor
    ) throws -> [Value] {
        let x = try node.tensor(0)
        if node.version >= 13 {
            return try node.like(0, body(x, node.axis(node.integer("axis", -1), rank: x.rank)))
        }
        let axis = try boundary(node.integer("axis", 1), x.rank)
        let rows = x.shape[..<axis].reduce(1, *)
        let flat = try call("aten::reshape", "", .tensor(x), .integers([rows, x.shape[axis...].reduce(1, *)]))
        return try node.like(0, call("aten::reshape", "", .tensor(body(flat, 1)), .integers(x.shape)))
    }
}
