/// A password among the words of a command: `curl -u name:password`, `mysql -ppassword`, `docker login -p password`.
struct CommandPassword {
    /// The program's name.
    let program: String
    let value: Range<Int>

    /// First words of programs, which are anchors of the search.
    static let anchors: [StaticString] = [
        "curl", "wget", "mysql", "mariadb", "docker", "podman", "helm", "skopeo", "sshpass", "redis-cli", "mongo",
        "http",
        "ConvertTo-SecureString", "IDENTIFIED BY",
    ]

    private enum Form {
        /// A name, a colon and the password behind one of these options.
        case pair([String])
        /// The password behind one of these, or attached to it.
        case value([String], attached: Bool)
        /// The password in quotes, so many words on.
        case quoted(Int)
    }

    private static func form(_ program: String) -> Form? {
        switch program {
        case "curl", "wget": .pair(["-u", "--user", "--proxy-user"])
        case "http", "https": .pair(["-a", "--auth"])
        case "mysql", "mysqldump", "mysqladmin", "mysqlimport", "mariadb", "mariadb-dump":
            .value(["-p"], attached: true)
        case "docker", "podman", "helm", "skopeo": .value(["-p"], attached: false)
        case "sshpass": .value(["-p"], attached: true)
        case "redis-cli": .value(["-a", "--pass"], attached: false)
        case "mongo", "mongosh", "mongodump", "mongorestore", "mongoimport", "mongoexport":
            .value(["-p"], attached: false)
        case "ConvertTo-SecureString": .quoted(1)
        case "IDENTIFIED": .quoted(2)
        default: nil
        }
    }

    /// Reads the command whose program begins at `offset`.
    init?(_ bytes: TextBytes, at offset: Int) {
        guard !TextBytes.isAlphanumeric(bytes[offset - 1]), ![0x2D, 0x2E, 0x5F, 0x40].contains(bytes[offset - 1]) else {
            return nil
        }
        let lineEnd = bytes.lineEnd(offset, most: 1024)
        var words: [Range<Int>] = []
        var position = offset
        while position < lineEnd, words.count < 40 {
            // Whatever is no part of a word lies between words, control characters too.
            while position < lineEnd, bytes[position] <= 0x20 { position += 1 }
            let start = position
            while position < lineEnd, bytes[position] > 0x20 { position += 1 }
            if position > start { words.append(start..<position) }
        }
        guard let first = words.first else { return nil }
        program = bytes.text(first)
        guard let form = Self.form(program), words.count > 2 else { return nil }
        if ["docker", "podman", "helm", "skopeo"].contains(program) {
            guard words.dropFirst().prefix(3).contains(where: { bytes.text($0) == "login" }) else { return nil }
        }
        for (index, word) in words.enumerated().dropFirst() {
            let text = bytes.text(word)
            let next = index + 1 < words.count ? words[index + 1] : nil
            switch form {
            case .quoted(let place):
                let plain = Self.unquoted(bytes, word, dropping: [0x3B, 0x29])
                guard index == place, plain.count + 2 <= word.count, plain.count >= 6, Self.isValue(bytes, plain) else {
                    continue
                }
                value = plain
                return
            case .pair(let options):
                guard options.contains(text), let next else { continue }
                let plain = Self.unquoted(bytes, next)
                guard let colon = plain.first(where: { bytes[$0] == UInt8(ascii: ":") }), colon > plain.lowerBound,
                    plain.upperBound - colon > 6, Self.isValue(bytes, colon + 1..<plain.upperBound)
                else { continue }
                value = colon + 1..<plain.upperBound
                return
            case .value(let options, let attached):
                if attached, let option = options.first, text.hasPrefix(option), text.utf8.count > option.utf8.count + 5
                {
                    let rest = Self.unquoted(bytes, word.lowerBound + option.utf8.count..<word.upperBound)
                    guard Self.isValue(bytes, rest) else { continue }
                    value = rest
                    return
                }
                guard options.contains(text), let next, !attached || program == "sshpass" else { continue }
                let plain = Self.unquoted(bytes, next)
                guard plain.count >= 6, Self.isValue(bytes, plain) else { continue }
                value = plain
                return
            }
        }
        return nil
    }

    private static func unquoted(_ bytes: TextBytes, _ range: Range<Int>, dropping ends: Set<UInt8> = []) -> Range<Int>
    {
        let quotes: Set<UInt8> = [0x22, 0x27]
        var (low, high) = (range.lowerBound, range.upperBound)
        while high > low, ends.contains(bytes[high - 1]) { high -= 1 }
        if low < high, quotes.contains(bytes[low]) { low += 1 }
        if high > low, quotes.contains(bytes[high - 1]) { high -= 1 }
        return low..<high
    }

    /// No variable, no placeholder, no word.
    private static func isValue(_ bytes: TextBytes, _ range: Range<Int>) -> Bool {
        let value = bytes.copy(range)
        guard let first = value.first, !"$<{[*%`".utf8.contains(first), !Randomness.isExample(value) else {
            return false
        }
        let text = String(decoding: value, as: UTF8.self).lowercased()
        let words = ["password", "passwd", "secret", "token", "pass", "pwd", "your", "<"]
        guard !words.contains(where: { text.contains($0) }) else { return false }
        let hasDigit = value.contains { TextBytes.isDigit($0) }, hasLetter = value.contains { TextBytes.isLetter($0) }
        return hasDigit && hasLetter && Randomness.entropy(value) >= 2.4
    }
}
