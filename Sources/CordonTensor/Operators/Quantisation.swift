internal import CordonFormats

extension OperatorSet {
    /// Quantisation.
    static let quantisation: [Operator] = [
        Operator("QuantizeLinear") { node in
            let code = node.optionalValue(2) == nil ? outputCode(node) : node.code(2)
            return try [
                quantize(
                    node.tensor(0), scale: node.tensor(1), zero: node.optional(2), code: code,
                    axis: node.integer("axis", 1), block: node.integer("block_size", 0),
                    saturates: node.integer("saturate", 1) == 1)
            ]
        },
        Operator("DequantizeLinear", half: .asIs) { node in
            let scale = try node.tensor(1)
            let y = try dequantized(
                node.tensor(0), scale: scale.cast(to: .float32), zero: node.optional(2), axis: node.integer("axis", 1),
                block: node.integer("block_size", 0))
            return [Value(try y.cast(to: scale.type))]
        },
        Operator("DynamicQuantizeLinear") { node in
            let x = try node.tensor(0)
            guard x.count > 0 else { throw TensorFailure(.shape, "no elements to find a range of") }
            let ends = try callMany("aten::aminmax", "", .tensor(x.detached()))
            let (low, high) = (min(0, try ends[0].floats()[0]), max(0, try ends[1].floats()[0]))
            let scale = high == low ? 1 : (high - low) / 255
            let zero = max(0, min(255, (-low / scale).rounded(.toNearestOrEven)))
            let y = try (call("aten::div", "Scalar", .tensor(x), .real(Double(scale))).apply("round") + Double(zero))
                .clamped(0, 255).cast(to: .uint8)
            return [
                Value(y), Value(try Tensor([scale], shape: [])),
                Value(try Tensor.of([UInt8(zero)], shape: [], type: .uint8)),
            ]
        },
    ]

    private static func outputCode(_ node: NodeCall) -> Int {
        let code = node.integer("output_dtype", 0)
        return code == 0 ? ElementCode.uint8 : code
    }

    /// A scale or zero point in a shape that fits the tensor: one number, one per place of the axis, or one per block.
    static func along(_ values: Tensor, _ x: Tensor, axis: Int, block: Int) throws -> Tensor {
        if values.count == 1 { return try values.reshaped([]) }
        let place = axis < 0 ? axis + x.rank : axis
        guard place >= 0, place < x.rank else { throw TensorFailure(.shape, "axis \(axis) of \(x.shape)") }
        if block > 0 {
            guard values.rank == x.rank else {
                throw TensorFailure(.shape, "scales \(values.shape) in blocks for \(x.shape)")
            }
            guard block <= max(1, x.shape[place]),
                values.shape[place] == (x.shape[place] + block - 1) / block
            else { throw TensorFailure(.shape, "scales \(values.shape) in blocks of \(block) for \(x.shape)") }
            let wide = try call(
                "aten::repeat_interleave", "self_int", .tensor(values), .integer(block), .integer(place))
            guard wide.shape[place] >= x.shape[place] else {
                throw TensorFailure(.shape, "scales \(values.shape) for \(x.shape)")
            }
            return try wide.sliced(place, 0, x.shape[place])
        }
        if values.rank == x.rank { return values }
        guard values.rank == 1, values.count == x.shape[place] else {
            throw TensorFailure(.shape, "\(values.count) scales along axis \(place) of \(x.shape)")
        }
        var shape = [Int](repeating: 1, count: x.rank)
        shape[place] = values.count
        return try values.reshaped(shape)
    }

    static func dequantized(_ x: Tensor, scale: Tensor, zero: Tensor?, axis: Int, block: Int = 0) throws -> Tensor {
        let type: ElementType = scale.type == .float64 ? .float64 : .float32
        var y = try x.cast(to: x.type == .int32 ? .float64 : type)
        if let zero { y = try y - along(zero, x, axis: axis, block: block).cast(to: y.type) }
        return try (y * along(scale, x, axis: axis, block: block).cast(to: y.type)).cast(to: type)
    }

    static func quantize(
        _ x: Tensor, scale: Tensor, zero: Tensor?, code: Int, axis: Int, block: Int = 0, saturates: Bool = true
    ) throws -> Value {
        let wanted = code == 0 ? ElementCode.uint8 : code
        let range: (Double, Double)
        switch wanted {
        case ElementCode.uint8: range = (0, 255)
        case ElementCode.int8: range = (-128, 127)
        case ElementCode.uint16: range = (0, 65535)
        case ElementCode.int16: range = (-32768, 32767)
        default:
            guard let small = SmallElement(wanted) else { throw unknown(wanted) }
            var y = try x / along(scale, x, axis: axis, block: block).cast(to: x.type)
            if case .whole = small.form { y = try y.apply("round") }
            if let zero { y = try y + along(zero, x, axis: axis, block: block).cast(to: x.type) }
            if case .whole = small.form { y = try y.clamped(small.range.low, small.range.high) }
            return .tensor(try small.rounded(y, saturates: saturates), code: wanted)
        }
        var y = try (x / along(scale, x, axis: axis, block: block).cast(to: x.type)).apply("round")
        if let zero { y = try y + along(zero, x, axis: axis, block: block).cast(to: x.type) }
        // A type that `element` knows: the cases above.
        return .tensor(try y.clamped(range.0, range.1).cast(to: ElementCode.element(wanted)!), code: wanted)
    }

    /// A quantised input of a convolution, less its zero point, as 32-bit numbers.
    static func centred(_ node: NodeCall, _ input: Int, zero: Int, axis: Int?) throws -> Tensor {
        let x = try node.tensor(input)
        let real = try x.cast(to: .float32)
        guard let zero = try node.optional(zero) else { return real }
        return try real - along(zero, x, axis: axis ?? 1, block: 0).cast(to: .float32)
    }
}
