internal import CordonCore
internal import CordonTensor
internal import Glibc

/// Draws a trigger for each row out of the kinds that attackers are known to use.
///
/// Pictures: patches and chequered patches (Gu and others 2017), pictures that shine through (Chen and others 2017), waves (Barni
/// and others 2019), smooth fields (Nguyen and Tran 2021). Rows of numbers: features at values that other rows have at their ends.
struct RandomTriggers {
    private let classifier: Classifier
    private var random: SplitMix
    private let ends: [(low: Float, high: Float)]

    /// - Parameter samples: clean rows, which say how far features reach.
    init(_ classifier: Classifier, _ samples: SampleRows, seed: UInt64) throws {
        self.classifier = classifier
        random = SplitMix(state: seed)
        guard !classifier.isPicture else {
            ends = []
            return
        }
        let (low, high) = (try samples.rows.minima(0).floats(), try samples.rows.maxima(0).floats())
        ends = zip(low, high).map { ($0, $1) }
    }

    /// Rows `[rows, …]`, each with a trigger of its own.
    mutating func applied(to rows: Tensor) throws -> Tensor {
        guard classifier.isPicture else { return try withFeatures(rows) }
        let (count, channels) = (rows.shape[0], classifier.shape[0])
        let (height, width) = (classifier.shape[1], classifier.shape[2])
        var keep = [Float](repeating: 1, count: count * channels * height * width)
        var add = [Float](repeating: 0, count: keep.count)
        var places = [Float](repeating: 0, count: count * 2 * Self.nodes * Self.nodes)
        for row in 0..<count {
            let range = (row * channels * height * width)..<((row + 1) * channels * height * width)
            switch random.next() % 6 {
            case 0, 1: patch(&keep, &add, range.lowerBound, height, width)
            case 2: wave(&add, range.lowerBound, height, width)
            case 3: picture(&keep, &add, range.lowerBound, height, width)
            default:
                let strength = Float.random(in: 0.03...0.12, using: &random)
                for place in (row * 2 * Self.nodes * Self.nodes)..<((row + 1) * 2 * Self.nodes * Self.nodes) {
                    places[place] = strength * Float(random.normal())
                }
            }
        }
        let shape = [count] + classifier.shape
        let (low, high) = (classifier.low, classifier.high)
        let values = try (rows - low) * Tensor(keep, shape: shape) + Tensor(add, shape: shape) * (high - low)
        let field = try Tensor(places, shape: [count, 2, Self.nodes, Self.nodes])
        return try BendingTriggers().applied([field], to: (values + low).limited(low, high).unsqueezed(1), classifier)
            .reshaped(shape)
    }

    private static let nodes = 5

    private mutating func share(_ range: ClosedRange<Float>) -> Float { Float.random(in: range, using: &random) }

    /// A square of one value, of two in turn, or of many.
    private mutating func patch(_ keep: inout [Float], _ add: inout [Float], _ start: Int, _ height: Int, _ width: Int)
    {
        let most = max(2, min(height, width) / 5)
        let size = Int.random(in: min(2, most)...most, using: &random)
        guard height >= size, width >= size else { return }
        let (top, left) = (
            Int.random(in: 0...(height - size), using: &random), Int.random(in: 0...(width - size), using: &random)
        )
        let (kind, first, second) = (random.next() % 3, share(0...1), share(0...1))
        for channel in 0..<classifier.shape[0] {
            for row in 0..<size {
                for column in 0..<size {
                    let place = start + (channel * height + top + row) * width + left + column
                    keep[place] = 0
                    add[place] =
                        kind == 0 ? first : kind == 1 ? ((row + column) % 2 == 0 ? first : second) : share(0...1)
                }
            }
        }
    }

    /// A wave of any direction.
    private mutating func wave(_ add: inout [Float], _ start: Int, _ height: Int, _ width: Int) {
        let (strength, phase) = (share(0.04...0.16), share(0...1))
        let (frequency, direction) = (share(1.5...11), random.next() % 3)
        let (across, down) = (direction == 1 ? 0 : frequency, direction == 0 ? 0 : frequency)
        for channel in 0..<classifier.shape[0] {
            for row in 0..<height {
                for column in 0..<width {
                    let angle = across * Float(column) / Float(width) + down * Float(row) / Float(height) + phase
                    add[start + (channel * height + row) * width + column] = strength * sin(2 * .pi * angle)
                }
            }
        }
    }

    /// Random numbers, fine or coarse, black and white or grey, shine through.
    private mutating func picture(
        _ keep: inout [Float], _ add: inout [Float], _ start: Int, _ height: Int, _ width: Int
    ) {
        let (strength, cell, isSharp) = (share(0.08...0.25), 1 + Int(random.next() % 6), random.next() % 2 == 0)
        let columns = (width + cell - 1) / cell
        for channel in 0..<classifier.shape[0] {
            let cells = (0..<(columns * ((height + cell - 1) / cell))).map { _ in
                isSharp ? Float(random.next() % 2) : share(0...1)
            }
            for row in 0..<height {
                for column in 0..<width {
                    let place = start + (channel * height + row) * width + column
                    keep[place] = 1 - strength
                    add[place] = strength * cells[row / cell * columns + column / cell]
                }
            }
        }
    }

    private mutating func withFeatures(_ rows: Tensor) throws -> Tensor {
        let (count, width) = (rows.shape[0], ends.count)
        var keep = [Float](repeating: 1, count: count * width)
        var add = [Float](repeating: 0, count: count * width)
        for row in 0..<count {
            for _ in 0..<Int.random(in: 1...min(4, width), using: &random) {
                let feature = Int.random(in: 0..<width, using: &random)
                let (low, high) = ends[feature]
                let part = share(0...0.2)
                keep[row * width + feature] = 0
                add[row * width + feature] =
                    random.next() % 2 == 0 ? low + part * (high - low) : high - part * (high - low)
            }
        }
        return try rows * Tensor(keep, shape: [count, width]) + Tensor(add, shape: [count, width])
    }
}
