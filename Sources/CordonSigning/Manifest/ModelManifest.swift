internal import CordonCore
internal import CordonFormats

/// What a signer says a model consists of: OpenSSF Model Signing v1.0's predicate.
package struct ModelManifest: Sendable {
    /// One file, or one byte range of a file.
    package struct Resource: Sendable, Hashable {
        /// Relative to the model, `/` between components; `.` for a model that is one file.
        package let name: String
        /// The bytes of the range, or `nil` for the whole file.
        package let range: Range<Int>?
        /// Digest of the bytes.
        package let digest: [UInt8]
        /// What the elements inside hash to, for data signed element by element.
        package let elements: ElementSummary?
    }
    /// How the files were turned into resources.
    package struct Serialization: Sendable, Equatable {
        /// The hash function of every digest.
        package var algorithm: HashAlgorithm
        /// Bytes in a shard; `nil` for the method `files`.
        package var shardByteCount: Int?
        /// Whether links were followed.
        package var followsLinks: Bool
        /// Paths left out, relative to the model.
        package var ignoredPaths: [String]
        /// Whether files without bytes have a resource: the reference implementation leaves them out of shards.
        package var coversEmptyFiles = true
    }
    /// What the model was called.
    package let name: String
    /// In the order of the paths, component by component.
    package let resources: [Resource]
    /// How the files were turned into resources.
    package let serialization: Serialization

    /// The predicate type of OpenSSF Model Signing v1.0.
    package static let predicateType = "https://model_signing/signature/v1.0"
    /// Most resources.
    static let resourceLimit = 5_000_000

    /// SHA-256 over the digests of all resources, one after the other: the digest of the model.
    package var rootDigest: [UInt8] {
        var hasher = StreamHasher(.sha256)
        for resource in resources { resource.digest.withUnsafeBytes { hasher.update($0) } }
        return hasher.finalize()
    }

    /// Makes a manifest; resources are put in order.
    package init(name: String, resources: [Resource], serialization: Serialization) {
        self.name = name
        let isInOrder = zip(resources, resources.dropFirst()).allSatisfy { Self.precedes($0, $1) }
        self.resources = isInOrder ? resources : resources.sorted { Self.precedes($0, $1) }
        self.serialization = serialization
    }

    /// Refuses names that occur twice (in order, they are neighbours; by bytes, since file systems compare those), shards
    /// that leave bytes out, and files that the manifest itself leaves out.
    func checkNames() throws(IntegrityFailure) {
        let rules = TreeRules(ignored: Set(serialization.ignoredPaths.map { Array($0.utf8) }))
        var last: Resource?
        for resource in resources {
            let isSameFile = last.map { $0.name.utf8.elementsEqual(resource.name.utf8) } ?? false
            if let range = resource.range {
                let start = isSameFile ? last?.range?.upperBound : 0
                let isWhole = !isSameFile || last?.range?.count == serialization.shardByteCount
                guard range.lowerBound == start, isWhole else {
                    throw IntegrityFailure(
                        .malformed,
                        "the shards of '\(PrintableText.quoting(resource.name, limit: 200))' do not follow one another")
                }
            } else if isSameFile {
                throw IntegrityFailure(
                    .malformed, "the manifest names '\(PrintableText.quoting(resource.name, limit: 200))' twice")
            }
            if !isSameFile, !rules.ignored.isEmpty, rules.isIgnored(Array(resource.name.utf8)) {
                throw IntegrityFailure(
                    .malformed,
                    "the manifest signs '\(PrintableText.quoting(resource.name, limit: 200))' and leaves it out")
            }
            last = resource
        }
    }

    /// The manifest of a tree that holds the signed files only: nothing is left out of the comparison.
    func leavingNothingOut() -> ModelManifest {
        var serialization = serialization
        serialization.ignoredPaths = []
        return ModelManifest(name: name, resources: resources, serialization: serialization)
    }

    /// By path component, each in code-point order; then by range.
    private static func precedes(_ one: Resource, _ two: Resource) -> Bool {
        let (left, right) = (one.name.utf8, two.name.utf8)
        var (i, j) = (left.startIndex, right.startIndex)
        while i < left.endIndex, j < right.endIndex {
            if left[i] != right[j] {
                // A component that ends comes before one that goes on.
                if left[i] == UInt8(ascii: "/") { return true }
                if right[j] == UInt8(ascii: "/") { return false }
                return left[i] < right[j]
            }
            i = left.index(after: i)
            j = right.index(after: j)
        }
        if i == left.endIndex, j == right.endIndex {
            return (one.range?.lowerBound ?? 0, one.range?.upperBound ?? 0)
                < (two.range?.lowerBound ?? 0, two.range?.upperBound ?? 0)
        }
        return i == left.endIndex
    }
}

extension ModelManifest {
    /// The in-toto statement in the specification's form, compact JSON.
    package func statement() -> [UInt8] {
        let subject = Statement.Subject(name: name, digests: ["sha256": Hexadecimal.encode(rootDigest)])
        return Statement.encode(subjects: [subject], predicateType: Self.predicateType) { statement in
            statement.object("predicate") { predicate in
                predicate.array("resources") { list in
                    for resource in resources { write(resource, &list) }
                }
                write(&predicate)
            }
        }
    }

    private func write(_ resource: Resource, _ list: inout JSONWriter) {
        list.object { entry in
            let suffix = resource.range.map { ":\($0.lowerBound):\($0.upperBound)" } ?? ""
            entry.string("name", resource.name + suffix)
            entry.string("algorithm", serialization.algorithm.rawValue)
            entry.string("digest", Hexadecimal.encode(resource.digest))
            resource.elements?.write(&entry)
        }
    }

    private func write(_ predicate: inout JSONWriter) {
        predicate.object("serialization") { entry in
            entry.string("method", serialization.shardByteCount == nil ? "files" : "shards")
            entry.string("hash_type", serialization.algorithm.rawValue)
            entry.number("shard_size", serialization.shardByteCount)
            entry.boolean("allow_symlinks", serialization.followsLinks)
            if !serialization.ignoredPaths.isEmpty {
                entry.array("ignore_paths") { list in
                    for path in serialization.ignoredPaths { list.string(nil, path) }
                }
            }
        }
    }
}
