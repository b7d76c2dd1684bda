internal import CordonCore

/// Writes CycloneDX 1.6 and 1.7.
///
/// Source: ECMA-424 and the JSON schemas of CycloneDX 1.6 and 1.7. Grades stand in properties in both; 1.7 has citations
/// with pointers to the fields beside them.
struct CycloneDXWriter {
    let content: BillContent
    let isNew: Bool
    let version: String

    /// Fields with the same grade and source, of one component.
    private struct Citation: Hashable {
        let component: Int
        let note: String
    }

    func document(_ stamp: BillStamp) -> [UInt8] {
        // The identifier covers everything but itself.
        let body = render(stamp, identifier: "00000000-0000-4000-8000-000000000000")
        guard stamp.identifier == nil else { return render(stamp, identifier: stamp.identifier ?? "") }
        return render(stamp, identifier: stamp.identifier(for: body))
    }

    private func render(_ stamp: BillStamp, identifier: String) -> [UInt8] {
        var citations: [Citation: [String]] = [:]
        var order: [Citation] = []
        var json = JSONWriter()
        let specification = isNew ? "1.7" : "1.6"
        json.object { json in
            json.string("$schema", "http://cyclonedx.org/schema/bom-\(specification).schema.json")
            json.string("bomFormat", "CycloneDX")
            json.string("specVersion", specification)
            json.string("serialNumber", "urn:uuid:\(identifier)")
            json.number("version", 1)
            metadata(stamp, &json)
            json.array("components") { json in
                var index = 0
                for part in content.parts where part.kind != .service {
                    component(part, &json) { pointer, fact in
                        let note = "\(fact.grade.name): \(fact.evidence.file), \(fact.evidence.place)"
                        let key = Citation(component: index, note: note)
                        if citations[key] == nil { order.append(key) }
                        citations[key, default: []].append("/components/\(index)\(pointer)")
                    }
                    index += 1
                }
            }
            services(&json)
            dependencies(&json)
            json.array("compositions") { json in
                json.object { json in
                    json.string("aggregate", "incomplete")
                    json.array("assemblies") { $0.string(nil, content.root) }
                }
            }
            if isNew, !order.isEmpty {
                json.array("citations") { json in
                    for key in order {
                        json.object { json in
                            json.array("pointers") { json in
                                var seen: Set<String> = []
                                for pointer in citations[key] ?? [] where seen.insert(pointer).inserted {
                                    json.string(nil, pointer)
                                }
                            }
                            json.string("timestamp", stamp.time)
                            json.string("attributedTo", "tool:cordon")
                            json.string("note", PrintableText.quoting(key.note, limit: 500))
                        }
                    }
                }
            }
        }
        return json.bytes
    }

    private func metadata(_ stamp: BillStamp, _ json: inout JSONWriter) {
        json.object("metadata") { json in
            json.string("timestamp", stamp.time)
            json.array("lifecycles") { json in json.object { $0.string("phase", "discovery") } }
            json.object("tools") { json in
                json.array("components") { json in
                    json.object { json in
                        json.string("type", "application")
                        json.string("bom-ref", "tool:cordon")
                        json.object("manufacturer") { $0.string("name", "Cordon") }
                        json.string("name", "cordon")
                        json.string("version", version)
                    }
                }
            }
            json.object("component") { json in
                json.string("type", "application")
                json.string("bom-ref", content.root)
                json.string("name", content.name.isEmpty ? "project" : content.name)
                json.string("version", content.revision)
                properties(
                    content.languages.map { ("cordon:code:\($0.language)", "\($0.files) files") }
                        + content.skipped.prefix(100).map { ("cordon:not-evaluated", $0) }, &json)
            }
        }
    }

    // MARK: Components

    private typealias Cite = (_ pointer: String, _ fact: Fact) -> Void

    private func component(_ part: BillPart, _ json: inout JSONWriter, _ cite: Cite) {
        json.object { json in
            json.string("type", type(part))
            json.string("bom-ref", part.reference)
            if let supplier = part.edges.first(where: { $0.relation == .suppliedBy }) {
                json.object("supplier") { $0.string("name", supplier.name) }
                if let evidence = supplier.evidence { cite("/supplier", Fact(supplier.name, supplier.grade, evidence)) }
            } else if let fact = part.asset?.fact(.supplier) {
                json.object("supplier") { $0.string("name", fact.value) }
                cite("/supplier", fact)
            }
            if let authors = part.asset?.facts[.author], !authors.isEmpty {
                json.array("authors") { json in
                    for author in authors { json.object { $0.string("name", author.value) } }
                }
                for (index, author) in authors.enumerated() { cite("/authors/\(index)", author) }
            }
            json.string("group", part.group)
            json.string("name", part.shortName.isEmpty ? "unnamed" : part.shortName)
            if let version = part.version {
                json.string("version", version.value)
                cite("/version", version)
            }
            if let description = part.asset?.fact(.description) {
                json.string("description", description.value)
                cite("/description", description)
            }
            if part.isOptional, part.kind == .library { json.string("scope", "optional") }
            hashes(part.hashes, &json)
            licences(part, &json, cite)
            json.string("purl", part.purl)
            references(part, &json)
            pedigree(part, &json, cite)
            files(part, &json)
            evidence(part, &json)
            if part.kind == .model { modelCard(part, &json, cite) }
            if part.kind == .dataset { data(part, &json, cite) }
            properties(allProperties(part), &json)
        }
    }

    private func type(_ part: BillPart) -> String {
        switch part.kind {
        case .model: "machine-learning-model"
        case .dataset: "data"
        case .library: "library"
        case .container: "container"
        case .mcpServer, .agent, .service: "application"
        case .skill, .prompt, .tokenizer: "file"
        }
    }

    private func hashes(_ hashes: [(algorithm: String, value: String)], _ json: inout JSONWriter) {
        guard !hashes.isEmpty else { return }
        json.array("hashes") { json in
            for hash in hashes {
                json.object { json in
                    json.string("alg", hash.algorithm)
                    json.string("content", hash.value)
                }
            }
        }
    }

    private func licences(_ part: BillPart, _ json: inout JSONWriter, _ cite: Cite) {
        var values: [Fact] = []
        for fact in part.licences where !values.contains(where: { $0.value == fact.value }) { values.append(fact) }
        guard !values.isEmpty else { return }
        // Either one expression alone, or licences.
        let isExpression = values.count == 1 && LicenceList.isExpression(values[0].value)
        json.array("licenses") { json in
            for fact in values {
                json.object { json in
                    if isExpression {
                        json.string("expression", fact.value)
                        json.string("acknowledgement", "declared")
                    } else {
                        json.object("license") { json in
                            if let identifier = LicenceList.identifier(fact.value) {
                                json.string("id", identifier)
                            } else {
                                json.string("name", fact.value)
                            }
                            json.string("acknowledgement", "declared")
                        }
                    }
                }
            }
        }
        for (index, fact) in values.enumerated() { cite("/licenses/\(index)", fact) }
    }

    private func references(_ part: BillPart, _ json: inout JSONWriter) {
        var entries: [(String, String)] = []
        if let card = part.files.first(where: { $0.path.hasSuffix("README.md") }), part.kind == .model {
            entries.append(("model-card", Self.escaped(card.path)))
        }
        if let address = part.asset?.fact(.homepage)?.value, let url = Self.address(address) {
            entries.append(("website", url))
        }
        if part.kind == .mcpServer || part.kind == .agent {
            for address in part.asset?.values(.endpoint) ?? [] {
                if let url = Self.address(address) { entries.append(("distribution", url)) }
            }
        }
        guard !entries.isEmpty else { return }
        json.array("externalReferences") { json in
            for (type, url) in entries {
                json.object { json in
                    json.string("type", type)
                    json.string("url", url)
                }
            }
        }
    }

    /// A relative path as an IRI reference.
    static func escaped(_ path: String) -> String {
        var result = ""
        for byte in path.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E, 0x2F:
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = Array("0123456789ABCDEF")
                result += "%" + String(digits[Int(byte >> 4)]) + String(digits[Int(byte & 15)])
            }
        }
        // A first segment with a colon would read as a scheme; escaping has removed colons.
        return result
    }

    /// An address that is one, with everything else percent-encoded; `nil` for other text.
    static func address(_ text: String) -> String? {
        guard PythonRequirementLine.isURL(text) else { return nil }
        var result = ""
        for byte in text.utf8 {
            let isPlain = byte > 0x20 && byte < 0x7F && !Array("\"<>\\^`{|}%".utf8).contains(byte)
            if isPlain {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = Array("0123456789ABCDEF")
                result += "%" + String(digits[Int(byte >> 4)]) + String(digits[Int(byte & 15)])
            }
        }
        return result.utf8.count < 2048 ? result : nil
    }

    private func pedigree(_ part: BillPart, _ json: inout JSONWriter, _ cite: Cite) {
        let bases = part.edges.filter(\.relation.isDerivation)
        guard !bases.isEmpty else { return }
        json.object("pedigree") { json in
            json.array("ancestors") { json in
                for base in bases {
                    json.object { json in
                        json.string("type", part.kind == .dataset ? "data" : "machine-learning-model")
                        json.string("name", base.name)
                        properties(
                            [("cordon:relation", base.relation.rawValue), ("cordon:grade", base.grade.name)], &json)
                    }
                }
            }
            json.string(
                "notes", bases.map { "\($0.relation.rawValue) \($0.name) (\($0.grade.name))" }.joined(separator: "; "))
        }
        for (index, base) in bases.enumerated() {
            if let evidence = base.evidence {
                cite("/pedigree/ancestors/\(index)", Fact(base.name, base.grade, evidence))
            }
        }
    }

    private func files(_ part: BillPart, _ json: inout JSONWriter) {
        guard !part.files.isEmpty, part.kind == .model || part.kind == .dataset else { return }
        json.array("components") { json in
            for file in part.files {
                json.object { json in
                    json.string("type", "file")
                    json.string("bom-ref", "\(part.reference)/file:\(file.path)")
                    json.string("name", PrintableText.quoting(file.path, limit: .max))
                    hashes(file.digest.map { [("SHA-256", $0)] } ?? [], &json)
                    properties([("cordon:bytes", String(file.byteCount))], &json)
                }
            }
        }
    }

    private func evidence(_ part: BillPart, _ json: inout JSONWriter) {
        guard !part.occurrences.isEmpty else { return }
        json.object("evidence") { json in
            json.array("occurrences") { json in
                for occurrence in part.occurrences {
                    json.object { json in
                        json.string("location", PrintableText.quoting(occurrence.file, limit: .max))
                        json.number("line", max(0, occurrence.line))
                    }
                }
            }
        }
    }

    // MARK: Models and datasets

    private func modelCard(_ part: BillPart, _ json: inout JSONWriter, _ cite: Cite) {
        guard let asset = part.asset else { return }
        json.object("modelCard") { json in
            json.object("modelParameters") { json in
                for (key, field) in [
                    ("task", InventoryAsset.Field.task), ("architectureFamily", .family),
                    ("modelArchitecture", .architecture),
                ] {
                    guard let fact = asset.fact(field) else { continue }
                    json.string(key, fact.value)
                    cite("/modelCard/modelParameters/\(key)", fact)
                }
                let data = part.edges.filter { $0.relation == .trainedOn && $0.reference != nil }
                if !data.isEmpty {
                    json.array("datasets") { json in
                        for edge in data { json.object { $0.string("ref", edge.reference) } }
                    }
                    for (index, edge) in data.enumerated() {
                        if let evidence = edge.evidence {
                            cite("/modelCard/modelParameters/datasets/\(index)", Fact(edge.name, edge.grade, evidence))
                        }
                    }
                }
            }
            if !asset.metrics.isEmpty {
                json.object("quantitativeAnalysis") { json in
                    json.array("performanceMetrics") { json in
                        for metric in asset.metrics.prefix(200) {
                            json.object { json in
                                json.string("type", metric.name)
                                json.string("value", metric.value)
                                json.string("slice", metric.dataset)
                            }
                        }
                    }
                }
            }
            considerations(asset, &json, cite)
        }
    }

    private func considerations(_ asset: InventoryAsset, _ json: inout JSONWriter, _ cite: Cite) {
        let (use, limit) = (asset.fact(.intendedUse), asset.fact(.limitations))
        guard use != nil || limit != nil else { return }
        json.object("considerations") { json in
            if let use { json.array("useCases") { $0.string(nil, use.value) } }
            if let limit { json.array("technicalLimitations") { $0.string(nil, limit.value) } }
        }
        if let use { cite("/modelCard/considerations/useCases/0", use) }
        if let limit { cite("/modelCard/considerations/technicalLimitations/0", limit) }
    }

    private func data(_ part: BillPart, _ json: inout JSONWriter, _ cite: Cite) {
        json.array("data") { json in
            json.object { json in
                json.string("type", "dataset")
                json.string("name", part.name)
                let facts = [InventoryAsset.Field.rows, .columns, .splits, .bytes].compactMap { field in
                    part.asset?.fact(field).map { ("cordon:dataset:\(field.rawValue)", $0.value) }
                }
                if !facts.isEmpty { json.object("contents") { properties(facts, &$0) } }
                if let sensitive = part.asset?.values(.sensitive), !sensitive.isEmpty {
                    json.array("sensitiveData") { json in for text in sensitive { json.string(nil, text) } }
                }
                let owners = part.edges.filter { [.suppliedBy, .collectedBy].contains($0.relation) }.map(\.name)
                if !owners.isEmpty {
                    json.object("governance") { json in
                        json.array("custodians") { json in
                            for owner in Set(owners).sorted() {
                                json.object { $0.object("organization") { $0.string("name", owner) } }
                            }
                        }
                    }
                }
            }
        }
        for field in [InventoryAsset.Field.rows, .columns] {
            if let fact = part.asset?.fact(field) { cite("/data/0/contents", fact) }
        }
    }

    // MARK: Properties

    /// Fields that have a place of their own in the format.
    private static let placed: Set<InventoryAsset.Field> = [
        .licence, .description, .author, .task, .family, .architecture, .intendedUse, .limitations, .supplier,
        .version, .homepage,
    ]

    private func allProperties(_ part: BillPart) -> [(String, String)] {
        var result: [(String, String)] = [("cordon:kind", part.kind.rawValue)]
        if let location = part.asset?.location, part.kind != .library {
            result.append(("cordon:location", location.isEmpty ? "." : location))
        }
        for field in InventoryAsset.Field.allCases {
            guard let facts = part.asset?.facts[field], let best = facts.first else { continue }
            if !Self.placed.contains(field) { result.append(("cordon:\(field.rawValue)", best.value)) }
            result.append(
                ("cordon:grade:\(field.rawValue)", "\(best.grade.name) (\(best.evidence.file), \(best.evidence.place))")
            )
        }
        if part.asset != nil, part.kind == .model || part.kind == .dataset {
            let wanted: [InventoryAsset.Field] =
                part.kind == .model
                ? [.licence, .architecture, .parameters, .dtype, .tokenizer, .task] : [.licence, .rows, .columns]
            for field in wanted where part.asset?.fact(field) == nil {
                result.append(("cordon:grade:\(field.rawValue)", Grade.missing.name))
            }
            if part.kind == .model {
                if !part.edges.contains(where: \.relation.isDerivation) {
                    result.append(("cordon:grade:base-model", Grade.missing.name))
                }
                if !part.edges.contains(where: { $0.relation == .trainedOn }) {
                    result.append(("cordon:grade:training-data", Grade.missing.name))
                }
            }
        }
        for edge in part.edges
        where !(edge.relation == .trainedOn && part.kind == .model) && !edge.relation.isDerivation {
            result.append(("cordon:edge:\(edge.relation.rawValue)", edge.name))
        }
        for edge in part.edges {
            let place = edge.evidence.map { " (\($0.file), \($0.place))" } ?? ""
            result.append(("cordon:grade:\(edge.relation.rawValue):\(edge.name)", edge.grade.name + place))
        }
        return result + part.properties.map { ($0.name, $0.value) }
    }

    private func properties(_ list: [(String, String)], _ json: inout JSONWriter) {
        guard !list.isEmpty else { return }
        json.array("properties") { json in
            for (name, value) in list {
                json.object { json in
                    json.string("name", PrintableText.quoting(name, limit: 400))
                    json.string("value", PrintableText.quoting(value, limit: 4000))
                }
            }
        }
    }

    // MARK: Services and dependencies

    private func services(_ json: inout JSONWriter) {
        let parts = content.parts.filter { $0.kind == .service }
        guard !parts.isEmpty else { return }
        json.array("services") { json in
            for part in parts {
                json.object { json in
                    json.string("bom-ref", part.reference)
                    json.string("name", part.name)
                    let addresses = Set((part.asset?.values(.endpoint) ?? []).compactMap(Self.address)).sorted()
                    if !addresses.isEmpty {
                        json.array("endpoints") { json in for address in addresses { json.string(nil, address) } }
                    }
                    properties(allProperties(part), &json)
                }
            }
        }
    }

    private func dependencies(_ json: inout JSONWriter) {
        json.array("dependencies") { json in
            json.object { json in
                json.string("ref", content.root)
                json.array("dependsOn") { json in
                    for reference in content.parts.map(\.reference).sorted() { json.string(nil, reference) }
                }
            }
            for part in content.parts where !part.dependsOn.isEmpty {
                json.object { json in
                    json.string("ref", part.reference)
                    json.array("dependsOn") { json in
                        for reference in part.dependsOn.sorted() where reference != part.reference {
                            json.string(nil, reference)
                        }
                    }
                }
            }
        }
    }
}
