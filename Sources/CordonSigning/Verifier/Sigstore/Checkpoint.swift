internal import CordonCore
internal import CordonFormats
internal import FoundationEssentials

/// A log's signed statement of its size and root hash, not yet checked.
///
/// Source: C2SP signed-note and tlog-checkpoint.
package struct UnverifiedCheckpoint {
    struct Signature {
        let name: String
        let keyID: [UInt8]
        let bytes: [UInt8]
    }
    /// What is signed: everything up to and with the line feed before the empty line.
    let text: [UInt8]
    let origin: String
    let treeSize: Int
    let rootHash: [UInt8]
    let signatures: [Signature]

    /// Parses a note.
    package init(_ note: String) throws(IntegrityFailure) {
        func refuse(_ reason: String) -> IntegrityFailure {
            IntegrityFailure(.logEntryInvalid, "the log's checkpoint is not a signed note: \(reason)")
        }
        guard note.utf8.count <= 1 << 16 else { throw refuse("it is too long") }
        guard note.hasSuffix("\n"), let border = Self.lastEmptyLine(note) else {
            throw refuse("no empty line before the signatures")
        }
        let body = note[...border]
        text = Array(body.utf8)
        let lines = body.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 3, lines.allSatisfy({ !$0.isEmpty }) else { throw refuse("fewer than three lines") }
        guard let size = Int(lines[1]), size >= 0, String(size) == lines[1] else { throw refuse("no tree size") }
        guard let root = Base64.decode(Array(lines[2].utf8)), root.count == 32 else { throw refuse("no root hash") }
        origin = String(lines[0])
        treeSize = size
        rootHash = root
        signatures = try note[border...].split(separator: "\n").map { line throws(IntegrityFailure) in
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "\u{2014}", !parts[1].isEmpty,
                let bytes = Base64.decode(Array(parts[2].utf8)), bytes.count >= 5
            else { throw refuse("a signature line that is none") }
            return Signature(name: String(parts[1]), keyID: Array(bytes.prefix(4)), bytes: Array(bytes.dropFirst(4)))
        }
    }

    /// Where the line feed stands that is followed by an empty line, the last such.
    private static func lastEmptyLine(_ note: String) -> String.Index? {
        var end = note.endIndex
        while let index = note[..<end].lastIndex(of: "\n") {
            let next = note.index(after: index)
            if next < note.endIndex, note[next] == "\n" { return index }
            end = index
        }
        return nil
    }

    /// Checks the log's own signature; lines by keys that are not known say nothing and are passed over.
    func verify(by log: TrustedRoot.Log) throws(IntegrityFailure) {
        let host = String(log.name.prefix { $0 != ":" })
        let known = signatures.filter { $0.keyID == log.checkpointKeyID && ($0.name == log.name || $0.name == host) }
        guard !known.isEmpty else {
            throw IntegrityFailure(
                .logEntryInvalid,
                "the log's checkpoint is not signed by '\(PrintableText.quoting(log.name, limit: 100))'")
        }
        guard let name = known.first?.name, origin == name || origin.hasPrefix(name + " - ") else {
            throw IntegrityFailure(
                .logEntryInvalid,
                "the checkpoint's origin '\(PrintableText.quoting(origin, limit: 100))' is not that of the log")
        }
        for signature in known where !log.key.verifies(signature.bytes, of: text) {
            throw IntegrityFailure(.logEntryInvalid, "the signature of the log's checkpoint is wrong")
        }
    }
}
