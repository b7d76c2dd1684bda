internal import CordonFormats

extension OperatorSet {
    /// Sequences and optionals.
    static let sequences: [Operator] = [
        Operator("SequenceConstruct", half: .asIs) { node in
            [.sequence(try node.inputs.indices.map { try element(node.value($0)) })]
        },
        Operator("SequenceEmpty", half: .asIs) { _ in [.sequence([])] },
        Operator("SequenceLength", half: .asIs) { node in
            [Value(try Tensor([Int64(try list(node, 0).count)], shape: []))]
        },
        Operator("SequenceAt", half: .asIs) { node in
            let values = try list(node, 0)
            return [values[try place(node, 1, values.count - 1)]]
        },
        Operator("SequenceInsert", half: .asIs) { node in
            var values = try list(node, 0)
            guard values.count < 1 << 20 else {
                throw TensorFailure(.shape, "a sequence of more than a million values")
            }
            let index =
                node.optionalValue(2) == nil ? values.count : try place(node, 2, values.count, from: values.count)
            values.insert(try element(node.value(1)), at: index)
            return [.sequence(values)]
        },
        Operator("SequenceErase", half: .asIs) { node in
            var values = try list(node, 0)
            values.remove(at: node.optionalValue(1) == nil ? try last(values) : try place(node, 1, values.count - 1))
            return [.sequence(values)]
        },
        Operator("SplitToSequence", half: .asIs, body: split),
        Operator("ConcatFromSequence", half: .asIs) { node in
            let tensors = try list(node, 0).map { value -> Tensor in
                guard let tensor = value.tensor else { throw TensorFailure(.type, "a \(value.kind) in the sequence") }
                return tensor
            }
            guard let first = tensors.first else { throw TensorFailure(.shape, "an empty sequence") }
            let isNew = node.integer("new_axis", 0) == 1
            let axis = try node.axis(node.integer("axis", 0), rank: first.rank + (isNew ? 1 : 0))
            return [Value(isNew ? try .stacked(tensors, axis) : try .concatenated(tensors, axis))]
        },
        Operator("SequenceMap", half: .asIs) { node in
            let body = try node.graph("body")
            let first = try list(node, 0)
            var outputs = [[Value]](repeating: [], count: body.outputs.count)
            for index in first.indices {
                let arguments = try node.inputs.indices.map { input -> Value in
                    guard case .sequence(let values) = try node.value(input) else { return try node.value(input) }
                    guard values.indices.contains(index) else {
                        throw TensorFailure(.shape, "sequences of different lengths")
                    }
                    return values[index]
                }
                for (slot, value) in try node.run.run(body, arguments, node.scope).enumerated() {
                    outputs[slot].append(try element(value))
                }
            }
            return outputs.map(Value.sequence)
        },
        Operator("Optional", half: .asIs) { node in [node.optionalValue(0) ?? .nothing] },
        Operator("OptionalHasElement", half: .asIs) { node in
            var has = true
            if case .nothing = node.optionalValue(0) ?? .nothing { has = false }
            return [Value(try Tensor.of([has], shape: [], type: .bool))]
        },
        Operator("OptionalGetElement", half: .asIs) { node in
            if case .nothing = try node.value(0) { throw TensorFailure(.model, "the optional has no value") }
            return [try node.value(0)]
        },
    ]

    /// What a sequence may hold. Sequences within sequences could double their size at each turn of a loop.
    private static func element(_ value: Value) throws(TensorFailure) -> Value {
        switch value {
        case .tensor, .texts: value
        default: throw TensorFailure(.type, "a \(value.kind) within a sequence")
        }
    }

    private static func list(_ node: NodeCall, _ index: Int) throws -> [Value] {
        guard case .sequence(let values) = try node.value(index) else {
            throw TensorFailure(.type, "input \(index) is no sequence")
        }
        return values
    }

    private static func last(_ values: [Value]) throws -> Int {
        guard !values.isEmpty else { throw TensorFailure(.shape, "an empty sequence") }
        return values.count - 1
    }

    /// A place that counts from the back where it is negative.
    private static func place(_ node: NodeCall, _ input: Int, _ last: Int, from end: Int? = nil) throws -> Int {
        let given = try wholeScalar(node.tensor(input))
        let index = given < 0 ? given + (end ?? last + 1) : given
        guard index >= 0, index <= last else {
            throw TensorFailure(.shape, "place \(given) in a sequence of \(last + 1)")
        }
        return index
    }

    private static let partLimit = 1 << 20

    private static func split(_ node: NodeCall) throws -> [Value] {
        let x = try node.tensor(0)
        let axis = try node.axis(node.integer("axis", 0), rank: x.rank)
        let extent = x.shape[axis]
        var sizes: [Int]
        var keeps = true
        if let given = try node.optional(1) {
            if given.rank == 0 {
                let size = try wholeScalar(given)
                guard size > 0, extent / size < partLimit else { throw TensorFailure(.shape, "parts of \(size)") }
                sizes = stride(from: 0, to: extent, by: size).map { min(size, extent - $0) }
            } else {
                sizes = try node.integers(input: 1) ?? []
            }
        } else {
            guard extent <= partLimit else { throw TensorFailure(.shape, "\(extent) parts") }
            sizes = [Int](repeating: 1, count: extent)
            keeps = node.integer("keepdims", 1) == 1
        }
        guard sizes.allSatisfy({ $0 >= 0 }), sizes.reduce(0, +) == extent else {
            throw TensorFailure(.shape, "parts of \(sizes) along axis \(axis) of \(x.shape)")
        }
        let parts = try callMany("aten::split_with_sizes", "", .tensor(x), .integers(sizes), .integer(axis))
        return [.sequence(try parts.map { Value(keeps ? $0 : try $0.selected(axis, 0)) })]
    }

    /// Control flow: subgraphs are run as they come.
    static let control: [Operator] = [
        Operator("If", half: .asIs, isPure: false) { node in
            let condition = try node.tensor(0)
            guard condition.count == 1 else { throw TensorFailure(.shape, "a condition of \(condition.shape)") }
            let branch = try condition.booleans()[0] ? "then_branch" : "else_branch"
            return try node.run.run(node.graph(branch), [], node.scope)
        },
        Operator("Loop", half: .asIs, isPure: false, loop),
        Operator("Scan", half: .asIs, isPure: false, scan),
    ]

    private static func loop(_ node: NodeCall) throws -> [Value] {
        let body = try node.graph("body")
        let most = try node.optional(0).map { try wholeScalar($0) }
        var goesOn = try node.optional(1).map { try $0.booleans().first ?? false } ?? true
        var carried = try node.inputs.indices.dropFirst(2).map { try node.value($0) }
        let scanned = body.outputs.count - 1 - carried.count
        guard scanned >= 0 else { throw TensorFailure(.model, "the body gives fewer values than it takes") }
        var collected = [[Value]](repeating: [], count: scanned)
        var turn = 0
        while goesOn, most.map({ turn < $0 }) ?? true {
            try node.run.tick()
            let arguments =
                [Value(try Tensor([Int64(turn)], shape: [])), Value(try Tensor.of([goesOn], shape: [], type: .bool))]
                + carried
            let results = try node.run.run(body, Array(arguments.prefix(body.inputs.count)), node.scope)
            guard let condition = results.first?.tensor, condition.count == 1 else {
                throw TensorFailure(.type, "the body's condition is not one truth value")
            }
            goesOn = try condition.booleans()[0]
            carried = Array(results[1..<(1 + carried.count)])
            for slot in 0..<scanned { collected[slot].append(results[1 + carried.count + slot]) }
            turn += 1
        }
        return try carried
            + collected.enumerated().map { slot, values in
                try stack(values, axis: 0, reversed: false, kind: body.outputs[1 + carried.count + slot].kind)
            }
    }

    /// Values of all turns as one.
    private static func stack(_ values: [Value], axis: Int, reversed: Bool, kind: ONNXValueInfo.Kind) throws -> Value {
        let tensors = values.compactMap(\.tensor)
        guard let first = values.first else {
            // No turn: an empty tensor of the type that the body declares.
            guard case .tensor(let code, let shape) = kind, let type = ElementCode.element(code) else {
                throw TensorFailure(.shape, "a loop without turns gives nothing of a known type")
            }
            let inner = (shape ?? []).map { extent -> Int in
                if case .fixed(let number) = extent { return max(0, number) }
                return 0
            }
            return .tensor(try .filled([0] + inner, 0, type), code: code)
        }
        guard tensors.count == values.count, case .tensor(_, let code) = first else {
            throw TensorFailure(.type, "a \(first.kind) cannot be collected over turns")
        }
        return .tensor(try .stacked(reversed ? tensors.reversed() : tensors, axis), code: code)
    }

    private static func scan(_ node: NodeCall) throws -> [Value] {
        let body = try node.graph("body")
        let scannedCount = node.integer("num_scan_inputs", 0)
        if node.version < 9 { return try batched(node, body, scannedCount) }
        let arguments = try node.inputs.indices.map { try node.value($0) }
        return try scan(node, body, scannedCount, arguments)
    }

    /// Before opset 9 a scan has a batch axis in front and an optional input of lengths.
    private static func batched(_ node: NodeCall, _ body: Plan.Body, _ scannedCount: Int) throws -> [Value] {
        guard node.optionalValue(0) == nil else {
            throw TensorFailure(.unsupported, "lengths of sequences in Scan before opset 9")
        }
        let tensors = try node.inputs.indices.dropFirst().map { try node.tensor($0) }
        guard let batch = tensors.first?.shape.first else { throw TensorFailure(.shape, "a batch without axes") }
        var rows: [[Value]] = []
        for row in 0..<batch {
            try node.run.tick()
            rows.append(try scan(node, body, scannedCount, tensors.map { Value(try $0.selected(0, row)) }))
        }
        guard let first = rows.first else { throw TensorFailure(.shape, "an empty batch") }
        return try first.indices.map { slot in Value(try .stacked(rows.compactMap { $0[slot].tensor }, 0)) }
    }

    private static func scan(
        _ node: NodeCall, _ body: Plan.Body, _ scannedCount: Int, _ arguments: [Value]
    ) throws -> [Value] {
        guard scannedCount > 0, scannedCount <= arguments.count else {
            throw TensorFailure(.model, "'num_scan_inputs' is \(scannedCount)")
        }
        let stateCount = arguments.count - scannedCount
        var state = Array(arguments[..<stateCount])
        let outputs = body.outputs.count - stateCount
        guard outputs >= 0 else { throw TensorFailure(.model, "the body gives fewer values than it takes") }
        let inputAxes = node.integers("scan_input_axes") ?? [Int](repeating: 0, count: scannedCount)
        let outputAxes = node.integers("scan_output_axes") ?? [Int](repeating: 0, count: outputs)
        let inputDirections = node.integers("scan_input_directions") ?? [Int](repeating: 0, count: scannedCount)
        let outputDirections = node.integers("scan_output_directions") ?? [Int](repeating: 0, count: outputs)
        guard inputAxes.count == scannedCount, outputAxes.count == outputs, inputDirections.count == scannedCount,
            outputDirections.count == outputs
        else { throw TensorFailure(.model, "axes or directions do not fit the scanned values") }
        let scanned = try arguments[stateCount...].enumerated().map { index, value -> (Tensor, Int) in
            guard let tensor = value.tensor, tensor.rank > 0 else {
                throw TensorFailure(.type, "a \(value.kind) cannot be scanned")
            }
            return (tensor, try node.axis(inputAxes[index], rank: tensor.rank))
        }
        let turns = scanned[0].0.shape[scanned[0].1]
        guard scanned.allSatisfy({ $0.0.shape[$0.1] == turns }) else {
            throw TensorFailure(.shape, "scanned values of different lengths")
        }
        var collected = [[Value]](repeating: [], count: outputs)
        for turn in 0..<turns {
            try node.run.tick()
            let slices = try scanned.enumerated().map { index, entry in
                Value(try entry.0.selected(entry.1, inputDirections[index] == 1 ? turns - 1 - turn : turn))
            }
            let results = try node.run.run(body, state + slices, node.scope)
            state = Array(results[..<stateCount])
            for slot in 0..<outputs { collected[slot].append(results[stateCount + slot]) }
        }
        return try state
            + collected.enumerated().map { slot, values in
                let rank = (values.first?.tensor?.rank ?? 0) + 1
                return try stack(
                    values, axis: try node.axis(outputAxes[slot], rank: rank), reversed: outputDirections[slot] == 1,
                    kind: body.outputs[stateCount + slot].kind)
            }
    }
}
