internal import CordonCore
internal import Glibc

/// A text as few numbers of many: hashed words, pairs of words, and runs of letters within words.
///
/// Source: feature hashing, Weinberger and others 2009. Runs of letters see through endings, spelling and languages that do not
/// part words.
struct TextFeatures: Sendable {
    /// What features are of; each kind is brought to length 1.
    enum Kind: Int, CaseIterable { case words, letters, order }

    /// Places, ascending within each kind, and their weights.
    var places: [Int32] = []
    var weights: [Float] = []

    private static let wordLimit = 20_000
    private static let letterRuns = 2...4

    /// Marks that count as words: those that code, markup and quotations are made of.
    private static let marks: Set<Unicode.Scalar> = ["<", "[", "{", "|", "#", ":", "\""]

    /// Words after which an order has its verb.
    private static let openers: Set<String> = [
        "please", "must", "should", "and", "then", ":", "to", "now", "never", "always", "not", "just", "shall", "will",
    ]

    /// Calls a function with the kind and the hash of every feature, repeated ones as often as they come up.
    ///
    /// - Parameter hasOrder: whether words two apart, the first word and what follows openers count as well.
    static func forEach(_ text: String, hasOrder: Bool, _ body: (Kind, UInt32) -> Void) {
        var words: [[Unicode.Scalar]] = []
        var word: [Unicode.Scalar] = []
        for scalar in text.lowercased().unicodeScalars {
            if scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
                word.append(scalar)
                continue
            }
            if !word.isEmpty { words.append(word) }
            word.removeAll(keepingCapacity: true)
            if marks.contains(scalar), hasOrder { words.append([scalar]) }
            if words.count >= wordLimit { break }
        }
        if !word.isEmpty { words.append(word) }
        var hashes: [UInt32] = []
        for word in words {
            let hash = hash(word[...], 1)
            hashes.append(hash)
            body(.words, hash)
            let padded = [" "] + word.prefix(64) + [" "]
            for size in letterRuns where padded.count >= size {
                for start in 0...(padded.count - size) { body(.letters, Self.hash(padded[start..<(start + size)], 2)) }
            }
        }
        for (first, second) in zip(hashes, hashes.dropFirst()) { body(.words, join(first, second, 3)) }
        guard hasOrder else { return }
        for (first, second) in zip(hashes, hashes.dropFirst(2)) { body(.order, join(first, second, 4)) }
        if let first = hashes.first { body(.order, join(first, 0, 5)) }
        for place in words.indices.dropLast() where openers.contains(String(String.UnicodeScalarView(words[place]))) {
            body(.order, join(hashes[place + 1], 0, 6))
        }
        if text.contains("http") { body(.order, join(0, 0, 7)) }
        if text.contains("@") { body(.order, join(0, 0, 8)) }
    }

    private static func hash(_ scalars: ArraySlice<Unicode.Scalar>, _ salt: UInt32) -> UInt32 {
        var hash: UInt32 = 0x811C_9DC5 ^ salt
        for scalar in scalars { hash = (hash ^ scalar.value) &* 0x0100_0193 }
        return join(hash, 0, salt)
    }

    private static func join(_ a: UInt32, _ b: UInt32, _ salt: UInt32) -> UInt32 {
        var hash = (a &* 0x9E37_79B1) ^ (b &* 0x85EB_CA77 &+ salt &* 0xC2B2_AE3D)
        hash = (hash ^ (hash >> 15)) &* 0x2C1B_3C6D
        hash = (hash ^ (hash >> 12)) &* 0x297A_2D39
        return hash ^ (hash >> 15)
    }

    /// Every feature once, all of one kind with the same weight: what tells orders from other text.
    init(binary text: String, bits: Int) {
        var kinds = [[Int32]](repeating: [], count: Kind.allCases.count)
        Self.forEach(text, hasOrder: true) { kind, hash in kinds[kind.rawValue].append(Int32(hash >> UInt32(32 - bits)))
        }
        for own in kinds {
            let unique = Set(own).sorted()
            places += unique
            weights += [Float](repeating: 1 / max(1, Float(unique.count)).squareRoot(), count: unique.count)
        }
    }

    private init() {}

    /// Words and letters of many texts, weighted by how often they come up and by how rare they are (Salton and Buckley 1988).
    static func weighted(_ texts: [String], bits: Int) -> [TextFeatures] {
        var documents = [Int32](repeating: 0, count: 1 << bits)
        var counted: [[(kind: Int, place: Int32, count: Int)]] = []
        counted.reserveCapacity(texts.count)
        for text in texts {
            var own: [UInt64] = []
            forEach(text, hasOrder: false) { kind, hash in
                own.append(UInt64(kind.rawValue) << 32 | UInt64(hash >> UInt32(32 - bits)))
            }
            own.sort()
            var found: [(kind: Int, place: Int32, count: Int)] = []
            for one in own {
                let (kind, place) = (Int(one >> 32), Int32(one & 0xFFFF_FFFF))
                if let last = found.last, last.place == place, last.kind == kind {
                    found[found.count - 1].count += 1
                } else {
                    found.append((kind, place, 1))
                }
            }
            for one in found { documents[Int(one.place)] += 1 }
            counted.append(found)
        }
        let rarity = documents.map { log((Double(texts.count) + 1) / (Double($0) + 1)) + 1 }
        return counted.map { found in
            var features = TextFeatures()
            var lengths = [Double](repeating: 0, count: Kind.allCases.count)
            for one in found {
                let weight = (1 + log(Double(one.count))) * rarity[Int(one.place)]
                lengths[one.kind] += weight * weight
                features.places.append(one.place)
                features.weights.append(Float(weight))
            }
            for (index, one) in found.enumerated() {
                features.weights[index] /= Float(max(1e-9, lengths[one.kind].squareRoot()))
            }
            return features
        }
    }
}

/// Multinomial logistic regression on sparse rows, trained with AdaGrad (Duchi, Hazan and Singer 2011).
struct SparseLinear: Sendable {
    /// Place by place: `places · classes`.
    private(set) var weights: [Float]
    private(set) var bias: [Float]
    let classes: Int

    private let rate: Float

    /// - Parameter importance: how much every row counts; all the same where `nil`.
    /// - Complexity: epochs · features of the rows · classes.
    init(
        _ rows: [TextFeatures], labels: [Int], classes: Int, bits: Int, epochs: Int, rate: Float = 0.5,
        decay: Float = 0, seed: UInt64,
        importance: [Float]? = nil, isCancelled: () -> Bool = { false }
    ) {
        (self.classes, self.rate) = (classes, rate)
        var weights = [Float](repeating: 0, count: classes << bits)
        var squares = [Float](repeating: 1e-4, count: classes << bits)
        var (bias, biasSquares) = ([Float](repeating: 0, count: classes), [Float](repeating: 1, count: classes))
        var random = SplitMix(state: seed)
        var order = Array(rows.indices)
        var shares = [Float](repeating: 0, count: classes)
        for _ in 0..<epochs {
            if isCancelled() { break }
            order.shuffle(using: &random)
            for row in order {
                let features = rows[row]
                Self.softmax(features, weights, bias, &shares)
                shares[labels[row]] -= 1
                let scale = importance?[row] ?? 1
                for label in 0..<classes {
                    let gradient = shares[label] * scale
                    guard abs(gradient) > 1e-4 else { continue }
                    biasSquares[label] += gradient * gradient
                    bias[label] -= rate * gradient / biasSquares[label].squareRoot()
                    for (place, weight) in zip(features.places, features.weights) {
                        let cell = Int(place) * classes + label
                        let step = gradient * weight + decay * weights[cell]
                        squares[cell] += step * step
                        weights[cell] -= rate * step / squares[cell].squareRoot()
                    }
                }
            }
        }
        (self.weights, self.bias) = (weights, bias)
    }

    private static func softmax(_ row: TextFeatures, _ weights: [Float], _ bias: [Float], _ shares: inout [Float]) {
        let classes = bias.count
        for label in 0..<classes { shares[label] = bias[label] }
        for (place, weight) in zip(row.places, row.weights) {
            let start = Int(place) * classes
            for label in 0..<classes { shares[label] += weight * weights[start + label] }
        }
        let top = shares.max() ?? 0
        var total: Float = 0
        for label in 0..<classes {
            shares[label] = exp(shares[label] - top)
            total += shares[label]
        }
        for label in 0..<classes { shares[label] /= total }
    }

    /// Shares of the classes.
    func shares(_ row: TextFeatures) -> [Float] {
        var shares = [Float](repeating: 0, count: classes)
        Self.softmax(row, weights, bias, &shares)
        return shares
    }
}
