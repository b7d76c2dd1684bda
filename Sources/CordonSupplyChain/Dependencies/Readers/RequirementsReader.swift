internal import CordonFormats

/// pip's requirements and constraints files.
///
/// Source: pip documentation, "Requirements File Format".
enum RequirementsReader {
    static func read(_ bytes: [UInt8]) -> DependencyFile {
        var file = DependencyFile(format: "requirements", role: .application)
        for (text, line) in joined(bytes) { read(text, line, &file) }
        return file
    }

    /// Lines with their continuations, comments removed. A comment begins at the start or behind white space.
    private static func joined(_ bytes: [UInt8]) -> [(String, Int)] {
        var text = String(decoding: bytes, as: UTF8.self)
        if text.hasPrefix("\u{FEFF}") { text.removeFirst() }
        var result: [(String, Int)] = []
        var current = ""
        var start = 0
        for (index, raw) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            if current.isEmpty { start = index + 1 }
            let isComment = raw.trimmingWhitespace.hasPrefix("#")
            if raw.hasSuffix("\\"), !isComment {
                current += raw.dropLast()
                continue
            }
            current += isComment ? "" : raw
            let stripped = withoutComment(current)
            if !stripped.isEmpty { result.append((stripped, start)) }
            current = ""
        }
        if !withoutComment(current).isEmpty { result.append((withoutComment(current), start)) }
        return result
    }

    private static func withoutComment(_ text: String) -> String {
        var previous: Character = " "
        for index in text.indices {
            if text[index] == "#", previous == " " || previous == "\t" {
                return String(text[..<index].trimmingWhitespace)
            }
            previous = text[index]
        }
        return String(text.trimmingWhitespace)
    }

    /// One logical line of a requirements file, or the arguments of `pip install`.
    static func read(_ text: String, _ line: Int, _ file: inout DependencyFile) {
        if text.hasPrefix("-") {
            options(ShellWords.split(text), line, &file)
            return
        }
        // Options of one requirement stand behind it.
        var words = ShellWords.split(text)
        let firstOption = words.firstIndex { $0.hasPrefix("--") } ?? words.count
        let requirement = text.firstRange(of: " --").map { String(text[..<$0.lowerBound]) } ?? text
        guard var dependency = PythonRequirementLine.parse(requirement, line: line) else {
            return file.problem(line, "not a requirement: '\(requirement)'")
        }
        words.removeFirst(firstOption)
        while !words.isEmpty {
            let (name, value) = option(&words)
            switch name {
            case "--hash": if let value { dependency.hashes.append(value) }
            case "--config-settings", "--global-option", "--install-option", "--build-option": break
            default: file.problem(line, "an option that a requirement does not take: '\(name)'")
            }
        }
        file.dependencies.append(dependency)
    }

    /// The first option of the words, with its value for those that take one.
    static func option(_ words: inout [String]) -> (name: String, value: String?) {
        let word = words.removeFirst()
        if let equals = word.firstIndex(of: "="), word.hasPrefix("--") {
            return (String(word[..<equals]), String(word[word.index(after: equals)...]))
        }
        if word.hasPrefix("-"), !word.hasPrefix("--"), word.count > 2, takesValue(String(word.prefix(2))) {
            return (String(word.prefix(2)), String(word.dropFirst(2)))
        }
        guard takesValue(word), !words.isEmpty else { return (word, nil) }
        return (word, words.removeFirst())
    }

    private static func takesValue(_ option: String) -> Bool {
        [
            "-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-i", "--index-url", "--pypi-url",
            "--extra-index-url", "-f", "--find-links", "--trusted-host", "--no-binary", "--only-binary", "--hash",
            "--use-feature", "--config-settings", "--global-option", "--install-option", "--build-option", "-t",
            "--target", "--prefix", "--root", "--python", "--platform", "--timeout", "--retries", "--cache-dir",
            "--proxy", "--cert", "--client-cert", "--progress-bar", "--log", "--src", "--upgrade-strategy",
            "--index-strategy", "--constraints", "--requirements", "--index", "--default-index",
        ].contains(option)
    }

    /// Options of a line or command; anything that is no option is left in the result.
    @discardableResult
    static func options(_ words: [String], _ line: Int, _ file: inout DependencyFile) -> [String] {
        var words = words
        var rest: [String] = []
        while let first = words.first {
            guard first.hasPrefix("-"), first.count > 1 else {
                rest.append(words.removeFirst())
                continue
            }
            let (name, value) = option(&words)
            guard let value else {
                if name == "--require-hashes" { file.requiresHashes = true }
                continue
            }
            let entry = DependencyFile.Indexes.Entry(url: value, line: line)
            switch name {
            case "-r", "--requirement", "--requirements":
                file.includes.append(.init(path: value, line: line, isConstraint: false))
            case "-c", "--constraint", "--constraints":
                file.includes.append(.init(path: value, line: line, isConstraint: true))
            case "-i", "--index-url", "--pypi-url", "--default-index": file.indexes.primary.append(entry)
            case "--extra-index-url", "--index": file.indexes.extra.append(entry)
            case "-f", "--find-links":
                if PythonRequirementLine.isURL(value) { file.indexes.extra.append(entry) }
            case "--trusted-host": file.indexes.trustedHosts.append(entry)
            case "--no-binary": if value != ":none:" { file.indexes.sourceBuilds.append(entry) }
            case "-e", "--editable":
                if let dependency = PythonRequirementLine.parse(value, line: line) {
                    file.dependencies.append(dependency)
                } else {
                    file.problem(line, "not a requirement: '\(value)'")
                }
            default: break
            }
        }
        return rest
    }
}

/// Words of a shell command as far as installing commands need them: quotes and backslashes, no expansion.
enum ShellWords {
    static func split(_ text: some StringProtocol) -> [String] {
        var words: [String] = []
        var current = ""
        var hasWord = false
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                current.append(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
                hasWord = true
            } else if let open = quote {
                if character == open { quote = nil } else { current.append(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                hasWord = true
            } else if character == " " || character == "\t" || character.isNewline {
                if hasWord || !current.isEmpty { words.append(current) }
                (current, hasWord) = ("", false)
            } else {
                current.append(character)
            }
        }
        if hasWord || !current.isEmpty { words.append(current) }
        return words
    }
}
