internal import CordonData

/// Reads a dataset into memory, as pictures, texts, dialogues or a table.
struct SampleLoader {
    private let dataset: Dataset
    private let isCancelled: () -> Bool
    private var labels = GroupReader()
    private var sources = GroupReader()
    private var splits = GroupReader()
    private var targets: [Float] = []
    private var ids: [String] = []
    private var isNamed: Bool
    private var rowNumbers: [Int] = []
    private var leftOut = 0
    /// Columns that tell of a row without being part of it.
    private let aside: [String]
    private let labelType: ColumnType?
    /// Reading ends with the batch that reaches so many rows.
    var mostRows = Int.max

    /// Most bytes of samples in memory.
    static let byteLimit = 1 << 30
    /// Most classes that are told apart.
    static let classLimit = 100_000

    init(_ dataset: Dataset, isCancelled: @escaping () -> Bool) {
        self.dataset = dataset
        self.isCancelled = isCancelled
        aside = [Role.label, .source, .split, .id].compactMap { dataset.name(of: $0) }
        labelType = dataset.fields.first { $0.role == .label }?.type
        isNamed = dataset.name(of: .id) != nil
    }

    /// - Throws: ``DataCheckFailure`` where there is nothing that can be checked, or where it is too large.
    mutating func load() throws -> SampleSet {
        if let image = dataset.name(of: .image) { return try pictures(image) }
        if let column = dataset.name(of: .messages) { return try messages(column) }
        if let text = dataset.name(of: .text) {
            if let answer = answerColumn(besides: text) { return try pairs(text, answer) }
            return try texts(text)
        }
        return try table()
    }

    private var goesOn: Bool { rowNumbers.count < mostRows && !isCancelled() }

    private func failure(_ reason: String) -> DataCheckFailure { DataCheckFailure("\(dataset.path): \(reason)") }

    /// Notes a row that was read: its label, where it comes from and its name.
    private mutating func note(_ batch: Batch, _ row: Int) throws {
        rowNumbers.append(batch.firstRow + row)
        let label = batch.column(.label)
        guard labels.add(label?.text(row)) else {
            throw failure("more than \(Self.classLimit) different labels; name the right column with --label")
        }
        if labelType?.isNumeric == true { targets.append(label?.double(row).map { Float($0) } ?? .nan) }
        // More sources than can be told apart are none: a name for every row.
        _ = sources.add(batch.column(.source)?.text(row))
        _ = splits.add(batch.column(.split)?.text(row))
        guard isNamed else { return }
        if let id = batch.column(.id)?.text(row) {
            ids.append(id)
        } else {
            (isNamed, ids) = (false, [])
        }
    }

    private func finish(_ content: SampleSet.Content) -> SampleSet {
        SampleSet(
            content: content, grouping: labels.grouping, targets: isRegression ? targets : nil,
            sources: sources.useful, splits: splits.useful,
            ids: isNamed && Set(ids).count == ids.count ? dataset.name(of: .id).map { ($0, ids) } : nil,
            rowNumbers: rowNumbers, leftOut: leftOut)
    }

    /// Numbers of which most differ are no classes.
    private var isRegression: Bool {
        guard let labelType, labelType.isNumeric else { return false }
        let kinds = labels.grouping.names.count
        if case .real = labelType { return kinds > 20 }
        return kinds > 100 && kinds * 5 > labels.grouping.places.count
    }

    private mutating func pictures(_ image: String) throws -> SampleSet {
        var pixels: [UInt8] = []
        var size: (height: Int, width: Int, channels: Int)?
        try dataset.forEachBatch(columns: [image] + aside) { batch in
            leftOut += batch.problemCount
            for row in 0..<batch.count {
                guard let found = try? batch.columns[0].image(row) else {
                    leftOut += 1
                    continue
                }
                let own = (height: found.height, width: found.width, channels: found.channels)
                let wanted = size ?? Self.size(own)
                size = wanted
                let fitted =
                    own.height == wanted.height && own.width == wanted.width
                    ? found : found.resized(wanted.width, wanted.height)
                pixels += Self.channels(fitted, wanted.channels)
                guard pixels.count <= Self.byteLimit else {
                    throw failure("more than \(Self.byteLimit) bytes of pictures; check a part of it")
                }
                try note(batch, row)
            }
            return goesOn
        }
        guard let size else { throw failure("no picture decodes") }
        return finish(.pictures(pixels: pixels, height: size.height, width: size.width, channels: size.channels))
    }

    /// The size that pictures are brought to: their own up to 4,096 places, else smaller with the same proportions.
    private static func size(_ own: (height: Int, width: Int, channels: Int)) -> (
        height: Int, width: Int, channels: Int
    ) {
        let channels = own.channels == 1 ? 1 : 3
        var (height, width) = (own.height, own.width)
        while height * width * channels > 4096, height > 8 || width > 8 {
            (height, width) = (max(1, (height + 1) / 2), max(1, (width + 1) / 2))
        }
        return (height, width, channels)
    }

    private static func channels(_ image: Image, _ wanted: Int) -> [UInt8] {
        guard image.channels != wanted else { return image.pixels }
        let count = image.width * image.height
        var pixels: [UInt8] = []
        pixels.reserveCapacity(count * wanted)
        for place in 0..<count {
            for channel in 0..<wanted {
                pixels.append(image.pixels[place * image.channels + min(channel, image.channels - 1)])
            }
        }
        return pixels
    }

    private mutating func texts(_ text: String) throws -> SampleSet {
        var texts: [String] = []
        var size = 0
        try dataset.forEachBatch(columns: [text] + aside) { batch in
            leftOut += batch.problemCount
            for row in 0..<batch.count {
                guard let found = batch.columns[0].text(row) else {
                    leftOut += 1
                    continue
                }
                size += found.utf8.count
                guard size <= Self.byteLimit else {
                    throw failure("more than \(Self.byteLimit) bytes of text; check a part of it")
                }
                texts.append(found)
                try note(batch, row)
            }
            return goesOn
        }
        return finish(.texts(texts))
    }

    // MARK: Dialogues

    private static let answerNames: Set<String> = [
        "answer", "response", "output", "completion", "assistant", "reply", "chosen", "target",
    ]

    /// The column of answers to another column, where nothing is a label.
    private func answerColumn(besides text: String) -> String? {
        guard dataset.name(of: .label) == nil else { return nil }
        return dataset.fields.first {
            $0.name != text && $0.type == .text && Self.answerNames.contains($0.name.lowercased())
        }?.name
    }

    private mutating func pairs(_ question: String, _ answer: String) throws -> SampleSet {
        try dialogues([question, answer]) { batch, row in
            guard let asked = batch.columns[0].text(row), let answered = batch.columns[1].text(row) else { return nil }
            return SampleSet.Dialogue(turns: [(asked, answered)])
        }
    }

    private mutating func messages(_ column: String) throws -> SampleSet {
        try dialogues([column]) { batch, row in
            DialogueReader.read(batch.columns[0], row)
        }
    }

    private mutating func dialogues(
        _ columns: [String], _ read: (Batch, Int) -> SampleSet.Dialogue?
    ) throws -> SampleSet {
        var dialogues: [SampleSet.Dialogue] = []
        var size = 0
        try dataset.forEachBatch(columns: columns + aside) { batch in
            leftOut += batch.problemCount
            for row in 0..<batch.count {
                guard let found = read(batch, row), !found.turns.isEmpty else {
                    leftOut += 1
                    continue
                }
                size += found.turns.reduce(0) { $0 + $1.prompt.utf8.count + $1.answer.utf8.count }
                guard size <= Self.byteLimit else {
                    throw failure("more than \(Self.byteLimit) bytes of text; check a part of it")
                }
                dialogues.append(found)
                try note(batch, row)
            }
            return goesOn
        }
        return finish(.dialogues(dialogues))
    }

    // MARK: Tables

    private mutating func table() throws -> SampleSet {
        let fields = dataset.fields.filter { field in
            [.feature, .embedding].contains(field.role)
                && (field.type.isNumeric || field.type == .text || Self.vectorSize(field.type) != nil)
        }
        guard !fields.isEmpty else { throw failure("no column of numbers, categories, text or pictures to check") }
        var numbers = [[[Float]]](repeating: [], count: fields.count)
        var words = [[String?]](repeating: [], count: fields.count)
        for (place, field) in fields.enumerated() {
            numbers[place] = [[Float]](repeating: [], count: Self.vectorSize(field.type) ?? 1)
        }
        var size = 0
        try dataset.forEachBatch(columns: fields.map(\.name) + aside) { batch in
            leftOut += batch.problemCount
            for row in 0..<batch.count {
                for (place, field) in fields.enumerated() {
                    let column = batch.columns[place]
                    if let width = Self.vectorSize(field.type) {
                        var values: [Float] = []
                        let isWhole = column.numbers(row, into: &values) && values.count == width
                        for index in 0..<width { numbers[place][index].append(isWhole ? values[index] : .nan) }
                    } else if field.type == .text {
                        words[place].append(column.text(row))
                    } else {
                        numbers[place][0].append(column.double(row).map { Float($0) } ?? .nan)
                    }
                }
                try note(batch, row)
            }
            size += batch.count * numbers.reduce(0) { $0 + $1.count } * 4
            guard size <= Self.byteLimit else {
                throw failure("more than \(Self.byteLimit) bytes of numbers; check a part of it")
            }
            return goesOn
        }
        var columns: [SampleSet.TableColumn] = []
        for (place, field) in fields.enumerated() {
            if field.type == .text {
                if let column = Self.categories(field.name, words[place]) { columns.append(column) }
                continue
            }
            let isVector = numbers[place].count > 1
            for (index, values) in numbers[place].enumerated() {
                columns.append(.numbers(name: isVector ? "\(field.name)[\(index)]" : field.name, values))
            }
        }
        guard !columns.isEmpty else { throw failure("no column that repeats values; there is nothing to compare") }
        return finish(.table(columns))
    }

    private static func vectorSize(_ type: ColumnType) -> Int? {
        guard case .list(let element, let size?) = type, element.isNumeric, (1...4096).contains(size) else {
            return nil
        }
        return size
    }

    /// Texts that repeat are categories; others, such as names, are nothing to compare.
    private static func categories(_ name: String, _ words: [String?]) -> SampleSet.TableColumn? {
        var (places, names, values): ([String: Int32], [String], [Int32]) = ([:], [], [])
        for word in words {
            guard let word else {
                values.append(-1)
                continue
            }
            if places[word] == nil {
                places[word] = Int32(names.count)
                names.append(word)
                guard names.count <= max(20, words.count / 4) else { return nil }
            }
            values.append(places[word] ?? -1)
        }
        return .categories(name: name, values, names: names)
    }
}

/// Collects the values of a column that repeats.
private struct GroupReader {
    var grouping = SampleSet.Grouping()
    private var known: [String: Int32] = [:]
    private var isFull = false

    /// - Returns: whether it was noted: not where there are too many different values.
    mutating func add(_ text: String?) -> Bool {
        guard let text, !isFull else {
            grouping.places.append(-1)
            return !isFull
        }
        if let place = known[text] {
            grouping.places.append(place)
            return true
        }
        isFull = grouping.names.count >= SampleLoader.classLimit
        guard !isFull else {
            grouping.places.append(-1)
            return false
        }
        let place = Int32(grouping.names.count)
        known[text] = place
        grouping.names.append(text)
        grouping.places.append(place)
        return true
    }

    /// `nil` where it tells nothing: one value or none, or nearly as many as rows.
    var useful: SampleSet.Grouping? {
        isFull || grouping.names.count < 2 || grouping.names.count * 2 > grouping.places.count ? nil : grouping
    }
}
