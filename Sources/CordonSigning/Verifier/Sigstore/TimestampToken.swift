internal import CordonCore
internal import Crypto
internal import FoundationEssentials
internal import SwiftASN1
internal import X509

/// A time stamp (RFC 3161, with RFC 5816) over a signature, in CMS (RFC 5652), not yet checked.
package struct UnverifiedTimestamp {
    private static let signedData: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 7, 2]
    private static let timestampInfo: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 9, 16, 1, 4]
    private static let contentType: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 9, 3]
    private static let messageDigest: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 9, 4]
    private static let signingCertificateV2: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 9, 16, 2, 47]
    private static let hashes: [ASN1ObjectIdentifier: HashAlgorithm] = [
        [2, 16, 840, 1, 101, 3, 4, 2, 1]: .sha256, [2, 16, 840, 1, 101, 3, 4, 2, 2]: .sha384,
        [2, 16, 840, 1, 101, 3, 4, 2, 3]: .sha512,
    ]
    private static let signatures: [ASN1ObjectIdentifier: Certificate.SignatureAlgorithm] = [
        [1, 2, 840, 10045, 4, 3, 2]: .ecdsaWithSHA256, [1, 2, 840, 10045, 4, 3, 3]: .ecdsaWithSHA384,
        [1, 2, 840, 10045, 4, 3, 4]: .ecdsaWithSHA512, [1, 2, 840, 113549, 1, 1, 11]: .sha256WithRSAEncryption,
        [1, 2, 840, 113549, 1, 1, 12]: .sha384WithRSAEncryption,
        [1, 2, 840, 113549, 1, 1, 13]: .sha512WithRSAEncryption, [1, 3, 101, 112]: .ed25519,
    ]
    private static let rsa: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 1, 1]

    /// When, and over what.
    private struct Info {
        let hash: HashAlgorithm
        let imprint: [UInt8]
        let time: Date
    }
    /// Who, and how.
    private struct SignerInfo {
        let issuer: [UInt8]
        let serial: [UInt8]
        let hash: HashAlgorithm
        let algorithm: Certificate.SignatureAlgorithm
        let attributes: [UInt8]
        let values: [ASN1ObjectIdentifier: ASN1Node]
        let signature: [UInt8]
    }
    private let content: [UInt8]
    private let info: Info
    private let signer: SignerInfo

    /// Parses a time-stamp response, or a bare token.
    package init(_ der: [UInt8]) throws(IntegrityFailure) {
        do {
            let (content, signer) = try Self.token(try Self.contentInfo(der))
            self.content = content
            self.signer = signer
            info = try Self.info(content)
        } catch {
            throw Self.refuse("it is not a time stamp that was granted, or one in a form that is not known")
        }
    }

    /// Checks the time stamp and who made it.
    ///
    /// - Parameter message: the bytes that were stamped: the signature of the bundle.
    /// - Returns: the proved time.
    func verify(over message: [UInt8], authorities: [TrustedRoot.Authority]) async throws(IntegrityFailure) -> Date {
        guard info.hash.digest(of: message) == info.imprint else { throw Self.refuse("it stamps something else") }
        guard let (authority, certificate) = find(authorities) else {
            throw Self.refuse("it is by no authority that the trusted root knows")
        }
        try checkAttributes(certificate)
        guard
            certificate.publicKey.isValidSignature(
                signer.signature, for: signer.attributes, signatureAlgorithm: signer.algorithm)
        else { throw Self.refuse("its signature is wrong") }
        guard authority.validity.contains(info.time) else {
            throw Self.refuse("its time, \(UTCTime.text(info.time)), is outside the authority's validity")
        }
        guard certificate.extensions[oid: .X509ExtensionID.extendedKeyUsage]?.critical == true else {
            throw Self.refuse("its certificate is not for time stamping alone")
        }
        guard let anchor = authority.chain.last else { throw Self.refuse("its authority has no certificate") }
        let chain = CertificateChain(
            leaf: certificate, intermediates: Array(authority.chain.dropFirst().dropLast()))
        do {
            try await chain.verify(
                roots: [anchor], at: info.time, purpose: .timeStamping, signing: "the time stamp's certificate")
        } catch {
            throw Self.refuse(error.message)
        }
        return info.time
    }

    private static func refuse(_ reason: String) -> IntegrityFailure {
        IntegrityFailure(.timestampInvalid, "the time stamp does not prove anything: \(reason)")
    }

    /// The authority's own certificate with the issuer and serial number that the token names; embedded ones say nothing.
    private func find(_ authorities: [TrustedRoot.Authority]) -> (TrustedRoot.Authority, Certificate)? {
        for authority in authorities {
            guard let leaf = authority.chain.first else { continue }
            var serializer = DER.Serializer()
            guard (try? serializer.serialize(leaf.issuer)) != nil, serializer.serializedBytes == signer.issuer else {
                continue
            }
            if Self.trimmed(Array(leaf.serialNumber.bytes)) == Self.trimmed(signer.serial) { return (authority, leaf) }
        }
        return nil
    }

    private static func trimmed(_ bytes: [UInt8]) -> [UInt8] { Array(bytes.drop { $0 == 0 }) }

    private func checkAttributes(_ certificate: Certificate) throws(IntegrityFailure) {
        let kind = signer.values[Self.contentType].flatMap { try? ASN1ObjectIdentifier(derEncoded: $0) }
        let digest = signer.values[Self.messageDigest].flatMap { try? ASN1OctetString(derEncoded: $0) }
        guard kind == Self.timestampInfo, digest.map({ Array($0.bytes) }) == signer.hash.digest(of: content) else {
            throw Self.refuse("its signed attributes are not about its content")
        }
        guard let node = signer.values[Self.signingCertificateV2], let named = try? Self.certificateDigest(node) else {
            throw Self.refuse("it does not name its certificate with SHA-2")
        }
        var serializer = DER.Serializer()
        guard (try? serializer.serialize(certificate)) != nil,
            named.hash.digest(of: serializer.serializedBytes) == named.digest
        else { throw Self.refuse("it names another certificate than the authority's") }
    }

    // MARK: Structure

    /// `TimeStampResp` wraps `ContentInfo`; a bare token is one.
    private static func contentInfo(_ der: [UInt8]) throws -> ASN1Node {
        let root = try DER.parse(der)
        return try DER.sequence(root, identifier: .sequence) { nodes in
            let first = try nodes.required()
            if first.identifier == .objectIdentifier {
                while nodes.next() != nil {}
                return root
            }
            let status = try DER.sequence(first, identifier: .sequence) { nodes in
                let status = try Int(derEncoded: &nodes)
                while nodes.next() != nil {}
                return status
            }
            guard status == 0 || status == 1 else { throw ASN1Error.invalidASN1Object(reason: "not granted") }
            return try nodes.required()
        }
    }

    private static func token(_ node: ASN1Node) throws -> ([UInt8], SignerInfo) {
        try DER.sequence(node, identifier: .sequence) { nodes in
            guard try ASN1ObjectIdentifier(derEncoded: &nodes) == signedData else {
                throw ASN1Error.invalidASN1Object(reason: "not signed data")
            }
            return try DER.explicitlyTagged(&nodes, tagNumber: 0, tagClass: .contextSpecific) { node in
                try DER.sequence(node, identifier: .sequence) { nodes in
                    _ = try Int(derEncoded: &nodes)
                    _ = try nodes.required()
                    let content = try encapsulated(try nodes.required())
                    var last: ASN1Node?
                    while let node = nodes.next() { last = node }
                    guard let last else { throw ASN1Error.invalidASN1Object(reason: "no signer") }
                    return (content, try signer(last))
                }
            }
        }
    }

    private static func encapsulated(_ node: ASN1Node) throws -> [UInt8] {
        try DER.sequence(node, identifier: .sequence) { nodes in
            guard try ASN1ObjectIdentifier(derEncoded: &nodes) == timestampInfo else {
                throw ASN1Error.invalidASN1Object(reason: "not a time stamp")
            }
            return try DER.explicitlyTagged(&nodes, tagNumber: 0, tagClass: .contextSpecific) { node in
                Array(try ASN1OctetString(derEncoded: node).bytes)
            }
        }
    }

    private static func info(_ content: [UInt8]) throws -> Info {
        try DER.sequence(try DER.parse(content), identifier: .sequence) { nodes in
            guard try Int(derEncoded: &nodes) == 1 else { throw ASN1Error.invalidASN1Object(reason: "version") }
            _ = try ASN1ObjectIdentifier(derEncoded: &nodes)
            let (hash, imprint) = try DER.sequence(try nodes.required(), identifier: .sequence) { nodes in
                (try Self.hash(try nodes.required()), Array(try ASN1OctetString(derEncoded: &nodes).bytes))
            }
            _ = try nodes.required()
            let time = try GeneralizedTime(derEncoded: &nodes)
            while nodes.next() != nil {}
            return Info(hash: hash, imprint: imprint, time: try date(time))
        }
    }

    private static func date(_ time: GeneralizedTime) throws -> Date {
        var components = DateComponents()
        components.timeZone = .gmt
        (components.year, components.month, components.day) = (time.year, time.month, time.day)
        (components.hour, components.minute, components.second) = (time.hours, time.minutes, time.seconds)
        guard let date = Calendar(identifier: .gregorian).date(from: components) else {
            throw ASN1Error.invalidASN1Object(reason: "no such time")
        }
        return date
    }

    private static func signer(_ node: ASN1Node) throws -> SignerInfo {
        let infos = try DER.set(node, identifier: .set) { nodes in
            let first = try nodes.required()
            guard nodes.next() == nil else { throw ASN1Error.invalidASN1Object(reason: "several signers") }
            return first
        }
        return try DER.sequence(infos, identifier: .sequence) { nodes in
            guard try Int(derEncoded: &nodes) == 1 else { throw ASN1Error.invalidASN1Object(reason: "version") }
            let (issuer, serial) = try DER.sequence(try nodes.required(), identifier: .sequence) { nodes in
                (Array(try nodes.required().encodedBytes), Array(try ArraySlice<UInt8>(derEncoded: &nodes)))
            }
            let hash = try hash(try nodes.required())
            let tagged = try nodes.required()
            guard tagged.identifier == ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific) else {
                throw ASN1Error.invalidASN1Object(reason: "no signed attributes")
            }
            // The signature covers the attributes as a SET, which they are tagged away from.
            let attributes = [0x31] + tagged.encodedBytes.dropFirst()
            let algorithm = try algorithm(try nodes.required(), hash)
            let signature = try ASN1OctetString(derEncoded: &nodes)
            while nodes.next() != nil {}
            return SignerInfo(
                issuer: issuer, serial: serial, hash: hash, algorithm: algorithm, attributes: attributes,
                values: try values(attributes), signature: Array(signature.bytes))
        }
    }

    private static func values(_ attributes: [UInt8]) throws -> [ASN1ObjectIdentifier: ASN1Node] {
        try DER.set(try DER.parse(attributes), identifier: .set) { nodes in
            var found: [ASN1ObjectIdentifier: ASN1Node] = [:]
            while let node = nodes.next() {
                try DER.sequence(node, identifier: .sequence) { nodes in
                    let kind = try ASN1ObjectIdentifier(derEncoded: &nodes)
                    let value = try DER.set(try nodes.required(), identifier: .set) { nodes in
                        let value = try nodes.required()
                        while nodes.next() != nil {}
                        return value
                    }
                    guard found.updateValue(value, forKey: kind) == nil else {
                        throw ASN1Error.invalidASN1Object(reason: "an attribute twice")
                    }
                }
            }
            return found
        }
    }

    private static func hash(_ node: ASN1Node) throws -> HashAlgorithm {
        try DER.sequence(node, identifier: .sequence) { nodes in
            let kind = try ASN1ObjectIdentifier(derEncoded: &nodes)
            while nodes.next() != nil {}
            guard let hash = hashes[kind] else { throw ASN1Error.invalidASN1Object(reason: "a weak hash") }
            return hash
        }
    }

    private static func algorithm(_ node: ASN1Node, _ hash: HashAlgorithm) throws -> Certificate.SignatureAlgorithm {
        try DER.sequence(node, identifier: .sequence) { nodes in
            let kind = try ASN1ObjectIdentifier(derEncoded: &nodes)
            while nodes.next() != nil {}
            if let known = signatures[kind] { return known }
            guard kind == rsa else { throw ASN1Error.invalidASN1Object(reason: "a signature of another kind") }
            return switch hash {
            case .sha384: .sha384WithRSAEncryption
            case .sha512: .sha512WithRSAEncryption
            default: .sha256WithRSAEncryption
            }
        }
    }

    /// The digest of the signer's certificate: SHA-256 unless another hash is named (RFC 5035, section 4).
    private static func certificateDigest(_ node: ASN1Node) throws -> (hash: HashAlgorithm, digest: [UInt8]) {
        try DER.sequence(node, identifier: .sequence) { nodes in
            let list = try nodes.required()
            while nodes.next() != nil {}
            return try DER.sequence(list, identifier: .sequence) { nodes in
                let first = try nodes.required()
                while nodes.next() != nil {}
                return try DER.sequence(first, identifier: .sequence) { nodes in
                    var hash = HashAlgorithm.sha256
                    var node = try nodes.required()
                    if node.identifier == .sequence {
                        hash = try Self.hash(node)
                        node = try nodes.required()
                    }
                    while nodes.next() != nil {}
                    return (hash, Array(try ASN1OctetString(derEncoded: node).bytes))
                }
            }
        }
    }
}
