internal import CordonCore
package import CordonSigning

/// What `sign` and `verify` say to people.
package enum IntegrityText {
    /// After signing a manifest.
    package static func signed(_ summary: ModelSigner.Summary, _ signature: String, _ key: String) -> String {
        let manifest = summary.manifest
        let files = Set(manifest.resources.map(\.name)).count
        let unread = summary.unreadCount > 0 ? ", \(grouped(summary.unreadCount)) unchanged and not read again" : ""
        let elements = manifest.resources.reduce(0) { $0 + ($1.elements?.count ?? 0) }
        return """
            signed    \(PrintableText.quoting(manifest.name, limit: 200)): \(count(files, "file")), \(bytes(summary.byteCount))\(unread)
            \(elements > 0 ? "elements  \(grouped(elements)), each with its own hash beside the signature\n" : "")digest    sha256:\(Hexadecimal.encode(manifest.rootDigest))
            key       \(key)
            signature \(PrintableText.quoting(signature, limit: 300))

            """
    }

    /// After signing an attestation.
    package static func signed(_ statement: StatementSigner.Prepared, _ signature: String, _ key: String) -> String {
        var lines = ["signed    \(PrintableText.quoting(statement.predicateType, limit: 200))"]
        for subject in statement.subjects { lines.append("about     " + describe(subject)) }
        lines += ["key       \(key)", "signature \(PrintableText.quoting(signature, limit: 300))", ""]
        return lines.joined(separator: "\n")
    }

    /// After a verification.
    package static func verified(_ outcome: SignatureOutcome, _ path: String, colour: Bool) -> String {
        let style = TerminalStyle(isOn: colour)
        let shown = PrintableText.quoting(path, limit: 300)
        switch outcome {
        case .file(let signer): return "\(style.good("verified"))  \(shown)\n\(describe(signer))"
        case .statement(let report):
            let conclusion = report.conclusion.map { ": \(PrintableText.quoting($0, limit: 200))" } ?? ""
            let verdict = outcome.exitCode == 0 ? style.good("verified") : style.bad("refused")
            return """
                \(verdict)  \(PrintableText.quoting(report.predicateType, limit: 200))\(conclusion)
                about     \(describe(report.subject))
                \(describe(report.signer))
                """
        case .model(let report) where report.comparison.isMatch:
            return "\(style.good("verified"))  \(shown): \(matched(report.comparison))\n\(describe(report.signer))"
        case .model(let report): return refused(report, shown, style)
        }
    }

    /// After a sample was proved to belong to a dataset.
    package static func proved(_ proof: ElementProof, _ verified: VerifiedManifest) -> String {
        "verified  \(proof.element(in: verified.manifest)) of '\(PrintableText.quoting(proof.name, limit: 200))'\n\(describe(verified.signer))"
    }

    /// One event of a watch.
    package static func line(_ event: WatchEvent) -> String {
        let kind = event.difference.map { "\(event.kind.rawValue) (\($0.kind.rawValue))" } ?? event.kind.rawValue
        let path = event.path.map { "  \($0.display)" } ?? ""
        return "\(kind)\(path)\(event.detail.isEmpty ? "" : ": \(event.detail)")"
    }

    private static func refused(_ report: VerificationReport, _ path: String, _ style: TerminalStyle) -> String {
        let comparison = report.comparison
        let verdict = comparison.hasRefusals ? style.bad("refused") : style.bad("not checked")
        var lines = [
            "\(verdict)  \(path) is not what was signed: \(count(comparison.differences.count, "difference")), \(count(comparison.matchedCount, "file")) as signed"
        ]
        for difference in comparison.differences.prefix(200) { lines += describe(difference, style) }
        if comparison.differences.count > 200 {
            lines.append("  and \(grouped(comparison.differences.count - 200)) more; --format json lists all")
        }
        return lines.joined(separator: "\n") + "\n" + describe(report.signer)
    }

    /// One difference, with the elements that changed.
    package static func describe(_ difference: Difference, colour: Bool) -> [String] {
        describe(difference, TerminalStyle(isOn: colour))
    }

    private static func describe(_ difference: Difference, _ style: TerminalStyle) -> [String] {
        let name = difference.kind.rawValue
        let head =
            "  \(style.bold(name))\(String(repeating: " ", count: max(1, 13 - name.count)))\(difference.path.display)"
        return ["\(head): \(difference.detail)"] + difference.elements.prefix(21).map { "                 \($0)" }
    }

    private static func matched(_ comparison: TreeComparison) -> String {
        let unread =
            comparison.unreadCount > 0
            ? "; \(grouped(comparison.unreadCount)) had not changed since they were last read (--full reads all)" : ""
        let shown = comparison.leftOut.prefix(5).map { PrintableText.quoting($0, limit: 60) }.joined(separator: ", ")
        let leftOut =
            comparison.leftOut.isEmpty
            ? "nothing else there"
            : "nothing else there but what the signature leaves out (\(shown)\(comparison.leftOut.count > 5 ? ", …" : ""))"
        return "\(count(comparison.matchedCount, "file")), \(bytes(comparison.byteCount)), \(leftOut)\(unread)"
    }

    private static func describe(_ signer: SignerDescription) -> String {
        let name = PrintableText.quoting(signer.name, limit: 300)
        let issuer = signer.issuer.map { PrintableText.quoting($0, limit: 300) } ?? ""
        return switch signer.method {
        case "certificate": "signer    \(name)\nroot      \(issuer)\n"
        case "sigstore": "signer    \(name)\nissuer    \(issuer)\n"
        default: "key       \(name)\n"
        }
    }

    private static func describe(_ subject: Statement.Subject) -> String {
        let digests = subject.digests.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }
        return PrintableText.quoting(subject.name + "  " + digests.joined(separator: " "), limit: 400)
    }

    /// A number with its noun, in the plural where it belongs.
    package static func count(_ number: Int, _ noun: String) -> String {
        "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// Thousands apart.
    package static func grouped(_ number: Int) -> String {
        var text = ""
        for (index, digit) in String(number).reversed().enumerated() {
            if index > 0, index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }

    /// Decimal units, one digit after the point.
    package static func bytes(_ number: Int) -> String {
        var (value, unit) = (number, 0)
        var tenths = 0
        while value >= 1000, unit < 5 {
            tenths = value % 1000 / 100
            value /= 1000
            unit += 1
        }
        let name = ["bytes", "kB", "MB", "GB", "TB", "PB"][unit]
        return unit == 0 ? "\(value) \(name)" : "\(value).\(tenths) \(name)"
    }
}
