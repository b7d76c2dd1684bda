internal import CordonFormats

extension OperatorSet {
    /// Arithmetic, element by element, with broadcasting. Source: ONNX operators, opset 7–24.
    static let arithmetic: [Operator] =
        [
            binary("Add", "aten::add"), binary("Sub", "aten::sub"), binary("Mul", "aten::mul"),
            Operator("Div") { node in
                let (a, b) = (try node.tensor(0), try node.tensor(1))
                if a.type.isFloating { return try node.like(0, call("aten::div", "Tensor", .tensor(a), .tensor(b))) }
                try refuseHuge(node, a, b)
                // The least number divided by −1 traps in the processor: −1 is a change of sign.
                let (isMinus, divisor) = try withoutMinusOne(b)
                let quotient = try call("aten::div", "Tensor_mode", .tensor(a), .tensor(divisor), .text("trunc"))
                guard a.type != .uint8, a.type != .bool else { return try node.like(0, quotient) }
                let negated = try call("aten::neg", "", .tensor(a))
                return try node.like(0, isMinus.choosing(negated, quotient).cast(to: a.type))
            },
            Operator("Mod") { node in
                let (a, b) = (try node.tensor(0), try node.tensor(1))
                try refuseHuge(node, a, b)
                let name = node.integer("fmod", 0) == 1 ? "aten::fmod" : "aten::remainder"
                if a.type.isFloating { return try node.like(0, call(name, "Tensor", .tensor(a), .tensor(b))) }
                // As above: what is left of a division by −1, and by 1, is 0.
                return try node.like(0, call(name, "Tensor", .tensor(a), .tensor(withoutMinusOne(b).divisor)))
            },
            Operator("Pow", body: power),
            Operator("Sum") { node in try fold(node, "aten::add") },
            Operator("Mean") { node in
                let sum = try fold(node, "aten::add")[0].tensor!
                return try node.like(0, call("aten::div", "Scalar", .tensor(sum), .integer(node.inputs.count)))
            },
            Operator("Max") { node in try fold(node, "aten::maximum") },
            Operator("Min") { node in try fold(node, "aten::minimum") },
            Operator("Abs") { node in
                let x = try node.tensor(0)
                return try node.like(0, x.type == .bool || x.type == .uint8 ? x : call("aten::abs", "", .tensor(x)))
            },
            Operator("Neg") { node in try node.like(0, call("aten::neg", "", .tensor(node.tensor(0)))) },
            Operator("Reciprocal") { node in try node.like(0, call("aten::reciprocal", "", .tensor(node.tensor(0)))) },
            Operator("Clip", body: clip),
            Operator("CumSum", body: cumulativeSum),
            Operator("BitShift") { node in
                let (a, b) = (try node.tensor(0), try node.tensor(1))
                let left = node.text("direction") == "LEFT"
                let name = left ? "aten::bitwise_left_shift" : "aten::bitwise_right_shift"
                if !left { try refuseHuge(node, a, b) }
                return [
                    .tensor(
                        try ElementCode.wrap(call(name, "Tensor", .tensor(a), .tensor(b)), node.code(0)),
                        code: node.code(0))
                ]
            },
            binary("BitwiseAnd", "aten::bitwise_and"), binary("BitwiseOr", "aten::bitwise_or"),
            binary("BitwiseXor", "aten::bitwise_xor"),
            Operator("BitwiseNot") { node in
                let flipped = try call("aten::bitwise_not", "", .tensor(node.tensor(0)))
                return [.tensor(try ElementCode.wrap(flipped, node.code(0)), code: node.code(0))]
            },
            Operator("Round") { node in try node.like(0, call("aten::round", "", .tensor(node.tensor(0)))) },
            Operator("IsNaN") { node in [Value(try call("aten::isnan", "", .tensor(node.tensor(0))))] },
            Operator("IsInf") { node in
                let x = try node.tensor(0)
                switch (node.integer("detect_negative", 1), node.integer("detect_positive", 1)) {
                case (1, 1): return [Value(try call("aten::isinf", "", .tensor(x)))]
                case (1, 0): return [Value(try call("aten::isneginf", "", .tensor(x)))]
                case (0, 1): return [Value(try call("aten::isposinf", "", .tensor(x)))]
                default:
                    return [
                        Value(try call("aten::zeros_like", "", .tensor(x), .integer(Int(ElementType.bool.rawValue))))
                    ]
                }
            },
        ]
        + [
            ("Sqrt", "sqrt"), ("Exp", "exp"), ("Log", "log"), ("Ceil", "ceil"), ("Floor", "floor"), ("Sin", "sin"),
            ("Cos", "cos"), ("Tan", "tan"), ("Asin", "asin"), ("Acos", "acos"), ("Atan", "atan"), ("Sinh", "sinh"),
            ("Cosh", "cosh"), ("Tanh", "tanh"), ("Asinh", "asinh"), ("Acosh", "acosh"), ("Atanh", "atanh"),
            ("Erf", "erf"), ("Sign", "sign"), ("Sigmoid", "sigmoid"),
        ].map { name, native in
            Operator(name) { node in try node.like(0, call("aten::\(native)", "", .tensor(node.tensor(0)))) }
        }

    /// Where a whole divisor is −1, and the divisor with 1 there.
    private static func withoutMinusOne(_ divisor: Tensor) throws -> (isMinus: Tensor, divisor: Tensor) {
        let isMinus = try call("aten::eq", "Scalar", .tensor(divisor), -1)
        return (isMinus, try isMinus.choosing(.filled([], 1, divisor.type), divisor))
    }

    static func binary(_ name: String, _ native: String) -> Operator {
        Operator(name) { node in
            let result = try call(native, "Tensor", .tensor(node.tensor(0)), .tensor(node.tensor(1)))
            let code = node.code(0)
            return ElementCode.isWidened(code)
                ? [.tensor(try ElementCode.wrap(result, code), code: code)] : try node.like(0, result)
        }
    }

    /// `uint64` is kept as a bit pattern: from 2⁶³ on, order and division would be wrong.
    static func refuseHuge(_ node: NodeCall, _ tensors: Tensor...) throws {
        guard node.code(0) == ElementCode.uint64 else { return }
        for tensor in tensors where tensor.count > 0 {
            guard try call("aten::min", "", .tensor(tensor)).integers()[0] >= 0 else {
                throw TensorFailure(.unsupported, "uint64 values from 2^63 on are not supported here")
            }
        }
    }

    private static func fold(_ node: NodeCall, _ native: String) throws -> [Value] {
        var result = try node.tensor(0)
        for index in node.inputs.indices.dropFirst() {
            let next = try node.tensor(index)
            if native != "aten::add" { try refuseHuge(node, result, next) }
            result =
                native == "aten::add"
                ? try call(native, "Tensor", .tensor(result), .tensor(next))
                : try call(native, "", .tensor(result), .tensor(next))
        }
        return try node.like(0, result)
    }

    private static func power(_ node: NodeCall) throws -> [Value] {
        let (base, exponent) = (try node.tensor(0), try node.tensor(1))
        if !base.type.isFloating, exponent.type.isFloating {
            let real = try call("aten::pow", "Tensor_Tensor", .tensor(base.cast(to: .float64)), .tensor(exponent))
            return try node.like(0, real.cast(to: base.type))
        }
        // A constant exponent has kernels of its own: squares and roots are much quicker than a power.
        if exponent.count == 1, exponent.rank <= base.rank, base.type.isFloating, !exponent.tracksGradient {
            let number = try exponent.doubles()[0]
            return try node.like(0, call("aten::pow", "Tensor_Scalar", .tensor(base), .real(number)))
        }
        let result = try call("aten::pow", "Tensor_Tensor", .tensor(base), .tensor(exponent))
        return try node.like(0, result.cast(to: base.type))
    }

    private static func clip(_ node: NodeCall) throws -> [Value] {
        let x = try node.tensor(0)
        var (low, high) = (try node.optional(1), try node.optional(2))
        if node.version < 11 {
            low = try node.real("min").map { try Tensor([Float($0)], shape: []).cast(to: x.type) }
            high = try node.real("max").map { try Tensor([Float($0)], shape: []).cast(to: x.type) }
        }
        guard low != nil || high != nil else { return [try node.value(0)] }
        if x.type.isFloating, !(low?.tracksGradient ?? false), !(high?.tracksGradient ?? false) {
            let arguments: [Argument] = [
                .tensor(x), try low.map { .real(try scalar($0)) } ?? .none,
                try high.map { .real(try scalar($0)) } ?? .none,
            ]
            return try node.like(0, callList("aten::clamp", "", arguments, first: true)[0])
        }
        return try node.like(0, call("aten::clamp", "Tensor", .tensor(x), .optional(low), .optional(high)))
    }

    /// The number in a tensor of one element.
    static func scalar(_ tensor: Tensor) throws -> Double {
        guard tensor.count == 1 else { throw TensorFailure(.shape, "\(tensor.shape) where one number was expected") }
        return try tensor.doubles()[0]
    }

    /// The whole number in a tensor of one element; fractions are cut off.
    static func wholeScalar(_ tensor: Tensor) throws -> Int {
        guard tensor.count == 1 else {
            throw TensorFailure(.shape, "\(tensor.shape) where one number was expected")
        }
        if !tensor.type.isFloating { return try tensor.integers()[0] }
        let number = try tensor.doubles()[0]
        guard let whole = Int(exactly: number.rounded(.towardZero)) else {
            throw TensorFailure(.shape, "\(number) where a whole number was expected")
        }
        return whole
    }

    private static func cumulativeSum(_ node: NodeCall) throws -> [Value] {
        var x = try node.tensor(0)
        let axis = try node.axis(wholeScalar(node.tensor(1)), rank: x.rank)
        let reversed = node.integer("reverse", 0) == 1
        if reversed { x = try call("aten::flip", "", .tensor(x), .integers([axis])) }
        var sum = try call("aten::cumsum", "", .tensor(x), .integer(axis), .integer(Int(x.type.rawValue)))
        if node.integer("exclusive", 0) == 1 { sum = try call("aten::sub", "Tensor", .tensor(sum), .tensor(x)) }
        if reversed { sum = try call("aten::flip", "", .tensor(sum), .integers([axis])) }
        return try node.like(0, sum)
    }

    /// Comparisons, logic and choice.
    static let comparisons: [Operator] = [
        compare("Greater", "gt"), compare("Less", "lt"), compare("GreaterOrEqual", "ge"), compare("LessOrEqual", "le"),
        Operator("Equal", half: .asIs) { node in
            if case .texts(let left, let shape) = try node.value(0) {
                let right = try node.texts(1)
                guard left.count == right.elements.count || right.elements.count == 1 else {
                    throw TensorFailure(.shape, "texts \(shape) and \(right.shape) do not broadcast")
                }
                let equal = left.indices.map { left[$0] == right.elements[right.elements.count == 1 ? 0 : $0] }
                return [Value(try Tensor.of(equal, shape: shape, type: .bool))]
            }
            return [Value(try call("aten::eq", "Tensor", .tensor(node.tensor(0)), .tensor(node.tensor(1))))]
        },
        Operator("And") { node in
            [Value(try call("aten::logical_and", "", .tensor(node.tensor(0)), .tensor(node.tensor(1))))]
        },
        Operator("Or") { node in
            [Value(try call("aten::logical_or", "", .tensor(node.tensor(0)), .tensor(node.tensor(1))))]
        },
        Operator("Xor") { node in
            [Value(try call("aten::logical_xor", "", .tensor(node.tensor(0)), .tensor(node.tensor(1))))]
        },
        Operator("Not") { node in [Value(try call("aten::logical_not", "", .tensor(node.tensor(0))))] },
        Operator("Where", half: .asIs) { node in
            let result = try call(
                "aten::where", "self", .tensor(node.tensor(0).cast(to: .bool)), .tensor(node.tensor(1)),
                .tensor(node.tensor(2)))
            return try node.like(1, result)
        },
    ]

    private static func compare(_ name: String, _ native: String) -> Operator {
        Operator(name) { node in
            let (a, b) = (try node.tensor(0), try node.tensor(1))
            try refuseHuge(node, a, b)
            return [Value(try call("aten::\(native)", "Tensor", .tensor(a), .tensor(b)))]
        }
    }
}

extension Operator {
    init(_ name: String, domain: String = "", half: Half = .widened, body: @escaping Body) {
        self.init(name, domain: domain, half: half, isPure: true, body)
    }
}
