/// What a check of a dataset found.
public struct DataVerdict: Sendable {
    /// How bad it is.
    public enum Level: String, Sendable, CaseIterable, Comparable {
        /// No check could run: nothing is known.
        case notEvaluated
        /// Nothing was found beyond chance.
        case clean
        /// Something is beyond chance and may be natural.
        case suspect
        /// Rows were made to change what a model learns.
        case poisoned

        /// In the order of the cases.
        public static func < (a: Level, b: Level) -> Bool {
            (Level.allCases.firstIndex(of: a) ?? 0) < (Level.allCases.firstIndex(of: b) ?? 0)
        }
    }
    /// One class.
    public struct ClassVerdict: Sendable {
        /// The label as text.
        public let name: String
        /// Rows with this label.
        public let rows: Int
        /// How bad it is.
        public let level: Level
        /// Chance of all that was found if the class were clean, all tries counted, by Fisher's method; 1 where nothing was.
        public let pValue: Double
        /// Rows that are alerted.
        public let alerted: Int
    }

    /// The whole dataset.
    public internal(set) var level = Level.notEvaluated
    /// Every class with rows, in the order in which labels come.
    public internal(set) var classes: [ClassVerdict] = []
    /// Everything that was found, the worst first; causes of the level `clean` are only told.
    public internal(set) var causes: [DataCause] = []
    /// Numbers of rows that should be looked at: the alert threshold.
    public internal(set) var alerted: [Int] = []
    /// Chance of all that was found with each alerted row, in their order, if it were clean; by Fisher's method, as for classes.
    public internal(set) var alertedPValues: [Double] = []
    /// Numbers of rows that should be left out of training: the filter threshold.
    public internal(set) var filtered: [Int] = []
    /// What could not be checked, and why.
    public internal(set) var notEvaluated: [(check: String, reason: String)] = []
    /// Checks that ran.
    public internal(set) var checks: [String] = []
    /// Rows that were checked.
    public internal(set) var rows = 0
    /// Rows that could not be read.
    public internal(set) var leftOut = 0
    /// The column whose values name rows, and those values of the alerted rows; `nil` where rows have no names.
    public internal(set) var ids: (column: String, names: [Int: String])?
    /// Sources of rows, the most harmful first; empty where rows do not tell.
    public internal(set) var sources: [SourceVerdict] = []

    /// Rows of every cause, the first ones, for people to look at.
    public internal(set) var excerpts: [Int: RowExcerpt] = [:]
    /// Some of the rows in a plane; `nil` where rows are no numbers.
    public internal(set) var map: RowMap?

    /// What poisoned rows have in common.
    public var triggers: [DataCause] { causes.filter { $0.kind.isTrigger && $0.level > .clean } }
    /// Labels that were changed.
    public var relabelled: [DataCause] { causes.filter { $0.kind == .changedLabels } }
}

/// One reason for a verdict: what is wrong, with which rows, and how sure that is.
public struct DataCause: Sendable {
    /// What is wrong.
    public enum Kind: String, Sendable, CaseIterable {
        /// What rows carry.
        case patch, blend, words, values
        /// A subgroup of a class that a model sees and people may not.
        case subgroup
        /// Labels that were changed.
        case changedLabels
        /// Numbers that do not follow from the rest of their row.
        case changedTargets
        /// Orders to a model, and text that is not seen.
        case injection, hiddenText
        /// Rows that are the same, or nearly.
        case duplicates, conflictingDuplicates
        /// Values that do not fit their column.
        case badValues
        /// Rows that are far from all others.
        case outliers
        /// Rows of one source that harm a model.
        case harmfulSource
        /// Rows and columns that are not as they were registered.
        case changedRows, drift

        /// Whether a model can learn to react to it.
        public var isTrigger: Bool { [.patch, .blend, .words, .values, .subgroup].contains(self) }
    }
    /// What is wrong.
    public let kind: Kind
    /// How bad it is.
    public internal(set) var level: DataVerdict.Level
    /// What it is, in words.
    public let description: String
    /// What speaks for it, one sentence each.
    public var evidence: [String] = []
    /// Labels that its rows have.
    public var classes: [String] = []
    /// The label that its rows should have; `nil` where that is many or unknown.
    public var from: String?
    /// Share of what was changed, estimated.
    public var rate: Double?
    /// Numbers of the rows.
    public internal(set) var rows: [Int]
    /// Those of the rows that should be left out.
    public internal(set) var filtered: [Int]
    /// Chance of this in a clean dataset, all tries counted; `nil` where it is no question of chance.
    public var pValue: Double?
    /// Share of its rows for whose label nothing else speaks, and the share in the rest of the class.
    public var unsupported: (carriers: Double, usual: Double)?
    /// What to look for in the texts of its rows: words of a trigger, passages that give orders. Letters may be of any case.
    public internal(set) var phrases: [String] = []
    /// What a trigger looks like.
    public var picture: TriggerPicture?

    /// The label that rows with it have, where it is one.
    public var target: String? { classes.count == 1 ? classes[0] : nil }

    init(
        _ kind: Kind, level: DataVerdict.Level, _ description: String, rows: [Int], pValue: Double? = nil,
        filtered: [Int]? = nil
    ) {
        self.kind = kind
        self.level = level
        self.description = description
        self.rows = rows
        self.pValue = pValue
        self.filtered = filtered ?? (level == .poisoned ? rows : [])
    }

    /// The level that a chance stands for.
    static func level(_ pValue: Double) -> DataVerdict.Level { pValue < certain ? .poisoned : .suspect }

    /// Chance below which something is called poison.
    static let certain = 1e-6
}

/// Pixels that make a trigger: their values where they belong to it.
public struct TriggerPicture: Sendable {
    /// Pixels down, across and in depth.
    public let height: Int, width: Int, channels: Int
    /// Value at each place, row by row; `nil` where the trigger is not.
    public let values: [UInt8?]
}

/// How the rows of one source change a model.
public struct SourceVerdict: Sendable {
    /// The source.
    public let name: String
    /// Rows that come from it.
    public let rows: Int
    /// Share of them that are alerted.
    public let alerted: Double
    /// How much a model is worse with these rows than without, in loss per row of others, with the bounds of 95 %.
    public let harm: (mean: Double, low: Double, high: Double)?
    /// Chance of as much harm from a source that is like the others, all sources counted.
    public let pValue: Double?
    /// Cosine of the direction in which its rows pull a model that did not see them with that of all others; below 0: against.
    public let pull: Double
}
