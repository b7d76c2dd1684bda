/// Why something was refused, or could not be checked.
public struct IntegrityFailure: Error, Sendable, CustomStringConvertible {
    /// The kind of reason; what programs and tests compare.
    public enum Code: String, Sendable, CaseIterable {
        // Refused: somebody, or an accident, made this wrong.
        case malformed, unsupported, wrongPredicate, signatureInvalid, wrongKey, certificateUntrusted
        case certificateExpired, certificateUsage, identityMismatch, logEntryInvalid, timestampInvalid, timeMissing
        case certificateTimestampInvalid, contentMismatch, linkRefused, nameRefused
        // Could not be checked.
        case cannotRead, keyUnusable, trustRootUnusable, wrongUse, changedWhileRead, limit, toolMissing
    }

    /// The kind of reason.
    public let code: Code
    /// What was wrong, where, and what to do; no key material.
    public let message: String

    /// Makes a failure.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether the thing was looked at and refused, rather than not looked at.
    public var isRefusal: Bool {
        switch code {
        case .cannotRead, .keyUnusable, .trustRootUnusable, .wrongUse, .changedWhileRead, .limit, .toolMissing: false
        default: true
        }
    }

    /// The message.
    public var description: String { message }
}
