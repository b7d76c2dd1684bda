"""ONNX, TensorFlow and TFLite graphs, with protobuf and flatbuffers written by hand."""

from __future__ import annotations

import struct

from .core import Registry

ONNX = "ONNX specification (external data)"


def varint(value: int) -> bytes:
    """A base-128 varint (two's complement for negatives)."""
    value &= 2**64 - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def pb(field: int, value: int | str | bytes) -> bytes:
    """A protobuf field."""
    if isinstance(value, int):
        return varint(field << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(data)) + data


def tensor(name: str, dims: tuple[int, ...] = (2,), raw: bytes | None = bytes(8), external: dict[str, str] | None = None, dtype: int = 1) -> bytes:
    """TensorProto."""
    out = b"".join(pb(1, d) for d in dims) + pb(2, dtype) + pb(8, name)
    if external is not None:
        return out + b"".join(pb(13, pb(1, k) + pb(2, v)) for k, v in external.items()) + pb(14, 1)
    return out + (pb(9, raw) if raw is not None else b"")


def node(op: str, domain: str = "", inputs: tuple[str, ...] = ("x",), outputs: tuple[str, ...] = ("y",), attrs: bytes = b"") -> bytes:
    """NodeProto."""
    return b"".join(pb(1, i) for i in inputs) + b"".join(pb(2, o) for o in outputs) + pb(3, "n") + pb(4, op) + attrs + (pb(7, domain) if domain else b"")


def value_info(name: str) -> bytes:
    """ValueInfoProto: float[2]."""
    return pb(1, name) + pb(2, pb(1, pb(1, 1) + pb(2, pb(1, pb(1, 2)))))


def graph(nodes: list[bytes] | None = None, initializers: list[bytes] = (), extra: bytes = b"") -> bytes:
    """GraphProto."""
    nodes = [node("Relu")] if nodes is None else nodes
    return (b"".join(pb(1, n) for n in nodes) + pb(2, "g") + b"".join(pb(5, t) for t in initializers) + extra
            + pb(11, value_info("x")) + pb(12, value_info("y")))


def model(body: bytes, domains: tuple[str, ...] = (), extra: bytes = b"") -> bytes:
    """ModelProto."""
    opsets = pb(8, pb(1, "") + pb(2, 17)) + b"".join(pb(8, pb(1, d) + pb(2, 1)) for d in domains)
    return pb(1, 8) + pb(2, "pytorch") + pb(3, "2.1.0") + pb(7, body) + opsets + extra


def _onnx(reg: Registry) -> None:
    def add(family: str, gadget: str, data: bytes, text: str, src: str = ONNX, extra: dict[str, bytes] | None = None) -> None:
        reg.add("onnx-" + family, gadget, {"model.onnx": data, **(extra or {})}, "onnx", src, text, kind="structural")

    cves = "CVE-2022-25882, CVE-2024-27318"
    paths = {"dotdot": "../../../../../etc/passwd", "absolute": "/etc/passwd", "windows": "C:\\Windows\\win.ini", "backslash": "..\\..\\secret",
             "middle": "data/../../../etc/hostname", "file-url": "file:///etc/passwd", "http-url": "http://cordon.invalid/w", "unc": "\\\\cordon.invalid\\share\\w",
             "home": "~/.ssh/id_rsa", "proc": "/proc/self/environ", "encoded": "%2e%2e/%2e%2e/etc/passwd"}
    for gadget, path in paths.items():
        add("external-path", gadget, model(graph(initializers=[tensor("w", external={"location": path})])), f"external data at {path}", cves)
    bad = tensor("w", external={"location": "../../etc/passwd"})
    add("external-in-attribute", "constant", model(graph([node("Constant", "", (), ("y",), pb(5, pb(1, "value") + pb(5, bad) + pb(20, 4)))])), "external tensor in a Constant node", cves)
    sub = graph([node("Identity")], [bad])
    add("external-in-subgraph", "if-branch", model(graph([node("If", "", ("x",), ("y",), pb(5, pb(1, "then_branch") + pb(6, sub) + pb(20, 5)))])), "external tensor in an If branch", cves)
    fn = pb(1, "F") + pb(4, "x") + pb(5, "y") + pb(7, node("Constant", "", (), ("y",), pb(5, pb(1, "value") + pb(5, bad) + pb(20, 4)))) + pb(10, "local")
    add("external-in-function", "local-function", model(graph([node("F", "local")]), ("local",), pb(25, fn)), "external tensor in a model-local function", cves)
    sparse = pb(1, tensor("w", external={"location": "/etc/passwd"})) + pb(2, tensor("i", (1,), bytes(8), dtype=7)) + pb(3, 2)
    add("external-in-sparse", "sparse-initializer", model(graph(extra=pb(15, sparse))), "external tensor in a sparse initializer", cves)
    train = pb(2, graph(initializers=[bad]))
    add("external-in-training", "training-info", model(graph(), (), pb(20, train)), "external tensor in training_info", cves)
    add("external-range", "offset", model(graph(initializers=[tensor("w", external={"location": "w.bin", "offset": "99999999999", "length": "8"})])), "external offset beyond the file", ONNX, {"w.bin": bytes(8)})
    add("external-range", "negative", model(graph(initializers=[tensor("w", external={"location": "w.bin", "offset": "-8", "length": "-1"})])), "negative external offset", ONNX, {"w.bin": bytes(8)})
    add("external-key", "unknown-attribute", model(graph(initializers=[tensor("w", external={"location": "w.bin", "__class__": "x", "__dict__": "y"})])), "external_data keys that set Python attributes", "ONNX ExternalDataInfo setattr advisory (2026)", {"w.bin": bytes(8)})
    for op, domain in (("PyOp", "ai.onnx.contrib"), ("PyOp", "ai.onnxruntime.contrib"), ("PythonOp", "com.microsoft"), ("Exec", "cordon.custom"), ("ShellCommand", "org.example.ops"), ("TorchScriptOp", "pkg.custom")):
        add("custom-op", f"{domain}.{op}", model(graph([node(op, domain)]), (domain,)), f"operator {op} of domain {domain} needs foreign code", "ONNX Runtime custom operator documentation")
    add("dims", "huge", model(graph(initializers=[tensor("w", (2**40, 2**20))])), "dimensions of 2**60 over 8 bytes")
    add("dims", "negative", model(graph(initializers=[tensor("w", (-5,))])), "a negative dimension")
    add("dims", "overflow", model(graph(initializers=[tensor("w", (2**32, 2**32))])), "a product that wraps to 0")
    add("dims", "mismatch", model(graph(initializers=[tensor("w", (1000,))])), "raw_data shorter than its dimensions")
    add("recursion", "function", model(graph([node("F", "local")]), ("local",), pb(25, pb(1, "F") + pb(4, "x") + pb(5, "y") + pb(7, node("F", "local")) + pb(10, "local"))), "a function that calls itself", "ONNX specification (functions)")
    deep = graph()
    for _ in range(300):
        deep = graph([node("If", "", ("x",), ("y",), pb(5, pb(1, "then_branch") + pb(6, deep) + pb(20, 5)))])
    add("recursion", "subgraphs-300", model(deep), "300 nested subgraphs")
    add("truncated", "length", model(graph())[:-6], "protobuf cut off")


def attr_str(key: str, value: str) -> bytes:
    """NodeDef attr entry of kind string."""
    return pb(5, pb(1, key) + pb(2, pb(2, value)))


def tf_node(op: str, name: str = "n", attrs: bytes = b"", inputs: tuple[str, ...] = ()) -> bytes:
    """NodeDef."""
    return pb(1, name) + pb(2, op) + b"".join(pb(3, i) for i in inputs) + attrs


def tf_const(value: str) -> bytes:
    """A string Const NodeDef."""
    return tf_node("Const", "filename", pb(5, pb(1, "dtype") + pb(2, pb(6, 7))) + pb(5, pb(1, "value") + pb(2, pb(8, pb(1, 7) + pb(2, b"") + pb(8, value)))))


def graphdef(nodes: list[bytes], functions: list[bytes] = ()) -> bytes:
    """GraphDef, functions in its library."""
    library = b"".join(pb(1, pb(1, pb(1, f"__inference_{i}")) + pb(3, f)) for i, f in enumerate(functions))
    return b"".join(pb(1, n) for n in nodes) + pb(4, pb(1, 1482)) + (pb(2, library) if functions else b"")


def saved_model(graph_def: bytes, extra: bytes = b"") -> bytes:
    """SavedModel with one serving MetaGraphDef."""
    meta = pb(1, pb(4, "serve") + pb(5, "2.15.0")) + pb(2, graph_def) + extra
    return pb(1, 1) + pb(2, meta)


def _tensorflow(reg: Registry) -> None:
    src = "TensorFlow security policy (models are programs); modelscan unsafe operators"
    def add(family: str, gadget: str, files: dict[str, bytes], text: str, source: str = src) -> None:
        reg.add("tf-" + family, gadget, files, "tensorflow", source, text)

    fine = tf_node("Placeholder", "x")
    ops = ("PyFunc", "PyFuncStateless", "EagerPyFunc", "ReadFile", "WriteFile", "MatchingFiles", "DebugIdentityV2",
           "SaveDatasetV2", "LoadDataset", "WholeFileReaderV2", "MergeV2Checkpoints", "RpcClient", "RemoteCall", "ShellExecute", "DeleteFile")
    for op in ops:
        nodes = [fine, tf_const("/tmp/cordon-does-not-exist"), tf_node(op, "op", attr_str("token", "pyfunc_0"), ("filename",))]
        kind = "op-python" if "Py" in op else "op-file" if "File" in op or "Dataset" in op or "Checkpoint" in op else "op-other"
        add(kind, op, {"saved_model.pb": saved_model(graphdef(nodes))}, f"SavedModel whose graph holds {op}")
        if op in ("PyFunc", "EagerPyFunc", "ReadFile", "WriteFile", "MatchingFiles"):
            add("function-library", op, {"saved_model.pb": saved_model(graphdef([fine], [nodes[-1]]))}, f"{op} only in the function library")
            add("frozen-graph", op, {"frozen_inference_graph.pb": graphdef(nodes)}, f"frozen GraphDef with {op}")
            add("metagraph", op, {"model.ckpt.meta": pb(2, graphdef(nodes)), "checkpoint": b'model_checkpoint_path: "model.ckpt"\n'}, f"MetaGraphDef with {op}")
    text = 'node {\n  name: "op"\n  op: "PyFunc"\n  attr { key: "token" value { s: "pyfunc_0" } }\n}\n'
    add("text-graph", "PyFunc", {"graph.pbtxt": text.encode()}, "text GraphDef with PyFunc")
    add("text-graph", "WriteFile", {"saved_model.pbtxt": ('saved_model_schema_version: 1\nmeta_graphs { graph_def { ' + text.replace("PyFunc", "WriteFile") + "} }\n").encode()}, "text SavedModel with WriteFile")
    for gadget, path in (("dotdot", "../../../etc/passwd"), ("absolute", "/etc/passwd")):
        asset = pb(6, pb(1, pb(1, "filename:0")) + pb(2, path))
        add("asset-path", gadget, {"saved_model.pb": saved_model(graphdef([fine]), asset)}, "asset file name that leaves the folder", "SavedModel documentation (assets)")
    lam = '{"class_name": "Lambda", "config": {"name": "l", "function": {"class_name": "__lambda__", "config": {"code": "4wAAAAA=\\n"}}}}'
    add("keras-metadata", "Lambda", {"saved_model.pb": saved_model(graphdef([fine])), "keras_metadata.pb": pb(1, pb(2, 1) + pb(3, "root.layer-0") + pb(4, "_tf_keras_layer") + pb(5, lam))},
        "keras_metadata.pb with a Lambda layer", "modelscan Keras documentation")
    add("custom-op", "unknown-op", {"saved_model.pb": saved_model(graphdef([fine, tf_node("CordonExec>Run", "op")]))}, "an operator that needs a foreign library", "TensorFlow custom operator documentation")


def flatbuffer_tflite(codes: list[tuple[int, str | None]], buffer_span: tuple[int, int] | None = None) -> bytes:
    """A minimal TFLite model: operator codes (builtin, custom name), one subgraph using each."""
    out = bytearray(b"\0\0\0\0TFL3")

    def align(n: int = 4) -> None:
        out.extend(bytes(-len(out) % n))

    def string(text: str) -> int:
        align()
        at = len(out)
        out.extend(struct.pack("<I", len(text)) + text.encode() + b"\0")
        return at

    def table(fields: dict[int, tuple[str, int]]) -> int:
        """fields: slot -> (kind, value); kinds i8, i32, ref (patched later)."""
        align(8)
        slots, body, layout = max(fields, default=-1) + 1, 4, {}
        for slot, (kind, _) in sorted(fields.items(), key=lambda f: f[1][0] == "i8"):
            layout[slot] = body
            body += 1 if kind == "i8" else 4
        vtable = len(out)
        out.extend(struct.pack("<HH", 4 + 2 * slots, body) + b"".join(struct.pack("<H", layout.get(s, 0)) for s in range(slots)))
        align()
        at = len(out)
        out.extend(struct.pack("<i", at - vtable) + bytes(body - 4))
        for slot, (kind, value) in fields.items():
            where = at + layout[slot]
            if kind == "i8":
                out[where] = value
            else:
                struct.pack_into("<I", out, where, 0 if kind == "ref" else value)
        align()
        return at

    def vector(items: list[int]) -> int:
        align()
        at = len(out)
        out.extend(struct.pack("<I", len(items)) + b"".join(struct.pack("<I", i) for i in items))
        return at

    # Offsets are unsigned and point forward: parents are laid out first and patched afterwards.
    root = table({0: ("i32", 3), 1: ("ref", 0), 2: ("ref", 0), 4: ("ref", 0)})
    struct.pack_into("<I", out, 0, root)

    def patch(parent: int, slot: int, target: int) -> None:
        vtable = parent - struct.unpack_from("<i", out, parent)[0]
        where = parent + struct.unpack_from("<H", out, vtable + 4 + 2 * slot)[0]
        struct.pack_into("<I", out, where, target - where)

    def patch_vector(at: int, index: int, target: int) -> None:
        where = at + 4 + 4 * index
        struct.pack_into("<I", out, where, target - where)

    opcodes = vector([0] * len(codes))
    patch(root, 1, opcodes)
    for i, (builtin, custom) in enumerate(codes):
        fields: dict[int, tuple[str, int]] = {0: ("i8", min(builtin, 127)), 2: ("i32", 1), 3: ("i32", builtin)}
        if custom is not None:
            fields[1] = ("ref", 0)
        entry = table(fields)
        patch_vector(opcodes, i, entry)
        if custom is not None:
            patch(entry, 1, string(custom))
    graphs = vector([0])
    patch(root, 2, graphs)
    sub = table({0: ("ref", 0), 1: ("ref", 0), 2: ("ref", 0), 3: ("ref", 0)})
    patch_vector(graphs, 0, sub)
    tensors = vector([0])
    patch(sub, 0, tensors)
    one = table({0: ("ref", 0), 2: ("i32", 1), 3: ("ref", 0)})
    patch_vector(tensors, 0, one)
    patch(one, 0, vector([2]))
    patch(one, 3, string("x"))
    patch(sub, 1, vector([0]))
    patch(sub, 2, vector([0]))
    operators = vector([0] * len(codes))
    patch(sub, 3, operators)
    for i in range(len(codes)):
        entry = table({0: ("i32", i), 1: ("ref", 0), 2: ("ref", 0)})
        patch_vector(operators, i, entry)
        patch(entry, 1, vector([0]))
        patch(entry, 2, vector([0]))
    buffers = vector([0, 0])
    patch(root, 4, buffers)
    patch_vector(buffers, 0, table({}))
    data = table({0: ("ref", 0)})
    patch_vector(buffers, 1, data)
    align()
    at = len(out)
    out.extend(struct.pack("<I", 8 if buffer_span is None else buffer_span[1]) + bytes(8))
    patch(data, 0, at if buffer_span is None else buffer_span[0] or at)
    return bytes(out)


def _tflite(reg: Registry) -> None:
    def add(family: str, gadget: str, data: bytes, text: str, src: str) -> None:
        reg.add("tflite-" + family, gadget, ("model.tflite", data), "tflite", src, text, kind="structural")

    for op in ("FlexPyFunc", "FlexEagerPyFunc", "FlexWriteFile", "FlexReadFile"):
        add("flex", op, flatbuffer_tflite([(32, op)]), f"the flex delegate runs {op}", "TFLite select-TensorFlow-operators documentation")
    for op in ("CordonExec", "ShellRun"):
        add("custom-op", op, flatbuffer_tflite([(0, None), (32, op)]), "an operator that needs a foreign library", "TFLite custom operator documentation")
    add("buffer", "length", flatbuffer_tflite([(0, None)], (0, 0x7FFFFFF0)), "a buffer longer than the file", "TFLite schema; CVE-2020-15212 family")
    add("root", "offset", b"\xff\xff\xff\x7fTFL3" + bytes(64), "root offset beyond the file", "FlatBuffers internals")


def register(reg: Registry) -> None:
    """All graph cases."""
    _onnx(reg)
    _tensorflow(reg)
    _tflite(reg)
