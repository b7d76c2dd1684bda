internal import CordonCore
internal import CordonFormats

/// Jupyter notebooks: what their cells run, fetch and load, what is hidden, what their outputs hold and would run.
struct NotebookInspector {
    private let notebook: Notebook
    private let spot: Spot
    private let inspection: Inspection
    private let isTest: Bool
    /// Files that shell commands of earlier cells fetched.
    private var fetched: Set<String> = []

    private init(notebook: Notebook, spot: Spot, inspection: Inspection, isTest: Bool) {
        (self.notebook, self.spot, self.inspection, self.isTest) = (notebook, spot, inspection, isTest)
    }

    /// Inspects a notebook; `false` where the JSON is none.
    static func inspect(_ root: JSONValue, at spot: Spot, in inspection: Inspection) -> Bool {
        guard let notebook = Notebook(root) else { return false }
        var inspector = NotebookInspector(
            notebook: notebook, spot: spot, inspection: inspection,
            isTest: inspection.isIllustration)
        inspector.run()
        return true
    }

    private mutating func run() {
        var source = PythonSource(telling: TellingWords.all)
        var hidden: [Int: String] = [:]
        notebook.forEachCell { cell in
            guard cell.source.utf8.count <= Self.cellLimit else {
                inspection.skipped(
                    "\(self.spot.prefix)cell \(cell.number): \(cell.source.utf8.count) bytes, more than \(Self.cellLimit)"
                )
                return true
            }
            inspectText(cell)
            if cell.kind == .code {
                if let reason = cell.hiddenBy { hidden[cell.number] = reason }
                inspectCode(cell, &source)
            } else {
                ActiveMarkup.inspect(cell.source, at: place(cell.number), isOutput: false, in: inspection)
            }
            for output in cell.outputs { inspectOutput(output, cell.number) }
            return !inspection.isExpired
        }
        let (spot, own) = (spot, inspection)
        reportMagics(source)
        PythonInspector.report(source, isNotebook: true, in: own) { line, cell in
            Place(member: spot.member, line: line, cell: cell)
        }
        reportHidden(hidden, source)
        if let metadata = notebook.metadata { inspectMetadata(metadata) }
    }

    /// Nobody writes cells of megabytes.
    private static let cellLimit = 4 << 20

    private func place(_ cell: Int, line: Int? = nil, output: Int? = nil) -> Place {
        Place(member: spot.member, line: line, cell: cell, element: output.map { "output \($0)" })
    }

    // MARK: Code

    private mutating func inspectCode(_ cell: NotebookCell, _ source: inout PythonSource) {
        let language = cell.language ?? notebook.language ?? ""
        let text = NotebookText(cell.source, language: language)
        for command in text.commands { inspectCommand(command, cell, source) }
        if text.otherLanguage == nil {
            source.read(Array(text.python.utf8), part: cell.number)
        } else {
            inspectOther(cell, text.otherLanguage ?? "")
        }
    }

    /// The file that a magic or a shell command runs.
    private func runFile(_ text: String) -> String? {
        guard text.hasPrefix("%run") else { return ShellCommand.runFile(text) }
        return text.split(separator: " ").dropFirst().first { !$0.hasPrefix("-") }.map(String.init)
    }

    private mutating func inspectCommand(_ command: NotebookText.Command, _ cell: NotebookCell, _ source: PythonSource)
    {
        let text = command.text
        let shown = PrintableText.quoting(text, limit: 100)
        let place = place(cell.number, line: command.line)
        let subject = "cell \(cell.number) \(text.prefix(120))"
        if ShellCommand.fetchesAndRuns(text) || ShellCommand.decodesAndRuns(text) || ShellCommand.handsOverShell(text) {
            inspection.report(Rules.notebookShell, at: place, "'\(shown)'", subject: subject)
        } else if text.hasPrefix("%run") || text.hasPrefix("%load"), text.contains("://") {
            inspection.report(Rules.notebookShell, at: place, "'\(shown)' runs what an address gives", subject: subject)
        } else if let file = runFile(text),
            fetched.contains(file) || source.origins(ofFile: file).contains(where: CodeJudge.isDownload)
        {
            inspection.report(
                Rules.notebookShell, at: place, "'\(shown)' runs a file that the notebook fetched", subject: subject)
        }
        if let file = ShellCommand.fetchedFile(text) { fetched.insert(file) }
        if ShellCommand.skipsCertificates(text) {
            inspection.report(Rules.pythonTLS, at: place, "'\(shown)' does not check who answers", subject: subject)
        }
        if hasValues(text) {
            inspection.report(
                Rules.pythonShell, at: place, "'\(shown)' puts values into a shell's command", subject: subject,
                severity: .low, confidence: .low)
        }
    }

    /// `{expression}` and `$variable` of IPython; not awk's braces, not shell variables in capitals.
    private func hasValues(_ command: String) -> Bool {
        guard !command.hasPrefix("pip") else { return false }
        var rest = Substring(command)
        while let open = rest.firstIndex(of: "{") {
            let inner = rest[rest.index(after: open)...].prefix { $0 != "}" }
            if !inner.isEmpty, inner.count < 60,
                inner.allSatisfy({ $0.isLetter || $0.isNumber || "_.[]'\"()".contains($0) }), !inner.contains("print")
            {
                return true
            }
            rest = rest[rest.index(after: open)...]
        }
        return false
    }

    /// R and Julia: sources and shells by the words of their lines.
    private func inspectOther(_ cell: NotebookCell, _ language: String) {
        guard ["r", "ir", "julia", "R"].contains(where: { language.hasPrefix($0) }) else {
            if ["javascript", "js", "html", "HTML"].contains(language) {
                ActiveMarkup.inspectScript(cell.source, at: place(cell.number), in: inspection)
            }
            return
        }
        for (index, line) in cell.source.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where line.utf8.count < 4000 {
            let text = line.drop { $0 == " " || $0 == "\t" }
            if text.hasPrefix("#") { continue }
            let fetches =
                text.contains("http://") || text.contains("https://") || text.contains("download(")
                || text.contains("url(")
            let runs = ["source(", "include(", "eval(parse(", "sys.source(", "include_string("].contains {
                text.contains($0)
            }
            let piped = text.contains("pipeline(") ? text.map { $0 == "," ? "|" : $0 == "`" ? " " : $0 } : Array(text)
            let isShell =
                ["system(", "system2(", "run(`", "shell(", "run(pipeline("].contains { text.contains($0) }
                && ShellCommand.fetchesAndRuns(String(piped))
            let loads =
                text.contains("readRDS(") || text.contains("load(") || text.contains("deserialize(")
                || text.contains("unserialize(")
            let where_ = place(cell.number, line: index + 1)
            if isShell || fetches && runs {
                inspection.report(
                    Rules.notebookShell, at: where_, "'\(PrintableText.quoting(String(text), limit: 100))'",
                    subject: "cell \(cell.number) \(index)")
            } else if loads, fetches {
                inspection.report(
                    Rules.pythonLoad, at: where_,
                    "'\(PrintableText.quoting(String(text), limit: 100))' loads objects from an address",
                    subject: "cell \(cell.number) \(index)")
            }
        }
    }

    /// `get_ipython().run_cell_magic("bash", "", …)`, which `%%bash` becomes when a notebook is exported.
    private func reportMagics(_ source: PythonSource) {
        for call in source.calls where call.name.hasSuffix("run_cell_magic") || call.name.hasSuffix("run_line_magic") {
            let texts = call.positional.compactMap { if case .text(let text) = $0.value { text } else { nil } }
            guard let kind = texts.first, ["bash", "sh", "script", "sx", "system", "cmd"].contains(kind),
                let command = texts.dropFirst().first(where: {
                    ShellCommand.fetchesAndRuns($0) || ShellCommand.decodesAndRuns($0)
                        || ShellCommand.handsOverShell($0)
                })
            else { continue }
            inspection.report(
                Rules.notebookShell, at: place(call.part, line: call.line),
                "'\(PrintableText.quoting(command, limit: 100))'",
                subject: "cell \(call.part) \(command.prefix(120))")
        }
    }

    // MARK: What is hidden

    /// A hidden cell is reported where it does something that should be seen.
    private func reportHidden(_ hidden: [Int: String], _ source: PythonSource) {
        guard !hidden.isEmpty else { return }
        var acting: [Int: String] = [:]
        for call in source.calls where hidden[call.part] != nil && acting[call.part] == nil {
            let isActive =
                CodeJudge.isProcess(call.name) || CodeJudge.isDownload(call.name)
                || CodeJudge(call: call, isNotebook: true, isImported: false, isTest: false).verdicts().contains {
                    ($0.severity ?? $0.rule.severity) >= .medium
                }
                || ["exec", "eval", "socket.create_connection", "socket.socket", "requests.put"].contains(call.name)
            if isActive { acting[call.part] = call.name }
        }
        notebook.forEachCell { cell in
            guard acting[cell.number] == nil, hidden[cell.number] != nil, cell.kind == .code else { return true }
            let text = NotebookText(cell.source, language: cell.language ?? notebook.language ?? "")
            if let command = text.commands.first(where: {
                ShellCommand.fetchesAndRuns($0.text) || $0.text.contains("curl ") || $0.text.contains("wget ")
            }) {
                acting[cell.number] = PrintableText.quoting(command.text, limit: 60)
            }
            return true
        }
        for (cell, action) in acting.sorted(by: { $0.key < $1.key }) {
            inspection.report(
                Rules.notebookHidden, at: place(cell),
                "hidden by \(hidden[cell] ?? "its metadata"), and it calls \(PrintableText.quoting(action, limit: 80))",
                subject: "cell \(cell)", confidence: .medium)
        }
    }

    // MARK: Text

    private func inspectText(_ cell: NotebookCell) {
        if cell.kind == .code {
            Array(cell.source.utf8).withUnsafeBufferPointer { bytes in
                TextTricks.inspect(bytes, in: inspection) { line in place(cell.number, line: line) }
            }
        }
        let view = ByteView(copying: Array(cell.source.utf8))
        let isPython = (cell.language ?? notebook.language ?? "python").contains("python")
        SecretInspector.inspect(
            view, .init(spot: spot, cell: cell.number), allowsBare: cell.kind != .code || !isPython, in: inspection)
        PersonalDataInspector.inspectText(view, at: place(cell.number), countsLines: true, in: inspection)
    }

    private func inspectOutput(_ output: NotebookOutput, _ cell: Int) {
        let place = place(cell, output: output.number)
        for (type, text) in output.texts {
            switch type {
            case "application/javascript", "text/javascript":
                ActiveMarkup.inspectScript(text, at: place, in: inspection)
            case "text/html", "image/svg+xml", "text/markdown":
                ActiveMarkup.inspect(text, at: place, isOutput: true, in: inspection)
            default:
                if type.contains("widget") || type.contains("vega") || type.hasSuffix("+json") {
                    ActiveMarkup.inspectData(text, at: place, in: inspection)
                }
            }
            let view = ByteView(copying: Array(text.utf8))
            SecretInspector.inspect(
                view, .init(spot: spot, element: "output \(output.number)", cell: cell, hasLines: false),
                allowsBare: true, in: inspection)
            if ["text/plain", "text/html", "text/markdown"].contains(type) {
                PersonalDataInspector.inspectOutput(view, isMarkup: type == "text/html", at: place, in: inspection)
            }
        }
    }

    /// Metadata that pages show: titles, authors, the state of widgets.
    private func inspectMetadata(_ metadata: JSONValue) {
        for (key, value) in metadata.members where key != "language_info" {
            let text = String(decoding: value.source.prefix(4 << 20), as: UTF8.self)
            if key == "kernelspec", ShellCommand.fetchesAndRuns(text) {
                inspection.report(
                    Rules.notebookShell, at: Place(member: spot.member, element: "metadata.kernelspec"),
                    "a kernel whose name is a command", subject: "kernelspec")
            }
            SecretInspector.inspect(
                ByteView(copying: Array(text.utf8)),
                .init(spot: spot, element: "metadata.\(PrintableText.quoting(key, limit: 40))", hasLines: false),
                allowsBare: true,
                in: inspection)
            ActiveMarkup.inspectData(
                text, at: Place(member: spot.member, element: "metadata.\(PrintableText.quoting(key, limit: 40))"),
                in: inspection)
        }
    }
}
