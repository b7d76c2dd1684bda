internal import CordonCore

/// Columns of a table and what their values are.
///
/// A column holds a kind where most of its values have the form, far more than chance gives, or where its name says so and many do.
struct PersonalColumns {
    /// What a column holds.
    struct Found {
        let column: String
        let kind: PersonalKind
        let matching: Int
        let sampled: Int
    }

    private var order: [String] = []
    private var values: [String: [[UInt8]]] = [:]
    private static let mostColumns = 2000
    private static let mostValues = 4000

    /// Adds a value; empty ones do not count.
    mutating func add(_ value: [UInt8], to column: String) {
        var value = value[...]
        while let first = value.first, first == 0x20 || first == 0x09 { value = value.dropFirst() }
        while let last = value.last, last == 0x20 || last == 0x09 { value = value.dropLast() }
        guard !value.isEmpty, value.count <= 300 else { return }
        if values[column] == nil {
            guard order.count < Self.mostColumns else { return }
            order.append(column)
        }
        if values[column, default: []].count < Self.mostValues { values[column, default: []].append(Array(value)) }
    }

    /// The columns that hold personal data, in the table's order.
    func found() -> [Found] {
        let hits = order.compactMap { column in judge(column, values[column] ?? []) }
        let kinds = Set(hits.map(\.kind))
        // A column of names says something only beside one that reaches the person, or where there are first and last names.
        let hasPeople =
            hits.contains { ![.name, .birth, .address, .internetAddress, .position].contains($0.kind) }
            || hits.count { $0.kind == .name && $0.column != "name" } > 1 || kinds.isSuperset(of: [.name, .address])
        return hits.filter {
            switch $0.kind {
            case .name, .address: hasPeople || kinds.contains(.birth)
            case .position: hasPeople
            default: true
            }
        }
    }

    private func judge(_ column: String, _ values: [[UInt8]]) -> Found? {
        let words = AssignedValue.words(Array(column.utf8))
        let joined = Array(words.joined().utf8)
        // Measurements are the bulk of most tables.
        if values.allSatisfy(Self.isMeasurement), !Self.isNamed(.position, words, joined) { return nil }
        // Few different values are categories, not people.
        let distinct = Set(values.prefix(500)).count
        guard !values.isEmpty, distinct * 20 >= min(values.count, 500) || distinct >= 3 && values.count < 20 else {
            return nil
        }
        var best: (kind: PersonalKind, count: Int, score: Double)?
        for kind in PersonalKind.allCases {
            let isNamed = Self.isNamed(kind, words, joined)
            if Self.byName.contains(kind), !isNamed { continue }
            if let first = values.first, first.count > 80, !isNamed { continue }
            // Most columns hold something else, which a few values show.
            if values.count > 400 {
                let step = values.count / 100
                let some = stride(from: 0, to: values.count, by: step).count { kind.matches(values[$0]) }
                if Double(some) < 0.4 * Self.least(kind, isNamed: isNamed, count: values.count) * 100 { continue }
            }
            // Ten digits are an order or a moment in time as often as a telephone: without a name the form has to be one's own.
            let isBare = kind == .phone && !isNamed
            let count = values.count { kind.matches($0) && (!isBare || $0.first == UInt8(ascii: "+")) }
            let share = Double(count) / Double(values.count)
            guard share >= Self.least(kind, isNamed: isNamed, count: values.count) else { continue }
            let score = share - kind.chance + (isNamed ? 0.5 : 0)
            if score > best?.score ?? 0 { best = (kind, count, score) }
        }
        return best.map { Found(column: column, kind: $0.kind, matching: $0.count, sampled: values.count) }
    }

    /// The share of values that has to match.
    private static func least(_ kind: PersonalKind, isNamed: Bool, count: Int) -> Double {
        switch kind {
        case .email: return isNamed ? 0.05 : 0.2
        case .name, .birth, .address, .internetAddress, .position: return 0.6
        case .phone: return isNamed ? 0.4 : count >= 5 ? 0.9 : 1.01
        case .iban, .codiceFiscale: return isNamed ? 0.1 : 0.3
        default:
            // With a chance of one in ten, five values of five happen once in a hundred thousand columns.
            if isNamed { return kind.chance > 0.05 ? 0.5 : 0.2 }
            return count >= (kind.chance > 0.05 ? 6 : 3) ? 0.85 : 1.01
        }
    }

    /// Kinds that only the column's name tells.
    private static let byName: Set<PersonalKind> = [.name, .birth, .address, .internetAddress, .position]

    /// Whether a column's name says what it holds: one of its words, or all of them together.
    private static func isNamed(_ kind: PersonalKind, _ words: [String], _ joined: [UInt8]) -> Bool {
        // What is only called a name is one of people beside what reaches them.
        if kind == .name, joined == Array("name".utf8) { return true }
        return names[kind]?.contains { name, bytes in
            words.contains(name) || joined == bytes || bytes.count > 4 && holds(joined, bytes)
        } ?? false
    }

    private static let names: [PersonalKind: [(String, [UInt8])]] = PersonalKind.allCases.reduce(into: [:]) {
        result, kind in result[kind] = kind.names.map { ($0, Array($0.utf8)) }
    }

    private static func holds(_ text: [UInt8], _ part: [UInt8]) -> Bool {
        guard text.count >= part.count else { return false }
        return (0...(text.count - part.count)).contains { start in text[start...].starts(with: part) }
    }

    /// A number with a decimal point, or one of so few digits that it is neither an account nor a telephone.
    private static func isMeasurement(_ value: [UInt8]) -> Bool {
        var (digits, points) = (0, 0)
        for (index, byte) in value.enumerated() {
            switch byte {
            case 0x30...0x39: digits += 1
            case UInt8(ascii: "."):
                points += 1
                if points > 1 { return false }
            case UInt8(ascii: "-"), UInt8(ascii: "+"):
                // In front, or in front of the exponent.
                guard index == 0 || value[index - 1] | 0x20 == UInt8(ascii: "e") else { return false }
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                guard digits > 0, index + 1 < value.count else { return false }
            default: return false
            }
        }
        return points == 1 || digits < 7
    }
}
