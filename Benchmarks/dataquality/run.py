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
    return {
        "truth": truth, "verdict": found["verdict"], "seconds": seconds,
        "tpr": len(poisoned & alerted) / max(1, len(poisoned)), "fpr": len(alerted - poisoned) / max(1, clean),
        "targets": sorted(one["name"] for one in found["classes"] if one["verdict"] in ("suspect", "poisoned")),
        "triggers": [trigger["description"] for trigger in found["triggers"]] if truth["kind"] != "rag" else [], "notEvaluated": found["notEvaluated"],
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--sets", required=True, type=pathlib.Path, help="what corpora.py --output wrote")
    parser.add_argument("--only", default="")
    parser.add_argument("--json", help="write every result to a file")
    arguments = parser.parse_args()
    results = []
    print(f"{'set':44} {'rows':>6} {'bad':>5} {'verdict':>9} {'TPR':>6} {'FPR':>7} {'s':>6}  classes")
    for folder in sorted(arguments.sets.iterdir()):
        if not (folder / "truth.json").exists() or arguments.only not in folder.name:
            continue
        one = check(arguments.cordon, folder)
        results.append(one)
        truth = one["truth"]
        if "error" in one:
            print(f"{folder.name:44} {truth['rows']:6} {len(truth['poisoned']):5} failed: {one['error']}")
            continue
        print(f"{folder.name:44} {truth['rows']:6} {len(truth['poisoned']):5} {one['verdict']:>9} {one['tpr']:6.3f} "
              f"{one['fpr']:7.4f} {one['seconds']:6.1f}  {','.join(one['targets'])[:30]} of {','.join(truth['targets'])[:30]}"
              + ("; " + one["triggers"][0][:60] if one["triggers"] else "")
              + ("; not evaluated" if one["notEvaluated"] else ""))
    clean = [one for one in results if one["truth"]["kind"] == "clean" and one.get("verdict", "notEvaluated") != "notEvaluated"]
    print(f"clean sets: {sum(one['verdict'] == 'clean' for one in clean)} of {len(clean)} that were evaluated called clean")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
