internal import CordonCore
internal import CordonFormats
package import CordonSupplyChain
internal import GRDB
internal import Foundation

/// Advisories in SQLite.
///
/// Each import is one transaction: all records, or none.
package struct AdvisoryDatabase: AdvisorySource {
    private let queue: DatabaseQueue
    package let status: AdvisoryStatus
    package let namesDigests: Bool

    /// What an import changed.
    package struct ImportSummary: Sendable, Equatable {
        /// Records that were not there before.
        package var added = 0
        /// Records that had changed.
        package var changed = 0
        /// Records that were there already.
        package var unchanged = 0
        /// Records about no package that Cordon can match.
        package var unmatched = 0
    }

    private static let version = "1"

    /// Opens a database for reading.
    package init(path: String) throws(AdvisoryFailure) {
        guard FileManager.default.fileExists(atPath: path) else {
            throw AdvisoryFailure(
                "there is no advisory database '\(Self.shown(path))'; make one with 'cordon advisories import'")
        }
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(10)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            self.queue = queue
            (status, namesDigests) = try queue.read { database in
                guard try String.fetchOne(database, sql: "SELECT value FROM meta WHERE key = 'version'") == Self.version
                else { throw AdvisoryFailure("was made by another version of Cordon; import the records again") }
                let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM record") ?? 0
                let newest =
                    try String.fetchOne(
                        database, sql: "SELECT max(modified) FROM record WHERE modified <= ?",
                        arguments: [Timestamp.text(Int(time(nil)) + 86_400)]) ?? ""
                let digests = try Int.fetchOne(database, sql: "SELECT EXISTS(SELECT 1 FROM digest)") ?? 0
                return (AdvisoryStatus(source: path, recordCount: count, newest: newest), digests == 1)
            }
        } catch {
            throw Self.failure(path, error)
        }
    }

    private static func shown(_ path: String) -> String { PrintableText.quoting(path, limit: 300) }

    private static func failure(_ path: String, _ error: any Error) -> AdvisoryFailure {
        let reason =
            switch error {
            case let error as AdvisoryFailure: error.message
            case let error as DatabaseError: error.message ?? "it is not an SQLite database"
            default: "\(error)"
            }
        return AdvisoryFailure("the advisory database '\(shown(path))': \(reason)")
    }

    // MARK: Import

    /// Adds the records that `next` hands out until it returns `nil`.
    ///
    /// - Parameters:
    ///   - path: the database; made when it is not there.
    ///   - next: record and where it came from, for messages; throws to stop. Nothing is changed then.
    /// - Complexity: O(records log records).
    package static func importing(
        path: String, _ next: () throws(AdvisoryFailure) -> Advisory?
    ) throws(AdvisoryFailure) -> ImportSummary {
        let isNew = !FileManager.default.fileExists(atPath: path)
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(10)
            // Readers are kept out at the end only, not while records are added.
            configuration.prepareDatabase { try $0.execute(sql: "PRAGMA cache_spill = OFF") }
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            return try queue.write { database in
                try prepare(database)
                return try add(next, database)
            }
        } catch {
            // A first import that failed leaves nothing behind.
            if isNew { for ending in ["", "-journal"] { try? FileManager.default.removeItem(atPath: path + ending) } }
            throw error as? AdvisoryFailure ?? failure(path, error)
        }
    }

    private static func prepare(_ database: Database) throws {
        let tables = try String.fetchAll(database, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
        guard tables.isEmpty || tables.contains("meta") else {
            throw AdvisoryFailure("the file is a database of something else; name another with --database")
        }
        try database.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
                CREATE TABLE IF NOT EXISTS record (
                    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, modified TEXT NOT NULL,
                    withdrawn INTEGER NOT NULL, malicious INTEGER NOT NULL, severity INTEGER NOT NULL,
                    summary TEXT NOT NULL, aliases TEXT NOT NULL, refs TEXT NOT NULL, fix TEXT);
                CREATE TABLE IF NOT EXISTS affected (
                    record INTEGER NOT NULL, ecosystem TEXT NOT NULL, name TEXT NOT NULL, ranges TEXT NOT NULL,
                    versions TEXT NOT NULL);
                CREATE INDEX IF NOT EXISTS affected_name ON affected (ecosystem, name);
                CREATE INDEX IF NOT EXISTS affected_record ON affected (record);
                CREATE TABLE IF NOT EXISTS digest (sha256 TEXT NOT NULL, record INTEGER NOT NULL);
                CREATE INDEX IF NOT EXISTS digest_value ON digest (sha256);
                CREATE INDEX IF NOT EXISTS digest_record ON digest (record);
                INSERT OR IGNORE INTO meta VALUES ('version', '\(version)');
                """)
        guard try String.fetchOne(database, sql: "SELECT value FROM meta WHERE key = 'version'") == version else {
            throw AdvisoryFailure(
                "the database was made by another version of Cordon; import into a new file with --database")
        }
    }

    private static func add(
        _ next: () throws(AdvisoryFailure) -> Advisory?, _ database: Database
    ) throws -> ImportSummary {
        var summary = ImportSummary()
        var known: [String: (number: Int64, modified: String)] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT number, id, modified FROM record") {
            guard let id = String.fromDatabaseValue(row["id"]), let number = Int64.fromDatabaseValue(row["number"]),
                let modified = String.fromDatabaseValue(row["modified"])
            else { throw AdvisoryFailure("the database is damaged; import into a new file with --database") }
            known[id] = (number, modified)
        }
        let record = try database.makeStatement(
            sql: "INSERT INTO record VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        let affected = try database.makeStatement(sql: "INSERT INTO affected VALUES (?, ?, ?, ?, ?)")
        let digest = try database.makeStatement(sql: "INSERT INTO digest VALUES (?, ?)")
        let deletions = try ["record WHERE number", "affected WHERE record", "digest WHERE record"].map {
            try database.makeStatement(sql: "DELETE FROM \($0) = ?")
        }
        while let advisory = try next() {
            if let old = known[advisory.id] {
                // An older dump does not undo what a newer one said.
                guard (Timestamp.seconds(advisory.modified) ?? 0) > (Timestamp.seconds(old.modified) ?? 0) else {
                    summary.unchanged += 1
                    continue
                }
                for deletion in deletions { try deletion.execute(arguments: [old.number]) }
                summary.changed += 1
            } else {
                summary.added += 1
            }
            if advisory.affected.isEmpty, advisory.digests.isEmpty { summary.unmatched += 1 }
            try record.execute(arguments: [
                advisory.id, advisory.modified, advisory.isWithdrawn, advisory.isMalicious, advisory.severity.rawValue,
                advisory.summary, Encoding.list(advisory.aliases), Encoding.list(advisory.references),
                advisory.statedFix,
            ])
            let number = database.lastInsertedRowID
            known[advisory.id] = (number, advisory.modified)
            for part in advisory.affected {
                try affected.execute(arguments: [
                    number, part.ecosystem.rawValue, part.key, Encoding.ranges(part.ranges),
                    Encoding.list(part.versions),
                ])
            }
            for value in advisory.digests { try digest.execute(arguments: [value, number]) }
        }
        return summary
    }

    // MARK: Look-up

    package func advisories(
        for packages: Set<PackageKey>
    ) throws(AdvisoryFailure) -> [PackageKey: [PackageAdvisory]] {
        do {
            return try queue.read { database in
                let statement = try database.cachedStatement(
                    sql: """
                        SELECT record.*, affected.ranges, affected.versions FROM affected
                        JOIN record ON record.number = affected.record
                        WHERE ecosystem = ? AND name = ? AND NOT withdrawn ORDER BY record.id
                        """)
                var result: [PackageKey: [PackageAdvisory]] = [:]
                for key in packages {
                    let rows = try Row.fetchAll(statement, arguments: [key.ecosystem.rawValue, key.name])
                    if rows.isEmpty { continue }
                    result[key] = rows.map { row in
                        PackageAdvisory(
                            advisory: Self.advisory(row),
                            affected: Advisory.Affected(
                                ecosystem: key.ecosystem, key: key.name,
                                ranges: Encoding.ranges(String.fromDatabaseValue(row["ranges"]) ?? "", key.ecosystem),
                                versions: Encoding.list(String.fromDatabaseValue(row["versions"]) ?? "")))
                    }
                }
                return result
            }
        } catch {
            throw Self.failure(status.source, error)
        }
    }

    package func advisories(digests: Set<String>) throws(AdvisoryFailure) -> [String: [Advisory]] {
        do {
            return try queue.read { database in
                var result: [String: [Advisory]] = [:]
                for digest in digests {
                    let rows = try Row.fetchAll(
                        database,
                        sql: """
                            SELECT record.* FROM digest JOIN record ON record.number = digest.record
                            WHERE sha256 = ? AND NOT withdrawn ORDER BY record.id
                            """, arguments: [digest])
                    if !rows.isEmpty { result[digest] = rows.map(Self.advisory) }
                }
                return result
            }
        } catch {
            throw Self.failure(status.source, error)
        }
    }

    private static func advisory(_ row: Row) -> Advisory {
        // Values of another type than they should have come from a damaged file: they read as empty, never as a trap.
        func text(_ column: String) -> String { String.fromDatabaseValue(row[column]) ?? "" }
        func number(_ column: String) -> Int { Int.fromDatabaseValue(row[column]) ?? 0 }
        return Advisory(
            id: text("id"), aliases: Encoding.list(text("aliases")),
            summary: PrintableText.quoting(text("summary"), limit: 300),
            severity: Severity(rawValue: number("severity")) ?? .medium, modified: text("modified"), isWithdrawn: false,
            isMalicious: number("malicious") != 0, references: Encoding.list(text("refs")), digests: [], affected: [],
            statedFix: String.fromDatabaseValue(row["fix"]))
    }
}

/// Lists and ranges as JSON columns.
private enum Encoding {
    static func list(_ values: [String]) -> String {
        var json = JSONWriter(isCompact: true)
        json.array { json in for value in values { json.string(nil, value) } }
        return String(decoding: json.bytes, as: UTF8.self)
    }

    static func list(_ text: String) -> [String] { (try? DataNode.json(Array(text.utf8)))?.strings ?? [] }

    /// `[[order, event, version, event, version, …], …]`
    static func ranges(_ ranges: [VersionRange]) -> String {
        var json = JSONWriter(isCompact: true)
        json.array { json in
            for range in ranges {
                json.array { json in
                    json.string(nil, range.order == .semantic ? "s" : "e")
                    for event in range.events {
                        let (name, version) =
                            switch event {
                            case .introduced(let text): ("i", text)
                            case .fixed(let text): ("f", text)
                            case .lastAffected(let text): ("a", text)
                            case .limit(let text): ("l", text)
                            }
                        json.string(nil, name)
                        json.string(nil, version)
                    }
                }
            }
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }

    static func ranges(_ text: String, _ ecosystem: Ecosystem) -> [VersionRange] {
        let lists = (try? DataNode.json(Array(text.utf8)))?.elements ?? []
        return lists.map { list in
            let words = list.strings
            var events: [VersionRange.Event] = []
            for index in stride(from: 1, to: words.count - 1, by: 2) {
                let version = words[index + 1]
                switch words[index] {
                case "i": events.append(.introduced(version))
                case "f": events.append(.fixed(version))
                case "a": events.append(.lastAffected(version))
                default: events.append(.limit(version))
                }
            }
            return VersionRange(order: words.first == "s" ? .semantic : ecosystem.order, events: events)
        }
    }
}
