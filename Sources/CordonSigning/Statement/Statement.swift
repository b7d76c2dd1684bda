package import CordonCore
package import CordonFormats

/// An in-toto Statement v1: claims about subjects, which are named by digest.
///
/// Source: in-toto/attestation, `spec/v1/statement.md`.
package struct Statement: Sendable {
    /// Something a claim is about.
    package struct Subject: Sendable, Equatable {
        /// What people call it; empty when it has no name.
        package let name: String
        /// Digests by algorithm, lower-case hexadecimal.
        package let digests: [String: String]

        /// Makes a subject.
        package init(name: String, digests: [String: String]) {
            self.name = name
            self.digests = digests
        }
    }
    /// At least one.
    package let subjects: [Subject]
    /// A URI that names what the predicate means.
    package let predicateType: String
    /// The claims.
    package let predicate: JSONValue

    /// The only statement type.
    package static let type = "https://in-toto.io/Statement/v1"
    /// Most subjects.
    static let subjectLimit = 2_000_000

    /// Parses and checks the structure of a statement.
    package static func parse(_ bytes: [UInt8]) throws(IntegrityFailure) -> Statement {
        try Statement(try StrictJSON.parse(bytes, what: "the signed statement"))
    }

    private init(_ json: JSONValue) throws(IntegrityFailure) {
        let what = "the signed statement"
        guard json.isObject else { throw IntegrityFailure(.malformed, "\(what) is not a JSON object") }
        let type = try json.text("_type", in: what)
        guard type == Self.type || type == "https://in-toto.io/Statement/v0.1" else {
            throw IntegrityFailure(
                .wrongPredicate,
                "\(what) is of type '\(PrintableText.quoting(type, limit: 100))', not an in-toto statement")
        }
        let list = try json.require("subject", "a list", in: what) { $0.array }
        guard (1...Self.subjectLimit).contains(list.count) else {
            throw IntegrityFailure(.malformed, "\(what) has \(list.count) subjects")
        }
        var subjects: [Subject] = []
        subjects.reserveCapacity(list.count)
        for entry in list { subjects.append(try Self.subject(entry)) }
        self.subjects = subjects
        predicateType = try json.text("predicateType", in: what)
        guard type == Self.type || predicateType != ModelManifest.predicateType else {
            throw IntegrityFailure(.wrongPredicate, "\(what) is of an earlier type than model signatures have")
        }
        predicate = try json.require("predicate", "an object", in: what) { $0.object }
    }

    private static func subject(_ json: JSONValue) throws(IntegrityFailure) -> Subject {
        let digests = try json.require("digest", "an object", in: "a subject") { $0.object }
        var found: [String: String] = [:]
        for (algorithm, value) in digests.members {
            guard let text = value.string, !text.isEmpty else {
                throw IntegrityFailure(.malformed, "a digest of a subject is not text")
            }
            found[algorithm] = text
        }
        guard !found.isEmpty else { throw IntegrityFailure(.malformed, "a subject has no digest") }
        return Subject(name: json["name"]?.string ?? "", digests: found)
    }

    /// The JSON text of a statement, compact.
    package static func encode(
        subjects: [Subject], predicateType: String, predicate: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var writer = JSONWriter(isCompact: true)
        writer.object { statement in
            statement.string("_type", type)
            statement.array("subject") { list in
                for subject in subjects {
                    list.object { entry in
                        entry.string("name", subject.name)
                        entry.object("digest") { digests in
                            for (algorithm, digest) in subject.digests.sorted(by: { $0.key < $1.key }) {
                                digests.string(algorithm, digest)
                            }
                        }
                    }
                }
            }
            statement.string("predicateType", predicateType)
            predicate(&statement)
        }
        return writer.bytes
    }
}
