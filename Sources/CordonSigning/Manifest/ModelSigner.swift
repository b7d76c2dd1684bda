internal import CordonCore
internal import CordonFormats

/// `cordon sign`: digests a model and signs the manifest.
package struct ModelSigner: Sendable {
    /// The hash function.
    package var algorithm = HashAlgorithm.sha256
    /// Bytes in a shard; `nil` digests whole files.
    package var shardByteCount: Int?
    /// Whether links to files inside the model are followed.
    package var followsLinks = false
    /// Paths left out, relative to the model, besides those of version control.
    package var ignoredPaths: [String] = []
    /// Whether `.git` and its companions at the top are left out.
    package var ignoresVersionControl = true
    /// Whether an index of elements will lie beside the signature.
    package var hasElements = false
    /// How files are read.
    package var comparer = TreeComparer()

    /// Makes a signer.
    package init() {}

    /// What was put into a signature.
    package struct Summary: Sendable {
        /// The manifest that was signed.
        package let manifest: ModelManifest
        /// Bytes that it covers.
        package let byteCount: Int
        /// Files that were not read again, since they had not changed.
        package let unreadCount: Int
    }

    /// Digests everything below the tree.
    ///
    /// - Parameter signature: path of the signature file relative to the tree, when it lies inside.
    /// - Throws: when anything cannot be read, is a link that is not followed, or has a name that is not UTF-8.
    package func manifest(_ tree: Tree, signature: [UInt8]?) async throws(IntegrityFailure) -> Summary {
        var ignored = ignoresVersionControl && tree.single == nil ? TreeRules.versionControl : []
        ignored += try ignoredPaths.map { path throws(IntegrityFailure) in try Self.checked(path) }
        if let signature {
            ignored.append(try Self.text(signature))
            if hasElements { ignored.append(ElementIndex.path(beside: try Self.text(signature))) }
        }
        let rules = TreeRules(ignored: Set(ignored.map { Array($0.utf8) }), followsLinks: followsLinks)
        let entries = try tree.entries(rules)
        try check(entries, tree)
        let plan = HashPlan(algorithm: algorithm, shardByteCount: shardByteCount, jobs: comparer.jobs)
        let (digests, unread) = await comparer.hash(entries, tree, plan)
        var resources: [ModelManifest.Resource] = []
        resources.reserveCapacity(entries.count)
        for (entry, digests) in zip(entries, digests) {
            try append(entry, digests, plan, tree, to: &resources)
        }
        let manifest = ModelManifest(
            name: tree.name, resources: resources,
            serialization: .init(
                algorithm: algorithm, shardByteCount: shardByteCount, followsLinks: followsLinks,
                ignoredPaths: ignored.sorted()))
        return Summary(
            manifest: manifest, byteCount: entries.reduce(0) { $0 + $1.identity.byteCount }, unreadCount: unread)
    }

    private func append(
        _ entry: TreeEntry, _ digests: FileDigests, _ plan: HashPlan, _ tree: Tree,
        to resources: inout [ModelManifest.Resource]
    ) throws(IntegrityFailure) {
        switch digests {
        case .unreadable(let reason):
            throw IntegrityFailure(
                .cannotRead,
                "nothing was signed: '\(AssetPath(bytes: entry.path).display)' could not be read: \(reason)")
        case .digests(let values, _):
            let name = tree.single == nil ? try Self.text(entry.path) : "."
            for (range, digest) in zip(plan.ranges(byteCount: entry.identity.byteCount), values) {
                resources.append(
                    .init(name: name, range: shardByteCount == nil ? nil : range, digest: digest, elements: nil))
            }
        }
    }

    private func check(_ entries: [TreeEntry], _ tree: Tree) throws(IntegrityFailure) {
        for entry in entries {
            let shown = AssetPath(bytes: entry.path).display
            switch entry.kind {
            case .regular, .link: continue
            case .refusedLink(let reason):
                let remedy = followsLinks ? "" : "; --allow-symlinks follows links that stay inside"
                throw IntegrityFailure(.linkRefused, "nothing was signed: '\(shown)' is \(reason)\(remedy)")
            case .special(let what):
                throw IntegrityFailure(
                    .linkRefused,
                    "nothing was signed: '\(shown)' is \(what), which has no content to sign; remove it or leave it out with --ignore"
                )
            case .unreadable(let reason):
                throw IntegrityFailure(.cannotRead, "nothing was signed: '\(shown)': \(reason)")
            }
        }
        guard !entries.isEmpty else {
            throw IntegrityFailure(
                .wrongUse, "nothing was signed: there is no file in '\(PrintableText.quoting(tree.path, limit: 300))'")
        }
    }

    /// Names must be text, since the manifest is JSON.
    private static func text(_ path: [UInt8]) throws(IntegrityFailure) -> String {
        guard let text = String(validating: path, as: UTF8.self) else {
            throw IntegrityFailure(
                .nameRefused,
                "nothing was signed: the name '\(AssetPath(bytes: path).display)' is not UTF-8, so a manifest cannot hold it; rename the file"
            )
        }
        return text
    }

    private static func checked(_ path: String) throws(IntegrityFailure) -> String {
        var trimmed = path
        while trimmed.hasPrefix("./") { trimmed.removeFirst(2) }
        while trimmed.hasSuffix("/") { trimmed.removeLast() }
        let parts = trimmed.split(separator: "/", omittingEmptySubsequences: false)
        guard !trimmed.isEmpty, !parts.contains("."), !parts.contains(".."), !parts.contains("") else {
            throw IntegrityFailure(
                .wrongUse,
                "'\(PrintableText.quoting(path, limit: 200))' cannot be left out: name a path relative to the model")
        }
        return trimmed
    }
}

/// Signed statements as Sigstore bundles.
package enum BundleWriter {
    /// A bundle signed with a key.
    package static func bundle(_ statement: [UInt8], signer: any Signer) throws(IntegrityFailure) -> [UInt8] {
        try bundle(statement, signer) { material in
            material.object("publicKey") { $0.string("hint", signer.publicKey.hint) }
        }
    }

    /// A bundle signed with a certificate's key.
    ///
    /// - Parameter chain: DER certificates, the signer's first.
    package static func bundle(
        _ statement: [UInt8], signer: any Signer, chain: [[UInt8]]
    ) throws(IntegrityFailure) -> [UInt8] {
        try bundle(statement, signer) { material in
            material.object("x509CertificateChain") { entry in
                entry.array("certificates") { list in
                    for der in chain { list.object { $0.string("rawBytes", Base64.encode(der)) } }
                }
            }
        }
    }

    private static func bundle(
        _ statement: [UInt8], _ signer: any Signer, _ material: (inout JSONWriter) -> Void
    ) throws(IntegrityFailure) -> [UInt8] {
        let message = Envelope.encode(type: Envelope.inToto, payload: statement, version: "DSSEv1")
        let envelope = Envelope(
            payload: statement, payloadType: Envelope.inToto, signature: try signer.sign(message))
        var writer = JSONWriter(isCompact: true)
        writer.object { bundle in
            bundle.string("mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json")
            bundle.object("verificationMaterial") { entry in
                material(&entry)
                entry.array("tlogEntries") { _ in }
            }
            envelope.write(&bundle)
        }
        return writer.bytes
    }
}
