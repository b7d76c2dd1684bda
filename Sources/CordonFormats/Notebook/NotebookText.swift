/// A cell of IPython cut into what Python reads and what goes to shells and magics (IPython documentation, "Built-in magic commands").
package struct NotebookText: Sendable {
    /// A line, or with a cell magic many, for a shell.
    package struct Command: Sendable {
        /// The command.
        package let text: String
        /// Counted from 1 within the cell.
        package let line: Int
    }

    /// The cell with other lines blanked, so that line numbers stay.
    package private(set) var python = ""
    /// Commands for a shell, in order.
    package private(set) var commands: [Command] = []
    /// The language that a cell magic gives the cell to, for example `javascript`.
    package private(set) var otherLanguage: String?

    /// Cuts a cell up.
    package init(_ source: String, language: String) {
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if language == "bash" || language == "sh" || language == "shell" {
            commands = Self.joined(lines, from: 1)
            return
        }
        let first = lines.firstIndex { !$0.allSatisfy(\.isWhitespace) && !$0.hasPrefix("#") } ?? 0
        if first < lines.count, lines[first].hasPrefix("%%") || lines[first].hasPrefix("!!") && lines.count == first + 1
        {
            if magic(lines[first], Array(lines[(first + 1)...]), at: first + 1) { return }
        }
        guard
            language.hasPrefix("python") || language.hasPrefix("ipython") || language.isEmpty
                || language.contains("conda")
        else {
            otherLanguage = language
            python = ""
            for (index, line) in lines.enumerated() where line.hasPrefix(";") {
                commands.append(Command(text: String(line.dropFirst()), line: index + 1))
            }
            return
        }
        cut(lines)
    }

    /// A magic for the whole cell; whether nothing of it is left for Python.
    private mutating func magic(_ head: String, _ rest: [String], at line: Int) -> Bool {
        let words = head.drop { $0 == "%" || $0 == "!" }.split(separator: " ").map(String.init)
        switch words.first ?? "" {
        case "bash", "sh", "system", "sx", "!", "cmd", "shell", "powershell", "zsh":
            commands = Self.joined(rest, from: line + 1)
            return true
        case "script":
            if words.dropFirst().contains(where: { ["bash", "sh", "zsh", "/bin/sh", "/bin/bash"].contains($0) }) {
                commands = Self.joined(rest, from: line + 1)
            } else {
                otherLanguage = "script"
            }
            return true
        case "javascript", "js", "html", "HTML", "svg", "latex", "markdown", "R", "perl", "ruby", "sql", "writefile",
            "cython", "julia":
            otherLanguage = words.first
            return true
        case "python", "python3", "pypy", "capture", "time", "timeit", "prun", "debug", "memit", "writetemplate":
            cut([""] + Array(repeating: "", count: line - 1) + rest)
            return true
        default: return false
        }
    }

    private mutating func cut(_ lines: [String]) {
        var kept: [String] = []
        kept.reserveCapacity(lines.count)
        var continued: (text: String, line: Int)?
        for (index, line) in lines.enumerated() {
            if let open = continued {
                let isOpen = line.hasSuffix("\\")
                let text = open.text + " " + (isOpen ? String(line.dropLast()) : line)
                kept.append("")
                if isOpen {
                    continued = (text, open.line)
                } else {
                    take(text, open.line)
                    continued = nil
                }
                continue
            }
            guard let command = Self.command(line) else {
                kept.append(line)
                continue
            }
            // Python sees a statement that does nothing, at the same depth.
            kept.append(String(line.prefix { $0 == " " || $0 == "\t" }) + "pass")
            if command.hasSuffix("\\") {
                continued = (String(command.dropLast()), index + 1)
            } else {
                take(command, index + 1)
            }
        }
        if let open = continued { take(open.text, open.line) }
        python = kept.joined(separator: "\n")
    }

    private mutating func take(_ command: String, _ line: Int) {
        commands.append(Command(text: command, line: line))
    }

    /// The command of a line: behind `!`, `%sx`, `%system`, `%pip` and the like, also as `name = !command`; other magics give none but are
    /// no Python either.
    private static func command(_ line: String) -> String? {
        let text = line.drop { $0 == " " || $0 == "\t" }
        guard let first = text.first else { return nil }
        if first == "!" { return String(text.drop { $0 == "!" }) }
        if first == "%" {
            let body = text.drop { $0 == "%" }
            let name = body.prefix { $0.isLetter || $0 == "_" || $0.isNumber }
            switch name {
            case "sx", "system", "cmd": return String(body.dropFirst(name.count)).trimmed
            case "pip", "conda", "mamba", "uv": return String(body)
            case "run", "load", "load_ext", "loadpy": return "%" + String(body)
            default: return ""
            }
        }
        let head = text.prefix(200)
        guard
            let mark = head.range(of: "= !") ?? head.range(of: "=!") ?? head.range(of: "= %sx ")
                ?? head.range(of: "= %system ")
        else { return nil }
        let target = text[..<mark.lowerBound]
        guard target.allSatisfy({ $0.isLetter || $0.isNumber || "_, ".contains($0) }),
            text[mark.upperBound...].first != "="
        else { return nil }
        return String(text[mark.upperBound...])
    }

    /// Lines of a shell, those that end in a backslash with the next ones.
    private static func joined(_ lines: [String], from line: Int) -> [Command] {
        var result: [Command] = []
        var open: Command?
        for (index, text) in lines.enumerated() {
            let trimmed = text.trimmed
            if trimmed.hasPrefix("#") { continue }
            let start = open ?? Command(text: "", line: line + index)
            let whole = start.text + (start.text.isEmpty ? "" : " ") + trimmed
            if trimmed.hasSuffix("\\") {
                open = Command(text: String(whole.dropLast()), line: start.line)
            } else {
                open = nil
                if !whole.isEmpty { result.append(Command(text: whole, line: start.line)) }
            }
        }
        if let open { result.append(open) }
        return result
    }
}

extension String {
    /// Without white space at both ends.
    fileprivate var trimmed: String {
        let start = drop { $0 == " " || $0 == "\t" || $0 == "\r" }
        var end = start
        while let last = end.last, last == " " || last == "\t" || last == "\r" { end = end.dropLast() }
        return String(end)
    }
}

extension Substring {
    /// The first occurrence of a short text.
    fileprivate func range(of text: String) -> Range<Substring.Index>? {
        var position = startIndex
        while position < endIndex {
            if self[position...].hasPrefix(text), let end = index(position, offsetBy: text.count, limitedBy: endIndex) {
                return position..<end
            }
            position = index(after: position)
        }
        return nil
    }
}
