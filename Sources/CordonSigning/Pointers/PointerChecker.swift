internal import CordonCore
internal import Glibc
internal import Synchronization

/// What came of one row of a list of addresses.
package struct PointerResult: Sendable, Equatable {
    /// The kinds of outcome.
    package enum Kind: String, Sendable, CaseIterable {
        /// What lies there is what lay there.
        case same
        /// Something else lies there.
        case changed
        /// Nothing lies there any more.
        case gone
        /// The same content, served by another host.
        case redirected
        /// It could not be looked at: no digest, too large, refused, no answer.
        case notChecked
    }
    /// The row.
    package let row: PointerList.Row
    /// The outcome.
    package let kind: Kind
    /// What exactly.
    package let detail: String
    /// The address that answered at last.
    package let effectiveURL: String
}

/// How a list is fetched.
package struct PointerOptions: Sendable {
    /// Requests at the same time.
    package var concurrency = 16
    /// Most bytes of one body.
    package var byteLimit = 100 << 20
    /// Longest time for one request.
    package var timeout = Duration.seconds(30)
    /// Most rows that are fetched; `nil` for all.
    package var rowLimit: Int?

    /// Makes the default options.
    package init() {}
}

/// A domain whose rows changed in bulk.
package struct SuspectDomain: Sendable, Equatable {
    /// The registered domain, or the host that many domains lead to.
    package let name: String
    /// Rows of it that changed.
    package let changedCount: Int
    /// Rows of it that were looked at.
    package let checkedCount: Int
    /// Why it is suspect.
    package let reason: String
}

/// What a check of a list found.
package struct PointerReport: Sendable {
    /// Rows by outcome.
    package var counts: [PointerResult.Kind: Int] = [:]
    /// The first rows that changed.
    package var changed: [PointerResult] = []
    /// The first rows that could not be looked at.
    package var notChecked: [PointerResult] = []
    /// Domains whose rows changed in bulk.
    package var suspects: [SuspectDomain] = []

    /// Rows with an outcome.
    package func count(_ kind: PointerResult.Kind) -> Int { counts[kind] ?? 0 }
}

/// Fetches what a list points at and compares it with the list's digests: split-view poisoning.
///
/// Source: Carlini et al. 2023, "Poisoning Web-Scale Training Datasets is Practical", section 4.
/// - Note: Sees what this machine is served now. A host that serves others something else is not noticed.
package struct PointerChecker: Sendable {
    private let fetcher: any PointerFetcher
    private let options: PointerOptions
    private static let shownLimit = 1000

    /// Makes a checker.
    package init(_ fetcher: any PointerFetcher, options: PointerOptions) {
        self.fetcher = fetcher
        self.options = options
    }

    /// What the fetching threads share.
    private final class Work: Sendable {
        struct State {
            var rows: [PointerList.Row] = []
            var isEnded = false
            var report = PointerReport()
            var domains = DomainStatistics()
        }
        let state = Mutex(State())
        let checker: PointerChecker
        let receive: @Sendable (PointerResult) -> Void

        init(_ checker: PointerChecker, _ receive: @escaping @Sendable (PointerResult) -> Void) {
            self.checker = checker
            self.receive = receive
        }

        func run() {
            while true {
                let (row, isEnded) = state.withLock { state in
                    (state.rows.isEmpty ? nil : state.rows.removeFirst(), state.isEnded)
                }
                if let row {
                    store(checker.check(row))
                } else if isEnded {
                    return
                } else {
                    usleep(1000)
                }
            }
        }

        private func store(_ result: PointerResult) {
            receive(result)
            state.withLock { state in
                state.report.counts[result.kind, default: 0] += 1
                state.domains.note(result)
                if result.kind == .changed, state.report.changed.count < PointerChecker.shownLimit {
                    state.report.changed.append(result)
                }
                if result.kind == .notChecked, state.report.notChecked.count < PointerChecker.shownLimit {
                    state.report.notChecked.append(result)
                }
            }
        }
    }

    /// Fetches every row with bounded concurrency.
    ///
    /// - Parameter receive: told every result, from any thread, in no order.
    /// - Complexity: memory O(concurrency + domains).
    package func check(
        _ list: PointerList, receive: @escaping @Sendable (PointerResult) -> Void
    ) throws(IntegrityFailure) -> PointerReport {
        let work = Work(self, receive)
        var threads: [pthread_t] = []
        for _ in 0..<max(1, options.concurrency) {
            var thread = pthread_t()
            let box = Unmanaged.passRetained(work)
            let isStarted =
                pthread_create(
                    &thread, nil,
                    { argument in
                        guard let argument else { return nil }
                        Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
                        return nil
                    }, box.toOpaque()) == 0
            if isStarted { threads.append(thread) } else { box.release() }
        }
        guard !threads.isEmpty else { throw IntegrityFailure(.toolMissing, "no thread can be started") }
        defer {
            work.state.withLock { $0.isEnded = true }
            for thread in threads { pthread_join(thread, nil) }
        }
        try feed(list, work)
        work.state.withLock { $0.isEnded = true }
        for thread in threads { pthread_join(thread, nil) }
        threads = []
        return work.state.withLock { state in
            var report = state.report
            report.suspects = state.domains.suspects
            report.changed.sort { $0.row.number < $1.row.number }
            report.notChecked.sort { $0.row.number < $1.row.number }
            return report
        }
    }

    private func feed(_ list: PointerList, _ work: Work) throws(IntegrityFailure) {
        var given = 0
        try list.forEachRow { row in
            if let limit = options.rowLimit, given >= limit { return false }
            given += 1
            while work.state.withLock({ $0.rows.count >= 4 * options.concurrency }) { usleep(1000) }
            work.state.withLock { $0.rows.append(row) }
            return true
        }
    }

    /// Fetches and compares one row.
    func check(_ row: PointerList.Row) -> PointerResult {
        func result(_ kind: PointerResult.Kind, _ detail: String, _ url: String = "") -> PointerResult {
            PointerResult(row: row, kind: kind, detail: detail, effectiveURL: url)
        }
        let lowered = row.url.lowercased()
        guard lowered.hasPrefix("http://") || lowered.hasPrefix("https://") else {
            return result(.notChecked, "the address is not http or https")
        }
        guard let expected = ContentDigest(row.digest) else {
            return result(.notChecked, row.digest.isEmpty ? "the row has no digest" : "the row's digest is none")
        }
        var hasher = ContentDigest.Hasher(expected.algorithm)
        let outcome = fetcher.fetch(row.url, byteLimit: options.byteLimit, timeout: options.timeout) {
            hasher.update($0)
        }
        let effective = outcome.effectiveURL
        if outcome.isTooLarge { return result(.notChecked, "more than \(options.byteLimit) bytes", effective) }
        if let problem = outcome.problem {
            return result(outcome.isNameGone ? .gone : .notChecked, problem, effective)
        }
        switch outcome.status {
        case 200..<300: break
        case 404, 410: return result(.gone, "status \(outcome.status)", effective)
        default: return result(.notChecked, "status \(outcome.status)", effective)
        }
        let found = hasher.finalize()
        let hasMoved = outcome.redirects > 0 && Domain.host(effective) != Domain.host(row.url)
        let via = hasMoved ? ", served by \(PrintableText.quoting(Domain.host(effective), limit: 100))" : ""
        guard found == expected.bytes else {
            return result(
                .changed,
                "found \(expected.algorithm.rawValue):\(Hexadecimal.encode(found)), \(outcome.byteCount) bytes\(via)",
                effective)
        }
        return result(hasMoved ? .redirected : .same, hasMoved ? "the same content\(via)" : "", effective)
    }
}

/// Hosts and the domains that they belong to.
enum Domain {
    /// The host of an address, lower case, without a port.
    static func host(_ url: String) -> String {
        guard let scheme = url.utf8.firstIndex(of: UInt8(ascii: ":")) else { return "" }
        var rest = url[url.index(after: scheme)...].drop { $0 == "/" }
        rest = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        if rest.first == "[" { return String(rest.prefix { $0 != "]" }) + "]" }
        return rest.prefix { $0 != ":" }.lowercased()
    }

    /// Second-level labels under which names are registered in many countries.
    private static let registries: Set<Substring> = ["ac", "co", "com", "edu", "gob", "gov", "ne", "net", "or", "org"]

    /// The part of a host that somebody registered: an approximation of the public suffix list.
    static func registered(_ host: String) -> String {
        let labels = host.split(separator: ".")
        guard labels.count > 2, !labels.allSatisfy({ Int($0) != nil }) else { return host }
        let isCountry = labels[labels.count - 1].utf8.count == 2 && registries.contains(labels[labels.count - 2])
        return labels.suffix(isCountry ? 3 : 2).joined(separator: ".")
    }
}

/// Which domains changed in bulk.
struct DomainStatistics {
    private var byDomain: [String: (changed: Int, checked: Int)] = [:]
    /// For hosts that answer at last: the domains that led there with changed content.
    private var sources: [String: Set<String>] = [:]
    private var total = (changed: 0, checked: 0)
    private static let domainLimit = 5_000_000

    mutating func note(_ result: PointerResult) {
        guard result.kind == .same || result.kind == .changed || result.kind == .redirected else { return }
        let domain = Domain.registered(Domain.host(result.row.url))
        guard byDomain[domain] != nil || byDomain.count < Self.domainLimit else { return }
        let isChanged = result.kind == .changed
        byDomain[domain, default: (0, 0)].checked += 1
        total.checked += 1
        guard isChanged else { return }
        byDomain[domain, default: (0, 0)].changed += 1
        total.changed += 1
        let target = Domain.registered(Domain.host(result.effectiveURL))
        if !target.isEmpty, target != domain { sources[target, default: []].insert(domain) }
    }

    /// Domains most of whose rows changed, far more than the rest of the list makes likely, and hosts that several
    /// domains lead to. Worst first.
    ///
    /// A domain counts with three changed rows or more, half of its rows or more, and a chance below one in a million
    /// that so many change at the rate of all other domains together (binomial tail).
    var suspects: [SuspectDomain] {
        var found: [SuspectDomain] = []
        for (domain, count) in byDomain where count.changed >= 3 && 2 * count.changed >= count.checked {
            let others = (changed: total.changed - count.changed, checked: total.checked - count.checked)
            // One more of each: a rate of zero would make anything impossible.
            let rate = Double(others.changed + 1) / Double(others.checked + 2)
            guard Self.tail(count.changed, of: count.checked, rate: rate) < 1e-6 || others.checked == 0 else {
                continue
            }
            found.append(
                SuspectDomain(
                    name: domain, changedCount: count.changed, checkedCount: count.checked,
                    reason:
                        "\(count.changed) of \(count.checked) rows changed, elsewhere \(others.changed) of \(others.checked): it may have a new owner"
                ))
        }
        for (host, domains) in sources where domains.count >= 3 {
            let changed = domains.reduce(0) { $0 + (byDomain[$1]?.changed ?? 0) }
            let checked = domains.reduce(0) { $0 + (byDomain[$1]?.checked ?? 0) }
            found.append(
                SuspectDomain(
                    name: host, changedCount: changed, checkedCount: checked,
                    reason:
                        "\(domains.count) domains with changed content lead there: they may have been bought together"))
        }
        return found.sorted { ($1.changedCount, $0.name) < ($0.changedCount, $1.name) }
    }

    /// Probability of `count` or more successes among `trials`. O(trials).
    static func tail(_ count: Int, of trials: Int, rate: Double) -> Double {
        guard rate < 1 else { return 1 }
        var sum = 0.0
        for successes in count...max(count, trials) where successes <= trials {
            let logarithm =
                lgamma(Double(trials + 1)) - lgamma(Double(successes + 1)) - lgamma(Double(trials - successes + 1))
                + Double(successes) * log(rate) + Double(trials - successes) * log1p(-rate)
            sum += exp(logarithm)
        }
        return min(1, sum)
    }
}
