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
        // A column of names says something only beside one that reaches the person, or where there are first and last names.
        let hasPeople =
            hits.contains { $0.kind != .name && $0.kind != .birth && $0.kind != .address }
            || hits.count { $0.kind == .name } > 1
        return hits.filter { ![.name, .address].contains($0.kind) || hasPeople || hits.contains { $0.kind == .birth } }
    }

    private func judge(_ column: String, _ values: [[UInt8]]) -> Found? {
        let words = AssignedValue.words(Array(column.utf8))
        let joined = words.joined()
        // Few different values are categories, not people.
        let distinct = Set(values.prefix(500)).count
        guard !values.isEmpty, distinct * 20 >= min(values.count, 500) || distinct >= 3 && values.count < 20 else {
            return nil
        }
        var best: (kind: PersonalKind, count: Int, score: Double)?
        for kind in PersonalKind.allCases {
            let isNamed = kind.names.contains {
                words.contains($0) || joined == $0 || $0.count > 4 && joined.contains($0)
            }
            if [.name, .birth, .address].contains(kind), !isNamed { continue }
            if kind == .ssn || kind == .nino || kind == .residentID || true, let first = values.first, first.count > 80,
                !isNamed
            {
                continue
            }
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
        case .name, .birth, .address: return 0.6
        case .phone: return isNamed ? 0.4 : count >= 5 ? 0.9 : 1.01
        case .iban, .codiceFiscale: return isNamed ? 0.1 : 0.3
        default:
            // With a chance of one in ten, five values of five happen once in a hundred thousand columns.
            if isNamed { return kind.chance > 0.05 ? 0.5 : 0.2 }
            return count >= (kind.chance > 0.05 ? 6 : 3) ? 0.85 : 1.01
        }
    }
}
