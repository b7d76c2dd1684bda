/// A provider whose keys have no form of their own: the name and the length tell.
struct NamedProvider: Sendable {
    let kind: String
    /// Words of which all have to stand in the name; or `nil` alternatives each a set.
    let names: [Set<String>]
    let member: UInt8
    let length: ClosedRange<Int>

    init(_ kind: String, _ names: [Set<String>], _ form: String, _ length: ClosedRange<Int>) {
        self.kind = kind
        self.names = names
        member = Array(form.utf8).first ?? 0
        self.length = length
    }

    func matches(_ assigned: AssignedValue, _ value: [UInt8]) -> Bool {
        guard length.contains(value.count), value.allSatisfy({ TokenShape.isMember($0, of: member) }) else {
            return false
        }
        let words = Set(assigned.words)
        return names.contains { $0.isSubset(of: words) } && value.contains { TextBytes.isDigit($0) }
    }
}

extension AssignmentJudge {
    static let providers: [NamedProvider] = [
        NamedProvider(
            "AWS secret access key",
            [["aws", "secret"], ["secret", "access", "key"], ["aws", "key"], ["secretaccesskey"]], "b", 40...40),
        NamedProvider("Weights & Biases API key", [["wandb"], ["wandb", "key"]], "h", 40...40),
        NamedProvider("Kaggle API key", [["kaggle", "key"]], "h", 32...32),
        NamedProvider("Cohere API key", [["cohere"], ["co", "api", "key"]], "w", 40...40),
        NamedProvider("Mistral API key", [["mistral"]], "w", 32...32),
        NamedProvider("Together AI API key", [["together"]], "h", 64...64),
        NamedProvider("AssemblyAI API key", [["assemblyai"], ["aai"]], "h", 32...32),
        NamedProvider("Deepgram API key", [["deepgram"]], "h", 40...40),
        NamedProvider("Stability AI API key", [["stability"]], "x", 48...60),
        NamedProvider("DeepSeek API key", [["deepseek"]], "x", 35...35),
        NamedProvider("Comet API key", [["comet"]], "w", 25...25),
        NamedProvider("ClearML key", [["clearml"], ["trains"]], "w", 20...60),
        NamedProvider("DagsHub token", [["dagshub"]], "h", 40...40),
        NamedProvider("Azure API key", [["azure", "key"], ["azure", "openai"]], "w", 32...88),
        NamedProvider(
            "Azure client secret", [["azure", "client", "secret"], ["arm", "client", "secret"]], "v", 34...40),
        NamedProvider("Datadog key", [["datadog"], ["dd", "api", "key"], ["dd", "app", "key"]], "h", 32...40),
        NamedProvider("Cloudflare API token", [["cloudflare"], ["cf", "api"]], "x", 37...40),
        NamedProvider("Twilio auth token", [["twilio"]], "h", 32...32),
        NamedProvider("Linode token", [["linode"]], "h", 64...64),
        NamedProvider("Heroku API key", [["heroku"]], "x", 36...36),
        NamedProvider("Algolia admin key", [["algolia"]], "h", 32...32),
        NamedProvider("Snowflake token", [["snowflake", "token"]], "v", 40...4000),
        NamedProvider("Discord bot token", [["discord"]], "v", 59...72),
        NamedProvider("Serper or SerpApi key", [["serpapi"], ["serper"]], "h", 40...64),
    ]
}
