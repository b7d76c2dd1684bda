internal import CordonCore
internal import CordonFormats

/// Python files beside a model: what they do as soon as they are imported.
///
/// Loaders that trust remote code import these files; code in functions runs later, if ever, and is not judged here.
enum PythonInspector {
    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let source = view.withSpan { PythonSource.read($0) }
        for call in source.calls {
            guard let (rule, reason) = judge(call) else { continue }
            inspection.report(
                rule, at: spot.line(call.line), "\(call.name) \(reason)", subject: call.name, confidence: .medium)
        }
        inspection.skipped("\(spot.prefix)Python source: only what runs on import was looked at")
    }

    private static func judge(_ call: PythonCall) -> (Rule, String)? {
        if runners.contains(call.name), let source = call.statement.first(where: isDecoder) {
            return (Rules.pythonHiddenCode, "runs what \(PrintableText.quoting(source, limit: 60)) returns")
        }
        return isProcess(call.name) ? (Rules.pythonProgram, "runs a program") : nil
    }

    private static let runners: Set<String> = [
        "exec", "eval", "builtins.exec", "builtins.eval", "__builtins__.exec", "__builtins__.eval", "pickle.loads",
        "cPickle.loads",
        "dill.loads", "cloudpickle.loads", "types.FunctionType", "runpy.run_path",
    ]

    private static func isDecoder(_ name: String) -> Bool {
        let last = name.split(separator: ".").last ?? ""
        return [
            "b64decode", "b32decode", "b16decode", "b85decode", "a85decode", "unhexlify", "fromhex", "decompress",
            "urlopen", "urlretrieve",
        ]
        .contains(last)
            || ["requests.get", "requests.post", "codecs.decode", "marshal.loads", "httpx.get"].contains(name)
    }

    private static func isProcess(_ name: String) -> Bool {
        let exact: Set<String> = [
            "os.system", "os.popen", "os.posix_spawn", "os.posix_spawnp", "os.startfile", "pty.spawn", "posix.system",
            "nt.system",
            "platform.popen", "asyncio.create_subprocess_shell", "asyncio.create_subprocess_exec",
        ]
        return exact.contains(name) || name.hasPrefix("subprocess.") && name.split(separator: ".").count == 2
            || name.hasPrefix("os.exec") || name.hasPrefix("os.spawn") || name.hasPrefix("commands.get")
    }
}

/// Rules about Python source.
extension Rules {
    static let code: [Rule] = [pythonHiddenCode, pythonProgram]

    static let pythonHiddenCode = Rule(
        id: "CORDON-PYS-001", title: "Python file runs hidden code when imported", severity: .high,
        why:
            "The code is decoded or fetched and run at once; whoever imports the file, or lets a loader do it, runs it.",
        remedy: "Do not import it; decode it somewhere safe if you have to know what it does.",
        limits: "Code in functions, names that are computed, and code run over several statements.", cwe: [506, 94])
    static let pythonProgram = Rule(
        id: "CORDON-PYS-002", title: "Python file runs a program when imported", severity: .medium,
        why: "Importing the file, or letting a loader that trusts remote code do it, starts the program.",
        remedy: "Read the line; build scripts do this honestly, model code has no reason to.",
        limits: "Code in functions, and programs started by other libraries.", cwe: [829, 78])
}
