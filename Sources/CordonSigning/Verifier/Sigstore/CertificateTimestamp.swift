internal import CordonCore
internal import CordonFormats
internal import Crypto
internal import FoundationEssentials
internal import SwiftASN1
internal import X509

/// Proof that a certificate was shown to a certificate transparency log before it was used.
///
/// Source: RFC 6962, sections 3.2 and 3.3: signed certificate timestamps inside the certificate.
enum CertificateTimestamp {
    private static let identifier: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 11129, 2, 4, 2]

    private struct Timestamp {
        let logID: [UInt8]
        let milliseconds: UInt64
        let extensions: [UInt8]
        let signature: [UInt8]
    }

    /// Checks that at least one timestamp is by a log that the root knows, and that all such are right.
    ///
    /// - Parameters:
    ///   - der: the certificate as it was given.
    ///   - issuer: the certificate that signed it, from a checked path.
    static func verify(_ der: [UInt8], issuer: Certificate, logs: [TrustedRoot.Log]) throws(IntegrityFailure) {
        guard let (list, certificate) = try? split(der) else {
            throw refuse("it holds none, so it may have been issued in secret")
        }
        let timestamps = try read(list)
        let issuerKeyHash = Array(SHA256.hash(data: VerificationKey(issuer.publicKey).der))
        var isLogged = false
        for timestamp in timestamps {
            guard let log = logs.first(where: { $0.id == timestamp.logID }) else { continue }
            guard log.validity.contains(Date(timeIntervalSince1970: Double(timestamp.milliseconds) / 1000)) else {
                throw refuse("its log's key was not valid at that time")
            }
            guard log.key.verifies(timestamp.signature, of: message(timestamp, issuerKeyHash, certificate)) else {
                throw refuse("its signature is wrong")
            }
            isLogged = true
        }
        guard isLogged else { throw refuse("it is by no log that the trusted root knows") }
    }

    private static func refuse(_ reason: String) -> IntegrityFailure {
        IntegrityFailure(
            .certificateTimestampInvalid, "the certificate's transparency timestamp does not prove anything: \(reason)")
    }

    private static func message(_ timestamp: Timestamp, _ issuer: [UInt8], _ certificate: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [0, 0]
        withUnsafeBytes(of: timestamp.milliseconds.bigEndian) { bytes += $0 }
        bytes += [0, 1]
        bytes += issuer
        bytes += [
            UInt8(certificate.count >> 16 & 255), UInt8(certificate.count >> 8 & 255), UInt8(certificate.count & 255),
        ]
        bytes += certificate
        bytes += [UInt8(timestamp.extensions.count >> 8 & 255), UInt8(timestamp.extensions.count & 255)]
        return bytes + timestamp.extensions
    }

    /// The list of timestamps, and the part of the certificate that was signed before the list was put in.
    private static func split(_ der: [UInt8]) throws -> (list: [UInt8], certificate: [UInt8]) {
        let signed = try DER.sequence(try DER.parse(der), identifier: .sequence) { nodes in
            let signed = try nodes.required()
            while nodes.next() != nil {}
            return signed
        }
        var list: [UInt8]?
        var content: [UInt8] = []
        try DER.sequence(signed, identifier: .sequence) { nodes in
            while let node = nodes.next() {
                guard node.identifier == ASN1Identifier(tagWithNumber: 3, tagClass: .contextSpecific) else {
                    content += node.encodedBytes
                    continue
                }
                var kept: [UInt8] = []
                guard case .constructed(let inner) = node.content else {
                    throw ASN1Error.invalidASN1Object(reason: "extensions")
                }
                for extensions in inner {
                    try DER.sequence(extensions, identifier: .sequence) { nodes in
                        while let node = nodes.next() {
                            guard let value = try timestamps(node) else {
                                kept += node.encodedBytes
                                continue
                            }
                            guard list == nil else { throw ASN1Error.invalidASN1Object(reason: "two lists") }
                            list = value
                        }
                    }
                }
                content += wrap(0xA3, wrap(0x30, kept))
            }
        }
        guard let list else { throw ASN1Error.invalidASN1Object(reason: "no list") }
        return (list, wrap(0x30, content))
    }

    /// The value of a timestamp extension; `nil` for another extension.
    private static func timestamps(_ node: ASN1Node) throws -> [UInt8]? {
        try DER.sequence(node, identifier: .sequence) { nodes in
            let kind = try ASN1ObjectIdentifier(derEncoded: &nodes)
            var value: ASN1Node?
            while let node = nodes.next() { value = node }
            guard kind == identifier, let value else { return nil }
            let outer = try ASN1OctetString(derEncoded: value)
            return Array(try ASN1OctetString(derEncoded: Array(outer.bytes)).bytes)
        }
    }

    private static func wrap(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        guard content.count >= 128 else { return [tag, UInt8(content.count)] + content }
        var length: [UInt8] = []
        var rest = content.count
        while rest > 0 {
            length.insert(UInt8(rest & 255), at: 0)
            rest >>= 8
        }
        return [tag, 0x80 | UInt8(length.count)] + length + content
    }

    private static func read(_ list: [UInt8]) throws(IntegrityFailure) -> [Timestamp] {
        let timestamps = list.withUnsafeBytes { raw -> [Timestamp]? in
            let span = raw.bytes
            guard let total = span.bigEndian(at: 0, as: UInt16.self), Int(total) == list.count - 2 else { return nil }
            var position = 2
            var found: [Timestamp] = []
            while position < list.count {
                guard let length = span.bigEndian(at: position, as: UInt16.self),
                    let bytes = span.copy(at: position + 2, count: Int(length)), let timestamp = one(bytes)
                else { return nil }
                found.append(timestamp)
                position += 2 + Int(length)
            }
            return found
        }
        guard let timestamps else { throw refuse("it is damaged") }
        return timestamps
    }

    private static func one(_ bytes: [UInt8]) -> Timestamp? {
        bytes.withUnsafeBytes { raw in
            let span = raw.bytes
            guard span.byte(at: 0) == 0, let log = span.copy(at: 1, count: 32),
                let time = span.bigEndian(at: 33, as: UInt64.self),
                let extensionCount = span.bigEndian(at: 41, as: UInt16.self),
                let extensions = span.copy(at: 43, count: Int(extensionCount))
            else { return nil }
            let next = 43 + Int(extensionCount)
            // SHA-256, whichever the key: the key itself decides between ECDSA and RSA.
            guard span.byte(at: next) == 4, let count = span.bigEndian(at: next + 2, as: UInt16.self),
                let signature = span.copy(at: next + 4, count: Int(count)), next + 4 + Int(count) == bytes.count
            else { return nil }
            return Timestamp(logID: log, milliseconds: time, extensions: extensions, signature: signature)
        }
    }
}
