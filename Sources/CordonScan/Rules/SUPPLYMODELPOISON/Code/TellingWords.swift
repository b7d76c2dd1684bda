internal import CordonFormats

/// Names of which a statement has to hold one before ``CodeJudge``, ``SettingJudge``, ``InstallHooks`` and ``NotebookInspector`` could
/// say anything about it.
///
/// What those ask for has to be covered here; a test holds the tables against it.
enum TellingWords {
    static let all = PythonWords(runs + loads + pins + settings, carried: carried)

    /// Code that is run, modules that run it, and programs.
    private static let runs = [
        "exec", "eval", "compile", "execfile", "builtins", "__builtins__", "__import__", "import_module", "importlib",
        "getattr", "runpy", "run_path", "FunctionType", "spec_from_file_location", "partial",
        "subprocess", "commands", "system", "popen", "posix", "posix_spawn", "posix_spawnp", "startfile", "spawn",
        "pty", "nt", "getoutput", "getoutputs", "getstatusoutput", "create_subprocess_shell",
        "create_subprocess_exec", "run_cmd", "run_cell_magic", "run_line_magic",
        "execl", "execle", "execlp", "execlpe", "execv", "execve", "execvp", "execvpe",
        "spawnl", "spawnle", "spawnlp", "spawnlpe", "spawnv", "spawnve", "spawnvp", "spawnvpe",
    ]

    private static let loads = [
        "load", "loads", "load_all", "unsafe_load", "unsafe_load_all", "Unpickler", "pickle", "cPickle", "_pickle",
        "pickle5", "dill", "cloudpickle", "hickle", "joblib", "shelve", "jsonpickle", "yaml", "YAML", "read_pickle",
        "load_session", "load_module", "load_model_from_pickle", "PackageImporter", "_legacy_load",
        "enable_unsafe_deserialization", "allow_pickle", "weights_only", "safe_mode", "Loader",
        // Modules that another name may stand for: `e = sklearn.externals`.
        "externals", "moves", "package", "serialization", "compat", "pickle_compat", "pyfunc", "hub", "model_zoo",
    ]

    /// Downloads from hubs, and what they are pinned by.
    private static let pins = [
        "from_pretrained", "load_dataset", "load_state_dict_from_url", "load_url", "revision", "check_hash", "md5",
        "hash",
    ]

    /// What is downloaded, decoded, asked for or written, and so may come to run somewhere else.
    private static let carried: Set<String> = [
        "hf_hub_download", "snapshot_download", "urlopen", "urlretrieve", "retrieve", "wget", "gdown",
        "cached_download", "download_file", "download_url_to_file", "download", "requests", "httpx", "urllib3",
        "aiohttp", "pooch", "boto3", "socket", "Request", "sendall", "sendto",
        "b64decode", "b32decode", "b16decode", "b85decode", "a85decode", "unhexlify", "fromhex", "decompress",
        "decodebytes", "urlsafe_b64decode", "standard_b64decode", "decode", "marshal",
        "input", "raw_input", "stdin", "environ", "getenv", "request", "dump", "dumps", "packb", "encode",
    ]

    private static let settings = [
        "trust_remote_code", "trust_repo", "check_hostname", "verify_mode", "cert_reqs", "verify", "verify_ssl",
        "verify_certs", "ssl", "_create_default_https_context", "_create_unverified_context",
        "_create_stdlib_context", "shell", "auth", "HTTPBasicAuth", "HTTPDigestAuth", "BasicAuth", "DigestAuth",
        "HttpBasicAuth", "HTTPProxyAuth", "HTTPProxyDigestAuth", "AsyncBasicAuth", "AsyncDigestAuth",
        "PYTHONHTTPSVERIFY", "GIT_SSL_NO_VERIFY",
        "NODE_TLS_REJECT_UNAUTHORIZED", "HF_HUB_DISABLE_SSL_VERIFICATION", "HF_HUB_DISABLE_SSL_VERIFY",
        "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "open", "Path", "write", "write_bytes", "write_text", "copyfileobj",
    ]
}
