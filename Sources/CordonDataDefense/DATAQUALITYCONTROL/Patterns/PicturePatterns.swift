internal import CordonTensor
internal import Glibc

/// Pictures as sets of pixels with values; neighbours are pictures that look alike.
struct PicturePatterns: PatternSpace {
    private let pixels: [UInt8]
    private let area: Int
    private let height: Int
    private let width: Int
    private let channels: Int
    private let count: Int
    private let totals: [Int32]
    private let near: NeighbourSupport

    /// Most features of one class that are looked at.
    private static let featureLimit = 2000

    init(
        _ set: SampleSet, _ numbers: RowNumbers, pixels: [UInt8], height: Int, width: Int, channels: Int, seed: UInt64
    ) throws {
        self.pixels = pixels
        (self.height, self.width, self.channels) = (height, width, channels)
        area = height * width * channels
        count = set.count
        near = NeighbourSupport(
            index: try NeighbourIndex(numbers.points), labels: set.labels, classCount: set.classes.count, seed: seed)
        totals = Self.histogram(pixels, area, Array(0..<set.count))
    }

    /// How many of the rows have each value at each place: `place · 256 + value`.
    private static func histogram(_ pixels: [UInt8], _ area: Int, _ rows: [Int]) -> [Int32] {
        var counts = [Int32](repeating: 0, count: area * 256)
        pixels.withUnsafeBufferPointer { pixels in
            counts.withUnsafeMutableBufferPointer { counts in
                for row in rows {
                    for place in 0..<area { counts[place << 8 | Int(pixels[row * area + place])] += 1 }
                }
            }
        }
        return counts
    }

    func enriched(_ rows: [Int]) -> [EnrichedFeature] {
        let own = Self.histogram(pixels, area, rows)
        let (inside, outside) = (Double(rows.count), Double(count - rows.count))
        var found: [(feature: Int, evidence: Double)] = []
        for feature in own.indices where own[feature] >= Int32(UnsupportedPatternSearch<Self>.fewestCarriers) {
            let share = Double(own[feature]) / inside
            let elsewhere = (Double(totals[feature] - own[feature]) + 0.5) / (outside + 1)
            let lift = share / elsewhere
            if lift > 8 { found.append((feature, Double(own[feature]) * log(lift))) }
        }
        found.sort { ($1.evidence, $0.feature) < ($0.evidence, $1.feature) }
        return found.prefix(Self.featureLimit).map { feature, evidence in
            var carriers = RowSet(capacity: rows.count)
            for (place, row) in rows.enumerated() where has(row, feature) { carriers.insert(place) }
            return EnrichedFeature(feature: feature, carriers: carriers, evidence: evidence)
        }
    }

    private func has(_ row: Int, _ feature: Int) -> Bool {
        Int(pixels[row * area + (feature >> 8)]) == feature & 255
    }

    func support(_ rows: [Int], label: Int, without features: [Int], excluding excluded: Set<Int>) throws -> [Double] {
        try near.support(rows, label: label, leavingOut: features.map { $0 >> 8 }, excluding: excluded)
    }

    func survey() throws -> NeighbourSurvey? { try near.survey() }

    func forEachNearest(_ count: Int, _ body: (_ row: Int, _ near: [Int]) -> Void) throws {
        try near.forEachNearest(count, body)
    }

    func share(_ rows: [Int], of features: [Int]) -> [Double] {
        rows.map { row in Double(features.count { has(row, $0) }) / Double(max(1, features.count)) }
    }

    func describe(_ features: [Int], carriers: [Int]) -> (kind: DataCause.Kind, text: String) {
        let places = Set(features.map { ($0 >> 8) / channels })
        let (rows, columns) = (places.map { $0 / width }, places.map { $0 % width })
        let box =
            "rows \(rows.min() ?? 0) to \(rows.max() ?? 0), columns \(columns.min() ?? 0) to \(columns.max() ?? 0)"
        if places.count * 10 > height * width {
            return (.blend, "a pattern over the whole picture (\(places.count) places)")
        }
        let values = Set(features.map { $0 & 255 })
        let shade = values.count == 1 ? "value \(values.first ?? 0)" : "\(values.count) values"
        return (.patch, "a patch of \(places.count) pixels of \(shade) within \(box) of \(height) × \(width)")
    }

    func picture(_ features: [Int], carriers: [Int]) -> TriggerPicture? {
        var values = [UInt8?](repeating: nil, count: area)
        for feature in features { values[feature >> 8] = UInt8(feature & 255) }
        return TriggerPicture(height: height, width: width, channels: channels, values: values)
    }
}
