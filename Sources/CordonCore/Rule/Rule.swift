/// What a rule looks for and what its findings mean. The wording is for the person who has to decide.
public struct Rule: Hashable, Sendable {
    /// Stable identifier, for example `CORDON-PKL-001`.
    public let id: String
    /// What is wrong, in a few words.
    public let title: String
    /// Usual severity; a finding may carry another when the rule's text says so.
    public let severity: Severity
    /// The threat the rule detects.
    public let threat: Threat
    /// The control the rule is part of.
    public let control: Control
    /// Why it matters: one sentence.
    public let why: String
    /// What to do about it: one sentence.
    public let remedy: String
    /// What the rule does *not* detect.
    public let limits: String
    /// Common Weakness Enumeration ids.
    public let cwe: [Int]
    /// MITRE ATLAS technique ids.
    public let atlas: [String]

    /// Makes a rule.
    public init(
        id: String, title: String, severity: Severity, threat: Threat = .supplymodelpoison,
        control: Control = .supplychainmanage, why: String, remedy: String, limits: String, cwe: [Int],
        atlas: [String] = ["AML.T0010.003", "AML.T0018.002"]
    ) {
        self.id = id
        self.title = title
        self.severity = severity
        self.threat = threat
        self.control = control
        self.why = why
        self.remedy = remedy
        self.limits = limits
        self.cwe = cwe
        self.atlas = atlas
    }
}
