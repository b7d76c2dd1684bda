/// What a shell command does, by its words.
enum ShellCommand {
    /// Whether it runs what it fetches: `curl … | sh`, `bash <(curl …)`, `sh -c "$(wget …)"`, `wget … && bash file`.
    static func fetchesAndRuns(_ command: String) -> Bool {
        let words = words(command)
        guard let fetch = words.firstIndex(where: { isFetcher($0) }) else { return false }
        let isBehind = words[(fetch + 1)...].enumerated().contains { place, word in
            let index = fetch + 1 + place
            return isRunner(word) && ["|", "&&", ";", "||"].contains(words[index - 1])
                || isRunner(word) && words[index - 1] == "sudo"
                || word == "chmod" && words[(index + 1)...].contains { $0.contains("+x") }
        }
        let isAround =
            words[..<fetch].contains { isRunner($0) || $0 == "eval" || $0 == "source" || $0 == "." }
            && words[..<fetch].contains { $0 == "(" || $0 == "`" }
        return isBehind || isAround
    }

    /// Whether it opens a connection and hands a shell over.
    static func handsOverShell(_ command: String) -> Bool {
        isShellOnSocket(command)
            || words(command).contains { $0 == "nc" || $0 == "ncat" }
                && (command.contains(" -e ") || command.contains("mkfifo"))
    }

    /// Whether a connection of bash becomes a shell's or a program's input or output; one that only tries a port does not.
    private static func isShellOnSocket(_ command: String) -> Bool {
        guard command.contains("/dev/tcp/") || command.contains("/dev/udp/") else { return false }
        let parts = command.replacing("/dev/udp/", with: "/dev/tcp/")
            .split(separator: "/dev/tcp/", omittingEmptySubsequences: false)
        guard parts.count == 2, !isOpenedInside(parts[0], parts[1]) else { return parts.count > 2 }
        guard endsWithProbe(parts[0]) else { return true }
        // Another descriptor, or what a command prints, may still go over the connection.
        let rest = command.replacing("2>&1", with: "")
        return ["sh -i", "exec", "<>", "<&", ">&", "$(", "`", "/dev/fd", "/dev/std", "/proc/"].contains {
            rest.contains($0)
        }
    }

    /// Whether a subshell opens the connection and ends: `(exec 3<>/dev/tcp/host/22)`.
    private static func isOpenedInside(_ before: Substring, _ after: Substring) -> Bool {
        guard let bracket = before.lastIndex(of: "("), before[bracket...].hasPrefix("(exec ") else { return false }
        let descriptor = before[bracket...].dropFirst(6).drop { $0.isNumber }
        let target = after.prefix { $0.isLetter || $0.isNumber || "._-:/${}\"'".contains($0) }
        return descriptor.allSatisfy { "<>\"' ".contains($0) } && after[target.endIndex...].first == ")"
    }

    /// Whether a command of its own that prints nothing that matters is about to be sent: `echo >`, `: >`, `true >`.
    private static func endsWithProbe(_ text: Substring) -> Bool {
        func trimmed(_ text: Substring) -> Substring {
            text.lastIndex { !$0.isWhitespace }.map { text[...$0] } ?? ""
        }
        let target = trimmed(text)
        guard target.last == ">" else { return false }
        let words = trimmed(target.dropLast())
        guard
            let probe = ["echo \"\"", "echo ''", "echo", ":", "true", "cat < /dev/null", "cat </dev/null"].first(
                where: { words.hasSuffix($0) })
        else {
            return false
        }
        let before = words.dropLast(probe.count)
        let rest = trimmed(before)
        guard let last = rest.last, before[rest.endIndex...].allSatisfy({ $0 != "\n" }) else { return true }
        if ";|&({!".contains(last) { return true }
        if last == "\"" || last == "'" {
            let option = trimmed(rest.dropLast())
            return option.isEmpty || option.hasSuffix("c") && isShellOption(option)
        }
        return rest.endIndex < before.endIndex
            && (isShellOption(rest)
                || ["do", "then", "else", "if", "while", "until"].contains(rest.split(separator: " ").last ?? ""))
    }

    /// Whether a text ends with a shell and its option for a command: `bash -c`.
    private static func isShellOption(_ text: Substring) -> Bool {
        let words = text.split(separator: " ").suffix(2)
        guard words.count == 2, let shell = words.first, let option = words.last else { return false }
        return ["-c", "-lc", "-ec"].contains(option) && ["sh", "bash", "zsh", "ksh"].contains(last(String(shell)))
    }

    /// Whether it decodes a text and runs it: `echo … | base64 -d | sh`, `python -c 'exec(bytes.fromhex(…))'`.
    static func decodesAndRuns(_ command: String) -> Bool {
        let words = words(command)
        let isInline = words.contains {
            ["python", "python2", "python3", "perl", "ruby", "node", "php"].contains(last($0))
        }
        if isInline, words.contains(where: { $0 == "-c" || $0 == "-e" || $0 == "-r" }),
            command.contains("exec(") || command.contains("eval("),
            [
                "fromhex", "b64decode", "base64", "unhexlify", "decompress", "marshal", "codecs.decode", "unpack",
                "Buffer.from", "urlopen",
            ]
            .contains(where: { command.contains($0) })
        {
            return true
        }
        guard let decode = words.firstIndex(where: { ["base64", "xxd", "openssl"].contains($0) }) else { return false }
        return words[decode...].enumerated().contains { place, word in
            isRunner(word) && words[decode + place - 1] == "|"
        }
            || words[..<decode].contains { $0 == "eval" || isRunner($0) } && command.contains("$(")
    }

    /// The file that a fetching command writes: after `-O`, `-o` or `--output`, or the last part of the address.
    static func fetchedFile(_ command: String) -> String? {
        let words = words(command)
        guard let tool = words.firstIndex(where: { isFetcher($0) }) else { return nil }
        let rest = words[tool...]
        if let option = rest.firstIndex(where: {
            $0 == "-o" || $0 == "--output" || $0 == "--output-document" || $0 == "-O" && last(words[tool]) != "curl"
        }),
            option + 1 < rest.endIndex
        {
            return plain(rest[option + 1])
        }
        guard let address = rest.first(where: { $0.contains("://") }) else { return nil }
        return address.split(separator: "?").first?.split(separator: "/").last.map(String.init)
    }

    /// The file that a command runs: `bash run.sh`, `python -u run.py`, `./run.sh`.
    static func runFile(_ command: String) -> String? {
        let words = words(command)
        guard let first = words.first else { return nil }
        if first.hasPrefix("./") || first.hasPrefix("/tmp/") { return plain(first) }
        guard isRunner(first) else { return nil }
        return words.dropFirst().first { !$0.hasPrefix("-") }.map(plain)
    }

    private static func plain(_ path: String) -> String { path.hasPrefix("./") ? String(path.dropFirst(2)) : path }

    /// Whether it turns the check of certificates off.
    static func skipsCertificates(_ command: String) -> Bool {
        let words = words(command)
        guard let tool = words.first(where: { isFetcher($0) || $0 == "git" || $0 == "npm" || $0 == "conda" }) else {
            return false
        }
        switch tool {
        case "curl":
            return words.contains {
                $0 == "-k" || $0 == "--insecure"
                    || $0.hasPrefix("-") && !$0.hasPrefix("--") && $0.contains("k") && $0.count < 7
            }
        case "wget": return words.contains("--no-check-certificate")
        case "git":
            return command.contains("sslVerify") && (command.contains("false") || command.contains("=0"))
                || command.contains("GIT_SSL_NO_VERIFY")
        case "npm": return command.contains("strict-ssl false") || command.contains("strict-ssl=false")
        case "conda": return command.contains("ssl_verify") && command.lowercased().contains("false")
        default: return false
        }
    }

    private static func isFetcher(_ word: String) -> Bool {
        ["curl", "wget", "aria2c", "fetch", "Invoke-WebRequest", "iwr", "lwp-download"].contains(last(word))
    }
    private static func isRunner(_ word: String) -> Bool {
        let name = last(word)
        return [
            "sh", "bash", "zsh", "dash", "ksh", "python", "python3", "python2", "perl", "ruby", "node", "php", "source",
            "iex", "Rscript",
        ].contains(name)
    }
    private static func last(_ word: String) -> String { word.split(separator: "/").last.map(String.init) ?? word }

    /// Words and separators; quotes are passed over, so that commands in quotes are looked into.
    private static func words(_ command: String) -> [String] {
        var result: [String] = []
        var current = ""
        func end() {
            if !current.isEmpty { result.append(current) }
            current = ""
        }
        var last: Character = " "
        for character in command.prefix(4000) {
            switch character {
            case " ", "\t", "\n", "\"", "'": end()
            case "|", "&", ";":
                end()
                if last == character, result.last == String(character) {
                    result[result.count - 1] += String(character)
                } else {
                    result.append(String(character))
                }
            case "(", ")", "`", "<", ">", "$":
                end()
                if character != "$" { result.append(String(character)) }
            default: current.append(character)
            }
            last = character
        }
        end()
        return result
    }
}
