internal import CordonCore
public import CordonData
internal import CordonFormats
internal import Glibc

/// What a version of a dataset is like: digests of its rows, its columns, and how values are spread, per label as well.
///
/// The reference that later versions are compared with. Written as JSON, schema `data-reference-1.0`.
public struct DatasetProfile: Sendable {
    /// How the values of one column are spread.
    struct Spread: Sendable, Equatable {
        /// Values at equal shares, from the least to the greatest; empty for categories.
        var quantiles: [Double] = []
        /// Rows of each value, the most frequent ones; empty for numbers.
        var counts: [String: Int] = [:]
        /// Rows with a value, and without.
        var rows = 0
        var missing = 0
    }
    /// Rows that could be read.
    public internal(set) var rows = 0
    /// Rows that could not.
    public internal(set) var leftOut = 0
    /// Names and types of the columns.
    var fields: [(name: String, type: String)] = []
    /// Spreads by column, and by label and column: `column` or `label\u{1F}column`.
    var spreads: [String: Spread] = [:]
    /// The first 16 bytes of every row's SHA-256, as hexadecimal digits, in order.
    var digests: [String] = []

    static let separator = "\u{1F}"
    private static let quantileCount = 32
    private static let categoryLimit = 200
    private static let labelLimit = 50
    private static let digestCharacters = 32

    init() {}

    /// Reads a dataset.
    ///
    /// - Throws: ``DatasetFailure`` and ``DataCheckFailure`` where it cannot be read.
    public init(_ dataset: Dataset, isCancelled: @escaping @Sendable () -> Bool = { false }) throws {
        fields = dataset.fields.map { ($0.name, $0.type.description) }
        var loader = SampleLoader(dataset, isCancelled: isCancelled)
        let set = try loader.load()
        (rows, leftOut) = (set.count, set.leftOut)
        let columns = set.profileColumns
        for column in columns { spreads[column.name] = Self.spread(column, nil) }
        if set.targets == nil, !set.classes.isEmpty {
            spreads["label"] = Self.spread(.categories(name: "label", set.labels, names: set.classes), nil)
            let groups = set.rowsByClass.enumerated().sorted {
                ($1.element.count, $0.offset) < ($0.element.count, $1.offset)
            }
            for (label, own) in groups.prefix(Self.labelLimit) where own.count >= 50 {
                for column in columns {
                    spreads[set.classes[label] + Self.separator + column.name] = Self.spread(column, own)
                }
            }
        }
        if let targets = set.targets { spreads["label"] = Self.spread(.numbers(name: "label", targets), nil) }
        var digests: [String] = []
        try dataset.forEachBatch { batch in
            for row in 0..<batch.count {
                digests.append(String(RowList.hex(batch.digest(row)).prefix(Self.digestCharacters)))
            }
            return !isCancelled()
        }
        self.digests = digests
    }

    private static func spread(_ column: SampleSet.TableColumn, _ rows: [Int]?) -> Spread {
        var spread = Spread()
        switch rows.map(column.picking) ?? column {
        case .numbers(_, let values):
            let sorted = values.filter(\.isFinite).sorted()
            (spread.rows, spread.missing) = (sorted.count, values.count - sorted.count)
            guard !sorted.isEmpty else { return spread }
            spread.quantiles = (0...quantileCount).map { Double(sorted[($0 * (sorted.count - 1)) / quantileCount]) }
        case .categories(_, let values, let names):
            var counts: [Int32: Int] = [:]
            for value in values where value >= 0 { counts[value, default: 0] += 1 }
            spread.rows = counts.values.reduce(0, +)
            spread.missing = values.count - spread.rows
            let most = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(categoryLimit)
            for (value, count) in most { spread.counts[names[Int(value)]] = count }
        }
        return spread
    }

    // MARK: Writing and reading

    /// As JSON.
    public func json() -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.string("schemaVersion", "1.0")
            json.number("rows", rows)
            json.array("columns") { json in
                for field in fields {
                    json.object { json in
                        json.string("name", field.name)
                        json.string("type", field.type)
                    }
                }
            }
            json.array("spreads") { json in
                for (name, spread) in spreads.sorted(by: { $0.key < $1.key }) {
                    json.object { json in
                        let parts = name.split(separator: Self.separator, omittingEmptySubsequences: false)
                        json.string("column", String(parts[parts.count - 1]))
                        if parts.count > 1 { json.string("label", String(parts[0])) }
                        json.number("rows", spread.rows)
                        json.number("missing", spread.missing)
                        json.numbers("quantiles", spread.quantiles)
                        json.object("counts") { json in
                            for (value, count) in spread.counts.sorted(by: { $0.key < $1.key }) {
                                json.number(value, count)
                            }
                        }
                    }
                }
            }
            json.raw("rowDigests", ("[" + digests.map { "\"\($0)\"" }.joined(separator: ",") + "]").utf8)
        }
        return json.bytes
    }

    /// Reads what ``json()`` wrote.
    ///
    /// - Throws: ``DataCheckFailure`` where it is something else.
    public init(json bytes: [UInt8], name: String) throws {
        func failure(_ reason: String) -> DataCheckFailure {
            DataCheckFailure("\(name): \(reason); give a reference that 'data register' wrote")
        }
        guard let root = (try? JSONDocument.parse(ByteView(copying: bytes)))?.root, root.isObject else {
            throw failure("this is no JSON object")
        }
        guard root["schemaVersion"]?.string == "1.0" else { throw failure("its schemaVersion is not 1.0") }
        guard let rows = root["rows"]?.integer, rows >= 0 else { throw failure("the number of rows is missing") }
        self.rows = rows
        for field in root["columns"]?.elements ?? [] {
            guard let name = field["name"]?.string, let type = field["type"]?.string else {
                throw failure("a column has no name or type")
            }
            fields.append((name, type))
        }
        for entry in root["spreads"]?.elements ?? [] {
            guard let column = entry["column"]?.string, let own = entry["rows"]?.integer, own >= 0 else {
                throw failure("a spread has no column or rows")
            }
            var spread = Spread(rows: own, missing: max(0, entry["missing"]?.integer ?? 0))
            spread.quantiles = (entry["quantiles"]?.elements ?? []).compactMap(\.double).filter(\.isFinite)
            for (value, count) in entry["counts"]?.members ?? [] { spread.counts[value] = max(0, count.integer ?? 0) }
            spreads[(entry["label"]?.string).map { $0 + Self.separator + column } ?? column] = spread
        }
        digests = (root["rowDigests"]?.elements ?? []).compactMap(\.string)
        guard digests.count <= rows + leftOut || !digests.isEmpty else {
            throw failure("the digests of rows are missing")
        }
    }
}

extension SampleSet {
    /// Columns whose spread tells something: those of a table, and a few numbers of pictures, texts and dialogues.
    fileprivate var profileColumns: [TableColumn] {
        switch content {
        case .table(let columns): return columns
        case .texts(let texts):
            return [
                .numbers(name: "length", texts.map { Float($0.utf8.count) }),
                .numbers(name: "share of other than ASCII", texts.map(Self.otherThanASCII)),
            ]
        case .dialogues(let dialogues):
            return [
                .numbers(name: "turns", dialogues.map { Float($0.turns.count) }),
                .numbers(
                    name: "length of questions",
                    dialogues.map { Float($0.turns.reduce(0) { $0 + $1.prompt.utf8.count }) }),
                .numbers(
                    name: "length of answers", dialogues.map { Float($0.turns.reduce(0) { $0 + $1.answer.utf8.count }) }
                ),
            ]
        case .pictures(let pixels, let height, let width, let channels):
            let area = height * width * channels
            var (means, deviations): ([Float], [Float]) = ([], [])
            for row in 0..<count {
                var (sum, squares): (Float, Float) = (0, 0)
                for pixel in pixels[(row * area)..<((row + 1) * area)] {
                    sum += Float(pixel)
                    squares += Float(pixel) * Float(pixel)
                }
                let mean = sum / Float(area)
                means.append(mean)
                deviations.append(max(0, squares / Float(area) - mean * mean).squareRoot())
            }
            return [.numbers(name: "brightness", means), .numbers(name: "contrast", deviations)]
        }
    }

    private static func otherThanASCII(_ text: String) -> Float {
        Float(text.utf8.count { $0 >= 0x80 }) / Float(max(1, text.utf8.count))
    }
}
