extension OperatorSet {
    /// Operators that pick or place elements by index.
    static let indexing: [Operator] = [
        Operator("Gather", half: .asIs, body: gather),
        Operator("GatherElements", half: .asIs) { node in
            let x = try node.tensor(0)
            let axis = try node.axis(node.integer("axis", 0), rank: x.rank)
            let index = try positive(node.tensor(1), x.shape[axis])
            return try node.like(0, call("aten::gather", "", .tensor(x), .integer(axis), .tensor(index)))
        },
        Operator("GatherND", half: .asIs, body: gatherND),
        Operator("ScatterElements", half: .asIs, body: scatter),
        Operator("Scatter", half: .asIs, body: scatter),
        Operator("ScatterND", half: .asIs, body: scatterND),
        Operator("OneHot", half: .asIs, body: oneHot),
        Operator("NonZero", half: .asIs) { node in
            let x = try node.tensor(0)
            let found = try call("aten::nonzero", "", .tensor(x))
            return [Value(try call("aten::transpose", "int", .tensor(found), 0, 1))]
        },
        Operator("Compress", half: .asIs) { node in
            var x = try node.tensor(0)
            let chosen = try node.tensor(1).booleans()
            let axis: Int
            if let given = node.integer("axis") {
                axis = try node.axis(given, rank: x.rank)
            } else {
                x = try call("aten::reshape", "", .tensor(x), .integers([x.count]))
                axis = 0
            }
            let indices = chosen.indices.filter { chosen[$0] }.map(Int64.init)
            guard chosen.count <= max(1, x.shape[axis]) || indices.allSatisfy({ $0 < x.shape[axis] }) else {
                throw TensorFailure(.shape, "a condition of \(chosen.count) for \(x.shape)")
            }
            let index = try Tensor(indices, shape: [indices.count])
            return try node.like(0, call("aten::index_select", "", .tensor(x), .integer(axis), .tensor(index)))
        },
        Operator("Unique", half: .asIs, body: unique),
        Operator("ReverseSequence", half: .asIs, body: reverseSequence),
        Operator("TensorScatter", half: .asIs, body: tensorScatter),
    ]

    /// Indices counted from the front, all within the extent.
    static func positive(_ index: Tensor, _ extent: Int) throws -> Tensor {
        let whole = try index.cast(to: .int64)
        guard whole.count > 0 else { return whole }
        if whole.count <= 64 {
            let numbers = try whole.integers()
            for number in numbers where number < -extent || number >= extent {
                throw TensorFailure(.shape, "index \(number) where \(extent) elements are")
            }
            if numbers.allSatisfy({ $0 >= 0 }) { return whole }
            return try Tensor(numbers.map { Int64($0 < 0 ? $0 + extent : $0) }, shape: whole.shape)
        }
        let ends = try callMany("aten::aminmax", "", .tensor(whole))
        let (low, high) = (try ends[0].integers()[0], try ends[1].integers()[0])
        guard low >= -extent, high < extent else {
            throw TensorFailure(.shape, "index \(low < -extent ? low : high) where \(extent) elements are")
        }
        guard low < 0 else { return whole }
        return try call("aten::remainder", "Scalar", .tensor(whole), .integer(extent))
    }

    private static func gather(_ node: NodeCall) throws -> [Value] {
        let x = try node.tensor(0)
        guard x.rank > 0 else { throw TensorFailure(.shape, "a scalar has nothing to pick from") }
        let axis = try node.axis(node.integer("axis", 0), rank: x.rank)
        let index = try positive(node.tensor(1), x.shape[axis])
        if index.rank == 0, index.count == 1 {
            return try node.like(
                0, call("aten::select", "int", .tensor(x), .integer(axis), .integer(index.integers()[0])))
        }
        // Rows of a matrix have a kernel of their own, with a gradient to match.
        if axis == 0, x.rank == 2, x.type.isFloating {
            return try node.like(0, call("aten::embedding", "", .tensor(x), .tensor(index)))
        }
        let flat = try call("aten::reshape", "", .tensor(index), .integers([index.count]))
        let picked = try call("aten::index_select", "", .tensor(x), .integer(axis), .tensor(flat))
        let shape = Array(x.shape[..<axis]) + index.shape + Array(x.shape[(axis + 1)...])
        return try node.like(0, call("aten::reshape", "", .tensor(picked), .integers(shape)))
    }

    private static func gatherND(_ node: NodeCall) throws -> [Value] {
        let (x, index) = (try node.tensor(0), try node.tensor(1).cast(to: .int64))
        let batch = node.integer("batch_dims", 0)
        guard batch >= 0, index.rank > batch, x.rank > batch, let depth = index.shape.last, depth > 0,
            depth <= x.rank - batch,
            Array(x.shape[..<batch]) == Array(index.shape[..<batch])
        else { throw TensorFailure(.shape, "indices \(index.shape) into \(x.shape)") }
        var places: [Tensor?] = []
        for axis in 0..<batch {
            var shape = [Int](repeating: 1, count: index.rank - 1)
            shape[axis] = x.shape[axis]
            let count = try call("aten::arange", "", .integer(x.shape[axis]), .integer(Int(ElementType.int64.rawValue)))
            places.append(try call("aten::reshape", "", .tensor(count), .integers(shape)))
        }
        for column in 0..<depth {
            let part = try call("aten::select", "int", .tensor(index), .integer(index.rank - 1), .integer(column))
            places.append(try positive(part, x.shape[batch + column]))
        }
        return try node.like(0, call("aten::index", "Tensor", .tensor(x), .optionalTensors(places)))
    }

    private static func scatter(_ node: NodeCall) throws -> [Value] {
        let (x, updates) = (try node.tensor(0), try node.tensor(2))
        let axis = try node.axis(node.integer("axis", 0), rank: x.rank)
        let index = try positive(node.tensor(1), x.shape[axis])
        guard index.shape == updates.shape, index.rank == x.rank else {
            throw TensorFailure(.shape, "indices \(index.shape) and updates \(updates.shape) for \(x.shape)")
        }
        let base: [Argument] = [.tensor(x), .integer(axis), .tensor(index), .tensor(updates)]
        switch node.text("reduction", "none") {
        case "none": return try node.like(0, callList("aten::scatter", "src", base, first: true)[0])
        case "add": return try node.like(0, callList("aten::scatter_add", "", base, first: true)[0])
        case "mul":
            return try node.like(0, callList("aten::scatter_reduce", "two", base + [.text("prod")], first: true)[0])
        case "max":
            return try node.like(0, callList("aten::scatter_reduce", "two", base + [.text("amax")], first: true)[0])
        case "min":
            return try node.like(0, callList("aten::scatter_reduce", "two", base + [.text("amin")], first: true)[0])
        case let other: throw TensorFailure(.unsupported, "reduction '\(other)'")
        }
    }

    private static func scatterND(_ node: NodeCall) throws -> [Value] {
        let (x, index, updates) = (try node.tensor(0), try node.tensor(1).cast(to: .int64), try node.tensor(2))
        guard let depth = index.shape.last, depth > 0, depth <= x.rank,
            updates.shape == Array(index.shape.dropLast()) + Array(x.shape[depth...])
        else { throw TensorFailure(.shape, "indices \(index.shape) and updates \(updates.shape) for \(x.shape)") }
        // Rows of what the index does not reach; the index becomes one number per row.
        let rows = x.shape[..<depth].reduce(1, *)
        let width = x.shape[depth...].reduce(1, *)
        var linear: Tensor?
        for column in 0..<depth {
            let part = try positive(
                call("aten::select", "int", .tensor(index), .integer(index.rank - 1), .integer(column)), x.shape[column]
            )
            if let before = linear {
                linear = try call(
                    "aten::add", "Tensor",
                    .tensor(call("aten::mul", "Scalar", .tensor(before), .integer(x.shape[column]))), .tensor(part))
            } else {
                linear = part
            }
        }
        guard let linear else { return [try node.value(0)] }
        let flat = try call("aten::reshape", "", .tensor(x), .integers([rows, width]))
        let column = try call("aten::reshape", "", .tensor(linear), .integers([linear.count, 1]))
        let places = try call("aten::expand", "", .tensor(column), .integers([linear.count, width]))
        let source = try call("aten::reshape", "", .tensor(updates), .integers([linear.count, width]))
        let base: [Argument] = [.tensor(flat), 0, .tensor(places), .tensor(source)]
        let result: Tensor
        switch node.text("reduction", "none") {
        case "none": result = try callList("aten::scatter", "src", base, first: true)[0]
        case "add": result = try callList("aten::scatter_add", "", base, first: true)[0]
        case "mul": result = try callList("aten::scatter_reduce", "two", base + [.text("prod")], first: true)[0]
        case "max": result = try callList("aten::scatter_reduce", "two", base + [.text("amax")], first: true)[0]
        case "min": result = try callList("aten::scatter_reduce", "two", base + [.text("amin")], first: true)[0]
        case let other: throw TensorFailure(.unsupported, "reduction '\(other)'")
        }
        return try node.like(0, call("aten::reshape", "", .tensor(result), .integers(x.shape)))
    }

    private static func oneHot(_ node: NodeCall) throws -> [Value] {
        let depth = try wholeScalar(node.tensor(1))
        let (raw, values) = (try node.tensor(0), try node.tensor(2))
        guard depth > 0, depth < 1 << 31, values.count == 2 else { throw TensorFailure(.shape, "a depth of \(depth)") }
        let axis = try node.axis(node.integer("axis", -1), rank: raw.rank + 1)
        let index = try raw.cast(to: .int64)
        let isInside = try call(
            "aten::logical_and", "", .tensor(call("aten::ge", "Scalar", .tensor(index), .integer(-depth))),
            .tensor(call("aten::lt", "Scalar", .tensor(index), .integer(depth))))
        let wrapped = try call("aten::remainder", "Scalar", .tensor(index), .integer(depth))
        let classes = try call("aten::arange", "", .integer(depth), .integer(Int(ElementType.int64.rawValue)))
        var shape = [Int](repeating: 1, count: raw.rank + 1)
        shape[axis] = depth
        let column = try call("aten::reshape", "", .tensor(classes), .integers(shape))
        let hit = try call(
            "aten::logical_and", "",
            .tensor(
                call(
                    "aten::eq", "Tensor", .tensor(call("aten::unsqueeze", "", .tensor(wrapped), .integer(axis))),
                    .tensor(column))
            ), .tensor(call("aten::unsqueeze", "", .tensor(isInside), .integer(axis))))
        let flat = try call("aten::reshape", "", .tensor(values), .integers([2]))
        let off = try call("aten::select", "int", .tensor(flat), 0, 0)
        let on = try call("aten::select", "int", .tensor(flat), 0, 1)
        return try node.like(2, call("aten::where", "self", .tensor(hit), .tensor(on), .tensor(off)))
    }

    private static func unique(_ node: NodeCall) throws -> [Value] {
        var x = try node.tensor(0)
        var axis = 0
        if let given = node.integer("axis") {
            axis = try node.axis(given, rank: x.rank)
        } else {
            x = try call("aten::reshape", "", .tensor(x), .integers([x.count]))
        }
        let found = try callMany("aten::unique_dim", "", .tensor(x.detached()), .integer(axis), true, true, true)
        let inverse = try found[1].integers()
        let counts = try found[2].integers()
        var first = [Int](repeating: -1, count: counts.count)
        for (position, group) in inverse.enumerated() where first[group] < 0 { first[group] = position }
        var order = Array(counts.indices)
        if node.integer("sorted", 1) == 0 { order.sort { first[$0] < first[$1] } }
        var place = [Int](repeating: 0, count: order.count)
        for (position, group) in order.enumerated() { place[group] = position }
        // Picked from the input, so that gradients flow.
        let index = try Tensor(order.map { Int64(first[$0]) }, shape: [order.count])
        func column(_ numbers: [Int]) throws -> Value {
            Value(try Tensor(numbers.map(Int64.init), shape: [numbers.count]))
        }
        return try node.like(0, call("aten::index_select", "", .tensor(x), .integer(axis), .tensor(index))) + [
            column(order.map { first[$0] }), column(inverse.map { place[$0] }), column(order.map { counts[$0] }),
        ]
    }

    private static func reverseSequence(_ node: NodeCall) throws -> [Value] {
        let (x, lengths) = (try node.tensor(0), try node.tensor(1).integers())
        let batch = try node.axis(node.integer("batch_axis", 1), rank: x.rank)
        let time = try node.axis(node.integer("time_axis", 0), rank: x.rank)
        guard batch != time, lengths.count == x.shape[batch], lengths.allSatisfy({ $0 >= 0 && $0 <= x.shape[time] })
        else {
            throw TensorFailure(.shape, "lengths for \(lengths.count) sequences of \(x.shape)")
        }
        var indices: [Int64] = []
        for step in 0..<x.shape[time] {
            for length in lengths { indices.append(Int64(step < length ? length - 1 - step : step)) }
        }
        var shape = [Int](repeating: 1, count: x.rank)
        shape[batch] = lengths.count
        shape[time] = x.shape[time]
        var index = try Tensor(indices, shape: [x.shape[time], lengths.count])
        if batch < time { index = try call("aten::transpose", "int", .tensor(index), 0, 1) }
        index = try call("aten::reshape", "", .tensor(index), .integers(shape))
        index = try call("aten::expand", "", .tensor(index), .integers(x.shape))
        return try node.like(0, call("aten::gather", "", .tensor(x), .integer(time), .tensor(index)))
    }

    private static func tensorScatter(_ node: NodeCall) throws -> [Value] {
        let (cache, update) = (try node.tensor(0), try node.tensor(1))
        let axis = try node.axis(node.integer("axis", -2), rank: cache.rank)
        guard update.rank == cache.rank, axis > 0, update.shape[axis] <= cache.shape[axis] else {
            throw TensorFailure(.shape, "an update of \(update.shape) in \(cache.shape)")
        }
        let starts = try node.integers(input: 2) ?? [Int](repeating: 0, count: cache.shape[0])
        guard starts.count == cache.shape[0] else { throw TensorFailure(.shape, "\(starts.count) places") }
        let (extent, isCircular) = (cache.shape[axis], node.text("mode", "linear") == "circular")
        var indices: [Int64] = []
        for start in starts {
            for step in 0..<update.shape[axis] {
                let place = start + step
                guard isCircular || (0..<extent).contains(place) else {
                    throw TensorFailure(.shape, "place \(place) of \(extent)")
                }
                indices.append(Int64(((place % extent) + extent) % extent))
            }
        }
        var shape = [Int](repeating: 1, count: cache.rank)
        shape[0] = starts.count
        shape[axis] = update.shape[axis]
        let column = try Tensor(indices, shape: shape)
        let index = try call("aten::expand", "", .tensor(column), .integers(update.shape))
        return try node.like(
            0, call("aten::scatter", "src", .tensor(cache), .integer(axis), .tensor(index), .tensor(update)))
    }
}
