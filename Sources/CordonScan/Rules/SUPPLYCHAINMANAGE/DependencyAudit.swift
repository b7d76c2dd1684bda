internal import CordonCore
internal import CordonFormats
internal import CordonSupplyChain

/// Judges what the files of one scanned tree say about dependencies.
struct DependencyAudit {
    private let project: ProjectDependencies
    private let advisories: any AdvisorySource
    private let shown: @Sendable (String) -> AssetPath
    private(set) var findings: [Finding] = []
    private let constraintFiles: Set<Int>
    /// Names with an exact version, by constraint file.
    private var fixed: [Set<String>] = []
    /// Packages with a hash, by lock file.
    private var hashed: [Int: Set<String>] = [:]
    /// Packages that any index may serve, by file.
    private var loose: [[Loose]] = []
    /// How many archives of each file come from each host.
    private let hosts: [Int: [String: Int]]

    /// A package that any index may serve: without a hash, and bound to none.
    private struct Loose {
        let name: String
        /// Whether the public index has it, as far as its most used names tell, is not known.
        let isUnknown: Bool
        let isInLock: Bool
    }

    /// - Parameter shown: turns a path of the project into the path that reports show.
    init(
        _ project: ProjectDependencies, advisories: any AdvisorySource,
        shown: @escaping @Sendable (String) -> AssetPath
    ) {
        self.project = project
        constraintFiles = Set(project.files.flatMap(\.constraints))
        var hosts: [Int: [String: Int]] = [:]
        for (number, file) in project.files.enumerated() {
            for dependency in file.content.dependencies {
                guard let host = dependency.files.first.map({ Redaction.host($0).lowercased() }),
                    let scheme = host.firstRange(of: "://")
                else { continue }
                hosts[number, default: [:]][String(host[scheme.upperBound...]), default: 0] += 1
            }
        }
        self.hosts = hosts
        self.advisories = advisories
        self.shown = shown
        fixed = project.files.indices.map { number in
            guard constraintFiles.contains(number) else { return [] }
            return Set(project.files[number].content.dependencies.filter { $0.version != nil }.map(\.key))
        }
        for lock in Set(project.files.flatMap(\.locks)) {
            hashed[lock] = Set(project.files[lock].content.dependencies.filter { !$0.hashes.isEmpty }.map(\.key))
        }
        if project.files.contains(where: { !$0.content.indexes.extra.isEmpty }) {
            loose = project.files.indices.map { number in
                project.files[number].content.dependencies.compactMap { dependency in
                    guard case .registry = dependency.origin, dependency.hashes.isEmpty, !dependency.isBoundToIndex
                    else {
                        return nil
                    }
                    return Loose(
                        name: dependency.key,
                        isUnknown: KnownNames.list(dependency.ecosystem)?.contains(dependency.key) == false,
                        isInLock: isLockedElsewhere(dependency, number))
                }
            }
        }
    }

    /// Runs every check.
    ///
    /// - Throws: when the advisories cannot be read.
    /// - Complexity: O(dependencies log advisories).
    mutating func run() throws(AdvisoryFailure) {
        var keys: Set<PackageKey> = []
        for file in project.files {
            for dependency in file.content.dependencies {
                keys.insert(PackageKey(dependency.ecosystem, dependency.name))
            }
        }
        let known = try advisories.advisories(for: keys)
        for index in project.files.indices {
            problems(index)
            for include in project.files[index].content.includes where include.path.contains("://") {
                let shown = PrintableText.quoting(Redaction.url(include.path), limit: 200)
                report(
                    isOpen(include.path) ? Rules.dependencyTransport : Rules.dependencyMovable, index, include.line,
                    "includes \(shown), whose content can change", subject: "include")
            }
            for dependency in project.files[index].content.dependencies {
                advisories(dependency, index, known)
                name(dependency, index)
                source(dependency, index)
            }
            indexes(index)
            pins(index)
            hashes(index)
            scripts(index)
            locks(index)
        }
        for problem in project.problems {
            report(Rules.dependencyUnreadable, problem.file, problem.line, problem.reason, subject: problem.reason)
        }
    }

    // MARK: Advisories

    private mutating func advisories(
        _ dependency: Dependency, _ file: Int, _ known: [PackageKey: [PackageAdvisory]]
    ) {
        guard let found = known[PackageKey(dependency.ecosystem, dependency.name)] else { return }
        if case .local = dependency.origin, project.files[file].content.role != .installed { return }
        var hits: [(advisory: Advisory, fix: String?)] = []
        for pair in found {
            guard let version = dependency.version else {
                if pair.advisory.isMalicious, mayInstall(dependency, pair) {
                    hits.append((pair.advisory, pair.advisory.statedFix))
                }
                continue
            }
            if pair.affected.ranges.isEmpty, pair.affected.versions.isEmpty {
                if pair.advisory.isMalicious { hits.append((pair.advisory, pair.advisory.statedFix)) }
                continue
            }
            if case .affected(let fix) = pair.affected.verdict(version) {
                hits.append((pair.advisory, fix ?? pair.advisory.statedFix))
            }
        }
        let shownName = name(of: dependency)
        let malicious = hits.filter(\.advisory.isMalicious)
        if let first = malicious.first {
            let fix = first.fix.map { "; \($0) is named as clean" } ?? ""
            report(
                Rules.dependencyMalicious, file, dependency.line,
                "\(shownName): \(ids(malicious.map(\.advisory))): \(first.advisory.summary)\(fix)",
                subject: dependency.key)
            return
        }
        guard !hits.isEmpty else { return }
        let severity = hits.map(\.advisory.severity).max() ?? .medium
        let count = hits.count == 1 ? "a known vulnerability" : "\(hits.count) known vulnerabilities"
        report(
            Rules.dependencyVulnerable, file, dependency.line,
            "\(shownName) has \(count) (\(ids(hits.map(\.advisory)))); \(patch(hits, dependency.ecosystem))",
            subject: dependency.key, severity: max(severity, .low))
    }

    /// Whether an unpinned dependency takes in malware: the whole package is malware, or its range ends at a listed
    /// version, or nothing else is known of the name than versions that are malware.
    ///
    /// A range that only happens to contain a listed version resolves to a later one: the index took the bad one away.
    private func mayInstall(_ dependency: Dependency, _ pair: PackageAdvisory) -> Bool {
        if pair.affected.isWholePackage { return true }
        guard dependency.requirement != nil else {
            return pair.advisory.statedFix == nil
                && KnownNames.list(pair.affected.ecosystem)?.contains(pair.affected.key) == false
        }
        return pair.affected.versions.contains { LockComparison.isBestAllowed(dependency, $0) }
    }

    /// The lowest version that every advisory calls mended.
    private func patch(_ hits: [(advisory: Advisory, fix: String?)], _ ecosystem: Ecosystem) -> String {
        let open = hits.filter { $0.fix == nil }
        guard open.isEmpty else {
            return open.count == hits.count ? "no fixed version is known" : "no version fixes all of them"
        }
        let fix = hits.compactMap(\.fix).max { ecosystem.order.compare($0, $1) == -1 } ?? ""
        return "fixed in \(PrintableText.quoting(fix, limit: 60))"
    }

    private func ids(_ advisories: [Advisory]) -> String {
        let names = advisories.map { PrintableText.quoting($0.id, limit: 60) }
        return names.prefix(4).joined(separator: ", ") + (names.count > 4 ? " and \(names.count - 4) more" : "")
    }

    private func name(of dependency: Dependency) -> String {
        let name = PrintableText.quoting(dependency.name, limit: 120)
        return dependency.version.map { "\(name) \(PrintableText.quoting($0, limit: 60))" } ?? name
    }

    // MARK: Names and sources

    private mutating func name(_ dependency: Dependency, _ file: Int) {
        guard case .registry = dependency.origin else { return }
        if let reason = dependency.deprecation {
            report(
                Rules.dependencyAbandoned, file, dependency.line,
                "\(name(of: dependency)): \(PrintableText.quoting(reason, limit: 160))", subject: dependency.key)
        } else if let successor = AbandonedPackages.successor(PackageKey(dependency.ecosystem, dependency.name)) {
            report(
                Rules.dependencyAbandoned, file, dependency.line,
                "\(name(of: dependency)) is no longer maintained under this name; its successor is \(successor)",
                subject: dependency.key)
        }
        let isListed = AbandonedPackages.successor(PackageKey(dependency.ecosystem, dependency.name)) != nil
        guard !isListed, let imitation = NameImitation.find(dependency.key, dependency.ecosystem) else { return }
        let target = imitation.target == dependency.key ? "" : " '\(imitation.target)'"
        // Tests of package managers bring installed packages of made-up names along.
        let path = AssetPath(project.files[file].path)
        let isMadeUp = path.isTestData && ["METADATA", "PKG-INFO"].contains(path.name.display)
        report(
            Rules.dependencyImitation, file, dependency.line,
            "'\(PrintableText.quoting(dependency.name, limit: 120))' resembles\(target.isEmpty ? " an ASCII name" : target): \(imitation.trick.rawValue)",
            subject: dependency.key, severity: imitation.isStrong && !isMadeUp ? .high : .medium,
            confidence: imitation.isStrong ? .medium : .low)
    }

    private mutating func source(_ dependency: Dependency, _ file: Int) {
        switch dependency.origin {
        case .registry(let url?), .archive(let url), .repository(let url, _, _):
            if isOpen(url) {
                report(
                    Rules.dependencyTransport, file, dependency.line,
                    "\(name(of: dependency)) comes from \(PrintableText.quoting(Redaction.url(url), limit: 200))",
                    subject: dependency.key)
            }
        default: break
        }
        archives(dependency, file)
        switch dependency.origin {
        case .repository(let url, let reference, isFixed: false):
            let what = reference.map { "'\(PrintableText.quoting($0, limit: 80))', which can be moved" } ?? "no commit"
            report(
                Rules.dependencyMovable, file, dependency.line,
                "\(name(of: dependency)) is taken from \(PrintableText.quoting(Redaction.url(url), limit: 160)) at \(what)",
                subject: dependency.key)
        case .archive(let url) where dependency.hashes.isEmpty && !isLockedElsewhere(dependency, file):
            report(
                Rules.dependencyMovable, file, dependency.line,
                "\(name(of: dependency)) is taken from \(PrintableText.quoting(Redaction.url(url), limit: 160)) without a hash",
                subject: dependency.key)
        default: break
        }
    }

    /// Archives of registry packages that come from elsewhere than the registry, or are another package's: the shape of an
    /// injected lock entry, whose hash is right for the wrong thing.
    private mutating func archives(_ dependency: Dependency, _ file: Int) {
        guard case .registry(let index) = dependency.origin else { return }
        let indexHost = index.map { Redaction.host($0).lowercased() }
        for url in dependency.files {
            let host = Redaction.host(url).lowercased()
            guard let scheme = host.firstRange(of: "://") else { continue }
            let name = host[scheme.upperBound...]
            if isOpen(url), !(index.map(isOpen) ?? false) {
                report(
                    Rules.dependencyTransport, file, dependency.line,
                    "\(self.name(of: dependency)) comes from \(PrintableText.quoting(Redaction.url(url), limit: 200))",
                    subject: dependency.key)
            }
            let isUsual =
                [
                    "registry.npmjs.org", "registry.yarnpkg.com", "npm.pkg.github.com", "files.pythonhosted.org",
                    "pypi.org",
                ]
                .contains(String(name))
                || (dependency.ecosystem == .pypi && indexHost.map { $0.hasSuffix(name) } ?? false)
                || (hosts[file]?[String(name)] ?? 0) * 2 > project.files[file].content.dependencies.count
            if !isUsual || !isOwnArchive(url, dependency) {
                report(
                    Rules.dependencyConfusion, file, dependency.line,
                    "\(self.name(of: dependency)) is locked to \(PrintableText.quoting(Redaction.url(url), limit: 200)), which is \(isUsual ? "another package's archive" : "not where the other packages come from")",
                    subject: dependency.key)
                return
            }
        }
    }

    /// npm's archives lie at `…/NAME/-/NAME-VERSION.tgz`; Python's begin with the name.
    private func isOwnArchive(_ url: String, _ dependency: Dependency) -> Bool {
        switch dependency.ecosystem {
        case .npm:
            guard let mark = url.firstRange(of: "/-/"), let scheme = url.firstRange(of: "://"),
                let path = url[scheme.upperBound...].firstIndex(of: "/"), path < mark.lowerBound
            else { return true }
            let name = url[path..<mark.lowerBound].dropFirst().replacing("%2f", with: "/").replacing("%2F", with: "/")
                .replacing("%40", with: "@")
            return name.lowercased() == dependency.name.lowercased()
                || name.lowercased().hasSuffix("/" + dependency.name.lowercased())
        case .pypi:
            let last = url.split(separator: "/").last.map(String.init) ?? ""
            let file = Ecosystem.pypi.normalised(last)
            return file.hasPrefix(dependency.key + "-") || file.hasPrefix(dependency.key.replacing("-", with: "") + "-")
                || !last.contains("-")
        default: return true
        }
    }

    private func isLockedElsewhere(_ dependency: Dependency, _ file: Int) -> Bool {
        project.files[file].locks.contains { hashed[$0]?.contains(dependency.key) ?? false }
    }

    /// Whether an address is not protected; this machine itself needs no protection.
    private func isOpen(_ url: String) -> Bool {
        let lower = url.lowercased()
        guard
            ["http://", "git://", "git+http://", "git+git://", "svn://", "hg+http://", "ftp://"].contains(where: {
                lower.hasPrefix($0)
            })
        else { return false }
        let host = lower.firstRange(of: "://").map { lower[$0.upperBound...].prefix { !"/:@?#".contains($0) } } ?? ""
        return host != "localhost" && host != "127.0.0.1" && host != "[::1]" && host != "["
    }

    // MARK: Whole files

    private mutating func indexes(_ file: Int) {
        let content = project.files[file].content
        let indexes = content.indexes
        for entry in indexes.primary + indexes.extra + indexes.explicit where isOpen(entry.url) {
            report(
                Rules.dependencyTransport, file, entry.line,
                "the index \(PrintableText.quoting(Redaction.url(entry.url), limit: 200)) is not reached by https",
                subject: "index")
        }
        for entry in indexes.trustedHosts {
            report(
                Rules.dependencyTransport, file, entry.line,
                "certificates of '\(PrintableText.quoting(Redaction.url(entry.url), limit: 120))' are not checked",
                subject: "trusted host")
        }
        guard let extra = indexes.extra.first, content.role != .lock else { return }
        // Files that include this one are resolved with the same indexes.
        var names: [String] = []
        var isLoose = false
        var seen: Set<String> = []
        for member in project.resolvedWith(file) {
            for entry in loose[member] where !entry.isInLock && seen.insert(entry.name).inserted {
                isLoose = true
                if entry.isUnknown { names.append(entry.name) }
            }
        }
        guard isLoose else { return }
        let detail =
            names.isEmpty
            ? "all names are public ones, so the second index could replace them"
            : "not well known on the public index: \(list(names))"
        report(
            Rules.dependencyConfusion, file, extra.line,
            "packages are looked for at \(PrintableText.quoting(Redaction.url(extra.url), limit: 160)) beside the main index; \(detail)",
            subject: "indexes", severity: names.isEmpty ? .medium : .high)
    }

    private mutating func pins(_ file: Int) {
        let entry = project.files[file]
        guard entry.content.role == .application, entry.locks.isEmpty else { return }
        // A constraints file installs nothing itself.
        let isConstraint = constraintFiles.contains(file)
        guard !isConstraint else { return }
        var constrained: Set<String> = []
        for constraint in project.constraints(of: project.resolvedWith(file)) {
            constrained.formUnion(fixed[constraint])
        }
        let loose = entry.content.dependencies.filter { dependency in
            guard case .registry = dependency.origin, ![.docker, .debian].contains(dependency.ecosystem) else {
                return false
            }
            return dependency.version == nil && dependency.hashes.isEmpty && !constrained.contains(dependency.key)
        }
        guard let first = loose.first else { return }
        let total = entry.content.dependencies.count
        report(
            Rules.dependencyUnpinned, file, first.line,
            "\(loose.count) of \(total) packages have no exact version: \(list(loose.map(\.name)))", subject: "pins")
    }

    private mutating func hashes(_ file: Int) {
        let content = project.files[file].content
        // An archive without a hash is reported as a source that can change.
        let fromRegistry = content.dependencies.filter { dependency in
            if case .registry = dependency.origin { return ![.docker, .cran].contains(dependency.ecosystem) }
            return false
        }
        let missing = fromRegistry.filter(\.hashes.isEmpty)
        guard [.lock, .application].contains(content.role), let first = missing.first else { return }
        let isHashed = fromRegistry.contains { !$0.hashes.isEmpty && $0.ecosystem == first.ecosystem }
        guard isHashed || content.requiresHashes else { return }
        report(
            Rules.dependencyUnhashed, file, first.line,
            "\(missing.count) of \(fromRegistry.count) entries have no hash: \(list(missing.map(\.name)))",
            subject: "hashes")
    }

    private mutating func scripts(_ file: Int) {
        let content = project.files[file].content
        for dependency in content.dependencies where dependency.hasInstallScript {
            report(
                Rules.dependencyInstallScript, file, dependency.line, "\(name(of: dependency)) has an install script",
                subject: dependency.key)
        }
        for entry in content.indexes.sourceBuilds {
            report(
                Rules.dependencyInstallScript, file, entry.line,
                "'\(PrintableText.quoting(entry.url, limit: 120))' is built from source, which runs its setup code",
                subject: "no-binary")
        }
    }

    private mutating func problems(_ file: Int) {
        for problem in project.files[file].content.problems {
            report(
                Rules.dependencyUnreadable, file, problem.line,
                "\(project.files[file].content.format): \(PrintableText.quoting(problem.reason, limit: 240))",
                subject: problem.reason)
        }
    }

    private mutating func locks(_ file: Int) {
        let entry = project.files[file]
        for lock in entry.locks where project.files[lock].content.problems.isEmpty {
            let name = PrintableText.quoting(project.files[lock].name, limit: 120)
            for difference in LockComparison.differences(entry.content, project.files[lock].content) {
                let wanted = difference.declared.requirement.map { " \(PrintableText.quoting($0, limit: 60))" } ?? ""
                let state =
                    difference.locked.isEmpty
                    ? "is not in \(name)"
                    : "is locked to \(PrintableText.quoting(difference.locked.joined(separator: ", "), limit: 80)) in \(name)"
                report(
                    Rules.dependencyContradiction, file, difference.declared.line,
                    "\(PrintableText.quoting(difference.declared.name, limit: 120))\(wanted) \(state)",
                    subject: difference.declared.key)
            }
        }
    }

    // MARK: Reporting

    private func list(_ names: [String]) -> String {
        let shown = names.prefix(20).map { PrintableText.quoting($0, limit: 80) }.joined(separator: ", ")
        return names.count > 20 ? "\(shown) and \(names.count - 20) more" : shown
    }

    private mutating func report(
        _ rule: Rule, _ file: Int, _ line: Int, _ message: String, subject: String, severity: Severity? = nil,
        confidence: Confidence = .high
    ) {
        findings.append(
            Finding(
                ruleID: rule.id, severity: severity ?? rule.severity, confidence: confidence,
                path: shown(project.files[file].path), place: Place(line: line > 0 ? line : nil),
                message: PrintableText.quoting(message, limit: 1500),
                subject: PrintableText.quoting(subject, limit: 200)))
    }
}
