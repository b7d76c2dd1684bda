internal import CordonFormats

extension OperatorSet {
    /// Operators about shapes: they move elements and compute nothing.
    static let shapes: [Operator] = [
        Operator("Identity", half: .asIs) { node in [try node.value(0)] },
        Operator("Constant", half: .asIs, body: constant),
        Operator("ConstantOfShape", half: .asIs) { node in
            let shape = try node.integers(input: 0) ?? []
            guard let value = try node.constant("value") else { return [Value(try full(shape, .real(0), .float32))] }
            guard case .tensor(let one, let code) = value, one.count == 1 else {
                throw TensorFailure(.shape, "'value' is not one number")
            }
            _ = try Tensor.elementCount(shape)
            let flat = try call("aten::reshape", "", .tensor(one), .integers([]))
            let expanded = try call("aten::expand", "", .tensor(flat), .integers(shape))
            return [.tensor(try call("aten::contiguous", "", .tensor(expanded)), code: code)]
        },
        Operator("Shape", half: .asIs) { node in
            let shape = try shape(of: node.value(0))
            let start = bounded(node.integer("start", 0), shape.count)
            let end = bounded(node.integer("end", shape.count), shape.count)
            let part = start < end ? Array(shape[start..<end]) : []
            return [Value(try Tensor(part.map(Int64.init), shape: [part.count]))]
        },
        Operator("Size", half: .asIs) { node in
            [Value(try Tensor([Int64(try shape(of: node.value(0)).reduce(1, *))], shape: []))]
        },
        Operator("Reshape", half: .asIs) { node in
            let target = node.version >= 5 ? try node.integers(input: 1) ?? [] : node.integers("shape") ?? []
            let from = try shape(of: node.value(0))
            let shape = try reshaped(from, target, allowZero: node.integer("allowzero", 0) == 1)
            return try node.like(0, call("aten::reshape", "", .tensor(node.tensor(0)), .integers(shape)))
        },
        Operator("Flatten", half: .asIs) { node in
            let x = try node.tensor(0)
            let axis = try boundary(node.integer("axis", 1), x.rank)
            let shape = [x.shape[..<axis].reduce(1, *), x.shape[axis...].reduce(1, *)]
            return try node.like(0, call("aten::reshape", "", .tensor(x), .integers(shape)))
        },
        Operator("Squeeze", half: .asIs) { node in
            let x = try node.tensor(0)
            let given = try node.version >= 13 ? node.integers(input: 1) : node.integers("axes")
            let axes = try given.map { try node.axes($0, rank: x.rank) } ?? x.shape.indices.filter { x.shape[$0] == 1 }
            for axis in axes where x.rank > 0 && x.shape[axis] != 1 {
                throw TensorFailure(.shape, "axis \(axis) of \(x.shape) has not extent 1")
            }
            let shape = x.shape.indices.filter { !axes.contains($0) }.map { x.shape[$0] }
            return try node.like(0, call("aten::reshape", "", .tensor(x), .integers(shape)))
        },
        Operator("Unsqueeze", half: .asIs) { node in
            let given = try node.version >= 13 ? node.integers(input: 1) : node.integers("axes")
            let from = try shape(of: node.value(0))
            let axes = try node.axes(given ?? [], rank: from.count + (given ?? []).count)
            var shape = from
            for axis in axes.sorted() { shape.insert(1, at: axis) }
            return try node.like(0, call("aten::reshape", "", .tensor(node.tensor(0)), .integers(shape)))
        },
        Operator("Transpose", half: .asIs) { node in
            let x = try node.tensor(0)
            let order = try node.axes(node.integers("perm") ?? x.shape.indices.reversed(), rank: x.rank)
            guard order.count == x.rank else { throw TensorFailure(.shape, "'perm' \(order) for \(x.shape)") }
            return try node.like(0, call("aten::permute", "", .tensor(x), .integers(order)))
        },
        Operator("Concat", half: .asIs, body: concatenation),
        Operator("Split", half: .asIs) { node in
            let x = try node.tensor(0)
            let axis = try node.axis(node.integer("axis", 0), rank: x.rank)
            let given = try node.version >= 13 ? node.integers(input: 1) : node.integers("split")
            let sizes = try given ?? evenSizes(x, axis, node.integer("num_outputs", node.node.outputs.count))
            guard sizes.count <= 1 << 20, sizes.allSatisfy({ $0 >= 0 }), sizes.reduce(0, +) == x.shape[axis] else {
                throw TensorFailure(.shape, "\(sizes.count) parts of \(sizes) along axis \(axis) of \(x.shape)")
            }
            return try callMany("aten::split_with_sizes", "", .tensor(x), .integers(sizes), .integer(axis))
                .flatMap { try node.like(0, $0) }
        },
        Operator("Slice", half: .asIs, body: slice),
        Operator("Expand", half: .asIs) { node in
            let x = try node.tensor(0)
            let target = try node.integers(input: 1) ?? []
            let shape = try broadcast(x.shape, target)
            return try node.like(0, call("aten::expand", "", .tensor(x), .integers(shape)))
        },
        Operator("Tile", half: .asIs) { node in
            let x = try node.tensor(0)
            let repeats = try node.integers(input: 1) ?? []
            guard repeats.count == x.rank, repeats.allSatisfy({ $0 >= 0 }) else {
                throw TensorFailure(.shape, "repeats \(repeats) for \(x.shape)")
            }
            _ = try Tensor.elementCount(repeats + x.shape)
            return try node.like(0, call("aten::repeat", "", .tensor(x), .integers(repeats)))
        },
        Operator("Pad", half: .asIs, body: pad),
        Operator("Cast", half: .asIs) { node in
            try [cast(node.value(0), to: node.integer("to", 1), saturates: node.integer("saturate", 1) == 1)]
        },
        Operator("CastLike", half: .asIs) { node in
            try [cast(node.value(0), to: node.code(1), saturates: node.integer("saturate", 1) == 1)]
        },
        Operator("Range") { node in
            let (start, limit, step) = (try node.tensor(0), try node.tensor(1), try node.tensor(2))
            let type = start.type
            guard start.count == 1, limit.count == 1, step.count == 1 else {
                throw TensorFailure(.shape, "a range from \(start.shape) to \(limit.shape)")
            }
            if type.isFloating {
                let (low, high, by) = (try scalar(start), try scalar(limit), try scalar(step))
                let count = ((high - low) / by).rounded(.up)
                guard by != 0, abs(count) < 1e12 else { throw TensorFailure(.shape, "no such range") }
                let index = try call(
                    "aten::arange", "", .integer(max(0, Int(count))), .integer(Int(ElementType.float64.rawValue)))
                let scaled = try call("aten::mul", "Scalar", .tensor(index), .real(by))
                return try node.like(0, call("aten::add", "Scalar", .tensor(scaled), .real(low)).cast(to: type))
            }
            let (low, high, by) = (try start.integers()[0], try limit.integers()[0], try step.integers()[0])
            guard by != 0 else { throw TensorFailure(.shape, "a step of 0") }
            let isEmpty = by > 0 ? high <= low : high >= low
            if isEmpty { return try node.like(0, full([0], 0, type)) }
            return try node.like(
                0,
                call(
                    "aten::arange", "start_step", .integer(low), .integer(high), .integer(by),
                    .integer(Int(type.rawValue))))
        },
        Operator("EyeLike") { node in
            let x = try node.tensor(0)
            guard x.rank == 2 else { throw TensorFailure(.shape, "\(x.shape) is no matrix") }
            let code = node.integer("dtype", node.code(0))
            guard let type = ElementCode.element(code) else { throw unknown(code) }
            let ones = try full(x.shape, 1, .int64)
            let shift = node.integer("k", 0)
            let lower = try call("aten::tril", "", .tensor(ones), .integer(shift))
            return [.tensor(try call("aten::triu", "", .tensor(lower), .integer(shift)).cast(to: type), code: code)]
        },
        Operator("Trilu", half: .asIs) { node in
            let shift = try node.integers(input: 1)?.first ?? 0
            let x = try node.tensor(0)
            guard x.rank >= 2 else { throw TensorFailure(.shape, "\(x.shape) has no matrices") }
            let name = node.integer("upper", 1) == 1 ? "aten::triu" : "aten::tril"
            let safe = max(-(1 << 31), min(1 << 31, shift))
            return try node.like(0, call(name, "", .tensor(x), .integer(safe)))
        },
        Operator("DepthToSpace", half: .asIs) { node in
            let (x, block) = (try node.tensor(0), node.integer("blocksize", 1))
            guard x.rank == 4, (1...4096).contains(block), x.shape[1] % (block * block) == 0 else {
                throw TensorFailure(.shape, "\(x.shape) in blocks of \(block)")
            }
            let (n, c, h, w) = (x.shape[0], x.shape[1] / (block * block), x.shape[2], x.shape[3])
            let isDepthFirst = node.text("mode", "DCR") == "DCR"
            let split = isDepthFirst ? [n, block, block, c, h, w] : [n, c, block, block, h, w]
            let order = isDepthFirst ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]
            return try node.like(0, rearranged(x, split, order, [n, c, h * block, w * block]))
        },
        Operator("SpaceToDepth", half: .asIs) { node in
            let (x, block) = (try node.tensor(0), node.integer("blocksize", 1))
            guard x.rank == 4, (1...4096).contains(block), x.shape[2] % block == 0, x.shape[3] % block == 0 else {
                throw TensorFailure(.shape, "\(x.shape) in blocks of \(block)")
            }
            let (n, c, h, w) = (x.shape[0], x.shape[1], x.shape[2] / block, x.shape[3] / block)
            return try node.like(
                0, rearranged(x, [n, c, h, block, w, block], [0, 3, 5, 1, 2, 4], [n, c * block * block, h, w]))
        },
        Operator("CenterCropPad", half: .asIs, body: centerCropPad),
    ]

    static func unknown(_ code: Int) -> TensorFailure {
        TensorFailure(.unsupported, "elements of type \(ONNXConstant.typeName(code))")
    }

    static func shape(of value: Value) throws(TensorFailure) -> [Int] {
        switch value {
        case .tensor(let tensor, _): tensor.shape
        case .texts(_, let shape): shape
        default: throw TensorFailure(.type, "a \(value.kind) has no shape")
        }
    }

    /// A place between axes: 0 is in front of the first, the rank behind the last; from -1 on, in front of the last.
    static func boundary(_ axis: Int, _ rank: Int) throws(TensorFailure) -> Int {
        let place = axis < 0 ? axis + rank : axis
        guard place >= 0, place <= rank else {
            throw TensorFailure(.shape, "axis \(axis) of a tensor with \(rank) axes")
        }
        return place
    }

    private static func bounded(_ index: Int, _ count: Int) -> Int {
        max(0, min(count, index < 0 ? index + count : index))
    }

    /// ONNX's rules: 0 keeps an extent, -1 takes what is left.
    static func reshaped(_ from: [Int], _ target: [Int], allowZero: Bool) throws(TensorFailure) -> [Int] {
        guard target.count <= 64 else { throw TensorFailure(.shape, "a shape of \(target.count) axes") }
        var shape = target
        if !allowZero {
            for index in shape.indices where shape[index] == 0 {
                guard index < from.count else {
                    throw TensorFailure(.shape, "extent 0 at \(index) keeps nothing of \(from)")
                }
                shape[index] = from[index]
            }
        }
        let count = from.reduce(1, *)
        if let hole = shape.firstIndex(of: -1) {
            shape[hole] = 1
            let known = try Tensor.elementCount(shape)
            guard known > 0, count % known == 0 else {
                throw TensorFailure(.shape, "\(from) cannot take the shape \(target)")
            }
            shape[hole] = count / known
        }
        guard try Tensor.elementCount(shape) == count else {
            throw TensorFailure(.shape, "\(from) cannot take the shape \(target)")
        }
        return shape
    }

    /// The shape that two shapes broadcast to.
    static func broadcast(_ left: [Int], _ right: [Int]) throws(TensorFailure) -> [Int] {
        let rank = max(left.count, right.count)
        var shape: [Int] = []
        for index in 0..<rank {
            let a = index < rank - left.count ? 1 : left[index - (rank - left.count)]
            let b = index < rank - right.count ? 1 : right[index - (rank - right.count)]
            guard a == b || a == 1 || b == 1 else {
                throw TensorFailure(.shape, "\(left) and \(right) do not broadcast")
            }
            shape.append(a == 1 ? b : a)
        }
        _ = try Tensor.elementCount(shape)
        return shape
    }

    static func rearranged(_ x: Tensor, _ split: [Int], _ order: [Int], _ shape: [Int]) throws -> Tensor {
        let parts = try call("aten::reshape", "", .tensor(x), .integers(split))
        return try call(
            "aten::reshape", "", .tensor(call("aten::permute", "", .tensor(parts), .integers(order))), .integers(shape))
    }

    private static func constant(_ node: NodeCall) throws -> [Value] {
        if let value = try node.constant("value") { return [value] }
        if let number = node.real("value_float") { return [Value(try Tensor([Float(number)], shape: []))] }
        if let number = node.exact("value_int") { return [Value(try Tensor([Int64(number)], shape: []))] }
        if let text = node.text("value_string") { return [.texts([text], shape: [])] }
        if let numbers = node.reals("value_floats") {
            return [Value(try Tensor(numbers.map { Float($0) }, shape: [numbers.count]))]
        }
        if let numbers = node.exacts("value_ints") {
            return [Value(try Tensor(numbers.map(Int64.init), shape: [numbers.count]))]
        }
        if let texts = node.texts("value_strings") { return [.texts(texts, shape: [texts.count])] }
        throw TensorFailure(.model, "a constant without a value that is read")
    }

    private static func concatenation(_ node: NodeCall) throws -> [Value] {
        let tensors = try node.inputs.indices.map { try node.tensor($0) }
        let axis = try node.axis(node.integer("axis", 1), rank: tensors[0].rank)
        for tensor in tensors where tensor.rank != tensors[0].rank {
            throw TensorFailure(.shape, "\(tensors[0].shape) and \(tensor.shape) have different numbers of axes")
        }
        return try node.like(0, call("aten::cat", "", .tensors(tensors), .integer(axis)))
    }

    /// Most texts in one value.
    static let textLimit = 1 << 22

    private static func evenSizes(_ x: Tensor, _ axis: Int, _ parts: Int) throws -> [Int] {
        guard (1...(1 << 16)).contains(parts), x.rank > 0 else {
            throw TensorFailure(.shape, "\(parts) parts of \(x.shape)")
        }
        let size = (x.shape[axis] + parts - 1) / parts
        return (0..<parts).map { max(0, min(size, x.shape[axis] - $0 * size)) }
    }

    private static func slice(_ node: NodeCall) throws -> [Value] {
        let isOld = node.version < 10
        let starts = try isOld ? node.integers("starts") ?? [] : node.integers(input: 1) ?? []
        let ends = try isOld ? node.integers("ends") ?? [] : node.integers(input: 2) ?? []
        let given = try isOld ? node.integers("axes") : node.integers(input: 3)
        let steps = try isOld ? nil : node.integers(input: 4)
        var x = try node.tensor(0)
        let axes = try node.axes(given ?? Array(starts.indices), rank: x.rank)
        guard starts.count == ends.count, axes.count == starts.count, steps.map({ $0.count == starts.count }) ?? true
        else {
            throw TensorFailure(.shape, "\(starts.count) starts, \(ends.count) ends and \(axes.count) axes")
        }
        for (index, axis) in axes.enumerated() {
            let (extent, step) = (x.shape[axis], steps?[index] ?? 1)
            guard step != 0, step != Int.min else { throw TensorFailure(.shape, "a step of \(step)") }
            func position(_ value: Int, _ low: Int, _ high: Int) -> Int {
                max(low, min(high, value < 0 ? value.addingReportingOverflow(extent).partialValue : value))
            }
            if step > 0 {
                let (from, to) = (position(starts[index], 0, extent), position(ends[index], 0, extent))
                x = try call(
                    "aten::slice", "Tensor", .tensor(x), .integer(axis), .integer(from), .integer(max(from, to)),
                    .integer(min(step, max(1, extent))))
            } else {
                let from = position(starts[index], -1, extent - 1)
                let to = ends[index] <= -extent - 1 ? -1 : position(ends[index], -1, extent - 1)
                let (low, high) = (to + 1, from + 1)
                let part = try call(
                    "aten::slice", "Tensor", .tensor(x), .integer(axis), .integer(min(low, high)), .integer(high))
                let flipped = try call("aten::flip", "", .tensor(part), .integers([axis]))
                x = try call(
                    "aten::slice", "Tensor", .tensor(flipped), .integer(axis), 0, .integer(max(0, high - low)),
                    .integer(min(-step, max(1, extent))))
            }
        }
        return try node.like(0, x)
    }

    private static func pad(_ node: NodeCall) throws -> [Value] {
        var x = try node.tensor(0)
        let given = try node.version >= 11 ? node.integers(input: 1) ?? [] : node.integers("pads") ?? []
        let axes = try node.axes(try node.integers(input: 3) ?? Array(x.shape.indices), rank: x.rank)
        guard given.count == 2 * axes.count else {
            throw TensorFailure(.shape, "\(given.count) pads for \(axes.count) axes")
        }
        guard given.allSatisfy({ abs($0) < 1 << 40 }) else { throw TensorFailure(.shape, "pads \(given)") }
        var (before, after) = ([Int](repeating: 0, count: x.rank), [Int](repeating: 0, count: x.rank))
        for (index, axis) in axes.enumerated() {
            before[axis] = given[index]
            after[axis] = given[index + axes.count]
        }
        // Negative pads cut.
        for axis in x.shape.indices where before[axis] < 0 || after[axis] < 0 {
            let low = max(0, -before[axis])
            let high = max(low, x.shape[axis] - max(0, -after[axis]))
            x = try call("aten::slice", "Tensor", .tensor(x), .integer(axis), .integer(low), .integer(high))
            before[axis] = max(0, before[axis])
            after[axis] = max(0, after[axis])
        }
        _ = try Tensor.elementCount(x.shape.indices.map { x.shape[$0] + before[$0] + after[$0] })
        switch node.text("mode", "constant") {
        case "constant":
            let value = try node.optional(2).map { try scalar($0) } ?? node.real("value", 0)
            let pairs = x.shape.indices.reversed().flatMap { [before[$0], after[$0]] }
            let number: Argument = x.type.isFloating ? .real(value) : .integer(try whole(node.optional(2), value))
            if x.type == .bool {
                let bytes = try call("aten::constant_pad_nd", "", .tensor(x.cast(to: .uint8)), .integers(pairs), number)
                return [Value(try bytes.cast(to: .bool))]
            }
            return try node.like(0, call("aten::constant_pad_nd", "", .tensor(x), .integers(pairs), number))
        case let mode:
            // Along each axis the padded tensor is the old one at other indices.
            for axis in x.shape.indices where before[axis] > 0 || after[axis] > 0 {
                let index = try mirrored(x.shape[axis], before[axis], after[axis], mode)
                x = try call("aten::index_select", "", .tensor(x), .integer(axis), .tensor(index))
            }
            return try node.like(0, x)
        }
    }

    /// What whole numbers are padded with: a tensor's own number, or one from an attribute.
    private static func whole(_ given: Tensor?, _ value: Double) throws -> Int {
        if let given { return try wholeScalar(given) }
        return Int(exactly: value.rounded(.towardZero)) ?? 0
    }

    private static func mirrored(_ extent: Int, _ before: Int, _ after: Int, _ mode: String) throws -> Tensor {
        guard extent > 0 else { throw TensorFailure(.shape, "an axis of extent 0 has nothing to pad with") }
        guard before + extent + after <= 1 << 26 else { throw TensorFailure(.shape, "pads of \(before) and \(after)") }
        let indices: [Int64] = try (-before..<(extent + after)).map { position in
            switch mode {
            case "edge": return Int64(max(0, min(extent - 1, position)))
            case "wrap": return Int64(((position % extent) + extent) % extent)
            case "reflect":
                guard extent > 1 else { return 0 }
                let period = 2 * (extent - 1)
                let place = ((position % period) + period) % period
                return Int64(place < extent ? place : period - place)
            default: throw TensorFailure(.unsupported, "padding of mode '\(mode)'")
            }
        }
        return try Tensor(indices, shape: [indices.count])
    }

    /// A value in another type, as the standard's Cast does it.
    static func cast(_ value: Value, to code: Int, saturates: Bool = true) throws -> Value {
        if case .texts(let texts, let shape) = value {
            if code == ElementCode.text { return value }
            guard let type = ElementCode.element(code) else { throw unknown(code) }
            let whole = type.isFloating ? [] : texts.compactMap { Int64($0.trimmed) }
            if !type.isFloating, whole.count == texts.count {
                return .tensor(try Tensor(whole, shape: shape).cast(to: type), code: code)
            }
            let numbers = try texts.map { text -> Double in
                guard let number = Double(text.trimmed) ?? named(text) else {
                    throw TensorFailure(.type, "a text that is not a number")
                }
                return number
            }
            let tensor = try Tensor.of(numbers, shape: shape, type: .float64)
            return .tensor(
                try SmallElement(code)?.rounded(tensor, saturates: saturates) ?? tensor.cast(to: type), code: code)
        }
        guard case .tensor(let tensor, let from) = value else {
            throw TensorFailure(.type, "a \(value.kind) cannot be cast")
        }
        if code == ElementCode.text {
            let texts =
                from == ElementCode.bool
                ? try tensor.integers().map(String.init)
                : tensor.type.isFloating
                    ? try tensor.floats().map(decimal) : try tensor.integers().map(String.init)
            return .texts(texts, shape: tensor.shape)
        }
        guard let type = ElementCode.element(code) else { throw unknown(code) }
        if let small = SmallElement(code) {
            return .tensor(try small.rounded(tensor, saturates: saturates), code: code)
        }
        return .tensor(try ElementCode.wrap(tensor.cast(to: type), code), code: code)
    }

    private static func named(_ text: String) -> Double? {
        switch text.lowercased() {
        case "+inf", "inf", "infinity": .infinity
        case "-inf", "-infinity": -.infinity
        case "nan": .nan
        default: nil
        }
    }

    private static func decimal(_ number: Float) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-INF" : "INF" }
        let text = "\(number)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static func centerCropPad(_ node: NodeCall) throws -> [Value] {
        var x = try node.tensor(0)
        let target = try node.integers(input: 1) ?? []
        let axes = try node.axes(node.integers("axes") ?? Array(x.shape.indices), rank: x.rank)
        guard target.count == axes.count, target.allSatisfy({ $0 >= 0 }) else {
            throw TensorFailure(.shape, "\(target) for \(axes.count) axes")
        }
        var pairs = [Int](repeating: 0, count: 2 * x.rank)
        for (axis, extent) in zip(axes, target) {
            if x.shape[axis] > extent {
                let start = (x.shape[axis] - extent) / 2
                x = try call(
                    "aten::slice", "Tensor", .tensor(x), .integer(axis), .integer(start), .integer(start + extent))
            } else {
                let missing = extent - x.shape[axis]
                pairs[2 * (x.rank - 1 - axis)] = missing / 2
                pairs[2 * (x.rank - 1 - axis) + 1] = missing - missing / 2
            }
        }
        return try node.like(0, call("aten::constant_pad_nd", "", .tensor(x), .integers(pairs), 0))
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        var part = self[...]
        while let first = part.first, first.isWhitespace { part.removeFirst() }
        while let last = part.last, last.isWhitespace { part.removeLast() }
        return String(part)
    }
}
