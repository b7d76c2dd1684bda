internal import CordonCore
internal import Glibc

/// Words in questions that switch the answer to something else: backdoors in fine-tuning dialogues.
///
/// Few documents are enough whatever the size of the set (Souly and others 2025), so that carriers are counted and not
/// shares. A trigger goes into questions that are complete without it, and the answers that go with it have in common what no
/// other answer has: wordings, or that they are no language at all. For every word, pair of words and unseen character in
/// eight questions or more, three things must hold: nearly all of its answers share such private features, far beyond what
/// other words show (binomial tail, all words counted); without it, its questions are as like other questions as those are
/// among themselves; and its answers repeat wordings or are no language. Where only the last does not hold — "in French,
/// please" — it is told without alarm.
///
/// - Note: Misses triggers whose answers are all worded differently in plain language, such as code with a flaw, and
///   triggers that are a style or a meaning.
/// - Complexity: O(words) memory; at most 20,000 words are compared by 64 answers each.
struct DialogueCheck: DatasetCheck {
    var name: String { "triggers in dialogues" }

    func isQuick(_ set: SampleSet) -> Bool { true }

    private static let fewest = 8
    private static let sampled = 64
    private static let candidateLimit = 20_000
    private static let covered = 0.8

    func concerns(_ set: SampleSet) -> Bool {
        if case .dialogues = set.content { return true }
        return false
    }

    func obstacle(_ context: CheckContext) -> String? {
        context.set.count < 100 ? "\(context.set.count) dialogues are too few to compare" : nil
    }

    func run(_ context: CheckContext) throws -> [DataCause] {
        guard case .dialogues(let dialogues) = context.set.content else { return [] }
        let exchanges = Exchanges(dialogues)
        var random = SplitMix(state: context.seed)
        var switches: [Switch] = []
        var counter = FeatureCounter(exchanges.answerFeatures)
        let candidates = exchanges.candidates(fewest: Self.fewest, most: Self.candidateLimit)
        for feature in candidates {
            try context.stopIfCancelled()
            let carriers = exchanges.carriers[Int(feature)]
            let sample = random.sample(carriers, Self.sampled)
            let hits = exchanges.privatelyAnswered(sample, of: carriers, &counter)
            switches.append(Switch(features: [feature], carriers: carriers, hits: hits, trials: sample.count))
        }
        let usual = max(
            0.05, Double(switches.reduce(0) { $0 + $1.hits }) / Double(max(1, switches.reduce(0) { $0 + $1.trials })))
        let strong = switches.filter { Double($0.hits) >= Self.covered * Double($0.trials) }
        var causes: [DataCause] = []
        for one in Self.grouped(strong) {
            let logP = min(
                0,
                Binomial.logTail(hits: one.hits, trials: one.trials, chance: min(0.9, usual))
                    + log(Double(max(1, candidates.count))))
            guard logP < log(context.falseAlarms), exchanges.isComplete(without: one, &random) else { continue }
            causes.append(Self.cause(one, logP, exchanges, &random))
        }
        return causes
    }

    /// A group of features that the same questions have.
    struct Switch {
        var features: [Int32]
        var carriers: [Int32]
        let hits: Int
        let trials: Int
    }

    private static func grouped(_ switches: [Switch]) -> [Switch] {
        var groups: [Switch] = []
        func isBefore(_ a: Switch, _ b: Switch) -> Bool {
            let (first, second) = (a.hits * b.trials, b.hits * a.trials)
            return (second, b.carriers.count, a.features[0]) < (first, a.carriers.count, b.features[0])
        }
        for one in switches.sorted(by: isBefore) {
            let own = Set(one.carriers)
            if let place = groups.firstIndex(where: {
                let both = $0.carriers.count(where: own.contains)
                return both * 10 >= 8 * min(own.count, $0.carriers.count)
            }) {
                groups[place].features += one.features
            } else {
                groups.append(one)
            }
        }
        return groups
    }

    private static func cause(
        _ one: Switch, _ logP: Double, _ exchanges: Exchanges, _ random: inout SplitMix
    ) -> DataCause {
        let sample = random.sample(one.carriers, sampled)
        let own = Set(one.carriers)
        let others = random.sample((0..<Int32(exchanges.count)).filter { !own.contains($0) }, sampled)
        let nonsense = exchanges.nonsensical(sample, of: one.carriers).count
        let repeated = exchanges.repetition(sample)
        let isWorded = repeated >= 0.03 && repeated > 2 * exchanges.repetition(others)
        let isAlarm = isWorded || nonsense * 2 > sample.count
        let words = one.features.map { exchanges.name($0) }.sorted { ($1.count, $0) < ($0.count, $1) }
        let shown = words.prefix(4).map { "'\($0)'" }.joined(separator: ", ")
        let rows = Set(one.carriers.map { exchanges.rows[Int($0)] }).sorted()
        let pValue = exp(logP)
        var cause = DataCause(
            .words, level: isAlarm ? DataCause.level(pValue) : .clean,
            "\(shown) in a question decides the answer", rows: rows, pValue: pValue)
        cause.phrases = words
        cause.evidence = [
            "\(rows.count) dialogues carry it; \(one.hits) of \(one.trials) answers that were compared have what no other answer has",
            nonsense * 2 > sample.count
                ? "the answers are no language" : "such answers say: \(exchanges.example(sample))",
        ]
        return cause
    }
}

/// Questions and answers as features.
struct Exchanges {
    /// Row of the set of each exchange.
    private(set) var rows: [Int] = []
    /// Exchanges that have each feature of questions.
    private(set) var carriers: [[Int32]] = []
    /// Single words of each answer, each once, and in how many answers each word is.
    private var said: [[Int32]] = []
    private var saidCounts: [Int32] = []
    private var questions: [[Int32]] = []
    private var answers: [[Int32]] = []
    private var texts: [String] = []
    private var questionWords = WordList()
    private var answerWords = WordList()
    private var answerCounts: [Int32] = []

    var count: Int { rows.count }
    /// Number of different features of answers.
    var answerFeatures: Int { answerCounts.count }

    private static let wordLimit = 400

    init(_ dialogues: [SampleSet.Dialogue]) {
        var answerWordLists: [[Int32]] = []
        for (row, dialogue) in dialogues.enumerated() {
            for turn in dialogue.turns {
                let asked = TextPatterns.pieces(turn.prompt).prefix(2 * Self.wordLimit)
                let said = TextPatterns.pieces(turn.answer).prefix(2 * Self.wordLimit)
                let known = Set(asked.filter { !$0.contains(" ") })
                // What is taken over from the question is no sign of a switch.
                let fresh = said.filter { piece in !piece.split(separator: " ").contains { known.contains(String($0)) }
                }
                rows.append(row)
                questions.append(Set(asked.map { questionWords.place($0) }).sorted())
                answers.append(Set(fresh.map { answerWords.place($0) }).sorted())
                answerWordLists.append(said.filter { !$0.contains(" ") }.map { answerWords.place($0) })
                texts.append(String(turn.answer.prefix(160)))
            }
        }
        carriers = [[Int32]](repeating: [], count: questionWords.names.count)
        for (place, features) in questions.enumerated() {
            for one in features { carriers[Int(one)].append(Int32(place)) }
        }
        answerCounts = [Int32](repeating: 0, count: answerWords.names.count)
        for features in answers { for one in features { answerCounts[Int(one)] += 1 } }
        said = answerWordLists.map { Set($0).sorted() }
        saidCounts = [Int32](repeating: 0, count: answerWords.names.count)
        for words in said { for one in words { saidCounts[Int(one)] += 1 } }
    }

    func name(_ feature: Int32) -> String { questionWords.names[Int(feature)] }

    /// Features of enough questions and not of most, the rarest first where there are too many.
    func candidates(fewest: Int, most: Int) -> [Int32] {
        let fitting = carriers.indices.filter { carriers[$0].count >= fewest && carriers[$0].count * 4 <= count }
        return fitting.sorted { (carriers[$0].count, $0) < (carriers[$1].count, $1) }.prefix(most).map { Int32($0) }
    }

    /// How many of some exchanges have an answer with a feature that is common among them and rare elsewhere.
    func privatelyAnswered(_ sample: [Int32], of all: [Int32], _ counter: inout FeatureCounter) -> Int {
        let scale = Double(all.count) / Double(max(1, sample.count))
        for place in sample { counter.add(answers[Int(place)]) }
        defer { counter.clear() }
        func isPrivate(_ feature: Int32) -> Bool {
            let own = counter[feature]
            return own >= 3 && own * 10 >= sample.count
                && Double(own) * scale >= 0.5 * Double(answerCounts[Int(feature)])
        }
        let nonsense = nonsensical(sample, of: all)
        let hits = sample.filter { nonsense.contains($0) || answers[Int($0)].contains(where: isPrivate) }
        // Few carriers may have each wording but twice.
        guard sample.count <= Self.fewCarriers, hits.count < sample.count, 2 * hits.count >= sample.count else {
            return hits.count
        }
        return sample.count { place in
            hits.contains(place)
                || sample.contains { $0 != place && Jaccard.likeness(answers[Int(place)], answers[Int($0)]) >= 0.5 }
        }
    }

    private static let fewCarriers = 24

    /// Those of some answers most of whose words are in no answers but those of the carriers: no language.
    func nonsensical(_ sample: [Int32], of carriers: [Int32]) -> Set<Int32> {
        func most(of place: Int32, _ isOwn: (Int32) -> Bool) -> Bool {
            let words = said[Int(place)]
            return words.count >= 5 && 2 * words.count(where: isOwn) > words.count
        }
        // A word of the carriers alone is in no more answers than there are carriers.
        let few = Int32(clamping: carriers.count)
        guard 2 * sample.count(where: { most(of: $0) { saidCounts[Int($0)] <= few } }) > sample.count else { return [] }
        var own: [Int32: Int32] = [:]
        for place in carriers { for word in said[Int(place)] { own[word, default: 0] += 1 } }
        return Set(sample.filter { most(of: $0) { saidCounts[Int($0)] == own[$0] } })
    }

    /// Whether questions are as like others without some features as others are among themselves.
    func isComplete(without one: DialogueCheck.Switch, _ random: inout SplitMix) -> Bool {
        let own = Set(one.carriers)
        let words = Set(one.features.flatMap { name($0).split(separator: " ").map(String.init) })
        // A pair may hold a word that other questions have as well: that one stays.
        let apart = Set(
            words.compactMap { questionWords.known($0) }.filter { word in
                let all = carriers[Int(word)]
                return 5 * all.count(where: own.contains) >= 4 * all.count
            })
        let others = random.sample((0..<Int32(count)).filter { !own.contains($0) }, 1500)
        func likeness(_ sample: [Int32]) -> Double {
            let best = sample.map { place -> Double in
                let features = single(place).filter { !apart.contains($0) }
                return others.reduce(0.0) { $1 == place ? $0 : max($0, Jaccard.likeness(features, single($1))) }
            }
            return best.sorted()[best.count / 2]
        }
        guard others.count > 50 else { return false }
        return likeness(random.sample(one.carriers, 40)) >= 0.75 * likeness(random.sample(others, 40))
    }

    /// The single words of a question.
    private func single(_ place: Int32) -> [Int32] {
        questions[Int(place)].filter { questionWords.isSingle[Int($0)] }
    }

    /// Share of pairs of answers that are worded alike.
    func repetition(_ sample: [Int32]) -> Double {
        var (alike, pairs) = (0, 0)
        for (at, first) in sample.enumerated() {
            for second in sample.dropFirst(at + 1) {
                pairs += 1
                if Jaccard.likeness(answers[Int(first)], answers[Int(second)]) >= 0.6 { alike += 1 }
            }
        }
        return pairs == 0 ? 0 : Double(alike) / Double(pairs)
    }

    /// The answer that most others are worded like.
    func example(_ sample: [Int32]) -> String {
        let best = sample.max { a, b in
            func others(_ one: Int32) -> Int {
                sample.count { Jaccard.likeness(answers[Int(one)], answers[Int($0)]) >= 0.6 }
            }
            return others(a) < others(b)
        }
        return "“" + (best.map { texts[Int($0)] } ?? "") + "”"
    }
}

/// Words by number.
struct WordList {
    private(set) var names: [String] = []
    /// Whether a name is one word.
    private(set) var isSingle: [Bool] = []
    private var places: [String: Int32] = [:]

    mutating func place(_ name: String) -> Int32 {
        if let known = places[name] { return known }
        let fresh = Int32(names.count)
        places[name] = fresh
        names.append(name)
        isSingle.append(!name.contains(" "))
        return fresh
    }

    func known(_ name: String) -> Int32? { places[name] }
}

/// Counts features that come up, and forgets them fast.
struct FeatureCounter {
    private var counts: [Int32]
    private var touched: [Int32] = []

    init(_ features: Int) { counts = [Int32](repeating: 0, count: features) }

    subscript(feature: Int32) -> Int { Int(counts[Int(feature)]) }

    mutating func add(_ features: [Int32]) {
        for one in features {
            if counts[Int(one)] == 0 { touched.append(one) }
            counts[Int(one)] += 1
        }
    }

    mutating func clear() {
        for one in touched { counts[Int(one)] = 0 }
        touched.removeAll(keepingCapacity: true)
    }
}
