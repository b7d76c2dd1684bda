/// Finds out what columns are for: by their names, the surest first, their types, and the first rows.
enum RoleGuess {
    private static let names: [(Role, [String])] = [
        (
            .label,
            [
                "label", "labels", "class", "target", "category", "fine_label", "coarse_label", "sentiment",
                "species", "y",
            ]
        ),
        (
            .text,
            [
                "text", "content", "sentence", "document", "prompt", "review", "body", "instruction", "question",
                "comment", "message",
            ]
        ),
        (.image, ["image", "img", "picture", "pixels", "x_train", "images"]),
        (.embedding, ["embedding", "embeddings", "vector", "emb", "features"]),
        (
            .source,
            ["source", "origin", "supplier", "provider", "dataset_source", "url", "domain", "annotator", "labeller"]
        ),
        (.id, ["id", "uid", "uuid", "row_id", "idx", "guid", "sample_id", "__key__", "example_id"]),
        (.split, ["split", "partition", "fold"]), (.messages, ["messages", "conversations", "conversation", "chat"]),
    ]

    /// The fields with roles: those that the user names, then guesses, one column per role.
    static func assign(_ source: any TableSource, _ options: DatasetOptions) throws(DatasetFailure) -> [Field] {
        var fields = source.fields
        var taken: Set<Role> = []
        for (role, name) in options.roles {
            guard let place = fields.firstIndex(where: { $0.name == name }) else {
                throw DatasetFailure(
                    .argument,
                    "no column '\(name)' for --\(role.rawValue); there are \(fields.map(\.name).joined(separator: ", "))"
                )
            }
            for index in fields.indices where fields[index].role == role { fields[index].role = .feature }
            fields[place].role = role
            taken.insert(role)
        }
        taken.formUnion(fields.map(\.role).filter { $0 != .feature })
        for (role, wanted) in names where !taken.contains(role) {
            let found = wanted.lazy.compactMap { name in
                fields.firstIndex { $0.role == .feature && $0.name.lowercased() == name && fits($0.type, role) }
            }.first
            if let found {
                fields[found].role = role
                taken.insert(role)
            }
        }
        if !taken.contains(.image),
            let found = fields.firstIndex(where: { $0.role == .feature && $0.type.isEncodedMedia })
        {
            fields[found].role = .image
        }
        // NumPy's archives name pictures in all ways: rows and columns of bytes are some.
        if !fields.contains(where: { $0.role == .image }),
            let found = fields.firstIndex(where: { $0.role == .feature && isPictureOfBytes($0.type) })
        {
            fields[found].role = .image
        }
        if !taken.contains(.embedding),
            let found = fields.firstIndex(where: { field in
                if case .list(let element, let size) = field.type, element.isNumeric, let size, size >= 16,
                    field.role == .feature
                {
                    return true
                }
                return false
            })
        {
            fields[found].role = .embedding
        }
        return fields
    }

    private static func isPictureOfBytes(_ type: ColumnType) -> Bool {
        guard case .list(let row, let height?) = type, case .list(let element, let width?) = row, height >= 8,
            width >= 8
        else { return false }
        if case .list(let channel, let count?) = element {
            return channel == .integer(bits: 8, isSigned: false) && [1, 3, 4].contains(count)
        }
        return element == .integer(bits: 8, isSigned: false)
    }

    private static func fits(_ type: ColumnType, _ role: Role) -> Bool {
        switch role {
        case .text: type == .text
        case .image:
            if case .list = type { true } else { type == .bytes || type.isEncodedMedia }
        case .embedding:
            if case .list(let element, _) = type { element.isNumeric } else { false }
        case .label: type.isNumeric || type == .text
        default: true
        }
    }
}
