internal import CSystem
internal import CordonCore
internal import Glibc
internal import Synchronization

/// What a watch does besides listening.
package struct WatchOptions: Sendable {
    /// Seconds between two sweeps, which notice what events miss.
    package var sweepSeconds = 300.0
    /// Share of files that a sweep reads although their times did not change.
    package var sampledShare = 0.01
    /// Seconds between two complete readings; `nil` for none.
    package var auditSeconds: Double? = 86_400
    /// Whether opening files that are not as signed is refused.
    package var refusesOpening = false
    /// Whether files are made immutable by the kernel once they were found as signed.
    package var sealsFiles = false
    /// Whether one look at everything is enough.
    package var isOnce = false
    /// Whether the first difference ends the watch.
    package var stopsAtDifference = false

    /// Asked about twice a second: whether something else is to be watched from now on.
    package var isOver: @Sendable () -> Bool = { false }

    /// Makes the default options.
    package init() {}
}

/// Holds a tree against its verified manifest: kernel events, sweeps, sampled and complete readings.
///
/// Events arrive within milliseconds of a write. What they miss is noticed by the next sweep: a change whose event was
/// dropped, a folder that could not be watched. Writes through a memory mapping cause no event; they change the file's
/// times when the kernel writes them back, and are found by a sweep, or by reading at the latest.
/// - Note: Does not see a write below the file system by a privileged process before the next complete reading.
package final class TreeWatcher: Sendable {
    private struct State {
        var tree: TreeState
        /// Differences were found and have not gone away.
        var hasDifferences = false
        /// Whether the path leads to another folder than the one that is watched.
        var isMoved = false
    }
    private let state: Mutex<State>
    private let tree: Tree
    private let options: WatchOptions
    private let comparer: TreeComparer
    private let sink: any EventSink
    private let isStopped = Atomic<Bool>(false)
    private let verdicts: OpenGuard.Verdicts

    /// Makes a watch of a tree.
    package init(
        _ tree: Tree, _ manifest: VerifiedManifest, signature: String?, options: WatchOptions,
        comparer: TreeComparer, sink: any EventSink
    ) {
        self.tree = tree
        self.options = options
        self.comparer = comparer
        self.sink = sink
        let initial = TreeState(
            tree: tree, manifest: manifest.manifest, signature: signature.flatMap { tree.relativePath(of: $0) },
            jobs: comparer.jobs)
        state = Mutex(State(tree: initial))
        verdicts = OpenGuard.Verdicts(initial)
    }

    /// Ends the watch soon.
    package func stop() { isStopped.store(true, ordering: .relaxed) }

    /// Everything that is not as signed.
    package var differences: [Difference] {
        state.withLock { state in
            let place = Difference(kind: .moved, path: AssetPath("."), detail: "another folder stands there")
            return state.tree.differences + (state.isMoved ? [place] : [])
        }
    }

    /// Watches until stopped.
    package func run() async throws(IntegrityFailure) {
        let inotify = options.isOnce ? nil : try Inotify()
        if let inotify, !listen(inotify, []) { degraded() }
        try await look(reading: 0, comparer: comparer)
        if options.sealsFiles { seal() }
        let guardian = options.refusesOpening && !options.isOnce ? try startGuard() : nil
        defer { guardian?.stop() }
        guard let inotify else { return }
        let count = state.withLock { $0.tree.fileCount }
        sink.receive(WatchEvent(.ready, detail: "\(count) signed files are watched"))
        try await loop(inotify, guardian)
    }

    // MARK: Loop

    private func loop(_ inotify: Inotify, _ guardian: OpenGuard?) async throws(IntegrityFailure) {
        var nextSweep = now() + options.sweepSeconds
        var nextAudit = options.auditSeconds.map { now() + $0 }
        var waiting = pollfd(fd: inotify.descriptor, events: Int16(POLLIN), revents: 0)
        while !isDone {
            let left = max(0, min(nextSweep, nextAudit ?? .infinity) - now())
            _ = poll(&waiting, 1, Int32(min(left * 1000 + 1, guardian == nil ? 500 : 100)))
            checkPlace()
            if let guardian { announce(guardian.takeRefused()) }
            let events = inotify.read()
            if !events.isEmpty { try await handle(events, inotify, guardian) }
            if let audit = nextAudit, now() >= audit {
                try await look(reading: 1, comparer: nil)
                nextAudit = options.auditSeconds.map { now() + $0 }
            }
            if now() >= nextSweep {
                try await look(reading: options.sampledShare, comparer: nil)
                nextSweep = now() + options.sweepSeconds
            }
        }
    }

    private var isDone: Bool {
        isStopped.load(ordering: .relaxed) || Task.isCancelled || options.isOver()
            || (options.stopsAtDifference && state.withLock { $0.hasDifferences })
    }

    private func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private func handle(
        _ events: [Inotify.Event], _ inotify: Inotify, _ guardian: OpenGuard?
    ) async throws(IntegrityFailure) {
        var seen: Set<[UInt8]> = []
        for event in events {
            switch event {
            case .path(let path):
                guard seen.insert(path).inserted else { continue }
                announce(check(path))
            case .folder(let folder):
                if !listen(inotify, folder) { degraded() }
                if let guardian { try guardian.mark(tree, [folder]) }
                let found = state.withLock { state in
                    Result { () throws(IntegrityFailure) in try state.tree.check(below: folder) }
                }
                verdicts.replace(state.withLock { $0.tree.verifiedIdentities })
                announce(try found.get())
                announce(check(folder))
            case .overflow:
                sink.receive(WatchEvent(.degraded, detail: "the kernel dropped events: looking at everything"))
                _ = listen(inotify, [])
                try await look(reading: 0, comparer: nil)
            }
        }
    }

    /// Events come from the folder that was opened; whoever puts another one in its place must not go unseen.
    private func checkPlace() {
        let event = state.withLock { state -> WatchEvent? in
            guard tree.isInPlace == state.isMoved else { return nil }
            state.isMoved.toggle()
            let place = AssetPath(".")
            guard state.isMoved else {
                return WatchEvent(.restored, path: place, detail: "the folder is in its place again")
            }
            return WatchEvent(
                Difference(
                    kind: .moved, path: place, detail: "the folder was moved away, or another one stands in its place"))
        }
        if let event { announce([event]) }
    }

    private func check(_ path: [UInt8]) -> [WatchEvent] {
        let (event, identity) = state.withLock { state in
            (state.tree.check(path), state.tree.verifiedIdentity(path))
        }
        verdicts.set(path, identity)
        return event.map { [$0] } ?? []
    }

    private func listen(_ inotify: Inotify, _ folder: [UInt8]) -> Bool {
        // Of a single file's folder, nothing else is watched.
        inotify.add(tree, folder) { path in tree.single != nil || state.withLock { $0.tree.isIgnored(path) } }
    }

    private func degraded() {
        sink.receive(
            WatchEvent(
                .degraded,
                detail: "the kernel does not watch every folder (fs.inotify.max_user_watches): the sweep finds the rest"
            ))
    }

    /// Looks at everything; the state is not locked meanwhile, so that the guard can answer.
    private func look(reading share: Double, comparer: TreeComparer?) async throws(IntegrityFailure) {
        var copy = state.withLock { $0.tree }
        let events = try await copy.sweep(reading: share, comparer: comparer)
        state.withLock { $0.tree = copy }
        verdicts.replace(copy.verifiedIdentities)
        announce(events)
        let isComplete = share >= 1 || comparer != nil
        if isComplete {
            let count = copy.differences.count
            sink.receive(WatchEvent(.audit, detail: "\(copy.fileCount) signed files looked at, differences: \(count)"))
        }
    }

    private func announce(_ events: [WatchEvent]) {
        state.withLock { $0.hasDifferences = $0.hasDifferences || events.contains { $0.isAlarm } }
        for event in events { sink.receive(event) }
    }

    // MARK: Enforcement

    private func startGuard() throws(IntegrityFailure) -> OpenGuard {
        let guardian = try OpenGuard(tree, verdicts: verdicts)
        try guardian.mark(tree, try tree.folders())
        let thread = UnsafeMutablePointer<pthread_t>.allocate(capacity: 1)
        defer { thread.deallocate() }
        let box = Unmanaged.passRetained(guardian)
        let isStarted =
            pthread_create(
                thread, nil,
                { argument in
                    Unmanaged<OpenGuard>.fromOpaque(argument!).takeRetainedValue().run()
                    return nil
                }, box.toOpaque()) == 0
        guard isStarted else {
            box.release()
            throw IntegrityFailure(.toolMissing, "no thread can be started to guard opening")
        }
        return guardian
    }

    /// fs-verity: from here on the kernel itself refuses writes and checks what is read.
    private func seal() {
        var (sealed, refused) = (0, 0)
        var reason = ""
        for entry in (try? tree.entries(TreeRules())) ?? [] where entry.kind == .regular {
            guard verdicts.isVerified(entry.path, entry.identity) else { continue }
            let file = tree.open(entry.path, follow: false)
            guard file >= 0 else { continue }
            defer { close(file) }
            if cordon_verity_enable(file) == 0 || errno == EEXIST {
                sealed += 1
            } else {
                refused += 1
                reason = String(cString: strerror(errno))
            }
        }
        if refused == 0 {
            sink.receive(WatchEvent(.response, detail: "\(sealed) files are sealed by fs-verity"))
        } else {
            sink.receive(
                WatchEvent(
                    .degraded, detail: "fs-verity sealed \(sealed) files and could not seal \(refused): \(reason)"))
        }
    }
}

extension Tree {
    /// Every folder of the tree, the tree itself first.
    func folders() throws(IntegrityFailure) -> [[UInt8]] {
        var folders: Set<[UInt8]> = [[]]
        for entry in try entries(TreeRules()) {
            for index in entry.path.indices where entry.path[index] == UInt8(ascii: "/") {
                folders.insert(Array(entry.path[..<index]))
            }
        }
        return folders.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
