package import CordonFormats
internal import Synchronization

/// What an operator keeps between runs of one node.
final class NodeMemory: Sendable {
    let made = Mutex<(any Sendable)?>(nil)
}

/// What a node's operator gets to work with.
struct NodeCall {
    let node: ONNXNode
    /// `nil` for inputs that are left out.
    let inputs: [Value?]
    /// Version of the node's operator set.
    let version: Int
    /// Runs subgraphs and knows the limits.
    let run: GraphRun
    /// Values that are visible to subgraphs of this node.
    let scope: Scope
    /// Subgraphs by attribute.
    let bodies: [String: Plan.Body]
    /// What the operator made of the node's attributes before.
    var memory: NodeMemory?

    /// Something made of the attributes alone, made at the first run and kept for those after it.
    func prepared<Made: Sendable>(_ make: () throws -> Made) rethrows -> Made {
        if let known = memory?.made.withLock({ $0 }) as? Made { return known }
        let made = try make()
        memory?.made.withLock { $0 = made }
        return made
    }

    // MARK: Inputs

    /// The value of an input that must be there.
    func value(_ index: Int) throws(TensorFailure) -> Value {
        guard inputs.indices.contains(index), let value = inputs[index] else {
            throw TensorFailure(.model, "input \(index) is missing")
        }
        return value
    }

    /// The value of an input that may be left out.
    func optionalValue(_ index: Int) -> Value? { inputs.indices.contains(index) ? inputs[index] : nil }

    /// The tensor of an input that must be there.
    func tensor(_ index: Int) throws(TensorFailure) -> Tensor {
        let value = try value(index)
        guard let tensor = value.tensor else {
            throw TensorFailure(.type, "input \(index) is a \(value.kind), not a tensor of numbers")
        }
        return tensor
    }

    /// The tensor of an input that may be left out.
    func optional(_ index: Int) throws(TensorFailure) -> Tensor? {
        optionalValue(index) == nil ? nil : try tensor(index)
    }

    /// ONNX's code of an input's type; 0 for a value without one.
    func code(_ index: Int) -> Int {
        switch optionalValue(index) {
        case .tensor(_, let code): code
        case .texts: ElementCode.text
        default: 0
        }
    }

    /// The whole numbers of a small input.
    func integers(input index: Int) throws -> [Int]? {
        guard let tensor = try optional(index) else { return nil }
        guard tensor.count <= 1 << 20 else {
            throw TensorFailure(.shape, "input \(index) has \(tensor.count) elements")
        }
        return try tensor.integers().map(Self.bounded)
    }

    /// Extents, places and counts beyond any tensor are cut to 2⁴⁰ in size, so that sums of them do not overflow.
    private static func bounded(_ number: Int) -> Int { max(-(1 << 40), min(1 << 40, number)) }

    /// The texts of an input.
    func texts(_ index: Int) throws(TensorFailure) -> (elements: [String], shape: [Int]) {
        let value = try value(index)
        guard case .texts(let elements, let shape) = value else {
            throw TensorFailure(.type, "input \(index) is a \(value.kind), not text")
        }
        return (elements, shape)
    }

    // MARK: Attributes

    func has(_ name: String) -> Bool { node.attributes[name] != nil }

    /// A whole number that counts or chooses: cut to 2³¹ in size. Numbers that are data are ``exact(_:)``.
    func integer(_ name: String) -> Int? { exact(name).map { max(-(1 << 31), min(1 << 31, $0)) } }

    /// A whole number as it is in the file.
    func exact(_ name: String) -> Int? {
        if case .integer(let number) = node.attributes[name] { return number }
        return nil
    }
    func integer(_ name: String, _ standard: Int) -> Int { integer(name) ?? standard }

    func real(_ name: String) -> Double? {
        if case .float(let number) = node.attributes[name] { return Double(number) }
        return nil
    }
    func real(_ name: String, _ standard: Double) -> Double { real(name) ?? standard }

    func text(_ name: String) -> String? {
        if case .text(let bytes) = node.attributes[name] { return String(decoding: bytes, as: UTF8.self) }
        return nil
    }
    func text(_ name: String, _ standard: String) -> String { text(name) ?? standard }

    /// Whole numbers that count or choose: each cut to 2⁴⁰ in size.
    func integers(_ name: String) -> [Int]? { exacts(name)?.map(Self.bounded) }

    /// Whole numbers as they are in the file.
    func exacts(_ name: String) -> [Int]? {
        if case .integers(let numbers) = node.attributes[name] { return numbers }
        return nil
    }
    func reals(_ name: String) -> [Double]? {
        if case .floats(let numbers) = node.attributes[name] { return numbers.map(Double.init) }
        return nil
    }
    func texts(_ name: String) -> [String]? {
        if case .texts(let texts) = node.attributes[name] { return texts.map { String(decoding: $0, as: UTF8.self) } }
        return nil
    }
    func constant(_ name: String) throws(TensorFailure) -> Value? {
        if case .tensor(let constant) = node.attributes[name] { return try Value(constant) }
        return nil
    }
    func graph(_ name: String) throws(TensorFailure) -> Plan.Body {
        guard let body = bodies[name] else { throw TensorFailure(.model, "attribute '\(name)' is no graph") }
        return body
    }

    // MARK: Results

    /// Number of outputs that somebody uses.
    var outputCount: Int { node.outputs.lastIndex { !$0.isEmpty }.map { $0 + 1 } ?? 0 }

    /// A result of the same ONNX type as an input.
    func like(_ index: Int, _ tensor: Tensor) throws(TensorFailure) -> [Value] {
        let code = code(index)
        guard ElementCode.element(code) == tensor.type else { return [Value(tensor)] }
        return [.tensor(tensor, code: code)]
    }

    /// An axis counted from the front.
    func axis(_ axis: Int, rank: Int) throws(TensorFailure) -> Int {
        let positive = axis < 0 ? axis + rank : axis
        guard axis > -(1 << 20), positive >= 0, positive < rank else {
            throw TensorFailure(.shape, "axis \(axis) of a tensor with \(rank) axes")
        }
        return positive
    }

    /// Axes counted from the front, each once.
    func axes(_ axes: [Int], rank: Int) throws(TensorFailure) -> [Int] {
        guard axes.count <= 64 else { throw TensorFailure(.shape, "\(axes.count) axes") }
        var found: [Int] = []
        for entry in axes {
            let axis = try axis(entry, rank: rank)
            guard !found.contains(axis) else { throw TensorFailure(.shape, "axis \(axis) is named twice") }
            found.append(axis)
        }
        return found
    }
}

/// An operator that graphs may use.
struct Operator: Sendable {
    /// How it treats 16-bit floating-point numbers, for which libtorch has few kernels on a processor.
    enum Half: Sendable {
        /// It moves elements and does not compute with them, or looks at their type itself.
        case asIs
        /// Inputs are widened to 32 bits and results narrowed.
        case widened
    }
    typealias Body = @Sendable (NodeCall) throws -> [Value]

    let name: String
    let domain: String
    /// First version of the operator set whose form of the operator is known.
    let since: Int
    let half: Half
    /// Whether results depend on nothing but inputs and attributes.
    let isPure: Bool
    let body: Body

    init(
        _ name: String, domain: String = "", since: Int = 1, half: Half = .widened, isPure: Bool = true,
        _ body: @escaping Body
    ) {
        self.name = name
        self.domain = domain
        self.since = since
        self.half = half
        self.isPure = isPure
        self.body = body
    }
}

extension Operator {
    /// The same operator, also for texts: their places are moved, and the texts follow.
    fileprivate var movingTexts: Operator {
        let body = body
        return Operator(name, domain: domain, since: since, half: half, isPure: isPure) { node in
            var (texts, hasTexts): ([String], Bool) = ([], false)
            var inputs = node.inputs
            for (index, value) in inputs.enumerated() {
                guard case .texts(let elements, let shape)? = value else { continue }
                guard texts.count + elements.count <= OperatorSet.textLimit else {
                    throw TensorFailure(.memory, "more than \(OperatorSet.textLimit) texts")
                }
                let places = try Tensor.counting(elements.count) + Double(texts.count)
                inputs[index] = .tensor(try places.reshaped(shape), code: ElementCode.int64)
                texts += elements
                hasTexts = true
            }
            guard hasTexts else { return try body(node) }
            let moved = NodeCall(
                node: node.node, inputs: inputs, version: node.version, run: node.run, scope: node.scope,
                bodies: node.bodies, memory: node.memory)
            return try body(moved).map { value in
                guard let tensor = value.tensor else { return value }
                guard tensor.count <= OperatorSet.textLimit else {
                    throw TensorFailure(.memory, "more than \(OperatorSet.textLimit) texts in one value")
                }
                let places = try tensor.integers()
                guard places.allSatisfy(texts.indices.contains) else {
                    throw TensorFailure(.type, "texts cannot be computed with")
                }
                return .texts(places.map { texts[$0] }, shape: tensor.shape)
            }
        }
    }
}

/// Every operator that graphs may use.
package enum OperatorSet {
    /// Highest version of the standard operator set. Operators that are new after 24 are reported as not supported.
    package static let newest = 27
    static let all: [ONNXOperator: Operator] = {
        var table: [ONNXOperator: Operator] = [:]
        let groups = [
            arithmetic, comparisons, activations, reductions, shapes, indexing, convolutions, pooling, normalisations,
            matrices, attention, recurrent, quantisation, images, sequences, control, random, losses, signals, texts,
            classicalText, trees, classical, microsoft,
        ]
        for group in groups {
            for op in group {
                table[ONNXOperator(domain: op.domain, type: op.name)] = movers.contains(op.name) ? op.movingTexts : op
            }
        }
        return table
    }()

    /// Operators that only move elements, so that they may be texts.
    private static let movers: Set<String> = [
        "ArrayFeatureExtractor", "Compress", "Concat", "Expand", "Flatten", "Gather", "GatherElements", "GatherND",
        "Reshape", "Slice", "Split", "Squeeze", "Tile", "Transpose", "Unsqueeze", "Where", "ScatterElements",
        "ScatterND", "DepthToSpace", "SpaceToDepth", "ReverseSequence",
    ]

    /// Names of all operators, domain in front where it is not the standard one, in order.
    package static var names: [String] {
        all.keys.filter { $0.domain != "cordon" }.map { $0.domain.isEmpty ? $0.type : "\($0.domain).\($0.type)" }
            .sorted()
    }

    /// Whether a node of this operator can be run.
    package static func knows(_ name: ONNXOperator) -> Bool { all[name] != nil }
}
