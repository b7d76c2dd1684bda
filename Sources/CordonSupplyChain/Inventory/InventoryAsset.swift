/// A model, dataset, service or agent component found in a tree, with everything that is known of it.
package struct InventoryAsset: Sendable {
    /// What it is.
    package enum Kind: String, Sendable {
        case model, dataset, service, mcpServer = "mcp-server", skill, prompt, agent
    }
    /// One field of an asset.
    package enum Field: String, Sendable, CaseIterable {
        case architecture, family, task, parameters, dtype, tokenizer, vocabulary, contextLength = "context-length"
        case quantisation, adapter, format, library, language, licence, licenceText = "licence-text", version, author
        case supplier, description, intendedUse = "intended-use", limitations, energy, rows, columns, bytes, homepage
        case collection, annotation, sensitive, endpoint, transport, command, package, environment, tools, model
        case released, training, hyperparameters, metrics, splits
    }
    /// What it is.
    package let kind: Kind
    /// The name for people: `owner/name` where that is known.
    package var name: String
    /// Folder or file, relative to what was looked at; empty for the whole.
    package let location: String
    /// Its files, relative to what was looked at.
    package var files: [InventoryFile] = []
    /// What is known, best evidence first.
    package private(set) var facts: [Field: [Fact]] = [:]
    /// Metrics: name, value, dataset.
    package var metrics: [(name: String, value: String, dataset: String?)] = []
    /// Its node in the graph.
    package var node = 0

    /// Makes an asset.
    package init(_ kind: Kind, name: String, location: String) {
        self.kind = kind
        self.name = name
        self.location = location
    }

    /// The part before the slash of `owner/name`; `nil` for names that are paths.
    package var owner: String? {
        guard name != location, kind == .model || kind == .dataset else { return nil }
        return AssetReference(name).owner
    }

    /// Adds a fact; empty values count for nothing.
    package mutating func add(_ field: Field, _ value: String?, _ grade: Grade, _ evidence: Evidence) {
        guard let value, !value.isEmpty, value.utf8.count < 65_536 else { return }
        let fact = Fact(value, grade, evidence)
        guard !(facts[field] ?? []).contains(where: { $0.value == value && $0.grade <= grade }) else { return }
        facts[field, default: []].append(fact)
        facts[field]?.sort { $0.grade < $1.grade }
    }

    /// Takes what headers said away, to be summed anew over more files.
    mutating func removeMeasured(_ field: Field) { facts[field]?.removeAll { $0.evidence.place == "header" } }

    /// The best fact of a field.
    package func fact(_ field: Field) -> Fact? { facts[field]?.first }
    /// Every value of a field, best first.
    package func values(_ field: Field) -> [String] { facts[field]?.map(\.value) ?? [] }
}

/// A file of an asset.
package struct InventoryFile: Sendable {
    /// Relative to what was looked at.
    package let path: String
    /// In bytes.
    package let byteCount: Int
    /// SHA-256, lower-case hexadecimal; `nil` when it could not be read.
    package let digest: String?
}
