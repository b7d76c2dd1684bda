"""Neural network formats: OpenVINO, Core ML, TensorRT, ExecuTorch, Paddle, MXNet, CNTK, Flax, Orbax, NeMo."""

from __future__ import annotations

import json
import pickle
import re
import struct
import tempfile
from pathlib import Path
from typing import Any

from core import Corpus, elf_library, floats, half_pickle, make_tar, make_zip, pb, pe_library


def _openvino_real(corpus: Corpus, depth: int) -> dict[str, bytes]:
    """XML and BIN of a small dense network, saved by OpenVINO itself."""
    import numpy as np
    import openvino as ov
    from openvino import opset13 as ops

    rng = np.random.default_rng(corpus.seed + depth)
    start = ops.parameter([1, 4], np.float32, name="x")
    value: Any = start
    for number in range(depth):
        weights = ops.constant(rng.normal(size=(4, 4)).astype(np.float32), name=f"w{number}")
        value = ops.relu(ops.matmul(value, weights, False, False, name=f"m{number}"), name=f"r{number}")
    model = ov.Model([ops.result(value, name="y")], [start], f"net{depth}")
    with tempfile.TemporaryDirectory() as folder:
        ov.save_model(model, Path(folder) / "model.xml", compress_to_fp16=bool(depth % 2))
        return {name: (Path(folder) / name).read_bytes() for name in ("model.xml", "model.bin")}


def openvino_ir(corpus: Corpus) -> None:
    """IR pairs: real ones, hostile XML, offsets beyond the weights."""
    for depth in (1, 2, 3, 4, corpus.pick(5, 6)):
        pair = _openvino_real(corpus, depth)
        corpus.add_tree("openvino", "benign", pair, f"real IR of {depth} layers", "clean")
    xml, weights = pair["model.xml"].decode(), pair["model.bin"]
    body = re.sub(r"^<\?xml[^>]*\?>\s*", "", xml)
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, corpus.pick(7, 9)))
    reach = corpus.pick("file:///etc/hostname", "http://192.0.2.7/x.dtd")
    layers = corpus.pick(("ReLU", "RunHost"), ("ReLU", "PayloadOp"))
    attacks = [
        ("nested entities", f'<!DOCTYPE net [<!ENTITY l0 "ha">{laughs}]>{body.replace("net6", "&l6;").replace("net5", "&l6;")}', weights),
        ("external entity", f'<!DOCTYPE net [<!ENTITY e SYSTEM "{reach}">]>{body}', weights),
        (
            "layer of a native extension",
            xml.replace(f'type="{layers[0]}" version="opset1"', f'type="{layers[1]}" version="extension"'),
            weights,
        ),
        ("native library after the weights", xml, weights + corpus.pick(elf_library(corpus), pe_library(corpus))),
        ("pickle after the weights", xml, weights + half_pickle(corpus)),
    ]
    for technique, text, data in attacks:
        corpus.add_tree("openvino", "malicious", {"model.xml": text.encode(), "model.bin": data}, technique, "hostile")
    _openvino_lies(corpus, xml, weights)


def _openvino_lies(corpus: Corpus, xml: str, weights: bytes) -> None:
    lies = [
        ("offset beyond the weights", re.sub(r'offset="\d+"', f'offset="{corpus.pick(1 << 20, (1 << 64) - 8)}"', xml, count=1), weights),
        ("size beyond the weights", re.sub(r' size="\d+"', f' size="{corpus.pick(999999, (1 << 63))}"', xml, count=1), weights),
        ("size differs from the shape", re.sub(r'shape="4, 4"', f'shape="{corpus.pick("4096, 4096", "4, 8")}"', xml, count=1), weights),
        (
            "edge to a layer that is not there",
            re.sub(r'to-layer="\d+"', f'to-layer="{corpus.pick(999, 4294967295)}"', xml, count=1),
            weights,
        ),
        ("weights cut off", xml, weights[: corpus.pick(8, 20)]),
    ]
    for technique, text, data in lies:
        corpus.add_tree("openvino", "lie", {"model.xml": text.encode(), "model.bin": data}, technique, "lie")


def _coreml_base(corpus: Corpus, name: str) -> Any:
    from coremltools.proto import Model_pb2

    model = Model_pb2.Model(specificationVersion=corpus.pick(4, 5))
    for feature, target in (("x", model.description.input.add()), ("y", model.description.output.add())):
        target.name = feature
        target.type.multiArrayType.shape.append(4)
        target.type.multiArrayType.dataType = 65568
    model.description.metadata.shortDescription = name
    model.description.metadata.author = "formats"
    return model


def _coreml_network(corpus: Corpus, layers: int) -> Any:
    model = _coreml_base(corpus, f"dense network of {layers}")
    for number in range(layers):
        layer = model.neuralNetwork.layers.add(
            name=f"d{number}", input=["x" if not number else f"v{number}"], output=["y" if number == layers - 1 else f"v{number + 1}"]
        )
        layer.innerProduct.inputChannels = layer.innerProduct.outputChannels = 4
        layer.innerProduct.weights.floatValue.extend(corpus.rng.gauss(0, 1) for _ in range(16))
    return model


def _coreml_others(corpus: Corpus) -> list[tuple[str, Any]]:
    glm = _coreml_base(corpus, "linear regression")
    glm.glmRegressor.weights.add(value=[corpus.rng.gauss(0, 1) for _ in range(4)])
    glm.glmRegressor.offset.append(0.5)
    scaler = _coreml_base(corpus, "scaler")
    scaler.scaler.scaleValue.append(corpus.pick(2.0, 0.5))
    pipeline = _coreml_base(corpus, "pipeline")
    pipeline.pipeline.models.extend([scaler, glm])
    pipeline.pipeline.names.extend(["scale", "fit"])
    tree = _coreml_base(corpus, "tree")
    tree.treeEnsembleRegressor.treeEnsemble.numPredictionDimensions = 1
    tree.treeEnsembleRegressor.treeEnsemble.nodes.add(treeId=0, nodeId=0, nodeBehavior=6).evaluationInfo.add(evaluationValue=1.0)
    return [("glm", glm), ("scaler", scaler), ("pipeline", pipeline), ("tree", tree)]


def _mil_package(
    corpus: Corpus, name: str, data: bytes, offset: int = 64, manifest_path: str = "com.apple.CoreML/model.mlmodel"
) -> dict[str, bytes]:
    """An mlpackage with an ML program whose one constant lies in the weight file."""
    model = _coreml_base(corpus, "program")
    model.specificationVersion = 7
    model.mlProgram.version = 1
    block = model.mlProgram.functions["main"].block_specializations["CoreML6"]
    constant = block.operations.add(type="const")
    value = constant.attributes["val"]
    value.type.tensorType.dataType = 11
    value.blobFileValue.fileName, value.blobFileValue.offset = name, offset
    constant.outputs.add(name="w")
    block.outputs.append("w")
    ids = ("00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002")
    manifest = {
        "fileFormatVersion": "1.0.0",
        "rootModelIdentifier": ids[0],
        "itemInfoEntries": {
            ids[0]: {
                "author": "com.apple.CoreML",
                "description": "CoreML Model Specification",
                "name": "model.mlmodel",
                "path": manifest_path,
            },
            ids[1]: {
                "author": "com.apple.CoreML",
                "description": "CoreML Model Weights",
                "name": "weights",
                "path": "com.apple.CoreML/weights",
            },
        },
    }
    root = "model.mlpackage"
    return {
        f"{root}/Manifest.json": json.dumps(manifest).encode(),
        f"{root}/Data/com.apple.CoreML/model.mlmodel": model.SerializeToString(deterministic=True),
        f"{root}/Data/com.apple.CoreML/weights/weight.bin": data,
    }


def _mil_weights(corpus: Corpus, sentinel: int = 0xDEADBEEF, size: int = 64) -> bytes:
    head = struct.pack("<II", 1, 2).ljust(64, b"\0")
    return head + struct.pack("<IIQQ", sentinel, 2, size, 128).ljust(64, b"\0") + floats(corpus, 16)


def coreml(corpus: Corpus) -> None:
    """Specifications by coremltools' protobufs, packages, custom classes, linked models."""
    for layers in (1, 2, corpus.pick(3, 4)):
        corpus.benign(
            "coreml", "model.mlmodel", _coreml_network(corpus, layers).SerializeToString(deterministic=True), f"{layers} dense layers"
        )
    for name, model in _coreml_others(corpus):
        corpus.benign("coreml", "model.mlmodel", model.SerializeToString(deterministic=True), name)
    usual = "@model_path/weights/weight.bin"
    for _ in range(2):
        corpus.add_tree("coreml", "benign", _mil_package(corpus, usual, _mil_weights(corpus)), "package with weights", "clean")
    _coreml_attacks(corpus)
    lies = [
        ("weight offset beyond the file", _mil_package(corpus, usual, _mil_weights(corpus), corpus.pick(1 << 20, (1 << 63)))),
        ("weight size beyond the file", _mil_package(corpus, usual, _mil_weights(corpus, size=corpus.pick(1 << 30, 1 << 62)))),
        ("weight record without its mark", _mil_package(corpus, usual, _mil_weights(corpus, sentinel=corpus.pick(0, 0xBEEFDEAD)))),
        (
            "manifest names a file that is not there",
            _mil_package(corpus, usual, _mil_weights(corpus), manifest_path="com.apple.CoreML/none"),
        ),
    ]
    for technique, files in lies:
        corpus.add_tree("coreml", "lie", files, technique, "lie")
    whole = _coreml_network(corpus, 2).SerializeToString(deterministic=True)
    corpus.lie("coreml", "model.mlmodel", whole[: corpus.pick(-20, len(whole) // 2)], "truncated specification")


def _coreml_attacks(corpus: Corpus) -> None:
    custom = _coreml_base(corpus, "custom")
    custom.customModel.className = corpus.pick("NSTask", "NSAppleScript")
    custom.customModel.parameters["arguments"].stringValue = corpus.command
    layered = _coreml_network(corpus, 2)
    layer = layered.neuralNetwork.layers.add(name="c", input=["y"], output=["z"])
    layer.custom.className = corpus.pick("PayloadLayer", "NSBundleLoader")
    layer.custom.parameters["path"].stringValue = corpus.pick("/tmp/payload.dylib", "~/Library/x.bundle")
    linked = _coreml_base(corpus, "linked")
    linked.linkedModel.linkedModelFile.linkedModelFileName.defaultValue = corpus.pick("../../other.mlmodelc", "/tmp/other.mlmodelc")
    linked.linkedModel.linkedModelFile.linkedModelSearchPath.defaultValue = corpus.pick("/tmp:/var/tmp", "../..")
    nested = _coreml_base(corpus, "nested")
    nested.pipeline.models.append(custom)
    for technique, model in (
        ("custom model of a system class", custom),
        ("custom layer that names a library", layered),
        ("linked model outside of the bundle", linked),
        ("custom model inside of a pipeline", nested),
    ):
        corpus.bad("coreml", "model.mlmodel", model.SerializeToString(deterministic=True), technique, "host class or path")
    path = corpus.pick("/etc/passwd", "@model_path/../../../secret.bin")
    corpus.add_tree(
        "coreml", "malicious", _mil_package(corpus, path, _mil_weights(corpus)), "weights outside of the package", "path traversal"
    )
    files = _mil_package(
        corpus, "@model_path/weights/weight.bin", _mil_weights(corpus), manifest_path=corpus.pick("../../x.mlmodel", "/tmp/x.mlmodel")
    )
    corpus.add_tree("coreml", "malicious", files, "manifest leads outside of the package", "path traversal")
    hidden = _mil_package(corpus, "@model_path/weights/weight.bin", _mil_weights(corpus) + elf_library(corpus))
    corpus.add_tree("coreml", "malicious", hidden, "native library after the weights", "native code")


def _engine(corpus: Corpus, body: bytes, magic: bytes = b"ftrt", size: int | None = None) -> bytes:
    """A head as TensorRT writes it, then a body; the rest of the real layout is not published."""
    if magic == b"ptrt":
        return magic + struct.pack("<IQ", corpus.pick(0x73, 0x71), len(body) if size is None else size) + body
    payload = len(body) if size is None else size
    return magic + struct.pack("<IQQ", 0, payload, 0) + bytes(corpus.pick((8, 6, 1, 6), (10, 3, 0, 26))) + body


def _cubin(corpus: Corpus) -> bytes:
    """A GPU code object: an ELF of the CUDA machine, which any engine has."""
    head = b"\x7fELF" + bytes([2, 1, 1, corpus.pick(0x33, 0x41), 7]) + bytes(7) + struct.pack("<HHI", 2, 190, 122)
    return head.ljust(64, b"\0") + b".nv.info\0.text.kernel\0" + bytes(200)


def _engine_body(corpus: Corpus, *parts: bytes) -> bytes:
    names = b"".join(struct.pack("<I", len(name)) + name for name in (b"input", b"conv1 + relu1", b"output"))
    return names + floats(corpus, 64) + _cubin(corpus) + b"".join(parts) + floats(corpus, 16)


def tensorrt(corpus: Corpus) -> None:
    """Engines by hand: GPU code only, embedded host libraries, lying sizes."""
    for magic in (b"ftrt", b"ptrt"):
        corpus.benign("tensorrt", "model.engine", _engine(corpus, _engine_body(corpus), magic), f"engine with GPU code, {magic.decode()}")
        corpus.benign(
            "tensorrt",
            "model.plan",
            _engine(corpus, _engine_body(corpus, _cubin(corpus), b"EfficientNMS_TRT\0"), magic),
            f"engine with a standard plugin, {magic.decode()}",
        )
        corpus.benign(
            "tensorrt",
            "model.trt",
            _engine(corpus, _engine_body(corpus, struct.pack("<I", 0xBA55ED50) + bytes(60)), magic),
            f"engine with a fat binary, {magic.decode()}",
        )
    library, windows = elf_library(corpus, 4096), pe_library(corpus, 4096)
    for magic in (b"ftrt", b"ptrt"):
        corpus.bad(
            "tensorrt",
            "model.engine",
            _engine(corpus, _engine_body(corpus, b"PayloadPlugin\0", library), magic),
            f"embedded plugin library, {magic.decode()}",
            "native code",
        )
        corpus.bad(
            "tensorrt",
            "model.plan",
            _engine(corpus, _engine_body(corpus, windows), magic),
            f"embedded DLL, {magic.decode()}",
            "native code",
        )
    corpus.bad("tensorrt", "model.engine", half_pickle(corpus), "pickle with the name of an engine", "pickle call")
    corpus.bad("tensorrt", "model.engine", _engine(corpus, _engine_body(corpus)) + library, "library after the engine", "native code")
    whole = _engine(corpus, _engine_body(corpus), b"ptrt", corpus.pick(1 << 40, (1 << 64) - 1))
    corpus.lie("tensorrt", "model.plan", whole, "declared size beyond the file")
    corpus.lie("tensorrt", "model.engine", b"ftrt" + bytes(corpus.pick(8, 16)), "engine that ends in its head")


class Table:
    """A flatbuffer table to be written: slot -> (kind, value)."""

    def __init__(self, **slots: tuple[str, Any]) -> None:
        self.slots = {int(name[1:]): entry for name, entry in slots.items()}


def _flat(builder: Any, entry: tuple[str, Any]) -> int:
    """Writes one out-of-line value and gives its offset."""
    kind, value = entry
    if kind == "str":
        return int(builder.CreateString(value))
    if kind == "bytes":
        return int(builder.CreateByteVector(value))
    if kind == "tables":
        offsets = [_flat_table(builder, item) for item in value]
        builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            builder.PrependUOffsetTRelative(offset)
        return int(builder.EndVector())
    if kind == "i32s":
        builder.StartVector(4, len(value), 4)
        for number in reversed(value):
            builder.PrependInt32(number)
        return int(builder.EndVector())
    if kind == "i64s":
        builder.StartVector(8, len(value), 8)
        for number in reversed(value):
            builder.PrependInt64(number)
        return int(builder.EndVector())
    return _flat_table(builder, value)


def _flat_table(builder: Any, table: Table) -> int:
    offsets = {slot: _flat(builder, entry) for slot, entry in table.slots.items() if entry[0] not in ("u32", "u64", "i32", "u8")}
    builder.StartObject(max(table.slots, default=-1) + 1)
    for slot, (kind, value) in table.slots.items():
        if slot in offsets:
            builder.PrependUOffsetTRelativeSlot(slot, offsets[slot], 0)
        elif kind == "u32":
            builder.PrependUint32Slot(slot, value, 0)
        elif kind == "u64":
            builder.PrependUint64Slot(slot, value, 0)
        elif kind == "i32":
            builder.PrependInt32Slot(slot, value, 0)
        else:
            builder.PrependUint8Slot(slot, value, 0)
    return int(builder.EndObject())


def _pte(
    corpus: Corpus,
    operators: list[tuple[str, str]],
    backend: str = "",
    blob: bytes = b"",
    op_index: int = 0,
    segment: tuple[int, int] | None = None,
    program_size: int | None = None,
    root: int | None = None,
) -> bytes:
    """An ExecuTorch program with one plan; the weights lie in a segment behind the flatbuffer."""
    import flatbuffers

    weights = floats(corpus, 16)
    call = Table(_0=("u8", 1), _1=("table", Table(_0=("i32", op_index), _1=("i32s", [0, 1]))))
    chain = Table(_0=("i32s", [0]), _1=("i32s", [1]), _2=("tables", [call]))
    delegates = [Table(_0=("str", backend), _1=("table", Table(_0=("u8", 0), _1=("u32", 0))))] if backend else []
    plan = Table(
        _0=("str", "forward"),
        _2=("tables", [Table(_0=("u8", 1), _1=("table", Table())) for _ in range(2)]),
        _3=("i32s", [0]),
        _4=("i32s", [1]),
        _5=("tables", [chain]),
        _6=("tables", [Table(_0=("str", a), _1=("str", b)) for a, b in operators]),
        _7=("tables", delegates),
        _8=("i64s", [0, 128]),
    )
    offset, size = segment or (0, len(weights))
    program = Table(
        _0=("u32", 0),
        _1=("tables", [plan]),
        _3=("tables", [Table(_0=("bytes", blob))] if backend else []),
        _4=("tables", [Table(_0=("u64", offset), _1=("u64", size))]),
    )
    builder = flatbuffers.Builder(1024)
    builder.Finish(_flat_table(builder, program), b"ET12")
    data = bytes(builder.Output())
    start = struct.unpack("<I", data[:4])[0] + 32
    total = (len(data) + 32 + 15) // 16 * 16
    head = (
        struct.pack("<I", start if root is None else root)
        + b"ET12"
        + b"eh00"
        + struct.pack("<IQQ", 24, len(data) + 32 if program_size is None else program_size, total)
    )
    return (head.ljust(40, b"\0") + data[8:]).ljust(total, b"\0") + weights


def executorch(corpus: Corpus) -> None:
    """Programs by hand from the published schema."""
    usual = [("aten::add", "out"), ("aten::mm", "out")]
    for operators in (usual, [("aten::relu", "out")], [("aten::linear", "out"), ("aten::_softmax", "out")]):
        corpus.benign("executorch", "model.pte", _pte(corpus, operators), f"portable program with {operators[0][0]}")
    for backend in ("XnnpackBackend", corpus.pick("VulkanBackend", "CoreMLBackend"), corpus.pick("XnnpackBackend", "MPSBackend")):
        corpus.benign("executorch", "model.pte", _pte(corpus, usual, backend, b"XH00" + floats(corpus, 20)), f"delegated to {backend}")
    library, windows = elf_library(corpus), pe_library(corpus)
    corpus.bad(
        "executorch", "model.pte", _pte(corpus, usual, "XnnpackBackend", library), "native library in a delegate's data", "native code"
    )
    corpus.bad(
        "executorch",
        "model.pte",
        _pte(corpus, usual, corpus.pick("PayloadBackend", "ShellBackend"), windows),
        "unknown backend with a DLL",
        "native code",
    )
    corpus.bad("executorch", "model.pte", _pte(corpus, usual) + library, "native library after the segments", "native code")
    corpus.bad("executorch", "model.pte", half_pickle(corpus), "pickle with the name of a program", "pickle call")
    corpus.bad(
        "executorch",
        "model.pte",
        _pte(corpus, usual, "XnnpackBackend", half_pickle(corpus)),
        "pickle in a delegate's data",
        "hidden pickle",
    )
    big = corpus.pick(1 << 33, (1 << 64) - 64)
    corpus.lie("executorch", "model.pte", _pte(corpus, usual, program_size=big), "program size beyond the file")
    corpus.lie("executorch", "model.pte", _pte(corpus, usual, segment=(corpus.pick(1 << 20, big), 64)), "segment beyond the file")
    corpus.lie("executorch", "model.pte", _pte(corpus, usual, segment=(0, big)), "segment longer than the file")
    corpus.lie("executorch", "model.pte", _pte(corpus, usual, root=corpus.pick(0x7FFFFFF0, 0xFFFFFFFF)), "root beyond the program")
    corpus.lie("executorch", "model.pte", _pte(corpus, usual, op_index=corpus.pick(99, -3)), "call of an operator that is not listed")


def _op(kind: str, inputs: dict[str, str], outputs: dict[str, str], texts: dict[str, str] | None = None) -> bytes:
    """A Paddle OpDesc with text attributes."""
    out = b"".join(pb(1, pb(1, name) + pb(2, value)) for name, value in inputs.items())
    out += b"".join(pb(2, pb(1, name) + pb(2, value)) for name, value in outputs.items()) + pb(3, kind)
    return out + b"".join(pb(4, pb(1, name) + pb(2, 2) + pb(5, value)) for name, value in (texts or {}).items())


def _program(width: int, *ops: bytes) -> bytes:
    """A Paddle ProgramDesc with feed, the given operators and fetch."""
    tensor = pb(1, 5) + pb(2, -1) + pb(2, width)
    variables = b"".join(pb(3, pb(1, name) + pb(2, pb(1, 7) + pb(3, pb(1, tensor))) + pb(3, name == "w")) for name in ("x", "w", "y"))
    every = [_op("feed", {"X": "feed"}, {"Out": "x"}), *ops, _op("fetch", {"X": "y"}, {"Out": "fetch"})]
    return pb(1, pb(1, 0) + pb(2, -1) + variables + b"".join(pb(4, op) for op in every)) + pb(4, pb(1, 0))


def _paddle_tensor(corpus: Corpus, dims: tuple[int, ...] = (4, 4), declared: int | None = None) -> bytes:
    desc = pb(1, 5) + b"".join(pb(2, dim) for dim in dims)
    return struct.pack("<IQIi", 0, 0, 0, len(desc) if declared is None else declared) + desc + floats(corpus, 16)


def paddle(corpus: Corpus) -> None:
    """Programs, parameters and pickled parameters."""
    width = corpus.pick(4, 16)
    dense = _op("mul", {"X": "x", "Y": "w"}, {"Out": "y"})
    for kind in ("relu", "softmax", corpus.pick("tanh", "sigmoid")):
        corpus.benign("paddle", "__model__", _program(width, dense, _op(kind, {"X": "y"}, {"Out": "y"})), f"program with {kind}")
    corpus.benign("paddle", "model.pdmodel", _program(width, dense), "program of one layer")
    corpus.benign("paddle", "model.pdiparams", _paddle_tensor(corpus) + _paddle_tensor(corpus), "two tensors")
    corpus.benign(
        "paddle",
        "model.pdparams",
        pickle.dumps({"w": [1.0, corpus.seed / 2], "StructuredToParameterName@@": {"w": "w_0"}}, 2),
        "pickled parameters",
    )
    several = _program(width, *[dense, _op("relu", {"X": "y"}, {"Out": "y"})] * corpus.pick(2, 3))
    corpus.benign("paddle", "inference.pdmodel", several, "program of several layers")
    corpus.benign("paddle", "inference.pdiparams", _paddle_tensor(corpus, (2, 8)), "one tensor")
    corpus.benign("paddle", "model.pdopt", pickle.dumps({"LR_Scheduler": {"last_lr": corpus.pick(0.1, 0.2)}}, 4), "pickled optimizer state")
    hostile = [
        ("py_func operator", _op("py_func", {"X": "x"}, {"Out": "y"}, {"forward_callable": corpus.pick("os.system", "builtins.eval")})),
        (
            "save operator that writes elsewhere",
            _op("save", {"X": "x"}, {}, {"file_path": corpus.pick("/root/.bashrc", "../../.ssh/authorized_keys")}),
        ),
        (
            "load operator that reads elsewhere",
            _op("load_combine", {}, {"Out": "y"}, {"file_path": corpus.pick("/etc/shadow", "../../../secret")}),
        ),
        ("network operator", _op(corpus.pick("send", "listen_and_serv"), {"X": "x"}, {"Out": "y"}, {"endpoint": "192.0.2.7:4444"})),
        (
            "serialised engine of native code",
            _op(
                "tensorrt_engine",
                {"Xs": "x"},
                {"Ys": "y"},
                {
                    "engine_key": "e",
                    "model_opt_cache_dir": corpus.pick("/tmp/x", "../x"),
                    "lib_path": corpus.pick("/tmp/evil.so", "./payload.so"),
                },
            ),
        ),
    ]
    for technique, op in hostile:
        corpus.bad("paddle", corpus.pick("__model__", "model.pdmodel"), _program(width, dense, op), technique, "hostile operator")
    corpus.bad("paddle", "model.pdparams", half_pickle(corpus), "pickled parameters that call", "pickle call")
    corpus.bad("paddle", "model.pdiparams.info", half_pickle(corpus), "pickled parameter info that calls", "pickle call")
    corpus.bad("paddle", "model.pdiparams", _paddle_tensor(corpus) + elf_library(corpus), "native library after the tensors", "native code")
    corpus.lie("paddle", "model.pdiparams", _paddle_tensor(corpus, (corpus.pick(1 << 20, 1 << 40), 4)), "tensor larger than the file")
    corpus.lie("paddle", "model.pdiparams", _paddle_tensor(corpus, declared=corpus.pick(1 << 30, -5)), "descriptor length lies")
    corpus.lie("paddle", "model.pdmodel", _program(width, dense)[: corpus.pick(-9, 40)], "truncated program")


def _symbol(corpus: Corpus, op: str, attrs: dict[str, str], extra: dict[str, Any] | None = None, source: int = 0) -> bytes:
    """An MXNet symbol: data, weight, dense, then one node."""
    nodes = [
        {"op": "null", "name": "data", "inputs": []},
        {"op": "null", "name": "w", "inputs": []},
        {
            "op": "FullyConnected",
            "name": "fc",
            "attrs": {"num_hidden": str(corpus.pick(4, 8)), "no_bias": "True"},
            "inputs": [[0, 0, 0], [1, 0, 0]],
        },
        {"op": op, "name": "last", "attrs": attrs, "inputs": [[source or 2, 0, 0]]},
    ]
    graph = {
        "nodes": nodes,
        "arg_nodes": [0, 1],
        "node_row_ptr": [0, 1, 2, 3, 4],
        "heads": [[3, 0, 0]],
        "attrs": {"mxnet_version": ["int", 10900], **(extra or {})},
    }
    return json.dumps(graph, indent=2).encode()


def _params(corpus: Corpus, dims: tuple[int, ...] = (4, 4), count: int | None = None, name_length: int | None = None) -> bytes:
    array = (
        struct.pack("<IiI", 0xF993FAC9, 0, len(dims))
        + struct.pack(f"<{len(dims)}q", *dims)
        + struct.pack("<iii", 1, 0, 0)
        + floats(corpus, 16)
    )
    name = b"arg:w"
    names = struct.pack("<QQ", 1, len(name) if name_length is None else name_length) + name
    return struct.pack("<QQQ", 0x112, 0, 1 if count is None else count) + array + names


def mxnet(corpus: Corpus) -> None:
    """Symbols and parameter lists."""
    for op, attrs in (("Activation", {"act_type": "relu"}), ("SoftmaxOutput", {}), ("Dropout", {"p": "0.5"}), ("Flatten", {})):
        corpus.benign("mxnet", "model-symbol.json", _symbol(corpus, op, attrs), f"symbol with {op}")
    for dims in ((4, 4), (16,), (2, 2, 4)):
        corpus.benign("mxnet", "model-0000.params", _params(corpus, dims), f"parameters of shape {dims}")
    pointer = hex(corpus.rng.randrange(1 << 44, 1 << 47))
    hostile = [
        ("custom Python operator", _symbol(corpus, "Custom", {"op_type": corpus.pick("payload_op", "shell"), "cmd": corpus.command})),
        ("native operator with a pointer", _symbol(corpus, corpus.pick("_Native", "_NDArray"), {"info": pointer})),
        (
            "graph that names a library",
            _symbol(corpus, "my_gemm", {}, {"library": ["str", corpus.pick("/tmp/libpayload.so", "./lib.dll")]}),
        ),
    ]
    for technique, data in hostile:
        corpus.bad("mxnet", "model-symbol.json", data, technique, "code execution")
    corpus.bad(
        "mxnet",
        corpus.pick("model-0000.params", "trainer.states"),
        half_pickle(corpus),
        "pickle with the name of a checkpoint",
        "pickle call",
    )
    corpus.bad("mxnet", "model-0000.params", _params(corpus) + elf_library(corpus), "native library after the parameters", "native code")
    corpus.lie("mxnet", "model-0000.params", _params(corpus, (corpus.pick(1 << 30, 1 << 62), 4)), "array larger than the file")
    corpus.lie("mxnet", "model-0000.params", _params(corpus, count=corpus.pick(1 << 32, (1 << 64) - 1)), "more arrays than bytes")
    corpus.lie("mxnet", "model-0000.params", _params(corpus, name_length=corpus.pick(1 << 40, (1 << 63))), "name longer than the file")
    corpus.lie(
        "mxnet", "model-symbol.json", _symbol(corpus, "Flatten", {}, source=corpus.pick(99, 3)), "input from a node that is not before it"
    )


def _cntk_value(value: Any) -> bytes:
    """A CNTK DictionaryValue."""
    if isinstance(value, bool):
        return pb(1, 1) + pb(2, 1) + pb(3, value)
    if isinstance(value, int):
        return pb(1, 1) + pb(2, 3) + pb(5, value)
    if isinstance(value, str):
        return pb(1, 1) + pb(2, 6) + pb(8, value)
    if isinstance(value, list):
        return pb(1, 1) + pb(2, 9) + pb(11, b"".join(pb(1, _cntk_value(item)) for item in value))
    if isinstance(value, bytes):
        return pb(1, 1) + pb(2, 11) + pb(13, value)
    return pb(1, 1) + pb(2, 10) + pb(12, _cntk_dictionary(value))


def _cntk_dictionary(entries: dict[str, Any]) -> bytes:
    return pb(1, 1) + b"".join(pb(2, pb(1, key) + pb(2, _cntk_value(value))) for key, value in entries.items())


def _cntk_model(corpus: Corpus, *functions: dict[str, Any], shape: tuple[int, ...] = (4, 4)) -> bytes:
    packed = b"".join(pb(1, dim)[1:] for dim in shape)
    array = pb(1, 1) + pb(3, pb(1, packed)) + pb(4, pb(1, floats(corpus, 16)))
    weights = {"type": "Variable", "version": 1, "uid": "Parameter4", "kind": 2, "data_type": 1, "name": "w", "value": array}
    times = {
        "type": "PrimitiveFunction",
        "version": 1,
        "op": 31,
        "uid": "Times5",
        "name": "",
        "inputs": ["Parameter4", "Input0"],
        "attributes": {},
    }
    return _cntk_dictionary(
        {
            "type": "CompositeFunction",
            "version": 1,
            "root": "Times5",
            "uid": "C9",
            "name": corpus.pick("net", "classifier"),
            "inputs": [weights],
            "primitive_functions": [times, *functions],
        }
    )


def cntk(corpus: Corpus) -> None:
    """CNTK v2 dictionaries with and without user-defined functions."""

    def primitive(op: int, name: str) -> dict[str, Any]:
        return {
            "type": "PrimitiveFunction",
            "version": 1,
            "op": op,
            "uid": name,
            "name": name,
            "inputs": ["Times5"],
            "attributes": {"axis": "all"},
        }

    corpus.benign("cntk", "model.dnn", _cntk_model(corpus), "one product")
    for op, name in ((1, "Sigmoid6"), (2, "Tanh6"), (3, "ReLU6"), (corpus.pick(10, 12), "module_statistics")):
        corpus.benign("cntk", "model.model", _cntk_model(corpus, primitive(op, name)), f"product and {name}")

    def user(module: str, method: str, native: bool) -> dict[str, Any]:
        return {
            "type": "UserDefinedFunction",
            "version": 1,
            "op": "Udf",
            "uid": "Udf7",
            "module": module,
            "deserialize_method": method,
            "native": native,
            "user_defined_state": {"cmd": corpus.command},
            "inputs": ["Times5"],
        }

    for module, method, native in (
        (corpus.pick("os", "subprocess"), corpus.pick("system", "Popen"), False),
        ("payload", "Layer.deserialize", False),
        (corpus.pick("/tmp/libpayload.so", "..\\payload.dll"), "CreateUdf", True),
        ("Cntk.Payload-2.7", "Make", True),
    ):
        corpus.bad("cntk", "model.dnn", _cntk_model(corpus, user(module, method, native)), f"user function of {module}", "code execution")
    corpus.bad("cntk", "model.dnn", _cntk_model(corpus) + elf_library(corpus), "native library after the dictionary", "native code")
    corpus.lie("cntk", "model.dnn", _cntk_model(corpus, shape=(corpus.pick(1 << 30, 1 << 60), 4)), "array larger than its values")
    corpus.lie("cntk", "model.dnn", _cntk_model(corpus)[: corpus.pick(-30, 90)], "truncated dictionary")
    corpus.lie("cntk", "model.dnn", b"\x08\x01\x12" + b"\xff" * corpus.pick(9, 8) + b"\x01" + b"data", "length of many bytes")


def _flax_trees(corpus: Corpus) -> list[tuple[str, Any]]:
    import numpy as np

    rng = np.random.default_rng(corpus.seed)
    layer = {"kernel": rng.normal(size=(4, corpus.pick(4, 6))).astype(np.float32), "bias": np.zeros(4, np.float32)}
    return [
        ("layer", {"params": {"Dense_0": layer}}),
        ("halves", {"params": {"w": rng.normal(size=8).astype(np.float16)}}),
        ("scalars", {"step": np.int32(corpus.seed), "phase": 1 + 2j, "done": True, "name": "formats"}),
        ("nested", {"params": {f"Block_{n}": {"Dense_0": layer} for n in range(corpus.pick(3, 5))}}),
        ("empty", {"params": {}, "seed": corpus.seed}),
    ]


def flax(corpus: Corpus) -> None:
    """Flax msgpack checkpoints by flax itself, and hostile msgpack."""
    import msgpack
    from flax import serialization

    for name, tree in _flax_trees(corpus):
        data = serialization.msgpack_serialize(tree)
        corpus.benign("flax", corpus.pick("flax_model.msgpack", "params.msgpack"), data, f"real flax state: {name}")
        if name == "layer":
            layer = data
    evil = half_pickle(corpus)
    objects = {b"nd": True, b"type": b"O", b"kind": b"O", b"shape": [1], b"data": evil}
    corpus.bad(
        "flax", "flax_model.msgpack", msgpack.packb({"params": {"w": objects}}), "msgpack-numpy object array, a pickle", "pickle call"
    )
    corpus.bad(
        "flax",
        "flax_model.msgpack",
        msgpack.packb({"params": {"w": msgpack.ExtType(corpus.pick(1, 42), evil)}}),
        "pickle in an extension",
        "hidden pickle",
    )
    corpus.bad("flax", "flax_model.msgpack", evil, "pickle with the name of a checkpoint", "pickle call")
    corpus.bad("flax", "flax_model.msgpack", layer + elf_library(corpus), "native library after the state", "native code")
    corpus.bad("flax", "flax_model.msgpack", msgpack.packb({"params": {"w": evil}, "opt": 1}), "pickle as a byte value", "hidden pickle")
    array = msgpack.packb([[corpus.pick(4096, 1 << 40), 4], "float32", floats(corpus, 4)])
    corpus.lie("flax", "flax_model.msgpack", msgpack.packb({"w": msgpack.ExtType(1, array)}), "array larger than its bytes")
    corpus.lie(
        "flax", "flax_model.msgpack", b"\x81\xa1w" + corpus.pick(b"\xc6", b"\xdd") + b"\xff\xff\xff\xf0abc", "length beyond the file"
    )
    corpus.lie("flax", "flax_model.msgpack", b"\x81\xa1p" * corpus.pick(5000, 90000) + b"\xc0", "nesting without end")
    corpus.lie("flax", "flax_model.msgpack", layer[: corpus.pick(-7, 40)], "truncated state")


def _orbax_real(corpus: Corpus, ocdbt: bool, count: int) -> dict[str, bytes]:
    """A checkpoint saved by orbax; the directory's times are fixed afterwards."""
    import numpy as np
    import orbax.checkpoint as ocp

    rng = np.random.default_rng(corpus.seed + count)
    tree = {"params": {f"w{n}": rng.normal(size=(4, 4)).astype(np.float32) for n in range(count)}, "step": np.int32(count)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ckpt"
        with ocp.Checkpointer(ocp.PyTreeCheckpointHandler(use_ocdbt=ocdbt)) as saver:
            saver.save(path, tree)
        files = {str(item.relative_to(folder)): item.read_bytes() for item in sorted(path.rglob("*")) if item.is_file()}
    for name, data in files.items():
        data = re.sub(rb'(timestamp_nsecs": )\d+', rb"\g<1>1704164646000000000", data)
        files[name] = re.sub(rb"successful to \S+", b"successful to /checkpoints/ckpt", data)
    return files


def orbax(corpus: Corpus) -> None:
    """Checkpoint directories: zarr and OCDBT ones by orbax; hostile metadata by hand."""
    for count in (1, 2, corpus.pick(3, 4)):
        corpus.add_tree("orbax", "benign", (files := _orbax_real(corpus, False, count)), f"real zarr checkpoint of {count}", "clean")
    for count in (1, corpus.pick(2, 3)):
        corpus.add_tree("orbax", "benign", (store := _orbax_real(corpus, True, count)), f"real OCDBT checkpoint of {count}", "clean")
    array = next(name for name in files if name.endswith(".zarray"))
    meta = json.loads(files[array])
    changes = [
        ("zarr codec that unpickles", {"filters": [{"id": "pickle", "protocol": 4}], "dtype": "|O"}),
        ("array on a remote store", {"kvstore": {"driver": corpus.pick("http", "gcs"), "path": "http://192.0.2.7/x"}}),
        ("array outside of the directory", {"kvstore": {"driver": "file", "path": corpus.pick("/etc", "../../..")}}),
    ]
    for technique, change in changes:
        corpus.add_tree("orbax", "malicious", {**files, array: json.dumps({**meta, **change}).encode()}, technique, "code or reach")
    name = corpus.pick("ckpt/extra.pkl", "ckpt/_custom")
    corpus.add_tree("orbax", "malicious", {**files, name: half_pickle(corpus)}, "pickle in the directory", "pickle call")
    lie = {**meta, "chunks": [corpus.pick(1 << 40, 0), 4], "shape": [corpus.pick(1 << 40, -4), 4]}
    corpus.add_tree("orbax", "lie", {**files, array: json.dumps(lie).encode()}, "array shape lies", "lie")
    manifest = next(name for name in store if name.endswith("manifest.ocdbt"))
    data = store[manifest]
    broken = data[:4] + struct.pack("<Q", corpus.pick(1 << 40, 5)) + data[12:]
    corpus.add_tree("orbax", "lie", {**store, manifest: broken}, "manifest length lies", "lie")


def _torch_zip(corpus: Corpus, data: bytes) -> bytes:
    return make_zip([("archive/data.pkl", data), ("archive/data/0", floats(corpus, 16)), ("archive/version", "3\n")])


NEMO_CONFIG = """sample_rate: 16000
target: nemo.collections.asr.models.ctc_models.EncDecCTCModel
encoder:
  _target_: nemo.collections.asr.modules.ConvASREncoder
  feat_in: {size}
optim:
  name: adamw
{extra}
nemo_version: {version}
"""


def _nemo(
    corpus: Corpus,
    extra: str = "",
    weights: bytes | None = None,
    mode: str = "w",
    links: dict[str, str] | None = None,
    more: tuple[tuple[str, bytes], ...] = (),
    size: int = 64,
) -> bytes:
    config = NEMO_CONFIG.format(size=size, extra=extra, version=corpus.pick("1.23.0", "2.1.0"))
    plain = _torch_zip(corpus, b"\x80\x02}q\x00X\x01\x00\x00\x00wK\x01s.")
    return make_tar([("./model_config.yaml", config), ("./model_weights.ckpt", weights or plain), *more], mode, links)


def nemo(corpus: Corpus) -> None:
    """.nemo tars with hydra targets."""
    corpus.benign("nemo", "model.nemo", _nemo(corpus), "plain tar")
    corpus.benign("nemo", "model.nemo", _nemo(corpus, mode="w:gz"), "gzip tar")
    corpus.benign(
        "nemo", "model.nemo", _nemo(corpus, "scheduler:\n  _target_: torch.optim.lr_scheduler.StepLR\n  step_size: 3"), "torch target"
    )
    corpus.benign("nemo", "model.nemo", _nemo(corpus, more=(("./vocab.txt", b"a\nb\nos.system\n"),), size=80), "with a vocabulary")
    corpus.benign(
        "nemo", "model.nemo", _nemo(corpus, "trainer:\n  _target_: pytorch_lightning.Trainer\n  devices: 1", size=128), "lightning target"
    )
    corpus.benign("nemo", "model.nemo", _nemo(corpus, "labels: [a, b, system, eval]", size=96), "labels that are words")
    corpus.benign("nemo", "model.nemo", _nemo(corpus, "path: ${oc.env:HOME}", size=112), "environment interpolation")
    corpus.benign(
        "nemo", "model.nemo", _nemo(corpus, more=(("./tokenizer.model", pb(1, pb(1, "a") + pb(2, 0.5))),), mode="w:gz"), "with a tokenizer"
    )
    command = json.dumps(corpus.command)
    target = corpus.pick("os.system", "subprocess.check_output")
    bad = [
        ("process target", f"preprocessor:\n  _target_: {target}\n  _args_: [{command}]"),
        ("evaluating target", f"loss:\n  _target_: {corpus.pick('builtins.eval', 'builtins.exec')}\n  _args_: ['1+1']"),
        ("unpickling target", f"decoder:\n  _target_: {corpus.pick('pickle.loads', 'torch.load')}\n  _args_: [./x]"),
        ("YAML object tag", f"x: !!python/object/apply:{target} [{command}]"),
        ("indirect target", f"x:\n  _target_: hydra.utils.{corpus.pick('get_method', 'call')}\n  path: {target}"),
    ]
    for technique, extra in bad:
        corpus.bad("nemo", "model.nemo", _nemo(corpus, extra, mode=corpus.pick("w", "w:gz")), technique, "code execution")
    corpus.bad("nemo", "model.nemo", _nemo(corpus, weights=_torch_zip(corpus, half_pickle(corpus))), "checkpoint that calls", "pickle call")
    corpus.bad(
        "nemo",
        "model.nemo",
        _nemo(corpus, more=((corpus.pick("../../.bashrc", "/etc/cron.d/x"), b"echo"),)),
        "member outside",
        "path traversal",
    )
    corpus.bad("nemo", "model.nemo", _nemo(corpus, links={"./data": corpus.pick("/etc", "../../..")}), "symlink outside", "path traversal")
    corpus.lie("nemo", "model.nemo", _nemo(corpus)[: corpus.pick(700, 1800)], "truncated tar")


MAKERS = {
    "openvino": openvino_ir,
    "coreml": coreml,
    "tensorrt": tensorrt,
    "executorch": executorch,
    "paddle": paddle,
    "mxnet": mxnet,
    "cntk": cntk,
    "flax": flax,
    "orbax": orbax,
    "nemo": nemo,
}
