internal import CordonCore
public import CordonData
internal import CordonFormats
internal import CordonTensor
internal import Glibc

/// The members of an ensemble, loaded, and what they say of rows.
public struct EnsembleRun: Sendable {
    /// What they say of one row.
    public struct Row: Sendable {
        /// Number of the row in its dataset.
        public let number: Int
        /// The row's label as it is written; `nil` where it has none.
        public let label: String?
        /// By each rule, in the order of ``Election/Rule/allCases``.
        public let decisions: [Election.Decision]
    }
    /// How one member stands to the others.
    public struct Deviation: Sendable {
        /// Number of the member.
        public let member: Int
        /// Share of rows where it names another class than the vote.
        public let rate: Double
        /// What its calibration and the other members lead to expect.
        public let expected: Double
        /// Chance that it is so far above by itself, for all members together.
        public let pValue: Double
        /// Whether it is far above what is expected.
        public var isDeviating: Bool { pValue < 1e-3 }
    }

    private let ensemble: Ensemble
    private let voting: [Int]
    private let graphs: [Graph]
    private let scores: [String]

    /// Loads the members that vote.
    ///
    /// - Parameters:
    ///   - folder: where the ensemble lies.
    ///   - excluded: members that do not vote, by number.
    /// - Throws: ``DatasetFailure`` where a member's file is not the one that was trained; ``TensorFailure`` where it cannot be run.
    public init(_ ensemble: Ensemble, folder: String, excluding excluded: Set<Int> = []) throws {
        self.ensemble = ensemble
        voting = ensemble.members.indices.filter { !excluded.contains($0) }
        guard voting.count >= 2 else { throw DatasetFailure(.argument, "fewer than two members are left to vote") }
        if let unknown = excluded.sorted().first(where: { !ensemble.members.indices.contains($0) }) {
            throw DatasetFailure(
                .argument, "no member \(unknown); there are 0 to \(ensemble.members.count - 1)")
        }
        graphs = try voting.map { try Self.graph(ensemble.members[$0], $0, folder) }
        scores = try graphs.map { try $0.classScores.name }
    }

    private static func graph(_ member: Ensemble.Member, _ number: Int, _ folder: String) throws -> Graph {
        let path = "\(folder)/\(member.model)"
        let storage: ByteView
        do throws(FileFailure) { storage = ByteView(try ByteStorage.whole(path)) } catch {
            throw DatasetFailure(.system, "\(path): \(error.words)")
        }
        guard storage.withSpan({ Digest.sha256(of: $0) }).hex == member.digest else {
            throw DatasetFailure(
                .malformed, "\(path): not the model that was trained as member \(number): its digest is another one")
        }
        let graph = try Graph(storage)
        guard graph.inputNames.count == 1 else {
            throw TensorFailure(.unsupported, "\(path): \(graph.inputNames.count) inputs; one is wanted")
        }
        return graph
    }

    /// Asks all members about all rows.
    ///
    /// - Parameter body: gets the rows of each batch.
    /// - Returns: how members deviate, and how many rows could not be asked about.
    /// - Complexity: a run of every member for every row.
    public func run(
        _ dataset: Dataset, options: BatchInference.Options = BatchInference.Options(), _ body: ([Row]) throws -> Void
    ) throws -> (deviations: [Deviation], unreadable: Int) {
        let elections = Election.Rule.allCases.map {
            Election($0, ensemble.partition, voting: voting, classes: ensemble.classes.count)
        }
        var (differing, asked) = ([Int](repeating: 0, count: voting.count), 0)
        let unreadable = try forEachBatch(dataset, options) { scores, numbers, labels in
            let rows = numbers.indices.map { row in
                let own = scores.map { $0[row] }
                return Row(number: numbers[row], label: labels[row], decisions: elections.map { $0.decide(own) })
            }
            for (row, decided) in rows.enumerated() {
                asked += 1
                for member in voting.indices where Election.first(scores[member][row]) != decided.decisions[0].winner {
                    differing[member] += 1
                }
            }
            try body(rows)
        }
        guard asked > 0 else {
            throw DatasetFailure(.malformed, "\(dataset.path): no row that the members can be asked about")
        }
        return (deviations(differing, asked), unreadable)
    }

    /// Scores of every member for the rows of a batch: by member, row and class.
    ///
    /// - Parameters:
    ///   - every: only rows whose number it divides.
    ///   - limit: only rows below.
    func forEachBatch(
        _ dataset: Dataset, _ options: BatchInference.Options, every: Int = 1, below limit: Int = .max,
        _ body: (_ scores: [[[Float]]], _ numbers: [Int], _ labels: [String?]) throws -> Void
    ) throws -> Int {
        let classes = ensemble.classes.count
        let inference = try BatchInference(graphs[0], dataset, options: options)
        return try inference.forEachInput(most: .max, besides: dataset.name(of: .label)) { values, all, texts in
            let kept = all.indices.filter { all[$0] % every == 0 && all[$0] < limit }
            guard var value = values.values.first, !kept.isEmpty else { return (all.last ?? 0) < limit }
            if kept.count < all.count, let tensor = value.tensor { value = Value(try tensor.picked(0, kept)) }
            let (numbers, labels) = (kept.map { all[$0] }, kept.map { texts[$0] })
            let scores = try voting.indices.map { member -> [[Float]] in
                let found = try graphs[member].run(
                    [graphs[member].inputNames[0]: value], wanted: [self.scores[member]])[self.scores[member]]?.tensor
                guard let found, found.shape == [numbers.count, classes] else {
                    throw TensorFailure(
                        .shape,
                        "member \(voting[member]) gives \(found.map { "\($0.shape)" } ?? "no") scores for \(numbers.count) rows in \(classes) classes"
                    )
                }
                let flat = try found.floats()
                return numbers.indices.map { Array(flat[($0 * classes)..<(($0 + 1) * classes)]) }
            }
            try body(scores, numbers, labels)
            return (all.last ?? 0) < limit
        }
    }

    // MARK: Monitoring

    private func deviations(_ differing: [Int], _ asked: Int) -> [Deviation] {
        let rates = differing.map { Double($0) / Double(asked) }
        // Rows that are harder than those of the calibration move all members alike.
        let shifts = zip(rates, voting).map { $0 - ensemble.members[$1].rate }.sorted()
        let shift = shifts[shifts.count / 2]
        let spread = Self.spread(shifts, about: shift)
        return voting.enumerated().map { place, member in
            let expected = max(1.0 / Double(asked), min(1, ensemble.members[member].rate + shift))
            let (own, known) = (Double(asked), Double(max(1, ensemble.calibrationRows)))
            let noise = (expected * (1 - expected) * (1 / own + 1 / known) + spread * spread).squareRoot()
            let score = (rates[place] - expected) / max(noise, 1e-9)
            // One tail of a normal distribution, for as many members as vote.
            let chance = min(1, Double(voting.count) * erfc(score / 2.0.squareRoot()) / 2)
            return Deviation(member: member, rate: rates[place], expected: expected, pValue: chance)
        }
    }

    /// Scaled median of the distances to the middle.
    private static func spread(_ values: [Double], about middle: Double) -> Double {
        let distances = values.map { abs($0 - middle) }.sorted()
        return 1.4826 * distances[distances.count / 2]
    }

    /// How often each member names another class than those that were not trained on the row either, for rows of the partition
    /// that it was not trained on itself; and members that stand out in that already.
    ///
    /// - Parameters:
    ///   - dataset: the dataset that was divided, or a part of it.
    ///   - most: rows, at most.
    public func calibrated(
        on dataset: Dataset, options: BatchInference.Options = BatchInference.Options(), most: Int = 2000
    ) throws -> (ensemble: Ensemble, deviations: [Deviation]) {
        let aside = Set([Role.label, .id, .split, .source].compactMap { dataset.name(of: $0) })
        let content = dataset.fields.map(\.name).filter { !aside.contains($0) }
        var owners: [Set<Int>] = []
        try dataset.forEachBatch(columns: content) { batch in
            owners += [Set<Int>](repeating: [], count: max(0, batch.firstRow - owners.count))
            for row in 0..<batch.count { owners.append(Set(ensemble.partition.members(of: batch.digest(row)))) }
            return owners.count < 10 * most
        }
        var (differing, asked) = ([Int](repeating: 0, count: voting.count), [Int](repeating: 0, count: voting.count))
        var seen = 0
        let every = max(1, owners.count / most)
        _ = try forEachBatch(dataset, options, every: every, below: owners.count) { scores, numbers, _ in
            for (row, number) in numbers.enumerated() {
                seen += 1
                let free = voting.indices.filter { !owners[number].contains(voting[$0]) }
                var counts = [Int](repeating: 0, count: ensemble.classes.count)
                for member in free { counts[Election.first(scores[member][row])] += 1 }
                let winner = Election.first(counts.map(Float.init))
                for member in free {
                    asked[member] += 1
                    if Election.first(scores[member][row]) != winner { differing[member] += 1 }
                }
            }
        }
        guard seen > 0 else { throw DatasetFailure(.malformed, "\(dataset.path): no row to calibrate the members on") }
        var made = ensemble
        made.calibrationRows = seen
        let rates = voting.indices.map { Double(differing[$0]) / Double(max(1, asked[$0])) }
        for (place, member) in voting.enumerated() { made.members[member].rate = rates[place] }
        // Among themselves: the middle member is what is expected of all.
        let middle = rates.sorted()[rates.count / 2]
        let spread = Self.spread(rates, about: middle)
        let deviations = voting.enumerated().map { place, member in
            let expected = max(1 / Double(seen), middle)
            let noise = (expected * (1 - expected) / Double(max(1, asked[place])) + spread * spread).squareRoot()
            let score = (rates[place] - expected) / max(noise, 1e-9)
            return Deviation(
                member: member, rate: rates[place], expected: expected,
                pValue: min(1, Double(voting.count) * erfc(score / 2.0.squareRoot()) / 2))
        }
        return (made, deviations)
    }
}
