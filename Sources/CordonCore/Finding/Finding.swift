/// One thing that is wrong with one asset.
public struct Finding: Hashable, Sendable {
    /// The rule that fired, for example `CORDON-PKL-001`.
    public let ruleID: String
    /// How bad it is here; a rule may lower or raise its usual severity.
    public let severity: Severity
    /// How sure the rule is.
    public let confidence: Confidence
    /// The asset, by the path it was found under.
    public let path: AssetPath
    /// Where inside the asset.
    public let place: Place
    /// What was seen, one line, safe to print.
    public let message: String
    /// The part of `message` that names the thing itself (a callable, a member, a key) and stays the same when the
    /// file moves by a byte; the fingerprint is made from it.
    public let subject: String

    /// Makes a finding. Text taken from the asset must have passed ``PrintableText/quoting(_:limit:)``.
    public init(
        ruleID: String, severity: Severity, confidence: Confidence, path: AssetPath, place: Place, message: String,
        subject: String
    ) {
        self.ruleID = ruleID
        self.severity = severity
        self.confidence = confidence
        self.path = path
        self.place = place
        self.message = message
        self.subject = subject
    }

    /// 32 hexadecimal digits that name this finding across runs.
    ///
    /// Made from rule, path, member and subject; offsets, messages and severities do not count, so that a finding keeps
    /// its fingerprint when the file around it is rewritten or the rule's wording improves.
    public var fingerprint: String {
        let separator: [UInt8] = [0]
        let parts: [[UInt8]] = [
            Array("cordon-finding-v1".utf8), Array(ruleID.utf8), path.bytes, Array((place.member ?? "").utf8),
            Array(subject.utf8),
        ]
        return String(Digest.sha256(of: Array(parts.joined(separator: separator))).hex.prefix(32))
    }
}
