internal import CordonCore
internal import CordonFormats

/// What a store remembers of a release beside its signature. Not signed: what it says is order and environment only.
package struct ReleaseRecord: Sendable, Equatable {
    /// SHA-256 of the signed statement, in hexadecimal: the release's name.
    package var id: String
    /// What the model is called.
    package var model: String
    /// Counts up with every release that is put into the store.
    package var sequence: Int
    /// When it was put into the store, seconds since 1970.
    package var created: Int
    /// The deployed environment as it was then.
    package var environment: DeployedEnvironment

    var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { json in
            json.string("id", id)
            json.string("model", model)
            json.number("sequence", sequence)
            json.number("created", created)
            json.object("environment") { environment.write(&$0) }
        }
        return writer.bytes
    }

    init(id: String, model: String, sequence: Int, created: Int, environment: DeployedEnvironment) {
        self.id = id
        self.model = model
        self.sequence = sequence
        self.created = created
        self.environment = environment
    }

    init(_ bytes: [UInt8]) throws(IntegrityFailure) {
        let what = "the release's record"
        let json = try StrictJSON.parse(bytes, what: what, byteLimit: 16 << 20)
        id = try json.text("id", in: what)
        model = try json.text("model", in: what)
        sequence = try json.require("sequence", "a number from 1", in: what) { json in
            json.integer.flatMap { (0..<1 << 53).contains($0) ? $0 : nil }
        }
        created = try json.require("created", "a number", in: what) { $0.integer }
        environment = try DeployedEnvironment(json["environment"] ?? json)
    }
}
