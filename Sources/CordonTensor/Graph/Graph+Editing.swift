internal import CordonFormats

extension Graph {
    /// Replaces a weight. The shape and element type stay.
    ///
    /// - Throws: where there is no weight of this name, or the new one does not fit.
    public mutating func setWeight(_ name: String, _ tensor: Tensor) throws {
        guard let place = program.graph.constants.firstIndex(where: { $0.name == name }) else {
            throw TensorFailure(.model, "no weight '\(name)'; 'cordon model info' lists the model's values")
        }
        let old = program.graph.constants[place]
        guard old.shape == tensor.shape else {
            throw TensorFailure(.shape, "weight '\(name)' has the shape \(old.shape), not \(tensor.shape)")
        }
        guard let type = ElementCode.element(old.type) else { throw OperatorSet.unknown(old.type) }
        replace(place, with: try Value.tensor(tensor.cast(to: type), code: old.type).constant(name: name))
    }

    /// A weight's elements.
    public func weight(_ name: String) throws -> Tensor {
        guard let tensor = try constant(name)?.tensor else { throw TensorFailure(.model, "no weight '\(name)'") }
        return tensor
    }

    /// Makes channels of a node's result zero by making their weights and bias zero.
    ///
    /// - Parameters:
    ///   - node: name of a convolution, or of a product with a constant matrix.
    ///   - channels: places along the axis of the result's channels.
    public mutating func maskChannels(of node: String, _ channels: [Int]) throws {
        guard let found = program.graph.nodes.first(where: { $0.name == node || $0.outputs.first == node }) else {
            throw TensorFailure(.model, "no node '\(node)'")
        }
        let (weights, axis): (String, Int)
        switch found.type {
        case "Conv": (weights, axis) = (found.inputs[1], 0)
        case "Gemm":
            var isTransposed = false
            if case .integer(let flag)? = found.attributes["transB"] { isTransposed = flag != 0 }
            (weights, axis) = (found.inputs[1], isTransposed ? 0 : 1)
        case "MatMul": (weights, axis) = (found.inputs[1], -1)
        default:
            throw TensorFailure(.unsupported, "node '\(node)' is a \(found.type), which has no channels of its own")
        }
        try zero(weights, axis, channels)
        if found.type != "MatMul", found.inputs.count > 2, !found.inputs[2].isEmpty {
            try zero(found.inputs[2], -1, channels)
        }
    }

    private mutating func zero(_ name: String, _ axis: Int, _ channels: [Int]) throws {
        let tensor = try weight(name)
        let place = axis < 0 ? axis + tensor.rank : axis
        guard place >= 0, place < tensor.rank, channels.allSatisfy({ $0 >= 0 && $0 < tensor.shape[place] }) else {
            throw TensorFailure(.shape, "channels \(channels) of '\(name)' \(tensor.shape)")
        }
        let index = try Tensor(channels.map(Int64.init), shape: [channels.count])
        try setWeight(
            name, call("aten::index_fill", "int_Scalar", .tensor(tensor), .integer(place), .tensor(index), .real(0)))
    }

    /// The model as the bytes of an ONNX file, weights inside. At most 2 GiB.
    public func onnx() throws(TensorFailure) -> [UInt8] {
        do { return try ONNXWriter.write(program) } catch { throw TensorFailure(.model, error.reason) }
    }

    private mutating func replace(_ place: Int, with constant: ONNXConstant) {
        update { $0.graph.constants[place] = constant }
    }
}
