"""Shared parts of the exotic-format corpus: the sink that writes files, and small byte writers."""

from __future__ import annotations

import io
import json
import random
import struct
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
LABELS = ("malicious", "benign", "lie")
FIXED_DATE = (2024, 1, 2, 3, 4, 6)


class Corpus:
    """Writes one half: files below `root`, one truth line for each sample."""

    def __init__(self, half: str, root: Path) -> None:
        self.half = half
        self.root = root
        self.rng = random.Random(f"formats-{half}")
        self.truth: list[dict[str, str]] = []
        self.skipped: list[str] = []
        self._counts: dict[str, int] = {}
        self._serial = 0

    def pick(self, tuning: T, evaluation: T) -> T:
        """One detail for the tuning half, another for the evaluation half."""
        return tuning if self.half == "tuning" else evaluation

    @property
    def seed(self) -> int:
        """Seed of the real models, different in each half."""
        return self.pick(11, 29)

    @property
    def command(self) -> str:
        """The harmless command that payloads name; nothing here ever runs it."""
        return self.pick("touch /tmp/formats-tuning", "echo formats > /tmp/formats-evaluation")

    def serial(self) -> int:
        """A number that is another one at each call, so that no two payloads are alike."""
        self._serial += 1
        return self._serial

    def _folder(self, fmt: str) -> str:
        self._counts[fmt] = self._counts.get(fmt, 0) + 1
        return f"{fmt}/{self._counts[fmt]:03d}"

    def _record(self, path: str, fmt: str, label: str, technique: str, expect: str) -> None:
        if label not in LABELS:
            raise ValueError(f"unknown label {label}")
        self.truth.append({"path": path, "format": fmt, "label": label, "technique": technique, "expect": expect})

    def add(self, fmt: str, label: str, name: str, data: bytes, technique: str, expect: str) -> None:
        """One sample that is one file; the folder is a bare number, so that a path tells nothing."""
        path = f"{self._folder(fmt)}/{name}"
        self._write(path, data)
        self._record(path, fmt, label, technique, expect)

    def add_tree(self, fmt: str, label: str, files: Mapping[str, bytes], technique: str, expect: str) -> None:
        """One sample that is a directory of files; the truth names the directory."""
        folder = self._folder(fmt)
        for name, data in files.items():
            self._write(f"{folder}/{name}", data)
        self._record(folder, fmt, label, technique, expect)

    def benign(self, fmt: str, name: str, data: bytes, technique: str) -> None:
        self.add(fmt, "benign", name, data, technique, "clean")

    def bad(self, fmt: str, name: str, data: bytes, technique: str, expect: str) -> None:
        self.add(fmt, "malicious", name, data, technique, expect)

    def lie(self, fmt: str, name: str, data: bytes, technique: str) -> None:
        self.add(fmt, "lie", name, data, technique, "lie")

    def _write(self, path: str, data: bytes) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def finish(self) -> None:
        """Writes truth.jsonl."""
        lines = [json.dumps(row, sort_keys=True) for row in self.truth]
        (self.root / "truth.jsonl").write_text("\n".join(lines) + "\n")


def as_bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def make_zip(members: Iterable[tuple[str, str | bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip with fixed dates; member names are written as they are, also hostile ones."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members:
            info = zipfile.ZipInfo("x", FIXED_DATE)
            info.filename = name
            info.compress_type = method
            info.external_attr = 0o644 << 16
            archive.writestr(info, as_bytes(data))
    return buffer.getvalue()


def make_tar(members: Iterable[tuple[str, str | bytes]], mode: str = "w", links: Mapping[str, str] | None = None) -> bytes:
    """A tar (mode `w`, `w:gz`…) with fixed dates; `links` maps a symlink's name to its target."""
    buffer = io.BytesIO()
    options: dict[str, Any] = {"mtime": 0} if mode == "w:gz" else {}
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, target in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            archive.addfile(info)
        for name, data in members:
            body = as_bytes(data)
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = len(body), 1704164646, 0o644
            archive.addfile(info, io.BytesIO(body))
    if mode == "w":
        return raw.getvalue()
    import gzip

    with gzip.GzipFile(fileobj=buffer, mode="wb", filename="", **options) as packed:
        packed.write(raw.getvalue())
    return buffer.getvalue()


def varint(value: int) -> bytes:
    """A protobuf varint; negative numbers take ten bytes."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def pb(field: int, value: int | float | str | bytes) -> bytes:
    """One protobuf field: int as varint, float as fixed32, text and bytes with their length."""
    if isinstance(value, bool) or isinstance(value, int):
        return varint(field << 3) + varint(int(value))
    if isinstance(value, float):
        return varint(field << 3 | 5) + struct.pack("<f", value)
    body = as_bytes(value)
    return varint(field << 3 | 2) + varint(len(body)) + body


def _pickle_text(text: str, protocol: int) -> bytes:
    body = text.encode()
    if protocol >= 4 and len(body) < 256:
        return b"\x8c" + bytes([len(body)]) + body
    return b"X" + struct.pack("<I", len(body)) + body


def call_pickle(module: str, name: str, args: Iterable[str], protocol: int = 4) -> bytes:
    """A pickle that would call module.name(*args), written opcode by opcode (nothing is imported)."""
    if protocol >= 4:
        head = b"\x80\x04" + _pickle_text(module, 4) + _pickle_text(name, 4) + b"\x93"
    else:
        head = b"\x80\x02" + b"c" + module.encode() + b"\n" + name.encode() + b"\n"
    return head + b"(" + b"".join(_pickle_text(arg, protocol) for arg in args) + b"tR."


PICKLE_CALLS = {
    "tuning": [("os", "system", 2), ("subprocess", "call", 4), ("builtins", "eval", 4), ("posix", "system", 2), ("webbrowser", "open", 4)],
    "evaluation": [
        ("subprocess", "getoutput", 4),
        ("builtins", "exec", 2),
        ("nt", "system", 4),
        ("pty", "spawn", 2),
        ("runpy", "run_path", 4),
    ],
}


def half_pickle(corpus: Corpus) -> bytes:
    """A calling pickle of the half, another one each time: other functions and protocols in each half."""
    calls = PICKLE_CALLS[corpus.half]
    module, name, protocol = calls[corpus.serial() % len(calls)]
    return call_pickle(module, name, [f"{corpus.command}{corpus.serial()}"], protocol)


def elf_library(corpus: Corpus, size: int = 1024) -> bytes:
    """The head of an x86-64 shared library (tuning) or an AArch64 one (evaluation); it has no code that could run."""
    machine = corpus.pick(62, 183)
    ident = b"\x7fELF" + bytes([2, 1, 1, 0]) + bytes(8)
    head = ident + struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, 1, 64, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, size, size, 4096)
    text = b"\0libc.so.6\0system\0__cxa_finalize\0" + f"{corpus.command}{corpus.serial()}".encode() + b"\0"
    return (head + load + text).ljust(size, b"\0")


def pe_library(corpus: Corpus, size: int = 1024) -> bytes:
    """The head of a Windows DLL, with nothing that could run."""
    dos = b"MZ" + bytes(58) + struct.pack("<I", 128) + b"\x0e\x1f\xba\x0e This program cannot be run in DOS mode.\r\r\n$"
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 240, 0x2022) + struct.pack("<H", 0x20B) + bytes(238)
    return (
        dos.ljust(128, b"\0")
        + coff
        + b".text\0\0\0"
        + bytes(32)
        + b"KERNEL32.dll\0WinExec\0"
        + f"{corpus.command}{corpus.serial()}".encode()
    ).ljust(size, b"\0")


def floats(corpus: Corpus, count: int) -> bytes:
    """`count` little-endian float32 weights."""
    return struct.pack(f"<{count}f", *(corpus.rng.gauss(0, 0.3) for _ in range(count)))
