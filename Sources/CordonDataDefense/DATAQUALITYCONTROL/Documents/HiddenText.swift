/// Characters that people do not see or take for others, and the text that a model reads through them.
///
/// Source: Unicode Technical Standard 39 (confusables), Unicode Technical Report 36; tag characters U+E0000 to U+E007F.
struct HiddenText {
    /// Text with every disguise taken off.
    private(set) var plain = ""
    /// Characters of no width between or beside Latin letters.
    private(set) var unseen = 0
    /// Tag characters: letters without a shape.
    private(set) var tags = 0
    /// Words in which letters of two alphabets that look alike are mixed, and words made of letters that pass for Latin.
    private(set) var mixedWords = 0
    /// Letters of full width.
    private(set) var wide = 0
    /// Marks that turn the direction of text where no letter is written that way.
    private(set) var turned = 0

    /// How much speaks for text that was hidden on purpose, as the weight of a sign of an order.
    var weight: Double {
        var weight = 0.0
        if tags >= 4 { weight += 5 }
        if unseen >= 8 { weight += 4 } else if unseen >= 3 { weight += 1.5 }
        if mixedWords >= 3 { weight += 4.5 } else if mixedWords > 0 { weight += 2 }
        if wide >= 12 { weight += 3 } else if wide >= 5 { weight += 1 }
        if turned >= 2 { weight += 3 }
        return weight
    }

    var description: String {
        var parts: [String] = []
        if tags > 0 { parts.append("\(tags) tag characters") }
        if unseen > 0 { parts.append("\(unseen) characters of no width") }
        if mixedWords > 0 { parts.append("\(mixedWords) words of look-alike letters") }
        if wide > 0 { parts.append("\(wide) letters of full width") }
        if turned > 0 { parts.append("\(turned) marks that turn the direction") }
        return parts.joined(separator: ", ")
    }

    private static let unseenScalars: Set<UInt32> = [
        0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD, 0x180E, 0x2061, 0x2062, 0x2063, 0x2064,
    ]

    /// Letters of other alphabets that look like Latin ones.
    static let lookAlikes: [UInt32: Character] = {
        var found: [UInt32: Character] = [:]
        let pairs: [(String, String)] = [
            ("абвсԁеғһіјкӏмнорԛгѕтцѵԝхуз", "a6bcdefhijklmhopqrstuvwxy3"), ("АВСЕНІЈКМОРЅТХУ", "ABCEHIJKMOPSTXY"),
            ("αβγεηικνορτυωχϲϳ", "aByenikvoptuwxcj"), ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"), ("ոսհօյցզ", "nuhojgq"),
            ("ɑɡɩʀᴀᴄᴅᴇᴏᴘѕᴛᴜᴠᴡᴢ", "agirACDEOPsTUVWZ"),
        ]
        for (from, to) in pairs {
            for (a, b) in zip(from.unicodeScalars, to) where found[a.value] == nil { found[a.value] = b }
        }
        return found
    }()

    init(_ text: String) {
        if text.utf8.allSatisfy({ $0 < 0x80 }) {
            plain = text
            return
        }
        var word: [Unicode.Scalar] = []
        var (isLatinText, isTurned) = (false, false)
        var previous: Unicode.Scalar?
        var waiting = 0
        var result = String.UnicodeScalarView()
        func isLatin(_ scalar: Unicode.Scalar) -> Bool {
            scalar.value < 0x250 && scalar.properties.isAlphabetic
        }
        func finish() {
            result.append(contentsOf: Self.resolved(word, &mixedWords))
            word.removeAll(keepingCapacity: true)
        }
        for scalar in text.unicodeScalars {
            let value = scalar.value
            if Self.unseenScalars.contains(value) {
                // Joiners belong to emoji and to other scripts.
                waiting += 1
                if let last = previous, isLatin(last) || last.value < 0x80 { isLatinText = true }
                continue
            }
            if waiting > 0 {
                if isLatinText || isLatin(scalar) { unseen += waiting }
                (waiting, isLatinText) = (0, false)
            }
            previous = scalar
            if (0xE0000...0xE007F).contains(value) {
                // Flags of regions are written with a few of them.
                tags += 1
                if let letter = Unicode.Scalar(value - 0xE0000), value > 0xE001F { word.append(letter) }
            } else if (0xFF01...0xFF5E).contains(value), let letter = Unicode.Scalar(value - 0xFEE0) {
                if letter.properties.isAlphabetic { wide += 1 }
                word.append(letter)
            } else if (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value) {
                turned += 1
            } else if scalar.properties.isAlphabetic || value == 0x27 {
                if (0x590...0x8FF).contains(value) { isTurned = true }
                word.append(scalar)
            } else {
                finish()
                result.append(scalar)
            }
        }
        unseen += isLatinText ? waiting : 0
        finish()
        if isTurned { turned = 0 }
        plain = String(result)
    }

    /// A word with look-alike letters as Latin ones, where it passes for Latin.
    private static func resolved(_ word: [Unicode.Scalar], _ mixed: inout Int) -> [Unicode.Scalar] {
        var (latin, alike, other) = (0, 0, 0)
        for scalar in word {
            if scalar.value < 0x250 {
                latin += 1
            } else if lookAlikes[scalar.value] != nil {
                alike += 1
            } else {
                other += 1
            }
        }
        // Letters of a formula stand alone; words of another language have letters that pass for nothing.
        guard alike > 0, other == 0, latin > 0, word.count > 1 else { return word }
        mixed += 1
        return word.flatMap { scalar in lookAlikes[scalar.value].map { Array(String($0).unicodeScalars) } ?? [scalar] }
    }
}
