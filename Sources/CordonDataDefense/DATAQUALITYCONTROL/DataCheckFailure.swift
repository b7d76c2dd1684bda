/// Why a dataset cannot be checked.
public struct DataCheckFailure: Error, Hashable, Sendable {
    /// What happened, for people.
    public let message: String

    init(_ message: String) { self.message = message }
}
