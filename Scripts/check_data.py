"""Writes files with the libraries that people have, lets cordon read them, and compares what it writes with the source.

Run by `make interop-engine`, in the virtual environment of `make test-deps`.
"""
import argparse
import base64
import csv
import datetime
import decimal
import gzip
import io
import json
import os
import pathlib
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile

import datasets
import numpy
import pyarrow
import pyarrow.feather
import pyarrow.parquet
import zstandard
from PIL import Image

failures = []
checks = 0


def expect(condition, what):
    global checks
    checks += 1
    if not condition:
        failures.append(what)
        print("FAILED:", what)


def cordon(*arguments, code=0, limit=None):
    command = [str(CORDON), *map(str, arguments)]
    setup = (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limit)) if limit else None
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, preexec_fn=setup)
    expect(done.returncode == code, f"{' '.join(command[1:])}: exit code {done.returncode}, {done.stderr or done.stdout}")
    return done.stdout if code == 0 else done.stderr + done.stdout


def info(path, *arguments):
    return json.loads(cordon("data", "info", path, "--format", "json", *arguments))


def types_table():
    """A table of every type that is read."""
    count = 50
    some = lambda value: [None if row % 7 == 3 else value(row) for row in range(count)]
    strings = some(lambda row: f"text {row} ü")
    columns = {
        "i8": pyarrow.array(some(lambda r: r - 25), pyarrow.int8()),
        "u16": pyarrow.array(some(lambda r: r * 1000), pyarrow.uint16()),
        "i32": pyarrow.array(some(lambda r: -r * 100000), pyarrow.int32()),
        "u64": pyarrow.array(some(lambda r: 2**64 - 1 - r), pyarrow.uint64()),
        "f16": pyarrow.array([numpy.float16(r / 4) for r in range(count)], pyarrow.float16()),
        "f32": pyarrow.array(some(lambda r: r / 3), pyarrow.float32()),
        "f64": pyarrow.array(some(lambda r: r / 3), pyarrow.float64()),
        "flag": pyarrow.array(some(lambda r: r % 2 == 0), pyarrow.bool_()),
        "text": pyarrow.array(strings),
        "large": pyarrow.array(strings, pyarrow.large_string()),
        "view": pyarrow.array(strings, pyarrow.string_view()),
        "bytes": pyarrow.array(some(lambda r: bytes([r, 255])), pyarrow.binary()),
        "fixed": pyarrow.array(some(lambda r: bytes([r] * 4)), pyarrow.binary(4)),
        "money": pyarrow.array(some(lambda r: decimal.Decimal(r * 7 - 100) / 100), pyarrow.decimal128(20, 2)),
        "day": pyarrow.array(some(lambda r: datetime.date(2020, 1, 1) + datetime.timedelta(r)), pyarrow.date32()),
        "moment": pyarrow.array(some(lambda r: r * 10**9), pyarrow.timestamp("ms", "UTC")),
        "vector": pyarrow.array([[r, r / 2, None] for r in range(count)], pyarrow.list_(pyarrow.float32(), 3)),
        "tags": pyarrow.array(some(lambda r: ["a"] * (r % 4)), pyarrow.list_(pyarrow.string())),
        "pair": pyarrow.array(some(lambda r: {"x": r, "y": f"y{r}"}),
                              pyarrow.struct([("x", pyarrow.int16()), ("y", pyarrow.string())])),
        "map": pyarrow.array(some(lambda r: [("k", r)]), pyarrow.map_(pyarrow.string(), pyarrow.int32())),
        "coded": pyarrow.array(some(lambda r: f"c{r % 3}")).dictionary_encode(),
        "codedInt": pyarrow.array(some(lambda r: r % 5), pyarrow.int32()).dictionary_encode(),
        "codedFloat": pyarrow.array(some(lambda r: r % 5 / 2), pyarrow.float32()).dictionary_encode(),
        "nothing": pyarrow.nulls(count),
    }
    return pyarrow.table(columns)


def simple(value):
    """A value as JSON that both sides agree on."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return base64.b64encode(value).decode()
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, datetime.datetime):
        return int(value.timestamp() * 1000)
    if isinstance(value, datetime.date):
        return (value - datetime.date(1970, 1, 1)).days
    if isinstance(value, dict):
        return {key: simple(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return {"key": value[0], "value": simple(value[1])}
    if isinstance(value, list):
        return [simple(inner) for inner in value]
    return value


def check_types(folder):
    table = types_table()
    pyarrow.feather.write_feather(table, folder / "all.arrow", compression="zstd")
    with pyarrow.OSFile(str(folder / "stream.arrow"), "wb") as sink:
        with pyarrow.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table, 20)
    stored = table.drop_columns(["view"])
    pyarrow.parquet.write_table(stored, folder / "all.parquet", row_group_size=20)
    digests = set()
    for name in ["all.arrow", "stream.arrow", "all.parquet"]:
        source = stored if name == "all.parquet" else table
        told = info(folder / name)
        expect(told["rows"] == 50, f"{name}: rows")
        if name != "all.parquet":
            digests.add(told["digest"])
        cordon("data", "convert", folder / name, "--output", folder / f"{name}.jsonl")
        lines = [json.loads(line) for line in open(folder / f"{name}.jsonl")]
        for row, (line, wanted) in enumerate(zip(lines, source.to_pylist())):
            for key, value in wanted.items():
                expect(line[key] == simple(value) or (key in ("f32", "f16", "codedFloat", "vector") and numpy.allclose(
                    numpy.array(line[key], float), numpy.array(value, float), equal_nan=True)),
                    f"{name}, row {row}, {key}: {line[key]!r} instead of {simple(value)!r}")
        # Through our own Parquet and back into pyarrow.
        cordon("data", "convert", folder / name, "--output", folder / f"{name}.again.parquet")
        again = pyarrow.parquet.read_table(folder / f"{name}.again.parquet")
        for column in source.column_names:
            if column == "nothing":
                expect(again[column].null_count == 50, f"{name}: nothing")
                continue
            mine, theirs = again[column].to_pylist(), source[column].to_pylist()
            mine = [dict(entry) if isinstance(entry, tuple) else entry for entry in mine]
            if column == "map":
                theirs = [None if entry is None else [{"key": k, "value": v} for k, v in entry] for entry in theirs]
            expect(mine == theirs, f"{name}, {column} through Parquet: {mine[:4]} instead of {theirs[:4]}")
        expect(info(folder / f"{name}.again.parquet")["digest"] == told["digest"], f"{name}: digest through Parquet")
    expect(len(digests) == 1, f"Arrow files of the same rows have the digests {digests}")


def check_unread(folder):
    union = pyarrow.UnionArray.from_sparse(pyarrow.array([0, 1], pyarrow.int8()),
                                           [pyarrow.array([1, 2]), pyarrow.array(["a", "b"])])
    table = pyarrow.table({"u": union, "n": pyarrow.array([1, 2])})
    pyarrow.feather.write_feather(table, folder / "union.arrow", compression="uncompressed")
    text = cordon("data", "info", folder / "union.arrow")
    expect("not read" in text, f"a union is told as not read: {text}")
    error = cordon("data", "convert", folder / "union.arrow", "--output", folder / "u.jsonl", code=2)
    expect("'u'" in error and "--columns" in error, f"the column is named: {error}")
    cordon("data", "convert", folder / "union.arrow", "--output", folder / "u.jsonl", "--columns", "n")


def check_hollow(folder):
    """Lists of nothing, of which a few bytes claim billions."""
    size = 2**30
    array = pyarrow.FixedSizeListArray.from_arrays(pyarrow.nulls(size * 2), size)
    pyarrow.feather.write_feather(pyarrow.table({"h": array}), folder / "hollow.arrow", compression="uncompressed")
    expect("nothings" in cordon("data", "info", folder / "hollow.arrow", code=2), "hollow lists are refused")


def check_saved(folder):
    """What Hugging Face's datasets saves, plain and in splits, with pictures."""
    pictures = [{"bytes": PNG, "path": None} for _ in range(6)]
    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=["cat", "dog"])})
    plain = datasets.Dataset.from_dict({"image": pictures, "label": [0, 1, 0, 1, 0, 1]}, features=features)
    plain.save_to_disk(str(folder / "saved"), num_shards=2)
    told = info(folder / "saved", "--preview", folder / "sheet.png")
    expect(told["rows"] == 6 and told["files"] == 2, f"save_to_disk: {told}")
    roles = {column["name"]: column["role"] for column in told["columns"]}
    expect(roles == {"image": "image", "label": "label"}, f"save_to_disk: roles {roles}")
    expect((folder / "sheet.png").read_bytes()[:4] == b"\x89PNG", "a sheet of pictures")
    splits = datasets.DatasetDict({"train": plain, "test": plain.select(range(2))})
    splits.save_to_disk(str(folder / "splits"))
    expect(info(folder / "splits")["rows"] == 8, "save_to_disk of splits")
    text = datasets.Dataset.from_dict({"messages": [[{"role": "user", "content": "hi"}]] * 3})
    text.save_to_disk(str(folder / "chat"))
    columns = info(folder / "chat")["columns"]
    expect(columns[0]["role"] == "messages", f"chat messages: {columns}")


def check_compressed(folder):
    rows = "".join(json.dumps({"id": row, "text": f"row {row}"}) + "\n" for row in range(5000)).encode()
    table = ("id,text\n" + "".join(f"{row},row {row}\n" for row in range(5000))).encode()
    digests = set()
    for name, content in [("a.jsonl", rows), ("a.csv", table)]:
        (folder / name).write_bytes(content)
        (folder / (name + ".gz")).write_bytes(gzip.compress(content))
        (folder / (name + ".zst")).write_bytes(zstandard.compress(content))
        for ending in ["", ".gz", ".zst"]:
            told = info(folder / (name + ending))
            expect(told["rows"] == 5000, f"{name}{ending}")
            digests.add(told["digest"])
    expect(len(digests) == 1, f"the same rows in six files: {digests}")


def check_numpy(folder):
    arrays = {
        "x": numpy.arange(600, dtype=numpy.float32).reshape(100, 6), "y": numpy.arange(100) % 3,
        "big": numpy.full(100, 2**64 - 1, dtype=numpy.uint64), "fortran": numpy.asfortranarray(numpy.eye(100, 4)),
        "swapped": numpy.arange(100, dtype=">i4"), "name": numpy.array([f"n{row}" for row in range(100)]),
    }
    numpy.savez(folder / "a.npz", **arrays)
    numpy.savez_compressed(folder / "b.npz", **arrays)
    expect(info(folder / "a.npz")["digest"] == info(folder / "b.npz")["digest"], "NPZ stored and compressed")
    cordon("data", "convert", folder / "b.npz", "--output", folder / "c.npz", "--columns", "x,y,big,fortran,swapped")
    again = numpy.load(folder / "c.npz")
    for name in again.files:
        expect(numpy.array_equal(again[name], arrays[name]), f"NPZ: {name}")
    # Members that lie over each other: one set of bytes, claimed many times.
    with zipfile.ZipFile(folder / "o.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("m0.npy", (folder / "x.npy").read_bytes() if (folder / "x.npy").exists() else npy(10**7))
    content = bytearray((folder / "o.npz").read_bytes())
    end = content.rindex(b"PK\x05\x06")
    start = struct.unpack_from("<I", content, end + 16)[0]
    entry = bytes(content[start:end])
    many = b"".join(entry.replace(b"m0.npy", b"m%d.npy" % digit) for digit in range(10))
    tail = bytearray(content[end:])
    struct.pack_into("<HHI", tail, 8, 10, 10, len(many))
    (folder / "overlap.npz").write_bytes(bytes(content[:start]) + many + bytes(tail))
    expect("shares bytes" in cordon("data", "info", folder / "overlap.npz", code=2), "overlapping members")


def npy(count):
    out = io.BytesIO()
    numpy.save(out, numpy.zeros(count, dtype=numpy.uint8))
    return out.getvalue()


def check_many_files(folder):
    (folder / "shards").mkdir()
    for shard in range(300):
        pyarrow.parquet.write_table(pyarrow.table({"a": [shard]}), folder / "shards" / f"{shard:04}.parquet")
    told = cordon("data", "info", folder / "shards", "--format", "json", limit=(128, 4096))
    expect(json.loads(told)["rows"] == 300, "more files than may be open by default")
    error = cordon("data", "info", folder / "shards", code=2, limit=(128, 200))
    expect("ulimit" in error, f"too many files tell the remedy: {error}")


parser = argparse.ArgumentParser()
parser.add_argument("--cordon", required=True, type=pathlib.Path)
CORDON = parser.parse_args().cordon.resolve()
PICTURE = io.BytesIO()
Image.new("RGB", (4, 3), (200, 10, 10)).save(PICTURE, "PNG")
PNG = PICTURE.getvalue()
os.environ["HF_DATASETS_OFFLINE"] = "1"
datasets.disable_progress_bars()
with tempfile.TemporaryDirectory() as name:
    for check in [check_types, check_unread, check_hollow, check_saved, check_compressed, check_numpy, check_many_files]:
        folder = pathlib.Path(name) / check.__name__
        folder.mkdir()
        try:
            check(folder)
        except Exception as error:
            failures.append(f"{check.__name__}: {error!r}")
            print("FAILED:", failures[-1])
print(f"data: {checks} checks, {len(failures)} failed")
sys.exit(1 if failures else 0)
