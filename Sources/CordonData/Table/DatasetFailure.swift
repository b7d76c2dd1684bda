/// Why data cannot be read or written.
public struct DatasetFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Classes of reasons that a caller can act on.
    public enum Code: Hashable, Sendable {
        /// Nothing here that is known as a dataset.
        case unknownFormat
        /// The file or part of it is not what its format says.
        case malformed
        /// More than a limit allows.
        case limit
        /// A column or option that is not there.
        case argument
        /// The system refused.
        case system
        /// A native library is not there.
        case unavailable
    }
    /// The class of the reason.
    public let code: Code
    /// For people: what, where, and what to do.
    public let message: String

    /// Makes a failure.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}

/// A row that could not be read as it should be; the others still can.
public struct RowProblem: Hashable, Sendable {
    /// The file, as the dataset names it.
    public let file: String
    /// Where: "line 17", "row 3", a member's name.
    public let place: String
    /// What was expected and what was found. No content of the row.
    public let reason: String

    /// Makes a problem.
    public init(file: String, place: String, reason: String) {
        self.file = file
        self.place = place
        self.reason = reason
    }
}
