internal import CordonData

/// Reads a dataset into memory, as pictures, texts or a table.
struct SampleLoader {
    private let dataset: Dataset
    private let isCancelled: () -> Bool
    private var labels: [Int32] = []
    private var classes: [String] = []
    private var places: [String: Int32] = [:]
    private var rowNumbers: [Int] = []
    private var leftOut = 0

    /// Most bytes of samples in memory.
    static let byteLimit = 1 << 30
    /// Most classes that are told apart.
    static let classLimit = 100_000

    init(_ dataset: Dataset, isCancelled: @escaping () -> Bool) {
        self.dataset = dataset
        self.isCancelled = isCancelled
    }

    /// - Throws: ``DataCheckFailure`` where there is nothing that can be checked, or where it is too large.
    mutating func load() throws -> SampleSet {
        let label = dataset.name(of: .label)
        if let image = dataset.name(of: .image) { return try pictures(image, label) }
        if let text = dataset.name(of: .text) { return try texts(text, label) }
        return try table(label)
    }

    private func failure(_ reason: String) -> DataCheckFailure { DataCheckFailure("\(dataset.path): \(reason)") }

    /// Notes a row that was read, and its label.
    private mutating func note(_ batch: Batch, _ row: Int, _ label: Column?) throws {
        rowNumbers.append(batch.firstRow + row)
        guard let text = label?.text(row) else {
            labels.append(-1)
            return
        }
        if let known = places[text] {
            labels.append(known)
            return
        }
        guard classes.count < Self.classLimit else {
            throw failure("more than \(Self.classLimit) different labels; name the right column with --label")
        }
        let fresh = Int32(classes.count)
        places[text] = fresh
        classes.append(text)
        labels.append(fresh)
    }

    private func finish(_ content: SampleSet.Content) -> SampleSet {
        SampleSet(content: content, labels: labels, classes: classes, rowNumbers: rowNumbers, leftOut: leftOut)
    }

    private mutating func pictures(_ image: String, _ label: String?) throws -> SampleSet {
        var pixels: [UInt8] = []
        var size: (height: Int, width: Int, channels: Int)?
        try dataset.forEachBatch(columns: [image] + (label.map { [$0] } ?? [])) { batch in
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
                try note(batch, row, batch.columns.count > 1 ? batch.columns[1] : nil)
            }
            return !isCancelled()
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

    private mutating func texts(_ text: String, _ label: String?) throws -> SampleSet {
        var texts: [String] = []
        var size = 0
        try dataset.forEachBatch(columns: [text] + (label.map { [$0] } ?? [])) { batch in
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
                try note(batch, row, batch.columns.count > 1 ? batch.columns[1] : nil)
            }
            return !isCancelled()
        }
        return finish(.texts(texts))
    }

    private mutating func table(_ label: String?) throws -> SampleSet {
        let fields = dataset.fields.filter { field in
            field.name != label && [.feature, .source, .split, .embedding].contains(field.role)
                && (field.type.isNumeric || field.type == .text || Self.vectorSize(field.type) != nil)
        }
        guard !fields.isEmpty else { throw failure("no column of numbers, categories, text or pictures to check") }
        var numbers = [[[Float]]](repeating: [], count: fields.count)
        var words = [[String?]](repeating: [], count: fields.count)
        for (place, field) in fields.enumerated() {
            numbers[place] = [[Float]](repeating: [], count: Self.vectorSize(field.type) ?? 1)
        }
        var size = 0
        try dataset.forEachBatch(columns: fields.map(\.name) + (label.map { [$0] } ?? [])) { batch in
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
                try note(batch, row, batch.columns.count > fields.count ? batch.columns[fields.count] : nil)
            }
            size += batch.count * numbers.reduce(0) { $0 + $1.count } * 4
            guard size <= Self.byteLimit else {
                throw failure("more than \(Self.byteLimit) bytes of numbers; check a part of it")
            }
            return !isCancelled()
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
