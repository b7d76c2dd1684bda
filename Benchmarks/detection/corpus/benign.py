"""Harmless files that resemble attacks; a scanner should find nothing of medium or more."""

from __future__ import annotations

import bz2
import datetime
import decimal
import fractions
import gzip
import json
import lzma
import pickle
import re
import struct
import uuid
import zlib
from collections import Counter, OrderedDict, defaultdict, deque

from . import hdf5
from .archives import Member, Zip, _tar, torch_members
from .arrays import npy
from .asm import New, R, dump, encode, g, wrap
from .core import Registry
from .graphs import flatbuffer_tflite, graph, graphdef, model, saved_model, tensor, tf_node
from .kerasfiles import keras, sequential
from .tensors import gguf, gstr, info, kv, safetensors

LLAMA = ("{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'] | trim + '<|eot_id|>' %}"
         "{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}")
QWEN = ("{%- if tools %}{{- '<|im_start|>system\\n# Tools\\n' }}{%- for tool in tools %}{{- '\\n' }}{{- tool | tojson }}{%- endfor %}{{- '<|im_end|>\\n' }}{%- endif %}"
        "{%- set ns = namespace(multi_step=true, last=messages|length - 1) %}{%- for m in messages[::-1] %}{%- if m.role == 'user' %}{%- set ns.last = loop.index0 %}{%- endif %}{%- endfor %}"
        "{%- for m in messages %}{{- '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{%- endfor %}")
MISTRAL = ("{{ bos_token }}{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate') }}{% endif %}"
           "{% if m['role'] == 'user' %}{{ '[INST] ' + m['content'] + ' [/INST]' }}{% else %}{{ m['content'] + eos_token }}{% endif %}{% endfor %}")


def js(value: object) -> bytes:
    """JSON text."""
    return json.dumps(value, indent=2).encode()


def _pickles(reg: Registry) -> None:
    values: dict[str, object] = {
        "dict": {"epoch": 12, "history": [0.9, 0.4], "name": "os.system is only text here"},
        "datetime": [datetime.datetime(2024, 5, 1, 12, 30), datetime.date(2020, 1, 2), datetime.timedelta(3), datetime.timezone.utc],
        "decimal": {"rate": decimal.Decimal("0.125"), "ratio": fractions.Fraction(1, 3)},
        "ordered": OrderedDict([("b", 1), ("a", 2)]),
        "defaultdict": defaultdict(list, {"a": [1, 2]}),
        "counter-deque": [Counter("banana"), deque([1, 2, 3], 5)],
        "sets": [{"a"}, frozenset([3]), slice(1, 5, 2), range(7)],
        "uuid": uuid.UUID(int=0x1234567890ABCDEF1234567890ABCDEF),
        "regex": re.compile(r"eval\((.*)\)", re.I),
        "exception": ValueError("subprocess failed", 3),
        "numbers": [1 + 2j, 2**200, float("inf"), -0.0, True, None],
        "bytes": [b"\x80\x04\x95", bytearray(b"columns: os, system"), "import os; os.system('ls')"],
    }
    for i, (name, value) in enumerate(values.items()):
        data = pickle.dumps(value, protocol=(4, 2, 5, 3, 0, 4)[i % 6])
        reg.add_benign("pickle-" + name, (f"{name}.pkl", data), "pickle", f"ordinary pickle: {name}", verify="pickle")
    reg.add_benign("pickle-joblib", ("state.joblib", zlib.compress(pickle.dumps({"classes": ["cat", "dog"]}, 4))), "joblib", "compressed dictionary")


def _arrays(reg: Registry) -> None:
    reg.add_benign("torch-zip", ("pytorch_model.bin", Zip(torch_members(_tensor_pickle())).build()), "pytorch-zip", "state dict of one tensor")
    reg.add_benign("torch-zip-ckpt", ("last.ckpt", Zip(torch_members(dump({"epoch": 3, "global_step": 99}, 2))).build()), "pytorch-zip", "checkpoint without tensors")
    reg.add_benign("npy", ("x.npy", npy(bytes(80), "'<f8'", "(10,)")), "numpy", "float array")
    reg.add_benign("npz", ("x.npz", Zip([Member(b"a.npy", npy(bytes(80), "'<f8'", "(10,)")), Member(b"b.npy", npy(bytes(4), "'<i4'"), 8)]).build()), "numpy", "two arrays")
    array = R(g("numpy.core.multiarray:_reconstruct"), g("numpy:ndarray"), (0,), b"b")
    dtype = R(g("numpy:dtype"), "f8", False, True)
    code = encode(array, 4) + b"(" + encode(1, 4) + encode((2,), 4) + encode(dtype, 4) + encode((3, "<", None, None, None, -1, -1, 0), 4) + b"b" + encode(False, 4) + encode(bytes(16), 4) + b"tb"
    reg.add_benign("numpy-pickle", ("array.pkl", wrap(code, 4)), "pickle", "a pickled ndarray")
    estimator = R(g("copyreg:_reconstructor"), g("sklearn.linear_model._base:LinearRegression"), g("builtins:object"), None)
    reg.add_benign("sklearn", ("linear.pkl", wrap(encode(estimator, 4) + encode({"fit_intercept": True, "n_features_in_": 3, "_sklearn_version": "1.5.0"}, 4) + b"b", 4)), "pickle", "a small scikit-learn estimator")
    reg.add_benign("sklearn-newobj", ("scaler.joblib", wrap(encode(New(g("sklearn.preprocessing._data:StandardScaler")), 4) + encode({"with_mean": True}, 4) + b"b", 4)), "joblib", "a scikit-learn scaler")


def _tensor_pickle() -> bytes:
    """The data.pkl of {'w': float tensor of 16} as torch.save writes it."""
    persid = encode(("storage", g("torch:FloatStorage"), "0", "cpu", 16), 2) + b"Q"
    call = (encode(g("torch._utils:_rebuild_tensor_v2"), 2) + b"(" + persid + encode(0, 2) + encode((16,), 2) + encode((1,), 2)
            + encode(False, 2) + encode(R(g("collections:OrderedDict")), 2) + b"tR")
    return wrap(encode(R(g("collections:OrderedDict")), 2) + b"(" + encode("w", 2) + call + b"u", 2)


def _formats(reg: Registry) -> None:
    add = reg.add_benign
    add("safetensors", ("model.safetensors", safetensors({"__metadata__": {"format": "pt", "note": "trained with subprocess workers"}, "w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}})), "safetensors", "ordinary metadata")
    add("safetensors-padded", ("lora.safetensors", safetensors(b'{"a":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]},"b":{"dtype":"I64","shape":[1],"data_offsets":[8,16]}}     ')), "safetensors", "header padded with spaces")
    add("onnx", ("model.onnx", model(graph(initializers=[tensor("w")]))), "onnx", "one Relu")
    add("onnx-external", {"model.onnx": model(graph(initializers=[tensor("w", external={"location": "weights.bin", "offset": "0", "length": "8"})])), "weights.bin": bytes(8)}, "onnx", "external data beside the model")
    add("gguf", ("model.gguf", gguf([kv("tokenizer.chat_template", 8, gstr(LLAMA))], [info()])), "gguf", "one tensor and a chat template")
    add("keras", ("model.keras", keras(sequential())), "keras", "one Dense layer")
    add("keras-h5", ("weights.h5", hdf5.build(hdf5.Group({"keras_version": b"2.15.0", "model_config": js({"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense", "config": {"units": 2}}]}})},
        {"w": hdf5.Dataset()}))), "keras-h5", "one Dense layer in HDF5")
    add("savedmodel", {"saved_model.pb": saved_model(graphdef([tf_node("Placeholder", "x"), tf_node("Relu", "y", b"", ("x",))]))}, "tensorflow", "a Relu graph")
    add("tflite", ("model.tflite", flatbuffer_tflite([(0, None)])), "tflite", "one builtin operator")
    add("zip", ("dataset.zip", Zip([Member(b"images/readme.txt", b"hello"), Member(b"labels.csv", b"id,label\n1,cat\n", 8)]).build()), "zip", "text files")
    add("tar", ("dataset.tar.gz", gzip.compress(_tar([("a/readme.txt", b"hello"), ("a/labels.csv", b"1,2\n")]), mtime=0)), "tar", "text files")
    add("bz2-text", ("corpus.txt.bz2", bz2.compress(b"the quick brown fox\n" * 50)), "text", "compressed text")
    add("xz-text", ("corpus.txt.xz", lzma.compress(b"eval and exec are words\n" * 50)), "text", "compressed text")


def _texts(reg: Registry) -> None:
    add = reg.add_benign
    for name, template in (("llama", LLAMA), ("qwen", QWEN), ("mistral", MISTRAL)):
        add("template-" + name, {"tokenizer_config.json": js({"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 8192, "chat_template": template})}, "chat-template", f"chat template in the style of {name}")
    add("template-file", ("chat_template.jinja", QWEN.encode()), "chat-template", "the same as a file")
    add("hf-config", {"config.json": js({"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 64, "torch_dtype": "bfloat16", "transformers_version": "4.44.0", "_name_or_path": "org/base"}),
                      "generation_config.json": js({"do_sample": True, "temperature": 0.6})}, "hf-repo", "plain configuration")
    add("hf-index", {"model.safetensors.index.json": js({"metadata": {"total_size": 16}, "weight_map": {"w": "model.safetensors"}}),
                     "model.safetensors": safetensors({"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}})}, "hf-repo", "sharded index beside its shard")
    add("adapter", {"adapter_config.json": js({"peft_type": "LORA", "base_model_name_or_path": "org/base-7b", "r": 8, "target_modules": ["q_proj"]})}, "hf-repo", "LoRA adapter")
    add("sentence-transformers", {"modules.json": js([{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}])}, "hf-repo", "ordinary modules.json")
    add("diffusers", {"model_index.json": js({"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"], "text_encoder": ["transformers", "CLIPTextModel"]})}, "hf-repo", "ordinary model_index")
    add("hydra", ("config.yaml", b"optimizer:\n  _target_: torch.optim.Adam\n  lr: 0.001\nmodel:\n  _target_: torch.nn.Linear\n  in_features: 4\n  out_features: 2\n"), "hydra", "Adam and Linear")
    add("hydra-json", ("train.json", js({"callbacks": [{"_target_": "pytorch_lightning.callbacks.ModelCheckpoint", "monitor": "val_loss"}]})), "hydra", "a checkpoint callback")
    add("yaml", ("environment.yaml", b"name: eval\ndependencies:\n  - python=3.11\n  - pip:\n      - torch\n"), "yaml", "conda environment")
    add("yaml-tags", ("data.yaml", b"a: !!str 1\nb: !!float 2\nc: !!binary aGVsbG8=\nd: &x [1]\ne: *x\n"), "yaml", "standard tags and anchors")
    add("csv", ("metrics.csv", b"epoch,loss\n1,0.5\n2,0.25\n"), "text", "a table")
    add("text", ("vocab.txt", b"[PAD]\nos\nsystem\neval\n__import__\n{{\n}}\n"), "text", "vocabulary with alarming words")
    add("readme", ("README.md", b"---\nlicense: mit\ntags: [eval]\n---\n# Model\n\nLoad with `torch.load(path, weights_only=True)`; never run `pickle.load` on strangers' files.\n"), "text", "a model card that mentions pickle")
    add("notebook", ("demo.ipynb", js({"cells": [{"cell_type": "code", "source": ["import torch\n", "model.eval()\n"], "metadata": {}, "outputs": [], "execution_count": 1}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})), "text", "an ordinary notebook")
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    add("png", ("plot.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(4))) + chunk(b"IEND", b"")), "image", "one pixel")
    add("python", {"modeling.py": b"import torch\n\n\nclass Net(torch.nn.Module):\n    def forward(self, x):\n        return x.relu()\n", "config.json": js({"model_type": "net"})}, "text", "ordinary module source, not referenced")


def register(reg: Registry) -> None:
    """All benign look-alikes."""
    _pickles(reg)
    _arrays(reg)
    _formats(reg)
    _texts(reg)
