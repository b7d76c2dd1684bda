internal import CordonCore

/// Characters that make code look like other code (Boucher and Anderson 2021, "Trojan Source"; Unicode TR 36).
enum TextTricks {
    /// Reports at most one finding of each kind.
    static func inspect(_ text: String, in inspection: Inspection, place: (Int) -> Place) {
        let bytes = Array(text.utf8)
        farRight(bytes, in: inspection, place: place)
        guard mayDeceive(bytes) else { return }
        var line = 1
        var told: Set<String> = []
        var word: [Unicode.Scalar] = []
        var quote: Unicode.Scalar?
        var isComment = false
        func tell(_ kind: String, _ severity: Severity) {
            guard told.insert(kind).inserted else { return }
            inspection.report(
                Rules.codeCharacters, at: place(line), kind, subject: "\(kind) \(place(line).cell ?? 0)",
                severity: severity)
        }
        func endWord() {
            if !isComment, quote == nil, isMixed(word) {
                tell("a name with letters of two alphabets that look alike", .high)
            }
            word.removeAll(keepingCapacity: true)
        }
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A:
                endWord()
                line += 1
                isComment = false
                quote = nil
            case 0x202A...0x202E, 0x2066...0x2069: tell("a character that turns the direction of writing", .high)
            case 0x200B, 0x2060...0x2064, 0x180E, 0x115F, 0x1160, 0x3164, 0xFFA0, 0x034F:
                tell("a character that is not seen", .medium)
            // Joiners belong to emoji and to several scripts; next to letters of ASCII they belong to nothing.
            case 0x200C, 0x200D: if let last = word.last, last.isASCII { tell("a character that is not seen", .medium) }
            case 0xFEFF where line > 1 || !word.isEmpty: tell("a character that is not seen", .medium)
            case 0xE0000...0xE007F: tell("a character that is not seen", .medium)
            case 0x22, 0x27:
                endWord()
                if quote == nil { if !isComment { quote = scalar } } else if quote == scalar { quote = nil }
            case 0x23 where quote == nil:
                endWord()
                isComment = true
            default:
                let isPart =
                    scalar.value < 0x80
                    ? TextBytes.isAlphanumeric(UInt8(scalar.value)) || scalar.value == 0x5F
                    : scalar.properties.isXIDContinue
                if isPart { word.append(scalar) } else { endWord() }
            }
        }
        endWord()
    }

    /// Whether any character that matters here may be in the text, by the first bytes of its UTF-8 form.
    private static func mayDeceive(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            for index in 0..<bytes.count where bytes[index] >= 0x80 {
                let byte = bytes[index], next = index + 1 < bytes.count ? bytes[index + 1] : 0
                switch byte {
                // Cyrillic; Greek; U+034F.
                case 0xD0...0xD3, 0xCE, 0xCF, 0xCD: return true
                case 0xE2:
                    // U+2000 to U+207F: joiners and directions, not dashes and quotes.
                    let last = index + 2 < bytes.count ? bytes[index + 2] : 0
                    if next == 0x80, (0x8B...0x8F).contains(last) || (0xAA...0xAE).contains(last) { return true }
                    if next == 0x81, last >= 0xA0 { return true }
                case 0xE1: if next == 0x84 || next == 0x85 || next == 0xA0 { return true }
                case 0xE3: if next == 0x85 { return true }
                case 0xEF: if next == 0xBB || next == 0xBE { return true }
                case 0xF3: if next == 0xA0 { return true }
                default: continue
                }
            }
            return false
        }
    }

    /// ASCII letters beside Cyrillic or Greek ones in one name.
    private static func isMixed(_ word: [Unicode.Scalar]) -> Bool {
        guard word.count > 1, word.contains(where: { $0.isASCII && $0.properties.isAlphabetic }) else { return false }
        // Greek letters stand beside Latin ones in formulas; those that look like Latin ones do not.
        let alike: Set<UInt32> = [
            0x3BF, 0x391, 0x392, 0x395, 0x396, 0x397, 0x399, 0x39A, 0x39C, 0x39D, 0x39F, 0x3A1, 0x3A4, 0x3A5, 0x3A7,
        ]
        return word.contains { (0x400...0x4FF).contains($0.value) || alike.contains($0.value) }
    }

    /// Code that a screen does not show because a long run of spaces stands before it.
    private static func farRight(_ bytes: [UInt8], in inspection: Inspection, place: (Int) -> Place) {
        var (line, run, hasCode) = (1, 0, false)
        for byte in bytes {
            switch byte {
            case 0x0A: (line, run, hasCode) = (line + 1, 0, false)
            case 0x20: run += 1
            case 0x09: run += 8
            case 0x0D: break
            default:
                if run >= 150, hasCode || run >= 400 {
                    return inspection.report(
                        Rules.codeCharacters, at: place(line), "code behind \(run) spaces",
                        subject: "far right \(place(line).cell ?? 0)", severity: .high)
                }
                (run, hasCode) = (0, byte != UInt8(ascii: "#"))
            }
        }
    }
}
