"""Tell the format of a model or data file by its content, and by its name where content cannot tell."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from pathlib import PurePath

from trace_imports import decompress, looks_like_pickle

PICKLE_LIKE = ("pickle", "pickle-compressed", "torch-zip", "torch-legacy", "torchscript", "npy-object", "npz-object")
"""The formats that hold a pickle."""

_BY_SUFFIX = {
    ".onnx": "onnx",
    ".ort": "onnxruntime",
    ".pb": "protobuf",
    ".pbtxt": "protobuf-text",
    ".tflite": "tflite",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".ubj": "xgboost-ubj",
    ".cbm": "catboost",
    ".mlmodel": "coreml",
    ".jinja": "jinja",
    ".tfrecord": "tfrecord",
    ".index": "tf-checkpoint",
    ".ftz": "fasttext",
}


def sniff(data: bytes, name: str) -> str | None:
    """The format of a file, or nothing when it is not one that a model scanner meets."""
    suffix = PurePath(name).suffix.lower()
    for test in (_by_magic, _compressed, _archive, _pickle):
        found = test(data)
        if found:
            return found
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix] if data else None
    if suffix == ".json":
        return "json" if _is_json(data) else None
    return None


def _by_magic(data: bytes) -> str | None:
    if data.startswith(b"\x93NUMPY"):
        return "npy-object" if _npy_holds_objects(data) else "npy"
    if data.startswith(b"\x89HDF\r\n\x1a\n"):
        return "hdf5"
    if data.startswith(b"GGUF"):
        return "gguf"
    if data[4:8] == b"TFL3":
        return "tflite"
    length = int.from_bytes(data[:8], "little")
    if data[8:9] == b"{" and 2 <= length <= len(data) - 8 and _is_json(data[8 : 8 + length]):
        return "safetensors"
    return None


def _npy_holds_objects(data: bytes) -> bool:
    return b"|O" in data[:256] or b"'O'" in data[:256]


def _compressed(data: bytes) -> str | None:
    try:
        content = decompress(data)
    except Exception:  # noqa: BLE001 - a magic by chance, or a variant that is no stream
        return None
    if content is None:
        return None
    if content[257:262] == b"ustar":
        return "tar-compressed"
    return "pickle-compressed" if _pickle(content) else None


def _archive(data: bytes) -> str | None:
    if data[257:262] == b"ustar":
        return "tar"
    if data[:2] != b"PK" or not zipfile.is_zipfile(io.BytesIO(data)):
        return None
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        return _zip_kind(archive, names)


def _zip_kind(archive: zipfile.ZipFile, names: list[str]) -> str:
    if any(name.endswith("data.pkl") for name in names):
        return (
            "torchscript" if any("/code/" in name or name.endswith("constants.pkl") for name in names) else "torch-zip"
        )
    if names and all(name.endswith(".npy") for name in names):
        return "npz-object" if any(_npy_holds_objects(archive.read(name)) for name in names) else "npz"
    if "model.weights.h5" in names or {"config.json", "metadata.json"} <= set(names):
        return "keras"
    return "zip"


def _pickle(data: bytes) -> str | None:
    if not looks_like_pickle(data):
        return None
    return "torch-legacy" if b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19" in data[:16] else "pickle"


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


def tally(formats: Iterable[str]) -> dict[str, int]:
    """How many there are of each format, the most frequent first."""
    counts: dict[str, int] = {}
    for kind in formats:
        counts[kind] = counts.get(kind, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))
