internal import CordonFormats

/// What one component of a CycloneDX document says, read without the rest of the document.
struct CycloneDXComponent: Sendable {
    typealias Party = (relation: ProvenanceGraph.Relation, name: String, key: String)

    /// A dataset that stands in a model card.
    struct Dataset: Sendable {
        let name: String
        let reference: String?
        let parties: [Party]
    }

    let kind: ProvenanceGraph.Kind
    /// The package URL of software, else `group/name`.
    let name: String
    /// `group/name` of software that goes by its package URL.
    private(set) var otherName: String?
    let reference: String?
    private(set) var digests = DigestSet()
    private(set) var parties: [Party] = []
    private(set) var ancestors: [(relation: ProvenanceGraph.Relation, part: CycloneDXComponent)] = []
    private(set) var descendants: [(relation: ProvenanceGraph.Relation, part: CycloneDXComponent)] = []
    private(set) var variants: [CycloneDXComponent] = []
    private(set) var components: [CycloneDXComponent] = []
    private(set) var datasetReferences: [String] = []
    private(set) var datasets: [Dataset] = []
    private(set) var dataReferences: [String] = []
    private(set) var edges: [(relation: ProvenanceGraph.Relation, name: String)] = []
    /// What is said of its making: notes, description, approach.
    private let words: [String]

    /// Members that count, found in one pass.
    private struct Members {
        var name, type, group, purl, reference, description: String?
        var hashes, supplier, manufacturer, publisher, pedigree, components, modelCard, data, properties: JSONValue?
    }

    /// Reads a component; `nil` when it has no name or lies deeper than 32.
    init?(_ json: JSONValue, depth: Int = 0) {
        var own = Members()
        json.forEachMember { key, value in
            switch key {
            case "name": own.name = value.string
            case "type": own.type = value.string
            case "group": own.group = value.string
            case "purl": own.purl = value.string
            case "bom-ref": own.reference = value.string
            case "description": own.description = value.string
            case "hashes": own.hashes = value
            case "supplier": own.supplier = value
            case "manufacturer": own.manufacturer = value
            case "publisher": own.publisher = value
            case "pedigree": own.pedigree = value
            case "components": own.components = value
            case "modelCard": own.modelCard = value
            case "data": own.data = value
            case "properties": own.properties = value
            default: break
            }
            return true
        }
        guard depth < 32, let short = own.name else { return nil }
        switch own.type {
        case "machine-learning-model": kind = .model
        case "data": kind = .dataset
        case "file": kind = .file
        default: kind = own.purl?.hasPrefix("pkg:huggingface/") ?? false ? .model : .software
        }
        let full = own.group.map { $0.isEmpty ? short : "\($0)/\(short)" } ?? short
        name = kind == .software ? own.purl ?? full : full
        if kind == .software { otherName = full }
        reference = own.reference
        let notes = own.pedigree?["notes"]?.string
        words = [
            notes, own.description, own.modelCard?["modelParameters"]?["approach"]?["type"]?.string,
        ].compactMap { $0 }
        for hash in own.hashes?.elements ?? [] {
            guard let algorithm = hash["alg"]?.string, let value = hash["content"]?.string else { continue }
            guard CycloneDXGraph.isDigest(value) else { continue }
            digests[DigestName.plain(algorithm)] = DigestName.value(value)
        }
        if let party = own.supplier.flatMap(Self.name) { parties.append((.suppliedBy, party, "components.supplier")) }
        if let party = own.manufacturer.flatMap(Self.name) {
            parties.append((.builtBy, party, "components.manufacturer"))
        }
        if let party = own.publisher.flatMap(Self.name) {
            parties.append((.republishedBy, party, "components.publisher"))
        }
        if let pedigree = own.pedigree { read(pedigree, depth) }
        components = (own.components?.elements ?? []).compactMap { Self($0, depth: depth + 1) }
        if let card = own.modelCard { read(card) }
        for data in own.data?.elements ?? [] {
            if let reference = data["bom-ref"]?.string { dataReferences.append(reference) }
            parties += Self.governance(data)
        }
        for property in own.properties?.elements ?? [] {
            guard let name = property["name"]?.string, name.hasPrefix("cordon:"), let value = property["value"]?.string
            else { continue }
            if name.hasPrefix("cordon:edge:"),
                let relation = ProvenanceGraph.Relation(rawValue: String(name.dropFirst(12)))
            {
                edges.append((relation, value))
            } else if name == "cordon:relation" {
                stated = ProvenanceGraph.Relation(rawValue: value)
            }
        }
    }

    /// What an ancestor says that it is to its heir, as our own bills do.
    private var stated: ProvenanceGraph.Relation?

    private mutating func read(_ pedigree: JSONValue, _ depth: Int) {
        for ancestor in pedigree["ancestors"]?.elements ?? [] {
            guard let base = Self(ancestor, depth: depth + 1) else { continue }
            ancestors.append((base.stated ?? Self.relation(of: self, to: base), base))
        }
        for descendant in pedigree["descendants"]?.elements ?? [] {
            guard let heir = Self(descendant, depth: depth + 1) else { continue }
            descendants.append((Self.relation(of: heir, to: self), heir))
        }
        variants = (pedigree["variants"]?.elements ?? []).compactMap { Self($0, depth: depth + 1) }
    }

    private static func relation(of heir: Self, to base: Self) -> ProvenanceGraph.Relation {
        guard heir.kind == .model else { return .derivedFrom }
        for text in heir.words + base.words {
            if let found = ProvenanceGraph.Relation(words: text, from: .model, isParty: false) { return found }
        }
        return .fineTunedFrom
    }

    /// Training data of a model card.
    private mutating func read(_ card: JSONValue) {
        for dataset in card["modelParameters"]?["datasets"]?.elements ?? [] {
            // The XML form writes a reference as an element.
            if let reference = dataset["ref"]?.string ?? dataset.string {
                datasetReferences.append(reference)
            } else if let name = dataset["name"]?.string {
                datasets.append(
                    Dataset(name: name, reference: dataset["bom-ref"]?.string, parties: Self.governance(dataset)))
            }
        }
    }

    /// Who answers for a dataset: owners, custodians and stewards all stand behind what it holds.
    private static func governance(_ data: JSONValue) -> [Party] {
        guard let governance = data["governance"] else { return [] }
        return ["owners", "custodians", "stewards"].flatMap { key in
            (governance[key]?.elements ?? []).compactMap { party in
                name(of: party).map { (.suppliedBy, $0, "data.governance.\(key)") }
            }
        }
    }

    /// A person or organisation: a text, or an object with a name, an organisation or a contact in it.
    static func name(of party: JSONValue?) -> String? {
        guard let party else { return nil }
        let text =
            party.string ?? party["name"]?.string ?? party["organization"]?["name"]?.string
            ?? party["contact"]?["name"]?.string
        return text.flatMap { $0.isEmpty ? nil : $0 }
    }
}
