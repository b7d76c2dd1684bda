internal import CordonCore
internal import CordonFormats

/// The findings that a project had on a certain day, so that only new ones are reported.
///
/// The file is SARIF 2.1.0 as `cordon scan --format sarif` writes it: a finding is known by
/// `partialFingerprints["cordonFinding/v1"]` and counted by `occurrenceCount` (section 3.27.19 of the standard); why it was accepted
/// stands in `suppressions[].justification`.
///
/// - Note: Fingerprints hold rule, path and subject. A renamed file reports again; of several equal findings in one file the baseline
///   knows the number, not which ones.
package struct Baseline: Sendable {
    /// One finding of the baseline.
    package struct Known: Sendable {
        /// How often it may occur.
        package var count: Int
        /// Why it was accepted; empty when nobody said.
        package var justification: String
    }

    /// The findings by fingerprint.
    package private(set) var known: [String: Known] = [:]

    /// Nothing known.
    package init() {}

    /// Reads a SARIF file.
    ///
    /// - Throws: what is wrong with it, as a sentence's end.
    /// - Complexity: O(bytes).
    package init(_ bytes: [UInt8]) throws(BaselineFailure) {
        let document: JSONDocument
        do throws(JSONFailure) {
            document = try JSONDocument.parse(ByteView(copying: bytes))
        } catch {
            throw BaselineFailure(message: "not JSON: \(error.reason) at offset \(error.offset)")
        }
        guard document.root["version"]?.string == "2.1.0", let runs = document.root["runs"], runs.isArray else {
            throw BaselineFailure(message: "not SARIF 2.1.0; 'cordon baseline update' makes one")
        }
        for run in runs.elements {
            for result in run["results"]?.elements ?? [] {
                guard let fingerprint = result["partialFingerprints"]?["cordonFinding/v1"]?.string else {
                    throw BaselineFailure(
                        message: "a result has no fingerprint of Cordon's; 'cordon baseline update' makes one")
                }
                let count = result["occurrenceCount"]?.integer ?? 1
                var entry = known[fingerprint] ?? Known(count: 0, justification: "")
                entry.count = min(1 << 30, entry.count + max(0, min(1 << 30, count)))
                if let text = result["suppressions"]?.elements.first?["justification"]?.string, !text.isEmpty {
                    entry.justification = text
                }
                known[fingerprint] = entry
            }
        }
    }
}

/// Why a baseline cannot be used.
package struct BaselineFailure: Error {
    /// The reason, one line.
    package let message: String
}
