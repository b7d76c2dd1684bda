internal import CordonCore
internal import CordonFormats
internal import CordonSigning
internal import CordonSupplyChain
internal import Glibc

/// What a scan says about a project as a whole, after its files were inspected one by one.
struct ProjectAudit {
    private let files: [FoundFile]
    private let roots: [ScanRoot]
    private let options: ScanOptions
    private(set) var findings: [Finding] = []
    /// Files that were read as what they are, so that they are no longer "not evaluated".
    private(set) var evaluated: Set<AssetPath> = []
    /// What could not be checked.
    private(set) var skipped: [ScanReport.Entry] = []
    /// The advisories that were in use; `nil` when nothing was there to look up.
    private(set) var advisories: AdvisoryUse?

    init(files: [FoundFile], roots: [ScanRoot], options: ScanOptions) {
        self.files = files
        self.roots = roots
        self.options = options
    }

    /// Runs the audit.
    ///
    /// - Parameter entries: the inspected files; digests of models are looked up when they were computed.
    /// - Complexity: O(files + bytes of manifests and lock files).
    mutating func run(_ entries: [ScanReport.Entry], rootPaths: [String]) async {
        let source = options.advisorySource
        var packageCount = 0
        for root in roots.indices {
            let own = files.filter { $0.root == root }
            let isRoot = Dictionary(own.map { ($0.relative, $0.path) }, uniquingKeysWith: { first, _ in first })
            let project = read(own, root)
            packageCount += project.files.reduce(0) { $0 + $1.content.dependencies.count }
            let prefix = roots.count == 1 ? nil : AssetPath(rootPaths[root])
            var audit = DependencyAudit(project, advisories: source) { path in
                isRoot[Array(path.utf8)] ?? prefix.map { $0.appending(Array(path.utf8)) } ?? AssetPath(path)
            }
            do throws(AdvisoryFailure) {
                try audit.run()
            } catch {
                skipped.append(entry(rootPaths[root], "advisories not looked up: \(error.message)"))
            }
            findings += audit.findings
        }
        for root in roots.indices {
            let own = files.filter { $0.root == root && $0.isRegular }
            var folders = ModelFolders(own, access: FolderAccess(root: roots[root]))
            folders.run()
            findings += folders.findings
        }
        lookUp(entries, source, rootPaths)
        for root in roots.indices { await readLineage(root, source, rootPaths) }
        if let first = evaluated.min(by: { $0.display < $1.display }), packageCount > 0 {
            judgeAge(source.status, first)
        }
    }

    private static let notebookLimit = 16 << 20

    private mutating func read(_ own: [FoundFile], _ root: Int) -> ProjectDependencies {
        var found: [ProjectDependencies.File] = []
        for file in own {
            guard case .regular = file.kind, let path = String(validating: file.relative, as: UTF8.self) else {
                continue
            }
            let parts = path.split(separator: "/")
            let name = parts.last.map(String.init) ?? "", folder = parts.dropLast().last.map(String.init) ?? ""
            let isMetadata =
                (name == "METADATA" && folder.hasSuffix(".dist-info"))
                || (name == "PKG-INFO" && folder.hasSuffix(".egg-info"))
            guard isMetadata || DependencyReader.reads(name: name, folder: folder) else { continue }
            // Notebooks are mostly outputs; those that install nothing need not be taken apart again.
            let isNotebook = name.hasSuffix(".ipynb")
            let limit = isNotebook ? Self.notebookLimit : DependencyReader.byteLimit + 1
            guard let bytes = contents(file.relative, root, limit: limit) else {
                skipped.append(
                    entry(file.path.display, "dependencies: the file cannot be read, or has more than \(limit) bytes"))
                continue
            }
            if isNotebook, !bytes.withUnsafeBytes({ $0.bytes.contains("install") }) { continue }
            if isMetadata {
                guard var dependency = InstalledPackage.read(bytes) else { continue }
                let direct = file.relative.dropLast(name.utf8.count) + Array("direct_url.json".utf8)
                if let bytes = contents(Array(direct), root, limit: 1 << 20),
                    let (origin, hashes) = InstalledPackage.origin(bytes)
                {
                    (dependency.origin, dependency.hashes) = (origin, hashes)
                }
                var content = DependencyFile(format: "installed package", role: .installed)
                content.dependencies = [dependency]
                found.append(.init(path: path, content: content))
                evaluated.insert(file.path)
                continue
            }
            // A package.json inside an installed package is not this project's.
            if parts.dropLast().contains("node_modules") || parts.dropLast().contains("site-packages") { continue }
            guard let content = DependencyReader.read(bytes, name: name, folder: folder) else { continue }
            found.append(.init(path: path, content: content))
            evaluated.insert(file.path)
        }
        return ProjectDependencies(found) { path in
            contents(Array(path.utf8), root, limit: DependencyReader.byteLimit)
        }
    }

    private func contents(_ relative: [UInt8], _ root: Int, limit: Int) -> [UInt8]? {
        FolderAccess(root: roots[root]).contents(relative, limit: limit)
    }

    /// Models and datasets that an advisory names by digest.
    private mutating func lookUp(_ entries: [ScanReport.Entry], _ source: any AdvisorySource, _ rootPaths: [String]) {
        guard source.namesDigests else { return }
        let digests = Dictionary(
            entries.compactMap { entry in entry.asset.digest.map { ($0.hex, [entry.asset.path]) } },
            uniquingKeysWith: { $0 + $1 })
        do throws(AdvisoryFailure) {
            for (digest, advisories) in try source.advisories(digests: Set(digests.keys)) {
                for path in digests[digest] ?? [] {
                    for advisory in advisories { findings.append(finding(path, advisory)) }
                }
            }
        } catch {
            skipped.append(entry(rootPaths[0], "digests not looked up: \(error.message)"))
        }
    }

    private func finding(_ path: AssetPath, _ advisory: Advisory, named name: String? = nil) -> Finding {
        let fix = advisory.statedFix.map { "; use \(PrintableText.quoting($0, limit: 100)) instead" } ?? ""
        return Finding(
            ruleID: Rules.assetAdvisory.id, severity: advisory.isMalicious ? .critical : max(advisory.severity, .low),
            confidence: .high, path: path, place: Place(),
            message:
                "\(name.map { "names '\(PrintableText.quoting($0, limit: 160))': " } ?? "")\(PrintableText.quoting(advisory.id, limit: 60)): \(advisory.summary)\(fix)",
            subject: PrintableText.quoting(advisory.id, limit: 60))
    }

    /// What files say about lineage: contradictions, circles, statements that cannot be used, and names that advisories
    /// know. Models without a stated origin are left to `cordon provenance`: most files are no releases.
    private mutating func readLineage(_ root: Int, _ source: any AdvisorySource, _ rootPaths: [String]) async {
        let own = files.filter { $0.root == root }
        let isWorthwhile = own.contains {
            LineageFiles.mayState(String(decoding: $0.path.name.bytes, as: UTF8.self))
        }
        guard isWorthwhile, let tree = try? Tree(roots[root].real) else { return }
        var reader = InventoryReader(tree)
        reader.digestsAssets = false
        guard let inventory = try? await reader.read() else {
            return skipped.append(entry(rootPaths[root], "lineage: the folder cannot be read"))
        }
        let known = Dictionary(
            own.compactMap { file in String(validating: file.relative, as: UTF8.self).map { ($0, file.path) } },
            uniquingKeysWith: { first, _ in first })
        for problem in inventory.graph.problems where problem.kind != .gap {
            guard let path = known[problem.file],
                let rule = Rules.lineage.first(where: { $0.id == problem.kind.rawValue })
            else {
                continue
            }
            findings.append(
                Finding(
                    ruleID: rule.id, severity: rule.severity, confidence: .medium, path: path, place: Place(),
                    message: PrintableText.quoting(problem.message, limit: 600),
                    subject: PrintableText.quoting(problem.message, limit: 200)))
        }
        lookUpNames(inventory, source, known, rootPaths[root])
    }

    private mutating func lookUpNames(
        _ inventory: Inventory, _ source: any AdvisorySource, _ known: [String: AssetPath], _ root: String
    ) {
        let keys = Set(inventory.mentions.map { PackageKey(.huggingface, AssetReference($0.name).name) })
        guard !keys.isEmpty else { return }
        var seen: Set<String> = []
        do throws(AdvisoryFailure) {
            let found = try source.advisories(for: keys)
            for mention in inventory.mentions {
                let reference = AssetReference(mention.name)
                for pair in found[PackageKey(.huggingface, reference.name)] ?? [] {
                    guard let path = known[mention.evidence.file] else { continue }
                    // Versions of models are commits; a record that names some is about those alone.
                    if let revision = reference.revision, !pair.affected.versions.isEmpty,
                        !pair.affected.versions.contains(revision)
                    {
                        continue
                    }
                    let finding = finding(path, pair.advisory, named: reference.name)
                    if seen.insert(finding.fingerprint).inserted { findings.append(finding) }
                }
            }
        } catch {
            skipped.append(entry(root, "names of models not looked up: \(error.message)"))
        }
    }

    /// - Parameter path: where the finding stands: a file that was held against the advisories.
    private mutating func judgeAge(_ status: AdvisoryStatus, _ path: AssetPath) {
        let age = status.age(now: Int(time(nil)))
        advisories = AdvisoryUse(
            source: status.source, recordCount: status.recordCount, newest: status.newest, ageInDays: age)
        let isBuiltIn = status.source == "built-in"
        let isOld = age.map { $0 > options.advisoryAgeLimit } ?? true
        guard isBuiltIn || isOld else { return }
        let days = age.map { "\($0) days" } ?? "of unknown age"
        let message =
            isBuiltIn
            ? "no advisory database was imported: only \(status.recordCount) built-in records are used"
            : "the newest of \(status.recordCount) records is \(days) old; at most \(options.advisoryAgeLimit) are accepted"
        findings.append(
            Finding(
                ruleID: Rules.advisoriesOld.id, severity: isBuiltIn ? .info : Rules.advisoriesOld.severity,
                confidence: .high, path: path, place: Place(), message: message, subject: "advisories"))
    }

    private func entry(_ path: String, _ reason: String) -> ScanReport.Entry {
        ScanReport.Entry(
            asset: Asset(path: AssetPath(path)), outcome: .notEvaluated(reason: reason), notEvaluated: [reason])
    }

    /// Leaves out what is about other files.
    mutating func limit(to paths: Set<AssetPath>) { findings.removeAll { !paths.contains($0.path) } }

    /// The entries with what the audit adds: findings make a file failed, and a manifest that was read is evaluated.
    func applied(to entries: [ScanReport.Entry]) -> [ScanReport.Entry] {
        let failed = Set(findings.filter { $0.severity > .info }.map(\.path))
        let text = FileFormat.text.notInspected
        let known = Set(entries.map(\.asset.path))
        let extra = failed.subtracting(known).filter { path in
            findings.contains { $0.path == path && $0.place.line != nil }
        }
        let more = Dictionary(grouping: skipped) { $0.asset.path }
        return entries.map { entry in
            var skips = entry.notEvaluated + (more[entry.asset.path] ?? []).flatMap(\.notEvaluated)
            if evaluated.contains(entry.asset.path) { skips.removeAll { $0 == text } }
            let isFailed = entry.outcome == .failed || failed.contains(entry.asset.path)
            let outcome: Outcome = isFailed ? .failed : skips.first.map { .notEvaluated(reason: $0) } ?? .passed
            return ScanReport.Entry(asset: entry.asset, outcome: outcome, notEvaluated: skips)
        } + extra.map { ScanReport.Entry(asset: Asset(path: $0), outcome: .failed, notEvaluated: []) }
            + skipped.filter { !known.contains($0.asset.path) }
    }
}

/// Files below a root, opened without following links.
struct FolderAccess {
    let root: ScanRoot

    /// A file's bytes, when it has at most so many.
    func contents(_ relative: [UInt8], limit: Int) -> [UInt8]? {
        guard let (descriptor, size) = open(relative) else { return nil }
        defer { close(descriptor) }
        return size <= limit ? Self.read(descriptor, size) : nil
    }

    /// Its first bytes.
    func head(_ relative: [UInt8], count: Int) -> [UInt8]? {
        guard let (descriptor, size) = open(relative) else { return nil }
        defer { close(descriptor) }
        return Self.read(descriptor, min(size, count))
    }

    /// Its size in bytes.
    func size(_ relative: [UInt8]) -> Int? {
        guard let (descriptor, size) = open(relative) else { return nil }
        close(descriptor)
        return size
    }

    private func open(_ relative: [UInt8]) -> (Int32, Int)? {
        let descriptor = root.open(relative, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            return nil
        }
        return (descriptor, Int(info.st_size))
    }

    private static func read(_ descriptor: Int32, _ size: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: size)
        var done = 0
        while done < bytes.count {
            let room = bytes.count - done
            let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + done, room) }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            done += count
        }
        bytes.removeLast(bytes.count - done)
        return bytes
    }
}
