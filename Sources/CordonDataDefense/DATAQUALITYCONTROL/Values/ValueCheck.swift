internal import Glibc

/// Values that do not fit their column: far outside its range, stand-ins for missing values, numbers among words, several
/// units, several ways to write the same.
///
/// They are told and not alarmed about: most come from carelessness. A value is far out when it lies more than 30 times the
/// middle half's width from it; a stand-in is a far value such as -999 that repeats.
///
/// - Note: Knows nothing of what values mean: an age of 140 is none that it finds.
struct ValueCheck: DatasetCheck {
    var name: String { "values" }
    var comparesRows: Bool { false }

    private static let far: Float = 30
    private static let standIns: Set<Float> = [-1, -9, -99, -999, -9999, -99999, 99, 999, 9999, 99999, 999_999]

    func concerns(_ set: SampleSet) -> Bool {
        if case .table = set.content { return true }
        return false
    }

    func decides(_ set: SampleSet) -> Bool { false }

    func run(_ context: CheckContext) throws -> [DataCause] {
        guard case .table(let columns) = context.set.content else { return [] }
        var causes: [DataCause] = []
        for column in columns {
            switch column {
            case .numbers(let name, let values): causes += Self.numbers(name, values)
            case .categories(let name, let values, let names): causes += Self.words(name, values, names)
            }
        }
        return causes
    }

    private static func told(_ text: String, _ rows: [Int]) -> [DataCause] {
        rows.isEmpty ? [] : [DataCause(.badValues, level: .clean, "\(text) (\(rows.count) rows)", rows: rows)]
    }

    private static func numbers(_ name: String, _ values: [Float]) -> [DataCause] {
        let missing = values.indices.filter { !values[$0].isFinite }
        var causes = told("column '\(name)' has no finite number", missing)
        let sorted = Quantiles(values)
        guard sorted.count >= 20 else { return causes }
        let (low, high) = (sorted.at(0.25), sorted.at(0.75))
        guard high > low else { return causes }
        let out = values.indices.filter { row in
            values[row].isFinite && (values[row] < low - far * (high - low) || values[row] > high + far * (high - low))
        }
        let repeated = Dictionary(grouping: out) { values[$0] }
        for (value, rows) in repeated.sorted(by: { $0.key < $1.key }) where rows.count > 2 && standIns.contains(value) {
            causes += told("column '\(name)' has \(value), which seems to stand for a missing value", rows)
        }
        causes += told(
            "column '\(name)' is far out of its range \(sorted.at(0.01)) to \(sorted.at(0.99))",
            out.filter { (repeated[values[$0]]?.count ?? 0) <= 2 || !standIns.contains(values[$0]) })
        return causes
    }

    private static func words(_ name: String, _ values: [Int32], _ names: [String]) -> [DataCause] {
        func rows(_ places: Set<Int32>) -> [Int] { values.indices.filter { places.contains(values[$0]) } }
        var causes: [DataCause] = []
        // The same word in several ways.
        let spellings = Dictionary(grouping: names.indices) { place in
            names[place].lowercased().filter { !$0.isWhitespace && $0 != "_" && $0 != "-" }
        }
        let doubled = spellings.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
        if let first = doubled.first {
            let shown = first.prefix(3).map { "'\(names[$0])'" }.joined(separator: ", ")
            causes += told(
                "column '\(name)' writes the same in several ways, such as \(shown)",
                rows(Set(doubled.joined().map { Int32($0) })))
        }
        let kinds = names.map(Self.kind)
        let numbers = kinds.indices.filter { kinds[$0] == "" }
        let units = Set(kinds.compactMap { $0 }.filter { !$0.isEmpty })
        let words = kinds.indices.filter { kinds[$0] == nil }
        if units.count > 1, units.count <= 6, words.isEmpty {
            causes += told(
                "column '\(name)' has numbers in several units: \(units.sorted().joined(separator: ", "))",
                rows(Set(kinds.indices.filter { !(kinds[$0] ?? "").isEmpty }.map { Int32($0) })))
        } else if numbers.count >= 5, !words.isEmpty, words.count * 10 <= numbers.count {
            causes += told("column '\(name)' has words among numbers", rows(Set(words.map { Int32($0) })))
        }
        return causes
    }

    /// The unit behind a number, empty without one; `nil` for what is no number.
    private static func kind(_ text: String) -> String? {
        let digits = text.prefix { $0.isNumber || ".,+-".contains($0) }
        guard digits.contains(where: \.isNumber) else { return nil }
        let unit = text[digits.endIndex...].filter { !$0.isWhitespace }
        return unit.count <= 4 && unit.allSatisfy { $0.isLetter || "%°/²³".contains($0) } ? String(unit) : nil
    }
}
