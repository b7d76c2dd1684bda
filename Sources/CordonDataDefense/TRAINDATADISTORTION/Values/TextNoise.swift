internal import CordonCore
internal import Glibc

/// Words of a dataset and how often each is there.
struct Vocabulary: Sendable {
    /// Distinct words, those that are there most often first.
    let words: [String]
    private let places: [String: Int]
    /// Sum of the counts up to each word.
    private let sums: [Int]

    private static let limit = 50_000

    init(_ texts: [String]) {
        var counts: [String: Int] = [:]
        for text in texts {
            for word in TextNoise.pieces(text) where word.isWord { counts[word.text, default: 0] += 1 }
        }
        let ordered = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.limit)
        words = ordered.map(\.key)
        places = Dictionary(uniqueKeysWithValues: words.enumerated().map { ($1, $0) })
        var sum = 0
        sums = ordered.map {
            sum += $0.value
            return sum
        }
    }

    /// A word as often as it is there; `nil` where there is none.
    func word(_ random: inout SplitMix) -> String? {
        guard let total = sums.last else { return nil }
        let wanted = random.below(total)
        var (low, high) = (0, sums.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] <= wanted { low = middle + 1 } else { high = middle }
        }
        return words[low]
    }

    /// Randomised response over all words: the own one with the chance e^ε / (e^ε + words - 1), else any other (Kairouz and others
    /// 2016). A word that is not in the list is always replaced.
    func response(_ word: String, epsilon: Double, _ random: inout SplitMix) -> String {
        guard let place = places[word] else { return words.isEmpty ? "" : words[random.below(words.count)] }
        let keeps = 1 / (1 + Double(words.count - 1) * exp(-epsilon))
        guard random.unit() >= keeps, words.count > 1 else { return word }
        let other = random.below(words.count - 1)
        return words[other < place ? other : other + 1]
    }
}

/// Noise in texts.
enum TextNoise {
    /// Words and what lies between them, in order.
    static func pieces(_ text: String) -> [(text: String, isWord: Bool)] {
        var pieces: [(text: String, isWord: Bool)] = []
        for character in text {
            let isWord = !character.isWhitespace
            if let last = pieces.last, last.isWord == isWord {
                pieces[pieces.count - 1].text.append(character)
            } else {
                pieces.append((String(character), isWord))
            }
        }
        return pieces
    }

    static func apply(
        _ step: Distortion, _ text: String, _ vocabulary: Vocabulary, _ random: inout SplitMix
    ) -> String {
        let amount = step.amount
        switch step.method {
        case .characters: return letters(text, amount, &random)
        case .words:
            return joined(text) { random.unit() < amount ? vocabulary.word(&random) ?? $0 : $0 }
        case .dropout: return dropped(text, amount, &random)
        case .privacy: return joined(text) { vocabulary.response($0, epsilon: amount, &random) }
        default: return text
        }
    }

    private static func joined(_ text: String, _ change: (String) -> String) -> String {
        pieces(text).map { $0.isWord ? change($0.text) : $0.text }.joined()
    }

    /// The text without some words; one stays at least.
    private static func dropped(_ text: String, _ share: Double, _ random: inout SplitMix) -> String {
        let words = pieces(text).filter(\.isWord).map(\.text)
        let kept = words.filter { _ in random.unit() >= share }
        return (kept.isEmpty ? Array(words.prefix(1)) : kept).joined(separator: " ")
    }

    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz")

    private static func letters(_ text: String, _ share: Double, _ random: inout SplitMix) -> String {
        var made: [Character] = []
        for character in text {
            guard character.isLetter, random.unit() < share else {
                made.append(character)
                continue
            }
            switch random.below(4) {
            case 0: made.append(alphabet[random.below(alphabet.count)])
            case 1: made += [character, character]
            case 2: made.insert(character, at: max(0, made.count - 1))
            default: continue
            }
        }
        return String(made)
    }
}
