package import CordonCore
package import CordonSigning

/// Checks the signatures of everything below the scanned paths that a trust policy names.
package struct SignatureAudit: Sendable {
    private let policy: TrustPolicy
    private let jobs: Int?

    /// Makes an audit.
    package init(_ policy: TrustPolicy, jobs: Int?) {
        self.policy = policy
        self.jobs = jobs
    }

    /// What was found, and what could not be checked.
    package struct Result: Sendable {
        /// Unsigned models and signatures that do not fit.
        package var findings: [Finding] = []
        /// One line for each model whose signature could not be checked.
        package var notEvaluated: [ScanReport.Entry] = []
    }

    /// Checks every model once: a folder that an entry names, or a file that is in no such folder.
    ///
    /// - Complexity: O(bytes of the models); unchanged files are not read again.
    package func run(_ report: ScanReport) async -> Result {
        var result = Result()
        for (path, entries) in models(report) { await check(path, entries, &result) }
        return result
    }

    /// What is checked: for every file, the topmost path at or above it, within what was scanned, that an entry names and
    /// that has a signature; without a signature, the topmost path that an entry names.
    private func models(_ report: ScanReport) -> [(path: String, entries: [TrustPolicy.Entry])] {
        var candidates: [String: Candidate] = [:]
        var found: [(String, [TrustPolicy.Entry])] = []
        var taken: Set<String> = []
        for entry in report.entries {
            guard let full = report.file(of: entry.asset.path) else { continue }
            let named = Self.prefixes(full, below: report.roots).compactMap { path -> Candidate? in
                let candidate = candidates[path] ?? candidate(path)
                candidates[path] = candidate
                return candidate.entries.isEmpty ? nil : candidate
            }
            guard let chosen = named.first(where: \.isSigned) ?? named.first, taken.insert(chosen.path).inserted else {
                continue
            }
            found.append((chosen.path, chosen.entries))
        }
        return found
    }

    private struct Candidate {
        let path: String
        let entries: [TrustPolicy.Entry]
        let isSigned: Bool
    }

    private func candidate(_ path: String) -> Candidate {
        let entries = Self.isSignature(path) ? [] : policy.entries(for: path)
        let isSigned =
            !entries.isEmpty && (try? SignatureFinder.find(path, named: entries.compactMap(\.signature))) != nil
        return Candidate(path: path, entries: entries, isSigned: isSigned)
    }

    /// The scanned path that a file lies in, every folder between, and the file: topmost first.
    private static func prefixes(_ path: String, below roots: [String]) -> [String] {
        let root = roots.first { path == $0 || path.hasPrefix($0.hasSuffix("/") ? $0 : $0 + "/") } ?? ""
        var prefix = root.hasSuffix("/") && root != "/" ? String(root.dropLast()) : root
        var result = prefix.isEmpty ? [] : [prefix]
        for part in path.dropFirst(root.count).split(separator: "/") {
            prefix += (prefix.isEmpty || prefix == "/" ? "" : "/") + part
            result.append(prefix)
        }
        return result
    }

    private static func isSignature(_ path: String) -> Bool {
        [".sig", ".sigstore", ".sigstore.json", ".elements.safetensors"].contains { path.hasSuffix($0) }
    }

    private func check(_ path: String, _ entries: [TrustPolicy.Entry], _ result: inout Result) async {
        let signature: String
        do {
            signature = try SignatureFinder.find(path, named: entries.compactMap(\.signature))
        } catch {
            return result.findings.append(finding(Rules.signatureMissing, path, "no signature lies where it should"))
        }
        var refusal: IntegrityFailure?
        for entry in entries {
            do throws(IntegrityFailure) {
                var verifier = SignatureVerifier(EnvelopeVerifier(try policy.requirement(entry)))
                verifier.comparer.jobs = jobs ?? verifier.comparer.jobs
                let outcome = try await verifier.verify(path, signature: signature)
                return judge(path, outcome, &result)
            } catch {
                refusal = error
            }
        }
        guard let refusal else { return }
        if refusal.isRefusal {
            result.findings.append(finding(Rules.signatureInvalid, path, refusal.message))
        } else {
            result.notEvaluated.append(skipped(path, "signature not checked: \(refusal.message)"))
        }
    }

    private func judge(_ path: String, _ outcome: SignatureOutcome, _ result: inout Result) {
        guard case .model(let report) = outcome, !report.comparison.isMatch else { return }
        let differences = report.comparison.differences
        guard report.comparison.hasRefusals else {
            return result.notEvaluated.append(
                skipped(path, "signature not checked: \(differences.count) files cannot be read"))
        }
        let shown = differences.prefix(3).map { "\($0.kind.rawValue) '\($0.path.display)'" }.joined(separator: ", ")
        let more = differences.count > 3 ? " and \(differences.count - 3) more" : ""
        result.findings.append(finding(Rules.signatureInvalid, path, "not what was signed: \(shown)\(more)"))
    }

    private func skipped(_ path: String, _ reason: String) -> ScanReport.Entry {
        ScanReport.Entry(
            asset: Asset(path: AssetPath(path)), outcome: .notEvaluated(reason: reason), notEvaluated: [reason])
    }

    private func finding(_ rule: Rule, _ path: String, _ message: String) -> Finding {
        Finding(
            ruleID: rule.id, severity: rule.severity, confidence: .high, path: AssetPath(path), place: Place(),
            message: message, subject: "signature")
    }
}

extension ScanReport {
    /// The report with the result of a signature audit.
    package func adding(_ audit: SignatureAudit.Result) -> ScanReport {
        adding(entries: entries + audit.notEvaluated, findings: audit.findings)
    }

    /// The report with other entries and more findings.
    package func adding(entries: [Entry], findings more: [Finding], taking time: Duration = .zero) -> ScanReport {
        ScanReport(
            toolVersion: toolVersion, roots: roots, entries: entries, findings: findings + more, rules: rules,
            excludedCount: excludedCount, configuration: configuration, duration: duration + time,
            advisories: advisories, hidden: hidden, triage: triage, excluded: excluded)
    }

    /// An entry's path from the working directory; `nil` where it is no text.
    package func file(of path: AssetPath) -> String? {
        guard let shown = String(validating: path.bytes, as: UTF8.self) else { return nil }
        guard roots.count == 1, !roots.contains(shown) else { return shown }
        return roots[0].hasSuffix("/") ? roots[0] + shown : roots[0] + "/" + shown
    }
}
