/// Identity and tax numbers of countries, by their authorities' published rules of check digits.
enum NationalNumbers {
    static func matches(_ kind: PersonalKind, _ value: [UInt8]) -> Bool {
        switch kind {
        case .bsn: weighted(value, count: 9, [9, 8, 7, 6, 5, 4, 3, 2, -1], modulus: 11, signs: [0x2E])
        case .steuerID: steuerID(value)
        case .dni: dni(value)
        case .nir: nir(value)
        case .codiceFiscale: codiceFiscale(value)
        case .pesel:
            weighted(value, count: 11, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1], modulus: 10)
                && birthMonth(value, at: 2, offsets: [0, 20, 40, 60, 80])
        case .personnummer: personnummer(value)
        case .hetu: hetu(value)
        case .rijksregister: rijksregister(value)
        case .nhs: nhs(value)
        case .nino: nino(value)
        case .ssn: ssn(value)
        case .aadhaar: aadhaar(value)
        case .cpf: cpf(value)
        case .residentID: residentID(value)
        case .rrn: rrn(value)
        case .sin: sin(value)
        case .tfn: tfn(value)
        default: FurtherNumbers.matches(kind, value)
        }
    }

    static let spaces: Set<UInt8> = [0x20, 0x2D, 0x2E]

    static func digits(_ value: [UInt8], _ count: Int, signs: Set<UInt8> = spaces) -> [Int]? {
        guard value.count <= count + 6, let digits = PersonalForms.digits(value, allowing: signs),
            digits.count == count, Set(digits).count > 2
        else { return nil }
        return digits
    }

    /// A weighted sum that the modulus divides.
    static func weighted(
        _ value: [UInt8], count: Int, _ weights: [Int], modulus: Int, signs: Set<UInt8> = spaces
    ) -> Bool {
        guard let digits = digits(value, count, signs: signs) else { return false }
        return zip(digits, weights).reduce(0) { $0 + $1.0 * $1.1 } % modulus == 0
    }

    private static func birthMonth(_ value: [UInt8], at place: Int, offsets: [Int]) -> Bool {
        guard let digits = PersonalForms.digits(value, allowing: spaces), digits.count >= place + 4 else {
            return false
        }
        let month = digits[place] * 10 + digits[place + 1], day = digits[place + 2] * 10 + digits[place + 3]
        return offsets.contains { (1...12).contains(month - $0) } && (1...31).contains(day)
    }

    /// ISO 7064 MOD 11,10; of the first ten digits exactly one comes two or three times.
    private static func steuerID(_ value: [UInt8]) -> Bool {
        guard let digits = digits(value, 11), digits[0] != 0 else { return false }
        let counts = Dictionary(digits[..<10].map { ($0, 1) }, uniquingKeysWith: +).values.filter { $0 > 1 }
        guard counts.count == 1, counts[0] <= 3 else { return false }
        var product = 10
        for digit in digits[..<10] {
            let sum = (digit + product) % 10
            product = (sum == 0 ? 10 : sum) * 2 % 11
        }
        return (11 - product) % 10 == digits[10]
    }

    private static func dni(_ value: [UInt8]) -> Bool {
        var text = value.filter { $0 != 0x2D && $0 != 0x20 }.map { $0 & ($0 >= 0x61 ? 0xDF : 0xFF) }
        guard text.count == 9, let letter = text.popLast() else { return false }
        if let index = Array("XYZ".utf8).firstIndex(of: text[0]) { text[0] = UInt8(48 + index) }
        guard let digits = PersonalForms.digits(text), digits.count == 8 else { return false }
        return Array("TRWAGMYFPDXBNJZSQVHLCKE".utf8)[digits.reduce(0) { $0 * 10 + $1 } % 23] == letter
    }

    private static func nir(_ value: [UInt8]) -> Bool {
        guard let digits = digits(value, 15), [1, 2, 3, 4, 7, 8].contains(digits[0]) else { return false }
        let body = digits[..<13].reduce(0) { $0 * 10 + $1 }
        let month = digits[3] * 10 + digits[4]
        return ((1...12).contains(month) || (20...42).contains(month) || (50...99).contains(month))
            && 97 - body % 97 == digits[13] * 10 + digits[14]
    }

    private static func codiceFiscale(_ value: [UInt8]) -> Bool {
        let text = value.map { $0 >= 0x61 && $0 <= 0x7A ? $0 & 0xDF : $0 }
        guard text.count == 16, text[..<6].allSatisfy({ $0 >= 0x41 && $0 <= 0x5A }),
            text.allSatisfy({ TextBytes.isAlphanumeric($0) }),
            Array("ABCDEHLMPRST".utf8).contains(text[8])
        else { return false }
        let odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
        var sum = 0
        for (place, byte) in text[..<15].enumerated() {
            let index = TextBytes.isDigit(byte) ? Int(byte) - 48 : Int(byte) - 65
            sum += place % 2 == 0 ? odd[index] : index
        }
        return Int(text[15]) - 65 == sum % 26
    }

    private static func personnummer(_ value: [UInt8]) -> Bool {
        guard value.count <= 13, value.count >= 10, let all = PersonalForms.digits(value, allowing: [0x2D, 0x2B]),
            all.count == 10 || all.count == 12
        else { return false }
        let digits = Array(all.suffix(10))
        let month = digits[2] * 10 + digits[3], day = digits[4] * 10 + digits[5]
        return (1...12).contains(month) && ((1...31).contains(day) || (61...91).contains(day))
            && PersonalForms.luhn(digits)
    }

    private static func hetu(_ value: [UInt8]) -> Bool {
        guard value.count == 11, "+-ABCDEFYXWVU".utf8.contains(value[6]),
            let digits = PersonalForms.digits(Array(value[..<6] + value[7..<10]))
        else { return false }
        let day = digits[0] * 10 + digits[1], month = digits[2] * 10 + digits[3]
        guard (1...31).contains(day), (1...12).contains(month) else { return false }
        return Array("0123456789ABCDEFHJKLMNPRSTUVWXY".utf8)[digits.reduce(0) { $0 * 10 + $1 } % 31] == value[10]
    }

    private static func rijksregister(_ value: [UInt8]) -> Bool {
        guard let digits = digits(value, 11) else { return false }
        let month = digits[2] * 10 + digits[3]
        guard month <= 12, digits[4] * 10 + digits[5] <= 31 else { return false }
        let body = digits[..<9].reduce(0) { $0 * 10 + $1 }, check = digits[9] * 10 + digits[10]
        return 97 - body % 97 == check || 97 - (2_000_000_000 + body) % 97 == check
    }

    private static func nhs(_ value: [UInt8]) -> Bool {
        guard let digits = digits(value, 10) else { return false }
        let sum = digits[..<9].enumerated().reduce(0) { $0 + $1.element * (10 - $1.offset) }
        let check = 11 - sum % 11
        return check != 10 && check % 11 == digits[9]
    }

    private static func nino(_ value: [UInt8]) -> Bool {
        let text = value.filter { $0 != 0x20 }.map { $0 >= 0x61 && $0 <= 0x7A ? $0 & 0xDF : $0 }
        guard text.count == 9, text[2..<8].allSatisfy({ TextBytes.isDigit($0) }), "ABCD".utf8.contains(text[8]) else {
            return false
        }
        let prefix = String(decoding: text[..<2], as: UTF8.self)
        return "ABCEGHJKLMNOPRSTWXYZ".utf8.contains(text[0]) && "ABCEGHJKLMNPRSTWXYZ".utf8.contains(text[1])
            && !["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"].contains(prefix)
    }

    /// Area, group and serial number; those that were never given are none (SSA, randomisation of 2011).
    private static func ssn(_ value: [UInt8]) -> Bool {
        guard value.count == 11, value[3] == 0x2D || value[3] == 0x20, value[6] == value[3],
            let digits = PersonalForms.digits(value, allowing: [value[3]]), digits.count == 9
        else { return false }
        let area = digits[0] * 100 + digits[1] * 10 + digits[2]
        return area != 0 && area != 666 && area < 900 && digits[3...4].contains { $0 != 0 }
            && digits[5...].contains { $0 != 0 }
    }

    /// Verhoeff's check digit over the dihedral group of ten elements (Verhoeff 1969).
    private static func aadhaar(_ value: [UInt8]) -> Bool {
        guard let digits = digits(value, 12), digits[0] >= 2 else { return false }
        let permutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
        var check = 0
        for (place, digit) in digits.reversed().enumerated() {
            var image = digit
            for _ in 0..<(place % 8) { image = permutation[image] }
            check = product(check, image)
        }
        return check == 0
    }

    /// Multiplication of the dihedral group of order ten.
    private static func product(_ a: Int, _ b: Int) -> Int {
        switch (a < 5, b < 5) {
        case (true, true): (a + b) % 5
        case (true, false): (a + b - 5) % 5 + 5
        case (false, true): (a - b) % 5 + ((a - b) % 5 < 0 ? 10 : 5)
        case (false, false): ((a - b) % 5 + 5) % 5
        }
    }

    private static func cpf(_ value: [UInt8]) -> Bool {
        guard let digits = digits(value, 11) else { return false }
        return [9, 10].allSatisfy { count in
            let sum = digits[..<count].enumerated().reduce(0) { $0 + $1.element * (count + 1 - $1.offset) }
            return sum * 10 % 11 % 10 == digits[count]
        }
    }

    /// GB 11643: ISO 7064 MOD 11-2.
    private static func residentID(_ value: [UInt8]) -> Bool {
        guard value.count == 18, let digits = PersonalForms.digits(Array(value[..<17])) else { return false }
        let month = digits[10] * 10 + digits[11], day = digits[12] * 10 + digits[13],
            century = digits[6] * 10 + digits[7]
        guard (1...12).contains(month), (1...31).contains(day), (18...20).contains(century) else { return false }
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
        let sum = zip(digits, weights).reduce(0) { $0 + $1.0 * $1.1 }
        return Array("10X98765432".utf8)[sum % 11] == (value[17] == 0x78 ? 0x58 : value[17])
    }

    private static func rrn(_ value: [UInt8]) -> Bool {
        guard let digits = digits(value, 13), (1...12).contains(digits[2] * 10 + digits[3]),
            (1...31).contains(digits[4] * 10 + digits[5]), (1...8).contains(digits[6])
        else { return false }
        let sum = zip(digits, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]).reduce(0) { $0 + $1.0 * $1.1 }
        return (11 - sum % 11) % 10 == digits[12]
    }

    private static func sin(_ value: [UInt8]) -> Bool {
        guard let digits = digits(value, 9), digits[0] != 0, digits[0] != 8 else { return false }
        return PersonalForms.luhn(digits)
    }

    private static func tfn(_ value: [UInt8]) -> Bool {
        weighted(value, count: 9, [1, 4, 3, 7, 5, 8, 6, 9, 10], modulus: 11)
    }
}
