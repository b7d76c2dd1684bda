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
        /// Chance of what was found if the class were clean, all tries counted; 1 where nothing was.
        public let pValue: Double
        /// Rows that are alerted.
        public let alerted: Int
    }

    /// The whole dataset.
    public internal(set) var level = Level.notEvaluated
    /// Every class with rows, in the order in which labels come.
    public internal(set) var classes: [ClassVerdict] = []
    /// What rows were made to carry.
    public internal(set) var triggers: [DataTrigger] = []
    /// Numbers of rows that should be looked at: the alert threshold.
    public internal(set) var alerted: [Int] = []
    /// Numbers of rows that should be left out of training: the filter threshold.
    public internal(set) var filtered: [Int] = []
    /// Labels that were changed.
    public internal(set) var relabelled: [ChangedLabels] = []
    /// What could not be checked, and why.
    public internal(set) var notEvaluated: [(check: String, reason: String)] = []
    /// Checks that ran.
    public internal(set) var checks: [String] = []
    /// Rows that were checked.
    public internal(set) var rows = 0
    /// Rows that could not be read.
    public internal(set) var leftOut = 0
}

/// Rows whose label is not what they are.
public struct ChangedLabels: Sendable {
    /// The label that they should have; `nil` for many.
    public let from: String?
    /// The label that they have; `nil` for many.
    public let to: String?
    /// Share of labels that were changed: of all rows, or of the class that they come from.
    public let rate: Double
    /// The rows.
    public let rows: [Int]
    /// Chance of this in a clean dataset, all tries counted.
    public let pValue: Double
}

/// What poisoned rows have in common.
public struct DataTrigger: Sendable {
    /// What it is made of.
    public enum Kind: String, Sendable, CaseIterable {
        case patch, blend, words, values
    }
    /// What it is made of.
    public let kind: Kind
    /// What it looks like, in words.
    public let description: String
    /// The label that rows with it have.
    public let target: String
    /// Rows that carry it.
    public let rows: [Int]
    /// Chance of this in a clean dataset, all tries counted.
    public let pValue: Double
    /// Share of its rows for whose label nothing else speaks, and the share in the rest of the class.
    public let unsupported: (carriers: Double, usual: Double)
}
