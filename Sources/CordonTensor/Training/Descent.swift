/// Minimises a number by changing tensors: a trigger, a mask, factors of channels, weights.
///
/// Holds copies of what it starts from; the tensors that were given stay.
package final class Descent {
    /// What is changed, as it is now.
    package let parameters: [Tensor]
    private let updater: WeightUpdater

    /// - Parameter start: floating-point tensors.
    package init(
        _ start: [Tensor], optimizer: OptimizerKind = .adam(), weightDecay: Double = 0
    ) throws {
        parameters = try start.map { tensor in
            let copy = try call("aten::clone", "", .tensor(tensor.detached()))
            try copy.trackGradient()
            return copy
        }
        updater = WeightUpdater(optimizer, parameters, decay: weightDecay)
    }

    /// One step downhill.
    ///
    /// - Parameters:
    ///   - rate: length of the step.
    ///   - loss: makes one number of the parameters, with recorded operations; called twice for optimizers that climb first.
    /// - Returns: the number before the step.
    @discardableResult
    package func step(rate: Double, _ loss: ([Tensor]) throws -> Tensor) throws -> Double {
        func differentiate() throws -> (value: Tensor, gradients: [Tensor?]) {
            try Engine.recording(true) {
                let value = try loss(parameters)
                return (value, try value.gradients(parameters))
            }
        }
        var (value, gradients) = try differentiate()
        try Engine.recording(false) {
            if updater.climbs { try updater.climb(gradients) }
        }
        if updater.climbs { gradients = try differentiate().gradients }
        try Engine.recording(false) { try updater.step(gradients, rate: rate) }
        value = try value.detached()
        let number = try value.doubles().reduce(0, +)
        guard number.isFinite else { throw TensorFailure(.model, "what is made small is not a number any more") }
        return number
    }

    /// Limits every element of one parameter, as the projection of a projected descent.
    package func clamp(_ place: Int, _ low: Double, _ high: Double) throws {
        try Engine.recording(false) {
            _ = try call("aten::clamp_", "", .tensor(parameters[place]), .real(low), .real(high))
        }
    }

    /// Copies of the parameters that do not change any more.
    package func values() throws -> [Tensor] {
        try parameters.map { try call("aten::clone", "", .tensor($0.detached())) }
    }
}

extension Graph {
    /// Runs the graph so that gradients flow from its values to the tensors given: for the loss of a ``Descent``.
    ///
    /// - Parameters:
    ///   - inputs: values of all inputs by name.
    ///   - weights: tensors that stand for weights, by name.
    ///   - wanted: names of outputs or values in between.
    package func recorded(
        _ inputs: [String: Tensor], weights: [String: Tensor] = [:], wanted: [String],
        options: RunOptions = RunOptions()
    ) throws -> [String: Tensor] {
        let plan = try plan(keeping: wanted, isOptimised: false)
        let results = try run(
            inputs.mapValues { Value($0) }, wanted, plan, weights.mapValues { Value($0) }, options)
        return results.compactMapValues(\.tensor)
    }
}

extension Tensor {
    /// Gradients of the sum of what `body` makes of tensors, in their order; zeros where it does not depend on one.
    package static func gradients(
        _ tensors: [Tensor], of body: ([Tensor]) throws -> Tensor
    ) throws -> (value: Tensor, gradients: [Tensor]) {
        try Engine.recording(true) {
            let leaves = try tensors.map { tensor in
                let leaf = try tensor.detached()
                try leaf.trackGradient()
                return leaf
            }
            let value = try body(leaves)
            let found = try value.gradients(leaves)
            return (
                try value.detached(),
                try zip(leaves, found).map { try $1 ?? .filled($0.shape, 0, $0.type) }
            )
        }
    }
}
