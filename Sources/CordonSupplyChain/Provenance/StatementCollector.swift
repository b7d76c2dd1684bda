internal import CordonCore
internal import CordonFormats
internal import CordonSigning

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
        if head.holds("in-toto") || head.holds("\"_type\"") { return true }
        // A long payload may stand before its type.
        guard head.holds("\"payload\"") || head.holds("dsseEnvelope") else { return false }
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
