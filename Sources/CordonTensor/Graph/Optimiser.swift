internal import CordonFormats

/// Makes a graph quicker to run without changing what it gives, up to rounding.
///
/// Constants are computed once; scales and shifts behind a convolution move into its weights; activations that exporters
/// write in parts become one operator; products of quantised matrices run as products of numbers. Values that somebody
/// wants to read are left as they are. Never used where gradients flow: weights there are the user's own.
struct Optimiser {
    private var nodes: [ONNXNode?]
    private(set) var constants: [String: Value]
    private let versions: [String: Int]
    /// Operators that the model defines itself: what they do is not known here.
    private let functions: Set<ONNXOperator>
    /// Names that must stay.
    private let kept: Set<String>
    private var producer: [String: Int] = [:]
    private var consumers: [String: [Int]] = [:]

    /// Most bytes of a constant that is computed ahead.
    private static let foldLimit = 256 << 20

    /// Changes the nodes and constants of a source.
    static func run(_ source: inout Plan.Source) {
        var optimiser = Optimiser(source)
        optimiser.foldConstants()
        optimiser.index()
        for index in optimiser.nodes.indices {
            guard optimiser.usesStandardOperators else { break }
            optimiser.absorbScaling(index)
            optimiser.fuseGelu(index)
            optimiser.fuseHardSwish(index)
            optimiser.fuseIntegerProduct(index)
        }
        optimiser.arrangeWeights()
        source.nodes = optimiser.nodes.compactMap { $0 }
        let used = optimiser.usedNames(source)
        source.constants = optimiser.constants.filter { used.contains($0.key) }
    }

    private init(_ source: Plan.Source) {
        // A node that gives nothing does nothing.
        nodes = source.nodes.map { $0.outputs.contains { !$0.isEmpty } ? $0 : nil }
        constants = source.constants
        versions = source.versions
        functions = Set(source.functions.keys)
        kept = source.keeps.union(source.outputs.map(\.name)).union(source.inputs.map(\.name))
        // A constant that callers may replace is none.
        for input in source.inputs { constants[input.name] = nil }
        replaceable = source.constants.filter { name, _ in source.inputs.contains { $0.name == name } }
    }

    private let replaceable: [String: Value]

    /// Whether the model leaves the standard operators' meaning alone, which what follows relies on.
    private var usesStandardOperators: Bool { !functions.contains { $0.domain.isEmpty || $0.domain == "cordon" } }

    /// A node of the standard operator set.
    private func standard(_ index: Int?) -> ONNXNode? {
        guard let index, let node = nodes[index], node.domain.isEmpty else { return nil }
        return node
    }

    private func usedNames(_ source: Plan.Source) -> Set<String> {
        var used = Set(source.outputs.map(\.name)).union(source.keeps)
        for node in source.nodes {
            used.formUnion(node.inputs)
            used.formUnion(Self.captured(node))
        }
        return used
    }

    private static func captured(_ node: ONNXNode) -> Set<String> {
        var names: Set<String> = []
        for case .graph(let graph) in node.attributes.values {
            names.formUnion(graph.outputs.map(\.name))
            for inner in graph.nodes {
                names.formUnion(inner.inputs)
                names.formUnion(captured(inner))
            }
        }
        return names
    }

    private mutating func index() {
        producer = [:]
        consumers = [:]
        for (index, node) in nodes.enumerated() {
            guard let node else { continue }
            for name in node.outputs where !name.isEmpty { producer[name] = index }
            for name in Set(node.inputs).union(Self.captured(node)) where !name.isEmpty {
                consumers[name, default: []].append(index)
            }
        }
    }

    // MARK: Constants

    private mutating func foldConstants() {
        let run = GraphRun(RunOptions())
        for index in nodes.indices {
            guard let node = nodes[index], !node.outputs.contains(where: kept.contains), !node.outputs.isEmpty,
                let op = OperatorSet.all[ONNXOperator(domain: node.domain, type: node.type)], op.isPure,
                !functions.contains(ONNXOperator(domain: node.domain, type: node.type)),
                node.inputs.allSatisfy({ $0.isEmpty || constants[$0] != nil }),
                !node.attributes.values.contains(where: { if case .graph = $0 { true } else { false } })
            else { continue }
            let values = node.inputs.map { $0.isEmpty ? nil : constants[$0] }
            guard let results = try? run.evaluate(op, node, values, version: versions[node.domain] ?? 1),
                results.count >= node.outputs.count,
                results.reduce(0, { $0 + ($1.tensor.map { $0.count * $0.type.byteCount } ?? 0) }) <= Self.foldLimit
            else { continue }
            for (name, value) in zip(node.outputs, results) where !name.isEmpty { constants[name] = value }
            nodes[index] = nil
        }
        for (name, value) in replaceable { constants[name] = value }
    }

    // MARK: Looking

    /// The only node that reads a value which nobody else may see.
    private func onlyReader(_ name: String) -> Int? {
        guard !kept.contains(name), let readers = consumers[name], readers.count == 1, let node = nodes[readers[0]],
            node.inputs.count(where: { $0 == name }) == 1, !Self.captured(node).contains(name)
        else { return nil }
        return readers[0]
    }

    /// The number that a constant of one element holds.
    private func number(_ name: String) -> Double? {
        guard replaceable[name] == nil, case .tensor(let tensor, _)? = constants[name], tensor.count == 1 else {
            return nil
        }
        return try? tensor.doubles()[0]
    }

    private func isNumber(_ name: String, _ wanted: Double) -> Bool {
        number(name).map { abs($0 - wanted) <= 1e-4 * abs(wanted) + 1e-12 } ?? false
    }

    /// The input of a node of two that is not this one.
    private func other(_ node: ONNXNode, _ name: String) -> String? {
        guard node.inputs.count == 2 else { return nil }
        return node.inputs[0] == name ? node.inputs[1] : node.inputs[0]
    }

    private mutating func replace(_ indices: [Int], with node: ONNXNode) {
        for index in indices {
            guard let spent = nodes[index] else { continue }
            for name in spent.inputs { consumers[name]?.removeAll { $0 == index } }
            for name in spent.outputs { producer[name] = nil }
            nodes[index] = nil
        }
        // The last of them has everything ready.
        let place = indices.max() ?? 0
        nodes[place] = node
        for name in node.outputs where !name.isEmpty { producer[name] = place }
        for name in Set(node.inputs) where !name.isEmpty { consumers[name, default: []].append(place) }
    }

    private func fresh(_ base: String) -> String {
        var name = base + "/cordon"
        while constants[name] != nil || producer[name] != nil { name += "'" }
        return name
    }

    // MARK: Convolutions

    /// conv(x)·s + t is a convolution with weights w·s and bias b·s + t.
    private mutating func absorbScaling(_ index: Int) {
        guard let start = nodes[index], start.type == "Conv", start.domain.isEmpty, start.inputs.count >= 2 else {
            return
        }
        var conv = start
        var last = index
        while let output = conv.outputs.first, let reader = onlyReader(output), let next = nodes[reader],
            let (scale, shift) = scaling(next, of: output, weights: weights(conv)), !next.outputs.isEmpty,
            let scaled = try? scaledWeights(conv, scale, shift)
        {
            let (weights, bias) = (fresh(conv.inputs[1]), fresh(conv.inputs[1] + "/bias"))
            constants[weights] = scaled.weights
            constants[bias] = scaled.bias
            conv.inputs = [conv.inputs[0], weights, bias]
            conv.outputs = [next.outputs[0]]
            replace([last, reader], with: conv)
            last = reader
        }
    }

    /// Weights of convolutions lie as the kernels want them, once instead of at every run.
    private mutating func arrangeWeights() {
        for case let conv? in nodes where conv.type == "Conv" && conv.domain.isEmpty && conv.inputs.count >= 2 {
            guard case .tensor(let weights, let code)? = constants[conv.inputs[1]], replaceable[conv.inputs[1]] == nil,
                weights.rank == 4, let arranged = try? weights.channelsLast()
            else { continue }
            constants[conv.inputs[1]] = .tensor(arranged, code: code)
        }
    }

    private func weights(_ conv: ONNXNode) -> (channels: Int, rank: Int)? {
        guard replaceable[conv.inputs[1]] == nil, case .tensor(let tensor, _)? = constants[conv.inputs[1]],
            tensor.rank >= 3,
            tensor.type.isFloating
        else { return nil }
        return (tensor.shape[0], tensor.rank)
    }

    /// The scale and shift per channel that a node applies; `nil` for any other node.
    private func scaling(_ node: ONNXNode, of name: String, weights: (channels: Int, rank: Int)?) -> (
        scale: Tensor?, shift: Tensor?
    )? {
        guard let (channels, rank) = weights, node.domain.isEmpty else { return nil }
        func row(_ name: String) -> Tensor? {
            guard replaceable[name] == nil, let tensor = constants[name]?.tensor, tensor.type.isFloating else {
                return nil
            }
            // More axes would change the result's.
            guard tensor.rank <= rank else { return nil }
            if tensor.count == 1 { return try? tensor.reshaped([]).expanded([channels]) }
            // Channels are the second axis of the result: [C, 1, 1] or [1, C, 1, 1] for pictures.
            let place = tensor.rank - (rank - 1)
            guard place >= 0, tensor.count == channels, tensor.shape[place] == channels else { return nil }
            return try? tensor.reshaped([channels])
        }
        switch node.type {
        case "Mul": return other(node, name).flatMap(row).map { ($0, nil) }
        case "Add": return other(node, name).flatMap(row).map { (nil, $0) }
        case "BatchNormalization":
            guard node.inputs.count == 5, node.inputs[0] == name, node.outputs.count == 1,
                !node.attributes.keys.contains("training_mode")
            else { return nil }
            var epsilon = 1e-5
            if case .float(let given)? = node.attributes["epsilon"] { epsilon = Double(given) }
            let parts = node.inputs[1...].compactMap { replaceable[$0] == nil ? constants[$0]?.tensor : nil }
            guard parts.count == 4, parts.allSatisfy({ $0.count == channels }),
                let inverse = try? (parts[3] + epsilon).apply("rsqrt"), let scale = try? parts[0] * inverse,
                let shift = try? parts[1] - parts[2] * scale
            else { return nil }
            return (scale, shift)
        default: return nil
        }
    }

    private func scaledWeights(_ conv: ONNXNode, _ scale: Tensor?, _ shift: Tensor?) throws -> (
        weights: Value, bias: Value
    ) {
        guard case .tensor(let weights, let code)? = constants[conv.inputs[1]] else {
            throw TensorFailure(.model, "no weights")
        }
        var bias = try Tensor.filled([weights.shape[0]], 0, weights.type)
        if conv.inputs.count > 2, !conv.inputs[2].isEmpty {
            guard replaceable[conv.inputs[2]] == nil, let given = constants[conv.inputs[2]]?.tensor else {
                throw TensorFailure(.model, "a bias that is computed")
            }
            bias = given
        }
        var result = weights
        if let scale {
            result = try weights * scale.reshaped([weights.shape[0]] + weights.shape.dropFirst().map { _ in 1 })
            bias = try bias * scale
        }
        if let shift { bias = try bias + shift }
        return (
            .tensor(try result.cast(to: weights.type), code: code), .tensor(try bias.cast(to: weights.type), code: code)
        )
    }

    // MARK: Activations

    /// x · (1 + erf(x / √2)) / 2, in the orders in which exporters write it.
    private mutating func fuseGelu(_ index: Int) {
        guard let erf = standard(index), erf.type == "Erf", let scaled = erf.inputs.first,
            let output = erf.outputs.first,
            let first = producer[scaled], let division = standard(first), onlyReader(scaled) == index
        else { return }
        let x: String
        if division.type == "Div", division.inputs.count == 2, isNumber(division.inputs[1], 2.0.squareRoot()) {
            x = division.inputs[0]
        } else if division.type == "Mul",
            let constant = division.inputs.first(where: { isNumber($0, 0.5.squareRoot()) }),
            let data = other(division, constant)
        {
            x = data
        } else {
            return
        }
        guard let second = onlyReader(output), let sum = standard(second), sum.type == "Add",
            other(sum, output).map({ isNumber($0, 1) }) ?? false, let third = onlyReader(sum.outputs[0]),
            let product = standard(third), product.type == "Mul", let factor = other(product, sum.outputs[0])
        else { return }
        var spent = [first, index, second, third]
        var result = product.outputs[0]
        if factor == x || isNumber(factor, 0.5) {
            guard let fourth = onlyReader(result), let last = standard(fourth), last.type == "Mul",
                let rest = other(last, result), factor == x ? isNumber(rest, 0.5) : rest == x
            else { return }
            spent.append(fourth)
            result = last.outputs[0]
        } else {
            guard let half = producer[factor], let node = standard(half), node.type == "Mul",
                onlyReader(factor) == third,
                node.inputs.contains(x), other(node, x).map({ isNumber($0, 0.5) }) ?? false
            else { return }
            spent.append(half)
        }
        replace(spent, with: ONNXNode("Gelu", name: erf.name, domain: "cordon", inputs: [x], outputs: [result]))
    }

    /// x · min(max(x + 3, 0), 6) / 6.
    private mutating func fuseHardSwish(_ index: Int) {
        guard let clip = standard(index), clip.type == "Clip", let moved = clip.inputs.first,
            let output = clip.outputs.first,
            bounds(clip) == [0, 6], let first = producer[moved], let sum = standard(first), sum.type == "Add",
            onlyReader(moved) == index, let constant = sum.inputs.first(where: { isNumber($0, 3) }),
            let x = other(sum, constant), let second = onlyReader(output), let next = standard(second)
        else { return }
        func divides(_ node: ONNXNode, _ name: String) -> Bool {
            guard let factor = other(node, name) else { return false }
            return node.type == "Div"
                ? node.inputs[0] == name && isNumber(factor, 6) : node.type == "Mul" && isNumber(factor, 1.0 / 6)
        }
        func multiplies(_ node: ONNXNode, _ name: String) -> Bool { node.type == "Mul" && other(node, name) == x }
        guard let third = onlyReader(next.outputs[0]), let last = standard(third),
            (multiplies(next, output) && divides(last, next.outputs[0]))
                || (divides(next, output) && multiplies(last, next.outputs[0]))
        else { return }
        replace(
            [first, index, second, third],
            with: ONNXNode("HardSwish", name: clip.name, inputs: [x], outputs: [last.outputs[0]]))
    }

    private func bounds(_ clip: ONNXNode) -> [Double]? {
        if case .float(let low)? = clip.attributes["min"], case .float(let high)? = clip.attributes["max"] {
            return [Double(low), Double(high)]
        }
        guard clip.inputs.count == 3, let low = number(clip.inputs[1]), let high = number(clip.inputs[2]) else {
            return nil
        }
        return [low, high]
    }

    // MARK: Quantised products

    /// The integer product, its conversion and its scale as one product of numbers: what follows is a number anyway.
    private mutating func fuseIntegerProduct(_ index: Int) {
        guard let product = nodes[index], product.type == "MatMulInteger", product.domain.isEmpty,
            product.inputs.count >= 2,
            replaceable[product.inputs[1]] == nil, let weights = constants[product.inputs[1]]?.tensor,
            let second = onlyReader(product.outputs[0]), let cast = standard(second), cast.type == "Cast",
            case .integer(ElementCode.float32)? = cast.attributes["to"], let third = onlyReader(cast.outputs[0]),
            let scaling = standard(third), scaling.type == "Mul", let scale = other(scaling, cast.outputs[0])
        else { return }
        var centred = try? weights.cast(to: .float32)
        if product.inputs.count > 3, !product.inputs[3].isEmpty {
            guard replaceable[product.inputs[3]] == nil, let zero = constants[product.inputs[3]]?.tensor,
                zero.rank <= 1, let whole = centred, let shift = try? zero.cast(to: .float32)
            else { return }
            centred = try? whole - shift
        }
        guard let centred else { return }
        let name = fresh(product.inputs[1])
        constants[name] = Value(centred)
        let zero = product.inputs.count > 2 ? product.inputs[2] : ""
        // One zero point for all: what DynamicQuantizeLinear gives, or a constant of one element.
        guard
            zero.isEmpty || number(zero) != nil
                || standard(producer[zero])?.type == "DynamicQuantizeLinear",
            !scaling.outputs.isEmpty
        else { return }
        replace(
            [index, second, third],
            with: ONNXNode(
                "CentredMatMul", name: product.name, domain: "cordon", inputs: [product.inputs[0], name, zero, scale],
                outputs: [scaling.outputs[0]]))
    }
}
