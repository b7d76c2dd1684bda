internal import CordonCore
internal import CordonFormats
internal import Crypto
internal import FoundationEssentials
internal import SwiftASN1
internal import X509

/// The keys and certificates of a Sigstore instance, as its `trusted_root.json` gives them.
///
/// Source: sigstore/protobuf-specs, `sigstore_trustroot.proto`, media types 0.1 and 0.2.
package struct TrustedRoot: Sendable {
    /// From when until when something may be relied on; both ends belong to it.
    struct Validity: Sendable {
        let start: Date
        let end: Date?

        func contains(_ date: Date) -> Bool { date >= start && end.map { date <= $0 } ?? true }
    }
    /// A transparency log, of entries or of certificates.
    struct Log: Sendable {
        /// Host, and port if there is one, of the log's address.
        let name: String
        let key: VerificationKey
        let id: [UInt8]
        /// Names the key in a signed note.
        let checkpointKeyID: [UInt8]
        let validity: Validity
    }
    /// A certificate authority or a time-stamping authority.
    struct Authority: Sendable {
        /// Signer's first, the anchor last.
        let chain: [Certificate]
        let validity: Validity
    }
    let logs: [Log]
    let certificateLogs: [Log]
    let certificateAuthorities: [Authority]
    let timestampAuthorities: [Authority]

    /// Reads a file.
    package init(file path: String) throws(IntegrityFailure) {
        try self.init(try SmallFile.contents(path, what: "trusted root", limit: 16 << 20))
    }

    /// Parses the JSON text.
    package init(_ bytes: [UInt8]) throws(IntegrityFailure) {
        do throws(IntegrityFailure) {
            let json = try StrictJSON.parse(bytes, what: "the trusted root")
            let mediaType = try json.text("mediaType", in: "the trusted root")
            guard mediaType.hasPrefix("application/vnd.dev.sigstore.trustedroot") else {
                throw IntegrityFailure(.trustRootUnusable, "the trusted root is of another kind")
            }
            logs = try Self.list(json, "tlogs") { json throws(IntegrityFailure) in try Self.log(json) }
            certificateLogs = try Self.list(json, "ctlogs") { json throws(IntegrityFailure) in try Self.log(json) }
            certificateAuthorities = try Self.list(json, "certificateAuthorities") {
                json throws(IntegrityFailure) in try Self.authority(json)
            }
            timestampAuthorities = try Self.list(json, "timestampAuthorities") {
                json throws(IntegrityFailure) in try Self.authority(json)
            }
        } catch {
            throw IntegrityFailure(.trustRootUnusable, "the trusted root cannot be used: \(error.message)")
        }
    }

    private static func list<T>(
        _ json: JSONValue, _ key: String, _ read: (JSONValue) throws(IntegrityFailure) -> T?
    ) throws(IntegrityFailure) -> [T] {
        guard let member = json[key] else { return [] }
        guard let list = member.array, list.count <= 64 else {
            throw IntegrityFailure(.trustRootUnusable, "'\(key)' is not a list of at most 64 entries")
        }
        var result: [T] = []
        for entry in list { if let value = try read(entry) { result.append(value) } }
        return result
    }

    /// `nil` for a key of a kind that is not known: entries of that log are then refused as unknown.
    private static func log(_ json: JSONValue) throws(IntegrityFailure) -> Log? {
        let what = "a log"
        let key = try json.require("publicKey", "an object", in: what) { $0.object }
        let validity = try validity(key["validFor"], of: "a log's key")
        let der = try key.base64("rawBytes", in: "a log's key")
        let id = try (json["logId"] ?? json).base64("keyId", in: "a log's id")
        guard let parsed = VerificationKey(der: der) else { return nil }
        var name = json["baseUrl"]?.string ?? ""
        for scheme in ["https://", "http://"] where name.hasPrefix(scheme) { name.removeFirst(scheme.utf8.count) }
        name = String(name.prefix { $0 != "/" })
        return Log(
            name: name, key: parsed, id: id,
            checkpointKeyID: Array((json["checkpointKeyId"]?["keyId"]?.base64 ?? id).prefix(4)), validity: validity)
    }

    private static func authority(_ json: JSONValue) throws(IntegrityFailure) -> Authority? {
        let what = "an authority"
        let chain = try json.require("certChain", "an object", in: what) { $0.object }
        let list = try chain.require("certificates", "a list", in: what) { $0.array }
        guard (1...10).contains(list.count) else {
            throw IntegrityFailure(.trustRootUnusable, "\(what) has \(list.count) certificates")
        }
        var certificates: [Certificate] = []
        for entry in list {
            guard let certificate = try? Certificate(derEncoded: try entry.base64("rawBytes", in: what)) else {
                throw IntegrityFailure(.trustRootUnusable, "a certificate of \(what) is not an X.509 certificate")
            }
            certificates.append(certificate)
        }
        return Authority(chain: certificates, validity: try validity(json["validFor"], of: what))
    }

    /// A start is required: without one, the end of trust in an older key could be undone by leaving it out.
    private static func validity(_ json: JSONValue?, of what: String) throws(IntegrityFailure) -> Validity {
        guard let json, json.isObject, let start = json["start"]?.string.flatMap(UTCTime.date) else {
            throw IntegrityFailure(.trustRootUnusable, "'validFor' of \(what) has no start")
        }
        guard let endText = json["end"]?.string else { return Validity(start: start, end: nil) }
        guard let end = UTCTime.date(endText) else {
            throw IntegrityFailure(.trustRootUnusable, "'validFor' of \(what) has an end that is not a time")
        }
        return Validity(start: start, end: end)
    }
}
