internal import CordonTensor

/// What a model makes of rows in its layers.
struct Representation {
    let graph: Graph
    let input: String
    let fetch: @Sendable ([Int]) throws -> Tensor

    private static let widest = 1024
    private static let block = 512
    private static let activations: Set<String> = [
        "Relu", "LeakyRelu", "Elu", "Gelu", "HardSwish", "Tanh", "Sigmoid", "GlobalAveragePool", "ReduceMean",
    ]

    /// Names of the last layers, the last one first.
    func layers(_ most: Int) -> [String] { Array(graph.values(of: Self.activations).suffix(most).reversed()) }

    /// Numbers of some rows in a layer, `rows · width`: places of a picture are averaged. `nil` where they are too many.
    func numbers(_ rows: [Int], layer: String) throws -> (numbers: Tensor, width: Int)? {
        var parts: [Tensor] = []
        for start in stride(from: 0, to: rows.count, by: Self.block) {
            let chosen = Array(rows[start..<min(rows.count, start + Self.block)])
            guard var value = try graph([input: fetch(chosen)], wanted: [layer])[layer] else { return nil }
            if value.rank == 4 { value = try value.mean([2, 3]) }
            guard value.rank >= 2, value.shape[0] == chosen.count else { return nil }
            let width = value.shape[1...].reduce(1, *)
            guard width <= Self.widest, width > 1 else { return nil }
            parts.append(try value.reshaped([chosen.count, width]))
        }
        guard let first = parts.first else { return nil }
        return (try Tensor.concatenated(parts, 0), first.shape[1])
    }
}
