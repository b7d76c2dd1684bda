internal import CordonCore

/// Forms of contact and payment data.
enum PersonalForms {
    /// `local@domain.tld` (RFC 5321), without those that documents use (RFC 2606) and machines.
    static func isEmail(_ value: [UInt8]) -> Bool {
        guard value.count <= 254, let at = value.firstIndex(of: UInt8(ascii: "@")), at > 0, at <= 64 else {
            return false
        }
        let local = value[..<at], domain = value[(at + 1)...]
        guard
            local.allSatisfy({ TextBytes.isAlphanumeric($0) || ".!#$%&'*+-/=?^_`{|}~".utf8.contains($0) || $0 >= 0x80 }
            ), local.first != 0x2E
        else { return false }
        let labels = domain.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count >= 2, let top = labels.last, top.count >= 2,
            top.allSatisfy({ TextBytes.isLetter($0) || $0 >= 0x80 }),
            labels.allSatisfy({
                !$0.isEmpty && $0.count <= 63
                    && $0.allSatisfy { TextBytes.isAlphanumeric($0) || $0 == 0x2D || $0 >= 0x80 }
            })
        else { return false }
        let lower = String(decoding: value.map { TextBytes.lower($0) }, as: UTF8.self)
        let tops = [
            ".png", ".jpg", ".svg", ".py", ".js", ".json", ".invalid", ".test", ".example", ".localhost", ".local",
            ".html",
        ]
        let machines = [
            "noreply", "no-reply", "donotreply", "git@", "root@", "user@", "postmaster@", "username@", "email@",
            "name@", "you@", "me@",
        ]
        return !lower.contains("@example.") && !lower.contains("@localhost") && !lower.contains(".example.")
            && !tops.contains { lower.hasSuffix($0) } && !machines.contains { lower.hasPrefix($0) }
    }

    /// Eight to fifteen digits (ITU-T E.164) with a plus, or with signs that telephone numbers have between.
    static func isPhone(_ value: [UInt8]) -> Bool {
        guard value.count >= 8, value.count <= 24 else { return false }
        let digits = value.filter { TextBytes.isDigit($0) }
        guard (8...15).contains(digits.count),
            value.allSatisfy({ TextBytes.isDigit($0) || "+-(). /x".utf8.contains($0) })
        else { return false }
        guard
            value[0] == UInt8(ascii: "+") || value[0] == UInt8(ascii: "(") || value[0] == UInt8(ascii: "0")
                || value.contains(0x20) || value.contains(0x2D)
        else { return digits.count == 10 || digits.count == 11 }
        return !isDate(value) && Set(digits).count > 2
    }

    /// Thirteen to nineteen digits of an issuer's range with Luhn's check digit (ISO/IEC 7812-1).
    static func isCard(_ value: [UInt8]) -> Bool {
        guard let digits = digits(value, allowing: [0x20, 0x2D]), (13...19).contains(digits.count), luhn(digits),
            Set(digits).count > 2
        else { return false }
        let first = digits.prefix(6).reduce(0) { $0 * 10 + $1 }
        let (two, three, four) = (first / 10_000, first / 1000, first / 100)
        switch digits.count {
        case 15: return two == 34 || two == 37
        case 14: return two == 36 || two == 38 || (300...305).contains(three)
        case 16:
            return digits[0] == 4 || (51...55).contains(two) || (2221...2720).contains(four) || four == 6011
                || two == 65 || (644...649).contains(three) || (3528...3589).contains(four) || two == 62
                || (506_099...506_198).contains(first) || two == 60 || two == 81
        case 13: return digits[0] == 4
        case 19: return digits[0] == 4 || two == 62 || (500...509).contains(three) || (56...69).contains(two)
        default: return (56...69).contains(two) || two == 50
        }
    }

    /// ISO 13616: country, two check digits by ISO 7064 MOD 97-10, and the country's length.
    static func isIBAN(_ value: [UInt8]) -> Bool {
        let text = value.filter { $0 != 0x20 && $0 != 0x2D }.map { $0 >= 0x61 && $0 <= 0x7A ? $0 & 0xDF : $0 }
        guard (15...34).contains(text.count), text[0] >= 0x41, text[0] <= 0x5A, TextBytes.isDigit(text[2]),
            TextBytes.isDigit(text[3]),
            lengths[String(decoding: text.prefix(2), as: UTF8.self)] == text.count
        else { return false }
        var remainder = 0
        for byte in text[4...] + text[..<4] {
            if TextBytes.isDigit(byte) {
                remainder = (remainder * 10 + Int(byte) - 48) % 97
            } else if byte >= 0x41, byte <= 0x5A {
                remainder = (remainder * 100 + Int(byte) - 55) % 97
            } else {
                return false
            }
        }
        return remainder == 1
    }

    private static let lengths: [String: Int] = [
        "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
        "CH": 21, "CR": 22, "CY": 28,
        "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22,
        "GE": 22, "GI": 23, "GL": 18,
        "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30,
        "KZ": 20, "LB": 28, "LC": 32,
        "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30,
        "NL": 18, "NO": 15, "PK": 24,
        "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19, "SK": 24,
        "SM": 27, "ST": 25, "SV": 28,
        "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
    ]

    /// One to four words that begin with a capital letter.
    static func isName(_ value: [UInt8]) -> Bool {
        guard value.count >= 2, value.count <= 60 else { return false }
        let text = String(decoding: value, as: UTF8.self)
        let words = text.split(whereSeparator: { $0 == " " || $0 == "-" || $0 == "," || $0 == "'" || $0 == "’" })
        return (1...5).contains(words.count)
            && words.allSatisfy { word in
                word.allSatisfy { $0.isLetter || $0 == "." } && word.count < 25
            } && words.contains { $0.first?.isUppercase == true || $0.first.map { !$0.isCased } ?? false }
    }

    /// A day of the calendar: year, month and day in any order, with signs between.
    static func isDate(_ value: [UInt8]) -> Bool {
        guard value.count >= 8, value.count <= 30 else { return false }
        let parts = value.prefix(10).split { !TextBytes.isDigit($0) }.map {
            $0.reduce(0) { min(99_999, $0 * 10 + Int($1) - 48) }
        }
        guard parts.count == 3 else { return false }
        let year = parts.first { (1900...2030).contains($0) }
        return year != nil && parts.filter { (1...31).contains($0) }.count == 2
    }

    /// A number and words.
    static func isAddress(_ value: [UInt8]) -> Bool {
        guard value.count >= 6, value.count <= 200, value.contains(0x20) else { return false }
        return value.contains { TextBytes.isDigit($0) }
            && value.count { TextBytes.isLetter($0) || $0 >= 0x80 } * 2 > value.count
    }

    /// An address that the Internet routes (RFC 791, RFC 4291), without those of private networks and documents (RFC 6890).
    static func isPublicAddress(_ value: [UInt8]) -> Bool {
        guard value.count >= 7, value.count <= 39 else { return false }
        if value.contains(UInt8(ascii: ":")) {
            let groups = value.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            return (3...8).contains(groups.count)
                && groups.allSatisfy { $0.count <= 4 && $0.allSatisfy(TextBytes.isHexDigit) }
                && (value[0] == UInt8(ascii: "2") || value[0] == UInt8(ascii: "3"))
                && !value.starts(with: "2001:db8".utf8)
        }
        let parts = value.split(separator: 0x2E, omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part -> Int? in
            guard (1...3).contains(part.count), part.allSatisfy(TextBytes.isDigit) else { return nil }
            return part.reduce(0) { $0 * 10 + Int($1) - 48 }
        }
        guard parts.count == 4, numbers.count == 4, numbers.allSatisfy({ $0 < 256 }) else { return false }
        let pair = numbers[0] << 8 | numbers[1]
        let isSpecial =
            [0, 10, 127].contains(numbers[0]) || numbers[0] >= 224 || pair == 0xC0A8 || (0xAC10...0xAC1F).contains(pair)
            || (0x6440...0x647F).contains(pair) || pair == 0xA9FE
            || [0xC00002, 0xC63364, 0xCB0071].contains(pair << 8 | numbers[2])
        return !isSpecial
    }

    /// Degrees with at least four places behind the point, which is ten metres.
    static func isPosition(_ value: [UInt8]) -> Bool {
        guard value.count <= 24, let point = value.firstIndex(of: 0x2E), value.count - point > 4 else { return false }
        let whole = value[..<point].filter { $0 != 0x2D && $0 != 0x2B }
        return whole.allSatisfy(TextBytes.isDigit) && (1...3).contains(whole.count)
            && value[(point + 1)...].allSatisfy(TextBytes.isDigit) && whole.reduce(0) { $0 * 10 + Int($1) - 48 } <= 180
    }

    /// The digits of a number written with some signs between; `nil` where others stand there.
    static func digits(_ value: [UInt8], allowing signs: Set<UInt8> = []) -> [Int]? {
        var result: [Int] = []
        for byte in value {
            if TextBytes.isDigit(byte) { result.append(Int(byte) - 48) } else if !signs.contains(byte) { return nil }
        }
        return result
    }

    /// Luhn's check digit (ISO/IEC 7812-1, annex B).
    static func luhn(_ digits: [Int]) -> Bool {
        var sum = 0
        for (place, digit) in digits.reversed().enumerated() {
            let doubled = place % 2 == 1 ? digit * 2 : digit
            sum += doubled > 9 ? doubled - 9 : doubled
        }
        return sum % 10 == 0
    }
}
