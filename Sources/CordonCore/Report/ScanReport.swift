/// The advisories that a scan looked packages up in.
public struct AdvisoryUse: Hashable, Sendable {
    /// The database's path, or `built-in`.
    public let source: String
    /// Records in it.
    public let recordCount: Int
    /// When the newest record was changed, RFC 3339.
    public let newest: String
    /// Days since then; `nil` when that is not known.
    public let ageInDays: Int?

    /// Makes a description.
    public init(source: String, recordCount: Int, newest: String, ageInDays: Int?) {
        self.source = source
        self.recordCount = recordCount
        self.newest = newest
        self.ageInDays = ageInDays
    }
}

/// Everything one scan found, looked at and could not look at.
public struct ScanReport: Sendable {
    /// One scanned asset with what the scan says about it.
    public struct Entry: Sendable {
        /// The asset.
        public let asset: Asset
        /// `failed` when there is a finding of severity low or above; otherwise `notEvaluated` beats `passed`.
        public let outcome: Outcome
        /// Everything that was not looked at, including parts of a failed asset.
        public let notEvaluated: [String]

        /// Makes an entry.
        public init(asset: Asset, outcome: Outcome, notEvaluated: [String]) {
            self.asset = asset
            self.outcome = outcome
            self.notEvaluated = notEvaluated
        }
    }

    /// A finding that somebody decided not to see again.
    public struct Hidden: Sendable {
        /// What hides it.
        public enum Reason: String, CaseIterable, Sendable {
            /// It was known when the baseline was made.
            case baseline
            /// A suppression of the configuration fits it.
            case suppression
            /// Its rule is switched off.
            case rule
        }
        /// The finding.
        public let finding: Finding
        /// What hides it.
        public let reason: Reason
        /// What was written down: why, by whom, until when; empty when nothing was.
        public let note: String

        /// Makes a hidden finding.
        public init(finding: Finding, reason: Reason, note: String) {
            self.finding = finding
            self.reason = reason
            self.note = note
        }
    }

    /// What triage did beside hiding findings.
    public struct TriageUse: Hashable, Sendable {
        /// Findings whose severity the configuration changed.
        public var changedSeverities = 0
        /// Suppressions that are past their date, so that their findings are reported again.
        public var expired: [String] = []
        /// Suppressions that fitted no finding.
        public var unused: [String] = []
        /// Findings of the baseline that are gone.
        public var gone = 0
        /// The baseline in force.
        public var baseline: String?

        /// Nothing was done.
        public init() {}
    }

    /// The version of Cordon that made the report.
    public let toolVersion: String
    /// The paths the scan was given.
    public let roots: [String]
    /// Entries, sorted by path.
    public let entries: [Entry]
    /// Findings, worst first, then by path and place.
    public let findings: [Finding]
    /// The rules of the findings and all others, for reports that describe them.
    public let rules: [Rule]
    /// Files left out by `--exclude` or `--include`.
    public let excludedCount: Int
    /// The configuration file in force, when there was one.
    public let configuration: String?
    /// Wall-clock time of the scan.
    public let duration: Duration
    /// The advisories in use; `nil` when no dependency was found.
    public let advisories: AdvisoryUse?
    /// Findings that are not shown, sorted like the others. They do not count for exit codes.
    public let hidden: [Hidden]
    /// What else triage did.
    public let triage: TriageUse

    /// The first of the files that were left out, at most 1,000.
    public let excluded: [AssetPath]

    /// Makes a report; sorts what it is given.
    public init(
        toolVersion: String, roots: [String], entries: [Entry], findings: [Finding], rules: [Rule], excludedCount: Int,
        configuration: String?, duration: Duration, advisories: AdvisoryUse? = nil, hidden: [Hidden] = [],
        triage: TriageUse = TriageUse(), excluded: [AssetPath] = []
    ) {
        self.toolVersion = toolVersion
        self.roots = roots
        self.entries = entries.sorted { $0.asset.path < $1.asset.path }
        self.findings = findings.sorted(by: Self.worstFirst)
        self.rules = rules
        self.excludedCount = excludedCount
        self.configuration = configuration
        self.duration = duration
        self.advisories = advisories
        self.hidden = hidden.sorted { Self.worstFirst($0.finding, $1.finding) }
        self.triage = triage
        self.excluded = Array(excluded.prefix(1000))
    }

    /// Assets with nothing found and nothing left out.
    public var passedCount: Int { entries.count { $0.outcome == .passed } }
    /// Assets with findings.
    public var failedCount: Int { entries.count { $0.outcome == .failed } }
    /// Assets all of whose findings are hidden; they count as failed too.
    public var hiddenOnlyCount: Int {
        guard !hidden.isEmpty else { return 0 }
        let shown = Set(findings.lazy.filter { $0.severity > .info }.map(\.path))
        let concealed = Set(hidden.lazy.filter { $0.finding.severity > .info }.map(\.finding.path))
        return entries.count {
            $0.outcome == .failed && !shown.contains($0.asset.path) && concealed.contains($0.asset.path)
        }
    }
    /// Assets that were wholly or partly not looked at, flagged ones included.
    public var incompleteCount: Int { entries.count { !$0.notEvaluated.isEmpty } }
    /// Entries that were wholly or partly not looked at.
    public var notEvaluatedFiles: [Entry] { entries.filter { !$0.notEvaluated.isEmpty } }
    /// Assets without findings that were wholly or partly not looked at.
    public var notEvaluatedCount: Int { entries.count - passedCount - failedCount }

    private static func worstFirst(_ a: Finding, _ b: Finding) -> Bool {
        if a.severity != b.severity { return a.severity > b.severity }
        if a.path != b.path { return a.path < b.path }
        let (memberA, memberB) = (a.place.member ?? "", b.place.member ?? "")
        if memberA != memberB { return memberA < memberB }
        let (offsetA, offsetB) = (a.place.offset ?? -1, b.place.offset ?? -1)
        if offsetA != offsetB { return offsetA < offsetB }
        return (a.ruleID, a.subject) < (b.ruleID, b.subject)
    }
}
