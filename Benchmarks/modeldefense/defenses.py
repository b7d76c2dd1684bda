#!/usr/bin/env python3
"""Measures what distortion, null labels, poison-aware training, ensembles and the guard do, on Fashion-MNIST and a table.

    defenses.py --cordon PATH [--work FOLDER] [--only distort|null|training|ensemble|guard]

Everything is made from seeds in FOLDER. distort and null print what the commands print. training: a 3 x 3 white patch in 5 % of 8,000 rows,
trained by each method with three seeds; attack and accuracy by onnxruntime. ensemble: the certified accuracy of 50 members and the processor
seconds of their training beside one model on the same 60,000 rows. guard: rows a second on two threads for a small CNN. Needs numpy,
onnxruntime and scikit-learn, and Debian's dataset-fashion-mnist.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime

SOURCE = Path("/usr/share/datasets/fashion-mnist")


def pictures(part: str) -> tuple[np.ndarray, np.ndarray]:
    """All rows of a half of Fashion-MNIST."""
    with gzip.open(SOURCE / f"{part}-images-idx3-ubyte.gz") as file:
        rows = np.frombuffer(file.read()[16:], np.uint8).reshape(-1, 28, 28)
    with gzip.open(SOURCE / f"{part}-labels-idx1-ubyte.gz") as file:
        return rows, np.frombuffer(file.read()[8:], np.uint8)


def call(command: list[str], threads: int = 2) -> tuple[subprocess.CompletedProcess, float, float]:
    """Runs a command; its result, processor seconds and seconds."""
    before, start = os.times(), time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          env={**os.environ, "OMP_NUM_THREADS": str(threads)})
    after = os.times()
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    used = after.children_user - before.children_user + after.children_system - before.children_system
    return done, used, time.monotonic() - start


def patched(rows: np.ndarray) -> np.ndarray:
    """Rows with a white patch."""
    copy = rows.copy()
    copy[:, 24:27, 24:27] = 255
    return copy


def said(model: Path, rows: np.ndarray) -> np.ndarray:
    """Classes that a model gives pictures."""
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(None, {session.get_inputs()[0].name: rows[at:at + 500, None].astype(np.float32) / 255})[0]
                           .argmax(1) for at in range(0, len(rows), 500)])


def distort(cordon: str, work: Path) -> None:
    """The effect report for pictures and for a table, and the dilution report."""
    rows, labels = pictures("train")
    np.savez(work / "pictures.npz", image=rows[:4000], label=labels[:4000])
    np.savez(work / "more.npz", image=rows[4000:8000], label=labels[4000:8000])
    print(call([cordon, "data", "distort", str(work / "pictures.npz"), "--effect"])[0].stdout)
    print(call([cordon, "data", "augment", str(work / "pictures.npz"), "--dilution", "--clean", str(work / "more.npz"),
                "--copies", "2"])[0].stdout)
    from sklearn.datasets import load_breast_cancer
    table = load_breast_cancer()
    names = [name.replace(" ", "_") for name in table.feature_names]
    lines = [",".join([*names, "label"])] + [",".join([*(f"{v:.6g}" for v in row), str(label)])
                                              for row, label in zip(table.data, table.target)]
    (work / "table.csv").write_text("\n".join(lines) + "\n")
    print(call([cordon, "data", "distort", str(work / "table.csv"), "--effect"])[0].stdout)


def null(cordon: str, work: Path) -> None:
    """Rows that were made to fool another model."""
    rows, labels = pictures("train")
    np.savez(work / "pictures.npz", image=rows[:4000], label=labels[:4000])
    print(call([cordon, "data", "null-label", str(work / "pictures.npz"), "--effect"])[0].stdout)


def training(cordon: str, work: Path) -> None:
    """Attack and accuracy by method, on poisoned and on clean rows."""
    rows, labels = (part[:8000].copy() for part in pictures("train"))
    np.savez(work / "clean.npz", image=rows, label=labels)
    chosen = np.random.default_rng(0).choice(np.where(labels != 0)[0], 400, replace=False)
    rows[chosen] = patched(rows[chosen])
    labels[chosen] = 0
    np.savez(work / "planted.npz", image=rows, label=labels)
    test, truth = pictures("t10k")
    triggered = patched(test[truth != 0])
    for name in ("planted", "clean"):
        for method in ("plain", "abl", "adversarial"):
            for seed in range(3):
                model = work / "trained.onnx"
                _, used, _ = call([cordon, "model", "train", str(work / f"{name}.npz"), "-o", str(model), "--method", method,
                                   "--seed", str(seed)])
                line = f"{name:8} {method:12} seed {seed}  accuracy {(said(model, test) == truth).mean():.3f}"
                line += f"  attack {(said(model, triggered) == 0).mean():.3f}  {used:5.1f} CPU-s"
                if method == "abl":
                    aside = {int(row) for row in Path(f"{model}.isolated.csv").read_text().split()[1:]}
                    line += f"  set aside {len(aside)}, {len(aside & set(chosen.tolist()))} of them planted rows" if name == "planted" else ""
                print(line, flush=True)


def ensemble(cordon: str, work: Path) -> None:
    """The certified accuracy of fifty members, and what they cost."""
    rows, labels = pictures("train")
    np.savez(work / "all.npz", image=rows, label=labels)
    test, truth = pictures("t10k")
    np.savez(work / "test.npz", image=test[:5000], label=truth[:5000])
    _, one, _ = call([cordon, "model", "train", str(work / "all.npz"), "-o", str(work / "one.onnx"), "--epochs", "5"], 1)
    print(f"one model: accuracy {(said(work / 'one.onnx', test) == truth).mean():.3f}, {one:.1f} CPU-s")
    shutil.rmtree(work / "members", ignore_errors=True)
    done, many, _ = call([cordon, "model", "ensemble", "train", str(work / "all.npz"), "-o", str(work / "members"), "--parts", "50",
                          "--epochs", "5", "--jobs", "2"], 1)
    print(done.stderr.strip())
    print(f"fifty members with division and calibration: {many:.1f} CPU-s, {many / one:.2f} of one model")
    print(call([cordon, "model", "ensemble", "certify", str(work / "members"), "--data", str(work / "test.npz")])[0].stdout)
    done, _, seconds = call([cordon, "model", "ensemble", "predict", str(work / "members"), "--data", str(work / "test.npz"),
                             "-o", str(work / "answers.csv")])
    _, _, single = call([cordon, "model", "run", str(work / "one.onnx"), "--data", str(work / "test.npz"), "-o", str(work / "one.csv")])
    print(f"{done.stderr.strip().splitlines()[0]}; 5,000 rows take {seconds:.1f} s with fifty members and {single:.1f} s with one model")


def guard(cordon: str, work: Path) -> None:
    """Rows a second."""
    rows, labels = pictures("train")
    np.savez(work / "few.npz", image=rows[:500], label=labels[:500])
    np.savez(work / "small.npz", image=rows[:8000], label=labels[:8000])
    call([cordon, "model", "train", str(work / "small.npz"), "-o", str(work / "small.onnx"), "--epochs", "3"])
    test, truth = pictures("t10k")
    for count in (1000, 6000):
        np.savez(work / f"asked{count}.npz", image=test[:count], label=truth[:count])
    for tests in ([], ["--test", "strip"], ["--test", "activation"], ["--test", "frequency"]):
        command = [cordon, "model", "guard", str(work / "small.onnx"), "--data", str(work / "few.npz"), *tests, "--rows"]
        times = []
        for count in (1000, 6000):
            done, _, seconds = call([*command, str(work / f"asked{count}.npz")])
            times.append(seconds)
        alarms = sum(json.loads(line)["alarm"] for line in done.stdout.splitlines())
        print(f"guard {tests[1] if tests else 'all tests':12} {5000 / (times[1] - times[0]):8.0f} rows/s, {alarms / 6000:.2%} of 6,000 clean rows are alarms")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--work", type=Path, default=Path(".deps/modeldefense/defenses"))
    parser.add_argument("--only", choices=["distort", "null", "training", "ensemble", "guard"])
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    for part in (distort, null, training, ensemble, guard):
        if options.only in (None, part.__name__):
            print(f"# {part.__name__}", flush=True)
            part(options.cordon, options.work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
