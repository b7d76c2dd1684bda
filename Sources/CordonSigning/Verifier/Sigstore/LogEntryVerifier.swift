internal import CordonCore
internal import CordonFormats
internal import Crypto
internal import FoundationEssentials

/// What a bundle signs, as a log entry must describe it.
enum SignedSubject {
    /// A file's bytes and their SHA-256.
    case artifact(ByteView, digest: [UInt8])
    /// A DSSE envelope and the bytes that its signature covers.
    case envelope(Envelope, preAuthenticationEncoding: [UInt8])
}

/// Checks one entry of a transparency log: that the log made it, that it is in the log, that it is about this bundle.
///
/// Source: Rekor v1 and v2 as sigstore/architecture-docs describes them.
struct LogEntryVerifier {
    let root: TrustedRoot
    /// DER of the signer's certificate.
    let certificate: [UInt8]
    let certificateKey: VerificationKey
    let signature: [UInt8]
    let subject: SignedSubject
    /// 1, 2 or 3: which proofs a bundle must bring.
    let bundleVersion: Int

    /// - Returns: the time at which the log says it took the entry in, when it signed that time.
    func verify(_ entry: UnverifiedLogEntry) throws(IntegrityFailure) -> Date? {
        guard let log = root.logs.first(where: { $0.id == entry.logID }) else {
            throw refuse("it is of a log that the trusted root does not know")
        }
        let time = try verifyPromise(entry, log)
        try verifyProof(entry, log)
        try verifyBody(entry)
        return time
    }

    private func refuse(_ reason: String) -> IntegrityFailure {
        IntegrityFailure(.logEntryInvalid, "the transparency log entry does not prove anything: \(reason)")
    }

    // MARK: The log's promise

    private func verifyPromise(_ entry: UnverifiedLogEntry, _ log: TrustedRoot.Log) throws(IntegrityFailure) -> Date? {
        guard let promise = entry.signedEntryTimestamp, !promise.isEmpty else {
            guard bundleVersion > 1 else { throw refuse("a bundle of version 0.1 must bring the log's promise") }
            return nil
        }
        guard let seconds = entry.integratedTime, seconds > 0 else { throw refuse("its promise has no time") }
        // RFC 8785 for these members: sorted, without spaces.
        let signed =
            "{\"body\":\"\(Base64.encode(entry.body))\",\"integratedTime\":\(seconds),\"logID\":\"\(Hexadecimal.encode(entry.logID))\",\"logIndex\":\(entry.logIndex)}"
        guard log.key.verifies(promise, of: Array(signed.utf8)) else {
            throw refuse("the log's promise to include it is not signed by the log")
        }
        let time = Date(timeIntervalSince1970: Double(seconds))
        guard log.validity.contains(time) else { throw refuse("the log's key was not valid at that time") }
        return time
    }

    // MARK: Inclusion

    private func verifyProof(_ entry: UnverifiedLogEntry, _ log: TrustedRoot.Log) throws(IntegrityFailure) {
        guard let proof = entry.proof else {
            guard bundleVersion == 1 else { throw refuse("it has no proof of inclusion") }
            return
        }
        let leaf = MerkleTree.leafHash(entry.body)
        let computed = MerkleTree.root(leaf: leaf, index: proof.index, count: proof.treeSize, path: proof.hashes)
        guard let computed, computed == proof.rootHash else {
            throw refuse("its proof of inclusion leads to another root hash")
        }
        guard let note = proof.checkpoint, !note.isEmpty else { throw refuse("its proof has no checkpoint") }
        let checkpoint = try UnverifiedCheckpoint(note)
        try checkpoint.verify(by: log)
        guard checkpoint.rootHash == proof.rootHash, checkpoint.treeSize == proof.treeSize else {
            throw refuse("the log's checkpoint is about another tree than the proof")
        }
    }

    // MARK: What the entry says

    private func verifyBody(_ entry: UnverifiedLogEntry) throws(IntegrityFailure) {
        let body: JSONValue
        do {
            body = try StrictJSON.parse(entry.body, what: "its body", byteLimit: 64 << 20)
        } catch {
            throw refuse(error.message)
        }
        let kind = body["kind"]?.string ?? ""
        let version = body["apiVersion"]?.string ?? ""
        guard (entry.kind.isEmpty && entry.version.isEmpty) || (kind == entry.kind && version == entry.version) else {
            throw refuse("its body is of another kind than it says")
        }
        guard let spec = body["spec"] else { throw refuse("its body says nothing") }
        let isAboutThis =
            switch (kind, version, subject) {
            case ("hashedrekord", "0.0.1", .artifact(_, let digest)): firstHashedRecord(spec, digest)
            case ("hashedrekord", "0.0.2", .artifact(_, let digest)): secondHashedRecord(spec, digest)
            case ("hashedrekord", "0.0.2", .envelope(_, let message)):
                secondHashedRecord(spec, (certificateKey.curve?.hash ?? .sha256).digest(of: message))
            case ("dsse", "0.0.1", .envelope(let envelope, _)): dsse(spec, envelope)
            case ("intoto", "0.0.2", .envelope(let envelope, _)): inToto(spec, envelope)
            default:
                throw refuse(
                    "entries of kind '\(PrintableText.quoting(kind + " " + version, limit: 60))' do not fit this bundle"
                )
            }
        guard isAboutThis else { throw refuse("it is about another file, signature or certificate") }
    }

    private func firstHashedRecord(_ spec: JSONValue, _ digest: [UInt8]) -> Bool {
        spec["data"]?["hash"]?["algorithm"]?.string == "sha256"
            && spec["data"]?["hash"]?["value"]?.string == Hexadecimal.encode(digest)
            && spec["signature"]?["content"]?.base64 == signature
            && isOurs(pem: spec["signature"]?["publicKey"]?["content"]?.base64)
    }

    private func secondHashedRecord(_ spec: JSONValue, _ digest: [UInt8]) -> Bool {
        guard let record = spec["hashedRekordV002"] else { return false }
        let algorithm: String =
            switch digest.count {
            case 48: "SHA2_384"
            case 64: "SHA2_512"
            default: "SHA2_256"
            }
        return record["data"]?["algorithm"]?.string == algorithm && record["data"]?["digest"]?.base64 == digest
            && record["signature"]?["content"]?.base64 == signature
            && record["signature"]?["verifier"]?["x509Certificate"]?["rawBytes"]?.base64 == certificate
    }

    private func dsse(_ spec: JSONValue, _ envelope: Envelope) -> Bool {
        guard let entries = spec["signatures"]?.array, entries.count == 1, let entry = entries.first else {
            return false
        }
        return isPayloadHash(spec["payloadHash"], envelope) && entry["signature"]?.base64 == signature
            && isOurs(pem: entry["verifier"]?.base64)
    }

    private func inToto(_ spec: JSONValue, _ envelope: Envelope) -> Bool {
        let content = spec["content"]
        guard let entries = content?["envelope"]?["signatures"]?.array, entries.count == 1, let entry = entries.first,
            let inner = entry["sig"]?.base64
        else { return false }
        return isPayloadHash(content?["payloadHash"], envelope) && Base64.decode(inner) == signature
            && isOurs(pem: entry["publicKey"]?.base64)
            && content?["envelope"]?["payloadType"]?.string == envelope.payloadType
    }

    private func isPayloadHash(_ json: JSONValue?, _ envelope: Envelope) -> Bool {
        json?["algorithm"]?.string == "sha256"
            && json?["value"]?.string == Hexadecimal.encode(SHA256.hash(data: envelope.payload))
    }

    private func isOurs(pem: [UInt8]?) -> Bool {
        guard let pem else { return false }
        return PEMText.certificate(pem) == certificate
    }
}
