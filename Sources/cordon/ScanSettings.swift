import CordonCore
import CordonScan
import CordonSigning
import Glibc
import TOMLKit

/// A configuration that cannot be used.
struct SettingsFailure: Error {
    let message: String
}

/// Settings of a scan from `cordon.toml` and the environment, in rising precedence; flags come after.
struct ScanSettings {
    var options = ScanOptions()
    var failOn: FailOn?
    var strict = false
    var format: OutputFormat?
    /// The advisory database that was named; `nil` for the default one.
    var advisories: String?
    /// The `[[trust]]` entries; `nil` when there are none.
    var trust: TrustPolicy?
    /// Rules, severities and suppressions.
    var triage = Triage()
    /// The baseline that is named; `nil` for none.
    var baseline: String?

    /// Reads the named file, or the first `cordon.toml` upward from the working directory, then the environment.
    static func load(file: String?, isOff: Bool) throws(SettingsFailure) -> ScanSettings {
        var settings = ScanSettings()
        if !isOff, let path = file ?? found() {
            try settings.read(path)
            // Tables have no order: the longest pattern counts.
            settings.triage.severities.sort { $0.pattern.utf8.count < $1.pattern.utf8.count }
            settings.options.configuration = AssetPath(path)
        }
        try settings.readEnvironment()
        return settings
    }

    private static func found() -> String? {
        guard let current = getcwd(nil, 0) else { return nil }
        defer { free(current) }
        var folder = String(cString: current)
        while true {
            let candidate = (folder == "/" ? "" : folder) + "/cordon.toml"
            if access(candidate, F_OK) == 0 { return candidate }
            guard folder != "/", let slash = folder.lastIndex(of: "/") else { return nil }
            folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
        }
    }

    // MARK: cordon.toml

    private mutating func read(_ path: String) throws(SettingsFailure) {
        let table: TOMLTable
        do {
            table = try TOMLTable(string: try Self.text(path))
        } catch let error as TOMLParseError {
            throw SettingsFailure(
                message:
                    "\(path), line \(error.source.begin.line): \(error.description). Correct it, or use --no-config.")
        } catch let failure as IntegrityFailure {
            throw SettingsFailure(message: failure.message)
        } catch {
            throw SettingsFailure(message: "'\(path)' cannot be read as TOML")
        }
        for (section, value) in table {
            if section == "trust" {
                trust = try TrustSettings.read(value, path)
                continue
            }
            if section == "suppress" {
                triage.suppressions = try SuppressionSettings.read(value, path)
                continue
            }
            if section == "supplier" || section == "gate" || section == "waiver" { continue }
            guard let entries = value.table, ["scan", "limits", "advisories", "severity"].contains(section) else {
                throw Self.unknown(path, section)
            }
            for (key, value) in entries {
                switch section {
                case "scan": try set(key, value, path)
                case "limits": try setLimit(key, value, path)
                case "severity": try setSeverity(key, value, path)
                default: try setAdvisories(key, value, path)
                }
            }
        }
    }

    private static func text(_ path: String) throws -> String {
        String(decoding: try SmallFile.contents(path, what: "configuration", limit: 1 << 20), as: UTF8.self)
    }

    private mutating func set(_ key: String, _ value: any TOMLValueConvertible, _ path: String) throws(SettingsFailure)
    {
        switch key {
        case "fail-on":
            guard let text = value.string, let known = FailOn(argument: text) else {
                throw Self.wrong(path, "scan.fail-on", "one of \(FailOn.allValueStrings.joined(separator: ", "))")
            }
            failOn = known
        case "strict":
            guard let flag = value.bool else { throw Self.wrong(path, "scan.strict", "true or false") }
            strict = flag
        case "digests":
            guard let flag = value.bool else { throw Self.wrong(path, "scan.digests", "true or false") }
            options.digests = flag
        case "format":
            guard let text = value.string, let known = OutputFormat(rawValue: text) else {
                throw Self.wrong(path, "scan.format", "text, json, sarif or html")
            }
            format = known
        case "jobs": options.jobs = try Self.positive(value, path, "scan.jobs")
        case "include": options.include = try Self.strings(value, path, "scan.include")
        case "exclude": options.exclude = try Self.strings(value, path, "scan.exclude")
        case "rules": triage.rules = try Self.strings(value, path, "scan.rules")
        case "skip-rules": triage.skippedRules = try Self.strings(value, path, "scan.skip-rules")
        case "baseline": baseline = try Self.file(value, path, "scan.baseline")
        default: throw Self.unknown(path, "scan.\(key)")
        }
    }

    private mutating func setLimit(
        _ key: String, _ value: any TOMLValueConvertible, _ path: String
    ) throws(SettingsFailure) {
        let name = "limits.\(key)"
        switch key {
        case "depth": options.limits.depth = min(64, try Self.positive(value, path, name))
        case "ratio": options.limits.ratio = try Self.positive(value, path, name)
        case "total-bytes": options.limits.totalBytes = try Self.positive(value, path, name)
        case "members": options.limits.members = try Self.positive(value, path, name)
        case "seconds": options.limits.time = .seconds(min(1_000_000, try Self.positive(value, path, name)))
        case "search-bytes": options.limits.searchedBytes = try Self.positive(value, path, name)
        default: throw Self.unknown(path, name)
        }
    }

    private mutating func setAdvisories(
        _ key: String, _ value: any TOMLValueConvertible, _ path: String
    ) throws(SettingsFailure) {
        switch key {
        case "database":
            advisories = try Self.file(value, path, "advisories.database")
        case "max-age-days": options.advisoryAgeLimit = try Self.positive(value, path, "advisories.max-age-days")
        default: throw Self.unknown(path, "advisories.\(key)")
        }
    }

    private mutating func setSeverity(
        _ key: String, _ value: any TOMLValueConvertible, _ path: String
    ) throws(SettingsFailure) {
        guard let text = value.string, let severity = Severity(name: text) else {
            throw Self.wrong(path, "severity.\(key)", "one of \(Severity.allCases.map(\.name).joined(separator: ", "))")
        }
        triage.severities.append((key, severity))
    }

    /// A path, relative to the configuration's folder.
    private static func file(
        _ value: any TOMLValueConvertible, _ path: String, _ name: String
    ) throws(SettingsFailure) -> String {
        guard let text = value.string, !text.isEmpty else { throw wrong(path, name, "a path") }
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        return text.hasPrefix("/") ? text : folder + text
    }

    static func positive(
        _ value: any TOMLValueConvertible, _ path: String, _ name: String
    ) throws(SettingsFailure) -> Int {
        guard let number = value.int, number > 0 else { throw wrong(path, name, "a whole number from 1") }
        return number
    }

    static func strings(
        _ value: any TOMLValueConvertible, _ path: String, _ name: String
    ) throws(SettingsFailure) -> [String] {
        guard let array = value.array else { throw wrong(path, name, "a list of patterns") }
        var result: [String] = []
        for element in array {
            guard let text = element.string else { throw wrong(path, name, "a list of patterns") }
            result.append(text)
        }
        return result
    }

    static func wrong(_ path: String, _ key: String, _ expected: String) -> SettingsFailure {
        SettingsFailure(message: "\(path): '\(key)' takes \(expected)")
    }

    static func unknown(_ path: String, _ key: String) -> SettingsFailure {
        SettingsFailure(message: "\(path): there is no setting '\(key)'; see docs/configuration.md")
    }

    // MARK: Environment

    private mutating func readEnvironment() throws(SettingsFailure) {
        if let text = Terminal.variable("CORDON_FAIL_ON") {
            guard let known = FailOn(argument: text) else {
                throw Self.wrong(
                    "the environment", "CORDON_FAIL_ON", "one of \(FailOn.allValueStrings.joined(separator: ", "))")
            }
            failOn = known
        }
        if let text = Terminal.variable("CORDON_STRICT") { strict = ["1", "true", "yes"].contains(text.lowercased()) }
        if let text = Terminal.variable("CORDON_JOBS") {
            guard let number = Int(text), number > 0 else {
                throw Self.wrong("the environment", "CORDON_JOBS", "a whole number from 1")
            }
            options.jobs = number
        }
        if let text = Terminal.variable("CORDON_ADVISORIES"), !text.isEmpty { advisories = text }
        if let text = Terminal.variable("CORDON_FORMAT") {
            guard let known = OutputFormat(rawValue: text) else {
                throw Self.wrong("the environment", "CORDON_FORMAT", "text, json, sarif or html")
            }
            format = known
        }
    }
}
