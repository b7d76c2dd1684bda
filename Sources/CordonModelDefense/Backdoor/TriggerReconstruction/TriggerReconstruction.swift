internal import CordonCore
internal import CordonTensor

/// Looks for the smallest trigger of a family for each class at once.
///
/// A descent makes rows of other classes the target's, and the trigger small, with a weight between the two that follows
/// how often it works (Wang and others 2019, "Neural Cleanse"). A class that was made the target of a backdoor needs a much
/// smaller trigger than others do.
///
/// - Complexity: steps · targets · rows runs of the model, forward and backward.
struct TriggerReconstruction {
    let family: any TriggerFamily
    var steps = 130
    var rowsPerTarget = 5
    /// Share of rows that a trigger has to turn.
    var wanted = 0.95
    var isCancelled: @Sendable () -> Bool = { false }

    /// What was found for all targets.
    struct Result {
        /// The smallest trigger of each target for which there is one that works.
        let triggers: [ReconstructedTrigger]
        /// Sizes of all targets' triggers; where none works, twice the size of the one that came last.
        let sizes: [Double]
    }

    /// - Parameters:
    ///   - targets: classes that triggers are looked for, at least one.
    ///   - rows: rows of all classes.
    ///   - classes: the classes that the model gives them.
    func run(
        _ classifier: Classifier, targets: [Int], rows: Tensor, classes: [Int], seed: UInt64
    ) throws -> Result {
        let split = targets.map { target in
            let others = classes.indices.filter { classes[$0] != target }
            // Every other row is kept to see how well a trigger works.
            return Rows(
                learned: others.enumerated().filter { $0.offset % 2 == 0 }.map(\.element),
                asked: others.enumerated().filter { $0.offset % 2 == 1 }.map(\.element))
        }
        guard split.allSatisfy({ !$0.asked.isEmpty }) else {
            throw TensorFailure(.shape, "the model gives all rows one class: rows of several classes are wanted")
        }
        var search = Search(
            settings: self, classifier: classifier, rows: rows, random: SplitMix(state: seed))
        let generator = try Generator(seed: seed)
        var all = try Field(targets, split, family.start(targets.count, classifier, generator))
        try search.descend(&all)
        return Result(triggers: try search.triggers(all), sizes: all.allSizes)
    }

    /// Rows of other classes: those that a trigger is made from, and those that it is tried on.
    private struct Rows {
        let learned: [Int]
        let asked: [Int]
    }

    /// Targets with their triggers so far.
    private struct Field {
        let targets: [Int]
        let rows: [Rows]
        let parameters: [Tensor]
        /// The smallest trigger that works, and its size.
        var best: [(size: Double, parameters: [Tensor])?]
        var sizes: [Double]
        /// How often each works, with the last steps counting most.
        var usual: [Double]

        init(_ targets: [Int], _ rows: [Rows], _ parameters: [Tensor]) {
            (self.targets, self.rows, self.parameters) = (targets, rows, parameters)
            best = [(size: Double, parameters: [Tensor])?](repeating: nil, count: targets.count)
            sizes = [Double](repeating: 0, count: targets.count)
            usual = sizes
        }

        var allSizes: [Double] { zip(best, sizes).map { $0?.size ?? 2 * $1 } }
    }

    private struct Search {
        let settings: TriggerReconstruction
        let classifier: Classifier
        let rows: Tensor
        var random: SplitMix

        private static let firstWeight = 0.1
        private static let up = 1.12
        private static let down = 1.15

        mutating func descend(_ field: inout Field) throws {
            let (family, count, targets) = (settings.family, settings.rowsPerTarget, field.targets)
            let descent = try Descent(field.parameters, optimizer: .adam(beta1: 0.5, beta2: 0.9))
            let goal = try Tensor.classes(targets.flatMap { [Int](repeating: $0, count: count) })
            var weights = try family.sizes(field.parameters, classifier).doubles().map {
                Self.firstWeight / max(1e-9, $0)
            }
            for step in 0..<settings.steps {
                if settings.isCancelled() { throw TensorFailure(.cancelled, "cancelled") }
                var chosen: [Int] = []
                for own in field.rows {
                    for _ in 0..<count {
                        chosen.append(own.learned[Int.random(in: 0..<own.learned.count, using: &random)])
                    }
                }
                let batch = try rows.picked(0, chosen).reshaped([targets.count, count] + classifier.shape)
                let before = try descent.values()
                let balance = try Tensor(weights.map(Float.init), shape: [targets.count])
                var (guesses, sizes): ([Int], [Double]) = ([], [])
                let rate = family.rate * (1 - 0.8 * Double(step) / Double(settings.steps))
                try descent.step(rate: rate) { parameters in
                    let turned = try family.applied(parameters, to: batch, classifier)
                    let logits = try classifier.logits(turned.reshaped([goal.count] + classifier.shape))
                    let size = try family.sizes(parameters, classifier)
                    guesses = try logits.detached().argmax(1)
                    sizes = try size.detached().doubles()
                    let losses = try logits.crossEntropies(goal).reshaped([targets.count, count]).mean([1])
                    return try (losses + balance * size).total()
                }
                for (place, target) in targets.enumerated() {
                    let own = guesses[(place * count)..<((place + 1) * count)]
                    let share = Double(own.count { $0 == target }) / Double(count)
                    field.usual[place] = step == 0 ? share : 0.75 * field.usual[place] + 0.25 * share
                    let works = field.usual[place] >= settings.wanted
                    if works, sizes[place] < (field.best[place]?.size ?? .infinity) {
                        field.best[place] = (sizes[place], try before.map { try $0.sliced(0, place, place + 1) })
                    }
                    weights[place] *= works ? Self.up : 1 / Self.down
                }
                field.sizes = sizes
            }
        }

        func triggers(_ field: Field) throws -> [ReconstructedTrigger] {
            try field.targets.indices.compactMap { place in
                guard let found = field.best[place] else { return nil }
                func trigger(_ success: Double) -> ReconstructedTrigger {
                    ReconstructedTrigger(
                        kind: settings.family.kind, target: field.targets[place], size: found.size, success: success,
                        parameters: found.parameters)
                }
                let asked = Array(field.rows[place].asked.prefix(Self.mostAsked))
                let guesses = try classifier.predictions(
                    trigger(0).applied(to: rows.picked(0, asked), classifier))
                return trigger(Double(guesses.count { $0 == field.targets[place] }) / Double(guesses.count))
            }
        }

        private static let mostAsked = 100
    }
}
