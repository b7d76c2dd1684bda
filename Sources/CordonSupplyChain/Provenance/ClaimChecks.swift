internal import CordonCore
internal import CordonFormats
internal import CordonSigning

/// Holding what is said about lineage against itself and against the weights.
extension InventoryCollector {
    /// Two documents that name entirely different bases contradict each other.
    ///
    /// A GGUF file that says what it was converted from names the ancestor of that as its base: no contradiction.
    mutating func compareClaims() {
        let nodes = inventory.graph.nodes
        let names: (Set<Int>) -> String = { numbers in
            numbers.map { PrintableText.quoting(nodes[$0].name, limit: 120) }.sorted().joined(separator: ", ")
        }
        let grouped = Dictionary(
            grouping: claims.filter { !$0.source.hasSuffix("ancestor") && $0.source != "adapter file" }
        ) {
            $0.asset
        }
        for (asset, claims) in grouped.sorted(by: { $0.key < $1.key }) {
            // Every pair is compared: of more sources than anybody has, the first ones.
            let bySource = Dictionary(grouping: claims, by: \.source).sorted { $0.key < $1.key }.prefix(40)
            for (number, first) in bySource.enumerated() {
                for second in bySource.dropFirst(number + 1) {
                    var (one, two) = (Set(first.value.map(\.node)), Set(second.value.map(\.node)))
                    // The card of a merge and its recipe list the same models, each all of them.
                    let areLists =
                        first.key == "card" && second.key == "merge" && one.count > 1
                        && two.allSatisfy { nodes[$0].location == nil }
                    guard areLists || one.isDisjoint(with: two) else { continue }
                    let common = one.intersection(two)
                    one.subtract(common)
                    two.subtract(common)
                    if one.isEmpty || two.isEmpty { continue }
                    // What a tool wrote down may be an earlier step of the same family, or a repacked copy.
                    let isWeak =
                        !["card", "merge"].contains(first.key) && !first.key.hasPrefix("statement")
                        || !["card", "merge"].contains(second.key) && !second.key.hasPrefix("statement")
                    let own = AssetReference(inventory.assets[asset].name)
                    let isKin = one.contains { left in
                        two.contains { right in
                            let (a, b) = (AssetReference(nodes[left].name), AssetReference(nodes[right].name))
                            return a.isKin(b) || own.isKin(first.key == "card" ? b : a)
                        }
                    }
                    if isWeak || !common.isEmpty, isKin { continue }
                    inventory.graph.problem(
                        .contradiction,
                        "'\(PrintableText.quoting(inventory.assets[asset].name, limit: 120))' comes from \(names(one)) by \(first.value[0].file), and from \(names(two)) by \(second.value[0].file)",
                        file: first.value[0].file)
                }
            }
        }
    }

    /// A model that is said to come from one that lies beside it must share its tensors.
    mutating func compareWeights() {
        let models = Dictionary(
            inventory.assets.filter { $0.kind == .model }.map { ($0.node, $0) }, uniquingKeysWith: { first, _ in first }
        )
        for edge in inventory.graph.edges where edge.relation.isDerivation && edge.relation != .distilledFrom {
            guard let child = models[edge.from], let base = models[edge.to] else { continue }
            let (own, theirs) = (tensors(child), tensors(base))
            let reason =
                own.isEmpty || theirs.isEmpty ? sizes(child, base) : TensorLayout.contradiction(own, theirs)
            guard let reason else { continue }
            inventory.graph.problem(
                .contradiction,
                "'\(PrintableText.quoting(child.name, limit: 120))' is said to come from '\(PrintableText.quoting(base.name, limit: 120))', but \(reason)",
                file: edge.evidence.first?.file ?? child.location)
        }
    }

    /// A conversion to GGUF keeps the number of elements, but for a head that shares its matrix.
    private func sizes(_ child: InventoryAsset, _ base: InventoryAsset) -> String? {
        let counts = [child, base].map { asset -> Int? in
            guard let fact = asset.fact(.parameters), fact.grade == .verified else { return nil }
            return Int(fact.value)
        }
        guard child.values(.format).contains("gguf"), child.fact(.adapter) == nil, base.fact(.adapter) == nil,
            let own = counts[0], let theirs = counts[1], own > 10_000, theirs > 10_000,
            own > 2 * theirs || theirs > 2 * own
        else { return nil }
        return "it has \(own) parameters, and that one \(theirs)"
    }

    private func tensors(_ asset: InventoryAsset) -> [String: [Int]] {
        var result: [String: [Int]] = [:]
        for file in asset.files where file.path.hasSuffix(".safetensors") {
            for tensor in safetensors(file.path)?.tensors ?? [] { result[tensor.name] = tensor.shape }
        }
        return result
    }

    /// Circles and models of which no origin is known.
    mutating func judge() {
        for cycle in inventory.graph.cycles() {
            let edges = cycle.map { inventory.graph.edges[$0] }
            let names = (edges.map(\.from) + [edges.last?.to ?? 0]).map {
                PrintableText.quoting(inventory.graph.nodes[$0].name, limit: 100)
            }
            inventory.graph.problem(
                .cycle, "comes from itself: \(names.joined(separator: " ← "))",
                file: edges.last?.evidence.first?.file ?? "")
        }
        for asset in inventory.assets where asset.kind == .model {
            let edges = inventory.graph.outgoing[asset.node].map { inventory.graph.edges[$0] }
            let isKnown = edges.contains { $0.relation.isDerivation || $0.relation == .trainedOn }
            guard !isKnown, !inventory.graph.nodes[asset.node].isOrigin else { continue }
            inventory.graph.problem(
                .gap,
                "nothing says what '\(PrintableText.quoting(asset.name, limit: 160))' was made from: neither a base model nor training data",
                file: asset.files.first { FileRoles.isWeights(Self.last($0.path)[...]) }?.path ?? asset.location)
        }
    }
}

/// What names and shapes of tensors say about two models.
package enum TensorLayout {
    private static let prefixes: Set<Substring> = [
        "model", "transformer", "base_model", "module", "bert", "roberta", "distilbert", "language_model", "backbone",
        "encoder", "decoder", "gpt_neox", "text_model", "_orig_mod", "student", "network", "net",
    ]

    /// The name without wrappers in front, and without the marks of quantisation behind.
    package static func bare(_ name: String) -> String {
        var parts = name.split(separator: ".")[...]
        while parts.count > 1, let first = parts.first, prefixes.contains(first) { parts = parts.dropFirst() }
        var text = parts.joined(separator: ".")
        for (ending, plain) in [
            (".qweight", ".weight"), (".lora_A.weight", ".weight"), (".lora_B.weight", ".weight"),
            (".lora_A.default.weight", ".weight"), (".lora_B.default.weight", ".weight"),
            (".base_layer.weight", ".weight"),
        ] where text.hasSuffix(ending) { text = String(text.dropLast(ending.count)) + plain }
        return text
    }

    /// Shapes by bare name; of several names that become one, the first in order.
    private static func bare(_ tensors: [String: [Int]]) -> [String: [Int]] {
        Dictionary(
            tensors.sorted { $0.key < $1.key }.map { (bare($0.key), $0.value) }, uniquingKeysWith: { first, _ in first }
        )
    }

    /// Why the first cannot come from the second; `nil` when names and shapes allow it.
    ///
    /// Heads, vocabularies, wrappers, adapters and quantised forms may differ; entirely other names or shapes may not.
    package static func contradiction(_ own: [String: [Int]], _ base: [String: [Int]]) -> String? {
        let isAdapter = own.keys.contains { $0.holds("lora_") || $0.holds("adapter") }
        // Of an adapter's small matrices nothing of the model is left once they are merged into it.
        if !isAdapter, base.keys.contains(where: { $0.holds("lora_") }) { return nil }
        let isQuantised = own.keys.contains {
            $0.hasSuffix(".qweight") || $0.hasSuffix(".qzeros") || $0.holds("quant")
        }
        let (mine, theirs) = (bare(own), bare(base))
        let shared = mine.keys.filter { theirs[$0] != nil }
        if isAdapter {
            let adapted = own.keys.filter { $0.holds("lora_") }.map(bare)
            if !adapted.isEmpty, adapted.allSatisfy({ theirs[$0] == nil }) {
                return "none of the \(Set(adapted).count) layers that it adapts is there"
            }
            let missing = Set(adapted.filter { theirs[$0] == nil })
            if missing.count * 4 > Set(adapted).count {
                return "\(missing.count) of the \(Set(adapted).count) layers that it adapts are not there"
            }
            // A of rank × inputs and B of outputs × rank go beside a matrix of outputs × inputs.
            let judged = own.compactMap { name, shape -> Bool? in
                let isInput = name.holds("lora_A")
                guard isInput || name.holds("lora_B"), shape.count == 2, let matrix = theirs[bare(name)],
                    matrix.count == 2
                else { return nil }
                return isInput ? shape[1] == matrix[1] : shape[0] == matrix[0]
            }
            return judged.count >= 2 && !judged.contains(true)
                ? "none of the \(judged.count) matrices that it adds fits the layers there" : nil
        }
        let smaller = min(mine.count, theirs.count)
        guard smaller >= 2 else { return nil }
        if shared.count * 10 < smaller {
            // Another naming scheme keeps the matrices: nearly as many of every shape.
            let shapes: ([String: [Int]]) -> [[Int]: Int] = { tensors in
                Dictionary(tensors.values.filter { $0.count > 1 }.map { ($0, 1) }, uniquingKeysWith: +)
            }
            let (one, two) = (shapes(mine), shapes(theirs))
            let common = one.reduce(0) { $0 + min($1.value, two[$1.key] ?? 0) }
            let larger = max(one.values.reduce(0, +), two.values.reduce(0, +))
            if common * 10 >= larger * 9 { return nil }
            return "\(shared.count) of \(smaller) tensors have a name in common"
        }
        if isQuantised {
            // Matrices are packed; what normalises has one element for each feature and is left as it is.
            let vectors = shared.filter { mine[$0]?.count == 1 && theirs[$0]?.count == 1 && $0.holds("norm") }
            let differs = vectors.count >= 2 && vectors.allSatisfy { mine[$0] != theirs[$0] }
            return differs ? "none of \(vectors.count) normalisations has the same width" : nil
        }
        let matrices = shared.filter { (mine[$0]?.count ?? 0) > 1 && (theirs[$0]?.count ?? 0) > 1 }
        let alike = matrices.filter { name in
            guard let one = mine[name], let two = theirs[name], one.count == two.count else { return false }
            // Vocabulary and heads change the first extent.
            return one == two || one.dropFirst().elementsEqual(two.dropFirst())
        }
        guard matrices.count >= 2, alike.count * 10 < matrices.count else { return nil }
        return "\(alike.count) of \(matrices.count) tensors of the same name have the same shape"
    }
}
