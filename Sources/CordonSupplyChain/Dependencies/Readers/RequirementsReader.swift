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
        // PowerShell writes UTF-16.
        let wide = bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
        let units =
            !wide
            ? []
            : stride(from: 2, to: bytes.count - 1, by: 2).map { index in
                bytes[0] == 0xFF
                    ? UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8
                    : UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1])
            }
        var text = wide ? String(decoding: units, as: UTF16.self) : String(decoding: bytes, as: UTF8.self)
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
        var word = words.removeFirst()
        if let equals = word.firstIndex(of: "="), word.hasPrefix("--") {
            return (fullName(String(word[..<equals])), String(word[word.index(after: equals)...]))
        }
        word = fullName(word)
        // Short flags may stand together: `-Ur file`.
        if word.hasPrefix("-"), !word.hasPrefix("--"), word.count == 3, let last = word.last, "rcife".contains(last),
            let middle = word.dropFirst().first, "UqvI".contains(middle)
        {
            word = "-\(last)"
        }
        if word.hasPrefix("-"), !word.hasPrefix("--"), word.count > 2, takesValue(String(word.prefix(2))) {
            return (String(word.prefix(2)), String(word.dropFirst(2)))
        }
        guard takesValue(word), !words.isEmpty else { return (word, nil) }
        return (word, words.removeFirst())
    }

    private static let valued: Set<String> = [
        "-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-i", "--index-url", "--pypi-url",
        "--extra-index-url", "-f",
        "--find-links", "--trusted-host", "--no-binary", "--only-binary", "--hash", "--use-feature",
        "--config-settings",
        "--global-option", "--install-option", "--build-option", "-t", "--target", "--prefix", "--root", "--python",
        "--platform",
        "--timeout", "--retries", "--cache-dir", "--proxy", "--cert", "--client-cert", "--progress-bar", "--log",
        "--src",
        "--upgrade-strategy", "--index-strategy", "--constraints", "--requirements", "--index", "--default-index", "-d",
        "--dest",
        "--root-user-action", "--python-version", "--implementation", "--abi", "--report", "--exists-action",
        "--keyring-provider",
        "--torch-backend", "--prerelease", "--resolution", "--link-mode", "--exclude-newer", "--group", "--extra",
    ]
    private static let flags: Set<String> = [
        "--no-index", "--prefer-binary", "--require-hashes", "--pre", "--upgrade", "--user", "--quiet", "--verbose",
        "--no-deps",
        "--force-reinstall", "--no-cache-dir", "--system", "--compile", "--no-compile", "--ignore-installed",
        "--break-system-packages",
        "--isolated", "--no-build-isolation", "--dry-run", "--disable-pip-version-check", "--no-warn-script-location",
        "--dev", "--yes",
        "--ignore-requires-python", "--no-clean", "--no-input", "--no-warn-conflicts", "--no-python-version-warning",
        "--debug",
    ]

    private static func takesValue(_ option: String) -> Bool { valued.contains(option) }

    /// pip's parser takes any beginning of a long option that only one option has.
    static func fullName(_ option: String) -> String {
        guard option.hasPrefix("--"), option.utf8.count > 3, !valued.contains(option), !flags.contains(option) else {
            return option
        }
        let pip = valued.union(flags).filter {
            $0.hasPrefix(option) && !["--index", "--extra", "--python", "--default-index"].contains($0)
        }
        return pip.count == 1 ? pip.first ?? option : option
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
                let isKnown = !name.hasPrefix("--") || flags.contains(name) || valued.contains(name)
                if !isKnown, file.format == "requirements" {
                    file.problem(line, "an option that pip does not have: '\(name)'")
                }
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
