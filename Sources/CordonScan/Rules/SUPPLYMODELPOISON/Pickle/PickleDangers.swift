/// Callables that run code, touch files, open connections or reach other objects. Critical when called.
///
/// Grouped by what they give an attacker. Facts from the Python and library documentation and from published advisories.
enum PickleDangers {
    /// What is said of modules that belong to no kind.
    static let general = "does more than hold data"

    /// What a match gives an attacker, for the message.
    static func reason(module: String, name: String) -> String? {
        let last = name.split(separator: ".").last.map(String.init) ?? name
        if let names = functions[module],
            names.isEmpty || names.contains(Substring(last)) || names.contains(Substring(name))
        {
            return reasons[module] ?? general
        }
        var prefix = module
        while true {
            if let reason = packages[prefix] { return reason }
            if let names = functions[prefix], names.isEmpty { return reasons[prefix] ?? general }
            guard let dot = prefix.lastIndex(of: ".") else { break }
            prefix = String(prefix[..<dot])
        }
        return nil
    }

    /// Whole packages from which nothing belongs into a model.
    private static let packages: [String: String] = {
        var table: [String: String] = [:]
        func add(_ reason: String, _ names: String) {
            for name in names.split(separator: " ") { table[String(name)] = reason }
        }
        add(
            "runs programs",
            "os posix nt subprocess _posixsubprocess pty popen2 commands _winapi winreg platform msilib _osx_support _aix_support"
        )
        add(
            "runs Python code",
            "runpy code codeop pdb bdb trace profile cProfile timeit doctest idlelib lib2to3 test unittest pydoc cgitb rlcompleter _xxsubinterpreters _interpreters sched cmd"
        )
        add("imports modules by name", "importlib imp _imp pkgutil zipimport modulefinder ihooks zipapp")
        add("loads another pickle or code object", "pickle _pickle cPickle marshal shelve dbm xmlrpc copyreg_extension")
        add("calls native code or raw memory", "ctypes _ctypes cffi mmap _cffi_backend gc faulthandler")
        add(
            "opens network connections",
            "socket _socket ssl http urllib ftplib telnetlib smtplib imaplib poplib nntplib socketserver asyncore asynchat smtpd requests httpx aiohttp urllib3 paramiko webbrowser antigravity wsgiref websocket websockets boto3 botocore fsspec s3fs"
        )
        add(
            "installs software",
            "pip ensurepip venv setuptools distutils pkg_resources conda virtualenv _distutils_hack site sitecustomize usercustomize"
        )
        add(
            "starts threads, processes or event loops",
            "multiprocessing concurrent asyncio threading _thread signal atexit resource")
        add(
            "reads or writes files",
            "shutil tempfile fileinput linecache glob zipfile tarfile sqlite3 nturl2path ntpath posixpath genericpath filecmp mailbox tkinter turtle curses"
        )
        add("reaches the interpreter's own state", "sys _frozen_importlib _frozen_importlib_external _sitebuiltins")
        return table
    }()

    private static let reasons: [String: String] = [
        "builtins": "runs code, reads files or reaches other objects", "operator": "calls methods chosen by name",
        "_operator": "calls methods chosen by name", "functools": "calls functions chosen by the file",
        "types": "makes functions from code objects", "torch": "loads or runs code", "numpy": "reads or writes files",
        "pandas": "reads files or evaluates text", "joblib": "loads another pickle",
    ]

    /// Single functions of modules that also hold harmless ones; an empty set means all of them.
    private static let functions: [String: Set<Substring>] = {
        var table: [String: Set<Substring>] = [:]
        func add(_ module: String, _ names: String) {
            table[module, default: []].formUnion(names.split(separator: " "))
        }
        add(
            "builtins",
            """
            eval exec compile execfile open __import__ apply input raw_input breakpoint help globals locals vars dir setattr \
            delattr hasattr map filter reduce iter next classmethod staticmethod property super exit quit reload \
            __build_class__ print callable file intern coerce buffer zip enumerate reversed
            """)
        table["__builtin__"] = table["builtins"]
        for module in ["operator", "_operator"] {
            add(module, "call setitem delitem imul mul concat iconcat pow ipow lshift")
        }
        add("functools", "reduce partialmethod lru_cache cached_property singledispatch wraps update_wrapper")
        add(
            "types",
            "CodeType FunctionType LambdaType MethodType ModuleType BuiltinFunctionType GeneratorType coroutine new_class DynamicClassAttribute prepare_class resolve_bases"
        )
        add("inspect", "getattr_static currentframe stack getmodule getsource getouterframes unwrap")
        add("io", "open open_code FileIO TextIOWrapper OpenWrapper BufferedReader BufferedWriter BufferedRandom")
        add("_io", "open open_code FileIO TextIOWrapper BufferedReader BufferedWriter BufferedRandom _BufferedIOBase")
        add("codecs", "open lookup decode getreader getwriter EncodedFile StreamReaderWriter")
        add("_codecs", "decode lookup register")
        add("gzip", "open GzipFile")
        add("bz2", "open BZ2File")
        add("lzma", "open LZMAFile")
        add("logging", "FileHandler config basicConfig handlers _acquireLock")
        add("logging.config", "")
        add("logging.handlers", "")
        add("uuid", "_get_command_stdout _popen _ifconfig_getnode _arp_getnode _ip_getnode getnode")
        add("email", "message_from_file")
        add("ast", "literal_eval parse")
        add("collections", "namedtuple")
        add(
            "pathlib",
            "open read_text read_bytes write_text write_bytes unlink rmdir mkdir rename symlink_to touch chmod")
        add("mailcap", "")
        add("getpass", "")
        add("pprint", "")
        add("pickletools", "")
        add("symtable", "")
        add("tokenize", "")
        add("readline", "")
        add("configparser", "")
        add("plistlib", "load loads")
        add("yaml", "load load_all unsafe_load full_load unsafe_load_all UnsafeLoader Loader")
        add("jsonpickle", "")
        add("jsonpickle.unpickler", "")
        add("dill", "load loads dump dumps load_session load_module")
        add("joblib", "load dump parallel_backend Parallel delayed")
        add("joblib.numpy_pickle", "load dump load_temporary_memmap _unpickle NumpyUnpickler")
        add("joblib._parallel_backends", "")
        add("joblib.memory", "")
        add("joblib.externals.loky", "")
        add(
            "numpy",
            "load save savez savez_compressed savetxt loadtxt genfromtxt fromfile memmap fromregex DataSource tofile apply_along_axis fromfunction frompyfunc piecewise"
        )
        add("numpy.testing._private.utils", "")
        add("numpy.testing", "")
        add("numpy.lib.npyio", "")
        add("numpy.lib._npyio_impl", "")
        add("numpy.lib.format", "")
        add("numpy.lib.utils", "")
        add("numpy.lib._datasource", "")
        add("numpy.f2py", "")
        add("numpy.f2py.crackfortran", "")
        add("numpy.f2py.diagnose", "")
        add("numpy.f2py.f2py2e", "")
        add("numpy.f2py.capi_maps", "")
        add("numpy.distutils", "")
        add("numpy.distutils.exec_command", "")
        add("numpy.distutils.misc_util", "")
        add("numpy.ctypeslib", "")
        add("numpy.core._internal", "")
        add("numpy.compat.py3k", "")
        add("scipy.io", "")
        add("scipy.io.matlab", "")
        add("scipy.weave", "")
        add("scipy._lib._testutils", "")
        add("scipy._lib._ccallback", "")
        add(
            "pandas",
            "read_pickle read_csv read_json read_html read_xml read_sql read_table read_hdf read_excel read_feather read_parquet read_sas read_fwf read_clipboard to_pickle eval HDFStore ExcelFile ExcelWriter"
        )
        add("statsmodels.formula", "")
        add("statsmodels.datasets", "")
        add("patsy.eval", "")
        add("patsy.highlevel", "")
        add("xarray.backends", "")
        add("gensim.downloader", "")
        add("networkx.drawing", "")
        add("polars.io", "")
        add("sklearn.utils._testing", "")
        add("sklearn.externals", "")
        add("scipy.datasets", "")
        add("scipy._lib", "_testutils")
        add("pandas.io", "")
        add("pandas.io.pickle", "")
        add("pandas.io.common", "")
        add("pandas.io.parsers", "")
        add("pandas.io.pytables", "")
        add("pandas.core.computation.eval", "")
        add("pandas.core.computation.scope", "")
        add("pandas.core.computation.expr", "")
        add("pandas.core.computation.ops", "")
        add("pandas.core.computation.engines", "")
        add("pandas.core.frame", "eval query to_pickle to_csv to_sql")
        add("pandas.compat.pickle_compat", "")
        add("torch", "load save compile hub jit import_ir_module _import_dotted_name from_file")
        add("torch.hub", "")
        add("torch.jit", "")
        add(
            "torch.serialization",
            "load save _load _legacy_load _open_file _open_zipfile_reader FILE_LIKE add_safe_globals set_default_load_endianness"
        )
        add("torch.package", "")
        add("torch.package.package_importer", "")
        add("torch.ops", "")
        add("torch.classes", "")
        add("torch.storage", "_share_filename_cpu from_file _new_shared_filename")
        add("torch.multiprocessing", "")
        add("sklearn.datasets", "")
        add("sklearn.utils", "_import_module")
        add("skops.io", "")
        add("cloudpickle", "load loads")
        add("tensorflow", "")
        add("tensorflow.python.ops.script_ops", "")
        add("keras.models", "load_model model_from_json model_from_yaml")
        add("keras.src.saving", "")
        add("keras.saving", "")
        add("keras.utils", "get_file")
        add("transformers.utils.hub", "")
        add("transformers.dynamic_module_utils", "")
        add("huggingface_hub", "")
        add("huggingface_hub.file_download", "")
        add("hydra.utils", "")
        add("hydra._internal.utils", "")
        add("nltk", "download")
        add("nltk.data", "")
        add("gensim.utils", "unpickle")
        add("spacy.util", "")
        add("networkx.readwrite", "")
        add("sympy", "sympify lambdify preview")
        add("sympy.core.sympify", "")
        add("sympy.utilities.lambdify", "")
        add("IPython", "")
        add("jinja2", "")
        add("statsmodels.iolib.smpickle", "")
        add("xgboost.core", "_load_lib")
        return table
    }()

    /// PyTorch subsystems that compile, fetch, spawn or evaluate.
    static let torchSubsystems = [
        "torch._dynamo", "torch._inductor", "torch.fx", "torch.distributed", "torch.utils", "torch.testing",
        "torch.onnx",
        "torch._functorch", "torch._export", "torch.export", "torch.profiler", "torch.autograd", "torch.backends",
        "torch._C",
        "torch.multiprocessing", "torch.cuda._", "torch._jit_internal", "torch._sources", "torch.compiler",
        "torch._lobpcg",
    ]

    /// Attribute names that lead from an object to everything else.
    static let reachingAttributes: Set<Substring> = [
        "__globals__", "__builtins__", "__subclasses__", "__class__", "__mro__", "__base__", "__bases__", "__dict__",
        "__getattribute__", "__getattr__", "__import__", "__loader__", "__spec__", "__code__", "__closure__",
        "__func__",
        "__self__", "__init__", "__call__", "__reduce__", "__reduce_ex__", "__setattr__", "__delattr__", "__wrapped__",
        "__module__", "__init_subclass__", "__set_name__", "__defaults__", "__kwdefaults__", "f_globals", "f_builtins",
        "gi_frame", "cr_frame", "tb_frame", "func_globals", "mro", "__enter__", "__exit__", "__get__", "__setstate__",
    ]

    /// Module names that have no business in the middle of an attribute walk.
    static let reachedModules: Set<Substring> = [
        "os", "sys", "subprocess", "posix", "nt", "builtins", "__builtin__", "importlib", "shutil", "socket", "ctypes",
        "pickle", "marshal", "runpy", "commands", "pty", "urllib", "requests", "types", "code", "io", "_os", "_sys",
        "inspect",
        "threading", "multiprocessing", "asyncio", "tempfile", "linecache", "pdb", "imp", "_io", "warnings", "operator",
    ]
}
