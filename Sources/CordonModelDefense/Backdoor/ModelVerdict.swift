/// What an inspection of a model found.
public struct ModelVerdict: Sendable {
    /// How bad it is.
    public enum Level: String, Sendable, CaseIterable, Comparable {
        /// What decides could not be looked at: nothing is known.
        case notEvaluated
        /// Nothing was found beyond what clean models show.
        case clean
        /// Something is beyond what clean models show, and may be natural.
        case suspect
        /// The model has a backdoor.
        case backdoored

        /// In the order of the cases.
        public static func < (a: Level, b: Level) -> Bool {
            (Level.allCases.firstIndex(of: a) ?? 0) < (Level.allCases.firstIndex(of: b) ?? 0)
        }
    }
    /// One class that rows can be led to.
    public struct Target: Sendable {
        /// The class, as the model counts.
        public let index: Int
        /// How bad it is.
        public let level: Level
        /// How far it stands out, in deviations of the classes of clean models.
        public let score: Double
    }
    /// Something that was seen in the file, without running the model.
    public struct Remark: Sendable {
        /// What was looked at.
        public enum Kind: String, Sendable, CaseIterable {
            /// Operators that no standard knows.
            case customOperators
            /// Nodes that compare inputs with constants beside the layers.
            case triggerSubgraph
            /// Weights that are not numbers, or far larger than their neighbours.
            case weights
            /// Channels whose output grows far more than that of others in their layer.
            case outlierChannels
            /// Readable or executable content in the low bits of weights.
            case hiddenPayload
            /// The model that it is said to come from.
            case base
        }
        /// What was looked at.
        public let kind: Kind
        /// How bad it is; `clean` is only told.
        public let level: Level
        /// What was seen, with the place.
        public let description: String
    }

    /// The whole model.
    public internal(set) var level = Level.notEvaluated
    /// How sure it is that the model has a backdoor: from 0 to 1; a half is the border between clean and suspect.
    public internal(set) var confidence = 0.0
    /// Classes that stand out, the worst first.
    public internal(set) var targets: [Target] = []
    /// The smallest triggers for those classes, the strangest first.
    public internal(set) var triggers: [FoundTrigger] = []
    /// What was seen in the file.
    public internal(set) var remarks: [Remark] = []
    /// Scores of all classes, by what was measured: in deviations of the classes of clean models; above 0 is stranger.
    public internal(set) var scores: [(measure: String, classes: [Double])] = []
    /// What could not be looked at, and why.
    public internal(set) var notEvaluated: [(check: String, reason: String)] = []
    /// Checks that ran.
    public internal(set) var checks: [String] = []
    /// Classes that the model tells apart; 0 where that is not known.
    public internal(set) var classes = 0
    /// Clean rows that were used.
    public internal(set) var rows = 0

    /// The verdict with something else that was seen; it gets no better by that.
    package func adding(_ kind: Remark.Kind, _ level: Level, _ description: String) -> ModelVerdict {
        var copy = self
        copy.remarks.append(Remark(kind: kind, level: level, description: description))
        copy.level = max(self.level, level > .clean ? level : self.level)
        if copy.level > .clean, level > .clean { copy.confidence = max(confidence, 0.5) }
        copy.checks.append(kind.rawValue)
        return copy
    }
}

/// A trigger for a class that stands out.
public struct FoundTrigger: Sendable {
    /// How a trigger changes rows.
    public enum Kind: String, CaseIterable, Sendable {
        /// Covers a part of a row.
        case covering
        /// Is added to all of a row.
        case added
        /// Bends pictures.
        case bending
        /// Tokens that are put into a text.
        case tokens

        init(_ kind: ReconstructedTrigger.Kind) {
            switch kind {
            case .covering: self = .covering
            case .added: self = .added
            case .bending: self = .bending
            }
        }
    }

    /// How it changes rows.
    public let kind: Kind
    /// The class that it leads to.
    public let target: Int
    /// For people.
    public let description: String
    /// Share of rows of other classes that it turns.
    public let success: Double
    /// How large it is, in the family's unit; for tokens the mean loss of the class, in nats.
    public let size: Double
    /// What the class would need by nature.
    public let naturalSize: Double
    /// Numbers of the tokens; empty for other kinds.
    public let tokens: [Int]
    /// The trigger, and a row without and with it; `nil` where rows are no pictures.
    public let picture: Picture?

    /// Pixels from 0 to 255, row by row, channels together.
    public struct Picture: Sendable {
        /// Extents.
        public let height: Int, width: Int, channels: Int
        /// What the trigger changes, around grey.
        public let trigger: [UInt8]
        /// A row as it came.
        public let before: [UInt8]
        /// The same row with the trigger.
        public let after: [UInt8]
    }
}
