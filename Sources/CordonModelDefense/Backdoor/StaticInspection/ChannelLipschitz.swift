internal import CordonFormats
internal import CordonTensor
internal import Glibc

/// Channels that can make their output grow far more than the others of their layer do.
///
/// The bound of a channel is the greatest singular value of its kernel, times the scale of a batch normalisation behind it.
/// Source: Zheng and others 2022, "Data-free Backdoor Removal Based on Channel Lipschitzness", section 4.
///
/// - Note: Clean models have such channels as well; they are told, and decide nothing by themselves.
struct ChannelLipschitz {
    /// One channel.
    struct Outlier {
        let node: String
        let channel: Int
        /// Deviations above the mean of its layer.
        let score: Double
    }

    private static let least = 4.0
    private static let fewestChannels = 8
    private static let largestLayer = 1 << 24

    /// Channels of all convolutions, the strangest first.
    static func search(_ graph: Graph) throws -> [Outlier] {
        var found: [Outlier] = []
        for node in graph.program.graph.nodes where node.type == "Conv" && node.inputs.count > 1 {
            guard let weights = try graph.constant(node.inputs[1])?.tensor, weights.rank == 4,
                weights.shape[0] >= fewestChannels, weights.count <= largestLayer
            else { continue }
            let shape = weights.shape
            var bounds = try weights.cast(to: .float32).reshaped([shape[0], shape[1], shape[2] * shape[3]])
                .greatestSingularValues().doubles()
            if let scales = try scales(behind: node, graph), scales.count == bounds.count {
                for place in bounds.indices { bounds[place] *= abs(scales[place]) }
            }
            guard bounds.allSatisfy(\.isFinite) else { continue }
            let mean = bounds.reduce(0, +) / Double(bounds.count)
            let deviation = (bounds.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(bounds.count)).squareRoot()
            guard deviation > 0 else { continue }
            for (channel, bound) in bounds.enumerated() where (bound - mean) / deviation > least {
                found.append(Outlier(node: node.label, channel: channel, score: (bound - mean) / deviation))
            }
        }
        return found.sorted { ($1.score, $0.node) < ($0.score, $1.node) }
    }

    /// What a batch normalisation that reads the node's result multiplies channels with.
    private static func scales(behind node: ONNXNode, _ graph: Graph) throws -> [Double]? {
        guard let output = node.outputs.first,
            let next = graph.program.graph.nodes.first(where: { $0.inputs.first == output }),
            next.type == "BatchNormalization", next.inputs.count == 5,
            let scale = try graph.constant(next.inputs[1])?.tensor?.doubles(),
            let variance = try graph.constant(next.inputs[4])?.tensor?.doubles(), variance.count == scale.count
        else { return nil }
        return zip(scale, variance).map { $0 / (max(0, $1) + 1e-5).squareRoot() }
    }
}
