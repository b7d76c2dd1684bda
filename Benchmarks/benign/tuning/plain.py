"""Standard-library values, graphs and symbolic expressions."""

from __future__ import annotations

import argparse
import array
import collections
import datetime
import decimal
import fractions
import functools
import ipaddress
import operator
import pathlib
import random
import re
import types
import uuid
import zoneinfo
from collections.abc import Callable
from typing import Any

from .shelf import Shelf


def write(shelf: Shelf) -> None:
    """Save plain values in every protocol, and the values of small libraries."""
    shelf.each("stdlib", plain_values(), lambda *sample: shelf.pickle(*sample, protocols=range(6)))
    shelf.each("stdlib", plain_values(), shelf.joblib)
    for write_library in (write_networkx, write_sympy, write_nltk, write_cloudpickle):
        with shelf.attempt(write_library.__name__):
            write_library(shelf)


def plain_values() -> dict[str, Callable[[], Any]]:
    """Values that checkpoints and data sets are made of."""
    return {
        "vocabulary": lambda: {word: index for index, word in enumerate(("<pad>", "<unk>", "the", "cat"))},
        "history": lambda: {"loss": [0.5, 0.25], "val_loss": [0.6, 0.3], "epoch": 2},
        "big-list": lambda: list(range(2000)),
        "labels": lambda: ["cat", "dog", "bird"],
        "nested": lambda: {"a": [(1, 2.5), {"b": {3, 4}}], "n": None, "t": True, "z": 1j},
        "sets": lambda: [set("abc"), frozenset("abc")],
        "bytes": lambda: [b"\x00\xff" * 20, bytearray(b"abc")],
        "big-integers": lambda: [2**40, -(2**70), 2**2100],
        "unicode": lambda: "naïve 猫 \U0001f600 \ud800",
        "ordered": lambda: collections.OrderedDict(a=1, b=2),
        "default-list": lambda: collections.defaultdict(list, {"a": [1]}),
        "default-int": lambda: collections.defaultdict(int, {"a": 1}),
        "default-dict": lambda: collections.defaultdict(dict),
        "default-float": lambda: collections.defaultdict(float),
        "default-set": lambda: collections.defaultdict(set),
        "counter": lambda: collections.Counter("banana"),
        "deque": lambda: collections.deque([1, 2], maxlen=5),
        "chain-map": lambda: collections.ChainMap({"a": 1}, {"b": 2}),
        "user-dict": lambda: collections.UserDict(a=1),
        "namespace": lambda: argparse.Namespace(lr=0.1, data=pathlib.Path("/data"), gpus=[0, 1]),
        "simple-namespace": lambda: types.SimpleNamespace(a=1),
        "dates": lambda: [datetime.datetime(2024, 1, 2, 3, 4), datetime.date(2024, 1, 2), datetime.time(1, 2)],
        "spans": lambda: [
            datetime.timedelta(hours=3),
            datetime.timezone.utc,
            datetime.timezone(datetime.timedelta(hours=2)),
        ],
        "zones": lambda: [zoneinfo.ZoneInfo("UTC"), datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)],
        "paths": lambda: [pathlib.Path("a/b"), pathlib.PurePosixPath("/c"), pathlib.PureWindowsPath("C:/d")],
        "decimals": lambda: [decimal.Decimal("1.5"), fractions.Fraction(1, 3)],
        "identifiers": lambda: uuid.UUID(int=7),
        "addresses": lambda: [ipaddress.ip_address("192.0.2.1"), ipaddress.ip_network("192.0.2.0/24")],
        "patterns": lambda: re.compile(r"\w+|[^\w\s]", re.UNICODE),
        "ranges": lambda: [range(5), slice(1, 2, 3), Ellipsis, NotImplemented],
        "random-state": lambda: random.getstate(),
        "random-object": lambda: random.Random(3),
        "arrays": lambda: [array.array("d", [1.0, 2.0]), array.array("i", [1, 2])],
        "types": lambda: [int, float, str, list, dict, tuple, object, type(None), bool, set],
        "functions": lambda: {"len": len, "max": max, "sum": sum, "sorted": sorted, "abs": abs},
        "error": lambda: [ValueError("bad value"), KeyError("k")],
        "item-getter": lambda: operator.itemgetter(1),
        "attribute-getter": lambda: operator.attrgetter("name"),
        "method-caller": lambda: operator.methodcaller("lower"),
        "partials": lambda: [functools.partial(int, base=2), functools.partial(round, ndigits=2)],
        "flags": lambda: [re.IGNORECASE | re.MULTILINE],
        "recursive": recursive,
    }


def recursive() -> list[Any]:
    """A list that contains itself."""
    value: list[Any] = [1]
    value.append(value)
    return value


def write_networkx(shelf: Shelf) -> None:
    """Save graphs."""
    import networkx

    graphs = {
        "undirected": lambda: networkx.karate_club_graph(),
        "directed": lambda: networkx.DiGraph([(1, 2), (2, 3)]),
        "multi": lambda: networkx.MultiDiGraph([(1, 2), (1, 2)]),
        "multi-undirected": lambda: networkx.MultiGraph([(1, 2)]),
        "attributes": lambda: networkx.gnm_random_graph(6, 8, seed=1),
        "view": lambda: networkx.path_graph(4).adj,
    }
    shelf.each("networkx", graphs, shelf.model)


def write_sympy(shelf: Shelf) -> None:
    """Save symbolic expressions."""
    import sympy

    x, y = sympy.symbols("x y")
    values = {
        "polynomial": lambda: (x + y) ** 3 + 1,
        "function": lambda: sympy.sin(x) * sympy.exp(-(y**2)) + sympy.Rational(1, 3) * sympy.pi,
        "matrix": lambda: sympy.Matrix([[x, 1], [0, y]]),
        "equation": lambda: sympy.Eq(x**2, sympy.sqrt(2)),
        "integral": lambda: sympy.Integral(sympy.log(x), (x, 0, 1)),
    }
    shelf.each("sympy", values, shelf.pickle)


def write_nltk(shelf: Shelf) -> None:
    """Save models that NLTK trains."""
    import nltk

    tagged = [[("the", "DT"), ("cat", "NN"), ("ran", "VB")], [("a", "DT"), ("dog", "NN"), ("sat", "VB")]]
    features = [({"last": "a"}, "f"), ({"last": "o"}, "m"), ({"last": "e"}, "f")]
    values = {
        "default-tagger": lambda: nltk.DefaultTagger("NN"),
        "unigram-tagger": lambda: nltk.UnigramTagger(tagged, backoff=nltk.DefaultTagger("NN")),
        "bigram-tagger": lambda: nltk.BigramTagger(tagged),
        "regexp-tagger": lambda: nltk.RegexpTagger([(r".*ing$", "VBG"), (r".*", "NN")]),
        "perceptron": lambda: perceptron(nltk, tagged),
        "bayes": lambda: nltk.NaiveBayesClassifier.train(features),
        "maxent": lambda: nltk.MaxentClassifier.train(features, trace=0, max_iter=2),
        "decision-tree": lambda: nltk.DecisionTreeClassifier.train(features),
        "frequencies": lambda: nltk.FreqDist("the cat the dog".split()),
        "conditional": lambda: nltk.ConditionalFreqDist(nltk.bigrams("the cat the dog".split())),
        "tree": lambda: nltk.Tree.fromstring("(S (NP the cat) (VP ran))"),
        "stemmer": lambda: nltk.stem.SnowballStemmer("english"),
        "porter": lambda: nltk.PorterStemmer(),
        "punkt": lambda: nltk.tokenize.punkt.PunktTrainer("Dr. Smith ran. He sat.", verbose=False).get_params(),
        "language-model": lambda: language_model(tagged),
        "grammar": lambda: nltk.CFG.fromstring("S -> NP VP\nNP -> 'cat'\nVP -> 'ran'"),
        "regexp-tokenizer": lambda: nltk.RegexpTokenizer(r"\w+"),
    }
    shelf.each("nltk", values, shelf.pickle)


def perceptron(nltk: Any, tagged: list) -> Any:
    """A trained averaged perceptron."""
    tagger = nltk.PerceptronTagger(load=False)
    tagger.train(tagged, nr_iter=1)
    return tagger.model.weights, tagger.tagdict, tagger.classes


def language_model(tagged: list) -> Any:
    """A trained n-gram model."""
    from nltk.lm import MLE
    from nltk.lm.preprocessing import padded_everygram_pipeline

    sentences = [[word for word, _ in sentence] for sentence in tagged]
    train, vocabulary = padded_everygram_pipeline(2, sentences)
    model = MLE(2)
    model.fit(train, vocabulary)
    return model


def write_cloudpickle(shelf: Shelf) -> None:
    """Save plain data with the two libraries that can also save functions."""
    import cloudpickle
    import dill
    import numpy

    values = plain_values()
    for name in (
        "history",
        "nested",
        "ordered",
        "default-list",
        "dates",
        "paths",
        "sets",
        "types",
        "functions",
        "patterns",
        "partials",
    ):
        for library, module in (("cloudpickle", cloudpickle), ("dill", dill)):
            with shelf.attempt(f"{library}/{name}"):
                shelf.path(library, f"{name}.pkl").write_bytes(module.dumps(values[name]()))
    for library, module in (("cloudpickle", cloudpickle), ("dill", dill)):
        shelf.path(library, "arrays.pkl").write_bytes(
            module.dumps({"w": numpy.eye(3), "r": numpy.random.RandomState(1)})
        )
