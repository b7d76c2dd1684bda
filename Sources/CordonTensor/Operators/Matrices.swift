extension OperatorSet {
    /// Products of matrices.
    static let matrices: [Operator] = [
        Operator("MatMul") { node in
            let (a, b) = (try node.tensor(0), try node.tensor(1))
            guard a.rank > 0, b.rank > 0, a.shape[a.rank - 1] == b.shape[max(0, b.rank - 2)] else {
                throw TensorFailure(.shape, "a product of \(a.shape) and \(b.shape)")
            }
            return try node.like(0, a.matmul(b))
        },
        Operator("Gemm") { node in
            var (a, b) = (try node.tensor(0), try node.tensor(1))
            guard a.rank == 2, b.rank == 2 else {
                throw TensorFailure(.shape, "a product of \(a.shape) and \(b.shape)")
            }
            if node.integer("transA", 0) != 0 { a = try a.transposed(0, 1) }
            if node.integer("transB", 0) != 0 { b = try b.transposed(0, 1) }
            guard a.shape[1] == b.shape[0] else {
                throw TensorFailure(.shape, "a product of \(a.shape) and \(b.shape)")
            }
            let (alpha, beta) = (node.real("alpha", 1), node.real("beta", 1))
            let isWhole = !a.type.isFloating
            func factor(_ number: Double) throws -> Argument {
                guard let whole = Int(exactly: number) else {
                    throw TensorFailure(.type, "a product of whole numbers times \(number)")
                }
                return .integer(whole)
            }
            guard let c = try node.optional(2) else {
                let y = try a.matmul(b)
                return try node.like(0, alpha == 1 ? y : (y * alpha).cast(to: y.type))
            }
            return try node.like(
                0,
                call(
                    "aten::addmm", "", .tensor(c), .tensor(a), .tensor(b), try isWhole ? factor(beta) : .real(beta),
                    try isWhole ? factor(alpha) : .real(alpha)))
        },
        Operator("Einsum") { node in
            let tensors = try node.inputs.indices.map { try node.tensor($0) }
            let equation = node.text("equation", "").filter { !$0.isWhitespace }
            guard equation.utf8.count <= 1024 else {
                throw TensorFailure(.model, "an equation of \(equation.utf8.count) bytes")
            }
            return try node.like(0, call("aten::einsum", "", .text(equation), .tensors(tensors)))
        },
        Operator("Det") { node in
            let x = try node.tensor(0)
            guard x.rank >= 2, x.shape[x.rank - 1] == x.shape[x.rank - 2] else {
                throw TensorFailure(.shape, "the determinant of \(x.shape)")
            }
            return try node.like(0, call("aten::linalg_det", "", .tensor(x)))
        },
        Operator("MatMulInteger") { node in
            let (a, b) = (try node.tensor(0), try node.tensor(1))
            return [Value(try wholeProduct(a, zero: node.optional(2), b, zero: node.optional(3)))]
        },
        // Made by the optimiser: (a − zero) · b · scale, where b is centred already.
        Operator("CentredMatMul", domain: "cordon") { node in
            var a = try node.tensor(0).cast(to: .float32)
            if let zero = try node.optional(2) { a = try a - zero.cast(to: .float32) }
            return [Value(try a.matmul(node.tensor(1)) * node.tensor(3))]
        },
        Operator("QLinearMatMul") { node in
            let a = try dequantized(node.tensor(0), scale: node.tensor(1), zero: node.optional(2), axis: -2)
            let b = try dequantized(node.tensor(3), scale: node.tensor(4), zero: node.optional(5), axis: -1)
            return try [
                quantize(a.matmul(b), scale: node.tensor(6), zero: node.optional(7), code: node.code(7), axis: -1)
            ]
        },
    ]

    /// Products of 8-bit matrices, exact in 32-bit integers.
    ///
    /// 32-bit floating-point products of 8-bit numbers are exact as long as sums stay below 2²⁴: with operands of at most
    /// 255 in size, along 256 terms. Longer sums are made of such parts; each part runs at the speed of `MatMul`.
    static func wholeProduct(_ a: Tensor, zero aZero: Tensor?, _ b: Tensor, zero bZero: Tensor?) throws -> Tensor {
        guard a.rank > 0, b.rank > 0, a.shape[a.rank - 1] == b.shape[max(0, b.rank - 2)] else {
            throw TensorFailure(.shape, "a product of \(a.shape) and \(b.shape)")
        }
        var (left, right) = (try a.cast(to: .float32), try b.cast(to: .float32))
        if let aZero {
            let zero = try aZero.cast(to: .float32)
            left = try left - (zero.count > 1 ? zero.reshaped(zero.shape + [1]) : zero)
        }
        if let bZero {
            let zero = try bZero.cast(to: .float32)
            right = try right - (zero.rank > 1 ? zero.unsqueezed(zero.rank - 1) : zero)
        }
        let terms = a.shape[a.rank - 1]
        let exact = 256
        if terms <= exact { return try left.matmul(right).cast(to: .int32) }
        var total: Tensor?
        for start in stride(from: 0, to: terms, by: exact) {
            let end = min(terms, start + exact)
            let part = try left.sliced(left.rank - 1, start, end)
                .matmul(right.sliced(max(0, right.rank - 2), start, end)).cast(to: .int32)
            total = try total.map { try $0 + part } ?? part
        }
        return total!
    }
}
