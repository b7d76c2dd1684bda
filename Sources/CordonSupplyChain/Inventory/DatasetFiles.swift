internal import CordonCore
internal import CordonFormats
internal import CordonSigning
internal import Crypto

/// Reading what a dataset's own files say of it.
extension InventoryCollector {
    mutating func readDataset(_ index: Int) {
        let location = inventory.assets[index].location
        let folder = byPath[location] == nil ? location : Self.parent(location) ?? ""
        readTables(index)
        guard byPath[location] == nil else { return }
        if let card = cards[folder], card.isDataset { readDatasetCard(index, folder, card) }
        for number in byFolder[folder] ?? [] where DatasetDescription.isCandidate(items[number].name) {
            guard items[number].entry.identity.byteCount < 64 << 20, let bytes = reader.text(items[number]),
                let root = try? DataNode.json(bytes)
            else { continue }
            if Croissant.matches(root) {
                readCroissant(index, Croissant(root), items[number].path, folder)
            } else if let description = DatasetDescription(root, name: items[number].name) {
                add(description, to: index, items[number].path, folder)
            }
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
        for (name, relation, other) in croissant.remotes.prefix(1000) {
            remotes.append((Redaction.text(name), relation, Redaction.text(other), file, "prov:wasDerivedFrom"))
        }
        for (path, digest) in croissant.files { check(path, digest, folder, file) }
    }

    /// What a description of another kind says.
    private mutating func add(
        _ description: DatasetDescription, to index: Int, _ file: String, _ folder: String
    ) {
        if let name = description.name, inventory.assets[index].owner == nil,
            AssetReference(name).owner != nil || FileRoles.genericFolders.contains(Self.last(folder).lowercased())
        {
            inventory.assets[index].name = name
        }
        for licence in description.licences {
            inventory.assets[index].add(
                .licence, LicenceName.normalised(licence), .claimed, Evidence(file: file, place: "licenses"))
        }
        for (field, value, key) in description.facts {
            inventory.assets[index].add(field, value, .claimed, Evidence(file: file, place: key))
        }
        for (relation, name, key) in description.edges {
            refer(
                index, relation, relation.isParty ? .party : .dataset, name, .claimed, file, key, source: "description")
        }
        for (path, digest) in description.files { check(path, digest, folder, file) }
    }

    private mutating func check(_ path: String, _ digest: String, _ folder: String, _ file: String) {
        let full = folder.isEmpty ? path : folder + "/" + path
        let isSHA = digest.utf8.count == 64
        guard let found = isSHA ? digests[full] : md5(full), found != digest else { return }
        inventory.graph.problem(
            .contradiction,
            "'\(PrintableText.quoting(full, limit: 200))' is not the file that the description names: its \(isSHA ? "SHA-256" : "MD5") differs",
            file: file)
    }

    /// MD5 protects from accidents only; a file with another one is another file all the same.
    private func md5(_ path: String) -> String? {
        guard let number = byPath[path], let storage = reader.tree.storage(of: items[number].entry.path) else {
            return nil
        }
        var found: String?
        let hasShrunk = storage.guarded {
            ByteView(storage).withSpan { span in
                var hasher = Insecure.MD5()
                span.withUnsafeBytes { hasher.update(bufferPointer: $0) }
                found = Hexadecimal.encode(hasher.finalize())
            }
        }
        return hasShrunk ? nil : found
    }
}
