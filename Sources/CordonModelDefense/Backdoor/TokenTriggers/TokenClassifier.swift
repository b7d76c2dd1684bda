import CordonData
import CordonFormats
import CordonTensor

/// A model that tells texts apart and takes them as numbers of tokens.
struct TokenClassifier {
    /// The input of token numbers, and the weight that holds a row for each token.
    struct Entry {
        let input: String
        let embedding: String
        let vocabulary: Int
    }

    let graph: Graph
    let entry: Entry
    let classes: Int
    private let scores: String
    private let isProbability: Bool

    private static let mostClasses = 1000
    private static let fewestTokens = 16

    /// The input of whole numbers that picks rows of the largest table; `nil` where the model has none.
    static func entry(of graph: Graph) -> Entry? {
        let inputs = Set(
            graph.inputs.filter { input in
                guard case .tensor(let code, let shape) = input.kind else { return false }
                return (code == ElementCode.int64 || code == ElementCode.int32) && (shape?.count ?? 2) == 2
            }.map(\.name))
        guard !inputs.isEmpty else { return nil }
        var sources = Dictionary(uniqueKeysWithValues: inputs.map { ($0, $0) })
        var found: Entry?
        for node in graph.program.graph.nodes {
            if ["Cast", "Identity", "Clip"].contains(node.type),
                let source = node.inputs.first.flatMap({ sources[$0] }),
                let output = node.outputs.first
            {
                sources[output] = source
            }
            guard node.type == "Gather", node.inputs.count == 2, let input = sources[node.inputs[1]],
                let shape = graph.weightShape(node.inputs[0]), shape.count == 2,
                shape[0] >= max(fewestTokens, (found?.vocabulary ?? 0) + 1)
            else { continue }
            found = Entry(input: input, embedding: node.inputs[0], vocabulary: shape[0])
        }
        return found
    }

    /// - Throws: ``TensorFailure`` where the model gives no class scores for rows like these.
    init(_ graph: Graph, _ entry: Entry, _ rows: TokenRows) throws {
        (self.graph, self.entry) = (graph, entry)
        (scores, isProbability) = try graph.classScores
        let found = try graph(rows.inputs(rows.part([0]), entry), wanted: [scores])[scores]
        guard let found, found.rank == 2, found.shape[0] == 1, (2...Self.mostClasses).contains(found.shape[1]) else {
            throw TensorFailure(
                .unsupported,
                "the output \(found.map { "\($0.shape)" } ?? "nothing") for one text is no list of class scores")
        }
        classes = found.shape[1]
    }

    /// Logarithms of the classes' probabilities `[rows, classes]`, without history.
    func answers(_ rows: TokenRows) throws -> [Float] {
        var found: [Float] = []
        for start in stride(from: 0, to: rows.count, by: Self.block) {
            let part = rows.part(Array(start..<min(rows.count, start + Self.block)))
            found += try checked(graph(rows.inputs(part, entry), wanted: [scores])[scores], part.count).logSoftmax(1)
                .floats()
        }
        return found
    }

    private static let block = 512

    /// Losses of a class with rows of the table appended, for gradients: tokens from ``Entry/vocabulary`` on are `extra`'s.
    func loss(_ rows: TokenRows, target: Int, extra: Tensor) throws -> Tensor {
        let table = try Tensor.concatenated([graph.weight(entry.embedding).cast(to: .float32), extra], 0)
        let found = try graph.recorded(
            rows.inputs(rows, entry), weights: [entry.embedding: table], wanted: [scores])[scores]
        let goal = try Tensor.classes([Int](repeating: target, count: rows.count))
        return try checked(found, rows.count).crossEntropies(goal).mean([0])
    }

    private func checked(_ found: Tensor?, _ count: Int) throws -> Tensor {
        guard let found, found.rank == 2, found.shape[0] == count, classes == 0 || found.shape[1] == classes else {
            throw TensorFailure(
                .shape,
                "the scores have no row for each of \(count) texts: export the model with a batch axis of any size")
        }
        return isProbability ? try found.clamped(1e-12, nil).apply("log") : found
    }
}

/// Texts as numbers of tokens, with the other inputs of the model beside them, all `[rows, length]`.
struct TokenRows {
    let length: Int
    /// Row after row.
    let tokens: [Int64]
    /// Masks and kinds of tokens, by input.
    let others: [String: [Int64]]

    var count: Int { length == 0 ? 0 : tokens.count / length }

    func part(_ rows: [Int]) -> TokenRows {
        func picked(_ numbers: [Int64]) -> [Int64] {
            rows.flatMap { numbers[($0 * length)..<(($0 + 1) * length)] }
        }
        return TokenRows(length: length, tokens: picked(tokens), others: others.mapValues(picked))
    }

    /// Where words can be put in front: behind a first token that all rows share.
    var front: Int {
        guard length > 1, let first = tokens.first else { return 0 }
        return (0..<count).allSatisfy { tokens[$0 * length] == first } ? 1 : 0
    }

    /// All rows with each of several lists of tokens put in at one place, list after list; what does not fit is cut off the end.
    func putting(_ lists: [[Int]], at place: Int) -> TokenRows {
        func put(_ numbers: [Int64], _ own: ([Int], Int64) -> [Int64]) -> [Int64] {
            var all: [Int64] = []
            all.reserveCapacity(lists.count * numbers.count)
            for list in lists {
                for row in 0..<count {
                    let values = numbers[(row * length)..<((row + 1) * length)]
                    let end = max(values.startIndex + place, values.endIndex - list.count)
                    all += values.prefix(place)
                    all += own(list, values[values.startIndex + place]).prefix(length - place)
                    all += values[(values.startIndex + place)..<end]
                }
            }
            return all
        }
        return TokenRows(
            length: length, tokens: put(tokens) { list, _ in list.map(Int64.init) },
            others: others.mapValues { put($0) { list, beside in [Int64](repeating: beside, count: list.count) } })
    }

    /// What the model is given.
    func inputs(_ rows: TokenRows, _ entry: TokenClassifier.Entry) throws -> [String: Tensor] {
        var found = try rows.others.mapValues { try Tensor($0, shape: [rows.count, length]) }
        found[entry.input] = try Tensor(rows.tokens, shape: [rows.count, length])
        return found
    }
}
