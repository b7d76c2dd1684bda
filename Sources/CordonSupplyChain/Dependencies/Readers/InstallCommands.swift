internal import CordonFormats

/// Packages that install commands name: in notebooks and container files.
enum InstallCommands {
    /// Reads one shell command line, which may hold several commands.
    static func read(_ text: String, line: Int, _ file: inout DependencyFile) {
        for command in commands(text) { install(command, line, &file) }
    }

    /// Words of the commands between separators, keywords of the shell and brackets.
    private static func commands(_ text: String) -> [[String]] {
        var result: [[String]] = [[]]
        var spaced = ""
        var quote: Character?
        for character in text {
            if let open = quote {
                if character == open { quote = nil }
                spaced.append(character)
            } else if character == "'" || character == "\"" {
                quote = character
                spaced.append(character)
            } else if "&|;()".contains(character) {
                spaced += " \(character) "
            } else {
                spaced.append(character)
            }
        }
        for word in ShellWords.split(spaced) {
            if ["&", "|", ";", "(", ")", "then", "do", "else", "if", "while", "{", "}", "!"].contains(word) {
                result.append([])
            } else {
                result[result.count - 1].append(word)
            }
        }
        return result.filter { !$0.isEmpty }
    }

    /// A variable that tells a package manager where to look.
    private static func variable(_ pair: String, _ line: Int, _ file: inout DependencyFile) {
        let sides = pair.split(separator: "=", maxSplits: 1).map(String.init)
        guard sides.count == 2 else { return }
        for url in sides[1].split(separator: " ") {
            let entry = DependencyFile.Indexes.Entry(url: String(url), line: line)
            switch sides[0].uppercased() {
            case "PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "NPM_CONFIG_REGISTRY":
                file.indexes.primary.append(entry)
            case "PIP_EXTRA_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_INDEX", "PIP_FIND_LINKS":
                file.indexes.extra.append(entry)
            case "PIP_TRUSTED_HOST": file.indexes.trustedHosts.append(entry)
            default: return
            }
        }
    }

    private static func install(_ words: [String], _ line: Int, _ file: inout DependencyFile, depth: Int = 0) {
        var words = words[...]
        // What runs another command.
        while let first = words.first {
            if first.contains("="), !first.hasPrefix("-") {
                variable(first, line, &file)
            } else if !["sudo", "env", "time", "exec", "command", "nohup", "export", "set"].contains(first),
                !first.hasPrefix("-")
            {
                break
            }
            words = words.dropFirst()
        }
        let tool = words.first.map { $0.split(separator: "/").last.map(String.init) ?? $0 } ?? ""
        words = words.dropFirst()
        if ["sh", "bash", "zsh", "dash"].contains(tool), depth < 4 {
            if let index = words.firstIndex(where: { $0.hasPrefix("-") && $0.hasSuffix("c") }),
                index + 1 < words.endIndex
            {
                for command in commands(words[index + 1]) { install(command, line, &file, depth: depth + 1) }
            }
            return
        }
        if tool.hasPrefix("python") || tool == "{sys.executable}" || tool == "py" || tool == "$PYTHON" {
            guard let index = words.firstIndex(of: "-m"), words[index...].dropFirst().first == "pip" else { return }
            return pip(Array(words[(index + 2)...]), line, &file)
        }
        if tool == "pip" || tool.hasPrefix("pip3") || tool == "pip2" { return pip(Array(words), line, &file) }
        if tool == "uv" || tool == "poetry" || tool == "pdm" {
            if words.first == "pip" { return pip(Array(words.dropFirst()), line, &file) }
            if words.first == "add" { return pip(["install"] + words.dropFirst(), line, &file) }
            return
        }
        if tool == "pipx" || tool == "uvx" { return pip(["install"] + words.filter { $0 != "install" }, line, &file) }
        if ["conda", "mamba", "micromamba"].contains(tool) {
            // `conda run -n env pip install x` runs what follows.
            if words.first == "run", depth < 4 {
                let inner = words.dropFirst().firstIndex { ["pip", "pip3", "python", "python3", "uv"].contains($0) }
                if let inner { install(Array(words[inner...]), line, &file, depth: depth + 1) }
                return
            }
            return conda(Array(words), line, &file)
        }
        if tool == "npm" || tool == "yarn" || tool == "pnpm" { return node(Array(words), line, &file) }
        if tool == "apt-get" || tool == "apt" { return debian(Array(words), line, &file) }
        if tool == "easy_install" { return pip(["install"] + words, line, &file) }
    }

    private static func pip(_ words: [String], _ line: Int, _ file: inout DependencyFile) {
        guard let start = words.firstIndex(of: "install") ?? words.firstIndex(of: "download") else { return }
        var inner = DependencyFile(format: file.format, role: file.role)
        let rest = RequirementsReader.options(
            Array(words[..<start].filter { $0.hasPrefix("-") }) + Array(words[(start + 1)...]), line, &inner)
        for word in rest {
            // A variable stands for something that is not known here.
            if word.contains("$") || word.contains("{") || word == "." { continue }
            if let dependency = PythonRequirementLine.parse(word, line: line) { inner.dependencies.append(dependency) }
        }
        file.dependencies += inner.dependencies
        file.includes += inner.includes
        file.indexes.primary += inner.indexes.primary
        file.indexes.extra += inner.indexes.extra
        file.indexes.trustedHosts += inner.indexes.trustedHosts
        file.indexes.sourceBuilds += inner.indexes.sourceBuilds
    }

    private static func conda(_ words: [String], _ line: Int, _ file: inout DependencyFile) {
        guard let start = words.firstIndex(where: { $0 == "install" || $0 == "create" }) else { return }
        var skipsNext = false
        for word in words[(start + 1)...] {
            if skipsNext {
                skipsNext = false
            } else if word.hasPrefix("-") {
                skipsNext = ["-c", "--channel", "-n", "--name", "-p", "--prefix", "-f", "--file"].contains(word)
            } else if !word.contains("$"), !word.contains("{") {
                file.dependencies.append(PythonFileReaders.condaDependency(word, line: line))
            }
        }
    }

    private static func node(_ words: [String], _ line: Int, _ file: inout DependencyFile) {
        guard let verb = words.first, ["install", "i", "add"].contains(verb) else { return }
        for word in words.dropFirst() where !word.hasPrefix("-") && !word.contains("$") {
            let name: String
            var range: String?
            if let at = word.dropFirst().firstIndex(of: "@") {
                name = String(word[..<at])
                range = String(word[word.index(after: at)...])
            } else {
                name = word
            }
            var dependency = Dependency(.npm, name, requirement: range, line: line)
            if let origin = NodeReaders.origin(word) { dependency.origin = origin }
            dependency.version = range.flatMap { SemanticRequirement($0, dialect: .npm)?.pin == nil ? nil : $0 }
            file.dependencies.append(dependency)
        }
    }

    private static func debian(_ words: [String], _ line: Int, _ file: inout DependencyFile) {
        guard let start = words.firstIndex(of: "install") else { return }
        for word in words[(start + 1)...] where !word.hasPrefix("-") && !word.contains("$") {
            let parts = word.split(separator: "=", maxSplits: 1)
            guard let name = parts.first else { continue }
            var dependency = Dependency(
                .debian, String(name), version: parts.count == 2 ? String(parts[1]) : nil, line: line)
            dependency.requirement = dependency.version.map { "=" + $0 }
            file.dependencies.append(dependency)
        }
    }

    /// Install lines of a Jupyter notebook: `%pip`, `!pip`, `%conda`, also with `{sys.executable} -m`.
    static func notebook(_ root: DataNode) -> DependencyFile {
        var file = DependencyFile(format: "notebook", role: .application)
        let cells =
            root["cells"]?.elements ?? root["worksheets"]?.elements.flatMap { $0["cells"]?.elements ?? [] } ?? []
        for cell in cells where cell["cell_type"]?.string == "code" {
            guard let source = cell["source"] ?? cell["input"] ?? cell["code"] else { continue }
            // A source is a list of lines, or one text.
            let parts = source.isList ? source.elements : [source]
            var pending: [Substring] = []
            var isShell = false
            for part in parts {
                for raw in (part.string ?? "").split(whereSeparator: \.isNewline) {
                    let text = raw.trimmingWhitespace
                    if ["%%bash", "%%sh", "%%script bash", "%%script sh"].contains(where: { text.hasPrefix($0) }) {
                        isShell = true
                        continue
                    }
                    // `out = !pip install x` runs as well; bare `pip install x` is what automagic turns into `%pip`.
                    let call = text.firstRange(of: "= !").map { text[$0.upperBound...] } ?? text
                    let isCommand =
                        isShell || !pending.isEmpty || call.hasPrefix("!") || call.hasPrefix("%")
                        || call.hasPrefix("pip install ") || text.count > call.count
                    guard isCommand, pending.count < 1000 else { continue }
                    pending.append(call.hasSuffix("\\") ? call.dropLast() : call[...])
                    if call.hasSuffix("\\") { continue }
                    let command = pending.joined(separator: " ").drop { $0 == "!" || $0 == "%" }
                    pending = []
                    read(String(command.replacing("{sys.executable}", with: "python")), line: part.line, &file)
                }
            }
        }
        return file
    }

    /// `FROM` and install commands of a container file. Source: Dockerfile reference.
    static func containerFile(_ bytes: [UInt8]) -> DependencyFile {
        var file = DependencyFile(format: "Dockerfile", role: .application)
        var stages: Set<String> = []
        var current = ""
        var start = 0
        var heredoc: String?
        // A backtick continues a line only where the directive says so.
        let continuation =
            String(decoding: bytes.prefix(400), as: UTF8.self).lowercased().replacing(" ", with: "")
                .contains("#escape=`") ? "`" : "\\"
        let lines = String(decoding: bytes, as: UTF8.self)
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, raw) in lines.enumerated() {
            var text = raw.trimmingWhitespace
            if index == 0, text.hasPrefix("\u{FEFF}") { text = text.dropFirst() }
            if let end = heredoc {
                // Only `<<-` lets the end stand indented, and by tabs.
                if raw == end || raw.drop(while: { $0 == "\t" }) == end {
                    heredoc = nil
                    current = ""
                } else if text.hasSuffix("\\") {
                    current += text.dropLast() + " "
                } else {
                    read(current + text, line: index + 1, &file)
                    current = ""
                }
                continue
            }
            if text.isEmpty || text.hasPrefix("#") { continue }
            if current.isEmpty { start = index + 1 }
            if text.hasSuffix(continuation) {
                current += text.dropLast() + " "
                continue
            }
            current += text
            instruction(current, start, &stages, &heredoc, &file)
            current = ""
        }
        if !current.isEmpty { instruction(current, start, &stages, &heredoc, &file) }
        return file
    }

    private static func instruction(
        _ text: String, _ line: Int, _ stages: inout Set<String>, _ heredoc: inout String?, _ file: inout DependencyFile
    ) {
        let verb = text.prefix { $0 != " " && $0 != "\t" }.uppercased()
        var rest = text.dropFirst(verb.count).trimmingWhitespace
        switch verb {
        case "FROM":
            let words = rest.split(separator: " ").filter { !$0.hasPrefix("--") }
            guard let image = words.first, !image.contains("$"), image != "scratch",
                !stages.contains(image.lowercased())
            else { return note(words, &stages) }
            note(words, &stages)
            let parts = image.split(separator: "@", maxSplits: 1)
            let name = parts[0]
            let slash = name.lastIndex(of: "/") ?? name.startIndex
            let colon = name[slash...].lastIndex(of: ":")
            var dependency = Dependency(
                .docker, String(colon.map { name[..<$0] } ?? name),
                requirement: colon.map { String(name[name.index(after: $0)...]) }, line: line)
            if parts.count == 2 {
                dependency.hashes = [String(parts[1])]
                dependency.version = dependency.requirement ?? String(parts[1])
            }
            file.dependencies.append(dependency)
        case "RUN":
            while rest.hasPrefix("--") { rest = rest.drop { $0 != " " }.trimmingWhitespace }
            if let mark = rest.firstRange(of: "<<") {
                heredoc = String(rest[mark.upperBound...].prefix { $0 != " " }).trimmingCharacters("-'\"")
                return read(String(rest[..<mark.lowerBound]), line: line, &file)
            }
            if rest.hasPrefix("["), let node = try? DataNode.json(Array(rest.utf8)) {
                // The exec form; a shell's argument is a command of its own.
                let words = node.strings
                let isShell = words.count >= 3 && words[1].hasPrefix("-")
                return isShell ? read(words[2], line: line, &file) : install(words, line, &file)
            }
            read(String(rest), line: line, &file)
        case "ENV", "ARG":
            var pairs = ShellWords.split(rest)
            // The old form: a name, a space, the value.
            if pairs.count >= 2, !(pairs.first?.contains("=") ?? true) { pairs = ["\(pairs[0])=\(pairs[1])"] }
            for pair in pairs {
                variable(pair, line, &file)
            }
        default: break
        }
    }

    private static func note(_ words: [Substring], _ stages: inout Set<String>) {
        if words.count >= 3, words[1].lowercased() == "as" { stages.insert(words[2].lowercased()) }
    }
}
