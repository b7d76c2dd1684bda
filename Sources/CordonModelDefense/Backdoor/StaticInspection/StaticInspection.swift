internal import CordonFormats
internal import CordonTensor
internal import Glibc

/// What a model's file shows without running it.
struct StaticInspection {
    /// What was seen, the worst first.
    let remarks: [ModelVerdict.Remark]
    /// Parts that were not looked at, and why.
    let notEvaluated: [(check: String, reason: String)]

    private static let listed = 4
    /// Weights of trained layers are smaller by orders of magnitude.
    private static let largestWeight = 1e6

    init(_ graph: Graph) {
        var remarks: [ModelVerdict.Remark] = []
        var open: [(String, String)] = []
        func note(_ kind: ModelVerdict.Remark.Kind, _ level: ModelVerdict.Level, _ text: String) {
            remarks.append(ModelVerdict.Remark(kind: kind, level: level, description: text))
        }
        let custom = graph.unsupported
        if !custom.isEmpty {
            let names = custom.map(\.name).prefix(Self.listed).joined(separator: ", ")
            note(.customOperators, .suspect, "operators that are in no standard and could do anything: \(names)")
        }
        let subgraph = TriggerSubgraph.search(graph)
        if !subgraph.isEmpty {
            let names = subgraph.prefix(Self.listed).map { "\($0.node) (\($0.type))" }.joined(separator: ", ")
            let around = TriggerSubgraph.hasWayAround(graph)
            note(
                .triggerSubgraph, around ? .backdoored : .suspect,
                "the input is compared beside the layers, and the result \(around ? "reaches the output without them" : "flows into them"): \(names)"
            )
        }
        do {
            try Self.weights(graph, note, &open)
        } catch { open.append(("weights", "\(error)")) }
        do {
            let outliers = try ChannelLipschitz.search(graph)
            if !outliers.isEmpty {
                let names = outliers.prefix(Self.listed).map {
                    "channel \($0.channel) of \($0.node) (\(Float(($0.score * 10).rounded() / 10)) deviations)"
                }
                note(.outlierChannels, .clean, "outputs grow most in " + names.joined(separator: ", "))
            }
        } catch { open.append(("channel Lipschitz", "\(error)")) }
        self.remarks = remarks.sorted { ($1.level, $0.kind.rawValue) < ($0.level, $1.kind.rawValue) }
        notEvaluated = open
    }

    private static func weights(
        _ graph: Graph, _ note: (ModelVerdict.Remark.Kind, ModelVerdict.Level, String) -> Void,
        _ open: inout [(String, String)]
    ) throws {
        var skipped = 0
        for name in graph.weightNames {
            guard let tensor = try graph.constant(name)?.tensor else { continue }
            guard tensor.type == .float32 else {
                skipped += 1
                continue
            }
            try tensor.withBytes { bytes in
                for hit in HiddenPayload.search(bytes, named: name) {
                    note(
                        .hiddenPayload, .suspect,
                        "the lowest \(hit.bits == 1 ? "bit" : "\(hit.bits) bits") of '\(name)' hold \(hit.content)")
                }
                let numbers = bytes.bindMemory(to: Float.self)
                let strange = numbers.count { !$0.isFinite || abs(Double($0)) > largestWeight }
                if strange > 0 {
                    note(
                        .weights, .suspect,
                        "\(strange) of the \(numbers.count) weights of '\(name)' are no numbers or greater than a million"
                    )
                }
            }
        }
        if skipped > 0 { open.append(("low bits", "\(skipped) tensors are of another type than float32")) }
    }
}
