internal import CordonCore
internal import CordonFormats
internal import CordonSigning

/// Reading what a dataset's own files say of it.
extension InventoryCollector {
    mutating func readDataset(_ index: Int) {
        let location = inventory.assets[index].location
        let folder = byPath[location] == nil ? location : Self.parent(location) ?? ""
        readTables(index)
        guard byPath[location] == nil else { return }
        if let card = cards[folder], card.isDataset { readDatasetCard(index, folder, card) }
        for name in ["croissant.json", "metadata.json", "dataset.json"] {
            guard let item = item(folder, name), let bytes = reader.text(item), let root = try? DataNode.json(bytes),
                Croissant.matches(root)
            else { continue }
            readCroissant(index, Croissant(root), item.path, folder)
        }
        readLicence(index, folder)
    }

    /// Rows and columns as far as the format tells them cheaply: lines of text tables, shapes of arrays.
    private mutating func readTables(_ index: Int) {
        var rows = 0
        var isWhole = true
        for file in inventory.assets[index].files where FileRoles.isData(Self.last(file.path)[...]) {
            let ending = FileRoles.ending(Self.last(file.path)[...])
            inventory.assets[index].add(.format, ending, .inferred, Evidence(file: file.path, place: "name"))
            guard file.byteCount <= 256 << 20, !file.path.hasSuffix(".gz"), !file.path.hasSuffix(".zst"),
                let number = byPath[file.path], let storage = reader.tree.storage(of: items[number].entry.path)
            else {
                isWhole = false
                continue
            }
            var counted: Int?
            var header: [String] = []
            let hasShrunk = storage.guarded {
                ByteView(storage).withSpan { span in
                    switch ending {
                    case "csv", "tsv":
                        let lines = Self.lineCount(span)
                        counted = max(0, lines - 1)
                        header = Self.header(span, separator: ending == "tsv" ? 0x09 : 0x2C)
                    case "jsonl", "ndjson":
                        counted = Self.lineCount(span)
                        header = Self.keys(span)
                    default: counted = nil
                    }
                }
            }
            guard !hasShrunk, let counted else {
                isWhole = false
                continue
            }
            rows += counted
            if !header.isEmpty {
                inventory.assets[index].add(
                    .columns, header.joined(separator: ", "), .verified, Evidence(file: file.path, place: "header"))
            }
        }
        if isWhole, rows > 0 {
            inventory.assets[index].add(
                .rows, String(rows), .verified, Evidence(file: inventory.assets[index].location, place: "lines counted")
            )
        }
    }

    private static func lineCount(_ span: RawSpan) -> Int {
        span.withUnsafeBytes { buffer in
            var count = 0
            for byte in buffer where byte == 0x0A { count += 1 }
            if let last = buffer.last, last != 0x0A { count += 1 }
            return count
        }
    }

    private static func firstLine(_ span: RawSpan) -> String? {
        let end = span.firstIndex(of: 0x0A, from: 0, to: min(span.byteCount, 65_536)) ?? min(span.byteCount, 65_536)
        return span.text(at: 0, count: end)
    }

    private static func header(_ span: RawSpan, separator: UInt8) -> [String] {
        guard let line = firstLine(span) else { return [] }
        let mark = Character(Unicode.Scalar(separator))
        return line.split(separator: mark, omittingEmptySubsequences: false).prefix(200).map {
            PrintableText.quoting(String($0.trimmingWhitespace).trimmingCharacters("\""), limit: 80)
        }
    }

    private static func keys(_ span: RawSpan) -> [String] {
        guard let line = firstLine(span), let node = try? DataNode.json(Array(line.utf8)) else { return [] }
        return node.members.prefix(200).map { PrintableText.quoting($0.key, limit: 80) }
    }

    // MARK: Cards

    private mutating func readDatasetCard(_ index: Int, _ folder: String, _ card: Card) {
        let file = item(folder, "README.md")?.path ?? "README.md"
        for (value, line) in card.strings("license") {
            inventory.assets[index].add(
                .licence, LicenceName.normalised(value), .claimed, Evidence(file: file, place: "license, line \(line)"))
        }
        for (key, field) in [
            ("license_name", InventoryAsset.Field.licence), ("language", .language), ("task_categories", .task),
        ] {
            for (value, line) in card.strings(key) {
                inventory.assets[index].add(field, value, .claimed, Evidence(file: file, place: "\(key), line \(line)"))
            }
        }
        for (value, line) in card.strings("source_datasets") {
            if value == "original" {
                origins.insert(index)
                continue
            }
            guard let name = value.split(separator: "|").last, value != "extended" else { continue }
            refer(
                index, .derivedFrom, .dataset, String(name), .claimed, file, "source_datasets, line \(line)",
                source: "card")
        }
        for (value, line) in card.strings("annotations_creators")
        where !["no-annotation", "other", "found"].contains(value) {
            refer(
                index, .labelledBy, .party, value, .claimed, file, "annotations_creators, line \(line)", source: "card")
            inventory.assets[index].add(
                .annotation, value, .claimed, Evidence(file: file, place: "annotations_creators"))
        }
        for (value, line) in card.strings("language_creators") {
            inventory.assets[index].add(
                .collection, value, .claimed, Evidence(file: file, place: "language_creators, line \(line)"))
        }
        readInfo(index, card, file)
        readHints(index, card, file)
    }

    /// What the text says, where the front matter says nothing.
    private mutating func readHints(_ index: Int, _ card: Card, _ file: String) {
        let hasSource = references.contains { $0.asset == index && $0.relation == .derivedFrom }
        for hint in CardText.hints(card, isDataset: true) {
            let place = "text, line \(hint.line)"
            switch hint.kind {
            case .licence:
                inventory.assets[index].add(.licence, hint.value, .inferred, Evidence(file: file, place: place))
            case .party:
                refer(
                    index, hint.relation ?? .suppliedBy, .party, hint.value, .inferred, file, place, source: "text")
            case .base where !hasSource:
                let reference = AssetReference(hint.value)
                if reference.matches(AssetReference(inventory.assets[index].name)) { continue }
                refer(index, .derivedFrom, .dataset, hint.value, .inferred, file, place, source: "text")
            default: continue
            }
        }
    }

    private mutating func readInfo(_ index: Int, _ card: Card, _ file: String) {
        guard let info = card.matter?["dataset_info"] else { return }
        for part in info.isList ? info.elements : [info] {
            let evidence = Evidence(file: file, place: "dataset_info, line \(part.line + 1)")
            var rows = 0
            for split in part["splits"]?.elements ?? [] {
                guard let count = split["num_examples"]?.integer, count >= 0 else { continue }
                rows = rows.addingReportingOverflow(count).overflow ? rows : rows + count
                inventory.assets[index].add(
                    .splits, "\(split["name"]?.string ?? "split")=\(count)", .claimed, evidence)
            }
            if rows > 0 { inventory.assets[index].add(.rows, String(rows), .claimed, evidence) }
            let names = (part["features"]?.elements ?? []).compactMap { feature in
                feature["name"]?.string.map { name in feature["dtype"]?.string.map { "\(name):\($0)" } ?? name }
            }
            inventory.assets[index].add(.columns, names.joined(separator: ", "), .claimed, evidence)
        }
    }

    // MARK: Croissant

    private mutating func readCroissant(_ index: Int, _ croissant: Croissant, _ file: String, _ folder: String) {
        func evidence(_ key: String) -> Evidence { Evidence(file: file, place: key) }
        if let name = croissant.repository {
            let own = AssetReference(inventory.assets[index].name)
            if own.owner == nil { inventory.assets[index].name = name }
        } else if let name = croissant.text("name"), FileRoles.genericFolders.contains(Self.last(folder)) {
            inventory.assets[index].name = name
        }
        for licence in croissant.texts("license") {
            inventory.assets[index].add(.licence, LicenceName.normalised(licence), .claimed, evidence("license"))
        }
        inventory.assets[index].add(.description, croissant.text("description"), .claimed, evidence("description"))
        inventory.assets[index].add(.version, croissant.text("version"), .claimed, evidence("version"))
        inventory.assets[index].add(.homepage, croissant.text("url"), .claimed, evidence("url"))
        inventory.assets[index].add(.released, croissant.text("datePublished"), .claimed, evidence("datePublished"))
        inventory.assets[index].add(
            .columns, croissant.columns.joined(separator: ", "), .claimed, evidence("recordSet"))
        for (key, field) in [
            ("dataCollection", InventoryAsset.Field.collection), ("personalSensitiveInformation", .sensitive),
            ("dataAnnotationProtocol", .annotation), ("dataUseCases", .intendedUse), ("dataLimitations", .limitations),
        ] {
            for text in croissant.rai(key) {
                inventory.assets[index].add(field, text, .claimed, evidence("rai:\(key)"))
            }
        }
        for (relation, name, key) in croissant.parties {
            refer(index, relation, .party, name, .claimed, file, key, source: "croissant")
        }
        for name in croissant.sources {
            refer(index, .derivedFrom, .dataset, name, .claimed, file, "isBasedOn", source: "croissant")
        }
        for (path, digest) in croissant.files {
            let full = folder.isEmpty ? path : folder + "/" + path
            guard let found = digests[full], found != digest else { continue }
            inventory.graph.problem(
                .contradiction,
                "'\(PrintableText.quoting(full, limit: 200))' is not the file that the description names: its SHA-256 differs",
                file: file)
        }
    }
}

/// A Croissant description of a dataset.
///
/// Source: MLCommons Croissant 1.0 and 1.1, RAI vocabulary 1.0; PROV-O terms as 1.1 uses them. Keys are read with the
/// prefixes people write (`sc:`, `cr:`, `rai:`, `prov:`, none, or the full address); no context is fetched.
struct Croissant {
    private let root: DataNode

    init(_ root: DataNode) { self.root = root }

    /// Whether a JSON object is such a description.
    static func matches(_ root: DataNode) -> Bool {
        let types = root["@type"]?.strings ?? []
        let isDataset = types.contains { $0.hasSuffix("Dataset") }
        let standards = (root["conformsTo"] ?? root["dct:conformsTo"])
        let names = (standards?.strings ?? []) + [standards?["@id"]?.string].compactMap { $0 }
        let context = root["@context"]
        return isDataset
            && (names.contains { $0.contains("croissant") } || context?["cr"] != nil || root["distribution"] != nil)
    }

    private func node(_ key: String, in object: DataNode? = nil) -> DataNode? {
        let object = object ?? root
        for prefix in ["", "sc:", "cr:", "schema:", "rai:", "prov:", "dct:"] {
            if let found = object[prefix + key] { return found }
        }
        let suffixes = ["/" + key, "#" + key]
        return object.members.last { member in suffixes.contains { member.key.hasSuffix($0) } }?.value
    }

    private func list(_ node: DataNode?) -> [DataNode] {
        guard let node else { return [] }
        return node.isList ? node.elements : [node]
    }

    /// A value's text: a string, `{"@value": …}`, a name or an address.
    private func label(_ node: DataNode) -> String? {
        if let text = node.string { return text }
        for key in ["name", "label", "@value", "url", "@id"] {
            if let found = self.node(key, in: node), let text = found.string { return text }
        }
        return nil
    }

    func texts(_ key: String) -> [String] { list(node(key)).compactMap(label) }
    func text(_ key: String) -> String? { texts(key).first }

    /// A value of the responsible-AI vocabulary.
    func rai(_ key: String) -> [String] {
        list(
            root["rai:" + key] ?? root["http://mlcommons.org/croissant/RAI/" + key]
                ?? root["https://mlcommons.org/croissant/RAI/" + key] ?? root[key]
        ).compactMap(label)
    }

    /// `owner/name` when the address is one of the hub.
    var repository: String? {
        for key in ["url", "@id", "sameAs"] {
            for text in texts(key) where text.contains("huggingface.co/datasets/") {
                let reference = AssetReference(text)
                if reference.owner != nil { return reference.name }
            }
        }
        return nil
    }

    /// Names of the columns.
    var columns: [String] {
        list(node("recordSet")).flatMap { list(node("field", in: $0)) }.compactMap { self.node("name", in: $0)?.string }
    }

    /// Datasets that it is based on.
    var sources: [String] {
        (list(node("isBasedOn")) + list(node("wasDerivedFrom"))).compactMap { source in
            let address = self.node("url", in: source)?.string ?? source["@id"]?.string ?? source.string
            if let address, address.contains("huggingface.co/datasets/") { return address }
            return self.node("name", in: source)?.string ?? self.node("label", in: source)?.string ?? address
        }
    }

    /// Files with a SHA-256: path and digest. Placeholders that are no digest are left out.
    var files: [(path: String, digest: String)] {
        list(node("distribution")).compactMap { object in
            guard let path = node("contentUrl", in: object)?.string, !PythonRequirementLine.isURL(path),
                let digest = node("sha256", in: object)?.string?.lowercased(), digest.utf8.count == 64,
                digest.utf8.allSatisfy({ VersionScanner.isDigit($0) || (0x61...0x66).contains($0) })
            else { return nil }
            return (path.hasPrefix("./") ? String(path.dropFirst(2)) : path, digest)
        }
    }

    /// Who made, supplied, collected and labelled it.
    var parties: [(ProvenanceGraph.Relation, String, String)] {
        var result: [(ProvenanceGraph.Relation, String, String)] = []
        for party in list(node("creator")) + list(node("author")) {
            if let name = label(party) { result.append((.collectedBy, name, "creator")) }
        }
        for (key, relation) in [
            ("publisher", ProvenanceGraph.Relation.suppliedBy), ("provider", .suppliedBy),
            ("distributor", .republishedBy),
        ] {
            for party in list(node(key)) { if let name = label(party) { result.append((relation, name, key)) } }
        }
        for key in ["dataAnnotationPlatform", "annotationPlatform", "machineAnnotationTools"] {
            for name in rai(key) { result.append((.labelledBy, name, "rai:\(key)")) }
        }
        activities(root, &result, depth: 0)
        return result
    }

    /// `prov:wasGeneratedBy` and `prov:wasAttributedTo` on the dataset, its files and fields.
    private func activities(
        _ object: DataNode, _ result: inout [(ProvenanceGraph.Relation, String, String)], depth: Int
    ) {
        guard depth < 4 else { return }
        for activity in list(node("wasGeneratedBy", in: object)) {
            let words =
                ([label(activity)] + [activity["@type"]?.strings.joined(separator: " ")]
                + list(node("type", in: activity)).map(label) + list(node("description", in: activity)).map(label))
                .compactMap { $0 }.joined(separator: " ").lowercased()
            for agent in list(node("wasAssociatedWith", in: activity)) + list(node("agent", in: activity)) {
                guard let name = label(agent) else { continue }
                result.append((Self.relation(words), name, "prov:wasGeneratedBy"))
            }
        }
        let isLabel =
            [object["@id"], node("name", in: object), node("description", in: object)].compactMap { $0?.string }
            .contains { Self.relation($0.lowercased()) == .labelledBy }
            || list(node("dataType", in: object)).compactMap(\.string).contains { $0.hasSuffix("Label") }
        for agent in list(node("wasAttributedTo", in: object)) {
            guard let name = label(agent) else { continue }
            result.append((depth > 0 && isLabel ? .labelledBy : .collectedBy, name, "prov:wasAttributedTo"))
        }
        for key in ["distribution", "recordSet", "field"] {
            for child in list(node(key, in: object)).prefix(1000) { activities(child, &result, depth: depth + 1) }
        }
    }

    private static func relation(_ words: String) -> ProvenanceGraph.Relation {
        ["label", "annotat", "rating", "judg", "tagging"].contains { words.contains($0) } ? .labelledBy : .collectedBy
    }
}
