/// Names of Python's own modules, so that an import from them can be told from one of an unknown package.
enum PythonStandardLibrary {
    /// Top-level modules of CPython 3.11 (`sys.stdlib_module_names`) and those that only Python 2 had.
    static let modules: Set<Substring> = Set(
        """
        Queue SocketServer StringIO UserDict UserList UserString __builtin__ __future__ _abc _aix_support _ast
        _asyncio _bisect _blake2 _bootsubprocess _bz2 _codecs _codecs_cn _codecs_hk _codecs_iso2022 _codecs_jp
        _codecs_kr _codecs_tw _collections _collections_abc _compat_pickle _compression _contextvars _crypt _csv
        _ctypes _curses _curses_panel _datetime _dbm _decimal _elementtree _frozen_importlib
        _frozen_importlib_external _functools _gdbm _hashlib _heapq _imp _io _json _locale _lsprof _lzma _markupbase
        _md5 _msi _multibytecodec _multiprocessing _opcode _operator _osx_support _overlapped _pickle _posixshmem
        _posixsubprocess _py_abc _pydecimal _pyio _queue _random _scproxy _sha1 _sha256 _sha3 _sha512 _signal
        _sitebuiltins _socket _sqlite3 _sre _ssl _stat _statistics _string _strptime _struct _symtable _thread
        _threading_local _tkinter _tokenize _tracemalloc _typing _uuid _warnings _weakref _weakrefset _winapi
        _zoneinfo abc aifc antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii
        bisect builtins bz2 cPickle cProfile cStringIO calendar cgi cgitb chunk cmath cmd code codecs codeop
        collections colorsys commands compileall concurrent configparser contextlib contextvars copy copy_reg copyreg
        crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest dummy_thread email
        encodings ensurepip enum errno exceptions faulthandler fcntl filecmp fileinput fnmatch fractions ftplib
        functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http httplib
        idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3 linecache locale
        logging lzma mailbox mailcap marshal math md5 mimetools mimetypes mmap modulefinder msilib msvcrt
        multiprocessing netrc new nis nntplib nt ntpath nturl2path numbers opcode operator optparse os ossaudiodev
        pathlib pdb pickle pickletools pipes pkgutil platform plistlib popen2 poplib posix posixfile posixpath pprint
        profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib
        resource rexec rlcompleter runpy sched secrets select selectors sets sha shelve shlex shutil signal site smtpd
        smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string
        stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios
        textwrap this thread threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty
        turtle turtledemo types typing unicodedata unittest urllib urllib2 urlparse user uu uuid venv warnings wave
        weakref webbrowser winreg winsound wsgiref xdrlib xml xmlrpc xmlrpclib zipapp zipfile zipimport zlib zoneinfo
        """.split(whereSeparator: \.isWhitespace))

    /// Python 2 names that unpicklers translate (`Lib/_compat_pickle.py`, `IMPORT_MAPPING`).
    static let renamed: [String: String] = [
        "__builtin__": "builtins", "copy_reg": "copyreg", "cPickle": "pickle", "commands": "subprocess",
        "urllib2": "urllib.request", "httplib": "http.client", "thread": "_thread", "exceptions": "builtins",
        "cStringIO": "io", "StringIO": "io", "Queue": "queue", "UserDict": "collections", "UserList": "collections",
        "UserString": "collections", "itertools": "itertools", "SocketServer": "socketserver",
        "xmlrpclib": "xmlrpc.client", "popen2": "subprocess", "whichdb": "dbm", "dbhash": "dbm.bsd",
        "_abcoll": "collections.abc", "posixfile": "os", "imp": "importlib",
    ]

    /// Whether the module belongs to Python itself.
    static func contains(_ module: String) -> Bool {
        guard let top = module.split(separator: ".").first else { return false }
        return modules.contains(top)
    }
}
