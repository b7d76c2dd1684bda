internal import CordonCore

/// A package as advisories name it.
package struct PackageKey: Hashable, Sendable {
    /// Where it comes from.
    package let ecosystem: Ecosystem
    /// Its name in the ecosystem's normal form.
    package let name: String

    /// Makes a key; the name is normalised.
    package init(_ ecosystem: Ecosystem, _ name: String) {
        self.ecosystem = ecosystem
        self.name = ecosystem.normalised(name)
    }
}

/// What is known of the advisories in use; printed in every report.
package struct AdvisoryStatus: Sendable, Equatable {
    /// Where they come from: the database's path, or `built-in`.
    package let source: String
    /// Records in it.
    package let recordCount: Int
    /// When the newest record was changed, RFC 3339; empty when there is none.
    package let newest: String

    /// Makes a status.
    package init(source: String, recordCount: Int, newest: String) {
        self.source = source
        self.recordCount = recordCount
        self.newest = newest
    }

    /// Days since the newest record was changed; `nil` when that is not known.
    package func age(now: Int) -> Int? { Timestamp.seconds(newest).map { max(0, (now - $0) / 86_400) } }
}

/// Where advisories are looked up.
package protocol AdvisorySource: Sendable {
    /// What is in it.
    var status: AdvisoryStatus { get }
    /// Records for the packages, withdrawn ones left out.
    ///
    /// - Complexity: O(packages log records).
    func advisories(for packages: Set<PackageKey>) throws(AdvisoryFailure) -> [PackageKey: [PackageAdvisory]]
    /// Records that name files by SHA-256, by digest in lower-case hexadecimal.
    func advisories(digests: Set<String>) throws(AdvisoryFailure) -> [String: [Advisory]]
    /// Whether any record names files by digest.
    var namesDigests: Bool { get }
}

/// One record with the part that is about one package.
package struct PackageAdvisory: Sendable {
    /// The record.
    package let advisory: Advisory
    /// The part about the package.
    package let affected: Advisory.Affected

    /// Makes a pair.
    package init(advisory: Advisory, affected: Advisory.Affected) {
        self.advisory = advisory
        self.affected = affected
    }
}

/// Why advisories cannot be had.
package struct AdvisoryFailure: Error, Sendable {
    /// What happened and what to do, for people.
    package let message: String

    /// Makes a failure.
    package init(_ message: String) { self.message = message }
}

/// Records in memory.
package struct AdvisoryList: AdvisorySource {
    private let byPackage: [PackageKey: [PackageAdvisory]]
    private let byDigest: [String: [Advisory]]
    package let status: AdvisoryStatus
    package var namesDigests: Bool { !byDigest.isEmpty }

    /// Indexes records. O(n).
    package init(_ advisories: [Advisory], source: String) {
        var byPackage: [PackageKey: [PackageAdvisory]] = [:]
        var byDigest: [String: [Advisory]] = [:]
        for advisory in advisories where !advisory.isWithdrawn {
            for affected in advisory.affected {
                byPackage[PackageKey(affected.ecosystem, affected.key), default: []].append(
                    PackageAdvisory(advisory: advisory, affected: affected))
            }
            for digest in advisory.digests { byDigest[digest, default: []].append(advisory) }
        }
        self.byPackage = byPackage
        self.byDigest = byDigest
        status = AdvisoryStatus(
            source: source, recordCount: advisories.count, newest: advisories.map(\.modified).max() ?? "")
    }

    package func advisories(for packages: Set<PackageKey>) -> [PackageKey: [PackageAdvisory]] {
        byPackage.filter { packages.contains($0.key) }
    }

    package func advisories(digests: Set<String>) -> [String: [Advisory]] {
        byDigest.filter { digests.contains($0.key) }
    }
}

/// Several sources as one; the first one's status is told.
package struct CombinedAdvisories: AdvisorySource {
    private let sources: [any AdvisorySource]

    /// - Parameter sources: at least one; the first one is what the report is about.
    package init(_ first: any AdvisorySource, _ others: [any AdvisorySource]) { sources = [first] + others }

    package var status: AdvisoryStatus { sources[0].status }
    package var namesDigests: Bool { sources.contains(where: \.namesDigests) }

    package func advisories(
        for packages: Set<PackageKey>
    ) throws(AdvisoryFailure) -> [PackageKey: [PackageAdvisory]] {
        var result: [PackageKey: [PackageAdvisory]] = [:]
        for source in sources {
            for (key, found) in try source.advisories(for: packages) {
                let known = Set((result[key] ?? []).flatMap { [$0.advisory.id] + $0.advisory.aliases })
                result[key, default: []] += found.filter { pair in
                    !known.contains(pair.advisory.id) && known.isDisjoint(with: pair.advisory.aliases)
                }
            }
        }
        return result
    }

    package func advisories(digests: Set<String>) throws(AdvisoryFailure) -> [String: [Advisory]] {
        var result: [String: [Advisory]] = [:]
        for source in sources {
            for (digest, found) in try source.advisories(digests: digests) {
                let known = Set((result[digest] ?? []).map(\.id))
                result[digest, default: []] += found.filter { !known.contains($0.id) }
            }
        }
        return result
    }
}
