"""Object streams and older formats: Java, .NET, joblib, MATLAB, Julia BSON, Torch7, Caffe, Avro, NCNN."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any

from core import Corpus, call_pickle, elf_library, floats, half_pickle, make_zip, pb


def _utf(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


def _java_class(name: str, uid: int, flags: int, *fields: tuple[str, str, str]) -> bytes:
    """A class description without a parent; a field is (type code, name, signature)."""
    out = b"\x72" + _utf(name) + struct.pack(">QBH", uid & (1 << 64) - 1, flags, len(fields))
    for code, field, signature in fields:
        out += code.encode() + _utf(field) + (b"\x74" + _utf(signature) if signature else b"")
    return out + b"\x78\x70"


def _java_text(text: str) -> bytes:
    return b"\x74" + _utf(text)


def _java_map(entries: Mapping[str, bytes]) -> bytes:
    head = b"\x73" + _java_class("java.util.HashMap", 0x0507DAC1C31660D1, 3, ("F", "loadFactor", ""), ("I", "threshold", ""))
    body = struct.pack(">fI", 0.75, 12) + b"\x77\x08" + struct.pack(">II", 16, len(entries))
    return head + body + b"".join(_java_text(key) + value for key, value in entries.items()) + b"\x78"


def _java_list(*items: bytes) -> bytes:
    head = b"\x73" + _java_class("java.util.ArrayList", 0x7881D21D99C7619D, 3, ("I", "size", ""))
    return head + struct.pack(">I", len(items)) + b"\x77\x04" + struct.pack(">I", len(items)) + b"".join(items) + b"\x78"


def _java_object(name: str, uid: int, **texts: str) -> bytes:
    fields = [("L", field, "Ljava/lang/String;") for field in texts]
    return b"\x73" + _java_class(name, uid, 2, *fields) + b"".join(_java_text(text) for text in texts.values())


def java(corpus: Corpus) -> None:
    """Java object streams; the gadget objects are incomplete on purpose."""
    magic = b"\xac\xed\x00\x05"
    words = {f"w{number}": _java_text(f"v{corpus.rng.random():.3f}") for number in range(corpus.pick(4, 6))}
    good = {
        "map": _java_map(words),
        "list": _java_list(*words.values()),
        "text": _java_text(f"class Runtime.exec is word {corpus.seed}"),
        "tagger": _java_object("edu.stanford.nlp.tagger.maxent.TaggerConfig", 1, lang=corpus.pick("en", "de")),
        "weka": _java_object("weka.classifiers.trees.J48", 2, options=corpus.pick("-C", "-M 2")),
    }
    for name, data in good.items():
        corpus.benign("java", f"{name}.ser", magic + data, f"plain object: {name}")
        if name in ("map", "weka"):
            corpus.benign("java", f"{name}.ser.gz", gzip.compress(magic + data, mtime=0), f"compressed object: {name}")
    bad = [
        ("collections transformer", "org.apache.commons.collections.functors.InvokerTransformer"),
        (
            "newer collections transformer",
            "org.apache.commons.collections4.functors." + corpus.pick("InstantiateTransformer", "ChainedTransformer"),
        ),
        ("templates", "com.sun.org.apache.xalan.internal.xsltc.trax.TemplatesImpl"),
        ("groovy closure", "org.codehaus.groovy.runtime.MethodClosure"),
        ("remote reference", corpus.pick("com.sun.jndi.rmi.registry.ReferenceWrapper_Stub", "com.mchange.v2.c3p0.PoolBackedDataSource")),
        ("bean with an exception", "javax.management.BadAttributeValueExpException"),
    ]
    for technique, name in bad:
        gadget = magic + _java_map({"k": _java_object(name, corpus.rng.getrandbits(63), iMethodName="exec", argument=corpus.command)})
        packed = corpus.rng.random() < 0.3
        corpus.bad(
            "java",
            "model.ser.gz" if packed else "model.ser",
            gzip.compress(gadget, mtime=0) if packed else gadget,
            technique,
            "gadget class",
        )
    corpus.lie("java", "model.ser", magic + b"\x74\xff\xff" + b"abc" * corpus.pick(3, 9), "text longer than the file")
    corpus.lie("java", "model.ser", magic + b"\x71" + struct.pack(">I", corpus.pick(0x7E0000 + 99, 0x7FFFFFFF)), "reference to nothing")


def _net_text(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()


def _binary_formatter(library: str, name: str, member: str, value: str) -> bytes:
    """A stream of one object of a class of a library, with one text member."""
    head = b"\x00" + struct.pack("<iiii", 1, -1, 1, 0) + b"\x0c" + struct.pack("<i", 2) + _net_text(library)
    body = b"\x05" + struct.pack("<i", 1) + _net_text(name) + struct.pack("<i", 1) + _net_text(member) + b"\x01" + struct.pack("<i", 2)
    return head + body + b"\x06" + struct.pack("<i", 3) + _net_text(value) + b"\x0b"


def dotnet(corpus: Corpus) -> None:
    """BinaryFormatter streams and an ML.NET archive."""
    mscorlib = "Accord.MachineLearning, Version=3.8.0.0, Culture=neutral"
    for name in (
        "Accord.MachineLearning.KMeans",
        "Accord.Statistics.Models.Regression.LogisticRegression",
        corpus.pick("Accord.Neuro.Network", "Accord.Math.Matrix"),
    ):
        corpus.benign(
            "dotnet", "model.bin", _binary_formatter(mscorlib, name, "notes", f"trained on laptop {corpus.seed}"), f"object of {name}"
        )
    key = b"ML MODEL" + struct.pack("<IIQ", 0x00010015, 0x00010015, 64) + b"TransformChain\0Microsoft.ML.Data"
    chain: list[tuple[str, str | bytes]] = [
        ("TrainingInfo/Version.txt", corpus.pick("3.0.1", "4.0.0") + " @BuiltBy: formats"),
        ("TransformerChain/Model.key", key),
    ]
    for number in range(2):
        corpus.benign(
            "dotnet", "MLModel.zip", make_zip([*chain, (f"TransformerChain/Transform_00{number}/Model.key", key)]), "ML.NET archive"
        )
    for name in (
        "System.Windows.Data.ObjectDataProvider",
        corpus.pick("System.Security.Principal.WindowsIdentity", "System.Security.Claims.ClaimsPrincipal"),
        "Microsoft.VisualStudio.Text.Formatting.TextFormattingRunProperties",
        "System.Diagnostics.Process",
    ):
        corpus.bad(
            "dotnet",
            "model.bin",
            _binary_formatter("PresentationFramework, Version=4.0.0.0", name, "MethodName", corpus.pick("Start", "Run")),
            f"gadget {name}",
            "gadget class",
        )
    corpus.bad(
        "dotnet",
        "MLModel.zip",
        make_zip([*chain, ("TransformerChain/Transform_000/payload.dll", elf_library(corpus))]),
        "library in the archive",
        "native code",
    )
    corpus.lie(
        "dotnet",
        "model.bin",
        _binary_formatter("a", "b", "c", "d")[:-1] + b"\x06" + b"\xff" * corpus.pick(6, 8),
        "text longer than the file",
    )


def joblib_files(corpus: Corpus) -> None:
    """joblib files in their compressions, dill and cloudpickle code."""
    import cloudpickle
    import joblib
    import numpy as np

    rng = np.random.default_rng(corpus.seed)
    state = {"coef": rng.normal(size=(3, 4)), "classes": np.array([0, 1]), "name": "system"}
    for method in (0, ("zlib", 3), ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3)):
        buffer = io.BytesIO()
        joblib.dump(state, buffer, compress=method)
        data = buffer.getvalue()
        if isinstance(method, tuple) and method[0] == "gzip":
            data = data[:4] + bytes(4) + data[8:]
        corpus.benign("joblib", "model.joblib", data, f"real joblib file: {method[0] if isinstance(method, tuple) else 'plain'}")
    evil, code = half_pickle(corpus), cloudpickle.dumps(eval(compile(f"lambda value: value + {corpus.seed}", "formats", "eval")))
    corpus.bad("joblib", "model.joblib", zlib.compress(evil), "zlib", "pickle call")
    corpus.bad("joblib", "model.joblib", gzip.compress(evil, mtime=0), "gzip", "pickle call")
    old = b"ZF" + hex(len(evil)).ljust(19).encode() + zlib.compress(evil)
    corpus.bad("joblib", "model.joblib", old, "old joblib head", "pickle call")
    corpus.bad(
        "joblib",
        corpus.pick("model.joblib", "model.pkl"),
        call_pickle(*corpus.pick(("builtins", "exec"), ("runpy", "run_path")), ["1"]),
        "plain",
        "pickle call",
    )
    corpus.bad("joblib", "function.pkl", code, "cloudpickle of a function: code in the file", "code in a pickle")
    dill = call_pickle("dill._dill", corpus.pick("_create_function", "_create_code"), ["x"])
    corpus.bad("joblib", "function.dill", dill, "dill that builds a function", "code in a pickle")
    corpus.lie("joblib", "model.joblib", zlib.compress(evil[:4] + bytes(50))[: corpus.pick(-4, 12)], "truncated stream")


def matlab(corpus: Corpus) -> None:
    """MAT files by SciPy, and function handles and lies by hand."""
    import numpy as np
    from scipy.io import savemat

    rng = np.random.default_rng(corpus.seed)
    samples: dict[str, Any] = {
        "matrix": {"w": rng.normal(size=(3, 4))},
        "struct": {"net": {"w": rng.normal(size=4), "name": "system"}},
        "cell": {"c": np.array(["a", str(corpus.seed)], dtype=object)},
        "text": {"note": f"eval set {corpus.seed}"},
    }

    def stable(values: dict[str, Any], packed: bool) -> bytes:
        buffer = io.BytesIO()
        savemat(buffer, values, do_compression=packed)
        return b"MATLAB 5.0 MAT-file, Platform: posix, Created on: Tue Jan  2 03:04:06 2024".ljust(116) + buffer.getvalue()[116:]

    for name, values in samples.items():
        corpus.benign("matlab", "net.mat", stable(values, False), f"real MAT file: {name}")
    corpus.benign("matlab", "net.mat", data := stable(samples["matrix"], True), "real MAT file, compressed")
    head = data[:128]

    def element(kind: int, body: bytes, size: int | None = None) -> bytes:
        return struct.pack("<II", kind, len(body) if size is None else size) + body + bytes(-len(body) % 8)

    def matrix(code: int, *parts: bytes) -> bytes:
        flags = element(6, struct.pack("<II", code, 0)) + element(5, struct.pack("<ii", 1, 1)) + element(1, b"f")
        return element(14, flags + b"".join(parts))

    run = f"@(x)system('{corpus.command}')" if corpus.half == "tuning" else f"@()evalin('base','!{corpus.command}')"
    text = element(
        14,
        element(6, struct.pack("<II", 4, 0))
        + element(5, struct.pack("<ii", 1, len(run)))
        + element(1, b"function")
        + element(16, run.encode()),
    )
    corpus.bad("matlab", "net.mat", head + matrix(16, text), "function handle that calls the system", "code execution")
    opaque = element(1, b"MCOS") + element(1, corpus.pick(b"matlab.System", b"java.lang.Process"))
    corpus.bad(
        "matlab",
        "net.mat",
        head + element(15, zlib.compress(matrix(17, opaque, text))),
        "object of a class that runs on loading",
        "code execution",
    )
    corpus.bad("matlab", "net.mat", data + elf_library(corpus), "native library after the matrices", "native code")
    corpus.lie("matlab", "net.mat", head + element(14, bytes(32), corpus.pick(1 << 30, 0xFFFFFFF8)), "element longer than the file")
    corpus.lie(
        "matlab", "net.mat", head + element(15, zlib.compress(bytes(corpus.pick(30, 60) << 20))), "element that unpacks to much more"
    )


def _bson(value: Mapping[str, Any] | list[Any]) -> bytes:
    """A BSON document; lists have numbers as keys."""
    pairs = value.items() if isinstance(value, Mapping) else ((str(number), item) for number, item in enumerate(value))
    body = b""
    for key, item in pairs:
        name = key.encode() + b"\0"
        if isinstance(item, str):
            body += b"\x02" + name + struct.pack("<i", len(item.encode()) + 1) + item.encode() + b"\0"
        elif isinstance(item, bytes):
            body += b"\x05" + name + struct.pack("<iB", len(item), 0) + item
        elif isinstance(item, int):
            body += b"\x12" + name + struct.pack("<q", item)
        else:
            body += (b"\x04" if isinstance(item, list) else b"\x03") + name + _bson(item)
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def _julia_type(*names: str, params: list[Any] | None = None) -> dict[str, Any]:
    return {"tag": "datatype", "name": list(names), "params": params or []}


def julia(corpus: Corpus) -> None:
    """BSON.jl documents and a Julia serializer stream."""
    array = {"tag": "array", "type": _julia_type("Core", "Float32"), "size": [4, 4], "data": floats(corpus, 16)}
    kinds = [
        ("Dense", _julia_type("Main", "Flux", "Dense")),
        ("Chain", _julia_type("Main", "Flux", "Chain")),
        ("Conv", _julia_type("Main", "Flux", "Conv")),
    ]
    for name, kind in kinds:
        corpus.benign("julia", "model.bson", _bson({"model": {"tag": "struct", "type": kind, "data": [array]}}), f"Flux {name}")
    corpus.benign("julia", "weights.bson", _bson({"weights": [array, array], "epoch": corpus.seed}), "arrays only")
    corpus.benign("julia", "note.bson", _bson({"note": f"Base.run is word {corpus.seed}", "tag": "text"}), "text only")
    command = {"tag": "struct", "type": _julia_type("Main", "Base", "Cmd"), "data": [["sh", "-c", corpus.command]]}
    lambda_ = {"tag": "jl_anonymous", "params": [], "typename": {"tag": "backref", "ref": 1}, "code": f"Base.run(`{corpus.command}`)"}
    for technique, value in (
        ("command object", command),
        ("anonymous function", lambda_),
        ("reference to a running function", {"tag": "ref", "path": ["Main", "Base", corpus.pick("run", "include_string")]}),
        (
            "library loader type",
            {"tag": "struct", "type": _julia_type("Main", *corpus.pick(("Libdl", "dlopen"), ("Core", "eval"))), "data": ["x"]},
        ),
    ):
        corpus.bad("julia", "model.bson", _bson({"model": value, "_backrefs": [array]}), technique, "code execution")
    stream = b"7JL" + bytes([corpus.pick(26, 29), 0, 0, 0, 0]) + b"\x1f\x4e\x82Main\0Base\0run\0" + corpus.command.encode()
    corpus.bad("julia", "model.jls", stream, "Julia serializer stream that names Base.run", "code execution")
    corpus.lie("julia", "model.bson", struct.pack("<i", corpus.pick(1 << 30, -1)) + _bson({"a": 1})[4:], "document length lies")
    corpus.lie("julia", "model.bson", _bson({"a": array})[: corpus.pick(-9, 40)], "truncated document")


def _lua(value: Any, counter: list[int]) -> bytes:
    """A value as Torch7 writes it."""
    if isinstance(value, bool):
        return struct.pack("<ii", 5, value)
    if isinstance(value, (int, float)):
        return struct.pack("<id", 1, value)
    if isinstance(value, str):
        return struct.pack("<ii", 2, len(value)) + value.encode()
    counter[0] += 1
    index = counter[0]
    if isinstance(value, bytes):
        return struct.pack("<iii", 8, index, len(value)) + value + _lua({}, counter)
    if isinstance(value, tuple):
        name, content = value
        return struct.pack("<iii", 4, index, 3) + b"V 1" + struct.pack("<i", len(name)) + name.encode() + _lua(content, counter)
    return struct.pack("<iii", 3, index, len(value)) + b"".join(_lua(key, counter) + _lua(item, counter) for key, item in value.items())


def torch7(corpus: Corpus) -> None:
    """Torch7 binaries."""
    for name in ("nn.Linear", "nn.ReLU", "nn.Sequential", corpus.pick("nn.Tanh", "nn.Sigmoid")):
        corpus.benign(
            "torch7", "model.t7", _lua((name, {"train": False, "size": corpus.seed, "note": "os.execute"}), [0]), f"module {name}"
        )
    corpus.benign("torch7", "table.t7", _lua({"epoch": corpus.seed, "classes": {1: "cat", 2: "dog"}}, [0]), "table")
    head = corpus.pick(b"\x1bLua\x51\x00\x01\x04\x08\x04\x08\x00", b"\x1bLJ\x02\x0a")
    code = head + b"\x00os\x00execute\x00" + corpus.command.encode() + b"\0"
    corpus.bad("torch7", "model.t7", _lua({"f": code}, [0]), "function in bytecode", "code execution")
    corpus.bad(
        "torch7", "model.t7", _lua(("nn.Module", {"__gc": code, "train": True}), [0]), "module with a method in bytecode", "code execution"
    )
    corpus.bad(
        "torch7", "model.t7", _lua(("nn.Lambda", {corpus.pick("forward", "apply"): code}), [0]), "layer of bytecode", "code execution"
    )
    corpus.lie("torch7", "model.t7", struct.pack("<ii", 2, corpus.pick(1 << 30, -5)) + b"text", "text longer than the file")
    corpus.lie("torch7", "model.t7", struct.pack("<iii", 3, 1, corpus.pick(1 << 30, -1)) + b"\0" * 12, "table longer than the file")


PROTOTXT = """name: "net"
layer {{ name: "data" type: "Input" top: "data" input_param {{ shape: {{ dim: 1 dim: 4 }} }} }}
layer {{ name: "fc" type: "InnerProduct" bottom: "data" top: "fc" inner_product_param {{ num_output: {size} }} }}
{extra}
"""


def _caffe_model(corpus: Corpus, *layers: bytes) -> bytes:
    blob = pb(7, pb(1, b"\x04\x04")) + pb(5, floats(corpus, 16))
    dense = pb(1, "fc") + pb(2, "InnerProduct") + pb(3, "data") + pb(4, "fc") + pb(7, blob)
    return pb(1, "net") + b"".join(pb(100, layer) for layer in (dense, *layers))


def caffe(corpus: Corpus) -> None:
    """Prototxt texts and caffemodels with and without Python layers."""
    size = corpus.pick(4, 8)
    for extra in (
        "",
        'layer { name: "p" type: "Softmax" bottom: "fc" top: "p" }',
        'layer { name: "r" type: "ReLU" bottom: "fc" top: "fc" }',
    ):
        corpus.benign("caffe", "deploy.prototxt", PROTOTXT.format(size=size, extra=extra).encode(), "plain network")
    corpus.benign("caffe", "net.caffemodel", _caffe_model(corpus), "weights")
    corpus.benign("caffe", "net.caffemodel", _caffe_model(corpus, pb(1, "r") + pb(2, "ReLU")), "weights of two layers")
    text = f"__import__('os').system('{corpus.command}')"
    module = corpus.pick("os", "subprocess")
    kind = corpus.pick("system", "Popen")
    python = f'layer {{ name: "e" type: "Python" python_param {{ module: "{module}" layer: "{kind}" param_str: "{text}" }} }}'
    corpus.bad("caffe", "deploy.prototxt", PROTOTXT.format(size=size, extra=python).encode(), "Python layer with code", "code execution")
    tag = f"!!python/object/apply:{corpus.pick('os.system', 'subprocess.call')} ['{corpus.command}']"
    yaml = f'layer {{ name: "e" type: "Python" python_param {{ module: "loader" layer: "L" param_str: "{tag}" }} }}'
    corpus.bad(
        "caffe", "deploy.prototxt", PROTOTXT.format(size=size, extra=yaml).encode(), "Python layer with a YAML object", "code execution"
    )
    layer = pb(1, "e") + pb(2, "Python") + pb(130, pb(1, module) + pb(2, "L") + pb(3, text))
    corpus.bad("caffe", "net.caffemodel", _caffe_model(corpus, layer), "Python layer in a caffemodel", "code execution")
    corpus.bad("caffe", "net.caffemodel", _caffe_model(corpus) + elf_library(corpus), "native library after the layers", "native code")
    corpus.lie("caffe", "net.caffemodel", _caffe_model(corpus)[: corpus.pick(-5, 30)], "truncated model")


def _avro(schema: Mapping[str, Any], block: bytes, count: int = 1, size: int | None = None) -> bytes:
    def number(value: int) -> bytes:
        value = value << 1 ^ value >> 63
        out = bytearray()
        while value > 127:
            out.append(value & 127 | 128)
            value >>= 7
        return bytes([*out, value])

    text, sync = json.dumps(schema).encode(), bytes(range(16))
    head = b"Obj\x01" + number(1) + number(11) + b"avro.schema" + number(len(text)) + text + b"\0" + sync
    return head + number(count) + number(len(block) if size is None else size) + block + sync


def avro(corpus: Corpus) -> None:
    """Avro containers."""
    for name in ("Model", "Weights", corpus.pick("Run", "Trial")):
        schema: dict[str, Any] = {"type": "record", "name": name, "fields": [{"name": "w", "type": "float"}]}
        corpus.benign("avro", "model.avro", _avro(schema, floats(corpus, 1)), f"record {name}")
    for kind in ("java-class", "java-key-class", "java-element-class"):
        field = {"name": "w", "type": {"type": "string", kind: corpus.pick("javax.script.ScriptEngineManager", "java.lang.ProcessBuilder")}}
        corpus.bad("avro", "model.avro", _avro({**schema, "fields": [field]}, b"\x02x"), f"{kind} (CVE-2024-47561)", "gadget class")
    corpus.lie("avro", "model.avro", _avro(schema, b"\0" * 4, size=corpus.pick(1 << 40, -4)), "block longer than the file")
    corpus.lie("avro", "model.avro", _avro(schema, b"\0" * 4, count=corpus.pick(1 << 40, 1 << 60)), "more records than bytes")


def ncnn(corpus: Corpus) -> None:
    """NCNN texts and weights."""
    base = "7767517\n{layers} {blobs}\nInput data 0 1 data 0={size}\nInnerProduct fc 1 1 data fc 0={size} 1=1 2=16\n{last}\n"
    for last in ("ReLU r 1 1 fc r", "Softmax r 1 1 fc r 0=0", corpus.pick("Sigmoid r 1 1 fc r", "TanH r 1 1 fc r")):
        corpus.benign(
            "ncnn",
            "model.param",
            base.format(size=corpus.pick(4, 16), layers=3, blobs=3, last=last).encode(),
            f"network with {last.split()[0]}",
        )
    corpus.benign("ncnn", "model.bin", bytes(4) + floats(corpus, 16), "weights")
    corpus.bad("ncnn", "model.bin", elf_library(corpus, 4096), "native library with the name of weights", "native code")
    corpus.bad("ncnn", "model.bin", half_pickle(corpus), "pickle with the name of weights", "pickle call")
    corpus.lie(
        "ncnn",
        "model.param",
        base.format(size=corpus.pick(4, 16), layers=corpus.pick(999999, -3), blobs=3, last="ReLU r 1 1 fc r").encode(),
        "layer count lies",
    )


MAKERS = {
    "java": java,
    "dotnet": dotnet,
    "joblib": joblib_files,
    "matlab": matlab,
    "julia": julia,
    "torch7": torch7,
    "caffe": caffe,
    "avro": avro,
    "ncnn": ncnn,
}
