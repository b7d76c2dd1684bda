"""NumPy, joblib and legacy PyTorch files; pickles under foreign names."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import zlib

from .archives import EVIL, EVIL_EVAL, FINE, Member, Zip, _tar
from .asm import R, dump, encode, g, wrap
from .core import Registry
from .gadgets import CMD

NPY = "NumPy NEP 1 / numpy.lib.format documentation"


def npy(payload: bytes, descr: str = "'|O'", shape: str = "(1,)", version: int = 1, raw_header: bytes | None = None) -> bytes:
    """An .npy file by hand."""
    head = raw_header or f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    width = 10 if version == 1 else 12
    head += b" " * (-(width + len(head) + 1) % 64) + b"\n"
    size = struct.pack("<H" if version == 1 else "<I", len(head))
    return b"\x93NUMPY" + bytes([version, 0]) + size + head + payload


def lz4_frame(data: bytes) -> bytes:
    """An LZ4 frame with one stored block; 0xC0 is the header checksum of flags 0x40 0x40."""
    return b"\x04\x22\x4d\x18\x40\x40\xc0" + struct.pack("<I", 0x80000000 | len(data)) + data + bytes(4)


def _numpy(reg: Registry) -> None:
    def add(family: str, gadget: str, name: str, data: bytes, text: str, kind: str = "load", how: str = "none") -> None:
        reg.add("numpy-" + family, gadget, (name, data), "numpy", NPY, text, kind=kind, verify=how)

    for version in (1, 2, 3):
        add("object-array", f"v{version}", "labels.npy", npy(EVIL, version=version), f"object array, header version {version}", how="npy")
    add("object-array", "eval-structured", "labels.npy", npy(EVIL_EVAL, "[('a', '|O'), ('b', '<f4')]"), "structured dtype with an object field", how="npy")
    add("object-array", "O8", "labels.npy", npy(EVIL, "'O8'"), "dtype spelled O8", how="npy")
    add("object-array", "spaced-header", "labels.npy", npy(EVIL, raw_header=b"{ 'shape' :(1,) ,\t'descr': \"O\", 'fortran_order':False}"), "unusual spelling of the header", how="npy")
    add("raw-pickle", "npy-name", "embeddings.npy", EVIL, "numpy.load falls back to pickle when the magic is absent", how="pickle")
    add("npz", "object", "data.npz", Zip([Member(b"x.npy", npy(bytes(8), "'<f8'")), Member(b"y.npy", npy(EVIL))]).build(), "object array in an npz")
    add("npz", "deflated", "data.npz", Zip([Member(b"y.npy", npy(EVIL_EVAL), 8)]).build(), "deflated object array in an npz")
    add("npz", "no-extension", "data.npz", Zip([Member(b"y", npy(EVIL))]).build(), "npz member without .npy")
    add("npz", "raw-pickle-member", "data.npz", Zip([Member(b"y.npy", EVIL), Member(b"z.pkl", EVIL)]).build(), "npz members that are pickles", how="zip:z.pkl")
    add("trailing", "pickle", "data.npy", npy(bytes(8), "'<f8'") + EVIL, "a pickle behind the array", "structural")
    add("shape-lie", "huge", "data.npy", npy(bytes(8), "'<f8'", "(1000000000000, 1000000)"), "a shape of 8 EB over 8 bytes", "structural")
    add("shape-lie", "overflow", "data.npy", npy(bytes(8), "'<f8'", "(4294967296, 4294967296)"), "a shape whose product overflows 64 bits", "structural")
    add("header-code", "expression", "data.npy", npy(bytes(8), raw_header=b"{'descr': __import__('os').system('true'), 'fortran_order': False, 'shape': (1,)}"),
        "a header that is not a literal (old readers eval it)", "structural")
    add("header-length", "v2-huge", "data.npy", b"\x93NUMPY\x02\x00" + struct.pack("<I", 0xFFFFFFF0) + b"{'descr': '<f8'", "a header length of 4 GB", "structural")


def _joblib(reg: Registry) -> None:
    def add(family: str, gadget: str, data: bytes, text: str, how: str, name: str = "model.joblib") -> None:
        reg.add("joblib-" + family, gadget, (name, data), "joblib", "joblib.dump documentation", text, verify=how)

    packers = {"zlib": (zlib.compress, "zlib"), "gzip": (lambda d: gzip.compress(d, mtime=0), "gzip"), "bz2": (bz2.compress, "bz2"),
               "xz": (lzma.compress, "xz"), "lzma": (lambda d: lzma.compress(d, lzma.FORMAT_ALONE), "xz"), "lz4": (lz4_frame, "none")}
    for key, (pack, how) in packers.items():
        add("compressed", key, pack(EVIL), f"joblib compressed with {key}", how)
    add("compressed-name", "z", zlib.compress(EVIL_EVAL), "zlib joblib named .z", "zlib", "model.z")
    add("compressed-name", "pkl", lz4_frame(EVIL_EVAL), "lz4 joblib named .pkl", "none", "model.pkl")
    add("old-zfile", "ZF", b"ZF" + b"0x%x" % len(EVIL) + b" " * (19 - len(b"0x%x" % len(EVIL))) + zlib.compress(EVIL), "old joblib ZFile with a text length", "none")
    add("plain", "os.system", EVIL, "uncompressed joblib", "pickle")
    array = encode(R(g("joblib.numpy_pickle:NumpyArrayWrapper"), g("numpy:ndarray"), (1,), "C", "|O"), 4)
    add("array-wrapper", "object-array", wrap(array + b"0" + encode(R(g("os:system"), CMD), 4), 4, False), "payload behind a NumpyArrayWrapper", "none")
    add("array-wrapper", "inline-object", b"\x80\x04" + array + EVIL + b".", "an object array's own pickle inline after its wrapper", "none")
    add("array-bytes", "inline-raw", b"\x80\x04" + array + bytes(64) + encode(R(g("os:system"), CMD), 4) + b".", "raw array bytes inline, the payload after them", "none")


def _legacy_torch(reg: Registry) -> None:
    magic = dump(0x1950A86A20F9469CFC6C, 0)
    magic2 = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
    proto, info = b"\x80\x02M\xe9\x03.", dump({"little_endian": True, "protocol_version": 1001}, 2)
    src = "PyTorch serialization, legacy format"
    for gadget, body in (("os.system", EVIL), ("builtins.eval", EVIL_EVAL)):
        reg.add("torch-legacy", gadget, ("pytorch_model.bin", magic2 + proto + info + body), "pytorch-legacy", src, "legacy stream, the object pickle calls", verify="pickle-stream")
    reg.add("torch-legacy-storages", "keys", ("model.pth", magic2 + proto + info + FINE + EVIL), "pytorch-legacy", src, "the storage-key pickle calls", verify="pickle-stream")
    reg.add("torch-legacy-head", "sys-info", ("model.pt", magic2 + proto + EVIL + FINE), "pytorch-legacy", src, "the sys_info pickle calls", verify="pickle-stream")
    ps = "picklescan GHSA-97f8-7cmv-76j2 and magic-number data file"
    reg.add("torch-legacy-magic", "computed", ("model.pt", dump(R(g("builtins:int"), "119547037146038801333356"), 2) + proto + info + EVIL), "pytorch-legacy", ps, "the magic number is computed, not written", verify="pickle-stream")
    reg.add("torch-legacy-magic", "text", ("model.pt", magic + proto + info + EVIL), "pytorch-legacy", ps, "the magic number as a text integer", verify="pickle-stream")
    reg.add("torch-legacy-magic", "payload-in-magic", ("model.bin", wrap(encode(R(g("os:system"), CMD), 2) + b"0\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19", 2) + proto + info + FINE), "pytorch-legacy", ps, "the magic-number pickle itself calls", verify="pickle-stream")
    reg.add("torch-raw-pickle", "bin", ("pytorch_model.bin", EVIL), "pickle", src, "a bare pickle under a PyTorch name", verify="pickle")
    reg.add("torch-raw-pickle", "no-magic", ("model.pt", dump(1, 2) + EVIL_EVAL), "pickle", ps, "wrong magic number, pickle.load still runs it", verify="pickle-stream")
    tar = _tar([("sys_info", info), ("pickle", EVIL), ("storages", dump(0, 2)), ("tensors", dump(0, 2))])
    reg.add("torch-tar", "pickle", ("model.pth", tar), "pytorch-tar", "PyTorch serialization, tar format", "the oldest tar layout", verify="tar:pickle")
    reg.add("torch-tar", "storages", ("model.pt", _tar([("sys_info", info), ("pickle", FINE), ("storages", EVIL), ("tensors", dump(0, 2))])), "pytorch-tar",
            "PyTorch serialization, tar format", "the storages member calls", verify="tar:storages")


def _masquerade(reg: Registry) -> None:
    names = ("model.safetensors", "model.onnx", "config.json", "preview.png", "README.txt", "model.gguf", "model.h5", "model.keras", "model.tflite",
             "saved_model.pb", "README.md", "weights", "model.pkl.bak", ".cache", "MODEL.PKL", "model.pth.tar", "vocab.csv", "model.mlmodel", "tokenizer.model", "model.bin.index")
    for name in names:
        reg.add("masquerade-extension", name, (name, EVIL if len(name) & 1 else EVIL_EVAL), "pickle", "picklescan CVE-2025-10155", f"a pickle named {name}", verify="pickle")
    text0 = dump(R(g("os:system"), CMD), 0)
    reg.add("masquerade-text", "protocol-0-json", ("settings.json", text0), "pickle", "picklescan CVE-2025-10155", "a protocol-0 pickle named .json", verify="pickle")
    reg.add("masquerade-text", "protocol-0-txt", ("vocab.txt", text0), "pickle", "picklescan CVE-2025-10155", "a protocol-0 pickle named .txt", verify="pickle")
    for name, head in (("png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), ("gif", b"GIF89a" + bytes(10)), ("pdf", b"%PDF-1.4\n"), ("elf", b"\x7fELF\x02\x01\x01" + bytes(9))):
        reg.add("polyglot-offset", name, (f"asset.{name}", head + bytes(64) + EVIL), "polyglot", "polyglot literature", f"a pickle behind a {name} header, loaded by seeking there", kind="structural")
    reg.add("training-artifacts", "training_args.bin", ({"training_args.bin": EVIL, "config.json": b'{"model_type": "bert"}'}), "hf-repo", "Hugging Face Trainer outputs", "training_args.bin is a pickle")
    reg.add("training-artifacts", "optimizer.pt", ({"optimizer.pt": Zip([Member(b"optimizer/data.pkl", EVIL), Member(b"optimizer/version", b"3\n")]).build(), "trainer_state.json": b"{}"}),
            "hf-repo", "Hugging Face Trainer outputs", "optimizer.pt with a call")
    reg.add("training-artifacts", "rng_state.pth", ({"rng_state.pth": EVIL_EVAL}), "hf-repo", "Hugging Face Trainer outputs", "rng_state.pth with a call")


def register(reg: Registry) -> None:
    """All array, joblib, legacy and masquerade cases."""
    _numpy(reg)
    _joblib(reg)
    _legacy_torch(reg)
    _masquerade(reg)
