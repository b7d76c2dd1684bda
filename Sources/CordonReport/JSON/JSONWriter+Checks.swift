internal import CordonCore

extension JSONWriter {
    /// `checks`, those that ran, and `notEvaluated`, those that could not and why.
    ///
    /// - Parameter limit: characters of a reason.
    mutating func checks(_ ran: [String], _ open: [(check: String, reason: String)], limit: Int) {
        array("checks") { json in for check in ran { json.string(nil, check) } }
        array("notEvaluated") { json in
            for (check, reason) in open {
                json.object { json in
                    json.string("check", check)
                    json.string("reason", DatasetText.shown(reason, limit))
                }
            }
        }
    }
}
