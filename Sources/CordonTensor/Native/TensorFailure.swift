/// Why something with tensors cannot be done.
public struct TensorFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Classes of reasons that a caller can act on.
    public enum Code: Hashable, Sendable {
        /// The native library is not there or does not fit.
        case unavailable
        /// Shapes that do not fit each other or the data.
        case shape
        /// An element type that the operation does not take.
        case type
        /// More memory than the limit allows.
        case memory
        /// A model that is not what it should be.
        case model
        /// Operators or types that this version does not know.
        case unsupported
        /// The caller stopped the work.
        case cancelled
        /// libtorch refused; the message is its own.
        case native
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

    /// The same failure with a place in front.
    func at(_ place: String) -> TensorFailure { TensorFailure(code, "\(place): \(message)") }
}
