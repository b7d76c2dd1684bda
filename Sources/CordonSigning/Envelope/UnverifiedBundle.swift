internal import CordonCore
internal import CordonFormats

/// A Sigstore bundle as it was read: structure checked, nothing trusted.
///
/// Source: sigstore/protobuf-specs, `sigstore_bundle.proto`, media types 0.1 to 0.3 in their JSON form.
package struct UnverifiedBundle: Sendable {
    /// What the signer brings for its own verification.
    package enum Material: Sendable {
        /// A key known to the verifier; the hint is a fingerprint, old bundles hold the key itself.
        case publicKey(hint: String?, rawBytes: [UInt8]?)
        /// DER certificates, the signer's first.
        case certificateChain([[UInt8]])
        /// The signer's DER certificate.
        case certificate([UInt8])
    }
    /// What was signed.
    package enum Content: Sendable {
        /// A DSSE envelope.
        case envelope(Envelope)
        /// A signature over an artifact, whose digest is only a hint.
        case message(algorithm: String?, digest: [UInt8]?, signature: [UInt8])
    }
    /// Bundle format: 1, 2 or 3 for 0.1 to 0.3.
    package let minorVersion: Int
    /// Key or certificates.
    package let material: Material
    /// Entries of transparency logs.
    package let logEntries: [UnverifiedLogEntry]
    /// DER time-stamp responses or tokens.
    package let timestamps: [[UInt8]]
    /// What was signed.
    package let content: Content

    /// Parses a bundle.
    ///
    /// - Parameter file: where the bytes come from, for messages.
    package static func parse(_ bytes: [UInt8], file: String? = nil) throws(IntegrityFailure) -> UnverifiedBundle {
        let name = file.map { " '\(PrintableText.quoting($0, limit: 300))'" } ?? ""
        return try UnverifiedBundle(try StrictJSON.parse(bytes, what: "the signature\(name)"))
    }

    private init(_ json: JSONValue) throws(IntegrityFailure) {
        let what = "the bundle"
        guard json.isObject else { throw IntegrityFailure(.malformed, "the signature is not a JSON object") }
        minorVersion = try Self.version(try json.text("mediaType", in: what))
        let material = try json.require("verificationMaterial", "an object", in: what) { $0.object }
        self.material = try Self.material(material)
        logEntries = try Self.entries(material["tlogEntries"])
        timestamps = try Self.timestamps(material["timestampVerificationData"])
        switch (json["dsseEnvelope"]?.object, json["messageSignature"]?.object) {
        case (let envelope?, nil): content = .envelope(try Envelope(envelope))
        case (nil, let message?):
            content = .message(
                algorithm: message["messageDigest"]?["algorithm"]?.string,
                digest: message["messageDigest"]?["digest"]?.base64,
                signature: try message.base64("signature", in: "the message signature"))
        case (nil, nil):
            throw IntegrityFailure(.malformed, "the bundle has neither 'dsseEnvelope' nor 'messageSignature'")
        default: throw IntegrityFailure(.malformed, "the bundle has both 'dsseEnvelope' and 'messageSignature'")
        }
    }

    private static func version(_ mediaType: String) throws(IntegrityFailure) -> Int {
        switch mediaType {
        case "application/vnd.dev.sigstore.bundle+json;version=0.1": return 1
        case "application/vnd.dev.sigstore.bundle+json;version=0.2": return 2
        case "application/vnd.dev.sigstore.bundle+json;version=0.3",
            "application/vnd.dev.sigstore.bundle.v0.3+json":
            return 3
        default:
            throw IntegrityFailure(
                .unsupported,
                "the bundle's media type '\(PrintableText.quoting(mediaType, limit: 100))' is none of the known ones (0.1, 0.2, 0.3)"
            )
        }
    }

    private static func material(_ json: JSONValue) throws(IntegrityFailure) -> Material {
        let kinds = ["publicKey", "x509CertificateChain", "certificate"].filter { json[$0] != nil }
        guard kinds.count == 1 else {
            throw IntegrityFailure(
                .malformed,
                "'verificationMaterial' holds \(kinds.isEmpty ? "neither a key nor a certificate" : kinds.joined(separator: " and "))"
            )
        }
        if let key = json["publicKey"] {
            guard key.isObject else { throw IntegrityFailure(.malformed, "'publicKey' is not an object") }
            return .publicKey(hint: key["hint"]?.string, rawBytes: key["rawBytes"]?.base64)
        }
        if let certificate = json["certificate"] {
            return .certificate(try certificate.base64("rawBytes", in: "'certificate'"))
        }
        let what = "'x509CertificateChain'"
        let list = try (json["x509CertificateChain"] ?? json).require("certificates", "a list", in: what) { $0.array }
        guard (1...10).contains(list.count) else {
            throw IntegrityFailure(.malformed, "\(what) has \(list.count) certificates; 1 to 10 are accepted")
        }
        var chain: [[UInt8]] = []
        for entry in list { chain.append(try entry.base64("rawBytes", in: "a certificate of the chain")) }
        return .certificateChain(chain)
    }

    private static func entries(_ json: JSONValue?) throws(IntegrityFailure) -> [UnverifiedLogEntry] {
        guard let json else { return [] }
        guard let list = json.array, list.count <= 32 else {
            throw IntegrityFailure(.malformed, "'tlogEntries' is not a list of at most 32 entries")
        }
        var entries: [UnverifiedLogEntry] = []
        for entry in list { entries.append(try UnverifiedLogEntry(entry)) }
        return entries
    }

    private static func timestamps(_ json: JSONValue?) throws(IntegrityFailure) -> [[UInt8]] {
        guard let list = json?["rfc3161Timestamps"] else { return [] }
        guard let entries = list.array, entries.count <= 32 else {
            throw IntegrityFailure(.malformed, "'rfc3161Timestamps' is not a list of at most 32 timestamps")
        }
        var result: [[UInt8]] = []
        for entry in entries { result.append(try entry.base64("signedTimestamp", in: "a timestamp")) }
        return result
    }
}

/// An entry of a transparency log as the bundle tells it.
///
/// Source: sigstore/protobuf-specs, `sigstore_rekor.proto`.
package struct UnverifiedLogEntry: Sendable {
    /// A Merkle proof that the entry is in the log.
    package struct InclusionProof: Sendable {
        let index: Int
        let treeSize: Int
        let rootHash: [UInt8]
        let hashes: [[UInt8]]
        let checkpoint: String?
    }
    let logIndex: Int
    let logID: [UInt8]
    let kind: String
    let version: String
    let integratedTime: Int?
    let signedEntryTimestamp: [UInt8]?
    let proof: InclusionProof?
    let body: [UInt8]

    init(_ json: JSONValue) throws(IntegrityFailure) {
        let what = "a transparency log entry"
        logIndex = try Self.number(json, "logIndex", what) ?? 0
        logID = json["logId"]?["keyId"]?.base64 ?? []
        kind = json["kindVersion"]?["kind"]?.string ?? ""
        version = json["kindVersion"]?["version"]?.string ?? ""
        integratedTime = try Self.number(json, "integratedTime", what)
        signedEntryTimestamp = json["inclusionPromise"]?["signedEntryTimestamp"]?.base64
        body = try json.base64("canonicalizedBody", in: what)
        proof = try json["inclusionProof"].map { proof throws(IntegrityFailure) in try Self.proof(proof) }
    }

    private static func proof(_ json: JSONValue) throws(IntegrityFailure) -> InclusionProof {
        let what = "an inclusion proof"
        let index = try number(json, "logIndex", what) ?? 0
        guard let size = try number(json, "treeSize", what) else {
            throw IntegrityFailure(.malformed, "\(what) has no 'treeSize'")
        }
        let list = json["hashes"]?.array ?? []
        guard list.count <= 64 else {
            throw IntegrityFailure(.malformed, "\(what) has \(list.count) hashes; at most 64 are possible")
        }
        var hashes: [[UInt8]] = []
        for entry in list {
            guard let hash = entry.base64, hash.count == 32 else {
                throw IntegrityFailure(.malformed, "\(what) has a hash that is not 32 bytes of base64")
            }
            hashes.append(hash)
        }
        return InclusionProof(
            index: index, treeSize: size, rootHash: try json.base64("rootHash", in: what), hashes: hashes,
            checkpoint: json["checkpoint"]?["envelope"]?.string)
    }

    private static func number(_ json: JSONValue, _ key: String, _ what: String) throws(IntegrityFailure) -> Int? {
        guard let value = json[key] else { return nil }
        guard let number = value.int64, number >= 0 else {
            throw IntegrityFailure(.malformed, "'\(key)' in \(what) is not a number from 0")
        }
        return number
    }
}
