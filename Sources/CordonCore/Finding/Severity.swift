/// How bad a finding is for whoever loads or ships the asset, least first.
public enum Severity: Int, Comparable, CaseIterable, Sendable {
    /// Worth knowing, nothing to do.
    case info
    /// Unusual, harmless by itself.
    case low
    /// Nobody should trust the asset before somebody has looked.
    case medium
    /// The asset does, or hides, something no honest asset needs.
    case high
    /// The asset runs code or takes data from its user.
    case critical

    /// The word used in every format and on the command line.
    public var name: String {
        switch self {
        case .info: "info"
        case .low: "low"
        case .medium: "medium"
        case .high: "high"
        case .critical: "critical"
        }
    }

    /// Makes a severity from its word, or `nil` when the word is not one.
    public init?(name: String) {
        guard let match = Self.allCases.first(where: { $0.name == name.lowercased() }) else { return nil }
        self = match
    }

    /// From harmless to grave.
    public static func < (lhs: Severity, rhs: Severity) -> Bool { lhs.rawValue < rhs.rawValue }
}

/// How sure a rule is that what it saw is what it says.
public enum Confidence: String, Sendable, CaseIterable {
    /// A pattern that honest assets show too.
    case low
    /// Strong signs, but the meaning depends on the consumer.
    case medium
    /// Read directly from the asset's structure.
    case high
}
