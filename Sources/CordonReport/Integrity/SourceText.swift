internal import CordonCore
package import CordonSigning

/// What `verify source` says.
package enum SourceText {
    /// For people.
    package static func render(_ report: SourceReport, colour: Bool) -> String {
        let style = TerminalStyle(isOn: colour)
        var lines: [String] = []
        for check in report.checks {
            let verdict =
                switch check.outcome {
                case .passed: style.good("passed     ")
                case .failed: style.bad("failed     ")
                case .notEvaluated: style.bold("not checked")
                }
            lines.append("\(verdict)  \(check.name): \(check.summary)")
            lines += check.details.prefix(100).map { "               \($0)" }
            if check.details.count > 100 { lines.append("               and \(check.details.count - 100) more") }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// For programs.
    package static func json(_ report: SourceReport) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { json in
            json.string("schemaVersion", IntegrityJSON.schemaVersion)
            json.array("checks") { list in
                for check in report.checks {
                    list.object { entry in
                        entry.string("name", check.name)
                        entry.string("outcome", check.outcome.rawValue)
                        entry.string("summary", check.summary)
                        entry.array("details") { details in for detail in check.details { details.string(nil, detail) }
                        }
                    }
                }
            }
        }
        return writer.bytes
    }
}
