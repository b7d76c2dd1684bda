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

    /// Topmost paths that entries name, in order.
    private func models(_ report: ScanReport) -> [(path: String, entries: [TrustPolicy.Entry])] {
        var found: [(String, [TrustPolicy.Entry])] = []
        var seen: Set<String> = []
        var taken: Set<String> = []
        let isOnly = report.roots.count == 1
        for entry in report.entries {
            guard let shown = String(validating: entry.asset.path.bytes, as: UTF8.self) else { continue }
            let full = isOnly && !report.roots.contains(shown) ? report.roots[0] + "/" + shown : shown
            var path = ""
            for part in full.split(separator: "/", omittingEmptySubsequences: false) {
                path += path.isEmpty && part.isEmpty ? "/" : (path.isEmpty || path == "/" ? "" : "/") + part
                if taken.contains(path) { break }
                guard seen.insert(path).inserted else { continue }
                let entries = policy.entries(for: path)
                guard !entries.isEmpty, !Self.isSignature(path) else { continue }
                taken.insert(path)
                found.append((path, entries))
                break
            }
        }
        return found
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
        ScanReport(
            toolVersion: toolVersion, roots: roots, entries: entries + audit.notEvaluated,
            findings: findings + audit.findings, rules: rules, excludedCount: excludedCount,
            configuration: configuration, duration: duration)
    }
}
