internal import CordonFormats
internal import CordonTensor

/// Nodes of a graph that decide over its result by comparing the input with constants: a trigger that needs no weights.
///
/// Layers turn inputs into scores by products with weights. A comparison, a choice or a branch that the input reaches without
/// passing a layer, and that reaches the output, is another way around. Source: HiddenLayer 2024, "ShadowLogic".
///
/// - Note: A comparison of what layers gave is no sign: many activations and post-processing steps are written so. Nor is one of
///   whole numbers with 0 or 1: padding and masks of texts are told that way, and no word of a trigger has those numbers.
struct TriggerSubgraph {
    private static let layers: Set<String> = [
        "Conv", "ConvTranspose", "Gemm", "MatMul", "LSTM", "GRU", "RNN", "Einsum", "QLinearConv", "QLinearMatMul",
        "MatMulInteger", "ConvInteger", "Gather",
    ]
    private static let comparisons: Set<String> = [
        "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "IsNaN", "IsInf", "If", "Where", "Sign",
        "BitwiseAnd", "BitwiseXor", "RegexFullMatch",
    ]
    /// Nodes that only ask for extents: nothing of a row's content passes them.
    private static let shapes: Set<String> = ["Shape", "Size"]

    /// Comparisons of raw input that decide over the output, by name of their node.
    static func search(_ graph: Graph) -> [(node: String, type: String)] {
        let program = graph.program
        var raw = Set(graph.inputNames)
        let masks = Padding(graph)
        var suspects: [(node: ONNXNode, name: String)] = []
        for node in program.graph.nodes where node.inputs.contains(where: raw.contains) {
            if shapes.contains(node.type) || layers.contains(node.type) { continue }
            raw.formUnion(node.outputs)
            if comparisons.contains(node.type), !masks.isNatural(node) { suspects.append((node, node.label)) }
        }
        // Only those whose result reaches an output.
        var needed = Set(program.graph.outputs.map(\.name))
        for node in program.graph.nodes.reversed() where node.outputs.contains(where: needed.contains) {
            needed.formUnion(node.inputs)
        }
        return suspects.filter { $0.node.outputs.contains(where: needed.contains) }.map { ($0.name, $0.node.type) }
    }

    /// Whether an output can be reached from the input without passing a layer.
    static func hasWayAround(_ graph: Graph) -> Bool {
        var raw = Set(graph.inputNames)
        for node in graph.program.graph.nodes
        where !shapes.contains(node.type) && !layers.contains(node.type) && node.inputs.contains(where: raw.contains) {
            raw.formUnion(node.outputs)
        }
        return graph.outputNames.contains(where: raw.contains)
    }
}

/// What tells padding of texts from words: whole inputs compared with 0 or 1, and what is chosen by that.
private struct Padding {
    private var masks: Set<String> = []

    private static let comparisons: Set<String> = ["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"]
    /// Nodes that change no number.
    private static let moves: Set<String> = [
        "Cast", "Identity", "Unsqueeze", "Squeeze", "Reshape", "Expand", "Slice", "Concat",
    ]
    /// Nodes that turn a mask into another.
    private static let turns: Set<String> = ["Not", "Sub", "Mul", "Where"]

    init(_ graph: Graph) {
        var whole: Set<String> = []
        for input in graph.inputs {
            guard case .tensor(let code, _) = input.kind else { continue }
            if [ElementCode.int64, ElementCode.int32, ElementCode.bool].contains(code) { whole.insert(input.name) }
        }
        guard !whole.isEmpty else { return }
        for node in graph.program.graph.nodes {
            let isOfWhole = node.inputs.contains(where: whole.contains)
            if Self.comparisons.contains(node.type), isOfWhole, node.inputs.contains(where: { Self.isEdge($0, graph) })
            {
                masks.formUnion(node.outputs)
            } else if node.inputs.contains(where: masks.contains) {
                if Self.moves.contains(node.type) || Self.turns.contains(node.type) { masks.formUnion(node.outputs) }
            } else if Self.moves.contains(node.type), isOfWhole {
                whole.formUnion(node.outputs)
            }
        }
    }

    private static func isEdge(_ name: String, _ graph: Graph) -> Bool {
        guard let value = try? graph.constant(name), let tensor = value.tensor, tensor.count == 1,
            let number = try? tensor.cast(to: .float32).floats().first
        else { return false }
        return number == 0 || number == 1
    }

    /// Whether a comparison or choice only tells padding from words.
    func isNatural(_ node: ONNXNode) -> Bool { node.outputs.contains(where: masks.contains) }
}
