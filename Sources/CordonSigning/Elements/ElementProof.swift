internal import CordonCore
internal import CordonFormats

/// Proof that one sample belongs to a signed dataset, without the rest of the dataset.
///
/// JSON: the file's name, the element's kind and name, and an inclusion proof in the form that Sigstore's
/// `sigstore_rekor.proto` gives it (RFC 9162, section 2.1.3).
package struct ElementProof: Sendable {
    /// The file that holds the element, as the manifest names it.
    package let name: String
    /// The element's name, for people, from what is proved.
    package func element(in manifest: ModelManifest) -> String {
        if let member { return "member '\(PrintableText.quoting(member, limit: 300))'" }
        let kind = manifest.resources.first { $0.name.utf8.elementsEqual(name.utf8) }?.elements?.kind
        return "\(kind?.noun ?? "element") \(kind == .jsonlLine ? position + 1 : position)"
    }
    /// The archive member's name, which is part of what is proved.
    let member: String?
    /// Position of the element.
    let position: Int
    /// Number of elements.
    let count: Int
    /// Hashes from the leaf to the root.
    let hashes: [[UInt8]]

    /// Makes a proof of one element of a file, which must still be as it was signed: no other proof would hold.
    ///
    /// - Parameters:
    ///   - element: `FILE:NUMBER`, counted from 1 for lines and from 0 for row groups, or `FILE:MEMBER`.
    package init(dataset: Tree, element text: String, signature: String) throws(IntegrityFailure) {
        guard let colon = text.lastIndex(of: ":") else {
            throw IntegrityFailure(.wrongUse, "--element takes FILE:NUMBER or FILE:MEMBER, for example train.jsonl:12")
        }
        let (file, which) = (String(text[..<colon]), String(text[text.index(after: colon)...]))
        try UnverifiedManifest.checkName(file)
        let path = file == "." ? dataset.single ?? [] : Array(file.utf8)
        guard let status = FileStatus(folder: dataset.descriptor, path, follow: false),
            let reader = ElementReader.read(
                dataset, TreeEntry(path: path, kind: .regular, identity: status.identity))
        else {
            throw IntegrityFailure(
                .cannotRead,
                "'\(PrintableText.quoting(file, limit: 200))' is not a file whose elements can be told apart")
        }
        guard let position = Self.position(which, reader) else {
            throw IntegrityFailure(
                .wrongUse,
                "'\(PrintableText.quoting(file, limit: 200))' has no \(reader.kind.noun) '\(PrintableText.quoting(which, limit: 100))' among its \(reader.elements.count)"
            )
        }
        try Self.check(reader, file, signature)
        name = file
        member = reader.kind == .zipMember || reader.kind == .tarMember ? which : nil
        self.position = position
        count = reader.elements.count
        hashes = MerkleTree.path(reader.elements.map(\.leaf)[...], index: position)
    }

    /// Whether the elements lead to the root that the signature names. Who signed is for the proof's verifier to check.
    private static func check(_ reader: ElementReader, _ file: String, _ signature: String) throws(IntegrityFailure) {
        let bytes = try SmallFile.contents(signature, what: "signature", limit: StrictJSON.byteLimit)
        guard case .envelope(let envelope) = try UnverifiedBundle.parse(bytes).content else {
            throw IntegrityFailure(.malformed, "the signature is not one of a dataset")
        }
        let manifest = try UnverifiedManifest(try Statement.parse(envelope.payload)).manifest
        let signed = manifest.resources.first { $0.name.utf8.elementsEqual(file.utf8) }?.elements
        guard let signed else {
            throw IntegrityFailure(
                .wrongUse,
                "'\(PrintableText.quoting(file, limit: 200))' was not signed element by element; sign with --elements")
        }
        guard MerkleTree.root(reader.elements.map(\.leaf)) == signed.rootHash else {
            throw IntegrityFailure(
                .contentMismatch,
                "'\(PrintableText.quoting(file, limit: 200))' is not as it was signed; 'cordon verify' names what changed"
            )
        }
    }

    private static func position(_ which: String, _ reader: ElementReader) -> Int? {
        switch reader.kind {
        case .jsonlLine: Int(which).flatMap { $0 >= 1 && $0 <= reader.elements.count ? $0 - 1 : nil }
        case .parquetRowGroup: Int(which).flatMap { reader.elements.indices.contains($0) ? $0 : nil }
        case .zipMember, .tarMember:
            reader.elements.firstIndex {
                $0.name == "member '\(PrintableText.quoting(bytes: Array(which.utf8), limit: 300))'"
            }
        }
    }

    /// The proof as JSON text.
    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { proof in
            proof.string("name", name)
            proof.string("member", member)
            proof.object("inclusionProof") { entry in
                entry.string("logIndex", String(position))
                entry.string("treeSize", String(count))
                entry.array("hashes") { list in for hash in hashes { list.string(nil, Base64.encode(hash)) } }
            }
        }
        return writer.bytes
    }

    /// Parses a proof.
    package init(_ bytes: [UInt8]) throws(IntegrityFailure) {
        let json = try StrictJSON.parse(bytes, what: "the proof", byteLimit: 1 << 20)
        name = try json.text("name", in: "the proof")
        member = json["member"]?.string
        let what = "the inclusion proof"
        let proof = try json.require("inclusionProof", "an object", in: "the proof") { $0.object }
        position = try proof.require("logIndex", "a number from 0", in: what) { $0.int64.flatMap { $0 < 0 ? nil : $0 } }
        count = try proof.require("treeSize", "a number from 1", in: what) { $0.int64.flatMap { $0 < 1 ? nil : $0 } }
        let list = try proof.require("hashes", "a list", in: what) { $0.array }
        guard list.count <= 64 else { throw IntegrityFailure(.malformed, "\(what) is too long") }
        var hashes: [[UInt8]] = []
        for entry in list {
            guard let hash = entry.base64, hash.count == 32 else {
                throw IntegrityFailure(.malformed, "a hash of \(what) is not 32 bytes of base64")
            }
            hashes.append(hash)
        }
        self.hashes = hashes
    }

    /// Checks that a sample is the proved element of the signed dataset.
    package func verify(sample: [UInt8], in manifest: ModelManifest) throws(IntegrityFailure) {
        guard let summary = manifest.resources.first(where: { $0.name.utf8.elementsEqual(name.utf8) })?.elements else {
            throw IntegrityFailure(
                .contentMismatch,
                "'\(PrintableText.quoting(name, limit: 200))' was not signed element by element; sign with --elements")
        }
        // A member's leaf begins with its name: without one, a sample could bring the name along, or a line pretend to.
        guard (member != nil) == (summary.kind == .zipMember || summary.kind == .tarMember) else {
            throw IntegrityFailure(
                .malformed, "the proof is for another kind of element than '\(summary.kind.rawValue)'")
        }
        var content = sample
        if summary.kind == .jsonlLine, content.last == 0x0A { content.removeLast() }
        let leaf = content.withUnsafeBytes { ElementReader.leaf(member: member.map { Array($0.utf8) }, $0.bytes) }
        guard count == summary.count,
            MerkleTree.root(leaf: leaf, index: position, count: count, path: hashes) == summary.rootHash
        else {
            throw IntegrityFailure(
                .contentMismatch,
                "the sample is not \(element(in: manifest)) of '\(PrintableText.quoting(name, limit: 200))' as it was signed, or the proof is for another signature"
            )
        }
    }
}
