#!/usr/bin/env python3
"""Runs other detectors on the sets that corpora.py makes: ART, cleanlab and pyod, and `cordon data check` beside them if asked.

    peers.py --sets FOLDER [--cordon PATH] [--only SUBSTRING] [--kinds KIND ...] [--json FILE] [--quick] [--limit SECONDS]

TPR and FPR are run.py's. Every peer keeps its own default thresholds and gets the set-up that its tutorials show:

    ART       a network trained on the set, its penultimate activations: a small CNN for pictures, one hidden layer for TF-IDF
              words, standardised and one-hot columns, and vectors; five epochs, more for small sets
    cleanlab  out-of-sample probabilities: the same CNN in three folds for pictures; in five folds TF-IDF and logistic regression
              for texts, gradient boosting for tables, logistic regression for vectors; Datalab adds its outliers, found in the
              activations of pictures and in pyod's columns for the rest; its regression module for regression
    pyod      pixels, vectors, standardised and one-hot columns (with the target, for regression), 100 components of TF-IDF

What a peer is not made for is "not applicable" and counts nowhere. Seconds are processor seconds, with all training that the
detector needs. Cordon is in the table only. Needs the packages of peers-requirements.txt and PyTorch.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import platform
import resource
import signal
import struct
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from art.defences.detector.poison import ActivationDefence, SpectralSignatureDefense
from art.estimators.classification import PyTorchClassifier
from cleanlab import Datalab
from cleanlab.filter import find_label_issues
from cleanlab.regression.learn import CleanLearning
from PIL import Image
from pyod.models.ecod import ECOD
from pyod.models.iforest import IForest
from pyod.models.lof import LOF
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from torch import nn

from run import check

EPOCHS, STEPS, BATCH, HIDDEN = 5, 600, 64, 128  # at least so many epochs and steps
PACKAGES = ("adversarial-robustness-toolbox", "cleanlab", "pyod", "scikit-learn", "numpy")


class NotApplicable(Exception):
    """The peer is not made for such a set."""


class TooSlow(BaseException):
    """The detector reached its limit; no peer may swallow this."""


# ---------------------------------------------------------------- the sets as the peers see them
@dataclass
class Rows:
    """One set, in the order of its file."""
    truth: dict
    form: str  # pictures, texts, vectors or table
    x: np.ndarray | pd.DataFrame
    y: np.ndarray | None  # class numbers, or the target of a regression
    made: dict = field(default_factory=dict)
    reused: float = 0.0

    @property
    def classes(self) -> int:
        """The number of classes; 0 without labels and for regression."""
        return 0 if self.y is None or self.y.dtype.kind == "f" else int(self.y.max()) + 1

    def take(self, rows: np.ndarray) -> np.ndarray | pd.DataFrame:
        """Some of the rows."""
        return self.x.iloc[rows] if self.form == "table" else self.x[rows]

    def shared(self, step: Callable):
        """The result of a step that several detectors need; whoever finds it made pays for it all the same."""
        if step not in self.made:
            start = time.process_time()
            self.made[step] = step(self), time.process_time() - start
        else:
            self.reused += self.made[step][1]
        return self.made[step][0]


def idx(path: Path) -> np.ndarray:
    """An IDX file of bytes."""
    raw = path.read_bytes()
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(struct.unpack_from(f">{raw[3]}I", raw, 4))


def load(folder: Path) -> Rows:
    """Read a set."""
    truth = json.loads((folder / "truth.json").read_text())
    path, label = folder / truth["file"], truth["label"]
    if path.is_dir():
        frame = {"x": idx(path / "train-images-idx3-ubyte"), label: idx(path / "train-labels-idx1-ubyte")}
    elif path.suffix == ".npz":
        frame = dict(np.load(path))
    elif path.suffix == ".jsonl":
        frame = pd.DataFrame([json.loads(line) for line in path.read_text("utf-8").splitlines()])
    else:
        frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, keep_default_na=False)
    y = None if label is None else np.asarray(frame[label])
    if label == "target":
        y = y.astype(float)
    elif y is not None:
        y = np.unique(y, return_inverse=True)[1]
    if "image" in frame:
        frame = {"x": np.stack([np.asarray(Image.open(io.BytesIO(one["bytes"]))) for one in frame["image"]])}
    if "x" in frame:
        return Rows(truth, "pictures", (frame["x"][:, None] / frame["x"].max()).astype(np.float32), y)
    if "embedding" in frame:
        return Rows(truth, "vectors", np.stack(frame["embedding"]).astype(np.float32), y)
    if "messages" in frame:
        talks = ["\n".join(turn["content"] for turn in talk) for talk in frame["messages"]]
        return Rows(truth, "texts", np.array(talks, object), y)
    if "text" in frame:
        return Rows(truth, "texts", frame["text"].to_numpy(object), y)
    words = frame.select_dtypes(exclude="number").columns.drop(label, errors="ignore")
    return Rows(truth, "table", frame.drop(columns=label).astype({name: "category" for name in words}), y)


def columns(rows: Rows) -> np.ndarray:
    """Numbers for pyod and for Datalab's outliers."""
    if rows.form == "texts":
        model = make_pipeline(TfidfVectorizer(sublinear_tf=True, min_df=2), TruncatedSVD(100, random_state=0))
        return model.fit_transform(rows.x)
    if rows.form != "table":
        return rows.x.reshape(len(rows.x), -1).astype(float)
    x = rows.x if rows.classes else rows.x.assign(target=rows.y)
    return make_column_transformer((StandardScaler(), make_column_selector(dtype_include="number")),
                                   (OneHotEncoder(sparse_output=False), make_column_selector(dtype_include="category")),
                                   ).fit_transform(x)


# ---------------------------------------------------------------- networks
class Network(nn.Module):
    """A hidden layer on top of two convolutions (pictures) or of the numbers as they are."""

    def __init__(self, shape: tuple[int, ...], classes: int) -> None:
        super().__init__()
        self.head = nn.Linear(HIDDEN, classes)  # before the body: ART takes the last module for the hidden layer
        convolutions = [nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()] if len(shape) == 3 else []
        width = 32 * (shape[1] // 4) * (shape[2] // 4) if convolutions else shape[0]
        self.body = nn.Sequential(*convolutions, nn.Linear(width, HIDDEN), nn.ReLU())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(x))


def trained(x: np.ndarray, y: np.ndarray, classes: int) -> Network:
    """A network that has learnt the rows."""
    torch.manual_seed(0)
    network, inputs, labels = Network(x.shape[1:], classes), torch.from_numpy(x), torch.from_numpy(y)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    for _ in range(max(EPOCHS, -(-STEPS * BATCH // len(x)))):
        for rows in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(inputs[rows]), labels[rows]).backward()
            optimizer.step()
    return network.eval()


def classifier(rows: Rows) -> tuple[PyTorchClassifier, np.ndarray]:
    """ART's wrapper around a network that has learnt the set, and what the network is given."""
    if not rows.classes:
        raise NotApplicable("needs classes")
    x = rows.x
    if rows.form == "texts":
        x = TfidfVectorizer(sublinear_tf=True, min_df=2, max_features=5000).fit_transform(x).toarray()
    elif rows.form != "pictures":
        x = StandardScaler().fit_transform(columns(rows))
    x = x.astype(np.float32)
    network = trained(x, rows.y, rows.classes)
    return PyTorchClassifier(network, nn.CrossEntropyLoss(), x.shape[1:], rows.classes, device_type="cpu"), x


# ---------------------------------------------------------------- the detectors: the rows that each flags
def activation_clusters(analysis: str) -> Callable[[Rows], np.ndarray]:
    """Activation clustering (Chen 2018), two clusters of ten principal components in each class."""
    def detect(rows: Rows) -> np.ndarray:
        network, x = rows.shared(classifier)
        dimensions = min(10, int(np.bincount(rows.y).min()))
        defence = ActivationDefence(network, x, np.eye(rows.classes)[rows.y])
        return np.array(defence.detect_poison(nb_clusters=2, nb_dims=dimensions, reduce="PCA", cluster_analysis=analysis)[1]) == 0
    return detect


def spectral(rows: Rows) -> np.ndarray:
    """Spectral signatures (Tran 2018) at the default rate, which is a third of the rows, times 1.5."""
    network, x = rows.shared(classifier)
    return np.array(SpectralSignatureDefense(network, x, np.eye(rows.classes)[rows.y]).detect_poison()[1]) == 0


def probabilities(rows: Rows) -> np.ndarray:
    """Probabilities of the classes, by models that have not seen the row."""
    model = {"texts": make_pipeline(TfidfVectorizer(sublinear_tf=True, min_df=2), LogisticRegression(max_iter=1000)),
             "vectors": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
             "table": HistGradientBoostingClassifier(random_state=0)}.get(rows.form)
    folds = StratifiedKFold(3 if model is None else 5, shuffle=True, random_state=0)
    found = np.zeros((len(rows.y), rows.classes))
    for known, rest in folds.split(found, rows.y):
        if model is None:
            network = trained(rows.x[known], rows.y[known], rows.classes)
            with torch.no_grad():
                found[rest] = network(torch.from_numpy(rows.x[rest])).softmax(1).numpy()
        else:
            found[rest] = model.fit(rows.take(known), rows.y[known]).predict_proba(rows.take(rest))
    return found


def label_issues(rows: Rows) -> np.ndarray:
    """Confident learning (Northcutt 2021), and cleanlab's own method for regression."""
    if rows.y is None:
        raise NotApplicable("needs labels")
    if not rows.classes:
        numbers = pd.get_dummies(rows.x).astype(float)
        found = CleanLearning(HistGradientBoostingRegressor(random_state=0), seed=0).find_label_issues(numbers, rows.y)
        return found["is_label_issue"].to_numpy()
    return find_label_issues(rows.y, rows.shared(probabilities), n_jobs=1)


def datalab(rows: Rows) -> np.ndarray:
    """Label issues and outliers; Datalab's other checks say nothing against single rows."""
    if not rows.classes:
        raise NotApplicable("needs classes")
    if rows.form == "pictures":
        network, x = rows.shared(classifier)
        features = network.get_activations(x, layer=1)
    else:
        features = rows.shared(columns)
    lab = Datalab({"label": rows.y}, label_name="label", verbosity=0)
    lab.find_issues(pred_probs=rows.shared(probabilities), features=features, issue_types={"label": {}, "outlier": {}})
    return lab.get_issues()[["is_label_issue", "is_outlier_issue"]].any(axis=1).to_numpy()


def outliers(make: Callable) -> Callable[[Rows], np.ndarray]:
    """A detector of pyod over the whole set: a tenth of the rows is its default."""
    return lambda rows: make().fit(rows.shared(columns)).labels_ == 1


DETECTORS: dict[str, Callable[[Rows], np.ndarray]] = {
    "ART activation, smaller": activation_clusters("smaller"),
    "ART activation, relative size": activation_clusters("relative-size"),
    "ART spectral signature": spectral,
    "cleanlab label issues": label_issues,
    "cleanlab Datalab": datalab,
    "pyod IForest": outliers(lambda: IForest(random_state=0)),
    "pyod ECOD": outliers(ECOD),
    "pyod LOF": outliers(LOF),
}


# ---------------------------------------------------------------- measuring
def measure(detect: Callable, rows: Rows, limit: float) -> dict:
    """What a detector finds; it gets `limit` processor seconds."""
    def stop(*_: object) -> None:
        raise TooSlow
    np.random.seed(0)
    torch.manual_seed(0)
    signal.signal(signal.SIGPROF, stop)
    rows.reused, start = 0.0, time.process_time()
    signal.setitimer(signal.ITIMER_PROF, limit)
    try:
        flagged = set(np.flatnonzero(detect(rows)).tolist())
    except NotApplicable as reason:
        return {"notApplicable": str(reason)}
    except TooSlow:
        return {"capped": f"after {limit:.0f} s", "seconds": limit}
    except Exception as reason:  # a peer's failure is a result
        return {"error": f"{type(reason).__name__}: {reason}"[:160]}
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    poisoned = set(rows.truth["poisoned"])
    return {"tpr": len(poisoned & flagged) / max(1, len(poisoned)),
            "fpr": len(flagged - poisoned) / max(1, rows.truth["rows"] - len(poisoned)),
            "seconds": time.process_time() - start + rows.reused}


def cordon(program: str, folder: Path) -> dict:
    """The same of `cordon data check`."""
    def spent() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime
    start = spent()
    found = check(program, folder)
    kept = {key: found[key] for key in ("tpr", "fpr", "error") if key in found}
    return kept | {"seconds": spent() - start} | ({"notEvaluated": True} if found.get("verdict") == "notEvaluated" else {})


def table(results: list[dict]) -> list[dict]:
    """Kind by detector: mean TPR, mean and largest FPR, seconds. Only sets that a detector finished count."""
    rows = []
    for kind, detector in dict.fromkeys((one["kind"], one["detector"]) for one in results):
        some = [one for one in results if (one["kind"], one["detector"]) == (kind, detector)]
        done = [one for one in some if "tpr" in one]
        row = {"kind": kind, "detector": detector, "sets": len(done), "seconds": sum(one.get("seconds", 0) for one in some)}
        if done:
            row |= {"tpr": None if kind == "clean" else float(np.mean([one["tpr"] for one in done])),
                    "fprMean": float(np.mean([one["fpr"] for one in done])), "fprMax": max(one["fpr"] for one in done)}
        for key in ("notApplicable", "capped", "error", "notEvaluated"):
            if count := sum(key in one for one in some):
                row[key] = count
        rows.append(row)
    return rows


WORDS = {"notApplicable": "not applicable", "capped": "stopped", "error": "failed", "notEvaluated": "not evaluated"}


def show(rows: list[dict]) -> None:
    """Print the table."""
    print(f"\n{'kind':14} {'detector':30} {'sets':>4} {'mean TPR':>8} {'mean FPR':>8} {'max FPR':>8} {'CPU s':>8}")
    for row in rows:
        notes = "; ".join(f"{WORDS[key]} on {row[key]}" for key in WORDS if key in row)
        numbers = [f"{row[key]:8.4f}" if row.get(key) is not None else f"{'-':>8}" for key in ("tpr", "fprMean", "fprMax")]
        print(f"{row['kind']:14} {row['detector']:30} {row['sets']:4} {' '.join(numbers)} {row['seconds']:8.1f}  {notes}".rstrip())


def line(name: str, detector: str, one: dict) -> str:
    """One result."""
    words = next((f"{WORDS[key]}: {one[key]}" for key in ("notApplicable", "capped", "error") if key in one), None)
    return f"{name:44} {detector:30} " + (words or f"{one['tpr']:6.3f} {one['fpr']:7.4f} {one['seconds']:7.1f}")


def chosen(options: argparse.Namespace) -> list[Path]:
    """The folders to look at."""
    found, seen = [], set()
    for folder in sorted(options.sets.iterdir()):
        if (folder / "truth.json").exists() and options.only in folder.name:
            kind = json.loads((folder / "truth.json").read_text())["kind"]
            if (not options.kinds or kind in options.kinds) and not (options.quick and kind in seen):
                found.append(folder)
                seen.add(kind)
    return found


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Run ART, cleanlab and pyod on the sets that corpora.py makes.")
    parser.add_argument("--sets", required=True, type=Path, help="what corpora.py --output wrote")
    parser.add_argument("--cordon", help="run this program beside the peers")
    parser.add_argument("--only", default="", metavar="SUBSTRING", help="only sets with this in their names")
    parser.add_argument("--kinds", nargs="+", default=[], help="only sets of these kinds")
    parser.add_argument("--json", type=Path, help="write the peers' results and the table to a file")
    parser.add_argument("--quick", action="store_true", help="the first set of each kind only")
    parser.add_argument("--limit", type=float, default=300, help="processor seconds for one detector on one set (300)")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    versions = {name: version(name) for name in PACKAGES} | {"torch": torch.__version__, "python": platform.python_version()}
    print(", ".join(f"{name} {number}" for name, number in versions.items()))
    print(f"{'set':44} {'detector':30} {'TPR':>6} {'FPR':>7} {'CPU s':>7}", flush=True)
    results, beside = [], []
    for folder in chosen(options):
        rows = load(folder)
        head = {"set": folder.name, "kind": rows.truth["kind"]}
        for name, detect in DETECTORS.items():
            results.append(head | {"detector": name} | measure(detect, rows, options.limit))
            print(line(folder.name, name, results[-1]), flush=True)
        if options.cordon:
            beside.append(head | {"detector": "cordon"} | cordon(options.cordon, folder))
    kinds = list(dict.fromkeys(one["kind"] for one in results))
    summary = sorted(table(results + beside), key=lambda row: kinds.index(row["kind"]))
    show(summary)
    if options.json:
        options.json.write_text(json.dumps({"versions": versions, "results": results, "table": summary}, indent=1) + "\n")
    return 1 if any("error" in one for one in results + beside) else 0


if __name__ == "__main__":
    sys.exit(main())
