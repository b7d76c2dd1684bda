internal import CordonFormats
internal import Glibc

extension OperatorSet {
    private static let ml = "ai.onnx.ml"

    /// Ensembles of decision trees. Source: ONNX-ML operators, versions 1–5.
    static let trees: [Operator] = [
        Operator("TreeEnsembleRegressor", domain: ml) { node in
            let forest = try node.prepared { try Forest(listing: node, leaves: "target") }
            return [Value(try forest.scores(node.tensor(0), node))]
        },
        Operator("TreeEnsembleClassifier", domain: ml) { node in
            let forest = try node.prepared { try Forest(listing: node, leaves: "class") }
            return try classified(node, forest.raw(node.tensor(0), node), forest)
        },
        Operator("TreeEnsemble", domain: ml) { node in
            let forest = try node.prepared { try Forest(tensors: node) }
            return [Value(try forest.scores(node.tensor(0), node))]
        },
    ]

    /// Trees in flat arrays.
    struct Forest: Sendable {
        private struct Node {
            var feature = 0
            var mode: UInt8 = 6
            var threshold = 0.0
            var whenTrue = -1
            var whenFalse = -1
            var missingIsTrue = false
            var members: Set<Double> = []
            /// Where its votes lie.
            var leaf = 0..<0
        }
        private var nodes: [Node] = []
        private var votes: [(target: Int, weight: Double)] = []
        private var roots: [Int] = []
        let targets: Int
        /// 0 average, 1 sum, 2 least, 3 greatest.
        private let aggregation: Int
        private let transform: String
        private let base: [Double]
        /// Whether all votes are for one class, and none is below zero.
        var votesForOne: Bool { Set(votes.map(\.target)).count <= 1 }
        var isPositive: Bool { votes.allSatisfy { $0.weight >= 0 } }

        private struct Place: Hashable {
            let tree: Int
            let node: Int
        }

        init(listing node: NodeCall, leaves prefix: String) throws {
            let labels =
                (node.texts("classlabels_strings")?.count ?? 0) + (node.integers("classlabels_int64s")?.count ?? 0)
            targets = prefix == "class" ? labels : node.integer("n_targets", 1)
            let aggregations = ["AVERAGE": 0, "SUM": 1, "MIN": 2, "MAX": 3]
            aggregation = aggregations[node.text("aggregate_function", "SUM")] ?? 1
            transform = node.text("post_transform", "NONE")
            base = try Self.numbers(node, "base_values")
            try addVotes(node, prefix, addNodes(node))
            try check()
        }

        private static func numbers(_ node: NodeCall, _ name: String) throws -> [Double] {
            if let tensor = try node.constant(name + "_as_tensor")?.tensor { return try tensor.doubles() }
            return node.reals(name) ?? []
        }

        /// Reads branches and leaves; says where each lies.
        private mutating func addNodes(_ node: NodeCall) throws -> [Place: Int] {
            let trees = node.exacts("nodes_treeids") ?? []
            let ids = node.exacts("nodes_nodeids") ?? []
            let features = node.integers("nodes_featureids") ?? []
            let modes = node.texts("nodes_modes") ?? []
            let (yes, no) = (node.exacts("nodes_truenodeids") ?? [], node.exacts("nodes_falsenodeids") ?? [])
            let values = try Self.numbers(node, "nodes_values")
            let missing = node.integers("nodes_missing_value_tracks_true") ?? []
            let count = ids.count
            guard
                [trees.count, features.count, modes.count, yes.count, no.count, values.count].allSatisfy({ $0 == count }
                )
            else { throw TensorFailure(.model, "the lists of nodes have different lengths") }
            var places: [Place: Int] = [:]
            for index in 0..<count { places[Place(tree: trees[index], node: ids[index])] = index }
            guard places.count == count else { throw TensorFailure(.model, "two nodes of the same tree and number") }
            let names = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "LEAF"]
            var children: Set<Int> = []
            for index in 0..<count {
                guard let mode = names.firstIndex(of: modes[index]) else {
                    throw TensorFailure(.unsupported, "nodes of mode '\(modes[index])'")
                }
                var entry = Node(
                    feature: features[index], mode: mode == 6 ? 255 : UInt8(mode), threshold: values[index])
                entry.missingIsTrue = index < missing.count && missing[index] != 0
                if mode != 6 {
                    guard let left = places[Place(tree: trees[index], node: yes[index])],
                        let right = places[Place(tree: trees[index], node: no[index])]
                    else {
                        throw TensorFailure(.model, "a branch of tree \(trees[index]) leads to no node")
                    }
                    (entry.whenTrue, entry.whenFalse) = (left, right)
                    children.insert(left)
                    children.insert(right)
                }
                nodes.append(entry)
            }
            var seen: Set<Int> = []
            for index in 0..<count where !children.contains(index) && seen.insert(trees[index]).inserted {
                roots.append(index)
            }
            return places
        }

        private mutating func addVotes(_ node: NodeCall, _ prefix: String, _ places: [Place: Int]) throws {
            let trees = node.exacts("\(prefix)_treeids") ?? []
            let ids = node.exacts("\(prefix)_nodeids") ?? []
            let chosen = node.integers("\(prefix)_ids") ?? []
            let weights = try Self.numbers(node, "\(prefix)_weights")
            guard [ids.count, chosen.count, weights.count].allSatisfy({ $0 == trees.count }) else {
                throw TensorFailure(.model, "the lists of leaves have different lengths")
            }
            var perLeaf: [Int: [(Int, Double)]] = [:]
            for index in trees.indices {
                guard let place = places[Place(tree: trees[index], node: ids[index])] else {
                    throw TensorFailure(.model, "a vote of no leaf")
                }
                perLeaf[place, default: []].append((chosen[index], weights[index]))
            }
            for (place, entries) in perLeaf.sorted(by: { $0.key < $1.key }) {
                nodes[place].leaf = votes.count..<(votes.count + entries.count)
                votes += entries.map { (target: $0.0, weight: $0.1) }
            }
        }

        init(tensors node: NodeCall) throws {
            func reals(_ name: String) throws -> [Double] { try node.constant(name)?.tensor?.doubles() ?? [] }
            let modes = try node.constant("nodes_modes")?.tensor?.integers() ?? []
            let splits = try reals("nodes_splits")
            let features = node.integers("nodes_featureids") ?? []
            let (yes, no) = (node.integers("nodes_truenodeids") ?? [], node.integers("nodes_falsenodeids") ?? [])
            let (yesLeaf, noLeaf) = (node.integers("nodes_trueleafs") ?? [], node.integers("nodes_falseleafs") ?? [])
            let missing = node.integers("nodes_missing_value_tracks_true") ?? []
            let count = modes.count
            guard splits.count == count, features.count == count, yes.count == count, no.count == count,
                yesLeaf.count == count,
                noLeaf.count == count
            else { throw TensorFailure(.model, "the lists of nodes have different lengths") }
            let leafTargets = node.integers("leaf_targetids") ?? []
            let weights = try reals("leaf_weights")
            guard weights.count == leafTargets.count else {
                throw TensorFailure(.model, "the lists of leaves have different lengths")
            }
            let sets = try Self.sets(reals("membership_values"))
            var nextSet = 0
            for index in 0..<count {
                func child(_ place: Int, _ isLeaf: Bool) throws -> Int {
                    guard place >= 0, place < (isLeaf ? leafTargets.count : count) else {
                        throw TensorFailure(.model, "a branch leads to no node")
                    }
                    return isLeaf ? count + place : place
                }
                guard (0...6).contains(modes[index]) else {
                    throw TensorFailure(.unsupported, "nodes of mode \(modes[index])")
                }
                var entry = Node(feature: features[index], mode: UInt8(modes[index]), threshold: splits[index])
                entry.whenTrue = try child(yes[index], yesLeaf[index] != 0)
                entry.whenFalse = try child(no[index], noLeaf[index] != 0)
                entry.missingIsTrue = index < missing.count && missing[index] != 0
                if entry.mode == 6, nextSet < sets.count {
                    entry.members = sets[nextSet]
                    nextSet += 1
                }
                nodes.append(entry)
            }
            for index in leafTargets.indices {
                nodes.append(Node(mode: 255, leaf: index..<(index + 1)))
                votes.append((leafTargets[index], weights[index]))
            }
            roots = node.integers("tree_roots") ?? []
            guard roots.allSatisfy({ (0..<count).contains($0) }) else {
                throw TensorFailure(.model, "a root that is no node")
            }
            targets = node.integer("n_targets", 1)
            aggregation = node.integer("aggregate_function", 1)
            transform = try Self.transform(node.integer("post_transform", 0))
            base = []
            try check()
        }

        /// Lists of values with a number that is none between them.
        private static func sets(_ values: [Double]) -> [Set<Double>] {
            var sets: [Set<Double>] = [[]]
            for value in values {
                if value.isNaN { sets.append([]) } else { sets[sets.count - 1].insert(value) }
            }
            return sets
        }

        private static func transform(_ number: Int) throws(TensorFailure) -> String {
            let names = ["NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"]
            guard names.indices.contains(number) else { throw TensorFailure(.unsupported, "post-transform \(number)") }
            return names[number]
        }

        private func check() throws(TensorFailure) {
            guard targets > 0, targets < 1 << 20, votes.allSatisfy({ (0..<targets).contains($0.target) }),
                nodes.allSatisfy({ $0.feature >= 0 }), (0...3).contains(aggregation)
            else { throw TensorFailure(.model, "targets, features or the aggregation are out of range") }
            // Following branches must end: no node is its own descendant.
            var state = [UInt8](repeating: 0, count: nodes.count)
            for root in nodes.indices where state[root] == 0 {
                var stack = [root]
                while let node = stack.last {
                    if state[node] == 0 {
                        state[node] = 1
                        for child in [nodes[node].whenTrue, nodes[node].whenFalse] where child >= 0 {
                            if state[child] == 1 {
                                throw TensorFailure(.model, "a tree whose branches lead in a circle")
                            }
                            if state[child] == 0 { stack.append(child) }
                        }
                    } else {
                        state[node] = 2
                        stack.removeLast()
                    }
                }
            }
        }

        /// Sums of votes, row by row, before the transform.
        func raw(_ x: Tensor, _ node: NodeCall) throws -> [Double] {
            guard x.rank == 2 else { throw TensorFailure(.shape, "\(x.shape) where rows of features were expected") }
            let width = x.shape[1]
            guard nodes.allSatisfy({ $0.mode == 255 || $0.feature < width }) else {
                throw TensorFailure(.shape, "the trees look at more than the \(width) features of a row")
            }
            // Counted before anything is allocated: rows may be many where there is nothing in them.
            guard try Tensor.elementCount([x.shape[0], targets]) <= 1 << 28 else {
                throw TensorFailure(.shape, "\(targets) scores for each of \(x.shape[0]) rows")
            }
            let values = try x.doubles()
            let start: Double = aggregation == 2 ? .infinity : aggregation == 3 ? -.infinity : 0
            var scores = [Double](repeating: start, count: x.shape[0] * targets)
            for row in 0..<x.shape[0] {
                if row % 256 == 0 { try node.run.tick() }
                for (number, root) in roots.enumerated() {
                    if number & 4095 == 4095 { try node.run.tick() }
                    var place = root
                    while nodes[place].mode != 255 {
                        place =
                            goesTrue(nodes[place], values[row * width + nodes[place].feature])
                            ? nodes[place].whenTrue : nodes[place].whenFalse
                    }
                    for vote in votes[nodes[place].leaf] {
                        let slot = row * targets + vote.target
                        switch aggregation {
                        case 2: scores[slot] = min(scores[slot], vote.weight)
                        case 3: scores[slot] = max(scores[slot], vote.weight)
                        default: scores[slot] += vote.weight
                        }
                    }
                }
                for target in 0..<targets {
                    let slot = row * targets + target
                    if aggregation == 0, !roots.isEmpty { scores[slot] /= Double(roots.count) }
                    if target < base.count { scores[slot] += base[target] }
                }
            }
            return scores
        }

        private func goesTrue(_ node: Node, _ value: Double) -> Bool {
            if value.isNaN { return node.missingIsTrue }
            switch node.mode {
            case 0: return value <= node.threshold
            case 1: return value < node.threshold
            case 2: return value >= node.threshold
            case 3: return value > node.threshold
            case 4: return value == node.threshold
            case 5: return value != node.threshold
            default: return node.members.contains(value)
            }
        }

        func scores(_ x: Tensor, _ node: NodeCall) throws -> Tensor {
            let rows = transformed(try raw(x, node), width: targets, transform)
            let type: ElementType = x.type == .float64 && node.node.type == "TreeEnsemble" ? .float64 : .float32
            return try Tensor.of(rows, shape: [x.shape[0], targets], type: .float64).cast(to: type)
        }
    }

    /// What classifiers of ONNX-ML do to their sums.
    static func transformed(_ scores: [Double], width: Int, _ transform: String) -> [Double] {
        switch transform {
        case "LOGISTIC": return scores.map { 1 / (1 + exp(-$0)) }
        case "PROBIT": return scores.map { 2.0.squareRoot() * inverseErf(2 * $0 - 1) }
        case "SOFTMAX", "SOFTMAX_ZERO":
            var result = scores
            for start in stride(from: 0, to: scores.count, by: max(1, width)) {
                let row = scores[start..<min(scores.count, start + width)]
                let top = row.max() ?? 0
                let powers = row.map { transform == "SOFTMAX_ZERO" && $0 == 0 ? 0 : exp($0 - top) }
                let total = powers.reduce(0, +)
                for (offset, power) in powers.enumerated() { result[start + offset] = total == 0 ? 0 : power / total }
            }
            return result
        default: return scores
        }
    }

    /// Giles 2010's start, then two steps of Newton's method on `erf`.
    private static func inverseErf(_ y: Double) -> Double {
        guard abs(y) < 1 else { return y < 0 ? -.infinity : .infinity }
        let w = -log((1 - y) * (1 + y))
        var x =
            (y < 0 ? -1 : 1)
            * (((2 / (Double.pi * 0.147) + log(1 - y * y) / 2) * (2 / (Double.pi * 0.147) + log(1 - y * y) / 2) + w
            / 0.147).squareRoot() - (2 / (Double.pi * 0.147) + log(1 - y * y) / 2)).squareRoot()
        for _ in 0..<2 { x -= (erf(x) - y) / (2 / Double.pi.squareRoot() * exp(-x * x)) }
        return x
    }

    /// Labels and scores of a classifier. With two labels and votes for one, the other's score is made.
    private static func classified(_ node: NodeCall, _ raw: [Double], _ forest: Forest) throws -> [Value] {
        let width = forest.targets
        let rows = width == 0 ? 0 : raw.count / width
        let transform = node.text("post_transform", "NONE")
        guard width == 2, forest.votesForOne else {
            return try labelled(node, raw, transformed(raw, width: width, transform), rows: rows, width: width)
        }
        // The class that votes are for carries the sum; ONNX Runtime reads it as the second class.
        let sums = (0..<rows).map { raw[$0 * 2] + raw[$0 * 2 + 1] }
        var (scores, choices): ([Double], [Int]) = ([], [])
        for sum in sums {
            choices.append(forest.isPositive ? (sum > 0.5 ? 1 : 0) : (sum > 0 ? 1 : 0))
            switch transform {
            case "LOGISTIC": scores += transformed([-sum, sum], width: 2, transform)
            case "NONE": scores += forest.isPositive ? [1 - sum, sum] : [-sum, sum]
            default: scores += transformed([forest.isPositive ? 1 - sum : -sum, sum], width: 2, transform)
            }
        }
        return try [
            labels(node, choices), Value(Tensor.of(scores, shape: [rows, 2], type: .float64).cast(to: .float32)),
        ]
    }

    /// The label of the highest sum per row, and the scores.
    static func labelled(_ node: NodeCall, _ raw: [Double], _ scores: [Double], rows: Int, width: Int) throws -> [Value]
    {
        let choices = (0..<rows).map { row in
            (0..<width).reduce(0) { raw[row * width + $1] > raw[row * width + $0] ? $1 : $0 }
        }
        return try [
            labels(node, choices), Value(Tensor.of(scores, shape: [rows, width], type: .float64).cast(to: .float32)),
        ]
    }

    static func labels(_ node: NodeCall, _ choices: [Int]) throws -> Value {
        if let texts = node.texts("classlabels_strings") ?? node.texts("classlabels"), !texts.isEmpty {
            guard choices.allSatisfy({ $0 < texts.count }) else { throw TensorFailure(.model, "\(texts.count) labels") }
            return .texts(choices.map { texts[$0] }, shape: [choices.count])
        }
        let numbers = node.exacts("classlabels_int64s") ?? node.exacts("classlabels_ints") ?? []
        guard choices.allSatisfy({ $0 < numbers.count }) else { throw TensorFailure(.model, "\(numbers.count) labels") }
        return Value(try Tensor(choices.map { Int64(numbers[$0]) }, shape: [choices.count]))
    }
}
