"""Small but real model files, for the generators beside this one: safetensors, GGUF, ONNX.

Written from the format descriptions, with the standard library only. Tensor data
is a few repeated random bytes: what counts is names, shapes, types and metadata.
"""

from __future__ import annotations

import json
import random
import struct
from math import prod
from pathlib import Path

Tensors = dict[str, tuple[str, tuple[int, ...]]]        # name: (safetensors dtype, shape)
WIDTH = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "I64": 8, "I32": 4, "I8": 1, "U8": 1, "BOOL": 1}
LLAMA_PARTS = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
               "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj")


# ---------------------------------------------------------------- what is in the models

def llama(hidden: int, layers: int, vocabulary: int, dtype: str = "BF16", prefix: str = "model.", head: bool = True) -> Tensors:
    """The tensors of a small model of the Llama kind."""
    tensors: Tensors = {f"{prefix}embed_tokens.weight": (dtype, (vocabulary, hidden))}
    for layer in range(layers):
        place = f"{prefix}layers.{layer}."
        for part in LLAMA_PARTS:
            shape = {"mlp.gate_proj": (hidden * 2, hidden), "mlp.up_proj": (hidden * 2, hidden),
                     "mlp.down_proj": (hidden, hidden * 2)}.get(part, (hidden, hidden))
            tensors[f"{place}{part}.weight"] = (dtype, shape)
        tensors[f"{place}input_layernorm.weight"] = (dtype, (hidden,))
        tensors[f"{place}post_attention_layernorm.weight"] = (dtype, (hidden,))
    tensors[f"{prefix}norm.weight"] = (dtype, (hidden,))
    if head:
        tensors["lm_head.weight"] = (dtype, (vocabulary, hidden))
    return tensors


def bert(hidden: int, layers: int, vocabulary: int, dtype: str = "F32", prefix: str = "bert.", classes: int = 0) -> Tensors:
    """The tensors of a small encoder of the BERT kind."""
    tensors: Tensors = {f"{prefix}embeddings.word_embeddings.weight": (dtype, (vocabulary, hidden)),
                        f"{prefix}embeddings.position_embeddings.weight": (dtype, (64, hidden)),
                        f"{prefix}embeddings.LayerNorm.weight": (dtype, (hidden,)),
                        f"{prefix}embeddings.LayerNorm.bias": (dtype, (hidden,))}
    for layer in range(layers):
        place = f"{prefix}encoder.layer.{layer}."
        for part, shape in (("attention.self.query", (hidden, hidden)), ("attention.self.key", (hidden, hidden)),
                            ("attention.self.value", (hidden, hidden)), ("attention.output.dense", (hidden, hidden)),
                            ("intermediate.dense", (hidden * 4, hidden)), ("output.dense", (hidden, hidden * 4))):
            tensors[f"{place}{part}.weight"] = (dtype, shape)
            tensors[f"{place}{part}.bias"] = (dtype, shape[:1])
    if classes:
        tensors["classifier.weight"] = (dtype, (classes, hidden))
        tensors["classifier.bias"] = (dtype, (classes,))
    return tensors


def convolutions(width: int, blocks: int, dtype: str = "F32") -> Tensors:
    """The tensors of a small residual network."""
    tensors: Tensors = {"conv1.weight": (dtype, (width, 3, 7, 7)), "bn1.weight": (dtype, (width,)), "bn1.bias": (dtype, (width,))}
    for block in range(blocks):
        tensors[f"layer{block + 1}.0.conv1.weight"] = (dtype, (width, width, 3, 3))
        tensors[f"layer{block + 1}.0.bn1.weight"] = (dtype, (width,))
    tensors["fc.weight"] = (dtype, (10, width))
    return tensors


def lora(base: Tensors, rank: int, dtype: str = "F32") -> Tensors:
    """Low-rank pairs for the query and value projections of a base."""
    pairs: Tensors = {}
    for name, (_, shape) in base.items():
        if name.endswith(("q_proj.weight", "v_proj.weight", "query.weight", "value.weight")):
            place = "base_model.model." + name.removesuffix(".weight")
            pairs[f"{place}.lora_A.weight"] = (dtype, (rank, shape[1]))
            pairs[f"{place}.lora_B.weight"] = (dtype, (shape[0], rank))
    return pairs


def gptq(base: Tensors) -> Tensors:
    """What GPTQ makes of a base: packed weights, zeros and scales."""
    packed: Tensors = {}
    for name, (dtype, shape) in base.items():
        if ".layers." in name and name.endswith("proj.weight"):
            place = name.removesuffix(".weight")
            packed[f"{place}.qweight"] = ("I32", (max(1, shape[1] // 8), shape[0]))
            packed[f"{place}.qzeros"] = ("I32", (1, max(1, shape[0] // 8)))
            packed[f"{place}.scales"] = ("F16", (1, shape[0]))
        else:
            packed[name] = ("F16" if dtype == "BF16" else dtype, shape)
    return packed


def parameters(tensors: Tensors) -> int:
    """How many numbers are in the tensors."""
    return sum(prod(shape) for _, shape in tensors.values())


# ---------------------------------------------------------------- the files

def filler(size: int, seed: int) -> bytes:
    """A kibibyte of random bytes, over and over."""
    block = random.Random(seed).randbytes(1024)
    return (block * (size // 1024 + 1))[:size]


def safetensors(path: Path, tensors: Tensors, metadata: dict[str, str] | None = None, seed: int = 0) -> Path:
    """Write a safetensors file."""
    header: dict[str, object] = {"__metadata__": metadata} if metadata else {}
    place = 0
    for name, (dtype, shape) in tensors.items():
        size = prod(shape) * WIDTH[dtype]
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [place, place + size]}
        place += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(text)) + text + filler(place, seed))
    return path


def read_safetensors(path: Path) -> dict:
    """The header of a safetensors file, after a check of its offsets."""
    data = path.read_bytes()
    size = struct.unpack_from("<Q", data)[0]
    header = json.loads(data[8:8 + size])
    ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
    if max(ends, default=0) != len(data) - 8 - size:
        raise ValueError(f"{path}: offsets do not fill the file")
    return header


GGUF_KINDS = {"F32": (0, 4), "F16": (1, 2)}             # ggml type, bytes for each number
Q8_0, Q8_BLOCK, Q8_BYTES = 8, 32, 34


class U16(int):
    """A number that GGUF keeps in 16 bits."""


class I32(int):
    """A number that GGUF keeps with its sign."""


def gguf_value(value: object) -> bytes:
    """A typed GGUF value."""
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, U16):
        return struct.pack("<IH", 2, value)
    if isinstance(value, I32):
        return struct.pack("<Ii", 5, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, str):
        return struct.pack("<I", 8) + gguf_string(value)
    if isinstance(value, list):
        parts = [gguf_value(item) for item in value]
        kind = struct.unpack("<I", parts[0][:4])[0]
        return struct.pack("<IIQ", 9, kind, len(parts)) + b"".join(part[4:] for part in parts)
    raise TypeError(type(value))


def gguf_string(text: str) -> bytes:
    """A length and the bytes."""
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def gguf(path: Path, metadata: dict[str, object], tensors: Tensors, quantized: bool = False, seed: int = 0) -> Path:
    """Write a GGUF file, version 3; two-dimensional tensors as Q8_0 if wished."""
    out = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    for key, value in metadata.items():
        out += gguf_string(key) + gguf_value(value)
    place = 0
    for name, (_, shape) in tensors.items():
        packed = quantized and len(shape) > 1 and shape[-1] % Q8_BLOCK == 0
        kind, size = (Q8_0, prod(shape) // Q8_BLOCK * Q8_BYTES) if packed else (0, prod(shape) * 4)
        out += gguf_string(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *reversed(shape))
        out += struct.pack("<IQ", kind, place)
        place += size + -size % 32
    out += b"\0" * (-len(out) % 32)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(out + filler(place, seed))
    return path


def read_gguf(path: Path) -> dict[str, object]:
    """The metadata of a GGUF file, after a check of its tensors' places."""
    data, place = path.read_bytes(), 24
    magic, version, tensors, entries = struct.unpack_from("<4sIQQ", data)
    if magic != b"GGUF" or version != 3:
        raise ValueError(f"{path}: no GGUF 3")

    def take(form: str) -> tuple:
        nonlocal place
        place += struct.calcsize(form)
        return struct.unpack_from(form, data, place - struct.calcsize(form))

    def text() -> str:
        nonlocal place
        size = take("<Q")[0]
        place += size
        return data[place - size:place].decode()

    def value(kind: int) -> object:
        if kind == 8:
            return text()
        if kind == 9:
            inner, count = take("<IQ")
            return [value(inner) for _ in range(count)]
        return take({2: "<H", 4: "<I", 5: "<i", 6: "<f", 7: "<?"}[kind])[0]

    metadata = {text(): value(take("<I")[0]) for _ in range(entries)}
    end = 0
    for _ in range(tensors):
        text()
        shape = take(f"<{take('<I')[0]}Q")
        kind, offset = take("<IQ")
        end = max(end, offset + (prod(shape) // Q8_BLOCK * Q8_BYTES if kind == Q8_0 else prod(shape) * 4))
    if len(data) < place + -place % 32 + end:
        raise ValueError(f"{path}: the tensors do not fit into the file")
    return metadata


def llama_gguf(hidden: int, layers: int, vocabulary: int) -> Tensors:
    """The tensors of a small Llama under the names llama.cpp gives them."""
    names = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
             "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down"}
    tensors: Tensors = {}
    for name, entry in llama(hidden, layers, vocabulary).items():
        name = name.replace("model.embed_tokens", "token_embd").replace("model.layers.", "blk.").replace("lm_head", "output")
        name = name.replace("input_layernorm", "attn_norm").replace("post_attention_layernorm", "ffn_norm")
        name = name.replace("model.norm", "output_norm")
        for old, new in names.items():
            name = name.replace(old, new)
        tensors[name] = entry
    return tensors


def field(number: int, value: bytes | int | str) -> bytes:
    """A protobuf field."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def varint(value: int) -> bytes:
    """A protobuf variable-length number."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def onnx(path: Path, properties: dict[str, str], weights: dict[str, tuple[int, int]], seed: int = 0) -> Path:
    """Write an ONNX model: a chain of MatMul nodes over float initializers."""
    graph, last = b"", "input"
    first = next(iter(weights.values()))
    final = list(weights.values())[-1]
    for name in weights:
        graph += field(1, field(1, last) + field(1, name) + field(2, f"{name}_out") + field(3, f"{name}_node") + field(4, "MatMul"))
        last = f"{name}_out"
    graph += field(2, "main")
    for name, shape in weights.items():
        dims = b"".join(field(1, size) for size in shape)
        graph += field(5, dims + field(2, 1) + field(8, name) + field(9, filler(prod(shape) * 4, seed)))

    def value(name: str, *shape: int) -> bytes:
        dims = b"".join(field(1, field(1, size)) for size in shape)
        return field(1, name) + field(2, field(1, field(1, 1) + field(2, dims)))

    graph += field(11, value("input", 1, first[0])) + field(12, value(last, 1, final[1]))
    model = field(1, 8) + field(2, "pytorch") + field(3, "2.4.0") + field(7, graph) + field(8, field(1, "") + field(2, 17))
    for key, text in properties.items():
        model += field(14, field(1, key) + field(2, text))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model)
    return path
