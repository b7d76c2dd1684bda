#!/usr/bin/env python3
"""Make the inputs `run.py` measures on: `python3 inputs.py FOLDER`.

Deterministic: fixed seeds, fixed dates, nothing compressed. What is there and
complete (`stamp` holds the current VERSION) is kept. About 1.1 GB.

It is a script of its own so that the memory it takes does not count as
resident memory of the processes `run.py` starts.
"""

from __future__ import annotations

import json
import pickle
import random
import shutil
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

VERSION = "2"
MILLION = 999_000                   # of opcodes: just under a million, where modelaudit stops
MIB = 1 << 20
BLOB, BLOBS = 64 * MIB, 8           # eight of 64 MiB: half a GiB
TREE_FILES = 2_000


# ---------------------------------------------------------------- pickles

def small_pickle() -> bytes:
    model = {
        "name": "churn-head", "version": (1, 4, 0), "classes": ["stay", "leave"],
        "bias": -0.25, "weights": [round(i * 0.37 % 1 - 0.5, 3) for i in range(16)],
        "options": {"solver": "lbfgs", "penalty": "l2", "fit_intercept": True},
    }
    return pickle.dumps(model, protocol=4)


def ints() -> bytes:
    """One BININT per element, and an APPENDS per thousand."""
    rng = random.Random(1)
    return pickle.dumps([rng.randrange(1 << 16, 1 << 31) for _ in range(MILLION - 2_000)], protocol=4)


def dicts() -> bytes:
    """Nine opcodes per dict: short strings, memoised keys and values."""
    rows = [{"id": i + 1000, "name": f"item-{i:x}"} for i in range(MILLION // 9)]
    return pickle.dumps(rows, protocol=4)


def tuples() -> bytes:
    """Four opcodes per pair: two ints, TUPLE2, MEMOIZE."""
    rows = [(i + 70_000, i * 3 + 70_000) for i in range(MILLION // 4)]
    return pickle.dumps(rows, protocol=4)


def calls() -> bytes:
    """Four opcodes per date: GLOBAL, SHORT_BINBYTES, TUPLE1, REDUCE. CPython
    memoises the class; this names it each time, as a hostile file would."""
    def date(i: int) -> bytes:
        year, month, day = 1990 + i % 40, 1 + i % 12, 1 + i % 28
        return b"cdatetime\ndate\nC\x04" + struct.pack(">HBB", year, month, day) + b"\x85R"
    batches = (b"(" + b"".join(map(date, range(n, min(n + 1000, MILLION // 4)))) + b"e"
               for n in range(0, MILLION // 4, 1000))
    return b"\x80\x03]" + b"".join(batches) + b"."


MILLIONS: dict[str, Callable[[], bytes]] = {
    "ints": ints, "dicts": dicts, "tuples": tuples, "calls": calls,
}


def blob(number: int) -> bytes:
    return random.Random(1000 + number).randbytes(BLOB)


def big_pickle(path: Path) -> None:
    """What CPython writes for a list of large bytes: each outside any frame."""
    with path.open("wb") as out:
        pickle.dump([blob(n) for n in range(BLOBS)], out, protocol=4)


# ---------------------------------------------------------------- PyTorch

def state_dict(lengths: list[int]) -> bytes:
    """data.pkl of a state_dict of one-dimensional float tensors."""
    def text(value: str) -> bytes:
        return b"X" + struct.pack("<I", len(value)) + value.encode()

    def number(value: int) -> bytes:
        return b"J" + struct.pack("<i", value)

    ordered = b"ccollections\nOrderedDict\n)R"
    body = b""
    for key, length in enumerate(lengths):
        storage = (b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text(str(key))
                   + text("cpu") + number(length) + b"tQ")
        body += (text(f"layers.{key}.weight") + b"ctorch._utils\n_rebuild_tensor_v2\n("
                 + storage + number(0) + number(length) + b"\x85" + number(1) + b"\x85"
                 + b"\x89" + ordered + b"tR")
    return b"\x80\x02" + ordered + b"(" + body + b"u."


def write_torch(path: Path, storages: list[Callable[[], bytes]], lengths: list[int]) -> None:
    """A torch.save archive: stored members, data aligned to 64 bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        def add(name: str, data: bytes) -> None:
            info = zipfile.ZipInfo(f"archive/{name}", (1980, 1, 1, 0, 0, 0))
            assert archive.fp is not None
            padding = -(archive.fp.tell() + 30 + len(info.filename) + 4) % 64
            info.extra = b"FB" + struct.pack("<H", padding) + b"Z" * padding
            archive.writestr(info, data)
            info.extra = b""        # local header only, as PyTorch does

        add("data.pkl", state_dict(lengths))
        add("byteorder", b"little")
        for key, make in enumerate(storages):
            add(f"data/{key}", make())
        add("version", b"3\n")


def big_torch(path: Path) -> None:
    write_torch(path, [lambda n=n: blob(n) for n in range(BLOBS)], [BLOB // 4] * BLOBS)


# ---------------------------------------------------------------- small files

def varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def write_pickle(path: Path, rng: random.Random) -> None:
    rows = {f"feature_{i}": [rng.random() for _ in range(8)] for i in range(rng.randrange(4, 24))}
    path.write_bytes(pickle.dumps({"rows": rows, "size": len(rows)}, protocol=rng.choice([2, 4])))


def write_json(path: Path, rng: random.Random) -> None:
    config = {"model_type": "bert", "hidden_size": rng.randrange(64, 1024),
              "vocabulary": {f"token{i}": i for i in range(rng.randrange(10, 80))}}
    path.write_text(json.dumps(config, indent=2))


def write_safetensors(path: Path, rng: random.Random) -> None:
    size = 4 * rng.randrange(16, 512)
    header = json.dumps({"weight": {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]}})
    header += " " * (-len(header) % 8)
    path.write_bytes(struct.pack("<Q", len(header)) + header.encode() + rng.randbytes(size))


def write_npy(path: Path, rng: random.Random) -> None:
    count = rng.randrange(16, 512)
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({count},), }}"
    header += " " * (-(11 + len(header)) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header))
                     + header.encode() + rng.randbytes(count * 4))


def write_yaml(path: Path, rng: random.Random) -> None:
    lines = ["model:", f"  hidden: {rng.randrange(64, 512)}", "  layers:"]
    lines += [f"    - {{name: layer{i}, width: {rng.randrange(8, 64)}}}" for i in range(rng.randrange(4, 30))]
    path.write_text("\n".join(lines) + "\n")


def write_small_torch(path: Path, rng: random.Random) -> None:
    lengths = [rng.randrange(16, 256) for _ in range(3)]
    write_torch(path, [lambda n=n: rng.randbytes(n * 4) for n in lengths], lengths)


def write_text(path: Path, rng: random.Random) -> None:
    words = ["the", "model", "was", "trained", "on", "rows", "of", "features", "for", "weeks"]
    path.write_text("# Notes\n\n" + " ".join(rng.choice(words) for _ in range(200)) + "\n")


def write_onnx(path: Path, rng: random.Random) -> None:
    width = rng.randrange(8, 128)
    weight = field(1, width) + field(2, 1) + field(8, b"w") + field(9, rng.randbytes(width * 4))
    shape = field(1, field(1, width))
    value = field(2, field(1, field(1, 1) + field(2, shape)))
    node = field(1, b"x") + field(1, b"w") + field(2, b"y") + field(4, b"Mul")
    graph = (field(1, node) + field(2, b"g") + field(5, weight)
             + field(11, field(1, b"x") + value) + field(12, field(1, b"y") + value))
    path.write_bytes(field(1, 8) + field(7, graph) + field(8, field(1, b"") + field(2, 17)))


# A share of 20, the ending, and what writes one file. The shares add up to 20.
SMALL: list[tuple[int, str, Callable[[Path, random.Random], None]]] = [
    (4, "pkl", write_pickle), (3, "json", write_json), (3, "safetensors", write_safetensors),
    (2, "npy", write_npy), (2, "yaml", write_yaml), (3, "pt", write_small_torch),
    (2, "md", write_text), (1, "onnx", write_onnx),
]


def write_tree(root: Path) -> None:
    kinds = [(ending, write) for share, ending, write in SMALL for _ in range(share)]
    for number in range(TREE_FILES):
        ending, write = kinds[number % len(kinds)]
        folder = root / f"part-{number // 100:02d}"
        folder.mkdir(parents=True, exist_ok=True)
        write(folder / f"file-{number:04d}.{ending}", random.Random(number))


def main(root: Path) -> None:
    stamp = root / "stamp"
    if stamp.is_file() and stamp.read_text() == VERSION:
        return
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    (root / "small.pkl").write_bytes(small_pickle())
    for name, make in MILLIONS.items():
        (root / f"million-{name}.pkl").write_bytes(make())
    big_pickle(root / "half-gib.pkl")
    big_torch(root / "half-gib.pt")
    write_tree(root / "tree")
    stamp.write_text(VERSION)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: inputs.py FOLDER")
    main(Path(sys.argv[1]))
