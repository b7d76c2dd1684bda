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

/// Statements in a file: bare, in DSSE envelopes, in Sigstore bundles, one or one a line.
package enum StatementFile {
    /// One statement with the bytes that carry its signature, if any do.
    package struct Entry: Sendable {
        /// The statement.
        package let statement: ProvenanceStatement
        /// The envelope or bundle; `nil` for a bare statement.
        package let bundle: [UInt8]?
        /// Line of a file of lines, from 1; 0 otherwise.
        package fileprivate(set) var line: Int
    }

    /// Calls `body` for every statement; returns why others could not be read, at most 100 reasons.
    package static func read(_ view: ByteView, _ body: (Entry) -> Void) -> [String] {
        if let document = try? JSONDocument.parse(view) {
            guard let entry = entry(document.root, view, line: 0) else { return [] }
            switch entry {
            case .success(let entry): body(entry)
            case .failure(let reason): return [reason.reason]
            }
            return []
        }
        var failures: [String] = []
        var start = 0
        var line = 0
        OrderedPipeline.run({
            guard start < view.count else { return nil }
            let wanted = min(start + chunkByteCount, view.count)
            let end = view.withSpan { $0.firstIndex(of: 0x0A, from: wanted, to: view.count) } ?? view.count
            defer { start = end + 1 }
            return view.part(offset: start, count: end - start)?.copied
        }) { (chunk: ByteView) in
            parsed(chunk)
        } _: { chunk in
            for (number, result) in chunk.results {
                switch result {
                case .success(var entry):
                    entry.line = line + number
                    body(entry)
                case .failure(let failure):
                    if failures.count < 100 { failures.append("line \(line + number): \(failure.reason)") }
                }
            }
            line += chunk.lineCount
        }
        return failures
    }

    private static let chunkByteCount = 2 << 20

    private struct Chunk: Sendable {
        var results: [(line: Int, result: Result<Entry, DataFailure>)] = []
        var lineCount = 0
    }

    private static func parsed(_ view: ByteView) -> Chunk {
        var chunk = Chunk()
        var start = 0
        while start <= view.count {
            let end = view.withSpan { $0.firstIndex(of: 0x0A, from: start, to: view.count) } ?? view.count
            chunk.lineCount += 1
            defer { start = end + 1 }
            guard end > start, let part = view.part(offset: start, count: end - start),
                let document = try? JSONDocument.parse(part)
            else { continue }
            if let result = entry(document.root, part, line: chunk.lineCount) {
                chunk.results.append((chunk.lineCount, result))
            }
        }
        return chunk
    }

    private static func entry(_ root: JSONValue, _ view: ByteView, line: Int) -> Result<Entry, DataFailure>? {
        if ProvenanceStatement.matches(root) {
            guard let statement = ProvenanceStatement(root) else {
                return .failure(DataFailure(line: line, reason: "a statement without a subject digest or predicate"))
            }
            return .success(Entry(statement: statement, bundle: nil, line: line))
        }
        if let signed = root["signed"], ProvenanceStatement.isLink(signed) {
            guard let statement = ProvenanceStatement(link: signed) else {
                return .failure(DataFailure(line: line, reason: "a link without a product that the step made"))
            }
            // Signed in the way before envelopes, which is not checked here: it counts as unsigned.
            return .success(Entry(statement: statement, bundle: nil, line: line))
        }
        let envelope = root["dsseEnvelope"] ?? root
        guard let payload = envelope["payload"]?.string, let type = envelope["payloadType"]?.string else { return nil }
        guard type.contains("in-toto") else { return nil }
        guard
            let bytes = Base64.decode(Array(payload.utf8))
                ?? Base64.decode(Array(payload.replacing("\n", with: "").utf8))
        else { return .failure(DataFailure(line: line, reason: "an envelope whose payload is not base64")) }
        guard let inner = try? JSONDocument.parse(ByteView(copying: bytes)),
            let statement = ProvenanceStatement(inner.root) ?? ProvenanceStatement(link: inner.root)
        else { return .failure(DataFailure(line: line, reason: "an envelope whose payload is no usable statement")) }
        let isSigned = root["dsseEnvelope"] != nil || !(envelope["signatures"]?.elements.isEmpty ?? true)
        return .success(
            Entry(
                statement: statement, bundle: isSigned ? view.withSpan { $0.copy(at: 0, count: view.count) } : nil,
                line: line))
    }
}

/// Adds what statements say to an inventory.
enum StatementCollector {
    /// A statement, where it lies and who signed it.
    private struct Found {
        let entry: StatementFile.Entry
        let item: InventoryReader.Item
        let signer: String?
    }

    static func run(_ collector: inout InventoryCollector) async {
        for (index, asset) in collector.inventory.assets.enumerated() {
            for file in asset.files {
                if let digest = file.digest { collector.assetsByDigest[digest, default: []].append(index) }
                if collector.assetByFile[file.path] == nil { collector.assetByFile[file.path] = index }
            }
        }
        var all: [Found] = []
        for item in collector.items where isCandidate(item) {
            guard let storage = collector.reader.tree.storage(of: item.entry.path) else { continue }
            var entries: [StatementFile.Entry] = []
            var failures: [String] = []
            let hasShrunk = storage.guarded {
                let view = ByteView(storage)
                guard view.withSpan({ mentionsStatement($0) }) else { return }
                failures = StatementFile.read(view) { entries.append($0) }
            }
            if hasShrunk { continue }
            for failure in failures { collector.inventory.graph.problem(.statement, failure, file: item.path) }
            for entry in entries {
                let signer = entry.bundle == nil ? nil : await collector.reader.trust(entry.bundle ?? [], item.path)
                all.append(Found(entry: entry, item: item, signer: signer))
            }
        }
        var paths: Set<String> = []
        for found in all {
            for resource in found.entry.statement.subjects + found.entry.statement.materials {
                paths.formUnion(collector.paths(named: resource.name, from: found.item.folder))
            }
        }
        await collector.digest(paths)
        let earlier = (
            any: earlier(all, collector), attested: earlier(all.filter { $0.signer != nil }, collector)
        )
        for found in all {
            await add(found, found.signer == nil ? earlier.any : earlier.attested, &collector)
        }
    }

    /// Digests of content that later steps changed into what lies here: following statements back from what is here, what
    /// went into each step. O(digests).
    private static func earlier(_ all: [Found], _ collector: InventoryCollector) -> Set<String> {
        var inputs: [String: [String]] = [:]
        for found in all {
            let materials = found.entry.statement.materials.compactMap { $0.digests["sha256"] }
            for subject in found.entry.statement.subjects {
                if let digest = subject.digests["sha256"] { inputs[digest, default: []] += materials }
            }
        }
        var result: Set<String> = []
        var queue = inputs.keys.filter { collector.isDigest($0) }
        while let digest = queue.popLast() {
            for input in inputs[digest] ?? [] where result.insert(input).inserted { queue.append(input) }
        }
        return result
    }

    static func isCandidate(_ item: InventoryReader.Item) -> Bool {
        let name = item.name.lowercased()
        guard item.entry.identity.byteCount > 60, item.entry.identity.byteCount <= 256 << 20 else { return false }
        if ["package.json", "package-lock.json", "tokenizer.json", "vocab.json", "config.json"].contains(name) {
            return false
        }
        let endings = [
            ".json", ".jsonl", ".att", ".intoto", ".sigstore", ".dsse", ".bundle", ".sig", ".link", ".attestation",
            ".prov", ".provenance",
        ]
        return endings.contains { name.hasSuffix($0) } || !name.contains(".")
    }

    /// A look at the head of a file: its statement's type or its envelope's stands there, whatever the order of keys.
    static func mentionsStatement(_ bytes: RawSpan) -> Bool {
        let head = bytes.text(at: 0, count: min(bytes.byteCount, 1 << 16)) ?? ""
        if head.contains("in-toto") || head.contains("\"_type\"") { return true }
        // A long payload may stand before its type.
        guard head.contains("\"payload\"") || head.contains("dsseEnvelope") else { return false }
        return true
    }

    private static func add(_ found: Found, _ earlier: Set<String>, _ collector: inout InventoryCollector) async {
        let (entry, item, signer) = (found.entry, found.item, found.signer)
        let grade: Grade = signer == nil ? .claimed : .attested
        let statement = entry.statement
        let folder = item.folder
        let evidence = Evidence(
            file: item.path,
            place: (entry.line > 0 ? "line \(entry.line), " : "")
                + (signer.map { "signed by \($0)" } ?? "unsigned or untrusted"))
        var subjects: [(node: Int, kind: ProvenanceGraph.Kind, asset: Int?)] = []
        var isBound = true
        // Folders that materials name by their digest.
        for material in statement.materials where material.digests["dirhash"] != nil {
            _ = await isHere(material, item.path, &collector)
        }
        for subject in statement.subjects {
            split(subject, statement, &collector)
            if !(await isHere(subject, item.path, &collector)) {
                isBound = false
                let isEarlier = subject.digests["sha256"].map { earlier.contains($0) } ?? false
                // The digest of a signature's subject is that of its list of files.
                let isSignature = statement.predicateType.hasPrefix("https://model_signing/signature/")
                if !isEarlier, !isSignature { check(subject, folder, item.path, &collector) }
            }
            if let found = node(subject, folder, nil, &collector, isSubject: true),
                !subjects.contains(where: { $0.node == found.node })
            {
                subjects.append(found)
            }
        }
        // A signature vouches for the digests in the statement: where they are not those of what lies here, names agree
        // at best, and anybody can give a file a name.
        let bound = isBound ? grade : max(grade, .claimed)
        for subject in subjects {
            // Who may speak is decided by what is spoken about, not only by where the statement lies.
            var own = bound
            if let asset = subject.asset, bound == .attested {
                let location = collector.inventory.assets[asset].location
                if await collector.reader.trust(entry.bundle ?? [], location) == nil { own = .claimed }
            }
            link(subject, statement, folder, own, evidence, &collector)
            if let bill = statement.bill { collector.statedBills.append((bill, item.path, subject.node)) }
            if own == .attested, let signer {
                collector.inventory.attestations.append(
                    GateDecision.Attestation(
                        node: subject.node, predicate: statement.predicateType, signer: signer,
                        time: statement.time.flatMap(Timestamp.seconds), result: statement.result))
            }
        }
    }

    /// Whether the subject's digest is that of a file here, or of a folder as in-toto digests it (`dirHash`).
    private static func isHere(
        _ subject: ProvenanceStatement.Resource, _ file: String, _ collector: inout InventoryCollector
    ) async -> Bool {
        if let stated = subject.digests["sha256"], collector.isDigest(stated) { return true }
        guard let stated = subject.digests["dirhash"] else { return false }
        for (index, asset) in collector.inventory.assets.enumerated() where collector.byPath[asset.location] == nil {
            let names = [asset.name, asset.location, InventoryCollector.last(asset.location), collector.inventory.name]
            guard names.contains(subject.name) || names.contains(InventoryCollector.last(subject.name)) else {
                continue
            }
            let inside = asset.location.isEmpty || file.hasPrefix(asset.location + "/")
            if inside || collector.folderDigests[index] == nil {
                let path =
                    asset.location.isEmpty
                    ? collector.reader.tree.path : collector.reader.tree.path + "/" + asset.location
                let digests = try? await SubjectDigester()
                    .subject(path, leaving: collector.reader.tree.path + "/" + file).digests
                collector.folderDigests[index] = digests?["dirHash"] ?? ""
            }
            if collector.folderDigests[index] == stated { return true }
        }
        return false
    }

    private static func link(
        _ subject: (node: Int, kind: ProvenanceGraph.Kind, asset: Int?), _ statement: ProvenanceStatement,
        _ folder: String, _ grade: Grade, _ evidence: Evidence, _ collector: inout InventoryCollector
    ) {
        var kinds: Set<ProvenanceGraph.Kind> = []
        for material in statement.materials {
            guard let target = node(material, folder, subject.asset, &collector) else { continue }
            kinds.insert(target.kind)
            var relation = statement.relation(subject.kind, target.kind, role: material.role)
            // What its own files say that it is tells more than the word "base".
            let isAdapter = subject.asset.map { collector.inventory.assets[$0].fact(.adapter) != nil } ?? false
            if isAdapter, relation == .fineTunedFrom || relation == .derivedFrom, target.kind == .model {
                relation = .adapterOf
            }
            var own = grade
            if isChanged(material, target.node, collector) {
                own = max(own, .claimed)
                check(material, folder, evidence.file, &collector, leavingOut: subject.asset)
            }
            collector.inventory.graph.add(subject.node, relation, target.node, own, evidence)
            if relation.isDerivation, let asset = subject.asset {
                // Statements are held against each other too.
                let source = "statement \(evidence.file) \(evidence.place)"
                collector.claims.append((asset, source, target.node, evidence.file))
            }
        }
        for (key, value) in statement.parameters {
            let name = key.lowercased()
            let kind: ProvenanceGraph.Kind
            let plain = name.filter { $0 != "_" && $0 != "-" }
            if [
                "basemodel", "model", "pretrainedmodel", "teacher", "teachermodel", "parentmodel", "sourcemodel",
                "modelnameorpath", "base", "models", "basemodels",
            ].contains(plain) {
                kind = .model
            } else if [
                "dataset", "datasets", "trainingdata", "data", "traindata", "trainingdataset", "trainingset", "corpus",
                "evaldataset", "evaluationdata", "testdata",
            ].contains(plain) {
                kind = .dataset
            } else {
                continue
            }
            guard !kinds.contains(kind), value.contains("/") else { continue }
            let target = collector.target(value, kind, from: folder)
            let relation = statement.relation(subject.kind, kind, role: name)
            collector.inventory.graph.add(
                subject.node, relation, target, max(grade, .claimed),
                Evidence(file: evidence.file, place: "externalParameters.\(key)"))
        }
        if let builder = statement.builder {
            let party = collector.inventory.graph.node(.party, builder)
            collector.inventory.graph.add(subject.node, statement.builderRelation, party, grade, evidence)
        }
    }

    /// Whether what lies here under the name of a material has other content than the statement says.
    private static func isChanged(
        _ material: ProvenanceStatement.Resource, _ node: Int, _ collector: InventoryCollector
    ) -> Bool {
        guard collector.inventory.graph.nodes[node].location != nil, let stated = material.digests["sha256"] else {
            return false
        }
        return !collector.isDigest(stated)
    }

    /// A file of a model that was made from another file of it is a model of its own: a conversion, a quantised form.
    private static func split(
        _ subject: ProvenanceStatement.Resource, _ statement: ProvenanceStatement, _ collector: inout InventoryCollector
    ) {
        guard let digest = subject.digests["sha256"], collector.splitNodes[digest] == nil else { return }
        for index in collector.assetsByDigest[digest] ?? [] {
            let asset = collector.inventory.assets[index]
            guard asset.kind == .model, let file = asset.files.first(where: { $0.digest == digest }),
                asset.files.count > 1,
                FileRoles.isWeights(InventoryCollector.last(file.path)[...])
            else { continue }
            let isMadeFromOwn = statement.materials.contains { material in
                guard let input = material.digests["sha256"], input != digest else { return false }
                return asset.files.contains {
                    $0.digest == input && FileRoles.isWeights(InventoryCollector.last($0.path)[...])
                }
            }
            guard isMadeFromOwn else { continue }
            collector.splitNodes[digest] = collector.inventory.graph.split(.model, file.path, digest: digest)
            return
        }
    }

    /// The node of a resource: the asset that holds a file of that digest, else one of that name.
    private static func node(
        _ resource: ProvenanceStatement.Resource, _ folder: String, _ subject: Int?,
        _ collector: inout InventoryCollector, isSubject: Bool = false
    ) -> (node: Int, kind: ProvenanceGraph.Kind, asset: Int?)? {
        if let number = resource.digests["sha256"].flatMap({ collector.splitNodes[$0] }) {
            return (number, .model, nil)
        }
        if let digest = resource.digests["sha256"] {
            // Copies have the same digest: the one of that name is meant.
            let holders = collector.assetsByDigest[digest] ?? []
            // A statement beside one of them is about that one.
            let beside =
                isSubject && holders.count > 1
                ? holders.first { collector.inventory.assets[$0].location == folder } : nil
            let named =
                beside
                ?? holders.first { index in
                    collector.inventory.assets[index].files.contains {
                        $0.digest == digest
                            && InventoryCollector.last($0.path) == InventoryCollector.last(resource.name)
                    }
                }
            if let index = named ?? holders.first(where: { $0 != subject }) ?? holders.first {
                let asset = collector.inventory.assets[index]
                if index == subject { return nil }
                return (asset.node, asset.kind == .dataset ? .dataset : .model, index)
            }
        }
        // A file that goes with a model speaks for the model, or for nothing.
        if isSubject, resource.kind == nil,
            ["json", "txt", "md", "yaml", "yml", "jinja"].contains(
                FileRoles.ending(InventoryCollector.last(resource.name)[...]))
        {
            let paths = collector.paths(named: resource.name, from: folder)
            guard
                let index = paths.compactMap({ collector.assetByFile[$0] }).first,
                collector.inventory.assets[index].kind == .model
            else { return nil }
            return (collector.inventory.assets[index].node, .model, index)
        }
        guard var kind = resource.kind ?? (subject == nil ? .model : nil) else { return nil }
        // A digest of content that is not here: names agree at best, and anybody can give a file a name.
        let isElsewhere = ["sha256", "sha384", "sha512", "blake2b", "blake3", "dirhash"].contains { algorithm in
            guard let stated = resource.digests[algorithm] else { return false }
            return algorithm != "dirhash" || !collector.folderDigests.values.contains(stated)
        }
        // A subject is what a model or dataset is about, whatever its digest is made of.
        if isSubject, kind == .code || kind == .software {
            for candidate in [ProvenanceGraph.Kind.model, .dataset] {
                let names = [resource.name, AssetReference(resource.uri ?? resource.name).name]
                if names.contains(where: { collector.inventory.graph.find(candidate, $0) != nil }) { kind = candidate }
            }
        }
        if kind == .code || kind == .software {
            return (collector.inventory.graph.node(kind, resource.uri ?? resource.name), kind, nil)
        }
        // A subject whose digest is unknown here, but whose file lies beside the statement, was changed: see check.
        if let digest = resource.digests["sha256"], let known = collector.inventory.graph.find(digest: digest) {
            return (known, collector.inventory.graph.nodes[known].kind, nil)
        }
        if let index = otherDigest(resource, &collector), index != subject {
            let asset = collector.inventory.assets[index]
            return (asset.node, asset.kind == .dataset ? .dataset : .model, index)
        }
        let path = folder.isEmpty ? resource.name : folder + "/" + resource.name
        if subject == nil, !isElsewhere,
            let index = collector.assetByFile[path] ?? collector.assetByFile[resource.name]
        {
            let asset = collector.inventory.assets[index]
            return (asset.node, asset.kind == .dataset ? .dataset : .model, index)
        }
        if isSubject, !isElsewhere, let index = collector.assetByLocation[folder] {
            let asset = collector.inventory.assets[index]
            return (asset.node, asset.kind == .dataset ? .dataset : .model, index)
        }
        let isHub = ["hf://", "huggingface"].contains { resource.uri?.contains($0) ?? false }
        let name =
            isHub ? AssetReference(resource.uri ?? "").name : resource.name.isEmpty ? resource.uri ?? "" : resource.name
        if name.isEmpty { return nil }
        let number = collector.target(name, kind, from: folder)
        if isElsewhere, collector.inventory.graph.nodes[number].location != nil {
            // What lies here under that name is something else: see check.
            if isSubject { return nil }
            // A path in the project means the file there, changed as it is; an address elsewhere means something else.
            if resource.uri.map({ $0.hasPrefix("file:") || !$0.contains(":") }) ?? true { return (number, kind, nil) }
            let mark = resource.digests["sha256"].map { "sha256:\($0.prefix(12))" } ?? "other content"
            return (collector.inventory.graph.node(kind, "\(name) (\(mark))"), kind, nil)
        }
        if collector.inventory.graph.nodes[number].location == nil, let digest = resource.digests["sha256"] {
            collector.inventory.graph.alias(number, digest: digest)
        }
        return (number, kind, nil)
    }

    /// The asset with a file that has one of the other digests.
    private static func otherDigest(
        _ resource: ProvenanceStatement.Resource, _ collector: inout InventoryCollector
    ) -> Int? {
        guard resource.digests["sha256"] == nil else { return nil }
        for algorithm in otherAlgorithms {
            guard let stated = resource.digests[algorithm.rawValue] else { continue }
            for (index, asset) in collector.inventory.assets.enumerated() {
                for file in asset.files
                where FileRoles.isWeights(InventoryCollector.last(file.path)[...])
                    || FileRoles.isData(InventoryCollector.last(file.path)[...])
                {
                    if digest(file.path, algorithm, &collector) == stated { return index }
                }
            }
        }
        return nil
    }

    private static let otherAlgorithms: [HashAlgorithm] = [.sha512, .sha384, .blake2b]

    /// The digest of a file by another algorithm than SHA-256; `nil` when it cannot be read.
    private static func digest(
        _ path: String, _ algorithm: HashAlgorithm, _ collector: inout InventoryCollector
    ) -> String? {
        let key = "\(algorithm.rawValue):\(path)"
        if let known = collector.otherDigests[key] { return known }
        guard let number = collector.byPath[path],
            let storage = collector.reader.tree.storage(of: collector.items[number].entry.path)
        else { return nil }
        var found = ""
        let hasShrunk = storage.guarded {
            ByteView(storage).withSpan { span in
                var hasher = StreamHasher(algorithm)
                span.withUnsafeBytes { hasher.update($0) }
                found = Hexadecimal.encode(hasher.finalize())
            }
        }
        if hasShrunk { return nil }
        collector.otherDigests[key] = found
        return found
    }

    /// A statement about a file, folder or model of this name with another digest is about another one.
    private static func check(
        _ subject: ProvenanceStatement.Resource, _ folder: String, _ file: String,
        _ collector: inout InventoryCollector, leavingOut own: Int? = nil
    ) {
        var paths = collector.paths(named: subject.name, from: folder)
        // Of several files of that name, nothing says which is meant, unless one lies beside the statement or above it.
        if paths.count > 1 { paths = [] }
        // A base's file often has the name of the model's own.
        if let own { paths.removeAll { path in collector.inventory.assets[own].files.contains { $0.path == path } } }
        let name = InventoryCollector.last(subject.name)
        let asset =
            collector.inventory.assets.firstIndex { $0.name == subject.name || $0.location == subject.name }
            ?? collector.inventory.assets.firstIndex {
                InventoryCollector.last($0.name) == name || InventoryCollector.last($0.location) == name
            }
        if paths.isEmpty, let asset {
            // A model of one file goes by its name.
            let main = collector.inventory.assets[asset].files.map(\.path).filter {
                FileRoles.isWeights(InventoryCollector.last($0)[...])
                    || FileRoles.isData(InventoryCollector.last($0)[...])
            }
            if main.count == 1 { paths = main }
        }
        guard let path = paths.first else { return checkFolder(subject, asset, file, &collector) }
        var stated = ("SHA-256", subject.digests["sha256"], collector.digests[path])
        if stated.1 == nil, let algorithm = otherAlgorithms.first(where: { subject.digests[$0.rawValue] != nil }) {
            stated = (algorithm.rawValue, subject.digests[algorithm.rawValue], digest(path, algorithm, &collector))
        }
        guard let wanted = stated.1, let found = stated.2 else { return checkFolder(subject, asset, file, &collector) }
        guard wanted != found, stated.0 != "SHA-256" || !collector.isDigest(wanted) else { return }
        collector.inventory.graph.problem(
            .contradiction,
            "the statement names '\(PrintableText.quoting(path, limit: 300))' with the \(stated.0) \(PrintableText.quoting(String(wanted.prefix(12)), limit: 12))…, and the file there has \(found.prefix(12))…",
            file: file)
    }

    private static func checkFolder(
        _ subject: ProvenanceStatement.Resource, _ asset: Int?, _ file: String, _ collector: inout InventoryCollector
    ) {
        guard let asset, let stated = subject.digests["dirhash"], let found = collector.folderDigests[asset],
            !found.isEmpty, found != stated
        else { return }
        let location = collector.inventory.assets[asset].location
        collector.inventory.graph.problem(
            .contradiction,
            "the statement names the folder '\(PrintableText.quoting(location.isEmpty ? collector.inventory.name : location, limit: 300))' with another dirHash than it has now",
            file: file)
    }
}
