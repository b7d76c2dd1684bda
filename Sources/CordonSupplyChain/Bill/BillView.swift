package import CordonFormats

/// A bill of materials as it was read, in words that do not depend on its format.
package struct BillView: Sendable {
    /// What a bill or a component says something about.
    package enum Topic: String, Sendable, CaseIterable {
        // Of the document.
        case author, issue, format, formatVersion, signature, tool, toolVersion, context, timestamp, dependencies,
            coverage
        case systemName, systemProducer, systemVersion, dataFlow, dataUsage, services, packages, hardware, controls
        case compliance, policy, vulnerabilities
        // Of a component.
        case name, identifier, version, released, supplier, description, hash, licence, references
        case architecture, parameters, inputOutput, task, use, limitations, training, trainingData, metrics
        case securityMetrics, energy, compute, testing, contextLength, content, provenance, statistics, sensitivity
    }
    /// What a component is.
    package enum Kind: String, Sendable { case model, dataset, package, service, file, other }

    /// One component.
    package struct Component: Sendable {
        /// Its reference in the document.
        package let reference: String
        /// What it is.
        package let kind: Kind
        /// `group/name`.
        package let name: String
        /// Its version, when stated.
        package let version: String?
        /// Fields by name with their value as text: what a comparison is made of.
        package var fields: [String: String] = [:]
        /// What is said of it.
        package var topics: Set<Topic> = []
        /// Whether it is only named as the origin of another.
        package var isOutside = false

        /// What two bills call the same thing: its package URL without version, or kind and name.
        package var key: String {
            if let purl = fields["purl"] { return String(purl.prefix { $0 != "@" && $0 != "?" }) }
            return "\(kind.rawValue):\(name)"
        }
    }
    /// `CycloneDX 1.7`, `SPDX 3.0.1`.
    package let format: String
    /// Components, nested ones of type file left out.
    package var components: [Component] = []
    /// What the document says of itself.
    package var topics: Set<Topic> = [.format, .formatVersion]
    /// References from one component to another.
    package var links: Set<String> = []

    /// Reads a bill; `nil` when the text is none that is known.
    package init?(_ root: DataNode) {
        if root["bomFormat"]?.string == "CycloneDX" {
            format = "CycloneDX \(root["specVersion"]?.string ?? "?")"
            readCycloneDX(root)
        } else if root["@graph"]?.isList ?? false {
            format = "SPDX 3"
            readSPDX(root)
        } else {
            return nil
        }
    }

    // MARK: CycloneDX

    private mutating func readCycloneDX(_ root: DataNode) {
        let metadata = root["metadata"]
        func note(_ topic: Topic, _ isThere: Bool) { if isThere { topics.insert(topic) } }
        note(.author, metadata?["authors"] != nil || metadata?["manufacturer"] != nil || metadata?["tools"] != nil)
        note(.issue, root["serialNumber"] != nil || root["version"] != nil)
        note(.signature, root["signature"] != nil)
        let tools = metadata?["tools"]?["components"]?.elements ?? metadata?["tools"]?.elements ?? []
        note(.tool, tools.contains { $0["name"]?.string != nil })
        note(.toolVersion, tools.contains { $0["version"]?.string != nil })
        note(.context, !(metadata?["lifecycles"]?.elements ?? []).isEmpty)
        note(.timestamp, metadata?["timestamp"]?.string != nil)
        note(.dependencies, !(root["dependencies"]?.elements ?? []).isEmpty)
        note(.coverage, !(root["compositions"]?.elements ?? []).isEmpty)
        let system = metadata?["component"]
        note(.systemName, system?["name"]?.string != nil)
        note(.systemVersion, system?["version"]?.string != nil)
        note(
            .systemProducer,
            ["manufacturer", "supplier", "authors"].contains { system?[$0] != nil } || metadata?["manufacturer"] != nil
                || metadata?["supplier"] != nil)
        let services = root["services"]?.elements ?? []
        note(.services, !services.isEmpty)
        note(.dataFlow, services.contains { !($0["data"]?.elements ?? []).isEmpty })
        note(.dataUsage, services.contains { ($0["data"]?.elements ?? []).contains { $0["classification"] != nil } })
        note(.controls, root["declarations"] != nil || services.contains { $0["authenticated"] != nil })
        note(.compliance, root["declarations"]?["attestations"] != nil || root["definitions"]?["standards"] != nil)
        note(.vulnerabilities, root["vulnerabilities"] != nil)
        let references = (root["externalReferences"]?.elements ?? []).compactMap { $0["type"]?.string }
        note(.policy, references.contains { ["security-contact", "rfc-9116", "vulnerability-assertion"].contains($0) })
        var stack = (root["components"]?.elements ?? []).map { ($0, false) }
        while let (node, _) = stack.popLast() {
            let component = component(node)
            if component.kind != .file || node["bom-ref"]?.string?.contains("/file:") != true {
                components.append(component)
            }
            for child in node["components"]?.elements ?? [] where child["type"]?.string != "file" {
                stack.append((child, true))
            }
        }
        for service in services {
            var component = Component(
                reference: service["bom-ref"]?.string ?? "", kind: .service, name: service["name"]?.string ?? "",
                version: service["version"]?.string)
            component.fields["endpoints"] = service["endpoints"]?.strings.sorted().joined(separator: ", ")
            components.append(component)
        }
        note(.packages, components.contains { $0.kind == .package })
        note(.hardware, components.contains { $0.fields["type"] == "device" })
        for dependency in root["dependencies"]?.elements ?? [] {
            for target in dependency["dependsOn"]?.strings ?? [] {
                links.insert("\(dependency["ref"]?.string ?? "") → \(target)")
            }
        }
        components.sort { ($0.kind.rawValue, $0.name, $0.reference) < ($1.kind.rawValue, $1.name, $1.reference) }
    }

    private func component(_ node: DataNode) -> Component {
        let type = node["type"]?.string ?? ""
        let kind: Kind =
            switch type {
            case "machine-learning-model": .model
            case "data": .dataset
            case "library", "framework", "container", "operating-system", "platform": .package
            case "file": .file
            default: .other
            }
        let name = node["name"]?.string ?? ""
        let full = node["group"]?.string.map { $0.isEmpty ? name : "\($0)/\(name)" } ?? name
        var component = Component(
            reference: node["bom-ref"]?.string ?? "", kind: kind, name: full, version: node["version"]?.string)
        let card = node["modelCard"]
        let parameters = card?["modelParameters"]
        let properties = Dictionary(
            ((node["properties"]?.elements ?? []) + (card?["properties"]?.elements ?? [])).compactMap { property in
                property["name"]?.string.map { ($0, property["value"]?.string ?? "") }
            }, uniquingKeysWith: { $1 })
        component.isOutside = properties["cordon:presence"] != nil
        func set(_ field: String, _ value: String?, _ topic: Topic?) {
            guard let value, !value.isEmpty else { return }
            component.fields[field] = value
            if let topic { component.topics.insert(topic) }
        }
        set("type", type, nil)
        set("name", full, .name)
        set("version", node["version"]?.string, .version)
        set("purl", node["purl"]?.string, .identifier)
        if kind != .package, node["bom-ref"] != nil || node["swhid"] != nil { component.topics.insert(.identifier) }
        set(
            "supplier",
            node["supplier"]?["name"]?.string ?? node["manufacturer"]?["name"]?.string
                ?? node["authors"]?.elements.first?["name"]?.string, .supplier)
        set("description", node["description"]?.string, .description)
        let files = (node["components"]?.elements ?? []).filter { $0["type"]?.string == "file" }
        let hashes = (node["hashes"]?.elements ?? []) + files.flatMap { $0["hashes"]?.elements ?? [] }
        set("hashes", Set(hashes.compactMap { $0["content"]?.string }).sorted().joined(separator: ", "), .hash)
        let licences = (node["licenses"]?.elements ?? []).compactMap {
            $0["expression"]?.string ?? $0["license"]?["id"]?.string ?? $0["license"]?["name"]?.string
        }
        set("licences", licences.sorted().joined(separator: ", "), .licence)
        set(
            "external references",
            (node["externalReferences"]?.elements ?? []).compactMap { $0["url"]?.string }.joined(separator: ", "),
            .references)
        set("released", node["releaseNotes"]?["timestamp"]?.string ?? properties["cordon:released"], .released)
        set(
            "architecture", parameters?["modelArchitecture"]?.string ?? parameters?["architectureFamily"]?.string,
            .architecture)
        set("parameters", properties["cordon:parameters"], .parameters)
        set("dtype", properties["cordon:dtype"], nil)
        set("tokenizer", properties["cordon:tokenizer"], .inputOutput)
        set("context length", properties["cordon:context-length"], .contextLength)
        set(
            "inputs", parameters?["inputs"]?.elements.compactMap { $0["format"]?.string }.joined(separator: ", "),
            .inputOutput)
        set("task", parameters?["task"]?.string, .task)
        set("use", card?["considerations"]?["useCases"]?.strings.joined(separator: "; "), .use)
        set(
            "limitations", card?["considerations"]?["technicalLimitations"]?.strings.joined(separator: "; "),
            .limitations)
        set(
            "training data",
            parameters?["datasets"]?.elements.compactMap { $0["ref"]?.string ?? $0["name"]?.string }.sorted().joined(
                separator: ", "), .trainingData)
        set(
            "ancestors",
            node["pedigree"]?["ancestors"]?.elements.compactMap { $0["name"]?.string }.sorted().joined(separator: ", "),
            .training)
        set(
            "approach",
            parameters?["approach"]?["type"]?.string ?? properties["cordon:training"]
                ?? properties["cordon:hyperparameters"], .training)
        set(
            "metrics",
            card?["quantitativeAnalysis"]?["performanceMetrics"]?.elements.compactMap { metric in
                metric["type"]?.string.map { "\($0)=\(metric["value"]?.string ?? "")" }
            }.sorted().joined(separator: ", "), .metrics)
        set(
            "energy",
            properties["cordon:energy"]
                ?? card?["considerations"]?["environmentalConsiderations"].map { _ in "stated" }, .energy)
        let contents = (node["data"]?.elements ?? []).flatMap { $0["contents"]?["properties"]?.elements ?? [] }
        set(
            "contents",
            contents.compactMap { property in
                property["name"]?.string.map { "\($0)=\(property["value"]?.string ?? "")" }
            }.sorted().joined(separator: ", "), .content)
        if contents.contains(where: { ($0["name"]?.string ?? "").contains("rows") }) {
            component.topics.insert(.statistics)
        }
        let governance = (node["data"]?.elements ?? []).contains { $0["governance"] != nil }
        let edges = properties.keys.filter { $0.hasPrefix("cordon:edge:") }.sorted().map {
            "\($0.dropFirst(12)) \(properties[$0] ?? "")"
        }
        set("origin", edges.joined(separator: ", "), kind == .dataset ? .provenance : nil)
        if kind == .dataset, governance || node["supplier"] != nil || node["pedigree"] != nil {
            component.topics.insert(.provenance)
        }
        if kind == .dataset,
            (node["data"]?.elements ?? []).contains(where: { $0["classification"] != nil || $0["sensitiveData"] != nil }
            )
        {
            component.topics.insert(.sensitivity)
        }
        let types = (node["externalReferences"]?.elements ?? []).compactMap { $0["type"]?.string }
        if types.contains(where: { ["pentest-report", "threat-model", "adversary-model"].contains($0) }) {
            component.topics.insert(.testing)
        }
        return component
    }

    // MARK: SPDX

    private mutating func readSPDX(_ root: DataNode) {
        let elements = root["@graph"]?.elements ?? []
        let names = Dictionary(
            elements.compactMap { element in element["spdxId"]?.string.map { ($0, element) } },
            uniquingKeysWith: { first, _ in first })
        let creation = elements.first { $0["type"]?.string == "CreationInfo" }
        func note(_ topic: Topic, _ isThere: Bool) { if isThere { topics.insert(topic) } }
        note(.author, !(creation?["createdBy"]?.elements ?? []).isEmpty)
        note(.timestamp, creation?["created"]?.string != nil)
        let tools = elements.filter { $0["type"]?.string == "Tool" }
        note(.tool, !tools.isEmpty)
        note(.toolVersion, tools.contains { $0["name"]?.string?.contains(where: \.isNumber) ?? false })
        let boms = elements.filter { $0["type"]?.string == "software_Sbom" }
        note(.context, boms.contains { !($0["software_sbomType"]?.elements ?? []).isEmpty })
        note(.issue, elements.contains { $0["type"]?.string == "SpdxDocument" })
        let roots = boms.flatMap { $0["rootElement"]?.strings ?? [] }.compactMap { names[$0] }
        note(.systemName, roots.contains { $0["name"]?.string != nil })
        note(.systemVersion, roots.contains { $0["software_packageVersion"]?.string != nil })
        note(.systemProducer, roots.contains { $0["suppliedBy"] != nil || $0["originatedBy"] != nil })
        var relations: [String: [(type: String, to: [String])]] = [:]
        for element in elements {
            guard let type = element["relationshipType"]?.string, let from = element["from"]?.string else { continue }
            let to = element["to"]?.strings ?? []
            relations[from, default: []].append((type, to))
            if ["dependsOn", "trainedOn", "testedOn", "descendantOf", "contains"].contains(type) {
                topics.insert(.dependencies)
                for target in to { links.insert("\(from) → \(target)") }
            }
            if element["completeness"] != nil { topics.insert(.coverage) }
        }
        let rootIDs = Set(boms.flatMap { $0["rootElement"]?.strings ?? [] })
        for element in elements {
            guard let id = element["spdxId"]?.string, !rootIDs.contains(id),
                let component = component(element, id, relations[id] ?? [], names)
            else { continue }
            components.append(component)
        }
        note(.packages, components.contains { $0.kind == .package })
        note(.services, components.contains { $0.fields["cordon:kind"] == "service" })
        components.sort { ($0.kind.rawValue, $0.name, $0.reference) < ($1.kind.rawValue, $1.name, $1.reference) }
    }

    private func component(
        _ node: DataNode, _ id: String, _ relations: [(type: String, to: [String])], _ names: [String: DataNode]
    ) -> Component? {
        let kind: Kind
        switch node["type"]?.string {
        case "ai_AIPackage": kind = .model
        case "dataset_DatasetPackage": kind = .dataset
        case "software_Package": kind = .package
        default: return nil
        }
        let name = node["name"]?.string ?? ""
        var component = Component(
            reference: id, kind: kind, name: name, version: node["software_packageVersion"]?.string)
        func set(_ field: String, _ value: String?, _ topic: Topic?) {
            guard let value, !value.isEmpty else { return }
            component.fields[field] = value
            if let topic { component.topics.insert(topic) }
        }
        func related(_ type: String) -> [String] {
            relations.filter { $0.type == type }.flatMap(\.to).map {
                names[$0]?["name"]?.string
                    ?? names[$0]?["simplelicensing_licenseExpression"]?.string ?? $0
            }
        }
        let properties = Dictionary(
            (node["extension"]?.elements ?? []).flatMap { $0["extension_cdxProperty"]?.elements ?? [] }.compactMap {
                property in
                property["extension_cdxPropName"]?.string.map { ($0, property["extension_cdxPropValue"]?.string ?? "") }
            }, uniquingKeysWith: { $1 })
        component.isOutside = properties["cordon:presence"] != nil
        set("name", name, .name)
        set("cordon:kind", properties["cordon:kind"], nil)
        set("version", node["software_packageVersion"]?.string, .version)
        set("purl", node["software_packageUrl"]?.string, .identifier)
        component.topics.insert(.identifier)
        set("supplier", (node["suppliedBy"]?.string).flatMap { names[$0]?["name"]?.string }, .supplier)
        set("description", node["description"]?.string, .description)
        let files = relations.filter { $0.type == "hasDataFile" || $0.type == "contains" }.flatMap(\.to).compactMap {
            names[$0]
        }
        let hashes = ([node] + files).flatMap { $0["verifiedUsing"]?.elements ?? [] }.compactMap {
            $0["hashValue"]?.string
        }
        set("hashes", Set(hashes).sorted().joined(separator: ", "), .hash)
        let others = (node["extension"]?.elements ?? []).flatMap { $0["extension_cdxProperty"]?.elements ?? [] }
            .filter { $0["extension_cdxPropName"]?.string == "cordon:licence" }.compactMap {
                $0["extension_cdxPropValue"]?.string
            }
        let licences = Set(related("hasDeclaredLicense").filter { !$0.contains("NoAssertion") } + others)
        set("licences", licences.sorted().joined(separator: ", "), .licence)
        set("architecture", node["ai_typeOfModel"]?.strings.joined(separator: ", "), .architecture)
        set("task", node["ai_domain"]?.strings.joined(separator: ", "), .task)
        set("use", node["ai_informationAboutApplication"]?.string ?? node["dataset_intendedUse"]?.string, .use)
        set("limitations", node["ai_limitation"]?.string, .limitations)
        set("approach", node["ai_informationAboutTraining"]?.string ?? properties["cordon:hyperparameters"], .training)
        set("ancestors", related("descendantOf").sorted().joined(separator: ", "), .training)
        set("training data", related("trainedOn").sorted().joined(separator: ", "), .trainingData)
        set("parameters", properties["cordon:parameters"], .parameters)
        set("dtype", properties["cordon:dtype"], nil)
        set("tokenizer", properties["cordon:tokenizer"], .inputOutput)
        set("context length", properties["cordon:context-length"], .contextLength)
        set("released", node["releaseTime"]?.string ?? properties["cordon:released"], .released)
        set("energy", node["ai_energyConsumption"].map { _ in "stated" } ?? properties["cordon:energy"], .energy)
        set(
            "metrics",
            node["ai_metric"]?.elements.compactMap { entry in
                entry["key"]?.string.map { "\($0)=\(entry["value"]?.string ?? "")" }
            }.sorted().joined(separator: ", "), .metrics)
        set(
            "contents", node["dataset_datasetSize"]?.string.map { "rows=\($0)" } ?? properties["cordon:columns"],
            .content)
        if node["dataset_datasetSize"] != nil { component.topics.insert(.statistics) }
        if kind == .dataset,
            node["dataset_dataCollectionProcess"] != nil || node["originatedBy"] != nil
                || !related("descendantOf").isEmpty
        {
            component.topics.insert(.provenance)
        }
        if node["dataset_hasSensitivePersonalInformation"] != nil || node["dataset_confidentialityLevel"] != nil {
            component.topics.insert(.sensitivity)
        }
        set("external references", node["externalRef"].map { _ in "stated" }, .references)
        return component
    }
}

/// What changed between two bills.
package struct BillDifference: Sendable {
    /// Components of the second that the first does not have.
    package private(set) var added: [BillView.Component] = []
    /// Components of the first that the second does not have.
    package private(set) var removed: [BillView.Component] = []
    /// Components of both with the fields that differ: name, before, after.
    package private(set) var changed:
        [(component: BillView.Component, fields: [(name: String, before: String?, after: String?)])] = []

    /// Whether nothing changed.
    package var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }

    /// Compares by package URL without version, or kind and name; formats may differ. O(n log n).
    package init(_ before: BillView, _ after: BillView) {
        let one = Dictionary(grouping: before.components, by: \.key)
        let two = Dictionary(grouping: after.components, by: \.key)
        let isSameFormat = before.format.prefix(4) == after.format.prefix(4)
        for key in Set(one.keys).union(two.keys).sorted() {
            // Several versions of one package: those that both have are left alone.
            var (old, new) = (one[key] ?? [], two[key] ?? [])
            for component in old {
                guard
                    let index = new.firstIndex(where: {
                        $0.version == component.version && $0.fields["hashes"] == component.fields["hashes"]
                    })
                else { continue }
                compare(component, new.remove(at: index), isSameFormat)
                old.removeAll { $0.reference == component.reference }
            }
            for (first, second) in zip(old, new) { compare(first, second, isSameFormat) }
            removed += old.dropFirst(new.count)
            added += new.dropFirst(old.count)
        }
    }

    private mutating func compare(_ before: BillView.Component, _ after: BillView.Component, _ isSameFormat: Bool) {
        let names = Set(before.fields.keys).union(after.fields.keys).sorted()
        // References and types are spelled differently in the two formats.
        let skipped: Set<String> =
            isSameFormat
            ? []
            : [
                "type", "cordon:kind", "external references", "training data", "contents", "architecture", "origin",
                "supplier", "approach", "metrics",
            ]
        let fields = names.compactMap { name -> (String, String?, String?)? in
            let (old, new) = (before.fields[name], after.fields[name])
            return old == new || skipped.contains(name) ? nil : (name, old, new)
        }
        if !fields.isEmpty { changed.append((after, fields)) }
    }
}
