internal import CordonSigning

extension Inventory {
    /// Compares the weights of every model with those of the base that lies beside it: a step that the weights bear out is
    /// verified, and one that they speak against is a contradiction.
    ///
    /// - Parameter root: the folder that was read.
    /// - Complexity: O(bytes of the compared models).
    package mutating func verifyWeights(in root: String) async {
        let models = Dictionary(
            assets.filter { $0.kind == .model }.map { ($0.node, $0) }, uniquingKeysWith: { first, _ in first })
        for (number, edge) in graph.edges.enumerated() {
            guard edge.relation.isDerivation, edge.relation != .distilledFrom, edge.relation != .adapterOf,
                let child = models[edge.from], let base = models[edge.to],
                let comparison = try? await ModelComparison.compare(
                    root + "/" + base.location, root + "/" + child.location)
            else { continue }
            switch comparison.verdict {
            case .identical, .sameLineage:
                graph.raise(
                    number, to: .verified,
                    Evidence(
                        file: child.location,
                        place: "\(comparison.tensors.count) tensors compared: \(comparison.verdict.rawValue)"))
            case .noRelation where !comparison.tensors.isEmpty:
                graph.problem(
                    .contradiction,
                    "'\(child.name)' is said to come from '\(base.name)', and their weights have nothing in common",
                    file: edge.evidence.first?.file ?? child.location)
            default: continue
            }
        }
    }
}
