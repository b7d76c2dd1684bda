internal import CordonCore

/// Whether a named value is a secret, and whose.
///
/// The name has to say so, and the value has to look drawn at random rather than written for people. That is a weak sign next to a
/// provider's own form, and counts as such.
struct AssignmentJudge {
    /// What is said of a value.
    struct Verdict {
        let kind: String
        /// Whether name and form together name a provider.
        let isProvider: Bool
        let confidence: Confidence
    }

    /// Whether a value without quotes is a value: in configurations and shells it is, in programs it is an expression.
    let allowsBare: Bool

    func judge(_ assigned: AssignedValue, _ value: [UInt8]) -> Verdict? {
        guard assigned.isQuoted || allowsBare, !Self.isExpression(value, isQuoted: assigned.isQuoted) else {
            return nil
        }
        guard !Randomness.isExample(value), !Self.isPublic(value) else { return nil }
        for provider in Self.providers where provider.matches(assigned, value) {
            return Verdict(kind: provider.kind, isProvider: true, confidence: .high)
        }
        let isSealed = assigned.words.contains {
            ["hashed", "hash", "encrypted", "sealed", "sha1", "sha256", "digest"].contains($0)
        }
        guard !isSealed, let noun = Self.noun(assigned.words), value.count >= 8,
            value.count <= (noun == "password" ? 200 : 300), !Self.isProse(value)
        else {
            return nil
        }
        let entropy = Randomness.entropy(value)
        let isPassword = noun == "password"
        let mix = Self.classes(value)
        // Eight characters cannot have more than three bits each.
        guard mix >= 2, entropy >= (isPassword ? 2.4 : 2.9), isPassword || value.count >= 12 else { return nil }
        if !isPassword, mix < 3, entropy < 3.4 { return nil }
        let isStrong = entropy >= 3.5 && mix >= 3 && value.count >= 16
        return Verdict(kind: noun, isProvider: false, confidence: isStrong ? .medium : .low)
    }

    /// Keys that are made to be read by everybody: Mapbox and Stripe mark them.
    private static func isPublic(_ value: [UInt8]) -> Bool {
        ["pk.", "pk_live_", "pk_test_"].contains { value.starts(with: $0.utf8) }
    }

    // MARK: Names

    /// What the name says that the value is.
    static func noun(_ words: [String]) -> String? {
        guard let last = words.last else { return nil }
        let before = words.dropLast().last ?? ""
        switch last {
        case "password", "passwd", "passphrase", "pwd", "passcode", "pass", "pw", "authtok": return "password"
        case "secret", "secrets", "apikey", "credential", "credentials", "authtoken", "accesskey", "secretkey",
            "privatekey":
            return last
        case "token", "tokens": return tokenWords.contains(before) ? nil : "token"
        case "key":
            return keyWords.contains(before) ? before + " key" : nil
        case "auth", "bearer", "authorization": return last
        case "value", "val", "string", "str", "env", "var", "prod", "production", "live", "dev", "staging", "default",
            "base64", "b64":
            return noun(Array(words.dropLast()))
        default: return nil
        }
    }

    /// Words before "token" that make it one of a language.
    private static let tokenWords: Set<String> = [
        "pad", "eos", "bos", "unk", "sep", "cls", "mask", "special", "stop", "start", "end", "begin", "max", "min",
        "num", "n", "next",
        "image", "additional", "decoder", "encoder", "prompt", "video", "audio", "boi", "eoi", "new", "first", "last",
        "prev", "input",
        "output", "total", "fake", "csrf", "blank", "word", "space", "delimiter", "user", "assistant", "system",
    ]
    private static let keyWords: Set<String> = [
        "api", "secret", "access", "private", "encryption", "signing", "account", "auth", "master", "service",
        "subscription", "shared",
        "storage", "app", "application", "client", "consumer", "license", "admin", "session", "rsa", "aes", "hmac",
        "jwt", "webhook",
        "server", "deploy", "function", "host", "write", "read", "project", "signature", "root", "wandb", "openai",
        "cohere", "mistral",
        "anthropic", "comet", "kaggle", "sas",
    ]

    // MARK: Values

    /// A reference to where the value really is, or code that makes it.
    private static func isExpression(_ value: [UInt8], isQuoted: Bool) -> Bool {
        let text = String(decoding: value, as: UTF8.self)
        // `!Ref` and `!vault` of YAML, `@token@` of build tools; passwords may begin with these signs too.
        let isTag =
            value.first == UInt8(ascii: "!") && value.dropFirst().allSatisfy { TextBytes.isLetter($0) || $0 == 0x3A }
        if isTag
            || value.first == UInt8(ascii: "@")
                && (value.last == UInt8(ascii: "@") || isDottedName(Array(value.dropFirst())))
        {
            return true
        }
        let openers = ["$", "{{", "<", "%(", "%{", "{", "#{", "__", "(", "["]
        if openers.contains(where: { text.hasPrefix($0) }) { return true }
        if ["${", "$(", "{{", "%s", "{}"].contains(where: { text.contains($0) }) { return true }
        if value.contains(UInt8(ascii: " ")) || value.contains(UInt8(ascii: "(")) { return true }
        // Of base64 one value in 64 begins with a slash.
        let isBase64 = value.count == 40 && value.allSatisfy { TokenShape.isMember($0, of: UInt8(ascii: "b")) }
        if text.contains("://") || text.hasPrefix("/") && !isBase64 || text.hasPrefix("./") || text.hasPrefix("~/") {
            return true
        }
        let lower = text.lowercased()
        if [
            "env.", "env[", "os.environ", "getenv", "process.env", "secrets.", "vars.", "vault:", "ref:", "arn:",
            "enc[", "sops", "kms:", "file:", "op:",
        ].contains(where: { lower.hasPrefix($0) || lower.contains("." + $0) }) {
            return true
        }
        // An attribute or a call without quotes: nobody's password is called self.password.
        return !isQuoted && isDottedName(value)
    }

    private static func isDottedName(_ value: [UInt8]) -> Bool {
        value.contains(UInt8(ascii: "."))
            && value.allSatisfy { TextBytes.isLetter($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") }
    }

    /// Words with hyphens, dots or underscores between, in one case each: names, not secrets.
    private static func isProse(_ value: [UInt8]) -> Bool {
        let parts = value.split { !TextBytes.isAlphanumeric($0) }
        return parts.allSatisfy { part in
            let digits = part.count { TextBytes.isDigit($0) }
            let letters = part.dropFirst().allSatisfy { $0 >= 0x61 && $0 <= 0x7A || TextBytes.isDigit($0) }
            let isNumber = digits == part.count
            // A word may end in a number, and no word has no vowel.
            let hasVowel = part.contains { "aeiouyAEIOUY".utf8.contains($0) }
            let endsInDigits = part.suffix(digits).allSatisfy { TextBytes.isDigit($0) } && digits <= 3
            return isNumber && parts.count > 1 && part.count <= 4
                || letters && endsInDigits && (hasVowel || part.count <= 3) && part.count <= 14
                || part.allSatisfy { $0 >= 0x41 && $0 <= 0x5A } && part.count <= 10
        }
    }

    /// Kinds of characters: lower case, upper case, digits, others.
    static func classes(_ value: [UInt8]) -> Int {
        var found: Set<Int> = []
        for byte in value {
            if byte >= 0x61, byte <= 0x7A {
                found.insert(0)
            } else if byte >= 0x41, byte <= 0x5A {
                found.insert(1)
            } else if TextBytes.isDigit(byte) {
                found.insert(2)
            } else {
                found.insert(3)
            }
        }
        return found.count
    }
}
