internal import CordonFormats

extension OperatorSet {
    /// Random numbers. A node with a seed gives the same numbers each time; others draw from the run's generator.
    static let random: [Operator] = [
        Operator("RandomNormal", isPure: false) { node in
            try draw(node, node.integers("shape") ?? [], node.integer("dtype", ElementCode.float32), normal: true)
        },
        Operator("RandomUniform", isPure: false) { node in
            try draw(node, node.integers("shape") ?? [], node.integer("dtype", ElementCode.float32), normal: false)
        },
        Operator("RandomNormalLike", isPure: false) { node in
            try draw(node, shape(of: node.value(0)), node.integer("dtype", node.code(0)), normal: true)
        },
        Operator("RandomUniformLike", isPure: false) { node in
            try draw(node, shape(of: node.value(0)), node.integer("dtype", node.code(0)), normal: false)
        },
        Operator("Bernoulli", isPure: false) { node in
            let x = try node.tensor(0)
            let code = node.integer("dtype", node.code(0))
            guard let type = ElementCode.element(code) else { throw unknown(code) }
            let draws = try call(
                "aten::uniform", "", .tensor(x.detached()), .real(0), .real(1), .generator(generator(node)))
            return [.tensor(try call("aten::lt", "Tensor", .tensor(draws), .tensor(x)).cast(to: type), code: code)]
        },
        Operator("Multinomial", isPure: false) { node in
            let x = try node.tensor(0)
            let count = node.integer("sample_size", 1)
            guard x.rank == 2, count > 0, count < 1 << 24 else {
                throw TensorFailure(.shape, "\(count) samples of \(x.shape)")
            }
            let drawn = try call(
                "aten::multinomial", "", .tensor(x.softmax(1)), .integer(count), true, .generator(generator(node)))
            let code = node.integer("dtype", ElementCode.int32)
            guard let type = ElementCode.element(code) else { throw unknown(code) }
            return [.tensor(try drawn.cast(to: type), code: code)]
        },
    ]

    private static func generator(_ node: NodeCall) throws -> Generator {
        guard let seed = node.real("seed") else { return try node.run.generator() }
        return try Generator(seed: UInt64(Float(seed).bitPattern))
    }

    private static func draw(_ node: NodeCall, _ shape: [Int], _ code: Int, normal: Bool) throws -> [Value] {
        guard let type = ElementCode.element(code), type.isFloating else { throw unknown(code) }
        let empty = try Tensor.filled(shape, 0, .float32)
        let drawn: Tensor
        if normal {
            let unit = try call(
                "aten::normal_functional", "", .tensor(empty), .real(0), .real(1), .generator(generator(node)))
            drawn = try unit * node.real("scale", 1) + node.real("mean", 0)
        } else {
            let unit = try call("aten::uniform", "", .tensor(empty), .real(0), .real(1), .generator(generator(node)))
            let low = node.real("low", 0)
            drawn = try unit * (node.real("high", 1) - low) + low
        }
        return [.tensor(try drawn.cast(to: type), code: code)]
    }

    /// Losses that a model may carry.
    static let losses: [Operator] = [
        Operator("NegativeLogLikelihoodLoss") { node in try [Value(loss(node, node.tensor(0)))] },
        Operator("SoftmaxCrossEntropyLoss") { node in
            let logs = try call("aten::log_softmax", "int", .tensor(node.tensor(0)), 1, .none)
            return try [Value(loss(node, logs)), Value(logs)]
        },
    ]

    private static func loss(_ node: NodeCall, _ logs: Tensor) throws -> Tensor {
        let target = try node.tensor(1).cast(to: .int64)
        guard logs.rank >= 2, target.rank == logs.rank - 1 else {
            throw TensorFailure(.shape, "targets \(target.shape) for \(logs.shape)")
        }
        let reductions = ["none": 0, "mean": 1, "sum": 2]
        guard let reduction = reductions[node.text("reduction", "mean")] else {
            throw TensorFailure(.unsupported, "reduction '\(node.text("reduction", ""))'")
        }
        return try call(
            "aten::nll_loss_nd", "", .tensor(logs), .tensor(target), .optional(node.optional(2)), .integer(reduction),
            .integer(node.integer("ignore_index", -100)))
    }
}
