internal import CCurl
internal import CordonCore
package import CordonSigning
internal import Glibc

/// HTTP through libcurl, which is loaded when the first request is made.
///
/// Only `http` and `https`; never through a proxy; no connection to an address that is not of the public Internet
/// unless asked for, so that a hostile list cannot reach into the network that it is checked in.
package struct Fetcher: PointerFetcher {
    private let allowsPrivateAddresses: Bool

    /// - Parameter allowsPrivateAddresses: also loopback, link-local and private networks.
    /// - Throws: when the system has no libcurl.
    package init(allowsPrivateAddresses: Bool) throws(IntegrityFailure) {
        guard cordon_fetch_available() else {
            throw IntegrityFailure(
                .toolMissing, "libcurl.so.4 is missing, so nothing can be fetched: install the package libcurl4")
        }
        self.allowsPrivateAddresses = allowsPrivateAddresses
    }

    private final class Body {
        var take: (UnsafeRawBufferPointer) -> Void
        init(_ take: @escaping (UnsafeRawBufferPointer) -> Void) { self.take = take }
    }

    /// Fetches one address, giving every piece of the body to `take`.
    package func fetch(
        _ url: String, byteLimit: Int, timeout: Duration, take: @escaping (UnsafeRawBufferPointer) -> Void
    ) -> FetchOutcome {
        request(url, body: nil, contentType: nil, byteLimit: byteLimit, timeout: timeout, take: take)
    }

    /// Sends bytes to an address.
    package func post(_ bytes: [UInt8], to url: String, contentType: String, timeout: Duration) -> FetchOutcome {
        request(url, body: bytes, contentType: "Content-Type: " + contentType, byteLimit: 1 << 20, timeout: timeout) {
            _ in
        }
    }

    private func request(
        _ url: String, body: [UInt8]?, contentType: String?, byteLimit: Int, timeout: Duration,
        take: @escaping (UnsafeRawBufferPointer) -> Void
    ) -> FetchOutcome {
        var response = cordon_response()
        let sink = Unmanaged.passRetained(Body(take))
        defer { sink.release() }
        let milliseconds = Int(timeout.components.seconds) * 1000
        url.withCString { url in
            (contentType ?? "").withCString { type in
                (body ?? []).withUnsafeBytes { bytes in
                    var request = cordon_request(
                        url: url, body: body == nil ? nil : bytes.bindMemory(to: CChar.self).baseAddress ?? type,
                        body_length: bytes.count, content_type: type, timeout_milliseconds: milliseconds,
                        byte_limit: Int64(byteLimit), redirect_limit: 5,
                        allows_private_addresses: allowsPrivateAddresses)
                    cordon_fetch(
                        &request,
                        { context, bytes, count in
                            guard let context else { return false }
                            Unmanaged<Body>.fromOpaque(context).takeUnretainedValue().take(
                                UnsafeRawBufferPointer(start: bytes, count: count))
                            return true
                        }, sink.toOpaque(), &response)
                }
            }
        }
        return outcome(response)
    }

    private func outcome(_ response: cordon_response) -> FetchOutcome {
        var response = response
        let effective = withUnsafeBytes(of: &response.effective_url) { Self.text($0) }
        let problem = withUnsafeBytes(of: &response.problem) { Self.text($0) }
        return FetchOutcome(
            status: response.status, redirects: response.redirects, byteCount: Int(response.byte_count),
            effectiveURL: effective, isTooLarge: response.is_too_large,
            problem: response.was_private && !problem.isEmpty
                ? "its address is not of the public Internet" : problem.isEmpty ? nil : problem,
            isNameGone: response.name_is_gone)
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
