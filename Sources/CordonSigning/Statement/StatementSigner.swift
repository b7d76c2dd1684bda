internal import CordonCore
internal import CordonFormats

/// Digests of what statements are about.
///
/// A file is named by SHA-256. A folder is named by `dirHash` (in-toto `digest_set.md`: SHA-256 over a line a file,
/// its digest in hexadecimal, two spaces and its path, in byte order), so that names count as well as contents.
package struct SubjectDigester: Sendable {
    /// How files are read.
    package var comparer: TreeComparer

    /// Makes a digester.
    package init(comparer: TreeComparer = TreeComparer()) { self.comparer = comparer }

    /// The digest of a file or folder. Links, special files and names with line feeds are refused.
    ///
    /// - Parameter leaving: a file inside the folder that is left out: the signature itself.
    package func subject(_ path: String, leaving signature: String? = nil) async throws(IntegrityFailure)
        -> Statement.Subject
    {
        let tree = try Tree(path)
        var rules = TreeRules(ignored: Set(TreeRules.versionControl.map { Array($0.utf8) }))
        if let signature = signature.flatMap({ tree.relativePath(of: $0) }) { rules.ignored.insert(signature) }
        let entries = try tree.entries(tree.single == nil ? rules : TreeRules())
        for entry in entries where entry.kind != .regular {
            throw IntegrityFailure(
                .linkRefused, "'\(AssetPath(bytes: entry.path).display)' is not a regular file, so it has no digest")
        }
        let (digests, _) = await comparer.hash(entries, tree, HashPlan(jobs: comparer.jobs))
        var summary: [UInt8] = []
        for (entry, digests) in zip(entries, digests) {
            guard let digest = digests.values?.first else {
                throw IntegrityFailure(.cannotRead, "'\(AssetPath(bytes: entry.path).display)' could not be read")
            }
            if tree.single != nil {
                return Statement.Subject(name: tree.name, digests: ["sha256": Hexadecimal.encode(digest)])
            }
            guard !entry.path.contains(0x0A) else {
                throw IntegrityFailure(
                    .nameRefused,
                    "the name '\(AssetPath(bytes: entry.path).display)' has a line feed, which dirHash forbids")
            }
            summary += Array((Hexadecimal.encode(digest) + "  ").utf8) + entry.path + [0x0A]
        }
        let digest = HashAlgorithm.sha256.digest(of: summary)
        return Statement.Subject(name: tree.name, digests: ["dirHash": Hexadecimal.encode(digest)])
    }
}

/// `cordon sign --statement`.
package struct StatementSigner: Sendable {
    private let digester: SubjectDigester

    /// A statement that is ready to be signed.
    package struct Prepared: Sendable {
        /// The JSON text.
        package let bytes: [UInt8]
        /// What it is about.
        package let subjects: [Statement.Subject]
        /// What it says.
        package let predicateType: String
    }

    /// Makes a signer.
    package init(comparer: TreeComparer) { digester = SubjectDigester(comparer: comparer) }

    /// Reads a predicate, or a whole statement whose predicate is taken, and binds it to the digests of the paths.
    package func statement(
        about paths: [String], predicateFile: String, type: String?
    ) async throws(IntegrityFailure) -> Prepared {
        let bytes = try SmallFile.contents(predicateFile, what: "predicate", limit: 64 << 20)
        var predicate = try StrictJSON.parse(
            bytes, what: "the predicate '\(PrintableText.quoting(predicateFile, limit: 200))'")
        guard predicate.isObject else { throw IntegrityFailure(.malformed, "the predicate is not a JSON object") }
        var type = type.map(KnownPredicate.uri)
        if predicate["_type"] != nil, let inner = predicate["predicate"] {
            type = type ?? predicate["predicateType"]?.string
            predicate = inner
        }
        if let type, !type.contains(":") {
            throw IntegrityFailure(
                .wrongUse,
                "the predicate type '\(PrintableText.quoting(type, limit: 100))' is not known: give slsa-provenance, test-result, vsa or a URI"
            )
        }
        guard let type else {
            throw IntegrityFailure(
                .wrongUse,
                "nothing says what the predicate is: give --predicate-type slsa-provenance, test-result, vsa or a URI")
        }
        try KnownPredicate(rawValue: type)?.check(predicate)
        var subjects: [Statement.Subject] = []
        for path in paths { subjects.append(try await digester.subject(path)) }
        let text = predicate.source
        return Prepared(
            bytes: Statement.encode(subjects: subjects, predicateType: type) { $0.raw("predicate", text) },
            subjects: subjects, predicateType: type)
    }
}
