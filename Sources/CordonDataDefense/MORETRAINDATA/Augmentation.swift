internal import CordonCore
internal import CordonData
internal import Glibc

/// Small changes of rows that keep their labels: pictures are turned, moved, scaled and lit otherwise; words are dropped and swapped;
/// numbers of a table are moved a little.
///
/// Source: Shorten and Khoshgoftaar 2019 for pictures, without mirroring, which turns letters and signs into others; random swap and
/// deletion of Wei and Zou 2019 for texts; jittering for tables.
struct Augmentation: ValueChange {
    let seed: UInt64
    /// Which of the copies of a row this is.
    let copy: Int
    /// 1 is usual.
    let strength: Double
    let columns: [String: ColumnStatistics]

    private func random(_ row: Int, _ place: Int = 0) -> SplitMix {
        var start = SplitMix(state: seed ^ UInt64(bitPattern: Int64(row)) &* 0x9E37_79B9_7F4A_7C15)
        start.state ^= start.next() &+ UInt64(copy) &* 0xBF58_476D_1CE4_E5B9 &+ UInt64(place) &* 0x94D0_49BB_1331_11EB
        return start
    }

    // MARK: Pictures

    private static let turn = 10 * Double.pi / 180
    private static let shift = 0.1
    private static let scale = 0.1
    private static let light = 0.15

    func picture(_ image: Image, row: Int) -> Image {
        var random = random(row)
        func draw(_ most: Double) -> Double { (random.unit() * 2 - 1) * most * strength }
        let (angle, size) = (draw(Self.turn), exp(draw(Self.scale)))
        let (x, y) = (draw(Self.shift) * Double(image.width), draw(Self.shift) * Double(image.height))
        let (gain, lift) = (1 + draw(Self.light), draw(Self.light) * 64)
        return image.moved(angle: angle, size: size, right: x, down: y, gain: gain, lift: lift)
    }

    // MARK: Texts

    private static let share = 0.1

    func text(_ text: String, row: Int) -> String {
        var random = random(row)
        var words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard words.count > 2 else { return text }
        for _ in 0..<max(1, Int(Self.share * strength * Double(words.count))) {
            let (first, second) = (random.below(words.count), random.below(words.count))
            words.swapAt(first, second)
        }
        let kept = words.filter { _ in random.unit() >= Self.share * strength }
        return (kept.count < 2 ? words : kept).joined(separator: " ")
    }

    // MARK: Tables

    private static let jitter = 0.05

    /// Whole numbers stay whole, and values within the range of their column.
    func number(_ value: Double, of name: String, place: Int, row: Int) -> Double? {
        guard let column = columns[name] else { return value }
        var random = random(row, place)
        let moved = value + random.normal() * Self.jitter * strength * column.deviation
        return max(column.low, min(column.high, value == value.rounded() ? moved.rounded() : moved))
    }

    func category(_ value: String, of name: String, place: Int, row: Int) -> String? { value }

    var changesLabels: Bool { false }

    func label(_ value: String, row: Int) -> String { value }
}

extension Image {
    /// The picture turned about its middle, scaled and moved, with other light; read between pixels linearly, at borders the border.
    fileprivate func moved(
        angle: Double, size: Double, right: Double, down: Double, gain: Double, lift: Double
    ) -> Image {
        var made = [UInt8](repeating: 0, count: pixels.count)
        let (middleX, middleY) = (Double(width - 1) / 2, Double(height - 1) / 2)
        let (sine, cosine) = (sin(angle) / size, cos(angle) / size)
        let colours = channels == 4 ? 3 : channels
        for y in 0..<height {
            for x in 0..<width {
                let (dx, dy) = (Double(x) - middleX - right, Double(y) - middleY - down)
                let fromX = max(0, min(Double(width - 1), cosine * dx + sine * dy + middleX))
                let fromY = max(0, min(Double(height - 1), cosine * dy - sine * dx + middleY))
                let (left, top) = (Int(fromX), Int(fromY))
                let (a, b) = (fromX - Double(left), fromY - Double(top))
                let (next, below) = (min(width - 1, left + 1), min(height - 1, top + 1))
                for channel in 0..<channels {
                    func at(_ x: Int, _ y: Int) -> Double { Double(pixels[(y * width + x) * channels + channel]) }
                    var value = (1 - b) * ((1 - a) * at(left, top) + a * at(next, top))
                    value += b * ((1 - a) * at(left, below) + a * at(next, below))
                    if channel < colours { value = value * gain + lift }
                    made[(y * width + x) * channels + channel] = UInt8(max(0, min(255, value.rounded())))
                }
            }
        }
        return Image(width: width, height: height, channels: channels, pixels: made)
    }
}
