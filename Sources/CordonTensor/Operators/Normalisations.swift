extension OperatorSet {
    /// Normalisations and dropout.
    static let normalisations: [Operator] = [
        Operator("BatchNormalization") { node in
            let (x, epsilon) = (try node.tensor(0), node.real("epsilon", 1e-5))
            let (scale, bias) = (try node.tensor(1), try node.tensor(2))
            let (mean, variance) = (try node.tensor(3), try node.tensor(4))
            if node.integer("training_mode", 0) == 1 {
                let momentum = node.real("momentum", 0.9)
                let axes = [0] + Array(x.shape.indices.dropFirst(2))
                let current = try x.mean(axes)
                let spread = try call("aten::var", "dim", .tensor(x), .integers(axes), false)
                let y = try call(
                    "aten::batch_norm", "", .tensor(x), .tensor(scale), .tensor(bias), .none, .none, true, .real(0),
                    .real(epsilon), false)
                return try node.like(0, y) + [
                    Value(mean * momentum + current * (1 - momentum)),
                    Value(variance * momentum + spread * (1 - momentum)),
                ]
            }
            if mean.tracksGradient || variance.tracksGradient {
                // libtorch has no gradients of running statistics.
                let row = [mean.count] + x.shape.dropFirst(2).map { _ in 1 }
                let inverse = try (variance + epsilon).apply("rsqrt").reshaped(row)
                let centred = try (x - mean.reshaped(row)) * inverse
                return try node.like(0, centred * scale.reshaped(row) + bias.reshaped(row))
            }
            return try node.like(
                0,
                call(
                    "aten::batch_norm", "", .tensor(x), .tensor(scale), .tensor(bias), .tensor(mean), .tensor(variance),
                    false, .real(0), .real(epsilon), false))
        },
        Operator("InstanceNormalization") { node in
            try node.like(
                0,
                call(
                    "aten::instance_norm", "", .tensor(node.tensor(0)), .tensor(node.tensor(1)),
                    .tensor(node.tensor(2)),
                    .none, .none, true, .real(0), .real(node.real("epsilon", 1e-5)), false))
        },
        Operator("LRN") { node in
            let x = try node.tensor(0)
            let size = node.integer("size", 1)
            guard x.rank >= 3, size > 0, size < 1 << 20 else {
                throw TensorFailure(.shape, "a size of \(size) in \(x.shape)")
            }
            let plane = x.shape[2...].reduce(1, *)
            let squares = try (x * x).reshaped([x.shape[0], 1, x.shape[1], plane])
            let padded = try squares.padded([0, 0, (size - 1) / 2, size / 2])
            let means = try call("aten::avg_pool2d", "", .tensor(padded), .integers([size, 1]), .integers([1, 1]))
            let base = try means.reshaped(x.shape) * node.real("alpha", 1e-4) + node.real("bias", 1)
            return try node.like(
                0, x / call("aten::pow", "Tensor_Scalar", .tensor(base), .real(node.real("beta", 0.75))))
        },
        Operator("LayerNormalization", body: layer),
        Operator("RMSNormalization") { node in
            let x = try node.tensor(0)
            let axis = try node.axis(node.integer("axis", -1), rank: x.rank)
            let squares = try (x * x).mean(Array(axis..<x.rank), keep: true)
            let inverse = try (squares + node.real("epsilon", 1e-5)).apply("rsqrt")
            return try node.like(0, x * inverse * node.tensor(1))
        },
        Operator("GroupNormalization") { node in
            let x = try node.tensor(0)
            let groups = node.integer("num_groups", 1)
            guard x.rank >= 2, groups > 0, x.shape[1] % groups == 0 else {
                throw TensorFailure(.shape, "\(groups) groups of the channels in \(x.shape)")
            }
            var (scale, bias) = (try node.tensor(1), try node.tensor(2))
            if scale.count == groups, scale.count != x.shape[1] {
                let times = [x.shape[1] / groups]
                scale = try scale.reshaped([groups, 1]).expanded([groups] + times).reshaped([x.shape[1]])
                bias = try bias.reshaped([groups, 1]).expanded([groups] + times).reshaped([x.shape[1]])
            }
            return try node.like(
                0,
                call(
                    "aten::group_norm", "", .tensor(x), .integer(groups), .tensor(scale), .tensor(bias),
                    .real(node.real("epsilon", 1e-5)), false))
        },
        Operator("MeanVarianceNormalization") { node in
            let x = try node.tensor(0)
            let axes = try node.axes(node.integers("axes") ?? [0, 2, 3], rank: x.rank)
            let centred = try x - x.mean(axes, keep: true)
            let spread = try (centred * centred).mean(axes, keep: true).apply("sqrt")
            return try node.like(0, centred / (spread + 1e-9))
        },
        Operator("LpNormalization") { node in
            let x = try node.tensor(0)
            let axis = try node.axis(node.integer("axis", -1), rank: x.rank)
            let isSum = node.integer("p", 2) == 1
            let size = try (isSum ? x.apply("abs") : x * x).sum([axis], keep: true)
            // Chosen before the root, whose slope at 0 is infinite.
            let isZero = try call("aten::eq", "Scalar", .tensor(size), 0)
            let safe = try isZero.choosing(.filled(size.shape, 1, size.type), size)
            return try node.like(0, x / (isSum ? safe : safe.apply("sqrt")))
        },
        Operator("Dropout", isPure: false) { node in
            let x = try node.tensor(0)
            let ratio =
                try node.version >= 12 ? node.optional(1).map { try scalar($0) } ?? 0.5 : node.real("ratio", 0.5)
            let isTraining = try node.version >= 12 && node.optional(2).map { try scalar($0) != 0 } ?? false
            guard isTraining || node.run.isTraining, ratio > 0 else {
                return try node.like(0, x) + [Value(.filled(x.shape, 1, .bool))]
            }
            guard ratio < 1 else { throw TensorFailure(.model, "a dropout ratio of \(ratio)") }
            let chance = try call("aten::empty_like", "", .tensor(x.detached()))
            let draws = try call(
                "aten::uniform", "", .tensor(chance), .real(0), .real(1), .generator(node.run.generator()))
            let mask = try call("aten::ge", "Scalar", .tensor(draws), .real(ratio))
            return try node.like(0, x * mask.cast(to: x.type) / (1 - ratio)) + [Value(mask)]
        },
    ]

    private static func layer(_ node: NodeCall) throws -> [Value] {
        let (x, scale) = (try node.tensor(0), try node.tensor(1))
        let bias = try node.optional(2)
        let axis = try node.axis(node.integer("axis", -1), rank: x.rank)
        let shape = Array(x.shape[axis...])
        if node.outputCount > 1 {
            // The native kernel's mean and deviation carry no gradient.
            let axes = Array(axis..<x.rank)
            let mean = try x.mean(axes, keep: true)
            let centred = try x - mean
            let inverse = try ((centred * centred).mean(axes, keep: true) + node.real("epsilon", 1e-5)).apply("rsqrt")
            var y = try centred * inverse * scale
            if let bias { y = try y + bias }
            return try node.like(0, y) + [Value(mean), Value(inverse)]
        }
        let fits = scale.shape == shape && (bias.map { $0.shape == shape } ?? true)
        let found = try callMany(
            "aten::native_layer_norm", "", .tensor(x), .integers(shape), fits ? .tensor(scale) : .none,
            fits ? .optional(bias) : .none, .real(node.real("epsilon", 1e-5)))
        var y = found[0]
        if !fits {
            y = try y * scale
            if let bias { y = try y + bias }
        }
        return try node.like(0, y)
    }
}
