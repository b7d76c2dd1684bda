extension OperatorSet {
    /// Recurrent networks. Source: ONNX operators RNN, GRU and LSTM.
    static let recurrent: [Operator] = [
        Operator("LSTM") { node in try Recurrence(node, gates: 4, body: lstm).run(cell: true) },
        Operator("GRU") { node in try Recurrence(node, gates: 3, body: gru).run(cell: false) },
        Operator("RNN") { node in try Recurrence(node, gates: 1, body: simple).run(cell: false) },
    ]

    /// One direction's weights.
    struct RecurrentWeights {
        let recurrent: Tensor
        let recurrentBias: Tensor?
        let peepholes: [Tensor]?
        let activations: [(Tensor) throws -> Tensor]
    }

    private struct Recurrence {
        typealias Step = (NodeCall, RecurrentWeights, _ input: Tensor, _ h: Tensor, _ c: Tensor?) throws -> (
            Tensor, Tensor?
        )
        let node: NodeCall
        let gates: Int
        let body: Step
        let size: Int
        let isBatchFirst: Bool

        init(_ node: NodeCall, gates: Int, body: @escaping Step) throws {
            self.node = node
            self.gates = gates
            self.body = body
            let recurrent = try node.tensor(2)
            guard recurrent.rank == 3 else { throw TensorFailure(.shape, "recurrent weights of \(recurrent.shape)") }
            size = node.integer("hidden_size", recurrent.shape[2])
            isBatchFirst = node.integer("layout", 0) == 1
            guard size == recurrent.shape[2], recurrent.shape[1] == gates * size else {
                throw TensorFailure(.shape, "recurrent weights of \(recurrent.shape) for \(size) hidden values")
            }
            if node.integer("input_forget", 0) != 0 { throw TensorFailure(.unsupported, "'input_forget'") }
        }

        func run(cell: Bool) throws -> [Value] {
            var x = try node.tensor(0)
            guard x.rank == 3 else { throw TensorFailure(.shape, "a sequence of \(x.shape)") }
            if isBatchFirst { x = try x.transposed(0, 1) }
            let (steps, batch) = (x.shape[0], x.shape[1])
            guard steps <= 1 << 20 else { throw TensorFailure(.shape, "a sequence of \(steps) steps") }
            let weights = try node.tensor(1)
            let direction = node.text("direction", "forward")
            let count = direction == "bidirectional" ? 2 : 1
            guard weights.rank == 3, weights.shape[0] == count, weights.shape[1] == gates * size,
                weights.shape[2] == x.shape[2]
            else { throw TensorFailure(.shape, "weights of \(weights.shape) for a sequence of \(x.shape)") }
            let lengths = try node.integers(input: 4)
            if let lengths, lengths.count != batch || !lengths.allSatisfy({ $0 >= 0 && $0 <= steps }) {
                throw TensorFailure(.shape, "\(lengths.count) lengths for \(batch) sequences of \(steps) steps")
            }
            var (all, lastH, lastC): ([Tensor], [Tensor], [Tensor]) = ([], [], [])
            for index in 0..<count {
                let backward = direction == "reverse" || index == 1
                let (ys, h, c) = try pass(x, index, backward, lengths, cell)
                all.append(ys)
                lastH.append(h)
                if let c { lastC.append(c) }
            }
            // [steps, directions, batch, size]
            var y = try Tensor.stacked(all, 1)
            var (h, c) = (try Tensor.stacked(lastH, 0), try cell ? Tensor.stacked(lastC, 0) : nil)
            if isBatchFirst {
                y = try y.permuted([2, 0, 1, 3])
                h = try h.transposed(0, 1)
                c = try c?.transposed(0, 1)
            }
            return [Value(y), Value(h)] + (c.map { [Value($0)] } ?? [])
        }

        private func pass(
            _ x: Tensor, _ index: Int, _ backward: Bool, _ lengths: [Int]?, _ cell: Bool
        ) throws -> (Tensor, Tensor, Tensor?) {
            let (steps, batch) = (x.shape[0], x.shape[1])
            let clip = node.real("clip", 0)
            var (inputBias, recurrentBias): (Tensor?, Tensor?)
            if let bias = try node.optional(3) {
                guard bias.rank == 2, bias.shape[1] == 2 * gates * size else {
                    throw TensorFailure(.shape, "a bias of \(bias.shape)")
                }
                let row = try bias.selected(0, index)
                inputBias = try row.sliced(0, 0, gates * size)
                recurrentBias = try row.sliced(0, gates * size, 2 * gates * size)
            }
            var peepholes: [Tensor]?
            if cell, let given = try node.optional(7) {
                guard given.rank == 2, given.shape[1] == 3 * size else {
                    throw TensorFailure(.shape, "peepholes of \(given.shape)")
                }
                let row = try given.selected(0, index)
                peepholes = try (0..<3).map { try row.sliced(0, $0 * size, ($0 + 1) * size) }
            }
            let weights = RecurrentWeights(
                recurrent: try node.tensor(2).selected(0, index).transposed(0, 1), recurrentBias: recurrentBias,
                peepholes: peepholes, activations: try activations(index, clip))
            // One product for all steps.
            let flat = try x.reshaped([steps * batch, x.shape[2]])
            var projected = try flat.matmul(node.tensor(1).selected(0, index).transposed(0, 1))
            if let inputBias { projected = try projected + inputBias }
            projected = try projected.reshaped([steps, batch, gates * size])
            var h = try start(5, index, batch, x.type)
            var c = cell ? try start(6, index, batch, x.type) : nil
            var outputs = [Tensor?](repeating: nil, count: steps)
            let zero = try Tensor.filled([batch, size], 0, x.type)
            for number in 0..<steps {
                try node.run.tick()
                let step = backward ? steps - 1 - number : number
                let (nextH, nextC) = try body(node, weights, projected.selected(0, step), h, c)
                guard let lengths, lengths.contains(where: { $0 <= step }) else {
                    (h, c) = (nextH, nextC)
                    outputs[step] = nextH
                    continue
                }
                // Sequences that are over keep their state and give zeros.
                let isOn = try Tensor.of(lengths.map { $0 > step }, shape: [batch, 1], type: .bool)
                h = try isOn.choosing(nextH, h)
                if let before = c, let nextC { c = try isOn.choosing(nextC, before) }
                outputs[step] = try isOn.choosing(nextH, zero)
            }
            let kept = outputs.compactMap { $0 }
            let all = kept.isEmpty ? try Tensor.filled([0, batch, size], 0, x.type) : try Tensor.stacked(kept, 0)
            return (all, h, c)
        }

        private func start(_ input: Int, _ index: Int, _ batch: Int, _ type: ElementType) throws -> Tensor {
            guard var given = try node.optional(input) else { return try .filled([batch, size], 0, type) }
            if isBatchFirst { given = try given.transposed(0, 1) }
            guard given.rank == 3, given.shape[1] == batch, given.shape[2] == size, given.shape[0] > index else {
                throw TensorFailure(.shape, "a first state of \(given.shape) for \(batch) sequences")
            }
            return try given.selected(0, index)
        }

        private func activations(_ index: Int, _ clip: Double) throws -> [(Tensor) throws -> Tensor] {
            let perDirection = gates == 4 ? 3 : gates == 3 ? 2 : 1
            let standard = gates == 1 ? ["Tanh"] : gates == 3 ? ["Sigmoid", "Tanh"] : ["Sigmoid", "Tanh", "Tanh"]
            let names = node.texts("activations") ?? standard + standard
            guard names.count >= (index + 1) * perDirection else {
                throw TensorFailure(.model, "\(names.count) activations")
            }
            let (alphas, betas) = (node.reals("activation_alpha") ?? [], node.reals("activation_beta") ?? [])
            return try (0..<perDirection).map { number in
                let place = index * perDirection + number
                let alpha = place < alphas.count ? alphas[place] : nil
                let beta = place < betas.count ? betas[place] : nil
                let function = try Self.activation(names[place], alpha, beta)
                return clip > 0 ? { try function($0.clamped(-clip, clip)) } : function
            }
        }

        private static func activation(
            _ name: String, _ alpha: Double?, _ beta: Double?
        ) throws -> (Tensor) throws -> Tensor {
            switch name.lowercased() {
            case "sigmoid": { try $0.apply("sigmoid") }
            case "tanh": { try $0.apply("tanh") }
            case "relu": { try $0.apply("relu") }
            case "softsign": { try $0 / ($0.apply("abs") + 1) }
            case "softplus": { try $0.apply("softplus") }
            case "affine": { try $0 * (alpha ?? 1) + (beta ?? 0) }
            case "leakyrelu": { try call("aten::leaky_relu", "", .tensor($0), .real(alpha ?? 0.01)) }
            case "elu": { try call("aten::elu", "", .tensor($0), .real(alpha ?? 1)) }
            case "hardsigmoid": { try affineClamped($0, alpha ?? 0.2, beta ?? 0.5) }
            case "scaledtanh": { try ($0 * (beta ?? 1)).apply("tanh") * (alpha ?? 1) }
            case "thresholdedrelu": { try call("aten::threshold", "", .tensor($0), .real(alpha ?? 1), 0) }
            default: throw TensorFailure(.unsupported, "activation '\(name)'")
            }
        }
    }

    private static func parts(_ x: Tensor, _ count: Int) throws -> [Tensor] {
        let size = x.shape[1] / count
        return try (0..<count).map { try x.sliced(1, $0 * size, ($0 + 1) * size) }
    }

    /// Gates in the order input, output, forget, cell.
    private static func lstm(
        _ node: NodeCall, _ w: RecurrentWeights, _ x: Tensor, _ h: Tensor, _ c: Tensor?
    ) throws -> (Tensor, Tensor?) {
        var sums = try x + h.matmul(w.recurrent)
        if let bias = w.recurrentBias { sums = try sums + bias }
        let gates = try parts(sums, 4)
        let (f, g, hidden) = (w.activations[0], w.activations[1], w.activations[2])
        let before = try c ?? Tensor.filled(h.shape, 0, h.type)
        let input = try f(w.peepholes.map { try gates[0] + $0[0] * before } ?? gates[0])
        let forget = try f(w.peepholes.map { try gates[2] + $0[2] * before } ?? gates[2])
        let next = try forget * before + input * g(gates[3])
        let output = try f(w.peepholes.map { try gates[1] + $0[1] * next } ?? gates[1])
        return (try output * hidden(next), next)
    }

    /// Gates in the order update, reset, hidden.
    private static func gru(
        _ node: NodeCall, _ w: RecurrentWeights, _ x: Tensor, _ h: Tensor, _: Tensor?
    ) throws -> (Tensor, Tensor?) {
        let size = h.shape[1]
        let inputs = try parts(x, 3)
        let isLinearFirst = node.integer("linear_before_reset", 0) != 0
        let recurrent = try (0..<3).map { try w.recurrent.sliced(1, $0 * size, ($0 + 1) * size) }
        let bias = try w.recurrentBias.map { bias in try (0..<3).map { try bias.sliced(0, $0 * size, ($0 + 1) * size) }
        }
        func gate(_ index: Int, _ state: Tensor) throws -> Tensor {
            let product = try state.matmul(recurrent[index])
            return try bias.map { try product + $0[index] } ?? product
        }
        let update = try w.activations[0](inputs[0] + gate(0, h))
        let reset = try w.activations[0](inputs[1] + gate(1, h))
        let inner = try isLinearFirst ? inputs[2] + reset * gate(2, h) : inputs[2] + gate(2, reset * h)
        let hidden = try w.activations[1](inner)
        return (try hidden + update * (h - hidden), nil)
    }

    private static func simple(
        _ node: NodeCall, _ w: RecurrentWeights, _ x: Tensor, _ h: Tensor, _: Tensor?
    ) throws -> (Tensor, Tensor?) {
        var sums = try x + h.matmul(w.recurrent)
        if let bias = w.recurrentBias { sums = try sums + bias }
        return (try w.activations[0](sums), nil)
    }
}
