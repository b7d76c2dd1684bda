/// How well something is known, best first.
///
/// Every field of a bill of materials and every edge of a provenance graph has one.
package enum Grade: Int, Sendable, Comparable, CaseIterable {
    /// Cordon checked it against the content itself: a digest, a header, equal tensors.
    case verified
    /// A statement says it, signed by somebody whom the user's configuration trusts for it.
    case attested
    /// Whoever supplied the asset says it: a card, a configuration, an unsigned or untrusted statement.
    case claimed
    /// Cordon concludes it from names or free text.
    case inferred
    /// Nobody says it.
    case missing

    /// The word in reports.
    package var name: String {
        switch self {
        case .verified: "verified"
        case .attested: "attested"
        case .claimed: "claimed"
        case .inferred: "inferred"
        case .missing: "missing"
        }
    }

    /// Reads the word.
    package init?(name: String) {
        guard let match = Self.allCases.first(where: { $0.name == name.lowercased() }) else { return nil }
        self = match
    }

    /// A better grade is smaller.
    package static func < (a: Grade, b: Grade) -> Bool { a.rawValue < b.rawValue }
}

/// Where something is said.
package struct Evidence: Sendable, Hashable {
    /// The file, relative to what was looked at.
    package let file: String
    /// Key, line or field inside it.
    package let place: String

    /// Makes a place.
    package init(file: String, place: String) {
        self.file = file
        self.place = place
    }
}

/// A value with how well it is known and who says so.
package struct Fact: Sendable, Hashable {
    /// The value as text.
    package let value: String
    /// How well it is known.
    package let grade: Grade
    /// Where it is said.
    package let evidence: Evidence

    /// Makes a fact.
    package init(_ value: String, _ grade: Grade, _ evidence: Evidence) {
        self.value = value
        self.grade = grade
        self.evidence = evidence
    }
}
