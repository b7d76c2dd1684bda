internal import CordonCore
package import CordonSigning

/// What `release` says.
package enum ReleaseText {
    /// One line a release, newest first.
    package static func list(_ entries: [ReleaseStore.Entry]) -> String {
        if entries.isEmpty { return "no releases\n" }
        return entries.map { entry in
            let mark = entry.isActive ? "active" : "      "
            switch entry.record {
            case .success(let record):
                return
                    "\(mark) \(entry.id.prefix(12))  #\(record.sequence)  \(PrintableText.quoting(record.model, limit: 200))\n"
            case .failure(let failure): return "\(mark) \(entry.id.prefix(12))  \(failure.message)\n"
            }
        }.joined()
    }

    /// The same for programs.
    package static func json(_ entries: [ReleaseStore.Entry]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { json in
            json.string("schemaVersion", IntegrityJSON.schemaVersion)
            json.array("releases") { list in
                for entry in entries {
                    list.object { item in
                        item.string("id", entry.id)
                        item.boolean("active", entry.isActive)
                        if let record = try? entry.record.get() {
                            item.string("model", record.model)
                            item.number("sequence", record.sequence)
                            item.number("created", record.created)
                        }
                    }
                }
            }
        }
        return writer.bytes
    }

    /// What was recorded, and what drifted.
    package static func status(_ record: ReleaseRecord, _ drifts: [DeployedEnvironment.Drift]) -> String {
        let environment = record.environment
        guard !environment.files.isEmpty || !environment.variableNames.isEmpty || !drifts.isEmpty else {
            return "no environment was recorded with this release (put --environment-file, --environment-name)\n"
        }
        if drifts.isEmpty {
            return "environment as recorded: \(IntegrityText.count(environment.files.count, "file"))\n"
        }
        return drifts.map { "  drift        \(PrintableText.quoting($0.place, limit: 200)): \($0.detail)\n" }.joined()
    }
}
