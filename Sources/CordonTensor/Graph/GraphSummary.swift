internal import CordonFormats

/// What `cordon model info` tells of a graph. Nothing is run.
public struct GraphSummary: Sendable {
    /// An input or output.
    public struct Value: Sendable {
        /// Its name.
        public let name: String
        /// Element type and extents, for people.
        public let description: String
    }
    /// An operator and how many nodes use it.
    public struct Use: Sendable {
        /// Its name, the domain in front where it is not the standard one.
        public let name: String
        /// Nodes that use it.
        public let nodes: Int
        /// Whether it can be run.
        public let isSupported: Bool
    }
    /// Name and version of the tool that wrote the file.
    public let producer: String
    /// Operator sets as "15" or "ai.onnx.ml 3".
    public let operatorSets: [String]
    /// What must be given.
    public let inputs: [Value]
    /// What comes out.
    public let outputs: [Value]
    /// Nodes, those of subgraphs included.
    public let nodes: Int
    /// Elements of floating-point constants with at least one axis that some node reads.
    public let parameters: Int
    /// Elements of all constants by type, most first.
    public let types: [(name: String, elements: Int)]
    /// Operators, the most used first.
    public let operators: [Use]
    /// The value before the last weights: what detectors look at unless told otherwise.
    public let lastHidden: String?

    /// Looks at a graph.
    public init(_ graph: Graph) {
        let program = graph.program
        producer = [program.producer.name, program.producer.version].filter { !$0.isEmpty }.joined(separator: " ")
        operatorSets = program.operatorSets.sorted { $0.key < $1.key }.map {
            $0.key.isEmpty ? "\($0.value)" : "\($0.key) \($0.value)"
        }
        inputs = graph.inputs.map { Value(name: $0.name, description: Self.describe($0.kind)) }
        outputs = graph.outputs.map { Value(name: $0.name, description: Self.describe($0.kind)) }
        var counts: [ONNXOperator: Int] = [:]
        func visit(_ nodes: [ONNXNode]) {
            for node in nodes {
                counts[ONNXOperator(domain: node.domain, type: node.type), default: 0] += 1
                for case .graph(let inner) in node.attributes.values { visit(inner.nodes) }
            }
        }
        visit(program.graph.nodes)
        for function in program.functions { visit(function.nodes) }
        nodes = counts.values.reduce(0, +)
        let own = Set(program.functions.map { ONNXOperator(domain: $0.domain, type: $0.name) })
        operators = counts.map { key, count in
            Use(
                name: key.domain.isEmpty ? key.type : "\(key.domain).\(key.type)", nodes: count,
                isSupported: OperatorSet.knows(key) || own.contains(key))
        }.sorted { ($1.nodes, $0.name) < ($0.nodes, $1.name) }
        var elements: [String: Int] = [:]
        for constant in program.graph.constants {
            elements[ONNXConstant.typeName(constant.type), default: 0] += constant.count ?? 0
        }
        types = elements.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
        let weights = Set(graph.weightNames)
        parameters = program.graph.constants.reduce(0) { $0 + (weights.contains($1.name) ? $1.count ?? 0 : 0) }
        lastHidden = graph.lastHiddenName
    }

    private static func describe(_ kind: ONNXValueInfo.Kind) -> String {
        switch kind {
        case .tensor(let type, let shape):
            ONNXConstant.typeName(type) + " " + (shape.map(Graph.describe) ?? "of any shape")
        case .sequence(let element): "sequence of \(describe(element))"
        case .optional(let element): "optional \(describe(element))"
        case .other: "maps or another type"
        }
    }
}

extension Graph {
    /// The value that the last weights of the model read: the last hidden layer of a classifier or regressor.
    ///
    /// Found by walking back from the first output, through nodes without weights, to the nearest node that multiplies
    /// with a constant matrix or kernel; its data input is the hidden layer. `nil` for models without such a node, such as
    /// trees.
    public var lastHiddenName: String? {
        var producer: [String: ONNXNode] = [:]
        for node in program.graph.nodes { for name in node.outputs { producer[name] = node } }
        // The output that trains most often: the first of floating-point numbers.
        let start =
            outputs.first { info in
                if case .tensor(let type, _) = info.kind {
                    return type == ElementCode.float32 || type == ElementCode.float16 || type == ElementCode.float64
                }
                return false
            } ?? outputs.first
        var (queue, seen): ([String], Set<String>) = (start.map { [$0.name] } ?? [], [])
        while !queue.isEmpty {
            let name = queue.removeFirst()
            guard seen.insert(name).inserted, let node = producer[name] else { continue }
            let weighs = ["Gemm", "MatMul", "Conv", "FusedMatMul", "MatMulInteger", "QLinearMatMul"].contains(node.type)
            if weighs, let data = node.inputs.first(where: { !isConstant($0, producer) }),
                node.inputs.contains(where: { isConstant($0, producer) })
            {
                return inputNames.contains(data) ? nil : data
            }
            queue += node.inputs.filter { !$0.isEmpty }
        }
        return nil
    }

    private func isConstant(_ name: String, _ producer: [String: ONNXNode]) -> Bool {
        if hasConstant(name) { return true }
        guard let node = producer[name] else { return false }
        if node.type == "Constant" { return true }
        // A weight that is cast, reshaped or dequantised first.
        let movers: Set<String> = [
            "Cast", "DequantizeLinear", "Transpose", "Reshape", "Identity", "Mul", "Squeeze", "Unsqueeze",
        ]
        return movers.contains(node.type) && node.inputs.allSatisfy { $0.isEmpty || hasConstant($0) }
    }
}
