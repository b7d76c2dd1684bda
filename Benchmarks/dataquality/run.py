"""Runs `cordon data check` on the sets that corpora.py makes, and prints what it finds of what was put there.

TPR: share of the poisoned rows that are alerted. FPR: share of all other rows that are alerted.
"""
import argparse
import json
import os
import pathlib
import subprocess
import time


def check(cordon: str, folder: pathlib.Path) -> dict:
    truth = json.loads((folder / "truth.json").read_text())
    command = [cordon, "data", "check", str(folder / truth["file"]), "--format", "json"]
    if truth.get("label"):
        command += ["--label", truth["label"]]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OPENBLAS_")}
    start = time.time()
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    seconds = time.time() - start
    try:
        found = json.loads(done.stdout)
    except json.JSONDecodeError:
        return {"truth": truth, "error": done.stderr.strip()[:160], "seconds": seconds}
    poisoned, alerted = set(truth["poisoned"]), set(found["alerted"])
    clean = truth["rows"] - len(poisoned)
    alerted = set(found.get("positions", found)["alerted"])
    return {
        "fit": fit(folder, truth, alerted) if truth["kind"] == "regression" else None,
        "truth": truth, "verdict": found["verdict"], "seconds": seconds,
        "tpr": len(poisoned & alerted) / max(1, len(poisoned)), "fpr": len(alerted - poisoned) / max(1, clean),
        "targets": sorted(one["name"] for one in found["classes"] if one["verdict"] in ("suspect", "poisoned")),
        "triggers": [trigger["description"] for trigger in found["triggers"]] if truth["kind"] != "rag" else [], "notEvaluated": found["notEvaluated"],
    }


def by_kind(results: list[dict]) -> None:
    """Mean and least TPR at the mean and highest FPR, and how many verdicts and targets are right, by kind of attack."""
    print(f"{'kind':14} {'sets':>4} {'TPR':>6} {'least':>6} {'FPR':>7} {'most':>7} {'called':>6} {'named':>6} {'s':>6}")
    for kind in sorted({one["truth"]["kind"] for one in results}):
        own = [one for one in results if one["truth"]["kind"] == kind and "error" not in one]
        if not own:
            continue
        tpr, fpr = [one["tpr"] for one in own], [one["fpr"] for one in own]
        named = [set(one["truth"]["targets"]) <= set(one["targets"]) for one in own if one["truth"]["targets"]]
        right = ("clean",) if kind.startswith("clean") and kind != "clean-label" else ("suspect", "poisoned")
        print(f"{kind:14} {len(own):4} {sum(tpr) / len(own):6.3f} {min(tpr):6.3f} {sum(fpr) / len(own):7.4f} {max(fpr):7.4f} "
              f"{sum(one['verdict'] in right for one in own):6} {sum(named) if named else '-':>6} {sum(one['seconds'] for one in own):6.0f}")
        fits = [one["fit"] for one in own if one.get("fit")]
        if fits:
            print(f"{'':14} error of the fit to what is left, by the oracle's: mean {sum(fits) / len(fits):.3f}, most {max(fits):.3f}")


def fit(folder: pathlib.Path, truth: dict, left_out: set[int]) -> float | None:
    """Regression: squared error on the clean rows of a linear fit without the rows left out, by that of the fit to the clean rows."""
    import numpy as np
    import pandas as pd
    path = folder / truth["file"]
    frame = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    y = frame.pop(truth["label"]).to_numpy(float)
    x = pd.get_dummies(frame).to_numpy(float)
    x = np.hstack([(x - x.mean(0)) / (x.std(0) + 1e-12), np.ones((len(x), 1))])
    clean = np.setdiff1d(np.arange(len(y)), truth["poisoned"])

    def error(rows: np.ndarray) -> float:
        weights = np.linalg.lstsq(x[rows], y[rows], rcond=None)[0]
        return float(((y - x @ weights)[clean] ** 2).mean())

    return error(np.setdiff1d(np.arange(len(y)), sorted(left_out))) / error(clean)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--sets", required=True, type=pathlib.Path, help="what corpora.py --output wrote")
    parser.add_argument("--only", default="")
    parser.add_argument("--by-kind", action="store_true", help="only the table by kind of attack")
    parser.add_argument("--json", help="write every result to a file")
    arguments = parser.parse_args()
    results = []
    if not arguments.by_kind:
        print(f"{'set':44} {'rows':>6} {'bad':>5} {'verdict':>9} {'TPR':>6} {'FPR':>7} {'s':>6}  classes")
    for folder in sorted(arguments.sets.iterdir()):
        if not (folder / "truth.json").exists() or arguments.only not in folder.name:
            continue
        one = check(arguments.cordon, folder)
        results.append(one)
        if arguments.by_kind:
            continue
        truth = one["truth"]
        if "error" in one:
            print(f"{folder.name:44} {truth['rows']:6} {len(truth['poisoned']):5} failed: {one['error']}")
            continue
        print(f"{folder.name:44} {truth['rows']:6} {len(truth['poisoned']):5} {one['verdict']:>9} {one['tpr']:6.3f} "
              f"{one['fpr']:7.4f} {one['seconds']:6.1f}  {','.join(one['targets'])[:30]} of {','.join(truth['targets'])[:30]}"
              + ("; " + one["triggers"][0][:60] if one["triggers"] else "")
              + ("; not evaluated" if one["notEvaluated"] else ""))
    by_kind(results)
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
