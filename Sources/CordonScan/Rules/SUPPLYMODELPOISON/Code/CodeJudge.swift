internal import CordonCore
internal import CordonFormats

/// What a call in Python source means for whoever runs it.
struct CodeJudge {
    /// A rule that a call breaks, and in words how.
    struct Verdict {
        let rule: Rule
        let reason: String
        var severity: Severity?
        var confidence: Confidence = .medium
        /// For calls whose telling argument stands on a line of its own.
        var line: Int?
    }

    let call: PythonCall
    /// Whether the code is a notebook's: then everything runs, functions included sooner or later.
    let isNotebook: Bool
    /// Whether others import the file: a package, code beside a model, a hook.
    let isImported: Bool
    /// Whether the code is a test: loads there mostly try the loader.
    let isTest: Bool
    /// The last part of the call's name.
    private let last: String
    /// Whether it starts a program.
    private let isProcess: Bool

    init(call: PythonCall, isNotebook: Bool, isImported: Bool, isTest: Bool) {
        (self.call, self.isNotebook, self.isImported, self.isTest) = (call, isNotebook, isImported, isTest)
        last = Self.lastPart(call.name)
        isProcess = Self.isProcess(call.name)
    }

    /// What stands behind the last dot.
    static func lastPart(_ name: String) -> String {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return name }
        return String(name[name.utf8.index(after: dot)...])
    }

    /// All rules that the call breaks, the worst first; mostly none.
    func verdicts() -> [Verdict] {
        var found: [Verdict] = []
        if let verdict = execution() { found.append(verdict) }
        if let verdict = load() { found.append(isTest ? lowered(verdict) : verdict) }
        if let verdict = download() { found.append(verdict) }
        if let verdict = shell() { found.append(verdict) }
        if let verdict = transport() { found.append(verdict) }
        if let verdict = leak() { found.append(verdict) }
        return found
    }

    private func lowered(_ verdict: Verdict) -> Verdict {
        var copy = verdict
        copy.severity = .low
        return copy
    }

    // MARK: Code that is fetched, decoded or asked for

    private func execution() -> Verdict? {
        let isRunner = Self.runners.contains(call.name)
        if isRunner {
            let sources = call.origins.union(call.statement).subtracting([call.name])
            // A pickle that is decompressed is a load like others; one that is fetched is not.
            let isPickle = last == "loads" && !call.name.hasPrefix("marshal")
            if isPickle, isCopy { return nil }
            if let source = (isPickle ? nil : sources.first(where: Self.isDecoder))
                ?? sources.first(where: Self.isDownload)
            {
                return Verdict(rule: Rules.pythonHiddenCode, reason: "runs what \(shown(source)) returns")
            }
            if call.name.hasSuffix("eval") || call.name.hasSuffix("exec"),
                let source = call.origins.first(where: Self.isInput)
            {
                return Verdict(rule: Rules.pythonInput, reason: "runs what \(shown(source)) returns")
            }
        }
        guard isProcess || isNotebook && Self.magics.contains(last)
        else { return nil }
        if let source = commandOrigins.first(where: { Self.isDownload($0) || Self.isDecoder($0) }) {
            return Verdict(rule: Rules.pythonHiddenCode, reason: "runs a program with what \(shown(source)) returns")
        }
        if let command,
            ShellCommand.fetchesAndRuns(command) || ShellCommand.decodesAndRuns(command)
                || ShellCommand.handsOverShell(command)
        {
            return Verdict(
                rule: Rules.pythonHiddenCode,
                reason: "runs what it fetches: \(PrintableText.quoting(command, limit: 80))")
        }
        return call.isDeferred || isNotebook
            ? nil : Verdict(rule: Rules.pythonProgram, reason: "runs a program", severity: programSeverity)
    }

    /// What the command and its input were made from; the environment and where the output goes do not count.
    private var commandOrigins: Set<String> {
        let given: Set<String?> = [nil, "args", "cmd", "command", "executable", "program", "input", "**"]
        let command = call.argument("args") ?? call.positional.first
        let isReader = command?.program.map { Self.readers.contains(Self.fileName($0)) } ?? false
        return call.arguments.reduce(into: []) { result, argument in
            if given.contains(argument.keyword), !isReader || argument.keyword == "input" {
                result.formUnion(argument.origins)
            }
        }
    }

    /// Programs that unpack, convert or show what they are given, and run nothing of it.
    private static let readers: Set<String> = [
        "gunzip", "gzip", "zcat", "bunzip2", "bzip2", "xz", "unxz", "zstd", "unzip", "ffmpeg", "ffprobe", "sox",
        "convert", "mv", "cp", "rm", "ls", "cat", "file", "wc", "head", "tail", "diff", "md5sum", "sha1sum",
        "sha256sum", "sha512sum", "shasum", "pdftotext", "dot",
    ]

    private static func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    /// The command, where it is written out: as a text or as a list of words.
    private var command: String? { Self.command(call) }

    static func command(_ call: PythonCall) -> String? {
        switch (call.argument("args") ?? call.positional.first)?.value {
        case .text(let text): text
        case .texts(let words): words.joined(separator: " ")
        default: nil
        }
    }

    /// Model code, packages and hooks are imported by others; a script starts programs because somebody runs it.
    private var programSeverity: Severity? {
        if isImported { return nil }
        return command != nil || call.name.hasPrefix("subprocess.") && !call.isTrue("shell") ? .info : .low
    }

    static let runners: Set<String> = [
        "exec", "eval", "builtins.exec", "builtins.eval", "__builtins__.exec", "__builtins__.eval", "pickle.loads",
        "cPickle.loads", "dill.loads", "cloudpickle.loads", "types.FunctionType", "runpy.run_path", "execfile",
        "marshal.loads",
        "importlib.util.spec_from_file_location", "compile",
    ]

    // MARK: Loads that run code

    private func load() -> Verdict? {
        if let verdict = keyed() { return verdict }
        guard let loader = Self.loaders[call.name] else { return nil }
        if isCopy { return nil }
        let source = call.origins.first(where: Self.isDownload)
        let from = source.map { " what \(shown($0)) fetched" } ?? ""
        return Verdict(
            rule: Rules.pythonLoad, reason: "\(loader)\(from.isEmpty ? "" : ", and it loads" + from)",
            severity: source == nil ? nil : .high)
    }

    /// Whether it reads what the same library has just written: a copy, not a load.
    private var isCopy: Bool {
        let module = call.name.split(separator: ".").dropLast().joined(separator: ".")
        return call.origins.contains {
            $0.hasPrefix(module + ".dump") || $0 == module + ".packb" || $0 == module + ".encode"
        }
    }

    static let loaders: [String: String] = {
        var result: [String: String] = [:]
        for module in ["pickle", "cPickle", "_pickle", "pickle5", "dill", "cloudpickle", "six.moves.cPickle", "hickle"]
        {
            for name in ["load", "loads", "Unpickler"] { result["\(module).\(name)"] = "runs whatever the pickle says" }
        }
        for name in [
            "joblib.load", "sklearn.externals.joblib.load", "pandas.read_pickle", "shelve.open", "dill.load_session",
            "dill.load_module",
            "jsonpickle.decode", "jsonpickle.loads", "pandas.compat.pickle_compat.load", "fickling.load",
            "mlflow.pyfunc.load_model_from_pickle",
            "torch.package.PackageImporter", "torch.serialization._legacy_load",
        ] {
            result[name] = "runs whatever the file says"
        }
        for name in ["marshal.load", "marshal.loads"] { result[name] = "reads code objects without any check" }
        for name in ["yaml.unsafe_load", "yaml.unsafe_load_all", "ruamel.yaml.unsafe_load"] {
            result[name] = "makes any Python object"
        }
        return result
    }()

    /// Loaders that a keyword makes safe or unsafe.
    private func keyed() -> Verdict? {
        switch call.name {
        case "torch.load", "torch.serialization.load":
            if call.isTrue("weights_only") { return nil }
            let isOff = call.isFalse("weights_only")
            if !isOff, let argument = call.argument("weights_only"), argument.value != .constant("None") {
                return Verdict(
                    rule: Rules.pythonTorchLoad, reason: "with weights_only decided elsewhere", severity: .low,
                    confidence: .low)
            }
            let source = call.origins.first(where: Self.isDownload)
            return Verdict(
                rule: Rules.pythonTorchLoad,
                reason: (isOff
                    ? "with weights_only=False runs whatever the file says"
                    : "without weights_only: safe from PyTorch 2.6 on only")
                    + (source.map { ", and it loads what \(shown($0)) fetched" } ?? ""),
                severity: source != nil ? .high : nil, confidence: isOff ? .high : .medium,
                line: isOff ? call.argument("weights_only")?.line : nil)
        case "yaml.load", "yaml.load_all", "ruamel.yaml.load":
            let loader = call.argument("Loader") ?? call.positional.dropFirst().first
            if case .name(let name)? = loader?.value, name.contains("Safe") || name.contains("Base") { return nil }
            if let loader, case .other = loader.value { return nil }
            return Verdict(
                rule: Rules.pythonYAML,
                reason: loader == nil
                    ? "without a safe loader makes any Python object" : "with this loader makes Python objects",
                severity: isFullLoader(loader) ? .low : nil)
        case "ruamel.yaml.YAML":
            guard case .text(let kind)? = (call.argument("typ") ?? call.positional.first)?.value, kind == "unsafe"
            else {
                return nil
            }
            return Verdict(rule: Rules.pythonYAML, reason: "with typ=\"unsafe\" makes any Python object")
        case "numpy.load", "np.load":
            guard call.isTrue("allow_pickle") || call.positional.dropFirst(2).first?.value == .constant("True") else {
                return nil
            }
            return Verdict(
                rule: Rules.pythonNumPy, reason: "with allow_pickle=True runs whatever the file says",
                line: call.argument("allow_pickle")?.line)
        case "torch.hub.load":
            if case .text(let source)? = call.argument("source")?.value, source == "local" { return nil }
            let isPinned =
                call.positional.first.map { argument in
                    if case .text(let text) = argument.value {
                        return text.contains(":")
                            && text.split(separator: ":").last.map { $0.count >= 7 && $0.allSatisfy(\.isHexDigit) }
                                ?? false
                    }
                    return false
                } ?? false
            return isPinned
                ? nil : Verdict(rule: Rules.pythonRemoteCode, reason: "runs code of a repository that can change")
        default: break
        }
        if call.isFalse("safe_mode") {
            return Verdict(
                rule: Rules.pythonLoad, reason: "with safe_mode=False runs code in the model",
                line: call.argument("safe_mode")?.line)
        }
        if call.name.hasSuffix("enable_unsafe_deserialization") {
            return Verdict(rule: Rules.pythonLoad, reason: "lets Keras models run code")
        }
        return nil
    }

    private func isFullLoader(_ loader: PythonArgument?) -> Bool {
        if case .name(let name)? = loader?.value { return name.hasSuffix("FullLoader") }
        return false
    }

    // MARK: Downloads

    static let hubs: Set<String> = ["from_pretrained", "hf_hub_download", "snapshot_download", "load_dataset"]
    static let plainDownloads: Set<String> = [
        "urllib.request.urlretrieve", "urllib.urlretrieve", "wget.download", "gdown.download", "gdown.cached_download",
    ]
    static let shells: Set<String> = [
        "os.system", "os.popen", "commands.getoutput", "commands.getstatusoutput", "subprocess.getoutput",
        "subprocess.getstatusoutput", "asyncio.create_subprocess_shell",
    ]
    private static let magics: Set<String> = ["system", "getoutput", "getoutputs"]
    private static let webVerbs: Set<String> = [
        "get", "post", "put", "request", "Session", "Client", "AsyncClient", "head", "patch", "client", "resource",
    ]
    private static let webNames = [
        "requests", "httpx", "aiohttp", "urllib3", "session", "client", "tornado", "hvac", "boto3", "elasticsearch",
        "opensearchpy",
    ]

    private func download() -> Verdict? {
        let name = last
        if Self.hubs.contains(name) {
            let repository =
                call.argument("repo_id") ?? call.argument("pretrained_model_name_or_path") ?? call.argument("path")
                ?? call.positional.first
            guard case .text(let id)? = repository?.value, Self.isRepository(id), !isPinned else { return nil }
            return Verdict(
                rule: Rules.pythonUnpinned,
                reason: "takes what '\(PrintableText.quoting(id, limit: 80))' holds at the time: no revision")
        }
        if name == "load_state_dict_from_url" || name == "load_url" && call.name.hasSuffix("model_zoo.load_url") {
            return call.isTrue("check_hash")
                ? nil
                : Verdict(
                    rule: Rules.pythonUnpinned, reason: "without check_hash takes what the address gives",
                    severity: .low)
        }
        guard Self.plainDownloads.contains(call.name), call.argument("hash") == nil, call.argument("md5") == nil else {
            return nil
        }
        return Verdict(
            rule: Rules.pythonUnpinned, reason: "takes what the address gives: no hash", severity: isData ? .info : nil)
    }

    /// Whether the names say that tables, texts or pictures are fetched, which nothing runs.
    private var isData: Bool {
        call.arguments.contains { argument in
            guard case .text(let text) = argument.value else { return false }
            let ending = text.split(separator: ".").last.map(String.init)?.lowercased() ?? ""
            return [
                "csv", "tsv", "txt", "json", "jsonl", "parquet", "jpg", "jpeg", "png", "gif", "xml", "md", "wav", "mp3",
                "mp4", "pdf", "xlsx", "xls", "data", "names", "html", "geojson", "shp", "nc", "fits",
            ].contains(ending)
        }
    }

    /// A commit, not a branch or a tag.
    private var isPinned: Bool {
        guard let revision = call.argument("revision") else { return false }
        guard case .text(let text) = revision.value else { return true }
        return text.count >= 7 && text.allSatisfy(\.isHexDigit)
    }

    private static func isRepository(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, !text.hasPrefix("."), !text.hasPrefix("/") else { return false }
        return parts.allSatisfy {
            !$0.isEmpty && $0.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == "." }
        }
    }

    // MARK: Shells

    private func shell() -> Verdict? {
        let isOSCall = Self.shells.contains(call.name)
        guard isOSCall || isProcess && call.isTrue("shell") else { return nil }
        guard let command = call.argument("args") ?? call.argument("cmd") ?? call.positional.first else { return nil }
        switch command.value {
        case .composed:
            return Verdict(
                rule: Rules.pythonShell, reason: "puts values into a command that a shell reads",
                severity: isTest ? .low : nil)
        case .name:
            return Verdict(
                rule: Rules.pythonShell, reason: "gives a shell a command from elsewhere", severity: .low,
                confidence: .low)
        default: return nil
        }
    }

    // MARK: Transport

    private func transport() -> Verdict? {
        if isProcess || ["system", "getoutput", "run_cmd"].contains(last), let command,
            ShellCommand.skipsCertificates(command)
        {
            return Verdict(
                rule: Rules.pythonTLS,
                reason: "runs '\(PrintableText.quoting(command, limit: 60))', which does not check who answers",
                severity: isTest ? .low : nil)
        }
        // Only calls that turn something off matter, and few do.
        let isOff = call.arguments.contains { $0.keyword != nil && $0.value == .constant("False") }
        let isWeb =
            isOff && (Self.webVerbs.contains(last) || Self.webNames.contains { call.name.lowercased().hasPrefix($0) })
        if isWeb, call.isFalse("verify") || call.isFalse("verify_ssl") || call.isFalse("verify_certs") {
            return Verdict(
                rule: Rules.pythonTLS, reason: "does not check who answers", severity: isTest ? .low : nil,
                line: (call.argument("verify") ?? call.argument("verify_ssl") ?? call.argument("verify_certs"))?.line)
        }
        if isWeb, call.isFalse("ssl"),
            call.name.contains("aiohttp") || ["get", "post", "TCPConnector"].contains(last)
        {
            return Verdict(rule: Rules.pythonTLS, reason: "does not check who answers", severity: isTest ? .low : nil)
        }
        let isUnchecked = ["ssl._create_unverified_context", "ssl._create_stdlib_context"].contains(call.name)
        return isUnchecked
            ? Verdict(
                rule: Rules.pythonTLS, reason: "makes connections that do not check who answers",
                severity: isTest ? .low : nil) : nil
    }

    // MARK: What is sent away

    private func leak() -> Verdict? {
        let isUpload =
            Self.isDownload(call.name)
            || ["requests.put", "httpx.put", "requests.patch", "urllib.request.Request"].contains(call.name)
            || ["sendall", "sendto"].contains(last)
        guard isUpload, call.origins.contains("os.environ") else { return nil }
        return Verdict(
            rule: Rules.pythonLeak, reason: "sends the whole environment away", severity: isTest ? .medium : nil)
    }

    // MARK: Names

    private func shown(_ name: String) -> String { PrintableText.quoting(name, limit: 60) }

    static let decoders: Set<String> = [
        "b64decode", "b32decode", "b16decode", "b85decode", "a85decode", "unhexlify", "fromhex", "decompress",
        "decodebytes",
        "urlsafe_b64decode", "standard_b64decode",
    ]

    static func isDecoder(_ name: String) -> Bool {
        decoders.contains(lastPart(name)) || name == "codecs.decode" || name == "marshal.loads"
            || name == "zlib.decompress"
    }

    static let downloadEndings: Set<String> = [
        "urlopen", "urlretrieve", "hf_hub_download", "cached_download", "snapshot_download", "download_file",
    ]
    static let downloads: Set<String> = [
        "requests.get", "requests.post", "requests.request", "httpx.get", "httpx.post", "wget.download",
        "gdown.download",
        "gdown.cached_download", "urllib3.request", "requests.Session.get", "aiohttp.request", "pooch.retrieve",
        "torch.hub.download_url_to_file", "boto3.client.get_object", "socket.recv",
    ]

    static func isDownload(_ name: String) -> Bool {
        downloads.contains(name) || downloadEndings.contains(lastPart(name))
    }

    private static func isInput(_ name: String) -> Bool {
        [
            "input", "raw_input", "sys.stdin.read", "sys.stdin.readline", "request.args.get", "flask.request.args.get",
            "request.form.get",
            "flask.request.get_json", "request.get_json", "os.environ.get", "os.getenv", "os.environ",
        ].contains(name) || name.hasPrefix("flask.request.") || name.hasPrefix("request.")
    }

    static let processes: Set<String> = [
        "os.system", "os.popen", "os.posix_spawn", "os.posix_spawnp", "os.startfile", "pty.spawn", "posix.system",
        "nt.system",
        "platform.popen", "asyncio.create_subprocess_shell", "asyncio.create_subprocess_exec",
    ]
    private static let noProcesses: Set<String> = [
        "subprocess.list2cmdline", "subprocess.CalledProcessError", "subprocess.TimeoutExpired",
        "subprocess.STARTUPINFO",
        "subprocess.CompletedProcess",
    ]

    static func isProcess(_ name: String) -> Bool {
        // Decided by the first letter for nearly all names.
        switch name.utf8.first {
        case UInt8(ascii: "s"):
            return name.hasPrefix("subprocess.") && name.utf8.count { $0 == UInt8(ascii: ".") } == 1
                && !noProcesses.contains(name)
        case UInt8(ascii: "o"):
            return name.hasPrefix("os.exec") || name.hasPrefix("os.spawn") || processes.contains(name)
        case UInt8(ascii: "c"): return name.hasPrefix("commands.get")
        case UInt8(ascii: "p"), UInt8(ascii: "n"), UInt8(ascii: "a"): return processes.contains(name)
        default: return false
        }
    }
}
