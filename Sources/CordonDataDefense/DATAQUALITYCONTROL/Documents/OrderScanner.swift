/// Looks for orders to a model in a document: indirect prompt injection.
///
/// Signs are added up over a sentence and its neighbour: who is spoken to, what is to be put aside, said, done or given away,
/// and where that is hidden. See ``InjectionCheck``.
struct OrderScanner {
    /// What speaks for an order.
    struct Result: Sendable {
        var weight = 0.0
        var signs: [String] = []
        /// The sentence that weighs most.
        var place = ""
        var hidden = ""
    }

    private static let textLimit = 200_000

    func scan(_ text: String) -> Result {
        let hidden = HiddenText(String(text.prefix(Self.textLimit)))
        let plain = hidden.plain
        let lower = plain.lowercased()
        var result = Result()
        let parts = Self.parts(plain)
        let isEnglish = Self.isMostlyLatin(lower)
        var previous = 0.0
        var best = 0.0
        for part in parts {
            var signs = Signs(part.text, isInMarkup: part.isInMarkup, isEnglish: isEnglish)
            signs.weigh()
            let sum = signs.weight + 0.6 * min(previous, 3)
            if sum > best {
                best = sum
                result.signs = signs.names
                result.place = String(part.text.prefix(200))
            }
            previous = signs.weight
        }
        result.weight = best
        let (marks, names) = Self.structure(lower, plain)
        result.weight += marks
        result.signs += names
        if hidden.weight > 0 {
            result.hidden = hidden.description
            result.weight += hidden.weight
        }
        return result
    }

    // MARK: Parts

    private struct Part {
        let text: String
        /// Within a comment or something that is not shown.
        let isInMarkup: Bool
    }

    /// Sentences, and texts of comments and of elements that are not shown.
    private static func parts(_ text: String) -> [Part] {
        var parts: [Part] = []
        var current = ""
        let characters = Array(text.utf8)
        var index = 0
        var start = 0
        func flush(_ end: Int, _ isInMarkup: Bool = false) {
            if end > start {
                current = String(decoding: characters[start..<end], as: UTF8.self)
                if current.utf8.count > 2 { parts.append(Part(text: current, isInMarkup: isInMarkup)) }
            }
        }
        func find(_ mark: String, from: Int) -> Int? {
            let wanted = Array(mark.utf8)
            guard from + wanted.count <= characters.count else { return nil }
            var place = from
            while place + wanted.count <= characters.count {
                if characters[place] == wanted[0], characters[place..<(place + wanted.count)].elementsEqual(wanted) {
                    return place
                }
                place += 1
            }
            return nil
        }
        while index < characters.count {
            let byte = characters[index]
            if byte == 0x3C, characters[index...].starts(with: "<!--".utf8), let end = find("-->", from: index + 4) {
                flush(index)
                start = index + 4
                flush(end, true)
                index = end + 3
                start = index
            } else if byte == 0x5B, characters[index...].starts(with: "[//]: #".utf8) {
                flush(index)
                let end = find("\n", from: index) ?? characters.count
                start = index + 7
                flush(end, true)
                index = end
                start = end
            } else if byte == 0x3C, let close = find(">", from: index), close - index < 400,
                isHidden(String(decoding: characters[index...close], as: UTF8.self).lowercased()),
                let end = find("</", from: close)
            {
                flush(index)
                start = close + 1
                flush(end, true)
                index = end
                start = end
            } else if byte == 0x0A || [0x2E, 0x21, 0x3F].contains(byte)
                && (index + 1 >= characters.count || characters[index + 1] <= 0x20 || characters[index + 1] == 0x22)
            {
                flush(index + 1)
                index += 1
                start = index
            } else {
                index += 1
            }
        }
        flush(characters.count)
        return parts
    }

    /// Whether an element is there without being shown.
    private static func isHidden(_ tag: String) -> Bool {
        let packed = tag.filter { $0 != " " }
        return ["display:none", "visibility:hidden", "font-size:0", "font-size:1px", "opacity:0", "color:white", "color:#fff",
            "color=\"white\"", "color='white'", "color=\"#fff", "left:-9", "top:-9", "text-indent:-", "height:0", "width:0",
            "aria-hidden=\"true\"", "color:transparent", "clip:rect", "size=\"0\"", "size=\"1\"",
        ].contains { packed.contains($0) } || tag.contains(" hidden") || tag.hasPrefix("<template")
            || tag.hasPrefix("<noscript")
    }

    private static func isMostlyLatin(_ text: String) -> Bool {
        let sample = text.unicodeScalars.prefix(2000).filter { $0.properties.isAlphabetic }
        return sample.count { $0.value < 0x80 } * 10 > sample.count * 8
    }

    // MARK: Structure

    /// Marks of turns, links that carry data away.
    private static func structure(_ lower: String, _ plain: String) -> (Double, [String]) {
        var (weight, names): (Double, [String]) = (0, [])
        if let mark = OrderLexicon.templateMarks.first(where: lower.contains) {
            weight += 4
            names.append("a mark of a chat template, \(mark)")
        }
        let turns = ["system:", "user:", "human:", "assistant:", "developer:", "ai:"].filter { role in
            lower.hasPrefix(role) || lower.contains("\n" + role) || lower.contains(". " + role)
        }
        if turns.count >= 2 {
            weight += 3
            names.append("turns of a conversation")
        } else if plain.contains("SYSTEM:") || plain.contains("SYSTEM OVERRIDE") || plain.contains("SYSTEM NOTICE") {
            weight += 1.5
            names.append("a message that claims to be the system's")
        }
        let packed = lower.filter { $0 != " " }
        if packed.contains("\"role\":\"system\"") || packed.contains("'role':'system'")
            || packed.contains("\"role\":\"developer\"")
        {
            weight += 3
            names.append("a message with the role of the system")
        }
        if let link = exfiltration(plain) {
            weight += 4
            names.append("a picture or link that carries data away: \(link)")
        }
        return (weight, names)
    }

    private static let cargo = [
        "conversation", "history", "context", "prompt", "summary", "secret", "email", "token", "user", "chat", "question",
        "data", "message", "session", "memory", "password", "answer", "query", "base64", "encoded", "name",
    ]

    /// A picture or link with a place for data in its address.
    private static func exfiltration(_ text: String) -> String? {
        for piece in text.split(whereSeparator: { $0 == "\n" || $0 == " " || $0 == "<" }) {
            guard let start = piece.firstRange(of: "http"), piece.contains("](") || piece.contains("src=") || piece.contains("href=")
            else { continue }
            let address = piece[start.lowerBound...]
            guard let question = address.firstIndex(of: "?") else {
                if address.contains("{") && address.contains("}") { return String(address.prefix(100)) }
                continue
            }
            let query = address[question...]
            let hasHole = query.contains("{") || query.contains("$") || query.contains("[") || query.contains("%s") || query.contains("<")
            let values = query.split(whereSeparator: { "?&;)\"'".contains($0) }).compactMap { $0.split(separator: "=").dropFirst().first }
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

/// The signs of one sentence.
private struct Signs {
    private(set) var weight = 0.0
    private(set) var names: [String] = []
    private let text: String
    private let words: [String]
    private let kinds: [WordKind]
    private let isInMarkup: Bool
    private let isEnglish: Bool

    init(_ sentence: String, isInMarkup: Bool, isEnglish: Bool) {
        text = sentence.lowercased()
        self.isInMarkup = isInMarkup
        self.isEnglish = isEnglish
        var (words, kinds): ([String], [WordKind]) = ([], [])
        for part in text.split(whereSeparator: { $0 == " " || $0 == "\n" || $0 == "\t" || $0 == "/" || $0 == "(" }).prefix(400) {
            let word = String(part.trimmingPunctuation)
            guard !word.isEmpty else { continue }
            words.append(word)
            kinds.append(OrderLexicon.kinds[word] ?? [])
        }
        (self.words, self.kinds) = (words, kinds)
    }

    private mutating func add(_ points: Double, _ name: String) {
        weight += points
        names.append(name)
    }

    private func has(_ kind: WordKind) -> Bool { kinds.contains { !$0.isDisjoint(with: kind) } }

    private func places(_ kind: WordKind) -> [Int] { kinds.indices.filter { !kinds[$0].isDisjoint(with: kind) } }

    /// Whether a word of one kind is followed within some words by one of another.
    private func pair(_ first: WordKind, _ second: WordKind, within distance: Int) -> (Int, Int)? {
        for a in places(first) {
            for b in (a + 1)..<max(a + 1, min(kinds.count, a + 1 + distance))
            where !kinds[b].isDisjoint(with: second) { return (a, b) }
        }
        return nil
    }

    /// Whether a word is where orders have their verb: at the beginning, after "you must", "please", "and", or a colon.
    private func isOrdered(_ place: Int) -> Bool {
        if place <= 1 { return true }
        let before = words[place - 1]
        if ["please", "must", "should", "shall", "and", "then", "to", "now", "immediately", "instead", "always", "never", "not", "don't", "just", "simply", "kindly", "will", "or", "you"].contains(before) { return true }
        return text.contains(": " + words[place]) || text.contains(", " + words[place])
            || text.contains("; " + words[place]) || text.contains("- " + words[place])
    }

    mutating func weigh() {
        for (phrase, points) in OrderLexicon.phrases where text.contains(phrase) { add(points, "“\(phrase)”") }
        override()
        address()
        giveAway()
        say()
        if isInMarkup, weight >= 1.5 { add(2, "in text that is not shown") }
        foreign()
    }

    private mutating func override() {
        for a in places(.override) {
            let window = (max(0, a - 6))..<min(kinds.count, a + 9)
            let rules = window.filter { $0 != a && !kinds[$0].isDisjoint(with: .rule) }
            guard !rules.isEmpty else { continue }
            let isEarlier = window.contains { !kinds[$0].isDisjoint(with: .earlier) }
            let isStrong = ["ignore", "disregard", "forget", "override", "overlook", "bypass"].contains(words[a])
            var points = isOrdered(a) ? 1.5 : 0.5
            if isEarlier { points += 1 }
            if isStrong { points += 0.5 }
            add(points, "puts rules aside")
            return
        }
    }

    private mutating func address() {
        let strong = places(.model)
        let weak = places(.maybeModel)
        guard let first = (strong + weak).min() else { return }
        let isStart = first <= 4 && (places(.anybody).contains { $0 < first } || words[0] == "to" || first == 0)
        let isCalled = ["\(words[first]):", "\(words[first]),", "\(words[first]) -", "\(words[first]) —"].contains { text.contains($0) }
        let isReader = pair([.model, .maybeModel], .reads, within: 4) != nil
        let isTold = pair([.model, .maybeModel], .must, within: 8) != nil
        let orders = (places(.act) + places(.say) + places(.disclose)).filter { $0 > first && isOrdered($0) }
        var points = 0.0
        if !strong.isEmpty { points += 0.5 }
        if isStart && isCalled { points += 2 } else if isStart || isCalled { points += 0.5 }
        if isReader { points += 1.5 }
        if isTold && !orders.isEmpty { points += 1 }
        if !orders.isEmpty && (isCalled || isReader || !strong.isEmpty) { points += 1.5 }
        if let a = pair(.whenever, [.model, .maybeModel], within: 5), has(.you) || a.0 <= 1, !orders.isEmpty { points += 1.5 }
        if points > 0 { add(points, "speaks to a model") }
    }

    private mutating func giveAway() {
        if let (a, b) = pair(.disclose, [.secret, .talk], within: 8), isOrdered(a) {
            var points = 0.5
            if !kinds[b].isDisjoint(with: .secret) { points += 0.5 }
            if places(.entire).contains(where: { $0 > a && $0 < b }) { points += 1 }
            if text.contains("http") || text.contains("@") { points += 1.5 }
            add(points, "gives secrets away")
        } else if text.contains("http") || text.contains("@"), places(.act).contains(where: isOrdered), has(.user) || has(.answer) {
            add(1, "sends somewhere")
        }
        if let (a, _) = pair([.act], .tool, within: 5), isOrdered(a) { add(1, "calls a tool") }
        if let (a, _) = pair(.remember, .everlasting, within: 10), isOrdered(a), has(.talk) || has(.answer) || has(.user) {
            add(1.5, "is to be remembered")
        }
    }

    private mutating func say() {
        if let (a, _) = pair(.say, .user, within: 3), isOrdered(a) { add(1.5, "tells the user") }
        if let (a, _) = pair(.say, .only, within: 4), isOrdered(a) { add(1, "only this answer") }
        if let (a, b) = pair(.whenever, .asked, within: 7), a <= 3 || has(.you) {
            let orders = (places(.say) + places(.act)).filter { $0 > b && isOrdered($0) }
            add(orders.isEmpty ? 0.5 : 2, "when asked")
        }
        if let (a, _) = pair([.say, .act], .praise, within: 6), isOrdered(a), has(.answer) || has(.user) || has(.must) {
            add(1, "praise is ordered")
        }
        if has(.free), has(.you) || has([.model, .maybeModel]) { add(1.5, "a model without limits") }
    }

    private mutating func foreign() {
        guard text.utf8.contains(where: { $0 >= 0x80 }) || !isEnglish || words.count > 3 else { return }
        for (verbs, objects) in OrderLexicon.foreign {
            guard let verb = verbs.first(where: text.contains) else { continue }
            guard let object = objects.first(where: { $0 != verb && text.contains($0) }) else { continue }
            // English shares beginnings with other languages.
            if verb.utf8.allSatisfy({ $0 < 0x80 }), object.utf8.allSatisfy({ $0 < 0x80 }), isPlainEnglish { continue }
            add(isEnglish ? 4 : 2.5, "“\(verb)… \(object)…”")
            return
        }
        let odd = text.unicodeScalars.count { $0.value >= 0x370 && $0.properties.isAlphabetic }
        if isEnglish, odd * 2 > text.unicodeScalars.count,
            ["http", "prompt", "chatgpt", "llm", " ai"].contains(where: text.contains)
        {
            add(1.5, "another script")
        }
    }

    private static let english: Set<String> = [
        "the", "and", "of", "to", "is", "you", "your", "this", "that", "for", "with", "are", "a", "in", "it", "be", "on",
    ]

    private var isPlainEnglish: Bool { words.count(where: Self.english.contains) * 8 > words.count }
}
