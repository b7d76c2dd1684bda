internal import CordonCore
internal import CordonFormats

/// Python source: loads that run code, code that is fetched or decoded, shells, downloads without a pin, and what runs on import or
/// install.
enum PythonInspector {
    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        guard CodeTriggers.shared.matches(view) else { return }
        // What a build calls at the top level runs whatever it defines, so all of it counts.
        let words = InstallHooks.isBuild((spot.name ?? inspection.path).name.display) ? nil : TellingWords.all
        let source = view.withSpan { PythonSource.read($0, telling: words) }
        report(source, isNotebook: false, in: inspection) { line, _ in spot.line(line) }
        InstallHooks.inspect(source, at: spot, in: inspection)
    }

    /// Reports what source does.
    ///
    /// - Parameter place: of a line in a part.
    static func report(_ source: PythonSource, isNotebook: Bool, in inspection: Inspection, place: (Int, Int) -> Place)
    {
        let isTest = inspection.isIllustration
        let isImported = !isNotebook && isImported(inspection.path)
        var fetched: Set<String> = []
        for call in source.calls {
            if CodeJudge.isProcess(call.name), let command = CodeJudge.command(call) {
                if let file = ShellCommand.runFile(command), fetched.contains(file) {
                    let place = place(call.line, call.part)
                    inspection.report(
                        Rules.pythonHiddenCode, at: place,
                        "\(PrintableText.quoting(call.name, limit: 80)) runs '\(PrintableText.quoting(file, limit: 80))', which was fetched before",
                        subject: subject(call.name, place), confidence: .medium)
                    continue
                }
                if let file = ShellCommand.fetchedFile(command) { fetched.insert(file) }
            }
            if let password = password(call), !isTest {
                let place = place(call.line, call.part)
                inspection.report(
                    Rules.secretAssigned, at: place,
                    "a password in the arguments of \(PrintableText.quoting(call.name, limit: 80)): … (\(password.count) characters)",
                    subject: "auth \(password.count)", confidence: .medium)
            }
            let judge = CodeJudge(call: call, isNotebook: isNotebook, isImported: isImported, isTest: isTest)
            for verdict in judge.verdicts() {
                let place = place(verdict.line ?? call.line, call.part)
                inspection.report(
                    verdict.rule, at: place, "\(PrintableText.quoting(call.name, limit: 80)) \(verdict.reason)",
                    subject: subject(call.name, place),
                    severity: verdict.severity, confidence: verdict.confidence)
            }
        }
        for setting in source.settings {
            guard let verdict = SettingJudge.judge(setting, isTest: isTest) else { continue }
            let place = place(setting.line, setting.part)
            inspection.report(
                verdict.rule, at: place, verdict.reason, subject: subject(setting.name, place),
                severity: verdict.severity,
                confidence: verdict.confidence)
        }
    }

    /// The password of `auth=("user", "password")` and of `HTTPBasicAuth("user", "password")`.
    private static func password(_ call: PythonCall) -> [UInt8]? {
        var texts: [String] = []
        if case .texts(let pair)? = call.argument("auth")?.value { texts = pair }
        if call.name.hasSuffix("BasicAuth") || call.name.hasSuffix("DigestAuth") {
            texts = call.positional.compactMap { if case .text(let text) = $0.value { text } else { nil } }
        }
        guard texts.count == 2 else { return nil }
        let value = Array(texts[1].utf8)
        let isWord =
            ["pass", "password", "passwd", "secret", "user"].contains(texts[1].lowercased()) || texts[0] == texts[1]
        guard value.count >= 8, !isWord, !Randomness.isExample(value), Randomness.entropy(value) >= 2.4 else {
            return nil
        }
        return value
    }

    /// Packages, hooks and what loaders import beside a model.
    private static func isImported(_ path: AssetPath) -> Bool {
        let name = path.name.display
        return [
            "setup.py", "conftest.py", "__init__.py", "sitecustomize.py", "usercustomize.py", "handler.py",
            "hubconf.py", "generate.py",
        ].contains(name)
            || [
                "modeling_", "configuration_", "tokenization_", "processing_", "pipeline_", "image_processing_",
                "feature_extraction_",
            ].contains { name.hasPrefix($0) }
            || path.display.contains("site-packages/")
    }

    /// Each place counts: the same call stands in many lines, and each has to be mended.
    private static func subject(_ name: String, _ place: Place) -> String {
        "\(name) \(place.cell.map { "cell \($0) " } ?? "")\(place.line ?? 0)"
    }
}
