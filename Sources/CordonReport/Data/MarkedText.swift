/// Where phrases stand in a text.
enum MarkedText {
    private static let phraseLimit = 200

    /// The text in pieces, with whether each is part of a phrase; letters may be of any case, and words are whole.
    ///
    /// - Complexity: O(length · phrases).
    static func pieces(of text: String, _ phrases: [String]) -> [(text: String, isMarked: Bool)] {
        let shown = Array(text.unicodeScalars)
        let folded = shown.map(fold)
        var marks = [Bool](repeating: false, count: shown.count)
        for phrase in phrases.prefix(phraseLimit) {
            let wanted = trimmed(phrase.unicodeScalars.map(fold))
            guard let first = wanted.first, wanted.count <= folded.count else { continue }
            for start in 0...(folded.count - wanted.count) where folded[start] == first {
                let end = start + wanted.count
                guard folded[start..<end].elementsEqual(wanted), isEdge(folded, start), isEdge(folded, end) else {
                    continue
                }
                for place in start..<end { marks[place] = true }
            }
        }
        var pieces: [(text: String, isMarked: Bool)] = []
        var start = 0
        for end in 1...max(1, shown.count) where end >= shown.count || marks[end] != marks[start] {
            guard start < shown.count else { break }
            var piece = String.UnicodeScalarView()
            piece.append(contentsOf: shown[start..<end])
            pieces.append((String(piece), marks[start]))
            start = end
        }
        return pieces
    }

    private static func fold(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        let lower = scalar.properties.lowercaseMapping.unicodeScalars
        return lower.count == 1 ? lower.first ?? scalar : scalar
    }

    private static func trimmed(_ phrase: [Unicode.Scalar]) -> ArraySlice<Unicode.Scalar> {
        guard let first = phrase.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = phrase.lastIndex(where: { !$0.properties.isWhitespace })
        else { return [] }
        return phrase[first...last]
    }

    /// Whether no word goes on at a place.
    private static func isEdge(_ scalars: [Unicode.Scalar], _ place: Int) -> Bool {
        func isWord(_ place: Int) -> Bool {
            scalars.indices.contains(place)
                && (scalars[place].properties.isAlphabetic || scalars[place].properties.numericType != nil)
        }
        return !(isWord(place - 1) && isWord(place))
    }
}
