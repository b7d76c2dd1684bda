internal import CordonCore
internal import CordonFormats

/// A DSSE envelope (secure-systems-lab/dsse v1.0.2): a payload and signatures over it, none of them checked.
package struct Envelope: Sendable {
    /// One signature.
    package struct Signature: Sendable {
        /// The signature's bytes.
        package let bytes: [UInt8]
        /// A hint, not authenticated.
        package let keyID: String
    }
    /// What was signed.
    package let payload: [UInt8]
    /// Its media type, which the signature covers.
    package let payloadType: String
    /// At least one.
    package let signatures: [Signature]

    /// The media type of in-toto statements.
    package static let inToto = "application/vnd.in-toto+json"

    /// The bytes that signatures cover, "PAE": length-prefixed type and payload.
    package var preAuthenticationEncoding: [UInt8] {
        Self.encode(type: payloadType, payload: payload, version: "DSSEv1")
    }

    static func encode(type: String, payload: [UInt8], version: String) -> [UInt8] {
        Array("\(version) \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
    }

    /// Makes an envelope with one signature.
    package init(payload: [UInt8], payloadType: String, signature: [UInt8]) {
        self.payload = payload
        self.payloadType = payloadType
        signatures = [Signature(bytes: signature, keyID: "")]
    }

    init(_ json: JSONValue) throws(IntegrityFailure) {
        let what = "the envelope"
        payload = try json.base64("payload", in: what)
        payloadType = try json.text("payloadType", in: what)
        let list = try json.require("signatures", "a list", in: what) { $0.array }
        var signatures: [Signature] = []
        for entry in list.prefix(16) {
            let keyID = entry["keyid"]?.string ?? ""
            signatures.append(Signature(bytes: try entry.base64("sig", in: "a signature of \(what)"), keyID: keyID))
        }
        guard !signatures.isEmpty else { throw IntegrityFailure(.malformed, "\(what) has no signature") }
        guard list.count <= 16 else {
            throw IntegrityFailure(.malformed, "\(what) has \(list.count) signatures; at most 16 are accepted")
        }
        self.signatures = signatures
    }

    func write(_ writer: inout JSONWriter) {
        writer.object("dsseEnvelope") { envelope in
            envelope.string("payload", Base64.encode(payload))
            envelope.string("payloadType", payloadType)
            envelope.array("signatures") { list in
                for signature in signatures {
                    list.object { entry in
                        entry.string("sig", Base64.encode(signature.bytes))
                        entry.string("keyid", signature.keyID)
                    }
                }
            }
        }
    }
}
