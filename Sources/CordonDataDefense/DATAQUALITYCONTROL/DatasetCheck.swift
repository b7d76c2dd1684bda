internal import CordonTensor

/// One way to look for what is wrong with a dataset.
protocol DatasetCheck: Sendable {
    /// Its name in reports.
    var name: String { get }

    /// Whether this kind of data is what it looks at.
    func concerns(_ set: SampleSet) -> Bool

    /// Whether it says something of a part of a set of this kind within a second or two.
    func isQuick(_ set: SampleSet) -> Bool

    /// Whether it has nothing to say where all rows are the same.
    var comparesRows: Bool { get }

    /// Whether a set of this kind may be called clean when this check found nothing.
    func decides(_ set: SampleSet) -> Bool

    /// Why this set cannot be checked so; `nil` where it can.
    func obstacle(_ context: CheckContext) -> String?

    /// What it finds. Rows are places in the set; causes of the level `clean` are told without alarm.
    func run(_ context: CheckContext) throws -> [DataCause]
}

extension DatasetCheck {
    func concerns(_ set: SampleSet) -> Bool { true }
    func isQuick(_ set: SampleSet) -> Bool { false }
    var comparesRows: Bool { true }
    func decides(_ set: SampleSet) -> Bool { true }
    func obstacle(_ context: CheckContext) -> String? { nil }
}

/// A set, and what more than one check needs of it, made when it is asked for first.
final class CheckContext {
    let set: SampleSet
    let rowsByClass: [[Int]]
    let seed: UInt64
    let falseAlarms: Double
    let isCancelled: () -> Bool
    /// Rows that checks which ran before have explained.
    var explained: Set<Int> = []
    /// Rows that are nearly the same as rows with another label.
    var conflicting: Set<Int> = []
    /// What sources do, once it was looked at.
    var sources: [SourceImpact] = []
    /// A model whose layers are looked at; `nil` trains one.
    var model: Graph?
    private var madeNumbers: RowNumbers?
    private var madeSurvey: NeighbourSurvey?
    private var madeSpace: (any PatternSpace)?
    private var madeFit: CrossFit?

    init(_ set: SampleSet, seed: UInt64, falseAlarms: Double, isCancelled: @escaping () -> Bool) {
        self.set = set
        rowsByClass = set.rowsByClass
        self.seed = seed
        self.falseAlarms = falseAlarms
        self.isCancelled = isCancelled
    }

    func stopIfCancelled() throws(DataCheckFailure) {
        if isCancelled() { throw DataCheckFailure("cancelled") }
    }

    /// Rows as numbers in which distances mean something; `nil` for texts.
    func numbers() throws -> RowNumbers? {
        if let madeNumbers { return madeNumbers }
        madeNumbers = try RowNumbers(set)
        return madeNumbers
    }

    /// What the nearest rows of each row say; `nil` where rows have no neighbours.
    func survey() throws -> NeighbourSurvey? {
        if let madeSurvey { return madeSurvey }
        madeSurvey = try space()?.survey()
        return madeSurvey
    }

    /// The set as features; `nil` where there is no such form.
    func space() throws -> (any PatternSpace)? {
        if let madeSpace { return madeSpace }
        switch set.content {
        case .pictures(let pixels, let height, let width, let channels):
            madeSpace = try numbers().map {
                try PicturePatterns(
                    set, $0, pixels: pixels, height: height, width: width, channels: channels, seed: seed)
            }
        case .texts(let texts): madeSpace = try TextPatterns(set, texts: texts)
        case .table(let columns): madeSpace = try numbers().map { try TablePatterns(set, columns, $0, seed: seed) }
        case .dialogues: break
        }
        return madeSpace
    }

    /// Out-of-sample probabilities of a proxy model.
    func fit() throws -> CrossFit {
        if let madeFit { return madeFit }
        let fit = try CrossFit(self)
        madeFit = fit
        return fit
    }

    /// Why labels cannot be compared; `nil` where they can.
    var labelObstacle: String? {
        if set.targets != nil { return "the label is a number with \(set.classes.count) values, not a class" }
        if set.classes.isEmpty { return "there is no label; name its column with --label" }
        if set.classes.count == 1 { return "all rows have the same label" }
        let enough = rowsByClass.count { $0.count >= 3 * 8 }
        if enough == 0 { return "no label has 24 rows or more" }
        if set.classes.count > 1000 { return "\(set.classes.count) different labels; is the column a class?" }
        return nil
    }
}
