internal import CordonFormats

/// The small list of well-known malicious or compromised AI packages that ships with Cordon, so that the first scan on a
/// machine without a database is not blind.
package enum AdvisorySeed {
    /// The records, indexed.
    package static let list: AdvisoryList = {
        // Our own text, checked by a test; a record that does not parse would be missing, never a crash.
        let nodes = (try? DataNode.json(Array(records.utf8)))?.elements ?? []
        return AdvisoryList(nodes.compactMap { try? Advisory($0) }, source: "built-in")
    }()
}
