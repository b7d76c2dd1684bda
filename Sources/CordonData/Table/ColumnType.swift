/// The type of a column's values.
public indirect enum ColumnType: Hashable, Sendable {
    case null
    case boolean
    /// 8, 16, 32 or 64 bits.
    case integer(bits: Int, isSigned: Bool)
    /// 16, 32 or 64 bits.
    case real(bits: Int)
    /// Whole numbers of 32, 64 or 128 bits, each divided by ten to the power of `scale`, which may be below 0.
    case decimal(precision: Int, scale: Int, bits: Int)
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
        case .decimal(let precision, let scale, _): "decimal(\(precision), \(scale))"
        case .text: "text"
        case .bytes: "bytes"
        case .time(let format): format.hasPrefix("td") ? "date" : format.hasPrefix("ts") ? "timestamp" : "time"
        case .list(let element, let size): "list<\(element.description)>" + (size.map { "[\($0)]" } ?? "")
        case .record(let fields):
            "{" + fields.map { "\($0.name): \($0.type.description)" }.joined(separator: ", ") + "}"
        case .other(let format): Self.unreadNames.first { format.hasPrefix($0.key) }?.value ?? "Arrow's '\(format)'"
        }
    }

    private static let unreadNames: KeyValuePairs = [
        "+ud": "union", "+us": "union", "+r": "run-end encoded", "+v": "list view", "ti": "interval",
        "d:": "decimal256",
    ]

    /// Whether values are numbers.
    public var isNumeric: Bool {
        switch self {
        case .integer, .real, .boolean, .decimal: true
        default: false
        }
    }

    /// Whether values, or parts of them, are carried and not read.
    public var isUnread: Bool {
        switch self {
        case .other: true
        case .list(let element, _): element.isUnread
        case .record(let fields): fields.contains { $0.type.isUnread }
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
