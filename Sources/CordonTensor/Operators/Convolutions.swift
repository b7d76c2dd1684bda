extension OperatorSet {
    /// Convolutions.
    static let convolutions: [Operator] = [
        Operator("Conv") { node in
            let (x, w) = (try node.tensor(0), try node.tensor(1))
            return try node.like(0, convolve(node, x, w, node.optional(2)))
        },
        Operator("ConvTranspose", body: transposed),
        Operator("ConvInteger") { node in
            let x = try centred(node, 0, zero: 2, axis: nil)
            let w = try centred(node, 1, zero: 3, axis: 0)
            // Sums of 8-bit products are exact in 32-bit numbers up to 256 terms.
            let type: ElementType = w.shape.dropFirst().reduce(1, *) > 256 ? .float64 : .float32
            return [Value(try convolve(node, x.cast(to: type), w.cast(to: type), nil).cast(to: .int32))]
        },
        Operator("QLinearConv", body: quantized),
        Operator("DeformConv", body: deformable),
        Operator("Col2Im", body: columns),
    ]

    /// The window of a convolution or pooling.
    struct Window {
        var kernel: [Int]
        var strides: [Int]
        var dilations: [Int]
        var before: [Int]
        var after: [Int]

        /// Reads the attributes and turns automatic padding into numbers.
        init(_ node: NodeCall, input: [Int], kernel: [Int]) throws(TensorFailure) {
            let rank = kernel.count
            self.kernel = kernel
            strides = node.integers("strides") ?? [Int](repeating: 1, count: rank)
            dilations = node.integers("dilations") ?? [Int](repeating: 1, count: rank)
            let pads = node.integers("pads") ?? [Int](repeating: 0, count: 2 * rank)
            guard input.count == rank, strides.count == rank, dilations.count == rank, pads.count == 2 * rank else {
                throw TensorFailure(.shape, "strides, dilations or pads do not fit a kernel of \(kernel)")
            }
            // With extents of at most 2⁴⁴, products with these stay within 63 bits.
            let sane = 1...(1 << 18)
            guard strides.allSatisfy(sane.contains), dilations.allSatisfy(sane.contains),
                kernel.allSatisfy(sane.contains),
                pads.allSatisfy({ (0...(1 << 18)).contains($0) })
            else { throw TensorFailure(.shape, "a kernel, stride, dilation or pad out of range") }
            before = Array(pads[..<rank])
            after = Array(pads[rank...])
            switch node.text("auto_pad", "NOTSET") {
            case "NOTSET": break
            case "VALID":
                before = [Int](repeating: 0, count: rank)
                after = before
            case let mode:
                for axis in 0..<rank {
                    let reach = (kernel[axis] - 1) * dilations[axis] + 1
                    let output = (input[axis] + strides[axis] - 1) / strides[axis]
                    let total = max(0, (output - 1) * strides[axis] + reach - input[axis])
                    before[axis] = mode == "SAME_LOWER" ? total - total / 2 : total / 2
                    after[axis] = total - before[axis]
                }
            }
        }

        /// Pads in the order that libtorch wants: last axis first.
        var pairs: [Int] { before.indices.reversed().flatMap { [before[$0], after[$0]] } }
        var isSymmetric: Bool { before == after }
    }

    private static let groupRange = 1...(1 << 18)

    static func convolve(_ node: NodeCall, _ input: Tensor, _ w: Tensor, _ bias: Tensor?) throws -> Tensor {
        guard input.rank >= 3, w.rank == input.rank, w.count > 0 else {
            throw TensorFailure(.shape, "a convolution of \(input.shape) with \(w.shape)")
        }
        let window = try Window(node, input: Array(input.shape[2...]), kernel: Array(w.shape[2...]))
        let groups = node.integer("group", 1)
        guard groupRange.contains(groups), w.shape[1] * groups == input.shape[1], w.shape[0] % groups == 0 else {
            throw TensorFailure(
                .shape,
                "\(input.shape[1]) channels in \(groups) groups where the weights \(w.shape) want \(w.shape[1]) each")
        }
        // One place and one tap: a product of matrices, without what a convolution costs to set up.
        if groups == 1, input.shape[2...].allSatisfy({ $0 == 1 }), w.shape[2...].allSatisfy({ $0 == 1 }),
            window.pairs.allSatisfy({ $0 == 0 }), input.type.isFloating
        {
            let (rows, weights) = (
                try input.reshaped([input.shape[0], input.shape[1]]),
                try w.reshaped([w.shape[0], w.shape[1]]).transposed(0, 1)
            )
            let y =
                try bias.map { try call("aten::addmm", "", .tensor($0), .tensor(rows), .tensor(weights), 1, 1) }
                ?? rows.matmul(weights)
            return try y.reshaped([input.shape[0], w.shape[0]] + input.shape[2...].map { _ in 1 })
        }
        // A single column is a single row to the arithmetic, and rows are what the kernels are quick on.
        if input.rank == 4, input.shape[3] == 1, w.shape[3] == 1, input.shape[2] > 1, window.isSymmetric,
            window.before[1] == 0
        {
            let turned = try call(
                "aten::convolution", "", .tensor(input.reshaped([input.shape[0], input.shape[1], 1, input.shape[2]])),
                .tensor(w.reshaped([w.shape[0], w.shape[1], 1, w.shape[2]])), .optional(bias),
                .integers([1, window.strides[0]]), .integers([0, window.before[0]]),
                .integers([1, window.dilations[0]]),
                false, .integers([0, 0]), .integer(groups))
            return try turned.transposed(2, 3)
        }
        var (x, w) = (input, w)
        if x.rank == 4, !x.tracksGradient, !w.tracksGradient {
            // The kernels for pictures whose channels lie together are up to ten times as quick; what follows keeps the order.
            x = try x.channelsLast()
            w = try w.channelsLast()
        }
        var padding = window.before
        if !window.isSymmetric {
            x = try call("aten::constant_pad_nd", "", .tensor(x), .integers(window.pairs), 0)
            padding = [Int](repeating: 0, count: padding.count)
        }
        return try call(
            "aten::convolution", "", .tensor(x), .tensor(w), .optional(bias), .integers(window.strides),
            .integers(padding), .integers(window.dilations), false,
            .integers([Int](repeating: 0, count: padding.count)),
            .integer(groups))
    }

    private static func transposed(_ node: NodeCall) throws -> [Value] {
        let (x, w) = (try node.tensor(0), try node.tensor(1))
        guard x.rank >= 3, w.rank == x.rank, w.count > 0, w.shape[0] == x.shape[1] else {
            throw TensorFailure(.shape, "a transposed convolution of \(x.shape) with \(w.shape)")
        }
        let spatial = Array(x.shape[2...])
        let rank = spatial.count
        var window = try Window(node, input: spatial, kernel: Array(w.shape[2...]))
        var extra = node.integers("output_padding") ?? [Int](repeating: 0, count: rank)
        guard extra.count == rank, extra.allSatisfy({ (0...(1 << 20)).contains($0) }) else {
            throw TensorFailure(.shape, "output padding \(extra)")
        }
        let full = (0..<rank).map { axis -> Int in
            let reach = (window.kernel[axis] - 1) * window.dilations[axis] + 1
            return (spatial[axis] - 1) * window.strides[axis] + reach
        }
        let mode = node.text("auto_pad", "NOTSET")
        var target = node.integers("output_shape")
        if let given = target, given.count == rank + 2 { target = Array(given[2...]) }
        if mode.hasPrefix("SAME"), target == nil { target = (0..<rank).map { spatial[$0] * window.strides[$0] } }
        if let target {
            guard target.count == rank, target.allSatisfy({ $0 > 0 && $0 < 1 << 24 }) else {
                throw TensorFailure(.shape, "output shape \(target)")
            }
            for axis in 0..<rank {
                let total: Int = max(0, full[axis] + extra[axis] - target[axis])
                window.before[axis] = mode == "SAME_UPPER" ? total / 2 : total - total / 2
                window.after[axis] = total - window.before[axis]
                extra[axis] = max(extra[axis], target[axis] - full[axis])
            }
        }
        let zeros = [Int](repeating: 0, count: rank)
        let groups = node.integer("group", 1)
        guard groupRange.contains(groups), x.shape[1] % groups == 0 else {
            throw TensorFailure(.shape, "\(x.shape[1]) channels in \(groups) groups")
        }
        // The whole result, then what the padding leaves of it; output padding adds rows of zeros before the bias.
        var y = try call(
            "aten::convolution", "", .tensor(x), .tensor(w), .none, .integers(window.strides), .integers(zeros),
            .integers(window.dilations), true, .integers(zeros), .integer(groups))
        if extra.contains(where: { $0 > 0 }) {
            y = try call("aten::constant_pad_nd", "", .tensor(y), .integers(extra.reversed().flatMap { [0, $0] }), 0)
        }
        for axis in 0..<rank {
            let end = full[axis] + extra[axis] - window.after[axis]
            guard end > window.before[axis] else { throw TensorFailure(.shape, "padding leaves nothing of the result") }
            y = try call(
                "aten::slice", "Tensor", .tensor(y), .integer(axis + 2), .integer(window.before[axis]), .integer(end))
        }
        if let bias = try node.optional(2) {
            let column = try call(
                "aten::reshape", "", .tensor(bias), .integers([1, bias.count] + zeros.map { _ in 1 }))
            y = try call("aten::add", "Tensor", .tensor(y), .tensor(column))
        }
        return try node.like(0, y)
    }

    private static func quantized(_ node: NodeCall) throws -> [Value] {
        let x = try dequantized(node.tensor(0), scale: node.tensor(1), zero: node.optional(2), axis: 1)
        let w = try dequantized(node.tensor(3), scale: node.tensor(4), zero: node.optional(5), axis: 0)
        var bias = try node.optional(8)?.cast(to: .float64)
        if let whole = bias {
            let step = try call("aten::mul", "Tensor", .tensor(node.tensor(1)), .tensor(node.tensor(4)))
            bias = try call("aten::mul", "Tensor", .tensor(whole), .tensor(step)).cast(to: .float32)
        }
        let y = try convolve(node, x, w, bias)
        return try [quantize(y, scale: node.tensor(6), zero: node.optional(7), code: node.code(7), axis: 1)]
    }

    /// Deformable convolution by bilinear sampling (Zhu and others 2019, "Deformable ConvNets v2"), two axes.
    private static func deformable(_ node: NodeCall) throws -> [Value] {
        // In 64 bits: places go through the −1…1 of grid sampling, and rounding there would move them.
        let (x, w) = (try node.tensor(0).cast(to: .float64), try node.tensor(1).cast(to: .float64))
        let offset = try node.tensor(2).cast(to: .float64)
        guard x.rank == 4, w.rank == 4, offset.rank == 4 else {
            throw TensorFailure(.unsupported, "a deformable convolution of \(x.rank - 2) axes")
        }
        let window = try Window(node, input: Array(x.shape[2...]), kernel: Array(w.shape[2...]))
        let groups = node.integer("group", 1)
        let offsets = node.integer("offset_group", 1)
        let (n, c) = (x.shape[0], x.shape[1])
        let (outH, outW) = (offset.shape[2], offset.shape[3])
        let taps = window.kernel[0] * window.kernel[1]
        guard groupRange.contains(groups), groupRange.contains(offsets), taps <= 1 << 16, c % offsets == 0,
            c % groups == 0,
            w.shape[1] * groups == c, offset.shape[0] == n, offset.shape[1] == 2 * taps * offsets, x.shape[2] > 0,
            x.shape[3] > 0
        else { throw TensorFailure(.shape, "offsets \(offset.shape) for \(x.shape) and \(w.shape)") }
        let moved = try offset.reshaped([n * offsets, taps, 2, outH, outW])
        let source = try x.reshaped([n * offsets, c / offsets, x.shape[2], x.shape[3]])
        var stack = try sampled(node, source, moved, window)
            .reshaped([n, offsets, c / offsets, taps, outH, outW])
        if let mask = try node.optional(4) {
            stack = try stack * mask.cast(to: .float64).reshaped([n, offsets, 1, taps, outH, outW])
        }
        let perGroup = c / groups
        let columns = try stack.reshaped([n, groups, perGroup * taps, outH * outW])
        let kernel = try w.reshaped([groups, w.shape[0] / groups, perGroup * taps])
        var y = try kernel.matmul(columns).reshaped([n, w.shape[0], outH, outW])
        if let bias = try node.optional(3) { y = try y + bias.reshaped([1, bias.count, 1, 1]) }
        return try node.like(0, y.cast(to: node.tensor(0).type))
    }

    /// What lies below each tap of a window whose taps are moved: `[…, taps, rows, columns]`.
    private static func sampled(_ node: NodeCall, _ source: Tensor, _ moved: Tensor, _ window: Window) throws -> Tensor
    {
        func line(_ axis: Int) throws -> Tensor {
            let count = moved.shape[axis + 3]
            let places =
                try Tensor.counting(count, .float64) * Double(window.strides[axis]) - Double(window.before[axis])
            return try places.reshaped(axis == 0 ? [1, count, 1] : [1, 1, count])
        }
        let lines = [try line(0), try line(1)]
        return try Tensor.stacked(
            (0..<moved.shape[1]).map { tap in
                try node.run.tick()
                let shifts = try moved.selected(1, tap)
                let steps = [tap / window.kernel[1], tap % window.kernel[1]]
                // To the −1…1 that grid sampling wants, with −1 and 1 at the outer edges of the outer elements.
                let places = try (0..<2).map { axis in
                    let place =
                        try shifts.selected(1, axis) + lines[axis] + Double(steps[axis] * window.dilations[axis])
                    return try (place * 2 + 1) / Double(source.shape[axis + 2]) - 1
                }
                let grid = try Tensor.stacked([places[1], places[0]], 3)
                return try call("aten::grid_sampler", "", .tensor(source), .tensor(grid), 0, 0, false)
            }, 2)
    }

    /// Column to image by scattering sums: any number of axes.
    private static func columns(_ node: NodeCall) throws -> [Value] {
        let x = try node.tensor(0)
        let image = try node.integers(input: 1) ?? []
        let block = try node.integers(input: 2) ?? []
        guard x.rank == 3, image.count == block.count, !image.isEmpty, image.allSatisfy({ $0 > 0 && $0 < 1 << 24 }),
            block.allSatisfy({ $0 > 0 })
        else {
            throw TensorFailure(.shape, "\(x.shape) as blocks of \(block) in \(image)")
        }
        let window = try Window(node, input: image, kernel: block)
        let taps = try Tensor.elementCount(block)
        let padded = image.indices.map { image[$0] + window.before[$0] + window.after[$0] }
        let steps = image.indices.map {
            (padded[$0] - (window.kernel[$0] - 1) * window.dilations[$0] - 1) / window.strides[$0] + 1
        }
        guard steps.allSatisfy({ $0 > 0 }), x.shape[1] % taps == 0, try x.shape[2] == Tensor.elementCount(steps),
            x.shape[2] * min(taps, 1 << 18) <= 1 << 26
        else {
            throw TensorFailure(.shape, "\(x.shape) as blocks of \(block) in \(image)")
        }
        let channels = x.shape[1] / taps
        let total = try Tensor.elementCount(padded)
        var indices: [Int64] = []
        indices.reserveCapacity(x.shape[2] * taps)
        for tap in 0..<taps {
            try node.run.tick()
            for step in 0..<x.shape[2] {
                var (index, tapRest, stepRest, scale) = (0, tap, step, 1)
                for axis in image.indices.reversed() {
                    let place =
                        (stepRest % steps[axis]) * window.strides[axis] + (tapRest % block[axis])
                        * window.dilations[axis]
                    index += place * scale
                    scale *= padded[axis]
                    tapRest /= block[axis]
                    stepRest /= steps[axis]
                }
                indices.append(Int64(index))
            }
        }
        let index = try call(
            "aten::expand", "", .tensor(Tensor(indices, shape: [1, 1, indices.count])),
            .integers([x.shape[0], channels, indices.count]))
        let source = try call("aten::reshape", "", .tensor(x), .integers([x.shape[0], channels, indices.count]))
        let zero = try full([x.shape[0], channels, total], .real(0), x.type)
        var y = try call("aten::scatter_add", "", .tensor(zero), 2, .tensor(index), .tensor(source))
        y = try call("aten::reshape", "", .tensor(y), .integers([x.shape[0], channels] + padded))
        for axis in image.indices {
            y = try call(
                "aten::slice", "Tensor", .tensor(y), .integer(axis + 2), .integer(window.before[axis]),
                .integer(window.before[axis] + image[axis]))
        }
        return try node.like(0, y)
    }
}
