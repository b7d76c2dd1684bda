package import CordonFormats
internal import CordonCore
internal import CordonSigning

/// One statement about where something comes from, reduced to what the graph needs.
///
/// Source: in-toto Attestation Framework, Statement v1 and v0.1; SLSA Provenance v1 and v0.2; in-toto Link v0.3;
/// SCAI v0.3.
package struct ProvenanceStatement: Sendable {
    /// A thing that a statement names. A class: graphs of many statements copy these more than anything else.
    package final class Resource: Sendable {
        /// Its name; the last part of the address when there is none.
        package let name: String
        /// Its address.
        package let uri: String?
        /// Digests by algorithm, lower-case hexadecimal.
        package let digests: DigestSet
        /// What the maker of the statement calls its part: `base-model`, `training-data`, …
        package let role: String
        /// What it is, as far as role, address and name tell; `nil` when they do not.
        package let kind: ProvenanceGraph.Kind?

        init(name: String, uri: String?, digests: DigestSet, role: String) {
            self.name = name
            self.uri = uri
            self.digests = digests
            self.role = role
            kind = ProvenanceStatement.kind(name, uri ?? "", digests, role)
        }
    }
    /// What the statement is about.
    package private(set) var subjects: [Resource] = []
    /// What went into it.
    package private(set) var materials: [Resource] = []
    /// Names that only parameters give: key and value.
    package private(set) var parameters: [(key: String, value: String)] = []
    /// Who built it.
    package private(set) var builder: String?
    /// What kind of build it was, lower-case.
    package private(set) var buildType = "" { didSet { buildRank = Self.rank(buildType) } }
    private var buildRank = Self.relations.count
    /// The predicate's type.
    package let predicateType: String
    /// When it was made, as it says; RFC 3339.
    package private(set) var time: String?
    /// The bill of materials that it carries.
    package private(set) var bill: JSONValue?
    /// What a check said: `PASSED`, `FAILED` and the like.
    package private(set) var result: String?

    private static let types: Set<String> = ["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"]

    /// Whether a JSON object says that it is a statement.
    package static func matches(_ root: JSONValue) -> Bool {
        (root["_type"]?.string).map { types.contains($0) } ?? false
    }

    /// Whether a JSON object is a link of in-toto 0.9 or 1.0, the form before attestations.
    package static func isLink(_ root: JSONValue) -> Bool {
        root["_type"]?.string == "link" && (root["materials"]?.isObject ?? false)
    }

    /// Reads a link: its products are what it is about.
    ///
    /// Source: in-toto specification 1.0, "4.4 File formats: [name].[keyid-prefix].link".
    package init?(link root: JSONValue) {
        guard Self.isLink(root) else { return nil }
        predicateType = "https://in-toto.io/spec/v1.0/link"
        func resources(_ node: JSONValue?) -> [Resource] {
            var result: [Resource] = []
            node?.forEachMember { name, digest in
                var digests = DigestSet()
                digest.forEachMember { algorithm, value in
                    digests[DigestName.plain(algorithm)] = value.string.map(DigestName.value)
                    return digests.count < 32
                }
                let bare = name.hasPrefix("file:") ? String(name.dropFirst(5)) : name
                result.append(Resource(name: Redaction.text(bare), uri: nil, digests: digests, role: ""))
                return result.count < 100_000
            }
            return result
        }
        materials = resources(root["materials"])
        // A product that was there before and has not changed was not made by the step.
        let before = Dictionary(
            materials.map { ($0.name, $0.digests["sha256"]) }, uniquingKeysWith: { first, _ in first })
        subjects = resources(root["products"]).filter { product in
            guard let known = before[product.name] else { return true }
            return known != product.digests["sha256"]
        }.filter { !$0.digests.isEmpty }
        let changed = Set(subjects.map(\.name))
        materials.removeAll { changed.contains($0.name) }
        guard !subjects.isEmpty, subjects.count * max(1, materials.count) <= 1_000_000 else { return nil }
        let command = (root["command"]?.elements ?? []).prefix(100).compactMap(\.string).joined(separator: " ")
        buildType = ((root["name"]?.string ?? "") + " " + Redaction.text(command)).lowercased()
    }

    /// Reads a statement; `nil` when it is none or has no subject with a digest.
    package init?(_ root: JSONValue) {
        guard Self.matches(root), let type = root["predicateType"]?.string, let predicate = root["predicate"] else {
            return nil
        }
        predicateType = type
        subjects = (root["subject"]?.elements ?? []).map(Self.resource).filter { !$0.digests.isEmpty }
        guard !subjects.isEmpty else { return nil }
        switch type {
        case "https://slsa.dev/provenance/v1": readProvenance(predicate)
        case "https://slsa.dev/provenance/v0.2", "https://slsa.dev/provenance/v0.1": readOldProvenance(predicate)
        case let link where link.hasPrefix("https://in-toto.io/attestation/link/"):
            buildType = predicate["name"]?.string?.lowercased() ?? ""
            materials = (predicate["materials"]?.elements ?? []).map(Self.resource)
        case let attributes
        where attributes.hasPrefix("https://in-toto.io/attestation/scai/")
            || attributes.hasPrefix("https://in-toto.io/scai/"):
            buildType = (predicate["attributes"]?.elements ?? []).compactMap { $0["attribute"]?.string }
                .joined(separator: " ").lowercased()
            builder = predicate["producer"].flatMap { $0["uri"]?.string ?? $0["name"]?.string }
            readAttributes(predicate)
        case let type where type.hasPrefix("https://cyclonedx.org/bom") || type.hasPrefix("https://spdx.dev/Document"):
            bill = predicate
        case KnownPredicate.verificationSummary.rawValue:
            time = predicate["timeVerified"]?.string
            result = predicate["verificationResult"]?.string
        case KnownPredicate.testResult.rawValue: result = predicate["result"]?.string
        default: break
        }
    }

    private mutating func readProvenance(_ predicate: JSONValue) {
        let definition = predicate["buildDefinition"]
        buildType = definition?["buildType"]?.string?.lowercased() ?? ""
        materials = (definition?["resolvedDependencies"]?.elements ?? []).map(Self.resource)
        if let given = definition?["externalParameters"] { readParameters(given, "", depth: 0) }
        builder = predicate["runDetails"]?["builder"]?["id"]?.string.map(Redaction.text)
        time = predicate["runDetails"]?["metadata"]?["finishedOn"]?.string
    }

    /// Attributes of SCAI that say what something was made from name it as their evidence.
    private mutating func readAttributes(_ predicate: JSONValue) {
        let words = [
            "train", "tune", "derived", "base", "quant", "merge", "distil", "label", "evaluat", "adapter", "source",
        ]
        for attribute in (predicate["attributes"]?.elements ?? []).prefix(10_000) {
            let name = attribute["attribute"]?.string?.lowercased().replacing("_", with: "-") ?? ""
            guard words.contains(where: { name.holds($0) }) else { continue }
            for key in ["evidence", "target"] {
                guard let resource = attribute[key], resource.isObject else { continue }
                let found = Self.resource(resource)
                let isOwn = subjects.contains { subject in
                    found.digests.sorted.contains { subject.digests[$0.algorithm] == $0.value }
                }
                if isOwn { continue }
                materials.append(
                    Resource(name: found.name, uri: found.uri, digests: found.digests, role: name + " " + found.role))
            }
            if let conditions = attribute["conditions"] { readParameters(conditions, name, depth: 0) }
        }
        // Words of one attribute must not colour the others.
        buildType = ""
    }

    private mutating func readOldProvenance(_ predicate: JSONValue) {
        buildType = predicate["buildType"]?.string?.lowercased() ?? ""
        materials = (predicate["materials"]?.elements ?? []).map(Self.resource)
        if let given = predicate["invocation"]?["parameters"] { readParameters(given, "", depth: 0) }
        builder = predicate["builder"]?["id"]?.string.map(Redaction.text)
        time = predicate["metadata"]?["buildFinishedOn"]?.string
    }

    /// Parameters: texts under their key, and resource descriptors, which are materials with the key as their part.
    private mutating func readParameters(_ node: JSONValue, _ key: String, depth: Int) {
        guard depth < 8, parameters.count < 10_000, materials.count < 100_000 else { return }
        if let text = node.string {
            parameters.append((key, text))
        } else if node.isArray {
            for element in node.elements.prefix(1000) { readParameters(element, key, depth: depth + 1) }
        } else if node["digest"]?.isObject ?? false {
            let found = Self.resource(node)
            let isKnown = materials.contains { known in
                found.digests.sorted.contains { known.digests[$0.algorithm] == $0.value }
            }
            guard !isKnown else { return }
            materials.append(
                Resource(
                    name: found.name, uri: found.uri, digests: found.digests,
                    role: (key.lowercased().replacing("_", with: "-") + " " + found.role).lowercased()))
        } else if node.isObject {
            let name = node["uri"]?.string ?? node["name"]?.string ?? node["path"]?.string
            if let name, !key.isEmpty { parameters.append((key, name)) }
            for (inner, value) in node.members.prefix(1000) where !["uri", "name", "path"].contains(inner) {
                readParameters(value, inner, depth: depth + 1)
            }
        }
    }

    private static func resource(_ node: JSONValue) -> Resource {
        var digests = DigestSet()
        node["digest"]?.forEachMember { algorithm, value in
            let name = DigestName.plain(algorithm)
            let text = value.string.map(DigestName.value)
            // Some writers put the algorithm's name in front of the value as well.
            digests[name] = text.map { $0.hasPrefix(name + ":") ? String($0.dropFirst(name.utf8.count + 1)) : $0 }
            return digests.count < 32
        }
        let uri = node["uri"]?.string.map(Redaction.text)
        var role = ""
        if let annotations = node["annotations"] {
            annotations.forEachMember { key, value in
                let name = key.lowercased()
                if roleKeys.contains(where: { name.hasSuffix($0) }), let text = value.string {
                    role += (role.isEmpty ? "" : " ") + text.lowercased()
                }
                return true
            }
        }
        let name = node["name"]?.string ?? uri.map { $0.split(separator: "/").last.map(String.init) ?? $0 } ?? ""
        return Resource(name: name, uri: uri, digests: digests, role: role)
    }

    // MARK: Meaning

    private static func kind(
        _ name: String, _ address: String, _ digests: DigestSet, _ role: String
    ) -> ProvenanceGraph.Kind? {
        if role == "model" { return .model }
        if role == "dataset" { return .dataset }
        if !role.isEmpty {
            if codeRoles.contains(where: { role.holds($0) }) { return .code }
            if dataRoles.contains(where: { role.holds($0) }) { return .dataset }
            if modelRoles.contains(where: { role.holds($0) }) { return .model }
            if splitRoles.contains(where: { role.holds($0) }) { return .dataset }
        }
        if !address.isEmpty, let kind = kind(address: address.lowercased(), digests) { return kind }
        return kind(path: name) ?? kind(path: address)
    }

    private static let roleKeys = ["role", "type", "kind", "relation", "purpose", "usage"]
    private static let codeRoles = ["code", "script", "source-repo", "workflow"]
    private static let dataRoles = [
        "dataset", "training-data", "training data", "data", "label", "eval", "benchmark", "corpus",
    ]
    private static let modelRoles = ["model", "teacher", "base", "adapter", "checkpoint", "weights", "parent", "merge"]
    private static let splitRoles = ["training", "train", "test", "validation"]
    private static let hubs = ["hf://", "huggingface.co/", "pkg:huggingface/"]

    private static func kind(address: String, _ digests: DigestSet) -> ProvenanceGraph.Kind? {
        // Repositories of a hub are named by commit, and are models or datasets all the same.
        if hubs.contains(where: { address.holds($0) }) { return address.holds("datasets/") ? .dataset : .model }
        if address.hasPrefix("git+") || digests["gitcommit"] != nil || address.holds("github.com/") { return .code }
        if address.hasPrefix("pkg:"), !address.hasPrefix("pkg:mlflow/") { return .software }
        return address.holds("datasets/") || address.holds("/data/") ? .dataset : nil
    }

    private static func kind(path: String) -> ProvenanceGraph.Kind? {
        if path.utf8.contains(UInt8(ascii: ".")) {
            let last = path.split(separator: "/").last ?? ""
            if FileRoles.isWeights(last) { return .model }
            if FileRoles.isData(last) { return .dataset }
            if FileRoles.language(last) != nil { return .code }
        }
        guard path.utf8.contains(UInt8(ascii: "/")) || !path.utf8.contains(UInt8(ascii: ".")) else { return nil }
        // Folders say what lies in them.
        for part in path.lowercased().split(separator: "/").reversed() {
            if dataFolders.contains(part) { return .dataset }
            if modelFolders.contains(part) { return .model }
        }
        return nil
    }

    private static let dataFolders: Set<Substring> = [
        "data", "dataset", "datasets", "corpus", "corpora", "labels", "annotations", "raw", "train", "test",
    ]
    private static let modelFolders: Set<Substring> = [
        "model", "models", "checkpoint", "checkpoints", "weights", "adapter", "adapters", "base",
    ]

    /// How a subject relates to a material.
    package func relation(
        _ subject: ProvenanceGraph.Kind, _ material: ProvenanceGraph.Kind, role: String
    ) -> ProvenanceGraph.Relation {
        switch material {
        case .dataset:
            if !role.isEmpty, role != "dataset", Self.evaluationRoles.contains(where: { role.holds($0) }) {
                return .evaluatedOn
            }
            return subject == .dataset ? .derivedFrom : .trainedOn
        case .model:
            let rank = role == "model" ? buildRank : min(Self.rank(role), buildRank)
            return rank < Self.relations.count ? Self.relations[rank].relation : .derivedFrom
        default: return .uses
        }
    }

    private static let evaluationRoles = ["eval", "test", "benchmark", "validation"]
    /// Words that tell what was done with a model, the stronger first.
    private static let relations: [(words: [String], relation: ProvenanceGraph.Relation)] = [
        (["teacher", "distil"], .distilledFrom), (["merge"], .mergedFrom), (["quanti"], .quantizedFrom),
        (["lora", "adapter", "peft"], .adapterOf),
        (["base", "fine", "tune", "parent", "init", "pretrain"], .fineTunedFrom),
    ]

    private static func rank(_ text: String) -> Int {
        relations.firstIndex { $0.words.contains { text.holds($0) } } ?? relations.count
    }

    /// How a subject relates to its builder.
    package var builderRelation: ProvenanceGraph.Relation {
        if buildType.holds("label") || buildType.holds("annotat") { return .labelledBy }
        if buildType.holds("collect") || buildType.holds("crawl") || buildType.holds("scrap") {
            return .collectedBy
        }
        return .builtBy
    }
}
