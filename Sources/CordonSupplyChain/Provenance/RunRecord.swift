internal import CordonCore
internal import CordonFormats
package import CordonSigning

/// What a command read and wrote, as an SLSA v1 provenance statement.
///
/// Inputs are digested before the command starts; products are what is new or changed below the folder afterwards. What
/// the command reads from elsewhere, over the network or from files that no argument names is not seen.
package struct RunRecorder: Sendable {
    /// One file with its digest.
    package struct File: Sendable {
        /// Relative to the folder, or as named.
        package let path: String
        /// SHA-256, lower-case hexadecimal.
        package let digest: String
        /// What it is to an AI project.
        package let kind: ProvenanceGraph.Kind
    }
    private let tree: Tree
    private let before: [[UInt8]: FileIdentity]
    /// Inputs with their digests.
    package let inputs: [File]
    /// The commit that is checked out; `nil` outside of a repository.
    package let revision: String?

    /// Looks at the folder before the command runs.
    ///
    /// - Parameters:
    ///   - folder: what the command works in.
    ///   - inputs: files and folders that it reads, relative to the folder or absolute; those that its arguments name are
    ///     added.
    ///   - command: the words of the command.
    package init(folder: String, inputs named: [String], command: [String]) async throws(IntegrityFailure) {
        tree = try Tree(folder)
        let entries = try tree.entries(Self.rules)
        before = Dictionary(
            entries.filter { $0.kind == .regular }.map { ($0.path, $0.identity) },
            uniquingKeysWith: { first, _ in first })
        var paths: [String] = []
        for name in named + Self.candidates(command, before) where !paths.contains(name) { paths.append(name) }
        var files: [File] = []
        for path in paths {
            let full = path.hasPrefix("/") ? path : folder + "/" + path
            files += try await Self.digest(full, shown: path)
        }
        self.inputs = files.sorted { $0.path < $1.path }
        var collector = InventoryCollector(
            reader: InventoryReader(tree), items: [], inventory: Inventory(name: tree.name))
        collector.readRevision()
        revision = collector.inventory.revision
    }

    private static let rules = TreeRules(ignored: [Array(".git".utf8), Array("__pycache__".utf8), Array(".venv".utf8)])

    /// Arguments, or values of `--option=value`, that are files or folders of the tree.
    private static func candidates(_ command: [String], _ known: [[UInt8]: FileIdentity]) -> [String] {
        command.dropFirst().flatMap { word -> [String] in
            let value = word.split(separator: "=", maxSplits: 1).last.map(String.init) ?? word
            return [value]
        }.compactMap { value in
            var path = value.hasPrefix("./") ? String(value.dropFirst(2)) : value
            while path.hasSuffix("/") { path.removeLast() }
            guard !path.isEmpty, !path.hasPrefix("/"), !path.hasPrefix("-") else { return nil }
            let bytes = Array(path.utf8)
            if known[bytes] != nil { return path }
            let prefix = bytes + [UInt8(ascii: "/")]
            return known.keys.contains { $0.starts(with: prefix) } ? path : nil
        }
    }

    private static func digest(_ path: String, shown: String) async throws(IntegrityFailure) -> [File] {
        let tree = try Tree(path)
        let entries = try tree.entries(rules).filter { $0.kind == .regular }
        let results = await TreeHasher(tree: tree, plan: HashPlan()).digests(of: entries)
        var files: [File] = []
        for (entry, result) in zip(entries, results) {
            let inner = String(decoding: entry.path, as: UTF8.self)
            let name = tree.single == nil ? "\(shown)/\(inner)" : shown
            switch result {
            case .digests(let values, _):
                files.append(File(path: name, digest: Hexadecimal.encode(values.first ?? []), kind: kind(name)))
            case .unreadable(let reason):
                throw IntegrityFailure(.cannotRead, "'\(PrintableText.quoting(name, limit: 300))': \(reason)")
            }
        }
        return files
    }

    private static func kind(_ path: String) -> ProvenanceGraph.Kind {
        let last = InventoryCollector.last(path)[...]
        if FileRoles.isWeights(last) { return .model }
        if FileRoles.isData(last) { return .dataset }
        return FileRoles.language(last) != nil ? .code : .file
    }

    /// The statement, once the command has ended.
    ///
    /// - Parameters:
    ///   - products: files and folders that it wrote; empty for everything that is new or changed.
    ///   - builder: URI of who ran it.
    /// - Throws: when nothing was written, or an input was changed while the command ran.
    package func statement(
        command: [String], products named: [String], builder: String, started: Int, finished: Int, identifier: String,
        environment: [(name: String, value: String)]
    ) async throws(IntegrityFailure) -> (bytes: [UInt8], products: [File]) {
        var products: [File] = []
        if named.isEmpty {
            let changed = try tree.entries(Self.rules).filter { $0.kind == .regular && before[$0.path] != $0.identity }
            let results = await TreeHasher(tree: tree, plan: HashPlan()).digests(of: changed)
            for (entry, result) in zip(changed, results) {
                let name = String(decoding: entry.path, as: UTF8.self)
                guard case .digests(let values, _) = result, let value = values.first else {
                    throw IntegrityFailure(.cannotRead, "'\(PrintableText.quoting(name, limit: 300))' cannot be read")
                }
                products.append(File(path: name, digest: Hexadecimal.encode(value), kind: Self.kind(name)))
            }
        } else {
            for path in named {
                products += try await Self.digest(path.hasPrefix("/") ? path : tree.path + "/" + path, shown: path)
            }
        }
        guard !products.isEmpty else {
            throw IntegrityFailure(
                .wrongUse,
                "the command wrote nothing below '\(PrintableText.quoting(tree.path, limit: 200))', so there is nothing to state; name its products with --product"
            )
        }
        let written = Set(products.map(\.path))
        let inputs = inputs.filter { !written.contains($0.path) || !$0.digest.isEmpty }
        let hasModel = products.contains { $0.kind == .model }
        // Logs and the like are byproducts where a model or dataset was made.
        let main = products.filter { hasModel ? $0.kind == .model : true }
        let rest = products.filter { product in !main.contains { $0.path == product.path } }
        let bytes = Statement.encode(
            subjects: main.map { Statement.Subject(name: $0.path, digests: ["sha256": $0.digest]) },
            predicateType: KnownPredicate.slsaProvenance.rawValue
        ) { json in
            json.object("predicate") { json in
                json.object("buildDefinition") { json in
                    json.string("buildType", "urn:cordon:training-run:v1")
                    json.object("externalParameters") { json in
                        json.array("command") { json in
                            for word in Redaction.arguments(command) { json.string(nil, word) }
                        }
                    }
                    json.object("internalParameters") { json in
                        json.object("environment") { json in
                            for (name, value) in environment { json.string(name, value) }
                        }
                    }
                    json.array("resolvedDependencies") { json in
                        for input in inputs { Self.resource(input, hasModel: hasModel, &json) }
                        if let revision {
                            json.object { json in
                                json.string("name", "source")
                                json.string("uri", "git+urn:cordon:working-tree")
                                json.object("digest") { $0.string("gitCommit", revision) }
                                json.object("annotations") { $0.string("role", "code") }
                            }
                        }
                    }
                }
                json.object("runDetails") { json in
                    json.object("builder") { $0.string("id", builder) }
                    json.object("metadata") { json in
                        json.string("invocationId", identifier)
                        json.string("startedOn", Timestamp.text(started))
                        json.string("finishedOn", Timestamp.text(finished))
                    }
                    if !rest.isEmpty {
                        json.array("byproducts") { json in
                            for file in rest.prefix(1000) {
                                json.object { json in
                                    json.string("name", file.path)
                                    json.object("digest") { $0.string("sha256", file.digest) }
                                }
                            }
                        }
                    }
                }
            }
        }
        return (bytes, main)
    }

    private static func resource(_ file: File, hasModel: Bool, _ json: inout JSONWriter) {
        json.object { json in
            json.string("name", file.path)
            json.object("digest") { $0.string("sha256", file.digest) }
            let lower = file.path.lowercased()
            let isTest = ["test", "eval", "valid"].contains { lower.contains($0) }
            let role =
                switch file.kind {
                case .model: "base-model"
                case .dataset: isTest ? "evaluation-data" : hasModel ? "training-data" : "source-data"
                case .code: "code"
                default: "configuration"
                }
            json.object("annotations") { $0.string("role", role) }
        }
    }
}
