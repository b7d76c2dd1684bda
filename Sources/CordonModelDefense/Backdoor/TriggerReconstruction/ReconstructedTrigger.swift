internal import CordonTensor

/// The smallest change that was found to turn rows of other classes into one class.
public struct ReconstructedTrigger: Sendable {
    /// How it changes rows.
    public enum Kind: String, CaseIterable, Sendable {
        /// Covers a part of a row.
        case covering
        /// Is added to all of a row.
        case added
        /// Bends pictures.
        case bending
    }
    /// How it changes rows.
    public let kind: Kind
    /// The class that it turns rows into.
    public let target: Int
    /// How large it is, in the family's own unit: places, share of the range, half widths of the picture.
    public let size: Double
    /// Share of rows of other classes, those that it was not made from, that it turns.
    public let success: Double
    /// Its numbers, with an extent 1 in front.
    let parameters: [Tensor]

    /// Rows `[rows, …]` with the trigger.
    func applied(to rows: Tensor, _ classifier: Classifier) throws -> Tensor {
        try Self.family(kind).applied(parameters, to: rows.unsqueezed(0), classifier).reshaped(rows.shape)
    }

    static func family(_ kind: Kind) -> any TriggerFamily {
        switch kind {
        case .covering: CoveringTriggers()
        case .added: AddedTriggers()
        case .bending: BendingTriggers()
        }
    }
}
