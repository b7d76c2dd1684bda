"""safetensors and GGUF files that break their specification or carry code."""

from __future__ import annotations

import json
import struct

from .archives import EVIL, Zip, torch_members
from .core import Registry

ST = "safetensors format specification"
GG = "GGUF specification"
TENSOR = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}
SSTI = "{{ cycler.__init__.__globals__.os.popen('true').read() }}"


def safetensors(header: object, data: bytes = bytes(16), length: int | None = None, lead: bytes = b"") -> bytes:
    """A safetensors file; header may be bytes or a JSON value."""
    text = header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode()
    text = lead + text
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def _safetensors(reg: Registry) -> None:
    def add(family: str, gadget: str, data: bytes, text: str, src: str = ST, extra: dict[str, bytes] | None = None) -> None:
        reg.add("safetensors-" + family, gadget, {"model.safetensors": data, **(extra or {})}, "safetensors", src, text, kind="structural")

    one = {"w": TENSOR}
    two = lambda a, b: {"a": {**TENSOR, "data_offsets": a}, "b": {**TENSOR, "data_offsets": b}}
    add("header-length", "beyond-file", safetensors(one, length=10**6), "header length beyond the file")
    add("header-length", "2**63", safetensors(one, length=2**63), "header length with the sign bit")
    add("header-length", "2**64-1", safetensors(one, length=2**64 - 1), "header length that overflows")
    add("header-length", "over-100MB", safetensors(one, length=100_000_001), "header above the 100 MB limit")
    add("header-length", "zero", safetensors(one, length=0), "header length zero")
    add("header-length", "too-short", safetensors(one, length=20), "header length cuts the JSON")
    add("overlap", "full", safetensors(two([0, 16], [0, 16])), "two tensors share their bytes")
    add("overlap", "partial", safetensors(two([0, 16], [8, 24]), bytes(24)), "two tensors overlap in part")
    add("hole", "middle", safetensors(two([0, 16], [32, 48]), bytes(48)), "unclaimed bytes between tensors")
    add("hole", "pickle-in-hole", safetensors(two([0, 16], [16 + len(EVIL), 32 + len(EVIL)]), bytes(16) + EVIL + bytes(16)), "a pickle in unclaimed bytes", "safetensors security audit (Trail of Bits 2023)")
    add("hole", "start", safetensors({"w": {**TENSOR, "data_offsets": [16, 32]}}, bytes(32)), "unclaimed bytes at the start")
    add("trailing", "zeros", safetensors(one, bytes(80)), "bytes behind the last tensor")
    add("trailing", "pickle", safetensors(one, bytes(16) + EVIL), "a pickle behind the last tensor", "safetensors security audit (Trail of Bits 2023)")
    add("trailing", "zip", safetensors(one, bytes(16) + Zip(torch_members(EVIL)).build()), "a PyTorch zip behind the last tensor: zip readers open the file", "safetensors security audit (Trail of Bits 2023)")
    add("size", "short", safetensors({"w": {**TENSOR, "shape": [400]}}), "shape larger than its bytes")
    add("size", "long", safetensors({"w": {**TENSOR, "shape": [1]}}), "shape smaller than its bytes")
    add("shape-overflow", "2**32-squared", safetensors({"w": {**TENSOR, "shape": [2**32, 2**32]}}), "shape product overflows to 0")
    add("shape-overflow", "2**62*4", safetensors({"w": {**TENSOR, "shape": [2**62]}}), "byte size overflows to 0")
    add("offsets", "beyond-data", safetensors({"w": {**TENSOR, "data_offsets": [0, 1600], "shape": [400]}}), "offsets beyond the data")
    add("offsets", "reversed", safetensors({"w": {**TENSOR, "data_offsets": [16, 0]}}), "end before begin")
    add("offsets", "negative", safetensors({"w": {**TENSOR, "data_offsets": [-16, 0]}}), "negative begin")
    add("offsets", "float", safetensors({"w": {**TENSOR, "data_offsets": [0.0, 16.0]}}), "offsets that are not integers")
    add("offsets", "strings", safetensors({"w": {**TENSOR, "data_offsets": ["0", "16"]}}), "offsets that are strings")
    add("duplicate-key", "tensor", safetensors(b'{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"w":{"dtype":"I32","shape":[4],"data_offsets":[0,16]}}'), "a tensor named twice")
    add("duplicate-key", "metadata", safetensors(b'{"__metadata__":{"a":"1"},"__metadata__":{"a":"2"},"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}'), "two __metadata__")
    add("duplicate-key", "field", safetensors(b'{"w":{"dtype":"F32","shape":[4],"shape":[2,2],"data_offsets":[0,8],"data_offsets":[0,16]}}'), "shape and offsets given twice")
    add("encoding", "not-utf8", safetensors(b'{"w\xff\xfe":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}'), "header is not UTF-8")
    add("encoding", "utf16", safetensors(json.dumps(one).encode("utf-16")), "header in UTF-16")
    add("encoding", "bom", safetensors(one, lead=b"\xef\xbb\xbf"), "byte-order mark before the header")
    add("lead", "spaces", safetensors(one, lead=b"   "), "white space before the brace")
    add("lead", "array", safetensors(b"[]"), "header is not an object")
    add("dtype", "unknown", safetensors({"w": {**TENSOR, "dtype": "OBJECT"}}), "a dtype the format does not have")
    add("metadata-type", "nested", safetensors({"__metadata__": {"a": {"b": 1}}, **one}), "metadata values that are not strings")
    add("deep-json", "100k", safetensors(b'{"__metadata__":' + b"[" * 100000 + b"]" * 100000 + b"}"), "100,000 nested arrays in the header")
    index = lambda target: json.dumps({"metadata": {}, "weight_map": {"w": target}}).encode()
    for gadget, target in (("dotdot", "../../../../etc/passwd"), ("absolute", "/etc/passwd"), ("url", "https://cordon.invalid/model.safetensors"), ("pickle", "pytorch_model.bin")):
        files = {"model.safetensors.index.json": index(target), "config.json": b"{}"}
        if gadget == "pickle":
            files["pytorch_model.bin"] = EVIL
        reg.add("safetensors-index", gadget, files, "hf-repo", "Transformers sharded checkpoint documentation", f"weight_map points to {target}", kind="structural")


def gstr(text: str | bytes) -> bytes:
    """A GGUF string."""
    data = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(data)) + data


def kv(key: str, kind: int, value: bytes) -> bytes:
    """A GGUF metadata pair."""
    return gstr(key) + struct.pack("<I", kind) + value


def info(name: str = "w", dims: tuple[int, ...] = (32,), kind: int = 0, offset: int = 0, n_dims: int | None = None) -> bytes:
    """A GGUF tensor description."""
    return gstr(name) + struct.pack("<I", len(dims) if n_dims is None else n_dims) + b"".join(struct.pack("<Q", d) for d in dims) + struct.pack("<IQ", kind, offset)


def gguf(pairs: list[bytes] = (), tensors: list[bytes] = (), *, version: int = 3, n_tensors: int | None = None, n_kv: int | None = None,
         data: bytes = bytes(128), pad: bool = True) -> bytes:
    """A GGUF file."""
    pairs = [kv("general.architecture", 8, gstr("llama")), *pairs]
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors) if n_tensors is None else n_tensors, len(pairs) if n_kv is None else n_kv)
    head += b"".join(pairs) + b"".join(tensors)
    return head + (bytes(-len(head) % 32) if pad else b"") + data


SSTI_FORMS = (
    ("cycler", SSTI, "CVE-2024-34359"),
    ("for-subclasses", "{% for x in ().__class__.__base__.__subclasses__() %}{% if 'warning' in x.__name__ %}{{ x()._module.__builtins__['__import__']('os').popen('true').read() }}{% endif %}{% endfor %}", "CVE-2024-34359"),
    ("self-init", "{{ self.__init__.__globals__.__builtins__.__import__('os').popen('true').read() }}", "Jinja SSTI literature"),
    ("attr-filter", "{{ (lipsum|attr('__globals__'))['os'].popen('true').read() }}", "Jinja SSTI literature"),
    ("hex-attr", "{{ lipsum|attr('\\x5f\\x5fglobals\\x5f\\x5f')|attr('\\x5f\\x5fgetitem\\x5f\\x5f')('os') }}", "Jinja SSTI literature"),
    ("concat", "{{ ''['__cla' ~ 'ss__']['__m' ~ 'ro__'][1]['__subcla' ~ 'sses__']() }}", "Jinja SSTI literature"),
    ("join", "{{ lipsum|attr(['_','_','globals','_','_']|join) }}", "Jinja SSTI literature"),
    ("request", "{{ request.application.__globals__.__builtins__.open('/etc/hostname').read() }}", "Jinja SSTI literature"),
    ("joiner", "{{ joiner.__init__.__globals__.os.system('true') }}", "Jinja SSTI literature"),
    ("namespace", "{% set ns = namespace.__init__.__globals__ %}{{ ns.os.system('true') }}", "Jinja SSTI literature"),
    ("mro", "{{ [].__class__.__mro__[1].__subclasses__()[104].__init__.__globals__['sys'].modules['os'].popen('true') }}", "Jinja SSTI literature"),
    ("format-sandbox", "{{ '%s'.format.__func__ }}{{ ('{0.__class__.__init__.__globals__}')|attr('format')(messages) }}", "CVE-2025-27516"),
    ("str-format-map", "{{ '{0.__globals__}'.format_map({'0': lipsum}) }}", "CVE-2019-10906"),
    ("generator-frame", "{% set g = messages|map('upper') %}{{ g.gi_frame.f_back.f_globals }}", "Jinja SSTI literature"),
    ("include", "{% include '/etc/passwd' %}", "Jinja documentation"),
    ("import", "{% import 'os' as os %}{{ os.system('true') }}", "Jinja documentation"),
    ("range-dos", "{% for a in range(99999999) %}{% for b in range(99999999) %}x{% endfor %}{% endfor %}", "Jinja sandbox documentation"),
)
CHAT = "{% for message in messages %}{{ message['role'] + ': ' + message['content'] }}{% endfor %}"


def _gguf(reg: Registry) -> None:
    def add(family: str, gadget: str, data: bytes, text: str, src: str = GG, kind: str = "structural") -> None:
        reg.add("gguf-" + family, gadget, ("model.gguf", data), "gguf", src, text, kind=kind)

    talos = "CVE-2024-21836, CVE-2024-23496, CVE-2024-21802, CVE-2024-21825, CVE-2024-23605 (Talos, Databricks)"
    add("count", "n_tensors", gguf(n_tensors=2**60), "2**60 tensors", talos)
    add("count", "n_kv", gguf(n_kv=2**60), "2**60 metadata pairs", talos)
    add("count", "n_kv-overflow", gguf(n_kv=2**64 - 1), "a pair count that overflows an allocation", talos)
    add("count", "n_tensors-small-overflow", gguf(n_tensors=0x0666666666666667), "a tensor count whose product with 40 wraps", talos)
    add("string-length", "2**64-1", gguf([gstr("k") + struct.pack("<I", 8) + struct.pack("<Q", 2**64 - 1) + b"x"]), "string length + 1 wraps to 0", "CVE-2024-23496")
    add("string-length", "beyond-file", gguf([gstr("k") + struct.pack("<I", 8) + struct.pack("<Q", 10**12) + b"x"]), "a string longer than the file", "CVE-2024-23496")
    add("string-length", "key", gguf([struct.pack("<Q", 2**63) + b"k" + struct.pack("<II", 4, 1)]), "a key with a length of 2**63", "CVE-2024-23496")
    add("array-length", "overflow", gguf([kv("a", 9, struct.pack("<IQ", 6, 2**62) + bytes(8))]), "array bytes wrap to 0", "CVE-2024-21825")
    add("array-length", "strings", gguf([kv("tokenizer.ggml.tokens", 9, struct.pack("<IQ", 8, 2**60))]), "2**60 strings", "CVE-2024-21825")
    add("array-nesting", "64-deep", gguf([kv("a", 9, struct.pack("<IQ", 9, 1) * 64 + struct.pack("<IQ", 4, 0))]), "arrays 64 deep")
    add("array-nesting", "100k-deep", gguf([kv("a", 9, struct.pack("<IQ", 9, 1) * 100000)]), "arrays 100,000 deep")
    add("type", "metadata-99", gguf([kv("a", 99, bytes(8))]), "unknown metadata type")
    add("type", "tensor-9999", gguf([], [info(kind=9999)]), "unknown tensor type", talos)
    add("dims", "n_dims-huge", gguf([], [info(n_dims=2**31)]), "2**31 dimensions", "CVE-2024-21802")
    add("dims", "n_dims-9", gguf([], [info(dims=(2,) * 9)]), "nine dimensions", "CVE-2024-21802")
    add("dims", "product-overflow", gguf([], [info(dims=(2**33, 2**33))]), "dimension product overflows", "CVE-2025-53630")
    add("dims", "negative", gguf([], [info(dims=(2**63,))]), "a dimension that is negative when signed", "CVE-2025-53630")
    add("tensor-offset", "beyond-file", gguf([], [info(offset=2**40)]), "tensor data beyond the file")
    add("tensor-offset", "wrap", gguf([], [info(offset=2**64 - 64)]), "tensor offset that wraps", "CVE-2025-53630")
    add("tensor-offset", "unaligned", gguf([], [info(offset=7)]), "tensor offset off the alignment")
    add("tensor-offset", "overlap", gguf([], [info("a"), info("b")]), "two tensors over the same bytes")
    add("alignment", "zero", gguf([kv("general.alignment", 4, struct.pack("<I", 0))], [info()]), "alignment zero: division by zero")
    add("alignment", "three", gguf([kv("general.alignment", 4, struct.pack("<I", 3))], [info()]), "alignment not a power of two")
    add("alignment", "huge", gguf([kv("general.alignment", 4, struct.pack("<I", 2**31))], [info()]), "alignment of 2 GB")
    add("duplicate", "key", gguf([kv("a", 4, bytes(4)), kv("a", 4, b"\1\0\0\0")]), "a key twice")
    add("duplicate", "tensor", gguf([], [info("w"), info("w", offset=128)], data=bytes(256)), "a tensor name twice")
    add("duplicate", "template", gguf([kv("tokenizer.chat_template", 8, gstr(CHAT)), kv("tokenizer.chat_template", 8, gstr(SSTI))]), "a harmless and a hostile template under one key", "CVE-2024-34359", "load")
    add("version", "0", gguf(version=0), "version 0")
    add("version", "big-endian-lie", gguf(version=0x03000000), "a byte-swapped version over little-endian data")
    add("truncated", "data", gguf([], [info(dims=(100000,))], data=bytes(16)), "tensor data cut off")
    add("trailing", "pickle", gguf([], [info()], data=bytes(128) + EVIL), "a pickle behind the tensor data")
    add("name", "path", gguf([], [info("../../../etc/passwd")]), "a tensor name that is a path")
    add("split", "path", gguf([kv("split.count", 2, struct.pack("<H", 65535)), kv("split.no", 2, struct.pack("<H", 65534))]), "a split that claims 65,535 parts")
    for gadget, template, src in SSTI_FORMS:
        add("template", gadget, gguf([kv("tokenizer.chat_template", 8, gstr(CHAT + template))]), "hostile chat template in the metadata", src, "load")
    add("template-named", "tool_use", gguf([kv("tokenizer.chat_template", 8, gstr(CHAT)), kv("tokenizer.chat_template.tool_use", 8, gstr(SSTI))]), "only the named template is hostile", "CVE-2024-34359; Pillar Security on poisoned GGUF templates", "load")


def register(reg: Registry) -> None:
    """All safetensors and GGUF cases."""
    _safetensors(reg)
    _gguf(reg)
