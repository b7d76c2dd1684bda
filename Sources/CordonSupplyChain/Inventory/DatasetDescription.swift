internal import CordonFormats

/// What the description that lies beside a dataset says, in formats other than JSON-LD.
///
/// Source: Frictionless Data Package 1 and 2 (`datapackage.json`); Kaggle API, "Dataset Metadata"
/// (`dataset-metadata.json`); Hugging Face datasets, `DatasetInfo` (`dataset_info.json`, `dataset_infos.json`).
struct DatasetDescription {
    /// The name, when the description gives one.
    private(set) var name: String?
    /// Licences as written.
    private(set) var licences: [String] = []
    /// What it was made from and by whom, with the key.
    private(set) var edges: [(relation: ProvenanceGraph.Relation, name: String, key: String)] = []
    /// Other facts, with the key.
    private(set) var facts: [(field: InventoryAsset.Field, value: String, key: String)] = []
    /// SHA-256 or, of 32 digits, MD5 of files by their path.
    private(set) var files: [(path: String, digest: String)] = []

    /// Whether a file of that name is looked at.
    static func isCandidate(_ name: Substring) -> Bool {
        let lower = name.lowercased()
        return lower.hasSuffix(".jsonld")
            || [
                "croissant.json", "metadata.json", "dataset.json", "dcat.json", "catalog.json", "datapackage.json",
                "dataset-metadata.json", "dataset_info.json", "dataset_infos.json", "ro-crate-metadata.json",
            ].contains(lower) || lower.hasSuffix(".json") && lower.holds("croissant")
    }

    /// Whether the first bytes of a candidate are worth reading on.
    static func mayBe(_ head: [UInt8], name: Substring) -> Bool {
        let text = String(decoding: head, as: UTF8.self)
        return text.holds("@context") || text.holds("Dataset")
            || ["datapackage.json", "dataset-metadata.json", "dataset_info.json", "dataset_infos.json"].contains(
                name.lowercased())
    }

    /// Reads a description; `nil` when it is none.
    init?(_ root: DataNode, name: Substring) {
        guard root.isMap else { return nil }
        switch name.lowercased() {
        case "datapackage.json":
            guard root["resources"] != nil || root["sources"] != nil || root["name"] != nil else { return nil }
            readPackage(root)
        case "dataset-metadata.json":
            guard root["id"] != nil || root["title"] != nil else { return nil }
            readKaggle(root)
        case "dataset_info.json":
            guard root["features"] != nil || root["download_checksums"] != nil || root["builder_name"] != nil else {
                return nil
            }
            readInfo(root)
        case "dataset_infos.json":
            guard !root.members.isEmpty else { return nil }
            for member in root.members.prefix(1000) { readInfo(member.value) }
        default: return nil
        }
    }

    private mutating func readPackage(_ root: DataNode) {
        name = root["name"]?.string
        licences = (root["licenses"]?.elements ?? []).compactMap { $0["name"]?.string ?? $0["path"]?.string }
        if let single = root["license"]?.string { licences.append(single) }
        for (key, field) in [
            ("version", InventoryAsset.Field.version), ("description", .description), ("homepage", .homepage),
        ] {
            if let value = root[key]?.string { facts.append((field, value, key)) }
        }
        for part in [root] + (root["resources"]?.elements ?? []).prefix(10_000) {
            for source in (part["sources"]?.elements ?? []).prefix(1000) {
                let path = source["path"]?.string
                let isHub = path?.contains("huggingface.co/datasets/") ?? false
                guard
                    let label = isHub
                        ? path : source["title"]?.string ?? source["name"]?.string ?? path ?? source.string
                else { continue }
                edges.append((.derivedFrom, label, "sources"))
            }
        }
        for party in (root["contributors"]?.elements ?? []).prefix(1000) {
            guard
                let title = party["title"]?.string ?? party["organization"]?.string ?? party["name"]?.string
                    ?? party.string
            else { continue }
            let roles = party["role"]?.strings ?? party["roles"]?.strings ?? []
            let words = roles.joined(separator: " ").lowercased()
            if words == "maintainer" { continue }
            let relation: ProvenanceGraph.Relation =
                ProvenanceGraph.Relation(words: words, from: .dataset, isParty: true) ?? .collectedBy
            edges.append((relation, title, "contributors"))
        }
        var columns: [String] = []
        for resource in (root["resources"]?.elements ?? []).prefix(10_000) {
            columns += (resource["schema"]?["fields"]?.elements ?? []).prefix(200).compactMap { $0["name"]?.string }
            guard let path = resource["path"]?.string, let hash = resource["hash"]?.string?.lowercased() else {
                continue
            }
            // Without the name of an algorithm it is MD5.
            let parts = hash.split(separator: ":", maxSplits: 1)
            guard let digest = parts.last, parts.count == 1 || ["sha256", "md5"].contains(parts[0]),
                CycloneDXGraph.isDigest(String(digest)), [32, 64].contains(digest.utf8.count)
            else { continue }
            files.append((path.hasPrefix("./") ? String(path.dropFirst(2)) : path, String(digest)))
        }
        facts.append((.columns, columns.prefix(200).joined(separator: ", "), "resources.schema"))
    }

    private mutating func readKaggle(_ root: DataNode) {
        name = root["id"]?.string
        if let owner = name.flatMap({ AssetReference($0).owner }) { edges.append((.suppliedBy, owner, "id")) }
        licences = (root["licenses"]?.elements ?? []).compactMap { $0["name"]?.string }
        for key in ["userSpecifiedSources", "sources"] {
            for text in root[key]?.strings ?? [] {
                for name in Self.sources(text) { edges.append((.derivedFrom, name, key)) }
            }
        }
        for (key, field) in [("description", InventoryAsset.Field.description), ("subtitle", .description)] {
            if let value = root[key]?.string { facts.append((field, value, key)) }
        }
    }

    /// Addresses in a text, or the text itself when it is a short name.
    private static func sources(_ text: String) -> [String] {
        let words = text.split { " \n\t()[]<>,;".contains($0) }.map(String.init)
        let addresses = words.filter(PythonRequirementLine.isURL)
        if !addresses.isEmpty { return Array(addresses.prefix(100)) }
        let trimmed = text.trimmingWhitespace
        return trimmed.isEmpty || trimmed.utf8.count > 120 || trimmed.contains("\n") ? [] : [String(trimmed)]
    }

    private mutating func readInfo(_ root: DataNode) {
        for member in (root["download_checksums"]?.members ?? []).prefix(10_000) {
            let reference = AssetReference(member.key)
            let name = reference.isDataset ? reference.name : member.key
            if !edges.contains(where: { $0.name == name }) { edges.append((.derivedFrom, name, "download_checksums")) }
        }
        if let licence = root["license"]?.string, !licence.isEmpty { licences.append(licence) }
        for (key, field) in [("description", InventoryAsset.Field.description), ("homepage", .homepage)] {
            if let value = root[key]?.string { facts.append((field, value, key)) }
        }
        let columns = (root["features"]?.members ?? []).prefix(200).map(\.key)
        facts.append((.columns, columns.joined(separator: ", "), "features"))
        var rows = 0
        for split in root["splits"]?.members ?? [] {
            guard let count = split.value["num_examples"]?.integer, count >= 0 else { continue }
            rows = rows.addingReportingOverflow(count).overflow ? rows : rows + count
            facts.append((.splits, "\(split.key)=\(count)", "splits"))
        }
        if rows > 0 { facts.append((.rows, String(rows), "splits")) }
    }
}
