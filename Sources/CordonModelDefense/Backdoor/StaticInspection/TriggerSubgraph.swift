internal import CordonFormats
internal import CordonTensor

/// Nodes of a graph that decide over its result by comparing the input with constants: a trigger that needs no weights.
///
/// Layers turn inputs into scores by products with weights. A comparison, a choice or a branch that the input reaches without
/// passing a layer, and that reaches the output, is another way around. Source: HiddenLayer 2024, "ShadowLogic".
///
/// - Note: A comparison of what layers gave is no sign: many activations and post-processing steps are written so.
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
        var suspects: [(node: ONNXNode, name: String)] = []
        for node in program.graph.nodes where node.inputs.contains(where: raw.contains) {
            if shapes.contains(node.type) || layers.contains(node.type) { continue }
            raw.formUnion(node.outputs)
            if comparisons.contains(node.type) { suspects.append((node, node.label)) }
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
