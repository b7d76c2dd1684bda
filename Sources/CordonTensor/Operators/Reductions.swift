extension OperatorSet {
    /// Reductions along axes.
    static let reductions: [Operator] = [
        reduce("ReduceSum") { x, axes, keep in
            try call(
                "aten::sum", "dim_IntList", .tensor(x), .integers(axes), .boolean(keep), .integer(Int(x.type.rawValue)))
        },
        reduce("ReduceMean") { x, axes, keep in
            if x.type.isFloating { return try call("aten::mean", "dim", .tensor(x), .integers(axes), .boolean(keep)) }
            let real = try x.cast(to: .float64)
            return try call("aten::mean", "dim", .tensor(real), .integers(axes), .boolean(keep)).cast(to: x.type)
        },
        reduce("ReduceMax") { x, axes, keep in try extreme(x, axes, keep, "aten::amax") },
        reduce("ReduceMin") { x, axes, keep in try extreme(x, axes, keep, "aten::amin") },
        reduce("ReduceProd") { x, axes, keep in
            var product = x
            for axis in axes.sorted(by: >) {
                product = try call(
                    "aten::prod", "dim_int", .tensor(product), .integer(axis), .boolean(keep),
                    .integer(Int(x.type.rawValue)))
            }
            return product
        },
        reduce("ReduceL1") { x, axes, keep in try sum(call("aten::abs", "", .tensor(x)), axes, keep) },
        reduce("ReduceL2") { x, axes, keep in
            let squares = try sum(call("aten::mul", "Tensor", .tensor(x), .tensor(x)), axes, keep)
            return try call("aten::sqrt", "", .tensor(squares)).cast(to: x.type)
        },
        reduce("ReduceSumSquare") { x, axes, keep in
            try sum(call("aten::mul", "Tensor", .tensor(x), .tensor(x)), axes, keep)
        },
        reduce("ReduceLogSum") { x, axes, keep in
            try call("aten::log", "", .tensor(sum(x, axes, keep))).cast(to: x.type)
        },
        reduce("ReduceLogSumExp") { x, axes, keep in
            if x.count == 0 { return try call("aten::log", "", .tensor(sum(x, axes, keep))) }
            let real = x.type.isFloating ? x : try x.cast(to: .float64)
            return try call("aten::logsumexp", "", .tensor(real), .integers(axes), .boolean(keep)).cast(to: x.type)
        },
        Operator("ArgMax") { node in try argument(node, largest: true) },
        Operator("ArgMin") { node in try argument(node, largest: false) },
        Operator("TopK", body: topK),
    ]

    private static func sum(_ x: Tensor, _ axes: [Int], _ keep: Bool) throws -> Tensor {
        try call(
            "aten::sum", "dim_IntList", .tensor(x), .integers(axes), .boolean(keep), .integer(Int(x.type.rawValue)))
    }

    private static func extreme(_ x: Tensor, _ axes: [Int], _ keep: Bool, _ native: String) throws -> Tensor {
        if x.count == 0, axes.contains(where: { x.shape[$0] == 0 }) {
            var shape = x.shape
            for axis in axes { shape[axis] = 1 }
            if !keep { shape = x.shape.indices.filter { !axes.contains($0) }.map { x.shape[$0] } }
            let isMax = native == "aten::amax"
            let bound: Argument =
                x.type.isFloating
                ? .real(isMax ? -Double.infinity : Double.infinity)
                : .integer(x.type == .bool ? (isMax ? 0 : 1) : integerBound(x.type, lowest: isMax))
            return try full(shape, bound, x.type)
        }
        return try call(native, "", .tensor(x), .integers(axes), .boolean(keep))
    }

    /// The least or greatest number of an integer type.
    static func integerBound(_ type: ElementType, lowest: Bool) -> Int {
        switch type {
        case .uint8: lowest ? 0 : 255
        case .int8: lowest ? -128 : 127
        case .int16: lowest ? Int(Int16.min) : Int(Int16.max)
        case .int32: lowest ? Int(Int32.min) : Int(Int32.max)
        default: lowest ? Int.min : Int.max
        }
    }

    /// A tensor of one number.
    static func full(_ shape: [Int], _ value: Argument, _ type: ElementType) throws -> Tensor {
        _ = try Tensor.elementCount(shape)
        return try call("aten::full", "", .integers(shape), value, .integer(Int(type.rawValue)))
    }

    private static func reduce(_ name: String, _ body: @escaping @Sendable (Tensor, [Int], Bool) throws -> Tensor)
        -> Operator
    {
        Operator(name) { node in
            let x = try node.tensor(0)
            var axes = node.integers("axes") ?? []
            if let given = try node.integers(input: 1) { axes = given }
            let keep = node.integer("keepdims", 1) == 1
            if axes.isEmpty {
                if node.integer("noop_with_empty_axes", 0) == 1 {
                    switch name {
                    case "ReduceL1": return try node.like(0, call("aten::abs", "", .tensor(x)))
                    case "ReduceSumSquare":
                        return try node.like(0, call("aten::mul", "Tensor", .tensor(x), .tensor(x)))
                    case "ReduceL2": return try node.like(0, call("aten::abs", "", .tensor(x)))
                    case "ReduceLogSum": return try node.like(0, call("aten::log", "", .tensor(x)))
                    default: return [try node.value(0)]
                    }
                }
                axes = Array(x.shape.indices)
            }
            axes = try node.axes(axes, rank: x.rank)
            // A scalar has no axes to go along.
            if x.rank == 0 {
                let one = try call("aten::reshape", "", .tensor(x), .integers([1]))
                return try node.like(0, call("aten::reshape", "", .tensor(body(one, [0], true)), .integers([])))
            }
            return try node.like(0, body(x, axes, keep))
        }
    }

    private static func argument(_ node: NodeCall, largest: Bool) throws -> [Value] {
        var x = try node.tensor(0)
        let axis = try node.axis(node.integer("axis", 0), rank: x.rank)
        let last = node.integer("select_last_index", 0) == 1
        if last { x = try call("aten::flip", "", .tensor(x), .integers([axis])) }
        let name = largest ? "aten::argmax" : "aten::argmin"
        let keep = node.integer("keepdims", 1) == 1
        var index = try call(name, "", .tensor(x), .integer(axis), .boolean(keep))
        if last {
            index = try call("aten::rsub", "Scalar", .tensor(index), .integer(x.shape[axis] - 1))
        }
        return [Value(index)]
    }

    private static func topK(_ node: NodeCall) throws -> [Value] {
        let x = try node.tensor(0)
        let axis = try node.axis(node.integer("axis", -1), rank: x.rank)
        let count = node.version >= 10 ? try wholeScalar(node.tensor(1)) : node.integer("k", 1)
        guard count >= 0, x.rank > 0, count <= x.shape[axis] else {
            throw TensorFailure(.shape, "the top \(count) of \(x.shape)")
        }
        let largest = node.integer("largest", 1) == 1
        // A stable sort gives ties in the order of the input, as the specification asks.
        let sorted = try callMany(
            "aten::sort", "stable", .tensor(x), true, .integer(axis), .boolean(largest))
        let cut = try sorted.map {
            try call("aten::slice", "Tensor", .tensor($0), .integer(axis), 0, .integer(count))
        }
        return try node.like(0, cut[0]) + [Value(cut[1])]
    }
}
