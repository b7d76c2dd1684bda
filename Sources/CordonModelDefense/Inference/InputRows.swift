internal import CordonCore
internal import CordonData
internal import CordonFormats
internal import CordonTensor

/// One input's values for some rows of a batch, before they are put together.
struct InputRows {
    enum Form: Sendable {
        case column(String)
        case pictures(String)
        case features([String])
    }
    private enum Elements {
        case numbers([Float])
        case integers([Int64])
        case text(String)
    }
    private var elements: [Int: Elements] = [:]
    private var shapes: [Int: [Int]] = [:]
    private let code: Int
    /// Rows that cannot be used, and why.
    private(set) var bad: [Int: String] = [:]

    init(_ batch: Batch, _ rows: [Int], feed: Form, input: ONNXValueInfo, _ options: BatchInference.Options) throws {
        var shape: [ONNXValueInfo.Extent]?
        var code = ElementCode.float32
        if case .tensor(let type, let extents) = input.kind { (code, shape) = (type == 0 ? code : type, extents) }
        self.code = code
        switch feed {
        case .column(let name):
            guard let column = batch.column(name) else { throw DatasetFailure(.argument, "no column '\(name)'") }
            for row in rows { take(column, row, rank: shape?.count) }
        case .features(let names):
            let columns = names.compactMap { batch.column($0) }
            for row in rows {
                let numbers = columns.map { $0.double(row) }
                if let gap = numbers.firstIndex(where: { $0 == nil }) {
                    bad[row] = "'\(names[gap])' has no value"
                } else {
                    elements[row] = .numbers(numbers.map { Float($0 ?? 0) })
                    shapes[row] = [numbers.count]
                }
            }
        case .pictures(let name):
            guard let column = batch.column(name) else { throw DatasetFailure(.argument, "no column '\(name)'") }
            pictures(column, rows, PictureLayout(shape), options)
        }
    }

    private mutating func take(_ column: Column, _ row: Int, rank: Int?) {
        if code == ElementCode.text {
            guard let text = column.text(row) else {
                bad[row] = "no value"
                return
            }
            elements[row] = .text(text)
            shapes[row] = rank == 2 ? [1] : []
            return
        }
        let isWhole = [ElementCode.int64, ElementCode.int32].contains(code)
        if isWhole {
            var numbers: [Int64] = []
            guard column.integers(row, into: &numbers) else {
                bad[row] = column.isNull(row) ? "no value" : "no whole numbers"
                return
            }
            elements[row] = .integers(numbers)
        } else {
            var numbers: [Float] = []
            guard column.numbers(row, into: &numbers) else {
                bad[row] = column.isNull(row) ? "no value" : "no numbers"
                return
            }
            elements[row] = .numbers(numbers)
        }
        let shape = column.extents(row)
        shapes[row] = shape.isEmpty && rank == 2 ? [1] : shape
    }

    /// Decodes in parallel; all pictures of a batch get the size that the model wants, or that of the first.
    private mutating func pictures(
        _ column: Column, _ rows: [Int], _ layout: PictureLayout, _ options: BatchInference.Options
    ) {
        var decoded: [(row: Int, result: Result<Image, DatasetFailure>)] = []
        var next = 0
        OrderedPipeline.run(
            { () -> Int? in
                guard next < rows.count else { return nil }
                defer { next += 1 }
                return rows[next]
            },
            { (row: Int) -> (row: Int, result: Result<Image, DatasetFailure>) in
                do {
                    guard let image = try column.image(row) else {
                        return (row, .failure(DatasetFailure(.malformed, "no picture")))
                    }
                    return (row, .success(image))
                } catch let failure as DatasetFailure { return (row, .failure(failure)) } catch {
                    return (row, .failure(DatasetFailure(.malformed, "\(error)")))
                }
            },
            { outcome -> Bool in
                decoded.append(outcome)
                return true
            })
        var size: (Int, Int)?
        for (row, result) in decoded {
            switch result {
            case .failure(let failure): bad[row] = "the picture does not decode: \(failure.message)"
            case .success(let image):
                let wanted = (layout.height ?? size?.0 ?? image.height, layout.width ?? size?.1 ?? image.width)
                size = wanted
                guard layout.isSane(wanted) else {
                    bad[row] = "the model wants pictures of \(wanted.0) by \(wanted.1) pixels, more than are made"
                    continue
                }
                let (numbers, shape) = layout.numbers(image, height: wanted.0, width: wanted.1, options)
                elements[row] = .numbers(numbers)
                shapes[row] = shape
            }
        }
    }

    /// The rows as one tensor.
    ///
    /// - Throws: where rows have different shapes.
    func tensor(_ rows: [Int]) throws -> Value {
        let shape = shapes[rows[0]] ?? []
        for row in rows where shapes[row] != shape {
            throw DatasetFailure(
                .malformed,
                "rows of different shapes, \(shape) and \(shapes[row] ?? []): a model takes one shape at a time; use batches of 1"
            )
        }
        let whole = [rows.count] + shape
        var (numbers, integers, texts): ([Float], [Int64], [String]) = ([], [], [])
        for row in rows {
            switch elements[row] {
            case .numbers(let list): numbers += list
            case .integers(let list): integers += list
            case .text(let text): texts.append(text)
            case nil: continue
            }
        }
        if !texts.isEmpty { return .texts(texts, shape: whole) }
        guard let type = ElementCode.element(code) else {
            throw DatasetFailure(.argument, "a model that takes elements of type \(code)")
        }
        let tensor = integers.isEmpty ? try Tensor(numbers, shape: whole) : try Tensor(integers, shape: whole)
        return .tensor(try tensor.cast(to: type), code: code)
    }
}

/// How a model wants pictures: channels first or last, and the size where it is fixed.
struct PictureLayout {
    var isChannelsFirst = true
    var channels: Int?
    var height: Int?
    var width: Int?
    var hasChannels = true

    init(_ shape: [ONNXValueInfo.Extent]?) {
        let extents = (shape ?? []).map { extent -> Int? in
            if case .fixed(let number) = extent, number > 0 { return number }
            return nil
        }
        if extents.count == 3 {
            hasChannels = false
            (channels, height, width) = (1, extents[1], extents[2])
            return
        }
        guard extents.count == 4 else { return }
        if let last = extents[3], [1, 3, 4].contains(last), !(extents[1].map { [1, 3, 4].contains($0) } ?? false) {
            isChannelsFirst = false
            (channels, height, width) = (last, extents[1], extents[2])
        } else {
            (channels, height, width) = (extents[1], extents[2], extents[3])
        }
    }

    /// Sizes are what a file declares: those that no model of pictures has are not allocated.
    func isSane(_ size: (height: Int, width: Int)) -> Bool {
        size.height <= 16384 && size.width <= 16384 && (channels ?? 1) <= 64
            && size.height * size.width * (channels ?? 4) <= 1 << 28
    }

    /// The pixels as numbers in the model's order.
    func numbers(_ image: Image, height: Int, width: Int, _ options: BatchInference.Options) -> ([Float], [Int]) {
        let wanted = channels ?? (image.channels == 1 ? 1 : 3)
        let fitted = image.width == width && image.height == height ? image : image.resized(width, height)
        func value(_ at: Int, _ channel: Int) -> Float {
            var pixel: Double
            if fitted.channels == wanted || fitted.channels == 4 && wanted == 3 {
                pixel = Double(fitted.pixels[at * fitted.channels + channel])
            } else if fitted.channels == 1 {
                pixel = channel == 3 ? 255 : Double(fitted.pixels[at])
            } else if wanted == 1 {
                // Luma of ITU-R BT.601.
                let base = at * fitted.channels
                pixel =
                    0.299 * Double(fitted.pixels[base]) + 0.587 * Double(fitted.pixels[base + 1])
                    + 0.114 * Double(fitted.pixels[base + 2])
            } else {
                pixel =
                    channel == 3 ? 255 : Double(fitted.pixels[at * fitted.channels + min(channel, fitted.channels - 1)])
            }
            pixel *= options.scale
            if channel < options.mean.count { pixel -= options.mean[channel] }
            if channel < options.deviation.count, options.deviation[channel] != 0 {
                pixel /= options.deviation[channel]
            }
            return Float(pixel)
        }
        let area = height * width
        var numbers: [Float] = []
        numbers.reserveCapacity(area * wanted)
        if isChannelsFirst {
            for channel in 0..<wanted { for at in 0..<area { numbers.append(value(at, channel)) } }
            return (numbers, hasChannels ? [wanted, height, width] : [height, width])
        }
        for at in 0..<area { for channel in 0..<wanted { numbers.append(value(at, channel)) } }
        return (numbers, [height, width, wanted])
    }
}

extension Column {
    /// Extents of a row's value; empty for one number.
    func extents(_ row: Int) -> [Int] {
        guard let (values, rows) = list(row) else { return [] }
        return [rows.count] + (rows.isEmpty ? [] : values.extents(rows.lowerBound))
    }

    /// Whole numbers of a row; `nil` where something is missing.
    func integers(_ row: Int, into target: inout [Int64]) -> Bool {
        if let (values, rows) = list(row) {
            for inner in rows { guard values.integers(inner, into: &target) else { return false } }
            return true
        }
        guard let number = integer(row) else { return false }
        target.append(Int64(number))
        return true
    }

    /// A tensor's elements as a column: rows are places of the first axis.
    static func numbers(_ tensor: Tensor) throws -> Column {
        let rows = tensor.shape[0]
        let inner = Array(tensor.shape.dropFirst())
        switch tensor.type {
        case .float32, .float16, .bfloat16: return .lists(try tensor.floats(), size: inner, rows: rows)
        case .float64: return .lists(try tensor.doubles(), size: inner, rows: rows)
        case .bool: return .lists(try tensor.integers().map { UInt8($0) }, size: inner, rows: rows)
        default: return .lists(try tensor.integers().map(Int64.init), size: inner, rows: rows)
        }
    }
}
