internal import CSystem
internal import CordonCore
internal import Glibc
internal import Synchronization

/// How files are turned into digests.
package struct HashPlan: Sendable {
    /// The hash function.
    package var algorithm: HashAlgorithm
    /// Bytes in a shard; `nil` digests each file as a whole.
    package var shardByteCount: Int?
    /// Files or shards worked on at the same time, from 1.
    package var jobs: Int

    /// Makes a plan.
    package init(algorithm: HashAlgorithm = .sha256, shardByteCount: Int? = nil, jobs: Int = HashPlan.processors) {
        self.algorithm = algorithm
        self.shardByteCount = shardByteCount
        self.jobs = max(1, jobs)
    }

    /// Processors that this process may use.
    package static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// Number of byte ranges, without making them.
    package func rangeCount(byteCount: Int) -> Int {
        guard let shardByteCount, byteCount > 0 else { return 1 }
        return (byteCount - 1) / shardByteCount + 1
    }

    /// Byte ranges that get a digest each; one empty range for a file without bytes.
    package func ranges(byteCount: Int) -> [Range<Int>] {
        guard let shardByteCount, byteCount > 0 else { return [0..<byteCount] }
        return stride(from: 0, to: byteCount, by: shardByteCount).map {
            $0..<($0 + min(shardByteCount, byteCount - $0))
        }
    }
}

/// The digests of one file.
package enum FileDigests: Sendable, Equatable {
    /// One digest a range, in order; and whether the file's times will tell of every later change.
    case digests([[UInt8]], Writers = .unknown)
    /// It could not be read, and why.
    case unreadable(String)

    /// The digests, when there are any.
    var values: [[UInt8]]? {
        guard case .digests(let values, _) = self else { return nil }
        return values
    }

    /// Whether somebody could write to the file without its times changing: through a mapping made for writing.
    package enum Writers: Sendable {
        /// Nobody could when it was read.
        case none
        /// Somebody could.
        case some
        /// The system does not say: another user's file, or no leases.
        case unknown

        init(_ lease: cordon_lease) {
            self = lease == cordon_lease_alone ? .none : lease == cordon_lease_shared ? .some : .unknown
        }
    }
}

/// Digests files of a tree on several threads; every byte is read once, through one small buffer a thread.
package struct TreeHasher: Sendable {
    let tree: Tree
    let plan: HashPlan
    private static let bufferByteCount = 256 << 10

    private let asksForWriters: Bool

    /// Makes a hasher.
    ///
    /// - Parameter asksForWriters: whether to find out if times will tell of every later change.
    package init(tree: Tree, plan: HashPlan, asksForWriters: Bool = false) {
        self.tree = tree
        self.plan = plan
        self.asksForWriters = asksForWriters
    }

    private typealias Reading = (digest: [UInt8], writers: FileDigests.Writers)

    /// A file, or one shard of it.
    private struct Unit {
        let entry: Int
        let range: Int
        let bytes: Range<Int>
    }

    /// What the threads share.
    private final class Work: Sendable {
        let units: [Unit]
        private let next = Atomic<Int>(0)
        private let done = Atomic<Int>(0)
        private let state: Mutex<State>

        private struct Partial {
            var digests: [[UInt8]]
            var left: Int
            var writers: FileDigests.Writers
        }
        private struct State {
            var results: [FileDigests?]
            var partial: [Int: Partial] = [:]
        }

        init(units: [Unit], count: Int) {
            self.units = units
            state = Mutex(State(results: Array(repeating: nil, count: count)))
        }

        /// The next units, several at once where there are many small ones.
        func take() -> Range<Int> {
            let count = units.count > 512 ? 16 : 1
            let start = min(units.count, next.add(count, ordering: .relaxed).oldValue)
            return start..<min(units.count, start + count)
        }

        /// - Returns: bytes done so far.
        func store(_ readings: [(unit: Unit, count: Int, result: Result<Reading, IntegrityFailure>)]) -> Int {
            state.withLock { state in for reading in readings { Self.store(reading, &state) } }
            return done.add(readings.reduce(0) { $0 + $1.unit.bytes.count }, ordering: .relaxed).newValue
        }

        private static func store(
            _ reading: (unit: Unit, count: Int, result: Result<Reading, IntegrityFailure>), _ state: inout State
        ) {
            let unit = reading.unit
            switch reading.result {
            case .failure(let failure): state.results[unit.entry] = .unreadable(failure.message)
            case .success(let (digest, writers)) where reading.count == 1:
                state.results[unit.entry] = .digests([digest], writers)
            case .success(let (digest, writers)):
                var partial =
                    state.partial.removeValue(forKey: unit.entry)
                    ?? Partial(digests: Array(repeating: [], count: reading.count), left: reading.count, writers: .none)
                partial.digests[unit.range] = digest
                partial.left -= 1
                // The most careful answer of all ranges counts.
                if writers != .none { partial.writers = writers }
                if partial.left > 0 {
                    state.partial[unit.entry] = partial
                } else if state.results[unit.entry] == nil {
                    state.results[unit.entry] = .digests(partial.digests, partial.writers)
                }
            }
        }

        var results: [FileDigests?] { state.withLock { $0.results } }
    }

    /// Digests the entries, which are regular files or links to such.
    ///
    /// - Parameter progress: told the number of bytes done so far, from any thread.
    /// - Complexity: O(bytes), memory O(entries) and a quarter of a mebibyte a job.
    package func digests(
        of entries: [TreeEntry], progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async -> [FileDigests] {
        let work = Work(units: order(entries), count: entries.count)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<min(plan.jobs, max(1, work.units.count)) {
                group.addTask {
                    let buffer = UnsafeMutableRawBufferPointer.allocate(
                        byteCount: Self.bufferByteCount, alignment: 4096)
                    defer { buffer.deallocate() }
                    while !Task.isCancelled {
                        let range = work.take()
                        if range.isEmpty { return }
                        let readings = range.map { index in
                            let unit = work.units[index]
                            let entry = entries[unit.entry]
                            return (
                                unit: unit, count: plan.rangeCount(byteCount: entry.identity.byteCount),
                                result: digest(entry, unit.bytes, buffer)
                            )
                        }
                        progress(work.store(readings))
                    }
                }
            }
        }
        return work.results.map { $0 ?? .unreadable("interrupted") }
    }

    /// Digests one file on the calling thread.
    func digestsNow(of entry: TreeEntry) -> FileDigests {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferByteCount, alignment: 4096)
        defer { buffer.deallocate() }
        var digests: [[UInt8]] = []
        var writers = FileDigests.Writers.none
        for range in plan.ranges(byteCount: entry.identity.byteCount) {
            switch digest(entry, range, buffer) {
            case .success(let (digest, found)):
                digests.append(digest)
                if found != .none { writers = found }
            case .failure(let failure): return .unreadable(failure.message)
            }
        }
        return .digests(digests, writers)
    }

    /// Largest first when some are large, so that no thread is left alone with one at the end.
    private func order(_ entries: [TreeEntry]) -> [Unit] {
        var units: [Unit] = []
        units.reserveCapacity(entries.count)
        for (index, entry) in entries.enumerated() {
            for (number, range) in plan.ranges(byteCount: entry.identity.byteCount).enumerated() {
                units.append(Unit(entry: index, range: number, bytes: range))
            }
        }
        if units.contains(where: { $0.bytes.count > 64 << 20 }) { units.sort { $0.bytes.count > $1.bytes.count } }
        return units
    }

    private func digest(
        _ entry: TreeEntry, _ range: Range<Int>, _ buffer: UnsafeMutableRawBufferPointer
    ) -> Result<Reading, IntegrityFailure> {
        let file = tree.open(entry.path, follow: entry.kind == .link)
        guard file >= 0 else { return .failure(IntegrityFailure(.cannotRead, Self.reason(errno))) }
        defer { close(file) }
        // Asked before reading: what is opened for writing afterwards changes the times that are compared below.
        let writers = asksForWriters ? FileDigests.Writers(cordon_read_lease(file)) : .unknown
        var hasher = StreamHasher(plan.algorithm)
        if let failure = read(file, range, buffer, into: &hasher) { return .failure(failure) }
        guard FileStatus(descriptor: file)?.identity == entry.identity else {
            return .failure(IntegrityFailure(.changedWhileRead, "it changed while it was being checked"))
        }
        return .success((hasher.finalize(), writers))
    }

    private func read(
        _ file: Int32, _ range: Range<Int>, _ buffer: UnsafeMutableRawBufferPointer, into hasher: inout StreamHasher
    ) -> IntegrityFailure? {
        var position = range.lowerBound
        while position < range.upperBound {
            let count = pread(file, buffer.baseAddress, min(buffer.count, range.upperBound - position), position)
            if count < 0 {
                if errno == EINTR { continue }
                return IntegrityFailure(.cannotRead, Self.reason(errno))
            }
            guard count > 0 else {
                return IntegrityFailure(.changedWhileRead, "it became shorter while it was being read")
            }
            hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            position += count
        }
        return nil
    }

    private static func reason(_ code: Int32) -> String {
        code == ELOOP ? "a symbolic link took its place" : String(cString: strerror(code))
    }
}
