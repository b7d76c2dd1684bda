internal import CordonCore
internal import CordonData

/// Other values in place of those of a row, each by itself.
protocol ValueChange: Sendable {
    func picture(_ image: Image, row: Int) throws -> Image
    func text(_ text: String, row: Int) -> String
    /// `nil` where the value goes.
    func number(_ value: Double, of name: String, place: Int, row: Int) -> Double?
    func category(_ value: String, of name: String, place: Int, row: Int) -> String?
    /// Whether ``label(_:row:)`` gives other labels.
    var changesLabels: Bool { get }
    func label(_ value: String, row: Int) -> String
}

/// Changes the values of a dataset's batches.
struct BatchChange {
    private let kind: DataKind
    private let change: any ValueChange
    private let gone: Set<String>
    /// Columns whose values change, in the order of the dataset.
    private let changed: [Field]

    /// - Parameter gone: columns that are left out.
    init(_ dataset: Dataset, _ change: any ValueChange, without gone: Set<String> = []) throws(DatasetFailure) {
        (self.change, self.gone) = (change, gone)
        kind = try DataKind(dataset)
        let role: Role? = kind == .pictures ? .image : kind == .texts ? .text : nil
        changed = dataset.fields.filter { field in
            if let role { return field.role == role }
            return [.feature, .embedding].contains(field.role) && !gone.contains(field.name)
                && (field.type.isNumeric || field.type == .text || Self.vectorSize(field.type) != nil)
        }
    }

    static func vectorSize(_ type: ColumnType) -> Int? {
        guard case .list(let element, let size?) = type, element.isNumeric, (1...4096).contains(size) else {
            return nil
        }
        return size
    }

    /// The rows of a batch beside what they become; pictures that cannot be read are told and left out.
    func callAsFunction(
        _ batch: Batch, _ tell: (RowProblem) -> Void
    ) throws -> [(source: Batch, made: Batch)] {
        guard kind == .pictures, let field = changed.first, let column = batch.column(field.name) else {
            return [(batch, batch.replacing(tableColumns(batch) + labels(batch), without: gone))]
        }
        var images: [Image?] = []
        for row in 0..<batch.count {
            do {
                guard let image = try column.image(row) else {
                    throw DatasetFailure(
                        .malformed, "no picture: an encoded picture or numbers from 0 to 255 are wanted")
                }
                images.append(try change.picture(image, row: batch.firstRow + row))
            } catch let failure as DatasetFailure where failure.code == .malformed {
                tell(batch.problem(row, failure.message))
                images.append(nil)
            }
        }
        var (pieces, start): ([(source: Batch, made: Batch)], Int) = ([], 0)
        while start < images.count {
            var end = start
            while end < images.count, images[end] != nil { end += 1 }
            if end > start {
                let part = batch.slice(start, end - start)
                let made = try Self.pictures(images[start..<end].compactMap(\.self), field)
                pieces.append((part, part.replacing([made] + labels(part), without: gone)))
            }
            start = end + 1
        }
        return pieces
    }

    /// Pictures in the form that they came in: numbers of one size, or files; those are written as PNG.
    private static func pictures(_ images: [Image], _ field: Field) throws -> (field: Field, column: Column) {
        guard case .list(let inner, let height?) = field.type, case .list(let element, let width?) = inner else {
            let encoded = try images.map { try $0.png() }
            return (
                Field(name: field.name, type: .bytes, role: .image),
                .made(.bytes, count: images.count) { .bytes(encoded[$0]) }
            )
        }
        var size = [height, width]
        if case .list(_, let channels?) = element { size.append(channels) }
        let column = Column.lists(images.flatMap(\.pixels), size: size, rows: images.count)
        return (Field(name: field.name, type: column.type, role: .image), column)
    }

    private func tableColumns(_ batch: Batch) -> [(field: Field, column: Column)] {
        changed.enumerated().compactMap { place, field in
            guard let old = batch.column(field.name) else { return nil }
            func number(_ value: Double, _ name: String, _ own: Int, _ row: Int) -> Double? {
                change.number(value, of: name, place: own, row: batch.firstRow + row)
            }
            if let width = Self.vectorSize(field.type) {
                var numbers: [Float] = []
                for row in 0..<batch.count {
                    var own: [Float] = []
                    let isWhole = old.numbers(row, into: &own) && own.count == width
                    numbers += (0..<width).map { index in
                        guard isWhole else { return .nan }
                        let made = number(Double(own[index]), "\(field.name)[\(index)]", place << 16 + index, row)
                        return made.map(Float.init) ?? .nan
                    }
                }
                let column = Column.lists(numbers, size: [width], rows: batch.count)
                return (Field(name: field.name, type: column.type, role: field.role), column)
            }
            let column = Column.made(field.type, count: batch.count) { row in
                if field.type == .text {
                    guard let text = old.text(row) else { return nil }
                    if kind == .texts { return .text(change.text(text, row: batch.firstRow + row)) }
                    return change.category(text, of: field.name, place: place << 16, row: batch.firstRow + row)
                        .map { .text($0) }
                }
                return old.double(row).flatMap { number($0, field.name, place << 16, row) }.map { .number($0) }
            }
            return (field, column)
        }
    }

    private func labels(_ batch: Batch) -> [(field: Field, column: Column)] {
        guard change.changesLabels, let field = batch.fields.first(where: { $0.role == .label }),
            let old = batch.column(.label), field.type == .text || field.type.isNumeric
        else { return [] }
        let column = Column.made(field.type, count: batch.count) { row in
            guard let text = old.text(row) else { return nil }
            let made = change.label(text, row: batch.firstRow + row)
            if field.type == .text { return .text(made) }
            return (Double(made) ?? ["true": 1, "false": 0][made]).map { .number($0) }
        }
        return [(field, column)]
    }
}

extension SampleSet {
    /// The set with other values, in memory.
    func changed(by change: any ValueChange) throws -> SampleSet {
        let content: Content
        switch self.content {
        case .pictures(let pixels, let height, let width, let channels):
            let area = height * width * channels
            var made: [UInt8] = []
            made.reserveCapacity(pixels.count)
            for (place, row) in rowNumbers.enumerated() {
                let own = Array(pixels[(place * area)..<((place + 1) * area)])
                let image = Image(width: width, height: height, channels: channels, pixels: own)
                made += try change.picture(image, row: row).pixels
            }
            content = .pictures(pixels: made, height: height, width: width, channels: channels)
        case .texts(let texts):
            content = .texts(zip(texts, rowNumbers).map { change.text($0, row: $1) })
        case .dialogues: content = self.content
        case .table(let columns):
            content = .table(
                columns.enumerated().map { place, column in column.changed(by: change, place << 16, rowNumbers) })
        }
        var labels = grouping
        if change.changesLabels {
            var places = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, Int32($0)) })
            labels.places = zip(labels.places, rowNumbers).map { own, row in
                guard own >= 0 else { return own }
                let name = change.label(classes[Int(own)], row: row)
                if let place = places[name] { return place }
                places[name] = Int32(labels.names.count)
                labels.names.append(name)
                return Int32(labels.names.count - 1)
            }
        }
        return replacing(content, labels)
    }

    /// The set with other rows of the same number.
    func replacing(_ content: Content, _ labels: Grouping? = nil) -> SampleSet {
        SampleSet(
            content: content, grouping: labels ?? grouping, targets: targets, sources: nil, splits: nil, ids: nil,
            rowNumbers: rowNumbers, leftOut: leftOut)
    }

    /// Some rows of the set, in this order; a row may be there more than once.
    func picking(_ rows: [Int]) -> SampleSet {
        let content: Content
        switch self.content {
        case .pictures(let pixels, let height, let width, let channels):
            let area = height * width * channels
            var made: [UInt8] = []
            made.reserveCapacity(rows.count * area)
            for row in rows { made += pixels[(row * area)..<((row + 1) * area)] }
            content = .pictures(pixels: made, height: height, width: width, channels: channels)
        case .texts(let texts): content = .texts(rows.map { texts[$0] })
        case .dialogues(let dialogues): content = .dialogues(rows.map { dialogues[$0] })
        case .table(let columns): content = .table(columns.map { $0.picking(rows) })
        }
        return SampleSet(
            content: content, grouping: Grouping(places: rows.map { labels[$0] }, names: classes),
            targets: targets.map { all in rows.map { all[$0] } }, sources: nil, splits: nil, ids: nil,
            rowNumbers: rows.map { rowNumbers[$0] }, leftOut: leftOut)
    }

    /// The set without some columns of its table.
    func without(_ names: Set<String>) -> SampleSet {
        guard case .table(let columns) = content, !names.isEmpty else { return self }
        return replacing(.table(columns.filter { !names.contains($0.field) }))
    }
}

extension SampleSet.TableColumn {
    /// The column of the dataset that it belongs to: a place of a vector is no column of its own.
    var field: String {
        guard name.hasSuffix("]"), let bracket = name.lastIndex(of: "[") else { return name }
        return String(name[..<bracket])
    }

    fileprivate func changed(by change: any ValueChange, _ place: Int, _ rows: [Int]) -> SampleSet.TableColumn {
        switch self {
        case .numbers(let name, let values):
            return .numbers(
                name: name,
                zip(values, rows).map { value, row in
                    guard value.isFinite else { return value }
                    return change.number(Double(value), of: name, place: place, row: row).map(Float.init) ?? .nan
                })
        case .categories(let name, let values, let names):
            let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int32($0)) })
            return .categories(
                name: name,
                zip(values, rows).map { value, row in
                    guard value >= 0 else { return value }
                    let made = change.category(names[Int(value)], of: name, place: place, row: row)
                    return made.flatMap { places[$0] } ?? -1
                }, names: names)
        }
    }
}
