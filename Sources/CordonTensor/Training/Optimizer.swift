/// How weights follow gradients.
public enum OptimizerKind: Hashable, Sendable {
    /// Gradient descent with momentum (Polyak 1964), Nesterov's form where wanted.
    case sgd(momentum: Double = 0.9, isNesterov: Bool = false)
    /// Kingma and Ba 2015; decay of weights apart from the gradient as in Loshchilov and Hutter 2019.
    case adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)
    /// Sharpness-aware minimisation (Foret and others 2021): the gradient is taken a step of length `rho` uphill; the
    /// step itself is one of gradient descent with momentum. Two passes per step.
    case sam(rho: Double = 0.05, momentum: Double = 0.9)
}

/// The state of an optimizer for some weights, which it changes in place.
final class WeightUpdater {
    private let kind: OptimizerKind
    private let decay: Double
    let weights: [Tensor]
    private var first: [Tensor] = []
    private var second: [Tensor] = []
    private var steps = 0
    /// Moves of the last climb, to be undone.
    private var climbed: [Tensor] = []

    init(_ kind: OptimizerKind, _ weights: [Tensor], decay: Double) {
        self.kind = kind
        self.weights = weights
        self.decay = decay
    }

    /// Whether a step needs the gradient at the top of a climb.
    var climbs: Bool {
        if case .sam = kind { true } else { false }
    }

    /// Moves the weights uphill by `rho` along the gradient.
    func climb(_ gradients: [Tensor?]) throws {
        guard case .sam(let rho, _) = kind else { return }
        var squares: Tensor?
        for gradient in gradients.compactMap({ $0 }) {
            let part = try (gradient * gradient).apply("sum")
            squares = try squares.map { try $0 + part } ?? part
        }
        guard let squares else { return }
        let scale = rho / (try squares.doubles()[0].squareRoot() + 1e-12)
        climbed = []
        for (weight, gradient) in zip(weights, gradients) {
            let move = try gradient.map { try $0 * scale } ?? Tensor.filled(weight.shape, 0, weight.type)
            try call("aten::add_", "Tensor", .tensor(weight), .tensor(move))
            climbed.append(move)
        }
    }

    /// Undoes the climb and goes one step downhill.
    func step(_ gradients: [Tensor?], rate: Double) throws {
        for (weight, move) in zip(weights, climbed) { try call("aten::sub_", "Tensor", .tensor(weight), .tensor(move)) }
        climbed = []
        steps += 1
        if first.isEmpty { first = try weights.map { try .filled($0.shape, 0, $0.type) } }
        switch kind {
        case .sgd(let momentum, let isNesterov): try descend(gradients, rate, momentum, isNesterov)
        case .sam(_, let momentum): try descend(gradients, rate, momentum, false)
        case .adam(let beta1, let beta2, let epsilon):
            if second.isEmpty { second = try weights.map { try .filled($0.shape, 0, $0.type) } }
            let (scale1, scale2) = (1 - power(beta1, steps), 1 - power(beta2, steps))
            for (index, weight) in weights.enumerated() {
                guard let gradient = gradients[index] else { continue }
                if decay > 0 { try call("aten::mul_", "Scalar", .tensor(weight), .real(1 - rate * decay)) }
                try call("aten::lerp_", "Scalar", .tensor(first[index]), .tensor(gradient), .real(1 - beta1))
                try call("aten::mul_", "Scalar", .tensor(second[index]), .real(beta2))
                try call(
                    "aten::addcmul_", "", .tensor(second[index]), .tensor(gradient), .tensor(gradient), .real(1 - beta2)
                )
                let spread = try second[index].apply("sqrt")
                try call("aten::mul_", "Scalar", .tensor(spread), .real(1 / scale2.squareRoot()))
                try call("aten::add_", "Scalar", .tensor(spread), .real(epsilon))
                try call(
                    "aten::addcdiv_", "", .tensor(weight), .tensor(first[index]), .tensor(spread), .real(-rate / scale1)
                )
            }
        }
    }

    private func descend(_ gradients: [Tensor?], _ rate: Double, _ momentum: Double, _ isNesterov: Bool) throws {
        for (index, weight) in weights.enumerated() {
            guard var gradient = gradients[index] else { continue }
            if decay > 0 { gradient = try gradient + weight.detached() * decay }
            if momentum > 0 {
                try call("aten::mul_", "Scalar", .tensor(first[index]), .real(momentum))
                try call("aten::add_", "Tensor", .tensor(first[index]), .tensor(gradient))
                gradient = isNesterov ? try gradient + first[index] * momentum : first[index]
            }
            try call("aten::add_", "Tensor", .tensor(weight), .tensor(gradient), .real(-rate))
        }
    }

    private func power(_ base: Double, _ exponent: Int) -> Double {
        (0..<min(exponent, 100_000)).reduce(1.0) { value, _ in value * base }
    }
}
