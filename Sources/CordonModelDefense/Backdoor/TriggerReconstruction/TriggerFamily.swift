internal import CordonTensor

/// A way in which triggers change rows, with numbers that a descent can find.
///
/// Parameters have the targets as their first axis: triggers for all of them are looked for at once.
protocol TriggerFamily: Sendable {
    var kind: ReconstructedTrigger.Kind { get }
    /// Length of a step.
    var rate: Double { get }
    /// Whether its size grows with its numbers.
    var isScalable: Bool { get }
    /// Where the descent starts.
    func start(_ targets: Int, _ classifier: Classifier, _ generator: Generator) throws -> [Tensor]
    /// Rows `[targets, rows, …]` with the trigger of each target.
    func applied(_ parameters: [Tensor], to rows: Tensor, _ classifier: Classifier) throws -> Tensor
    /// How large each trigger is, one number per target.
    func sizes(_ parameters: [Tensor], _ classifier: Classifier) throws -> Tensor
}

extension Tensor {
    /// Elements from 0 to 1 brought between limits.
    fileprivate func between(_ low: Tensor, _ high: Tensor) throws -> Tensor { try low + self * (high - low) }

    fileprivate func halfTanh() throws -> Tensor { try tanh() * 0.5 + 0.5 }
}

/// Places that are covered by a pattern: a patch, a sticker, fixed values of a few features. The size is the number of places.
///
/// Source: Wang and others 2019, "Neural Cleanse", section IV.
struct CoveringTriggers: TriggerFamily {
    let kind = ReconstructedTrigger.Kind.covering
    let rate = 0.4
    let isScalable = false

    func start(_ targets: Int, _ classifier: Classifier, _ generator: Generator) throws -> [Tensor] {
        let shape = classifier.shape
        let mask = classifier.isPicture ? [targets, 1, 1] + shape.dropFirst() : [targets, 1] + shape
        return [
            try Tensor.normal(mask, generator, deviation: 0.3) - 1,
            try Tensor.normal([targets, 1] + shape, generator, deviation: 0.3),
        ]
    }

    func applied(_ parameters: [Tensor], to rows: Tensor, _ classifier: Classifier) throws -> Tensor {
        let mask = try parameters[0].halfTanh()
        let pattern = try parameters[1].halfTanh().between(classifier.low, classifier.high)
        return try rows + mask * (pattern - rows)
    }

    func sizes(_ parameters: [Tensor], _ classifier: Classifier) throws -> Tensor {
        try parameters[0].halfTanh().sum(Array(1..<parameters[0].rank))
    }
}

/// Numbers that are added to all of a row: blended pictures, waves. The size is their root mean square, as a share of the range.
///
/// Source: targeted universal perturbations, Moosavi-Dezfooli and others 2017.
struct AddedTriggers: TriggerFamily {
    let kind = ReconstructedTrigger.Kind.added
    let rate = 0.03
    let isScalable = true

    func start(_ targets: Int, _ classifier: Classifier, _ generator: Generator) throws -> [Tensor] {
        [try Tensor.normal([targets, 1] + classifier.shape, generator, deviation: 0.02)]
    }

    func applied(_ parameters: [Tensor], to rows: Tensor, _ classifier: Classifier) throws -> Tensor {
        let (low, high) = (classifier.low, classifier.high)
        return try (rows + parameters[0] * (high - low)).limited(low, high)
    }

    func sizes(_ parameters: [Tensor], _ classifier: Classifier) throws -> Tensor {
        try ((parameters[0] * parameters[0]).mean(Array(1..<parameters[0].rank)) + 1e-12).squareRoots()
    }
}

/// Pictures bent by a smooth field. The size is the root mean square of how far pixels move.
///
/// Source: Nguyen and Tran 2021, "WaNet": a field of few numbers, brought to the picture's size.
struct BendingTriggers: TriggerFamily {
    let kind = ReconstructedTrigger.Kind.bending
    let rate = 0.04
    let isScalable = true
    private static let nodes = 6

    func start(_ targets: Int, _ classifier: Classifier, _ generator: Generator) throws -> [Tensor] {
        [try Tensor.normal([targets, 2, Self.nodes, Self.nodes], generator, deviation: 0.02)]
    }

    /// Where pixels are read, from -1 to 1: `[targets, h, w, 2]`.
    private func field(_ parameters: [Tensor], _ classifier: Classifier) throws -> Tensor {
        try parameters[0].resized(classifier.shape[1], classifier.shape[2]).permuted([0, 2, 3, 1])
    }

    func applied(_ parameters: [Tensor], to rows: Tensor, _ classifier: Classifier) throws -> Tensor {
        let (targets, count, shape) = (rows.shape[0], rows.shape[1], classifier.shape)
        let places = try Tensor.pixelPlaces(shape[1], shape[2]) + field(parameters, classifier)
        let whole = try places.unsqueezed(1).expanded([targets, count, shape[1], shape[2], 2])
        return try rows.reshaped([targets * count] + shape).readingGrid(
            whole.reshaped([targets * count, shape[1], shape[2], 2])
        ).reshaped(rows.shape)
    }

    func sizes(_ parameters: [Tensor], _ classifier: Classifier) throws -> Tensor {
        let field = try field(parameters, classifier)
        return try ((field * field).mean([1, 2, 3]) + 1e-12).squareRoots()
    }
}
