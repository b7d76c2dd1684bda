internal import CordonFormats
internal import TorchABI

extension Graph {
    /// Gradients of a number that is computed from a graph's values.
    public struct Gradients: Sendable {
        /// The number.
        public let loss: Double
        /// Gradients by name of an input or weight; names that the number does not depend on are missing.
        public let values: [String: Tensor]
    }

    /// Differentiates a number with respect to inputs and weights.
    ///
    /// - Parameters:
    ///   - inputs: values of all inputs by name.
    ///   - names: inputs and weights whose gradients are wanted; floating-point ones.
    ///   - wanted: values that `loss` gets; `nil` for all outputs.
    ///   - loss: makes one number from the values, with recorded operations.
    /// - Throws: where an operator has no gradient — rounding, comparisons and trees have none, and what lies before them
    ///   is missing from the result.
    package func gradients(
        _ inputs: [String: Value], of names: [String], wanted: [String]? = nil, options: RunOptions = RunOptions(),
        loss: ([String: Value]) throws -> Tensor
    ) throws -> Gradients {
        let plan = try plan(keeping: wanted ?? [], isOptimised: false)
        return try Engine.recording(true) {
            var (leaves, values, overrides): ([String: Tensor], [String: Value], [String: Value]) = ([:], inputs, [:])
            for name in names {
                let given = try inputs[name] ?? constant(name)
                guard case .tensor(let tensor, let code)? = given, tensor.type.isFloating else {
                    throw TensorFailure(.type, "'\(name)' is no floating-point input or weight")
                }
                let leaf = try tensor.detached()
                try leaf.trackGradient()
                leaves[name] = leaf
                if inputs[name] != nil {
                    values[name] = .tensor(leaf, code: code)
                } else {
                    overrides[name] = .tensor(leaf, code: code)
                }
            }
            let results = try run(values, wanted ?? outputNames, plan, overrides, options)
            let number = try loss(results)
            let order = leaves.keys.sorted()
            let found = try number.gradients(order.compactMap { leaves[$0] })
            var gradients: [String: Tensor] = [:]
            for (name, gradient) in zip(order, found) { gradients[name] = gradient }
            return Gradients(loss: try number.detached().doubles().reduce(0, +), values: gradients)
        }
    }
}

extension Tensor {
    /// Makes this tensor one whose gradient is wanted.
    func trackGradient(_ on: Bool = true) throws(TensorFailure) {
        var failure = cordon_error()
        let table = try Engine.table()
        let isDone = withExtendedLifetime(self) { table.set_requires_gradient(handle, on, &failure) }
        guard isDone else { throw TensorFailure(failure) }
    }

    /// Whether operations on this tensor are recorded.
    var tracksGradient: Bool {
        guard let table = try? Engine.table() else { return false }
        return withExtendedLifetime(self) { table.requires_gradient(handle) }
    }

    /// Gradients of the sum of this tensor; `nil` for those that it does not depend on.
    func gradients(_ inputs: [Tensor], keepsGraph: Bool = false) throws -> [Tensor?] {
        let table = try Engine.table()
        var failure = cordon_error()
        var found = [OpaquePointer?](repeating: nil, count: inputs.count)
        let handles: [OpaquePointer?] = inputs.map(\.handle)
        let isDone = withExtendedLifetime((self, inputs)) {
            table.gradients(handle, handles, Int64(handles.count), keepsGraph, &found, &failure)
        }
        guard isDone else { throw TensorFailure(failure) }
        var tensors: [Tensor?] = []
        for handle in found { tensors.append(try handle.map { try Tensor(owning: $0, table) }) }
        return tensors
    }
}
