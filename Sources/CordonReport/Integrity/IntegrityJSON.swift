package import CordonCore
package import CordonSigning

/// What `verify` says to programs, described by `docs/schemas/integrity-report-1.0.schema.json`.
package enum IntegrityJSON {
    /// Raised when a field changes its meaning or goes away; new fields do not raise it.
    package static let schemaVersion = "1.0"

    /// After a verification that ran to its end.
    package static func verified(_ outcome: SignatureOutcome, _ path: String) -> [UInt8] {
        report(path, outcome.exitCode) { json in
            switch outcome {
            case .file(let signer): write(signer, &json)
            case .statement(let report):
                write(report.signer, &json)
                json.string("predicateType", report.predicateType)
                json.string("conclusion", report.conclusion)
            case .model(let report):
                write(report.signer, &json)
                write(report.comparison, &json)
            }
        }
    }

    /// After a refusal or a failure.
    package static func failed(_ failure: IntegrityFailure) -> [UInt8] {
        report(nil, failure.isRefusal ? 1 : 2) { json in
            json.object("reason") { reason in
                reason.string("code", failure.code.rawValue)
                reason.string("message", failure.message)
            }
        }
    }

    private static func report(_ path: String?, _ exitCode: Int32, _ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { json in
            json.string("schemaVersion", schemaVersion)
            json.string("outcome", ["verified", "refused", "notChecked"][Int(min(2, max(0, exitCode)))])
            json.string("path", path.map { PrintableText.quoting($0, limit: .max) })
            body(&json)
        }
        return writer.bytes
    }

    private static func write(_ signer: SignerDescription, _ json: inout JSONWriter) {
        json.object("signer") { entry in
            entry.string("method", signer.method)
            entry.string("name", signer.name)
            entry.string("issuer", signer.issuer)
            entry.number("time", signer.time)
        }
    }

    private static func write(_ comparison: TreeComparison, _ json: inout JSONWriter) {
        json.number("filesMatched", comparison.matchedCount)
        json.number("bytesMatched", comparison.byteCount)
        json.number("filesUnread", comparison.unreadCount)
        json.array("leftOut") { list in for path in comparison.leftOut { list.string(nil, path) } }
        json.array("differences") { list in
            for difference in comparison.differences { list.object { write(difference, &$0) } }
        }
    }

    /// The members of one difference.
    package static func write(_ difference: Difference, _ json: inout JSONWriter) {
        json.string("kind", difference.kind.rawValue)
        json.string("path", difference.path.display)
        json.string("detail", difference.detail)
        if !difference.elements.isEmpty {
            json.array("elements") { list in for element in difference.elements { list.string(nil, element) } }
        }
    }
}
