public import CordonData
internal import CordonFormats
public import CordonTensor

/// Runs a model over a dataset.
///
/// Inputs take the column of their name, or the one that was named for them; a model with a single input takes, in this
/// order: the pictures where it wants four axes, the embedding, or all numeric columns side by side.
public struct BatchInference: Sendable {
    /// How pictures become numbers and which columns feed which inputs.
    public struct Options: Sendable {
        /// Input by name → column by name.
        public var columns: [String: String] = [:]
        /// Inputs that are one number for all rows.
        public var constants: [String: Double] = [:]
        /// Rows that run at once, at least 1.
        public var batchRows = 32
        /// What pixels are multiplied with before the mean is taken off.
        public var scale: Double = 1.0 / 255
        /// Per channel; empty for none.
        public var mean: [Double] = []
        /// What is divided by at the end, per channel; empty for none.
        public var deviation: [Double] = []

        /// The standard options.
        public init() {}
    }
    /// How one input is fed.
    private enum Feed: Sendable {
        case column(String)
        case pictures(String)
        case features([String])
        case constant(Double)

        var form: InputRows.Form {
            switch self {
            case .column(let name): .column(name)
            case .pictures(let name): .pictures(name)
            case .features(let names): .features(names)
            case .constant: .features([])
            }
        }
    }

    private let graph: Graph
    private let dataset: Dataset
    private let options: Options
    private let feeds: [(input: ONNXValueInfo, feed: Feed)]

    /// Finds a column for every input.
    ///
    /// - Throws: the inputs that nothing fits, and the columns that are there.
    public init(_ graph: Graph, _ dataset: Dataset, options: Options = Options()) throws {
        self.graph = graph
        self.dataset = dataset
        self.options = options
        var feeds: [(ONNXValueInfo, Feed)] = []
        var open: [String] = []
        for input in graph.inputs {
            if let feed = try Self.feed(input, graph, dataset, options) {
                feeds.append((input, feed))
            } else {
                open.append(input.name)
            }
        }
        guard open.isEmpty else {
            throw DatasetFailure(
                .argument,
                "\(dataset.path): nothing for the input\(open.count > 1 ? "s" : "") \(open.joined(separator: ", ")): name a column with --map INPUT=COLUMN or a number with --set INPUT=NUMBER; the columns are \(dataset.fields.map(\.name).joined(separator: ", "))"
            )
        }
        self.feeds = feeds.map { (input: $0.0, feed: $0.1) }
    }

    private static func feed(
        _ input: ONNXValueInfo, _ graph: Graph, _ dataset: Dataset, _ options: Options
    ) throws -> Feed? {
        if let number = options.constants[input.name] { return .constant(number) }
        var rank: Int?
        if case .tensor(_, let shape) = input.kind { rank = shape?.count }
        func feed(_ field: Field) -> Feed {
            field.role == .image && (rank == 4 || rank == nil) ? .pictures(field.name) : .column(field.name)
        }
        if let name = options.columns[input.name] {
            guard let field = dataset.fields.first(where: { $0.name == name }) else {
                throw DatasetFailure(.argument, "no column '\(name)' for the input '\(input.name)'")
            }
            return feed(field)
        }
        if let field = dataset.fields.first(where: { $0.name == input.name }) { return feed(field) }
        guard graph.inputs.count == 1 else { return nil }
        if rank == 4 || rank == 3, let image = dataset.fields.first(where: { $0.role == .image }) {
            return .pictures(image.name)
        }
        if let vector = dataset.fields.first(where: { $0.role == .embedding || $0.role == .image }) {
            return .column(vector.name)
        }
        if let only = dataset.fields.first, dataset.fields.count == 1 { return .column(only.name) }
        let numeric = dataset.fields.filter { $0.type.isNumeric && $0.role == .feature }.map(\.name)
        return numeric.isEmpty ? nil : .features(numeric)
    }

    /// What comes out: the row's number and one column per output.
    ///
    /// - Parameter body: gets the results of each batch — the problems of rows that were left out included — and the
    ///   seconds that the model itself took.
    /// - Returns: names of outputs that have no row for each input row, and so no column.
    @discardableResult
    public func run(runOptions: RunOptions = RunOptions(), _ body: (Batch, Double) throws -> Void) throws -> [String] {
        let unique = dataset.fields.map(\.name).filter(names.contains)
        // The first batch with rows tells which outputs are columns.
        var kept: [String]?
        try dataset.forEachBatch(columns: unique) { batch in
            for start in stride(from: 0, to: batch.count, by: options.batchRows) {
                let part = batch.slice(start, min(options.batchRows, batch.count - start))
                let (result, seconds) = try results(part, kept, runOptions)
                if kept == nil, result.count > 0 { kept = result.fields.dropFirst().map(\.name) }
                try body(result, seconds)
            }
            return true
        }
        return graph.outputNames.filter { !(kept ?? graph.outputNames).contains($0) }
    }

    /// Inputs of one batch, and the rows that have them; the others' problems.
    private func inputs(_ batch: Batch) throws -> (values: [String: Value], rows: [Int], problems: [RowProblem]) {
        var rows = Array(0..<batch.count)
        var problems: [RowProblem] = []
        var inputs: [String: Value] = [:]
        var made: [(ONNXValueInfo, InputRows)] = []
        for (input, feed) in feeds {
            if case .constant(let number) = feed {
                inputs[input.name] = try Self.constant(number, input)
                continue
            }
            let values = try InputRows(batch, rows, feed: feed.form, input: input, options)
            for (row, reason) in values.bad {
                problems.append(
                    RowProblem(file: batch.file, place: batch.place(row), reason: "input '\(input.name)': \(reason)"))
            }
            rows = rows.filter { values.bad[$0] == nil }
            made.append((input, values))
        }
        guard !rows.isEmpty else { return ([:], [], problems) }
        for (input, values) in made { inputs[input.name] = try values.tensor(rows) }
        return (inputs, rows, problems)
    }

    /// Inputs of the first rows, without running the model.
    ///
    /// - Parameters:
    ///   - most: rows, at most; the rest of their batch is left out.
    ///   - column: a column that `body` gets beside the inputs; `nil` for none.
    ///   - body: gets inputs by name, the numbers of their rows and the column's text for each; says whether to go on.
    /// - Returns: rows that could not be made into inputs.
    func forEachInput(
        most: Int, besides column: String?, _ body: ([String: Value], [Int], [String?]) throws -> Bool
    ) throws -> Int {
        var (left, problems) = (most, 0)
        let columns = dataset.fields.map(\.name).filter { names.contains($0) || $0 == column }
        try dataset.forEachBatch(columns: columns) { batch in
            problems += batch.problemCount
            let part = batch.slice(0, min(left, batch.count))
            let (values, rows, bad) = try inputs(part)
            problems += bad.count
            left -= rows.count
            guard !rows.isEmpty else { return true }
            let texts = rows.map { row in column.flatMap { part.column($0)?.text(row) } }
            return try body(values, rows.map { batch.firstRow + $0 }, texts) && left > 0
        }
        return problems
    }

    /// Names of the columns that feed inputs.
    private var names: Set<String> {
        var names: Set<String> = []
        for (_, feed) in feeds {
            switch feed {
            case .column(let name), .pictures(let name): names.insert(name)
            case .features(let list): names.formUnion(list)
            case .constant: continue
            }
        }
        return names
    }

    /// Results of one batch; rows whose inputs are missing are left out and told.
    private func results(_ batch: Batch, _ kept: [String]?, _ runOptions: RunOptions) throws -> (Batch, Double) {
        let (inputs, rows, problems) = try inputs(batch)
        guard !rows.isEmpty else {
            return (Batch.results([], [], rows: [], of: batch, problems: problems), 0)
        }
        let start = ContinuousClock.now
        let outputs = try graph.run(inputs, options: runOptions)
        let seconds = Self.seconds(since: start)
        var (fields, columns): ([Field], [Column]) = ([], [])
        for name in graph.outputNames {
            guard let value = outputs[name], kept?.contains(name) ?? true else { continue }
            if let (field, column) = try Self.column(name, value, rows: rows.count) {
                fields.append(field)
                columns.append(column)
            } else if kept != nil {
                throw DatasetFailure(
                    .malformed,
                    "output '\(name)' has a row for each input row up to row \(batch.firstRow), and then it has not")
            }
        }
        let result = Batch.results(
            fields, columns, rows: rows.map { batch.firstRow + $0 }, of: batch, problems: problems)
        return (result, seconds)
    }

    /// Seconds since a moment.
    public static func seconds(since start: ContinuousClock.Instant) -> Double {
        let parts = start.duration(to: .now).components
        return Double(parts.seconds) + Double(parts.attoseconds) / 1e18
    }

    private static func constant(_ number: Double, _ input: ONNXValueInfo) throws -> Value {
        guard case .tensor(let code, let shape) = input.kind, let type = ElementCode.element(code) else {
            throw DatasetFailure(.argument, "the input '\(input.name)' takes no number")
        }
        let extents = (shape ?? []).map { extent -> Int in
            if case .fixed(let count) = extent, count > 0 { return count }
            return 1
        }
        let tensor = try Tensor([Float(number)], shape: []).cast(to: type)
        return .tensor(try Tensor.repeated(tensor, extents), code: code)
    }

    /// An output as a column, if it has a row per row.
    private static func column(_ name: String, _ value: Value, rows: Int) throws -> (Field, Column)? {
        switch value {
        case .texts(let texts, let shape):
            guard shape == [rows] || shape == [rows, 1] || shape == [1, rows] else { return nil }
            return (Field(name: name, type: .text), .texts(texts))
        case .maps(let keys, let scores):
            guard scores.shape == [rows, keys.count] else { return nil }
            return try column(name, Value(scores), rows: rows)
        case .tensor(let tensor, _):
            // Some exporters write labels as one row.
            let isOneRow = tensor.shape == [1, rows] && rows > 1
            guard tensor.shape.first == rows || isOneRow else { return nil }
            let flat = isOneRow || tensor.rank == 2 && tensor.shape[1] == 1 ? try tensor.reshaped([rows]) : tensor
            let column = try Column.numbers(flat)
            return (Field(name: name, type: column.type), column)
        default: return nil
        }
    }
}
