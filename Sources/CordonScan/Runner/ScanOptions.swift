public import CordonCore
package import CordonSupplyChain

/// Bounds of a scan, so that no file can take more than its share. Hitting one is a finding.
public struct ScanLimits: Hashable, Sendable {
    /// Deepest nesting of containers; default 8.
    public var depth = 8
    /// Most output bytes per compressed byte, applied once a stream has given 16 MiB; default 200.
    public var ratio = 200
    /// Most decompressed bytes per file, in bytes; default 4 GiB.
    public var totalBytes = 4 << 30
    /// Most members of all containers of one file; default 100,000.
    public var members = 100_000
    /// CPU time per 50 MB of file; a file always gets at least this. Default 2 seconds.
    public var time: Duration = .seconds(2)
    /// Most bytes of unrecognised or trailing data searched for hidden pickles, per stretch; default 64 MiB.
    public var searchedBytes = 64 << 20

    /// The defaults.
    public init() {}
}

/// What to scan and how.
public struct ScanOptions: Sendable {
    /// Bounds per file.
    public var limits = ScanLimits()
    /// Globs of paths to scan, relative to the root; empty means all.
    public var include: [String] = []
    /// Globs of paths to leave out.
    public var exclude: [String] = []
    /// Resolved paths of the only files to look at, for instance those that changed; `nil` for all.
    package var only: Set<[UInt8]>?
    /// Files worked on at the same time, at least 1; default: the machine's processors.
    public var jobs: Int?
    /// Whether to compute every file's SHA-256. Off by default: hashing reads every byte, inspecting does not.
    public var digests = false
    /// The configuration file in force, as the report shows it.
    public var configuration: AssetPath?
    /// Where advisories are looked up, beside the built-in ones.
    package var advisories: (any AdvisorySource)?
    /// Days after which advisories count as too old; default 30.
    public var advisoryAgeLimit = 30

    /// The defaults.
    public init() {}

    /// The imported advisories with the built-in ones behind them.
    var advisorySource: any AdvisorySource {
        advisories.map { CombinedAdvisories($0, [AdvisorySeed.list]) } ?? AdvisorySeed.list
    }
}

/// How far a scan is, for progress displays.
public struct ScanProgress: Sendable {
    /// Files done.
    public let done: Int
    /// Files found; grows until discovery ends.
    public let total: Int
}
