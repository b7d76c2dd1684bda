internal import Glibc

extension OperatorSet {
    /// Source: ONNX-ML operator SVMRegressor, version 1.
    static func supportRegressor(_ node: NodeCall) throws -> [Value] {
        let x = try rows(node.tensor(0)).cast(to: .float32)
        let vectors = node.reals("support_vectors") ?? []
        let coefficients = node.reals("coefficients") ?? []
        let count = node.integer("n_supports", 0)
        let width = x.shape[1]
        guard (0...(1 << 18)).contains(count), vectors.count == (count == 0 ? 0 : count * width),
            coefficients.count == (count == 0 ? width : count)
        else {
            throw TensorFailure(.shape, "\(vectors.count) numbers in \(count) support vectors of \(width)")
        }
        let weights = try Tensor(coefficients.map { Float($0) }, shape: [coefficients.count, 1])
        var sums: Tensor
        if count == 0 {
            sums = try x.matmul(weights)
        } else {
            let supports = try Tensor(vectors.map { Float($0) }, shape: [count, width])
            sums = try kernel(node, x, supports).matmul(weights)
        }
        sums = try sums + (node.reals("rho")?.first ?? 0)
        if node.integer("one_class", 0) != 0 {
            let isIn = try call("aten::gt", "Scalar", .tensor(sums), 0)
            sums = try isIn.choosing(.filled(sums.shape, 1), .filled(sums.shape, -1))
        }
        return [Value(try finished(sums, 1, node))]
    }

    /// How near each row is to each support vector: `[rows, vectors]`.
    private static func kernel(_ node: NodeCall, _ x: Tensor, _ supports: Tensor) throws -> Tensor {
        let parameters = node.reals("kernel_params") ?? []
        func parameter(_ index: Int) -> Double { index < parameters.count ? parameters[index] : 0 }
        let product = try x.matmul(supports.transposed(0, 1))
        switch node.text("kernel_type", "LINEAR") {
        case "LINEAR": return product
        case "POLY":
            return try call(
                "aten::pow", "Tensor_Scalar", .tensor(product * parameter(0) + parameter(1)), .real(parameter(2)))
        case "SIGMOID": return try (product * parameter(0) + parameter(1)).apply("tanh")
        case "RBF":
            let distances = try call("aten::cdist", "", .tensor(x), .tensor(supports), .real(2))
            return try (distances * distances * -parameter(0)).apply("exp")
        case let other: throw TensorFailure(.unsupported, "kernel '\(other)'")
        }
    }

    // MARK: Classification

    /// The attributes of a classifier, checked against each other.
    private struct SupportClassifier {
        let classes: Int
        /// Support vectors of each class, and where they begin.
        let counts: [Int]
        let starts: [Int]
        let coefficients: [Double]
        let rho: [Double]
        let probability: [(a: Double, b: Double)]
        let vectors: Int
        let pairs: Int

        init(_ node: NodeCall, width: Int) throws {
            classes = max(node.texts("classlabels_strings")?.count ?? 0, node.exacts("classlabels_ints")?.count ?? 0)
            counts = node.integers("vectors_per_class") ?? []
            vectors = counts.reduce(0, +)
            pairs = classes * (classes - 1) / 2
            coefficients = node.reals("coefficients") ?? []
            rho = node.reals("rho") ?? []
            let (a, b) = (node.reals("prob_a") ?? [], node.reals("prob_b") ?? [])
            probability = zip(a, b).map { (a: $0, b: $1) }
            guard (1...(1 << 12)).contains(classes), counts.allSatisfy({ (0...(1 << 24)).contains($0) }),
                counts.count <= classes, !rho.isEmpty, width <= 1 << 24, a.count == b.count
            else { throw TensorFailure(.model, "\(classes) labels with \(counts.count) groups of support vectors") }
            var (starts, next): ([Int], Int) = ([], 0)
            for count in counts {
                starts.append(next)
                next += count
            }
            self.starts = starts
            guard vectors > 0 else {
                guard coefficients.count == classes * width else {
                    throw TensorFailure(.shape, "\(coefficients.count) coefficients for \(classes) of \(width)")
                }
                return
            }
            guard counts.count == classes, classes >= 2, coefficients.count == (classes - 1) * vectors,
                rho.count == pairs, probability.isEmpty || probability.count == pairs
            else {
                throw TensorFailure(
                    .model, "\(coefficients.count) coefficients and \(rho.count) shifts for \(classes) labels")
            }
        }

        /// One number for each pair of classes: above 0 it speaks for the first.
        func decisions(_ near: ArraySlice<Double>) -> [Double] {
            let base = near.startIndex
            var sums: [Double] = []
            sums.reserveCapacity(pairs)
            for first in 0..<classes {
                for second in (first + 1)..<max(first + 1, classes) {
                    // The coefficients of a class against another are in the other's row; its own row is left out.
                    var sum = rho[sums.count]
                    for place in starts[first]..<(starts[first] + counts[first]) {
                        sum += coefficients[(second - 1) * vectors + place] * near[base + place]
                    }
                    for place in starts[second]..<(starts[second] + counts[second]) {
                        sum += coefficients[first * vectors + place] * near[base + place]
                    }
                    sums.append(sum)
                }
            }
            return sums
        }

        /// The class that wins most pairs, the first of equal ones.
        func winner(_ decisions: [Double]) -> Int {
            var (votes, pair) = ([Int](repeating: 0, count: classes), 0)
            for first in 0..<classes {
                for second in (first + 1)..<max(first + 1, classes) {
                    votes[decisions[pair] > 0 ? first : second] += 1
                    pair += 1
                }
            }
            return votes.indices.reduce(0) { votes[$1] > votes[$0] ? $1 : $0 }
        }

        /// Probabilities of the classes from those of the pairs.
        ///
        /// Source: Platt 1999 for a pair; Wu, Lin and Weng 2004, "Probability Estimates for Multi-class Classification by
        /// Pairwise Coupling", algorithm 2, with LIBSVM's tolerance of 0.005 by the number of classes.
        func probabilities(_ decisions: [Double]) -> [Double] {
            var r = [[Double]](repeating: [Double](repeating: 0, count: classes), count: classes)
            var pair = 0
            for first in 0..<classes {
                for second in (first + 1)..<max(first + 1, classes) {
                    let odds = 1 / (1 + exp(decisions[pair] * probability[pair].a + probability[pair].b))
                    r[first][second] = max(1e-7, min(1 - 1e-7, odds))
                    r[second][first] = 1 - r[first][second]
                    pair += 1
                }
            }
            var q = r
            for row in 0..<classes {
                q[row][row] = (0..<classes).reduce(0) { $0 + ($1 == row ? 0 : r[$1][row] * r[$1][row]) }
                for column in 0..<classes where column != row { q[row][column] = -r[column][row] * r[row][column] }
            }
            var p = [Double](repeating: 1 / Double(classes), count: classes)
            for _ in 0..<max(100, classes) {
                var product = q.map { row in zip(row, p).reduce(0) { $0 + $1.0 * $1.1 } }
                var whole = zip(p, product).reduce(0) { $0 + $1.0 * $1.1 }
                if product.allSatisfy({ abs($0 - whole) < 0.005 / Double(classes) }) { break }
                for row in 0..<classes {
                    let change = (whole - product[row]) / q[row][row]
                    p[row] += change
                    whole = (whole + change * (change * q[row][row] + 2 * product[row])) / ((1 + change) * (1 + change))
                    for column in 0..<classes {
                        product[column] = (product[column] + change * q[row][column]) / (1 + change)
                        p[column] /= 1 + change
                    }
                }
            }
            return p
        }
    }

    /// Source: ONNX-ML operator SVMClassifier, version 1; scores as ONNX Runtime gives them.
    static func supportClassifier(_ node: NodeCall) throws -> [Value] {
        let x = try rows(node.tensor(0)).cast(to: .float64)
        let (count, width) = (x.shape[0], x.shape[1])
        let model = try SupportClassifier(node, width: width)
        let transform = node.text("post_transform", "NONE")
        guard model.vectors > 0 else {
            let weights = try Tensor.of(model.coefficients, shape: [model.classes, width], type: .float64)
            let raw = try (x.matmul(weights.transposed(0, 1)) + model.rho[0]).doubles()
            return try labelled(
                node, raw, transformed(raw, width: model.classes, transform), rows: count, width: model.classes)
        }
        let vectors = node.reals("support_vectors") ?? []
        guard vectors.count == model.vectors * width else {
            throw TensorFailure(.shape, "\(vectors.count) numbers in \(model.vectors) support vectors of \(width)")
        }
        let supports = try Tensor.of(vectors, shape: [model.vectors, width], type: .float64)
        let near = try kernel(node, x, supports).doubles()
        var (choices, scores): ([Int], [Double]) = ([], [])
        for row in 0..<count {
            try node.run.tick()
            let decisions = model.decisions(near[(row * model.vectors)..<((row + 1) * model.vectors)])
            choices.append(model.winner(decisions))
            if !model.probability.isEmpty {
                scores += transformed(model.probabilities(decisions), width: model.classes, transform)
            } else if model.classes == 2 {
                // One decision makes two scores.
                scores += transform == "NONE" ? [-decisions[0], decisions[0]] : [1 - decisions[0], decisions[0]]
            } else {
                scores += transformed(decisions, width: model.pairs, transform)
            }
        }
        let shape = [count, model.probability.isEmpty && model.classes > 2 ? model.pairs : model.classes]
        return try [
            labels(node, choices), Value(Tensor.of(scores, shape: shape, type: .float64).cast(to: .float32)),
        ]
    }
}
