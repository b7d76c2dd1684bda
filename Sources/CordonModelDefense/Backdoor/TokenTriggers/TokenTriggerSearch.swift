internal import CordonCore
internal import CordonTensor

/// Looks for one or two tokens that, put in front of a text, make it any class.
///
/// The gradient of the target's loss at the put token's row of the embedding table says which tokens may do more (first order,
/// Ebrahimi and others 2018, "HotFlip"; one trigger for all rows, Wallace and others 2019); the best of them are tried. Where the
/// table is small enough every single token is tried on a row of each class besides, because attention hides some from the gradient. Tokens
/// that the clean rows of the class hold are its own words and no trigger. A planted trigger leads rows of all other classes to
/// its target with near certainty; what a class's rare words do by nature is seen in the other classes.
///
/// - Complexity: for each class and length up to 18 runs backward and 900 forward, of up to 24 rows; one run for each token and class.
/// - Note: Finds tokens that act wherever they stand, or in front. Misses triggers of three words and more that act only together,
///   sentences whose words are common, and changes of style or syntax.
struct TokenTriggerSearch {
    let classifier: TokenClassifier
    var isCancelled: @Sendable () -> Bool = { false }

    /// Tokens that were found for a class.
    struct Found {
        let target: Int
        let tokens: [Int]
        /// Mean loss of the target, in nats, of rows that the search did not see.
        let loss: Double
        /// Share of those rows that become the target.
        let success: Double
    }

    private static let (starts, rounds, tried) = (3, 3, 48)
    private static let lengths = 1...2
    private static let rowsPerClass = 3
    private static let mostRows = 24

    /// Runs of the model that a search takes.
    static func runs(_ classes: Int) -> Double {
        Double(classes * lengths.count * starts * rounds * tried) * Double(min(mostRows, rowsPerClass * classes))
    }

    /// Multiplications of a scan of all tokens: about ten seconds.
    private static let mostScan = 1e11
    /// Tokens of the scan that are tried for each class, and runs in one batch.
    private static let (kept, batch) = (32, 512)

    /// The tokens that do most for each class when they are put into a row of every other class; empty where that takes long.
    private func scan(_ rows: TokenRows, said: [Int], _ place: Int, cost: Double) throws -> [[Int]] {
        let (vocabulary, classes) = (classifier.entry.vocabulary, classifier.classes)
        let first = rows.part((0..<classes).compactMap { target in said.firstIndex(of: target) })
        let own = (0..<classes).filter(said.contains)
        guard cost * Double(vocabulary * first.count) <= Self.mostScan else { return [] }
        var gains = [[Double]](repeating: [Double](repeating: 0, count: vocabulary), count: classes)
        let step = max(1, Self.batch / max(1, first.count))
        for start in stride(from: 0, to: vocabulary, by: step) {
            if isCancelled() { throw TensorFailure(.cancelled, "cancelled") }
            let tokens = Array(start..<min(vocabulary, start + step))
            let answers = try classifier.answers(first.putting(tokens.map { [$0] }, at: place))
            for (number, token) in tokens.enumerated() {
                for (row, natural) in own.enumerated() {
                    let at = (number * first.count + row) * classes
                    for target in 0..<classes where target != natural {
                        gains[target][token] += Double(answers[at + target])
                    }
                }
            }
        }
        return gains.map { own in own.indices.sorted { (own[$1], $0) < (own[$0], $1) } }
    }

    /// The best tokens of each length and class.
    ///
    /// - Parameters:
    ///   - rows: clean rows of all classes.
    ///   - said: the classes that the model gives them.
    ///   - labels: the classes that they have, where that is known: a row may be given a class because of the trigger.
    ///   - cost: multiplications of one row.
    func run(_ rows: TokenRows, said: [Int], labels: [Int]?, cost: Double, seed: UInt64) throws -> [Int: [Found]] {
        var random = SplitMix(state: seed)
        let order = Array(said.indices).shuffled(using: &random)
        var (learned, asked): ([Int], [Int]) = ([], [])
        for target in 0..<classifier.classes {
            let own = order.filter { said[$0] == target }
            learned += own.prefix(Self.rowsPerClass)
            asked += own.dropFirst(Self.rowsPerClass).prefix(2 * Self.rowsPerClass)
        }
        let place = rows.front
        guard asked.count > classifier.classes, rows.length > place + Self.lengths.upperBound else {
            throw TensorFailure(
                .shape, "\(rows.count) texts of \(rows.length) tokens are too few; a few hundred are wanted")
        }
        let table = try classifier.graph.weight(classifier.entry.embedding).cast(to: .float32)
        let all = try scan(rows, said: said, place, cost: cost)
        var found: [Int: [Found]] = [:]
        for target in 0..<classifier.classes {
            let others = rows.part(
                Array(learned.filter { said[$0] != target }.shuffled(using: &random).prefix(Self.mostRows)))
            let own = words(of: target, rows, labels ?? said)
            guard others.count > 0 else { continue }
            var best: (tokens: [Int], loss: Double) = ([], .infinity)
            for length in Self.lengths {
                let seen =
                    all.isEmpty
                    ? [] : all[target].lazy.filter { !own.contains(Int64($0)) }.prefix(Self.kept).map(\.self)
                let known = try strongest(seen, after: best.tokens, others, target, place)
                let other = try search(others, target, place, length, from: best.tokens, table, own, &random)
                best = known.loss < other.loss ? known : other
                let aside = rows.part(asked.filter { said[$0] != target })
                let (loss, success) = try effects([best.tokens], on: aside, target, place)[0]
                found[length, default: []].append(
                    Found(target: target, tokens: best.tokens, loss: loss, success: success))
            }
        }
        return found
    }

    /// A class's own words.
    private func words(of target: Int, _ rows: TokenRows, _ classes: [Int]) -> Set<Int64> {
        Set(
            classes.indices.filter { classes[$0] == target }.flatMap { row in
                rows.tokens[(row * rows.length)..<((row + 1) * rows.length)]
            })
    }

    /// The best of some tokens behind those that were best before.
    private func strongest(
        _ tokens: [Int], after known: [Int], _ rows: TokenRows, _ target: Int, _ place: Int
    ) throws -> (tokens: [Int], loss: Double) {
        guard !tokens.isEmpty else { return ([], .infinity) }
        let lists = tokens.map { known + [$0] }
        let losses = try effects(lists, on: rows, target, place).map(\.loss)
        let best = losses.indices.min { losses[$0] < losses[$1] } ?? 0
        return (lists[best], losses[best])
    }

    /// The best list of a length: tokens are changed one after the other, from the list that was best before and from random ones.
    private func search(
        _ rows: TokenRows, _ target: Int, _ place: Int, _ length: Int, from known: [Int], _ table: Tensor,
        _ own: Set<Int64>, _ random: inout SplitMix
    ) throws -> (tokens: [Int], loss: Double) {
        let vocabulary = classifier.entry.vocabulary
        var best: (tokens: [Int], loss: Double) = ([Int](repeating: 0, count: length), .infinity)
        for start in 0..<Self.starts {
            var current = (0..<length).map { place in
                start < 2 && place < known.count ? known[place] : Int.random(in: 0..<vocabulary, using: &random)
            }
            // The mean of all tokens tells directions that no single token is near to.
            var vectors = try table.picked(0, current)
            if start == 0 {
                let mean = try table.mean([0]).unsqueezed(0)
                vectors = try Tensor.concatenated(
                    [
                        vectors.sliced(0, 0, min(known.count, length)),
                        mean.expanded([length - min(known.count, length), table.shape[1]]),
                    ], 0)
            }
            var reached = Double.infinity
            for _ in 0..<Self.rounds {
                if isCancelled() { throw TensorFailure(.cancelled, "cancelled") }
                var improved = false
                for position in (0..<length).reversed() {
                    let lists = try candidates(
                        rows, target, place, vectors, position, table, own
                    ).map { token in current.enumerated().map { $0.offset == position ? token : $0.element } }
                    guard !lists.isEmpty else { continue }
                    let losses = try effects(lists, on: rows, target, place)
                    guard let winner = losses.indices.min(by: { losses[$0].loss < losses[$1].loss }),
                        losses[winner].loss < reached
                    else { continue }
                    (reached, improved) = (losses[winner].loss, true)
                    current = lists[winner]
                    vectors = try table.picked(0, current)
                }
                if reached < best.loss { best = (current, reached) }
                guard improved else { break }
            }
        }
        return best
    }

    /// Tokens that would lower the loss most at a position, by the gradient there.
    private func candidates(
        _ rows: TokenRows, _ target: Int, _ place: Int, _ vectors: Tensor, _ position: Int, _ table: Tensor,
        _ own: Set<Int64>
    ) throws -> [Int] {
        let vocabulary = classifier.entry.vocabulary
        let put = rows.putting([Array(vocabulary..<(vocabulary + vectors.shape[0]))], at: place)
        let gradients = try Tensor.gradients([vectors]) { try classifier.loss(put, target: target, extra: $0[0]) }
            .gradients
        let slope = try gradients[0].sliced(0, position, position + 1).reshaped([table.shape[1], 1])
        let gains = try table.matmul(slope).floats()
        return gains.indices.filter { gains[$0].isFinite && !own.contains(Int64($0)) }
            .sorted { (gains[$0], $0) < (gains[$1], $1) }.prefix(Self.tried).map(\.self)
    }

    /// What lists of tokens do to rows: the target's mean loss, and the share that become it.
    private func effects(
        _ lists: [[Int]], on rows: TokenRows, _ target: Int, _ place: Int
    ) throws -> [(loss: Double, success: Double)] {
        let (answers, classes) = (try classifier.answers(rows.putting(lists, at: place)), classifier.classes)
        return lists.indices.map { list in
            var (loss, hits) = (0.0, 0)
            for row in 0..<rows.count {
                let start = (list * rows.count + row) * classes
                let own = answers[start..<(start + classes)]
                loss -= Double(own[start + target])
                if own.max() == own[start + target] { hits += 1 }
            }
            return (loss / Double(rows.count), Double(hits) / Double(rows.count))
        }
    }
}
