internal import CordonCore
internal import CordonFormats

/// Text values inside model files that programs read as templates or configurations.
enum EmbeddedText {
    /// Inspects a value if it holds anything a rule is about; most values are names and numbers.
    static func inspect(_ text: String, key: String, at spot: Spot, in inspection: Inspection) {
        if text.utf8.count >= 8 {
            // Beside its key a value may be a secret by name.
            let whole = ByteView(copying: Array("\(key)=\(text)".utf8))
            SecretInspector.inspect(whole, .init(spot: spot, hasLines: false), allowsBare: true, in: inspection)
        }
        if key.contains(ascii: "template") || text.contains(ascii: "{%") {
            return JinjaInspector.inspect(
                text, at: Place(member: spot.member, element: spot.name?.display), in: inspection)
        }
        let hasTarget =
            text.contains(ascii: "_target_") || text.contains(ascii: "auto_map") || text.contains(ascii: "!!python")
            || text.contains(ascii: "class_name") || text.contains(ascii: "__import__")
            || text.contains(ascii: "trust_remote_code")
        if hasTarget { return inspection.inspectPart(ByteView(copying: Array(text.utf8)), at: spot, quietly: true) }
        guard text.utf8.count >= 16, text.utf8.starts(with: "gA".utf8), let decoded = Base64.decode(Array(text.utf8))
        else { return }
        inspection.inspectPart(ByteView(copying: decoded), at: spot, quietly: true)
    }
}
