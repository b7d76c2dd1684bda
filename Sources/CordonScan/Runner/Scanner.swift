public import CordonCore
internal import CordonFormats
internal import CordonSupplyChain
internal import Glibc
internal import Synchronization

/// Why a scan cannot begin.
public enum ScanFailure: Error, Hashable, Sendable {
    /// A named path does not exist or cannot be opened; the text is the system's.
    case cannotOpen(path: String, reason: String)
}

/// Scans files and folders for what would run code, hide data, reach outside or pretend.
///
/// Nothing that is scanned is executed, imported or loaded. Files are worked on in parallel; the result does not depend
/// on the order.
///
/// - Note: Media, native programs and other languages than Python are reported as not evaluated; of those languages only secrets are looked for.
public struct Scanner: Sendable {
    private let options: ScanOptions
    /// Written into reports.
    public static let version = "0.1.0"

    /// Makes a scanner.
    public init(options: ScanOptions = ScanOptions()) { self.options = options }

    /// Scans every file below the paths.
    ///
    /// - Parameters:
    ///   - paths: files or folders; at least one.
    ///   - progress: called from any thread, at most about every hundredth file.
    /// - Throws: ``ScanFailure`` when a path cannot be opened; broken files below a folder are reported instead.
    /// - Complexity: O(files + bytes of structure); tensors are not read. Memory is bounded per job.
    public func scan(
        _ paths: [String], progress: (@Sendable (ScanProgress) -> Void)? = nil
    ) async throws(ScanFailure) -> ScanReport {
        let clock = ContinuousClock()
        let start = clock.now
        var roots: [ScanRoot] = []
        var files: [FoundFile] = []
        for path in paths { try discover(path, isOnly: paths.count == 1, &roots, &files) }
        var options = options
        // Advisories that name files by content need every file's digest.
        if options.advisorySource.namesDigests { options.digests = true }
        let filter = PathFilter(include: options.include, exclude: options.exclude)
        let total = files.count
        let known = files.map(\.path)
        if !filter.include.isEmpty || !filter.exclude.isEmpty { files.removeAll { !filter.allows($0.path) } }
        // The audit of the project needs its neighbours too: a manifest is judged beside its lock file.
        let all = files
        if let only = options.only {
            files.removeAll { !only.contains(Array((roots[$0.root].folder + "/").utf8) + $0.relative) }
        }
        let work = FileQueue(files: files, roots: roots, options: options, progress: progress)
        await work.run(jobs: options.jobs ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        let (entries, findings) = work.results()
        var audit = ProjectAudit(files: all, roots: roots, options: options)
        await audit.run(entries, rootPaths: paths)
        let scanned = files.count == total ? [] : Set(files.map(\.path))
        if options.only != nil { audit.limit(to: Set(files.map(\.path))) }
        let excluded = files.count == total ? [] : known.filter { !scanned.contains($0) }.sorted()
        return ScanReport(
            toolVersion: Self.version, roots: paths, entries: audit.applied(to: entries),
            findings: findings + audit.findings + configured(roots), rules: Rules.all,
            excludedCount: total - files.count, configuration: options.configuration?.display,
            duration: start.duration(to: clock.now), advisories: audit.advisories, excluded: excluded)
    }

    /// Scans bytes that are already in memory, under a name.
    ///
    /// - Complexity: as for a file of that size.
    public func scan(bytes: [UInt8], name: String) -> ScanReport {
        let clock = ContinuousClock()
        let start = clock.now
        let (entry, findings) = FileScan.run(
            bytes: ByteView(copying: bytes), path: AssetPath(name), options: options)
        return ScanReport(
            toolVersion: Self.version, roots: [name], entries: [entry], findings: findings, rules: Rules.all,
            excludedCount: 0, configuration: options.configuration?.display, duration: start.duration(to: clock.now))
    }

    private func discover(
        _ path: String, isOnly: Bool, _ roots: inout [ScanRoot], _ files: inout [FoundFile]
    ) throws(ScanFailure) {
        guard let resolved = realpath(path, nil) else {
            throw .cannotOpen(path: path, reason: String(cString: strerror(errno)))
        }
        defer { free(resolved) }
        let real = String(cString: resolved)
        var info = stat()
        guard stat(resolved, &info) == 0 else {
            throw .cannotOpen(path: path, reason: String(cString: strerror(errno)))
        }
        let isFolder = info.st_mode & S_IFMT == S_IFDIR
        let folder = isFolder ? real : String(real[..<(real.lastIndex(of: "/") ?? real.endIndex)]) + "/"
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotOpen(path: path, reason: String(cString: strerror(errno))) }
        roots.append(ScanRoot(descriptor: descriptor, real: real, folder: isFolder ? real : String(folder.dropLast())))
        let index = roots.count - 1
        guard isFolder else {
            let name = AssetPath(real).name
            let kind: FoundFile.Kind =
                info.st_mode & S_IFMT == S_IFREG ? .regular : .special("not a regular file: not read")
            files.append(
                FoundFile(
                    path: AssetPath(path), relative: name.bytes, root: index, kind: kind, mayFollow: false,
                    isNamed: true))
            return
        }
        var discovery = Discovery(root: roots[index], index: index, prefix: isOnly ? nil : AssetPath(path))
        discovery.walk()
        files += discovery.files
    }

    /// A configuration that came with what is scanned is part of what is suspect.
    private func configured(_ roots: [ScanRoot]) -> [Finding] {
        guard let file = options.configuration, let resolved = realpath(file.display, nil) else { return [] }
        defer { free(resolved) }
        let real = String(cString: resolved)
        guard roots.contains(where: { real.hasPrefix($0.real + "/") }) else { return [] }
        return [
            Finding(
                ruleID: Rules.scanConfigured.id, severity: Rules.scanConfigured.severity, confidence: .high,
                path: AssetPath(file.name.display), place: Place(), message: "settings were taken from this file",
                subject: "configuration")
        ]
    }
}

/// The files of one scan, handed out to jobs one by one.
private final class FileQueue: Sendable {
    private struct State {
        var next = 0
        var entries: [ScanReport.Entry] = []
        var findings: [Finding] = []
    }
    private let files: [FoundFile]
    private let roots: [ScanRoot]
    private let options: ScanOptions
    private let progress: (@Sendable (ScanProgress) -> Void)?
    private let state = Mutex(State())
    private static let batch = 16

    init(
        files: [FoundFile], roots: [ScanRoot], options: ScanOptions, progress: (@Sendable (ScanProgress) -> Void)?
    ) {
        self.files = files
        self.roots = roots
        self.options = options
        self.progress = progress
    }

    func run(jobs: Int) async {
        // Starting threads costs more than a few small files do.
        guard jobs > 1, files.count > Self.batch else { return work() }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<min(jobs, files.count) { group.addTask { self.work() } }
        }
    }

    func results() -> ([ScanReport.Entry], [Finding]) { state.withLock { ($0.entries, $0.findings) } }

    private func work() {
        while !Task.isCancelled {
            let range = state.withLock { state in
                let low = state.next
                state.next = min(files.count, low + Self.batch)
                return low..<state.next
            }
            if range.isEmpty { return }
            var entries: [ScanReport.Entry] = []
            var findings: [Finding] = []
            for index in range {
                let (entry, found) = FileScan.run(files[index], root: roots[files[index].root], options: options)
                entries.append(entry)
                findings += found
            }
            let done = state.withLock { state in
                state.entries += entries
                state.findings += findings
                return state.entries.count
            }
            progress?(ScanProgress(done: done, total: files.count))
        }
    }
}
