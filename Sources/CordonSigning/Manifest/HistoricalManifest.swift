internal import CordonCore
internal import CordonFormats

/// The form that releases 0.1 and 0.2 of the reference implementation wrote: every file is a subject of its own.
///
/// It names no serialization, so whole files and SHA-256 are assumed, and nothing ties the files to one model.
enum HistoricalManifest {
    static let predicateType = "https://model_signing/Digests/v0.1"

    /// The manifest, or `nil` when the statement is of another type.
    static func read(_ statement: Statement) throws(IntegrityFailure) -> ModelManifest? {
        guard statement.predicateType == predicateType else { return nil }
        var resources: [ModelManifest.Resource] = []
        var seen: Set<String> = []
        for subject in statement.subjects {
            try UnverifiedManifest.checkName(subject.name)
            guard let digest = subject.digests["sha256"].flatMap({ Hexadecimal.decode($0.utf8) }), digest.count == 32,
                seen.insert(subject.name).inserted
            else {
                throw IntegrityFailure(
                    .malformed,
                    "the manifest names '\(PrintableText.quoting(subject.name, limit: 200))' twice or without SHA-256")
            }
            resources.append(.init(name: subject.name, range: nil, digest: digest, elements: nil))
        }
        return ModelManifest(
            name: "", resources: resources,
            serialization: .init(
                algorithm: .sha256, shardByteCount: nil, followsLinks: false,
                ignoredPaths: TreeRules.versionControl, coversEmptyFiles: true))
    }
}

/// What releases 0.1 and 0.2 signed instead of DSSE's encoding: the payload as Python prints bytes.
enum HistoricalEncoding {
    static func encode(_ envelope: Envelope) -> [UInt8] {
        let type = envelope.payloadType
        var text = Array("DSSEV1 \(type.utf8.count) \(type) \(envelope.payload.count) b'".utf8)
        text.reserveCapacity(text.count + envelope.payload.count * 2)
        for byte in envelope.payload {
            switch byte {
            case 0x09: text += Array("\\t".utf8)
            case 0x0A: text += Array("\\n".utf8)
            case 0x0D: text += Array("\\r".utf8)
            case 0x27, 0x5C: text += [0x5C, byte]
            case 0x20..<0x7F: text.append(byte)
            default: text += Array("\\x".utf8) + Array(Hexadecimal.encode([byte]).utf8)
            }
        }
        return text + [0x27]
    }
}
