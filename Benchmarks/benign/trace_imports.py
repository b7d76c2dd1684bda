#!/usr/bin/env python3
"""List which imports the pickles of a folder make, and what each is used for.

Nothing is loaded: the opcodes are followed on a small model of the pickle
machine, so this works without the libraries and without running any callable.
The exception is `numpy.dtype`, which is rebuilt from its constant arguments to
learn how many raw bytes joblib wrote between two opcodes.

    trace_imports.py FOLDER imports.json

Usages: `called` (REDUCE, or OBJ and INST with arguments), `newobj` (NEWOBJ,
NEWOBJ_EX), `build` (its instances get a state by BUILD), `referenced` (stored as
a value or passed as an argument).
"""

from __future__ import annotations

import argparse
import bz2
import collections
import gzip
import io
import json
import lzma
import pickletools
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

LEGACY_TORCH_MAGIC = 0x1950A86A20F9469CFC6C
JOBLIB_WRAPPERS = {("joblib.numpy_pickle", "NumpyArrayWrapper")}
JOBLIB_ZFILE = b"ZF0x"
"""How a file compressed by joblib before 0.10 starts; the length of the content follows."""
JOBLIB_ZFILE_HEADER = 21
RECONSTRUCTORS = {
    ("copyreg", "_reconstructor"),
    ("copy_reg", "_reconstructor"),
    ("copyreg", "__newobj__"),
    ("copyreg", "__newobj_ex__"),
}


@dataclass(eq=False)
class Import:
    """A global that an opcode has pushed."""

    module: str
    name: str


@dataclass(eq=False)
class Made:
    """An object that a callable made, with what it was made of."""

    maker: Any
    arguments: Any
    state: Any = None


@dataclass(eq=False)
class Unknown:
    """A value that does not matter here."""


MARK = Unknown()


@dataclass
class Uses:
    """The usages found in one file."""

    counts: collections.Counter[tuple[str, str, str]] = field(default_factory=collections.Counter)

    def add(self, value: Any, usage: str) -> None:
        """Count `usage` when `value` is an import."""
        if isinstance(value, Import):
            self.counts[value.module, value.name, usage] += 1


class Machine:
    """The pickle machine, with imports and results kept symbolic."""

    def __init__(self, stream: BinaryIO, uses: Uses) -> None:
        self.stream = stream
        self.uses = uses
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        """Follow one pickle to its STOP, and return its symbolic result."""
        for opcode, argument, _ in pickletools.genops(self.stream):
            handler = getattr(self, "op_" + opcode.name.lower(), None)
            if handler:
                handler(argument)
            else:
                self.default(opcode, argument)
        result = self.stack.pop()
        self.uses.add(result, "referenced")
        return result

    def default(self, opcode: pickletools.OpcodeInfo, argument: Any) -> None:
        """Apply an opcode that only pops values and pushes constants."""
        if pickletools.markobject in opcode.stack_before:
            self.values(self.to_mark())
            del self.stack[len(self.stack) - opcode.stack_before.index(pickletools.markobject) :]
        elif opcode.stack_before:
            self.values(self.take(len(opcode.stack_before)))
        for kind in opcode.stack_after:
            constant = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}.get(opcode.name, argument)
            self.stack.append(constant if kind is not pickletools.markobject else MARK)

    def values(self, items: list[Any]) -> list[Any]:
        """Count imports among values that are stored or passed."""
        for item in items:
            self.uses.add(item, "referenced")
        return items

    def take(self, count: int) -> list[Any]:
        """Pop `count` values."""
        items = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return items

    def to_mark(self) -> list[Any]:
        """Pop the values above the last mark, and the mark."""
        index = max(i for i, value in enumerate(self.stack) if value is MARK)
        items = self.stack[index + 1 :]
        del self.stack[index:]
        return items

    # Memo and stack

    def op_put(self, argument: int) -> None:
        self.memo[argument] = self.stack[-1]

    op_binput = op_long_binput = op_put

    def op_memoize(self, _: None) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def op_get(self, argument: int) -> None:
        self.stack.append(self.memo[argument])

    op_binget = op_long_binget = op_get

    def op_pop(self, _: None) -> None:
        self.stack.pop()

    def op_pop_mark(self, _: None) -> None:
        self.to_mark()

    def op_dup(self, _: None) -> None:
        self.stack.append(self.stack[-1])

    # Containers

    def op_tuple(self, _: None) -> None:
        self.stack.append(tuple(self.values(self.to_mark())))

    def op_tuple1(self, _: None) -> None:
        self.stack.append(tuple(self.values(self.take(1))))

    def op_tuple2(self, _: None) -> None:
        self.stack.append(tuple(self.values(self.take(2))))

    def op_tuple3(self, _: None) -> None:
        self.stack.append(tuple(self.values(self.take(3))))

    def op_empty_tuple(self, _: None) -> None:
        self.stack.append(())

    def op_list(self, _: None) -> None:
        self.values(self.to_mark())
        self.stack.append(Unknown())

    op_dict = op_frozenset = op_list

    def op_empty_list(self, _: None) -> None:
        self.stack.append([])

    def op_empty_dict(self, _: None) -> None:
        self.stack.append({})

    def op_empty_set(self, _: None) -> None:
        self.stack.append(Unknown())

    def op_append(self, _: None) -> None:
        self.extend(self.take(1))

    def op_appends(self, _: None) -> None:
        self.extend(self.to_mark())

    op_additems = op_appends

    def extend(self, items: list[Any]) -> None:
        """Add items to the list on the stack."""
        self.values(items)
        if isinstance(self.stack[-1], list):
            self.stack[-1].extend(items)

    def op_setitem(self, _: None) -> None:
        self.update(self.take(2))

    def op_setitems(self, _: None) -> None:
        self.update(self.to_mark())

    def update(self, items: list[Any]) -> None:
        """Add key and value pairs to the dictionary on the stack."""
        self.values(items)
        if isinstance(self.stack[-1], dict):
            self.stack[-1].update(
                (k, v) for k, v in zip(items[::2], items[1::2]) if isinstance(k, (str, int, float, bool))
            )

    # Imports and calls

    def op_global(self, argument: str) -> None:
        self.stack.append(Import(*argument.split(" ", 1)))

    def op_stack_global(self, _: None) -> None:
        module, name = self.take(2)
        if not (isinstance(module, str) and isinstance(name, str)):
            raise ValueError("the name of an import is not a constant")
        self.stack.append(Import(module, name))

    def op_inst(self, argument: str) -> None:
        kind = Import(*argument.split(" ", 1))
        self.make(kind, tuple(self.values(self.to_mark())), "called")

    def op_obj(self, _: None) -> None:
        kind, *arguments = self.to_mark()
        self.make(kind, tuple(self.values(arguments)), "called")

    def op_reduce(self, _: None) -> None:
        callee, arguments = self.take(2)
        self.make(callee, arguments, "called")

    def op_newobj(self, _: None) -> None:
        kind, arguments = self.take(2)
        self.make(kind, arguments, "newobj")

    def op_newobj_ex(self, _: None) -> None:
        kind, arguments, keywords = self.take(3)
        self.make(kind, arguments, "newobj")

    def make(self, maker: Any, arguments: Any, usage: str) -> None:
        """Push the result of a call."""
        self.uses.add(maker, usage)
        if not isinstance(maker, Import):
            self.uses.counts["(indirect)", describe(maker), usage] += 1
        self.stack.append(Made(maker, arguments))

    def op_build(self, _: None) -> None:
        (state,) = self.values(self.take(1))
        target = self.stack[-1]
        if isinstance(target, Made):
            target.state = state
        self.uses.add(kind_of(target), "build")
        kind = kind_of(target)
        if isinstance(kind, Import) and (kind.module, kind.name) in JOBLIB_WRAPPERS:
            self.skip_array(state)

    def op_persid(self, _: str) -> None:
        self.stack.append(Unknown())

    def op_binpersid(self, _: None) -> None:
        """Push what PyTorch's loader returns: the class for `("module", class, ...)`, which wraps
        the classes of modules in the legacy format, and a storage otherwise."""
        (key,) = self.values(self.take(1))
        is_module = isinstance(key, tuple) and len(key) > 1 and key[0] == "module"
        self.stack.append(key[1] if is_module else Unknown())

    def op_stop(self, _: None) -> None:
        """The result stays on the stack."""

    # joblib

    def skip_array(self, state: dict[str, Any]) -> None:
        """Step over the array that joblib wrote after its wrapper."""
        dtype = rebuild_dtype(state["dtype"])
        if dtype.hasobject:
            Machine(self.stream, self.uses).run()
            return
        if state.get("numpy_array_alignment_bytes") is not None:
            self.stream.read(self.stream.read(1)[0])
        count = 1
        for length in state["shape"]:
            count *= length
        self.stream.read(count * dtype.itemsize)


def kind_of(value: Any) -> Any:
    """The class whose instance `value` is, as far as the pickle says."""
    if not isinstance(value, Made):
        return value if isinstance(value, Import) else None
    maker = value.maker
    if isinstance(maker, Import) and (maker.module, maker.name) in RECONSTRUCTORS and value.arguments:
        return value.arguments[0]
    return maker


def describe(maker: Any) -> str:
    """Where a callable that is no import comes from."""
    if isinstance(maker, Made):
        kind = maker.maker
        return f"result of {kind.module}.{kind.name}" if isinstance(kind, Import) else "result of a result"
    return type(maker).__name__


def rebuild_dtype(value: Any) -> Any:
    """A NumPy data type from its symbolic form."""
    import numpy

    def constant(item: Any) -> Any:
        if isinstance(item, Import):
            return getattr(numpy, item.name)
        if isinstance(item, Made):
            dtype = numpy.dtype(*map(constant, item.arguments))
            if item.state is not None:
                dtype.__setstate__(constant(item.state))
            return dtype
        if isinstance(item, tuple):
            return tuple(map(constant, item))
        return {key: constant(member) for key, member in item.items()} if isinstance(item, dict) else item

    return constant(value)


# Files


def trace_file(data: bytes, uses: Uses, depth: int = 0) -> int:
    """Follow every pickle in a file, and return how many there were."""
    if depth > 4:
        return 0
    unpacked = decompress(data)
    if unpacked is not None:
        return trace_file(unpacked, uses, depth + 1)
    if zipfile.is_zipfile(io.BytesIO(data)) and data[:2] == b"PK":
        return sum(trace_file(member, uses, depth + 1) for member in zip_members(data))
    if data[257:262] == b"ustar":
        return sum(trace_file(member, uses, depth + 1) for member in tar_members(data))
    if data[:6] == b"\x93NUMPY":
        return trace_array(data, uses)
    if looks_like_pickle(data):
        return trace_stream(data, uses)
    return 0


def decompress(data: bytes) -> bytes | None:
    """The content of a compressed file, or nothing when it is not compressed."""
    methods: list[tuple[bytes, Callable[[bytes], bytes]]] = [
        (b"\x1f\x8b", gzip.decompress),
        (b"BZh", bz2.decompress),
        (b"\xfd7zXZ", lzma.decompress),
        (b"\x5d\x00\x00", lzma.decompress),
        (b"\x78\x01", zlib.decompress),
        (b"\x78\x5e", zlib.decompress),
        (b"\x78\x9c", zlib.decompress),
        (b"\x78\xda", zlib.decompress),
        (b"\x04\x22\x4d\x18", decompress_lz4),
        (b"\x28\xb5\x2f\xfd", decompress_zstandard),
    ]
    if data.startswith(JOBLIB_ZFILE):
        return zlib.decompress(data[JOBLIB_ZFILE_HEADER:])
    for magic, method in methods:
        if data.startswith(magic):
            return method(data)
    return None


def decompress_lz4(data: bytes) -> bytes:
    """The content of an LZ4 frame."""
    import lz4.frame

    return lz4.frame.decompress(data)


def decompress_zstandard(data: bytes) -> bytes:
    """The content of a Zstandard frame."""
    import zstandard

    return zstandard.ZstdDecompressor().decompressobj().decompress(data)


def zip_members(data: bytes) -> Iterator[bytes]:
    """The members of a zip."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        yield from (archive.read(name) for name in archive.namelist())


def tar_members(data: bytes) -> Iterator[bytes]:
    """The files of a tar."""
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        yield from (archive.extractfile(member).read() for member in archive if member.isfile())


def trace_array(data: bytes, uses: Uses) -> int:
    """Follow the pickle of an object array."""
    wide = data[6] > 1
    length = int.from_bytes(data[8 : 12 if wide else 10], "little")
    start = 12 if wide else 10
    if b"O" not in data[start : start + length].split(b"'descr':")[1].split(b"'fortran_order'")[0]:
        return 0
    return trace_stream(data[start + length :], uses)


def looks_like_pickle(data: bytes) -> bool:
    """Whether a file starts as a pickle: by protocol, or by a text opcode up to a STOP."""
    if data[:1] == b"\x80" and data[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return True
    if data[:1] not in b"(cldISVFLN]})XGKMJTU" or not data.endswith(b"."):
        return False
    try:
        for _ in pickletools.genops(data):
            pass
    except ValueError:
        return False
    return True


def trace_stream(data: bytes, uses: Uses) -> int:
    """Follow the pickles at the start of a stream; legacy PyTorch files have five."""
    stream = io.BytesIO(data)
    first = Machine(stream, uses).run()
    pickles = 1
    if first == LEGACY_TORCH_MAGIC:
        for _ in range(4):
            Machine(stream, uses).run()
            pickles += 1
    return pickles


def trace_folder(folder: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The rows of the fact table, and what was seen on the way."""
    files: dict[tuple[str, str, str, str], int] = collections.Counter()
    seen = collections.Counter()
    failures: list[str] = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        uses, relative = Uses(), path.relative_to(folder)
        if path.suffix == ".safetensors":  # its first bytes, a length, can look like a protocol
            continue
        try:
            pickles = trace_file(path.read_bytes(), uses)
        except Exception as error:  # noqa: BLE001 - reported, never hidden
            failures.append(f"{relative}: {type(error).__name__}: {error}")
            continue
        seen["files"] += 1
        seen["files with pickles"] += bool(pickles)
        seen["pickles"] += pickles
        library = "/".join(relative.parts[:2])
        files.update((*use, library) for use in uses.counts)
    return rows(files), {**seen, "failures": failures}


def rows(files: dict[tuple[str, str, str, str], int]) -> list[dict[str, Any]]:
    """One row per import, usage and library."""
    keys = ("module", "name", "usage", "library")
    return [{**dict(zip(keys, key)), "files": count} for key, count in sorted(files.items())]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("target", type=Path)
    options = parser.parse_args()
    table, summary = trace_folder(options.folder)
    options.target.write_text(json.dumps(table, indent=0))
    print(f"{len(table)} rows;", json.dumps({key: value for key, value in summary.items() if key != "failures"}))
    for failure in summary["failures"]:
        print("not followed:", failure)


if __name__ == "__main__":
    main()
