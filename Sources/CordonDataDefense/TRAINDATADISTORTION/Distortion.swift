public import CordonData

/// What the rows of a dataset are, as distortions see them.
public enum DataKind: String, Hashable, Sendable {
    case pictures, texts, table

    /// - Throws: ``DatasetFailure`` for chats, whose rows are no single values.
    init(_ dataset: Dataset) throws(DatasetFailure) {
        if dataset.name(of: .messages) != nil {
            throw DatasetFailure(
                .argument,
                "\(dataset.path): chats are not distorted or augmented; name a column of plain text with --text")
        }
        self = dataset.name(of: .image) != nil ? .pictures : dataset.name(of: .text) != nil ? .texts : .table
    }
}

/// One way to distort training data so that what was planted in it stops working.
///
/// Control: TRAINDATADISTORTION. Amounts are those of the method; see ``Method/amounts``.
public struct Distortion: Hashable, Sendable {
    /// The methods that OWASP's control names, and the noises that its text means.
    public enum Method: String, CaseIterable, Sendable {
        case gaussian, laplace
        case saltAndPepper = "salt-and-pepper"
        case smoothing, jpeg, bits, erasing, colour
        case characters, words, dropout
        case fields
        case privacy = "private"
        case lid, trim, bagging
    }

    /// The method.
    public let method: Method
    /// How much of it.
    public let amount: Double
    /// Columns by name that ``Method/fields`` removes; empty where they are ranked.
    public let names: [String]

    /// - Parameter amount: within the method's range; `nil` takes the usual one.
    /// - Throws: ``DatasetFailure`` for an amount out of range.
    public init(_ method: Method, _ amount: Double? = nil, names: [String] = []) throws(DatasetFailure) {
        let value = amount ?? method.usual
        guard method.amounts.contains(value) else {
            throw DatasetFailure(
                .argument,
                "\(method.rawValue)=\(Float(value)): from \(Float(method.amounts.lowerBound)) to \(Float(method.amounts.upperBound)), \(method.meaning)"
            )
        }
        (self.method, self.amount, self.names) = (method, value, names)
    }

    /// From `NAME`, `NAME=AMOUNT` or `fields=COLUMN,COLUMN`.
    ///
    /// - Throws: ``DatasetFailure`` that names what there is.
    public init(_ text: String) throws(DatasetFailure) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let method = Method(rawValue: parts[0]) else {
            throw DatasetFailure(
                .argument,
                "no distortion '\(parts[0])'; there are \(Method.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let amount = parts.count == 2 ? Double(parts[1]).flatMap { $0.isFinite ? $0 : nil } : nil
        guard parts.count == 1 || amount != nil || method == .fields else {
            throw DatasetFailure(.argument, "\(text): '\(parts[1])' is no number; \(method.meaning)")
        }
        let names = amount == nil && parts.count == 2 ? parts[1].split(separator: ",").map(String.init) : []
        try self.init(method, amount, names: names)
    }

    /// As it is written: `jpeg=50`.
    public var description: String {
        method == .bagging
            ? method.rawValue
            : "\(method.rawValue)=" + (names.isEmpty ? Self.short(amount) : names.joined(separator: ","))
    }

    private static func short(_ number: Double) -> String {
        Int(exactly: number).map { "\($0)" } ?? "\(Float(number))"
    }
}

extension Distortion.Method {
    /// Amounts that it takes.
    public var amounts: ClosedRange<Double> {
        switch self {
        case .gaussian, .laplace: 0.001...2
        case .saltAndPepper, .characters, .words, .dropout, .erasing: 0.001...0.9
        case .smoothing: 0.1...20
        case .jpeg: 1...100
        case .bits: 1...7
        case .colour: 0.01...0.9
        case .fields: 1...1000
        case .privacy: 0.01...1000
        case .lid, .trim: 0.001...0.5
        case .bagging: 1...1
        }
    }

    /// The amount where none is given.
    public var usual: Double {
        switch self {
        case .gaussian, .laplace: 0.1
        case .saltAndPepper, .characters: 0.05
        case .words, .dropout, .erasing: 0.2
        case .smoothing: 1
        case .jpeg: 30
        case .bits: 3
        case .colour: 0.3
        case .fields, .bagging: 1
        case .privacy: 10
        case .lid, .trim: 0.1
        }
    }

    /// What the amount is.
    public var meaning: String {
        switch self {
        case .gaussian, .laplace: "standard deviation, as a share of a picture's range or of a column's own deviation"
        case .saltAndPepper: "share of places set to the least or greatest value"
        case .smoothing: "standard deviation of the kernel in pixels"
        case .jpeg: "quality"
        case .bits: "bits that are kept of a value's range"
        case .erasing: "share of the area"
        case .colour: "greatest change of brightness, contrast and saturation"
        case .characters: "share of letters swapped, dropped, doubled or replaced"
        case .words: "share of words replaced by others of the dataset"
        case .dropout: "share of words or values that go"
        case .fields: "how many columns go, those that help most to memorise first; or their names"
        case .privacy: "epsilon, for each row of a table, word of a text or sixteen pixels of a picture"
        case .lid, .trim: "share of rows that go"
        case .bagging: "rows drawn with replacement, those in thinly populated places seldom"
        }
    }

    /// Whether it says which rows stay, and changes no value.
    var isSelection: Bool { self == .lid || self == .trim || self == .bagging }

    /// What it can be used on.
    public var kinds: Set<DataKind> {
        switch self {
        case .gaussian, .laplace, .saltAndPepper, .bits: [.pictures, .table]
        case .smoothing, .jpeg, .erasing, .colour: [.pictures]
        case .characters, .words: [.texts]
        case .dropout: [.texts, .table]
        case .fields: [.table]
        case .privacy, .trim: [.pictures, .texts, .table]
        case .lid, .bagging: [.pictures, .table]
        }
    }
}
