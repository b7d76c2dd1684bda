/// What came of fetching an address.
package struct FetchOutcome: Sendable, Equatable {
    /// The last HTTP status; 0 when there was no answer.
    package var status: Int
    /// Number of redirections that were followed.
    package var redirects: Int
    /// Bytes of the body.
    package var byteCount: Int
    /// The address that answered at last.
    package var effectiveURL: String
    /// Whether the body was cut off at the limit.
    package var isTooLarge: Bool
    /// Why the transfer did not end, or `nil` when it did.
    package var problem: String?
    /// Whether the name system said that there is no such host.
    package var isNameGone: Bool

    /// Makes an outcome.
    package init(
        status: Int, redirects: Int = 0, byteCount: Int = 0, effectiveURL: String = "", isTooLarge: Bool = false,
        problem: String? = nil, isNameGone: Bool = false
    ) {
        (self.status, self.redirects, self.byteCount) = (status, redirects, byteCount)
        (self.effectiveURL, self.isTooLarge) = (effectiveURL, isTooLarge)
        (self.problem, self.isNameGone) = (problem, isNameGone)
    }
}

/// Gets what lies at an address.
package protocol PointerFetcher: Sendable {
    /// Fetches one address, giving every piece of the body to `take`; blocks until the transfer ended.
    func fetch(
        _ url: String, byteLimit: Int, timeout: Duration, take: @escaping (UnsafeRawBufferPointer) -> Void
    ) -> FetchOutcome
}
