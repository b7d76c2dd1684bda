internal import CordonCore

/// Characters that make code look like other code (Boucher and Anderson 2021, "Trojan Source"; Unicode TR 36).
enum TextTricks {
    /// Reports at most one finding of each kind.
    static func inspect(_ bytes: UnsafeBufferPointer<UInt8>, in inspection: Inspection, place: (Int) -> Place) {
        farRight(bytes, in: inspection, place: place)
        guard mayDeceive(bytes) else { return }
        let text = String(decoding: bytes, as: UTF8.self)
        var line = 1
        var told: Set<String> = []
        var word: [Unicode.Scalar] = []
        let isTest = inspection.isIllustration
        let scalars = Array(text.unicodeScalars)
        // The quote that a text ends with, and how often it stands there.
        var quote: (mark: Unicode.Scalar, count: Int)?
        var isComment = false
        func tell(_ kind: String, _ severity: Severity) {
            guard told.insert(kind).inserted else { return }
            inspection.report(
                Rules.codeCharacters, at: place(line), kind, subject: "\(kind) \(place(line).cell ?? 0)",
                severity: isTest ? min(severity, .medium) : severity)
        }
        // A mixed name within a text of several lines: what was taken for a text is none when it does not end.
        var doubtful: Int?
        let mixed = "a name with letters of two alphabets that look alike"
        func endWord() {
            if !isComment, isMixed(word) {
                if quote == nil { tell(mixed, .high) } else { doubtful = doubtful ?? line }
            }
            word.removeAll(keepingCapacity: true)
        }
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            index += 1
            switch scalar.value {
            case 0x0A:
                endWord()
                line += 1
                isComment = false
                if quote?.count != 3 { quote = nil }
                if quote == nil { doubtful = nil }
            case 0x202A...0x202E, 0x2066...0x2069: tell("a character that turns the direction of writing", .high)
            case 0x200B, 0x2060...0x2064, 0x180E, 0x115F, 0x1160, 0x3164, 0xFFA0, 0x034F:
                tell("a character that is not seen", .medium)
            // Joiners belong to emoji and to several scripts; next to letters of ASCII they belong to nothing.
            case 0x200C, 0x200D: if let last = word.last, last.isASCII { tell("a character that is not seen", .medium) }
            case 0xFEFF where line > 1 || !word.isEmpty: tell("a character that is not seen", .medium)
            case 0xE0000...0xE007F: tell("a character that is not seen", .medium)
            case 0x22, 0x27:
                endWord()
                let isTriple = index + 1 < scalars.count && scalars[index] == scalar && scalars[index + 1] == scalar
                if let open = quote {
                    guard open.mark == scalar, open.count == 1 || isTriple else { continue }
                    (quote, doubtful) = (nil, nil)
                    if open.count == 3 { index += 2 }
                } else if !isComment {
                    quote = (scalar, isTriple ? 3 : 1)
                    if isTriple { index += 2 }
                }
            case 0x5C where quote != nil:
                endWord()
                guard index < scalars.count else { continue }
                switch scalars[index].value {
                case 0x22, 0x27, 0x5C: index += 1
                case 0x0A:
                    // The text goes on in the next line.
                    line += 1
                    index += 1
                default: continue
                }
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
        if let doubtful {
            line = doubtful
            tell(mixed, .high)
        }
    }

    /// Whether any character that matters here may be in the text, by the first bytes of its UTF-8 form.
    private static func mayDeceive(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let raw = UnsafeRawBufferPointer(bytes)
        var index = 0
        while index < bytes.count {
            // Eight bytes of ASCII at a time.
            if index + 8 <= bytes.count,
                raw.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                index += 8
                continue
            }
            let byte = bytes[index], next = index + 1 < bytes.count ? bytes[index + 1] : 0
            let last = index + 2 < bytes.count ? bytes[index + 2] : 0
            index += 1
            switch byte {
            // Cyrillic; Greek; U+034F.
            case 0xD0...0xD3, 0xCE, 0xCF, 0xCD: return true
            case 0xE2:
                // U+2000 to U+207F: joiners and directions, not dashes and quotes.
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
    private static func farRight(
        _ bytes: UnsafeBufferPointer<UInt8>, in inspection: Inspection, place: (Int) -> Place
    ) {
        // 150 columns take at least 19 tabs, and every run of so many bytes holds one of these offsets.
        guard stride(from: 0, to: bytes.count, by: 19).contains(where: { isLong(bytes, $0) }) else { return }
        var (line, run, hasCode) = (1, 0, false)
        var last: UInt8 = 0
        // Columns of a table of numbers are lined up like that.
        var cell: (line: Int, run: Int)?
        func tell(_ line: Int, _ run: Int, _ severity: Severity) {
            inspection.report(
                Rules.codeCharacters, at: place(line), "code behind \(run) spaces",
                subject: "far right \(place(line).cell ?? 0)", severity: severity)
        }
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case 0x0A: (line, run, hasCode, last) = (line + 1, 0, false, 0)
            case 0x20: run += 1
            case 0x09: run += 8
            case 0x0D: break
            default:
                if run >= 150, hasCode || run >= 400, holdsWord(bytes, from: index) {
                    guard last == UInt8(ascii: ","), !isStatement(bytes, from: index) else {
                        return tell(line, run, inspection.isIllustration ? .medium : .high)
                    }
                    cell = cell ?? (line, run)
                }
                (run, hasCode, last) = (0, byte != UInt8(ascii: "#"), byte)
            }
        }
        if let cell { tell(cell.line, cell.run, .low) }
    }

    /// Whether the rest of a line is more than the edge of a table: it has a letter or digit, or is long.
    private static func holdsWord(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Bool {
        for index in start..<bytes.count {
            let byte = bytes[index]
            if byte == 0x0A { return false }
            if byte >= 0x80 || TextBytes.isAlphanumeric(byte) || index - start > 16 { return true }
        }
        return false
    }

    /// Whether the rest of a line calls something or begins another statement.
    private static func isStatement(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Bool {
        var before: UInt8 = 0
        for index in start..<bytes.count {
            let byte = bytes[index]
            switch byte {
            case 0x0A: return false
            case 0x20, 0x09, 0x0C, 0x0D: continue
            case UInt8(ascii: ";"), UInt8(ascii: "="), UInt8(ascii: "\\"): return true
            case UInt8(ascii: "("):
                if TextBytes.isAlphanumeric(before) || before >= 0x80 || Self.callable.contains(before) { return true }
                before = byte
            default: before = byte
            }
        }
        return false
    }

    /// What else a called expression ends with.
    private static let callable = Array("_)]}'\"".utf8)

    /// Whether an offset lies in a run of spaces and tabs that is 150 columns wide.
    private static func isLong(_ bytes: UnsafeBufferPointer<UInt8>, _ offset: Int) -> Bool {
        var width = 0
        func add(_ byte: UInt8) -> Bool {
            switch byte {
            // Ends of lines count here, so that no run of them is gone over again and again.
            case 0x20, 0x0D: width += 1
            case 0x09: width += 8
            default: return false
            }
            return true
        }
        guard add(bytes[offset]) else { return false }
        var position = offset - 1
        while position >= 0, width < 150, add(bytes[position]) { position -= 1 }
        position = offset + 1
        while position < bytes.count, width < 150, add(bytes[position]) { position += 1 }
        return width >= 150
    }
}
