internal import CordonCore

/// Writes SPDX 3.0.1 as JSON-LD, with the Software, AI, Dataset, SimpleLicensing and Extension profiles' classes.
///
/// Source: SPDX 3.0.1 specification, model and JSON-LD serialisation. Grades stand in the CdxProperties extension, the
/// official carrier of name-value pairs.
struct SPDXWriter {
    let content: BillContent
    let version: String

    private static let context = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
    private static let creation = "_:creationinfo"

    /// An element in the making: its identifier's fragment and how it is written.
    private struct Element {
        let id: String
        let body: (inout JSONWriter) -> Void
    }

    func document(_ stamp: BillStamp) -> [UInt8] {
        let body = render(stamp, identifier: "00000000-0000-4000-8000-000000000000")
        guard stamp.identifier == nil else { return render(stamp, identifier: stamp.identifier ?? "") }
        return render(stamp, identifier: stamp.identifier(for: body))
    }

    private func render(_ stamp: BillStamp, identifier: String) -> [UInt8] {
        let base = "urn:uuid:\(identifier)#"
        let elements = elements(base).sorted { $0.id < $1.id }
        var json = JSONWriter()
        json.object { json in
            json.string("@context", Self.context)
            json.array("@graph") { json in
                json.object { json in
                    json.string("type", "CreationInfo")
                    json.string("@id", Self.creation)
                    json.string("specVersion", "3.0.1")
                    json.string("created", stamp.time)
                    json.array("createdBy") { $0.string(nil, base + "agent-cordon") }
                    json.array("createdUsing") { $0.string(nil, base + "tool-cordon") }
                }
                json.object { json in
                    json.string("type", "SpdxDocument")
                    json.string("spdxId", base + "document")
                    json.string("creationInfo", Self.creation)
                    json.string("name", name)
                    json.array("profileConformance") { json in
                        for profile in ["ai", "core", "dataset", "simpleLicensing", "software"] {
                            json.string(nil, profile)
                        }
                    }
                    json.array("rootElement") { $0.string(nil, base + "sbom") }
                    json.array("element") { json in for element in elements { json.string(nil, base + element.id) } }
                }
                json.object { json in
                    json.string("type", "software_Sbom")
                    json.string("spdxId", base + "sbom")
                    json.string("creationInfo", Self.creation)
                    json.array("software_sbomType") { $0.string(nil, "analyzed") }
                    json.array("rootElement") { $0.string(nil, base + "project") }
                    json.array("element") { json in for element in elements { json.string(nil, base + element.id) } }
                }
                for element in elements {
                    json.object { json in
                        json.string("spdxId", base + element.id)
                        json.string("creationInfo", Self.creation)
                        element.body(&json)
                    }
                }
            }
        }
        return json.bytes
    }

    private var name: String { content.name.isEmpty ? "project" : PrintableText.quoting(content.name, limit: 400) }

    // MARK: Elements

    private func elements(_ base: String) -> [Element] {
        var result: [Element] = [
            Element(id: "agent-cordon") { json in
                json.string("type", "SoftwareAgent")
                json.string("name", "cordon")
            },
            Element(id: "tool-cordon") { [version] json in
                json.string("type", "Tool")
                json.string("name", "cordon \(version)")
            },
            Element(id: "project") { [name, content] json in
                json.string("type", "software_Package")
                json.string("name", name)
                json.string("software_primaryPurpose", "application")
                json.string("software_packageVersion", content.revision)
            },
        ]
        var licences: [String: String] = [:]
        var parties: [String: String] = [:]
        for part in content.parts {
            for fact in part.licences where licences[fact.value] == nil {
                licences[fact.value] = "licence-\(licences.count + 1)"
            }
            for edge in part.edges where edge.reference == nil && edge.relation.isParty && parties[edge.name] == nil {
                parties[edge.name] = "party-\(parties.count + 1)"
            }
        }
        let ids = Dictionary(uniqueKeysWithValues: content.parts.enumerated().map { ($1.reference, id($1, $0)) })
        for (name, id) in licences { result.append(licence(name, id)) }
        for (name, id) in parties {
            result.append(
                Element(id: id) { json in
                    json.string("type", "Organization")
                    json.string("name", PrintableText.quoting(name, limit: 400))
                })
        }
        var relations = 0
        func relate(_ from: String, _ type: String, _ to: [String], comment: String? = nil, isIncomplete: Bool = false)
        {
            relations += 1
            result.append(
                Element(id: "relationship-\(relations)") { json in
                    json.string("type", "Relationship")
                    json.string("relationshipType", type)
                    json.string("from", base + from)
                    json.array("to") { json in
                        for target in to {
                            json.string(nil, target.hasPrefix("expandedlicensing_") ? target : base + target)
                        }
                    }
                    json.string("completeness", isIncomplete ? "incomplete" : nil)
                    json.string("comment", comment)
                })
        }
        let all = content.parts.compactMap { ids[$0.reference] }.sorted()
        if !all.isEmpty { relate("project", "contains", all, isIncomplete: true) }
        for part in content.parts {
            guard let id = ids[part.reference] else { continue }
            let supplier = part.edges.first { $0.relation == .suppliedBy }.flatMap { parties[$0.name] }
            let collectors = part.edges.filter { $0.relation == .collectedBy }.compactMap { parties[$0.name] }
            result.append(element(part, id, base, supplier: supplier, collectors: collectors))
            for (number, file) in part.files.enumerated() where part.kind == .model || part.kind == .dataset {
                let fileID = "\(id)-file-\(number + 1)"
                result.append(self.file(file, fileID, part.kind))
                relate(id, part.kind == .model ? "hasDataFile" : "contains", [fileID])
            }
            // Exactly one declared and one concluded licence, which the AI profile asks for.
            let declared = part.licences.first.flatMap { licences[$0.value] }
            if part.kind == .model || part.kind == .dataset || declared != nil {
                relate(id, "hasDeclaredLicense", [declared ?? "expandedlicensing_NoAssertionLicense"])
                relate(id, "hasConcludedLicense", ["expandedlicensing_NoAssertionLicense"])
            }
            for edge in part.edges {
                if let target = edge.reference.flatMap({ ids[$0] }) {
                    switch edge.relation {
                    case .trainedOn: relate(id, "trainedOn", [target], comment: edge.grade.name)
                    case .evaluatedOn: relate(id, "testedOn", [target], comment: edge.grade.name)
                    case let relation where relation.isDerivation:
                        relate(id, "descendantOf", [target], comment: relation.rawValue)
                    case .contains: relate(id, "contains", [target])
                    default: relate(id, "dependsOn", [target])
                    }
                } else if let party = parties[edge.name], edge.relation != .suppliedBy, edge.relation != .collectedBy {
                    relate(id, "other", [party], comment: edge.relation.rawValue)
                }
            }
        }
        return result
    }

    private func id(_ part: BillPart, _ index: Int) -> String {
        let digits = String(index + 1)
        return "\(part.kind.rawValue)-\(String(repeating: "0", count: max(0, 5 - digits.count)))\(digits)"
    }

    private func licence(_ name: String, _ id: String) -> Element {
        let isListed = LicenceList.identifier(name) != nil || LicenceList.isExpression(name)
        return Element(id: id) { json in
            json.string("type", isListed ? "simplelicensing_LicenseExpression" : "simplelicensing_SimpleLicensingText")
            if isListed {
                json.string("simplelicensing_licenseExpression", LicenceList.identifier(name) ?? name)
            } else {
                json.string("name", PrintableText.quoting(name, limit: 400))
                json.string("simplelicensing_licenseText", PrintableText.quoting(name, limit: 4000))
            }
        }
    }

    private func element(
        _ part: BillPart, _ id: String, _ base: String, supplier: String?, collectors: [String]
    ) -> Element {
        Element(id: id) { json in
            let asset = part.asset
            json.string(
                "type",
                part.kind == .model
                    ? "ai_AIPackage" : part.kind == .dataset ? "dataset_DatasetPackage" : "software_Package")
            json.string("name", PrintableText.quoting(part.name.isEmpty ? "unnamed" : part.name, limit: 1000))
            json.string("description", asset?.fact(.description)?.value)
            if !part.hashes.isEmpty {
                json.array("verifiedUsing") { json in
                    for hash in part.hashes { Self.hash(hash.algorithm, hash.value, &json) }
                }
            }
            json.string("suppliedBy", supplier.map { base + $0 })
            if !collectors.isEmpty {
                json.array("originatedBy") { json in
                    for collector in Set(collectors).sorted() { json.string(nil, base + collector) }
                }
            }
            json.string("software_packageVersion", part.version?.value)
            json.string("software_packageUrl", part.purl)
            json.string("software_primaryPurpose", purpose(part))
            if part.kind == .model { model(asset, &json) }
            if part.kind == .dataset { dataset(part, &json) }
            properties(part, &json)
        }
    }

    private func purpose(_ part: BillPart) -> String {
        switch part.kind {
        case .model: "model"
        case .dataset: "data"
        case .library: "library"
        case .container: "container"
        case .service, .mcpServer, .agent: "application"
        case .skill, .prompt, .tokenizer: "file"
        }
    }

    private static func hash(_ algorithm: String, _ value: String, _ json: inout JSONWriter) {
        json.object { json in
            json.string("type", "Hash")
            json.string("algorithm", algorithm.lowercased().replacing("-", with: ""))
            json.string("hashValue", value)
        }
    }

    private func file(_ file: InventoryFile, _ id: String, _ kind: BillPart.Kind) -> Element {
        Element(id: id) { json in
            json.string("type", "software_File")
            json.string("name", PrintableText.quoting(file.path, limit: 1000))
            if let digest = file.digest { json.array("verifiedUsing") { Self.hash("SHA-256", digest, &$0) } }
            json.string("software_primaryPurpose", kind == .model ? "model" : "data")
            json.string("software_fileKind", "file")
        }
    }

    private func model(_ asset: InventoryAsset?, _ json: inout JSONWriter) {
        guard let asset else { return }
        list("ai_domain", asset.values(.task), &json)
        list("ai_typeOfModel", asset.values(.architecture) + asset.values(.family), &json)
        json.string("ai_informationAboutTraining", asset.fact(.training)?.value)
        json.string("ai_informationAboutApplication", asset.fact(.intendedUse)?.value)
        json.string("ai_limitation", asset.fact(.limitations)?.value)
        var entries: [(String, String)] = []
        for field in [
            InventoryAsset.Field.parameters, .dtype, .contextLength, .vocabulary, .quantisation, .adapter, .tokenizer,
        ] {
            if let fact = asset.fact(field) { entries.append((field.rawValue, fact.value)) }
        }
        for text in asset.values(.hyperparameters) {
            let sides = text.split(separator: "=", maxSplits: 1).map(String.init)
            if sides.count == 2 { entries.append((sides[0], sides[1])) }
        }
        dictionary("ai_hyperparameter", entries, &json)
        dictionary(
            "ai_metric",
            asset.metrics.prefix(200).map { metric in
                (metric.dataset.map { "\(metric.name) on \($0)" } ?? metric.name, metric.value)
            }, &json)
    }

    private func dataset(_ part: BillPart, _ json: inout JSONWriter) {
        let formats = Set(part.asset?.values(.format) ?? [])
        let tasks = (part.asset?.values(.task) ?? []).joined(separator: " ")
        let isText = tasks.contains("text") || !formats.isDisjoint(with: ["jsonl", "ndjson"])
        let isTable = !formats.isDisjoint(with: ["csv", "tsv", "parquet"])
        json.array("dataset_datasetType") { $0.string(nil, isText ? "text" : isTable ? "structured" : "noAssertion") }
        if let rows = part.asset?.fact(.rows).flatMap({ Int($0.value) }), rows >= 0 {
            json.number("dataset_datasetSize", rows)
        }
        json.string("dataset_dataCollectionProcess", part.asset?.fact(.collection)?.value)
        json.string("dataset_intendedUse", part.asset?.fact(.intendedUse)?.value)
    }

    private func list(_ key: String, _ values: [String], _ json: inout JSONWriter) {
        var seen: Set<String> = []
        let unique = values.filter { seen.insert($0).inserted }
        guard !unique.isEmpty else { return }
        json.array(key) { json in for value in unique { json.string(nil, value) } }
    }

    private func dictionary(_ key: String, _ entries: [(String, String)], _ json: inout JSONWriter) {
        guard !entries.isEmpty else { return }
        json.array(key) { json in
            for (name, value) in entries {
                json.object { json in
                    json.string("type", "DictionaryEntry")
                    json.string("key", PrintableText.quoting(name, limit: 200))
                    json.string("value", PrintableText.quoting(value, limit: 2000))
                }
            }
        }
    }

    /// Grades, places and fields without a property of their own.
    private func properties(_ part: BillPart, _ json: inout JSONWriter) {
        var entries: [(String, String)] = [("cordon:kind", part.kind.rawValue)]
        for field in InventoryAsset.Field.allCases {
            guard let best = part.asset?.fact(field) else { continue }
            entries.append(("cordon:\(field.rawValue)", best.value))
            entries.append(
                ("cordon:grade:\(field.rawValue)", "\(best.grade.name) (\(best.evidence.file), \(best.evidence.place))")
            )
        }
        for edge in part.edges {
            entries.append(("cordon:grade:\(edge.relation.rawValue):\(edge.name)", edge.grade.name))
        }
        if part.licences.count > 1 {
            for fact in part.licences.dropFirst() { entries.append(("cordon:licence", fact.value)) }
        }
        for occurrence in part.occurrences.prefix(20) {
            entries.append(("cordon:occurrence", "\(occurrence.file), line \(occurrence.line)"))
        }
        entries += part.properties.map { ($0.name, $0.value) }
        json.array("extension") { json in
            json.object { json in
                json.string("type", "extension_CdxPropertiesExtension")
                json.array("extension_cdxProperty") { json in
                    for (name, value) in entries {
                        json.object { json in
                            json.string("type", "extension_CdxPropertyEntry")
                            json.string("extension_cdxPropName", PrintableText.quoting(name, limit: 400))
                            json.string("extension_cdxPropValue", PrintableText.quoting(value, limit: 4000))
                        }
                    }
                }
            }
        }
    }
}
