internal import CordonCore
internal import CordonFormats

/// Shell scripts, container files and build files: lines that run what they fetch, and checks of certificates that are turned off.
enum ScriptInspector {
    /// By name, or by the first line.
    static func matches(_ view: ByteView, _ name: AssetPath) -> Bool {
        let lower = name.display.lowercased()
        if ["sh", "bash", "zsh", "ksh", "mk", "dockerfile"].contains(name.pathExtension)
            || [
                "dockerfile", "containerfile", "makefile", "justfile", ".bashrc", ".profile", ".zshrc",
                "pyproject.toml",
            ].contains(lower)
            || lower.hasPrefix("dockerfile.")
        {
            return true
        }
        return view.withSpan { bytes in
            let line = bytes.text(0..<(bytes.firstIndex(of: 0x0A, from: 0, to: 200) ?? 0), limit: 100)
            return line.hasPrefix("#!")
                && ["sh", "bash", "zsh", "dash", "ksh"].contains {
                    line.hasSuffix("/" + $0) || line.contains("/\($0) ") || line.hasSuffix("env " + $0)
                }
        }
    }

    /// Looks at each logical line of at most 2 MiB.
    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let text = view.withSpan { $0.text(at: 0, count: min($0.byteCount, 2 << 20)) } ?? ""
        let isProject = (spot.name ?? inspection.path.name).display == "pyproject.toml"
        var open: (text: String, line: Int)?
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = raw.drop { $0 == " " || $0 == "\t" || $0 == "@" }
            if line.hasPrefix("#") || line.utf8.count > 8000 { continue }
            let start = open ?? ("", index + 1)
            let whole = start.text + (start.text.isEmpty ? "" : " ") + (line.hasSuffix("\\") ? line.dropLast() : line)
            if line.hasSuffix("\\"), whole.utf8.count < 16_000 {
                open = (whole, start.line)
                continue
            }
            open = nil
            if isProject {
                projectLine(whole, start.line, at: spot, in: inspection)
            } else {
                judge(whole, start.line, at: spot, in: inspection)
            }
        }
    }

    private static func judge(_ command: String, _ line: Int, at spot: Spot, in inspection: Inspection) {
        let shown = PrintableText.quoting(command, limit: 120)
        if ShellCommand.fetchesAndRuns(command) || ShellCommand.decodesAndRuns(command)
            || ShellCommand.handsOverShell(command)
        {
            // Installers are run that way everywhere; whoever reads a script should know, and a scan of a tree should not stop.
            inspection.report(
                Rules.scriptFetches, at: spot.line(line), "'\(shown)'", subject: String(command.prefix(160)),
                severity: ShellCommand.handsOverShell(command) ? .high : nil)
        }
        if ShellCommand.skipsCertificates(command) {
            inspection.report(
                Rules.pythonTLS, at: spot.line(line), "'\(shown)' does not check who answers",
                subject: String(command.prefix(160)))
        }
    }

    /// A build back end of the project's own runs at install (PEP 517, "In-tree build backends").
    private static func projectLine(_ text: String, _ line: Int, at spot: Spot, in inspection: Inspection) {
        guard text.hasPrefix("backend-path") else { return }
        inspection.report(
            Rules.installHook, at: spot.line(line),
            "a build back end inside of the project: '\(PrintableText.quoting(text, limit: 80))'",
            subject: "backend-path", severity: .low)
    }
}

extension Rules {
    static let scriptFetches = Rule(
        id: "CORDON-PYS-013", title: "Script runs what it fetches or decodes", severity: .medium,
        why: "Whoever answers the request runs commands with the rights of whoever runs the script.",
        remedy: "Fetch to a file, compare its hash, and only then run it.",
        limits: "Commands that are put together from variables, and what fetched files do.", cwe: [494])
}
