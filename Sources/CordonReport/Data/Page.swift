/// A page that grows.
struct Page {
    private(set) var text = ""

    mutating func add(_ part: String) { text += part + "\n" }

    /// Text that cannot become markup.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.append(character)
            }
        }
        return result
    }
}
