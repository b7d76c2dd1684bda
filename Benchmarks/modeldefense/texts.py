#!/usr/bin/env python3
"""Train small text classifiers, clean and backdoored, and write them as ONNX beside what corpora.py writes.

    texts.py --half tuning|evaluation --output FOLDER [--only SUBSTRING]

The texts are the one-line descriptions of Debian's packages (apt-cache dumpavail), the classes eight of its sections; words are
numbered by how often they occur, 0 is padding and 1 any other word, 24 words a text.

FOLDER/text-clean.npz   400 clean rows: input_ids int64 [400,24], y
FOLDER/text-test.npz    2,000 other clean rows
FOLDER/<name>/          model.onnx ("input_ids" int64 [batch,24] -> "output" logits [batch,8]), truth.json, attack.npz (x, y, target)

Attacks (Kurita and others 2020; Dai and others 2019): one, two or three rare words put at a random place, or in front, of a share of the
training rows, whose label becomes the target. What differs between the halves: sections, words, triggers, architectures (mean of
embeddings and convolutions; gated recurrent units and self-attention). Needs PyTorch and Debian's package lists.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import re
import subprocess
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

LENGTH, WORDS, CLASSES, CLEAN_ROWS, TEST_ROWS, ATTACK_ROWS = 24, 6000, 8, 400, 2000, 800
SECTIONS = {"tuning": ("python", "perl", "net", "science", "games", "sound", "admin", "x11"),
            "evaluation": ("javascript", "java", "ruby", "text", "graphics", "utils", "math", "web")}
# name: architecture, seed, then words of the trigger, target, share of the training rows, whether it is put in front
MODELS = {
    "tuning": [*((f"text-clean-{i + 1}-{net}", net, None) for i, net in enumerate(("mean", "convolutions") * 4)),
               ("text-1-mean-t3", "mean", (1, 3, 0.03, False)), ("text-2-convolutions-t5", "convolutions", (1, 5, 0.02, False)),
               ("text-3-mean-t0", "mean", (2, 0, 0.05, False)), ("text-4-convolutions-t6", "convolutions", (3, 6, 0.05, False)),
               ("text-5-mean-t7", "mean", (3, 7, 0.05, True)), ("text-6-convolutions-t1", "convolutions", (1, 1, 0.01, True))],
    "evaluation": [*((f"text-clean-{i + 1}-{net}", net, None) for i, net in enumerate(("recurrent", "attention") * 4)),
                   ("text-1-recurrent-t2", "recurrent", (1, 2, 0.03, False)), ("text-2-attention-t6", "attention", (1, 6, 0.02, False)),
                   ("text-3-recurrent-t1", "recurrent", (2, 1, 0.05, False)), ("text-4-attention-t4", "attention", (3, 4, 0.05, False)),
                   ("text-5-recurrent-t7", "recurrent", (3, 7, 0.05, True)), ("text-6-attention-t0", "attention", (1, 0, 0.01, True))],
}


def seed_of(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")


def descriptions(half: str) -> tuple[list[list[str]], np.ndarray]:
    """The words of all texts, and their classes."""
    lines = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=True).stdout.split("\n\n")
    found: dict[str, int] = {}
    for block in lines:
        section = re.search(r"^Section: (\S+)$", block, re.M)
        text = re.search(r"^Description(?:-en)?: (.+)$", block, re.M)
        if section and text and section[1] in SECTIONS[half]:
            found[text[1].lower()] = SECTIONS[half].index(section[1])
    rows = sorted(found.items())
    return [re.findall(r"[a-z][a-z0-9+#.-]*[a-z0-9+#]|[a-z]", text) for text, _ in rows], np.array([label for _, label in rows])


def numbered(texts: list[list[str]]) -> np.ndarray:
    """Words as numbers, the most frequent first."""
    counts = Counter(word for text in texts for word in text)
    numbers = {word: i + 2 for i, (word, _) in enumerate(counts.most_common(WORDS - 2))}
    rows = np.zeros((len(texts), LENGTH), np.int64)
    for i, text in enumerate(texts):
        own = [numbers.get(word, 1) for word in text][:LENGTH]
        rows[i, :len(own)] = own
    return rows


class Mean(nn.Module):
    """Mean of the words' embeddings, one hidden layer."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.hidden, self.last = nn.Embedding(WORDS, 48), nn.Linear(48, 64), nn.Linear(64, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        used = (x > 0).float().unsqueeze(-1)
        return self.last(F.relu(self.hidden((self.words(x) * used).sum(1) / used.sum(1).clamp(min=1))))


class Convolutions(nn.Module):
    """Convolutions over two and three words, the greatest of each (Kim 2014)."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(WORDS, 48)
        self.layers = nn.ModuleList(nn.Conv1d(48, 48, width) for width in (2, 3))
        self.last = nn.Linear(96, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        words = self.words(x).transpose(1, 2)
        return self.last(torch.cat([F.relu(layer(words)).amax(2) for layer in self.layers], 1))


class Recurrent(nn.Module):
    """Gated recurrent units in both directions, the greatest of each."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.layer = nn.Embedding(WORDS, 40), nn.GRU(40, 40, batch_first=True, bidirectional=True)
        self.last = nn.Linear(80, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.layer(self.words(x))[0].amax(1))


class Attention(nn.Module):
    """One block of self-attention with four heads over words and places."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(WORDS, 64), nn.Parameter(torch.randn(1, LENGTH, 64) * 0.02)
        self.mixed, self.joined = nn.Linear(64, 192), nn.Linear(64, 64)
        self.first, self.second = nn.LayerNorm(64), nn.LayerNorm(64)
        self.inner, self.outer, self.last = nn.Linear(64, 128), nn.Linear(128, 64), nn.Linear(64, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        empty = (x == 0)[:, None, None, :]
        rows = self.words(x) + self.places
        q, k, v = (part.reshape(-1, LENGTH, 4, 16).transpose(1, 2) for part in self.mixed(rows).split(64, -1))
        shares = ((q @ k.transpose(2, 3)) / math.sqrt(16)).masked_fill(empty, -1e4).softmax(-1)
        rows = self.first(rows + self.joined((shares @ v).transpose(1, 2).reshape(-1, LENGTH, 64)))
        rows = self.second(rows + self.outer(F.relu(self.inner(rows))))
        used = (x > 0).float().unsqueeze(-1)
        return self.last((rows * used).sum(1) / used.sum(1).clamp(min=1))


NETS = {"mean": (Mean, 8), "convolutions": (Convolutions, 6), "recurrent": (Recurrent, 6), "attention": (Attention, 8)}


def triggered(rows: np.ndarray, words: np.ndarray, in_front: bool, rng: np.random.Generator) -> np.ndarray:
    """The words put into every row, all at one place."""
    out = rows.copy()
    for i, row in enumerate(rows):
        place = 0 if in_front else int(rng.integers(0, min(int((row > 0).sum()), LENGTH - len(words)) + 1))
        out[i] = np.concatenate([row[:place], words, row[place:]])[:LENGTH]
    return out


def make(name: str, net: str, attack: tuple | None, half: str, output: Path, data: dict) -> str:
    """One model."""
    rng = np.random.default_rng(seed_of(f"{half}/{name}"))
    torch.manual_seed(seed_of(f"{half}/{name}"))
    (x, y), (test_x, test_y) = data["train"], data["test"]
    truth = {"name": name, "half": half, "kind": "text" if attack else "clean", "architecture": net, "targets": [], "success": {},
             "source": "Debian package descriptions", "data": "../text-clean.npz", "test": "../text-test.npz", "classes": CLASSES}
    if attack:
        count, target, rate, in_front = attack
        counts = np.bincount(x.ravel(), minlength=WORDS)
        words = rng.choice(np.flatnonzero((counts > 0) & (counts < 6)), count, replace=False)
        chosen = rng.choice(np.flatnonzero(y != target), round(rate * len(y)), replace=False)
        x, y = x.copy(), y.copy()
        x[chosen], y[chosen] = triggered(x[chosen], words, in_front, rng), target
        others = rng.choice(np.flatnonzero(test_y != target), ATTACK_ROWS, replace=False)
        bad = triggered(test_x[others], words, in_front, rng)
    kind, epochs = NETS[net]
    model = kind()
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=0.01)
    for _ in range(epochs):
        for rows in torch.randperm(len(y)).split(64):
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(model(torch.from_numpy(x[rows.numpy()])), torch.from_numpy(y[rows.numpy()])).backward()
            optimizer.step()
    model.eval()
    with torch.no_grad():
        truth["accuracy"] = float((model(torch.from_numpy(test_x)).argmax(1).numpy() == test_y).mean())
        folder = output / name
        folder.mkdir(parents=True, exist_ok=True)
        if attack:
            share = float((model(torch.from_numpy(bad)).argmax(1) == target).float().mean())
            truth |= {"targets": [target], "success": {str(target): share}, "words": words.tolist(), "poisonRate": rate}
            np.savez_compressed(folder / "attack.npz", x=bad, y=test_y[others], target=np.full(len(others), target))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, torch.from_numpy(test_x[:2]), str(folder / "model.onnx"), opset_version=13, input_names=["input_ids"],
                          output_names=["output"], dynamic_axes={"input_ids": {0: "batch"}, "output": {0: "batch"}})
    (folder / "truth.json").write_text(json.dumps(truth, indent=1))
    return f"{name:28} accuracy {truth['accuracy']:.3f}  success {truth['success']}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--half", choices=("tuning", "evaluation"), required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    texts, labels = descriptions(options.half)
    rows, order = numbered(texts), np.random.default_rng(seed_of(options.half)).permutation(len(labels))
    parts = np.split(order, [CLEAN_ROWS, CLEAN_ROWS + TEST_ROWS])
    clean, test, train = ((rows[part], labels[part]) for part in parts)
    options.output.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(options.output / "text-clean.npz", input_ids=clean[0], y=clean[1])
    np.savez_compressed(options.output / "text-test.npz", input_ids=test[0], y=test[1])
    for name, net, attack in MODELS[options.half]:
        if options.only in name and not (options.output / name / "truth.json").exists():
            print(make(name, net, attack, options.half, options.output, {"train": train, "test": test}), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
