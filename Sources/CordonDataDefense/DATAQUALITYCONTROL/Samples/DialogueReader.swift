internal import CordonData
internal import CordonFormats

/// Reads messages: a list of records with `role` and `content` (OpenAI, Hugging Face) or `from` and `value` (ShareGPT), in
/// columns or as JSON text.
enum DialogueReader {
    private static let answering: Set<String> = ["assistant", "gpt", "model", "bot"]

    /// `nil` where there are no messages.
    static func read(_ column: Column, _ row: Int) -> SampleSet.Dialogue? {
        guard let messages = lists(column, row) ?? text(column, row), !messages.isEmpty else { return nil }
        var dialogue = SampleSet.Dialogue(turns: [])
        var prompt = ""
        for (role, content) in messages {
            if answering.contains(role.lowercased()) {
                dialogue.turns.append((prompt, content))
                prompt = ""
            } else {
                prompt += prompt.isEmpty ? content : "\n" + content
            }
        }
        if !prompt.isEmpty { dialogue.turns.append((prompt, "")) }
        return dialogue
    }

    private static func lists(_ column: Column, _ row: Int) -> [(String, String)]? {
        guard let (list, rows) = column.list(row), let roles = list.part("role") ?? list.part("from"),
            let contents = list.part("content") ?? list.part("value")
        else { return nil }
        return rows.map { (roles.text($0) ?? "", contents.text($0) ?? "") }
    }

    private static func text(_ column: Column, _ row: Int) -> [(String, String)]? {
        guard column.type == .text,
            let document = column.withBytes(row, { try? JSONDocument.parse(ByteView(copying: Array($0))) }) ?? nil
        else { return nil }
        let messages = document.root.elements.compactMap { message -> (String, String)? in
            guard let role = (message["role"] ?? message["from"])?.string else { return nil }
            return (role, text(message["content"] ?? message["value"]))
        }
        return messages.isEmpty ? nil : messages
    }

    /// Content is text, or parts of which some are text.
    private static func text(_ content: JSONValue?) -> String {
        guard let content else { return "" }
        return content.string ?? content.elements.compactMap { $0["text"]?.string }.joined(separator: "\n")
    }
}
