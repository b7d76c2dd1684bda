internal import Glibc

/// Texts as sets of words and pairs of words; what else speaks for a label is naive Bayes over the other words.
///
/// Source of the classifier: multinomial naive Bayes with Laplace's correction, McCallum and Nigam 1998; a text is never a
/// witness of its own label. One word that nearly always goes with the label is enough as well: many weak words that speak
/// for another class would drown it.
struct TextPatterns: PatternSpace {
    /// Features of each text, each once, in order.
    let features: [[Int32]]
    let names: [String]
    let labels: [Int32]
    let classCount: Int
    /// In how many texts each feature is.
    private let totals: [Int32]
    /// In how many texts of a class each feature is: `class · features + feature`.
    let byClass: [Int32]
    let classSizes: [Double]

    private static let featureLimit = 2000
    private static let wordLimit = 2_000_000
    private static let cellLimit = 50_000_000
    /// A word speaks for a label by itself from this share of its texts on, and from this number of them.
    private static let witnessShare = 0.8
    private static let witnessTexts = 20.0

    /// - Throws: where words or classes are too many.
    init(_ set: SampleSet, texts: [String]) throws {
        var (places, names): ([String: Int32], [String]) = ([:], [])
        var features: [[Int32]] = []
        features.reserveCapacity(texts.count)
        for text in texts {
            var own: Set<Int32> = []
            for name in Self.pieces(text) {
                if let known = places[name] {
                    own.insert(known)
                } else if names.count < Self.wordLimit {
                    let fresh = Int32(names.count)
                    places[name] = fresh
                    names.append(name)
                    own.insert(fresh)
                }
            }
            features.append(own.sorted())
        }
        // Features of a single text are no pattern, and say nothing of others.
        var counts = [Int32](repeating: 0, count: names.count)
        for own in features { for feature in own { counts[Int(feature)] += 1 } }
        var kept = [Int32](repeating: -1, count: names.count)
        var keptNames: [String] = []
        for (feature, count) in counts.enumerated() where count > 1 {
            kept[feature] = Int32(keptNames.count)
            keptNames.append(names[feature])
        }
        self.features = features.map { own in own.compactMap { kept[Int($0)] >= 0 ? kept[Int($0)] : nil } }
        self.names = keptNames
        labels = set.labels
        classCount = set.classes.count
        guard keptNames.count * max(1, classCount) <= Self.cellLimit else {
            throw DataCheckFailure(
                "\(keptNames.count) words in \(classCount) classes; name the right column with --label")
        }
        var (totals, byClass) = (
            [Int32](repeating: 0, count: keptNames.count), [Int32](repeating: 0, count: keptNames.count * classCount)
        )
        var sizes = [Double](repeating: 0, count: classCount)
        for (row, own) in self.features.enumerated() {
            let label = Int(labels[row])
            if label >= 0 { sizes[label] += 1 }
            for feature in own {
                totals[Int(feature)] += 1
                if label >= 0 { byClass[label * keptNames.count + Int(feature)] += 1 }
            }
        }
        (self.totals, self.byClass, classSizes) = (totals, byClass, sizes)
    }

    /// At most 20,000 words in lower case, pairs of neighbouring words, runs of marks, signs beyond ASCII, and characters that nobody
    /// sees.
    static func pieces(_ text: String) -> [String] {
        var (words, hidden): ([String], [String]) = ([], [])
        for part in text.lowercased().split(whereSeparator: { $0.isWhitespace }).prefix(20_000) {
            let word = part.trimmingPunctuation
            let isMarked = word.isEmpty ? part.count > 1 : part.utf8.count >= word.utf8.count + 4
            if !word.isEmpty, word.utf8.count <= 64 { words.append(String(word)) }
            if isMarked, part.utf8.count <= 64 { words.append(String(part)) }
            for scalar in part.unicodeScalars where scalar.value >= 0x80 {
                if scalar.properties.isDefaultIgnorableCodePoint {
                    hidden.append("U+" + String(scalar.value, radix: 16, uppercase: true))
                } else if !scalar.properties.isAlphabetic {
                    hidden.append(String(scalar))
                }
            }
        }
        return words + hidden + zip(words, words.dropFirst()).map { $0 + " " + $1 }
    }

    func enriched(_ rows: [Int]) -> [EnrichedFeature] {
        guard let label = rows.first.map({ Int(labels[$0]) }), label >= 0 else { return [] }
        let (inside, outside) = (Double(rows.count), Double(features.count - rows.count))
        var chosen: [Int: Double] = [:]
        for feature in names.indices {
            let own = byClass[label * names.count + feature]
            guard own >= Int32(UnsupportedPatternSearch<Self>.fewestCarriers) else { continue }
            let elsewhere = (Double(totals[feature] - own) + 0.5) / (outside + 1)
            let lift = Double(own) / inside / elsewhere
            if lift > 8 { chosen[feature] = Double(own) * log(lift) }
        }
        let best = chosen.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.featureLimit)
        var sets: [Int: RowSet] = [:]
        for entry in best { sets[entry.key] = RowSet(capacity: rows.count) }
        for (place, row) in rows.enumerated() {
            for feature in features[row] where sets[Int(feature)] != nil { sets[Int(feature)]?.insert(place) }
        }
        return best.map { EnrichedFeature(feature: $0.key, carriers: sets[$0.key]!, evidence: $0.value) }
    }

    func support(_ rows: [Int], label: Int, without features: [Int], excluding excluded: Set<Int>) -> [Double] {
        let apart = Set(features.map(Int32.init))
        // What the excluded texts have said is taken back.
        var (less, lessInAll) = ([Int64: Int32](), [Int32: Int32]())
        var fewer = [Double](repeating: 0, count: classCount)
        for row in excluded where labels[row] >= 0 {
            fewer[Int(labels[row])] += 1
            for feature in self.features[row] {
                less[Int64(labels[row]) << 32 | Int64(feature), default: 0] += 1
                lessInAll[feature, default: 0] += 1
            }
        }
        return rows.map { row in
            let isOwn = labels[row] >= 0 && !excluded.contains(row)
            let isSaid = self.features[row].contains { feature in
                guard !apart.contains(feature) else { return false }
                let (own, all) = (byClass[label * names.count + Int(feature)], totals[Int(feature)])
                let mine: Double = isOwn ? 1 : 0
                let speaking = Double(own - (less[Int64(label) << 32 | Int64(feature)] ?? 0)) - mine
                let texts = Double(all - (lessInAll[feature] ?? 0)) - mine
                return texts >= Self.witnessTexts && speaking >= Self.witnessShare * texts
            }
            if isSaid { return 1 }
            var scores = [Double](repeating: 0, count: classCount)
            for kind in 0..<classCount {
                let mine = isOwn && Int(labels[row]) == kind
                let size = classSizes[kind] - fewer[kind] - (mine ? 1 : 0)
                guard size > 0 else {
                    scores[kind] = -.infinity
                    continue
                }
                for feature in self.features[row] where !apart.contains(feature) {
                    let all = byClass[kind * names.count + Int(feature)]
                    let taken = less.isEmpty ? 0 : less[Int64(kind) << 32 | Int64(feature)] ?? 0
                    let count = Double(all - taken - (mine ? 1 : 0))
                    scores[kind] += log((count + 0.1) / (size + 1))
                }
            }
            let top = scores.max() ?? 0
            let total = scores.reduce(0) { $0 + exp($1 - top) }
            return total > 0 ? exp(scores[label] - top) / total : 0
        }
    }

    func share(_ rows: [Int], of features: [Int]) -> [Double] {
        let wanted = Set(features.map(Int32.init))
        return rows.map { row in Double(self.features[row].count(where: wanted.contains)) / Double(max(1, wanted.count))
        }
    }

    func describe(_ features: [Int], carriers: [Int]) -> (kind: DataCause.Kind, text: String) {
        let words = features.map { names[$0] }.sorted { ($1.count, $0) < ($0.count, $1) }
        let shown = words.prefix(6).map { "'\($0)'" }.joined(separator: ", ")
        return (.words, "the words \(shown)" + (words.count > 6 ? " and \(words.count - 6) more" : ""))
    }

    func phrases(_ features: [Int]) -> [String] { features.map { names[$0] } }
}

extension Substring {
    /// Without punctuation at both ends.
    var trimmingPunctuation: Substring {
        var part = self
        while let first = part.first, first.isPunctuation { part.removeFirst() }
        while let last = part.last, last.isPunctuation { part.removeLast() }
        return part
    }
}
