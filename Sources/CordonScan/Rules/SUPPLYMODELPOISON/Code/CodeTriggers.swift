internal import CordonFormats

/// Words without which no rule about Python code can fire, so that most files need not be read any closer.
///
/// A file is read when it has any of them, in code, text or comment; what ``CodeJudge``, ``SettingJudge`` and ``InstallHooks`` look for
/// has to be covered here.
struct CodeTriggers: Sendable {
    static let shared = CodeTriggers()

    private static let words = [
        "os.system", ".system(", "import os as", "os as ", "import system", "getstatusoutput", "getoutput", "popen",
        "posix", "startfile", "spawn",
        "subprocess",
        "os.exec", "import exec", "__import__", "import_module", "builtins", "marshal", "runpy", "execfile",
        "FunctionType",
        "spec_from_file", "pickle", "Pickle", "Unpickler", "dill.", "import dill", "dill import", "dill as", "torch as",
        "shelve", "hickle", "fickling", "PackageImporter",
        "_legacy_load", "torch.load", "torch import", "unsafe_load", "yaml", "YAML(", "allow_pickle", "hub.load",
        "safe_mode",
        "enable_unsafe", "from_pretrained(\"", "from_pretrained('", "from_pretrained(\n", "from_pretrained(\r",
        "from_pretrained( ", "from_pretrained(pre", "hf_hub_download", "snapshot_download", "load_dataset(",
        "load_state_dict_from_url", "load_url", "urlretrieve", "wget", "gdown", "verify=", "verify =", "verify_",
        "_verify",
        "verify\"", "verify'", "ssl=", "ssl =", "_ssl", "ssl._", "ssl.", "import ssl", "check_hostname", "cert_reqs",
        "trust_re",
        "CERT_NONE", "VERIFY", "CA_BUNDLE", "TLS_REJECT", "os.environ", "import environ", "b64decode", "b32decode",
        "b16decode",
        "b85decode", "a85decode", "unhexlify", "fromhex", "decodebytes", "codecs.decode", "socket", "ctypes",
        "request.args",
        "request.form", "request.json", "request.data", "request.values", "request.GET", "request.POST",
        "request.get_json",
        "getattr(os", "getattr(__", "getattr(sub", "joblib", "jsonpickle", "read_pickle", "BasicAuth", "DigestAuth",
        "auth=(",
        "auth = (", "download_url", "shell=", "import pty", "decompress",
    ].map { Array($0.utf8) }
    /// Modules whose names others end with.
    private static let heads = ["pty."].map { Array($0.utf8) }
    /// Functions that count only when they are Python's own.
    private static let calls = ["eval(", "exec(", "compile(", "eval (", "exec (", "compile ("].map { Array($0.utf8) }

    private let anchors: AnchorMap<Bool>

    private init() {
        let entries = Self.words.map { ($0, false) } + (Self.calls + Self.heads).map { ($0, true) }
        anchors = AnchorMap(
            entries.map { word, isWhole in .init(word: word, target: isWhole) })
    }

    /// Whether any word stands in the text. O(n).
    func matches(_ view: ByteView) -> Bool {
        view.withSpan { span in
            span.withUnsafeBytes { raw in
                let bytes = raw.bindMemory(to: UInt8.self)
                var position = anchors.next(bytes, from: 0)
                while position < bytes.count {
                    let isFound = anchors.forEach(bytes, at: position) { isWhole in
                        guard isWhole, position > 0 else { return true }
                        let before = bytes[position - 1]
                        return
                            !(TextBytes.isAlphanumeric(before) || before == UInt8(ascii: "_")
                            || before == UInt8(ascii: "."))
                    }
                    if isFound { return true }
                    position = anchors.next(bytes, from: position + 1)
                }
                return false
            }
        }
    }
}
