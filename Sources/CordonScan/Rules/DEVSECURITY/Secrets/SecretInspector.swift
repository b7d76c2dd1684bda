internal import CordonCore
internal import CordonFormats

/// Secrets in anything that is text.
enum SecretInspector {
    /// Where a text begins in the file, for places.
    struct Origin {
        let spot: Spot
        /// An output or a field.
        var element: String?
        /// The notebook's cell, counted from 1.
        var cell: Int?
        /// Counted from 1, of the text's first line.
        var firstLine = 1
        /// Whether lines of the text are lines of the file or cell.
        var hasLines = true
    }

    /// Looks through a text, or through bytes that hold texts.
    ///
    /// - Parameters:
    ///   - allowsBare: whether values of providers without a form count by the provider's name alone.
    ///   - tokensOnly: for bytes that are no text: values that are secret by their own form, not by what stands before them.
    ///   - namedOnly: the opposite.
    static func inspect(
        _ view: ByteView, _ origin: Origin, allowsBare: Bool, tokensOnly: Bool = false, namedOnly: Bool = false,
        in inspection: Inspection
    ) {
        let setting = SecretSearch.Setting(allowsBare: allowsBare, isIllustration: inspection.isIllustration)
        let isTranslation = isTranslation(inspection.path)
        let hits = SecretSearch.hits(in: view, setting: setting, isExpired: inspection.expiry).filter {
            $0.rule.id == Rules.secretAssigned.id ? !tokensOnly && !isTranslation : !namedOnly
        }
        guard !hits.isEmpty else { return }
        var (line, counted) = (origin.firstLine, 0)
        for hit in hits {
            let start = hit.range.lowerBound
            if start > counted {
                line += view.withSpan { lineFeeds($0, counted..<start) }
                counted = start
            }
            report(hit, view, line, origin, in: inspection)
        }
        if hits.count >= SecretSearch.most {
            inspection.skipped(
                "\(origin.spot.prefix)secrets beyond the first \(SecretSearch.most) of a text are not listed")
        }
    }

    /// PostgreSQL's password file: `host:port:database:user:password` (libpq, "The Password File").
    static func inspectPasswords(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let text = view.withSpan { $0.text(at: 0, count: min($0.byteCount, 1 << 20)) } ?? ""
        for (index, line) in text.split(separator: "\n", maxSplits: 10_000, omittingEmptySubsequences: false)
            .enumerated()
        {
            let parts = line.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count >= 5, !line.hasPrefix("#") else { continue }
            let password = parts[4...].joined(separator: ":")
            guard password.utf8.count >= 4, password != "*", !Randomness.isExample(Array(password.utf8)) else {
                continue
            }
            inspection.report(
                Rules.secretAssigned, at: spot.line(index + 1),
                "password of a database: … (\(password.utf8.count) characters)",
                subject: "pgpass \(index + 1)", severity: .medium, confidence: .high)
        }
    }

    private static func report(
        _ hit: SecretHit, _ view: ByteView, _ line: Int, _ origin: Origin, in inspection: Inspection
    ) {
        let value = view.withSpan { $0.copy(at: hit.range.lowerBound, count: hit.range.count) } ?? []
        let place = Place(
            member: origin.spot.member, line: origin.hasLines ? line : nil, cell: origin.cell, element: origin.element)
        let named = hit.name.map { " called '\(PrintableText.quoting($0, limit: 60))'" } ?? ""
        inspection.report(
            hit.rule, at: place, "\(hit.kind)\(named): \(masked(value, hit))\(hit.note)", subject: subject(hit, value),
            severity: hit.severity, confidence: hit.confidence)
    }

    /// Never the whole value: for tokens the first characters, which are the provider's, for all the length.
    private static func masked(_ value: [UInt8], _ hit: SecretHit) -> String {
        let shown =
            hit.rule.id == Rules.secretToken.id ? PrintableText.quoting(bytes: Array(value.prefix(4))) + "…" : "…"
        return "\(shown) (\(value.count) characters)"
    }

    /// Tokens are told apart by a part of their digest, which nobody can turn back; passwords are too short for that, so their name
    /// and length stand for them.
    private static func subject(_ hit: SecretHit, _ value: [UInt8]) -> String {
        let isRandom =
            hit.rule.id == Rules.secretToken.id || hit.rule.id == Rules.secretPrivateKey.id
            || hit.rule.id == Rules.secretWebToken.id
        let mark = isRandom ? String(Digest.sha256(of: value).hex.prefix(16)) : "\(hit.name ?? "") \(value.count)"
        return "\(hit.kind) \(mark)"
    }

    private static func lineFeeds(_ bytes: RawSpan, _ range: Range<Int>) -> Int {
        var (count, position) = (0, range.lowerBound)
        while let next = bytes.firstIndex(of: 0x0A, from: position, to: range.upperBound) {
            count += 1
            position = next + 1
        }
        return count
    }

    /// Texts of a program in another language, where names stand for their own translation.
    private static func isTranslation(_ path: AssetPath) -> Bool {
        let parts = path.display.lowercased().split(separator: "/")
        return parts.dropLast().contains {
            ["locale", "locales", "i18n", "lang", "langs", "translations", "l10n"].contains($0)
        }
    }
}
