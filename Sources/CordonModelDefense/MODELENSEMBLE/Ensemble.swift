internal import CordonCore
public import CordonData
internal import CordonFormats
internal import Glibc

/// Models that were trained on parts of a dataset each, in a folder: `ensemble.json` and a folder for each member.
///
/// Control: MODELENSEMBLE.
public struct Ensemble: Sendable {
    /// One model.
    public struct Member: Sendable {
        /// The model's file, below the ensemble's folder.
        public var model: String
        /// The table that it was trained on, as it was named in training; its manifest leads to the rows of the dataset.
        public var data: String
        /// SHA-256 of the model's file, in hexadecimal digits.
        public var digest: String
        /// Share of calibration rows, none of which it was trained on, where it names another class than the others.
        public var rate: Double

        /// Makes a member that was not calibrated yet.
        public init(model: String, data: String, digest: String, rate: Double = 0) {
            (self.model, self.data, self.digest, self.rate) = (model, data, digest, rate)
        }
    }
    /// How rows were given to members.
    public let partition: Partition
    /// Names of the classes, in the order of the outputs.
    public let classes: [String]
    /// The members, in the order of the partition.
    public var members: [Member]
    /// Rows that rates were measured on.
    public var calibrationRows: Int

    /// Makes an ensemble from its parts.
    ///
    /// - Throws: ``DatasetFailure`` where there are not as many members as the partition has.
    public init(partition: Partition, classes: [String], members: [Member], calibrationRows: Int = 0)
        throws(DatasetFailure)
    {
        guard members.count == partition.members, classes.count >= 2 else {
            throw DatasetFailure(
                .argument, "\(members.count) models and \(classes.count) classes for \(partition.members) members")
        }
        (self.partition, self.classes, self.members) = (partition, classes, members)
        self.calibrationRows = calibrationRows
    }

    /// The name of the file that describes an ensemble.
    public static let fileName = "ensemble.json"

    /// Reads what `json` wrote.
    ///
    /// - Throws: ``DatasetFailure`` with what is wrong.
    public init(json bytes: [UInt8], name: String) throws {
        func refused(_ reason: String) -> DatasetFailure { DatasetFailure(.malformed, "\(name): \(reason)") }
        let document: JSONDocument
        do throws(JSONFailure) {
            document = try JSONDocument.parse(ByteView(copying: bytes))
        } catch { throw refused("no JSON: \(error.reason)") }
        let root = document.root
        guard root["schemaVersion"]?.string == "1.0", let parts = root["parts"]?.integer,
            let spread = root["spread"]?.integer
        else { throw refused("no description of an ensemble in version 1.0") }
        let partition = try Partition(parts: parts, spread: spread)
        let classes = root["classes"]?.elements.compactMap(\.string) ?? []
        let members = try (root["members"]?.elements ?? []).enumerated().map { place, value in
            guard let model = value["model"]?.string, let digest = value["sha256"]?.string,
                let rate = value["rate"]?.double, (0...1).contains(rate)
            else { throw refused("member \(place) has no model, digest and rate") }
            guard !model.hasPrefix("/"), !model.split(separator: "/").contains("..") else {
                throw refused("member \(place) lies outside of the ensemble's folder")
            }
            return Member(model: model, data: value["data"]?.string ?? "", digest: digest, rate: rate)
        }
        guard Set(classes).count == classes.count else { throw refused("a class is named twice") }
        try self.init(
            partition: partition, classes: classes, members: members,
            calibrationRows: max(0, root["calibrationRows"]?.integer ?? 0))
    }

    /// The description, by the schema ensemble-1.0.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { json in
            json.string("schemaVersion", "1.0")
            json.number("parts", partition.parts)
            json.number("spread", partition.spread)
            json.array("classes") { json in for name in classes { json.string(nil, name) } }
            json.number("calibrationRows", calibrationRows)
            json.array("members") { json in
                for member in members {
                    json.object { json in
                        json.string("model", member.model)
                        json.string("data", member.data)
                        json.string("sha256", member.digest)
                        json.number("rate", member.rate)
                    }
                }
            }
        }
        return writer.bytes
    }
}
