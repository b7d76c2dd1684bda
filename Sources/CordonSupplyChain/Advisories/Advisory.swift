package import CordonCore
package import CordonFormats

/// What is known to be wrong with packages, models or datasets: one OSV record.
///
/// Source: OSV schema 1.7 (ossf/osv-schema). Fields that Cordon does not use are ignored.
package struct Advisory: Sendable {
    /// One package that the record is about.
    package struct Affected: Sendable {
        /// Where the package comes from.
        package let ecosystem: Ecosystem
        /// Its name in the ecosystem's normal form.
        package let key: String
        /// Stretches of versions.
        package let ranges: [VersionRange]
        /// Versions named one by one.
        package let versions: [String]

        /// Makes an entry.
        package init(ecosystem: Ecosystem, key: String, ranges: [VersionRange], versions: [String]) {
            self.ecosystem = ecosystem
            self.key = key
            self.ranges = ranges
            self.versions = versions
        }
    }
    /// Its identifier, for example `PYSEC-2022-43012`.
    package let id: String
    /// Other names of the same problem.
    package let aliases: [String]
    /// What it is about, one line, safe to print.
    package let summary: String
    /// How bad it is.
    package let severity: Severity
    /// When the record last changed, RFC 3339.
    package let modified: String
    /// Whether the record was withdrawn.
    package let isWithdrawn: Bool
    /// Whether it says that the package itself is an attack.
    package let isMalicious: Bool
    /// Where to read more.
    package let references: [String]
    /// SHA-256 digests of files, lower-case hexadecimal: models and datasets are named by content.
    package let digests: [String]
    /// What it is about.
    package let affected: [Affected]
    /// What to use instead, where the record says so beside its ranges.
    package let statedFix: String?

    /// Makes a record from its parts.
    package init(
        id: String, aliases: [String], summary: String, severity: Severity, modified: String, isWithdrawn: Bool,
        isMalicious: Bool, references: [String], digests: [String], affected: [Affected], statedFix: String?
    ) {
        self.id = id
        self.aliases = aliases
        self.summary = summary
        self.severity = severity
        self.modified = modified
        self.isWithdrawn = isWithdrawn
        self.isMalicious = isMalicious
        self.references = references
        self.digests = digests
        self.affected = affected
        self.statedFix = statedFix
    }

    /// Reads a record.
    ///
    /// - Throws: when `id` or `modified` is missing or a part has the wrong kind. Packages of ecosystems that Cordon does
    ///   not know are left out.
    package init(_ root: DataNode) throws(DataFailure) {
        guard let id = root["id"]?.string, !id.isEmpty, id.utf8.count <= 200 else {
            throw DataFailure(line: root.line, reason: "'id' is missing or not a text of at most 200 bytes")
        }
        guard let modified = root["modified"]?.string, Timestamp.seconds(modified) != nil else {
            throw DataFailure(line: root.line, reason: "'modified' is missing or not an RFC 3339 time")
        }
        self.id = id
        self.modified = modified
        let specific = root["database_specific"]
        aliases = root["aliases"]?.strings ?? []
        isWithdrawn = root["withdrawn"]?.string != nil
        isMalicious =
            id.hasPrefix("MAL-") || aliases.contains { $0.hasPrefix("MAL-") }
            || specific?["kind"]?.string == "malicious"
        let text = root["summary"]?.string ?? root["details"]?.string ?? ""
        summary = PrintableText.quoting(String(text.split(whereSeparator: \.isNewline).first ?? ""), limit: 240)
        references = (root["references"]?.elements ?? []).compactMap { $0["url"]?.string }
        statedFix = specific?["fixed"]?.string
        var affected: [Affected] = []
        var digests: [String] = []
        for element in root["affected"]?.elements ?? [] {
            for list in [element["ecosystem_specific"]?["sha256"], element["database_specific"]?["sha256"]] {
                digests += (list?.strings ?? []).map { $0.lowercased() }.filter(Self.isDigest)
            }
            guard let package = element["package"], let name = package["name"]?.string else { continue }
            guard let ecosystem = package["ecosystem"]?.string.flatMap({ Ecosystem(osv: $0) }) else { continue }
            var ranges: [VersionRange] = []
            for range in element["ranges"]?.elements ?? [] {
                if let range = try VersionRange(range, ecosystem) { ranges.append(range) }
            }
            affected.append(
                Affected(
                    ecosystem: ecosystem, key: ecosystem.normalised(name), ranges: ranges,
                    versions: element["versions"]?.strings ?? []))
        }
        self.affected = affected
        self.digests = digests
        severity = isMalicious ? .critical : Self.severity(root)
    }

    private static func isDigest(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { VersionScanner.isDigit($0) || (0x61...0x66).contains($0) }
    }

    /// The database's own word, else the highest CVSS score; medium when neither is there.
    private static func severity(_ root: DataNode) -> Severity {
        let affected = root["affected"]?.elements ?? []
        let words =
            [root["database_specific"]?["severity"]?.string]
            + affected.map {
                $0["database_specific"]?["severity"]?.string
            }
        for word in words.compactMap({ $0 }) {
            switch word.lowercased() {
            case "low": return .low
            case "moderate", "medium": return .medium
            case "high": return .high
            case "critical": return .critical
            default: continue
            }
        }
        let vectors = (root["severity"]?.elements ?? []) + affected.flatMap { $0["severity"]?.elements ?? [] }
        let scores = vectors.compactMap { $0["score"]?.string }.compactMap(CVSS.score)
        return scores.max().map(CVSS.severity) ?? .medium
    }
}

/// One stretch of versions in an OSV record.
package struct VersionRange: Sendable {
    /// A point at which something changes.
    package enum Event: Sendable {
        case introduced(String)
        case fixed(String)
        case lastAffected(String)
        case limit(String)
    }
    /// How versions are compared.
    package let order: VersionOrder
    /// In the order of the record.
    package let events: [Event]

    /// Makes a range.
    package init(order: VersionOrder, events: [Event]) {
        self.order = order
        self.events = events
    }

    /// Reads a range; `nil` for ranges of git commits, which versions cannot be held against.
    init?(_ node: DataNode, _ ecosystem: Ecosystem) throws(DataFailure) {
        switch node["type"]?.string {
        case "SEMVER": order = .semantic
        case "ECOSYSTEM": order = ecosystem.order
        case "GIT": return nil
        default: throw DataFailure(line: node.line, reason: "a range whose type is none of SEMVER, ECOSYSTEM and GIT")
        }
        var events: [Event] = []
        for event in node["events"]?.elements ?? [] {
            for member in event.members {
                guard let text = member.value.string else {
                    throw DataFailure(line: event.line, reason: "an event that is not a text")
                }
                switch member.key {
                case "introduced": events.append(.introduced(text))
                case "fixed": events.append(.fixed(text))
                case "last_affected": events.append(.lastAffected(text))
                case "limit": events.append(.limit(text))
                default: throw DataFailure(line: event.line, reason: "an event that OSV does not know")
                }
            }
        }
        self.events = events
    }
}

extension Advisory.Affected {
    /// What a record says about one version.
    package enum Verdict: Sendable, Equatable {
        /// It is affected; the first version that is not, if one is known.
        case affected(fixed: String?)
        /// It is not.
        case unaffected
        /// The version, or one in the record, has no place in the ecosystem's order.
        case unknown
    }

    /// Whether every version is affected: nothing was ever fixed.
    package var isWholePackage: Bool {
        if ranges.isEmpty { return versions.isEmpty }
        return ranges.contains { range in
            range.events.allSatisfy {
                if case .introduced("0") = $0 { return true }
                return false
            }
        }
    }

    /// Evaluates the record for a version.
    ///
    /// Source: OSV schema, "Evaluation". A record with neither ranges nor versions says nothing about versions; the
    /// caller decides what that means. Complexity: O(versions + events log events).
    package func verdict(_ version: String) -> Verdict {
        if versions.contains(where: { ecosystem.order.isSame(version, $0) }) {
            return .affected(fixed: firstFix(after: version))
        }
        var isUnknown = false
        for range in ranges {
            switch range.contains(version) {
            case true?: return .affected(fixed: firstFix(after: version))
            case false?: continue
            case nil: isUnknown = true
            }
        }
        return isUnknown ? .unknown : .unaffected
    }

    private func firstFix(after version: String) -> String? {
        let fixes = ranges.flatMap { range in
            range.events.compactMap { event -> String? in
                guard case .fixed(let fix) = event, range.order.compare(version, fix) == -1 else { return nil }
                return fix
            }
        }
        return fixes.min { ecosystem.order.compare($0, $1) == -1 }
    }
}

extension VersionRange {
    /// Whether a version lies in the range; `nil` when it cannot be compared.
    func contains(_ version: String) -> Bool? {
        guard order.compare(version, version) != nil else { return nil }
        var isUnknown = false
        func compare(_ other: String) -> Int {
            if other == "0" { return 1 }
            guard let result = order.compare(version, other) else {
                isUnknown = true
                return -1
            }
            return result
        }
        let limits = events.compactMap { if case .limit(let text) = $0 { text } else { nil } }
        guard limits.isEmpty || limits.contains(where: { $0 == "*" || compare($0) < 0 }) else { return false }
        var isAffected = false
        for event in events.sorted(by: { order.precedes($0, $1) }) {
            switch event {
            case .introduced(let text): if compare(text) >= 0 { isAffected = true }
            case .fixed(let text): if compare(text) >= 0 { isAffected = false }
            case .lastAffected(let text): if compare(text) > 0 { isAffected = false }
            case .limit: break
            }
        }
        return isUnknown ? nil : isAffected
    }
}

extension VersionOrder {
    /// Whether an event comes before another; `introduced: 0` is first.
    func precedes(_ a: VersionRange.Event, _ b: VersionRange.Event) -> Bool {
        let (one, two) = (a.version, b.version)
        if one == "0" || two == "0" { return one == "0" && two != "0" }
        return compare(one, two) == -1
    }
}

extension VersionRange.Event {
    /// The version at which it happens.
    var version: String {
        switch self {
        case .introduced(let text), .fixed(let text), .lastAffected(let text), .limit(let text): text
        }
    }
}

/// CVSS base scores.
///
/// Source: FIRST, "Common Vulnerability Scoring System v3.1: Specification", section 7.1; version 2 and 4 vectors are not
/// scored.
enum CVSS {
    /// The base score of a version 3 vector; `nil` for anything else.
    static func score(_ vector: String) -> Double? {
        let parts = vector.split(separator: "/")
        guard let head = parts.first, head == "CVSS:3.1" || head == "CVSS:3.0" else { return nil }
        var values: [Substring: Substring] = [:]
        for part in parts.dropFirst() {
            let sides = part.split(separator: ":")
            guard sides.count == 2, values[sides[0]] == nil else { return nil }
            values[sides[0]] = sides[1]
        }
        func weight(_ metric: Substring, _ table: [Substring: Double]) -> Double? {
            values[metric].flatMap { table[$0] }
        }
        let impacts: [Substring: Double] = ["H": 0.56, "L": 0.22, "N": 0]
        guard let scope = values["S"], scope == "C" || scope == "U" else { return nil }
        let isChanged = scope == "C"
        guard let vectorWeight = weight("AV", ["N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2]),
            let complexity = weight("AC", ["L": 0.77, "H": 0.44]),
            let privileges = weight(
                "PR", ["N": 0.85, "L": isChanged ? 0.68 : 0.62, "H": isChanged ? 0.5 : 0.27]),
            let interaction = weight("UI", ["N": 0.85, "R": 0.62]), let confidentiality = weight("C", impacts),
            let integrity = weight("I", impacts), let availability = weight("A", impacts)
        else { return nil }
        let base = 1 - (1 - confidentiality) * (1 - integrity) * (1 - availability)
        var power = 1.0
        for _ in 0..<15 { power *= base - 0.02 }
        let impact = isChanged ? 7.52 * (base - 0.029) - 3.25 * power : 6.42 * base
        if impact <= 0 { return 0 }
        let exploitability = 8.22 * vectorWeight * complexity * privileges * interaction
        return roundUp(min((isChanged ? 1.08 : 1) * (impact + exploitability), 10))
    }

    /// To one decimal, upward, on integers as the specification's appendix A has it.
    private static func roundUp(_ value: Double) -> Double {
        let scaled = Int((value * 100_000).rounded())
        return scaled % 10_000 == 0 ? Double(scaled) / 100_000 : Double(scaled / 10_000 + 1) / 10
    }

    /// The qualitative rating; "none" is information.
    static func severity(_ score: Double) -> Severity {
        switch score {
        case ..<0.1: .info
        case ..<4: .low
        case ..<7: .medium
        case ..<9: .high
        default: .critical
        }
    }
}

/// RFC 3339 times as seconds since 1970.
package enum Timestamp {
    /// `nil` when the text is no such time.
    package static func seconds(_ text: String) -> Int? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 10, bytes[4] == 0x2D, bytes[7] == 0x2D else { return nil }
        func number(_ start: Int, _ count: Int) -> Int? {
            guard start + count <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[start..<start + count] {
                guard VersionScanner.isDigit(byte) else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            return value
        }
        guard let year = number(0, 4), let month = number(5, 2), let day = number(8, 2), (1...12).contains(month),
            (1...31).contains(day)
        else { return nil }
        var seconds = days(year, month, day) * 86_400
        guard bytes.count > 10 else { return seconds }
        guard bytes.count >= 20, bytes[10] | 0x20 == 0x74 || bytes[10] == 0x20, bytes[13] == 0x3A, bytes[16] == 0x3A,
            let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2)
        else { return nil }
        seconds += hour * 3600 + minute * 60 + second
        var rest = bytes[19...]
        if rest.first == 0x2E { rest = rest.dropFirst().drop(while: VersionScanner.isDigit) }
        if rest.elementsEqual([0x5A]) || rest.elementsEqual([0x7A]) { return seconds }
        guard rest.count == 6, let sign = rest.first, sign == 0x2B || sign == 0x2D,
            let hours = number(bytes.count - 5, 2), let minutes = number(bytes.count - 2, 2)
        else { return nil }
        let offset = hours * 3600 + minutes * 60
        return seconds - (sign == 0x2B ? offset : -offset)
    }

    /// Days since 1970-01-01 of the proleptic Gregorian calendar.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let inEra = shifted - era * 400
        let inYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + inEra * 365 + inEra / 4 - inEra / 100 + inYear - 719_468
    }

    /// `2026-01-31T12:00:00Z`.
    package static func text(_ seconds: Int) -> String {
        let day = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
        let rest = seconds - day * 86_400
        let (year, month, date) = civil(day)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let years = String(repeating: "0", count: max(0, 4 - String(year).count)) + String(year)
        return "\(years)-\(two(month))-\(two(date))T\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))Z"
    }

    private static func civil(_ days: Int) -> (Int, Int, Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let inEra = shifted - era * 146_097
        let yearOfEra = (inEra - inEra / 1460 + inEra / 36_524 - inEra / 146_096) / 365
        let dayOfYear = inEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let part = (5 * dayOfYear + 2) / 153
        let month = part < 10 ? part + 3 : part - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * part + 2) / 5 + 1)
    }
}
