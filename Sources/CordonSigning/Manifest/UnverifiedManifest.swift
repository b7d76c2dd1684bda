internal import CordonCore
internal import CordonFormats

/// A manifest as a statement tells it: structure checked, its signer not yet.
package struct UnverifiedManifest: Sendable {
    /// What it says.
    package let manifest: ModelManifest

    /// Reads the specification's form, and the forms of earlier releases of the reference implementation.
    package init(_ statement: Statement) throws(IntegrityFailure) {
        switch statement.predicateType {
        case ModelManifest.predicateType: manifest = try Self.current(statement)
        default:
            guard let earlier = try HistoricalManifest.read(statement) else {
                throw IntegrityFailure(
                    .wrongPredicate,
                    "the statement is a '\(PrintableText.quoting(statement.predicateType, limit: 100))', not a model signature"
                )
            }
            manifest = earlier
        }
    }

    private static func current(_ statement: Statement) throws(IntegrityFailure) -> ModelManifest {
        guard statement.subjects.count == 1, let subject = statement.subjects.first else {
            throw IntegrityFailure(.malformed, "a model signature has one subject, not \(statement.subjects.count)")
        }
        let what = "the model signature"
        var serialization = try serialization(
            try statement.predicate.require("serialization", "an object", in: what) { $0.object })
        let list = try statement.predicate.require("resources", "a list", in: what) { $0.array }
        let resources = try Self.resources(list, serialization)
        if serialization.shardByteCount != nil {
            serialization.coversEmptyFiles = list.allSatisfy {
                $0["algorithm"]?.string == serialization.algorithm.rawValue
            }
        }
        let manifest = ModelManifest(name: subject.name, resources: resources, serialization: serialization)
        try checkRoot(subject, listed: resources)
        try manifest.checkNames()
        return manifest
    }

    /// The digest of the model covers the resources in the order in which they are listed.
    static func checkRoot(_ subject: Statement.Subject, listed: [ModelManifest.Resource]) throws(IntegrityFailure) {
        var hasher = StreamHasher(.sha256)
        for resource in listed { resource.digest.withUnsafeBytes { hasher.update($0) } }
        guard subject.digests["sha256"] == Hexadecimal.encode(hasher.finalize()) else {
            throw IntegrityFailure(
                .malformed, "the manifest contradicts itself: its resources do not add up to the digest of its subject")
        }
    }

    private static func serialization(_ json: JSONValue) throws(IntegrityFailure) -> ModelManifest.Serialization {
        let what = "'serialization'"
        // Release 0.3 of the reference implementation appended the shard size.
        let hash = String(try json.text("hash_type", in: what).prefix { $0 != "-" })
        guard let algorithm = HashAlgorithm(rawValue: hash), HashAlgorithm.modelSigning.contains(algorithm) else {
            throw IntegrityFailure(
                .unsupported,
                "the manifest's hash '\(PrintableText.quoting(hash, limit: 60))' is none of sha256, blake2b and blake3")
        }
        let method = try json.text("method", in: what)
        guard method == "files" || method == "shards" else {
            throw IntegrityFailure(
                .unsupported, "the manifest's method '\(PrintableText.quoting(method, limit: 60))' is not known")
        }
        var shardByteCount: Int?
        if method == "shards" {
            shardByteCount = try json.require("shard_size", "a number from 1", in: what) { wholeNumber($0) }
        }
        let links = try json.require("allow_symlinks", "true or false", in: what) { $0.boolean }
        // Releases before 1.1 left these out without saying so.
        var ignored: [String] = json["ignore_paths"] == nil ? TreeRules.versionControl : []
        if let paths = json["ignore_paths"] {
            guard let list = paths.array, list.count <= 100_000 else {
                throw IntegrityFailure(.malformed, "'ignore_paths' is not a list")
            }
            for path in list {
                guard let text = path.string else { throw IntegrityFailure(.malformed, "an ignored path is not text") }
                ignored.append(try ignoredPath(text))
            }
        }
        return ModelManifest.Serialization(
            algorithm: algorithm, shardByteCount: shardByteCount, followsLinks: links, ignoredPaths: ignored)
    }

    /// The reference implementation writes `1000000000.0`.
    private static func wholeNumber(_ json: JSONValue) -> Int? {
        if let integer = json.integer { return integer > 0 ? integer : nil }
        guard let double = json.double, double >= 1, double < 9e15, double == double.rounded() else { return nil }
        return Int(double)
    }

    /// A signature that ignores everything says nothing, so it is refused.
    private static func ignoredPath(_ text: String) throws(IntegrityFailure) -> String {
        var trimmed = text
        while trimmed.utf8.last == UInt8(ascii: "/") { trimmed.removeLast() }
        let parts = trimmed.split(separator: "/", omittingEmptySubsequences: false)
        guard !trimmed.isEmpty, !parts.contains(".."), !parts.contains(".") else {
            throw IntegrityFailure(
                .nameRefused,
                "the signature leaves out '\(PrintableText.quoting(text, limit: 100))', which is the whole model or outside of it"
            )
        }
        return trimmed
    }

    /// Reads resources, refusing names that lead out of the model.
    static func resources(
        _ list: [JSONValue], _ serialization: ModelManifest.Serialization
    ) throws(IntegrityFailure) -> [ModelManifest.Resource] {
        guard list.count <= ModelManifest.resourceLimit else {
            throw IntegrityFailure(.malformed, "the manifest has \(list.count) resources")
        }
        var resources: [ModelManifest.Resource] = []
        resources.reserveCapacity(list.count)
        for entry in list { resources.append(try resource(entry, serialization)) }
        return resources
    }

    private static func resource(
        _ json: JSONValue, _ serialization: ModelManifest.Serialization
    ) throws(IntegrityFailure) -> ModelManifest.Resource {
        let what = "a resource of the manifest"
        let text = try json.text("name", in: what)
        let algorithm = try json.text("algorithm", in: what)
        var accepted = [serialization.algorithm.rawValue]
        if let shard = serialization.shardByteCount {
            // The reference implementation's spelling.
            accepted.append("\(serialization.algorithm.rawValue)-sharded-\(shard)")
        }
        guard accepted.contains(algorithm) else {
            throw IntegrityFailure(
                .malformed,
                "the manifest digests '\(PrintableText.quoting(text, limit: 200))' with '\(PrintableText.quoting(algorithm, limit: 60))' and says \(serialization.algorithm.rawValue) elsewhere"
            )
        }
        guard let digest = Hexadecimal.decode(try json.text("digest", in: what)),
            digest.count == serialization.algorithm.byteCount
        else {
            throw IntegrityFailure(
                .malformed,
                "the digest of '\(PrintableText.quoting(text, limit: 200))' is not \(serialization.algorithm.byteCount) bytes of hexadecimal"
            )
        }
        let (name, range) = try split(text, serialization)
        try checkName(name)
        return ModelManifest.Resource(
            name: name, range: range, digest: digest, elements: try ElementSummary.read(json["annotations"]))
    }

    /// Digits only: `+1` and `01` are other spellings of the same number.
    private static func number(_ text: Substring) -> Int? {
        guard let number = Int(text), number >= 0, String(number).utf8.elementsEqual(text.utf8) else { return nil }
        return number
    }

    private static func split(
        _ text: String, _ serialization: ModelManifest.Serialization
    ) throws(IntegrityFailure) -> (String, Range<Int>?) {
        guard let shard = serialization.shardByteCount else { return (text, nil) }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 3, let start = Self.number(parts[parts.count - 2]),
            let end = Self.number(parts[parts.count - 1]),
            start >= 0, end > start || (start, end) == (0, 0), end - start <= shard, start.isMultiple(of: shard)
        else {
            throw IntegrityFailure(
                .malformed, "the shard '\(PrintableText.quoting(text, limit: 200))' is not 'path:start:end'")
        }
        return (parts.dropLast(2).joined(separator: ":"), start..<end)
    }

    /// Refuses names that could reach outside the model or have two spellings.
    static func checkName(_ name: String) throws(IntegrityFailure) {
        if name == "." { return }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isSound =
            !name.isEmpty && !name.utf8.contains(0) && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
        guard isSound else {
            throw IntegrityFailure(
                .nameRefused,
                "the manifest names '\(PrintableText.quoting(name, limit: 200))', which leads out of the model or has an empty part"
            )
        }
    }
}
