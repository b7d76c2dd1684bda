extension OperatorSet {
    /// Pooling.
    static let pooling: [Operator] = [
        Operator("MaxPool", body: maximum),
        Operator("AveragePool", body: average),
        Operator("LpPool") { node in
            let x = try node.tensor(0)
            let power = node.version >= 2 ? Double(node.integer("p", 2)) : node.real("p", 2)
            let pool = try Pool(node, x)
            let powered = try call("aten::pow", "Tensor_Scalar", .tensor(x.apply("abs")), .real(power))
            let sums = try pool.sums(powered)
            return try node.like(0, call("aten::pow", "Tensor_Scalar", .tensor(sums), .real(1 / power)))
        },
        Operator("GlobalAveragePool") { node in
            let x = try node.tensor(0)
            guard x.rank > 2 else { return [try node.value(0)] }
            return try node.like(0, x.mean(Array(2..<x.rank), keep: true))
        },
        Operator("GlobalMaxPool") { node in
            let x = try node.tensor(0)
            guard x.rank > 2 else { return [try node.value(0)] }
            return try node.like(0, call("aten::amax", "", .tensor(x), .integers(Array(2..<x.rank)), true))
        },
        Operator("GlobalLpPool") { node in
            let x = try node.tensor(0)
            guard x.rank > 2 else { return [try node.value(0)] }
            let power = Double(node.integer("p", 2))
            let powered = try call("aten::pow", "Tensor_Scalar", .tensor(x.apply("abs")), .real(power))
            let sums = try powered.sum(Array(2..<x.rank), keep: true)
            return try node.like(0, call("aten::pow", "Tensor_Scalar", .tensor(sums), .real(1 / power)))
        },
        Operator("MaxUnpool", body: unpool),
    ]

    /// A window that slides over all axes but the first two.
    private struct Pool {
        let window: Window
        let output: [Int]
        /// What rounding up adds behind the padding.
        let overhang: [Int]

        init(_ node: NodeCall, _ x: Tensor) throws {
            guard x.rank >= 3, let kernel = node.integers("kernel_shape"), kernel.count == x.rank - 2 else {
                throw TensorFailure(.shape, "'kernel_shape' does not fit \(x.shape)")
            }
            window = try Window(node, input: Array(x.shape[2...]), kernel: kernel)
            let up = node.integer("ceil_mode", 0) == 1
            var (output, overhang): ([Int], [Int]) = ([], [])
            for axis in kernel.indices {
                let whole = x.shape[axis + 2] + window.before[axis] + window.after[axis]
                let reach = (kernel[axis] - 1) * window.dilations[axis] + 1
                let stride = window.strides[axis]
                guard whole >= reach || (up && whole > 0) else {
                    throw TensorFailure(.shape, "a window of \(reach) over \(whole) elements along axis \(axis + 2)")
                }
                var steps = max(0, (whole - reach + (up ? stride - 1 : 0)) / stride) + 1
                if up, (steps - 1) * stride >= x.shape[axis + 2] + window.before[axis] { steps -= 1 }
                output.append(max(1, steps))
                overhang.append(max(0, (steps - 1) * stride + reach - whole))
            }
            self.output = output
            self.overhang = overhang
        }

        /// Pads in libtorch's order, overhang included.
        var pairs: [Int] {
            window.before.indices.reversed().flatMap { [window.before[$0], window.after[$0] + overhang[$0]] }
        }

        /// Whether libtorch's own padding does.
        var isPlain: Bool {
            window.isSymmetric && overhang.allSatisfy { $0 == 0 }
                && window.before.indices.allSatisfy { window.before[$0] <= window.kernel[$0] / 2 }
        }

        /// Sums within each window; padding counts as 0.
        func sums(_ x: Tensor) throws -> Tensor {
            let padded = try x.padded(pairs)
            let rows = padded.shape[0] * padded.shape[1]
            let flat = try padded.reshaped([rows, 1] + Array(padded.shape[2...]))
            let ones = try Tensor.filled([1, 1] + window.kernel, 1, x.type)
            let zeros = [Int](repeating: 0, count: window.kernel.count)
            let sums = try call(
                "aten::convolution", "", .tensor(flat), .tensor(ones), .none, .integers(window.strides),
                .integers(zeros), .integers(window.dilations), false, .integers(zeros), 1)
            let cut = try trimmed(sums)
            return try cut.reshaped(Array(x.shape[..<2]) + Array(cut.shape[2...]))
        }

        /// Elements within each window of a plane of ones that has its padding already.
        func counts(_ ones: Tensor) throws -> Tensor {
            let padded = try ones.padded(overhang.reversed().flatMap { [0, $0] })
            let kernel = try Tensor.filled([1, 1] + window.kernel, 1, ones.type)
            let zeros = [Int](repeating: 0, count: window.kernel.count)
            return try trimmed(
                call(
                    "aten::convolution", "", .tensor(padded), .tensor(kernel), .none, .integers(window.strides),
                    .integers(zeros), .integers(window.dilations), false, .integers(zeros), 1))
        }

        /// Only the windows that the standard counts.
        func trimmed(_ y: Tensor) throws -> Tensor {
            var y = y
            for axis in output.indices where y.shape[axis + 2] > output[axis] {
                y = try y.sliced(axis + 2, 0, output[axis])
            }
            return y
        }
    }

    private static func maximum(_ node: NodeCall) throws -> [Value] {
        let x = try node.tensor(0)
        let pool = try Pool(node, x)
        let axes = pool.window.kernel.count
        guard axes <= 3 else { throw TensorFailure(.unsupported, "pooling over \(axes) axes") }
        // libtorch pools floating-point numbers only; 8-bit ones fit exactly.
        let real = x.type.isFloating ? x : try x.cast(to: x.type.byteCount == 1 ? .float32 : .float64)
        var padding = pool.window.before
        var source = real
        if !pool.isPlain {
            source = try real.padded(pool.pairs, -.infinity)
            padding = [Int](repeating: 0, count: axes)
        }
        let found = try callMany(
            // libtorch gives indices along one axis only through two.
            "aten::max_pool\(max(2, axes))d_with_indices", "", .tensor(axes == 1 ? source.unsqueezed(2) : source),
            .integers(axes == 1 ? [1] + pool.window.kernel : pool.window.kernel),
            .integers(axes == 1 ? [1] + pool.window.strides : pool.window.strides),
            .integers(axes == 1 ? [0] + padding : padding),
            .integers(axes == 1 ? [1] + pool.window.dilations : pool.window.dilations), false)
        let shape = Array(x.shape[..<2]) + pool.output
        let values = try pool.trimmed(axes == 1 ? call("aten::squeeze", "dim", .tensor(found[0]), 2) : found[0])
        var results = try node.like(0, values.cast(to: x.type))
        if node.outputCount > 1 {
            let raw = try pool.trimmed(axes == 1 ? call("aten::squeeze", "dim", .tensor(found[1]), 2) : found[1])
            let isColumnMajor = node.integer("storage_order", 0) == 1
            results.append(Value(try indices(raw, x, source, pool, shape, isColumnMajor)))
        }
        return results
    }

    /// Places in the padded plane as places in the whole unpadded tensor.
    private static func indices(
        _ raw: Tensor, _ x: Tensor, _ source: Tensor, _ pool: Pool, _ shape: [Int], _ isColumnMajor: Bool
    ) throws -> Tensor {
        let isPadded = source.shape != x.shape
        let inner = Array(source.shape[2...])
        var rest = raw
        var linear: Tensor?
        let spatial = Array(x.shape[2...])
        for axis in inner.indices.reversed() {
            var place = try call("aten::remainder", "Scalar", .tensor(rest), .integer(inner[axis]))
            rest = try call("aten::div", "Scalar_mode", .tensor(rest), .integer(inner[axis]), .text("floor"))
            if isPadded { place = try call("aten::sub", "Scalar", .tensor(place), .integer(pool.window.before[axis])) }
            let scale = isColumnMajor ? spatial[..<axis].reduce(1, *) : spatial[(axis + 1)...].reduce(1, *)
            let part = try call("aten::mul", "Scalar", .tensor(place), .integer(scale))
            linear = try linear.map { try $0 + part } ?? part
        }
        let plane = spatial.reduce(1, *)
        let planes = try Tensor.counting(x.shape[0] * x.shape[1])
            .reshaped(Array(x.shape[..<2]) + spatial.map { _ in 1 })
        let base = try call("aten::mul", "Scalar", .tensor(planes), .integer(plane))
        return try (linear ?? raw) + base
    }

    private static func average(_ node: NodeCall) throws -> [Value] {
        let x = try node.tensor(0)
        let pool = try Pool(node, x)
        let axes = pool.window.kernel.count
        let isIncluded = node.integer("count_include_pad", 0) == 1
        if pool.isPlain, axes == 2 || axes == 3, pool.window.dilations.allSatisfy({ $0 == 1 }) {
            return try node.like(
                0,
                call(
                    "aten::avg_pool\(axes)d", "", .tensor(x), .integers(pool.window.kernel),
                    .integers(pool.window.strides), .integers(pool.window.before), false, .boolean(isIncluded)))
        }
        let sums = try pool.sums(x)
        var ones = try Tensor.filled([1, 1] + Array(x.shape[2...]), 1, x.type)
        let counts: Tensor
        if isIncluded {
            let pairs = pool.window.before.indices.reversed().flatMap {
                [pool.window.before[$0], pool.window.after[$0]]
            }
            ones = try ones.padded(pairs, 1)
            counts = try pool.counts(ones)
        } else {
            counts = try pool.sums(ones)
        }
        return try node.like(0, sums / counts)
    }

    private static func unpool(_ node: NodeCall) throws -> [Value] {
        let (x, index) = (try node.tensor(0), try node.tensor(1))
        let kernel = node.integers("kernel_shape") ?? []
        guard x.rank >= 3, kernel.count == x.rank - 2, index.shape == x.shape else {
            throw TensorFailure(.shape, "'kernel_shape' \(kernel) and indices \(index.shape) for \(x.shape)")
        }
        let strides = node.integers("strides") ?? kernel.map { _ in 1 }
        let pads = node.integers("pads") ?? [Int](repeating: 0, count: 2 * kernel.count)
        let sane = 0...(1 << 18)
        guard strides.count == kernel.count, pads.count == 2 * kernel.count, strides.allSatisfy(sane.contains),
            kernel.allSatisfy(sane.contains), pads.allSatisfy(sane.contains)
        else {
            throw TensorFailure(.shape, "strides \(strides) or pads \(pads)")
        }
        let natural = kernel.indices.map {
            (x.shape[$0 + 2] - 1) * strides[$0] + kernel[$0] - pads[$0] - pads[$0 + kernel.count]
        }
        let inner = Array(x.shape[..<2]) + natural
        let target = try node.integers(input: 2) ?? inner
        guard target.count == x.rank, zip(target, inner).allSatisfy({ $0 >= $1 }), inner.allSatisfy({ $0 >= 0 }) else {
            throw TensorFailure(.shape, "\(inner) values in the shape \(target)")
        }
        // Indices count in the natural shape; a larger one that is asked for has zeros behind it.
        let count = try Tensor.elementCount(inner)
        let places = try positive(index, count)
        let zero = try Tensor.filled([count], 0, x.type)
        let flat = try call(
            "aten::scatter", "src", .tensor(zero), 0, .tensor(places.reshaped([x.count])),
            .tensor(x.reshaped([x.count])))
        let pairs = target.indices.reversed().flatMap { [0, target[$0] - inner[$0]] }
        return try node.like(0, flat.reshaped(inner).padded(pairs))
    }
}
