/// How much a text looks like orders to a model: indirect prompt injection.
///
/// Every passage is weighed by a linear model over its words and runs of letters (``OrderModel``), after disguises were taken
/// off (``HiddenText``). What is hidden and what carries data away weighs more.
struct OrderScanner: Sendable {
    /// What speaks for orders.
    struct Result: Sendable {
        /// Logarithm of the odds, with what the signs add.
        var weight: Double
        var signs: [String] = []
        /// The passage that weighs most.
        var passage = ""
        /// Its sentences, as they stand in the text.
        var sentences: [String] = []
    }

    private let model: OrderModel
    private static let textLimit = 200_000
    private static let hiddenPassage = 1.5
    private static let carriesAway = 3.0

    init(_ model: OrderModel = .standard) { self.model = model }

    /// - Complexity: O(length); of longer texts the first 200,000 characters.
    func scan(_ text: String) -> Result {
        let hidden = HiddenText(text.utf8.count > Self.textLimit ? String(text.prefix(Self.textLimit)) : text)
        var result = Result(weight: model.bias)
        for passage in Passages(hidden.plain).passages {
            var weight = model.weight(passage.text)
            if passage.isHidden { weight += Self.hiddenPassage }
            guard weight > result.weight else { continue }
            result.weight = weight
            result.passage = String(passage.text.prefix(240))
            result.sentences = passage.sentences
            result.signs = passage.isHidden ? ["it stands where people do not see it"] : []
        }
        if let link = Self.exfiltration(hidden.plain) {
            result.weight += Self.carriesAway
            result.signs.append("a picture or link takes data away: \(link)")
        }
        if hidden.weight > 0 {
            result.weight += hidden.weight
            result.signs.append(hidden.description)
        }
        return result
    }

    private static let cargo = [
        "conversation", "history", "context", "prompt", "summary", "secret", "email", "token", "user", "chat",
        "question",
        "data", "message", "session", "memory", "password", "answer", "query", "base64", "encoded", "name",
    ]

    /// A picture or link with a place for data in its address.
    private static func exfiltration(_ text: String) -> String? {
        guard text.contains("http") else { return nil }
        for piece in text.split(whereSeparator: { $0 == "\n" || $0 == " " || $0 == "<" }) {
            guard piece.contains("](") || piece.contains("src=") || piece.contains("href="),
                let start = piece.firstRange(of: "http")
            else { continue }
            let address = piece[start.lowerBound...]
            guard let question = address.firstIndex(of: "?") else {
                if address.contains("{") && address.contains("}") { return String(address.prefix(100)) }
                continue
            }
            let query = address[question...]
            let hasHole = query.contains { "{$[<".contains($0) } || query.contains("%s")
            let values = query.split { "?&;)\"'".contains($0) }.compactMap {
                $0.split(separator: "=").dropFirst().first
            }
            let isNamed = values.contains { value in
                let small = value.lowercased()
                return value.count > 3 && value == value.uppercased() && value.contains(where: \.isLetter)
                    && cargo.contains(where: small.contains)
            }
            if hasHole || isNamed { return String(address.prefix(100)) }
        }
        return nil
    }
}

/// A linear model over ``TextFeatures``: logarithm of the odds that a passage gives orders to a model.
struct OrderModel: Sendable {
    let bias: Double
    /// Number of bits of a place.
    let bits: Int
    let scale: Double
    let weights: [Int8]

    func weight(_ passage: String) -> Double {
        let features = TextFeatures(binary: passage, bits: bits)
        var sum = 0.0
        for (place, weight) in zip(features.places, features.weights) {
            sum += Double(weights[Int(place)]) * Double(weight)
        }
        return bias + sum * scale
    }
}

extension OrderModel {
    /// The model that comes with Cordon; `Benchmarks/dataquality/orders.json` and how it was trained are beside the benchmark.
    static let standard: OrderModel = {
        var weights = [Int8](repeating: 0, count: 1 << OrderWeights.bits)
        var (buffer, filled): (UInt32, UInt32) = (0, 0)
        var (place, step, isWeight) = (-1, 0, false)
        for byte in OrderWeights.base64.utf8 {
            guard let value = sixBits(byte) else { continue }
            buffer = buffer << 6 | value
            filled += 6
            guard filled >= 8 else { continue }
            filled -= 8
            let whole = UInt8(buffer >> filled & 0xFF)
            if isWeight {
                weights[place] = Int8(bitPattern: whole)
                isWeight = false
            } else {
                // The distance to the next weight: 255 means that more follows.
                step += Int(whole)
                if whole < 255 {
                    (place, step, isWeight) = (place + step + 1, 0, true)
                    guard weights.indices.contains(place) else { break }
                }
            }
        }
        return OrderModel(bias: OrderWeights.bias, bits: OrderWeights.bits, scale: OrderWeights.scale, weights: weights)
    }()

    private static func sixBits(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x41...0x5A: UInt32(byte - 0x41)
        case 0x61...0x7A: UInt32(byte - 0x61 + 26)
        case 0x30...0x39: UInt32(byte - 0x30 + 52)
        case 0x2B: 62
        case 0x2F: 63
        default: nil
        }
    }
}
