internal import CordonCore
internal import CordonSupplyChain

/// A decision not to be told about some findings again, with who took it and why.
package struct Suppression: Sendable {
    /// Shell pattern of rule ids; empty for every rule.
    package var rule = ""
    /// Shell pattern of paths, as in `exclude`; empty for every path.
    package var path = ""
    /// The fingerprint of one finding; empty for all.
    package var fingerprint = ""
    /// Why.
    package var reason = ""
    /// Who decided.
    package var by = ""
    /// The first moment at which it no longer holds, a date or RFC 3339; empty for no end.
    package var until = ""

    /// Nothing yet.
    package init() {}

    /// What is missing, or `nil` when the suppression can be used.
    package var problem: String? {
        if rule.isEmpty, path.isEmpty, fingerprint.isEmpty { return "at least one of rule, path and fingerprint" }
        if reason.isEmpty { return "a reason" }
        if by.isEmpty { return "'by', the name of who decided" }
        if !until.isEmpty, Timestamp.seconds(until) == nil { return "'until' as a date such as 2027-03-31" }
        return nil
    }

    /// Whether its date has passed.
    ///
    /// - Parameter now: seconds since 1970.
    package func isExpired(now: Int) -> Bool {
        guard !until.isEmpty else { return false }
        return (Timestamp.seconds(until) ?? 0) <= now
    }

    /// Whether it is about a finding.
    func fits(_ finding: Finding) -> Bool {
        if !fingerprint.isEmpty, fingerprint.lowercased() != finding.fingerprint { return false }
        if !rule.isEmpty, !PathFilter(include: [rule], exclude: []).allows(AssetPath(finding.ruleID)) { return false }
        return path.isEmpty || PathFilter(include: [path], exclude: []).allows(finding.path)
    }

    /// The suppression in a few words, for lists.
    package var summary: String {
        let what = [rule, path, String(fingerprint.prefix(12))].filter { !$0.isEmpty }.joined(separator: " ")
        return PrintableText.quoting(what, limit: 160)
    }

    /// Why, by whom and until when.
    package var note: String {
        let end = until.isEmpty ? "" : ", until \(until)"
        return PrintableText.quoting("\(reason) (\(by)\(end))", limit: 300)
    }
}
