#!/usr/bin/env python3
"""Inspects the models that corpora.py and texts.py make, and repairs the backdoored ones: what is found, what is left, what it costs.

    run.py --cordon PATH --models FOLDER [--only SUBSTRING] [--repair] [--json FILE]

Found: the verdict is not clean; named: every target whose attack succeeds on more than 90 % is among the targets, for models where
one does. Text models are not repaired. With --repair the repaired model is run by onnxruntime on the attacker's own triggered rows and on clean test rows,
none of which Cordon saw. Processor seconds are of one thread (OMP_NUM_THREADS=1). Needs numpy and onnxruntime.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import onnxruntime

FORMS = {"Fashion-MNIST": "pictures", "Debian package descriptions": "text"}
ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1"}


def call(command: list[str]) -> tuple[subprocess.CompletedProcess, float]:
    """Runs a command; its result and the processor seconds that it took."""
    before = os.times().children_user
    done = subprocess.run(command, capture_output=True, text=True, env=ONE_THREAD, check=False)
    return done, os.times().children_user - before


def inspect(cordon: str, folder: Path, truth: dict) -> dict:
    """What an inspection says of one model."""
    done, seconds = call([cordon, "model", "inspect", str(folder / "model.onnx"), "--data",
                          str(folder / truth["data"]), "--format", "json"])
    if not done.stdout:
        return {"verdict": "failed", "targets": [], "error": done.stderr.strip(), "seconds": seconds}
    report = json.loads(done.stdout)
    return {"verdict": report["verdict"], "targets": [t["class"] for t in report["targets"]], "seconds": seconds,
            "confidence": report["confidence"]}


def classes(model: Path, rows: np.ndarray) -> np.ndarray:
    """The classes that a model gives rows."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return np.concatenate([session.run(None, {name: rows[at:at + 500].astype(np.float32)})[0].argmax(1)
                           for at in range(0, len(rows), 500)])


def test_rows(folder: Path, truth: dict) -> tuple[np.ndarray, np.ndarray]:
    """Clean rows that neither training nor Cordon saw."""
    path = folder / truth["test"]
    if path.suffix == ".npz":
        rows = np.load(path)
        return rows["x"][:, None] * np.float32(truth["inputScale"]), rows["y"]
    table = np.genfromtxt(path, delimiter=",", skip_header=1)
    return table[:, :-1], table[:, -1].astype(int)


def measure(model: Path, folder: Path, truth: dict) -> tuple[float, float]:
    """Accuracy on clean rows, and the greatest success of the attacker's triggers."""
    rows, labels = test_rows(folder, truth)
    attack = np.load(folder / "attack.npz")
    said = classes(model, attack["x"])
    success = max(float((said[attack["target"] == target] == target).mean()) for target in truth["targets"])
    return float((classes(model, rows) == labels).mean()), success


def repair(cordon: str, folder: Path, truth: dict) -> dict:
    """What a repair leaves of the attack and of the accuracy."""
    before = measure(folder / "model.onnx", folder, truth)
    with tempfile.TemporaryDirectory() as place:
        output = Path(place) / "repaired.onnx"
        done, seconds = call([cordon, "model", "repair", str(folder / "model.onnx"), "--data",
                              str(folder / truth["data"]), "--output", str(output), "--format", "json"])
        after = measure(output, folder, truth) if output.exists() else before
        kept = json.loads(done.stdout).get("kept") if done.stdout else None
    return {"kept": kept, "accuracyBefore": before[0], "accuracy": after[0], "successBefore": before[1],
            "success": after[1], "repairSeconds": seconds}


def line(name: str, result: dict) -> str:
    """One model for people."""
    text = f"{name:34} {result['verdict']:12} {str(result['targets']):10} of {str(result['truth']):8} {result['seconds']:6.1f} s"
    if "success" in result:
        text += (f"  {str(result['kept']):14} attack {result['successBefore']:.3f} -> {result['success']:.3f}"
                 f"  accuracy {result['accuracyBefore']:.3f} -> {result['accuracy']:.3f}")
    return text


def summary(results: list[dict]) -> None:
    """What is found and left, by kind of attack."""
    kinds = defaultdict(list)
    for result in results:
        kinds[result["kind"] + (f" ({result['form']})" if result["kind"] == "clean" else "")].append(result)
    print(f"\n{'kind':16} models  not clean  named  seconds (most)  repaired")
    for kind, group in sorted(kinds.items()):
        seconds = [r["seconds"] for r in group]
        attacked = [r for r in group if r["strong"]]
        named = sum(set(r["strong"]) <= set(r["targets"]) for r in attacked)
        fixed = [r for r in attacked if "success" in r]
        good = sum(r["success"] <= 0.10 and r["accuracyBefore"] - r["accuracy"] <= 0.02 for r in fixed)
        print(f"{kind:16} {len(group):6}  {sum(r['verdict'] in ('suspect', 'backdoored') for r in group):9}"
              f"  {f'{named}/{len(attacked)}' if attacked else '-':>5}  {np.mean(seconds):6.1f} ({max(seconds):.1f})"
              f"  {f'{good}/{len(fixed)}' if fixed else '-':>8}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--repair", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results = []
    for path in sorted(options.models.glob("*/truth.json")):
        truth, folder = json.loads(path.read_text()), path.parent
        if options.only not in truth["name"]:
            continue
        strong = [int(target) for target, success in truth["success"].items() if success > 0.9]
        result = {"name": truth["name"], "kind": truth["kind"], "truth": truth["targets"], "strong": strong,
                  "form": FORMS.get(truth["source"], "table"), **inspect(options.cordon, folder, truth)}
        if options.repair and strong and result["form"] != "text":
            result |= repair(options.cordon, folder, truth)
        print(line(truth["name"], result), flush=True)
        results.append(result)
    summary(results)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
