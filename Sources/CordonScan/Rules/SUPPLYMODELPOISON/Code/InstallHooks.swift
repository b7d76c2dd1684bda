internal import CordonCore
internal import CordonFormats

/// Code that package managers and Python run by themselves: install commands of `setup.py`, scripts of `package.json`, `.pth` files,
/// `sitecustomize`.
enum InstallHooks {
    /// Commands of setuptools that a class may stand in for.
    private static let commands: Set<String> = [
        "install", "develop", "build_py", "build_ext", "build", "egg_info", "sdist", "bdist_wheel", "install_lib",
        "install_scripts",
        "editable_wheel", "build_hook", "BuildHookInterface", "MetadataHookInterface", "BuildHook",
    ]
    /// Functions that build back ends (PEP 517, PEP 660) have.
    private static let backEnd: Set<String> = [
        "build_wheel", "build_sdist", "build_editable", "get_requires_for_build_wheel", "get_requires_for_build_sdist",
        "prepare_metadata_for_build_wheel", "prepare_metadata_for_build_editable", "get_requires_for_build_editable",
    ]

    /// Looks at the functions that run at install.
    static func inspect(_ source: PythonSource, at spot: Spot, in inspection: Inspection) {
        let name = (spot.name ?? inspection.path).name.display
        let isSetup = isBuild(name)
        // Functions of the file that its own top level calls run as well.
        let called = isSetup ? Set(source.calls.lazy.filter { !$0.isDeferred }.map { "def " + $0.name }) : []
        for call in source.calls where call.isDeferred {
            guard acts(call) else { continue }
            let isCalled = call.context.contains { called.contains($0) }
            guard isCalled || isHook(call.context, isSetup: isSetup) else { continue }
            inspection.report(
                Rules.installHook, at: spot.line(call.line),
                "\(PrintableText.quoting(call.name, limit: 80)) runs when the package is built or installed",
                subject: "\(call.name) \(call.line)",
                confidence: .medium)
        }
        guard ["sitecustomize.py", "usercustomize.py"].contains(name) else { return }
        for call in source.calls where !call.isDeferred && (acts(call) || ["exec", "eval"].contains(call.name)) {
            inspection.report(
                Rules.installHook, at: spot.line(call.line),
                "\(PrintableText.quoting(call.name, limit: 80)) runs whenever Python starts",
                subject: "\(call.name) \(call.line)", severity: .high, confidence: .medium)
        }
    }

    /// Files that builds run.
    static func isBuild(_ name: String) -> Bool { ["setup.py", "build.py", "hatch_build.py"].contains(name) }

    private static func isHook(_ context: [String], isSetup: Bool) -> Bool {
        if context.contains(where: { text in backEnd.contains { text == "def " + $0 } }) { return true }
        return context.contains { text in
            guard text.hasPrefix("class "), let open = text.firstIndex(of: "(") else { return false }
            let bases = text[text.index(after: open)...].split { $0 == "," || $0 == ")" || $0 == " " }
            return bases.contains { base in
                commands.contains(String(base.split(separator: ".").last ?? ""))
                    || commands.contains(String(base.split(separator: "_").last ?? "")) && isSetup
            }
        }
    }

    private static func acts(_ call: PythonCall) -> Bool {
        CodeJudge.isProcess(call.name) || CodeJudge.isDownload(call.name) || call.name.hasPrefix("socket.")
            || ["exec", "eval"].contains(call.name)
                && call.positional.first.map { if case .text = $0.value { false } else { true } } ?? false
    }

    /// Lines of a `.pth` file that begin with `import` run whenever Python starts (CPython, `site` module).
    static func inspectPath(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        guard view.count < 1 << 20 else { return }
        let text = view.withSpan { $0.text(at: 0, count: view.count) } ?? ""
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where line.hasPrefix("import ") || line.hasPrefix("import\t") {
            let source = ByteView(copying: Array(line.utf8)).withSpan { PythonSource.read($0) }
            let isActive = source.calls.contains {
                acts($0) || ["exec", "eval", "compile"].contains($0.name) || CodeJudge.isDecoder($0.name)
            }
            inspection.report(
                Rules.installHook, at: spot.line(index + 1),
                "a line that runs whenever Python starts: '\(PrintableText.quoting(String(line), limit: 120))'",
                subject: String(line.prefix(200)), severity: isActive ? .high : .low,
                confidence: isActive ? .high : .medium)
        }
    }

    /// Scripts that npm runs by itself at install (npm-scripts, "Life Cycle Scripts").
    static func inspectPackage(_ root: JSONValue, _ view: ByteView, at spot: Spot, in inspection: Inspection) {
        guard let scripts = root["scripts"], scripts.isObject else { return }
        for (name, value) in scripts.members
        where ["preinstall", "install", "postinstall", "prepare", "preprepare", "postprepare"].contains(name) {
            guard let command = value.string, !command.isEmpty else { continue }
            let isHostile =
                ShellCommand.fetchesAndRuns(command) || ShellCommand.decodesAndRuns(command)
                || ShellCommand.handsOverShell(command) || command.contains("curl ") || command.contains("wget ")
            let runsCode =
                isHostile || command.contains("node -e") || command.contains("node --eval")
                || command.contains("python") || command.contains("bash") || command.contains("sh ")
                || command.hasPrefix("node ")
            let isBuild =
                name.contains("prepare")
                || [
                    "node-gyp", "husky", "patch-package", "prebuild-install", "ngcc", "tsc", "npm run build", "lerna",
                    "is-ci",
                ].contains { command.contains($0) }
            let severity: Severity = isHostile ? .high : runsCode && !isBuild ? .medium : .info
            inspection.report(
                Rules.installHook, at: spot.line(line(of: value, view)),
                "'\(name)' runs by itself: '\(PrintableText.quoting(command, limit: 120))'",
                subject: "\(name) \(command.prefix(150))", severity: severity, confidence: isHostile ? .high : .medium)
        }
    }

    private static func line(of value: JSONValue, _ view: ByteView) -> Int {
        var (line, position) = (1, 0)
        view.withSpan { bytes in
            while let next = bytes.firstIndex(of: 0x0A, from: position, to: value.offset) {
                line += 1
                position = next + 1
            }
        }
        return line
    }
}
