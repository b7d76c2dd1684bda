/// Identity numbers of more countries, by their authorities' published rules of check digits.
enum FurtherNumbers {
    static func matches(_ kind: PersonalKind, _ value: [UInt8]) -> Bool {
        switch kind {
        case .nif:
            elevens(value, 9, [9, 8, 7, 6, 5, 4, 3, 2]) { $0 < 2 ? 0 : 11 - $0 } && value[0] != 0x34 && value[0] != 0x30
        case .ahv: ahv(value)
        case .fodselsnummer: fodselsnummer(value)
        case .cnp: cnp(value)
        case .egn: egn(value)
        case .rodneCislo: rodneCislo(value)
        case .oib: oib(value)
        case .isikukood: isikukood(value)
        case .svnr: svnr(value)
        case .pps: pps(value)
        case .kimlik: kimlik(value)
        case .rut: rut(value)
        case .cuit:
            elevens(value, 11, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) { $0 == 0 ? 0 : $0 == 1 ? nil : 11 - $0 }
                && ["20", "23", "24", "27", "30", "33", "34"].contains { value.starts(with: $0.utf8) }
        case .curp: curp(value)
        case .southAfricanID: southAfricanID(value)
        case .nric: nric(value)
        case .myNumber: elevens(value, 12, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) { $0 < 2 ? 0 : 11 - $0 }
        case .teudatZehut: NationalNumbers.digits(value, 9).map(PersonalForms.luhn) ?? false
        default: false
        }
    }

    /// A weighted sum modulo 11, and the last digit that follows from it; `nil` where no number is given.
    private static func elevens(_ value: [UInt8], _ count: Int, _ weights: [Int], _ check: (Int) -> Int?) -> Bool {
        guard let digits = NationalNumbers.digits(value, count) else { return false }
        return check(zip(digits, weights).reduce(0) { $0 + $1.0 * $1.1 } % 11) == digits[count - 1]
    }

    private static func number(_ digits: some Sequence<Int>) -> Int { digits.reduce(0) { $0 * 10 + $1 } }

    private static func isDay(_ month: Int, _ day: Int) -> Bool { (1...12).contains(month) && (1...31).contains(day) }

    /// 756 for Switzerland and the check digit of EAN-13.
    private static func ahv(_ value: [UInt8]) -> Bool {
        guard let digits = NationalNumbers.digits(value, 13), digits.starts(with: [7, 5, 6]) else { return false }
        return digits.enumerated().reduce(0) { $0 + $1.element * ($1.offset % 2 == 0 ? 1 : 3) } % 10 == 0
    }

    private static func fodselsnummer(_ value: [UInt8]) -> Bool {
        guard let digits = NationalNumbers.digits(value, 11) else { return false }
        // Foreigners' numbers have 4 added to the day's first digit, others to the month's.
        let day = number(digits[0..<2]) % 40, month = number(digits[2..<4]) % 40
        guard isDay(month, day) else { return false }
        return zip(digits, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]).reduce(0) { $0 + $1.0 * $1.1 } % 11 == 0
            && zip(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).reduce(0) { $0 + $1.0 * $1.1 } % 11 == 0
    }

    private static func cnp(_ value: [UInt8]) -> Bool {
        guard let digits = NationalNumbers.digits(value, 13), digits[0] > 0,
            isDay(number(digits[3..<5]), number(digits[5..<7]))
        else { return false }
        let rest = zip(digits, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]).reduce(0) { $0 + $1.0 * $1.1 } % 11
        return (rest == 10 ? 1 : rest) == digits[12]
    }

    private static func egn(_ value: [UInt8]) -> Bool {
        guard let digits = NationalNumbers.digits(value, 10) else { return false }
        // Those born in other centuries have 20 or 40 added to the month.
        guard number(digits[2..<4]) < 53, isDay(number(digits[2..<4]) % 20, number(digits[4..<6])) else { return false }
        return zip(digits, [2, 4, 8, 5, 10, 9, 7, 3, 6]).reduce(0) { $0 + $1.0 * $1.1 } % 11 % 10 == digits[9]
    }

    private static func rodneCislo(_ value: [UInt8]) -> Bool {
        guard value.count <= 11, let digits = PersonalForms.digits(value, allowing: [UInt8(ascii: "/")]),
            digits.count == 10, Set(digits).count > 2
        else { return false }
        // Women have 50 added to the month; 20 more where numbers of a day ran out.
        let month = number(digits[2..<4]) % 50
        guard isDay(month > 20 ? month - 20 : month, number(digits[4..<6])) else { return false }
        let rest = number(digits[0..<9]) % 11
        return rest % 10 == digits[9]
    }

    /// ISO 7064 MOD 11,10.
    private static func oib(_ value: [UInt8]) -> Bool {
        guard let digits = NationalNumbers.digits(value, 11) else { return false }
        var product = 10
        for digit in digits[..<10] {
            let sum = (digit + product) % 10
            product = (sum == 0 ? 10 : sum) * 2 % 11
        }
        return (11 - product) % 10 == digits[10]
    }

    private static func isikukood(_ value: [UInt8]) -> Bool {
        guard let digits = NationalNumbers.digits(value, 11), (1...6).contains(digits[0]),
            isDay(number(digits[3..<5]), number(digits[5..<7]))
        else { return false }
        func rest(_ weights: [Int]) -> Int { zip(digits, weights).reduce(0) { $0 + $1.0 * $1.1 } % 11 }
        let first = rest([1, 2, 3, 4, 5, 6, 7, 8, 9, 1])
        return (first < 10 ? first : rest([3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 10) == digits[10]
    }

    private static func svnr(_ value: [UInt8]) -> Bool {
        guard let digits = NationalNumbers.digits(value, 10), digits[0] > 0,
            (1...31).contains(number(digits[4..<6])), (1...15).contains(number(digits[6..<8]))
        else { return false }
        return zip(digits, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6]).reduce(0) { $0 + $1.0 * $1.1 } % 11 == digits[3]
    }

    private static func capitals(_ value: [UInt8]) -> [UInt8] {
        value.filter { $0 != 0x20 && $0 != 0x2D && $0 != 0x2E }.map { $0 >= 0x61 && $0 <= 0x7A ? $0 & 0xDF : $0 }
    }

    private static func pps(_ value: [UInt8]) -> Bool {
        let text = capitals(value)
        guard text.count == 8 || text.count == 9, let digits = PersonalForms.digits(Array(text[..<7])),
            text[7] >= 0x41, text[7] <= 0x5A
        else { return false }
        var sum = digits.enumerated().reduce(0) { $0 + $1.element * (8 - $1.offset) }
        if text.count == 9 {
            guard "ABHW".utf8.contains(text[8]) else { return false }
            if text[8] != UInt8(ascii: "W") { sum += 9 * (Int(text[8]) - 64) }
        }
        return Array("WABCDEFGHIJKLMNOPQRSTUV".utf8)[sum % 23] == text[7]
    }

    private static func kimlik(_ value: [UInt8]) -> Bool {
        guard value.count == 11, let digits = NationalNumbers.digits(value, 11), digits[0] > 0 else { return false }
        let odd = stride(from: 0, to: 9, by: 2).reduce(0) { $0 + digits[$1] }
        let even = stride(from: 1, to: 8, by: 2).reduce(0) { $0 + digits[$1] }
        return (odd * 7 - even + 100) % 10 == digits[9] && digits[..<10].reduce(0, +) % 10 == digits[10]
    }

    private static func rut(_ value: [UInt8]) -> Bool {
        // Without its hyphen it is any number.
        guard value.dropLast().last == 0x2D, let last = value.last else { return false }
        let text = capitals(value)
        guard text.count == 8 || text.count == 9, let digits = PersonalForms.digits(Array(text.dropLast())),
            Set(digits).count > 2
        else { return false }
        let sum = digits.reversed().enumerated().reduce(0) { $0 + $1.element * ($1.offset % 6 + 2) }
        return Array("0K987654321".utf8)[sum % 11] == (last == 0x6B ? 0x4B : last)
    }

    /// Letters of names, a date, sex, state, consonants, and a check digit over a code of 37 signs (RENAPO).
    private static func curp(_ value: [UInt8]) -> Bool {
        guard value.count == 18 else { return false }
        let text = capitals(value)
        guard text.count == 18, text[..<4].allSatisfy(TextBytes.isLetter), "HMX".utf8.contains(text[10]),
            text[11..<16].allSatisfy(TextBytes.isLetter), let date = PersonalForms.digits(Array(text[4..<10])),
            isDay(number(date[2..<4]), number(date[4..<6])), TextBytes.isDigit(text[17])
        else { return false }
        var sum = 0
        for (place, byte) in text[..<17].enumerated() {
            guard TextBytes.isAlphanumeric(byte) else { return false }
            // The alphabet has a letter more after N.
            let index = TextBytes.isDigit(byte) ? Int(byte) - 48 : Int(byte) - 55 + (byte > UInt8(ascii: "N") ? 1 : 0)
            sum += index * (18 - place)
        }
        return (10 - sum % 10) % 10 == Int(text[17]) - 48
    }

    private static func southAfricanID(_ value: [UInt8]) -> Bool {
        guard let digits = NationalNumbers.digits(value, 13), isDay(number(digits[2..<4]), number(digits[4..<6])),
            digits[10] < 3
        else { return false }
        return PersonalForms.luhn(digits)
    }

    private static func nric(_ value: [UInt8]) -> Bool {
        let text = capitals(value)
        guard text.count == 9, let digits = PersonalForms.digits(Array(text[1..<8])) else { return false }
        let sum = zip(digits, [2, 7, 6, 5, 4, 3, 2]).reduce(0) { $0 + $1.0 * $1.1 }
        switch text[0] {
        case UInt8(ascii: "S"): return Array("JZIHGFEDCBA".utf8)[sum % 11] == text[8]
        case UInt8(ascii: "T"): return Array("JZIHGFEDCBA".utf8)[(sum + 4) % 11] == text[8]
        case UInt8(ascii: "F"): return Array("XWUTRQPNMLK".utf8)[sum % 11] == text[8]
        case UInt8(ascii: "G"): return Array("XWUTRQPNMLK".utf8)[(sum + 4) % 11] == text[8]
        default: return false
        }
    }
}
