extension OperatorSet {
    /// Attention as one operator, and what belongs to it.
    static let attention: [Operator] = [
        Operator("Attention", body: fused), Operator("RotaryEmbedding", body: rotary),
    ]

    /// `[batch, steps, heads · size]` as `[batch, heads, steps, size]`.
    static func heads(_ x: Tensor, _ count: Int) throws -> Tensor {
        guard x.rank == 3, count > 0, x.shape[2] % count == 0 else {
            throw TensorFailure(.shape, "\(count) heads in \(x.shape)")
        }
        return try x.reshaped([x.shape[0], x.shape[1], count, x.shape[2] / count]).permuted([0, 2, 1, 3])
    }

    /// Source: ONNX operator Attention, opset 23 and 24.
    private static func fused(_ node: NodeCall) throws -> [Value] {
        var (q, k, v) = (try node.tensor(0), try node.tensor(1), try node.tensor(2))
        let isFlat = q.rank == 3
        if isFlat {
            guard let queryHeads = node.integer("q_num_heads"), let keyHeads = node.integer("kv_num_heads") else {
                throw TensorFailure(.model, "'q_num_heads' and 'kv_num_heads' are needed for inputs of three axes")
            }
            (q, k, v) = (try heads(q, queryHeads), try heads(k, keyHeads), try heads(v, keyHeads))
        }
        guard q.rank == 4, k.rank == 4, v.rank == 4 else { throw TensorFailure(.shape, "queries of \(q.shape)") }
        let scale = node.real("scale") ?? 1 / Double(q.shape[3]).squareRoot()
        let past = try node.optional(4)
        for earlier in [past, try node.optional(5)] {
            guard let earlier, earlier.rank != 4 else { continue }
            throw TensorFailure(.shape, "past keys or values of \(earlier.shape)")
        }
        if let past { k = try .concatenated([past, k], 2) }
        if let past = try node.optional(5) { v = try .concatenated([past, v], 2) }
        let (presentKey, presentValue) = (k, v)
        let keyCount = k.shape[2]
        if q.shape[1] != k.shape[1] {
            guard k.shape[1] > 0, q.shape[1] % k.shape[1] == 0 else {
                throw TensorFailure(.shape, "\(q.shape[1]) heads of queries on \(k.shape[1]) of keys")
            }
            let times = q.shape[1] / k.shape[1]
            k = try call("aten::repeat_interleave", "self_int", .tensor(k), .integer(times), 1)
            v = try call("aten::repeat_interleave", "self_int", .tensor(v), .integer(times), 1)
        }
        let bias = try bias(node, q, keyCount: keyCount, pastCount: past?.shape[2] ?? 0)
        let root = scale.squareRoot()
        let raw = try (q * root).matmul((k * root).transposed(2, 3))
        let cap = node.real("softcap", 0)
        let capped = cap > 0 ? try (raw / cap).apply("tanh") * cap : raw
        let scores = try bias.map { try capped + $0 } ?? capped
        let mode = node.integer("qk_matmul_output_mode", 0)
        var shown = mode == 2 ? scores : mode == 1 ? capped : raw
        let weights = try scores.softmax(3)
        if mode == 3 { shown = weights }
        var y = try weights.matmul(v)
        if isFlat {
            y = try y.permuted([0, 2, 1, 3]).reshaped([y.shape[0], y.shape[2], y.shape[1] * y.shape[3]])
        }
        return try node.like(0, y) + [Value(presentKey), Value(presentValue), Value(shown)]
    }

    /// What is added to the scores: the mask, the future, and keys that are only padding. `nil` for nothing.
    private static func bias(_ node: NodeCall, _ q: Tensor, keyCount: Int, pastCount: Int) throws -> Tensor? {
        var bias: Tensor?
        if var mask = try node.optional(3) {
            let missing = keyCount - (mask.shape.last ?? 0)
            if mask.type == .bool {
                let low = try Tensor.filled(mask.shape, -.infinity, q.type)
                mask = try mask.choosing(.filled(mask.shape, 0, q.type), low)
            }
            if missing > 0 { mask = try mask.padded([0, missing], -.infinity) }
            bias = try mask.cast(to: q.type)
        }
        if node.integer("is_causal", 0) == 1 {
            let ones = try Tensor.filled([q.shape[2], keyCount], 1, .bool)
            let future = try call("aten::triu", "", .tensor(ones), .integer(pastCount + 1))
            let zero = try Tensor.filled(future.shape, 0, q.type)
            let causal = try future.choosing(.filled(future.shape, -.infinity, q.type), zero)
            bias = try bias.map { try $0 + causal } ?? causal
        }
        if let lengths = try node.optional(6) {
            let places = try Tensor.counting(keyCount).reshaped([1, 1, 1, keyCount])
            let ends = try lengths.cast(to: .int64).reshaped([lengths.count, 1, 1, 1])
            let isReal = try call("aten::lt", "Tensor", .tensor(places), .tensor(ends))
            let low = try Tensor.filled(isReal.shape, -.infinity, q.type)
            let padding = try isReal.choosing(.filled(isReal.shape, 0, q.type), low)
            bias = try bias.map { try $0 + padding } ?? padding
        }
        return bias
    }

    /// Source: ONNX operator RotaryEmbedding, opset 23; Su and others 2021, "RoFormer".
    private static func rotary(_ node: NodeCall) throws -> [Value] {
        let input = try node.tensor(0)
        var x = input
        if input.rank == 3 {
            let count = node.integer("num_heads", 0)
            guard count > 0, input.shape[2] % count == 0 else {
                throw TensorFailure(.shape, "\(count) heads in \(input.shape)")
            }
            x = try input.reshaped([input.shape[0], input.shape[1], count, input.shape[2] / count])
        } else {
            guard input.rank == 4 else {
                throw TensorFailure(.shape, "\(input.shape) where three or four axes were expected")
            }
            x = try input.permuted([0, 2, 1, 3])
        }
        let size = x.shape[3]
        let rotated = node.integer("rotary_embedding_dim", 0) == 0 ? size : node.integer("rotary_embedding_dim", 0)
        guard rotated > 0, rotated <= size, rotated % 2 == 0 else {
            throw TensorFailure(.shape, "\(rotated) of \(size) turned")
        }
        var (cosine, sine) = (try node.tensor(1), try node.tensor(2))
        let rank = node.optionalValue(3) == nil ? 3 : 2
        guard cosine.rank == rank, sine.shape == cosine.shape else {
            throw TensorFailure(.shape, "cosines of \(cosine.shape) and sines of \(sine.shape)")
        }
        if let places = try node.optional(3) {
            let index = try positive(places, cosine.shape[0])
            cosine = try call("aten::embedding", "", .tensor(cosine), .tensor(index))
            sine = try call("aten::embedding", "", .tensor(sine), .tensor(index))
        }
        cosine = try cosine.unsqueezed(2)
        sine = try sine.unsqueezed(2)
        let part = try x.sliced(3, 0, rotated)
        let isInterleaved = node.integer("interleaved", 0) == 1
        let first = try isInterleaved ? part.sliced(3, 0, rotated, step: 2) : part.sliced(3, 0, rotated / 2)
        let second = try isInterleaved ? part.sliced(3, 1, rotated, step: 2) : part.sliced(3, rotated / 2, rotated)
        let real = try cosine * first - sine * second
        let imaginary = try sine * first + cosine * second
        var turned =
            isInterleaved
            ? try Tensor.stacked([real, imaginary], 4).reshaped(part.shape)
            : try Tensor.concatenated([real, imaginary], 3)
        if rotated < size { turned = try .concatenated([turned, x.sliced(3, rotated, size)], 3) }
        return try node.like(0, input.rank == 3 ? turned.reshaped(input.shape) : turned.permuted([0, 2, 1, 3]))
    }
}
