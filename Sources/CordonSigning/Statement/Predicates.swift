internal import CordonCore
internal import CordonFormats

/// Predicates whose fields are checked before they are signed.
package enum KnownPredicate: String, CaseIterable, Sendable {
    /// SLSA provenance v1: how something was built.
    case slsaProvenance = "https://slsa.dev/provenance/v1"
    /// in-toto test-result v0.1: what a test said.
    case testResult = "https://in-toto.io/attestation/test-result/v0.1"
    /// SLSA verification summary v1: what somebody verified.
    case verificationSummary = "https://slsa.dev/verification_summary/v1"

    /// The short name on the command line, or the URI itself.
    package static func uri(_ name: String) -> String {
        switch name {
        case "slsa-provenance": slsaProvenance.rawValue
        case "test-result": testResult.rawValue
        case "vsa": verificationSummary.rawValue
        default: name
        }
    }

    /// Requires the fields that the predicate's specification requires.
    func check(_ predicate: JSONValue) throws(IntegrityFailure) {
        switch self {
        case .slsaProvenance:
            let what = "the provenance"
            let build = try predicate.require("buildDefinition", "an object", in: what) { $0.object }
            try Self.uri(build.text("buildType", in: "'buildDefinition'"), "buildType")
            _ = try build.require("externalParameters", "an object", in: "'buildDefinition'") { $0.object }
            let run = try predicate.require("runDetails", "an object", in: what) { $0.object }
            let builder = try run.require("builder", "an object", in: "'runDetails'") { $0.object }
            try Self.uri(builder.text("id", in: "'builder'"), "builder.id")
        case .testResult:
            let what = "the test result"
            try Self.choice(predicate.text("result", in: what), ["PASSED", "WARNED", "FAILED"], "result")
            _ = try predicate.require("configuration", "a list", in: what) { $0.array }
        case .verificationSummary:
            let what = "the verification summary"
            let verifier = try predicate.require("verifier", "an object", in: what) { $0.object }
            try Self.uri(verifier.text("id", in: "'verifier'"), "verifier.id")
            _ = try predicate.text("resourceUri", in: what)
            _ = try predicate.require("policy", "an object", in: what) { $0.object }
            try Self.choice(predicate.text("verificationResult", in: what), ["PASSED", "FAILED"], "verificationResult")
            _ = try predicate.require("verifiedLevels", "a list", in: what) { $0.array }
        }
    }

    /// What the predicate concludes, when it concludes something.
    func conclusion(_ predicate: JSONValue) -> String? {
        switch self {
        case .slsaProvenance: predicate["runDetails"]?["builder"]?["id"]?.string.map { "built by \($0)" }
        case .testResult: predicate["result"]?.string
        case .verificationSummary: predicate["verificationResult"]?.string
        }
    }

    private static func uri(_ text: String, _ name: String) throws(IntegrityFailure) {
        guard text.contains(":"), !text.contains(" ") else {
            throw IntegrityFailure(.malformed, "'\(name)' of the predicate is not a URI")
        }
    }

    private static func choice(_ text: String, _ known: [String], _ name: String) throws(IntegrityFailure) {
        guard known.contains(text) else {
            throw IntegrityFailure(.malformed, "'\(name)' of the predicate is none of \(known.joined(separator: ", "))")
        }
    }
}
