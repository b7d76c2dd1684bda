/// The type of a column's values.
public indirect enum ColumnType: Hashable, Sendable {
    case null
    case boolean
    /// 8, 16, 32 or 64 bits.
    case integer(bits: Int, isSigned: Bool)
    /// 16, 32 or 64 bits.
    case real(bits: Int)
    case text
    case bytes
    /// A number of units since 1970, or of a day; the text is Arrow's format.
    case time(String)
    /// Lists of one type; with a size where all have the same.
    case list(ColumnType, size: Int?)
    /// Named parts.
    case record([Field])
    /// A type that is carried but not read.
    case other(String)

    /// For people, for example `list<float32>[384]`.
    public var description: String {
        switch self {
        case .null: "null"
        case .boolean: "bool"
        case .integer(let bits, let isSigned): "\(isSigned ? "" : "u")int\(bits)"
        case .real(let bits): "float\(bits)"
        case .text: "text"
        case .bytes: "bytes"
        case .time(let format): format.hasPrefix("td") ? "date" : format.hasPrefix("ts") ? "timestamp" : "time"
        case .list(let element, let size): "list<\(element.description)>" + (size.map { "[\($0)]" } ?? "")
        case .record(let fields):
            "{" + fields.map { "\($0.name): \($0.type.description)" }.joined(separator: ", ") + "}"
        case .other(let format): format
        }
    }

    /// Whether values are numbers.
    public var isNumeric: Bool {
        switch self {
        case .integer, .real, .boolean: true
        default: false
        }
    }

    /// A struct of `bytes` and `path`, as Hugging Face datasets keep images and sound.
    var isEncodedMedia: Bool {
        guard case .record(let fields) = self, let bytes = fields.first(where: { $0.name == "bytes" }) else {
            return false
        }
        return bytes.type == .bytes && fields.allSatisfy { $0.name == "bytes" || $0.name == "path" }
    }
}

/// What a column is for.
public enum Role: String, Hashable, Sendable, CaseIterable {
    case feature, label, text, image, embedding, source, id, split
    /// Messages of a chat, each with a role and content.
    case messages
}

/// Name, type and role of a column.
public struct Field: Hashable, Sendable {
    /// The name.
    public var name: String
    /// The type of the values.
    public var type: ColumnType
    /// What the column is for.
    public var role: Role

    /// Makes a field.
    public init(name: String, type: ColumnType, role: Role = .feature) {
        self.name = name
        self.type = type
        self.role = role
    }
}
