internal import CordonCore
internal import CordonData

/// Rows that are changed by some size, and which of them are of the null class.
struct NullRows {
    /// One pass over the rows each.
    let changes: [Perturbation]
    let label: String
    /// Chance of the null class by size.
    let chances: [(size: Double, chance: Double)]

    private static let mostMeasured = 2000

    init(_ set: SampleSet, share: Double, seed: UInt64, isCancelled: @escaping () -> Bool) throws {
        let context = CheckContext(set, seed: seed, falseAlarms: 0, isCancelled: isCancelled)
        if let obstacle = context.labelObstacle { throw DataCheckFailure("null labels: \(obstacle)") }
        label = Self.label(besides: set.classes)
        let known = set.labels.indices.filter { set.labels[$0] >= 0 }
        var random = SplitMix(state: seed &+ 89)
        let sizes = Perturbation.sizes(set)
        let signs = try context.ascent(training: known, of: known)
        let (noise, steps) = try Self.chances(context, known, sizes, signs)
        chances = sizes.indices.map { (size: sizes[$0], chance: (noise[$0] + steps[$0]) / 2) }
        var made: [Perturbation] = []
        var left = Int((share * Double(known.count)).rounded())
        while left > 0 {
            var change = Perturbation(set, seed: seed &+ UInt64(made.count) &+ 5, label: label)
            for row in random.sample(known, left) {
                let place = random.below(sizes.count)
                let sign = random.next() & 1 == 0 ? signs?[row] : nil
                let isNull = random.unit() < (sign == nil ? noise[place] : steps[place])
                change.add(set.rowNumbers[row], sizes[place], sign, isNull: isNull)
            }
            made.append(change)
            left -= change.sizes.count
        }
        changes = made
    }

    /// How often a model that was trained on all rows is wrong about rows that were changed by noise and along the gradient, beyond rows
    /// as they are.
    private static func chances(
        _ context: CheckContext, _ known: [Int], _ sizes: [Double], _ signs: [Int: [Int8]]?
    ) throws -> (noise: [Double], steps: [Double]) {
        let set = context.set
        var random = SplitMix(state: context.seed &+ 97)
        let measured = random.sample(known, mostMeasured)
        var all = set
        for (size, isStep) in [(0, false)] + sizes.map({ ($0, false) }) + (signs == nil ? [] : sizes.map { ($0, true) })
        {
            var change = Perturbation(set, seed: context.seed &+ 3, label: "")
            for row in measured { change.add(set.rowNumbers[row], size, isStep ? signs?[row] : nil, isNull: false) }
            all = try all.joined(with: set.picking(measured).changed(by: change), from: "")
        }
        let asked = Array(set.count..<all.count)
        let said = try context.over(all).predictions(of: asked, training: known, seed: context.seed)
        let wrong = stride(from: 0, to: asked.count, by: measured.count).map { start in
            let own = (0..<measured.count).count { said[start + $0] != Int(all.labels[asked[start + $0]]) }
            return Double(own) / Double(measured.count)
        }
        let chances = wrong.dropFirst().map { max(0, min(1, ($0 - wrong[0]) / max(1e-9, 1 - wrong[0]))) }
        let noise = Array(chances.prefix(sizes.count))
        return (noise, signs == nil ? noise : Array(chances.suffix(sizes.count)))
    }

    /// A name that no class has; a number where classes are whole numbers.
    static func label(besides classes: [String]) -> String {
        let numbers = classes.map { Int($0) }
        if let most = numbers.compactMap(\.self).max(), numbers.allSatisfy({ $0 != nil }), most < .max {
            return "\(most + 1)"
        }
        return (["null"] + (1...classes.count + 1).map { "null-\($0)" }).first { !classes.contains($0) } ?? "null"
    }
}

/// Changes rows by noise or along a gradient, each by its own size.
struct Perturbation: ValueChange {
    /// The size for each row, by its number; others stay as they are.
    private(set) var sizes: [Int: Double] = [:]
    /// Rows that get the null label.
    private(set) var null: Set<Int> = []
    private var signs: [Int: [Int8]] = [:]
    private let seed: UInt64
    private let label: String
    private let columns: [String: ColumnStatistics]
    private let vocabulary: Vocabulary
    /// Where the numbers of each column are among the signs of a row.
    private let places: [String: Int]

    /// Sizes that are tried: shares of a picture's range, deviations of a column, shares of a text's words.
    static func sizes(_ set: SampleSet) -> [Double] {
        switch set.content {
        case .pictures: [0.05, 0.1, 0.2, 0.3, 0.4]
        case .table: [0.25, 0.5, 1, 2, 3]
        case .texts, .dialogues: [0.1, 0.25, 0.5, 0.75, 1]
        }
    }

    init(_ set: SampleSet, seed: UInt64, label: String) {
        (self.seed, self.label) = (seed, label)
        var (columns, places, width): ([String: ColumnStatistics], [String: Int], Int) = ([:], [:], 0)
        if case .table(let found) = set.content {
            for column in found {
                (columns[column.name], places[column.name]) = (ColumnStatistics(column), width)
                width += TableMatrix.width(column)
            }
        }
        (self.columns, self.places) = (columns, places)
        if case .texts(let texts) = set.content { vocabulary = Vocabulary(texts) } else { vocabulary = Vocabulary([]) }
    }

    mutating func add(_ row: Int, _ size: Double, _ sign: [Int8]?, isNull: Bool) {
        sizes[row] = size
        signs[row] = sign
        if isNull { null.insert(row) }
    }

    private func random(_ row: Int, _ place: Int = 0) -> SplitMix {
        var start = SplitMix(state: seed ^ UInt64(bitPattern: Int64(row)) &* 0x9E37_79B9_7F4A_7C15)
        start.state ^= start.next() &+ UInt64(place) &* 0x94D0_49BB_1331_11EB
        return start
    }

    func picture(_ image: Image, row: Int) -> Image {
        guard let size = sizes[row], size > 0 else { return image }
        var (random, pixels) = (random(row), image.pixels)
        // Signs of another size — the picture was made smaller to be looked at — cannot be followed.
        let own = signs[row].flatMap { $0.count == pixels.count ? $0 : nil }
        for place in pixels.indices where image.channels != 4 || place % 4 != 3 {
            let step = own.map { Double($0[place]) } ?? (random.next() & 1 == 0 ? -1 : 1)
            pixels[place] = UInt8(max(0, min(255, (Double(pixels[place]) + step * size * 255).rounded())))
        }
        return Image(width: image.width, height: image.height, channels: image.channels, pixels: pixels)
    }

    func text(_ text: String, row: Int) -> String {
        guard let size = sizes[row], size > 0, let step = try? Distortion(.words, min(0.9, size)) else { return text }
        var random = random(row)
        return TextNoise.apply(step, text, vocabulary, &random)
    }

    func number(_ value: Double, of name: String, place: Int, row: Int) -> Double? {
        guard let size = sizes[row], size > 0, let column = columns[name] else { return value }
        var random = random(row, place)
        let own = signs[row].flatMap { signs in places[name].flatMap { $0 < signs.count ? Double(signs[$0]) : nil } }
        return value + (own ?? (random.next() & 1 == 0 ? -1 : 1)) * size * column.deviation
    }

    func category(_ value: String, of name: String, place: Int, row: Int) -> String? { value }

    var changesLabels: Bool { !label.isEmpty }

    func label(_ value: String, row: Int) -> String { null.contains(row) ? label : value }
}
